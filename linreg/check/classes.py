"""A learner's model, an instance or a class, as functions of what it is to compute with."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from linreg.check.arguments import RATE, Role, arrange
from linreg.check.calls import Called, call
from linreg.check.report import FAILS, Mistake, Seen, Verdict
from linreg.check.words import Text


def is_model(f: object) -> bool:
    """Return whether `f` is a model: an instance or a class with `forward`."""
    if isinstance(f, nn.Module):
        return True
    return hasattr(f, "forward") and not inspect.isroutine(f)


def without_self(f: object) -> bool:
    """Return whether `f` is a method taken from its class, which waits for an instance."""
    return inspect.isfunction(f) and next(iter(inspect.signature(f).parameters), "") == "self"


def bound_to(f: Callable[..., Any], **attributes: object) -> Callable[..., Any]:
    """Return the method bound to an object that has these attributes and no others."""
    return functools.partial(f, SimpleNamespace(**attributes))


class Place(NamedTuple):
    """Where a model keeps a parameter."""

    owner: Any
    name: str
    value: Tensor

    def put(self, value: Tensor) -> None:
        """Put another tensor in its place, in the shape of the one that is there."""
        delattr(self.owner, self.name)  # a torch module takes only an nn.Parameter otherwise
        setattr(self.owner, self.name, value.reshape(self.value.shape))


@dataclass(kw_only=True)
class Parts(Seen):
    """The parameters of a model."""

    shapes: list[tuple[int, ...]]

    @property
    def gave(self) -> str | Text:
        """Their shapes."""
        return super().gave if self.error is not None else ", ".join(map(str, self.shapes))


PARTS: tuple[Mistake[Parts], ...] = (
    *FAILS,
    Mistake(
        "parameters",
        "classes#model",
        lambda seen: seen.error is None,
        en="a linear model has a weight for each feature and one bias. Yours has other parameters, "
        "or they are not attributes of the model.",
        zh="线性模型的参数，是每个特征一个权重，再加一个偏置。你的模型的参数与此不同，或者没有设为"
        "模型的属性。",
    ),
)


class Model:
    """A learner's model that is made, or copied, for each call, with w and b put into it.

    Args:
        f: a model, or a class that can be made from `num_inputs`, `lr` and `sigma`, as far as it
            takes them.

    Raises:
        TypeError: the class takes other arguments.
    """

    def __init__(self, f: Any) -> None:
        if not inspect.isclass(f):
            self.make: Callable[[int], Any] = lambda num_inputs: copy.deepcopy(f)
            return
        plan = arrange(f, MAKES)
        if plan is None:
            raise TypeError(
                f"f is the class {f.__name__}, which takes other arguments than "
                f"{', '.join(role.name for role in MAKES)}: make a model of it, and hand that over"
            )
        self.make = lambda num_inputs: plan.f(
            *(self._value(name, num_inputs) for name in plan.positional),
            **{hers: self._value(name, num_inputs) for hers, name in plan.keywords.items()},
        )

    @staticmethod
    def _value(name: str, num_inputs: int) -> float:
        return {"num_inputs": num_inputs, "num_outputs": 1, "lr": 0.1, "sigma": 0.01}[name]

    def parts(self) -> Parts:
        """Return the parameters of the model, with an error where it cannot be made."""
        made = call(self.make, 2)
        places = [] if made.error is not None else _places(made.result)
        seen = Parts(
            expected="(d, 1), (1,)",
            error=made.error,
            printed=made.printed,
            shapes=[() if is_lazy(place.value) else tuple(place.value.shape) for place in places],
        )
        lazy = any(is_lazy(place.value) for place in places)
        fits = len(places) == 2 and any(place.value.numel() == 1 for place in places if not lazy)
        seen.right = made.error is None and (lazy or fits)
        return seen

    @property
    def num_inputs(self) -> int | None:
        """The number of features that the model is made for; None when it takes any."""
        sizes = {
            place.value.numel()
            for num_inputs in (2, 3)
            for place in _places(self.make(num_inputs))
            if not is_lazy(place.value)
        } - {1}
        return max(sizes, default=1) if len(sizes) <= 1 and not self._is_lazy else None

    @property
    def _is_lazy(self) -> bool:
        return any(is_lazy(place.value) for place in _places(self.make(2)))

    def predict(self, X: Tensor, w: Tensor, b: Tensor) -> Any:
        """Let the model predict with w and b as its parameters."""
        model = self.make(X.shape[1])
        forward = model if callable(model) else model.forward
        if any(is_lazy(place.value) for place in _places(model)):
            with torch.no_grad():
                forward(X)  # a lazy layer learns its shape
        weights, bias = _places(model)
        if bias.value.numel() != 1 or (
            weights.value.numel() == 1 and weights.name.lower().startswith("b")
        ):
            weights, bias = bias, weights
        weights.put(w)
        bias.put(b)
        return forward(X)


MAKES = (
    Role(
        "num_inputs", "infeatures numfeatures nfeatures ninputs inputdim inputsize d", needed=False
    ),
    Role("num_outputs", "outfeatures noutputs outputdim outputsize", needed=False),
    Role("lr", RATE, needed=False),
    Role("sigma", "std", needed=False),
)


def _places(model: Any) -> list[Place]:
    """Return where the model keeps its trained tensors: the parameters, and plain tensors too."""
    owners = list(model.modules()) if isinstance(model, nn.Module) else [model]
    found: dict[int, Place] = {}
    for owner in owners:
        own = vars(owner).copy()
        if isinstance(owner, nn.Module):
            own |= dict(owner.named_parameters(recurse=False))
        for name, value in own.items():
            if isinstance(value, Tensor) and value.requires_grad:
                found.setdefault(id(value), Place(owner, name, value))
    return list(found.values())


def require_parts(verdict: Verdict, model: Model) -> None:
    """Check that the model has the parameters of a linear model.

    Raises:
        CheckFailed: it has others.
    """
    verdict.judge([model.parts()], PARTS)


def predictor(model: Model) -> Callable[..., Called]:
    """Return `linreg(X, w, b)` as the model computes it."""
    return lambda X, w, b: call(model.predict, X, w, b)
