"""The pages of the built site: links, names, languages. Each check sees a mistake it must catch."""

import json
import re
import struct
import subprocess
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from bs4 import BeautifulSoup, Tag

from book.finish.styles import small as small_sheet
from book.sources import numbers as chapter_numbers
from website.conftest import ROOT, Site, is_elsewhere

LANGUAGES = ("en", "zh")
HAN = re.compile(r"[\u4e00-\u9fff]")
STYLE_URL = re.compile(r"""url\(\s*["']?([^"')]+)""")
# What a browser fetches by itself, and through which attribute.
RESOURCES = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "image": "href",
    "img": "src",
    "script": "src",
    "source": "src",
    "use": "href",
    "video": "src",
}
FETCHED_LINKS = {"icon", "manifest", "modulepreload", "preload", "stylesheet"}


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "lxml")


@pytest.fixture(scope="module")
def pages(site: Site) -> dict[str, BeautifulSoup]:
    return {address: soup(html) for address, html in site.pages().items()}


@pytest.fixture(scope="module")
def files(site: Site) -> set[str]:
    found = (path for path in site.folder.rglob("*") if path.is_file())
    return {path.relative_to(site.folder).as_posix() for path in found}


def chapters(pages: Mapping[str, BeautifulSoup], language: str) -> dict[str, BeautifulSoup]:
    """The pages that a reader of a language is led to."""
    return {
        address: page
        for address, page in pages.items()
        if address.startswith(f"{language}/") and not address.endswith("404.html")
    }


# ---- Links ----


def broken_links(
    pages: Mapping[str, BeautifulSoup], files: Collection[str], site: str
) -> list[str]:
    """Links within the site that lead nowhere: no such file, or no such place on its page."""
    ids = {
        address: {tag.get("id") or tag.get("name") for tag in page.select("[id], a[name]")}
        for address, page in pages.items()
    }
    broken = []
    for address, page in pages.items():
        for tag in page.select("[href], [src]"):
            link = str(tag.get("href") or tag.get("src"))
            target, fragment = urldefrag(urljoin(urljoin(site, address), link))
            if not target.startswith(site) or link.startswith("data:"):
                continue
            target = unquote(target.removeprefix(site))
            missing = target not in files and target not in pages
            if missing or (fragment and target in pages and unquote(fragment) not in ids[target]):
                broken.append(f"{address}: {link}")
    return broken


def test_every_link_within_the_site_leads_somewhere(
    site: Site, pages: dict[str, BeautifulSoup], files: set[str]
) -> None:
    assert broken_links(pages, files, site.address) == []


def test_links_to_missing_files_pages_and_places_are_found() -> None:
    pages = {
        "": soup('<a href="en/#here">1</a> <a href="en/#there">2</a> <a href="zh/">3</a>'),
        "en/": soup('<p id="here"><img src="../a.svg"><img src="b.svg"><a href="../x.zip">4</a>'),
    }
    assert broken_links(pages, {"a.svg"}, "https://example.org/book/") == [
        ": en/#there",
        ": zh/",
        "en/: b.svg",
        "en/: ../x.zip",
    ]


def missing_in_styles(styles: Mapping[str, str], files: Collection[str]) -> list[str]:
    """Files that a style sheet names and that are not there."""
    named = ((sheet, url) for sheet, css in styles.items() for url in STYLE_URL.findall(css))
    return [
        f"{sheet}: {url}"
        for sheet, url in named
        if not url.startswith(("data:", "#"))
        and urljoin(f"https://example.org/{sheet}", url).partition("org/")[2] not in files
    ]


def test_style_sheets_name_only_files_that_are_there(site: Site, files: set[str]) -> None:
    sheets = {name: (site.folder / name).read_text() for name in files if name.endswith(".css")}
    assert missing_in_styles(sheets, files) == []


def test_no_two_blocks_of_code_lie_under_one_id(pages: dict[str, BeautifulSoup]) -> None:
    """Material calls a block after the nearest id, its own or above it, and copies by that name."""
    for address, page in pages.items():
        if not page.select("script[src*='/bundle.']"):
            continue  # it has no buttons: the page to print
        around = [
            [one["id"] for one in (code, *code.parents) if one.get("id")]
            for code in page.select("pre > code")
        ]
        nearest = Counter(ids[0] for ids in around if ids)
        assert [name for name, count in nearest.items() if count > 1] == [], address
    assert sum(bool(page.select("script[src*='/bundle.']")) for page in pages.values()) > 50


def test_a_page_waits_for_few_style_sheets(site: Site, pages: dict[str, BeautifulSoup]) -> None:
    joined = (site.folder / "en/assets/book.css").read_text()
    for sheet in ("site.css", "literate.css", "formulas.css"):
        text = (ROOT / "docs/theme/assets" / sheet).read_text()
        small = small_sheet(text.replace('url("fonts/', 'url("../../assets/fonts/'))
        assert small in joined, sheet
    assert ".doc-contents" in joined  # mkdocstrings' own
    for address, page in chapters(pages, "en").items():
        assert len(page.select("link[rel=stylesheet]")) <= 4, address


def test_the_site_holds_nothing_that_only_the_build_needs(files: set[str]) -> None:
    needed = (".py", ".pyc", ".yml", ".ts", ".scss", ".j2")
    assert [file for file in files if file.endswith(needed)] == []


def test_a_font_that_is_not_there_is_found() -> None:
    sheets = {"a/b.css": "src: url('f/g.woff2'), url(../h.woff2); mask: url(data:image/png,0)"}
    assert missing_in_styles(sheets, {"a/f/g.woff2"}) == ["a/b.css: ../h.woff2"]


def absolute_paths(pages: Mapping[str, BeautifulSoup]) -> list[str]:
    """Addresses that hold at one place of a host only."""
    return [
        f"{address}: {tag.get('href') or tag.get('src')}"
        for address, page in pages.items()
        for tag in page.select('[href^="/"], [src^="/"]')
    ]


def test_the_site_works_below_any_path(pages: dict[str, BeautifulSoup]) -> None:
    # A host serves the page for missing addresses at any depth: that one page cannot be relative.
    assert absolute_paths({a: page for a, page in pages.items() if "404" not in a}) == []


def test_a_link_from_the_top_of_the_host_is_found() -> None:
    page = soup('<a href="/en/">1</a> <img src="/a.png"> <a href="../en/">2</a>')
    assert absolute_paths({"zh/": page}) == ["zh/: /en/", "zh/: /a.png"]


def named_in_full(pages: Mapping[str, BeautifulSoup], site: str) -> list[str]:
    """Links that name the site's own address, and so lead away from a copy of it."""
    return [
        f"{address}: {link}"
        for address, page in pages.items()
        for tag in page.select("[href], [src]")
        if (link := str(tag.get("href") or tag.get("src"))).startswith(site)
        and not {"canonical", "alternate"} & set(tag.get_attribute_list("rel"))
    ]


def test_a_copy_of_the_site_does_not_lead_back_to_it(
    site: Site, pages: dict[str, BeautifulSoup]
) -> None:
    # What is to be printed says in full where it comes from.
    read = {address: page for address, page in pages.items() if not address.endswith("/print/")}
    assert named_in_full(read, site.address) == []


def test_a_link_that_names_the_host_is_found() -> None:
    page = soup(
        '<link rel="canonical" href="https://x.org/book/en/"> <a href="../zh/">1</a>'
        '<a href="https://x.org/book/zh/">2</a> <img src="https://x.org/book/a.png">'
    )
    assert named_in_full({"en/": page}, "https://x.org/book/") == [
        "en/: https://x.org/book/zh/",
        "en/: https://x.org/book/a.png",
    ]


# ---- Third parties ----


def third_parties(pages: Mapping[str, BeautifulSoup], site: str) -> list[str]:
    """What a page would fetch from another host."""
    found = []
    for address, page in pages.items():
        fetched = [str(tag.get(RESOURCES[tag.name], "")) for tag in page.find_all([*RESOURCES])]
        fetched += [
            str(link["href"])
            for link in page.select("link[href]")
            if FETCHED_LINKS & set(link.get_attribute_list("rel"))
        ]
        fetched += [url for tag in page.select("[srcset]") for url in str(tag["srcset"]).split()]
        styles = [*page.find_all("style"), *page.select("[style]")]
        fetched += [url for tag in styles for url in STYLE_URL.findall(str(tag))]
        found += [f"{address}: {url}" for url in fetched if is_elsewhere(url, site)]
    return found


def test_no_page_fetches_anything_from_another_host(
    site: Site, pages: dict[str, BeautifulSoup], files: set[str]
) -> None:
    assert third_parties(pages, site.address) == []
    sheets = {name: (site.folder / name).read_text() for name in files if name.endswith(".css")}
    assert [
        (name, url)
        for name, css in sheets.items()
        for url in STYLE_URL.findall(css)
        if is_elsewhere(url, site.address)
    ] == []


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example.com/a.js"></script>',
        '<link rel="stylesheet" href="//cdn.example.com/a.css">',
        '<link rel="preload icon" href="http://cdn.example.com/a.ico">',
        '<img src="https://cdn.example.com/a.png">',
        '<img src="a.png" srcset="https://cdn.example.com/a.png 2x">',
        '<svg><image href="https://cdn.example.com/a.png"/></svg>',
        "<style>@font-face { src: url('https://cdn.example.com/a.woff2') }</style>",
        '<p style="background: url(https://cdn.example.com/a.png)"></p>',
    ],
)
def test_what_is_fetched_from_another_host_is_found(html: str) -> None:
    assert third_parties({"en/": soup(html)}, "https://example.org/book/")


def test_a_link_to_another_host_is_no_fetch() -> None:
    page = soup('<a href="https://pytorch.org">1</a> <link rel="canonical" href="https://x.org/">')
    assert third_parties({"en/": page}, "https://example.org/book/") == []


# ---- What a page is made of ----


def repeated_ids(page: BeautifulSoup) -> list[str]:
    counts = Counter(str(tag["id"]) for tag in page.select("[id]"))
    return [name for name, count in counts.items() if count > 1]


def test_ids_are_unique(pages: dict[str, BeautifulSoup]) -> None:
    assert {address: ids for address, page in pages.items() if (ids := repeated_ids(page))} == {}


def test_a_repeated_id_is_found() -> None:
    assert repeated_ids(soup('<p id="a"></p><svg><g id="a"/></svg><p id="b"></p>')) == ["a"]


def figures_without_words(page: BeautifulSoup) -> list[Tag]:
    """Figures that say nothing to someone who cannot see them, or have no caption."""
    return [
        figure
        for figure in page.select("figure")
        if not (image := figure.select_one('svg[role="img"], img'))
        or not str(image.get("aria-label") or image.get("alt") or "").strip()
        or not (caption := figure.select_one("figcaption"))
        or not caption.get_text(strip=True)
    ]


def test_every_figure_has_a_text_and_a_caption(pages: dict[str, BeautifulSoup]) -> None:
    assert sum(len(page.select("figure svg")) for page in pages.values()) > 50
    assert {a: found for a, page in pages.items() if (found := figures_without_words(page))} == {}


def test_every_drawing_of_a_block_is_a_figure(pages: dict[str, BeautifulSoup]) -> None:
    stray = {
        address: len(found)
        for address, page in pages.items()
        if (
            found := [s for s in page.select(".literate-output svg") if not s.find_parent("figure")]
        )
    }
    assert stray == {}


@pytest.mark.parametrize(
    "html",
    [
        "<figure><svg role='img'></svg><figcaption>A line.</figcaption></figure>",
        "<figure><svg role='img' aria-label=' '></svg><figcaption>A line.</figcaption></figure>",
        "<figure><svg aria-label='A line.'></svg><figcaption>A line.</figcaption></figure>",
        "<figure><svg role='img' aria-label='A line.'></svg></figure>",
        "<figure><svg role='img' aria-label='A line.'></svg><figcaption> </figcaption></figure>",
    ],
)
def test_a_figure_without_words_is_found(html: str) -> None:
    assert figures_without_words(soup(html))


def test_figures_are_described_in_the_language_of_the_page(pages: dict[str, BeautifulSoup]) -> None:
    for language in LANGUAGES:
        for address, page in chapters(pages, language).items():
            for figure in page.select("figure"):
                image = figure.select_one("svg, img")
                said = image.get("aria-label") or image.get("alt")
                words = [str(said), figure.figcaption.get_text()]
                assert all(bool(HAN.search(text)) == (language == "zh") for text in words), address


def test_english_prose_has_no_quotes_of_code(pages: dict[str, BeautifulSoup]) -> None:
    left = {}
    for address, page in chapters(pages, "en").items():
        article = BeautifulSoup(str(page.select_one("article")), "lxml")
        for part in article.select("pre, code, svg, math, script, .literate-text"):
            part.replace_with("□")
        if found := re.findall(r".{20}[\"'].{20}", article.get_text()):
            left[address] = found
    assert left == {}


def test_figures_have_few_widths(pages: dict[str, BeautifulSoup]) -> None:
    drawings = [
        (address, int(svg["width"]))
        for language in LANGUAGES
        for address, page in chapters(pages, language).items()
        for svg in page.select("figure svg[width]")
    ]
    assert len(drawings) > 100
    assert [drawing for drawing in drawings if drawing[1] not in (336, 432, 528)] == []


def test_a_chapter_is_called_as_in_the_navigation_and_says_its_number(
    pages: dict[str, BeautifulSoup],
) -> None:
    for language, said in (("en", "Chapter {}"), ("zh", "第 {} 章")):
        numbers = chapter_numbers(language)
        assert len(numbers) > 15
        for name, number in numbers.items():
            address = f"{language}/{Path(name).stem}/"
            title = pages[address].select_one("article h1")
            assert title["data-chapter"] == said.format(number)
            text = title.get_text().strip().removesuffix("#")
            link = pages[address].select_one(".md-nav--primary a.md-nav__link--active")
            assert " ".join(link.get_text().split()) == f"{number}. {text}"


# ---- The two languages ----


def test_both_languages_have_the_same_pages(pages: dict[str, BeautifulSoup]) -> None:
    en, zh = ({a.partition("/")[2] for a in chapters(pages, language)} for language in LANGUAGES)
    assert en == zh
    assert {"", "gradients/", "lab/", "glossary/", "api/"} <= en


def test_pages_say_their_language(pages: dict[str, BeautifulSoup]) -> None:
    for address, page in pages.items():
        assert page.html["lang"] == ("zh" if address.startswith("zh/") else "en"), address


def described(pages: Mapping[str, BeautifulSoup]) -> dict[str, str]:
    """The title and description of each page, and what is wrong with them."""
    texts = {}
    for address, page in pages.items():
        meta = page.select_one("meta[name=description]")
        texts[address] = f"{page.title.get_text(strip=True)}: {meta['content'] if meta else ''}"
    return texts


def test_pages_have_titles_and_descriptions_of_their_own(pages: dict[str, BeautifulSoup]) -> None:
    for language in LANGUAGES:
        texts = described(chapters(pages, language))
        assert len(set(texts.values())) == len(texts)
        for address, text in texts.items():
            title, _, description = text.partition(": ")
            assert title, address
            assert len(description) > (15 if language == "zh" else 40), address
            assert bool(HAN.search(text)) == (language == "zh"), address


def alternates(page: BeautifulSoup) -> dict[str, str]:
    """The addresses of a page in each language, as search engines are told."""
    return {str(link["hreflang"]): str(link["href"]) for link in page.select("head link[hreflang]")}


def test_each_page_names_its_own_address_and_that_of_its_translation(
    site: Site, pages: dict[str, BeautifulSoup]
) -> None:
    for language in LANGUAGES:
        for address, page in chapters(pages, language).items():
            name = address.partition("/")[2]
            assert page.select_one("link[rel=canonical]")["href"] == site.address + address
            assert alternates(page) == {
                "en": f"{site.address}en/{name}",
                "zh": f"{site.address}zh/{name}",
                "x-default": f"{site.address}en/{name}" if name else site.address,
            }
    front = {"en": f"{site.address}en/", "zh": f"{site.address}zh/", "x-default": site.address}
    assert alternates(pages[""]) == front
    assert pages[""].select_one("link[rel=canonical]")["href"] == site.address


# ---- What others show of a page that somebody links to ----


def social(page: BeautifulSoup) -> dict[str, str]:
    tags = page.select("meta[property^='og:'], meta[name^='twitter:']")
    return {str(tag.get("property") or tag.get("name")): str(tag["content"]) for tag in tags}


def test_a_link_to_a_page_shows_its_title_its_description_and_a_picture(
    site: Site, pages: dict[str, BeautifulSoup]
) -> None:
    for language in LANGUAGES:
        for address, page in chapters(pages, language).items():
            found = social(page)
            assert page.title.get_text().startswith(found["og:title"]), address
            description = page.select_one("meta[name=description]")["content"]
            assert found["og:description"] == description, address
            assert found["og:url"] == site.address + address
            assert found["og:locale"].startswith(f"{language}_")
            assert found["og:image"] == f"{site.address}{language}/assets/card.png"
            assert bool(HAN.search(found["og:image:alt"])) == (language == "zh")
            assert found["twitter:card"] == "summary_large_image"
    assert social(pages[""])["og:image"] == f"{site.address}en/assets/card.png"


def test_each_language_has_a_picture_of_its_own_in_the_size_that_is_said(
    site: Site, pages: dict[str, BeautifulSoup]
) -> None:
    pictures = [(site.folder / f"{name}/assets/card.png").read_bytes() for name in LANGUAGES]
    assert pictures[0] != pictures[1]
    for language, picture in zip(LANGUAGES, pictures, strict=True):
        assert picture.startswith(b"\x89PNG")
        said = social(pages[f"{language}/"])
        sides = (int(said["og:image:width"]), int(said["og:image:height"]))
        assert struct.unpack(">II", picture[16:24]) == sides == (1200, 630)


# ---- When a page last changed ----


def last_commit(*sources: str) -> str:
    log = ["git", "log", "-1", "--format=%cs", "--", *sources]
    return subprocess.run(log, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def test_a_page_says_when_its_source_last_changed(pages: dict[str, BeautifulSoup]) -> None:
    shallow = ["git", "rev-parse", "--is-shallow-repository"]
    known = subprocess.run(shallow, cwd=ROOT, capture_output=True, text=True).stdout == "false\n"
    for language in LANGUAGES:
        for name in ("gradients", "glossary"):
            said = pages[f"{language}/{name}/"].select(".md-footer .md-copyright time")
            days = [last_commit(f"docs/{language}/{name}.md")] if known else []
            assert [time["datetime"] for time in said] == days
            assert [time.get_text() for time in said] == days
        said = pages[f"{language}/api/"].select(".md-footer .md-copyright time")
        # The docstrings are its source; the engine has a page of its own.
        paths = [f"docs/{language}/api.md", "linreg", ":!linreg/literate"]
        assert [time["datetime"] for time in said] == ([last_commit(*paths)] if known else [])


def test_the_link_to_the_other_language_leads_to_the_same_page(
    site: Site, pages: dict[str, BeautifulSoup]
) -> None:
    for language, other in (LANGUAGES, LANGUAGES[::-1]):
        for address, page in chapters(pages, language).items():
            if address.endswith("/print/"):
                continue  # it has no header
            link = page.select_one("header [data-other-language]")
            target = urljoin(site.address + address, link["href"])
            assert target == site.address + other + address.removeprefix(language)
            assert link["lang"] == link["hreflang"] == other


def strangers(index: list[dict[str, str]], language: str, known: Collection[str]) -> list[str]:
    """Entries of a search index that are not of its language's pages, or not in its language."""
    wrong = [doc["location"] for doc in index if urldefrag(doc["location"])[0] not in known]
    if language == "en":
        return wrong + [doc["location"] for doc in index if HAN.search(doc["title"])]
    texts: dict[str, str] = {}
    for doc in index:
        page = urldefrag(doc["location"])[0]
        texts[page] = texts.get(page, "") + doc["title"] + doc["text"]
    return wrong + [page for page, text in texts.items() if not HAN.search(text)]


def test_each_search_index_has_the_pages_of_its_language_alone(
    site: Site, pages: dict[str, BeautifulSoup]
) -> None:
    for language in LANGUAGES:
        known = {address.partition("/")[2] for address in chapters(pages, language)}
        index = json.loads((site.folder / language / "search/sections.json").read_text())
        assert strangers(index["docs"], language, known) == []
        assert {urldefrag(doc["location"])[0] for doc in index["docs"]} >= known - {"print/"}


def test_a_page_of_the_other_language_in_a_search_index_is_found() -> None:
    english = {"location": "08/", "title": "Gradients", "text": "by hand"}
    chinese = {"location": "09/#a", "title": "梯度", "text": "反向传播"}
    elsewhere = {"location": "../en/01/", "title": "模型", "text": ""}
    assert strangers([english, chinese], "en", {"08/", "09/"}) == ["09/#a"]
    assert strangers([english, chinese], "zh", {"08/", "09/"}) == ["08/"]
    assert strangers([elsewhere], "zh", {"08/"}) == ["../en/01/"]


def test_the_page_for_missing_addresses_speaks_the_language(
    pages: dict[str, BeautifulSoup],
) -> None:
    texts = {address: pages[address].select_one("article").get_text() for address in pages}
    assert "This page does not exist" in texts["en/404.html"]
    assert not HAN.search(texts["en/404.html"])
    assert "页面不存在" in texts["zh/404.html"]
    assert "exist" not in texts["zh/404.html"]
    assert "页面不存在" in texts["404.html"]
    assert "This page does not exist" in texts["404.html"]


# ---- The project's own settings ----


def test_the_address_of_the_site_is_the_same_wherever_it_is_written() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    address = re.search(r'Documentation = "([^"]+)"', project)[1]
    for file, path in (("mkdocs.yml", ""), ("docs/en.yml", "en/"), ("docs/zh.yml", "zh/")):
        assert f'!ENV [SITE_URL, "{address}{path}"]' in Path(ROOT, file).read_text()


def test_what_all_pages_load_is_there_once(files: set[str]) -> None:
    """Only what differs, or is found by where it stands, is there for each language."""
    own = {Path(file).name for file in files if re.match(r"(en|zh)/assets/[^/]+$", file)}
    assert own == {"book.css", "card.png", "search.js"}
    folders = {file.split("/")[2] for file in files if re.match(r"(en|zh)/assets/[^/]+/", file)}
    assert folders == {"figures"}
