"""What an analyst writes in pandas to read and clean the shop's log: no more than that.

Same rules as the mapping online-retail: unreadable, exact repeat, fee, return, adjustment, order;
instants in UTC, money in whole micros, cleaned rows written as Parquet. What Régie's import does
besides (keys instead of names, consents, quality, quarantine, catalogue, ledger, one durable
commit) is not done here.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import pandas as pd

FEES = {"POST", "DOT", "M", "C2", "BANK CHARGES", "AMAZONFEE", "D", "S", "CRUK", "B"}


def main(source: str, target: str) -> None:
    """Read, clean, write; print seconds, memory and where the rows went."""
    started = time.perf_counter()
    lines = pd.read_csv(source) if source.endswith(".csv") else pd.read_parquet(source)
    wall = pd.to_datetime(lines["InvoiceDate"].astype("int64"), unit="s")
    lines["at"] = wall.dt.tz_localize("Europe/London", ambiguous=False).dt.tz_convert("UTC")
    lines["price_micros"] = (lines["UnitPrice"] * 1_000_000).round().astype("int64")
    lines["value_micros"] = lines["price_micros"] * lines["Quantity"].astype("int64")
    repeat = lines.duplicated()
    fee = lines["StockCode"].astype(str).str.upper().isin(FEES)
    returned = lines["InvoiceNo"].astype(str).str.startswith("C")
    adjusted = lines["value_micros"] <= 0
    lines["place"] = np.select(
        [repeat, fee, returned, adjusted], ["repeat", "fee", "return", "adjustment"], "order"
    )
    lines["person"] = lines["CustomerID"].astype("Int64")
    kept = lines[~repeat].sort_values(["person", "at", "InvoiceNo", "StockCode"])
    kept.to_parquet(target, compression="zstd")
    seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    places = lines["place"].value_counts().to_dict()
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb, "places": places}))


if __name__ == "__main__":
    main(*sys.argv[1:])
