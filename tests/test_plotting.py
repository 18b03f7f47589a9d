"""Plots in a script; those in a notebook are in test_notebook.py."""

import numpy as np
import pytest
import torch
from matplotlib import pyplot

from linreg import plot, plt, set_axes, set_figsize, use_svg_display

pytestmark = pytest.mark.usefixtures("no_open_figures")

X = torch.arange(4.0)


def drawn():
    """Return the points of each curve in the current axes."""
    return [line.get_xydata().tolist() for line in pyplot.gca().lines]


def points(x, y):
    return [list(pair) for pair in zip(x, y, strict=True)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((X, X**2), [points([0, 1, 2, 3], [0, 1, 4, 9])]),
        ((X**2,), [points([0, 1, 2, 3], [0, 1, 4, 9])]),
        (([5, 6], [7, 8]), [points([5, 6], [7, 8])]),
        ((X, [X, X**2]), [points(X, X), points(X, X**2)]),
        (([X, X[:2]], [X**2, X[:2]]), [points(X, X**2), points([0, 1], [0, 1])]),
        (([X, X[:2]],), [points(X, X), points([0, 1], [0, 1])]),
        ((np.arange(2), np.ones((3, 2))), [points([0, 1], [1, 1])] * 3),
        ((X.clone().requires_grad_(), X.clone().requires_grad_() ** 2), [points(X, X**2)]),
    ],
)
def test_plot_draws_the_curves_however_they_are_written(arguments, expected):
    plot(*arguments)
    assert drawn() == expected


def test_plot_sets_everything_that_it_is_asked_for():
    plot(X, X + 1, "x", "f(x)", ["f"], [0, 3], [1, 10], "linear", "log", figsize=(5, 2))
    axes = pyplot.gca()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "f(x)")
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 3), (1, 10))
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "log")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["f"]
    assert axes.figure.get_size_inches().tolist() == [5, 2]


def test_plot_uses_the_colours_of_the_cycle_and_more_curves_than_formats():
    plot(X, [X] * 6)
    lines = pyplot.gca().lines
    cycle = pyplot.rcParams["axes.prop_cycle"].by_key()["color"]
    assert [line.get_color() for line in lines] == cycle[:6]
    assert [line.get_linestyle() for line in lines] == ["-", "--", "-.", ":", "-", "--"]


def test_plot_clears_the_axes_it_is_given():
    _, (left, right) = pyplot.subplots(1, 2)
    plot(X, X, axes=left)
    plot(X, [X, X], axes=left)
    assert (len(left.lines), len(right.lines)) == (2, 0)


def test_a_small_figure_keeps_its_labels_inside(tmp_path):
    plot(X, 1e-5 * X, "a label", "another label", figsize=(2, 1.5))
    figure = pyplot.gcf()
    figure.savefig(tmp_path / "figure.png")
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert 0 <= box.x0 < box.x1 <= width
    assert 0 <= box.y0 < box.y1 <= height


def test_set_axes_leaves_limits_and_legend_to_matplotlib_when_they_are_none():
    axes = pyplot.figure().gca()
    axes.plot([0, 5], [0, 1], label="a curve")
    set_axes(axes, None, None, None, None, "linear", "linear", None)
    assert axes.get_xlim()[1] > 5
    assert axes.get_legend() is None


def test_set_figsize_sets_the_size_of_the_figures_to_come():
    set_figsize()
    assert plt.figure().get_size_inches().tolist() == [3.5, 2.5]
    set_figsize((2, 1))
    assert plt.figure().get_size_inches().tolist() == [2, 1]


def test_outside_of_a_notebook_svg_display_changes_nothing():
    before = dict(pyplot.rcParams)
    use_svg_display()
    assert dict(pyplot.rcParams) == before


@pytest.mark.usefixtures("own_messages")
def test_a_wrong_argument_is_named():
    with pytest.raises(ValueError, match=r"figsize is \(3,\); it should be a width and a height"):
        set_figsize((3,))
    with pytest.raises(ValueError, match="X holds 2 curves and Y 3; there should be as many"):
        plot([X, X], [X, X, X])


def test_plt_is_matplotlibs_pyplot():
    assert plt is pyplot
