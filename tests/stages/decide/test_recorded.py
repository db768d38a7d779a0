"""A decision as it is recorded, field by field, and the slates that come back from it."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from regie.decide import recorded
from regie.decide.eligibility import Slate, person_of
from regie.decide.policy import Choices, choose
from regie.decide.recorded import Inputs, PersonFacts, RunFacts
from regie.terms.decision import NOTHING, Candidate, Decision, Reason
from tests.support.choosing import policy, slate

RULE = policy(response_weight=0.5, affinity_weight=2.0, name="plain")
FACTS = RunFacts(
    run=3, as_of_us=1_000, send_us=2_000, policy="plain@1f", versions={"response": "v1"}, seed=9,
    cutoffs={"discover": 0.75, "favourites": None, "miss_you": None},
)  # fmt: skip
CUTOFFS = np.array([0.75, -np.inf, -np.inf])
PERSON = PersonFacts(
    response_parts=(Reason("orders_90", 2.0, 1.0, 0.6), Reason("days_since_order", 3.0, 9.0, -0.2)),
    probability=0.25,
    selections={"favourites": ("A", "B"), "miss_you": ("C",)},
    because=("A before B",),
    basis={"prospecting": "consent: form"},
)


def two() -> Slate:
    """Ann, who gets her second best, the best being over its budget; Bob, who said no."""
    return slate(
        ["ann", "bob"],
        response_p=np.array([0.4, -1.0]),
        affinity_pc=np.array([[0.1, 0.125, -0.5], [0.5, 0.0, 0.0]]),
        priority_c=np.array([0.25, 0.0, 0.125]),
        cost_c=np.array([50_000, 60_000, 70_000]),
        budget_c=np.array([100, 200, 300]),
        dates_c=np.array([True, True, False]),
        consent_p=np.array([True, False]),
        audience_pc=np.array([[True, True, True], [True, False, True]]),
        selection_pc=np.array([[True, True, False], [True, True, True]]),
        contacts_p=np.array([1, 0]),
    )


def made(p: int, **changed: Any) -> Decision:
    choices = choose(two(), RULE, CUTOFFS, FACTS.seed)
    return recorded.decision_of(
        two(), p, msgspec.structs.replace(choices, **changed), RULE, FACTS, PERSON
    )


def test_a_message_is_recorded_with_all_that_made_it() -> None:
    assert made(0) == Decision(
        id=recorded.decision_id(FACTS, "ann"),
        kind="message",
        run=3,
        at_us=1_000,
        subject="ann",
        campaign="favourites",
        policy="plain@1f",
        versions={"response": "v1"},
        candidates=(
            Candidate("discover", 0.2 + 0.2 + 0.25, 50_000),
            Candidate("favourites", 0.2 + 0.25, 60_000),
            Candidate("miss_you", 0.2 - 1.0 + 0.125, 70_000),
        ),
        excluded={"budget": 1, "dates": 1},
        chosen="favourites",
        propensity=1.0,
        reasons=(
            Reason("orders_90", 2.0, 1.0, 0.3),
            Reason("affinity", 0.125, 0.0, 0.25),
            Reason("days_since_order", 3.0, 9.0, -0.1),
            Reason("priority", 0.0, 0.0, 0.0),
        ),
        constraints={
            "send_us": 2_000, "explored": False, "holdout": False, "best": "favourites",
            "cutoffs": {"discover": 0.75, "favourites": None, "miss_you": None},
        },
        basis={"prospecting": "consent: form"},
        inputs={
            "response": 0.4, "probability": 0.25, "consent": True, "address": True, "contacts": 1,
            "because": ["A before B"],
            "campaigns": {
                "discover": {
                    "affinity": 0.1, "priority": 0.25, "cost": 50_000, "budget": 100,
                    "dates": True, "audience": True, "selection": True, "items": [],
                },
                "favourites": {
                    "affinity": 0.125, "priority": 0.0, "cost": 60_000, "budget": 200,
                    "dates": True, "audience": True, "selection": True, "items": ["A", "B"],
                },
                "miss_you": {
                    "affinity": -0.5, "priority": 0.125, "cost": 70_000, "budget": 300,
                    "dates": False, "audience": True, "selection": False, "items": ["C"],
                },
            },
        },
        seed=9,
        actor="policy plain",
    )  # fmt: skip


def test_nothing_is_recorded_with_what_came_closest() -> None:
    found = made(1)
    assert (found.subject, found.campaign, found.chosen) == ("bob", None, NOTHING)
    assert found.excluded == {"consent": 2, "dates": 1}
    assert found.constraints["best"] == NOTHING
    # Of the best candidate, `discover`: -0.5 of response, 1.0 of affinity, 0.25 of priority.
    assert found.candidates[0] == Candidate("discover", 0.75, 50_000)
    assert [(r.code, r.weight) for r in found.reasons] == [
        ("affinity", 1.0), ("orders_90", 0.3), ("priority", 0.25), ("days_since_order", -0.1),
    ]  # fmt: skip
    assert (found.inputs["contacts"], found.inputs["response"]) == (0, -1.0)


def test_reasons_of_equal_weight_stand_by_name() -> None:
    parts = (Reason("b", 0.0, 0.0, -0.5), Reason("a", 0.0, 0.0, 0.5))
    person = msgspec.structs.replace(PERSON, response_parts=parts)
    choices = choose(two(), RULE, CUTOFFS, 9)
    found = recorded.decision_of(two(), 0, choices, RULE, FACTS, person)
    assert [r.code for r in found.reasons] == ["a", "affinity", "b", "priority"]


def test_a_draw_and_a_holdout_are_recorded_as_such() -> None:
    drawn = made(0, explored_p=np.array([True, False]), propensity_p=np.array([0.125, 1.0]))
    assert (drawn.constraints["explored"], drawn.constraints["holdout"]) == (True, False)
    assert drawn.propensity == 0.125
    held = made(1, holdout_p=np.array([False, True]))
    assert (held.constraints["explored"], held.constraints["holdout"]) == (False, True)


def test_candidates_of_equal_score_stand_by_campaign() -> None:
    even = slate(1, affinity_pc=np.full((1, 3), 0.5))
    found = recorded.derived(even, choose(even, RULE, CUTOFFS, 9), RULE, FACTS)
    assert [c.id for c in found[0].candidates] == ["discover", "favourites", "miss_you"]


def test_what_follows_is_the_decision_without_words_on_it() -> None:
    choices = choose(two(), RULE, CUTOFFS, FACTS.seed)
    found = recorded.derived(two(), choices, RULE, FACTS)
    bare: dict[str, Any] = {"reasons": (), "basis": {}, "inputs": {}}
    assert found == [msgspec.structs.replace(made(p), **bare) for p in (0, 1)]


def test_twenty_candidates_are_kept_and_the_chosen_one_takes_the_last_place() -> None:
    names = [f"c{n:02}" for n in range(25)]
    many = slate(1, names, affinity_pc=np.linspace(2.5, 0.1, 25)[None, :])
    choices = choose(many, RULE, np.full(25, -np.inf), 9)
    facts = msgspec.structs.replace(FACTS, cutoffs={})

    def told(chosen: int) -> list[str]:
        put = msgspec.structs.replace(choices, chosen_p=np.array([chosen]))
        return [c.id for c in recorded.derived(many, put, RULE, facts)[0].candidates]

    assert told(0) == told(19) == told(-1) == names[:20]
    assert told(20) == [*names[:19], "c20"]
    assert told(24) == [*names[:19], "c24"]


@pytest.mark.parametrize(
    "other",
    [
        msgspec.structs.replace(FACTS, run=4),
        msgspec.structs.replace(FACTS, as_of_us=1_001),
        msgspec.structs.replace(FACTS, policy="plain@2"),
    ],
)
def test_an_id_is_of_one_run_instant_policy_and_person(other: RunFacts) -> None:
    mine = recorded.decision_id(FACTS, "ann")
    assert mine == recorded.decision_id(msgspec.structs.replace(FACTS, seed=1), "ann")
    assert len({mine, recorded.decision_id(other, "ann"), recorded.decision_id(FACTS, "bob")}) == 3


# ---- slates that come back


def same(one: Slate, other: Slate) -> bool:
    def of(made: Slate, name: str) -> Any:
        value = getattr(made, name)
        return value if isinstance(value, list) else (value.dtype, value.shape, value.tolist())

    return all(of(one, name) == of(other, name) for name in Slate.__struct_fields__)


@pytest.mark.parametrize("p", [0, 1])
def test_recorded_inputs_give_the_persons_slate_again(p: int) -> None:
    decision = made(p)
    assert same(recorded.slate_of(decision.subject, decision.inputs), person_of(two(), p))


def test_many_recorded_inputs_give_the_slate_again() -> None:
    inputs = [msgspec.convert(made(p).inputs, Inputs) for p in (0, 1)]
    assert same(recorded.slate_of_many(["ann", "bob"], inputs), two())


def test_people_share_priority_cost_budget_and_dates() -> None:
    inputs = [msgspec.convert(made(p).inputs, Inputs) for p in (0, 1)]
    assert recorded.shared_by(inputs[0]) == recorded.shared_by(inputs[1]) == (
        ("discover", 0.25, 50_000, 100, True),
        ("favourites", 0.0, 60_000, 200, True),
        ("miss_you", 0.125, 70_000, 300, False),
    )  # fmt: skip


def test_people_without_a_campaign_have_a_slate_too() -> None:
    none = Inputs(
        response=0.5, probability=0.5, consent=True, address=True, contacts=0, campaigns={}
    )
    found = recorded.slate_of_many(["a", "b"], [none, none])
    assert found.affinity_pc.shape == found.selection_pc.shape == (2, 0)
    assert same(found, slate(["a", "b"], [], response_p=np.array([0.5, 0.5])))


def test_one_recorded_input_alone_gives_its_slate() -> None:
    one = msgspec.convert(made(1).inputs, Inputs)
    assert same(recorded.slate_of_many(["bob"], [one]), person_of(two(), 1))


def test_whole_numbers_of_a_record_are_scores_all_the_same() -> None:
    inputs = msgspec.structs.asdict(
        Inputs(response=0, probability=0, consent=True, address=True, contacts=0, campaigns={})
    )
    found = recorded.slate_of("a", {**inputs, "response": 0})
    assert found.response_p.dtype == np.float64
    whole = recorded.cutoffs_of(two(), {"discover": 1, "favourites": 2, "miss_you": 3})
    assert whole.dtype == np.float64
    assert whole.tolist() == [1.0, 2.0, 3.0]


def test_cut_offs_come_back_from_json() -> None:
    kept = recorded.recorded_cutoffs(two(), CUTOFFS)
    assert kept == {"discover": 0.75, "favourites": None, "miss_you": None}
    assert recorded.cutoffs_of(two(), kept).tolist() == CUTOFFS.tolist()
    assert recorded.cutoffs_of(two(), {"miss_you": 0.0}).tolist() == [-np.inf, -np.inf, 0.0]


def test_choices_have_a_place_for_each_person() -> None:
    choices = choose(two(), RULE, CUTOFFS, 9)
    assert {len(getattr(choices, name)) for name in Choices.__struct_fields__} == {2}


def test_what_deciding_keeps_and_for_how_long() -> None:
    kept = {h.store: (h.purposes, h.retention_days, h.person) for h in recorded.HOLDINGS}
    assert kept == {
        "decisions": (("personalisation", "prospecting"), 760, "subject"),
        "state.sqlite/runs": (("accounts",), None, ""),
    }
