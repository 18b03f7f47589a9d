"""Model, loss, optimizer and evaluation of the from-scratch chapters."""

import jaxtyping
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from linreg import data_iter, evaluate_loss, linreg, sgd, squared_loss, synthetic_data


def test_calls_in_these_tests_are_held_against_the_shapes_in_the_signature():
    with pytest.raises(jaxtyping.TypeCheckError):
        linreg(torch.ones(5, 2), torch.ones(3, 1), torch.zeros(1))


# linreg


def test_linreg_predicts_as_torchs_linear_layer():
    layer = nn.Linear(3, 1)
    X = torch.randn(7, 3)
    assert torch.allclose(linreg(X, layer.weight.T, layer.bias), layer(X))


@pytest.mark.parametrize("b", [torch.tensor([0.5]), torch.tensor(0.5), 0.5, 1])
@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_linreg_gives_a_column_for_every_way_to_write_the_parameters(shape, b):
    assert linreg(torch.ones(4, 2), torch.ones(shape), b).shape == (4, 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_linreg_keeps_the_dtype(dtype):
    X, w, b = torch.ones(4, 2, dtype=dtype), torch.ones(2, 1, dtype=dtype), torch.ones(1).to(dtype)
    assert linreg(X, w, b).dtype == dtype


@pytest.mark.parametrize(
    ("X", "w", "b", "error", "message"),
    [
        ([[1.0]], torch.ones(1), 0.0, TypeError, "X is [[1.0]] (type list)"),
        (torch.ones(4, 2).long(), torch.ones(2), 0.0, TypeError, "floating dtype"),
        (torch.ones(4), torch.ones(4), 0.0, ValueError, "X has shape (4,); it should be (n, d)"),
        (torch.ones(4, 2), [1.0, 2.0], 0.0, TypeError, "w is [1.0, 2.0] (type list)"),
        (torch.ones(4, 2), torch.ones(3), 0.0, ValueError, "w has shape (3,)"),
        (torch.ones(4, 2), torch.ones(1, 2), 0.0, ValueError, "it should be (2, 1)"),
        (torch.ones(4, 2), torch.ones(2, 1), torch.zeros(4), ValueError, "b has shape (4,)"),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_linreg_names_the_argument_that_does_not_fit(X, w, b, error, message):
    with pytest.raises(error) as caught:
        linreg(X, w, b)
    assert message in str(caught.value)


# squared_loss


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=1))
def test_squared_loss_is_half_the_square_of_each_difference(pairs):
    y_hat, y = (torch.tensor(column, dtype=torch.float64) for column in zip(*pairs, strict=True))
    expected = [(a - b) ** 2 / 2 for a, b in pairs]
    assert squared_loss(y_hat, y).tolist() == pytest.approx(expected)


def test_squared_loss_is_half_of_mse_loss_on_average():
    y_hat, y = torch.randn(10, 1), torch.randn(10, 1)
    assert torch.allclose(squared_loss(y_hat, y).mean(), nn.MSELoss()(y_hat, y) / 2)


@pytest.mark.parametrize(("hat", "labels"), [((5, 1), (5,)), ((5,), (5, 1)), ((6,), (2, 3))])
def test_squared_loss_compares_one_to_one_whatever_the_shape_of_the_labels(hat, labels):
    y_hat = torch.randn(hat)
    loss = squared_loss(y_hat, y_hat.reshape(labels))
    assert loss.shape == hat
    assert not loss.any()


@pytest.mark.usefixtures("own_messages")
def test_squared_loss_names_both_shapes_when_the_counts_differ():
    with pytest.raises(ValueError, match=r"y has shape \(4,\) and y_hat \(5, 1\)"):
        squared_loss(torch.ones(5, 1), torch.ones(4))
    with pytest.raises(TypeError, match=r"y is 3.0 \(type float\)"):
        squared_loss(torch.ones(5, 1), 3.0)


# sgd


def trained_with(step):
    """Return the parameters after ten steps on the same minibatches."""
    torch.manual_seed(1)
    X, y = synthetic_data([2, -3.4], 4.2, 100)
    w, b = torch.zeros(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    for features, labels in data_iter(10, X, y):
        step([w, b], squared_loss(linreg(features, w, b), labels))
    return torch.cat([w.detach(), b.detach().reshape(1, 1)])


def test_sgd_takes_the_steps_of_torchs_sgd():
    def ours(params, losses):
        losses.sum().backward()
        sgd(params, lr=0.03, batch_size=10)

    def torchs(params, losses):
        optimizer = torch.optim.SGD(params, lr=0.03)
        optimizer.zero_grad()
        losses.mean().backward()
        optimizer.step()

    # a sum divided by 10 and a mean differ by a rounding in each of the ten steps
    assert torch.allclose(trained_with(ours), trained_with(torchs), rtol=1e-5)


def test_sgd_changes_the_tensor_itself_and_leaves_a_leaf_with_zero_gradient():
    w = torch.ones(2, requires_grad=True)
    address = w.data_ptr()
    (w**2).sum().backward()
    sgd(iter([w]), 0.1, 1)
    assert w.tolist() == pytest.approx([0.8, 0.8])
    assert w.data_ptr() == address
    assert w.is_leaf
    assert w.requires_grad
    assert w.grad.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("lr", "batch_size", "error", "message"),
    [
        ("fast", 1, TypeError, "lr is 'fast' (type str); it should be a number"),
        (True, 1, TypeError, "lr is True (type bool)"),
        (-0.1, 1, ValueError, "lr is -0.1; it should be at least 0"),
        (float("nan"), 1, ValueError, "lr is nan; it should be a finite number"),
        (0.1, 0, ValueError, "batch_size is 0; it should be at least 1"),
        (0.1, 2.0, TypeError, "batch_size is 2.0 (type float); it should be a whole number"),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_sgd_names_the_wrong_argument_and_changes_nothing(lr, batch_size, error, message):
    w = torch.ones(2, requires_grad=True)
    w.sum().backward()
    with pytest.raises(error) as caught:
        sgd([w], lr, batch_size)
    assert message in str(caught.value)
    assert w.tolist() == w.grad.tolist() == [1, 1]


def test_sgd_changes_no_tensor_when_one_has_no_gradient():
    w, b = torch.ones(2, requires_grad=True), torch.zeros(1, requires_grad=True)
    w.sum().backward()
    with pytest.raises(ValueError, match=r"params\[1\].grad is None; it should hold a gradient"):
        sgd([w, b], 0.1, 1)
    assert w.tolist() == w.grad.tolist() == [1, 1]


@pytest.mark.usefixtures("own_messages")
def test_sgd_wants_tensors_in_a_list():
    with pytest.raises(TypeError, match=r"params is a tensor .* it should be a list of tensors"):
        sgd(torch.ones(2, requires_grad=True), 0.1, 1)
    with pytest.raises(TypeError, match=r"params\[0\] is 3 \(type int\)"):
        sgd([3], 0.1, 1)


# evaluate_loss


@pytest.mark.parametrize("loss", [squared_loss, lambda y_hat, y: squared_loss(y_hat, y).mean()])
def test_evaluate_loss_is_the_mean_over_examples_also_with_a_short_last_batch(loss):
    X, y = synthetic_data([2, -3.4], 4.2, 25)
    w, b = torch.ones(2, 1), torch.zeros(1)
    net = lambda X: linreg(X, w, b)  # noqa: E731
    expected = squared_loss(net(X), y).mean().item()
    assert evaluate_loss(net, data_iter(10, X, y), loss) == pytest.approx(expected)


def test_evaluate_loss_builds_no_graph():
    grad_modes = []

    def net(X):
        grad_modes.append(torch.is_grad_enabled())
        return X

    evaluate_loss(net, [(torch.ones(2, 1), torch.ones(2))], squared_loss)
    assert grad_modes == [False]


def test_evaluate_loss_refuses_no_examples_and_labels_that_do_not_fit():
    with pytest.raises(ValueError, match="data_iter gave no examples"):
        evaluate_loss(lambda X: X, [], squared_loss)
    with pytest.raises(ValueError, match=r"y has shape \(3,\) and y_hat \(2, 1\)"):
        evaluate_loss(lambda X: X, [(torch.ones(2, 1), torch.ones(3))], squared_loss)
