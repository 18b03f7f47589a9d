"""The richest form of an object that a page can show, of those that it offers to a notebook.

They are the forms that static pages made of notebooks show, in the same order: HTML, Markdown, SVG,
LaTeX, a picture, text. A form that no page can show is not replaced by the text of the object,
which would be ``<IPython.core.display.JSON object>``.
"""

from __future__ import annotations

import base64
import binascii
import importlib.util
import io
import re
import warnings
from typing import TYPE_CHECKING, Any, Literal

from linreg.literate.outputs import Output, OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT: dict[str, Literal["html", "markdown", "svg", "latex"]] = {
    "text/html": "html",
    "text/markdown": "markdown",
    "image/svg+xml": "svg",
    "text/latex": "latex",
}
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_PLAIN = "text/plain"
_LENGTH = re.compile(r"\d+(?:\.\d+)?%?")


def richest(data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> Output:
    """Choose among the forms of an object.

    Args:
        data: the forms, by MIME type.
        metadata: what the object says of each form, by MIME type; of a picture its ``width``, its
            ``height`` and its ``alt``.

    Raises:
        OutputError: if the page can show none of them, or a picture cannot be read.
    """
    for mime, kind in _TEXT.items():
        if mime in data:
            text = _text(data[mime])
            return {"kind": kind, "stream": "value", "data": _svg(text) if kind == "svg" else text}
    for mime in _PICTURES:
        if mime in data:
            about = dict(metadata or {})
            return _picture(data[mime], mime, about.get(mime) or about)
    if list(data) == [_PLAIN]:
        return {"kind": "text", "stream": "value", "data": _text(data[_PLAIN])}
    only = ", ".join(mime for mime in data if mime != _PLAIN) or "nothing"
    raise OutputError(f"the page cannot show an object that is only {only}")


def _text(form: Any) -> str:
    return form.decode("utf-8", "replace") if isinstance(form, bytes) else str(form)


def _svg(text: str) -> str:
    """The element alone: a document has declarations before it."""
    found = re.search(r"<svg\b.*</svg\s*>|<svg\b[^>]*/>", text, re.DOTALL)
    if found is None:
        raise OutputError("the page cannot show image/svg+xml that has no <svg> element")
    return found[0]


def _picture(form: Any, mime: str, about: Mapping[str, Any]) -> Output:
    try:
        content = form if isinstance(form, bytes) else base64.b64decode(form, validate=False)
    except (binascii.Error, TypeError, ValueError) as error:
        raise OutputError(f"the page cannot read what calls itself {mime}: {error}") from None
    mime, size = _look(content, mime)
    output: Output = {
        "kind": "image",
        "stream": "value",
        "data": base64.b64encode(content).decode(),
        "mime": mime,
        "width": _length(about, "width"),
        "height": _length(about, "height"),
        "alt": str(about.get("alt") or ""),
    }
    if not output["width"] and not output["height"] and size:
        output["width"], output["height"] = map(str, size)
    return output


def _look(content: bytes, mime: str) -> tuple[str, tuple[int, int] | None]:
    """What picture it really is, and its size in pixels; matplotlib brings what reads it."""
    if importlib.util.find_spec("PIL") is None:
        return mime, None
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content)) as picture:
                picture.load()
                found, size = Image.MIME.get(picture.format or "", "another format"), picture.size
    except UnidentifiedImageError:
        raise OutputError(f"the page cannot read what calls itself {mime}: it is none") from None
    except Exception as error:  # each format has errors of its own
        raise OutputError(f"the page cannot read what calls itself {mime}: {error}") from None
    if found not in _PICTURES:
        raise OutputError(f"the page cannot show {found}; it can show {', '.join(_PICTURES)}")
    return found, size


def _length(about: Mapping[str, Any], name: str) -> str:
    """A width or a height, in CSS pixels or in percents; empty where it is not said."""
    value = about.get(name)
    if value is None:
        return ""
    text = str(value).removesuffix("px").strip()
    if not _LENGTH.fullmatch(text):
        raise OutputError(f"the {name} of a picture is {value!r}; it must be a number of pixels")
    return text
