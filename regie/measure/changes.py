"""What changed: the difference between two periods, by the parts of a breakdown; pure.

In whole micros, so that the parts and what is left add up to the difference exactly. Where a part
may hold what another holds too (segments), what is left tells it: it is shown, never hidden.
"""

from __future__ import annotations

import msgspec

from regie.measure.cube import Parts


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """A difference and what it is made of.

    Parameters
    ----------
    rows : tuple[tuple[str, int], ...]
        Name to what it adds, the largest first.
    others : tuple[int, int]
        How many more parts changed, and what they add together.
    left : int
        What no part tells; below 0 where parts overlap.
    total : int
        The difference: rows, others and left add up to it.

    Examples
    --------
    >>> Changes(rows=(("France", 5), ("Spain", -2)), others=(0, 0), left=0, total=3).total
    3
    """

    rows: tuple[tuple[str, int], ...]
    others: tuple[int, int]
    left: int
    total: int


def changes(now: Parts, before: Parts, total: int, most: int = 6) -> Changes:
    """What each part adds to a difference.

    Parameters
    ----------
    now, before : Parts
        A measure of each period by the same breakdown.
    total : int
        The difference of the measure in all.
    most : int
        So many parts are told one by one.

    Examples
    --------
    >>> now, before = Parts(("Fr", "Es", "It"), (9, 1, 2)), Parts(("Fr", "De"), (4, 3))
    >>> told = changes(now, before, 5, most=2)
    >>> told.rows, told.others, told.left
    ((('Fr', 5), ('De', -3)), (2, 3), 0)
    >>> changes(now, before, 8, most=9).left
    3
    """
    moved = dict(zip(now.names, now.values, strict=True))
    for name, value in zip(before.names, before.values, strict=True):
        moved[name] = moved.get(name, 0) - value
    ranked = sorted(((n, v) for n, v in moved.items() if v), key=lambda row: (-abs(row[1]), row[0]))
    shown, rest = ranked[:most], ranked[most:]
    return Changes(
        rows=tuple(shown),
        others=(len(rest), sum(value for _, value in rest)),
        left=total - sum(value for _, value in ranked),
        total=total,
    )
