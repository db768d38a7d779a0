"""Amounts become micros in one of two ways, by their size: both must say what Decimal says."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from regie.engines.delta import DeltaTables
from regie.ports.tables import sql_text
from regie.terms.money import MICROS

EDGES = (
    "0", "-0", "2.55", "-2.55", "+7", "1e3", "0.0000004", "0.0000005", "-0.0000005", "0.9999995",
    "99999", "99999.999999", "99999.9999994", "99999.9999995", "-99999.9999995", "100000",
    "-100000", "100000.000001", "1e5", "123456789.123456", "999999999999.999999",
)  # fmt: skip


@pytest.mark.parametrize("mark", [".", ","])
def test_micros_are_exact_below_and_above_the_size_where_the_way_changes(
    tmp_path: Path, mark: str
) -> None:
    texts = [t.replace(".", mark) for t in EDGES]
    wanted = [
        int((Decimal(text.replace(",", ".")) * MICROS).quantize(Decimal(1), ROUND_HALF_UP))
        for text in texts
    ]
    with DeltaTables(tmp_path).session() as session:
        session.execute(sql_text("regie.collect", "numbers"))
        session.register("amounts", {"place": list(range(len(texts))), "text": texts})
        found = session.query(
            "SELECT parse_amount(text, $mark, '^£|£$') AS micros FROM amounts ORDER BY place",
            {"mark": mark},
        )
    assert found["micros"].tolist() == wanted


@pytest.mark.parametrize(
    "text", ["", "abc", "1,00.5", "1,0000", "0,125", "1000000000000", "1e308", "2.55.1", "£"]
)
def test_what_is_no_amount_or_too_large_is_none(tmp_path: Path, text: str) -> None:
    with DeltaTables(tmp_path).session() as session:
        session.execute(sql_text("regie.collect", "numbers"))
        session.register("amounts", {"text": [text]})
        found = session.query(
            "SELECT CAST(parse_amount(text, '.', '^£|£$') AS VARCHAR) AS micros FROM amounts"
        )
    assert found["micros"].tolist() == [None]
