"""Checks of the functions that train: `sgd`, one step, and `train`, the whole loop.

A step is recognized by where the parameters stand after it. So is a training: from the same start
each mistake leads to a place of its own, which `descend` computes.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor

from linreg import scratch
from linreg.check.report import (
    RAISES,
    Mistake,
    Passed,
    Seen,
    Text,
    Verdict,
    call,
    close,
    column,
    numbers,
    require_call,
    undisturbed,
)

# sgd


@dataclass(kw_only=True)
class Step(Seen):
    """What one step did to w = [[1]] with gradient [[6]] and b = [2] with gradient [3]."""

    w: Tensor
    b: Tensor
    lr: float
    batch_size: int
    same_list: bool = True
    """Whether the list of parameters still holds these two tensors."""
    gradients_on: bool = True
    """Whether autograd still records after the step."""
    zeroed_first: bool = False
    """Whether nothing moved because the gradient was gone before it was used."""
    factors: Sequence[float] = ()
    """How far w moved in all the steps, in gradients."""

    @property
    def gave(self) -> str | Text:
        """The parameters and their gradients after the step."""
        if self.error is not None:
            return super().gave
        state = {"w": self.w, "w.grad": self.w.grad, "b": self.b, "b.grad": self.b.grad}
        return ", ".join(
            f"{name} = {'None' if value is None else numbers(value)}"
            for name, value in state.items()
        )

    def moved(self, factor: float) -> tuple[bool, bool]:
        """Return, for w and for b, whether it moved by `factor` times its gradient."""
        w, b = column(1 + 6 * factor), torch.tensor([2 + 3 * factor])
        return close(self.w, w), close(self.b, b)

    @property
    def step(self) -> float:
        """By how many gradients the parameters should have moved, without the sign."""
        return self.lr / self.batch_size

    @property
    def unchanged(self) -> bool:
        """Whether neither parameter moved."""
        return all(self.moved(0))

    @property
    def uncleared(self) -> list[str]:
        """The gradients that are still there."""
        return [
            f"{name}.grad"
            for name, param in (("w", self.w), ("b", self.b))
            if param.grad is not None and bool(param.grad.any())
        ]


def sgd(f: Callable[..., Any], *, lang: str | None = None) -> Passed:
    """Look at a learner's `sgd(params, lr, batch_size)`, one step of minibatch SGD.

    Args:
        f: her function. It changes the tensors in the list `params` in place, by
            −lr · grad / batch_size, and leaves their gradients zero or None. An update through
            `.data` passes, with a note.
        lang: `"en"` or `"zh"`; when None, the environment variable LINREG_LANG, else English.

    Raises:
        CheckFailed: the function has a mistake; the message names it.
        TypeError: `f` is no function.

    Source: chapters "Without a graph" and "The training loop".

    Examples:
        >>> from linreg import check, sgd
        >>> check.sgd(sgd)
        sgd: passed
        ✓ every parameter moves by −lr · grad / batch_size
        ✓ the tensors themselves change, and go on requiring gradients
        ✓ the gradients are cleared once the step has used them
    """
    verdict = Verdict("sgd", lang, "11-training-loop#update")
    require_call(verdict, f, "sgd(params, lr, batch_size)")
    with undisturbed():
        steps = [_step(f, lr, batch_size) for lr, batch_size in ((0.1, 3), (0.2, 3), (0.1, 5))]
        hides = steps[0].right and _hides_the_change(f)
    for step in steps:
        step.factors = [(each.w.reshape(-1)[0].item() - 1) / 6 for each in steps]
    verdict.judge(steps, SGD)
    return verdict.passed(SGD_VERIFIED, [THROUGH_DATA] if hides else [])


def _step(f: Callable[..., Any], lr: float, batch_size: int) -> Step:
    """Let `f` take a step; a step that moves nothing is taken again with an infinite `lr`."""
    step = _take(f, lr, batch_size)
    step.inputs = (
        "params = [w, b], w = [[1]], w.grad = [[6]], b = [2], b.grad = [3],"
        f" lr = {lr}, batch_size = {batch_size}"
    )
    step.expected = _take(scratch.sgd, lr, batch_size).gave
    step.facts = {"uncleared": ", ".join(step.uncleared)}
    step.also = _unfit(step.w, step.b, step.gradients_on)
    step.right = (
        step.error is None
        and all(step.moved(-step.step))
        and step.same_list
        and not step.uncleared
        and not step.also
    )
    if step.unchanged and "w.grad" not in step.uncleared:
        # 0 · inf is nan: it shows that the parameter was written to, with a gradient of zero
        again = _take(f, math.inf, batch_size)
        step.zeroed_first = "NoneType" in str(step.error) or bool(again.w.isnan().any())
    return step


def _take(f: Callable[..., Any], lr: float, batch_size: int) -> Step:
    w, b = column(1.0).requires_grad_(), torch.tensor([2.0], requires_grad=True)
    w.grad, b.grad = column(6.0), torch.tensor([3.0])
    params = [w, b]
    step = Step(w=w, b=b, lr=lr, batch_size=batch_size)
    with torch.enable_grad():  # restores the mode that `f` may leave switched off
        step.result, step.error = call(f, params, lr, batch_size)
        step.gradients_on = torch.is_grad_enabled()
    step.same_list = len(params) == 2 and params[0] is w and params[1] is b
    return step


def _unfit(w: Tensor, b: Tensor, gradients_on: bool) -> str:
    """Return in words why training could not go on from here; empty when it could."""
    reasons = [
        f"{name}.requires_grad = False"
        for name, param in (("w", w), ("b", b))
        if not param.requires_grad
    ]
    if not gradients_on:
        reasons.append("torch.is_grad_enabled() = False")
    return ", ".join(reasons)


def _hides_the_change(f: Callable[..., Any]) -> bool:
    """Return whether autograd misses the update of a tensor that a graph still needs."""
    w = column(3.0).requires_grad_()
    b = torch.tensor([2.0], requires_grad=True)
    w.grad, b.grad = column(1.0), torch.tensor([1.0])
    loss = (w * w).sum()
    call(f, [w, b], 0.1, 1)
    _, refused = call(loss.backward)
    return refused is None


SGD = (
    Mistake(
        "no_no_grad",
        "10-no-grad#with-gradients-on",
        lambda seen: "a leaf Variable that requires grad" in str(seen.error),
        en="the update runs with gradients on, and autograd forbids changing a parameter in place "
        "while it records. Put the update under `with torch.no_grad():`.",
        zh="更新时还在记录梯度，而自动微分不允许在记录时原地修改参数。请把更新放在 `with "
        "torch.no_grad():` 之下。",
    ),
    Mistake(
        "zeroed_first",
        "09-autograd#zeroing",
        lambda seen: seen.zeroed_first,
        en="the gradients are cleared before the step has used them, so that nothing moves. First "
        "the update, then `param.grad.zero_()`.",
        zh="梯度还没用就清零了，所以参数没有变化。应先更新，再 `param.grad.zero_()`。",
    ),
    Mistake(
        "rebinding",
        "10-no-grad#rebinding",
        lambda seen: seen.unchanged and (seen.error is None or "NoneType" in str(seen.error)),
        en="the parameters have not changed. `param = param - …` makes a new tensor and gives it "
        "the name; the tensor that the model uses stays as it was. Change that one in place: "
        "`param -= …` under `torch.no_grad()`.",
        zh="参数没有变化。`param = param - …` 会新建一个张量，再让这个名字指向它；模型所用的张量还"
        "是原样。请在 `torch.no_grad()` 下原地修改：`param -= …`。",
    ),
    RAISES,
    Mistake(
        "gradients_off",
        "10-no-grad#no-grad",
        lambda seen: not seen.gradients_on,
        en="gradients are still off when the function has ended, so that the next `backward` "
        "fails. `with torch.no_grad():` turns them on again by itself; `set_grad_enabled(False)` "
        "does not.",
        zh="函数结束后，梯度记录仍是关闭的，下一次 `backward` 会出错。`with torch.no_grad():` 会自"
        "己恢复，`set_grad_enabled(False)` 不会。",
    ),
    Mistake(
        "detached",
        "10-no-grad#no-grad",
        lambda seen: not (seen.w.requires_grad and seen.b.requires_grad),
        en="a parameter no longer requires a gradient after the step: `detach_()` or "
        "`requires_grad_(False)` took it out of training. Use `torch.no_grad()` instead.",
        zh="更新之后，有参数不再需要梯度：`detach_()` 或 `requires_grad_(False)` 让它退出了训练。"
        "请改用 `torch.no_grad()`。",
    ),
    Mistake(
        "some_parameters",
        "11-training-loop#update",
        lambda seen: (
            seen.moved(-seen.step) in ((True, False), (False, True))
            and (seen.moved(0)[0] or seen.moved(0)[1])
        ),
        en="only one of the parameters was updated. The loop `for param in params:` has to change "
        "every one: a `return` inside it ends it early, and an update below it changes the last "
        "one only.",
        zh="只更新了一个参数。循环 `for param in params:` 应当更新每一个参数：循环里的 `return` 会"
        "让它提前结束，写在循环后面的更新只作用于最后一个参数。",
    ),
    Mistake(
        "ascent",
        "11-training-loop#update",
        lambda seen: any(
            all(seen.moved(size)) for size in (seen.step, seen.lr, seen.step / seen.batch_size)
        ),
        en="the step goes along the gradient, uphill, so that the loss grows. It is `param -= lr "
        "* …`, with a minus.",
        zh="这一步沿着梯度方向走，是上坡，损失会变大。应为 `param -= lr * …`，用减号。",
    ),
    Mistake(
        "not_divided",
        "07-loss#sum-or-mean",
        lambda seen: all(seen.moved(-seen.lr)),
        en="the division by the batch size is missing. The gradient belongs to the sum of the "
        "losses, so that without it a larger batch takes larger steps.",
        zh="没有除以批量大小。这里的梯度属于各样本损失之和，不除的话，批量越大，步子就越大。",
    ),
    Mistake(
        "divided_twice",
        "07-loss#sum-or-mean",
        lambda seen: all(seen.moved(-seen.step / seen.batch_size)),
        en="divided by the batch size twice: the steps are too small by that factor. Divide once, "
        "in `sgd` or, with a mean loss, nowhere else.",
        zh="批量大小除了两次，每一步只有应有的“批量大小”分之一。只除一次：要么在 `sgd` 里除，要么"
        "对损失取平均。",
    ),
    Mistake(
        "multiplied",
        "11-training-loop#update",
        lambda seen: all(seen.moved(-seen.lr * seen.batch_size)),
        en="multiplied by the batch size instead of divided by it.",
        zh="应除以批量大小，却乘了批量大小。",
    ),
    Mistake(
        "lr_ignored",
        "11-training-loop#update",
        lambda seen: seen.factors[0] == seen.factors[1] != 0,
        en="the argument `lr` is not used: twice the learning rate gives the same step. Is it a "
        "variable from outside the function?",
        zh="参数 `lr` 没有用上：学习率加倍，步子却不变。用的是不是函数外面的变量？",
    ),
    Mistake(
        "batch_size_ignored",
        "11-training-loop#update",
        lambda seen: seen.factors[0] == seen.factors[2] != 0,
        en="the argument `batch_size` is not used: another batch size gives the same step. Is it "
        "a variable from outside the function?",
        zh="参数 `batch_size` 没有用上：换一个批量大小，步子却不变。用的是不是函数外面的变量？",
    ),
    Mistake(
        "not_cleared",
        "09-autograd#zeroing",
        lambda seen: all(seen.moved(-seen.step)) and bool(seen.uncleared),
        en="the step is right, but gradients are still there after it: {uncleared}. `backward` "
        "adds to them, so that the next step would go along the sum of both. End with "
        "`param.grad.zero_()`, for every parameter.",
        zh="这一步走对了，但有梯度没有清零：{uncleared}。`backward` 会在它上面累加，下一步就会沿着"
        "两次梯度之和走。最后要对每个参数执行 `param.grad.zero_()`。",
    ),
)
SGD_VERIFIED = (
    Text(
        "every parameter moves by −lr · grad / batch_size",
        "每个参数都移动 −lr · grad / batch_size",
    ),
    Text(
        "the tensors themselves change, and go on requiring gradients",
        "改变的是参数张量本身，它们仍然需要梯度",
    ),
    Text(
        "the gradients are cleared once the step has used them",
        "梯度用过之后已清零",
    ),
)
THROUGH_DATA = (
    Text(
        "the update goes through `.data`: it works, but hides the change from autograd, which "
        "would otherwise refuse to go back through a graph that still needs the old value:",
        "更新是通过 `.data` 做的：能用，但自动微分看不到这次修改；如果某个计算图还要用旧值，本该报"
        "错，现在却会悄悄算出错误的梯度：",
    ),
    "10-no-grad#data",
)


# train


Order = Sequence[Sequence[Sequence[int]]]
"""The rows of the examples: epoch by epoch, batch by batch."""
Place = tuple[Tensor, Tensor]
"""Where a training ends: w and b."""


@dataclass(frozen=True)
class Task:
    """What a learner's `train` is called with."""

    features: Tensor
    labels: Tensor
    w: Tensor
    b: Tensor
    lr: float
    num_epochs: int
    batch_size: int

    def __str__(self) -> str:
        return (
            f"features = {numbers(self.features)}, labels = {numbers(self.labels)},"
            f" w = {numbers(self.w)}, b = {numbers(self.b)}, lr = {self.lr},"
            f" num_epochs = {self.num_epochs}, batch_size = {self.batch_size}"
        )

    @property
    def in_order(self) -> Order:
        """The batches of all epochs when nothing is shuffled."""
        return self.epochs(range(len(self.features)))

    def epochs(self, rows: Sequence[int]) -> Order:
        """Return the batches of all epochs when each takes the examples in this order."""
        size = self.batch_size
        epoch = [rows[start : start + size] for start in range(0, len(rows), size)]
        return [epoch] * self.num_epochs

    def loss(self, w: Tensor, b: Tensor) -> float:
        """Return the mean loss at some parameters."""
        with torch.no_grad():
            y_hat = scratch.linreg(self.features, w.reshape(-1, 1), b)
            return scratch.squared_loss(y_hat, self.labels).mean().item()


def descend(
    task: Task,
    order: Order,
    *,
    factor: float = 1.0,
    by_size: bool = False,
    cleared: Literal["each step", "each epoch", "never"] = "each step",
) -> Place:
    """Return where minibatch SGD ends.

    Args:
        task: the data, the start and the learning rate.
        order: the examples of each batch of each epoch.
        factor: what each step is multiplied by; 1 is right.
        by_size: divide by the number of examples of a short batch, not by `batch_size`.
        cleared: when the gradients are set back to zero.
    """
    w, b = task.w.double(), task.b.double()
    sum_w, sum_b = torch.zeros_like(w), torch.zeros_like(b)
    for epoch in order:
        if cleared == "each epoch":
            sum_w, sum_b = torch.zeros_like(w), torch.zeros_like(b)
        for batch in epoch:
            if cleared == "each step":
                sum_w, sum_b = torch.zeros_like(w), torch.zeros_like(b)
            X, y = task.features[list(batch)].double(), task.labels[list(batch)].double()
            residual = X @ w + b - y
            sum_w, sum_b = sum_w + X.T @ residual, sum_b + residual.sum()
            step = task.lr * factor / (len(batch) if by_size else task.batch_size)
            w, b = w - step * sum_w, b - step * sum_b
    return w, b


@dataclass(kw_only=True)
class Training(Seen):
    """What a learner's `train` made of a task."""

    task: Task
    w: Tensor
    b: Tensor
    in_place: bool = True
    """Whether w and b are the tensors that were passed in, not ones that were returned."""
    reached: bool = True
    """Whether both tensors that were passed in have got a gradient."""
    requires_grad: bool = True
    """Whether both still require gradients."""
    gradients_on: bool = True
    """Whether autograd still records after the training."""
    data_changed: bool = False
    zeroed_first: bool = False
    """Whether nothing moved because the gradients were gone before they were used."""
    ignored: Sequence[str] = ()
    """The arguments that make no difference."""

    @property
    def gave(self) -> str | Text:
        """The parameters after the training."""
        if self.error is not None:
            return super().gave
        return f"w = {numbers(self.w)}, b = {numbers(self.b)}"

    def ends_at(self, *places: Place) -> bool:
        """Return whether the training ended at one of the places."""
        return self.error is None and any(
            close(self.w.reshape(-1), w.reshape(-1)) and close(self.b.reshape(-1), b)
            for w, b in places
        )

    def ends_as(self, order: Order | None = None, **how: Any) -> bool:
        """Return whether it ended where `descend` does, with the batches in order unless given."""
        return self.ends_at(descend(self.task, order or self.task.in_order, **how))

    @property
    def unchanged(self) -> bool:
        """Whether it ended where it began."""
        return self.ends_at((self.task.w, self.task.b))

    @property
    def misses_gradient(self) -> bool:
        """Whether an exception says that a gradient is None."""
        return "NoneType" in str(self.error) or "grad is None" in str(self.error)


@dataclass(kw_only=True)
class Epochs(Seen):
    """The order of the examples in some trainings, where it was the same in every epoch."""

    orders: Sequence[Sequence[int] | None]

    @property
    def gave(self) -> str | Text:
        """The order in the epochs of the first training."""
        order = [row + 1 for row in self.orders[0] or ()]
        return Text(f"{order} in each of the 4 epochs", f"4 个迭代周期都是 {order}")


def train(f: Callable[..., Any], *, lang: str | None = None) -> Passed:
    """Look at a learner's training loop.

    It has the signature `train(features, labels, w, b, lr, num_epochs, batch_size)`, such as

        def train(features, labels, w, b, lr, num_epochs, batch_size):
            for epoch in range(num_epochs):
                for X, y in data_iter(batch_size, features, labels):
                    squared_loss(linreg(X, w, b), y).sum().backward()
                    sgd([w, b], lr, batch_size)

    Args:
        f: her function. `features` has shape (n, d), `labels` (n, 1), `w` (d, 1) and `b` (1,); both
            require gradients. She trains these two in place, by minibatch SGD on ½(ŷ − y)²
            averaged over the batch, or returns the trained `(w, b)`, which passes with a note. A
            short last batch may be divided by its own size or by `batch_size`. What she prints is
            not shown.
        lang: `"en"` or `"zh"`; when None, the environment variable LINREG_LANG, else English.

    Raises:
        CheckFailed: the function has a mistake; the message names it.
        TypeError: `f` is no function.

    Source: chapter "The training loop".

    Examples:
        >>> from linreg import check, data_iter, linreg, sgd, squared_loss
        >>> def train(features, labels, w, b, lr, num_epochs, batch_size):
        ...     for epoch in range(num_epochs):
        ...         for X, y in data_iter(batch_size, features, labels):
        ...             squared_loss(linreg(X, w, b), y).sum().backward()
        ...             sgd([w, b], lr, batch_size)
        >>> check.train(train)
        train: passed
        ✓ w and b end where minibatch SGD leads: a step against the gradient for every batch
        ✓ every epoch takes every example once, the last, short batch too
        ✓ the gradients of one step do not leak into the next
        ✓ every epoch has a random order of its own
    """
    verdict = Verdict("train", lang, "11-training-loop#loop")
    require_call(verdict, f, "train(features, labels, w, b, lr, num_epochs, batch_size)")
    with undisturbed():
        trainings = [_run(f, task) for task in TASKS]
        if not all(each.right for each in trainings):
            ignored = _ignored(f)
            for each in trainings:
                each.ignored = ignored
                each.facts = {"ignored": ", ".join(ignored)}
            verdict.judge(trainings, TRAIN)
        epochs = _run_epochs(f)
    verdict.judge([epochs], EPOCHS)
    in_place = all(training.in_place for training in trainings)
    return verdict.passed(TRAIN_VERIFIED, [] if in_place else [RETURNED])


def _task(
    features: list[list[float]], labels: list[float], num_epochs: int, batch_size: int
) -> Task:
    d = len(features[0])
    return Task(
        features=torch.tensor(features),
        labels=column(*labels),
        w=torch.ones(d, 1),
        b=torch.tensor([0.5]),
        lr=0.1,
        num_epochs=num_epochs,
        batch_size=batch_size,
    )


THREE = [[2.0], [-1.0], [0.5]], [4.0, 2.0, -2.0]
TASKS = (
    _task([[2.0]], [4.0], num_epochs=1, batch_size=1),
    _task([[2.0]], [4.0], num_epochs=3, batch_size=1),
    _task(*THREE, num_epochs=1, batch_size=3),
    _task([[1.0]] * 4, [4.0] * 4, num_epochs=2, batch_size=2),
    _task([[1.0, -2.0], [0.5, 1.0], [-1.0, 3.0]], [2.0, -1.0, 3.0], num_epochs=3, batch_size=3),
    *[_task(*THREE, num_epochs=1, batch_size=2)] * 4,
    *[_task(*THREE, num_epochs=1, batch_size=1)] * 8,
)
IN_EPOCHS = _task([[1.5], [-1.0], [0.5], [-0.3]], [4.0, 1.0, -2.0, 3.0], num_epochs=4, batch_size=1)


def _run(f: Callable[..., Any], task: Task) -> Training:
    """Train with `w` of shape (d, 1) or, where `f` refuses that, (d,)."""
    training = _call_train(f, task, task.w)
    if training.error is not None:
        flat = _call_train(f, task, task.w.reshape(-1))
        training = flat if flat.error is None else training
    places = _right_places(task)
    w, b = places[0]
    training.inputs = str(task)
    training.expected = f"w = {numbers(w)}, b = {numbers(b)}"
    if any(not close(w, other) for other, _ in places):
        training.expected = Text(
            f"{training.expected}, or where another order of the examples leads",
            f"{training.expected}，或样本按其他顺序时到达的位置",
        )
    training.right = training.ends_at(*places) and not training.also
    if training.unchanged:
        # 0 · inf is nan: it shows that the parameter was written to, with a gradient of zero
        again = _call_train(f, replace(task, lr=math.inf), task.w)
        training.zeroed_first = bool(again.w.isnan().any())
    return training


def _right_places(task: Task) -> list[Place]:
    """Return where minibatch SGD may end, whatever the order.

    Of several epochs the order makes no difference: in these tasks they have one batch, or all
    examples are the same. A short batch may be divided by its own size.
    """
    rows = range(len(task.features))
    orders: Iterable[Sequence[int]] = (
        itertools.permutations(rows) if task.num_epochs == 1 else [rows]
    )
    return [
        descend(task, task.epochs(order), by_size=by_size)
        for order in orders
        for by_size in (False, True)
    ]


def _call_train(f: Callable[..., Any], task: Task, start: Tensor) -> Training:
    w, b = start.clone().requires_grad_(), task.b.clone().requires_grad_()
    features, labels = task.features.clone(), task.labels.clone()
    training = Training(task=task, w=w, b=b)
    with torch.enable_grad(), contextlib.redirect_stdout(io.StringIO()):
        training.result, training.error = call(
            f, features, labels, w, b, task.lr, task.num_epochs, task.batch_size
        )
        training.gradients_on = torch.is_grad_enabled()
    training.reached = w.grad is not None and b.grad is not None
    training.requires_grad = w.requires_grad and b.requires_grad
    training.also = _unfit(w, b, training.gradients_on)
    if not (torch.equal(features, task.features) and torch.equal(labels, task.labels)):
        training.data_changed = True
        training.also = f"features = {numbers(features)}, labels = {numbers(labels)}"
    if training.unchanged and _is_trained_pair(training.result, w, b):
        training.w, training.b = training.result
        training.in_place = False
    return training


def _is_trained_pair(result: object, w: Tensor, b: Tensor) -> bool:
    return (
        isinstance(result, tuple | list)
        and len(result) == 2
        and all(isinstance(item, Tensor) for item in result)
        and result[0].numel() == w.numel()
        and result[1].numel() == b.numel()
        and not (result[0] is w and result[1] is b)
    )


def _run_epochs(f: Callable[..., Any]) -> Epochs:
    """Find out whether the epochs of a training all have the same order of the examples."""
    orders = list(itertools.permutations(range(4)))
    places = [descend(IN_EPOCHS, IN_EPOCHS.epochs(order)) for order in orders]
    found: list[Sequence[int] | None] = []
    for _ in range(4):
        training = _call_train(f, IN_EPOCHS, IN_EPOCHS.w)
        matches = (
            order for order, place in zip(orders, places, strict=True) if training.ends_at(place)
        )
        found.append(next(matches, None))
    return Epochs(
        inputs=str(IN_EPOCHS),
        expected=Text("another order in each epoch", "每个迭代周期的顺序都不同"),
        right=any(order is None for order in found),
        orders=found,
    )


def _ignored(f: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments that can be changed without changing the result."""
    task = TASKS[3]
    usual = _call_train(f, task, task.w)
    if usual.error is not None or usual.unchanged:
        return []
    others = {
        "lr": replace(task, lr=task.lr / 2),
        "num_epochs": replace(task, num_epochs=task.num_epochs + 1),
        "batch_size": replace(task, batch_size=len(task.features)),
    }
    return [
        name
        for name, other in others.items()
        if _call_train(f, other, task.w).ends_at((usual.w, usual.b))
    ]


def _broadcast_places(task: Task) -> list[Place]:
    """Return where (n, 1) − (n,) leads: each prediction is pulled to the mean of the labels."""
    n = min(len(task.features), task.batch_size)
    pulled = replace(task, labels=task.labels.mean().expand_as(task.labels))
    return [descend(pulled, task.in_order, factor=factor) for factor in (n, 1.0, 1 / n)]


def _one_parameter_places(task: Task) -> list[Place]:
    """Return where one parameter moves and the other stays, for a single step."""
    w, b = descend(task, task.in_order)
    return [(w, task.b), (task.w, b)]


def _with_replacement(task: Task) -> list[Place]:
    """Return where an epoch leads that draws each of the examples anew."""
    n = len(task.features)
    draws = itertools.product(range(n), repeat=n)
    return [descend(task, task.epochs(rows)) for rows in draws]


def _without_last(task: Task) -> list[Place]:
    """Return where an epoch leads that leaves out the short last batch."""
    n = len(task.features)
    draws = itertools.permutations(range(n), n - n % task.batch_size)
    return [descend(task, task.epochs(rows)) for rows in draws]


def _last_filled(task: Task) -> list[Place]:
    """Return where an epoch leads whose last batch is filled up with examples that came already."""
    n = len(task.features)
    return [
        descend(task, task.epochs([*rows, *more]))
        for rows in itertools.permutations(range(n))
        for more in itertools.permutations(range(n), -n % task.batch_size)
    ]


def _short_last_batch(task: Task) -> bool:
    return len(task.features) % task.batch_size != 0


def _first_batches(task: Task) -> Order:
    return [epoch[:1] for epoch in task.in_order]


TRAIN = (
    Mistake(
        "no_graph",
        "10-no-grad#loss-under-no-grad",
        lambda seen: "does not require grad" in str(seen.error),
        en="`backward` finds no way back to the parameters: the prediction or the loss was "
        "computed under `torch.no_grad()`, or from `.data`, `.detach()` or `.item()`. Only the "
        "update belongs under `no_grad`.",
        zh="`backward` 找不到回到参数的路：预测或损失是在 `torch.no_grad()` 下，或者由 `.data`、"
        "`.detach()`、`.item()` 算出来的。只有更新那一步应放在 `no_grad` 下。",
    ),
    Mistake(
        "not_scalar",
        "09-autograd#scalar",
        lambda seen: "only for scalar outputs" in str(seen.error),
        en="`backward` wants one number, and the loss has one for each example. Add them up "
        "first: `loss.sum().backward()`.",
        zh="`backward` 要的是一个数，而损失每个样本有一个数。请先求和：`loss.sum().backward()`。",
    ),
    Mistake(
        "graph_twice",
        "10-no-grad#rebinding",
        lambda seen: "backward through the graph a second time" in str(seen.error),
        en="`backward` runs into a graph that it has been through already: the loss is computed "
        "once, outside the loop, or an update outside `torch.no_grad()` has tied each step to the "
        "one before.",
        zh="`backward` 碰到了已经反向传播过的计算图：损失只在循环外面算了一次，或者没有在 "
        "`torch.no_grad()` 下更新，使每一步都连着上一步。",
    ),
    Mistake(
        "no_no_grad",
        "10-no-grad#with-gradients-on",
        lambda seen: "a leaf Variable that requires grad" in str(seen.error),
        en="the update runs with gradients on, and autograd forbids changing a parameter in place "
        "while it records. Put the update under `with torch.no_grad():`.",
        zh="更新时还在记录梯度，而自动微分不允许在记录时原地修改参数。请把更新放在 `with "
        "torch.no_grad():` 之下。",
    ),
    Mistake(
        "grad_is_none",
        "09-autograd#zeroing",
        lambda seen: seen.misses_gradient and not seen.reached,
        en="a gradient is None when it is used. Either `backward` never reached that parameter "
        "(the prediction uses `.detach()`, `.data` or another tensor), or the gradient is used or "
        "cleared before the first `backward`.",
        zh="用到某个梯度时，它是 None。要么 `backward` 没有到达这个参数（预测用的是 `.detach()`、"
        "`.data` 或别的张量），要么在第一次 `backward` 之前就使用或清零了梯度。",
    ),
    Mistake(
        "rebinding",
        "10-no-grad#rebinding",
        lambda seen: (
            (seen.misses_gradient or seen.unchanged) and seen.reached and not seen.zeroed_first
        ),
        en="gradients arrive, but w and b stay as they are. `w = w - …` makes a new tensor and "
        "gives it the name; the tensor that was passed in is not trained. Change that one in "
        "place: `w -= …` under `torch.no_grad()`, or return the new `(w, b)`.",
        zh="梯度算出来了，w 和 b 却没有变。`w = w - …` 会新建一个张量，再让这个名字指向它；传进来"
        "的张量并没有得到训练。请在 `torch.no_grad()` 下原地修改：`w -= …`，或者返回新的 `(w, "
        "b)`。",
    ),
    Mistake(
        "zeroed_first",
        "09-autograd#zeroing",
        lambda seen: seen.zeroed_first,
        en="the gradients are cleared between `backward` and the update, so that nothing moves. "
        "Clear them after the update, or before `backward`.",
        zh="在 `backward` 和更新之间就清零了梯度，所以参数没有变化。应在更新之后清零，或在 "
        "`backward` 之前清零。",
    ),
    Mistake(
        "copied",
        "11-training-loop#loop",
        lambda seen: seen.unchanged and not seen.reached,
        en="no gradient ever reaches the w and b that were passed in: the loop trains a detached "
        "copy or tensors of its own (`.clone()`, `.detach()`, new random numbers). Train these "
        "two, or return the trained `(w, b)`.",
        zh="传入的 w 和 b 从未得到梯度：循环训练的是脱离出来的副本，或自己新建的张量（`.clone()`、"
        "`.detach()`、新的随机数）。请训练传入的这两个张量，或者返回训练后的 `(w, b)`。",
    ),
    RAISES,
    Mistake(
        "gradients_off",
        "10-no-grad#no-grad",
        lambda seen: not seen.gradients_on,
        en="gradients are still off when the function has ended. `with torch.no_grad():` turns "
        "them on again by itself; `set_grad_enabled(False)` does not.",
        zh="函数结束后，梯度记录仍是关闭的。`with torch.no_grad():` 会自己恢复，"
        "`set_grad_enabled(False)` 不会。",
    ),
    Mistake(
        "detached",
        "10-no-grad#no-grad",
        lambda seen: not seen.requires_grad,
        en="w or b no longer requires a gradient: `detach_()` or `requires_grad_(False)` took it "
        "out of training. Use `torch.no_grad()` around the update instead.",
        zh="w 或 b 不再需要梯度：`detach_()` 或 `requires_grad_(False)` 让它退出了训练。请改为把更"
        "新放在 `torch.no_grad()` 下。",
    ),
    Mistake(
        "input_changed",
        "06-minibatches#same-indices",
        lambda seen: seen.data_changed,
        en="the features or the labels were changed. Shuffle indices, never the data.",
        zh="特征或标签被改动了。打乱的应是下标，而不是数据。",
    ),
    Mistake(
        "some_parameters",
        "11-training-loop#loop",
        lambda seen: (
            len(list(itertools.chain(*seen.task.in_order))) == 1
            and seen.ends_at(*_one_parameter_places(seen.task))
        ),
        en="only one of w and b is trained. Hand both to the update: `sgd([w, b], lr, "
        "batch_size)`.",
        zh="w 和 b 只训练了一个。更新时两个都要给：`sgd([w, b], lr, batch_size)`。",
    ),
    Mistake(
        "ascent",
        "11-training-loop#update",
        lambda seen: seen.ends_as(factor=-1) or seen.ends_as(factor=-seen.task.batch_size),
        en="the steps go along the gradient, uphill, and the loss grows. It is `param -= lr * …`, "
        "with a minus.",
        zh="每一步都沿着梯度方向走，是上坡，损失越来越大。应为 `param -= lr * …`，用减号。",
    ),
    Mistake(
        "no_half",
        "07-loss#half",
        lambda seen: seen.ends_as(factor=2) or seen.ends_as(factor=2, by_size=True),
        en="the steps are twice as large: the loss lacks its ½, as `nn.MSELoss` does.",
        zh="每一步都大了一倍：损失里缺少 ½，`nn.MSELoss` 也是这样。",
    ),
    Mistake(
        "half_twice",
        "07-loss#half",
        lambda seen: seen.ends_as(factor=0.5) or seen.ends_as(factor=0.5, by_size=True),
        en="the steps are half as large: the ½ is applied twice.",
        zh="每一步都小了一半：½ 用了两次。",
    ),
    Mistake(
        "not_divided",
        "07-loss#sum-or-mean",
        lambda seen: seen.ends_as(factor=seen.task.batch_size),
        en="the division by the batch size is missing, so that a larger batch takes larger steps. "
        "Sum the losses and divide in `sgd`, or take their mean.",
        zh="没有除以批量大小，批量越大，步子就越大。要么对损失求和并在 `sgd` 里除，要么对损失取平"
        "均。",
    ),
    Mistake(
        "divided_twice",
        "07-loss#sum-or-mean",
        lambda seen: (
            seen.ends_as(factor=1 / seen.task.batch_size)
            or seen.ends_as(factor=1 / seen.task.batch_size, by_size=True)
        ),
        en="divided by the batch size twice: the loss is a mean, and `sgd` divides as well. The "
        "steps are too small by that factor. Either `loss.sum()` and divide, or `loss.mean()` and "
        "do not.",
        zh="批量大小除了两次：损失取了平均，`sgd` 又除了一次，每一步只有应有的“批量大小”分之一。要"
        "么 `loss.sum()` 并在 `sgd` 里除，要么 `loss.mean()` 而不再除。",
    ),
    Mistake(
        "broadcast",
        "05-broadcasting#trap",
        lambda seen: len(seen.task.features) > 1 and seen.ends_at(*_broadcast_places(seen.task)),
        en="predictions of shape (n, 1) minus labels of shape (n,) broadcast to (n, n): every "
        "prediction is pulled to the mean of the labels. Give both the same shape before "
        "subtracting.",
        zh="形状 (n, 1) 的预测值减去形状 (n,) 的标签，广播成了 (n, n)：每个预测值都被拉向标签的平"
        "均值。相减之前，请让两者形状相同。",
    ),
    Mistake(
        "one_epoch",
        "06-minibatches#generator",
        lambda seen: seen.task.num_epochs > 1 and seen.ends_as(seen.task.in_order[:1]),
        en="only the first epoch trains. `data_iter` was called once, outside the loop over the "
        "epochs, and a generator is used up after one pass; or `num_epochs` is not used.",
        zh="只有第一个迭代周期在训练。`data_iter` 只在迭代周期的循环外面调用了一次，而生成器遍历一"
        "次就用完了；或者没有用到 `num_epochs`。",
    ),
    Mistake(
        "not_cleared",
        "09-autograd#accumulation",
        lambda seen: seen.ends_as(cleared="never") or seen.ends_as(cleared="each epoch"),
        en="the gradients are left over: `backward` adds to those of the steps before, and each "
        "step goes along the sum. Clear them in every step, once they have been used.",
        zh="梯度没有清零：`backward` 会累加到前面各步的梯度上，每一步都沿着它们的和走。每一步用完"
        "梯度之后都要清零。",
    ),
    Mistake(
        "last_batch_dropped",
        "06-minibatches#last-batch",
        lambda seen: _short_last_batch(seen.task) and seen.ends_at(*_without_last(seen.task)),
        en="the last, short batch is left out, and its examples never train in that epoch.",
        zh="最后不满的小批量被漏掉了，其中的样本在这个迭代周期里没有参与训练。",
    ),
    Mistake(
        "last_batch_padded",
        "06-minibatches#last-batch",
        lambda seen: _short_last_batch(seen.task) and seen.ends_at(*_last_filled(seen.task)),
        en="the last batch is filled up with examples that came already. Let it be short.",
        zh="最后一个小批量用已经出现过的样本补满了。让它短一些就好。",
    ),
    Mistake(
        "first_batch_only",
        "11-training-loop#loop",
        lambda seen: seen.ends_as(_first_batches(seen.task)),
        en="only the first batch of each epoch trains: the update stands outside the loop over "
        "the batches, or a `break` or `return` ends it.",
        zh="每个迭代周期只有第一个小批量在训练：更新写在了小批量循环的外面，或者 `break`、"
        "`return` 结束了循环。",
    ),
    Mistake(
        "repeats",
        "06-minibatches#each-once",
        lambda seen: seen.task.num_epochs == 1 and seen.ends_at(*_with_replacement(seen.task)),
        en="an example came twice in one epoch and another not at all: the batches are drawn with "
        "replacement. Shuffle all examples, and take each once.",
        zh="同一个迭代周期里，有的样本出现了两次，有的一次也没有：小批量是有放回地抽取的。应打乱全"
        "部样本，每个取一次。",
    ),
    Mistake(
        "ignored_argument",
        "11-training-loop#update",
        lambda seen: bool(seen.ignored),
        en="an argument is not used: {ignored}. Another value leads to the same parameters. Is it "
        "a variable from outside the function?",
        zh="有参数没有用上：{ignored}。换一个值，得到的 w 和 b 还是一样。用的是不是函数外面的变"
        "量？",
        vague=True,
    ),
    Mistake(
        "loss_grows",
        "11-training-loop#learning-rate",
        lambda seen: (
            seen.error is None
            and seen.w.numel() == seen.task.w.numel()
            and not seen.task.loss(seen.w, seen.b) <= seen.task.loss(seen.task.w, seen.task.b)
        ),
        en="the loss is larger after the training than before, at a learning rate at which it "
        "should fall.",
        zh="训练之后损失反而比之前大，而在这个学习率下它本该下降。",
        vague=True,
    ),
)

EPOCHS = (
    Mistake(
        "never_shuffled",
        "06-minibatches#shuffling",
        lambda seen: all(order == tuple(range(4)) for order in seen.orders),
        en="the examples are never shuffled: every epoch takes them in the order of the data.",
        zh="样本从来没有打乱：每个迭代周期都按数据原来的顺序。",
    ),
    Mistake(
        "same_order",
        "06-minibatches#shuffling",
        lambda seen: True,
        en="all epochs have the same order: the examples are shuffled once, before the loop over "
        "the epochs, or a seed is set inside it. Shuffle anew in every epoch.",
        zh="所有迭代周期的顺序都一样：只在迭代周期的循环之前打乱了一次，或者在循环里面设置了随机种"
        "子。每个迭代周期都要重新打乱。",
    ),
)
TRAIN_VERIFIED = (
    Text(
        "w and b end where minibatch SGD leads: a step against the gradient for every batch",
        "w 和 b 到达小批量随机梯度下降应到的位置：每个小批量沿负梯度走一步",
    ),
    Text(
        "every epoch takes every example once, the last, short batch too",
        "每个迭代周期用到每个样本一次，包括最后不满的小批量",
    ),
    Text(
        "the gradients of one step do not leak into the next",
        "上一步的梯度不会混进下一步",
    ),
    Text("every epoch has a random order of its own", "每个迭代周期都重新随机排序"),
)
RETURNED = (
    Text(
        "the trained parameters are returned, and the tensors that were passed in stay as they "
        "were. That works as long as the caller uses what is returned:",
        "训练后的参数是返回的，传入的张量保持原样。调用者用的是返回值时，这样没有问题：",
    ),
    "10-no-grad#rebinding",
)
