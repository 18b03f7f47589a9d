"""`mkdocs serve`, quicker to see a save, and with the last good site after a mistake.

MkDocs alone lets every browser wait until the mistake is mended. Pages whose blocks can be run are
in `live`.
"""

from __future__ import annotations

import logging
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import mkdocs
from mkdocs.exceptions import MkDocsException
from watchdog.observers.polling import PollingObserver

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mkdocs.livereload import LiveReloadServer

log = logging.getLogger(f"{mkdocs.__name__}.serving")

_INTERVAL = 0.1  # seconds from one look at the sources to the next; MkDocs' own is 0.5
_DELAY = 0.02  # seconds from a look to the build, while all that it saw is told; MkDocs' own is 0.1


def set_up(server: LiveReloadServer, watched: Sequence[str]) -> None:
    """Have a server look for changes more often, and go on after a build that fails.

    Args:
        server: MkDocs', before it serves.
        watched: the files and folders that it watches already.
    """
    for path in watched:
        server.unwatch(path)
    server.observer = PollingObserver(timeout=_INTERVAL)
    server.build_delay = _DELAY
    for path in watched:
        server.watch(path)
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
