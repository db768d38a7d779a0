"""Decisions (what was known, possible, chosen, and why) and acts (what people did about it); pure.

Why an act is not a field of a decision: a decision never changes once it is recorded, so its hash
can be sealed; its state is folded from the acts that name it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

ACT_KINDS = (
    "proposed", "agreed", "approved", "rejected", "left_out", "reworded", "applied", "undone",
    "expired",
)  # fmt: skip
"""Every kind of act; `decision_state` folds them. `agreed` is the first of two approvals."""

WAIT_STILL = ("agreed", "reworded")
"""Acts after which a proposal waits as before."""

UNDO_UNTIL = {
    "proposed": {
        "en": "until it is approved or rejected, by rejecting it",
        "fr": "tant que rien n’est validé ni refusé, par un refus",
    },
    "agreed": {
        "en": "until a second person approves",
        "fr": "tant qu’une seconde personne n’a pas validé",
    },
    "approved": {
        "en": "until the first message leaves",
        "fr": "jusqu’au départ du premier message",
    },
    "rejected": {
        "en": "until the messages expire{day}",
        "fr": "jusqu’à l’expiration des messages{day}",
    },
    "left_out": {
        "en": "until the messages expire{day}",
        "fr": "jusqu’à l’expiration des messages{day}",
    },
    "reworded": {
        "en": "until it is approved, by other words",
        "fr": "tant que rien n’est validé, par d’autres mots",
    },
    "applied": {
        "en": "by a later decision alone: what was sent or served stays so",
        "fr": "par une décision ultérieure seulement : ce qui est parti ou a servi le reste",
    },
    "undone": {
        "en": "at any time, by approving or rejecting again",
        "fr": "à tout moment, en validant ou en refusant de nouveau",
    },
    "expired": {
        "en": "never: a new run decides anew",
        "fr": "jamais : un nouveau calcul décidera de nouveau",
    },
}
"""Until when each kind of act can be undone, in both languages."""

NOTHING = "nothing"
"""The action of not writing."""


class Candidate(msgspec.Struct, frozen=True):
    """An action that could have been taken, with its score and its cost.

    Examples
    --------
    >>> Candidate("favourites", 0.8, 50_000).id
    'favourites'
    """

    id: str
    score: float
    cost_micros: int


class Reason(msgspec.Struct, frozen=True):
    """One named part of a score; the weights of a decision's reasons add up to its score.

    fr: raison

    Examples
    --------
    >>> Reason("recency_days", 12.0, 61.0, 0.42).weight
    0.42
    """

    code: str
    value: float
    baseline: float
    weight: float


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One automated choice, complete enough to be explained and run again.

    fr: décision

    Parameters
    ----------
    id : str
        Run, subject and policy, hashed.
    kind : str
        `message`, `promotion` …
    subject : str
        A person's key, a campaign, a model, a rule.
    campaign : str or None
        The campaign that was chosen; None for nothing.
    content_hash : str or None
        SHA-256 of the exact bytes that would leave.
    candidates : tuple[Candidate, ...]
        At most 20, best first.
    excluded : dict[str, int]
        Why other candidates fell out, and how many.
    propensity : float
        Probability of the chosen action given cut-off and holdout, in (0, 1].
    reasons : tuple[Reason, ...]
        Their weights add up to the chosen candidate's score.
    constraints : dict[str, Any]
        Caps, budget, holdout, exploration as they stood.
    basis : dict[str, str]
        Purpose to legal basis: on which consent.
    inputs : dict[str, Any]
        What the policy was given; replay gives it again.

    Examples
    --------
    >>> d = Decision(id="d1", kind="message", run=1, at_us=0, subject="k", policy="demo@ab12",
    ...              chosen=NOTHING, propensity=1.0, seed=7, actor="policy")
    >>> d.campaign is None
    True
    """

    id: str
    kind: str
    run: int
    at_us: int
    subject: str
    campaign: str | None = None
    content_hash: str | None = None
    policy: str
    versions: dict[str, str] = {}
    candidates: tuple[Candidate, ...] = ()
    excluded: dict[str, int] = {}
    chosen: str
    propensity: float
    reasons: tuple[Reason, ...] = ()
    constraints: dict[str, Any] = {}
    basis: dict[str, str] = {}
    inputs: dict[str, Any] = {}
    seed: int
    actor: str


def taken(decision: Decision) -> Candidate:
    """The candidate that was chosen: its score and its cost.

    Raises
    ------
    StopIteration
        If the decision is to do nothing, which is no candidate.

    Examples
    --------
    >>> d = Decision(id="d1", kind="message", run=1, at_us=0, subject="k", policy="p", chosen="c",
    ...              campaign="c", propensity=1.0, seed=7, actor="policy",
    ...              candidates=(Candidate("b", 0.9, 1), Candidate("c", 0.8, 50_000)))
    >>> taken(d).cost_micros
    50000
    """
    return next(one for one in decision.candidates if one.id == decision.chosen)


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did about a decision, or about a campaign's decisions of one run.

    fr: acte

    Examples
    --------
    >>> Act(id="a1", decision=None, campaign="favourites", run=1, kind="approved", actor="camille",
    ...     at_us=0, content_hash="ab", reason="").kind
    'approved'
    """

    id: str
    decision: str | None
    campaign: str | None
    run: int | None
    kind: str
    actor: str
    at_us: int
    content_hash: str | None
    reason: str


def undo_until(kind: str, lang: str, expires: date | None = None) -> str:
    """Until when an act of a kind can be undone, in words.

    Parameters
    ----------
    expires : date or None
        The day the messages expire, where it is known.

    Examples
    --------
    >>> undo_until("approved", "en")
    'until the first message leaves'
    >>> undo_until("rejected", "en", date(2011, 10, 9))
    'until the messages expire (2011-10-09)'
    """
    day = "" if expires is None else f" ({expires.isoformat()})"
    return UNDO_UNTIL[kind][lang].format(day=day)


def decision_state(acts: Iterable[Act]) -> str:
    """The state a decision is in, from its acts in order.

    Returns
    -------
    str
        The kind of the last act that still stands; `undone` gives back `proposed`, and so do
        first approvals and other words: it waits.

    Examples
    --------
    >>> a = Act(id="a", decision="d", campaign=None, run=1, kind="approved", actor="x", at_us=1,
    ...         content_hash=None, reason="")
    >>> decision_state([]), decision_state([a])
    ('proposed', 'approved')
    >>> decision_state([a, msgspec.structs.replace(a, kind="undone", at_us=2)])
    'proposed'
    >>> decision_state([msgspec.structs.replace(a, kind="agreed")])
    'proposed'
    """
    state = "proposed"
    for act in sorted(acts, key=lambda act: (act.at_us, act.id)):
        if act.kind not in WAIT_STILL:
            state = "proposed" if act.kind == "undone" else act.kind
    return state
