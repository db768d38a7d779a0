"""Amend what waits before it is approved: leave people out, keep only the best, say it otherwise.

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
from typing import TYPE_CHECKING

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
from regie.workspace.records import decisions_of
from regie.workspace.sealing import Sealing
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


def leave_out(
    workspace: Stores,
    *,
    run: int,
    campaign: str,
    people: Sequence[str],
    shown: str,
    actor: str,
    role: str | None = None,
    reason: str = "",
) -> Acted:
    """Take single people out of a campaign's messages of one run.

    Parameters
    ----------
    people : Sequence[str]
        Keys, identifiers or addresses; or whole ids of the decisions to write to them.
    shown : str
        `campaign_hash` of the messages that were looked at.

    Raises
    ------
    NotFoundError
        If one of them gets no message of it.
    RefusedError
        If nothing waits, what waits is no longer what was shown, or the role may not.
    SettingError
        If nobody is named.
    """
    amendment = _Amendment(workspace, "left_out", run, campaign, shown, Who(actor, role))
    if not people:
        raise SettingError("people", "none", "at least one", "name whom to leave out")
    found = workspace.state.outbox(run=run, campaign=campaign, state="proposed")
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
    return amendment.leave(out, reason)


def keep_best(
    workspace: Stores,
    *,
    run: int,
    campaign: str,
    budget_micros: int,
    shown: str,
    actor: str,
    role: str | None = None,
    reason: str = "",
) -> Acted:
    """Keep the messages with the best scores that a lower budget pays for.

    Parameters
    ----------
    budget_micros : int
        What they may cost, those approved already not counted.
    shown : str
        `campaign_hash` of the messages that were looked at.

    Raises
    ------
    SettingError
        If it pays for all of them, or for none.
    RefusedError
        If nothing waits, what waits is no longer what was shown, or the role may not.
    """
    amendment = _Amendment(workspace, "left_out", run, campaign, shown, Who(actor, role))
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
    return amendment.leave({d.id: amendment.hashes[d.id] for d in best[kept:]}, reason)


def reword(
    workspace: Stores,
    *,
    run: int,
    campaign: str,
    words: Mapping[str, Mapping[str, str]],
    shown: str,
    actor: str,
    role: str | None = None,
    reason: str = "",
) -> Acted:
    """Give a campaign's waiting messages of one run other words.

    Parameters
    ----------
    words : Mapping
        Language to words, as in rules/campaigns; empty gives back the campaign's own.
    shown : str
        `campaign_hash` of the messages that were looked at.

    Raises
    ------
    RuleError
        If the words are not what a campaign takes.
    RefusedError
        If nothing waits, what waits is no longer what was shown, or the role may not.
    """
    amendment = _Amendment(workspace, "reworded", run, campaign, shown, Who(actor, role))
    said = words_from(words, f"messages of {campaign}") if words else {}
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
    return amendment.note(hashes, leaving.reworded_list(hashes, said), reason)


class _Amendment:
    """One change to one campaign's waiting messages, looked up and allowed."""

    def __init__(  # noqa: PLR0917 (what each amendment is about)
        self, workspace: Stores, kind: str, run: int, campaign: str, shown: str, who: Who
    ) -> None:
        self.workspace, self.campaign, self.who = workspace, campaign, who
        self.about = look_up(workspace, kind, run, campaign)
        check_shown(self.about, shown)
        self.hashes = self.about.chosen[campaign]
        rule = rule_of(workspace)
        if why := approval.barred(rule, actor=who.actor, role=who.role):
            raise refused(f"campaign {campaign} of run {run}", why, rule, who)

    def leave(self, out: Mapping[str, str], reason: str) -> Acted:
        """Those messages will not leave."""
        return self.note(out, leaving.approved_list(out), reason)

    def note(self, about: Mapping[str, str], content: bytes, reason: str) -> Acted:
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
            reason=reason,
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
