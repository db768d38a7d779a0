"""The report's last part: what the words mean, the models and their cards, the limits; pure."""

from __future__ import annotations

from regie.measure.report.figures import ReportFigures
from regie.measure.report.voice import Voice
from regie.terms.document import (
    CODE,
    NUMBER,
    Block,
    Column,
    Definitions,
    Fact,
    Format,
    Point,
    Points,
    Section,
    Table,
)

_MEANT = (
    "revenue", "orders", "basket", "active", "new_customers", "returning", "score", "held_out",
    "drawn", "auc", "brier", "calibration", "hit_rate", "ndcg", "plain", "popular",
)  # fmt: skip
_LIMITS = ("no_effect", "as_known", "anonymous", "calendar", "range")


def section(told: ReportFigures, voice: Voice) -> Section:
    """Definitions, models, limits.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> [block.title for block in section(told, Voice("en", told)).blocks]
    ['What this report does not say', 'What the figures mean']
    """
    blocks: list[Block] = []
    if told.models:
        blocks.append(_models(told, voice))
    blocks += [
        Points(
            title=voice.say("limits"),
            points=tuple(Point(voice.say(f"limit_{name}")) for name in _LIMITS),
        ),
        Definitions(
            title=voice.say("definitions"),
            facts=tuple(Fact(voice.say(name), voice.say(f"{name}_means")) for name in _MEANT),
        ),
    ]
    return Section(title=voice.say("method"), anchor="method", blocks=tuple(blocks))


def _models(told: ReportFigures, voice: Voice) -> Table:
    score = Format("number", digits=3)
    return Table(
        title=voice.say("models"),
        note=voice.say("models_note"),
        columns=(
            Column(voice.say("model")),
            Column(voice.say("version"), CODE),
            Column(voice.say("kind")),
            Column(voice.say("fitted_on"), NUMBER),
            Column(voice.say("measured_by")),
            Column(voice.say("figure"), score),
            Column(voice.say("plain"), score),
        ),
        rows=tuple(
            (
                model.what,
                model.version,
                voice.named("kind", model.kind),
                model.rows,
                voice.named("measure", model.measure),
                model.value,
                model.baseline,
            )
            for model in told.models
        ),
    )
