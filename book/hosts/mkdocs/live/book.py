"""What can be run on the pages: their blocks, and an empty one for each exercise."""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

from book.sources import DOCS, LANGUAGES, load
from linreg.literate import LiterateError
from linreg.literate.fences import Block
from linreg.literate.live import Kernel, Setter, pieces_of, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mkdocs.config.defaults import MkDocsConfig

    from linreg.literate import Copies
    from linreg.literate.fences import Session
    from linreg.literate.outputs import Output

_ENGINE = "linreg.literate"

_SOLUTION = re.compile(r'\?\?\?\+? success "')
_HERE = {"en": "# Write your code here.", "zh": "# 在这里写你的代码。"}


class Exercise(NamedTuple):
    """An empty block for an exercise.

    Attributes:
        solution: the number of the solution on the page, from 0 on, above which it stands.
        session: that of the solution.
        before: how many blocks of that run before it.
        code: what it holds at first.
    """

    solution: int
    session: int
    before: int
    code: str


@dataclass(frozen=True)
class Page:
    """What can be run on a page."""

    language: str
    sessions: list[Session]
    exercises: list[Exercise]

    def described(self) -> dict[str, Any]:
        """What the script of the page needs to know."""
        return {
            "sessions": [
                [{"code": block.code, "shown": block.shows_code} for block in session.blocks]
                for session in self.sessions
            ],
            "exercises": [exercise._asdict() for exercise in self.exercises],
        }

    def block(self, session: int, number: int) -> Block:
        """A block; one without captions where the page has none there."""
        blocks = self.sessions[session].blocks
        return blocks[number] if number < len(blocks) else Block(0, 0, "", "")


class Book:
    """The pages of a site, and what runs them.

    Args:
        config: that of the front page, whose options of the engine the languages share.
    """

    def __init__(self, config: MkDocsConfig) -> None:
        self._options = config.mdx_configs[_ENGINE]
        self._numbers = itertools.count(10_000)  # of figures: a page has no such number

    def page(self, address: str) -> Page | None:
        """What can be run on a page; None if there is no such page, or if it cannot be read.

        Args:
            address: below that of the site, such as `en/gradients/`.
        """
        file = self._files().get(address)
        if file is None:
            return None
        try:
            return _page(file, file.stat().st_mtime_ns, file.parent.name)
        except (OSError, LiterateError):  # it has just been changed: the build will say why
            return None

    def kernel(self, copies: Copies, memory: int | None) -> Kernel:
        """What runs blocks.

        Args:
            copies: of sessions.
            memory: bytes that a session may take.
        """
        return Kernel(copies, self._options, memory)

    def parts(self, page: Page, block: Block, outputs: Sequence[Output]) -> list[dict[str, Any]]:
        """Outputs, each as the page would show it."""
        set_one = self._setter(page.language).html
        return [
            {"html": set_one(own, [one], next(self._numbers)), "moves": one["kind"] == "interact"}
            for own, one in pieces_of(block, outputs)
        ]

    def text(self, page: Page, text: str) -> str:
        """What a block has printed so far."""
        return self._setter(page.language).text(text)

    @lru_cache  # noqa: B019  # there is one book
    def _setter(self, language: str) -> Setter:
        configs = load(DOCS / f"{language}.yml")["markdown_extensions"]
        configs[_ENGINE] = {**self._options, "language": language, "cache": ""}
        return Setter(list(configs), configs, language)

    def _files(self) -> dict[str, Path]:
        found = {}
        for language in LANGUAGES:
            for file in (DOCS / language).glob("*.md"):
                name = "" if file.stem == "index" else f"{file.stem}/"
                found[f"{language}/{name}"] = file
        return found


@lru_cache(maxsize=100)
def _page(file: Path, changed: int, language: str) -> Page:
    lines, sessions = read(file)
    return Page(language, sessions, list(_exercises(lines, sessions, language)))


def _exercises(lines: Sequence[str], sessions: list[Session], language: str) -> Iterator[Exercise]:
    """An empty block above each solution in which something runs."""
    starts = [i for i, line in enumerate(lines) if _SOLUTION.match(line)]
    for number, start in enumerate(starts):
        stop = next((i for i in range(start + 1, len(lines)) if lines[i][:1].strip()), len(lines))
        inside = [
            (one, before, block)
            for one, session in enumerate(sessions)
            for before, block in enumerate(session.blocks)
            if start < block.start < stop
        ]
        asked = _asked(lines, start)
        for one, before, block in inside:
            code = _template(block.code, asked, _HERE[language])
            if code:
                yield Exercise(number, one, before, code)
                break
        else:
            if inside:
                one, before, block = inside[0]
                yield Exercise(number, one, before, _empty(block.code, _HERE[language]))


def _asked(lines: Sequence[str], start: int) -> str:
    """What an exercise asks: the text from its bold number on to its solution."""
    first = next((i for i in range(start, -1, -1) if lines[i].startswith("**")), start)
    return "\n".join(lines[first:start])


def _template(code: str, asked: str, here: str) -> str:
    """The function that an exercise asks for, without its body, and its check below it."""
    tree = ast.parse(code)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    checks = [node for node in ast.walk(tree) if _is_check(node)]
    checked = {ast.unparse(check.args[0]) for check in checks}
    named = [function for function in functions if f"`{function.name}(" in asked]
    if not named and "linreg.check" in asked:
        named = [function for function in functions if function.name in checked]
    if not named:
        return ""
    name = named[0].name
    parts = [
        _imports(tree, code),
        f"def {name}({ast.unparse(named[0].args)}):\n    {here}\n    ...",
    ]
    for check in checks[:1]:
        words = (ast.get_source_segment(code, word) for word in check.keywords)
        parts.append(f"{ast.unparse(check.func)}({', '.join([name, *map(str, words)])})")
    return "\n\n".join(filter(None, parts)) + "\n"


def _empty(code: str, here: str) -> str:
    return "\n\n".join(filter(None, [_imports(ast.parse(code), code), here])) + "\n"


def _imports(tree: ast.Module, code: str) -> str:
    lines = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n".join(ast.get_source_segment(code, node) or "" for node in lines)


def _is_check(node: ast.AST) -> TypeGuard[ast.Call]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return ast.unparse(node.func.value) in ("check", "linreg.check") and bool(node.args)
