"""Each chapter gives the same outputs when it goes on from a copy of its session."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from book.checks import outputs as checked
from linreg.literate import cache, fences, pages, runner
from linreg.literate.copies import Copies
from linreg.literate.quiet import Quiet
from linreg.literate.source import from_file

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs" / "en").glob("*.md"))

pytestmark = [
    pytest.mark.skipif(
        not Path("/proc/self/maps").exists(), reason="there are no copies elsewhere"
    ),
    pytest.mark.usefixtures("own_server"),
]


def sessions(path):
    source, lines = from_file(path)
    return [one for one in fences.parse(lines, source).sessions if len(one.blocks) > 1]


def kept_outputs(session, options):
    """What a session that left no copy gave, and the modules that it read."""
    (program,) = cache.programs([session], options.packages, options.environment, options.limits)
    for read in cache.load(options.cache, program.name):
        if outputs := cache.load(options.cache, program.key(read)):
            return outputs, read
    raise LookupError(program.name)


def run(codes, options, kept=None):
    results = []
    files = cache.modules(options.packages)
    modules = {os.path.realpath(file): name for name, file in files.items()}
    done = lambda _, *result: results.append(result)  # noqa: E731
    runner.run_sessions([codes], options.limits, done, modules, pages.ahead(options), kept)
    ((outputs, read),) = results
    return json.loads(json.dumps(outputs)), read and sorted(read)  # as it is kept


@pytest.mark.usefixtures("pages_that_ran")
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_chapter_gives_the_same_from_the_start_and_from_each_copy(path, monkeypatch):
    """With the modules that it has read, from the copy in its middle and from the last one."""
    options = checked.options()
    for session in sessions(path):
        codes = pages._codes(session)
        monkeypatch.chdir(ROOT)
        expected = kept_outputs(session, options)
        with closing(Copies()) as made, monkeypatch.context() as patch:
            kept = runner.Kept(made, "base")
            assert run(codes, options, kept) == expected
            depths = sorted(len(copy.outputs) for copy in made._copies.values())
            assert len(codes) - 1 in depths
            patch.setattr(runner, "_start", None)  # nothing runs from the start
            assert run(codes, options, kept) == expected
            middle = depths[(len(depths) - 1) // 2]
            for copy in [*made._copies.values()]:
                if len(copy.outputs) > middle:
                    made.forget(copy)
            assert run(codes, options, kept) == expected


@pytest.mark.usefixtures("pages_that_ran")
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_block_gives_the_same_whether_or_not_what_moves_before_it_has_moved(path, monkeypatch):
    options = checked.options()
    for session in sessions(path):
        codes = pages._codes(session)
        monkeypatch.chdir(ROOT)
        expected, _ = kept_outputs(session, options)
        moving = [any(one["kind"] == "interact" for one in outputs) for outputs in expected]
        if any(moving):
            before = [
                Quiet(code) if moves else code for code, moves in zip(codes, moving, strict=True)
            ]
            outputs, _ = run(before, options)
            for quiet, given, kept in zip(moving, outputs, expected, strict=True):
                assert quiet or given == kept
                assert not any(one["kind"] == "interact" for one in given)


def test_the_chapters_are_there():
    assert sum(len(one.blocks) > 20 for path in PAGES for one in sessions(path)) >= 18
