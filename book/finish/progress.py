"""What there is to do in each chapter, for the marks on what a reader has done.

They are made by docs/theme/assets/progress.js, and on the start page by own.js, of slots that the
theme leaves.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from book.finish.slots import Page

_EXERCISE = '<details class="success">'  # its solution


def count(start: Page, chapters: Sequence[Page]) -> None:
    """Tell the start page how many exercises and predictions each chapter has, and mark chapters.

    Args:
        start: the first page of a language.
        chapters: whose predictions are prepared.
    """
    steps = {}
    for page in chapters:
        predictions = json.loads(page.facts.get("predictions", "[]"))
        steps[page.url.rstrip("/")] = page.content.count(_EXERCISE), len(predictions)
        page.facts["progress"] = ""  # it needs a place, and nothing that is known
    start.facts["steps"] = json.dumps(steps)
