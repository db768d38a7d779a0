"""The CSS of charts: one drawing for day, night and paper, coloured by light-dark(); pure.

Neighbouring parts of a stacked bar differ in lightness as well as in hue, so that the drawing still
reads without colour.
"""

from __future__ import annotations

import re

STYLE = """
:root{--ink:light-dark(#1c2024,#e8eaec);--soft:light-dark(#56606c,#a3acb8);
--line:light-dark(#dfe3e8,#2d333b);--card:light-dark(#fff,#1a1e23);
--accent:light-dark(#0b5cad,#6cb2ff);--accent-soft:light-dark(#0b5cad14,#6cb2ff1f);
--bad:light-dark(#a8281e,#ff8f85);--prev:light-dark(#7b8591,#7c8794);
--p1:light-dark(#0b5cad,#6cb2ff);--t1:light-dark(#fff,#0b1620);
--p2:light-dark(#a9cbef,#1d466f);--t2:light-dark(#10263c,#e4effb);
--p3:light-dark(#0f6b3d,#5fd39a);--t3:light-dark(#fff,#08190f);
--p4:light-dark(#b4dcc5,#1c5239);--t4:light-dark(#0d2b1b,#e0f5ea);
--p5:light-dark(#7a4d00,#f2bd5b);--t5:light-dark(#fff,#221602);
--p6:light-dark(#ecd3a1,#5c4212);--t6:light-dark(#2e1f04,#fbeed5)}
.chart{display:block;width:100%;height:auto;overflow:visible}
.chart text{fill:var(--soft);font-size:12.5px;font-variant-numeric:tabular-nums lining-nums}
.chart .label{fill:var(--ink);font-size:13.5px}.chart .value{fill:var(--ink);font-weight:600}
.chart .note{fill:var(--ink);font-size:13px;font-weight:600;paint-order:stroke;
stroke:var(--card);stroke-width:5px;stroke-linejoin:round}
.chart .grid{stroke:var(--line)}.chart .zero{stroke:var(--prev)}
.chart .now{fill:none;stroke:var(--accent);stroke-width:2.4;stroke-linejoin:round;
stroke-linecap:round}
.chart .prev{fill:none;stroke:var(--prev);stroke-width:1.6;stroke-dasharray:5 4}
.chart .area{fill:var(--accent-soft)}
.chart .dot{fill:var(--card);stroke:var(--accent);stroke-width:2.4}
.chart .bar{fill:var(--accent)}.chart .bar.down{fill:var(--bad)}
.chart .day{stroke:var(--soft);stroke-dasharray:2 3}
.chart .mark{stroke:var(--ink);stroke-width:2.4}
.chart .group{fill:var(--accent-soft);stroke:var(--accent);stroke-width:2}
.chart .bound{stroke:var(--accent);stroke-width:1.6}
.chart .p1{fill:var(--p1)}.chart .p2{fill:var(--p2)}.chart .p3{fill:var(--p3)}
.chart .p4{fill:var(--p4)}.chart .p5{fill:var(--p5)}.chart .p6{fill:var(--p6)}
.chart text.t1{fill:var(--t1)}.chart text.t2{fill:var(--t2)}.chart text.t3{fill:var(--t3)}
.chart text.t4{fill:var(--t4)}.chart text.t5{fill:var(--t5)}.chart text.t6{fill:var(--t6)}
.spark{display:block;width:100%;height:34px}
.spark .now{fill:none;stroke:var(--accent);stroke-width:1.8;vector-effect:non-scaling-stroke;
stroke-linejoin:round}.spark .area{fill:var(--accent-soft)}
"""


def plain_style(font: str) -> str:
    """The same by day, for what draws SVG and knows neither variables nor `light-dark()`.

    Parameters
    ----------
    font : str
        The family its words are set in.

    Examples
    --------
    >>> style = plain_style("Lato")
    >>> "var(" in style, "light-dark(" in style, ".chart .bar{fill:#0b5cad}" in style
    (False, False, True)
    """
    colours = dict(re.findall(r"(--[\w-]+):light-dark\(([^,]+),[^)]+\)", STYLE))
    _, _, rules = STYLE.partition("}\n")
    plain = re.sub(r"var\((--[\w-]+)\)", lambda found: colours[found.group(1)], rules)
    return f'.chart text{{font-family:"{font}"}}{plain}'.replace("\n", "")
