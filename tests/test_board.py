"""The board in a script; in a notebook it is in test_notebook.py."""

import copy
import pickle

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt

from linreg import ProgressBoard

pytestmark = pytest.mark.usefixtures("no_open_figures")


def curves(axes=None):
    """Return label and points of each line in the axes."""
    lines = (axes or plt.gca()).lines
    return {line.get_label(): line.get_xydata().tolist() for line in lines}


def test_every_n_points_become_one():
    board = ProgressBoard(xlabel="x", display=False)
    for x in range(7):
        board.draw(x, x**2, "square", every_n=3)
        board.draw(x, -x, "line", every_n=2)
    assert board.data == {
        "square": [(1, 5 / 3), (4, 50 / 3)],
        "line": [(0.5, -0.5), (2.5, -2.5), (4.5, -4.5)],
    }


def test_without_a_display_there_is_no_figure():
    ProgressBoard(display=False).draw(0, 0, "a")
    assert plt.get_fignums() == []


@pytest.mark.parametrize("xlabel", [None, "x"])
def test_a_script_gets_one_open_figure_with_a_line_for_each_curve(xlabel):
    board = ProgressBoard(xlabel)
    for x in np.arange(0, 10, 0.1):
        board.draw(x, np.sin(x), "sin", every_n=2)
        board.draw(x, np.cos(x), "cos", every_n=10)
    assert len(plt.get_fignums()) == 1
    assert curves() == {
        label: [list(point) for point in points] for label, points in board.data.items()
    }
    assert len(curves()["sin"]) == 50
    assert plt.gca().get_xlabel() == (xlabel or "")
    assert [text.get_text() for text in plt.gca().get_legend().get_texts()] == ["sin", "cos"]


def test_the_axes_grow_with_the_curve():
    board = ProgressBoard()
    for x in range(100):
        board.draw(x, x**2, "square")
    plt.gcf().canvas.draw()
    assert plt.gca().get_xlim()[1] >= 99
    assert plt.gca().get_ylim()[1] >= 99**2


def test_the_settings_of_the_board_are_those_of_the_axes():
    board = ProgressBoard("x", "y", [0, 4], [1, 100], yscale="log", ls=[":"], colors=["C3"])
    board.draw(1, 10, "a")
    axes = plt.gca()
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("x", "y", "log")
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 4), (1, 100))
    assert (axes.lines[0].get_linestyle(), axes.lines[0].get_color()) == (":", "C3")


def test_more_curves_than_styles_use_them_again():
    board = ProgressBoard()
    for i in range(6):
        board.draw(0, 0, f"curve {i}")
    assert [line.get_color() for line in plt.gca().lines] == ["C0", "C1", "C2", "C3", "C0", "C1"]


def test_the_board_draws_in_the_axes_it_is_given():
    fig, (left, right) = plt.subplots(1, 2)
    ProgressBoard(fig=fig, axes=right).draw(1, 2, "a")
    assert curves(right) == {"a": [[1, 2]]}
    assert curves(left) == {}
    ProgressBoard(fig=plt.figure()).draw(3, 4, "b")
    assert curves() == {"b": [[3, 4]]}
    assert len(plt.get_fignums()) == 2


def test_a_figure_that_was_closed_is_opened_again_with_all_points():
    board = ProgressBoard()
    board.draw(0, 0, "a")
    board.draw(0, 5, "b")
    plt.close("all")
    board.draw(1, 1, "a")
    assert curves() == {"a": [[0, 0], [1, 1]], "b": [[0, 5]]}


def test_thirty_boards_bring_no_warning_and_stay_to_be_shown():
    for _ in range(30):
        ProgressBoard().draw(0, 0, "a")
    assert len(plt.get_fignums()) == 30


def test_clear_starts_new_curves_in_a_new_figure_and_leaves_the_old_one_open():
    board = ProgressBoard()
    board.draw(0, 0, "a")
    board.draw(1, 9, "waiting", every_n=2)
    board.clear()
    board.draw(5, 5, "a")
    board.draw(6, 1, "waiting", every_n=2)
    assert board.data == {"a": [(5, 5)]}
    assert len(plt.get_fignums()) == 2
    assert curves() == {"a": [[5, 5]]}


@pytest.mark.parametrize(
    "value",
    [
        3,
        3.0,
        np.float32(3),
        np.array(3.0),
        torch.tensor(3.0),
        torch.tensor([3.0], requires_grad=True),
    ],
)
def test_a_value_may_be_any_number(value):
    board = ProgressBoard(display=False)
    board.draw(np.float64(1), value, "a")
    assert board.data == {"a": [(1, 3)]}
    assert type(board.data["a"][0].y) is float


def test_a_value_with_a_graph_is_kept_as_a_number():
    board = ProgressBoard(display=False)
    board.draw(0, torch.ones((), requires_grad=True) * 2, "a", every_n=2)
    assert board.raw_points == {"a": [(0, 2.0)]}


def test_infinite_values_leave_the_figure_as_it_can_be_drawn():
    board = ProgressBoard()
    for y in (1.0, float("inf"), float("nan"), 2.0):
        board.draw(0, y, "a")
    plt.gcf().canvas.draw()
    assert plt.gca().get_ylim()[1] < 3


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda board: pickle.loads(pickle.dumps(board))]
)
def test_a_copy_of_a_board_draws_in_a_figure_of_its_own(duplicate):
    board = ProgressBoard()
    board.draw(0, 0, "a")
    other = duplicate(board)
    other.draw(1, 1, "a")
    assert board.data == {"a": [(0, 0)]}
    assert other.data == {"a": [(0, 0), (1, 1)]}
    assert curves(board.axes) == {"a": [[0, 0]]}
    assert curves(other.axes) == {"a": [[0, 0], [1, 1]]}
