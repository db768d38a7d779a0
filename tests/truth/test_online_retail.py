"""Known of Online Retail before any rule, and what the rules make of it, to the row and the micro.

The figures of the log itself are those anybody finds who counts the published file.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from regie.collect import intake
from regie.ports.tables import Session
from regie.terms.instant import moment_of
from regie.workspace.importing import Imported
from regie.workspace.workspace import Workspace
from tests.support.workspaces import ONLINE_RETAIL

Retail = tuple[Workspace, Imported]
BOUGHT = "quantity_micros > 0 AND price_micros > 0 AND person IS NOT NULL"

KNOWN = {
    "lines": ("count(*)", "TRUE", 541_909),
    "invoices": ('count(DISTINCT "order")', "TRUE", 25_900),
    "customers": ("count(DISTINCT person)", "TRUE", 4_372),
    "countries": ("count(DISTINCT country)", "TRUE", 38),
    "lines without a customer": ("count(*)", "person IS NULL", 135_080),
    "stock codes": ("count(DISTINCT item)", "TRUE", 4_070),
    "stock codes in upper case": ("count(DISTINCT upper(item))", "TRUE", 3_958),
    "lines of C invoices": ("count(*)", "\"order\" LIKE 'C%'", 9_288),
    "lines of A invoices": ("count(*)", "\"order\" LIKE 'A%'", 3),
    "negative quantities": ("count(*)", "quantity_micros < 0", 10_624),
    "negative, not on C": ("count(*)", "quantity_micros < 0 AND \"order\" NOT LIKE 'C%'", 1_336),
    "negative prices": ("count(*)", "price_micros < 0", 2),
    "zero prices": ("count(*)", "price_micros = 0", 2_515),
    "micros in all": ("sum(value_micros)", "TRUE", 9_747_747_934_000),
    "bought lines": ("count(*)", BOUGHT, 397_884),
    "buyers": ("count(DISTINCT person)", BOUGHT, 4_338),
    "bought invoices": ('count(DISTINCT "order")', BOUGHT, 18_532),
    "bought micros": ("sum(value_micros)", BOUGHT, 8_911_407_904_000),
    "unreadable": ("count(*)", "bad IS NOT NULL", 0),
    "exact repeats": (
        'count(*) - count(DISTINCT ("order", item, coalesce(description, chr(0)), quantity, "at",'
        " unit_price, coalesce(person, chr(0)), country))",
        "TRUE",
        5_268,
    ),
}


@pytest.fixture(scope="module")
def typed(retail: Retail) -> Iterator[Session]:
    shop, _ = retail
    with shop.tables.session() as session:
        mapping = shop.rules.mapping("online-retail")
        intake.read(session, mapping, ONLINE_RETAIL, now_us=shop.settings.now_us())
        yield session


@pytest.mark.parametrize("name", KNOWN)
def test_the_log_holds_what_is_known_of_it(typed: Session, name: str) -> None:
    measure, where, known = KNOWN[name]
    found = typed.query(f"SELECT CAST({measure} AS BIGINT) AS n FROM typed WHERE {where}")
    assert int(found["n"][0]) == known


@pytest.mark.parametrize(
    ("group", "value", "known"), [('"order"', "at_us", 43), ("person", "country", 8)]
)
def test_invoices_with_two_times_and_customers_with_two_countries(
    typed: Session, group: str, value: str, known: int
) -> None:
    found = typed.query(
        f"SELECT count(*) AS n FROM (SELECT {group} FROM typed WHERE {group} IS NOT NULL"
        f" GROUP BY {group} HAVING count(DISTINCT {value}) = 2)"
    )
    assert int(found["n"][0]) == known


def test_times_are_the_wall_clock_of_london(typed: Session) -> None:
    found = typed.query("SELECT min(at_us) AS first, max(at_us) AS last FROM typed")
    assert moment_of(int(found["first"][0]), "Europe/London").isoformat() == (
        "2010-12-01T08:26:00+00:00"
    )
    assert moment_of(int(found["last"][0]), "Europe/London").isoformat() == (
        "2011-12-09T12:50:00+00:00"
    )
    # In summer the same clock is an hour ahead of UTC: 2011-06-09 at 08:26 is 07:26 there.
    summer = typed.query("SELECT min(at_us) AS first FROM typed WHERE at_us >= 1307574000000000")
    assert moment_of(int(summer["first"][0]), "Europe/London").utcoffset() is not None
    assert moment_of(int(summer["first"][0]), "Europe/London").isoformat().endswith("+01:00")


def test_every_row_went_to_one_place_and_no_micro_was_lost(retail: Retail) -> None:
    _, imported = retail
    assert imported.lines == {
        "repeat": 5_268, "fee": 2_906, "return": 8_668, "adjustment": 2_496, "order": 522_571,
    }  # fmt: skip
    assert sum(imported.lines.values()) == imported.rows == 541_909
    assert sum(imported.value_micros.values()) == 9_747_747_934_000
    assert imported.added == 541_909 - 5_268


def test_what_was_added_is_what_the_table_holds(retail: Retail) -> None:
    shop, imported = retail
    with shop.tables.session() as session:
        found = session.query(
            'SELECT kind, count(*) AS lines, CAST(sum("value") AS BIGINT) AS micros FROM events'
            " GROUP BY kind ORDER BY kind"
        )
    held = {
        str(kind): (int(lines), int(micros))
        for kind, lines, micros in zip(*found.values(), strict=True)
    }
    assert held == {
        place: (imported.lines[place], imported.value_micros[place])
        for place in ("order", "return", "fee", "adjustment")
    }


def test_nobody_is_made_of_lines_without_a_customer(retail: Retail) -> None:
    shop, _ = retail
    with shop.tables.session() as session:
        found = session.query(
            "SELECT count(DISTINCT key) AS people, count(*) FILTER (WHERE key IS NULL) AS nobodys"
            " FROM events"
        )
    assert int(found["people"][0]) == 4_372 == len(shop.state.contacts(["raw_id"])["key"])
    assert 0 < int(found["nobodys"][0]) <= 135_080


def test_the_quality_of_the_log_is_told(retail: Retail) -> None:
    _, imported = retail
    broken = {(f.rule.check, f.rule.field): f.broken for f in imported.findings}
    assert broken == {
        ("complete", "person"): 135_080, ("complete", "description"): 1_454, ("unique", ""): 5_268,
        ("valid", ""): 0, ("consistent", "at"): 43, ("consistent", "country"): 8, ("fresh", ""): 0,
    }  # fmt: skip
    assert all(finding.kept for finding in imported.findings)
    assert 90 <= imported.quality < 100


def test_the_same_file_again_adds_nothing(retail: Retail) -> None:
    shop, imported = retail
    before = shop.tables.version("events"), len(shop.state.consents()["key"])
    again = shop.import_file(ONLINE_RETAIL, "online-retail")
    assert (again.added, again.corrected, again.contacts, again.consents) == (0, 0, 0, 0)
    assert again.lines == imported.lines
    with shop.tables.session() as session:
        held = session.query("SELECT count(*) AS n FROM events")
    assert int(held["n"][0]) == imported.added
    assert len(shop.state.consents()["key"]) == before[1]
