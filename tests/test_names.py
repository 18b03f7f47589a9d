"""What the package says about a name that it does not have, and what keeps working beside it."""

import copy
import doctest
import importlib
import inspect
import pickle
import pkgutil
import pydoc
import subprocess
import sys
import timeit
import traceback

import pytest
import torch

import linreg
from linreg._names import INSTEAD, OF_TORCH, OF_TORCH_NN, OTHER_CHAPTERS, about_missing

SCOPE = "linreg holds what the linear-regression parts of Dive into Deep Learning need"


def message(name):
    with pytest.raises(AttributeError) as caught:
        getattr(linreg, name)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("SyntheticRegresionData", "SyntheticRegressionData"),
        ("Anmator", "Animator"),
        ("animator_", "Animator"),
        ("synthetic_dat", "synthetic_data"),
        ("generate_synthetic_data", "synthetic_data"),
        ("linear_regression", "LinearRegression"),
        ("LinearRegresionScratch", "LinearRegressionScratch"),
        ("LinearRegressionscratch", "LinearRegressionScratch"),
        ("trainer_", "Trainer"),
        ("square_loss", "squared_loss"),
        ("squaredloss", "squared_loss"),
        ("progress_board", "ProgressBoard"),
        ("load_arry", "load_array"),
        ("data_itr", "data_iter"),
        ("Hyperparameters", "HyperParameters"),
        ("set_fig_size", "set_figsize"),
        ("use_svg", "use_svg_display"),
        ("evaluateloss", "evaluate_loss"),
        ("dataModule", "DataModule"),
        ("SDG", "SGD"),
    ],
)
def test_a_misspelt_name_brings_the_one_that_was_meant_and_the_scope(written, meant):
    assert message(written).startswith(f"linreg has no {written}: did you mean linreg.{meant}? ")
    assert SCOPE in message(written)


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("tensor", "torch.tensor"),
        ("ones", "torch.ones"),
        ("reduce_sum", "x.sum()"),
        ("size", "x.numel()"),
        ("numpy", "x.detach().numpy()"),
        ("try_gpu", 'torch.device("cuda" if torch.cuda.is_available() else "cpu")'),
        ("LSTM", "torch.nn.LSTM"),
        ("load_data_fashion_mnist", "torchvision.datasets.FashionMNIST"),
        ("train_ch3", "linreg.Trainer with a linreg.Module"),
        ("Accumulator", "sums of your own"),
    ],
)
def test_a_name_of_the_books_package_brings_what_to_use_instead(name, instead):
    assert message(name).startswith(f"linreg has no {name}: use {instead}")
    assert SCOPE in message(name)


def test_a_name_of_another_chapter_is_said_to_be_one():
    assert "MaskedSoftmaxCELoss, which another chapter of the book defines" in message(
        "MaskedSoftmaxCELoss"
    )


def test_any_other_name_brings_the_scope_alone():
    assert message("foo").startswith("linreg has no foo. linreg holds")


def test_what_is_said_to_be_in_torch_is_there():
    assert all(hasattr(torch, name) for name in OF_TORCH)
    assert all(hasattr(torch.nn, name) for name in OF_TORCH_NN)
    for instead in INSTEAD.values():
        for word in instead.split():
            place, _, rest = word.rstrip(",").partition(".")
            if place == "torch" and rest:
                thing = torch
                for part in rest.partition("(")[0].split("."):
                    thing = getattr(thing, part)
            elif place == "linreg":
                assert hasattr(linreg, rest.partition("(")[0].partition(".")[0])


def test_no_name_stands_twice_and_none_is_public():
    groups = [set(INSTEAD), OF_TORCH, OF_TORCH_NN, OTHER_CHAPTERS]
    assert sum(map(len, groups)) == len(set().union(*groups))
    assert not set().union(*groups) & set(linreg.__all__)


# as an import


def stderr_of(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr


@pytest.mark.parametrize(
    "code",
    [
        "from linreg import Anmator",
        "from linreg import Timer, Anmator",
        "import linreg as d2l\nfrom linreg import Anmator",
        "import torch, linreg\nlinreg.Timer\nfrom linreg import Anmator as A",
    ],
)
def test_from_linreg_import_says_the_same(code):
    last = stderr_of(code).strip().splitlines()[-1]
    assert last.startswith("ImportError: linreg has no Anmator: did you mean linreg.Animator?")
    assert SCOPE in last


def test_the_interpreter_adds_no_guess_of_its_own():
    last = stderr_of("import linreg\nlinreg.Animater").strip().splitlines()[-1]
    assert last == "AttributeError: " + about_missing("Animater", linreg.__all__)


def test_an_import_error_can_be_caught_as_ever():
    with pytest.raises(ImportError):
        from linreg import nothing  # noqa: F401
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'linreg\.nothing'"):
        importlib.import_module("linreg.nothing")
    assert importlib.util.find_spec("linreg.nothing") is None


@pytest.mark.slow
def test_a_module_of_the_package_can_still_be_imported_from_it():
    code = "from linreg import trainer, timer; print(trainer.__name__, timer.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "linreg.trainer linreg.timer\n"


# what must not notice


def test_hasattr_and_getattr_with_a_default_work():
    assert not hasattr(linreg, "try_gpu")
    assert not hasattr(linreg, "nothing")
    assert getattr(linreg, "nothing", 3) == 3
    assert hasattr(linreg, "Animator")


@pytest.mark.parametrize("name", ["__wrapped__", "__version__", "_repr_html_", "__deepcopy__"])
def test_a_name_with_an_underscore_is_answered_as_any_module_does(name):
    assert message(name) == f"module 'linreg' has no attribute '{name}'"


def test_tools_that_look_at_modules_and_objects_work():
    assert inspect.getmodule(linreg) is None or inspect.getmodule(linreg) is linreg
    assert inspect.unwrap(linreg.sgd).__name__ == "sgd"
    assert dict(inspect.getmembers(linreg))["sgd"] is linreg.sgd
    assert copy.copy(linreg.sgd) is linreg.sgd
    assert copy.deepcopy(linreg.SGD) is linreg.SGD
    assert pickle.loads(pickle.dumps(linreg.sgd)) is linreg.sgd
    assert doctest.DocTestFinder().find(linreg)
    assert pydoc.locate("linreg.sgd") is linreg.sgd
    assert pydoc.locate("linreg.nothing") is None
    assert pkgutil.resolve_name("linreg:Timer") is linreg.Timer
    assert "squared_loss" in pydoc.render_doc(linreg)


def test_asking_for_a_missing_name_is_cheap():
    # measured: 0.1 ms for a name, 0.005 ms with an underscore; a tenth of a second is a mistake
    assert min(timeit.repeat(lambda: hasattr(linreg, "nothing"), number=1, repeat=5)) < 0.05
    assert min(timeit.repeat(lambda: hasattr(linreg, "__nothing__"), number=1, repeat=5)) < 0.005


def test_a_missing_name_loads_neither_torch_nor_matplotlib():
    code = (
        "import sys, linreg; hasattr(linreg, 'Anmator');"
        "print([m for m in ('torch', 'numpy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_the_traceback_ends_in_the_message():
    try:
        linreg.Trainr  # noqa: B018
    except AttributeError:
        assert "did you mean linreg.Trainer?" in traceback.format_exc()
