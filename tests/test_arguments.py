"""Every argument of every public function, given what it cannot be: the message is of use.

It names the argument, says what it was and what it should be. The functions of `analytic` and of
`check` have their own tests.
"""

import math

import numpy as np
import pytest
import torch
from torch import nn

import linreg as d2l
from linreg._arguments import check_count, check_number, describe

pytestmark = pytest.mark.usefixtures("no_open_figures", "own_messages")

NAN, HUGE = float("nan"), 10**400
X, Y = torch.linspace(-1, 1, 20).reshape(10, 2), torch.ones(10, 1)

# What cannot be a ...
BAD = {
    "count": [None, "3", b"3", 3.5, True, -1, NAN, [], [3], torch.ones(3), np.ones(2), HUGE],
    "number": [
        None,
        "3",
        True,
        np.True_,
        torch.tensor(True),
        NAN,
        math.inf,
        [3],
        torch.ones(3),
        np.ones(2),
        1 + 2j,
        HUGE,
    ],
    "coordinate": ["3", True, torch.tensor(True), [[3]], torch.ones(2, 2), 1 + 2j, {"y": 3}],
    "tensor": [None, "a", 3.5, [[1.0, 2.0]], np.ones((10, 2)), nn.Linear],
    "tensors": [None, 3, "ab", torch.ones(10, 1), (X, "a"), {"X": X}, lambda: X],
    "bias": [None, "b", [1.0], torch.ones(2), torch.ones(1, 1, 1), torch.tensor([True]), HUGE],
    "weights": [
        None,
        2.0,
        "ab",
        b"ab",
        [],
        [1.0, "b"],
        [NAN],
        torch.tensor([1, NAN]),
        {2.0: 1},
        torch.tensor([math.inf]),
        torch.ones(2, 2),
        torch.tensor([2, 3]),
        np.ones((2, 2)),
        np.array([1, NAN]),
        np.array(["a"]),
    ],
    "generator": [0, 42, "seed", np.random.default_rng(0)],
    "flag": [None, "False", 2, 0.0, [True], torch.tensor(True)],
    "limits": [3, "ab", [1], (1, 2, 3), (NAN, 1), ("a", 1), {0: 1, 1: 2}, torch.tensor(1.0)],
    "scale": [None, "logg", 3, ["log"], np.ones(2)],
    "text": [["epoch"], b"epoch", torch.ones(1), np.ones(2)],
    "texts": [3, b"ab", torch.ones(2), {"a": 1}, [None], [["a"]]],
    "styles": [None, 3, b"-", (), [], {"-": 1}],
    "size": [None, 3, "ab", (3,), (3, 0), (3, -1), (3, "a"), (1, 2, 3), (NAN, 1)],
    "inputs": [None, X, "a", 3, [], {"X": X}],
    "initialiser": [3, "f", nn.Linear, X],
    "function": [None, 3, "f", nn.Linear, X],
}


def parameters():
    """Return parameters that have gradients."""
    w, b = torch.ones(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    d2l.squared_loss(d2l.linreg(X, w, b), Y).sum().backward()
    return [w, b]


class Line(d2l.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(2, 1)

    def loss(self, y_hat, y):
        return ((y_hat - y) ** 2).mean()


class Rows(d2l.DataModule):
    def __init__(self):
        super().__init__()
        self.batch_size = 4


SETTINGS = {
    "xlabel": (None, "text"),
    "ylabel": (None, "text"),
    "xlim": (None, "limits"),
    "ylim": (None, "limits"),
    "xscale": ("linear", "scale"),
    "yscale": ("linear", "scale"),
}

# Each function with its arguments: a value that is fine, and what the argument should be.
FUNCTIONS = {
    "synthetic_data": (
        d2l.synthetic_data,
        {
            "w": ([2.0, -3.4], "weights"),
            "b": (4.2, "bias"),
            "num_examples": (5, "count"),
            "noise": (0.1, "number"),
            "generator": (None, "generator"),
        },
    ),
    "data_iter": (
        d2l.data_iter,
        {
            "batch_size": (2, "count"),
            "features": (X, "tensor"),
            "labels": (Y, "tensor"),
            "generator": (None, "generator"),
        },
    ),
    "load_array": (
        d2l.load_array,
        {
            "data_arrays": ((X, Y), "tensors"),
            "batch_size": (2, "count"),
            "is_train": (True, "flag"),
            "generator": (None, "generator"),
        },
    ),
    "DataModule": (d2l.DataModule, {"num_workers": (4, "count")}),
    "get_tensorloader": (
        Rows().get_tensorloader,
        {
            "tensors": ((X, Y), "tensors"),
            "train": (True, "flag"),
            "generator": (None, "generator"),
        },
    ),
    "SyntheticRegressionData": (
        d2l.SyntheticRegressionData,
        {
            "w": ([2.0, -3.4], "weights"),
            "b": (4.2, "bias"),
            "noise": (0.1, "number"),
            "num_train": (5, "count"),
            "num_val": (5, "count"),
            "batch_size": (3, "count"),
            "generator": (None, "generator"),
        },
    ),
    "linreg": (
        d2l.linreg,
        {"X": (X, "tensor"), "w": (torch.ones(2, 1), "tensor"), "b": (0.0, "bias")},
    ),
    "squared_loss": (d2l.squared_loss, {"y_hat": (Y, "tensor"), "y": (Y, "tensor")}),
    "sgd": (
        lambda params=None, **others: d2l.sgd(params or parameters(), **others),
        {"lr": (0.1, "number"), "batch_size": (10, "count")},
    ),
    "evaluate_loss": (
        d2l.evaluate_loss,
        {
            "net": (lambda X: X[:, :1], "function"),
            "data_iter": ([(X, Y)], "tensors"),
            "loss": (d2l.squared_loss, "function"),
        },
    ),
    "gpu": (d2l.gpu, {"i": (0, "count")}),
    "LinearRegressionScratch": (
        d2l.LinearRegressionScratch,
        {
            "num_inputs": (2, "count"),
            "lr": (0.1, "number"),
            "sigma": (0.1, "number"),
            "generator": (None, "generator"),
        },
    ),
    "LinearRegressionScratch(...)": (
        lambda X: d2l.LinearRegressionScratch(2, 0.1)(X),
        {"X": (X, "tensor")},
    ),
    "LinearRegressionScratch.loss": (
        d2l.LinearRegressionScratch(2, 0.1).loss,
        {"y_hat": (Y, "tensor"), "y": (Y, "tensor")},
    ),
    "LinearRegression": (d2l.LinearRegression, {"lr": (0.1, "number")}),
    "LinearRegression(...)": (lambda X: d2l.LinearRegression(0.1)(X), {"X": (X, "tensor")}),
    "LinearRegression.loss": (
        d2l.LinearRegression(0.1).loss,
        {"y_hat": (Y, "tensor"), "y": (Y, "tensor")},
    ),
    "SGD": (lambda **others: d2l.SGD(parameters(), **others), {"lr": (0.1, "number")}),
    "Module": (
        d2l.Module,
        {"plot_train_per_epoch": (2, "number"), "plot_valid_per_epoch": (1, "number")},
    ),
    "apply_init": (
        Line().apply_init,
        {"inputs": ([X], "inputs"), "init": (id, "initialiser")},
    ),
    "Trainer": (
        d2l.Trainer,
        {
            "max_epochs": (2, "count"),
            "num_gpus": (0, "count"),
            "gradient_clip_val": (0, "number"),
        },
    ),
    "ProgressBoard": (
        d2l.ProgressBoard,
        {
            **{k: v for k, v in SETTINGS.items() if v[1] != "scale"},
            "ls": (["-"], "styles"),
            "colors": (["C0"], "styles"),
            "figsize": ((3, 2), "size"),
        },
    ),
    "draw": (
        d2l.ProgressBoard(display=False).draw,
        {
            "x": (1, "coordinate"),
            "y": (1, "coordinate"),
            "label": ("a", "text"),
            "every_n": (1, "number"),
        },
    ),
    "Animator": (
        d2l.Animator,
        {
            **SETTINGS,
            "legend": (None, "texts"),
            "fmts": (["-"], "styles"),
            "nrows": (1, "count"),
            "ncols": (1, "count"),
            "figsize": ((3, 2), "size"),
        },
    ),
    "add": (
        lambda **point: d2l.Animator().add(**point),
        {"x": (1, "coordinate"), "y": (1, "coordinate")},
    ),
    "plot": (
        d2l.plot,
        {
            "X": ([1, 2], None),
            "Y": ([1, 2], None),
            **SETTINGS,
            "legend": (None, "texts"),
            "fmts": (["-"], "styles"),
            "figsize": ((3, 2), "size"),
        },
    ),
    "set_axes": (
        lambda **settings: d2l.set_axes(d2l.plt.gca(), **settings),
        {**SETTINGS, "legend": (None, "texts")},
    ),
    "set_figsize": (d2l.set_figsize, {"figsize": ((3, 2), "size")}),
}

CASES = [
    pytest.param(
        name, argument, bad, id=f"{name}-{argument}-{describe(bad)[:25].partition(' at 0x')[0]}"
    )
    for name, (_, arguments) in FUNCTIONS.items()
    for argument, (_, kind) in arguments.items()
    for bad in BAD.get(kind, [])
]


@pytest.mark.parametrize(("name", "argument", "bad"), CASES)
def test_an_argument_that_cannot_be_is_named_with_what_it_should_be(name, argument, bad):
    function, arguments = FUNCTIONS[name]
    values = {each: fine for each, (fine, _) in arguments.items()} | {argument: bad}
    with pytest.raises((TypeError, ValueError)) as caught:
        list(function(**values))  # nothing is to be read before the arguments are looked at
    message = str(caught.value)
    assert argument in message
    assert "should" in message
    assert len(message) < 400


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_values_that_the_bad_ones_replace_are_fine(name):
    function, arguments = FUNCTIONS[name]
    function(**{argument: fine for argument, (fine, _) in arguments.items()})


# numbers of other makes

WHOLE = [np.int64(2), np.int32(2), np.uint8(2), np.array(2), torch.tensor(2), torch.tensor([2])]
NUMBERS = [*WHOLE, np.float32(2), np.float64(2), np.array([2.0]), torch.tensor([[2.0]])]


@pytest.mark.parametrize("number", WHOLE, ids=describe)
@pytest.mark.parametrize(
    ("name", "argument"),
    [
        (name, argument)
        for name, (_, arguments) in FUNCTIONS.items()
        for argument, (_, kind) in arguments.items()
        if kind == "count"
    ],
)
@pytest.mark.filterwarnings("ignore:num_gpus is 2")
def test_a_count_may_be_of_numpy_or_torch(name, argument, number):
    function, arguments = FUNCTIONS[name]
    values = {each: fine for each, (fine, _) in arguments.items()} | {argument: number}
    result = function(**values)
    if name in ("data_iter", "load_array"):
        assert len(next(iter(result))[0]) == 2


@pytest.mark.parametrize("number", NUMBERS, ids=describe)
@pytest.mark.parametrize(
    ("name", "argument"),
    [
        (name, argument)
        for name, (_, arguments) in FUNCTIONS.items()
        for argument, (_, kind) in arguments.items()
        if kind in ("number", "coordinate", "bias")
    ],
)
def test_a_number_may_be_of_numpy_or_torch(name, argument, number):
    function, arguments = FUNCTIONS[name]
    function(**{each: fine for each, (fine, _) in arguments.items()} | {argument: number})


@pytest.mark.parametrize("of", [int, np.int64, np.int32, torch.tensor])
def test_training_with_numpys_numbers_gives_what_pythons_give(of):
    def train(of_int, of_float):
        torch.manual_seed(0)
        data = d2l.SyntheticRegressionData([2, -3.4], 4.2, of_float(0.01), of_int(64), of_int(32))
        model = d2l.LinearRegressionScratch(of_int(2), of_float(0.03), of_float(0.01))
        model.board.display = False
        d2l.Trainer(of_int(2), of_int(0), of_float(1)).fit(model, data)
        w = torch.ones(2, 1, requires_grad=True)
        d2l.squared_loss(d2l.linreg(data.X, w, of_float(1)), data.y).sum().backward()
        d2l.sgd([w], of_float(0.1), of_int(64))
        optimizer = d2l.SGD([w], of_float(0.1))
        w.grad = torch.ones(2, 1)
        optimizer.step()
        return [model.w.tolist(), model.b.tolist(), w.tolist()]

    of_float = np.float64 if of is not torch.tensor else (lambda x: torch.tensor(x).double())
    assert train(of, of_float) == train(int, float)


@pytest.mark.parametrize("w", [np.array([2, -3.4]), np.array([[2.0], [-3.4]]), (2, -3.4), range(2)])
def test_weights_may_be_an_array_or_any_sequence(w):
    features, labels = d2l.synthetic_data(w, 4.2, 5)
    assert (features.shape, labels.shape) == ((5, 2), (5, 1))
    assert features.dtype == torch.float32


@pytest.mark.parametrize(
    "ends", [(1, 3), np.array([1, 3]), torch.tensor([1.0, 3]), [torch.tensor(1), np.int64(3)]]
)
def test_limits_and_sizes_may_come_in_any_sequence(ends):
    d2l.plot([1, 2], xlim=ends, ylim=ends, figsize=ends)
    board, animator = (
        make(xlim=ends, ylim=ends, figsize=ends) for make in (d2l.ProgressBoard, d2l.Animator)
    )
    board.draw(1, 2, "a")
    animator.add(1, 2)
    for axes in (d2l.plt.figure(1).gca(), board.axes, animator.axes[0]):
        assert axes.get_xlim() == axes.get_ylim() == (1, 3)
        assert axes.figure.get_size_inches().tolist() == [1, 3]


def test_one_end_of_an_axis_may_be_left_to_matplotlib():
    d2l.plot([10, 20], ylim=[0, None])
    low, high = d2l.plt.gca().get_ylim()
    assert low == 0
    assert high > 20


@pytest.mark.parametrize("train", [True, 1, np.True_])
def test_a_flag_may_be_written_as_one_or_zero(train):
    loader = d2l.load_array((X, Y), 2, is_train=train)
    assert isinstance(loader.sampler, torch.utils.data.RandomSampler)


# shapes, and what functions give


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: d2l.linreg(X, torch.ones(2, 1), torch.ones(1, 1, 1)),
            ValueError,
            "b has shape (1, 1, 1); it should be one number, of shape (1,)",
        ),
        (
            lambda: d2l.linreg(X.double(), torch.ones(2, 1), 0.0),
            TypeError,
            "X has dtype torch.float64 and w torch.float32; they should have the same",
        ),
        (
            lambda: d2l.linreg(X, torch.tensor([2, 3]), 0.0),
            TypeError,
            "X has dtype torch.float32 and w torch.int64",
        ),
        (
            lambda: d2l.squared_loss(Y > 0, Y > 0),
            TypeError,
            "y_hat is a tensor of shape (10, 1) and dtype torch.bool; it should hold numbers",
        ),
        (
            lambda: d2l.LinearRegressionScratch(3, 0.1)(X),
            ValueError,
            "X has shape (10, 2); it should be (n, 3): a row for each example, a column for each",
        ),
        (
            lambda: d2l.LinearRegression(0.1)(torch.ones(5)),
            ValueError,
            "X has shape (5,); it should be (n, d)",
        ),
        (
            lambda: [model := d2l.LinearRegression(0.1), model(X), model(torch.ones(5, 3))],
            ValueError,
            "X has shape (5, 3); it should be (n, 2)",
        ),
        (
            lambda: d2l.LinearRegression(0.1).get_w_b(),
            RuntimeError,
            "LinearRegression has no weights yet: it learns the number of features from the first",
        ),
        (
            lambda: d2l.data_iter(2, torch.ones(0, 2), torch.ones(0, 1)),
            ValueError,
            "features has shape (0, 2); it should hold at least one example",
        ),
        (
            lambda: d2l.load_array((torch.ones(0, 2),), 2),
            ValueError,
            "data_arrays[0] has shape (0, 2); it should hold at least one example",
        ),
        (lambda: d2l.load_array((), 2), ValueError, "data_arrays is empty; it should hold"),
        (
            lambda: Rows().get_tensorloader((X, Y), True, [20]),
            ValueError,
            "indices is [20] (type list), with 10 rows; it should be a slice, or a list or tensor ",
        ),
        (
            lambda: Rows().get_tensorloader((X, Y), True, 3),
            TypeError,
            "indices is 3 (type int); it should be a slice, or a list or tensor of the numbers of",
        ),
        (
            lambda: Rows().get_tensorloader((X, Y), True, [0.5]),
            ValueError,
            "indices is [0.5] (type list), with 10 rows; it should be a slice, or a list or tensor",
        ),
        (
            lambda: d2l.sgd([], 0.1, 1),
            ValueError,
            "params is empty; it should hold the tensors to train",
        ),
        (
            lambda: d2l.sgd(3, 0.1, 1),
            TypeError,
            "params is 3 (type int); it should be a list of te",
        ),
        (lambda: d2l.SGD({"w": X}, 0.1), TypeError, "params is {'w': tensor("),
        (
            lambda: d2l.evaluate_loss(nn.Linear(2, 1), (X, Y), d2l.squared_loss),
            TypeError,
            "data_iter holds tensors; it should give minibatches (features, labels), as load_array",
        ),
        (
            lambda: d2l.evaluate_loss(nn.Linear(2, 1), [X, Y], d2l.squared_loss),
            TypeError,
            "data_iter holds tensors",
        ),
        (
            lambda: d2l.evaluate_loss(nn.Linear(2, 1), d2l.data_iter, d2l.squared_loss),
            TypeError,
            "call it, as data_iter(batch_size, features, labels)",
        ),
        (
            lambda: d2l.evaluate_loss(nn.Linear(2, 1), [(X, Y, Y)], d2l.squared_loss),
            TypeError,
            "data_iter gave 3 things as a minibatch; it should give a pair, (features, labels)",
        ),
        (
            lambda: d2l.evaluate_loss(nn.Linear(2, 1), [(X, Y)], nn.MSELoss),
            TypeError,
            "loss is the class MSELoss; it should be an object of it, MSELoss(...), or a function",
        ),
        (
            lambda: d2l.evaluate_loss(lambda X: None, [(X, Y)], d2l.squared_loss),
            TypeError,
            "what net gave is None (type NoneType); it should be a torch.Tensor",
        ),
        (
            lambda: d2l.evaluate_loss(nn.Linear(2, 1), [(X, Y)], lambda y_hat, y: 0.5),
            TypeError,
            "what loss gave is 0.5 (type float); it should be a torch.Tensor",
        ),
        (
            lambda: d2l.evaluate_loss(nn.Linear(2, 1), [(X, Y)], lambda y_hat, y: y_hat - y.T),
            ValueError,
            "loss gave a tensor of shape (10, 10) for 10 examples; it should give one value for ea",
        ),
        (lambda: Line().training_step(X), TypeError, "batch is a tensor of shape (10, 2)"),
        (
            lambda: Line().validation_step([X]),
            TypeError,
            "it should be a minibatch, as (features, ",
        ),
        (
            lambda: d2l.Module().apply_init([X], print),
            NotImplementedError,
            "Module has no net; set self.net in its __init__",
        ),
        (
            lambda: d2l.add_to_class(Line)(property(len)),
            TypeError,
            "what stands below @add_to_class is <property object",
        ),
        (lambda: d2l.ProgressBoard(fig=d2l.plt.subplots()), TypeError, "fig is (<Figure size"),
        (
            lambda: d2l.ProgressBoard(axes=d2l.plt.subplots(1, 2)[1]),
            TypeError,
            "axes is an array of shape (2,) and dtype object; it should be the axes of a matplot",
        ),
        (lambda: d2l.set_axes(None, *[None] * 4, "log", "log", None), TypeError, "axes is None"),
        (
            lambda: d2l.plot([1, 2, 3], [1, 2]),
            ValueError,
            "curve 1 has 3 values in X and 2 in Y; there should be as many",
        ),
        (lambda: d2l.plot(3, 4), ValueError, "curve 1 of X is an array of shape ()"),
        (
            lambda: d2l.plot([1, [2, 3]]),
            ValueError,
            "a curve is [1, [2, 3]] (type list); it should",
        ),
        (
            lambda: d2l.plot([1, 2], fmts=["zz"]),
            ValueError,
            "matplotlib cannot draw a curve with fmts 'zz'",
        ),
        (
            lambda: d2l.ProgressBoard(colors=["bleu"]).draw(0, 0, "a"),
            ValueError,
            "matplotlib cannot draw a curve with ls '-' and colors 'bleu'",
        ),
    ],
)
def test_what_does_not_fit_is_said_in_words_of_our_own(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)


def test_plot_changes_nothing_when_an_argument_is_wrong():
    d2l.plot([1, 2], [3, 4])
    for wrong in ({"xscale": "logg"}, {"xlim": 3}, {"legend": 3}, {"xlabel": [1]}, {"fmts": []}):
        with pytest.raises((TypeError, ValueError)):
            d2l.plot([5, 6], [7, 8], **wrong)
    assert [line.get_xydata().tolist() for line in d2l.plt.gca().lines] == [[[1, 3], [2, 4]]]


def test_a_board_keeps_no_point_when_an_argument_is_wrong():
    board = d2l.ProgressBoard(display=False)
    for wrong in ((None, 1, "a"), (1, "y", "a"), (1, 1, ["a"]), (1, 1, "a", "often")):
        with pytest.raises(TypeError):
            board.draw(*wrong)
    assert (board.raw_points, board.data) == ({}, {})


def test_losses_with_their_graphs_and_in_bfloat16_can_be_plotted():
    loss = torch.ones((), requires_grad=True) * 2
    d2l.plot([loss, 3 * loss])
    assert d2l.plt.gca().lines[0].get_ydata().tolist() == [2, 6]
    d2l.plot(torch.arange(3).bfloat16())
    assert d2l.plt.gca().lines[0].get_ydata().tolist() == [0, 1, 2]


def test_one_name_and_one_style_may_be_written_without_a_list():
    d2l.plot([1, 2], legend="loss", fmts="r--")
    axes = d2l.plt.gca()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["loss"]
    assert (axes.lines[0].get_color(), axes.lines[0].get_linestyle()) == ("r", "--")
    board = d2l.ProgressBoard(ls="--", colors="red")
    board.draw(0, 0, "a")
    assert (board.axes.lines[0].get_color(), board.axes.lines[0].get_linestyle()) == ("red", "--")


# the helpers


def test_a_number_is_given_back_in_pythons_type():
    assert type(check_count("n", np.int64(3))) is int
    assert type(check_number("x", np.float32(3))) is float
    assert type(check_number("x", 3)) is float


def test_a_description_is_one_short_line():
    assert describe(np.ones((3, 4))) == "an array of shape (3, 4) and dtype float64"
    assert "\n" not in describe([np.ones((3, 4))])
    assert len(describe("a" * 1000)) < 80
