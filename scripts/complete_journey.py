"""Makes regie/shipped/completejourney/*.parquet from the completejourney package's .rda files.

Reads the folder given, writes the folder given; run again, it writes the same bytes (rows sorted by
every column, one thread, pinned DuckDB).

    python scripts/complete_journey.py FOLDER_OF_RDA regie/shipped/completejourney

Source: 84.51°, "The Complete Journey", as in the R package completejourney (Brad Boehmke), data/,
CC0. Column meanings: the package's manual (man/*.Rd) and vignette. The facts below were counted on
the files themselves; tests/truth/test_complete_journey.py asserts them on what ships.

transactions.parquet (transactions_sample: 75,000 lines drawn at random out of 1,469,307)
    household_id, store_id, basket_id, product_id : text of digits, never missing. 2,377 households,
        293 stores, 47,243 baskets, 20,902 products. A basket has one household, one store, one
        instant. A basket holds a product once at most, so no line repeats another.
    quantity : whole, 0 to 32,623, never negative: there are no returns. 416 lines have 0, all with
        a total of 0.00: things keyed at the till; 221 of them name a product that is not listed,
        141 carry a coupon discount. The 692 lines above 1,000 are all GASOLINE-REG UNLEADED (764
        lines in all), whose unit is not a piece (about 383 a dollar: thousandths of a gallon).
        Sums of units must leave fuel out.
    sales_value : "amount of dollars retailer receives from sale": the line's total, 0.00 to 100.00
        USD, two decimals, never negative; 233,935.24 in all. 529 lines are 0.00 (113 of them with a
        quantity). There is no unit price: sales_value / quantity is the mean received,
        (sales_value + retail_disc + coupon_match_disc) / quantity the shelf price.
    retail_disc, coupon_disc, coupon_match_disc : discounts as positive amounts: loyalty card, a
        maker's coupon, the retailer's match of it. The first and the last are already out of
        sales_value; coupon_disc is not (the maker pays it back to the retailer: 169 lines have one
        above their sales_value). 40,180.91, 1,356.71 and 242.10 in all.
    week : 1 to 53, Monday to Sunday by the clock of New York; week 1 is Sunday 2017-01-01 alone. No
        line on 2017-12-25.
    transaction_timestamp : seconds, true UTC (an R POSIXct whose tzone, America/New_York, says
        where it is shown). 2017-01-01 12:30:27 to 2018-01-01 03:47:38 UTC, so all of it is 2017 in
        New York; hours follow a shop's day there (peak at 17 h). Written as TIMESTAMP, in
        microseconds UTC.
products.parquet : 92,331 products: manufacturer_id, department (26 of 32 are sold in the sample),
    brand (National, Private), product_category, product_type, package_size; missing text is null
    (540, 528 and 30,586). Five products of 222 lines are not listed.
coupon_redemptions.parquet : 2,102 rows, household_id, coupon_upc, campaign_id, redemption_date (a
    day without a time, 2017-01-01 to 2017-12-31). 410 households, 491 coupons; every one was sent
    its campaign, and redeemed within it. Not to be joined to lines, which do not name a coupon.
coupons.parquet : which coupon is good for which product in which campaign: 116,204 rows, of which
    4,872 repeat another (kept); 981 coupons; 16 rows name a product that is not listed.
campaigns.parquet : 6,589 (campaign_id, household_id), 1,559 households.
campaign_descriptions.parquet : 27 campaigns: campaign_type (A 4, B 17, C 6), start_date, end_date,
    2016-11-14 to 2018-02-28.
demographics.parquet : 801 households, all in the sample: age, income, home_ownership,
    marital_status, household_size, household_comp, kids_count. For audits of fairness only: no
    audience, no score and no selection may read it.

aisles.parquet : what the loop runs on: one row per basket and aisle, made from the two first tables
    (an aisle is a product_category, its abbreviations written out). Why aisles and not products: a
    sample of one line in twenty shows a household the same product hardly ever twice, the same
    aisle often, and the coupons are for aisles too. What no message may show (fuel, coupons at the
    till, tobacco, alcohol, medicine, what is not listed) is the aisle OTHER.

Oddity mended here: R wrote three round numbers as "4.0128e+10" (a basket) and "9e+05" (a product);
they are written out, 40128000000 and 900000, which is exact: R shortens only what loses no digit.
One total of 4.4e-16 becomes 0.00, as all amounts have two decimals.
Not shipped: promotions_sample (displays and mailers by store and week), which nothing reads yet.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import duckdb
import rdata

# File to ship: (file of the package, its columns, the order, which is total up to equal rows).
TABLES = {
    "transactions": (
        "transactions_sample",
        """make_timestamp(transaction_timestamp::BIGINT * 1000000) AS transaction_timestamp,
        household_id, basket_id, store_id, product_id, quantity::INTEGER AS quantity,
        sales_value::DECIMAL(9, 2) AS sales_value, retail_disc::DECIMAL(9, 2) AS retail_disc,
        coupon_disc::DECIMAL(9, 2) AS coupon_disc,
        coupon_match_disc::DECIMAL(9, 2) AS coupon_match_disc, week::INTEGER AS week""",
        "transaction_timestamp, basket_id, product_id",
    ),
    "products": (
        "products",
        """product_id, manufacturer_id, department, brand::VARCHAR AS brand, product_category,
        product_type, package_size""",
        "product_id",
    ),
    "coupon_redemptions": (
        "coupon_redemptions",
        """household_id, coupon_upc, campaign_id,
        DATE '1970-01-01' + redemption_date::INTEGER AS redemption_date""",
        "redemption_date, household_id, coupon_upc, campaign_id",
    ),
    "coupons": (
        "coupons",
        "campaign_id, coupon_upc, product_id",
        "campaign_id, coupon_upc, product_id",
    ),
    "campaigns": ("campaigns", "campaign_id, household_id", "campaign_id, household_id"),
    "campaign_descriptions": (
        "campaign_descriptions",
        """campaign_id, campaign_type::VARCHAR AS campaign_type,
        DATE '1970-01-01' + start_date::INTEGER AS start_date,
        DATE '1970-01-01' + end_date::INTEGER AS end_date""",
        "campaign_id",
    ),
    "demographics": (
        "demographics",
        """household_id, age::VARCHAR AS age, income::VARCHAR AS income,
        home_ownership::VARCHAR AS home_ownership, marital_status::VARCHAR AS marital_status,
        household_size::VARCHAR AS household_size, household_comp::VARCHAR AS household_comp,
        kids_count::VARCHAR AS kids_count""",
        "household_id",
    ),
}


AISLES = """
SELECT transaction_timestamp, household_id, basket_id, aisle,
    sum(least(quantity, 100))::INTEGER AS quantity, sum(sales_value)::DECIMAL(9, 2) AS sales_value
FROM (SELECT t.*, coalesce(aisle, 'OTHER') AS aisle FROM transactions AS t
    LEFT JOIN products USING (product_id) LEFT JOIN aisles USING (product_category))
GROUP BY ALL
ORDER BY transaction_timestamp, basket_id, aisle
"""
NEVER_SHOWN = (
    "COUPON", "FUEL", "CIGAR", "TOBACCO", "LIQUOR", "WINE", "BEERS", "SMOKING", "PHARMACY",
    "LAXATIVES", "ANTACIDS", "INCONTINENCE", "FAMILY PLANNING", "DIET", "ANALGESICS",
    "COLD AND FLU", "SINUS", "FIRST AID", "VITAMINS", "FORMULA", "FEMININE", "FIREWORKS",
    "TICKETS", "LONG DISTANCE", "PREPAID", "MISCELLANEOUS", "DEPOSITS", "CONTINUITIES", "J-HOOKS",
    "NON EDIBLE", "SUPPLIES", "EYE AND EAR", "MAGAZINE", "NEWSPAPER", "BOOKSTORE", "SEASONAL",
    "ETHNIC", "NEW AGE", "FOOT CARE", "PHOTOFINISHING", "QUICK SERVICE", "DOLLAR VALUE", "RW FRESH",
    "HBC", "SERVICE BEVERAGE", "BEVERAGE", "MEMORA", "DOMESTIC GOODS",
)  # fmt: skip
"""An aisle whose name holds one of these is part of OTHER."""
NAMED = {
    "FLUID MILK PRODUCTS": "MILK", "MILK BY-PRODUCTS": "CREAM AND MILK PRODUCTS",
    "BAKED BREAD/BUNS/ROLLS": "BREAD, BUNS AND ROLLS", "CANDY - CHECKLANE": "CANDY BARS",
    "CANDY - PACKAGED": "BAGS OF CANDY", "VEGETABLES - ALL OTHERS": "OTHER VEGETABLES",
    "VEGETABLES SALAD": "SALAD VEGETABLES", "ISOTONIC DRINKS": "SPORTS DRINKS",
    "VALUE ADDED FRUIT": "CUT FRUIT", "VALUE ADDED VEGETABLES": "CUT VEGETABLES",
    "PROCESSED": "PREPARED PRODUCE", "REFRIGERATED": "CHILLED NATURAL FOODS",
    "FROZEN": "FROZEN NATURAL FOODS", "BATH": "BATH PRODUCTS", "CHEESES": "DELI CHEESE",
    "WATER - CARBONATED/FLVRD DRINK": "SPARKLING AND FLAVOURED WATER", "FRZN ICE": "ICE",
    "FRZN MEAT/MEAT DINNERS": "FROZEN MEAT AND DINNERS", "BABYFOOD": "BABY FOODS",
    "HAND/BODY/FACIAL PRODUCTS": "HAND, BODY AND FACE CARE", "WAREHOUSE SNACKS": "FAMILY SNACKS",
}  # fmt: skip
"""Aisles that go by another name than their category's."""
WRITTEN_OUT = {
    "FRZN": "FROZEN", "VEGETABLE/VEG DSH": "VEGETABLES AND DISHES", "REFRGRATD": "CHILLED",
    "DRNKS": "DRINKS", "DRNK MX": "DRINK MIXES", "DRNK": "DRINK", "PWDR/CRYSTL": "POWDERED",
    "SALD DRSNG/SNDWCH SPRD": "SALAD DRESSINGS AND SANDWICH SPREADS", "BRKFST": "BREAKFAST",
    "CONVENIENT BREAKFAST/WHLSM SNACKS": "BREAKFAST BARS AND SNACKS", "CRACKERS/MISC BKD FD":
    "CRACKERS AND SAVOURY BISCUITS", "ICE CREAM/MILK/SHERBTS": "ICE CREAM AND SHERBET",
    "DRY BN/VEG/POTATO/RICE": "RICE, DRY BEANS AND POTATO MIXES", "DINNER MXS:DRY": "DINNER MIXES",
    "FD WRAPS/BAGS/TRSH BG": "FOOD WRAPS AND BAGS", "NOVELTIES/WTR ICE": "ICE LOLLIES",
    "PNT BTR/JELLY/JAMS": "PEANUT BUTTER AND JAMS", "GLASS & MW": "",
    "SHORTENING/OIL": "COOKING OIL", "CLEANG": "CLEANING", "SWEETNERS": "SWEETENERS",
    "FACIAL TISS/DNR NAPKIN": "TISSUES AND NAPKINS", "PICKLE/RELISH/PKLD VEG": "PICKLES AND RELISH",
    "MOLASSES/SYRUP/PANCAKE MIXS": "SYRUPS AND PANCAKE MIXES", "JCE CONC": "JUICES",
    "GREETING CARDS/WRAP/PARTY SPLY": "GREETING CARDS AND GIFT WRAP", "BABY HBC": "BABY CARE",
    "SNKS/CKYS/CRKR/CNDY": "NATURAL SNACKS", "CHIPS&SNACKS": "NATURAL CHIPS", "DISPOSIBLE":
    "DISPOSABLE", "SUPPPLIES": "SUPPLIES", "HISPANIC": "MEXICAN FOOD",
    "PEPPERS-ALL": "PEPPERS", "PREPARED/PKGD FOODS": "PREPARED NATURAL FOODS",
    "BAG SNACKS": "CHIPS AND SNACKS", "FLVRD": "FLAVOURED",
    "DRY TEA/COFFEE/COCO MIX": "NATURAL TEA AND COFFEE", " - ": ", ", "/": " AND ",
    "MISC ": "OTHER ",
    "MISC.": "OTHER", "MEAT, MISC": "OTHER MEAT", "HEAT AND SERVE": "READY MEALS", "&": " AND ",
}  # fmt: skip
"""What an aisle's name abbreviates, in this order."""


def _aisle(category: str) -> str:
    """The aisle of a product category: its name written out, or OTHER."""
    if any(word in category for word in NEVER_SHOWN):
        return "OTHER"
    name = NAMED.get(category, category)
    stable = name.removesuffix(" - SHELF STABLE")
    name = name if stable == name else f"CANNED {stable}"
    for short, long in WRITTEN_OUT.items():
        name = name.replace(short, long)
    return " ".join(name.split()).rstrip(" ,-")


def _write_aisles(con: duckdb.DuckDBPyConnection, target: Path) -> None:
    for name in ("transactions", "products"):
        con.read_parquet(str(target / f"{name}.parquet")).create_view(name)
    found = con.sql(
        "SELECT DISTINCT product_category FROM products ORDER BY 1 NULLS LAST"
    ).fetchall()
    con.execute("CREATE TEMP TABLE aisles (product_category VARCHAR, aisle VARCHAR)")
    con.executemany(
        "INSERT INTO aisles VALUES (?, ?)", [[c, _aisle(c)] for (c,) in found if c is not None]
    )
    path = target / "aisles.parquet"
    con.sql(AISLES).write_parquet(str(path), compression="zstd")
    print(f"{path.name}: {path.stat().st_size} bytes")


def main(source: Path, target: Path) -> None:
    """Write every table of `TABLES`, and say how many rows each has."""
    target.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(config={"threads": 1})
    for name, (file, columns, order) in TABLES.items():
        con.register("source", _frame(source / f"{file}.rda"))
        rows = con.table("source").project(columns).order(order)
        path = target / f"{name}.parquet"
        rows.write_parquet(str(path), compression="zstd")
        print(f"{path.name}: {len(rows)} rows, {path.stat().st_size} bytes")
        con.unregister("source")
    _write_aisles(con, target)


def _frame(path: Path) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rdata warns of R classes it reads as plain numbers
        (frame,) = rdata.read_rda(path).values()
    for column in frame:
        if column.endswith("_id") and str(frame[column].dtype) == "string":
            frame[column] = frame[column].map(_written_out)
    return frame


def _written_out(text: str) -> str:
    """An identifier R shortened, in full: 9e+05 is 900000."""
    return str(int(float(text))) if "e+" in text else text


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
