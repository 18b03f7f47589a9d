"""What functions that compute have in common: their arguments, and the tensor that comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from linreg.check.calls import Called, call
from linreg.check.report import (
    FAILS,
    GENERATOR,
    ONE_IN_A_TUPLE,
    PRINTS,
    RETURNS_NONE,
    Mistake,
    Seen,
)
from linreg.check.words import close, numbers, same_numbers, show

Arguments = dict[str, Tensor]
"""The arguments of one call by name, in the order in which they are passed."""


def copies(arguments: Arguments, trained: Sequence[str]) -> list[Tensor]:
    """Return fresh copies to hand to a learner's function; the `trained` require gradients."""
    return [value.clone().requires_grad_(name in trained) for name, value in arguments.items()]


def of_default_dtype(trials: Sequence[Arguments]) -> list[Arguments]:
    """Return the same arguments in torch's default dtype."""
    dtype = torch.get_default_dtype()
    return [{name: value.to(dtype) for name, value in trial.items()} for trial in trials]


def flat(arguments: Arguments) -> Arguments:
    """Return the same arguments with `w` of shape (d,) and `y` of shape (n,)."""
    return {
        name: value.reshape(-1) if name in ("w", "y") else value
        for name, value in arguments.items()
    }


def listed(arguments: Arguments) -> str:
    """Return the arguments in words."""
    return ", ".join(f"{name} = {numbers(value)}" for name, value in arguments.items())


@dataclass(kw_only=True)
class Output(Seen):
    """What a function gave for some arguments, next to the answer."""

    arguments: Arguments
    answer: Any
    changed: Sequence[str] = ()
    """The arguments that are not what they were."""
    untrained: Sequence[str] = ()
    """The arguments that no gradient gets back to."""

    @property
    def n(self) -> int:
        """The number of examples."""
        return len(next(iter(self.arguments.values())))

    @property
    def is_tensor(self) -> bool:
        """Whether a tensor came back."""
        return isinstance(self.result, Tensor)

    def gives(self, *candidates: Tensor) -> bool:
        """Return whether the numbers that came back are those of one of the candidates."""
        return self.is_tensor and any(same_numbers(self.result, each) for each in candidates)


def observe(
    f: Callable[..., Called],
    arguments: Arguments,
    shown: Arguments,
    answer: Any,
    trained: Sequence[str],
) -> Output:
    """Call `f` with copies of the `shown` arguments and note what came of it."""
    given = dict(zip(shown, copies(shown, trained), strict=True))
    result, error, printed = f(**given)
    seen = Output(
        inputs=listed(shown),
        expected=show(answer),
        result=result,
        error=error,
        printed=printed,
        arguments=arguments,
        answer=answer,
        changed=[name for name, value in given.items() if not close(value, shown[name])],
        facts={"kind": type(result).__name__},
    )
    if isinstance(result, Tensor):
        seen.untrained = [name for name in trained if not has_gradient(result, given[name])]
        seen.facts |= {"shape": tuple(result.shape), "dtype": result.dtype}
    seen.also = ", ".join(
        [f"{name} = {numbers(given[name])}" for name in seen.changed]
        + [f"{name}.grad = None" for name in seen.untrained]
    )
    return seen


def has_gradient(result: Tensor, value: Tensor) -> bool:
    """Return whether autograd gets from `result` back to `value`."""
    error = call(lambda: torch.autograd.grad(result.sum(), value, retain_graph=True)).error
    return error is None


INPUT_CHANGED: Mistake[Output] = Mistake(
    "input_changed",
    "",
    lambda seen: bool(seen.changed),
    en="your function changes the tensors that it is given. Write the result into a new tensor: "
    "`a = a * 2` makes one, `a *= 2` and `a[0] = …` do not.",
    zh="你的函数改动了传给它的张量。请把结果写进新张量：`a = a * 2` 得到新张量，`a *= 2` 和 `a[0] "
    "= …` 则是原地操作。",
)
NOT_A_TENSOR: Mistake[Output] = Mistake(
    "not_a_tensor",
    "",
    lambda seen: seen.error is None and not seen.is_tensor and seen.result is not None,
    en="your function gives back not a tensor but a value of type `{kind}`. What `.item()`, "
    "`.tolist()`, `.numpy()` or `float(…)` gives has no gradient.",
    zh="你的函数返回的不是张量，而是 `{kind}`。`.item()`、`.tolist()`、`.numpy()`、`float(…)` 得到"
    "的值没有梯度。",
    vague=True,
)
NO_GRADIENT: Mistake[Output] = Mistake(
    "no_gradient",
    "no-grad#loss-under-no-grad",
    lambda seen: bool(seen.untrained) and seen.gives(seen.answer),
    en="the numbers are right, but autograd cannot get from them back to the parameters: they "
    "were computed under `torch.no_grad()`, from `.data`, `.detach()` or `.item()`, or copied by "
    "`torch.tensor(…)`. Training would stop with an error, or leave a parameter as it is.",
    zh="数值是对的，但自动微分无法从它回到参数：它是在 `torch.no_grad()` 下，或者用 `.data`、"
    "`.detach()`、`.item()` 算出来的，或者用 `torch.tensor(…)` 复制过。这样训练时会报错，或者有的"
    "参数一直不变。",
)
DTYPE: Mistake[Output] = Mistake(
    "dtype",
    "synthetic-data#dtype",
    lambda seen: seen.gives(seen.answer) and seen.result.dtype != seen.answer.dtype,
    en="the numbers are right, but of {dtype}, and what went in was not. Everything computed from "
    "them takes that dtype on, and a model of another dtype raises an error.",
    zh="数值是对的，但 dtype 变成了 {dtype}，与传入的不同。由它算出的一切也都是这个 dtype，遇到别"
    "的 dtype 的模型就会报错。",
)
COMPUTES: tuple[Mistake[Output], ...] = (
    *FAILS,
    RETURNS_NONE,
    PRINTS,
    GENERATOR,
    ONE_IN_A_TUPLE,
    NOT_A_TENSOR,
    INPUT_CHANGED,
    DTYPE,
    NO_GRADIENT,
)
"""What may be wrong with a function that has to give back a tensor, whatever it computes."""
