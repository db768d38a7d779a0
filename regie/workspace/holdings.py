"""What a workspace holds on people, gathered from every stage: where, what for, how to find it.

Access, erasure, the notice and the article 30 register read this list; a law says that every file,
table and column of a full workspace is claimed exactly once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from regie.collect import intake
from regie.decide import recorded
from regie.deliver import outbox
from regie.govern import consent, ledger, rights
from regie.govern.register import Holding
from regie.ports.tables import Session, sql_text
from regie.terms.person import person_key
from regie.understand import HOLDINGS as UNDERSTAND
from regie.workspace import papers, uploads

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

HOLDINGS: tuple[Holding, ...] = (
    *intake.HOLDINGS,
    *consent.HOLDINGS,
    *UNDERSTAND,
    *recorded.HOLDINGS,
    *outbox.HOLDINGS,
    *ledger.HOLDINGS,
    *rights.HOLDINGS,
    *uploads.HOLDINGS,
)
"""Every holding of every stage."""

NOBODYS = {
    "regie.toml": "The workspace's settings.",
    "rules": "Mappings, campaigns, policies, segments, purposes; to whom of the house reports go.",
    "models": "Item codes, counts over everybody and coefficients; no key, no row of a person.",
    "assets": "Templates and rules as they were used, lists of approved messages by their hash,"
    " reports of totals as they were signed.",
    "accounts.sqlite": "Who works in the control room and what they did there; nobody else.",
    "oidc.toml": "By which provider people of the house sign in, what its groups may; no secret.",
    "jobs.sqlite": "Work that was started by people of the house, how far it is, how it ended.",
    "scratch": "Leases, how far tables are synced, and what an engine spills; swept at opening.",
    "state.sqlite/meta": "The version of the state, a check of the key, keyed sums of tables.",
    "state.sqlite/owed": "Hashes that the ledger is still to seal; no data.",
    "state.sqlite/items": "What a products file says of items.",
    "state.sqlite/rule_changes": "Who of the house changed which rule, when; names nobody else.",
    "state.sqlite/annotations": "What people here note of a day, for charts; names nobody.",
    "state.sqlite/views": "Questions about figures under a title; names nobody.",
}
"""Stores in which nobody is found: not in the register, and listed so that nothing is forgotten."""


def held_on(
    workspace: Stores, key: str, told: Sequence[tuple[str, str]] = ()
) -> dict[str, list[dict[str, Any]]]:
    """Everything held on a person, a list of rows for each store where something is found.

    Parameters
    ----------
    told : Sequence of (str, str)
        Field and value of what names them: what to look for where no key stands.
    """
    names = [value for _, value in told]
    state = workspace.state
    with workspace.tables.session() as session:
        held: dict[str, Mapping[str, Any]] = {
            "events": session.query(sql_text("regie.workspace", "events_of"), {"key": key}),
            "decisions": session.query(sql_text("regie.workspace", "decisions_of"), {"key": key}),
            "quarantine": quarantined(workspace, session, key, names),
        }
        named = papers.naming(workspace, session, key, told)
    asked = {one for one, (of, _) in state.requesters().items() if of == key}
    outgoing = state.outbox()
    mine = outgoing["key"] == key
    held |= {
        "state.sqlite/contacts": state.contact_history(key),
        "state.sqlite/consents": state.consents([key]),
        "state.sqlite/outbox": {name: column[mine] for name, column in outgoing.items()},
    }
    rows = {store: _rows(columns) for store, columns in held.items()}
    rows["state.sqlite/requests"] = [
        {"step": s.step, "at_us": s.at_us, **s.facts} for s in state.steps() if s.request in asked
    ]
    rows["reports"] = papers.shown(named, workspace.folder)
    return {store: found for store, found in rows.items() if found}


def _rows(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    plain = {
        name: column.tolist() if isinstance(column, np.ndarray) else list(column)
        for name, column in columns.items()
    }
    return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]


def quarantined(
    workspace: Stores, session: Session, key: str, names: Sequence[str]
) -> dict[str, list[Any]]:
    """Rows set aside that name a person: only their text says so, so they are opened.

    A cell whose key is the person's names them, and so does one of `names` anywhere in the text.
    """
    found = session.query(sql_text("regie.workspace", "quarantined"))
    named: dict[str, list[Any]] = {"import_id": [], "file": [], "row": [], "text": []}
    if not len(found["row"]):
        return named
    contexts = [f"{i}/{r}" for i, r in zip(found["import_id"], found["row"], strict=True)]
    texts = workspace.quarantine_vault.unseal([bytes(raw) for raw in found["raw"]], contexts)
    for import_id, file, row, text in zip(
        found["import_id"], found["file"], found["row"], texts, strict=True
    ):
        if text and _names(workspace, text, key, names):
            for column, value in zip(
                named, (str(import_id), str(file), int(row), text), strict=True
            ):
                named[column].append(value)
    return named


def _names(workspace: Stores, text: str, key: str, names: Sequence[str]) -> bool:
    if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names):
        return True
    return key in keys_in(workspace, text)


def keys_in(workspace: Stores, text: str) -> set[str]:
    """The keys of everybody whom a cell of a row of text could name."""
    cells = {cell.strip() for cell in _CELL_ENDS.split(text)}
    return {person_key(workspace.key, cell) for cell in cells if cell}


_CELL_ENDS = re.compile('[,;\t|":{}]')
