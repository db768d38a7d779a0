"""What changed adds up to the difference, part by part, whatever the parts are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from regie.measure.changes import changes
from regie.measure.cube import Parts

NAMES = ["", "De", "Es", "Fr", "It", "Uk", "Us", "Zz"]
AMOUNTS = st.dictionaries(st.sampled_from(NAMES), st.integers(-9, 9))


@given(AMOUNTS, AMOUNTS, st.integers(-50, 50), st.integers(0, 9))
def test_rows_others_and_what_is_left_are_the_difference(
    now: dict[str, int], before: dict[str, int], total: int, most: int
) -> None:
    told = changes(
        Parts(tuple(now), tuple(now.values())), Parts(tuple(before), tuple(before.values())),
        total, most,
    )  # fmt: skip
    moved = {n: now.get(n, 0) - before.get(n, 0) for n in NAMES}
    ranked = sorted((n for n in NAMES if moved[n]), key=lambda n: (-abs(moved[n]), n))
    assert told.rows == tuple((n, moved[n]) for n in ranked[:most])
    assert told.others == (len(ranked[most:]), sum(moved[n] for n in ranked[most:]))
    assert sum(v for _, v in told.rows) + told.others[1] + told.left == total == told.total


def test_six_parts_are_told_one_by_one() -> None:
    told = changes(Parts(tuple(NAMES), (1,) * 8), Parts((), ()), 8)
    assert [name for name, _ in told.rows] == NAMES[:6]
    assert told.others == (2, 2)
