"""Both languages in one command: each is a project of its own, built by a process of its own.

The processes work side by side. Under `mkdocs serve` only those whose sources changed build again.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import mkdocs
from mkdocs.exceptions import Abort

from book import sources
from book.finish import wheel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mkdocs.config.defaults import MkDocsConfig

# What all pages of a language depend on, beside its own settings.
_SHARED = (
    sources.ROOT / "mkdocs.yml",
    sources.DOCS / "language.yml",
    sources.DOCS / "search.yml",
    sources.DOCS / "theme",
    sources.ROOT / "linreg",
    *(sources.ROOT / name for name in wheel.FILES),
)
_START = """\
import sys
sys.path.insert(0, sys.argv[1])
if sys.argv[2] == "properdocs":
    import properdocs
    import properdocs.replacement
from book.hosts.mkdocs.builder import main
main(sys.argv[3])
"""

log = logging.getLogger(f"{mkdocs.__name__}.languages")  # under the one that counts warnings

_State = dict[str, tuple[int, int]]


class Language:
    """The last build of one language, and the process that makes the next."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._folder = tempfile.TemporaryDirectory(prefix=f"linreg-{name}-")
        self.site = Path(self._folder.name) / name
        self._built: tuple[str, _State] | None = None
        self._building: tuple[str, _State] | None = None
        self._waits = False  # does the process, to hear that all blocks have run
        self._process = self._begun()

    def _begun(self) -> subprocess.Popen[str]:
        arguments = [str(sources.ROOT), mkdocs.__name__, str(sources.DOCS / f"{self.name}.yml")]
        return subprocess.Popen(  # noqa: S603  # this interpreter, our own words
            [sys.executable, "-c", _START, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_MKDOCS_2_WARNING": "1"},
        )

    def start(self, config: MkDocsConfig) -> None:
        """Begin a build, if the sources are not those of the last one; `go_on` is to follow."""
        if self._process.poll() is not None:  # it was killed, for one
            self._process.communicate()
            self._process, self._building, self._waits = self._begun(), None, False
        if self._building:  # something else failed, and nobody waited for this
            self._answer(go_on=False)
            self._result(silent=True)
        shared = repr((config.site_url, _state([sources.DOCS / f"{self.name}.yml", *_SHARED])))
        pages = _state([sources.DOCS / self.name])
        self._building = None
        if (shared, pages) == self._built:
            return
        self._building, self._built = (shared, pages), None
        job = {
            "site_dir": str(self.site),
            "site_url": f"{(config.site_url or '/').rstrip('/')}/{self.name}/",
            "log_level": logging.getLogger(mkdocs.__name__).getEffectiveLevel(),
            "shared": repr((shared, sorted(pages))),
        }
        self._tell(job)
        self._waits = True

    def go_on(self) -> None:
        """Let a build that was begun come to the pages: the outputs of all blocks are kept."""
        self._answer(go_on=True)

    def finish(self) -> None:
        """Wait for the build that was begun, if one was. One that warned is made again."""
        if self._building:
            error, warned = self._result()
            building, self._building = self._building, None
            if error:
                raise Abort(f"docs/{self.name}.yml: {error}")
            self._built = None if warned else building

    def _answer(self, go_on: bool) -> None:
        if self._waits:
            self._waits = False
            self._tell(go_on)

    def _tell(self, message: object) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended: who waits for its result will say so
            print(json.dumps(message), file=self._process.stdin, flush=True)

    def _result(self, silent: bool = False) -> tuple[str | None, bool]:
        """What went wrong in a build, and whether it warned, which counts here as its log does."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            if "error" in message:
                return message["error"], message["warned"]
            if not silent:
                log.log(message["level"], "%s: %s", self.name, message["text"])
        raise Abort(f"docs/{self.name}.yml: its build ended with code {self._process.wait()}")

    def close(self) -> None:
        """End the process and remove what it built."""
        self._process.terminate()
        self._process.communicate()
        self._folder.cleanup()


def _state(tops: Iterable[Path]) -> _State:
    """When the files below some folders last changed."""
    files = (file for top in tops for file in ([top] if top.is_file() else top.rglob("*")))
    return {
        str(file): (file.stat().st_mtime_ns, file.stat().st_size)
        for file in files
        if file.is_file() and file.suffix != ".pyc"
    }
