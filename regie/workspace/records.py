"""Decisions and consents as rows of their stores, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from regie.ports.tables import Columns, Session
from regie.terms.consent import Consent
from regie.terms.decision import Decision
from regie.terms.person import keyed_token

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

_AS_JSON = ("versions", "candidates", "excluded", "reasons", "constraints", "basis", "inputs")


def append_decisions(
    workspace: Stores, session: Session, decisions: Sequence[Decision], commit: str
) -> None:
    """Add decisions in one commit, each with the salt that seals it in the ledger."""
    columns: dict[str, list[Any]] = {name: [] for name in (*Decision.__struct_fields__, "salt")}
    for decision in decisions:
        for name in Decision.__struct_fields__:
            value = getattr(decision, name)
            columns[name].append(
                msgspec.json.encode(value, order="sorted").decode() if name in _AS_JSON else value
            )
        # Keyed, so that nobody can guess it; the same for the same decision, so that a run repeats.
        columns["salt"].append(keyed_token(workspace.key, "salt", decision.id))
    session.register("decided", {name: _column(name, values) for name, values in columns.items()})
    session.append("decisions", "SELECT * FROM decided", None, commit)


def _column(name: str, values: Sequence[Any]) -> Any:
    dtypes: dict[str, Any] = {
        "run": np.int64, "at_us": np.int64, "seed": np.int64, "propensity": np.float64,
    }  # fmt: skip
    return np.array(values, dtype=dtypes.get(name, object))


def decisions_of(columns: Columns) -> list[Decision]:
    """Rows of `decisions` as records."""
    plain = {name: columns[name].tolist() for name in Decision.__struct_fields__}
    rows = zip(*plain.values(), strict=True)
    return [_decision(dict(zip(plain, row, strict=True))) for row in rows]


def _decision(row: dict[str, Any]) -> Decision:
    for name in _AS_JSON:
        row[name] = msgspec.json.decode(row[name])
    return msgspec.convert(row, Decision)


def consents_of(columns: Columns) -> list[Consent]:
    """Rows of state as consents, in their order."""
    rows = zip(*(columns[name] for name in Consent.__struct_fields__), strict=True)
    return [
        Consent(str(key), str(purpose), bool(granted), str(basis), int(at_us), str(evidence))
        for key, purpose, granted, basis, at_us, evidence in rows
    ]
