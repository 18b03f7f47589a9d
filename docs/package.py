"""Puts the package on the site as a wheel: one line installs it for a notebook."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = f"linreg-{version('linreg')}-py3-none-any.whl"
_FILES = ("LICENSE", "README.md", "pyproject.toml")
_EARLIEST = "315532800"  # the first date that a zip file knows: the same sources, the same wheel
_BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def write_wheel(folder: Path, cache: Path) -> None:
    """Write the wheel.

    Args:
        folder: the site's.
        cache: where it is kept for the next build.
    """
    digest = hashlib.sha256(version("setuptools").encode())
    modules = (ROOT / "linreg").rglob("*.py*")
    for source in [*(ROOT / name for name in _FILES), *sorted(modules)]:
        if source.suffix != ".pyc":
            digest.update(f"{source.relative_to(ROOT)}\0".encode() + source.read_bytes())
    kept = cache / digest.hexdigest()[:16] / NAME
    if not kept.exists():
        shutil.rmtree(cache, ignore_errors=True)
        _build(kept.parent)
    shutil.copy(kept, folder)


def _build(folder: Path) -> None:
    """Build it from a copy: what setuptools makes on the way would stay beside the sources."""
    with tempfile.TemporaryDirectory() as copy:
        for name in _FILES:
            shutil.copy(ROOT / name, copy)
        compiled = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "linreg", Path(copy, "linreg"), ignore=compiled)
        subprocess.run(  # noqa: S603  # this interpreter, our own words
            [sys.executable, "-c", _BUILD, "dist"],
            cwd=copy,
            env={**os.environ, "SOURCE_DATE_EPOCH": _EARLIEST},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        folder.mkdir(parents=True, exist_ok=True)
        shutil.move(Path(copy, "dist", NAME), folder / NAME)
