"""What is put up for approval is what was decided, counted from the records themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from regie.measure.judged import Judged, RunJudged, SumJudged, sum_reach
from regie.terms.decision import Decision, taken
from regie.terms.instant import DAY_US
from regie.workspace import deciding, inbox, judging
from regie.workspace.workspace import Workspace, open_workspace


def test_a_proposal_tells_what_the_records_of_its_run_say(whole_shop: Path) -> None:
    with open_workspace(whole_shop) as shop:
        run = shop.runs()[-1].number
        found = [d for d, _ in deciding.find(shop, run=run, kind="message")]
        names = {d.campaign for d in found if d.campaign}
        held_out = others = 0
        for name in names:
            told = inbox.told(shop, run, name)
            meant = [d for d in found if d.campaign == name]
            p = np.array([d.inputs["probability"] for d in meant])
            assert (told.messages, told.cost_micros) == (
                len(meant), sum(taken(d).cost_micros for d in meant),
            )  # fmt: skip
            assert told.expected == pytest.approx(p.sum(), rel=1e-12)
            assert told.expected_variance == pytest.approx((p * (1 - p)).sum(), rel=1e-12)
            width = 1.644854 * np.sqrt((p * (1 - p)).sum())
            assert told.expected_high - told.expected == pytest.approx(width, rel=1e-6)
            assert told.expected_basis == "coming", "nothing is said of earlier runs unasked"
            best = max(meant, key=lambda d: (taken(d).score, d.id))
            assert taken(best).score == max(taken(d).score for d in meant if d.id in told.sample)
            without = [d for d in found if d.constraints["holdout"]]
            assert told.holdout == sum(_could_write(name, d, told.cap_messages) for d in without)
            held_out += told.holdout
            others += len(without) - told.holdout
        assert held_out > 0, "a shop in which nobody is left without a message shows nothing"
        assert others > 0, "a shop in which every campaign is for everybody shows nothing"


def test_a_proposal_is_as_uncertain_as_earlier_forecasts_were_off(whole_shop: Path) -> None:
    with open_workspace(whole_shop) as shop:
        found = [d for d, _ in deciding.find(shop, kind="message")]
        judged = judging.judge(shop, found)
        first, second = judged.known
        _check_sums(shop, first, [d for d in found if d.run == first.run])
        told = inbox.told(shop, second.run, second.sums[0].campaign)
    wider = inbox.settled(told, judged)
    assert (wider.expected_basis, wider.expected_runs) == ("earlier", 1), "not by its own run"
    reach = sum_reach(told.expected, told.expected_variance, [first.sums])
    assert wider.expected_low == max(0.0, told.expected - reach)
    assert wider.expected_high == min(told.messages, told.expected + reach)
    assert wider.expected_high - wider.expected_low > told.expected_high - told.expected_low
    alone = inbox.settled(told, Judged(runs=(second,)))
    assert (alone.expected_basis, alone.expected_runs) == ("model", 0)
    assert (alone.expected_low, alone.expected_high) == (told.expected_low, told.expected_high)


def _check_sums(shop: Workspace, run: RunJudged, decisions: list[Decision]) -> None:
    until_us = run.as_of_us + 30 * DAY_US
    with shop.tables.session() as session:
        rows = session.query(
            "SELECT DISTINCT key FROM events WHERE kind = 'order' AND key IS NOT NULL"
            " AND at_us >= $from_us AND at_us < $to_us",
            {"from_us": run.as_of_us, "to_us": until_us},
        )
    bought = set(rows["key"].tolist())
    assert {one.campaign for one in run.sums} == {d.campaign for d in decisions} - {None}
    for one in run.sums:
        meant = [d for d in decisions if d.campaign == one.campaign]
        foreseen = sum(d.inputs["probability"] for d in meant)
        assert (one.people, one.came) == (len(meant), sum(d.subject in bought for d in meant))
        assert one.expected == pytest.approx(foreseen)


@pytest.mark.parametrize("runs", [1, 2, 4])
@pytest.mark.parametrize("off", [0.0, 0.4])
def test_the_truth_lies_within_where_the_model_is_off_for_all_at_once(
    runs: int, off: float
) -> None:
    rng, worlds = np.random.default_rng(7), 150
    inside = by_chance = 0
    for _ in range(worlds):
        *earlier, last = [_simulated(rng, off) for _ in range(runs + 1)]
        for one in last:
            reach = sum_reach(one.expected, one.variance, earlier)
            inside += abs(one.came - one.expected) <= reach
            by_chance += abs(one.came - one.expected) <= sum_reach(one.expected, one.variance, [])
    cases = worlds * len(last)
    assert inside / cases >= 0.8
    assert by_chance <= inside
    if off:
        assert by_chance / cases < 0.75, "a model this wrong would be told without its doubt"


def _simulated(rng: np.random.Generator, off: float) -> list[SumJudged]:
    """A run of three campaigns: everybody orders more or less than foreseen, by one factor."""
    factor = np.exp(rng.normal(0.0, off))
    sums = []
    for name, people in (("a", 150), ("b", 400), ("c", 1000)):
        p = rng.beta(2, 6, people)
        came = int((rng.random(people) < np.minimum(p * factor, 1.0)).sum())
        variance = float((p * (1 - p)).sum())
        sums.append(
            SumJudged(campaign=name, people=people, expected=float(p.sum()), variance=variance,
                      came=came)
        )  # fmt: skip
    return sums


def _could_write(campaign: str, decision: Decision, cap_messages: int) -> bool:
    """Whether a campaign's message could have gone to whoever is in no control group."""
    given = decision.inputs
    met = [given["campaigns"][campaign][name] for name in ("dates", "audience", "selection")]
    return all([*met, given["consent"], given["address"], given["contacts"] < cap_messages])
