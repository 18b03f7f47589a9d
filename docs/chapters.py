"""The chapters, in their order and with their numbers: as the navigation has them.

A chapter's file and address have no number, so that one that is put in between breaks no link. What
the text says of a number, `[chapter 8](gradients.md)`, is put right by `python docs/chapters.py`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.utils.yaml import yaml_load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DOCS = Path(__file__).resolve().parent
LANGUAGES = ("en", "zh")

# To look things up in; so are notebooks.
_UNNUMBERED = {"index.md", "errors.md", "glossary.md", "api.md", "literate.md"}

# A link whose words say a number, and a row of a table that begins with one. A notebook links to
# the address of a page and not to its file: ../loss/ and not loss.md.
_FILE = r"(?:(?P<file>[\w-]+\.md)|\.\./(?P<page>[\w-]+)/)"
_LINK = re.compile(
    r"(?P<before>\[(?:[Cc]hapter |第 ?)|\[(?=\d+\]))(?P<number>\d+)"
    rf"(?P<after>[^\]\d]*\]\({_FILE}(?:#[\w-]*)?\))"
)
_ROW = re.compile(rf"(?m)(?P<before>^\| )(?P<number>\d+)(?P<after> \| \[[^\]]*\]\({_FILE}\))")


def numbers(language: str) -> dict[str, int]:
    """The number of each chapter by the name of its file, in order.

    Args:
        language: `"en"` or `"zh"`.
    """
    with (DOCS / f"{language}.yml").open(encoding="utf-8") as file:
        nav = yaml_load(file)["nav"]
    files = [name for name in _files(nav) if name.endswith(".md") and name not in _UNNUMBERED]
    return {name: number for number, name in enumerate(files, 1)}


def renumbered(text: str, known: Mapping[str, int]) -> str:
    """Put the numbers right that a text says of chapters, where it links or lists them.

    Args:
        text: the Markdown of a page.
        known: the number of each chapter by the name of its file.
    """

    def right(found: re.Match[str]) -> str:
        number = known.get(found["file"] or f"{found['page']}.md", found["number"])
        return f"{found['before']}{number}{found['after']}"

    return _ROW.sub(right, _LINK.sub(right, text))


def main() -> None:
    """Put the numbers right in all pages, and say which had others."""
    for language in LANGUAGES:
        known = numbers(language)
        pages = [*(DOCS / language).glob("*.md"), *(DOCS / language).glob("*.ipynb")]
        for page in sorted(pages):
            text = page.read_text(encoding="utf-8")
            if (right := renumbered(text, known)) != text:
                page.write_text(right, encoding="utf-8")
                print(page.relative_to(DOCS.parent))


def _files(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        yield from _files(list(nav.values()))
    else:
        for entry in nav:
            yield from _files(entry)


if __name__ == "__main__":
    main()
