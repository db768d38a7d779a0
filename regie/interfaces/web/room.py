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
from regie.terms.errors import RuleError, StaleError
from regie.terms.money import MICROS
from regie.words import formats
from regie.workspace import drawing, exploring, goals, opening, overview, ruling
from regie.workspace.exploring import Labels
from regie.workspace.settings import GOALS


def show(ask: Ask) -> Response:
    """Key figures with goals and the period before, what changed, health of data and models."""
    if not has_orders(ask):
        return page(ask, "no_data", title=ask.say("menu_room"))
    told = ask.board.shown(ask.lang)
    return page(ask, "room", told=told, is_behind=ask.board.cubes.is_behind())


def has_orders(ask: Ask) -> bool:
    """Whether any order came in: without one there is no figure, and no day to speak of."""
    return any(one.counts.get("order") for one in ask.workspace.state.imports("published"))


def number(ask: Ask) -> Response:
    """One figure opened: what it means, how it went, what moved it, where it comes from."""
    measure = ask.path["measure"]
    if not has_orders(ask) and measure in exploring.TILES:
        return page(ask, "no_data", title=ask.say(f"measure_{measure}"))
    cube, workspace = ask.board.cubes.cube(), ask.workspace
    opened = opening.opened(workspace, cube, measure)
    question = opened.question
    voice = overview.Voice(workspace, ask.lang)
    now, before = View(cube, question.cut), View(cube, question.before)
    labels = Labels(workspace, ask.lang, ask.board.item_names())
    moved = overview.moved(measure, now, before, labels=labels, voice=voice)
    query = urlencode(exploring.query_of(question))
    return page(
        ask,
        "number",
        is_behind=ask.board.cubes.is_behind(),
        title=ask.say(f"measure_{measure}"),
        value=voice.shown(measure, opened.value),
        before=voice.shown(measure, opened.before),
        before_days=before.days,
        period=formats.days(question.first, question.last, ask.lang),
        definition=ask.say(f"measure_{measure}_means"),
        chart=drawing.fragment(
            [overview.by_day(measure, now, before, voice=voice, marks=exploring.marks(workspace))],
            ask.lang,
        ),
        moved=drawing.fragment(moved if opened.moved else [], ask.lang),
        paces=[_paced(ask, one) for one in opened.paces],
        sources=[(one.file, ask.day(one.at_us)) for one in opened.sources],
        newest=opened.newest,
        sql=opened.sql,
        explore=f"{ask.base}/explore?{query}",
        rows=f"{ask.base}/explore/rows?{query}",
        may_rows=bool(ask.account and may(ask.account.role, "explore")),
    )  # fmt: skip


def _paced(ask: Ask, pace: Pace) -> dict[str, str]:
    """A goal's pace in words."""
    voice = overview.Voice(ask.workspace, ask.lang)
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
    voice = overview.Voice(ask.workspace, ask.lang)
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
        shown=ruling.shown(ask.workspace, GOALS),
        problems=problems or {},
        given=dict(ask.form),
    )  # fmt: skip


def set_goal(ask: Ask) -> Response:
    """Set a goal, or take one out; of two who change the same the second is told."""
    try:
        return _set_goal(ask)
    except StaleError:
        return goal_list(ask, {"": ask.say("rule_changed")}, 409)


def _set_goal(ask: Ask) -> Response:
    assert ask.account is not None, "the route asks for a session"
    form = ask.form
    actor, looked_at = ask.account.email, form.get("shown")
    problems: dict[str, str] = {}
    days = {name: _day(form.get(name, "")) for name in ("first", "last")}
    problems |= {name: ask.say("explore_no_day") for name, day in days.items() if day is None}
    measure = form.get("measure", "")
    if measure not in GOAL_MEASURES:
        problems["measure"] = ask.say("goal_measure_wrong")
    first, last = days["first"], days["last"]
    if form.get("deed") == "drop" and first and last:
        goals.drop(ask.workspace, measure, first, last, actor=actor, seen=looked_at)
        ask.note("goal_dropped", f"{measure}, {first}, {last}")
        return seen(ask, "/goals")
    units = _whole(form.get("target", ""))
    if units is None:
        problems["target"] = ask.say("goal_target_wrong")
    if problems or first is None or last is None or units is None:
        return goal_list(ask, problems, 400)
    target = units * (MICROS if measure in MONEY else 1)
    goal = Goal(measure=measure, first=first, last=last, target=target)
    try:
        goals.put(ask.workspace, goal, actor=actor, seen=looked_at)
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
