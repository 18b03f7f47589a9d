"""From page to page and back, and with the keyboard alone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from website.conftest import SCREENS, Visit
from website.test_browser import violations
from website.test_pages import LANGUAGES

# What stands at the top of the window, and how far below its edge; to the pixel.
PLACE = """() => {
    const parts = [...document.querySelectorAll("article > *")];
    const top = document.querySelector(".md-header").offsetHeight;
    const first = parts.findIndex((part) => part.getBoundingClientRect().bottom > top);
    return [location.pathname + location.hash, first,
            Math.round(parts[first].getBoundingClientRect().top)];
}"""


def settle(page: Page) -> None:
    """Wait until the page is loaded and the address has followed the reader."""
    page.wait_for_load_state()
    page.wait_for_timeout(1200)


def place(page: Page) -> list[object]:
    settle(page)
    return page.evaluate(PLACE)


def read_on(page: Page, top: int) -> None:
    """Scroll as readers do, so that everything on the way is seen, until `top` is reached."""
    page.mouse.move(200, 400)
    while (here := page.evaluate("scrollY")) < top:
        page.mouse.wheel(0, min(500, top - here))
        page.wait_for_timeout(20)
    settle(page)


def follow(page: Page, address: str) -> None:
    """Follow the first link of the page to an address, on a phone as well."""
    link = page.locator(f"a[href*='{address}']").first
    link.evaluate("link => link.click()")
    page.wait_for_url(f"**/{address}*")
    settle(page)


# ---- Back and forward ----


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_back_and_forward_lead_exactly_to_where_the_reader_was(
    language: str, screen: str, visit: Callable[..., Visit]
) -> None:
    page = visit(screen=screen).go(f"{language}/autograd/")
    read_on(page, 4800)
    ninth = place(page)
    follow(page, "trainer/")
    assert page.evaluate("scrollY") == 0
    read_on(page, 3000)
    thirteenth = place(page)
    assert re.search(r"/autograd/#[\w-]+$", str(ninth[0]))
    assert re.search(r"/trainer/#[\w-]+$", str(thirteenth[0]))
    for _ in range(2):
        page.go_back()
        assert place(page) == ninth
        page.go_forward()
        assert place(page) == thirteenth


def test_back_leads_to_the_link_that_was_followed_within_the_text(
    visit: Callable[..., Visit],
) -> None:
    page = visit().go("en/autograd/")
    link = page.locator("article a[href*='loss/']").first
    link.scroll_into_view_if_needed()
    before = place(page)
    link.click()
    page.wait_for_url("**/loss/*")
    read_on(page, 1500)
    page.go_back()
    assert place(page) == before


def test_back_leads_through_the_sections_that_were_jumped_to(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/no-grad/")
    seen = []
    for name in ("rebinding", "evaluation"):
        page.locator(f".md-sidebar--secondary a[href$='#{name}']").click()
        settle(page)
        assert page.url.endswith(f"/en/no-grad/#{name}")
        seen.append(place(page))
    follow(page, "synthetic-data/#package")
    assert page.url.endswith("/synthetic-data/#package")
    for expected in reversed(seen):
        page.go_back()
        assert place(page) == expected
    page.go_forward()
    assert place(page) == seen[1]


def test_a_page_that_is_loaded_again_stays_where_it_was(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/trainer/")
    read_on(page, 5000)
    before = place(page)
    page.reload()
    assert place(page) == before


def test_the_language_switch_keeps_the_place_and_back_returns_to_it(
    visit: Callable[..., Visit],
) -> None:
    page = visit().go("zh/no-grad/")
    read_on(page, 2600)
    before = place(page)
    name = str(before[0]).partition("#")[2]
    assert name
    page.locator("[data-other-language]").click()
    page.wait_for_url(f"**/en/no-grad/#{name}")
    lowest = page.locator("header.md-header").evaluate("header => header.offsetHeight")
    top = page.locator(f"#{name}").evaluate("title => title.getBoundingClientRect().top")
    assert lowest <= top <= lowest + 60
    page.go_back()
    assert place(page) == before


def test_the_language_switch_takes_no_search_words_along(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/gradients/?h=bowl#hessian")
    page.locator("[data-other-language]").click()
    page.wait_for_url("**/zh/gradients/#hessian")


# ---- The keyboard ----

STOP = """() => {
    const stop = document.activeElement;
    const { left, top, right, bottom, width, height } = stop.getBoundingClientRect();
    return {
        html: stop.outerHTML.slice(0, 90),
        seen: stop.checkVisibility({ visibilityProperty: true }) && width > 8 && height > 8
            && right > 0 && bottom > 0 && left < innerWidth && top < innerHeight,
        article: !!stop.closest("article"),
        drawer: !!stop.closest(".md-sidebar--primary"),
        body: stop === document.body,
    };
}"""
ZOOMED = {"width": 640, "height": 450}  # a screen of 1280 by 900 at 200 %
SMALL = {"phone": SCREENS["phone"], "zoomed": ZOOMED}
MENU = ".md-header__button[for=__drawer]"
SEARCH = ".md-header__button[for=__search]"


def stops_before_article(page: Page) -> list[dict[str, object]]:
    stops = []
    for _ in range(80):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop["article"]:
            return stops
        stops.append(stop)
    raise AssertionError(stops)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("window", [*SMALL.values(), SCREENS["screen"]])
def test_every_stop_of_the_keyboard_before_the_text_is_seen(
    window: dict[str, int], language: str, visit: Callable[..., Visit]
) -> None:
    page = visit().page
    page.set_viewport_size(window)
    page.goto(f"{visit().site.address}{language}/gradients/")
    settle(page)
    stops = stops_before_article(page)
    assert [stop["html"] for stop in stops if not stop["seen"]] == []
    if window in SMALL.values():
        assert len(stops) <= 6
        buttons = page.locator(f"{MENU}, {SEARCH}")
        assert buttons.evaluate_all("all => all.map(b => [b.role, b.tabIndex])") == [
            ["button", 0],
            ["button", 0],
        ]
        assert all(buttons.nth(i).get_attribute("aria-label") for i in range(2))


def test_the_link_past_the_navigation_leads_into_the_text(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/gradients/")
    page.keyboard.press("Tab")
    assert page.locator(".md-skip:focus").count() == 1
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(STOP)["article"]


@pytest.mark.parametrize("key", ["Enter", "Space"])
@pytest.mark.parametrize("window", SMALL)
def test_the_menu_opens_with_a_key_holds_the_keyboard_and_gives_it_back(
    window: str, key: str, visit: Callable[..., Visit]
) -> None:
    page = visit(screen="phone").go("en/gradients/")
    page.set_viewport_size(SMALL[window])
    drawer = page.locator("#__drawer")
    page.locator(MENU).focus()
    page.keyboard.press(key)
    assert drawer.is_checked()
    assert page.locator(MENU).get_attribute("aria-expanded") == "true"
    page.wait_for_timeout(400)  # it slides in
    assert page.evaluate(STOP)["drawer"]
    assert violations(page, ["aria-allowed-role", "aria-allowed-attr", "nested-interactive"]) == []
    for _ in range(12):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        assert stop["body"] or (stop["drawer"] and stop["seen"]), stop
    page.keyboard.press("Escape")
    assert not drawer.is_checked()
    assert page.locator(f"{MENU}:focus").count() == 1
    assert page.locator(MENU).get_attribute("aria-expanded") == "false"
    page.wait_for_timeout(400)
    page.keyboard.press("Tab")
    assert not page.evaluate(STOP)["drawer"]


def test_every_chapter_is_reached_with_the_keyboard_on_a_phone(
    visit: Callable[..., Visit],
) -> None:
    page = visit(screen="phone").go("en/gradients/")
    page.locator(MENU).focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(400)
    while ". The trainer" not in page.evaluate("document.activeElement.innerText"):
        page.keyboard.press("Tab")
        assert page.evaluate(STOP)["seen"]
    page.keyboard.press("Enter")
    page.wait_for_url("**/trainer/")


def test_a_drawer_that_is_left_open_goes_when_the_window_grows(
    visit: Callable[..., Visit],
) -> None:
    page = visit(screen="phone").go("en/gradients/")
    page.locator(MENU).click()
    assert page.locator("article a").first.evaluate("a => !!a.closest('[inert]')")
    page.set_viewport_size(SCREENS["screen"])
    page.wait_for_function("() => !document.querySelector('[inert]')")
    assert not page.locator("#__drawer").is_checked()
    assert page.locator(".md-sidebar--primary [for][role]").count() == 0


@pytest.mark.parametrize("window", SMALL)
def test_the_search_opens_with_a_key_and_gives_the_keyboard_back(
    window: str, visit: Callable[..., Visit]
) -> None:
    page = visit(screen="phone").go("en/gradients/")
    page.set_viewport_size(SMALL[window])
    page.locator(SEARCH).focus()
    page.keyboard.press("Enter")
    field = page.locator("[data-md-component=search-query]")
    page.wait_for_function("() => document.activeElement.name === 'query'")
    page.keyboard.type("bowl")
    page.locator(".md-search-result__item").first.wait_for()
    page.keyboard.press("Escape")
    page.locator(f"{SEARCH}:focus").wait_for()
    assert not page.locator("#__search").is_checked()
    page.locator(SEARCH).click()
    page.wait_for_function("() => document.activeElement.name === 'query'")
    page.wait_for_timeout(400)
    page.locator(".md-search__icon[for=__search]").click()
    page.locator(f"{SEARCH}:focus").wait_for()
    assert not field.is_visible()


def test_on_a_screen_the_search_gives_the_keyboard_back_and_tab_leads_on(
    visit: Callable[..., Visit],
) -> None:
    page = visit().go("en/gradients/")
    page.locator("article p a").first.focus()
    page.keyboard.press("/")
    page.wait_for_function("() => document.activeElement.name === 'query'")
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.activeElement.closest('article')")
    page.locator("[data-other-language]").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "query"
    page.keyboard.press("Tab")
    assert page.evaluate(STOP)["drawer"], "the first link of the navigation"
    assert not page.locator("#__search").is_checked()


def test_what_opens_the_menu_shows_that_it_has_the_keyboard(visit: Callable[..., Visit]) -> None:
    page = visit(screen="phone").go("en/gradients/")
    page.keyboard.press("Tab")
    for part in (MENU, SEARCH):
        label = page.locator(part)
        before = label.screenshot()
        label.focus()
        page.keyboard.press("Shift")  # not the mouse
        assert label.screenshot() != before, part
