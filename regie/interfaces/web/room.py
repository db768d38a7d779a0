"""Pilotage: how things go at a glance, each figure opened, and what is to be reached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from starlette.responses import Response

from regie.govern.access import may
from regie.interfaces.web.asking import Ask, page, seen
from regie.measure.cube import MONEY, View
from regie.measure.goals import GOAL_MEASURES, Goal, Pace
from regie.terms.document import Lang
from regie.terms.errors import NotFoundError, RuleError
from regie.terms.money import MICROS
from regie.words import formats
from regie.workspace import drawing, exploring, goals, overview, sight
from regie.workspace.exploring import Labels, Question

ADD_UP = ("revenue", "items")
"""Figures whose parts, by country or item, add up to the whole: people and baskets do not."""


def show(ask: Ask) -> Response:
    """Key figures with goals and the period before, what changed, health of data and models."""
    return page(ask, "room", told=ask.board.shown(ask.lang))


def number(ask: Ask) -> Response:
    """One figure opened: what it means, how it went, what moved it, where it comes from."""
    measure = ask.path["measure"]
    if measure not in exploring.TILES:
        raise NotFoundError(
            f"figure {measure}", "not there", f"one of {', '.join(exploring.TILES)}", "name one"
        )
    cube, workspace = ask.board.cubes.cube(), ask.workspace
    lang: Lang = "fr" if ask.lang == "fr" else "en"
    told, voice = overview.period(workspace, cube), overview.Voice(workspace, lang)
    now, before = View(cube, told.now), View(cube, told.before)
    labels = Labels(workspace, ask.lang, ask.board.item_names())
    question = Question(measure=measure, by="day", first=told.now.first, last=told.now.last)
    moved = overview.moved(measure, now, before, labels=labels, voice=voice)
    oldest_us = sight.bounds(workspace, workspace.settings.now_us(), "measurement")["oldest_us"]
    query = urlencode(exploring.query_of(question))
    return page(
        ask,
        "number",
        title=ask.say(f"measure_{measure}"),
        value=voice.shown(measure, now.total(measure)),
        before=voice.shown(measure, before.total(measure)),
        before_days=before.days,
        period=formats.days(told.now.first, told.now.last, ask.lang),
        definition=ask.say(f"measure_{measure}_means"),
        chart=drawing.fragment(
            [overview.by_day(measure, now, before, voice=voice, marks=exploring.marks(workspace))],
            lang,
        ),
        moved=drawing.fragment(moved if measure in ADD_UP else [], lang),
        paces=[_paced(ask, p) for p in goals.paces(workspace, cube, told.now.last)
               if p.goal.measure == measure],
        sources=[
            (one.file, ask.day(one.at_us)) for one in reversed(workspace.state.imports("published"))
        ][:10],
        newest=told.newest,
        sql=exploring.sql(question, ask.zone, oldest_us),
        explore=f"{ask.base}/explore?{query}",
        rows=f"{ask.base}/explore/rows?{query}",
        may_rows=bool(ask.account and may(ask.account.role, "explore")),
    )  # fmt: skip


def _paced(ask: Ask, pace: Pace) -> dict[str, str]:
    """A goal's pace in words."""
    voice = overview.Voice(ask.workspace, "fr" if ask.lang == "fr" else "en")
    measure, goal = pace.goal.measure, pace.goal
    return {
        "days": formats.days(goal.first, goal.last, ask.lang),
        "target": voice.shown(measure, goal.target),
        "done": voice.shown(measure, pace.done),
        "expected": voice.shown(measure, pace.expected),
        "ends_at": voice.shown(measure, pace.ends_at),
        "ahead": voice.shown(measure, abs(pace.ahead)),
        "is_behind": "yes" if pace.ahead < 0 else "",
    }


def goal_list(ask: Ask, problems: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """What is to be reached, and a form for those who may set it."""
    voice = overview.Voice(ask.workspace, "fr" if ask.lang == "fr" else "en")
    cube = ask.board.cubes.cube()
    told = overview.period(ask.workspace, cube)
    now = {id(p.goal): p for p in goals.paces(ask.workspace, cube, told.now.last)}
    listed = goals.goals(ask.workspace)
    paced = {(p.goal.measure, p.goal.first): _paced(ask, p) for p in now.values()}
    return page(
        ask,
        "goals",
        status=status,
        listed=[
            (
                one, ask.say(f"measure_{one.measure}"), formats.days(one.first, one.last, ask.lang),
                voice.shown(one.measure, one.target), paced.get((one.measure, one.first)),
            )
            for one in listed
        ],
        measures={name: ask.say(f"measure_{name}") for name in GOAL_MEASURES},
        may_set=bool(ask.account and may(ask.account.role, "set_goals")),
        problems=problems or {},
        given=dict(ask.form),
    )  # fmt: skip


def set_goal(ask: Ask) -> Response:
    """Set a goal, or take one out."""
    form = ask.form
    problems: dict[str, str] = {}
    days = {name: _day(form.get(name, "")) for name in ("first", "last")}
    problems |= {name: ask.say("explore_no_day") for name, day in days.items() if day is None}
    measure = form.get("measure", "")
    if measure not in GOAL_MEASURES:
        problems["measure"] = ask.say("goal_measure_wrong")
    first, last = days["first"], days["last"]
    if form.get("deed") == "drop" and first and last:
        goals.drop(ask.workspace, measure, first, last)
        ask.note("goal_dropped", f"{measure}, {first}, {last}")
        return seen(ask, "/goals")
    units = _whole(form.get("target", ""))
    if units is None:
        problems["target"] = ask.say("goal_target_wrong")
    if problems or first is None or last is None or units is None:
        return goal_list(ask, problems, 400)
    target = units * (MICROS if measure in MONEY else 1)
    try:
        goals.put(ask.workspace, Goal(measure=measure, first=first, last=last, target=target))
    except RuleError:
        return goal_list(ask, {"first": ask.say("goal_days_wrong")}, 400)
    ask.note("goal_set", f"{measure}, {first}, {last}: {units}")
    return seen(ask, "/goals")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _whole(text: str) -> int | None:
    """A whole number above 0, with or without spaces between its thousands."""
    plain = "".join(text.replace(",", "").replace("_", "").split())
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    if not value.is_finite() or value != value.to_integral_value() or not 0 < value < 10**12:
        return None
    return int(value)
