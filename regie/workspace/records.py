"""Decisions and consents as rows of their stores, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from regie.govern.ledger import record_leaves
from regie.ports.tables import SORTED_BY, Columns, Session
from regie.terms.consent import Consent
from regie.terms.decision import Candidate, Decision, Reason
from regie.terms.errors import WorkspaceError
from regie.terms.person import keyed_token

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


def append_decisions(
    workspace: Stores, session: Session, decisions: Sequence[Decision], commit: str
) -> bytes:
    """Add decisions in one durable commit, each with the salt that seals it in the ledger.

    Returns
    -------
    bytes
        Their leaves, 32 bytes each: what seals them.
    """
    ordered = sorted(decisions, key=attrgetter(*SORTED_BY["decisions"]))
    columns = {name: _column(name, ordered) for name in Decision.__struct_fields__}
    # Keyed, so that nobody can guess it; the same for the same decision, so that a run repeats.
    salts = [keyed_token(workspace.key, "salt", decision.id) for decision in ordered]
    columns["salt"] = np.array(salts, dtype=object)
    # The engine writes while we hash: neither waits for the other.
    with ThreadPoolExecutor(1) as beside:
        leaves = beside.submit(record_leaves, columns)
        session.append_columns("decisions", columns, commit)
        return leaves.result()


_NUMBERS: dict[str, Any] = {
    "run": np.int64, "at_us": np.int64, "seed": np.int64, "propensity": np.float64,
}  # fmt: skip


def _column(name: str, decisions: Sequence[Decision]) -> Any:
    values: list[Any] = list(map(attrgetter(name), decisions))
    if name in _AS_JSON:
        # One call for all; JSON holds no line end.
        lines = msgspec.json.Encoder(order="sorted").encode_lines(values)
        values = lines.decode().split("\n")[:-1]
    return np.array(values, dtype=_NUMBERS.get(name, object))


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
    """Rows of state as consents, in their order."""
    rows = zip(*(columns[name] for name in Consent.__struct_fields__), strict=True)
    return [
        Consent(str(key), str(purpose), bool(granted), str(basis), int(at_us), str(evidence))
        for key, purpose, granted, basis, at_us, evidence in rows
    ]
