"""What a power cut may leave of a folder: writes that were not synced dropped, names too.

A kill leaves the page cache, so it cannot show a missing fsync. Here a child's system calls are
traced (strace) with all their bytes, and a model of the disk replays them: what is durable is what
fsync made so, a file's bytes by its own, a name by its folder's. At any call the power may go; what
then stands on the disk is one of several states, each of which can be made and opened.

The model is stricter than most file systems: syncing a file says nothing of its name.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from regie.workspace import open_workspace
from tests.support.faults import STEADY, WORKS

CALLS = (
    "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,rename,renameat,"
    "renameat2,unlink,unlinkat,link,linkat,mkdir,mkdirat,rmdir,ftruncate,lseek"
)
STATES = ("least", "names", "bytes", "mixed")
"""Only what was synced · every name, but only synced bytes · every byte under synced names · by
chance, and files cut short."""

ACKNOWLEDGED = "said-to-be-done"


class Call(NamedTuple):
    """One system call: its name, its arguments as text, what it returned."""

    name: str
    arguments: str
    returned: int

    def path(self) -> str:
        """The first path it names."""
        found = _TEXT.search(self.arguments)
        return os.fsdecode(_bytes(found[1])) if found else ""


def trace(work: str, folder: Path, log: Path, broken: str = "") -> list[Call]:
    """Do a work in a traced process; its calls in order."""
    done = subprocess.run(
        ["strace", "-f", "-y", "-xx", "-s", "100000000", "-o", str(log), "-e", f"trace={CALLS}",
         sys.executable, "-m", "tests.support.power", work, str(folder), broken],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    with log.open("r", encoding="ascii") as lines:
        return list(_calls(lines))


def _calls(lines: Iterator[str]) -> Iterator[Call]:
    begun: dict[str, str] = {}
    for line in lines:
        who, _, rest = line.rstrip("\n").partition(" ")
        rest = rest.lstrip()
        if rest.endswith("<unfinished ...>"):
            begun[who] = rest.removesuffix("<unfinished ...>")
            continue
        resumed = _RESUMED.match(rest)
        if resumed:
            rest = begun.pop(who, "") + rest[resumed.end() :]
        found = _CALL.match(rest)
        if found and int(found[3]) >= 0:
            yield Call(found[1], found[2], int(found[3]))


_RESUMED = re.compile(r"<\.\.\. \w+ resumed>")
_CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_HANDLE = re.compile(r"^(?:AT_FDCWD|(\d+))<((?:\\x[0-9a-f]{2})*)>")


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


class Disk:
    """A folder's names and bytes: as programs see them, and as the disk holds them."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.names: dict[str, int] = {}
        self.content: dict[int, bytearray | None] = {}  # None: a folder
        self._open: dict[int, list[Any]] = {}
        for path in (folder, *sorted(folder.rglob("*"))):
            self._make(str(path), path.read_bytes() if path.is_file() else None)
        self.durable_names = dict(self.names)
        self.durable = {i: bytes(b) for i, b in self.content.items() if b is not None}

    def _make(self, path: str, content: bytes | None) -> int:
        inode = len(self.content)
        self.names[path] = inode
        self.content[inode] = None if content is None else bytearray(content)
        return inode

    def apply(self, call: Call) -> bool:
        """Take a call into account; whether it touched the folder."""
        handler = getattr(self, f"_{call.name.rstrip('64').rstrip('2')}", None)
        return bool(handler(call)) if handler else False

    # ---- names

    def _paths(self, call: Call) -> list[str]:
        """Paths named by a call, relative ones under the folder handle before them."""
        named, base = [], ""
        for part in re.findall(r'(?:AT_FDCWD|\d+)<[^>]*>|"[^"]*"', call.arguments):
            if part.startswith('"'):
                path = os.fsdecode(_bytes(part[1:-1]))
                named.append(os.path.normpath(os.path.join(base, path)))
            else:
                base = os.fsdecode(_bytes(part.partition("<")[2][:-1]))
        return named

    def _here(self, path: str) -> bool:
        return path == self.folder or path.startswith(self.folder + "/")

    def _openat(self, call: Call) -> bool:
        (path, *_) = self._paths(call) or [""]
        if not self._here(path):
            self._open.pop(call.returned, None)
            return False
        flags, made = call.arguments, False
        if path not in self.names and "O_CREAT" in flags:
            self._make(path, b"")
            made = True
        inode = self.names.get(path, -1)
        if "O_TRUNC" in flags and inode >= 0:
            self.content[inode] = bytearray()
            made = True
        self._open[call.returned] = [inode, 0, "O_APPEND" in flags]
        return made

    _open_ = _openat

    def _rename(self, call: Call) -> bool:
        source, target = self._paths(call)
        if not self._here(source):
            return False
        for path in [p for p in self.names if p == source or p.startswith(source + "/")]:
            self.names[target + path[len(source) :]] = self.names.pop(path)
        return True

    _renameat = _rename

    def _link(self, call: Call) -> bool:
        source, target = self._paths(call)
        if self._here(target):
            self.names[target] = self.names[source]
        return self._here(target)

    _linkat = _link

    def _unlink(self, call: Call) -> bool:
        (path,) = self._paths(call)
        return self.names.pop(path, None) is not None

    _unlinkat = _rmdir = _unlink

    def _mkdir(self, call: Call) -> bool:
        (path,) = self._paths(call)
        if self._here(path):
            self._make(path, None)
        return self._here(path)

    _mkdirat = _mkdir

    # ---- bytes

    def _of(self, call: Call) -> list[Any] | None:
        handle = _HANDLE.match(call.arguments)
        if handle is None or handle[1] is None:
            return None
        path = os.fsdecode(_bytes(handle[2]))
        known = self._open.get(int(handle[1]))
        if known is None and self._here(path) and path in self.names:
            known = self._open[int(handle[1])] = [self.names[path], 0, False]
        return known if known and self._here(path) and known[0] >= 0 else None

    def _put(self, inode: int, at: int, data: bytes) -> None:
        content = self.content[inode]
        assert content is not None
        content.extend(bytes(max(0, at - len(content))))
        content[at : at + len(data)] = data

    def _write(self, call: Call) -> bool:
        known = self._of(call)
        if known is None:
            return False
        data = b"".join(_bytes(one) for one in _TEXT.findall(call.arguments))[: call.returned]
        at = len(self.content[known[0]] or b"") if known[2] else known[1]
        self._put(known[0], at, data)
        known[1] = at + len(data)
        return True

    _writev = _write

    def _pwrite(self, call: Call) -> bool:
        known = self._of(call)
        if known is None:
            return False
        data = b"".join(_bytes(one) for one in _TEXT.findall(call.arguments))[: call.returned]
        self._put(known[0], int(call.arguments.rpartition(", ")[2]), data)
        return True

    def _lseek(self, call: Call) -> bool:
        known = self._of(call)
        if known is not None:
            known[1] = call.returned
        return False

    def _ftruncate(self, call: Call) -> bool:
        known = self._of(call)
        if known is None:
            return False
        size = int(call.arguments.rpartition(", ")[2])
        content = self.content[known[0]]
        assert content is not None
        del content[size:]
        content.extend(bytes(size - len(content)))
        return True

    def _fsync(self, call: Call) -> bool:
        handle = _HANDLE.match(call.arguments)
        path = os.fsdecode(_bytes(handle[2])) if handle else ""
        if not self._here(path) or path not in self.names:
            return False
        inode = self.names[path]
        content = self.content[inode]
        if content is not None:
            self.durable[inode] = bytes(content)
        else:
            for one in [p for p in self.durable_names if os.path.dirname(p) == path]:
                del self.durable_names[one]
            inside = {p: i for p, i in self.names.items() if os.path.dirname(p) == path}
            self.durable_names |= inside
        return True

    _fdatasync = _fsync

    # ---- the power goes

    def after_a_cut(self, state: str, target: Path, draw: random.Random) -> None:
        """Make a folder as the disk may hold it now."""
        folders = {os.path.dirname(p) for p in (*self.names, *self.durable_names)}
        kept = {f: state == "names" or (state == "mixed" and draw.random() < 0.5)
                for f in sorted(folders)}  # fmt: skip
        every = sorted({*self.names, *self.durable_names}, key=lambda p: (p.count("/"), p))
        for path in every:
            names = self.names if kept[os.path.dirname(path)] else self.durable_names
            place = target / os.path.relpath(path, self.folder)
            if path not in names or not (place.parent.is_dir() or path == self.folder):
                continue
            if self.content[names[path]] is None:
                place.mkdir(parents=True, exist_ok=True)
            else:
                place.write_bytes(self._bytes_left(names[path], state, draw))

    def _bytes_left(self, inode: int, state: str, draw: random.Random) -> bytes:
        now, synced = bytes(self.content[inode] or b""), self.durable.get(inode, b"")
        if state == "bytes":
            return now
        if state == "mixed" and draw.random() < 0.5:
            longer = len(now) > len(synced) and now.startswith(synced)
            return now[: draw.randint(len(synced), len(now))] if longer else now
        return synced


def _break(broken: str) -> None:
    """A commit as it must not be: what the model must catch."""
    from regie.engines import delta
    from regie.workspace import importing

    if broken == "no fsync":
        setattr(os, "fsync", lambda handle: None)  # noqa: B010
    if broken == "no acknowledgement":
        setattr(delta.DeltaTables, "acknowledge", lambda *_: None)  # noqa: B010
    if broken == "publish before write":
        committed = importing.Work._commit_events

        def early(self: Any) -> None:
            self.workspace.state.publish_import(self.brought.id, {})
            committed(self)

        setattr(importing.Work, "_commit_events", early)  # noqa: B010


def main(work: str, folder: str, broken: str = "") -> None:
    """The traced process: the work, then the word that it is done."""
    _break(broken)
    with open_workspace(folder) as shop:
        {**WORKS, **STEADY}[work](shop)
    (Path(folder).parent / ACKNOWLEDGED).touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
