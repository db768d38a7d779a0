"""The report: what happened, what was decided and why, how right we were, on which data; pure.

In: `figures.ReportFigures` in one language. Out: a `terms.document.Document`, which an engine
draws. Its first screen says the three things that matter in plain words; a statistician's words
and every SQL stand one click behind.
"""

from __future__ import annotations

from regie.measure.report import (
    consents,
    decided,
    figures,
    happened,
    method,
    numbers,
    quality,
    rightness,
)
from regie.measure.report.figures import ReportFigures
from regie.measure.report.voice import Voice
from regie.terms.document import Block, Document, Fact, Lang, Point, Points
from regie.words import formats

__all__ = ["board", "build", "figures", "numbers", "rightness"]


def board(told: ReportFigures, lang: Lang) -> tuple[Block, ...]:
    """What the control room shows first: what happened and what changed, then how data stand.

    Examples
    --------
    >>> from datetime import date
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> [type(b).__name__ for b in board(figures.nothing_known("Shop", "EUR", period), "en")]
    ['Tiles', 'Notice', 'Table']
    """
    voice = Voice(lang, told)
    return (*happened.late(told, voice), *happened.section(told, voice).blocks)


def build(told: ReportFigures, lang: Lang) -> Document:
    """The report as a document.

    Parameters
    ----------
    told : ReportFigures
        Figures, with the names they need in this language.
    lang : str
        `en` or `fr`.

    Examples
    --------
    >>> from datetime import date
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> page = build(figures.nothing_known("Shop", "EUR", period), "en")
    >>> page.subtitle, page.blocks[0].points[0].text
    ('Shop · 12 August – 8 September 2011', '**No order** in these days.')
    """
    voice = Voice(lang, told)
    summary = (
        *happened.summary(told, voice),
        *decided.summary(told, voice),
        *rightness.summary(told, voice),
    )
    period = told.period
    return Document(
        title=voice.say("title"),
        subtitle=f"{told.shop} · {formats.days(period.first, period.last, lang)}",
        lang=lang,
        tags=tuple(voice.say(f"simulated_{name}") for name in told.simulated),
        blocks=(
            *happened.late(told, voice),
            Points(title=voice.say("summary"), points=tuple(map(Point, summary)), lead=True),
            happened.section(told, voice),
            decided.section(told, voice),
            rightness.section(told, voice),
            quality.section(told, voice),
            consents.section(told, voice),
            method.section(told, voice),
        ),
        stamp=tuple(Fact(voice.say(f"stamp_{name}"), text) for name, text in told.versions.items()),
    )
