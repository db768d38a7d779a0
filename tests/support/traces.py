"""Every trace of a text in a workspace's folder: raw bytes, and what the formats would hide.

Why decode: a search of raw bytes misses a person inside compressed Parquet, and encrypted texts.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np

from regie.workspace import open_workspace

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")


def traces(folder: Path, needles: Sequence[str]) -> set[tuple[str, str]]:
    """(needle, where it stands) for every needle found anywhere in the folder.

    Returns
    -------
    set of (str, str)
        `where` is the file's path in the folder, `!decoded` behind it if only decoding showed it.
    """
    found = set()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        where = path.relative_to(folder).as_posix()
        content = path.read_bytes()
        decoded = "\n".join(_decoded(path))
        for needle in needles:
            if any(_holds(content, needle, encoding) for encoding in ENCODINGS):
                found.add((needle, where))
            elif needle in decoded and _whole(needle).search(decoded):
                found.add((needle, f"{where}!decoded"))
    return found | {
        (needle, where)
        for where, text in _unsealed(folder)
        for needle in needles
        if _whole(needle).search(text)
    }


def _whole(needle: str) -> re.Pattern[str]:
    """The text as a word of its own: 13248 is not found in the instant 1310132480000000."""
    return re.compile(rf"(?<![\w.]){re.escape(needle)}(?!\w)")


def _holds(content: bytes, needle: str, encoding: str) -> bool:
    """Whether bytes hold the text; of a number, as a word of its own."""
    if needle.encode(encoding) not in content:
        return False
    if not needle.isdigit() or encoding != "utf-8":
        return True
    alone = rb"(?<![0-9A-Za-z.])" + needle.encode() + rb"(?![0-9A-Za-z])"
    return re.search(alone, content) is not None


def places(found: set[tuple[str, str]]) -> set[str]:
    """The first folder or file of each trace."""
    return {where.split("/")[0].removesuffix("!decoded") for _, where in found}


def _decoded(path: Path) -> Iterator[str]:
    if path.suffix == ".parquet":
        con = duckdb.connect()
        rows = con.read_parquet(str(path)).fetchall()
        con.close()
        yield from (repr(row) for row in rows)
    elif path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            yield from (repr(arrays[name].tolist()) for name in arrays.files)
    elif path.suffix == ".sqlite":
        state = sqlite3.connect(path)
        yield from state.iterdump()
        state.close()


def _unsealed(folder: Path) -> Iterator[tuple[str, str]]:
    """What only the workspace's key opens: contacts, and rows that were set aside."""
    with open_workspace(folder) as workspace:
        keys = sorted({*workspace.state.contacts(["raw_id"])["key"].tolist()})
        for key in keys:
            history = workspace.state.contact_history(key)
            yield "contacts!unsealed", repr([history["value"].tolist(), key])
        with workspace.everything.session() as session:
            rows = session.query("SELECT import_id, row, raw FROM quarantine ORDER BY ALL")
        contexts = [f"{i}/{r}" for i, r in zip(rows["import_id"], rows["row"], strict=True)]
        for text in workspace.quarantine_vault.unseal(
            [bytes(raw) for raw in rows["raw"]], contexts
        ):
            yield "quarantine!unsealed", str(text)
