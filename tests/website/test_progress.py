"""What a reader has done: by keyboard, in both languages, on her device and in a file alone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from website.conftest import SCREENS, Site, Visit
from website.test_browser import overflow, set_scheme, violations
from website.test_pages import LANGUAGES

CHAPTER = "loss"
WORDS = {
    "en": {
        "chapter": "I am done with this chapter",
        "exercise": "Exercise {} done",
        "so far": "exercises 2 of 5",
        "mark": "done",
        "save": "Save to a file",
        "load": "Load a file",
        "loaded": "Added: chapters 1, exercises 1, predictions 1.",
        "bad": "“notes.json” is not a file that this page has saved. Nothing was changed.",
        "refused": "This browser does not let the page keep anything.",
    },
    "zh": {
        "chapter": "这一章我学完了",
        "exercise": "练习 {} 完成",
        "so far": "练习 2/5",
        "mark": "已学完",
        "save": "存成文件",
        "load": "读入文件",
        "loaded": "已加入：1 章、1 道练习、1 个猜测。",
        "bad": "“notes.json”不是本页保存的文件，什么都没有改动。",
        "refused": "浏览器不让本页保存任何内容。",
    },
}
STORED = "name => JSON.parse(localStorage.getItem(__md_scope.pathname + '.' + name))"
NO_STORAGE = """Object.defineProperty(window, 'localStorage', {
    get() { throw new DOMException('denied', 'SecurityError') } })"""


def chapter_box(page: Page, language: str) -> object:
    return page.get_by_role("checkbox", name=WORDS[language]["chapter"])


def exercise_box(page: Page, language: str, number: int) -> object:
    return page.get_by_role("checkbox", name=WORDS[language]["exercise"].format(number))


def marked(page: Page) -> list[str]:
    """The chapters that the page marks as done, wherever it lists them."""
    return page.locator("a.done").evaluate_all(
        "all => all.map(one => one.pathname.replace(/index.html$/, '').split('/').at(-2))"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_she_ticks_is_marked_in_the_navigation_on_the_start_page_and_in_both_languages(
    language: str, visit: Callable[..., Visit]
) -> None:
    reader = visit()
    page = reader.go(f"{language}/{CHAPTER}/")
    assert marked(page) == []
    chapter_box(page, language).press("Space")
    for number in (1, 3):
        exercise_box(page, language, number).press("Space")
    before = len(reader.requests)
    assert marked(page) == [CHAPTER]
    page.reload()
    assert chapter_box(page, language).is_checked()
    assert [exercise_box(page, language, n).is_checked() for n in (1, 2, 3)] == [True, False, True]
    for other in LANGUAGES:
        page = reader.go(f"{other}/minibatches/")
        assert marked(page) == [CHAPTER]
        mark = page.locator("a.done").evaluate("one => getComputedStyle(one, '::before').content")
        assert mark == f'"✓" / "{WORDS[other]["mark"]}"'
        assert not chapter_box(page, other).is_checked()
        page = reader.go(f"{other}/")
        assert marked(page) == [CHAPTER, CHAPTER]  # in the navigation and in the table
        assert page.locator(".done-so-far").all_inner_texts() == [WORDS[other]["so far"]]
    assert marked(reader.go("")) == [CHAPTER, CHAPTER]  # the front page has both languages
    assert not any("done" in url or "%23" in url for url in reader.requests[before:])
    page = reader.go(f"{language}/{CHAPTER}/")
    chapter_box(page, language).press("Space")
    exercise_box(page, language, 1).press("Space")
    assert marked(page) == []
    assert page.evaluate(STORED, "done") == {f"{CHAPTER}#3": True}
    assert reader.complaints == []
    assert reader.elsewhere() == []


def test_another_device_knows_nothing_of_it(visit: Callable[..., Visit]) -> None:
    page = visit().go(f"en/{CHAPTER}/")
    chapter_box(page, "en").press("Space")
    assert marked(visit().go(f"en/{CHAPTER}/")) == []


def test_a_page_in_another_tab_follows(visit: Callable[..., Visit]) -> None:
    reader = visit()
    page = reader.go(f"en/{CHAPTER}/")
    other = page.context.new_page()
    other.goto(f"{reader.site.address}en/minibatches/")
    chapter_box(page, "en").press("Space")
    other.locator("a.done").wait_for(state="attached")
    chapter_box(other, "en").press("Space")
    page.wait_for_function("document.querySelectorAll('a.done').length === 2")
    assert page.evaluate(STORED, "done") == {"loss": True, "minibatches": True}


def saved(page: Page, language: str) -> dict[str, object]:
    with page.expect_download() as download:
        page.get_by_role("button", name=WORDS[language]["save"]).press("Enter")
    assert download.value.suggested_filename == "linreg-progress.json"
    return json.loads(Path(download.value.path()).read_text(encoding="utf-8"))


def choose(page: Page, language: str, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=WORDS[language]["load"]).press("Enter")
    chooser.value.set_files(file)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_takes_it_to_another_browser_and_adds_to_what_is_there(
    language: str, tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    reader = visit(predicts=True)
    page = reader.go(f"{language}/broadcasting/")
    chapter_box(page, language).press("Space")
    exercise_box(page, language, 2).press("Space")
    page.locator("#predict-rules").get_by_role("radio").nth(1).check()
    page.locator("#predict-rules").get_by_role("button").click()
    page.locator("#predict-rules").get_by_role("checkbox").check()  # always show all
    content = saved(reader.go(f"{language}/"), language)
    assert content["done"] == {"broadcasting": True, "broadcasting#2": True}
    assert set(content["predictions"]) == {"broadcasting"}  # and not how she reads
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(content), encoding="utf-8")

    other = visit(predicts=True)
    page = other.go(f"{language}/broadcasting/")
    page.locator("#predict-rules").get_by_role("radio").nth(3).check()
    page.locator("#predict-rules").get_by_role("button").click()
    content["predictions"]["loss"] = {"half": [True, False]}
    file.write_text(json.dumps(content), encoding="utf-8")
    exercise_box(page, language, 5).press("Space")
    page = other.go(f"{language}/")
    choose(page, language, file)
    page.get_by_text(WORDS[language]["loaded"]).wait_for()
    assert marked(page) == ["broadcasting", "broadcasting"]
    assert page.locator(".done-so-far").count() == 2
    assert page.evaluate(STORED, "done") == {
        "broadcasting": True,
        "broadcasting#2": True,
        "broadcasting#5": True,
    }
    page = other.go(f"{language}/broadcasting/")
    assert page.locator("#predict-rules").get_by_role("radio").nth(3).is_checked()  # hers stays
    assert other.complaints == []


BAD = {
    "no JSON": "{",
    "another's": '{"cells": []}',
    "of another book": '{"linreg": 2, "done": {}, "predictions": {}}',
    "a list": "[1]",
    "nothing": "null",
    "a page's code": '{"linreg": 1, "done": {"<img src=x>": true}, "predictions": {}}',
    "no ticks": '{"linreg": 1, "done": ["loss"], "predictions": {}}',
    "no tick": '{"linreg": 1, "done": {"loss": "yes"}, "predictions": {}}',
    "no answers": '{"linreg": 1, "done": {}, "predictions": {"loss": 1}}',
    "no answer": '{"linreg": 1, "done": {}, "predictions": {"loss": {"half": [{}]}}}',
    "a style": '{"linreg": 1, "done": {}, "predictions": {"a": {"b,*{}": true}}}',
    "cut off": '{"linreg": 1, "done": {"loss": true}}',
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_that_is_none_of_ours_changes_nothing_and_the_page_says_so(
    language: str, tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    reader = visit()
    page = reader.go(f"{language}/{CHAPTER}/")
    chapter_box(page, language).press("Space")
    page = reader.go(f"{language}/")
    file = tmp_path / "notes.json"
    before = page.evaluate("JSON.stringify({...localStorage})")
    for name, content in BAD.items():
        page.get_by_role("button", name=WORDS[language]["save"]).click()  # says something else
        file.write_text(content, encoding="utf-8")
        choose(page, language, file)
        (
            page.locator(".own")
            .get_by_role("status")
            .filter(has_text=WORDS[language]["bad"])
            .wait_for(),
            name,
        )
        assert page.evaluate("JSON.stringify({...localStorage})") == before, name
    assert reader.complaints == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_storage_nothing_breaks(
    language: str, tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    reader = visit()
    reader.page.add_init_script(NO_STORAGE)
    page = reader.go(f"{language}/{CHAPTER}/")
    chapter_box(page, language).press("Space")
    exercise_box(page, language, 1).press("Space")
    assert chapter_box(page, language).is_checked()
    assert marked(page) == [CHAPTER]
    page.reload()
    assert marked(page) == []
    page = reader.go(f"{language}/")
    assert saved(page, language) == {"linreg": 1, "done": {}, "predictions": {}}
    file = tmp_path / "mine.json"
    file.write_text('{"linreg": 1, "done": {"loss": true}, "predictions": {}}')
    choose(page, language, file)
    page.get_by_text(WORDS[language]["refused"]).wait_for()
    reader.go("")
    assert [text for text in reader.complaints if "denied" not in text] == []


def test_what_stands_in_the_storage_may_be_anything(visit: Callable[..., Visit]) -> None:
    reader = visit()
    page = reader.go(f"en/{CHAPTER}/")
    page.evaluate("localStorage.setItem(__md_scope.pathname + '.done', '{')")
    page.reload()
    chapter_box(page, "en").press("Space")
    assert marked(page) == [CHAPTER]
    assert page.evaluate(STORED, "done") == {CHAPTER: True}
    assert reader.complaints == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_scripts_and_on_paper_there_is_nothing_of_it(
    language: str, visit: Callable[..., Visit]
) -> None:
    without = visit(java_script_enabled=False)
    for address in (f"{language}/{CHAPTER}/", f"{language}/"):
        page = without.go(address)
        assert page.locator(".chapter-done, .exercise-done").locator("visible=true").count() == 0
        assert "".join(page.locator(".own").all_inner_texts()) == ""
    reader = visit()
    for address in (f"{language}/{CHAPTER}/", f"{language}/"):
        page = reader.go(address)
        page.emulate_media(media="print")
        mine = page.locator(".chapter-done, .exercise-done, .own")
        assert mine.locator("visible=true").count() == 0
    whole = reader.go(f"{language}/print/")
    assert whole.locator(".print-book :is(input, .own, .chapter-done)").count() == 0


def test_nothing_jumps_when_the_script_comes(visit: Callable[..., Visit]) -> None:
    tops = []
    for comes in (True, False):
        reader = visit(screen="phone")
        page = reader.go(f"en/{CHAPTER}/")
        chapter_box(page, "en").check()
        exercise_box(page, "en", 1).check()
        if not comes:
            page.route("**/site.js", lambda route: route.abort())
        page.goto("about:blank")
        reader.go(f"en/{CHAPTER}/")
        tops.append(
            page.locator("article :is(h2, details, .takeaway), .md-nav__link").evaluate_all(
                "all => all.map(one => Math.round(one.getBoundingClientRect().top))"
            )
        )
    assert tops[0] == tops[1]


def test_it_works_in_a_folder_without_a_server(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport=SCREENS["screen"])
    page = context.new_page()
    page.goto((site.folder / "en" / CHAPTER / "index.html").as_uri())
    chapter_box(page, "en").press("Space")
    page.goto((site.folder / "zh" / "index.html").as_uri())
    assert marked(page) == [CHAPTER, CHAPTER]
    assert saved(page, "zh")["done"] == {CHAPTER: True}
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_with_what_is_done_is_sound(language: str, visit: Callable[..., Visit]) -> None:
    reader = visit(reduced_motion="reduce")
    page = reader.go(f"{language}/{CHAPTER}/")
    chapter_box(page, language).check()
    for number in range(1, 6):
        exercise_box(page, language, number).check()
    page.locator("details.success summary").first.click()
    for address in (f"{language}/{CHAPTER}/", f"{language}/", ""):
        reader.go(address)
        for scheme, screen in (("light", "phone"), ("dark", "screen")):
            set_scheme(page, scheme)
            page.set_viewport_size(SCREENS[screen])
            page.wait_for_timeout(300)
            assert violations(page) + overflow(page) == [], (address, scheme)
    assert reader.complaints == []


def test_each_exercise_of_a_chapter_has_a_box_of_its_own(site: Site) -> None:
    """An exercise has one solution, which is where its box stands."""
    for address, html in site.pages().items():
        numbers = html.count("<p><strong>1.</strong>")
        if 'class="chapter-done"' in html:
            assert html.count('<details class="success">') >= 4, address
            assert numbers == 1, address
