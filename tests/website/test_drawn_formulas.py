"""What a browser draws of a formula, measured."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import markdown
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from linreg.literate import fonts
from website.server import serve

STYLE = Path(__file__).parents[2] / "docs/theme/assets/formulas.css"


@pytest.fixture
def draw(browser: Browser, tmp_path: Path) -> Any:
    """Show formulas, in our font and our style, and give the page."""
    page = browser.new_page(viewport={"width": 800, "height": 600})
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts/stix-two-math.woff2").write_bytes(fonts.math_font())
    (tmp_path / "formulas.css").write_text(STYLE.read_text())
    (tmp_path / "404.html").touch()

    def show(*formulas: str) -> Page:
        text = "\n\n".join(f"$$\n{tex}\n$$" for tex in formulas)
        made = markdown.markdown(text, extensions=["linreg.literate.formulas"])
        style = '<link rel="stylesheet" href="formulas.css">'
        html = f'<!doctype html><meta charset="utf-8">{style}{made}'
        (tmp_path / "index.html").write_text(html, encoding="utf-8")
        page.goto(address)
        page.evaluate("document.fonts.load('16px STIX Two Math')")
        return page

    with serve(tmp_path) as address:
        yield show
    page.close()


def box(page: Page, selector: str, index: int = 0) -> dict[str, float]:
    found = page.locator(selector).nth(index).bounding_box()
    assert found
    return dict(found)


def ink(page: Page, hidden: str) -> float:
    """How wide is what is drawn, when some elements are hidden."""
    page.add_style_tag(content=f"{hidden} {{ visibility: hidden }}")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("L")
    drawn = picture.point(lambda level: 255 * (level < 200)).getbbox()
    assert drawn
    return float(drawn[2] - drawn[0])


@pytest.mark.parametrize(
    "command", ["xrightarrow", "xleftarrow", "xleftrightarrow", "xRightarrow", "xmapsto"]
)
def test_an_arrow_is_as_long_as_the_words_over_it(draw: Any, command: str) -> None:
    page = draw(rf"\{command}{{a + b + c + d + e + f + g + h}}")
    words = box(page, "mover > mover > mrow")["width"]
    assert ink(page, "mover > mover") == pytest.approx(words, rel=0.05)


@pytest.mark.parametrize(
    "command", ["widetilde", "widehat", "overrightarrow", "overleftrightarrow", "overbracket"]
)
def test_an_accent_is_as_wide_as_what_is_below_it(draw: Any, command: str) -> None:
    page = draw(rf"\{command}{{a + b}}")
    below = box(page, "mover > mrow")["width"]
    assert ink(page, "mover > mrow") == pytest.approx(below, rel=0.3)


def test_a_formula_that_is_struck_out_has_a_line_across(draw: Any) -> None:
    page = draw(r"\cancel{a + b + c}")
    whole = box(page, "math > mrow")["width"]
    assert ink(page, "math > mrow > *") == pytest.approx(whole, rel=0.05)


def test_a_box_stands_around_what_is_in_it(draw: Any) -> None:
    page = draw(r"a \boxed{\frac{1}{2}} b")
    outer, inner = box(page, "math > mrow"), box(page, "mfrac")
    assert outer["x"] < inner["x"]
    assert outer["width"] > inner["width"] + 2
    assert outer["height"] > inner["height"] + 2
    border = page.evaluate("getComputedStyle(document.querySelector('math > mrow')).borderTopWidth")
    assert float(border.removesuffix("px")) > 0


def test_the_room_after_a_row_is_what_was_asked_for(draw: Any) -> None:
    rows = r"\begin{{aligned}} a &= b \\{} c &= d \end{{aligned}}"
    page = draw(rows.format(""), rows.format("[1in]"), rows.format("[-2pt]"))
    heights = [box(page, "mtable", i)["height"] for i in range(3)]
    assert heights[1] - heights[0] == pytest.approx(96, abs=0.5)
    assert heights[0] - heights[2] == pytest.approx(2 * 72 / 72.27 * 96 / 72, abs=0.5)


def test_a_rule_has_its_size_and_place(draw: Any) -> None:
    page = draw(r"x \rule{1in}{0.5in} \rule[0.25in]{1in}{0.5in}")
    low, high = box(page, "mspace", 0), box(page, "mspace", 1)
    assert (low["width"], low["height"]) == (pytest.approx(96, abs=1), pytest.approx(48, abs=1))
    assert low["y"] - high["y"] == pytest.approx(24, abs=1)


def test_rows_below_a_sum_are_as_small_as_what_stands_there(draw: Any) -> None:
    page = draw(r"\sum_{\substack{x \\ y}}", r"\sum_{x}")
    sizes = page.evaluate(
        "[...document.querySelectorAll('mi')].map(letter => getComputedStyle(letter).fontSize)"
    )
    assert len(sizes) == 3
    assert len(set(sizes)) == 1


def test_the_number_of_an_equation_stands_at_the_edge(draw: Any) -> None:
    page = draw(r"x = y \tag{1}")
    number, formula = box(page, "mtd:last-child mtext"), box(page, "div.formula")
    right = formula["x"] + formula["width"]
    assert right - (number["x"] + number["width"]) < 20
