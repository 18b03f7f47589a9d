"""The site read from a folder, without a server: every link leads on, and nothing is missing."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from website.conftest import Site, show_everything

LINKS = """() => [...document.querySelectorAll("a[href]")].map((link) => link.href)"""
FONTS = """() => document.fonts.ready.then((fonts) =>
    [...fonts].filter((font) => font.status === "loaded").map((font) => font.family))"""


@pytest.fixture
def page(browser: Browser, site: Site) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    show_everything(context, f"{site.folder}/")
    yield context.new_page()
    context.close()


def dead_ends(links: list[str]) -> list[str]:
    """Links to the reader's own disk that show no page: nothing is there, or a folder."""
    files = [link for link in links if link.startswith("file:")]
    return [link for link in files if not Path(unquote(urlsplit(link).path)).is_file()]


@pytest.mark.parametrize(
    "address", ["", "en/", "zh/", "en/gradients/", "zh/literate/", "en/print/"]
)
def test_every_link_shows_a_page(site: Site, page: Page, address: str) -> None:
    page.goto((site.folder / address / "index.html").as_uri())
    links = page.evaluate(LINKS)
    assert len(links) > 10
    assert dead_ends(links) == []


def test_a_link_to_a_folder_is_a_dead_end(tmp_path: Path) -> None:
    (tmp_path / "here.html").touch()
    here, folder, missing = f"{tmp_path.as_uri()}/here.html", tmp_path.as_uri(), "file:///missing"
    assert dead_ends([here, f"{here}#place", folder, missing, "https://pytorch.org/"]) == [
        folder,
        missing,
    ]


def test_a_reader_finds_her_way(site: Site, page: Page) -> None:
    page.goto((site.folder / "index.html").as_uri())
    page.get_by_role("link", name="Read in English").click()
    page.get_by_role("navigation").get_by_role("link", name="Gradients by hand").first.click()
    page.get_by_role("link", name="中文", exact=True).click()
    assert page.url == (site.folder / "zh" / "gradients" / "index.html").as_uri()
    assert page.locator("html").get_attribute("lang") == "zh"
    assert page.locator("figure svg").first.is_visible()
    assert "STIX Two Math" in page.evaluate(FONTS)
