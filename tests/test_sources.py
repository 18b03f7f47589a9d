"""What the book is, read from its sources as MkDocs reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mkdocs.utils.yaml import yaml_load

from book import sources
from linreg.literate.notebook import to_lines

SETTINGS = ["mkdocs.yml", "docs/language.yml", "docs/en.yml", "docs/zh.yml", "docs/search.yml"]


@pytest.mark.parametrize("address", [None, "https://example.org/book/"])
@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_read_as_mkdocs_reads_them(
    name: str, address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SITE_URL", raising=False)
    if address:
        monkeypatch.setenv("SITE_URL", address)
    with (sources.ROOT / name).open(encoding="utf-8") as file:
        expected = yaml_load(file)
    assert sources.load(sources.ROOT / name) == expected


def test_lists_are_replaced_and_the_rest_is_joined(tmp_path: Path) -> None:
    (tmp_path / "parent.yml").write_text("a: [1, 2]\nb: {c: 1, d: {e: 2}}\nf: 3\n")
    child = tmp_path / "child.yml"
    child.write_text("INHERIT: parent.yml\na: [3]\nb: {d: {g: 4}, c: {h: 5}}\n")
    expected = {"a": [3], "b": {"c": {"h": 5}, "d": {"e": 2, "g": 4}}, "f": 3}
    assert sources.load(child) == expected


@pytest.mark.parametrize("language", sources.LANGUAGES)
def test_the_navigation_says_the_numbers_and_leads_to_the_same_pages(language: str) -> None:
    nav = sources.load(sources.DOCS / f"{language}.yml")["nav"]
    known = sources.numbers(language)
    numbered = sources.numbered(nav, language, known)
    chapters = [
        entry
        for part in numbered[1:]
        for entry in next(iter(part.values()))
        if isinstance(entry, dict)
    ]
    assert chapters == [
        {f"{number}. {sources.title(language, name)}": name} for name, number in known.items()
    ]
    assert "glossary.md" in str(numbered)
    assert numbered[0] == "index.md"


def test_the_front_page_knows_each_chapter_in_both_languages() -> None:
    chapters = sources.chapters()
    assert len(chapters) == len(sources.numbers("en"))
    assert chapters[0]["en"] == {
        "url": "en/linear-model/",
        "title": sources.title("en", "linear-model.md"),
    }
    assert chapters[0]["zh"]["url"] == "zh/linear-model/"


def test_a_page_without_a_title_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "loss.md").write_text("# Loss\n")
    monkeypatch.setattr(sources, "DOCS", tmp_path)
    with pytest.raises(ValueError, match=r"docs/en/loss\.md has no title in its front matter"):
        sources.title("en", "loss.md")


@pytest.mark.parametrize("language", sources.LANGUAGES)
def test_an_edition_is_read(language: str) -> None:
    book = sources.edition(language, f"https://example.org/book/{language}")
    assert (book.address, book.site) == (
        f"https://example.org/book/{language}/",
        "https://example.org/book/",
    )
    assert set(book.chapters) < set(book.titles)
    assert book.english["loss.md"] == sources.title("en", "loss.md")
    assert bool(book.terms) == (language == "zh")
    assert book.engine["language"] == language
    assert {"index.md", "lab.ipynb", "print.md", "loss.md"} <= set(book.pages())


def test_the_front_page_is_read() -> None:
    book = sources.front("https://example.org/book")
    assert book.address == book.site == "https://example.org/book/"
    assert not book.language
    assert "index.md" in book.pages()
    assert "print.md" not in book.pages()


def test_the_terms_are_words_of_the_glossary() -> None:
    assert {"梯度", "学习率", "损失"} & set(sources.terms())
    assert not [term for term in sources.terms() if "，" in term or " " in term]


LAB = {
    "cells": [
        {"cell_type": "markdown", "id": "top", "metadata": {}, "source": "# Lab\n\nWords."},
        {
            "cell_type": "markdown",
            "id": "first-try",
            "metadata": {},
            "source": ["## Try\n", "\n", "See [it](../loss/#half) and [that](https://a.b/c/).\n"],
        },
        {"cell_type": "code", "id": "run", "metadata": {}, "source": "print(1)"},
    ],
    "metadata": {"title": "Lab", "description": "To try.", "kernelspec": {}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def test_the_lab_becomes_a_page_whose_headings_have_the_ids_of_their_cells() -> None:
    about, text = sources.lab_page(json.dumps(LAB))
    assert about == {"title": "Lab", "description": "To try."}
    assert text.split("\n") == [
        "# Lab",
        "",
        "Words.",
        "",
        "## Try { #first-try }",
        "",
        "See [it](loss.md#half) and [that](https://a.b/c/).",
        "",
        "",
        "```python",
        "print(1)",
        "```",
        "",
    ]
    blocks = to_lines(LAB)[0]
    assert blocks[-4:] == text.split("\n")[-4:]  # what the engine has run
