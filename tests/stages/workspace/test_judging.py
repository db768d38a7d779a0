"""Earlier predictions beside what happened, each figure counted again by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from regie.measure.judged import Judged
from regie.measure.report import rightness
from regie.measure.report.voice import Voice
from regie.terms.decision import Decision
from regie.terms.instant import DAY_US
from regie.workspace import open_workspace
from regie.workspace.deciding import find
from regie.workspace.judging import judge
from regie.workspace.reporting import gather
from regie.workspace.workspace import Workspace


@pytest.fixture(scope="module")
def shop(whole_shop: Path) -> Iterator[Workspace]:
    with open_workspace(whole_shop) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def decisions(shop: Workspace) -> list[Decision]:
    return [decision for decision, _ in find(shop) if decision.kind == "message"]


@pytest.fixture(scope="module")
def judged(shop: Workspace, decisions: list[Decision]) -> Judged:
    return judge(shop, decisions)


def bought(shop: Workspace, from_us: int, to_us: int) -> dict[str, set[str]]:
    """What each person ordered in [from, to), asked of the tables without any of judging's code."""
    with shop.tables.session() as session:
        rows = session.query(
            "SELECT DISTINCT key, item FROM events WHERE kind = 'order' AND key IS NOT NULL"
            " AND at_us >= $from_us AND at_us < $to_us ORDER BY key, item",
            {"from_us": from_us, "to_us": to_us},
        )
    found: dict[str, set[str]] = {}
    for key, item in zip(rows["key"], rows["item"], strict=True):
        found.setdefault(str(key), set()).add(str(item))
    return found


def of_run(decisions: list[Decision], run: int) -> list[Decision]:
    return [decision for decision in decisions if decision.run == run]


def test_every_run_is_judged_oldest_first(judged: Judged) -> None:
    assert [run.known for run in judged.runs] == [True, True]
    assert judged.runs[0].as_of_us < judged.runs[1].as_of_us


def test_the_rate_is_who_ordered_within_thirty_days(
    shop: Workspace, decisions: list[Decision], judged: Judged
) -> None:
    for run in judged.runs:
        came = bought(shop, run.as_of_us, run.as_of_us + 30 * DAY_US)
        mine = of_run(decisions, run.run)
        assert run.decided == run.probabilities["people"] == len(mine)
        rate = sum(d.subject in came for d in mine) / len(mine)
        assert run.probabilities["rate"] == pytest.approx(rate)


def test_auc_is_the_share_of_pairs_ranked_right(
    shop: Workspace, decisions: list[Decision], judged: Judged
) -> None:
    run = judged.runs[0]
    came = bought(shop, run.as_of_us, run.as_of_us + 30 * DAY_US)
    mine = of_run(decisions, run.run)
    yes = [d.inputs["probability"] for d in mine if d.subject in came]
    no = [d.inputs["probability"] for d in mine if d.subject not in came]
    wins = sum((a > b) + (a == b) / 2 for a in yes for b in no)
    assert run.probabilities["auc"] == pytest.approx(wins / (len(yes) * len(no)))


def test_brier_is_the_mean_squared_distance(
    shop: Workspace, decisions: list[Decision], judged: Judged
) -> None:
    run = judged.runs[1]
    came = bought(shop, run.as_of_us, run.as_of_us + 30 * DAY_US)
    gaps = [
        (d.inputs["probability"] - (d.subject in came)) ** 2 for d in of_run(decisions, run.run)
    ]
    assert run.probabilities["brier"] == pytest.approx(sum(gaps) / len(gaps))


def test_hits_are_new_items_that_were_then_bought(
    shop: Workspace, decisions: list[Decision], judged: Judged
) -> None:
    for run in judged.runs:
        came = bought(shop, run.as_of_us, run.as_of_us + 30 * DAY_US)
        before = bought(shop, 0, run.as_of_us)
        hits = []
        for decision in of_run(decisions, run.run):
            new = came.get(decision.subject, set()) - before.get(decision.subject, set())
            if new:
                picked = decision.inputs["campaigns"]["discover"]["items"]
                hits.append(bool(new & set(picked)))
        assert run.items["people"] == len(hits)
        assert run.items["hit_rate"] == pytest.approx(sum(hits) / len(hits))


def test_all_runs_together_are_all_people_together(judged: Judged) -> None:
    people = sum(run.probabilities["people"] or 0 for run in judged.runs)
    assert judged.probabilities["people"] == people == sum(b.count for b in judged.bins)
    came = sum(b.observed * b.count for b in judged.bins)
    assert came == pytest.approx((judged.probabilities["rate"] or 0) * people)


def test_each_observed_share_lies_within_its_bounds(judged: Judged) -> None:
    for point in judged.bins:
        assert point.low is not None
        assert point.high is not None
        assert 0 <= point.low <= point.observed <= point.high <= 1


def test_a_segment_has_the_people_who_ordered_then(shop: Workspace, judged: Judged) -> None:
    """Lapsed: no order for more than 150 days, among the people open to profiling then."""
    run = judged.runs[1]
    lapsed = next(s for s in run.segments if s.name == "lapsed")
    last: dict[str, int] = {}
    with shop.tables.session() as session:
        rows = session.query(
            "SELECT key, max(at_us) AS at_us FROM events WHERE kind = 'order' AND at_us < $as_of_us"
            " AND recorded_us < $as_of_us AND key IS NOT NULL GROUP BY key ORDER BY key",
            {"as_of_us": run.as_of_us},
        )
    last = {
        str(key): (run.as_of_us - int(at_us)) // DAY_US
        for key, at_us in zip(rows["key"], rows["at_us"], strict=True)
    }
    consents = shop.state.consents()
    granted = {
        str(key)
        for key, purpose, yes, at_us in zip(
            *(consents[name] for name in ("key", "purpose", "granted", "at_us")), strict=True
        )
        if purpose == "profiling" and yes and at_us < run.as_of_us
    }
    members = [key for key, days in last.items() if days >= 151 and key in granted]
    assert lapsed.persons == len(members)
    came = bought(shop, run.as_of_us, run.as_of_us + 30 * DAY_US)
    assert lapsed.response == pytest.approx(np.mean([key in came for key in members]))


def test_who_withdrew_is_counted_no_more(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        decisions = [d for d, _ in find(shop)]
        before = judge(shop, decisions).runs[-1]
        leaver = next(d.subject for d in decisions if d.kind == "message" and d.run == before.run)
        shop.consent(leaver, withdraw=["profiling"])
        after = judge(shop, decisions).runs[-1]
    assert after.left_out == before.left_out + 1
    assert (after.probabilities["people"] or 0) == (before.probabilities["people"] or 0) - 1


def test_a_run_whose_days_are_not_over_waits(own_shop: Path) -> None:
    settings = own_shop / "regie.toml"
    settings.write_text(settings.read_text("utf-8").replace("2011-12-10", "2011-09-20"), "utf-8")
    with open_workspace(own_shop) as shop:
        judged = judge(shop, [d for d, _ in find(shop)])
    assert [run.known for run in judged.runs] == [True, False]
    assert judged.runs[1].probabilities == {}
    assert {s.response for s in judged.runs[1].segments} == {None}


def test_a_run_is_judged_by_the_rules_it_went_by(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        before = judge(shop, [d for d, _ in find(shop)])
        told = gather(shop, "en", examples=False)
    rules = own_shop / "rules"
    (rules / "campaigns" / "discover.toml").unlink()
    policy = rules / "policies" / "standard.toml"
    policy.write_text(
        policy.read_text("utf-8")
        .replace("selection_size = 4", "selection_size = 3")
        .replace("gone_days = ", "gone_days = 1"),
        "utf-8",
    )
    segments = rules / "segments.toml"
    segments.write_text(segments.read_text("utf-8").replace("151", "301"), "utf-8")
    with open_workspace(own_shop) as shop:
        assert shop.rules.policy().selection_size == 3
        assert judge(shop, [d for d, _ in find(shop)]) == before
        again = gather(shop, "en", examples=False)
    assert again.segments["lapsed"] == told.segments["lapsed"]
    assert rightness.summary(again, Voice("en", again)) == rightness.summary(
        told, Voice("en", told)
    )
    assert "would have shown (4 for each person)" in rightness.summary(told, Voice("en", told))[0]


def test_nothing_decided_is_nothing_judged(shop: Workspace) -> None:
    assert judge(shop, []) == Judged()


def test_it_survives_json(judged: Judged) -> None:
    assert msgspec.json.decode(msgspec.json.encode(judged), type=Judged) == judged


def figures(scores: dict[str, Any]) -> list[float]:
    return [value for value in scores.values() if value is not None]


def test_no_figure_is_not_a_number(judged: Judged) -> None:
    every = figures(judged.probabilities) + figures(judged.items)
    assert not any(math.isnan(value) for value in every)
