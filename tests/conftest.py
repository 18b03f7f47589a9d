"""While a test runs, every call into the package is held against its signature, shapes included.

jaxtyping's import hook wraps the functions when their module is loaded. The check itself is
switched on for the tests in this folder only: blocks of the chapters run as a reader runs them.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import hypothesis
import jaxtyping
import matplotlib
import pytest
import torch
from filelock import FileLock
from website.server import host

from book.checks import outputs
from linreg.literate.pages import run_pages

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

# Files and folders whose tests are slow, most of them: see the marker in pyproject.toml.
SLOW = [
    "docs",
    "tests/literate/test_controls.py",
    "tests/literate/test_display.py",
    "tests/literate/test_extension.py",
    "tests/literate/test_figures.py",
    "tests/literate/test_files.py",
    "tests/literate/test_manual.py",
    "tests/literate/test_moving.py",
    "tests/literate/test_preload.py",
    "tests/literate/test_program.py",
    "tests/literate/test_reads.py",
    "tests/literate/test_resume.py",
    "tests/literate/test_runner.py",
    "tests/literate/test_shell.py",
    "tests/literate/test_site.py",
    "tests/test_conftest.py",
    "tests/test_copies.py",
    "tests/test_distributed.py",
    "tests/test_live.py",
    "tests/test_notes.py",
    "tests/test_outputs.py",
    "tests/test_wheel.py",
    "tests/website",
]

jaxtyping.install_import_hook([f"linreg.{module}" for module in CHECKED], BEARTYPE)
jaxtyping.config.update("jaxtyping_disable", True)
matplotlib.use("Agg")

# What a shell starts in the background does not hear Ctrl-C, nor do its children: the servers that
# tests interrupt are these.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

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


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process a core, four at most; with `auto` one more, since some wait for a browser."""
    return min((os.cpu_count() or 1) + (config.option.numprocesses == "auto"), 4)


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist, whose own groups pytest 9.2 knows nothing of
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let one process run all tests of a file that has a fixture for all of them."""
    from xdist.scheduler import LoadScopeScheduling

    @cache
    def shares(file: str) -> bool:
        text = (config.rootpath / file).read_text(encoding="utf-8")
        return 'scope="module"' in text or "own_server" in text

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if shares(file) else nodeid

    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is slow. Processes side by side begin with that: none has long to do at the end.

    A name with an address in it is another one in each process, so that none can share the tests.
    """
    if strange := [item.nodeid for item in items if " at 0x" in item.nodeid]:
        raise pytest.UsageError("tests are named after a place in memory: " + ", ".join(strange))
    places = {Path(__file__).parents[1] / name for name in SLOW}
    slow = {path for path in {item.path for item in items} if places & {path, *path.parents}}
    for item in items:
        if item.path in slow:
            item.add_marker("slow")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FileLock:
    """For what takes all cores, and what one process makes for all."""
    shared = getattr(request.config, "workerinput", None)
    folder = Path(shared["site"][0]) if shared else tmp_path_factory.mktemp("site")
    return FileLock(folder.with_name("site.lock"))


@pytest.fixture(scope="session")
def pages_that_ran(alone: FileLock) -> None:
    """The outputs of all pages are in the cache, where the build of the site finds them too."""
    with alone, pytest.MonkeyPatch.context() as patch:
        patch.chdir(outputs.ROOT)
        run_pages(outputs.pages(), outputs.options())


@pytest.fixture(scope="module")
def own_server() -> Iterator[None]:
    """Sessions are forked from a server that has loaded ahead what the tests of a file say.

    There is one in a process, and that of another file may have loaded more, which every copy of a
    session takes along, or less: what a session imports itself, such as torch._dynamo, which makes
    a folder, can keep it from leaving copies.
    """
    forkserver._forkserver._stop()  # there for tests, as Python's source says
    yield
    forkserver._forkserver._stop()


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
