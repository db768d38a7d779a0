"""The journal: find, read and take again a decision."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from regie.interfaces.web.asking import Ask, page
from regie.terms.document import Bar, Bars, Format
from regie.workspace import drawing, telling
from regie.workspace.deciding import States, find_one

_PAGE_ROWS = 50


def show(ask: Ask) -> Response:
    """Find a decision."""
    query = {name: ask.query.get(name, "").strip() for name in ("person", "state", "run")}
    number = int(query["run"]) if query["run"].isdigit() else None
    found = ask.workspace.decisions(
        run=number,
        person=query["person"] or None,
        state=query["state"] or None,
        limit=_PAGE_ROWS + 1,
    )
    return page(
        ask,
        "decisions",
        query=query,
        found=[(d, state, ask.day(d.at_us)) for d, state in found[:_PAGE_ROWS]],
        more=len(found) > _PAGE_ROWS,
        runs=[run.number for run in ask.workspace.runs()],
        titles=telling.campaign_titles(ask.workspace, ask.lang),
    )


def told(ask: Ask, replayed: Any = None) -> Response:
    """One decision: what was chosen, why, what else, what would have changed it, which consent."""
    decision = find_one(ask.workspace, ask.path["decision"])
    explained = ask.workspace.explain(decision.id)
    state = States(ask.workspace).of(decision)
    sentences = telling.tell(ask.workspace, explained, ask.lang, ask.board.names(decision.at_us))
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
        state=state,
        sentences=sentences,
        parts=drawing.fragment([bars], "fr" if ask.lang == "fr" else "en") if parts else "",
        replayed=replayed,
    )


def replay(ask: Ask) -> Response:
    """Take the decision again from what it was given, and say whether it is the same."""
    return told(ask, replayed=ask.workspace.replay(ask.path["decision"]))
