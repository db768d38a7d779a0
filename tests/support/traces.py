"""Every trace of a text in a workspace's folder: raw bytes, and what the formats would hide.

Why decode: a search of raw bytes misses a person inside compressed Parquet, and encrypted texts.
A text is looked for in every spelling bytes can give it: UTF-8, UTF-16, Latin-1, hex, base64 in its
three alignments, and a number also as integer and as float, in both byte orders.
"""

from __future__ import annotations

import base64
import gzip
import io
import re
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np

from regie.workspace import open_workspace

TEXTS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")
LEAST_PACKED = 1 << 24
"""A smaller number is four bytes of which some are zero: any file holds those by chance."""


def spellings(needle: str) -> dict[str, bytes]:
    """How bytes may spell a text; the plain ones of a number are searched as whole words.

    Examples
    --------
    >>> sorted(spellings("ada@x.example"))[:3]
    ['base64 at 0', 'base64 at 1', 'base64 at 2']
    >>> spellings("918273645")["<i"] == (918273645).to_bytes(4, "little")
    True
    """
    plain = needle.encode()
    found = {text: needle.encode(text, "ignore") for text in TEXTS}
    if len(plain) >= _LEAST_CODED:
        found["hex"], found["HEX"] = plain.hex().encode(), plain.hex().upper().encode()
        for at in range(3):
            # What stands before and behind a text in the same three bytes changes with them.
            coded = base64.b64encode(b"\0" * at + plain).rstrip(b"=")
            found[f"base64 at {at}"] = coded[
                (0, 2, 3)[at] : len(coded) - (1 if len(coded) % 4 else 0)
            ]
    if needle.isdigit() and LEAST_PACKED <= int(needle) < 1 << 31:
        for order in "<>":
            found |= {f"{order}{kind}": struct.pack(order + kind, int(needle)) for kind in "id"}
    return found


_LEAST_CODED = 6


def traces(folder: Path, needles: Sequence[str]) -> set[tuple[str, str]]:
    """(needle, where it stands) for every needle found anywhere in the folder.

    Returns
    -------
    set of (str, str)
        `where` is the file's path in the folder, `!decoded` behind it if only decoding showed it.
    """
    found = set()
    con = duckdb.connect()  # one for all files: to open one takes longer than to read most of them
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        where = path.relative_to(folder).as_posix()
        content = path.read_bytes()
        unpacked = list(_unpacked(content))
        raw = {needle for needle in needles if _holds(content, needle)}
        inside = {n for n in needles if any(_holds(part, n) for part in unpacked)}
        for part in _decoded(path, con):  # piece by piece: ten million rows are gigabytes of text
            inside |= {n for n in needles if n in part and _whole(n).search(part)}
        raw |= {needle for needle in needles if needle.casefold() in where.casefold()}
        found |= {(needle, where) for needle in raw}
        found |= {(needle, f"{where}!decoded") for needle in inside - raw}
    con.close()
    return found | {
        (needle, where)
        for where, text in _unsealed(folder)
        for needle in needles
        if _whole(needle).search(text)
    }


def _whole(needle: str) -> re.Pattern[str]:
    """The text as a word of its own: 13248 is not found in the instant 1310132480000000."""
    return re.compile(rf"(?<![\w.]){re.escape(needle)}(?!\w)")


def _holds(content: bytes, needle: str) -> bool:
    """Whether bytes hold the text in any spelling; of a number, as a word of its own."""
    for how, spelt in spellings(needle).items():
        if spelt not in content:
            continue
        if not needle.isdigit() or how not in {"utf-8", "latin-1"}:
            return True
        alone = rb"(?<![0-9A-Za-z.])" + spelt + rb"(?![0-9A-Za-z])"
        if re.search(alone, content):
            return True
    return False


def places(found: set[tuple[str, str]]) -> set[str]:
    """The first folder or file of each trace."""
    return {where.split("/")[0].removesuffix("!decoded") for _, where in found}


def _unpacked(content: bytes) -> Iterator[bytes]:
    """What a compressed file holds: gzip, zlib, zip (and so npz and xlsx)."""
    if content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    elif content[:2] in {b"\x78\x01", b"\x78\x9c", b"\x78\xda"}:
        yield zlib.decompress(content)
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def _decoded(path: Path, con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    if ".parquet" in path.name:
        rows = con.read_parquet(str(path))
        while some := rows.fetchmany(50_000):
            yield "\n".join(map(repr, some))
    elif path.name.endswith(".zst"):
        yield from (str(row) for row in con.read_csv(str(path), all_varchar=True).fetchall())
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
