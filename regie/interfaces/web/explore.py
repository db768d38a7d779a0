"""Explore: any measure by any breakdown; a click narrows, and the address says what is asked."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.responses import Response

from regie.govern.access import may
from regie.interfaces.web.asking import Ask, page, seen
from regie.interfaces.web.room import has_orders
from regie.measure.cube import MEASURES, NAMED, TIMES
from regie.ports.tables import Columns
from regie.terms.document import Chart, Column, LineFigure, Table
from regie.terms.errors import SettingError
from regie.terms.event import ANONYMOUS_ORDER
from regie.terms.instant import moment_of
from regie.words import formats
from regie.workspace import drawing, exploring, sight
from regie.workspace.exploring import Answer, Labels, Question

_PAGE_ROWS = 50
_CURSOR = re.compile(r"(\d{1,19})\.(\w[\w.:-]{0,199})")
"""The place of a line: when it was, and which of that instant."""


def _workbook(table: Table, lang: str) -> bytes:
    """A workbook is shown in its reader's marks by whoever opens it."""
    return drawing.xlsx_bytes(table)


KINDS = {
    "csv": ("text/csv; charset=utf-8", drawing.csv_bytes),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _workbook,
    ),
}
"""File ending to its type, and who writes it."""


def show(ask: Ask, status: int = 200, wrong: dict[str, str] | None = None) -> Response:
    """The answer to what the address asks; `wrong` is what a form could not take, by field."""
    if not has_orders(ask):
        return page(ask, "no_data", title=ask.say("menu_explore"))
    cube = ask.board.cubes.cube()
    question, unclear = exploring.asked(ask.query, cube, exploring.today(ask.workspace))
    found = exploring.answer(cube, question)
    labels = _labels(ask)
    return page(
        ask,
        "explore",
        status=status,
        is_behind=ask.board.cubes.is_behind(),
        question=question,
        found=found,
        period=formats.days(question.first, question.last, ask.lang),
        spans=[(n, _link(ask, question, first=question.last, back=n)) for n in exploring.SPANS],
        measures={name: ask.say(f"measure_{name}") for name in MEASURES},
        breakdowns={name: ask.say(f"by_{name}") for name in _breakdowns(ask)},
        against={name: ask.say(f"against_{name}") for name in exploring.AGAINST},
        hidden={k: v for k, v in exploring.query_of(question).items() if k in NAMED},
        chips=_chips(ask, question, labels),
        tiles=[_tile(ask, question, name, pair) for name, pair in found.tiles.items()],
        chart=_chart(ask, found),
        parts=_parts(ask, found, labels),
        left=max(len(found.parts) - exploring.MOST_PARTS, 0),
        shown=lambda value: _shown(ask, question.measure, value),
        rows_link=_link(ask, question, path="/explore/rows"),
        exports={kind: _link(ask, question, path=f"/explore/{kind}") for kind in KINDS},
        definition=ask.say(f"measure_{question.measure}_means"),
        sql=exploring.sql(question, ask.zone, _oldest_us(ask)),
        problems={field: ask.say(name) for field, name in unclear.items()},
        views=[(v, f"{ask.base}/explore?{v.query}") for v in ask.workspace.state.views()],
        annotations=[
            (one, formats.day(one.day, ask.lang, "medium"))
            for one in reversed(ask.workspace.state.annotations())
        ],
        may_keep=bool(ask.account and may(ask.account.role, "explore")),
        query=urlencode(exploring.query_of(question)),
        wrong=wrong or {},
    )


def keep(ask: Ask) -> Response:
    """Keep the question under a title, note what happened on a day, or take one of them out."""
    query = ask.form.get("query", "")
    asking = msgspec.structs.replace(ask, query=dict(parse_qsl(query, keep_blank_values=True)))
    cube = ask.board.cubes.cube()
    question, _ = exploring.asked(asking.query, cube, exploring.today(ask.workspace))
    deed, named = ask.form.get("deed", ""), ask.form.get("id", "")
    try:
        if deed == "keep":
            about = exploring.keep(ask.workspace, ask.form.get("title", ""), question).title
        elif deed == "annotate":
            words, day = ask.form.get("words", ""), ask.form.get("day", "")
            about = f"{day}: {exploring.annotate(ask.workspace, day, words).words}"
        else:
            about = named
            drops = {
                "drop_view": ask.workspace.state.drop_view,
                "drop_annotation": ask.workspace.state.drop_annotation,
            }
            if deed not in drops:
                return show(asking, 400, {"deed": ask.say("keep_unknown")})
            drops[deed](named)
    except SettingError:
        return show(asking, 400, {deed: ask.say(f"{deed}_wrong", n=exploring.MOST_LETTERS)})
    ask.note(f"explore_{deed}", about)
    return seen(ask, f"/explore?{urlencode(exploring.query_of(question))}")


def rows(ask: Ask) -> Response:
    """The order lines behind the answer, a page at a time, the newest first."""
    cube = ask.board.cubes.cube()
    question, _ = exploring.asked(ask.query, cube, exploring.today(ask.workspace))
    named = ask.query.get("after", "")
    place = _CURSOR.fullmatch(named)
    after = (int(place[1]) % 2**63, place[2]) if place else None
    found, more = exploring.rows(ask.workspace, cube, question, after=after, most=_PAGE_ROWS)
    labels = _labels(ask)
    zone, currency = ask.zone, ask.workspace.settings.currency
    lines = [
        (
            f"{formats.day(moment.date(), ask.lang, 'medium')} {moment:%H:%M}",
            ask.say(f"kind_{kind}"), _order(ask, order), labels.of("item", item or ""),
            formats.number(quantity, ask.lang), formats.money(value, currency, ask.lang),
            labels.of("country", country or ""), source,
        )
        for at_us, kind, order, item, quantity, value, country, source, _ in zip(
            *(column.tolist() for column in found.values()), strict=True
        )
        for moment in (moment_of(at_us, zone),)
    ]  # fmt: skip
    return page(
        ask,
        "explore_rows",
        lines=lines,
        is_lost=bool(named) and after is None,
        newest=_link(ask, question, path="/explore/rows") if named else "",
        older=_link(ask, question, path="/explore/rows") + f"&after={_last(found)}" if more else "",
        measure=ask.say(f"measure_{question.measure}"),
        period=formats.days(question.first, question.last, ask.lang),
        chips=_chips(ask, question, labels),
        back=_link(ask, question),
    )


def _order(ask: Ask, order: str | None) -> tuple[str, bool]:
    """An order as people read it, and whether that is its number."""
    if order is None:
        return formats.DASH, False
    is_anonymous = order.startswith(ANONYMOUS_ORDER)
    return (ask.say("order_anonymous"), False) if is_anonymous else (order, True)


def _last(found: Columns) -> str:
    """The place of the last line of a page."""
    return f"{int(found['at_us'][-1])}.{found['event_id'][-1]}"


def export(ask: Ask) -> Response:
    """The whole breakdown as a file."""
    kind = ask.path["kind"]
    if kind not in KINDS:
        return page(ask, "unknown", status=404)
    cube = ask.board.cubes.current()
    labels = Labels(ask.workspace, ask.lang, ask.board.item_names(current=True))
    question, _ = exploring.asked(ask.query, cube, exploring.today(ask.workspace))
    found = exploring.answer(cube, question)
    made = exploring.table(found, labels, ask.lang, ask.workspace.settings.currency)
    media, write = KINDS[kind]
    name = f"{question.measure}-{question.by}-{question.first}-{question.last}.{kind}"
    return Response(
        write(made, ask.lang),
        media_type=media,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _labels(ask: Ask) -> Labels:
    return Labels(ask.workspace, ask.lang, ask.board.item_names())


def _breakdowns(ask: Ask) -> list[str]:
    """Those that say something here."""
    grouped = len(ask.board.cubes.cube().names["group"]) > 1
    return [name for name in exploring.BREAKDOWNS if name != "group" or grouped]


def _oldest_us(ask: Ask) -> int:
    now_us = ask.workspace.settings.now_us()
    return sight.bounds(ask.workspace, now_us, "measurement")["oldest_us"]


def _link(
    ask: Ask, question: Question, *, path: str = "/explore", back: int = 0, **changes: Any
) -> str:
    """The address of a question; `back` days up to its last one."""
    if back:
        changes["first"] = date.fromordinal(question.last.toordinal() - back + 1)
    asked = msgspec.structs.replace(question, **changes)
    return f"{ask.base}{path}?{urlencode(exploring.query_of(asked))}"


def _without(question: Question, by: str, name: str) -> dict[str, tuple[str, ...]]:
    left = tuple(one for one in question.filters[by] if one != name)
    others = {key: let for key, let in question.filters.items() if key != by}
    return others | {by: left} if left else others


def _chips(ask: Ask, question: Question, labels: Labels) -> list[tuple[str, str]]:
    """What narrows the question, each with the address without it."""
    return [
        (
            f"{ask.say(f'by_{by}')}{ask.say('colon')} {labels.of(by, name)}",
            _link(ask, question, filters=_without(question, by, name)),
        )
        for by, let in question.filters.items()
        for name in let
    ]


def _shown(ask: Ask, measure: str, value: int | None, *, whole: bool = True) -> str:
    currency = ask.workspace.settings.currency
    digits = 0 if whole and measure != "basket" else None
    return formats.show(value, exploring.form(measure, currency, digits=digits), ask.lang)


def _tile(
    ask: Ask, question: Question, measure: str, pair: tuple[int, int | None]
) -> dict[str, Any]:
    now, before = pair
    moved = now / before - 1 if before else None
    shown = _shown(ask, measure, now)
    return {
        "label": ask.say(f"measure_{measure}"),
        "link": _link(ask, question, measure=measure),
        "here": measure == question.measure,
        "value": shown,
        "letters": min(len(shown), 24),
        "moved": None if moved is None else formats.share(moved, ask.lang, signed=True),
        "up": moved is not None and moved > 0,
        "before": None if before is None else _shown(ask, measure, before),
    }


def _chart(ask: Ask, found: Answer) -> str:
    question, lang = found.question, ask.lang
    words = ask.say(f"measure_{question.measure}")
    form = exploring.form(question.measure, ask.workspace.settings.currency, digits=0)
    days = tuple(date.fromisoformat(name) for name, _, _ in found.series)
    compared = question.against != "none"
    before = ask.say(f"against_{question.against}")
    chart = Chart(
        title=ask.say(f"chart_{found.grain}", measure=words),
        figure=LineFigure(
            days=days,
            now=tuple(value for _, value, _ in found.series),
            now_label=ask.say("this_period"),
            previous=tuple(then for _, _, then in found.series) if compared else (),
            previous_label=before if compared else "",
            format=form,
            marks=exploring.marks(ask.workspace),
        ),
        table=Table(
            title=words,
            columns=(
                Column(ask.say("by_day")),
                Column(words, form),
                *((Column(before, form),) if compared else ()),
            ),
            rows=tuple(
                (formats.day(name, lang, "medium"), value, *((then,) if compared else ()))
                for name, value, then in found.series
            ),
        ),
    )
    return drawing.fragment([chart], lang)


def _parts(ask: Ask, found: Answer, labels: Labels) -> list[dict[str, Any]]:
    question = found.question
    top = found.parts[: exploring.MOST_PARTS]
    longest = max((abs(value) for _, value, _ in top), default=0) or 1
    return [
        {
            "label": labels.of(question.by, name),
            "link": _narrower(ask, question, name),
            "value": _shown(ask, question.measure, value),
            "before": None if before is None else _shown(ask, question.measure, before),
            "moved": formats.share(value / before - 1, ask.lang, signed=True) if before else "",
            "width": round(100 * abs(value) / longest, 1),
            "down": value < 0,
        }
        for name, value, before in top
    ]


def _narrower(ask: Ask, question: Question, name: str) -> str | None:
    """The address of the question within one part; None where it is narrowed to it already."""
    if question.by in TIMES:
        first = date.fromisoformat(name)
        length = {"day": 1, "week": 7, "month": 31}[question.by]
        last = date.fromordinal(first.toordinal() + length - 1)
        if question.by == "month" and last.month != first.month:
            last = date.fromordinal(last.replace(day=1).toordinal() - 1)
        return _link(ask, question, first=first, last=last, by="country")
    if question.filters.get(question.by) == (name,):
        return None
    return _link(ask, question, filters=question.filters | {question.by: (name,)})
