"""The theme's templates: found without looking through its icons, and kept compiled."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import FileSystemBytecodeCache, FileSystemLoader
from mkdocs.theme import Theme

if TYPE_CHECKING:
    from jinja2 import Environment


class Loader(FileSystemLoader):
    """Lists no hidden files: MkDocs wants none, and the icons, which are, are 14 000."""

    def list_templates(self) -> list[str]:
        """The names of all others."""
        found = set()
        for top in self.searchpath:
            for here, folders, files in os.walk(top, followlinks=self.followlinks):
                folders[:] = [name for name in folders if not name.startswith(".")]
                below = Path(here).relative_to(top)
                found.update((below / name).as_posix() for name in files if name[0] != ".")
        return sorted(found)


def environment(theme: Theme, cache: Path) -> Environment:
    """The environment that MkDocs makes for a theme, and quicker.

    Args:
        theme: of a site.
        cache: the folder that keeps what templates are compiled to.
    """
    cache.mkdir(parents=True, exist_ok=True)
    made = Theme.get_env(theme)
    made.loader = Loader(theme.dirs)
    made.bytecode_cache = FileSystemBytecodeCache(str(cache))
    return made
