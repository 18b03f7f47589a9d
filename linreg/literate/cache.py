"""Outputs kept on disk, under a key of everything that they depend on."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import re
import threading
import time
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linreg.literate.fences import Session
    from linreg.literate.outputs import Output

_ENGINE = Path(__file__).parent
_VERSIONS = ("torch", "matplotlib", "numpy", "ipython", "pylopdf-fonts-zh-cn")
_READS_SOURCE = re.compile(r"\b(?:inspect|linecache|traceback|help)\b|\?")
_KEPT_DAYS = 30


def key(session: Session, packages: Sequence[str]) -> str:
    """A name for what a session gives: its code, the packages' source, the versions, the engine.

    Code counts as parsed, so that a comment changes nothing, unless the session could show its
    own source.

    Args:
        session: the blocks.
        packages: the import names of packages whose source the outputs depend on.
    """
    codes = [block.code for block in session.blocks]
    verbatim = any(_READS_SOURCE.search(code) for code in codes)
    parts = [
        *(code if verbatim else _meaning(code) for code in codes),
        *(_package(name, verbatim) for name in packages),
        _source(_ENGINE, verbatim=True),
        *(f"{name} {_version(name)}" for name in _VERSIONS),
        f"{platform.python_implementation()} {platform.python_version()} {platform.machine()}",
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def load(folder: Path, name: str) -> list[list[Output]] | None:
    """The outputs kept under a key; None if there are none or the file is not whole."""
    file = folder / f"{name}.json"
    try:
        digest, _, content = file.read_text(encoding="utf-8").partition("\n")
        if digest != _digest(content):
            return None
        outputs: list[list[Output]] = json.loads(content)
    except (OSError, ValueError):
        return None
    with contextlib.suppress(OSError):
        os.utime(file)  # what is used is kept
    return outputs


def store(folder: Path, name: str, outputs: list[list[Output]]) -> None:
    """Keep outputs under a key. A folder that cannot be written to is no error: they run again.

    The file appears whole or not at all, also when two builds write it at once.
    """
    content = json.dumps(outputs)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
        try:
            temporary.write_text(f"{_digest(content)}\n{content}", encoding="utf-8")
            temporary.replace(folder / f"{name}.json")
        finally:
            temporary.unlink(missing_ok=True)


def prune(folder: Path) -> None:
    """Remove what no build has used for a month."""
    oldest = time.time() - _KEPT_DAYS * 24 * 3600
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            if file.stat().st_mtime < oldest:
                file.unlink()


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def _meaning(code: str) -> str:
    return ast.dump(ast.parse(code))


def _package(name: str, verbatim: bool) -> str:
    spec = importlib.util.find_spec(name)
    folders = spec.submodule_search_locations if spec else None
    return "".join(_source(Path(folder), verbatim) for folder in folders or ())


def _source(folder: Path, verbatim: bool) -> str:
    files = sorted(f for f in folder.rglob("*.py") if f.parent != _ENGINE or folder == _ENGINE)
    return "".join(
        f"{file.relative_to(folder)}:{_file(file, file.stat().st_mtime_ns, verbatim)}\n"
        for file in files
    )


@lru_cache(maxsize=1000)
def _file(file: Path, changed: int, verbatim: bool) -> str:
    """A digest of a source file, made again when the file has changed since."""
    text = file.read_text(encoding="utf-8")
    if not verbatim:
        with contextlib.suppress(SyntaxError):
            text = _meaning(text)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
