"""Files that were uploaded and wait to be brought in: read, never run, gone within a day.

Each lies in a folder of its own that nobody can guess. Of the name it came by only letters, digits
and a few signs are kept, and nothing is ever looked up by it. Why they go with any erasure: who
stands in a file that was not brought in yet is not to be known, whatever its form; the empty place
stays for its day, so that whoever brought the file is told why it is gone.
"""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from regie.govern.register import Holding
from regie.terms.errors import NotFoundError
from regie.terms.instant import DAY_US
from regie.workspace.redacting import file_name
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

HOLDINGS = (
    Holding(
        store="uploads",
        columns=("*",),
        purposes=("accounts",),
        retention_days=1,
        person="text",
        since="written",
        what={
            "en": "Files that were uploaded and are being looked at before they are brought in.",
            "fr": "Les fichiers déposés, examinés avant d’être importés.",
        },
    ),
)
"""What is kept of uploads."""

MOST_BYTES = 256 << 20
"""A larger file comes by the command line."""
_TOKEN = re.compile("[0-9a-f]{32}")
_LONGEST_NAME = 80


def named(name: str) -> str:
    """The name of an upload: the last part of what it came by, letters, digits, `.`, `-`, `_`.

    Examples
    --------
    >>> named("C:\\\\Users\\\\camille\\\\Commandes été.csv"), named("../../etc/passwd"), named("..")
    ('Commandes_été.csv', 'passwd', 'file')
    >>> named("export of ada@x.example.csv")
    'export_of_.csv'
    """
    last = file_name(re.split(r"[/\\]", name)[-1])
    plain = re.sub(r"[^\w.-]+", "_", last).lstrip(".-")
    return plain[-_LONGEST_NAME:].lstrip(".-") or "file"


def place(workspace: Stores, name: str) -> tuple[str, Path]:
    """Where a file that comes now is to be written, and the token that finds it."""
    # By the machine's clock too: a workspace that stands still grows no older.
    drop_before(workspace, wall_us() - DAY_US)
    token = secrets.token_hex(16)
    folder = workspace.folder / "uploads" / token
    folder.mkdir(parents=True, mode=0o700)
    return token, folder / named(name)


def found(workspace: Stores, token: str) -> Path:
    """An upload's file.

    Raises
    ------
    NotFoundError
        If it is not there (any more), or went with somebody's erasure.
    """
    folder = workspace.folder / "uploads" / token
    is_there = _TOKEN.fullmatch(token) is not None and folder.is_dir()
    files = sorted(folder.iterdir()) if is_there else []
    if is_there and not files:
        raise NotFoundError(
            "upload",
            "gone: somebody was erased while it waited, and who stands in it was not known",
            "one that waits",
            "take out whoever was erased, and upload the file again",
        ).because("upload_erased")
    if not files:
        raise NotFoundError(
            "upload", "not there any more", "one of the last day", "upload the file again"
        )
    return files[0]


def drop(workspace: Stores, token: str) -> None:
    """Remove an upload."""
    if _TOKEN.fullmatch(token):
        shutil.rmtree(workspace.folder / "uploads" / token, ignore_errors=True)


def let_go(workspace: Stores) -> None:
    """Remove every upload's file, as an erasure does; its place is left, and tells why."""
    for path in sorted((workspace.folder / "uploads").glob("*/*")):
        path.unlink(missing_ok=True)


def older(workspace: Stores, before_us: int) -> list[str]:
    """The uploads of before an instant, by the machine's clock."""
    return [
        folder.name
        for folder in sorted((workspace.folder / "uploads").glob("*"))
        if folder.stat().st_mtime * 1_000_000 < before_us
    ]


def drop_before(workspace: Stores, before_us: int) -> None:
    """Remove them."""
    for token in older(workspace, before_us):
        drop(workspace, token)
