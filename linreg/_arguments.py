"""What the package says about a wrong argument: its name, what it was and what it should be."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

from torch import Tensor


def describe(value: object) -> str:
    """Say what a value is, in a few words: the shape of a tensor, the text of anything else.

    Examples:
        >>> describe("ten")
        "'ten' (type str)"
    """
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)} and dtype {value.dtype}"
    text = repr(value)
    if len(text) > 60:
        text = text[:57] + "..."
    return f"{text} (type {type(value).__name__})"


def check_count(name: str, value: object, at_least: int = 1) -> None:
    """Raise unless `value` is a whole number that is not below `at_least`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} is {describe(value)}; it should be a whole number")
    if value < at_least:
        raise ValueError(f"{name} is {value}; it should be at least {at_least}")


def check_number(name: str, value: Any, at_least: float | None = None) -> float:
    """Raise unless `value` is one finite number, not below `at_least`; return it as a float."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is {describe(value)}; it should be a number")
    if not math.isfinite(value):
        raise ValueError(f"{name} is {value}; it should be a finite number")
    if at_least is not None and value < at_least:
        raise ValueError(f"{name} is {value}; it should be at least {at_least}")
    return float(value)


def check_tensor(name: str, value: object) -> None:
    """Raise unless `value` is a tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} is {describe(value)}; it should be a torch.Tensor")


def check_tensors(name: str, values: Any) -> list[Tensor]:
    """Raise unless `values` are tensors; return them as a list, which can be read again."""
    if isinstance(values, Tensor):
        raise TypeError(f"{name} is {describe(values)}; it should be a list of tensors, as [w, b]")
    tensors = list(values)
    for i, tensor in enumerate(tensors):
        check_tensor(f"{name}[{i}]", tensor)
    return tensors


def check_floating(name: str, value: object) -> None:
    """Raise unless `value` is a tensor of a floating dtype."""
    check_tensor(name, value)
    assert isinstance(value, Tensor)
    if not value.is_floating_point():
        raise TypeError(
            f"{name} is {describe(value)}; it should have a floating dtype, as {name}.float() has"
        )


def check_features(name: str, value: object) -> None:
    """Raise unless `value` is a floating tensor of shape (n, d)."""
    check_floating(name, value)
    assert isinstance(value, Tensor)
    if value.dim() != 2:
        raise ValueError(
            f"{name} has shape {tuple(value.shape)}; it should be (n, d): "
            "a row for each example, a column for each feature"
        )


def check_same_length(names: Sequence[str], tensors: Sequence[object]) -> None:
    """Raise unless all are tensors with the same number of rows, and at least one."""
    for name, tensor in zip(names, tensors, strict=True):
        check_tensor(name, tensor)
        assert isinstance(tensor, Tensor)
        if tensor.dim() == 0:
            raise ValueError(f"{name} has shape (); it should have a row for each example")
    lengths = [len(tensor) for tensor in tensors if isinstance(tensor, Tensor)]
    if len(set(lengths)) > 1:
        found = ", ".join(f"{name} {n}" for name, n in zip(names, lengths, strict=True))
        raise ValueError(f"the numbers of examples differ ({found}); they should be the same")


def missing(model: object, method: str, arguments: str = "") -> str:
    """Say which method a model lacks, and the two ways to give it one."""
    name = type(model).__name__
    signature = f"{method}(self, {arguments})" if arguments else f"{method}(self)"
    return (
        f"{name} has no {method}: write `def {signature}` inside class {name}, "
        f"or put @add_to_class({name}) above a function of that name"
    )
