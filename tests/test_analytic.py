"""Gradients by hand, the closed form and the largest stable step, against autograd and algebra."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from linreg import gradients, least_squares, linreg, max_stable_lr, squared_loss, synthetic_data


@given(
    d=st.integers(1, 4),
    n=st.integers(1, 9),
    w_column=st.booleans(),
    y_column=st.booleans(),
    b_shape=st.sampled_from([(), (1,)]),
)
def test_gradients_are_those_of_autograd_in_the_shapes_of_the_parameters(
    d, n, w_column, y_column, b_shape
):
    X = torch.randn(n, d, dtype=torch.float64)
    y = torch.randn((n, 1) if y_column else (n,), dtype=torch.float64)
    w = torch.randn((d, 1) if w_column else (d,), dtype=torch.float64, requires_grad=True)
    b = torch.randn(b_shape, dtype=torch.float64, requires_grad=True)
    squared_loss(linreg(X, w, b), y).mean().backward()
    w_grad, b_grad = gradients(X, y, w, b)
    assert w_grad.shape == w.shape
    assert b_grad.shape == b.shape
    assert torch.allclose(w_grad, w.grad)
    assert torch.allclose(b_grad, b.grad)


def test_gradients_are_the_slopes_of_the_loss():
    X, y = synthetic_data(torch.tensor([2.0, -3.4], dtype=torch.float64), 4.2, 20)
    w, b = torch.zeros(2, 1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    w_grad, b_grad = gradients(X, y, w, b)

    def loss(dw0, dw1, db):
        moved = w + torch.tensor([[dw0], [dw1]], dtype=torch.float64)
        return squared_loss(linreg(X, moved, b + db), y).mean().item()

    # central differences are exact on a parabola, up to rounding
    slopes = [(loss(*h) - loss(*-h)) / 2e-3 for h in 1e-3 * np.eye(3)]
    assert [*w_grad.flatten().tolist(), b_grad.item()] == pytest.approx(slopes, rel=1e-6)


def test_gradients_build_no_graph():
    w, b = torch.ones(2, 1, requires_grad=True), torch.ones(1, requires_grad=True)
    assert not any(grad.requires_grad for grad in gradients(torch.ones(3, 2), torch.ones(3), w, b))


@given(st.integers(1, 5), st.integers(1, 30))
def test_least_squares_is_numpys_also_when_many_solutions_fit(d, n):
    X, y = torch.randn(n, d, dtype=torch.float64), torch.randn(n, 1, dtype=torch.float64)
    w, b = least_squares(X, y)
    expected = np.linalg.lstsq(np.c_[X.numpy(), np.ones(n)], y.numpy(), rcond=None)[0]
    assert torch.cat([w, b.reshape(1, 1)]).numpy() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_least_squares_finds_the_true_parameters(dtype):
    w, b = least_squares(*synthetic_data(torch.tensor([2, -3.4], dtype=dtype), 4.2, 1000))
    # the standard error of each is 0.01 / sqrt(1000)
    assert [*w.flatten().tolist(), b.item()] == pytest.approx([2, -3.4, 4.2], abs=0.002)
    assert (w.shape, b.shape, w.dtype) == ((2, 1), (1,), dtype)


def test_least_squares_of_two_equal_features_shares_the_weight():
    x = torch.randn(50, 1)
    w, b = least_squares(torch.cat([x, x], dim=1), 4 * x + 1)
    assert [*w.flatten().tolist(), b.item()] == pytest.approx([2, 2, 1], abs=1e-5)


def test_least_squares_stands_features_whose_normal_equations_lose_all_digits():
    x = torch.linspace(0, 1, 100, dtype=torch.float64).reshape(-1, 1)
    X = torch.cat([x, x + 1e-7 * torch.randn(100, 1, dtype=torch.float64)], dim=1)
    w, _ = least_squares(X, X.sum(1, keepdim=True))
    # forming A'A would leave errors of about 1e-16 / 1e-14; the singular values 1e-16 / 1e-7
    assert w.flatten().tolist() == pytest.approx([1, 1], abs=1e-6)


@given(st.integers(1, 4), st.integers(1, 20))
def test_max_stable_lr_is_two_over_the_largest_eigenvalue_of_the_hessian(d, n):
    X = torch.randn(n, d, dtype=torch.float64)
    y = torch.randn(n, 1, dtype=torch.float64)

    def loss(parameters):
        return squared_loss(linreg(X, parameters[:-1], parameters[-1]), y).mean()

    hessian = torch.autograd.functional.hessian(loss, torch.zeros(d + 1, dtype=torch.float64))
    assert max_stable_lr(X) == pytest.approx(2 / torch.linalg.eigvalsh(hessian)[-1].item())


def test_full_batch_descent_converges_just_below_the_largest_step_and_explodes_just_above():
    X, y = synthetic_data([2, -3.4], 4.2, 1000)
    limit = max_stable_lr(X)
    assert 1.7 < limit < 2

    def loss_after_training(lr):
        w, b = torch.zeros(2, 1), torch.zeros(1)
        for _ in range(1000):
            w_grad, b_grad = gradients(X, y, w, b)
            w, b = w - lr * w_grad, b - lr * b_grad
        return squared_loss(linreg(X, w, b), y).mean().item()

    assert loss_after_training(0.98 * limit) < 1e-4
    assert not loss_after_training(1.02 * limit) < 1e4


@pytest.mark.parametrize(
    ("function", "arguments", "error", "message"),
    [
        (gradients, (torch.ones(3, 1), torch.ones(4), torch.ones(1), 0.0), ValueError, "y has sh"),
        (gradients, (torch.ones(0, 1), torch.ones(0), torch.ones(1), 0.0), ValueError, "X has sh"),
        (gradients, (torch.ones(3, 1), 1.0, torch.ones(1), 0.0), TypeError, "y is 1.0 (type flo"),
        (gradients, (torch.ones(3, 1), torch.ones(3), [1.0], 0.0), TypeError, "w is [1.0]"),
        (least_squares, (torch.ones(3), torch.ones(3)), ValueError, "X has shape (3,)"),
        (least_squares, (torch.ones(3, 1), torch.ones(1, 3)), ValueError, "it should be (3, 1)"),
        (max_stable_lr, ([[1.0]],), TypeError, "X is [[1.0]] (type list)"),
        (max_stable_lr, (torch.ones(0, 2),), ValueError, "at least one example"),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_a_wrong_argument_is_named(function, arguments, error, message):
    with pytest.raises(error) as caught:
        function(*arguments)
    assert message in str(caught.value)
