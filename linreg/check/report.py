"""What a check says: what was verified, or which mistake was found and where it is explained.

A mistake is an entry of a table: a key, the section of the book that explains it, a test that
recognizes it in what the learner's function did, and what to say in each language. A check runs the
function on inputs from small to large and hands the observations (`Seen`) to `Verdict.judge`.
"""

from __future__ import annotations

import os
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, NoReturn, TypeVar

from torch import Tensor

from linreg.check import book
from linreg.check.words import Text, excerpt, show, show_error

LANGUAGES = ("en", "zh")


class Note(NamedTuple):
    """What works but deserves a second look, and the section that explains it."""

    text: Text
    section: str


@dataclass(kw_only=True)
class Seen:
    """One observation of the learner's function: what went in, what was expected, what came out."""

    inputs: str | Text = ""
    expected: str | Text = ""
    right: bool = False
    result: Any = None
    error: BaseException | None = None
    printed: str = ""
    """What the function printed while it was observed."""
    also: str = ""
    """What else the call left behind that it should not, such as `b.grad = [3]`."""
    facts: dict[str, object] = field(default_factory=dict)
    """What fills the {gaps} in the text of a mistake."""

    @property
    def gave(self) -> str | Text:
        """What came out, in words."""
        return show(self.result) if self.error is None else show_error(self.error)


Observed = TypeVar("Observed", bound=Seen)
Examined = TypeVar("Examined", bound=Seen, contravariant=True)


@dataclass(frozen=True)
class Mistake(Generic[Examined]):
    """One way to get a function wrong, how to recognize it and what to say about it."""

    key: str
    section: str
    """Where the book explains it, `chapter#heading-id`; empty: where it builds the function."""
    detect: Callable[[Examined], bool]
    en: str
    zh: str
    exact: bool = False
    """Whether it says what comes out of every call, so that a single other outcome refutes it."""
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
        return f"{book.address()}{self.lang}/{chapter}/#{anchor}"

    def judge(
        self, observations: Sequence[Observed], mistakes: Sequence[Mistake[Observed]]
    ) -> None:
        """Raise `CheckFailed` when an observation is wrong, and show the first that is.

        Of the mistakes that explain that one, the one that explains most of the others is named:
        on a single example, a sum looks like a mean. An exact mistake must foretell every
        observation, the right ones too; vague ones count when there is no other.
        """
        wrong = [seen for seen in observations if not seen.right]
        if not wrong:
            return
        possible = [
            mistake
            for mistake in mistakes
            if mistake.detect(wrong[0])
            and (not mistake.exact or all(map(mistake.detect, observations)))
        ]
        possible = [mistake for mistake in possible if not mistake.vague] or possible
        possible.append(UNKNOWN)
        self._fail(wrong[0], max(possible, key=lambda each: sum(map(each.detect, wrong))))

    def _fail(self, seen: Seen, mistake: Mistake[Any]) -> NoReturn:
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
        if seen.printed.strip():
            shown += f"\n  {self.say(Text('printed ', '打印'))}  {excerpt(seen.printed)}"
        title = self.say(Text(f"{self.check}: {words}", f"{self.check}：{words}"))
        see = self.say(Text(f"Explained in {url}", f"详见 {url}"))
        raise CheckFailed(
            f"{title}\n\n{shown}\n\n{see}", check=self.check, mistake=mistake.key, url=url
        ) from seen.error

    def passed(self, verified: Sequence[Text], notes: Sequence[Note] = ()) -> Passed:
        """Return the report: what was verified, and the notes."""
        space = self.say(Text(" ", ""))  # a colon of Chinese brings its own
        return Passed(
            check=self.check,
            title=self.say(Text(f"{self.check}: passed", f"{self.check}：通过")),
            verified=tuple(self.say(line) for line in verified),
            notes=tuple(f"{self.say(text)}{space}{self.link(section)}" for text, section in notes),
        )


# Mistakes that any function may have


def _is_context_manager_missing(seen: Seen) -> bool:
    words = str(seen.error)
    return isinstance(seen.error, TypeError | AttributeError) and (
        "context manager protocol" in words or words == "__enter__"
    )


RAISES: Mistake[Seen] = Mistake(
    "raises",
    "",
    lambda seen: seen.error is not None,
    en="your function raised an exception. The traceback names the line.",
    zh="你的函数抛出了异常，出错的行见回溯（traceback）。",
    vague=True,
)
ENDLESS_LOOP: Mistake[Seen] = Mistake(
    "endless_loop",
    "",
    lambda seen: isinstance(seen.error, TimeoutError),
    en="your function was still computing after five seconds and was stopped. Does one of its "
    "loops never end? A `while` needs a line that brings its end nearer, such as `i += "
    "batch_size`.",
    zh="你的函数运行了五秒还没有结束，检查就把它中止了。是不是有一个循环停不下来？`while` 循环里要"
    "有一行让它接近终点，例如 `i += batch_size`。",
)
NO_PARENTHESES: Mistake[Seen] = Mistake(
    "no_parentheses",
    "no-grad#no-grad",
    _is_context_manager_missing,
    en="what comes after `with` is not a context manager. `torch.no_grad` is a class; the "
    "parentheses make one: `with torch.no_grad():`.",
    zh="`with` 后面的不是上下文管理器。`torch.no_grad` 是类，加上括号才得到上下文管理器：`with "
    "torch.no_grad():`。",
)
RETURNS_NONE: Mistake[Seen] = Mistake(
    "returns_none",
    "",
    lambda seen: seen.error is None and seen.result is None and not seen.printed.strip(),
    en="your function gives back None. A `return` is missing, or one path through the function "
    "ends without it.",
    zh="你的函数返回了 None：缺少 `return`，或者有一条执行路径没有走到 `return`。",
)
PRINTS: Mistake[Seen] = Mistake(
    "prints",
    "",
    lambda seen: seen.error is None and seen.result is None and bool(seen.printed.strip()),
    en="your function prints, and gives back None. `print` only shows a value; `return` hands it "
    "to the caller.",
    zh="你的函数打印了内容，却返回 None。`print` 只是显示一个值，`return` 才把它交给调用者。",
)
GENERATOR: Mistake[Seen] = Mistake(
    "generator",
    "minibatches#generator",
    lambda seen: isinstance(seen.result, types.GeneratorType),
    en="your function gives back a generator, and nothing in it has run: a function with `yield` "
    "runs only when it is looped over. Use `return` and a plain loop.",
    zh="你的函数返回的是生成器，里面的代码并没有运行：带 `yield` 的函数，要用循环去遍历才"
    "会运行。请用 `return` 和普通的循环。",
)
ONE_IN_A_TUPLE: Mistake[Seen] = Mistake(
    "one_in_a_tuple",
    "",
    lambda seen: (
        isinstance(seen.result, tuple | list)
        and len(seen.result) == 1
        and isinstance(seen.result[0], Tensor)
    ),
    en="your function gives back a tuple or list with one thing in it. A comma at the end of "
    "`return a,` makes a tuple, brackets make a list: write `return a`.",
    zh="你的函数返回的是只有一个元素的元组或列表。`return a,` 末尾的逗号会得到元组，方括号会得到列"
    "表：请写 `return a`。",
)
UNKNOWN: Mistake[Seen] = Mistake(
    "unknown",
    "",
    lambda seen: False,
    en="the result differs from what is expected, and none of the usual mistakes explains it. "
    "This is the smallest input on which it shows.",
    zh="结果与应得的不同，又不属于任何一种常见的错误。下面是能看出差别的最小的输入。",
)
FAILS: tuple[Mistake[Seen], ...] = (ENDLESS_LOOP, NO_PARENTHESES, RAISES)
"""What stops a function."""
