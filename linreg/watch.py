"""What the trainer says when training goes wrong: what happened, and what to do about it."""

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import UninitializedParameter

from linreg._arguments import describe
from linreg.analytic import max_stable_lr
from linreg.board import ProgressBoard

__all__: list[str] = []


@contextmanager
def watching(trainer: Any) -> Iterator[None]:
    """Look at the first loss and the first step of a training run, and at the curves it leaves.

    The model, the optimizer and the loop over the minibatches may be a learner's own. What they
    have in common is that they call `model.loss`, `optim.step` and `optim.zero_grad`.
    """
    optim = trainer.optim
    with ExitStack() as stack:

        def step_and_look(step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            result, complaint = first_step(partial(step, *args, **kwargs), trainer)
            if complaint is None:
                stack.enter_context(first_call(optim, "zero_grad", zero_and_look))
            else:
                warnings.warn(complaint, stacklevel=3)
            return result

        def zero_and_look(zero_grad: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            result, complaint = first_zero_grad(partial(zero_grad, *args, **kwargs), trainer)
            if complaint is not None:
                warnings.warn(complaint, stacklevel=3)
            return result

        stack.enter_context(first_call(trainer.model, "loss", first_loss))
        stack.enter_context(first_call(optim, "step", step_and_look))
        try:
            yield
        except RuntimeError as error:
            if "does not require grad" in str(error):
                raise RuntimeError(NO_GRADIENT) from error
            raise
    warn_about_curves(trainer)


@contextmanager
def first_call(owner: Any, name: str, look: Callable[..., Any]) -> Iterator[None]:
    """Give the first call of a method to `look`, which gets the method and the arguments."""
    attributes: dict[str, Any] = getattr(owner, "__dict__", {})
    method, own = getattr(owner, name, None), attributes.get(name)

    def take_away() -> None:
        if attributes.get(name) is called_first:
            del attributes[name]
            if own is not None:
                attributes[name] = own

    def called_first(*args: Any, **kwargs: Any) -> Any:
        take_away()
        return look(method, *args, **kwargs)

    if callable(method):
        attributes[name] = called_first  # found before the method of the class
    try:
        yield
    finally:
        take_away()


def first_loss(loss: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Compute the first loss, once it is sure that it does not compare each with each.

    Raises:
        ValueError: the loss compares each prediction with each label.
    """
    if len(args) == 2 and all(isinstance(arg, Tensor) for arg in args) and not kwargs:
        y_hat, y = args
        may_broadcast = y.shape != y_hat.shape and y.numel() == y_hat.numel() > 1
        if may_broadcast and compares_each_with_each(loss, y_hat, y):
            n = y.numel()
            raise ValueError(
                f"the labels have shape {tuple(y.shape)} and the predictions {tuple(y_hat.shape)}, "
                f"so the loss compares each prediction with each label: {n} × {n} of them. "
                "Both should have the same shape: use y.reshape(y_hat.shape) in the loss, "
                "or y.reshape(-1, 1) where the data are made"
            )
    return loss(*args, **kwargs)


def compares_each_with_each(loss: Callable[..., Any], y_hat: Tensor, y: Tensor) -> bool:
    """Tell whether a loss of predictions (n, 1) and labels (n,) broadcasts them to n × n.

    Many losses bring both to one shape first, each in its way, so the loss itself is asked. One
    that compares each with each does not notice when the labels change places.
    """
    values = torch.linspace(0, 1, y.numel(), dtype=y_hat.dtype, device=y_hat.device)
    predictions = values.reshape(y_hat.shape)
    with torch.no_grad():
        in_order = loss(predictions, values.reshape(y.shape))
        reversed_ = loss(predictions, values.flip(0).reshape(y.shape))
    return math.isclose(float(in_order.sum()), float(reversed_.sum()), rel_tol=1e-4)


def first_step(step: Callable[[], Any], trainer: Any) -> tuple[Any, str | None]:
    """Take the first step of the optimizer; say what is wrong when nothing came of it."""
    model, optim = trainer.model, trainer.optim
    trained, held = trained_tensors(model, optim), model_tensors(model)
    before = [tensor.detach().clone() for tensor in trained]
    result = step()
    if not trained or any(not new.equal(old) for new, old in zip(trained, before, strict=True)):
        return result, None
    if any(all(new is not old for old in held) for new in model_tensors(model)):
        return result, None  # new tensors took the place of the old ones
    if all(tensor.grad is None for tensor in trained):
        return result, (
            f"the first step changed nothing: no tensor that the optimizer of {name(model)} holds "
            "has a gradient. It should hold the tensors from which the loss is computed, and "
            "loss.backward() should come before the step"
        )
    if not any(a_step_shows(tensor, trainer) for tensor in trained):
        return result, None
    if isinstance(getattr(optim, "params", None), Iterator):
        return result, (
            f"the first step changed nothing: params of {name(optim)} is a generator, which can be "
            "read only once. Keep a list: self.params = list(params)"
        )
    return result, (
        "the first step changed no parameter, though the gradients are not zero. The update in "
        f"{name(optim)}.step probably binds a name to a new tensor, as param = param - ... does. "
        "Change the tensor itself, under torch.no_grad(): param -= lr * param.grad"
    )


def first_zero_grad(zero_grad: Callable[[], Any], trainer: Any) -> tuple[Any, str | None]:
    """Clear the gradients of the first step; say so when they stay."""
    result = zero_grad()
    trained = trained_tensors(trainer.model, trainer.optim)
    if not any(tensor.grad is not None and tensor.grad.any() for tensor in trained):
        return result, None
    return result, (
        f"{name(trainer.optim)}.zero_grad leaves gradients that are not zero, so that those of all "
        "minibatches add up. It should clear each one: param.grad.zero_()"
    )


def a_step_shows(tensor: Tensor, trainer: Any) -> bool:
    """Tell whether a step of gradient descent would change a tensor by more than rounding."""
    lr = learning_rate(trainer)
    if tensor.grad is None:
        return False
    step = (1e-3 if lr is None else lr) * tensor.grad
    return bool((tensor.detach() - step != tensor).any())


def check_loss(loss: Any, trainer: Any) -> None:
    """Raise unless the loss of a training minibatch can be differentiated and is finite.

    Args:
        loss: what `training_step` gave.
        trainer: the trainer, which knows where the training is.

    Raises:
        TypeError: it is no tensor.
        ValueError: it is more than one number.
        RuntimeError: it carries no gradient.
        FloatingPointError: it is infinite or nan.
    """
    if not isinstance(loss, Tensor):
        raise TypeError(
            f"training_step of {name(trainer.model)} gave {describe(loss)}; "
            "it should return the loss, a tensor that holds one number"
        )
    if loss.numel() != 1:
        raise ValueError(
            f"the loss of {name(trainer.model)} has shape {tuple(loss.shape)}; "
            "it should be one number: take the mean over the examples, as loss.mean()"
        )
    if not loss.requires_grad:
        raise RuntimeError(NO_GRADIENT)
    if not math.isfinite(loss.item()):
        batch = trainer.train_batch_idx % trainer.num_train_batches + 1
        raise FloatingPointError(
            f"the loss became {loss.item()} in epoch {trainer.epoch + 1}, batch {batch}, "
            + advice(trainer)
        )


NO_GRADIENT = (
    "the loss carries no gradient, so there is nothing to learn from. It was computed under "
    "torch.no_grad(), or cut off by detach(), .data, .item() or .numpy(), or no parameter has "
    "requires_grad=True. Compute predictions and loss outside of torch.no_grad(); only the update "
    "of the parameters belongs inside"
)


def check_epoch(trainer: Any) -> None:
    """Raise when an epoch left a parameter infinite or nan, whoever wrote the loop over it."""
    for tensor in trained_tensors(trainer.model, trainer.optim):
        if not tensor.isfinite().all():
            raise FloatingPointError(
                f"a parameter became infinite or nan in epoch {trainer.epoch + 1}, "
                + advice(trainer)
            )


def warn_about_curves(trainer: Any) -> None:
    """Warn when the training loss only grew, or when validation gave no number."""
    board = getattr(trainer.model, "board", None)
    data = board.data if isinstance(board, ProgressBoard) else {}
    curve, factor = growth_of(data.get("train_loss", []), trainer.num_train_batches)
    growing = all(before < after for before, after in pairwise(curve))
    if len(curve) > 1 and growing and curve[-1] > factor * curve[0] and curve[-1] > ROUNDING:
        warnings.warn(
            f"the training loss grew from {curve[0]:.3g} to {curve[-1]:.3g}, " + advice(trainer),
            stacklevel=5,
        )
    if not all(math.isfinite(point.y) for point in data.get("val_loss", [])):
        warnings.warn(
            "the validation loss is infinite or nan: look for such values in the validation data",
            stacklevel=5,
        )


ROUNDING = 1e-6  # a loss below it may grow because of the last digits


def growth_of(points: list[Any], num_batches: int) -> tuple[list[float], float]:
    """Return losses that can be compared, and the factor from which on their growth is no chance.

    The losses of an epoch are those of all examples, so means over epochs can be compared; with few
    minibatches a short last one, whose examples count more, disturbs that. Within one epoch each
    point has examples of its own: only many of them, and much growth, say anything.
    """
    epochs: dict[int, list[float]] = {}
    for point in points:
        epochs.setdefault(int(point.x), []).append(point.y)
    if len(epochs) > 1:
        means = [sum(losses) / len(losses) for losses in epochs.values()]
        return means, (4 if num_batches >= 10 else 30)
    return ([point.y for point in points] if num_batches >= 20 else []), 30


def advice(trainer: Any) -> str:
    """Say with which learning rate the loss exploded, and which would do."""
    lr = learning_rate(trainer)
    said = "with a learning rate of " + (f"{lr:g}. " if lr is not None else "unknown size. ")
    tensors = getattr(getattr(trainer.train_dataloader, "dataset", None), "tensors", ())
    if not all(tensor.isfinite().all() for tensor in tensors):
        return said + "The training data hold infinite values or nan: look at features and labels"
    said += "The steps are probably too large, each overshooting the minimum by more than the last"
    if tensors and tensors[0].dim() == 2 and tensors[0].is_floating_point():
        limit = max_stable_lr(tensors[0])
        said += (
            f". For the mean of ½ (ŷ − y)² full-batch descent on these features converges below "
            f"max_stable_lr(X) = {limit:.3g} (without the ½ below half of it), and small "
            "minibatches need less"
        )
    return said + ". Try a smaller learning rate"


def learning_rate(trainer: Any) -> Any:
    """Find the learning rate in the optimizer or in the model; None when neither tells it."""
    groups = getattr(trainer.optim, "param_groups", None)
    if groups:
        return groups[0].get("lr")
    return getattr(trainer.optim, "lr", getattr(trainer.model, "lr", None))


def trained_tensors(model: Any, optim: Any) -> list[Tensor]:
    """Find the tensors that an optimizer trains, or else all that the model could mean."""
    groups, params = getattr(optim, "param_groups", None), getattr(optim, "params", None)
    if groups is not None:
        found = [tensor for group in groups for tensor in group["params"]]
    elif isinstance(params, list | tuple):
        found = list(params)
    else:
        found = model_tensors(model)
    return [tensor for tensor in found if not isinstance(tensor, UninitializedParameter)]


def model_tensors(model: Any) -> list[Tensor]:
    """Find a model's parameters, and the plain tensors among its attributes that need gradients."""
    plain = [value for value in vars(model).values() if isinstance(value, Tensor)]
    return list(model.parameters()) + [tensor for tensor in plain if tensor.requires_grad]


def name(thing: object) -> str:
    """Return the name of an object's class."""
    return type(thing).__name__
