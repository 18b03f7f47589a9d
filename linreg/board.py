"""Curves that grow while a loop runs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor

from linreg._arguments import (
    at_least_one,
    check_drawable,
    check_figsize,
    check_limits,
    check_number,
    check_text,
    describe,
)
from linreg.hyperparameters import HyperParameters
from linreg.live import CellOutput, grow, is_open, open_figure

if TYPE_CHECKING:  # matplotlib is loaded with the first point: without a display it is not needed
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

__all__ = ["ProgressBoard"]


class Point(NamedTuple):
    """A point of a curve."""

    x: float
    y: float


class ProgressBoard(HyperParameters):
    """Draw points, one at a time, as curves in one figure.

    In a notebook the figure is shown with the first point and redrawn as it grows, twice a second
    at most. Elsewhere it is left open in pyplot and drawn when it is shown or saved, once.

    Args:
        xlabel: what the horizontal axis shows.
        ylabel: what the vertical axis shows.
        xlim: the horizontal limits; matplotlib chooses when None.
        ylim: the vertical limits.
        xscale: `"linear"` or `"log"`.
        yscale: `"linear"` or `"log"`.
        ls: the line styles of the curves, used in turn.
        colors: their colours, used in turn.
        fig: the figure to draw in; the board opens its own unless `fig` or `axes` is given.
        axes: the axes to draw in.
        figsize: width and height of its own figure, in inches.
        display: whether to draw; if not, the points are only kept.

    Attributes:
        data: the points of each curve, by label.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: limits or a size are not two numbers that make sense, or there is no line style
            or colour.

    Source: chapter "Classes".

    Examples:
        >>> board = ProgressBoard(xlabel="x", display=False)
        >>> for x in range(4):
        ...     board.draw(x, x**2, "square", every_n=2)
        >>> board.data
        {'square': [Point(x=0.5, y=0.5), Point(x=2.5, y=6.5)]}
    """

    fig: Any
    axes: Any
    xlim: Any
    xlabel: Any

    def __init__(
        self,
        xlabel: str | None = None,
        ylabel: str | None = None,
        xlim: Sequence[float] | None = None,
        ylim: Sequence[float] | None = None,
        xscale: str = "linear",
        yscale: str = "linear",
        ls: Sequence[str] = ("-", "--", "-.", ":"),
        colors: Sequence[str] = ("C0", "C1", "C2", "C3"),
        fig: "Figure | None" = None,
        axes: "Axes | None" = None,
        figsize: tuple[float, float] = (3.5, 2.5),
        display: bool = True,
    ) -> None:
        check_text("xlabel", xlabel)
        check_text("ylabel", ylabel)
        check_limits("xlim", xlim)
        check_limits("ylim", ylim)
        figsize = check_figsize(figsize)
        ls = at_least_one("ls", ls, "a line style")
        colors = at_least_one("colors", colors, "a colour")
        check_drawable("fig", fig, "gca", "a matplotlib figure")
        check_drawable("axes", axes, "plot", "the axes of a matplotlib figure, one of them")
        self.save_hyperparameters()
        self._own_fig: Figure | None = None
        self._output = CellOutput()
        self.clear()

    def clear(self) -> None:
        """Forget all points: the next starts a new curve, in a new figure unless one was given."""
        self._output.finish()
        self.raw_points: dict[str, list[tuple[float, float]]] = {}
        self.data: dict[str, list[Point]] = {}
        self._leave_figure()

    def draw(self, x: Any, y: Any, label: str, every_n: float = 1) -> None:
        """Add a point to a curve.

        Args:
            x: its horizontal value, one number.
            y: its vertical value, one number (or a tensor that holds one).
            label: the curve's name.
            every_n: how many points to wait for; their mean becomes one point of the curve.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: `every_n` is negative or not finite.
        """
        # Of a tensor the number alone is kept: the tensor would keep its graph.
        # The checks take longer than the rest: what a trainer draws at each step passes them by.
        if type(x) is not float:
            x = check_number("x", x, finite=False)
        if isinstance(y, Tensor) and y.dim() == 0 and y.is_floating_point():
            y = y.item()
        else:
            y = check_number("y", y, finite=False)
        if type(every_n) is not int or not 0 <= every_n < 2**53:
            every_n = check_number("every_n", every_n, at_least=0)
        if not isinstance(label, str):
            raise TypeError(f"label is {describe(label)}; it should be the name of the curve")
        waiting = self.raw_points.setdefault(label, [])
        waiting.append((x, y))
        n = len(waiting)
        if n < every_n:
            return
        point = Point(sum([x for x, _ in waiting]) / n, sum([y for _, y in waiting]) / n)
        waiting.clear()
        self.data.setdefault(label, []).append(point)
        if self.display:
            self._show(label, point)

    def _show(self, label: str, point: Point) -> None:
        """Put a new point into the figure."""
        axes = self._open_axes()
        if label in self._curves:
            line, xs, ys = self._curves[label]
            xs.append(point.x)
            ys.append(point.y)
            grow(line, xs, ys, fixed_xlim=self.xlim is not None)
        for each in self.data:
            if each not in self._curves:
                self._add_curve(axes, each)
        self._output.show(self.axes.figure)

    def _open_axes(self) -> "Axes":
        """Return the axes to draw in, of a new figure when there is none or it was closed."""
        if self._own_fig is not None and not is_open(self._own_fig):
            self._leave_figure()
        if self.axes is None:
            if self.fig is None:
                self.fig = self._own_fig = open_figure(self.figsize)
            self.axes = self.fig.gca()
        axes: Axes = self.axes
        return axes

    def _leave_figure(self) -> None:
        """Draw no more in the figure that the board opened; one it was given it keeps."""
        self._curves: dict[str, tuple[Line2D, list[float], list[float]]] = {}
        if self._own_fig is not None:
            self.fig = self.axes = self._own_fig = None

    def _add_curve(self, axes: "Axes", label: str) -> None:
        """Start the line of a curve, with the points it has so far."""
        from linreg.plotting import new_line, set_axes

        ls, colors = self.ls, self.colors
        i = len(self._curves)
        xs = [p.x for p in self.data[label]]
        ys = [p.y for p in self.data[label]]
        style = {"ls": ls[i % len(ls)], "colors": colors[i % len(colors)]}
        line = new_line(axes, xs, ys, style, label)
        self._curves[label] = (line, xs, ys)
        set_axes(
            axes, self.xlabel, self.ylabel, self.xlim, self.ylim, self.xscale, self.yscale, None
        )
        axes.legend()

    def __getstate__(self) -> dict[str, Any]:
        # A copy of a board keeps the points and draws in a figure of its own.
        return self.__dict__ | {"fig": None, "axes": None, "_own_fig": None, "_curves": {}}
