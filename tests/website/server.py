"""A folder, served as a host would serve it; one server for all processes that test."""

import gzip
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PATH = "/linreg/"  # where the site stands on its host: some faults show below the real path alone


class _Handler(SimpleHTTPRequestHandler):
    """Serves files below the site's path, compressed, and its own page for what is missing."""

    site: Path
    protocol_version = "HTTP/1.1"  # keeps its connections
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        before, _, below = unquote(urlsplit(self.path).path).partition(PATH)
        file = self.site / below
        if file.is_dir():
            file /= "index.html"
        found = file.is_file() and not before
        if not found:
            file = self.site / "404.html"
        body = file.read_bytes()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", self.guess_type(str(file)))
        if file.suffix != ".woff2" and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that left before it had all."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder; the address, which ends in a slash."""
    handler = type("Handler", (_Handler,), {"site": folder})
    with _Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{PATH}"
        server.shutdown()


@contextmanager
def host() -> Iterator[tuple[str, str]]:
    """Serve an empty folder: where it is, and at which address."""
    with tempfile.TemporaryDirectory(prefix="linreg-site-") as parent:
        folder = Path(parent) / "site"
        folder.mkdir()
        with serve(folder) as address:
            yield str(folder), address
