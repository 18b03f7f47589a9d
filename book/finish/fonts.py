"""The fonts that the site brings along, made of packages when it is built."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from linreg.literate.fonts import math_font


def write_font(site: Path, cache: Path) -> None:
    """Write the font of the formulas and Latin titles.

    Args:
        site: the folder of the pages.
        cache: where it is kept for the next build.
    """
    folder = site / "assets" / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stix-two-math.woff2").write_bytes(math_font(cache))


def chinese_serif() -> Path:
    """The file of Noto Serif SC (SIL Open Font License 1.1)."""
    package = find_spec("pylopdf_fonts_zh_cn")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "NotoSerifSC-Regular.otf"
