"""Pages that can be changed and run: how soon a block answers, and what the copies take."""

import os
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from benchmarks.ratios import Row
from linreg.literate import Copies
from linreg.literate.live import Kernel, read
from linreg.literate.outputs import Failure
from linreg.literate.runner import Following

ROOT = Path(__file__).resolve().parents[1]
HEAVIEST = ROOT / "docs" / "en" / "many-machines.md"  # the page whose blocks take the longest
REPEATS = 5


def measure() -> Iterator[Row]:
    """Measure everything here, on the heaviest page."""
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").replace("!ENV ", "")
    options = yaml.safe_load(settings)["markdown_extensions"]["linreg.literate"]
    copies = Copies(memory=10**12)
    kernel = Kernel(copies, options)
    _, (session, *_) = read(HEAVIEST)
    codes = [block.code for block in session.blocks]
    run(kernel, codes)
    of_one = resident(max(copies.processes()))
    against = "one process of it"
    yield Row("memory of a page with all its copies", against, copies.memory() / of_one, 3)
    middle = codes[: len(codes) // 2]
    times = [run(kernel, [*middle, f"print({i})"]) for i in range(REPEATS)]
    row = "from Run to the output, a block of no work in the middle"
    yield Row(row, "seconds", statistics.median(times), 0.3)
    copies.close()


def run(kernel: Kernel, codes: list[str]) -> float:
    """Run blocks; how long until the last one has given all."""
    started = time.perf_counter()
    ended = [started]

    def tell(kind: str, *content: object) -> None:
        if kind == "block":
            ended.append(time.perf_counter())

    result = kernel.run(codes, Following(tell, threading.Event()))
    if isinstance(result, Failure):
        raise RuntimeError(result.text)
    return ended[-1] - started


def resident(process: int) -> int:
    """The bytes that a process has in memory, shared ones included."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
