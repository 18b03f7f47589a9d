"""A page as a notebook: literal Markdown in, cells out."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
import zipfile

import nbformat
import pytest

from book.finish import notebooks
from linreg.literate.fences import parse
from linreg.literate.notebook import to_lines
from linreg.literate.outputs import Output
from linreg.literate.source import Source

SITE = "https://example.org/en/"
WHEEL = "https://example.org/linreg-0.1.0-py3-none-any.whl"
PLACE = notebooks.Place("en", "A book", SITE, f"{SITE}gradients/", WHEEL)
NOTE = (
    f"*From [A book]({SITE}gradients/), with the outputs that the page shows. To run it, "
    f"install the package:* `pip install {WHEEL}`"
)
SVG = (
    '<svg viewBox="0 0 9 9" width="12"><defs><path id="m" d="M0 0"/></defs>'
    '<use href="#m" style="stroke: var(--literate-c0, #1f6fb2); fill: currentColor"/></svg>'
)


def made(text: str, outputs: dict[int, list[Output]] | None = None, before: str = "") -> dict:
    lines = f"# Gradients\n\n{text}".splitlines()
    page = parse(lines, Source("page.md"))
    return notebooks.from_page(lines, page, outputs or {}, PLACE, before)


def cells(text: str) -> list[tuple[str, str]]:
    """Kind and text of each cell but for the title's note."""
    found = [(cell["cell_type"], cell["source"]) for cell in made(text)["cells"]]
    assert found[0][1].startswith(f"# Gradients\n\n{NOTE}")
    return [("title", found[0][1].partition(NOTE)[2].strip()), *found[1:]]


def test_text_and_blocks_become_cells_and_each_section_begins_one() -> None:
    assert cells(
        "Words before.\n\n```python\nx = 1\n\nx\n```\n\nWords after.\n\n"
        "## One `step` { #step }\n\nMore."
    ) == [
        ("title", "Words before."),
        ("code", "x = 1\n\nx"),
        ("markdown", "Words after."),
        ("markdown", "## One `step`\n\nMore."),
    ]


def test_what_only_the_engine_reads_is_left_out() -> None:
    assert cells(
        "```python\nprint(1)\n```\n\n<!--pytest-codeblocks:cont-->\n\n```python\nprint(2)\n```\n"
        "<!-- caption: Two $x_i$. -->\n<!-- alt: A line that rises. -->\n\n"
        "<!--pytest-codeblocks:expected-output-->\n\n```\n1\n2\n```\n\nEnd."
    ) == [
        ("title", ""),
        ("code", "print(1)"),
        ("code", "print(2)"),
        ("markdown", "*Two $x_i$.*\n\nEnd."),
    ]


def test_a_box_becomes_a_quotation_with_its_title_in_bold() -> None:
    text = '!!! question "Predict"\n\n    One line\n    and its second.\n\n    - a list\n\nAfter.'
    quoted = "> **Predict**\n>\n> One line\n> and its second.\n>\n> - a list\n\nAfter."
    assert cells(text) == [("title", quoted)]


def test_a_box_without_a_title_is_called_by_its_kind() -> None:
    assert cells("!!! note\n    Text.") == [("title", "> **Note**\n>\n> Text.")]


def test_a_displayed_formula_stands_on_one_line_in_a_quotation() -> None:
    # Jupyter would set the marks of the quotation within the formula.
    formula = "    $$\n    a = b\n    $$\n"
    assert cells(f"!!! note\n    So\n\n{formula}")[0][1].endswith("> So\n>\n> $$ a = b $$")
    assert cells(f"So\n\n{formula.replace('    ', '')}")[0][1] == "So\n\n$$\na = b\n$$"


def test_blocks_in_a_solution_become_cells_under_a_heading() -> None:
    assert cells(
        '1. Do it.\n\n    ??? success "Solution"\n\n        So:\n\n        ```python\n'
        "        if x:\n            y()\n        ```\n\n        Done.\n\n2. Again."
    ) == [
        ("title", "1. Do it.\n\n#### Solution\n\nSo:"),
        ("code", "if x:\n    y()"),
        ("markdown", "Done.\n\n2. Again."),
    ]


def test_an_item_goes_on_after_a_block_as_text_and_not_as_code() -> None:
    assert cells("- One:\n\n    ```python\n    1\n    ```\n\n    goes on.\n\n- Two.") == [
        ("title", "- One:"),
        ("code", "1"),
        ("markdown", "goes on.\n\n- Two."),
    ]


def test_code_that_is_only_shown_stays_as_it_is_and_in_colour() -> None:
    text = "```py\n# [a](b.md)\n\n\n!!! note\n```\n\n```console\n$ ls\n```"
    assert cells(text) == [("title", text.replace("```py\n", "```python\n"))]


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("no-grad.md#rebinding", f"{SITE}no-grad/#rebinding"),
        ("autograd.md", f"{SITE}autograd/"),
        ("lab.ipynb", f"{SITE}lab/"),
        ("index.md#run", f"{SITE}#run"),
        ("api.md#linreg.check.sgd", f"{SITE}api/#linreg.check.sgd"),
        ("#hessian", f"{SITE}gradients/#hessian"),
        ("https://pytorch.org/docs", "https://pytorch.org/docs"),
    ],
)
def test_links_lead_to_the_site(link: str, target: str) -> None:
    assert cells(f"See [`this`]({link}).") == [("title", f"See [`this`]({target}).")]
    assert cells("A call of `f[0]()`.") == [("title", "A call of `f[0]()`.")]


def test_outputs_are_those_of_the_build() -> None:
    outputs: list[Output] = [
        {"kind": "text", "stream": "stdout", "data": "one\n"},
        {"kind": "text", "stream": "stderr", "data": "two\n"},
        {"kind": "html", "stream": "value", "data": "<b>3</b>"},
        {"kind": "svg", "stream": "value", "data": SVG},
        {"kind": "text", "stream": "value", "data": "tensor(4)"},
    ]
    block = "```python\nf()\n```\n<!-- alt: A < B -->"
    code = made(block, {2: outputs})["cells"][1]
    printed, warned, table, figure, value = code["outputs"]
    assert printed == {"output_type": "stream", "name": "stdout", "text": "one\n"}
    assert warned == {"output_type": "stream", "name": "stderr", "text": "two\n"}
    assert table["data"] == {"text/html": "<b>3</b>"}
    assert figure["output_type"] == "display_data"
    assert figure["data"]["text/plain"] == "A < B"
    assert value["data"] == {"text/plain": "tensor(4)"}
    assert code["execution_count"] == value["execution_count"] == 1


def test_a_figure_is_an_image_that_needs_no_page() -> None:
    blocks = "```python\nf()\n```\n<!-- alt: A < B -->\n\n```python\ng()\n```\n<!-- alt: C -->"
    drawn: list[Output] = [{"kind": "svg", "stream": "value", "data": SVG}]
    both = made(blocks, {2: drawn, 7: drawn})["cells"][1:3]
    first, second = (cell["outputs"][0]["data"]["image/svg+xml"] for cell in both)
    root = ET.fromstring(first)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("aria-label") == "A < B"
    assert "var(" not in first
    assert "#1f6fb2" in first
    assert "color: #" in root.get("style", "")  # what currentColor is
    assert '<use href="#f1-m"' in first
    assert 'id="f2-m"' in second


def test_where_nothing_was_run_there_are_no_outputs_and_no_numbers() -> None:
    code = made("```python\nf()\n```")["cells"][1]
    assert code["outputs"] == []
    assert code["execution_count"] is None


def test_what_must_run_first_stands_directly_before_the_first_block() -> None:
    found = made("Words.\n\n## S { #s }\n\n```python\nf()\n```", before="prepare()\n")["cells"]
    assert [cell["source"] for cell in found[1:]] == ["## S", "prepare()", "f()"]


def test_the_file_is_valid_and_the_same_each_time() -> None:
    text = "Words.\n\n```python\nf()\n```"
    shown: dict[int, list[Output]] = {4: [{"kind": "text", "stream": "value", "data": "1"}]}
    content = notebooks.to_bytes(made(text, shown))
    assert content == notebooks.to_bytes(made(text, shown))
    nbformat.validate(json.loads(content))
    assert json.loads(content)["metadata"]["kernelspec"]["name"] == "python3"
    assert content.endswith(b"}\n")


def test_the_lab_is_taken_with_its_outputs_and_its_links_absolute() -> None:
    lab = {
        "cells": [
            {
                "cell_type": "markdown",
                "id": "t",
                "metadata": {},
                "source": ["# Lab\n", "\n", "See."],
            },
            {
                "cell_type": "markdown",
                "id": "a",
                "metadata": {},
                "source": ["[2](../02-data/) and [8](../gradients/#step)"],
            },
            {
                "cell_type": "code",
                "id": "b",
                "metadata": {"alt": "A line", "execution": {"started": "2020-01-01"}},
                "source": ["f()"],
            },
            {"cell_type": "code", "id": "c", "metadata": {"alt": "Another"}, "source": "g()\n"},
        ]
    }
    lines, _ = to_lines(lab)
    page = parse(lines, Source("lab.ipynb"))
    first, second = page.sessions[0].blocks
    drawing = {"kind": "svg", "stream": "value", "data": SVG}
    shown: dict[int, list[Output]] = {
        first.start: [{"kind": "text", "stream": "stdout", "data": "1\n2\n"}, drawing],
        second.start: [drawing],
    }
    notebook = notebooks.from_lab(lab, page, shown, PLACE)
    nbformat.validate(notebook)
    title, text, code, more = notebook["cells"]
    assert title["source"] == f"# Lab\n\n{NOTE}\n\nSee."
    assert text["source"] == f"[2]({SITE}02-data/) and [8]({SITE}gradients/#step)"
    printed, figure = code["outputs"]
    assert printed["text"] == "1\n2\n"
    assert figure["data"]["text/plain"] == "A line"
    assert 'id="f1-m"' in figure["data"]["image/svg+xml"]
    assert 'id="f2-m"' in more["outputs"][0]["data"]["image/svg+xml"]
    assert code["metadata"] == {}
    assert (code["execution_count"], more["execution_count"]) == (1, 2)


def test_a_lab_that_was_not_run_has_no_outputs() -> None:
    lab = {"cells": [{"cell_type": "code", "id": "b", "metadata": {}, "source": "f()"}]}
    page = parse(to_lines(lab)[0], Source("lab.ipynb"))
    (code,) = notebooks.from_lab(lab, page, {}, PLACE)["cells"]
    assert (code["outputs"], code["execution_count"]) == ([], None)


def test_the_same_notebooks_give_the_same_zip() -> None:
    files = {"b.ipynb": b"two", "a.ipynb": b"one"}
    content = notebooks.to_zip(files, "folder")
    assert content == notebooks.to_zip(dict(reversed(files.items())), "folder")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["folder/a.ipynb", "folder/b.ipynb"]
        assert archive.read("folder/b.ipynb") == b"two"
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_what_a_page_shows_a_notebook_shows_too() -> None:
    outputs: list[Output] = [
        {"kind": "markdown", "stream": "value", "data": "**x**"},
        {"kind": "latex", "stream": "value", "data": "$x$"},
        {
            "kind": "image",
            "stream": "value",
            "data": "AAAA",
            "mime": "image/png",
            "width": "30",
            "height": "50%",
            "alt": "own",
        },
        {"kind": "text", "stream": "error", "data": "Traceback …\nValueError: no: not so"},
    ]
    text = "<!--pytest-codeblocks:expect-error-->\n```python\nx\n```\n<!-- alt: A box. -->"
    notebook = made(text, {3: outputs})
    nbformat.validate(nbformat.from_dict(notebook))
    cell = notebook["cells"][1]
    assert [output.get("data") for output in cell["outputs"]] == [
        {"text/markdown": "**x**"},
        {"text/latex": "$x$"},
        {"image/png": "AAAA", "text/plain": "A box."},
        None,
    ]
    assert cell["outputs"][2]["metadata"] == {"image/png": {"width": 30.0}}
    assert (cell["outputs"][3]["ename"], cell["outputs"][3]["evalue"]) == (
        "ValueError",
        "no: not so",
    )
    assert cell["metadata"] == {"tags": ["raises-exception"]}


def test_what_is_hidden_on_the_page_is_folded_in_the_notebook() -> None:
    printed: Output = {"kind": "text", "stream": "stdout", "data": "1\n"}
    text = "```python\nx\n```\n<!-- show: {} -->"
    cell = made(text.format("output"), {2: [printed]})["cells"][1]
    assert cell["metadata"] == {"jupyter": {"source_hidden": True}}
    assert len(cell["outputs"]) == 1
    assert made(text.format("nothing"), {2: [printed]})["cells"][1]["outputs"] == []


def test_notes_on_lines_follow_their_code_and_comments_are_left_out() -> None:
    text = "```python\nx  # (1)\n```\n<!-- title: a.py -->\n<!-- highlight: 1 -->\n\n1. A note.\n"
    assert cells(text) == [("title", ""), ("code", "x  # (1)"), ("markdown", "1. A note.")]


def test_of_a_figure_that_moves_a_notebook_has_how_it_begins() -> None:
    states: list[list[Output]] = [
        [
            {"kind": "text", "stream": "stdout", "data": f"{text}\n"},
            {"kind": "svg", "stream": "value", "data": SVG},
        ]
        for text in ("one", "two")
    ]
    controls = [{"name": "n", "values": ["1", "2"], "start": 1, "kind": "slider"}]
    moving: Output = {
        "kind": "interact",
        "stream": "value",
        "data": json.dumps(controls),
        "states": states,
    }
    text = "```python\n1\n```\n<!-- alt: A line. -->"
    printed, figure = made(text, {2: [moving]})["cells"][1]["outputs"]
    assert printed == {"output_type": "stream", "name": "stdout", "text": "two\n"}
    assert figure["data"]["text/plain"] == "A line."
