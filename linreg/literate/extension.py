"""The thin layer between Python-Markdown and the engine."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markdown import Extension
from markdown.blockprocessors import BlockProcessor
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor

from linreg.literate import fences, pages, render
from linreg.literate.errors import LiterateError, for_host
from linreg.literate.runner import Limits
from linreg.literate.source import Source, locate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

    from markdown import Markdown

    from linreg.literate.fences import Block
    from linreg.literate.outputs import Output

_BEFORE_FENCES = 26  # pymdownx.superfences and fenced_code take the fences at 25
_BEFORE_BLOCKS = 200  # no other block processor may take the marker
_AFTER_RAW_HTML = 25
_MARKER = re.compile("\x02literate:(?P<number>[0-9]+)\x03")


class LiterateExtension(Extension):
    """Runs the ``python`` fences of a page and puts their outputs after them."""

    def __init__(self, **kwargs: Any) -> None:
        self.config = {
            "cache": [".cache/literate", "Folder of kept outputs; empty: none are kept"],
            "file": ["", "Name of the text in errors, where the site generator gives none"],
            "language": ["en", "Language of the engine's own words: en or zh"],
            "memory": [0, "Megabytes that a session may take (on Linux); 0: any"],
            "packages": [[], "Import names of packages whose source the outputs depend on"],
            "seconds": [60.0, "Seconds that a session may take"],
        }
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Register the three steps: run, place, check."""
        options = options_from(self.getConfigs())
        state = _State()
        md.preprocessors.register(_Run(md, options, state), "literate", _BEFORE_FENCES)
        md.parser.blockprocessors.register(_Place(md, state), "literate", _BEFORE_BLOCKS)
        md.postprocessors.register(_Check(md, state), "literate", _AFTER_RAW_HTML)

    def run_pages(self, paths: Iterable[Path]) -> None:
        """Run the blocks of pages ahead of their conversion; see `linreg.literate.run_pages`."""
        if not _execution():
            return
        try:
            pages.run_pages(paths, options_from(self.getConfigs()))
        except LiterateError as error:
            raise for_host(error) from error.__cause__


def options_from(config: dict[str, Any]) -> pages.Options:
    """The extension's options, checked.

    Raises:
        LiterateError: names the option that is wrong, what it was and what it should be.
    """
    if config["language"] not in render.WORDS:
        raise LiterateError(
            f"linreg.literate: language is {config['language']!r}; it must be "
            f"one of {', '.join(render.WORDS)}"
        )
    for name in ("seconds", "memory"):
        number = config[name]
        if not isinstance(number, (int, float)) or isinstance(number, bool) or number < 0:
            raise LiterateError(
                f"linreg.literate: {name} is {number!r}; it must be a number, not negative"
            )
    if not isinstance(config["packages"], list):
        raise LiterateError(
            f"linreg.literate: packages is {config['packages']!r}; it must be a list of names"
        )
    return pages.Options(
        cache=Path(config["cache"]) if config["cache"] else None,
        file=config["file"],
        language=config["language"],
        packages=tuple(config["packages"]),
        limits=Limits(float(config["seconds"]), int(config["memory"] * 1e6) or None),
    )


class _State:
    """What the steps of one conversion hand on to one another."""

    def __init__(self) -> None:
        self.elements: dict[int, Element] = {}  # to be placed, by number
        self.places: dict[int, str] = {}  # where each one's block stands, for errors


class _Run(Preprocessor):
    def __init__(self, md: Markdown, options: pages.Options, state: _State) -> None:
        super().__init__(md)
        self._options = options
        self._state = state

    def run(self, lines: list[str]) -> list[str]:
        source = locate(self.md, lines)
        if source == Source() and self._options.file:
            source = Source(self._options.file)
        try:
            return self._run(lines, source)
        except LiterateError as error:
            raise for_host(error) from error.__cause__

    def _run(self, lines: list[str], source: Source) -> list[str]:
        self._state.elements.clear()
        self._state.places.clear()
        page = fences.parse(lines, source)
        shown = pages.run_page(page, source, self._options) if _execution() else {}
        after = {
            block.stop: self._element(block, shown.get(block.start), source)
            for session in page.sessions
            for block in session.blocks
        }
        result: list[str] = []
        for i, line in enumerate(lines):
            if i in after:
                result += after[i]
            if i not in page.hidden:
                result.append(line)
        return result + after.get(len(lines), [])

    def _element(self, block: Block, shown: list[Output] | None, source: Source) -> list[str]:
        """Keep the outputs of a block, and give the lines that stand for them."""
        if shown is None and not self._state.elements:  # said once is enough
            element = render.off(self._options.language)
        elif shown:
            figures = len(
                [e for kept in self._state.elements.values() for e in kept.iter("figure")]
            )
            stash = self.md.htmlStash.store
            element = render.outputs(block, shown, figures + 1, self._options.language, stash)
        else:
            return []
        number = len(self._state.elements)
        self._state.elements[number] = element
        self._state.places[number] = source.at(block.start)
        return ["", f"{block.indent}\x02literate:{number}\x03", ""]


class _Place(BlockProcessor):
    """Puts outputs where their marker stands, at any depth of the page."""

    def __init__(self, md: Markdown, state: _State) -> None:
        super().__init__(md.parser)
        self._state = state

    def test(self, parent: Element, block: str) -> bool:
        return block.startswith("\x02literate:")

    def run(self, parent: Element, blocks: list[str]) -> bool:
        found = _MARKER.match(blocks[0])
        if found is None:
            return False
        rest = blocks.pop(0)[found.end() :].lstrip("\n")
        parent.append(self._state.elements.pop(int(found["number"])))
        if rest:
            blocks.insert(0, rest)
        return True


class _Check(Postprocessor):
    def __init__(self, md: Markdown, state: _State) -> None:
        super().__init__(md)
        self._state = state

    def run(self, text: str) -> str:
        for number in self._state.elements:
            place = self._state.places[number]
            raise for_host(
                LiterateError(
                    f"{place}: the output of this block has no place on the page; does the fence "
                    "stand inside raw HTML, a comment, or deeper than what holds it?"
                )
            )
        return text


def _execution() -> bool:
    return os.environ.get("LITERATE_EXECUTE") != "0"
