"""What the book is: its languages, its chapters in their order, its terms, its settings, its days.

All of it is read from `docs/`, from `mkdocs.yml` and from git, whichever site generator makes the
pages.
"""

from __future__ import annotations

import json
import platform
import re
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from yaml_env_tag import construct_env_tag  # type: ignore[import-untyped]

from book import history
from linreg.literate import notebook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
CACHE = ROOT / ".cache"
LANGUAGES = ("en", "zh")

START = "index.md"
REFERENCE = "api.md"
GLOSSARY = "glossary.md"
LAB = "lab.ipynb"
PRINT = "print.md"  # made when the site is built

# To look things up in; so are notebooks.
_UNNUMBERED = {START, "errors.md", GLOSSARY, REFERENCE, "literate.md"}

_PRINT_TITLE = {"en": "All chapters, to print", "zh": "全书打印版"}


@dataclass(frozen=True)
class Book:
    """The book in one language or, where the language is empty, the front page above both.

    Attributes:
        language: `en`, `zh` or empty.
        title: of the whole.
        address: of the first page; it ends in a slash.
        sources: the folder of the pages' sources.
        folder: that folder, as `days` names it.
        cache: the folder of what is kept for the next build.
        engine: the options of `linreg.literate`.
        chapters: the number of each chapter by the name of its file, in order.
        titles: the title of each page by the name of its file.
        english: the English title of each chapter by the name of its file.
        terms: what is never broken at the end of a line.
        days: when each file of the project last changed, such as `2026-02-28`, as far as known.
        words: what readers call a section (`errors/#grad`) when they search for it.
        versions: of Python and PyTorch, which ran the pages.
        below: whether the front page stands above, with the files that all pages share.
    """

    language: str
    title: str
    address: str
    sources: Path
    folder: str
    cache: Path
    engine: Mapping[str, Any] = field(default_factory=dict)
    chapters: Mapping[str, int] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    english: Mapping[str, str] = field(default_factory=dict)
    terms: tuple[str, ...] = ()
    days: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, list[str]] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    below: bool = False

    @property
    def site(self) -> str:
        """The address of the front page."""
        return self.address.removesuffix(f"{self.language}/") if self.language else self.address

    def pages(self) -> list[str]:
        """The names of the sources that become pages."""
        made = [PRINT] if self.language else []
        return [*(page.name for page in _pages_in(self.sources)), *made]


def edition(language: str, address: str | None = None, below: bool = False) -> Book:
    """Read what the book is in one language.

    Args:
        language: `en` or `zh`.
        address: where its first page will be; if it is not given, what the settings say.
        below: whether the front page stands above.
    """
    settings = load(DOCS / f"{language}.yml")
    known = numbers(language)
    return Book(
        language=language,
        title=settings["site_name"],
        address=_with_slash(address or settings["site_url"]),
        sources=DOCS / language,
        folder=f"docs/{language}",
        cache=CACHE,
        engine=engine(settings),
        chapters=known,
        titles={name: title(language, name) for name in (*known, GLOSSARY)},
        english={name: title("en", name) for name in known},
        terms=terms() if language == "zh" else (),
        days=history.last_changes(ROOT),
        words=load(DOCS / "search.yml"),
        versions=versions(),
        below=below,
    )


def front(address: str | None = None) -> Book:
    """Read what the front page is.

    Args:
        address: where it will be; if it is not given, what the settings say.
    """
    settings = load(ROOT / "mkdocs.yml")
    return Book(
        language="",
        title=settings["site_name"],
        address=_with_slash(address or settings["site_url"]),
        sources=DOCS,
        folder="docs",
        cache=CACHE,
        engine=engine(settings),
        days=history.last_changes(ROOT),
        versions=versions(),
    )


def load(file: Path) -> dict[str, Any]:
    """Read a file of settings, with those that it inherits."""
    with file.open(encoding="utf-8") as opened:
        found: dict[str, Any] = yaml.load(opened, _Loader)  # noqa: S506  # a safe one
    parent = found.pop("INHERIT", None)
    return _merged(load(file.parent / parent), found) if parent else found


def engine(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The options of `linreg.literate`, with one cache for all, wherever the command is typed."""
    options: dict[str, Any] = settings["markdown_extensions"]["linreg.literate"]
    return {**options, "cache": str(CACHE / "literate")}


def numbers(language: str) -> dict[str, int]:
    """The number of each chapter by the name of its file, in order: as the navigation has them.

    A chapter's file and address have no number, so that one that is put in between breaks no link.

    Args:
        language: `"en"` or `"zh"`.
    """
    nav = load(DOCS / f"{language}.yml")["nav"]
    files = [name for name in _files(nav) if name.endswith(".md") and name not in _UNNUMBERED]
    return {name: number for number, name in enumerate(files, 1)}


def numbered(nav: Any, language: str, known: Mapping[str, int]) -> Any:
    """The navigation, in which each chapter's title begins with its number.

    Args:
        nav: as the settings have it.
        language: of the titles.
        known: the number of each chapter by the name of its file.
    """
    if isinstance(nav, dict):
        return {key: numbered(value, language, known) for key, value in nav.items()}
    if isinstance(nav, list):
        return [numbered(entry, language, known) for entry in nav]
    if isinstance(nav, str) and nav in known:
        return {f"{known[nav]}. {title(language, nav)}": nav}
    return nav


def chapters() -> list[dict[str, dict[str, str]]]:
    """The address and the title of each chapter in each language, for the front page."""
    return [
        {
            language: {
                "url": f"{language}/{name.removesuffix('.md')}/",
                "title": title(language, name),
            }
            for language in LANGUAGES
        }
        for name in numbers("en")
    ]


def title(language: str, name: str) -> str:
    """The title of a page, from its front matter.

    Raises:
        ValueError: if there is none.
    """
    text = (DOCS / language / name).read_text(encoding="utf-8")
    head = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    found = _about(head[1]) if head else {}
    if "title" not in found:
        raise ValueError(f"docs/{language}/{name} has no title in its front matter")
    return str(found["title"])


def terms() -> tuple[str, ...]:
    """The book's Chinese terms: the glossary has them all."""
    glossary = (DOCS / "zh" / GLOSSARY).read_text(encoding="utf-8")
    found = re.findall(r"^(\S+) · ", glossary, re.MULTILINE)
    return tuple(term for entry in found for term in entry.split("，"))


def pages(language: str) -> list[Path]:
    """The sources of all pages of a language, in the order of their names."""
    return _pages_in(DOCS / language)


def scripts() -> list[str]:
    """The names of our scripts, below the theme's folder."""
    return [file.relative_to(DOCS / "theme").as_posix() for file in DOCS.glob("theme/**/*.js")]


def versions() -> dict[str, str]:
    """What runs the pages."""
    return {"python": platform.python_version(), "torch": version("torch").partition("+")[0]}


def print_page(language: str) -> str:
    """The source of the page that is to hold all chapters: its content is made of theirs."""
    front_matter = {
        "title": _PRINT_TITLE[language],
        "template": "print.html",
        "robots": "noindex",
    }
    return f"---\n{json.dumps(front_matter)}\n---\n"  # JSON is YAML


def lab_page(text: str) -> tuple[dict[str, str], str]:
    """The lab as a page: its title and description, and its Markdown.

    The engine runs its cells as the blocks of a chapter. The id of a heading is that of its cell.

    Args:
        text: the notebook.
    """
    lab = json.loads(text)
    for cell in lab["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = _lab_text("".join(cell["source"]), cell["id"])
    lines, _ = notebook.to_lines(lab)
    about = {name: str(lab["metadata"][name]) for name in ("title", "description")}
    return about, "\n".join(lines)


def _lab_text(source: str, cell: str) -> str:
    """A text cell: its heading gets an id, and links to other pages are those of the sources."""
    source = re.sub(r"^(##+ .*)$", rf"\1 {{ #{cell} }}", source, count=1, flags=re.MULTILINE)
    return re.sub(r"\]\(\.\./([\w-]+)/(#[\w.-]+)?\)", r"](\1.md\2)", source)


@lru_cache(maxsize=256)  # most pages are those of the build before
def _about(front_matter: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(front_matter)
    return found


def _pages_in(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.md"), *folder.glob("*.ipynb")])


def _files(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        yield from _files(list(nav.values()))
    else:
        for entry in nav:
            yield from _files(entry)


def _merged(parent: dict[str, Any], child: dict[str, Any]) -> dict[str, Any]:
    """What a file inherits, with what it says itself: lists are replaced, the rest is joined."""
    both = parent.keys() & child.keys()
    joined = {
        name: _merged(parent[name], child[name])
        for name in both
        if isinstance(parent[name], dict) and isinstance(child[name], dict)
    }
    return {**parent, **child, **joined}


def _with_slash(address: str) -> str:
    return f"{address.rstrip('/')}/"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Also reads variables of the environment, as `!ENV [NAME, "otherwise"]`."""


_Loader.add_constructor("!ENV", construct_env_tag)
