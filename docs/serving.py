"""`mkdocs serve`, quicker to see a save, and with the last good site after a mistake.

MkDocs alone lets every browser wait until the mistake is mended.
"""

from __future__ import annotations

import logging
import shutil
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mkdocs.commands import serve
from mkdocs.exceptions import MkDocsException

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.livereload import LiveReloadServer

log = logging.getLogger("mkdocs.serving")

_INTERVAL = 0.2  # seconds from one look at the sources to the next; MkDocs' own is 0.5
_DELAY = 0.02  # seconds from a look to the build, while all that it saw is told; MkDocs' own is 0.1


def on_startup(command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Have the server look for changes more often."""
    serve.LiveReloadServer = partial(serve.LiveReloadServer, polling_interval=_INTERVAL)


def on_serve(server: LiveReloadServer, **_: object) -> None:
    """Count a build that fails for done, and go on with the pages of the one before."""
    build = server.builder

    def build_or_keep() -> None:
        try:
            with _kept(Path(server.root)):
                build()
        except Exception as error:
            log.error(
                "%s Until this is mended, the pages stay as they were.",
                error,
                exc_info=not isinstance(error, MkDocsException),
            )

    server.builder = build_or_keep
    server.build_delay = _DELAY


@contextmanager
def _kept(site: Path) -> Iterator[None]:
    """Put a folder back as it was if something goes wrong; nobody reads it meanwhile."""
    before = site.with_name(f"{site.name}-before")
    site.rename(before)
    site.mkdir()
    try:
        yield
    except BaseException:
        shutil.rmtree(site)
        before.rename(site)
        raise
    shutil.rmtree(before)
