"""What an explanation names was run: each change really turns the choice, and none is idle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings

from regie.decide import recorded
from regie.decide.eligibility import Slate
from regie.decide.policy import NOBODY, Policy, budget_cutoffs, choose
from regie.govern.explain import Change, Explanation, explain
from regie.terms.decision import NOTHING, Decision
from regie.words.sentences import theme_sentences
from tests.support.choosing import (
    person_facts,
    policies,
    policy,
    run_facts,
    seeds,
    slate,
    slates,
)  # fmt: skip


def decided(made: Slate, rule: Policy, seed: int = 1) -> list[Decision]:
    cutoff_c = budget_cutoffs(made, rule, seed)
    choices = choose(made, rule, cutoff_c, seed)
    facts = run_facts(recorded.recorded_cutoffs(made, cutoff_c), seed)
    return [
        recorded.decision_of(made, p, choices, rule, facts, person_facts(made, p))
        for p in range(len(made.keys))
    ]


def told(decision: Decision, rule: Policy) -> Explanation:
    def choosing(inputs: Mapping[str, Any], constraints: Mapping[str, Any]) -> str:
        return chosen_in(recorded.slate_of(decision.subject, inputs), constraints, decision, rule)

    return explain(
        decision, choosing, cap_messages=rule.cap_messages, threshold=rule.threshold,
        affinity_weight=rule.affinity_weight,
    )  # fmt: skip


def chosen_in(made: Slate, constraints: Mapping[str, Any], decision: Decision, rule: Policy) -> str:
    meant = msgspec.structs.replace(
        rule,
        holdout_share=rule.holdout_share if constraints["holdout"] else 0.0,
        explore_share=rule.explore_share if constraints["explored"] else 0.0,
    )
    cutoff_c = recorded.cutoffs_of(made, constraints["cutoffs"])
    c = int(choose(made, meant, cutoff_c, decision.seed).chosen_p[0])
    return NOTHING if c == NOBODY else made.campaigns[c]


def changed_by_hand(decision: Decision, changes: tuple[Change, ...], rule: Policy) -> str:
    """The choice in a world changed as the sentences say, by nothing that explain made."""
    made = recorded.slate_of(decision.subject, decision.inputs)
    constraints = {**decision.constraints, "cutoffs": dict(decision.constraints["cutoffs"])}
    for change in changes:
        code, values = change.code, change.values
        c = made.campaigns.index(values["campaign"]) if "campaign" in values else -1
        if code in ("no_holdout", "no_exploration"):
            constraints[{"no_holdout": "holdout", "no_exploration": "explored"}[code]] = False
        elif code in ("no_contacts", "full_contacts"):
            made.contacts_p[0] = 0 if code == "no_contacts" else values["contacts"]
        elif code in ("with_consent", "without_consent"):
            made.consent_p[0] = code == "with_consent"
        elif code == "with_address":
            made.address_p[0] = True
        elif code == "with_dates":
            made.dates_c[c] = True
        elif code in ("with_audience", "with_selection"):
            getattr(made, f"{code[5:]}_pc")[0, c] = True
        elif code == "more_budget":
            constraints["cutoffs"][values["campaign"]] = None
        elif code == "more_affinity":
            made.affinity_pc[0, c] += values["points"] / rule.affinity_weight
        elif code == "no_affinity":
            made.affinity_pc[0, made.campaigns.index(decision.chosen)] = 0.0
        elif code == "average_habit":
            weight = next(r.weight for r in decision.reasons if r.code == values["reason"])
            made.response_p[0] -= weight / rule.response_weight
        else:
            raise AssertionError(code)
    return chosen_in(made, constraints, decision, rule)


@settings(max_examples=200, deadline=None)
@given(made=slates(most_people=6), rule=policies, seed=seeds)
def test_every_change_that_is_named_turns_the_choice_and_is_needed(
    made: Slate, rule: Policy, seed: int
) -> None:
    for decision in decided(made, rule, seed):
        change = told(decision, rule).change
        if not change:
            continue
        turned = changed_by_hand(decision, change, rule)
        assert turned != decision.chosen
        assert {one.chosen for one in change} == {turned}
        assert len({(c.code, c.values.get("campaign")) for c in change}) == len(change)
        for one in change if len(change) > 1 else ():
            rest = tuple(other for other in change if other is not one)
            assert changed_by_hand(decision, rest, rule) == decision.chosen, one.code


@settings(max_examples=200, deadline=None)
@given(made=slates(most_people=6), rule=policies, seed=seeds)
def test_a_decision_that_could_have_been_otherwise_has_a_change(
    made: Slate, rule: Policy, seed: int
) -> None:
    for decision in decided(made, rule, seed):
        explanation = told(decision, rule)
        if decision.chosen != NOTHING or (decision.candidates and rule.affinity_weight > 0):
            assert explanation.change, decision


@settings(max_examples=60, deadline=None)
@given(made=slates(most_people=6), rule=policies, seed=seeds)
def test_every_change_has_its_sentence(made: Slate, rule: Policy, seed: int) -> None:
    sentences = theme_sentences("explain")
    for decision in decided(made, rule, seed):
        for change in told(decision, rule).change:
            assert f"change_{change.code}" in sentences


@pytest.mark.parametrize(
    ("made", "rule", "codes"),
    [
        (slate(1, contacts_p=np.array([2])), policy(), ["no_contacts"]),
        (slate(1, consent_p=np.array([False])), policy(), ["with_consent"]),
        (slate(1, address_p=np.array([False])), policy(), ["with_address"]),
        (slate(1), policy(holdout_share=1.0), ["no_holdout"]),
        (slate(1, dates_c=np.zeros(3, dtype=bool)), policy(), ["with_dates"]),
        (slate(1, audience_pc=np.zeros((1, 3), dtype=bool)), policy(), ["with_audience"]),
        (slate(1, selection_pc=np.zeros((1, 3), dtype=bool)), policy(), ["with_selection"]),
        (slate(1, budget_c=np.zeros(3, dtype=np.int64)), policy(), ["more_budget"]),
        (slate(1), policy(threshold=0.4), ["more_affinity"]),
        (slate(1), policy(threshold=0.4, affinity_weight=0.5), ["more_affinity"]),
        (slate(1), policy(), ["no_affinity"]),
        (
            slate(1, response_p=np.array([4.0]), priority_c=np.full(3, -0.6)),
            policy(affinity_weight=0.0),
            ["average_habit"],
        ),
        (slate(1, priority_c=np.full(3, 9.0)), policy(), ["no_affinity"]),
        (
            slate(1, priority_c=np.full(3, 9.0), affinity_pc=np.full((1, 3), 0.2)),
            policy(affinity_weight=0.0),
            ["full_contacts"],
        ),
        (
            slate(1, consent_p=np.array([False]), contacts_p=np.array([2])),
            policy(),
            ["no_contacts", "with_consent"],
        ),
    ],
)
def test_the_change_is_the_one_a_person_would_think_of(
    made: Slate, rule: Policy, codes: list[str]
) -> None:
    (decision,) = decided(made, rule)
    assert [change.code for change in told(decision, rule).change] == codes


def test_an_explanation_holds_what_else_could_have_been_and_on_which_basis() -> None:
    (decision,) = decided(slate(1), policy())
    explanation = told(decision, policy())
    assert explanation.chosen == "discover"
    assert set(explanation.alternatives) == {"favourites", "miss_you"}
    assert explanation.alternatives["favourites"] == pytest.approx(0.2)
    assert explanation.basis == {"prospecting": "consent: form"}
    assert explanation.reasons == decision.reasons
