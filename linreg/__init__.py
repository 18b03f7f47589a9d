"""Linear regression from scratch in PyTorch: the package that the book's chapters import.

Every public name is here, as `linreg.squared_loss`; `__init__.pyi` lists them by module. A module
is loaded when one of its names is first used, so that `import linreg` alone costs nothing.
"""

import sys
from typing import Any

import lazy_loader

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    """Load the module of a public name; say what else there is when it is none."""
    if name in __all__:
        return _load(name)
    if name.startswith("_"):  # what Python and its tools ask every module for
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    from importlib.util import find_spec

    from linreg._names import about_missing

    # `from linreg import name` first looks whether the package has the name. It would replace an
    # AttributeError's words by its own; an ImportError it passes on.
    asked_by = sys._getframe(1).f_code.co_name
    if asked_by == "_handle_fromlist" and find_spec(f"{__name__}.{name}") is None:
        raise ImportError(about_missing(name, __all__), name=__name__)
    raise AttributeError(about_missing(name, __all__), name=name)
