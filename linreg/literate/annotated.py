"""The notes on lines of a block, as themes show them: ``# (1)`` in its code, and a list below it.

Such a list belongs to the code and stands directly under it, so what the block gives follows the
list.
"""

from __future__ import annotations

import io
import re
import tokenize
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER = re.compile(r"\((\d+)\)")
_ITEM = re.compile(r"\d+\.[ \t]")
_INSIDE = re.compile(r" {4}|\t")
_OTHER = re.compile(r"`{3}|~{3}|<!--|#")


def end(lines: Sequence[str], start: int, indent: str, code: str) -> int:
    """The index of the first line after a block's annotations.

    Args:
        lines: those of the page.
        start: the index of the first line after the block.
        indent: of the block.
        code: what is in it.

    Returns:
        ``start`` if there are none.
    """
    stop, items, empty = start, 0, True
    for i in range(start, len(lines)):
        line = lines[i].removeprefix(indent)
        if not line.strip():
            empty = True
            continue
        if not lines[i].startswith(indent):
            break
        if _ITEM.match(line):
            items += 1
        elif not items or (empty and not _INSIDE.match(line)) or _OTHER.match(line):
            break
        stop, empty = i + 1, False
    return stop if items and items >= max(_numbers(code), default=items + 1) else start


def _numbers(code: str) -> list[int]:
    """The numbers in parentheses that stand in the comments of some code."""
    if "#" not in code:
        return []
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (SyntaxError, tokenize.TokenError):
        return []
    comments = (token.string for token in tokens if token.type == tokenize.COMMENT)
    return [int(number) for comment in comments for number in _NUMBER.findall(comment)]
