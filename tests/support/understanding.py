"""What tests of `understand` stand on: events in a session of the real engine, prepared for a run.

Events stand in the scratch relation `happened`; `see` makes of them what workspace makes before a
run: `seen`, `people`, `traits` and `items`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from regie.engines.delta import DeltaTables
from regie.ports.tables import Session
from regie.terms.person import person_key

DAY_US = 86_400_000_000
NOW_US = 1_307_574_000_000_000
"""2011-06-09 in London, the instant of most tests."""
KEY = b"understand-tests" * 2
ONLINE_RETAIL = Path("regie/shipped/online_retail/online_retail.parquet")
_COLUMNS: dict[str, Any] = {
    "event_id": "", "at_us": 0, "recorded_us": 0, "key": None, "kind": "order", "order": None,
    "item": None, "quantity": 1, "value": 0,
}  # fmt: skip


@contextmanager
def opened(folder: Path) -> Iterator[Session]:
    """A session of the real engine over an empty workspace folder."""
    with DeltaTables(folder).session() as session:
        yield session


def happen(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make rows what happened; unnamed columns are empty, unnamed records are made at once."""
    full = [
        _COLUMNS | {"event_id": f"{n:032x}", "recorded_us": row["at_us"]} | dict(row)
        for n, row in enumerate(rows)
    ]
    columns: dict[str, Any] = {
        name: np.array([row[name] for row in full], dtype=np.int64)
        if isinstance(_COLUMNS[name], int)
        else [row[name] for row in full]
        for name in _COLUMNS
    }
    session.register("told", columns)
    session.execute("CREATE OR REPLACE TEMP TABLE happened AS SELECT * FROM told")


def see(
    session: Session,
    as_of_us: int,
    people: Sequence[str] | None = None,
    traits: Sequence[tuple[str, str, str]] = (),
) -> None:
    """Prepare a run as of an instant; everybody known is in `people` unless a list is given."""
    session.execute(
        """CREATE OR REPLACE TEMP TABLE seen AS
        SELECT * FROM happened WHERE at_us < $as_of_us AND recorded_us < $as_of_us""",
        {"as_of_us": as_of_us},
    )
    if people is None:
        session.execute(
            """CREATE OR REPLACE TEMP TABLE people AS
            SELECT DISTINCT key FROM seen WHERE key IS NOT NULL"""
        )
    else:
        session.register("asked", {"key": list(people)})
        session.execute("CREATE OR REPLACE TEMP TABLE people AS SELECT * FROM asked")
    columns = list(zip(*traits, strict=True)) or [(), (), ()]
    session.register(
        "has", {name: list(c) for name, c in zip(("key", "trait", "value"), columns, strict=True)}
    )
    session.execute("CREATE OR REPLACE TEMP TABLE traits AS SELECT * FROM has")


def online_retail(session: Session) -> None:
    """Make the Online Retail log what happened, close to what the shipped mapping does."""
    known = session.query(
        """SELECT DISTINCT CAST(CAST(CustomerID AS BIGINT) AS VARCHAR) AS raw
        FROM read_parquet($path) WHERE CustomerID IS NOT NULL ORDER BY raw""",
        {"path": str(ONLINE_RETAIL)},
    )["raw"].tolist()
    session.register("known_as", {"raw": known, "key": [person_key(KEY, raw) for raw in known]})
    session.execute(
        """CREATE OR REPLACE TEMP TABLE happened AS
        WITH lines AS (
            SELECT DISTINCT InvoiceNo, upper(StockCode) AS item, Description, Quantity,
                InvoiceDate, UnitPrice, CustomerID, Country
            FROM read_parquet($path)
        ), told AS (
            SELECT *, CAST(epoch_us(timezone('Europe/London',
                make_timestamp(CAST(InvoiceDate * 1000000 AS BIGINT)))) AS BIGINT) AS at_us
            FROM lines
        )
        SELECT md5(concat_ws('|', InvoiceNo, item, Description, Quantity, InvoiceDate, UnitPrice,
                   CustomerID, Country)) AS event_id,
            at_us, at_us AS recorded_us, key,
            CASE WHEN item IN ('POST', 'DOT', 'M', 'C2', 'BANK CHARGES', 'AMAZONFEE', 'D', 'S',
                               'CRUK', 'B') THEN 'fee'
                 WHEN InvoiceNo LIKE 'C%' THEN 'return'
                 WHEN UnitPrice <= 0 OR Quantity <= 0 THEN 'adjustment'
                 ELSE 'order' END AS kind,
            InvoiceNo AS "order", item, CAST(Quantity AS BIGINT) AS quantity,
            CAST(round(Quantity * UnitPrice * 1000000) AS BIGINT) AS value
        FROM told
        LEFT JOIN known_as ON CAST(CAST(told.CustomerID AS BIGINT) AS VARCHAR) = known_as.raw
        ORDER BY key, at_us, event_id""",
        {"path": str(ONLINE_RETAIL)},
    )
