"""`check.squared_loss`: each mistake as a learner would write it, and right answers."""

import functools

import pytest
import torch
from torch import nn

import linreg as package
from linreg import check
from linreg.check._squared_loss import EACH, MEAN

from .answers import COMMON, Answers

ANSWERS = Answers(check.squared_loss)
right, mistake = ANSWERS.right, ANSWERS.mistake

# Right


@right
def reshaped(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


@right
def viewed(y_hat, y):
    return 0.5 * (y_hat - y.view(y_hat.size())).pow(2)


@right
def column_of_labels(y_hat, y):
    return torch.square(y_hat - y.reshape(-1, 1)) / 2


@right
def both_flattened(y_hat, y):
    return (y_hat.flatten() - y.flatten()) ** 2 / 2


@right
def other_sign(y_hat, y):
    difference = y.view_as(y_hat) - y_hat
    return difference * difference / 2


@right
def loop_of_losses(y_hat, y):
    return torch.stack([(p - t) ** 2 / 2 for p, t in zip(y_hat.view(-1), y.view(-1), strict=True)])


@right
def mse_without_reduction(y_hat, y):
    y = y.reshape(y_hat.shape)
    return torch.nn.functional.mse_loss(y_hat, y, reduction="none") / 2


@right
def refuses_other_shapes(y_hat, y):
    if y.shape != y_hat.shape:
        raise ValueError("the shapes differ")
    return (y_hat - y) ** 2 / 2


# Mistakes


@mistake("broadcast", "(n, 1) − (n,) broadcasts to (n, n)", "会广播成 (n, n)")
def no_reshape(y_hat, y):
    return (y_hat - y) ** 2 / 2


@mistake("mean", "a mean", "均值")
def mean_of_halves(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).mean()


@mistake("mean_squared_error", "the mean squared error", "均方误差")
def nn_mse_loss(y_hat, y):
    return torch.nn.MSELoss()(y_hat, y.reshape(y_hat.shape))


@mistake("mean", "divided by the number of examples", "除以样本数")
def divided_by_n(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2 / len(y)


@mistake("mean", "divides by the batch size already", "再除以批量大小")
def mean_with_the_trap(y_hat, y):
    return ((y_hat - y) ** 2 / 2).mean()


@mistake("mean_squared_error", "`nn.MSELoss`", "`nn.MSELoss`")
def mse_with_the_trap(y_hat, y):
    return ((y_hat - y) ** 2).mean()


@mistake("sum", "the sum over the examples", "各样本损失之和")
def sum_of_halves(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).sum()


@mistake("sum_of_squares", "the sum of the squares", "平方和")
def sum_of_squares(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2).sum()


@mistake("no_half", "the ½ is missing", "缺少 ½")
def whole_squares(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2


@mistake("no_half", "learning rate were twice as large", "学习率加倍")
def whole_squares_with_the_trap(y_hat, y):
    return (y_hat - y) ** 2


@mistake("half_squared", "¼(ŷ − y)²", "¼(ŷ − y)²")
def half_inside(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) / 2) ** 2


@mistake("negative", "the loss is negative", "损失是负的")
def minus_sign(y_hat, y):
    return -((y_hat - y.reshape(y_hat.shape)) ** 2) / 2


@mistake("absolute_value", "|ŷ − y|", "绝对值")
def absolute(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)).abs()


@mistake("absolute_value", "not the square", "而不是平方")
def half_absolute(y_hat, y):
    return torch.abs(y_hat - y.reshape(y_hat.shape)) / 2


@mistake("not_squared", "not squared", "没有平方")
def times_two(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) * 2 / 2


@mistake("precedence", "binds tighter", "优先级高于")
def no_parentheses(y_hat, y):
    return y_hat - y.reshape(y_hat.shape) ** 2 / 2


@mistake("precedence", "before the difference", "先平方后相减")
def difference_of_squares(y_hat, y):
    return (y_hat**2 - y.reshape(y_hat.shape) ** 2) / 2


@mistake("no_gradient", "computed under `torch.no_grad()`", "`torch.no_grad()` 下")
def from_data(y_hat, y):
    return (y_hat.data - y.reshape(y_hat.shape)) ** 2 / 2


@mistake("not_a_tensor", "`.item()`", "`.item()`")
def as_number(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).sum().item()


@mistake("prints", "gives back None", "返回 None")
def printed(y_hat, y):
    print(f"{((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).sum():.1f}", end="")


@mistake("raises", "exception", "异常")
def numpy_of_trained(y_hat, y):
    return torch.tensor((y_hat.numpy() - y.numpy()) ** 2 / 2)


@mistake("input_changed", "`a *= 2` and `a[0] = …` do not", "原地操作")
def labels_overwritten(y_hat, y):
    y -= y_hat.reshape(y.shape).detach()
    return (y_hat - (y_hat.detach() + y.reshape(y_hat.shape))) ** 2 / 2


@mistake("signature", "takes other arguments", "传入下面这些")
def three_parameters(y_hat, y, batch_size):
    return (y_hat - y) ** 2 / 2 / batch_size


@mistake("unknown", "differs", "不同")
def cubed(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 3 / 2


# Other styles, as learners write them


@right(note="loss/#function")
def labels_come_first(y, y_hat):
    return (y - y_hat.reshape(y.shape)) ** 2 / 2


@right
def other_names(pred, target):
    return 0.5 * torch.pow(pred.reshape(-1) - target.reshape(-1), 2)


@right(note="loss/#function")
def true_and_predicted(y_true, y_pred):
    return (y_pred - y_true.view(y_pred.shape)).pow(2).mul(0.5)


@right
def anonymous(a, c):
    return (a - c.reshape(a.shape)) ** 2 / 2


@right
def by_keyword_only(*, y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


@right
def squared_by_itself(y_hat, y, reduction=None):
    d = y_hat.squeeze(1) - y.flatten()
    return d * d * 0.5


@right
def mean_over_the_one_column(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).mean(dim=1)


@right
def prints_its_input(y_hat, y):
    print(y_hat, y)
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


@right
def asserts_the_shape(y_hat, y):
    assert y_hat.shape == y.shape
    return (y_hat - y) ** 2 / 2


@right(reduction="mean")
def mean_on_request(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).mean()


@right(reduction="mean")
def half_of_mse(y_hat, y):
    return nn.functional.mse_loss(y_hat, y.reshape(y_hat.shape)) / 2


@right(reduction="mean")
def sum_over_count(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2).sum() / (2 * len(y))


right(functools.partial(lambda half, y_hat, y: half * (y_hat - y.reshape(y_hat.shape)) ** 2, 0.5))


class Book(package.Module):
    """As the English book has it: the mean of labels of shape (n, 1)."""

    def __init__(self, num_inputs, lr):
        super().__init__()
        self.save_hyperparameters()

    def loss(self, y_hat, y):
        l = (y_hat - y) ** 2 / 2  # noqa: E741
        return l.mean()


class Concise(Book):
    def loss(self, y_hat, y):
        fn = nn.MSELoss()
        return fn(y_hat, y)


class Careful(Book):
    def loss(self, y_hat, y):
        return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).mean()


right(note="broadcasting/#trap")(Book)
right(note="broadcasting/#trap")(Book(2, lr=0.03))
right(note="broadcasting/#trap")(Book.loss)
right(note=("loss/#mse", "broadcasting/#trap"))(Concise)
right(Careful)
right(package.LinearRegressionScratch)
right(note="loss/#mse")(package.LinearRegression(lr=0.1))
right(reduction="none")(package.squared_loss)


# Other mistakes


@mistake("floor_division", "`//`", "`//`")
def whole_halves(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 // 2


@mistake("shape", "their shape is (1, 3)", "形状却是 (1, 3)")
def row_of_losses(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).T


@mistake("shape", "their shape is (1, 1, 1)", "形状却是 (1, 1, 1)")
def one_dimension_more(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).unsqueeze(1)


@mistake("xor", "exclusive or", "异或")
def caret(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ^ 2 / 2


@mistake("xor", "`** 2`", "`** 2`")
def caret_in_parentheses(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ^ 2) / 2


@mistake("doubled", "2(ŷ − y)²", "2(ŷ − y)²")
def times_for_divided(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 * 2


@mistake("plus", "added to the predictions", "相加了")
def sum_for_difference(y_hat, y):
    return (y_hat + y.reshape(y_hat.shape)) ** 2 / 2


@mistake("root", "`torch.norm`", "`torch.norm`")
def norm(y_hat, y):
    return torch.norm(y_hat - y.reshape(y_hat.shape))


@mistake("root", "the root of the mean", "平方根")
def root_mean_square(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2).mean().sqrt()


@mistake("broadcast", "every prediction minus every label", "每个预测值减去每个标签")
def flat_against_column(y_hat, y):
    return (y_hat - y.reshape(-1)) ** 2 / 2


@mistake("mean", '`reduction="mean"`', '`reduction="mean"`')
def mean_along_the_batch(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).mean(dim=0)


@mistake("half_squared", "¼(ŷ − y)²", "¼(ŷ − y)²")
def halved_twice(y_hat, y):
    return 0.5 * (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


@mistake("one_in_a_tuple", "A comma", "逗号")
def trailing_comma(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2,)


@mistake("not_a_tensor", "of type `ndarray`", "`ndarray`")
def array(y_hat, y):
    return (y_hat.detach().numpy() - y.numpy().reshape(y_hat.shape)) ** 2 / 2


@mistake("dtype", "torch.float64", "torch.float64")
def in_float64(y_hat, y):
    return (y_hat.double() - y.double().reshape(y_hat.shape)) ** 2 / 2


@mistake("no_gradient", "`.detach()`", "`.detach()`")
def copied_into_a_tensor(y_hat, y):
    return torch.tensor(((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).tolist())


@mistake("input_changed", "changes the tensors", "改动了传给它的张量")
def reshapes_in_place(y_hat, y):
    y.resize_(y_hat.numel())
    return (y_hat.reshape(-1) - y) ** 2 / 2


@mistake("not_squared", "not squared", "没有平方")
def difference_alone(y_hat, y):
    return y_hat - y.reshape(y_hat.shape)


@mistake("not_reduced", "end in `.mean()`", "最后加 `.mean()`", reduction="mean")
def each_where_a_mean_is_wanted(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


@mistake("sum", "their mean was asked for", "要的是均值", reduction="mean")
def sum_where_a_mean_is_wanted(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).sum()


@mistake("no_half", "as of `nn.MSELoss`", "`nn.MSELoss`", reduction="mean")
def mse_where_a_half_mean_is_wanted(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2).mean()


@mistake("broadcast", "(n, n)", "(n, n)", reduction="mean")
def mean_in_the_trap(y_hat, y):
    return ((y_hat - y) ** 2 / 2).mean()


@mistake("unknown", "differs", "不同")
def huber(y_hat, y):
    return nn.functional.huber_loss(y_hat, y.reshape(y_hat.shape), reduction="none")


class Summed(Book):
    def loss(self, y_hat, y):
        return ((y_hat - y) ** 2 / 2).sum()


mistake("sum", "The gradient of a sum", "和的梯度")(Summed)


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
            *EACH,
            *MEAN,
        )
    } | {"unknown", "signature"}
    assert ANSWERS.keys >= listed - COMMON
    assert ANSWERS.keys <= listed | COMMON
