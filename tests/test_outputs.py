"""What the pages print is what was accepted, and what differs is found."""

from __future__ import annotations

from pathlib import Path

import outputs  # docs/outputs.py
import pytest

from linreg.literate.pages import run_pages


@pytest.mark.parametrize(
    ("accepted", "now"),
    [
        ("loss 0.03933", "loss 0.03934"),
        ("tensor([ 1.9995, -3.3997])", "tensor([ 1.9996, -3.3996])"),
        ("1,000 examples", "1,000 examples"),
        ("2.1e-08", "-3.0e-08"),
    ],
)
def test_a_last_digit_may_differ(accepted: str, now: str) -> None:
    assert outputs.differences(accepted, now) == []


@pytest.mark.parametrize(
    ("accepted", "now"),
    [
        ("loss 0.03933", "loss 0.04933"),
        ("loss 0.03933", "error 0.03933"),
        ("tensor([1.0000])", "tensor([1.0000, 2.0000])"),
        ("w 1.99", "w -1.99"),
        ("True", "False"),
        ("loss 0.5", "loss nan"),
    ],
)
def test_another_number_or_word_is_found(accepted: str, now: str) -> None:
    assert len(outputs.differences(accepted, now)) == 1


def test_a_difference_shows_the_block_and_both_lines() -> None:
    (found,) = outputs.differences("## f(1)\n2.0\n", "## f(1)\n3.0\n")

    assert found == "under `f(1)`:\n  accepted  2.0\n  now       3.0"


def test_a_missing_output_is_found() -> None:
    found = outputs.differences("## f(1)\n2.0\n## g(1)\n", "## f(1)\n## g(1)\n")

    assert found[0].startswith("under `f(1)`:\n  accepted  2.0\n  now       ## g(1)")
    assert found[-1] == "… and what follows is shifted"


@pytest.fixture(scope="module")
def _ran() -> None:
    """All pages, run side by side, so that each test finds its outputs in the cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(outputs.ROOT)
        run_pages(outputs.pages(), outputs.options())


@pytest.mark.usefixtures("_ran")
@pytest.mark.parametrize(
    "page", outputs.pages(), ids=lambda page: str(page.relative_to(outputs.ROOT / "docs"))
)
def test_a_page_prints_what_was_accepted(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(outputs.ROOT)
    file = outputs.accepted_file(page)
    accepted = file.read_text(encoding="utf-8") if file.exists() else ""

    found = outputs.differences(accepted, outputs.printed(page))

    assert not found, "\n".join(
        [*found, "if the page's prose still says so: python docs/outputs.py --accept"]
    )


def test_every_accepted_file_belongs_to_a_page() -> None:
    known = {outputs.accepted_file(page) for page in outputs.pages()}

    assert set(outputs.ACCEPTED.rglob("*.txt")) == known
