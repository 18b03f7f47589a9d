"""`mkdocs serve`, quicker to see a save, and with the last good site after a mistake.

MkDocs alone lets every browser wait until the mistake is mended.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Literal

from mkdocs.commands import serve
from mkdocs.exceptions import MkDocsException

if TYPE_CHECKING:
    from mkdocs.livereload import LiveReloadServer

log = logging.getLogger("mkdocs.serving")

_INTERVAL = 0.2  # seconds from one look at the sources to the next; MkDocs' own is 0.5


def on_startup(command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Have the server look for changes more often."""
    serve.LiveReloadServer = partial(serve.LiveReloadServer, polling_interval=_INTERVAL)


def on_serve(server: LiveReloadServer, **_: object) -> None:
    """Count a build that was given up for done: it has not touched the pages of the one before.

    That holds for what `on_pre_build` finds, and the blocks of all pages run there.
    """
    build = server.builder

    def build_or_keep() -> None:
        try:
            build()
        except MkDocsException as error:
            log.error("%s Until this is mended, the pages stay as they were.", error)

    server.builder = build_or_keep
