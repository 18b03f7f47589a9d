"""Measures every page as Lighthouse does for a phone, and prints the table; not part of the tests.

`.venv/bin/python tests/website/lighthouse.py` builds the site and visits all of it; with a pattern,
such as `zh/l`, the pages whose addresses begin so. It needs Chromium and Node.js, and takes
Lighthouse itself from the npm registry; the variable LIGHTHOUSE may name one that is there already.
The machine does nothing else meanwhile, and has a Chinese font: Chromium takes twice as long to lay
out a Chinese page where none is found, which costs it up to eight points.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from website.conftest import Site, Visit, build, find_chromium, launch
from website.server import serve
from website.test_browser import SCREENS, set_scheme, violations

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LIGHTHOUSE = os.environ.get("LIGHTHOUSE", "npx --yes lighthouse@12")
GOOD = 98
TRIES = 3  # where the first is below that: how fast a page was depends on what else went on


def report(address: str, chromium: str) -> dict[str, Any]:
    """What Lighthouse says of a page on its phone, over a slow line."""
    flags = ["--quiet", "--output=json", f"--only-categories={','.join(CATEGORIES)}"]
    result = subprocess.run(
        [*shlex.split(LIGHTHOUSE), address, *flags, "--chrome-flags=--headless=new --no-sandbox"],
        env={**os.environ, "CHROME_PATH": chromium},
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def scores(found: dict[str, Any]) -> list[int]:
    return [round(100 * found["categories"][name]["score"]) for name in CATEGORIES]


def transferred(found: dict[str, Any]) -> int:
    """The bytes of a first visit, as they came over the line."""
    requests = found["audits"]["network-requests"]["details"]["items"]
    return sum(request["transferSize"] for request in requests)


def shortcomings(found: dict[str, Any]) -> list[str]:
    """The audits that cost points, other than those of speed."""
    wanted = {
        audit["id"]
        for name in CATEGORIES[1:]
        for audit in found["categories"][name]["auditRefs"]
        if audit["weight"]
    }
    return [
        f"{audit['id']}: {audit['title']}"
        for name, audit in found["audits"].items()
        if name in wanted and audit["score"] not in (1, None)
    ]


def axe_findings(browser: Browser, site: Site, address: str) -> list[str]:
    """What axe-core finds on the page, in either scheme, on a phone and on a screen."""
    context = browser.new_context(viewport=SCREENS["phone"], reduced_motion="reduce")
    page = Visit(context, site).go(address)
    found = []
    for scheme in ("light", "dark"):
        set_scheme(page, scheme)
        for size in SCREENS.values():
            page.set_viewport_size(size)
            page.wait_for_timeout(300)
            found += violations(page)
    context.close()
    return found


def row(browser: Browser, site: Site, page: str, chromium: str) -> tuple[str, list[str]]:
    """The line of a page in the table, and what is wrong with it."""
    found = [report(site.address + page, chromium)]
    if scores(found[0])[0] < GOOD:
        found += [report(site.address + page, chromium) for _ in range(TRIES - 1)]
    fast = round(statistics.median(scores(each)[0] for each in found))
    others = scores(found[0])[1:]
    wrong = shortcomings(found[0])
    axe = axe_findings(browser, site, page)
    size = round(transferred(found[0]) / 1000)
    cells = [f"`{page or '/'}`", f"{size} KB", fast, *others, len(axe)]
    return f"| {' | '.join(map(str, cells))} |", [*wrong, *axe]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("pages", nargs="?", default="", help="the beginning of addresses")
    pattern = parser.parse_args(arguments).pages
    chromium = find_chromium(["chromium", "google-chrome"])  # what readers have
    if not chromium:
        parser.error("no Chromium on the path, and none named in the variable CHROMIUM")
    wrong = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        if complaint := build(Path(folder), address):
            sys.exit(complaint)
        site = Site(Path(folder), address)
        browser = launch(playwright, chromium)
        print("| page | first visit | performance | accessibility | best practices | SEO | axe |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for page in site.pages():
            # The page to print is for paper, and not for search engines.
            if page.endswith(("404.html", "print/")) or not re.match(pattern, page):
                continue
            line, wrong[page] = row(browser, site, page, chromium)
            print(line, flush=True)
        browser.close()
    print()
    for page, found in wrong.items():
        for text in found:
            print(f"{page}: {text}")


if __name__ == "__main__":
    main(sys.argv[1:])
