"""`check.synthetic_data`: are the data what was asked for?

They are random, so that this check looks at properties: shapes, means, spreads, a fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from linreg import analytic
from linreg.check.arguments import BIAS, WEIGHTS, Plan, Role, order_notes, require_plan
from linreg.check.calls import undisturbed
from linreg.check.report import (
    FAILS,
    GENERATOR,
    PRINTS,
    RETURNS_NONE,
    Mistake,
    Note,
    Passed,
    Seen,
    Verdict,
)
from linreg.check.words import Text, close, numbers, same_numbers

ASKED = "synthetic_data(w, b, num_examples)"
ROLES = (
    Role("w", WEIGHTS),
    Role("b", BIAS),
    Role("num_examples", "n num numsamples nsamples samples size count nexamples examples N m"),
    Role("noise", "sigma std noisestd scale noisescale eps epsilon", needed=False, usual=False),
)


@dataclass(frozen=True)
class Measured:
    """What a data set shows about how it was made."""

    mean: float  # of the features
    spread: float
    least: float
    w: Tensor  # the least-squares fit to the labels
    b: float
    noise_spread: float  # around that fit
    explained: float  # of the labels' variance, by X, |X| and X² together
    noise_mean: float  # of y − (Xw + b), with the w and b that were asked for
    noise_least: float
    noise_most: float


@dataclass(frozen=True)
class Style:
    """In which form a function wants w and b."""

    w_column: bool
    b_tensor: bool

    def given(self, w: Tensor, b: float) -> tuple[Tensor, float | Tensor]:
        """Return the arguments in this form, fresh."""
        return (
            w.clone().reshape(-1, 1) if self.w_column else w.clone(),
            torch.tensor([b], dtype=w.dtype) if self.b_tensor else b,
        )


STYLES = tuple(Style(column, tensor) for tensor in (False, True) for column in (False, True))


@dataclass(kw_only=True)
class Sample(Seen):
    """A data set that a learner's function made, and what it was to be made from."""

    w: Tensor
    b: float
    n: int
    noise: float
    changed: bool = False
    """Whether w is not what it was."""
    seeded: bool = False
    """Whether a second call gave the same features."""
    measured: Measured | None = None
    """Measures of a sample that has the right shapes and is large enough."""

    @property
    def is_pair(self) -> bool:
        """Whether two things came back."""
        return isinstance(self.result, tuple | list) and len(self.result) == 2

    @property
    def are_tensors(self) -> bool:
        """Whether two tensors came back."""
        return self.is_pair and all(isinstance(item, Tensor) for item in self.result)

    def has_shapes(self, features: tuple[int, ...], *labels: tuple[int, ...]) -> bool:
        """Return whether the features have this shape, and the labels one of these."""
        return (
            self.are_tensors
            and self.result[0].shape == features
            and (not labels or self.result[1].shape in labels)
        )

    @property
    def shaped(self) -> bool:
        """Whether X (n, d) and y (n, 1) came back."""
        return self.has_shapes((self.n, len(self.w)), (self.n, 1))

    @property
    def of_dtype(self) -> bool:
        """Whether two tensors in the dtype of w came back."""
        return self.are_tensors and all(item.dtype == self.w.dtype for item in self.result)

    @property
    def graph(self) -> bool:
        """Whether two tensors came back of which one carries a graph."""
        return self.are_tensors and any(item.requires_grad for item in self.result)

    @property
    def well_formed(self) -> bool:
        """Whether X (n, d) and y (n, 1) came back, in the dtype of w, plain tensors."""
        return self.shaped and self.of_dtype and not self.graph

    @property
    def gave(self) -> str | Text:
        """The measures in words, where there are any, else shapes and dtypes."""
        if self.measured is not None:
            m = self.measured
            return _measures(m.mean, m.spread, m.w, m.b, m.noise_spread)
        if self.seeded:
            return Text("the same X from two calls", "两次调用得到相同的 X")
        if self.error is None and self.is_pair:
            return ", ".join(map(_kind, ("X", "y"), self.result))
        return super().gave


def _kind(name: str, value: object) -> str:
    if not isinstance(value, Tensor):
        return f"{name} {type(value).__name__}"
    graph = ", requires_grad = True" if value.requires_grad else ""
    return f"{name} {tuple(value.shape)} {value.dtype}{graph}"


def _measures(mean: float, spread: float, w: Tensor, b: float, noise: float) -> Text:
    fit = f"w = {numbers(w.reshape(-1))}, b = {b:.4g}"
    return Text(
        f"X: mean {mean:.2f}, standard deviation {spread:.2g};"
        f" y: {fit}, noise of standard deviation {noise:.2g}",
        f"X：均值 {mean:.2f}，标准差 {spread:.2g}；y：{fit}，噪声的标准差 {noise:.2g}",
    )


def synthetic_data(f: Callable[..., Any], *, lang: str | None = None) -> Passed:
    """Look at a learner's `synthetic_data(w, b, num_examples)`: X from N(0, 1), y = Xw + b + noise.

    Args:
        f: the function. It gives `X` (n, d) and `y` (n, 1), with noise of standard deviation
            0.01. If it takes `noise` as well, another value is tried. It is given `w` of shape
            (d,) and `b` as a number, as the book does; if only `w` of shape (d, 1) or `b` of shape
            (1,) leads to the right shapes, it passes with a note. Its parameters may come in
            another order, under their usual names.
        lang: `"en"` or `"zh"`; when None, the environment variable LINREG_LANG, else English.

    Raises:
        CheckFailed: the function has a mistake; the message names it.
        TypeError: `f` is no function.

    Source: chapter "Synthetic data".

    Examples:
        >>> from linreg import check, synthetic_data
        >>> check.synthetic_data(synthetic_data)
        synthetic_data: passed
        ✓ n examples, with a feature for each weight and labels of shape (n, 1)
        ✓ features from N(0, 1), new ones on every call
        ✓ labels Xw + b plus noise of standard deviation 0.01, drawn for each example
    """
    verdict = Verdict("synthetic_data", lang, "synthetic-data#function")
    w = torch.tensor([2.0, -3.4])
    with undisturbed():
        plan = require_plan(verdict, f, [ROLES], ASKED)
        style = _style(plan)
        small = [
            _draw(plan, style, w, 4.2, 3),
            _draw(plan, style, torch.tensor([1.0, 3.0, -2.0]), 0.5, 4),
        ]
        large = [_draw(plan, style, w, 4.2, 1000)]
        if plan.takes("noise"):
            large.append(_draw(plan, style, w, 4.2, 1000, noise=0.5))
        for sample in small:
            sample.right = sample.well_formed and not sample.seeded and not sample.changed
        verdict.judge(small, SHAPES)
        for sample in large:
            sample.measured = _measure(sample) if sample.well_formed else None
            sample.right = sample.measured is not None and _as_ordered(sample, sample.measured)
        notes = order_notes(plan, ASKED, "synthetic-data#function")
        notes += _style_notes(plan, style)
    verdict.judge(large, DISTRIBUTIONS)
    return verdict.passed(SYNTHETIC_DATA_VERIFIED, notes)


def _style(plan: Plan) -> Style:
    """Return the first form of w and b that leads to the right shapes, or at least to a result."""
    w = torch.tensor([1.0, 3.0, -2.0])
    trials = [(style, _draw(plan, style, w, 0.5, 4)) for style in STYLES]
    shaped = [style for style, sample in trials if sample.shaped]
    runs = [style for style, sample in trials if sample.error is None]
    return (shaped or runs or list(STYLES))[0]


def _style_notes(plan: Plan, style: Style) -> list[Note]:
    """Return what has to be said when w and b are not wanted as in the book."""
    w = torch.tensor([1.0, 3.0, -2.0])
    notes = []
    if style.w_column:
        usual = _draw(plan, Style(False, style.b_tensor), w, 0.5, 4)
        if usual.error is not None:
            outcome = Text("an error", "会报错")
        elif usual.are_tensors:
            shape = tuple(usual.result[1].shape)
            outcome = Text(f"labels of shape {shape}", f"得到的标签形状是 {shape}")
        else:
            outcome = Text("no data", "得不到数据")
        text = Text(
            f"checked with w of shape (d, 1). With shape (d,), as the book has it, 4 examples give "
            f"{outcome.en}:",
            f"检查时 w 的形状是 (d, 1)。换成书中的形状 (d,)，生成 4 个样本时{outcome.zh}：",
        )
        notes.append(Note(text, "synthetic-data#label-shape"))
    if style.b_tensor:
        notes.append(TENSOR_BIAS)
    return notes


def _draw(
    plan: Plan, style: Style, w: Tensor, b: float, n: int, noise: float | None = None
) -> Sample:
    """Draw n examples, twice."""
    given, bias = style.given(w, b)
    values = {"w": given, "b": bias, "num_examples": n}
    ask = plan
    if noise is not None or plan.required("noise"):
        values["noise"] = 0.01 if noise is None else noise
    else:
        ask = plan.without("noise")
    result, error, printed = ask(**values)
    again = ask(**values).result
    shown_b = numbers(bias) if isinstance(bias, Tensor) else b
    inputs = f"w = {numbers(style.given(w, b)[0])}, b = {shown_b}, num_examples = {n}"
    sample = Sample(
        inputs=inputs if "noise" not in values else f"{inputs}, noise = {values['noise']}",
        expected=f"X ({n}, {len(w)}) {w.dtype}, y ({n}, 1) {w.dtype}",
        result=result,
        error=error,
        printed=printed,
        w=w,
        b=b,
        n=n,
        noise=0.01 if noise is None else noise,
        changed=not close(given.reshape(-1), w),
    )
    if sample.changed:
        sample.also = f"w = {numbers(given)}"
    sample.seeded = (
        sample.are_tensors
        and isinstance(again, tuple | list)
        and len(again) == 2
        and isinstance(again[0], Tensor)
        and torch.equal(result[0], again[0])
    )
    return sample


def _measure(sample: Sample) -> Measured:
    X, y = (item.detach().double() for item in sample.result)
    w, b = analytic.least_squares(X, y)
    noise = y - (X @ sample.w.double().reshape(-1, 1) + sample.b)
    measured = Measured(
        mean=X.mean().item(),
        spread=X.std().item(),
        least=X.min().item(),
        w=w.reshape(-1),
        b=b.item(),
        noise_spread=(y - (X @ w + b)).std().item(),
        explained=_explained(X, y),
        noise_mean=noise.mean().item(),
        noise_least=noise.min().item(),
        noise_most=noise.max().item(),
    )
    sample.expected = _measures(0, 1, sample.w, sample.b, sample.noise)
    sample.facts = {
        "spread": f"{measured.noise_spread:.2g}",
        "mean": f"{measured.noise_mean:.2g}",
        "noise": sample.noise,
    }
    return measured


def _explained(X: Tensor, y: Tensor) -> float:
    """Return which part of the variance of y follows X, its absolute value and its square."""
    columns = torch.cat([X, X.abs(), X**2], dim=1)
    w, b = analytic.least_squares(columns, y)
    return 1 - (y - (columns @ w + b)).var().item() / max(y.var().item(), 1e-12)


def _as_ordered(sample: Sample, m: Measured) -> bool:
    """Return whether the measures are, at five sigma and more, those that were asked for."""
    relative = 5 / sample.n**0.5
    absolute = relative * m.noise_spread + 1e-4
    return (
        abs(m.mean) < relative
        and abs(m.spread - 1) < relative
        and bool((m.w - sample.w).abs().max() < absolute)
        and abs(m.b - sample.b) < absolute
        and abs(m.noise_spread / sample.noise - 1) < relative
    )


def _measures_as(test: Callable[[Sample, Measured], bool]) -> Callable[[Sample], bool]:
    """Make a detector of what shows in the measures."""
    return lambda sample: sample.measured is not None and test(sample, sample.measured)


def _fits(w: float, b: Callable[[Sample], float]) -> Callable[[Sample], bool]:
    """Make a detector of labels with w times this number, and a bias of this formula."""
    return _measures_as(
        lambda s, m: bool((m.w - w * s.w).abs().max() < 0.1) and abs(m.b - b(s)) < 0.1
    )


SHAPES: tuple[Mistake[Sample], ...] = (
    *FAILS,
    RETURNS_NONE,
    PRINTS,
    GENERATOR,
    Mistake(
        "not_a_pair",
        "",
        lambda seen: seen.error is None and not seen.is_pair and seen.result is not None,
        en="your function does not give back two things. Give features and labels: `return X, y`.",
        zh="你的函数应当返回两样东西，特征和标签：`return X, y`。",
    ),
    Mistake(
        "not_tensors",
        "synthetic-data#dtype",
        lambda seen: seen.is_pair and not seen.are_tensors,
        en="your function gives back something other than tensors. An array of NumPy becomes a "
        "tensor with `torch.tensor(array, dtype=torch.float32)`.",
        zh="你的函数返回的不是张量。NumPy 数组可以用 `torch.tensor(array, dtype=torch.float32)` 变"
        "成张量。",
    ),
    Mistake(
        "swapped",
        "",
        lambda seen: seen.has_shapes((seen.n, 1), (seen.n, len(seen.w))),
        en="labels and features are swapped: `return X, y`, the features first.",
        zh="特征和标签的顺序反了：应为 `return X, y`，特征在前。",
    ),
    Mistake(
        "labels_twice",
        "",
        lambda seen: seen.are_tensors and same_numbers(*seen.result),
        en="both things that come back are the same labels, in two shapes. The features come "
        "first: `return X, y.reshape(-1, 1)`.",
        zh="返回的两样东西是同样的标签，只是形状不同。应先返回特征：`return X, y.reshape(-1, 1)`。",
    ),
    Mistake(
        "transposed",
        "linear-model#shapes",
        lambda seen: seen.has_shapes((len(seen.w), seen.n)),
        en="X is transposed: an example is a row, so that X has shape (n, d).",
        zh="X 转置了：每个样本是一行，X 的形状应为 (n, d)。",
    ),
    Mistake(
        "fixed_sizes",
        "",
        lambda seen: seen.are_tensors and not seen.has_shapes((seen.n, len(seen.w))),
        vague=True,
        en="X has the wrong shape. There are `num_examples` rows and `len(w)` columns; a number "
        "that is written out, or a variable from outside the function, fits one case only.",
        zh="X 的形状不对。它应有 `num_examples` 行、`len(w)` 列；如果把数写死，或者用了函数外面的"
        "变量，换一种情形就不对了。",
    ),
    Mistake(
        "broadcast",
        "broadcasting#trap",
        lambda seen: seen.has_shapes((seen.n, len(seen.w)), (seen.n, seen.n)),
        en="the labels have shape (n, n): Xw + b of shape (n,) plus noise of shape (n, 1) "
        "broadcasts. Draw the noise in the labels' own shape: `torch.normal(0, 0.01, y.shape)`.",
        zh="标签的形状是 (n, n)：形状 (n,) 的 Xw + b 加上形状 (n, 1) 的噪声，发生了广播。噪声的形"
        "状应与标签相同：`torch.normal(0, 0.01, y.shape)`。",
    ),
    Mistake(
        "label_shape",
        "synthetic-data#label-shape",
        lambda seen: seen.has_shapes((seen.n, len(seen.w))) and not seen.shaped,
        en="the labels do not have shape (n, 1). With `w` of shape (d,), Xw has shape (n,), and "
        "later (n, 1) − (n,) would broadcast to (n, n). End in `y.reshape(-1, 1)`.",
        zh="标签的形状不是 (n, 1)。`w` 的形状为 (d,) 时，Xw 的形状是 (n,)，以后 (n, 1) − (n,) 会广"
        "播成 (n, n)。请在最后写 `y.reshape(-1, 1)`。",
    ),
    Mistake(
        "dtype",
        "synthetic-data#dtype",
        lambda seen: seen.shaped and not seen.of_dtype,
        en="features or labels do not have the dtype of `w`. Random numbers of NumPy are float64 "
        "and make everything that they are added to float64; whole numbers stay whole. Draw with "
        "torch, or convert: `.to(w.dtype)`.",
        zh="特征或标签的 dtype 与 `w` 不同。NumPy 的随机数是 float64，与它相加的结果也都变成 "
        "float64；整数则一直是整数。请用 torch 生成随机数，或者转换类型：`.to(w.dtype)`。",
    ),
    Mistake(
        "graph",
        "autograd#leaves",
        lambda seen: seen.shaped and seen.graph,
        en="features or labels require a gradient. They are data and are never trained; only `w` "
        "and `b` are. With labels that carry a graph, the second `backward` may fail. Leave out "
        "`requires_grad=True`, or end in `.detach()`.",
        zh="特征或标签需要梯度。它们是数据，不参与训练，要训练的只有 `w` 和 `b`。标签如果带着计算"
        "图，第二次 `backward` 可能会报错。请去掉 `requires_grad=True`，或者最后用 `.detach()`。",
    ),
    Mistake(
        "input_changed",
        "no-grad#with-gradients-on",
        lambda seen: seen.changed,
        en="your function changes the `w` that it is given. Write the result into a new tensor: "
        "`w = w * 2` makes one, `w *= 2` does not.",
        zh="你的函数改动了传给它的 `w`。请把结果写进新张量：`w = w * 2` 得到新张量，`w *= 2` 则是原"
        "地操作。",
    ),
    Mistake(
        "seeded",
        "synthetic-data#seed",
        lambda seen: seen.seeded and seen.shaped,
        en="two calls give the same features: the function sets a seed itself, or draws nothing. "
        "Call `torch.manual_seed` once, outside, so that training and validation data differ.",
        zh="两次调用得到相同的特征：函数内部设置了随机种子，或者根本没有随机生成。请在函数外面调用"
        "一次 `torch.manual_seed`，这样训练集和验证集才会不同。",
    ),
)

DISTRIBUTIONS: tuple[Mistake[Sample], ...] = (
    *FAILS,
    Mistake(
        "features_uniform",
        "synthetic-data#function",
        _measures_as(lambda _, m: m.least >= 0),
        en="no feature is negative: `torch.rand` is uniform on [0, 1). The features come from "
        "N(0, 1): `torch.randn` or `torch.normal(0, 1, …)`.",
        zh="没有一个特征是负的：`torch.rand` 是 [0, 1) 上的均匀分布。特征应服从 N(0, 1)：用 "
        "`torch.randn` 或 `torch.normal(0, 1, …)`。",
    ),
    Mistake(
        "features_scale",
        "synthetic-data#function",
        _measures_as(lambda _, m: abs(m.mean) > 0.16 or abs(m.spread - 1) > 0.16),
        en="the features do not come from N(0, 1): their mean is not 0 or their standard "
        "deviation not 1.",
        zh="特征不服从 N(0, 1)：均值不是 0，或者标准差不是 1。",
    ),
    Mistake(
        "no_noise",
        "synthetic-data#noise",
        _measures_as(lambda s, m: max(abs(m.noise_least), abs(m.noise_most)) < 2e-5),
        en="the labels have no noise: they are Xw + b exactly.",
        zh="标签没有噪声：正好等于 Xw + b。",
    ),
    Mistake(
        "bias_missing",
        "linear-model#model",
        _fits(1, lambda s: 0),
        en="the labels lack the bias: they are Xw plus noise, not Xw + b plus noise.",
        zh="标签缺少偏置：是 Xw 加噪声，而不是 Xw + b 加噪声。",
    ),
    Mistake(
        "bias_subtracted",
        "linear-model#model",
        _fits(1, lambda s: -s.b),
        en="the bias is subtracted: the labels are Xw − b plus noise, not Xw + b plus noise.",
        zh="偏置被减掉了：标签是 Xw − b 加噪声，而不是 Xw + b 加噪声。",
    ),
    Mistake(
        "bias_per_feature",
        "broadcasting#bias",
        _fits(1, lambda s: s.b * float(s.w.sum())),
        en="the bias is added to each feature, before the product: this is (X + b)w. It belongs to "
        "the label: Xw + b.",
        zh="偏置先加到了每个特征上，再做乘法：这是 (X + b)w。偏置属于标签：Xw + b。",
    ),
    Mistake(
        "unrelated",
        "synthetic-data#labels",
        _measures_as(lambda s, m: m.explained < 0.1),
        en="the labels do not follow the features that came back. Are they computed from other "
        "random numbers, drawn a second time? `X` is drawn once, and used for both.",
        zh="标签与返回的特征没有关系。是不是又生成了一次随机数，用它算的标签？`X` 只生成一次，返回"
        "的和计算标签用的是同一个。",
    ),
    Mistake(
        "same_noise",
        "synthetic-data#noise",
        _measures_as(lambda s, m: m.noise_spread < 1e-5 and abs(m.b - s.b) < 0.5),
        en="all labels have the same noise: one number was drawn and added to all. Draw one for "
        "each example: `torch.normal(0, 0.01, y.shape)`.",
        zh="所有标签的噪声都相同：只取了一个随机数，加到了所有标签上。应为每个样本各取一个："
        "`torch.normal(0, 0.01, y.shape)`。",
    ),
    Mistake(
        "noise_not_centred",
        "synthetic-data#noise",
        _measures_as(lambda s, m: m.noise_least > -2e-5 or m.noise_most < 2e-5),
        en="the noise has one sign only, so that it shifts the bias: `torch.rand` is uniform on "
        "[0, 1). The noise comes from N(0, 0.01²): `torch.normal(0, 0.01, y.shape)`.",
        zh="噪声全都同号，等于改变了偏置：`torch.rand` 是 [0, 1) 上的均匀分布。噪声应服从 N(0, "
        "0.01²)：`torch.normal(0, 0.01, y.shape)`。",
    ),
    Mistake(
        "noise_ignored",
        "synthetic-data#noise",
        _measures_as(lambda s, m: s.noise == 0.5 and 0.009 < m.noise_spread < 0.011),
        en="the argument `noise` is not used: the noise has standard deviation {spread} although "
        "{noise} was asked for.",
        zh="实参 `noise` 没有用上：要求的标准差是 {noise}，噪声的标准差却是 {spread}。",
    ),
    Mistake(
        "noise_as_variance",
        "synthetic-data#noise",
        _measures_as(
            lambda s, m: any(
                abs(m.noise_spread / spread - 1) < 0.16 for spread in (s.noise**0.5, s.noise**2)
            )
        ),
        en="the noise has standard deviation {spread} instead of {noise}: variance and standard "
        "deviation are mixed up. `torch.normal` and `np.random.normal` take the standard "
        "deviation, so that no root and no square is needed.",
        zh="噪声的标准差是 {spread}，而不是 {noise}：混淆了方差与标准差。`torch.normal` 和 "
        "`np.random.normal` 要的就是标准差，不必开方，也不必平方。",
    ),
    Mistake(
        "wrong_labels",
        "linear-model#model",
        _measures_as(lambda s, m: bool((m.w - s.w).abs().max() > 0.2) or abs(m.b - s.b) > 0.2),
        en="the labels are not Xw + b plus a little noise.",
        zh="标签不是 Xw + b 加上少许噪声。",
        vague=True,
    ),
    Mistake(
        "noise_scale",
        "synthetic-data#noise",
        _measures_as(lambda s, m: abs(m.noise_spread / s.noise - 1) > 0.15),
        en="the noise has standard deviation {spread} instead of {noise}.",
        zh="噪声的标准差是 {spread}，而不是 {noise}。",
        vague=True,
    ),
    Mistake(
        "noise_shifted",
        "synthetic-data#noise",
        _measures_as(lambda s, m: abs(m.noise_mean) > 0.3 * m.noise_spread),
        en="the noise has mean {mean} instead of 0, which shifts the bias.",
        zh="噪声的均值是 {mean}，而不是 0，等于改变了偏置。",
        vague=True,
    ),
)
SYNTHETIC_DATA_VERIFIED = (
    Text(
        "n examples, with a feature for each weight and labels of shape (n, 1)",
        "n 个样本，每个权重对应一个特征，标签的形状为 (n, 1)",
    ),
    Text(
        "features from N(0, 1), new ones on every call",
        "特征服从 N(0, 1)，每次调用都重新生成",
    ),
    Text(
        "labels Xw + b plus noise of standard deviation 0.01, drawn for each example",
        "标签为 Xw + b 加标准差 0.01 的噪声，每个样本的噪声各不相同",
    ),
)
TENSOR_BIAS = Note(
    Text(
        "checked with b as a tensor of shape (1,), since a number, as the book has it, does not "
        "work:",
        "检查时 b 是形状 (1,) 的张量；像书中那样传入一个数则不行：",
    ),
    "synthetic-data#function",
)
