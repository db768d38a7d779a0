"""Bringing an upload in: by a mapping that is there, or by one that a person chose for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from regie.ports.jobs import Job
from regie.terms.errors import RegieError, SettingError
from regie.workspace import jobs, proposing, uploads
from regie.workspace.importing import Imported
from regie.workspace.proposing import AT_ONCE_BYTES, Chosen

if TYPE_CHECKING:
    from regie.workspace.workspace import Workspace


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an upload: it came in, or a job brings it in.

    fr: fichier importé

    Examples
    --------
    >>> Brought(file="orders.csv", imported=None, job=None).file
    'orders.csv'
    """

    file: str
    imported: Imported | None
    job: Job | None


def bring(workspace: Workspace, token: str, mapping: str, actor: str) -> Brought:
    """Bring an upload in by a mapping, and remove it: at once where it is small, else as a job.

    Raises
    ------
    InputError, RuleError, NotFoundError
        If it cannot be; nothing is written, and the upload stays.
    """
    path = uploads.found(workspace, token)
    if path.stat().st_size > AT_ONCE_BYTES:
        asked = jobs.new("import", {"file": str(path), "mapping": mapping}, actor)
        return Brought(file=path.name, imported=None, job=jobs.start(workspace, asked))
    done: Imported = workspace.import_file(path, mapping)
    uploads.drop(workspace, token)
    return Brought(file=path.name, imported=done, job=None)


def bring_as(workspace: Workspace, token: str, name: str, by: Chosen, actor: str) -> Brought:
    """Bring an upload in by a mapping that a person chose for it, kept under a name.

    Raises
    ------
    SettingError
        If the name is none, or taken.
    InputError, RuleError
        If the file is refused: then nothing stays of the mapping either, and its name is free.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
        raise SettingError(
            "name", f'"{name}"', "small letters, digits and -", "write one word like shop-orders"
        )
    written = proposing.write(workspace, uploads.found(workspace, token), name, by)
    try:
        return bring(workspace, token, name, actor)
    except RegieError:
        written.unlink()
        raise
