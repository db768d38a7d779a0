"""docs/mutants.md, made by `make mutants`: enough wrong code is noticed, the rest explained."""

from __future__ import annotations

import re

import pytest

from tests.mutants.__main__ import STAGES
from tests.mutants.page import KINDS, LEAST_SHARE, PAGE, code_hash, reasons

ROW = re.compile(r"^\| \*\*(?P<stage>[\w/]+)\*\* \| (?P<tried>\d+) \| (?P<noticed>\d+) \|", re.M)


def test_enough_wrong_versions_are_noticed() -> None:
    rows = list(ROW.finditer(PAGE.read_text("utf-8")))
    assert [row["stage"] for row in rows] == list(STAGES)
    for row in rows:
        assert int(row["noticed"]) >= LEAST_SHARE * int(row["tried"]) > 100, row["stage"]


def test_every_one_that_is_not_has_a_reason() -> None:
    page = PAGE.read_text("utf-8")
    assert "no reason yet" not in page
    for reason in reasons():
        assert reason.kind in KINDS and len(reason.why) > 10
        for change in reason.changes:
            assert f"`{change}`" in page, change


@pytest.mark.proof
def test_the_page_tells_of_the_code_as_it_is() -> None:
    """Else `make mutants` is to be run again; not asked of every commit, as that takes an hour."""
    assert f"Code: `{code_hash(tuple(STAGES))}`." in PAGE.read_text("utf-8")
