"""Slates and policies for the tests of `decide`: one to read, and many made by hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from hypothesis import strategies as st

from regie.decide import example
from regie.decide.eligibility import Slate
from regie.decide.policy import Policy
from regie.decide.recorded import PersonFacts, RunFacts
from regie.terms.decision import Reason

POLICY = msgspec.structs.replace(example.POLICY, name="tests")
CAMPAIGNS = ("discover", "favourites", "miss_you")


def policy(**changed: Any) -> Policy:
    """The plain policy (no exploration, no holdout), with changes."""
    return msgspec.structs.replace(POLICY, **changed)


def slate(
    people: int | Sequence[str] = 3, campaigns: Sequence[str] = CAMPAIGNS, **changed: Any
) -> Slate:
    """People to whom every campaign is open, the first preferred by all; with changes."""
    keys = [f"k{n}" for n in range(people)] if isinstance(people, int) else list(people)
    p, c = len(keys), len(campaigns)
    plain = Slate(
        keys=keys,
        campaigns=list(campaigns),
        response_p=np.zeros(p),
        affinity_pc=np.tile(np.linspace(0.3, 0.1, c), (p, 1)),
        priority_c=np.zeros(c),
        cost_c=np.full(c, 50_000, dtype=np.int64),
        budget_c=np.full(c, 10**12, dtype=np.int64),
        dates_c=np.ones(c, dtype=bool),
        consent_p=np.ones(p, dtype=bool),
        address_p=np.ones(p, dtype=bool),
        audience_pc=np.ones((p, c), dtype=bool),
        selection_pc=np.ones((p, c), dtype=bool),
        contacts_p=np.zeros(p, dtype=np.int64),
    )
    return msgspec.structs.replace(plain, **changed)


# Scores from a handful of values, so that ties are as common as they are nasty.
_SCORES = st.one_of(st.sampled_from((-1.0, 0.0, 0.1, 0.2, 0.5)), st.floats(-3, 3, width=32))


@st.composite
def slates(draw: st.DrawFn, most_people: int = 12) -> Slate:
    """Any slate: some people closed, some campaigns dear, some scores tied."""
    p, c = draw(st.integers(1, most_people)), draw(st.integers(0, 4))

    def array(elements: st.SearchStrategy[Any], dtype: Any, *shape: int) -> Any:
        size = int(np.prod(shape))
        drawn = draw(st.lists(elements, min_size=size, max_size=size))
        return np.array(drawn, dtype=dtype).reshape(shape)

    mostly = st.sampled_from((True, True, True, False))
    return Slate(
        keys=[f"k{draw(st.integers(0, 9999))}-{n}" for n in range(p)],
        campaigns=[f"c{n}" for n in range(c)],
        response_p=array(_SCORES, np.float64, p),
        affinity_pc=array(_SCORES, np.float64, p, c),
        priority_c=array(_SCORES, np.float64, c),
        cost_c=array(st.sampled_from((0, 1, 50_000)), np.int64, c),
        budget_c=array(st.sampled_from((0, 1, 49_999, 50_000, 100_000, 10**9)), np.int64, c),
        dates_c=array(mostly, bool, c),
        consent_p=array(mostly, bool, p),
        address_p=array(mostly, bool, p),
        audience_pc=array(mostly, bool, p, c),
        selection_pc=array(mostly, bool, p, c),
        contacts_p=array(st.integers(0, 4), np.int64, p),
    )


policies = st.builds(
    policy,
    response_weight=st.sampled_from((0.0, 0.35, 1.0)),
    affinity_weight=st.sampled_from((0.0, 0.7, 1.0)),
    threshold=st.sampled_from((-0.5, 0.0, 0.2)),
    explore_share=st.sampled_from((0.0, 0.05, 0.5, 1.0)),
    holdout_share=st.sampled_from((0.0, 0.1, 0.5)),
    cap_messages=st.integers(1, 4),
)
seeds = st.integers(0, 2**48 - 1)


def run_facts(cutoffs: dict[str, float | None], seed: int) -> RunFacts:
    """What all decisions of a test's run share."""
    return RunFacts(
        run=1, as_of_us=10, send_us=20, policy="tests@0", versions={}, seed=seed, cutoffs=cutoffs
    )  # fmt: skip


def person_facts(made: Slate, p: int) -> PersonFacts:
    """Facts on one person whose response is told in two parts."""
    response = float(made.response_p[p])
    parts = (
        Reason("days_since_order", 3.0, 30.0, 0.75 * response),
        Reason("orders_90", 2.0, 1.0, response - 0.75 * response),
    )
    return PersonFacts(
        response_parts=parts,
        probability=0.25,
        selections={name: (f"{name}-1", f"{name}-2") for name in made.campaigns},
        basis={"prospecting": "consent: form"},
    )
