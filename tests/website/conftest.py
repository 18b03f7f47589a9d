"""The real site, built once for all tests here and served as a host would serve it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    Request,
    sync_playwright,
)

from website.server import PATH, host

ROOT = Path(__file__).resolve().parents[2]
SCREENS = {"phone": {"width": 360, "height": 740}, "screen": {"width": 1280, "height": 900}}


@dataclass(frozen=True)
class Site:
    """A folder, and the address at which it is served: below a path, as on most hosts."""

    folder: Path
    address: str

    def pages(self) -> dict[str, str]:
        """The HTML of each page by its address below the site's, `en/gradients/`."""
        return {
            file.relative_to(self.folder).as_posix().removesuffix("index.html"): file.read_text()
            for file in sorted(self.folder.rglob("*.html"))
        }


def build(folder: Path, address: str) -> str:
    """Build the site, which will stand at an address, into a folder, as on a usual machine.

    Returns what went wrong, or nothing.

    Not with `--quiet`: MkDocs then passes over the warnings, strict or not.
    """
    usual = {"NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", folder],
        cwd=ROOT,
        env={**os.environ, **usual, "SITE_URL": address},
        capture_output=True,
        text=True,
    )
    return done.stderr if done.returncode else ""


def launch(playwright: Playwright, chromium: str) -> Browser:
    """The browser, which may be run by root and asks nobody for updates."""
    arguments = ["--no-sandbox", "--disable-background-networking"]
    return playwright.chromium.launch(executable_path=chromium, args=arguments)


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest, alone: FileLock) -> Iterator[Site]:
    """Built by whichever process needs it first; the others wait, and then share it."""
    shared = getattr(request.config, "workerinput", None)
    with nullcontext(shared["site"]) if shared else host() as (at, address):
        folder = Path(at)
        said = folder.with_name("site.txt")  # there once it was tried
        with alone:
            if not said.exists():
                said.write_text(build(folder, address), encoding="utf-8")
        complaint = said.read_text(encoding="utf-8")
        assert not complaint, complaint
        yield Site(folder, address)


def find_chromium(
    names: Sequence[str] = ("chromium-headless-shell", "chromium", "google-chrome"),
) -> str | None:
    """The one that the variable CHROMIUM names, or the first of several that is installed.

    The shell shows pages with the same engine, without the browser around it: it loads one in a
    third of the processor's time.
    """
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser: a machine without one skips these tests, CI does not."""
    found = find_chromium()
    if not found:
        missing = "no Chromium on the path, and none named in the variable CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright, chromium)
        yield browser
        browser.close()


def is_elsewhere(url: str, site: str) -> bool:
    return url.startswith(("http:", "https:", "//")) and not url.startswith(site)


class Visit:
    """A page in a browser, and what went on behind it."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(120_000)
        self.site = site
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._fetched: set[Request] = set()  # what is on its way
        self._last = time.monotonic()  # when one of these began or ended
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._begin)
        self.page.on("requestfinished", self._end)
        self.page.on("requestfailed", self._end)

    def _begin(self, request: Request) -> None:
        self.requests.append(request.url)
        self._fetched.add(request)
        self._last = time.monotonic()

    def _end(self, request: Request) -> None:
        self._fetched.discard(request)
        self._last = time.monotonic()

    def _console(self, message: object) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def load(self, address: str) -> Page:
        """Load a page and all that it names; its scripts may still fetch more."""
        self.page.goto(self.site.address + address)
        return self.page

    def go(self, address: str) -> Page:
        """Load a page, and wait until it has fetched nothing for half a second."""
        self.load(address)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page has fetched nothing for half a second.

        Playwright's "networkidle" never comes where a page, in half a second of being read, has
        fetched nothing, and does so after it.
        """
        end = time.monotonic() + 120
        while self._fetched or time.monotonic() - self._last < 0.5:
            assert time.monotonic() < end, [request.url for request in self._fetched]
            self.page.wait_for_timeout(50)

    def elsewhere(self) -> list[str]:
        return [url for url in self.requests if is_elsewhere(url, self.site.address)]


def show_everything(context: BrowserContext, path: str = PATH) -> None:
    """Let a reader have chosen that nothing waits for a prediction."""
    key, value = json.dumps(f"{path}.predictions"), json.dumps('{"always": true}')
    context.add_init_script(f"try {{ localStorage.setItem({key}, {value}) }} catch {{}}")


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Visit]]:
    """Make visits by a reader of one kind: `visit(scheme="dark", screen="phone")`.

    Only to one who `predicts` it matters what waits for a prediction; to the others all is shown.
    """
    contexts = []

    def begin(
        scheme: str = "light", screen: str = "screen", predicts: bool = False, **options: object
    ) -> Visit:
        contexts.append(
            browser.new_context(viewport=SCREENS[screen], color_scheme=scheme, **options)
        )
        if not predicts:
            show_everything(contexts[-1])
        return Visit(contexts[-1], site)

    yield begin
    for context in contexts:
        context.close()
