"""A Chinese heading may break between two words, and the book's terms are words."""

from __future__ import annotations

from book.finish.words import mark_words


def test_words_of_headings_are_marked_and_nothing_else_is() -> None:
    others = "<p>梯度下降和损失</p><h4>梯度下降和损失</h4>"
    html = f'<h2 id="梯度下降">梯度下降<code>x</code>和损失</h2>{others}'
    marked = mark_words(html, ["梯度下降"])
    assert marked.replace("<wbr>", "") == html
    assert "<wbr>损失</h2>" in marked
    assert "梯度下降<code>" in marked
    assert marked.endswith(others)


def test_a_term_is_one_word_from_the_build_that_has_it_on() -> None:
    html = "<h1>小批量采样器的用法</h1>"
    assert "采样器的用" not in mark_words(html, []).replace("<wbr>", " ").split()
    assert "小批量采样器<wbr>" in mark_words(html, ["小批量采样器"])


def test_headings_without_chinese_stay() -> None:
    html = "<h1>A <em>title</em> of words</h1>"
    assert mark_words(html, ["梯度"]) == html
