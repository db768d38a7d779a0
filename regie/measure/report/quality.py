"""The report's fourth part: where every imported row went, and the score of each file; pure."""

from __future__ import annotations

from regie.measure.report.figures import Reconciled, ReportFigures, RuleFigures, SourceFigures
from regie.measure.report.voice import Voice
from regie.terms.document import (
    NUMBER,
    SHARE,
    Block,
    Column,
    Format,
    Notice,
    Point,
    Points,
    Section,
    Table,
    Tile,
    Tiles,
)

MOST_FILES = 6
"""The newest files are told one by one."""


def section(told: ReportFigures, voice: Voice) -> Section:
    """Score, where every row went, the rules, and whether it all adds up.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> section(told, Voice("en", told)).blocks[0].text[:30]
    'No file was imported yet: `reg'
    """
    if not told.sources:
        empty = Notice(kind="info", text=voice.say("no_import"))
        return Section(title=voice.say("quality"), anchor="quality", blocks=(empty,))
    blocks: list[Block] = [_tiles(told, voice)]
    shown = told.sources[-MOST_FILES:]
    for source in reversed(shown):
        blocks.append(_placed(source, voice))
        if source.rules:
            blocks.append(_rules(source, voice))
    if told.reconciled:
        blocks.append(_checks(told, voice))
    return Section(
        title=voice.say("quality"),
        anchor="quality",
        lead=voice.say("quality_lead"),
        blocks=tuple(blocks),
    )


def _tiles(told: ReportFigures, voice: Voice) -> Tiles:
    newest = {source.mapping: source for source in told.sources}
    scores = [
        Tile(
            label=voice.say("score_of", mapping=mapping),
            value=source.quality,
            note=voice.say("score_note"),
        )
        for mapping, source in newest.items()
    ]
    rows = sum(source.rows for source in told.sources)
    set_aside = sum(source.lines.get("unreadable", 0) for source in told.sources)
    return Tiles(
        (
            *scores,
            Tile(
                label=voice.say("rows_read"),
                value=rows,
                note=voice.say("files_read", n=len(told.sources)),
            ),
            Tile(label=voice.say("set_aside"), value=set_aside, note=voice.say("set_aside_note")),
        )
    )


def _placed(source: SourceFigures, voice: Voice) -> Table:
    title = voice.say("placed", file=source.file)
    places = sorted(source.lines.items(), key=lambda pair: (-pair[1], pair[0]))
    rows = tuple(
        (
            voice.named("place", place),
            lines,
            lines / source.rows if source.rows else None,
            source.value_micros.get(place),
        )
        for place, lines in places
    )
    return Table(
        title=title,
        note=voice.say("placed_note"),
        columns=(
            Column(voice.say("place")),
            Column(voice.say("rows"), NUMBER),
            Column(voice.say("share"), Format("share", digits=2)),
            Column(voice.say("value"), Format("money", voice.currency, digits=3)),
        ),
        rows=rows,
        footer=(
            voice.say("total"),
            source.rows,
            1.0 if source.rows else None,
            sum(source.value_micros.values()),
        ),
    )


def _rules(source: SourceFigures, voice: Voice) -> Table:
    return Table(
        title=voice.say("rules", file=source.file),
        note=voice.say("rules_note", score=source.quality),
        columns=(
            Column(voice.say("rule")),
            Column(voice.say("found"), SHARE),
            Column(voice.say("wanted"), SHARE),
            Column(voice.say("broken"), NUMBER),
            Column(voice.say("verdict")),
        ),
        rows=tuple(_rule(rule, voice) for rule in source.rules),
    )


def _rule(rule: RuleFigures, voice: Voice) -> tuple[str | float | int | None, ...]:
    fresh = rule.check == "fresh"
    found = float(rule.kept) if fresh else 1 - rule.broken / rule.lines if rule.lines else 1.0
    field = voice.named("field", rule.field) if rule.field else ""
    verdict = "kept" if rule.kept else "blocks" if rule.block else "watch"
    return (
        voice.say(f"check_{rule.check}", field=field),
        None if fresh else found,
        None if fresh else rule.at_least,
        rule.broken,
        voice.say(f"verdict_{verdict}"),
    )


def _checks(told: ReportFigures, voice: Voice) -> Points:
    return Points(
        title=voice.say("reconciled"),
        points=tuple(_check(one, voice) for one in told.reconciled),
    )


def _check(one: Reconciled, voice: Voice) -> Point:
    same = one.brought == one.kept and one.brought_micros == one.kept_micros
    form = "same" if same else "corrected" if one.corrected else "differs"
    text = voice.say(
        f"reconciled_{form}",
        mapping=one.mapping,
        brought=one.brought,
        kept=one.kept,
        value=voice.exact(one.kept_micros),
        brought_value=voice.exact(one.brought_micros),
        orders=one.corrected,
    )
    return Point(text, "ok" if same else "" if one.corrected else "bad")
