"""The numbers that the text says of chapters, against those that the navigation gives them.

`[chapter 8](gradients.md)` is put right by `python -m book check numbers --accept`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from book import sources

if TYPE_CHECKING:
    from collections.abc import Mapping

# A link whose words say a number, and a row of a table that begins with one. A notebook links to
# the address of a page and not to its file: ../loss/ and not loss.md.
_FILE = r"(?:(?P<file>[\w-]+\.md)|\.\./(?P<page>[\w-]+)/)"
_LINK = re.compile(
    r"(?P<before>\[(?:[Cc]hapter |第 ?)|\[(?=\d+\]))(?P<number>\d+)"
    rf"(?P<after>[^\]\d]*\]\({_FILE}(?:#[\w-]*)?\))"
)
_ROW = re.compile(rf"(?m)(?P<before>^\| )(?P<number>\d+)(?P<after> \| \[[^\]]*\]\({_FILE}\))")


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


def check(accept: bool) -> int:
    """Name the pages that say other numbers; the exit code is 1 if there are any.

    Args:
        accept: whether to put the numbers right.
    """
    wrong = 0
    for language in sources.LANGUAGES:
        known = sources.numbers(language)
        for page in sources.pages(language):
            text = page.read_text(encoding="utf-8")
            if (right := renumbered(text, known)) != text:
                print(page.relative_to(sources.ROOT))
                if accept:
                    page.write_text(right, encoding="utf-8")
                else:
                    wrong = 1
    return wrong
