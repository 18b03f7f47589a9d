"""Mistakes in training that PyTorch lets pass, or names in its own words, and what `fit` says."""

import re
import warnings

import pytest
import torch
from torch import nn

import linreg as d2l
from linreg import LinearRegression, LinearRegressionScratch, SyntheticRegressionData, Trainer

pytestmark = pytest.mark.usefixtures("own_messages")


class Model(LinearRegressionScratch):
    def __init__(self, lr=0.03, d=2):
        super().__init__(d, lr)
        self.board.display = False

    def loss(self, y_hat, y):
        return ((y_hat - y) ** 2 / 2).mean()


class Rows(d2l.DataModule):
    """Examples to train on, and none to validate on."""

    def __init__(self, X, y, batch_size=32):
        super().__init__()
        self.save_hyperparameters()

    def get_dataloader(self, train):
        return self.get_tensorloader((self.X, self.y), train) if train else None


class Loop(Trainer):
    """A learner's own loop; the cases below leave out or add a line."""

    lines = ("loss", "zero_grad", "backward", "step")

    def fit_epoch(self):
        for batch in self.train_dataloader:
            for line in self.lines:
                getattr(self, line)(batch)
            self.train_batch_idx += 1

    def loss(self, batch):
        self.value = self.model.training_step(batch)

    def zero_grad(self, batch):
        self.optim.zero_grad()

    def backward(self, batch):
        self.value.backward()

    def zero_in_place(self, batch):
        for param in self.model.parameters():
            param.grad.zero_()

    def step(self, batch):
        with torch.no_grad():
            self.optim.step()

    def bare_step(self, batch):
        self.optim.step()

    def loss_by_hand(self, batch):
        X, y = batch
        self.value = ((self.model(X) - y.squeeze()) ** 2).mean()


def loop(*lines):
    return type("Mine", (Loop,), {"lines": lines})


def running_data(**changes):
    return SyntheticRegressionData([2, -3.4], 4.2, **({"num_val": 32} | changes))


def said(trainer, model, data):
    """Fit, and return the one thing that was said, be it an error or a warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            trainer.fit(model, data)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    assert len(caught) == 1, [str(each.message) for each in caught]
    return f"{caught[0].category.__name__}: {caught[0].message}"


# a loop that leaves something out

LOOPS = {
    ("loss", "zero_grad", "backward"): "no step was taken in the first epoch, so that nothing was "
    "learned: fit_epoch of Mine calls loss.backward(), but never the step of",
    ("loss", "zero_grad"): "fit_epoch of Mine never calls the step of",
    ("loss", "zero_grad", "step"): "loss.backward() should come before the step",
    ("loss", "backward", "step"): "fit_epoch of Mine never clears them. It should call "
    "self.optim.zero_grad() before each loss.backward()",
    ("loss", "backward", "zero_grad", "step"): "fit_epoch of Mine ",
    ("loss", "zero_grad", "backward", "zero_in_place", "step"): "the gradients are zero when the "
    "first step is taken, though loss.backward() gave others: fit_epoch of Mine clears them too",
    ("loss_by_hand", "zero_grad", "backward", "step"): "each prediction with each label: 32 × 32",
}


@pytest.mark.parametrize("make", [Model, lambda: LinearRegression(0.02)])
@pytest.mark.parametrize(("lines", "message"), LOOPS.items(), ids=[" ".join(key) for key in LOOPS])
def test_a_loop_that_leaves_something_out_or_does_it_too_early_is_told(make, lines, message):
    model = make()
    model.board.display = False
    assert message in said(loop(*lines)(2), model, running_data())


def test_gradients_that_are_never_cleared_are_noticed_with_one_minibatch_an_epoch():
    trainer = loop("loss", "backward", "step")(4)
    assert "never clears them" in said(trainer, Model(0.01), running_data(batch_size=1000))


# an optimizer that steps wrongly


class NoteSGD(d2l.HyperParameters):
    def __init__(self, params, lr):
        self.save_hyperparameters()

    def step(self):
        for param in self.params:
            param -= self.lr * param.grad

    def zero_grad(self):
        for param in self.params:
            param.grad = None


class Uphill(NoteSGD):
    def step(self):
        for param in self.params:
            param += self.lr * param.grad


class FirstOnly(NoteSGD):
    def step(self):
        self.params[0].sub_(self.lr * self.params[0].grad)


class Blunt(NoteSGD):
    def zero_grad(self):
        for param in self.params:
            param.grad.zero_()


OPTIMIZERS = {
    "uphill": (lambda m: Uphill([m.w, m.b], 0.001), "UserWarning: the first step went uphill"),
    "negative rate": (lambda m: NoteSGD([m.w, m.b], -0.001), "learning rate of NoteSGD is -0.001"),
    "first only": (lambda m: FirstOnly([m.w, m.b], 0.03), "b did not change in the first epoch"),
    "no bias": (lambda m: d2l.SGD([m.w], 0.03), "b gets a gradient, but the optimizer of Model"),
    "no tensor": (lambda m: NoteSGD([], 0.03), "the optimizer of Model holds no tensor"),
    "blunt": (
        lambda m: Blunt([m.w, m.b], 0.03),
        "RuntimeError: a gradient is None where it should",
    ),
}


@pytest.mark.parametrize(("make", "message"), OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_an_optimizer_that_does_something_else_than_descend_is_told(make, message):
    model = Model()
    model.configure_optimizers = lambda: make(model)
    assert message in said(Trainer(2), model, running_data())


@pytest.mark.parametrize("d", [1, 2])
def test_a_step_uphill_is_the_reason_of_an_explosion_and_not_the_rate(d):
    model = Model(d=d)
    model.configure_optimizers = lambda: Uphill([model.w, model.b], 0.3)
    with (
        pytest.warns(UserWarning, match="uphill") as caught,
        pytest.raises(FloatingPointError) as error,
    ):
        Trainer(50).fit(model, SyntheticRegressionData([2.0] * d, 4.2))
    assert len(caught) == 1
    assert "It should subtract: param -= lr * param.grad" in str(error.value)
    assert "too large" not in str(error.value)


@pytest.mark.parametrize("optimizer", [NoteSGD, d2l.SGD])
def test_gradients_dropped_before_the_step_are_told_from_an_optimizer_of_other_tensors(optimizer):
    model = Model()
    model.configure_optimizers = lambda: optimizer([model.w, model.b], 0.03)
    message = said(loop("loss", "backward", "zero_grad", "step")(1), model, running_data())
    assert "though loss.backward() gave some: fit_epoch of Mine drops them between" in message


# tensors that are not trained


class PlainBias(Model):
    def __init__(self):
        super().__init__()
        del self.b
        self.b = torch.zeros(1, requires_grad=True)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.03)


class CutOff(Model):
    def forward(self, X):
        return X @ self.w.detach() + self.b


class Unused(Model):
    def __init__(self):
        super().__init__()
        self.unused = nn.Parameter(torch.ones(3))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.03)


class CutOffPlain(CutOff):
    def configure_optimizers(self):
        return NoteSGD([self.w, self.b], 0.03)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (PlainBias, "UserWarning: b gets a gradient, but the optimizer of PlainBias does not hold"),
        (CutOff, "UserWarning: w got no gradient, so that the step cannot change it"),
        (Unused, "UserWarning: unused got no gradient, so that the step cannot change it"),
        (CutOffPlain, "RuntimeError: w got no gradient, so that the step cannot change it"),
    ],
)
def test_a_tensor_that_is_not_trained_is_named(make, message):
    assert said(Trainer(3), make(), running_data()).startswith(message)


# n × n


def hidden(change, inside="loss"):
    """Make a model that changes the labels' shape in its loss or in its training step."""

    class Changed(Model):
        def loss(self, y_hat, y):
            return super().loss(y_hat, change(y) if inside == "loss" else y)

        def training_step(self, batch):
            X, y = batch
            if inside == "loss":
                return self.loss(self(X), y)
            return (self(X) - change(y)).abs().mean()

    return Changed()


CHANGES = {
    "squeeze": lambda y: y.squeeze(),
    "flatten": lambda y: y.flatten(),
    "view": lambda y: y.view(-1),
    "column": lambda y: y[:, 0],
    "scaled": lambda y: (2 * y.double().float()).reshape(-1) + 1,
}


@pytest.mark.parametrize("inside", ["loss", "training_step"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_labels_that_lose_their_column_on_the_way_are_seen_where_they_broadcast(change, inside):
    with pytest.raises(ValueError, match="each prediction with each label: 32 × 32 of them") as e:
        Trainer(1).fit(hidden(change, inside), running_data())
    assert "or leave the labels as the data give them, without squeeze() or flatten()" in str(
        e.value
    )


@pytest.mark.parametrize("inside", ["loss", "training_step"])
def test_labels_as_a_row_are_warned_of_since_each_pair_may_be_meant(inside):
    message = said(Trainer(1), hidden(lambda y: y.T, inside), running_data())
    assert message.startswith("UserWarning: the labels have shape (1, 32) and the predictions")


def test_broadcasting_in_the_validation_step_alone_is_seen():
    class Validating(Model):
        def validation_step(self, batch):
            X, y = batch
            self.plot("loss", ((self(X) - y.squeeze()) ** 2).mean(), train=False)

    assert "32 × 32 of them" in said(Trainer(1), Validating(), running_data())


class FlatWhenItIsTried(Model):
    def forward(self, X):
        y_hat = super().forward(X)
        return y_hat if self.training else y_hat.squeeze()


class OtherLossInTraining(Model):
    def training_step(self, batch):
        return ((self(batch[0]) - batch[1]) ** 2).mean()

    def loss(self, y_hat, y):
        return ((y_hat - y.squeeze()) ** 2).mean()


class FlatLabelsToValidateOn(SyntheticRegressionData):
    def val_dataloader(self):
        return [(X, y.squeeze()) for X, y in super().val_dataloader()]


class OneExampleToTrainOn(SyntheticRegressionData):
    def train_dataloader(self):
        return [(self.X[:1], self.y[:1])]


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (FlatWhenItIsTried, SyntheticRegressionData),
        (OtherLossInTraining, SyntheticRegressionData),
        (Model, FlatLabelsToValidateOn),
        (lambda: hidden(lambda y: y.squeeze(), "loss"), OneExampleToTrainOn),
    ],
)
def test_broadcasting_in_validation_is_seen_whatever_training_computed(model, data):
    assert "32 × 32 of them" in said(Trainer(1), model(), data([2, -3.4], 4.2))


# features


def houses(noise=10.0, n=200):
    X = torch.rand(n, 1) * 120 + 30
    return X, 3 * X + 50 + noise * torch.randn(n, 1)


@pytest.mark.parametrize("make", [lambda lr: Model(lr, 1), lambda lr: LinearRegression(lr / 2)])
@pytest.mark.parametrize("batch_size", [10, 200])
def test_a_bias_that_features_far_from_zero_hold_back_is_named_with_its_goal(make, batch_size):
    model = make(5e-5)
    model.board.display = False
    message = said(Trainer(10), model, Rows(*houses(), batch_size))
    assert re.match(r"UserWarning: (net\.)?b(ias)? is 0\.\d+ where these examples would", message)
    assert "neither centred nor scaled" in message
    assert message.endswith("X = (X - X.mean(0)) / X.std(0)")


def test_standardised_features_are_what_the_warning_asks_for():
    X, y = houses()
    Trainer(10).fit(Model(0.5, 1), Rows((X - X.mean(0)) / X.std(0), y, 200))


def test_features_of_unlike_size_and_features_that_say_the_same_are_told_apart():
    one, two = torch.randn(500, 1), torch.randn(500, 1)
    cases = {
        "not scaled": torch.cat([one, 100 * two], 1),
        "columns 0 and 1 of X have a correlation of 0.999": torch.cat([one, one + 0.02 * two], 1),
    }
    for message, X in cases.items():
        y = X @ torch.tensor([[20.0], [-18.0 / X[:, 1].std() ** 1]]) + 1
        lr = d2l.max_stable_lr(X) / 3
        assert message in said(Trainer(20), Model(lr), Rows(X, y, 50))


# losses that grow or are no single number


@pytest.mark.parametrize("factor", [1.05, 1.09, 1.3])
def test_a_rate_a_little_over_the_limit_is_noticed_with_all_examples_in_each_step(factor):
    data = running_data(batch_size=1000)
    lr = factor * d2l.max_stable_lr(data.X[:1000])
    assert "the training loss grew from" in said(Trainer(10), Model(lr), data)


def test_a_loss_that_grows_is_noticed_where_a_learners_training_step_draws_no_curve():
    class Undrawn(Model):
        def training_step(self, batch):
            return self.loss(self(batch[0]), batch[1])

    assert "the training loss grew from" in said(Trainer(2), Undrawn(2.1), running_data())


class Summed(Model):
    def loss(self, y_hat, y):
        return ((y_hat - y) ** 2 / 2).sum()


class SummedInStep(Model):
    def training_step(self, batch):
        return ((self(batch[0]) - batch[1]) ** 2).sum()


@pytest.mark.parametrize("make", [Summed, SummedInStep])
def test_a_sum_is_named_where_the_rate_lies_below_the_limit(make):
    data = running_data()
    data.X *= 10
    message = said(Trainer(3), make(0.001), data)
    assert message.startswith("FloatingPointError")
    assert "The loss is a sum over the 32 examples of a minibatch" in message
    assert "too large" not in message


def test_a_rate_below_the_limit_is_said_to_be_where_the_reason_is_not_known():
    class Tenfold(Model):
        def training_step(self, batch):
            return 100 * self.loss(self(batch[0]), batch[1])

    message = said(Trainer(3), Tenfold(0.05), running_data())
    assert "That is below max_stable_lr(X) = " in message
    assert "a loss that is a sum over the minibatch" in message
    assert "wrong sign" in message


def test_a_parameter_that_is_nan_from_the_start_is_not_blamed_on_the_rate():
    model = Model()
    nn.init.constant_(model.w, float("nan"))
    message = said(Trainer(1), model, running_data())
    assert "before any step was taken: w holds infinite values or nan at the start" in message


# PyTorch's own words


class Unreduced(Model):
    def loss(self, y_hat, y):
        return (y_hat - y) ** 2 / 2


class NoParameters(Model):
    def __init__(self):
        d2l.Module.__init__(self)
        self.w = torch.zeros(2, 1, requires_grad=True)
        self.b = torch.zeros(1, requires_grad=True)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.03)


class Nothing(NoParameters):
    def __init__(self):
        d2l.Module.__init__(self)


def with_graph(data):
    data.y = data.X @ torch.ones(2, 1, requires_grad=True)
    return data


def typed(X=torch.float32, y=torch.float32):
    data = running_data()
    data.X, data.y = data.X.to(X), data.y.to(y)
    return data


def flat():
    X = torch.randn(96)
    return Rows(X, 2 * X + 1)


def huber(d=2):
    model = LinearRegressionScratch(d, 0.03)
    model.board.display = False
    return model


WORDS = {
    "unreduced": (
        Unreduced,
        running_data,
        ValueError,
        "the loss of Unreduced has shape (32, 1); it",
    ),
    "graph": (Model, lambda: with_graph(running_data()), RuntimeError, "the labels carry a graph"),
    "both double": (
        huber,
        lambda: typed(torch.float64, torch.float64),
        TypeError,
        "the features have dtype torch.float64 and the labels have dtype torch.float64, the param",
    ),
    "labels double": (
        huber,
        lambda: typed(y=torch.float64),
        TypeError,
        "Convert the data where they are made: y = y.to(torch.float32)",
    ),
    "features whole": (
        huber,
        lambda: typed(X=torch.int64),
        TypeError,
        "the features have dtype torch.int64, the parameters of LinearRegressionScratch torch.flo",
    ),
    "labels whole": (
        huber,
        lambda: typed(y=torch.int64),
        TypeError,
        "the labels have dtype torch.int64, the parameters",
    ),
    "plain": (
        NoParameters,
        running_data,
        ValueError,
        "w and b are plain tensors. Pass [self.w, se",
    ),
    "none": (Nothing, running_data, ValueError, "the model has none. Set them in its __init__"),
    "flat, layer": (
        lambda: LinearRegression(0.03),
        flat,
        ValueError,
        "have shape (32,); it should",
    ),
    "flat, scratch": (
        lambda: huber(1),
        flat,
        ValueError,
        "Use X.reshape(-1, 1) where the data are",
    ),
}


@pytest.mark.parametrize(("make", "data", "error", "message"), WORDS.values(), ids=WORDS)
def test_an_error_of_pytorch_is_put_in_other_words_and_kept_as_the_cause(
    make, data, error, message
):
    with pytest.raises(error) as caught:
        Trainer(2).fit(make(), data())
    assert message in str(caught.value)
    assert caught.value.__cause__ is not None or "shape (32,)" in message  # seen before torch does


def test_a_layer_that_learns_its_inputs_late_is_not_spoiled_by_flat_features():
    model = LinearRegression(0.03)
    with pytest.raises(ValueError, match="have shape"):
        Trainer(1).fit(model, flat())
    assert isinstance(model.net.weight, nn.parameter.UninitializedParameter)


def test_a_step_that_autograd_records_is_told_where_it_belongs():
    model = Model()
    model.configure_optimizers = lambda: NoteSGD([model.w, model.b], 0.03)
    trainer = loop("loss", "zero_grad", "backward", "bare_step")(1)
    with pytest.raises(RuntimeError, match=r"put it under `with torch\.no_grad\(\):`") as caught:
        trainer.fit(model, running_data())
    assert "leaf Variable" in str(caught.value.__cause__)


# what fit is given


def optimizers_of(kind):
    class Configured(Model):
        def configure_optimizers(self):
            optim = torch.optim.SGD(self.parameters(), 0.1)
            schedule = torch.optim.lr_scheduler.StepLR(optim, 1)
            return {
                "class": torch.optim.SGD,
                "list": [optim],
                "pair of lists": ([optim], [schedule]),
                "dictionary": {"optimizer": optim, "lr_scheduler": schedule},
                "schedule": schedule,
                "parameters": self.parameters(),
                "word": "sgd",
            }[kind]

    return Configured()


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("class", "gave the class SGD; it should return an object of it: SGD(self.parameters(), "),
        ("list", "gave a list; it should return one optimizer and nothing around it"),
        ("pair of lists", "gave a tuple; it should return one optimizer and nothing around it"),
        ("dictionary", "gave a dict; it should return one optimizer and nothing around it"),
        ("schedule", "gave a StepLR, a schedule of an optimizer's learning rate; it should return"),
        ("parameters", "(type generator); it should return an optimizer, an object with"),
        ("word", "gave 'sgd' (type str); it should return an optimizer"),
    ],
)
def test_what_is_no_optimizer_is_refused(kind, message):
    with pytest.raises(TypeError) as caught:
        Trainer(1).fit(optimizers_of(kind), running_data())
    assert message in str(caught.value)


X, y = torch.randn(64, 2), torch.randn(64, 1)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((X, y), "data is a tuple; it should be a DataModule"),
        (X, "data is a tensor of shape (64, 2)"),
        ({"X": X}, "data is a dict; it should be a DataModule"),
        (X.numpy(), "data is a ndarray; it should be a DataModule"),
        (d2l.load_array((X, y), 8), "data is a DataLoader, minibatches to train on but none to va"),
        (d2l.data_iter(8, X, y), "data is a generator; it should be a DataModule"),
    ],
)
def test_what_is_no_data_is_refused_with_what_to_write(data, message):
    with pytest.raises(TypeError) as caught:
        Trainer(1).fit(Model(), data)
    assert message in str(caught.value)
    assert "get_dataloader(self, train)" in str(caught.value)


def test_data_of_a_class_that_exec_made_without_a_module_are_data():
    made = {"d2l": d2l}
    exec("class Mine(d2l.SyntheticRegressionData): ...", made)
    assert made["Mine"].__module__ == "builtins"
    data = made["Mine"]([2, -3.4], 4.2, num_train=8, num_val=8, batch_size=8)
    model = d2l.LinearRegressionScratch(2, lr=0.1)
    model.board.display = False
    d2l.Trainer(max_epochs=1).fit(model, data)
    assert model.b.item() != 0


def test_model_and_data_in_the_wrong_order_are_told():
    with pytest.raises(TypeError, match=r"it should come second: fit\(model, data\)"):
        Trainer(1).fit(running_data(), Model())
