"""A stopwatch that keeps every time it measured."""

import time
from itertools import accumulate

__all__ = ["Timer"]


class Timer:
    """Measure how long things take, in seconds. A new timer is already running.

    Attributes:
        times: the measured times, in order.

    Source: chapter "Minibatches".

    Examples:
        >>> timer = Timer()
        >>> seconds = timer.stop()
        >>> timer.start()
        >>> timer.stop() + seconds == timer.sum()
        True
    """

    def __init__(self) -> None:
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        """Start measuring."""
        self._started = time.perf_counter()

    def stop(self) -> float:
        """Stop measuring; keep the time since the last start and return it."""
        self.times.append(time.perf_counter() - self._started)
        return self.times[-1]

    def avg(self) -> float:
        """Return the mean of the times.

        Raises:
            ValueError: nothing was measured.
        """
        if not self.times:
            raise ValueError("times is empty; it should hold a time: call stop() before avg()")
        return sum(self.times) / len(self.times)

    def sum(self) -> float:
        """Return the sum of the times."""
        return sum(self.times)

    def cumsum(self) -> list[float]:
        """Return the running sums of the times."""
        return list(accumulate(self.times))
