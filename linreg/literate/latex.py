r"""Says in math-core's LaTeX what it lacks, or would set wrong without a word.

One formula in that math-core would refuse, and out what it understands::

    >>> read(r"x = y \tag{1}", displayed=True).tex
    '\\begin{equation*}x = y \\tag{1}\\end{equation*}'

What no words of math-core say (a colour in hexadecimal, the space after a row, a rule) becomes a
group in a colour that the formula does not use; `linreg.literate.mathml` knows it by that colour
and puts the real thing in its place. What cannot be set is an error with its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import math_core

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MACROS", "LatexError", "Mark", "Reading", "read"]

# What math-core can be told in its own LaTeX.
MACROS = {
    "allowbreak": "",
    "dotsb": r"\cdots",
    "dotsc": r"\ldots",
    "dotsi": r"\cdots",
    "dotsm": r"\cdots",
    "dotso": r"\ldots",
    "enskip": r"\enspace",
    "ensuremath": "#1",
    "hbox": r"\text{#1}",
    "hdots": r"\ldots",
    "mathnormal": "{#1}",
    "mbox": r"\text{#1}",
    "nobreak": "",
    "pmb": r"\boldsymbol{#1}",
    "smallsetminus": r"\setminus",
    "strut": r"\mathstrut",
    "textnormal": r"\text{#1}",
    "textup": r"\text{#1}",
}

# The environments of amsmath that math-core has under another name.
_RENAMED = {"split": ("{aligned}", "{aligned}"), "smallmatrix": ("{subarray}{c}", "{subarray}")}
_PLACED = ("aligned", "alignedat", "array", "gathered", "split")  # may have [t] after their name
_STARRED = (r"\operatorname", r"\tag")
_PADDED = {
    r"\mathrlap": ("width",),
    r"\rlap": ("width",),
    r"\smash": ("height", "depth"),
}
_TEXT = ("hbox", "mbox", "text", "textbf", "textit", "textnormal", "textrm", "textsf", "texttt")

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|%[^\n]*\n?|.", re.DOTALL)
_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*(em|ex|pt|in|cm|mm|pc|bp|mu)\s*")
_HEXADECIMAL = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


class LatexError(Exception):
    """What cannot be set, and at which character of the formula."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


class Mark(NamedTuple):
    """What a group stands for.

    A `colour`, the `gap` after a row or a `rule`, with values of CSS: the colour, the length, or
    width, height and how far it is raised; something `padded`, with the names of the dimensions
    that it does not have; or the number of an equation, `ref`.
    """

    kind: str
    values: tuple[str, ...] = ()


@dataclass
class Reading:
    """A formula as math-core is given it.

    ``origins`` says of each character of ``tex``, and of its end, from which place in the formula
    it comes; ``marks`` what the groups stand for, by the colour that math-core writes.
    """

    tex: str = ""
    origins: list[int] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)

    def origin(self, position: int) -> int:
        """The place in the formula from which a place in ``tex`` comes."""
        return self.origins[min(position, len(self.origins) - 1)]


def read(tex: str, *, displayed: bool) -> Reading:
    """Say a formula in math-core's words.

    Args:
        tex: the formula, without its dollars.
        displayed: whether it stands on a line of its own.

    Raises:
        LatexError: for what neither math-core nor this module can set.
    """
    reader = _Reader(tex)
    i = 0
    while i < len(reader.tokens):
        i = reader.step(i)
    made = reader.made
    if reader.tagged and displayed:
        opening, closing = r"\begin{equation*}", r"\end{equation*}"
        made.tex = f"{opening}{made.tex}{closing}"
        made.origins = [0] * len(opening) + made.origins + [len(tex)] * len(closing)
    made.origins.append(len(tex))
    return made


class _Reader:
    """Goes through the tokens of a formula and writes what math-core is given."""

    def __init__(self, tex: str) -> None:
        self.source = tex
        self.tokens = _TOKEN.findall(tex)
        self.places = [found.start() for found in _TOKEN.finditer(tex)] + [len(tex)]
        self.made = Reading()
        self.around: list[str] = []  # environments, `\substack` and `{`, the innermost last
        self.tagged = False
        self.free = [name for name in _colours() if name not in tex]

    def step(self, i: int) -> int:
        """Read what begins with a token; the index of the token after it."""
        special = _SPECIAL.get(self.tokens[i])
        return special(self, i) if special else self.copy(i)

    # What is read

    def copy(self, i: int) -> int:
        token = self.tokens[i]
        self.write(i, token)
        if token[1:].isalpha() and token not in _STARRED and self.token(i + 1) == "*":
            self.write(i + 1, " ")  # a product: math-core takes it for a part of the name
        return i + 1

    def opened(self, i: int) -> int:
        self.around.append("{")
        return self.copy(i)

    def closed(self, i: int) -> int:
        if self.around[-1:] == ["{"]:
            self.around.pop()
        return self.copy(i)

    def tag(self, i: int) -> int:
        r"""A ``\tag`` of the whole formula; one in an environment is math-core's own."""
        self.tagged |= all(name == "{" for name in self.around)
        return self.copy(i)

    def space(self, i: int) -> int:
        """A ``\\hspace*``, which is another one at the end of a line alone."""
        self.write(i, self.tokens[i])
        return i + 1 + (self.token(i + 1) == "*")

    def blank(self, i: int) -> int:
        """A blank after a backslash, which may be a line's end."""
        self.write(i, r"\ ")
        return i + 1

    def padded(self, i: int) -> int:
        """What takes no width to its right, or no height."""
        start, command = self.skip(i + 1), self.tokens[i]
        if self.token(start) == "[":
            raise self.problem(i, f'"{command}" with an optional argument is not supported')
        self.write(i, rf"\textcolor{{{self.free_colour(i, Mark('padded', _PADDED[command]))}}}{{")
        if command == r"\rlap":
            self.write(i, r"\text")
            self.write(start, "{")
        after = self.group(start, i)
        self.write(after - 1, "}}" if command == r"\rlap" else "}")
        return after

    def operator_name(self, i: int) -> int:
        """The name of an operator with an exponent or an index in it."""
        if self.token(i + 1) == "*":
            return self.copy(i)
        words, after = self.argument(i + 1, i)
        if not set("^_") & set(words):
            return self.copy(i)
        self.write(i, rf"\mathop{{\mathrm{{{words}}}}}")
        return after

    def large_operator(self, i: int) -> int:
        r"""A ``\mathop`` with ``\limits``, which math-core allows after a sign alone."""
        start = self.skip(i + 1)
        limits = self.skip(self.closing(start, i) + 1) if self.token(start) == "{" else i
        if self.token(limits) != r"\limits":
            return self.copy(i)
        scripts = {}
        after = limits + 1
        while self.token(self.skip(after)) in ("_", "^"):
            script = self.skip(after)
            scripts[self.tokens[script]] = self.skip(script + 1)
            _, after = self.argument(script + 1, script)
        self.write(i, r"\mathop{")
        for sign, place in scripts.items():
            self.write(i, r"\underset{" if sign == "_" else r"\overset{")
            if self.token(place) == "{":
                self.group(place, i)
            else:
                self.step(place)
            self.write(i, "}{")
        self.group(start, i)
        self.write(i, "}" * (len(scripts) + 1))
        return after

    def unsupported(self, i: int) -> int:
        """A command that math-core knows and browsers do not draw."""
        raise self.problem(i, f'Unknown command "{self.tokens[i]}"')

    def reference(self, i: int) -> int:
        label, after = self.argument(i + 1, i)
        self.mark(i, Mark("ref"), rf"\eqref{{{label}}}")
        return after

    def row(self, i: int) -> int:
        """The end of a row: ``\\``, ``\\*`` or ``\\[2pt]``."""
        after = i + 1
        if all(name == "{" for name in self.around):
            raise self.problem(
                i,
                rf'"{self.tokens[i]}" begins a row, and there are none here; put the rows into '
                r"\begin{aligned} … \end{aligned}",
            )
        after += self.token(after) == "*"  # forbids a page break
        if self.token(after) == "[":
            text, end = self.optional(after)
            self.mark(i, Mark("gap", (self.length(after, text),)), "")
            after = end
        self.write(i, r"\\")
        return after

    def begin(self, i: int) -> int:
        name, after = self.argument(i + 1, i)
        opening = _RENAMED.get(name, (f"{{{name}}}",))[0]
        if name.rstrip("*") in _PLACED and self.token(after) == "[":
            place, end = self.optional(after)
            if place.strip() not in ("t", "b", "c"):
                raise self.problem(after, rf'"[{place}]" is none of [t], [c] and [b]')
            if place.strip() != "c" and not self.alone(i):
                raise self.problem(
                    i, rf'"\begin{{{name}}}[{place}]" beside something else is not supported'
                )
            after = end
        self.around.append(name)
        self.write(i, rf"\begin{opening}")
        return after

    def end(self, i: int) -> int:
        name, after = self.argument(i + 1, i)
        if self.around[-1:] == [name]:
            self.around.pop()
        closing = _RENAMED.get(name, ("", f"{{{name}}}"))[1]
        self.write(i, rf"\end{closing}")
        return after

    def text(self, i: int) -> int:
        r"""Words with formulas in them: ``\text{if $x$}`` is ``{\text{if }{\textstyle x}}``."""
        start = i + 1
        if self.token(start) != "{":
            return self.copy(i)
        end = self.closing(start, i)
        dollars = [
            j for j in range(start, end) if self.tokens[j] == "$" and self.depth(start, j) == 1
        ]
        if not dollars:
            return self.copy(i)
        if len(dollars) % 2:
            raise self.problem(dollars[-1], 'a "$" in the text has no other after it')
        self.write(i, "{")
        for number, (before, after) in enumerate(pairwise([start, *dollars, end])):
            if number % 2:
                self.write(before, r"{\textstyle ")
                j = before + 1
                while j < after:
                    j = self.step(j)
                self.write(after, "}")
            elif before + 1 < after:
                self.write(before, f"{self.tokens[i]}{{")
                for j in range(before + 1, after):
                    self.write(j, self.tokens[j])
                self.write(after, "}")
        self.write(end, "}")
        return end + 1

    def colour(self, i: int) -> int:
        r"""A colour by its numbers: ``\color{#f00}``, ``\textcolor[rgb]{1,0,0}{…}``."""
        model, at = "", i + 1
        if self.token(at) == "[":
            model, at = self.optional(at)
        value, after = self.argument(at, i)
        if not model and not value.startswith("#"):
            self.write(i, self.tokens[i])  # a name: math-core knows it, or says that it does not
            return i + 1
        css = _css_colour(model.strip(), value.strip())
        if css is None:
            shown = f"[{model}]" if model else ""
            raise self.problem(i, f'Unknown color "{shown}{{{value}}}"')
        self.write(i, f"{self.tokens[i]}{{{self.free_colour(i, Mark('colour', (css,)))}}}")
        return after

    def rule(self, i: int) -> int:
        raised, at = "0pt", i + 1
        if self.token(at) == "[":
            text, at = self.optional(at)
            raised = self.length(i, text)
        width, at = self.argument(at, i)
        height, after = self.argument(at, i)
        sizes = (self.length(i, width), self.length(i, height), raised)
        self.mark(i, Mark("rule", sizes), "")
        return after

    def substack(self, i: int) -> int:
        """Rows in braces."""
        self.write(i, r"\begin{subarray}{c}")
        after = self.group(self.skip(i + 1), i)
        self.write(after - 1, r"\end{subarray}")
        return after

    def group(self, start: int, command: int) -> int:
        """What stands in braces, in which there may be rows; the index of what follows."""
        end = self.closing(start, command)
        self.around.append(self.tokens[command])
        j = start + 1
        while j < end:
            j = self.step(j)
        self.around.pop()
        return end + 1

    def definition(self, i: int) -> int:
        r"""A ``\newcommand``, which may have the name of one that math-core has beyond LaTeX."""
        at = i + 1 + (self.token(i + 1) == "*")
        name, at = self.argument(at, i)
        number = ""
        if self.token(at) == "[":
            number, at = self.optional(at)
            if self.token(at) == "[":
                raise self.problem(i, r'"\newcommand" with an optional argument is not supported')
            number = f"[{number}]"
        self.write(i, rf"\providecommand{{{name}}}{{}}\renewcommand{{{name}}}{number}{{")
        after = self.group(self.skip(at), i)
        self.write(after - 1, "}")
        return after

    def operator(self, i: int) -> int:
        star = "*" if self.token(i + 1) == "*" else ""
        name, at = self.argument(i + 1 + len(star), i)
        words, after = self.argument(at, i)
        self.write(
            i,
            rf"\providecommand{{{name}}}{{}}"
            rf"\renewcommand{{{name}}}{{\operatorname{star}{{{words}}}}}",
        )
        return after

    # How it is read

    def token(self, i: int) -> str:
        """The token with this index, empty beyond the last."""
        return self.tokens[i] if i < len(self.tokens) else ""

    def skip(self, i: int) -> int:
        """The index of the next token that is neither blank nor a comment."""
        while self.token(i).isspace() or self.token(i).startswith("%"):
            i += 1
        return i

    def closing(self, i: int, command: int) -> int:
        """The index of the brace that closes the one with this index."""
        if self.token(i) != "{":
            raise self.problem(command, f'"{self.tokens[command]}" needs an argument in braces')
        for j in range(i, len(self.tokens)):
            if self.depth(i, j + 1) == 0:
                return j
        raise self.problem(i, 'Expected closing token "}"')

    def depth(self, start: int, stop: int) -> int:
        """How many more braces open than close between two indices."""
        tokens = self.tokens[start:stop]
        return tokens.count("{") - tokens.count("}")

    def argument(self, i: int, command: int) -> tuple[str, int]:
        """The text of an argument, in braces or one token, and the index of what follows."""
        i = self.skip(i)
        if self.token(i) in ("", "}"):
            raise self.problem(command, f'"{self.tokens[command]}" needs another argument')
        if self.token(i) != "{":
            return self.tokens[i], i + 1
        end = self.closing(i, command)
        return "".join(self.tokens[i + 1 : end]), end + 1

    def optional(self, i: int) -> tuple[str, int]:
        """The text between brackets, and the index of what follows."""
        if "]" not in self.tokens[i:]:
            raise self.problem(i, 'Expected closing token "]"')
        end = self.tokens.index("]", i)
        return "".join(self.tokens[i + 1 : end]), end + 1

    def length(self, i: int, text: str) -> str:
        """A length of TeX as one of CSS."""
        found = _LENGTH.fullmatch(text)
        if found is None:
            raise self.problem(i, f'"{text}" is no length that is supported, such as 2pt or 0.5em')
        number, unit = float(found[1]), found[2]
        if unit == "mu":
            number, unit = number / 18, "em"
        elif unit == "bp":  # a big point is that of CSS
            unit = "pt"
        elif unit == "pt":
            number *= 72 / 72.27
        return f"{number:.4g}{unit}"

    def alone(self, i: int) -> bool:
        """Whether an environment is all that there is, but for a mark at its end."""
        if any(not self.token(j).isspace() for j in range(i)):
            return False
        depth = 0
        for j in range(i, len(self.tokens)):
            depth += (self.tokens[j] == r"\begin") - (self.tokens[j] == r"\end")
            if depth == 0:
                _, after = self.argument(j + 1, j)
                return not "".join(self.tokens[after:]).strip(" \n.,;:")
        return False

    # What is written

    def write(self, i: int, text: str) -> None:
        """Write what comes from the token with this index."""
        place = self.places[i]
        same = self.source.startswith(text, place)
        self.made.tex += text
        self.made.origins += [place + (k if same else 0) for k in range(len(text))]

    def mark(self, i: int, mark: Mark, text: str) -> None:
        """Write a group that stands for something else."""
        self.write(i, rf"\textcolor{{{self.free_colour(i, mark)}}}{{{text}}}")

    def free_colour(self, i: int, mark: Mark) -> str:
        """The name of a colour that stands for something."""
        written = _colours()
        known = (name for name, one in written.items() if self.made.marks.get(one) == mark)
        name = next(known, None)
        if name is None:
            if not self.free:
                raise self.problem(i, "this formula has too many colours, rules and gaps")
            name = self.free.pop()
            self.made.marks[written[name]] = mark
        return name

    def problem(self, i: int, reason: str) -> LatexError:
        return LatexError(self.places[i], reason)


# The commands, and what reads them.
_SPECIAL: dict[str, Callable[[_Reader, int], int]] = {
    "{": _Reader.opened,
    "}": _Reader.closed,
    r"\\": _Reader.row,
    r"\cr": _Reader.row,
    r"\newline": _Reader.row,
    r"\begin": _Reader.begin,
    r"\end": _Reader.end,
    r"\color": _Reader.colour,
    r"\textcolor": _Reader.colour,
    r"\rule": _Reader.rule,
    r"\ref": _Reader.reference,
    r"\substack": _Reader.substack,
    r"\newcommand": _Reader.definition,
    r"\DeclareMathOperator": _Reader.operator,
    r"\hspace": _Reader.space,
    r"\tag": _Reader.tag,
    r"\operatorname": _Reader.operator_name,
    r"\mathop": _Reader.large_operator,
    r"\phase": _Reader.unsupported,
    "\\\n": _Reader.blank,
    **dict.fromkeys(_PADDED, _Reader.padded),
    **{rf"\{name}": _Reader.text for name in _TEXT},
}


def _css_colour(model: str, value: str) -> str | None:
    if model in ("", "HTML"):
        css = value if value.startswith("#") else f"#{value}"
        return css if _HEXADECIMAL.fullmatch(css) else None
    try:
        parts = [float(part) for part in value.split(",")]
    except ValueError:
        return None
    most = {"rgb": 1, "RGB": 255, "gray": 1}.get(model)
    if most is None or len(parts) != (1 if model == "gray" else 3):
        return None
    if not all(0 <= part <= most for part in parts):
        return None
    levels = [round(255 * part / most) for part in parts * (3 if model == "gray" else 1)]
    return "#" + "".join(f"{level:02x}" for level in levels)


@cache
def _colours() -> dict[str, str]:
    """Colours that few formulas use: the name in LaTeX, and what math-core writes for it."""
    converter = math_core.LatexToMathML(fancy_error=False)
    found: dict[str, str] = {}
    for name in _NAMES:
        tex = rf"\textcolor{{{name}}}{{x}}"
        written = re.findall(
            "color:(#[0-9A-F]{6})", converter.convert_with_local_state(tex, displaystyle=False)
        )
        if written and written[0] not in found.values():
            found[name] = written[0]
    return found


_NAMES = (  # of dvips
    *("Apricot", "Bittersweet", "BrickRed", "BurntOrange", "CadetBlue", "CarnationPink"),
    *("Cerulean", "CornflowerBlue", "Dandelion", "DarkOrchid", "Fuchsia", "Goldenrod"),
    *("JungleGreen", "Lavender", "Mahogany", "Melon", "Mulberry", "Orchid", "Peach"),
    *("Periwinkle", "PineGreen", "ProcessBlue", "RawSienna", "Rhodamine", "RubineRed"),
    *("Salmon", "SeaGreen", "Sepia", "SkyBlue", "Tan", "TealBlue", "Thistle", "Turquoise"),
)
