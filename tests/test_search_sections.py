"""The sections that the search looks through, held against those of Material's own plugin."""

from __future__ import annotations

import pytest
from material.plugins.search.plugin import Parser

from book.finish import search

PRE = '<div class="highlight"><pre><span></span><code>{}</code></pre></div>'
PAGES = [
    '<h1 id="a">A</h1><p>One.</p><h2 id="b">B <code>c</code></h2><p>Two<br>lines</p>',
    "<p>Before.</p><h2 id='b'>B</h2>\n<ul>\n<li>x</li>\n<li></li>\n</ul>",
    '<h1 id="a">A</h1><h2 id="b">B<a class="headerlink" href="#b" title="Link">#</a></h2><p>x</p>',
    f'<h1 id="a">A</h1>{PRE.format("x = 1 &lt; 2  # &quot;q&quot;")}<p>y &amp; z</p>',
    '<h1 id="a">A</h1><pre class="literate-text">1\n\n  2\n</pre>\n\n<p>x\ny</p>   <p> </p>',
    '<h1 id="a">A</h1><div><h2 id="b">B</h2><p>x</p></div><p>y</p><h2 id="c">C</h2><p>z</p>',
    '<h1 id="a">A</h1><div><h2 id="b">B</h2><div><h3 id="c">C</h3>x</div>y</div>z',
    '<h1 id="a">A</h1><script>let p = "<p>"</script><style>p{}</style><p>x</p>',
    '<h1 id="a">A</h1><p data-search-exclude>no</p><p>x<sub>i</sub> x<sup>2</sup></p>',
    '<h1 id="a">A</h1><h2>without an id</h2><p>x</p><ol><li><p>a</p></li></ol>',
    '<h1 id="a">A</h1><table><tr><td>1</td><td>2</td></tr></table><dl><dt>x</dt></dl>',
    '<h1 id="a"> A\n b </h1><p></p><p>x</p><p></p>',
    '<h1 id="a">A</h1><p>x <math data-tex="x"><mi>x</mi></math></p>',
]


def theirs(html: str) -> list[tuple[str, str, str]]:
    parser = Parser()
    parser.feed(html)
    parser.close()
    return [
        (part.id or "", "".join(part.title).strip(), "".join(part.text).strip())
        for part in parser.data
        if not part.is_excluded()
    ]


@pytest.mark.parametrize("html", PAGES)
def test_a_page_has_the_sections_that_material_finds(html: str) -> None:
    assert search.sections(html) == theirs(html)


@pytest.mark.parametrize(
    "html",
    [
        '<math display="block"><mi>x</mi></math>',
        "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>",
        '<svg viewBox="0 0 9 9"><text>drawn</text></svg>',
        "<p><wbr></p>",
    ],
)
def test_what_no_reader_types_is_not_found(html: str) -> None:
    assert search.sections(f'<h1 id="a">A</h1>{html}') == [("", "A", "")]


def test_code_is_found_without_its_colours() -> None:
    html = '<h1 id="a">A</h1>' + PRE.format(
        '<span class="kn">import</span> <span class="nn">x</span>'
    )
    assert search.sections(html) == [("", "A", "<pre><code>import x</code></pre>")]
