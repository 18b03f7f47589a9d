"""The figures that a script computes while a hand moves them, held against the package."""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page

import linreg
from linreg.literate.fences import parse
from linreg.literate.source import from_file
from website.conftest import ROOT, SCREENS, Site, Visit, show_everything
from website.test_browser import overflow, set_scheme, violations
from website.test_pages import LANGUAGES

SCRIPTED = ".literate-moving[data-script]"
SEED = 16
POSITIONS = 60
TOLERANCE = 1e-6

# Brings all controls to their places at once, as so many hands would.
MOVE = """(figure, places) => {
    const controls = [...figure.querySelectorAll(".literate-control")];
    controls.forEach((control, i) => {
        const inputs = control.querySelectorAll("input");
        if (inputs[0].type === "range") inputs[0].value = places[i];
        else inputs[places[i]].checked = true;
    });
    controls.forEach((control) =>
        control.querySelector("input").dispatchEvent(new Event("input", { bubbles: true })));
}"""
# What a figure says and shows: its values, its numbers with all digits, its text, its curves.
READ = """(figure) => {
    const sliders = [...figure.querySelectorAll("input[type=range]")];
    const text = figure.querySelector(".literate-moved .literate-text");
    const edges = figure.querySelector("clipPath rect");
    const parts = {};
    for (const part of figure.querySelectorAll("svg g[id]"))
        parts[part.id.replace(/^f[^-]*-/, "")] =
            [...part.querySelectorAll(":scope > path, :scope > g > path")]
                .map((path) => path.getAttribute("d"));
    return {
        values: sliders.map((slider) => slider.ariaValueText),
        outputs: [...figure.querySelectorAll("output")].map((output) => output.textContent),
        numbers: text.dataset.numbers.split(",").map(Number),
        text: text.textContent,
        alt: figure.querySelector("svg").ariaLabel,
        edges: ["x", "y", "width", "height"].map((name) => +edges.getAttribute(name)),
        parts,
    };
}"""


def given(page: str, code: str) -> dict[str, Any]:
    """What the block of a chapter that holds some code makes; it needs torch alone."""
    source, lines = from_file(ROOT / "docs" / "en" / f"{page}.md")
    blocks = [block for session in parse(lines, source).sessions for block in session.blocks]
    (block,) = [block.code for block in blocks if code in block.code]
    names: dict[str, Any] = {"torch": torch}
    exec(block.replace("from linreg import plt\n", "").partition("fig,")[0], names)
    return names


def moved(figure: Locator, places: list[int]) -> dict[str, Any]:
    """What a figure says and shows once its controls are at some places."""
    figure.evaluate(MOVE, places)
    return figure.evaluate(READ)


def ready(page: Page) -> Locator:
    """The figure of a page that a script moves, when that has come."""
    figure = page.locator(SCRIPTED)
    figure.scroll_into_view_if_needed()
    figure.locator("[data-numbers]").wait_for()
    return figure


def points(shown: dict[str, Any], curve: str, limits: tuple[float, ...]) -> list[list[float]]:
    """The points that a curve goes through, in the numbers of the plot."""
    x, y, width, height = shown["edges"]
    left, right, bottom, top = limits
    pairs = re.findall(r"(-?[\d.]+)[ ,](-?[\d.]+)", curve)
    return [
        [
            left + (float(a) - x) / width * (right - left),
            top - (float(b) - y) / height * (top - bottom),
        ]
        for a, b in pairs
    ]


def close(found: Any, expected: Any, tolerance: float = TOLERANCE) -> bool:
    return torch.allclose(
        torch.tensor(found, dtype=torch.float64),
        torch.tensor(expected, dtype=torch.float64),
        rtol=tolerance,
        atol=tolerance,
    )


def said(text: str) -> list[str]:
    return re.findall(r"-?\d+\.\d+", text)


def as_said(numbers: list[float]) -> list[str]:
    return [f"{number:.3f}" for number in numbers]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_that_is_moved_by_hand_has_the_loss_that_the_package_computes(
    language: str, visit: Callable[..., Visit]
) -> None:
    data = given("linear-model", "y = torch.tensor([-1.6")
    x, y = (data[name].double().reshape(-1, 1) for name in "xy")
    limits = (-2.3, 3.3, -2.2, 2.2)
    best = linreg.least_squares(data["x"].reshape(-1, 1), data["y"].reshape(-1, 1))
    reader = visit()
    figure = ready(reader.go(f"{language}/linear-model/"))
    draw = random.Random(SEED)
    corners = [[0, 0, 0], [300, 400, 1], [0, 400, 0], [300, 0, 1], [110, 217, 0]]
    many = [[draw.randint(0, 300), draw.randint(0, 400), i % 2] for i in range(POSITIONS)]
    for places in [*corners, *many]:
        shown = moved(figure, places)
        slope, intercept = (round(-1 + places[0] / 100, 2), round(-2 + places[1] / 100, 2))
        assert shown["values"] == shown["outputs"] == [f"{slope:.2f}", f"{intercept:.2f}"]

        def loss(w: float, b: float) -> float:
            w, b = torch.tensor([[w], [b]], dtype=torch.float64)
            return linreg.squared_loss(linreg.linreg(x, w.reshape(1, 1), b), y).mean().item()

        mine, least = loss(slope, intercept), loss(*(p.item() for p in best))
        expected = [2 * len(x) * mine, mine, 2 * len(x) * least]
        assert close(shown["numbers"], expected), places
        assert said(shown["text"]) == as_said(expected)[: 3 if places[2] else 2]
        for i, (a, b) in enumerate(zip(x.flatten().tolist(), y.flatten().tolist(), strict=True)):
            e = slope * a + intercept - b
            (square,) = shown["parts"][f"square{i}"]
            corners = [[a, b], [a + abs(e), b], [a + abs(e), b + e], [a, b + e]]
            assert close(points(shown, square, limits)[:4], corners, 0.01)
        line = points(shown, shown["parts"]["line"][0], limits)
        assert close(line, [[at, slope * at + intercept] for at in limits[:2]], 0.01)
    assert reader.complaints == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ball_rolls_where_the_gradients_of_the_package_lead(
    language: str, visit: Callable[..., Visit]
) -> None:
    data = given("descent", "x = torch.randn(30")
    x, y = data["x"].reshape(-1, 1), data["y"].reshape(-1, 1)
    limits, rates = (-7.5, 0.5, -0.5, 7.5), [0.03, 0.1, 0.3, 0.8, 1.3]
    reader = visit()
    figure = ready(reader.go(f"{language}/descent/"))
    draw = random.Random(SEED)
    corners = [[0, 0, 0, 50], [80, 80, 4, 50], [0, 80, 4, 0], [80, 0, 3, 1]]
    many = [[draw.randint(0, most) for most in (80, 80, 4, 50)] for _ in range(POSITIONS)]
    for places in [*corners, *many]:
        shown = moved(figure, places)
        start = round(-7.5 + places[0] / 10, 1), round(-0.5 + places[1] / 10, 1)
        lr, updates = rates[places[2]], places[3]
        assert shown["values"] == [*(f"{one:.1f}" for one in start), f"{lr:g}", str(updates)]
        w, b = (torch.tensor([one], dtype=torch.float64) for one in start)
        w, path = w.reshape(1, 1), [list(start)]
        for _ in range(updates):
            by_w, by_b = linreg.gradients(x, y, w, b)
            w, b = w - lr * by_w, b - lr * by_b
            path.append([w.item(), b.item()])
        loss = linreg.squared_loss(linreg.linreg(x, w, b), y).mean().item()
        assert close(shown["numbers"], [*path[-1], loss]), places
        assert said(shown["text"]) == as_said([*path[-1], loss])
        for curve in shown["parts"]["path"]:
            assert close(points(shown, curve, limits), path, 0.02)
    assert reader.complaints == []


@pytest.mark.parametrize(
    ("page", "keys", "value", "alt"),
    [
        ("linear-model", ["ArrowRight", "ArrowRight", "PageUp"], "0.42", "(斜率 = 0.42, 截距 = "),
        ("descent", ["ArrowRight", "End"], "0.5", "(起点的权重 = 0.5, 起点的偏置 = "),
    ],
)
def test_keys_are_enough_and_what_comes_of_them_is_spoken(
    page: str, keys: list[str], value: str, alt: str, visit: Callable[..., Visit]
) -> None:
    figure = ready(visit().go(f"zh/{page}/"))
    slider = figure.get_by_role("slider").first
    before = figure.evaluate(READ)["text"]
    for key in keys:
        slider.press(key)
    assert slider.get_attribute("aria-valuetext") == value
    shown = figure.evaluate(READ)
    assert alt in shown["alt"]
    assert shown["text"] != before
    status = figure.get_by_role("status")
    status.filter(has_text=shown["text"]).wait_for(state="attached")


def test_the_best_line_is_shown_when_she_asks_for_it(visit: Callable[..., Visit]) -> None:
    figure = ready(visit().go("en/linear-model/"))
    dashed = figure.locator('[id$="-best"] path')
    assert dashed.evaluate("one => getComputedStyle(one).strokeOpacity") == "0"
    figure.get_by_role("radio", name="shown").press("Space")
    assert dashed.evaluate("one => getComputedStyle(one).strokeOpacity") == "1"
    assert figure.locator(".literate-moved .literate-text").inner_text().endswith("(best 1.759)")


def test_the_ball_rolls_when_it_is_let_go(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/descent/")
    figure = ready(page)
    slider = figure.get_by_role("slider").last
    slider.press("Home")
    figure.get_by_role("button", name="Play").press("Enter")
    page.wait_for_function("(one) => +one.value > 3", arg=slider.element_handle())
    figure.get_by_role("button", name="Pause").press("Enter")
    assert figure.evaluate(READ)["values"][3] == slider.input_value()


def centre(ring: Locator) -> tuple[float, float]:
    box = ring.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize(
    ("page", "number", "changed"), [("linear-model", 0, 1), ("linear-model", 1, 0)]
)
def test_a_ring_can_be_pulled(
    page: str, number: int, changed: int, visit: Callable[..., Visit]
) -> None:
    reader = visit()
    figure = ready(reader.go(f"en/{page}/"))
    ring = figure.locator("svg > g[transform]").nth(number)
    before = figure.evaluate(READ)["values"]
    x, y = centre(ring)
    mouse = reader.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 5, y - 30, steps=3)
    mouse.up()
    after = figure.evaluate(READ)["values"]
    assert float(after[changed]) > float(before[changed])
    assert after[1 - changed] == before[1 - changed]
    assert abs(centre(ring)[1] - (y - 30)) < 2  # it is where it was pulled to
    mouse.move(x, y + 50)
    assert figure.evaluate(READ)["values"] == after  # it has been let go


def test_a_ball_is_dropped_where_the_plot_is_pressed(visit: Callable[..., Visit]) -> None:
    reader = visit()
    figure = ready(reader.go("en/descent/"))
    svg = figure.locator("svg")
    box = svg.bounding_box()
    before = figure.evaluate(READ)["values"]
    svg.click(position={"x": 3, "y": box["height"] / 2})  # beside the plot
    assert figure.evaluate(READ)["values"] == before
    svg.click(position={"x": box["width"] * 0.8, "y": box["height"] * 0.2})
    after = figure.evaluate(READ)["values"]
    assert after[:2] != before[:2]
    assert after[2:] == before[2:]
    x, y = centre(figure.locator("svg > g[transform]"))
    assert abs(x - box["x"] - box["width"] * 0.8) < 4
    assert abs(y - box["y"] - box["height"] * 0.2) < 4


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", ["linear-model", "descent"])
def test_without_scripts_and_on_paper_the_block_has_drawn_it(
    page: str, language: str, visit: Callable[..., Visit]
) -> None:
    without = visit(java_script_enabled=False).go(f"{language}/{page}/")
    paper = visit().go(f"{language}/{page}/")
    paper.emulate_media(media="print")
    for sheet in (without, paper):
        figure = sheet.locator(SCRIPTED)
        assert figure.locator("figure svg").is_visible()
        assert said(figure.locator(".literate-text").inner_text()) != []
        assert not figure.locator(".literate-controls").is_visible()


@pytest.mark.parametrize("page", ["linear-model", "descent"])
def test_it_moves_in_a_folder_without_a_server(page: str, site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport=SCREENS["screen"])
    show_everything(context, f"{site.folder}/")
    opened = context.new_page()
    opened.goto((site.folder / "zh" / page / "index.html").as_uri())
    figure = ready(opened)
    before = figure.evaluate(READ)["text"]
    figure.get_by_role("slider").first.press("End")
    assert figure.evaluate(READ)["text"] != before
    context.close()


def test_nothing_of_it_is_loaded_before_it_is_near(visit: Callable[..., Visit]) -> None:
    reader = visit()
    reader.go("en/linear-model/")
    scripts = ("literate-moving.js", "fit.js", "figure-")
    assert not any(name in url for url in reader.requests for name in scripts)
    ready(reader.page)
    assert all(any(name in url for url in reader.requests) for name in scripts)
    reader = visit()
    reader.go("en/broadcasting/")
    reader.page.locator(".literate-moving").first.scroll_into_view_if_needed()
    reader.settle()
    assert not any("fit.js" in url or "roll.js" in url for url in reader.requests)


@pytest.mark.parametrize("page", ["linear-model", "descent"])
def test_after_it_has_moved_a_page_is_sound(page: str, visit: Callable[..., Visit]) -> None:
    reader = visit(reduced_motion="reduce")
    for language in LANGUAGES:
        figure = ready(reader.go(f"{language}/{page}/"))
        figure.get_by_role("slider").first.press("PageUp")
        reader.page.wait_for_timeout(1000)
        for scheme, screen in (("light", "phone"), ("dark", "screen")):
            set_scheme(reader.page, scheme)
            reader.page.set_viewport_size(SCREENS[screen])
            reader.page.wait_for_timeout(300)
            found = violations(reader.page, within=".literate-moving") + overflow(reader.page)
            assert found == [], (language, scheme)
    assert reader.complaints == []
