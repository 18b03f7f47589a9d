"""What is done once, in the process that all sessions are forked from: imports, a first figure.

The first figure of a process, with a formula in it, takes a tenth of a second more than the next.

Of the engine and of the packages whose source counts nothing stays loaded, since an edit to them
counts; so this is no module to keep, and its import ends with the error that `multiprocessing`
passes over. What stays is the compiled code of their modules, for as long as the text is the same.
"""

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from linreg.literate import figures
from linreg.literate.worker import AHEAD

MODULES = (
    "numpy.random",
    "matplotlib.backends.backend_svg",
    "matplotlib.pyplot",
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.interactiveshell",
    "IPython.core.magics",
    "markdown",
)


def draw(fonts: Iterable[str]) -> None:
    """Draw what most figures have."""
    figures.prepare(list(map(Path, fonts)))
    figure = Figure()
    figure.subplots().set(yscale="log", xlabel="a", title="$a^2$")
    figures.to_svg(figure)
    matplotlib.use("svg")  # the backend of a page is the package's, and loaded anew


def sources(packages: Iterable[str]) -> Iterator[Path]:
    """Find the modules of the engine, and of packages."""
    yield from Path(__file__).parent.rglob("*.py")
    for package in packages:
        spec = find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            yield from Path(folder).rglob("*.py")


def keep_code(packages: Iterable[str]) -> None:
    """Spare the sessions the compiling: nothing of it is written beside the sources."""
    code = {}
    for file in sources(packages):
        with contextlib.suppress(OSError, SyntaxError, ValueError):  # who imports it will be told
            source = file.read_bytes()
            code[str(file), source] = compile(source, file, "exec", dont_inherit=True)
    compile_anew = SourceFileLoader.source_to_code

    def source_to_code(self: Any, data: Any, path: Any, **options: Any) -> Any:
        return code.get((path, bytes(data))) or compile_anew(self, data, path, **options)

    SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign]


ahead = json.loads(os.environ.pop(AHEAD, "{}"))
packages = ahead.get("packages", ())
for name in (*ahead.get("modules", ()), *MODULES):
    with contextlib.suppress(Exception):  # a session that imports it will be told
        importlib.import_module(name)
with contextlib.suppress(Exception):  # so will one that has a font that cannot be read
    draw(ahead.get("fonts", ()))
keep_code(packages)
tops = {name.partition(".")[0] for name in (__name__, *packages)}
for name in [name for name in sys.modules if name.partition(".")[0] in tops]:
    del sys.modules[name]
raise ImportError("nothing of these packages stays loaded")
