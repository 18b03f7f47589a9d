"""What says nothing is left out of a page, and what it says stays."""

from __future__ import annotations

import pytest

from book.finish.lean import lean


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ('<span class="n">x</span><span class="o">=</span>', "x="),
        ('<span class="kn">import</span>', '<span class="kn">import</span>'),
        ('<span class="n">a<b>c</b></span>', '<span class="n">a<b>c</b></span>'),
        ("<code>a b</code>", '<code class="short">a b</code>'),
        ("<span>x</span><code>a b</code>", '<span>x</span><code class="short">a b</code>'),
        ("<code>ab</code>", "<code>ab</code>"),
        ("<code>one two three four five</code>", "<code>one two three four five</code>"),
        (
            "<pre><span></span><code>a b</code></pre>",
            "<pre><span></span><code>a b</code></pre>",
        ),
    ],
)
def test_elements_without_a_colour_go_and_short_code_is_marked(html: str, left: str) -> None:
    assert lean(html) == left
