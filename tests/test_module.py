"""The base class of models, outside of a trainer and with a trainer's counters."""

import copy
import io
import pickle
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from linreg import (
    LinearRegressionScratch,
    Module,
    ProgressBoard,
    SyntheticRegressionData,
    Trainer,
)


class Line(Module):
    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.net = nn.Linear(1, 1)

    def loss(self, y_hat, y):
        return ((y_hat - y) ** 2).mean()


BATCH = (torch.ones(3, 1), torch.zeros(3, 1))


def in_training(model, **counters):
    """Give the model a trainer that stands at the third of ten minibatches."""
    model.board.display = False
    model.trainer = SimpleNamespace(
        train_batch_idx=2, num_train_batches=10, num_val_batches=1, epoch=0
    )
    vars(model.trainer).update(counters)
    return model


def through_torch(model):
    """Store a model with torch.save and load it."""
    stored = io.BytesIO()
    torch.save(model, stored)
    stored.seek(0)
    return torch.load(stored, weights_only=False)


def test_a_module_is_an_nn_module_with_hyperparameters_and_a_board():
    model = Module(plot_train_per_epoch=5)
    assert isinstance(model, nn.Module)
    assert model.hparams == {"plot_train_per_epoch": 5, "plot_valid_per_epoch": 1}
    assert isinstance(model.board, ProgressBoard)


def test_the_net_is_the_forward_of_a_class_that_has_none():
    model = Line()
    assert torch.equal(model(BATCH[0]), model.net(BATCH[0]))


def test_the_steps_give_the_loss_outside_of_a_trainer():
    model = Line()
    loss = model.training_step(BATCH)
    assert loss.requires_grad
    assert torch.equal(loss, model.loss(model(BATCH[0]), BATCH[1]))
    assert model.validation_step(BATCH) is None
    assert model.board.data == {}


def test_the_training_curve_has_two_points_an_epoch_at_the_place_in_the_epoch():
    model = in_training(Line())
    for i in range(20):
        model.trainer.train_batch_idx = i
        model.plot("loss", torch.tensor(float(i)), train=True)
    assert model.board.data == {"train_loss": [(0.2, 2), (0.7, 7), (1.2, 12), (1.7, 17)]}
    assert model.board.xlabel == "epoch"


def test_the_validation_curve_has_one_point_an_epoch_at_its_end():
    model = in_training(Line(), num_val_batches=4)
    for epoch in range(2):
        model.trainer.epoch = epoch
        for value in (1.0, 2, 3, 6):
            model.plot("error", value, train=False)
    assert model.board.data == {"val_error": [(1, 3), (2, 3)]}


@pytest.mark.parametrize("num_train_batches", [1, 2, 3])
def test_few_training_rows_still_give_a_curve(num_train_batches):
    model = in_training(Line(plot_train_per_epoch=5), num_train_batches=num_train_batches)
    for _ in range(num_train_batches):
        model.training_step(BATCH)
    assert len(model.board.data["train_loss"]) == num_train_batches


def test_zero_points_an_epoch_is_no_curve():
    model = in_training(Line(plot_train_per_epoch=0, plot_valid_per_epoch=0))
    model.training_step(BATCH)
    model.validation_step(BATCH)
    assert model.board.data == {}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda model: model(BATCH[0]), "Mine has no forward: write `def forward(self, X)` inside"),
        (lambda model: model(BATCH[0]), "or set self.net in its __init__"),
        (lambda model: model.loss(*BATCH), "Mine has no loss: write `def loss(self, y_hat, y)` in"),
        (lambda model: model.loss(*BATCH), "or put @add_to_class(Mine) above a function of that"),
    ],
)
def test_what_a_class_lacks_is_named(call, message):
    class Mine(Module):
        pass

    with pytest.raises(NotImplementedError) as caught:
        call(Mine())
    assert message in str(caught.value)


# the optimizer


def test_the_default_optimizer_is_torchs_sgd_with_all_parameters_and_the_models_lr():
    model = Line()
    model.lr = 0.5
    model.extra = nn.Parameter(torch.ones(1))
    optimizer = model.configure_optimizers()
    assert type(optimizer) is torch.optim.SGD
    (group,) = optimizer.param_groups
    assert group["lr"] == 0.5
    assert group["momentum"] == group["weight_decay"] == 0
    assert [id(p) for p in group["params"]] == [id(p) for p in model.parameters()]


def test_the_default_optimizer_takes_layers_that_do_not_know_their_shapes_yet():
    model = Line()
    model.lr, model.net = 0.5, nn.LazyLinear(1)
    optimizer = model.configure_optimizers()
    model.training_step(BATCH).backward()
    before = model.net.weight.clone()
    optimizer.step()
    assert not torch.equal(before, model.net.weight)


def test_a_class_with_a_loss_a_net_and_a_learning_rate_trains():
    class Short(Line):
        def __init__(self, lr):
            super().__init__()
            self.save_hyperparameters()
            self.net = nn.Linear(2, 1)
            self.board.display = False

    model = Short(lr=0.05)
    Trainer(5).fit(model, SyntheticRegressionData([2, -3.4], 4.2))
    assert model.net.bias.item() == pytest.approx(4.2, abs=0.02)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({}, NotImplementedError, "Line has no configure_optimizers: write `def configure_optim"),
        (
            {},
            NotImplementedError,
            "SGD(self.parameters(), lr=self.lr), and it has no self.lr: self.",
        ),
        ({"lr": "fast"}, TypeError, "self.lr is 'fast' (type str); it should be a number"),
        ({"lr": -1}, ValueError, "self.lr is -1; it should be at least 0"),
        (
            {"lr": 0.1, "net": None},
            ValueError,
            "Line has no parameters to train: keep a layer or a",
        ),
    ],
)
def test_the_default_optimizer_says_what_it_lacks(settings, error, message):
    model = Line()
    for name, value in settings.items():
        setattr(model, name, value)
    with pytest.raises(error) as caught:
        model.configure_optimizers()
    assert message in str(caught.value)


# copies


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model)), through_torch],
)
def test_a_copy_has_what_was_learned_and_its_curves_and_no_trainer(duplicate):
    model = in_training(Line())
    model.training_step(BATCH)
    model.board.draw(0, 1.0, "val_loss")
    other = duplicate(model)
    assert other.trainer is None
    assert model.trainer is not None
    assert torch.equal(other(BATCH[0]), model(BATCH[0]))
    assert other.board.data == model.board.data
    assert other.training_step(BATCH).item() == model.training_step(BATCH).item()


def test_apply_init_shapes_lazy_layers_and_initialises_each_layer():
    model = Line()
    model.net = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(1))

    def ones(layer):
        if type(layer) is nn.Linear:
            nn.init.ones_(layer.weight)

    model.apply_init([torch.ones(2, 3)], ones)
    assert [p.shape for p in model.parameters()] == [(4, 3), (4,), (1, 4), (1,)]
    assert model.net[0].weight.tolist() == [[1] * 3] * 4


def test_a_plain_tensor_that_needs_a_gradient_is_an_ordinary_attribute():
    model = Line()
    model.w = torch.zeros(2, requires_grad=True)
    assert "w" not in dict(model.named_parameters())
    scratch = LinearRegressionScratch(2, 0.03)
    scratch.b = nn.Parameter(torch.ones(1))
    assert scratch.b.item() == 1
