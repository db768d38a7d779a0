"""Amend what waits before it is approved: leave people out, keep the cap or the best, reword.

An amendment is an act like an approval: it names its messages by a list kept under its hash, is
sealed, and can be taken back (`approving.act`, undone). Who is left out keeps their decision, which
is never changed: its message alone will not leave. Other words are kept with the list of the hashes
that the messages have by them; from then on they are what is written, shown, approved and sent, for
this campaign and run alone: the campaign's own rule stays as it is.

Why not a new run: it would decide anew on everybody, and who reads would no longer know what they
had read already.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict, Unpack

from regie.decide.campaign import words_from
from regie.deliver import outbox as leaving
from regie.govern import approval
from regie.ports.tables import sql_text
from regie.terms.decision import Act, taken
from regie.terms.errors import NotFoundError, RefusedError, SettingError
from regie.workspace.approving import (
    Acted,
    Who,
    check_shown,
    first_of_several,
    leaving_hash,
    look_up,
    messages,
    note_acts,
    refused,
    rule_of,
    until,
)
from regie.workspace.campaigning import check_signs
from regie.workspace.pressure import over_cap
from regie.workspace.records import decisions_of
from regie.workspace.sealing import Sealing
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


class About(TypedDict):
    """Which messages an amendment is about, and whose it is.

    Parameters
    ----------
    run, campaign : int, str
        The campaign's messages of that run.
    shown : str
        `campaign_hash` of the messages that were looked at.
    actor, role : str, str or None
        Who amends.
    reason : str
        Why, in their words.
    """

    run: int
    campaign: str
    shown: str
    actor: str
    role: NotRequired[str | None]
    reason: NotRequired[str]


def leave_out(workspace: Stores, *, people: Sequence[str], **about: Unpack[About]) -> Acted:
    """Take single people out of a campaign's messages of one run.

    Parameters
    ----------
    people : Sequence[str]
        Keys, identifiers or addresses; or whole ids of the decisions to write to them.
    about : About
        Which messages, and who.

    Raises
    ------
    NotFoundError
        If one of them gets no message of it.
    RefusedError
        If nothing waits, what waits is no longer what was shown, or the role may not.
    SettingError
        If nobody is named.
    """
    amendment = _Amendment(workspace, "left_out", about)
    if not people:
        raise SettingError("people", "none", "at least one", "name whom to leave out")
    found = workspace.state.outbox(run=amendment.run, campaign=amendment.campaign, state="proposed")
    named = dict(zip(found["key"].tolist(), found["decision"].tolist(), strict=True))
    out = {}
    for person in people:
        decision = person if person in amendment.hashes else named.get(workspace.key_of(person))
        if decision is None:
            raise NotFoundError(
                f"person {person}", "without a message that waits", "somebody it is meant for",
                "check the identifier",
            )  # fmt: skip
        out[decision] = amendment.hashes[decision]
    return amendment.leave(out)


def keep_best(workspace: Stores, *, budget_micros: int, **about: Unpack[About]) -> Acted:
    """Keep the messages with the best scores that a lower budget pays for.

    Parameters
    ----------
    budget_micros : int
        What they may cost, those approved already not counted.
    about : About
        Which messages, and who.

    Raises
    ------
    SettingError
        If it pays for all of them, or for none.
    RefusedError
        If nothing waits, what waits is no longer what was shown, or the role may not.
    """
    amendment = _Amendment(workspace, "left_out", about)
    with workspace.tables.session() as session:
        session.register("wanted", {"id": list(amendment.hashes)})
        found = decisions_of(session.query(sql_text("regie.workspace", "wanted_decisions")))
    best = sorted(found, key=lambda d: (-taken(d).score, d.subject))
    spent, kept = 0, 0
    while kept < len(best) and spent + taken(best[kept]).cost_micros <= budget_micros:
        spent += taken(best[kept]).cost_micros
        kept += 1
    if kept in (0, len(best)):
        raise SettingError(
            "budget", f"enough for {kept:,} of {len(best):,} messages",
            "one that pays for some of them", "reject them all, or approve them as they are",
        )  # fmt: skip
    return amendment.leave({d.id: amendment.hashes[d.id] for d in best[kept:]})


def keep_cap(workspace: Stores, **about: Unpack[About]) -> Acted:
    """Take out exactly those people whom the messages would bring above the cap.

    Parameters
    ----------
    about : About
        Which messages, and who.

    Raises
    ------
    SettingError
        If they bring nobody above it.
    RefusedError
        If nothing waits, what waits is no longer what was shown, or the role may not.
    """
    amendment = _Amendment(workspace, "left_out", about)
    over = over_cap(workspace, amendment.about.run, amendment.hashes)
    if not over:
        raise SettingError(
            "people", "nobody", "somebody above the cap", "approve the messages as they are"
        )
    return amendment.leave({one: amendment.hashes[one] for one in sorted(over)})


def reword(
    workspace: Stores, *, words: Mapping[str, Mapping[str, str]], **about: Unpack[About]
) -> Acted:
    """Give a campaign's waiting messages of one run other words.

    Parameters
    ----------
    words : Mapping
        Language to words, as in rules/campaigns; empty gives back the campaign's own.
    about : About
        Which messages, and who.

    Raises
    ------
    RuleError
        If the words are not what a campaign takes.
    RefusedError
        If nothing waits, what waits is no longer what was shown, or the role may not.
    """
    amendment = _Amendment(workspace, "reworded", about)
    said = words_from(words, f"messages of {amendment.campaign}") if words else {}
    texts = {f"words.{x}.{name}": text for x, one in words.items() for name, text in one.items()}
    check_signs(texts, f"messages of {amendment.campaign}")
    run, campaign = amendment.run, amendment.campaign
    found = workspace.state.outbox(run=run, campaign=campaign)
    if {"approved", "sent"} & set(found["state"].tolist()):
        raise RefusedError(
            f"campaign {campaign} of run {run}", "approved in part",
            "messages that all wait: their words are the same", "take the approval back first",
        )  # fmt: skip
    # Those left out too: taken back, they say what the others say. Who can no longer be written to
    # has no message by these words either, and keeps their old one's hash.
    was = dict(zip(found["decision"].tolist(), found["content_hash"].tolist(), strict=True))
    tried = messages(workspace, list(was), {(run, campaign): said})
    hashes = {**was, **{decision.id: leaving_hash(message) for decision, message in tried}}
    if hashes == was:
        raise SettingError("words", "the same", "other words", "approve the messages as they are")
    return amendment.note(hashes, leaving.reworded_list(hashes, said))


class _Amendment:
    """One change to one campaign's waiting messages, looked up and allowed."""

    def __init__(self, workspace: Stores, kind: str, about: About) -> None:
        self.workspace, self.reason = workspace, about.get("reason", "")
        self.run, self.campaign = about["run"], about["campaign"]
        self.who = who = Who(about["actor"], about.get("role"))
        self.about = look_up(workspace, kind, self.run, self.campaign)
        check_shown(self.about, about["shown"])
        self.hashes = self.about.chosen[self.campaign]
        rule = rule_of(workspace)
        if why := approval.barred(rule, actor=who.actor, role=who.role):
            raise refused(f"campaign {self.campaign} of run {self.run}", why, rule, who)

    def leave(self, out: Mapping[str, str]) -> Acted:
        """Those messages will not leave."""
        return self.note(out, leaving.approved_list(out))

    def note(self, about: Mapping[str, str], content: bytes) -> Acted:
        """The act, and what it changes, in one transaction."""
        workspace = self.workspace
        act = Act(
            id=secrets.token_hex(16),
            decision=None,
            campaign=self.campaign,
            run=self.about.run.number,
            kind=self.about.kind,
            actor=self.who.actor,
            at_us=wall_us(),
            content_hash=workspace.assets.put(content),
            reason=self.reason,
        )
        with first_of_several(workspace, self.about):
            note_acts(workspace, [act])
            if act.kind == "left_out":
                workspace.state.move_outbox(list(about), "left_out")
            else:
                workspace.state.reword_outbox(about)
        Sealing(workspace).settle()
        return Acted(
            acts=(act,),
            messages={self.campaign: len(about)},
            changed=(),
            undo_until=until(workspace, act.kind, self.about.run.as_of_us, "en"),
        )
