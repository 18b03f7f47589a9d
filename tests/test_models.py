"""Linear regression as a class, from scratch and with PyTorch's layer."""

import copy
import pickle

import pytest
import torch
from torch import nn

from linreg import (
    SGD,
    LinearRegression,
    LinearRegressionScratch,
    squared_loss,
    synthetic_data,
)

# from scratch


def test_scratch_parameters_are_registered():
    model = LinearRegressionScratch(2, lr=0.03)
    assert dict(model.named_parameters()).keys() == {"w", "b"}
    assert model.state_dict().keys() == {"w", "b"}
    assert model.to(torch.float64).w.dtype == torch.float64


def test_a_state_dict_carries_the_parameters_over():
    trained, fresh = LinearRegressionScratch(2, 0.03), LinearRegressionScratch(2, 0.03)
    fresh.load_state_dict(trained.state_dict())
    X = torch.randn(5, 2)
    assert torch.equal(fresh(X), trained(X))


def test_the_first_weights_are_normal_with_sigma_and_the_bias_is_zero():
    model = LinearRegressionScratch(10_000, lr=0.03, sigma=0.5)
    assert (model.w.shape, model.b.shape) == ((10_000, 1), (1,))
    # the standard error of a standard deviation of 0.5 over 10 000 weights is 0.0035
    assert model.w.std().item() == pytest.approx(0.5, abs=0.02)
    assert model.b.tolist() == [0]


def test_the_first_weights_come_from_the_generator():
    def weights(seed):
        generator = torch.Generator().manual_seed(seed)
        return LinearRegressionScratch(3, 0.03, generator=generator).w.tolist()

    assert weights(1) == weights(1) != weights(2)


def test_scratch_hyperparameters_are_kept():
    model = LinearRegressionScratch(2, lr=0.03)
    assert model.hparams == {"num_inputs": 2, "lr": 0.03, "sigma": 0.01}
    assert (model.num_inputs, model.lr, model.sigma) == (2, 0.03, 0.01)


def test_scratch_loss_is_half_the_mean_square_also_for_flat_labels():
    model = LinearRegressionScratch(2, lr=0.03)
    y_hat, y = torch.randn(10, 1), torch.randn(10, 1)
    assert torch.equal(model.loss(y_hat, y), squared_loss(y_hat, y).mean())
    assert torch.equal(model.loss(y_hat, y.flatten()), model.loss(y_hat, y))


@pytest.mark.parametrize("n", [1, 3, 10, 32])
@pytest.mark.parametrize("size", [1e-20, 1, 1e18])
def test_scratch_loss_has_the_gradients_of_the_squared_loss_to_the_last_digit(n, size):
    model = LinearRegressionScratch(2, lr=0.03)
    X, y = torch.randn(n, 2), size * torch.randn(n, 1)
    params = [model.w, model.b]
    ours = torch.autograd.grad(model.loss(model(X), y), params)
    plain = torch.autograd.grad(squared_loss(model(X), y).mean(), params)
    assert all(torch.equal(a, b) for a, b in zip(ours, plain, strict=True))


def test_scratch_is_trained_with_our_sgd_on_its_own_parameters():
    model = LinearRegressionScratch(2, lr=0.03)
    optimizer = model.configure_optimizers()
    assert type(optimizer) is SGD
    assert optimizer.lr == 0.03
    assert [id(p) for p in optimizer.params] == [id(model.w), id(model.b)]


def test_a_plain_tensor_may_take_a_parameters_place():
    model = LinearRegressionScratch(2, lr=0.03)
    model.w = torch.zeros((2, 1), requires_grad=True)
    assert model.w.tolist() == [[0], [0]]
    assert [id(p) for p in model.parameters()] == [id(model.w), id(model.b)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 0.03), ValueError, "num_inputs is 0; it should be at least 1"),
        ((2.0, 0.03), TypeError, "num_inputs is 2.0 (type float)"),
        ((2, -0.03), ValueError, "lr is -0.03; it should be at least 0"),
        ((2, 0.03, -1), ValueError, "sigma is -1; it should be at least 0"),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_scratch_names_a_wrong_argument(arguments, error, message):
    with pytest.raises(error) as caught:
        LinearRegressionScratch(*arguments)
    assert message in str(caught.value)


# with PyTorch's layer


def test_the_layers_weights_do_start_small_and_its_bias_at_zero():
    model = LinearRegression(lr=0.03)
    model(torch.ones(1, 10_000))
    w, b = model.get_w_b()
    assert (w.shape, b.shape) == ((1, 10_000), (1,))
    # nn.Linear itself would draw these from a uniform distribution of the same size by chance
    # (1/sqrt(10 000)), so its shape is held too: 0.3 % of a normal sample lies beyond 3 sigma
    assert w.std().item() == pytest.approx(0.01, rel=0.05)
    assert 0.001 < (w.abs() > 0.03).float().mean().item() < 0.006
    assert b.tolist() == [0]


def test_the_layer_learns_the_number_of_features_and_the_dtype_of_the_model():
    model = LinearRegression(lr=0.03).to(torch.float64)
    assert model(torch.ones(4, 3, dtype=torch.float64)).shape == (4, 1)
    assert type(model.net) is nn.Linear


def test_the_layers_loss_is_the_mean_square_also_for_flat_labels():
    model = LinearRegression(lr=0.03)
    y_hat, y = torch.randn(10, 1), torch.randn(10, 1)
    assert torch.equal(model.loss(y_hat, y), nn.MSELoss()(y_hat, y))
    assert torch.equal(model.loss(y_hat, y.flatten()), model.loss(y_hat, y))


def test_weights_that_are_not_there_yet_are_an_error_that_says_when_they_will_be():
    model = LinearRegression(lr=0.03)
    with pytest.raises(RuntimeError, match=r"Train it first, or call it on features: model\(X\)"):
        model.get_w_b()
    model(torch.ones(4, 3))
    assert [tensor.shape for tensor in model.get_w_b()] == [(1, 3), (1,)]


def test_a_model_can_be_copied_before_it_has_weights():
    model = copy.deepcopy(LinearRegression(lr=0.03))
    assert model(torch.ones(4, 3)).shape == (4, 1)
    stored = pickle.loads(pickle.dumps(LinearRegression(lr=0.03)))
    assert stored(torch.ones(4, 3)).shape == (4, 1)


@pytest.mark.usefixtures("own_messages")
def test_features_of_another_width_are_named():
    model = LinearRegressionScratch(2, lr=0.03)
    for X in (torch.ones(4, 3), torch.ones(4), torch.ones(()), torch.ones(2, 4)):
        with pytest.raises(ValueError, match=r"X has shape .* it should be \(n, 2\): a row for"):
            model(X)


def test_the_layer_is_trained_with_torchs_sgd():
    optimizer = LinearRegression(lr=0.03).configure_optimizers()
    assert type(optimizer) is torch.optim.SGD
    assert optimizer.param_groups[0]["lr"] == 0.03


def test_both_take_the_same_steps_once_the_half_is_accounted_for():
    X, y = synthetic_data([2, -3.4], 4.2, 100)
    scratch, concise = LinearRegressionScratch(2, lr=0.03), LinearRegression(lr=0.015)
    concise(X)
    concise.net.weight.data.copy_(scratch.w.T)
    for model in (scratch, concise):
        optimizer = model.configure_optimizers()
        for _ in range(20):
            optimizer.zero_grad()
            model.loss(model(X), y).backward()
            optimizer.step()
    w, b = concise.get_w_b()
    # the two compute the same numbers in another order: 20 steps of rounding at 1e-7
    assert torch.allclose(w.T, scratch.w, rtol=1e-5)
    assert torch.allclose(b, scratch.b, rtol=1e-5)
