"""Runs what pages hold, taking from the cache what is there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from linreg.literate import cache, fences, runner
from linreg.literate.errors import LiterateError
from linreg.literate.source import from_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from linreg.literate.fences import Page, Session
    from linreg.literate.outputs import Output
    from linreg.literate.source import Source


@dataclass(frozen=True)
class Options:
    """What the extension's options say."""

    cache: Path | None = None
    file: str = ""
    language: str = "en"
    packages: tuple[str, ...] = ()
    limits: runner.Limits = field(default_factory=runner.Limits)


def run_page(page: Page, source: Source, options: Options) -> dict[int, list[Output]]:
    """The outputs of each block of a page, by the line of its fence.

    Raises:
        LiterateError: with the text of every session's error.
    """
    results = _run([(session, source) for session in page.sessions], options)
    _raise_all(result for result in results if isinstance(result, LiterateError))
    return {
        block.start: outputs
        for session, result in zip(page.sessions, results, strict=True)
        if not isinstance(result, LiterateError)
        for block, outputs in zip(session.blocks, result, strict=True)
    }


def run_pages(paths: Iterable[Path], options: Options) -> None:
    """Run all that several pages hold, side by side, and keep it for when each is converted.

    Args:
        paths: Markdown files.
        options: those of the extension.

    Raises:
        LiterateError: with the text of every page's errors.
    """
    jobs: list[tuple[Session, Source]] = []
    errors: list[LiterateError] = []
    for path in paths:
        source, lines = from_file(path)
        try:
            jobs += [(session, source) for session in fences.parse(lines, source).sessions]
        except LiterateError as error:
            errors.append(error)
    results = _run(jobs, options)
    _raise_all([*errors, *(result for result in results if isinstance(result, LiterateError))])
    if options.cache is not None:
        cache.prune(options.cache)


def _run(
    jobs: Sequence[tuple[Session, Source]], options: Options
) -> list[list[list[Output]] | LiterateError]:
    results: dict[int, list[list[Output]] | LiterateError] = {}
    keys: dict[int, str] = {}
    for i, (session, source) in enumerate(jobs):
        try:
            _check_syntax(session, source)
        except LiterateError as error:
            results[i] = error
            continue
        keys[i] = cache.key(session, options.packages)
        kept = cache.load(options.cache, keys[i]) if options.cache else None
        if kept is not None:
            results[i] = kept
    # The same program is run once, however many pages hold it.
    first = {keys[i]: i for i in reversed(range(len(jobs))) if i not in results}
    ran = runner.run_sessions([jobs[i] for i in first.values()], options.limits)
    by_key = dict(zip(first, ran, strict=True))
    for name, result in by_key.items():
        if options.cache and not isinstance(result, LiterateError):
            cache.store(options.cache, name, result)
    for i in range(len(jobs)):
        if i not in results:
            results[i] = by_key[keys[i]]
    return [_checked(results[i], *job) for i, job in enumerate(jobs)]


def _check_syntax(session: Session, source: Source) -> None:
    for block in session.blocks:
        try:
            compile(block.code, "<block>", "exec", dont_inherit=True)
        except SyntaxError as error:
            line = error.lineno or 1
            shown = block.code.splitlines()[line - 1 : line]
            raise LiterateError(
                f"{source.at(block.start + line)}: {type(error).__name__}: {error.msg}\n\n"
                + "".join(
                    f"> {block.start + 1 + line + source.offset:5} | {text}" for text in shown
                )
            ) from None
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            raise LiterateError(
                f"{source.at(block.start)}: this block cannot be compiled: {error}"
            ) from None


def _checked(
    result: list[list[Output]] | LiterateError, session: Session, source: Source
) -> list[list[Output]] | LiterateError:
    """Hold what a session printed against what the page expects."""
    if isinstance(result, LiterateError) or session.expected is None:
        return result
    printed = "".join(
        output["data"] for block in result for output in block if output["stream"] == "stdout"
    )
    expected = session.expected
    same = printed == expected
    if session.ignore_whitespace:
        same = re.sub(r"\s", "", printed) == re.sub(r"\s", "", expected)
    if same:
        return result
    at = source.at(session.blocks[0].start)
    return LiterateError(
        f"{at}: the page expects\n\n{expected}\nand the session prints\n\n{printed}"
    )


def _raise_all(errors: Iterable[LiterateError]) -> None:
    texts = [str(error) for error in errors]
    if texts:
        raise LiterateError("\n\n".join(texts))
