"""What a person can ask: consent, objection, access, rectification, erasure; the shell of rights.

A withdrawal holds from the next read. Erasing hides at once and then destroys: order lines become
anonymous, so that the accounts keep their totals, and every other row goes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from regie.govern import ledger
from regie.ports.tables import Session, sql_text
from regie.terms.consent import PURPOSES
from regie.terms.errors import NotFoundError, SettingError
from regie.terms.person import keyed_token
from regie.workspace.settings import wall_us
from regie.workspace.writing import CONTACT_FIELDS

if TYPE_CHECKING:
    from regie.workspace.workspace import Workspace


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure did: rows by table, and after how many seconds each part was done."""

    rows: dict[str, int]
    hidden_s: float
    destroyed_s: float


def consent(
    workspace: Workspace, key: str, *, grant: Sequence[str] = (), withdraw: Sequence[str] = ()
) -> dict[str, bool]:
    """Note answers and tell where each purpose stands."""
    for purpose in (*grant, *withdraw):
        if purpose not in PURPOSES:
            raise SettingError(
                "purpose", f'"{purpose}"', "one of " + ", ".join(PURPOSES), "see regie consent --help"
            )
    answers = [(p, True) for p in grant] + [(p, False) for p in withdraw]
    if answers:
        _put(workspace, key, answers, "noted by hand")
        if any(granted for _, granted in answers):
            # Consenting anew ends an erasure's opposition: later rows may carry the person again.
            workspace.state.lift_opposition(_fingerprint(workspace, key))
    return standing(workspace, key)


def object_to(workspace: Workspace, key: str) -> dict[str, bool]:
    """Object to everything that rests on anything but the law (GDPR article 21)."""
    purposes = [p for p in PURPOSES if p not in ("accounts", "service")]
    _put(workspace, key, [(purpose, False) for purpose in purposes], "objection")
    workspace.state.oppose(_fingerprint(workspace, key), wall_us(), "objected")
    return standing(workspace, key)


def _put(workspace: Workspace, key: str, answers: Sequence[tuple[str, bool]], why: str) -> None:
    at_us = workspace.settings.now_us()
    # In a workspace that stands still two answers of one day must keep their order.
    found = workspace.state.consents([key])
    if len(found["at_us"]):
        at_us = max(at_us, int(found["at_us"].max()) + 1)
    workspace.state.put_consents(
        {
            "key": [key] * len(answers),
            "purpose": [purpose for purpose, _ in answers],
            "granted": [granted for _, granted in answers],
            "basis": ["consent"] * len(answers),
            "at_us": [at_us] * len(answers),
            "evidence": [why] * len(answers),
            "import_id": [None] * len(answers),
        }
    )
    workspace.sealing.seal("consent", keyed_token(workspace.key, "entry", f"{key}/{wall_us()}"), b"")


def standing(workspace: Workspace, key: str) -> dict[str, bool]:
    """Whether each purpose is open for a person now."""
    from regie.govern.consent import allows
    from regie.workspace.sight import consents_by_key

    consents = consents_by_key(workspace, [key])[key]
    hidden = key in workspace.state.hidden_keys()
    far_us = 2**62
    return {
        name: allows(consents, purpose, as_of_us=far_us, hidden=hidden)
        for name, purpose in workspace.rules.purposes().items()
    }


def rectify(workspace: Workspace, key: str, field: str, value: str) -> dict[str, Any]:
    """Change what is held on a person; earlier values stay in the history."""
    allowed = [name for name in CONTACT_FIELDS if name != "raw_id"]
    if field not in allowed and not field.startswith("trait:"):
        raise SettingError(
            "field",
            f'"{field}"',
            "one of " + ", ".join(allowed) + ", or trait:NAME",
            "an order is corrected by importing its corrected file",
        )
    workspace.state.rectify(key, field, value, wall_us(), "rectified")
    return held_contacts(workspace, key)


def held_contacts(workspace: Workspace, key: str) -> dict[str, Any]:
    """The values that stand for a person, by field."""
    history = workspace.state.contact_history(key)
    standing: dict[str, Any] = {}
    for field, value in zip(history["field"], history["value"], strict=True):
        standing[str(field)] = value
    return standing


def access(workspace: Workspace, key: str) -> dict[str, Any]:
    """All that is held on a person, found through the list of holdings."""
    from regie.workspace.holdings import HOLDINGS

    held: dict[str, Any] = {"key": key, "purposes": standing(workspace, key)}
    with workspace.tables.session() as session:
        for holding in HOLDINGS:
            if holding.read is not None:
                held[holding.table] = holding.read(workspace, session, key)
    return held


def erase(workspace: Workspace, key: str) -> Erased:
    """Hide a person at once, then destroy what is held on them; the accounts keep their totals."""
    started = time.monotonic()
    if not is_known(workspace, key):
        raise NotFoundError(f"person {key}", "not there", "a person", "see regie access --help")
    raw_id = held_contacts(workspace, key).get("raw_id")
    workspace.state.erase(key, _fingerprint(workspace, key), _last_us(workspace, key))
    hidden_s = time.monotonic() - started
    rows = destroy(workspace, key, raw_id)
    return Erased(rows=rows, hidden_s=hidden_s, destroyed_s=time.monotonic() - started)


def destroy(workspace: Workspace, key: str, raw_id: str | None) -> dict[str, int]:
    """The physical part: every table, file and page; safe to do again after a crash."""
    from regie.workspace.holdings import erase_files

    sealing, number = workspace.sealing, len(workspace.ledger.entries())
    import_id = f"anonymous-{number}"
    with workspace.tables.lease("events"), workspace.tables.lease("decisions"):
        with workspace.tables.session() as session:
            released = _leaves_of(workspace, session, key)
            set_aside = _quarantined(workspace, session, key, raw_id)
        files = erase_files(workspace, key)
        rows = {
            "events": workspace.tables.erase(
                "events",
                {"key": [key]},
                sql_text("regie.workspace", "anonymous"),
                {"import_id": import_id},
            ),
            "decisions": workspace.tables.erase("decisions", {"subject": [key]}),
            "quarantine": workspace.tables.erase("quarantine", set_aside) if set_aside["row"] else 0,
            "files": files,
        }
        sealing.seal("erasure", import_id, released)
        with workspace.tables.session() as session:
            sealing.seal(
                "anonymised", import_id, sealing.event_leaves(session, import_id=import_id)
            )
    workspace.state.forget(key)
    workspace.state.checkpoint()
    return rows


def _leaves_of(workspace: Workspace, session: Session, key: str) -> bytes:
    decisions = session.query(
        "SELECT * FROM decisions WHERE subject = $key ORDER BY id", {"key": key}
    )
    events = workspace.sealing.event_leaves(session, key=key)
    return events + ledger.record_leaves(decisions)


def _quarantined(
    workspace: Workspace, session: Session, key: str, raw_id: str | None
) -> dict[str, list[Any]]:
    """Rows set aside that name the person: only their text says so, so they are opened."""
    found = session.query("SELECT import_id, row, raw FROM quarantine ORDER BY import_id, row")
    matching: dict[str, list[Any]] = {"import_id": [], "row": []}
    if raw_id is None or not len(found["row"]):
        return matching
    contexts = [f"{i}/{r}" for i, r in zip(found["import_id"], found["row"], strict=True)]
    texts = workspace.quarantine_vault.unseal([bytes(raw) for raw in found["raw"]], contexts)
    for import_id, row, text in zip(found["import_id"], found["row"], texts, strict=True):
        if text and raw_id in text:
            matching["import_id"].append(str(import_id))
            matching["row"].append(int(row))
    return matching


def is_known(workspace: Workspace, key: str) -> bool:
    """Whether anything is held on a person."""
    if len(workspace.state.contact_history(key)["key"]):
        return True
    with workspace.tables.session() as session:
        return bool(_count(session, "events", key))


def _count(session: Session, table: str, key: str) -> int:
    return int(
        session.query("SELECT count(*) AS n FROM events WHERE key = $key", {"key": key})["n"][0]
    )


def _last_us(workspace: Workspace, key: str) -> int:
    """Until when rows of this person are dropped at import: now, or the workspace's present."""
    return workspace.settings.now_us()


def _fingerprint(workspace: Workspace, key: str) -> str:
    return keyed_token(workspace.key, "opposition", key)
