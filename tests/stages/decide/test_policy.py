"""The policy by example: which reason shuts a campaign out, what wins, what a tie does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from regie.decide import recorded
from regie.decide.eligibility import EXCLUSIONS
from regie.decide.policy import NOBODY, budget_cutoffs, choose, policy_from, scores
from regie.terms.errors import RuleError
from regie.workspace.settings import read_toml, shipped
from tests.support.choosing import person_facts, policy, run_facts, slate

FREE = np.full(3, -np.inf)


def test_the_best_score_wins() -> None:
    made = slate(2, affinity_pc=np.array([[0.1, 0.3, 0.2], [0.5, 0.1, 0.9]]))
    assert choose(made, policy(), FREE, 0).chosen_p.tolist() == [1, 2]


def test_a_score_is_response_affinity_and_priority_by_their_weights() -> None:
    made = slate(
        1, response_p=np.array([2.0]), affinity_pc=np.array([[0.4, 0.0, 0.0]]),
        priority_c=np.array([0.25, 0.0, -1.0]),
    )  # fmt: skip
    rule = policy(response_weight=0.5, affinity_weight=2.0)
    assert scores(made, rule).tolist() == [[2.05, 1.0, 0.0]]


def test_a_tie_goes_to_the_first_campaign() -> None:
    made = slate(1, affinity_pc=np.full((1, 3), 0.2))
    assert choose(made, policy(), FREE, 0).chosen_p.tolist() == [0]


def test_the_threshold_itself_is_not_enough() -> None:
    made = slate(1, affinity_pc=np.full((1, 3), 0.2))
    assert choose(made, policy(threshold=0.2), FREE, 0).chosen_p.tolist() == [NOBODY]
    assert choose(made, policy(threshold=0.19), FREE, 0).chosen_p.tolist() == [0]


CLOSED: dict[str, dict[str, Any]] = {
    "dates": {"dates_c": np.array([False, True, True])},
    "consent": {"consent_p": np.array([False])},
    "address": {"address_p": np.array([False])},
    "audience": {"audience_pc": np.array([[False, True, True]])},
    "selection": {"selection_pc": np.array([[False, True, True]])},
    "pressure": {"contacts_p": np.array([2])},
}


@pytest.mark.parametrize("reason", CLOSED)
def test_each_reason_shuts_a_campaign_out_and_is_told(reason: str) -> None:
    choices = choose(slate(1, **CLOSED[reason]), policy(), FREE, 0)
    assert EXCLUSIONS[choices.excluded_pc[0, 0]] == reason
    closes_all = reason in ("consent", "address", "pressure")
    assert choices.chosen_p.tolist() == [NOBODY if closes_all else 1]


def test_holdout_and_budget_are_reasons_too() -> None:
    held = choose(slate(1), policy(holdout_share=1.0), FREE, 0)
    assert EXCLUSIONS[held.excluded_pc[0, 0]] == "holdout" and held.holdout_p.tolist() == [True]
    dear = choose(slate(1), policy(), np.array([0.31, -np.inf, -np.inf]), 0)
    assert EXCLUSIONS[dear.excluded_pc[0, 0]] == "budget"
    assert dear.chosen_p.tolist() == [1]


def test_of_several_reasons_the_first_is_told() -> None:
    made = slate(1, **{name: value for case in CLOSED.values() for name, value in case.items()})
    choices = choose(made, policy(holdout_share=1.0), np.full(3, 9.0), 0)
    assert [EXCLUSIONS[e] for e in choices.excluded_pc[0]] == ["dates", "consent", "consent"]


@pytest.mark.parametrize(("contacts", "open_to"), [(0, True), (1, True), (2, False), (9, False)])
def test_the_cap_counts_messages_of_the_last_days(contacts: int, open_to: bool) -> None:
    made = slate(1, contacts_p=np.array([contacts]))
    chosen = int(choose(made, policy(cap_messages=2), FREE, 0).chosen_p[0])
    assert (chosen != NOBODY) is open_to


def test_the_cap_holds_for_a_random_draw_too() -> None:
    made = slate(200, contacts_p=np.full(200, 2))
    assert (choose(made, policy(explore_share=1.0), FREE, 3).chosen_p == NOBODY).all()


def test_a_budget_of_nothing_writes_to_nobody_and_a_free_message_to_all() -> None:
    none = slate(3, budget_c=np.zeros(3, dtype=np.int64))
    assert (choose(none, policy(), budget_cutoffs(none, policy(), 0), 0).chosen_p == NOBODY).all()
    free = slate(3, budget_c=np.zeros(3, dtype=np.int64), cost_c=np.zeros(3, dtype=np.int64))
    assert (budget_cutoffs(free, policy(), 0) == -np.inf).all()


def test_a_budget_counts_whom_chance_chose() -> None:
    made = slate(500, ["one"], affinity_pc=np.random.default_rng(1).random((500, 1)) - 0.5,
                 budget_c=np.array([100 * 50_000]))  # fmt: skip
    rule = policy(explore_share=0.4)
    cutoff_c = budget_cutoffs(made, rule, 5)
    assert 80 <= int((choose(made, rule, cutoff_c, 5).chosen_p == 0).sum()) <= 100


def test_without_campaigns_nothing_is_chosen() -> None:
    made = slate(2, [], affinity_pc=np.zeros((2, 0)), audience_pc=np.zeros((2, 0), dtype=bool),
                 selection_pc=np.zeros((2, 0), dtype=bool))  # fmt: skip
    choices = choose(made, policy(explore_share=0.5), np.array([]), 0)
    assert choices.chosen_p.tolist() == [NOBODY, NOBODY]
    assert choices.propensity_p.tolist() == [1.0, 1.0]


def test_a_decision_keeps_at_most_twenty_candidates_and_always_the_chosen_one() -> None:
    names = [f"c{n:02}" for n in range(30)]
    made = slate(300, names, affinity_pc=np.tile(np.linspace(3.0, 0.1, 30), (300, 1)))
    rule = policy(explore_share=1.0)
    choices = choose(made, rule, np.full(30, -np.inf), 8)
    facts = run_facts(dict.fromkeys(names), 8)
    for p in range(300):
        decision = recorded.decision_of(made, p, choices, rule, facts, person_facts(made, p))
        assert len(decision.candidates) == 20
        told = {candidate.id: candidate.score for candidate in decision.candidates}
        assert decision.campaign is None or decision.campaign in told
        shown = told[decision.campaign] if decision.campaign else decision.candidates[0].score
        assert sum(reason.weight for reason in decision.reasons) == pytest.approx(shown, abs=1e-9)


# ---- the file


def test_the_shipped_policy_is_a_policy() -> None:
    toml = read_toml(shipped("rules", "policies", "standard.toml"))
    made = policy_from(toml, "policies/standard.toml", "standard")
    assert (made.holdout_share, made.cap_messages, made.cap_days) == (0.10, 2, 7)
    assert made.selection_size == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"holdout": 0.1}, r'standard.toml is with "holdout", expected one of response_weight'),
        ({"holdout_share": 1.5}, r"holdout_share is 1.5, expected 0 to 1"),
        ({"explore_share": -0.1}, r"explore_share is -0.1, expected 0 to 1"),
        ({"selection_size": 0}, r"selection_size is 0, expected a number from 1 on"),
        ({"cap_days": 0}, r"cap_days is 0, expected a number from 1 on"),
        ({"cap_messages": -1}, r"cap_messages is -1, expected a number from 0 on"),
        ({"threshold": float("nan")}, r"threshold is nan, expected a number"),
        ({"affinity_weight": float("inf")}, r"affinity_weight is inf, expected a number"),
        ({"cap_messages": "two"}, r"Expected `int`, got `str`"),
        ({"cap_messages": None}, r"is without cap_messages, expected every key of a policy"),
    ],
)
def test_a_mistake_in_the_file_is_named(change: dict[str, Any], said: str) -> None:
    toml = read_toml(shipped("rules", "policies", "standard.toml")) | change
    toml = {key: value for key, value in toml.items() if value is not None}
    with pytest.raises(RuleError, match=said):
        policy_from(toml, "policies/standard.toml", "standard")


@pytest.mark.parametrize("wrong", [np.inf, np.nan])
def test_a_score_that_is_no_number_ends_with_a_word_and_not_never(wrong: float) -> None:
    made = slate(4, affinity_pc=np.full((4, 3), wrong), budget_c=np.full(3, 50_000, dtype=np.int64))
    with pytest.raises(RuleError, match=r"score of campaign .* is .*, expected a finite"):
        budget_cutoffs(made, policy(explore_share=1.0), 3)
