"""What algebra says about linear regression: its gradients, its closed form, its largest step."""

import torch
from jaxtyping import Float
from torch import Tensor

from linreg._arguments import check_features, check_tensor
from linreg.scratch import linreg

__all__ = ["gradients", "least_squares", "max_stable_lr"]


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
        X: the features.
        y: the labels.
        w: the weights at which the gradients are taken.
        b: the bias at which they are taken.

    Returns:
        (∂L/∂w, ∂L/∂b), in the shapes of `w` and `b`.

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
        y = labels_as_column(X, y)
        errors = linreg(X, w, b) - y
        w_grad = (X.T @ errors / len(X)).reshape(w.shape)
        b_grad = errors.mean().reshape(b.shape if isinstance(b, Tensor) else ())
        return w_grad, b_grad


def least_squares(
    X: Float[Tensor, "n d"], y: Float[Tensor, "n 1"] | Float[Tensor, " n"]
) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]]:
    """Find the weights and the bias with the smallest squared loss, in closed form.

    With A = [X, 1] they solve the normal equations `AᵀA [w; b] = Aᵀy`. They are computed with the
    pseudo-inverse of A, through its singular values: forming AᵀA would square the condition number.
    Where many solutions are equally good, as with more features than examples, it is the one with
    the smallest norm of (w, b).

    Args:
        X: the features.
        y: the labels.

    Returns:
        (w, b).

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: the shapes do not fit, or there is no example.

    Source: chapter "The linear model".

    Examples:
        >>> X = torch.tensor([[0.0], [1.0], [2.0]])
        >>> w, b = least_squares(X, 3 * X + 1)
        >>> print(f"{w.item():.3f} {b.item():.3f}")
        3.000 1.000
    """
    check_features("X", X)
    y = labels_as_column(X, y)
    solution = torch.linalg.pinv(with_ones(X)) @ y
    return solution[:-1], solution[-1]


def max_stable_lr(X: Float[Tensor, "n d"]) -> float:
    """Find the largest learning rate at which full-batch gradient descent still converges.

    The Hessian of the mean of ½ (ŷ − y)² is `AᵀA / n` with A = [X, 1]. Along its eigenvector of the
    largest eigenvalue λmax each step multiplies the distance to the minimum by `1 − lr · λmax`,
    which shrinks it while `lr < 2 / λmax`. For the loss without the ½ it is half of that.

    Args:
        X: the features.

    Returns:
        2 / λmax.

    Raises:
        TypeError: X is no floating tensor.
        ValueError: X has another shape, or there is no example.

    Source: chapter "Gradients by hand".

    Examples:
        >>> X = torch.tensor([[-2.0], [2.0]])
        >>> print(f"{max_stable_lr(X):.3f}")
        0.500
    """
    check_features("X", X)
    check_not_empty(X)
    largest = torch.linalg.matrix_norm(with_ones(X), ord=2) ** 2 / len(X)
    return 2 / float(largest)


def with_ones(X: Tensor) -> Tensor:
    """Append a column of ones, whose weight is the bias."""
    return torch.cat([X, X.new_ones(len(X), 1)], dim=1)


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
