"""The report's first part: what happened, with the period before; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from regie.measure.kpi import Figures
from regie.measure.report.figures import ReportFigures
from regie.measure.report.voice import Voice
from regie.terms.document import (
    CODE,
    DAY,
    NUMBER,
    SHARE,
    Bar,
    BarFigure,
    Bars,
    Block,
    Chart,
    Column,
    Definitions,
    Fact,
    Format,
    LineFigure,
    Notice,
    Section,
    Source,
    Table,
    Tile,
    Tiles,
)

MOST_COUNTRIES = 7
"""So many countries are told one by one; the others in one bar."""

_NOTHING = Figures()
_CUSTOMERS = ("active", "new_customers", "returning")
_MEASURES: tuple[tuple[str, Callable[[Figures], int]], ...] = (
    ("revenue", lambda f: f.revenue_micros),
    ("orders", lambda f: f.orders),
    ("basket", lambda f: f.basket_micros),
    ("active", lambda f: f.active),
    ("new_customers", lambda f: f.new_customers),
)


NUMBERS = tuple(name for name, _ in _MEASURES)


def number(name: str, told: ReportFigures, voice: Voice) -> tuple[Tile, Table]:
    """A key figure's tile, and the table of its days.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> tile, days = number("orders", told, Voice("en", told))
    >>> tile.label, len(days.rows)
    ('Orders', 28)
    """
    of = dict(_MEASURES)[name]
    tile = _tile(name, of, told, voice)
    label = voice.say(name)
    table = Table(
        title=label,
        columns=(
            Column(voice.say("day"), DAY),
            Column(label, tile.format),
            Column(voice.say("day_before"), DAY),
            Column(label, tile.format),
        ),
        rows=tuple(
            (day.isoformat(), of(now), then.isoformat(), of(before))
            for day, then, (now, before) in zip(
                told.period.days, told.period.before.days, _days(told), strict=True
            )
        ),
    )
    return tile, table


def summary(told: ReportFigures, voice: Voice) -> list[str]:
    """What the first screen says of it.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> summary(told, Voice("en", told))
    ['**No order** in these days.']
    """
    now, before = told.kpi.now, told.kpi.before
    values = {"revenue": voice.amount(now.revenue_micros), "orders": now.orders}
    if not now.orders:
        return [voice.say("summary_no_orders")]
    if not before.revenue_micros:
        return [voice.say("summary_revenue_first", **values)]
    moved = now.revenue_micros / before.revenue_micros - 1
    told_first = voice.say("summary_revenue", **values, moved=moved)
    rows = contributions(told)
    strongest = max(rows, key=lambda row: (abs(row[1]), row[0]), default=None)
    if strongest is None or len(rows) < 2:
        return [told_first]
    country = voice.country(strongest[0])
    change = voice.amount(strongest[1])
    return [f"{told_first} {voice.say('summary_country', country=country, change=change)}"]


def late(told: ReportFigures, voice: Voice) -> list[Block]:
    """What stands above everything where the data end before the day from which is looked.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> late(told, Voice("en", told))
    []
    """
    reach = told.reach
    if reach is None or not reach.late:
        return []
    text = voice.say("late", last=reach.last, looked=reach.looked, n=reach.days)
    return [Notice(kind="warn", title=voice.say("late_title", last=reach.last), text=text)]


def section(told: ReportFigures, voice: Voice) -> Section:
    """Key figures, revenue by day, what changed, segments, items.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> [type(block).__name__ for block in section(told, Voice("en", told)).blocks]
    ['Tiles', 'Notice', 'Table']
    """
    period = told.period
    blocks: list[Block] = [Tiles(tuple(_tile(name, of, told, voice) for name, of in _MEASURES))]
    if not told.kpi.now.orders:
        blocks.append(Notice(kind="info", text=voice.say("no_orders")))
    else:
        changed = [_changed(told, voice)] if len(contributions(told)) > 1 else []
        blocks += [_by_day(told, voice), *changed, *_country_figures(told, voice)]
    blocks += [*_segments(told, voice), *_segment_figures(told, voice), _items(told, voice)]
    lead = voice.say(
        "happened_lead",
        now=(period.first, period.last),
        before=(period.before.first, period.before.last),
    )
    if told.reach is not None:
        lead = f"{lead} {voice.say('reach', last=told.reach.last)}"
    return Section(
        title=voice.say("happened"),
        anchor="happened",
        lead=lead,
        blocks=tuple(blocks),
    )


def contributions(told: ReportFigures) -> list[tuple[str, int]]:
    """What each country adds to the change of revenue, the largest first; they add up to it.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> contributions(told)
    []
    """
    changes = [
        (country, now.revenue_micros - before.revenue_micros)
        for country, (now, before) in told.kpi.countries.items()
    ]
    return sorted((c for c in changes if c[1]), key=lambda change: (-abs(change[1]), change[0]))


def _tile(name: str, of: Callable[[Figures], int], told: ReportFigures, voice: Voice) -> Tile:
    now, before = of(told.kpi.now), of(told.kpi.before)
    form = {"revenue": "whole", "basket": "exact"}.get(name, "number")
    shown = before if form == "number" else voice.amount(before)
    series = tuple(float(of(figures)) for figures, _ in _days(told))
    returning = name == "new_customers"
    return Tile(
        label=voice.say(name),
        value=now,
        format={"whole": voice.money, "exact": voice.pence, "number": NUMBER}[form],
        change=voice.change(now, before, voice.say(f"against_{form}", before=shown)),
        note=_returning(told, voice) if returning and told.kpi.now.orders else "",
        series=series if any(series) else (),
        source=Source(
            definition=f"{voice.say(f'{name}_means')} {voice.say('returning_means')}"
            if returning
            else voice.say(f"{name}_means"),
            sql=f"{told.sql[name]};\n\n{told.sql['returning']}" if returning else told.sql[name],
        ),
    )


def _returning(told: ReportFigures, voice: Voice) -> str:
    now, before = told.kpi.now.returning, told.kpi.before.returning
    return voice.say("returning_note", now=now, before=before)


def _days(told: ReportFigures) -> list[tuple[Figures, Figures]]:
    """Figures of each day of the period, and of the day as far into the one before."""
    days = told.kpi.days
    return [
        (days.get(now.isoformat(), (_NOTHING,))[0], days.get(then.isoformat(), (0, _NOTHING))[1])
        for now, then in zip(told.period.days, told.period.before.days, strict=True)
    ]


def _by_day(told: ReportFigures, voice: Voice) -> Chart:
    period = told.period
    days = _days(told)
    now = tuple(figures.revenue_micros for figures, _ in days)
    before = tuple(figures.revenue_micros for _, figures in days)
    columns = (
        Column(voice.say("day"), DAY),
        Column(voice.say("revenue"), voice.money),
        Column(voice.say("orders"), NUMBER),
        Column(voice.say("day_before"), DAY),
        Column(voice.say("revenue_before"), voice.money),
    )
    rows = tuple(
        (day.isoformat(), a.revenue_micros, a.orders, then.isoformat(), b.revenue_micros)
        for day, then, (a, b) in zip(period.days, period.before.days, days, strict=True)
    )
    title = voice.say("revenue_by_day")
    return Chart(
        title=title,
        note=voice.say("revenue_by_day_note"),
        figure=LineFigure(
            days=period.days,
            now=now,
            now_label=voice.say("this_period"),
            previous=before,
            previous_label=voice.say("days_before"),
            format=voice.money,
        ),
        table=Table(
            title=title,
            columns=columns,
            rows=rows,
        ),
        source=_kpi_source(told, voice),
    )


def _kpi_source(told: ReportFigures, voice: Voice) -> Source:
    return Source(definition=voice.say("revenue_means"), sql=told.kpi.sql)


def _changed(told: ReportFigures, voice: Voice) -> Bars:
    rows = contributions(told)
    shown, others = rows[:MOST_COUNTRIES], rows[MOST_COUNTRIES:]
    bars = [Bar(voice.country(country), change) for country, change in shown]
    if others:
        label = voice.say("other_countries", n=len(others))
        bars.append(Bar(label, sum(change for _, change in others)))
    total = told.kpi.now.revenue_micros - told.kpi.before.revenue_micros
    return Bars(
        title=voice.say("changed"),
        note=voice.say("changed_note"),
        rows=tuple(bars),
        total=Bar(voice.say("changed_total"), total),
        format=voice.signed_money,
        source=_kpi_source(told, voice),
    )


def _segments(told: ReportFigures, voice: Voice) -> list[Block]:
    runs = told.judged.known or told.judged.runs
    if not runs:
        return []
    run = runs[-1]
    title, everybody = voice.say("segments"), run.probabilities.get("rate")
    columns = (
        Column(voice.say("segment")),
        Column(voice.say("people"), NUMBER),
        Column(voice.say("ordered_lately"), NUMBER),
        Column(voice.say("orders"), NUMBER),
        Column(voice.say("revenue"), voice.money),
        Column(voice.say("then_ordered"), SHARE),
    )
    day = next(r.day for r in told.runs if r.run == run.run)
    table = Table(
        title=title,
        columns=columns,
        rows=tuple(
            (told.segments[s.name][0], s.persons, s.buyers, s.orders, s.value_micros, s.response)
            for s in run.segments
        ),
    )
    means = Definitions(
        title=voice.say("segments_are"),
        facts=tuple(Fact(*told.segments[segment.name]) for segment in run.segments),
    )
    if not run.known:
        note = voice.say("segments_waiting", day=day)
        return [Table(title=title, note=note, columns=columns, rows=table.rows), means]
    bars = [
        Bar(told.segments[s.name][0], s.response, everybody)
        for s in run.segments
        if s.response is not None
    ]
    figure = BarFigure(
        bars=tuple(sorted(bars, key=lambda bar: (-bar.value, bar.label))),
        format=Format("share", digits=0),
        value_label=voice.say("then_ordered"),
        mark_label=voice.say("everybody"),
    )
    note = voice.say("segments_note", day=day, rate=everybody)
    return [Chart(title=title, note=note, figure=figure, table=table), means]


def _segment_figures(told: ReportFigures, voice: Voice) -> list[Block]:
    """Key figures of each segment, with the period before."""
    pairs = [(told.segments[name][0], pair) for name, pair in told.kpi.segments.items()]
    return [_figures("segment", pairs, voice)] if pairs else []


def _country_figures(told: ReportFigures, voice: Voice) -> list[Block]:
    """Key figures of the countries that bring most, where there are several."""
    by_revenue = sorted(
        told.kpi.countries.items(), key=lambda pair: (-pair[1][0].revenue_micros, pair[0])
    )
    pairs = [(voice.country(name), pair) for name, pair in by_revenue[:MOST_COUNTRIES]]
    return [_figures("country", pairs, voice)] if len(pairs) > 1 else []


def _figures(
    kind: str, pairs: Sequence[tuple[str, tuple[Figures, Figures]]], voice: Voice
) -> Table:
    """Key figures now, and revenue before, of each part."""
    return Table(
        title=voice.say(f"{kind}_figures"),
        note=voice.say(f"{kind}_figures_note"),
        columns=(
            Column(voice.say(kind)),
            *(Column(voice.say(name), voice.money) for name in ("revenue", "revenue_before")),
            Column(voice.say("orders"), NUMBER),
            Column(voice.say("basket"), voice.money),
            *(Column(voice.say(f"{name}_short"), NUMBER) for name in _CUSTOMERS),
        ),
        rows=tuple(
            (
                name, now.revenue_micros, before.revenue_micros, now.orders, now.basket_micros,
                now.active, now.new_customers, now.returning,
            )
            for name, (now, before) in pairs
        ),
    )  # fmt: skip


def _items(told: ReportFigures, voice: Voice) -> Table:
    return Table(
        title=voice.say("items"),
        note=voice.say("items_note"),
        columns=(
            Column(voice.say("item")),
            Column(voice.say("code"), CODE),
            Column(voice.say("orders"), NUMBER),
            Column(voice.say("pieces"), NUMBER),
            Column(voice.say("revenue"), voice.money),
            Column(voice.say("revenue_before"), voice.money),
        ),
        rows=tuple(
            (i.name, i.item, i.orders, i.pieces, i.revenue_micros, i.before_micros)
            for i in told.items
        ),
        source=Source(
            definition=voice.say("revenue_means"),
            sql=told.sql["items"],
        ),
    )
