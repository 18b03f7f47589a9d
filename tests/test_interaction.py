import json
import random
import subprocess
import sys
from types import SimpleNamespace

import IPython
import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient

import linreg
from linreg import between, by_script, frames, interact


class Shell:
    """What runs a page that can show what moves: it writes down what it is told and given."""

    def __init__(self):
        self.said = []
        self.display_formatter = self
        self.active_types = ["application/vnd.literate.interact+json"]

    def display(self, value, raw=False):
        self.said.append(value["application/vnd.literate.interact+json"] if raw else value)


@pytest.fixture
def on_page(monkeypatch):
    shell = Shell()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.display", shell.display)
    return shell


def show(lr=0.1, steps=2):
    print(lr, steps)


def controls(shell):
    return {control["name"]: control for control in shell.said[0]["controls"]}


def test_a_script_calls_the_function_once_with_its_defaults(capsys):
    assert interact(show, lr=[0.01, 0.1, 1], steps=[1, 2]) is None
    assert capsys.readouterr().out == "0.1 2\n"


def test_without_a_default_it_is_the_first_value(capsys):
    interact(lambda name, n: print(name, n), name={"many": 7, "few": 1}, n=frames(range(3, 5)))
    assert capsys.readouterr().out == "7 3\n"


def test_a_page_is_told_of_each_combination_the_first_of_all_first(on_page, capsys):
    interact(show, lr=[0.1, 1.0], steps=[1, 2])
    assert [said["at"] for said in on_page.said[1:-1]] == [(0, 1), (0, 0), (1, 0), (1, 1)]
    assert on_page.said[-1] == {"end": True}
    assert capsys.readouterr().out == "0.1 2\n0.1 1\n1.0 1\n1.0 2\n"


def test_what_a_page_is_told_is_json(on_page):
    interact(show, lr=torch.tensor([0.1, 1]), steps=np.array([1, 2]))
    json.dumps(on_page.said)


def test_what_the_function_returns_is_shown(on_page):
    interact(lambda n: n * 2 or None, n=[1, 0])
    assert on_page.said[1:] == [{"at": (0,)}, 2, {"at": (1,)}, {"end": True}]


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        ([0.1, 0.25, 1e-6], "slider", ["0.1", "0.25", "1e-06"]),
        ((1, 2), "slider", ["1", "2"]),
        (range(2), "slider", ["0", "1"]),
        (torch.tensor([0.1, 0.3]), "slider", ["0.1", "0.3"]),
        (np.array([1, 2]), "slider", ["1", "2"]),
        ([torch.tensor(0.1), np.float32(0.3)], "slider", ["0.1", "0.3"]),
        (["sgd", "adam"], "buttons", ["sgd", "adam"]),
        ([True, False], "buttons", ["True", "False"]),
        ([(3, 1), (3,)], "buttons", ["(3, 1)", "(3,)"]),
        ([1, "all"], "buttons", ["1", "all"]),
        ({"few": 1, "many": 9}, "buttons", ["few", "many"]),
        (frames([1, 2]), "time", ["1", "2"]),
        (frames(["a", "b"]), "time", ["a", "b"]),
        (frames({"start": 0, "end": 1}), "time", ["start", "end"]),
    ],
)
def test_numbers_have_a_slider_names_buttons_and_time_plays(values, kind, texts, on_page):
    interact(lambda n: None, n=values)
    assert controls(on_page) == {"n": {"name": "n", "values": texts, "start": 0, "kind": kind}}


def test_the_function_gets_the_values_and_not_their_texts(on_page):
    got = []
    shapes = {"a column": (3, 1), "a row": (1, 3)}
    interact(lambda shape, n: got.append((shape, n)), shape=shapes, n=torch.tensor([1, 2]))
    assert got == [((3, 1), 1), ((3, 1), 2), ((1, 3), 1), ((1, 3), 2)]
    assert all(type(n) is int for _, n in got)


@pytest.mark.parametrize(
    ("values", "default", "start"),
    [
        ([1, 2], 2, 1),
        ([1.0, 2.0], 2, 1),
        (torch.tensor([0.1, 0.3]), 0.3, 1),
        (["a", "b"], "b", 1),
        ([(1,), (2,)], (2,), 1),
        ({"no": False, "yes": True}, True, 1),
        ({"one": torch.ones(2), "two": np.ones(3)}, None, None),
    ],
)
def test_a_control_begins_at_the_default(values, default, start, on_page):
    def f(n=default):
        """Take anything."""

    if start is None:
        with pytest.raises(ValueError, match="n is None"):
            interact(f, n=values)
    else:
        interact(f, n=values)
        assert controls(on_page)["n"]["start"] == start


def test_random_numbers_are_the_same_each_time_and_go_on_as_after_one_call(on_page):
    drawn = []

    def draw(n):
        drawn.append((torch.rand(1).item(), random.random(), np.random.rand()))  # noqa: NPY002

    def seed():
        torch.manual_seed(3)
        random.seed(3)
        np.random.seed(3)  # noqa: NPY002

    seed()
    interact(draw, n=[1, 2, 3])
    draw(0)
    first, second, third, after = drawn
    assert first == second == third
    seed()
    drawn.clear()
    draw(0)
    draw(0)
    assert drawn == [first, after]


def no_arguments():
    """Take nothing."""


def positional(n, /):
    """Take a number."""


def wants(lr, momentum):
    """Take two."""


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: interact(show), ValueError, r"interact has no values.*interact\(show, lr="),
        (lambda: interact(3, n=[1]), TypeError, r"f is 3 \(type int\); it should be a function"),
        (
            lambda: interact(show, rate=[1]),
            TypeError,
            "show has no argument rate; its arguments are lr, steps",
        ),
        (
            lambda: interact(no_arguments, n=[1]),
            TypeError,
            "no_arguments has no argument n; it takes none by name",
        ),
        (lambda: interact(positional, n=[1]), TypeError, "positional has no argument n"),
        (
            lambda: interact(wants, lr=[1]),
            TypeError,
            "wants needs its argument momentum; interact should have values for it",
        ),
        (lambda: interact(show, lr=[]), ValueError, "lr has no values"),
        (lambda: interact(show, lr={}), ValueError, "lr has no values"),
        (lambda: interact(show, lr=0.1), TypeError, r"lr is 0.1 \(type float\); it should be a"),
        (lambda: interact(show, lr="ab"), TypeError, r"lr is 'ab' \(type str\)"),
        (lambda: interact(show, lr={1, 2}), TypeError, r"lr is \{1, 2\} \(type set\)"),
        (lambda: interact(show, lr=torch.ones(2, 2)), TypeError, r"lr is a tensor of shape \(2, 2"),
        (lambda: interact(show, lr=frames(3)), TypeError, r"lr is 3 \(type int\)"),
        (lambda: interact(show, lr=[0.1, 0.1]), ValueError, "lr has two values that read 0.1"),
        (lambda: interact(show, lr=[0.1, ""]), ValueError, "lr has a value without a text"),
        (
            lambda: interact(show, lr=[0.2, 0.3]),
            ValueError,
            r"lr is 0.1 \(type float\) by default, which is not one of its values: 0.2, 0.3",
        ),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_what_cannot_be_chosen_from_is_an_error_and_nothing_is_called(
    call, error, message, on_page
):
    with pytest.raises(error, match=message):
        call()
    assert on_page.said == []


def test_a_function_may_take_any_arguments(capsys):
    interact(lambda **given: print(given), lr=[1], steps=[2])
    assert capsys.readouterr().out == "{'lr': 1, 'steps': 2}\n"


def test_an_argument_may_be_called_f(capsys):
    interact(lambda f: print(f), f=[1])
    assert capsys.readouterr().out == "1\n"


@pytest.mark.slow
def test_it_is_a_function_also_after_its_module_was_imported():
    code = "import linreg.interaction, linreg; linreg.interact(lambda n: print(n), n=[7])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("7\n", "")


class Kernel:
    """What a notebook's shell has."""

    kernel = True

    def __init__(self):
        self.display_formatter = SimpleNamespace(active_types=[])


@pytest.fixture
def in_notebook(monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", Kernel)


@pytest.mark.slow
def test_a_notebook_has_the_controls_of_ipywidgets():
    code = """
from linreg import between, by_script, frames, interact
interact(lambda how, lr=0.1, n=2: print(how, lr, n),
         how={"by hand": 1}, lr=[0.1, 1.0], n=frames([1, 2]))
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    widgets = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    states = {
        state["state"].get("description") or state["model_name"]: state["state"]
        for state in widgets.values()
    }
    assert states["lr"]["_options_labels"] == ["0.1", "1"]
    assert states["n"]["index"] == 1
    assert states["how"]["_model_name"] == "RadioButtonsModel"
    assert states["PlayModel"]["max"] == 1
    (output,) = states["OutputModel"]["outputs"]
    assert output["text"] == "1 0.1 2\n"


def test_without_ipywidgets_a_notebook_says_so_in_one_line(in_notebook, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    interact(lambda lr, n=2: lr * n, lr=[0.5, 1], n=[1, 2])
    assert capsys.readouterr().out == (
        "With ipywidgets installed, you could choose the values here; now lr = 0.5, n = 2.\n"
    )
    assert shown == [1.0]


def test_the_names_are_public():
    assert {"interact", "frames", "between", "by_script"} <= set(dir(linreg))


def test_between_is_a_slider_whose_values_are_numbers(on_page):
    got = []
    interact(lambda n=0.3: got.append(n), n=between(0.1, 0.35, 0.1))
    assert got == [0.3, 0.1, 0.2]
    assert controls(on_page)["n"] == {
        "name": "n",
        "values": {"low": 0.1, "high": 0.35, "step": 0.1},
        "start": 2,
        "kind": "slider",
    }


def test_with_a_script_the_function_is_called_where_the_controls_begin_alone(on_page, capsys):
    given = by_script("fit", x=torch.tensor([0.5, 2]), n=[np.float64(1.5), (2, "a")], on=True)
    interact(show, given, lr=[0.01, 0.1], steps=between(0, 100, 1))
    assert capsys.readouterr().out == "0.1 2\n"
    assert on_page.said[0]["script"] == {
        "name": "fit",
        "data": {"x": [0.5, 2.0], "n": [1.5, [2, "a"]], "on": True},
    }
    assert on_page.said[1:] == [{"at": (1, 2)}, {"end": True}]
    json.dumps(on_page.said)


def test_without_a_page_a_script_changes_nothing(capsys):
    interact(show, by_script("fit"), lr=between(0, 1, 0.1))
    assert capsys.readouterr().out == "0.1 2\n"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: between(0, 1, 0), ValueError, "step is 0; it should be more than 0"),
        (lambda: between(0, 1, -1), ValueError, "step is -1; it should be more than 0"),
        (lambda: between(1, 1, 1), ValueError, r"high is 1; it should be at least low \+ step, 2"),
        (lambda: between(1, 0, 1), ValueError, "high is 0; it should be at least"),
        (lambda: between("0", 1, 1), TypeError, r"low is '0' \(type str\); it should be a number"),
        (lambda: between(0, float("inf"), 1), ValueError, "high is inf; it should be a finite"),
        (lambda: between(0, 1, None), TypeError, "step is None"),
        (lambda: by_script(3), TypeError, r"name is 3 \(type int\); it should be the name of a"),
        (
            lambda: by_script("fit", x={1}),
            TypeError,
            r"x is \{1\} \(type set\); it should be a num",
        ),
        (lambda: by_script("fit", x=[{}]), TypeError, r"x is \{\} \(type dict\)"),
        (
            lambda: interact(show, "fit", lr=[0.1]),
            TypeError,
            r"by is 'fit' \(type str\); it should be by_script\(\.\.\.\)",
        ),
        (
            lambda: interact(show, by_script("fit"), lr=between(0, 1, 0.25)),
            ValueError,
            "lr is 0.1 .* by default, which is not one of its values: 0.00, 0.25",
        ),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_a_range_or_a_script_that_cannot_be_is_an_error(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_argument_may_be_called_by(capsys):
    interact(lambda by: print(by), by=[1])
    assert capsys.readouterr().out == "1\n"
