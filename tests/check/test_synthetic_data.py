"""`check.synthetic_data`: each mistake as a learner would write it, and right answers."""
# ruff: noqa: NPY002  # learners use NumPy's global generator, and `return` inside a loop

import random

import numpy as np
import pytest
import torch

import linreg as package
from linreg import check
from linreg.check._synthetic_data import DISTRIBUTIONS, SHAPES

from .answers import COMMON, Answers

ANSWERS = Answers(check.synthetic_data)
right, mistake = ANSWERS.right, ANSWERS.mistake

# Right


@right
def with_normal(w, b, num_examples):
    X = torch.normal(0, 1, (num_examples, len(w)))
    y = torch.matmul(X, w) + b
    y += torch.normal(0, 0.01, y.shape)
    return X, y.reshape((-1, 1))


@right
def with_noise_argument(w, b, num_examples, noise=0.01):
    X = torch.randn(num_examples, len(w))
    return X, X @ w.reshape(-1, 1) + b + noise * torch.randn(num_examples, 1)


@right(note="synthetic-data/#label-shape")
def for_columns(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = torch.mm(X, w) + b
    return [X, y + torch.normal(0.0, 0.01, y.shape)]


@right
def with_numpy(w, b, num_examples):
    X = np.random.normal(0, 1, (num_examples, len(w)))
    y = X @ w.numpy().reshape(-1, 1) + b
    y += np.random.normal(0, 0.01, y.shape)
    return torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


@right
def one_by_one(w, b, num_examples):
    X = torch.stack([torch.randn(len(w)) for _ in range(num_examples)])
    y = torch.tensor([[(w * x).sum() + b + random.gauss(0, 0.01)] for x in X])
    return X, y


@right
def keyword_noise(w, b, num_examples, *, noise=0.01):
    return package.synthetic_data(w, b, num_examples, noise)


# Mistakes


@mistake(
    "noise_as_variance",
    "instead of 0.01: variance",
    "而不是 0.01：混淆了方差",
)
def root_of_noise(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + b + torch.normal(0, 0.01**0.5, (num_examples,))
    return X, y.reshape(-1, 1)


@mistake("noise_as_variance", "variance", "方差")
def square_of_noise(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + b + torch.normal(0, 0.01**2, (num_examples,))
    return X, y.reshape(-1, 1)


@mistake("same_noise", "all labels have the same noise", "所有标签的噪声都相同")
def one_noise_for_all(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + b + torch.normal(0, 0.01, (1,))
    return X, y.reshape(-1, 1)


@right(note="synthetic-data/#label-shape")
def labels_in_a_row(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + b
    return X, y + torch.normal(0, 0.01, y.shape)


@right(note="synthetic-data/#label-shape")
def noise_in_a_column(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, X @ w + b + torch.normal(0, 0.01, (num_examples, 1))


@mistake("dtype", "float64", "float64")
def noise_of_numpy(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + b
    y = y + torch.from_numpy(np.random.normal(0, 0.01, num_examples))
    return X, y.reshape(-1, 1)


@mistake("bias_missing", "lack the bias", "缺少偏置")
def labels_without_bias(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + torch.normal(0, 0.01, (num_examples,))
    return X, y.reshape(-1, 1)


@mistake("no_noise", "have no noise", "没有噪声")
def exact_labels(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, (X @ w + b).reshape(-1, 1)


@mistake("noise_not_centred", "one sign only", "全都同号")
def uniform_noise(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, (X @ w + b + 0.01 * torch.rand(num_examples)).reshape(-1, 1)


@mistake("noise_scale", "instead of 0.01.", "而不是 0.01。")
def unscaled_noise(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, (X @ w + b + torch.randn(num_examples)).reshape(-1, 1)


@mistake("noise_ignored", "`noise` is not used", "`noise` 没有用上")
def fixed_noise(w, b, num_examples, noise=0.01):
    X = torch.randn(num_examples, len(w))
    return X, (X @ w + b + 0.01 * torch.randn(num_examples)).reshape(-1, 1)


@mistake("noise_as_variance", "0.71 instead of 0.5", "0.71，而不是 0.5")
def root_of_the_argument(w, b, num_examples, noise=0.0001):
    X = torch.randn(num_examples, len(w))
    return X, (X @ w + b + noise**0.5 * torch.randn(num_examples)).reshape(-1, 1)


@mistake("features_uniform", "no feature is negative", "没有一个特征是负的")
def uniform_features(w, b, num_examples):
    X = torch.rand(num_examples, len(w))
    y = X @ w + b
    return X, (y + torch.normal(0, 0.01, y.shape)).reshape(-1, 1)


@mistake("features_scale", "do not come from N(0, 1)", "不服从 N(0, 1)")
def narrow_features(w, b, num_examples):
    X = torch.normal(0, 0.01, (num_examples, len(w)))
    y = X @ w + b
    return X, (y + torch.normal(0, 0.01, y.shape)).reshape(-1, 1)


@mistake("seeded", "sets a seed itself", "内部设置了随机种子")
def seeds_itself(w, b, num_examples):
    torch.manual_seed(42)
    return package.synthetic_data(w, b, num_examples)


@mistake("fixed_sizes", "`num_examples` rows and `len(w)` columns", "把数写死")
def two_features_only(w, b, num_examples):
    X = torch.randn(num_examples, 2)
    y = X @ w[:2] + b
    return X, (y + torch.normal(0, 0.01, y.shape)).reshape(-1, 1)


@mistake("fixed_sizes", "X has the wrong shape", "X 的形状不对")
def a_thousand_examples(w, b, num_examples):
    return package.synthetic_data(w, b, 1000)


@mistake(
    "wrong_labels",
    "not Xw + b plus a little noise",
    "不是 Xw + b 加上少许噪声",
)
def absolute_labels(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, (X.abs() @ w + b + 0.01 * torch.randn(num_examples)).reshape(-1, 1)


@mistake("unknown", "none of the usual mistakes", "不属于任何一种常见的错误")
def weights_a_little_off(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, (X @ (1.02 * w) + b + 0.01 * torch.randn(num_examples)).reshape(-1, 1)


@mistake("swapped", "swapped", "顺序反了")
def labels_first(w, b, num_examples):
    X, y = package.synthetic_data(w, b, num_examples)
    return y, X


@mistake("transposed", "X is transposed", "X 转置了")
def examples_in_columns(w, b, num_examples):
    X, y = package.synthetic_data(w, b, num_examples)
    return X.T, y


@mistake("not_a_pair", "does not give back two things", "应当返回两样东西")
def labels_only(w, b, num_examples):
    return package.synthetic_data(w, b, num_examples)[1]


@mistake("not_tensors", "other than tensors", "返回的不是张量")
def arrays(w, b, num_examples):
    X, y = package.synthetic_data(w, b, num_examples)
    return X.numpy(), y.numpy()


@mistake("returns_none", "None", "None")
def no_data(w, b, num_examples):
    package.synthetic_data(w, b, num_examples)


@mistake("raises", "exception", "异常")
def wrong_size_argument(w, b, num_examples):
    return torch.normal(0, 1, num_examples, len(w))


@mistake("signature", "takes other arguments", "接收的实参与要求的不同")
def no_arguments():
    return package.synthetic_data([2, -3.4], 4.2, 1000)


# Other styles, as learners write them


@right(note="synthetic-data/#function")
def bias_of_a_tensor(w, b, num_examples):
    X = torch.normal(0, 1, (num_examples, len(w)))
    y = X @ w.reshape(-1, 1) + b.expand(num_examples, b.shape[0])
    return X, y + torch.normal(0, 0.01, y.shape)


@right(note="synthetic-data/#label-shape")
def without_a_reshape(w, b, num_examples):
    X = torch.randn(num_examples, w.shape[0])
    return X, torch.matmul(X, w) + b + 0.01 * torch.randn(num_examples, 1)


@right(note="synthetic-data/#function")
def count_first(n, w, b):
    return with_normal(w, b, n)


@right
def other_names(true_w, true_b, n):
    return with_normal(true_w, true_b, n)


@right
def anonymous(p, q, m):
    return with_normal(p, q, m)


@right
def sigma_is_asked_for(w, b, n, sigma):
    X = torch.randn(n, len(w))
    return X, (X @ w + b + sigma * torch.randn(n)).reshape(-1, 1)


@right
def by_keyword_only(*, num_examples, w, b):
    return with_normal(w, b, num_examples)


@right
def with_more_options(w, b, num_examples=1000, seed=None, device="cpu"):
    return with_normal(w, b, num_examples)


@right
def in_place_normal(w, b, num_examples):
    X = torch.empty(num_examples, len(w)).normal_()
    y = (X * w).sum(1, keepdim=True) + b
    return X, y.add_(torch.empty_like(y).normal_(std=0.01))


@right
def by_distribution(w, b, num_examples):
    X = torch.distributions.Normal(0.0, 1.0).sample((num_examples, len(w)))
    y = X.matmul(w).add(b).unsqueeze(1)
    return X, y + torch.distributions.Normal(0.0, 0.01).sample(y.shape)


@right
def one_column_after_the_other(w, b, num_examples):
    columns = [torch.randn(num_examples, 1) for _ in w]
    y = sum(column * weight for column, weight in zip(columns, w, strict=True)) + b
    return torch.cat(columns, 1), y + 0.01 * torch.randn(num_examples, 1)


@right
def of_python_numbers(w, b, num_examples):
    X = [[random.gauss(0, 1) for _ in w] for _ in range(num_examples)]
    y = [[sum(x * float(k) for x, k in zip(row, w)) + b + random.gauss(0, 0.01)] for row in X]  # noqa: B905
    return torch.tensor(X), torch.tensor(y)


@right
def with_its_own_generator(w, b, num_examples, rng=np.random.default_rng(0)):  # noqa: B008
    X = torch.from_numpy(rng.normal(size=(num_examples, len(w)))).float()
    y = X @ w + b + torch.from_numpy(rng.normal(0, 0.01, num_examples)).float()
    return X, y.reshape(-1, 1)


@right
def prints_shapes(w, b, num_examples):
    X, y = with_normal(w, b, num_examples)
    print(X.shape, y.shape)
    return X, y


@right
@torch.no_grad()
def decorated(w, b, num_examples):
    return with_normal(w, b, num_examples)


# Other mistakes


@mistake("label_shape", "`y.reshape(-1, 1)`", "`y.reshape(-1, 1)`")
def flat_labels(w, b, num_examples):
    X, y = with_normal(w, b, num_examples)
    return X, y.squeeze(1)


@mistake("broadcast", "shape (n, n)", "形状是 (n, n)")
def vector_and_column(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, torch.mv(X, w.reshape(-1)) + b + torch.normal(0, 0.01, (num_examples, 1))


@mistake("labels_twice", "both things", "两样东西")
def labels_for_features(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X @ w + b + torch.normal(0, 0.01, (num_examples,))
    return y, y.reshape(-1, 1)


@mistake("graph", "require a gradient", "需要梯度")
def features_with_a_graph(w, b, num_examples):
    X = torch.randn(num_examples, len(w), requires_grad=True)
    return X, (X @ w + b + torch.normal(0, 0.01, (num_examples,))).reshape(-1, 1)


@mistake("graph", "Leave out `requires_grad=True`", "请去掉 `requires_grad=True`")
def labels_with_a_graph(w, b, num_examples):
    X, y = with_normal(w.clone().requires_grad_(), b, num_examples)
    return X, y


@mistake("input_changed", "changes the `w`", "传给它的 `w`")
def changes_w(w, b, num_examples):
    X, y = with_normal(w.clone(), b, num_examples)
    w *= 2
    return X, y


@mistake("bias_subtracted", "Xw − b", "Xw − b")
def minus_bias(w, b, num_examples):
    return with_normal(w, -b, num_examples)


@mistake("bias_per_feature", "(X + b)w", "(X + b)w")
def bias_before_the_product(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, ((X + b) @ w + torch.normal(0, 0.01, (num_examples,))).reshape(-1, 1)


@mistake("unrelated", "drawn a second time", "又生成了一次随机数")
def features_drawn_twice(w, b, num_examples):
    _, y = with_normal(w, b, num_examples)
    return torch.randn(num_examples, len(w)), y


@mistake("noise_shifted", "has mean 0.", "噪声的均值是 0.")
def shifted_noise(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, (X @ w + b + torch.normal(0.005, 0.01, (num_examples,))).reshape(-1, 1)


@mistake("noise_scale", "instead of 0.01.", "而不是 0.01。")
def centred_uniform_noise(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    return X, (X @ w + b + 0.01 * (torch.rand(num_examples) - 0.5)).reshape(-1, 1)


@mistake("seeded", "or draws nothing", "没有随机生成")
def a_grid(w, b, num_examples):
    X = torch.linspace(-1.7, 1.7, num_examples * len(w)).reshape(num_examples, len(w))
    return X, (X @ w + b + torch.normal(0, 0.01, (num_examples,))).reshape(-1, 1)


@mistake("dtype", "whole numbers stay whole", "整数则一直是整数")
def whole_features(w, b, num_examples):
    X = torch.randint(-2, 3, (num_examples, len(w)))
    return X, (X.float() @ w + b + torch.normal(0, 0.01, (num_examples,))).reshape(-1, 1)


@mistake("prints", "gives back None", "返回 None")
def only_prints(w, b, num_examples):
    print(with_normal(w, b, num_examples))


@mistake("generator", "`yield`", "`yield`")
def yields(w, b, num_examples):
    yield from zip(*with_normal(w, b, num_examples), strict=True)


@mistake("not_a_pair", "`return X, y`", "`return X, y`")
def noise_too(w, b, num_examples):
    return (*with_normal(w, b, num_examples), 0.01)


@mistake("not_a_pair", "`return X, y`", "`return X, y`")
def in_a_dict(w, b, num_examples):
    X, y = with_normal(w, b, num_examples)
    return {"X": X, "y": y, "w": w}


@mistake("not_tensors", "other than tensors", "返回的不是张量")
def lists(w, b, num_examples):
    X, y = with_normal(w, b, num_examples)
    return X.tolist(), y.tolist()


@mistake("swapped", "the features first", "特征在前")
def labels_come_first(n, w, b):
    X, y = with_normal(w, b, n)
    return y, X


@mistake("features_scale", "do not come from N(0, 1)", "不服从 N(0, 1)")
def uniform_around_zero(w, b, num_examples):
    X = 2 * torch.rand(num_examples, len(w)) - 1
    return X, (X @ w + b + torch.normal(0, 0.01, (num_examples,))).reshape(-1, 1)


@mistake("wrong_labels", "not Xw + b", "不是 Xw + b")
def negative_weights(w, b, num_examples):
    return with_normal(-w, b, num_examples)


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
            *SHAPES,
            *DISTRIBUTIONS,
        )
    } | {"unknown", "signature"}
    assert ANSWERS.keys >= listed - COMMON
    assert ANSWERS.keys <= listed | COMMON
