"""The control room's one font, cut from a package: `python scripts/font.py` (extra `font`).

Source Sans 3 of the package fontpkg-source-sans-3, weights 400 to 700 in one file, with the letters
of Europe's Latin alphabets and the signs that screens use. Made once and shipped, so that a service
starts without cutting a font and installs without the tools that do. The licence (SIL OFL 1.1)
keeps the name "Source" to its author's own files: a cut one has another, and its licence beside it.
"""

from __future__ import annotations

from pathlib import Path

import fontpkg_source_sans_3
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FAMILY = "Regie Sans"
STATIC = Path(__file__).parent.parent / "regie/interfaces/web/static"
WEIGHTS = (400, 700)
LETTERS = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x218, 0x21C)]
SIGNS = "\u2009\u202f\u2010\u2011–—‘’‚“”„†•…‰‹›€™−×≈≠≤≥←↑→↓▲▼✓✗⅓⅔∞"
"""The narrow spaces of French and the signs of prices, changes, lists and marks."""
FEATURES = ["ccmp", "kern", "liga", "locl", "mark"]
"""Figures are tabular by themselves: the font's proportional ones are left out."""
NARROW_SPACE = 150
"""Thousandths of the size. The author's 120 is too little to tell thousands apart at 16 px."""
NAMES = {
    1: FAMILY,
    3: f"{FAMILY} 1",
    4: FAMILY,
    6: "RegieSans",
    16: FAMILY,
    25: "RegieSans",
}
KEPT_NAMES = [0, 1, 2, 3, 4, 5, 6, 13, 14]


def cut(source: Path) -> TTFont:
    """The font with our weights, letters and name."""
    font = TTFont(source, recalcTimestamp=False)
    options = Options(
        layout_features=FEATURES, hinting=False, name_IDs=KEPT_NAMES, notdef_outline=True
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[*LETTERS, *(ord(sign) for sign in SIGNS)])
    subsetter.subset(font)
    font = instantiateVariableFont(font, {"wght": WEIGHTS})
    font["hmtx"]["uni202F"] = (NARROW_SPACE, 0)
    for record in font["name"].names:
        if record.nameID in NAMES:
            record.string = NAMES[record.nameID]
    font.flavor = "woff2"
    return font


def main() -> None:
    """Write the font and its licence where pages are served from."""
    package = Path(fontpkg_source_sans_3.__file__).parent
    font = cut(package / "files/SourceSans3[wght].ttf")
    font.save(STATIC / "regie-sans.woff2")
    licence = (package / "LICENSE").read_text("utf-8")
    (STATIC / "regie-sans-licence.txt").write_text(licence, "utf-8")
    print(f"{(STATIC / 'regie-sans.woff2').stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
