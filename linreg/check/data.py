"""Checks of the functions that make data and read them: `synthetic_data` and `data_iter`.

What they give is random, so that these checks look at properties: shapes, spreads and, since every
example handed to `data_iter` carries its number, which examples come out, when, with which label.
"""

from __future__ import annotations

import inspect
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from linreg import analytic
from linreg.check.report import (
    RAISES,
    RETURNS_NONE,
    Mistake,
    Passed,
    Seen,
    Text,
    Verdict,
    call,
    column,
    numbers,
    require_call,
    show,
    undisturbed,
)

# synthetic_data


@dataclass(frozen=True)
class Measured:
    """What a data set shows about how it was made."""

    mean: float  # of the features
    spread: float
    least: float
    w: Tensor  # the least-squares fit to the labels
    b: float
    noise_spread: float  # around that fit
    noise_least: float  # of y − (Xw + b), with the w and b that were asked for
    noise_most: float


@dataclass(kw_only=True)
class Sample(Seen):
    """A data set that a learner's function made, and what it was to be made from."""

    w: Tensor
    b: float
    n: int
    noise: float
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
    def well_formed(self) -> bool:
        """Whether X (n, d) and y (n, 1) came back, in the dtype of w."""
        return self.has_shapes((self.n, len(self.w)), (self.n, 1)) and all(
            item.dtype == self.w.dtype for item in self.result
        )

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
    return f"{name} {tuple(value.shape)} {value.dtype}"


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
        f: her function. `w` has shape (d,), or (d, 1) when she refuses that; `b` is a number. She
            gives `X` (n, d) and `y` (n, 1), with noise of standard deviation 0.01. If it takes
            `noise` as well, another value is tried.
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
    verdict = Verdict("synthetic_data", lang, "02-synthetic-data#function")
    require_call(verdict, f, "synthetic_data(w, b, num_examples)")
    w = torch.tensor([2.0, -3.4])
    with undisturbed():
        small = [_draw(f, w, 4.2, 3), _draw(f, torch.tensor([1.0, 3.0, -2.0]), 0.5, 4)]
        large = [_draw(f, w, 4.2, 1000)]
        if "noise" in inspect.signature(f).parameters:
            large.append(_draw(f, w, 4.2, 1000, noise=0.5))
    for sample in small:
        sample.right = sample.well_formed and not sample.seeded
    verdict.judge(small, SHAPES)
    for sample in large:
        sample.measured = _measure(sample) if sample.well_formed else None
        sample.right = sample.measured is not None and _as_ordered(sample, sample.measured)
    verdict.judge(large, DISTRIBUTIONS)
    return verdict.passed(SYNTHETIC_DATA_VERIFIED)


def _draw(f: Callable[..., Any], w: Tensor, b: float, n: int, noise: float | None = None) -> Sample:
    """Call `f` twice, with `w` of shape (d,) or, when it refuses that, (d, 1)."""
    if noise is not None:
        f = partial(f, noise=noise)
    given = w.clone()
    result, error = call(f, given, b, n)
    if error is not None:
        column_result, column_error = call(f, w.reshape(-1, 1), b, n)
        if column_error is None:
            given, result, error = w.reshape(-1, 1), column_result, None
    again, _ = call(f, given, b, n)
    inputs = f"w = {numbers(given)}, b = {b}, num_examples = {n}"
    sample = Sample(
        inputs=inputs if noise is None else f"{inputs}, noise = {noise}",
        expected=f"X ({n}, {len(w)}) {w.dtype}, y ({n}, 1) {w.dtype}",
        result=result,
        error=error,
        w=w,
        b=b,
        n=n,
        noise=0.01 if noise is None else noise,
    )
    sample.seeded = sample.well_formed and torch.equal(result[0], again[0])
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
        noise_least=noise.min().item(),
        noise_most=noise.max().item(),
    )
    sample.expected = _measures(0, 1, sample.w, sample.b, sample.noise)
    sample.facts = {"spread": f"{measured.noise_spread:.2g}", "noise": sample.noise}
    return measured


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


SHAPES = (
    RAISES,
    RETURNS_NONE,
    Mistake(
        "not_a_pair",
        "",
        lambda seen: not seen.is_pair,
        en="your function does not give back two things. Give features and labels: `return X, y`.",
        zh="你的函数返回的不是两样东西。应返回特征和标签：`return X, y`。",
    ),
    Mistake(
        "not_tensors",
        "02-synthetic-data#dtype",
        lambda seen: not seen.are_tensors,
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
        "transposed",
        "01-linear-model#shapes",
        lambda seen: seen.has_shapes((len(seen.w), seen.n)),
        en="X is transposed: an example is a row, so that X has shape (n, d).",
        zh="X 转置了：每个样本是一行，X 的形状应为 (n, d)。",
    ),
    Mistake(
        "fixed_sizes",
        "",
        lambda seen: seen.are_tensors and not seen.has_shapes((seen.n, len(seen.w))),
        en="X has the wrong shape. There are `num_examples` rows and `len(w)` columns; a number "
        "that is written out, or a variable from outside the function, fits one case only.",
        zh="X 的形状不对。它有 `num_examples` 行、`len(w)` 列；写死的数字，或函数外面的变量，只适"
        "合一种情形。",
    ),
    Mistake(
        "broadcast",
        "05-broadcasting#trap",
        lambda seen: seen.has_shapes((seen.n, len(seen.w)), (seen.n, seen.n)),
        en="the labels have shape (n, n): Xw + b of shape (n,) plus noise of shape (n, 1) "
        "broadcasts. Draw the noise in the labels' own shape: `torch.normal(0, 0.01, y.shape)`.",
        zh="标签的形状是 (n, n)：形状 (n,) 的 Xw + b 加上形状 (n, 1) 的噪声，发生了广播。噪声的形"
        "状应与标签相同：`torch.normal(0, 0.01, y.shape)`。",
    ),
    Mistake(
        "label_shape",
        "02-synthetic-data#label-shape",
        lambda seen: not seen.has_shapes((seen.n, len(seen.w)), (seen.n, 1)),
        en="the labels do not have shape (n, 1). With `w` of shape (d,), Xw has shape (n,), and "
        "later (n, 1) − (n,) would broadcast to (n, n). End in `y.reshape(-1, 1)`.",
        zh="标签的形状不是 (n, 1)。`w` 的形状为 (d,) 时，Xw 的形状是 (n,)，以后 (n, 1) − (n,) 会广"
        "播成 (n, n)。请在最后写 `y.reshape(-1, 1)`。",
    ),
    Mistake(
        "dtype",
        "02-synthetic-data#dtype",
        lambda seen: not seen.well_formed,
        en="features and labels do not have the dtype of `w`. Random numbers of NumPy are float64 "
        "and make everything that they are added to float64. Draw them with torch, or convert "
        "them.",
        zh="特征和标签的 dtype 与 `w` 不同。NumPy 的随机数是 float64，与它相加的结果也都变成 "
        "float64。请用 torch 生成随机数，或者转换类型。",
    ),
    Mistake(
        "seeded",
        "02-synthetic-data#seed",
        lambda seen: seen.seeded,
        en="two calls give the same features: the function sets the seed itself. Call "
        "`torch.manual_seed` once, outside, so that training and validation data differ.",
        zh="两次调用得到相同的特征：函数内部设置了随机种子。请在函数外面调用一次 "
        "`torch.manual_seed`，这样训练集和验证集才会不同。",
    ),
)

DISTRIBUTIONS = (
    RAISES,
    Mistake(
        "features_uniform",
        "02-synthetic-data#function",
        _measures_as(lambda _, m: m.least >= 0),
        en="no feature is negative: `torch.rand` is uniform on [0, 1). The features come from "
        "N(0, 1): `torch.randn` or `torch.normal(0, 1, …)`.",
        zh="没有一个特征是负的：`torch.rand` 是 [0, 1) 上的均匀分布。特征应服从 N(0, 1)：用 "
        "`torch.randn` 或 `torch.normal(0, 1, …)`。",
    ),
    Mistake(
        "features_scale",
        "02-synthetic-data#function",
        _measures_as(lambda _, m: abs(m.mean) > 0.16 or abs(m.spread - 1) > 0.16),
        en="the features do not come from N(0, 1): their mean is not 0 or their standard "
        "deviation not 1.",
        zh="特征不服从 N(0, 1)：均值不是 0，或者标准差不是 1。",
    ),
    Mistake(
        "no_noise",
        "02-synthetic-data#noise",
        _measures_as(lambda s, m: max(abs(m.noise_least), abs(m.noise_most)) < 2e-5),
        en="the labels have no noise: they are Xw + b exactly.",
        zh="标签没有噪声：正好等于 Xw + b。",
    ),
    Mistake(
        "bias_missing",
        "01-linear-model#model",
        _measures_as(lambda s, m: abs(m.b) < 0.1),
        en="the labels lack the bias: they are Xw plus noise, not Xw + b plus noise.",
        zh="标签缺少偏置：是 Xw 加噪声，而不是 Xw + b 加噪声。",
    ),
    Mistake(
        "same_noise",
        "02-synthetic-data#noise",
        _measures_as(lambda s, m: m.noise_spread < 1e-5 and abs(m.b - s.b) < 0.5),
        en="all labels have the same noise: one number was drawn and added to all. Draw one for "
        "each example: `torch.normal(0, 0.01, y.shape)`.",
        zh="所有标签的噪声都相同：只取了一个随机数，加到了所有标签上。应为每个样本各取一个："
        "`torch.normal(0, 0.01, y.shape)`。",
    ),
    Mistake(
        "noise_not_centred",
        "02-synthetic-data#noise",
        _measures_as(lambda s, m: m.noise_least > -2e-5 or m.noise_most < 2e-5),
        en="the noise has one sign only, so that it shifts the bias: `torch.rand` is uniform on "
        "[0, 1). The noise comes from N(0, 0.01²): `torch.normal(0, 0.01, y.shape)`.",
        zh="噪声只有一种符号，等于改变了偏置：`torch.rand` 是 [0, 1) 上的均匀分布。噪声应服从 "
        "N(0, 0.01²)：`torch.normal(0, 0.01, y.shape)`。",
    ),
    Mistake(
        "noise_ignored",
        "02-synthetic-data#noise",
        _measures_as(lambda s, m: s.noise == 0.5 and 0.009 < m.noise_spread < 0.011),
        en="the argument `noise` is not used: the noise has standard deviation {spread} although "
        "{noise} was asked for.",
        zh="参数 `noise` 没有用上：要求的标准差是 {noise}，噪声的标准差却是 {spread}。",
    ),
    Mistake(
        "noise_as_variance",
        "02-synthetic-data#noise",
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
        "01-linear-model#model",
        _measures_as(lambda s, m: bool((m.w - s.w).abs().max() > 0.2) or abs(m.b - s.b) > 0.2),
        en="the labels are not Xw + b plus a little noise.",
        zh="标签不是 Xw + b 加上少许噪声。",
    ),
    Mistake(
        "noise_scale",
        "02-synthetic-data#noise",
        _measures_as(lambda s, m: abs(m.noise_spread / s.noise - 1) > 0.15),
        en="the noise has standard deviation {spread} instead of {noise}.",
        zh="噪声的标准差是 {spread}，而不是 {noise}。",
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


# data_iter


@dataclass(kw_only=True)
class Pass(Seen):
    """One pass over the examples 1 to n, as far as it was followed."""

    n: int
    batch_size: int
    sizes_wanted: list[int]
    batches: list[Any]
    endless: bool
    changed: bool

    @property
    def is_one_batch(self) -> bool:
        """Whether two tensors came back, rather than pairs of them."""
        return (
            isinstance(self.result, tuple | list)
            and len(self.result) == 2
            and all(isinstance(item, Tensor) for item in self.result)
        )

    @property
    def pairs(self) -> bool:
        """Whether each batch is a pair."""
        return all(isinstance(batch, tuple | list) and len(batch) == 2 for batch in self.batches)

    @property
    def tensors(self) -> bool:
        """Whether each batch is a pair of tensors."""
        return self.pairs and all(
            isinstance(item, Tensor) for batch in self.batches for item in batch
        )

    @property
    def well_formed(self) -> bool:
        """Whether each batch is k rows of two features and k labels of shape (k, 1)."""
        return self.tensors and all(
            X.shape == (len(y), 2) and y.shape == (len(y), 1) for X, y in self.batches
        )

    @property
    def order(self) -> list[list[int]]:
        """The numbers of the examples, batch by batch."""
        return [X[:, 0].int().tolist() for X, _ in self.batches] if self.well_formed else []

    @property
    def labelled(self) -> list[list[int]]:
        """The numbers of the examples that the labels belong to, batch by batch."""
        return [(y[:, 0] / 10).int().tolist() for _, y in self.batches] if self.well_formed else []

    @property
    def examples(self) -> list[int]:
        """The numbers of the examples, in the order in which they came."""
        return list(itertools.chain(*self.order))

    @property
    def sizes(self) -> list[int]:
        """The sizes of the batches."""
        return list(map(len, self.order))

    @property
    def distinct(self) -> bool:
        """Whether no example came twice, and none was made up."""
        return self.well_formed and set(Counter(self.examples).values()) <= {1} and self.known

    @property
    def known(self) -> bool:
        """Whether every example is one of those that went in."""
        return self.well_formed and set(self.examples) <= set(range(1, self.n + 1))

    @property
    def intact(self) -> bool:
        """Whether the batches hold the rows and the dtype that went in."""
        return self.well_formed and all(
            torch.equal(X[:, 1], -X[:, 0]) and X.dtype == y.dtype == torch.get_default_dtype()
            for X, y in self.batches
        )

    @property
    def full(self) -> bool:
        """Whether every batch has exactly `batch_size` examples."""
        return self.well_formed and set(self.sizes) <= {self.batch_size}

    @property
    def gave(self) -> str | Text:
        """The examples, batch by batch, or what came instead of them."""
        if self.error is not None or self.result is None:
            return super().gave
        if self.endless:
            count = len(self.batches)
            return Text(f"{count} batches, then stopped", f"{count} 个小批量，随后停止检查")
        if not self.batches:
            return Text("no batch", "没有小批量")
        if self.is_one_batch:
            return show(self.result)
        if not self.intact:
            return show(self.batches[0])
        if self.order != self.labelled:
            return Text(
                f"features of {_spell(self.order)} with labels of {_spell(self.labelled)}",
                f"特征来自样本 {_spell(self.order)}，标签来自样本 {_spell(self.labelled)}",
            )
        return Text(f"examples {_spell(self.order)}", f"样本 {_spell(self.order)}")


def _spell(order: list[list[int]]) -> str:
    return " ".join(map(str, order))


@dataclass(kw_only=True)
class Passes(Seen):
    """The order of the examples in several passes."""

    orders: list[list[list[int]]]

    @property
    def gave(self) -> str | Text:
        """The first three passes."""
        return "; ".join(map(_spell, self.orders[:3])) + "; …"


def data_iter(f: Callable[..., Any], *, lang: str | None = None) -> Passed:
    """Look at a learner's `data_iter(batch_size, features, labels)`.

    Args:
        f: her function: a generator, or one that gives anything to loop over, of pairs of tensors
            (features, labels). Each call is one pass over `features` (n, d) and `labels` (n, 1).
        lang: `"en"` or `"zh"`; when None, the environment variable LINREG_LANG, else English.

    Raises:
        CheckFailed: the function has a mistake; the message names it. An endless one is stopped.
        TypeError: `f` is no function.

    Source: chapter "Minibatches".

    Examples:
        >>> from linreg import check, data_iter
        >>> check.data_iter(data_iter)
        data_iter: passed
        ✓ every example exactly once a pass
        ✓ batches of batch_size examples, only the last one shorter when it must be
        ✓ each label stays with its features, and the data stay as they were
        ✓ a new random order in every pass
    """
    verdict = Verdict("data_iter", lang, "06-minibatches#function")
    require_call(verdict, f, "data_iter(batch_size, features, labels)")
    with undisturbed():
        even = [_read(f, n, batch_size) for n, batch_size in EVEN for _ in range(8)]
        many = [_read(f, 4, 2) for _ in range(20)]
        uneven = [_read(f, n, batch_size) for n, batch_size in UNEVEN for _ in range(8)]
    verdict.judge([*even, *many], BATCHES)
    shuffled = Passes(
        inputs=Text("4 examples, batch_size = 2, 20 passes", "4 个样本，batch_size = 2，20 次遍历"),
        expected=Text("another random order in each pass", "每次遍历的随机顺序都不同"),
        orders=[each.order for each in many],
    )
    shuffled.right = not any(mistake.detect(shuffled) for mistake in ORDERS)
    verdict.judge([shuffled], ORDERS)
    verdict.judge(uneven, BATCHES)
    return verdict.passed(DATA_ITER_VERIFIED)


# (n, batch_size), without a short batch and with one
EVEN = ((1, 1), (3, 1))
UNEVEN = ((3, 2), (2, 3), (5, 2))


def _read(f: Callable[..., Any], n: int, batch_size: int) -> Pass:
    """Make one pass over the examples 1 to n: features (i, −i), label 10 i; stop an endless one."""
    i = column(*map(float, range(1, n + 1)))
    features, labels = torch.cat([i, -i], dim=1), 10 * i
    given = features.clone(), labels.clone()
    result, error = call(f, batch_size, *given)
    batches: list[Any] = []
    limit = 2 * n + 2
    if error is None and result is not None:
        followed, error = call(lambda: list(itertools.islice(result, limit)))
        batches = followed or []
    sizes = [min(batch_size, n - start) for start in range(0, n, batch_size)]
    seen = Pass(
        inputs=f"batch_size = {batch_size}, features = {numbers(features)},"
        f" labels = {numbers(labels)}",
        expected=Text(
            f"each example once, batches of {', '.join(map(str, sizes))}",
            f"每个样本恰好一次，各小批量的样本数为 {'、'.join(map(str, sizes))}",
        ),
        result=result,
        error=error,
        n=n,
        batch_size=batch_size,
        sizes_wanted=sizes,
        batches=batches,
        endless=len(batches) == limit,
        changed=not all(map(torch.equal, given, (features, labels))),
    )
    if seen.changed:
        seen.also = f"features = {numbers(given[0])}, labels = {numbers(given[1])}"
    seen.facts = {"limit": limit}
    seen.right = (
        seen.distinct
        and not seen.changed
        and seen.sizes == seen.sizes_wanted
        and seen.order == seen.labelled
        and seen.intact
    )
    return seen


BATCHES = (
    Mistake(
        "past_the_end",
        "06-minibatches#last-batch",
        lambda seen: isinstance(seen.error, IndexError),
        en="an index is past the end of the data. The number of examples is `len(features)`, and "
        "the last batch ends there: `indices[i : i + batch_size]`, or `min(i + batch_size, n)`.",
        zh="下标超出了数据的末尾。样本数是 `len(features)`，最后一个小批量到此为止：`indices[i : "
        "i + batch_size]`，或 `min(i + batch_size, n)`。",
    ),
    Mistake(
        "not_iterable",
        "06-minibatches#generator",
        lambda seen: (
            seen.error is not None
            and seen.result is not None
            and not hasattr(seen.result, "__iter__")
        ),
        en="what your function gives cannot be looped over. `yield` the batches one by one.",
        zh="你的函数返回的东西不能用 for 循环遍历。请用 `yield` 逐个给出小批量。",
    ),
    RAISES,
    RETURNS_NONE,
    Mistake(
        "endless",
        "06-minibatches#generator",
        lambda seen: seen.endless,
        en="it does not end: after {limit} batches the check stopped. One call is one pass over "
        "the data; a loop over `range(0, n, batch_size)` ends by itself.",
        zh="没有结束：检查在 {limit} 个小批量之后停了下来。一次调用只遍历一次数据；对 `range(0, "
        "n, batch_size)` 循环会自己结束。",
    ),
    Mistake(
        "no_batches",
        "06-minibatches#generator",
        lambda seen: not seen.batches and seen.batch_size <= seen.n,
        en="no batch comes out. A generator or iterator is used up after one pass: make a new one "
        "on every call.",
        zh="一个小批量也没有。生成器（或迭代器）遍历一次就用完了：每次调用都要新建一个。",
    ),
    Mistake(
        "returned_one_batch",
        "06-minibatches#generator",
        lambda seen: seen.is_one_batch,
        en="`return` ends the function at the first batch. With `yield` it goes on with the next "
        "one.",
        zh="`return` 在第一个小批量处就结束了函数。换成 `yield`，下次会从这里继续。",
    ),
    Mistake(
        "indices_only",
        "06-minibatches#function",
        lambda seen: any(_is_indices(batch) for batch in seen.batches),
        en="the batches hold the numbers of the examples, not the examples. Index with them: "
        "`yield features[batch_indices], labels[batch_indices]`.",
        zh="小批量里是样本的下标，而不是样本。要用下标取出数据：`yield features[batch_indices], "
        "labels[batch_indices]`。",
    ),
    Mistake(
        "not_a_pair",
        "06-minibatches#function",
        lambda seen: not seen.pairs,
        en="a batch is not a pair. Give features and labels together: `yield X, y`.",
        zh="小批量不是一对。特征和标签要一起给出：`yield X, y`。",
    ),
    Mistake(
        "not_tensors",
        "06-minibatches#function",
        lambda seen: not seen.tensors,
        en="a batch holds something other than tensors. Indexing a tensor with a tensor or a list "
        "of indices gives a tensor: `features[batch_indices]`.",
        zh="小批量里不是张量。用下标张量或下标列表去索引张量，得到的仍是张量："
        "`features[batch_indices]`。",
    ),
    Mistake(
        "swapped",
        "06-minibatches#function",
        lambda seen: (
            seen.tensors
            and bool(seen.batches)
            and all(X.shape[1:] == (1,) and y.shape[1:] == (2,) for X, y in seen.batches)
        ),
        en="features and labels are swapped: `yield X, y`, the features first.",
        zh="特征和标签的顺序反了：应为 `yield X, y`，特征在前。",
    ),
    Mistake(
        "label_shape",
        "05-broadcasting#trap",
        lambda seen: (
            seen.tensors
            and any(X.shape == (y.numel(), 2) and y.dim() != 2 for X, y in seen.batches)
        ),
        en="the labels came in with shape (n, 1) and the batch has lost the column: predictions "
        "(k, 1) minus labels (k,) would broadcast to (k, k).",
        zh="传入的标签形状为 (n, 1)，小批量却丢掉了这一列：预测值 (k, 1) 减去标签 (k,) 会广播成 "
        "(k, k)。",
    ),
    Mistake(
        "input_changed",
        "06-minibatches#same-indices",
        lambda seen: seen.changed,
        en="the data that were passed in have changed: shuffling moves the indices, never the "
        "data. `features[:] = …`, `random.shuffle(features)` and `+=` change the caller's tensor.",
        zh="传入的数据被改动了：打乱的应是下标，而不是数据。`features[:] = …`、"
        "`random.shuffle(features)` 和 `+=` 都会改动调用者的张量。",
    ),
    Mistake(
        "empty_batch",
        "06-minibatches#last-batch",
        lambda seen: 0 in seen.sizes,
        en="a batch without examples: the loop runs one step too far. Its mean would be nan.",
        zh="有一个没有样本的小批量：循环多走了一步。对它求平均会得到 nan。",
    ),
    Mistake(
        "shuffled_apart",
        "06-minibatches#same-indices",
        lambda seen: seen.order != seen.labelled and seen.known,
        en="features and labels no longer belong together: they were shuffled apart. Shuffle one "
        "list of indices, and index both with it.",
        zh="特征和标签对不上了：它们是分开打乱的。应只打乱一份下标，再用它同时索引特征和标签。",
    ),
    Mistake(
        "stops_early",
        "06-minibatches#generator",
        lambda seen: seen.distinct and seen.sizes == [seen.batch_size] and seen.n > seen.batch_size,
        en="only the first batch comes out. A `return` or `break` inside the loop ends it, or the "
        "`yield` stands outside.",
        zh="只给出了第一个小批量：循环里的 `return` 或 `break` 让它结束了，或者 `yield` 写在了循环"
        "外面。",
    ),
    Mistake(
        "last_batch_dropped",
        "06-minibatches#last-batch",
        lambda seen: (
            seen.distinct
            and seen.full
            and len(seen.examples) == seen.n - seen.n % seen.batch_size
            and len(seen.examples) < seen.n
        ),
        en="the last, short batch is dropped, so that some examples are left out of the pass. Let "
        "the loop start a batch wherever an example is left: `range(0, n, batch_size)`.",
        zh="最后不满的小批量被丢掉了，这次遍历漏掉了一些样本。只要还有样本就应再开始一个小批量："
        "`range(0, n, batch_size)`。",
    ),
    Mistake(
        "last_batch_padded",
        "06-minibatches#last-batch",
        lambda seen: (
            seen.full
            and len(seen.examples) == seen.n + -seen.n % seen.batch_size
            and len(seen.examples) > seen.n
        ),
        en="the last batch is filled up to `batch_size`, with examples that came already or with "
        "zeros. Let it be short: `indices[i : i + batch_size]` ends with the data.",
        zh="最后一个小批量被补满到 `batch_size`，补的是已经出现过的样本或者零。让它短一些就好："
        "`indices[i : i + batch_size]` 到数据末尾为止。",
    ),
    Mistake(
        "repeats",
        "06-minibatches#each-once",
        lambda seen: seen.known and not seen.distinct,
        en="an example comes twice in one pass. Drawing indices with `torch.randint` or "
        "`random.choices` is drawing with replacement, and batches that start at every i overlap. "
        "Shuffle all indices once, and cut them up: `range(0, n, batch_size)`.",
        zh="同一次遍历中，有样本出现了两次。用 `torch.randint` 或 `random.choices` 取下标是有放回"
        "抽样；从每个 i 都开始一个小批量则会重叠。应把所有下标打乱一次，再依次切开：`range(0, n, "
        "batch_size)`。",
    ),
    Mistake(
        "missing",
        "06-minibatches#each-once",
        lambda seen: seen.distinct and len(seen.examples) < seen.n,
        en="an example is missing from the pass. Every one comes exactly once.",
        zh="这次遍历漏掉了样本。每个样本都应恰好出现一次。",
        vague=True,
    ),
    Mistake(
        "sizes",
        "06-minibatches#last-batch",
        lambda seen: seen.distinct and seen.sizes != seen.sizes_wanted,
        en="the batches have the wrong sizes: each has `batch_size` examples, only the last one "
        "fewer when there are no more.",
        zh="小批量的大小不对：每个有 `batch_size` 个样本，只有最后一个在样本不够时才更少。",
        vague=True,
    ),
)


def _is_indices(batch: object) -> bool:
    if isinstance(batch, Tensor):
        return batch.dim() == 1 and not batch.is_floating_point()
    return isinstance(batch, list) and all(isinstance(item, int) for item in batch)


def _as_sets(order: list[list[int]]) -> set[frozenset[int]]:
    return set(map(frozenset, order))


ORDERS = (
    Mistake(
        "never_shuffled",
        "06-minibatches#shuffling",
        lambda seen: all(order == [[1, 2], [3, 4]] for order in seen.orders),
        en="the examples always come in the order of the data. Shuffle the indices first: "
        "`random.shuffle(indices)`, or `indices = torch.randperm(n)`.",
        zh="样本总是按数据原来的顺序出现。请先打乱下标：`random.shuffle(indices)`，或 `indices = "
        "torch.randperm(n)`。",
    ),
    Mistake(
        "same_order",
        "06-minibatches#shuffling",
        lambda seen: all(order == seen.orders[0] for order in seen.orders),
        en="every pass has the same order: a seed is set inside the function, or the indices are "
        "shuffled once and kept. Each pass needs an order of its own.",
        zh="每次遍历的顺序都一样：函数内部设置了随机种子，或者下标只打乱一次就一直沿用。每次遍历都"
        "要重新打乱。",
    ),
    Mistake(
        "same_batches",
        "06-minibatches#shuffling",
        lambda seen: all(_as_sets(order) == _as_sets(seen.orders[0]) for order in seen.orders),
        en="the same examples always share a batch: whole batches are shuffled, or the examples "
        "within them. Shuffle all examples before cutting them into batches.",
        zh="总是同样的样本分在同一个小批量里：打乱的只是各小批量的次序，或小批量内部的次序。应先打"
        "乱全部样本，再切成小批量。",
    ),
)
DATA_ITER_VERIFIED = (
    Text("every example exactly once a pass", "每次遍历中，每个样本恰好出现一次"),
    Text(
        "batches of batch_size examples, only the last one shorter when it must be",
        "每个小批量有 batch_size 个样本，只有最后一个在样本不够时可以更小",
    ),
    Text(
        "each label stays with its features, and the data stay as they were",
        "标签与特征始终对应，传入的数据没有被改动",
    ),
    Text("a new random order in every pass", "每次遍历都重新随机排序"),
)
