"""The functions that the from-scratch chapters write: model, loss, optimizer and evaluation."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from linreg._arguments import (
    check_bias,
    check_callable,
    check_count,
    check_features,
    check_number,
    check_numbers,
    check_same_dtype,
    check_tensor,
    check_tensors,
    describe,
)

__all__ = ["evaluate_loss", "linreg", "sgd", "squared_loss"]


def linreg(
    X: Float[Tensor, "n d"],
    w: Float[Tensor, "d 1"] | Float[Tensor, " d"],
    b: Float[Tensor, "1"] | Float[Tensor, ""] | float,
) -> Float[Tensor, "n 1"]:
    """Predict with the linear model: `ŷ = Xw + b`.

    Args:
        X: the features, a row for each example.
        w: a weight for each feature.
        b: the bias, one number.

    Returns:
        A prediction for each example, always as a column, also for a `w` of shape (d,).

    Raises:
        TypeError: X or w is no tensor, b is no number, or the dtypes of X and w differ.
        ValueError: the shapes do not fit.

    Source: chapters "The linear model" and "Broadcasting".

    Examples:
        >>> X = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> linreg(X, torch.tensor([[2.0], [-1.0]]), torch.tensor([0.5]))
        tensor([[0.5000],
                [2.5000]])
    """
    check_features("X", X)
    check_tensor("w", w)
    d = X.shape[1]
    if w.shape not in ((d, 1), (d,)):
        raise ValueError(
            f"w has shape {tuple(w.shape)}; with X of shape {tuple(X.shape)} "
            f"it should be ({d}, 1): a weight for each feature"
        )
    b = check_bias(b)
    try:
        return X @ w.reshape(d, 1) + b
    except RuntimeError:
        check_same_dtype("X", X, "w", w)
        raise


def squared_loss(
    y_hat: Float[Tensor, "*predictions"], y: Float[Tensor, "*labels"]
) -> Float[Tensor, "*predictions"]:
    """Compute the squared loss of each example: `½ (ŷ − y)²`.

    Args:
        y_hat: the predictions, usually of shape (n, 1).
        y: the labels, as many as there are predictions; they are brought to `y_hat`'s shape
            first, so that (n, 1) − (n,) never broadcasts to (n, n).

    Returns:
        One loss for each example, in `y_hat`'s shape. Take `.mean()` or `.sum()` to train.

    Raises:
        TypeError: one of them is no tensor of real numbers.
        ValueError: there are more or fewer labels than predictions.

    Source: chapters "Loss" and "Broadcasting".

    Examples:
        >>> squared_loss(torch.tensor([[1.0], [2.0]]), torch.tensor([0.0, 4.0]))
        tensor([[0.5000],
                [2.0000]])
    """
    return (y_hat - labels_like(y_hat, y)) ** 2 / 2


def labels_like(y_hat: Tensor, y: Tensor) -> Tensor:
    """Bring the labels to the predictions' shape; raise when there are more or fewer of them."""
    fit = isinstance(y, Tensor) and isinstance(y_hat, Tensor) and y.shape == y_hat.shape
    if fit and y.is_floating_point() and y_hat.is_floating_point():
        return y
    check_numbers("y_hat", y_hat)
    check_numbers("y", y)
    if y.numel() != y_hat.numel():
        raise ValueError(
            f"y has shape {tuple(y.shape)} and y_hat {tuple(y_hat.shape)}; "
            "there should be one label for each prediction"
        )
    return y.reshape(y_hat.shape)


def sgd(params: Iterable[Tensor], lr: float, batch_size: int) -> None:
    """Take one step of minibatch stochastic gradient descent: `w ← w − lr · grad / batch_size`.

    Args:
        params: the tensors to change, in place. Each holds in `.grad` the gradient of a loss that
            was *summed* over the minibatch; afterwards that gradient is zero.
        lr: the learning rate, not negative.
        batch_size: the number of examples in the sum. Pass 1 when the loss was a mean.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: `params` is empty, `lr` is negative or not finite, `batch_size` is below 1, or a
            tensor has no gradient. No tensor is changed then.

    Source: chapters "Gradients by hand", "Without a graph" and "The training loop".

    Examples:
        >>> w = torch.tensor([1.0], requires_grad=True)
        >>> (3 * w).sum().backward()
        >>> sgd([w], lr=0.1, batch_size=1)
        >>> w, w.grad
        (tensor([0.7000], requires_grad=True), tensor([0.]))
    """
    lr = check_number("lr", lr, at_least=0)
    batch_size = check_count("batch_size", batch_size)
    params = check_tensors("params", params)
    for i, param in enumerate(params):
        if param.grad is None:
            raise ValueError(
                f"params[{i}].grad is None; it should hold a gradient: "
                "make the tensor with requires_grad=True and call backward() on the loss first"
            )
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size  # type: ignore[operator]  # checked above
            param.grad.zero_()  # type: ignore[union-attr]


def evaluate_loss(
    net: Callable[[Any], Tensor],
    data_iter: Iterable[tuple[Tensor, Tensor]],
    loss: Callable[[Tensor, Tensor], Tensor],
) -> float:
    """Compute the mean loss of a model over all examples of an iterator, without a graph.

    Args:
        net: the model; called with a minibatch of features.
        data_iter: minibatches (features, labels).
        loss: called with predictions and labels (brought to the predictions' shape). It gives a
            value for each example, or the mean over the minibatch, which then counts as often as
            the minibatch has examples.

    Returns:
        The mean over the examples.

    Raises:
        TypeError: an argument, or what it gave, has the wrong type.
        ValueError: the iterator gives no example, labels and predictions differ in number, or the
            loss gives neither one value nor one for each example.

    Source: chapter "Without a graph".

    Examples:
        >>> batches = [(torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [4.0]]))]
        >>> evaluate_loss(lambda X: 1 * X, batches, squared_loss)
        1.0
    """
    check_callable("net", net, "X")
    check_callable("loss", loss, "y_hat, y")
    check_minibatches("data_iter", data_iter)
    total, count = 0.0, 0
    with torch.no_grad():
        for batch in data_iter:
            X, y = features_and_labels(batch)
            y_hat = net(X)
            check_tensor("what net gave", y_hat)
            losses = loss(y_hat, labels_like(y_hat, y))
            check_tensor("what loss gave", losses)
            if losses.numel() not in (1, len(y), y.numel()):
                raise ValueError(
                    f"loss gave a tensor of shape {tuple(losses.shape)} for {len(y)} examples; it "
                    "should give one value for each example, or their mean"
                )
            n = y.numel() if losses.numel() == 1 else losses.numel()
            total += float(losses) * n if losses.numel() == 1 else float(losses.sum())
            count += n
    if count == 0:
        raise ValueError("data_iter gave no examples; it should give at least one minibatch")
    return total / count


def check_minibatches(name: str, data_iter: Any) -> None:
    """Raise unless minibatches can be read from `data_iter`."""
    if callable(data_iter) and not isinstance(data_iter, Iterable):
        raise TypeError(
            f"{name} is {describe(data_iter)}; it should give minibatches (features, labels): "
            "call it, as data_iter(batch_size, features, labels)"
        )
    if isinstance(data_iter, Tensor) or (
        isinstance(data_iter, tuple | list)
        and len(data_iter) > 0
        and all(isinstance(each, Tensor) for each in data_iter)
    ):
        raise TypeError(
            f"{name} holds tensors; it should give minibatches (features, labels), "
            "as load_array((features, labels), batch_size, is_train=False) does"
        )
    if not isinstance(data_iter, Iterable):
        raise TypeError(
            f"{name} is {describe(data_iter)}; it should give minibatches (features, labels)"
        )


def features_and_labels(batch: Any) -> tuple[Any, Any]:
    """Take a minibatch apart."""
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        what = (
            f"{len(batch)} things"
            if isinstance(batch, tuple | list)
            else "a " + type(batch).__name__
        )
        raise TypeError(
            f"data_iter gave {what} as a minibatch; it should give a pair, (features, labels)"
        )
    return batch[0], batch[1]
