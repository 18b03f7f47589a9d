"""What the package says about a wrong argument: its name, what it was and what it should be."""

import math
import operator
import sys
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import Tensor


def describe(value: object) -> str:
    """Say what a value is, in a few words: the shape of a tensor, the text of anything else.

    Examples:
        >>> describe("ten")
        "'ten' (type str)"
    """
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)} and dtype {value.dtype}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    text = " ".join(repr(value).split())
    if len(text) > 60:
        text = text[:57] + "..."
    return f"{text} (type {type(value).__name__})"


def check_count(name: str, value: Any, at_least: int = 1) -> int:
    """Raise unless `value` is a whole number that is not below `at_least`; return it as an int."""
    number: int | None = value
    if type(value) is not int:  # one of numpy's, or a tensor that holds one
        try:
            number = operator.index(value)
        except TypeError:
            number = None
        if is_truth_value(value):
            number = None
    if number is None:
        raise TypeError(f"{name} is {describe(value)}; it should be a whole number")
    if number < at_least:
        raise ValueError(f"{name} is {number}; it should be at least {at_least}")
    if number > sys.maxsize:
        raise ValueError(f"{name} is {describe(value)}; it should be at most {sys.maxsize}")
    return number


def check_number(
    name: str, value: Any, at_least: float | None = None, finite: bool = True
) -> float:
    """Raise unless `value` is one number, finite and not below `at_least`; return it as a float."""
    number: float = value
    if type(value) is not float:
        if type(value) is not int:
            if isinstance(value, Tensor | np.ndarray) and math.prod(value.shape) == 1:
                number = value.item()
            if not isinstance(number, Real) or is_truth_value(number):
                raise TypeError(f"{name} is {describe(value)}; it should be a number")
        try:
            number = float(number)
        except OverflowError:
            number, finite = math.inf, True
    if finite and not math.isfinite(number):
        raise ValueError(f"{name} is {number}; it should be a finite number")
    if at_least is not None and number < at_least:
        raise ValueError(f"{name} is {number:g}; it should be at least {at_least}")
    return number


def is_truth_value(value: object) -> bool:
    """Tell whether a value is True or False, in Python, numpy or torch."""
    return isinstance(value, bool | np.bool_) or getattr(value, "dtype", None) is torch.bool


def check_bias(b: Any) -> float | Tensor:
    """Raise unless `b` adds the same number to each prediction; return it, a tensor as it is."""
    if not isinstance(b, Tensor):
        return check_number("b", b, finite=False)
    if not b.is_floating_point():
        check_numbers("b", b)
    if b.numel() != 1 or b.dim() > 2:
        raise ValueError(f"b has shape {tuple(b.shape)}; it should be one number, of shape (1,)")
    return b


def check_flag(name: str, value: Any) -> bool:
    """Raise unless `value` is True or False, or 1 or 0 in their stead; return which."""
    whole = isinstance(value, int | np.integer) and value in (0, 1)
    if not whole and not isinstance(value, np.bool_):
        raise TypeError(f"{name} is {describe(value)}; it should be True or False")
    return bool(value)


def check_generator(generator: object) -> None:
    """Raise unless random numbers can come from `generator`."""
    if generator is not None and not isinstance(generator, torch.Generator):
        raise TypeError(
            f"generator is {describe(generator)}; it should be a torch.Generator, "
            "as torch.Generator().manual_seed(0) gives"
        )


def check_callable(name: str, value: object, called_with: str) -> None:
    """Raise unless `value` can be called, and is no class that waits to be made an object of."""
    if isinstance(value, type):
        raise TypeError(
            f"{name} is the class {value.__name__}; it should be an object of it, "
            f"{value.__name__}(...), or a function"
        )
    if not callable(value):
        raise TypeError(
            f"{name} is {describe(value)}; it should be a function or a module, "
            f"called as {name}({called_with})"
        )


def check_tensor(name: str, value: object) -> None:
    """Raise unless `value` is a tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} is {describe(value)}; it should be a torch.Tensor")


def check_tensors(name: str, values: Any) -> list[Tensor]:
    """Raise unless `values` are tensors; return them as a list, which can be read again."""
    if isinstance(values, Tensor | str | dict) or not isinstance(values, Iterable):
        raise TypeError(f"{name} is {describe(values)}; it should be a list of tensors, as [w, b]")
    tensors = list(values)
    for i, tensor in enumerate(tensors):
        check_tensor(f"{name}[{i}]", tensor)
    if not tensors:
        raise ValueError(
            f"{name} is empty; it should hold the tensors to train (a generator, such as "
            "net.parameters(), can be read only once: keep a list)"
        )
    return tensors


def check_floating(name: str, value: object) -> None:
    """Raise unless `value` is a tensor of a floating dtype."""
    check_tensor(name, value)
    assert isinstance(value, Tensor)
    if not value.is_floating_point():
        raise TypeError(
            f"{name} is {describe(value)}; it should have a floating dtype, as {name}.float() has"
        )


def check_numbers(name: str, value: Any) -> None:
    """Raise unless `value` is a tensor that can be subtracted from another: of real numbers."""
    check_tensor(name, value)
    if value.dtype is torch.bool or value.is_complex():
        raise TypeError(
            f"{name} is {describe(value)}; it should hold numbers, as {name}.float() does"
        )


def check_same_dtype(name: str, value: Tensor, other_name: str, other: Tensor) -> None:
    """Raise unless two tensors that are multiplied have the same dtype."""
    if value.dtype != other.dtype:
        raise TypeError(
            f"{name} has dtype {value.dtype} and {other_name} {other.dtype}; they should have the "
            f"same, as with {name}.to({other_name}.dtype)"
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


def check_limits(name: str, limits: Any) -> list[float | None] | None:
    """Raise unless `limits` is None or the two ends of an axis, or None for one; return them."""
    if limits is None:
        return None
    if not is_sequence(limits) or len(limits) != 2:
        raise ValueError(
            f"{name} is {describe(limits)}; it should be two numbers, as [0, 10], or None"
        )
    return [
        end if end is None else check_number(f"{name}[{i}]", end) for i, end in enumerate(limits)
    ]


def check_figsize(figsize: Any) -> tuple[float, float]:
    """Raise unless `figsize` is a width and a height; return them."""
    try:
        width, height = (check_number("figsize", side) for side in figsize)
    except (TypeError, ValueError):
        width = height = 0
    if width <= 0 or height <= 0:
        raise ValueError(
            f"figsize is {figsize!r}; it should be a width and a height in inches, as (3.5, 2.5)"
        )
    return width, height


def is_sequence(value: Any) -> bool:
    """Tell whether a value stands for several: a list, an array or a tensor of them."""
    if isinstance(value, Tensor | np.ndarray):
        return value.ndim > 0
    return hasattr(value, "__len__") and not isinstance(value, str | bytes | dict | set)


def texts(name: str, value: Any) -> list[str]:
    """Return texts as a list: none for None, and one that is written without a list.

    Raises:
        TypeError: it is anything else. A number will do for a text.
    """
    if value is None or isinstance(value, str):
        return [value] if value else []
    fault = isinstance(value, Tensor | bytes | dict) or not isinstance(value, Iterable)
    found = [] if fault else list(value)
    if fault or not all(isinstance(each, str | int | float) for each in found):
        raise TypeError(f"{name} is {describe(value)}; it should be a list of texts")
    return found


def check_text(name: str, value: Any) -> None:
    """Raise unless `value` is a text that matplotlib can show, or None for none."""
    if value is not None and not isinstance(value, str | int | float):
        raise TypeError(f"{name} is {describe(value)}; it should be a text or None")


def at_least_one(name: str, values: Any, what: str) -> Any:
    """Return what curves use in turn, as a sequence; raise when there is nothing to use."""
    if isinstance(values, str):
        return [values]
    if not isinstance(values, Sequence) or isinstance(values, bytes):
        raise TypeError(f"{name} is {describe(values)}; it should be a list with {what} for each")
    if len(values) == 0:
        raise ValueError(f"{name} is empty; it should hold {what} at least")
    return values


def check_drawable(name: str, value: object, method: str, what: str) -> None:
    """Raise unless `value` is None or something of matplotlib that has a method to draw with."""
    if value is not None and not callable(getattr(value, method, None)):
        raise TypeError(f"{name} is {describe(value)}; it should be {what}")


def missing(model: object, method: str, arguments: str = "") -> str:
    """Say which method a model lacks, and the two ways to give it one."""
    name = type(model).__name__
    signature = f"{method}(self, {arguments})" if arguments else f"{method}(self)"
    return (
        f"{name} has no {method}: write `def {signature}` inside class {name}, "
        f"or put @add_to_class({name}) above a function of that name"
    )
