from __future__ import annotations

import re
from unittest.mock import ANY

import pytest

from linreg.literate import figures, ids
from linreg.literate.limits import Limits
from linreg.literate.outputs import Failure

from .conftest import run_named

PLOT = """\
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([1, 2, 3], [1, 4, 9], label="squares")
ax.plot([3, 2, 1])
ax.scatter([1, 2], [3, 4])
ax.grid()
ax.legend()
ax.set_title("A title");
"""

# Figures that reach past their edge, by so many widths; each beside matplotlib's own of it.
PAST_THE_EDGE = """\
import io, warnings
import matplotlib.pyplot as plt
from linreg.literate import figures
warnings.simplefilter("ignore")  # no layout has room for the last
def drawn(past, layout):
    fig, ax = plt.subplots(figsize=(3, 2), layout=layout)
    if layout is None:
        fig.subplots_adjust(left=0.15)  # as its author wants it
    ax.plot([0, 1], [0, 1], label="a line")
    ax.set_xlim(0, 1)
    ax.plot([-past, 1 + past], [0.5, 0.5], clip_on=False)
    ax.legend(loc="center left", bbox_to_anchor=(1 + past, 0.5))
    return fig
for layout in (None, "tight", "constrained"):
    for past in (0, 0.4, 3):
        print(figures.to_svg(drawn(past, layout)))
        own = io.StringIO()
        drawn(past, layout).savefig(own, format="svg", bbox_inches="tight")
        print(figures.for_page(own.getvalue()))
        plt.close("all")
"""

SESSIONS = {
    "plot": [PLOT],
    "the same plot": [PLOT.replace("fig, ax", "other, ax")],
    "fonts": [
        "import matplotlib.pyplot as plt\n"
        "plt.title('梯度清零 loss −1')\nplt.xlabel(r'学习率 $\\eta$ 与 $x^2$');"
    ],
    "Chinese in a formula": ["import matplotlib.pyplot as plt\nplt.title('$梯度 = 0$');"],
    "a character without a glyph": ["import matplotlib.pyplot as plt\nplt.title('\U00013000');"],
    "a character without a glyph, shown": [
        "import matplotlib.pyplot as plt\nplt.title('\U00013000')\nplt.show()"
    ],
    "a thousand figures": [
        "import matplotlib.pyplot as plt\nplt.rcParams['figure.max_open_warning'] = 0\n"
        "for i in range(1000):\n    plt.figure()"
    ],
    "a thousand figures shown": [
        "import matplotlib.pyplot as plt\nfor i in range(1000):\n    plt.figure()\n    plt.show()"
    ],
    "too many points": [
        "import matplotlib.pyplot as plt, numpy as np\n"
        "plt.rcParams['path.simplify'] = False\nplt.plot(np.random.rand(200_000));"
    ],
    "too many points as an image": [
        "import matplotlib.pyplot as plt, numpy as np\n"
        "plt.plot(np.random.rand(200_000), rasterized=True);"
    ],
    "ways": [
        "import matplotlib.pyplot as plt\nfrom IPython.display import clear_output, display",
        "print('a')\nplt.plot([1])\nplt.show()\nprint('b')\nplt.plot([2]);",
        "fig = plt.figure()\nfig",
        "fig",
        "display(plt.figure())\nprint('a')",
        "plt.figure()\nplt.figure();",
        "plt.close()",
        "fig = plt.figure()\nplt.close(fig)",
        "for i in range(110):\n    clear_output(wait=True)\n    display(plt.figure())",
        "ax = plt.figure().subplots()\nax.bar(['a'], [1])\nax",
    ],
    "past the edge": [PAST_THE_EDGE],
    "backgrounds": [
        "import matplotlib.pyplot as plt\n"
        "def draw(**how):\n"
        "    fig = plt.figure(**how)\n"
        "    fig.add_subplot().plot([1, 2], label='a')\n"
        "    plt.legend()\n"
        "    plt.grid()\n"
        "    return fig",
        "draw(facecolor='yellow')",
        "draw(facecolor='black')",
        "draw(facecolor=(1, 0, 0, 0.5))",
        "draw().axes[0].set_facecolor('#EAEAF2')",
        "draw().patch.set_visible(False)",
        "with plt.style.context('dark_background'):\n    draw()",
        "plt.rcParams.update({'axes.facecolor': '#EAEAF2', 'figure.facecolor': 'white',\n"
        "    'text.color': '.15', 'xtick.color': '.15', 'grid.color': 'white'})  # as seaborn\n"
        "draw();",
        "plt.rcdefaults()\ndraw();",
        "plt.rcdefaults()\ndraw();",
        "plt.rcParams['savefig.facecolor'] = 'green'\ndraw(facecolor='white');",
    ],
    "a file": [
        "import io\nimport matplotlib.pyplot as plt\n"
        "def saved(fig, **how):\n"
        "    file = io.StringIO()\n"
        "    fig.savefig(file, format='svg', **how)\n"
        "    plt.close(fig)\n"
        "    return file.getvalue()\n"
        "print('#ff0000' in saved(plt.figure(), facecolor='red'))\n"
        "print('#ffff00' in saved(plt.figure(facecolor='yellow')))\n"
        "plt.rcParams['savefig.facecolor'] = 'green'\n"
        "print('#008000' in saved(plt.figure()))"
    ],
    "fonts that are not there": [
        "import matplotlib.pyplot as plt\nplt.rcParams['font.family'] = 'Arial'\nplt.plot([1, 2]);",
        "plt.title('x', fontfamily='Helvetica');",
        "with plt.xkcd():\n    plt.plot([1, 2])\n    plt.show()",
    ],
    "xkcd": [
        "import matplotlib.pyplot as plt\nwith plt.xkcd():\n    plt.plot([1, 2])\n    plt.show()"
    ],
    "one font of several": [
        "import matplotlib.pyplot as plt\n"
        "plt.rcParams['font.family'] = ['Arial', 'Noto Sans SC']\nplt.title('x');"
    ],
    "sizes": [
        "import matplotlib.pyplot as plt\n"
        "for width in (3.5, 4.5, 5.5):\n"
        "    plt.figure(figsize=(width, 2.5))\n"
        "    plt.semilogy([1, 1e-5], label='a line')\n"
        "    plt.xlabel('x')\n    plt.ylabel('a long label')\n    plt.legend()",
        "fig, axes = plt.subplots(1, 2, figsize=(5.5, 2.5), layout='constrained')\n"
        "axes[0].set_ylabel('a label');",
        "plt.figure(figsize=(4.5, 3))\nplt.colorbar(plt.scatter([1, 2], [1, 2], c=[1, 2]));",
    ],
    "left as it was": [
        "import matplotlib.pyplot as plt\nfrom linreg.literate import figures\n"
        "fig, ax = plt.subplots(figsize=(3, 2))\nax.set_ylabel('a label')\n"
        "before = ax.get_position().bounds\nfigures.to_svg(fig)\n"
        "print(ax.get_position().bounds == before, fig.get_layout_engine())\nplt.close()",
    ],
    "other words": [
        "import matplotlib.pyplot as plt\n"
        "plt.rcParams['font.family'] = 'sans-serif'\nplt.plot([0, 1e-3])\nplt.ylabel('words');",
        "plt.rcParams['font.sans-serif'] = 'DejaVu Sans Mono'\n"
        "plt.plot([0, 1e-3])\nplt.ylabel('words');",
    ],
    "other words alone": [
        "import matplotlib.pyplot as plt\nplt.rcParams['font.family'] = 'sans-serif'\n"
        "plt.rcParams['font.sans-serif'] = 'DejaVu Sans Mono'\n"
        "plt.plot([0, 1e-3])\nplt.ylabel('words');",
    ],
    "one renderer": [
        "import matplotlib.pyplot as plt\nfrom linreg.literate import backend, figures\n"
        "for i in range(3):\n    fig, ax = plt.subplots()\n    canvas = fig.canvas\n"
        "    figures.to_svg(fig)\n    print(fig.canvas is canvas)\nplt.close('all')\n"
        "print(backend._renderer.cache_info().misses)"
    ],
    "signs": [
        f"import matplotlib.pyplot as plt\nplt.figure().text(0, 0, {sign!r});" for sign in "-−"
    ]
    + ["plt.figure()\nplt.plot([-3, -1]);"],
    "points": ["import matplotlib.pyplot as plt\nplt.scatter([1, 2, 3], [1, 2, 3]);"],
    "this machine": [
        "import matplotlib as mpl\n"
        "from matplotlib import font_manager\n"
        "from linreg.literate import figures\n"
        "mpl.rcParams['lines.linewidth'] = 9  # as if matplotlibrc said it\n"
        "font_manager.fontManager.ttflist.append(\n"
        "    font_manager.FontEntry('/usr/share/fonts/DejaVuSans.ttf', 'DejaVu Sans'))\n"
        "figures.prepare()\n"
        "print(mpl.rcParams['lines.linewidth'])\n"
        "print(all('site-packages' in f.fname for f in font_manager.fontManager.ttflist))"
    ],
}


@pytest.fixture(scope="module")
def gave():
    fonts = (figures.font_file("pylopdf_fonts_zh_cn/NotoSansSC-Regular.otf"),)
    return run_named(SESSIONS, Limits(fonts=fonts))


@pytest.fixture
def plot(gave):
    ((output,),) = gave["plot"]
    assert output["kind"] == "svg"
    return output["data"]


def test_a_figure_is_one_svg_element(plot):
    assert re.fullmatch(r"<svg width=\"\d+\" viewBox=\"[\d. ]+\">.*</svg>", plot, re.DOTALL)


def test_a_figure_has_neither_style_sheet_nor_date_nor_comment(plot):
    for part in ("<style", "<metadata", "<?xml", "<!", "xmlns", "date", "Matplotlib", "\n"):
        assert part not in plot


def test_what_reaches_past_the_edge_of_a_figure_is_shown(gave):
    """As matplotlib draws it, which measures first; but no narrower than the figure, 3 inches."""
    ((output,),) = gave["past the edge"]
    drawings = output["data"].splitlines()
    assert len(drawings) == 18
    for ours, theirs in zip(drawings[::2], drawings[1::2], strict=True):
        (x, y, width, height), (_, _, their_width, their_height) = map(view_box, (ours, theirs))
        assert height == pytest.approx(their_height, abs=5)
        assert max(their_width, 3 * 72) - 10 <= width <= max(their_width, 3 * 72) + 12
        here, there = lines(ours, x, y), lines(theirs, 0, 0)
        assert here[1::2] == pytest.approx(there[1::2], abs=5)
        shifts = [one - other for one, other in zip(here[::2], there[::2], strict=True)]
        assert max(shifts) - min(shifts) < 8
        assert all(-12 <= shift <= 3 * 72 for shift in shifts)


def test_a_figure_is_as_wide_as_its_author_said(gave):
    drawings = [output["data"] for outputs in gave["sizes"] for output in outputs]
    widths = [int(re.search(r'width="(\d+)"', svg)[1]) for svg in drawings]
    assert widths == [336, 432, 528, 528, 432]  # CSS pixels, 96 an inch


def test_a_figure_is_given_back_as_it_was(gave):
    ((output,),) = gave["left as it was"]
    assert output["data"] == "True None\n"


def test_a_minus_sign_on_an_axis_is_no_hyphen(gave):
    hyphen, minus, axes = (
        set(re.findall(r'href="#([\w-]+)"', outputs[0]["data"])) for outputs in gave["signs"]
    )
    assert minus <= axes
    assert not hyphen & axes


def view_box(svg):
    return [float(number) for number in re.search(r'viewBox="([^"]*)"', svg)[1].split()]


def lines(svg, x, y):
    """The ends of a drawing's straight lines, from its upper left corner: all past it is unseen."""
    ends = re.findall(r'<path d="M ([\d.-]+) ([\d.-]+) L ([\d.-]+) ([\d.-]+)"', svg)
    assert len(ends) >= 3
    corner = (x, y, x, y)
    return [max(-1, float(n) - o) for end in ends for n, o in zip(end, corner, strict=True)]


def test_a_figure_takes_its_colours_from_the_page(plot):
    assert "currentColor" in plot
    fixed = re.findall(r"(?<!, )#[0-9a-f]{6}\b", plot)
    assert fixed == []
    assert {*re.findall(r"var\(--literate-([a-z0-9]+), #[0-9a-f]{6}\)", plot)} == {
        *("bg", "c0", "c1", "muted")
    }


@pytest.fixture
def backgrounds(gave):
    assert not isinstance(gave["backgrounds"], Failure), gave["backgrounds"]
    names = ["yellow", "black", "half red", "axes", "none", "dark", "seaborn", "default", "again"]
    names += ["saved"]
    drawn = [[o["data"] for o in block if o["kind"] == "svg"] for block in gave["backgrounds"][1:]]
    return {name: svg for name, (svg,) in zip(names, drawn, strict=True)}


@pytest.mark.parametrize(
    ("name", "background", "letters"),
    [
        ("yellow", "#ffff00", figures._FOREGROUND),
        ("black", "#000000", figures._LIGHT),
        ("half red", "#fe7e7f", figures._FOREGROUND),
        ("axes", figures._BACKGROUND, figures._FOREGROUND),
        ("dark", "#000000", "#ffffff"),
        ("seaborn", "#ffffff", "#262626"),
        ("default", "#ffffff", "#000000"),
        ("saved", "#ffffff", "#000000"),
    ],
)
def test_a_figure_on_a_colour_of_its_own_does_not_change_with_the_page(
    backgrounds, name, background, letters
):
    svg = backgrounds[name]
    assert "var(" not in svg
    assert "currentColor" not in svg
    (behind,) = re.findall(r'<g id="patch_1"><path [^>]*?(?: style="fill: ([^;"]*)[^"]*")?/>', svg)
    assert behind == background.replace("#000000", "")  # an SVG need not say that it is black
    if letters == "#000000":
        assert figures._FOREGROUND not in svg
    else:
        assert f"fill: {letters}" in svg


def test_axes_keep_the_colour_that_a_block_gives_them(backgrounds):
    for name in ("axes", "seaborn"):
        assert "fill: #eaeaf2" in backgrounds[name]


def test_a_figure_without_a_colour_of_its_own_takes_those_of_the_page(backgrounds):
    assert "currentColor" in backgrounds["none"]
    assert "var(--literate-bg" in backgrounds["none"]


def test_a_figure_is_the_same_each_time_after_the_settings_are_gone(backgrounds):
    assert backgrounds["default"] == backgrounds["again"]


def test_what_a_block_saves_has_the_background_that_it_chose(gave):
    ((output,),) = gave["a file"]
    assert output["data"] == "True\nTrue\nTrue\n"


def test_a_missing_font_is_said_once_in_a_session(gave):
    said = [
        [output["data"] for output in block if output["stream"] == "stderr"]
        for block in gave["fonts that are not there"]
    ]
    assert said == [["findfont: Font family 'Arial' not found.\n"], [], []]
    ((warning, drawing),) = gave["xkcd"]
    assert warning["data"] == "findfont: Font family 'xkcd' not found.\n"
    assert drawing["kind"] == "svg"


def test_a_missing_font_is_not_said_where_there_is_another(gave):
    ((output,),) = gave["one font of several"]
    assert output["kind"] == "svg"


def test_every_reference_of_a_figure_finds_its_id(plot):
    ids = re.findall(r'\bid="([^"]+)"', plot)
    references = re.findall(r'(?:href="#|url\(#)([^")]+)', plot)
    assert len(ids) == len(set(ids))
    assert references
    assert set(references) <= set(ids)


def test_a_figure_is_the_same_each_time(gave):
    assert gave["plot"] == gave["the same plot"]


def test_figures_of_one_size_are_measured_with_one_renderer(gave):
    ((output,),) = gave["one renderer"]
    assert output["data"] == "True\nTrue\nTrue\n1\n"


def test_what_was_measured_is_forgotten_where_words_are_set_in_another_way(gave):
    _, (after,) = gave["other words"]
    ((alone,),) = gave["other words alone"]
    assert after["data"] == alone["data"]


def test_chinese_is_drawn_in_its_font(gave):
    ((output,),) = gave["fonts"]
    assert output["kind"] == "svg"
    glyphs = set(re.findall(r'id="(NotoSansSC|DejaVuSans)[^"]*"', output["data"]))
    assert glyphs == {"NotoSansSC", "DejaVuSans"}


def test_chinese_in_a_formula_is_an_error(gave):
    failure = gave["Chinese in a formula"]
    assert failure == Failure(
        0,
        "the figure has a character that cannot be drawn (Font 'rm' does not have a glyph "
        "for '\\u68af' [U+68af], substituting with a dummy symbol.); "
        "text that is no formula must stand outside $…$",
    )


def test_a_character_without_a_glyph_is_an_error(gave):
    text = (
        r"the figure has a character that cannot be drawn \(Glyph 77824 "
        r"\(\\N\{EGYPTIAN HIEROGLYPH A001\}\) missing from "
        r"[\w ,()]+\.\); "
        "the option fonts may name a font that has it"
    )
    assert re.fullmatch(text, gave["a character without a glyph"].text)
    failure = gave["a character without a glyph, shown"]
    assert re.fullmatch(text, failure.text)
    assert failure.calls == (
        ("<block 0>", 3, "<module>"),
        ("matplotlib/pyplot.py", ANY, "show"),
    )


def test_a_thousand_figures_are_an_error(gave):
    text = "the block gives more than 100 figures; the option figures sets the limit"
    assert gave["a thousand figures"] == Failure(0, text)
    assert gave["a thousand figures shown"].text == text
    assert gave["a thousand figures shown"].calls[0] == ("<block 0>", 4, "<module>")


def test_a_figure_that_is_too_large_is_an_error(gave):
    failure = gave["too many points"]
    assert re.fullmatch(
        r"the figure takes \d\.\d MB, which is more than 2; draw fewer points, or draw them with "
        r"rasterized=True; the option figure_size sets the limit",
        failure.text,
    )
    ((output,),) = gave["too many points as an image"]
    assert "<image" in output["data"]


def test_a_figure_is_shown_once_where_it_belongs(gave):
    kinds = [
        ["svg" if o["kind"] == "svg" else o["data"].strip() for o in outputs]
        for outputs in gave["ways"]
    ]
    assert kinds == [
        [],
        ["a", "svg", "b", "svg"],
        ["svg"],
        ["svg"],
        ["svg", "a"],
        ["svg", "svg"],
        [],
        [],
        ["svg"],
        ["<Axes: >", "svg"],
    ]


def test_a_figure_does_not_depend_on_the_machine(gave):
    ((output,),) = gave["this machine"]
    assert output["data"] == "1.5\nTrue\n"


def test_ids_are_made_unique_with_all_that_refers_to_them():
    svg = (
        '<svg><defs><path id="p"/><clipPath id="c"/></defs><g clip-path="url(#c)">'
        '<use href="#p" data-id="p"/></g></svg>'
    )
    assert figures.with_unique_ids(svg, "f1-") == (
        '<svg><defs><path id="f1-p"/><clipPath id="f1-c"/></defs><g clip-path="url(#f1-c)">'
        '<use href="#f1-p" data-id="p"/></g></svg>'
    )


@pytest.mark.parametrize("of", ["plot", "points", "fonts"])
def test_ids_of_a_figure_are_renamed_as_those_of_any_html(gave, of):
    ((output,),) = gave[of]
    assert figures.with_unique_ids(output["data"], "f1-") == ids.prefixed(output["data"], "f1-")


@pytest.mark.parametrize(
    ("svg", "renamed"),
    [
        ("<svg><g id='p'/><use href='#p'/></svg>", "<svg><g id='f1-p'/><use href='#f1-p'/></svg>"),
        (
            '<svg aria-labelledby="t"><title id="t">x</title></svg>',
            '<svg aria-labelledby="f1-t"><title id="f1-t">x</title></svg>',
        ),
        (
            '<svg><style>#p {fill: red}</style><g id="p"/></svg>',
            '<svg><style>#f1-p {fill: red}</style><g id="f1-p"/></svg>',
        ),
    ],
)
def test_ids_of_a_drawing_from_elsewhere_are_made_unique_too(svg, renamed):
    assert figures.with_unique_ids(svg, "f1-") == renamed


def test_points_that_look_alike_are_the_marks_of_one_line(gave):
    ((output,),) = gave["points"]
    svg = output["data"]
    ((mark, name),) = re.findall(r'<marker id="([^"]+)"[^>]*><use href="#([^"]+)" style="', svg)
    ((line, marks),) = re.findall(r'<path d="M([^"]+)" style="marker: url\(#([^)]+)\)', svg)
    assert mark == marks
    assert svg.count(f'id="{name}"') == 1
    assert line.count("L") == 2


def test_points_that_do_not_look_alike_stay_as_they_are():
    svg = '<svg><g><use href="#p" x="1" y="2"/><use href="#q" x="3" y="4"/></g></svg>'
    assert figures.for_page(svg) == svg
    styled = svg.replace("#q", "#p").replace('y="4"', 'y="4" style="fill: red"')
    assert figures.for_page(styled) == styled
