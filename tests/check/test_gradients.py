"""`check.gradients`: each mistake as a learner would write it, and right answers in many styles."""

import pytest
import torch

from linreg import check
from linreg.check._gradients import GRADIENTS, SECOND_CALL

from .answers import COMMON, Answers

ANSWERS = Answers(check.gradients)
right, mistake = ANSWERS.right, ANSWERS.mistake

# Right


@right
def by_matrices(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual / len(X), residual.mean()


@right
def by_loop(X, y, w, b):
    by_w, by_b = torch.zeros_like(w), torch.zeros_like(b)
    for i in range(len(X)):
        residual = (X[i] * w.reshape(-1)).sum() + b - y[i]
        for j in range(len(w)):
            by_w[j] += residual[0] * X[i, j] / len(X)
        by_b += residual / len(X)
    return by_w, by_b


@right
def by_means(X, y, w, b):
    residual = torch.mm(X, w) + b - y
    return [(X * residual).mean(dim=0), residual.mean().item()]


@right
def by_autograd(X, y, w, b):
    loss = ((X @ w + b - y) ** 2 / 2).mean()
    return torch.autograd.grad(loss, [w, b])


@right
def by_backward_on_copies(X, y, w, b):
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    ((X @ w + b - y) ** 2 / 2).mean().backward()
    return w.grad, b.grad


@right(note="gradients/#matrix-form")
def of_vectors(X, y, w, b):
    residual = torch.mv(X, w) + b - y
    return torch.mv(X.T, residual) / len(X), residual.mean()


# Mistakes


@mistake("no_mean", "1/n is missing", "缺少 1/n")
def sums(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual, residual.sum()


@mistake("no_mean", "the sum of the losses", "损失之和")
def sum_for_w_only(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual, residual.mean()


@mistake("sign", "ŷ − y, not y − ŷ", "符号反了")
def labels_minus_predictions(X, y, w, b):
    residual = y - (X @ w + b)
    return X.T @ residual / len(X), residual.mean()


@mistake("factor_two", "twice as large", "应得的两倍")
def derivative_of_whole_square(X, y, w, b):
    residual = X @ w + b - y
    return 2 * X.T @ residual / len(X), 2 * residual.mean()


@mistake("factor_two_no_mean", "are both missing", "都缺了")
def two_and_no_mean(X, y, w, b):
    residual = X @ w + b - y
    return 2 * X.T @ residual, 2 * residual.sum()


@mistake("factor_half", "half as large", "应得的一半")
def half_kept(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual / (2 * len(X)), residual.mean() / 2


@mistake("bias_vector", "one number per example", "每个样本有一个数")
def residuals_for_bias(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual / len(X), residual


@mistake("bias_vector", "the mean of the residuals", "残差的均值")
def residuals_for_bias_and_no_mean(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual, residual


@mistake("swapped", "swapped", "顺序反了")
def bias_first(X, y, w, b):
    residual = X @ w + b - y
    return residual.mean(), X.T @ residual / len(X)


@mistake("size_of_w", "one number for each weight", "每个权重应有一个数")
def mean_of_everything(X, y, w, b):
    residual = X @ w + b - y
    return (X * residual).mean(), residual.mean()


@mistake("transposed", "`X.T` of shape (d, n)", "形状 (d, n) 的 `X.T`")
def features_not_transposed(X, y, w, b):
    residual = X @ w + b - y
    return X @ residual / len(X), residual.mean()


@mistake("transposed", "as `w` has", "与 `w` 相同")
def row_of_gradients(X, y, w, b):
    residual = X @ w + b - y
    return residual.T @ X / len(X), residual.mean()


@mistake("divided_by_d", "wrong count", "除数不对")
def mean_over_features(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual / X.numel(), residual.mean()


@mistake("residual_without_bias", "missing in the residual", "残差里缺少偏置")
def forgotten_bias(X, y, w, b):
    residual = X @ w - y
    return X.T @ residual / len(X), residual.mean()


@mistake("without_features", "lacks the factor X", "缺少因子 X")
def forgotten_features(X, y, w, b):
    residual = X @ w + b - y
    return residual.mean() * torch.ones_like(w), residual.mean()


@mistake("not_a_pair", "does not give back two tensors", "返回的不是两个张量")
def gradient_of_w_only(X, y, w, b):
    return X.T @ (X @ w + b - y) / len(X)


@mistake("returns_none", "None", "None")
def nothing_returned(X, y, w, b):
    X.T @ (X @ w + b - y) / len(X)


@mistake("raises", "exception", "异常")
def undefined_name(X, y, w, b):
    return X.T @ residuals / len(X)


@mistake("input_changed", "changes the tensors", "改动了传给它的张量")
def updates_already(X, y, w, b):
    residual = X @ w + b - y
    by_w, by_b = X.T @ residual / len(X), residual.mean()
    w -= 0.1 * by_w
    return by_w, by_b


@mistake("signature", "takes other arguments", "接收的实参与要求的不同")
def of_predictions(X, y, y_hat):
    return X.T @ (y_hat - y) / len(X), (y_hat - y).mean()


@mistake("residual_squared", "residual is squared", "残差平方了")
def squared_residual(X, y, w, b):
    residual = (X @ w + b - y) ** 2
    return X.T @ residual / len(X), residual.mean()


# Other styles, as learners write them


@right(note="gradients/#matrix-form")
def parameters_first(w, b, X, y):
    residual = X @ w + b - y
    return X.T @ residual / len(X), residual.mean()


@right
def other_names(x, target, weight, bias):
    n = x.shape[0]
    error = torch.matmul(x, weight) + bias - target
    return x.t().mm(error) / n, error.sum() / n


@right
def as_two_columns(X, y, w, b):
    ones = torch.cat([X, torch.ones(len(X), 1)], 1)
    both = ones.T @ (ones @ torch.cat([w, b.reshape(1, 1)]) - y) / len(X)
    return both[:-1], both[-1]


@right
def by_einsum(X, y, w, b):
    residual = X @ w + b - y
    return torch.einsum("nd,nk->dk", X, residual) / len(X), residual.mean(0)


@right
def flat_gradient(X, y, w, b):
    residual = (X @ w + b - y).reshape(-1)
    return residual @ X / len(X), residual.mean().reshape(1)


@right
def by_lists(X, y, w, b):
    n, d = X.shape
    residuals = [float(X[i] @ w.reshape(-1) + b - y[i]) for i in range(n)]
    by_w = [sum(residuals[i] * float(X[i, j]) for i in range(n)) / n for j in range(d)]
    return torch.tensor(by_w), sum(residuals) / n


@right
def by_functional_grad(X, y, w, b):
    return torch.func.grad(lambda w, b: ((X @ w + b - y) ** 2).mean() / 2, argnums=(0, 1))(w, b)


@right(note="gradients/#checks")
def by_difference_quotients(X, y, w, b, h=1e-3):
    def loss(w, b):
        return ((X @ w + b - y) ** 2 / 2).mean()

    by_w = torch.zeros_like(w)
    for j in range(len(w)):
        up, down = w.clone(), w.clone()
        up[j] += h
        down[j] -= h
        by_w[j] = (loss(up, b) - loss(down, b)) / (2 * h)
    return by_w, (loss(w, b + h) - loss(w, b - h)) / (2 * h)


@right(note="autograd/#accumulation")
def clears_then_backward(X, y, w, b):
    w.grad = b.grad = None
    ((X @ w + b - y) ** 2 / 2).mean().backward()
    return w.grad, b.grad


@right
def backward_and_clears(X, y, w, b):
    ((X @ w + b - y) ** 2 / 2).mean().backward()
    by_w, by_b = w.grad, b.grad
    w.grad = b.grad = None
    return by_w, by_b


@right
def prints_the_loss(X, y, w, b):
    residual = X @ w + b - y
    print("loss", (residual**2).mean() / 2)
    return X.T @ residual / len(X), residual.mean()


@right
def by_keyword(*, X, y, w, b):
    return by_matrices(X, y, w, b)


@right
def any_arguments(*args, **options):
    return by_matrices(*args)


@right
def with_a_default(X, y, w, b, mean=True):
    return by_matrices(X, y, w, b)


class Method:
    def gradients(self, X, y, w, b):
        return by_matrices(X, y, w, b)


right(Method().gradients)


# Other mistakes


@mistake("accumulates", "a second one with the same tensors", "再调用一次")
def backward_on_what_is_given(X, y, w, b):
    ((X @ w + b - y) ** 2 / 2).mean().backward()
    return w.grad, b.grad


@mistake("second_call", "leaves something behind", "留下了某些东西")
def remembers_the_weights(X, y, w, b):
    known, w.known = hasattr(w, "known"), True
    by_w, by_b = by_matrices(X, y, w, b)
    return (by_w / 7, by_b) if known else (by_w, by_b)


@mistake("grads_none", "None until a `backward`", "里才有梯度")
def never_calls_backward(X, y, w, b):
    return w.grad, b.grad


@mistake("floor_division", "`//`", "`//`")
def whole_numbers(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual // len(X), residual.mean()


@mistake("residual_without_labels", "without − y", "还要减去 y")
def predictions_for_residuals(X, y, w, b):
    y_hat = X @ w + b
    return X.T @ y_hat / len(X), y_hat.mean()


@mistake("parameters", "themselves", "本身")
def returns_parameters(X, y, w, b):
    return w, b


@mistake("updated", "after a step", "走了一步之后")
def returns_a_step(X, y, w, b):
    by_w, by_b = by_matrices(X, y, w, b)
    return w - by_w, b - by_b


@mistake("wrong_axis", "`dim=0`", "`dim=0`")
def mean_along_the_wrong_axis(X, y, w, b):
    residual = X @ w + b - y
    return (X * residual).mean(1), residual.mean()


@mistake("bias_from_w", "no factor X", "没有因子 X")
def bias_of_w(X, y, w, b):
    by_w = X.T @ (X @ w + b - y) / len(X)
    return by_w, by_w.mean()


@mistake("sign", "ŷ − y, not y − ŷ", "符号反了")
def negative_bias_gradient(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual / len(X), -residual.mean()


@mistake("no_mean", "1/n is missing", "缺少 1/n")
def bias_summed(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual / len(X), residual.sum()


@mistake("swapped", "first the one with respect to `w`", "应先返回对 `w` 的")
def bias_before_weights(X, y, w, b):
    by_w, by_b = by_matrices(X, y, w, b)
    return [by_b, by_w]


@mistake("prints", "gives back None", "返回 None")
def only_prints(X, y, w, b):
    print(by_matrices(X, y, w, b))


@mistake("not_a_pair", "two tensors", "两个张量")
def in_a_dict(X, y, w, b):
    by_w, by_b = by_matrices(X, y, w, b)
    return {"w": by_w, "b": by_b}


@mistake("not_a_pair", "two tensors", "两个张量")
def residual_too(X, y, w, b):
    return *by_matrices(X, y, w, b), X @ w + b - y


@mistake("not_a_pair", "two tensors", "两个张量")
def arrays(X, y, w, b):
    by_w, by_b = by_matrices(X, y, w, b)
    return by_w.numpy(), by_b.numpy()


@right(note="gradients/#matrix-form")
def residual_transposed(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual.T / len(X), residual.mean()


@mistake("divided_by_d", "wrong count", "除数不对")
def divided_by_weights(X, y, w, b):
    residual = X @ w + b - y
    return X.T @ residual / len(w), residual.mean()


@mistake("divided_by_d", "once", "一次")
def mean_and_divided(X, y, w, b):
    residual = X @ w + b - y
    return (X * residual).mean(0) / len(X), residual.mean()


@mistake("unknown", "differs", "不同")
def random_direction(X, y, w, b):
    residual = (X @ w + b - y).sign()
    return X.T @ residual / len(X), residual.mean()


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
            *GRADIENTS,
            *SECOND_CALL,
        )
    } | {"unknown", "signature"}
    assert ANSWERS.keys >= listed - COMMON
    assert ANSWERS.keys <= listed | COMMON
