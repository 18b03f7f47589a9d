"""`check.gradients`: are the gradients those of the mean loss?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from linreg import analytic
from linreg.check.arguments import (
    BIAS,
    FEATURES,
    LABELS,
    WEIGHTS,
    Plan,
    Role,
    order_notes,
    require_plan,
)
from linreg.check.calls import undisturbed
from linreg.check.outputs import (
    INPUT_CHANGED,
    Arguments,
    Output,
    copies,
    flat,
    observe,
    of_default_dtype,
)
from linreg.check.report import (
    FAILS,
    GENERATOR,
    PRINTS,
    RETURNS_NONE,
    Mistake,
    Note,
    Passed,
    Verdict,
)
from linreg.check.words import Text, column, same_numbers, show

ASKED = "gradients(X, y, w, b)"
ROLES = (Role("X", FEATURES), Role("y", LABELS), Role("w", WEIGHTS), Role("b", BIAS))
ROUGHLY = 2e-3
"""How far a difference quotient in float32 may be from the derivative, relative to it."""


def gradients(f: Callable[..., Any], *, lang: str | None = None) -> Passed:
    """Look at a learner's `gradients(X, y, w, b)`: ∂L/∂w and ∂L/∂b of the mean of ½(ŷ − y)².

    Args:
        f: the function. `X` has shape (n, d), `y` (n, 1), `w` (d, 1), `b` (1,); it gives a
            pair: the gradient with respect to `w`, d numbers, and by `b`, one number. Its
            parameters may come in another order, under their usual names. One that agrees to
            three digits, as difference quotients do, passes with a note, and so does one that
            leaves something in `w.grad`.
        lang: `"en"` or `"zh"`; when None, the environment variable LINREG_LANG, else English.

    Raises:
        CheckFailed: the function has a mistake; the message names it.
        TypeError: `f` is no function.

    Source: chapter "Gradients by hand".

    Examples:
        >>> from linreg import check
        >>> def gradients(X, y, w, b):
        ...     residual = X @ w + b - y
        ...     return X.T @ residual / len(X), residual.mean()
        >>> check.gradients(gradients)
        gradients: passed
        ✓ the gradient with respect to w is Xᵀ(Xw + b − y)/n
        ✓ the gradient with respect to b is the mean of the residuals, one number
    """
    verdict = Verdict("gradients", lang, "gradients#matrix-form")
    with undisturbed():
        plan = require_plan(verdict, f, [ROLES], ASKED)
        trials = of_default_dtype(TRIALS)
        trained, vector = _style(plan, trials[-1])
        seen = [_derive(plan, arguments, trained, vector) for arguments in trials]
        again = [_second_call(plan, arguments, trained, vector) for arguments in trials]
    verdict.judge(seen, GRADIENTS)
    verdict.judge(again, SECOND_CALL)
    notes = order_notes(plan, ASKED, "gradients#matrix-form")
    if any(each.result is not None and not _scaled(each, (1, 1)) for each in seen):
        notes.append(ROUGH)
    notes += [VECTORS] * vector
    if any(_leaves_gradients(each) for each in again):
        notes.append(TRACES)
    return verdict.passed(GRADIENTS_VERIFIED, notes)


B = torch.tensor([1.0])
TRIALS: tuple[Arguments, ...] = (
    {"X": column(2.0), "y": column(3.0), "w": column(4.0), "b": B},
    {"X": column(2.0, 1.0), "y": column(3.0, 1.0), "w": column(4.0), "b": B},
    {
        "X": torch.tensor([[1.0, 2.0, 0.0], [3.0, -1.0, 1.0], [2.0, 5.0, 4.0], [0.0, 1.0, 2.0]]),
        "y": column(2.0, 7.0, 3.0, -4.0),
        "w": column(4.0, 3.0, 1.0),
        "b": B,
    },
)


def _style(plan: Plan, arguments: Arguments) -> tuple[tuple[str, ...], bool]:
    """Return how `f` wants its arguments: which of them trained, `w` and `y` as vectors or not."""
    styles: tuple[tuple[tuple[str, ...], bool], ...] = (
        ((), False),
        (("w", "b"), False),
        ((), True),
        (("w", "b"), True),
    )
    for trained, vector in styles:
        shown = flat(arguments) if vector else arguments
        called = plan(**dict(zip(shown, copies(shown, trained), strict=True)))
        if called.error is None and called.result is not None:
            missing = _only_none(called.result)
            if not missing:
                return trained, vector
    return (), False


def _only_none(result: object) -> bool:
    return isinstance(result, tuple | list) and all(item is None for item in result)


def _derive(plan: Plan, arguments: Arguments, trained: Sequence[str], vector: bool) -> Output:
    answer = analytic.gradients(**arguments)
    shown = flat(arguments) if vector else arguments
    seen = observe(plan, arguments, shown, answer, trained)
    seen.also = "" if not seen.changed else seen.also
    seen.right = _gives_pair(seen, answer, rtol=ROUGHLY) and not _row(seen) and not seen.changed
    return seen


def _second_call(plan: Plan, arguments: Arguments, trained: Sequence[str], vector: bool) -> Output:
    """Call `f` twice with the same tensors, and look at what comes the second time."""
    shown = flat(arguments) if vector else arguments
    given = dict(zip(shown, copies(shown, trained), strict=True))
    seen = observe(lambda **values: plan(**given), arguments, shown, None, ())
    answer = analytic.gradients(**arguments)
    first = [each.clone() for each in _pair(seen) or ()]
    seen.result, seen.error, seen.printed = plan(**given)
    seen.answer, seen.expected, seen.changed, seen.also = answer, show(tuple(first)), (), ""
    seen.right = _gives_pair(seen, answer, rtol=ROUGHLY)
    seen.arguments = given
    return seen


def _leaves_gradients(seen: Output) -> bool:
    return any(value.grad is not None for value in seen.arguments.values())


def _pair(seen: Output) -> tuple[Tensor, Tensor] | None:
    """Return the two gradients that came back, or None when that is not what came back."""
    if not isinstance(seen.result, tuple | list) or len(seen.result) != 2:
        return None
    by_w, by_b = seen.result
    if isinstance(by_b, int | float):
        by_b = torch.tensor(float(by_b))
    if not isinstance(by_w, Tensor) or not isinstance(by_b, Tensor):
        return None
    return by_w, by_b


def _gives_pair(seen: Output, *candidates: tuple[Tensor, Tensor], rtol: float = 1e-4) -> bool:
    pair = _pair(seen)
    return pair is not None and any(
        same_numbers(pair[0], by_w, rtol) and same_numbers(pair[1], by_b, rtol)
        for by_w, by_b in candidates
    )


def _scaled(seen: Output, *factors: tuple[float, float]) -> bool:
    """Return whether the answer came back, times one of the pairs of factors."""
    by_w, by_b = seen.answer
    return _gives_pair(seen, *((by_w * fw, by_b * fb) for fw, fb in factors))


def _row(seen: Output) -> bool:
    pair = _pair(seen)
    d = len(seen.arguments["w"])
    return pair is not None and d > 1 and pair[0].shape == (1, d)


def _size_of_w(seen: Output) -> bool:
    pair = _pair(seen)
    return pair is not None and pair[0].numel() != len(seen.arguments["w"])


def _bias_is_vector(seen: Output) -> bool:
    pair = _pair(seen)
    return pair is not None and seen.n > 1 and pair[1].numel() == seen.n


def _with_residual(residual: Callable[[Arguments], Tensor]) -> Callable[[Output], bool]:
    """Make a detector of gradients that were computed from another residual."""

    def detect(seen: Output) -> bool:
        r, X, n = residual(seen.arguments), seen.arguments["X"], seen.n
        return _gives_pair(seen, (X.T @ r / n, r.mean()), (X.T @ r, r.sum()))

    return detect


def _without_features(seen: Output) -> bool:
    _, by_b = seen.answer
    pair = _pair(seen)
    return (
        pair is not None
        and same_numbers(pair[1], by_b)
        and all(same_numbers(each, by_b) for each in pair[0].reshape(-1))
    )


def _floored(seen: Output) -> bool:
    by_w, by_b = seen.answer
    return _gives_pair(seen, (by_w.floor(), by_b), (by_w.floor(), by_b.floor()))


def _subtracted(seen: Output) -> bool:
    by_w, by_b = seen.answer
    return _gives_pair(seen, (seen.arguments["w"] - by_w, seen.arguments["b"] - by_b))


def _over_features(seen: Output) -> bool:
    X, y, w, b = (seen.arguments[name] for name in ("X", "y", "w", "b"))
    each, pair = X * (X @ w + b - y), _pair(seen)
    return pair is not None and any(
        same_numbers(pair[0], candidate) for candidate in (each.mean(1), each.sum(1))
    )


GRADIENTS: tuple[Mistake[Output], ...] = (
    Mistake(
        "transposed",
        "gradients#matrix-form",
        lambda seen: "cannot be multiplied" in str(seen.error) or _row(seen),
        en="something is transposed. `X.T` of shape (d, n) times the residuals of shape (n, 1) "
        "gives the gradient with respect to `w`, shape (d, 1), as `w` has.",
        zh="转置弄错了。形状 (d, n) 的 `X.T` 乘以形状 (n, 1) 的残差，得到对 `w` 的梯度，形状 (d, "
        "1)，与 `w` 相同。",
    ),
    *FAILS,
    RETURNS_NONE,
    PRINTS,
    GENERATOR,
    Mistake(
        "grads_none",
        "autograd#parameters",
        lambda seen: _only_none(seen.result),
        en="what comes back is None, twice: `w.grad` and `b.grad` are None until a `backward` has "
        "reached these very tensors.",
        zh="返回的是两个 None：先要用这两个张量算出损失，再调用 `backward`，`w.grad` 和 `b.grad` "
        "里才有梯度。",
    ),
    Mistake(
        "not_a_pair",
        "",
        lambda seen: seen.error is None and _pair(seen) is None and seen.result is not None,
        en="your function does not give back two tensors. Give the gradient with respect to `w` "
        "and the one with respect to `b`: `return grad_w, grad_b`.",
        zh="你的函数返回的不是两个张量。应返回对 `w` 的梯度和对 `b` 的梯度：`return grad_w, "
        "grad_b`。",
        vague=True,
    ),
    INPUT_CHANGED,
    Mistake(
        "bias_vector",
        "gradients#bias-gradient",
        _bias_is_vector,
        en="the gradient with respect to `b` has one number per example. The one bias takes part "
        "in every prediction, so that its gradient is one number: the mean of the residuals.",
        zh="对 `b` 的梯度里每个样本有一个数。同一个偏置参与每个预测，所以它的梯度只有一个数：残差"
        "的均值。",
    ),
    Mistake(
        "swapped",
        "gradients#matrix-form",
        lambda seen: _gives_pair(seen, seen.answer[::-1]),
        en="the two gradients are swapped: first the one with respect to `w`, then the one with "
        "respect to `b`.",
        zh="两个梯度的顺序反了：应先返回对 `w` 的，再返回对 `b` 的。",
    ),
    Mistake(
        "wrong_axis",
        "gradients#matrix-form",
        _over_features,
        en="the gradient with respect to `w` is summed along the wrong axis: over the features, "
        "which leaves one number per example. The sum runs over the examples: `dim=0`.",
        zh="算对 `w` 的梯度时，求和的维度错了：这里对特征求了和，每个样本剩下一个数。应当对样本求"
        "和：`dim=0`。",
        exact=True,
    ),
    Mistake(
        "size_of_w",
        "gradients#matrix-form",
        _size_of_w,
        en="the gradient with respect to `w` must have one number for each weight. The sum runs "
        "over the examples only: `X.T @ residual`, not a sum or a mean over everything.",
        zh="对 `w` 的梯度里，每个权重应有一个数。只对样本求和：`X.T @ residual`，不要对所有元素求"
        "和或求平均。",
    ),
    Mistake(
        "sign",
        "gradients#chain-rule",
        lambda seen: _scaled(
            seen, (-1, -1), (-1, 1), (1, -1), (-seen.n, -seen.n), (-2, -2), (-2 * seen.n,) * 2
        ),
        en="the sign is wrong: the derivative of ½(ŷ − y)² with respect to ŷ is ŷ − y, not y − ŷ. "
        "A step against this would go uphill.",
        zh="符号反了：½(ŷ − y)² 对 ŷ 的导数是 ŷ − y，而不是 y − ŷ。沿它的反方向走，损失反而上升。",
        exact=True,
    ),
    Mistake(
        "no_mean",
        "gradients#chain-rule",
        lambda seen: _scaled(seen, (seen.n, seen.n), (seen.n, 1), (1, seen.n)),
        en="1/n is missing: this is the gradient of the sum of the losses. The loss is their "
        "mean, and both gradients carry its 1/n.",
        zh="缺少 1/n：这是损失之和的梯度。这里的损失是均值，两个梯度都要带上 1/n。",
        exact=True,
    ),
    Mistake(
        "factor_two",
        "gradients#chain-rule",
        lambda seen: _scaled(seen, (2, 2), (2, 1), (1, 2)),
        en="twice as large: this is the derivative of (ŷ − y)², without the ½. The 2 from the "
        "square cancels the ½.",
        zh="结果是应得的两倍：这是没有 ½ 的 (ŷ − y)² 的导数。平方求导得到的 2 正好与 ½ 约掉。",
        exact=True,
    ),
    Mistake(
        "factor_two_no_mean",
        "gradients#chain-rule",
        lambda seen: _scaled(seen, (2 * seen.n, 2 * seen.n), (2 * seen.n, 2)),
        en="the ½ and the 1/n are both missing: this is the gradient of the sum of (ŷ − y)². The "
        "loss is the mean of ½(ŷ − y)².",
        zh="½ 和 1/n 都缺了：这是 (ŷ − y)² 之和的梯度，而损失是 ½(ŷ − y)² 的均值。",
        exact=True,
    ),
    Mistake(
        "factor_half",
        "gradients#chain-rule",
        lambda seen: _scaled(seen, (0.5, 0.5), (0.5, 1), (1, 0.5)),
        en="half as large: the ½ of the loss is still there. The 2 from the square cancels it.",
        zh="结果只有应得的一半：损失里的 ½ 还留着。平方求导得到的 2 正好把它约掉。",
        exact=True,
    ),
    Mistake(
        "divided_by_d",
        "gradients#chain-rule",
        lambda seen: _scaled(
            seen,
            (seen.n / len(seen.arguments["w"]),) * 2,
            (1 / len(seen.arguments["w"]),) * 2,
            (1 / len(seen.arguments["w"]), 1),
            (seen.n / len(seen.arguments["w"]), 1),
            (1 / seen.n, 1 / seen.n),
            (1 / seen.n, 1),
            (1, 1 / seen.n),
        ),
        en="divided by the wrong count. The mean is over the n examples, `len(X)` (the rows of "
        "X), once: not over the d features.",
        zh="除数不对。均值是对 n 个样本求的，要除以 `len(X)`（即 X 的行数），只除一次，而不是除以"
        "特征数 d。",
        exact=True,
    ),
    Mistake(
        "residual_without_bias",
        "gradients#chain-rule",
        _with_residual(lambda at: at["X"] @ at["w"] - at["y"]),
        en="the bias is missing in the residual: it is Xw + b − y, not Xw − y.",
        zh="残差里缺少偏置：应为 Xw + b − y，而不是 Xw − y。",
        exact=True,
    ),
    Mistake(
        "residual_without_labels",
        "gradients#chain-rule",
        _with_residual(lambda at: at["X"] @ at["w"] + at["b"]),
        en="the predictions stand where the residuals belong: Xw + b, without − y.",
        zh="该用残差的地方用成了预测值 Xw + b，还要减去 y。",
        exact=True,
    ),
    Mistake(
        "residual_squared",
        "gradients#chain-rule",
        _with_residual(lambda at: (at["X"] @ at["w"] + at["b"] - at["y"]) ** 2),
        en="the residual is squared. The derivative of ½(ŷ − y)² with respect to ŷ is ŷ − y; the "
        "square has gone.",
        zh="这里把残差平方了。½(ŷ − y)² 对 ŷ 的导数是 ŷ − y，已经没有平方了。",
        exact=True,
    ),
    Mistake(
        "parameters",
        "gradients#matrix-form",
        lambda seen: _gives_pair(seen, (seen.arguments["w"], seen.arguments["b"])),
        en="these are the parameters `w` and `b` themselves. Their gradients are asked for.",
        zh="返回的是参数 `w` 和 `b` 本身，而要求的是它们的梯度。",
        exact=True,
    ),
    Mistake(
        "updated",
        "training-loop#update",
        _subtracted,
        en="these are `w` and `b` minus their gradients: the parameters after a step. The "
        "gradients alone are asked for.",
        zh="返回的是 `w` 和 `b` 减去各自的梯度，也就是走了一步之后的参数。这里只要梯度。",
        exact=True,
    ),
    Mistake(
        "floor_division",
        "gradients#chain-rule",
        _floored,
        en="`//` divides and drops the fraction. The 1/n is `/ n`, or `.mean()`.",
        zh="`//` 是整除，会丢掉小数部分。1/n 应写作 `/ n`，或者用 `.mean()`。",
        exact=True,
    ),
    Mistake(
        "bias_from_w",
        "gradients#bias-gradient",
        lambda seen: _gives_pair(
            seen,
            *((seen.answer[0], of_w) for of_w in (seen.answer[0].mean(), seen.answer[0].sum())),
        ),
        en="the gradient with respect to `b` was computed from the one with respect to `w`. It has "
        "no factor X: it is the mean of the residuals.",
        zh="对 `b` 的梯度是由对 `w` 的梯度算出来的。它没有因子 X，而是残差的均值。",
        exact=True,
    ),
    Mistake(
        "without_features",
        "gradients#matrix-form",
        _without_features,
        en="the gradient with respect to `w` lacks the factor X: the chain rule multiplies each "
        "residual by the features of its example.",
        zh="对 `w` 的梯度缺少因子 X：按链式法则，每个残差要乘以该样本的特征。",
        exact=True,
    ),
)
SECOND_CALL: tuple[Mistake[Output], ...] = (
    Mistake(
        "accumulates",
        "autograd#accumulation",
        lambda seen: _scaled(seen, (2, 2)),
        en="the first call is right, and a second one with the same tensors gives twice as much: "
        "`backward` adds to `w.grad` and `b.grad`, which nothing clears. Clear them first, or use "
        "`torch.autograd.grad`, which leaves no trace.",
        zh="第一次调用是对的，用同样的张量再调用一次，结果却变成了两倍：`backward` 会累加到 "
        "`w.grad` 和 `b.grad` 上，而它们没有清零。请先清零，或者改用不留痕迹的 "
        "`torch.autograd.grad`。",
        exact=True,
    ),
    Mistake(
        "second_call",
        "",
        lambda seen: True,
        en="the first call is right, and a second one with the same tensors is not: the function "
        "leaves something behind that changes it.",
        zh="第一次调用是对的，用同样的张量再调用一次就不对了：函数留下了某些东西，影响了下一次调"
        "用。",
        vague=True,
    ),
)
GRADIENTS_VERIFIED = (
    Text("the gradient with respect to w is Xᵀ(Xw + b − y)/n", "对 w 的梯度是 Xᵀ(Xw + b − y)/n"),
    Text(
        "the gradient with respect to b is the mean of the residuals, one number",
        "对 b 的梯度是残差的均值，只有一个数",
    ),
)
ROUGH = Note(
    Text(
        "the numbers agree to three digits, not to the last, as with difference quotients "
        "(f(w + h) − f(w − h)) / 2h. The derivative is exact:",
        "结果只有前三位有效数字相同，用差商 (f(w + h) − f(w − h)) / 2h 来算就会这样。用导数公式算"
        "则是精确的：",
    ),
    "gradients#checks",
)
VECTORS = Note(
    Text(
        "checked with w of shape (d,) and y of shape (n,), since your function does not accept (d, "
        "1) and (n, 1):",
        "你的函数不接受形状 (d, 1) 的 w 和 (n, 1) 的 y，因此用 (d,) 和 (n,) 检查：",
    ),
    "gradients#matrix-form",
)
TRACES = Note(
    Text(
        "a gradient stays behind in `w.grad` or `b.grad`, to which the caller's next `backward` "
        "adds; `torch.autograd.grad` leaves no trace:",
        "`w.grad` 或 `b.grad` 里留下了梯度，调用者下一次 `backward` 会往上累加；"
        "`torch.autograd.grad` 则不留痕迹：",
    ),
    "autograd#accumulation",
)
