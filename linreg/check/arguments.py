"""How a learner's function wants to be called: what each of its parameters stands for.

Parameters are recognized by their names, so that `sgd(lr, params, batch_size)` is called as it
reads. A name that says nothing is taken by its position among those that are left.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from torch import nn

from linreg.check.calls import Called, call
from linreg.check.report import Mistake, Note, Seen, Verdict
from linreg.check.words import Text, show


class Role(NamedTuple):
    """What a parameter may stand for."""

    name: str
    """Its name in the book."""
    others: str = ""
    """Other names for it, separated by spaces; capitals and underscores make no difference."""
    needed: bool = True
    """Whether a function without it cannot be checked."""
    by_name: bool = False
    """Whether it is recognized by its name only, never by its position."""
    usual: bool = True
    """Whether a function of `*args` gets it too."""
    over_default: bool = True
    """Whether it is passed to a parameter that has a default."""


FEATURES = "x features feature inputs input xs data examples xtrain trainx trainfeatures"
LABELS = "y labels label targets target ytrue true truth groundtruth gt actual ys observed ytrain"
WEIGHTS = "w weights weight wt truew theta beta"
BIAS = "b bias intercept trueb"
RATE = "lr learningrate eta alpha stepsize rate"
BATCH_SIZE = "batchsize bs batch minibatchsize batchsz nbatch"


@dataclass(frozen=True)
class Plan:
    """A learner's function, and which argument each of its parameters gets."""

    f: Callable[..., Any]
    positional: tuple[str, ...]
    """The arguments that are passed by position, by their names in the book."""
    keywords: dict[str, str]
    """The learner's name of a parameter, and the book's."""
    parameters: dict[str, str]
    """The book's name of an argument, and the learner's."""
    in_order: bool = True
    """Whether the parameters come in the order of the book."""

    def __call__(self, **values: Any) -> Called:
        """Call the function with those of the values that it takes."""
        return call(
            self.f,
            *(values[name] for name in self.positional),
            **{hers: values[name] for hers, name in self.keywords.items()},
        )

    def without(self, name: str) -> Plan:
        """Return the plan that leaves an argument to its default."""
        place = self.positional.index(name) if name in self.positional else len(self.positional)
        later = {self.parameters[each]: each for each in self.positional[place + 1 :]}
        keywords = {key: each for key, each in (later | self.keywords).items() if each != name}
        return replace(self, positional=self.positional[:place], keywords=keywords)

    def required(self, name: str) -> bool:
        """Return whether the function takes this argument and has no default for it."""
        if not self.takes(name) or name not in self.parameters:
            return False
        parameter = signature_of(self.f).parameters[self.parameters[name]]
        return parameter.default is parameter.empty

    def takes(self, name: str) -> bool:
        """Return whether the function takes this argument."""
        return name in self.positional or name in self.keywords.values()


def normal(name: str) -> str:
    """Return a name without its capitals and underscores."""
    return name.replace("_", "").lower()


def signature_of(f: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of a function; that of `forward` for a model of torch.

    Raises:
        ValueError: `f` was written in C and does not tell.
    """
    return inspect.signature(f.forward if isinstance(f, nn.Module) else f)


def arrange(f: Callable[..., Any], roles: Sequence[Role]) -> Plan | None:
    """Find out what each parameter of `f` stands for; None when it cannot be called so."""
    try:
        parameters = list(signature_of(f).parameters.values())
    except ValueError:  # a function written in C need not tell its parameters
        needed = tuple(role.name for role in roles if role.needed)
        return Plan(f, needed, {}, {name: name for name in needed})
    kinds = {parameter.kind for parameter in parameters}
    named = [
        each for each in parameters if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    stands_for = {
        normal(spelling): role for role in roles for spelling in (role.name, *role.others.split())
    }
    chosen: dict[str, str] = {}
    for parameter in named:
        role = stands_for.get(normal(parameter.name))
        if (
            role is not None
            and role.name not in chosen.values()
            and (role.over_default or parameter.default is parameter.empty)
        ):
            chosen[parameter.name] = role.name
    left = [role for role in roles if role.name not in chosen.values()]
    for parameter in named:
        if parameter.name in chosen:
            continue
        required = parameter.default is parameter.empty
        fitting = [role for role in left if (role.needed or required) and not role.by_name]
        if fitting:
            chosen[parameter.name] = fitting[0].name
            left.remove(fitting[0])
        elif required:
            return None
    if any(role.needed and role.by_name for role in left):
        return None
    missing = [role.name for role in left if role.needed]
    rest = [role.name for role in left if role.needed or (role.usual and not role.by_name)]
    positional, keywords = _spread(named, chosen)
    if missing and inspect.Parameter.VAR_POSITIONAL in kinds:
        if keywords and any(
            each.kind is not each.KEYWORD_ONLY for each in named[len(positional) :]
        ):
            return None
        positional, missing = (*positional, *rest), []
    elif missing and inspect.Parameter.VAR_KEYWORD in kinds:
        keywords, missing = {**keywords, **{name: name for name in rest}}, []
    if missing:
        return None
    book = [role.name for role in roles]
    by_place = [
        chosen[each.name] for each in named if each.name in chosen and not _is_keyword(each)
    ]
    return Plan(
        f,
        positional,
        keywords,
        {name: hers for hers, name in chosen.items()},
        in_order=by_place == sorted(by_place, key=book.index),
    )


def _is_keyword(parameter: inspect.Parameter) -> bool:
    return parameter.kind is parameter.KEYWORD_ONLY


def _spread(
    named: Sequence[inspect.Parameter], chosen: dict[str, str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Pass by position what can be, and by keyword what comes after a parameter left out."""
    positional: list[str] = []
    keywords: dict[str, str] = {}
    gap = False
    for parameter in named:
        if parameter.name not in chosen:
            gap = True
        elif gap or _is_keyword(parameter):
            keywords[parameter.name] = chosen[parameter.name]
        else:
            positional.append(chosen[parameter.name])
    return tuple(positional), keywords


@dataclass(kw_only=True)
class Signature(Seen):
    """How a learner's function wants to be called."""

    hers: str

    @property
    def gave(self) -> str | Text:
        """The signature of the learner's function."""
        return self.hers


SIGNATURE: Mistake[Signature] = Mistake(
    "signature",
    "",
    lambda seen: True,
    en="your function takes other arguments. It is called with these, which it may take in any "
    "order under their usual names.",
    zh="你的函数接收的实参与要求的不同。检查时会传入下面这些；只要沿用通常的名称，顺序不限。",
)


def require_function(verdict: Verdict, f: object) -> None:
    """Check that `f` can be called.

    Raises:
        TypeError: it was called instead of handed over.
    """
    if not callable(f):
        raise TypeError(
            f"f must be a function, as in check.{verdict.check}({verdict.check}), got {show(f)}"
        )


def require_plan(
    verdict: Verdict, f: Callable[..., Any], forms: Iterable[Sequence[Role]], asked: str
) -> Plan:
    """Return how `f` is called, in the first of the forms that fits.

    Raises:
        TypeError: `f` is no function.
        CheckFailed: it takes other arguments.
    """
    require_function(verdict, f)
    plans = (arrange(f, roles) for roles in forms)
    plan = next((plan for plan in plans if plan is not None), None)
    if plan is None:
        hers = f"{getattr(f, '__name__', 'f')}{signature_of(f)}"
        verdict.judge([Signature(expected=asked, hers=hers)], [SIGNATURE])
        raise AssertionError("a wrong signature fails")
    return plan


def order_notes(plan: Plan, asked: str, section: str) -> list[Note]:
    """Return a note where the parameters come in another order than in the book."""
    if plan.in_order:
        return []
    hers = ", ".join(plan.parameters.get(name, name) for name in plan.positional)
    text = Text(
        f"checked with its arguments in your order, ({hers}). The book calls {asked}, so that its "
        "code cannot use yours as it is:",
        f"检查时按你的顺序 ({hers}) 传入实参。书中的调用是 {asked}，所以书中的代码不能直接换用你的"
        "函数：",
    )
    return [Note(text, section)]
