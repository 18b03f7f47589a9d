"""The animator in a script; in a notebook it is in test_notes.py."""

import copy
import pickle

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt

from linreg import Animator

pytestmark = pytest.mark.usefixtures("no_open_figures")


def curves(animator):
    """Return the points of each line in the first axes."""
    return [line.get_xydata().tolist() for line in animator.axes[0].lines]


def legend(animator):
    shown = animator.axes[0].get_legend()
    return None if shown is None else [text.get_text() for text in shown.get_texts()]


# what the book's code does with it


def test_each_call_adds_a_point_to_each_curve():
    animator = Animator(
        xlabel="epoch", xlim=[1, 3], ylim=[0.3, 0.9], legend=["loss", "train", "te"]
    )
    train_metrics = (0.8, 0.5)
    for epoch in range(3):
        animator.add(epoch + 1, (*train_metrics, 0.4))
    points = [[[1, y], [2, y], [3, y]] for y in (0.8, 0.5, 0.4)]
    assert curves(animator) == points
    assert animator.X == [[1, 2, 3]] * 3
    assert animator.Y == [[0.8] * 3, [0.5] * 3, [0.4] * 3]
    assert legend(animator) == ["loss", "train", "te"]
    assert plt.get_fignums() == [animator.fig.number]


def test_none_leaves_a_curve_as_it_is():
    animator = Animator(legend=["train loss", "train acc", "test acc"])
    num_batches = 4
    for epoch in range(2):
        for i in range(num_batches):
            animator.add(epoch + (i + 1) / num_batches, (0.5, 0.6, None))
        animator.add(epoch + 1, (None, None, 0.7))
    assert [len(curve) for curve in curves(animator)] == [8, 8, 2]
    assert curves(animator)[2] == [[1, 0.7], [2, 0.7]]
    assert legend(animator) == ["train loss", "train acc", "test acc"]


@pytest.mark.parametrize(
    "y", [3, 3.0, np.float32(3), torch.tensor(3.0), torch.tensor([3.0], requires_grad=True), [3]]
)
def test_one_curve_may_be_given_as_a_number(y):
    animator = Animator()
    animator.add(np.int64(1), y)
    assert (animator.X, animator.Y) == ([[1]], [[3]])
    assert type(animator.Y[0][0]) is float


@pytest.mark.parametrize(
    "y", [(1, 2), [1.0, 2], np.array([1, 2]), torch.tensor([1.0, 2]), (torch.tensor(1.0), 2)]
)
def test_several_curves_may_be_given_in_any_sequence(y):
    animator = Animator()
    animator.add(5, y)
    animator.add([6, 7], y)
    assert curves(animator) == [[[5, 1], [6, 1]], [[5, 2], [7, 2]]]


def test_the_settings_are_those_of_the_axes():
    animator = Animator("epochs", "loss", ["train", "test"], [5, 100], [1e-3, 10], yscale="log")
    animator.add(5, (1, 2))
    axes = animator.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("epochs", "loss", "log")
    assert (axes.get_xlim(), axes.get_ylim()) == ((5, 100), (1e-3, 10))
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--"]
    assert axes.lines[1].get_color() == "m"
    assert axes.xaxis.get_gridlines()[0].get_visible()


def test_the_limits_follow_the_curves():
    animator = Animator(xlim=[0, 100])
    for x in range(100):
        animator.add(x, (x**2, -x))
    animator.fig.canvas.draw()
    low, high = animator.axes[0].get_ylim()
    assert low <= -99
    assert high >= 99**2
    assert animator.axes[0].get_xlim() == (0, 100)


def test_more_curves_than_formats_use_them_again():
    animator = Animator()
    animator.add(0, range(6))
    assert [line.get_linestyle() for line in animator.axes[0].lines] == [
        "-",
        "--",
        "-.",
        ":",
        "-",
        "--",
    ]


def test_a_curve_may_join_later():
    animator = Animator(legend=["a", "b"])
    animator.add(0, 1)
    animator.add(1, (2, 3))
    assert curves(animator) == [[[0, 1], [1, 2]], [[1, 3]]]
    assert legend(animator) == ["a", "b"]


def test_a_legend_may_be_filled_replaced_and_written_without_a_list_later():
    names = []
    animator = Animator(legend=names)
    animator.add(0, (1, 2))
    assert legend(animator) is None
    names += ["a", "b"]
    animator.add(1, (1, 2))
    assert legend(animator) == ["a", "b"]
    animator.legend = ["c", "d"]
    animator.add(2, (1, 2))
    assert legend(animator) == ["c", "d"]
    animator.axes[0].legend(["e", "f"])
    animator.add(3, (1, 2))
    assert legend(animator) == ["e", "f"]
    alone = Animator(legend="loss")
    alone.add(0, 1)
    assert legend(alone) == ["loss"]


def test_settings_that_are_changed_later_hold_from_the_next_point():
    animator = Animator()
    animator.add(0, 1)
    animator.yscale, animator.xlim, animator.fmts = "log", [0, 7], ["r-", "k:"]
    animator.add(1, (2, 3))
    axes = animator.axes[0]
    assert (axes.get_yscale(), axes.get_xlim()) == ("log", (0, 7))
    assert axes.lines[1].get_color() == "k"


def test_a_config_axes_of_the_callers_own_is_called_with_each_point():
    animator, calls = Animator(), []
    animator.config_axes = lambda: calls.append(animator.axes[0].set_title("own"))
    animator.add(0, 1)
    animator.add(1, 2)
    assert len(calls) == 2
    assert animator.axes[0].get_title() == "own"


def test_config_axes_can_be_called_before_and_after_the_first_point():
    animator = Animator("epoch", legend=["a"])
    animator.config_axes()
    assert animator.axes[0].get_xlabel() == "epoch"
    animator.add(0, 1)
    animator.axes[0].set_xlabel("something else")
    animator.config_axes()
    assert animator.axes[0].get_xlabel() == "epoch"


def test_the_callers_own_drawings_stay():
    animator = Animator(legend=["a"])
    animator.axes[0].axhline(0.5)
    animator.add(0, 1)
    animator.axes[0].set_title("title")
    animator.add(1, 2)
    assert animator.axes[0].get_title() == "title"
    assert len(animator.axes[0].lines) == 2
    assert legend(animator) == ["a"]


def test_the_other_axes_are_the_callers():
    animator = Animator(xlabel="epoch", nrows=2, ncols=2, figsize=(5, 5))
    assert len(animator.axes) == 4
    for epoch in range(2):
        animator.axes[1].cla()
        animator.axes[1].scatter([epoch], [epoch])
        animator.add(epoch, (1, 2))
    animator.fig.subplots_adjust(hspace=0.3)
    assert len(animator.axes[1].collections) == 1
    assert curves(animator) == [[[0, 1], [1, 1]], [[0, 2], [1, 2]]]
    assert animator.fig.get_size_inches().tolist() == [5, 5]


def test_axes_that_were_cleared_show_the_whole_curves_again():
    animator = Animator("epoch", legend=["a"])
    animator.add(0, 1)
    animator.axes[0].cla()
    animator.add(1, 2)
    assert curves(animator) == [[[0, 1], [1, 2]]]
    assert (animator.axes[0].get_xlabel(), legend(animator)) == ("epoch", ["a"])


@pytest.mark.parametrize("nothing", [None, []])
def test_curves_that_were_emptied_start_again(nothing):
    animator = Animator()
    animator.add(100, (1, 1000))
    animator.X = animator.Y = nothing
    animator.add(0, 1)
    assert curves(animator) == [[[0, 1]]]
    animator.fig.canvas.draw()
    assert animator.axes[0].get_xlim()[1] < 1


def test_a_figure_that_was_closed_is_opened_again_with_all_points():
    animator = Animator(legend=["a", "b"])
    animator.add(0, (1, 2))
    plt.close("all")
    animator.add(1, (3, 4))
    assert plt.get_fignums() == [animator.fig.number]
    assert curves(animator) == [[[0, 1], [1, 3]], [[0, 2], [1, 4]]]
    assert legend(animator) == ["a", "b"]


def test_infinite_values_leave_the_figure_as_it_can_be_drawn():
    animator = Animator()
    for y in (1.0, float("inf"), float("nan"), 2.0):
        animator.add(0, y)
    animator.fig.canvas.draw()
    assert animator.axes[0].get_ylim()[1] < 3


def test_a_figure_can_be_saved(tmp_path):
    animator = Animator("epoch", legend=["a"])
    animator.add(0, 1)
    animator.fig.savefig(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1000


def test_thirty_animators_bring_no_warning_and_stay_to_be_shown():
    for _ in range(30):
        Animator().add(0, 1)
    assert len(plt.get_fignums()) == 30


def test_nothing_is_opened_before_it_is_used():
    animator = Animator()
    assert plt.get_fignums() == []
    assert animator.axes[0].figure is animator.fig
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))])
def test_a_copy_draws_in_a_figure_of_its_own(duplicate):
    animator = Animator(legend=["a"])
    animator.add(0, 1)
    other = duplicate(animator)
    other.add(1, 2)
    assert curves(animator) == [[[0, 1]]]
    assert curves(other) == [[[0, 1], [1, 2]]]
    assert legend(other) == ["a"]


# what it refuses


@pytest.mark.usefixtures("own_messages")
@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        (0, "ab", TypeError, "y is 'ab' (type str); it should be a number"),
        (0, (1, "b"), TypeError, "y[1] is 'b' (type str); it should be a number"),
        (0, (1, (2, 3)), TypeError, "y[1] is (2, 3) (type tuple); it should be a number"),
        (0, (1, torch.ones(2)), TypeError, "y[1] is a tensor of shape (2,)"),
        (0, {"loss": 1}, TypeError, "y is {'loss': 1} (type dict)"),
        (0, True, TypeError, "y is True (type bool)"),
        ("a", 1, TypeError, "x is 'a' (type str)"),
        (0, (), ValueError, "y is empty; it should hold a number for each curve"),
        ((1, 2), (1, 2, 3), ValueError, "x holds 2 values and y 3; there should be as many"),
    ],
)
def test_add_names_a_wrong_value_and_changes_nothing(x, y, error, message):
    animator = Animator()
    animator.add(5, (1, 2))
    with pytest.raises(error) as caught:
        animator.add(x, y)
    assert message in str(caught.value)
    assert (animator.X, animator.Y) == ([[5], [5]], [[1], [2]])
