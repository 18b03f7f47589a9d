"""The real site, built once for all tests here and served as a host would serve it."""

import gzip
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Site:
    """A folder, and the address at which it is served: below a path, as on most hosts."""

    folder: Path
    address: str

    def pages(self) -> dict[str, str]:
        """The HTML of each page by its address below the site's, `en/08-gradients/`."""
        return {
            file.relative_to(self.folder).as_posix().removesuffix("index.html"): file.read_text()
            for file in sorted(self.folder.rglob("*.html"))
        }


class _Handler(SimpleHTTPRequestHandler):
    """Serves files below /book/, compressed, with the site's own page for what is missing."""

    site: Path

    def translate_path(self, path: str) -> str:
        below = unquote(urlsplit(path).path).partition("/book/")[2]
        return str(self.site / below)

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        if file.is_dir():
            file /= "index.html"
        status = 200 if file.is_file() else 404
        body = (file if status == 200 else self.site / "404.html").read_bytes()
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(str(file if status == 200 else "a.html")))
        if file.suffix != ".woff2" and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    handler = type("Handler", (_Handler,), {"site": folder})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}/book/"
        subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", folder],
            cwd=ROOT,
            env={**os.environ, "SITE_URL": address, "NO_MKDOCS_2_WARNING": "1"},
            check=True,
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Site(folder, address)
        server.shutdown()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser: a machine without one skips these tests, CI does not."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        missing = "no Chromium on the path, and none named in the variable CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()
