"""What waits for a reader's prediction, in her browser: by keyboard, on her device alone, and never
where nothing could show it."""

import json
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, Locator, Page

from website.conftest import SCREENS, Site, Visit
from website.test_browser import overflow, set_scheme, violations
from website.test_pages import LANGUAGES

CHAPTER = "broadcasting/"
WORDS = {
    "en": {
        "answer": "Your prediction",
        "decide": "I have decided",
        "again": "Predict again",
        "always": "Always show all",
        "show": "Show me",
        "said": "You predicted: `(3, 2)` and `(3,)`",
    },
    "zh": {
        "answer": "你的答案",
        "decide": "我想好了",
        "again": "再猜一次",
        "always": "以后都直接显示",
        "show": "直接看结果",
        "said": "你猜的是： `(3, 2)` 和 `(3,)`",
    },
}
TOPS = "all => all.map(one => Math.round(one.getBoundingClientRect().top))"
PLACES = "h2, .question, .highlight:not(details *), :has(+ .waiting)"  # what is folded has no place


def box(page: Page, key: str) -> object:
    return page.locator(f"#predict-{key}")


def part(page: Page, key: str) -> Locator:
    """What waits for a prediction."""
    return page.locator(f"[data-for={key}]")


def shown(page: Page, key: str) -> bool:
    """Whether a reader sees what is waiting, or was."""
    return (
        part(page, key)
        .locator("> .literate-output")
        .first.evaluate(
            "one => one.checkVisibility({contentVisibilityAuto: true}) && one.offsetHeight > 0"
        )
    )


def pages(site: Site, language: str) -> dict[str, BeautifulSoup]:
    """The pages of a language that ask, by their address below it."""
    return {
        address.removeprefix(f"{language}/"): BeautifulSoup(html, "lxml")
        for address, html in site.pages().items()
        if address.startswith(f"{language}/") and 'class="waiting"' in html
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_output_comes_when_a_choice_was_made_by_keyboard(
    language: str, visit: Callable[..., Visit]
) -> None:
    words = WORDS[language]
    reader = visit(predicts=True)
    page = reader.go(f"{language}/{CHAPTER}")
    assert not shown(page, "rules")
    asked = box(page, "rules")
    decide = asked.get_by_role("button", name=words["decide"])
    assert decide.is_disabled()
    choices = asked.get_by_role("radiogroup", name=words["answer"]).get_by_role("radio")
    assert choices.count() == 5
    choices.first.press("Space")
    choices.first.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert not shown(page, "rules")  # she may still think it over
    decide.press("Enter")
    assert shown(page, "rules")
    said = part(page, "rules").locator("xpath=preceding-sibling::*[1]").get_by_role("status")
    assert said.inner_text() == words["said"].replace("`", "")
    assert asked.get_by_role("button", name=words["again"]).evaluate(
        "button => button === document.activeElement"
    )
    assert choices.nth(2).is_checked()
    assert choices.nth(2).is_disabled()
    assert reader.complaints == []


def test_what_she_chose_is_kept_for_both_languages_on_her_device_alone(
    visit: Callable[..., Visit],
) -> None:
    reader = visit(predicts=True)
    page = reader.go(f"en/{CHAPTER}")
    box(page, "rules").get_by_role("radio").nth(2).check()
    box(page, "rules").get_by_role("button").click()
    before = len(reader.requests)
    for language in ("en", "zh"):
        page = reader.go(f"{language}/{CHAPTER}")
        assert shown(page, "rules")
        assert box(page, "rules").get_by_role("radio").nth(2).is_checked()
        assert not shown(page, "trap")
    assert not any("3, 2" in url or "predict=" in url for url in reader.requests[before:])
    assert not shown(visit(predicts=True).go(f"en/{CHAPTER}"), "rules")


def test_a_number_is_asked_for_and_stays_beside_what_came_out(visit: Callable[..., Visit]) -> None:
    page = visit(predicts=True).go(f"en/{CHAPTER}")
    field = box(page, "training").get_by_role("textbox", name="Your prediction 2")
    field.fill("-3.4")
    field.press("Enter")
    assert shown(page, "training")
    assert page.get_by_text("You predicted: -3.4").is_visible()
    page.reload()
    assert field.input_value() == "-3.4"
    assert page.get_by_text("You predicted: -3.4").is_visible()


def test_where_there_is_nothing_to_choose_she_says_that_she_has_decided(
    visit: Callable[..., Visit],
) -> None:
    page = visit(predicts=True).go("en/no-grad/")
    assert not shown(page, "rebinding")
    box(page, "rebinding").get_by_role("button", name="I have decided").click()
    assert shown(page, "rebinding")
    assert page.get_by_text("What comes out:").is_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_asks_is_shown_and_can_predict_again(
    language: str, visit: Callable[..., Visit]
) -> None:
    words = WORDS[language]
    page = visit(predicts=True).go(f"{language}/{CHAPTER}")
    bar = page.locator(".waits", has=page.get_by_role("button")).first
    bar.get_by_role("button", name=words["show"]).press("Enter")
    assert shown(page, "rules")
    assert page.evaluate("document.activeElement.dataset.for") == "rules"
    again = box(page, "rules").get_by_role("button", name=words["again"])
    again.press("Enter")
    assert not shown(page, "rules")
    assert not box(page, "rules").get_by_role("radio").first.is_disabled()
    page.reload()
    assert not shown(page, "rules")


def test_a_later_question_of_the_section_waits_as_well(visit: Callable[..., Visit]) -> None:
    reader = visit(predicts=True)
    page = reader.go("en/autograd/")
    first, second = page.locator(".waiting .waiting").first.evaluate(
        "part => [part.parentElement.closest('.waiting'), part].map(one => one.dataset.for)"
    )
    asked = box(page, second)
    assert not asked.is_visible()
    field = box(page, first).get_by_role("textbox").first
    field.fill("6")
    field.press("Enter")
    assert asked.is_visible()
    assert not shown(page, second)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_switch_shows_everything_on_every_page_until_it_is_switched_back(
    language: str, visit: Callable[..., Visit]
) -> None:
    name = WORDS[language]["always"]
    reader = visit(predicts=True)
    page = reader.go(f"{language}/{CHAPTER}")
    page.get_by_role("checkbox", name=name).first.press("Space")
    assert unseen_answers(page) == []
    page = reader.go(f"{language}/no-grad/")
    assert unseen_answers(page) == []
    assert page.locator(".question input[type=radio]").locator("visible=true").count() == 0
    page.get_by_role("checkbox", name=name).first.press("Space")
    assert unseen_answers(page) != []
    page.reload()
    assert unseen_answers(page) != []


def unseen_answers(page: Page) -> list[str]:
    return page.evaluate(
        """() => [...document.querySelectorAll(".waiting")]
            .filter((part) => !part.checkVisibility() || !part.offsetHeight)
            .map((part) => part.id)"""
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_scripts_and_on_paper_everything_is_there(
    language: str, visit: Callable[..., Visit]
) -> None:
    without = visit(predicts=True, java_script_enabled=False).go(f"{language}/{CHAPTER}")
    paper = visit(predicts=True).go(f"{language}/{CHAPTER}")
    paper.emulate_media(media="print")
    for page in (without, paper):
        assert unseen_answers(page) == []
        assert page.locator(".waiting .literate-text").first.is_visible()
        asked = page.locator(".question")
        assert asked.locator("button, input").locator("visible=true").count() == 0
        assert asked.get_by_text("(3, 1)").first.is_visible()
        assert asked.get_by_text("___").first.is_visible()
    whole = visit(predicts=True).go(f"{language}/print/")
    assert whole.locator(".question").count() > 50
    assert whole.locator(".waiting, .question button, .question input").count() == 0


def test_a_link_to_what_waits_shows_it(visit: Callable[..., Visit]) -> None:
    reader = visit(predicts=True)
    page = reader.go(f"en/{CHAPTER}")
    target = """() => {
        const place = document.querySelector("[data-for=view] > p");
        place.id = "place";
        location.hash = "place";
    }"""
    page.evaluate(target)
    page.wait_for_timeout(300)
    assert shown(page, "view")
    assert 0 <= page.locator("#place").evaluate("one => one.getBoundingClientRect().top") < 900
    page = visit(predicts=True).go("en/descent/#moving-2-updates")
    assert shown(page, "contours")
    assert not shown(page, "slope")


def test_what_the_browser_finds_is_shown(visit: Callable[..., Visit]) -> None:
    page = visit(predicts=True).go(f"en/{CHAPTER}")
    assert part(page, "rules").get_attribute("hidden") == "until-found"
    part(page, "rules").evaluate("part => part.dispatchEvent(new Event('beforematch'))")
    assert shown(page, "rules")


def test_who_comes_from_the_search_sees_everything(visit: Callable[..., Visit]) -> None:
    reader = visit(predicts=True)
    assert unseen_answers(reader.go(f"en/{CHAPTER}?h=contiguous#view")) == []
    assert unseen_answers(reader.go(f"en/{CHAPTER}")) != []


@pytest.mark.parametrize("answer", [None, "Show me", "always"])
def test_nothing_jumps_when_the_script_comes(
    answer: str | None, visit: Callable[..., Visit]
) -> None:
    reader = visit(screen="phone", predicts=True)
    page = reader.go(f"en/{CHAPTER}")
    if answer == "Show me":
        page.get_by_role("button", name=answer).first.click()
    elif answer:
        page.get_by_role("checkbox", name="Always").first.check()
    tops = []
    for comes in (True, False):
        if not comes:
            page.route("**/site.js", lambda route: route.abort())
        page.goto("about:blank")
        reader.go(f"en/{CHAPTER}")
        tops.append(page.locator(f"article :is({PLACES})").evaluate_all(TOPS))
    assert tops[0] == tops[1]


def test_without_storage_it_holds_as_long_as_the_page_is_open(visit: Callable[..., Visit]) -> None:
    reader = visit(predicts=True)
    reader.page.add_init_script(
        "Object.defineProperty(window, 'localStorage',"
        " { get() { throw new DOMException('denied', 'SecurityError') } })"
    )
    page = reader.go(f"en/{CHAPTER}")
    assert not shown(page, "rules")
    box(page, "rules").get_by_role("radio").first.check()
    box(page, "rules").get_by_role("button").click()
    assert shown(page, "rules")
    page.get_by_role("checkbox", name="Always").first.check()
    assert unseen_answers(page) == []


def test_it_works_in_a_folder_without_a_server(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport=SCREENS["screen"])
    page = context.new_page()
    for language in LANGUAGES:
        page.goto((site.folder / language / CHAPTER / "index.html").as_uri())
        assert shown(page, "rules") == (language != LANGUAGES[0])  # said in the first is kept
        if language == LANGUAGES[0]:
            box(page, "rules").get_by_role("radio").first.check()
            box(page, "rules").get_by_role("button").click()
            assert shown(page, "rules")
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_sound_while_it_waits_and_after(
    language: str, visit: Callable[..., Visit]
) -> None:
    reader = visit(predicts=True, reduced_motion="reduce")
    wrong = {}
    for chapter in (CHAPTER, "loss/", "mistakes/"):
        page = reader.go(f"{language}/{chapter}")
        for state in ("waiting", "chosen"):
            if state == "chosen":
                for field in page.locator(".blank input").all():
                    field.evaluate(
                        "one => { one.value = '12345.678'; one.dispatchEvent(new Event('input')) }"
                    )
                page.evaluate(
                    "document.querySelectorAll('.choices > li:first-child input')"
                    ".forEach(one => one.click())"
                )
                page.evaluate(
                    "document.querySelectorAll('.prediction-actions button')"
                    ".forEach(one => one.click())"
                )
                assert unseen_answers(page) == []
            for scheme, screen in (("light", "phone"), ("dark", "screen")):
                set_scheme(page, scheme)
                page.set_viewport_size(SCREENS[screen])
                page.wait_for_timeout(300)
                if found := violations(page) + overflow(page):
                    wrong[chapter, state, scheme] = found
    assert wrong == {}
    assert reader.complaints == []


def asked(page: BeautifulSoup) -> dict[str, Tag]:
    """The boxes of a page, by the name of what waits for each."""
    parts = [part["data-for"] for part in page.select(".waiting")]
    return dict(zip(parts, page.select(".question"), strict=True))


def test_both_languages_ask_for_the_same(site: Site) -> None:
    found = {
        language: {
            (address, key): (len(box.select(".choices > li")), len(box.select(".blank")))
            for address, page in pages(site, language).items()
            for key, box in asked(page).items()
        }
        for language in LANGUAGES
    }
    assert found["en"] == found["zh"]
    assert len(found["en"]) > 100
    chosen = [fields for (address, _), fields in found["en"].items() if address == CHAPTER]
    assert chosen == [(5, 0), (3, 0), (0, 1), (0, 3), (4, 0)]


def test_every_box_of_the_book_has_something_that_waits(site: Site) -> None:
    for language in LANGUAGES:
        for address, page in pages(site, language).items():
            for key, box in asked(page).items():
                part = page.find(attrs={"data-for": key})
                assert part.get_text(strip=True), (address, key)
                assert part in box.find_all_next(class_="waiting"), (address, key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_search_finds_none_of_the_words_around_it(language: str, site: Site) -> None:
    found = json.loads((site.folder / language / "search" / "sections.json").read_text())
    text = json.dumps(found, ensure_ascii=False)
    for name in ("decide", "again", "always", "show"):
        assert WORDS[language][name] not in text
    assert "(3, 3)" in text
