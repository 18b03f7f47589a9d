"""While a test runs, every call into the package is held against its signature, shapes included.

jaxtyping's import hook wraps the functions when their module is loaded. The check itself is
switched on for the tests in this folder only: blocks of the chapters run as a reader runs them.
"""

from collections.abc import Iterator

import hypothesis
import jaxtyping
import matplotlib
import pytest
import torch

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

jaxtyping.install_import_hook([f"linreg.{module}" for module in CHECKED], BEARTYPE)
jaxtyping.config.update("jaxtyping_disable", True)
matplotlib.use("Agg")

# No deadline: how long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("linreg", max_examples=30, deadline=None)
hypothesis.settings.load_profile("linreg")


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
