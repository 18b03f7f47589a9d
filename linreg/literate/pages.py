"""Runs what pages hold, taking from the cache what is there."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from linreg.literate import cache, fences, hints, included, moving, runner, terminal
from linreg.literate.errors import LiterateError
from linreg.literate.limits import Ahead, Limits
from linreg.literate.outputs import Failure, block_name
from linreg.literate.raising import Raising
from linreg.literate.source import from_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from linreg.literate.copies import Copies
    from linreg.literate.fences import Page, Session
    from linreg.literate.outputs import Output, Result
    from linreg.literate.source import Source

_MOST_CALLS = 20  # shown of those that led to an error
_MOST_KEPT = 8  # sessions that leave copies: a page was saved; more run for another reason
_MOST_PRINTED = 20  # lines shown of what was printed before it
_LONGEST_LINE = 500  # characters of one of them
RELATIONS = {
    "cause": "its cause",
    "context": "raised while this was handled",
    "member": "one of the group",
}


@dataclass(frozen=True)
class Options:
    """What the extension's options say."""

    cache: Path | None = None
    environment: tuple[str, ...] = ()
    file: str = ""
    language: str = "en"
    packages: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


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


def run_pages(paths: Iterable[Path], options: Options, copies: Copies | None = None) -> None:
    """Run all that several pages hold, side by side, and keep it for when each is converted.

    Args:
        paths: Markdown files, and notebooks. Where something else is to replace a part of them
            before they are converted, its errors are left to the conversion, which knows the
            whole text.
        options: those of the extension.
        copies: those of sessions that a server keeps.

    Raises:
        LiterateError: with the text of every page's errors.
    """
    jobs: list[tuple[Session, Source]] = []
    errors: list[LiterateError] = []
    doubtful: set[int] = set()  # jobs whose code may be other when the page is converted
    for path in paths:
        try:
            source, lines = from_file(path)
        except LiterateError as error:
            errors.append(error)
            continue
        try:
            sessions = _sessions(tuple(lines), source)
        except LiterateError as error:
            whole = not any(map(included.stands_for_others, lines))  # what is read is what is run
            errors += [error] if whole else []
            continue
        for session, is_sure in sessions:
            if not is_sure:
                doubtful.add(len(jobs))
            jobs.append((session, source))
    results = _run(jobs, options, copies)
    failed = (r for i, r in enumerate(results) if i not in doubtful)
    _raise_all([*errors, *(result for result in failed if isinstance(result, LiterateError))])
    if options.cache is not None:
        cache.prune(options.cache)
        cache.remember(options.cache)


def _lines(session: Session) -> list[str]:
    return [line for block in session.blocks for line in block.code.split("\n")]


@lru_cache(maxsize=1000)  # under a server, most pages are those of the build before
def _sessions(lines: tuple[str, ...], source: Source) -> list[tuple[Session, bool]]:
    """What a page runs as it is read; whether what is read is surely its code."""
    return [
        (session, not any(map(included.stands_for_others, _lines(session))))
        for session in fences.parse(lines, source).sessions
        if not any(map(included.stands_for_lines, _lines(session)))
    ]


def _run(
    jobs: Sequence[tuple[Session, Source]], options: Options, copies: Copies | None = None
) -> list[list[list[Output]] | LiterateError]:
    results: dict[int, list[list[Output]] | LiterateError] = {}
    if options.cache:
        cache.recall(options.cache)
    programs: dict[cache.Program, list[int]] = {}  # run once, however many pages hold it
    sessions = [session for session, _ in jobs]
    found = cache.programs(sessions, options.packages, options.environment, options.limits)
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
    codes = [_codes(jobs[numbers[0]][0]) for _, numbers in missing]

    def done(number: int, result: Result, read: list[str] | None) -> None:
        program, numbers = missing[number]
        session, source = jobs[numbers[0]]
        if isinstance(result, Failure):
            failed = _error(result, session, source)
            results.update((i, failed) for i in numbers)
            return
        # A package may just have been edited, or a data file.
        (now,) = cache.programs([session], options.packages, options.environment, options.limits)
        if options.cache and now.name == program.name and now.key(read) == program.key(read):
            cache.keep(options.cache, program, read, result)
        results.update((i, result) for i in numbers)

    if missing:
        files = cache.modules(options.packages)
        modules = {os.path.realpath(file): name for name, file in files.items()}
        before = base(options) if copies is not None else ""
        few = len(missing) <= _MOST_KEPT
        keeping = runner.Kept(copies, before) if copies is not None and few else None
        runner.run_sessions(codes, options.limits, done, modules, ahead(options), keeping)
        if copies is not None and base(options) != before:
            copies.forget_all(before)  # some may hold what is no more
    return [_checked(results[i], *job) for i, job in enumerate(jobs)]


def base(options: Options) -> str:
    """What outputs depend on beside the code."""
    return cache.surroundings(options.packages, options.environment, options.limits)


def ahead(options: Options) -> Ahead:
    """What is loaded before the first session."""
    fonts = tuple(map(str, options.limits.fonts))
    return Ahead(options.preload, options.packages, fonts)


def _codes(session: Session) -> list[str]:
    return [Raising(block.code) if block.raises else block.code for block in session.blocks]


def _check_syntax(session: Session, source: Source) -> None:
    if failure := syntax(_codes(session)):
        raise _error(failure, session, source) from None


def syntax(codes: Sequence[str]) -> Failure | None:
    """What is wrong with the code of a session that no part of it need be run for.

    Args:
        codes: of its blocks.
    """
    for number, code in enumerate(codes):
        if isinstance(code, Raising):
            continue  # the mistake may be meant
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the session itself shows them
                compile(code, block_name(number), "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            line = getattr(error, "lineno", None)
            calls = ((block_name(number), line, "<module>"),) if line else ()
            return Failure(number, f"{type(error).__name__}: {getattr(error, 'msg', error)}", calls)
    return _joined_syntax([code for code in codes if not isinstance(code, Raising)])


def _joined_syntax(codes: Sequence[str]) -> Failure | None:
    """What is wrong where the blocks, each of them right, are not so one after another."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile("".join(codes), "<session>", "exec", dont_inherit=True)
    except SyntaxError as error:
        number, line = 0, error.lineno or 1
        while line > codes[number].count("\n"):
            line -= codes[number].count("\n")
            number += 1
        text = f"{type(error).__name__}: {error.msg}; the blocks of a session are one program"
        return Failure(number, text, ((block_name(number), line, "<module>"),))
    except (ValueError, RecursionError, MemoryError, OverflowError):
        pass  # too much for one program, though not for the session
    return None


def _error(failure: Failure, session: Session, source: Source) -> LiterateError:
    """Say where a session failed: place and exception, the block with its line, the calls."""
    block = session.blocks[failure.block]
    lines = {block_name(i): one.start for i, one in enumerate(session.blocks)}

    def place(name: str, line: int) -> str:
        return source.at(lines[name] + line) if name in lines else f"{name}:{line}"

    here = [line for name, line, _ in failure.calls if name == block_name(failure.block)]
    failed = here[0] if here else 0  # 0: the line of the fence
    code = block.code.splitlines()
    line = code[failed - 1] if 0 < failed <= len(code) else ""
    hint = hints.of(line, failure.text) or hints.of_printed(failure.printed)
    at = source.at(block.start + failed)
    fence = source.number(block.start)
    if source.number(block.start + failed) is None and fence is not None:
        at = f"{source.name}, in the block of line {fence}"  # the line is not in this file
    parts = [[f"{at}: {failure.text}{hint and f'; {hint}'}"]]
    numbers = [source.number(block.start + i) for i in range(1, len(code) + 1)]
    parts += [
        [
            f"{'>' if i == failed else ' '} {'' if number is None else number:5} | {line}"
            for i, (number, line) in enumerate(zip(numbers, code, strict=True), 1)
        ],
        [f"  {place(name, line)}, in {function}" for name, line, function in failure.calls]
        if len(failure.calls) > 1
        else [],
    ]
    for other in failure.others:
        edge = "  " * other.depth
        text = f"{RELATIONS[other.relation]}: {other.text}"
        calls = [f"  {place(name, line)}, in {function}" for name, line, function in other.calls]
        parts.append([edge + line for line in (*text.split("\n"), *_middle_out(calls))])
    if printed := terminal.left(failure.printed).split("\n"):
        while printed and not printed[-1].strip():
            printed.pop()
        more = [f"  … {len(printed) - _MOST_PRINTED} more lines …"] * (len(printed) > _MOST_PRINTED)
        shown = [f"  {line[:_LONGEST_LINE]}".rstrip() for line in printed[-_MOST_PRINTED:]]
        parts.append(["what the block had printed:", *more, *shown] if printed else [])
    parts[2] = _middle_out(parts[2])
    return LiterateError("\n\n".join("\n".join(part) for part in parts if part))


def _middle_out(calls: list[str]) -> list[str]:
    """The calls, without those in the middle if there are many."""
    half = _MOST_CALLS // 2
    if len(calls) <= _MOST_CALLS:
        return calls
    return [*calls[:half], f"  … {len(calls) - 2 * half} more …", *calls[-half:]]


def _checked(
    result: list[list[Output]] | LiterateError, session: Session, source: Source
) -> list[list[Output]] | LiterateError:
    """Hold what a session printed against what the page expects."""
    if isinstance(result, LiterateError) or session.expected is None:
        return result
    printed = "".join(
        output["data"]
        for block in result
        for output in moving.flat(block)
        if output["stream"] == "stdout"
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
