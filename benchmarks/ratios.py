"""Ratios of times and of memory, and the table that they are printed in."""

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """One measured promise: it is kept when `ratio` is at most `goal`."""

    what: str
    against: str
    ratio: float
    goal: float

    @property
    def kept(self) -> bool:
        return self.ratio <= self.goal


def time_ratio(ours: Callable[[], object], theirs: Callable[[], object], repeats: int) -> float:
    """Return the median of our time over theirs, both run once before and then in turns.

    It is the processor time of this process, so that other programs on the machine count less.
    """

    def seconds(function: Callable[[], object]) -> float:
        gc.collect()
        started = time.process_time()
        function()
        return time.process_time() - started

    ours(), theirs()
    return statistics.median(seconds(ours) / seconds(theirs) for _ in range(repeats))


class Cost(NamedTuple):
    """What a program used: seconds of processor time, and kilobytes of memory at its largest."""

    seconds: float
    kilobytes: int


def cost(code: str) -> Cost:
    """Run Python code in a new process and say what it used."""
    environment = os.environ | {"MPLBACKEND": "Agg"}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"this program failed:\n{code}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss)


def program_ratio(ours: str, theirs: str, repeats: int) -> tuple[float, float]:
    """Return the medians of the ratios of two programs' processor times and of their memories."""
    cost(ours), cost(theirs)
    pairs = [(cost(ours), cost(theirs)) for _ in range(repeats)]
    return (
        statistics.median(a.seconds / b.seconds for a, b in pairs),
        statistics.median(a.kilobytes / b.kilobytes for a, b in pairs),
    )


def print_table(rows: Iterable[Row]) -> None:
    """Print the rows as a Markdown table, each as soon as it is measured."""
    print("| what | against | ratio | goal | |\n|---|---|---|---|---|", flush=True)
    for row in rows:
        verdict = "kept" if row.kept else "MISSED"
        print(
            f"| {row.what} | {row.against} | {row.ratio:.2f} | ≤ {row.goal:.2f} | {verdict} |",
            flush=True,
        )
