"""The journal: find, read and take again a decision; check that nothing recorded was changed.

A page of it goes on from a place (when, in which turn, which decision), not from a count: what is
decided meanwhile moves nothing, and the millionth page costs what the first one does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from regie.interfaces.web.asking import Ask, page, seen
from regie.terms.decision import Decision
from regie.terms.document import Bar, Bars, Format
from regie.terms.errors import NotFoundError
from regie.workspace import approving, checking, drawing, telling
from regie.workspace.deciding import STATES, Place, explain, find_one, place_of, with_states
from regie.workspace.writing import items_named

_PAGE_ROWS = 50
_CURSOR = re.compile(r"(\d{1,19})\.(\d{1,9})\.(\w[\w.:-]{0,199})")
_KEY = re.compile(r"[0-9a-f]{32}")
"""Who is named so is nobody to whoever may not look people up."""
_FAULTS = 20


def show(ask: Ask, checked: Mapping[str, Any] | None = None) -> Response:
    """Find decisions, the newest first."""
    query = {n: ask.query.get(n, "").strip() for n in ("person", "state", "run", "after")}
    narrowed, problems = _narrowed(ask, query)
    found: list[Any] = []
    if not problems:
        try:
            found = ask.board.kept(
                ("journal", *narrowed.values()),
                lambda: ask.workspace.decisions(**narrowed, limit=_PAGE_ROWS + 1),
            )
        except NotFoundError as error:
            field = "run" if error.where.startswith("run") else "person"
            problems[field] = ask.say(f"journal_no_{field}")
    shown = found[:_PAGE_ROWS]
    return page(
        ask,
        "decisions",
        status=400 if problems else 200,
        query=query,
        problems=problems,
        states=STATES,
        found=[(d, _state_told(ask, d, state), ask.day(d.at_us)) for d, state in shown],
        next="{}.{}.{}".format(*place_of(shown[-1][0])) if len(found) > _PAGE_ROWS else "",
        runs=[run.number for run in ask.workspace.runs()],
        titles=telling.campaign_titles(ask.workspace, ask.lang),
        checked=checked,
    )


def _state_told(ask: Ask, decision: Decision, state: str) -> str:
    """A state in words; an approved message that waited too long does not leave any more."""
    if state == "approved" and approving.is_past_use(ask.workspace, decision.at_us):
        return ask.say("state_approved_past")
    return ask.say(f"state_{state.replace(' ', '_')}")


def _narrowed(ask: Ask, query: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What a search asks for, and field to what cannot be understood of it."""
    problems: dict[str, str] = {}
    narrowed: dict[str, Any] = {
        "person": query["person"] or None, "state": query["state"] or None, "run": None,
        "after": None,
    }  # fmt: skip
    if query["person"] and not (ask.may("see_people") or _KEY.fullmatch(query["person"])):
        problems["person"] = ask.say("journal_person_key")
    if query["state"] and query["state"] not in STATES:
        problems["state"] = ask.say("journal_no_state")
    if re.fullmatch(r"\d{1,9}", query["run"]):
        narrowed["run"] = int(query["run"])
    elif query["run"]:
        problems["run"] = ask.say("journal_no_run")
    place = _CURSOR.fullmatch(query["after"])
    if place:
        narrowed["after"] = Place(int(place[1]) % 2**63, int(place[2]), place[3])
    elif query["after"]:
        problems["after"] = ask.say("journal_no_place")
    return narrowed, problems


def verify(ask: Ask) -> Response:
    """Check every row against what was sealed: here where they are few, else as a job."""
    assert ask.account is not None, "the route asks for a session"
    checked = checking.check(ask.workspace, ask.account.email)
    ask.note("verified", f"{checked.rows}")
    found = checked.found
    if found is None:
        return seen(ask, "/jobs")
    return show(
        ask,
        {"rows": found.rows, "entries": found.entries, "faults": found.faults[:_FAULTS],
         "more": max(0, len(found.faults) - _FAULTS)},
    )  # fmt: skip


def told(ask: Ask, replayed: Any = None) -> Response:
    """One decision: what was chosen, why, what else, what would have changed it, which consent."""
    decision = find_one(ask.workspace, ask.path["decision"])
    explained = explain(ask.workspace, decision)
    ((_, state),) = with_states(ask.workspace, [decision])
    items = ask.board.names_at(decision.at_us, items_named([decision]))
    sentences = telling.tell(ask.workspace, explained, ask.lang, items)
    sentences += telling.stands(ask.workspace, decision, state, ask.lang)
    parts = telling.parts(ask.workspace, explained, ask.lang) if decision.reasons else []
    bars = Bars(
        title=ask.say("decision_parts"),
        rows=tuple(Bar(label, weight) for label, weight in parts),
        format=Format("number", digits=2, signed=True),
    )
    return page(
        ask,
        "decision",
        decision=decision,
        state=_state_told(ask, decision, state),
        sentences=sentences,
        parts=drawing.fragment([bars], ask.lang) if parts else "",
        replayed=replayed,
    )


def replay(ask: Ask) -> Response:
    """Take the decision again from what it was given, and say whether it is the same."""
    return told(ask, replayed=ask.workspace.replay(ask.path["decision"]))
