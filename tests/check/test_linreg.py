"""`check.linreg`: each mistake as a learner would write it, and right answers in many styles."""

import functools

import numpy as np
import pytest
import torch
from torch import nn

import linreg as package
from linreg import check
from linreg.check._linreg import LINREG
from linreg.check.classes import PARTS

from .answers import COMMON, Answers

ANSWERS = Answers(check.linreg)
right, mistake = ANSWERS.right, ANSWERS.mistake

# Right


@right
def matrix_product(X, w, b):
    return X @ w + b


@right
def torch_mm(X, w, b):
    return torch.mm(X, w) + b


@right
def torch_matmul(X, w, b):
    return torch.matmul(X, w) + b


@right
def sum_over_features(X, w, b):
    return (X * w.reshape(-1)).sum(dim=1, keepdim=True) + b


@right
def loop_over_examples(X, w, b):
    return torch.stack([(x * w.squeeze(1)).sum() + b for x in X])


@right
def addmm(X, w, b):
    return torch.addmm(b, X, w)


@right
def nn_functional(X, w, b):
    return torch.nn.functional.linear(X, w.T, b)


@right
def ones_column(X, w, b):
    return torch.cat([X, torch.ones(len(X), 1)], 1) @ torch.cat([w, b.reshape(1, 1)])


@right(note="broadcasting/#trap")
def matrix_times_vector(X, w, b):
    return torch.mv(X, w) + b


@right(note="broadcasting/#trap")
def weights_as_row(X, w, b):
    if w.dim() != 1:
        raise ValueError("w must be a vector")
    return (X * w).sum(1, keepdim=True) + b


# Mistakes


@mistake("bias_missing", "Xw, not Xw + b", "缺少偏置")
def without_bias(X, w, b):
    return X @ w


@mistake("bias_subtracted", "Xw − b", "偏置被减掉了")
def minus_bias(X, w, b):
    return X @ w - b


@mistake("bias_per_feature", "added to each feature", "加到了每个特征上")
def bias_before_product(X, w, b):
    return (X + b) @ w


@mistake("bias_per_feature", "is added once", "只加一次")
def bias_before_sum(X, w, b):
    return (X * w.T + b).sum(1, keepdim=True)


@mistake("transposed", "as they are: `X @ w`", "转置")
def transposed_features(X, w, b):
    return X.T @ w + b


@mistake("transposed", "(n, d) times `w` of shape (d, 1)", "相乘的顺序反了")
def row_of_predictions(X, w, b):
    return w.T @ X.T + b


@mistake("transposed", "wrong order", "顺序反了")
def factors_swapped(X, w, b):
    return w @ X + b


@mistake("not_summed", "element by element", "按元素相乘")
def star_for_product(X, w, b):
    return X * w + b


@mistake("not_summed", "does not add them up", "没有加起来")
def star_with_row(X, w, b):
    return X * w.T + b


@mistake("shape_n", "(1,) instead of (1, 1)", "形状是 (1,)")
def squeezed(X, w, b):
    return (X @ w + b).squeeze(1)


@mistake("shape_n", "broadcast to (n, n)", "广播成 (n, n)")
def summed_away(X, w, b):
    return (X * w.T).sum(dim=1) + b


@mistake("no_gradient", "cannot get from them back", "无法从它回到参数")
def under_no_grad(X, w, b):
    with torch.no_grad():
        return X @ w + b


@mistake("no_gradient", "`.detach()`", "`.detach()`")
def detached_weights(X, w, b):
    return X @ w.detach() + b


@mistake("returns_none", "gives back None", "返回了 None")
def forgotten_return(X, w, b):
    y_hat = X @ w + b  # noqa: F841


@mistake("not_a_tensor", "gives back not a tensor", "返回的不是张量")
def list_of_numbers(X, w, b):
    return (X @ w + b).tolist()


@mistake("raises", "raised an exception", "抛出了异常")
def misspelt(X, w, b):
    return torch.matmull(X, w) + b


@mistake("signature", "takes other arguments", "接收的实参与要求的不同")
def too_few_parameters(X, w):
    return X @ w


@mistake("input_changed", "changes the tensors that it is given", "改动了传给它的张量")
def in_place(X, w, b):
    X += 1
    return (X - 1) @ w + b


@mistake("unknown", "none of the usual mistakes", "不属于任何一种常见的错误")
def doubled(X, w, b):
    return 2 * (X @ w) + b


# Other styles, as learners write them


@right
def with_einsum(X, w, b):
    return torch.einsum("nd,dk->nk", X, w) + b


@right
def lower_case(x, weight, bias):
    return x.matmul(weight) + bias


@right(note="linear-model/#shapes")
def weights_first(w, X, b):
    return X @ w + b


@right(note="linear-model/#shapes")
def features_last(w, b, X):
    return torch.matmul(X, w) + b


@right
def other_names(inputs, k, intercept):
    return inputs @ k + intercept


@right
def only_by_keyword(*, w, b, X):
    return X @ w + b


@right
def with_defaults(X, w=None, b=0.0, verbose=False):
    return X @ w + b


@right
def any_arguments(*args):
    X, w, b = args
    return X @ w + b


@right
def features_and_the_rest(X, *params):
    w, b = params
    return X @ w + b


right(functools.partial(lambda scale, X, w, b: scale * (X @ w) + b, 1))


@right
def one_feature_after_the_other(X, w, b):
    y_hat = torch.zeros(len(X), 1) + b
    for j in range(X.shape[1]):
        y_hat = y_hat + X[:, j : j + 1] * w[j]
    return y_hat


@right
def prints_shapes(X, w, b):
    print(X.shape, w.shape)
    return X @ w + b


class Predictor:
    def __call__(self, X, w, b):
        return X @ w + b


right(Predictor())


class Book(package.Module):
    """As the English book has it: plain tensors that require gradients."""

    def __init__(self, num_inputs, lr, sigma=0.01):
        super().__init__()
        self.save_hyperparameters()
        self.w = torch.normal(0, sigma, (num_inputs, 1), requires_grad=True)
        self.b = torch.zeros(1, requires_grad=True)

    def forward(self, X):
        return torch.matmul(X, self.w) + self.b


class Layer(nn.Module):
    def __init__(self, in_features):
        super().__init__()
        self.linear = nn.Linear(in_features, 1)

    def forward(self, X):
        return self.linear(X)


class Plain:
    def __init__(self, d):
        self.bias = torch.zeros(1, requires_grad=True)
        self.weight = torch.zeros(d, requires_grad=True)

    def forward(self, X):
        return (X @ self.weight).reshape(-1, 1) + self.bias


right(Book)
right(Book(3, lr=0.03))
right(Book.forward)
right(Layer)
right(Plain)
right(Layer(1))
right(nn.Linear(4, 1))
right(nn.Sequential(nn.LazyLinear(1)))
right(package.LinearRegression(lr=0.03))
right(package.LinearRegressionScratch)


# Other mistakes


@mistake("shape_n", "() instead of (1, 1)", "形状是 ()")
def squeezed_altogether(X, w, b):
    return (X @ w + b).squeeze()


@mistake("shape_n", "lost their column", "预测值不是一列")
def flattened(X, w, b):
    return (X @ w + b).reshape(-1)


@mistake("bias_multiplied", "multiplied by the bias", "乘了偏置")
def times_bias(X, w, b):
    return X @ w * b


@mistake("bias_in_weights", "added to the weights", "加到了权重上")
def bias_on_the_weights(X, w, b):
    return X @ (w + b)


@mistake("summed_over_examples", "over the examples too", "对样本也求了和")
def summed_altogether(X, w, b):
    return (X * w.T).sum() + b


@mistake("summed_over_examples", "one number is left", "只剩下一个数")
def summed_predictions(X, w, b):
    return (X @ w + b).sum()


@mistake("wrong_axis", "`dim=0`", "`dim=0`")
def summed_along_zero(X, w, b):
    return (X * w.T).sum(0) + b


@mistake("mean_over_features", "divided by d", "多除了一个 d")
def mean_of_products(X, w, b):
    return (X * w.T).mean(1, keepdim=True) + b


@mistake("dot", "`torch.dot`", "`torch.dot`")
def dot_of_a_matrix(X, w, b):
    return torch.dot(X, w) + b


@mistake("dtype", "torch.float64", "torch.float64")
def in_float64(X, w, b):
    return X.double() @ w.double() + b


@mistake("rounded", "whole numbers", "取整")
def rounded(X, w, b):
    return (X @ w + b).round()


@mistake("n_by_n", "(n, n)", "(n, n)")
def column_plus_row(X, w, b):
    return X @ w + b.expand(len(X))


@mistake("one_in_a_tuple", "A comma", "逗号")
def trailing_comma(X, w, b):
    return (X @ w + b,)


@mistake("not_a_tensor", "of type `ndarray`", "`ndarray`")
def array(X, w, b):
    return X.numpy() @ w.detach().numpy() + b.detach().numpy()


@mistake("not_a_tensor", "of type `tuple`", "`tuple`")
def product_and_bias(X, w, b):
    return X @ w, b


@mistake("no_gradient", "`torch.tensor(…)`", "`torch.tensor(…)`")
def through_numpy(X, w, b):
    return torch.tensor(np.array((X @ w + b).tolist()), dtype=torch.float32)


@mistake("no_gradient", "`.item()`", "`.item()`")
def bias_as_number(X, w, b):
    return X @ w + b.item()


@mistake("input_changed", "changes the tensors", "改动了传给它的张量")
def transposes_in_place(X, w, b):
    return (X.t_().T.clone() @ w) + b


@mistake("prints", "`print` only shows", "`print` 只是显示")
def prints_the_prediction(X, w, b):
    print(X @ w + b)


@mistake("bias_subtracted", "Xw − b", "Xw − b")
def swapped_and_subtracted(w, X, b):
    return X @ w - b


@mistake("unknown", "none of the usual mistakes", "不属于任何一种常见的错误")
def sigmoid(X, w, b):
    return torch.sigmoid(X @ w + b)


@mistake("unknown", "none of the usual mistakes", "不属于任何一种常见的错误")
def right_for_one_feature_only(X, w, b):
    return X[:, :1] @ w[:1] + b


class WithoutBias(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1, bias=False)

    def forward(self, X):
        return self.layer(X)


class Minus(Book):
    def forward(self, X):
        return X @ self.w - self.b


mistake("parameters", "(1, 2)", "(1, 2)")(WithoutBias)
mistake("bias_subtracted", "Xw − b", "Xw − b")(Minus)


# The tests


@pytest.mark.parametrize(("f", "key", "en", "zh", "how"), ANSWERS.mistakes)
def test_a_mistake_is_named_in_both_languages(f, key, en, zh, how):
    ANSWERS.assert_named(f, key, en, zh, how)


@pytest.mark.parametrize(("f", "notes", "how"), ANSWERS.right_ones)
def test_a_right_answer_passes_whatever_its_style(f, notes, how):
    ANSWERS.assert_passes(f, notes, how)


def test_every_mistake_in_the_tables_is_made_by_some_learner_above():
    listed = {each.key for each in (*LINREG, *PARTS)} | {"unknown", "signature"}
    assert ANSWERS.keys >= listed - COMMON
    assert ANSWERS.keys <= listed | COMMON
