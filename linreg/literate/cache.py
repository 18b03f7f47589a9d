"""Outputs kept on disk, under a key of everything that they depend on.

What is known before a session runs is its program: its code, the versions, the engine. Which
modules of the packages and which data files count is known once it has run: those that it read.
They are kept under the name of the program; and the program, with what those modules and files say,
is the key of the outputs. So an edit to one of them runs again what reads it, and nothing else.
"""

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
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linreg.literate import files
from linreg.literate.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from linreg.literate.fences import Session
    from linreg.literate.outputs import Output

_ENGINE = Path(__file__).parent
_READS_SOURCE = re.compile(
    r"inspect|linecache|traceback|tokenize|getsource|lineno|_getframe|jit|__code__|__file__|\bhelp\b"
)
_PROCESSOR = re.compile(  # the first one's lines in Linux's /proc/cpuinfo, for x86 and for Arm
    r"(?:vendor_id|cpu family|model|flags|Features|CPU implementer|CPU part)\s*:.*"
)
_KEPT = re.compile(r"\.?[0-9a-f]{64}\..*")
_KEPT_DAYS = 30

_meanings: dict[str, str] = {}  # what code says, by a digest of its text
_asked: set[str] = set()  # those that this process wanted to know
_recalled: set[Path] = set()


@dataclass(frozen=True)
class Program:
    """What a session is to run."""

    name: str  # a digest of all that counts but the modules and what is in the data files
    modules: Mapping[str, str] = field(compare=False)  # and data files; a digest of each

    def key(self, read: Iterable[str] | None) -> str:
        """The name of what it gives.

        Args:
            read: the modules that it reads; None for all.
        """
        names = sorted(self.modules if read is None else read)
        return _digest(json.dumps([self.name, [(name, self.modules.get(name)) for name in names]]))


def programs(
    sessions: Iterable[Session],
    packages: Sequence[str],
    environment: Sequence[str] = (),
    limits: Limits | None = None,
) -> list[Program]:
    """What sessions are to run.

    Code counts as parsed, so that a comment changes nothing, unless the session could show its
    own source.

    Args:
        sessions: each with its blocks.
        packages: the import names of packages whose source the outputs depend on.
        environment: the names of variables that they depend on, or patterns such as `MKL_*`.
        limits: those of a session.
    """
    limits = limits or Limits()
    variables = _variables(environment)
    around = cache(lambda verbatim: _around(packages, limits, verbatim))  # the same for many
    made = []
    for session in sessions:
        codes = [block.code for block in session.blocks]
        verbatim = any(map(_reads_source, codes))
        code = [code if verbatim else _meaning(code) for code in codes]
        rest, modules = around(verbatim)
        meant = session.blocks[-1].raises
        made.append(Program(_digest(json.dumps([*code, meant, rest, variables])), modules))
    return made


def surroundings(
    packages: Sequence[str], environment: Sequence[str] = (), limits: Limits | None = None
) -> str:
    """A digest of all that counts beside the code of a session, to the letter.

    Args:
        packages: as above.
        environment: as above.
        limits: as above.
    """
    rest, modules = _around(packages, limits or Limits(), verbatim=True)
    return _digest(json.dumps([rest, sorted(modules.items()), _variables(environment)]))


def modules(packages: Iterable[str]) -> dict[str, Path]:
    """The modules of packages, and their files."""
    return {name: file for name, file in _files(packages) if file.suffix == ".py"}


def find(folder: Path, program: Program) -> list[list[Output]] | None:
    """What a program gave, if that is kept."""
    for read in load(folder, program.name) or ():
        outputs: list[list[Output]] | None = load(folder, program.key(read))
        if outputs is not None:
            return outputs
    return None


def keep(
    folder: Path, program: Program, read: Iterable[str] | None, outputs: list[list[Output]]
) -> None:
    """Keep what a program gave.

    Args:
        folder: where.
        program: what ran.
        read: the modules that it read; None for all.
        outputs: of each of its blocks.
    """
    this = None if read is None else sorted(read)
    known = load(folder, program.name) or []
    if this not in known:
        store(folder, program.name, [this, *known])
    store(folder, program.key(read), outputs)


def load(folder: Path, name: str) -> Any:
    """What is kept under a name; None if nothing is or the file is not whole."""
    file = folder / f"{name}.json"
    try:
        digest, _, content = file.read_text(encoding="utf-8").partition("\n")
        if digest != _digest(content):
            return None
        found = json.loads(content)
    except (OSError, ValueError):
        return None
    with contextlib.suppress(OSError):
        os.utime(file)  # what is used is kept
    return found


def store(folder: Path, name: str, content: Any) -> None:
    """Keep something under a name. A folder that cannot be written to is no error.

    The file appears whole or not at all, also when two builds write it at once.
    """
    text = json.dumps(content)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
        try:
            temporary.write_text(f"{_digest(text)}\n{text}", encoding="utf-8")
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


def recall(folder: Path) -> None:
    """Learn what an earlier build has found code to say: to parse it takes longer than to read."""
    if folder not in _recalled:
        _recalled.add(folder)
        _meanings.update(load(folder, _meanings_name()) or {})


def remember(folder: Path) -> None:
    """Write down for the next build what the code of this one says."""
    asked = {text: _meanings[text] for text in sorted(_asked)}
    if asked != load(folder, _meanings_name()):
        store(folder, _meanings_name(), asked)


def is_package(name: Any) -> bool:
    """Whether something can be imported under this name."""
    try:
        return importlib.util.find_spec(name) is not None
    except (AttributeError, ImportError, TypeError, ValueError):
        return False


def _variables(patterns: Sequence[str]) -> list[tuple[str, str]]:
    return sorted(
        (name, value)
        for name, value in os.environ.items()
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    )


def _around(
    packages: Sequence[str], limits: Limits, verbatim: bool
) -> tuple[str, Mapping[str, str]]:
    """What outputs depend on beside the session's own code; modules and data files apart."""
    found = {name: (file, _file(file, verbatim)) for name, file in _files(packages)}
    modules = {name: digest for name, (file, digest) in found.items() if file.suffix == ".py"}
    data = {
        files.PREFIX + name: _file(file, verbatim=True)
        for name, file in files.find(limits.folder).items()
    }
    parts = [
        *(name if name in modules else f"{name}:{digest}" for name, (_, digest) in found.items()),
        *data,
        *map(
            str,
            (limits.characters, limits.combinations, limits.figures, limits.figure_size),
        ),
        *(f"{file.name}:{_file(file, verbatim=True)}" for file in limits.fonts),
        *_engine(),
        *(str(sys.flags.optimize), *sys.warnoptions),
    ]
    return json.dumps(parts), {**modules, **data}


def _engine() -> list[str]:
    """The engine, and all that is installed."""
    sources = (f"{name}:{_file(file, verbatim=True)}" for name, file in _below(_ENGINE, "engine"))
    python = (platform.python_implementation(), platform.python_version(), platform.machine())
    return [*sources, *_versions(), *python, _processor()]


@lru_cache
def _processor() -> str:
    """The kind of processor, and what it can do: on another one numbers are rounded otherwise."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").partition("\n\n")[0]
    except OSError:
        return platform.processor()
    return "\n".join(line for line in first.splitlines() if _PROCESSOR.fullmatch(line))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=2000)  # under a server, most code is that of the build before
def _reads_source(code: str) -> bool:
    return _READS_SOURCE.search(code) is not None


def _meanings_name() -> str:
    return _digest(json.dumps(["meanings", *_engine()]))


def _meaning(code: str) -> str:
    """A digest of what code says to Python."""
    text = _digest(code)
    _asked.add(text)
    if text not in _meanings:
        _meanings[text] = _parsed(code)
    return _meanings[text]


def _parsed(code: str) -> str:
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


def _files(packages: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """All files of packages, also those that they read; the engine's are counted on their own."""
    for package in packages:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.submodule_search_locations is None:  # a module of one file
            yield Path(spec.origin or "").name, Path(spec.origin or "")
        for folder in (spec and spec.submodule_search_locations) or ():
            yield from _below(Path(folder), package)


def _below(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    for path, folders, names in os.walk(folder):
        here = Path(path)
        folders[:] = sorted(one for one in folders if _counts(one) and here / one != _ENGINE)
        for file in sorted(here / one for one in names if _counts(one)):
            yield f"{name}/{file.relative_to(folder).as_posix()}", file


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
