"""`check.train`: does the loop end where minibatch SGD leads?"""

from __future__ import annotations

import inspect
import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from linreg import data, scratch
from linreg.check.arguments import (
    BATCH_SIZE,
    BIAS,
    FEATURES,
    LABELS,
    RATE,
    WEIGHTS,
    Plan,
    Role,
    order_notes,
    require_plan,
)
from linreg.check.calls import undisturbed
from linreg.check.descent import Order, Place, Task, descend, task
from linreg.check.report import FAILS, GENERATOR, Mistake, Note, Passed, Seen, Verdict
from linreg.check.words import Text, close, numbers

ASKED = "train(features, labels, w, b, lr, num_epochs, batch_size)"
X, Y = Role("features", FEATURES), Role("labels", LABELS)
W, B = Role("w", WEIGHTS), Role("b", BIAS)
W_BY_NAME, B_BY_NAME = W._replace(by_name=True), B._replace(by_name=True)
PARAMS = Role("params", "parameters param theta", by_name=True)
BATCHES = Role(
    "batches",
    "dataiter data loader dataloader trainiter trainloader traindata iterator dataset",
    by_name=True,
)
REST = (
    Role("lr", RATE),
    Role(
        "num_epochs", "epochs nepochs maxepochs epoch iterations niter numiter steps", needed=False
    ),
    Role("batch_size", BATCH_SIZE, needed=False),
)


def _helper(name: str, others: str) -> Role:
    """Return the role of a function of the book that may be handed to the loop."""
    return Role(name, others, needed=False, by_name=True, over_default=False)


HELPERS = (
    _helper("net", "model linreg predict"),
    _helper("loss", "lossfn lossfunc lossfunction criterion squaredloss"),
    _helper("sgd", "updater update optimizer optim opt trainer step"),
)
READER = _helper("data_iter", "reader getbatches batches iterator loader")
FORMS = (
    (X, Y, W, B, *REST, *HELPERS, READER),
    (X, Y, PARAMS, *REST, *HELPERS, READER),
    (BATCHES, W_BY_NAME, B_BY_NAME, *REST, *HELPERS),
    (BATCHES, PARAMS, *REST, *HELPERS),
    (X, Y, REST[0]._replace(by_name=True), *REST[1:], *HELPERS, READER),
)


class Batches:
    """The batches of a data set, in a new random order each time they are looped over."""

    def __init__(self, features: Tensor, labels: Tensor, batch_size: int) -> None:
        self.arguments = batch_size, features, labels

    def __len__(self) -> int:
        batch_size, features, _ = self.arguments
        return -(-len(features) // batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return data.data_iter(*self.arguments)


@dataclass(kw_only=True)
class Training(Seen):
    """What a learner's `train` made of a task."""

    task: Task
    w: Tensor
    b: Tensor
    own_start: bool = False
    """Whether w and b are not passed in: the function makes them, and gives them back."""
    in_place: bool = True
    """Whether w and b are the tensors that were passed in, not ones that were returned."""
    reached: bool = True
    """Whether both tensors that were passed in have got a gradient."""
    requires_grad: bool = True
    """Whether both still require gradients."""
    gradients_on: bool = True
    """Whether autograd still records after the training."""
    data_changed: bool = False
    unreadable: bool = False
    """Whether w and b should have come back, and did not."""
    zeroed_first: bool = False
    """Whether nothing moved because the gradients were gone before they were used."""
    started_elsewhere: bool = False
    """Whether what is returned at a learning rate of 0 is not what was passed in."""
    floored: bool = False
    """Whether a longer step moves by whole numbers."""
    ignored: Sequence[str] = ()
    """The arguments that make no difference."""

    @property
    def gave(self) -> str | Text:
        """The parameters after the training."""
        if self.error is not None or self.unreadable:
            return super().gave
        return f"w = {numbers(self.w)}, b = {numbers(self.b)}"

    def ends_at(self, *places: Place) -> bool:
        """Return whether the training ended at one of the places."""
        return (
            self.error is None
            and not self.unreadable
            and any(
                close(self.w.reshape(-1), w.reshape(-1)) and close(self.b.reshape(-1), b)
                for w, b in places
            )
        )

    def ends_as(self, **how: Any) -> bool:
        """Return whether it ended where `descend` does, in any order of the examples."""
        return self.ends_at(*(descend(self.task, order, **how) for order in self.task.orders))

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

    It trains as this one does, in whatever style:

        def train(features, labels, w, b, lr, num_epochs, batch_size):
            for epoch in range(num_epochs):
                for X, y in data_iter(batch_size, features, labels):
                    squared_loss(linreg(X, w, b), y).sum().backward()
                    sgd([w, b], lr, batch_size)

    The parameters may come in any order under their usual names, with defaults or by keyword.
    `lr` has to be one of them. Instead of

    - `w` and `b`, one list `params`; or neither, where the function makes its own and returns them;
    - `features` and `labels`, something to loop over: `data_iter`, `loader`, `batches`;
    - `batch_size`, nothing, where each epoch is one step on all examples;
    - `num_epochs`, nothing, where the function trains for one epoch.

    Where it asks for `net`, `loss`, `sgd` or `data_iter` it gets the functions of the book.

    Args:
        f: the function. `features` has shape (n, d), `labels` (n, 1), `w` (d, 1) and `b` (1,); both
            require gradients. It trains these two in place, by minibatch SGD on ½(ŷ − y)²
            averaged over the batch, or returns the trained `(w, b)`, alone, among other things, in
            a dict or as a model; that passes with a note. A short last batch may be divided by
            its own size or by `batch_size`. What it prints is not shown.
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
    verdict = Verdict("train", lang, "training-loop#loop")
    with undisturbed():
        plan = require_plan(verdict, f, FORMS, ASKED)
        reads = plan.takes("batches")
        sized = plan.takes("batch_size") or reads
        epochs = plan.takes("num_epochs")
        tasks = [
            each.of_default_dtype()
            for each in TASKS
            if (sized or each.is_full_batch) and (epochs or each.num_epochs == 1)
        ]
        trainings = [_run(plan, each) for each in tasks]
        if not all(each.right for each in trainings):
            ignored = _ignored(plan)
            floored = _floors(plan)
            divisor = "" if sized else _fixed_divisor(trainings)
            for each in trainings:
                each.ignored = ignored
                each.floored = floored
                each.facts = {"ignored": ", ".join(ignored), "divisor": divisor}
            verdict.judge(trainings, TRAIN)
        shuffles = sized and epochs and not reads
        order = [_run_epochs(plan)] if shuffles else []
    verdict.judge(order, EPOCHS)
    steps, each_once, cleared, shuffled = TRAIN_VERIFIED
    lines = [steps, each_once if sized else ONE_STEP, *[cleared] * (sized or epochs)]
    notes = order_notes(plan, ASKED, "training-loop#loop") if _is_books(plan) else []
    if not all(training.in_place for training in trainings):
        notes += [OWN_START if trainings[0].own_start else RETURNED]
    notes += [FULL_BATCH] * (not sized)
    return verdict.passed([*lines, *[shuffled] * shuffles], notes)


def _is_books(plan: Plan) -> bool:
    """Return whether the function takes what the book's does, and nothing else."""
    asked = {"features", "labels", "w", "b", "lr", "num_epochs", "batch_size"}
    return {*plan.positional, *plan.keywords.values()} == asked


THREE = [[2.0], [-1.0], [0.5]], [4.0, 2.0, -2.0]
TASKS = (
    task([[2.0]], [4.0], num_epochs=1, batch_size=1),
    task([[2.0]], [4.0], num_epochs=3, batch_size=1),
    task(*THREE, num_epochs=1, batch_size=3),
    task([[1.0]] * 4, [4.0] * 4, num_epochs=2, batch_size=2),
    task([[1.0, -2.0], [0.5, 1.0], [-1.0, 3.0]], [2.0, -1.0, 3.0], num_epochs=3, batch_size=3),
    *[task(*THREE, num_epochs=1, batch_size=2)] * 4,
    *[task(*THREE, num_epochs=1, batch_size=1)] * 8,
)
IN_EPOCHS = task([[1.5], [-1.0], [0.5], [-0.3]], [4.0, 1.0, -2.0, 3.0], num_epochs=4, batch_size=1)


def _run(plan: Plan, given: Task) -> Training:
    """Train with `w` of shape (d, 1) or, where `f` refuses that, (d,)."""
    training = _call_train(plan, given)
    if training.error is not None and not training.own_start:
        flat = _call_train(plan, given, flat=True)
        training = flat if flat.error is None else training
    places = _right_places(training.task)
    w, b = places[0]
    training.inputs = _listed(plan, training.task)
    training.expected = f"w = {numbers(w)}, b = {numbers(b)}"
    if any(not close(w, other) for other, _ in places):
        training.expected = Text(
            f"{training.expected}, or where another order of the examples leads",
            f"{training.expected}，或样本按其他顺序时到达的位置",
        )
    training.right = training.ends_at(*places) and not training.also
    if training.unchanged and not training.own_start:
        # 0 · inf is nan: it shows that the parameter was written to, with a gradient of zero
        again = _call_train(plan, replace(given, lr=math.inf))
        training.zeroed_first = bool(again.w.isnan().any())
    if not training.in_place and not training.own_start and not training.right:
        still = _call_train(plan, replace(given, lr=0.0))
        training.started_elsewhere = not still.in_place and not still.unchanged
    return training


def _listed(plan: Plan, given: Task) -> str:
    """Return in words what the function was called with."""
    parts = str(given)
    if plan.takes("params"):
        parts = parts.replace(", w = ", ", params = [w, b], w = ")
    return parts


def _right_places(given: Task) -> list[Place]:
    """Return where minibatch SGD may end; a short batch may be divided by its own size."""
    return [
        descend(given, order, by_size=by_size)
        for order in given.orders
        for by_size in (False, True)
    ]


def _call_train(plan: Plan, given: Task, flat: bool = False) -> Training:
    if not (plan.takes("w") or plan.takes("params")):
        return _call_with_own_start(plan, given)
    start = given.w.reshape(-1) if flat else given.w
    w, b = start.clone().requires_grad_(), given.b.clone().requires_grad_()
    training = _call(plan, given, w, b)
    training.reached = w.grad is not None and b.grad is not None
    training.requires_grad = w.requires_grad and b.requires_grad
    reasons = [
        f"{name}.requires_grad = False"
        for name, param in (("w", w), ("b", b))
        if not param.requires_grad
    ]
    training.also = ", ".join([*filter(None, [training.also]), *reasons])
    returned = _trained_pair(training.result, len(given.w))
    if (
        training.unchanged
        and returned is not None
        and returned[0] is not w
        and returned[1] is not b
    ):
        training.w, training.b = returned
        training.in_place = False
    return training


def _call_with_own_start(plan: Plan, given: Task) -> Training:
    """Train from the start that the function draws; at a learning rate of 0 it stays there."""
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()  # noqa: NPY002
    nothing = torch.zeros(0)
    still = _call(plan, replace(given, lr=0.0), nothing, nothing)
    torch.set_rng_state(states[0])
    random.setstate(states[1])
    np.random.set_state(states[2])  # noqa: NPY002
    training = _call(plan, given, nothing, nothing)
    start = _trained_pair(still.result, len(given.w))
    end = _trained_pair(training.result, len(given.w))
    training.own_start, training.in_place = True, False
    training.unreadable = training.error is None and (start is None or end is None)
    if start is not None and end is not None:
        w, b = (each.detach() for each in start)
        training.task = replace(given, w=w.reshape(-1, 1), b=b.reshape(1))
        training.w, training.b = end
    return training


def _call(plan: Plan, given: Task, w: Tensor, b: Tensor) -> Training:
    features, labels = given.features.clone(), given.labels.clone()
    with torch.enable_grad():
        result, error, printed = plan(
            features=features,
            labels=labels,
            batches=Batches(features, labels, given.batch_size),
            w=w,
            b=b,
            params=[w, b],
            lr=given.lr,
            num_epochs=given.num_epochs,
            batch_size=given.batch_size,
            net=scratch.linreg,
            loss=scratch.squared_loss,
            sgd=scratch.sgd,
            data_iter=data.data_iter,
        )
        gradients_on = torch.is_grad_enabled()
    training = Training(
        task=given,
        w=w,
        b=b,
        result=result,
        error=error,
        printed=printed,
        gradients_on=gradients_on,
        also="" if gradients_on else "torch.is_grad_enabled() = False",
    )
    if not (torch.equal(features, given.features) and torch.equal(labels, given.labels)):
        training.data_changed = True
        training.also = f"features = {numbers(features)}, labels = {numbers(labels)}"
    return training


def _trained_pair(result: object, d: int) -> tuple[Tensor, Tensor] | None:
    """Return the weights and the bias in what a training gives back, None where there are none."""
    if isinstance(result, nn.Module):
        result = list(result.parameters())
    elif isinstance(result, dict):
        result = list(result.values())
    if not isinstance(result, tuple | list):
        return None
    items = [
        inner for item in result for inner in (item if isinstance(item, tuple | list) else [item])
    ]
    tensors = [item for item in items if isinstance(item, Tensor) and item.is_floating_point()]
    w = next((item for item in tensors if item.numel() == d), None)
    b = next((item for item in tensors if item.numel() == 1 and item is not w), None)
    return None if w is None or b is None else (w, b)


def _run_epochs(plan: Plan) -> Epochs:
    """Find out whether the epochs of a training all have the same order of the examples."""
    found: list[Sequence[int] | None] = []
    for _ in range(4):
        training = _call_train(plan, IN_EPOCHS.of_default_dtype())
        matches = (
            order
            for order in itertools.permutations(range(4))
            if training.ends_at(descend(training.task, training.task.epochs(order)))
        )
        found.append(next(matches, None))
    return Epochs(
        inputs=_listed(plan, IN_EPOCHS),
        expected=Text("another order in each epoch", "每个迭代周期的顺序都不同"),
        right=any(order is None for order in found),
        orders=found,
    )


def _ignored(plan: Plan) -> list[str]:
    """Return the names of the arguments that can be changed without changing the result."""
    sized = plan.takes("batch_size")
    given = replace(TASKS[3].of_default_dtype(), num_epochs=2 if plan.takes("num_epochs") else 1)
    if not sized:
        given = replace(given, batch_size=len(given.features))
    usual = _call_train(plan, given)
    if usual.error is not None or usual.unchanged or usual.unreadable:
        return []
    others = {
        "lr": replace(given, lr=given.lr / 2),
        "num_epochs": replace(given, num_epochs=given.num_epochs + 1),
        "batch_size": replace(given, batch_size=1),
    }
    return [
        name
        for name, other in others.items()
        if plan.takes(name) and _call_train(plan, other).ends_at((usual.w, usual.b))
    ]


def _floors(plan: Plan) -> bool:
    """Return whether a step loses its fraction to `//`, which shows when it is long."""
    probe = _call_train(plan, replace(TASKS[2].of_default_dtype(), lr=7.0))
    return probe.ends_as(floor="product") or probe.ends_as(floor="rate")


def _fixed_divisor(trainings: Sequence[Training]) -> str:
    """Return by which number every step is divided, whatever the number of examples."""
    return next(
        (
            str(divisor)
            for divisor in range(2, 257)
            if all(each.ends_as(factor=each.task.batch_size / divisor) for each in trainings)
        ),
        "",
    )


def _broadcast_places(given: Task) -> list[Place]:
    """Return where (n, 1) − (n,) leads: each prediction is pulled to the mean of the labels."""
    n = min(len(given.features), given.batch_size)
    pulled = replace(given, labels=given.labels.mean().expand_as(given.labels))
    return [descend(pulled, given.in_order, factor=factor) for factor in (n, 1.0, 1 / n)]


def _one_parameter_places(given: Task) -> list[Place]:
    """Return where one parameter moves and the other stays, for a single step."""
    w, b = descend(given, given.in_order)
    return [(w, given.b), (given.w, b)]


def _swapped(seen: Training) -> bool:
    """Return whether what came back are the right numbers, b first."""
    turned = [(b, w.reshape(-1)) for w, b in _right_places(seen.task) if w.numel() == 1]
    return not seen.in_place and seen.ends_at(*turned)


def _with_replacement(given: Task) -> list[Place]:
    """Return where an epoch leads that draws each of the examples anew."""
    n = len(given.features)
    draws = itertools.product(range(n), repeat=n)
    return [descend(given, given.epochs(rows)) for rows in draws]


def _without_last(given: Task) -> list[Place]:
    """Return where an epoch leads that leaves out the short last batch."""
    n = len(given.features)
    draws = itertools.permutations(range(n), n - n % given.batch_size)
    return [descend(given, given.epochs(rows)) for rows in draws]


def _last_filled(given: Task) -> list[Place]:
    """Return where an epoch leads whose last batch is filled up with examples that came already."""
    n = len(given.features)
    return [
        descend(given, given.epochs([*rows, *more]))
        for rows in itertools.permutations(range(n))
        for more in itertools.permutations(range(n), -n % given.batch_size)
    ]


def _apart(given: Task) -> list[Place]:
    """Return where an epoch of one batch leads in which each example has another's label."""
    if given.num_epochs > 1 or not given.is_full_batch:
        return []
    rows = range(len(given.features))
    others = (given.labels[list(order)] for order in itertools.permutations(rows))
    return [descend(replace(given, labels=labels), given.in_order) for labels in others]


def _short_last_batch(given: Task) -> bool:
    return len(given.features) % given.batch_size != 0


def _one_batch(given: Task) -> list[Place]:
    """Return where one batch of each epoch leads, whichever it is."""
    many = given.num_epochs > 1
    return [
        descend(given, [epoch[:1] for epoch in order])
        for order in ([given.in_order] if many else given.orders)
    ]


def _one_step_an_epoch(given: Task) -> list[Place]:
    """Return where one step for each epoch leads, along the gradients of all its batches."""
    order: Order = [[range(len(given.features))]] * given.num_epochs
    return [descend(given, order)]


def _ends(*ways: dict[str, Any]) -> Callable[[Training], bool]:
    """Make a detector of trainings that end where one of these ways to go wrong leads."""
    return lambda seen: any(seen.ends_as(**way) for way in ways)


def _both(**way: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a way to go wrong, with a short batch divided by `batch_size` or by its own size."""
    return way, {**way, "by_size": True}


TRAIN: tuple[Mistake[Training], ...] = (
    Mistake(
        "no_graph",
        "no-grad#loss-under-no-grad",
        lambda seen: "does not require grad" in str(seen.error),
        en="`backward` finds no way back to the parameters: the prediction or the loss was "
        "computed under `torch.no_grad()`, or from `.data`, `.detach()` or `.item()`. Only the "
        "update belongs under `no_grad`.",
        zh="`backward` 回不到参数那里：预测或损失是在 `torch.no_grad()` 下，或者由 `.data`、"
        "`.detach()`、`.item()` 算出来的。只有更新那一步应放在 `no_grad` 下。",
    ),
    Mistake(
        "not_scalar",
        "autograd#scalar",
        lambda seen: "only for scalar outputs" in str(seen.error),
        en="`backward` needs one number, and the loss has one for each example. Add them up "
        "first: `loss.sum().backward()`.",
        zh="`backward` 要的是一个数，而这里的损失是每个样本一个数。请先求和："
        "`loss.sum().backward()`。",
    ),
    Mistake(
        "graph_twice",
        "no-grad#rebinding",
        lambda seen: "backward through the graph a second time" in str(seen.error),
        en="`backward` runs into a graph that it has been through already: the loss is computed "
        "once, outside the loop, or an update outside `torch.no_grad()` has tied each step to the "
        "one before.",
        zh="`backward` 碰到了已经反向传播过的计算图：损失只在循环外面算了一次，或者没有在 "
        "`torch.no_grad()` 下更新，使每一步都连着上一步。",
    ),
    Mistake(
        "no_no_grad",
        "no-grad#with-gradients-on",
        lambda seen: "a leaf Variable that requires grad" in str(seen.error),
        en="the update runs with gradients on, and autograd forbids changing a parameter in place "
        "while it records. Put the update under `with torch.no_grad():`.",
        zh="更新时还在记录梯度，而自动微分不允许在记录时原地修改参数。请把更新放在 `with "
        "torch.no_grad():` 之下。",
    ),
    Mistake(
        "grad_is_none",
        "autograd#zeroing",
        lambda seen: seen.misses_gradient and (seen.own_start or not seen.reached),
        en="a gradient is None when it is used. Either `backward` never reached that parameter "
        "(the prediction uses `.detach()`, `.data` or another tensor, or `w = w - …` has made a "
        "new one), or the gradient is used or cleared before the first `backward`.",
        zh="用到某个梯度时，它是 None。要么 `backward` 没有到达这个参数（预测用的是 `.detach()`、"
        "`.data` 或别的张量，或者 `w = w - …` 新建了张量），要么在第一次 `backward` 之前就使用或清"
        "零了梯度。",
    ),
    Mistake(
        "rebinding",
        "no-grad#rebinding",
        lambda seen: (
            (seen.misses_gradient or seen.unchanged)
            and seen.reached
            and not (seen.own_start or seen.zeroed_first or seen.floored)
        ),
        en="gradients arrive, but w and b stay as they are. Either nothing updates them, or the "
        "update is `w = w - …`, which makes a new tensor and gives it the name; the tensor that "
        "was passed in is not trained. Change that one in place: `w -= …` under "
        "`torch.no_grad()`, or return the new `(w, b)`.",
        zh="梯度算出来了，w 和 b 却没有变。要么没有写更新，要么写成了 `w = w - …`：这会新建一个张"
        "量，再让这个名字指向它，传进来的张量并没有得到训练。请在 `torch.no_grad()` 下原地修改：`w "
        "-= …`，或者返回新的 `(w, b)`。",
    ),
    Mistake(
        "zeroed_first",
        "autograd#zeroing",
        lambda seen: seen.zeroed_first,
        en="the gradients are cleared between `backward` and the update, so that nothing moves. "
        "Clear them after the update, or before `backward`.",
        zh="在 `backward` 和更新之间就清零了梯度，所以参数没有变化。应在更新之后清零，或在 "
        "`backward` 之前清零。",
    ),
    Mistake(
        "copied",
        "training-loop#loop",
        lambda seen: seen.unchanged and not seen.reached and not inspect.isgenerator(seen.result),
        en="no gradient ever reaches the w and b that were passed in. Does the loop train a "
        "detached copy or tensors of its own (`.clone()`, `.detach()`, new random numbers)? Train "
        "these two, or return the trained `(w, b)`.",
        zh="传入的 w 和 b 从未得到梯度。循环训练的是不是分离出来的副本，或自己新建的张量（"
        "`.clone()`、`.detach()`、新的随机数）？请训练传入的这两个张量，或者返回训练后的 `(w, b)`"
        "。",
    ),
    Mistake(
        "nothing_returned",
        "training-loop#loop",
        lambda seen: seen.unreadable and not inspect.isgenerator(seen.result),
        en="your function takes no w and b, so that it has to give back those that it trained: "
        "`return w, b`.",
        zh="你的函数不接收 w 和 b，所以要返回它训练的结果：`return w, b`。",
    ),
    GENERATOR,
    *FAILS,
    Mistake(
        "floor_division",
        "training-loop#update",
        lambda seen: seen.floored,
        en="`//` divides and drops the fraction. It is `/ batch_size`.",
        zh="`//` 是整除，会丢掉小数部分。应写作 `/ batch_size`。",
        exact=True,
    ),
    Mistake(
        "returned_swapped",
        "training-loop#loop",
        _swapped,
        en="b comes back before w: `return w, b`.",
        zh="返回时 b 在 w 前面了：应为 `return w, b`。",
    ),
    Mistake(
        "started_elsewhere",
        "training-loop#initialise",
        lambda seen: seen.started_elsewhere,
        en="the parameters that come back did not start from the w and b that were passed in: at a "
        "learning rate of 0 others come back. Leave out the lines that make new ones.",
        zh="返回的参数不是从传入的 w 和 b 出发的：学习率为 0 时，返回的也是别的值。请去掉新建参数的"
        "那几行。",
    ),
    Mistake(
        "global_divisor",
        "loss#sum-or-mean",
        lambda seen: bool(seen.facts["divisor"]),
        en="every step is divided by {divisor}, and your function takes no batch size. Is that a "
        "variable from outside? Make `batch_size` a parameter.",
        zh="每一步都除以了 {divisor}，而你的函数不接收批量大小。用的是不是函数外面的变量？请把 "
        "`batch_size` 作为实参传入。",
    ),
    Mistake(
        "shuffled_apart",
        "minibatches#same-indices",
        lambda seen: seen.ends_at(*_apart(seen.task)),
        en="the examples trained with each other's labels: features and labels were shuffled "
        "apart.",
        zh="样本配上了别的样本的标签：特征和标签是分开打乱的。",
    ),
    Mistake(
        "step_per_epoch",
        "training-loop#loop",
        lambda seen: seen.ends_at(*_one_step_an_epoch(seen.task)),
        en="there is one step for each epoch, along the sum of the gradients of all batches: the "
        "update stands outside the loop over the batches. It belongs inside.",
        zh="每个迭代周期只走了一步，沿的是所有小批量的梯度之和：更新写在了小批量循环的外面。应写在"
        "循环里面。",
        exact=True,
    ),
    Mistake(
        "one_cleared",
        "autograd#zeroing",
        _ends({"cleared": "w"}, {"cleared": "b"}),
        en="only one of the two gradients is cleared, and the other adds up from step to step. "
        "Clear both: `w.grad.zero_()` and `b.grad.zero_()`.",
        zh="两个梯度只清零了一个，另一个会一步步累加。两个都要清零：`w.grad.zero_()` 和 "
        "`b.grad.zero_()`。",
        exact=True,
    ),
    Mistake(
        "gradients_off",
        "no-grad#no-grad",
        lambda seen: not seen.gradients_on,
        en="gradients are still off when the function has ended. `with torch.no_grad():` turns "
        "them on again by itself; `set_grad_enabled(False)` does not.",
        zh="函数结束后，梯度记录仍是关闭的。`with torch.no_grad():` 会自己恢复，"
        "`set_grad_enabled(False)` 不会。",
    ),
    Mistake(
        "detached",
        "no-grad#no-grad",
        lambda seen: not seen.requires_grad,
        en="w or b no longer requires a gradient: `detach_()` or `requires_grad_(False)` took it "
        "out of training. Use `torch.no_grad()` around the update instead.",
        zh="w 或 b 不再需要梯度：`detach_()` 或 `requires_grad_(False)` 让它退出了训练。请改为把更"
        "新放在 `torch.no_grad()` 下。",
    ),
    Mistake(
        "input_changed",
        "minibatches#same-indices",
        lambda seen: seen.data_changed,
        en="the features or the labels were changed. Shuffle indices, never the data.",
        zh="你的函数改动了特征或标签。要打乱的是索引，不是数据。",
    ),
    Mistake(
        "some_parameters",
        "training-loop#loop",
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
        "training-loop#update",
        lambda seen: (
            seen.ends_as(factor=-1)
            or seen.ends_as(factor=-1, by_size=True)
            or seen.ends_as(factor=-seen.task.batch_size)
        ),
        en="the steps go along the gradient, uphill, and the loss grows. It is `param -= lr * …`, "
        "with a minus.",
        zh="每一步都沿着梯度方向走，是上坡，损失越来越大。应为 `param -= lr * …`，用减号。",
        exact=True,
    ),
    Mistake(
        "no_half",
        "loss#half",
        _ends(*_both(factor=2)),
        en="the steps are twice as large: the loss lacks its ½, as `nn.MSELoss` does.",
        zh="每一步都是应有的两倍：损失里缺少 ½，`nn.MSELoss` 也是这样。",
        exact=True,
    ),
    Mistake(
        "half_twice",
        "loss#half",
        _ends(*_both(factor=0.5)),
        en="the steps are half as large: the ½ is applied twice.",
        zh="每一步只有应有的一半：½ 用了两次。",
        exact=True,
    ),
    Mistake(
        "not_divided",
        "loss#sum-or-mean",
        lambda seen: seen.ends_as(factor=seen.task.batch_size),
        en="the division by the batch size is missing, so that a larger batch takes larger steps. "
        "Sum the losses and divide in `sgd`, or take their mean.",
        zh="没有除以批量大小，一批里的样本越多，步子就越大。要么对损失求和并在 `sgd` 里除，要么对"
        "损失取平均。",
        exact=True,
    ),
    Mistake(
        "divided_twice",
        "loss#sum-or-mean",
        lambda seen: (
            seen.ends_as(factor=1 / seen.task.batch_size)
            or seen.ends_as(factor=1 / seen.task.batch_size, by_size=True)
        ),
        en="divided by the batch size twice: the loss is a mean, and `sgd` divides as well. The "
        "steps are too small by that factor. Either `loss.sum()` and divide, or `loss.mean()` and "
        "do not.",
        zh="批量大小除了两次：损失取了平均，`sgd` 又除了一次，每一步只有应有的“批量大小”分之一。要"
        "么 `loss.sum()` 并在 `sgd` 里除，要么 `loss.mean()` 而不再除。",
        exact=True,
    ),
    Mistake(
        "broadcast",
        "broadcasting#trap",
        lambda seen: len(seen.task.features) > 1 and seen.ends_at(*_broadcast_places(seen.task)),
        en="predictions of shape (n, 1) minus labels of shape (n,) broadcast to (n, n): every "
        "prediction is pulled to the mean of the labels. Give both the same shape before "
        "subtracting.",
        zh="形状 (n, 1) 的预测值减去形状 (n,) 的标签，广播成了 (n, n)：每个预测值都被拉向标签的均"
        "值。相减之前，请让两者形状相同。",
    ),
    Mistake(
        "one_epoch",
        "minibatches#generator",
        lambda seen: (
            seen.task.num_epochs > 1 and seen.ends_at(descend(seen.task, seen.task.in_order[:1]))
        ),
        en="only the first epoch trains. `data_iter` was called once, outside the loop over the "
        "epochs, and a generator is used up after one pass; or `num_epochs` is not used.",
        zh="只在第一个迭代周期里训练了。`data_iter` 只在迭代周期的循环外面调用了一次，而生成器遍历"
        "一次就用完了；或者没有用到 `num_epochs`。",
    ),
    Mistake(
        "not_cleared",
        "autograd#accumulation",
        _ends({"cleared": "never"}, {"cleared": "each epoch"}),
        en="the gradients are left over: `backward` adds to those of the steps before, and each "
        "step goes along the sum. Clear them in every step, once they have been used.",
        zh="梯度没有清零：`backward` 会累加到前面各步的梯度上，每一步都沿着它们的和走。每一步用完"
        "梯度之后都要清零。",
        exact=True,
    ),
    Mistake(
        "last_batch_dropped",
        "minibatches#last-batch",
        lambda seen: _short_last_batch(seen.task) and seen.ends_at(*_without_last(seen.task)),
        en="the last, short batch is left out, and its examples never train in that epoch.",
        zh="最后不满的小批量被漏掉了，其中的样本在这个迭代周期里没有参与训练。",
    ),
    Mistake(
        "last_batch_padded",
        "minibatches#last-batch",
        lambda seen: _short_last_batch(seen.task) and seen.ends_at(*_last_filled(seen.task)),
        en="the last batch is filled up with examples that came already. Let it be short.",
        zh="最后一个小批量用已经出现过的样本补满了。让它短一些就好。",
    ),
    Mistake(
        "first_batch_only",
        "training-loop#loop",
        lambda seen: seen.ends_at(*_one_batch(seen.task)),
        en="only the first batch of each epoch trains, or only the last: `backward` and the update "
        "stand outside the loop over the batches, or a `break` or `return` ends it.",
        zh="每个迭代周期只用一个小批量（第一个或最后一个）训练：`backward` 和更新写在了小批量循环"
        "的外面，或者 `break`、`return` 结束了循环。",
    ),
    Mistake(
        "repeats",
        "minibatches#each-once",
        lambda seen: seen.task.num_epochs == 1 and seen.ends_at(*_with_replacement(seen.task)),
        en="an example came twice in one epoch and another not at all: the batches are drawn with "
        "replacement. Shuffle all examples, and take each once.",
        zh="同一个迭代周期里，有的样本出现了两次，有的一次也没有：小批量是有放回地抽取的。应打乱全"
        "部样本，每个取一次。",
    ),
    Mistake(
        "ignored_argument",
        "training-loop#update",
        lambda seen: bool(seen.ignored),
        en="an argument is not used: {ignored}. Another value leads to the same parameters. Is it "
        "a variable from outside the function?",
        zh="有实参没有用上：{ignored}。换一个值，得到的 w 和 b 还是一样。用的是不是函数外面的变"
        "量？",
        vague=True,
    ),
    Mistake(
        "loss_grows",
        "training-loop#learning-rate",
        lambda seen: (
            seen.error is None
            and not seen.unreadable
            and seen.w.numel() == seen.task.w.numel()
            and not seen.task.loss(seen.w, seen.b) <= seen.task.loss(seen.task.w, seen.task.b)
        ),
        en="the loss is larger after the training than before, at a learning rate at which it "
        "should fall.",
        zh="训练之后损失反而比之前大，而用这个学习率，损失本该下降。",
        vague=True,
    ),
)

EPOCHS: tuple[Mistake[Epochs], ...] = (
    Mistake(
        "never_shuffled",
        "minibatches#shuffling",
        lambda seen: all(order == tuple(range(4)) for order in seen.orders),
        en="the examples are never shuffled: every epoch takes them in the order of the data.",
        zh="样本从来没有打乱：每个迭代周期都按数据原来的顺序。",
    ),
    Mistake(
        "same_order",
        "minibatches#shuffling",
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
ONE_STEP = Text(
    "every epoch is one step, on every example once", "每个迭代周期走一步，用到每个样本一次"
)
RETURNED = Note(
    Text(
        "the trained parameters are returned, and the tensors that were passed in stay as they "
        "were. That works as long as the caller uses what is returned:",
        "训练后的参数是返回的，传入的张量保持原样。调用者用的是返回值时，这样没有问题：",
    ),
    "no-grad#rebinding",
)
OWN_START = Note(
    Text(
        "your function takes no w and b, and was judged from the start that it returns at a "
        "learning rate of 0:",
        "你的函数不接收 w 和 b，检查时把学习率为 0 时返回的参数当作起点：",
    ),
    "training-loop#initialise",
)
FULL_BATCH = Note(
    Text(
        "your function takes no batch size, and each epoch is one step on all examples. That is "
        "gradient descent; in minibatches there are more steps for the same work:",
        "你的函数不接收批量大小，每个迭代周期在全部样本上走一步。这是梯度下降；分成小批量，同样的"
        "计算量可以走更多步：",
    ),
    "training-loop#batch-size",
)
