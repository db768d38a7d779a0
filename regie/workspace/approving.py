"""Approve, reject and take back: what people do about messages, by campaign and run.

Everything is checked before anything is done: of several campaigns either all that can be acted on
are, in one transaction and one entry of the ledger, or none. An act names its messages by a list
that is kept as an asset under the act's hash, so a message whose bytes changed since the run stays
out by itself and keeps nobody else waiting.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from regie.deliver import outbox as leaving
from regie.ports.state import Run
from regie.ports.tables import sql_text
from regie.terms.decision import Act, Decision, undo_until
from regie.terms.errors import NotFoundError, RefusedError
from regie.terms.instant import DAY_US, day_of
from regie.workspace import sight
from regie.workspace.records import decisions_of
from regie.workspace.sealing import Sealing, act_leaves
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

WANTED = {
    "approved": ("proposed",),
    "rejected": ("proposed",),
    "undone": ("approved", "rejected"),
}
"""Kind of act to the states a message may be in for it."""

_SEE = "see what stands: regie decisions"


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """What was done about messages.

    Parameters
    ----------
    acts : tuple[Act, ...]
        One a campaign.
    messages : dict[str, int]
        Campaign to how many of its messages.
    changed : tuple[str, ...]
        Decisions left out because their bytes are not those that were proposed.
    undo_until : str
        Until when the acts can be taken back, in English, as the terminal speaks.
    """

    acts: tuple[Act, ...]
    messages: dict[str, int]
    changed: tuple[str, ...]
    undo_until: str


def proposals(workspace: Stores, run: int | None = None) -> dict[tuple[int, str], list[Any]]:
    """Messages that wait, by run and campaign: decision ids with their content hashes."""
    waiting: dict[tuple[int, str], list[Any]] = {}
    as_of_us = {one.number: one.as_of_us for one in workspace.state.runs("published")}
    for decision, campaign, number, content_hash, state in _outbox(workspace, run, None):
        if state == "proposed" and not is_expired(workspace, as_of_us[number]):
            waiting.setdefault((number, campaign), []).append((decision, content_hash))
    return waiting


def _outbox(workspace: Stores, run: int | None, campaign: str | None) -> list[Any]:
    found = workspace.state.outbox(run=run, campaign=campaign)
    names = ("decision", "campaign", "run", "content_hash", "state")
    return list(zip(*(found[name].tolist() for name in names), strict=True))


def act(
    workspace: Stores,
    kind: str,
    *,
    run: int | None = None,
    campaign: str | None = None,
    actor: str,
    reason: str = "",
    shown: str | None = None,
) -> Acted:
    """Approve, reject or undo messages of a run, on the exact bytes that were put up.

    Parameters
    ----------
    run : int or None
        Number of a run; None for the newest.
    campaign : str or None
        One campaign; None for every one that such an act can be about.
    shown : str or None
        `campaign_hash` of the messages that were looked at, where a screen showed them.

    Returns
    -------
    Acted
        An approval leaves out the messages that changed since, and names them.

    Raises
    ------
    NotFoundError
        If there is no such run, or no such campaign in it.
    RefusedError
        If nothing is in a state for it, its time is over, every message changed since, or what
        waits is no longer what was shown.
    """
    of_run = run_of(workspace, run)
    chosen = _chosen(workspace, kind, of_run, campaign)
    if kind == "undone":
        _check_time(workspace, of_run, chosen)
    _check_shown(of_run, chosen, shown)
    changed = _changed(workspace, chosen) if kind == "approved" else []
    left = {
        name: {one: content for one, content in hashes.items() if one not in changed}
        for name, hashes in chosen.items()
    }
    left = {name: hashes for name, hashes in left.items() if hashes}
    if not left:
        raise RefusedError(
            f"every message of run {of_run.number} ({', '.join(chosen)})",
            "not what was proposed (its campaign, item or contact changed since)",
            "the exact bytes put up for approval",
            "run the loop again: regie run",
        )
    acts = [
        Act(
            id=secrets.token_hex(16),
            decision=None,
            campaign=name,
            run=of_run.number,
            kind=kind,
            actor=actor,
            at_us=wall_us(),
            content_hash=leaving.campaign_hash(hashes),
            reason=reason,
        )
        for name, hashes in left.items()
    ]
    salts = [secrets.token_hex(16) for _ in acts]
    for hashes in left.values():
        workspace.assets.put(leaving.approved_list(hashes))
    moved = [decision for hashes in left.values() for decision in hashes]
    with workspace.state.together():
        # Of two who act at the same moment one is first: the other acts on what is no longer so.
        if _chosen(workspace, kind, of_run, campaign) != chosen:
            raise RefusedError(
                f"{', '.join(chosen)} of run {of_run.number}",
                "decided on by somebody else just now",
                f"messages that are {' or '.join(WANTED[kind])}",
                _SEE,
            )
        workspace.state.add_acts(acts, salts)
        workspace.state.move_outbox(moved, {"undone": "proposed"}.get(kind, kind))
        workspace.state.owe("act", acts[0].id, act_leaves(acts, salts))
    Sealing(workspace).settle()
    return Acted(
        acts=tuple(acts),
        messages={name: len(hashes) for name, hashes in left.items()},
        changed=tuple(changed),
        undo_until=until(workspace, kind, of_run.as_of_us, "en"),
    )


def run_of(workspace: Stores, number: int | None = None) -> Run:
    """The published run of that number, or the newest.

    Raises
    ------
    NotFoundError
        If there is none; names those there are.
    """
    runs = workspace.state.runs("published")
    found = [run for run in runs if number in (None, run.number)]
    if not found:
        raise NotFoundError(
            "run" if number is None else f"run {number}",
            "not there",
            _one_of([str(run.number) for run in runs]),
            "list them: regie runs" if runs else "run the loop: regie run",
        )
    return found[-1]


def _one_of(names: Sequence[str]) -> str:
    return f"one of {', '.join(names)}" if names else "one, but there is none yet"


def _chosen(
    workspace: Stores, kind: str, run: Run, campaign: str | None
) -> dict[str, dict[str, str]]:
    """Campaign to decision and content hash, of the messages such an act can be about."""
    found = _outbox(workspace, run.number, None)
    there = sorted({one for _, one, *_ in found})
    if campaign is not None and campaign not in there:
        raise NotFoundError(
            f"campaign {campaign} of run {run.number}",
            "not there",
            _one_of(there),
            "see its campaigns: regie decisions --run " + str(run.number),
        )
    expired = is_expired(workspace, run.as_of_us)
    chosen: dict[str, dict[str, str]] = {}
    states: dict[str, int] = {}
    for decision, name, _, content_hash, state in found:
        if campaign in (None, name):
            now = "expired" if state == "proposed" and expired else state
            states[now] = states.get(now, 0) + 1
            if now in WANTED[kind]:
                chosen.setdefault(name, {})[decision] = content_hash
    if kind == "undone" and "sent" in states:
        raise RefusedError(
            f"{campaign or 'a campaign'} of run {run.number}",
            f"on its way ({states['sent']} sent)",
            f"an approval, which can be undone {undo_until('approved', 'en')}",
            "what was sent cannot be taken back",
        )
    if not chosen and "expired" in states and kind != "undone":
        day = day_of(approve_by_us(workspace, run.as_of_us), workspace.settings.zone)
        raise RefusedError(
            f"{'campaign ' + campaign if campaign else 'every campaign'} of run {run.number}",
            f"expired ({states['expired']:,} messages waited until {day})",
            f"messages of the last {workspace.rules.approval_days()} days",
            "decide anew: regie run; for a recorded past, set now in regie.toml",
        )
    if not chosen:
        raise RefusedError(
            f"{'campaign ' + campaign if campaign else 'every campaign'} of run {run.number}",
            ", ".join(f"{name} ({n:,} messages)" for name, n in sorted(states.items()))
            or "without a message",
            f"messages that are {' or '.join(WANTED[kind])}",
            _SEE,
        )
    return chosen


def _check_shown(run: Run, chosen: Mapping[str, Mapping[str, str]], shown: str | None) -> None:
    if shown is not None and [shown] != [leaving.campaign_hash(one) for one in chosen.values()]:
        raise RefusedError(
            f"{', '.join(chosen)} of run {run.number}",
            "not what was shown: messages were decided on or changed since",
            "exactly the messages that were looked at",
            "look at them again",
        )


def _check_time(workspace: Stores, run: Run, chosen: Mapping[str, Mapping[str, str]]) -> None:
    """Whether the time to take back a rejection is not over; an approval's ends with a send."""
    if now_of(workspace, run.as_of_us) < _expires_us(run.as_of_us):
        return
    ids = {one for hashes in chosen.values() for one in hashes}
    rejected = [d for d, _, _, _, state in _outbox(workspace, run.number, None) if d in ids
                and state == "rejected"]  # fmt: skip
    if rejected:
        day = day_of(_expires_us(run.as_of_us), workspace.settings.zone)
        raise RefusedError(
            f"rejection of run {run.number}",
            f"past its time ({len(rejected)} messages expired)",
            f"one that can be undone {undo_until('rejected', 'en', day)}",
            "decide anew: regie run",
        )


def until(workspace: Stores, kind: str, as_of_us: int, lang: str) -> str:
    """Until when an act of a kind about a run of that instant can be undone, in words."""
    return undo_until(kind, lang, day_of(_expires_us(as_of_us), workspace.settings.zone))


def _expires_us(as_of_us: int) -> int:
    return as_of_us + leaving.VALID_DAYS * DAY_US


def approve_by_us(workspace: Stores, as_of_us: int) -> int:
    """Until when the messages of a run of that instant may be approved."""
    days = min(workspace.rules.approval_days(), leaving.VALID_DAYS)
    return as_of_us + days * DAY_US


def is_expired(workspace: Stores, as_of_us: int) -> bool:
    """Whether a message of a run of that instant has waited too long for its approval."""
    return now_of(workspace, as_of_us) >= approve_by_us(workspace, as_of_us)


def now_of(workspace: Stores, as_of_us: int) -> int:
    """This moment for a run's messages: where a workspace stands still, they live in their run."""
    return as_of_us if workspace.settings.now else workspace.settings.now_us()


def _changed(workspace: Stores, chosen: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Decisions whose message of today is not the one that was proposed."""
    hashes = {one: content for pairs in chosen.values() for one, content in pairs.items()}
    now = {decision.id: leaving_hash(m) for decision, m in messages(workspace, list(hashes))}
    return sorted(one for one, content in hashes.items() if now.get(one) != content)


def lists_of(workspace: Stores, acts: Iterable[Act]) -> dict[str, dict[str, str]]:
    """What each act on a campaign was about: its hash to decisions and content hashes."""
    hashes = {a.content_hash for a in acts if a.decision is None and a.content_hash}
    return {one: dict(msgspec.json.decode(workspace.assets.get(one))) for one in sorted(hashes)}


def leaving_hash(message: bytes) -> str:
    """The hash of a message's bytes."""
    from regie.deliver import mail

    return mail.content_hash(message)


def messages(workspace: Stores, ids: Sequence[str]) -> list[tuple[Decision, bytes]]:
    """Decisions with the bytes of their messages, made now, in id order."""
    from regie.collect import catalogue
    from regie.workspace.writing import Writer

    with workspace.tables.session() as session:
        session.register("wanted", {"id": list(ids)})
        decisions = decisions_of(session.query(sql_text("regie.workspace", "wanted_decisions")))
        written: list[tuple[Decision, bytes]] = []
        for as_of_us in sorted({d.at_us for d in decisions}):
            batch = [d for d in decisions if d.at_us == as_of_us]
            sight.see(workspace, session, as_of_us)
            writer = Writer(workspace, catalogue.settle(session), [d.subject for d in batch])
            written += [(d, writer.message(d)) for d in batch if d.subject in writer.contacts]
    return sorted(written, key=lambda pair: pair[0].id)
