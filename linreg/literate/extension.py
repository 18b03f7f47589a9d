"""The thin layer between Python-Markdown and the engine."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markdown import Extension
from markdown.blockprocessors import BlockProcessor
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import NormalizeWhitespace, Preprocessor

from linreg.literate import (
    cache,
    controls,
    fences,
    figures,
    files,
    ids,
    moving,
    notes,
    pages,
    render,
    runner,
    written,
)
from linreg.literate.errors import LiterateError, for_host
from linreg.literate.limits import Limits
from linreg.literate.outputs import FIGURES
from linreg.literate.source import Source, as_written, locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from xml.etree.ElementTree import Element

    from markdown import Markdown

    from linreg.literate.copies import Copies
    from linreg.literate.outputs import Output

_BEFORE_BLANKS = 30.5  # Python-Markdown makes spaces of tabs at 30; pymdownx.snippets is at 32
_BEFORE_FENCES = 26  # pymdownx.superfences and fenced_code take the fences at 25
_AFTER_FENCES = 24
_BEFORE_BLOCKS = 200  # no other block processor may take the marker
_AFTER_RAW_HTML = 25
_AFTER_PLACING = 24
_LAST = -100  # the page's HTML is made, whatever extensions have a part in it
_MARKER = re.compile("\x02literate:(?P<number>[0-9]+)\x03")
_OWN = re.compile(f"{render.OWN}\n?(.*?){render.OWN_END}\n?", re.DOTALL)
_WITH_OPTIONS = re.compile(r"\s*`+python (?:hl_lines|title)=")
_NEED_PYGMENTS = " (for <!-- highlight: … --> and <!-- title: … --> it must use Pygments)"


class LiterateExtension(Extension):
    """Runs the ``python`` fences of a page and puts their outputs after them."""

    def __init__(self, **kwargs: Any) -> None:
        self.config = {
            "cache": [".cache/literate", "Folder of kept outputs; empty: none are kept"],
            "characters": [1_000_000, "Characters of text and HTML that a block may give"],
            "combinations": [100, "Combinations of values that a moving figure may have"],
            "environment": [[], "Names of variables that the outputs depend on; * is any text"],
            "figure_size": [2.0, "Megabytes that one figure or picture may take on the page"],
            "figures": [100, "Figures and pictures that a block may give"],
            "file": ["", "Name of the text in errors, where the site generator gives none"],
            "folder": ["", "Folder of data files, of which each session has copies to work on"],
            "fonts": [[], "Fonts of figures: files, or a package and a file in it, as a/b.otf"],
            "language": ["en", "Language of the engine's own words: en or zh"],
            "memory": [0, "Megabytes that a session may take (on Linux); 0: any"],
            "packages": [[], "Import names of packages whose source the outputs depend on"],
            "preload": [[], "Import names of modules that all sessions find loaded"],
            "seconds": [60.0, "Seconds that a session may take"],
        }
        unknown = sorted(set(kwargs) - set(self.config))
        if unknown:
            raise LiterateError(
                f"linreg.literate has no option {unknown[0]!r}; it has {', '.join(self.config)}"
            )
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Register the steps: run, place, and check that nothing was lost on the way."""
        options = options_from(self.getConfigs())
        state = _State()
        run = _Run(md, options, state)
        md.preprocessors.register(_Keep(md, state), "literate-raw", _BEFORE_BLANKS)
        md.preprocessors.register(run, "literate", _BEFORE_FENCES)
        md.preprocessors.register(_CheckFences(md, state), "literate-fences", _AFTER_FENCES)
        md.parser.blockprocessors.register(_Place(md, state, run), "literate", _BEFORE_BLOCKS)
        written.register(md)
        md.postprocessors.register(_Check(md, state), "literate", _AFTER_RAW_HTML)
        md.postprocessors.register(_SetApart(md), "literate-ids", _AFTER_PLACING)
        md.postprocessors.register(_SetUp(md), "literate-moving", _LAST)

    def prepare(self) -> None:
        """Load ahead what sessions need; see `linreg.literate.prepare`."""
        runner.prepare(pages.ahead(options_from(self.getConfigs())))

    def run_pages(self, paths: Iterable[Path], copies: Copies | None = None) -> None:
        """Run the blocks of pages ahead of their conversion; see `linreg.literate.run_pages`."""
        if not _execution():
            return
        try:
            pages.run_pages(paths, options_from(self.getConfigs()), copies)
        except LiterateError as error:
            raise for_host(error) from error.__cause__


def options_from(config: dict[str, Any]) -> pages.Options:
    """The extension's options, checked.

    Raises:
        LiterateError: names the option that is wrong, what it was and what it should be.
    """

    def check(name: str, right: bool, should: str) -> None:
        if not right:
            raise LiterateError(f"linreg.literate: {name} is {config[name]!r}; it must be {should}")

    check("cache", isinstance(config["cache"], (str, Path)), "the path of a folder, or empty")
    for name in ("characters", "combinations", "figures"):
        whole = isinstance(config[name], int) and config[name] is not True
        check(name, whole and config[name] > 0, "a whole number above 0")
    size = config["figure_size"]
    check("figure_size", _is_number(size) and size > 0, "a number of megabytes above 0")
    check(
        "environment",
        isinstance(config["environment"], list)
        and all(isinstance(name, str) for name in config["environment"]),
        "a list of names",
    )
    check("file", isinstance(config["file"], str), "text")
    data = config["folder"]
    check("folder", isinstance(data, (str, Path)), "the path of a folder, or empty")
    check("folder", not data or Path(data).is_dir(), "the path of a folder that is there")
    check("folder", not data or files.fit(Path(data)), "a folder of 100 MB at most: it is copied")
    fonts = config["fonts"]
    check("fonts", isinstance(fonts, list), "a list of files")
    there = all(map(figures.font_file, fonts))
    check("fonts", there, "fonts that are there: files, or a package and a file in it, as a/b.otf")
    check("language", config["language"] in list(render.WORDS), "one of en, zh")
    check("memory", _is_number(config["memory"]), "a number of megabytes, or 0 for any")
    check("packages", isinstance(config["packages"], list), "a list of names")
    check("packages", all(map(cache.is_package, config["packages"])), "names that can be imported")
    check("preload", isinstance(config["preload"], list), "a list of names")
    # Their packages alone are looked for: to find torch.nn would import torch.
    tops = [str(name).partition(".")[0] for name in config["preload"]]
    check("preload", all(map(cache.is_package, tops)), "names that can be imported")
    check("seconds", _is_number(config["seconds"]) and config["seconds"] > 0, "a number above 0")
    return pages.Options(
        cache=Path(config["cache"]) if config["cache"] else None,
        environment=tuple(config["environment"]),
        file=config["file"],
        language=config["language"],
        packages=tuple(config["packages"]),
        preload=tuple(config["preload"]),
        limits=Limits(
            seconds=float(config["seconds"]),
            memory=int(config["memory"] * 1e6) or None,
            folder=Path(data).resolve() if data else None,
            characters=config["characters"],
            combinations=config["combinations"],
            figures=config["figures"],
            figure_size=int(size * 1e6),
            fonts=tuple(file for file in map(figures.font_file, fonts) if file),
        ),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and value is not True and 0 <= value < float("inf")


class _State:
    """What the steps of one conversion hand on to one another."""

    def __init__(self) -> None:
        self.raw: list[str] = []  # the lines, with their tabs and blanks
        self.elements: dict[int, Element | None] = {}  # to be placed, by number
        self.places: dict[int, str] = {}  # where each one's block stands, for errors
        self.fences: dict[str, str] = {}  # lines that open a fence, and where each stands
        self.written: list[tuple[Element, Output]] = []  # what the page is to set, and where
        self.folded: dict[int, int] = {}  # how many elements to fold before one to be placed
        self.language = "en"  # of what the engine says itself


class _Keep(Preprocessor):
    """Keeps the text as it is written: code must reach Python so."""

    def __init__(self, md: Markdown, state: _State) -> None:
        super().__init__(md)
        self._state = state

    def run(self, lines: list[str]) -> list[str]:
        self._state.raw = as_written(lines)
        return lines


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
        if "fenced_raw_block" in self.md.preprocessors:
            raise LiterateError(
                "linreg.literate does not see the fences before pymdownx.superfences does: "
                "its option preserve_tabs must be off"
            )
        state = self._state
        page = fences.parse(self._written(lines), source)
        shown = pages.run_page(page, source, self._options) if _execution() else {}
        state.written, state.language = [], self._options.language
        errors: list[str] = []
        state.elements = dict(enumerate(self._elements(page, shown, source, errors)))
        if errors:
            raise LiterateError("\n".join(errors))
        blocks = [block for session in page.sessions for block in session.blocks]
        state.places = {number: source.at(block.start) for number, block in enumerate(blocks)}
        state.folded = {  # the code, and the notes on its lines
            number: 1 if block.place == block.stop else 2
            for number, block in enumerate(blocks)
            if block.folds_code
        }
        state.fences = {lines[i]: source.at(i) for i in page.fences.values()}
        lines = _with_tabs(lines, blocks)
        for block in blocks:
            if options := notes.options(block):
                lines[block.start] += options
                state.fences[lines[block.start]] = source.at(block.start)
        return list(_with_markers(lines, page.hidden, blocks))

    def _written(self, lines: list[str]) -> list[str]:
        """The lines with their tabs, unless something has changed them on the way."""
        raw = self._state.raw
        raw = raw[len(raw) - len(lines) :]
        spaces = NormalizeWhitespace(self.md).run(raw)[: len(raw)]
        return raw if spaces == lines else lines

    def _elements(
        self,
        page: fences.Page,
        shown: dict[int, list[Output]],
        source: Source,
        errors: list[str],
    ) -> Iterator[Element | None]:
        """What follows each block, if anything does."""
        language = self._options.language
        figures = 0
        for number, block in enumerate(b for session in page.sessions for b in session.blocks):
            if block.start in shown:
                outputs = shown[block.start] if block.shows_output else []
                try:
                    yield render.outputs(
                        block,
                        outputs,
                        source.at(block.start),
                        figures + 1,
                        language,
                        self.md.htmlStash.store,
                        lambda part, output: self._state.written.append((part, output)),
                    )
                except LiterateError as error:
                    errors.append(str(error))
                    yield None
                known = moving.flat(outputs)
                figures += len([output for output in known if output["kind"] in FIGURES])
            else:
                yield render.off(language) if number == 0 else None  # said once is enough


def _with_tabs(lines: Sequence[str], blocks: Sequence[fences.Block]) -> list[str]:
    """The page with the tabs of its blocks: who copies one is to have what was run."""
    lines = list(lines)
    for block in blocks:
        for i, line in enumerate(block.code.split("\n"), block.start + 1):
            if "\t" in line:
                lines[i] = block.indent + re.sub("[\x02\x03]", "", line)
    return lines


def _with_markers(
    lines: Sequence[str], hidden: set[int], blocks: Sequence[fences.Block]
) -> Iterator[str]:
    """The page without its instructions, and with a marker where the outputs of each block stand.

    A block and its marker stand in paragraphs of their own. There are no two empty lines where
    something was put in or left out: the second would end the list or footnote around them.
    """
    ends = {end for block in blocks for end in (block.start, block.stop)}
    markers: dict[int, list[str]] = {}
    for number, block in sorted(enumerate(blocks), key=lambda one: -len(one[1].indent)):
        markers.setdefault(block.place, []).append(f"{block.indent}\x02literate:{number}\x03")
    empty = True  # is the last line
    joint = True  # something was put in or left out since the last line with text
    for i, line in enumerate([*lines, ""]):
        if not empty and (i in ends or i in markers):
            yield ""
            empty = True
        for marker in markers.get(i, ()):
            yield marker
            yield ""
            empty = joint = True
        if i in hidden:
            joint = True
        elif line.strip() or not (empty and joint):
            yield line
            empty = not line.strip()
            joint = joint and empty


class _CheckFences(Preprocessor):
    def __init__(self, md: Markdown, state: _State) -> None:
        super().__init__(md)
        self._state = state

    def run(self, lines: list[str]) -> list[str]:
        errors = [
            f"{self._state.fences[line]}: the page does not take this line for the start of a "
            "fence; pymdownx.superfences must be on, and know what follows the language"
            + (_NEED_PYGMENTS if _WITH_OPTIONS.match(line) else "")
            for line in dict.fromkeys(lines)
            if line in self._state.fences
        ]
        if errors:
            raise for_host(LiterateError("\n".join(errors)))
        return lines


class _Place(BlockProcessor):
    """Puts outputs where their marker stands, at any depth of the page."""

    def __init__(self, md: Markdown, state: _State, step: Preprocessor) -> None:
        super().__init__(md.parser)
        self._md = md
        self._state = state
        self._step = step

    def test(self, parent: Element, block: str) -> bool:
        return block.startswith("\x02literate:")

    def run(self, parent: Element, blocks: list[str]) -> bool:
        found = _MARKER.match(blocks[0])
        if found is None:
            return False
        rest = blocks.pop(0)[found.end() :].lstrip("\n")
        number = int(found["number"])
        if folded := self._state.folded.get(number):
            render.fold(parent, folded, self._state.language)
        element = self._state.elements.pop(number)
        if element is not None:
            parent.append(element)
            mine = set(element)
            for part, output in self._state.written:
                if part in mine:
                    lines = render.WORDS[self._state.language]["lines"]
                    written.write(self._md, self._step, part, output, lines)
        if rest:
            blocks.insert(0, rest)
        return True


class _Check(Postprocessor):
    def __init__(self, md: Markdown, state: _State) -> None:
        super().__init__(md)
        self._state = state

    def run(self, text: str) -> str:
        errors = [
            f"{self._state.places[number]}: this block has no place on the page; a fence is "
            "indented by four spaces for each list or box that it stands in, and does not stand "
            "inside raw HTML or a comment"
            for number in self._state.elements
        ]
        if errors:
            raise for_host(LiterateError("\n".join(errors)))
        return text


class _SetApart(Postprocessor):
    """Gives what blocks have given other ids, where the page has them already."""

    def run(self, text: str) -> str:
        pieces = _OWN.split(text)
        if len(pieces) == 1:
            return text
        pieces[1::2] = ids.apart("".join(pieces[::2]), pieces[1::2])
        return "".join(pieces)


class _SetUp(Postprocessor):
    """Gives the figures that move their controls, and keeps of what they show what differs."""

    def run(self, text: str) -> str:
        return controls.set_up(text)


def _execution() -> bool:
    return os.environ.get("LITERATE_EXECUTE") != "0"
