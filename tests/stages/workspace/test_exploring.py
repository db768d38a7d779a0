"""Explore and the overview without HTTP: what is asked, what is answered, and what stays exact."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from regie.engines.sheet import csv_bytes, xlsx_bytes
from regie.measure.cube import MEASURES, MONEY, Cube, Cut, View
from regie.measure.goals import Goal
from regie.terms.document import Bars, Column, Format, Points, Row, Table, Tiles
from regie.terms.errors import RuleError, SettingError
from regie.terms.instant import day_start_us
from regie.workspace import exploring, goals, open_workspace, overview, sight
from regie.workspace.cubes import Cubes
from regie.workspace.exploring import Labels, Question
from regie.workspace.workspace import Workspace

FIRST, LAST = date(2011, 8, 12), date(2011, 9, 8)
ZOE = "13248"


@pytest.fixture(scope="module")
def shop(whole_shop: Path) -> Iterator[Workspace]:
    """The small shop; nothing may change it."""
    with open_workspace(whole_shop) as opened:
        yield opened


@pytest.fixture(scope="module")
def cube(shop: Workspace) -> Cube:
    """Its cube, with segments and groups."""
    return Cubes(shop).cube()


def oldest_us(shop: Workspace) -> int:
    """The instant before which measurement keeps nothing."""
    return sight.bounds(shop, shop.settings.now_us(), "measurement")["oldest_us"]


@pytest.mark.parametrize("by", ["country", "source", "kind_of_customer", "day", "week", "month"])
@pytest.mark.parametrize("filters", [{}, {"country": ("France", "United Kingdom")}])
def test_the_sql_beside_a_figure_gives_the_figure(
    shop: Workspace, cube: Cube, by: str, filters: dict[str, tuple[str, ...]]
) -> None:
    for measure in MEASURES:
        asked = Question(measure=measure, by=by, first=FIRST, last=LAST, filters=filters)
        told = exploring.answer(cube, asked).parts
        statement = exploring.sql(asked, shop.settings.zone, oldest_us(shop))
        assert statement is not None
        found = shop.sql(statement, 10_000).columns
        rows = dict(zip(found["part"].tolist(), found["value"].tolist(), strict=True))
        assert {n: v for n, v, _ in told if v} == {n: v for n, v in rows.items() if v}, measure


def test_the_sql_narrows_to_items_and_kinds_and_says_when_there_is_none(
    shop: Workspace, cube: Cube
) -> None:
    item = exploring.answer(cube, Question(by="item", first=FIRST, last=LAST)).parts[0][0]
    every: tuple[dict[str, tuple[str, ...]], ...] = (
        {"item": (item,)},
        {"kind_of_customer": ("new",)},
        {"country": ("",)},
    )
    for filters in every:
        asked = Question(measure="orders", by="country", first=FIRST, last=LAST, filters=filters)
        statement = exploring.sql(asked, shop.settings.zone, oldest_us(shop))
        assert statement is not None
        found = shop.sql(statement, 1000).columns
        rows = dict(zip(found["part"].tolist(), found["value"].tolist(), strict=True))
        told = exploring.answer(cube, asked).parts
        assert {n: v for n, v, _ in told if v} == {n: v for n, v in rows.items() if v}
    inside = Question(first=FIRST, last=LAST, filters={"segment": ("loyal",)})
    assert exploring.sql(inside, shop.settings.zone, oldest_us(shop)) is None


def test_an_address_asks_the_same_again_and_what_it_cannot_mean_is_told(cube: Cube) -> None:
    today = date(2011, 12, 10)
    asked = Question(
        measure="buyers", by="week", first=FIRST, last=LAST, against="last_year",
        filters={"country": ("France", "A|B"), "segment": ("loyal",)},
    )  # fmt: skip
    assert exploring.asked(exploring.query_of(asked), cube, today) == (asked, {})
    usual, problems = exploring.asked({"measure": "x", "by": "", "from": "soon"}, cube, today)
    assert (usual.measure, usual.by, usual.days) == ("revenue", "country", 28)
    assert problems == {"measure": "explore_unknown", "from": "explore_no_day"}
    for query, problem in (
        ({"from": "2011-09-09", "to": "2011-09-08"}, "explore_turned"),
        ({"from": "1950-01-01"}, "explore_too_long"),
    ):
        found, problems = exploring.asked(query, cube, today)
        assert problems == {"from": problem}
        assert exploring.answer(cube, found).tiles["orders"][0] >= 0


def test_rows_are_those_of_the_figure_and_name_nobody(shop: Workspace, cube: Cube) -> None:
    every: tuple[dict[str, tuple[str, ...]], ...] = (
        {"country": ("France",)}, {"segment": ("loyal",)}, {"group": ("kitchen",)},
        {"kind_of_customer": ("returning",)},
    )  # fmt: skip
    for filters in every:
        asked = Question(first=LAST, last=LAST, filters=filters)
        found, more = exploring.rows(shop, cube, asked)
        assert "key" not in found
        sold = sum(found["value"][found["kind"] == "order"].tolist())
        assert more or sold == View(cube, asked.cut).total("revenue"), filters


@pytest.mark.parametrize("filters", [{}, {"country": ("France",)}, {"segment": ("loyal",)}])
def test_the_rows_of_each_measure_add_up_to_its_figure(
    shop: Workspace, cube: Cube, filters: dict[str, tuple[str, ...]]
) -> None:
    first, last = date(2011, 8, 26), LAST
    since_us = day_start_us(first, shop.settings.zone)
    statement = f"SELECT event_id, key FROM events WHERE at_us >= {since_us} ORDER BY at_us"
    people = shop.sql(statement, 10_000).columns
    key_of = dict(zip(people["event_id"].tolist(), people["key"].tolist(), strict=True))
    for measure in MEASURES:
        asked = Question(measure=measure, first=first, last=last, filters=filters)
        rows: list[tuple[Any, ...]] = []
        after: tuple[int, str] | None = None
        more = True
        while more:
            found, more = exploring.rows(shop, cube, asked, after=after)
            rows += zip(*(column.tolist() for column in found.values()), strict=True)
            after = (rows[-1][0], rows[-1][-1]) if rows else None
        money = sum(row[5] for row in rows)
        if measure in ("orders", "basket"):
            orders = len({row[2] for row in rows})
            counted = money // max(orders, 1) if measure == "basket" else orders
        elif measure in MONEY:
            counted = money
        elif measure == "items":
            counted = sum(row[4] for row in rows)
        else:
            counted = len({key_of[row[8]] for row in rows})
        assert counted == View(cube, asked.cut).total(measure), measure


def test_what_changed_adds_up_to_the_difference(shop: Workspace, cube: Cube) -> None:
    labels = Labels(shop, "en", {})
    parts = overview.blocks(shop, cube, "en", labels, None)
    told = overview.period(shop, cube)
    now, before = (View(cube, cut).total("revenue") for cut in (told.now, told.before))
    tiles = next(block for block in parts if isinstance(block, Tiles))
    assert tiles.tiles[0].value == now
    told_by = [bars for row in parts if isinstance(row, Row) for bars in row.blocks]
    assert len(told_by) >= 4
    for bars in told_by:
        assert isinstance(bars, Bars)
        assert bars.total is not None
        assert sum(bar.value for bar in bars.rows) == bars.total.value == now - before
    health = parts[-1]
    assert isinstance(health, Points)
    assert "being worked out" in health.points[-1].text


def test_health_tells_of_sources_and_models(shop: Workspace) -> None:
    known = overview.health(shop)
    assert {file for file, _ in known.qualities} >= {"online_retail.parquet"}
    assert known.judged.runs


def test_a_person_erased_is_out_of_the_next_figure(own_shop: Path) -> None:
    """Hidden, erased, erased by another process: never in a figure, the money of accounts stays."""
    with open_workspace(own_shop) as shop:
        cubes = Cubes(shop)
        wide = Cut(first=date(2010, 12, 1), last=date(2011, 12, 9))
        before = View(cubes.cube(), wide)
        key = shop.key_of(ZOE)
        shop.state.erase(key, "fingerprint", 0)  # what is done at once; the rest comes later
        hidden = View(cubes.cube(), wide)
        assert hidden.total("buyers") == before.total("buyers") - 1
        for measure in ("revenue", "orders", "items", "returns"):
            assert hidden.total(measure) == before.total(measure), "accounts keep their sums"
        assert sum(hidden.measure("buyers", "day").values) < sum(
            before.measure("buyers", "day").values
        )
        assert key.encode() in cubes.cube().keys, "a number without any row"
        with open_workspace(own_shop) as other:
            other.erase("15152")
        after = View(cubes.cube(), wide)
        assert after.total("buyers") == before.total("buyers") - 2
        assert after.total("revenue") == before.total("revenue")
        cubes.close()
    with open_workspace(own_shop) as shop:  # which finishes what was cut short
        fresh = View(Cubes(shop).cube(), wide)
        assert fresh.total("buyers") == before.total("buyers") - 2
        assert fresh.total("revenue") == before.total("revenue"), "accounts keep their sums"


def test_who_objects_counts_in_the_money_alone_and_an_import_is_read_beside(
    own_shop: Path, tmp_path: Path
) -> None:
    with open_workspace(own_shop) as shop:
        cubes = Cubes(shop)
        wide = Cut(first=date(2010, 12, 1), last=date(2011, 12, 9))
        before = View(cubes.cube(), wide)
        place = cubes.cube().keys.tolist().index(shop.key_of("15152").encode())
        assert any(member[place] for member in cubes.cube().segments.values())
        shop.object("15152")
        objected = View(cubes.cube(), wide)
        assert not any(member[place] for member in cubes.cube().segments.values())
        assert objected.total("buyers") == before.total("buyers") - 1
        assert objected.total("revenue") == before.total("revenue")
        path = tmp_path / "more.csv"
        path.write_text(
            "order,item,description,quantity,at,unit_price,customer_id\n"
            "n1,85123A,A CANDLE,2,2011-12-05 10:00,2.50,99001\n",
            "utf-8",
        )
        shop.import_file(path, "orders")
        cubes.cube()
        cubes.close()
        later = View(cubes.cube(), wide)
        assert later.total("revenue") == before.total("revenue") + 5_000_000
        assert later.total("buyers") == before.total("buyers")


def test_goals_are_kept_in_a_file_that_people_may_edit(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        before = shop.rules.hashes()
        path = shop.rules.folder / "goals.toml"
        path.write_text("# Ours.\n", "utf-8")
        one = Goal(measure="revenue", first=FIRST, last=LAST, target=90_000_000_000)
        goals.put(shop, one, actor="tests")
        goals.put(shop, Goal(measure="orders", first=FIRST, last=LAST, target=60), actor="tests")
        changed = Goal(measure="revenue", first=FIRST, last=LAST, target=80_000_000_000)
        goals.put(shop, changed, actor="tests")
        assert [goal.target for goal in goals.goals(shop)] == [80_000_000_000, 60]
        assert path.read_text("utf-8").startswith("# Ours.\n\n[[goal]]\n")
        assert shop.rules.hashes() == before, "a run does not differ by a goal"
        held = path.read_bytes()
        late = Goal(measure="revenue", first=LAST, last=date(2011, 9, 30), target=1_000_000)
        with pytest.raises(RuleError, match="on days that another goal of revenue has"):
            goals.put(shop, late, actor="tests")
        assert path.read_bytes() == held
        cube = Cubes(shop).cube()
        (revenue, orders) = goals.paces(shop, cube, date(2011, 8, 18))
        done = View(cube, Cut(first=FIRST, last=date(2011, 8, 18))).total("revenue")
        assert (revenue.done, orders.expected < 60) == (done, True)
        assert 0 < revenue.expected < 80_000_000_000
        assert goals.paces(shop, cube, date(2011, 9, 9)) == ()
        goals.drop(shop, "revenue", FIRST, LAST, actor="tests")
        assert [goal.measure for goal in goals.goals(shop)] == ["orders"]


def test_what_people_keep_names_nobody_and_has_an_end(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        exploring.annotate(shop, "2011-09-01", "  Autumn   catalogue ")
        assert [mark.words for mark in exploring.marks(shop)] == ["Autumn catalogue"]
        for words in ("", "x" * 201, "sent to zoe@example.com"):
            with pytest.raises(SettingError, match="annotation is"):
                exploring.annotate(shop, "2011-09-01", words)
        with pytest.raises(SettingError, match="YYYY-MM-DD"):
            exploring.annotate(shop, "yesterday", "Sale")
        question = Question(first=FIRST, last=LAST, filters={"country": ("France",)})
        kept = exploring.keep(shop, "France", question)
        assert "country=France" in kept.query


def test_text_in_a_sheet_is_never_a_formula_and_numbers_stay_numbers() -> None:
    table = Table(
        title="T",
        columns=(Column("=Item"), Column("Sum", Format("money", "EUR"))),
        rows=(("=1+1", 1_500_000), ("+33", -2_000_000), ("@x", 0), ("-y", None), ("z", 1)),
    )
    lines = csv_bytes(table).decode("utf-8-sig").splitlines()
    assert lines == ["'=Item,Sum", "'=1+1,1.5", "'+33,-2", "'@x,0", "'-y,", "z,0.000001"]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(xlsx_bytes(table))).get_sheet_by_index(0)
    assert sheet.to_python()[:4] == [["=Item", "Sum"], ["=1+1", 1.5], ["+33", -2.0], ["@x", 0.0]]
