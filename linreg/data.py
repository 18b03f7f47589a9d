"""Data whose true parameters we know, and the ways to read it in minibatches."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from linreg._arguments import (
    check_bias,
    check_count,
    check_flag,
    check_floating,
    check_generator,
    check_number,
    check_same_length,
    describe,
    missing,
)
from linreg.hyperparameters import HyperParameters

__all__ = [
    "DataModule",
    "SyntheticRegressionData",
    "data_iter",
    "load_array",
    "synthetic_data",
]


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

    Examples:
        >>> X, y = synthetic_data([2, -3.4], 4.2, num_examples=1000)
        >>> X.shape, y.shape
        (torch.Size([1000, 2]), torch.Size([1000, 1]))
    """
    weights = as_weights(w).detach().reshape(-1, 1)
    bias = check_number("b", check_bias(b))
    num_examples = check_count("num_examples", num_examples)
    noise = check_number("noise", noise, at_least=0)
    check_generator(generator)
    X = weights.new_empty(num_examples, len(weights)).normal_(generator=generator)
    y = X @ weights + bias
    y = y + noise * torch.empty_like(y).normal_(generator=generator)
    return X, y


def as_weights(w: Tensor | Sequence[float]) -> Tensor:
    """Make a floating tensor of shape (d,) or (d, 1) from the weights that a reader wrote down."""
    if isinstance(w, np.ndarray):
        w = w.tolist() if w.ndim == 1 else torch.tensor(w, dtype=torch.get_default_dtype())
    if not isinstance(w, Tensor):
        if not isinstance(w, Sequence) or isinstance(w, str | bytes):
            raise TypeError(f"w is {describe(w)}; it should be a tensor or a list of numbers")
        for i, value in enumerate(w):
            check_number(f"w[{i}]", value)
        w = torch.tensor(w, dtype=torch.get_default_dtype())
    check_floating("w", w)
    if len(w.shape) not in (1, 2) or w.numel() != len(w) or len(w) == 0:
        raise ValueError(
            f"w has shape {tuple(w.shape)}; it should be (d,) or (d, 1): a weight for each feature"
        )
    if not w.isfinite().all():
        raise ValueError(f"w holds {w[~w.isfinite()][0].item()}; it should hold finite numbers")
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

    Examples:
        >>> X, y = synthetic_data([2, -3.4], 4.2, num_examples=25)
        >>> [len(labels) for features, labels in data_iter(10, X, y)]
        [10, 10, 5]
    """
    batch_size = check_count("batch_size", batch_size)
    check_examples(["features", "labels"], [features, labels])
    check_generator(generator)
    order = random_order(len(features), generator).to(features.device)
    return ((features[rows], labels[rows]) for rows in torch.split(order, batch_size))


def random_order(n: int, generator: torch.Generator | None) -> Int64[Tensor, " n"]:
    """Shuffle the numbers from 0 to n − 1, on the CPU unless the generator draws elsewhere."""
    device = torch.device("cpu") if generator is None else generator.device
    return torch.randperm(n, generator=generator, device=device)


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

    Examples:
        >>> X, y = synthetic_data([2, -3.4], 4.2, num_examples=25)
        >>> len(load_array((X, y), batch_size=10))
        3
    """
    check_arrays("data_arrays", data_arrays)
    check_examples([f"data_arrays[{i}]" for i in range(len(data_arrays))], data_arrays)
    batch_size = check_count("batch_size", batch_size)
    is_train = check_flag("is_train", is_train)
    check_generator(generator)
    dataset = TensorDataset(*data_arrays)
    return DataLoader(dataset, batch_size, shuffle=is_train, generator=generator)


def check_arrays(name: str, tensors: Any) -> None:
    """Raise unless `tensors` is a tuple or a list that holds something."""
    if isinstance(tensors, Tensor | str) or not isinstance(tensors, Sequence):
        raise TypeError(
            f"{name} is {describe(tensors)}; it should be a tuple of tensors, as (features, labels)"
        )
    if len(tensors) == 0:
        raise ValueError(f"{name} is empty; it should hold tensors, as (features, labels)")


def check_examples(names: Sequence[str], tensors: Sequence[Any]) -> None:
    """Raise unless all are tensors with the same number of rows, and at least one row."""
    check_same_length(names, tensors)
    if len(tensors[0]) == 0:
        raise ValueError(
            f"{names[0]} has shape {tuple(tensors[0].shape)}; it should hold at least one example"
        )


def rows_of(tensor: Tensor, indices: Any) -> Tensor:
    """Take rows of a tensor; say so when there are none at these indices."""
    should = "it should be a slice, or a list or tensor of the numbers of rows"
    try:
        which = indices
        if not isinstance(indices, slice | Tensor):
            which = torch.as_tensor(indices)
            which = which if which.numel() else which.long()
        rows = tensor[which]
    except (IndexError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"indices is {describe(indices)}, with {len(tensor)} rows; {should} that there are"
        ) from error
    if rows.dim() != tensor.dim():
        raise TypeError(f"indices is {describe(indices)}; {should}")
    return rows


class TensorLoader(DataLoader[tuple[Tensor, ...]]):
    """A `DataLoader` over tensors in memory that cuts many minibatches out of one indexing.

    PyTorch's own takes the examples one by one and stacks them; this one draws the order of a pass
    at once, indexes the tensors for many minibatches together and splits the result.

    Args:
        tensors: the tensors, with a row for each example.
        batch_size: the number of examples in a minibatch; the last may have fewer.
        shuffle: whether each pass has a new random order.
        generator: where that comes from; torch's global generator unless given.

    Source: chapter "Minibatches".

    Examples:
        >>> loader = TensorLoader((torch.arange(5.0),), batch_size=2)
        >>> for batch in loader:
        ...     print(batch)
        [tensor([0., 1.])]
        [tensor([2., 3.])]
        [tensor([4.])]
    """

    MINIBATCHES_AT_ONCE = 64

    def __init__(
        self,
        tensors: Sequence[Tensor],
        batch_size: int,
        shuffle: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(TensorDataset(*tensors), batch_size, generator=generator)
        self.tensors = tuple(tensors)
        self.shuffle = shuffle

    def order(self) -> Int64[Tensor, " n"]:
        """Draw the order of one pass: which row is read first, second, and so on."""
        n, device = len(self.tensors[0]), self.tensors[0].device
        if self.shuffle:
            return random_order(n, self.generator).to(device)
        return torch.arange(n, device=device)

    def __iter__(self) -> Iterator[list[Tensor]]:  # type: ignore[override]
        order, batch_size = self.order(), cast(int, self.batch_size)
        at_once = self.MINIBATCHES_AT_ONCE * batch_size
        for start in range(0, len(order), at_once):
            rows = order[start : start + at_once]
            parts = [torch.split(tensor[rows], batch_size) for tensor in self.tensors]
            yield from map(list, zip(*parts, strict=True))


class DataModule(HyperParameters):
    """The data of a training run: what to train on and what to validate on.

    A subclass sets `batch_size` and gives `get_dataloader`.

    Args:
        root: where a data set on disk would be.
        num_workers: how many processes would read it.

    Source: chapter "Classes".

    Examples:
        >>> class Squares(DataModule):
        ...     def __init__(self, batch_size):
        ...         super().__init__()
        ...         self.save_hyperparameters()
        ...         self.X = torch.arange(4.0).reshape(-1, 1)
        ...     def get_dataloader(self, train):
        ...         return self.get_tensorloader((self.X, self.X**2), train)
        >>> len(Squares(batch_size=2).train_dataloader())
        2
    """

    def __init__(self, root: str = "../data", num_workers: int = 4) -> None:
        num_workers = check_count("num_workers", num_workers, at_least=0)
        self.save_hyperparameters()

    def get_dataloader(self, train: bool) -> Any:
        """Return minibatches to train on or to validate on. A subclass must give it.

        Raises:
            NotImplementedError: the class has no `get_dataloader`.
        """
        raise NotImplementedError(missing(self, "get_dataloader", "train"))

    def train_dataloader(self) -> Any:
        """Return the minibatches to train on."""
        return self.get_dataloader(train=True)

    def val_dataloader(self) -> Any:
        """Return the minibatches to validate on; None when there are none."""
        return self.get_dataloader(train=False)

    def get_tensorloader(
        self,
        tensors: Sequence[Tensor],
        train: bool,
        indices: Any = slice(0, None),
        *,
        generator: torch.Generator | None = None,
    ) -> TensorLoader:
        """Make a loader of minibatches of `self.batch_size` over tensors in memory.

        Args:
            tensors: the tensors, usually (features, labels), with a row for each example.
            train: whether each pass has a new random order.
            indices: which rows to read, as a slice, a list or a tensor of indices.
            generator: where the order comes from; torch's global generator unless given.

        Raises:
            AttributeError: the class sets no `batch_size`.
            TypeError: an argument has the wrong type.
            ValueError: `batch_size` is below 1, the tensors differ in their number of rows, or an
                index is beyond them.
        """
        batch_size = getattr(self, "batch_size", None)
        if batch_size is None:
            raise AttributeError(
                f"{type(self).__name__} has no batch_size; set self.batch_size in its __init__"
            )
        batch_size = check_count("batch_size", batch_size)
        check_arrays("tensors", tensors)
        train = check_flag("train", train)
        check_same_length([f"tensors[{i}]" for i in range(len(tensors))], tensors)
        check_generator(generator)
        rows = [rows_of(tensor, indices) for tensor in tensors]
        return TensorLoader(rows, batch_size, train, generator=generator)


class SyntheticRegressionData(DataModule):
    """Examples of a linear model with noise, some to train on and some to validate on.

    Args:
        w: the true weights, a tensor or a list of numbers.
        b: the true bias.
        noise: the standard deviation of the noise.
        num_train: how many examples to train on.
        num_val: how many to validate on; may be 0.
        batch_size: the number of examples in a minibatch.
        generator: where all random numbers come from; torch's global generator unless given.

    Attributes:
        X: the features, of shape (num_train + num_val, d); the first `num_train` rows train.
        y: the labels, as a column.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument has a value or a shape that makes no sense.

    Source: chapter "Classes".

    Examples:
        >>> data = SyntheticRegressionData(w=[2, -3.4], b=4.2)
        >>> X, y = next(iter(data.train_dataloader()))
        >>> X.shape, y.shape
        (torch.Size([32, 2]), torch.Size([32, 1]))
    """

    def __init__(
        self,
        w: Float[Tensor, " d"] | Float[Tensor, "d 1"] | Sequence[float],
        b: float | Float[Tensor, "1"] | Float[Tensor, ""],
        noise: float = 0.01,
        num_train: int = 1000,
        num_val: int = 1000,
        batch_size: int = 32,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        num_train = check_count("num_train", num_train)
        num_val = check_count("num_val", num_val, at_least=0)
        batch_size = check_count("batch_size", batch_size)
        noise = check_number("noise", noise, at_least=0)
        super().__init__()
        self.save_hyperparameters(ignore=["generator"])
        self.w = as_weights(w)
        self.generator = generator
        self.X, self.y = synthetic_data(w, b, num_train + num_val, noise, generator=generator)

    def get_dataloader(self, train: bool) -> TensorLoader:
        """Return minibatches of the first `num_train` examples, or of the others in fixed order."""
        rows = slice(0, self.num_train) if train else slice(self.num_train, None)
        return self.get_tensorloader((self.X, self.y), train, rows, generator=self.generator)
