"""What the trainer says when training goes wrong: what happened, and what to do about it.

Most of it is seen in the first steps; after them nothing is in the way of the loop.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

from linreg.module import Module
from linreg.watch.broadcast import Broadcasts
from linreg.watch.calls import Calls
from linreg.watch.errors import Seen, explained, flat
from linreg.watch.features import slow_direction
from linreg.watch.losses import Losses
from linreg.watch.parts import data_tensors, say
from linreg.watch.steps import Steps

__all__: list[str] = []


class Watch:
    """Looks at the training that a trainer does, while it is entered.

    The model, the optimizer and the loop over the minibatches may be a learner's own. What they
    mostly have in common is that they call `training_step` or `loss` of the model, and `step` and
    `zero_grad` of the optimizer.

    Args:
        trainer: the trainer, when its model, data and optimizer are known.
        own_loop: whether a learner wrote `fit_epoch`.
    """

    def __init__(self, trainer: Any, own_loop: bool = False) -> None:
        self.trainer, self.own_loop = trainer, own_loop
        self.shapes, self.steps, self.losses = Broadcasts(), Steps(trainer), Losses(trainer)
        self.batch: Any = None
        self.predicted: tuple[int, ...] | None = None  # the shape of a prediction in training
        self.loss_shape: tuple[int, ...] | None = None
        self.pair: tuple[Any, ...] = ()  # what loss was given and gave, within training_step
        self.inside = False  # within a call of training_step, whose loss counts
        self.calls: dict[str, Calls] = {}

    def __enter__(self) -> "Watch":
        model, optim = self.trainer.model, self.trainer.optim
        self.calls = {
            "training_step": Calls(model, "training_step", self.training_step),
            "validation_step": Calls(model, "validation_step", self.validation_step),
            "loss": Calls(model, "loss", self.loss),
            "step": Calls(optim, "step", self.step),
            "zero_grad": Calls(optim, "zero_grad", self.steps.zero_grad),
        }
        self.shapes.mark(data_tensors(self.trainer)[1:])
        return self

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        for call in self.calls.values():
            call.stop()
        self.steps.take_hooks_away()
        if isinstance(error, Exception):
            batch = self.batch or data_tensors(self.trainer)
            explanation = explained(error, Seen(self.trainer, batch, self.loss_shape))
            if explanation is not None:
                raise explanation from error

    def __reduce__(self) -> tuple[Any, ...]:
        return type(None), ()  # a copy of a model, made while it trains, is not watched

    # what is called in the loop

    def epoch(self, fit_epoch: Callable[[], None]) -> None:
        """Run an epoch, and look at what came of it."""
        with ExitStack() as stack:
            if self.own_loop and not self.shapes.finished:
                stack.enter_context(self.shapes)
            fit_epoch()
        self.shapes.finished = True
        self.losses.check_parameters(self.steps.cause)
        self.steps.end_of_epoch()

    def check(self, loss: Any) -> None:
        """Raise unless the loss of a training minibatch can be used."""
        self.losses.check(loss, self.steps.cause)

    def end(self) -> None:
        """Look back at the whole training."""
        if (
            not self.losses.warn(self.steps.cause)
            and self.steps.cause is None
            and self.steps.losses
        ):
            slow = slow_direction(self.trainer)
            if slow is not None:
                say(slow)

    # what the calls of the methods are given to

    def training_step(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Compute the loss of one of the first minibatches."""
        seen: list[Any] = []
        with ExitStack() as stack:
            if args and self.batch is None:
                self.batch = args[0]
                stack.enter_context(outputs(self.trainer.model, seen))
                stack.enter_context(rows(self.trainer.model, self.batch))
                if not self.own_loop:
                    stack.enter_context(self.shapes)
                if isinstance(self.batch, list | tuple):
                    self.shapes.mark(self.batch[1:])
            self.inside = True
            stack.callback(setattr, self, "inside", False)
            loss = step(*args, **kwargs)
        if seen and isinstance(self.batch, list | tuple):
            self.predicted = rows_of(seen[0])
            self.losses.keep(seen[0], self.batch[-1], loss)
        elif self.pair:
            self.losses.keep(*self.pair)
        self.pair = ()
        self.steps.loss(loss)
        if self.steps.over:
            self.calls["training_step"].stop()
            self.calls["zero_grad"].stop()
        return loss

    def validation_step(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Compute the loss of the first minibatch to validate on."""
        self.calls["validation_step"].stop()
        if self.shapes.warned:  # once is enough
            return step(*args, **kwargs)
        shapes, model = Broadcasts(), self.trainer.model
        batch = args[0] if args and isinstance(args[0], list | tuple) else ()
        shapes.mark(batch[1:])
        with ExitStack() as stack:
            if self.trained_alike(batch):
                # The loss was seen with such labels; only predictions may have another shape.
                def look(layer: nn.Module, inputs: Any, output: Any) -> None:
                    if rows_of(output) != self.predicted:
                        shapes.learned.add(output)
                        stack.enter_context(shapes)

                stack.callback(model.register_forward_hook(look).remove)
            else:
                stack.enter_context(shapes)
            return step(*args, **kwargs)

    def trained_alike(self, batch: Sequence[Any]) -> bool:
        """Tell whether training computed its loss in the same way, from the same kind of rows."""
        kind = type(self.trainer.model)
        return (
            self.predicted is not None
            and kind.training_step is Module.training_step
            and kind.validation_step is Module.validation_step
            and rows_of(self.batch[-1]) is not None
            and len(self.batch[-1]) > 1
            and [rows_of(tensor) for tensor in batch] == [rows_of(tensor) for tensor in self.batch]
        )

    def loss(self, loss: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Compute one of the first losses."""
        value = loss(*args, **kwargs)
        if self.loss_shape is None and isinstance(value, Tensor):
            self.loss_shape = tuple(value.shape)
            if len(args) == 2 and self.inside:
                self.pair = *args, value  # unless a hook sees what training_step makes of it
            elif len(args) == 2:
                self.losses.keep(*args, value)
        if not self.inside:
            self.steps.loss(value)
        if self.steps.over or self.inside:
            self.calls["loss"].stop()
        if self.steps.over:
            self.calls["zero_grad"].stop()
        return value

    def step(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Take the first step."""
        self.calls["step"].stop()
        self.shapes.finished = True
        return self.steps.step(step, *args, **kwargs)


def rows_of(thing: object) -> tuple[int, ...] | None:
    """Return the shape of each row of a tensor; None of anything else."""
    return tuple(thing.shape[1:]) if isinstance(thing, Tensor) and thing.dim() else None


@contextmanager
def outputs(model: Any, seen: list[Any]) -> Iterator[None]:
    """Collect what a model predicts."""
    if not isinstance(model, nn.Module):
        yield
        return
    hook = model.register_forward_hook(lambda layer, inputs, output: seen.append(output))
    try:
        yield
    finally:
        hook.remove()


@contextmanager
def rows(model: Any, batch: Any) -> Iterator[None]:
    """Refuse features without columns where a linear layer would take them for one example."""
    two = isinstance(batch, list | tuple) and len(batch) == 2
    if not (two and isinstance(model, nn.Module) and all(isinstance(t, Tensor) for t in batch)):
        yield
        return
    X, y = batch
    if X.dim() != 1 or len(X) != y.numel() or len(X) < 2:
        yield
        return

    def look(layer: nn.Module, inputs: tuple[Any, ...]) -> None:
        if inputs and isinstance(inputs[0], Tensor) and inputs[0].shape == X.shape:
            raise ValueError(flat(X))

    with ExitStack() as stack:
        for layer in model.modules():
            if isinstance(layer, nn.Linear):  # also one that does not know its inputs yet
                stack.callback(layer.register_forward_pre_hook(look, prepend=True).remove)
        yield
