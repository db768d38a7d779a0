"""The shop's log made larger: repeated, each copy with people, invoices and days of its own.

`python -m bench.large_log OUT.parquet [COPIES]`. Twenty copies are 10.8 million lines. Each copy
is a week earlier than the one before, so that all of it lies within what a run may look back on.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

LOG = Path(__file__).parent.parent / "regie" / "shipped" / "online_retail" / "online_retail.parquet"
PEOPLE_APART = 100_000
"""Customer numbers of the log have five digits."""

DAYS_APART = 7
_COPIES = """
SELECT regexp_extract(InvoiceNo, '^[A-Z]*') ||
       (CAST(regexp_extract(InvoiceNo, '[0-9]+') AS BIGINT) + 1000000 * copy) AS InvoiceNo,
       StockCode, Description, Quantity,
       InvoiceDate - 86400.0 * $days * copy AS InvoiceDate, UnitPrice,
       CustomerID + CAST($people AS DOUBLE) * copy AS CustomerID, Country
FROM range($copies) AS copies(copy), read_parquet($log)
"""


def write_large_log(path: Path, copies: int = 20, log: Path = LOG) -> Path:
    """Write the log `copies` times over as one Parquet file.

    Copy 0 is the log itself, so half a million lines of the result are the ones everybody knows.
    """
    con = duckdb.connect(config={"threads": 2, "preserve_insertion_order": False})
    parameters = {
        "days": DAYS_APART, "people": PEOPLE_APART, "copies": copies, "log": str(log),
    }  # fmt: skip
    con.sql(_COPIES, params=parameters).write_parquet(str(path), compression="zstd")
    con.close()
    return path


if __name__ == "__main__":
    write_large_log(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20)
