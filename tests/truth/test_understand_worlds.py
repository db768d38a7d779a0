"""Understanding judged in worlds whose answer is known, because we made them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from regie.learn import metrics
from regie.understand import affinity, response
from tests.support.understanding import DAY_US, NOW_US, happen, opened, see

Row = dict[str, Any]


def steady_buyers(seed: int, people: int = 1200, days: int = 330) -> tuple[list[Row], np.ndarray]:
    """People who order at a rate of their own that never changes; their true 30-day chance."""
    draw = np.random.default_rng(seed)
    rate = draw.gamma(1.2, 1 / 60, people) + 0.002
    rows = []
    for person in range(people):
        when = np.sort(draw.uniform(0, days, draw.poisson(rate[person] * days)))
        rows += [
            {
                "key": f"p{person:04d}", "order": f"{person}-{n}", "item": "A", "value": 9_000_000,
                "at_us": NOW_US - round((days - 30 - float(day)) * DAY_US),
            }
            for n, day in enumerate(when)
        ]  # fmt: skip
    return rows, 1 - np.exp(-30 * rate)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_response_finds_known_chances(tmp_path: Path, seed: int) -> None:
    rows, chance = steady_buyers(seed)
    with opened(tmp_path) as session:
        happen(session, rows)
        see(session, NOW_US)
        model = response.fit(session, NOW_US)
        scores = response.score(model, response.habits(session, NOW_US))
        see(session, NOW_US + 30 * DAY_US)
        came = response.outcomes(session, scores.key, NOW_US)
    truth = chance[[int(key[1:]) for key in scores.key]]

    slope, intercept = metrics.calibration_line(scores.p, came.ordered)
    assert 0.85 < slope < 1.15
    assert abs(intercept) < 0.25
    for group in metrics.calibration_bins(scores.p, came.ordered, bins=5):
        # Four standard errors of a share of so many people.
        spread = 4 * np.sqrt(group.predicted * (1 - group.predicted) / group.people)
        assert abs(group.predicted - group.observed) < spread
    # Nobody can know a rate from a few orders, but most of what can be known is found.
    assert np.corrcoef(scores.p, truth)[0, 1] > 0.8
    assert abs(float(scores.p.mean() - truth.mean())) < 0.03
    best = metrics.auc(truth, came.ordered)
    assert metrics.auc(scores.p, came.ordered) > best - 0.05


def planted_pairs(seed: int, pairs: int = 20, baskets: int = 3000) -> list[Row]:
    """Baskets of noise in which A07 drags B07 along in two of three, and so on; half keyless."""
    draw = np.random.default_rng(seed)
    rows = []
    for number in range(baskets):
        items = {f"N{draw.integers(200):03d}" for _ in range(draw.integers(2, 30))}
        pair = draw.integers(pairs)
        items.add(f"A{pair:02d}")
        if draw.random() < 2 / 3:
            items.add(f"B{pair:02d}")
        key = f"p{draw.integers(400):03d}" if number % 2 else None
        at_us = NOW_US - int(draw.integers(1, 200 * DAY_US))
        rows += [
            {"key": key, "order": f"o{number}", "item": item, "value": 1_000_000, "at_us": at_us}
            for item in sorted(items)
        ]
    return rows


def test_affinity_finds_planted_pairs(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        happen(session, planted_pairs(5))
        see(session, NOW_US)
        model = affinity.fit(session, NOW_US)
    for place, item in enumerate(model.items.tolist()):
        if item[0] in "AB":
            nearest = model.neighbour_n[model.start_i[place] : model.start_i[place + 1]]
            assert place not in nearest
            weight = model.weight_n[model.start_i[place] : model.start_i[place + 1]]
            other = {"A": "B", "B": "A"}[item[0]] + item[1:]
            assert model.items[nearest[np.argmax(weight)]] == other, item
