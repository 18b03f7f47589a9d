"""What a check says: what was verified, or which mistake was found and where it is explained.

A mistake is an entry of a table: a key, the section of the book that explains it, a test that
recognizes it in what the learner's function did, and what to say in each language. A check runs the
function on inputs from small to large and hands the observations (`Seen`) to `Verdict.judge`: the
entry that explains the first wrong one, and most of the others, is the mistake.
"""

from __future__ import annotations

import inspect
import os
import random
import reprlib
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

import numpy as np
import torch
from torch import Tensor

SITE = "https://linreg.github.io/linreg/"
LANGUAGES = ("en", "zh")


class Text(NamedTuple):
    """The same words in both languages."""

    en: str
    zh: str


@dataclass(kw_only=True)
class Seen:
    """One observation of the learner's function: what went in, what was expected, what came out."""

    inputs: str | Text = ""
    expected: str | Text = ""
    right: bool = False
    result: Any = None
    error: Exception | None = None
    also: str = ""
    """What else the call left behind that it should not, such as `b.grad = [3]`."""
    facts: dict[str, object] = field(default_factory=dict)
    """What fills the {gaps} in the text of a mistake."""

    @property
    def gave(self) -> str | Text:
        """What came out, in words."""
        return show(self.result) if self.error is None else show_error(self.error)


@dataclass(frozen=True)
class Mistake:
    """One way to get a function wrong, how to recognize it and what to say about it."""

    key: str
    section: str
    """Where the book explains it, `chapter#heading-id`; empty: where it builds the function."""
    detect: Callable[[Any], bool]
    en: str
    zh: str
    vague: bool = False
    """Whether it only describes what is wrong, so that a mistake that says why goes first."""


class CheckFailed(AssertionError):  # noqa: N818  # it is no error of the program
    """A learner's function has a mistake; the message says which, shows it and links the book.

    Attributes:
        check: the function that was asked for, such as `"sgd"`.
        mistake: the key of the mistake, such as `"rebinding"`; `"unknown"` when none fits.
        url: the section of the book that explains it.
    """

    def __init__(self, message: str, *, check: str, mistake: str, url: str) -> None:
        super().__init__(message)
        self.check = check
        self.mistake = mistake
        self.url = url

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (str(self), self.check, self.mistake, self.url)


def _restore(message: str, check: str, mistake: str, url: str) -> CheckFailed:
    return CheckFailed(message, check=check, mistake=mistake, url=url)


@dataclass(frozen=True, repr=False)
class Passed:
    """What was verified, one line a property, and notes on what works but deserves a second look.

    As the last line of a cell it shows itself; in a script, `print` it.
    """

    check: str
    title: str
    verified: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        lines = [self.title, *(f"✓ {line}" for line in self.verified)]
        return "\n".join([*lines, *(f"! {note}" for note in self.notes)])


class Verdict:
    """Judges what was seen of one function, and speaks the learner's language.

    Args:
        check: the name of the function that is asked for.
        lang: `"en"` or `"zh"`; when None, the environment variable LINREG_LANG, else English.
        section: where the book builds the function, line by line.
    """

    def __init__(self, check: str, lang: str | None, section: str) -> None:
        self.check = check
        self.section = section
        self.lang = lang or os.environ.get("LINREG_LANG") or "en"
        if self.lang not in LANGUAGES:
            raise ValueError(f"lang must be 'en' or 'zh' (or LINREG_LANG), got {self.lang!r}")

    def say(self, text: str | Text) -> str:
        """Return the text in the learner's language."""
        if isinstance(text, str):
            return text
        return text.zh if self.lang == "zh" else text.en

    def link(self, section: str) -> str:
        """Return the address of a section, given as `chapter#heading-id`."""
        chapter, anchor = section.split("#")
        return f"{SITE}{self.lang}/{chapter}/#{anchor}"

    def judge(self, observations: Sequence[Seen], mistakes: Sequence[Mistake]) -> None:
        """Raise `CheckFailed` when an observation is wrong, and show the first that is.

        Of the mistakes that explain that one, the one that explains most of the others is named:
        on a single example, a sum looks like a mean. Vague ones count when there is no other.
        """
        wrong = [seen for seen in observations if not seen.right]
        if not wrong:
            return
        possible = [mistake for mistake in mistakes if mistake.detect(wrong[0])]
        possible = [mistake for mistake in possible if not mistake.vague] or possible
        possible.append(UNKNOWN)
        self._fail(wrong[0], max(possible, key=lambda each: sum(map(each.detect, wrong))))

    def _fail(self, seen: Seen, mistake: Mistake) -> NoReturn:
        words = self.say(Text(mistake.en, mistake.zh)).format(**seen.facts)
        url = self.link(mistake.section or self.section)
        rows = (
            (Text("with    ", "输入"), seen.inputs),
            (Text("expected", "应得"), seen.expected),
            (Text("got     ", "实得"), seen.gave),
        )
        shown = "\n".join(
            f"  {self.say(label)}  {self.say(value)}" for label, value in rows if value
        )
        if seen.also:
            shown += f"; {seen.also}"
        title = self.say(Text(f"{self.check}: {words}", f"{self.check}：{words}"))
        see = self.say(Text(f"Explained in {url}", f"详见 {url}"))
        raise CheckFailed(
            f"{title}\n\n{shown}\n\n{see}", check=self.check, mistake=mistake.key, url=url
        ) from seen.error

    def passed(self, verified: Sequence[Text], notes: Sequence[tuple[Text, str]] = ()) -> Passed:
        """Return the report; a note is a text and the section that explains it."""
        return Passed(
            check=self.check,
            title=self.say(Text(f"{self.check}: passed", f"{self.check}：通过")),
            verified=tuple(self.say(line) for line in verified),
            notes=tuple(f"{self.say(text)} {self.link(section)}" for text, section in notes),
        )


@dataclass(kw_only=True)
class Signature(Seen):
    """How a learner's function wants to be called."""

    hers: str

    @property
    def gave(self) -> str | Text:
        """Her function's signature."""
        return self.hers


SIGNATURE = Mistake(
    "signature",
    "",
    lambda seen: seen.error is not None,
    en="your function takes other arguments. It is called with these, in this order.",
    zh="你的函数的参数不对。调用时会按下面的顺序传入这些参数。",
)
RAISES = Mistake(
    "raises",
    "",
    lambda seen: seen.error is not None,
    en="your function raised an exception. The traceback names the line.",
    zh="你的函数抛出了异常，出错的行见回溯（traceback）。",
)
RETURNS_NONE = Mistake(
    "returns_none",
    "",
    lambda seen: seen.error is None and seen.result is None,
    en="your function gives back None. A `return` is missing, or one path through the function "
    "ends without it.",
    zh="你的函数返回了 None：缺少 `return`，或者有一条执行路径没有走到 `return`。",
)
UNKNOWN = Mistake(
    "unknown",
    "",
    lambda seen: False,
    en="the result differs from what is expected, and none of the usual mistakes explains it. "
    "This is the smallest input on which it shows.",
    zh="结果与应得的不同，而且不是任何一种常见错误。下面是能看出差别的最小输入。",
)


def require_call(verdict: Verdict, f: object, signature: str) -> None:
    """Check that `f` can be called as `signature` says, such as `sgd(params, lr, batch_size)`.

    Raises:
        TypeError: `f` is no function (it was called instead of handed over).
        CheckFailed: `f` takes other arguments.
    """
    if not callable(f):
        raise TypeError(
            f"f must be a function, as in check.{verdict.check}({verdict.check}), got {show(f)}"
        )
    arguments = signature[signature.index("(") + 1 : -1].split(", ")
    try:
        inspect.signature(f).bind(*arguments)
    except TypeError as error:
        hers = f"{getattr(f, '__name__', 'f')}{inspect.signature(f)}"
        seen = Signature(expected=signature, error=error, hers=hers)
        verdict.judge([seen], [SIGNATURE])
    except ValueError:  # a function written in C need not tell its parameters
        return


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave the learner's random states, gradient mode and warnings as they were.

    Inside, everything is seeded, so that a check says the same each time.
    """
    state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    with torch.random.fork_rng(), torch.enable_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.manual_seed(0)
            random.seed(0)
            np.random.seed(0)  # noqa: NPY002
            yield
        finally:
            random.setstate(state)
            np.random.set_state(numpy_state)  # noqa: NPY002


def call(f: Callable[..., Any], *args: object) -> tuple[Any, Exception | None]:
    """Return what `f` gives and the exception it raises; one of the two is None."""
    try:
        return f(*args), None
    except Exception as error:
        return None, error


def show(value: object) -> str:
    """Return a short text of a value: a tensor's numbers and shape, or its shape alone."""
    if isinstance(value, tuple | list) and any(isinstance(item, Tensor) for item in value):
        return "(" + "; ".join(map(show, value)) + ")"
    if not isinstance(value, Tensor):
        return reprlib.repr(value)
    shape = f"shape {tuple(value.shape)}"
    if value.numel() == 0 or value.numel() > 12:
        return f"{value.dtype}, {shape}"
    return f"{numbers(value)}, {shape}"


def numbers(value: Tensor) -> str:
    """Return a tensor's numbers in nested brackets, with four digits."""

    def nested(item: Any) -> str:
        if isinstance(item, list):
            return "[" + ", ".join(map(nested, item)) + "]"
        return f"{item:.4g}"

    return nested(value.detach().cpu().tolist())


def show_error(error: Exception) -> str:
    """Return an exception's type and the first line of its message."""
    first_line = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {textwrap.shorten(first_line, 160, placeholder=' …')}"


def column(*values: float) -> Tensor:
    """Return the values as a column, shape (n, 1)."""
    return torch.tensor([[value] for value in values])


def close(actual: Tensor, expected: Tensor) -> bool:
    """Return whether two tensors agree in shape and, up to rounding, in value."""
    if actual.shape != expected.shape:
        return False
    return torch.allclose(actual.double(), expected.double(), rtol=1e-4, atol=1e-5)
