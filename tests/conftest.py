"""While a test runs, every call into the package is held against its signature, shapes included.

jaxtyping's import hook wraps the functions when their module is loaded. The check itself is
switched on for the tests in this folder only: blocks of the chapters run as a reader runs them.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import jaxtyping
import matplotlib
import pytest
import torch
from website.server import host

CHECKED = [  # not hyperparameters: who asks for its caller's arguments is not to be wrapped
    "analytic",
    "animator",
    "board",
    "data",
    "devices",
    "live",
    "models",
    "module",
    "optim",
    "plotting",
    "scratch",
    "timer",
    "trainer",
    "watch",
]
BEARTYPE = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"  # 1 is a float

# Files and folders whose tests are slow, all of them: see the marker in pyproject.toml.
SLOW = ["website", "test_copies.py", "test_notes.py", "test_outputs.py", "literate/test_site.py"]

jaxtyping.install_import_hook([f"linreg.{module}" for module in CHECKED], BEARTYPE)
jaxtyping.config.update("jaxtyping_disable", True)
matplotlib.use("Agg")

# No deadline: how long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("linreg", max_examples=30, deadline=None)
hypothesis.settings.load_profile("linreg")


_SITE = pytest.StashKey[tuple[str, str]]()


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_configure_node(node: Any) -> None:
    """Tell a process that tests beside others where the site will be: this one serves it to all."""
    config: pytest.Config = node.config
    if _SITE not in config.stash:
        served = ExitStack()
        config.stash[_SITE] = served.enter_context(host())
        config.add_cleanup(served.close)
    node.workerinput["site"] = config.stash[_SITE]


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups when it is asked after us
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, and keep tests together whose file has a fixture for all of them.

    A name with an address in it is another one in each process, so that none can share the tests.
    """
    if strange := [item.nodeid for item in items if " at 0x" in item.nodeid]:
        raise pytest.UsageError("tests are named after a place in memory: " + ", ".join(strange))
    here = Path(__file__).parent
    slow = tuple(here / name for name in SLOW)
    together = {}
    for item in items:
        if any(item.path.is_relative_to(place) for place in slow):
            item.add_marker("slow")
        if item.path not in together:
            together[item.path] = 'scope="module"' in item.path.read_text(encoding="utf-8")
        if together[item.path]:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(autouse=True)
def checked_shapes() -> Iterator[None]:
    """Hold every call into the package against its signature."""
    jaxtyping.config.update("jaxtyping_disable", False)
    yield
    jaxtyping.config.update("jaxtyping_disable", True)


@pytest.fixture(autouse=True, scope="session")
def own_ipython(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the settings and the history of who runs the tests out of them, and them out of it.

    IPython also takes packages from the environment that is activated, whichever runs the tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("VIRTUAL_ENV", raising=False)
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        yield


@pytest.fixture
def own_messages(checked_shapes: None) -> None:
    """Let a wrong argument reach the package, to test what it says about it."""
    jaxtyping.config.update("jaxtyping_disable", True)


@pytest.fixture(autouse=True)
def same_random_numbers() -> None:
    """Start each test from the same state of torch's global generator."""
    torch.manual_seed(0)


@pytest.fixture
def no_open_figures() -> Iterator[None]:
    """Begin and end with no figure in pyplot."""
    from matplotlib import pyplot as plt

    plt.close("all")
    yield
    plt.close("all")
