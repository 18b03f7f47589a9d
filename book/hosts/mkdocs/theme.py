"""The theme's folders without its 14,000 icons, which each build would list and then pass over.

A folder here has the same files; its icons are a link, through which templates find them, and which
no listing goes through.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

_ICONS = ".icons"


def without_icons(folder: str, kept: Path) -> str:
    """A folder to be listed in place of one of the theme's.

    Args:
        folder: of the theme.
        kept: where the folders made here are kept, one for each place and version of the theme.

    Returns:
        the folder itself, if it is not that of the theme as it is installed, which nobody edits,
        or no link can be made.
    """
    theme = find_spec("material")
    if theme is None or Path(folder) != Path(theme.origin or "").with_name("templates"):
        return folder
    name = hashlib.sha256(f"{folder} {version('mkdocs-material')}".encode()).hexdigest()[:16]
    made = kept / name
    if not made.exists():
        with suppress(OSError):  # no right to make links, for one; or another build was quicker
            _make(Path(folder), made)
    return str(made) if (made / _ICONS).is_dir() else folder


def _make(top: Path, made: Path) -> None:
    """The folder appears whole or not at all."""
    made.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=made.parent) as place:
        new = Path(place, "theme")
        shutil.copytree(top, new, ignore=shutil.ignore_patterns(_ICONS, "__pycache__"))
        (new / _ICONS).symlink_to(top / _ICONS, target_is_directory=True)
        new.rename(made)
