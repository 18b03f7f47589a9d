"""Errors of PyTorch that stop a training, in the words of someone who learns to train."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from torch import Tensor

from linreg.watch.losses import NO_GRADIENT, not_reduced
from linreg.watch.parts import name, trained_tensors, where

__all__: list[str] = []


class Seen(NamedTuple):
    """What is known about the first minibatch when an error comes."""

    trainer: Any
    batch: Sequence[Any] = ()
    loss: tuple[int, ...] | None = None  # the shape of the first loss


def explained(error: Exception, seen: Seen) -> Exception | None:
    """Put an error of PyTorch in other words; None for one that is better left as it is.

    Args:
        error: what a training step, a loop or an optimizer raised.
        seen: what is known about the first minibatch.
    """
    for pattern, explain in EXPLANATIONS:
        if re.search(pattern, str(error)):
            explanation = explain(seen)
            if explanation is not None:
                return explanation
    return None


def no_gradient(seen: Seen) -> Exception | None:
    return RuntimeError(NO_GRADIENT)


def several_numbers(seen: Seen) -> Exception | None:
    if seen.loss is None or seen.loss in ((), (1,)):
        return None
    return ValueError(not_reduced(seen.trainer, seen.loss))


def second_backward(seen: Seen) -> Exception | None:
    tensors = data_of(seen)
    kinds = [kind for kind, tensor in tensors if tensor.requires_grad]
    if kinds:
        what = " and the ".join(kinds)
        return RuntimeError(
            f"the {what} carry a graph: they were computed from tensors that require a gradient. "
            "The first backward() frees that graph, and the next one finds it gone. Data are "
            f"given, not learned: cut the {what} off where they are made, with .detach()"
        )
    return RuntimeError(
        f"in {where(seen.trainer)} backward() came to a graph that an earlier one had freed. "
        "Each minibatch needs a loss of its own, computed from the parameters as they are then: "
        "look for something with a graph that was computed once, before the loop, or is added up "
        "over the minibatches. For a sum of losses, add loss.item()"
    )


def unlike_dtypes(seen: Seen) -> Exception | None:
    params = trained_tensors(seen.trainer.model, seen.trainer.optim)
    dtypes = {tensor.dtype for tensor in params if tensor.is_floating_point()}
    if len(dtypes) != 1:
        return None
    (dtype,) = dtypes
    unlike = [(kind, tensor) for kind, tensor in data_of(seen) if tensor.dtype != dtype]
    if not unlike:
        return None
    found = " and the ".join(f"{kind} have dtype {tensor.dtype}" for kind, tensor in unlike)
    kinds = [{"features": "X", "labels": "y"}[kind] for kind, _ in unlike]
    convert = " and ".join(f"{k} = {k}.to({dtype})" for k in kinds)
    return TypeError(
        f"the {found}, the parameters of {name(seen.trainer.model)} {dtype}; they should have the "
        f"same. Convert the data where they are made: {convert}"
    )


def recorded_step(seen: Seen) -> Exception | None:
    return RuntimeError(
        "a parameter that requires a gradient is changed in place where autograd records it. The "
        "update does not belong to the graph: put it under `with torch.no_grad():`, in "
        f"{name(seen.trainer.optim)}.step or around the call of it"
    )


def changed_too_early(seen: Seen) -> Exception | None:
    return RuntimeError(
        "a tensor from which the loss was computed was changed before loss.backward(), which still "
        "needs its old value. The update of the parameters should come after backward, and nothing "
        "else should change a tensor in place (+=, -=, zero_()) that takes part in the loss"
    )


def no_gradient_yet(seen: Seen) -> Exception | None:
    return RuntimeError(
        "a gradient is None where it should be cleared or used: before the first loss.backward(), "
        "and always for a tensor that the loss does not depend on. Ask first: "
        "if param.grad is not None: param.grad.zero_()"
    )


def flat_features(seen: Seen) -> Exception | None:
    data = dict(data_of(seen))
    X = data.get("features")
    return None if X is None or X.dim() != 1 else ValueError(flat(X))


def flat(X: Tensor) -> str:
    """Say that features have no columns."""
    return (
        f"the features of a minibatch have shape {tuple(X.shape)}; it should be ({len(X)}, 1): a "
        "row for each example, a column for each feature. Use X.reshape(-1, 1) where the data are "
        "made"
    )


def data_of(seen: Seen) -> list[tuple[str, Tensor]]:
    """Return the features and the labels of the first minibatch, those that are tensors."""
    batch = seen.batch
    if not isinstance(batch, list | tuple) or len(batch) < 2:
        return []
    pairs = [("features", part) for part in batch[:-1]] + [("labels", batch[-1])]
    return [(kind, part) for kind, part in pairs if isinstance(part, Tensor)]


# What an error of PyTorch says, whatever the version, and what it means here.
EXPLANATIONS: list[tuple[str, Callable[[Seen], Exception | None]]] = [
    ("does not require grad", no_gradient),
    (
        "(?i)converted to (a )?(python )?scalar|only for scalar outputs|only one element tensors|"
        "should be a number",  # the board's, which draws the loss before it is differentiated
        several_numbers,
    ),
    ("backward through the graph a second time", second_backward),
    ("(?i)dtype|scalar type", unlike_dtypes),
    ("leaf Variable that requires grad", recorded_step),
    ("'NoneType' object has no attribute '(zero_|fill_|mul_|data)'", no_gradient_yet),
    ("modified by an inplace operation", changed_too_early),
    ("(?i)shape|size mismatch|one label for each prediction", flat_features),
]
