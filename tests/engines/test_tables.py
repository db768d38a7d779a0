"""One suite for every engine of tables: what the port promises, asked of real files."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from regie.engines import delta
from regie.engines.delta import DeltaTables
from regie.ports.tables import SCHEMAS, Answer, Tables
from regie.terms.errors import RefusedError, SettingError, WorkspaceError

Open = Callable[..., Tables]

MARK = "3f9c2c9e5d7e4b6f8a1b0c2d3e4f5a6b"
"""A person's key that nothing else contains."""


@pytest.fixture(params=[DeltaTables])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    def again(**settings: Any) -> Tables:
        tables: Tables = request.param(tmp_path, **settings)
        return tables

    return again


@pytest.fixture
def tables(opened: Open) -> Tables:
    return opened()


EVENTS = """
    SELECT md5($tag || i::VARCHAR) AS event_id, i AS at_us, i AS recorded_us, $tag AS import_id,
           CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN $key ELSE md5((i % 50)::VARCHAR) END AS "key",
           'session of ' || $key AS session, 'order' AS kind, 'A' || (i // 3)::VARCHAR AS "order",
           'item' AS item, 1 AS quantity, i * 1000 AS "value", 'EUR' AS currency, NULL AS utm,
           NULL AS click_id, NULL AS referrer, NULL AS decision, 'France' AS country,
           NULL AS device, $tag AS source, '{}' AS attributes
    FROM range($n) AS r(i)
"""


def add(tables: Tables, tag: str, n: int = 1000, key: str = MARK) -> int:
    with tables.session() as session:
        return session.append("events", EVENTS, {"tag": tag, "n": n, "key": key}, f"import:{tag}")


def count(tables: Tables) -> int:
    with tables.session() as session:
        return int(session.query("SELECT count(*) AS n FROM events")["n"][0])


def test_a_table_that_was_never_written_is_empty_with_its_columns(tables: Tables) -> None:
    assert tables.version("events") == -1
    assert not tables.committed("events", "import:a")
    with tables.session() as session:
        for table, schema in SCHEMAS.items():
            columns = session.query(f"SELECT * FROM {table}")
            assert list(columns) == list(schema)
            assert all(len(column) == 0 for column in columns.values())


def test_what_is_appended_is_read_back_with_its_types(tables: Tables) -> None:
    assert add(tables, "a", 10) == 0
    with tables.session() as session:
        rows = session.query("SELECT * FROM events ORDER BY at_us, event_id")
    assert rows["at_us"].dtype == np.int64
    assert rows["value"].tolist() == [i * 1000 for i in range(10)]
    assert rows["key"][0] is None
    assert rows["key"][1] == MARK
    assert rows["utm"].tolist() == [None] * 10


def test_a_session_sees_its_own_rows_and_another_open_one_does_not(tables: Tables) -> None:
    add(tables, "a", 10)
    with tables.session() as reader, tables.session() as writer:
        parameters = {"tag": "b", "n": 5, "key": MARK}
        writer.append("events", EVENTS, parameters, "import:b")
        assert writer.query("SELECT count(*) AS n FROM events")["n"][0] == 15
        assert reader.query("SELECT count(*) AS n FROM events")["n"][0] == 10


def test_a_commit_is_published_once(tables: Tables) -> None:
    version = add(tables, "a")
    assert tables.committed("events", "import:a")
    assert add(tables, "a") == version
    assert count(tables) == 1000


def test_rows_must_have_exactly_the_tables_columns(tables: Tables) -> None:
    with tables.session() as session, pytest.raises(SettingError, match=r"without \['actor'"):
        session.append("decisions", "SELECT 'd' AS id", None, "run:1")
    with pytest.raises(SettingError, match='table is "event", expected one of events'):
        tables.version("event")


def test_replace_swaps_only_what_satisfies_the_predicate(tables: Tables) -> None:
    add(tables, "a", 30)
    with tables.session() as session:
        session.register("fresh", {"order": ["A0", "A2"]})
        session.replace(
            "events",
            '"order" IN (SELECT "order" FROM fresh) OR utm = \'x\'',  # utm is NULL
            "SELECT * REPLACE (7 AS quantity) FROM events WHERE \"order\" = 'A0'",
            None,
            "import:a2",
        )
        rows = session.query(
            """SELECT "order" AS o, count(*) AS n, CAST(sum(quantity) AS BIGINT) AS q FROM events
               GROUP BY ALL ORDER BY o"""
        )
    got = dict(
        zip(rows["o"], zip(rows["n"].tolist(), rows["q"].tolist(), strict=True), strict=True)
    )
    assert "A2" not in got
    assert got["A0"] == (3, 21)
    assert got["A1"] == (3, 3)
    assert sum(n for n, _ in got.values()) == 27


def test_rows_lie_sorted_on_disk(tables: Tables, tmp_path: Path) -> None:
    add(tables, "a")
    files = str(tmp_path / "events" / "*.parquet")
    got = duckdb.sql(f"SELECT \"key\", at_us, event_id FROM read_parquet('{files}')").fetchall()
    assert got == sorted(got, key=lambda r: (r[0] is not None, r[0] or "", r[1], r[2])) or (
        got == sorted(got, key=lambda r: (r[0] is None, r[0] or "", r[1], r[2]))
    )


def test_floats_never_stand_in_for_integers(tables: Tables) -> None:
    add(tables, "a", 10)
    with tables.session() as session:
        with pytest.raises(SettingError, match="is HUGEINT, expected BIGINT; cast the sum back"):
            session.query('SELECT sum("value") AS v FROM events')
        with pytest.raises(SettingError, match="is NULL in 1 rows, expected a value"):
            session.query("SELECT max(at_us) AS v FROM events WHERE false")
        assert (
            session.query("SELECT 1.5::DOUBLE AS v UNION ALL SELECT NULL ORDER BY 1")["v"].tolist()[
                0
            ]
            == 1.5
        )


def test_registered_columns_come_back_as_they_went(tables: Tables) -> None:
    columns: dict[str, Any] = {
        "i": np.array([1, 2**60], dtype=np.int64),
        "f": np.array([0.5, np.nan]),
        "b": np.array([True, False]),
        "s": np.array(["é", None], dtype=object),
        "t": ["a", "b"],
        "raw": [b"\x00\xff", b""],
    }
    with tables.session() as session:
        session.register("mine", columns)
        got = session.query("SELECT * FROM mine")
    for name, column in columns.items():
        np.testing.assert_array_equal(got[name], np.array(column, dtype=got[name].dtype))
    assert got["i"].dtype == np.int64


# ---------------------------------------------------------------- several at once


def _append_many(folder: Path, who: int) -> None:
    tables = DeltaTables(folder)
    for turn in range(4):
        add(tables, f"{who}-{turn}", 20)


def test_three_processes_append_and_nothing_is_lost(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append_many, args=(tmp_path, who)) for who in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert count(DeltaTables(tmp_path)) == 3 * 4 * 20


def test_the_same_commit_from_two_threads_is_published_once(tables: Tables) -> None:
    barrier = threading.Barrier(2)

    def work() -> None:
        barrier.wait()
        add(tables, "same")

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(tables) == 1000


def test_a_lease_excludes_other_threads_and_lets_its_holder_in_again(opened: Open) -> None:
    tables = opened(lease_wait_s=0.05)
    with tables.lease("events"):
        add(tables, "a", 5)
        refused: list[WorkspaceError] = []

        def other() -> None:
            with pytest.raises(WorkspaceError) as caught, tables.lease("events"):
                pass
            refused.append(caught.value)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert "held by another writer for 0.05 s, expected free" in str(refused[0])
    with tables.lease("events"):
        pass


def test_a_query_whose_file_has_gone_reads_the_new_version(tables: Tables) -> None:
    add(tables, "a")
    with tables.session() as reader:
        assert reader.query("SELECT count(*) AS n FROM events")["n"][0] == 1000
        assert tables.erase("events", {"key": [MARK]}) == 200
        assert reader.query("SELECT count(*) AS n FROM events")["n"][0] == 800


# ---------------------------------------------------------------- erasure


def everything_in(folder: Path) -> bytes:
    """All bytes under a folder, Parquet also decoded."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.append(path.name.encode() + path.read_bytes())
            if ".parquet" in path.name:
                rows = duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()
                found.append(repr(rows).encode())
    return b"\n".join(found)


def test_erasure_leaves_no_byte(tables: Tables, tmp_path: Path) -> None:
    for tag in "abc":
        add(tables, tag)
    event = duckdb.sql("SELECT md5('a1')").fetchall()[0][0]
    before = everything_in(tmp_path / "events")
    assert MARK.encode() in before
    assert event.encode() in before
    with tables.session() as session:  # sessions are written on rows of anybody: take them out too
        session.replace(
            "events", "true", "SELECT * REPLACE (NULL AS session) FROM events", None, "clean"
        )
    assert tables.erase("events", {"key": [MARK]}) == 600
    after = everything_in(tmp_path)
    assert MARK.encode() not in after
    assert event.encode() not in after
    assert count(tables) == 2400
    assert tables.committed("events", "import:a"), "an import stays published"
    assert add(tables, "a") == tables.version("events")


def test_the_log_names_nobody_and_keeps_no_old_version(tables: Tables, tmp_path: Path) -> None:
    for tag in "abc":
        add(tables, tag)
    log = tmp_path / "events" / "_delta_log"
    assert all(MARK not in commit.read_text() for commit in log.glob("*.json"))
    old = {path.name for path in (tmp_path / "events").glob("*.parquet")}
    # What a killed writer and a killed delete leave behind.
    for left in ("part-killed.zstd.parquet", "part-killed.parquet#1"):
        (tmp_path / "events" / left).write_text(MARK)
    tables.erase("events", {"key": [MARK]})
    assert len(list((tmp_path / "events").glob("*.parquet*"))) == 1
    assert len(list(log.glob("*.json"))) <= 2
    for commit in log.glob("*.json"):
        assert not any(name in commit.read_text() for name in old)


def test_a_hidden_person_can_be_erased_and_a_second_call_finds_nobody(opened: Open) -> None:
    add(opened(), "a")
    hiding = opened(hidden=lambda: [MARK])
    assert hiding.erase("events", {"key": [MARK]}) == 200
    assert hiding.erase("events", {"key": [MARK]}) == 0
    assert count(opened()) == 800


def test_order_lines_can_become_anonymous_and_the_totals_stay(
    tables: Tables, tmp_path: Path
) -> None:
    add(tables, "a")
    total = """SELECT CAST(sum("value") AS BIGINT) AS v, count(*) AS n FROM events"""
    with tables.session() as session:
        before = session.query(total)
    anonymous = """
        SELECT * REPLACE (md5($seed || row_number() OVER (ORDER BY event_id)::VARCHAR) AS event_id,
                          NULL AS "key", NULL AS session, NULL AS "order", NULL AS country)
        FROM gone
    """
    assert tables.erase("events", {"key": [MARK]}, anonymous, {"seed": "s"}) == 200
    with tables.session() as session:
        assert session.query(total) == before
        assert (
            len(session.query('SELECT 1 AS x FROM events WHERE "key" = $k', {"k": MARK})["x"]) == 0
        )
    names = [path.name for path in (tmp_path / "events").glob("*.parquet")]
    assert len(names) == 1


def test_rows_are_found_by_several_columns_and_values_are_never_sql(tables: Tables) -> None:
    rows: dict[str, Any] = {
        "import_id": ["i", "i", "j"], "source": ["s"] * 3, "file": ["f.csv"] * 3, "row": [1, 2, 1],
        "reason": ["unreadable"] * 3, "raw": [b"x"] * 3,
    }  # fmt: skip
    with tables.session() as session:
        session.register("rows", rows)
        session.append("quarantine", "SELECT * FROM rows", None, "import:i")
    assert tables.erase("quarantine", {"import_id": ["i', 'j"], "row": [1]}) == 0
    assert tables.erase("quarantine", {"import_id": ["i"], "row": [1]}) == 1
    with tables.session() as session:
        left = session.query('SELECT import_id, "row" AS r FROM quarantine ORDER BY ALL')
    assert left["import_id"].tolist() == ["i", "j"]
    assert left["r"].tolist() == [2, 1]
    with pytest.raises(SettingError, match="a column of the table"):
        tables.erase("quarantine", {"key": ["k"]})


def test_a_session_begins_with_the_newest_tables_and_with_nothing_of_the_one_before(
    opened: Open, tmp_path: Path
) -> None:
    hidden: list[str] = []
    tables, other = opened(hidden=lambda: hidden), opened()
    add(tables, "a", n=10)
    (tmp_path / "lines.csv").write_text("a\n1\n", "utf-8")
    with tables.session() as session:
        session.execute("CREATE TEMP TABLE mine AS SELECT 1 AS x")
        session.register("given", {"x": [1]})
        session.read_file("raw", tmp_path / "lines.csv", {})
    for name in ("mine", "given", "raw"):
        with tables.session() as session, pytest.raises(duckdb.Error):
            session.query(f"SELECT * FROM {name}")
    add(other, "b", n=10)  # as another process would
    assert count(tables) == 20
    hidden.append(MARK)
    assert count(tables) == 16
    hidden.clear()
    assert count(tables) == 20
    other.erase("events", {"key": [MARK]})
    assert count(tables) == 16
    with tables.session() as first, tables.session() as second:
        first.execute("CREATE TEMP TABLE mine AS SELECT 1 AS x")
        with pytest.raises(duckdb.Error):
            second.query("SELECT * FROM mine")
        assert len(list((tmp_path / "scratch").glob("*.lock"))) >= 2
    tables.close()
    other.close()
    assert list((tmp_path / "scratch").glob("*.lock")) == [], "nothing is held any more"


def test_hidden_people_are_in_no_read_and_still_stored(opened: Open) -> None:
    hidden: list[str] = []
    tables = opened(hidden=lambda: hidden)
    add(tables, "a")
    hidden.append(MARK)
    assert count(tables) == 800, "lines without a person stay"
    with tables.session() as session:  # a writer that rewrites the table loses nobody
        session.replace("events", "\"order\" = 'A0'", "SELECT * FROM events LIMIT 0", None, "r")
    hidden.clear()
    assert count(tables) == 997


# ---------------------------------------------------------------- a question somebody typed


def test_whoever_asks_does_not_wait_for_a_question_that_does_not_stop(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`repeat('x', 2000000000)` is one piece of work to DuckDB: 22 s, whatever its bound."""
    monkeypatch.setattr(delta, "STOPPING_S", 0.01)
    goes_on, closed = threading.Event(), threading.Event()

    def for_long() -> Answer:
        goes_on.wait(60)
        return Answer({}, more=False)

    asked = delta._Apart(for_long, closed.set)
    with pytest.raises(SettingError, match=r"still running after 0\.01 s"):
        asked.answer((), 0.01)
    with pytest.raises(RefusedError, match="still being stopped"):
        tables.sql("SELECT 1", 3, 5)
    assert not closed.is_set(), "what it reads stays open for as long as it is read"
    goes_on.set()
    assert closed.wait(60)
    while (left := delta._Apart._left) and left.is_alive():
        left.join()
    assert not tables.sql("SELECT 1", 3, 5).more


def test_a_question_is_answered_within_its_bound(tables: Tables) -> None:
    add(tables, "a", 10)
    answer = tables.sql(
        "SELECT at_us, utm, sum(value) AS v FROM events GROUP BY ALL ORDER BY 1", 3, 5
    )
    assert answer.more
    assert answer.columns["at_us"].tolist() == [0, 1, 2]
    assert answer.columns["v"].tolist() == [0, 1000, 2000]
    assert answer.columns["utm"].tolist() == [None] * 3
    assert not tables.sql("SELECT 1 AS x", 3, 5).more
    assert tables.sql("DESCRIBE events", 100, 5).columns["column_name"].tolist() == list(
        SCHEMAS["events"]
    )


@pytest.mark.parametrize(
    "attack",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO 'out.csv'",
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY (SELECT 1) TO 'out.csv'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW events",
        "DELETE FROM events",
        "PRAGMA enable_profiling",
        "EXPLAIN ANALYZE SELECT 1",
        "EXPORT DATABASE 'x'",
        "",
        # What DuckDB tells of itself and of the machine.
        "SELECT current_setting('temp_directory')",
        "SELECT list_transform(['allowed_paths'], x -> current_setting(x))",
        "SELECT 1 FROM events ORDER BY Current_Setting('TimeZone')",
        "SELECT system.main.current_setting('TimeZone')",
        "DESCRIBE SELECT current_setting('TimeZone')",
        "SELECT getvariable('files')",
        "SELECT getenv('PATH')",
        "SELECT version()",
        "SELECT current_query()",
        "SELECT write_log('x')",
        "SELECT pg_get_viewdef(1)",
        "SELECT sleep_ms(1)",
        "FROM duckdb_settings()",
        "FROM duckdb_settings",
        "FROM pg_catalog.pg_settings",
        "FROM information_schema.tables",
        "FROM sqlite_master",
        "FROM duckdb_variables()",
        "FROM duckdb_views()",
        "FROM duckdb_databases()",
        "FROM duckdb_memory()",
        "FROM duckdb_temporary_files()",
        "FROM duckdb_logs()",
        "FROM duckdb_secrets()",
        "FROM duckdb_extensions()",
        "FROM pragma_version()",
        "FROM pragma_user_agent()",
        "SHOW ALL TABLES",
        "SELECT * FROM (SHOW TABLES)",
        "FROM query('SELECT 1')",
        "FROM query_table('events')",
        "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
        "FROM arrow_scan(1, 2, 3)",
        # What another query's name hides.
        "FROM hidden_people",
        "SELECT 1 WHERE EXISTS (FROM hidden_people)",
        "DESCRIBE hidden_people",
        "WITH hidden_people AS (FROM hidden_people) FROM hidden_people",
        "WITH RECURSIVE hidden_people AS (FROM hidden_people UNION FROM hidden_people)"
        " FROM hidden_people",
        "SELECT (WITH hidden_people AS (SELECT 1) SELECT 1), key FROM hidden_people",
        "SELECT " + " + ".join(["1"] * 900),
    ],
)
def test_a_question_reaches_nothing_but_the_tables(tables: Tables, attack: str) -> None:
    add(tables, "a", 10)
    with pytest.raises((RefusedError, SettingError)):
        tables.sql(attack, 10, 5)
    assert count(tables) == 10


def test_rows_on_their_way_out_are_not_read_from_the_files(opened: Open) -> None:
    add(opened(), "a", 10)
    tables = opened(hidden=lambda: [MARK])
    files = tables.newest_files("events")  # type: ignore[attr-defined]
    assert files and MARK not in tables.sql("FROM events", 20, 5).columns["key"].tolist()
    for path in files:
        for reader in (f"read_parquet('{path}')", f"parquet_metadata('{path}')", f"'{path}'"):
            with pytest.raises((RefusedError, SettingError)):
                tables.sql(f"FROM {reader}", 20, 5)


@pytest.mark.parametrize(
    "asked",
    [
        "WITH a AS (FROM events), b AS (SELECT key FROM a) SELECT * FROM b JOIN decisions d"
        " ON b.key = d.subject",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4)"
        " SELECT sum(i) FROM n",
        "SELECT kind, grouping(kind), count(*) FILTER (kind = 'order'), median(value),"
        " list(item ORDER BY at_us), strftime(make_timestamp(max(at_us)), '%Y-%m'),"
        " date_trunc('month', now()), extract(year FROM current_date), coalesce(kind, 'x') || 'y',"
        " regexp_replace(kind, 'a', 'b'), list_transform([1], x -> x + 1), {'a': 1}.a,"
        " round(1.5, 0), 5 // 2, try_cast('a' AS INT), split_part('a-b', '-', 1),"
        " kind LIKE 'o%', timezone('Europe/Paris', make_timestamptz(0))"
        " FROM events GROUP BY ROLLUP (kind)",
        "SELECT row_number() OVER (ORDER BY at_us), lag(at_us) OVER (), attributes->>'a'"
        " FROM Events e, range(2), unnest([1, 2]) WHERE e.key IN (SELECT subject FROM decisions)",
        "FROM (PIVOT events ON kind IN ('order') USING count(*))",
        "SUMMARIZE events",
        "SELECT " + " AND ".join(["1 = 1"] * 900) + " AS is_so",
    ],
)
def test_whatever_else_is_a_question_is_answered(tables: Tables, asked: str) -> None:
    add(tables, "a", 10)
    assert tables.sql(asked, 50, 5).columns


def test_an_instant_with_a_zone_is_answered_as_text(tables: Tables) -> None:
    instant = "make_timestamptz(0)"
    answer = tables.sql(f'SELECT {instant} AS "a ""b", [{instant}] AS c', 1, 5)
    told = {name: str(one[0]) for name, one in answer.columns.items()}
    assert list(told) == ['a "b', "c"] and all("1970-01-01" in one for one in told.values())


def test_a_python_variable_is_no_table(tables: Tables) -> None:
    secrets = np.array([1])
    assert len(secrets) == 1
    with pytest.raises(SettingError, match="does not exist"):
        tables.sql("SELECT * FROM secrets", 10, 5)
    with pytest.raises(SettingError, match="is not understood"):
        tables.sql("SELEC 1", 10, 5)


def test_an_endless_question_is_stopped(tables: Tables) -> None:
    started = time.monotonic()
    with pytest.raises(SettingError, match=r"still running after 0\.3 s"):
        tables.sql("SELECT count(*) FROM range(100000000) a, range(100000000) b", 10, 0.3)
    assert time.monotonic() - started < 5


def test_an_answer_is_weighed_before_it_is_given(tables: Tables) -> None:
    add(tables, "a", 10)
    with pytest.raises(RefusedError, match=r"answered by .* bytes, expected at most"):
        tables.sql("SELECT list(i) AS all_of_them FROM range(10000000) t(i)", 1, 20)
    with pytest.raises((RefusedError, SettingError), match=r"too large for its memory|20 s"):
        tables.sql("SELECT list(i) AS all_of_them FROM range(400000000) t(i)", 1, 20)
    answer = tables.sql("SELECT 'a' AS x, 'b' AS x, NULL AS y, 2::HUGEINT AS z", 1, 5)
    assert {name: one.tolist() for name, one in answer.columns.items()} == {
        "x": ["a"], "x_1": ["b"], "y": [None], "z": [2],
    }  # fmt: skip


def test_what_a_killed_process_spilled_is_swept(
    tables: Tables, opened: Open, tmp_path: Path
) -> None:
    left = tmp_path / "scratch" / ("0" * 32)
    left.mkdir()
    (left / "spilled.tmp").write_text(MARK)
    with tables.session() as session:
        alive = [p for p in (tmp_path / "scratch").iterdir() if p.is_dir() and p != left]
        opened()
        assert not left.exists()
        assert all(path.exists() for path in alive)
        session.query("SELECT 1 AS x")


def made_rows(*runs: int) -> dict[str, Any]:
    """Decisions of these runs, one each, as columns."""
    rows: dict[str, Any] = {
        name: [f"{name}{run}" for run in runs]
        for name, kind in SCHEMAS["decisions"].items()
        if kind == "VARCHAR"
    }
    rows |= {name: np.array(runs, dtype=np.int64) for name in ("run", "at_us", "seed")}
    return rows | {"propensity": [run / 10 for run in runs], "campaign": [None] * len(runs)}


def test_batches_made_here_are_one_commit_each_published_once(tmp_path: Path) -> None:
    tables = DeltaTables(tmp_path)
    with tables.session() as session:
        first = session.append_columns("decisions", {"c1": made_rows(1, 2), "c2": made_rows(3)})
        assert first == 0 == tables.version("decisions")
        # Published names change nothing, and do not keep out a new one beside them.
        assert session.append_columns("decisions", {"c1": made_rows(1), "c2": made_rows(3)}) == 0
        assert session.append_columns("decisions", {"c2": made_rows(3), "c3": made_rows(4)}) == 1
        found = session.query("SELECT * FROM decisions ORDER BY run")
    assert [tables.committed("decisions", f"c{n}") for n in (1, 2, 3, 4)] == [True] * 3 + [False]
    assert found["run"].tolist() == [1, 2, 3, 4]
    assert found["id"].tolist() == ["id1", "id2", "id3", "id4"]
    assert found["propensity"].tolist() == [0.1, 0.2, 0.3, 0.4]
    assert found["campaign"].tolist() == [None] * 4
