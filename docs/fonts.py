"""The fonts that the site brings along, made of packages when it is built."""

from __future__ import annotations

import hashlib
import io
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from linreg.literate.fonts import math_font

if TYPE_CHECKING:
    from collections.abc import Set


def write_fonts(folder: Path, titles: Set[str], cache: Path) -> None:
    """Write the font of the formulas and Latin titles, and one for Chinese titles, if any.

    Args:
        folder: where the pages look for them.
        titles: all characters of the titles.
        cache: where they are kept for the next build.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stix-two-math.woff2").write_bytes(math_font(cache))
    if chinese := "".join(sorted(c for c in titles if c >= "\u2014")):
        (folder / "titles.woff2").write_bytes(_title_font(chinese, cache))


def chinese_serif() -> Path:
    """The file of Noto Serif SC (SIL Open Font License 1.1)."""
    package = find_spec("pylopdf_fonts_zh_cn")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "NotoSerifSC-Regular.otf"


def _title_font(characters: str, cache: Path) -> bytes:
    """Those characters of Noto Serif SC, as WOFF2."""
    recipe = [version(name) for name in ("pylopdf-fonts-zh-cn", "fonttools", "brotli")]
    key = hashlib.sha256(repr([recipe, characters]).encode()).hexdigest()[:16]
    kept = cache / f"titles-{key}.woff2"
    if kept.exists():
        return kept.read_bytes()
    font = _subset(characters)
    cache.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(".part")
    partial.write_bytes(font)
    partial.replace(kept)
    return font


def _subset(characters: str) -> bytes:
    from fontTools import subset  # type: ignore[import-untyped]  # half a second, for nothing when the font is kept

    options = subset.Options(
        flavor="woff2",
        hinting=False,
        layout_features=[],
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],  # whose it is, and its licence
        notdef_outline=True,
    )
    font = subset.load_font(str(chinese_serif()), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    buffer = io.BytesIO()
    subset.save_font(font, buffer, options)
    return buffer.getvalue()
