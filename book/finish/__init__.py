"""Makes of the pages that a site generator has rendered the site that readers see.

Nothing here knows which generator that was. What it made stands in a folder; of the book itself,
`finish` is told what `book.sources` has read. Whatever the pages need beyond Markdown and the theme
is one module each, named after it.
"""

from __future__ import annotations

import json
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from book import sources
from book.finish import (
    card,
    dates,
    downloads,
    figures,
    fonts,
    material,
    predictions,
    printing,
    progress,
    references,
    scripts,
    search,
    shared,
    styles,
    wheel,
)
from book.finish.lean import lean
from book.finish.rendered import check
from book.finish.slots import FinishError, Page, read
from book.finish.titles import numbered
from book.finish.words import mark_words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from book.sources import Book

__all__ = ["FinishError", "finish"]

_prepared = lru_cache(maxsize=64)(predictions.prepared)  # most pages are those of the build before


def finish(folder: Path, book: Book) -> list[str]:
    """Finish the pages of a folder, in place.

    Args:
        folder: of one language, or of the front page, as a site generator has made it.
        book: whose pages these are.

    Returns:
        what is wrong with the book, but leaves pages that can be read.

    Raises:
        FinishError: if the generator has not made what the site needs.
    """
    pages = read(folder)
    check(pages, book)
    for page in pages:
        page.facts |= {name: escape(text) for name, text in book.versions.items()}
        if changed := dates.changed(page.source, book) if page.source else None:
            page.facts["changed"] = changed
        figures.take_out(page, folder)
        material.adapt(page)
    complaints = _finish_language(folder, pages, book) if book.language else []
    if not book.language:
        for page in pages:
            page.content = lean(page.content)
    styles.join(pages, folder)
    scripts.join(folder, sources.scripts())
    if book.below:
        shared.share(pages, folder, book.language)
    else:
        fonts.write_font(folder, book.cache / "fonts")
    (folder / "sitemap.xml.gz").unlink(missing_ok=True)  # it holds the time; nothing asks for it
    for page in pages:
        page.file.write_text(page.html(), encoding="utf-8", newline="")
    return complaints


def _finish_language(folder: Path, pages: list[Page], book: Book) -> list[str]:
    by_source = {page.source: page for page in pages if page.source}
    package = book.site + quote(wheel.wheel_name(book.site))  # some hosts read + as a blank
    _link(list(by_source.values()), by_source[sources.REFERENCE], book)
    for page in pages:
        page.facts["package"] = package
        page.content = lean(page.content)
        if book.terms:
            page.content = mark_words(page.content, book.terms)
        if number := book.chapters.get(page.source):
            page.content = numbered(page.content, number, book.language)
    chapters = [by_source[name] for name in book.chapters]
    printed = [*chapters, by_source[sources.GLOSSARY]]
    titles = [_title(page, book) for page in printed]
    whole = by_source.pop(sources.PRINT)
    printing.fill(whole, list(zip(printed, titles, strict=True)), book.address)
    downloads.write_notebooks(folder, [*chapters, by_source[sources.LAB]], book, package)
    card.write_card(folder, book.language, book.cache / "card")
    complaints = _let_predict(by_source.values())
    progress.count(by_source[sources.START], chapters)
    if any(map(material.is_material, pages)):  # another theme has its own search
        complaints += search.write_sections(folder, list(by_source.values()), book.words)
    for page in [*by_source.values(), whole]:
        page.content = page.content.replace(' data-search-exclude="true"', "")
    return complaints


def _link(pages: list[Page], reference: Page, book: Book) -> None:
    """Link the package's names in code to the reference, and this to the chapters that it names."""
    known = frozenset(references.entries(reference.content))
    for page in pages:
        page.content = references.link_names(page.content, page.to(reference.url), known)
    urls = {page.source: page.url for page in pages}
    chapters = {
        english: (reference.to(urls[name]), book.titles[name])
        for name, english in book.english.items()
        if name in urls
    }
    reference.content = references.link_sources(reference.content, chapters)


def _let_predict(pages: Iterable[Page]) -> list[str]:
    """Let what the boxes ask for wait; the page to print, which is made by now, shows it."""
    complaints = []
    for page in pages:
        try:
            page.content, asked = _prepared(page.content)
        except ValueError as error:
            complaints.append(f"{page.source}: {error}")
        else:
            if asked:
                page.facts["predictions"] = json.dumps(asked)
    return complaints


def _title(page: Page, book: Book) -> str:
    number = book.chapters.get(page.source)
    title = book.titles[page.source]
    return f"{number}. {title}" if number else title
