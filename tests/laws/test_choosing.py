"""Laws of choosing: pure, repeatable, person by person, within budget, as likely as it is told."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from regie.decide import policy as policies_module
from regie.decide import recorded
from regie.decide.eligibility import EXCLUSIONS, Floats, Slate, person_of
from regie.decide.policy import NOBODY, Choices, Policy, budget_cutoffs, choose
from regie.terms.decision import NOTHING, Decision
from regie.terms.person import keyed_share
from tests.support.choosing import (
    person_facts,
    policies,
    policy,
    run_facts,
    seeds,
    slate,
    slates,
)  # fmt: skip

SEEDS = 10_000
MANY = settings(max_examples=150, deadline=None)
cutoff_kinds = st.sampled_from(("budget", "free"))


def cutoffs(made: Slate, rule: Policy, seed: int, kind: str) -> Floats:
    free = np.full(len(made.campaigns), -np.inf)
    return budget_cutoffs(made, rule, seed) if kind == "budget" else free


def plain(choices: Choices) -> dict[str, object]:
    return {name: getattr(choices, name).tolist() for name in Choices.__struct_fields__}


@MANY
@given(made=slates(), rule=policies, seed=seeds, kind=cutoff_kinds)
def test_a_batch_and_one_person_agree_to_the_bit(
    made: Slate, rule: Policy, seed: int, kind: str
) -> None:
    cutoff_c = cutoffs(made, rule, seed, kind)
    batch = choose(made, rule, cutoff_c, seed)
    for p in range(len(made.keys)):
        alone = choose(person_of(made, p), rule, cutoff_c, seed)
        for name in Choices.__struct_fields__:
            one, many = getattr(alone, name), getattr(batch, name)[p : p + 1]
            assert one.tobytes() == many.tobytes(), (name, p)


@MANY
@given(made=slates(), rule=policies, seed=seeds)
def test_choosing_is_pure_and_a_seed_repeats(made: Slate, rule: Policy, seed: int) -> None:
    before = copy.deepcopy(made)
    cutoff_c = budget_cutoffs(made, rule, seed)
    first = plain(choose(made, rule, cutoff_c, seed))
    assert plain(choose(made, rule, cutoff_c.copy(), seed)) == first
    for name in Slate.__struct_fields__:
        assert np.array_equal(getattr(made, name), getattr(before, name)), name


def test_another_seed_is_another_draw_and_leaves_the_holdout_alone() -> None:
    made, rule = slate(400), policy(explore_share=0.5, holdout_share=0.2)
    free = np.full(3, -np.inf)
    one, two = choose(made, rule, free, 1), choose(made, rule, free, 2)
    assert (one.explored_p != two.explored_p).mean() > 0.2
    assert (one.holdout_p == two.holdout_p).all()


@MANY
@given(made=slates(most_people=25), rule=policies, seed=seeds)
def test_no_budget_is_ever_exceeded(made: Slate, rule: Policy, seed: int) -> None:
    chosen_p = choose(made, rule, budget_cutoffs(made, rule, seed), seed).chosen_p
    for c, cost in enumerate(made.cost_c.tolist()):
        spent = int((chosen_p == c).sum()) * cost
        assert spent <= int(made.budget_c[c])


def test_a_budget_reaches_the_best_and_a_tie_across_its_edge_falls_whole() -> None:
    made = slate(
        5, ["one"], affinity_pc=np.array([[0.9], [0.5], [0.5], [0.5], [0.1]]),
        budget_c=np.array([2 * 50_000]),
    )  # fmt: skip
    cutoff_c = budget_cutoffs(made, policy(), 0)
    assert choose(made, policy(), cutoff_c, 0).chosen_p.tolist() == [0, -1, -1, -1, -1]


def test_who_falls_under_one_budget_may_get_another_campaign() -> None:
    made = slate(4, ["dear", "free"], affinity_pc=np.array([[0.9, 0.2], [0.8, 0.2]] * 2),
                 budget_c=np.array([50_000, 10**9]))  # fmt: skip
    cutoff_c = budget_cutoffs(made, policy(), 0)
    chosen_p = choose(made, policy(), cutoff_c, 0).chosen_p.tolist()
    assert chosen_p.count(0) <= 1 and chosen_p.count(0) + chosen_p.count(1) == 4


@MANY
@given(made=slates(), rule=policies, seed=seeds, kind=cutoff_kinds)
def test_only_what_is_open_is_chosen_and_every_closed_action_has_its_reason(
    made: Slate, rule: Policy, seed: int, kind: str
) -> None:
    choices = choose(made, rule, cutoffs(made, rule, seed, kind), seed)
    for p, c in enumerate(choices.chosen_p.tolist()):
        if c == NOBODY:
            continue
        assert made.dates_c[c] and made.consent_p[p] and made.address_p[p]
        assert made.audience_pc[p, c] and made.selection_pc[p, c]
        assert made.contacts_p[p] < rule.cap_messages
        assert not choices.holdout_p[p]
        assert choices.excluded_pc[p, c] == -1
        assert choices.explored_p[p] or choices.score_pc[p, c] > rule.threshold


@MANY
@given(made=slates(), rule=policies, seed=seeds)
def test_a_propensity_is_a_probability_and_all_of_a_person_add_up_to_one(
    made: Slate, rule: Policy, seed: int
) -> None:
    cutoff_c = budget_cutoffs(made, rule, seed)
    choices = choose(made, rule, cutoff_c, seed)
    assert ((choices.propensity_p > 0) & (choices.propensity_p <= 1)).all()
    open_pc = choices.excluded_pc < 0
    for p in range(len(made.keys)):
        actions = 1 + int(open_pc[p].sum())
        share = rule.explore_share if actions > 1 else 0.0
        of_best, of_others = 1 - share + share / actions, share / actions
        told = float(choices.propensity_p[p])
        expected = of_best if choices.chosen_p[p] == choices.best_p[p] else of_others
        assert told == pytest.approx(expected, abs=1e-12)
        assert of_best + (actions - 1) * of_others == pytest.approx(1.0)


KINDS: dict[str, dict[str, Any]] = {
    "everything open": {},
    "two campaigns open": {"audience": (1, 1, 0)},
    "one campaign open": {"audience": (1, 0, 0)},
    "nothing open": {"audience": (0, 0, 0)},
    "a selection too small": {"selection": (0, 1, 1)},
    "likes nothing": {"affinity": (-1.0, -1.0, -1.0)},
    "ties between all": {"affinity": (0.2, 0.2, 0.2)},
    "written to enough": {"contacts": 5},
    "without consent": {"consent": False},
    "without an address": {"address": False},
    "under the first budget": {"affinity": (0.05, 0.04, 0.01)},
    "under two budgets": {"affinity": (0.05, 0.04, -0.5)},
    "in the control group": {"key": "held"},
}
"""Kinds of people: together every way in which actions are open or shut."""

FAMILY = 0.001
"""The chance that a right policy fails this law at all, over all its people and actions."""


def of_every_kind(rule: Policy) -> Slate:
    """One person of each kind; keys are searched for, so that one is held out and none else."""
    draws = (f"k{n}" for n in range(10_000))
    inside: dict[bool, list[str]] = {True: [], False: []}
    for key in draws:
        inside[keyed_share(f"holdout/{rule.name}", key) < rule.holdout_share].append(key)
    given = list(KINDS.values())
    keys = [inside[kind.get("key") == "held"].pop() for kind in given]
    rows = [kind.get("affinity", (0.3, 0.2, 0.1)) for kind in given]
    return slate(
        keys,
        affinity_pc=np.array(rows, dtype=np.float64),
        audience_pc=np.array([kind.get("audience", (1, 1, 1)) for kind in given]) == 1,
        selection_pc=np.array([kind.get("selection", (1, 1, 1)) for kind in given]) == 1,
        contacts_p=np.array([kind.get("contacts", 0) for kind in given], dtype=np.int64),
        consent_p=np.array([kind.get("consent", True) for kind in given]),
        address_p=np.array([kind.get("address", True) for kind in given]),
    )


@pytest.mark.parametrize("explore_share", [0.05, 0.3, 1.0])
def test_over_many_seeds_an_action_is_as_frequent_as_its_propensity(explore_share: float) -> None:
    """Every action of every kind of person within Clopper and Pearson's interval, for all at once.

    An action's propensity is what each decision that took it recorded; one that was never taken
    has none, so the recorded ones must add up to one: none is missing.
    """
    rule = policy(explore_share=explore_share, holdout_share=0.2)
    made, cutoff_c = of_every_kind(rule), np.array([0.1, 0.15, -np.inf])
    people, actions = len(KINDS), len(made.campaigns) + 1
    count_pa, told_pa = np.zeros((people, actions), np.int64), np.zeros((people, actions))
    rows = np.arange(people)
    for seed in range(SEEDS):
        choices = choose(made, rule, cutoff_c, seed)
        taken_before = told_pa[rows, choices.chosen_p]
        assert ((taken_before == 0) | (taken_before == choices.propensity_p)).all()
        count_pa[rows, choices.chosen_p] += 1  # `nothing` is -1: the last place
        told_pa[rows, choices.chosen_p] = choices.propensity_p
    assert np.allclose(told_pa.sum(axis=1), 1.0, atol=1e-12)
    tail = FAMILY / (2 * people * actions)  # Bonferroni, both sides
    least = np.where(count_pa > 0, beta.ppf(tail, count_pa, SEEDS - count_pa + 1), 0.0)
    most = np.where(count_pa < SEEDS, beta.ppf(1 - tail, count_pa + 1, SEEDS - count_pa), 1.0)
    assert ((least <= told_pa) & (told_pa <= most)).all(), np.argwhere(
        (told_pa < least) | (told_pa > most)
    )
    open_pa = dict(zip(KINDS, (count_pa > 0).tolist(), strict=True))
    for kind in ("nothing open", "written to enough", "without consent", "without an address",
                 "in the control group"):  # fmt: skip
        assert open_pa[kind] == [False, False, False, True], kind
    assert open_pa["two campaigns open"][2] is False
    assert open_pa["a selection too small"][0] is False
    assert open_pa["under the first budget"][:2] == [False, False]
    assert all(open_pa["everything open"])
    assert count_pa[list(KINDS).index("likes nothing")].argmax() == 3 or explore_share == 1.0


@pytest.mark.parametrize("wrong", ["a propensity", "a draw", "an open action"])
def test_the_law_of_frequencies_is_broken_by_a_small_error(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen red: a propensity 15 % too high, a draw that leans, an action that is left out."""
    real_choose, real_action = policies_module.choose, policies_module._random_action

    def told_wrong(*arguments: object) -> Choices:
        choices = real_choose(*arguments)  # type: ignore[arg-type]
        return msgspec.structs.replace(choices, propensity_p=choices.propensity_p * 0.85)

    def leaning(draw_p: Floats, allowed_pc: object, rule: Policy) -> object:
        return real_action(draw_p**1.2 * rule.explore_share**-0.2, allowed_pc, rule)  # type: ignore[arg-type]

    def left_out(draw_p: Floats, allowed_pc: object, rule: Policy) -> object:
        chosen = real_action(draw_p, allowed_pc, rule)  # type: ignore[arg-type]
        return np.where(chosen == 2, NOBODY, chosen)

    if wrong == "a propensity":
        monkeypatch.setattr("tests.laws.test_choosing.choose", told_wrong)
    else:
        put = leaning if wrong == "a draw" else left_out
        monkeypatch.setattr(policies_module, "_random_action", put)
    with pytest.raises(AssertionError):
        test_over_many_seeds_an_action_is_as_frequent_as_its_propensity(0.3)


def test_the_holdout_is_a_tenth_and_the_same_tenth_in_every_run() -> None:
    keys = [f"{n:032x}" for n in range(20_000)]
    rule, free = policy(holdout_share=0.1, explore_share=0.05), np.full(3, -np.inf)
    first = choose(slate(keys), rule, free, 1)
    share = first.holdout_p.mean()
    assert abs(share - 0.1) < 4 * np.sqrt(0.1 * 0.9 / 20_000)
    assert (first.chosen_p[first.holdout_p] == NOBODY).all()
    assert (first.propensity_p[first.holdout_p] == 1.0).all()
    # In another run, on half the people, in another order: nobody changes sides.
    some = keys[::-2]
    later = choose(slate(some), rule, free, 99).holdout_p
    stood = dict(zip(keys, first.holdout_p.tolist(), strict=True))
    assert later.tolist() == [stood[key] for key in some]
    # A wider holdout holds the narrower one; another policy draws its own.
    wider = choose(slate(keys), policy(holdout_share=0.2), free, 1).holdout_p
    assert (wider | ~first.holdout_p).all()
    other = choose(slate(keys), policy(name="other", holdout_share=0.1), free, 1).holdout_p
    assert 0.005 < (other & first.holdout_p).mean() < 0.015


# ---- what is recorded


def decided(made: Slate, rule: Policy, seed: int, cutoff_c: Floats) -> list[Decision]:
    choices = choose(made, rule, cutoff_c, seed)
    facts = run_facts(recorded.recorded_cutoffs(made, cutoff_c), seed)
    return [
        recorded.decision_of(made, p, choices, rule, facts, person_facts(made, p))
        for p in range(len(made.keys))
    ]


@MANY
@given(made=slates(), rule=policies, seed=seeds)
def test_a_recorded_decision_chosen_again_is_the_same(made: Slate, rule: Policy, seed: int) -> None:
    cutoff_c = budget_cutoffs(made, rule, seed)
    for decision in decided(made, rule, seed, cutoff_c):
        stored = msgspec.json.decode(msgspec.json.encode(decision), type=Decision)
        assert stored == decision
        again = recorded.slate_of(stored.subject, stored.inputs)
        limits = recorded.cutoffs_of(again, stored.constraints["cutoffs"])
        assert limits.tobytes() == cutoff_c.tobytes()
        choices = choose(again, rule, limits, stored.seed)
        c = int(choices.chosen_p[0])
        assert (NOTHING if c == NOBODY else again.campaigns[c]) == stored.chosen
        assert float(choices.propensity_p[0]) == stored.propensity
        now = dict(zip(again.campaigns, choices.score_pc[0].tolist(), strict=True))
        assert now == {candidate.id: candidate.score for candidate in stored.candidates}


@MANY
@given(made=slates(), rule=policies, seed=seeds)
def test_the_weights_of_the_reasons_add_up_to_the_score(
    made: Slate, rule: Policy, seed: int
) -> None:
    for decision in decided(made, rule, seed, budget_cutoffs(made, rule, seed)):
        if not decision.candidates:
            assert decision.reasons == ()
            continue
        told = {candidate.id: candidate.score for candidate in decision.candidates}
        shown = told.get(decision.chosen, decision.candidates[0].score)
        assert abs(sum(reason.weight for reason in decision.reasons) - shown) < 1e-9


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_json_keeps_a_float_to_the_bit(value: float) -> None:
    kept = msgspec.json.decode(msgspec.json.encode({"x": value}))["x"]
    assert np.float64(kept).tobytes() == np.float64(value).tobytes()


@MANY
@given(made=slates(), rule=policies, seed=seeds)
def test_every_campaign_of_a_decision_is_a_candidate_or_counted(
    made: Slate, rule: Policy, seed: int
) -> None:
    for decision in decided(made, rule, seed, budget_cutoffs(made, rule, seed)):
        ranked = [(-candidate.score, candidate.id) for candidate in decision.candidates]
        assert ranked == sorted(ranked) and len(ranked) == len(made.campaigns)
        assert set(decision.excluded) <= set(EXCLUSIONS)
        assert sum(decision.excluded.values()) <= len(made.campaigns)
        assert (decision.campaign or NOTHING) == decision.chosen
        assert 0 < decision.propensity <= 1


# ---- every option changes an answer


@pytest.mark.parametrize(
    "changed",
    [
        {"response_weight": 0.0},
        {"affinity_weight": -1.0},
        {"threshold": 0.25},
        {"explore_share": 0.9},
        {"holdout_share": 0.5},
        {"cap_messages": 1},
        {"name": "other"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_every_option_of_the_policy_changes_an_answer(changed: dict[str, object]) -> None:
    made = slate(
        60,
        response_p=np.linspace(-0.6, 0.6, 60),
        contacts_p=np.arange(60) % 3,
    )
    rule, free = policy(explore_share=0.1, holdout_share=0.1), np.full(3, -np.inf)
    was = choose(made, rule, free, 1).chosen_p
    now = choose(made, msgspec.structs.replace(rule, **changed), free, 1).chosen_p
    assert (was != now).any()
