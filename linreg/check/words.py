"""Values in words, and words in both languages."""

from __future__ import annotations

import reprlib
import textwrap
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Text(NamedTuple):
    """The same words in both languages."""

    en: str
    zh: str


def show(value: object) -> str:
    """Return a short text of a value: a tensor's numbers and shape, or its shape alone."""
    if isinstance(value, tuple | list) and any(isinstance(item, Tensor) for item in value):
        shown = [show(item) for item in value[:4]] + ["…"] * (len(value) > 4)
        return "(" + "; ".join(shown) + ")"
    if not isinstance(value, Tensor):
        return reprlib.repr(value)
    shape = f"shape {tuple(value.shape)}"
    if value.numel() == 0 or value.numel() > 12:
        return f"{value.dtype}, {shape}"
    return f"{numbers(value)}, {shape}"


def numbers(value: Tensor) -> str:
    """Return a tensor's numbers in nested brackets, with four digits."""

    def nested(item: Any) -> str:
        if isinstance(item, list):
            return "[" + ", ".join(map(nested, item)) + "]"
        return f"{item:.4g}"

    return nested(value.detach().cpu().to_dense().tolist())


def show_error(error: BaseException) -> str:
    """Return an exception's type and the first line of its message."""
    first_line = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {textwrap.shorten(first_line, 160, placeholder=' …')}"


def excerpt(printed: str) -> str:
    """Return the first line of what was printed, cut short where there is more."""
    lines = printed.strip().splitlines()
    first = textwrap.shorten(lines[0], 80, placeholder=" …")
    return first if len(lines) == 1 or first.endswith("…") else f"{first} …"


def column(*values: float) -> Tensor:
    """Return the values as a column, shape (n, 1)."""
    return torch.tensor([[value] for value in values])


def close(actual: Tensor, expected: Tensor, rtol: float = 1e-4) -> bool:
    """Return whether two tensors agree in shape and, up to rounding, in value."""
    if actual.shape != expected.shape or actual.is_complex():
        return False
    actual, expected = actual.detach().to_dense(), expected.detach()
    return torch.allclose(actual.double(), expected.double(), rtol=rtol, atol=1e-5)


def same_numbers(actual: Tensor, expected: Tensor, rtol: float = 1e-4) -> bool:
    """Return whether the numbers agree, whatever the shapes."""
    return close(actual.to_dense().reshape(-1), expected.reshape(-1), rtol)
