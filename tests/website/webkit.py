"""Visits every page in WebKit, the engine of Safari, and moves its figures; not part of the tests.

    apt-get install webkit2gtk-driver xvfb
    .venv/bin/pip install selenium
    xvfb-run .venv/bin/python tests/website/webkit.py

The site is built for it; with a pattern, such as `zh/e`, only pages whose addresses begin so are
visited. Nothing may reach beyond the window or be cut off, each figure has to show what the build
has printed, and the search has to find.
"""

from __future__ import annotations

import argparse
import itertools
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from selenium import webdriver

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from website.conftest import Site, build
from website.server import PATH, serve
from website.test_browser import cut_off, overflow
from website.test_by_hand import MOVE
from website.test_moving import TEXTS, accepted
from website.test_search import first_results

WIDTHS = (1280, 360)  # MiniBrowser has a least width of its own, of some 450 pixels
SEEN = 3.0  # seconds within which a figure has to move

CONTROLS = """(figure) => [...figure.querySelectorAll(".literate-control")].map((control) => {
    const inputs = control.querySelectorAll("input");
    return inputs[0].type === "range" ? +inputs[0].max + 1 : inputs.length;
})"""
FIGURES = """() => [...document.querySelectorAll(".literate-moving")]
    .map((figure) => figure.dataset.script ?? "")"""
QUERIES = {
    "en": {"learning rate": "training-loop/#learning-rate", "no_grad": "no-grad/#no-grad"},
    "zh": {"学习率": "training-loop/#learning-rate", "no_grad": "no-grad/#no-grad"},
}


class Page:
    """A page in WebKit, which evaluates what a page of Playwright does."""

    def __init__(self, driver: webdriver.WebKitGTK) -> None:
        self._driver = driver

    def evaluate(self, code: str, argument: Any = None) -> Any:
        return self._driver.execute_script(f"return ({code})(arguments[0])", argument)

    def of_figure(self, number: int, code: str, argument: Any = None) -> Any:
        figure = f"document.querySelectorAll('.literate-moving')[{number}]"
        return self.evaluate(f"(argument) => ({code})({figure}, argument)", argument)


def wrong_figures(page: Page, language: str, name: str) -> list[str]:
    """Where a figure shows something else than what the build has printed; not those by script."""
    scripts = page.evaluate(FIGURES)
    if not scripts:
        return []
    wrong = []
    for number, texts in enumerate(accepted(language, name)):
        if scripts[number]:
            continue
        page.of_figure(number, "(figure) => figure.scrollIntoView()")
        counts = page.of_figure(number, CONTROLS)
        places = itertools.product(*map(range, counts))
        for place, text in zip(places, texts.values(), strict=True):
            page.of_figure(number, MOVE, place)
            deadline = time.monotonic() + SEEN
            while (shown := page.of_figure(number, TEXTS)) != text and time.monotonic() < deadline:
                time.sleep(0.05)
            if shown != text:
                wrong.append(f"figure {number} at {place}: {shown!r}, and not {text!r}")
    return wrong


def visit(driver: webdriver.WebKitGTK, site: Site, address: str) -> list[str]:
    """What is wrong with a page."""
    page = Page(driver)
    wrong = []
    for width in WIDTHS:
        driver.set_window_size(width, 900)
        driver.get(site.address + address)
        wrong += [f"{width} px: {found}" for found in overflow(page) + cut_off(page)]
    language, _, name = address.rstrip("/").partition("/")
    wrong += wrong_figures(page, language, name)
    if language and not name:
        expected = QUERIES[language]
        for query, found in zip(expected, first_results(page, list(expected)), strict=True):
            if found != expected[query]:
                wrong.append(f"{query!r} finds {found}")
    return wrong


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("pages", nargs="?", default="", help="the beginning of addresses")
    pattern = parser.parse_args(arguments).pages
    browsers = sorted(Path("/usr/lib").glob("*/webkit*/MiniBrowser"))
    if not browsers:
        parser.error("no MiniBrowser in /usr/lib: apt-get install webkit2gtk-driver")
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(browsers[-1])
    options.add_argument("--automation")
    count = 0
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as address:
        if complaint := build(Path(folder), address):
            sys.exit(complaint)
        site = Site(Path(folder), address)
        driver = webdriver.WebKitGTK(options=options)
        driver.get(address)
        always = f"() => localStorage.setItem('{PATH}.predictions', '{{\"always\": true}}')"
        Page(driver).evaluate(always)
        for page in site.pages():
            if page.endswith(("404.html", "print/")) or not re.match(pattern, page):
                continue
            for found in visit(driver, site, page):
                count += 1
                print(f"{page}: {found}", flush=True)
        driver.quit()
    print(f"{driver.capabilities['browserVersion']}: {count} faults")
    sys.exit(count > 0)


if __name__ == "__main__":
    main(sys.argv[1:])
