"""To decide: what waits for a person, put up so that it can be decided on; and the journal."""

from __future__ import annotations

import email
import email.policy
from typing import Any

from starlette.responses import Response

from regie.govern.access import may
from regie.interfaces.web.asking import Ask, page, seen
from regie.terms.document import Bar, Bars, Format
from regie.terms.errors import NotFoundError, RefusedError
from regie.workspace import approving, drawing, telling
from regie.workspace import inbox as waiting
from regie.workspace.deciding import States, find_one

_PAGE_ROWS = 50
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
)
DEEDS = {"approve": "approved", "reject": "rejected", "undo": "undone"}


def inbox(ask: Ask) -> Response:
    """Whatever waits for somebody, and what was decided of late."""
    acts = [
        (act, ask.day(act.at_us)) for act in reversed(ask.workspace.state.acts()) if act.campaign
    ][:10]
    return page(
        ask,
        "inbox",
        proposals=waiting.waiting(ask.workspace),
        acts=acts,
        titles=telling.campaign_titles(ask.workspace, ask.lang),
    )


def proposal(ask: Ask, problem: str = "", status: int = 200) -> Response:
    """One campaign's messages, with what is expected, what was checked, and some to look at."""
    told = waiting.told(ask.workspace, int(ask.path["run"]), ask.path["campaign"])
    states = _states(ask, told.run, told.campaign)
    samples = [_sample(ask, decision) for decision in told.sample]
    return page(
        ask,
        "proposal",
        status=status,
        told=told,
        states=states,
        samples=samples,
        currency=ask.workspace.settings.currency,
        may_decide=bool(ask.account and may(ask.account.role, "approve_messages")),
        problem=problem,
    )


def _states(ask: Ask, run: int, campaign: str) -> dict[str, int]:
    found = ask.workspace.state.outbox(run=run, campaign=campaign)["state"].tolist()
    return {state: found.count(state) for state in sorted(set(found))}


def _sample(ask: Ask, decision: str) -> tuple[str, list[str]]:
    """A decision and the reasons beside its message."""
    explained = ask.workspace.explain(decision)
    told = telling.tell(
        ask.workspace,
        explained,
        ask.lang,
        ask.board.names(explained.decision.at_us),
        ("chosen",),
    )
    return decision, told


def act(ask: Ask) -> Response:
    """Approve, reject or take back, on exactly what was shown."""
    assert ask.account is not None, "the route asks for a session"
    deed = ask.form.get("deed", "")
    run, campaign = int(ask.path["run"]), ask.path["campaign"]
    if deed not in DEEDS:
        return proposal(ask, problem=ask.say("act_unknown"), status=400)
    about: dict[str, Any] = {"run": run, "campaign": campaign, "actor": ask.account.email}
    about["reason"] = ask.form.get("reason", "").strip()[:500]
    if deed == "reject" and not about["reason"]:
        return proposal(ask, problem=ask.say("act_reason"), status=400)
    if deed == "approve":
        about["shown"] = ask.form.get("shown", "")
    try:
        getattr(ask.workspace, deed)(**about)
    except RefusedError:
        return proposal(ask, problem=ask.say("act_moved"), status=409)
    ask.note(DEEDS[deed], f"{campaign}, {run}")
    return seen(ask, f"/decide/{run}/{campaign}")


def message(ask: Ask) -> Response:
    """One message's own page, drawn as its receiver sees it, locked in a frame."""
    found = approving.messages(ask.workspace, [find_one(ask.workspace, ask.path["decision"]).id])
    if not found:
        raise NotFoundError(
            "message", "not there", "one that was written", "open the decision instead"
        )
    parsed = email.message_from_bytes(found[0][1], policy=email.policy.default)
    body = parsed.get_body(("html",))
    html = body.get_content() if body is not None else ""
    # The links of a proof lead nowhere: whoever looks must not unsubscribe the receiver.
    return Response(
        html.replace("href=", "data-href="),
        media_type="text/html; charset=utf-8",
        headers={"content-security-policy": _MAIL_POLICY},
    )


def journal(ask: Ask) -> Response:
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
