"""Holds the two languages against each other, section by section.

`python -m book check translation` prints a report. A Chinese chapter keeps, in its front matter
under `answers`, a digest of each English section that it answers to; `--accept CHAPTER …` writes
the digests anew once the Chinese text says what the English one now says.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from book.sources import DOCS, LANGUAGES
from linreg.literate.fences import Block, parse
from linreg.literate.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADING = re.compile(r"(?P<marks>#{1,6}) (?P<title>.*?)(?:\s*\{ *#(?P<id>[\w-]+) *\})?\s*$")
_FENCE = re.compile(r"\s*(?P<ticks>`{3,})(?P<info>[^`]*)$")
_DISPLAYED = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
_INLINE = re.compile(r"(?<![\\$])\$(?!\s)([^$\n]+?)(?<!\s)\$")
_TEXT_IN_FORMULA = re.compile(r"\\(?:text|mathrm|operatorname)\{[^{}]*\}")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)[^)]*\)")
_CODE_SPAN = re.compile(r"`+[^`]*`+")
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*\.?\d*(?![\w])")
_ADMONITION = re.compile(r"\s*(?:!!!|\?\?\?\+?) (?P<kind>\w+)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass
class Section:
    """What stands from one heading to the next."""

    id: str
    level: int
    line: int  # of the heading in the file
    digest: str
    formulas: Counter[str]
    links: Counter[str]
    numbers: set[str]
    admonitions: list[str]
    fences: list[str]
    blocks: list[Block]


@dataclass
class Chapter:
    """A page: its sections, and what it says of the English page that it answers to."""

    name: str
    sections: list[Section]
    answers: dict[str, str]


def read(text: str, name: str) -> Chapter:
    """Split a page into sections.

    Args:
        text: the whole file, front matter included.
        name: what errors call it.
    """
    front, lines = _front_matter(text)
    offset = len(text.splitlines()) - len(lines)
    blocks = [b for session in parse(lines, Source(name, offset)).sessions for b in session.blocks]
    fenced, infos = _fences(lines)
    starts = [i for i, line in enumerate(lines) if i not in fenced and _HEADING.match(line)]
    sections = []
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        heading = _HEADING.match(lines[start])
        assert heading is not None
        prose = "\n".join(lines[i] for i in range(start, stop) if i not in fenced)
        shown = _CODE_SPAN.sub(" ", _COMMENT.sub(" ", prose))
        formulas = _DISPLAYED.findall(shown) + _INLINE.findall(_DISPLAYED.sub(" ", shown))
        plain = _LINK.sub(" ", _INLINE.sub(" ", _DISPLAYED.sub(" ", shown)))
        sections.append(
            Section(
                id=heading["id"] or ("top" if len(heading["marks"]) == 1 else ""),
                level=len(heading["marks"]),
                line=start + 1 + offset,
                digest=hashlib.sha256("\n".join(lines[start:stop]).encode()).hexdigest()[:10],
                formulas=Counter(_formula(formula) for formula in formulas),
                links=Counter(_LINK.findall(_COMMENT.sub(" ", prose))),
                numbers={n for n in map(_number, _NUMBER.findall(plain)) if len(n) > 1},
                admonitions=_ADMONITION.findall(prose),
                fences=[info for i, info in infos if start <= i < stop],
                blocks=[block for block in blocks if start <= block.start < stop],
            )
        )
    return Chapter(name, sections, dict(front.get("answers") or {}))


def differences(english: Chapter, chinese: Chapter) -> list[str]:
    """What the Chinese page has otherwise than the English one, in words that say what to mend."""
    found = [
        f"{chapter.name}:{section.line}: this heading has no id; end it with {{ #some-id }}"
        for chapter in (english, chinese)
        for section in chapter.sections
        if not section.id
    ]
    ids = [(s.id, s.level) for s in english.sections], [(s.id, s.level) for s in chinese.sections]
    if ids[0] != ids[1]:
        moved = [f"#{i}" for i, _ in ids[0] if i not in dict(ids[1])]
        added = [f"#{i}" for i, _ in ids[1] if i not in dict(ids[0])]
        part = next(i for i, (one, other) in enumerate(zip_longest(*ids)) if one != other)
        return [
            *found,
            f"{chinese.name}: the headings are not those of {english.name}, in order and level: "
            f"{_heading(english, part)} and {_heading(chinese, part)}"
            + (f"; missing here: {', '.join(moved)}" if moved else "")
            + (f"; only here: {', '.join(added)}" if added else ""),
        ]
    for one, other in zip(english.sections, chinese.sections, strict=True):
        at = f"{chinese.name}:{other.line} (#{other.id})"
        for what in ("formulas", "links", "numbers", "admonitions", "fences"):
            here, there = getattr(other, what), getattr(one, what)
            if here != there:
                found.append(f"{at}: {what} differ: {_difference(there, here)}")
        found += _block_differences(at, one.blocks, other.blocks)
    return found


def _heading(chapter: Chapter, number: int) -> str:
    if number == len(chapter.sections):
        return f"{chapter.name} ends"
    section = chapter.sections[number]
    return f"{chapter.name}:{section.line} has {'#' * section.level} #{section.id}"


def stale(english: Chapter, chinese: Chapter) -> list[str]:
    """The sections whose English text is not the one that the Chinese page answers to."""
    now = {section.id: section for section in english.sections}
    return [
        f"{english.name}:{now[i].line} (#{i}) changed since {chinese.name} was written: bring "
        "that section up to date, then run "
        f"`python -m book check translation --accept {Path(chinese.name).stem}`"
        for i in now
        if chinese.answers.get(i) != now[i].digest
    ]


def report(english: Chapter, chinese: Chapter, problems: list[str]) -> list[str]:
    """Each section, with its line in both languages; what is to be mended is said so."""
    there, here = ({s.id: s.line for s in c.sections} for c in (english, chinese))
    lines = []
    for i in {**there, **here}:
        state = "to mend" if any(f"(#{i})" in text for text in problems) else ""
        if i not in there or i not in here:
            state = "only in English" if i in there else "only in Chinese"
        at = f"en:{there.get(i, '-'):<5} zh:{here.get(i, '-'):<5}"
        lines.append(f"{at} #{i}  {state}".rstrip())
    return lines


def masked(code: str) -> str:
    """Code without what may differ between languages: comments, docstrings, the text of strings.

    The `lang` argument, by which a check is asked for in one language, is left out as well.
    """
    return ast.dump(_Mask().visit(ast.parse(code)))


class _Mask(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:  # ast's name
        return ast.Constant("…") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.List:  # ast's name
        parts: list[ast.expr] = []
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                spec = ast.dump(value.format_spec) if value.format_spec else ""
                parts += [
                    self.visit(value.value),
                    ast.Name(f"{value.conversion}{spec}", ast.Load()),
                ]
        return ast.List(parts, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.AST:  # ast's name
        node.keywords = [keyword for keyword in node.keywords if keyword.arg != "lang"]
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:  # ast's name
        docstring = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if docstring else self.generic_visit(node)


def names() -> list[str]:
    """The pages that are there in either language, without their ending."""
    return sorted({path.stem for language in LANGUAGES for path in (DOCS / language).glob("*.md")})


def pair(name: str) -> tuple[Chapter, Chapter]:
    """A page in English and in Chinese.

    Raises:
        FileNotFoundError: if it is there in one language alone.
    """
    english, chinese = (
        read(_path(language, name).read_text(encoding="utf-8"), f"docs/{language}/{name}.md")
        for language in LANGUAGES
    )
    return english, chinese


def accept(name: str) -> None:
    """Write the digests of the English sections into the Chinese page's front matter."""
    english, _ = pair(name)
    path = _path("zh", name)
    text = path.read_text(encoding="utf-8")
    answers = "answers:\n" + "".join(f"  {s.id}: {s.digest}\n" for s in english.sections)
    bare = re.sub(r"^answers:.*\n(?:  .*\n)*", "", text, count=1, flags=re.MULTILINE)
    if not bare.startswith("---\n"):
        raise ValueError(f"docs/zh/{name}.md has no front matter; begin it with title, description")
    head, _, body = bare.removeprefix("---\n").partition("\n---\n")
    path.write_text(f"---\n{head}\n{answers}---\n{body}", encoding="utf-8")


def _path(language: str, name: str) -> Path:
    return DOCS / language / f"{name}.md"


def _front_matter(text: str) -> tuple[dict[str, dict[str, str]], list[str]]:
    if not text.startswith("---\n"):
        return {}, text.splitlines()
    head, _, body = text.removeprefix("---\n").partition("\n---\n")
    front = yaml.load(head, yaml.BaseLoader)  # noqa: S506  # all is text, digests of digits too
    return front or {}, body.splitlines()


def _fences(lines: list[str]) -> tuple[set[int], list[tuple[int, str]]]:
    """The lines inside fences, and where each fence starts with which info string."""
    inside: set[int] = set()
    infos: list[tuple[int, str]] = []
    ticks = ""
    for i, line in enumerate(lines):
        if ticks:
            inside.add(i)
            if line.strip() == ticks:
                ticks = ""
        elif fence := _FENCE.match(line):
            ticks = fence["ticks"]
            inside.add(i)
            infos.append((i, fence["info"].strip()))
    return inside, infos


def _formula(text: str) -> str:
    """A formula as it is compared: without spaces and the words in it."""
    return re.sub(r"\s+", "", _TEXT_IN_FORMULA.sub("", text)).rstrip(".,;。，；")


def _number(text: str) -> str:
    return text.rstrip(".,").replace(",", "")


def _block_differences(at: str, english: list[Block], chinese: list[Block]) -> list[str]:
    found = []
    for number, (one, other) in enumerate(zip(english, chinese, strict=False), 1):
        if masked(one.code) != masked(other.code):
            found.append(f"{at}: block {number} is other code than the English one")
        if (len(one.captions), len(one.alts)) != (len(other.captions), len(other.alts)):
            found.append(f"{at}: block {number} has other captions or alternative texts")
        if (one.highlight, bool(one.title), one.show) != (
            other.highlight,
            bool(other.title),
            other.show,
        ):
            found.append(f"{at}: block {number} has other lines highlighted, title or parts shown")
    return found


def _difference(english: object, chinese: object) -> str:
    if isinstance(english, Counter) and isinstance(chinese, Counter):
        gone, new = list((english - chinese).elements()), list((chinese - english).elements())
    elif isinstance(english, set) and isinstance(chinese, set):
        gone, new = sorted(english - chinese), sorted(chinese - english)
    else:
        return f"English {english}, Chinese {chinese}"
    return f"only in English {gone}, only in Chinese {new}"


def check(accepted: Iterable[str]) -> int:
    """Print the report; the exit code is 1 when something is to be mended.

    Args:
        accepted: the chapters whose digests are written anew first.
    """
    for name in accepted:
        accept(name.removesuffix(".md"))
    problems = []
    for name in names():
        try:
            english, chinese = pair(name)
        except FileNotFoundError as error:
            mine = [f"{error.filename} is missing: every page is there in both languages"]
            print(name)
        else:
            mine = differences(english, chinese) + stale(english, chinese)
            print(name, *report(english, chinese, mine), sep="\n  ")
        problems += mine
    print("", *(problems or ["nothing to mend"]), sep="\n")
    return 1 if problems else 0
