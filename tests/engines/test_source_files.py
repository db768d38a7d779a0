"""Files that people bring: every line is a row or is set aside with its number and its text."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from regie.engines.delta import DeltaTables
from regie.engines.source_files import layout, reading, text
from regie.terms.errors import ColumnError, FileError, SettingError

RETAIL = Path(reading.__file__).parents[2] / "shipped/online_retail/online_retail.parquet"


def read(path: Path, **options: Any) -> list[tuple[Any, ...]]:
    con = duckdb.connect(config={"threads": 2})
    reading.read_source(con, "t", path, options)
    rows = con.table("t").order("row").fetchall()
    con.close()
    assert all((row[-1] is None) == (row[-2] is None) for row in rows)
    return [row[:-1] for row in rows]  # `aside` has tests of its own


def read_bytes(folder: Path, content: bytes, name: str = "f.csv", **options: Any) -> Any:
    path = folder / name
    path.write_bytes(content)
    return read(path, **options)


def test_a_broken_line_is_set_aside_and_costs_no_other(tmp_path: Path) -> None:
    content = (
        b'id;name;v\n1;a;2\n2;"x;3\n3;c\n\n4;"d\ne";5\n5;\xff;1\n6;;7\n7;"a"b;1\n8;a;b;c\n9;\0;1\n'
        b"10;\xc3\xa9;1"
    )
    assert read_bytes(tmp_path, content) == [
        ("1", "a", "2", 2, None),
        (None, None, None, 3, '2;"x;3'),
        (None, None, None, 4, "3;c"),
        ("4", "d\ne", "5", 6, None),
        (None, None, None, 8, r"5;\xff;1"),
        ("6", None, "7", 9, None),
        (None, None, None, 10, '7;"a"b;1'),
        (None, None, None, 11, "8;a;b;c"),
        (None, None, None, 12, r"9;\x00;1"),
        ("10", "é", "1", 13, None),
    ]


def test_a_quote_that_never_closes_costs_one_line(tmp_path: Path) -> None:
    lines = [b"id,v", b'0,"open'] + [b"%d,x" % i for i in range(1, 3000)]
    rows = read_bytes(tmp_path, b"\n".join(lines))
    assert len(rows) == 3000
    assert rows[0] == (None, None, 2, '0,"open')
    assert [row for row in rows if row[-1] is not None] == rows[:1]
    # Not even when a quote far below would close it: a thousand rows are no field.
    lines[1000] = b'999,x"'
    assert len(read_bytes(tmp_path, b"\n".join(lines))) == 3000


def test_blank_lines_and_fields_over_lines_keep_every_number_right(tmp_path: Path) -> None:
    content = b'a,b\n1,2\n\n3,"x\ny"\n4,5\n'
    assert read_bytes(tmp_path, content) == [
        ("1", "2", 2, None),
        ("3", "x\ny", 4, None),
        ("4", "5", 6, None),
    ]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_and_line_ends_are_found(tmp_path: Path, mark: str, end: str) -> None:
    content = end.join([f"id{mark}v", f"1{mark}a b", f'2{mark}"x{mark}y"']).encode()
    assert read_bytes(tmp_path, content) == [("1", "a b", 2, None), ("2", f"x{mark}y", 3, None)]


def test_encodings_marks_and_headers(tmp_path: Path) -> None:
    text = "clé;v\né;1\n"
    assert read_bytes(tmp_path, text.encode("utf-8-sig")) == [("é", "1", 2, None)]
    assert read_bytes(tmp_path, text.encode("utf-16")) == [("é", "1", 2, None)]
    assert read_bytes(tmp_path, text.encode("cp1252"), encoding="cp1252") == [("é", "1", 2, None)]
    assert read_bytes(tmp_path, b"1,2\n3,4", header=False) == [
        ("1", "2", 1, None),
        ("3", "4", 2, None),
    ]
    with pytest.raises(SettingError, match='"klingon", expected a known encoding'):
        read_bytes(tmp_path, b"a,b\n", encoding="klingon")


def test_columns_named_like_ours_or_not_at_all_keep_a_name(tmp_path: Path) -> None:
    con = duckdb.connect()
    (tmp_path / "f.csv").write_text("Row, id ,,unreadable\n1,2,3,4\n")
    reading.read_source(con, "t", tmp_path / "f.csv", {})
    assert con.table("t").columns == [
        "Row_",
        "id",
        "column3",
        "unreadable_",
        "row",
        "unreadable",
        "aside",
    ]
    assert con.table("t").fetchall() == [("1", "2", "3", "4", 2, None, None)]
    con.execute('COPY (SELECT 5 AS "row", 6 AS v) TO $f', {"f": str(tmp_path / "f.parquet")})
    reading.read_source(con, "p", tmp_path / "f.parquet", {})
    assert con.table("p").columns == ["row_", "v", "row", "unreadable", "aside"]
    assert con.table("p").fetchall() == [(5, 6, 1, None, None)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("f.csv", b"", r"f\.csv is empty, expected a header and rows; export the file again"),
        ("f.csv", b"\n \n", r"f\.csv is blank, expected a header and rows"),
        ("f.csv", b"PK\x03\x04\n\0\0", r"f\.csv is not a workbook inside, expected an Excel"),
        ("f.csv", b"\x7fELF\2\1\1\0\n", r"f\.csv is binary, expected lines of text"),
        ("f.csv", b'"a,b\n1,2', r'f\.csv row 1 is ""a,b", expected a header'),
        ("f.parquet", b"a,b\n1,2\n", r"f\.parquet is not Parquet inside, expected a Parquet"),
        ("f.xlsx", b"a,b\n1,2\n", r"f\.xlsx is not a workbook inside, expected an Excel"),
        ("f.pdf", b"%PDF", r"f\.pdf is a PDF document, expected CSV, TSV, JSON lines,"),
        ("f.doc", b"a,b", r'f\.doc is a file ending in "\.doc", expected CSV, TSV, JSON lines,'),
    ],
)
def test_a_file_that_is_none_says_so(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(FileError, match=message):
        read_bytes(tmp_path, content, name)


def test_missing_files_folders_and_doubled_columns_say_so(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"no\.csv is not there, expected a file; check the path"):
        read(tmp_path / "no.csv")
    with pytest.raises(FileError, match="is a folder, expected a file"):
        read(tmp_path)
    with pytest.raises(ColumnError, match=r'f\.csv row 1, column "ID" is there twice \("id"'):
        read_bytes(tmp_path, b"id,v,ID\n1,2,3\n")


def test_a_header_alone_is_no_rows(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b"id,v\n") == []
    assert read_bytes(tmp_path, b"id,v") == []


def test_excel_comes_as_text_with_iso_dates_and_its_own_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Orders")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for place, name in enumerate(["id", "day", "at", "price", "name"]):
        sheet.write(0, place, name)
    sheet.write(1, 0, 536365)
    sheet.write_datetime(1, 1, date(2011, 6, 9), day)
    sheet.write_datetime(1, 2, datetime.fromisoformat("2011-06-09T08:26"), moment)
    sheet.write(1, 3, 2.55)
    sheet.write(1, 4, " Ada ")
    sheet.write(3, 0, "C536379")
    book.add_worksheet("Other").write(0, 0, "x")
    book.close()
    assert read(path) == [
        ("536365", "2011-06-09", "2011-06-09T08:26:00", "2.55", "Ada", 2, None),
        ("C536379", None, None, None, None, 4, None),
    ]
    assert read(path, sheet="Other") == []
    with pytest.raises(SettingError, match='"Third", expected one of Orders, Other'):
        read(path, sheet="Third")


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    con = duckdb.connect()
    reading.read_source(con, "t", RETAIL, {})
    assert con.sql(
        "SELECT count(*), min(row), max(row), typeof(any_value(Quantity)) FROM t"
    ).fetchall() == [(541909, 1, 541909, "DOUBLE")]


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=8), st.sampled_from(",;\t|"))
def test_both_ways_of_reading_a_clean_file_agree(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], mark: str
) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=mark, lineterminator="\n").writerows([("a", "b", "c"), *rows])
    path = tmp_path_factory.mktemp("csv") / "f.csv"
    path.write_text(written.getvalue(), "utf-8")
    fast = read(path)
    lines = layout.Lines(text.text_lines(path, False, "utf-8"))
    careful = [
        (*(field or None for field in one.fields), one.row, one.unreadable)
        for one in layout.mark_footer(layout.split(lines, mark), mark, 3)
    ][1:]
    assert fast == careful
    assert [row[:3] for row in fast] == [tuple(cell or None for cell in row) for row in rows]


def test_a_session_reads_a_file_into_a_relation(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("id,day\n1,2011-06-09\n")
    with DeltaTables(tmp_path / "ws").session() as session:
        session.read_file("brought", tmp_path / "f.csv", {})
        got = session.query('SELECT id, CAST("day" AS DATE) AS d, "row" AS r FROM brought')
    assert got["r"].tolist() == [2]
    assert str(got["d"][0])[:10] == "2011-06-09"
