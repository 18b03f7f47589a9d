"""matplotlib's figures as SVG that takes its colours from the page, in light and in dark."""

from __future__ import annotations

import importlib.util
import io
import logging
import re
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linreg.literate import ids
from linreg.literate.outputs import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.figure import Figure

# matplotlib is given colours that nobody else uses; in the SVG, each becomes what the page says.
# The cycle's are also what a viewer without the page's style sheet shows.
_FOREGROUND = "#2b2f36"
_BACKGROUND = "#fdfdfe"
_GRID = "#8a8f99"
_CYCLE = ("#1f6fb2", "#d1495b", "#2a8f6a", "#b8741a", "#7a5ea8", "#5b6b7a")
_PAGE_COLOURS = {
    _FOREGROUND: "currentColor",
    _BACKGROUND: f"var(--literate-bg, {_BACKGROUND})",
    _GRID: f"var(--literate-muted, {_GRID})",
    **{colour: f"var(--literate-c{i}, {colour})" for i, colour in enumerate(_CYCLE)},
}
_COLOUR = re.compile("|".join(_PAGE_COLOURS), re.IGNORECASE)
_LIGHT = "#e8eaed"  # letters and axes on a dark background that a block has chosen

_SCATTER = re.compile(r'<g(?P<clip>(?: clip-path="[^"]*")?)>(?P<points>(?:<use [^>]*/>){2,})</g>')
_POINT = re.compile(r'<use href="#([^"]+)" x="([^"]+)" y="([^"]+)"((?: style="[^"]*")?)/>')

_OTHER_REFERENCES = re.compile(
    r"<style|<script|aria-(?!label=)|\s(?:begin|end|on\w+)=|=\s*'|\sid=[^\"]"
)

_CANVAS = re.compile(r'width="[^"]*" height="[^"]*" viewBox="[^"]*"')
_FONT_SIZE = 10.5  # points: a figure that is 5.5 inches wide has readable words on a phone too
_EDGE = 0.1  # inches around what a figure shows
_PAD = 0.3  # of the letters' size, between the edge of a figure and what it shows
_MARGIN = 1.0  # inches that it may reach past its own edge

_FONTS = (b"\0\1\0\0", b"OTTO", b"true")  # how files begin that matplotlib can draw with
_UNDRAWABLE = re.compile(r"missing from (?:current )?font|does not have a glyph|substituting")


def prepare(fonts: Sequence[Path] = ()) -> None:
    """Set matplotlib up for the page: colours, fonts, sizes. Called once in each worker.

    Args:
        fonts: files; words are set in the first that has the letter, or in matplotlib's own font.
    """
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib import font_manager
    from matplotlib.colors import LinearSegmentedColormap

    mpl.rcdefaults()  # whatever this machine's matplotlibrc says
    mpl.use("module://linreg.literate.backend")
    # The fonts that come with packages, and not those of this machine.
    manager, own, files = font_manager.fontManager, mpl.get_data_path(), list(map(str, fonts))
    manager.ttflist = [
        font for font in manager.ttflist if font.fname.startswith(own) or font.fname in files
    ]
    logging.getLogger("matplotlib.font_manager").addFilter(_MissingFonts())
    known = {font.fname for font in manager.ttflist}
    for file in files:
        if file not in known:
            try:
                manager.addfont(file)
            except RuntimeError as error:
                raise RuntimeError(f"the font {file} cannot be read: {error}") from None
    names = {font.fname: font.name for font in manager.ttflist}
    families = [*(names[file] for file in files), "DejaVu Sans"]
    # matplotlib's own map of colours begins as dark as a dark page.
    if "literate" not in mpl.colormaps:
        mpl.colormaps.register(LinearSegmentedColormap.from_list("literate", _CYCLE[:2]))
    mpl.rcParams.update(
        {
            "axes.edgecolor": _FOREGROUND,
            "axes.facecolor": "none",
            "axes.labelcolor": _FOREGROUND,
            "axes.prop_cycle": cycler(color=_CYCLE),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlecolor": _FOREGROUND,
            "axes.unicode_minus": True,
            "figure.dpi": 72,
            "figure.facecolor": "none",
            "font.family": families,
            "font.size": _FONT_SIZE,
            "grid.color": _GRID,
            "image.cmap": "literate",
            "legend.edgecolor": _GRID,
            "legend.facecolor": _BACKGROUND,
            "text.color": _FOREGROUND,
            "xtick.color": _FOREGROUND,
            "ytick.color": _FOREGROUND,
        }
    )


def font_file(name: object) -> Path | None:
    """Find a font by its path, or by a package and where it lies in that; None if there is none.

    Args:
        name: such as `fonts/Lato.ttf`, with `/` on every system.
    """
    if not isinstance(name, (str, Path)):
        return None
    file = Path(name)
    if _is_font(file):
        return file.resolve()
    package, *rest = file.parts or ("",)
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    places = spec.submodule_search_locations if spec else None
    found = (Path(place, *rest) for place in places or ())
    return next(filter(_is_font, found), None)


def _is_font(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(4) in _FONTS
    except OSError:
        return False


def to_svg(figure: Figure) -> str:
    """Draw a figure.

    Returns:
        an ``<svg>`` element: no declaration, no style sheet, no date, the page's colours.

    Raises:
        OutputError: if the fonts cannot draw a character of it.
    """
    background = _background(figure)
    messages = _Messages()
    logger = logging.getLogger("matplotlib.mathtext")
    logger.addHandler(messages)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            drawn = _draw(figure, background or "none")
    finally:
        logger.removeHandler(messages)
    for text in [*messages.texts, *(str(warning.message) for warning in caught)]:
        if _UNDRAWABLE.search(text):
            helps = "the option fonts may name a font that has it"
            if "substituting" in text:  # said of formulas alone
                helps = "text that is no formula must stand outside $…$"
            raise OutputError(f"the figure has a character that cannot be drawn ({text}); {helps}")
    for warning in caught:
        warnings.warn(warning.message, warning.category, stacklevel=2)
    return for_page(drawn, _PAGE_COLOURS if background is None else _colours_on(background))


def _draw(figure: Figure, background: str) -> str:
    """The figure as matplotlib writes it, with all that it shows, as wide as its author said.

    It is drawn once, on a larger canvas, and the view box cut. matplotlib's own way, which draws
    once to measure and once to write, is left to what reaches past that canvas too.
    """
    import matplotlib as mpl

    buffer = io.StringIO()

    def save(**more: Any) -> None:
        with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "linreg.literate"}):
            figure.savefig(buffer, format="svg", facecolor=background, transparent=False, **more)

    canvas = figure.bbox_inches.padded(_MARGIN)
    with _measured_together(figure), _laid_out(figure):
        save(bbox_inches=canvas)
        box = figure.get_tightbbox()
    if not (canvas.contains(*box.min) and canvas.contains(*box.max)):
        buffer = io.StringIO()
        save(bbox_inches="tight", pad_inches=_EDGE)
        return buffer.getvalue()
    width = figure.bbox_inches.width  # what reaches past it is shown as well
    left = 0.0 if box.x0 >= 0 else box.x0 - _EDGE
    right = width if box.x1 <= width else box.x1 + _EDGE
    box = box.padded(_EDGE)
    lengths = (right - left, box.height, left - canvas.x0, canvas.y1 - box.y1)
    cut = 'width="{0}pt" height="{1}pt" viewBox="{2} {3} {0} {1}"'
    cut = cut.format(*(f"{72 * inches:.2f}" for inches in lengths))
    return _CANVAS.sub(cut, buffer.getvalue(), count=1)


@contextmanager
def _measured_together(figure: Figure) -> Iterator[None]:
    """Measure the words of a figure with the renderer that others of its size were measured with.

    A figure that moves has the same words at each of its combinations, or nearly so; to measure
    them each time takes a tenth of the time in which a book's pages run.
    """
    from linreg.literate.backend import MeasuringCanvas

    canvas = figure.canvas
    MeasuringCanvas(figure)  # becomes the figure's
    try:
        yield
    finally:
        figure.set_canvas(canvas)


@contextmanager
def _laid_out(figure: Figure) -> Iterator[None]:
    """Lay a figure out while it is drawn; it is given back as its author left it.

    One for which no layout was asked, and none made by hand, has its labels brought within its
    edges: figures of one size are then equally wide on the page.
    """
    from matplotlib.layout_engine import TightLayoutEngine

    engine, places = figure.get_layout_engine(), _places(figure)
    if engine is not None:
        if figure.axes:
            engine.execute(figure)
        figure.set_layout_engine(None)  # it would have the figure drawn once more
    elif places:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where there is no room, it stays as it is
            for _ in range(2):  # in the room that the first leaves there may be other ticks
                TightLayoutEngine(pad=_PAD).execute(figure)
    try:
        yield
    finally:
        figure.set_layout_engine(engine)
        if engine is None and places:
            figure.subplots_adjust(**places)


def _places(figure: Figure) -> dict[str, float]:
    """Where matplotlib puts the plots of a figure; nothing if its author has moved one."""
    from matplotlib.gridspec import SubplotParams

    usual = vars(SubplotParams())
    plots = [axes for axes in figure.axes if axes.get_subplotspec() and axes.get_in_layout()]
    moved = vars(figure.subplotpars) != usual
    return usual if plots and len(plots) == len(figure.axes) and not moved else {}


def with_unique_ids(svg: str, prefix: str) -> str:
    """Put a prefix on every id of the SVG and on what refers to it."""
    if _OTHER_REFERENCES.search(svg):
        return ids.prefixed(svg, prefix)
    # matplotlib's: in a tenth of the time.
    svg = re.sub(r'id="(?<=\sid=")', f'id="{prefix}', svg)
    svg = svg.replace('href="#', f'href="#{prefix}')
    return svg.replace("url(#", f"url(#{prefix}")


def for_page(svg: str, colours: Mapping[str, str] = _PAGE_COLOURS) -> str:
    """An SVG that matplotlib has written with these settings, made part of a page.

    Args:
        svg: what matplotlib wrote.
        colours: what becomes of ours.
    """
    svg = svg[svg.index("<svg") :].rstrip()
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style\b[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<defs>\s*</defs>", "", svg)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns(?::xlink)?="[^"]*"| version="[^"]*"', "", svg, count=3)
    svg = svg.replace("xlink:href=", "href=")
    svg = re.sub(r'(<svg[^>]*?) width="([\d.]+)pt" height="[\d.]+pt"', _sized, svg, count=1)
    svg = re.sub(r'\b(d|x|y)="([^"]*)"', _rounded, svg)
    svg = re.sub(r">\s+<", "><", svg)
    svg = _SCATTER.sub(_marked, svg)
    return _COLOUR.sub(lambda colour: colours[colour[0].lower()], svg)


def _background(figure: Figure) -> str | None:
    """The colour behind a figure whose block has chosen one; None for that of the page.

    Where only the axes have a colour, letters stand on that and beside it: then the figure is
    drawn on the paper that it would have had in a notebook.
    """
    from matplotlib.colors import to_hex, to_rgba

    parts: list[Any] = [figure, *figure.subfigs, *figure.get_axes()]
    own = [part.patch for part in parts]
    if not any(patch.get_visible() and to_rgba(patch.get_facecolor())[3] for patch in own):
        return None
    paper = to_rgba(_BACKGROUND)
    *colour, opacity = to_rgba(figure.get_facecolor())
    if not figure.patch.get_visible():
        opacity = 0.0
    red, green, blue = (
        opacity * one + (1 - opacity) * other for one, other in zip(colour, paper[:3], strict=True)
    )
    return to_hex((red, green, blue))


def _colours_on(background: str) -> dict[str, str]:
    """What becomes of our colours on a background that does not change with the page."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(background)
    dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
    return {
        **{colour: colour for colour in _PAGE_COLOURS},
        _FOREGROUND: _LIGHT if dark else _FOREGROUND,
        _BACKGROUND: background,
    }


def _sized(found: re.Match[str]) -> str:
    """A width in CSS pixels; the height follows from the view box."""
    return f'{found[1]} width="{float(found[2]) * 4 / 3:.0f}"'


def _rounded(found: re.Match[str]) -> str:
    """Two decimals of a point are finer than any screen."""
    numbers = re.sub(
        r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), found[2]
    )
    return f'{found[1]}="{" ".join(numbers.split())}"'


def _marked(found: re.Match[str]) -> str:
    """A scatter plot has an element for every point; where all look alike, a line has them all.

    They are the marks at its corners: a browser that has one element instead of a thousand shows
    the page in half the time.
    """
    points = _POINT.findall(found["points"])
    looks = {(name, style) for name, _, _, style in points}
    if len(looks) != 1 or len(points) != found["points"].count("<use"):
        return found[0]
    ((name, style),) = looks
    corners = "L".join(f"{x} {y}" for _, x, y, _ in points)
    mark = f"{name}-{found.start()}"
    return (
        f'<g{found["clip"]}><marker id="{mark}" markerUnits="userSpaceOnUse" overflow="visible">'
        f'<use href="#{name}"{style}/></marker>'
        f'<path d="M{corners}" style="marker: url(#{mark}); fill: none"/></g>'
    )


class _MissingFonts(logging.Filter):
    """Lets matplotlib say once in a session that it lacks a font, and not for each word it draws.

    Where it has another of those that it was asked for, it need not say so.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said = False

    def filter(self, record: logging.LogRecord) -> bool:
        import matplotlib as mpl
        from matplotlib import font_manager

        if not str(record.msg).startswith("findfont:"):
            return True
        asked = mpl.rcParams["font.family"]
        known = {font.name for font in font_manager.fontManager.ttflist}
        one_of_several = {*(record.args or ())} & {*asked} and known.intersection(asked)
        if self._said or one_of_several:
            return False
        self._said = True
        return True


class _Messages(logging.Handler):
    """Keeps what matplotlib's mathtext says of characters that it lacks."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def is_figure(value: Any) -> bool:
    """Whether a value is a matplotlib figure, without importing matplotlib to know it."""
    kind = type(value)
    return any(f"{c.__module__}.{c.__qualname__}" == "matplotlib.figure.Figure" for c in kind.mro())
