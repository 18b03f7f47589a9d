"""The matplotlib backend of a page: `plt.show()`, and the end of a block, hand figures over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

__all__ = ["FigureCanvas", "receivers", "show"]

receivers: list[Callable[[Figure], Any]] = []


def show(*, block: bool | None = None) -> None:
    """Hand every open figure to the receivers, in the order of their numbers, and close it.

    Args:
        block: nothing is waited for; the argument is there because pyplot has it.
    """
    for number in plt.get_fignums():
        figure = plt.figure(number)
        for receive in receivers:
            receive(figure)
        plt.close(figure)
