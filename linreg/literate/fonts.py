"""Makes the font of the formulas: what they use of STIX Two Math, as WOFF2.

Browsers set MathML well only in a font with a MATH table, which few systems have. The wheel of
ziamath carries one, STIX Two Math (SIL Open Font License 1.1, no reserved font name), so that no
font need be kept beside the code. The names in the font, which say whose it is and under which
licence, stay in it, as the licence asks.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import io
import os
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["CHARACTERS", "math_font"]


def _range(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


# What formulas may hold. A browser shows <mi>x</mi> as U+1D465, which no page names: italic
# letters are here for that. Taller brackets, roots, sums and bars follow from the MATH table.
CHARACTERS = frozenset(
    _range(0x20, 0x7E)
    + "–—‘’“”"  # and what text in formulas, and titles set in this font, may have
    + _range(0x1D434, 0x1D467)  # italic Latin letters, and h, which is older:
    + "\u210e"
    + _range(0x1D400, 0x1D433)  # bold Latin letters, and digits:
    + _range(0x1D7CE, 0x1D7D7)
    + _range(0x1D6A4, 0x1D71B)  # dotless i and j, bold and italic Greek letters
    + _range(0x1D736, 0x1D755)  # small bold italic Greek letters
    + "ΓΔΘΛΞΠΣΦΨΩ"
    + "𝒩𝒟𝒪ℬℒℓ"
    + "ℝℕℤ𝔼ℙ𝟙"
    + "∂∇∑∏∫√∞∀∃∅∈∉⊂⊆∪∩"
    + "−±×÷·⋅∗∘⋆⊙⊗⊕"
    + "≠≈≡∼≃∝≤≥≪≫≔⊤⊥⟂∣∥"
    + "←→↔↦⇒⇐⇔⟵⟶⟸⟹⟺"
    + "‖⟨⟩⌈⌉⌊⌋⏞⏟⏜⏝⎴⎵…⋯⋮⋱"
    + "′″‴°"
    + "\u00a0\u2003\u2004\u2005\u2009\u2061\u2062\u2063"  # spaces, and what is not seen
    # Accents, as they stand alone and as they combine.
    + "ˆˉ¯ˇ˘˙˜¨‾\u0302\u0303\u0304\u0305\u0307\u0308\u030c\u0332\u20d7⃗"
)

# The heights of the signs of roots, in thousandths of the letters' size. Chromium leaves room for
# the widest of a font's signs and hangs each from its bar. Those of STIX, four and one of parts,
# would have a gap of 0.4 em behind the root of n, and reach 0.6 em below it. Instead, all are
# as wide as its smallest one, and so many that each root finds one of its height.
_ROOTS = (740, 870, 1010, 1187, 1390, 1630, 1910, 2240, 2620, 3070, 3600, 4210, 4930, 5770, 6750)
# From which height on a point of its outline takes which part in what a sign is higher: the bar,
# the tick, the inside of the foot, the foot. Chosen so that strokes stay as thick as they are.
_PARTS = ((800, 1.0), (200, 0.5), (-100, 0.15), (-300, 0.0))

_NAMES = (0, 1, 2, 3, 4, 5, 6, 7, 13, 14)  # whose it is, what it is called, and its licence


def math_font(cache: Path | None = None) -> bytes:
    """Make the font; the same packages give the same bytes.

    Args:
        cache: a folder in which the font is kept for the next time.

    Returns:
        a WOFF2 file.
    """
    if cache is None:
        return _subset()
    recipe = hashlib.sha256(Path(__file__).read_bytes())
    recipe.update(repr([version(name) for name in ("ziamath", "fonttools", "brotli")]).encode())
    path = cache / f"stix-two-math-{recipe.hexdigest()[:16]}.woff2"
    try:
        font = path.read_bytes()
    except OSError:
        font = b""
    if not _is_whole(font):
        font = _subset()
        _keep(path, font)
    return font


def _subset() -> bytes:
    # Imported here: with the cache filled, a build need not wait for it.
    from fontTools import subset  # type: ignore[import-untyped]

    options = subset.Options(
        drop_tables=[*subset.Options().drop_tables, "DSIG", "GDEF"],
        flavor="woff2",
        hinting=False,
        layout_features=["kern"],  # "ssty" would double the size, and Chromium does not use it
        name_IDs=list(_NAMES),
        notdef_outline=True,
        recalc_bounds=True,  # of the signs of roots: what is outside is cut off
    )
    buffer = io.BytesIO()
    with subset.load_font(str(_source()), options) as font:
        # On Windows, lines would be as high as the highest bracket without this bit.
        font["OS/2"].fsSelection |= 1 << 7  # USE_TYPO_METRICS
        _make_roots(font)
        _join_arrows(font)
        _widen_accents(font)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=map(ord, CHARACTERS))
        subsetter.subset(font)
        subset.save_font(font, buffer, options)
    return buffer.getvalue()


def _make_roots(font: Any) -> None:
    """Give the font signs of roots of many heights and one width."""
    from fontTools.ttLib.tables import otTables  # type: ignore[import-untyped]

    name = font.getBestCmap()[ord("√")]
    glyphs, widths = font["glyf"], font["hmtx"]
    sign, width = deepcopy(glyphs[name]), widths[name]
    records: list[Any] = []
    for height in _ROOTS:
        glyph = deepcopy(sign)
        more = height - (sign.yMax - sign.yMin)
        for i, (x, y) in enumerate(sign.coordinates):
            part = next(part for lowest, part in _PARTS if y >= lowest)
            glyph.coordinates[i] = (x, y + round(more * (part - 0.5)))
        glyph.recalcBounds(glyphs)
        record = otTables.MathGlyphVariantRecord()
        record.VariantGlyph = f"{name}.{height}" if records else name
        record.AdvanceMeasurement = height
        records.append(record)
        glyphs[record.VariantGlyph], widths[record.VariantGlyph] = glyph, width
    font.setGlyphOrder(glyphs.glyphOrder)
    variants = font["MATH"].table.MathVariants
    made = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(name)]
    made.MathGlyphVariantRecord[:] = records
    made.VariantCount = len(records)
    made.GlyphAssembly = None


def _join_arrows(font: Any) -> None:
    """Say at which end the heads of long arrows are joined to their shafts.

    STIX has these lengths the wrong way round where the head comes last, as in →, ↔ and ↦, so that
    Chromium finds nothing to join, and leaves those arrows short.
    """
    for made in font["MATH"].table.MathVariants.HorizGlyphConstruction:
        parts = made.GlyphAssembly.PartRecords if made.GlyphAssembly else ()
        last = parts[-1] if parts else None
        if last is not None and last.StartConnectorLength == 0 and not last.PartFlags & 1:
            last.StartConnectorLength = last.EndConnectorLength
            last.EndConnectorLength = 0


def _widen_accents(font: Any) -> None:
    """Let a tilde and a caron that stand alone grow as those do that combine with a letter.

    Those that combine are the ones of which STIX has many widths; the ones that stand alone are
    those that browsers stretch.
    """
    names, variants = font.getBestCmap(), font["MATH"].table.MathVariants
    covered, constructions = variants.HorizGlyphCoverage.glyphs, variants.HorizGlyphConstruction
    for alone, combining in (("˜", "\u0303"), ("ˇ", "\u030c")):
        name = names[ord(alone)]
        made = deepcopy(constructions[covered.index(names[ord(combining)])])
        first = made.MathGlyphVariantRecord[0]
        first.VariantGlyph, first.AdvanceMeasurement = name, font["hmtx"][name][0]
        # The table is ordered by the numbers of the glyphs.
        place = sum(font.getGlyphID(each) < font.getGlyphID(name) for each in covered)
        covered.insert(place, name)
        constructions.insert(place, made)
    variants.HorizGlyphCount = len(covered)


def _source() -> Path:
    spec = importlib.util.find_spec("ziamath")  # to import it would take half a second
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the font of the formulas comes from the package ziamath")
    return Path(spec.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"


def _is_whole(font: bytes) -> bool:
    """Whether this is a WOFF2 file of the length that it states."""
    return font[:4] == b"wOF2" and int.from_bytes(font[8:12], "big") == len(font)


def _keep(path: Path, font: bytes) -> None:
    """Write the whole file or none; a build does not fail for want of a cache."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(font)
        partial.replace(path)
