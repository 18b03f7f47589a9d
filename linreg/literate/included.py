"""Lines of a page in whose place others come before it is converted."""

from __future__ import annotations

import re

_LINES = re.compile(r"\s*;?-+8<-+|\s*\{!.*!\}|\s*\{%")
_PARTS = re.compile(r"\{\{|\{%|\{!|--8<--")


def stands_for_lines(line: str) -> bool:
    """Whether a line is for pymdownx.snippets, an inclusion or a template, and no Python."""
    return _LINES.match(line) is not None


def stands_for_others(line: str) -> bool:
    """Whether a part of a line may be for such a thing, though Python could mean it as well."""
    return _PARTS.search(line) is not None or stands_for_lines(line)
