"""The number of a chapter, in front of its title."""

from __future__ import annotations

_CHAPTER = {"en": "Chapter {}", "zh": "第 {} 章"}


def numbered(content: str, number: int, language: str) -> str:
    """Have the title of a chapter say its number (site.css shows it), as the text does.

    Args:
        content: of the chapter.
        number: the chapter's.
        language: of the number's words.
    """
    return content.replace("<h1", f'<h1 data-chapter="{_CHAPTER[language].format(number)}"', 1)
