"""The site in a reader's browser: both languages, light and dark, on a phone and on a screen."""

import io
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from matplotlib.image import imread
from playwright.sync_api import Locator, Page

from website.conftest import ROOT, SCREENS, Site, Visit
from website.server import PATH
from website.test_pages import LANGUAGES

AXE = Axe()  # its script is half a megabyte
PRINT = "print/"  # the whole book on one page, for paper
# What is wrong but for its colours is wrong in both schemes.
COLOURS = ["color-contrast"]
# Of the text in one colour, size and weight on one ground, the first piece is enough: a page has
# some fifty kinds, and axe looks at those four to seven times as fast as at all. A field is one.
KINDS = """(within) => {
    const seen = new Set();
    document.querySelectorAll("[data-kind]").forEach((old) => old.removeAttribute("data-kind"));
    for (const text of document.querySelectorAll(`:is(${within}) *`)) {
        if (text.closest("script, style, noscript")) continue;
        const isField = text.matches("input, select, textarea");
        const says = (node) => node.nodeType === 3 && node.data.trim();
        if (!isField && ![...text.childNodes].some(says)) continue;
        const { color, fill, fontSize, fontWeight, textShadow } = getComputedStyle(text);
        const kind = [isField, color, fill, fontSize, fontWeight, textShadow];
        kind.push(text.checkVisibility());
        for (let part = text; part; part = part.parentElement) {
            const { backgroundColor, opacity, position } = getComputedStyle(part);
            if (backgroundColor !== "rgba(0, 0, 0, 0)" || opacity !== "1")
                kind.push(backgroundColor, opacity);
            if (["absolute", "fixed", "sticky"].includes(position)) // on the ground of another
                kind.push(part.getAttribute("class"));
        }
        text.toggleAttribute("data-kind", !seen.has(kind.join()));
        seen.add(kind.join());
    }
    return document.querySelector("[data-kind]") !== null;
}"""
LOOKS = [
    ("light", "screen", None),
    ("light", "phone", None),
    ("dark", "phone", COLOURS),
    ("dark", "screen", COLOURS),
]


# The addresses of all pages but that of all chapters, known before the site is built.
PAGES = [
    "",
    *sorted(
        f"{page.parent.name}/" + ("" if page.stem == "index" else f"{page.stem}/")
        for page in [*ROOT.glob("docs/??/*.md"), *ROOT.glob("docs/??/lab.ipynb")]
    ),
]


def addresses(site: Site, language: str) -> list[str]:
    """The pages of a language, or the front page; that of all chapters is tried by itself."""
    if not language:
        return [""]
    return [
        address
        for address in site.pages()
        if address.startswith(f"{language}/") and not address.endswith(("404.html", PRINT))
    ]


def set_scheme(page: Page, scheme: str) -> None:
    """Change the system's colours under an open page."""
    page.emulate_media(color_scheme=scheme)
    name = {"light": "default", "dark": "slate"}[scheme]
    page.wait_for_function(f"() => document.body.dataset.mdColorScheme === '{name}'")


# ---- Every page ----


def overflow(page: Page) -> list[str]:
    """What sticks out of the window, unless it scrolls inside something that does not."""
    return page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            const out = [...document.querySelectorAll("body *")].filter(
                (element) => element.getBoundingClientRect().right > width + 1);
            return [`${document.documentElement.scrollWidth} > ${width}`,
                    ...out.slice(0, 5).map((element) => element.outerHTML.slice(0, 100))];
        }"""
    )


def small(page: Page) -> list[str]:
    """Words that are too small to be read on a phone, below the 12 pixels that Lighthouse asks for.

    Formulas, whose indices are small, and drawings, tried below, are passed over.
    """
    return page.evaluate(
        """() => {
            const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const found = [];
            while (words.nextNode()) {
                const text = words.currentNode.data.trim();
                const element = words.currentNode.parentElement;
                const size = parseFloat(getComputedStyle(element).fontSize);
                if (text && size < 12 && size > 0 // blanks to be filled in have no size
                        && element.checkVisibility() && !element.closest("math, svg"))
                    found.push(`${size.toFixed(2)}: ${text.slice(0, 40)}`);
            }
            return found.slice(0, 5);
        }"""
    )


def violations(page: Page, rules: list[str] | None = None, within: str = "body") -> list[str]:
    """What axe-core finds: rule, and the first places. It does not judge text over a gradient.

    Args:
        page: is given a style and a script for it.
        rules: those that count; all if that is None.
        within: what to look at, as a selector; what belongs to the page as a whole only for `body`.
    """
    page.add_style_tag(content="* { background-image: none !important }")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    found = []
    if rules != COLOURS:
        others = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
        off = {} if rules else {"rules": {rule: {"enabled": False} for rule in COLOURS}}
        found += look(page, "html" if within == "body" else within, others | off)
    if rules in (None, COLOURS) and page.evaluate(KINDS, within):
        colours = {"runOnly": {"type": "rule", "values": COLOURS}}
        found += look(page, "[data-kind]", colours)
    return [f"{v['id']}: {[n['html'][:100] for n in v['nodes'][:3]]}" for v in found]


def look(page: Page, where: str, options: dict[str, object]) -> list[dict[str, object]]:
    """Let axe-core look at parts of a page."""
    run = "([where, options]) => axe.run(where, options)"
    return page.evaluate(run, [where, {**options, "resultTypes": ["violations"]}])["violations"]


def test_every_page_is_looked_at(site: Site) -> None:
    assert sorted(page for name in ["", *LANGUAGES] for page in addresses(site, name)) == PAGES


@pytest.mark.parametrize("address", PAGES, ids=lambda address: address.strip("/") or "front")
def test_a_page_is_sound_in_light_and_dark_on_phone_and_screen(
    address: str, visit: Callable[..., Visit]
) -> None:
    """No request leaves the site, all fits and can be read, axe and the console say nothing."""
    reader = visit(reduced_motion="reduce")  # no colour on its way to another
    page = reader.go(address)
    wrong = {}
    for scheme, screen, rules in LOOKS:
        set_scheme(page, scheme)
        if page.viewport_size != SCREENS[screen]:
            page.set_viewport_size(SCREENS[screen])
            page.wait_for_timeout(300)  # for scripts that look at sizes
        if found := violations(page, rules) + overflow(page) + small(page):
            wrong[scheme, screen] = found
        # A reader comes, then opens all the solutions.
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert wrong == {}
    assert reader.elsewhere() == []
    assert reader.complaints == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_all_chapters_is_sound(language: str, visit: Callable[..., Visit]) -> None:
    """It holds what the other pages hold: what is looked at here is what it adds to them."""
    reader = visit(screen="phone")
    page = reader.go(f"{language}/{PRINT}")
    assert overflow(page) == []
    sections = page.locator("section.print-chapter")
    assert sections.count() > 15
    sections.evaluate_all("all => all.slice(1).forEach(section => section.remove())")
    assert violations(page) == []
    assert reader.elsewhere() == []
    assert reader.complaints == []


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "image-alt"),
        ('<p style="color: #999; background: #fff">Pale words.</p>', "color-contrast"),
        ('<p>1</p><p>2</p><p style="color: #bbb">Pale words.</p>', "color-contrast"),
        ('<p>1</p><div style="background: #444"><p>Dark on dark.</p></div>', "color-contrast"),
        ('<p>1</p><div style="opacity: 0.4"><p>Pale words.</p></div>', "color-contrast"),
        ('<label>1 <input value="Pale" style="color: #bbb"></label>', "color-contrast"),
        (
            '<p style="position: absolute; top: 0">1</p>'
            '<svg role="img" aria-label="a"><a href="#x"><path d="M0 0"></path></a></svg>',
            "link-name",
        ),
        ('<a href="#x"></a>', "link-name"),
    ],
)
def test_axe_sees_what_is_wrong(body: str, rule: str, visit: Callable[..., Visit]) -> None:
    page = visit().page
    page.set_content(f'<html lang="en"><title>A page</title><main><h1>1</h1>{body}</main></html>')
    for within in ("body", "main"):
        assert any(found.startswith(rule) for found in violations(page, within=within))
    assert violations(page, within="h1") == []


def test_what_sticks_out_of_the_window_is_seen(visit: Callable[..., Visit]) -> None:
    page = visit(screen="phone").page
    page.set_content('<pre style="width: 500px">A long line.</pre>')
    assert overflow(page)
    page.set_content('<div style="overflow: auto"><pre style="width: 500px">A line.</pre></div>')
    assert overflow(page) == []


def test_letters_that_are_too_small_are_seen(visit: Callable[..., Visit]) -> None:
    page = visit(screen="phone").page
    page.set_content(
        "<style>* { font-size: 12px } small { font-size: 11.9px } #none { display: none }</style>"
        "<p>Large, <small>small, </small><small id=none>unseen</small></p>"
        "<math><mi><small>x</small></mi></math>"
    )
    assert small(page) == ["11.90: small,"]


def test_requests_to_other_hosts_and_complaints_are_seen(visit: Callable[..., Visit]) -> None:
    reader = visit()
    page = reader.go("")
    page.route("https://cdn.example.com/**", lambda route: route.abort())
    page.evaluate("fetch('https://cdn.example.com/a.js').catch(() => {})")
    page.evaluate("console.warn('a warning')")
    page.wait_for_timeout(500)
    assert reader.elsewhere() == ["https://cdn.example.com/a.js"]
    assert "a warning" in reader.complaints


# ---- Reading ----

PARTS = (
    "h1",
    "p",
    "math",
    ".highlight code",
    ".literate-text",
    "figure svg",
    "figcaption",
    "table",
)


def unseen(page: Page) -> list[str]:
    """Parts of a page that a reader does not get to see, not even by opening a solution."""
    return page.evaluate(
        """(parts) => {
            for (const details of document.querySelectorAll("details")) details.open = true;
            return [...document.querySelectorAll("article :is(" + parts.join() + ")")]
                .filter((part) => !part.matches(".chapter-done")) // to be ticked by a script
                .filter((part) => !part.checkVisibility({visibilityProperty: true})
                    || !part.getBoundingClientRect().width)
                .map((part) => part.outerHTML.slice(0, 100));
        }""",
        PARTS,
    )


@pytest.mark.parametrize("language", ["", *LANGUAGES])
def test_without_javascript_nothing_is_missing_on_any_page(
    language: str, site: Site, visit: Callable[..., Visit]
) -> None:
    reader = visit(java_script_enabled=False)
    seen = set()
    for address in [*addresses(site, language), *([f"{language}/{PRINT}"] if language else [])]:
        page = reader.load(address)
        assert unseen(page) == [], address
        seen |= {part for part in PARTS if page.locator(f"article {part}").count()}
    assert seen >= set(PARTS) - (set() if language else {"math", ".literate-text", "table"})


def test_what_javascript_would_have_to_show_is_seen_to_be_missing(
    visit: Callable[..., Visit],
) -> None:
    page = visit().page
    page.set_content(
        "<article><p>Here.</p><p hidden>1</p><details><p>Folded.</p></details>"
        "<math style='visibility: hidden'><mi>x</mi></math><p></p></article>"
    )
    assert [part[:5] for part in unseen(page)] == ["<p hi", "<math"]


@pytest.mark.parametrize("screen", SCREENS)
def test_a_link_to_a_section_leads_to_its_heading(screen: str, visit: Callable[..., Visit]) -> None:
    """Also where what stands before it has not been laid out."""
    page = visit(screen=screen).go("en/gradients/")
    lowest = page.locator("header.md-header").evaluate("header => header.offsetHeight")
    for place in ("summary", "stable-lr", "sgd-paths"):
        page.goto(f"{page.url.partition('#')[0]}#{place}")
        page.wait_for_timeout(500)
        top = page.locator(f"#{place}").evaluate("title => title.getBoundingClientRect().top")
        assert lowest <= top <= lowest + 60, place


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_there_without_javascript(language: str, visit: Callable[..., Visit]) -> None:
    page = visit(java_script_enabled=False).go(f"{language}/gradients/")
    for part in set(PARTS) - {"table"}:  # this chapter has none
        shown = page.locator(f"article {part}").locator("visible=true")
        assert shown.count() > 0, part
    solution = page.locator("details.success").first
    assert not solution.locator("pre").first.is_visible()
    solution.locator("summary").click()
    assert solution.locator("pre").first.is_visible()
    page.locator("header [data-other-language]").click()
    page.wait_for_load_state()
    other = "zh" if language == "en" else "en"
    assert page.url.endswith(f"/{other}/gradients/")


@pytest.mark.parametrize(
    ("language", "page_name", "limit"),
    [
        (language, name, limit)
        for language in LANGUAGES
        for name, limit in [
            ("", 300),
            ("reading-scatter-plots/", 300),
            ("trainer/", 300),
            ("lab/", 400),
        ]
    ],
)
def test_a_first_visit_stays_small(
    language: str, page_name: str, limit: int, visit: Callable[..., Visit]
) -> None:
    """Everything that comes over the line, compressed, until the reader turns to the search."""
    reader = visit(screen="phone")
    sizes: dict[str, int] = {}
    reader.page.on(
        "response",
        lambda response: sizes.update({response.url: int(response.headers["content-length"])}),
    )
    reader.go(f"{language}/{page_name}")
    assert sum(sizes.values()) <= limit * 1000, sizes
    assert not any(url.endswith("sections.json") for url in sizes)


@pytest.mark.parametrize("address", ["en/plotting-tensors/", "zh/trainer/"])
def test_the_button_of_each_block_copies_that_block(
    address: str, visit: Callable[..., Visit]
) -> None:
    """Material finds what to copy by an id, which it makes when a block comes into view."""
    page = visit().go(address)
    for block in page.locator(".highlight > pre > code").locator("visible=true").all():
        block.scroll_into_view_if_needed()
        block.locator("xpath=..").locator("[data-clipboard-target]").wait_for(state="attached")
    own = page.locator("[data-clipboard-target]").evaluate_all(
        """all => all.map((button) => document.querySelector(button.dataset.clipboardTarget)
            === button.closest("pre").querySelector("code"))"""
    )
    assert len(own) > 20
    assert all(own)


def test_code_is_copied_without_its_output(visit: Callable[..., Visit]) -> None:
    reader = visit(permissions=["clipboard-read", "clipboard-write"])
    page = reader.go("en/synthetic-data/")
    block = page.locator(".highlight:has(+ .literate-output)").first
    block.hover()
    block.locator("button").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == block.locator("code").inner_text().strip()
    assert "import torch" in copied
    assert "torch.Size" not in copied


def test_a_long_output_scrolls_inside_itself(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/synthetic-data/")
    output = page.locator(".literate-text").first
    short = output.evaluate("output => output.offsetHeight")
    output.evaluate("output => { output.textContent = 'a line\\n'.repeat(300); }")
    page.wait_for_timeout(300)
    assert short < output.evaluate("output => output.offsetHeight") < 600
    assert output.evaluate("output => output.tabIndex") == 0


IS_FOCUSABLE = "part => part.tabIndex === 0 && part.checkVisibility()"


def test_a_wide_formula_scrolls_by_keyboard(visit: Callable[..., Visit]) -> None:
    page = visit(screen="phone").go("en/gradients/")
    wide = page.locator(".formula").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.tabIndex)"
    )
    assert wide
    assert set(wide) == {0}


def cut_off(page: Page) -> list[str]:
    """Code and outputs with more to the side than a reader sees."""
    return page.evaluate(
        """() => {
            for (const details of document.querySelectorAll("details")) details.open = true;
            return [...document.querySelectorAll("pre > code, .literate-text, .literate-drawing")]
                .filter((part) => part.scrollWidth > part.clientWidth + 1)
                .map((part) => part.outerHTML.slice(0, 100));
        }"""
    )


WIDER = """(pixels) => document.querySelector("article")
    .style.setProperty("letter-spacing", `${pixels}px`)"""


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("language", ["", *LANGUAGES])
def test_no_code_no_output_and_no_figure_is_cut_off(
    language: str, screen: str, site: Site, visit: Callable[..., Visit]
) -> None:
    reader = visit(screen=screen)
    cut = {}
    for address in addresses(site, language):
        page = reader.load(address)
        page.evaluate("document.fonts.ready.then(() => null)")
        page.add_style_tag(content="* { content-visibility: visible !important }")
        for wider in (0, 0.2, 0.4, 0.6):  # in pixels a letter: readers have other fonts
            page.evaluate(WIDER, wider)
            if found := cut_off(page):
                cut[address, wider] = found
    assert cut == {}


def test_no_line_of_preformatted_text_is_looked_at_for_how_well_it_ends(
    visit: Callable[..., Visit],
) -> None:
    """WebKit 2.50 crashes on a long one that may break anywhere, as on the page of errors."""
    page = visit().go("en/errors/")
    style = "all => [...new Set(all.map(part => getComputedStyle(part).textWrapStyle))]"
    assert page.locator("article p").evaluate_all(style) == ["pretty"]
    assert page.locator("article :is(pre, pre > code)").evaluate_all(style) == ["auto"]


def test_what_is_cut_off_is_seen(visit: Callable[..., Visit]) -> None:
    page = visit(screen="phone").go("en/gradients/")
    page.add_style_tag(content="* { content-visibility: visible !important }")
    assert cut_off(page) == []
    page.add_style_tag(content="pre > code, .literate-text { white-space: pre !important }")
    assert len(cut_off(page)) > 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_every_figure_can_be_read_on_a_phone(
    language: str, site: Site, visit: Callable[..., Visit]
) -> None:
    """The engine draws letters of 14 pixels; what a figure shrinks by, they shrink by."""
    reader = visit(screen="phone")
    sizes = {}
    for address in addresses(site, language):
        page = reader.load(address)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        shown = page.locator("article .literate-drawing svg").evaluate_all(
            "all => all.map(svg => svg.getBoundingClientRect().width / svg.getAttribute('width'))"
        )
        sizes |= {(address, i): 14 * scale for i, scale in enumerate(shown)}
    assert len(sizes) > 40
    assert {where: size for where, size in sizes.items() if size < 8} == {}


def test_the_sign_of_a_root_is_as_high_as_the_root_and_has_no_gap_behind(
    visit: Callable[..., Visit],
) -> None:
    page = visit().go("en/reading-scatter-plots/")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    roots = page.locator("msqrt").evaluate_all(
        """all => all.map(root => {
            const inside = document.createRange();
            inside.selectNodeContents(root);
            const [whole, part] = [root, inside].map(e => e.getBoundingClientRect());
            const size = parseFloat(getComputedStyle(root).fontSize);
            return [(whole.right - part.right) / size, (whole.bottom - part.bottom) / size];
        })"""
    )
    assert len(roots) >= 4
    assert max(gap for gap, _ in roots) < 0.02
    assert max(below for _, below in roots) < 0.2  # of the size of the letters


def edges(part: Locator) -> list[tuple[float, ...]]:
    """The colours at its left, in its middle and at its right, above what is written there."""
    row = imread(io.BytesIO(part.screenshot()))[2]
    return [tuple(row[x]) for x in (1, len(row) // 2, -2)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("kind", "with_wide", "with_narrow"),
    [
        (".formula", "en/gradients/", "en/gradients/"),
        (".md-typeset__scrollwrap", "en/concise/", "en/literate/"),
    ],
    ids=["formula", "table"],
)
def test_what_is_too_wide_for_a_phone_has_a_shadow_where_it_goes_on(
    kind: str, with_wide: str, with_narrow: str, scheme: str, visit: Callable[..., Visit]
) -> None:
    too_wide = "part => part.checkVisibility() && part.scrollWidth > part.clientWidth"

    def first(address: str, is_wide: bool) -> Locator:
        parts = visit(scheme, "phone").go(address).locator(f"article {kind}").all()
        seen = (part for part in parts if part.is_visible())
        return next(part for part in seen if part.evaluate(too_wide) == is_wide)

    wide = first(with_wide, True)
    left, middle, right = edges(wide)
    assert left == middle != right
    wide.evaluate("part => { part.scrollLeft = part.scrollWidth; }")
    left, middle, right = edges(wide)
    assert left != middle == right
    assert len(set(edges(first(with_narrow, False)))) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_no_code_lies_under_the_button_that_copies_it(
    language: str, visit: Callable[..., Visit]
) -> None:
    page = visit(screen="phone").go(f"{language}/gradients/")
    blocks = page.locator(":is(article, .waiting) > .highlight")
    assert blocks.count() > 10
    for block in blocks.all():
        block.scroll_into_view_if_needed()
        button = block.locator("button").bounding_box()
        text = block.locator("code").evaluate(
            "code => { const all = document.createRange(); all.selectNodeContents(code);"
            " return Math.min(...[...all.getClientRects()].map(part => part.top)); }"
        )
        assert button["y"] + button["height"] <= text


@pytest.mark.parametrize("address", ["", f"en/{PRINT}"])
def test_where_no_button_copies_code_it_has_no_line(
    address: str, visit: Callable[..., Visit]
) -> None:
    code = visit(screen="phone").go(address).locator(".highlight code").first
    code.scroll_into_view_if_needed()
    style = code.evaluate("code => ({...getComputedStyle(code)})")
    assert style["paddingTop"] == style["paddingBottom"]


def test_a_figure_fits_a_phone(visit: Callable[..., Visit]) -> None:
    page = visit(screen="phone").go("en/reading-scatter-plots/")
    sizes = page.locator(
        ":is(article, .waiting) > .literate-output .literate-drawing"
    ).evaluate_all("all => all.map(e => [e.scrollWidth, e.clientWidth])")
    assert len(sizes) >= 5
    assert all(shown <= room for shown, room in sizes)


def test_short_code_stays_on_its_line(visit: Callable[..., Visit]) -> None:
    page = visit(screen="phone").go("en/linear-model/")
    lines = page.locator("td code").evaluate_all(
        "all => all.filter(e => e.textContent == '(n, 1)').map(e => e.getClientRects().length)"
    )
    assert lines
    assert set(lines) == {1}


WORDS_IN_TWO_LINES = """(headings, words) => headings.flatMap((heading) => {
    const walker = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
    const letters = [];
    while (walker.nextNode())
        for (let i = 0; i < walker.currentNode.length; i++) letters.push([walker.currentNode, i]);
    const text = letters.map(([node, i]) => node.data[i]).join("");
    const top = ([node, i]) => {
        const range = document.createRange();
        range.setStart(node, i);
        range.setEnd(node, i + 1);
        return range.getBoundingClientRect().top;
    };
    return words.filter((word) => {
        const at = text.indexOf(word);
        return at >= 0 && top(letters[at]) !== top(letters[at + word.length - 1]);
    }).map((word) => `${word}: ${text}`);
})"""


def test_on_a_phone_no_word_of_a_chinese_heading_lies_in_two_lines(
    visit: Callable[..., Visit],
) -> None:
    reader = visit(screen="phone")
    words = ["什么", "张量", "权重", "训练", "学习率", "运行", "损失"]
    for chapter in ("minibatches", "gradients", "mistakes", "literate"):
        headings = reader.go(f"zh/{chapter}/").locator("article :is(h1, h2, h3)")
        assert headings.evaluate_all(WORDS_IN_TWO_LINES, words) == []
        assert headings.locator("wbr").count() > 0
        contents = reader.page.locator(".md-nav, title")
        assert contents.locator("wbr").count() == 0


def test_what_has_the_keyboard_is_seen_to_have_it(visit: Callable[..., Visit]) -> None:
    page = visit(screen="phone").go("en/gradients/")
    page.keyboard.press("Tab")  # this reader has no mouse
    for part in (".formula", "p a"):
        wide = [p for p in page.locator(f"article {part}").all() if p.evaluate(IS_FOCUSABLE)]
        wide[0].scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        before = wide[0].screenshot()
        wide[0].evaluate("part => part.focus({preventScroll: true})")
        assert wide[0].screenshot() != before, part


# ---- Colours ----


def background(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_colours_follow_the_system_and_the_choice_holds_everywhere(
    visit: Callable[..., Visit],
) -> None:
    page = visit("dark").go("en/")
    dark = background(page)
    set_scheme(page, "light")
    light = background(page)
    assert light != dark
    for _ in range(2):  # to light, then to dark
        page.locator("form[data-md-component=palette] label:visible").click()
    assert background(page) == dark
    reader = page.context
    for address in ("zh/gradients/", ""):
        other = reader.new_page()
        other.goto(page.url.removesuffix("en/") + address)
        assert background(other) == dark, address


def test_figures_take_the_colours_of_the_page(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/")
    line = "getComputedStyle(document.querySelector('figure svg path[style*=literate-c0]')).stroke"
    light = page.evaluate(line)
    set_scheme(page, "dark")
    assert page.evaluate(line) != light


def test_without_scripts_the_colours_are_those_of_the_system(visit: Callable[..., Visit]) -> None:
    with_scripts = {scheme: background(visit(scheme).go("en/")) for scheme in ("light", "dark")}
    assert with_scripts["light"] != with_scripts["dark"]
    for scheme, colour in with_scripts.items():
        assert background(visit(scheme, java_script_enabled=False).go("en/")) == colour


def test_a_reader_who_chose_all_colours_sees_what_a_ground_alone_would_say(
    visit: Callable[..., Visit],
) -> None:
    page = visit(forced_colors="active").go("en/gradients/")
    style = "(part, [name, pseudo]) => getComputedStyle(part, pseudo)[name]"
    current = page.locator(".md-nav--primary a.md-nav__link--active").last
    assert "underline" in current.evaluate(style, ["textDecorationLine", None])
    arrow = page.locator("summary").first.evaluate(style, ["backgroundColor", "::after"])
    assert arrow != background(page)
    code = page.locator("article .highlight code").first
    assert code.evaluate(style, ["borderTopStyle", None]) == "solid"


# ---- The front page and the foot ----


@pytest.mark.parametrize(("button", "language"), [("Search", "en"), ("搜索中文版", "zh")])
def test_the_front_page_searches_in_either_language(
    button: str, language: str, visit: Callable[..., Visit]
) -> None:
    page = visit().go("")
    page.locator(".home-search input").fill("no_grad")
    page.get_by_role("button", name=button, exact=True).click()
    page.locator(".md-search-result__item").first.wait_for()
    found = page.locator(".md-search-result__item > a").first.get_attribute("href")
    assert f"/{language}/" in found


def test_the_list_of_the_front_page_begins_where_its_figure_does(
    visit: Callable[..., Visit],
) -> None:
    page = visit().go("")
    left = "part => part.getBoundingClientRect().left"
    edges = [
        page.locator(part).first.evaluate(left) for part in (".home-chapters li", "figcaption")
    ]
    assert edges[0] == edges[1]


@pytest.mark.parametrize("screen", SCREENS)
def test_the_line_that_installs_the_package_is_copied_with_a_button(
    screen: str, visit: Callable[..., Visit]
) -> None:
    page = visit(screen=screen, permissions=["clipboard-read", "clipboard-write"]).go("en/loss/")
    line = page.locator(".takeaway-install pre")
    line.scroll_into_view_if_needed()
    line.hover()
    line.locator("button").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == line.locator("code").inner_text().strip()
    assert copied.startswith("pip install http")


# ---- The other language ----


def test_the_language_switch_keeps_page_and_place(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/gradients/#hessian")
    page.locator("[data-other-language]").click()
    page.wait_for_url("**/zh/gradients/#hessian")
    assert page.locator("html").get_attribute("lang") == "zh"


@pytest.mark.parametrize(
    ("address", "shown", "hidden"),
    [("en/no/such/page/", "en", "zh"), ("zh/none/", "zh", "en"), ("none/", "en", None)],
)
def test_a_missing_page_speaks_the_language_of_its_address(
    address: str, shown: str, hidden: str | None, visit: Callable[..., Visit]
) -> None:
    page = visit().go(address)
    assert page.locator(f"section[lang={shown}] h1").is_visible()
    if hidden:
        assert not page.locator(f"section[lang={hidden}] h1").is_visible()
    page.locator(f"section[lang={shown}] a").click()
    page.wait_for_url(f"**{PATH}{shown}/")


# Where each line of code begins that is not indented.
BEGINNINGS = """code => {
    const found = [], walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT)
    let before = "\\n"
    while (walker.nextNode()) {
        const text = walker.currentNode.data
        for (let i = 0; i < text.length; before = text[i++]) {
            if (before !== "\\n" || /\\s/.test(text[i])) continue
            const range = document.createRange()
            range.setStart(walker.currentNode, i)
            range.setEnd(walker.currentNode, i + 1)
            found.push(range.getBoundingClientRect().left)
        }
    }
    return found
}"""


def test_the_line_after_one_that_stands_out_begins_where_lines_begin(
    visit: Callable[..., Visit],
) -> None:
    code = visit().go("en/literate/").locator("pre > code:has(.hll)").first
    beginnings = code.evaluate(BEGINNINGS)
    assert len(beginnings) == 3
    assert max(beginnings) - min(beginnings) < 1
