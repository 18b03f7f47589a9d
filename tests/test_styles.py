"""One style sheet, which says what the several ones said."""

from __future__ import annotations

from pathlib import Path

import pytest
import tinycss2

from book.finish import styles

STYLES = sorted((Path(__file__).resolve().parents[1] / "docs" / "theme").rglob("*.css"))


def tokens(text: str) -> list[object]:
    """What a style sheet says, without comments, and space where it says nothing."""
    kept: list[object] = []

    def read(nodes: list[object]) -> None:
        for node in nodes:
            if node.type == "whitespace" or node == ";":
                continue
            if node.type in ("literal", "ident", "hash", "at-keyword", "string", "url"):
                kept.append((node.type, node.value))
            elif node.type in ("number", "percentage", "dimension"):
                kept.append((node.type, node.value, getattr(node, "unit", "")))
            else:
                kept.append(node.type)
            read(getattr(node, "arguments", None) or getattr(node, "content", None) or [])

    read(tinycss2.parse_component_value_list(text, skip_comments=True))
    return kept


@pytest.mark.parametrize("file", STYLES, ids=lambda file: file.name)
def test_a_style_sheet_says_the_same(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    small = styles.small(text)
    assert tokens(small) == tokens(text)
    assert len(small) < 0.85 * len(text)


def test_a_value_that_is_empty_is_no_mistake_to_older_browsers() -> None:
    assert styles.small("a { --light: initial; --dark: ; }") == "a{--light:initial;--dark: }"
