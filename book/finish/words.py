"""Lets a line of a Chinese heading end between two words, and (chinese.css) not within one."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import TYPE_CHECKING

import jieba  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADING = re.compile(r"<h[123]\b.*?</h[123]>", re.DOTALL)
_HAN = re.compile(r"<[^>]*>|[\u4e00-\u9fff]+")  # tags are left alone

jieba.setLogLevel(logging.WARNING)


def mark_words(content: str, terms: Sequence[str]) -> str:
    """Put a place to break lines between the words of headings.

    Args:
        content: of a page.
        terms: of the book, each of which is one word.
    """
    _know(tuple(terms))
    return _HEADING.sub(lambda heading: _marked(heading[0]), content)


@lru_cache(maxsize=4096)
def _marked(heading: str) -> str:
    return _HAN.sub(lambda run: "<wbr>".join(_words(run[0])), heading)


def _words(text: str) -> list[str]:
    return [text] if text.startswith("<") else jieba.lcut(text)


@lru_cache(maxsize=1)
def _know(terms: tuple[str, ...]) -> None:
    for term in terms:
        jieba.add_word(term)
    _marked.cache_clear()
