"""`check.sgd`: each mistake as a learner would write it, and right answers in many styles."""

import functools

import pytest
import torch

import linreg as package
from linreg import check
from linreg.check._sgd import METHODS, SGD

from .answers import COMMON, Answers

ANSWERS = Answers(check.sgd)
right, mistake = ANSWERS.right, ANSWERS.mistake

# Right


@right
def augmented_assignment(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


@right
@torch.no_grad()
def decorated(params, lr, batch_size):
    for param in params:
        param.sub_(param.grad, alpha=lr / batch_size)
        param.grad = None


@right
def in_inference_mode(params, lr, batch_size):
    with torch.inference_mode():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


@right
def by_index(params, lr, batch_size):
    with torch.no_grad():
        for i in range(len(params)):
            params[i] -= lr * params[i].grad / batch_size
    for param in params:
        param.grad.data.zero_()


@right
def copied_in(params, lr, batch_size):
    w, b = params
    with torch.no_grad():
        w.copy_(w - lr / batch_size * w.grad)
        b[:] = b - lr / batch_size * b.grad
    w.grad.fill_(0)
    b.grad *= 0


@right
def optimizer_of_torch(params, lr, batch_size):
    optimizer = torch.optim.SGD(params, lr / batch_size)
    optimizer.step()
    optimizer.zero_grad()


@right
def through_detach(params, lr, batch_size):
    for param in params:
        param.detach().sub_(lr * param.grad / batch_size)
        param.grad.zero_()


@right(note="no-grad/#data")
def through_data(params, lr, batch_size):
    for param in params:
        param.data -= lr * param.grad / batch_size
        param.grad.data.zero_()


@right(note="no-grad/#data")
def replaced_data(params, lr, batch_size):
    for param in params:
        param.data = param.data - lr * param.grad / batch_size
        param.grad.zero_()


# Mistakes


@mistake("no_no_grad", "runs with gradients on", "还在记录梯度")
def gradients_on(params, lr, batch_size):
    for param in params:
        param -= lr * param.grad / batch_size
        param.grad.zero_()


@mistake("rebinding", "makes a new tensor", "会新建一个张量")
def rebinds(params, lr, batch_size):
    for param in params:
        param = param - lr * param.grad / batch_size


@mistake("rebinding", "stays as it was", "还是原样")
def rebinds_and_clears(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param = param - lr * param.grad / batch_size
            param.grad.zero_()


@mistake("rebinding", "in place", "原地修改")
def rebinds_the_list(params, lr, batch_size):
    for i, param in enumerate(params):
        params[i] = param - lr * param.grad / batch_size
        param.grad.zero_()


@mistake("rebinding", "in place", "原地修改")
def rebinds_after_clearing(params, lr, batch_size):
    for param in params:
        grad = param.grad / batch_size
        param.grad.zero_()
        param = param - lr * grad


@mistake("rebinding", "have not changed", "参数没有变化")
def result_never_stored(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param - lr * param.grad / batch_size
            param.grad.zero_()


@mistake("zeroed_first", "before the step has used them", "还没用就清零了")
def clears_before(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.grad.zero_()
            param -= lr * param.grad / batch_size


@mistake("zeroed_first", "First the update", "应先更新")
def drops_before(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.grad = None
            param -= lr * param.grad / batch_size


@right(note="autograd/#zeroing")
def never_clears(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size


@mistake("not_cleared", "after it: w.grad.", "没有清零：w.grad。")
def clears_the_last(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
        param.grad.zero_()


@mistake("not_divided", "division by the batch size is missing", "没有除以批量大小")
def whole_sum(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad
            param.grad.zero_()


@mistake("divided_twice", "divided by the batch size twice", "批量大小除了两次")
def divides_twice(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.grad /= batch_size
            param -= lr * param.grad / batch_size
            param.grad.zero_()


@mistake("multiplied", "multiplied by the batch size", "乘了批量大小")
def multiplies(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad * batch_size
            param.grad.zero_()


@mistake("ascent", "uphill", "上坡")
def plus_for_minus(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param += lr * param.grad / batch_size
            param.grad.zero_()


@mistake("ascent", "with a minus", "用减号")
def plus_and_no_division(params, lr, batch_size):
    for param in params:
        param.data.add_(lr * param.grad)
        param.grad.zero_()


@mistake("lr_ignored", "`lr` is not used", "`lr` 没有用上")
def global_learning_rate(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= 0.03 * param.grad / batch_size
            param.grad.zero_()


@mistake("lr_ignored", "twice the learning rate", "学习率加倍")
def same_global_learning_rate(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= 0.1 * param.grad / batch_size
            param.grad.zero_()


@mistake("batch_size_ignored", "`batch_size` is not used", "`batch_size` 没有用上")
def global_batch_size(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / 10
            param.grad.zero_()


@mistake("some_parameters", "only one of the parameters", "只更新了一个参数")
def returns_inside(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()
            return


@mistake("some_parameters", "`for param in params:`", "`for param in params:`")
def updates_after_the_loop(params, lr, batch_size):
    for param in params:
        step = lr * param.grad / batch_size
    with torch.no_grad():
        param -= step
    for param in params:
        param.grad.zero_()


@mistake("gradients_off", "still off when the function has ended", "仍是关闭的")
def switched_off(params, lr, batch_size):
    torch.set_grad_enabled(False)
    for param in params:
        param -= lr * param.grad / batch_size
        param.grad.zero_()


@mistake("detached", "no longer requires a gradient", "不再需要梯度")
def detaches(params, lr, batch_size):
    for param in params:
        param.detach_()
        param -= lr * param.grad / batch_size
        param.grad.zero_()


@mistake("raises", "exception", "异常")
def missing_attribute(params, lr, batch_size):
    for param in params:
        param -= lr * param.gradient / batch_size


@right(note=("loss/#sum-or-mean", "autograd/#zeroing"))
def no_batch_size(params, lr):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad


@mistake("signs", "only the sign", "只用了梯度的符号")
def sign_of_gradient(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad.sign() / batch_size
            param.grad.zero_()


# Other styles, as learners write them


@right(note="training-loop/#update")
def rate_first(lr, params, batch_size):
    augmented_assignment(params, lr, batch_size)


@right(note="training-loop/#update")
def weight_and_bias(w, b, lr, batch_size):
    augmented_assignment([w, b], lr, batch_size)


@right
def other_names(parameters, learning_rate, bs=10):
    augmented_assignment(parameters, learning_rate, bs)


@right
def anonymous(p, alpha, n):
    augmented_assignment(p, alpha, n)


@right
def by_keyword_only(*, lr, params, batch_size):
    augmented_assignment(params, lr, batch_size)


@right
def any_arguments(*args):
    augmented_assignment(*args)


@right
def with_momentum_off(params, lr, batch_size, momentum=0.0):
    augmented_assignment(params, lr, batch_size)


@right
def skips_parameters_without_gradient(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param += -lr / batch_size * param.grad
                param.grad.zero_()


@right
def returns_the_parameters(params, lr, batch_size):
    augmented_assignment(params, lr, batch_size)
    return params


@right
def prints_each_step(params, lr, batch_size):
    for param in params:
        print(param)
    augmented_assignment(params, lr, batch_size)


@right
def with_foreach(params, lr, batch_size):
    with torch.no_grad():
        torch._foreach_add_(params, [p.grad for p in params], alpha=-lr / batch_size)
    for param in params:
        param.grad = None


@right
def switches_by_hand(params, lr, batch_size):
    torch.set_grad_enabled(False)
    for param in params:
        param -= lr * param.grad / batch_size
        param.grad.zero_()
    torch.set_grad_enabled(True)


@right(note="loss/#sum-or-mean")
def for_a_mean(params, lr):
    augmented_assignment(params, lr, 1)


@right(note="autograd/#zeroing")
def scales_and_leaves(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.grad /= batch_size
            param -= lr * param.grad


right(functools.partial(augmented_assignment))


class Book(package.HyperParameters):
    """As the English book has it: the trainer's `no_grad` is around `step`."""

    def __init__(self, params, lr):
        self.save_hyperparameters()

    def step(self):
        for param in self.params:
            param -= self.lr * param.grad

    def zero_grad(self):
        for param in self.params:
            if param.grad is not None:
                param.grad.zero_()


class Careful:
    def __init__(self, params, lr=0.01):
        self.params, self.lr = list(params), lr

    @torch.no_grad()
    def step(self):
        for param in self.params:
            param -= self.lr * param.grad

    def zero_grad(self):
        for param in self.params:
            param.grad = None


class ThroughData(Careful):
    def step(self):
        for param in self.params:
            param.data -= self.lr * param.grad


right(note=("classes/#optimizer", "minibatches/#generator"))(Book)
right(Careful)
right(note="no-grad/#data")(ThroughData)
right(package.SGD)
right(torch.optim.SGD)


# Other mistakes


@mistake("floor_division", "`//`", "`//`")
def whole_steps(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad // batch_size
            param.grad.zero_()


@mistake("floor_division", "drops the fraction", "丢掉小数部分")
def whole_rate(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr // batch_size * param.grad
            param.grad.zero_()


@mistake("list_has_no_grad", "`params` is a list", "`params` 是列表")
def gradient_of_the_list(params, lr, batch_size):
    with torch.no_grad():
        params -= lr * params.grad / batch_size


@mistake("parameter_for_gradient", "the parameter itself", "参数本身")
def forgets_grad(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param / batch_size
            param.grad.zero_()


@mistake("assigned", "`=` where `-=` belongs", "该用 `-=` 的地方用了 `=`")
def assigns_the_step(params, lr, batch_size):
    for param in params:
        param.data = lr * param.grad / batch_size
        param.grad.zero_()


@mistake("one_gradient_for_all", "`.mean()`", "`.mean()`")
def mean_of_the_gradient(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad.mean() / batch_size
            param.grad.zero_()


@mistake("wrong_divisor", "`len(params)`", "`len(params)`")
def divides_by_the_parameters(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / len(params)
            param.grad.zero_()


@mistake("global_divisor", "−lr · grad / 10", "−lr · grad / 10")
def global_batch_size_without_a_parameter(params, lr):
    augmented_assignment(params, lr, 10)


@mistake("ascent", "uphill", "上坡")
def climbs_with_lr_first(lr, params, batch_size):
    plus_for_minus(params, lr, batch_size)


@mistake("generator", "`yield`", "`yield`")
def yields_parameters(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            yield param


@mistake("no_parentheses", "`with torch.no_grad():`", "`with torch.no_grad():`")
def no_grad_without_parentheses(params, lr, batch_size):
    with torch.no_grad:
        for param in params:
            param -= lr * param.grad / batch_size


@mistake("rebinding", "have not changed", "参数没有变化")
def new_list(params, lr, batch_size):
    return [param - lr * param.grad / batch_size for param in params]


@mistake("rebinding", "have not changed", "参数没有变化")
def updates_copies(params, lr, batch_size):
    with torch.no_grad():
        for param in [p.clone() for p in params]:
            param -= lr / batch_size


@mistake("rebinding", "have not changed", "参数没有变化")
def does_nothing(params, lr, batch_size):
    pass


@mistake("not_divided", "division by the batch size is missing", "没有除以批量大小")
def takes_the_size_and_forgets_it(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.sub_(lr * param.grad)
            param.grad.zero_()


@mistake("some_parameters", "only one of the parameters", "只更新了一个参数")
def first_only(params, lr, batch_size):
    with torch.no_grad():
        params[0] -= lr * params[0].grad / batch_size
    for param in params:
        param.grad.zero_()


@mistake("not_cleared", "after it: b.grad.", "没有清零：b.grad。")
def clears_the_first(params, lr, batch_size):
    never_clears(params, lr, batch_size)
    params[0].grad.zero_()


@mistake("detached", "no longer requires a gradient", "不再需要梯度")
def stops_requiring(params, lr, batch_size):
    augmented_assignment(params, lr, batch_size)
    for param in params:
        param.requires_grad = False


@mistake("unknown", "differs", "不同")
def with_weight_decay(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * (param.grad / batch_size + 0.1 * param)
            param.grad.zero_()


@mistake("raises", "exception", "异常")
def leaves_python(params, lr, batch_size):
    exit()


class WithoutZeroGrad:
    def __init__(self, params, lr):
        self.params, self.lr = params, lr

    def step(self):
        never_clears(self.params, self.lr, 1)


class NoneNotExpected(Careful):
    def zero_grad(self):
        for param in self.params:
            param.grad.zero_()


class Climbs(Careful):
    @torch.no_grad()
    def step(self):
        for param in self.params:
            param += self.lr * param.grad


class NeverClears(Careful):
    def zero_grad(self):
        pass


class Rebinds(Careful):
    def step(self):
        for param in self.params:
            param = param - self.lr * param.grad


class Several:
    def __init__(self, params, lr, momentum, dampening):
        pass


mistake("methods", "Missing: zero_grad().", "缺少：zero_grad()。")(WithoutZeroGrad)
mistake("zero_grad_none", "before the first `backward`", "第一次 `backward` 之前")(NoneNotExpected)
mistake("ascent", "uphill", "上坡")(Climbs)
mistake("not_cleared", "w.grad, b.grad", "w.grad, b.grad")(NeverClears)
mistake("rebinding", "have not changed", "参数没有变化")(Rebinds)
mistake("signature", "SGD(params, lr)", "SGD(params, lr)")(Several)


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
            *SGD,
            *METHODS,
        )
    } | {"unknown", "signature"}
    assert ANSWERS.keys >= listed - COMMON
    assert ANSWERS.keys <= listed | COMMON
