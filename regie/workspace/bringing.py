"""Bringing an upload in: by a mapping that is there, or by one that a person chose for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from regie.terms.errors import SettingError
from regie.workspace import proposing, uploads
from regie.workspace.proposing import Chosen

if TYPE_CHECKING:
    from regie.workspace.importing import Imported
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


def bring(workspace: Workspace, token: str, mapping: str) -> Imported:
    """Bring an upload in by a mapping, and remove it.

    Raises
    ------
    InputError, RuleError, NotFoundError
        If it cannot be; nothing is written, and the upload stays.
    """
    done: Imported = workspace.import_file(uploads.found(workspace, token), mapping)
    uploads.drop(workspace, token)
    return done
