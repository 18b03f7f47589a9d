"""Whether a notebook shows what the code draws."""

import sys


def in_notebook() -> bool:
    """Tell whether a Jupyter kernel runs this code, so that outputs can be replaced as they change.

    A terminal, a script and the book's own build have no kernel.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
