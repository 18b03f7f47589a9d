"""Live pages: under `mkdocs serve`, each block can be changed and run where it stands.

It is execution of code over HTTP. So it is there only where the server listens to this machine
alone, for who has opened the address that the server prints: see `server.py`.
"""

from __future__ import annotations

import ipaddress
import logging
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from book.hosts.mkdocs.live.book import Book
from book.hosts.mkdocs.live.server import Live
from linreg.literate import Copies

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer

log = logging.getLogger("mkdocs.live")

SAYS_WITHIN = 30  # seconds that a request may take to arrive

_served: list[Live] = []


def copies() -> Copies | None:
    """The copies of sessions, where there is a server to keep them for."""
    return _served[0].copies if _served else None


def begin(server: LiveReloadServer, config: MkDocsConfig) -> None:
    """Let the pages of a server be changed and run, if it listens to this machine alone."""
    host, port = config.dev_addr
    site = server.get_app()
    assert site is not None
    live = Live(
        site,
        Book(config),
        Copies(),
        names=_names(host),
        port=port,
        top=urlsplit(server.url).path,
        token=secrets.token_urlsafe(32),
    )
    _served.append(live)
    if not live.names:
        log.info(
            "Blocks cannot be run on the pages, because %s is an address that other machines may "
            "reach; that needs 127.0.0.1, ::1 or localhost.",
            host,
        )
        return
    handler: Any = server.RequestHandlerClass
    server.RequestHandlerClass = type("Handler", (handler,), {"timeout": SAYS_WITHIN})
    server.set_app(live)
    log.info("To change and run blocks on the pages, open %s", live.address)


def end() -> None:
    """Stop what runs, and keep no copy."""
    while _served:
        _served.pop().close()


def _names(host: str) -> tuple[str, ...]:
    """What a browser may call a server that listens to this machine alone; else nothing."""
    if host == "localhost":
        return ("localhost", "127.0.0.1", "[::1]")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ()
    if not address.is_loopback:
        return ()
    return ("localhost", f"[{address}]" if address.version == 6 else str(address))
