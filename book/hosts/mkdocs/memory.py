"""What pages became in the last build, for those that have not changed since.

Under `mkdocs serve`, most of a build would be spent on pages that nobody has touched. `builder.py`,
which builds a language again and again, has them kept, as the content of each and as the whole page
that the theme makes of it; any other build makes every page.

MkDocs has no public way to leave out the conversion of a page, so `render` of a page is replaced:
what it sets is `RENDERED` and `links_to_anchors`, which tests/test_mkdocs_memory.py makes sure of.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jinja2

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

RENDERED = ("content", "toc", "_title_from_render", "present_anchor_ids")  # attributes of a page


@dataclass
class _Kept:
    source: str
    rendered: dict[str, Any] = field(default_factory=dict)
    links: dict[str, dict[str, str]] = field(default_factory=dict)  # to be checked again
    whole: str | None = None
    among: str = ""  # the navigation that the whole has


class Memory:
    """The pages of the last build."""

    def __init__(self) -> None:
        self._shared: str | None = None
        self._pages: dict[str, _Kept] = {}
        self._fresh: set[str] = set()  # those made in this build

    def use(self, shared: str) -> None:
        """Keep the pages of the build that begins, and give those kept before.

        Args:
            shared: stands for all that the pages depend on, but for their own text; where it has
                changed, none that was kept holds.
        """
        if shared != self._shared:
            self._pages.clear()
        self._shared = shared
        self._fresh.clear()

    def forget(self) -> None:
        """Make the pages of this build again the next time, so that their warnings come again.

        The others were made by a build that went well.
        """
        for uri in self._fresh:
            self._pages.pop(uri, None)

    def wrap(self, page: Page) -> None:
        """Let a page render itself only if it has changed."""
        if self._shared is None:
            return
        render = page.render

        def render_or_take(config: MkDocsConfig, files: Files) -> None:
            uri = page.file.src_uri
            source = repr((page.meta, page.markdown))
            kept = self._pages.get(uri)
            if kept is None or kept.source != source:
                self._pages[uri] = _Kept(source)
                self._fresh.add(uri)
                render(config, files)
                return
            for name, value in kept.rendered.items():
                setattr(page, name, value)
            targets = ((files.get_file_from_path(uri), links) for uri, links in kept.links.items())
            page.links_to_anchors = {file: links for file, links in targets if file is not None}

        page.render = render_or_take  # type: ignore[method-assign]

    def keep(self, page: Page) -> None:
        """Note what a page became; the plugins have done their part."""
        if page.file.src_uri in self._fresh:
            kept = self._pages[page.file.src_uri]
            kept.rendered = {name: getattr(page, name) for name in RENDERED}
            links = page.links_to_anchors or {}
            kept.links = {file.src_uri: anchors for file, anchors in links.items()}

    def whole(self, page: Page, among: str) -> str | None:
        """The whole of a page, with what the theme has around its content, if that was kept.

        Args:
            page: whose content is made, or was kept.
            among: stands for the navigation, which has the titles of other pages.
        """
        kept = self._pages.get(page.file.src_uri)
        return kept.whole if kept and self._shared is not None and kept.among == among else None

    def keep_whole(self, page: Page, among: str, html: str) -> None:
        """Note the whole of a page, for as long as it and the navigation are the same."""
        if kept := self._pages.get(page.file.src_uri):
            kept.whole, kept.among = html, among


memory = Memory()  # of this process


class Template(jinja2.Template):
    """One of the theme's, which gives what it gave for a page that has not changed."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """The HTML of a page, or of what is none, such as the list of all pages."""
        context = dict(*args, **kwargs)
        page, among = context.get("page"), str(context.get("nav"))
        kept = memory.whole(page, among) if page else None
        if kept is not None:
            return kept
        html = super().render(context)
        if page:
            memory.keep_whole(page, among, html)
        return html
