"""Training that goes wrong says so, and training that goes right says nothing."""

import re
import warnings

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import linreg as d2l
from linreg import LinearRegression, LinearRegressionScratch, SyntheticRegressionData, Trainer

pytestmark = pytest.mark.usefixtures("own_messages")


class Model(LinearRegressionScratch):
    """The model that the cases below break in one place each; it draws nothing."""

    def __init__(self, lr=0.03):
        super().__init__(2, lr)
        self.board.display = False


class OwnLoop(Trainer):
    """A learner's own loop, without any of the trainer's checks in it."""

    def fit_epoch(self):
        for batch in self.train_dataloader:
            loss = self.model.training_step(batch)
            self.optim.zero_grad()
            loss.backward()
            with torch.no_grad():
                self.optim.step()
            self.train_batch_idx += 1


def running_data(**changes):
    return SyntheticRegressionData(torch.tensor([2, -3.4]), 4.2, **({"num_val": 32} | changes))


BOTH_LOOPS = pytest.mark.parametrize("trainer", [Trainer, OwnLoop])


# the loss is not finite


def test_an_infinite_loss_names_epoch_batch_learning_rate_and_the_largest_stable_step():
    with pytest.raises(FloatingPointError) as caught:
        Trainer(10).fit(Model(lr=2.1), running_data(batch_size=10))
    message = str(caught.value)
    where = r"the loss became (inf|nan) in epoch \d, batch \d+, with a learning rate of 2\.1\. "
    assert re.match(where, message)
    limit = d2l.max_stable_lr(running_data_features())
    assert f"below max_stable_lr(X) = {limit:.2f}" in message
    assert message.endswith("Try a smaller learning rate")


def running_data_features():
    torch.manual_seed(0)
    torch.normal(0, 0.01, (2, 1))  # the model's first weights, drawn before the data
    return running_data(batch_size=10).X[:1000]


def test_an_infinite_loss_with_torchs_optimizer_names_its_learning_rate():
    model = LinearRegression(lr=5)
    model.board.display = False
    with pytest.raises(FloatingPointError, match=r"with a learning rate of 5\. "):
        Trainer(10).fit(model, running_data())


def test_with_a_learners_own_loop_the_epoch_is_named():
    with pytest.raises(
        FloatingPointError, match=r"a parameter became infinite or nan in epoch \d, wi"
    ):
        OwnLoop(10).fit(Model(lr=5), running_data(batch_size=10))


@BOTH_LOOPS
def test_values_that_are_no_numbers_in_the_data_are_told_from_a_large_step(trainer):
    data = running_data()
    data.X[3, 0] = float("nan")
    with pytest.raises(
        FloatingPointError, match="The training data hold infinite values or nan: lo"
    ):
        trainer(1).fit(Model(), data)


def test_a_loader_that_tells_nothing_about_its_data_still_gets_the_learning_rate_named():
    class Data(d2l.DataModule):
        def get_dataloader(self, train):
            return [(torch.full((4, 2), 1e6), torch.ones(4, 1))] * 30

    with pytest.raises(
        FloatingPointError, match=r"learning rate of 0.03. The steps are probably too"
    ):
        Trainer(1).fit(Model(), Data())


@BOTH_LOOPS
def test_a_loss_that_only_grows_is_warned_of_once_though_it_is_finite(trainer):
    with pytest.warns(
        UserWarning, match=r"the training loss grew from .* to .* of 2.1\. "
    ) as caught:
        trainer(2).fit(Model(lr=2.1), running_data(batch_size=32))
    assert len(caught) == 1


def test_a_loss_that_explodes_within_one_epoch_is_warned_of():
    with pytest.warns(UserWarning, match=r"the training loss grew from .* of 2\.1\. ") as caught:
        Trainer(1).fit(Model(lr=2.1), running_data(batch_size=20))
    assert len(caught) == 1


def test_values_that_are_no_numbers_in_the_validation_data_are_warned_of():
    data = running_data()
    data.y[-1] = float("inf")
    with pytest.warns(
        UserWarning, match="the validation loss is infinite or nan: look for such val"
    ):
        Trainer(1).fit(Model(), data)


# the first step changes nothing


class Rebinding(d2l.SGD):
    def step(self):
        for param in self.params:
            param = param - self.lr * param.grad


class RebindingTheList(d2l.SGD):
    def step(self):
        for i, param in enumerate(self.params):
            if param.grad is not None:
                self.params[i] = param - self.lr * param.grad


class ReadOnce(d2l.HyperParameters):
    def __init__(self, params, lr):
        self.save_hyperparameters()

    def step(self):
        for param in self.params:
            param -= self.lr * param.grad

    def zero_grad(self):
        for param in self.params:
            param.grad = None


def fit_with(optimizer, trainer=Trainer, model=None, **changes):
    """Fit the model with an optimizer made from it."""
    model = model or Model()
    model.configure_optimizers = lambda: optimizer(model)
    trainer(2).fit(model, running_data(**changes))
    return model


@BOTH_LOOPS
@pytest.mark.parametrize("optimizer", [Rebinding, RebindingTheList])
def test_an_update_that_rebinds_a_name_is_warned_of_once(trainer, optimizer):
    with pytest.warns(UserWarning, match="the first step changed no parameter") as caught:
        fit_with(lambda model: optimizer([model.w, model.b], 0.03), trainer)
    assert len(caught) == 1
    message = str(caught[0].message)
    assert f"{optimizer.__name__}.step probably binds a name to a new tensor" in message
    assert message.endswith("under torch.no_grad(): param -= lr * param.grad")


@BOTH_LOOPS
def test_parameters_that_can_be_read_only_once_are_told_from_that(trainer):
    with pytest.warns(
        UserWarning, match="params of ReadOnce is a generator, which can be read only"
    ):
        fit_with(lambda model: ReadOnce((p for p in [model.w, model.b]), 0.03), trainer)


@BOTH_LOOPS
def test_an_optimizer_that_holds_other_tensors_than_the_model_is_warned_of(trainer):
    with pytest.warns(
        UserWarning, match="no tensor that the optimizer of Model holds has a gradien"
    ):
        fit_with(lambda model: d2l.SGD([torch.ones(2, 1, requires_grad=True)], 0.03), trainer)


# the loss carries no gradient


class UnderNoGrad(Model):
    def training_step(self, batch):
        with torch.no_grad():
            return super().training_step(batch)


class Detached(Model):
    def loss(self, y_hat, y):
        return super().loss(y_hat.detach(), y)


@BOTH_LOOPS
@pytest.mark.parametrize("model", [UnderNoGrad, Detached])
def test_a_loss_without_a_graph_is_explained(trainer, model):
    with pytest.raises(RuntimeError) as caught:
        trainer(1).fit(model(), running_data())
    assert str(caught.value).startswith(
        "the loss carries no gradient, so there is nothing to learn"
    )
    assert "only the update of the parameters belongs inside" in str(caught.value)


def test_other_errors_of_torch_are_left_as_they_are():
    class Broken(Model):
        def forward(self, X):
            return X @ torch.ones(3, 1)

    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        Trainer(1).fit(Broken(), running_data())


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (None, TypeError, "training_step of Model gave None (type NoneType); it should return the"),
        (0.5, TypeError, "training_step of Model gave 0.5 (type float); it should return the loss"),
        (
            torch.ones(4, 1),
            ValueError,
            "the loss of Model has shape (4, 1); it should be one numbe",
        ),
    ],
)
def test_a_training_step_that_gives_no_single_loss_is_named(loss, error, message):
    model = Model()
    model.training_step = lambda batch: loss
    with pytest.raises(error) as caught:
        Trainer(1).fit(model, running_data())
    assert message in str(caught.value)


# labels and predictions differ in shape


class FlatLabels(SyntheticRegressionData):
    def get_dataloader(self, train):
        rows = slice(0, self.num_train) if train else slice(self.num_train, None)
        return self.get_tensorloader((self.X, self.y.flatten()), train, rows)


class Broadcasting(Model):
    def loss(self, y_hat, y):
        return ((y_hat - y) ** 2 / 2).mean()


class BroadcastingFromZero(Broadcasting):
    def __init__(self):
        super().__init__()
        nn.init.zeros_(self.w)


class FlatPredictions(Broadcasting):
    def forward(self, X):
        return super().forward(X).squeeze()


class OwnTrainingStep(Broadcasting):
    def training_step(self, batch):
        X, y = batch
        return self.loss(self(X), y)


@BOTH_LOOPS
@pytest.mark.parametrize(
    ("model", "data"),
    [
        (Broadcasting, FlatLabels),
        (BroadcastingFromZero, FlatLabels),
        (OwnTrainingStep, FlatLabels),
        (FlatPredictions, SyntheticRegressionData),
    ],
)
def test_labels_that_would_broadcast_are_refused(trainer, model, data):
    with pytest.raises(
        ValueError, match=r"each prediction with each label: 32 × 32 of them"
    ) as caught:
        trainer(1).fit(model(), data(torch.tensor([2, -3.4]), 4.2))
    assert "(32,)" in str(caught.value)
    assert "(32, 1)" in str(caught.value)
    assert "y.reshape(y_hat.shape)" in str(caught.value)


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_a_loss_layer_that_would_broadcast_is_refused_as_well():
    class Layer(d2l.Module):
        def __init__(self):
            super().__init__()
            self.net, self.loss = nn.Linear(2, 1), nn.MSELoss()

        def configure_optimizers(self):
            return d2l.SGD(self.parameters(), 0.03)

    with pytest.raises(ValueError, match="each prediction with each label"):
        Trainer(1).fit(Layer(), FlatLabels(torch.tensor([2, -3.4]), 4.2))


# gradients that stay


@BOTH_LOOPS
def test_gradients_that_zero_grad_leaves_are_warned_of_once(trainer):
    class Leaving(d2l.SGD):
        def zero_grad(self):
            pass

    with pytest.warns(
        UserWarning, match="Leaving.zero_grad leaves gradients that are not"
    ) as caught:
        fit_with(lambda model: Leaving([model.w, model.b], 0.001), trainer)
    assert len(caught) == 1


# what a class lacks


@BOTH_LOOPS
@pytest.mark.parametrize("method", ["loss", "forward", "configure_optimizers"])
def test_a_missing_method_is_named_with_its_class(trainer, method):
    def predict(self, X):
        return X @ self.w

    def squared(self, y_hat, y):
        return ((y_hat - y) ** 2).mean()

    def optimizer(self):
        return d2l.SGD([self.w], 0.03)

    methods = {"forward": predict, "loss": squared, "configure_optimizers": optimizer}
    del methods[method]
    mine = type("Mine", (d2l.Module,), methods)()
    mine.w = torch.zeros(2, 1, requires_grad=True)
    mine.board.display = False
    with pytest.raises(NotImplementedError) as caught:
        trainer(1).fit(mine, running_data())
    assert str(caught.value).startswith(f"Mine has no {method}: write `def {method}(self")
    assert "put @add_to_class(Mine) above a function of that name" in str(caught.value)


def test_an_optimizer_that_is_not_returned_is_named():
    model = Model()
    model.configure_optimizers = lambda: None
    with pytest.raises(
        TypeError, match="configure_optimizers of Model gave None; it should return an"
    ):
        Trainer(1).fit(model, running_data())


# no false alarm


class DataAssignment(d2l.SGD):
    def step(self):
        for param in self.params:
            param.data = param.data - self.lr * param.grad


class DataSubtraction(d2l.SGD):
    def step(self):
        for param in self.params:
            param.data -= self.lr * param.grad

    def zero_grad(self):
        for param in self.params:
            if param.grad is not None:
                param.grad.zero_()


class StepThatClears(d2l.SGD):
    """Steps and clears as the function sgd does, so that zero_grad has nothing to do."""

    def step(self):
        d2l.sgd(self.params, self.lr, 1)

    def zero_grad(self):
        pass


class NewTensors:
    """Puts new tensors into the model instead of changing the old ones, and makes them leaves."""

    def __init__(self, model):
        self.model = model

    def step(self):
        for name in ("w", "b"):
            param = getattr(self.model, name)
            setattr(self.model, name, (param - 0.03 * param.grad).detach().requires_grad_())

    def zero_grad(self):
        pass


class ReshapingLoss(Model):
    def loss(self, y_hat, y):
        return ((y_hat - y.reshape(y_hat.shape)) ** 2).mean()


class ViewingLoss(Model):
    def loss(self, y_hat, y):
        return ((y_hat - y.view(y_hat.size())) ** 2 / 2).sum() / len(y)


class SqueezingLoss(Model):
    def loss(self, y_hat, y):
        return ((y_hat.squeeze(1) - y.flatten()) ** 2 / 2).mean()


class FlatLabelsLoss(Model):
    def loss(self, y_hat, y):
        return nn.functional.binary_cross_entropy_with_logits(y_hat[:, 0], y.flatten().sigmoid())


class LossWithArguments(Model):
    def training_step(self, batch):
        X, y = batch
        return self.loss(self(X), y=y, scale=0.5)

    def loss(self, y_hat, y, scale=1):
        return scale * ((y_hat - y.reshape(y_hat.shape)) ** 2).mean()


class WithPenalty(ReshapingLoss):
    def loss(self, y_hat, y):
        return super().loss(y_hat, y) + 0.01 * (self.w**2).sum()


def held(optimizer):
    return lambda model: optimizer([model.w, model.b], 0.03)


@BOTH_LOOPS
@pytest.mark.parametrize(
    "optimizer",
    [
        held(d2l.SGD),
        held(DataAssignment),
        held(DataSubtraction),
        held(StepThatClears),
        held(lambda params, lr: torch.optim.SGD(params, lr, momentum=0.9)),
        held(torch.optim.Adam),
        lambda model: ReadOnce([model.w, model.b], 0.03),
        NewTensors,
    ],
)
def test_correct_optimizers_pass_in_silence(trainer, optimizer):
    model = fit_with(optimizer, trainer)
    assert model.board.data["train_loss"][-1].y < model.board.data["train_loss"][0].y


@BOTH_LOOPS
@pytest.mark.parametrize(
    "model", [Model, ReshapingLoss, ViewingLoss, SqueezingLoss, LossWithArguments, WithPenalty]
)
@pytest.mark.parametrize("data", [SyntheticRegressionData, FlatLabels])
def test_correct_losses_pass_in_silence_also_with_flat_labels(trainer, model, data):
    model = model()
    trainer(2).fit(model, data(torch.tensor([2, -3.4]), 4.2))
    assert model.b.item() > 2


@BOTH_LOOPS
@pytest.mark.parametrize(
    "changes", [{"num_train": 1, "num_val": 1}, {"batch_size": 1}, {"num_train": 33}]
)
@pytest.mark.parametrize("data", [SyntheticRegressionData, FlatLabels])
def test_one_example_alone_passes_in_silence(trainer, changes, data):
    model = Broadcasting() if changes.get("num_train") == 1 else Model()
    trainer(2).fit(model, data([2, -3.4], 4.2, **changes))


@BOTH_LOOPS
@pytest.mark.parametrize("lr", [0, 0.03])
def test_gradients_that_are_exactly_zero_pass_in_silence(trainer, lr):
    model = Model(lr)
    nn.init.zeros_(model.w)
    data = SyntheticRegressionData([0.0, 0.0], 0, noise=0)
    trainer(2).fit(model, data)
    assert model.w.tolist() == [[0], [0]]


@BOTH_LOOPS
@pytest.mark.parametrize("epochs", [1, 2])
def test_a_learning_rate_of_zero_passes_in_silence(trainer, epochs):
    trainer(epochs).fit(Model(lr=0), running_data())


@pytest.mark.parametrize("lr", [0, 0.03])
@pytest.mark.parametrize("epochs", [1, 2])
def test_two_examples_passed_one_by_one_pass_in_silence_though_one_loss_may_be_much_larger(
    lr, epochs
):
    for seed in range(10):  # without the check for chance four of these ten were warned of
        torch.manual_seed(seed)
        Trainer(epochs).fit(Model(lr), running_data(num_train=2, batch_size=1))


def test_a_step_too_small_for_the_digits_passes_in_silence():
    model = Model(lr=1e-12)
    nn.init.ones_(model.w)
    nn.init.ones_(model.b)
    Trainer(1).fit(model, running_data())
    assert model.w.tolist() == [[1], [1]]


@BOTH_LOOPS
def test_training_on_at_the_minimum_passes_in_silence(trainer):
    data, model = running_data(), Model(lr=0.3)
    for _ in range(3):
        trainer(3).fit(model, data)


def test_a_frozen_parameter_and_an_unused_lazy_layer_pass_in_silence():
    model = Model()
    model.frozen = nn.Parameter(torch.ones(3), requires_grad=False)
    model.lazy = nn.LazyLinear(1)
    model.configure_optimizers = lambda: torch.optim.SGD(model.parameters(), 0.03)
    Trainer(1).fit(model, running_data())


def test_a_schedule_of_the_learning_rate_that_starts_at_zero_passes_in_silence():
    class Warm(Trainer):
        def fit_epoch(self):
            super().fit_epoch()
            self.scheduler.step()

    model, trainer = Model(), Warm(3)

    def configure_optimizers():
        optimizer = torch.optim.SGD(model.parameters(), 0.03)
        trainer.scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: epoch / 3)
        return optimizer

    model.configure_optimizers = configure_optimizers
    trainer.fit(model, running_data())
    assert model.w.abs().max() > 0.1


@pytest.mark.parametrize("data", [SyntheticRegressionData, FlatLabels])
def test_a_loss_that_is_not_zero_for_right_predictions_passes_in_silence(data):
    Trainer(1).fit(FlatLabelsLoss(), data(torch.tensor([2, -3.4]), 4.2))


def test_arguments_of_step_and_zero_grad_reach_the_optimizer():
    class WithClosure(Trainer):
        def fit_epoch(self):
            for batch in self.train_dataloader:

                def closure(batch=batch):
                    self.optim.zero_grad(set_to_none=True)
                    loss = self.model.training_step(batch)
                    loss.backward()
                    return loss

                self.optim.step(closure=closure)
                self.train_batch_idx += 1

    model = fit_with(lambda model: torch.optim.LBFGS(model.parameters(), 0.1), WithClosure)
    assert model.b.item() == pytest.approx(4.2, abs=0.1)


def test_torchs_loaders_pass_in_silence():
    X, y = d2l.synthetic_data([2, -3.4], 4.2, 100)

    class Data(d2l.DataModule):
        def get_dataloader(self, train):
            return DataLoader(TensorDataset(X, y.flatten()), 10, shuffle=train)

    Trainer(2).fit(ReshapingLoss(), Data())


def test_what_was_watched_is_as_before_after_training_also_when_it_failed():
    model = Model()
    Trainer(1).fit(model, running_data())
    assert "loss" not in vars(model)
    assert vars(model.trainer.optim).keys() == {"hparams", "params", "lr"}
    broken = UnderNoGrad()
    with pytest.raises(RuntimeError):
        Trainer(1).fit(broken, running_data())
    assert "loss" not in vars(broken)
    assert not {"step", "zero_grad"} & vars(broken.trainer.optim).keys()


def test_silence_is_what_these_tests_would_not_miss():
    with pytest.raises(UserWarning, match="anything"):
        warnings.warn("anything", stacklevel=1)
