"""The numbers of the chapters: the navigation gives them, and the text says the same."""

from __future__ import annotations

import re

import pytest

from book import sources
from book.checks import numbers

LANGUAGES = ("en", "zh")
KNOWN = {"loss.md": 7, "gradients.md": 8}


def pages(language: str) -> dict[str, str]:
    folder = sources.DOCS / language
    found = [*folder.glob("*.md"), *folder.glob("*.ipynb")]
    return {page.name: page.read_text(encoding="utf-8") for page in found}


def test_they_follow_the_navigation_from_one_on() -> None:
    known = sources.numbers("en")
    assert list(known.values()) == list(range(1, len(known) + 1))
    assert next(iter(known)) == "linear-model.md"
    assert not {"index.md", "glossary.md", "api.md", "literate.md", "lab.ipynb"} & set(known)


def test_they_are_the_same_in_both_languages() -> None:
    assert sources.numbers("en") == sources.numbers("zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_a_chapter_or_one_to_look_things_up_in(language: str) -> None:
    others = {"index.md", "errors.md", "glossary.md", "api.md", "literate.md"}
    named = {*sources.numbers(language), *others}
    assert {name for name in pages(language) if name.endswith(".md")} == named


def test_no_file_has_a_number_in_its_name() -> None:
    assert not [name for language in LANGUAGES for name in pages(language) if name[0].isdigit()]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("see [chapter 2](gradients.md#step)", "see [chapter 8](gradients.md#step)"),
        ("[Chapter 12](loss.md), [9](gradients.md)", "[Chapter 7](loss.md), [8](gradients.md)"),
        ("见[第 1 章](gradients.md)", "见[第 8 章](gradients.md)"),
        ("[chapter 2](../gradients/#step)", "[chapter 8](../gradients/#step)"),
        ("chapters [9](../loss/) and more", "chapters [7](../loss/) and more"),
        ("见[第 1 章](../gradients/)", "见[第 8 章](../gradients/)"),
        ("[chapter 3](../elsewhere/)", "[chapter 3](../elsewhere/)"),
        ("| 3 | [Loss](loss.md) | why |", "| 7 | [Loss](loss.md) | why |"),
        ("[chapter 8](gradients.md)", "[chapter 8](gradients.md)"),
        ("[the chapter](gradients.md)", "[the chapter](gradients.md)"),
        ("[3 steps](gradients.md)", "[3 steps](gradients.md)"),
        ("[chapter 3](elsewhere.md)", "[chapter 3](elsewhere.md)"),
        ("`[1](2)` and chapter 3", "`[1](2)` and chapter 3"),
    ],
)  # fmt: skip
def test_a_number_that_is_linked_is_put_right(text: str, right: str) -> None:
    assert numbers.renumbered(text, KNOWN) == right


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_says_the_numbers_of_the_navigation(language: str) -> None:
    """`python -m book check numbers --accept` puts them right."""
    known = sources.numbers(language)
    wrong = [
        name for name, text in pages(language).items() if numbers.renumbered(text, known) != text
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_in_the_text_is_linked(language: str) -> None:
    """Otherwise nothing would notice that it is another chapter's."""
    linked = re.compile(r"\[[^\]]*\]\([^)]*\)")
    bare = re.compile(r"[Cc]hapters? \d+|第 ?\d+ ?章")
    found = {name: bare.findall(linked.sub("", text)) for name, text in pages(language).items()}
    assert {name: numbers for name, numbers in found.items() if numbers} == {}
