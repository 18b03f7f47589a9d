"""What MkDocs calls, for the site (mkdocs.yml) and for each of its languages (docs/en.yml).

The site's own build is that of its front page. It has both languages built and puts them beside it
when both are done, so that a mistake leaves the last good site. Under a server, which restores that
by itself, the front page is built at the same time.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import mkdocs
from jinja2 import FileSystemBytecodeCache
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, InclusionLevel

from book import sources
from book.finish import FinishError, finish
from book.finish.site import assemble
from book.hosts.mkdocs import live, serving
from book.hosts.mkdocs.languages import Language
from book.hosts.mkdocs.memory import Template, memory
from linreg.literate import prepare, run_pages

if TYPE_CHECKING:
    from jinja2 import Environment
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page

__all__ = [
    "on_config",
    "on_env",
    "on_files",
    "on_page_context",
    "on_page_markdown",
    "on_post_build",
    "on_pre_build",
    "on_pre_page",
    "on_serve",
    "on_shutdown",
    "on_startup",
]

log = logging.getLogger(f"{mkdocs.__name__}.book")  # under the one that counts warnings

_languages: list[Language] = []
_is_server = False


def on_startup(command: str, **_: object) -> None:
    """Note whether this is a server."""
    global _is_server
    _is_server = command == "serve"


@event_priority(100)  # before the plugins read their options
def on_config(config: MkDocsConfig) -> None:
    """Keep what is kept in one place; number the chapters, or tell the front page of them."""
    config.mdx_configs["linreg.literate"]["cache"] = str(sources.CACHE / "literate")
    config.extra["finished"] = True  # on_post_build will do that
    if language := _language(config):
        config.nav = sources.numbered(config.nav, language, sources.numbers(language))
    else:
        config.extra["chapters"] = sources.chapters()
        if not _languages:  # they import what they need while the engine runs the pages
            _languages.extend(map(Language, sources.LANGUAGES))


def on_serve(server: LiveReloadServer, config: MkDocsConfig, **_: object) -> None:
    """Make ready for the first save, whose blocks would wait for torch's import."""
    prepare(**config.mdx_configs["linreg.literate"])
    serving.set_up(server, [config.docs_dir, config.config_file_path])
    if not _language(config):
        live.begin(server, config)


def on_shutdown() -> None:
    """End the processes, also after an error or Ctrl-C."""
    live.end()
    while _languages:
        _languages.pop().close()


def on_pre_build(config: MkDocsConfig) -> None:
    """Run the blocks of all pages, and build the languages that changed."""
    if _language(config):
        return
    pages = [page for language in sources.LANGUAGES for page in sources.pages(language)]
    options = config.mdx_configs["linreg.literate"]
    for language in _languages:
        language.start(config)
    run_pages([sources.DOCS / "index.md", *pages], live.copies(), **options)
    for language in _languages:
        language.go_on()
    if not _is_server:
        _finish_languages()


def _finish_languages() -> None:
    for language in _languages:
        language.finish()


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add the page that holds all chapters of a language, and wait until all blocks have run."""
    if language := _language(config):
        if (permission := config.extra.get("permission")) and not permission.wait():
            raise PluginError("not all of the blocks ran")
        text = sources.print_page(language)
        level = InclusionLevel.NOT_IN_NAV
        files.append(File.generated(config, sources.PRINT, content=text, inclusion=level))


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> None:
    """Have the lab, which mkdocs-jupyter has made a page, rendered as the chapters are."""
    if page.file.src_uri == sources.LAB:
        vars(page).pop("render", None)  # mkdocs-jupyter's own would add 600 KB of styles
    memory.wrap(page)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Take the lab's text from the notebook; keep the theme's search from reading the pages."""
    if page.file.src_uri == sources.LAB:
        about, markdown = sources.lab_page(markdown)
        page.meta.update(about)
    page.meta["search"] = {"exclude": True}  # what it looks through is made in book/finish/search
    return markdown


@event_priority(-100)  # after the plugins have changed the pages
def on_env(env: Environment, config: MkDocsConfig, files: Files) -> None:
    """Keep the pages, and what templates are compiled to, for the build after the next save."""
    compiled = sources.CACHE / "templates"
    compiled.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    env.template_class = Template
    for file in files.documentation_pages():
        if file.page:
            memory.keep(file.page)


@event_priority(100)  # before the theme's search looks through all that a page says
def on_page_context(
    context: dict[str, object], page: Page, config: MkDocsConfig, nav: Navigation
) -> None:
    """Show the plugins nothing of a page of which all is there already."""
    if memory.whole(page, str(nav)) is not None:
        page.content = ""


@event_priority(-100)  # after the plugins have written what they write
def on_post_build(config: MkDocsConfig) -> None:
    """Finish the pages; put the languages beside the front page, and the package."""
    folder, language = Path(config.site_dir), _language(config)
    address = config.site_url or "/"
    if language:
        book = sources.edition(language, address, below=config.extra.get("below", False))
    else:
        book = sources.front(address)
    try:
        for complaint in finish(folder, book):
            log.warning(complaint)
    except FinishError as error:
        raise PluginError(str(error)) from None
    if not language:
        _finish_languages()
        assemble(folder, {built.name: built.site for built in _languages}, address)


def _language(config: MkDocsConfig) -> str:
    """The language of a project; empty for the front page, which is in both."""
    return str(config.theme["language"]) if config.extra.get("alternate") else ""
