"""Other site generators make the same site: ProperDocs to the byte, Zensical to what readers see.

What Zensical does in another way is listed in CONTRIBUTING.md; a test here says when that list is
out of date.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import pytest
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser

from website.conftest import ROOT, Site, Visit
from website.server import serve

LANGUAGES = ("en", "zh")
GENERATOR = re.compile(rb'<meta name="generator" content="[^"]*">')
# What a chapter is made of, and how many of each a language has at least.
PARTS = {
    ".literate-output": 350,
    "figure > .literate-drawing > svg[role=img][aria-label]": 40,
    "figure > figcaption": 40,
    "math[data-tex]": 250,
    ".formula > math[display=block]": 20,
    ".highlight": 400,
    "details.success": 60,
    ".doc-object": 60,
    "pre a[href*='api/#linreg']": 100,
    "h1[data-chapter]": 20,
    "h2 .headerlink": 150,
    "a[download][href$='.ipynb']": 20,
    "time[datetime]": 20,
    ".waiting[data-for]": 10,
}
# What the search is made of, and what is the theme's: scripts, styles, icons, words.
SEARCH = re.compile(r"(en/|zh/)?(search/|search\.json|assets/search\.js)")
THEME = re.compile(r"(en/|zh/)?assets/(javascripts|stylesheets|images)/|.*\.map$")
ALONE = {"mkdocs": {"objects.inv"}, "zensical": {"objects.inv"}}


def built_with(host: str, site: Site, folder: Path) -> Path:
    if importlib.util.find_spec(host) is None:
        assert not os.environ.get("CI"), f"{host} is not installed"
        pytest.skip(f"{host} is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "book", "build", "--host", host, "--site-dir", folder / "site"],
        cwd=ROOT,
        env={**os.environ, "SITE_URL": site.address},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def properdocs(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_with("properdocs", site, tmp_path_factory.mktemp("properdocs"))


@pytest.fixture(scope="module")
def zensical(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_with("zensical", site, tmp_path_factory.mktemp("zensical"))


def files(folder: Path) -> dict[str, Path]:
    found = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {file.relative_to(folder).as_posix(): file for file in found}


def test_properdocs_gives_the_same_bytes_but_for_its_name(site: Site, properdocs: Path) -> None:
    expected, found = files(site.folder), files(properdocs)
    assert set(found) == set(expected)
    differ = [
        name
        for name, file in found.items()
        if GENERATOR.sub(b"", file.read_bytes()) != GENERATOR.sub(b"", expected[name].read_bytes())
    ]
    assert differ == []
    assert b"ProperDocs" in found["en/loss/index.html"].read_bytes()


class Said(NamedTuple):
    """What a page says."""

    article: str
    head: list[str]
    entries: list[tuple[str, str]]
    parts: dict[str, int]  # how many it has of each that was asked for


def said(folder: Path, wanted: Iterable[str] = ()) -> dict[str, Said]:
    """What each page of a site says, by its file, with how many it has of some parts."""
    found = {}
    for name, file in files(folder).items():
        if name.endswith("index.html"):
            page = resolve(BeautifulSoup(file.read_text(encoding="utf-8"), "lxml"), name)
            parts = {part: len(page.select(part)) for part in wanted}
            found[name] = Said(article(page), head(page), entries(page), parts)
    return found


@pytest.fixture(scope="module")
def mkdocs_says(site: Site) -> dict[str, Said]:
    return said(site.folder)


@pytest.fixture(scope="module")
def zensical_says(zensical: Path) -> dict[str, Said]:
    return said(zensical, PARTS)


def resolve(page: BeautifulSoup, name: str) -> BeautifulSoup:
    """The page with the addresses that it means: `./loss/` and `loss/` are the same."""
    for attribute in ("action", "formaction", "href", "src"):
        for tag in page.find_all(attrs={attribute: True}):
            address = f"https://a.b/{name.removesuffix('index.html')}"
            tag[attribute] = urljoin(address, str(tag[attribute]))
    return page


def article(page: BeautifulSoup) -> str:
    """What a page says, with all that can be taken away from it."""
    content = page.article
    assert content is not None
    for tag in content.select("#__skip, script"):
        tag.decompose()
    for tag in content.select(".md-copyright p"):  # on the page to print it is a part of that
        tag.string = re.sub("Made with .*|由 .* 制作。", "", tag.text)
    for tag in content.find_all(True):
        tag.attrs = dict(sorted(tag.attrs.items()))
    return re.sub(r"\s+", " ", content.decode_contents()).strip()


def head(page: BeautifulSoup) -> list[str]:
    """What a page tells search engines, and who links to it."""
    found = page.select(
        "html > head > :is(title, meta[name=description], meta[property], [rel=canonical], "
        "[hreflang], [rel=preload])"
    )
    return [str(tag) for tag in found]


def entries(page: BeautifulSoup) -> list[tuple[str, str]]:
    """Where the navigation leads, and by which words."""
    nav = page.select_one("nav.md-nav--primary")
    if not isinstance(nav, Tag):
        return []
    links = nav.select("a.md-nav__link[href]:not([href^='#'])")
    return [(str(link["href"]), " ".join(link.text.split())) for link in links]


def test_zensical_makes_every_page_and_file_that_is_not_the_themes(
    site: Site, zensical: Path
) -> None:
    expected, found = (
        {name for name in files(folder) if not SEARCH.match(name) and not THEME.match(name)}
        for folder in (site.folder, zensical)
    )
    assert {Path(name).name for name in expected - found} <= ALONE["mkdocs"]
    assert {Path(name).name for name in found - expected} <= ALONE["zensical"]


@pytest.mark.parametrize("part", ["", *LANGUAGES])
def test_zensicals_pages_say_the_same(
    mkdocs_says: dict[str, Said], zensical_says: dict[str, Said], part: str
) -> None:
    mine = [n for n in mkdocs_says if n.startswith(f"{part}/") or n == "index.html" == part + n]
    assert mine
    for name in mine:
        expected, found = mkdocs_says[name], zensical_says[name]
        assert found.article == expected.article, name
        assert found.head == expected.head, name
        assert found.entries == expected.entries, name


@pytest.mark.parametrize("kind", ["*.ipynb", "*.zip", "*.whl", "*.woff2", "card.png", "book.css"])
def test_what_readers_load_is_the_same(site: Site, zensical: Path, kind: str) -> None:
    expected, found = (
        {file.relative_to(top): file.read_bytes() for file in top.rglob(kind)}
        for top in (site.folder, zensical)
    )
    assert expected
    assert found == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_outputs_figures_captions_and_formulas_are_in_place(
    zensical_says: dict[str, Said], language: str
) -> None:
    found = [one for name, one in zensical_says.items() if name.startswith(f"{language}/")]
    for part, least in PARTS.items():
        assert sum(one.parts[part] for one in found) >= least, part


@pytest.mark.parametrize("language", LANGUAGES)
def test_zensical_searches_in_its_own_way(zensical: Path, language: str) -> None:
    assert (zensical / language / "search.json").exists()
    assert not (zensical / language / "search" / "sections.json").exists()
    html = (zensical / language / "loss" / "index.html").read_text(encoding="utf-8")
    assert "assets/search.js" not in html


@pytest.mark.parametrize("address", ["", "en/loss/", "zh/gradients/", "en/print/", "zh/lab/"])
def test_zensicals_pages_are_sound_in_a_browser(
    zensical: Path, browser: Browser, address: str
) -> None:
    with serve(zensical) as top, browser.new_context() as context:
        reader = Visit(context, Site(zensical, top))
        page = reader.go(address)
        assert reader.complaints == []
        if "/" in address and address != "en/print/":
            assert page.evaluate("document.fonts.check('16px \"STIX Two Math\"')")
            assert page.locator(".md-clipboard, .md-code__nav").count() > 0


@pytest.mark.parametrize(
    "changed",
    [
        '<h2 id="a">A</h2><figure><svg aria-label="another line"></svg></figure>',
        '<h2 id="a">A</h2>',
        '<h2 id="b">A</h2><figure><svg aria-label="a line"></svg></figure>',
    ],
)
def test_a_page_that_says_something_else_is_found(changed: str) -> None:
    original = '<h2 id="a">A</h2><figure><svg aria-label="a line"></svg></figure>'
    one, other = (
        article(BeautifulSoup(f"<article>{html}</article>", "lxml")) for html in (original, changed)
    )
    assert one != other


def test_an_error_under_zensical_names_file_and_line_from_any_folder(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    (folder / "docs").mkdir(parents=True)
    (folder / "mkdocs.yml").write_text(
        "site_name: Plums\nmarkdown_extensions: {pymdownx.superfences: {}, linreg.literate: {}}\n"
    )
    (folder / "docs" / "index.md").write_text(
        "---\ntitle: Plums\n---\n\n```python\nplums = = 2\n```\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--config-file", "project/mkdocs.yml"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "project/docs/index.md:6: SyntaxError: invalid syntax" in result.stderr
    assert not (folder / "site" / "index.html").exists()


SMALL = """\
site_name: Plums
theme: {name: material, custom_dir: %s}
extra: {alternate: true%s}
plugins: []
"""


@pytest.mark.parametrize("host", ["mkdocs", "properdocs", "zensical"])
def test_a_generator_that_passes_over_the_hooks_ends_the_build(host: str, tmp_path: Path) -> None:
    """Otherwise there would be a site without all that book/finish makes."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Plums\n")
    said = []
    for finished in ("", ", finished: true"):
        (tmp_path / "mkdocs.yml").write_text(SMALL % (ROOT / "docs" / "theme", finished))
        done = subprocess.run(
            [sys.executable, "-m", host, "build", "--strict", "-f", "mkdocs.yml"],
            cwd=tmp_path,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            capture_output=True,
            text=True,
        )
        said.append((done.returncode == 0, "build_with_python_m_book" in done.stdout + done.stderr))
    assert said == [(False, True), (True, False)], done.stdout + done.stderr
