"""A figure whose curves grow while a loop runs: what the board and the animator have in common."""

import time
from typing import TYPE_CHECKING, Any

from linreg._notebook import in_notebook

if TYPE_CHECKING:  # matplotlib is loaded with the first figure
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

__all__: list[str] = []

SECONDS_BETWEEN_REDRAWS = 0.5


def open_figure(figsize: tuple[float, float]) -> "Figure":
    """Open a figure in pyplot, where a script finds it when it shows or saves its figures.

    A script that trains often opens many, all of which `plt.show()` is to show. Matplotlib counts
    the open figures and warns of the twenty-first, for programs that forget to close them; here
    they are left open on purpose.
    """
    from linreg.plotting import plt

    with plt.rc_context({"figure.max_open_warning": 0}):
        return plt.figure(figsize=figsize, layout="tight")


def is_open(figure: "Figure") -> bool:
    """Tell whether pyplot still has a figure, so that it will be shown."""
    from linreg.plotting import plt

    return plt.fignum_exists(figure.number)


def grow(line: "Line2D", xs: list[float], ys: list[float], fixed_xlim: bool) -> None:
    """Give a line its points, of which the last is new, and have the limits follow when drawn.

    Args:
        line: the line, in its axes.
        xs: the horizontal values, a list that grows.
        ys: the vertical values.
        fixed_xlim: whether the horizontal limits are set: then a point that lies between the lowest
            and the highest changes none.
    """
    axes: Axes = line.axes  # type: ignore[assignment]
    line.set_data(xs, ys)
    if not fixed_xlim or not axes.dataLim.y0 <= ys[-1] <= axes.dataLim.y1:
        axes.update_datalim([(xs[-1], ys[-1])])
        axes.autoscale(enable=None)  # type: ignore[arg-type]  # later, when drawn


class CellOutput:
    """The place below a notebook cell where a figure is shown and replaced while it grows.

    Elsewhere than in a notebook it does nothing: the figure is drawn when it is shown or saved.
    """

    def __init__(self) -> None:
        self._figure: Figure | None = None
        self._handle: Any = None
        self._shown_at = 0.0

    def show(self, figure: "Figure") -> None:
        """Show the figure, or replace it once what is shown is old."""
        if not in_notebook():
            return
        from IPython import get_ipython
        from IPython.display import display

        from linreg.plotting import use_svg_display

        if self._handle is None:
            use_svg_display()
            self._figure = figure
            self._handle = display(figure, display_id=True)  # type: ignore[no-untyped-call]
            # First in line, before the notebook shows all open figures once more.
            get_ipython().events.callbacks["post_execute"].insert(0, self.finish)
        elif time.monotonic() - self._shown_at > SECONDS_BETWEEN_REDRAWS:
            self._handle.update(figure)
        else:
            return
        self._shown_at = time.monotonic()

    def finish(self) -> None:
        """Show the figure as it is at the cell's end, and close it."""
        if self._handle is None:
            return
        from IPython import get_ipython

        from linreg.plotting import plt

        handle, self._handle = self._handle, None
        get_ipython().events.unregister("post_execute", self.finish)
        handle.update(self._figure)
        plt.close(self._figure)
        self._figure = None

    def __getstate__(self) -> dict[str, Any]:
        # A copy shows nothing yet.
        return vars(CellOutput())
