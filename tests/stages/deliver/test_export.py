"""Files for mail tools: golden cases per tool, then what holds for all of them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import msgspec
import pytest

from regie.deliver.export import FORMATS, ExportRow, export_file
from regie.terms.errors import NotFoundError

CASES = sorted((Path(__file__).parents[2] / "cases" / "export").glob("*/*.json"))


class Case(msgspec.Struct, forbid_unknown_fields=True):
    """Rows in; the file's lines (CRLF between them, BOM written as \\ufeff) and left-outs out."""

    says: str
    rows: list[ExportRow]
    file: list[str]
    left_out: dict[str, str]


def a_row(**changes: Any) -> ExportRow:
    fields: dict[str, Any] = {
        "decision": "d1",
        "address": "ana@example.com",
        "first_name": "Ana",
        "last_name": "Silva",
        "language": "fr",
        "campaign": "Encore",
        "items": ("RED MUG",),
        "reason": "Trois commandes.",
        "why_url": "https://shop.example/w/1",
        "unsubscribe_url": "https://shop.example/u/1",
    }
    return ExportRow(**(fields | changes))


def read(to: str, *rows: ExportRow) -> list[dict[str, str]]:
    form = FORMATS[to]
    text = export_file(rows, to).content.decode(form.encoding)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=form.delimiter))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_case(path: Path) -> None:
    case = msgspec.json.decode(path.read_bytes(), type=Case)
    exported = export_file(case.rows, path.parent.name)
    assert exported.content.decode("utf-8").split("\r\n") == case.file
    assert {r.decision: r.reason for r in exported.left_out} == case.left_out
    assert exported.rows + len(exported.left_out) == len(case.rows)


def test_every_tool_has_cases() -> None:
    assert {path.parent.name for path in CASES} == set(FORMATS)


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("trigger", ["=", "+", "-", "@", "\t=", "\r=", " =", "＝"])
def test_no_cell_is_a_formula(to: str, trigger: str) -> None:
    attack = trigger + 'cmd|"/c calc"!A1'
    row = a_row(
        first_name=attack, last_name=attack, campaign=attack, reason=attack, items=(attack,) * 4
    )
    for cell in next(iter(read(to, row))).values():
        assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r", "＝")


@pytest.mark.parametrize("to", FORMATS)
def test_delimiters_quotes_and_line_ends_in_data_move_no_cell(to: str) -> None:
    nasty = 'a;b,c"d\r\ne\nf'
    (row,) = read(to, a_row(first_name=nasty, reason=nasty))
    assert list(row.values())[1] == 'a;b,c"d e f'
    assert list(row.values())[9] == 'a;b,c"d e f'
    assert list(row.values())[10] == "https://shop.example/w/1"


@pytest.mark.parametrize(
    ("address", "reason"),
    [("", "no_address"), ("  ", "no_address"), ("=1+1@example.com", "formula_address")],
)
def test_a_row_that_cannot_be_written_is_named(address: str, reason: str) -> None:
    exported = export_file([a_row(address=address), a_row(decision="d2")], "plain")
    assert [(r.decision, r.reason) for r in exported.left_out] == [("d1", reason)]
    assert exported.rows == 1


def test_mailchimp_text_stays_within_255_bytes_and_ends_at_a_word() -> None:
    (row,) = read("mailchimp", a_row(reason="été " * 100))
    assert len(row["Reason"].encode()) <= 255
    assert row["Reason"].endswith("été…")
    (long,) = read("mailchimp", a_row(reason="é" * 300))
    assert len(long["Reason"].encode()) <= 255


def test_a_fifth_item_is_not_written() -> None:
    (row,) = read("brevo", a_row(items=("A1", "B2", "C3", "D4", "E5")))
    assert [row[f"ITEM_{i}"] for i in range(1, 5)] == ["A1", "B2", "C3", "D4"]
    assert len(row) == 12


def test_the_same_rows_are_the_same_bytes() -> None:
    assert export_file([a_row()], "brevo") == export_file([a_row()], "brevo")


def test_an_unknown_tool_is_named_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="expected one of " + ", ".join(sorted(FORMATS))):
        export_file([], "hubspot")
