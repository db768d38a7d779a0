"""Bringing an upload in: by a mapping that is there, or by one that a person chose for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from regie.ports.jobs import Job
from regie.terms.errors import SettingError
from regie.workspace import jobs, proposing, uploads
from regie.workspace.importing import Imported
from regie.workspace.proposing import Chosen

if TYPE_CHECKING:
    from regie.workspace.stores import Stores
    from regie.workspace.workspace import Workspace

AT_ONCE_BYTES = 4 << 20
"""Up to here a page can wait for its import; a larger one is a job."""


def new_mapping(workspace: Stores, token: str, name: str, by: Chosen) -> str:
    """Write the mapping that a person chose for an upload; its name.

    Raises
    ------
    SettingError
        If the name is none, or taken.
    FileError
        If a column that is needed was not chosen.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
        raise SettingError(
            "name", f'"{name}"', "small letters, digits and -", "write one word like shop-orders"
        )
    proposing.write(workspace, uploads.found(workspace, token), name, by)
    return name


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
