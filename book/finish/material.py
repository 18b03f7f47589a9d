"""What is done for the script of Material for MkDocs 9, and for no other.

The theme is named by the page that it made: where that is another one, or another version, the
pages keep its own ways.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from book.finish.slots import Page

_MADE_BY = re.compile(r'<meta name="generator" content="[^"]*\bmkdocs-material-9\.')
_WORKER = re.compile(r'("search": *")([^"]*?)assets/javascripts/workers/search\.\w+\.min\.js"')


def adapt(page: Page) -> None:
    """Have the search ask our worker, and the page do beforehand what the script would do late.

    What it does is in docs/theme/partials/early.html.

    Args:
        page: is changed if Material 9 made it.
    """
    if is_material(page):
        page.facts["material9"] = ""
        page.before = _WORKER.sub(r'\1\2assets/search.js"', page.before)
        page.after = _WORKER.sub(r'\1\2assets/search.js"', page.after)


def is_material(page: Page) -> bool:
    """Whether a page is made with Material for MkDocs 9."""
    return _MADE_BY.search(page.before) is not None
