"""What algebra says about linear regression: its gradients, its closed form, its largest step."""

import torch
from jaxtyping import Float
from torch import Tensor

from linreg._arguments import check_features, check_floating, check_tensor
from linreg.scratch import linreg

__all__ = ["gradients", "least_squares", "max_stable_lr"]

EPSILON = torch.finfo(torch.float64).eps
NEARLY_NOTHING = 1e-3  # of the length of a feature: only below it may rounding be all that is left


def gradients(
    X: Float[Tensor, "n d"],
    y: Float[Tensor, "n 1"] | Float[Tensor, " n"],
    w: Float[Tensor, "d 1"] | Float[Tensor, " d"],
    b: Float[Tensor, "1"] | Float[Tensor, ""] | float,
) -> tuple[Tensor, Tensor]:
    """Compute the gradients of the mean squared loss by hand, without autograd.

    For `L = 1/n Σ ½ (ŷᵢ − yᵢ)²` the chain rule gives

        ∂L/∂w = Xᵀ (Xw + b − y) / n        ∂L/∂b = mean(Xw + b − y)

    Args:
        X: the features. The sums of half-precision features are taken in float32, since float16
            could not hold them.
        y: the labels.
        w: the weights at which the gradients are taken.
        b: the bias at which they are taken.

    Returns:
        (∂L/∂w, ∂L/∂b), in the shapes and dtypes of `w` and `b`.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: the shapes do not fit, or there is no example.

    Source: chapter "Gradients by hand".

    Examples:
        >>> X, y = torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [1.0]])
        >>> gradients(X, y, w=torch.tensor([[1.0]]), b=torch.tensor([0.0]))
        (tensor([[1.]]), tensor([0.5000]))
    """
    with torch.no_grad():
        check_features("X", X)
        check_tensor("w", w)
        features, labels = widened(X), widened(labels_as_column(X, y))
        bias = widened(b) if isinstance(b, Tensor) else b
        errors = linreg(features, widened(w), bias) - labels
        w_grad = (features.T @ errors / len(X)).reshape(w.shape).to(w.dtype)
        b_grad = errors.mean()
        return w_grad, (b_grad.reshape(b.shape).to(b.dtype) if isinstance(b, Tensor) else b_grad)


def least_squares(
    X: Float[Tensor, "n d"], y: Float[Tensor, "n 1"] | Float[Tensor, " n"]
) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]]:
    """Find the weights and the bias with the smallest squared loss, in closed form.

    With A = [X, 1] they solve the normal equations `AᵀA [w; b] = Aᵀy`. Neither AᵀA is formed, which
    would square the condition number, nor A: the weights come from features and labels less their
    means, each feature in a unit of its own, and then `b = mean(y) − mean(X) w`. So a feature far
    from zero, such as a year, costs no digits. All of it is computed in float64 on the CPU, and the
    result is rounded once: the same numbers in float32 and in float64 have the same solution.

    Where many solutions are equally good, as with more features than examples or with a feature
    that never changes, it is the one with the smallest norm of (w, b). Columns count as equal only
    if they are equal to the precision of float64.

    Args:
        X: the features.
        y: the labels.

    Returns:
        (w, b), on the device of X, in the wider of the dtypes of X and y, without a graph.

    Raises:
        TypeError: X or y is no floating tensor.
        ValueError: the shapes do not fit, there is no example, a number is infinite or nan, or the
            solution is too large for the dtype.

    Source: chapter "The linear model".

    Examples:
        >>> year = torch.arange(1990.0, 2021.0).reshape(-1, 1)
        >>> w, b = least_squares(year, 0.02 * (year - 2000) + 14)
        >>> print(f"{w.item():.3f} {b.item():.2f}")
        0.020 -26.00
    """
    check_features("X", X)
    labels = labels_as_column(X, y)
    check_floating("y", y)
    dtype = torch.promote_types(X.dtype, y.dtype)
    X_mean, features = centred(in_double("X", X))
    y_mean, labels = centred(in_double("y", labels))
    unit = lengths(features, X_mean)
    # Of the features = QR, with orthonormal columns in Q, R says as much and is far smaller.
    R = torch.linalg.qr(torch.cat([features / unit, labels], dim=1), mode="r").R
    basis, null = split(R[:, :-1], unit, X_mean)
    w = torch.zeros(X.shape[1], 1, dtype=torch.float64)
    w[basis] = torch.linalg.lstsq(R[:, basis], R[:, -1:], driver="gels").solution
    w = w / unit.reshape(-1, 1)
    if null.shape[1]:
        w = shortest(w, y_mean - X_mean @ w, null, X_mean)
    b = y_mean - X_mean @ w
    return rounded("w", w, dtype).to(X.device), rounded("b", b, dtype).to(X.device)


def max_stable_lr(X: Float[Tensor, "n d"]) -> float:
    """Find the learning rate below which full-batch gradient descent converges.

    The Hessian of the mean of ½ (ŷ − y)² is `AᵀA / n` with A = [X, 1]. Along its eigenvector of the
    largest eigenvalue λmax each step multiplies the distance to the minimum by `1 − lr · λmax`,
    which shrinks it while `lr < 2 / λmax`. For the loss without the ½ it is half of that.

    Args:
        X: the features.

    Returns:
        2 / λmax.

    Raises:
        TypeError: X is no floating tensor.
        ValueError: X has another shape, there is no example, or a number is infinite or nan.

    Source: chapter "Gradients by hand".

    Examples:
        >>> X = torch.tensor([[-2.0], [2.0]])
        >>> print(f"{max_stable_lr(X):.3f}")
        0.500
    """
    check_features("X", X)
    check_not_empty(X)
    features = in_double("X", X)
    A = torch.cat([features, features.new_ones(len(X), 1)], dim=1)
    largest = torch.linalg.matrix_norm(A, ord=2) ** 2 / len(X)
    return 2 / float(largest)


def in_double(name: str, value: Tensor) -> Tensor:
    """Take numbers to the CPU in float64, without a graph; raise when one of them is not finite."""
    value = value.detach().to("cpu", torch.float64)
    finite = value.isfinite()
    if not finite.all():
        row, column = (~finite).nonzero()[0].tolist()
        raise ValueError(
            f"{name} holds {value[row, column].item()} (row {row}, column {column}); "
            "every number should be finite"
        )
    return value


def centred(columns: Tensor) -> tuple[Tensor, Tensor]:
    """Return the means of columns, and the columns less these.

    Differences from the first row come first: they are exact where numbers are close to one another
    and far from zero, and they are zero where a column never changes.
    """
    moved = columns - columns[0]
    mean = moved.mean(dim=0)
    return columns[0] + mean, moved - mean


def lengths(features: Tensor, means: Tensor) -> Tensor:
    """Return a unit for each centred feature: its length, without overflow, and never zero."""
    largest = features.abs().amax(dim=0)
    largest = torch.where(largest > 0, largest, 1.0)
    length = torch.linalg.vector_norm(features / largest, dim=0) * largest
    never_changes = torch.where(means == 0, 1.0, means.abs() * len(features) ** 0.5)
    return torch.where(length > 0, length, never_changes)


def split(columns: Tensor, unit: Tensor, X_mean: Tensor) -> tuple[Tensor, Tensor]:
    """Find the features that are combinations of others.

    They are looked at one by one, the largest first, so that the others are the larger ones.

    Args:
        columns: the centred features in their units, or anything with the same dot products.
        unit: of each feature.
        X_mean: the means of the features.

    Returns:
        the numbers of the features that are no combinations; and for each of the rest a direction
        of the weights along which no prediction changes, (d, k).
    """
    d = len(unit)
    if len(columns) >= d > 0 and torch.linalg.svdvals(columns)[-1] > NEARLY_NOTHING:
        return torch.arange(d), columns.new_zeros(d, 0)
    basis: list[int] = []
    null = [columns.new_zeros(d, 0)]
    Q, R = columns[:, :0], columns.new_zeros(d, d)  # of the basis
    size = torch.hypot(columns.new_ones(d), X_mean / unit)  # with its mean, in its unit
    for j in unit.argsort(descending=True, stable=True).tolist():
        r = len(basis)
        shares = Q.T @ columns[:, j]
        rest = columns[:, j] - Q @ shares
        missed = Q.T @ rest  # a second time: the first leaves rounding
        rest, shares = rest - Q @ missed, shares + missed
        direction = columns.new_zeros(d)
        direction[j] = 1
        direction[basis] = -torch.linalg.solve_triangular(
            R[:r, :r], shares.reshape(-1, 1), upper=True
        ).flatten()
        rounding = 16 * EPSILON * (size @ direction.abs()).item()
        length = torch.linalg.vector_norm(rest)
        if length > min(rounding, NEARLY_NOTHING):
            basis.append(j)
            Q = torch.cat([Q, (rest / length).reshape(-1, 1)], dim=1)
            R[:r, r], R[r, r] = shares, length
        else:
            direction[direction.abs() < 1e-13] = 0  # left of rounding
            direction = direction / unit
            null.append((direction / direction.abs().max()).reshape(-1, 1))
    return torch.tensor(basis, dtype=torch.long), torch.cat(null, dim=1)


def shortest(w: Tensor, b: Tensor, null: Tensor, X_mean: Tensor) -> Tensor:
    """Move weights to those for which the norm of (w, b) is smallest; no prediction changes.

    Args:
        w: the weights, (d, 1).
        b: the bias that belongs to them, (1,).
        null: directions of the weights along which no prediction changes once the bias follows.
        X_mean: the means of the features.
    """
    follows = -X_mean @ null
    follows[follows.abs() <= 16 * EPSILON * (X_mean.abs() @ null.abs())] = 0  # left of rounding
    Q, R = torch.linalg.qr(torch.cat([null, follows.reshape(1, -1)]))
    along = Q.T @ torch.cat([w, b.reshape(1, 1)])
    steps: Tensor = torch.linalg.solve_triangular(R, along, upper=True)
    return w - null @ steps


def rounded(name: str, value: Tensor, dtype: torch.dtype) -> Tensor:
    """Bring a solution to a dtype; raise when the dtype cannot hold it."""
    result = value.to(dtype)
    if not result.isfinite().all():
        raise ValueError(
            f"{name} is {value.tolist()}, which {dtype} cannot hold; it should be at most "
            f"{torch.finfo(dtype).max:g}: give X and y in float64, or in other units"
        )
    return result


def widened(value: Tensor) -> Tensor:
    """Bring half precision to float32, and leave all else as it is."""
    return value.float() if value.dtype in (torch.float16, torch.bfloat16) else value


def check_not_empty(X: Tensor) -> None:
    """Raise when X holds no example."""
    if len(X) == 0:
        raise ValueError(f"X has shape {tuple(X.shape)}; it should hold at least one example")


def labels_as_column(X: Tensor, y: Tensor) -> Tensor:
    """Bring y to shape (n, 1), once it is sure that it has a label for each example of X."""
    check_not_empty(X)
    check_tensor("y", y)
    if y.shape not in ((len(X), 1), (len(X),)):
        raise ValueError(
            f"y has shape {tuple(y.shape)}; with X of shape {tuple(X.shape)} "
            f"it should be ({len(X)}, 1): a label for each example"
        )
    return y.reshape(-1, 1)
