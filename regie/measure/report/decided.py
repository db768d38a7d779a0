"""The report's second part: what was decided, for whom, why not for the others; pure."""

from __future__ import annotations

from regie.measure.report.figures import Preview, ReportFigures, RunFigures, Told
from regie.measure.report.voice import Voice
from regie.terms.document import (
    DAY,
    NUMBER,
    SHARE,
    Bar,
    BarFigure,
    Bars,
    Block,
    Chart,
    Column,
    Format,
    MessagePreview,
    Notice,
    Point,
    Points,
    Row,
    Section,
    Table,
    Tile,
    Tiles,
)


def summary(told: ReportFigures, voice: Voice) -> list[str]:
    """What the first screen says of it.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> summary(told, Voice("en", told))[0][:32]
    '**Nothing was decided yet**: run'
    """
    if not told.runs:
        return [voice.say("summary_no_run")]
    run = told.runs[-1]
    messages, why = sum(run.messages.values()), _reasons(run)
    said = voice.say(
        "summary_decided" if messages else "summary_decided_none",
        day=run.day, people=run.people, messages=messages,
        campaigns=sum(1 for n in run.messages.values() if n), nothing=run.people - messages,
    )  # fmt: skip
    if not why:
        return [said]
    reason = voice.say(f"because_{why[0][0]}")
    return [f"{said} {voice.say('summary_why', reason=reason, n=why[0][1])}"]


def section(told: ReportFigures, voice: Voice) -> Section:
    """Tiles, campaigns, why the others got nothing, two decisions told, previews, all runs.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> section(told, Voice("fr", told)).title == "Ce qui a été décidé, et pourquoi"
    True
    """
    if not told.runs:
        empty = Notice(kind="info", text=voice.say("no_run"))
        return Section(title=voice.say("decided"), anchor="decided", blocks=(empty,))
    run = told.runs[-1]
    blocks: list[Block] = [
        _tiles(told, run, voice),
        Notice(kind="info", text=voice.say(_stands(told))),
        _campaigns(told, run, voice),
        _why_nothing(run, voice),
    ]
    blocks += [Row(_example(one, voice)) for one in told.told]
    blocks += [_preview(one, voice) for one in told.previews]
    if len(told.runs) > 1:
        blocks.append(_runs(told, voice))
    return Section(
        title=voice.say("decided"),
        anchor="decided",
        lead=voice.say("decided_lead", run=run.run, day=run.day, people=run.people),
        blocks=tuple(blocks),
    )


def _stands(told: ReportFigures) -> str:
    states = {campaign.state for campaign in told.campaigns if campaign.state}
    return "nothing_sent" if states <= {"proposed"} else "nothing_sent_yet"


def _reasons(run: RunFigures) -> list[tuple[str, int]]:
    found = [(why, n) for why, n in run.nothing.items() if n]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _tiles(told: ReportFigures, run: RunFigures, voice: Voice) -> Tiles:
    messages = sum(run.messages.values())
    cost = sum(campaign.cost_micros for campaign in told.campaigns)
    budget = sum(campaign.budget_micros for campaign in told.campaigns)
    return Tiles(
        (
            Tile(
                label=voice.say("messages"),
                value=messages,
                note=voice.say("messages_note", share=messages / run.people if run.people else 0),
            ),
            Tile(
                label=voice.say("cost"),
                value=cost,
                format=voice.pence,
                note=voice.say("cost_note", budget=voice.amount(budget)),
            ),
            Tile(label=voice.say("held_out"), value=run.held_out, note=voice.say("held_out_note")),
            Tile(label=voice.say("drawn"), value=run.drawn, note=voice.say("drawn_note")),
        )
    )


def _campaigns(told: ReportFigures, run: RunFigures, voice: Voice) -> Table:
    rows = [
        (
            campaign.title,
            campaign.people,
            campaign.people / run.people if run.people else None,
            campaign.cost_micros,
            campaign.budget_micros,
            voice.named("state", campaign.state) if campaign.state else None,
        )
        for campaign in told.campaigns
    ]
    nothing = sum(run.nothing.values())
    none = (
        voice.say("nothing"), nothing, nothing / run.people if run.people else None, 0, None, None,
    )  # fmt: skip
    return Table(
        title=voice.say("by_campaign"),
        note=voice.say("by_campaign_note"),
        columns=(
            Column(voice.say("campaign")),
            Column(voice.say("people"), NUMBER),
            Column(voice.say("share"), SHARE),
            Column(voice.say("cost"), voice.pence),
            Column(voice.say("budget"), voice.pence),
            Column(voice.say("state")),
        ),
        rows=(*rows, none),
        footer=(
            voice.say("total"),
            sum(row[1] for row in (*rows, none)),
            1.0 if run.people else None,
            sum(row[3] for row in rows),
            sum(row[4] for row in rows),
            None,
        ),
    )


def _why_nothing(run: RunFigures, voice: Voice) -> Chart:
    why = _reasons(run)
    title = voice.say("why_nothing")
    return Chart(
        title=title,
        note=voice.say("why_nothing_note"),
        figure=BarFigure(
            bars=tuple(Bar(voice.say(f"why_{name}"), n) for name, n in why),
            value_label=voice.say("people"),
        ),
        table=Table(
            title=title,
            columns=(Column(voice.say("reason")), Column(voice.say("people"), NUMBER)),
            rows=tuple((voice.say(f"why_{name}"), n) for name, n in why),
            footer=(voice.say("total"), sum(n for _, n in why)),
        ),
    )


def _example(one: Told, voice: Voice) -> tuple[Points, Bars]:
    sentences = tuple(map(Point, one.sentences))
    return Points(title=voice.say(f"told_{one.kind}"), points=sentences), _parts(one, voice)


def _parts(one: Told, voice: Voice) -> Bars:
    """The reasons as bars, which add up to the score."""
    return Bars(
        title=voice.say("score_parts", campaign=one.campaign),
        rows=tuple(Bar(words, points) for words, points in one.parts),
        total=Bar(voice.say("score_total"), one.score),
        format=Format("number", digits=2, signed=True),
    )


def _preview(one: Preview, voice: Voice) -> MessagePreview:
    sentences = tuple(map(Point, one.told.sentences))
    return MessagePreview(
        title=voice.say("preview", campaign=one.told.campaign),
        subject=one.subject,
        html=one.html,
        text=one.text,
        beside=(
            Points(title=voice.say("why_this_message"), points=sentences),
            _parts(one.told, voice),
        ),
    )


def _runs(told: ReportFigures, voice: Voice) -> Table:
    return Table(
        title=voice.say("every_run"),
        columns=(
            Column(voice.say("run")),
            Column(voice.say("day"), DAY),
            Column(voice.say("people"), NUMBER),
            Column(voice.say("messages"), NUMBER),
            Column(voice.say("nothing"), NUMBER),
            Column(voice.say("held_out"), NUMBER),
            Column(voice.say("drawn"), NUMBER),
        ),
        rows=tuple(
            (
                str(run.run), run.day, run.people, sum(run.messages.values()),
                sum(run.nothing.values()), run.held_out, run.drawn,
            )
            for run in told.runs
        ),
    )  # fmt: skip
