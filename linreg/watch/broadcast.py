"""Labels and predictions that broadcast to n × n, seen where it happens."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any
from weakref import ref

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
        self.labels, self.learned = Known(), Known()
        self.given: tuple[int, ...] = ()  # the shape in which the labels came

    def mark(self, tensors: Iterable[object]) -> None:
        """Take note of labels."""
        for tensor in tensors:
            if isinstance(tensor, Tensor):
                self.labels.add(tensor)
                self.given = tuple(tensor.shape)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if self.finished:
            return func(*args, **kwargs or {})
        reducing = func in REDUCING
        if reducing:
            self.look(tensors_in([*args, *(kwargs or {}).values()]), None)
        result = func(*args, **kwargs or {})
        results = [] if isinstance(result, torch.Size) else tensors_in([result])
        if results:
            tensors = tensors_in([*args, *(kwargs or {}).values()])
            if not reducing and getattr(func, "__name__", "") not in PRODUCTS:
                self.look(tensors, results)
            self.follow(tensors, results)
        return result

    def look(self, tensors: list[Tensor], results: list[Tensor] | None) -> None:
        """Refuse an operation that compares each with each, by its arguments and its results."""
        if len(tensors) < 2:
            return
        n = min([tensor.numel() for tensor in tensors])
        if results is not None and all(result.numel() <= n for result in results):
            return
        trap = self.trap_among(tensors)
        if trap and (results is None or any(tuple(t.shape) == trap[2] for t in results)):
            self.refuse(*trap)

    def follow(self, tensors: list[Tensor], results: list[Tensor]) -> None:
        """Take note of what was computed from labels, and of what was from parameters."""
        labels = any(tensor in self.labels and tensor.numel() > 1 for tensor in tensors)
        learned = any(self.is_learned(tensor) for tensor in tensors)
        for tensor in results if labels or learned else ():
            if labels and tensor.numel() > 1:
                self.labels.add(tensor)
            if learned:
                self.learned.add(tensor)

    def is_learned(self, tensor: Tensor) -> bool:
        return tensor.requires_grad or tensor in self.learned

    def trap_among(self, tensors: list[Tensor]) -> "tuple[Tensor, Tensor, tuple[int, ...]] | None":
        """Find a prediction and a label that blow up each other, and to which shape."""
        for one, two in combinations(tensors, 2):
            n = one.numel()
            if one.shape == two.shape or n != two.numel() or n < 2:
                continue
            label, prediction = (one, two) if one in self.labels else (two, one)
            if label not in self.labels or not (
                self.is_learned(prediction) or self.is_learned(label)
            ):
                continue
            if prediction in self.labels and self.is_learned(prediction) == self.is_learned(label):
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


def tensors_in(values: Iterable[Any]) -> list[Tensor]:
    """Find the tensors among values, and in lists and tuples among them."""
    found = []
    for value in values:
        for item in value if isinstance(value, list | tuple) else [value]:
            if isinstance(item, Tensor) and not is_lazy(item):
                found.append(item)
    return found


class Known:
    """Tensors, known by identity, that live no longer for it."""

    def __init__(self) -> None:
        self.tensors: dict[int, ref[Tensor]] = {}

    def add(self, tensor: Tensor) -> None:
        self.tensors[id(tensor)] = ref(tensor)

    def __contains__(self, tensor: Tensor) -> bool:
        known = self.tensors.get(id(tensor))
        return known is not None and known() is tensor
