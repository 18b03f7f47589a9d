"""Linear regression from scratch in PyTorch: the package that the book's chapters import.

Every public name is here, as `linreg.squared_loss`; `__init__.pyi` lists them by module. A module
is loaded when one of its names is first used, so that `import linreg` alone costs nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
