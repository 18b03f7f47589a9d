"""A figure under the reader's hand: a function is called with the values that controls choose."""

import importlib
import inspect
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor

from linreg._arguments import check_callable, check_number, describe, is_truth_value
from linreg._notebook import in_notebook

__all__ = ["between", "by_script", "frames", "interact"]

# What a page that can show moving figures knows them by: see the manual of linreg.literate.
_MIME = "application/vnd.literate.interact+json"


@dataclass(frozen=True)
class Frames:
    """Values that follow one another in time."""

    values: Any


def frames(values: Any) -> Frames:
    """Say of an argument's values, for `interact`, that they follow one another in time.

    Their slider has a play button beside it.

    Args:
        values: a list, a tuple, a range, a tensor of one dimension, or a dict.

    Source: chapter "Gradient descent".

    Examples:
        >>> interact(lambda epoch: print("epoch", epoch), epoch=frames(range(1, 4)))
        epoch 1
    """
    return Frames(values)


@dataclass(frozen=True)
class Between:
    """Numbers that lie evenly between two."""

    low: float
    high: float
    step: float

    @property
    def texts(self) -> list[str]:
        """Each number, all with as many decimals as the step and the first need."""
        low, high, step = (Decimal(str(one)) for one in (self.low, self.high, self.step))
        places = max(-int(one.normalize().as_tuple().exponent) for one in (low, step))
        steps = int(max(high - low, Decimal(0)) / step)
        return [f"{low + i * step:.{max(0, places)}f}" for i in range(steps + 1)]


def between(low: float, high: float, step: float) -> Between:
    """Say of an argument's values, for `interact`, that they lie evenly between two numbers.

    Whole numbers are integers.

    Args:
        low: the first.
        high: the last, or more than that by less than a step.
        step: from one to the next.

    Raises:
        TypeError: one of them is no number.
        ValueError: one is not finite, the step is not above 0, or there would be one number alone.

    Source: chapter "The linear model".

    Examples:
        >>> interact(lambda slope=0.5: print("slope", slope), slope=between(0, 1, 0.25))
        slope 0.5
    """
    given = {"low": low, "high": high, "step": step}
    numbers = Between(*(check_number(name, number) for name, number in given.items()))
    if numbers.step <= 0:
        raise ValueError(f"step is {numbers.step:g}; it should be more than 0")
    if len(numbers.texts) < 2:
        raise ValueError(
            f"high is {numbers.high:g}; it should be at least low + step, {low + step:g}"
        )
    return numbers


@dataclass(frozen=True)
class ByScript:
    """What computes on a page what a function computes in Python."""

    name: str
    data: dict[str, Any]


def by_script(name: str, /, **data: Any) -> ByScript:
    """Say, for `interact`, that a script of the page computes what the function does.

    The function is then called once, where the controls begin. A script can follow every movement
    of a hand, where the combinations of values are too many to call the function with each.

    Args:
        name: of the script, as the page knows it.
        data: what the script needs, by name: numbers, texts, tensors and arrays, or lists of them.

    Raises:
        TypeError: the name is no text, or something is none of these.

    Source: chapter "The linear model".

    Examples:
        >>> given = by_script("fit", x=torch.tensor([0.5, 2]))
        >>> interact(lambda b=0: print("b", b), given, b=between(0, 1, 0.01))
        b 0.0
    """
    if not isinstance(name, str):
        raise TypeError(f"name is {describe(name)}; it should be the name of a script")
    return ByScript(name, {key: _plain(key, value) for key, value in data.items()})


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Tensor | np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(name, one) for one in value]
    if isinstance(value, str | int | float):
        return value
    raise TypeError(
        f"{name} is {describe(value)}; it should be a number, text, a tensor, an array or a list"
    )


def interact(f: Callable[..., Any], by: ByScript | None = None, /, **values: Any) -> None:
    """Show what a function prints, draws and returns, for values that the reader chooses.

    On a page of the book the function is called with every combination of the values while the
    page is made, and sliders and buttons choose among the outputs. In a notebook the controls are
    those of ipywidgets, if that is installed. Everywhere else, and in a notebook without
    ipywidgets, the function is called once, with the values at which the controls begin: each
    argument's default, or else the first of its values.

    On a page, the random numbers of Python, numpy and torch are the same for every combination,
    and go on afterwards as if only the first call had been made.

    Args:
        f: the function. What it returns is shown as the last value of a cell is.
        by: where a script of the page computes what the function does, `by_script(...)`.
        values: for arguments of `f`, what each can be. Numbers in a list, a tuple, a range, an
            array or a tensor of one dimension have a slider. Anything else in a list has buttons;
            so has a dict, whose keys are what the buttons say. `frames(...)` around the values
            adds a play button, and `between(...)` is a slider that moves evenly.

    Raises:
        TypeError: `f` is not callable or does not take such arguments, `by` is something else, or
            values are none.
        ValueError: there are no values, two look alike, or the default is not one of them.

    Source: chapter "Gradient descent".

    Examples:
        >>> def descend(lr, steps=10):
        ...     w = 1.0
        ...     for _ in range(steps):
        ...         w -= lr * 2 * w
        ...     print(f"{w:.2f}")
        >>> interact(descend, lr=[0.1, 0.5, 1.1], steps=[1, 10, 100])
        0.11
    """
    check_callable("f", f, ", ".join(values))
    if not isinstance(by, ByScript | None):
        raise TypeError(f"by is {describe(by)}; it should be by_script(...)")
    arguments = _arguments(f, values)
    if _on_page():
        _show_all(f, by, arguments)
    elif in_notebook():
        _show_widgets(f, arguments)
    else:
        f(**{argument.name: argument.first for argument in arguments})


@dataclass(frozen=True)
class _Argument:
    """What an argument of the function can be."""

    name: str
    values: Sequence[Any]
    texts: list[str]  # how the reader knows each
    start: int
    kind: str  # slider, buttons or time
    said: Any  # the texts, as a page is told of them

    @property
    def first(self) -> Any:
        """The value at which the control begins."""
        return self.values[self.start]


def _arguments(f: Callable[..., Any], values: dict[str, Any]) -> list[_Argument]:
    if not values:
        raise ValueError(
            "interact has no values; it should have some for an argument of the function, "
            f"as interact({_name(f)}, lr=[0.1, 0.3])"
        )
    try:
        known = inspect.signature(f).parameters
    except (TypeError, ValueError):  # of some functions that are not written in Python
        return [_argument(name, each, inspect.Parameter.empty) for name, each in values.items()]
    named = {
        name: parameter
        for name, parameter in known.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }
    takes_any = any(parameter.kind == parameter.VAR_KEYWORD for parameter in known.values())
    for name in values:
        if name not in named and not takes_any:
            has = f"its arguments are {', '.join(named)}" if named else "it takes none by name"
            raise TypeError(f"{_name(f)} has no argument {name}; {has}")
    for name, parameter in known.items():
        optional = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if name not in values and parameter.default is parameter.empty and not optional:
            raise TypeError(
                f"{_name(f)} needs its argument {name}; interact should have values for it"
            )
    defaults = {name: parameter.default for name, parameter in named.items()}
    return [
        _argument(name, each, defaults.get(name, inspect.Parameter.empty))
        for name, each in values.items()
    ]


def _argument(name: str, given: Any, default: Any) -> _Argument:
    plays = isinstance(given, Frames)
    given = given.values if plays else given
    said = None
    if isinstance(given, Between):
        texts, kind = given.texts, "slider"
        values = [float(text) if "." in text else int(text) for text in texts]
        said = {"low": given.low, "high": given.high, "step": given.step}
    elif isinstance(given, dict):
        values, texts, kind = list(given.values()), list(map(str, given)), "buttons"
    else:
        values = _values(name, given)
        numbers = all(map(_is_number, values))
        texts = [_text(value) if numbers else str(value) for value in values]
        kind = "slider" if numbers else "buttons"
    if not values:
        raise ValueError(f"{name} has no values; it should have one at least")
    if any(not text.strip() for text in texts):
        raise ValueError(f"{name} has a value without a text; each should say what it is")
    for i, text in enumerate(texts):
        if text in texts[:i]:
            raise ValueError(f"{name} has two values that read {text}; they should differ")
    start = 0
    if default is not inspect.Parameter.empty:
        same = (i for i, value in enumerate(values) if _is_same(value, default))
        found = next(same, None)
        if found is None:
            raise ValueError(
                f"{name} is {describe(default)} by default, which is not one of its values: "
                f"{', '.join(texts)}"
            )
        start = found
    return _Argument(name, values, texts, start, "time" if plays else kind, said or texts)


def _values(name: str, given: Any) -> list[Any]:
    if isinstance(given, Tensor | np.ndarray) and given.ndim == 1:
        return list(given.tolist())
    if not isinstance(given, list | tuple | range):
        raise TypeError(
            f"{name} is {describe(given)}; it should be a list, a tuple, a range, a tensor of one "
            "dimension, or a dict from names to values"
        )
    return [
        value.item() if isinstance(value, Tensor | np.generic) and value.ndim == 0 else value
        for value in given
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not is_truth_value(value)


def _text(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


def _is_same(value: Any, default: Any) -> bool:
    """Whether a value is the default: 0.1 also where it has come from a tensor of float32."""
    if _is_number(value) and _is_number(default):
        return _text(float(value)) == _text(float(default))
    try:
        return value is default or (type(value) is type(default) and bool(value == default))
    except (RuntimeError, ValueError):  # tensors of several numbers
        return False


def _name(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", type(f).__name__)


def _on_page() -> bool:
    """Whether what runs this code says that it can show what moves."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and _MIME in shell.display_formatter.active_types


def _show_all(f: Callable[..., Any], by: ByScript | None, arguments: list[_Argument]) -> None:
    """Tell the page of each combination, and what it shows."""
    from IPython.display import display

    def tell(**said: Any) -> None:
        display({_MIME: said}, raw=True)  # type: ignore[no-untyped-call]

    controls = [
        {"name": each.name, "values": each.said, "start": each.start, "kind": each.kind}
        for each in arguments
    ]
    first = tuple(each.start for each in arguments)
    others: Iterable[tuple[int, ...]] = ()
    if by is None:
        tell(controls=controls)
        others = product(*(range(len(each.values)) for each in arguments))
    else:
        tell(controls=controls, script={"name": by.name, "data": by.data})
    with _same_random_numbers() as again:
        for at in [first, *(other for other in others if other != first)]:
            again()
            tell(at=at)
            found = f(**{a.name: a.values[i] for a, i in zip(arguments, at, strict=True)})
            if found is not None:
                display(found)  # type: ignore[no-untyped-call]
    tell(end=True)


@contextmanager
def _same_random_numbers() -> Iterator[Callable[[], None]]:
    """Give what lets random numbers begin as now; they end as they are when that is called again.

    The state after the first call is the one that holds in the end.
    """
    states: list[tuple[Any, Any, Any]] = []

    def now() -> tuple[Any, Any, Any]:
        return random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002

    def put(state: tuple[Any, Any, Any]) -> None:
        random.setstate(state[0])
        np.random.set_state(state[1])  # noqa: NPY002
        torch.set_rng_state(state[2])

    def again() -> None:
        if len(states) < 2:
            states.append(now())
        if len(states) == 2:
            put(states[0])

    yield again
    if len(states) == 2:
        put(states[1])


def _show_widgets(f: Callable[..., Any], arguments: list[_Argument]) -> None:
    """Show the controls of a notebook, or say in a line why there are none."""
    try:
        ipywidgets: Any = importlib.import_module("ipywidgets")
    except ImportError:
        starts = ", ".join(f"{each.name} = {each.texts[each.start]}" for each in arguments)
        print(f"With ipywidgets installed, you could choose the values here; now {starts}.")
        _show(f(**{each.name: each.first for each in arguments}))
        return
    ipywidgets.interact(f, **{each.name: _widget(ipywidgets, each) for each in arguments})


def _show(found: Any) -> None:
    if found is not None:
        from IPython.display import display

        display(found)  # type: ignore[no-untyped-call]


def _widget(ipywidgets: Any, argument: _Argument) -> Any:
    options = list(zip(argument.texts, argument.values, strict=True))
    kind = ipywidgets.RadioButtons if argument.kind == "buttons" else ipywidgets.SelectionSlider
    widget = kind(options=options, index=argument.start, description=argument.name)
    if argument.kind == "time":
        from IPython.display import display

        play = ipywidgets.Play(max=len(options) - 1, value=argument.start, interval=700)
        ipywidgets.jslink((play, "value"), (widget, "index"))
        display(play)  # type: ignore[no-untyped-call]
    return widget
