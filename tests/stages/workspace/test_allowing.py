"""Consent over time, from the records themselves."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from regie.workspace import open_workspace
from regie.workspace.allowing import over_time


def test_a_line_ends_where_everybody_stands_and_knows_where_they_stood(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        before = over_time(shop)["profiling"]
        standing = [shop.consent(str(key))["profiling"] for key in
                    sorted(set(shop.state.consents()["key"]))]  # fmt: skip
        assert before.allowed[-1] == sum(standing) > 20
        assert before.by_week
        assert before.days[-1] == date(2011, 12, 10)
        assert before.allowed[0] < before.allowed[-1]
        shop.consent("15152", withdraw=["profiling"])
        shop.erase("13248")
        after = over_time(shop)["profiling"]
        assert after.allowed[-1] == before.allowed[-1] - 2
        assert after.refused[-1] == before.refused[-1] + 1
        allowed, refused = before.before(30)
        assert after.before(30) == (allowed - 1, refused), "the erased are in no past either"
        nobody = over_time(shop)["accounts"]
        assert (nobody.days, nobody.before(30)) == ((), (0, 0))
