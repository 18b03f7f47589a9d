"""Under `mkdocs serve` a reader changes and runs the blocks of a page; not on a built site."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from website.conftest import ROOT, SCREENS, show_everything

CHAPTERS = [
    "linear-model", "synthetic-data", "broadcasting", "minibatches", "loss", "descent", "gradients",
    "autograd", "no-grad", "training-loop", "scaling", "classes", "trainer", "concise", "real-data",
    "generalization", "many-machines", "what-next", "plotting-tensors", "reading-scatter-plots",
    "mistakes",
]  # fmt: skip
LANGUAGES = ("en", "zh")
RUN = {"en": "Run", "zh": "运行"}
PATH = "/linreg/"

expect.set_options(timeout=120_000)


@contextmanager
def serving(generator="mkdocs"):
    """The site under `mkdocs serve`: the process, and the address that it prints."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": ""}
    server = subprocess.Popen(
        [sys.executable, "-m", generator, "serve", "-f", "mkdocs.yml", "-a", f"127.0.0.1:{port}"],
        cwd=ROOT,
        env=environment | {"SITE_URL": f"http://127.0.0.1:{port}{PATH}"},
        stderr=subprocess.PIPE,
        text=True,
    )
    said = []
    door = None
    for line in server.stderr:
        said.append(line)
        found = re.search(r"on the pages, open (\S+)", line)
        door = found[1] if found else door
        if "Serving on" in line:
            break
    assert door, "".join(said)
    threading.Thread(target=server.stderr.read, daemon=True).start()
    try:
        yield server, door
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)
        server.stderr.close()


@pytest.fixture(scope="module")
def door():
    with serving() as (_, address):
        yield address


class Reader:
    """Somebody who has opened the address that the server printed."""

    def __init__(self, context, door):
        self.context = context
        self.site = door.partition("/.live/")[0] + PATH
        self.requests, self.complaints = [], []
        self.door = door
        self.tab = self.open_tab()
        self.tab.goto(door)
        self.tab.wait_for_url(self.site)

    def open_tab(self):
        tab = self.context.new_page()
        tab.set_default_timeout(120_000)
        tab.on("request", lambda request: self.requests.append(request.url))
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("console", self._console)
        return tab

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def go(self, address, tab=None):
        tab = tab or self.tab
        tab.goto(self.site + address)
        tab.wait_for_selector("html.live")
        return tab


@pytest.fixture
def reader(browser, door):
    """Make readers: `reader(screen="phone")`."""
    contexts = []

    def begin(screen="screen", **options):
        contexts.append(browser.new_context(viewport=SCREENS[screen], **options))
        show_everything(contexts[-1])
        return Reader(contexts[-1], door)

    yield begin
    for context in contexts:
        context.close()


def block(tab, number):
    """A block of a page: its buttons, its field and what it gave."""
    bar = tab.locator(".highlight:not(.live-exercise) > .live-bar").nth(number)
    return Part(tab, bar)


def exercise(tab, number):
    return Part(tab, tab.locator(".live-exercise > .live-bar").nth(number))


class Part:
    def __init__(self, tab, bar):
        self.tab, self.bar = tab, bar
        self.field = bar.locator("xpath=preceding-sibling::textarea")
        self.output = bar.locator(
            "xpath=../following-sibling::*[contains(@class, 'live-output')][1]"
        )
        self.status = bar.locator(".live-status")

    def button(self, name):
        return self.bar.get_by_role("button", name=name, exact=True)

    def edit(self, code):
        if not self.field.is_visible():
            self.button("Edit").click()
        self.field.fill(code)

    def run(self, name="Run"):
        self.button(name).click()
        self.ended()
        return self.output.inner_text()

    def ended(self):
        expect(self.tab.locator(".live-runs")).to_have_count(0, timeout=120_000)


# ---- an exercise of every chapter ----


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_exercise_is_worked_through_with_a_wrong_and_a_right_answer(reader, chapter, language):
    tab = reader().go(f"{language}/{chapter}/")
    checked = tab.locator(".live-exercise").filter(has=tab.locator("textarea"))
    texts = [one.input_value() for one in checked.locator("textarea").all()]
    number = next((i for i, text in enumerate(texts) if "check." in text), len(texts) - 1)
    here = exercise(tab, number)
    solution = here.bar.locator("xpath=../following-sibling::details[1]")
    codes = [code.text_content() for code in solution.locator("pre code").all()]
    shown = solution.locator(".literate-output:not(.live-output)").first
    if "check." in texts[number]:
        said = here.run(RUN[language])  # as it is, the function does nothing
        assert re.search(r"CheckFailed: \w+" + ("：" if language == "zh" else ": "), said)
        assert here.field.evaluate("field => field.classList.contains('live-marked')")
        right = next(code for code in codes if "check." in code)
    else:
        here.field.fill("print('tried')\nunknown_name")
        said = here.run(RUN[language])
        assert "tried" in said
        assert "NameError: name 'unknown_name' is not defined" in said
        right = codes[0]
        expected = "".join(shown.all_text_contents())
    here.field.fill(right)
    said = here.run(RUN[language])
    assert "Error" not in here.status.inner_text()
    if "check." in texts[number]:
        assert ": passed" in said or "通过" in said
    else:
        assert re.sub(r"\s", "", here.output.text_content()) == re.sub(r"\s", "", expected)


# ---- what a block does on the page ----


def test_nothing_runs_before_it_is_asked_for_and_nothing_is_fetched_elsewhere(reader):
    someone = reader()
    tab = someone.go("en/gradients/")
    tab.wait_for_timeout(6000)
    asked = {url.partition("/.live/")[2] for url in someone.requests if "/.live/" in url}
    assert asked - {"", "door.js", "enter"} == {"page.js", "page.css", "page", "there"}
    assert all(url.startswith(someone.site.removesuffix(PATH)) for url in someone.requests)
    assert someone.complaints == []


def test_a_changed_block_runs_and_those_below_are_of_the_old_code(reader):
    tab = reader().go("en/linear-model/")
    first, second, third = (block(tab, i) for i in range(3))
    first.edit(first.field.input_value() + "\nprint('changed', 6 * 7)")
    assert "not run yet" in first.status.inner_text()
    assert "changed 42" in first.run()
    assert second.status.inner_text() == "This is what the old code gave."
    assert tab.locator(".live-stale").count() > 10
    second.run()
    assert second.status.inner_text() in ("", "Done.")
    assert third.status.inner_text() == "This is what the old code gave."
    first.button("Reset").click()
    assert not first.output.is_visible()
    assert first.status.inner_text() == ""
    assert second.status.inner_text() == "This is what the old code gave."
    second.button("Reset").click()
    assert tab.locator(".live-stale").count() == 0


def test_what_is_written_is_kept_for_this_block_on_this_device(reader):
    someone = reader()
    tab = someone.go("en/linear-model/")
    block(tab, 1).edit("kept = 'written'\nkept")
    exercise(tab, 1).field.fill("# half of an answer")
    someone.go("en/linear-model/")
    assert block(tab, 1).field.input_value() == "kept = 'written'\nkept"
    assert exercise(tab, 1).field.input_value() == "# half of an answer"
    assert "not run yet" in block(tab, 1).status.inner_text()
    assert not block(tab, 2).field.is_visible()
    block(tab, 1).button("Reset").click()
    someone.go("en/linear-model/")
    assert not block(tab, 1).field.is_visible()


def test_a_figure_is_drawn_in_the_style_of_the_page_below_its_block(reader):
    tab = reader().go("en/plotting-tensors/")
    figure = tab.locator(".live-output + .literate-output:has(figcaption)").first
    before = figure.locator("figcaption").inner_text()
    bar = figure.locator("xpath=preceding-sibling::*[2]").locator(".live-bar")
    here = Part(tab, bar)
    here.run()
    assert here.output.locator("svg[role=img]").count() == 1
    assert here.output.locator("figcaption").inner_text() == before
    assert "currentColor" in here.output.inner_html()
    assert not figure.is_visible()


def test_a_figure_that_moves_does_so_when_it_has_been_run(reader):
    tab = reader().go("en/linear-model/")
    here = block(tab, 0)
    here.edit("from linreg import interact\ninteract(lambda n: print(n * 'a'), n=[1, 2, 3]);")
    here.run()
    slider = here.output.locator("input[type=range]")
    slider.focus()
    slider.press("End")
    expect(here.output.locator(".literate-text")).to_have_text("aaa")


def test_a_block_that_fails_shows_the_line_and_what_it_had_printed(reader):
    tab = reader().go("en/linear-model/")
    here = block(tab, 2)
    here.edit("print('so far')\nnumber = 0\n1 / number\nprint('never')")
    said = here.run()
    assert "so far" in said
    assert here.output.locator("mark").inner_text() == "> 3 | 1 / number"
    assert "ZeroDivisionError: division by zero" in said
    assert here.status.inner_text() == "Failed in line 3."
    here.edit("number = 2\n1 / number")
    assert here.run() == "0.5"
    assert not here.field.evaluate("field => field.classList.contains('live-marked')")


def test_a_block_that_runs_long_says_so_shows_what_comes_and_can_be_stopped(reader):
    tab = reader().go("en/linear-model/")
    here = block(tab, 1)
    here.edit("import time\nprint('begun')\nfor i in range(999):\n    time.sleep(1)\n    print(i)")
    here.button("Run").click()
    expect(tab.locator(".live-so-far")).to_contain_text("begun\n0\n1\n2")
    expect(here.status).to_contain_text(re.compile("Running: [3-9] s"))
    block(tab, 2).button("Run").click()
    assert block(tab, 2).status.inner_text() == "Another block is running."
    here.button("Stop").click()
    here.ended()
    assert here.status.inner_text() == "Stopped."
    assert "begun" in here.output.inner_text()
    here.button("Reset").click()
    assert block(tab, 2).run()


def test_leaving_the_page_ends_what_runs_for_it(reader):
    someone = reader()
    tab = someone.go("en/linear-model/")
    for _ in range(5):  # more than run at once
        here = block(tab, 1)
        here.edit("while True:\n    pass")
        here.button("Run").click()
        tab.wait_for_timeout(1500)
        someone.go("en/linear-model/")
    tab.wait_for_timeout(3000)
    here.edit("'runs again'")
    assert here.run() == "'runs again'"


def test_two_tabs_do_not_disturb_each_other(reader):
    someone = reader()
    tabs = [someone.tab, someone.open_tab()]
    for number, tab in enumerate(tabs):
        someone.go("en/linear-model/", tab)
        here = block(tab, 1 + number)
        here.edit(f"import time\nmine = {number}\ntime.sleep(2)\nmine")
        here.button("Run").click()
    for number, tab in enumerate(tabs):
        here = block(tab, 1 + number)
        here.ended()
        assert here.output.inner_text() == str(number)
    for tab in tabs:
        someone.go("en/linear-model/", tab)
        assert [block(tab, n).field.is_visible() for n in (1, 2)] == [True, True]


ATTACKS = [
    "<img src=x onerror='window.hacked = 1'>",
    "<script>window.hacked = 1</script>",
    "<svg onload='window.hacked = 1'><script>window.hacked = 1</script></svg>",
    "<svg><foreignObject><img src=x onerror='window.hacked = 1'></foreignObject></svg>",
    "<iframe srcdoc='<script>parent.hacked = 1</script>'></iframe>",
    "<a href='javascript:window.hacked = 1' class='press'>press</a>",
    "<a href='java\\nscript:window.hacked = 1' class='press'>press</a>",
    "<svg><a xlink:href='javascript:hacked = 1' class='press'><text y='9'>p</text></a></svg>",
    "<form action='javascript:window.hacked = 1'><button class='press'>press</button></form>",
    "<button formaction='javascript:window.hacked = 1' class='press'>press</button>",
    "<details open ontoggle='window.hacked = 1'>x</details>",
    "<math><mtext><table><mglyph><style><img src=x onerror='window.hacked = 1'>",
    "<noscript><p title='</noscript><img src=x onerror=window.hacked=1>'>",
    "</div></div><div class='literate-moving'><div class='literate-controls' hidden></div>"
    "<div></div><div data-src='http://evil.example/x.js'></div></div>",
    "<div class='literate-moving'><div hidden><button>x</button></div><div></div><script "
    'type=\'application/vnd.literate.interact+json\'>{\\"first\\":\\"\\",\\"states\\":[[]]}</script></div>',
    "<div style='background: url(http://evil.example/x.png)'>x</div>",
    "<style>body { background: url(http://evil.example/y.png) }</style>",
    "<img src='http://evil.example/z.png'><img srcset='http://evil.example/w.png 2x'>",
    "<link rel='stylesheet' href='http://evil.example/a.css'>",
    "<meta http-equiv='refresh' content='0'>",
    "<base href='http://evil.example/'>",
    "<object data='http://evil.example/o'></object><embed src='http://evil.example/e'>",
    "<video poster='http://evil.example/p'></video>",
    "<audio src='http://evil.example/q' onerror='hacked = 1'>",
    "<svg><use href='http://evil.example/u.svg#a'/><image href='http://evil.example/i.png'/></svg>",
    "<svg><set attributeName='href' to='javascript:window.hacked=1'/></svg>",
]


def test_what_a_block_gives_runs_no_script_and_fetches_nothing(reader):
    someone = reader()
    tab = someone.go("en/linear-model/")
    here = block(tab, 0)
    for attack in ATTACKS:
        here.edit(f'from IPython.display import HTML\nHTML("""{attack}""")')
        here.run()
        for press in here.output.locator(".press").all():
            press.dispatch_event("click")
        for bad in ("script", "iframe", "style", "link", "meta", "base", "object", "form"):
            assert here.output.locator(bad).count() == 0, (attack, bad)
        assert "onerror" not in here.output.inner_html()
    tab.wait_for_timeout(500)
    assert tab.evaluate("window.hacked") is None
    assert not [url for url in someone.requests if "evil" in url]
    assert tab.url.partition("#")[0] == someone.site + "en/linear-model/"


def test_with_the_keyboard_alone(reader):
    tab = reader().go("en/linear-model/")
    here = block(tab, 1)
    here.button("Run").focus()
    tab.keyboard.press("e")
    expect(here.field).to_be_focused()
    tab.keyboard.press("Control+a")
    tab.keyboard.type("if True:\nprint('typed')")
    assert here.field.input_value() == "if True:\n    print('typed')"
    tab.keyboard.press("Control+Enter")
    expect(here.output).to_have_text("typed")
    here.ended()
    tab.keyboard.press("Escape")
    expect(here.button("Run")).to_be_focused()
    tab.keyboard.press("Tab")
    expect(here.button("Reset")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(here.field).not_to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_can_be_read_aloud_and_fits_a_phone(reader, language, scheme):
    tab = reader(screen="phone", color_scheme=scheme).go(f"{language}/linear-model/")
    here = exercise(tab, 1)
    here.field.fill("print('x' * 300)\n1 / 0")
    here.run(RUN[language])
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    names = [bar.get_attribute("aria-label") for bar in tab.locator(".live-bar").all()]
    assert len(set(names)) == len(names)
    results = Axe().run(tab)
    found = [(one["id"], one["nodes"][0]["html"][:200]) for one in results.response["violations"]]
    assert found == []


# ---- who has it ----


def test_without_the_cookie_the_page_is_as_it_is_built(browser, door):
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(door.partition("/.live/")[0] + PATH + "en/linear-model/")
    assert tab.locator(".live-bar").count() == 0
    assert ".live" not in tab.content()
    context.close()


def test_a_wrong_address_gives_no_cookie(browser, door):
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(door.partition("#")[0] + "#wrong")
    expect(tab.locator("#said")).to_contain_text("not the address")
    assert context.cookies() == []
    context.close()


def test_a_built_site_knows_nothing_of_it(site):
    for file in site.folder.rglob("*"):
        assert "live" not in file.relative_to(site.folder).parts
        if file.suffix in (".html", ".js", ".css", ".json", ".xml"):
            text = file.read_text(encoding="utf-8")
            assert "/.live/" not in text
            assert "X-Live" not in text
            assert "live-bar" not in text


@pytest.mark.parametrize("generator", ["mkdocs", "properdocs"])
def test_when_the_server_is_gone_the_page_says_so_and_can_be_read(browser, generator):
    with serving(generator) as (server, door):
        context = browser.new_context()
        show_everything(context)
        someone = Reader(context, door)
        tab = someone.go("en/linear-model/")
        block(tab, 0).edit(block(tab, 0).field.input_value() + "\nchanged = 6 * 7")
        assert block(tab, 0).run() == ""
        here = block(tab, 1)
        here.edit("changed")
        assert here.run() == "42"
        here.edit("import time\nprint('on')\ntime.sleep(60)")
        here.button("Run").click()
        expect(tab.locator(".live-so-far")).to_contain_text("on")
        server.send_signal(signal.SIGKILL)
        here.ended()
        expect(tab.get_by_role("alert")).to_contain_text("does not answer")
        assert here.status.inner_text().startswith("The server")
        assert here.field.input_value().startswith("import time")
        assert tab.locator("h1").is_visible()
        context.close()
    deadline = time.monotonic() + 20
    while _sessions(server.pid):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _sessions(pid):
    listed = subprocess.run(["ps", "-eo", "ppid,pid"], capture_output=True, text=True).stdout
    return [line for line in listed.splitlines()[1:] if int(line.split()[0]) == pid]
