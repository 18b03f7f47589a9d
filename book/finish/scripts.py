"""Scripts as browsers get them: without comments and indentation, and few of them.

Half of a visit's bytes that are ours are scripts and style sheets, and a third of these speaks to
editors alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import rjsmin  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# What is on every page is one script: together they take a quarter less.
JOINED = {"assets/site.js": ("assets/predictions.js", "assets/progress.js")}


@lru_cache(maxsize=64)
def small(text: str) -> str:
    """A script that does the same."""
    return str(rjsmin.jsmin(text))


def join(folder: Path, names: Iterable[str]) -> None:
    """Make scripts of a folder small, and some of them one.

    Args:
        folder: of the pages.
        names: of our scripts; the theme has others. What is not there is passed over.
    """
    parts = {part for joined in JOINED.values() for part in joined}
    for name in sorted(set(names) - parts):
        files = [folder / one for one in (name, *JOINED.get(name, ()))]
        if files[0].exists():
            texts = [small(file.read_text(encoding="utf-8")) for file in files]
            files[0].write_text("\n".join(texts), encoding="utf-8")
    for part in parts:
        (folder / part).unlink(missing_ok=True)
