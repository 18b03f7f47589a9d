"""Holds what the pages print against what was accepted, so that the prose stays true.

`python -m book check outputs` runs the pages (from the cache, where it can) and shows what differs
from `tests/outputs/`; `--accept` takes the new outputs; `--cpus` also runs the English pages as
lesser processors would.

Another processor, or another version of torch, adds in another order and rounds otherwise. So a
number may differ by a thousandth of itself, or by one in its last printed place. A number without
decimals may not: most are counts, shapes or seeds, and nothing in the text tells a rounded
measurement from these. A percentage may, since it is always rounded.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from book import sources
from book.sources import ROOT
from linreg.literate import LiterateExtension, moving
from linreg.literate.extension import options_from
from linreg.literate.fences import parse
from linreg.literate.outputs import FIGURES, Output
from linreg.literate.pages import Options, run_page, run_pages
from linreg.literate.source import from_file

if TYPE_CHECKING:
    from collections.abc import Sequence

ACCEPTED = ROOT / "tests" / "outputs"

CPUS = {  # the variables that make torch and its libraries do without newer instructions
    "default": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
    },
    "avx2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
    },
}

_NUMBER = re.compile(  # not within a word, as float32 is one and 2.13.0
    r"((?<![A-Za-z0-9_.])[-+\u2212]?"
    r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
    r"(?!\.?\d)(?: ?%)?)"
)
_RELATIVE = Decimal("0.001")


def pages() -> list[Path]:
    """Every page of the site that runs something."""
    found = [ROOT / "docs" / "index.md", *ROOT.glob("docs/en/*.md"), *ROOT.glob("docs/zh/*.md")]
    found = [path for path in found if "```python" in path.read_text(encoding="utf-8")]
    return sorted([*found, *ROOT.glob("docs/*/lab.ipynb")])


def options() -> Options:
    """The engine's options, as the site configures them."""
    settings = sources.engine(sources.load(ROOT / "mkdocs.yml"))
    return options_from(LiterateExtension(**settings).getConfigs())


def printed(page: Path) -> str:
    """What the blocks of a page give, in order: text as it is, and a word for each figure.

    For a figure that moves, this is what each of its combinations gives.
    """
    source, lines = from_file(page)
    parsed = parse(lines, source)
    outputs = run_page(parsed, source, options())
    parts = []
    for session in parsed.sessions:
        for block in session.blocks:
            first = next((line for line in block.code.splitlines() if line.strip()), "")
            parts.append(f"## {first.strip()}\n")
            parts += [_shown(output) for output in outputs.get(block.start, [])]
    return "".join(parts)


def differences(accepted: str, now: str) -> list[str]:
    """The lines in which two outputs differ by more than the tolerance.

    Args:
        accepted: the text of `tests/outputs`.
        now: what the page prints.

    Returns:
        for each line that differs, the block it belongs to, what was accepted and what is.
    """
    before, after = accepted.splitlines(), now.splitlines()
    found = []
    block = ""
    for i in range(max(len(before), len(after))):
        old = before[i] if i < len(before) else "(nothing)"
        new = after[i] if i < len(after) else "(nothing)"
        if old.startswith("## "):
            block = old.removeprefix("## ")
        if not same(old, new):
            found.append(f"under `{block}`:\n  accepted  {old}\n  now       {new}")
            if len(before) != len(after):
                return [*found, "… and what follows is shifted"]
    return found


def same(old: str, new: str) -> bool:
    """Whether two lines agree: code and words exactly, numbers within the tolerance.

    Blanks beside a number do not count: a sign, or one more digit, takes the place of one.
    """
    if old.startswith("## ") or new.startswith("## "):
        return old == new
    before, after = _NUMBER.split(old), _NUMBER.split(new)  # words, number, words, …
    if len(before) != len(after) or len(before) == 1:
        return old == new
    pairs = list(zip(before, after, strict=True))
    (first, first_now), rest = pairs[0], pairs[2::2]
    return (
        first.rstrip(" ") == first_now.rstrip(" ")
        and all(a.strip(" ") == b.strip(" ") for a, b in rest)
        and all(_same_number(a, b) for a, b in pairs[1::2])
    )


def numbers(text: str) -> list[str]:
    """The numbers of a text, as they are printed, without percent signs."""
    return [number.rstrip(" %") for number in _NUMBER.findall(text)]


def lesser_cpus() -> list[str]:
    """Those of `CPUS` that can do less than what torch finds here.

    That is none on Arm, where torch has one set of instructions, or one more in newer processors.
    """
    capability = torch.backends.cpu.get_cpu_capability().lower()
    if capability.startswith("avx512"):
        return list(CPUS)
    return [] if capability == "default" else ["default"]


def run_as(cpu: str, chosen: list[Path]) -> subprocess.CompletedProcess[str]:
    """Hold pages against what was accepted, in a process that has fewer instructions."""
    return subprocess.run(  # noqa: S603  # this interpreter, our own words
        [sys.executable, "-m", "book", "check", "outputs", *map(str, chosen)],
        cwd=ROOT,
        env={**os.environ, **CPUS[cpu]},
        text=True,
        capture_output=True,
    )


def accepted_file(page: Path) -> Path:
    """Where the accepted outputs of a page are kept."""
    return ACCEPTED / page.relative_to(ROOT / "docs").with_suffix(".txt")


def check(given: Sequence[Path], accept: bool, cpus: bool) -> int:
    """Show or accept the differences; the exit code is 1 when something differs.

    Args:
        given: the pages to look at; none: all.
        accept: whether to take the new outputs.
        cpus: whether to run the English pages also as lesser processors would.
    """
    chosen = [page.resolve() for page in given] or pages()
    differ = _check(chosen, accept)
    for cpu in lesser_cpus() if cpus else []:
        # Chinese pages run the same code, and print the same numbers: the tests see to that
        result = run_as(cpu, [page for page in chosen if ROOT / "docs/zh" not in page.parents])
        print(f"as {cpu}: ", "differs" if result.returncode else "the same")
        print(result.stdout, result.stderr, sep="", end="")
        differ = differ or result.returncode != 0
    return 1 if differ else 0


def _check(chosen: list[Path], accept: bool) -> bool:
    """Show or accept what differs; whether something does and was not accepted."""
    run_pages(chosen, options())
    differ = False
    for page in chosen:
        file, now = accepted_file(page), printed(page)
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        found = differences(old, now)
        if found:
            differ = not accept
            print(page.relative_to(ROOT), *found, sep="\n", end="\n\n")
        if accept and found:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(now, encoding="utf-8")
    return differ


def _shown(output: Output) -> str:
    if output["kind"] == "interact":
        return "".join(
            f"### {moving.named(json.loads(output['data']), at)}\n{''.join(map(_shown, state))}"
            for at, state in zip(moving.combinations(output), output["states"], strict=True)
        )
    if output["kind"] in FIGURES:
        return "[figure]\n" if output["kind"] == "svg" else "[picture]\n"
    text = output["data"]
    return text if text.endswith("\n") else text + "\n"


def _same_number(old: str, new: str) -> bool:
    a, b = _value(old), _value(new)
    places = _places(old), _places(new)
    if ("%" in old) != ("%" in new):
        return False
    if places == (0, 0) and "%" not in old:
        return a == b
    # 0.5 and 0.53 are not rounded to the same place; the finer one says how exact they are
    unit = (max if places[0] == places[1] else min)(_unit(old), _unit(new))
    return abs(a - b) <= max(unit, _RELATIVE * max(abs(a), abs(b)))


def _value(number: str) -> Decimal:
    return Decimal(number.rstrip(" %").replace(",", "").replace("\u2212", "-"))


def _places(number: str) -> int:
    """How many digits follow the point."""
    return len(re.split(r"[eE %]", number)[0].partition(".")[2])


def _unit(number: str) -> Decimal:
    """One in the last place of a number."""
    power = number.rstrip(" %").lower().partition("e")[2] or "0"
    return Decimal(10) ** (int(power) - _places(number))
