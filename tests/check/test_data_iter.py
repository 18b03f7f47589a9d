"""`check.data_iter`: each mistake as a learner would write it, and right answers in many styles."""
# ruff: noqa: NPY002, RET503  # learners use NumPy's global generator, and `return` inside a loop

import random

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import linreg as package
from linreg import check
from linreg.check._data_iter import BATCHES, ORDERS

from .answers import COMMON, Answers

ANSWERS = Answers(check.data_iter)
right, mistake = ANSWERS.right, ANSWERS.mistake

# Right


@right
def shuffled_list(batch_size, features, labels):
    num_examples = len(features)
    indices = list(range(num_examples))
    random.shuffle(indices)
    for i in range(0, num_examples, batch_size):
        batch_indices = torch.tensor(indices[i : min(i + batch_size, num_examples)])
        yield features[batch_indices], labels[batch_indices]


@right
def index_select(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        yield features.index_select(0, rows), labels.index_select(0, rows)


@right
def shuffled_copies(batch_size, features, labels):
    order = np.random.permutation(len(features))
    features, labels = features[order], labels[order]
    for i in range(0, len(features), batch_size):
        yield [features[i : i + batch_size], labels[i : i + batch_size]]


@right
def a_list_of_batches(batch_size, features, labels):
    order = random.sample(range(len(features)), len(features))
    starts = range(0, len(order), batch_size)
    chunks = [order[start : start + batch_size] for start in starts]
    return [(features[chunk], labels[chunk]) for chunk in chunks]


@right
def an_iterator(batch_size, features, labels):
    return iter(a_list_of_batches(batch_size, features, labels))


@right
def data_loader(batch_size, features, labels):
    return DataLoader(TensorDataset(features, labels), batch_size, shuffle=True)


@right
def stacked_rows(batch_size, features, labels):
    rows = list(zip(features, labels, strict=True))
    random.shuffle(rows)
    while rows:
        batch, rows = rows[:batch_size], rows[batch_size:]
        X, y = zip(*batch, strict=True)
        yield torch.stack(X), torch.stack(y)


# Mistakes


@mistake("last_batch_dropped", "is dropped", "被丢掉了")
def drops_the_last(batch_size, features, labels):
    order = torch.randperm(len(features))
    for i in range(len(features) // batch_size):
        rows = order[i * batch_size : (i + 1) * batch_size]
        yield features[rows], labels[rows]


@mistake("last_batch_dropped", "left out of the pass", "漏掉了一些样本")
def loader_that_drops(batch_size, features, labels):
    dataset = TensorDataset(features, labels)
    return DataLoader(dataset, batch_size, shuffle=True, drop_last=True)


@mistake("last_batch_padded", "filled up", "补满")
def wraps_around(batch_size, features, labels):
    n = len(features)
    order = torch.randperm(n)
    for i in range(0, n, batch_size):
        rows = order[torch.arange(i, i + batch_size) % n]
        yield features[rows], labels[rows]


@mistake("last_batch_padded", "with zeros", "或者零")
def fills_with_zeros(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        missing = batch_size - len(X)
        yield (
            torch.cat([X, torch.zeros(missing, features.shape[1])]),
            torch.cat([y, torch.zeros(missing, 1)]),
        )


@mistake("repeats", "with replacement", "有放回抽样")
def draws_with_replacement(batch_size, features, labels):
    n = len(features)
    for start in range(0, n, batch_size):
        rows = torch.randint(n, (min(batch_size, n - start),))
        yield features[rows], labels[rows]


@mistake("stride", "overlap", "重叠")
def forgotten_stride(batch_size, features, labels):
    order = torch.randperm(len(features))
    for i in range(len(features)):
        rows = order[i : i + batch_size]
        yield features[rows], labels[rows]


@mistake("never_shuffled", "in the order of the data", "按数据原来的顺序")
def in_order(batch_size, features, labels):
    for i in range(0, len(features), batch_size):
        yield features[i : i + batch_size], labels[i : i + batch_size]


@mistake("same_order", "same order", "顺序都一样")
def seeded_order(batch_size, features, labels):
    torch.manual_seed(1)
    yield from package.data_iter(batch_size, features, labels)


@mistake("same_order", "an order of its own", "都要重新打乱")
def backwards(batch_size, features, labels):
    yield from in_order(batch_size, features.flip(0), labels.flip(0))


@mistake("same_batches", "always share a batch", "同一个小批量里")
def shuffled_batches(batch_size, features, labels):
    batches = list(in_order(batch_size, features, labels))
    random.shuffle(batches)
    yield from batches


@mistake("same_batches", "before cutting them", "再切成小批量")
def shuffled_within(batch_size, features, labels):
    for X, y in in_order(batch_size, features, labels):
        order = torch.randperm(len(X))
        yield X[order], y[order]


@mistake("shuffled_apart", "no longer belong together", "对不上了")
def two_shuffles(batch_size, features, labels):
    n = len(features)
    features, labels = features[torch.randperm(n)], labels[torch.randperm(n)]
    yield from in_order(batch_size, features, labels)


@mistake("shuffled_apart", "one list of indices", "一份索引")
def features_shuffled_alone(batch_size, features, labels):
    yield from in_order(batch_size, features[torch.randperm(len(features))], labels)


@mistake("input_changed", "never the data", "不是数据")
def shuffles_in_place(batch_size, features, labels):
    order = torch.randperm(len(features))
    features[:], labels[:] = features[order], labels[order]
    yield from in_order(batch_size, features, labels)


@mistake("endless", "after 4 batches the check stopped", "检查到第 4 个小批量就停下了")
def never_ends(batch_size, features, labels):
    while True:
        rows = torch.randperm(len(features))[:batch_size]
        yield features[rows], labels[rows]


@mistake("returned_one_batch", "With `yield`", "换成 `yield`")
def return_for_yield(batch_size, features, labels):
    order = torch.randperm(len(features))
    for rows in order.split(batch_size):
        return features[rows], labels[rows]


@mistake("stops_early", "only the first batch", "只给出了第一个小批量")
def yields_once(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        yield features[rows], labels[rows]
        return


@mistake("missing", "missing from the pass", "漏掉了样本")
def skips_the_first(batch_size, features, labels):
    order = torch.randperm(len(features))
    for i in range(1, len(features), batch_size):
        rows = order[i : i + batch_size]
        yield features[rows], labels[rows]
    if len(features) == 1:
        yield features, labels


@mistake("sizes", "wrong sizes", "大小不对")
def short_batch_first(batch_size, features, labels):
    order = torch.randperm(len(features))
    first = len(features) % batch_size
    for rows in (order[:first], *order[first:].split(batch_size)):
        if len(rows):
            yield features[rows], labels[rows]


@mistake("sizes", "`batch_size` examples", "`batch_size` 个样本")
def always_ten(batch_size, features, labels):
    yield from package.data_iter(10, features, labels)


@mistake("empty_batch", "a batch comes without examples", "没有样本")
def one_step_too_far(batch_size, features, labels):
    order = torch.randperm(len(features))
    for i in range(0, len(features) + 1, batch_size):
        rows = order[i : i + batch_size]
        yield features[rows], labels[rows]


@mistake("past_the_end", "an index is past the end", "索引超出了数据的末尾")
def runs_over(batch_size, features, labels):
    order = random.sample(range(len(features)), len(features))
    for i in range(0, len(features), batch_size):
        rows = [order[j] for j in range(i, i + batch_size)]
        yield features[rows], labels[rows]


@mistake("past_the_end", "`len(features)`", "`len(features)`")
def a_thousand_indices(batch_size, features, labels):
    for rows in torch.randperm(1000).split(batch_size):
        yield features[rows], labels[rows]


@mistake("indices_only", "the numbers of the examples", "样本的索引")
def yields_indices(batch_size, features, labels):
    yield from torch.randperm(len(features)).split(batch_size)


@mistake("indices_only", "Index with them", "用索引取出数据")
def yields_lists_of_indices(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        yield rows.tolist()


@mistake("not_a_pair", "a batch is not a pair", "小批量应有两部分")
def features_only(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        yield features[rows]


@mistake("not_tensors", "other than tensors", "小批量里的东西不是张量")
def lists_of_rows(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        yield X.tolist(), y.tolist()


@mistake("swapped", "features and labels are swapped", "特征和标签的顺序反了")
def yields_labels_first(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        yield y, X


@mistake("label_shape", "lost the column", "却不再是一列")
def flattens_labels(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        yield X, y.reshape(-1)


@mistake("no_batches", "no batch comes out", "一个小批量也没有")
def empty(batch_size, features, labels):
    return iter([])


KEPT = {}


@mistake("no_batches", "used up after one pass", "遍历一次就用完了")
def keeps_its_generator(batch_size, features, labels):
    key = (len(features), batch_size)
    return KEPT.setdefault(key, package.data_iter(batch_size, features, labels))


@mistake("not_iterable", "cannot be looped over", "不能用 for 循环遍历")
def counts_batches(batch_size, features, labels):
    return len(features) // batch_size


@mistake("returns_none", "None", "None")
def forgotten_yield(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        X, y = features[rows], labels[rows]  # noqa: F841


@mistake("raises", "exception", "异常")
def raises_when_read(batch_size, features, labels):
    yield features[batch_indices], labels[batch_indices]


@mistake("signature", "takes other arguments", "接收的实参与要求的不同")
def no_labels(batch_size, features):
    yield features


@mistake("unknown", "differs", "不同")
def scales_features(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        yield X * torch.tensor([1.0, 2.0]), y


# Other styles, as learners write them


def cut(features, labels, batch_size, starts, stop):
    """Shuffle, and yield the slices of the indices from each start to its stop."""
    order = random.sample(range(len(features)), len(features))
    for i in starts:
        rows = order[i : stop(i)]
        yield features[rows], labels[rows]


@right(note="minibatches/#function")
def data_first(features, labels, batch_size):
    yield from package.data_iter(batch_size, features, labels)


@right(note="minibatches/#function")
def other_names(X, y, bs=10):
    yield from package.data_iter(bs, X, y)


@right
def anonymous(k, p, q):
    yield from package.data_iter(k, p, q)


@right
def by_keyword_only(*, features, labels, batch_size, shuffle=True):
    return package.data_iter(batch_size, features, labels)


@right
def any_arguments(*args):
    return package.data_iter(*args)


@right
def by_chunk(batch_size, features, labels):
    order = torch.randperm(len(features))
    return ((features[rows], labels[rows]) for rows in torch.split(order, batch_size))


@right
def by_numpy_choice(batch_size, features, labels):
    order = np.random.choice(len(features), len(features), replace=False)
    for i in range(0, len(order), batch_size):
        yield features[order[i : i + batch_size]], labels[order[i : i + batch_size]]


@right
def by_gather(batch_size, features, labels):
    order = torch.argsort(torch.rand(len(features)))
    for rows in order.split(batch_size):
        yield torch.index_select(features, 0, rows), torch.take_along_dim(labels, rows[:, None], 0)


@right
def uses_its_names_after_shuffling(batch_size, X, y):
    order = torch.randperm(len(X))
    X, y = X[order], y[order]
    while len(X):
        yield X[:batch_size], y[:batch_size]
        X, y = X[batch_size:], y[batch_size:]


@right
def pops_indices(batch_size, features, labels):
    left = list(range(len(features)))
    random.shuffle(left)
    while left:
        rows = [left.pop() for _ in range(min(batch_size, len(left)))]
        yield features[rows], labels[rows]


@right
def one_table(batch_size, features, labels):
    table = torch.cat([features, labels], 1)[torch.randperm(len(features))]
    for part in table.split(batch_size):
        yield part[:, :-1], part[:, -1:]


@right
def prints_sizes(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        print(len(X))
        yield X, y


class Loader:
    def __init__(self, batch_size, features, labels):
        self.arguments = batch_size, features, labels

    def __iter__(self):
        return package.data_iter(*self.arguments)


right(Loader)


# Other mistakes


@mistake("stops_before_the_end", "one batch too early", "循环都少走了一批")
def range_to_the_last_batch(batch_size, features, labels):
    n = len(features)
    starts = range(0, n - batch_size, batch_size)
    yield from cut(features, labels, batch_size, starts, lambda i: i + batch_size)


@mistake("stops_one_early", "without `- 1`", "不要再 `- 1`")
def range_to_the_last_example(batch_size, features, labels):
    starts = range(0, len(features) - 1, batch_size)
    yield from cut(features, labels, batch_size, starts, lambda i: i + batch_size)


@mistake("to_the_end", "`max(i + batch_size, n)`", "`max(i + batch_size, n)`")
def max_for_min(batch_size, features, labels):
    n = len(features)
    starts = range(0, n, batch_size)
    yield from cut(features, labels, batch_size, starts, lambda i: max(i + batch_size, n))


@mistake("slice_end", "`indices[i : batch_size]`", "`indices[i : batch_size]`")
def slice_without_its_start(batch_size, features, labels):
    starts = range(0, len(features), batch_size)
    yield from cut(features, labels, batch_size, starts, lambda i: batch_size)


@mistake("slice_short", "lacks its last example", "少了最后一个样本")
def slice_minus_one(batch_size, features, labels):
    starts = range(0, len(features), batch_size)
    yield from cut(features, labels, batch_size, starts, lambda i: i + batch_size - 1)


@mistake("slice_long", "one example too many", "多了一个样本")
def slice_plus_one(batch_size, features, labels):
    starts = range(0, len(features), batch_size)
    yield from cut(features, labels, batch_size, starts, lambda i: i + batch_size + 1)


@mistake("extra_dimension", "one pair of brackets", "一对方括号")
def brackets_twice(batch_size, features, labels):
    indices = list(range(len(features)))
    random.shuffle(indices)
    for i in range(0, len(features), batch_size):
        rows = torch.tensor([indices[i : i + batch_size]])
        yield features[rows], labels[rows]


@mistake("overwritten", "the name `features` is given to a batch", "存进了 `features`")
def names_of_the_loop(batch_size, features, labels):
    n = len(features)
    indices = random.sample(range(n), n)
    for i in range(0, n, batch_size):
        rows = indices[i : i + batch_size]
        features, labels = features[rows], labels[rows]
        yield features, labels


@mistake("overwritten", "the name `y` is given to a batch", "存进了 `y`")
def one_name_of_the_loop(batch_size, X, y):
    n = len(X)
    order = torch.randperm(n)
    for i in range(0, n, batch_size):
        y = y[order[i : i + batch_size]]
        yield X[order[i : i + batch_size]], y


@mistake("none_indexed", "`indices` is None", "`indices` 的时候")
def assigns_what_shuffle_returns(batch_size, features, labels):
    indices = random.shuffle(list(range(len(features))))
    for i in range(0, len(features), batch_size):
        rows = indices[i : i + batch_size]
        yield features[rows], labels[rows]


@mistake("not_indexed", "the other is the whole data", "另一个却是全部数据")
def all_labels(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        yield features[rows], labels


@mistake("graph", "requires a gradient", "需要梯度")
def batches_with_a_graph(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        yield X.requires_grad_(), y


@mistake("gradients_off", "around a `yield`", "`yield` 写在")
def yields_under_no_grad(batch_size, features, labels):
    with torch.no_grad():
        yield from package.data_iter(batch_size, features, labels)


@mistake("dtype", "another dtype", "dtype 与数据不同")
def doubles(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        yield X.double(), y.double()


@mistake("foreign", "not passed in", "并未传入的样本")
def data_from_outside(batch_size, features, labels):
    features, labels = 100 + features, 1000 + labels
    yield from package.data_iter(batch_size, features, labels)


@mistake("repeats", "`random.shuffle` of a tensor", "对张量用 `random.shuffle`")
def shuffles_a_tensor(batch_size, features, labels):
    order = torch.arange(len(features))
    random.shuffle(order)
    for i in range(0, len(features), batch_size):
        yield features[order[i : i + batch_size]], labels[order[i : i + batch_size]]


@mistake("repeats", "drawn anew for each batch", "每个小批量都重新抽取")
def draws_each_batch(batch_size, features, labels):
    n = len(features)
    for i in range(0, n, batch_size):
        rows = random.sample(range(n), min(batch_size, n - i))
        yield features[rows], labels[rows]


@mistake("prints", "gives back None", "返回 None")
def prints_batches(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        print(X, y)


@mistake("not_tensors", "`torch.stack`", "`torch.stack`")
def lists_of_tensors(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        yield [features[i] for i in rows], [labels[i] for i in rows]


@mistake("not_tensors", "other than tensors", "小批量里的东西不是张量")
def arrays(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        yield X.numpy(), y.numpy()


@mistake("not_a_pair", "is not a pair", "小批量应有两部分")
def in_dicts(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        yield {"X": X, "y": y, "n": len(X)}


@mistake("endless", "does not end", "没有结束")
def forgets_to_go_on(batch_size, features, labels):
    i = 0
    while i < len(features):
        yield features[i : i + batch_size], labels[i : i + batch_size]


@mistake("stops_early", "outside", "写在了循环外面")
def yields_after_the_loop(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        X, y = features[rows], labels[rows]
    yield X, y


@mistake("never_shuffled", "in the order of the data", "按数据原来的顺序")
def data_first_in_order(features, labels, batch_size):
    yield from in_order(batch_size, features, labels)


# The tests


@pytest.mark.parametrize(("f", "key", "en", "zh", "how"), ANSWERS.mistakes)
def test_a_mistake_is_named_in_both_languages(f, key, en, zh, how):
    ANSWERS.assert_named(f, key, en, zh, how)


@pytest.mark.parametrize(("f", "notes", "how"), ANSWERS.right_ones)
def test_a_right_answer_passes_whatever_its_style(f, notes, how):
    ANSWERS.assert_passes(f, notes, how)


def test_every_mistake_in_the_tables_is_made_by_some_learner_above():
    listed = {
        each.key
        for each in (
            *BATCHES,
            *ORDERS,
        )
    } | {"unknown", "signature"}
    assert ANSWERS.keys >= listed - COMMON
    assert ANSWERS.keys <= listed | COMMON
