"""Puts the package on the site as a wheel: one line installs it for a notebook.

Its version ends in a digest of all that is in it, so that the line, copied from the site again,
brings a reader's package up to date: pip passes over a version that is there already. As the
package's documentation it names the site that offers it, and `linreg.check` leads there. The engine
that runs the pages stays behind: no reader's notebook needs it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from book.sources import ROOT

FILES = ("LICENSE", "README.md", "pyproject.toml")  # what goes into it besides the modules
_EARLIEST = "315532800"  # the first date that a zip file knows: the same sources, the same wheel
_BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def wheel_name(site: str) -> str:
    """The file of the wheel.

    Args:
        site: the address of the site that offers it.
    """
    digest = hashlib.sha256(f"{version('setuptools')}\0{site}\0".encode())
    for source in [*(ROOT / name for name in FILES), *sources()]:
        digest.update(f"{source.relative_to(ROOT)}\0".encode() + source.read_bytes())
    # A letter first: of digits alone, a zero at the beginning would be dropped.
    return f"linreg-{_base_version()}+c{digest.hexdigest()[:12]}-py3-none-any.whl"


def sources() -> list[Path]:
    """What of the package goes into it: all but the engine."""
    top = ROOT / "linreg"
    found = [path for suffix in ("py", "pyi", "typed") for path in top.rglob(f"*.{suffix}")]
    return sorted(path for path in found if top / "literate" not in path.parents)


def write_wheel(folder: Path, site: str, cache: Path) -> None:
    """Write the wheel.

    Args:
        folder: the site's.
        site: its address.
        cache: where the wheel is kept for the next build.
    """
    kept = cache / wheel_name(site)
    if not kept.exists():
        shutil.rmtree(cache, ignore_errors=True)
        _build(kept, site)
    shutil.copy(kept, folder)


def _base_version() -> str:
    """The version in `pyproject.toml`, which may be newer than what is installed."""
    (found,) = re.findall(r'^version = "(.+)"$', _project(), re.MULTILINE)
    return str(found)


def _project() -> str:
    return (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def _build(wheel: Path, site: str) -> None:
    """Build it from a copy, which also takes what setuptools makes on the way."""
    with tempfile.TemporaryDirectory() as copy:
        for name in FILES:
            shutil.copy(ROOT / name, copy)
        said = f'\nversion = "{wheel.name.split("-")[1]}"\n'
        project = re.sub(r'\nversion = ".+"\n', lambda _: said, _project())
        said = f'\nDocumentation = "{site}"\n'
        project = re.sub(r'\nDocumentation = ".+"\n', lambda _: said, project)
        Path(copy, "pyproject.toml").write_text(project, encoding="utf-8")
        for source in sources():
            goal = Path(copy, source.relative_to(ROOT))
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, goal)
        subprocess.run(  # noqa: S603  # this interpreter, our own words
            [sys.executable, "-c", _BUILD, "dist"],
            cwd=copy,
            env={**os.environ, "SOURCE_DATE_EPOCH": _EARLIEST},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        wheel.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(Path(copy, "dist", wheel.name), wheel)
