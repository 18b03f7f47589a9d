"""Outputs kept on disk, under a key of everything that they depend on."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.util
import io
import json
import os
import platform
import re
import sys
import threading
import time
import tokenize
import warnings
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from linreg.literate.fences import Session
    from linreg.literate.outputs import Output

_ENGINE = Path(__file__).parent
_READS_SOURCE = re.compile(
    r"inspect|linecache|traceback|tokenize|getsource|lineno|_getframe|jit|__code__|__file__|\bhelp\b"
)
_KEPT = re.compile(r"\.?[0-9a-f]{64}\..*")
_KEPT_DAYS = 30


def keys(sessions: Iterable[Session], packages: Sequence[str]) -> list[str]:
    """A name for what each session gives: its code, the packages' source, the versions, the engine.

    Code counts as parsed, so that a comment changes nothing, unless the session could show its
    own source.

    Args:
        sessions: each with its blocks.
        packages: the import names of packages whose source the outputs depend on.
    """
    around = cache(lambda verbatim: _around(packages, verbatim))  # the same for many
    names = []
    for session in sessions:
        codes = [block.code for block in session.blocks]
        verbatim = any(_READS_SOURCE.search(code) for code in codes)
        parts = [*(code if verbatim else _meaning(code) for code in codes), around(verbatim)]
        names.append(hashlib.sha256(json.dumps(parts).encode()).hexdigest())
    return names


def _around(packages: Sequence[str], verbatim: bool) -> str:
    """All that outputs depend on beside the session's own code."""
    parts = [
        *(_package(name, verbatim) for name in packages),
        _source(_ENGINE, verbatim=True),
        *_versions(),
        *(platform.python_implementation(), platform.python_version(), platform.machine()),
        *(str(sys.flags.optimize), *sys.warnoptions),
    ]
    return json.dumps(parts)


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
            if _KEPT.fullmatch(file.name) and file.stat().st_mtime < oldest:
                file.unlink()


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def is_package(name: Any) -> bool:
    """Whether something can be imported under this name."""
    try:
        return importlib.util.find_spec(name) is not None
    except (AttributeError, ImportError, TypeError, ValueError):
        return False


@lru_cache(maxsize=10_000)
def _meaning(code: str) -> str:
    """A digest of what code says to Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the session itself shows them
            return _digest(ast.dump(ast.parse(code))) + _end(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # nested too deeply, perhaps
        return code


def _end(code: str) -> str:
    """The ``;`` that silences the value of a block: it is not in the syntax tree."""
    last = code.rstrip().rpartition("\n")[2]
    if "#" not in last:
        return ";" if last.endswith(";") else ""
    tokens = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(code).readline)
        if token.string.strip() and token.type != tokenize.COMMENT
    ]
    return ";" if tokens[-1:] == [";"] else ""


def _package(name: str, verbatim: bool) -> str:
    spec = importlib.util.find_spec(name)
    if spec is None:
        return ""
    if spec.submodule_search_locations is None:  # a module of one file
        return _file(Path(spec.origin or ""), verbatim)
    return "".join(_source(Path(folder), verbatim) for folder in spec.submodule_search_locations)


def _source(folder: Path, verbatim: bool) -> str:
    """All files of a package, also those that it reads; the engine's are counted on their own."""
    files = []
    for path, folders, names in os.walk(folder):
        here = Path(path)
        folders[:] = [name for name in folders if _counts(name) and here / name != _ENGINE]
        files += [here / name for name in names if _counts(name)]
    return "".join(f"{f.relative_to(folder)}:{_file(f, verbatim)}\n" for f in sorted(files))


def _counts(name: str) -> bool:
    return name != "__pycache__" and not name.startswith(".") and not name.endswith("~")


def _file(file: Path, verbatim: bool) -> str:
    try:
        status = file.stat()
        return _digest_of_file(file, status.st_mtime_ns, status.st_size, verbatim)
    except OSError:  # an editor has just removed it
        return ""


@lru_cache(maxsize=10_000)
def _digest_of_file(file: Path, changed: int, size: int, verbatim: bool) -> str:
    """A digest of a file, made again when the file has changed since."""
    content = file.read_bytes()
    if file.suffix == ".py" and not verbatim:
        with contextlib.suppress(UnicodeError):
            content = _meaning(content.decode()).encode()
    return hashlib.sha256(content).hexdigest()


@lru_cache
def _versions() -> tuple[str, ...]:
    """What is installed: the folders in which pip keeps names and versions."""
    found = (Path(entry).glob("*.dist-info") for entry in sys.path)
    return tuple(sorted({folder.name for folders in found for folder in folders}))
