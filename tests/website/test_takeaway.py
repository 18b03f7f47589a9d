"""What readers take away: notebooks that run, the zip, the page to print; links in the code."""

import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import nbclient
import nbformat
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

from book import sources
from book.finish import wheel
from website.conftest import ROOT, Site

LANGUAGES = ("en", "zh")
CHAPTERS = [Path(name).stem for name in sources.numbers("en")]
EXECUTED = ["en/gradients", "zh/broadcasting", "en/lab", "zh/lab"]
ADDRESS = re.compile(r"at 0x[0-9a-f…]+")
STILL = re.compile(r"With ipywidgets installed, you could choose the values here; now .*\n")


def notebook_of(site: Site, address: str) -> Path:
    language, _, name = address.partition("/")
    return site.folder / address / f"{name}-{language}.ipynb"


def read(file: Path) -> nbformat.NotebookNode:
    return nbformat.read(file, as_version=4)


# ---- Notebooks ----


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chapter_and_the_lab_can_be_downloaded_as_a_valid_notebook(
    language: str, site: Site
) -> None:
    pages = site.pages()
    for name in [*CHAPTERS, "lab"]:
        page = BeautifulSoup(pages[f"{language}/{name}/"], "lxml")
        link = page.select_one(".takeaway a[download]")
        assert link is not None, name
        notebook = read(site.folder / language / name / str(link["href"]))
        nbformat.validate(notebook)
        codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert sum(bool(cell.outputs) for cell in codes) >= len(codes) / 3, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notebook_has_nothing_that_only_the_site_understands(language: str, site: Site) -> None:
    left = {}
    for name in [*CHAPTERS, "lab"]:
        for cell in read(notebook_of(site, f"{language}/{name}")).cells:
            text = re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)
            found = re.findall(
                r"^\s*!!!|\?\?\?|\{ *#|<!--|\.md[)#]|\]\(\.|^---", text, re.MULTILINE
            )
            if cell.cell_type == "markdown" and found:
                left[name, cell.id] = found
    assert left == {}


def given(notebook: nbformat.NotebookNode) -> list[tuple[str, list[str], int]]:
    """By cell: what it printed, the values shown, and how many figures."""
    results = []
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        printed = STILL.sub("", "".join(o.text for o in outputs if o.get("name") == "stdout"))
        data = [o.data for o in outputs if "data" in o]
        figures = [d for d in data if any(kind.startswith("image/") for kind in d)]
        values = [d["text/plain"] for d in data if d not in figures]
        results.append((printed, [ADDRESS.sub("at …", value) for value in values], len(figures)))
    return results


def run(notebook: nbformat.NotebookNode, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the cells as Jupyter does for a reader, whose settings are none, without ipywidgets."""
    (folder / "ipywidgets.py").write_text("raise ImportError")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    where = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(notebook, timeout=300, resources=where).execute()


@pytest.mark.parametrize("address", EXECUTED)
def test_a_notebook_runs_from_top_to_bottom_and_gives_what_the_page_shows(
    address: str, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = read(notebook_of(site, address))
    built = given(notebook)
    assert sum(bool(printed) for printed, *_ in built) > 3
    assert sum(figures for *_, figures in built) > 1
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    run(notebook, tmp_path, monkeypatch)
    assert given(notebook) == built


def test_a_notebook_that_does_not_run_or_gives_something_else_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [nbformat.v4.new_code_cell(code) for code in ("print(1)", "2", "no_such_name")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="no_such_name"):
        run(notebook, tmp_path, monkeypatch)
    assert given(notebook)[:2] == [("1\n", [], 0), ("", ["2"], 0)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_notebooks_are_in_one_zip_that_every_page_offers(language: str, site: Site) -> None:
    name = f"linreg-notebooks-{language}"
    with zipfile.ZipFile(site.folder / language / f"{name}.zip") as archive:
        found = {entry: archive.read(entry) for entry in archive.namelist()}
    files = [notebook_of(site, f"{language}/{chapter}") for chapter in [*CHAPTERS, "lab"]]
    assert found == {f"{name}/{file.name}": file.read_bytes() for file in files}
    for address, html in site.pages().items():
        if re.match(rf"{language}/(?!print/|404)", address):
            page = BeautifulSoup(html, "lxml")
            assert page.select_one(f".takeaway a[href$='{name}.zip']"), address
            assert page.select_one(".takeaway a[href$='print/']"), address


# ---- The package ----


def test_the_package_can_be_installed_with_one_line(site: Site, tmp_path: Path) -> None:
    for language in LANGUAGES:
        html = (site.folder / language / "gradients/index.html").read_text()
        line = BeautifulSoup(html, "lxml").select_one(".takeaway-install code").get_text()
        command, _, address = line.rpartition(" ")
        assert command == "pip install"
        assert address.startswith(site.address)
        assert "+" not in address  # which some hosts read as a blank
        assert f"`{line}`" in read(notebook_of(site, f"{language}/gradients")).cells[0].source
    there = ["--no-deps", "--no-index", "--quiet", "--target", tmp_path, address]
    subprocess.run([sys.executable, "-m", "pip", "install", *there], check=True)
    installed = {path.relative_to(tmp_path) for path in (tmp_path / "linreg").rglob("*.*")}
    wanted = {path.relative_to(ROOT) for path in wheel.sources()}
    assert {path for path in installed if path.suffix != ".pyc"} == wanted


def test_the_same_sources_give_the_same_wheel(site: Site, tmp_path: Path) -> None:
    wheel.write_wheel(tmp_path, site.address, tmp_path / "cache")
    name = wheel.wheel_name(site.address)
    assert (tmp_path / name).read_bytes() == (site.folder / name).read_bytes()


# ---- Links in the code ----


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_in_the_code_lead_to_the_reference(language: str, site: Site) -> None:
    """That they lead to entries which exist is tested with all links."""
    page = BeautifulSoup((site.folder / language / "gradients/index.html").read_text(), "lxml")
    links = {link["href"]: link.text for link in page.select(".highlight a")}
    assert links["../api/#linreg.gradients"] == "gradients"
    assert links["../api/#linreg.check.gradients"] == "gradients"
    assert all(href.startswith("../api/#linreg.") for href in links)


def test_every_public_name_has_an_entry_to_lead_to(site: Site) -> None:
    import linreg

    public = {f"linreg.{name}" for name in dir(linreg) if not name.startswith("_")}
    public |= {f"linreg.check.{name}" for name in linreg.check.__all__}
    html = (site.folder / "en/api/index.html").read_text()
    missing = {name for name in public if f'id="{name}"' not in html}
    assert missing == {"linreg.check", "linreg.plt"}  # a module each; `plt` is matplotlib's


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_source_in_the_reference_leads_to_its_chapter(language: str, site: Site) -> None:
    page = BeautifulSoup((site.folder / language / "api/index.html").read_text(), "lxml")
    sources = [p for p in page.select("article p") if p.text.startswith("Source:")]
    assert len(sources) > 30
    for source in sources:
        links = source.select("a")
        assert len(links) == len(re.findall('"[^"]*"|“[^”]*”', source.text)) > 0
        for link in links:
            chapter = (site.folder / language / "api" / link["href"] / "index.html").read_text()
            assert f"<title>{link.text} · " in chapter


# ---- The page to print ----


@pytest.fixture(scope="module", params=LANGUAGES)
def printed(request: pytest.FixtureRequest, site: Site) -> tuple[str, BeautifulSoup]:
    html = (site.folder / request.param / "print/index.html").read_text()
    return request.param, BeautifulSoup(html, "lxml")


def test_the_page_to_print_has_all_chapters_in_order(printed: tuple[str, BeautifulSoup]) -> None:
    _, page = printed
    names = [section["id"] for section in page.select("section.print-chapter")]
    assert names == [*CHAPTERS, "glossary"]
    contents = page.select(".print-contents > ul > li > a")
    assert [link["href"] for link in contents] == [f"#{name}" for name in names]
    for name in names:
        section = page.select_one(f"section[id='{name}']")
        listed = page.select(f".print-contents a[href='#{name}'] + ul a")
        titles = section.find_all("h2", recursive=False)
        assert [link["href"][1:] for link in listed] == [title["id"] for title in titles]
        assert len(titles) >= 3
    said = [heading.get("data-chapter") for heading in page.select("section h1")]
    assert [re.findall(r"\d+", text or "") for text in said] == [
        *([str(number)] for number, _ in enumerate(CHAPTERS, 1)),
        [],
    ]


def test_on_the_page_to_print_every_id_is_one_things_alone(
    printed: tuple[str, BeautifulSoup],
) -> None:
    """Otherwise a figure would be drawn with the parts of another."""
    _, page = printed
    ids = Counter(tag["id"] for tag in page.select("[id]"))
    assert [name for name, times in ids.items() if times > 1] == []
    html = str(page)
    used = {*re.findall(r'href="#([^"]+)"', html), *re.findall(r"url\(#([^)]+)\)", html)}
    assert len(used) > 100
    assert sorted(used - set(ids)) == []


def test_the_page_to_print_has_every_figure_and_formula(
    printed: tuple[str, BeautifulSoup], site: Site
) -> None:
    language, page = printed
    for name in CHAPTERS:
        chapter = BeautifulSoup((site.folder / language / name / "index.html").read_text(), "lxml")
        section = page.select_one(f"section[id='{name}']")
        assert section is not None
        for part in ("figure svg", "math", ".highlight", ".literate-text"):
            assert len(section.select(part)) == len(chapter.select(f"article {part}")), (name, part)


def test_the_page_to_print_is_for_no_search(printed: tuple[str, BeautifulSoup], site: Site) -> None:
    language, page = printed
    robots = page.select_one("meta[name=robots]")
    assert robots is not None
    assert robots["content"] == "noindex"
    folder = site.folder / language
    index = json.loads((folder / "search/sections.json").read_text())
    assert not [entry for entry in index["docs"] if entry["location"].startswith("print")]
    assert "/print/" not in (folder / "sitemap.xml").read_text()


@pytest.fixture(scope="module")
def paper(browser: Browser, site: Site) -> Iterator[Page]:
    """The page as a reader's printer gets it whose screen is dark."""
    context = browser.new_context(color_scheme="dark", viewport={"width": 700, "height": 990})
    page = context.new_page()
    page.set_default_timeout(300_000)
    page.goto(f"{site.address}en/print/")
    page.emulate_media(media="print")
    yield page
    context.close()


def test_paper_has_the_text_and_nothing_to_press(paper: Page) -> None:
    for gone in ("button", ".md-header", ".md-sidebar", ".md-footer", ".md-clipboard"):
        assert paper.locator(gone).locator("visible=true").count() == 0, gone
    solutions = paper.locator("details.success")
    assert solutions.count() > 50
    hidden = solutions.evaluate_all("all => all.filter(e => !e.lastElementChild.checkVisibility())")
    assert hidden == []


def test_paper_is_light_and_each_chapter_begins_on_a_new_one(paper: Page) -> None:
    styles = paper.evaluate(
        """() => {
            const style = (selector) => getComputedStyle(document.querySelector(selector));
            return [style("body").backgroundColor, style("article p").color,
                    style("figure path[style*=literate-c0]").stroke,
                    style(".highlight code").whiteSpace,
                    style("#glossary").breakBefore];
        }"""
    )
    assert styles == [
        "rgb(252, 251, 248)",
        "rgb(36, 40, 45)",
        "rgb(26, 90, 173)",
        "break-spaces",
        "page",
    ]


def test_nothing_is_cut_off_at_the_edge_of_the_paper(paper: Page) -> None:
    edge = paper.evaluate("document.querySelector('article').getBoundingClientRect().right")
    wide = paper.evaluate(
        """(edge) => [...document.querySelectorAll("article :is(p, pre, figure, table, math)")]
            .filter((element) => element.getBoundingClientRect().right > edge + 1)
            .map((element) => element.outerHTML.slice(0, 100))""",
        edge,
    )
    assert wide == []


def sheets(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_it_prints_chapter_after_chapter(paper: Page) -> None:
    """The first and the last are enough to see that; all of them take a minute."""
    paper.evaluate(
        """() => document.querySelectorAll(".print-chapter").forEach((section, i, all) => {
            if (i > 0 && i < all.length - 1) section.remove();
        })"""
    )
    both = paper.pdf(prefer_css_page_size=True)
    assert both.startswith(b"%PDF")
    paper.evaluate("document.querySelector('.print-chapter').remove()")
    last = paper.pdf(prefer_css_page_size=True)
    assert sheets(both) > sheets(last) + 5
    paper.evaluate("document.querySelector('.print-chapter').remove()")
    cover = sheets(paper.pdf(prefer_css_page_size=True))
    assert 1 <= cover <= 4  # the title, and the contents with their sections
    assert sheets(last) > cover
