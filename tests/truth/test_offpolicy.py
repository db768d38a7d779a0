"""What another policy would bring, in worlds where it is known: within the interval 19 times in 20.

A world: people with an open response and affinities, a message that adds to the chance of an order
by an effect of its own. One policy runs and is logged; another is asked about.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from regie.decide.eligibility import Slate
from regie.decide.policy import Policy, budget_cutoffs, choose, probabilities
from regie.learn.offpolicy import Estimate, estimate
from tests.support.choosing import policy, slate

LOGGED = policy(explore_share=0.2, holdout_share=0.1)
OTHERS = {
    "bolder": policy(explore_share=0.2, holdout_share=0.1, threshold=-0.5),
    "shy": policy(explore_share=0.2, holdout_share=0.1, threshold=0.6),
    "by affinity": policy(explore_share=0.05, holdout_share=0.1, response_weight=0.0),
    "the same": LOGGED,
}
EFFECTS = np.array([0.9, 0.3, -0.2, 0.0])
"""What each campaign adds to the log-odds of an order; nothing adds nothing."""


class World(NamedTuple):
    """A slate, and each person's true chance of an order under each action."""

    made: Slate
    chance_pa: Any


def world(draw: np.random.Generator, people: int) -> World:
    base = draw.normal(0.0, 0.8, people)
    made = slate(
        [f"{draw.integers(2**60):x}" for _ in range(people)],
        response_p=base,
        affinity_pc=draw.normal(0.0, 0.5, (people, 3)),
        contacts_p=draw.integers(0, 3, people),
        budget_c=np.array([50_000 * people // 6, 10**12, 10**12], dtype=np.int64),
    )
    return World(made, 1 / (1 + np.exp(-(base[:, None] - 1.0 + EFFECTS))))


def asked(
    there: World, other: Policy, seed: int, draw: np.random.Generator
) -> tuple[Estimate, float]:
    """The estimate, and the true difference between the two policies."""
    rows = np.arange(len(there.made.keys))
    logged = choose(there.made, LOGGED, budget_cutoffs(there.made, LOGGED, seed), seed)
    logged_pa = probabilities(logged, LOGGED)
    now = choose(there.made, other, budget_cutoffs(there.made, other, seed), seed)
    other_pa = probabilities(now, other)
    taken_p = logged.chosen_p % 4  # `nothing` is -1: the last
    came = draw.random(len(rows)) < there.chance_pa[rows, taken_p]
    predicted = 1 / (1 + np.exp(-(there.made.response_p - 0.8)))  # a wrong model will do
    seen_pa = np.where(logged_pa > 0, other_pa, 0.0)
    unseen = (other_pa - seen_pa).sum(axis=1)
    # Where nothing could be seen the estimate stands on the prediction, and so does the truth here.
    truth = (seen_pa * there.chance_pa).sum(axis=1) + unseen * predicted
    was = (logged_pa * there.chance_pa).sum(axis=1)
    told = estimate(came.astype(float), predicted, taken_p, logged_pa, other_pa)
    return told, float(np.mean(truth - was))


@pytest.mark.parametrize("name", OTHERS)
def test_the_interval_holds_the_known_difference(name: str) -> None:
    draw, inside, gaps, times = np.random.default_rng(3), 0, [], 150
    for seed in range(times):
        told, truth = asked(world(draw, 400), OTHERS[name], seed, draw)
        inside += told.low - 1e-12 <= truth <= told.high + 1e-12
        gaps.append(told.difference - truth)
    assert inside >= times * 0.90, inside  # 95 % less three standard deviations
    assert abs(np.mean(gaps)) <= 4 * np.std(gaps) / np.sqrt(times) + 1e-12  # right on the mean


def test_a_difference_that_is_there_is_seen_by_enough_people() -> None:
    draw = np.random.default_rng(5)
    told, truth = asked(world(draw, 20_000), OTHERS["shy"], 1, draw)
    assert truth < 0
    assert (told.high < 0, told.told()) == (True, "less, beyond noise")


def test_the_same_policy_differs_in_nothing_and_what_was_never_possible_is_told() -> None:
    draw = np.random.default_rng(6)
    there = world(draw, 500)
    same, truth = asked(there, LOGGED, 1, draw)
    assert (same.difference, same.low, same.high, truth) == (0.0, 0.0, 0.0, 0.0)
    assert same.unseen == 0.0
    bolder = policy(cap_messages=9, explore_share=0.2, holdout_share=0.1)
    assert asked(there, bolder, 1, draw)[0].unseen > 0.1


def test_the_chosen_actions_probability_is_its_propensity_to_the_bit() -> None:
    draw = np.random.default_rng(8)
    made = world(draw, 300).made
    for rule in OTHERS.values():
        choices = choose(made, rule, budget_cutoffs(made, rule, 2), 2)
        found = probabilities(choices, rule)
        taken = found[np.arange(300), choices.chosen_p]  # `nothing` is -1: the last
        assert taken.tobytes() == choices.propensity_p.tobytes()
        assert np.allclose(found.sum(axis=1), 1.0)
