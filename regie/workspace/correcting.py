"""Rows that were set aside: shown by their reason, corrected by a person, and read again.

A corrected row goes in as if its file had held it: the same steps read it, under the same source,
so it gets the same id, and a file that is corrected at its source later adds it no second time. It
is an import of its own, sealed as any, and the row goes out of quarantine once that is published:
done twice, or cut short between the two, it counts once. The same file again leaves it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from regie.collect import intake
from regie.collect.mapping import Mapping as FileMapping
from regie.ports.state import Import
from regie.ports.tables import Session, sql_text
from regie.terms.errors import NotFoundError, RefusedError
from regie.terms.person import person_key
from regie.workspace.expiry import kept_since
from regie.workspace.importing import Imported, Work, completed, erased_us
from regie.workspace.sealing import Sealing
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

SHOWN = 25
"""So many rows are shown at once."""
_ROW = ".row"
"""How the account of an import of corrected rows names each row that it read."""
_UNSPLIT = ("row", "text")
"""Reasons of rows that were never split into fields."""


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was set aside.

    Parameters
    ----------
    reason : str
        The field that cannot be read; `row` or `text` where the whole row cannot.
    expected : str
        What the field takes, in words.
    fields : dict[str, str]
        Field to its text; every field of the mapping, empty where the row has none.
    raw : str
        The row as the file has it, where it could not be split into fields; else empty.
    """

    row: int
    reason: str
    expected: str
    fields: dict[str, str]
    raw: str


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What reading corrected rows again did.

    Parameters
    ----------
    imported : Imported or None
        None where a row still cannot be read: nothing was written then.
    still : dict[int, tuple[str, str]]
        Row to the field that still cannot be read, and what it takes.
    """

    imported: Imported | None
    still: dict[int, tuple[str, str]]


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a file that were read again once somebody had corrected them.

    Parameters
    ----------
    at_us : int
        Wall clock.
    rows : tuple[int, ...]
        The file's numbers of them.
    """

    at_us: int
    rows: tuple[int, ...]


def reasons(workspace: Stores, import_id: str) -> dict[str, int]:
    """Reason to how many rows of an import wait, most first."""
    with workspace.tables.session() as session:
        found = session.query(sql_text("regie.workspace", "set_aside_counts"), {"of": import_id})
    return dict(zip(map(str, found["reason"]), map(int, found["rows"]), strict=True))


def waiting(workspace: Stores) -> dict[str, int]:
    """Import to how many of its rows wait."""
    with workspace.tables.session() as session:
        found = session.query(sql_text("regie.workspace", "set_aside_by_import"))
    return dict(zip(map(str, found["import_id"]), map(int, found["rows"]), strict=True))


def set_aside(
    workspace: Stores, import_id: str, reason: str = "", *, most: int = SHOWN, after: int = -1
) -> list[Aside]:
    """The first rows of an import that wait, of one reason or of any.

    Parameters
    ----------
    after : int
        The row after which to begin.

    Raises
    ------
    NotFoundError
        If there is no such import, or its mapping is gone.
    """
    mapping = mapping_of(workspace, import_id)
    with workspace.tables.session() as session:
        rows = _opened(workspace, session, import_id, reason, most=most, after=after)
    names = [*mapping.columns, *mapping.trait_columns]
    aside = []
    for row, (why, text) in rows.items():
        fields = {} if why in _UNSPLIT else _fields(text)
        found = fields.get(why, "")
        aside.append(
            Aside(
                row=row,
                reason=why,
                expected=intake.expected(why, mapping, found),
                fields={name: fields.get(name, "") for name in names},
                raw=text if why in _UNSPLIT else "",
            )
        )
    return aside


def mapping_of(workspace: Stores, import_id: str) -> FileMapping:
    """The mapping by which an import's file is read."""
    return completed(workspace, workspace.rules.mapping(brought_by(workspace, import_id).mapping))


def brought_by(workspace: Stores, import_id: str) -> Import:
    """A published import.

    Raises
    ------
    NotFoundError
        If there is none of that id.
    """
    for brought in workspace.state.imports("published"):
        if brought.id == import_id:
            return brought
    raise NotFoundError(f"import {import_id}", "not there", "one of the history", "open the list")


def _opened(
    workspace: Stores,
    session: Session,
    import_id: str,
    reason: str = "",
    *,
    most: int = 1_000_000,
    after: int = -1,
) -> dict[int, tuple[str, str]]:
    """Row to its reason and its text, decrypted."""
    found = session.query(
        sql_text("regie.workspace", "set_aside"),
        {"of": import_id, "reason": reason, "most": most, "after": after},
    )
    contexts = [f"{import_id}/{row}" for row in found["row"]]
    texts = workspace.quarantine_vault.unseal([bytes(raw) for raw in found["raw"]], contexts)
    rows = zip(found["row"], found["reason"], texts, strict=True)
    return {int(row): (str(why), text or "") for row, why, text in rows}


def _fields(text: str) -> dict[str, str]:
    """A row's fields, as intake kept them: those that held something."""
    kept: dict[str, Any] = msgspec.json.decode(text)
    ours = ("row", "unreadable", "aside", "details")
    return {name: str(value) for name, value in kept.items() if name not in ours and value}


def replay(
    workspace: Stores, import_id: str, corrected: Mapping[int, Mapping[str, str]]
) -> Replayed:
    """Read rows again with values that a person corrected, and take them out of quarantine.

    Parameters
    ----------
    corrected : Mapping[int, Mapping[str, str]]
        Row to the fields that were corrected; the others stay as the file has them.

    Raises
    ------
    RefusedError
        If one of the rows does not wait any more.
    """
    Sealing(workspace).check()
    brought = brought_by(workspace, import_id)
    mapping = mapping_of(workspace, import_id)
    with workspace.tables.lease("events"), workspace.tables.session() as session:
        held = _opened(workspace, session, import_id)
        rows = {}
        for row, values in corrected.items():
            if row not in held:
                raise RefusedError(
                    f"row {row} of {brought.file}", "not set aside any more", "one that waits",
                    "look at what waits now",
                )  # fmt: skip
            why, text = held[row]
            rows[row] = {**({} if why in _UNSPLIT else _fields(text)), **values}
        read = intake.read_again(session, mapping, rows, now_us=workspace.settings.now_us())
        if still := _still(session, read):
            return Replayed(imported=None, still=still)
        imported = _bring(workspace, session, read, brought, sorted(rows))
    _release(workspace, imported.import_id, import_id, list(rows))
    return Replayed(imported=imported, still={})


def _still(session: Session, read: intake.Read) -> dict[int, tuple[str, str]]:
    found = intake.unreadable_rows(session, SHOWN)
    rows = zip(found["row"], found["bad"], found["found"], strict=True)
    return {
        int(row): (str(bad), intake.expected(str(bad), read.mapping, str(text or "")))
        for row, bad, text in rows
    }


def _bring(
    workspace: Stores, session: Session, read: intake.Read, brought: Import, rows: Sequence[int]
) -> Imported:
    keys = [person_key(workspace.key, one, read.mapping.namespace) for one in read.people]
    placed = intake.place(
        session,
        read.mapping,
        read.people,
        keys,
        erased_us(workspace, keys),
        since_us=kept_since(workspace),
        zone=workspace.settings.zone,
    )
    number = len(workspace.state.imports()) + 1
    replayed = Import(
        id=f"{intake.REPLAYED}{number}-{brought.id}",
        at_us=wall_us(),
        file=brought.file,
        sha256=brought.sha256,
        mapping=brought.mapping,
        counts={f"{row}{_ROW}": 1 for row in rows},
    )
    return Work(workspace, session, read, replayed, placed, rules=()).publish(())


def _release(workspace: Stores, replayed: str, import_id: str, rows: list[int]) -> None:
    """Take rows out of quarantine, sealed before they go."""
    sealing, everything = Sealing(workspace), workspace.everything
    with everything.lease("quarantine"):
        with everything.session() as session:
            places = [f"{import_id}/{row}" for row in rows]
            leaves = sealing.quarantine_leaves(session, places=places)
        sealing.seal("replayed", replayed, leaves)
        everything.erase("quarantine", {"import_id": [import_id] * len(rows), "row": rows})


def replays_of(workspace: Stores, import_id: str) -> list[Import]:
    """The imports by which rows of an import came in after they were corrected."""
    return [
        one
        for one in workspace.state.imports("published")
        if one.id.startswith(intake.REPLAYED) and one.id.endswith(f"-{import_id}")
    ]


def numbered(rows: Iterable[int]) -> str:
    """Rows by their numbers, in order.

    Examples
    --------
    >>> numbered([7, 2])
    '2, 7'
    """
    return ", ".join(map(str, sorted(rows)))


def later(workspace: Stores, import_id: str) -> list[Later]:
    """Which rows of an import were read again when, in order."""
    return [
        Later(
            at_us=one.at_us,
            rows=tuple(int(told.removesuffix(_ROW)) for told in one.counts if told.endswith(_ROW)),
        )
        for one in replays_of(workspace, import_id)
    ]
