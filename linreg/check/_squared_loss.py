"""`check.squared_loss`: is the loss ½(ŷ − y)²?"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor

from linreg import scratch
from linreg.check.arguments import LABELS, Role, order_notes, require_plan
from linreg.check.calls import Called, call, undisturbed
from linreg.check.classes import Model, bound_to, is_model, without_self
from linreg.check.outputs import COMPUTES, Arguments, Output, observe, of_default_dtype
from linreg.check.report import FAILS, Mistake, Note, Passed, Seen, Verdict
from linreg.check.words import Text, column

Reduction = Literal["none", "mean"]
ASKED = "squared_loss(y_hat, y)"
PREDICTIONS = "haty ypred predy pred preds prediction predictions predicted output outputs out"
ROLES = (Role("y_hat", f"{PREDICTIONS} ŷ input"), Role("y", LABELS))
IN_A_METHOD = (Role("self"), *ROLES)


def squared_loss(
    f: Callable[..., Any], *, reduction: Reduction | None = None, lang: str | None = None
) -> Passed:
    """Look at a learner's `squared_loss(y_hat, y)`, ½(ŷ − y)² of each example.

    Args:
        f: the function. `y_hat` has shape (n, 1), `y` (n, 1) or (n,); it gives one value an
            example, of shape (n, 1) or (n,). One that refuses `y` of shape (n,) passes as well.
            Or a model: an instance with a method `loss(y_hat, y)`, a class of such, or the method
            itself with `self`.
        reduction: `"none"` for one value per example, `"mean"` for their mean, one number. Unless
            given, `"none"` for a function and `"mean"` for a model. A model's mean of (ŷ − y)²,
            as of `nn.MSELoss`, passes with a note, and so does one that takes labels of shape
            (n, 1) only.
        lang: `"en"` or `"zh"`; when None, the environment variable LINREG_LANG, else English.

    Raises:
        CheckFailed: the function has a mistake; the message names it.
        TypeError: `f` is no function, or a class that takes other arguments than usual.
        ValueError: `reduction` is something else.

    Source: chapters "Loss" and "Classes".

    Examples:
        >>> from linreg import check
        >>> check.squared_loss(lambda y_hat, y: (y_hat - y.reshape(y_hat.shape)) ** 2 / 2)
        squared_loss: passed
        ✓ half the squared difference of each example
        ✓ one value per example: neither a sum nor a mean
        ✓ y of shape (n,) does not broadcast to (n, n)
        ✓ gradients flow back to y_hat
    """
    if reduction not in (None, "none", "mean"):
        raise ValueError(f"reduction must be 'none' or 'mean', got {reduction!r}")
    verdict = Verdict("squared_loss", lang, "loss#function")
    notes: list[Note] = []
    of_model = is_model(f) or without_self(f)
    with undisturbed():
        ask = _of_model(verdict, f) if of_model else None
        if ask is None:
            plan = require_plan(verdict, f, [ROLES], ASKED)
            notes += order_notes(plan, ASKED, "loss#function")
            ask = plan
        mean = reduction == "mean" or (reduction is None and of_model)
        even = [_lose(ask, trial, mean) for trial in of_default_dtype(TRIALS)]
        trap = _lose(ask, of_default_dtype([TRAP])[0], mean)
    if of_model and mean and all(map(_is_mean_square, even)):
        notes.append(WITHOUT_HALF)
        for seen in (*even, trap):
            seen.answer = 2 * seen.answer
            seen.right = _is_mean_square(seen)
    verdict.judge(even, MEAN if mean else EACH)
    if of_model and mean and not trap.right and _is_mean_of_pairs(trap):
        notes.append(COLUMN_ONLY)
    elif trap.error is None:
        verdict.judge([trap], MEAN if mean else EACH)
    half, one_each, flat, gradient = VERIFIED
    lines = [half, ONE_MEAN if mean else one_each, flat, gradient]
    if WITHOUT_HALF in notes:
        lines[0] = SQUARES
    if trap.error is not None or COLUMN_ONLY in notes:
        lines.remove(flat)
    return verdict.passed(lines, notes)


def _of_model(verdict: Verdict, f: Any) -> Callable[..., Called] | None:
    """Return the loss of a model as a function of y_hat and y; of a torch loss, the loss itself."""
    if without_self(f):
        require_plan(verdict, f, [IN_A_METHOD], "loss(self, y_hat, y)")
        return lambda y_hat, y: call(bound_to(f), y_hat, y)
    if not hasattr(f, "loss"):
        return None
    made = call(Model(f).make, 2) if inspect.isclass(f) else Called(f, None, "")
    if made.error is not None:
        verdict.judge([Seen(error=made.error, printed=made.printed)], FAILS)
    return require_plan(verdict, made.result.loss, [ROLES], "loss(y_hat, y)")


TRIALS: tuple[Arguments, ...] = (
    {"y_hat": column(1.0), "y": column(4.0)},
    {"y_hat": column(1.0, 3.0, 7.0), "y": column(4.0, 2.0, 2.0)},
)
TRAP: Arguments = {"y_hat": column(1.0, 3.0), "y": torch.tensor([4.0, 2.0])}


def _lose(f: Callable[..., Called], arguments: Arguments, mean: bool) -> Output:
    losses = scratch.squared_loss(arguments["y_hat"], arguments["y"])
    answer = losses.mean() if mean else losses
    seen = observe(f, arguments, arguments, answer, trained=("y_hat",))
    shapes = {(), (1,), (1, 1)} if mean or seen.n == 1 else {(seen.n, 1), (seen.n,)}
    seen.right = (
        seen.gives(answer)
        and tuple(seen.result.shape) in shapes
        and seen.result.dtype == answer.dtype
        and not seen.also
    )
    return seen


def _difference(seen: Output) -> Tensor:
    y_hat, y = seen.arguments["y_hat"], seen.arguments["y"]
    return y_hat - y.reshape(y_hat.shape)


def _half(seen: Output) -> Tensor:
    return _difference(seen) ** 2 / 2


def _all_pairs(seen: Output) -> Tensor:
    """Return what comes of the trap: half the square of every prediction minus every label."""
    y_hat, y = seen.arguments["y_hat"], seen.arguments["y"]
    return (y_hat - y.reshape(1, -1)) ** 2 / 2


def _is_mean_of_pairs(seen: Output) -> bool:
    return seen.gives(_all_pairs(seen).mean(), 2 * _all_pairs(seen).mean())


def _is_mean_square(seen: Output) -> bool:
    return seen.gives((_difference(seen) ** 2).mean()) and not seen.also


def _unequal_squares(seen: Output) -> bool:
    y_hat, y = seen.arguments["y_hat"], seen.arguments["y"]
    y = y.reshape(y_hat.shape)
    wrong = [y_hat - y**2, y_hat - y**2 / 2, y_hat**2 - y**2, (y_hat**2 - y**2) / 2]
    return _gives(seen, *wrong, *(-each for each in wrong))


def _gives(seen: Output, *candidates: Tensor) -> bool:
    """Return whether the candidates came back, as they are or as their mean."""
    return seen.gives(*candidates, *(each.mean() for each in candidates))


NOT_REDUCED: Mistake[Output] = Mistake(
    "not_reduced",
    "loss#sum-or-mean",
    lambda seen: seen.gives(_half(seen), 2 * _half(seen)),
    en="this is one value per example, and the mean was asked for, one number: end in `.mean()`.",
    zh="这是每个样本一个值，而这里要的是均值，只有一个数：最后加 `.mean()`。",
    exact=True,
)
IS_A_MEAN: Mistake[Output] = Mistake(
    "mean",
    "loss#sum-or-mean",
    lambda seen: seen.gives(_half(seen).mean(), _half(seen) / seen.n),
    en="this is divided by the number of examples, a mean. `sgd` divides by the batch size "
    "already: with both, the steps are too small by that factor. Give one value per example. "
    '(Where the step does not divide, the mean is right: check it with `reduction="mean"`.)',
    zh="结果已经除以样本数，是均值。而 `sgd` 还会再除以批量大小：两处都除，每一步就只有应有的“批量"
    "大小”分之一。请给出每个样本各自的损失。（如果更新时不再除，那么取平均是对的：检查时加 "
    '`reduction="mean"`。）',
    exact=True,
)
IS_A_SUM: Mistake[Output] = Mistake(
    "sum",
    "loss#sum-or-mean",
    lambda seen: seen.gives(_half(seen).sum()),
    en="this is the sum over the examples, one number. Give one value per example; the "
    "training loop adds them up when it calls `backward`.",
    zh="结果是各样本损失之和，只有一个数。请给出每个样本各自的损失；求和由训练循环在调用 "
    "`backward` 时完成。",
    exact=True,
)
SUM_FOR_MEAN: Mistake[Output] = Mistake(
    "sum",
    "loss#sum-or-mean",
    IS_A_SUM.detect,
    en="this is the sum over the examples, and their mean was asked for. The gradient of a sum "
    "grows with the batch.",
    zh="结果是各样本损失之和，而这里要的是均值。一批里的样本越多，和的梯度也越大。",
    exact=True,
)
ROW: Mistake[Output] = Mistake(
    "shape",
    "broadcasting#trap",
    lambda seen: seen.gives(_half(seen)) and (seen.n > 1 or seen.result.dim() > 2),
    en="the values are right, but their shape is {shape}. It should be that of the predictions, "
    "(n, 1), or (n,): whatever is added to or multiplied with another shape may broadcast.",
    zh="数值是对的，形状却是 {shape}。它应与预测值相同，为 (n, 1)，或者是 (n,)：换成别的形状，再与"
    "其他张量相加或相乘，就可能发生广播。",
    vague=True,
)
MISTAKES: tuple[Mistake[Output], ...] = (
    Mistake(
        "xor",
        "loss#function",
        lambda seen: "bitwise_xor" in str(seen.error),
        en="`^` is not a power in Python but the exclusive or of bits, which real numbers do not "
        "have. The square is `** 2`.",
        zh="Python 中 `^` 不是乘方，而是按位异或，实数不能这样运算。平方写作 `** 2`。",
    ),
    Mistake(
        "broadcast",
        "broadcasting#trap",
        lambda seen: (
            seen.is_tensor
            and seen.n > 1
            and (
                seen.result.shape == (seen.n, seen.n)
                or seen.gives(_all_pairs(seen).mean(), _all_pairs(seen).sum())
                or seen.gives(2 * _all_pairs(seen).mean(), 2 * _all_pairs(seen).sum())
            )
        ),
        en="(n, 1) − (n,) broadcasts to (n, n): every prediction minus every label, without an "
        "error. Give `y` the shape of `y_hat` first: `y.reshape(y_hat.shape)`.",
        zh="(n, 1) − (n,) 会广播成 (n, n)：每个预测值减去每个标签，而且不报错。请先让 `y` 与 "
        "`y_hat` 形状相同：`y.reshape(y_hat.shape)`。",
    ),
    Mistake(
        "half_squared",
        "loss#half",
        lambda seen: _gives(seen, (_difference(seen) / 2) ** 2),
        en="the ½ is squared too, or applied twice: this is ¼(ŷ − y)². Halve after squaring: "
        "`(y_hat - y) ** 2 / 2`.",
        zh="½ 也被平方了，或者除了两次：这是 ¼(ŷ − y)²。应先平方再除以 2：`(y_hat - y) ** 2 / 2`。",
        exact=True,
    ),
    Mistake(
        "doubled",
        "loss#half",
        lambda seen: _gives(seen, 2 * _difference(seen) ** 2),
        en="this is 2(ŷ − y)²: the square is multiplied by 2 where it should be divided.",
        zh="这是 2(ŷ − y)²：平方应当除以 2，这里却乘了 2。",
        exact=True,
    ),
    Mistake(
        "floor_division",
        "loss#half",
        lambda seen: _gives(seen, _half(seen).floor(), (_difference(seen).abs() // 2) ** 2),
        en="`//` divides and drops the fraction, and what is left has no gradient. The ½ is `/ 2`.",
        zh="`//` 是整除，会丢掉小数部分，而且没有梯度。½ 应写作 `/ 2`。",
        exact=True,
    ),
    Mistake(
        "negative",
        "loss#function",
        lambda seen: _gives(seen, -_half(seen), -2 * _half(seen)),
        en="the loss is negative. A squared loss is never below 0, and is 0 for a perfect "
        "prediction.",
        zh="损失是负的。平方损失不会小于 0，预测完全正确时等于 0。",
        exact=True,
    ),
    Mistake(
        "plus",
        "loss#function",
        lambda seen: _gives(
            seen,
            (_difference(seen) + 2 * seen.arguments["y"].reshape(-1, 1)) ** 2 / 2,
            (_difference(seen) + 2 * seen.arguments["y"].reshape(-1, 1)) ** 2,
        ),
        en="the labels are added to the predictions: this is the square of ŷ + y. The error is "
        "their difference.",
        zh="预测值与标签相加了：这是 ŷ + y 的平方。误差应是两者之差。",
        exact=True,
    ),
    Mistake(
        "root",
        "loss#function",
        lambda seen: seen.gives(
            (_difference(seen) ** 2).mean().sqrt(),
            (_difference(seen) ** 2).sum().sqrt(),
            _half(seen).mean().sqrt(),
            _half(seen).sum().sqrt(),
        ),
        en="this is the root of the mean or of the sum, one number, such as `torch.norm` gives. "
        "The squared loss has no root.",
        zh="这是均值或者和的平方根，只有一个数，`torch.norm` 就是这样。平方损失不开方。",
        exact=True,
    ),
    Mistake(
        "absolute_value",
        "loss#function",
        lambda seen: _gives(seen, _difference(seen).abs(), _difference(seen).abs() / 2),
        en="this is the absolute value |ŷ − y|, not the square. Its gradient has the same size "
        "however wrong the prediction is.",
        zh="这是绝对值 |ŷ − y|，而不是平方。无论预测偏离多少，它的梯度大小都一样。",
        exact=True,
    ),
    Mistake(
        "not_squared",
        "loss#function",
        lambda seen: _gives(
            seen,
            _difference(seen),
            -_difference(seen),
            _difference(seen) / 2,
            -_difference(seen) / 2,
            _difference(seen) * 2,
        ),
        en="the difference is not squared: errors of opposite sign would cancel. In Python the "
        "square is `** 2`.",
        zh="差没有平方，正负误差会互相抵消。Python 中平方写作 `** 2`。",
        exact=True,
    ),
    Mistake(
        "precedence",
        "loss#function",
        _unequal_squares,
        en="the square is taken before the difference: `**` binds tighter than `-`. Put the "
        "difference in parentheses: `(y_hat - y) ** 2 / 2`.",
        zh="先平方后相减了：`**` 的优先级高于 `-`。请给差加上括号：`(y_hat - y) ** 2 / 2`。",
        exact=True,
    ),
    *COMPUTES,
)
EACH: tuple[Mistake[Output], ...] = (
    IS_A_MEAN,
    IS_A_SUM,
    Mistake(
        "mean_squared_error",
        "loss#mse",
        lambda seen: seen.gives((2 * _half(seen)).mean(), 2 * _half(seen) / seen.n),
        en="this is the mean squared error, what `nn.MSELoss` computes: without the ½, and one "
        "mean instead of one value per example.",
        zh="这是均方误差，也就是 `nn.MSELoss` 计算的结果：没有 ½，而且是一个均值，不是每个样本一个"
        "值。",
        exact=True,
    ),
    Mistake(
        "sum_of_squares",
        "loss#sum-or-mean",
        lambda seen: seen.gives((2 * _half(seen)).sum()),
        en="this is the sum of the squares: without the ½, and one number instead of one value an "
        "example.",
        zh="这是平方和：没有 ½，而且只有一个数，不是每个样本一个值。",
        exact=True,
    ),
    Mistake(
        "no_half",
        "loss#half",
        lambda seen: seen.gives(_difference(seen) ** 2),
        en="the ½ is missing: this is (ŷ − y)², not ½(ŷ − y)². It trains as if the learning rate "
        "were twice as large.",
        zh="缺少 ½：这是 (ŷ − y)²，而不是 ½(ŷ − y)²。训练时相当于学习率加倍。",
        exact=True,
    ),
    ROW,
    *MISTAKES,
)
MEAN: tuple[Mistake[Output], ...] = (
    Mistake(
        "no_half",
        "loss#half",
        _is_mean_square,
        en="the ½ is missing: this is the mean of (ŷ − y)², as of `nn.MSELoss`. It trains as if "
        "the learning rate were twice as large.",
        zh="缺少 ½：这是 (ŷ − y)² 的均值，`nn.MSELoss` 也是这样。训练时相当于学习率加倍。",
        exact=True,
    ),
    NOT_REDUCED,
    SUM_FOR_MEAN,
    *MISTAKES,
)
VERIFIED = (
    Text("half the squared difference of each example", "每个样本的损失是差的平方的一半"),
    Text(
        "one value per example: neither a sum nor a mean",
        "每个样本一个值，既没有求和也没有求平均",
    ),
    Text(
        "y of shape (n,) does not broadcast to (n, n)",
        "y 的形状为 (n,) 时，不会广播成 (n, n)",
    ),
    Text("gradients flow back to y_hat", "梯度能够传回 y_hat"),
)
ONE_MEAN = Text("their mean over the examples, one number", "对样本取平均，得到一个数")
SQUARES = Text("the squared difference of each example", "每个样本的损失是差的平方")
WITHOUT_HALF = Note(
    Text(
        "this is the mean of (ŷ − y)², without the ½: half the learning rate takes the same steps:",
        "这是 (ŷ − y)² 的均值，没有 ½：学习率减半，每一步就与有 ½ 时相同：",
    ),
    "loss#mse",
)
COLUMN_ONLY = Note(
    Text(
        "checked with labels of shape (n, 1). With labels of shape (n,) it would be the mean over "
        "every prediction minus every label, without an error:",
        "检查时标签的形状是 (n, 1)。如果标签的形状是 (n,)，就会变成每个预测值减去每个标签再取平"
        "均，而且不报错：",
    ),
    "broadcasting#trap",
)
