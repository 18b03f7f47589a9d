"""What all checks share: their words, links and languages, and that they leave no trace."""
# ruff: noqa: NPY002  # learners use NumPy's global generator

import contextlib
import logging
import pickle
import random
import re
import sys
import threading
import warnings
from email.message import Message
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from tqdm import tqdm

import linreg as package
from linreg import check
from linreg.check import (
    _data_iter,
    _gradients,
    _linreg,
    _sgd,
    _squared_loss,
    _synthetic_data,
    _train,
    arguments,
    book,
    calls,
    classes,
    report,
)
from linreg.check.words import Text, excerpt

from .answers import failure_of
from .test_data_iter import seeded_order, shuffled_list, shuffled_within
from .test_gradients import undefined_name
from .test_linreg import (
    bias_before_sum,
    detached_weights,
    in_place,
    matrix_product,
    minus_bias,
    row_of_predictions,
)
from .test_sgd import augmented_assignment, rebinds, switched_off, through_data
from .test_squared_loss import no_reshape
from .test_synthetic_data import root_of_noise, seeds_itself, with_numpy
from .test_train import as_in_the_book, seeded_at_the_start

ROOT = Path(__file__).parents[2]
CHECKS = [
    check.synthetic_data,
    check.data_iter,
    check.linreg,
    check.squared_loss,
    check.gradients,
    check.sgd,
]
MODULES = [
    _data_iter,
    _gradients,
    _linreg,
    _sgd,
    _squared_loss,
    _synthetic_data,
    _train,
    arguments,
    classes,
    report,
]


def everything(kind):
    """Return all values of a kind that the modules of the checks define."""
    for module in MODULES:
        for value in vars(module).values():
            parts = value if type(value) in (tuple, list) else (value,)
            yield from (part for part in parts if isinstance(part, kind))


ENTRIES = list({id(each): each for each in everything(report.Mistake)}.values())


@pytest.mark.parametrize("checked", CHECKS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_functions_of_the_package_pass(checked, lang):
    passed = checked(getattr(package, checked.__name__), lang=lang)
    assert passed.check == checked.__name__
    assert not passed.notes


@pytest.mark.parametrize("checked", CHECKS, ids=lambda each: each.__name__)
def test_the_functions_of_the_package_pass_when_float64_is_the_default(checked):
    torch.set_default_dtype(torch.float64)
    try:
        checked(getattr(package, checked.__name__))
        check.train(as_in_the_book)
    finally:
        torch.set_default_dtype(torch.float32)


def test_the_name_of_a_check_is_the_function():
    assert all(callable(getattr(check, name)) for name in check.__all__)
    assert check.sgd is _sgd.sgd


def test_a_failure_shows_the_mistake_the_input_and_the_section():
    assert str(failure_of(check.sgd, rebinds)) == (
        "sgd: the parameters have not changed. Either nothing updates them, or the update is"
        " `param = param - …`, which makes a new tensor and gives it the name; the tensor that the"
        " model uses stays as it was. Change that one in place: `param -= …` under"
        " `torch.no_grad()`.\n"
        "\n"
        "  with      params = [w, b], w = [[1]], w.grad = [[6]], b = [2], b.grad = [3], lr = 0.1,"
        " batch_size = 3\n"
        "  expected  w = [[0.8]], w.grad = [[0]], b = [1.9], b.grad = [0]\n"
        "  got       w = [[1]], w.grad = [[6]], b = [2], b.grad = [3]\n"
        "\n"
        "Explained in https://linreg.github.io/linreg/en/no-grad/#rebinding"
    )


def test_a_failure_in_chinese_reads_so():
    assert str(failure_of(check.squared_loss, no_reshape, lang="zh")) == (
        "squared_loss：(n, 1) − (n,) 会广播成 (n, n)：每个预测值减去每个标签，而且不报错。"
        "请先让 `y` 与 `y_hat` 形状相同：`y.reshape(y_hat.shape)`。\n"
        "\n"
        "  输入  y_hat = [[1], [3]], y = [4, 2]\n"
        "  应得  [[4.5], [0.5]], shape (2, 1)\n"
        "  实得  [[4.5, 0.5], [0.5, 0.5]], shape (2, 2)\n"
        "\n"
        "详见 https://linreg.github.io/linreg/zh/broadcasting/#trap"
    )


def test_a_failure_says_what_the_call_left_behind():
    assert str(failure_of(check.sgd, switched_off)).splitlines()[4] == (
        "  got       w = [[0.8]], w.grad = [[0]], b = [1.9], b.grad = [0];"
        " torch.is_grad_enabled() = False"
    )
    assert "  got       [[7]], shape (1, 1); w.grad = None\n" in str(
        failure_of(check.linreg, detached_weights)
    )
    assert "  got       [[7]], shape (1, 1); X = [[3]]\n" in str(failure_of(check.linreg, in_place))


def takes_a_cost(params, lr, batch_size, cost):
    pass


def test_a_function_with_other_arguments_is_shown_its_signature():
    assert str(failure_of(check.sgd, takes_a_cost)) == (
        "sgd: your function takes other arguments. It is called with these, which it may take in"
        " any order under their usual names.\n"
        "\n"
        "  expected  sgd(params, lr, batch_size)\n"
        "  got       takes_a_cost(params, lr, batch_size, cost)\n"
        "\n"
        "Explained in https://linreg.github.io/linreg/en/training-loop/#update"
    )


def test_the_smallest_input_is_the_one_that_is_shown():
    assert "with      X = [[2]], w = [[3]], b = [1]\n" in str(failure_of(check.linreg, minus_bias))
    assert "X = [[2], [5]]" in str(failure_of(check.linreg, row_of_predictions))
    assert "X = [[1, 2]]" in str(failure_of(check.linreg, bias_before_sum))


def test_what_passed_shows_itself():
    passed = check.sgd(through_data, lang="zh")
    assert str(passed) == repr(passed)
    assert repr(passed) == (
        "sgd：通过\n"
        "✓ 每个参数都移动 −lr · grad / batch_size\n"
        "✓ 改变的是参数张量本身，它们仍然需要梯度\n"
        "✓ 梯度用过之后已清零\n"
        "! 更新是通过 `.data` 做的：能用，但自动微分看不到这次修改；如果某个计算图还要用旧值，"
        "本该报错，现在却会悄悄算出错误的梯度："
        "https://linreg.github.io/linreg/zh/no-grad/#data"
    )


def test_nothing_is_printed_by_a_check(capsys):
    check.train(as_in_the_book)
    check.sgd(augmented_assignment)
    assert capsys.readouterr() == ("", "")


def test_the_language_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("LINREG_LANG", "zh")
    assert repr(check.linreg(matrix_product)).startswith("linreg：通过")
    assert repr(check.linreg(matrix_product, lang="en")).startswith("linreg: passed")
    monkeypatch.setenv("LINREG_LANG", "")
    assert repr(check.linreg(matrix_product)).startswith("linreg: passed")


def test_another_language_is_refused():
    with pytest.raises(ValueError, match=r"lang must be 'en' or 'zh' .* got 'de'"):
        check.linreg(matrix_product, lang="de")


def test_something_that_is_no_function_is_refused():
    message = r"f must be a function, as in check.sgd\(sgd\), got None"
    with pytest.raises(TypeError, match=message):
        check.sgd(None)


def test_a_failure_carries_the_exception_of_the_learner():
    failure = failure_of(check.gradients, undefined_name)
    assert isinstance(failure.__cause__, NameError)
    assert isinstance(failure, AssertionError)


def test_a_failure_survives_pickling():
    failure = failure_of(check.sgd, rebinds)
    copy = pickle.loads(pickle.dumps(failure))
    assert str(copy) == str(failure)
    assert (copy.check, copy.mistake, copy.url) == (failure.check, failure.mistake, failure.url)


def test_an_endless_generator_is_read_a_few_batches_far():
    drawn = []

    def endless(batch_size, features, labels):
        while True:
            drawn.append(len(features))
            yield features[:batch_size], labels[:batch_size]

    assert failure_of(check.data_iter, endless).mistake == "endless"
    assert len(drawn) < 1000


def random_states():
    return torch.get_rng_state().tolist(), random.getstate(), str(np.random.get_state())


@pytest.mark.parametrize(
    ("checked", "f"),
    [
        (check.synthetic_data, with_numpy),
        (check.synthetic_data, seeds_itself),
        (check.data_iter, shuffled_list),
        (check.data_iter, seeded_order),
        (check.train, seeded_at_the_start),
    ],
)
def test_the_random_states_of_the_learner_stay_as_they_were(checked, f):
    before = random_states()
    with contextlib.suppress(check.CheckFailed):
        checked(f)
    assert random_states() == before


def test_a_check_says_the_same_whatever_the_seed():
    messages = set()
    for seed in range(3):
        torch.manual_seed(seed)
        random.seed(seed)
        messages.add(str(failure_of(check.synthetic_data, root_of_noise)))
        messages.add(str(failure_of(check.data_iter, shuffled_within)))
    assert len(messages) == 2


@pytest.mark.parametrize("mode", [True, False])
def test_the_gradient_mode_of_the_learner_stays_as_it_was(mode):
    with torch.set_grad_enabled(mode):
        failure_of(check.sgd, switched_off)
        check.sgd(augmented_assignment)
        check.train(as_in_the_book)
        assert torch.is_grad_enabled() is mode


def test_a_warning_of_the_learners_function_does_not_become_an_error():
    def warns(X, w, b):
        warnings.warn("old", stacklevel=1)
        return X @ w + b

    check.linreg(warns)


def test_a_function_that_spoils_its_arguments_does_not_spoil_the_next_check():
    def spoils(features, labels, w, b, lr, num_epochs, batch_size):
        for value in (features, labels, w.data, b.data):
            value.fill_(7)

    failure_of(check.train, spoils)
    check.train(as_in_the_book)


# What the learner's function prints and does to the session


def noisy(f):
    """Return a function that does what `f` does, and tells everybody."""

    def tells(*args):
        print("hello from the function\nand a second line")
        print("to stderr", file=sys.stderr)
        logging.getLogger("learner").warning("logged")
        warnings.warn("warned", stacklevel=1)
        for _ in tqdm(range(2)):
            pass
        return f(*args)

    tells.__signature__ = __import__("inspect").signature(f)
    return tells


@pytest.mark.parametrize("checked", CHECKS, ids=lambda each: each.__name__)
def test_nothing_of_what_a_function_prints_comes_out_when_it_passes(checked, capsys, caplog):
    checked(noisy(getattr(package, checked.__name__)))
    check.train(noisy(as_in_the_book))
    assert capsys.readouterr() == ("", "")
    assert not caplog.records


def test_what_the_call_that_is_shown_has_printed_stands_in_the_failure():
    message = str(failure_of(check.linreg, noisy(minus_bias)))
    assert "\n  printed   hello from the function …\n" in message
    assert message.count("hello") == 1
    chinese = str(failure_of(check.linreg, noisy(minus_bias), lang="zh"))
    assert "\n  打印  hello from the function …\n" in chinese


def test_a_failure_of_a_silent_function_has_no_row_for_what_was_printed():
    assert "printed" not in str(failure_of(check.linreg, minus_bias))


def test_a_long_line_is_quoted_in_part():
    assert excerpt("word " * 100).endswith("word …")
    assert len(excerpt("word " * 100)) <= 80
    assert excerpt("\none line\n") == "one line"


def spoiling(f):
    """Return a function that does what `f` does, and changes the session for good."""

    def spoils(*args):
        result = f(*args)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.manual_seed(7)
        torch.set_num_threads(1)
        np.set_printoptions(precision=2)
        warnings.simplefilter("error")
        logging.disable(logging.DEBUG)
        plt.rcParams["lines.linewidth"] = 7
        plt.figure()
        return result

    spoils.__signature__ = __import__("inspect").signature(f)
    return spoils


def session():
    return (
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.get_num_threads(),
        np.get_printoptions()["precision"],
        list(warnings.filters),
        logging.root.manager.disable,
        plt.rcParams["lines.linewidth"],
        plt.get_fignums(),
        *random_states(),
    )


@pytest.mark.parametrize("checked", [check.linreg, check.data_iter], ids=lambda f: f.__name__)
def test_what_a_function_does_to_the_session_is_undone(checked, no_open_figures):
    plt.figure(3)
    before = session()
    with contextlib.suppress(check.CheckFailed):
        checked(spoiling(getattr(package, checked.__name__)))
    assert session() == before
    assert plt.gcf().number == 3


def test_the_default_device_is_what_it_was():
    def moves(X, w, b):
        torch.set_default_device("meta")
        return X @ w + b

    check.linreg(moves)
    assert torch.empty(0).device.type == "cpu"


# Functions that do not end, or end everything


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(calls, "SECONDS", 0.3)


def loops_for_ever(X, w, b):
    while True:
        b = b + 0


def loops_whatever_happens(X, w, b):
    while True:
        with contextlib.suppress(Exception):
            while True:
                pass
        return b


@pytest.mark.parametrize("f", [loops_for_ever, loops_whatever_happens])
def test_a_loop_without_an_end_is_stopped(f, impatient):
    failure = failure_of(check.linreg, f)
    assert failure.mistake in ("endless_loop", "shape_n", "unknown")


def test_the_message_of_a_loop_without_an_end(impatient):
    assert "`i += batch_size`" in str(failure_of(check.linreg, loops_for_ever))
    assert "停不下来" in str(failure_of(check.linreg, loops_for_ever, lang="zh"))


def test_after_one_call_without_an_end_no_other_is_begun(impatient):
    begun = []

    def counts(X, w, b):
        begun.append(1)
        loops_for_ever(X, w, b)

    failure_of(check.linreg, counts)
    assert len(begun) == 1
    check.linreg(matrix_product)


def test_a_check_works_in_another_thread():
    passed = []
    thread = threading.Thread(target=lambda: passed.append(check.linreg(matrix_product)))
    thread.start()
    thread.join()
    assert repr(passed[0]).startswith("linreg: passed")


def test_an_exit_does_not_end_the_session():
    def leaves(X, w, b):
        sys.exit("bye")

    failure = failure_of(check.linreg, leaves)
    assert failure.mistake == "raises"
    assert "SystemExit: bye" in str(failure)


ODD = [
    None,
    1,
    "text",
    [],
    (),
    {},
    (None, None),
    (1, "a"),
    [[1.0], [2.0]],
    torch.zeros(0),
    torch.tensor(float("nan")),
    torch.ones(2, 3, 4),
    torch.ones(2, dtype=torch.complex64),
    torch.ones(2, dtype=torch.bool),
    torch.ones(2).to_sparse(),
    (torch.ones(2), torch.ones(2, dtype=torch.complex64)),
    np.ones(3),
    object(),
    iter([]),
    [None],
    [(torch.ones(2), None)],
    [(torch.tensor(1.0), torch.tensor(2.0))],
    [torch.ones(1)],
]


@pytest.mark.parametrize(
    "odd", ODD, ids=lambda each: repr(each)[:30].partition(" at 0x")[0].replace("\n", "")
)
@pytest.mark.parametrize("checked", CHECKS, ids=lambda each: each.__name__)
def test_whatever_comes_back_the_check_fails_and_nothing_else_does(checked, odd):
    def answers(**values):
        return odd

    failure_of(checked, answers)


def test_a_mistake_that_foretells_another_outcome_is_not_named():
    def mean_of_two_only(y_hat, y):
        each = (y_hat - y.reshape(y_hat.shape)) ** 2 / 2
        return each.mean() if len(y) < 3 else each.max()

    assert failure_of(check.squared_loss, mean_of_two_only).mistake == "unknown"


# The texts and their links

SECTIONS = sorted(
    {each.section for each in ENTRIES if each.section}
    | {note.section for note in everything(report.Note)}
    | set(
        re.findall(
            r'"(\d\d-[\w-]+#[\w-]+)"',
            "".join(path.read_text() for path in (ROOT / "linreg/check").glob("*.py")),
        )
    )
)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("section", SECTIONS)
def test_the_section_that_is_linked_exists(lang, section):
    chapter, anchor = section.split("#")
    page = ROOT / "docs" / lang / f"{chapter}.md"
    if not page.exists():
        pytest.skip(f"{page.relative_to(ROOT)} is not written yet")
    assert re.search(rf"^#+ .*{{ *#{anchor} *}}$", page.read_text(), re.MULTILINE)


def test_the_links_lead_to_the_site_that_the_project_names():
    project = (ROOT / "pyproject.toml").read_text()
    assert f'\nDocumentation = "{book.USUAL}"\n' in project
    assert book.address() == book.USUAL


def test_a_package_that_is_not_installed_leads_to_the_usual_site(monkeypatch):
    def nothing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(book, "metadata", nothing)
    assert book.address.__wrapped__() == book.USUAL


@pytest.mark.parametrize("urls", [[], ["Source, https://example.org/"]])
def test_metadata_without_the_address_lead_to_the_usual_site(urls, monkeypatch):
    said = Message()
    for url in urls:
        said["Project-URL"] = url
    monkeypatch.setattr(book, "metadata", lambda name: said)
    assert book.address.__wrapped__() == book.USUAL


def chinese_texts():
    yield from (entry.zh for entry in ENTRIES)
    yield from (text.zh for text in everything(Text))
    yield from (note.text.zh for note in everything(report.Note))


def test_chinese_and_latin_are_set_apart_by_a_space():
    texts = list(chinese_texts())
    assert len(texts) > 100
    for text in texts:
        assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9`({]|[A-Za-z0-9`)}][\u4e00-\u9fff]", text)
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]", text)
        assert not re.search(r"\s[，。：；？！、]|[，。：；？！、]\s", text)
        assert "您" not in text


@pytest.mark.parametrize(
    ("written", "meant"),
    [("sdg", "sgd"), ("square_loss", "squared_loss"), ("dataiter", "data_iter"), ("SGD", "sgd")],
)
def test_a_check_that_is_misspelt_names_the_one_that_was_meant(written, meant):
    with pytest.raises(AttributeError, match=rf"did you mean linreg\.check\.{meant}\?"):
        getattr(check, written)


def test_a_function_that_cannot_be_checked_is_told_which_can():
    with pytest.raises(AttributeError) as caught:
        check.evaluate_accuracy  # noqa: B018
    assert str(caught.value) == (
        "linreg.check has no check of evaluate_accuracy. It checks data_iter, gradients, linreg, "
        "sgd, squared_loss, synthetic_data, train"
    )


def test_what_python_asks_every_module_for_is_answered_as_always():
    assert not hasattr(check, "__path_of__")
    with pytest.raises(AttributeError, match=r"has no attribute .__x__"):
        check.__x__  # noqa: B018
