"""A figure that moves: what a block tells of it, and what is recorded, kept and shown."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from linreg.literate import LiterateError, moving
from literate.conftest import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from linreg.literate.outputs import Output

TELL = f"""
from IPython.display import display

def tell(**said):
    display({{{moving.MIME!r}: said}}, raw=True)
"""
TWO = '{"name": "n", "values": ["1", "2"]}'


def fence(code: str, below: str = "") -> str:
    return f"```python\n{code.strip()}\n```\n{below}"


def shown(code: str) -> list[Output]:
    """What a block gives that can tell."""
    ((_, outputs),) = run([[TELL, code]])
    return outputs


def states(code: str) -> list[list[str]]:
    """The data of what each combination shows, of the one moving figure of a block."""
    (figure,) = [output for output in shown(code) if output["kind"] == "interact"]
    return [[one["data"] for one in state] for state in figure["states"]]


def said_of(convert: Callable[..., str], code: str, **options: Any) -> str:
    """The error that a page with a block gives."""
    with pytest.raises(LiterateError) as error:
        convert(fence(TELL + code), file="page.md", **options)
    return str(error.value)


def test_what_comes_after_a_combination_belongs_to_it():
    code = f"""
tell(controls=[{TWO}])
tell(at=[0]); print("one")
tell(at=[1]); print("two"); display(2)
tell(end=True)
"""
    assert states(code) == [["one\n"], ["two\n", "2"]]


def test_the_last_control_changes_first_whatever_the_order_of_telling():
    code = """
tell(controls=[{"name": "a", "values": ["x", "y"]}, {"name": "b", "values": ["1", "2"]}])
for at in ([1, 1], [0, 1], [1, 0], [0, 0]):
    tell(at=at)
    print(at)
tell(end=True)
"""
    assert states(code) == [["[0, 0]\n"], ["[0, 1]\n"], ["[1, 0]\n"], ["[1, 1]\n"]]


def test_a_figure_that_is_open_belongs_to_the_combination_that_drew_it():
    code = f"""
import matplotlib.pyplot as plt

plt.plot([1])
tell(controls=[{TWO}])
tell(at=[0]); plt.plot([1, 2])
tell(at=[1]); plt.plot([1, 3]); plt.show(); plt.plot([4])
tell(end=True)
plt.plot([5]);
"""
    outputs = shown(code)
    assert [output["kind"] for output in outputs] == ["svg", "interact", "svg"]
    assert [[one["kind"] for one in state] for state in outputs[1]["states"]] == [
        ["svg"],
        ["svg", "svg"],
    ]


def test_what_is_printed_past_python_belongs_to_its_combination_too():
    code = f"""
import os

tell(controls=[{TWO}])
for i in range(2):
    tell(at=[i])
    os.write(1, b"%d" % i)
tell(end=True)
"""
    assert states(code) == [["0"], ["1"]]


def test_a_combination_that_clears_its_output_leaves_the_others():
    code = f"""
from IPython.display import clear_output

tell(controls=[{TWO}])
tell(at=[0]); print("kept")
tell(at=[1]); print("gone"); clear_output(); print("here")
tell(end=True)
"""
    assert states(code) == [["kept\n"], ["here\n"]]


def test_addresses_differ_from_run_to_run_and_are_left_out():
    code = f"""
tell(controls=[{TWO}])
for i in range(2):
    tell(at=[i])
    print(object())
tell(end=True)
"""
    assert states(code) == [["<object object at 0x…>\n"]] * 2


def test_who_can_show_what_moves_says_so_by_its_types():
    code = f"print({moving.MIME!r} in get_ipython().display_formatter.active_types)"
    assert shown(code)[0]["data"] == "True\n"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("tell(other=1)", "must be an object with controls, at or end"),
        ("tell(at=[0], end=True)", "must be an object with controls, at or end"),
        (
            f"display({{{moving.MIME!r}: 3}}, raw=True)",
            "must be an object with controls, at or end",
        ),
        ("tell(at=[0])", "has at where no moving figure was begun"),
        ("tell(end=True)", "has end where no moving figure was begun"),
        ("tell(controls=[])", "has controls: []; it must be a list of controls"),
        ("tell(controls=3)", "has controls: 3; it must be a list of controls"),
        ("tell(controls=[3])", "has the control 3; it must be an object"),
        ('tell(controls=[{"name": "n"}])', "its values must be a list of texts"),
        ('tell(controls=[{"name": "n", "values": []}])', "its values must be a list of texts"),
        ('tell(controls=[{"name": "n", "values": [1]}])', "its values must be a list of texts"),
        ('tell(controls=[{"name": "", "values": ["1"]}])', "its name must be text"),
        ('tell(controls=[{"name": "n", "values": ["1", "1"]}])', "its values must differ"),
        ('tell(controls=[{"name": "n", "values": ["1"], "start": 1}])', "its start must be"),
        ('tell(controls=[{"name": "n", "values": ["1"], "start": True}])', "its start must be"),
        ('tell(controls=[{"name": "n", "values": ["1"], "kind": "dial"}])', "one of slider, butt"),
        ('tell(controls=[{"name": "n", "values": ["1"], "step": 2}])', "it may have kind, name"),
        (f"tell(controls=[{TWO}, {TWO}])", "has two controls with the name 'n'"),
        (f"tell(controls=[{TWO}])", "a moving figure was begun, and never ended"),
        (f"tell(controls=[{TWO}]); tell(controls=[{TWO}])", "has another one in it"),
        (f"tell(controls=[{TWO}]); tell(end=True)", "does not show n = 1"),
        (f"tell(controls=[{TWO}]); tell(at=[0]); tell(end=True)", "does not show n = 2"),
        (f"tell(controls=[{TWO}]); tell(at=[0]); tell(at=[0])", "shows n = 1 twice"),
        (f"tell(controls=[{TWO}]); tell(at=[2])", "has at: [2]; it must be the index of a value"),
        (f"tell(controls=[{TWO}]); tell(at=[0, 0])", "has at: [0, 0]; it must be the index"),
        (f"tell(controls=[{TWO}]); tell(at=[-1])", "has at: [-1]; it must be the index"),
    ],
)
def test_what_is_told_wrong_is_an_error(code: str, message: str):
    ((failure),) = run([[TELL, code]])
    assert message in failure.text


def test_a_combination_that_raises_is_named_with_file_and_line(convert: Callable[..., str]):
    code = """
def invert(n):
    print("inverting", n)
    return 1 / n

tell(controls=[{"name": "n", "values": ["1", "0"]}, {"name": "how", "values": ["fast"]}])
for i, n in enumerate((1, 0)):
    tell(at=[i, 0])
    invert(n)
tell(end=True)
"""
    error = said_of(convert, code)
    assert error.startswith("page.md:14: ZeroDivisionError: division by zero\nat n = 0, how = fast")
    assert "  page.md:9, in invert" in error
    assert error.endswith("inverting 1\n  inverting 0")


def test_an_exception_that_is_meant_ends_what_moves(convert: Callable[..., str]):
    code = f"{TELL}tell(controls=[{TWO}])\ntell(at=[0])\nprint('one')\n1 / 0"
    html = convert(f"<!--pytest-codeblocks:expect-error-->\n{fence(code)}")
    assert "literate-moving" not in html
    assert "ZeroDivisionError" in html


def test_too_many_combinations_are_an_error_that_names_the_option(convert: Callable[..., str]):
    code = '\ntell(controls=[{"name": n, "values": ["1", "2", "3"]} for n in "ab"])'
    assert said_of(convert, code, combinations=8).startswith(
        "page.md:7: the moving figure has 3 × 3 = 9 combinations, which is more than 8; "
        "the option combinations sets the limit"
    )


def test_each_combination_may_give_as_much_as_a_block(convert: Callable[..., str]):
    code = f"""
tell(controls=[{TWO}])
for i in range(2):
    tell(at=[i])
    print("x" * 60)
tell(end=True)
print("x" * 30)
"""
    assert "literate-moving" in convert(fence(TELL + code), characters=100)
    assert "more than 50 characters" in said_of(convert, code, characters=50)


def test_what_moves_is_kept_and_found_again(convert: Callable[..., str], tmp_path, ran):
    page = fence("1")
    figure = {
        "kind": "interact",
        "stream": "value",
        "data": json.dumps([{"name": "n", "values": ["1", "2"], "start": 1, "kind": "slider"}]),
        "states": [[{"kind": "text", "stream": "stdout", "data": text}] for text in "ab"],
    }
    ran.fails["1\n"] = [[figure]]
    first = convert(page, cache=str(tmp_path))
    assert convert(page, cache=str(tmp_path)) == first
    assert len(ran.ran) == 1
    assert '<pre class="literate-text literate-stdout">b</pre>' in first


def test_an_expected_output_is_that_of_the_values_at_which_it_begins(convert: Callable[..., str]):
    code = f"""{TELL}
tell(controls=[{{"name": "n", "values": ["1", "2"], "start": 1}}])
for i in range(2):
    tell(at=[i])
    print(i + 1)
tell(end=True)
"""
    expected = "<!--pytest-codeblocks:expected-output-->\n```text\n{}\n```"
    assert "literate-moving" in convert(f"{fence(code)}\n{expected.format(2)}")
    with pytest.raises(LiterateError, match="the session prints"):
        convert(f"{fence(code)}\n{expected.format(1)}")


def test_two_runs_give_the_same_bytes(convert: Callable[..., str]):
    code = f"""{TELL}
import matplotlib.pyplot as plt

tell(controls=[{TWO}])
for i in range(2):
    tell(at=[i])
    plt.scatter(range(9), range(i, 9 + i))
    plt.fill_between([0, 1], [i, 2])
tell(end=True)
"""
    first, second = convert(fence(code)), convert(fence(code))
    assert re.search("literate-moving", first)
    assert first == second


RANGE = '{"name": "n", "values": {"low": -0.1, "high": 0.25, "step": 0.05}, "start": 3}'
SCRIPT = '{"name": "fit", "data": {"x": [1, 2.5]}}'


def test_values_that_lie_evenly_are_said_by_their_ends_and_step():
    code = f"""
tell(controls=[{RANGE}])
for i in range(8):
    tell(at=[i])
    print(i)
tell(end=True)
"""
    (figure,) = shown(code)
    (control,) = json.loads(figure["data"])
    assert control["values"] == [
        "-0.10", "-0.05", "0.00", "0.05", "0.10", "0.15", "0.20", "0.25",
    ]  # fmt: skip
    assert len(figure["states"]) == 8


@pytest.mark.parametrize(
    ("low", "high", "step", "texts"),
    [
        (0, 1, 1, ["0", "1"]),
        (1.0, 3.9, 1.0, ["1", "2", "3"]),
        (0, 2e-05, 1e-05, ["0.00000", "0.00001", "0.00002"]),
        (0, 20, 10.0, ["0", "10", "20"]),
        (0.5, 2.5, 1, ["0.5", "1.5", "2.5"]),
    ],
)
def test_all_values_of_a_range_have_the_same_decimals(
    low: float, high: float, step: float, texts: list[str]
):
    said = {"controls": [{"name": "n", "values": {"low": low, "high": high, "step": step}}]}
    assert moving.Moving(said, 100).controls[0]["values"] == texts


def test_with_a_script_the_start_alone_is_shown_however_many_combinations_there_are():
    many = '{"name": "m", "values": {"low": 0, "high": 99, "step": 1}}'
    code = f"""
tell(controls=[{RANGE}, {many}], script={SCRIPT})
tell(at=[3, 0]); print("start")
tell(end=True)
"""
    (figure,) = shown(code)  # 8 × 100 combinations are more than a page may have
    assert [[one["data"] for one in state] for state in figure["states"]] == [["start\n"]]
    assert json.loads(figure["script"]) == {"name": "fit", "data": {"x": [1, 2.5]}}
    assert moving.combinations(figure) == [(3, 0)]
    assert moving.start(figure) == 0
    assert [one["data"] for one in moving.flat([figure])] == ["start\n"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (f"tell(controls=[{TWO}], script={SCRIPT}); tell(at=[1])", "it must be the start, (0,)"),
        (f"tell(controls=[{TWO}], script={SCRIPT}); tell(end=True)", "does not show n = 1"),
        (f"tell(controls=[{TWO}], script='fit')", "has the script 'fit'; it must be an object"),
        (f"tell(controls=[{TWO}], script={{'name': 'fit'}})", "it must be an object with data and"),
        (
            f"tell(controls=[{TWO}], script={{'name': '../fit', 'data': 1}})",
            "a name of letters, digits and hyphens",
        ),
        (
            f"tell(controls=[{TWO}], script={{'name': 'fit', 'data': {{1, 2}}}})",
            "has data for a script that are no JSON: Object of type set",
        ),
        (
            f"tell(controls=[{TWO}], script={{'name': 'fit', 'data': float('nan')}})",
            "has data for a script that are no JSON: Out of range float values",
        ),
        *(
            (
                f"tell(controls=[{{'name': 'n', 'values': {values}}}])",
                "its values must have low, high and step, with low < high",
            )
            for values in (
                "{'low': 0, 'high': 1}",
                "{'low': 0, 'high': 1, 'step': 0}",
                "{'low': 1, 'high': 1, 'step': 1}",
                "{'low': 0, 'high': '1', 'step': 1}",
                "{'low': 0, 'high': float('inf'), 'step': 1}",
                "{'low': 0, 'high': True, 'step': 1}",
            )
        ),
        (
            "tell(controls=[{'name': 'n', 'values': {'low': 0, 'high': 1, 'step': 1e-9}}])",
            "it may have 10000 values",
        ),
    ],
)
def test_a_script_or_a_range_that_cannot_be_is_an_error(
    code: str, message: str, convert: Callable[..., str]
):
    assert message in said_of(convert, code)
