"""Which form of an object a page shows, and what of it."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from linreg.literate import display
from linreg.literate.outputs import Failure, OutputError

from .conftest import run_named

FORMS = {
    "text/plain": "plain",
    "image/jpeg": "",
    "image/png": "",
    "text/latex": "$x$",
    "image/svg+xml": "<svg/>",
    "text/markdown": "*x*",
    "text/html": "<b>",
}
ORDER = ["html", "markdown", "svg", "latex", "image", "image", "text"]


def picture(kind: str = "PNG", size: tuple[int, int] = (30, 20)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, kind)
    return file.getvalue()


FORMS["image/png"], FORMS["image/jpeg"] = picture("PNG"), picture("JPEG")


def test_the_richest_form_is_shown_in_the_order_of_a_notebook():
    forms, kinds = dict(FORMS), []
    while forms:
        kinds.append(display.richest(forms)["kind"])
        forms.popitem()
    assert kinds == ORDER


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_is_kept_to_the_byte_with_its_size(kind):
    content = picture(kind)
    for form in (content, base64.b64encode(content).decode(), base64.encodebytes(content).decode()):
        output = display.richest({f"image/{kind.lower()}": form, "text/plain": "<Image>"})
        assert base64.b64decode(output["data"]) == content
        assert output["mime"] == f"image/{kind.lower()}"
        assert (output["width"], output["height"]) == ("30", "20")


def test_a_picture_is_what_its_bytes_say():
    assert display.richest({"image/png": picture("GIF")})["mime"] == "image/gif"


@pytest.mark.parametrize(
    ("metadata", "size"),
    [
        ({"image/png": {"width": 15, "height": 10}}, ("15", "10")),
        ({"width": 15}, ("15", "")),
        ({"image/png": {"height": "50%"}}, ("", "50%")),
        ({"image/png": {"width": "40px", "unconfined": True}}, ("40", "")),
        ({}, ("30", "20")),
    ],
)
def test_a_picture_is_as_large_as_it_says(metadata, size):
    output = display.richest({"image/png": picture()}, metadata)
    assert (output["width"], output["height"]) == size


@pytest.mark.parametrize(
    ("forms", "metadata", "message"),
    [
        ({"application/json": "{}", "text/plain": "<JSON object>"}, {}, "only application/json"),
        ({"application/pdf": "", "application/x": ""}, {}, "only application/pdf, application/x"),
        ({}, {}, "only nothing"),
        ({"image/png": b"x"}, {}, "cannot read what calls itself image/png: it is none"),
        ({"image/png": picture()[:-30]}, {}, "cannot read what calls itself image/png: "),
        ({"image/png": 3}, {}, "cannot read what calls itself image/png: "),
        ({"image/png": picture("BMP")}, {}, "the page cannot show image/bmp; it can show "),
        ({"image/svg+xml": "<b>"}, {}, "image/svg+xml that has no <svg> element"),
        (
            {"image/png": picture()},
            {"width": "a lot"},
            "the width of a picture is 'a lot'; it must",
        ),
        ({"image/png": picture()}, {"width": '1" onload="x'}, "the width of a picture is"),
    ],
)
def test_what_cannot_be_shown_is_an_error(forms, metadata, message):
    with pytest.raises(OutputError, match=re.escape(message)):
        display.richest(forms, metadata)


def test_a_drawing_is_shown_without_its_declarations():
    document = '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg width="1"><g/></svg>\n<!-- end -->'
    assert display.richest({"image/svg+xml": document})["data"] == '<svg width="1"><g/></svg>'


# ---- objects ----

SETUP = """\
import base64, io
from IPython.display import *
from PIL import Image as Picture
red = Picture.new("RGB", (30, 20), "red")
file = io.BytesIO()
red.save(file, "JPEG")
class Object:
    def __init__(self, **forms):
        for name, form in forms.items():
            setattr(self, f"_repr_{name}_", lambda *_, form=form, **__: form)
    def __repr__(self):
        return "plain"
"""
OBJECTS = {
    "Markdown('**x**')": ("markdown", "**x**"),
    "Latex('$x$')": ("latex", "$x$"),
    "Math('x')": ("latex", r"$\displaystyle x$"),
    "HTML('<b>')": ("html", "<b>"),
    "SVG('<svg/>')": ("svg", "<svg/>"),
    "red": ("image", "image/png 30 20"),
    "Image(red._repr_png_())": ("image", "image/png 30 20"),
    "Image(red._repr_png_(), retina=True)": ("image", "image/png 15 10"),
    "Image(file.getvalue(), width=60)": ("image", "image/jpeg 60 "),
    "Object(png=red._repr_png_())": ("image", "image/png 30 20"),
    "Object(jpeg=file.getvalue())": ("image", "image/jpeg 30 20"),
    "Object(svg='<svg/>', html='<b>')": ("html", "<b>"),
    "Object(markdown='*x*', latex='$x$')": ("markdown", "*x*"),
    "Object(latex='$x$')": ("latex", "$x$"),
    "Object(html=None)": ("text", "plain"),
    "Object(mimebundle={'text/markdown': '*x*', 'text/plain': 'y'})": ("markdown", "*x*"),
    "Object(mimebundle=({'image/png': red._repr_png_()}, {'image/png': {'width': 3}}))": (
        "image",
        "image/png 3 ",
    ),
    "display(red)": ("image", "image/png 30 20"),
    "display({'text/markdown': 'x'}, raw=True)": ("markdown", "x"),
    "display(Markdown('x'), display_id='a');": ("image", "image/png 30 20"),  # see below
}
UPDATE = "update_display(red, display_id='a')"
REFUSED = {
    "JSON({'a': 1})": "the page cannot show an object that is only application/json",
    "Javascript('1')": "the page cannot show an object that is only application/javascript",
    "Object(pdf=b'1')": "the page cannot show an object that is only application/pdf",
    "Object(png=b'1')": "the page cannot read what calls itself image/png: it is none",
    "Object(png=1 / 0)": "ZeroDivisionError: division by zero",
}


@pytest.fixture(scope="module")
def gave():
    return run_named(
        {
            "objects": [SETUP, *OBJECTS, UPDATE],
            **{code: [SETUP, code] for code in REFUSED},
            "uuids": ["import uuid\nprint(uuid.uuid4(), uuid.uuid4())"],
            "the same uuids": ["import uuid\nprint(uuid.uuid4(), uuid.uuid4())"],
            "uuids of a child": [
                "import os, uuid\nif not os.fork():\n"
                "    print(uuid.uuid4(), flush=True)\n    os._exit(0)\nos.wait();",
                "print(uuid.uuid4())",
            ],
        }
    )


@pytest.mark.parametrize("code", OBJECTS)
def test_an_object_is_shown_by_its_richest_form(gave, code):
    assert not isinstance(gave["objects"], Failure), gave["objects"]
    (output,) = gave["objects"][1 + list(OBJECTS).index(code)]
    shown = output["data"]
    if output["kind"] == "image":
        shown = " ".join(output[name] for name in ("mime", "width", "height"))
    assert (output["kind"], shown) == OBJECTS[code]


@pytest.mark.parametrize("code", REFUSED)
def test_no_text_stands_in_for_what_cannot_be_shown(gave, code):
    assert isinstance(gave[code], Failure)
    assert gave[code].text == REFUSED[code]


def test_uuids_of_which_ids_are_made_are_the_same_each_time(gave):
    assert gave["uuids"] == gave["the same uuids"]
    one, two = gave["uuids"][0][0]["data"].split()
    assert one != two
    child, parent = ("".join(o["data"] for o in block) for block in gave["uuids of a child"])
    assert one == parent.strip() != child.strip()
