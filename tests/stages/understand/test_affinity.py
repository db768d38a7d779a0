"""Affinity: what is offered, why, and that it beats popularity on the shop's log."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from regie.learn import metrics
from regie.ports.tables import Session
from regie.terms.instant import day_start_us
from regie.understand import affinity
from tests.support.understanding import DAY_US, NOW_US, happen, see

Row = dict[str, Any]


def basket(order: str, key: str | None, items: str, age_days: int = 1) -> list[Row]:
    """One order of items named by single letters."""
    return [
        {"key": key, "order": order, "item": item, "at_us": NOW_US - age_days * DAY_US, "value": 1}
        for item in items
    ]


def everything(model: affinity.AffinityModel) -> affinity.Flags:
    """Every item may be recommended."""
    return affinity.allowed(model, model.items)


def offered(
    session: Session, selection: str, k: int, gone: str = ""
) -> dict[str, list[str | None]]:
    """What each person is offered, by name, from a model fitted on what is seen."""
    model = affinity.fit(session, NOW_US)
    bought = affinity.histories(session, model, NOW_US)
    allowed_i = affinity.allowed(model, set(model.items) - set(gone))
    best = affinity.score(model, bought, selection, allowed_i, k)
    named = [[model.items[place] if place >= 0 else None for place in row] for row in best.place_pk]
    return dict(zip(best.key.tolist(), named, strict=True))


def test_baskets_made_anonymous_teach_nothing(session: Session) -> None:
    """They are the accounts' alone: whoever closed the gate does not come in by their erasure."""
    gone = f"anonymous-{'0a' * 16}"
    happen(session, [*basket("1", "ann", "A"), *basket("2", None, "AB"), *basket(gone, None, "AZ")])
    see(session, NOW_US, ["ann"])
    assert list(affinity.fit(session, NOW_US).items) == ["A", "B"]
    assert offered(session, "new", 3)["ann"] == ["B", None, None]


def test_new_is_what_stands_with_what_one_bought(session: Session) -> None:
    happen(
        session,
        [
            *basket("1", "bob", "AB"), *basket("2", None, "AB"), *basket("3", "cyd", "CD"),
            *basket("4", None, "CD"), *basket("5", None, "CD"), *basket("6", "ann", "A"),
        ],
    )  # fmt: skip
    see(session, NOW_US, ["ann", "bob", "cyd", "dan"])
    # Ann's A stands with B; then what sells, best first, equal ones by code.
    assert offered(session, "new", 3)["ann"] == ["B", "C", "D"]
    assert offered(session, "new", 3)["bob"] == ["C", "D", None]
    assert offered(session, "new", 3, gone="B")["ann"] == ["C", "D", None]
    # Dan bought nothing: what sells.
    assert offered(session, "new", 4)["dan"] == ["A", "C", "D", "B"]
    assert offered(session, "popular", 4)["ann"] == ["A", "C", "D", "B"]
    assert offered(session, "favourites", 2)["bob"] == ["A", "B"]
    assert offered(session, "favourites", 2, gone="A")["bob"] == ["B", None]
    assert offered(session, "favourites", 1)["dan"] == [None]


def test_popularity_is_given_the_same_rule(session: Session) -> None:
    happen(session, [*basket("1", "ann", "AB"), *basket("2", None, "BCD"), *basket("3", None, "D")])
    see(session, NOW_US)
    model = affinity.fit(session, NOW_US)
    bought = affinity.histories(session, model, NOW_US)
    for selection, places in (("new", [3, 2]), ("favourites", [1, 0]), ("popular", [1, 3])):
        best = affinity.baseline(model, bought, selection, everything(model), 2)
        assert best.place_pk.tolist() == [places]


def test_a_fee_and_a_return_are_no_items(session: Session) -> None:
    rows = [*basket("1", "ann", "AB"), *basket("2", "bob", "AP")]
    rows[-1]["kind"] = "fee"
    rows.append(rows[0] | {"kind": "return", "item": "R"})
    happen(session, rows)
    see(session, NOW_US)
    assert affinity.fit(session, NOW_US).items.tolist() == ["A", "B"]


def test_an_old_basket_fades(session: Session) -> None:
    rows = basket("1", None, "AB", age_days=300) + basket("2", None, "AC", age_days=5)
    happen(session, rows + basket("3", "ann", "A"))
    see(session, NOW_US)
    assert offered(session, "new", 2)["ann"] == ["C", "B"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("basket_half_life_days", 5.0), ("own_half_life_days", 5.0),
        ("popularity_half_life_days", 90.0), ("range_half_life_days", 30.0), ("neighbours", 1),
        ("shrinkage", 9.0), ("favourites_popularity", 9.0), ("new_popularity", 9.0),
    ],
)  # fmt: skip
def test_every_option_changes_an_answer(session: Session, option: str, value: Any) -> None:
    happen(
        session,
        [
            *basket("1", "bob", "ABC", 40), *basket("2", None, "ABD", 9), *basket("3", "ann", "AD"),
            *basket("4", "ann", "B", 20), *basket("5", None, "CD", 3), *basket("6", None, "AE", 2),
        ],
    )  # fmt: skip
    see(session, NOW_US)
    scores = []
    for options in (affinity.AffinityOptions(), affinity.AffinityOptions(**{option: value})):
        model = affinity.fit(session, NOW_US, options)
        bought = affinity.histories(session, model, NOW_US)
        scores.append(
            [
                affinity.score(model, bought, selection, everything(model), 4).score_pk.tolist()
                for selection in affinity.SELECTIONS
            ]
        )
    assert scores[0] != scores[1]


def test_nothing_known_recommends_nothing(session: Session) -> None:
    happen(session, [])
    see(session, NOW_US, ["ann"])
    for selection in affinity.SELECTIONS:
        assert offered(session, selection, 2) == {"ann": [None, None]}


def test_who_is_not_in_people_leaves_no_trace(session: Session) -> None:
    rows = [*basket("1", "ann", "AB"), *basket("2", None, "BC")]
    arrays = []
    for others in ("", "AC", "BCZ"):
        happen(session, rows + basket("9", "eve", others))
        see(session, NOW_US, ["ann"])
        arrays.append(affinity.to_arrays(affinity.fit(session, NOW_US)))
    for other in arrays[1:]:
        for name, values in arrays[0].items():
            assert values.tolist() == other[name].tolist(), name


def test_what_comes_later_changes_nothing(session: Session) -> None:
    rows = [*basket("1", "ann", "AB"), *basket("2", None, "BC")]
    late = [row | {"recorded_us": NOW_US} for row in basket("3", "ann", "AC", age_days=9)]
    arrays = []
    for after in ([], basket("3", "ann", "AC", age_days=0), late):
        happen(session, rows + after)
        see(session, NOW_US + 1)  # even where more is seen than the instant allows
        arrays.append(affinity.to_arrays(affinity.fit(session, NOW_US)))
    for other in arrays[1:]:
        for name, values in arrays[0].items():
            assert values.tolist() == other[name].tolist(), name


@pytest.fixture(scope="module")
def model(shop: Session) -> affinity.AffinityModel:
    """What goes with what in the shop, as of 2011-06-09."""
    see(shop, NOW_US)
    return affinity.fit(shop, NOW_US)


def test_parts_add_up_and_one_person_gets_the_same_bits(
    shop: Session, model: affinity.AffinityModel
) -> None:
    see(shop, NOW_US)
    allowed_i = everything(model)
    batch = affinity.histories(shop, model, NOW_US)
    best = {s: affinity.score(model, batch, s, allowed_i, 4) for s in affinity.SELECTIONS}
    for person in range(0, len(batch.key), 97):
        for selection in affinity.SELECTIONS:
            for rank in range(4):
                place = int(best[selection].place_pk[person, rank])
                if place == affinity.NOBODY:
                    continue
                parts = affinity.explain(model, batch, person, selection, place)
                score = best[selection].score_pk[person, rank]
                assert abs(sum(part.weight for part in parts) - score) <= 1e-12
    for person in (0, 7, 1999):
        see(shop, NOW_US, [batch.key[person]])
        alone = affinity.histories(shop, model, NOW_US)
        for selection in affinity.SELECTIONS:
            one = affinity.score(model, alone, selection, allowed_i, 4)
            assert one.place_pk[0].tolist() == best[selection].place_pk[person].tolist()
            assert one.score_pk[0].tolist() == best[selection].score_pk[person].tolist()


def test_a_model_comes_back_from_its_arrays_and_holds_no_key(
    shop: Session, model: affinity.AffinityModel
) -> None:
    see(shop, NOW_US)
    arrays = affinity.to_arrays(model)
    again = affinity.from_arrays(arrays, model.card)
    assert again.items.tolist() == model.items.tolist()
    assert again.weight_n.tolist() == model.weight_n.tolist()
    keys = set(shop.query("SELECT DISTINCT key FROM people ORDER BY key")["key"].tolist())
    assert not keys & {str(value) for values in arrays.values() for value in values.tolist()}
    assert not any(values.dtype == object for values in arrays.values())  # no pickle


@pytest.mark.parametrize("month", [6, 9])
def test_it_beats_popularity_on_the_days_after(shop: Session, month: int) -> None:
    as_of_us = day_start_us(date(2011, month, 9), "Europe/London")
    see(shop, as_of_us)
    model = affinity.fit(shop, as_of_us)
    mine = affinity.histories(shop, model, as_of_us)
    after = later(shop, as_of_us)
    for selection, least in (("new", 1.6), ("favourites", 1.08)):
        wanted = affinity.wanted(model, mine, selection, after)
        # Popularity is given the same rule: only what the person did not, or did, buy before.
        ours, plain = (
            judged(model, offer(model, mine, selection, everything(model), 4), wanted)
            for offer in (affinity.score, affinity.baseline)
        )
        assert ours > least * plain, (selection, ours, plain)


def later(session: Session, as_of_us: int) -> dict[str, set[str]]:
    """What each person bought in the 30 days after."""
    found = session.query(
        """SELECT DISTINCT key, item FROM happened WHERE kind = 'order' AND key IS NOT NULL
        AND at_us >= $as_of_us AND at_us < $until_us ORDER BY key, item""",
        {"as_of_us": as_of_us, "until_us": as_of_us + 30 * DAY_US},
    )
    bought: dict[str, set[str]] = {}
    for key, item in zip(found["key"].tolist(), found["item"].tolist(), strict=True):
        bought.setdefault(key, set()).add(item)
    return bought


def judged(
    model: affinity.AffinityModel, best: affinity.Selections, wanted: list[set[str]]
) -> float:
    """nDCG over the people who could be served right."""
    served = [person for person, items in enumerate(wanted) if items & set(model.items)]
    hits = np.array(
        [[place >= 0 and model.items[place] in wanted[p] for place in best.place_pk[p]]
         for p in served]
    )  # fmt: skip
    return metrics.ndcg(hits, np.array([len(wanted[p]) for p in served]))


@pytest.mark.parametrize(("selection", "least"), [("new", 0.56), ("favourites", 0.66)])
def test_points_tell_people_apart_where_they_are_chosen(
    shop: Session, selection: str, least: float
) -> None:
    as_of_us = day_start_us(date(2011, 9, 9), "Europe/London")
    see(shop, as_of_us)
    model = affinity.fit(shop, as_of_us)
    mine = affinity.histories(shop, model, as_of_us)
    best = affinity.score(model, mine, selection, everything(model), 4)
    scale_p = affinity.points(best.score_pk, affinity.scale(best.score_pk))
    liked = best.score_pk.sum(axis=1) > 0
    assert np.mean(np.abs(scale_p[liked]) < 1) == pytest.approx(0.5, abs=0.02)
    assert np.mean(scale_p >= affinity.MOST_POINTS) < 0.02
    # And in the better half more points still mean more who buy one of the four.
    wanted = affinity.wanted(model, mine, selection, later(shop, as_of_us))
    hit = np.array(
        [any(model.items[i] in wanted[p] for i in row if i >= 0) for p, row in
         enumerate(best.place_pk)]
    )  # fmt: skip
    half = scale_p > np.median(scale_p)
    assert metrics.auc(scale_p[half], hit[half]) > least
