"""Curves that grow while a loop runs."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor

from linreg._notebook import in_notebook
from linreg.hyperparameters import HyperParameters

if TYPE_CHECKING:  # matplotlib is loaded with the first point: without a display it is not needed
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

__all__ = ["ProgressBoard"]

SECONDS_BETWEEN_REDRAWS = 0.5


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
        self.save_hyperparameters()
        self._own_fig: Figure | None = None
        self._live: Any = None  # the notebook output that shows the figure
        self._shown_at = 0.0
        self.clear()

    def clear(self) -> None:
        """Forget all points: the next starts a new curve, in a new figure unless one was given."""
        self._finish_live()
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
        """
        waiting = self.raw_points.setdefault(label, [])
        # Of a tensor the number alone is kept: the tensor would keep its graph.
        waiting.append((x, y.item() if isinstance(y, Tensor) else y))
        n = len(waiting)
        if n < every_n:
            return
        point = Point(
            float(sum([x for x, _ in waiting])) / n, float(sum([y for _, y in waiting])) / n
        )
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
            line.set_data(xs, ys)
            if self.xlim is None or not axes.dataLim.y0 <= point.y <= axes.dataLim.y1:
                axes.update_datalim([point])
                axes.autoscale(enable=None)  # type: ignore[arg-type]  # later, when drawn
        for each in self.data:
            if each not in self._curves:
                self._add_curve(axes, each)
        if in_notebook():
            self._show_live()

    def _open_axes(self) -> "Axes":
        """Return the axes to draw in, of a new figure when there is none or it was closed."""
        from linreg.plotting import plt

        if self._own_fig is not None and not plt.fignum_exists(self._own_fig.number):
            self._leave_figure()
        if self.axes is None:
            if self.fig is None:
                self.fig = self._own_fig = plt.figure(figsize=self.figsize, layout="tight")
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
        from linreg.plotting import set_axes

        i = len(self._curves)
        xs = [p.x for p in self.data[label]]
        ys = [p.y for p in self.data[label]]
        (line,) = axes.plot(
            xs, ys, self.ls[i % len(self.ls)], color=self.colors[i % len(self.colors)], label=label
        )
        self._curves[label] = (line, xs, ys)
        set_axes(
            axes, self.xlabel, self.ylabel, self.xlim, self.ylim, self.xscale, self.yscale, None
        )
        axes.legend()

    def _show_live(self) -> None:
        """Show the figure below the notebook cell, or replace it there once it is old."""
        from IPython import get_ipython
        from IPython.display import display

        from linreg.plotting import use_svg_display

        if self._live is None:
            use_svg_display()
            self._live = display(self.axes.figure, display_id=True)  # type: ignore[no-untyped-call]
            # First in line, before the notebook shows all open figures once more.
            get_ipython().events.callbacks["post_execute"].insert(0, self._finish_live)
        elif time.monotonic() - self._shown_at > SECONDS_BETWEEN_REDRAWS:
            self._live.update(self.axes.figure)
        else:
            return
        self._shown_at = time.monotonic()

    def _finish_live(self) -> None:
        """Show the figure below the notebook cell as it is at the cell's end, and close it."""
        if self._live is None:
            return
        from IPython import get_ipython

        from linreg.plotting import plt

        live, self._live = self._live, None
        get_ipython().events.unregister("post_execute", self._finish_live)
        live.update(self.axes.figure)
        plt.close(self.axes.figure)

    def __getstate__(self) -> dict[str, Any]:
        # A copy of a board keeps the points and draws in a figure of its own.
        return self.__dict__ | {
            "fig": None,
            "axes": None,
            "_own_fig": None,
            "_live": None,
            "_curves": {},
        }
