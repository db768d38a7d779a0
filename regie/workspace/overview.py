"""The overview: how the last days went, against the days before and the goals; what changed, and
how far the figures can be trusted.

Figures come from the cube, so that a page takes a moment and not seconds; what takes seconds (how
right predictions were) is handed in, and told to be on its way where it is not there yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from regie.measure.changes import Changes, changes
from regie.measure.cube import Cube, Cut, View
from regie.measure.goals import Pace
from regie.measure.judged import Judged
from regie.terms.decision import Decision
from regie.terms.document import (
    DAY,
    Bar,
    Bars,
    Block,
    Change,
    Chart,
    Column,
    Lang,
    LineFigure,
    Mark,
    Notice,
    Point,
    Points,
    Row,
    Source,
    Table,
    Tile,
    Tiles,
)
from regie.words import formats
from regie.words.sentences import say
from regie.workspace import exploring, goals, judging
from regie.workspace.exploring import Labels

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

DAYS = 28
"""Four whole weeks, so that both periods hold the same days of the week."""
CONTRIBUTORS = ("country", "item", "group", "segment", "source")
"""By what a difference is told."""
LATE_DAYS = 1
"""Data whose newest day lies further back than this are told to be late."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How far the figures can be trusted.

    Parameters
    ----------
    qualities : tuple[tuple[str, int], ...]
        Of each source's newest import: its file, and its quality out of 100.
    judged : Judged
        Earlier predictions beside what happened.
    """

    qualities: tuple[tuple[str, int], ...]
    judged: Judged


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an overview is about.

    Parameters
    ----------
    now, before : Cut
        The days told of, and as many before.
    newest : date
        The last day with data.
    today : date
        The workspace's present.
    """

    now: Cut
    before: Cut
    newest: date
    today: date


def health(workspace: Stores) -> Health:
    """Quality of the sources and rightness of the predictions; takes seconds."""
    from regie.workspace import deciding, importing

    found = deciding.find(workspace, kind="message")
    newest = importing.newest_of_each(workspace)
    return Health(
        qualities=tuple((went.file, went.quality) for went in newest.values()),
        judged=judging.judge(workspace, _messages(found)),
    )


def _messages(found: Iterable[tuple[Decision, str]]) -> list[Decision]:
    return [decision for decision, _ in found]


def period(workspace: Stores, cube: Cube) -> Told:
    """Whole weeks up to the last day that is over and holds data."""
    today = exploring.today(workspace)
    newest = cube.first + timedelta(max(cube.days - 1, 0))
    last = min(today - timedelta(1), newest)
    now = Cut(first=last - timedelta(DAYS - 1), last=last)
    before = Cut(first=now.first - timedelta(DAYS), last=last - timedelta(DAYS))
    return Told(now=now, before=before, newest=newest, today=today)


def blocks(
    workspace: Stores, cube: Cube, lang: Lang, labels: Labels, known: Health | None
) -> tuple[Block, ...]:
    """The overview as blocks of a document.

    Parameters
    ----------
    known : Health or None
        None while it is being found out.
    """
    told, voice = period(workspace, cube), Voice(workspace, lang)
    now, before = View(cube, told.now), View(cube, told.before)
    paces = {pace.goal.measure: pace for pace in goals.paces(workspace, cube, told.now.last)}
    tiles = [tile(name, now, before, paces.get(name), voice) for name in exploring.TILES]
    return (
        *_late(told, voice),
        Tiles(tuple(tiles)),
        by_day("revenue", now, before, voice=voice, marks=exploring.marks(workspace)),
        *moved("revenue", now, before, labels=labels, voice=voice),
        _health(told, known, voice),
    )


class Voice:
    """Words and formats of a screen in one language."""

    def __init__(self, workspace: Stores, lang: Lang) -> None:
        self.lang, self.currency = lang, workspace.settings.currency

    def say(self, name: str, **values: Any) -> str:
        return say(f"screens.{name}", self.lang, **values)

    def shown(self, measure: str, value: int) -> str:
        digits = None if measure == "basket" else 0
        return formats.show(value, exploring.form(measure, self.currency, digits=digits), self.lang)


def _late(told: Told, voice: Voice) -> list[Block]:
    days = (told.today - told.newest).days - 1
    if days <= LATE_DAYS:
        return []
    text = voice.say("late", newest=told.newest, today=told.today, n=days)
    return [Notice(kind="warn", title=voice.say("late_title"), text=text)]


def tile(
    measure: str, now: View, before: View, pace: Pace | None, voice: Voice, *,
    against: str = "against_before",
) -> Tile:  # fmt: skip
    """A key figure with the period before, and where its goal stands.

    Parameters
    ----------
    against : str
        The sentence that says what it is compared with.
    """
    value, then = now.total(measure), before.total(measure)
    digits = None if measure == "basket" else 0
    series = tuple(float(one) for one in now.measure(measure, "day").values)
    moved = value / then - 1 if then else 0.0
    return Tile(
        label=voice.say(f"measure_{measure}"),
        value=value,
        format=exploring.form(measure, voice.currency, digits=digits),
        change=Change(
            value=moved,
            against=voice.say(against, before=voice.shown(measure, then), n=before.days),
            good=moved > 0 if moved else None,
        )
        if then
        else None,
        note=" ".join(
            said
            for said in (
                returned_note(now, voice) if measure == "revenue" else "",
                goal_note(pace, voice) if pace else "",
            )
            if said
        ),
        series=series if any(series) else (),
        source=Source(opens=f"number/{measure}"),
    )


def returned_note(now: View, voice: Voice) -> str:
    """What of a revenue came back: it is told before returns, and a cancelled order is no success.

    Empty where nothing did.
    """
    back = now.total("returns")
    return voice.say("before_returns", returns=voice.shown("returns", abs(back))) if back else ""


def goal_note(pace: Pace, voice: Voice) -> str:
    """Where the goal stands, in one line."""
    measure, goal = pace.goal.measure, pace.goal
    return voice.say(
        "goal_behind" if pace.ahead < 0 else "goal_ahead",
        target=voice.shown(measure, goal.target),
        last=goal.last,
        done=voice.shown(measure, pace.done),
        expected=voice.shown(measure, pace.expected),
    )


def by_day(
    measure: str, now: View, before: View, *, voice: Voice, marks: tuple[Mark, ...],
    known_days: int | None = None,
) -> Chart:  # fmt: skip
    """A measure by day, with the days before beside it and what happened marked on it.

    Parameters
    ----------
    known_days : int or None
        Of how many days there are data, where it is not of all: the others are gaps.
    """
    form = exploring.form(measure, voice.currency, digits=None if measure == "basket" else 0)
    found, then = now.measure(measure, "day"), before.measure(measure, "day")
    title = voice.say("chart_day", measure=voice.say(f"measure_{measure}"))
    known = found.values if known_days is None else found.values[:known_days]
    values = (*known, *(None for _ in found.values[len(known) :]))
    return Chart(
        title=title,
        figure=LineFigure(
            days=tuple(date.fromisoformat(name) for name in found.names),
            now=values,
            now_label=voice.say("this_period"),
            previous=then.values,
            previous_label=voice.say("against_previous"),
            format=form,
            marks=marks,
        ),
        table=Table(
            title=title,
            columns=(
                Column(voice.say("by_day"), DAY),
                Column(voice.say(f"measure_{measure}"), form),
                Column(voice.say("day_before"), DAY),
                Column(voice.say("against_previous"), form),
            ),
            rows=tuple(zip(found.names, values, then.names, then.values, strict=True)),
        ),
    )


def moved(measure: str, now: View, before: View, *, labels: Labels, voice: Voice) -> list[Row]:
    """What each country, item, segment and source adds to a difference: it adds up exactly."""
    total = now.total(measure) - before.total(measure)
    told: list[Block] = []
    for by in CONTRIBUTORS:
        found = changes(now.measure(measure, by), before.measure(measure, by), total)
        if len(found.rows) > 1:
            back = _back(now, by) if measure == "revenue" else {}
            told.append(_bars(measure, by, found, labels=labels, voice=voice, back=back))
    return [Row(tuple(told[place : place + 2])) for place in range(0, len(told), 2)]


def _back(now: View, by: str) -> dict[str, int]:
    """What came back of each part in the same days, as a positive amount."""
    found = now.measure("returns", by)
    return {name: -int(value) for name, value in zip(found.names, found.values, strict=True)}


def _bars(
    measure: str, by: str, found: Changes, *, labels: Labels, voice: Voice, back: dict[str, int]
) -> Bars:
    """The parts; a rise most of which came back in the same days says so beside its name."""
    bars = []
    for name, value in found.rows:
        label, returned = labels.of(by, name), back.get(name, 0)
        if value > 0 and 2 * returned >= value:
            label = voice.say(
                "mostly_returned", label=label, returns=voice.shown("returns", returned)
            )
        bars.append(Bar(label, value))
    count, others = found.others
    if count:
        bars.append(Bar(voice.say("changed_others", n=count), others))
    if found.left:
        bars.append(Bar(voice.say("changed_left_segment"), found.left))
    # To the penny: parts rounded each for itself do not add up to the total that stands below them.
    form = exploring.form(measure, voice.currency)
    return Bars(
        title=voice.say(f"changed_by_{by}"),
        rows=tuple(bars),
        total=Bar(voice.say("changed_total"), found.total),
        format=msgspec.structs.replace(form, signed=True),
    )


def _health(told: Told, known: Health | None, voice: Voice) -> Points:
    days = (told.today - told.newest).days - 1
    points = [
        Point(
            voice.say("health_fresh", newest=told.newest),
            "ok" if days <= LATE_DAYS else "warn",
        )
    ]
    if known is None:
        points.append(Point(voice.say("health_coming")))
        return Points(title=voice.say("health"), points=tuple(points))
    points += [
        Point(voice.say("health_quality", file=file, score=score), "ok" if score >= 90 else "warn")
        for file, score in known.qualities
    ]
    points += _models(known.judged, voice)
    return Points(title=voice.say("health"), points=tuple(points))


def _models(judged: Judged, voice: Voice) -> list[Point]:
    """How right the predictions were, whether their shares can be taken at their word, and
    whether the newest ones are as right as those before."""
    auc, plain = judged.probabilities.get("auc"), judged.probabilities.get("baseline_auc")
    if auc is None or plain is None:
        return [Point(voice.say("health_not_judged"))]
    told = [Point(voice.say("health_model", auc=auc, plain=plain), "ok" if auc > plain else "warn")]
    bounded = [b for b in judged.bins if b.low is not None and b.high is not None]
    inside = sum((b.low or 0.0) <= b.predicted <= (b.high or 1.0) for b in bounded)
    if bounded:
        told.append(
            Point(
                voice.say("health_calibration", n=inside, of=len(bounded)),
                "ok" if inside >= 0.7 * len(bounded) else "warn",
            )
        )
    runs = [r.probabilities["auc"] for r in judged.known if r.probabilities.get("auc") is not None]
    scores = [score for score in runs if score is not None]
    if len(scores) > 1:
        earlier = sum(scores[:-1]) / (len(scores) - 1)
        drift = scores[-1] - earlier
        told.append(
            Point(
                voice.say("health_drift", newest=scores[-1], earlier=earlier),
                "ok" if drift > -0.03 else "warn",
            )
        )
    return told
