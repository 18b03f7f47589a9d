"""What the chapters' tests say of a block: literal Markdown in, the report of a test run out."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RAISES = "<!--pytest-codeblocks:expect-error-->\n```python\n{}\n```\n"


@pytest.fixture
def report(tmp_path):
    """Test a page with the project's own settings; the last lines of the report."""
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)

    def report(text: str) -> str:
        (tmp_path / "page.md").write_text(text)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "page.md"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout

    return report


def test_a_block_that_fails_is_named_with_its_line_below_one_that_is_meant_to(report):
    shown = report(
        RAISES.format("x = 1\nraise ValueError")
        + "<!-- highlight: 2 -->\n\n```python\n\n1 / 0\n```"
    )
    assert "page.md:10: ZeroDivisionError: division by zero" in shown
    assert re.search("1 failed, 1 xfailed in", shown)


def test_a_block_that_is_meant_to_fail_and_does_not_is_a_failure(report):
    shown = report(RAISES.format("x = 1"))
    assert "FAILED page.md::line 2" in shown
    assert re.search("1 failed in", shown)


def test_tests_that_share_a_fixture_are_run_by_one_process():
    """Which was so for nobody while pytest 9.2 passed over the groups of pytest-xdist."""
    command = [sys.executable, "-m", "pytest", "-v", "-n", "2", "tests/test_workflow.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    ran = re.findall(r"\[(gw\d)\].* PASSED", done.stdout)
    assert len(ran) > 3, done.stdout + done.stderr
    assert len(set(ran)) == 1
