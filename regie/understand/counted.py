"""What everybody did, laid out so that any rule is answered while somebody edits it.

Reads `seen`, `people` and `traits` of a session once; then pure, in memory. Per kind of event the
instants of each person lie together, so a figure in any window is one pass over numpy columns:
what `audience.measure` asks the tables for in a scan of its own. Both give the same integers, and
the same code reads them (`audience.score`); a law holds them together.

Why not a sample: a marketer sees a small audience with three people in it, and believes it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from regie.ports.tables import Columns, Session, sql_text
from regie.terms.instant import DAY_US
from regie.terms.rule import Measure, Rule, Trait
from regie.understand.audience import NEVER, Figures, Ints, Leaf, Segment, asked

MOST_KEPT = 24
"""So many figures of everybody are kept between two questions: of a million people 200 MB."""


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """Instants of people, those of one person together and in order.

    Parameters
    ----------
    who : npt.NDArray
        Shape (U,). Numbers of the people who have any.
    starts : npt.NDArray
        Shape (U,). Where each one's begin.
    at_us, n, value : npt.NDArray
        Shape (N,). Instants; how many happened then; what they are worth.
    """

    who: npt.NDArray[np.int32]
    starts: Ints
    at_us: Ints
    n: Ints
    value: Ints


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A trait of people.

    Parameters
    ----------
    values : dict[str, int]
        Value to its number, in their order.
    persons : tuple[int, ...]
        How many people have each.
    person, code : npt.NDArray
        Shape (N,). Person and the number of a value.
    """

    values: dict[str, int]
    persons: tuple[int, ...]
    person: npt.NDArray[np.int32]
    code: npt.NDArray[np.int32]


class Counted:
    """Everybody, ready to be counted.

    Parameters
    ----------
    as_of_us : int
        The instant that windows count back from.
    key : npt.NDArray
        Shape (P,), bytes, in order.
    kinds : Mapping[str, Track]
        Kind of event to what people did.
    orders : Track
        Their orders, each once.
    traits : Mapping[str, Held]
        Trait to who has which value.

    Examples
    --------
    >>> nobody = np.zeros(0, dtype=np.int64)
    >>> none = Track(who=nobody, starts=nobody, at_us=nobody, n=nobody, value=nobody)
    >>> two = Counted(DAY_US, np.array([b"a", b"b"]), {}, none, {})
    >>> two.figures([Measure("count", "order", at_least=1)], []).figures_pl.tolist()
    [[0], [0]]
    """

    def __init__(
        self,
        as_of_us: int,
        key: npt.NDArray[np.bytes_],
        kinds: Mapping[str, Track],
        orders: Track,
        traits: Mapping[str, Held],
    ) -> None:
        self.as_of_us, self.key = as_of_us, key
        self.kinds, self.orders, self.traits = kinds, orders, traits
        self._kept: OrderedDict[Leaf, Ints] = OrderedDict()

    def figures(self, rules: Sequence[Rule], segments: Sequence[Segment]) -> Figures:
        """What rules ask about everybody: the figures of `audience.measure`.

        Raises
        ------
        RuleError
            If a rule names a segment that does not exist.
        """
        leaves = asked(rules, segments)
        # Column by column: each is written and read whole.
        figures_pl = np.empty((len(self.key), len(leaves)), dtype=np.int64, order="F")
        for column, leaf in enumerate(leaves):
            figures_pl[:, column] = self._figure(leaf)
        return Figures(figures=leaves, figures_pl=figures_pl)

    def _figure(self, leaf: Leaf) -> Ints:
        if leaf in self._kept:
            self._kept.move_to_end(leaf)
            return self._kept[leaf]
        made = self._of_trait(leaf) if isinstance(leaf, Trait) else self._of_events(leaf)
        self._kept[leaf] = made
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return made

    def _of_trait(self, leaf: Trait) -> Ints:
        found = np.full(len(self.key), NEVER, dtype=np.int64)
        held = self.traits.get(leaf.trait)
        if held is None or not len(held.person):
            return found
        no = len(leaf.values)
        place = np.full(len(held.values), no, dtype=np.int64)
        for number, value in reversed(list(enumerate(leaf.values))):
            if value in held.values:
                place[held.values[value]] = number
        starts = _starts(held.person)
        first = np.minimum.reduceat(place[held.code], starts)
        found[held.person[starts]] = np.where(first == no, NEVER, first)
        return found

    def _of_events(self, leaf: Measure) -> Ints:
        last = leaf.figure == "days_since"
        found = np.full(len(self.key), NEVER if last else 0, dtype=np.int64)
        is_orders = leaf.kind == "order" and leaf.figure == "count"
        track = self.orders if is_orders else self.kinds.get(leaf.kind)
        if track is None or not len(track.who):
            return found
        since_us = None if leaf.days is None else self.as_of_us - leaf.days * DAY_US
        if last:
            ends = np.append(track.starts[1:], len(track.at_us)) - 1
            last_us = track.at_us[ends]
            days = (self.as_of_us - last_us) // DAY_US
            found[track.who] = days if since_us is None else np.where(
                last_us >= since_us, days, NEVER)  # fmt: skip
            return found
        amounts = track.value if leaf.figure == "value" else track.n
        if since_us is not None:
            amounts = np.where(track.at_us >= since_us, amounts, 0)
        found[track.who] = np.add.reduceat(amounts, track.starts)
        return found


def load(session: Session, as_of_us: int) -> Counted:
    """Read everybody.

    Parameters
    ----------
    session : Session
        Holds `seen`, `people` and `traits` as of the instant.
    as_of_us : int
        The instant that windows count back from.
    """
    session.execute(sql_text("regie.understand", "counted_people"))
    key = session.query(sql_text("regie.understand", "people"))["key"]
    events = session.query(sql_text("regie.understand", "counted_events"))
    orders = session.query(sql_text("regie.understand", "counted_orders"))
    return Counted(
        as_of_us,
        key.astype(np.bytes_),
        {kind: _track(rows) for kind, rows in _by(events, "kind").items()},
        _track(orders | {"value": np.zeros(len(orders["n"]), dtype=np.int64)}),
        _traits(session),
    )


def _traits(session: Session) -> dict[str, Held]:
    values = _by(session.query(sql_text("regie.understand", "counted_values")), "trait")
    held = _by(session.query(sql_text("regie.understand", "counted_traits")), "trait")
    return {
        trait: Held(
            values={value: code for code, value in enumerate(values[trait]["value"].tolist())},
            persons=tuple(values[trait]["persons"].tolist()),
            person=rows["person"].astype(np.int32),
            code=rows["code"].astype(np.int32),
        )
        for trait, rows in held.items()
    }


def _by(rows: Columns, name: str) -> dict[str, Columns]:
    """Rows by a column they are sorted by first."""
    column = rows[name]
    if not len(column):
        return {}
    starts = np.append(_starts(column), len(column)).tolist()
    return {
        str(column[a]): {other: values[a:b] for other, values in rows.items() if other != name}
        for a, b in pairwise(starts)
    }


def _starts(column: npt.NDArray[Any]) -> Ints:
    """Where each run of equal values begins."""
    return np.flatnonzero(np.append(True, column[1:] != column[:-1]))


def _track(rows: Columns) -> Track:
    person = rows["person"].astype(np.int32)
    starts = _starts(person) if len(person) else np.zeros(0, dtype=np.int64)
    return Track(
        who=person[starts],
        starts=starts,
        at_us=rows["at_us"].astype(np.int64),
        n=rows["n"].astype(np.int64),
        value=rows["value"].astype(np.int64),
    )
