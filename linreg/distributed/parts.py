"""A rank's part of the data: of each minibatch that all ranks draw alike, some of the examples."""

import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from linreg._arguments import describe
from linreg.data import TensorLoader

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
        for batch in self.minibatches():
            n = len(batch)
            small += n < ranks.group.world
            if self.train and small and (small > 1 or len(self) == 1):  # not the short last one
                raise ValueError(
                    f"a minibatch has {n} examples, and there are {ranks.group.world} ranks; each "
                    "rank needs one at least: a larger batch_size, or fewer processes "
                    "(--nproc-per-node)"
                )
            rank, world = ranks.group.rank, ranks.group.world
            start, end = n * rank // world, n * (rank + 1) // world
            ranks.take(batch, end - start, self.train)
            part = batch.examples(start, end) if end > start else batch.examples(0, 1)
            if self.first:
                self.first = False
                ranks.group.alike(
                    "minibatches",
                    batch.fingerprints(),
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
            ranks.draw_ready()

    def minibatches(self) -> Iterator["Minibatch"]:
        """Read the minibatches of one pass; of our own loader's, only the rows that are asked for.

        To take all rows of a large minibatch costs as much as a part of its step.
        """
        if type(self.loader).__iter__ is TensorLoader.__iter__:
            order, batch_size = self.loader.order(), self.loader.batch_size
            for start in range(0, len(order), batch_size):
                yield Minibatch(self.loader.tensors, order[start : start + batch_size])
            return
        for batch in self.loader:
            tensors = isinstance(batch, list | tuple) and all(
                isinstance(tensor, Tensor) and tensor.dim() for tensor in batch
            )
            if not tensors or len({len(tensor) for tensor in batch}) != 1:
                raise TypeError(
                    f"a minibatch is {describe(batch)}; to be split among the ranks it should be "
                    "tensors with a row for each example, as (features, labels)"
                )
            yield Minibatch(batch, None)


@dataclass
class Minibatch:
    """A minibatch of which not all examples need be read.

    Attributes:
        tensors: the tensors, with a row for each example; or for many more, of which
        rows: are those of the minibatch.
    """

    tensors: Sequence[Tensor]
    rows: Tensor | None

    def __len__(self) -> int:
        return len(self.tensors[0] if self.rows is None else self.rows)

    def examples(self, start: int, end: int) -> list[Tensor]:
        """Return some of the examples."""
        if self.rows is None:
            return [tensor[start:end] for tensor in self.tensors]
        return [tensor[self.rows[start:end]] for tensor in self.tensors]

    def fingerprints(self) -> dict[str, str]:
        """Describe the minibatch, so that it can be held against another rank's."""
        if self.rows is not None:  # of tensors that were compared before
            return {"the numbers of its rows": fingerprint(self.rows)}
        return {f"tensor {i}": fingerprint(tensor) for i, tensor in enumerate(self.tensors)}


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
