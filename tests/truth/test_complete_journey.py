"""The Complete Journey as it ships: the facts scripts/complete_journey.py states.

Source of the published numbers: manual and vignette of the R package completejourney (84.51°, Brad
Boehmke): 1,469,307 transactions of 2,469 households, of which the package samples 75,000 lines;
campaign types, coupons and redemptions as in its data/. Everything else was counted on those files.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

import duckdb
import pytest


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    folder = resources.files("regie").joinpath("shipped/completejourney")
    for file in folder.iterdir():
        name, _, kind = file.name.partition(".")
        if kind != "parquet":
            continue
        connection.read_parquet(str(file)).create_view(name)
    yield connection
    connection.close()


FACTS = [
    ("SELECT sum(sales_value * 100)::BIGINT FROM aisles", 23_393_524),
    ("SELECT count(DISTINCT basket_id) FROM aisles", 47_243),
    ("SELECT count(*) - count(DISTINCT (basket_id, aisle)) FROM aisles", 0),
    (
        "SELECT count(*) FROM aisles WHERE aisle <> 'OTHER' AND"
        " regexp_matches(aisle, 'CIGAR|LIQUOR|WINE|BEER|PHARMACY|FUEL|COUPON|FORMULA')",
        0,
    ),
    ("SELECT count(*) FROM transactions", 75_000),
    ("SELECT count(DISTINCT household_id) FROM transactions", 2_377),
    ("SELECT count(DISTINCT store_id) FROM transactions", 293),
    ("SELECT count(DISTINCT basket_id) FROM transactions", 47_243),
    ("SELECT count(DISTINCT product_id) FROM transactions", 20_902),
    ("SELECT count(DISTINCT (basket_id, product_id)) FROM transactions", 75_000),
    (
        "SELECT count(DISTINCT (basket_id, household_id, store_id, transaction_timestamp))"
        " FROM transactions",
        47_243,
    ),
    ("SELECT sum(sales_value * 100)::BIGINT FROM transactions", 23_393_524),
    ("SELECT sum(retail_disc * 100)::BIGINT FROM transactions", 4_018_091),
    ("SELECT sum(coupon_disc * 100)::BIGINT FROM transactions", 135_671),
    ("SELECT sum(coupon_match_disc * 100)::BIGINT FROM transactions", 24_210),
    ("SELECT count(*) FROM transactions WHERE sales_value < 0 OR quantity < 0", 0),
    ("SELECT count(*) FROM transactions WHERE sales_value = 0", 529),
    ("SELECT count(*) FROM transactions WHERE quantity = 0", 416),
    ("SELECT count(*) FROM transactions WHERE quantity = 0 AND sales_value = 0", 416),
    ("SELECT count(*) FROM transactions WHERE quantity = 0 AND coupon_disc > 0", 141),
    ("SELECT max(quantity) FROM transactions", 32_623),
    ("SELECT count(*) FROM transactions WHERE coupon_disc > sales_value", 169),
    ("SELECT min(epoch_us(transaction_timestamp)) FROM transactions", 1_483_273_827_000_000),
    ("SELECT max(epoch_us(transaction_timestamp)) FROM transactions", 1_514_778_458_000_000),
    (
        "SELECT count(*) FROM transactions WHERE regexp_matches(concat_ws(' ', household_id,"
        " store_id, basket_id, product_id), '[^0-9 ]')",
        0,
    ),
    (
        "SELECT count(DISTINCT product_type) FROM transactions JOIN products USING (product_id)"
        " WHERE quantity > 1000",
        1,
    ),
    (
        "SELECT count(*) FROM transactions JOIN products USING (product_id)"
        " WHERE product_type = 'GASOLINE-REG UNLEADED'",
        764,
    ),
    ("SELECT count(*) FROM products", 92_331),
    ("SELECT count(DISTINCT product_id) FROM products", 92_331),
    ("SELECT count(*) FROM products WHERE product_category IS NULL", 540),
    ("SELECT count(*) FROM products WHERE product_type IS NULL", 528),
    ("SELECT count(*) FROM products WHERE package_size IS NULL", 30_586),
    ("SELECT count(*) FROM transactions ANTI JOIN products USING (product_id)", 222),
    ("SELECT count(*) FROM coupon_redemptions", 2_102),
    ("SELECT count(DISTINCT household_id) FROM coupon_redemptions", 410),
    ("SELECT count(DISTINCT coupon_upc) FROM coupon_redemptions", 491),
    (
        "SELECT count(*) FROM coupon_redemptions JOIN campaign_descriptions USING (campaign_id)"
        " JOIN campaigns USING (campaign_id, household_id)"
        " WHERE redemption_date BETWEEN start_date AND end_date",
        2_102,
    ),
    ("SELECT count(*) FROM coupons", 116_204),
    ("SELECT count(*) FROM (SELECT DISTINCT * FROM coupons)", 111_332),
    ("SELECT count(*) FROM coupons ANTI JOIN products USING (product_id)", 16),
    ("SELECT count(*) FROM campaigns", 6_589),
    ("SELECT count(DISTINCT household_id) FROM campaigns", 1_559),
    ("SELECT count(*) FROM campaign_descriptions WHERE campaign_type = 'Type B'", 17),
    ("SELECT count(*) FROM campaign_descriptions", 27),
    ("SELECT count(*) FROM demographics SEMI JOIN transactions USING (household_id)", 801),
    ("SELECT count(*) FROM demographics", 801),
]


@pytest.mark.parametrize(("sql", "fact"), FACTS, ids=[sql[7:60] for sql, _ in FACTS])
def test_fact(con: duckdb.DuckDBPyConnection, sql: str, fact: int) -> None:
    row = con.sql(sql).fetchone()
    assert row is not None
    assert row[0] == fact


def test_instants_are_utc_and_a_shops_day_in_new_york(con: duckdb.DuckDBPyConnection) -> None:
    days = con.sql(
        "SELECT min(moment), max(moment), mode(hour(moment)),"
        " count(*) FILTER (moment::DATE = '2017-12-25') FROM ("
        "SELECT transaction_timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York' AS moment"
        " FROM transactions)"
    ).fetchone()
    assert days is not None
    assert [str(days[0]), str(days[1])] == ["2017-01-01 07:30:27", "2017-12-31 22:47:38"]
    assert (days[2], days[3]) == (17, 0)


def test_weeks_run_monday_to_sunday_in_new_york(con: duckdb.DuckDBPyConnection) -> None:
    weeks = con.sql(
        "SELECT week, min(day), max(day) FROM (SELECT week, (transaction_timestamp AT TIME ZONE"
        " 'UTC' AT TIME ZONE 'America/New_York')::DATE AS day FROM transactions)"
        " GROUP BY week ORDER BY week"
    ).fetchall()
    assert len(weeks) == 53
    assert (str(weeks[0][1]), str(weeks[0][2])) == ("2017-01-01", "2017-01-01")
    assert all((last - first).days < 7 for _, first, last in weeks)
    assert all(first.isocalendar().week == last.isocalendar().week for _, first, last in weeks)
