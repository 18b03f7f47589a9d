"""`check.data_iter`: does a pass give every example once, in batches, in random order?

Every example that is handed over carries its number, so that the check sees which ones come out,
when, and with which label.
"""

from __future__ import annotations

import itertools
import types
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from linreg.check.arguments import (
    BATCH_SIZE,
    FEATURES,
    LABELS,
    Plan,
    Role,
    order_notes,
    require_plan,
)
from linreg.check.calls import call, local_variables, undisturbed
from linreg.check.report import (
    FAILS,
    PRINTS,
    RETURNS_NONE,
    Mistake,
    Passed,
    Seen,
    Verdict,
)
from linreg.check.words import Text, column, numbers, show

ASKED = "data_iter(batch_size, features, labels)"
ROLES = (Role("batch_size", BATCH_SIZE), Role("features", FEATURES), Role("labels", LABELS))


@dataclass(kw_only=True)
class Pass(Seen):
    """One pass over the examples 1 to n, as far as it was followed."""

    n: int
    batch_size: int
    sizes_wanted: list[int]
    batches: list[Any]
    endless: bool
    changed: bool
    gradients_off: bool = False
    """Whether gradients are off while the caller has a batch."""
    overwritten: bool = False
    """Whether a name of the function's data holds a batch inside its loop."""

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
            y.dim() == 2 and X.shape == (len(y), 2) and y.shape == (len(y), 1)
            for X, y in self.batches
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
    def graph(self) -> bool:
        """Whether something in a batch requires a gradient."""
        return self.tensors and any(item.requires_grad for batch in self.batches for item in batch)

    def cut(self, starts: range, length: Callable[[int], int]) -> bool:
        """Return whether the batches are as long as slices that start here and have this length."""
        n = self.n
        sizes = [len(range(n)[start : start + max(0, length(start))]) for start in starts]
        return self.distinct_in_batches and self.sizes == sizes

    @property
    def distinct_in_batches(self) -> bool:
        """Whether every example is one that went in, and no batch has one twice."""
        return self.known and all(len(set(batch)) == len(batch) for batch in self.order)

    @property
    def intact(self) -> bool:
        """Whether the batches hold the rows and the dtype that went in."""
        return self.well_formed and all(
            torch.equal(X[:, 1], -X[:, 0]) and self.of_dtype for X, y in self.batches
        )

    @property
    def of_dtype(self) -> bool:
        """Whether the batches have the dtype of the data."""
        return self.tensors and all(
            item.dtype == torch.get_default_dtype() for batch in self.batches for item in batch
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
        f: the function: a generator, or one that gives anything to loop over, of pairs of tensors
            (features, labels). Each call is one pass over `features` (n, d) and `labels` (n, 1).
            Its parameters may come in another order, under their usual names.
        lang: `"en"` or `"zh"`; when None, the environment variable LINREG_LANG, else English.

    Raises:
        CheckFailed: the function has a mistake; the message names it. An endless one is stopped.
        TypeError: `f` is no function.

    Source: chapter "Minibatches".

    Examples:
        >>> from linreg import check, data_iter
        >>> check.data_iter(data_iter)
        data_iter: passed
        ✓ every example exactly once per pass
        ✓ batches of batch_size examples, only the last one shorter when it must be
        ✓ each label stays with its features, and the data stay as they were
        ✓ a new random order in every pass
    """
    verdict = Verdict("data_iter", lang, "minibatches#function")
    with undisturbed():
        plan = require_plan(verdict, f, [ROLES], ASKED)
        even = [_read(plan, n, batch_size) for n, batch_size in EVEN for _ in range(8)]
        many = [_read(plan, 4, 2) for _ in range(20)]
        uneven = [_read(plan, n, batch_size) for n, batch_size in UNEVEN for _ in range(8)]
    verdict.judge([*even, *many], BATCHES)
    shuffled = Passes(
        inputs=Text("4 examples, batch_size = 2, 20 passes", "4 个样本，batch_size = 2，20 次遍历"),
        expected=Text("another random order in each pass", "每次遍历的随机顺序都不同"),
        orders=[each.order for each in many],
    )
    shuffled.right = not any(mistake.detect(shuffled) for mistake in ORDERS)
    verdict.judge([shuffled], ORDERS)
    verdict.judge([*even, *many, *uneven], BATCHES)
    return verdict.passed(DATA_ITER_VERIFIED, order_notes(plan, ASKED, "minibatches#function"))


# (n, batch_size), without a short batch and with one
EVEN = ((1, 1), (3, 1))
UNEVEN = ((3, 2), (2, 3), (5, 2))


def _read(plan: Plan, n: int, batch_size: int) -> Pass:
    """Make one pass over the examples 1 to n: features (i, −i), label 10 i; stop an endless one."""
    i = column(*map(float, range(1, n + 1)))
    features, labels = torch.cat([i, -i], dim=1), 10 * i
    given = features.clone(), labels.clone()
    follower = Follower(plan, given)
    with torch.enable_grad():
        result, error, printed = plan(batch_size=batch_size, features=given[0], labels=given[1])
        limit = 2 * n + 2
        if error is None and result is not None:
            _, error, more = call(follower.follow, result, limit)
            printed += more
    batches = follower.batches
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
        printed=printed,
        n=n,
        batch_size=batch_size,
        sizes_wanted=sizes,
        batches=batches,
        endless=len(batches) == limit,
        changed=not all(map(torch.equal, given, (features, labels))),
        gradients_off=follower.gradients_off,
    )
    follower.look(local_variables(error, plan.f))
    seen.overwritten = bool(follower.overwritten)
    if seen.changed:
        seen.also = f"features = {numbers(given[0])}, labels = {numbers(given[1])}"
    elif seen.gradients_off:
        seen.also = "torch.is_grad_enabled() = False"
    none = [name for name, value in local_variables(error, plan.f).items() if value is None]
    seen.facts = {
        "limit": limit,
        "overwritten": follower.overwritten,
        "none": none[0] if "'NoneType' object is not" in str(error) and none else "",
    }
    seen.right = (
        seen.distinct
        and not seen.changed
        and not seen.gradients_off
        and not seen.graph
        and seen.sizes == seen.sizes_wanted
        and seen.order == seen.labelled
        and seen.intact
    )
    return seen


class Follower:
    """Follows a pass batch by batch, and looks into a generator while it waits."""

    def __init__(self, plan: Plan, given: tuple[Tensor, Tensor]) -> None:
        self.batches: list[Any] = []
        self.gradients_off = False
        self.overwritten = ""
        self.names = {
            plan.parameters.get(name, ""): value for name, value in zip(DATA, given, strict=True)
        }

    def follow(self, result: Any, limit: int) -> None:
        """Take the batches of a pass, at most `limit` of them."""
        for batch in itertools.islice(result, limit):
            self.batches.append(batch)
            self.gradients_off |= not torch.is_grad_enabled()
            if isinstance(result, types.GeneratorType) and result.gi_frame is not None:
                self.look(result.gi_frame.f_locals)

    def look(self, variables: dict[str, Any]) -> None:
        """Note which name of the data holds the batch that came last."""
        last = self.batches[-1] if self.batches else ()
        for name, value in self.names.items():
            held = variables.get(name)
            if (
                isinstance(held, Tensor)
                and len(held) < len(value)
                and any(held is item for item in _items(last))
            ):
                self.overwritten = self.overwritten or name


DATA = ("features", "labels")


def _items(batch: object) -> Iterator[object]:
    return iter(batch) if isinstance(batch, tuple | list) else iter(())


def _some_whole(seen: Pass) -> bool:
    """Return whether a batch has some of the examples in one half, and all in the other."""
    return seen.tensors and any(
        X.dim() > 0 and y.dim() > 0 and len(X) != len(y) and seen.n in (len(X), len(y))
        for X, y in seen.batches
    )


BATCHES: tuple[Mistake[Pass], ...] = (
    Mistake(
        "not_iterable",
        "minibatches#generator",
        lambda seen: (
            seen.error is not None
            and seen.result is not None
            and not hasattr(seen.result, "__iter__")
        ),
        en="what your function gives cannot be looped over. `yield` the batches one by one.",
        zh="你的函数返回的东西不能用 for 循环遍历。请用 `yield` 逐个给出小批量。",
    ),
    Mistake(
        "past_the_end",
        "minibatches#last-batch",
        lambda seen: isinstance(seen.error, IndexError) and not seen.overwritten,
        en="an index is past the end of what it is used on. The number of examples is "
        "`len(features)`, and the last batch ends there: `indices[i : i + batch_size]`, or `min(i "
        "+ batch_size, n)`.",
        zh="索引超出了数据的末尾。样本数是 `len(features)`，最后一个小批量到此为止："
        "`indices[i : i + batch_size]`，或 `min(i + batch_size, n)`。",
    ),
    Mistake(
        "none_indexed",
        "minibatches#function",
        lambda seen: bool(seen.facts["none"]),
        en="`{none}` is None where it is used. `random.shuffle` and `list.sort` work in place and "
        "give back None: do not assign what they return.",
        zh="用到 `{none}` 的时候，它的值是 None。`random.shuffle` 和 `list.sort` 是原地操作，返回 "
        "None：不要把它们的返回值赋给变量。",
    ),
    *FAILS,
    RETURNS_NONE,
    PRINTS,
    Mistake(
        "overwritten",
        "minibatches#function",
        lambda seen: seen.overwritten,
        en="inside the loop the name `{overwritten}` is given to a batch, so that the data are no "
        "longer there for the next one. Give the batch a name of its own: `X, y = "
        "features[batch_indices], labels[batch_indices]`.",
        zh="循环里把小批量存进了 `{overwritten}`，盖掉了原来的数据，下一个小批量就取不到了。请给小"
        "批量另取名字：`X, y = features[batch_indices], labels[batch_indices]`。",
    ),
    Mistake(
        "gradients_off",
        "no-grad#no-grad",
        lambda seen: seen.gradients_off,
        en="gradients are off while the caller works with a batch: `torch.no_grad()` around a "
        "`yield`, or `set_grad_enabled(False)`, holds outside the function too, and the loss would "
        "carry no graph. Indexing data needs neither.",
        zh="调用者拿到小批量时，梯度记录还是关闭的：`yield` 写在 `torch.no_grad()` 里，或者调用了 "
        "`set_grad_enabled(False)`，到了函数外面仍然有效，损失就没有计算图了。取数据用不着它们。",
    ),
    Mistake(
        "endless",
        "minibatches#generator",
        lambda seen: seen.endless,
        en="it does not end: after {limit} batches the check stopped. One call is one pass over "
        "the data; a loop over `range(0, n, batch_size)` ends by itself.",
        zh="一直没有结束，检查到第 {limit} 个小批量就停下了。一次调用只把数据遍历一次；用 "
        "`range(0, n, batch_size)` 来循环，到末尾会自己结束。",
    ),
    Mistake(
        "no_batches",
        "minibatches#generator",
        lambda seen: seen.error is None and not seen.batches and seen.batch_size <= seen.n,
        en="no batch comes out. A generator or iterator is used up after one pass: make a new one "
        "on every call.",
        zh="一个小批量也没有给出。生成器（或迭代器）遍历一次就用完了：每次调用都要新建一个。",
    ),
    Mistake(
        "returned_one_batch",
        "minibatches#generator",
        lambda seen: seen.is_one_batch,
        en="`return` ends the function at the first batch. With `yield` it goes on with the next "
        "one.",
        zh="`return` 在第一个小批量处就结束了函数。换成 `yield`，下次会从这里继续。",
    ),
    Mistake(
        "indices_only",
        "minibatches#function",
        lambda seen: bool(seen.batches) and all(map(_is_indices, seen.batches)),
        en="the batches hold the numbers of the examples, not the examples. Index with them: "
        "`yield features[batch_indices], labels[batch_indices]`.",
        zh="小批量里装的是样本的索引，而不是样本本身。要用索引取出数据：`yield features["
        "batch_indices], labels[batch_indices]`。",
    ),
    Mistake(
        "not_a_pair",
        "minibatches#function",
        lambda seen: not seen.pairs,
        en="a batch is not a pair. Give features and labels together: `yield X, y`.",
        zh="小批量应有两部分，特征和标签要一起给出：`yield X, y`。",
    ),
    Mistake(
        "not_tensors",
        "minibatches#function",
        lambda seen: not seen.tensors,
        en="a batch holds something other than tensors. Indexing a tensor with a tensor or a list "
        "of indices gives a tensor: `features[batch_indices]`; `torch.stack` makes one of a list "
        "of rows.",
        zh="小批量里的东西不是张量。用张量或列表作索引，从张量里取出来的仍是张量："
        "`features[batch_indices]`；若干行组成的列表可以用 `torch.stack` 变成张量。",
    ),
    Mistake(
        "swapped",
        "minibatches#function",
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
        "broadcasting#trap",
        lambda seen: (
            seen.tensors
            and any(X.shape == (y.numel(), 2) and y.dim() != 2 for X, y in seen.batches)
        ),
        en="the labels came in with shape (n, 1) and the batch has lost the column: predictions "
        "(k, 1) minus labels (k,) would broadcast to (k, k).",
        zh="传入的标签是一列，形状为 (n, 1)，小批量里的标签却不再是一列：预测值 (k, 1) 减去标签 (k"
        ",) 会广播成 (k, k)。",
    ),
    Mistake(
        "input_changed",
        "minibatches#same-indices",
        lambda seen: seen.changed,
        en="the data that were passed in have changed: shuffling moves the indices, never the "
        "data. `features[:] = …`, `random.shuffle(features)` and `+=` change the caller's tensor.",
        zh="你的函数改动了传入的数据。要打乱的是索引，不是数据。`features[:] = …`、"
        "`random.shuffle(features)` 和 `+=` 都会改动调用者的张量。",
    ),
    Mistake(
        "not_indexed",
        "minibatches#same-indices",
        _some_whole,
        en="one half of the batch is a batch, the other is the whole data. Index both with the "
        "same indices: `features[batch_indices], labels[batch_indices]`.",
        zh="特征和标签当中，一个取了小批量，另一个却是全部数据。两者要用同样的索引来取：`features["
        "batch_indices], labels[batch_indices]`。",
    ),
    Mistake(
        "extra_dimension",
        "minibatches#function",
        lambda seen: seen.tensors and any(X.dim() == 3 for X, _ in seen.batches),
        en="the batch has one dimension too many, because the indices have: "
        "`torch.tensor([indices[i : j]])` has shape (1, k). Leave out one pair of brackets: "
        "`torch.tensor(indices[i : j])`.",
        zh="小批量多了一维，因为索引多了一维：`torch.tensor([indices[i : j]])` 的形状是 (1, k)。请"
        "去掉一对方括号：`torch.tensor(indices[i : j])`。",
    ),
    Mistake(
        "graph",
        "autograd#leaves",
        lambda seen: seen.graph,
        en="what comes out requires a gradient. Features and labels are data and are never "
        "trained: leave out `requires_grad`.",
        zh="小批量需要梯度。特征和标签是数据，不参与训练：请去掉 `requires_grad`。",
    ),
    Mistake(
        "dtype",
        "synthetic-data#dtype",
        lambda seen: seen.well_formed and not seen.of_dtype,
        en="the batches have another dtype than the data. Indexing keeps it: "
        "`features[batch_indices]`.",
        zh="小批量的 dtype 与数据不同。索引不会改变 dtype：`features[batch_indices]`。",
    ),
    Mistake(
        "stops_before_the_end",
        "minibatches#last-batch",
        lambda seen: (
            seen.distinct
            and seen.cut(
                range(0, seen.n - seen.batch_size, seen.batch_size), lambda i: seen.batch_size
            )
        ),
        en="the loop ends one batch too early, whether the last one is full or not: `range(0, n - "
        "batch_size, batch_size)` leaves out its end. It is `range(0, n, batch_size)`.",
        zh="不论最后一批满不满，循环都少走了一批：`range(0, n - batch_size, batch_size)"
        "` 不含终点。应为 `range(0, n, batch_size)`。",
        exact=True,
    ),
    Mistake(
        "stops_one_early",
        "minibatches#last-batch",
        lambda seen: (
            seen.distinct
            and seen.cut(range(0, seen.n - 1, seen.batch_size), lambda i: seen.batch_size)
        ),
        en="the loop never starts a batch at the last example: `range` leaves out its end "
        "already, so that it is `range(0, n, batch_size)`, without `- 1`.",
        zh="少了从最后一个样本开始的那一批：`range` 本来就不含终点，所以应为 "
        "`range(0, n, batch_size)`，不要再 `- 1`。",
        exact=True,
    ),
    Mistake(
        "to_the_end",
        "minibatches#last-batch",
        lambda seen: seen.cut(range(0, seen.n, seen.batch_size), lambda i: seen.n),
        en="each batch runs to the end of the data: the slice has no end, or `max(i + batch_size, "
        "n)` for one. It ends after `batch_size` examples, or with the data: `min(i + batch_size, "
        "n)`.",
        zh="每个小批量都一直取到数据末尾：切片没有写终点，或者终点写成了 `max(i + batch_size, n)`。"
        "它应在 `batch_size` 个样本之后结束，或者到数据末尾为止：`min(i + batch_size, n)`。",
        exact=True,
    ),
    Mistake(
        "slice_end",
        "minibatches#last-batch",
        lambda seen: seen.cut(range(0, seen.n, seen.batch_size), lambda i: seen.batch_size - i),
        en="only the first batch has examples: a slice `indices[i : batch_size]` ends at the same "
        "place whatever `i` is. It is `indices[i : i + batch_size]`.",
        zh="只有第一个小批量里有样本：不论 `i` 是多少，切片 `indices[i : batch_size]` 的终点都一样"
        "。应为 `indices[i : i + batch_size]`。",
        exact=True,
    ),
    Mistake(
        "slice_short",
        "minibatches#last-batch",
        lambda seen: seen.cut(range(0, seen.n, seen.batch_size), lambda i: seen.batch_size - 1),
        en="each batch lacks its last example: a slice leaves out its end already, so that it is "
        "`i + batch_size`, without `- 1`.",
        zh="每个小批量都少了最后一个样本：切片本来就不含终点，所以终点应为 `i + batch_size`，不要"
        "再 `- 1`。",
        exact=True,
    ),
    Mistake(
        "slice_long",
        "minibatches#last-batch",
        lambda seen: seen.cut(range(0, seen.n, seen.batch_size), lambda i: seen.batch_size + 1),
        en="each batch has one example too many, the first of the next batch: a slice leaves out "
        "its end, so that it is `i + batch_size`, without `+ 1`.",
        zh="每个小批量多了一个样本，也就是下一批的第一个：切片不含终点，所以终点应为 `i + "
        "batch_size`，不要再 `+ 1`。",
        exact=True,
    ),
    Mistake(
        "stride",
        "minibatches#each-once",
        lambda seen: seen.cut(range(seen.n), lambda i: seen.batch_size),
        en="a batch starts at every example, so that they overlap and examples come more than "
        "once. `range` needs its third argument: `range(0, n, batch_size)`.",
        zh="每个样本都成了一个小批量的开头，小批量互相重叠，样本重复出现。`range` 需要第三个实参："
        "`range(0, n, batch_size)`。",
        exact=True,
    ),
    Mistake(
        "empty_batch",
        "minibatches#last-batch",
        lambda seen: 0 in seen.sizes,
        vague=True,
        en="a batch comes without examples, and its mean would be nan. Does the loop run one step "
        "too far? `range(0, n, batch_size)` starts no batch where nothing is left.",
        zh="有一个小批量里没有样本，对它求平均会得到 nan。循环是不是多走了一步？`range(0, n, "
        "batch_size)` 在没有样本剩下时不会再开始一批。",
    ),
    Mistake(
        "shuffled_apart",
        "minibatches#same-indices",
        lambda seen: seen.order != seen.labelled and seen.known,
        en="features and labels no longer belong together: they were shuffled apart. Shuffle one "
        "list of indices, and index both with it.",
        zh="特征和标签对不上了：它们是分开打乱的。应只打乱一份索引，特征和标签都用它来取。",
    ),
    Mistake(
        "stops_early",
        "minibatches#generator",
        lambda seen: seen.distinct and seen.sizes == [seen.batch_size] and seen.n > seen.batch_size,
        en="only the first batch comes out. A `return` or `break` inside the loop ends it, or the "
        "`yield` stands outside.",
        zh="只给出了第一个小批量：循环里的 `return` 或 `break` 让它结束了，或者 `yield` 写在了循环"
        "外面。",
    ),
    Mistake(
        "last_batch_dropped",
        "minibatches#last-batch",
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
        "minibatches#last-batch",
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
        "minibatches#each-once",
        lambda seen: seen.known and not seen.distinct,
        en="an example comes twice in one pass. Indices from `torch.randint` or `random.choices`, "
        "or drawn anew for each batch, are drawn with replacement; and `random.shuffle` of a "
        "tensor loses rows and doubles others. Shuffle a list of all indices once "
        "(`list(range(n))`, or `torch.randperm(n)`), and cut it up.",
        zh="同一次遍历中，有样本出现了两次。用 `torch.randint`、`random.choices` 抽取索引，或者每"
        "个小批量都重新抽取，都是有放回抽样；对张量用 `random.shuffle`，会丢掉一些行，又重复另一些"
        "行。应把全部索引打乱一次（`list(range(n))` 或 `torch.randperm(n)`），再依次切开。",
    ),
    Mistake(
        "missing",
        "minibatches#each-once",
        lambda seen: seen.distinct and len(seen.examples) < seen.n,
        en="an example is missing from the pass. Every one comes exactly once.",
        zh="这次遍历漏掉了样本。每个样本都应恰好出现一次。",
        vague=True,
    ),
    Mistake(
        "foreign",
        "minibatches#function",
        lambda seen: seen.well_formed and not seen.known,
        en="examples come out that were not passed in. Does the function use data from outside, or "
        "change the values?",
        zh="小批量里有并未传入的样本。函数是不是用了外面的数据，或者改动了数值？",
        vague=True,
    ),
    Mistake(
        "sizes",
        "minibatches#last-batch",
        lambda seen: seen.distinct and seen.sizes != seen.sizes_wanted,
        en="the batches have the wrong sizes: each has `batch_size` examples, only the last one "
        "fewer when there are no more.",
        zh="小批量的大小不对：每个小批量应有 `batch_size` 个样本，只有最后一个可以因为样本不够而少"
        "一些。",
        vague=True,
    ),
)


def _is_indices(batch: object) -> bool:
    if isinstance(batch, Tensor):
        return batch.dim() == 1 and not batch.is_floating_point()
    return isinstance(batch, list) and all(isinstance(item, int) for item in batch)


def _as_sets(order: list[list[int]]) -> set[frozenset[int]]:
    return set(map(frozenset, order))


ORDERS: tuple[Mistake[Passes], ...] = (
    Mistake(
        "never_shuffled",
        "minibatches#shuffling",
        lambda seen: all(order == [[1, 2], [3, 4]] for order in seen.orders),
        en="the examples always come in the order of the data. Shuffle the indices first: "
        "`random.shuffle(indices)`, or `indices = torch.randperm(n)`.",
        zh="样本总是按数据原来的顺序出现。请先打乱索引：`random.shuffle(indices)`，或 "
        "`indices = torch.randperm(n)`。",
    ),
    Mistake(
        "same_order",
        "minibatches#shuffling",
        lambda seen: all(order == seen.orders[0] for order in seen.orders),
        en="every pass has the same order: a seed is set inside the function, or the indices are "
        "shuffled once and kept. Each pass needs an order of its own.",
        zh="每次遍历的顺序都一样：函数内部设置了随机种子，或者索引只打乱一次就一直沿用。每次遍历都"
        "要重新打乱。",
    ),
    Mistake(
        "same_batches",
        "minibatches#shuffling",
        lambda seen: all(_as_sets(order) == _as_sets(seen.orders[0]) for order in seen.orders),
        en="the same examples always share a batch: whole batches are shuffled, or the examples "
        "within them. Shuffle all examples before cutting them into batches.",
        zh="总是同样的样本分在同一个小批量里：打乱的只是各小批量的次序，或小批量内部的次序。应先打"
        "乱全部样本，再切成小批量。",
    ),
)
DATA_ITER_VERIFIED = (
    Text("every example exactly once per pass", "每次遍历中，每个样本恰好出现一次"),
    Text(
        "batches of batch_size examples, only the last one shorter when it must be",
        "每个小批量有 batch_size 个样本，只有最后一个可以因为样本不够而少一些",
    ),
    Text(
        "each label stays with its features, and the data stay as they were",
        "标签与特征始终对应，传入的数据没有被改动",
    ),
    Text("a new random order in every pass", "每次遍历都重新随机排序"),
)
