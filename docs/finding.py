"""The sections that the search looks through (theme/assets/search.js), from the search plugin's."""

from __future__ import annotations

import json
import logging
import re
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

import opencc  # type: ignore[import-untyped]
import yaml

DOCS = Path(__file__).resolve().parent
WORDS = DOCS / "search.yml"

# What gathers things from many chapters, and what restates them.
_GATHERED = re.compile(r"(mistakes|errors|api|glossary|index|literate)\.md|lab\.ipynb")
_RESTATED = re.compile(r"#(summary|exercises)$")

# The page of error messages, and what one of its sections prints: `RuntimeError: …`.
_ERRORS = re.compile(r"errors/#")
_OUTPUT = re.compile(r"<pre>(?!<code>)(.*?)</pre>", re.DOTALL)
_MESSAGE = re.compile(
    r"""^(?:raise )?\w*(?:Error|Warning)(?::[ ]|\(")(.*(?:\n[\t ].*)*)""", re.MULTILINE
)
_HAN = re.compile(r"[\u3400-\u9fff]")

log = logging.getLogger("mkdocs.finding")  # under the one that counts warnings


def boost(source: str) -> float:
    """Say how much a page counts for the search: a chapter more than what gathers from many.

    Args:
        source: the page's file, below the folder of its language.
    """
    return 0.5 if _GATHERED.match(source) else 1.0


def write_sections(site: Path) -> None:
    """Write `search/sections.json`, and leave only settings in the index that the plugin wrote.

    Every page reads that index when it is opened; the sections wait until somebody searches.

    Args:
        site: the folder of a language, built.
    """
    index = site / "search" / "search_index.json"
    found = json.loads(index.read_text(encoding="utf-8"))
    sections = [_section(entry) for entry in found["docs"]]
    for place, words in _other_words().items():
        named = [section for section in sections if section["location"] == place]
        if not named:
            log.warning("docs/search.yml: there is no section %s", place)
        for section in named:
            if "messages" in section:  # in the words of another version, or of another machine
                section["messages"] += words
            else:
                section["also"] = words
    text = json.dumps(sections, ensure_ascii=False)
    traditional, simplified = _variants("".join(sorted(set(_HAN.findall(text)))))
    made = {"traditional": traditional, "simplified": simplified, "docs": sections}
    _write(index.with_name("sections.json"), made)
    _write(index, {**found, "docs": []})


def messages(text: str) -> list[str]:
    """The errors and warnings that a section prints, without the name of their class.

    Args:
        text: the section, as the search plugin writes it: outputs are `<pre>` without `<code>`.
    """
    outputs = "\n".join(_OUTPUT.findall(text))
    return [unescape(found) for found in _MESSAGE.findall(outputs)]


def _section(entry: dict[str, Any]) -> dict[str, Any]:
    """Take out the marks between Chinese words: the search makes words of its own."""
    section = {
        **entry,
        "title": entry["title"].replace("\u200b", ""),
        "text": entry["text"].replace("\u200b", ""),
    }
    if _ERRORS.match(entry["location"]):
        section["messages"] = messages(section["text"])
    if _RESTATED.search(entry["location"]) or not section.get("messages", True):
        section["boost"] = 0.4 * entry.get("boost", 1)
    return section


def _other_words() -> dict[str, list[str]]:
    words: dict[str, list[str]] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return words


@lru_cache(maxsize=4)
def _variants(characters: str) -> tuple[str, str]:
    """Pair each traditional character that stands for one of these with it."""
    every = [chr(code) for code in range(0x3400, 0xA000)]
    # A character a line: next to another it might be half of a word.
    simple = opencc.OpenCC("t2s").convert("\n".join(every)).split("\n")
    pairs = [
        (one, other)
        for one, other in zip(every, simple, strict=True)
        if one != other and other in characters and one not in characters
    ]
    return "".join(one for one, _ in pairs), "".join(other for _, other in pairs)


def _write(file: Path, content: object) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    file.write_text(text, encoding="utf-8")
