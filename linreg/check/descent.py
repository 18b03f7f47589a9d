"""Where minibatch SGD ends, rightly done and with each mistake: the oracle of `check.train`.

From the same start each mistake leads to a place of its own, which `descend` computes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from linreg import scratch
from linreg.check.words import column, numbers

Order = Sequence[Sequence[Sequence[int]]]
"""The rows of the examples: epoch by epoch, batch by batch."""
Place = tuple[Tensor, Tensor]
"""Where a training ends: w and b."""
Cleared = Literal["each step", "each epoch", "never", "w", "b"]


@dataclass(frozen=True)
class Task:
    """What a learner's `train` is called with."""

    features: Tensor
    labels: Tensor
    w: Tensor
    b: Tensor
    lr: float
    num_epochs: int
    batch_size: int

    def __str__(self) -> str:
        return (
            f"features = {numbers(self.features)}, labels = {numbers(self.labels)},"
            f" w = {numbers(self.w)}, b = {numbers(self.b)}, lr = {self.lr},"
            f" num_epochs = {self.num_epochs}, batch_size = {self.batch_size}"
        )

    def of_default_dtype(self) -> Task:
        """Return the same task in torch's default dtype."""
        tensors = {name: getattr(self, name) for name in ("features", "labels", "w", "b")}
        dtype = torch.get_default_dtype()
        return replace(self, **{name: value.to(dtype) for name, value in tensors.items()})

    @property
    def is_full_batch(self) -> bool:
        """Whether each epoch is one batch."""
        return self.batch_size == len(self.features)

    @property
    def orders(self) -> Iterable[Order]:
        """Every order that makes a difference.

        Of several epochs it makes none: in these tasks they have one batch, or all examples are
        the same.
        """
        rows = range(len(self.features))
        shuffles: Iterable[Sequence[int]] = (
            itertools.permutations(rows) if self.num_epochs == 1 else [rows]
        )
        return map(self.epochs, shuffles)

    @property
    def in_order(self) -> Order:
        """The batches of all epochs when nothing is shuffled."""
        return self.epochs(range(len(self.features)))

    def epochs(self, rows: Sequence[int]) -> Order:
        """Return the batches of all epochs when each takes the examples in this order."""
        size = self.batch_size
        epoch = [rows[start : start + size] for start in range(0, len(rows), size)]
        return [epoch] * self.num_epochs

    def loss(self, w: Tensor, b: Tensor) -> float:
        """Return the mean loss at some parameters."""
        with torch.no_grad():
            y_hat = scratch.linreg(self.features, w.reshape(-1, 1), b.reshape(1))
            return scratch.squared_loss(y_hat, self.labels).mean().item()


def descend(
    task: Task,
    order: Order,
    *,
    factor: float = 1.0,
    by_size: bool = False,
    cleared: Cleared = "each step",
    floor: Literal["", "product", "rate"] = "",
) -> Place:
    """Return where minibatch SGD ends.

    Args:
        task: the data, the start and the learning rate.
        order: the examples of each batch of each epoch.
        factor: what each step is multiplied by; 1 is right.
        by_size: divide by the number of examples of a short batch, not by `batch_size`.
        cleared: when the gradients are set back to zero; "w" or "b": of this one only, each step.
        floor: what loses its fraction to `//`: lr · grad over the size, or lr over it.
    """
    w, b = task.w.double(), task.b.double()
    sum_w, sum_b = torch.zeros_like(w), torch.zeros_like(b)
    for epoch in order:
        if cleared == "each epoch":
            sum_w, sum_b = torch.zeros_like(w), torch.zeros_like(b)
        for batch in epoch:
            if cleared in ("each step", "w"):
                sum_w = torch.zeros_like(w)
            if cleared in ("each step", "b"):
                sum_b = torch.zeros_like(b)
            X, y = task.features[list(batch)].double(), task.labels[list(batch)].double()
            residual = X @ w + b - y
            sum_w, sum_b = sum_w + X.T @ residual, sum_b + residual.sum()
            rate, size = task.lr * factor, len(batch) if by_size else task.batch_size
            if floor == "product":
                w, b = w - rate * sum_w // size, b - rate * sum_b // size
            else:
                step = rate // size if floor == "rate" else rate / size
                w, b = w - step * sum_w, b - step * sum_b
    return w, b


def task(
    features: list[list[float]], labels: list[float], num_epochs: int, batch_size: int
) -> Task:
    """Make a task that starts at w = 1, b = 0.5 with learning rate 0.1."""
    d = len(features[0])
    return Task(
        features=torch.tensor(features),
        labels=column(*labels),
        w=torch.ones(d, 1),
        b=torch.tensor([0.5]),
        lr=0.1,
        num_epochs=num_epochs,
        batch_size=batch_size,
    )
