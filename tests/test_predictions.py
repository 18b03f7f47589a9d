"""What a box that asks becomes, and where what it asks for begins to wait and ends."""

import re
from html.parser import HTMLParser

import pytest

from book.finish import predictions

BOX = '<div class="admonition question">\n<p class="admonition-title">Predict</p>\n{}\n</div>\n'
QUESTION = BOX.format("<p>Which one?</p>")
CODE = '<div class="highlight"><pre><span></span><code>x</code></pre></div>\n'
OUTPUT = '<div class="literate-output"><pre>1</pre></div>\n'
AFTER = "<p>So it was.</p>\n"
NEXT = '<h2 id="next">Next</h2>\n'


def prepared(html: str) -> str:
    return predictions.prepared(html)[0]


def waiting(html: str) -> list[str]:
    """What waits for each prediction, as it was before, a nested part's included."""

    class Finder(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[tuple[bool, int]] = []
            self.found: list[tuple[int, int]] = []
            self.starts = [0]
            for line in made.splitlines(keepends=True):
                self.starts.append(self.starts[-1] + len(line))

        def place(self) -> int:
            line, column = self.getpos()
            return self.starts[line - 1] + column

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "div":
                self.open.append((dict(attrs).get("class") == "waiting", self.place()))

        def handle_endtag(self, tag: str) -> None:
            if tag == "div":
                is_waiting, start = self.open.pop()
                if is_waiting:
                    self.found.append((start, self.place()))

    made = prepared(html)
    finder = Finder()
    finder.feed(made)
    assert not finder.open
    added = re.compile(r'<div class="waiting"[^>]*>|<div></div>')
    return [added.sub("", made[start:stop]) for start, stop in sorted(finder.found)]


def test_what_waits_begins_at_the_next_output_and_ends_with_the_section() -> None:
    html = QUESTION + "<p>Look:</p>\n" + CODE + OUTPUT + AFTER + CODE + OUTPUT + NEXT + AFTER
    assert waiting(html) == [OUTPUT + AFTER + CODE + OUTPUT]


def test_at_the_end_of_a_page_it_ends_with_the_page_and_leaves_the_footnotes() -> None:
    assert waiting(QUESTION + CODE + OUTPUT + AFTER) == [OUTPUT + AFTER]
    notes = '<div class="footnote"><ol><li>A note.</li></ol></div>'
    assert waiting(QUESTION + CODE + OUTPUT + AFTER + notes) == [OUTPUT + AFTER]


def test_a_section_without_an_output_waits_from_the_box_on() -> None:
    assert waiting(QUESTION + AFTER + CODE + NEXT + OUTPUT) == ["\n" + AFTER + CODE]


def test_an_output_inside_something_is_not_the_answer() -> None:
    folded = f"<details><summary>Aside</summary>{CODE}{OUTPUT}</details>\n"
    assert waiting(QUESTION + folded + CODE + OUTPUT) == [OUTPUT]


def test_where_nothing_was_run_it_begins_where_the_output_would_be() -> None:
    off = '<p class="literate-off">This code was not run.</p>\n'
    assert waiting(QUESTION + CODE + off + AFTER) == [off + AFTER]


def test_a_later_box_of_the_section_waits_for_the_earlier_one() -> None:
    first, second = waiting(QUESTION + CODE + OUTPUT + AFTER + QUESTION + CODE + OUTPUT + NEXT)
    assert first.startswith(OUTPUT + AFTER + '<div class="admonition question"')
    assert first.endswith(CODE + OUTPUT + "</div>")
    assert second == OUTPUT


def test_two_boxes_before_one_output_both_hold_it_back() -> None:
    assert waiting(QUESTION + QUESTION + CODE + OUTPUT + NEXT) == [OUTPUT + "</div>", OUTPUT]


def test_what_has_no_end_tag_and_what_only_looks_like_an_element_opens_none() -> None:
    drawn = '<p><svg><path d="M0"/></svg><math><mspace width="1em"/></math></p>\n'
    odd = drawn + "<!-- <div> <h2> -->\n<p>A<br>b<img src='a'><wbr>c</p>\n<hr>\n"
    assert waiting(QUESTION + OUTPUT + odd + NEXT + AFTER) == [OUTPUT + odd]


def test_a_box_that_nothing_follows_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="after the prediction 'next'"):
        prepared(NEXT + QUESTION + "<h2>Last</h2>" + AFTER)


def test_predictions_are_called_after_their_section() -> None:
    html = QUESTION + OUTPUT + NEXT + QUESTION + OUTPUT + AFTER + QUESTION + OUTPUT
    assert predictions.prepared(html)[1] == ["top", "next", "next-2"]


def test_a_page_without_boxes_stays_as_it_is() -> None:
    html = '<div class="admonition note"><p>Well.</p></div>' + CODE + OUTPUT + NEXT
    assert predictions.prepared(html) == (html, [])


def test_a_list_at_the_end_of_a_box_is_its_choices() -> None:
    choices = "<li><code>(3,)</code></li>\n<li>None.</li>\n"
    box = BOX.format(f"<ul><li>A</li></ul>\n<p>Which?</p>\n<ul>\n{choices}</ul>")
    assert f'<p>Which?</p>\n<ul class="choices">\n{choices}</ul>' in prepared(box + OUTPUT)


def test_a_single_choice_is_an_error_that_names_the_box() -> None:
    with pytest.raises(ValueError, match="'top' has a single choice"):
        prepared(BOX.format("<p>Which?</p>\n<ul>\n<li>One</li>\n</ul>") + OUTPUT)


def test_a_list_that_does_not_end_the_box_is_a_list() -> None:
    box = BOX.format("<ul>\n<li>One</li>\n</ul>\n<p>Which?</p>")
    assert 'class="choices"' not in prepared(box + OUTPUT)


def test_each_blank_has_a_place_and_code_has_none() -> None:
    made = prepared(BOX.format("<p>It is ___ , then ____; <code>a___b</code>.</p>") + OUTPUT)
    blanks = '<span class="blank">___</span> , then <span class="blank">____</span>'
    assert f"<p>It is {blanks}; <code>a___b</code>.</p>" in made


def test_what_is_there_to_press_comes_last_in_the_box() -> None:
    assert prepared(QUESTION + OUTPUT).startswith(
        QUESTION.removesuffix("</div>\n") + "<div></div>\n</div>\n"
    )


def test_nothing_is_added_that_a_reader_would_read() -> None:
    html = BOX.format("<p>Is it ___?</p>\n<ul>\n<li>A</li>\n<li>B</li>\n</ul>") + OUTPUT
    assert re.sub(r"<[^>]*>|\s", "", prepared(html)) == re.sub(r"<[^>]*>|\s", "", html)
