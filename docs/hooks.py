"""The whole site in one command: the front page's build builds both languages as well.

Each language is a MkDocs project of its own and is built by a process of its own, side by side
with the other. Under `mkdocs serve` only those whose sources changed are built again. The site
on disk is touched when both languages are done, so that a mistake leaves the last good one.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import chapters
import live
import package
from mkdocs.exceptions import Abort
from mkdocs.utils.meta import get_data

from linreg.literate import prepare, run_pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer

DOCS = Path(__file__).resolve().parent
SHARED = (DOCS.parent / "linreg", DOCS / "notebook", DOCS / "theme")
LANGUAGES = ("en", "zh")

log = logging.getLogger("mkdocs.languages")  # under the one that counts warnings

_State = dict[str, tuple[int, int]]


class Language:
    """The last build of one language, and the process that makes the next."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._folder = tempfile.TemporaryDirectory(prefix=f"linreg-{name}-")
        self.site = Path(self._folder.name) / name
        self._built: tuple[str, _State] | None = None
        self._building: tuple[str, _State] | None = None
        self._process = subprocess.Popen(  # noqa: S603  # this interpreter, our own file
            [sys.executable, str(DOCS / "worker.py"), str(DOCS / f"{name}.yml")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_MKDOCS_2_WARNING": "1"},
        )

    def start(self, config: MkDocsConfig) -> bool:
        """Begin a build, if the sources are not those of the last one; whether it did."""
        shared = repr((config.site_url, self._shared_sources()))
        pages = _state([DOCS / self.name])
        self._building = (shared, pages)
        if self._building == self._built:
            return False
        self._built = None
        job = {
            "site_dir": str(self.site),
            "site_url": f"{(config.site_url or '/').rstrip('/')}/{self.name}/",
            "log_level": logging.getLogger("mkdocs").getEffectiveLevel(),
            "shared": repr((shared, sorted(pages))),
        }
        assert self._process.stdin is not None
        print(json.dumps(job), file=self._process.stdin, flush=True)
        return True

    def finish(self) -> None:
        """Wait for the build, passing on its log: a warning there counts as one here."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            if "error" not in message:
                log.log(message["level"], "%s: %s", self.name, message["text"])
                continue
            if message["error"]:
                raise Abort(f"docs/{self.name}.yml: {message['error']}")
            self._built = self._building
            return
        raise Abort(f"docs/{self.name}.yml: its build ended with code {self._process.wait()}")

    def close(self) -> None:
        """End the process and remove what it built."""
        self._process.terminate()
        self._process.communicate()
        self._folder.cleanup()

    def _shared_sources(self) -> _State:
        """What all the pages of the language depend on."""
        names = ("mkdocs.yml", "docs/language.yml", f"docs/{self.name}.yml")
        settings = [DOCS.parent / name for name in (*names, *package.FILES)]
        return _state([*settings, *SHARED])


def _state(tops: Iterable[Path]) -> _State:
    """When the files below some folders last changed."""
    files = (file for top in tops for file in ([top] if top.is_file() else top.rglob("*")))
    return {
        str(file): (file.stat().st_mtime_ns, file.stat().st_size)
        for file in files
        if file.is_file() and file.suffix != ".pyc"
    }


def _link_or_copy(source: str, goal: str) -> None:
    """Give a file another name, which takes no time: the next build makes files of its own."""
    try:
        os.link(source, goal)
    except OSError:  # on another disk, for one
        shutil.copy2(source, goal)


_languages: list[Language] = []


def on_startup(command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Start the processes early: they import what they need while the engine runs the pages."""
    _languages.extend(map(Language, LANGUAGES))


def on_serve(server: LiveReloadServer, config: MkDocsConfig, **_: object) -> None:
    """Make ready for the first page that is saved, whose blocks would wait for torch's import."""
    prepare(**config.mdx_configs["linreg.literate"])
    live.begin(server, config)


def on_shutdown() -> None:
    """End the processes, also after an error or Ctrl-C."""
    live.end()
    while _languages:
        _languages.pop().close()


def on_config(config: MkDocsConfig) -> None:
    """Tell the front page which chapters there are."""
    config.extra["chapters"] = [
        {language: _chapter(language, Path(name).stem) for language in LANGUAGES}
        for name in chapters.numbers("en")
    ]


def _chapter(language: str, name: str) -> dict[str, str]:
    text = (DOCS / language / f"{name}.md").read_text(encoding="utf-8")
    return {"url": f"{language}/{name}/", "title": get_data(text)[1]["title"]}


def on_pre_build(config: MkDocsConfig) -> None:
    """Build the languages that changed."""
    found = [*DOCS.glob("*/*.md"), *DOCS.glob("*/lab.ipynb")]
    pages = sorted(page for page in found if page.parent.name in LANGUAGES)
    run_pages([DOCS / "index.md", *pages], live.copies(), **config.mdx_configs["linreg.literate"])
    started = [language for language in _languages if language.start(config)]
    for language in started:
        language.finish()


def on_post_build(config: MkDocsConfig) -> None:
    """Put the languages beside the front page, and the package."""
    site, cache = config.site_url or "/", DOCS.parent / ".cache" / "package"
    package.write_wheel(Path(config.site_dir), site, cache)
    for language in _languages:
        goal = Path(config.site_dir) / language.name
        shutil.copytree(language.site, goal, copy_function=_link_or_copy)
