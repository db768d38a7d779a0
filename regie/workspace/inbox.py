"""What waits for a person: one proposal a campaign and run, told so that it can be decided on.

Reads only. What is expected is what these people would order anyway: nothing was sent yet, so a
gain is not claimed before the control group has told it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from regie.deliver import outbox as leaving
from regie.terms.decision import Decision
from regie.terms.document import LANGS
from regie.terms.errors import NotFoundError
from regie.workspace import deciding
from regie.workspace.approving import approve_by_us, is_expired, proposals, run_of

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

SAMPLE = 12
"""So many messages are put up to be looked at."""
_Z95 = 1.959964


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of one campaign and run, and what is known before they leave.

    Parameters
    ----------
    content_hash : str
        Of the list of every message and its bytes: an approval binds to it.
    title : dict[str, str]
        The campaign's name by language.
    expected, expected_low, expected_high : float
        Orders of these people in the next 30 days, written to or not, with a 95 % interval: the sum
        of calibrated probabilities, each person an independent draw.
    cost_micros, budget_micros : int
        What the messages cost, and what the campaign may.
    consented : int
        Of the messages, those whose person allows them as things stand now.
    holdout : int
        People left without a message so that its effect can be told.
    cap_messages : int
        At most so many messages a person in 7 days.
    expires_us : int
        Until when they may be approved.
    sample : tuple[str, ...]
        Decisions whose messages are put up, spread over the scores.
    """

    run: int
    campaign: str
    title: dict[str, str]
    messages: int
    content_hash: str
    expected: float
    expected_low: float
    expected_high: float
    cost_micros: int
    budget_micros: int
    consented: int
    holdout: int
    cap_messages: int
    as_of_us: int
    expires_us: int
    is_late: bool
    sample: tuple[str, ...]


def waiting(workspace: Stores) -> list[Proposal]:
    """Every proposal that waits, newest run first."""
    return [
        told(workspace, run, campaign)
        for run, campaign in sorted(proposals(workspace), key=lambda one: (-one[0], one[1]))
    ]


def told(workspace: Stores, run: int, campaign: str) -> Proposal:
    """One proposal, waiting or decided already.

    Raises
    ------
    NotFoundError
        If that run has no message of that campaign.
    """
    of = run_of(workspace, run)
    found = [d for d, _ in deciding.find(workspace, run=run, kind="message")]
    messages = [d for d in found if d.campaign == campaign]
    if not messages:
        raise NotFoundError(
            f"campaign {campaign} of run {run}", "not there", "one with messages", "open the inbox"
        )
    wait = dict(proposals(workspace, run).get((run, campaign), []))
    meant = [d for d in messages if d.id in wait] or messages
    p = [float(d.inputs["probability"]) for d in meant]
    expected, spread = math.fsum(p), _Z95 * math.sqrt(math.fsum(one * (1 - one) for one in p))
    rules = {one.name: one for one in workspace.rules.campaigns()}
    policy = deciding.policy_of(workspace, meant[0])
    return Proposal(
        run=run,
        campaign=campaign,
        title=dict(rules[campaign].title) if campaign in rules else dict.fromkeys(LANGS, campaign),
        messages=len(meant),
        content_hash=leaving.campaign_hash(wait) if wait else "",
        expected=expected,
        expected_low=max(0.0, expected - spread),
        expected_high=min(float(len(p)), expected + spread),
        cost_micros=sum(_cost(d) for d in meant),
        budget_micros=rules[campaign].budget_micros if campaign in rules else 0,
        consented=_consented(workspace, meant, of.as_of_us),
        holdout=sum(1 for d in found if _held_out(d, campaign)),
        cap_messages=policy.cap_messages,
        as_of_us=of.as_of_us,
        expires_us=approve_by_us(workspace, of.as_of_us),
        is_late=is_expired(workspace, of.as_of_us),
        sample=_spread([d.id for d in sorted(meant, key=lambda d: (-_score(d), d.id))]),
    )


def _consented(workspace: Stores, messages: list[Decision], as_of_us: int) -> int:
    from regie.workspace.exporting import allowed_now

    allowed = allowed_now(workspace, as_of_us)
    return sum(1 for d in messages if d.subject in allowed)


def _score(decision: Decision) -> float:
    return next(c.score for c in decision.candidates if c.id == decision.campaign)


def _cost(decision: Decision) -> int:
    return next(c.cost_micros for c in decision.candidates if c.id == decision.campaign)


def _held_out(decision: Decision, campaign: str) -> bool:
    return bool(decision.constraints.get("holdout")) and any(
        c.id == campaign for c in decision.candidates
    )


def _spread(ids: list[str]) -> tuple[str, ...]:
    """Some of a ranking, from its first to its last: only the best would flatter."""
    if len(ids) <= SAMPLE:
        return tuple(ids)
    return tuple(ids[round(i * (len(ids) - 1) / (SAMPLE - 1))] for i in range(SAMPLE))
