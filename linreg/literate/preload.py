"""What is done once, in the process that all sessions are forked from: imports, a first figure.

The first figure of a process, with a formula in it, takes a tenth of a second more than the next.

Of the package nothing stays loaded, since an edit to it counts; so this is no module to keep, and
its import ends with the error that `multiprocessing` passes over. What stays is the compiled code
of modules, for as long as their text is the same.
"""

import contextlib
import importlib
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from linreg.literate import figures

PACKAGE = Path(__file__).parents[1]


def draw() -> None:
    """Draw what most figures have."""
    figures.prepare()
    figure = Figure()
    figure.subplots().set(yscale="log", xlabel="a", title="$a^2$")
    figures.to_svg(figure)
    matplotlib.use("svg")  # the backend of a page is the package's, and loaded anew


def keep_code() -> None:
    """Spare the sessions the compiling: nothing of it is written beside the sources."""
    code = {}
    for file in PACKAGE.rglob("*.py"):
        with contextlib.suppress(OSError, SyntaxError, ValueError):  # who imports it will be told
            source = file.read_bytes()
            code[str(file), source] = compile(source, file, "exec", dont_inherit=True)
    compile_anew = SourceFileLoader.source_to_code

    def source_to_code(self: Any, data: Any, path: Any, **options: Any) -> Any:
        return code.get((path, bytes(data))) or compile_anew(self, data, path, **options)

    SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign]


for name in (
    "torch",
    "torch._dynamo",  # the first optimizer of torch.optim imports it, in more than a second
    "numpy.random",
    "matplotlib.backends.backend_svg",
    "matplotlib.pyplot",
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.interactiveshell",
    "IPython.core.magics",
    "markdown",
    "jaxtyping",
):
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
draw()
keep_code()
for name in [name for name in sys.modules if name.partition(".")[0] == "linreg"]:
    del sys.modules[name]
raise ImportError("nothing of the package stays loaded")
