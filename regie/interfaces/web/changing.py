"""A change that waits (a champion, a policy, an erasure): told, approved, rejected, taken back."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from regie.govern.access import ROLE_WORDS
from regie.interfaces.web.asking import Ask, page, seen
from regie.interfaces.web.deciding import asked_by, change_title, reason_of, state_told
from regie.interfaces.web.policies import asked, gains
from regie.interfaces.web.versions import result_told, version_name
from regie.terms.errors import RefusedError
from regie.workspace import changes
from regie.workspace.foreseen import foreseen

DEEDS = ("approve", "reject", "undo")


def show(ask: Ask, problems: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """One change: what it would do, what is known of it, who may decide."""
    assert ask.account is not None, "the route asks for a session"
    change = changes.told(ask.workspace, ask.path["change"])
    return page(
        ask,
        "change",
        status=status,
        change=change,
        title=change_title(ask, change),
        differs=asked(ask, change) if change.kind == "policy" else None,
        facts=_FACTS[change.kind](ask, change),
        asked=asked_by(ask, change),
        state=state_told(ask, change.kind, change.state),
        barred=changes.barred(change, ask.account.email, ask.account.role),
        roles=", ".join(ROLE_WORDS[role][ask.lang] for role in change.roles),
        problems=problems or {},
    )


def act(ask: Ask) -> Response:
    """Approve, reject or take back."""
    assert ask.account is not None, "the route asks for a session"
    deed, name = ask.form.get("deed", ""), ask.path["change"]
    if deed not in DEEDS:
        return show(ask, {"": ask.say("act_unknown")}, 400)
    reason, problem = reason_of(ask, needed=deed == "reject")
    if problem:
        return show(ask, {"reason": problem}, 400)
    who = {"actor": ask.account.email, "role": ask.account.role}
    try:
        done = ask.workspace.decide_change(deed, name, reason=reason, **who)
    except RefusedError:
        change = changes.told(ask.workspace, name)
        why = changes.barred(change, ask.account.email, ask.account.role)
        roles = ", ".join(ROLE_WORDS[role][ask.lang] for role in change.roles)
        told = ask.say(f"barred_{why}", roles=roles) if why else ask.say("act_moved")
        return show(ask, {"": told}, 409)
    ask.note({"undo": "undone"}.get(deed, done.state), name)
    return seen(ask, f"/decide/change/{name}")


# ---- what is known of each kind


def _of_champion(ask: Ask, change: changes.Change) -> list[str]:
    """How it did beside the version that serves, on later days of the same people."""
    known = foreseen(ask.workspace, change)
    assert known.result is not None, "a version's"
    told = [result_told(ask, known.result, known.contest)]
    if known.serving is not None:
        told.append(ask.say("champion_before", version=version_name(ask, known.serving)))
    return told


def _of_policy(ask: Ask, change: changes.Change) -> list[str]:
    """What it would have changed in the newest turn, and brought where that is known."""
    found = foreseen(ask.workspace, change).compared
    if found is None:
        return [ask.say("policy_unknown")]
    told = [ask.say("policy_people", changed=found.changed, people=found.people)]
    return told + (gains(ask, found) if found.changed else [])


def _of_erasure(ask: Ask, change: changes.Change) -> list[str]:
    """An erasure says nothing of the person: who may see them follows the link."""
    return [ask.say("erasure_for_good")]


_FACTS = {"champion": _of_champion, "policy": _of_policy, "erasure": _of_erasure}
