"""What pages became in the last build, for those that have not changed since.

Under `mkdocs serve`, most of a build would be spent on pages that nobody has touched. `worker.py`,
which builds a language again and again, has them kept; any other build makes every page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from material.plugins.search.plugin import SearchIndex  # type: ignore[import-untyped]
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page


@dataclass
class _Kept:
    source: str
    rendered: dict[str, Any] = field(default_factory=dict)  # attributes of the page
    links: dict[str, dict[str, str]] = field(default_factory=dict)  # to be checked again
    found: list[dict[str, Any]] = field(default_factory=list)  # entries of the search index


class Memo:
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
        """Make every page the next time, so that their warnings come again."""
        self._pages.clear()

    def has(self, page: Page) -> bool:
        """Whether a page is that of the last build; it is rendered by now."""
        return self._shared is not None and page.file.src_uri not in self._fresh

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
            for name in ("content", "toc", "_title_from_render", "present_anchor_ids"):
                kept.rendered[name] = getattr(page, name)
            links = page.links_to_anchors or {}
            kept.links = {file.src_uri: anchors for file, anchors in links.items()}

    def wrap_index(self, index: SearchIndex) -> None:
        """Let the search index read a page only if it has changed."""
        if self._shared is None:
            return
        read = index.add_entry_from_context

        def read_or_take(page: Page) -> None:
            kept = self._pages[page.file.src_uri]
            if page.file.src_uri not in self._fresh:
                index.entries += kept.found
                return
            before = len(index.entries)
            read(page)
            kept.found = index.entries[before:]

        index.add_entry_from_context = read_or_take


memo = Memo()  # of this process
