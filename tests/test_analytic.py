"""Gradients by hand, the closed form and the largest stable step, against autograd and algebra."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
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


def ordinary_features():
    """x, y and the true w and b, of features that are far from zero or barely change."""
    metres = torch.linspace(30, 150, 50_000).reshape(-1, 1)
    years = torch.linspace(1990, 2020, 200).reshape(-1, 1).round()
    small = torch.linspace(-1, 1, 101).reshape(-1, 1)
    return {
        "from 30 to 150, many": (metres, 3 * metres.double() + 50, 3, 50),
        "years": (years, 0.02 * years.double() + 1, 0.02, 1),
        "a million away": (1e6 + torch.arange(10.0).reshape(-1, 1), torch.arange(10.0), 1, -1e6),
        "the last digits": (2.0**23 + torch.arange(4.0).reshape(-1, 1), torch.ones(4), 0, 1),
        "tiny": (1e-30 * small, 5 * small.double() + 2, 5e30, 2),
        "huge": (1e30 * small, 5 * small.double() + 2, 5e-30, 2),
    }


@pytest.mark.parametrize("name", ordinary_features())
def test_least_squares_in_float32_is_right_on_ordinary_features(name):
    x, y, w, b = ordinary_features()[name]
    found_w, found_b = least_squares(x, y.float())
    assert found_w.item() == pytest.approx(w, rel=1e-4, abs=1e-12)
    # y in float32 has errors of 1e-7, and those of w reach the bias through the mean of x
    assert found_b.item() == pytest.approx(b, rel=1e-4, abs=2e-4)


def exactly(X, y):
    """A = [X, 1] and the shortest of the best solutions, in rational numbers."""
    A = [[*map(Fraction, row), Fraction(1)] for row in X.tolist()]
    Y = [[Fraction(value)] for value in y.flatten().tolist()]
    F, pivots = echelon(A)  # A = CF, of full column and full row rank
    C = [[row[c] for c in pivots] for row in A]
    z = solved(product(turned(C), C), product(turned(C), Y))
    return A, [value for (value,) in product(turned(F), solved(product(F, turned(F)), z))]


def turned(A):
    return [list(column) for column in zip(*A, strict=True)]


def product(A, B):
    return [[sum(a * b for a, b in zip(r, c, strict=True)) for c in turned(B)] for r in A]


def solved(A, B):
    rows, _ = echelon([a + b for a, b in zip(A, B, strict=True)])
    return [row[len(A) :] for row in rows]


def echelon(A):
    """The rows of the reduced echelon form that are not zero, and the columns of their ones."""
    rows, pivots = [row[:] for row in A], []
    for c in range(len(A[0])):
        r = len(pivots)
        found = next((i for i in range(r, len(rows)) if rows[i][c]), None)
        if found is None:
            continue
        rows[r], rows[found] = rows[found], rows[r]
        rows[r] = [value / rows[r][c] for value in rows[r]]
        for i in range(len(rows)):
            if i != r and rows[i][c]:
                times = rows[i][c]
                rows[i] = [a - times * b for a, b in zip(rows[i], rows[r], strict=True)]
        pivots.append(c)
    return rows[: len(pivots)], pivots


@st.composite
def awkward_data(draw, largest_offset=2.0**30, scales=(-26, -3, 0, 0, 4, 26)):
    """Columns that are tiny or huge, far from zero, constant, or a copy of one before.

    All numbers are multiples of powers of two, so that nothing is rounded on the way.
    """
    n = draw(st.integers(1, 8))
    small = st.integers(-9, 9)
    columns = []
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["free", "free", "constant", "copy"]))
        scale = 2.0 ** draw(st.sampled_from(scales))
        if kind == "copy" and columns:
            columns.append([scale * value for value in draw(st.sampled_from(columns))])
            continue
        offset = draw(st.sampled_from([0, 0, 1, 2.0**10, largest_offset]))
        several = st.lists(small, min_size=n, max_size=n)
        values = [draw(small)] * n if kind == "constant" else draw(several)
        columns.append([scale * (offset + value) for value in values])
    y = draw(st.lists(small, min_size=n, max_size=n))
    return torch.tensor(columns, dtype=torch.float64).T, torch.tensor(y, dtype=torch.float64)


@given(awkward_data())
@settings(max_examples=80)
def test_least_squares_predicts_what_exact_arithmetic_does(data):
    X, y = data
    A, exact = exactly(X, y)
    w, b = least_squares(X, y)
    solution = [Fraction(value) for value in [*w.flatten().tolist(), b.item()]]
    for row in A:
        off = sum(a * (s - e) for a, s, e in zip(row, solution, exact, strict=True))
        # w and b are rounded themselves: what they are multiplied by makes that larger
        rounding = (
            64 * 2.0**-53 * float(sum(abs(a * s) for a, s in zip(row, solution, strict=True)))
        )
        assert abs(float(off)) <= 1e-9 * max(1, y.abs().max().item()) + rounding


@given(awkward_data(largest_offset=2.0**10, scales=(-2, 0, 1)))
@settings(max_examples=80)
def test_least_squares_is_the_shortest_of_the_best_solutions(data):
    _, exact = exactly(*data)
    w, b = least_squares(*data)
    assert [*w.flatten().tolist(), b.item()] == pytest.approx([float(v) for v in exact], abs=1e-8)


@pytest.mark.parametrize(
    ("X", "y", "w", "b"),
    [
        ([[1.0], [1.0]], [4.0, 4.0], [2], 2),  # a constant is as good a bias as the bias
        ([[1e6], [1e6]], [4.0, 4.0], [4e-6], 4e-12),
        ([[2.0, 2.0]], [9.0], [2, 2], 1),  # one example
        ([[0.0, 5.0], [0.0, 6.0]], [1.0, 2.0], [0, 1], -4),
        ([[1.0, 1e-6], [2.0, 2e-6]], [1.0, 2.0], [1, 1e-6], 0),
    ],
)
def test_least_squares_is_the_shortest_by_hand(X, y, w, b):
    found_w, found_b = least_squares(torch.tensor(X), torch.tensor(y))
    assert found_w.flatten().tolist() == pytest.approx(w, rel=1e-6, abs=1e-9)
    assert found_b.item() == pytest.approx(b, rel=1e-6, abs=1e-9)


def test_least_squares_stands_columns_sixteen_powers_of_ten_apart_one_of_them_twice():
    large, small = 1e8 * torch.randn(30, 1).double(), 1e-8 * torch.randn(30, 1).double()
    w, b = least_squares(torch.cat([large, small, large], dim=1), 3 * small + 1)
    assert w.flatten().tolist() == pytest.approx([0, 3, 0], abs=1e-6)
    assert b.item() == pytest.approx(1)


def test_least_squares_without_features_is_the_mean():
    w, b = least_squares(torch.ones(3, 0), torch.tensor([1.0, 2.0, 6.0]))
    assert (w.shape, b.tolist()) == ((0, 1), [3])


DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


@pytest.mark.parametrize("dtype", DTYPES)
def test_least_squares_is_the_same_for_the_same_numbers_in_any_dtype(dtype):
    X, y = (torch.randn(50, 3) + 8).to(dtype), torch.randn(50, 1).to(dtype)
    w, b = least_squares(X, y)
    double_w, double_b = least_squares(X.double(), y.double())
    assert w.dtype == b.dtype == dtype
    assert torch.equal(w, double_w.to(dtype))
    assert torch.equal(b, double_b.to(dtype))


@pytest.mark.parametrize(
    ("x_dtype", "y_dtype", "dtype"),
    [
        (torch.float32, torch.float64, torch.float64),
        (torch.float16, torch.float32, torch.float32),
        (torch.float16, torch.bfloat16, torch.float32),
    ],
)
def test_least_squares_is_in_the_wider_dtype(x_dtype, y_dtype, dtype):
    w, b = least_squares(torch.randn(9, 2).to(x_dtype), torch.randn(9).to(y_dtype))
    assert w.dtype == b.dtype == dtype


def test_least_squares_takes_what_has_a_graph_and_builds_none():
    X, y = torch.randn(9, 2, requires_grad=True), torch.randn(9, 1, requires_grad=True)
    w, b = least_squares(X, y)
    assert not w.requires_grad
    assert not b.requires_grad


def test_least_squares_takes_what_is_not_contiguous_and_changes_nothing():
    X, y = torch.randn(3, 20).T[::2], torch.randn(10, 4)[:, 1]
    before = X.clone(), y.clone()
    w, b = least_squares(X, y)
    expected_w, expected_b = least_squares(X.contiguous(), y.contiguous())
    assert torch.equal(w, expected_w)
    assert torch.equal(b, expected_b)
    assert torch.equal(X, before[0])
    assert torch.equal(y, before[1])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize(("of_X", "of_y"), [("cuda", "cuda"), ("cuda", "cpu"), ("cpu", "cuda")])
def test_least_squares_is_on_the_device_of_x(of_X, of_y):
    X, y = torch.randn(9, 2), torch.randn(9, 1)
    w, b = least_squares(X.to(of_X), y.to(of_y))
    assert (w.device.type, b.device.type) == (of_X, of_X)
    assert torch.equal(w.cpu(), least_squares(X, y)[0])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_gradients_of_half_precision_are_those_of_float32_rounded(dtype):
    # their sums over the examples, 1.6e8, are more than float16 can hold
    X, y = torch.full((1000, 2), 400.0).to(dtype), torch.zeros(1000).to(dtype)
    w, b = torch.ones(2, 1).to(dtype), torch.zeros(1).to(dtype)
    X[:, 1] = 0
    w_grad, b_grad = gradients(X / 4, y, w, b)
    assert w_grad.dtype == b_grad.dtype == dtype
    assert [*w_grad.flatten().tolist(), b_grad.item()] == pytest.approx([1e4, 0, 100], rel=4e-3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_max_stable_lr_takes_half_precision(dtype):
    X = torch.tensor([[-2.0], [2.0]]).to(dtype)
    assert max_stable_lr(X) == pytest.approx(0.5)


def test_max_stable_lr_of_features_whose_squares_float32_cannot_hold():
    assert max_stable_lr(torch.tensor([[-1e20], [1e20]])) == pytest.approx(2e-40)


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
        (
            least_squares,
            (torch.tensor([[1.0], [torch.nan]]), torch.ones(2)),
            ValueError,
            "X holds nan (row 1, column 0); every number should be finite",
        ),
        (
            least_squares,
            (torch.ones(2, 1), torch.tensor([1.0, -torch.inf])),
            ValueError,
            "y holds -inf (row 1, column 0); every number should be finite",
        ),
        (least_squares, (torch.ones(2, 1), torch.ones(2).long()), TypeError, "y.float()"),
        (
            least_squares,
            (torch.tensor([[0.0], [1e-5]]).half(), torch.tensor([0.0, 10.0]).half()),
            ValueError,
            "which torch.float16 cannot hold; it should be at most 65504",
        ),
        (max_stable_lr, (torch.tensor([[torch.inf]]),), ValueError, "X holds inf (row 0"),
        (max_stable_lr, ([[1.0]],), TypeError, "X is [[1.0]] (type list)"),
        (max_stable_lr, (torch.ones(0, 2),), ValueError, "at least one example"),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_a_wrong_argument_is_named(function, arguments, error, message):
    with pytest.raises(error) as caught:
        function(*arguments)
    assert message in str(caught.value)
