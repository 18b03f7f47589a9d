"""What a first visit of a page costs because something on it is under the reader's hand."""

import gzip
import re
from collections.abc import Callable

import pytest

from book import sources
from book.finish import scripts
from website.conftest import ROOT, Site, Visit
from website.test_pages import LANGUAGES

BUDGET = 5000  # bytes, compressed

# What a page has for predictions, for figures that move, and for what a reader has done.
PARTS = re.compile(
    r'(?:<div></div>)?<div class="waiting"[^>]*>|<div></div>(?=\n</div>)'
    r"|<script>\s*var told.*?</script>"
    r"|<template id=.*?</template>(?:\s*<script type=.application/json.>.*?</script>)?"
    r'|<div class="literate-controls".*?\n</div>\n'
    r"|<script (?:data-literate-moving|type=.(?:literate|application/vnd)).*?</script>"
    r'|<p class="chapter-done".*?</p>'
    r'|<div class="own"></div>'
    r"|<script defer [^>]*own\.js[^>]*></script>",
    re.DOTALL,
)
RULES = re.compile(
    r"[^{}]*(?:prediction|\.waits|\.waiting|\.choices|\.blank|predicting|\.done|-done|\.own"
    r"|literate-control|literate-play)[^{}]*\{[^{}]*\}"
)
SCRIPTS = re.compile(r"<script defer [^>]*src=\"([^\"]*/(?:own|site)\.js)\"")
SITE = (ROOT / "docs" / "theme" / "assets" / "site.js").read_text(encoding="utf-8")


def compressed(text: str) -> int:
    return len(gzip.compress(text.encode()))


def added(site: Site, address: str, html: str) -> tuple[int, int]:
    """The bytes that a page has for all this, and how many parts of its HTML are for it."""
    plain, count = PARTS.subn("", html)
    total = compressed(html) - compressed(plain)
    for script in SCRIPTS.findall(html):
        total += compressed((site.folder / address / script).resolve().read_text())
        if script.endswith("site.js"):
            total -= compressed(scripts.small(SITE))  # the rest of it is for all of this
    (sheet,) = re.findall(r'href="([^"]*assets/book\.css)"', html)
    styles = (site.folder / address / sheet).resolve().read_text()
    fewer = RULES.sub("", styles)
    assert len(fewer) < len(styles) - 3000
    return total + compressed(styles) - compressed(fewer), count


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_first_visit_grows_by_five_kilobytes_at_most(language: str, site: Site) -> None:
    found = {
        address: added(site, address, html)
        for address, html in site.pages().items()
        if address.startswith(f"{language}/") and "404" not in address and "book.css" in html
    }
    assert sum(count > 10 for _, count in found.values()) > 15  # the parts are found
    assert {address: size for address, (size, _) in found.items() if size > BUDGET} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_moves_figures_is_not_part_of_a_first_visit(
    language: str, site: Site, visit: Callable[..., Visit]
) -> None:
    reader = visit(screen="phone")
    pages = [
        address
        for address, html in site.pages().items()
        if address.startswith(f"{language}/") and '<div class="literate-controls"' in html
    ]
    assert len(pages) > 8
    for address in pages:
        reader.go(address)
    assert [url for url in reader.requests if "assets/figures/" in url] == []


def test_each_script_that_was_made_small_can_be_read(visit: Callable[..., Visit]) -> None:
    reader = visit()
    for name in sources.scripts():
        text = (sources.DOCS / "theme" / name).read_text(encoding="utf-8")
        reader.page.evaluate("text => void new Function(text)", scripts.small(text))
