"""Every form a table comes in is read, and what was found in it is told."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from regie.engines.source_files import (
    contents,
    json_lines,
    layout,
    reading,
    records,
    text,
    workbooks,
)
from regie.engines.source_files.reading import read_source
from regie.ports.source import Line, SourceForm
from regie.terms.errors import ColumnError, FileError

TABLE = "id;name;price\n" + "".join(f"{n};Café {n};{n},50\n" for n in range(1, 6))
ROWS = [(str(n), f"Café {n}", f"{n},50") for n in range(1, 6)]
Rows = list[tuple[Any, ...]]


def brought(path: Path, content: bytes | None = None, **options: Any) -> tuple[SourceForm, Rows]:
    if content is not None:
        path.write_bytes(content)
    con = duckdb.connect(config={"threads": 2})
    form = reading.read_source(con, "t", path, options)
    rows = con.table("t").order("row").fetchall()
    con.close()
    return form, rows


def cells(rows: Rows) -> Rows:
    return [row[:-3] for row in rows]


def aside(rows: Rows) -> Rows:
    return [row[-3:] for row in rows if row[-1] is not None]


# ---- encodings


@pytest.mark.parametrize(
    ("encoded", "told"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("utf-32", "utf-32"),
        ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be"), ("cp1252", "cp1252"),
        ("latin-1", "cp1252"), ("mac_roman", "mac_roman"), ("cp850", "cp850"),
    ],
)  # fmt: skip
def test_an_encoding_is_found_in_the_bytes(tmp_path: Path, encoded: str, told: str) -> None:
    form, rows = brought(tmp_path / "f.csv", TABLE.encode(encoded))
    assert (form.encoding, cells(rows)) == (told, ROWS)


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("książka;miłość;Łódź;bułka;żółć", "cp1250"),
        ("Dvořák;Čech;knížka;šálek;kůň;příliš", "cp1250"),
        ("Ľubica;čaša;mäso;žena;dážď;košeľa", "cp1250"),
        ("émaillée;12 m³;œuf;ça;Noël;être", "cp1252"),
        ("Dušan;crème;frère;brûlée;à la fête;ça", "cp1252"),
        ("perché;città;così;più;però", "cp1252"),
        ("rødgrød;fløde;æble;å", "cp1252"),
        ("¿Qué tal?;niño;mañana;corazón", "cp1252"),
        ("äiti;pöytä;šakki;Žanna;työ;hän;yö", "cp1252"),
    ],
)
def test_polish_and_czech_are_told_from_western_text_by_their_letters(
    tmp_path: Path, text: str, encoded: str
) -> None:
    form, rows = brought(
        tmp_path / "f.csv", f"id;name\n1;{text.replace(';', ' ')}\n".encode(encoded)
    )
    assert (form.encoding, rows[0][1]) == (encoded, text.replace(";", " "))


def test_an_accent_in_the_last_line_is_seen(tmp_path: Path) -> None:
    lines = ["id,name", *(f"{n},plain" for n in range(60_000)), "x,Orléans"]
    form, rows = brought(tmp_path / "f.csv", "\n".join(lines).encode("cp1252"))
    assert form.encoding == "cp1252"
    assert rows[-1][:3] == ("x", "Orléans", 60_002)


def test_pound_signs_are_no_accents(tmp_path: Path) -> None:
    lines = ["id,name", *(f"{n},COST £{n}" for n in range(30)), "x,Café"]
    form, _ = brought(tmp_path / "f.csv", "\n".join(lines).encode("cp1252"))
    assert form.encoding == "cp1252"


def test_an_alphabet_that_cannot_be_told_is_refused_not_guessed(tmp_path: Path) -> None:
    content = ("id;город\n" + "1;Санкт-Петербург\n" * 9).encode("cp1251")
    with pytest.raises(FileError, match=r"f\.csv is in an encoding that cannot be told, expected"):
        brought(tmp_path / "f.csv", content)
    assert brought(tmp_path / "f.csv", content, encoding="cp1251")[0].columns == ("id", "город")


def test_lines_of_another_encoding_are_set_aside_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = [b"id;city", *("1;Orléans".encode() for _ in range(3)), "2;Nîmes".encode("cp1252")]
    form, rows = brought(tmp_path / "f.csv", b"\n".join(lines))
    assert (form.encoding, form.undecoded) == ("utf-8", 1)
    assert cells(rows)[:3] == [("1", "Orléans")] * 3
    assert aside(rows) == [(5, r"2;N\xeemes", "text")]


def test_text_decoded_wrongly_once_is_named_and_left_alone(tmp_path: Path) -> None:
    content = "id;city\n1;Orléans\n2;NÃ®mes\n3;SÃO PAULO\n4;lâ€™HaÃ¿\n".encode()
    form, rows = brought(tmp_path / "f.csv", content)
    (found,) = form.mojibake
    assert (found.column, found.row, found.found, found.meant) == ("city", 3, "NÃ®mes", "Nîmes")
    assert found.rows == 2
    assert cells(rows)[1] == ("2", "NÃ®mes")
    assert brought(tmp_path / "f.csv", TABLE.encode())[0].mojibake == ()


def test_half_a_letter_at_the_end_costs_its_line(tmp_path: Path) -> None:
    for encoded in ("utf-16-le", "utf-16"):
        form, rows = brought(tmp_path / "f.csv", TABLE.encode(encoded)[:-3])
        assert cells(rows)[:4] == ROWS[:4]
        assert form.undecoded == 1


# ---- layout


def test_a_delimiter_is_found_over_the_first_lines(tmp_path: Path) -> None:
    content = b"a, b and c;d\n1,5;2\n2,5;3\n"  # the header alone holds as many commas
    form, rows = brought(tmp_path / "f.csv", content)
    assert (form.delimiter, cells(rows)) == (";", [("1,5", "2"), ("2,5", "3")])
    assert form.decimals == {"a, b and c": ","}


def test_titles_above_and_totals_below_are_told_and_no_row_is_lost(tmp_path: Path) -> None:
    before = "Sales report;;\nPeriod: June\n\n"
    after = "\nTotal;;17,50\nExported on 2011-06-30 by Ada\n"
    form, rows = brought(tmp_path / "f.csv", (before + TABLE + after).encode())
    assert form.header_row == 4
    assert form.preamble == (Line(1, "Sales report;;"), Line(2, "Period: June"))
    assert form.footer == (Line(11, "Total;;17,50"), Line(12, "Exported on 2011-06-30 by Ada"))
    assert cells(rows)[:5] == ROWS
    assert [row[-3] for row in rows] == [5, 6, 7, 8, 9, 11, 12]
    assert aside(rows) == [(line.row, line.text, "footer") for line in form.footer]


def test_a_total_in_a_clean_file_is_no_row_of_it(tmp_path: Path) -> None:
    form, rows = brought(tmp_path / "f.csv", (TABLE + "Total;;17,50\n").encode())
    assert form.footer == (Line(7, "Total;;17,50"),)
    assert cells(rows)[:5] == ROWS


def test_what_only_looks_like_a_title_or_a_total_is_a_row(tmp_path: Path) -> None:
    goods = "id;name;price\nT1;Total Gym;9,00\nTotal;Gym;9,00\n"
    assert brought(tmp_path / "f.csv", goods.encode())[0].footer == ()
    # A last line cut short is a row that cannot be read, not a footer.
    form, rows = brought(tmp_path / "f.csv", TABLE.encode()[:-6])
    assert form.footer == ()
    assert aside(rows) == [(6, "5;Café 5", "row")]
    # Rows longer than the header are set aside, and the header stays the header.
    form, rows = brought(tmp_path / "f.csv", b"id;name\n1;a;x\n2;b;y\n")
    assert (form.columns, form.preamble, len(aside(rows))) == (("id", "name"), (), 2)


@pytest.mark.parametrize("last", ["3;c;\n", '"3";"c\nd";\n'])
def test_a_delimiter_at_the_end_of_every_row_is_no_cell(tmp_path: Path, last: str) -> None:
    _, rows = brought(tmp_path / "f.csv", ("id;name\n1;a;\n2;b;\n" + last).encode())
    assert [row[0] for row in cells(rows)] == ["1", "2", "3"]


def test_excel_says_its_delimiter_in_the_first_line(tmp_path: Path) -> None:
    form, rows = brought(tmp_path / "f.csv", b"sep=|\nid|a,b\n1|2,3\n")
    assert (form.delimiter, form.header_row, cells(rows)) == ("|", 2, [("1", "2,3")])


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        (["2,55", "3"], ","), (["2.55", "3"], "."), (["1.234,50", "2,00"], ","),
        (["1,234.50", "2.00"], "."), (["1\u202f234,50 €", "2,00 €"], ","), (["1,234", "5"], None),
        (["2,5", "a", "b"], None), (["12", "13"], None),
    ],
)  # fmt: skip
def test_the_decimal_mark_of_a_column_is_told(
    tmp_path: Path, values: list[str], mark: str | None
) -> None:
    content = "id;v\n" + "".join(f"a;{value}\n" for value in values)
    form, _ = brought(tmp_path / "f.csv", content.encode())
    assert form.decimals.get("v") == mark


def test_a_column_may_be_called_anything(tmp_path: Path) -> None:
    content = 'Réf. 5"";"a.b";"x""y";ligne\n1;2;3;4\n'
    form, rows = brought(tmp_path / "f.csv", content.encode())
    assert (form.columns[1:], cells(rows)[0][1:]) == (("a.b", 'x"y', "ligne"), ("2", "3", "4"))


# ---- JSON


@pytest.mark.parametrize("form", ["{}\n{}\n{}\n", "[{}, {}, {}]"])
def test_an_object_that_has_a_name_twice_is_set_aside_whole(tmp_path: Path, form: str) -> None:
    """Which of two prices is meant nobody says; a list of objects has a name twice by right."""
    twice = '{"id": 1, "price": 2.5, "price": 3.5}'
    within = '{"id": 2, "price": 2.5, "of": {"a": 1, "a" : 2}}'
    well = r'{"id": 3, "price": 2.5, "of": [{"a": 1}, {"a": 2}], "text": "as \"a\": b"}'
    _, rows = brought(tmp_path / "f.json", form.format(twice, within, well).encode())
    by_row = {row[-3]: row for row in rows}
    assert [by_row[n][-1] for n in (1, 2, 3)] == ["row", "row", None]
    assert by_row[1][-2] == twice and by_row[3][:2] == ("3", "2.5")


def test_json_lines_become_columns_and_nothing_is_rounded(tmp_path: Path) -> None:
    content = (
        '{"id": 1, "at": {"city": "Nîmes", "geo": {"lat": 43.8}}, "tags": ["a", 2.50]}\n\n'
        '{"id": 12345678901234567890, "price": 1.10, "ok": true, "none": null}\n'
        "not json\n[1]\n"
        '{"id": "\\u0000"}\n'
    )
    form, rows = brought(tmp_path / "f.jsonl", content.encode())
    assert form.kind == "json"
    assert form.columns == ("id", "at.city", "at.geo.lat", "tags", "price", "ok", "none")
    assert cells(rows)[:2] == [
        ("1", "Nîmes", "43.8", '["a",2.50]', None, None, None),
        ("12345678901234567890", None, None, None, "1.10", "true", None),
    ]
    assert [(row, why) for row, _, why in aside(rows)] == [(4, "row"), (5, "row"), (6, "row")]


def test_an_array_of_objects_reads_as_its_lines_do(tmp_path: Path) -> None:
    objects = [{"id": n, "name": f"Café {n}"} for n in range(5)]
    array, lines = json.dumps(objects), "\n".join(map(json.dumps, objects))
    _, of_array = brought(tmp_path / "a.json", array.encode("utf-8"))
    _, of_lines = brought(tmp_path / "l.ndjson", lines.encode("utf-8"))
    assert of_array == of_lines
    assert len(of_lines) == 5


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\n \n", "blank"), (b"[1, 2]", "without an object"), (b'{\n "a": 1\n}', "without an obj"),
        (b'[{"a": 1}', "no JSON"), (b"[" * 100_000, "no JSON"), (b'"text"', "without an object"),
    ],
)  # fmt: skip
def test_json_that_is_no_table_says_so(tmp_path: Path, content: bytes, found: str) -> None:
    with pytest.raises(FileError, match=rf"f\.json is {found}.*, expected one object a line, or"):
        brought(tmp_path / "f.json", content)


# ---- gzip and workbooks


@pytest.mark.parametrize("ending", ["csv", "tsv", "txt", "jsonl"])
def test_gzip_of_text_reads_as_the_text(tmp_path: Path, ending: str) -> None:
    content = TABLE.encode() if ending != "jsonl" else b'{"a": "1"}\n{"a": "2"}\n'
    plain, rows = brought(tmp_path / f"f.{ending}", content)
    packed, same = brought(tmp_path / f"f.{ending}.gz", gzip.compress(content))
    assert rows == same
    assert (plain.compressed, packed.compressed) == (False, True)


def test_gzip_cut_or_damaged_says_so(tmp_path: Path) -> None:
    packed = gzip.compress(TABLE.encode() * 50)
    with pytest.raises(FileError, match=r"f\.csv\.gz is cut short, expected a whole gzip file;"):
        brought(tmp_path / "f.csv.gz", packed[:-20])
    with pytest.raises(FileError, match=r"f\.csv\.gz is damaged, expected a gzip file; send or"):
        brought(tmp_path / "f.csv.gz", packed[:-8] + b"\0" * 8)
    with pytest.raises(FileError, match="gzip around Parquet, expected CSV"):
        brought(tmp_path / "f.parquet.gz", gzip.compress(b"PAR1" + b"\0" * 50))


def test_a_gzip_bomb_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "f.csv.gz", "wb") as file:
        for _ in range(300):
            file.write(b"a,b\n" * 250_000)
    tracemalloc.start()
    with pytest.raises(FileError, match=r"f\.csv\.gz is packed so that it unpacks to more than"):
        brought(tmp_path / "f.csv.gz")
    assert tracemalloc.get_traced_memory()[1] < 30 << 20
    tracemalloc.stop()


def workbook(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Sales")
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return path


def test_a_workbook_with_a_title_and_a_total(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Sales"],
        [],
        ["id", "name", "price"],
        ["A1", "Cup", 2.5],
        [],
        ["Total", None, 2.5],
    ]
    form, found = brought(workbook(tmp_path / "f.xlsx", rows))
    assert (form.kind, form.sheet, form.header_row) == ("excel", "Sales", 3)
    assert form.preamble == (Line(1, "Sales"),)
    assert found[0] == ("A1", "Cup", "2.5", 4, None, None)
    assert [(row, why) for row, _, why in aside(found)] == [(6, "footer")]


def test_a_workbook_by_another_name_is_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", [["id"], ["1"]])
    assert brought(path.rename(tmp_path / "f.csv"))[0].kind == "excel"


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", [["id"], ["1"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros", b"\0" * (80 << 20))
    with pytest.raises(FileError, match=r"f\.xlsx is packed so that it unpacks to more than 64 MB"):
        brought(path)


def test_a_zip_that_lies_of_its_sizes_is_measured(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", [["id"], ["1"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros", b"\0" * (80 << 20))
    content = path.read_bytes().replace((80 << 20).to_bytes(4, "little"), b"\x09\0\0\0")
    with pytest.raises(FileError, match="is packed so that it unpacks to more than 64 MB"):
        brought(path, content)


def test_a_cell_far_away_fills_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "id")
        sheet.write(1_048_575, 16_383, "x")
    with pytest.raises(FileError, match=r"f\.xlsx is a sheet of \d+ cells, .*; delete what stands"):
        brought(path)


def test_a_cell_of_megabytes_fills_no_memory(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", [["id"], ["1"]])
    again = tmp_path / "g.xlsx"
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(again, "w", zipfile.ZIP_STORED) as other:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "xl/sharedStrings.xml":
                content = content.replace(b"<t>id</t>", b"<t>" + b"i" * (9 << 20) + b"</t>")
            other.writestr(name, content)
    with pytest.raises(FileError, match="a workbook with a text that fills megabytes, expected"):
        brought(again)


def test_a_text_in_every_cell_fills_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "f.xlsx", [["id"], *([["x" * 30_000]] * 400)])
    assert len(brought(path)[1]) == 400
    monkeypatch.setattr(workbooks, "MOST_TEXT_BYTES", 10 << 20)
    with pytest.raises(FileError, match="a sheet whose texts fill more than 10 MB, expected less;"):
        brought(path)


def test_a_formula_without_its_result_is_refused_by_its_cell(tmp_path: Path) -> None:
    """Its cell would be empty; one that was reckoned, or says nothing in words, is read."""
    path = tmp_path / "till.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name, value in (("A & B", 2), ("made", "")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["id", "price"])
            sheet.write(1, 0, "x")
            sheet.write_formula(1, 1, "=1+1", value=value)
    con = duckdb.connect()
    read_source(con, "t", path, {})
    assert con.table("t").fetchall()[0][:2] == ("x", "2")
    with pytest.raises(FileError, match=r"till.xlsx, made, cell B2 is a formula without its res"):
        read_source(duckdb.connect(), "t", path, {"sheet": "made"})


def test_a_protected_workbook_is_called_that(tmp_path: Path) -> None:
    # The directory entry that every workbook encrypted by Excel or LibreOffice has.
    content = contents.OLE + b"\0" * 1016 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 2000
    with pytest.raises(FileError, match=r"f\.xlsx is protected by a password, expected a workbook"):
        brought(tmp_path / "f.xlsx", content)


def test_archives_that_are_no_workbook_say_so(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "f.xlsx", "w") as archive:
        archive.writestr("orders.csv", "a,b")
    with pytest.raises(FileError, match="a ZIP archive without a workbook in it, expected CSV"):
        brought(tmp_path / "f.xlsx")
    whole = workbook(tmp_path / "g.xlsx", [["id"], ["1"]]).read_bytes()
    for cut in (whole[:-30], whole[: len(whole) // 2], whole[:4]):
        with pytest.raises(FileError, match=r"g\.xlsx is not a workbook inside"):
            brought(tmp_path / "g.xlsx", cut)


def test_a_damaged_page_of_parquet_is_found_at_once(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    con = duckdb.connect()
    con.sql("SELECT range::VARCHAR AS a FROM range(90000)").write_parquet(str(path))
    content = bytearray(path.read_bytes())
    content[200:5000] = b"\xff" * 4800
    with pytest.raises(FileError, match=r"f\.parquet is not Parquet inside"):
        brought(path, bytes(content))


def test_a_column_of_parquet_whose_name_is_no_text_is_this_files_error(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    duckdb.sql("SELECT 1 AS naming").write_parquet(str(path))
    named = path.read_bytes().replace(b"naming", b"nam\xe9ng")
    with pytest.raises(FileError, match=r"f\.parquet is not Parquet inside"):
        brought(path, named)


# ---- paths


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet", "jsonl", "xlsx"])
@pytest.mark.parametrize("called", ["a b é", "[2011] x", "100%20 off", "a*b?c", "{x}", "'q'"])
def test_any_name_of_file_and_folder(tmp_path: Path, called: str, ending: str) -> None:
    folder = tmp_path / called
    folder.mkdir()
    path = folder / f"{called}.{ending}"
    if ending == "parquet":
        # A name that DuckDB takes for a pattern is written under another one first.
        duckdb.sql("SELECT '1' AS id").write_parquet(str(tmp_path / "f.parquet"))
        (tmp_path / "f.parquet").rename(path)
    elif ending == "xlsx":
        workbook(path, [["id"], ["1"]])
    else:
        content = b'{"id": "1"}' if ending == "jsonl" else b"id,v\n1,2\n"
        path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    assert brought(path)[1][0][0] == "1"


def test_links_are_followed_to_a_file_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(TABLE.encode())
    (tmp_path / "link.csv").symlink_to(tmp_path / "f.csv")
    assert cells(brought(tmp_path / "link.csv")[1]) == ROWS
    for name, target, found in (
        ("folder.csv", tmp_path, "a folder"),
        ("nowhere.csv", tmp_path / "gone", "a link that leads nowhere"),
        ("loop.csv", tmp_path / "loop.csv", "a link that leads in a circle"),
        ("device.csv", Path("/dev/zero"), "a device"),
    ):
        (tmp_path / name).symlink_to(target)
        with pytest.raises(FileError, match=rf"{name} is {found}, expected a file; check the path"):
            brought(tmp_path / name)


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f.csv")
    with pytest.raises(FileError, match="is a pipe, expected a file"):
        brought(tmp_path / "f.csv")
    with pytest.raises(FileError, match="is not there, expected a file"):
        brought(tmp_path / ("x" * 300))
    with pytest.raises(FileError, match="is a name that is not UTF-8, expected"):
        brought(tmp_path / os.fsdecode(b"caf\xe9.csv"))


# ---- size


def test_a_field_of_a_hundred_megabytes_costs_its_line(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    with path.open("wb") as file:
        file.write(b'id,v\n1,a\n2,"')
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b'"\n3,b\n')
    tracemalloc.start()
    _, rows = brought(path)
    assert tracemalloc.get_traced_memory()[1] < 30 << 20
    tracemalloc.stop()
    assert [row[:3] for row in rows] == [("1", "a", 2), (None, None, 3), ("3", "b", 4)]
    assert rows[1][-2].startswith('2,"xxx')
    assert rows[1][-2].endswith("… (104857604 letters in one line)")
    assert rows[1][-1] == "row"


def test_a_file_of_one_endless_line_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"f\.csv row 1 is \"xxx.*, expected a header; put one"):
        brought(tmp_path / "f.csv", b"x" * (20 << 20))


def test_more_columns_than_a_table_has(tmp_path: Path) -> None:
    header = ",".join(f"c{n}" for n in range(3_000))
    with pytest.raises(FileError, match=r"f\.csv row 1 is 3000 columns wide, expected at most"):
        brought(tmp_path / "f.csv", header.encode())
    with pytest.raises(FileError, match=r"is a column's name of 600 letters, expected at most 500"):
        brought(tmp_path / "f.csv", b"a" * 600 + b",b\n1,2\n")
    with pytest.raises(ColumnError, match="there twice"):
        brought(tmp_path / "f.jsonl", b'{"id": 1, "ID": 2}')


def test_the_limits_are_what_the_guide_says() -> None:
    assert (contents.MOST_RATIO, contents.MOST_BYTES >> 30) == (250, 8)
    assert (workbooks.MOST_BOOK_BYTES >> 30, workbooks.MOST_CELLS) == (1, 20_000_000)
    assert (workbooks.MOST_TEXT_BYTES >> 20, records.MOST_COLUMNS) == (512, 1_000)
    assert (text.LONGEST_LINE >> 10, json_lines.MOST_ARRAY_BYTES >> 20) == (128, 256)
    assert layout.FOOTER_LINES == 12


def test_two_names_that_look_alike_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "dup.csv"
    path.write_text("order,sku,sku \n1,A,B\n", "utf-8")
    with pytest.raises(ColumnError, match=r'there twice \("sku", "sku␣"\)'):
        read_source(duckdb.connect(), "raw", path, {})


def test_json_without_an_end_of_depth_is_said_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000 + "]" * 100_000, "utf-8")
    with pytest.raises(FileError, match="nested too deep") as no:
        read_source(duckdb.connect(), "raw", path, {})
    assert "recursion" not in str(no.value)


def test_the_bound_that_is_told_is_that_of_workbooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "RATIO_FROM_BYTES", 1 << 20)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
        book.writestr("xl/worksheets/sheet1.xml", b"<a>" + b" " * (2 << 20))
    with pytest.raises(FileError, match="at most 250 times its size and 1 GB"):
        read_source(duckdb.connect(), "raw", path, {})


HEADLESS = [
    ["A1001", "2025-12-01 13:40", "SKU032", "Café mug", "3", "15.47", "ana@example.com", "FR"],
    ["A1001", "2025-12-01 13:40", "SKU012", "Café mug", "3", "46.45", "ana@example.com", "FR"],
    ["A1002", "2025-12-02 08:35", "SKU015", "Red mug", "2", "44.13", "zoe@example.com", "FR"],
]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_without_a_header_keeps_its_first_row(tmp_path: Path, ending: str) -> None:
    """No row is taken for the columns' names: it would be lost, and nothing would be found."""
    path = tmp_path / f"orders.{ending}"
    if ending == "csv":
        path.write_text("".join(f"{';'.join(row)}\n" for row in HEADLESS), "utf-8")
    else:
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet()
        for place, row in enumerate(HEADLESS):
            sheet.write_row(place, 0, row)
        book.close()
    with pytest.raises(FileError, match=r'row 1 is data already \("A1001", "2025-12-01 13:40"'):
        read_source(duckdb.connect(), "raw", path, {})


@pytest.mark.parametrize(
    "text",
    [
        "A1001;SKU-32;3\nA1002;SKU-12;1\nA1003;SKU-77;2\n",
        "536365;85123A;6;2.55\n536366;71053;2;3.39\n536367;84406B;8;2.75\n",
        "10001;20251201;4\n10002;20251202;1\n10003;20251202;7\n",
        "A1;01/12/25;3\nA2;02/12/25;3\n",
        "7;France;EUR\n8;France;EUR\n9;France;EUR\n9;Italie;EUR\n",
        "12,50;C-104;Paris\n3,20;C-207;Lyon\n",
        "9F86D081;12.50\nE3B0C442;3.20\n1B4F0E98;8.00\n",
    ],
)
def test_a_table_of_codes_without_a_header_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "codes.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(FileError, match="row 1 is data already"):
        read_source(duckdb.connect(), "raw", path, {})


@pytest.mark.parametrize(
    "text",
    [
        "sku;2023;2024\nA12;4;5\nA13;6;7\n",
        "sku;202301;202302\nA12;104233;204233\nA13;104234;304233\n",
        "product;75001;75002\nTea;12345;23456\nMug;22345;33456\n",
        "code;q1;q2\nA12;a1;b2\nA13;a2;b1\n",
        "name;VIP;PRO\nAna;VIP;PRO\nZoe;VIP;\nLea;;PRO\n",
        "sku;size\nA12;S\nA13;M\nsku;size\nA14;L\nsku;size\n",
        "column1;column2;column3\nA12;5;2.50\nA13;6;2.75\n",
        "address1;address2;zip\n3 rue;2e;75001\n4 rue;1er;75002\n",
        "SKU1;SKU2\nA12;A14\nA13;A15\n",
        "COL_01;COL_02\nX1;7\nX2;8\n",
        "shop;2025-12-01;2025-12-02\nLyon;4;5\nNice;6;7\n",
        "email;day\nana@example.com;2025-12-01\n",
        "sku;36.5;37.5\nA;1.5;2.5\n",
        "email;2025-12-01\nana@example.com;2025-12-03\n",
        "order;date\n",
    ],
)
def test_a_header_of_days_or_numbers_is_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(text, "utf-8")
    assert read_source(duckdb.connect(), "raw", path, {}).header_row == 1
