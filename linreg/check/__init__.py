"""What is wrong with my answer? Runs a learner's own function and names its mistake.

Each check calls the function on small inputs. It gives back a report of what was verified, which
shows itself as the last line of a cell, or raises `CheckFailed`: the message names the mistake,
shows the smallest input on which it appears and links the section of the book that explains it. In
English, or in Chinese with `lang="zh"` or the environment variable `LINREG_LANG=zh`.

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
    Explained in https://linreg.github.io/linreg/en/01-linear-model/#model
"""

from linreg.check.data import data_iter, synthetic_data
from linreg.check.model import gradients, linreg, squared_loss
from linreg.check.report import CheckFailed, Passed
from linreg.check.training import sgd, train

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
