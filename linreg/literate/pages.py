"""Runs what pages hold, taking from the cache what is there."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from linreg.literate import cache, fences, runner
from linreg.literate.errors import LiterateError
from linreg.literate.outputs import Failure, block_name
from linreg.literate.source import from_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from linreg.literate.fences import Page, Session
    from linreg.literate.outputs import Output, Result
    from linreg.literate.source import Source

_MOST_CALLS = 20  # shown of those that led to an error


@dataclass(frozen=True)
class Options:
    """What the extension's options say."""

    cache: Path | None = None
    environment: tuple[str, ...] = ()
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
        paths: Markdown files, and notebooks.
        options: those of the extension.

    Raises:
        LiterateError: with the text of every page's errors.
    """
    jobs: list[tuple[Session, Source]] = []
    errors: list[LiterateError] = []
    for path in paths:
        try:
            source, lines = from_file(path)
            jobs += [(session, source) for session in _sessions(tuple(lines), source)]
        except LiterateError as error:
            errors.append(error)
    results = _run(jobs, options)
    _raise_all([*errors, *(result for result in results if isinstance(result, LiterateError))])
    if options.cache is not None:
        cache.prune(options.cache)
        cache.remember(options.cache)


@lru_cache(maxsize=1000)
def _sessions(lines: tuple[str, ...], source: Source) -> list[Session]:
    """What a page runs: under a server, most pages are those of the build before."""
    return fences.parse(lines, source).sessions


def _run(
    jobs: Sequence[tuple[Session, Source]], options: Options
) -> list[list[list[Output]] | LiterateError]:
    results: dict[int, list[list[Output]] | LiterateError] = {}
    if options.cache:
        cache.recall(options.cache)
    programs: dict[cache.Program, list[int]] = {}  # run once, however many pages hold it
    found = cache.programs([session for session, _ in jobs], options.packages, options.environment)
    for i, program in enumerate(found):
        programs.setdefault(program, []).append(i)
    missing: list[tuple[cache.Program, list[int]]] = []
    for program, numbers in programs.items():
        kept = cache.find(options.cache, program) if options.cache else None
        if kept is not None:
            results.update((i, kept) for i in numbers)
            continue
        try:
            _check_syntax(*jobs[numbers[0]])
        except LiterateError as error:
            results.update((i, error) for i in numbers)
        else:
            missing.append((program, numbers))
    codes = [[block.code for block in jobs[numbers[0]][0].blocks] for _, numbers in missing]

    def done(number: int, result: Result, read: list[str] | None) -> None:
        program, numbers = missing[number]
        session, source = jobs[numbers[0]]
        if isinstance(result, Failure):
            failed = _error(result, session, source)
            results.update((i, failed) for i in numbers)
            return
        # a package may just have been edited
        (now,) = cache.programs([session], options.packages, options.environment)
        if options.cache and now.name == program.name and now.key(read) == program.key(read):
            cache.keep(options.cache, program, read, result)
        results.update((i, result) for i in numbers)

    if missing:
        files = cache.modules(options.packages)
        modules = {os.path.realpath(file): name for name, file in files.items()}
        runner.run_sessions(codes, options.limits, done, modules)
    return [_checked(results[i], *job) for i, job in enumerate(jobs)]


def _check_syntax(session: Session, source: Source) -> None:
    for number, block in enumerate(session.blocks):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the session itself shows them
                compile(block.code, block_name(number), "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            line = getattr(error, "lineno", None)
            calls = ((block_name(number), line, "<module>"),) if line else ()
            text = f"{type(error).__name__}: {getattr(error, 'msg', error)}"
            raise _error(Failure(number, text, calls), session, source) from None


def _error(failure: Failure, session: Session, source: Source) -> LiterateError:
    """Say where a session failed: place and exception, the block with its line, the calls."""
    block = session.blocks[failure.block]
    lines = {block_name(i): one.start for i, one in enumerate(session.blocks)}

    def place(name: str, line: int) -> str:
        return source.at(lines[name] + line) if name in lines else f"{name}:{line}"

    here = [line for name, line, _ in failure.calls if name == block_name(failure.block)]
    failed = here[0] if here else 0  # 0: the line of the fence
    number = source.number(block.start)
    code = [
        f"{'>' if i == failed else ' '} {number + i:5} | {line}"
        for i, line in enumerate(block.code.splitlines(), 1)
    ]
    calls = [f"  {place(name, line)}, in {function}" for name, line, function in failure.calls]
    if len(calls) > _MOST_CALLS:
        half = _MOST_CALLS // 2
        calls[half:-half] = [f"  … {len(calls) - 2 * half} more …"]
    return LiterateError(
        "\n".join(
            [
                f"{source.at(block.start + failed)}: {failure.text}",
                "",
                *code,
                *(["", *calls] if len(calls) > 1 else []),
            ]
        )
    )


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
    texts = dict.fromkeys(str(error) for error in errors)  # one may stand for several pages
    if texts:
        raise LiterateError("\n\n".join(texts))
