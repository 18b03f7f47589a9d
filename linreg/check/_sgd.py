"""`check.sgd`: does a step move each parameter against its gradient, and leave it fit for the next?

A step is recognized by where the parameters stand after it.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from linreg import scratch
from linreg.check.arguments import (
    BATCH_SIZE,
    BIAS,
    RATE,
    WEIGHTS,
    Plan,
    Role,
    order_notes,
    require_plan,
)
from linreg.check.calls import Called, call, local_variables, undisturbed
from linreg.check.report import (
    FAILS,
    GENERATOR,
    Mistake,
    Note,
    Passed,
    Seen,
    Verdict,
)
from linreg.check.words import Text, close, column, numbers

ASKED = "sgd(params, lr, batch_size)"
LR = Role("lr", RATE)
SIZE = Role("batch_size", f"{BATCH_SIZE} n m", needed=False)
PARAMS = Role("params", "parameters param parameter ps thetas")
FORMS = (
    (Role("w", WEIGHTS, by_name=True), Role("b", BIAS, by_name=True), LR, SIZE),
    (PARAMS, LR, SIZE),
)


class State(NamedTuple):
    """Parameters and their gradients before a step."""

    w: Tensor
    w_grad: Tensor
    b: Tensor
    b_grad: Tensor

    def __str__(self) -> str:
        return (
            f"params = [w, b], w = {numbers(self.w)}, w.grad = {numbers(self.w_grad)},"
            f" b = {numbers(self.b)}, b.grad = {numbers(self.b_grad)}"
        )


@dataclass(kw_only=True)
class Step(Seen):
    """What one step did to w and b."""

    before: State
    w: Tensor
    b: Tensor
    lr: float
    batch_size: int
    divides: bool
    """Whether the step is to divide by the batch size."""
    same_list: bool = True
    """Whether the list of parameters still holds these two tensors."""
    gradients_on: bool = True
    """Whether autograd still records after the step."""
    zeroed_first: bool = False
    """Whether nothing moved because the gradient was gone before it was used."""
    floored: bool = False
    """Whether a step that moves nothing moves by whole numbers where it is longer."""
    factors: Sequence[float] = field(default=())
    """How far w moved in each of the steps, in gradients."""

    @property
    def gave(self) -> str | Text:
        """The parameters and their gradients after the step."""
        if self.error is not None:
            return super().gave
        state = {"w": self.w, "w.grad": self.w.grad, "b": self.b, "b.grad": self.b.grad}
        return ", ".join(
            f"{name} = {'None' if value is None else numbers(value)}"
            for name, value in state.items()
        )

    def is_at(self, w: Tensor, b: Tensor) -> bool:
        """Return whether the parameters stand here."""
        return close(self.w, w) and close(self.b, b)

    def moved(self, factor: float) -> tuple[bool, bool]:
        """Return, for w and for b, whether it moved by `factor` times its gradient."""
        before = self.before
        return (
            close(self.w, before.w + factor * before.w_grad),
            close(self.b, before.b + factor * before.b_grad),
        )

    @property
    def step(self) -> float:
        """By how many gradients the parameters should have moved, without the sign."""
        return self.lr / self.batch_size if self.divides else self.lr

    @property
    def unchanged(self) -> bool:
        """Whether neither parameter moved."""
        return all(self.moved(0))

    @property
    def uncleared(self) -> list[str]:
        """The gradients that are still there."""
        return [
            f"{name}.grad"
            for name, param in (("w", self.w), ("b", self.b))
            if param.grad is not None and bool(param.grad.any())
        ]

    @property
    def left_to_the_loop(self) -> bool:
        """Whether no gradient was cleared, so that it is the loop that does it."""
        return len(self.uncleared) == 2


def sgd(f: Callable[..., Any], *, lang: str | None = None) -> Passed:
    """Look at a learner's `sgd(params, lr, batch_size)`, one step of minibatch SGD.

    Args:
        f: the function. It changes the tensors in the list `params` in place, by
            −lr · grad / batch_size, and leaves their gradients zero or None. With a note there
            pass: an update through `.data`; gradients that are all left for the loop to clear;
            `sgd(params, lr)`, a step −lr · grad for the gradient of a mean; and parameters in
            another order, under their usual names, or `w` and `b` for `params`. Or a class
            `SGD(params, lr)` with `step()` and `zero_grad()`, whose step may count on the
            caller's `torch.no_grad()`.
        lang: `"en"` or `"zh"`; when None, the environment variable LINREG_LANG, else English.

    Raises:
        CheckFailed: the function has a mistake; the message names it.
        TypeError: `f` is no function.

    Source: chapters "Without a graph", "The training loop" and "Classes".

    Examples:
        >>> from linreg import check, sgd
        >>> check.sgd(sgd)
        sgd: passed
        ✓ every parameter moves by −lr · grad / batch_size
        ✓ the tensors themselves change, and go on requiring gradients
        ✓ the gradients are cleared once the step has used them
    """
    if inspect.isclass(f):
        return _optimizer(f, lang)
    verdict = Verdict("sgd", lang, "training-loop#update")
    with undisturbed():
        plan = require_plan(verdict, f, FORMS, ASKED)
        by_size = plan.takes("batch_size")
        ask = _one_step(plan)
        steps = [_step(ask, before, lr, size, by_size, local=plan.f) for before, lr, size in TRIALS]
        hides = steps[0].right and _hides_the_change(ask)
        for step in steps:
            step.factors = _factors(steps)
            step.facts |= _fixed_divisor(step)
    verdict.judge(steps, SGD)
    moves, same, cleared = SGD_VERIFIED
    notes = [*order_notes(plan, ASKED, "training-loop#update")]
    left = all(step.left_to_the_loop for step in steps)
    notes += [TWO_PARAMETERS] * plan.takes("w")
    notes += [WITHOUT_SIZE] * (not by_size) + [LEFT_TO_THE_LOOP] * left + [THROUGH_DATA] * hides
    lines = [moves if by_size else MOVES_BY_LR, same, *[cleared] * (not left)]
    return verdict.passed(lines, notes)


def _optimizer(f: type, lang: str | None) -> Passed:
    """Look at a learner's class `SGD(params, lr)` with `step()` and `zero_grad()`."""
    verdict = Verdict("sgd", lang, "classes#optimizer")
    with undisturbed():
        plan = require_plan(verdict, f, [(PARAMS, LR)], "SGD(params, lr)")
        seen = _methods(plan)
        verdict.judge([seen], METHODS)
        alone = all(
            _step(_with_optimizer(plan, torch.enable_grad), before, lr, size, False).right
            for before, lr, size in TRIALS
        )
        mode = torch.enable_grad if alone else torch.no_grad
        ask = _with_optimizer(plan, mode)
        steps = [_step(ask, before, lr, size, False, cleared=True) for before, lr, size in TRIALS]
        hides = steps[0].right and alone and _hides_the_change(ask)
        once = not _step(
            _with_optimizer(plan, mode, once=True), *TRIALS[0], False, cleared=True
        ).right
        for step in steps:
            step.factors = _factors(steps)
            step.facts |= _fixed_divisor(step)
    verdict.judge(steps, SGD)
    notes = [NEEDS_NO_GRAD] * (not alone) + [THROUGH_DATA] * hides + [ONLY_A_LIST] * once
    return verdict.passed([MOVES_BY_LR, SGD_VERIFIED[1], ZERO_GRAD_CLEARS], notes)


# (state, lr, batch_size)
ONE = State(column(1.0), column(6.0), torch.tensor([2.0]), torch.tensor([3.0]))
TWO = State(column(1.0, 3.0), column(6.0, -4.0), torch.tensor([2.0]), torch.tensor([3.0]))
TRIALS = ((ONE, 0.1, 3), (ONE, 0.2, 3), (ONE, 0.1, 5), (TWO, 0.1, 3))


def _one_step(plan: Plan) -> Callable[..., Called]:
    def ask(params: list[Tensor], lr: float, batch_size: int) -> Called:
        w, b = params
        return plan(params=params, w=w, b=b, lr=lr, batch_size=batch_size)

    return ask


def _with_optimizer(
    plan: Plan, mode: Callable[[], Any], once: bool = False
) -> Callable[..., Called]:
    """Make an optimizer, take a step in this gradient mode and clear the gradients."""

    def steps(params: list[Tensor], lr: float) -> None:
        made = plan(params=iter(params) if once else params, lr=lr)
        if made.error is not None:
            raise made.error
        with mode():
            made.result.step()
        made.result.zero_grad()

    return lambda params, lr, batch_size: call(steps, params, lr)


@dataclass(kw_only=True)
class Methods(Seen):
    """Whether an optimizer can be made, and what it is missing."""

    missing: str = ""
    zeroing: BaseException | None = None
    """What `zero_grad` raises before the first `backward`."""

    @property
    def gave(self) -> str | Text:
        """What is missing, or the exception."""
        error = self.error or self.zeroing
        return Text(f"no {self.missing}", f"没有 {self.missing}") if error is None else super().gave


def _methods(plan: Plan) -> Methods:
    w, b = column(1.0).requires_grad_(), torch.tensor([2.0], requires_grad=True)
    made = plan(params=[w, b], lr=0.1)
    seen = Methods(
        inputs="params = [w, b], w.grad = None, b.grad = None",
        expected="step(), zero_grad()",
        result=made.result,
        error=made.error,
        printed=made.printed,
    )
    if made.error is None:
        names = ("step", "zero_grad")
        absent = [name for name in names if not callable(getattr(made.result, name, None))]
        seen.missing = ", ".join(f"{name}()" for name in absent)
        if not absent:
            zeroing = call(made.result.zero_grad)
            seen.zeroing = seen.error = zeroing.error
    seen.right = made.error is None and not seen.missing and seen.zeroing is None
    seen.facts = {"missing": seen.missing}
    return seen


METHODS: tuple[Mistake[Methods], ...] = (
    Mistake(
        "zero_grad_none",
        "autograd#none",
        lambda seen: "NoneType" in str(seen.zeroing),
        en="`zero_grad` fails before the first `backward`, when gradients are still None, and the "
        "trainer calls it then. Write `if param.grad is not None: param.grad.zero_()`.",
        zh="第一次 `backward` 之前，梯度还是 None，此时 `zero_grad` 会报错，而训练器正是在那时调用"
        "它。应写作 `if param.grad is not None: param.grad.zero_()`。",
    ),
    *FAILS,
    Mistake(
        "methods",
        "classes#optimizer",
        lambda seen: bool(seen.missing),
        en="an optimizer has two methods, `step()` and `zero_grad()`. Missing: {missing}.",
        zh="优化器有两个方法：`step()` 和 `zero_grad()`。缺少：{missing}。",
    ),
)


def _step(
    f: Callable[..., Called],
    before: State,
    lr: float,
    batch_size: int,
    divides: bool,
    *,
    cleared: bool = False,
    local: Callable[..., Any] | None = None,
) -> Step:
    """Let `f` take a step; one that moves nothing is taken again, with steps that would show.

    Args:
        f: takes the step.
        before: the parameters and gradients.
        lr: the learning rate.
        batch_size: the batch size.
        divides: whether the step is to divide by it.
        cleared: whether the gradients must be zero afterwards, all of them.
        local: the learner's function, to see in which line it raised.
    """
    step = _take(f, before, lr, batch_size, divides)
    size = f", batch_size = {batch_size}" if divides else ""
    step.inputs = f"{before}, lr = {lr}{size}"
    step.expected = _take(_answer(divides), before, lr, batch_size, divides).gave
    step.facts = {"uncleared": ", ".join(step.uncleared)}
    step.also = _unfit(step.w, step.b, step.gradients_on)
    step.right = (
        step.error is None
        and all(step.moved(-step.step))
        and step.same_list
        and (not step.uncleared or (step.left_to_the_loop and not cleared))
        and not step.also
    )
    if step.unchanged and step.error is None:
        step.floored = _moves_by_whole_numbers(f, before, divides)
    if step.unchanged and "w.grad" not in step.uncleared and not step.floored:
        # 0 · inf is nan: it shows that the parameter was written to, with a gradient of zero
        again = _take(f, before, math.inf, batch_size, divides)
        none = (
            any(
                isinstance(value, Tensor) and value.requires_grad and value.grad is None
                for value in local_variables(step.error, local).values()
            )
            if local is not None
            else False
        )
        step.zeroed_first = ("NoneType" in str(step.error) and none) or bool(again.w.isnan().any())
    return step


def _answer(divides: bool) -> Callable[..., Called]:
    return lambda params, lr, size: call(scratch.sgd, params, lr, size if divides else 1)


def _take(
    f: Callable[..., Called], before: State, lr: float, batch_size: int, divides: bool
) -> Step:
    before = State(*(each.to(torch.get_default_dtype()) for each in before))
    w, b = before.w.clone().requires_grad_(), before.b.clone().requires_grad_()
    w.grad, b.grad = before.w_grad.clone(), before.b_grad.clone()
    params = [w, b]
    with torch.enable_grad():  # restores the mode that `f` may leave switched off
        result, error, printed = f(params, lr, batch_size)
        gradients_on = torch.is_grad_enabled()
    return Step(
        before=before,
        w=w,
        b=b,
        lr=lr,
        batch_size=batch_size,
        divides=divides,
        result=result,
        error=error,
        printed=printed,
        gradients_on=gradients_on,
        same_list=len(params) == 2 and params[0] is w and params[1] is b,
    )


def _moves_by_whole_numbers(f: Callable[..., Called], before: State, divides: bool) -> bool:
    """Return whether longer steps move by ⌊lr · grad / batch_size⌋, or by ⌊lr / batch_size⌋."""
    steps = [_take(f, before, lr, size, divides) for lr, size in ((3.0, 4), (9.0, 4), (7.0, 2))]
    of_product = [
        all(
            close(after, was - (step.lr * grad // step.batch_size))
            for after, was, grad in (
                (step.w, before.w, before.w_grad),
                (step.b, before.b, before.b_grad),
            )
        )
        for step in steps
    ]
    of_rate = [all(step.moved(-(step.lr // step.batch_size))) for step in steps]
    return all(of_product) or all(of_rate)


def _factors(steps: Sequence[Step]) -> list[float]:
    return [
        (step.w - step.before.w).reshape(-1)[0].item() / step.before.w_grad.reshape(-1)[0].item()
        for step in steps
    ]


def _fixed_divisor(step: Step) -> dict[str, object]:
    """Return by which number a step without a batch size divides, the same in every step."""
    quotients = [
        -lr / each if each else 0 for (_, lr, _), each in zip(TRIALS, step.factors, strict=True)
    ]
    same = max(quotients) - min(quotients) < 1e-3 and abs(quotients[0] - 1) > 1e-3
    return {"divisor": f"{quotients[0]:.4g}" if same and quotients[0] > 0 else ""}


def _unfit(w: Tensor, b: Tensor, gradients_on: bool) -> str:
    """Return in words why training could not go on from here; empty when it could."""
    reasons = [
        f"{name}.requires_grad = False"
        for name, param in (("w", w), ("b", b))
        if not param.requires_grad
    ]
    if not gradients_on:
        reasons.append("torch.is_grad_enabled() = False")
    return ", ".join(reasons)


def _hides_the_change(f: Callable[..., Called]) -> bool:
    """Return whether autograd misses the update of a tensor that a graph still needs."""
    w = column(3.0).requires_grad_()
    b = torch.tensor([2.0], requires_grad=True)
    w.grad, b.grad = column(1.0), torch.tensor([1.0])
    loss = (w * w).sum()
    f([w, b], 0.1, 1)
    return call(loss.backward).error is None


def _assigned(seen: Step) -> bool:
    """Return whether the parameters were replaced by the step, instead of moved by it."""
    before = seen.before
    return any(
        seen.is_at(factor * before.w_grad, factor * before.b_grad)
        for factor in (seen.step, -seen.step, seen.lr, -seen.lr)
    )


def _by_parameter(seen: Step) -> bool:
    """Return whether the parameter stood where its gradient belongs."""
    before = seen.before
    return any(
        seen.is_at((1 - factor) * before.w, (1 - factor) * before.b)
        for factor in (seen.step, seen.lr)
    )


def _one_gradient_for_all(seen: Step) -> bool:
    """Return whether all numbers of a parameter moved by one number: a mean, a sum, a norm."""
    w, b = seen.before.w_grad, seen.before.b_grad
    sizes = [(w.mean(), b.mean()), (w.sum(), b.sum()), (w.norm(), b.norm())]
    return any(
        seen.is_at(seen.before.w - seen.step * of_w, seen.before.b - seen.step * of_b)
        for of_w, of_b in sizes
    )


def _of_signs(seen: Step) -> bool:
    w, b = seen.before.w_grad.sign(), seen.before.b_grad.sign()
    return any(
        seen.is_at(seen.before.w - factor * w, seen.before.b - factor * b)
        for factor in (seen.step, seen.lr)
    )


def _by_count(seen: Step) -> bool:
    """Return whether the number of parameters, or of a parameter's rows, was the divisor."""
    by_params = all(seen.moved(-seen.lr / 2))
    of_rows = seen.moved(-seen.lr / len(seen.w))[0] and seen.moved(-seen.lr / len(seen.b))[1]
    return by_params or (of_rows and seen.divides)


SGD: tuple[Mistake[Step], ...] = (
    Mistake(
        "no_no_grad",
        "no-grad#with-gradients-on",
        lambda seen: "a leaf Variable that requires grad" in str(seen.error),
        en="the update runs with gradients on, and autograd forbids changing a parameter in place "
        "while it records. Put the update under `with torch.no_grad():`.",
        zh="更新时还在记录梯度，而自动微分不允许在记录时原地修改参数。请把更新放在 `with "
        "torch.no_grad():` 之下。",
    ),
    Mistake(
        "zeroed_first",
        "autograd#zeroing",
        lambda seen: seen.zeroed_first,
        en="the gradients are cleared before the step has used them, so that nothing moves. First "
        "the update, then `param.grad.zero_()`.",
        zh="梯度还没用就清零了，所以参数没有变化。应先更新，再 `param.grad.zero_()`。",
    ),
    Mistake(
        "floor_division",
        "training-loop#update",
        lambda seen: seen.floored,
        en="`//` divides and drops the fraction, and of a small step nothing is left. It is `/ "
        "batch_size`.",
        zh="`//` 是整除，会丢掉小数部分，步子小的时候就变成 0 了。应写作 `/ batch_size`。",
    ),
    Mistake(
        "list_has_no_grad",
        "training-loop#update",
        lambda seen: "'list' object has no attribute" in str(seen.error),
        en="`params` is a list, and a list has no `grad`: each of the tensors in it has one. Loop "
        "over them: `for param in params:`.",
        zh="`params` 是列表，列表没有 `grad`，其中的每个张量才有。请循环：`for param in params:`。",
    ),
    GENERATOR,
    Mistake(
        "rebinding",
        "no-grad#rebinding",
        lambda seen: (
            seen.unchanged
            and not seen.zeroed_first
            and not seen.floored
            and not inspect.isgenerator(seen.result)
            and (seen.error is None or "NoneType" in str(seen.error))
        ),
        en="the parameters have not changed. Either nothing updates them, or the update is `param "
        "= param - …`, which makes a new tensor and gives it the name; the tensor that the model "
        "uses stays as it was. Change that one in place: `param -= …` under `torch.no_grad()`.",
        zh="参数没有变化。要么没有写更新，要么写成了 `param = param - …`：这会新建一个张量，再让这"
        "个名字指向它，模型所用的张量还是原样。请在 `torch.no_grad()` 下原地修改：`param -= …`。",
    ),
    *FAILS,
    Mistake(
        "gradients_off",
        "no-grad#no-grad",
        lambda seen: not seen.gradients_on,
        en="gradients are still off when the function has ended, so that the next `backward` "
        "fails. `with torch.no_grad():` turns them on again by itself; `set_grad_enabled(False)` "
        "does not.",
        zh="函数结束后，梯度记录仍是关闭的，下一次 `backward` 会出错。`with torch.no_grad():` 会自"
        "己恢复，`set_grad_enabled(False)` 不会。",
    ),
    Mistake(
        "detached",
        "no-grad#no-grad",
        lambda seen: not (seen.w.requires_grad and seen.b.requires_grad),
        en="a parameter no longer requires a gradient after the step: `detach_()` or "
        "`requires_grad_(False)` took it out of training. Use `torch.no_grad()` instead.",
        zh="更新之后，有参数不再需要梯度：`detach_()` 或 `requires_grad_(False)` 让它退出了训练。"
        "请改用 `torch.no_grad()`。",
    ),
    Mistake(
        "some_parameters",
        "training-loop#update",
        lambda seen: (
            seen.moved(-seen.step) in ((True, False), (False, True))
            and (seen.moved(0)[0] or seen.moved(0)[1])
        ),
        en="only one of the parameters was updated. The loop `for param in params:` has to change "
        "every one: a `return` inside it ends it early, and an update below it changes the last "
        "one only.",
        zh="只更新了一个参数。循环 `for param in params:` 应当更新每一个参数：循环里的 `return` 会"
        "让它提前结束，写在循环后面的更新只作用于最后一个参数。",
    ),
    Mistake(
        "ascent",
        "training-loop#update",
        lambda seen: any(
            all(seen.moved(size)) for size in (seen.step, seen.lr, seen.step / seen.batch_size)
        ),
        en="the step goes along the gradient, uphill, so that the loss grows. It is `param -= lr "
        "* …`, with a minus.",
        zh="这一步沿着梯度方向走，是上坡，损失会变大。应为 `param -= lr * …`，用减号。",
        exact=True,
    ),
    Mistake(
        "not_divided",
        "loss#sum-or-mean",
        lambda seen: seen.divides and all(seen.moved(-seen.lr)),
        en="the division by the batch size is missing. The gradient belongs to the sum of the "
        "losses, so without the division a larger batch takes larger steps.",
        zh="没有除以批量大小。这里的梯度来自各样本损失之和，不除的话，一批里的样本越多，步子就"
        "越大。",
        exact=True,
    ),
    Mistake(
        "global_divisor",
        "loss#sum-or-mean",
        lambda seen: not seen.divides and bool(seen.facts["divisor"]),
        en="the step is −lr · grad / {divisor}, and your function takes no batch size. Is the "
        "divisor a variable from outside? Make it a parameter, `sgd(params, lr, batch_size)`, or, "
        "for the gradient of a mean, do not divide.",
        zh="这一步是 −lr · grad / {divisor}，而你的函数不接收批量大小。除数是不是函数外面的变量？请"
        "把它作为实参传入：`sgd(params, lr, batch_size)`；如果梯度来自平均损失，就不要再除。",
    ),
    Mistake(
        "parameter_for_gradient",
        "training-loop#update",
        _by_parameter,
        en="the parameter itself is subtracted where its gradient belongs: `param -= lr * "
        "param.grad / batch_size`.",
        zh="减去的是参数本身，而应减去它的梯度：`param -= lr * param.grad / batch_size`。",
        exact=True,
    ),
    Mistake(
        "assigned",
        "training-loop#update",
        _assigned,
        en="the parameters are replaced by the step instead of moved by it: `=` where `-=` "
        "belongs.",
        zh="参数变成了这一步的位移本身，而不是在原来的值上移动这么多：该用 `-=` 的地方用了 `=`。",
        exact=True,
    ),
    Mistake(
        "one_gradient_for_all",
        "training-loop#update",
        _one_gradient_for_all,
        en="all numbers of a parameter move by the same amount: the gradient was reduced to one "
        "number, by `.mean()`, `.sum()` or `.norm()`. Each number has its own gradient.",
        zh="同一个参数里的所有数移动得一样多：梯度被 `.mean()`、`.sum()` 或 `.norm()` 变成了一个数"
        "。参数里的每个数都有自己的梯度。",
    ),
    Mistake(
        "signs",
        "training-loop#update",
        _of_signs,
        en="only the sign of the gradient is used. Its size counts too: the steps get shorter "
        "towards the minimum.",
        zh="只用了梯度的符号。梯度的大小也有用：越接近最小值，步子越小。",
        exact=True,
    ),
    Mistake(
        "wrong_divisor",
        "training-loop#update",
        _by_count,
        en="divided by the number of parameters (`len(params)`), or of the numbers in one, where "
        "the batch size belongs.",
        zh="除以的是参数的个数（`len(params)`），或者参数里元素的个数，而应除以批量大小。",
        exact=True,
    ),
    Mistake(
        "divided_twice",
        "loss#sum-or-mean",
        lambda seen: seen.divides and all(seen.moved(-seen.step / seen.batch_size)),
        en="divided by the batch size twice: the steps are too small by that factor. Divide once: "
        "in `sgd`, or in the loss by taking its mean.",
        zh="批量大小除了两次，每一步只有应有的“批量大小”分之一。只除一次：要么在 `sgd` 里除，要么"
        "对损失取平均。",
        exact=True,
    ),
    Mistake(
        "multiplied",
        "training-loop#update",
        lambda seen: seen.divides and all(seen.moved(-seen.lr * seen.batch_size)),
        en="multiplied by the batch size instead of divided by it.",
        zh="应除以批量大小，却乘了批量大小。",
        exact=True,
    ),
    Mistake(
        "lr_ignored",
        "training-loop#update",
        lambda seen: seen.factors[0] == seen.factors[1] != 0,
        en="the argument `lr` is not used: twice the learning rate gives the same step. Is it a "
        "variable from outside the function?",
        zh="实参 `lr` 没有用上：学习率加倍，步子却不变。用的是不是函数外面的变量？",
        exact=True,
    ),
    Mistake(
        "batch_size_ignored",
        "training-loop#update",
        lambda seen: seen.divides and seen.factors[0] == seen.factors[2] != 0,
        en="the argument `batch_size` is not used: another batch size gives the same step. Is it "
        "a variable from outside the function?",
        zh="实参 `batch_size` 没有用上：换一个批量大小，步子却不变。用的是不是函数外面的变量？",
        exact=True,
    ),
    Mistake(
        "not_cleared",
        "autograd#zeroing",
        lambda seen: all(seen.moved(-seen.step)) and bool(seen.uncleared),
        en="the step is right, but gradients are still there after it: {uncleared}. `backward` "
        "adds to them, so that the next step would go along the sum of both. End with "
        "`param.grad.zero_()`, for every parameter.",
        zh="这一步走对了，但有梯度没有清零：{uncleared}。`backward` 会在它上面累加，下一步就会沿着"
        "两次梯度之和走。最后要对每个参数执行 `param.grad.zero_()`。",
    ),
)
SGD_VERIFIED = (
    Text(
        "every parameter moves by −lr · grad / batch_size",
        "每个参数都移动 −lr · grad / batch_size",
    ),
    Text(
        "the tensors themselves change, and go on requiring gradients",
        "改变的是参数张量本身，它们仍然需要梯度",
    ),
    Text(
        "the gradients are cleared once the step has used them",
        "梯度用过之后已清零",
    ),
)
MOVES_BY_LR = Text("every parameter moves by −lr · grad", "每个参数都移动 −lr · grad")
ZERO_GRAD_CLEARS = Text(
    "`zero_grad` clears the gradients, also before there are any",
    "`zero_grad` 会清零梯度，还没有梯度时也不报错",
)
LEFT_TO_THE_LOOP = Note(
    Text(
        "the gradients are left as they are: the loop has to clear them in every step, or the next "
        "`backward` adds to them:",
        "梯度没有清零：必须由训练循环在每一步清零，否则下一次 `backward` 会往上累加：",
    ),
    "autograd#zeroing",
)
TWO_PARAMETERS = Note(
    Text(
        "your function takes w and b one by one. The book's takes a list, which may be of any "
        "length:",
        "你的函数分别接受 w 和 b。书中的函数接受一个列表，里面可以有任意多个参数：",
    ),
    "training-loop#update",
)
WITHOUT_SIZE = Note(
    Text(
        "your function takes no batch size: that is right for the gradient of a mean, as of "
        "`loss.mean()`. With `loss.sum()` the steps would grow with the batch:",
        "你的函数不接收批量大小：损失取平均（`loss.mean()`）时这样是对的。如果用 `loss.sum()`，一"
        "批里的样本越多，步子就越大：",
    ),
    "loss#sum-or-mean",
)
NEEDS_NO_GRAD = Note(
    Text(
        "`step` works under the caller's `torch.no_grad()` only, as the book's trainer calls it; "
        "`torch.optim.SGD` takes care of it itself:",
        "`step` 只有在调用者的 `torch.no_grad()` 下才能用，书中的训练器就是这样调用的；"
        "`torch.optim.SGD` 则自己处理：",
    ),
    "classes#optimizer",
)
ONLY_A_LIST = Note(
    Text(
        "checked with a list. A generator such as `model.parameters()` is used up after one loop, "
        "and the next does nothing: keep `list(params)`:",
        "检查时传入的是列表。`model.parameters()` 这样的生成器循环一次就用完了，再循环时什么也不做"
        "：请保存 `list(params)`：",
    ),
    "minibatches#generator",
)
THROUGH_DATA = Note(
    Text(
        "the update goes through `.data`: it works, but hides the change from autograd, which "
        "would otherwise refuse to go back through a graph that still needs the old value:",
        "更新是通过 `.data` 做的：能用，但自动微分看不到这次修改；如果某个计算图还要用旧值，本该报"
        "错，现在却会悄悄算出错误的梯度：",
    ),
    "no-grad#data",
)
