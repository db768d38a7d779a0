"""Data for programs: where every line went, what was set aside and corrected, files brought."""

from __future__ import annotations

from typing import Annotated

import msgspec

from regie.interfaces.web.api.entry import Call, Entry, Name
from regie.interfaces.web.api.paging import Page, Paged, cut, no_cursor, page, place_of
from regie.ports.state import Import
from regie.terms.errors import NotFoundError, SettingError
from regie.workspace import bringing, correcting, proposing, sources, uploads
from regie.workspace.bringing import Brought
from regie.workspace.correcting import Aside, Later, Replayed
from regie.workspace.proposing import Chosen, Proposed
from regie.workspace.sources import Went

_MOST = 200
_Row = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Value = Annotated[str, msgspec.Meta(max_length=10_000)]


class ImportTold(msgspec.Struct, frozen=True, kw_only=True):
    """One import.

    Parameters
    ----------
    went : Went or None
        Where its lines went; None of lines that were corrected: they are told with their file.
    reasons : dict[str, int]
        Reason to how many of its lines wait, set aside.
    later : tuple[Later, ...]
        Which lines were read again once they were corrected, and when.
    """

    brought: Import
    went: Went | None
    reasons: dict[str, int]
    later: tuple[Later, ...]


class AsideAsked(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines that were set aside, for one reason or for any."""

    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Corrected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line to read again: the fields that are corrected, the others as the file has them."""

    row: _Row
    fields: Annotated[dict[Name, _Value], msgspec.Meta(min_length=1, max_length=200)]


class Corrections(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines to read again, all of them or none."""

    rows: Annotated[tuple[Corrected, ...], msgspec.Meta(min_length=1, max_length=_MOST)]


class FileAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file is called."""

    name: Annotated[str, msgspec.Meta(max_length=300)] = "file"


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """A file that waits to be looked at, for a day at most.

    Parameters
    ----------
    upload : str
        What finds it; its name never does.
    """

    upload: str
    file: str
    bytes: int


class ReadingChosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a file is to be read; what is empty is as found.

    Parameters
    ----------
    columns : dict[str, str]
        Field to the file's column.
    """

    kind: Annotated[str, msgspec.Meta(max_length=40)] = ""
    columns: Annotated[dict[Name, Name], msgspec.Meta(max_length=200)] = {}
    decimal: Annotated[str, msgspec.Meta(max_length=1)] = ""
    time_format: Annotated[str, msgspec.Meta(max_length=60)] = ""

    @property
    def chosen(self) -> Chosen:
        """As the house reads it."""
        return Chosen(
            kind=self.kind,
            columns=self.columns,
            decimal=self.decimal,
            time_format=self.time_format,
        )


class ToBring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By which mapping; `reading` writes a new one of that name first."""

    mapping: Name
    reading: ReadingChosen | None = None


def imports(call: Call) -> Page[Went]:
    """Every file, newest first."""
    found = sources.history(call.workspace)
    return page(
        found, call.query, lambda one: (one.source.at_us, one.source.import_id), falling=True
    )


def told(call: Call) -> ImportTold:
    """One import."""
    workspace, named = call.workspace, call.path["import_id"]
    brought = correcting.brought_by(workspace, named)
    every = (one for one in sources.history(workspace) if one.source.import_id == named)
    return ImportTold(
        brought=brought,
        went=next(every, None),
        reasons=correcting.reasons(workspace, named),
        later=tuple(correcting.later(workspace, named)),
    )


def aside(call: Call) -> Page[Aside]:
    """Lines set aside."""
    asked: AsideAsked = call.query
    place = place_of(asked.cursor)
    if place is not None and not (len(place) == 1 and isinstance(place[0], int)):
        raise no_cursor()
    rows = correcting.set_aside(
        call.workspace, call.path["import_id"], asked.reason, most=asked.limit + 1,
        after=int(place[0]) % 2**63 if place else -1,
    )  # fmt: skip
    return cut(rows, asked, lambda one: (one.row,))


def correct(call: Call) -> Replayed:
    """Read lines again."""
    asked: Corrections = call.body
    corrected = {one.row: one.fields for one in asked.rows}
    if len(corrected) < len(asked.rows):
        raise SettingError("rows", "with a line twice", "each line once", "leave one out")
    done = correcting.replay(call.workspace, call.path["import_id"], corrected)
    if done.imported is not None:
        call.note("corrected_lines", f"{call.path['import_id']}, {correcting.numbered(corrected)}")
    return done


def upload(call: Call) -> Uploaded:
    """A file came."""
    path = uploads.found(call.workspace, call.upload)
    size = path.stat().st_size
    if not size:
        raise SettingError("file", "empty", "a file with lines", "send another one")
    call.note("uploaded", path.name)
    return Uploaded(upload=call.upload, file=path.name, bytes=size)


def preview(call: Call) -> Proposed:
    """How it would be read."""
    return proposing.propose(call.workspace, uploads.found(call.workspace, call.path["upload"]))


def preview_as(call: Call) -> Proposed:
    """How it would be read as somebody chooses."""
    path = uploads.found(call.workspace, call.path["upload"])
    return proposing.propose(call.workspace, path, call.body.chosen)


def bring(call: Call) -> Brought:
    """Bring it in."""
    asked: ToBring = call.body
    workspace, token = call.workspace, call.path["upload"]
    uploads.found(workspace, token)
    mapping, by = asked.mapping, call.account.email
    if asked.reading is not None:
        done = bringing.bring_as(workspace, token, mapping, asked.reading.chosen, by)
    elif mapping in workspace.rules.mappings():
        done = bringing.bring(workspace, token, mapping, by)
    else:
        known = ", ".join(workspace.rules.mappings())
        raise NotFoundError(f"mapping {mapping}", "not there", f"one of {known}", "choose one")
    rows = f", {done.imported.rows}" if done.imported else ""
    call.note("imported", f"{done.file}{rows}")
    return done


def forget(call: Call) -> Uploaded:
    """Not this file."""
    token = call.path["upload"]
    path = uploads.found(call.workspace, token)
    told = Uploaded(upload=token, file=path.name, bytes=path.stat().st_size)
    uploads.drop(call.workspace, token)
    return told


_ONE, _UPLOAD = "/imports/{import_id}", "/uploads/{upload}"
ENTRIES = (
    Entry(method="GET", path="/imports", permission="see_data", function=imports, query=Paged,
          does="Every file, newest first, and where each of its lines went.", answer=Page[Went]),
    Entry(method="GET", path=_ONE, permission="see_data", function=told,
          does="One import: where its lines went, what waits for which reason.",
          answer=ImportTold),
    Entry(method="GET", path=f"{_ONE}/aside", permission="bring_data", function=aside,
          query=AsideAsked, does="Its lines that were set aside, with what each should be.",
          answer=Page[Aside]),
    Entry(method="POST", path=f"{_ONE}/aside", permission="bring_data", function=correct,
          body=Corrections, does="Read lines again with corrected values: all of them, or none.",
          answer=Replayed, heavy=True),
    Entry(method="POST", path="/uploads", permission="bring_data", function=upload,
          query=FileAsked, does="Send a file, as it is, to be looked at.", answer=Uploaded,
          takes_file=True),
    Entry(method="GET", path=_UPLOAD, permission="bring_data", function=preview,
          does="How an upload would be read: its columns, its first rows as understood.",
          answer=Proposed, heavy=True),
    Entry(method="POST", path=f"{_UPLOAD}/preview", permission="bring_data",
          function=preview_as, body=ReadingChosen,
          does="How it would be read as you choose: kind, columns, decimal mark, form of dates.",
          answer=Proposed, heavy=True),
    Entry(method="POST", path=f"{_UPLOAD}/bring", permission="bring_data", function=bring,
          body=ToBring, does="Bring it in: at once where it is small, else by a job.",
          answer=Brought, heavy=True),
    Entry(method="POST", path=f"{_UPLOAD}/forget", permission="bring_data", function=forget,
          does="Let go of an upload.", answer=Uploaded),
)  # fmt: skip
