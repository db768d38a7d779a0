"""The report's third part: how right earlier predictions were, beside a plain baseline; pure."""

from __future__ import annotations

from collections.abc import Mapping

from regie.measure.judged import Judged, Scores, certainty
from regie.measure.report.figures import ReportFigures
from regie.measure.report.voice import Voice
from regie.terms.document import (
    DAY,
    NUMBER,
    SHARE,
    Bar,
    BarFigure,
    Block,
    CalibrationFigure,
    Cell,
    Change,
    Chart,
    Column,
    Format,
    Lang,
    Notice,
    Section,
    Source,
    Table,
    Tile,
    Tiles,
)
from regie.words import formats
from regie.words.sentences import say

_SCORE = Format("number", digits=3)
_POINTS = Format("points", signed=True)

_OF_MODEL = {
    "response": (("auc", "plain", SHARE), ("brier", "plain_less", _SCORE)),
    "affinity": (("hit_rate", "popular", SHARE), ("ndcg", "popular", _SCORE)),
}
"""Model to what it is told by: a measure, the plain rule beside it, how both are written."""
NUMBERS = tuple(name for told_by in _OF_MODEL.values() for name, _, _ in told_by)


def number(name: str, told: ReportFigures, voice: Voice) -> tuple[Tile, Table] | None:
    """A measure of rightness, and the table of its runs; None where nothing was judged yet.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> number("auc", told, Voice("en", told)) is None
    True
    """
    judged = told.judged
    items = name in ("hit_rate", "ndcg")
    tiles = _tiles_of("affinity" if items else "response", judged, voice)
    if not tiles:
        return None
    return tiles[name], (
        _selections(judged, _days(told), voice).table if items else _by_run(judged, told, voice)
    )


def summary(told: ReportFigures, voice: Voice) -> list[str]:
    """What the first screen says of it.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> summary(told, Voice("en", told))[0][:24]
    '**Nothing to judge yet**'
    """
    judged = told.judged
    if not judged.known:
        return [voice.say("summary_not_judged" if judged.runs else "summary_nothing_to_judge")]
    parts = []
    auc, baseline = judged.probabilities.get("auc"), judged.probabilities.get("baseline_auc")
    if auc is not None and baseline is not None:
        parts.append(voice.say("summary_auc", auc=round(100 * auc), baseline=round(100 * baseline)))
    hits, popular = judged.items.get("hit_rate"), judged.items.get("baseline_hit_rate")
    if hits is not None and popular is not None:
        size = size_of(judged.items, voice.lang)
        parts.append(voice.say("summary_hits", hits=hits, popular=popular, size=size))
        parts.append(voice.say(f"hits_{certainty(judged.items)}"))
    parts.append(voice.say("summary_no_effect"))
    return [" ".join(parts)]


def size_of(items: Scores, lang: Lang) -> str:
    """How many items those selections had that are judged; empty where none is.

    Examples
    --------
    >>> size_of({"size_least": 4, "size_most": 4}, "en"), size_of({}, "en")
    ('4 for each person', '')
    >>> size_of({"size_least": 3, "size_most": 4}, "fr")[:18]
    '3 à 4 par personne'
    """
    least, most = items.get("size_least"), items.get("size_most")
    if least is None:
        return ""
    name = "selection_size" if least == most else "selection_sizes"
    return say(f"report.{name}", lang, least=least, most=most)


def section(told: ReportFigures, voice: Voice) -> Section:
    """Four figures, calibration, every run, the selections; and what is not claimed.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> len(section(told, Voice("en", told)).blocks)
    1
    """
    judged = told.judged
    unclaimed = Notice(kind="info", text=voice.say("no_effect"))
    if not judged.known:
        blocks: tuple[Block, ...] = (Notice(kind="info", text=voice.say("not_judged")),)
        return Section(title=voice.say("rightness"), anchor="rightness", blocks=blocks)
    items = [_selections(judged, _days(told), voice)] if judged.items else []
    return Section(
        title=voice.say("rightness"),
        anchor="rightness",
        lead=voice.say(
            "rightness_lead", runs=len(judged.known), people=judged.probabilities["people"]
        ),
        blocks=(
            Tiles(tuple(t for m in _OF_MODEL for t in _tiles_of(m, judged, voice).values())),
            unclaimed,
            _calibration(judged, voice),
            _by_run(judged, told, voice),
            *([_coupons(judged, told, voice)] if judged.coupons else []),
            *items,
        ),
    )


def of_model(
    model: str,
    told: ReportFigures,
    days: Mapping[int, str],
    versions: Mapping[str, str],
    lang: Lang,
) -> tuple[Block, ...]:
    """One model's rightness: two figures, a picture, every run with the version that scored it.

    Parameters
    ----------
    told : ReportFigures
        Of which the judgements are read.
    days : Mapping[int, str]
        Run to its day.
    versions : Mapping[str, str]
        Version to its name as people read it.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> of_model("response", figures.nothing_known("Shop", "EUR", period), {}, {}, "en")
    ()
    """
    voice, judged = Voice(lang, told), told.judged
    shown = _tiles_of(model, judged, voice)
    if not shown:
        return ()
    picture = (
        _calibration(judged, voice) if model == "response" else _selections(judged, days, voice)
    )
    return (
        Tiles(tuple(shown.values())),
        picture,
        _by_version(model, judged, days, versions, voice),
    )


def _tiles_of(model: str, judged: Judged, voice: Voice) -> dict[str, Tile]:
    """What a model is told by; nothing where it was not judged, or is told by nothing."""
    scores = judged.probabilities if model == "response" else judged.items
    if not scores:
        return {}
    return {
        name: _tile(name, scores, against, form, voice)
        for name, against, form in _OF_MODEL.get(model, ())
    }


def _by_version(
    model: str,
    judged: Judged,
    days: Mapping[int, str],
    versions: Mapping[str, str],
    voice: Voice,
) -> Table:
    """Run by run, newest first: which version scored, and how right it was."""
    name, against, form = _OF_MODEL[model][0]
    rows = []
    for run in reversed(judged.known):
        scores = run.probabilities if model == "response" else run.items
        if scores:
            version = run.models.get(model, "")
            rows.append(
                (
                    days[run.run], versions.get(version, version), scores.get("people"),
                    scores.get(name), scores.get(f"baseline_{name}"),
                )
            )  # fmt: skip
    return Table(
        title=voice.say("by_run"),
        note=_waiting(judged, voice),
        columns=(
            Column(voice.say("day"), DAY),
            Column(voice.say("version")),
            Column(voice.say("people" if model == "response" else "buyers_of_new"), NUMBER),
            Column(voice.say(name), form),
            Column(voice.say(against), form),
        ),
        rows=tuple(rows),
    )


def _tile(name: str, scores: Scores, against: str, form: Format, voice: Voice) -> Tile:
    value, baseline = scores.get(name), scores.get(f"baseline_{name}")
    change = None
    if value is not None and baseline is not None:
        less = name == "brier"
        change = Change(
            value=value - baseline,
            against=voice.say(f"against_{against}"),
            good=(value < baseline) if less else (value > baseline),
            format=_POINTS if form is SHARE else Format("number", digits=3, signed=True),
        )
    return Tile(
        label=voice.say(name),
        value=value,
        format=form,
        change=change,
        note=voice.say(f"{name}_note", size=size_of(scores, voice.lang)),
        source=Source(definition=voice.say(f"{name}_means")),
    )


def _calibration(judged: Judged, voice: Voice) -> Chart:
    title = voice.say("calibration")
    return Chart(
        title=title,
        note=voice.say("calibration_note"),
        figure=CalibrationFigure(
            points=judged.bins,
            predicted_label=voice.say("predicted"),
            observed_label=voice.say("observed"),
        ),
        table=Table(
            title=title,
            columns=(
                Column(voice.say("group")),
                Column(voice.say("people"), NUMBER),
                Column(voice.say("predicted"), SHARE),
                Column(voice.say("observed"), SHARE),
                Column(voice.say("chance_low"), SHARE),
                Column(voice.say("chance_high"), SHARE),
            ),
            rows=tuple(
                (str(n), b.count, b.predicted, b.observed, b.low, b.high)
                for n, b in enumerate(judged.bins, start=1)
            ),
        ),
        source=Source(definition=voice.say("calibration_means")),
    )


def _days(told: ReportFigures) -> dict[int, str]:
    """Run to its day."""
    return {run.run: run.day for run in told.runs}


def _waiting(judged: Judged, voice: Voice) -> str:
    """What is not counted: runs whose days are not over, people who may not be read any more."""
    waiting = len(judged.runs) - len(judged.known)
    return voice.say("by_run_waiting", n=waiting) if waiting else voice.say("by_run_note")


def _by_run(judged: Judged, told: ReportFigures, voice: Voice) -> Table:
    def row(name: str, day: str | None, scores: Scores) -> tuple[Cell, ...]:
        measures = ("people", "rate", "auc", "baseline_auc", "brier", "baseline_brier")
        return (name, day, *(scores.get(measure) for measure in measures))

    days = _days(told)
    return Table(
        title=voice.say("by_run"),
        note=_waiting(judged, voice),
        columns=(
            Column(voice.say("run")),
            Column(voice.say("day"), DAY),
            Column(voice.say("people"), NUMBER),
            Column(voice.say("then_ordered"), SHARE),
            Column(voice.say("auc"), SHARE),
            Column(voice.say("plain"), SHARE),
            Column(voice.say("brier"), _SCORE),
            Column(voice.say("plain"), _SCORE),
        ),
        rows=tuple(row(str(run.run), days[run.run], run.probabilities) for run in judged.known),
        footer=row(voice.say("together"), None, judged.probabilities),
    )


def _coupons(judged: Judged, told: ReportFigures, voice: Voice) -> Table:
    """The same probabilities beside who then redeemed a coupon."""
    measures, days = ("people", "rate", "auc", "baseline_auc"), _days(told)
    return Table(
        title=voice.say("coupons"),
        note=voice.say("coupons_note"),
        columns=(
            Column(voice.say("run")),
            Column(voice.say("day"), DAY),
            Column(voice.say("people"), NUMBER),
            Column(voice.say("then_redeemed"), SHARE),
            Column(voice.say("auc"), SHARE),
            Column(voice.say("plain"), SHARE),
        ),
        rows=tuple(
            (str(run.run), days[run.run], *(run.coupons.get(m) for m in measures))
            for run in judged.known
        ),
        footer=(voice.say("together"), None, *(judged.coupons.get(m) for m in measures)),
        source=Source(definition=voice.say("coupons_means")),
    )


def _certainty(judged: Judged, voice: Voice) -> str:
    """Whether the difference in hits is more than noise, with its bounds."""
    said, items = voice.say(f"hits_{certainty(judged.items)}"), judged.items
    low, high = items.get("hit_gain_low"), items.get("hit_gain_high")
    if low is None or high is None:
        return said
    bounds = {
        name: formats.show(bound, _POINTS, voice.lang)
        for name, bound in (("low", low), ("high", high))
    }
    return f"{said} {voice.say('hits_bounds', **bounds)}"


def _selections(judged: Judged, days: Mapping[int, str], voice: Voice) -> Chart:
    measures = ("people", "hit_rate", "baseline_hit_rate", "ndcg", "baseline_ndcg")
    runs = [run for run in judged.known if run.items]
    title = voice.say("selections")
    note = voice.say("selections_note", size=size_of(judged.items, voice.lang))
    return Chart(
        title=title,
        note=f"{note} {_certainty(judged, voice)}",
        figure=BarFigure(
            bars=tuple(
                Bar(
                    voice.say("run_of", day=days[run.run]),
                    run.items.get("hit_rate") or 0.0,
                    run.items.get("baseline_hit_rate"),
                )
                for run in runs
            ),
            format=Format("share", digits=0),
            value_label=voice.say("hit_rate"),
            mark_label=voice.say("popular"),
        ),
        table=Table(
            title=title,
            columns=(
                Column(voice.say("run")),
                Column(voice.say("day"), DAY),
                Column(voice.say("buyers_of_new"), NUMBER),
                Column(voice.say("hit_rate"), SHARE),
                Column(voice.say("popular"), SHARE),
                Column(voice.say("ndcg"), _SCORE),
                Column(voice.say("popular"), _SCORE),
            ),
            rows=tuple(
                (str(run.run), days[run.run], *(run.items.get(m) for m in measures)) for run in runs
            ),
            footer=(voice.say("together"), None, *(judged.items.get(m) for m in measures)),
        ),
        source=Source(definition=voice.say("selections_means")),
    )
