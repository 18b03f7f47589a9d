"""What the pages of each language, and the front page, need beyond MkDocs and its plugins."""

from __future__ import annotations

import json
import logging
import platform
import re
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import card
import chapters
import finding
import fonts
import history
import jieba  # type: ignore[import-untyped]
import lab
import minified
import package
import predictions
import references
import takeaway
import templates
from memo import memo
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.utils import get_relative_url
from mkdocs.utils.meta import get_data

from linreg.literate import controls

if TYPE_CHECKING:
    from jinja2 import Environment
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page
    from mkdocs.utils.templates import TemplateContext

DOCS = Path(__file__).resolve().parent
CACHE = DOCS.parent / ".cache"
_FIGURES = "assets/figures"

_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_UNCOLOURED = re.compile(r'<span class="[nopw]">([^<]*)</span>')  # names, operators, marks, space
_SHORT = re.compile(r"<code>(?<!</span><code>)(?=[^<]* )(?=[^<]{1,20}</code>)")  # no line breaks it
_HEADING = re.compile(r"<h[123]\b.*?</h[123]>", re.DOTALL)
_HAN = re.compile(r"<[^>]*>|[\u4e00-\u9fff]+")  # tags are left alone
_CHAPTER = {"en": "Chapter {}", "zh": "第 {} 章"}
_COLOURED = re.compile(r'<span class="\w{1,3}">([^<]*)</span>')

_link_names = lru_cache(maxsize=64)(references.link_names)  # most pages are those of the last build

_contents: dict[str, str] = {}  # of the page that the search is looking at

log = logging.getLogger("mkdocs.pages")  # under the one that counts warnings

jieba.setLogLevel(logging.WARNING)


@event_priority(100)  # before the plugins read their options
def on_config(config: MkDocsConfig) -> None:
    """Keep what is kept in one place, wherever the command is typed; say what runs the pages."""
    config.mdx_configs["linreg.literate"]["cache"] = str(CACHE / "literate")
    environment = partial(templates.environment, config.theme, CACHE / "templates")
    config.theme.get_env = environment  # type: ignore[method-assign]
    config.extra["versions"] = {
        "python": platform.python_version(),
        "torch": version("torch").partition("+")[0],
    }
    if config.extra.get("alternate"):  # the site has it above its languages
        top = (config.site_url or "/").removesuffix(f"{_language(config)}/")
        config.extra["package"] = top + quote(package.wheel_name(top))  # some hosts read + as blank
    if "mkdocs-jupyter" in config.plugins:
        lab.configure(config, DOCS)
    if _language(config) == "zh":
        _keep_terms_whole()


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add what is made of the pages of a language."""
    if config.extra.get("alternate"):
        takeaway.add_print_page(files, config, _language(config))


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> None:
    """Set the lab as a chapter, and make no page that is made already."""
    if page.file.src_uri.endswith(".ipynb"):
        lab.set_page(page)
    memo.wrap(page)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Take the lab's title and description from the notebook; have the search prefer chapters."""
    weight = finding.boost(page.file.src_uri)
    page.meta["search"] = {"boost": weight, **page.meta.get("search", {})}
    if page.file.src_uri.endswith(".ipynb"):
        metadata = json.loads(markdown)["metadata"]
        page.meta.update({name: metadata[name] for name in ("title", "description")})


@event_priority(-100)  # after the plugins have changed the pages
def on_env(env: Environment, config: MkDocsConfig, files: Files) -> None:
    """Keep the pages; add what is made of all, and the font."""
    pages = [file.page for file in files.documentation_pages() if file.page]
    numbers = chapters.numbers(_language(config)) if config.extra.get("alternate") else {}
    for page in pages:
        memo.keep(page)
        _take_out_figures(page, Path(config.site_dir))
        if number := numbers.get(page.file.src_uri):
            page.title = f"{number}. {page.meta['title']}"
    search: Any = config.plugins.get("material/search")
    if search:
        memo.wrap_index(search.search_index)
    if config.extra.get("alternate"):
        _link_code(pages)
        _link_sources(pages)
    for page in pages:
        content = _plain(page.content or "")
        content = _HEADING.sub(_mark_words, content) if _language(config) == "zh" else content
        number = numbers.get(page.file.src_uri)
        page.content = _numbered(content, number, _language(config)) if number else content
    if config.extra.get("alternate"):
        takeaway.complete(files, config, _language(config))
        picture = Path(config.site_dir, "assets", "card.png")
        card.write_card(picture, _language(config), CACHE / "card")
        for page in pages:
            _let_predict(page)
        config.extra["progress"] = {
            page.url[:-1]: _steps(page) for page in pages if page.file.src_uri in numbers
        }
    _join_styles(config)
    _date(pages, Path(config.docs_dir).relative_to(DOCS.parent).as_posix())
    fonts.write_font(Path(config.site_dir, "assets", "fonts"), CACHE / "fonts")


@event_priority(100)
def _show_words(context: TemplateContext, page: Page, **_: object) -> None:
    """Spare the search what holds no words: drawings and the colours of code are most of a page."""
    _contents[page.file.src_uri] = content = page.content or ""
    if memo.has(page) or page.meta.get("search", {}).get("exclude"):
        page.content = ""  # the search does not read it
    else:
        page.content = _COLOURED.sub(r"\1", _DRAWING.sub("", controls.still(content))).replace(
            "<wbr>", ""
        )


@event_priority(-100)
def _show_all(context: TemplateContext, page: Page, **_: object) -> None:
    """Give a page back what the search did not see, without what nobody else needs."""
    page.content = _contents.pop(page.file.src_uri).replace(' data-search-exclude="true"', "")


on_page_context = CombinedEvent(_show_words, _show_all)


def on_post_build(config: MkDocsConfig) -> None:
    """Write what the search looks through; remove the compressed site map.

    That one holds the time of the build, and nothing asks for it.
    """
    if "material/search" in config.plugins:
        finding.write_sections(Path(config.site_dir))
    minified.scripts_in(Path(config.site_dir), DOCS / "theme")
    Path(config.site_dir, "sitemap.xml.gz").unlink(missing_ok=True)


def _link_code(pages: list[Page]) -> None:
    reference = next(page for page in pages if page.file.src_uri == "api.md")
    known = frozenset(references.entries(reference.content or ""))
    for page in pages:
        address = get_relative_url(reference.url, page.url)
        page.content = _link_names(page.content or "", address, known)


def _link_sources(pages: list[Page]) -> None:
    """Link the chapters, which the docstrings call by their English titles, in the reference."""
    files = {page.file.src_uri: page for page in pages}
    reference = files["api.md"]
    known = {}
    for name in chapters.numbers("en"):
        if page := files.get(name):  # else it is not translated yet
            english = (DOCS / "en" / name).read_text(encoding="utf-8")
            title = get_data(english)[1]["title"]
            known[title] = (get_relative_url(page.url, reference.url), page.meta["title"])
    reference.content = references.link_sources(reference.content or "", known)


def _let_predict(page: Page) -> None:
    """Let what a page's boxes ask for wait; paper, made by now, shows everything."""
    try:
        page.content, keys = predictions.prepared(page.content or "")
    except ValueError as error:
        log.warning("%s: %s", page.file.src_path, error)
    else:
        page.meta["predictions"] = keys


def _steps(page: Page) -> tuple[int, int]:
    """How many exercises a chapter has, and how many predictions."""
    exercises = (page.content or "").count('<details class="success">')
    return exercises, len(page.meta.get("predictions", ()))


def _take_out_figures(page: Page, site: Path) -> None:
    """Give what a page's moving figures can show beyond how they begin files of their own."""
    page.content, files = controls.take_out(
        page.content or "", lambda name: get_relative_url(f"{_FIGURES}/{name}", page.url)
    )
    if files:
        (site / _FIGURES).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        text = minified.script(content) if name == controls.SCRIPT else content
        (site / _FIGURES / name).write_text(text, encoding="utf-8")


def _join_styles(config: MkDocsConfig) -> None:
    """Make one style sheet of ours and the plugins': a slow line waits for each one."""
    made, ours = Path(config.site_dir), DOCS / "theme"
    texts = [
        (made / sheet if (made / sheet).exists() else ours / sheet).read_text(encoding="utf-8")
        for sheet in config.extra_css
    ]
    config.extra_css = ["assets/book.css"]
    (made / "assets").mkdir(parents=True, exist_ok=True)
    (made / "assets" / "book.css").write_text(minified.styles("\n".join(texts)), encoding="utf-8")


def _date(pages: list[Page], folder: str) -> None:
    """Note when the sources of each page last changed."""
    days = history.last_changes(DOCS.parent)
    docstrings = [file for file in days if re.match(r"linreg/(?!literate/)", file)]
    sources = {"api.md": [f"{folder}/api.md", *docstrings], takeaway.PRINT: [f"{folder}/"]}
    for page in pages:
        own = [f"{folder}/{page.file.src_uri}"]
        page.meta["changed"] = history.latest(days, sources.get(page.file.src_uri, own))


@lru_cache(maxsize=64)
def _plain(content: str) -> str:
    """Leave out what says nothing, half of a page's elements: without them it shows sooner."""
    return _SHORT.sub('<code class="short">', _UNCOLOURED.sub(r"\1", content))


def _numbered(content: str, number: int, language: str) -> str:
    """Have the title of a chapter say its number (site.css shows it), as the text does."""
    return content.replace("<h1", f'<h1 data-chapter="{_CHAPTER[language].format(number)}"', 1)


def _mark_words(heading: re.Match[str]) -> str:
    """Let a line of a Chinese heading end between two words (chinese.css: and not within one)."""
    return _HAN.sub(lambda run: "<wbr>".join(_words(run[0])), heading[0])


def _words(text: str) -> list[str]:
    return [text] if text.startswith("<") else jieba.lcut(text)


def _keep_terms_whole() -> None:
    """Have each of the book's terms taken for one word: the glossary has them all."""
    glossary = (DOCS / "zh" / "glossary.md").read_text(encoding="utf-8")
    for terms in re.findall(r"^(\S+) · ", glossary, re.MULTILINE):
        for term in terms.split("，"):
            jieba.add_word(term)


def _language(config: MkDocsConfig) -> str:
    return str(config.theme["language"])
