"""The test that lets a challenger serve: of ties it promotes no more than 5 %, of real gains most.

Two versions of a model differ by independent noise of the same size around the truth: each is as
wrong as the other, so neither deserves the other's place, though on any one month one looks better.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import beta

from regie.learn import metrics
from regie.learn.promote import LEAST_PEOPLE, RULE, contest, promotion, replayed, serves, told

Floats = npt.NDArray[np.float64]


def probabilities(log_odds: Floats) -> Floats:
    p: Floats = 1 / (1 + np.exp(-log_odds))
    return p


def response_losses(
    draw: np.random.Generator, people: int, gain: float = 0.0
) -> tuple[Floats, Floats]:
    """Log losses of a champion and of a challenger whose noise is smaller by a share."""
    truth = draw.normal(-1.2, 1.0, people)
    came = draw.random(people) < probabilities(truth)
    champion = probabilities(truth + draw.normal(0, 0.5, people))
    challenger = probabilities(truth + draw.normal(0, 0.5 * (1 - gain), people))
    return metrics.log_losses(champion, came), metrics.log_losses(challenger, came)


def affinity_gains(
    draw: np.random.Generator, people: int, gain: float = 0.0
) -> tuple[Floats, Floats]:
    """nDCG of four items: mostly nothing, sometimes one hit in some place, for either alike."""
    wanted = 1 + draw.poisson(2.0, people)
    hits = [draw.random((people, 4)) < share for share in (0.05, 0.05 * (1 + gain))]
    return metrics.gains(hits[0], wanted), metrics.gains(hits[1], wanted)


WORLDS = {"response": response_losses, "affinity": affinity_gains}


def promoted(name: str, times: int, people: int, gain: float = 0.0, seed: int = 7) -> int:
    draw = np.random.default_rng(seed)
    return sum(contest(name, "v1", *WORLDS[name](draw, people, gain)).won for _ in range(times))


def at_most(wins: int, times: int) -> float:
    """The largest rate that would still give so few wins once in a hundred times."""
    return float(beta.ppf(0.99, wins + 1, times - wins))


def at_least(wins: int, times: int) -> float:
    return float(beta.ppf(0.01, wins, times - wins + 1)) if wins else 0.0


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("people", [LEAST_PEOPLE, 300, 2000])
def test_of_ties_no_more_than_five_in_a_hundred_are_promoted(name: str, people: int) -> None:
    times = 2000
    wins = promoted(name, times, people)
    assert at_most(wins, times) <= 0.05, wins
    # And not by never promoting: about 2.5 % look better by more than noise. Of few people with
    # rare hits fewer do, the difference being lumpy.
    assert wins > (0 if people == LEAST_PEOPLE else times * 0.01)


@pytest.mark.proof
@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("people", [LEAST_PEOPLE, 100, 300, 1000, 3000])
def test_of_very_many_ties_too(name: str, people: int) -> None:
    times = 40_000
    assert at_most(promoted(name, times, people, seed=11), times) <= 0.05


@pytest.mark.parametrize(("name", "gain"), [("response", 0.5), ("affinity", 0.5)])
def test_a_real_gain_is_seen_by_enough_people(name: str, gain: float) -> None:
    times = 200
    few, many = (promoted(name, times, people, gain) for people in (100, 3000))
    assert at_least(many, times) >= 0.85, many
    assert few < many


def test_a_worse_challenger_is_never_promoted() -> None:
    assert promoted("response", 500, 2000, gain=-0.5) == 0


def test_too_few_people_promote_nobody_and_a_tie_is_the_same() -> None:
    few = contest("response", "v1", np.full(29, 0.9), np.full(29, 0.1))
    assert (few.won, few.people, np.isnan(few.low)) == (False, 29, True)
    assert "too few people (29)" in told("response", {}, few)
    same = contest("response", "v1", np.full(50, 0.9), np.full(50, 0.9))
    assert told("response", {}, same) == "the same as v1 for each of 50 people"
    nobody = contest("affinity", "v1", np.zeros(0), np.zeros(0))
    assert not nobody.won


JUDGED = {"log_loss": 0.5, "baseline_log_loss": 0.6}


def test_who_wins_must_also_beat_the_plain_baseline_and_a_young_champion_stays() -> None:
    losses = np.linspace(0.1, 0.9, 100)
    won = contest("response", "v1", losses, losses - 0.1)
    assert serves("response", JUDGED, "v1", won)
    assert not serves("response", {"log_loss": 0.7, "baseline_log_loss": 0.6}, "v1", won)
    assert not serves("response", JUDGED, "v0", won), "a contest with another version says nothing"
    assert not serves("response", JUDGED, "v1", None)
    assert serves("response", {}, None, None), "something must serve"
    worse = contest("response", "v1", losses, losses + 0.1)
    assert told("response", JUDGED, worse).startswith("log_loss worse than v1 by 0.1000 (0.1")
    assert told("response", JUDGED, worse).endswith(": by more than noise")
    assert told("response", JUDGED, won).endswith("by more than noise, promoted")


def test_a_promotion_is_replayed_from_its_recorded_figures() -> None:
    losses = np.linspace(0.1, 0.9, 100)
    won = contest("response", "v1", losses, losses - 0.1)
    lost = contest("response", "v1", losses, losses + 0.1)
    about = {"run": 2, "at_us": 0, "name": "response", "version": "v2", "champion": "v1",
             "judged": JUDGED}  # fmt: skip
    assert replayed(promotion(**about, actor=RULE, against=won)) == "v2"  # type: ignore[arg-type]
    assert replayed(promotion(**about, actor=RULE, against=lost)) == "v1"  # type: ignore[arg-type]
    assert replayed(promotion(**about, actor="camille")) == "v2"  # type: ignore[arg-type]
