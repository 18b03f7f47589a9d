"""What the losses of a training run tell: that they explode, only grow, or cannot be used."""

import cmath
import math
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor

from linreg._arguments import describe
from linreg.analytic import max_stable_lr
from linreg.board import ProgressBoard
from linreg.watch.parts import (
    data_tensors,
    dropouts,
    learning_rate,
    name,
    named_tensors,
    say,
    trained_tensors,
    where,
)

__all__: list[str] = []

NO_GRADIENT = (
    "the loss carries no gradient, so there is nothing to learn from. It was computed under "
    "torch.no_grad(), or cut off by detach(), .data, .item() or .numpy(), or no parameter has "
    "requires_grad=True. Compute predictions and loss outside of torch.no_grad(); only the update "
    "of the parameters belongs inside"
)


def not_reduced(trainer: Any, shape: tuple[int, ...]) -> str:
    """Say that a loss is more than one number."""
    return (
        f"the loss of {name(trainer.model)} has shape {shape}; "
        "it should be one number: take the mean over the examples, as loss.mean()"
    )


class Point(NamedTuple):
    """The mean loss of some minibatches, and at which epoch they stand."""

    x: float
    y: float


class Losses:
    """The training losses: each must be one finite number; about two means an epoch are kept.

    Attributes:
        means: the means.
        first: predictions, labels and value of the first loss that we saw.
    """

    def __init__(self, trainer: Any) -> None:
        self.trainer = trainer
        self.means: list[Point] = []
        self.first: tuple[Tensor, Tensor, Tensor] | None = None
        self.every = max(1, trainer.num_train_batches // 2)
        self.sum, self.count = 0.0, 0

    def keep(self, y_hat: object, y: object, value: object) -> None:
        """Keep the first loss together with what it was computed from, if all are tensors."""
        given = [thing for thing in (y_hat, y, value) if isinstance(thing, Tensor)]
        if self.first is not None or len(given) < 3 or not given[2].requires_grad:
            return
        if given[0].numel() == given[1].numel():
            self.first = (given[0].detach(), given[1].detach(), given[2].detach())

    def check(self, loss: Any, cause: str | None) -> None:
        """Raise unless the loss of a training minibatch can be differentiated and is finite.

        Args:
            loss: what `training_step` gave.
            cause: what is known to be wrong already.

        Raises:
            TypeError: it is no tensor.
            ValueError: it is more than one number.
            RuntimeError: it carries no gradient.
            FloatingPointError: it is infinite or nan.
        """
        if not isinstance(loss, Tensor):
            raise TypeError(
                f"training_step of {name(self.trainer.model)} gave {describe(loss)}; "
                "it should return the loss, a tensor that holds one number"
            )
        if loss.numel() != 1:
            raise ValueError(not_reduced(self.trainer, tuple(loss.shape)))
        if not loss.requires_grad:
            raise RuntimeError(NO_GRADIENT)
        value = loss.item()
        if not math.isfinite(value):
            said = f"the loss became {value} in {where(self.trainer)}, "
            raise FloatingPointError(said + self.reason(cause))
        self.sum += value
        self.count += 1
        if self.count == self.every:
            self.keep_mean()

    def keep_mean(self) -> None:
        """Keep the mean of the last losses, at the middle of the minibatches they came from."""
        trainer = self.trainer
        x = (trainer.train_batch_idx - self.every / 2) / trainer.num_train_batches
        self.means.append(Point(max(x, trainer.epoch), self.sum / self.count))
        self.sum, self.count = 0.0, 0

    def check_parameters(self, cause: str | None) -> None:
        """Raise when an epoch left a parameter infinite or nan, whoever wrote the loop over it."""
        trainer = self.trainer
        for tensor in trained_tensors(trainer.model, trainer.optim):
            if not all_finite(tensor.detach()):
                raise FloatingPointError(
                    f"a parameter became infinite or nan in epoch {trainer.epoch + 1}, "
                    + self.reason(cause, started=True)
                )

    def reason(self, cause: str | None, started: bool = False) -> str:
        """Say why a loss is not finite, as far as one can know."""
        trainer = self.trainer
        lr = learning_rate(trainer)
        said = "with a learning rate of " + (f"{lr:g}. " if lr is not None else "unknown size. ")
        if cause is not None:
            return said + capital(cause)
        if not all(tensor.isfinite().all() for tensor in data_tensors(trainer)):
            return (
                said + "The training data hold infinite values or nan: look at features and labels"
            )
        if not started and trainer.train_batch_idx == 0:
            return self.reason_at_start()
        return said + self.advice()

    def reason_at_start(self) -> str:
        """Say why the loss is not finite before any step was taken."""
        for key, tensor in named_tensors(self.trainer.model).items():
            if not tensor.isfinite().all():
                return f"before any step was taken: {key} holds infinite values or nan at the start"
        return (
            "before any step was taken, so that the learning rate has nothing to do with it. Look "
            "for a logarithm or a root of something negative, for a division by zero, and for "
            "numbers too large for their dtype"
        )

    def advice(self) -> str:
        """Say what makes a loss grow: mostly steps that are too large, and which would do."""
        summed = self.summed()
        if summed:
            return (
                f"The loss is a sum over the {summed} examples of a minibatch, and so are its "
                f"gradients: {summed} times as large as those of the mean. Take the mean, as "
                f"loss.mean(), or divide the learning rate by {summed}"
            )
        lr, limit, scale = learning_rate(self.trainer), self.limit(), self.scale()
        large = (
            "The steps are probably too large, each overshooting the minimum by more than the last"
        )
        if limit is None:
            return large + ". Try a smaller learning rate"
        if lr is None or lr >= limit / (1 if scale == 0.5 else 2):
            return (
                f"{large}. For the mean of ½ (ŷ − y)² full-batch descent on these features "
                f"converges below max_stable_lr(X) = {limit:.3g} (without the ½ below half of it), "
                "and small minibatches need less. Try a smaller learning rate"
            )
        below = (
            f"That is below max_stable_lr(X) = {limit:.3g}, under which full-batch descent on "
            "these features converges for the mean of ½ (ŷ − y)² (without the ½ under half of it). "
        )
        if scale is not None and self.trainer.num_train_batches > 1:
            return below + "But small minibatches need less. Try a smaller learning rate"
        return below + (
            "So look for something else first: a loss that is a sum over the minibatch instead of "
            "a mean, an update with the wrong sign, gradients that are never cleared. Only small "
            "minibatches need a smaller learning rate than that"
        )

    def limit(self) -> float | None:
        """Return the largest stable learning rate of a linear model of the training features."""
        X = next(iter(data_tensors(self.trainer)), None)
        if X is None or X.dim() != 2 or not X.is_floating_point() or len(X) == 0:
            return None
        trained = trained_tensors(self.trainer.model, self.trainer.optim)
        if sum(tensor.numel() for tensor in trained) not in (X.shape[1], X.shape[1] + 1):
            return None
        return max_stable_lr(X.float() if X.dtype in (torch.float16, torch.bfloat16) else X)

    def scale(self) -> float | None:
        """Divide the first loss by the mean of (ŷ − y)²: ½ or 1 for a mean, n or n/2 for a sum."""
        if self.first is None:
            return None
        y_hat, y, value = (tensor.detach().double() for tensor in self.first)
        squares = float(((y_hat - y.reshape(y_hat.shape)) ** 2).mean())
        ratio = float(value.sum()) / squares if squares > 0 else math.nan
        n = y.numel()
        return next((k for k in (0.5, 1, n, n / 2) if math.isclose(ratio, k, rel_tol=1e-3)), None)

    def summed(self) -> int:
        """Return over how many examples the loss is a sum; 0 when it is a mean or not known."""
        scale, n = self.scale(), self.first[1].numel() if self.first else 0
        return n if n > 2 and scale in (n, n / 2) else 0

    def warn(self, cause: str | None) -> bool:
        """Warn when the training loss grew, or validation gave no number; say whether it did."""
        board = getattr(self.trainer.model, "board", None)
        data = board.data if isinstance(board, ProgressBoard) else {}
        grown = self.growth(data.get("train_loss") or self.means) if cause is None else None
        if grown is not None:
            lr = learning_rate(self.trainer)
            say(
                f"the training loss grew from {grown[0]:.3g} to {grown[1]:.3g}, with a learning "
                f"rate of " + (f"{lr:g}. " if lr is not None else "unknown size. ") + self.advice()
            )
        finite = all(math.isfinite(point.y) for point in data.get("val_loss", []))
        if not finite:
            say(
                "the validation loss is infinite or nan: "
                "look for such values in the validation data"
            )
        return grown is not None or not finite

    def growth(self, points: list[Any]) -> tuple[float, float] | None:
        """Say from where to where the loss grew, if that is no chance.

        The losses of an epoch are those of all examples, so means over epochs can be compared; with
        few minibatches a short last one, whose examples count more, disturbs that. Within one epoch
        each point has examples of its own: only many of them, and much growth, say anything. With
        one minibatch in an epoch and no dropout, nothing is left to chance.
        """
        epochs: dict[int, list[float]] = {}
        for point in points:
            epochs.setdefault(int(point.x), []).append(point.y)
        num_batches = self.trainer.num_train_batches
        curve, factor = [sum(losses) / len(losses) for losses in epochs.values()], 30.0
        if len(curve) == 1:
            curve = [point.y for point in points] if num_batches >= 20 else []
        elif num_batches >= 10:
            factor = 4
        if len(curve) < 2:
            return None
        if self.exact():
            grown = rise(curve, self.over_limit())
        else:
            growing = all(before < after for before, after in pairwise(curve))
            grown = (curve[0], curve[-1]) if growing and curve[-1] > factor * curve[0] else None
        return grown if grown and curve[-1] > self.rounding() else None

    def exact(self) -> bool:
        """Tell whether each loss is that of all examples, so that it can only grow for a reason."""
        return (
            self.trainer.num_train_batches == 1
            and bool(data_tensors(self.trainer))
            and next(dropouts(self.trainer.model), None) is None
        )

    def over_limit(self) -> bool:
        """Tell whether plain descent on all examples is known to diverge at this learning rate."""
        groups = getattr(self.trainer.optim, "param_groups", None) or [{}]
        plain = not any(group.get("momentum") or "betas" in group for group in groups)
        lr, scale, limit = learning_rate(self.trainer), self.scale(), self.limit()
        if not plain or lr is None or scale is None or limit is None:
            return False
        return 2 * scale * lr > limit

    def rounding(self) -> float:
        """Return a loss below which its growth may come from the last digits."""
        labels = data_tensors(self.trainer)[1:]
        largest = max((float(y.abs().max()) for y in labels if y.numel()), default=0.0)
        return max(1e-6, (1e-5 * largest) ** 2)


def all_finite(tensor: Tensor) -> bool:
    """Tell whether all numbers of a tensor are finite: mostly their sum says so, at less cost."""
    return cmath.isfinite(tensor.sum().item()) or bool(tensor.isfinite().all())


def rise(curve: list[float], diverging: bool) -> tuple[float, float] | None:
    """Say from where to where a loss without chance rose in the end, if it will not fall again.

    Near a minimum each loss of gradient descent is a sum of geometric sequences. Once one of them
    grows the whole does, by factors that do not become smaller; what momentum carries past the
    minimum rises by smaller and smaller factors.

    Args:
        curve: the losses of all examples, one an epoch.
        diverging: whether the learning rate is known to be too large.
    """
    start = len(curve) - 1
    while start > 0 and curve[start - 1] < curve[start]:
        start -= 1
    low, last, steps = curve[start], curve[-1], len(curve) - 1 - start
    if diverging:
        return (low, last) if steps >= 2 and last > 1.05 * low else None
    if steps == len(curve) - 1 or last > 1.5 * curve[0]:
        return (low, last) if steps > 0 and last > 1.5 * low else None
    factors = [after / before for before, after in pairwise(curve[start:])]
    faster = all(after > 0.995 * before for before, after in pairwise(factors))
    return (low, last) if steps >= 4 and faster and last > 1.2 * low else None


def capital(text: str) -> str:
    """Let a text begin as a sentence does."""
    return text[0].upper() + text[1:]
