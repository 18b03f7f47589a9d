"""The matplotlib backend of a page: `plt.show()`, and the end of a block, hand figures over."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas
from matplotlib.backends.backend_agg import RendererAgg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

__all__ = ["FigureCanvas", "receivers", "show"]

_WORDS = ("font.", "mathtext.", "text.")  # the settings of how words are set

receivers: list[Callable[[Sequence[Figure]], Any]] = []


@lru_cache(maxsize=8)
def _renderer(width: int, height: int, dpi: float, fonts: str) -> RendererAgg:
    return RendererAgg(width, height, dpi)  # type: ignore[no-untyped-call]


class MeasuringCanvas(FigureCanvas):
    """A figure's canvas while its words are measured; nothing is drawn on it.

    All figures of one size share a renderer, which keeps what it has measured, as long as the
    settings of words and the fonts are the same.
    """

    def __init__(self, figure: Figure) -> None:
        super().__init__(figure)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of settings that will be no more
            names = [name for name in mpl.rcParams if name.startswith(_WORDS)]
            settings = {name: mpl.rcParams[name] for name in names}
        self._fonts = repr([settings, len(font_manager.fontManager.ttflist)])

    def get_renderer(self) -> RendererAgg:
        """The one that all such figures have."""
        width, height = self.get_width_height(physical=True)
        return _renderer(width, height, self.figure.dpi, self._fonts)


def show(*, block: bool | None = None) -> None:
    """Hand the open figures to the receivers, in the order of their numbers, and close them.

    Args:
        block: nothing is waited for; the argument is there because pyplot has it.
    """
    drawn = [plt.figure(number) for number in plt.get_fignums()]
    plt.close("all")
    for receive in receivers:
        receive(drawn)
