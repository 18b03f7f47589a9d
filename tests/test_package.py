"""The package as a whole: what it offers, what it loads, and that its examples run."""

import ast
import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import linreg

HERE = Path(linreg.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(HERE).with_suffix("").parts)
    for path in [*HERE.glob("*.py"), *HERE.glob("distributed/*.py"), *HERE.glob("watch/*.py")]
    if path.stem != "__init__"
)
PROMISED = {
    "Animator",
    "DataModule",
    "HyperParameters",
    "LinearRegression",
    "LinearRegressionScratch",
    "Module",
    "ProgressBoard",
    "SGD",
    "SyntheticRegressionData",
    "Timer",
    "Trainer",
    "add_to_class",
    "check",
    "cpu",
    "data_iter",
    "evaluate_loss",
    "between",
    "by_script",
    "frames",
    "gpu",
    "gradients",
    "interact",
    "least_squares",
    "linreg",
    "load_array",
    "max_stable_lr",
    "num_gpus",
    "plot",
    "plt",
    "set_axes",
    "set_figsize",
    "sgd",
    "squared_loss",
    "synthetic_data",
    "use_svg_display",
}


def run(code):
    """Run a program in a new process; return what it printed."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True
    ).stdout


def test_the_package_offers_what_it_promises():
    assert set(linreg.__all__) == PROMISED
    assert set(dir(linreg)) >= PROMISED


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_each_name_can_be_used(name):
    assert getattr(linreg, name) is not None


def test_each_public_name_of_a_module_is_one_of_the_package():
    for module in MODULES:
        for name in getattr(importlib.import_module(f"linreg.{module}"), "__all__", []):
            assert getattr(linreg, name) is getattr(
                importlib.import_module(f"linreg.{module}"), name
            )


def test_importing_the_package_loads_nothing():
    loaded = run(
        "import sys; before = set(sys.modules); import linreg;"
        "print(sorted({m.partition('.')[0] for m in set(sys.modules) - before}))"
    )
    heavy = {"torch", "numpy", "matplotlib", "tqdm", "jaxtyping", "IPython", "markdown", "mkdocs"}
    assert not heavy & set(ast.literal_eval(loaded))


@pytest.mark.slow
def test_training_without_a_display_loads_no_matplotlib():
    loaded = run(
        "import sys, linreg as d2l; model = d2l.LinearRegressionScratch(2, 0.03);"
        "model.board.display = False;"
        "d2l.Trainer(1).fit(model, d2l.SyntheticRegressionData([2, -3.4], 4.2));"
        "print([m for m in ('matplotlib', 'IPython', 'mkdocs') if m in sys.modules])"
    )
    assert loaded.strip() == "[]"


@pytest.mark.slow
def test_a_star_import_gives_every_name():
    names = run("from linreg import *; print(sorted(n for n in dir() if not n.startswith('_')))")
    assert set(ast.literal_eval(names)) == PROMISED


IMPORTS_OF = {
    "_arguments": set(),
    "_names": set(),
    "_notebook": set(),
    "analytic": {"_arguments", "scratch"},
    "animator": {"_arguments", "_notebook", "hyperparameters", "live", "plotting"},
    "board": {"_arguments", "hyperparameters", "live", "plotting"},
    "data": {"_arguments", "hyperparameters"},
    "devices": {"_arguments"},
    "distributed.group": set(),
    "distributed.parts": {"_arguments", "data"},
    "hyperparameters": {"_arguments"},
    "interaction": {"_arguments", "_notebook"},
    "live": {"_notebook", "plotting"},
    "models": {"_arguments", "module", "optim", "scratch"},
    "module": {"_arguments", "board", "hyperparameters"},
    "optim": {"_arguments", "hyperparameters"},
    "plotting": {"_arguments", "_notebook"},
    "scratch": {"_arguments"},
    "timer": set(),
    "trainer": {
        "_arguments",
        "_notebook",
        "board",
        "devices",
        "distributed",
        "hyperparameters",
        "watch",
        "watch.arguments",
        "watch.parts",
    },
    "watch.arguments": {"_arguments", "watch.parts"},
    "watch.broadcast": {"watch.parts"},
    "watch.calls": set(),
    "watch.errors": {"watch.losses", "watch.parts"},
    "watch.features": {"watch.parts"},
    "watch.losses": {"_arguments", "analytic", "board", "watch.parts"},
    "watch.parts": set(),
    "watch.steps": {"watch.parts"},
}


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module):
    tree = ast.parse((HERE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    imported = {
        node.module.removeprefix("linreg.")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("linreg")
    }
    assert imported == IMPORTS_OF[module]


def documented(name):
    """Return an object of the package if it is one of our classes or functions."""
    thing = getattr(linreg, name)
    return thing if getattr(thing, "__module__", "").startswith("linreg.") else None


OURS = [name for name in sorted(PROMISED - {"check", "plt"}) if documented(name)]


def test_all_but_the_modules_are_ours():
    assert sorted(PROMISED - {"check", "plt"}) == OURS


@pytest.mark.parametrize("name", OURS)
@pytest.mark.usefixtures("no_open_figures")
def test_the_example_of_a_docstring_runs(name, capsys):
    thing = getattr(linreg, name)
    module = vars(sys.modules[thing.__module__])
    tests = doctest.DocTestFinder().find(thing, name, module=False, globs=module)
    assert sum(len(test.examples) for test in tests) > 0
    runner = doctest.DocTestRunner()
    for test in tests:
        runner.run(test)
    assert runner.failures == 0, capsys.readouterr().out


TITLES = {
    re.search(r"^title: (.*)$", page.read_text(encoding="utf-8"), flags=re.M)[1]
    for page in (HERE.parent / "docs" / "en").glob("*.md")
}


@pytest.mark.parametrize("name", OURS)
def test_a_docstring_names_chapters_that_there_are(name):
    source = re.search(r"Source: chapters? (.*)\.$", getattr(linreg, name).__doc__, flags=re.M)
    chapters = re.findall(r'"([^"]+)"', source[1])
    assert chapters
    assert set(chapters) <= TITLES
