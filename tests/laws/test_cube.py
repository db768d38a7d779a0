"""The cube's figures are regie's key figures, to the micro: in all, by day, country and segment."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from regie.measure import kpi
from regie.measure.cube import MEASURES, NAMED, TIMES, Cube, Cut, View, load, without
from regie.terms.errors import NotFoundError
from regie.terms.instant import day_start_us
from regie.workspace import open_workspace, sight
from regie.workspace.workspace import Workspace

FIRST, LAST = date(2011, 8, 12), date(2011, 9, 8)
CUT = Cut(first=FIRST, last=LAST)
BEFORE = Cut(first=FIRST - timedelta(28), last=FIRST - timedelta(1))


def cube_of(shop: Workspace, groups: dict[str, str] | None = None) -> Cube:
    """The cube of a workspace as it stands."""
    oldest_us = sight.bounds(shop, shop.settings.now_us(), "measurement")["oldest_us"]
    with shop.tables.session() as session:
        return load(
            session,
            zone=shop.settings.zone,
            oldest_us=oldest_us,
            unmeasured=sight.unmeasured(shop)["key"],
            groups=groups or {},
        )


def kpi_of(shop: Workspace) -> kpi.Kpi:
    """Its key figures, from SQL."""
    oldest_us = sight.bounds(shop, shop.settings.now_us(), "measurement")["oldest_us"]
    with shop.tables.session() as session:
        session.register("unmeasured", sight.unmeasured(shop))
        return kpi.measure(
            session,
            before_us=day_start_us(BEFORE.first, shop.settings.zone),
            from_us=day_start_us(FIRST, shop.settings.zone),
            to_us=day_start_us(LAST + timedelta(1), shop.settings.zone),
            zone=shop.settings.zone,
            oldest_us=oldest_us,
        )


def told(figures: kpi.Figures) -> dict[str, int]:
    """Key figures under the names of measures."""
    return {
        "revenue": figures.revenue_micros,
        "returns": figures.returns_micros,
        "fees": figures.fees_micros,
        "orders": figures.orders,
        "basket": figures.basket_micros,
        "buyers": figures.active,
        "new_customers": figures.new_customers,
        "returning": figures.returning,
    }


def assert_same(shop: Workspace) -> None:
    """Every figure of both ways, in all, by day, by country."""
    cube, measured = cube_of(shop), kpi_of(shop)
    for side, cut in enumerate((CUT, BEFORE)):
        view = View(cube, cut)
        whole = (measured.now, measured.before)[side]
        assert {name: view.total(name) for name in told(whole)} == told(whole)
        for by, split in (("day", measured.days), ("country", measured.countries)):
            for name in told(whole):
                parts = view.measure(name, by)
                found = dict(zip(parts.names, parts.values, strict=True))
                wanted = {part: told(pair[side])[name] for part, pair in split.items()}
                assert {p: v for p, v in found.items() if v} == {
                    p: v for p, v in wanted.items() if v
                }, (by, name)


def test_the_cube_gives_the_key_figures(retail: tuple[Workspace, object]) -> None:
    assert_same(retail[0])


def test_it_does_where_people_object_and_were_erased(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        before = cube_of(shop)
        shop.erase("13248")
        shop.object("15152")
        assert_same(shop)
        assert shop.key_of("13248").encode() not in cube_of(shop).keys
        # What is there already follows at once: the erased are gone, who objects is no person.
        at_once = without(before, [shop.key_of("13248")], sight.unmeasured(shop)["key"])
        now = cube_of(shop)
        wide = Cut(first=now.first, last=now.first + timedelta(now.days))
        for name in ("buyers", "new_customers", "returning"):
            for cut in (wide, CUT):
                assert View(at_once, cut).total(name) == View(now, cut).total(name)
        assert View(before, wide).total("buyers") == View(now, wide).total("buyers") + 2
        for name in ("revenue", "orders", "basket"):
            stays = View(before, wide).total(name)
            assert (View(at_once, wide).total(name), View(now, wide).total(name)) == (stays, stays)


def test_it_gives_the_figures_of_segments(own_shop: Path) -> None:
    """A person may be in several; whoever objects is in the money of one and never counted."""
    with open_workspace(own_shop) as shop:
        shop.object("15152")
        cube = cube_of(shop)
        keys = [key.decode() for key in cube.keys[1:]]
        members = {"a": keys[::3], "b": [*keys[::2], shop.key_of("15152")]}
        pairs = sorted({(name, key) for name, inside in members.items() for key in inside})
        oldest_us = sight.bounds(shop, shop.settings.now_us(), "measurement")["oldest_us"]
        with shop.tables.session() as session:
            session.register("unmeasured", sight.unmeasured(shop))
            session.register(
                "members", {"segment": [p[0] for p in pairs], "key": [p[1] for p in pairs]}
            )
            wanted = kpi.by_segment(
                session,
                before_us=day_start_us(BEFORE.first, shop.settings.zone),
                from_us=day_start_us(FIRST, shop.settings.zone),
                to_us=day_start_us(LAST + timedelta(1), shop.settings.zone),
                oldest_us=oldest_us,
            )
        inside = {
            name: np.isin(cube.keys, np.array(keys, dtype=np.bytes_))
            for name, keys in members.items()
        }
        cube = msgspec.structs.replace(cube, segments=inside)
        for side, cut in enumerate((CUT, BEFORE)):
            for name in told(kpi.Figures()):
                parts = View(cube, cut).measure(name, "segment")
                found = dict(zip(parts.names, parts.values, strict=True))
                for segment, pair in wanted.items():
                    assert found.get(segment, 0) == told(pair[side])[name], (segment, name)
                    narrowed = Cut(first=cut.first, last=cut.last, filters={"segment": (segment,)})
                    assert View(cube, narrowed).total(name) == told(pair[side])[name]


@pytest.fixture(scope="module")
def cube(retail: tuple[Workspace, object]) -> Cube:
    """The shop's cube, its items in two groups."""
    plain = cube_of(retail[0])
    groups = {item: ("even", "odd")[i % 2] for i, item in enumerate(plain.names["item"]) if item}
    return cube_of(retail[0], groups)


@pytest.mark.parametrize("by", [*TIMES, *NAMED])
@pytest.mark.parametrize("name", list(MEASURES))
def test_a_filter_gives_what_the_breakdown_says(cube: Cube, name: str, by: str) -> None:
    """Clicking on a part shows its figure; sums by time and by name are the whole."""
    parts = View(cube, CUT).measure(name, by)
    if name in ("revenue", "returns", "fees", "items") and by != "segment":
        assert sum(parts.values) == View(cube, CUT).total(name)
    if by in TIMES:
        return
    ranked = sorted(zip(parts.values, parts.names, strict=True), reverse=True)
    for value, part in [*ranked[:2], *ranked[-1:]]:
        narrowed = Cut(first=FIRST, last=LAST, filters={by: (part,)})
        assert View(cube, narrowed).total(name) == value, part
        assert View(cube, narrowed).measure(name, by).values == (value,)
        if name in ("revenue", "items"):
            assert sum(View(cube, narrowed).measure(name, "day").values) == value


def test_two_names_of_a_filter_are_either_and_two_filters_are_both(cube: Cube) -> None:
    def total(name: str = "revenue", **filters: tuple[str, ...]) -> int:
        return View(cube, Cut(first=FIRST, last=LAST, filters=filters)).total(name)

    france, germany = total(country=("France",)), total(country=("Germany",))
    assert total(country=("France", "Germany")) == france + germany > france > 0
    even, odd = (total(country=("France",), group=(one,)) for one in ("even", "odd"))
    assert even + odd == france
    assert total(country=("Atlantis",)) == 0
    assert total("orders", country=("France",), group=("even", "odd")) == total(
        "orders", country=("France",)
    )


def test_days_outside_the_data_are_nought(cube: Cube) -> None:
    for first, last in (
        (date(2009, 1, 1), date(2009, 1, 7)),
        (date(2020, 1, 1), date(2020, 1, 7)),
    ):
        parts = View(cube, Cut(first=first, last=last)).measure("orders", "day")
        assert parts.values == (0,) * 7
    wide = View(cube, Cut(first=date(2010, 11, 28), last=date(2010, 12, 1)))
    assert wide.measure("orders", "day").values[:3] == (0, 0, 0)
    assert wide.measure("orders", "day").values[3] == wide.total("orders") > 0
    assert wide.measure("orders", "month").names == ("2010-11-01", "2010-12-01")


def test_large_sums_are_exact_too(cube: Cube) -> None:
    halves = msgspec.structs.replace(cube, exact=False)
    for name in ("revenue", "returns", "items"):
        for by in ("country", "item", "week"):
            assert View(halves, CUT).measure(name, by) == View(cube, CUT).measure(name, by)


def test_what_is_not_there_is_named(cube: Cube) -> None:
    with pytest.raises(NotFoundError, match="measure profit is not there, expected one of revenue"):
        View(cube, CUT).measure("profit")
    with pytest.raises(NotFoundError, match="breakdown moon is not there"):
        View(cube, CUT).measure("orders", "moon")
