"""What tests of `understand` stand on: a session over events, as workspace would prepare it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from regie.ports.tables import Column, Columns
from regie.terms.person import person_key

KEY = b"understand-tests" * 2
EVENT_COLUMNS = """event_id VARCHAR, at_us BIGINT, recorded_us BIGINT, import_id VARCHAR,
    key VARCHAR, session VARCHAR, kind VARCHAR, "order" VARCHAR, item VARCHAR, quantity BIGINT,
    value BIGINT, currency VARCHAR, utm VARCHAR, click_id VARCHAR, referrer VARCHAR,
    decision VARCHAR, country VARCHAR, device VARCHAR, source VARCHAR, attributes VARCHAR"""
PREPARE = (
    """CREATE OR REPLACE TEMP TABLE seen AS
       SELECT * FROM events WHERE at_us < $as_of_us AND recorded_us < $as_of_us""",
    "CREATE OR REPLACE TEMP TABLE traits (key VARCHAR, trait VARCHAR, value VARCHAR)",
    """CREATE OR REPLACE TEMP TABLE people AS
       SELECT DISTINCT key FROM seen WHERE key IS NOT NULL ORDER BY key""",
    """CREATE OR REPLACE TEMP TABLE items AS
       SELECT item, min(at_us) AS first_us, max(at_us) AS last_us FROM seen
       WHERE kind = 'order' AND item IS NOT NULL GROUP BY item ORDER BY item""",
)


class DuckSession:
    """The port's `Session` over one in-memory DuckDB, as far as `understand` uses it."""

    def __init__(self) -> None:
        self.con = duckdb.connect(config={"threads": 2})
        self.con.execute(f"CREATE TABLE events ({EVENT_COLUMNS})")

    def register(self, name: str, columns: Mapping[str, Column | Sequence[Any]]) -> None:
        """Make columns a scratch relation."""
        arrays = {column: np.asarray(values) for column, values in columns.items()}
        self.con.register("_incoming", arrays)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM _incoming")
        self.con.unregister("_incoming")

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run one statement."""
        self.con.execute(sql, dict(parameters) if parameters else None)

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Columns:
        """Rows as columns; text is object, None where null."""
        found = self.con.execute(sql, dict(parameters) if parameters else None).fetchnumpy()
        return {name: _plain(values) for name, values in found.items()}

    def read_file(self, name: str, path: Path, options: Mapping[str, Any]) -> None:
        """Not used here."""
        raise NotImplementedError

    def append(
        self, table: str, sql: str, parameters: Mapping[str, Any] | None, commit: str
    ) -> int:
        """Not used here."""
        raise NotImplementedError

    def replace(
        self,
        table: str,
        predicate: str,
        sql: str,
        parameters: Mapping[str, Any] | None,
        commit: str,
    ) -> int:
        """Not used here."""
        raise NotImplementedError


def _plain(values: Any) -> Column:
    if not isinstance(values, np.ma.MaskedArray):
        return np.asarray(values)
    if values.dtype == object:
        plain = np.array(values.data, dtype=object)
        plain[np.ma.getmaskarray(values)] = None
        return plain
    assert not values.mask.any(), "a null where the port promises integers"
    return np.asarray(values.data)


def see(session: DuckSession, as_of_us: int) -> DuckSession:
    """Prepare `seen`, `people`, `traits` and `items` as workspace does before a run."""
    session.execute(PREPARE[0], {"as_of_us": as_of_us})
    for statement in PREPARE[1:]:
        session.execute(statement)
    return session


def add_events(session: DuckSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows; what is not named is null, empty or recorded when it happened."""
    table = [
        (
            row.get("event_id", f"{number:032x}"), row["at_us"],
            row.get("recorded_us", row["at_us"]), "i1", row.get("key"), row["kind"],
            row.get("order"), row.get("item"), row.get("quantity", 1), row.get("value", 0),
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip
    if table:
        session.con.executemany(
            """INSERT INTO events (event_id, at_us, recorded_us, import_id, key, kind, "order",
               item, quantity, value, currency, source, attributes)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'GBP', 'test', '{}')""",
            table,
        )


def load_online_retail(session: DuckSession, path: Path) -> DuckSession:
    """Fill `events` from Online Retail, close to what the shipped mapping does."""
    session.con.execute("SET TimeZone = 'UTC'")
    raw = session.con.execute(
        "SELECT DISTINCT CustomerID FROM read_parquet(?) WHERE CustomerID IS NOT NULL", [str(path)]
    ).fetchall()
    session.con.execute("CREATE TEMP TABLE known_as (raw DOUBLE, key VARCHAR)")
    session.register(
        "known_as",
        {"raw": [r for (r,) in raw], "key": [person_key(KEY, r) for (r,) in raw]},
    )
    session.con.execute(
        """INSERT INTO events BY NAME
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
            at_us, at_us AS recorded_us, 'i1' AS import_id, key,
            CASE WHEN item IN ('POST', 'DOT', 'M', 'C2', 'BANK CHARGES', 'AMAZONFEE', 'D', 'S',
                               'CRUK', 'B') THEN 'fee'
                 WHEN InvoiceNo LIKE 'C%' THEN 'return'
                 WHEN UnitPrice <= 0 OR Quantity <= 0 THEN 'adjustment'
                 ELSE 'order' END AS kind,
            InvoiceNo AS "order", item, CAST(Quantity AS BIGINT) AS quantity,
            CAST(round(Quantity * UnitPrice * 1000000) AS BIGINT) AS value, 'GBP' AS currency,
            Country AS country, 'online-retail' AS source, '{}' AS attributes
        FROM told LEFT JOIN known_as ON told.CustomerID = known_as.raw
        ORDER BY key, at_us, event_id""",
        {"path": str(path)},
    )
    return session
