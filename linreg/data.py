"""Data whose true parameters we know, and the ways to read it in minibatches."""

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from linreg._arguments import (
    check_count,
    check_floating,
    check_number,
    check_same_length,
    describe,
)

__all__ = ["data_iter", "load_array", "synthetic_data"]


def synthetic_data(
    w: Float[Tensor, " d"] | Float[Tensor, "d 1"] | Sequence[float],
    b: float | Float[Tensor, "1"] | Float[Tensor, ""],
    num_examples: int,
    noise: float = 0.01,
    *,
    generator: torch.Generator | None = None,
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n 1"]]:
    """Generate examples of a linear model with noise: `y = Xw + b + noise · N(0, 1)`.

    Args:
        w: the true weights, a tensor or a list of numbers. `X` and `y` get its dtype and device;
            with a list, torch's default dtype on the CPU.
        b: the true bias.
        num_examples: how many examples, n.
        noise: the standard deviation of the noise (not its variance), in the unit of `y`.
        generator: where the random numbers come from; torch's global generator unless given.

    Returns:
        The features `X`, drawn from N(0, 1), and the labels `y` as a column.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: `w` is empty or has another shape, `num_examples` is below 1, or `noise` is
            negative.

    Source: chapter "Synthetic data".

    Example:
        >>> X, y = synthetic_data([2, -3.4], 4.2, num_examples=1000)
        >>> X.shape, y.shape
        (torch.Size([1000, 2]), torch.Size([1000, 1]))
    """
    weights = as_weights(w).detach().reshape(-1, 1)
    check_number("b", b)
    check_count("num_examples", num_examples)
    check_number("noise", noise, at_least=0)
    X = weights.new_empty(num_examples, len(weights)).normal_(generator=generator)
    y = X @ weights + float(b)
    y = y + noise * torch.empty_like(y).normal_(generator=generator)
    return X, y


def as_weights(w: Tensor | Sequence[float]) -> Tensor:
    """Make a floating tensor of shape (d,) or (d, 1) from the weights that a reader wrote down."""
    if not isinstance(w, Tensor):
        if not isinstance(w, Sequence) or isinstance(w, str):
            raise TypeError(f"w is {describe(w)}; it should be a tensor or a list of numbers")
        for i, value in enumerate(w):
            check_number(f"w[{i}]", value)
        w = torch.tensor(w, dtype=torch.get_default_dtype())
    check_floating("w", w)
    if len(w.shape) not in (1, 2) or w.numel() != len(w) or len(w) == 0:
        raise ValueError(
            f"w has shape {tuple(w.shape)}; it should be (d,) or (d, 1): a weight for each feature"
        )
    return w


def data_iter(
    batch_size: int,
    features: Float[Tensor, "n ..."],
    labels: Float[Tensor, "n ..."],
    *,
    generator: torch.Generator | None = None,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Read the examples once, in random order, in minibatches.

    Args:
        batch_size: the number of examples in a minibatch; the last has fewer when n is not a
            multiple of it.
        features: a row for each example.
        labels: a row for each example.
        generator: where the random order comes from; torch's global generator unless given.

    Returns:
        A generator of pairs (features, labels); every example is in exactly one of them.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: `batch_size` is below 1, or features and labels differ in number.

    Source: chapter "Minibatches".

    Example:
        >>> X, y = synthetic_data([2, -3.4], 4.2, num_examples=25)
        >>> [len(labels) for features, labels in data_iter(10, X, y)]
        [10, 10, 5]
    """
    check_count("batch_size", batch_size)
    check_same_length(["features", "labels"], [features, labels])
    order = torch.randperm(len(features), generator=generator, device=device_of(generator))
    order = order.to(features.device)
    return ((features[rows], labels[rows]) for rows in torch.split(order, batch_size))


def device_of(generator: torch.Generator | None) -> torch.device:
    """Find where a generator's numbers are drawn: on the CPU for torch's global one."""
    return torch.device("cpu") if generator is None else generator.device


def load_array(
    data_arrays: Sequence[Tensor],
    batch_size: int,
    is_train: bool = True,
    *,
    generator: torch.Generator | None = None,
) -> DataLoader[tuple[Tensor, ...]]:
    """Make PyTorch's `DataLoader` over tensors that are in memory.

    Args:
        data_arrays: the tensors, usually (features, labels), with a row for each example.
        batch_size: the number of examples in a minibatch.
        is_train: whether each pass reads the examples in a new random order.
        generator: where the random order comes from; torch's global generator unless given.

    Returns:
        The loader: each `for` loop over it is one pass.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: `batch_size` is below 1, or the tensors differ in their number of rows.

    Source: chapter "The concise version".

    Example:
        >>> X, y = synthetic_data([2, -3.4], 4.2, num_examples=25)
        >>> len(load_array((X, y), batch_size=10))
        3
    """
    if isinstance(data_arrays, Tensor) or not isinstance(data_arrays, Sequence):
        raise TypeError(
            f"data_arrays is {describe(data_arrays)}; it should be a tuple of tensors, "
            "as (features, labels)"
        )
    check_same_length([f"data_arrays[{i}]" for i in range(len(data_arrays))], data_arrays)
    check_count("batch_size", batch_size)
    dataset = TensorDataset(*data_arrays)
    return DataLoader(dataset, batch_size, shuffle=is_train, generator=generator)
