"""The same settings under Zensical, the theme's successor: the same pages, but for the hooks' part.

What it lacks is listed in CONTRIBUTING.md; a test here says when that list is out of date.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import predictions
import pytest
from bs4 import BeautifulSoup

from website.conftest import ROOT, Site

LANGUAGES = ("en", "zh")
MADE_BY_HOOKS = {"lab/", "print/"}
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
}


def zensical(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zensical", "build", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": "", **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if importlib.util.find_spec("zensical") is None:
        assert not os.environ.get("CI"), "Zensical is not installed"
        pytest.skip("Zensical is not installed")


@pytest.fixture(scope="module")
def built(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both languages, from the sources as they are and the outputs that MkDocs' build has kept."""
    project = tmp_path_factory.mktemp("zensical")
    made = shutil.ignore_patterns(".cache", "__pycache__", "site")
    for name in ("docs", "linreg"):
        shutil.copytree(ROOT / name, project / name, ignore=made)
    shutil.copy(ROOT / "mkdocs.yml", project)
    (project / ".cache").mkdir()
    (project / ".cache" / "literate").symlink_to(ROOT / ".cache" / "literate")
    for language in LANGUAGES:
        result = zensical(
            project,
            "--strict",
            "--config-file",
            f"docs/{language}.yml",
            SITE_URL=f"{site.address}{language}/",
        )
        assert result.returncode == 0, result.stdout + result.stderr
    return {language: project / "docs" / "site" / language for language in LANGUAGES}


def pages(folder: Path) -> dict[str, str]:
    return {
        file.parent.relative_to(folder).as_posix().removeprefix(".").removesuffix("/") + "/": (
            file.read_text()
        )
        for file in sorted(folder.rglob("index.html"))
    }


def article(html: str) -> str:
    """What a page says, without what hooks do: links and marks, downloads, the lab."""
    content = BeautifulSoup(html, "lxml").article
    assert content is not None
    sources = 'p:-soup-contains("Source: chapter")'
    # What moves a figure stands on the page here; hooks have given it files of its own.
    for tag in content.select(f".takeaway, .takeaway-install, #__skip, script, {sources}"):
        tag.decompose()
    for tag in content.select("pre a, pre span:is(.n, .o, .p, .w), wbr"):
        tag.unwrap()
    for tag in content.select("h1[data-chapter]"):
        del tag["data-chapter"]
    for tag in content.select("code.short"):
        del tag["class"]
    for tag in content.select("a[href]"):
        tag["href"] = str(tag["href"]).removeprefix("./").replace("lab.ipynb", "lab/")
    for tag in content.find_all(True):
        tag.attrs = dict(sorted(tag.attrs.items()))
    return content.decode_contents().strip()


def head(html: str) -> list[str]:
    """What a page tells search engines."""
    found = BeautifulSoup(html, "lxml").select(
        "html > head > :is(title, meta[name=description], [rel=canonical], [hreflang])"
    )
    return [str(tag) for tag in found]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_what_it_says_under_mkdocs(
    site: Site, built: dict[str, Path], language: str
) -> None:
    expected = pages(site.folder / language)
    found = pages(built[language])
    assert set(expected) - set(found) == MADE_BY_HOOKS
    assert set(found) <= set(expected)
    for address, html in found.items():
        said, wanted = article(html), article(expected[address])
        prepared, asked = predictions.prepared(said)  # which our hook does under MkDocs
        if asked:
            said, wanted = (article(f"<article>{a}</article>") for a in (prepared, wanted))
        assert said == wanted, address
        assert head(html) == head(expected[address]), address


@pytest.mark.parametrize("language", LANGUAGES)
def test_outputs_figures_captions_and_formulas_are_in_place(
    built: dict[str, Path], language: str
) -> None:
    found = [BeautifulSoup(html, "lxml") for html in pages(built[language]).values()]
    for part, least in PARTS.items():
        assert sum(len(page.select(part)) for page in found) >= least, part


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
    downloads = '<p class="takeaway"><a href="a.ipynb">Download</a></p>'
    assert article(f"<article>{original}{downloads}</article>") == original
    assert article(f"<article>{changed}</article>") != original


def test_an_error_names_file_and_line_from_any_folder(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    (folder / "docs").mkdir(parents=True)
    (folder / "mkdocs.yml").write_text(
        "site_name: Plums\nmarkdown_extensions: {pymdownx.superfences: {}, linreg.literate: {}}\n"
    )
    (folder / "docs" / "index.md").write_text(
        "---\ntitle: Plums\n---\n\n```python\nplums = = 2\n```\n"
    )
    result = zensical(tmp_path, "--config-file", "project/mkdocs.yml")
    assert result.returncode == 1
    assert "project/docs/index.md:6: SyntaxError: invalid syntax" in result.stderr
    assert not (folder / "site" / "index.html").exists()
