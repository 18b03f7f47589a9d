"""Each mistake as a learner would write it, and right answers in many styles."""
# ruff: noqa: NPY002, RET503  # learners use NumPy's global generator, and `return` inside a loop

import contextlib
import itertools
import pickle
import random
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import linreg as package
from linreg import check
from linreg.check import data, model, report, training
from linreg.check.report import SITE

ROOT = Path(__file__).parents[1]
MISTAKES = []
RIGHT = []


def mistake(checked, key, en, zh):
    """Register the function below: `checked` must find this mistake, and say these words."""

    def register(f):
        MISTAKES.append(
            pytest.param(checked, f, key, en, zh, id=f"{checked.__name__}-{f.__name__}")
        )
        return f

    return register


def right(checked, note=None):
    """Register the function below: `checked` must pass it, with a note that links this section."""

    def register(f):
        RIGHT.append(pytest.param(checked, f, note, id=f"{checked.__name__}-{f.__name__}"))
        return f

    return register


def failure_of(checked, f, lang=None):
    with pytest.raises(check.CheckFailed) as failure:
        checked(f, lang=lang)
    return failure.value


# linreg: right


@right(check.linreg)
def matrix_product(X, w, b):
    return X @ w + b


@right(check.linreg)
def torch_mm(X, w, b):
    return torch.mm(X, w) + b


@right(check.linreg)
def torch_matmul(X, w, b):
    return torch.matmul(X, w) + b


@right(check.linreg)
def sum_over_features(X, w, b):
    return (X * w.reshape(-1)).sum(dim=1, keepdim=True) + b


@right(check.linreg)
def loop_over_examples(X, w, b):
    return torch.stack([(x * w.squeeze(1)).sum() + b for x in X])


@right(check.linreg)
def addmm(X, w, b):
    return torch.addmm(b, X, w)


@right(check.linreg)
def nn_functional(X, w, b):
    return torch.nn.functional.linear(X, w.T, b)


@right(check.linreg)
def ones_column(X, w, b):
    return torch.cat([X, torch.ones(len(X), 1)], 1) @ torch.cat([w, b.reshape(1, 1)])


@right(check.linreg, note="05-broadcasting/#trap")
def matrix_times_vector(X, w, b):
    return torch.mv(X, w) + b


@right(check.linreg, note="05-broadcasting/#trap")
def weights_as_row(X, w, b):
    if w.dim() != 1:
        raise ValueError("w must be a vector")
    return (X * w).sum(1, keepdim=True) + b


# linreg: mistakes


@mistake(check.linreg, "bias_missing", "Xw, not Xw + b", "缺少偏置")
def without_bias(X, w, b):
    return X @ w


@mistake(check.linreg, "bias_subtracted", "Xw − b", "偏置被减掉了")
def minus_bias(X, w, b):
    return X @ w - b


@mistake(check.linreg, "bias_per_feature", "added to each feature", "加到了每个特征上")
def bias_before_product(X, w, b):
    return (X + b) @ w


@mistake(check.linreg, "bias_per_feature", "is added once", "只加一次")
def bias_before_sum(X, w, b):
    return (X * w.T + b).sum(1, keepdim=True)


@mistake(check.linreg, "transposed", "as they are: `X @ w`", "转置")
def transposed_features(X, w, b):
    return X.T @ w + b


@mistake(check.linreg, "transposed", "(n, d) times `w` of shape (d, 1)", "相乘的顺序反了")
def row_of_predictions(X, w, b):
    return w.T @ X.T + b


@mistake(check.linreg, "transposed", "wrong order", "顺序反了")
def factors_swapped(X, w, b):
    return w @ X + b


@mistake(check.linreg, "not_summed", "element by element", "按元素相乘")
def star_for_product(X, w, b):
    return X * w + b


@mistake(check.linreg, "not_summed", "does not add them up", "没有加起来")
def star_with_row(X, w, b):
    return X * w.T + b


@mistake(check.linreg, "shape_n", "(n,) instead of (n, 1)", "形状是 (n,)")
def squeezed(X, w, b):
    return (X @ w + b).squeeze(1)


@mistake(check.linreg, "shape_n", "broadcast to (n, n)", "广播成 (n, n)")
def summed_away(X, w, b):
    return (X * w.T).sum(dim=1) + b


@mistake(check.linreg, "no_gradient", "cannot get from them back", "无法由它回到参数")
def under_no_grad(X, w, b):
    with torch.no_grad():
        return X @ w + b


@mistake(check.linreg, "no_gradient", "`.detach()`", "`.detach()`")
def detached_weights(X, w, b):
    return X @ w.detach() + b


@mistake(check.linreg, "returns_none", "gives back None", "返回了 None")
def forgotten_return(X, w, b):
    y_hat = X @ w + b  # noqa: F841


@mistake(check.linreg, "not_a_tensor", "does not give back a tensor", "返回的不是张量")
def list_of_numbers(X, w, b):
    return (X @ w + b).tolist()


@mistake(check.linreg, "raises", "raised an exception", "抛出了异常")
def misspelt(X, w, b):
    return torch.matmull(X, w) + b


@mistake(check.linreg, "signature", "takes other arguments", "函数的参数不对")
def too_few_parameters(X, w):
    return X @ w


@mistake(
    check.linreg, "input_changed", "changes the tensors that it is given", "改动了传给它的张量"
)
def in_place(X, w, b):
    X += 1
    return (X - 1) @ w + b


@mistake(check.linreg, "unknown", "none of the usual mistakes", "不是任何一种常见错误")
def doubled(X, w, b):
    return 2 * (X @ w) + b


# squared_loss: right


@right(check.squared_loss)
def reshaped(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


@right(check.squared_loss)
def viewed(y_hat, y):
    return 0.5 * (y_hat - y.view(y_hat.size())).pow(2)


@right(check.squared_loss)
def column_of_labels(y_hat, y):
    return torch.square(y_hat - y.reshape(-1, 1)) / 2


@right(check.squared_loss)
def both_flattened(y_hat, y):
    return (y_hat.flatten() - y.flatten()) ** 2 / 2


@right(check.squared_loss)
def other_sign(y_hat, y):
    difference = y.view_as(y_hat) - y_hat
    return difference * difference / 2


@right(check.squared_loss)
def loop_of_losses(y_hat, y):
    return torch.stack([(p - t) ** 2 / 2 for p, t in zip(y_hat.view(-1), y.view(-1), strict=True)])


@right(check.squared_loss)
def mse_without_reduction(y_hat, y):
    y = y.reshape(y_hat.shape)
    return torch.nn.functional.mse_loss(y_hat, y, reduction="none") / 2


@right(check.squared_loss)
def refuses_other_shapes(y_hat, y):
    if y.shape != y_hat.shape:
        raise ValueError("the shapes differ")
    return (y_hat - y) ** 2 / 2


# squared_loss: mistakes


@mistake(check.squared_loss, "broadcast", "(n, 1) − (n,) broadcasts to (n, n)", "会广播成 (n, n)")
def no_reshape(y_hat, y):
    return (y_hat - y) ** 2 / 2


@mistake(check.squared_loss, "mean", "a mean", "平均值")
def mean_of_halves(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).mean()


@mistake(check.squared_loss, "mean_squared_error", "the mean squared error", "均方误差")
def nn_mse_loss(y_hat, y):
    return torch.nn.MSELoss()(y_hat, y.reshape(y_hat.shape))


@mistake(check.squared_loss, "mean", "divided by the number of examples", "除以样本数")
def divided_by_n(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2 / len(y)


@mistake(check.squared_loss, "mean", "divides by the batch size already", "再除以批量大小")
def mean_with_the_trap(y_hat, y):
    return ((y_hat - y) ** 2 / 2).mean()


@mistake(check.squared_loss, "mean_squared_error", "`nn.MSELoss`", "`nn.MSELoss`")
def mse_with_the_trap(y_hat, y):
    return ((y_hat - y) ** 2).mean()


@mistake(check.squared_loss, "sum", "the sum over the examples", "各样本损失之和")
def sum_of_halves(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).sum()


@mistake(check.squared_loss, "sum_of_squares", "the sum of the squares", "平方和")
def sum_of_squares(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2).sum()


@mistake(check.squared_loss, "no_half", "the ½ is missing", "缺少 ½")
def whole_squares(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2


@mistake(check.squared_loss, "no_half", "learning rate were twice as large", "学习率大了一倍")
def whole_squares_with_the_trap(y_hat, y):
    return (y_hat - y) ** 2


@mistake(check.squared_loss, "half_squared", "¼(ŷ − y)²", "¼(ŷ − y)²")
def half_inside(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) / 2) ** 2


@mistake(check.squared_loss, "negative", "the loss is negative", "损失是负的")
def minus_sign(y_hat, y):
    return -((y_hat - y.reshape(y_hat.shape)) ** 2) / 2


@mistake(check.squared_loss, "absolute_value", "|ŷ − y|", "绝对值")
def absolute(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)).abs()


@mistake(check.squared_loss, "absolute_value", "not the square", "而不是平方")
def half_absolute(y_hat, y):
    return torch.abs(y_hat - y.reshape(y_hat.shape)) / 2


@mistake(check.squared_loss, "not_squared", "not squared", "没有平方")
def times_two(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) * 2 / 2


@mistake(check.squared_loss, "precedence", "binds tighter", "优先级高于")
def no_parentheses(y_hat, y):
    return y_hat - y.reshape(y_hat.shape) ** 2 / 2


@mistake(check.squared_loss, "precedence", "before the difference", "先平方后相减")
def difference_of_squares(y_hat, y):
    return (y_hat**2 - y.reshape(y_hat.shape) ** 2) / 2


@mistake(
    check.squared_loss, "no_gradient", "computed under `torch.no_grad()`", "`torch.no_grad()` 下"
)
def from_data(y_hat, y):
    return (y_hat.data - y.reshape(y_hat.shape)) ** 2 / 2


@mistake(check.squared_loss, "not_a_tensor", "`.item()`", "`.item()`")
def as_number(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).sum().item()


@mistake(check.squared_loss, "returns_none", "None", "None")
def printed(y_hat, y):
    print(f"{((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).sum():.1f}", end="")


@mistake(check.squared_loss, "raises", "exception", "异常")
def numpy_of_trained(y_hat, y):
    return torch.tensor((y_hat.numpy() - y.numpy()) ** 2 / 2)


@mistake(check.squared_loss, "input_changed", "`a *= 2` and `a[0] = …` do not", "原地操作")
def labels_overwritten(y_hat, y):
    y -= y_hat.reshape(y.shape).detach()
    return (y_hat - (y_hat.detach() + y.reshape(y_hat.shape))) ** 2 / 2


@mistake(check.squared_loss, "signature", "in this order", "这些参数")
def three_parameters(y_hat, y, batch_size):
    return (y_hat - y) ** 2 / 2 / batch_size


@mistake(check.squared_loss, "unknown", "differs", "不同")
def cubed(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 3 / 2


# gradients: right


@right(check.gradients)
def by_matrices(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual / len(X), residual.mean()


@right(check.gradients)
def by_loop(X, y, w, b):
    by_w, by_b = torch.zeros_like(w), torch.zeros_like(b)
    for i in range(len(X)):
        residual = (X[i] * w.reshape(-1)).sum() + b - y[i]
        for j in range(len(w)):
            by_w[j] += residual[0] * X[i, j] / len(X)
        by_b += residual / len(X)
    return by_w, by_b


@right(check.gradients)
def by_means(X, y, w, b):
    residual = torch.mm(X, w) + b - y
    return [(X * residual).mean(dim=0), residual.mean().item()]


@right(check.gradients)
def by_autograd(X, y, w, b):
    loss = ((X @ w + b - y) ** 2 / 2).mean()
    return torch.autograd.grad(loss, [w, b])


@right(check.gradients)
def by_backward_on_copies(X, y, w, b):
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    ((X @ w + b - y) ** 2 / 2).mean().backward()
    return w.grad, b.grad


@right(check.gradients)
def of_vectors(X, y, w, b):
    residual = torch.mv(X, w) + b - y
    return torch.mv(X.T, residual) / len(X), residual.mean()


# gradients: mistakes


@mistake(check.gradients, "no_mean", "1/n is missing", "缺少 1/n")
def sums(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual, residual.sum()


@mistake(check.gradients, "no_mean", "the sum of the losses", "损失之和")
def sum_for_w_only(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual, residual.mean()


@mistake(check.gradients, "sign", "ŷ − y, not y − ŷ", "符号反了")
def labels_minus_predictions(X, y, w, b):
    residual = y - (X @ w + b)
    return X.T @ residual / len(X), residual.mean()


@mistake(check.gradients, "factor_two", "twice as large", "大了一倍")
def derivative_of_whole_square(X, y, w, b):
    residual = X @ w + b - y
    return 2 * X.T @ residual / len(X), 2 * residual.mean()


@mistake(check.gradients, "factor_two", "without the ½", "没有 ½")
def two_and_no_mean(X, y, w, b):
    residual = X @ w + b - y
    return 2 * X.T @ residual, 2 * residual.sum()


@mistake(check.gradients, "factor_half", "half as large", "小了一半")
def half_kept(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual / (2 * len(X)), residual.mean() / 2


@mistake(check.gradients, "bias_vector", "one number an example", "每个样本有一个数")
def residuals_for_bias(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual / len(X), residual


@mistake(check.gradients, "bias_vector", "the mean of the residuals", "残差的平均值")
def residuals_for_bias_and_no_mean(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual, residual


@mistake(check.gradients, "swapped", "swapped", "顺序反了")
def bias_first(X, y, w, b):
    residual = X @ w + b - y
    return residual.mean(), X.T @ residual / len(X)


@mistake(check.gradients, "size_of_w", "one number for each weight", "每个权重一个数")
def mean_of_everything(X, y, w, b):
    residual = X @ w + b - y
    return (X * residual).mean(), residual.mean()


@mistake(check.gradients, "transposed", "`X.T` of shape (d, n)", "形状 (d, n) 的 `X.T`")
def features_not_transposed(X, y, w, b):
    residual = X @ w + b - y
    return X @ residual / len(X), residual.mean()


@mistake(check.gradients, "transposed", "as `w` has", "与 `w` 相同")
def row_of_gradients(X, y, w, b):
    residual = X @ w + b - y
    return residual.T @ X / len(X), residual.mean()


@mistake(check.gradients, "divided_by_d", "wrong count", "除数不对")
def mean_over_features(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual / X.numel(), residual.mean()


@mistake(check.gradients, "residual_without_bias", "missing in the residual", "残差里缺少偏置")
def forgotten_bias(X, y, w, b):
    residual = X @ w - y
    return X.T @ residual / len(X), residual.mean()


@mistake(check.gradients, "without_features", "lacks the factor X", "缺少因子 X")
def forgotten_features(X, y, w, b):
    residual = X @ w + b - y
    return residual.mean() * torch.ones_like(w), residual.mean()


@mistake(check.gradients, "not_a_pair", "does not give back two tensors", "返回的不是两个张量")
def gradient_of_w_only(X, y, w, b):
    return X.T @ (X @ w + b - y) / len(X)


@mistake(check.gradients, "returns_none", "None", "None")
def nothing_returned(X, y, w, b):
    X.T @ (X @ w + b - y) / len(X)


@mistake(check.gradients, "raises", "exception", "异常")
def undefined_name(X, y, w, b):
    return X.T @ residuals / len(X)


@mistake(check.gradients, "input_changed", "changes the tensors", "改动了传给它的张量")
def updates_already(X, y, w, b):
    residual = X @ w + b - y
    by_w, by_b = X.T @ residual / len(X), residual.mean()
    w -= 0.1 * by_w
    return by_w, by_b


@mistake(check.gradients, "signature", "takes other arguments", "函数的参数不对")
def of_predictions(X, y, y_hat):
    return X.T @ (y_hat - y) / len(X), (y_hat - y).mean()


@mistake(check.gradients, "unknown", "differs", "不同")
def squared_residual(X, y, w, b):
    residual = (X @ w + b - y) ** 2
    return X.T @ residual / len(X), residual.mean()


# sgd: right


@right(check.sgd)
def augmented_assignment(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


@right(check.sgd)
@torch.no_grad()
def decorated(params, lr, batch_size):
    for param in params:
        param.sub_(param.grad, alpha=lr / batch_size)
        param.grad = None


@right(check.sgd)
def in_inference_mode(params, lr, batch_size):
    with torch.inference_mode():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


@right(check.sgd)
def by_index(params, lr, batch_size):
    with torch.no_grad():
        for i in range(len(params)):
            params[i] -= lr * params[i].grad / batch_size
    for param in params:
        param.grad.data.zero_()


@right(check.sgd)
def copied_in(params, lr, batch_size):
    w, b = params
    with torch.no_grad():
        w.copy_(w - lr / batch_size * w.grad)
        b[:] = b - lr / batch_size * b.grad
    w.grad.fill_(0)
    b.grad *= 0


@right(check.sgd)
def optimizer_of_torch(params, lr, batch_size):
    optimizer = torch.optim.SGD(params, lr / batch_size)
    optimizer.step()
    optimizer.zero_grad()


@right(check.sgd)
def through_detach(params, lr, batch_size):
    for param in params:
        param.detach().sub_(lr * param.grad / batch_size)
        param.grad.zero_()


@right(check.sgd, note="10-no-grad/#data")
def through_data(params, lr, batch_size):
    for param in params:
        param.data -= lr * param.grad / batch_size
        param.grad.data.zero_()


@right(check.sgd, note="10-no-grad/#data")
def replaced_data(params, lr, batch_size):
    for param in params:
        param.data = param.data - lr * param.grad / batch_size
        param.grad.zero_()


# sgd: mistakes


@mistake(check.sgd, "no_no_grad", "runs with gradients on", "还在记录梯度")
def gradients_on(params, lr, batch_size):
    for param in params:
        param -= lr * param.grad / batch_size
        param.grad.zero_()


@mistake(check.sgd, "rebinding", "makes a new tensor", "会新建一个张量")
def rebinds(params, lr, batch_size):
    for param in params:
        param = param - lr * param.grad / batch_size


@mistake(check.sgd, "rebinding", "stays as it was", "还是原样")
def rebinds_and_clears(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param = param - lr * param.grad / batch_size
            param.grad.zero_()


@mistake(check.sgd, "rebinding", "in place", "原地修改")
def rebinds_the_list(params, lr, batch_size):
    for i, param in enumerate(params):
        params[i] = param - lr * param.grad / batch_size
        param.grad.zero_()


@mistake(check.sgd, "rebinding", "in place", "原地修改")
def rebinds_after_clearing(params, lr, batch_size):
    for param in params:
        grad = param.grad / batch_size
        param.grad.zero_()
        param = param - lr * grad


@mistake(check.sgd, "rebinding", "have not changed", "参数没有变化")
def result_never_stored(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param - lr * param.grad / batch_size
            param.grad.zero_()


@mistake(check.sgd, "zeroed_first", "before the step has used them", "还没用就清零了")
def clears_before(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.grad.zero_()
            param -= lr * param.grad / batch_size


@mistake(check.sgd, "zeroed_first", "First the update", "应先更新")
def drops_before(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.grad = None
            param -= lr * param.grad / batch_size


@mistake(check.sgd, "not_cleared", "after it: w.grad, b.grad.", "没有清零：w.grad, b.grad。")
def never_clears(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size


@mistake(check.sgd, "not_cleared", "after it: w.grad.", "没有清零：w.grad。")
def clears_the_last(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
        param.grad.zero_()


@mistake(check.sgd, "not_divided", "division by the batch size is missing", "没有除以批量大小")
def whole_sum(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad
            param.grad.zero_()


@mistake(check.sgd, "divided_twice", "divided by the batch size twice", "批量大小除了两次")
def divides_twice(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.grad /= batch_size
            param -= lr * param.grad / batch_size
            param.grad.zero_()


@mistake(check.sgd, "multiplied", "multiplied by the batch size", "乘了批量大小")
def multiplies(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad * batch_size
            param.grad.zero_()


@mistake(check.sgd, "ascent", "uphill", "上坡")
def plus_for_minus(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param += lr * param.grad / batch_size
            param.grad.zero_()


@mistake(check.sgd, "ascent", "with a minus", "用减号")
def plus_and_no_division(params, lr, batch_size):
    for param in params:
        param.data.add_(lr * param.grad)
        param.grad.zero_()


@mistake(check.sgd, "lr_ignored", "`lr` is not used", "`lr` 没有用上")
def global_learning_rate(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= 0.03 * param.grad / batch_size
            param.grad.zero_()


@mistake(check.sgd, "lr_ignored", "twice the learning rate", "学习率加倍")
def same_global_learning_rate(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= 0.1 * param.grad / batch_size
            param.grad.zero_()


@mistake(check.sgd, "batch_size_ignored", "`batch_size` is not used", "`batch_size` 没有用上")
def global_batch_size(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / 10
            param.grad.zero_()


@mistake(check.sgd, "some_parameters", "only one of the parameters", "只更新了一个参数")
def returns_inside(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()
            return


@mistake(check.sgd, "some_parameters", "`for param in params:`", "`for param in params:`")
def updates_after_the_loop(params, lr, batch_size):
    for param in params:
        step = lr * param.grad / batch_size
    with torch.no_grad():
        param -= step
    for param in params:
        param.grad.zero_()


@mistake(check.sgd, "gradients_off", "still off when the function has ended", "仍是关闭的")
def switched_off(params, lr, batch_size):
    torch.set_grad_enabled(False)
    for param in params:
        param -= lr * param.grad / batch_size
        param.grad.zero_()


@mistake(check.sgd, "detached", "no longer requires a gradient", "不再需要梯度")
def detaches(params, lr, batch_size):
    for param in params:
        param.detach_()
        param -= lr * param.grad / batch_size
        param.grad.zero_()


@mistake(check.sgd, "raises", "exception", "异常")
def missing_attribute(params, lr, batch_size):
    for param in params:
        param -= lr * param.gradient / batch_size


@mistake(check.sgd, "signature", "takes other arguments", "函数的参数不对")
def no_batch_size(params, lr):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad


@mistake(check.sgd, "unknown", "differs", "不同")
def sign_of_gradient(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad.sign() / batch_size
            param.grad.zero_()


# synthetic_data: right


@right(check.synthetic_data)
def with_normal(w, b, num_examples):
    X = torch.normal(0, 1, (num_examples, len(w)))
    y = torch.matmul(X, w) + b
    y += torch.normal(0, 0.01, y.shape)
    return X, y.reshape((-1, 1))


@right(check.synthetic_data)
def with_noise_argument(w, b, num_examples, noise=0.01):
    X = torch.randn(num_examples, len(w))
    return X, X @ w.reshape(-1, 1) + b + noise * torch.randn(num_examples, 1)


@right(check.synthetic_data)
def for_columns(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = torch.mm(X, w) + b
    return [X, y + torch.normal(0.0, 0.01, y.shape)]


@right(check.synthetic_data)
def with_numpy(w, b, num_examples):
    X = np.random.normal(0, 1, (num_examples, len(w)))
    y = X @ w.numpy().reshape(-1, 1) + b
    y += np.random.normal(0, 0.01, y.shape)
    return torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


@right(check.synthetic_data)
def one_by_one(w, b, num_examples):
    X = torch.stack([torch.randn(len(w)) for _ in range(num_examples)])
    y = torch.tensor([[(w * x).sum() + b + random.gauss(0, 0.01)] for x in X])
    return X, y


@right(check.synthetic_data)
def keyword_noise(w, b, num_examples, *, noise=0.01):
    return package.synthetic_data(w, b, num_examples, noise)


# synthetic_data: mistakes


@mistake(
    check.synthetic_data,
    "noise_as_variance",
    "instead of 0.01: variance",
    "而不是 0.01：混淆了方差",
)
def root_of_noise(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + b + torch.normal(0, 0.01**0.5, (num_examples,))
    return X, y.reshape(-1, 1)


@mistake(check.synthetic_data, "noise_as_variance", "variance", "方差")
def square_of_noise(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + b + torch.normal(0, 0.01**2, (num_examples,))
    return X, y.reshape(-1, 1)


@mistake(
    check.synthetic_data, "same_noise", "all labels have the same noise", "所有标签的噪声都相同"
)
def one_noise_for_all(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + b + torch.normal(0, 0.01, (1,))
    return X, y.reshape(-1, 1)


@mistake(check.synthetic_data, "label_shape", "`y.reshape(-1, 1)`", "`y.reshape(-1, 1)`")
def labels_in_a_row(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + b
    return X, y + torch.normal(0, 0.01, y.shape)


@mistake(check.synthetic_data, "broadcast", "shape (n, n)", "形状是 (n, n)")
def noise_in_a_column(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, X @ w + b + torch.normal(0, 0.01, (num_examples, 1))


@mistake(check.synthetic_data, "dtype", "float64", "float64")
def noise_of_numpy(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + b
    y = y + torch.from_numpy(np.random.normal(0, 0.01, num_examples))
    return X, y.reshape(-1, 1)


@mistake(check.synthetic_data, "bias_missing", "lack the bias", "缺少偏置")
def labels_without_bias(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + torch.normal(0, 0.01, (num_examples,))
    return X, y.reshape(-1, 1)


@mistake(check.synthetic_data, "no_noise", "have no noise", "没有噪声")
def exact_labels(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, (X @ w + b).reshape(-1, 1)


@mistake(check.synthetic_data, "noise_not_centred", "one sign only", "只有一种符号")
def uniform_noise(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, (X @ w + b + 0.01 * torch.rand(num_examples)).reshape(-1, 1)


@mistake(check.synthetic_data, "noise_scale", "instead of 0.01.", "而不是 0.01。")
def unscaled_noise(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, (X @ w + b + torch.randn(num_examples)).reshape(-1, 1)


@mistake(check.synthetic_data, "noise_ignored", "`noise` is not used", "`noise` 没有用上")
def fixed_noise(w, b, num_examples, noise=0.01):
    X = torch.randn(num_examples, len(w))
    return X, (X @ w + b + 0.01 * torch.randn(num_examples)).reshape(-1, 1)


@mistake(check.synthetic_data, "noise_as_variance", "0.71 instead of 0.5", "0.71，而不是 0.5")
def root_of_the_argument(w, b, num_examples, noise=0.0001):
    X = torch.randn(num_examples, len(w))
    return X, (X @ w + b + noise**0.5 * torch.randn(num_examples)).reshape(-1, 1)


@mistake(check.synthetic_data, "features_uniform", "no feature is negative", "没有一个特征是负的")
def uniform_features(w, b, num_examples):
    X = torch.rand(num_examples, len(w))
    y = X @ w + b
    return X, (y + torch.normal(0, 0.01, y.shape)).reshape(-1, 1)


@mistake(check.synthetic_data, "features_scale", "do not come from N(0, 1)", "不服从 N(0, 1)")
def narrow_features(w, b, num_examples):
    X = torch.normal(0, 0.01, (num_examples, len(w)))
    y = X @ w + b
    return X, (y + torch.normal(0, 0.01, y.shape)).reshape(-1, 1)


@mistake(check.synthetic_data, "seeded", "sets the seed itself", "内部设置了随机种子")
def seeds_itself(w, b, num_examples):
    torch.manual_seed(42)
    return package.synthetic_data(w, b, num_examples)


@mistake(
    check.synthetic_data, "fixed_sizes", "`num_examples` rows and `len(w)` columns", "写死的数字"
)
def two_features_only(w, b, num_examples):
    X = torch.randn(num_examples, 2)
    y = X @ w[:2] + b
    return X, (y + torch.normal(0, 0.01, y.shape)).reshape(-1, 1)


@mistake(check.synthetic_data, "fixed_sizes", "X has the wrong shape", "X 的形状不对")
def a_thousand_examples(w, b, num_examples):
    return package.synthetic_data(w, b, 1000)


@mistake(
    check.synthetic_data,
    "wrong_labels",
    "not Xw + b plus a little noise",
    "不是 Xw + b 加上少许噪声",
)
def absolute_labels(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, (X.abs() @ w + b + 0.01 * torch.randn(num_examples)).reshape(-1, 1)


@mistake(check.synthetic_data, "unknown", "none of the usual mistakes", "不是任何一种常见错误")
def weights_a_little_off(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, (X @ (1.02 * w) + b + 0.01 * torch.randn(num_examples)).reshape(-1, 1)


@mistake(check.synthetic_data, "swapped", "swapped", "顺序反了")
def labels_first(w, b, num_examples):
    X, y = package.synthetic_data(w, b, num_examples)
    return y, X


@mistake(check.synthetic_data, "transposed", "X is transposed", "X 转置了")
def examples_in_columns(w, b, num_examples):
    X, y = package.synthetic_data(w, b, num_examples)
    return X.T, y


@mistake(check.synthetic_data, "not_a_pair", "does not give back two things", "返回的不是两样东西")
def labels_only(w, b, num_examples):
    return package.synthetic_data(w, b, num_examples)[1]


@mistake(check.synthetic_data, "not_tensors", "other than tensors", "返回的不是张量")
def arrays(w, b, num_examples):
    X, y = package.synthetic_data(w, b, num_examples)
    return X.numpy(), y.numpy()


@mistake(check.synthetic_data, "returns_none", "None", "None")
def no_data(w, b, num_examples):
    package.synthetic_data(w, b, num_examples)


@mistake(check.synthetic_data, "raises", "exception", "异常")
def wrong_size_argument(w, b, num_examples):
    return torch.normal(0, 1, num_examples, len(w))


@mistake(check.synthetic_data, "signature", "takes other arguments", "函数的参数不对")
def no_arguments():
    return package.synthetic_data([2, -3.4], 4.2, 1000)


# data_iter: right


@right(check.data_iter)
def shuffled_list(batch_size, features, labels):
    num_examples = len(features)
    indices = list(range(num_examples))
    random.shuffle(indices)
    for i in range(0, num_examples, batch_size):
        batch_indices = torch.tensor(indices[i : min(i + batch_size, num_examples)])
        yield features[batch_indices], labels[batch_indices]


@right(check.data_iter)
def index_select(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        yield features.index_select(0, rows), labels.index_select(0, rows)


@right(check.data_iter)
def shuffled_copies(batch_size, features, labels):
    order = np.random.permutation(len(features))
    features, labels = features[order], labels[order]
    for i in range(0, len(features), batch_size):
        yield [features[i : i + batch_size], labels[i : i + batch_size]]


@right(check.data_iter)
def a_list_of_batches(batch_size, features, labels):
    order = random.sample(range(len(features)), len(features))
    starts = range(0, len(order), batch_size)
    chunks = [order[start : start + batch_size] for start in starts]
    return [(features[chunk], labels[chunk]) for chunk in chunks]


@right(check.data_iter)
def an_iterator(batch_size, features, labels):
    return iter(a_list_of_batches(batch_size, features, labels))


@right(check.data_iter)
def data_loader(batch_size, features, labels):
    return DataLoader(TensorDataset(features, labels), batch_size, shuffle=True)


@right(check.data_iter)
def stacked_rows(batch_size, features, labels):
    rows = list(zip(features, labels, strict=True))
    random.shuffle(rows)
    while rows:
        batch, rows = rows[:batch_size], rows[batch_size:]
        X, y = zip(*batch, strict=True)
        yield torch.stack(X), torch.stack(y)


# data_iter: mistakes


@mistake(check.data_iter, "last_batch_dropped", "is dropped", "被丢掉了")
def drops_the_last(batch_size, features, labels):
    order = torch.randperm(len(features))
    for i in range(len(features) // batch_size):
        rows = order[i * batch_size : (i + 1) * batch_size]
        yield features[rows], labels[rows]


@mistake(check.data_iter, "last_batch_dropped", "left out of the pass", "漏掉了一些样本")
def loader_that_drops(batch_size, features, labels):
    dataset = TensorDataset(features, labels)
    return DataLoader(dataset, batch_size, shuffle=True, drop_last=True)


@mistake(check.data_iter, "last_batch_padded", "filled up", "补满")
def wraps_around(batch_size, features, labels):
    n = len(features)
    order = torch.randperm(n)
    for i in range(0, n, batch_size):
        rows = order[torch.arange(i, i + batch_size) % n]
        yield features[rows], labels[rows]


@mistake(check.data_iter, "last_batch_padded", "with zeros", "或者零")
def fills_with_zeros(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        missing = batch_size - len(X)
        yield (
            torch.cat([X, torch.zeros(missing, features.shape[1])]),
            torch.cat([y, torch.zeros(missing, 1)]),
        )


@mistake(check.data_iter, "repeats", "with replacement", "有放回抽样")
def draws_with_replacement(batch_size, features, labels):
    n = len(features)
    for start in range(0, n, batch_size):
        rows = torch.randint(n, (min(batch_size, n - start),))
        yield features[rows], labels[rows]


@mistake(check.data_iter, "repeats", "overlap", "重叠")
def forgotten_stride(batch_size, features, labels):
    order = torch.randperm(len(features))
    for i in range(len(features)):
        rows = order[i : i + batch_size]
        yield features[rows], labels[rows]


@mistake(check.data_iter, "never_shuffled", "in the order of the data", "按数据原来的顺序")
def in_order(batch_size, features, labels):
    for i in range(0, len(features), batch_size):
        yield features[i : i + batch_size], labels[i : i + batch_size]


@mistake(check.data_iter, "same_order", "same order", "顺序都一样")
def seeded_order(batch_size, features, labels):
    torch.manual_seed(1)
    yield from package.data_iter(batch_size, features, labels)


@mistake(check.data_iter, "same_order", "an order of its own", "都要重新打乱")
def backwards(batch_size, features, labels):
    yield from in_order(batch_size, features.flip(0), labels.flip(0))


@mistake(check.data_iter, "same_batches", "always share a batch", "同一个小批量里")
def shuffled_batches(batch_size, features, labels):
    batches = list(in_order(batch_size, features, labels))
    random.shuffle(batches)
    yield from batches


@mistake(check.data_iter, "same_batches", "before cutting them", "再切成小批量")
def shuffled_within(batch_size, features, labels):
    for X, y in in_order(batch_size, features, labels):
        order = torch.randperm(len(X))
        yield X[order], y[order]


@mistake(check.data_iter, "shuffled_apart", "no longer belong together", "对不上了")
def two_shuffles(batch_size, features, labels):
    n = len(features)
    features, labels = features[torch.randperm(n)], labels[torch.randperm(n)]
    yield from in_order(batch_size, features, labels)


@mistake(check.data_iter, "shuffled_apart", "one list of indices", "一份下标")
def features_shuffled_alone(batch_size, features, labels):
    yield from in_order(batch_size, features[torch.randperm(len(features))], labels)


@mistake(check.data_iter, "input_changed", "never the data", "而不是数据")
def shuffles_in_place(batch_size, features, labels):
    order = torch.randperm(len(features))
    features[:], labels[:] = features[order], labels[order]
    yield from in_order(batch_size, features, labels)


@mistake(
    check.data_iter, "endless", "after 4 batches the check stopped", "检查在 4 个小批量之后停了下来"
)
def never_ends(batch_size, features, labels):
    while True:
        rows = torch.randperm(len(features))[:batch_size]
        yield features[rows], labels[rows]


@mistake(check.data_iter, "returned_one_batch", "With `yield`", "换成 `yield`")
def return_for_yield(batch_size, features, labels):
    order = torch.randperm(len(features))
    for rows in order.split(batch_size):
        return features[rows], labels[rows]


@mistake(check.data_iter, "stops_early", "only the first batch", "只给出了第一个小批量")
def yields_once(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        yield features[rows], labels[rows]
        return


@mistake(check.data_iter, "missing", "missing from the pass", "漏掉了样本")
def skips_the_first(batch_size, features, labels):
    order = torch.randperm(len(features))
    for i in range(1, len(features), batch_size):
        rows = order[i : i + batch_size]
        yield features[rows], labels[rows]
    if len(features) == 1:
        yield features, labels


@mistake(check.data_iter, "sizes", "wrong sizes", "大小不对")
def short_batch_first(batch_size, features, labels):
    order = torch.randperm(len(features))
    first = len(features) % batch_size
    for rows in (order[:first], *order[first:].split(batch_size)):
        if len(rows):
            yield features[rows], labels[rows]


@mistake(check.data_iter, "sizes", "`batch_size` examples", "`batch_size` 个样本")
def always_ten(batch_size, features, labels):
    yield from package.data_iter(10, features, labels)


@mistake(check.data_iter, "empty_batch", "a batch without examples", "没有样本的小批量")
def one_step_too_far(batch_size, features, labels):
    order = torch.randperm(len(features))
    for i in range(0, len(features) + 1, batch_size):
        rows = order[i : i + batch_size]
        yield features[rows], labels[rows]


@mistake(check.data_iter, "past_the_end", "an index is past the end", "下标超出了数据的末尾")
def runs_over(batch_size, features, labels):
    order = random.sample(range(len(features)), len(features))
    for i in range(0, len(features), batch_size):
        rows = [order[j] for j in range(i, i + batch_size)]
        yield features[rows], labels[rows]


@mistake(check.data_iter, "past_the_end", "`len(features)`", "`len(features)`")
def a_thousand_indices(batch_size, features, labels):
    for rows in torch.randperm(1000).split(batch_size):
        yield features[rows], labels[rows]


@mistake(check.data_iter, "indices_only", "the numbers of the examples", "样本的下标")
def yields_indices(batch_size, features, labels):
    yield from torch.randperm(len(features)).split(batch_size)


@mistake(check.data_iter, "indices_only", "Index with them", "用下标取出数据")
def yields_lists_of_indices(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        yield rows.tolist()


@mistake(check.data_iter, "not_a_pair", "a batch is not a pair", "小批量不是一对")
def features_only(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        yield features[rows]


@mistake(check.data_iter, "not_tensors", "other than tensors", "小批量里不是张量")
def lists_of_rows(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        yield X.tolist(), y.tolist()


@mistake(check.data_iter, "swapped", "features and labels are swapped", "特征和标签的顺序反了")
def yields_labels_first(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        yield y, X


@mistake(check.data_iter, "label_shape", "lost the column", "丢掉了这一列")
def flattens_labels(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        yield X, y.reshape(-1)


@mistake(check.data_iter, "no_batches", "no batch comes out", "一个小批量也没有")
def empty(batch_size, features, labels):
    return iter([])


KEPT = {}


@mistake(check.data_iter, "no_batches", "used up after one pass", "遍历一次就用完了")
def keeps_its_generator(batch_size, features, labels):
    key = (len(features), batch_size)
    return KEPT.setdefault(key, package.data_iter(batch_size, features, labels))


@mistake(check.data_iter, "not_iterable", "cannot be looped over", "不能用 for 循环遍历")
def counts_batches(batch_size, features, labels):
    return len(features) // batch_size


@mistake(check.data_iter, "returns_none", "None", "None")
def forgotten_yield(batch_size, features, labels):
    for rows in torch.randperm(len(features)).split(batch_size):
        X, y = features[rows], labels[rows]  # noqa: F841


@mistake(check.data_iter, "raises", "exception", "异常")
def raises_when_read(batch_size, features, labels):
    yield features[batch_indices], labels[batch_indices]


@mistake(check.data_iter, "signature", "takes other arguments", "函数的参数不对")
def no_labels(batch_size, features):
    yield features


@mistake(check.data_iter, "unknown", "differs", "不同")
def scales_features(batch_size, features, labels):
    for X, y in package.data_iter(batch_size, features, labels):
        yield X * torch.tensor([1.0, 2.0]), y


# train: right


def summed_loss(X, w, b, y):
    return package.squared_loss(package.linreg(X, w, b), y).sum()


@right(check.train)
def as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size):
    for epoch in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            package.sgd([w, b], lr, batch_size)
        with torch.no_grad():
            print(f"epoch {epoch + 1}, loss {summed_loss(features, w, b, labels):f}")


@right(check.train)
def mean_loss(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            loss = ((X @ w + b - y) ** 2 / 2).mean()
            loss.backward()
            with torch.no_grad():
                for param in (w, b):
                    param -= lr * param.grad
                    param.grad = None


@right(check.train)
def with_torch(features, labels, w, b, lr, num_epochs, batch_size):
    optimizer = torch.optim.SGD([w, b], lr=lr)
    loader = DataLoader(TensorDataset(features, labels), batch_size, shuffle=True)
    for _ in range(num_epochs):
        for X, y in loader:
            optimizer.zero_grad()
            (torch.nn.functional.mse_loss(X @ w + b, y) / 2).backward()
            optimizer.step()


@right(check.train)
def by_hand(features, labels, w, b, lr, num_epochs, batch_size):
    with torch.no_grad():
        for _ in range(num_epochs):
            for X, y in package.data_iter(batch_size, features, labels):
                by_w, by_b = package.gradients(X, y, w, b)
                w -= lr * by_w
                b -= lr * by_b
    return w, b


@right(check.train)
def seeded_at_the_start(features, labels, w, b, lr, num_epochs, batch_size):
    torch.manual_seed(0)
    as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)


@right(check.train)
def for_a_vector(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            ((torch.mv(X, w) + b - y.reshape(-1)) ** 2 / 2).sum().backward()
            package.sgd([w, b], lr, batch_size)


@right(check.train)
def through_data_of_params(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            through_data([w, b], lr, batch_size)


@right(check.train, note="10-no-grad/#rebinding")
def functional(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            by_w, by_b = torch.autograd.grad(summed_loss(X, w, b, y), [w, b])
            w = w - lr * by_w / batch_size
            b = b - lr * by_b / batch_size
    return w, b


# train: mistakes


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
    mistake(check.train, key, en, zh)(train)


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
    "标签的平均值",
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
    "找不到回到参数的路",
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
    "只有第一个小批量",
    "loop_of_first",
    data_iter=yields_once,
)
broken(
    "input_changed", "never the data", "而不是数据", "loop_moves_data", data_iter=shuffles_in_place
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


@mistake(check.train, "no_graph", "under `torch.no_grad()`", "在 `torch.no_grad()` 下")
def all_under_no_grad(features, labels, w, b, lr, num_epochs, batch_size):
    with torch.no_grad():
        as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)


@mistake(check.train, "not_cleared", "adds to those of the steps before", "累加")
def clears_once_an_epoch(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            never_clears([w, b], lr, batch_size)
        w.grad.zero_()
        b.grad.zero_()


@mistake(check.train, "same_order", "shuffled once", "只在迭代周期的循环之前打乱了一次")
def shuffles_once(features, labels, w, b, lr, num_epochs, batch_size):
    batches = list(package.data_iter(batch_size, features, labels))
    for _ in range(num_epochs):
        for X, y in batches:
            summed_loss(X, w, b, y).backward()
            package.sgd([w, b], lr, batch_size)


@mistake(check.train, "same_order", "seed is set inside it", "在循环里面设置了随机种子")
def seeds_every_epoch(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        torch.manual_seed(0)
        as_in_the_book(features, labels, w, b, lr, 1, batch_size)


@mistake(check.train, "one_epoch", "used up after one pass", "遍历一次就用完了")
def one_generator_for_all(features, labels, w, b, lr, num_epochs, batch_size):
    batches = package.data_iter(batch_size, features, labels)
    for _ in range(num_epochs):
        for X, y in batches:
            summed_loss(X, w, b, y).backward()
            package.sgd([w, b], lr, batch_size)


@mistake(check.train, "rebinding", "return the new `(w, b)`", "返回新的 `(w, b)`")
def rebinds_w_and_b(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            w = w - lr * w.grad / batch_size
            b = b - lr * b.grad / batch_size


@mistake(check.train, "rebinding", "stay as they are", "没有变")
def rebinds_fresh_leaves(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            w = (w - lr * w.grad / batch_size).detach().requires_grad_()
            b = (b - lr * b.grad / batch_size).detach().requires_grad_()


@mistake(check.train, "copied", "trains a detached copy", "脱离出来的副本")
def trains_copies(features, labels, w, b, lr, num_epochs, batch_size):
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)


@mistake(check.train, "grad_is_none", "before the first `backward`", "在第一次 `backward` 之前")
def clears_what_is_not_there(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            w.grad.zero_()
            b.grad.zero_()
            summed_loss(X, w, b, y).backward()
            never_clears([w, b], lr, batch_size)


@mistake(check.train, "graph_twice", "been through already", "已经反向传播过")
def one_loss_for_all(features, labels, w, b, lr, num_epochs, batch_size):
    loss = summed_loss(features, w, b, labels)
    for _ in range(num_epochs):
        loss.backward()
        package.sgd([w, b], lr, batch_size)


@mistake(check.train, "detached", "no longer requires a gradient", "不再需要梯度")
def frozen_at_the_end(features, labels, w, b, lr, num_epochs, batch_size):
    as_in_the_book(features, labels, w, b, lr, num_epochs, batch_size)
    w.requires_grad_(False)


@mistake(check.train, "some_parameters", "only one of w and b", "只训练了一个")
def trains_w_only(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            package.sgd([w], lr, batch_size)
            b.grad.zero_()


@mistake(check.train, "ignored_argument", "not used: batch_size.", "没有用上：batch_size。")
def batches_of_ten(features, labels, w, b, lr, num_epochs, batch_size):
    as_in_the_book(features, labels, w, b, lr, num_epochs, 10)


@mistake(check.train, "loss_grows", "the loss is larger after the training", "损失反而比之前大")
def shrinks_the_weights(features, labels, w, b, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in package.data_iter(batch_size, features, labels):
            summed_loss(X, w, b, y).backward()
            package.sgd([w, b], lr, batch_size)
            with torch.no_grad():
                w -= 10 * lr * batch_size * len(X)


@mistake(check.train, "signature", "takes other arguments", "函数的参数不对")
def trains_with_globals(num_epochs, lr):
    return num_epochs * lr


# The tests


@pytest.mark.parametrize(("checked", "f", "key", "en", "zh"), MISTAKES)
def test_a_mistake_is_named_in_both_languages(checked, f, key, en, zh):
    KEPT.clear()
    english = failure_of(checked, f, lang="en")
    KEPT.clear()
    chinese = failure_of(checked, f, lang="zh")
    assert (english.mistake, chinese.mistake) == (key, key)
    assert english.check == checked.__name__
    assert en in str(english)
    assert zh in str(chinese)
    assert str(english).endswith(english.url)
    assert chinese.url == english.url.replace("/en/", "/zh/")


@pytest.mark.parametrize(("checked", "f", "note"), RIGHT)
def test_a_right_answer_passes_whatever_its_style(checked, f, note):
    passed = checked(f)
    assert repr(passed).startswith(f"{checked.__name__}: passed\n✓ ")
    assert [address for each in passed.notes for address in re.findall(r"http\S+", each)] == (
        [] if note is None else [f"{SITE}en/{note}"]
    )


CHECKS = [
    check.synthetic_data,
    check.data_iter,
    check.linreg,
    check.squared_loss,
    check.gradients,
    check.sgd,
]


@pytest.mark.parametrize("checked", CHECKS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_functions_of_the_package_pass(checked, lang):
    passed = checked(getattr(package, checked.__name__), lang=lang)
    assert passed.check == checked.__name__
    assert not passed.notes


@pytest.mark.parametrize("checked", CHECKS, ids=lambda each: each.__name__)
def test_the_functions_of_the_package_pass_when_float64_is_the_default(checked):
    torch.set_default_dtype(torch.float64)
    try:
        checked(getattr(package, checked.__name__))
        check.train(as_in_the_book)
    finally:
        torch.set_default_dtype(torch.float32)


TABLES = {
    check.synthetic_data: [*data.SHAPES, *data.DISTRIBUTIONS],
    check.data_iter: [*data.BATCHES, *data.ORDERS],
    check.linreg: model.LINREG,
    check.squared_loss: model.SQUARED_LOSS,
    check.gradients: model.GRADIENTS,
    check.sgd: training.SGD,
    check.train: [*training.TRAIN, *training.EPOCHS],
}
ENTRIES = [
    *itertools.chain(*TABLES.values()),
    report.SIGNATURE,
    report.UNKNOWN,
]


@pytest.mark.parametrize("checked", TABLES, ids=lambda each: each.__name__)
def test_every_mistake_in_a_table_is_made_by_some_learner_above(checked):
    made = {case.values[2] for case in MISTAKES if case.values[0] is checked}
    listed = {each.key for each in TABLES[checked]} | {"unknown", "signature"}
    assert made >= listed - {"raises"}
    assert made <= listed


def test_a_failure_shows_the_mistake_the_input_and_the_section():
    assert str(failure_of(check.sgd, rebinds)) == (
        "sgd: the parameters have not changed. `param = param - …` makes a new tensor and gives it"
        " the name; the tensor that the model uses stays as it was. Change that one in place:"
        " `param -= …` under `torch.no_grad()`.\n"
        "\n"
        "  with      params = [w, b], w = [[1]], w.grad = [[6]], b = [2], b.grad = [3], lr = 0.1,"
        " batch_size = 3\n"
        "  expected  w = [[0.8]], w.grad = [[0]], b = [1.9], b.grad = [0]\n"
        "  got       w = [[1]], w.grad = [[6]], b = [2], b.grad = [3]\n"
        "\n"
        "Explained in https://linreg.github.io/linreg/en/10-no-grad/#rebinding"
    )


def test_a_failure_in_chinese_reads_so():
    assert str(failure_of(check.squared_loss, no_reshape, lang="zh")) == (
        "squared_loss：(n, 1) − (n,) 会广播成 (n, n)：每个预测值减去每个标签，而且不报错。"
        "请先让 `y` 与 `y_hat` 形状相同：`y.reshape(y_hat.shape)`。\n"
        "\n"
        "  输入  y_hat = [[1], [3]], y = [4, 2]\n"
        "  应得  [[4.5], [0.5]], shape (2, 1)\n"
        "  实得  [[4.5, 0.5], [0.5, 0.5]], shape (2, 2)\n"
        "\n"
        "详见 https://linreg.github.io/linreg/zh/05-broadcasting/#trap"
    )


def test_a_failure_says_what_the_call_left_behind():
    assert str(failure_of(check.sgd, switched_off)).splitlines()[4] == (
        "  got       w = [[0.8]], w.grad = [[0]], b = [1.9], b.grad = [0];"
        " torch.is_grad_enabled() = False"
    )
    assert "  got       [[7]], shape (1, 1); w.grad = None\n" in str(
        failure_of(check.linreg, detached_weights)
    )
    assert "  got       [[7]], shape (1, 1); X = [[3]]\n" in str(failure_of(check.linreg, in_place))


def test_a_function_with_other_arguments_is_shown_its_signature():
    assert str(failure_of(check.sgd, no_batch_size)) == (
        "sgd: your function takes other arguments. It is called with these, in this order.\n"
        "\n"
        "  expected  sgd(params, lr, batch_size)\n"
        "  got       no_batch_size(params, lr)\n"
        "\n"
        "Explained in https://linreg.github.io/linreg/en/11-training-loop/#update"
    )


def test_the_smallest_input_is_the_one_that_is_shown():
    assert "with      X = [[2]], w = [[3]], b = [1]\n" in str(failure_of(check.linreg, minus_bias))
    assert "X = [[2], [5]]" in str(failure_of(check.linreg, row_of_predictions))
    assert "X = [[1, 2]]" in str(failure_of(check.linreg, bias_before_sum))


def test_what_passed_shows_itself():
    passed = check.sgd(through_data, lang="zh")
    assert str(passed) == repr(passed)
    assert repr(passed) == (
        "sgd：通过\n"
        "✓ 每个参数都移动 −lr · grad / batch_size\n"
        "✓ 改变的是参数张量本身，它们仍然需要梯度\n"
        "✓ 梯度用过之后已清零\n"
        "! 更新是通过 `.data` 做的：能用，但自动微分看不到这次修改；如果某个计算图还要用旧值，"
        "本该报错，现在却会悄悄算出错误的梯度："
        " https://linreg.github.io/linreg/zh/10-no-grad/#data"
    )


def test_nothing_is_printed_by_a_check(capsys):
    check.train(as_in_the_book)
    check.sgd(augmented_assignment)
    assert capsys.readouterr() == ("", "")


def test_the_language_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("LINREG_LANG", "zh")
    assert repr(check.linreg(matrix_product)).startswith("linreg：通过")
    assert repr(check.linreg(matrix_product, lang="en")).startswith("linreg: passed")
    monkeypatch.setenv("LINREG_LANG", "")
    assert repr(check.linreg(matrix_product)).startswith("linreg: passed")


def test_another_language_is_refused():
    with pytest.raises(ValueError, match=r"lang must be 'en' or 'zh' .* got 'de'"):
        check.linreg(matrix_product, lang="de")


def test_something_that_is_no_function_is_refused():
    message = r"f must be a function, as in check.sgd\(sgd\), got None"
    with pytest.raises(TypeError, match=message):
        check.sgd(None)


def test_a_failure_carries_the_exception_of_the_learner():
    failure = failure_of(check.gradients, undefined_name)
    assert isinstance(failure.__cause__, NameError)
    assert isinstance(failure, AssertionError)


def test_a_failure_survives_pickling():
    failure = failure_of(check.sgd, rebinds)
    copy = pickle.loads(pickle.dumps(failure))
    assert str(copy) == str(failure)
    assert (copy.check, copy.mistake, copy.url) == (failure.check, failure.mistake, failure.url)


def test_an_endless_generator_is_read_a_few_batches_far():
    drawn = []

    def endless(batch_size, features, labels):
        while True:
            drawn.append(len(features))
            yield features[:batch_size], labels[:batch_size]

    assert failure_of(check.data_iter, endless).mistake == "endless"
    assert len(drawn) < 1000


def random_states():
    return torch.get_rng_state().tolist(), random.getstate(), str(np.random.get_state())


@pytest.mark.parametrize(
    ("checked", "f"),
    [
        (check.synthetic_data, with_numpy),
        (check.synthetic_data, seeds_itself),
        (check.data_iter, shuffled_list),
        (check.data_iter, seeded_order),
        (check.train, seeded_at_the_start),
    ],
)
def test_the_random_states_of_the_learner_stay_as_they_were(checked, f):
    before = random_states()
    with contextlib.suppress(check.CheckFailed):
        checked(f)
    assert random_states() == before


def test_a_check_says_the_same_whatever_the_seed():
    messages = set()
    for seed in range(3):
        torch.manual_seed(seed)
        random.seed(seed)
        messages.add(str(failure_of(check.synthetic_data, root_of_noise)))
        messages.add(str(failure_of(check.data_iter, shuffled_within)))
    assert len(messages) == 2


@pytest.mark.parametrize("mode", [True, False])
def test_the_gradient_mode_of_the_learner_stays_as_it_was(mode):
    with torch.set_grad_enabled(mode):
        failure_of(check.sgd, switched_off)
        check.sgd(augmented_assignment)
        check.train(as_in_the_book)
        assert torch.is_grad_enabled() is mode


def test_a_warning_of_the_learners_function_does_not_become_an_error():
    def warns(X, w, b):
        warnings.warn("old", stacklevel=1)
        return X @ w + b

    check.linreg(warns)


def test_a_function_that_spoils_its_arguments_does_not_spoil_the_next_check():
    def spoils(features, labels, w, b, lr, num_epochs, batch_size):
        for value in (features, labels, w.data, b.data):
            value.fill_(7)

    failure_of(check.train, spoils)
    check.train(as_in_the_book)


def test_every_order_of_the_examples_ends_at_a_place_of_its_own():
    task = training.IN_EPOCHS
    orders = itertools.permutations(range(len(task.features)))
    places = [torch.cat([w.reshape(-1), b]) for w, b in map(task_end(task), orders)]
    for one, other in itertools.combinations(places, 2):
        assert (one - other).abs().max() > 1e-3  # the comparison allows about 1e-4


def task_end(task):
    return lambda order: training.descend(task, task.epochs(order))


def test_descend_ends_where_the_optimizer_of_torch_does():
    for task in training.TASKS:
        w, b = task.w.clone().requires_grad_(), task.b.clone().requires_grad_()
        optimizer = torch.optim.SGD([w, b], task.lr)
        for rows in itertools.chain(*task.in_order):
            X, y = task.features[list(rows)], task.labels[list(rows)]
            (((X @ w + b - y) ** 2 / 2).sum() / task.batch_size).backward()
            optimizer.step()
            optimizer.zero_grad()
        expected = training.descend(task, task.in_order)
        assert report.close(w.detach(), expected[0])
        assert report.close(b.detach(), expected[1])


# The texts and their links

SECTIONS = sorted(
    {each.section for each in ENTRIES if each.section}
    | {"02-synthetic-data#function", "06-minibatches#function", "01-linear-model#model"}
    | {"07-loss#function", "08-gradients#matrix-form"}
    | {"11-training-loop#update", "11-training-loop#loop"}
    | {model.VECTOR_WEIGHTS[1], training.THROUGH_DATA[1], training.RETURNED[1]}
)


def test_the_sections_listed_here_are_those_that_checks_start_from():
    source = "".join(path.read_text() for path in (ROOT / "linreg/check").glob("*.py"))
    starts = re.findall(r'Verdict\("\w+", lang, "([^"]+)"\)', source)
    assert len(starts) == 7
    assert set(starts) <= set(SECTIONS)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("section", SECTIONS)
def test_the_section_that_is_linked_exists(lang, section):
    chapter, anchor = section.split("#")
    page = ROOT / "docs" / lang / f"{chapter}.md"
    if not page.exists():
        pytest.skip(f"{page.relative_to(ROOT)} is not written yet")
    assert re.search(rf"^#+ .*{{ *#{anchor} *}}$", page.read_text(), re.MULTILINE)


def test_the_links_lead_to_the_site_that_the_project_names():
    project = (ROOT / "pyproject.toml").read_text()
    assert f'\nDocumentation = "{SITE}"\n' in project


def chinese_texts():
    for entry in ENTRIES:
        yield entry.zh
    for module in (data, model, training):
        for value in vars(module).values():
            parts = value if isinstance(value, tuple) else ()
            yield from (each.zh for each in parts if isinstance(each, report.Text))


def test_chinese_and_latin_are_set_apart_by_a_space():
    texts = list(chinese_texts())
    assert len(texts) > 100
    for text in texts:
        assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9`({]|[A-Za-z0-9`)}][\u4e00-\u9fff]", text)
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]", text)
        assert not re.search(r"\s[，。：；？！、]|[，。：；？！、]\s", text)
        assert "您" not in text
