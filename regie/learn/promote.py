"""Promote: which version of a model serves; the rule and the decision it becomes; pure.

A challenger takes the champion's place only where it is better on the agreed measure by more than
noise. Both are asked about the same people on days that neither has seen, so what is judged is the
difference for each person: what makes a person hard to predict weighs on both and falls out. The
interval of the mean difference is Student's, at 95 % on two sides; the challenger wins where all of
it lies above zero, so of challengers that are no better about 2.5 % win, and never more than 5 %
(`tests/truth/test_promotion.py`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from regie.terms.decision import Candidate, Decision, Reason

MEASURES = {"response": ("log_loss", False), "affinity": ("ndcg", True)}
"""Model to the measure it is judged by, and whether more is better."""

LEAST_PEOPLE = 30
"""With fewer, a mean is not yet near its bell curve, and nobody is promoted."""

_CONFIDENCE = 0.95


class Contest(msgspec.Struct, frozen=True, kw_only=True):
    """A challenger beside the champion, over the same people on later days.

    fr: duel

    Parameters
    ----------
    champion : str
        The version that serves.
    measure : str
        What they are judged by.
    people : int
        Over how many.
    difference, low, high : float
        By how much the challenger is better on the mean, above 0 where it is, and its interval;
        nan where there is nobody.
    won : bool
        Whether it is better by more than noise.

    Examples
    --------
    >>> Contest(champion="v1", measure="ndcg", people=100, difference=0.1, low=0.01, high=0.2,
    ...         won=True).won
    True
    """

    champion: str
    measure: str
    people: int
    difference: float
    low: float
    high: float
    won: bool


def contest(name: str, champion: str, champions: Any, challengers: Any) -> Contest:
    """Set a challenger beside the champion.

    Parameters
    ----------
    name : str
        The model: says the measure.
    champion : str
        The version that serves.
    champions, challengers : npt.NDArray
        Shape (n,). The measure of each person, by either; the same people in the same order.

    Returns
    -------
    Contest
        Won only where the whole interval lies above zero.

    References
    ----------
    Student, "The probable error of a mean", Biometrika 6, 1908: the paired form.

    Examples
    --------
    >>> losses = np.linspace(0.1, 0.9, 50)
    >>> better = contest("response", "v1", losses, losses - 0.05)
    >>> round(better.difference, 6), better.won
    (0.05, True)
    >>> contest("response", "v1", losses, losses).won  # a tie is no win
    False
    """
    measure, more_is_better = MEASURES[name]
    gained = (challengers - champions) if more_is_better else (champions - challengers)
    people = len(gained)
    if people < LEAST_PEOPLE:
        mean = float(np.mean(gained)) if people else math.nan
        low, high = math.nan, math.nan
    else:
        from scipy.special import stdtrit

        mean = float(np.mean(gained))
        spread = float(np.std(gained, ddof=1)) / math.sqrt(people)
        reach = float(stdtrit(people - 1, (1 + _CONFIDENCE) / 2)) * spread
        low, high = mean - reach, mean + reach
    return Contest(
        champion=champion,
        measure=measure,
        people=people,
        difference=mean,
        low=low,
        high=high,
        won=low > 0,
    )


def beats_baseline(name: str, judged: Mapping[str, float]) -> bool:
    """Whether a version is better than its plain baseline on later days.

    A version that could not be judged (too little history) is not: it serves only where none does
    yet, and its card says so.

    Examples
    --------
    >>> beats_baseline("response", {"log_loss": 0.5, "baseline_log_loss": 0.6})
    True
    >>> beats_baseline("affinity", {"ndcg": 0.1, "baseline_ndcg": 0.2})
    False
    >>> beats_baseline("response", {})
    False
    """
    measure, more_is_better = MEASURES[name]
    value, baseline = judged.get(measure), judged.get(f"baseline_{measure}")
    if value is None or baseline is None or math.isnan(value) or math.isnan(baseline):
        return False
    return value > baseline if more_is_better else value < baseline


def serves(
    name: str, judged: Mapping[str, float], champion: str | None, against: Contest | None
) -> bool:
    """Whether a new version is to serve: none does yet, or it won.

    Parameters
    ----------
    champion : str or None
        The version that serves now.
    against : Contest or None
        The contest with it; None where it is too young for one.

    Examples
    --------
    >>> serves("response", {}, None, None)
    True
    >>> serves("response", {"log_loss": 0.5, "baseline_log_loss": 0.6}, "v1", None)
    False
    """
    if champion is None:
        return True
    won = against is not None and against.champion == champion and against.won
    return won and beats_baseline(name, judged)


def told(name: str, judged: Mapping[str, float], against: Contest | None) -> str:
    """What came of a version, in words: the difference, its interval, the decision.

    Examples
    --------
    >>> told("affinity", {"ndcg": 0.2, "baseline_ndcg": 0.1},
    ...      Contest(champion="v1", measure="ndcg", people=100, difference=0.1, low=-0.01,
    ...              high=0.21, won=False))
    'ndcg better than v1 by 0.1000 (-0.0100 to 0.2100, 100 people): not by more than noise'
    >>> told("response", {}, None)
    'not set beside a champion: there was none, or it was too young'
    """
    if against is None:
        return "not set beside a champion: there was none, or it was too young"
    if math.isnan(against.low):
        return f"too few people ({against.people}) to set it beside {against.champion}"
    if against.low == against.high == 0:
        return f"the same as {against.champion} for each of {against.people} people"
    word, bounds = "better", (against.low, against.high)
    if against.difference < 0:
        word, bounds = "worse", (-against.high, -against.low)
    if not against.won:
        verdict = "by more than noise" if against.high < 0 else "not by more than noise"
    elif beats_baseline(name, judged):
        verdict = "by more than noise, promoted"
    else:
        verdict = "by more than noise, but not better than the plain baseline"
    return (
        f"{against.measure} {word} than {against.champion} by {abs(against.difference):.4f}"
        f" ({bounds[0]:.4f} to {bounds[1]:.4f}, {against.people} people): {verdict}"
    )


def promotion(
    *,
    run: int,
    at_us: int,
    name: str,
    version: str,
    champion: str | None,
    judged: Mapping[str, float],
    actor: str,
    against: Contest | None = None,
) -> Decision:
    """The decision that lets a version serve.

    Examples
    --------
    >>> d = promotion(run=1, at_us=0, name="response", version="v2", champion="v1",
    ...               judged={"log_loss": 0.5, "baseline_log_loss": 0.6}, actor="camille")
    >>> d.chosen, d.reasons[0].code, d.reasons[0].baseline
    ('v2', 'log_loss', 0.6)
    """
    measure = MEASURES.get(name, ("", False))[0]
    shown = [c for c in judged if not c.startswith("baseline_") and not math.isnan(judged[c])]
    shown.sort(key=lambda code: (code != measure, code))
    inputs: dict[str, Any] = {"judged": {c: v for c, v in judged.items() if not math.isnan(v)}}
    if against is not None:
        inputs["contest"] = msgspec.to_builtins(against)
    return Decision(
        id=f"promotion-{name}-{version}",
        kind="promotion",
        run=run,
        at_us=at_us,
        subject=name,
        policy=POLICY,
        candidates=tuple(Candidate(v, 0.0, 0) for v in (version, champion) if v),
        chosen=version,
        propensity=1.0,
        reasons=tuple(
            Reason(c, float(judged[c]), float(judged.get(f"baseline_{c}", judged[c])), 0.0)
            for c in shown
        ),
        inputs=inputs,
        seed=0,
        actor=actor,
    )


POLICY = "better than the champion on later days by more than noise"
RULE = "rule better-than-the-champion"
"""The actor where no person promotes."""


def replayed(decision: Decision) -> str:
    """The version that the rule chooses again from a promotion's recorded inputs.

    Examples
    --------
    >>> d = promotion(run=1, at_us=0, name="response", version="v1", champion=None, judged={},
    ...               actor=RULE)
    >>> replayed(d)
    'v1'
    """
    version = decision.candidates[0].id
    before = decision.candidates[1].id if len(decision.candidates) > 1 else None
    if decision.actor != RULE:  # a person's decision rests on no rule
        return version
    given = decision.inputs.get("contest")
    against = None if given is None else msgspec.convert(given, Contest)
    chosen = serves(decision.subject, decision.inputs["judged"], before, against)
    return version if chosen else str(before)
