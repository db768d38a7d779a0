"""The tables open as they are in another engine: Sail reads them and gets the same figures.

Sail (pysail with pyspark-client) is an extra of nearly 500 MB: `make proof` installs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from regie.ports.tables import sql_text
from regie.terms.instant import day_start_us, parse_day
from regie.workspace import open_workspace
from regie.workspace.importing import Imported
from regie.workspace.workspace import Workspace

pytestmark = pytest.mark.proof
pysail = pytest.importorskip("pysail.spark", reason="Sail is not installed: make proof installs it")


@pytest.fixture(scope="module")
def sail() -> Iterator[Any]:
    """A Spark session on a Sail server of our own."""
    import pyspark

    # It looks for itself beside the script that runs, and in a worker of pytest there is none.
    os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
    from pyspark.sql import SparkSession

    server = pysail.SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    host, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://{host}:{port}").getOrCreate()
    yield session
    session.stop()
    server.stop()


def in_spark(sql: str) -> str:
    """A statement of ours in Spark's dialect; the zone of a day is the one thing said otherwise."""

    def zoned(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Anonymous) and node.name.lower() == "timezone":
            zone, instant = node.expressions
            if isinstance(instant, exp.Anonymous):
                return exp.Anonymous(
                    this="from_utc_timestamp", expressions=[instant.expressions[1], zone]
                )
        return node

    return sqlglot.parse_one(sql, dialect="duckdb").transform(zoned).sql("spark", comments=False)


def both(sail: Any, workspace: Workspace, sql: str) -> tuple[list[Any], list[Any]]:
    """Rows of a statement, ours and Sail's, sorted alike."""
    folder = workspace.folder / "events"
    sail.read.format("delta").load(str(folder)).createOrReplaceTempView("events")
    sail.sql("SELECT '' AS key WHERE 1 = 0").createOrReplaceTempView("unmeasured")
    with workspace.tables.session() as session:
        session.register("unmeasured", {"key": []})
        columns = session.query(sql)
    ours = list(zip(*(column.tolist() for column in columns.values()), strict=True))
    theirs = [tuple(row) for row in sail.sql(in_spark(sql)).collect()]
    return sorted(ours), sorted(theirs)


def test_the_figures_are_the_same_to_the_micro(
    sail: Any, retail: tuple[Workspace, Imported]
) -> None:
    workspace, _ = retail
    zone = workspace.settings.zone
    from_us, to_us = (day_start_us(parse_day(day), zone) for day in ("2011-09-01", "2011-12-01"))
    bounds = {"before_us": from_us - (to_us - from_us), "from_us": from_us, "to_us": to_us}
    bounds["oldest_us"] = 0
    from regie.measure import kpi

    ours, theirs = both(
        sail, workspace, kpi.opened(sql_text("regie.measure", "kpi"), {**bounds, "zone": zone})
    )
    assert len(ours) > 150
    assert ours == theirs


def test_after_a_correction_and_an_erasure_it_still_reads_them(sail: Any, own_shop: Path) -> None:
    with open_workspace(own_shop) as workspace:
        with workspace.tables.session() as session:
            known = session.query("SELECT min(key) AS key FROM events")["key"]
        workspace.erase(str(known[0]))
        ours, theirs = both(
            sail,
            workspace,
            "SELECT kind, CAST(count(*) AS BIGINT) AS lines, CAST(count(key) AS BIGINT) AS keyed,"
            ' CAST(sum("value") AS BIGINT) AS value_micros FROM events GROUP BY kind',
        )
    assert ours
    assert ours == theirs
