"""The matplotlib backend of a page: `plt.show()`, and the end of a block, hand figures over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

__all__ = ["FigureCanvas", "receivers", "show"]

receivers: list[Callable[[Sequence[Figure]], Any]] = []


def show(*, block: bool | None = None) -> None:
    """Hand the open figures to the receivers, in the order of their numbers, and close them.

    Args:
        block: nothing is waited for; the argument is there because pyplot has it.
    """
    drawn = [plt.figure(number) for number in plt.get_fignums()]
    plt.close("all")
    for receive in receivers:
        receive(drawn)
