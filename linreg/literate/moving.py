"""A figure that moves: a block shows what comes of each combination of some values.

What offers it, such as ``linreg.interact``, tells so with displays of one MIME type. The first has
the controls; before what it shows of each combination stands where that is, by the index of each
control's value; and the last is the end::

    display({MIME: {"controls": [{"name": "n", "values": ["1", "2"], "start": 0}]}}, raw=True)
    display({MIME: {"at": [0]}}, raw=True)
    print(1)
    display({MIME: {"at": [1]}}, raw=True)
    print(2)
    display({MIME: {"end": True}}, raw=True)

A value is the text by which the reader knows it. A control may have a ``kind``: a ``slider``, which
is the usual one, ``buttons``, or ``time``, a slider that also plays. Values that lie close together
are said by ``{"low": -1, "high": 2, "step": 0.01}``.

Where there are too many combinations to show each, a script of the site computes the others on the
page. The first form then also has ``"script": {"name": "fit", "data": …}``, and the combination at
the start alone follows.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from linreg.literate.outputs import OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from linreg.literate.outputs import Output

MIME = "application/vnd.literate.interact+json"
KINDS = ("slider", "buttons", "time")

_KEYS = {"name", "values", "start", "kind"}
_RANGE = {"low", "high", "step"}
_MOST_VALUES = 10_000
_NAME = re.compile(r"[\w-]+")


class Moving:
    """A moving figure whose combinations come one after another.

    Args:
        said: the form that opens it.
        most: how many combinations it may have.

    Raises:
        OutputError: names what is wrong with the controls.
    """

    def __init__(self, said: Any, most: int) -> None:
        self.controls = _controls(said)
        self.script = _script(said["script"]) if "script" in said else None
        count = math.prod(len(control["values"]) for control in self.controls)
        if count > most and self.script is None:
            sizes = " × ".join(str(len(control["values"])) for control in self.controls)
            raise OutputError(
                f"the moving figure has {sizes} = {count} combinations, which is more than {most}; "
                "the option combinations sets the limit"
            )
        self._states: dict[tuple[int, ...], list[Output]] = {}
        self._here: tuple[int, ...] | None = None

    @property
    def state(self) -> list[Output] | None:
        """What the present combination has shown so far; None before the first."""
        return None if self._here is None else self._states[self._here]

    @property
    def where(self) -> str:
        """The present combination, as errors say it."""
        return "" if self._here is None else self._named(self._here)

    def go(self, said: Any) -> None:
        """Begin the combination that a form says."""
        sizes = [len(control["values"]) for control in self.controls]
        at = said["at"]
        if not (
            isinstance(at, (list, tuple))
            and len(at) == len(sizes)
            and all(_is_index(one) and 0 <= one < size for one, size in zip(at, sizes, strict=True))
        ):
            raise OutputError(
                f"{MIME} has at: {at!r}; it must be the index of a value of each control, {sizes}"
            )
        here = tuple(at)
        starts = tuple(control["start"] for control in self.controls)
        if self.script is not None and here != starts:
            raise OutputError(
                f"{MIME} has at: {at!r}; with a script it must be the start, {starts}"
            )
        if here in self._states:
            raise OutputError(f"the moving figure shows {self._named(here)} twice")
        self._here = here
        self._states[here] = []

    def end(self) -> Output:
        """The whole figure.

        Raises:
            OutputError: if a combination is missing.
        """
        whole: Output = {
            "kind": "interact",
            "stream": "value",
            "data": json.dumps(self.controls, ensure_ascii=False),
        }
        if self.script is not None:
            whole["script"] = json.dumps(self.script, ensure_ascii=False)
        every = combinations(whole)
        for combination in every:
            if combination not in self._states:
                raise OutputError(f"the moving figure does not show {self._named(combination)}")
        whole["states"] = [self._states[combination] for combination in every]
        return whole

    def _named(self, combination: Sequence[int]) -> str:
        return named(self.controls, combination)


def named(controls: Sequence[Mapping[str, Any]], combination: Sequence[int]) -> str:
    """A combination in words: ``lr = 0.1, steps = 3``."""
    pairs = zip(controls, combination, strict=True)
    return ", ".join(f"{control['name']} = {control['values'][i]}" for control, i in pairs)


def combinations(output: Output) -> list[tuple[int, ...]]:
    """The combinations of a moving figure that are shown, in the order of its states."""
    controls = json.loads(output["data"])
    if "script" in output:
        return [tuple(control["start"] for control in controls)]
    return list(product(*(range(len(control["values"])) for control in controls)))


def start(output: Output) -> int:
    """The number of the state in which a moving figure is to begin."""
    controls = json.loads(output["data"])
    return combinations(output).index(tuple(control["start"] for control in controls))


def flat(outputs: Sequence[Output]) -> list[Output]:
    """Outputs as they are at first, and on paper: a moving figure where it begins."""
    found: list[Output] = []
    for output in outputs:
        moves = output["kind"] == "interact"
        found += output["states"][start(output)] if moves else [output]
    return found


def arguments(outputs: Sequence[Output]) -> list[str]:
    """The names of the controls of what moves, each once."""
    moves = (json.loads(output["data"]) for output in outputs if output["kind"] == "interact")
    return list(dict.fromkeys(control["name"] for controls in moves for control in controls))


def _controls(said: Any) -> list[dict[str, Any]]:
    controls = said["controls"]
    if not isinstance(controls, (list, tuple)) or not controls:
        raise OutputError(f"{MIME} has controls: {controls!r}; it must be a list of controls")
    made = [_control(control) for control in controls]
    names = sorted(control["name"] for control in made)
    for one, other in pairwise(names):
        if one == other:
            raise OutputError(f"{MIME} has two controls with the name {one!r}")
    return made


def _control(control: Any) -> dict[str, Any]:
    def check(right: bool, should: str) -> None:
        if not right:
            raise OutputError(f"{MIME} has the control {control!r}; {should}")

    check(isinstance(control, dict), "it must be an object with a name and values")
    unknown = sorted(set(control) - _KEYS)
    check(not unknown, f"it may have {', '.join(sorted(_KEYS))}")
    name, values = control.get("name"), control.get("values")
    check(isinstance(name, str) and name.strip() != "", "its name must be text")
    made: dict[str, Any] = {"name": name}
    if isinstance(values, dict):
        check(_is_range(values), "its values must have low, high and step, with low < high")
        made["range"] = values
        values = _texts(values)
        check(len(values) <= _MOST_VALUES, f"it may have {_MOST_VALUES} values")
    check(
        isinstance(values, (list, tuple))
        and len(values) > 0
        and all(isinstance(value, str) and value.strip() for value in values),
        "its values must be a list of texts",
    )
    values = list(values or ())
    check(len(set(values)) == len(values), "its values must differ")
    first = control.get("start", 0)
    check(_is_index(first) and 0 <= first < len(values), "its start must be the index of a value")
    kind = control.get("kind", "slider")
    check(kind in KINDS, f"its kind must be one of {', '.join(KINDS)}")
    return {**made, "values": values, "start": first, "kind": kind}


def _script(said: Any) -> dict[str, Any]:
    if not (
        isinstance(said, dict)
        and set(said) == {"name", "data"}
        and isinstance(said["name"], str)
        and _NAME.fullmatch(said["name"])
    ):
        raise OutputError(
            f"{MIME} has the script {said!r}; it must be an object with data and a name of "
            "letters, digits and hyphens"
        )
    try:
        json.dumps(said["data"], allow_nan=False)
    except (TypeError, ValueError) as error:
        raise OutputError(f"{MIME} has data for a script that are no JSON: {error}") from None
    return said


def _is_range(values: dict[str, Any]) -> bool:
    numbers = values.values()
    return (
        set(values) == _RANGE
        and all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in numbers)
        and all(map(math.isfinite, numbers))
        and values["step"] > 0
        and values["low"] + values["step"] <= values["high"]
    )


def _texts(values: dict[str, Any]) -> list[str]:
    """The values of a range, all with the same number of decimals."""
    low, high, step = (Decimal(repr(values[name])) for name in ("low", "high", "step"))
    count = min(int((high - low) / step), _MOST_VALUES) + 1
    places = decimals(values)
    return [f"{low + i * step:.{places}f}" for i in range(count)]


def decimals(values: Mapping[str, Any]) -> int:
    """How many decimals the values of a range have.

    Args:
        values: their ``low``, ``high`` and ``step``.
    """
    places = 0
    for name in ("low", "step"):
        exponent = Decimal(repr(values[name])).normalize().as_tuple().exponent
        places = max(places, -int(exponent))
    return places


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
