"""Decisions and consents as rows of their stores, and back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from regie.govern.ledger import record_leaves
from regie.ports.tables import SCHEMAS, SORTED_BY, Columns, GivenColumns, Session, sql_text
from regie.terms.consent import Consent
from regie.terms.decision import Candidate, Decision, Reason
from regie.terms.errors import WorkspaceError
from regie.terms.person import keyed_tokens
from regie.workspace.sealing import Sealing

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

_AS_JSON: dict[str, Any] = {
    "versions": dict[str, str],
    "candidates": tuple[Candidate, ...],
    "excluded": dict[str, int],
    "reasons": tuple[Reason, ...],
    "constraints": dict[str, Any],
    "basis": dict[str, str],
    "inputs": dict[str, Any],
}
"""What of a decision has parts, and is kept as JSON text: its column to its type."""


class Batch(NamedTuple):
    """Decisions that are committed and sealed under one name: a run's, or a promotion by hand."""

    kind: str
    subject: str
    decisions: Sequence[Decision]

    @property
    def commit(self) -> str:
        """The name its commit carries, `run:5`."""
        return f"{self.kind}:{self.subject}"


def record_batches(
    workspace: Stores,
    session: Session,
    batches: Iterable[Batch],
    acknowledge: Callable[[Batch], object] = lambda batch: None,
) -> None:
    """Commit and seal batches of decisions: the one way by which decisions are recorded.

    While one core commits, another spells and hashes what comes next. What is spelled by the time
    the last commit is done is committed together, in one durable commit of the table and one of
    the ledger, and each batch keeps its own name in both. Hold the lease of `decisions` meanwhile.

    Parameters
    ----------
    batches : Iterable[Batch]
        Some are drawn ahead of the one that is committed.
    acknowledge : Callable[[Batch], object]
        Called with each batch once it is durable, in their order.
    """
    source = iter(batches)
    ahead: deque[tuple[Batch, Future[tuple[GivenColumns, bytes]]]] = deque()
    with ThreadPoolExecutor(1) as beside:

        def draw() -> None:
            for batch in islice(source, _MOST_AHEAD - len(ahead)):
                ahead.append((batch, beside.submit(_spelled, workspace.key, batch.decisions)))

        draw()
        while ahead:
            group = [ahead.popleft()]
            group[0][1].result()
            while ahead and ahead[0][1].done():
                group.append(ahead.popleft())
            draw()
            spelled = [(batch, *future.result()) for batch, future in group]
            session.append_columns(
                "decisions", {batch.commit: columns for batch, columns, _ in spelled}
            )
            Sealing(workspace).seal_all(
                [(batch.kind, batch.subject, leaves) for batch, _, leaves in spelled]
            )
            for batch, _ in group:
                acknowledge(batch)


_MOST_AHEAD = 16
"""So many batches are spelled and not yet committed at most: they stand in memory."""

_AT_ONCE = 1_000
"""So many decisions are spelled at once: what they are made of stays near the processor."""


def _spelled(key: bytes, decisions: Sequence[Decision]) -> tuple[GivenColumns, bytes]:
    """Rows of decisions with the salt that seals each, in their table's order; and their leaves."""
    ordered = sorted(decisions, key=attrgetter(*SORTED_BY["decisions"]))
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMAS["decisions"]}
    leaves = []
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        part = {name: _column(name, some) for name in Decision.__struct_fields__}
        # Keyed, so that nobody can guess it; the same for the same decision, so that a run repeats.
        part["salt"] = keyed_tokens(key, "salt", part["id"])
        leaves.append(record_leaves(part))
        for name, values in part.items():
            columns[name] += values
    return columns, b"".join(leaves)


def _column(name: str, decisions: Sequence[Decision]) -> list[Any]:
    values: list[Any] = list(map(attrgetter(name), decisions))
    if name in _AS_JSON:
        # One call for all; JSON holds no line end.
        values = _ENCODER.encode_lines(values).decode().split("\n")[:-1]
    return values


_ENCODER = msgspec.json.Encoder(order="deterministic")


def wanted(session: Session, ids: Sequence[str]) -> list[Decision]:
    """The decisions of these whole ids that are there, in id order."""
    session.register("wanted", {"id": list(ids)})
    return decisions_of(session.query(sql_text("regie.workspace", "wanted_decisions")))


def decisions_of(columns: Columns) -> list[Decision]:
    """Rows of `decisions` as records.

    Raises
    ------
    WorkspaceError
        If a row is not as it was recorded; names its decision.
    """
    plain = {name: columns[name].tolist() for name in Decision.__struct_fields__}
    for name, kind in _AS_JSON.items():
        decode = msgspec.json.Decoder(kind).decode
        try:
            plain[name] = [decode(text) for text in plain[name]]
        except (msgspec.DecodeError, UnicodeError) as error:
            raise _changed(plain["id"], plain[name], name, decode) from error
    names, rows = tuple(plain), zip(*plain.values(), strict=True)
    return [Decision(**dict(zip(names, row, strict=True))) for row in rows]


def _changed(
    ids: Sequence[str], texts: Sequence[str], name: str, decode: Callable[[str], Any]
) -> WorkspaceError:
    """The error that names the first row that cannot be decoded."""
    for decision, text in zip(ids, texts, strict=True):
        try:
            decode(text)
        except (msgspec.DecodeError, UnicodeError) as error:
            return WorkspaceError(
                f"decision {decision}, {name}",
                f"not readable ({error})",
                "what was recorded",
                "see what else was changed: regie verify",
            )
    raise AssertionError("a row that could not be decoded can be now")


def consents_of(columns: Columns) -> list[Consent]:
    """Rows of state as consents, in their order.

    Examples
    --------
    >>> import numpy as np
    >>> kept = Consent("ab", "profiling", False, "consent", 5, "web form")
    >>> consents_of({n: np.array([getattr(kept, n)]) for n in Consent.__struct_fields__}) == [kept]
    True
    """
    rows = zip(*(columns[name] for name in Consent.__struct_fields__), strict=True)
    return [
        Consent(str(key), str(purpose), bool(granted), str(basis), int(at_us), str(evidence))
        for key, purpose, granted, basis, at_us, evidence in rows
    ]
