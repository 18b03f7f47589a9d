"""Plots that look the same in a notebook, in a script and on the site."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.scale import get_scale_names
from torch import Tensor

from linreg._arguments import (
    at_least_one,
    check_drawable,
    check_figsize,
    check_limits,
    check_text,
    describe,
    texts,
)
from linreg._notebook import in_notebook

__all__ = ["plot", "plt", "set_axes", "set_figsize", "use_svg_display"]

Limits = tuple[float, float] | Sequence[float] | None


def use_svg_display() -> None:
    """Show figures as SVG in a notebook; elsewhere there is nothing to do.

    Source: chapter "From tensor to figure".

    Examples:
        >>> use_svg_display()
    """
    if in_notebook():
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg")  # type: ignore[no-untyped-call]


def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None:
    """Set the size of the figures to come, and show them as SVG.

    Args:
        figsize: width and height, in inches.

    Raises:
        ValueError: they are not two positive numbers.

    Source: chapter "From tensor to figure".

    Examples:
        >>> set_figsize((4, 3))
        >>> plt.rcParams["figure.figsize"]
        [4.0, 3.0]
    """
    size = check_figsize(figsize)
    use_svg_display()
    plt.rcParams["figure.figsize"] = size


def set_axes(
    axes: Axes,
    xlabel: str | None,
    ylabel: str | None,
    xlim: Limits,
    ylim: Limits,
    xscale: str,
    yscale: str,
    legend: Sequence[str] | None,
) -> None:
    """Set labels, limits, scales, legend and grid of matplotlib axes.

    Args:
        axes: the axes to set.
        xlabel: what the horizontal axis shows, with its unit if it has one.
        ylabel: the same of the vertical axis.
        xlim: the horizontal limits; matplotlib chooses when None.
        ylim: the vertical limits.
        xscale: `"linear"` or `"log"`.
        yscale: the same of the vertical axis.
        legend: a name for each curve, in the order of drawing; no legend when empty or None.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: limits are not two numbers, or there is no scale of that name.

    Source: chapter "From tensor to figure".

    Examples:
        >>> axes = plt.figure().gca()
        >>> set_axes(axes, "x", "y", [0, 1], [1, 100], "linear", "log", [])
        >>> axes.get_yscale()
        'log'
        >>> plt.close()
    """
    if axes is None:
        raise TypeError("axes is None; it should be the axes to set, as plt.gca()")
    check_drawable("axes", axes, "set_xlabel", "the axes of a matplotlib figure, one of them")
    legend = check_settings(xlabel, ylabel, xlim, ylim, xscale, yscale, legend)
    axes.set_xlabel("" if xlabel is None else xlabel)
    axes.set_ylabel("" if ylabel is None else ylabel)
    axes.set_xscale(xscale)
    axes.set_yscale(yscale)
    left_right, low_high = check_limits("xlim", xlim), check_limits("ylim", ylim)
    if left_right is not None:
        axes.set_xlim(*left_right)
    if low_high is not None:
        axes.set_ylim(*low_high)
    if legend:
        axes.legend(legend)
    axes.grid(visible=True)


def plot(
    X: Any,
    Y: Any = None,
    xlabel: str | None = None,
    ylabel: str | None = None,
    legend: Sequence[str] | None = None,
    xlim: Limits = None,
    ylim: Limits = None,
    xscale: str = "linear",
    yscale: str = "linear",
    fmts: Sequence[str] = ("-", "--", "-.", ":"),
    figsize: tuple[float, float] = (3.5, 2.5),
    axes: Axes | None = None,
) -> None:
    """Draw one curve or several in one figure.

    Args:
        X: the horizontal values, for all curves or a list with those of each. A curve is a tensor
            (also one with a gradient), an array or a list of numbers. Without `Y` they are the
            vertical values, over 0, 1, 2, …
        Y: the vertical values, of one curve or a list with those of each.
        xlabel: what the horizontal axis shows.
        ylabel: what the vertical axis shows.
        legend: a name for each curve.
        xlim: the horizontal limits.
        ylim: the vertical limits.
        xscale: `"linear"` or `"log"`.
        yscale: `"linear"` or `"log"`.
        fmts: matplotlib's formats for the curves, used in turn; the colours are the cycle's.
        figsize: width and height in inches, of the figures to come.
        axes: where to draw; the current axes unless given. What they show is cleared.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: the numbers of curves in `X` and `Y` differ, or those of the values in a curve.

    Source: chapter "From tensor to figure".

    Examples:
        >>> x = np.arange(-1, 1, 0.1)
        >>> plot(x, [x**2, x**3], "x", "f(x)", legend=["square", "cube"])
        >>> len(plt.gca().lines)
        2
        >>> plt.close()
    """
    if Y is None:
        ys = curves(X)
        xs: list[Any] = [np.arange(len(y)) for y in ys]
    else:
        xs, ys = curves(X), curves(Y)
        if len(xs) == 1:
            xs = xs * len(ys)
    if len(xs) != len(ys):
        raise ValueError(
            f"X holds {len(xs)} curves and Y {len(ys)}; there should be as many, or one X for all"
        )
    check_figsize(figsize)
    fmts = at_least_one("fmts", fmts, "a format")
    check_drawable("axes", axes, "cla", "the axes of a matplotlib figure, one of them")
    legend = check_settings(xlabel, ylabel, xlim, ylim, xscale, yscale, legend)
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        check_curve(f"curve {i + 1} of X", x)
        check_curve(f"curve {i + 1} of Y", y)
        if len(x) != len(y):
            raise ValueError(
                f"curve {i + 1} has {len(x)} values in X and {len(y)} in Y; there should be as many"
            )
    set_figsize(figsize)
    axes = plt.gca() if axes is None else axes
    axes.cla()
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        new_line(axes, x, y, {"fmts": fmts[i % len(fmts)]})
    set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend)
    if isinstance(axes.figure, Figure) and axes.figure.get_layout_engine() is None:
        axes.figure.set_layout_engine("tight")  # keeps the labels inside of a small figure


def curves(values: Any) -> list[Any]:
    """Split what a reader passed to `plot` into its curves, each an array of numbers."""
    if isinstance(values, list | tuple) and len(values) > 0 and np.ndim(as_array(values[0])) > 0:
        return [as_array(value) for value in values]
    array = as_array(values)
    return list(array) if np.ndim(array) == 2 else [array]


def as_array(values: Any) -> Any:
    """Turn tensors, also those in a list, into an array that matplotlib can draw."""
    if isinstance(values, Tensor):
        values = values.detach().cpu()
        return (values.float() if values.dtype == torch.bfloat16 else values).numpy()
    if isinstance(values, list | tuple) and any(isinstance(value, Tensor) for value in values):
        values = [as_array(value) for value in values]
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(
            f"a curve is {describe(values)}; it should be numbers in one dimension"
        ) from error


def check_curve(name: str, values: Any) -> None:
    """Raise unless an array holds the values of one curve."""
    if values.ndim != 1:
        raise ValueError(f"{name} is {describe(values)}; it should be numbers in one dimension")


def check_settings(
    xlabel: Any, ylabel: Any, xlim: Any, ylim: Any, xscale: Any, yscale: Any, legend: Any
) -> list[str]:
    """Raise unless axes can be given these settings; return the names in the legend."""
    check_text("xlabel", xlabel)
    check_text("ylabel", ylabel)
    check_limits("xlim", xlim)
    check_limits("ylim", ylim)
    for name, scale in (("xscale", xscale), ("yscale", yscale)):
        if not isinstance(scale, str) or scale not in get_scale_names():
            raise ValueError(f"{name} is {scale!r}; it should be 'linear' or 'log'")
    return texts("legend", legend)


def new_line(axes: Axes, xs: Any, ys: Any, style: dict[str, Any], label: str | None = None) -> Any:
    """Draw a curve in a style: what an argument holds for it, by the argument's name."""
    fmt, *color = style.values()
    settings = {"label": label} | ({"color": color[0]} if color else {})
    try:
        (line,) = axes.plot(xs, ys, fmt, **settings)
    except (TypeError, ValueError) as error:
        held = " and ".join(f"{name} {value!r}" for name, value in style.items())
        raise ValueError(
            f"matplotlib cannot draw a curve with {held}: {error}. A line should be written as "
            "'-' or 'm--', a colour as 'C0' or 'red'"
        ) from error
    return line
