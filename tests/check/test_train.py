"""`check.train`: each mistake as a learner would write it, and right answers in many styles."""
# ruff: noqa: RET503  # learners `return` inside a loop

import itertools

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import linreg as package
from linreg import check
from linreg.check._train import EPOCHS, IN_EPOCHS, TASKS, TRAIN
from linreg.check.descent import descend
from linreg.check.words import close

from .answers import COMMON, Answers
from .test_data_iter import (
    draws_with_replacement,
    drops_the_last,
    in_order,
    shuffles_in_place,
    wraps_around,
    yields_once,
)
from .test_sgd import (
    clears_before,
    global_learning_rate,
    gradients_on,
    missing_attribute,
    never_clears,
    plus_and_no_division,
    plus_for_minus,
    rebinds,
    rebinds_and_clears,
    sign_of_gradient,
    switched_off,
    through_data,
    whole_sum,
)

ANSWERS = Answers(check.train)
right, mistake = ANSWERS.right, ANSWERS.mistake

# Right


def summed_loss(X, w, b, y):
    return package.squared_loss(package.linreg(X, w, b), y).sum()


@right
def as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size):
    for epoch in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            package.sgd([w, b], lr, batch_size)
        with torch.no_grad():
            print(f"epoch {epoch + 1}, loss {summed_loss(features, w, b, labels):f}")


@right
def mean_loss(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            loss = ((X @ w + b - y) ** 2 / 2).mean()
            loss.backward()
            with torch.no_grad():
                for param in (w, b):
                    param -= lr * param.grad
                    param.grad = None


@right
def with_torch(features, labels, w, b, lr, num_epochs, batch_size):
    optimizer = torch.optim.SGD([w, b], lr=lr)
    loader = DataLoader(TensorDataset(features, labels), batch_size, shuffle=True)
    for _ in range(num_epochs):
        for X, y in loader:
            optimizer.zero_grad()
            (torch.nn.functional.mse_loss(X @ w + b, y) / 2).backward()
            optimizer.step()


@right
def by_hand(features, labels, w, b, lr, num_epochs, batch_size):
    with torch.no_grad():
        for _ in range(num_epochs):
            for X, y in package.data_iter(batch_size, features, labels):
                by_w, by_b = package.gradients(X, y, w, b)
                w -= lr * by_w
                b -= lr * by_b
    return w, b


@right
def seeded_at_the_start(features, labels, w, b, lr, num_epochs, batch_size):
    torch.manual_seed(0)
    as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)


@right
def for_a_vector(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            ((torch.mv(X, w) + b - y.reshape(-1)) ** 2 / 2).sum().backward()
            package.sgd([w, b], lr, batch_size)


@right
def through_data_of_params(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            through_data([w, b], lr, batch_size)


@right(note="no-grad/#rebinding")
def functional(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            by_w, by_b = torch.autograd.grad(summed_loss(X, w, b, y), [w, b])
            w = w - lr * by_w / batch_size
            b = b - lr * by_b / batch_size
    return w, b


# Mistakes


def make_train(
    data_iter=package.data_iter,
    loss=lambda X, w, b, y: ((X @ w + b - y) ** 2 / 2).sum(),
    sgd=package.sgd,
):
    """Return the loop of the book, with one of its parts as a learner wrote it."""

    def train(features, labels, w, b, lr, num_epochs, batch_size):
        for _ in range(num_epochs):
            for X, y in data_iter(batch_size, features, labels):
                loss(X, w, b, y).backward()
                sgd([w, b], lr, batch_size)

    return train


def broken(key, en, zh, name, **part):
    train = make_train(**part)
    train.__name__ = name
    mistake(key, en, zh)(train)


def half_mean(X, w, b, y):
    return ((X @ w + b - y) ** 2 / 2).mean()


broken("not_cleared", "left over", "没有清零", "leaves_gradients", sgd=never_clears)
broken("never_shuffled", "never shuffled", "从来没有打乱", "loop_in_order", data_iter=in_order)
broken("no_no_grad", "no_grad", "no_grad", "update_with_gradients_on", sgd=gradients_on)
broken("rebinding", "`w = w - …`", "`w = w - …`", "loop_that_rebinds", sgd=rebinds)
broken(
    "rebinding", "is not trained", "没有得到训练", "loop_rebinds_and_clears", sgd=rebinds_and_clears
)
broken(
    "zeroed_first",
    "between `backward` and the update",
    "之间就清零",
    "loop_clears_before",
    sgd=clears_before,
)
broken("ascent", "uphill", "上坡", "loop_that_climbs", sgd=plus_for_minus)
broken(
    "ascent", "the loss grows", "损失越来越大", "loop_that_climbs_fast", sgd=plus_and_no_division
)
broken(
    "not_divided",
    "division by the batch size is missing",
    "没有除以批量大小",
    "loop_of_sums",
    sgd=whole_sum,
)
broken("divided_twice", "the loss is a mean", "损失取了平均", "mean_and_division", loss=half_mean)
broken(
    "no_half",
    "lacks its ½",
    "缺少 ½",
    "loop_without_half",
    loss=lambda X, w, b, y: ((X @ w + b - y) ** 2).sum(),
)
broken(
    "half_twice",
    "applied twice",
    "用了两次",
    "loop_with_two_halves",
    loss=lambda X, w, b, y: ((X @ w + b - y) ** 2).sum() / 4,
)
broken(
    "broadcast",
    "(n, n)",
    "(n, n)",
    "loop_in_the_trap",
    loss=lambda X, w, b, y: ((X @ w + b - y.reshape(-1)) ** 2 / 2).sum(),
)
broken(
    "broadcast",
    "to the mean of the labels",
    "标签的均值",
    "mean_in_the_trap",
    loss=lambda X, w, b, y: len(X) * ((X @ w + b - y.reshape(-1)) ** 2 / 2).mean(),
)
broken(
    "not_scalar",
    "`loss.sum().backward()`",
    "`loss.sum().backward()`",
    "loss_of_each_example",
    loss=lambda X, w, b, y: torch.cat([(X @ w + b - y) ** 2 / 2] * 2),
)
broken(
    "no_graph",
    "no way back to the parameters",
    "回不到参数那里",
    "loss_without_graph",
    loss=lambda X, w, b, y: half_mean(X, w.detach(), b.detach(), y),
)
broken(
    "grad_is_none",
    "never reached that parameter",
    "没有到达这个参数",
    "w_detached_in_the_model",
    loss=lambda X, w, b, y: half_mean(X, w.detach(), b, y),
)
broken("last_batch_dropped", "left out", "漏掉", "loop_drops_the_last", data_iter=drops_the_last)
broken("last_batch_padded", "filled up", "补满", "loop_that_wraps", data_iter=wraps_around)
broken(
    "repeats",
    "with replacement",
    "有放回",
    "loop_with_replacement",
    data_iter=draws_with_replacement,
)
broken(
    "first_batch_only",
    "only the first batch",
    "只用一个小批量",
    "loop_of_first",
    data_iter=yields_once,
)
broken(
    "input_changed", "never the data", "不是数据", "loop_moves_data", data_iter=shuffles_in_place
)
broken(
    "ignored_argument",
    "not used: lr.",
    "没有用上：lr。",
    "loop_global_lr",
    sgd=global_learning_rate,
)
broken("gradients_off", "still off", "仍是关闭的", "loop_ends_without_gradients", sgd=switched_off)
broken("raises", "exception", "异常", "loop_raises", sgd=missing_attribute)
broken("unknown", "differs", "不同", "loop_of_signs", sgd=sign_of_gradient)


@mistake("no_graph", "under `torch.no_grad()`", "在 `torch.no_grad()` 下")
def all_under_no_grad(features, labels, w, b, lr, num_epochs, batch_size):
    with torch.no_grad():
        as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)


@mistake("not_cleared", "adds to those of the steps before", "累加")
def clears_once_an_epoch(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            never_clears([w, b], lr, batch_size)
        w.grad.zero_()
        b.grad.zero_()


@mistake("same_order", "shuffled once", "只在迭代周期的循环之前打乱了一次")
def shuffles_once(features, labels, w, b, lr, num_epochs, batch_size):
    batches = list(package.data_iter(batch_size, features, labels))
    for _ in range(num_epochs):
        for X, y in batches:
            summed_loss(X, w, b, y).backward()
            package.sgd([w, b], lr, batch_size)


@mistake("same_order", "seed is set inside it", "在循环里面设置了随机种子")
def seeds_every_epoch(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        torch.manual_seed(0)
        as_in_the_book(features, labels, w, b, lr, 1, batch_size)


@mistake("one_epoch", "used up after one pass", "遍历一次就用完了")
def one_generator_for_all(features, labels, w, b, lr, num_epochs, batch_size):
    batches = package.data_iter(batch_size, features, labels)
    for _ in range(num_epochs):
        for X, y in batches:
            summed_loss(X, w, b, y).backward()
            package.sgd([w, b], lr, batch_size)


@mistake("rebinding", "return the new `(w, b)`", "返回新的 `(w, b)`")
def rebinds_w_and_b(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            w = w - lr * w.grad / batch_size
            b = b - lr * b.grad / batch_size


@mistake("rebinding", "stay as they are", "没有变")
def rebinds_fresh_leaves(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            w = (w - lr * w.grad / batch_size).detach().requires_grad_()
            b = (b - lr * b.grad / batch_size).detach().requires_grad_()


@mistake("copied", "train a detached copy", "分离出来的副本")
def trains_copies(features, labels, w, b, lr, num_epochs, batch_size):
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)


@mistake("grad_is_none", "before the first `backward`", "在第一次 `backward` 之前")
def clears_what_is_not_there(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            w.grad.zero_()
            b.grad.zero_()
            summed_loss(X, w, b, y).backward()
            never_clears([w, b], lr, batch_size)


@mistake("graph_twice", "been through already", "已经反向传播过")
def one_loss_for_all(features, labels, w, b, lr, num_epochs, batch_size):
    loss = summed_loss(features, w, b, labels)
    for _ in range(num_epochs):
        loss.backward()
        package.sgd([w, b], lr, batch_size)


@mistake("detached", "no longer requires a gradient", "不再需要梯度")
def frozen_at_the_end(features, labels, w, b, lr, num_epochs, batch_size):
    as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)
    w.requires_grad_(False)


@mistake("some_parameters", "only one of w and b", "只训练了一个")
def trains_w_only(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            package.sgd([w], lr, batch_size)
            b.grad.zero_()


@mistake("ignored_argument", "not used: batch_size.", "没有用上：batch_size。")
def batches_of_ten(features, labels, w, b, lr, num_epochs, batch_size):
    as_in_the_book(features, labels, w, b, lr, num_epochs, 10)


@mistake("loss_grows", "the loss is larger after the training", "损失反而比之前大")
def shrinks_the_weights(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            package.sgd([w, b], lr, batch_size)
            with torch.no_grad():
                w -= 10 * lr * batch_size * len(X)


@mistake("signature", "takes other arguments", "接收的实参与要求的不同")
def trains_with_globals(num_epochs, lr):
    return num_epochs * lr


# Other styles, as learners write them


def one_batch(X, y, w, b, lr):
    """Take one step along the gradient of the mean."""
    ((X @ w + b - y) ** 2 / 2).mean().backward()
    package.sgd([w, b], lr, 1)


@right(note="training-loop/#loop")
def parameters_first(w, b, features, labels, lr, num_epochs, batch_size):
    as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)


@right
def other_names(X, y, weights, bias, learning_rate=0.03, epochs=3, bs=10):
    as_in_the_book(X, y, weights, bias, learning_rate, epochs, bs)


@right
def by_keyword_only(*, lr, num_epochs, batch_size, features, labels, w, b, verbose=True):
    as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)


@right
def any_arguments(*args):
    as_in_the_book(*args)


@right
def one_list(features, labels, params, lr, num_epochs, batch_size):
    as_in_the_book(features, labels, *params, lr, num_epochs, batch_size)


@right
def with_the_functions_of_the_book(
    net, loss, data_iter, updater, features, labels, w, b, lr, num_epochs, batch_size
):
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            loss(net(X, w, b), y).sum().backward()
            updater([w, b], lr, batch_size)


@right
def reads_batches(data_iter, w, b, lr, num_epochs):
    for _ in range(num_epochs):
        for X, y in data_iter:
            one_batch(X, y, w, b, lr)


@right
def reads_a_loader(train_loader, params, lr, epochs):
    reads_batches(train_loader, *params, lr, epochs)


@right
def one_epoch_of_batches(w, b, loader, lr):
    reads_batches(loader, w, b, lr, 1)


@right
def one_epoch(features, labels, w, b, lr, batch_size):
    as_in_the_book(features, labels, w, b, lr, 1, batch_size)


@right(note="training-loop/#batch-size")
def full_batch(X, y, w, b, lr, num_epochs):
    for _ in range(num_epochs):
        one_batch(X, y, w, b, lr)


@right(note="training-loop/#initialise")
def makes_its_own(features, labels, lr, num_epochs, batch_size):
    w = torch.normal(0, 0.01, (features.shape[1], 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)
    return w, b


@right(note="training-loop/#initialise")
def makes_a_layer(X, y, lr=0.03, num_epochs=3, batch_size=10):
    net = nn.Linear(X.shape[1], 1)
    optimizer = torch.optim.SGD(net.parameters(), lr)
    for _ in range(num_epochs):
        for X_batch, y_batch in package.data_iter(batch_size, X, y):
            optimizer.zero_grad()
            (nn.functional.mse_loss(net(X_batch), y_batch) / 2).backward()
            optimizer.step()
    return net


@right(note="no-grad/#rebinding")
def returns_a_dict(features, labels, w, b, lr, num_epochs, batch_size):
    w, b = functional(features, labels, w, b, lr, num_epochs, batch_size)
    return {"w": w, "b": b}


@right(note="no-grad/#rebinding")
def returns_the_losses_too(features, labels, w, b, lr, num_epochs, batch_size):
    w, b = functional(features, labels, w, b, lr, num_epochs, batch_size)
    return [w, b], [0.5, 0.25]


@right
def returns_losses(features, labels, w, b, lr, num_epochs, batch_size):
    as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)
    return [0.5] * num_epochs


@right
def clears_before_backward(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            w.grad = b.grad = None
            summed_loss(X, w, b, y).backward()
            never_clears([w, b], lr, batch_size)


# Other mistakes


@mistake("floor_division", "`//`", "`//`")
def whole_steps(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            with torch.no_grad():
                for param in (w, b):
                    param -= lr * param.grad // batch_size
                    param.grad.zero_()


@mistake("floor_division", "drops the fraction", "丢掉小数部分")
def whole_rate(features, labels, w, b, lr, num_epochs, batch_size):
    as_in_the_book(features, labels, w, b, lr // batch_size * batch_size, num_epochs, batch_size)


@mistake("returned_swapped", "b comes back before w", "b 在 w 前面")
def returns_bias_first(features, labels, w, b, lr, num_epochs, batch_size):
    w, b = functional(features, labels, w, b, lr, num_epochs, batch_size)
    return b, w


@mistake("started_elsewhere", "did not start from the w and b", "不是从传入的 w 和 b 出发")
def starts_anew(features, labels, w, b, lr, num_epochs, batch_size):
    w = torch.normal(0, 0.01, w.shape, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)
    return w, b


@mistake("nothing_returned", "`return w, b`", "`return w, b`")
def keeps_its_own(features, labels, lr, num_epochs, batch_size):
    makes_its_own(features, labels, lr, num_epochs, batch_size)


@mistake("global_divisor", "divided by 10", "除以了 10")
def global_batch_size(features, labels, w, b, lr, num_epochs):
    as_in_the_book(features, labels, w, b, lr, num_epochs, 10)


@mistake("shuffled_apart", "each other's labels", "别的样本的标签")
def labels_shuffled_apart(features, labels, w, b, lr, num_epochs, batch_size):
    labels = labels[torch.randperm(len(labels))]
    as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)


@mistake("step_per_epoch", "one step for each epoch", "每个迭代周期只走了一步")
def update_after_the_loop(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
        package.sgd([w, b], lr, batch_size)


@mistake("first_batch_only", "or only the last", "或最后一个")
def all_after_the_loop(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            loss = summed_loss(X, w, b, y)
        loss.backward()
        package.sgd([w, b], lr, batch_size)


@mistake("one_cleared", "only one of the two gradients", "只清零了一个")
def clears_w_only(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            never_clears([w, b], lr, batch_size)
            w.grad.zero_()


@mistake("one_epoch", "only the first epoch", "只在第一个迭代周期")
def returns_inside(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        as_in_the_book(features, labels, w, b, lr, 1, batch_size)
        return w, b


@mistake("generator", "`yield`", "`yield`")
def yields_losses(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        as_in_the_book(features, labels, w, b, lr, 1, batch_size)
        yield 0.5


@mistake("copied", "no gradient ever reaches", "从未得到梯度")
def does_nothing(features, labels, w, b, lr, num_epochs, batch_size):
    pass


@mistake("no_half", "lacks its ½", "缺少 ½")
def own_start_without_half(features, labels, lr, num_epochs, batch_size):
    return makes_its_own(features, labels, 2 * lr, num_epochs, batch_size)


@mistake("ignored_argument", "not used: num_epochs.", "没有用上：num_epochs。")
def always_three_epochs(X, y, w, b, lr, num_epochs, batch_size):
    as_in_the_book(X, y, w, b, lr, 3, batch_size)


@mistake("ascent", "uphill", "上坡")
def climbs_on_batches(data_iter, w, b, lr, num_epochs):
    for _ in range(num_epochs):
        for X, y in data_iter:
            (-((X @ w + b - y) ** 2) / 2).mean().backward()
            package.sgd([w, b], lr, 1)


@mistake("one_epoch", "`num_epochs` is not used", "没有用到 `num_epochs`")
def one_epoch_of_a_loader(data_iter, w, b, lr, num_epochs):
    reads_batches(data_iter, w, b, lr, 1)


@mistake("no_no_grad", "no_grad", "no_grad")
def full_batch_with_gradients_on(X, y, w, b, lr, epochs):
    for _ in range(epochs):
        ((X @ w + b - y) ** 2 / 2).mean().backward()
        w -= lr * w.grad


@mistake("grad_is_none", "is None when it is used", "它是 None")
def rebinds_its_own(features, labels, lr, num_epochs, batch_size):
    w = torch.zeros(features.shape[1], 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            w = w - lr * w.grad / batch_size
            b = b - lr * b.grad / batch_size
    return w, b


@mistake("signature", "under their usual names", "通常的名称")
def trains_a_model(model, data, max_epochs):
    pass


@mistake("unknown", "differs", "不同")
def with_momentum(features, labels, w, b, lr, num_epochs, batch_size):
    optimizer = torch.optim.Adam([w, b], lr)
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            optimizer.zero_grad()
            (summed_loss(X, w, b, y) / batch_size).backward()
            optimizer.step()


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
            *TRAIN,
            *EPOCHS,
        )
    } | {"unknown", "signature"}
    assert ANSWERS.keys >= listed - COMMON
    assert ANSWERS.keys <= listed | COMMON


def test_every_order_of_the_examples_ends_at_a_place_of_its_own():
    task = IN_EPOCHS
    orders = itertools.permutations(range(len(task.features)))
    places = [torch.cat([w.reshape(-1), b]) for w, b in map(task_end(task), orders)]
    for one, other in itertools.combinations(places, 2):
        assert (one - other).abs().max() > 1e-3  # the comparison allows about 1e-4


def task_end(task):
    return lambda order: descend(task, task.epochs(order))


def test_descend_ends_where_the_optimizer_of_torch_does():
    for task in TASKS:
        w, b = task.w.clone().requires_grad_(), task.b.clone().requires_grad_()
        optimizer = torch.optim.SGD([w, b], task.lr)
        for rows in itertools.chain(*task.in_order):
            X, y = task.features[list(rows)], task.labels[list(rows)]
            (((X @ w + b - y) ** 2 / 2).sum() / task.batch_size).backward()
            optimizer.step()
            optimizer.zero_grad()
        expected = descend(task, task.in_order)
        assert close(w.detach(), expected[0])
        assert close(b.detach(), expected[1])
