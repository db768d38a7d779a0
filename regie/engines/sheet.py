"""A table as a sheet: CSV or XLSX; pure.

Values stay numbers (money in units of its currency), so that a sheet can add them up. Text is never
a formula: a spreadsheet runs a cell that begins with = + - @ or a control character, so such text
gets an apostrophe before it in CSV, and is written as a string in XLSX.

References
----------
RFC 4180 (CSV); ECMA-376 (XLSX); CWE-1236 (formula elements in a CSV file).
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

from regie.terms.document import Cell, Column, Format, Table
from regie.terms.money import MICROS
from regie.words import formats

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
MADE = datetime(2000, 1, 1, tzinfo=UTC)
"""The date a workbook says it was made: the same table then gives the same bytes."""


def csv_bytes(table: Table, lang: str = "en") -> bytes:
    """The table as CSV, UTF-8 with a mark, by which spreadsheets know it.

    A French spreadsheet takes a comma for the decimal mark and opens a file that is cut by commas
    in one column: for a French reader cells are cut by semicolons, and decimals have their comma.

    Examples
    --------
    >>> from regie.terms.document import Format
    >>> table = Table(title="A", columns=(Column("Item"), Column("Sum", Format("money", "EUR"))),
    ...               rows=(("=1+1", 1_500_000),))
    >>> csv_bytes(table).decode("utf-8-sig").splitlines()
    ['Item,Sum', "'=1+1,1.5"]
    >>> csv_bytes(table, "fr").decode("utf-8-sig").splitlines()
    ['Item;Sum', "'=1+1;1,5"]
    """
    text = io.StringIO(newline="")
    french = lang == "fr"
    writer = csv.writer(text, delimiter=";" if french else ",", lineterminator="\r\n")
    writer.writerow([_guarded(column.label) for column in table.columns])
    for row in table.rows:
        writer.writerow(
            [
                _guarded(value)
                if isinstance(value, str)
                else _marked(number_of(value, column), french)
                for value, column in zip(row, table.columns, strict=True)
            ]
        )
    return text.getvalue().encode("utf-8-sig")


def xlsx_bytes(table: Table) -> bytes:
    """The table as a workbook of one sheet: a header that stays, filters, numbers in their form.

    Examples
    --------
    >>> table = Table(title="A", columns=(Column("Item"),), rows=(("=1+1",),))
    >>> xlsx_bytes(table)[:2], xlsx_bytes(table) == xlsx_bytes(table)
    (b'PK', True)
    """
    from xlsxwriter import Workbook

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(content, options) as book:
        book.set_properties({"created": MADE, "title": table.title})
        sheet = book.add_worksheet()
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for j, column in enumerate(table.columns):
            form = book.add_format({"num_format": code_of(column)})
            sheet.set_column(j, j, 28 if j == 0 else 16)
            sheet.write_string(0, j, column.label, head)
            for i, row in enumerate(table.rows, start=1):
                value = row[j]
                if isinstance(value, str) and column.format.unit == "day":
                    sheet.write_datetime(i, j, date.fromisoformat(value), form)
                elif isinstance(value, str):
                    sheet.write_string(i, j, value)
                elif value is not None:
                    sheet.write_number(i, j, float(number_of(value, column) or 0), form)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
    return content.getvalue()


def _marked(number: Decimal | Cell, french: bool) -> Decimal | Cell:
    """A number with its decimal comma where the reader writes one."""
    if french and isinstance(number, float | Decimal):
        return str(number).replace(".", ",")
    return number


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_RUNS) else text


def number_of(value: Cell, column: Column) -> Decimal | Cell:
    """A cell as a sheet adds it up: amounts in units, not micros.

    Examples
    --------
    >>> from regie.terms.document import Format
    >>> number_of(1_500_000, Column("Sum", Format("money", "EUR"))), number_of(3, Column("Orders"))
    (Decimal('1.5'), 3)
    """
    if column.format.unit == "money" and isinstance(value, int):
        units = Decimal(value) / MICROS
        return units.normalize() if units % 1 else units.quantize(Decimal(1))
    return value


def code_of(column: Column) -> str:
    """How a workbook is told to show a column.

    Examples
    --------
    >>> from regie.terms.document import Format
    >>> code_of(Column("Share", Format("share"))), code_of(Column("Item"))
    ('0.0%', '@')
    """
    unit = column.format.unit
    if unit == "money":
        return "#,##0.00"
    return {"share": "0.0%", "day": "yyyy-mm-dd"}.get(unit, "#,##0" if unit == "number" else "@")


def money_code(form: Format, lang: str) -> str:
    """How an amount is shown in a language, with its currency, as workbooks and charts are told.

    Examples
    --------
    >>> money_code(Format("money", "GBP", digits=0), "en")
    '"£"#,##0'
    >>> money_code(Format("money", "EUR", signed=True), "fr").replace("\\u00a0", " ")
    '+#,##0.00" €";-#,##0.00" €";#,##0.00" €"'
    """
    shown = formats.show(MICROS, Format("money", form.currency, digits=0), lang)
    before, _, after = shown.partition("1")
    digits = 2 if form.digits is None else form.digits
    code = "#,##0" + ("." + "0" * digits if digits else "")
    code = "".join(f'"{part}"' if part and part != code else part for part in (before, code, after))
    return f"+{code};-{code};{code}" if form.signed else code
