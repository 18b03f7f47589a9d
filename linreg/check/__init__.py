"""What is wrong with my answer? Runs a learner's own function and names its mistake.

Each check calls the function on small inputs. It gives back a report of what was verified, which
shows itself as the last line of a cell, or raises `CheckFailed`: the message names the mistake,
shows the smallest input on which it appears and links the section of the book that explains it. In
English, or in Chinese with `lang="zh"` or the environment variable `LINREG_LANG=zh`.

Nothing that the function prints or displays while it is checked comes out; a failure quotes the
first line of what was printed in the call that it shows. Whatever the function does to the session
(seeds, gradient mode, default dtype, figures, warnings) is undone, and one that does not end is
stopped.

Examples:
    >>> from linreg import check
    >>> def linreg(X, w, b):
    ...     return X @ w - b
    >>> try:
    ...     check.linreg(linreg)
    ... except check.CheckFailed as failure:
    ...     print(failure)
    linreg: the bias is subtracted: this is Xw − b, not Xw + b.
    <BLANKLINE>
      with      X = [[2]], w = [[3]], b = [1]
      expected  [[7]], shape (1, 1)
      got       [[5]], shape (1, 1)
    <BLANKLINE>
    Explained in https://linreg.github.io/linreg/en/linear-model/#model
"""

from typing import Any

from linreg._names import closest
from linreg.check._data_iter import data_iter
from linreg.check._gradients import gradients
from linreg.check._linreg import linreg
from linreg.check._sgd import sgd
from linreg.check._squared_loss import squared_loss
from linreg.check._synthetic_data import synthetic_data
from linreg.check._train import train
from linreg.check.report import CheckFailed, Passed

__all__ = [
    "CheckFailed",
    "Passed",
    "data_iter",
    "gradients",
    "linreg",
    "sgd",
    "squared_loss",
    "synthetic_data",
    "train",
]


def __getattr__(name: str) -> Any:
    """Say which functions can be checked, when one is asked for that cannot."""
    message = f"module {__name__!r} has no attribute {name!r}"
    if not name.startswith("_"):
        meant = closest(name, __all__)
        known = ", ".join(each for each in __all__ if each.islower())
        message = (
            f"linreg.check has no check of {name}"
            + (f": did you mean linreg.check.{meant}? " if meant else ". ")
            + f"It checks {known}"
        )
    raise AttributeError(message, name=name)
