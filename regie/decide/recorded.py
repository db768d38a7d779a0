"""How a choice becomes a Decision, and how a Decision gives back the slate it came from; pure.

A recorded decision holds all that the policy was given, so that replay and explanation run the
same function on the same numbers and need no other table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np

from regie.decide.eligibility import EXCLUSIONS, Floats, Slate
from regie.decide.policy import NOBODY, Choices, Policy
from regie.govern.register import Holding
from regie.terms.decision import NOTHING, Candidate, Decision, Reason

HOLDINGS = (
    Holding(
        store="decisions",
        columns=("*",),
        purposes=("personalisation", "prospecting"),
        retention_days=760,
        person="subject",
        what={
            "en": "What was chosen for each person, why, and on which consent.",
            "fr": "Ce qui a été choisi pour chaque personne, pourquoi, et sur quel accord.",
        },
    ),
    Holding(
        store="state.sqlite/runs",
        columns=("*",),
        purposes=("accounts",),
        retention_days=None,
        person="",
        what={
            "en": "When the loop ran, on which versions.",
            "fr": "Quand la boucle a tourné, sur quelles versions.",
        },
    ),
)
"""What deciding keeps."""

_MOST_CANDIDATES = 20


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What all decisions of a run share.

    Parameters
    ----------
    run, as_of_us : int
        Number and instant.
    send_us : int
        First instant a message may leave.
    policy : str
        Name and hash, `standard@1f2e…`.
    versions : dict[str, str]
        Model and template versions.
    seed : int
        Names the exploration's draw.
    cutoffs : dict[str, float or None]
        Campaign to the least score its budget reaches; None where all fit.
    """

    run: int
    as_of_us: int
    send_us: int
    policy: str
    versions: dict[str, str]
    seed: int
    cutoffs: dict[str, float | None]


class PersonFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision keeps of one person beside the slate.

    Parameters
    ----------
    response_parts : tuple[Reason, ...]
        Parts of the response score, adding up to it.
    probability : float
        Of an order within 30 days.
    selections : dict[str, tuple[str, ...]]
        Campaign to items.
    because : tuple[str, ...]
        The strongest reason for each item of the chosen selection; empty where nothing is sent.
    basis : dict[str, str]
        Purpose to legal basis.
    """

    response_parts: tuple[Reason, ...]
    probability: float
    selections: dict[str, tuple[str, ...]]
    basis: dict[str, str]
    because: tuple[str, ...] = ()


def decision_id(facts: RunFacts, subject: str) -> str:
    """The id of a run's decision on a person: 32 hex digits, the same whenever it is made again.

    Examples
    --------
    >>> facts = RunFacts(run=1, as_of_us=0, send_us=0, policy="p@1", versions={}, seed=7,
    ...                  cutoffs={})
    >>> decision_id(facts, "k") == decision_id(facts, "k"), len(decision_id(facts, "k"))
    (True, 32)
    """
    text = f"{facts.run}\x1f{facts.as_of_us}\x1f{facts.policy}\x1f{subject}"
    return blake2b(text.encode(), digest_size=16).hexdigest()


def decision_of(  # noqa: PLR0917 (each is a record of its own, in the order they come to be)
    slate: Slate,
    p: int,
    choices: Choices,
    policy: Policy,
    facts: RunFacts,
    person: PersonFacts,
) -> Decision:
    """The decision on person `p` of a slate; the hash of its message is put in once it is made.

    Examples
    --------
    >>> from regie.decide.example import POLICY, SLATE
    >>> from regie.decide.policy import choose
    >>> run = RunFacts(run=1, as_of_us=0, send_us=0, policy="p@1", versions={}, seed=7,
    ...                cutoffs={"favourites": None})
    >>> person = PersonFacts(response_parts=(Reason("orders_90", 2.0, 1.0, 0.4),),
    ...                      probability=0.2, selections={}, basis={"prospecting": "consent"})
    >>> choices = choose(SLATE, POLICY, np.array([-np.inf]), 7)
    >>> d = decision_of(SLATE, 0, choices, POLICY, run, person)
    >>> d.chosen, [(reason.code, reason.weight) for reason in d.reasons]
    ('favourites', [('affinity', 0.5), ('orders_90', 0.2), ('priority', 0.1)])
    """
    (derived,) = _derived(slate, choices, policy, facts, slice(p, p + 1))
    chosen = derived.campaign
    shown = chosen or (derived.candidates[0].id if derived.candidates else None)
    return msgspec.structs.replace(
        derived,
        reasons=_reasons(slate, p, shown, policy, person),
        basis=person.basis,
        inputs=_inputs(slate, p, person),
    )


def derived(slate: Slate, choices: Choices, policy: Policy, facts: RunFacts) -> list[Decision]:
    """What of each person's decision follows from the slate and the choices: all but words on it.

    Returns
    -------
    list[Decision]
        Without reasons, basis, inputs and content hash: what a replay sets beside what was
        recorded.
    """
    return list(_derived(slate, choices, policy, facts, slice(None)))


def _derived(
    slate: Slate, choices: Choices, policy: Policy, facts: RunFacts, people: slice
) -> Iterator[Decision]:
    cost_c, actor = slate.cost_c.tolist(), f"policy {policy.name}"
    names = [*slate.campaigns, NOTHING]  # `NOBODY` is -1: the last
    score_pc = choices.score_pc[people]
    for key, chosen, best, propensity, score_c, ranked, excluded_c, explored, held in zip(
        slate.keys[people],
        choices.chosen_p[people].tolist(),
        choices.best_p[people].tolist(),
        choices.propensity_p[people].tolist(),
        score_pc.tolist(),
        # Stable: of equals the first by name.
        np.argsort(-score_pc, axis=1, kind="stable").tolist(),
        choices.excluded_pc[people].tolist(),
        choices.explored_p[people].tolist(),
        choices.holdout_p[people].tolist(),
        strict=True,
    ):
        yield Decision(
            id=decision_id(facts, key),
            kind="message",
            run=facts.run,
            at_us=facts.as_of_us,
            subject=key,
            campaign=None if chosen == NOBODY else names[chosen],
            policy=facts.policy,
            versions=facts.versions,
            candidates=tuple(
                [Candidate(names[c], score_c[c], cost_c[c]) for c in _shown(ranked, chosen)]
            ),
            excluded=_excluded(excluded_c),
            chosen=names[chosen],
            propensity=propensity,
            constraints={
                "send_us": facts.send_us,
                "explored": explored,
                "holdout": held,
                "best": names[best],
                "cutoffs": facts.cutoffs,
            },
            seed=facts.seed,
            actor=actor,
        )


def _shown(ranked: Sequence[int], chosen: int) -> list[int]:
    """The best ranked, the chosen one among them even where a draw took it from far below."""
    best = list(ranked[:_MOST_CANDIDATES])
    return best if chosen in (NOBODY, *best) else [*best[:-1], chosen]


def _excluded(excluded_c: Sequence[int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for index in excluded_c:
        if index >= 0:
            counts[EXCLUSIONS[index]] = counts.get(EXCLUSIONS[index], 0) + 1
    return counts


def _reasons(
    slate: Slate, p: int, campaign: str | None, policy: Policy, person: PersonFacts
) -> tuple[Reason, ...]:
    if campaign is None:
        return ()
    c = list(slate.campaigns).index(campaign)
    parts = [
        msgspec.structs.replace(part, weight=policy.response_weight * part.weight)
        for part in person.response_parts
    ]
    affinity = float(slate.affinity_pc[p, c])
    parts.append(Reason("affinity", affinity, 0.0, policy.affinity_weight * affinity))
    priority = float(slate.priority_c[c])
    parts.append(Reason("priority", priority, 0.0, priority))
    return tuple(sorted(parts, key=lambda part: (-abs(part.weight), part.code)))


def _inputs(slate: Slate, p: int, person: PersonFacts) -> dict[str, Any]:
    return {
        "response": float(slate.response_p[p]),
        "probability": person.probability,
        "consent": bool(slate.consent_p[p]),
        "address": bool(slate.address_p[p]),
        "contacts": int(slate.contacts_p[p]),
        "because": list(person.because),
        "campaigns": {
            name: {
                "affinity": float(slate.affinity_pc[p, c]),
                "priority": float(slate.priority_c[c]),
                "cost": int(slate.cost_c[c]),
                "budget": int(slate.budget_c[c]),
                "dates": bool(slate.dates_c[c]),
                "audience": bool(slate.audience_pc[p, c]),
                "selection": bool(slate.selection_pc[p, c]),
                "items": list(person.selections.get(name, ())),
            }
            for c, name in enumerate(slate.campaigns)
        },
    }


class CampaignInputs(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the policy was given of one campaign for one person, as it is recorded.

    Examples
    --------
    >>> CampaignInputs(affinity=0.5, priority=0.0, cost=1, budget=9, dates=True, audience=True,
    ...                selection=True).budget
    9
    """

    affinity: float
    priority: float
    cost: int
    budget: int
    dates: bool
    audience: bool
    selection: bool


class Inputs(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the policy was given of one person, as it is recorded.

    Examples
    --------
    >>> Inputs(response=0.1, probability=0.2, consent=True, address=True, contacts=0,
    ...        campaigns={}).contacts
    0
    """

    response: float
    probability: float
    consent: bool
    address: bool
    contacts: int
    campaigns: dict[str, CampaignInputs]


def slate_of_many(subjects: Sequence[str], inputs: Sequence[Inputs]) -> Slate:
    """The slate of people whose recorded inputs agree on what they share; see `shared_by`.

    Examples
    --------
    >>> facts = CampaignInputs(affinity=0.5, priority=0.0, cost=1, budget=9, dates=True,
    ...                        audience=True, selection=True)
    >>> one = Inputs(response=0.1, probability=0.2, consent=True, address=True, contacts=0,
    ...              campaigns={"favourites": facts})
    >>> slate_of_many(["a", "b"], [one, one]).affinity_pc.tolist()
    [[0.5], [0.5]]
    """
    campaigns = list(inputs[0].campaigns)
    first = list(inputs[0].campaigns.values())

    def each(field: str, dtype: Any) -> Any:
        rows = [[getattr(facts, field) for facts in one.campaigns.values()] for one in inputs]
        return np.array(rows, dtype=dtype).reshape(len(inputs), len(campaigns))

    def of_people(field: str, dtype: Any) -> Any:
        return np.array([getattr(one, field) for one in inputs], dtype=dtype)

    def shared(field: str, dtype: Any) -> Any:
        return np.array([getattr(facts, field) for facts in first], dtype=dtype)

    return Slate(
        keys=list(subjects),
        campaigns=campaigns,
        response_p=of_people("response", np.float64),
        affinity_pc=each("affinity", np.float64),
        priority_c=shared("priority", np.float64),
        cost_c=shared("cost", np.int64),
        budget_c=shared("budget", np.int64),
        dates_c=shared("dates", np.bool_),
        consent_p=of_people("consent", np.bool_),
        address_p=of_people("address", np.bool_),
        audience_pc=each("audience", np.bool_),
        selection_pc=each("selection", np.bool_),
        contacts_p=of_people("contacts", np.int64),
    )


def shared_by(inputs: Inputs) -> tuple[Any, ...]:
    """What the people of one slate have in common: campaigns with priority, cost, budget, dates.

    Examples
    --------
    >>> shared_by(Inputs(response=0.1, probability=0.2, consent=True, address=True, contacts=0,
    ...                  campaigns={}))
    ()
    """
    return tuple(
        [(name, c.priority, c.cost, c.budget, c.dates) for name, c in inputs.campaigns.items()]
    )


def slate_of(subject: str, inputs: Mapping[str, Any]) -> Slate:
    """The slate of one person that a decision's inputs describe.

    Examples
    --------
    >>> from regie.decide.example import INPUTS
    >>> slate_of("k", INPUTS).affinity_pc
    array([[0.5]])
    """
    campaigns = inputs["campaigns"]

    def each(field: str, dtype: Any) -> Any:
        return np.array([facts[field] for facts in campaigns.values()], dtype=dtype)

    return Slate(
        keys=[subject],
        campaigns=list(campaigns),
        response_p=np.array([inputs["response"]], dtype=np.float64),
        affinity_pc=each("affinity", np.float64)[None, :],
        priority_c=each("priority", np.float64),
        cost_c=each("cost", np.int64),
        budget_c=each("budget", np.int64),
        dates_c=each("dates", np.bool_),
        consent_p=np.array([inputs["consent"]]),
        address_p=np.array([inputs["address"]]),
        audience_pc=each("audience", np.bool_)[None, :],
        selection_pc=each("selection", np.bool_)[None, :],
        contacts_p=np.array([inputs["contacts"]], dtype=np.int64),
    )


def cutoffs_of(slate: Slate, cutoffs: Mapping[str, float | None]) -> Floats:
    """Recorded cut-offs as an array in the slate's order; none is minus infinity.

    Examples
    --------
    >>> s = slate_of("k", {"response": 0, "consent": True, "address": True, "contacts": 0,
    ...                    "campaigns": {}})
    >>> cutoffs_of(s, {}).shape
    (0,)
    """
    found = [cutoffs.get(name) for name in slate.campaigns]
    return np.array([-np.inf if value is None else value for value in found], dtype=np.float64)


def recorded_cutoffs(slate: Slate, cutoff_c: Floats) -> dict[str, float | None]:
    """Cut-offs as they are recorded: JSON has no infinity.

    Examples
    --------
    >>> s = slate_of("k", {"response": 0, "consent": True, "address": True, "contacts": 0,
    ...                    "campaigns": {}})
    >>> recorded_cutoffs(s, np.array([]))
    {}
    """
    pairs = zip(slate.campaigns, cutoff_c.tolist(), strict=True)
    return {name: None if math.isinf(value) else value for name, value in pairs}
