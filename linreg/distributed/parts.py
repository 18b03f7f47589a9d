"""A rank's part of the data: of each minibatch that all ranks draw alike, some of the examples."""

import random
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from linreg._arguments import describe

__all__: list[str] = []


class Parts:
    """A loader that gives this rank its part of each minibatch that another loader draws.

    Args:
        loader: the loader, which draws the same minibatches on every rank.
        ranks: the ranks.
        train: whether it is the loader to train on.
    """

    def __init__(self, loader: Any, ranks: Any, train: bool) -> None:
        self.loader, self.ranks, self.train = loader, ranks, train
        self.first = True

    def __len__(self) -> int:
        return len(self.loader)

    def __getattr__(self, attribute: str) -> Any:
        if attribute == "loader":  # a copy that is being made
            raise AttributeError(attribute)
        return getattr(self.loader, attribute)

    def __iter__(self) -> Iterator[list[Any]]:
        ranks = self.ranks
        generator = getattr(self.loader, "generator", None)
        set_states(generator, ranks.group.of_first(states(generator)))
        if self.train:
            ranks.shares = []
        small = 0
        for batch in self.loader:
            part, n = self.part_of(batch)
            small += n < ranks.group.world
            if self.train and small and (small > 1 or len(self) == 1):  # not the short last one
                raise ValueError(
                    f"a minibatch has {n} examples, and there are {ranks.group.world} ranks; each "
                    "rank needs one at least: a larger batch_size, or fewer processes "
                    "(--nproc-per-node)"
                )
            if self.first:
                self.first = False
                ranks.group.alike(
                    "minibatches",
                    {f"tensor {i}": fingerprint(tensor) for i, tensor in enumerate(batch)},
                    "Each process should read the same data in the same order: draw the order "
                    "from torch's generator",
                )
                if self.train:
                    ranks.begin_lazily(part)
            # What the model draws, such as dropout, differs from rank to rank. The order of the
            # data must not depend on it.
            order = torch.get_rng_state()
            torch.set_rng_state(ranks.random_state)
            try:
                yield part
            finally:
                ranks.random_state = torch.get_rng_state()
                torch.set_rng_state(order)

    def part_of(self, batch: Any) -> tuple[list[Any], int]:
        """Cut out this rank's examples, and count all; one without weight where there is none."""
        rank, world = self.ranks.group.rank, self.ranks.group.world
        tensors = isinstance(batch, list | tuple) and all(
            isinstance(tensor, Tensor) and tensor.dim() for tensor in batch
        )
        if not tensors or len({len(tensor) for tensor in batch}) != 1:
            raise TypeError(
                f"a minibatch is {describe(batch)}; to be split among the ranks it should be "
                "tensors with a row for each example, as (features, labels)"
            )
        n = len(batch[0])
        start, end = n * rank // world, n * (rank + 1) // world
        self.ranks.take(batch, end - start, self.train)
        return [tensor[start:end] if end > start else tensor[:1] for tensor in batch], n


def states(generator: Any) -> tuple[Any, ...]:
    """Return the states of the random numbers from which an order may be drawn."""
    own = generator.get_state() if isinstance(generator, torch.Generator) else None
    return torch.get_rng_state(), own, random.getstate(), np.random.get_state()  # noqa: NPY002


def set_states(generator: Any, states: tuple[Any, ...]) -> None:
    """Set these states."""
    of_torch, own, of_python, of_numpy = states
    torch.set_rng_state(of_torch)
    if own is not None:
        generator.set_state(own)
    random.setstate(of_python)
    np.random.set_state(of_numpy)  # noqa: NPY002


def fingerprint(tensor: Tensor) -> str:
    """Describe a tensor: shape, dtype and a checksum of its values."""
    value = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
    checksum = f"{zlib.crc32(value.data):08x}"
    return f"{tuple(tensor.shape)} of {tensor.dtype} with checksum {checksum}"
