"""Links the package's names in a page's code blocks to their entries in the reference, and these
to the chapters that their docstrings name.

A name is linked where it is the package's: imported from it, or an attribute of it or of its
`check`. What the reader defines on the page under the same name is the reader's own.
"""

from __future__ import annotations

import ast
import re
import symtable
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING

from book.finish.slots import FinishError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_PACKAGE = "linreg"
_CODE = re.compile(r"<code>(?<=<pre><span></span><code>).*?(?=</code></pre>)", re.DOTALL)
_TOKEN = re.compile(r'<span class="(?P<kind>\w+)">(?P<text>[^<]*)</span>')
_NOT_SEEN = {"c1", "w"}  # comments and space
_MODULE = "nn"  # after `import` or `from`
_QUOTED = re.compile('(["“])([^"“”]*)(["”])')
_SOURCE = re.compile(r"<p>Source: chapter.*?</p>")  # `chapters "Loss" and "Classes".`


def entries(html: str) -> set[str]:
    """The names that have an entry on the reference's page."""
    return set(re.findall(rf'id="({_PACKAGE}\.[\w.]+)"', html))


@lru_cache(maxsize=64)  # most pages are those of the build before
def link_names(html: str, reference: str, known: frozenset[str]) -> str:
    """Link names in the highlighted code of a page, each where a block has it first.

    Args:
        html: the page. Blocks that have links already stay as they are.
        reference: the address of the reference, as seen from the page.
        known: the full names that have an entry there.
    """
    names: dict[str, str] = {}  # what of the package each name on the page stands for

    def link(found: re.Match[str]) -> str:
        code = unescape(re.sub(r"<[^>]*>", "", found[0]))
        try:
            tree, table = ast.parse(code), symtable.symtable(code, "", "exec")
        except SyntaxError:  # no Python, or a fragment
            return found[0]
        names.update(_imported(tree))
        own = _own(table)
        here = {name: target for name, target in names.items() if name not in own}
        for name in _assigned(table):
            names.pop(name, None)
        return found[0] if "<a " in found[0] else _linked(found[0], here, reference, known)

    return _CODE.sub(link, html)


def link_sources(html: str, chapters: Mapping[str, tuple[str, str]]) -> str:
    """Link the chapters that the reference names where a docstring says what its source is.

    Args:
        html: the reference.
        chapters: by its English title, the address of a chapter as seen from the reference, and its
            title in the page's language.

    Raises:
        FinishError: if a docstring names a chapter that is not there.
    """

    def link(named: re.Match[str]) -> str:
        if named[2] not in chapters:
            raise FinishError(
                f'a docstring has its source in a chapter "{named[2]}": there is none'
            )
        address, title = chapters[named[2]]
        return f'{named[1]}<a href="{address}">{title}</a>{named[3]}'

    return _SOURCE.sub(lambda found: _QUOTED.sub(link, found[0]), html)


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that an import of the package makes, with what it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == _PACKAGE:
                    yield alias.asname or alias.name, alias.name
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_PACKAGE):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _own(table: symtable.SymbolTable) -> set[str]:
    """The names that a block makes itself, also inside its functions."""
    return _assigned(table).union(*map(_own, table.get_children()))


def _assigned(table: symtable.SymbolTable) -> set[str]:
    symbols = table.get_symbols()
    return {s.get_name() for s in symbols if s.is_assigned() or s.is_parameter()}


def _linked(code: str, names: Mapping[str, str], reference: str, known: Collection[str]) -> str:
    tokens = [token for token in _TOKEN.finditer(code) if token["kind"] not in _NOT_SEEN]
    texts = [token["text"].lstrip("@") for token in tokens]
    parts: list[str] = []
    end = 0
    seen = set()
    target: str | None = None  # of the name before, which an attribute belongs to
    for i, token in enumerate(tokens):
        if texts[i] == ".":
            continue
        if token["kind"][0] != "n" or token["kind"] == _MODULE:
            target = None
        elif i and texts[i - 1] == ".":
            target = f"{target}.{texts[i]}" if target else None
        else:
            keyword = texts[i + 1 : i + 2] == ["="]
            target = None if keyword else names.get(texts[i])
        if target in known and target not in seen:
            seen.add(target)
            stop = token.end("text")
            start = stop - len(texts[i])
            parts += [code[end:start], f'<a href="{reference}#{target}">{texts[i]}</a>']
            end = stop
    return "".join([*parts, code[end:]])
