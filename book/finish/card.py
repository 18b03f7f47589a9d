"""Draws the picture that goes with a link to the book, in each language: title and training."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

import numpy as np

from book.finish import fonts

_TEXT = {
    "en": (
        "Linear regression,\nfrom scratch",
        "In PyTorch, line by line.\nEvery block of code was run,\nevery figure drawn by it.",
    ),
    "zh": (
        "从零实现\n线性回归",
        "用 PyTorch，一行一行讲清楚。\n每一段代码都真的运行过，\n每一幅图都由代码画出。",
    ),
}
_PAPER, _INK, _SOFT, _BLUE, _RED = "#fcfbf8", "#24282d", "#565c65", "#1a5aad", "#b13a28"
_DRAWN = ("matplotlib", "numpy", "pylopdf-fonts-zh-cn")


def write_card(site: Path, language: str, cache: Path) -> None:
    """Write the picture, 1200 by 630 pixels, the size that those who show it ask for.

    Args:
        site: the folder of the language's pages.
        language: of its words.
        cache: where it is kept for the next build.
    """
    recipe = [Path(__file__).read_bytes(), language, *map(version, _DRAWN)]
    kept = cache / f"{language}-{hashlib.sha256(repr(recipe).encode()).hexdigest()[:16]}.png"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(".part")
        _draw(language, partial)
        partial.replace(kept)
    file = site / "assets" / "card.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(kept.read_bytes())


def _draw(language: str, file: Path) -> None:
    from matplotlib.figure import Figure  # half a second, for nothing when the card is kept
    from matplotlib.font_manager import FontProperties

    chinese = language == "zh"
    font = FontProperties(fname=fonts.chinese_serif()) if chinese else FontProperties("STIXGeneral")
    title, words = _TEXT[language]
    card = Figure((12, 6.3), dpi=100, facecolor=_PAPER)
    card.text(0.06, 0.86, title, font=font, size=50, color=_INK, va="top", linespacing=1.25)
    card.text(0.06, 0.44, words, font=font, size=24, color=_SOFT, va="top", linespacing=1.5)
    formula = r"$\hat y = \mathbf{x}^\top \mathbf{w} + b$"
    card.text(0.06, 0.08, formula, size=26, color=_RED, math_fontfamily="stix")
    axes = card.add_axes((0.56, 0.06, 0.4, 0.88), facecolor=_PAPER)
    axes.set(xlim=(-3, 3), ylim=(-9, 17))
    axes.axis("off")
    features, labels, lines = _training()
    axes.scatter(features, labels, 16, color=_BLUE, alpha=0.4, linewidths=0)
    for i, (bias, slope) in enumerate(lines):
        axes.axline((0, bias), slope=slope, color=_RED, lw=1 + 0.6 * i)
    card.savefig(file, format="png", metadata={"Software": None})


def _training() -> tuple[np.ndarray, np.ndarray, list[tuple[float, float]]]:
    """What the front page draws: the data, and the line after some of the first steps."""
    random = np.random.default_rng(0)
    features = random.normal(size=(1000, 2))
    labels = features @ [2, -3.4] + 4.2
    w, b = np.zeros(2), 0.0
    lines = []
    for step, batch in enumerate(np.split(random.permutation(1000), 100)):
        if step in (0, 4, 8, 16, 32, 99):
            lines.append((b, w[1]))
        residual = features[batch] @ w + b - labels[batch]
        w -= 0.03 * features[batch].T @ residual / 10
        b -= 0.03 * residual.mean()
    return features[:, 1], labels, lines
