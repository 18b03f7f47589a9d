"""`mkdocs serve` after a mistake: the last good site; MkDocs alone lets every browser wait."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from mkdocs.exceptions import MkDocsException

if TYPE_CHECKING:
    from mkdocs.livereload import LiveReloadServer

log = logging.getLogger("mkdocs.serving")


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
