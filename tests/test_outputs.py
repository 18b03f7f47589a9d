"""What the pages print is what was accepted, and what differs is found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from book.checks import outputs
from linreg.literate.source import Source


@pytest.mark.parametrize(
    ("accepted", "now"),
    [
        ("loss 0.03933", "loss 0.03934"),
        ("correlation -0.494", "correlation -0.495"),
        ("100.0", "99.9"),  # a unit of the last place, though more than a digit changes
        ("9.99", "10.00"),
        ("tensor([ 1.9995, -3.3997])", "tensor([ 1.9996, -3.3996])"),
        ("tensor([0.0001, 1.0000])", "tensor([-0.0000,  1.0000])"),
        ("1.2e-07", "1.3e-07"),
        ("1.0e-07", "9.8e-08"),  # printed to one decimal: 1.0 is the coarser
        ("9.8e-08", "1.0e-07"),
        ("1.50E+10", "1.51E+10"),
        ("1,234.5", "1,234.6"),
        ("999.9", "1,000.0"),
        ("x .5", "x .6"),
        ("\u22120.5", "\u22120.6"),
        ("2.0x", "2.1x"),
        ("损失0.039", "损失0.040"),
        ("0.5|0.25", "0.4|0.26"),
    ],
)
def test_a_number_may_move_by_one_in_its_last_place(accepted: str, now: str) -> None:
    assert outputs.differences(accepted, now) == []
    assert outputs.differences(now, accepted) == []


@pytest.mark.parametrize(
    ("accepted", "now"),
    [
        ("loss 0.03933000", "loss 0.03936000"),
        ("1.2345678e-07", "1.2349999e-07"),
        ("0.5", "0.50001"),  # printed with as many digits as it takes
        ("3.0", "2.9999999999999996"),
        ("1.", "0.9999"),
        ("0.0001", "9.9999e-05"),
    ],
)
def test_a_number_may_move_by_a_thousandth_of_itself(accepted: str, now: str) -> None:
    assert outputs.differences(accepted, now) == []
    assert outputs.differences(now, accepted) == []


@pytest.mark.parametrize(
    ("accepted", "now"),
    [
        ("-0.000", "0.000"),
        ("tensor([-0.0000, 2.0000])", "tensor([0.0000, 2.0000])"),
        ("-0.0", "+0.0"),
        ("0.0e+00", "-0.0e+00"),
        ("1,000 examples", "1000 examples"),
        ("w  -1.5  b", "w -1.5 b"),
        ("   9.5", "9.5"),
        ("inf -inf nan", "inf -inf nan"),
    ],
)
def test_how_a_number_is_written_does_not_count(accepted: str, now: str) -> None:
    assert outputs.differences(accepted, now) == []


@pytest.mark.parametrize(
    ("accepted", "now"),
    [
        ("1000 examples", "1001 examples"),
        ("1,000 examples", "1,001 examples"),
        ("(100000, 2)", "(100001, 2)"),
        ("torch.Size([1000, 1])", "torch.Size([1000, 2])"),
        ("tensor([1., 2.])", "tensor([1., 3.])"),
        ("seed 0", "seed 1"),
        ("lr 1e-05", "lr 2e-05"),
        ("1/1.44", "2/1.44"),
        ("10-20", "10-21"),
    ],
)
def test_a_number_without_decimals_is_a_count_and_may_not_move(accepted: str, now: str) -> None:
    assert len(outputs.differences(accepted, now)) == 1


@pytest.mark.parametrize(
    ("accepted", "now"), [("23 %", "24 %"), ("23%", "24%"), ("1.5 %", "1.6 %"), ("99 %", "100 %")]
)
def test_a_percentage_is_rounded_and_may_move_by_one(accepted: str, now: str) -> None:
    assert outputs.differences(accepted, now) == []


@pytest.mark.parametrize(
    ("accepted", "now"),
    [
        ("loss 0.03933", "loss 0.03943"),
        ("correlation -0.494", "correlation -0.496"),
        ("0.5", "0.7"),
        ("0.5", "0.53"),  # printed with as many digits as it takes, it is 0.50
        ("2.1e-08", "-3.0e-08"),
        ("1.2e-07", "1.4e-07"),
        ("lr 1.0e-06", "lr 5.0e-06"),
        ("1,234.5", "1,236.9"),
        ("1,234.5", "1.2345"),
        ("w 1.99", "w -1.99"),
        ("w 0.02", "w -0.02"),
        ("23 %", "25 %"),
        ("23 %", "23"),
        ("loss 0.03933", "error 0.03933"),
        ("tensor([1.0000])", "tensor([1.0000, 2.0000])"),
        ("True", "False"),
        ("loss 0.5", "loss nan"),
        ("loss inf", "loss -inf"),
        ("inf", "nan"),
        ("nan", "0.0"),
        ("float32", "float16"),
        ("x1 0.5", "x2 0.5"),
        ("torch 2.7.0", "torch 2.8.0"),
        ("0x1f", "0x1e"),
        ("a - 0.5", "a + 0.5"),
        ("  indented", "indented"),
        ("  indented 0.5", "indented 0.5"),
        ("0.5 apples", "0.5 pears"),
        ("# 1", "1"),
        ("## lr = 0.1", "## lr = 0.2"),  # the first line of a block: code
        ("## w = 1.000", "## w = 1.0"),
    ],
)
def test_another_number_word_or_line_of_code_is_found(accepted: str, now: str) -> None:
    assert len(outputs.differences(accepted, now)) == 1
    assert len(outputs.differences(now, accepted)) == 1


def test_a_difference_shows_the_block_and_both_lines() -> None:
    (found,) = outputs.differences("## f(1)\n2.0\n", "## f(1)\n3.0\n")

    assert found == "under `f(1)`:\n  accepted  2.0\n  now       3.0"


def test_a_missing_output_is_found() -> None:
    found = outputs.differences("## f(1)\n2.0\n## g(1)\n", "## f(1)\n## g(1)\n")

    assert found[0].startswith("under `f(1)`:\n  accepted  2.0\n  now       ## g(1)")
    assert found[-1] == "… and what follows is shifted"


@pytest.mark.usefixtures("pages_that_ran")
@pytest.mark.parametrize(
    "page", outputs.pages(), ids=lambda page: str(page.relative_to(outputs.ROOT / "docs"))
)
def test_a_page_prints_what_was_accepted(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(outputs.ROOT)
    file = outputs.accepted_file(page)
    accepted = file.read_text(encoding="utf-8") if file.exists() else ""

    found = outputs.differences(accepted, outputs.printed(page))

    assert not found, "\n".join(
        [*found, "if the page's prose still says so: python -m book check outputs --accept"]
    )


ENGLISH = [page for page in outputs.pages() if outputs.ROOT / "docs" / "zh" not in page.parents]


@pytest.mark.usefixtures("pages_that_ran")
@pytest.mark.parametrize("cpu", outputs.lesser_cpus())
def test_a_lesser_processor_prints_what_was_accepted(cpu: str) -> None:
    result = outputs.run_as(cpu, ENGLISH)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("page", sorted((outputs.ACCEPTED / "zh").iterdir()), ids=lambda p: p.stem)
def test_a_chinese_page_prints_the_numbers_of_the_english_one(page: Path) -> None:
    english = (outputs.ACCEPTED / "en" / page.name).read_text(encoding="utf-8")

    assert decimals(page.read_text(encoding="utf-8")) == decimals(english)


def decimals(text: str) -> list[str]:
    """The numbers with decimals that blocks print, in any order: languages differ in theirs."""
    printed = [line for line in text.splitlines() if not line.startswith("## ")]
    return sorted(number for number in outputs.numbers("\n".join(printed)) if "." in number)


@pytest.mark.parametrize(
    ("capability", "lesser"),
    [
        ("AVX512", ["default", "avx2"]),
        ("AVX512_VNNI", ["default", "avx2"]),
        ("AVX2", ["default"]),
        ("DEFAULT", []),
        ("SVE256", ["default"]),
    ],
)
def test_what_a_processor_cannot_do_is_not_asked_of_it(
    capability: str, lesser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)

    assert outputs.lesser_cpus() == lesser


@pytest.mark.parametrize("cpu", outputs.lesser_cpus())
def test_torch_is_told_to_do_less(cpu: str) -> None:
    code = "import torch; print(torch.backends.cpu.get_cpu_capability())"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **outputs.CPUS[cpu]},
        text=True,
        capture_output=True,
        check=True,
    )

    assert result.stdout.strip().lower() == cpu


def test_every_accepted_file_belongs_to_a_page() -> None:
    known = {outputs.accepted_file(page) for page in outputs.pages()}

    assert set(outputs.ACCEPTED.rglob("*.txt")) == known


def test_of_a_figure_that_moves_what_each_combination_prints_is_held(tmp_path: Path) -> None:
    page = outputs.ROOT / "docs" / "en" / "moving.md"
    code = "from linreg import interact\ninteract(lambda n: print(f'{n / 3:.2f}'), n=[1, 2])"
    text = f"```python\n{code}\n```\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outputs, "from_file", lambda path: (Source(path.name), text.split("\n")))
        printed = outputs.printed(page)
    head = "## from linreg import interact\n"
    assert printed == f"{head}### n = 1\n0.33\n### n = 2\n0.67\n"
    other = printed.replace("0.67", "0.69")
    (found,) = outputs.differences(other, printed)
    assert "accepted  0.69" in found
