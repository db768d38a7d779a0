"""What waits for a person: one proposal a campaign and run, told so that it can be decided on.

Reads only. What is expected is what these people would order anyway: nothing was sent yet, so a
gain is not claimed before the control group has told it. How far it may be off goes by how far
earlier forecasts were (`settled`): finding that out takes seconds, so it is handed in once known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
import numpy as np

from regie.decide.policy import Policy
from regie.deliver import outbox as leaving
from regie.measure.judged import Judged, sum_reach
from regie.ports.state import Run
from regie.ports.tables import Columns, sql_text
from regie.terms.document import LANGS
from regie.terms.errors import NotFoundError
from regie.workspace.approving import (
    approve_by_us,
    awaited,
    is_expired,
    proposals,
    rule_of,
    run_of,
)
from regie.workspace.approving import waiting as awaiting
from regie.workspace.campaigning import file_of
from regie.workspace.pressure import over_cap, policy_of_run
from regie.workspace.ruling import changed_into
from regie.workspace.sight import allowed_now
from regie.workspace.writing import rules_of

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

SAMPLE = 12
"""So many messages are put up to be looked at."""
Basis = Literal["coming", "model", "earlier"]
"""What an interval goes by: the model alone while earlier forecasts are being looked at, or as none
can be judged yet; or those that can."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of one campaign and run, and what is known before they leave.

    Parameters
    ----------
    content_hash : str
        Of the list of every message and its bytes: an approval binds to it.
    title : dict[str, str]
        The campaign's name by language.
    expected, expected_low, expected_high : float
        How many of these people order in the next 30 days, written to or not, with a 90 % interval:
        the sum of calibrated probabilities, and how far it may be off.
    expected_variance : float
        Of that sum, were every probability right: each person an independent draw.
    expected_basis : str
        What the interval goes by: "earlier" forecasts, beside what then happened; the "model"
        alone, as none of them can be judged yet: too narrow where it is wrong; the same while
        that is "coming".
    expected_runs : int
        So many earlier runs it goes by.
    cost_micros, budget_micros : int
        What the messages cost, and what the campaign may.
    consented : int
        Of the messages, those whose person allows them as things stand now.
    holdout : int
        People left without a message so that its effect can be told: those of the control group
        whom this campaign could have written to, as its audience, consent, address, items, dates
        and the cap of messages let it.
    cap_messages, cap_days : int
        At most so many messages a person in so many rolling days.
    over_cap : int
        People who would get more than that, with what is approved by now over all runs.
    is_paused : bool
        Whether the campaign is paused now: approved or not, nothing of it leaves.
    expires_us : int
        Until when they may be approved.
    newer : int
        The run whose newer list of the same campaign took the place of this one; 0 where none did.
    sample : tuple[str, ...]
        Decisions whose messages are put up, spread over the scores.
    roles : tuple[str, ...]
        Whose roles may decide.
    needed : int
        How many approvals it takes in all.
    agreed_by, agreed_us : str, int
        Who gave the first of two, and when (wall clock); empty and 0 where nobody did.
    gave_up : str
        Whose first approval counts no more, because their account was closed; empty for nobody's.
    put_up_by : tuple[str, ...]
        Who amended it, and so does not approve it.
    changed_by, changed_us : str, int
        Who last changed the campaign on a screen or by a program, as the run went by it, and when
        (wall clock); empty and 0 where nobody did.
    """

    run: int
    campaign: str
    title: dict[str, str]
    messages: int
    content_hash: str
    expected: float
    expected_low: float
    expected_high: float
    expected_variance: float
    expected_basis: Basis
    expected_runs: int
    cost_micros: int
    budget_micros: int
    consented: int
    holdout: int
    cap_messages: int
    cap_days: int
    over_cap: int
    is_paused: bool
    as_of_us: int
    expires_us: int
    is_late: bool
    newer: int
    sample: tuple[str, ...]
    roles: tuple[str, ...]
    needed: int
    agreed_by: str
    agreed_us: int
    gave_up: str
    put_up_by: tuple[str, ...]
    changed_by: str
    changed_us: int


def waiting(workspace: Stores) -> list[Proposal]:
    """Every proposal that waits, newest run first."""
    by_run: dict[int, list[str]] = {}
    for run, campaign in sorted(awaiting(workspace), key=lambda one: (-one[0], one[1])):
        by_run.setdefault(run, []).append(campaign)
    # A run's decisions are read once, whatever the number of its campaigns.
    return [one for run, names in by_run.items() for one in _told_of(workspace, run, names)]


def told(workspace: Stores, run: int, campaign: str) -> Proposal:
    """One proposal, waiting or decided already.

    Raises
    ------
    NotFoundError
        If that run has no message of that campaign.
    """
    return _told_of(workspace, run, [campaign])[0]


def settled(told: Proposal, judged: Judged | None) -> Proposal:
    """The same, its interval as wide as earlier forecasts were off.

    Parameters
    ----------
    judged : Judged or None
        Earlier runs beside what happened; None while that is being found out.
    """
    runs = [one for one in judged.known if one.as_of_us < told.as_of_us] if judged else []
    earlier = [one.sums for one in runs if one.sums]
    reach = sum_reach(told.expected, told.expected_variance, earlier)
    return msgspec.structs.replace(
        told,
        expected_low=max(0.0, told.expected - reach),
        expected_high=min(float(told.messages), told.expected + reach),
        expected_basis="coming" if judged is None else "earlier" if earlier else "model",
        expected_runs=len(earlier),
    )


def _told_of(workspace: Stores, run: int, campaigns: Sequence[str]) -> list[Proposal]:
    of = run_of(workspace, run)
    policy = policy_of_run(of)
    with workspace.tables.session() as session:
        messages = session.query(sql_text("regie.workspace", "put_up"), {"run": run})
        asked = {"run": run, "cap_messages": policy.cap_messages}
        out = session.query(sql_text("regie.workspace", "held_out"), asked)
    waits = proposals(workspace, run)
    put_up = [one for pairs in waits.values() for one, _ in pairs]
    told = _Told(
        workspace=workspace,
        run=of,
        messages=messages,
        consented=allowed_now(workspace, messages["subject"].tolist(), of.as_of_us),
        held_out=dict(zip(out["campaign"].tolist(), out["people"].tolist(), strict=True)),
        policy=policy,
        over=over_cap(workspace, of, put_up) if put_up else set(),
        paused={one.name for one in workspace.rules.campaigns_read()[0] if one.paused},
    )
    return [told.proposal(name, dict(waits.get((run, name), []))) for name in campaigns]


class _Told(NamedTuple):
    """What is known of a run's messages, the best scores first, for telling of its campaigns."""

    workspace: Stores
    run: Run
    messages: Columns
    consented: set[str]
    held_out: dict[str, int]
    policy: Policy
    over: set[str]
    paused: set[str]

    def proposal(self, campaign: str, wait: dict[str, str]) -> Proposal:
        """One campaign's messages: those that wait, else all of them."""
        workspace, run = self.workspace, self.run
        meant = self._meant(campaign, wait)
        p = [float(one) for one in meant["probability"]]
        went_by = rules_of(workspace, run.number)
        rule = {one.name: one for one in went_by.campaigns()}.get(campaign)
        file = file_of(campaign)
        content_hash = went_by.hashes().get(file, "")
        changed = changed_into(workspace, file, content_hash, run.started_us)
        needs = awaited(workspace, run.number, campaign, wait)
        told = Proposal(
            run=run.number,
            campaign=campaign,
            title=dict(rule.title) if rule else dict.fromkeys(LANGS, campaign),
            messages=len(p),
            content_hash=leaving.campaign_hash(wait) if wait else "",
            expected=math.fsum(p),
            expected_low=0.0,
            expected_high=float(len(p)),
            expected_variance=math.fsum(one * (1 - one) for one in p),
            expected_basis="coming",
            expected_runs=0,
            cost_micros=int(meant["cost_micros"].sum()),
            budget_micros=rule.budget_micros if rule else 0,
            consented=sum(1 for key in meant["subject"] if key in self.consented),
            holdout=self.held_out.get(campaign, 0),
            cap_messages=self.policy.cap_messages,
            cap_days=self.policy.cap_days,
            over_cap=len(self.over.intersection(wait)),
            is_paused=campaign in self.paused,
            as_of_us=run.as_of_us,
            expires_us=approve_by_us(workspace, run.as_of_us),
            is_late=is_expired(workspace, run.as_of_us),
            newer=workspace.state.newer_list(run.number, campaign) or 0,
            sample=_spread(meant["id"].tolist()),
            roles=rule_of(workspace).roles,
            needed=needs.needed,
            agreed_by=needs.agreed.actor if needs.agreed else "",
            agreed_us=needs.agreed.at_us if needs.agreed else 0,
            gave_up=needs.gave_up,
            put_up_by=tuple(sorted(needs.put_up_by)),
            changed_by=changed.actor if changed else "",
            changed_us=changed.at_us if changed else 0,
        )
        return settled(told, None)

    def _meant(self, campaign: str, wait: Mapping[str, str]) -> Columns:
        is_of = self.messages["campaign"] == campaign
        if not is_of.any():
            raise NotFoundError(
                f"campaign {campaign} of run {self.run.number}", "not there", "one with messages",
                "open the inbox",
            )  # fmt: skip
        waits = is_of & np.isin(self.messages["id"], np.array(list(wait), dtype=object))
        which = waits if waits.any() else is_of
        return {name: column[which] for name, column in self.messages.items()}


def _spread(ids: list[str]) -> tuple[str, ...]:
    """Some of a ranking, from its first to its last: only the best would flatter."""
    if len(ids) <= SAMPLE:
        return tuple(ids)
    return tuple(ids[round(i * (len(ids) - 1) / (SAMPLE - 1))] for i in range(SAMPLE))
