"""Labels and predictions that broadcast to n × n, seen where it happens."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from linreg.watch.parts import say

__all__: list[str] = []

# These compare elements and return one number, from whose shape nothing can be seen.
REDUCING = {
    torch.dist,
    Tensor.dist,
    functional.mse_loss,
    functional.l1_loss,
    functional.smooth_l1_loss,
    functional.huber_loss,
    functional.poisson_nll_loss,
    functional.kl_div,
    functional.soft_margin_loss,
}
# A column times a row has the shape to which they would broadcast.
PRODUCTS = {"matmul", "__matmul__", "__rmatmul__", "mm"}


class Broadcasts(TorchFunctionMode):
    """While it is entered, an operation that compares each prediction with each label is refused.

    Every operation of torch is seen before it is computed, in whichever function it stands. The
    labels are known by identity, and so is everything that is computed from them; what is computed
    from parameters is known likewise. Refused is an operation on one tensor of each kind that hold
    equally many elements and give more.
    """

    def __init__(self) -> None:
        super().__init__()
        self.finished = self.warned = False
        self.labels: WeakValueDictionary[int, Tensor] = WeakValueDictionary()
        self.learned: WeakValueDictionary[int, Tensor] = WeakValueDictionary()
        self.given: tuple[int, ...] = ()  # the shape in which the labels came

    def mark(self, tensors: Iterable[object]) -> None:
        """Take note of labels."""
        for tensor in tensors:
            if isinstance(tensor, Tensor):
                self.labels[id(tensor)] = tensor
                self.given = tuple(tensor.shape)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if self.finished:
            return func(*args, **kwargs)
        if func in REDUCING:
            self.look(args, kwargs, None)
        result = func(*args, **kwargs)
        if isinstance(result, Tensor | list | tuple) and not isinstance(result, torch.Size):
            results = list(tensors_in([result]))
            if func not in REDUCING and getattr(func, "__name__", "") not in PRODUCTS:
                self.look(args, kwargs, results)
            self.follow(list(tensors_in([*args, *kwargs.values()])), results)
        return result

    def look(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], results: list[Tensor] | None
    ) -> None:
        """Refuse an operation that compares each with each, by its arguments and its results."""
        tensors = list(tensors_in([*args, *kwargs.values()]))
        if len(tensors) < 2:
            return
        n = min(tensor.numel() for tensor in tensors)
        if results is not None and all(result.numel() <= n for result in results):
            return
        trap = self.trap_among(tensors)
        if trap and (results is None or any(tuple(t.shape) == trap[2] for t in results)):
            self.refuse(*trap)

    def follow(self, tensors: list[Tensor], results: list[Tensor]) -> None:
        """Take note of what was computed from labels, and of what was from parameters."""
        labels = any(self.is_label(tensor) and tensor.numel() > 1 for tensor in tensors)
        learned = any(self.is_learned(tensor) for tensor in tensors)
        if labels or learned:
            for tensor in results:
                if labels and tensor.numel() > 1:
                    self.labels[id(tensor)] = tensor
                if learned:
                    self.learned[id(tensor)] = tensor

    def is_label(self, tensor: Tensor) -> bool:
        return self.labels.get(id(tensor)) is tensor

    def is_learned(self, tensor: Tensor) -> bool:
        return tensor.requires_grad or self.learned.get(id(tensor)) is tensor

    def trap_among(self, tensors: list[Tensor]) -> "tuple[Tensor, Tensor, tuple[int, ...]] | None":
        """Find a prediction and a label that blow up each other, and to which shape."""
        for one, two in combinations(tensors, 2):
            n = one.numel()
            if one.shape == two.shape or n != two.numel() or n < 2:
                continue
            label, prediction = (one, two) if self.is_label(one) else (two, one)
            if not self.is_label(label) or not (
                self.is_learned(prediction) or self.is_learned(label)
            ):
                continue
            if self.is_label(prediction) and self.is_learned(prediction) == self.is_learned(label):
                continue
            if one.dim() == two.dim() > 2:
                continue  # as in y_hat[:, None] - y[None, :], where each pair is meant
            shape = broadcast(one, two)
            if shape is not None and math.prod(shape) > n:
                return prediction, label, shape
        return None

    def refuse(self, prediction: Tensor, label: Tensor, shape: tuple[int, ...]) -> None:
        """Stop, or warn where both have the same number of dimensions: that may be meant."""
        y_hat, y, n = tuple(prediction.shape), tuple(label.shape), label.numel()
        message = (
            f"the labels have shape {y} and the predictions {y_hat}, "
            f"so the loss compares each prediction with each label: {n} × {n} of them. "
        )
        if len(y_hat) == len(y):
            self.finished = self.warned = True
            say(
                message + "Unless each pair is meant, bring both to the same shape: "
                "y.reshape(y_hat.shape)"
            )
            return
        message += "Both should have the same shape: use y.reshape(y_hat.shape) in the loss, "
        if self.given[1:] == y[1:]:
            raise ValueError(message + "or y.reshape(-1, 1) where the data are made")
        raise ValueError(
            message + "or leave the labels as the data give them, without squeeze() or flatten()"
        )


def broadcast(one: Tensor, two: Tensor) -> tuple[int, ...] | None:
    """Return the shape to which two tensors broadcast; None when they do not."""
    try:
        return tuple(torch.broadcast_shapes(one.shape, two.shape))  # type: ignore[no-untyped-call]
    except RuntimeError:
        return None


def tensors_in(values: Iterable[Any]) -> Iterator[Tensor]:
    """Find the tensors among values, and in lists and tuples among them."""
    for value in values:
        for item in value if isinstance(value, list | tuple) else [value]:
            if isinstance(item, Tensor) and not is_lazy(item):
                yield item
