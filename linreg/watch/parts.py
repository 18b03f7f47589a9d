"""What a training run consists of: the tensors, the optimizer, the learning rate, their names."""

import sys
import warnings
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from numbers import Real
from os import sep
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import UninitializedParameter

__all__: list[str] = []

# A warning points at the first line that lies outside these: at what the learner wrote.
OURS_AND_TORCHS = (f"{Path(__file__).parents[1]}{sep}", f"{Path(torch.__file__).parent}{sep}")

muted = ContextVar("muted", default=False)  # while another process says the same


def say(message: str) -> None:
    """Warn, and point at the learner's own line."""
    if muted.get():
        return
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_code.co_filename.startswith(OURS_AND_TORCHS):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)


def name(thing: object) -> str:
    """Return the name of an object's class."""
    return type(thing).__name__


def where(trainer: Any) -> str:
    """Say in which epoch and minibatch the training is, both counted from 1."""
    batch = trainer.train_batch_idx % trainer.num_train_batches + 1
    return f"epoch {trainer.epoch + 1}, batch {batch}"


def named_tensors(model: Any) -> dict[str, Tensor]:
    """Find a model's parameters, and the plain tensors that need gradients, by their names.

    The plain ones are attributes of the model or of a layer, or stand in a list that is one.
    """
    found: dict[int, tuple[str, Tensor]] = {}
    layers = model.named_modules() if isinstance(model, torch.nn.Module) else [("", model)]
    for prefix, layer in layers:
        values = vars(layer)
        for key, value in [*values.get("_parameters", {}).items(), *values.items()]:
            if isinstance(value, Tensor):
                items = [(key, value)]
            elif isinstance(value, list | tuple) and key[0] != "_":
                items = [(f"{key}[{i}]", item) for i, item in enumerate(value)]
            else:
                continue
            for path, tensor in items:
                if isinstance(tensor, Tensor) and can_be_trained(tensor):
                    found.setdefault(id(tensor), (f"{prefix}.{path}".lstrip("."), tensor))
    return dict(found.values())


def can_be_trained(tensor: Tensor) -> bool:
    """Tell whether a tensor may be a parameter, also one that is frozen."""
    if isinstance(tensor, torch.nn.Parameter):
        return not isinstance(tensor, UninitializedParameter)
    return tensor.requires_grad and tensor.is_leaf


def held_tensors(optim: Any) -> list[Tensor] | None:
    """Find the tensors that an optimizer trains; None when it does not tell them."""
    if isinstance(optim, Mapping):
        optim = list(optim.values())
    if isinstance(optim, list | tuple) and not hasattr(optim, "step"):  # one of two optimizers
        parts = [held_tensors(part) for part in optim]
        return None if None in parts else [t for part in parts if part for t in part]
    groups, params = getattr(optim, "param_groups", None), getattr(optim, "params", None)
    if groups is not None:
        params = [tensor for group in groups for tensor in group["params"]]
    if not isinstance(params, list | tuple):
        return None
    return [tensor for tensor in params if isinstance(tensor, Tensor)]


def trained_tensors(model: Any, optim: Any) -> list[Tensor]:
    """Find the tensors that an optimizer trains, or else all that the model could mean."""
    held = held_tensors(optim)
    found = list(named_tensors(model).values()) if held is None else held
    return [tensor for tensor in found if not isinstance(tensor, UninitializedParameter)]


def learning_rate(trainer: Any) -> float | None:
    """Find the learning rate in the optimizer or in the model; None when neither tells it."""
    groups = getattr(trainer.optim, "param_groups", None)
    lr = getattr(trainer.optim, "lr", getattr(trainer.model, "lr", None))
    if groups:
        lr = groups[0].get("lr")
    if isinstance(lr, Tensor) and lr.numel() == 1:
        lr = lr.item()
    return float(lr) if isinstance(lr, Real) else None


def data_tensors(trainer: Any) -> tuple[Tensor, ...]:
    """Find the tensors that hold all training examples; none when the loader does not tell them."""
    tensors = getattr(getattr(trainer.train_dataloader, "dataset", None), "tensors", ())
    if not isinstance(tensors, list | tuple) or not all(isinstance(t, Tensor) for t in tensors):
        return ()
    return tuple(tensors)


def listed(words: list[str]) -> str:
    """Join names: "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1])] * bool(words[:-1]) + words[-1:])


def dropouts(model: Any) -> Iterator[torch.nn.Module]:
    """Find the layers that draw random numbers while the model trains."""
    for layer in model.modules() if isinstance(model, torch.nn.Module) else ():
        if isinstance(layer, torch.nn.modules.dropout._DropoutNd):
            yield layer
