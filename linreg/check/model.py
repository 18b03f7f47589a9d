"""Checks of the functions that compute: the model, its loss and the gradients by hand.

Each calls the learner's function on a few small inputs and compares with the package's own.
A mistake is recognized by what it computes: a mean where one value an example was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from linreg import analytic, scratch
from linreg.check.report import (
    RAISES,
    RETURNS_NONE,
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
    show,
    undisturbed,
)

Arguments = dict[str, Tensor]
"""The arguments of one call by name, in the order in which they are passed."""


def copies(arguments: Arguments, trained: Sequence[str]) -> list[Tensor]:
    """Return fresh copies to hand to a learner's function; the `trained` require gradients."""
    return [value.clone().requires_grad_(name in trained) for name, value in arguments.items()]


def flat(arguments: Arguments) -> Arguments:
    """Return the same arguments with `w` of shape (d,) and `y` of shape (n,)."""
    return {
        name: value.reshape(-1) if name in ("w", "y") else value
        for name, value in arguments.items()
    }


def listed(arguments: Arguments) -> str:
    """Return the arguments in words."""
    return ", ".join(f"{name} = {numbers(value)}" for name, value in arguments.items())


def same_numbers(actual: Tensor, expected: Tensor) -> bool:
    """Return whether the numbers agree, whatever the shapes."""
    return close(actual.reshape(-1), expected.reshape(-1))


@dataclass(kw_only=True)
class Output(Seen):
    """What a function gave for some arguments, next to the answer."""

    arguments: Arguments
    answer: Any
    changed: Sequence[str] = ()
    """The arguments that are not what they were."""
    untrained: Sequence[str] = ()
    """The arguments that no gradient gets back to."""

    @property
    def n(self) -> int:
        """The number of examples."""
        return len(next(iter(self.arguments.values())))

    @property
    def is_tensor(self) -> bool:
        """Whether a tensor came back."""
        return isinstance(self.result, Tensor)

    def gives(self, *candidates: Tensor) -> bool:
        """Return whether the numbers that came back are those of one of the candidates."""
        return self.is_tensor and any(same_numbers(self.result, each) for each in candidates)


def observe(
    f: Callable[..., Any],
    arguments: Arguments,
    shown: Arguments,
    answer: Any,
    trained: Sequence[str],
) -> Output:
    """Call `f` with copies of the `shown` arguments and note what came of it."""
    given = dict(zip(shown, copies(shown, trained), strict=True))
    result, error = call(f, *given.values())
    seen = Output(
        inputs=listed(shown),
        expected=show(answer),
        result=result,
        error=error,
        arguments=arguments,
        answer=answer,
        changed=[name for name, value in given.items() if not close(value, shown[name])],
    )
    if seen.is_tensor:
        seen.untrained = [name for name in trained if not has_gradient(result, given[name])]
    seen.also = ", ".join(
        [f"{name} = {numbers(given[name])}" for name in seen.changed]
        + [f"{name}.grad = None" for name in seen.untrained]
    )
    return seen


def has_gradient(result: Tensor, value: Tensor) -> bool:
    """Return whether autograd gets from `result` back to `value`."""
    _, error = call(lambda: torch.autograd.grad(result.sum(), value, retain_graph=True))
    return error is None


INPUT_CHANGED = Mistake(
    "input_changed",
    "",
    lambda seen: bool(seen.changed),
    en="your function changes the tensors that it is given. Write the result into a new tensor: "
    "`a = a * 2` makes one, `a *= 2` and `a[0] = …` do not.",
    zh="你的函数改动了传给它的张量。请把结果写进新张量：`a = a * 2` 得到新张量，`a *= 2` 和 `a[0] "
    "= …` 则是原地操作。",
)
NOT_A_TENSOR = Mistake(
    "not_a_tensor",
    "",
    lambda seen: seen.error is None and not seen.is_tensor,
    en="your function does not give back a tensor. A list or a number (`.item()`, `.tolist()`, "
    "`float(…)`) has lost its gradient.",
    zh="你的函数返回的不是张量。列表或数（`.item()`、`.tolist()`、`float(…)`）已经丢掉了梯度。",
)
NO_GRADIENT = Mistake(
    "no_gradient",
    "10-no-grad#loss-under-no-grad",
    lambda seen: seen.is_tensor and bool(seen.untrained),
    en="the numbers are right, but autograd cannot get from them back to the parameters: they "
    "were computed under `torch.no_grad()`, or from `.data` or `.detach()`. Training would stop "
    "with an error, or leave a parameter as it is.",
    zh="数值是对的，但自动微分无法由它回到参数：它是在 `torch.no_grad()` 下，或者由 `.data`、"
    "`.detach()` 算出来的。这样训练时会报错，或者有的参数一直不变。",
)


# linreg


def linreg(f: Callable[..., Any], *, lang: str | None = None) -> Passed:
    """Look at a learner's `linreg(X, w, b)`, the model Xw + b.

    Args:
        f: her function. `X` has shape (n, d), `w` (d, 1), `b` (1,); she gives shape (n, 1). A
            function that takes `w` of shape (d,) passes as well, with a note.
        lang: `"en"` or `"zh"`; when None, the environment variable LINREG_LANG, else English.

    Raises:
        CheckFailed: the function has a mistake; the message names it.
        TypeError: `f` is no function.

    Source: chapter "The linear model".

    Examples:
        >>> from linreg import check
        >>> check.linreg(lambda X, w, b: X @ w + b)
        linreg: passed
        ✓ each prediction is the weighted sum of its features, plus the bias once
        ✓ n examples give predictions of shape (n, 1)
        ✓ gradients flow back to w and b
    """
    verdict = Verdict("linreg", lang, "01-linear-model#model")
    require_call(verdict, f, "linreg(X, w, b)")
    trials: list[Arguments] = [
        {"X": torch.tensor([[2.0]]), "w": column(3.0), "b": torch.tensor([1.0])},
        {"X": column(2.0, 5.0), "w": column(3.0), "b": torch.tensor([1.0])},
        {"X": torch.tensor([[1.0, 2.0]]), "w": column(3.0, 5.0), "b": torch.tensor([10.0])},
        {
            "X": torch.tensor([[1.0, 2.0], [3.0, 4.0], [6.0, 8.0]]),
            "w": column(3.0, 5.0),
            "b": torch.tensor([10.0]),
        },
    ]
    with undisturbed():
        vector = _runs_only_flat(f, trials[-1], trained=("w", "b"))
        seen = [_predict(f, arguments, vector) for arguments in trials]
    verdict.judge(seen, LINREG)
    return verdict.passed(LINREG_VERIFIED, [VECTOR_WEIGHTS] if vector else [])


def _runs_only_flat(f: Callable[..., Any], arguments: Arguments, trained: Sequence[str]) -> bool:
    """Return whether `f` takes `w` of shape (d,), and refuses shape (d, 1)."""
    _, error = call(f, *copies(arguments, trained))
    if error is None:
        return False
    _, error = call(f, *copies(flat(arguments), trained))
    return error is None


def _predict(f: Callable[..., Any], arguments: Arguments, vector: bool) -> Output:
    answer = scratch.linreg(**arguments)
    shown = flat(arguments) if vector else arguments
    seen = observe(f, arguments, shown, answer, trained=("w", "b"))
    shapes = (answer.shape, answer.shape[:1]) if vector else (answer.shape,)
    seen.right = seen.gives(answer) and seen.result.shape in shapes and not seen.also
    return seen


def _xwb(seen: Output) -> tuple[Tensor, Tensor, Tensor]:
    return seen.arguments["X"], seen.arguments["w"], seen.arguments["b"]


def _bias_missing(seen: Output) -> bool:
    X, w, _ = _xwb(seen)
    return seen.gives(X @ w)


def _bias_subtracted(seen: Output) -> bool:
    X, w, b = _xwb(seen)
    return seen.gives(X @ w - b)


def _bias_per_feature(seen: Output) -> bool:
    X, w, b = _xwb(seen)
    return seen.gives((X + b) @ w, X @ w + b * len(w))


def _not_summed(seen: Output) -> bool:
    X, w, b = _xwb(seen)
    return "must match the size" in str(seen.error) or seen.gives(X * w.T + b)


def _transposed(seen: Output) -> bool:
    refused = "cannot be multiplied" in str(seen.error)
    return refused or (seen.gives(seen.answer) and seen.result.shape == (1, seen.n))


LINREG = (
    Mistake(
        "not_summed",
        "01-linear-model#model",
        _not_summed,
        en="`*` multiplies element by element: it gives each feature times its weight, and does "
        "not add them up. The matrix product `X @ w` does both.",
        zh="`*` 是按元素相乘：只得到每个特征乘以它的权重，并没有加起来。矩阵乘法 `X @ w` 两步都"
        "做。",
    ),
    Mistake(
        "transposed",
        "01-linear-model#shapes",
        _transposed,
        en="something is transposed, or the factors are in the wrong order. `X` of shape (n, d) "
        "times `w` of shape (d, 1) gives (n, 1) as they are: `X @ w`.",
        zh="有的矩阵被转置了，或者相乘的顺序反了。形状 (n, d) 的 `X` 与形状 (d, 1) 的 `w` 直接相乘"
        "就得到 (n, 1)：`X @ w`。",
    ),
    RAISES,
    RETURNS_NONE,
    NOT_A_TENSOR,
    INPUT_CHANGED,
    Mistake(
        "bias_missing",
        "01-linear-model#model",
        _bias_missing,
        en="the bias is missing: this is Xw, not Xw + b.",
        zh="缺少偏置：这是 Xw，而不是 Xw + b。",
    ),
    Mistake(
        "bias_subtracted",
        "01-linear-model#model",
        _bias_subtracted,
        en="the bias is subtracted: this is Xw − b, not Xw + b.",
        zh="偏置被减掉了：这是 Xw − b，而不是 Xw + b。",
    ),
    Mistake(
        "bias_per_feature",
        "05-broadcasting#bias",
        _bias_per_feature,
        en="the bias is added to each feature, before the sum over the features. It belongs to "
        "the prediction and is added once: `X @ w + b`, not `(X + b) @ w` or `(X * w.T + "
        "b).sum(1)`.",
        zh="偏置加到了每个特征上，再对特征求和。偏置属于预测值，只加一次：应写 `X @ w + b`，而不"
        "是 `(X + b) @ w` 或 `(X * w.T + b).sum(1)`。",
    ),
    Mistake(
        "shape_n",
        "05-broadcasting#trap",
        lambda seen: seen.gives(seen.answer) and seen.result.shape == (seen.n,),
        en="the predictions have shape (n,) instead of (n, 1). Labels of shape (n, 1) minus these "
        "would broadcast to (n, n), without an error. Keep the column: `X @ w + b` with `w` (d, "
        "1), or end in `.reshape(-1, 1)`.",
        zh="预测值的形状是 (n,)，而不是 (n, 1)。形状 (n, 1) 的标签减去它会广播成 (n, n)，而且不报"
        "错。请保留列的形状：`w` 取 (d, 1) 时用 `X @ w + b`，或在最后加 `.reshape(-1, 1)`。",
    ),
    NO_GRADIENT,
)
LINREG_VERIFIED = (
    Text(
        "each prediction is the weighted sum of its features, plus the bias once",
        "每个预测值是各特征的加权和，再加一次偏置",
    ),
    Text(
        "n examples give predictions of shape (n, 1)",
        "n 个样本的预测值形状为 (n, 1)",
    ),
    Text("gradients flow back to w and b", "梯度能够传回 w 和 b"),
)
VECTOR_WEIGHTS = (
    Text(
        "checked with w of shape (d,), since your function refuses (d, 1). Mind the shape (n,) of "
        "what it gives when you subtract labels of shape (n, 1):",
        "你的函数不接受形状 (d, 1) 的 w，因此用 (d,) 检查。它给出的形状是 (n,)，与形状 (n, 1) 的标"
        "签相减时要小心：",
    ),
    "05-broadcasting#trap",
)


# squared_loss


def squared_loss(f: Callable[..., Any], *, lang: str | None = None) -> Passed:
    """Look at a learner's `squared_loss(y_hat, y)`, ½(ŷ − y)² of each example.

    Args:
        f: her function. `y_hat` has shape (n, 1), `y` (n, 1) or (n,); she gives one value an
            example, of shape (n, 1) or (n,). One that refuses `y` of shape (n,) passes as well.
        lang: `"en"` or `"zh"`; when None, the environment variable LINREG_LANG, else English.

    Raises:
        CheckFailed: the function has a mistake; the message names it.
        TypeError: `f` is no function.

    Source: chapter "Loss".

    Examples:
        >>> from linreg import check
        >>> check.squared_loss(lambda y_hat, y: (y_hat - y.reshape(y_hat.shape)) ** 2 / 2)
        squared_loss: passed
        ✓ half the squared difference of each example
        ✓ one value an example: neither a sum nor a mean
        ✓ y of shape (n,) does not broadcast to (n, n)
        ✓ gradients flow back to y_hat
    """
    verdict = Verdict("squared_loss", lang, "07-loss#function")
    require_call(verdict, f, "squared_loss(y_hat, y)")
    with undisturbed():
        seen = [
            _lose(f, {"y_hat": column(1.0), "y": column(4.0)}),
            _lose(f, {"y_hat": column(1.0, 3.0, 7.0), "y": column(4.0, 2.0, 2.0)}),
        ]
        trap = _lose(f, {"y_hat": column(1.0, 3.0), "y": torch.tensor([4.0, 2.0])})
    refuses = trap.error is not None
    verdict.judge(seen if refuses else [*seen, trap], SQUARED_LOSS)
    return verdict.passed(SQUARED_LOSS_VERIFIED)


def _lose(f: Callable[..., Any], arguments: Arguments) -> Output:
    y_hat, y = arguments.values()
    answer = scratch.squared_loss(y_hat, y)
    seen = observe(f, arguments, arguments, answer, trained=("y_hat",))
    seen.right = seen.gives(answer) and not seen.also
    return seen


def _difference(seen: Output) -> Tensor:
    y_hat, y = seen.arguments.values()
    return y_hat - y.reshape(y_hat.shape)


def _half(seen: Output) -> Tensor:
    return _difference(seen) ** 2 / 2


def _unequal_squares(seen: Output) -> bool:
    y_hat, y = seen.arguments.values()
    y = y.reshape(y_hat.shape)
    wrong = [y_hat - y**2, y_hat - y**2 / 2, y_hat**2 - y**2, (y_hat**2 - y**2) / 2]
    return seen.gives(*wrong, *(-each for each in wrong))


SQUARED_LOSS = (
    RAISES,
    RETURNS_NONE,
    INPUT_CHANGED,
    NOT_A_TENSOR,
    Mistake(
        "broadcast",
        "05-broadcasting#trap",
        lambda seen: seen.is_tensor and seen.n > 1 and seen.result.shape == (seen.n, seen.n),
        en="(n, 1) − (n,) broadcasts to (n, n): every prediction minus every label, without an "
        "error. Give `y` the shape of `y_hat` first: `y.reshape(y_hat.shape)`.",
        zh="(n, 1) − (n,) 会广播成 (n, n)：每个预测值减去每个标签，而且不报错。请先让 `y` 与 "
        "`y_hat` 形状相同：`y.reshape(y_hat.shape)`。",
    ),
    Mistake(
        "mean",
        "07-loss#sum-or-mean",
        lambda seen: seen.gives(_half(seen).mean(), _half(seen) / seen.n),
        en="this is divided by the number of examples, a mean. `sgd` divides by the batch size "
        "already: with both, the steps are too small by that factor. Give one value an example.",
        zh="结果已经除以样本数，是平均值。而 `sgd` 还会再除以批量大小：两处都除，每一步就只有应有的"
        "“批量大小”分之一。请给出每个样本各自的损失。",
    ),
    Mistake(
        "sum",
        "07-loss#sum-or-mean",
        lambda seen: seen.gives(_half(seen).sum()),
        en="this is the sum over the examples, one number. Give one value an example; the "
        "training loop adds them up when it calls `backward`.",
        zh="结果是各样本损失之和，只有一个数。请给出每个样本各自的损失；求和由训练循环在调用 "
        "`backward` 时完成。",
    ),
    Mistake(
        "mean_squared_error",
        "07-loss#mse",
        lambda seen: seen.gives((2 * _half(seen)).mean(), 2 * _half(seen) / seen.n),
        en="this is the mean squared error, what `nn.MSELoss` computes: without the ½, and one "
        "mean instead of one value an example.",
        zh="这是均方误差，也就是 `nn.MSELoss` 计算的结果：没有 ½，而且是一个平均值，不是每个样本一"
        "个值。",
    ),
    Mistake(
        "sum_of_squares",
        "07-loss#sum-or-mean",
        lambda seen: seen.gives((2 * _half(seen)).sum()),
        en="this is the sum of the squares: without the ½, and one number instead of one value an "
        "example.",
        zh="这是平方和：没有 ½，而且只有一个数，不是每个样本一个值。",
    ),
    Mistake(
        "no_half",
        "07-loss#half",
        lambda seen: seen.gives(_difference(seen) ** 2),
        en="the ½ is missing: this is (ŷ − y)², not ½(ŷ − y)². It trains as if the learning rate "
        "were twice as large.",
        zh="缺少 ½：这是 (ŷ − y)²，而不是 ½(ŷ − y)²。训练起来相当于学习率大了一倍。",
    ),
    Mistake(
        "half_squared",
        "07-loss#half",
        lambda seen: seen.gives((_difference(seen) / 2) ** 2),
        en="the ½ is squared too, or applied twice: this is ¼(ŷ − y)². Halve after squaring: "
        "`(y_hat - y) ** 2 / 2`.",
        zh="½ 也被平方了，或者除了两次：这是 ¼(ŷ − y)²。应先平方再除以 2：`(y_hat - y) ** 2 / 2`。",
    ),
    Mistake(
        "negative",
        "07-loss#function",
        lambda seen: seen.gives(-_half(seen), -2 * _half(seen)),
        en="the loss is negative. A squared loss is never below 0, and is 0 for a perfect "
        "prediction.",
        zh="损失是负的。平方损失从不小于 0，预测完全正确时等于 0。",
    ),
    Mistake(
        "absolute_value",
        "07-loss#function",
        lambda seen: seen.gives(_difference(seen).abs(), _difference(seen).abs() / 2),
        en="this is the absolute value |ŷ − y|, not the square. Its gradient has the same size "
        "however wrong the prediction is.",
        zh="这是绝对值 |ŷ − y|，而不是平方。无论预测偏离多少，它的梯度大小都一样。",
    ),
    Mistake(
        "not_squared",
        "07-loss#function",
        lambda seen: seen.gives(
            _difference(seen),
            -_difference(seen),
            _difference(seen) / 2,
            -_difference(seen) / 2,
            _difference(seen) * 2,
        ),
        en="the difference is not squared: errors of opposite sign would cancel. In Python the "
        "square is `** 2`.",
        zh="差没有平方，正负误差会互相抵消。Python 中平方写作 `** 2`。",
    ),
    Mistake(
        "precedence",
        "07-loss#function",
        _unequal_squares,
        en="the square is taken before the difference: `**` binds tighter than `-`. Put the "
        "difference in parentheses: `(y_hat - y) ** 2 / 2`.",
        zh="先平方后相减了：`**` 的优先级高于 `-`。请给差加上括号：`(y_hat - y) ** 2 / 2`。",
    ),
    NO_GRADIENT,
)
SQUARED_LOSS_VERIFIED = (
    Text("half the squared difference of each example", "每个样本的损失是差的平方的一半"),
    Text(
        "one value an example: neither a sum nor a mean",
        "每个样本一个值，既没有求和也没有求平均",
    ),
    Text(
        "y of shape (n,) does not broadcast to (n, n)",
        "y 的形状为 (n,) 时，不会广播成 (n, n)",
    ),
    Text("gradients flow back to y_hat", "梯度能够传回 y_hat"),
)


# gradients


def gradients(f: Callable[..., Any], *, lang: str | None = None) -> Passed:
    """Look at a learner's `gradients(X, y, w, b)`: ∂L/∂w and ∂L/∂b of the mean of ½(ŷ − y)².

    Args:
        f: her function. `X` has shape (n, d), `y` (n, 1), `w` (d, 1), `b` (1,); she gives a
            pair: the gradient with respect to `w`, d numbers, and by `b`, one number.
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
    verdict = Verdict("gradients", lang, "08-gradients#matrix-form")
    require_call(verdict, f, "gradients(X, y, w, b)")
    b = torch.tensor([1.0])
    trials: list[Arguments] = [
        {"X": column(2.0), "y": column(3.0), "w": column(4.0), "b": b},
        {"X": column(2.0, 1.0), "y": column(3.0, 1.0), "w": column(4.0), "b": b},
        {
            "X": torch.tensor(
                [[1.0, 2.0, 0.0], [3.0, -1.0, 1.0], [2.0, 5.0, 4.0], [0.0, 1.0, 2.0]]
            ),
            "y": column(2.0, 7.0, 3.0, -4.0),
            "w": column(4.0, 3.0, 1.0),
            "b": b,
        },
    ]
    with undisturbed():
        trained, vector = _gradient_style(f, trials[-1])
        seen = [_derive(f, arguments, trained, vector) for arguments in trials]
    verdict.judge(seen, GRADIENTS)
    return verdict.passed(GRADIENTS_VERIFIED)


def _gradient_style(f: Callable[..., Any], arguments: Arguments) -> tuple[tuple[str, ...], bool]:
    """Return how `f` wants its arguments: which of them trained, `w` and `y` as vectors or not."""
    for trained, vector in (((), False), (("w", "b"), False), ((), True)):
        _, error = call(f, *copies(flat(arguments) if vector else arguments, trained))
        if error is None:
            return trained, vector
    return (), False


def _derive(
    f: Callable[..., Any], arguments: Arguments, trained: Sequence[str], vector: bool
) -> Output:
    answer = analytic.gradients(**arguments)
    shown = flat(arguments) if vector else arguments
    seen = observe(f, arguments, shown, answer, trained)
    seen.right = _gives_pair(seen, answer) and not _row(seen) and not seen.also
    return seen


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


def _gives_pair(seen: Output, *candidates: tuple[Tensor, Tensor]) -> bool:
    pair = _pair(seen)
    return pair is not None and any(
        all(map(same_numbers, pair, candidate)) for candidate in candidates
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


def _residual_without_bias(seen: Output) -> bool:
    X, y, w, _ = seen.arguments.values()
    residual = X @ w - y
    return _gives_pair(seen, (X.T @ residual / seen.n, residual.mean()))


def _without_features(seen: Output) -> bool:
    _, by_b = seen.answer
    pair = _pair(seen)
    return (
        pair is not None
        and same_numbers(pair[1], by_b)
        and all(same_numbers(each, by_b) for each in pair[0].reshape(-1))
    )


GRADIENTS = (
    Mistake(
        "transposed",
        "08-gradients#matrix-form",
        lambda seen: "cannot be multiplied" in str(seen.error) or _row(seen),
        en="something is transposed. `X.T` of shape (d, n) times the residuals of shape (n, 1) "
        "gives the gradient with respect to `w`, shape (d, 1), as `w` has.",
        zh="转置弄错了。形状 (d, n) 的 `X.T` 乘以形状 (n, 1) 的残差，得到对 `w` 的梯度，形状 (d, "
        "1)，与 `w` 相同。",
    ),
    RAISES,
    RETURNS_NONE,
    Mistake(
        "not_a_pair",
        "",
        lambda seen: _pair(seen) is None,
        en="your function does not give back two tensors. Give the gradient with respect to `w` "
        "and the gradient by `b`: `return grad_w, grad_b`.",
        zh="你的函数返回的不是两个张量。应返回对 `w` 的梯度和对 `b` 的梯度：`return grad_w, "
        "grad_b`。",
    ),
    INPUT_CHANGED,
    Mistake(
        "bias_vector",
        "08-gradients#bias-gradient",
        _bias_is_vector,
        en="the gradient with respect to `b` has one number an example. The one bias takes part "
        "in every prediction, so that its gradient is one number: the mean of the residuals.",
        zh="对 `b` 的梯度里每个样本有一个数。同一个偏置参与每个预测，所以它的梯度只有一个数：残差"
        "的平均值。",
    ),
    Mistake(
        "swapped",
        "08-gradients#matrix-form",
        lambda seen: _gives_pair(seen, seen.answer[::-1]),
        en="the two gradients are swapped: first the one by `w`, then the one by `b`.",
        zh="两个梯度的顺序反了：先是对 `w` 的，后是对 `b` 的。",
    ),
    Mistake(
        "size_of_w",
        "08-gradients#matrix-form",
        _size_of_w,
        en="the gradient with respect to `w` must have one number for each weight. The sum runs "
        "over the examples only: `X.T @ residual`, not a sum or a mean over everything.",
        zh="对 `w` 的梯度应当每个权重一个数。求和只针对样本：`X.T @ residual`，而不是对所有元素求"
        "和或求平均。",
    ),
    Mistake(
        "sign",
        "08-gradients#chain-rule",
        lambda seen: _scaled(
            seen, (-1, -1), (-1, 1), (1, -1), (-seen.n, -seen.n), (-2, -2), (-2 * seen.n,) * 2
        ),
        en="the sign is wrong: the derivative of ½(ŷ − y)² with respect to ŷ is ŷ − y, not y − ŷ. "
        "A step against this would go uphill.",
        zh="符号反了：½(ŷ − y)² 对 ŷ 的导数是 ŷ − y，而不是 y − ŷ。沿它的反方向走，损失反而上升。",
    ),
    Mistake(
        "no_mean",
        "08-gradients#chain-rule",
        lambda seen: _scaled(seen, (seen.n, seen.n), (seen.n, 1), (1, seen.n)),
        en="1/n is missing: this is the gradient of the sum of the losses. The loss is their "
        "mean, and both gradients carry its 1/n.",
        zh="缺少 1/n：这是损失之和的梯度。这里的损失是平均值，两个梯度都要带上 1/n。",
    ),
    Mistake(
        "factor_two",
        "08-gradients#chain-rule",
        lambda seen: _scaled(seen, (2, 2), (2, 1), (1, 2)),
        en="twice as large: this is the derivative of (ŷ − y)², without the ½. The 2 from the "
        "square cancels the ½.",
        zh="大了一倍：这是没有 ½ 的 (ŷ − y)² 的导数。平方求导得到的 2 正好与 ½ 约去。",
    ),
    Mistake(
        "factor_half",
        "08-gradients#chain-rule",
        lambda seen: _scaled(seen, (0.5, 0.5), (0.5, 1), (1, 0.5)),
        en="half as large: the ½ of the loss is still there. The 2 from the square cancels it.",
        zh="小了一半：损失里的 ½ 还留着。平方求导得到的 2 正好把它约去。",
    ),
    Mistake(
        "divided_by_d",
        "08-gradients#chain-rule",
        lambda seen: _scaled(
            seen,
            (seen.n / len(seen.arguments["w"]),) * 2,
            (1 / len(seen.arguments["w"]),) * 2,
            (1 / len(seen.arguments["w"]), 1),
            (1 / seen.n, 1 / seen.n),
        ),
        en="divided by the wrong count. The mean is over the n examples, `len(X)` (the rows of "
        "X), once: not over the d features.",
        zh="除数不对。平均是对 n 个样本取的，除以 `len(X)`（X 的行数）一次，而不是特征数 d。",
    ),
    Mistake(
        "residual_without_bias",
        "08-gradients#chain-rule",
        _residual_without_bias,
        en="the bias is missing in the residual: it is Xw + b − y, not Xw − y.",
        zh="残差里缺少偏置：应为 Xw + b − y，而不是 Xw − y。",
    ),
    Mistake(
        "without_features",
        "08-gradients#matrix-form",
        _without_features,
        en="the gradient with respect to `w` lacks the factor X: the chain rule multiplies each "
        "residual by the features of its example.",
        zh="对 `w` 的梯度缺少因子 X：按链式法则，每个残差要乘以该样本的特征。",
    ),
)
GRADIENTS_VERIFIED = (
    Text("the gradient with respect to w is Xᵀ(Xw + b − y)/n", "对 w 的梯度是 Xᵀ(Xw + b − y)/n"),
    Text(
        "the gradient with respect to b is the mean of the residuals, one number",
        "对 b 的梯度是残差的平均值，只有一个数",
    ),
)
