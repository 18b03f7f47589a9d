"""`check.linreg`: is the model Xw + b?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from linreg import scratch
from linreg.check.arguments import (
    BIAS,
    FEATURES,
    WEIGHTS,
    Role,
    order_notes,
    require_plan,
)
from linreg.check.calls import Called, call, undisturbed
from linreg.check.classes import (
    Model,
    bound_to,
    is_model,
    predictor,
    require_parts,
    without_self,
)
from linreg.check.outputs import (
    COMPUTES,
    Arguments,
    Output,
    copies,
    flat,
    observe,
    of_default_dtype,
)
from linreg.check.report import Mistake, Note, Passed, Verdict
from linreg.check.words import Text, column

ASKED = "linreg(X, w, b)"
ROLES = (Role("X", FEATURES), Role("w", WEIGHTS), Role("b", BIAS))
IN_A_METHOD = (Role("self"), Role("X", FEATURES))


def linreg(f: Callable[..., Any], *, lang: str | None = None) -> Passed:
    """Look at a learner's `linreg(X, w, b)`, the model Xw + b.

    Args:
        f: the function. `X` has shape (n, d), `w` (d, 1), `b` (1,); it gives shape (n, 1). A
            function that takes `w` of shape (d,) passes as well, with a note, and so does one
            whose parameters come in another order under their usual names. Or a model: an
            instance with `forward`, a class of such, or its method `forward(self, X)`. Its
            parameters are the `w` and `b` that it is tried with; the model itself stays as it is.
        lang: `"en"` or `"zh"`; when None, the environment variable LINREG_LANG, else English.

    Raises:
        CheckFailed: the function has a mistake; the message names it.
        TypeError: `f` is no function, or a class that takes other arguments than usual.

    Source: chapter "The linear model".

    Examples:
        >>> from linreg import check
        >>> check.linreg(lambda X, w, b: X @ w + b)
        linreg: passed
        ✓ each prediction is the weighted sum of its features, plus the bias once
        ✓ n examples give predictions of shape (n, 1)
        ✓ gradients flow back to w and b
    """
    verdict = Verdict("linreg", lang, "linear-model#model")
    notes: list[Note] = []
    num_inputs = None
    with undisturbed():
        if is_model(f):
            model = Model(f)
            require_parts(verdict, model)
            ask, num_inputs = predictor(model), model.num_inputs
        elif without_self(f):
            require_plan(verdict, f, [IN_A_METHOD], "forward(self, X)")
            ask = _as_method(f)
        else:
            plan = require_plan(verdict, f, [ROLES], ASKED)
            notes += order_notes(plan, ASKED, "linear-model#shapes")
            ask = plan
        trials = of_default_dtype(TRIALS if num_inputs is None else _trials_of(num_inputs))
        vector = _runs_only_flat(ask, trials[-1], trained=("w", "b"))
        seen = [_predict(ask, arguments, vector) for arguments in trials]
    verdict.judge(seen, LINREG)
    return verdict.passed(LINREG_VERIFIED, [*notes, *[VECTOR_WEIGHTS] * vector])


def _as_method(f: Callable[..., Any]) -> Callable[..., Called]:
    return lambda X, w, b: call(bound_to(f, w=w, b=b), X)


TRIALS: tuple[Arguments, ...] = (
    {"X": torch.tensor([[2.0]]), "w": column(3.0), "b": torch.tensor([1.0])},
    {"X": column(2.0, 5.0), "w": column(3.0), "b": torch.tensor([1.0])},
    {"X": torch.tensor([[1.0, 2.0]]), "w": column(3.0, 5.0), "b": torch.tensor([10.0])},
    {
        "X": torch.tensor([[1.0, 2.0], [3.0, 4.0], [6.0, 8.5]]),
        "w": column(3.0, 5.0),
        "b": torch.tensor([10.0]),
    },
)


def _trials_of(num_inputs: int) -> tuple[Arguments, ...]:
    """Return trials for a model that takes this number of features only."""
    w, b = 3.0 + 2.0 * torch.arange(num_inputs).reshape(-1, 1), torch.tensor([10.0])
    X = torch.arange(1.0, 1 + 3 * num_inputs).reshape(3, num_inputs) ** 2 / 2
    return tuple({"X": X[:n], "w": w, "b": b} for n in (1, 2, 3))


def _runs_only_flat(f: Callable[..., Called], arguments: Arguments, trained: Sequence[str]) -> bool:
    """Return whether `f` takes `w` of shape (d,), and refuses shape (d, 1)."""
    shapes = (arguments, flat(arguments))
    refused, taken = (
        f(**dict(zip(arguments, copies(each, trained), strict=True))).error for each in shapes
    )
    return refused is not None and taken is None


def _predict(f: Callable[..., Called], arguments: Arguments, vector: bool) -> Output:
    answer = scratch.linreg(**arguments)
    shown = flat(arguments) if vector else arguments
    seen = observe(f, arguments, shown, answer, trained=("w", "b"))
    shapes = (answer.shape, answer.shape[:1]) if vector else (answer.shape,)
    seen.right = (
        seen.gives(answer)
        and seen.result.shape in shapes
        and seen.result.dtype == answer.dtype
        and not seen.also
    )
    seen.facts |= {"wanted": tuple(answer.shape)}
    return seen


def _xwb(seen: Output) -> tuple[Tensor, Tensor, Tensor]:
    return seen.arguments["X"], seen.arguments["w"], seen.arguments["b"]


def _computes(formula: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Callable[[Output], bool]:
    """Make a detector of what a formula of X, w and b gives."""
    return lambda seen: seen.gives(formula(*_xwb(seen)))


def _not_summed(seen: Output) -> bool:
    X, w, b = _xwb(seen)
    return "must match the size" in str(seen.error) or seen.gives(X * w.T + b)


def _transposed(seen: Output) -> bool:
    refused = "cannot be multiplied" in str(seen.error)
    return refused or (seen.gives(seen.answer) and seen.result.shape == (1, seen.n))


def _bias_per_feature(seen: Output) -> bool:
    X, w, b = _xwb(seen)
    return seen.gives((X + b) @ w, X @ w + b * len(w))


def _rounded(seen: Output) -> bool:
    answer = seen.answer
    return seen.gives(answer.round(), answer.floor(), answer.ceil())


LINREG: tuple[Mistake[Output], ...] = (
    Mistake(
        "not_summed",
        "linear-model#model",
        _not_summed,
        en="`*` multiplies element by element: it gives each feature times its weight, and does "
        "not add them up. The matrix product `X @ w` does both.",
        zh="`*` 是按元素相乘：只得到每个特征乘以它的权重，并没有加起来。矩阵乘法 `X @ w` 会一并加"
        "起来。",
    ),
    Mistake(
        "transposed",
        "linear-model#shapes",
        _transposed,
        en="something is transposed, or the factors are in the wrong order. `X` of shape (n, d) "
        "times `w` of shape (d, 1) gives (n, 1) as they are: `X @ w`.",
        zh="有的矩阵被转置了，或者相乘的顺序反了。形状 (n, d) 的 `X` 与形状 (d, 1) 的 `w` 直接相乘"
        "就得到 (n, 1)：`X @ w`。",
    ),
    Mistake(
        "dot",
        "linear-model#shapes",
        lambda seen: "1D tensors expected" in str(seen.error),
        en="`torch.dot` multiplies two vectors, and `X` is a matrix with a row for each example. "
        "For that there is the matrix product: `X @ w`.",
        zh="`torch.dot` 只能计算两个向量的点积，而 `X` 是矩阵，每个样本一行。这里要用矩阵乘法：`X "
        "@ w`。",
    ),
    Mistake(
        "bias_missing",
        "linear-model#model",
        _computes(lambda X, w, b: X @ w),
        en="the bias is missing: this is Xw, not Xw + b.",
        zh="缺少偏置：这是 Xw，而不是 Xw + b。",
        exact=True,
    ),
    Mistake(
        "bias_subtracted",
        "linear-model#model",
        _computes(lambda X, w, b: X @ w - b),
        en="the bias is subtracted: this is Xw − b, not Xw + b.",
        zh="偏置被减掉了：这是 Xw − b，而不是 Xw + b。",
        exact=True,
    ),
    Mistake(
        "bias_multiplied",
        "linear-model#model",
        _computes(lambda X, w, b: X @ w * b),
        en="the weighted sum is multiplied by the bias. The bias is added: Xw + b.",
        zh="加权和乘了偏置。偏置应当是加上去的：Xw + b。",
        exact=True,
    ),
    Mistake(
        "bias_per_feature",
        "broadcasting#bias",
        _bias_per_feature,
        en="the bias is added to each feature, before the sum over the features. It belongs to "
        "the prediction and is added once: `X @ w + b`, not `(X + b) @ w` or `(X * w.T + "
        "b).sum(1)`.",
        zh="偏置加到了每个特征上，再对特征求和。偏置属于预测值，只加一次：应写 `X @ w + b`，而不"
        "是 `(X + b) @ w` 或 `(X * w.T + b).sum(1)`。",
        exact=True,
    ),
    Mistake(
        "bias_in_weights",
        "broadcasting#bias",
        _computes(lambda X, w, b: X @ (w + b)),
        en="the bias is added to the weights, before the product: this is X(w + b). It belongs to "
        "the prediction: `X @ w + b`; `@` comes before `+`.",
        zh="偏置先加到了权重上，再做乘法：这是 X(w + b)。偏置属于预测值：`X @ w + b`，`@` 的优先级"
        "高于 `+`。",
        exact=True,
    ),
    Mistake(
        "summed_over_examples",
        "linear-model#shapes",
        lambda seen: seen.gives(
            (seen.answer - seen.arguments["b"]).sum() + seen.arguments["b"], seen.answer.sum()
        ),
        en="the sum runs over the examples too, so that one number is left for all of them. Add "
        "up along the features only: `X @ w`, or `(X * w.T).sum(dim=1, keepdim=True)`.",
        zh="对样本也求了和，所有样本只剩下一个数。只应沿特征求和：`X @ w`，或 `(X * "
        "w.T).sum(dim=1, keepdim=True)`。",
        exact=True,
    ),
    Mistake(
        "wrong_axis",
        "linear-model#shapes",
        _computes(lambda X, w, b: (X * w.T).sum(0) + b),
        en="the sum runs along the wrong axis: over the examples (`dim=0`), which gives one number "
        "per feature. Along the features it is `dim=1`.",
        zh="求和的维度错了：`dim=0` 是对样本求和，每个特征得到一个数。对特征求和是 `dim=1`。",
        exact=True,
    ),
    Mistake(
        "mean_over_features",
        "linear-model#model",
        _computes(lambda X, w, b: X @ w / X.shape[1] + b),
        en="this is the mean over the features instead of their sum: it is divided by d.",
        zh="这里对特征求了平均，而应当求和：结果多除了一个 d。",
        exact=True,
    ),
    Mistake(
        "rounded",
        "linear-model#model",
        _rounded,
        en="the predictions are rounded to whole numbers. A prediction is any real number, and the "
        "gradient of a rounded one is zero.",
        zh="预测值取整了。预测值可以是任何实数，而取整之后梯度总是零。",
        exact=True,
    ),
    Mistake(
        "shape_n",
        "broadcasting#trap",
        lambda seen: seen.gives(seen.answer) and seen.result.dim() < 2,
        en="the predictions have lost their column: the shape is {shape} instead of {wanted}. "
        "Labels of shape (n, 1) minus predictions of shape (n,) would broadcast to (n, n), without "
        "an error. Leave out `.squeeze()` and sums without `keepdim=True`, or end in "
        "`.reshape(-1, 1)`.",
        zh="预测值不是一列：形状是 {shape}，应为 {wanted}。形状 (n, 1) 的标签减去形状 (n,) 的预测"
        "值会广播成 (n, n)，而且不报错。请去掉 `.squeeze()`，求和时加 `keepdim=True`，或在最后加 "
        "`.reshape(-1, 1)`。",
    ),
    Mistake(
        "n_by_n",
        "broadcasting#trap",
        lambda seen: seen.is_tensor and seen.n > 1 and seen.result.shape == (seen.n, seen.n),
        en="the result has shape (n, n): a column (n, 1) and a row (n,) or (1, n) were added, and "
        "broadcast. Give both the shape (n, 1).",
        zh="结果的形状是 (n, n)：一列 (n, 1) 与一行 (n,) 或 (1, n) 相加，发生了广播。请让两者的形"
        "状都是 (n, 1)。",
    ),
    *COMPUTES,
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
VECTOR_WEIGHTS = Note(
    Text(
        "checked with w of shape (d,), since your function does not accept (d, 1). Mind the shape "
        "(n,) of what it gives when you subtract labels of shape (n, 1):",
        "你的函数不接受形状 (d, 1) 的 w，因此用 (d,) 检查。它给出的形状是 (n,)，与形状 (n, 1) 的标"
        "签相减时要小心：",
    ),
    "broadcasting#trap",
)
