"""What both languages load stands once, above them, so that whoever changes the language has it.

The front page is made with the same theme, so its files are theirs, to the byte. All is named from
the page that asks for it, so that it holds at any path of a host, and opened from a folder.
"""

from __future__ import annotations

import re
import shutil
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from book.finish.slots import Page

# What each language has of its own: its sheet, its card, the data of its figures, and the search,
# which looks for the sections beside itself.
_OWN = ("book.css", "card.png", "figures", "search.js")
_NAMED = re.compile(
    r'(?P<before>(?:\s(?:href|src)=|"search": *)")(?P<top>[^":]*?)assets/'
    rf'(?P<rest>(?!(?:{"|".join(map(re.escape, _OWN))})["/])[^"]+")'
)
_BESIDE = re.compile(r"""(?P<before>url\(["']?)(?=\w[\w.-]*/)""")  # url("fonts/a.woff2")


def share(pages: Sequence[Page], site: Path, language: str) -> None:
    """Have the pages of a language load from above it what is the same there.

    Args:
        pages: all of the language.
        site: its folder; what is loaded from above it goes.
        language: the name of the folder.
    """
    for page in pages:
        page.before = _from_above(page.before, language)
        page.after = _from_above(page.after, language)
    sheet = site / "assets" / "book.css"
    text = _BESIDE.sub(r"\g<before>../../assets/", sheet.read_text(encoding="utf-8"))
    sheet.write_text(text, encoding="utf-8")
    for place in (site / "assets").iterdir():
        if place.name not in _OWN and place.is_dir():
            shutil.rmtree(place)
        elif place.name not in _OWN:
            place.unlink()


@lru_cache(maxsize=128)  # most pages are those of the build before
def _from_above(html: str, language: str) -> str:
    def named(found: re.Match[str]) -> str:
        top = found["top"]
        rooted = top.startswith("/")  # of the page of what is missing
        up = top.removesuffix(f"{language}/") if rooted else f"../{top}"
        return f"{found['before']}{up}assets/{found['rest']}"

    return _NAMED.sub(named, html)
