"""The trainer on models and loops of many makes."""

import copy
import io
import pickle
import sys

import pytest
import torch
from matplotlib import pyplot as plt
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import linreg as d2l
from linreg import LinearRegression, LinearRegressionScratch, SyntheticRegressionData, Trainer
from linreg.trainer import move

pytestmark = pytest.mark.usefixtures("no_open_figures")


def quiet(model):
    model.board.display = False
    return model


def running_data(**changes):
    return SyntheticRegressionData(torch.tensor([2, -3.4]), 4.2, **changes)


# what fit does


def test_fit_trains_as_the_loop_written_by_hand_on_the_same_batches():
    data = running_data(batch_size=10)
    model = quiet(LinearRegressionScratch(2, lr=0.03))
    w, b = model.w.detach().clone().requires_grad_(), torch.zeros(1, requires_grad=True)
    torch.manual_seed(1)
    Trainer(max_epochs=2).fit(model, data)

    torch.manual_seed(1)
    optimizer = torch.optim.SGD([w, b], lr=0.03)
    for _ in range(2):
        for X, y in data.train_dataloader():
            loss = ((X @ w + b - y) ** 2 / 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    assert torch.equal(model.w, w)
    assert torch.equal(model.b, b)


@pytest.mark.parametrize("model", [LinearRegressionScratch(2, lr=0.03), LinearRegression(lr=0.015)])
def test_ten_epochs_find_the_true_parameters(model):
    Trainer(max_epochs=10).fit(quiet(model), running_data())
    w, b = model.parameters()
    # the noise of 0.01 over 1000 examples leaves a standard error of 0.0003, SGD a little more
    assert [*w.flatten().tolist(), b.item()] == pytest.approx([2, -3.4, 4.2], abs=0.01)


def test_the_counters_and_loaders_are_those_of_the_data():
    data = running_data(num_train=100, num_val=40, batch_size=32)
    trainer = Trainer(max_epochs=3)
    model = quiet(LinearRegressionScratch(2, lr=0.03))
    trainer.fit(model, data)
    assert (trainer.num_train_batches, trainer.num_val_batches) == (4, 2)
    assert (trainer.train_batch_idx, trainer.val_batch_idx, trainer.epoch) == (12, 6, 2)
    assert trainer.model is model
    assert model.trainer is trainer
    assert type(trainer.optim) is d2l.SGD
    assert trainer.hparams == {"max_epochs": 3, "num_gpus": 0, "gradient_clip_val": 0}
    assert trainer.gpus == []


def test_training_and_evaluation_mode_and_gradients_follow_the_phase():
    seen = []

    class Model(LinearRegressionScratch):
        def training_step(self, batch):
            seen.append(("train", self.training, torch.is_grad_enabled()))
            return super().training_step(batch)

        def validation_step(self, batch):
            seen.append(("val", self.training, torch.is_grad_enabled()))

    Trainer(1).fit(quiet(Model(2, 0.03)), running_data(num_train=1, num_val=1))
    assert seen == [("train", True, True), ("val", False, False)]


def test_zero_epochs_train_nothing():
    model = quiet(LinearRegressionScratch(2, 0.03))
    before = model.w.tolist()
    Trainer(0).fit(model, running_data())
    assert model.w.tolist() == before


# curves


def test_a_script_gets_one_figure_with_both_curves():
    model = LinearRegressionScratch(2, 0.03)
    Trainer(3).fit(model, running_data())
    assert len(plt.get_fignums()) == 1
    train, val = plt.gca().lines
    assert (train.get_label(), val.get_label()) == ("train_loss", "val_loss")
    assert len(train.get_xdata()) == 6
    assert list(val.get_xdata()) == [1, 2, 3]
    assert plt.gca().get_xlim() == (0, 3)
    assert plt.gca().get_xlabel() == "epoch"
    assert model.board.data["train_loss"][0].y > model.board.data["train_loss"][-1].y


def test_a_script_may_fit_and_show_as_many_times_as_it_likes_without_a_warning():
    for _ in range(25):
        Trainer(1).fit(LinearRegressionScratch(2, 0.03), running_data(num_train=40, num_val=10))
    assert len(plt.get_fignums()) == 25
    assert plt.rcParams["figure.max_open_warning"] == 20


def test_a_second_fit_starts_a_new_curve():
    model = LinearRegressionScratch(2, 0.03)
    for _ in range(2):
        Trainer(2).fit(model, running_data())
        assert [len(line.get_xdata()) for line in plt.gca().lines] == [4, 2]
    assert len(plt.get_fignums()) == 2
    assert len(model.board.data["train_loss"]) == 4


def test_few_training_rows_still_give_a_curve():
    model = LinearRegressionScratch(2, 0.03)
    Trainer(3).fit(model, running_data(num_train=5, batch_size=10))
    assert len(model.board.data["train_loss"]) == 3


def test_a_board_of_the_readers_own_making_is_left_to_her():
    model = LinearRegressionScratch(2, 0.03)
    points = []

    class Board:
        def draw(self, x, y, label, every_n):
            points.append((label, every_n))

    model.board = Board()
    Trainer(1).fit(model, running_data(num_train=64, num_val=32))
    assert points == [("train_loss", 1), ("train_loss", 1), ("val_loss", 1)]


# real use


def test_validation_may_be_none_or_empty():
    class NoValidation(SyntheticRegressionData):
        def val_dataloader(self):
            return None

    for data in (NoValidation([2, -3.4], 4.2), running_data(num_val=0)):
        model, trainer = quiet(LinearRegressionScratch(2, 0.03)), Trainer(2)
        trainer.fit(model, data)
        assert (trainer.num_val_batches, trainer.val_batch_idx) == (0, 0)
        assert model.board.data.keys() == {"train_loss"}


@pytest.mark.parametrize("num_train", [1, 7])
def test_a_minibatch_may_be_larger_than_the_data(num_train):
    trainer = Trainer(2)
    trainer.fit(
        quiet(LinearRegressionScratch(2, 0.03)), running_data(num_train=num_train, batch_size=50)
    )
    assert trainer.num_train_batches == 1


@pytest.mark.parametrize(
    "make", [lambda: LinearRegressionScratch(2, 0.1), lambda: LinearRegression(0.05)]
)
def test_a_model_and_data_of_double_precision_stay_so(make):
    model = quiet(make().to(torch.float64))
    Trainer(3).fit(model, SyntheticRegressionData(torch.tensor([2, -3.4]).double(), 4.2))
    assert {p.dtype for p in model.parameters()} == {torch.float64}
    assert model.board.data["train_loss"][-1].y < 0.1


def test_more_features_than_examples():
    data = SyntheticRegressionData(torch.ones(500) * 0.1, 1, num_train=50, batch_size=50)
    model = quiet(LinearRegressionScratch(500, lr=0.1))
    Trainer(30).fit(model, data)
    assert model.board.data["train_loss"][-1].y < 0.01


def test_torchs_own_loaders_layers_and_optimizers_are_trained():
    X, y = d2l.synthetic_data([2, -3.4], 4.2, 200)

    class Data(d2l.DataModule):
        def get_dataloader(self, train):
            return DataLoader(TensorDataset(X, y), batch_size=20, shuffle=train)

    class Model(d2l.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
            self.loss = nn.MSELoss()

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=0.01)

    model = quiet(Model())
    Trainer(5).fit(model, Data())
    assert model.board.data["train_loss"][-1].y < model.board.data["train_loss"][0].y / 2


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]
)
def test_a_trained_model_can_be_copied_and_stored_although_it_has_a_figure(duplicate):
    model = LinearRegressionScratch(2, 0.03)
    Trainer(1).fit(model, running_data())
    other = duplicate(model)
    assert torch.equal(other.w, model.w)
    Trainer(1).fit(other, running_data())
    assert not torch.equal(other.w, model.w)


def stored(model):
    """Return a model as torch.save writes it."""
    target = io.BytesIO()
    torch.save(model, target)
    return target.getvalue()


@pytest.mark.parametrize("make", [lambda: LinearRegressionScratch(2, 0.03), lambda: PlainTensors()])
def test_a_fitted_model_is_stored_without_its_trainer_and_its_data(make):
    model = make()
    data = running_data(num_train=20_000, num_val=1000, batch_size=1000)
    Trainer(1).fit(model, data)
    assert data.X.nbytes + data.y.nbytes > 200_000
    assert len(stored(model)) < 20_000
    assert len(pickle.dumps(model)) < 20_000
    assert copy.deepcopy(model).trainer is None
    assert model.trainer.model is model


def test_a_stored_model_predicts_and_can_be_fitted_again():
    model, data = LinearRegression(0.01), running_data()
    Trainer(1).fit(model, data)
    other = torch.load(io.BytesIO(stored(model)), weights_only=False)
    assert torch.equal(other(data.X), model(data.X))
    loss = other.loss(other(data.X), data.y)
    Trainer(3).fit(other, data)
    assert other.loss(other(data.X), data.y) < loss
    assert len(other.board.data["train_loss"]) == 6


@pytest.mark.parametrize(
    ("found", "asked_for", "used", "where"),
    [
        (0, 1, [], "the model is trained on the CPU"),
        (0, 2, [], "the model is trained on the CPU"),
        (1, 2, [0], "the first is used"),
    ],
)
def test_fewer_gpus_than_were_asked_for_are_used_with_a_warning(
    monkeypatch, found, asked_for, used, where
):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: found)
    with pytest.warns(UserWarning, match=f"num_gpus is {asked_for}, and torch finds {found} CUDA"):
        trainer = Trainer(max_epochs=3, num_gpus=asked_for)
    with pytest.warns(UserWarning, match=where):
        Trainer(max_epochs=3, num_gpus=asked_for)
    assert trainer.gpus == [torch.device("cuda", i) for i in used]
    assert trainer.num_gpus == asked_for


@pytest.mark.filterwarnings("ignore:num_gpus is 1")
@pytest.mark.parametrize(
    "make", [lambda: LinearRegressionScratch(2, 0.1), lambda: LinearRegression(0.05)]
)
def test_without_the_gpu_that_was_asked_for_the_cpu_trains_as_ever(monkeypatch, make):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    results = []
    for num_gpus in (0, 1):
        torch.manual_seed(0)
        model = quiet(make())
        Trainer(2, num_gpus).fit(model, running_data())
        results.append([p.tolist() for p in model.parameters()])
    assert results[0] == results[1]


def test_as_many_gpus_as_there_are_bring_no_warning(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert Trainer(1, num_gpus=2).gpus == [torch.device("cuda", 0), torch.device("cuda", 1)]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
@pytest.mark.parametrize(
    "make", [lambda: LinearRegressionScratch(2, 0.1), lambda: LinearRegression(0.05)]
)
def test_a_gpu_trains_as_the_cpu_does(make):
    model = quiet(make())
    trainer = Trainer(max_epochs=5, num_gpus=1)
    trainer.fit(model, running_data())
    w, b = model.parameters()
    assert w.is_cuda
    assert trainer.gpus == [torch.device("cuda", 0)]
    assert [*w.flatten().tolist(), b.item()] == pytest.approx([2, -3.4, 4.2], abs=0.01)


def test_a_model_is_moved_with_its_plain_tensors():
    model = PlainTensors()
    model.net, model.fixed = nn.Linear(2, 1), torch.ones(1)
    move(model, torch.device("meta"))  # a device that every machine has
    tensors = [model.w, model.b, model.fixed, model.net.weight]
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    assert [tensor.requires_grad for tensor in tensors] == [True, True, False, True]
    assert all(tensor.is_leaf for tensor in tensors)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
def test_a_gpu_trains_plain_tensors_and_clips_them():
    model = quiet(PlainTensors())
    Trainer(max_epochs=5, num_gpus=1, gradient_clip_val=1).fit(model, running_data())
    assert model.w.is_cuda
    assert model.board.data["train_loss"][-1].y < model.board.data["train_loss"][0].y


# a learner's own parts


class PlainTensors(d2l.Module):
    """A model whose parameters are plain tensors, as the notes write it."""

    def __init__(self, lr=0.1, sigma=0.01):
        super().__init__()
        self.save_hyperparameters()
        self.w = torch.normal(0, sigma, (2, 1), requires_grad=True)
        self.b = torch.zeros(1, requires_grad=True)

    def forward(self, X):
        return torch.matmul(X, self.w) + self.b

    def loss(self, y_hat, y):
        return ((y_hat - y) ** 2 / 2).mean()

    def configure_optimizers(self):
        return NoteSGD([self.w, self.b], self.lr)


class NoteSGD(d2l.HyperParameters):
    """An optimizer that leaves no_grad to the trainer, as the notes write it."""

    def __init__(self, params, lr):
        self.save_hyperparameters()

    def step(self):
        for param in self.params:
            param -= self.lr * param.grad

    def zero_grad(self):
        for param in self.params:
            if param.grad is not None:
                param.grad.zero_()


def test_plain_tensors_and_a_learners_own_sgd_are_trained():
    model = quiet(PlainTensors())
    Trainer(5).fit(model, running_data())
    assert [*model.w.flatten().tolist(), model.b.item()] == pytest.approx([2, -3.4, 4.2], abs=0.01)


@pytest.mark.parametrize("backward_mode", [torch.no_grad, torch.enable_grad])
def test_a_learners_own_fit_epoch_is_used(backward_mode):
    class Mine(Trainer):
        def fit_epoch(self):
            self.model.train()
            for batch in self.train_dataloader:
                loss = self.model.training_step(self.prepare_batch(batch))
                self.optim.zero_grad()
                with backward_mode():
                    loss.backward()
                with torch.no_grad():
                    self.optim.step()
                self.train_batch_idx += 1

    model = quiet(PlainTensors())
    Mine(5).fit(model, running_data())
    assert model.b.item() == pytest.approx(4.2, abs=0.01)


# clipping


def norm(tensors):
    return torch.cat([tensor.grad.flatten() for tensor in tensors]).norm().item()


@pytest.mark.parametrize("make", [PlainTensors, lambda: LinearRegressionScratch(2, 0.1)])
def test_clipping_shortens_all_gradients_alike_whatever_the_tensors_are(make):
    model, trainer = make(), Trainer(1, gradient_clip_val=1)
    trainer.optim = model.configure_optimizers()
    model.loss(model(torch.ones(1, 2)), torch.tensor([[50.0]])).backward()
    params = [model.w, model.b]
    long, direction = norm(params), model.w.grad / norm(params)
    trainer.clip_gradients(1, model)
    assert long > 50
    assert norm(params) == pytest.approx(1)
    assert torch.allclose(model.w.grad, direction)


def test_clipping_is_torchs_clipping():
    ours, theirs = (
        LinearRegressionScratch(2, 0.1, generator=g()) for g in [lambda: torch.Generator()] * 2
    )
    for model in (ours, theirs):
        model.loss(model(torch.ones(1, 2)), torch.tensor([[50.0]])).backward()
    Trainer(1).clip_gradients(2, ours)
    nn.utils.clip_grad_norm_(theirs.parameters(), 2)
    # torch adds 1e-6 to the norm before it divides
    assert torch.allclose(ours.w.grad, theirs.w.grad, rtol=1e-5)


def test_short_gradients_and_missing_ones_are_left_alone():
    model = LinearRegressionScratch(2, 0.1)
    Trainer(1).clip_gradients(1, model)
    model.w.grad = torch.full((2, 1), 0.1)
    Trainer(1).clip_gradients(1, model)
    assert model.w.grad.flatten().tolist() == pytest.approx([0.1, 0.1])
    assert model.b.grad is None


@pytest.mark.parametrize("make", [PlainTensors, lambda: LinearRegressionScratch(2, 0.1)])
def test_fit_clips_before_each_step(make):
    model = quiet(make())
    before = torch.cat([model.w.detach(), model.b.detach().reshape(1, 1)])
    Trainer(1, gradient_clip_val=0.5).fit(model, running_data(num_train=20, batch_size=10))
    after = torch.cat([model.w.detach(), model.b.detach().reshape(1, 1)])
    # two steps of lr * 0.5 each, in almost the same direction
    assert (after - before).norm().item() == pytest.approx(2 * 0.1 * 0.5, rel=0.05)


# the progress bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def stderr_of_a_fit(monkeypatch, stream, clock_step, fit_epoch=None):
    """Fit while each look at the clock takes `clock_step` seconds; return what was printed."""
    import tqdm.std

    seconds = iter(range(10**6))
    monkeypatch.setattr(tqdm.std, "time", lambda: next(seconds) * clock_step)
    monkeypatch.setattr(sys, "stderr", stream)
    trainer_class = (
        Trainer if fit_epoch is None else type("Mine", (Trainer,), {"fit_epoch": fit_epoch})
    )
    trainer_class(3).fit(quiet(LinearRegressionScratch(2, 0.03)), running_data())
    return stream.getvalue()


def test_long_work_shows_a_progress_bar_of_all_minibatches_in_a_terminal(monkeypatch):
    assert "/96 [" in stderr_of_a_fit(monkeypatch, Terminal(), clock_step=0.5)


def test_a_learners_own_fit_epoch_moves_the_bar(monkeypatch):
    def fit_epoch(self):
        self.train_batch_idx += self.num_train_batches

    printed = stderr_of_a_fit(monkeypatch, Terminal(), clock_step=5, fit_epoch=fit_epoch)
    assert "32/96 [" in printed
    assert "64/96 [" in printed


def test_short_work_shows_no_bar(monkeypatch):
    assert stderr_of_a_fit(monkeypatch, Terminal(), clock_step=0).strip() == ""


def test_nobody_who_could_see_it_no_bar(monkeypatch):
    assert stderr_of_a_fit(monkeypatch, io.StringIO(), clock_step=0.5) == ""


# wrong arguments


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"max_epochs": -1}, ValueError, "max_epochs is -1; it should be at least 0"),
        ({"max_epochs": 3.0}, TypeError, "max_epochs is 3.0 (type float); it should be a whole nu"),
        ({"max_epochs": 3, "num_gpus": -1}, ValueError, "num_gpus is -1; it should be at least 0"),
        ({"max_epochs": 3, "gradient_clip_val": -1}, ValueError, "gradient_clip_val is -1; it sh"),
        ({"max_epochs": 3, "gradient_clip_val": "1"}, TypeError, "gradient_clip_val is '1'"),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_a_wrong_argument_is_named(arguments, error, message):
    with pytest.raises(error) as caught:
        Trainer(**arguments)
    assert message in str(caught.value)


class Generating(SyntheticRegressionData):
    def get_dataloader(self, train):
        yield self.X, self.y


class WithoutRows(SyntheticRegressionData):
    def train_dataloader(self):
        return []


@pytest.mark.parametrize(
    ("model", "data", "error", "message"),
    [
        (
            nn.Linear(2, 1),
            running_data(),
            TypeError,
            "model is a Linear, a layer of PyTorch that knows neither its loss nor its optimizer",
        ),
        (
            LinearRegression,
            running_data(),
            TypeError,
            "model is the class LinearRegression; it sho",
        ),
        (LinearRegression(0.1), [1], TypeError, "data is a list; it should be a DataModule"),
        (
            LinearRegression(0.1),
            Generating([1.0], 0),
            TypeError,
            "gave a generator; it should give",
        ),
        (
            LinearRegression(0.1),
            WithoutRows([1.0], 0),
            ValueError,
            "train_dataloader() gave no mini",
        ),
    ],
)
def test_fit_says_what_model_or_data_lack_and_leaves_the_model_alone(model, data, error, message):
    with pytest.raises(error) as caught:
        Trainer(1).fit(model, data)
    assert message in str(caught.value)
    assert getattr(model, "trainer", None) is None
