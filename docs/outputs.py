"""Holds what the pages print against what was accepted, so that the prose stays true.

`python docs/outputs.py` runs the pages (from the cache, where it can) and shows what differs from
`tests/outputs/`; `--accept` takes the new outputs. Numbers may differ by a thousandth: another
machine, or another version of torch, rounds otherwise.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from pathlib import Path

from mkdocs.utils.yaml import yaml_load

from linreg.literate import LiterateExtension
from linreg.literate.extension import options_from
from linreg.literate.fences import parse
from linreg.literate.outputs import FIGURES, Output
from linreg.literate.pages import Options, run_page, run_pages
from linreg.literate.source import from_file

ROOT = Path(__file__).resolve().parent.parent
ACCEPTED = ROOT / "tests" / "outputs"

_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[-+]?\d+)?")
_RELATIVE, _ABSOLUTE = 1e-3, 1e-5


def pages() -> list[Path]:
    """Every page of the site that runs something."""
    found = [ROOT / "docs" / "index.md", *ROOT.glob("docs/en/*.md"), *ROOT.glob("docs/zh/*.md")]
    found = [path for path in found if "```python" in path.read_text(encoding="utf-8")]
    return sorted([*found, *ROOT.glob("docs/*/lab.ipynb")])


def options() -> Options:
    """The engine's options, as the site configures them."""
    with (ROOT / "mkdocs.yml").open(encoding="utf-8") as file:
        extensions = yaml_load(file)["markdown_extensions"]
    return options_from(LiterateExtension(**extensions["linreg.literate"]).getConfigs())


def printed(page: Path) -> str:
    """What the blocks of a page give, in order: text as it is, of a figure that there is one."""
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
    """Whether two lines agree: words exactly, numbers within the tolerance."""
    if _NUMBER.sub("#", old) != _NUMBER.sub("#", new):
        return False
    pairs = zip(_NUMBER.findall(old), _NUMBER.findall(new), strict=True)
    return all(
        math.isclose(_value(a), _value(b), rel_tol=_RELATIVE, abs_tol=_ABSOLUTE) for a, b in pairs
    )


def accepted_file(page: Path) -> Path:
    """Where the accepted outputs of a page are kept."""
    return ACCEPTED / page.relative_to(ROOT / "docs").with_suffix(".txt")


def main(arguments: list[str]) -> int:
    """Show or accept the differences; the exit code is 1 when something differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--accept", action="store_true", help="take the new outputs")
    accept = parser.parse_args(arguments).accept
    run_pages(pages(), options())
    differ = False
    for page in pages():
        file, now = accepted_file(page), printed(page)
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        found = differences(old, now)
        if found:
            differ = True
            print(page.relative_to(ROOT), *found, sep="\n", end="\n\n")
        if accept and found:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(now, encoding="utf-8")
    return 1 if differ and not accept else 0


def _shown(output: Output) -> str:
    if output["kind"] in FIGURES:
        return "[figure]\n" if output["kind"] == "svg" else "[picture]\n"
    text = output["data"]
    return text if text.endswith("\n") else text + "\n"


def _value(number: str) -> float:
    return float(number.replace(",", ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
