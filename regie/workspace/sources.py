"""Where every line of every file went, in numbers that add up; reads only.

Rows of a file = what was kept, what was held already, what is left out for a reason, what was set
aside; of what was set aside: what was corrected since, what waits, what is gone by age or erasure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from regie.collect import intake
from regie.workspace import correcting, importing
from regie.workspace.importing import SourceQuality

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

LEFT_OUT = ("repeat", "cancelled", "footer", "erased", "expired")
"""Places of rows that are left out for a reason, in the order they are told."""


class Went(msgspec.Struct, frozen=True, kw_only=True):
    """Where the rows of one import went.

    fr: sort des lignes

    Parameters
    ----------
    kept : dict[str, int]
        Place to its rows that were new.
    held : int
        Rows that were there already.
    left_out : dict[str, int]
        Reason to rows.
    set_aside : int
        Rows that could not be read when the file came.
    corrected, waits, gone : int
        Of those: read since, waiting still, gone by age or erasure.

    Examples
    --------
    >>> went(SourceQuality(import_id="i1", at_us=0, file="o.csv", mapping="m", currency="EUR",
    ...     rows=6, added=2, lines={"order": 3, "repeat": 1, "unreadable": 2}, value_micros={},
    ...     held={"order": 1}, corrected=0, quality=90, kept={}, blocked=False), 1, 0).adds_up
    True
    """

    source: SourceQuality
    kept: dict[str, int]
    held: int
    left_out: dict[str, int]
    set_aside: int
    corrected: int
    waits: int
    gone: int

    @property
    def adds_up(self) -> bool:
        """Whether every row is accounted for."""
        parts = (*self.kept.values(), self.held, *self.left_out.values(), self.set_aside)
        return self.source.rows == sum(parts)


def went(source: SourceQuality, corrected: int, waits: int) -> Went:
    """The account of one import."""
    lines = dict(source.lines)
    set_aside = lines.pop("unreadable", 0)
    left_out = {place: lines.pop(place) for place in LEFT_OUT if place in lines}
    kept = {place: n - source.held.get(place, 0) for place, n in lines.items()}
    return Went(
        source=source,
        kept={place: n for place, n in kept.items() if n},
        held=sum(source.held.get(place, 0) for place in lines),
        left_out=left_out,
        set_aside=set_aside,
        corrected=corrected,
        waits=waits,
        gone=max(0, set_aside - corrected - waits),
    )


def history(workspace: Stores) -> list[Went]:
    """Every file that was brought, newest first, with what was corrected of it since."""
    every, waits = importing.quality_report(workspace), correcting.waiting(workspace)
    replayed: dict[str, int] = {}
    for one in every:
        if is_replay(one):
            of = one.import_id.split("-", 2)[2]
            replayed[of] = replayed.get(of, 0) + one.rows
    return [
        went(one, replayed.get(one.import_id, 0), waits.get(one.import_id, 0))
        for one in reversed(every)
        if not is_replay(one)
    ]


def is_replay(source: SourceQuality) -> bool:
    """Whether it brought corrected rows of an earlier import."""
    return source.import_id.startswith(intake.REPLAYED)
