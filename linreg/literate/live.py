"""Runs blocks of a page on request, while somebody reads it, and sets what they give.

For a server that shows a page on which blocks can be changed. What runs them, and what they may do,
is what runs them in a build; nothing of it comes from the cache of outputs or goes there.
"""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, ParseError, fromstring

from markdown import Markdown

from linreg.literate import (
    cache,
    fences,
    hints,
    moving,
    pages,
    render,
    runner,
    source,
    terminal,
    written,
)
from linreg.literate.extension import LiterateExtension, options_from
from linreg.literate.outputs import FIGURES, Failure, block_name
from linreg.literate.quiet import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from linreg.literate.copies import Copies
    from linreg.literate.fences import Block, Session
    from linreg.literate.outputs import Output, Result
    from linreg.literate.runner import Following


def read(path: Path) -> tuple[list[str], list[Session]]:
    """The lines of a page, and its sessions.

    Args:
        path: a Markdown file, or a notebook.

    Raises:
        LiterateError: for what is wrong with its fences.
    """
    where, lines = source.from_file(path)
    return lines, fences.parse(lines, where).sessions


class Kernel:
    """Runs blocks, and keeps copies of their sessions.

    Args:
        copies: where.
        options: those of the extension, by name.
        memory: bytes that a session may take (on Linux) where the options set no limit.
    """

    def __init__(
        self, copies: Copies, options: Mapping[str, Any], memory: int | None = None
    ) -> None:
        made = options_from(LiterateExtension(**options).getConfigs())
        limits = replace(made.limits, memory=made.limits.memory or memory)
        self._options = replace(made, limits=limits)
        self._copies = copies

    def run(self, codes: Sequence[str], following: Following, known: int = 0) -> Result:
        """Run a session, from the copy that has run most of it.

        Args:
            codes: of its blocks; the last one runs in any case.
            following: is told what comes of them meanwhile.
            known: how many of the first blocks the page already shows with their outputs; what is
                told of these may be incomplete.
        """
        codes = [code if code.endswith("\n") else f"{code}\n" for code in codes]
        codes = [*map(Quiet, codes[:known]), *codes[known:]]
        if wrong := pages.syntax(codes):
            return wrong
        options = self._options
        files = cache.modules(options.packages)
        modules = {os.path.realpath(file): name for name, file in files.items()}
        results: list[Result] = []
        # The outputs of these copies may be incomplete, so a build must not take them; and a copy
        # of a build's session would go on without the limit of memory.
        kept = runner.Kept(self._copies, f"{pages.base(options)} live")
        runner.run_sessions(
            [codes],
            options.limits,
            lambda _, result, __: results.append(result),
            modules,
            pages.ahead(options),
            kept,
            following,
        )
        return results[0]


class Setter:
    """Sets what blocks give as the page would.

    Args:
        extensions: those of the page's converter, the engine among them.
        configs: their options.
        language: of the engine's own words.
    """

    def __init__(
        self, extensions: Sequence[str], configs: Mapping[str, Any], language: str
    ) -> None:
        self._md = Markdown(extensions=[*extensions], extension_configs=dict(configs))
        self._language = language
        self._lock = threading.Lock()

    def html(self, block: Block, outputs: Sequence[Output], prefix: int) -> str:
        """Outputs as HTML. Whoever shows it on a page has to take out what runs there.

        Args:
            block: with the captions of its figures, and no more than these.
            outputs: what it gave.
            prefix: a number that no other figure of the page has in its ids.
        """
        with self._lock:
            md, words = self._md.reset(), render.WORDS[self._language]
            parts: list[tuple[Element, Output]] = []
            element = render.outputs(
                block,
                outputs,
                "",
                prefix,
                self._language,
                md.htmlStash.store,
                lambda part, output: parts.append((part, output)),
            )
            if element is None:
                return ""
            for part, output in parts:
                written.write(md, md.preprocessors["literate"], part, output, words["lines"])
            root = Element(md.doc_tag)
            root.append(element)
            for step in md.treeprocessors:
                made = step.run(root)
                root = root if made is None else made
            html = md.serializer(root)
            for last in md.postprocessors:
                html = last.run(html)
            return html.strip().removeprefix(f"<{md.doc_tag}>").removesuffix(f"</{md.doc_tag}>")

    def text(self, text: str) -> str:
        """What a block has printed so far."""
        return render.text(text, "stdout", render.WORDS[self._language]["lines"])


def described(failure: Failure, codes: Sequence[str]) -> dict[str, Any]:
    """What ended a session, as a page can say it.

    Args:
        failure: that.
        codes: of the blocks.

    Returns:
        the index of the block, its line or None, the text of the exception with what belongs to it,
        and what the block had printed.
    """
    name = block_name(failure.block)
    here = [line for called, line, _ in failure.calls if called == name]
    lines = codes[failure.block].splitlines() if failure.block < len(codes) else []
    line = lines[here[0] - 1] if here and 0 < here[0] <= len(lines) else ""
    hint = hints.of(line, failure.text) or hints.of_printed(failure.printed)
    others = [f"{pages.RELATIONS[other.relation]}: {other.text}" for other in failure.others]
    return {
        "block": failure.block,
        "line": here[0] if here else None,
        "text": "\n".join([failure.text + (f"; {hint}" if hint else ""), *others]),
        "printed": terminal.left(failure.printed).rstrip("\n"),
    }


def pieces_of(block: Block, outputs: Sequence[Output]) -> Iterator[tuple[Block, Output]]:
    """Each output alone, with a block that has the captions of that one.

    What moves is as it begins, unless each combination shows only what nothing breaks out of.

    Args:
        block: what gave them, or other code in its place, which may draw fewer figures or more.
        outputs: those.
    """
    first = 0
    for output in outputs:
        known = [output] if _is_safe(output) else moving.flat([output])
        for one in known:
            last = first + len([part for part in moving.flat([one]) if part["kind"] in FIGURES])
            named = moving.arguments([one])
            own = replace(
                block,
                captions=block.captions[first:last],
                alts=block.alts[first:last],
                labels=tuple(label for label in block.labels if label[0] in named),
            )
            yield own, one
            first = last


def _is_safe(output: Output) -> bool:
    """Whether an output, put into a page, ends where it should."""
    if output["kind"] == "interact":
        return all(_is_safe(part) for state in output["states"] for part in state)
    if output["kind"] == "svg":
        try:  # no declarations, so no entities that grow
            root = fromstring(output["data"]) if "<!" not in output["data"] else None  # noqa: S314
        except ParseError:
            root = None
        return root is not None and root.tag == "svg"
    return output["kind"] in ("text", "image")
