"""A figure that moves, on the page: controls, the differences, files of their own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from linreg.literate import LiterateError, controls, moving

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = f"""
```python
import matplotlib.pyplot as plt
from IPython.display import HTML, Markdown, display

def tell(**said):
    display({{{moving.MIME!r}: said}}, raw=True)

def move(show, *controls):
    tell(controls=list(controls))
    for i in range(len(controls[0]["values"])):
        tell(at=[i] + [0] * (len(controls) - 1))
        show(i)
    tell(end=True)

SHOW
```
"""
N = '{"name": "n_1", "values": ["1", "2 & 3"], "start": 1}'


def page(code: str, below: str = "") -> str:
    return PAGE.replace("SHOW", code) + below


def patched(data: dict[str, Any], number: int) -> str:
    """A state, made as the script makes it."""
    first = data["first"].encode("utf-16-le", "surrogatepass")
    parts, made = iter(data["states"][number]), b""
    for part in parts:
        text = isinstance(part, str)
        made += (
            part.encode("utf-16-le", "surrogatepass") if text else first[2 * part : 2 * next(parts)]
        )
    return made.decode("utf-16-le", "surrogatepass")


def read(html: str) -> list[dict[str, Any]]:
    """What the moving figures of a page can show."""
    found = BeautifulSoup(html, "lxml").find_all("script", type=moving.MIME)
    return [json.loads(script.string) for script in found]


def test_how_it_begins_is_on_the_page_and_all_else_can_be_made(convert: Callable[..., str]):
    html = convert(page(f"move(lambda i: print('<b>', i), {N})"))
    soup = BeautifulSoup(html, "lxml")
    assert soup.select_one(".literate-output > .literate-moving > .literate-moved").pre.text == (
        "<b> 1"
    )
    (data,) = read(html)
    assert [patched(data, i) for i in range(2)] == [
        f'<pre class="literate-text literate-stdout">&lt;b&gt; {i}</pre>' for i in range(2)
    ]


def test_a_slider_says_its_value_and_is_hidden_until_the_script_comes(convert: Callable[..., str]):
    soup = BeautifulSoup(convert(page(f"move(print, {N})")), "lxml")
    panel = soup.select_one(".literate-controls")
    assert panel.has_attr("hidden")
    assert panel["role"] == "group"
    assert panel["aria-label"] == "Values to choose"
    slider = panel.find("input")
    assert slider["type"] == "range"
    assert (slider["max"], slider["value"]) == ("1", "1")
    assert json.loads(slider["data-values"]) == ["1", "2 & 3"]
    assert slider["aria-valuetext"] == "2 & 3"
    assert panel.find("label", attrs={"for": slider["id"]}).text == "n 1"
    assert panel.output.text == "2 & 3"


def test_named_values_have_buttons_and_time_plays(convert: Callable[..., str]):
    how = '{"name": "how", "values": ["fast", "slow"], "kind": "buttons"}'
    time = '{"name": "t", "values": ["0"], "kind": "time"}'
    html = convert(page(f"move(print, {how}, {time})"), language="zh")
    soup = BeautifulSoup(html, "lxml")
    group = soup.find("fieldset")
    assert group.legend.text == "how"
    assert [label.text for label in group.find_all("label")] == ["fast", "slow"]
    assert [one.has_attr("checked") for one in group.find_all("input", type="radio")] == [
        True,
        False,
    ]
    assert len({one["name"] for one in group.find_all("input")}) == 1
    button = soup.find("button", type="button")
    assert (button.text, button["data-other"]) == ("播放", "暂停")


def test_arguments_are_called_as_the_page_says(convert: Callable[..., str]):
    html = convert(page(f"move(print, {N})", "<!-- label: n_1 = how <many> -->"))
    assert BeautifulSoup(html, "lxml").label.text == "how <many>"


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("m = many", "has a label of m, and nothing in it moves by that; what moves has n_1"),
        ("n_1", "label is 'n_1'; it must be an argument = what readers call it"),
        ("n_1 =", "it must be an argument = what readers call it"),
    ],
)
def test_a_label_that_says_nothing_is_an_error(
    label: str, message: str, convert: Callable[..., str]
):
    with pytest.raises(LiterateError, match=re.escape(message)):
        convert(page(f"move(print, {N})", f"<!-- label: {label} -->"))


def test_a_second_label_and_one_where_nothing_moves_are_errors(convert: Callable[..., str]):
    twice = "<!-- label: n_1 = a -->\n<!-- label: n_1 = b -->"
    with pytest.raises(LiterateError, match="has a second label of n_1"):
        convert(page(f"move(print, {N})", twice))
    with pytest.raises(LiterateError, match="what moves has no arguments"):
        convert("```python\n1\n```\n<!-- label: n = a -->")


def test_captions_belong_to_how_it_begins_and_texts_say_the_values(convert: Callable[..., str]):
    show = "lambda i: plt.plot([0, i])"
    below = "<!-- caption: A *line*. -->\n<!-- alt: It rises. -->\n<!-- label: n_1 = height -->"
    html = convert(page(f"move({show}, {N})", below))
    (data,) = read(html)
    for state, label in zip(range(2), ("It rises. (height = 1)", "It rises."), strict=True):
        figure = BeautifulSoup(patched(data, state), "lxml").figure
        assert figure.svg["aria-label"] == label
        assert str(figure.figcaption) == "<figcaption>A <em>line</em>.</figcaption>"
    with pytest.raises(LiterateError, match=r"more captions \(2\) than figures \(1\)"):
        convert(page(f"move({show}, {N})", f"{below}\n<!-- caption: Another. -->"))


def test_ids_are_those_of_one_figure_and_of_no_other(convert: Callable[..., str]):
    show = "lambda i: [plt.figure().subplots().plot([0, i]) for _ in range(2 - i)]"
    one = f"move({show}, {N})"
    html = convert(page(f"{one}\n{one}\nplt.plot([3])"))
    soup = BeautifulSoup(html, "lxml")
    assert len(soup.find_all("svg")) == 3
    for first, second in ((0, 0), (0, 1), (1, 0), (1, 1)):
        parts = [patched(data, n) for data, n in zip(read(html), (first, second), strict=True)]
        rest = soup.select(".literate-output > figure")
        ids = re.findall(r'\sid="([^"]+)"', "".join([*parts, *map(str, rest)]))
        assert len(ids) == len(set(ids))
    assert len({tag["id"] for tag in soup.find_all(id=True)}) == len(soup.find_all(id=True))


def test_markdown_html_and_formulas_can_move(convert: Callable[..., str]):
    show = "lambda i: display(Markdown(f'**{i}** is $x$'), HTML(f'<i id=\"a\">{i}</i>'))"
    html = convert(page(f"move({show}, {N})"), "linreg.literate.formulas")
    (data,) = read(html)
    for i in range(2):
        state = BeautifulSoup(patched(data, i), "lxml")
        assert state.strong.text == str(i)
        assert state.i.text == str(i)
        assert state.math["data-tex"] == "x"
    assert "literate:" not in html


def test_what_a_block_prints_cannot_end_the_script(convert: Callable[..., str]):
    html = convert(page(f"move(lambda i: print('</script><!--', i), {N})"))
    (data,) = read(html)
    assert "&lt;/script&gt;&lt;!-- 0" in patched(data, 0)


def test_the_script_comes_once_and_only_where_something_moves(convert: Callable[..., str]):
    one = f"move(print, {N})"
    assert convert(page(f"{one}\n{one}")).count("data-literate-moving=") == 1
    assert "<script" not in convert("```python\n1\n```")


def test_in_a_list_it_stands_in_the_list(convert: Callable[..., str]):
    block = page(f"move(print, {N})").strip().replace("\n", "\n    ")
    soup = BeautifulSoup(convert(f"1. One:\n\n    {block}\n\n2. Two."), "lxml")
    assert soup.select_one("li > .literate-output > .literate-moving") is not None


def test_files_of_their_own_take_all_but_how_it_begins(convert: Callable[..., str]):
    html = convert(page(f"move(print, {N})"))
    small, files = controls.take_out(html, lambda name: f"../a&b/{name}")
    states, script = sorted(files)
    assert script == controls.SCRIPT
    assert files[script] == controls.script()
    soup = BeautifulSoup(small, "lxml")
    assert [(one.get("src"), one.get("data-src")) for one in soup.find_all("script")] == [
        (None, f"../a&b/{states}"),
        (None, f"../a&b/{script}"),  # comes when a figure is about to be seen
    ]
    name, _, data = files[states].removeprefix("(window.literateStates??={})").partition("=")
    assert name == f'["{states}"]'
    assert json.loads(data) == read(html)[0]
    assert controls.take_out(small, str)[1] == {}


def test_the_same_figure_has_the_same_file_and_another_one_another(convert: Callable[..., str]):
    def files(end: str) -> set[str]:
        html = convert(page(f"move(lambda i: print(i, {end!r}), {N})"))
        return set(controls.take_out(html, str)[1])

    assert files("a") == files("a")
    assert files("a") != files("b")


def test_on_paper_nothing_moves(convert: Callable[..., str]):
    html = convert(page(f"print('before')\nmove(print, {N})\nprint('after')"))
    for one in (html, controls.take_out(html, str)[0]):
        soup = BeautifulSoup(controls.still(one), "lxml")
        assert not soup.select("script, input, .literate-controls")
        assert [pre.text for pre in soup.find_all("pre")][1:] == ["before", "1", "after"]


SCRIPTED = """
numbers = {"low": -1, "high": 1, "step": 0.25}
tell(controls=[{"name": "n", "values": numbers, "start": 1}],
     script={"name": "fit", "data": {"x": ["</script>"]}})
tell(at=[1])
print("start")
tell(end=True)
"""


def test_a_range_is_said_by_its_ends_and_a_script_by_its_name(convert: Callable[..., str]):
    html = convert(page(SCRIPTED))
    soup = BeautifulSoup(html, "lxml")
    slider = soup.find("input")
    assert (slider["max"], slider["value"]) == ("8", "1")
    assert slider["data-range"] == "-1 0.25 2"
    assert (slider["aria-valuetext"], soup.output.text) == ("-0.75", "-0.75")
    assert soup.select_one(".literate-moving")["data-script"] == "fit"
    assert soup.select_one(".literate-moved").pre.text == "start"
    assert read(html) == [{"x": ["</script>"]}]


def test_what_a_script_needs_has_a_file_of_its_own(convert: Callable[..., str]):
    html, files = controls.take_out(convert(page(SCRIPTED)), str)
    (name,) = set(files) - {controls.SCRIPT}
    assert files[name].endswith('={"x":["</script>"]}\n')
    assert BeautifulSoup(html, "lxml").select_one(".literate-moving [data-src]")["data-src"] == name
    still = BeautifulSoup(controls.still(html), "lxml")
    assert not still.select("script, input")
    assert still.select_one(".literate-moved").pre.text == "start"


@given(st.text("ab<>\n 😀é"), st.text("ab<>\n 😀é"))
def test_differences_make_one_text_of_another(before: str, after: str):
    data = {"first": before, "states": [controls.differences(before, after)]}
    assert patched(data, 0) == after


def test_of_a_curve_that_grows_only_the_new_part_is_kept():
    curve = "".join(f"L{i} {i * i}" for i in range(200))
    before, after = (f'<svg><path d="M0 0{curve[:n]}"/><g id="x"/></svg>' for n in (900, 1000))
    assert len(json.dumps(controls.differences(before, after))) < 150


def test_the_script_is_one_that_runs():
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js")
    result = subprocess.run(
        [node, "--check", "-"], input=controls.script(), capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


def test_values_may_have_quotes_and_signs_of_html_in_them(convert: Callable[..., str]):
    odd = ["it's", '"so"', "<b>", "a & b"]
    control = json.dumps({"name": "n", "values": odd})
    slider = BeautifulSoup(convert(page(f"move(print, {control})")), "lxml").find("input")
    assert json.loads(slider["data-values"]) == odd
