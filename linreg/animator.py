"""Curves that grow together while a loop runs, a point of each at a time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from linreg._arguments import (
    at_least_one,
    check_count,
    check_figsize,
    check_number,
    is_sequence,
    texts,
)
from linreg._notebook import in_notebook
from linreg.hyperparameters import HyperParameters
from linreg.live import CellOutput, grow, is_open, open_figure
from linreg.plotting import check_settings, new_line, set_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

__all__ = ["Animator"]


class Animator(HyperParameters):
    """Draw points as curves in one figure: with each call, the next point of all curves.

    It is shown as a `ProgressBoard` is: in a notebook with the first point, then as it grows, and
    in a script when the figure is shown or saved.

    Args:
        xlabel: what the horizontal axis shows.
        ylabel: what the vertical axis shows.
        legend: a name for each curve. Names that are added to the list later are taken over.
        xlim: the horizontal limits; matplotlib chooses when None.
        ylim: the vertical limits.
        xscale: `"linear"` or `"log"`.
        yscale: `"linear"` or `"log"`.
        fmts: matplotlib's formats for the curves, used in turn.
        nrows: the rows of axes in the figure. The curves are in the first axes; the others are the
            caller's to draw in.
        ncols: the columns of axes.
        figsize: width and height of the figure, in inches.

    Attributes:
        X: a list for each curve, with its horizontal values.
        Y: a list for each curve, with its vertical values.
        fig: the figure.
        axes: a list of all its axes, row by row.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: limits, a scale or a size make no sense, or there is no format.

    Source: chapter "Classes".

    Examples:
        >>> animator = Animator(xlabel="epoch", yscale="log", legend=["train", "test"])
        >>> for epoch in range(3):
        ...     animator.add(epoch + 1, (0.5**epoch, 0.6**epoch))
        >>> animator.X, animator.Y[0]
        ([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], [1.0, 0.5, 0.25])
    """

    xlabel: Any
    ylabel: Any
    legend: Any
    xlim: Any
    ylim: Any
    xscale: Any
    yscale: Any
    fmts: Any

    def __init__(
        self,
        xlabel: str | None = None,
        ylabel: str | None = None,
        legend: Sequence[str] | None = None,
        xlim: Sequence[float] | None = None,
        ylim: Sequence[float] | None = None,
        xscale: str = "linear",
        yscale: str = "linear",
        fmts: Sequence[str] = ("-", "m--", "g-.", "r:"),
        nrows: int = 1,
        ncols: int = 1,
        figsize: tuple[float, float] = (3.5, 2.5),
    ) -> None:
        names = check_settings(xlabel, ylabel, xlim, ylim, xscale, yscale, legend)
        fmts = at_least_one("fmts", fmts, "a format")
        nrows, ncols = check_count("nrows", nrows), check_count("ncols", ncols)
        figsize = check_figsize(figsize)
        if not isinstance(legend, list):  # else the caller's own, to which names may be added
            legend = names
        self.save_hyperparameters(ignore=["names"])
        self.X: list[list[float]] = []
        self.Y: list[list[float]] = []
        self._output = CellOutput()
        self._opened: tuple[Figure, list[Axes]] | None = None
        self._lines: list[Line2D] = []
        self._shown_settings: tuple[Any, ...] | None = None

    def add(self, x: Any, y: Any) -> None:
        """Add a point to each curve.

        Args:
            x: the horizontal value, one number for all curves or a sequence with one for each.
            y: the vertical value of each curve: a number when there is one curve, or else a
                sequence of numbers. A curve whose value is None gets no point.

        Raises:
            TypeError: a value is no number.
            ValueError: `y` is empty, or `x` and `y` have different numbers of values.
        """
        ys = values("y", y)
        xs = values("x", x) if is_sequence(x) else values("x", x) * len(ys)
        if not ys:
            raise ValueError("y is empty; it should hold a number for each curve")
        if len(xs) != len(ys):
            raise ValueError(
                f"x holds {len(xs)} values and y {len(ys)}; there should be as many, "
                "or one x for all curves"
            )
        axes = self.axes[0]
        if not self.X or not self.Y:  # also when they were emptied, to start again
            self.X, self.Y = [], []
            self._take_lines_away()
        new = len(ys) - len(self.Y)
        self.X += [[] for _ in range(new)]
        self.Y += [[] for _ in range(new)]
        if any(line not in axes.lines for line in self._lines):  # the axes were cleared
            self._take_lines_away()
        for i, (a, b) in enumerate(zip(xs, ys, strict=True)):
            if a is not None and b is not None:
                self.X[i].append(a)
                self.Y[i].append(b)
                if i < len(self._lines):
                    grow(self._lines[i], self.X[i], self.Y[i], fixed_xlim=self.xlim is not None)
        while len(self._lines) < len(self.Y):
            i = len(self._lines)
            style = {"fmts": self.fmts[i % len(self.fmts)]}
            self._lines.append(new_line(axes, self.X[i], self.Y[i], style))
        settings = self._settings()
        if settings != self._shown_settings or "config_axes" in vars(self):
            self.config_axes()
            self._shown_settings = settings
        self._output.show(self.fig)

    def config_axes(self) -> None:
        """Give the first axes their labels, limits, scales and legend."""
        axes = self.axes[0]
        set_axes(
            axes, self.xlabel, self.ylabel, self.xlim, self.ylim, self.xscale, self.yscale, None
        )
        names = texts("legend", self.legend)
        for line, name in zip(self._lines, names, strict=False):
            line.set_label(name)
        if self._lines and names:
            axes.legend()

    @property
    def fig(self) -> "Figure":
        """The figure: a new one in a script where the last was closed."""
        return self._open_figure()[0]

    @property
    def axes(self) -> "list[Axes]":
        """All axes of the figure, row by row; the curves are in the first."""
        return self._open_figure()[1]

    def _open_figure(self) -> "tuple[Figure, list[Axes]]":
        """Return the figure and its axes. A notebook's is closed at the cell's end, and goes on."""
        if self._opened is not None and (in_notebook() or is_open(self._opened[0])):
            return self._opened
        fig = open_figure(self.figsize)
        axes = fig.subplots(self.nrows, self.ncols, squeeze=False).ravel().tolist()
        self._opened, self._lines, self._shown_settings = (fig, axes), [], None
        return self._opened

    def _take_lines_away(self) -> None:
        """Begin the curves in the same axes anew."""
        axes = self.axes[0]
        for line in self._lines:
            if line in axes.lines:
                line.remove()
        self._lines = []
        self._shown_settings = None
        axes.relim()

    def _settings(self) -> tuple[Any, ...]:
        """What `config_axes` goes by, to notice when the caller changes it."""
        limits = [None if lim is None else tuple(lim) for lim in (self.xlim, self.ylim)]
        scales = (self.xscale, self.yscale)
        return (
            self.xlabel,
            self.ylabel,
            *limits,
            *scales,
            *texts("legend", self.legend),
            len(self._lines),
        )

    def __getstate__(self) -> dict[str, Any]:
        # A copy keeps the points and draws in a figure of its own.
        return self.__dict__ | {"_opened": None, "_lines": [], "_shown_settings": None}


def values(name: str, value: Any) -> list[float | None]:
    """Return the numbers that a caller gave for the curves, as a list."""
    if not is_sequence(value):
        return [value if value is None else check_number(name, value, finite=False)]
    return [
        each if each is None else check_number(f"{name}[{i}]", each, finite=False)
        for i, each in enumerate(value)
    ]
