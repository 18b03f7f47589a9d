"""The figures that move, in a reader's browser: by keyboard, from a folder, and without scripts."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Locator

from website.conftest import ROOT, SCREENS, Site, Visit, show_everything
from website.test_browser import overflow, set_scheme, violations
from website.test_pages import LANGUAGES

FIRST = ".literate-moving >> nth=0"
DRAWN = ".literate-moving:not([data-script])"  # each of its states was drawn by the build
FIGURES = "assets/figures"
TEXTS = """(figure) => [...figure.querySelectorAll(".literate-moved .literate-text")]
    .map((text) => text.textContent).join("\\n")"""
# From the key to what it changes, in milliseconds.
DELAY = """(figure) => new Promise((done) => {
    const slider = figure.querySelector("input");
    const began = performance.now();
    new MutationObserver(() => requestAnimationFrame(() => done(performance.now() - began)))
        .observe(figure.querySelector(".literate-moved"), { childList: true });
    slider.stepUp();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def moving_pages(site: Site, language: str) -> dict[str, BeautifulSoup]:
    """The pages of a language on which something moves."""
    return {
        address: BeautifulSoup(html, "lxml")
        for address, html in site.pages().items()
        if address.startswith(f"{language}/") and '<div class="literate-controls"' in html
    }


def accepted(language: str, name: str) -> list[dict[str, str]]:
    """For each figure of a page that moves, what is printed at each combination, in order."""
    text = (ROOT / "tests" / "outputs" / language / f"{name}.txt").read_text(encoding="utf-8")
    blocks = [block for block in re.split(r"(?m)^## .*\n", text) if "### " in block]
    found = []
    for block in blocks:
        parts = re.split(r"(?m)^### (.*)\n", block)[1:]
        texts = (re.sub(r"\[(?:figure|picture)\]\n", "", part) for part in parts[1::2])
        found.append(dict(zip(parts[::2], (each.rstrip("\n") for each in texts), strict=True)))
    return found


def requested(reader: Visit) -> list[str]:
    return [url for url in reader.requests if f"{FIGURES}/figure-" in url]


def positions(controls: list[Locator]) -> list[list[int]]:
    """The places of the controls, the last changing first."""
    found: list[list[int]] = [[]]
    for control in controls:
        radios = control.get_by_role("radio").count()
        count = radios or int(control.get_by_role("slider").get_attribute("max")) + 1
        found = [[*before, place] for before in found for place in range(count)]
    return found


def choose(control: Locator, place: int) -> None:
    """Bring a control to a place by its keys, as a reader does."""
    radios = control.get_by_role("radio")
    if radios.count():
        radios.nth(place).focus()
        radios.nth(place).press("Space")
        return
    slider = control.get_by_role("slider")
    while (now := int(slider.input_value())) != place:
        slider.press("ArrowRight" if now < place else "ArrowLeft")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_combination_shows_what_the_build_printed(
    language: str, site: Site, visit: Callable[..., Visit]
) -> None:
    reader = visit()
    compared = 0
    for address in moving_pages(site, language):
        page = reader.go(address)
        figures = page.locator(DRAWN).all()
        every = page.locator(".literate-moving").all()
        expected = accepted(language, address.split("/")[1])
        assert len(every) == len(expected)
        scripted = [figure.get_attribute("data-script") for figure in every]
        expected = [one for one, name in zip(expected, scripted, strict=True) if not name]
        assert len(figures) == len(expected)
        for figure, texts in zip(figures, expected, strict=True):
            controls = figure.locator(".literate-control").all()
            figure.get_by_role("slider").or_(figure.get_by_role("radio")).first.focus()
            places = positions(controls)
            assert len(places) == len(texts)
            for place, text in zip(places, texts.values(), strict=True):
                for control, one in zip(controls, place, strict=True):
                    choose(control, one)
                page.wait_for_function(
                    "([figure, text]) => figure.querySelectorAll('.literate-moved svg').length"
                    " && [...figure.querySelectorAll('.literate-moved .literate-text')]"
                    ".map((one) => one.textContent).join('\\n') === text",
                    arg=[figure.element_handle(), text],
                    timeout=10_000,
                )
                ids = figure.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)")
                assert len(ids) == len(set(ids))
                compared += 1
    assert compared >= 40
    assert reader.complaints == []
    assert reader.elsewhere() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_others_are_loaded_when_a_control_is_touched(
    language: str, visit: Callable[..., Visit]
) -> None:
    reader = visit()
    page = reader.go(f"{language}/descent/")
    assert requested(reader) == []
    figure = page.locator(FIRST)
    slider = figure.get_by_role("slider").first
    before = figure.evaluate(TEXTS)
    name = {"en": "learning rate", "zh": "学习率"}[language]
    assert figure.get_by_role("slider", name=name).count() == 1
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_function(
        "(f) => f.querySelector('output').value === '0.8'", arg=figure.element_handle()
    )
    assert slider.get_attribute("aria-valuetext") == "0.8"
    page.wait_for_function(
        f"([f, before]) => ({TEXTS})(f) !== before", arg=[figure.element_handle(), before]
    )
    assert len(requested(reader)) == 1
    figure.get_by_role("status").filter(has_text="w =").wait_for(state="attached")  # read aloud


def test_it_moves_in_a_folder_without_a_server(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport=SCREENS["screen"])
    show_everything(context, f"{site.folder}/")
    page = context.new_page()
    page.goto((site.folder / "zh" / "descent" / "index.html").as_uri())
    figure = page.locator(FIRST)
    before = figure.evaluate(TEXTS)
    figure.get_by_role("slider").first.press("End")
    page.wait_for_function(
        f"([f, before]) => ({TEXTS})(f) !== before", arg=[figure.element_handle(), before]
    )
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_scripts_and_on_paper_the_figure_is_there_alone(
    language: str, visit: Callable[..., Visit]
) -> None:
    without = visit(java_script_enabled=False).go(f"{language}/descent/")
    paper = visit().go(f"{language}/descent/")
    paper.emulate_media(media="print")
    for page in (without, paper):
        figure = page.locator(FIRST)
        assert figure.locator("figure svg").is_visible()
        assert figure.locator(".literate-text").first.is_visible()
        assert not figure.locator(".literate-controls").is_visible()
    whole = visit().go(f"{language}/print/")
    assert whole.locator(".literate-moving figure svg").count() > 2
    assert (
        whole.locator(".literate-controls, .literate-moving script, input[type=range]").count() == 0
    )


def test_time_plays_to_its_end_and_can_be_paused(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/descent/")
    figure = page.locator(DRAWN).filter(has=page.get_by_role("button"))
    slider = figure.get_by_role("slider")
    first, last = slider.input_value(), slider.get_attribute("max")
    figure.get_by_role("button", name="Play").press("Enter")
    page.wait_for_function(
        "([s, first]) => s.value !== first", arg=[slider.element_handle(), first]
    )
    figure.get_by_role("button", name="Pause").press("Enter")
    held = slider.input_value()
    page.wait_for_timeout(1500)
    assert slider.input_value() == held
    figure.get_by_role("button", name="Play").click()
    page.wait_for_function("([s, last]) => s.value === last", arg=[slider.element_handle(), last])
    play = figure.get_by_role("button", name="Play")
    play.wait_for()
    play.click()  # from its end it begins anew
    page.wait_for_function("(s) => +s.value === 1", arg=slider.element_handle())
    slider.press("ArrowRight")  # a hand on the slider stops it
    play.wait_for()


def test_where_the_others_cannot_be_loaded_a_line_says_so(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/descent/")
    page.route(f"**/{FIGURES}/figure-*", lambda route: route.abort())
    figure = page.locator(FIRST)
    figure.get_by_role("slider").first.press("ArrowRight")
    said = figure.get_by_text("The figure for these values could not be loaded.")
    said.wait_for()
    page.unroute_all()
    figure.get_by_role("slider").first.press("ArrowRight")
    figure.get_by_role("status").filter(has_text="w =").wait_for(state="attached")
    assert said.count() == 0


def test_nothing_jumps_when_the_script_comes(visit: Callable[..., Visit]) -> None:
    tops = []
    for comes in (True, False):
        reader = visit(screen="phone")
        if not comes:
            reader.page.route("**/literate-moving.js", lambda route: route.abort())
        page = reader.go("en/descent/")
        figures = page.locator(".literate-moving figure")
        tops.append(figures.evaluate_all("all => all.map(one => one.getBoundingClientRect().top)"))
    assert tops[0] == tops[1]


def test_a_figure_changes_within_a_tenth_of_a_second(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/descent/")
    figure = page.locator(FIRST)
    figure.get_by_role("slider").first.press("Home")
    figure.get_by_role("status").filter(has_text="w =").wait_for(state="attached")  # it is loaded
    assert min(figure.evaluate(DELAY) for _ in range(4)) <= 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_moves_is_small(language: str, site: Site) -> None:
    """A figure takes 80 KB at most, once it is near; test_budget.py measures the first visit."""
    pages = moving_pages(site, language)
    assert len(pages) >= 3
    used = set()
    for address, soup in pages.items():
        mover = soup.find("script", attrs={"data-literate-moving": True})["data-src"]
        for figure in soup.select(".literate-moving"):
            states = figure.find("script")["data-src"]
            files = [states, mover]
            if name := figure.get("data-script"):
                files.append(f"{states.rpartition('/')[0]}/{name}.js")
            read = [(site.folder / address / file).resolve() for file in files]
            used.add(read[0])
            assert sum(len(gzip.compress(file.read_bytes())) for file in read) <= 80_000, files
    folder = site.folder / language / FIGURES
    assert used == {file.resolve() for file in folder.glob("figure-*.js")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_search_finds_nothing_in_the_controls(language: str, site: Site) -> None:
    found = json.loads((site.folder / language / "search" / "sections.json").read_text())
    text = json.dumps(found, ensure_ascii=False)
    assert {"en": "Play</", "zh": "播放 "}[language] not in text
    assert "literateStates" not in text
    sections = [one["text"] for one in found["docs"] if one["location"].startswith("descent/")]
    assert any("w = -3.36" in section for section in sections)  # where a figure begins is found


def test_after_it_has_moved_a_page_is_sound(site: Site, visit: Callable[..., Visit]) -> None:
    reader = visit(reduced_motion="reduce")
    for address in moving_pages(site, "zh"):
        page = reader.go(address)
        for figure in page.locator(".literate-moving").all():
            control = figure.locator(".literate-control").last
            choose(control, 0)
        page.wait_for_timeout(1000)
        for scheme, screen in (("light", "phone"), ("dark", "screen")):
            set_scheme(page, scheme)
            page.set_viewport_size(SCREENS[screen])
            page.wait_for_timeout(300)
            found = violations(page, within=".literate-moving") + overflow(page)
            assert found == [], (address, scheme)
    assert reader.complaints == []


def test_accepted_outputs_are_read_by_figure_and_combination(tmp_path: Path) -> None:
    found = accepted("en", "descent")
    assert len(found[0]) == 12
    assert found[0]["lr = 0.8, updates = 1"] == "w = -3.41, loss 0.62"
