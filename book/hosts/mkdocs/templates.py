"""The theme's templates: found without looking through its icons, and kept compiled."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import FileSystemBytecodeCache, FileSystemLoader

if TYPE_CHECKING:
    from jinja2 import Environment
    from mkdocs.theme import Theme


class Loader(FileSystemLoader):
    """Lists no hidden files: MkDocs wants none, and 14 000 icons are hidden."""

    def list_templates(self) -> list[str]:
        """The names of all others."""
        found: set[str] = set()
        for top in self.searchpath:
            for here, folders, files in os.walk(top, followlinks=self.followlinks):
                folders[:] = [name for name in folders if not name.startswith(".")]
                below = Path(here).relative_to(top)
                found.update((below / name).as_posix() for name in files if name[0] != ".")
        return sorted(found)


def use(theme: Theme, cache: Path) -> None:
    """Let a theme make its environment with this loader and a cache of what it compiles.

    Args:
        theme: of a site.
        cache: the folder that keeps what templates are compiled to.
    """
    make = theme.get_env

    def environment() -> Environment:
        cache.mkdir(parents=True, exist_ok=True)
        made = make()
        made.loader = Loader(theme.dirs)
        made.bytecode_cache = FileSystemBytecodeCache(str(cache))
        return made

    theme.get_env = environment  # type: ignore[method-assign]
