"""Locks between processes, and folders whose owner lives; reads and writes lock files.

Why flock: the system lets go of it when a process dies, however it dies, so nothing is ever stuck
and nobody has to guess from a process number who is alive.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from regie.engines.durable import told_if_full
from regie.terms.errors import WorkspaceError

POLL_S = 0.005


class _Lease:
    """One lock file of this process: between threads an RLock, between processes flock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = threading.RLock()
        self._depth = 0
        self._handle = -1

    def take(self, wait_s: float, what: str) -> None:
        until = time.monotonic() + wait_s
        if not self._thread.acquire(timeout=wait_s):
            raise _busy(what, wait_s)
        try:
            if self._depth == 0:
                self._handle = self._locked(until, wait_s, what)
        except BaseException:
            self._thread.release()
            raise
        self._depth += 1

    def give_back(self) -> None:
        self._depth -= 1
        if self._depth == 0:
            os.close(self._handle)
        self._thread.release()

    def _locked(self, until: float, wait_s: float, what: str) -> int:
        with told_if_full(self._path):
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        while not _try_lock(handle):
            if time.monotonic() >= until:
                os.close(handle)
                raise _busy(what, wait_s)
            time.sleep(POLL_S)
        return handle


_leases: dict[Path, _Lease] = {}
_leases_guard = threading.Lock()


@contextmanager
def lease(path: Path, wait_s: float, what: str) -> Iterator[None]:
    """Hold a lock file exclusively; the same thread may take it again.

    Parameters
    ----------
    path : Path
        The lock file, made where it is not there.
    wait_s : float
        How long to wait for another holder.
    what : str
        What it guards, for the message.

    Raises
    ------
    WorkspaceError
        If another holder keeps it longer.
    """
    with _leases_guard:
        held = _leases.setdefault(path.resolve(), _Lease(path))
    held.take(wait_s, what)
    try:
        yield
    finally:
        held.give_back()


@contextmanager
def living_folder(parent: Path) -> Iterator[Path]:
    """A fresh folder that goes with its owner: on leaving, or at the next `sweep` if killed."""
    folder = parent / uuid.uuid4().hex
    lock = folder.with_suffix(".lock")
    # Locked before the folder is there, so that a sweep never meets a folder without an owner.
    with told_if_full(lock):
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with told_if_full(folder):
            folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.unlink(missing_ok=True)
        os.close(handle)


def sweep(parent: Path) -> int:
    """Remove the folders whose owners died; how many.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as parent, living_folder(Path(parent)) as alive:
    ...     (Path(parent) / ("0" * 32)).mkdir()
    ...     sweep(Path(parent)), alive.is_dir()
    (1, True)
    """
    swept = 0
    for folder in [entry for entry in parent.iterdir() if entry.is_dir()]:
        lock = folder.with_suffix(".lock")
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if _try_lock(handle):
                shutil.rmtree(folder, ignore_errors=True)
                lock.unlink(missing_ok=True)
                swept += 1
        finally:
            os.close(handle)
    return swept


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _busy(what: str, wait_s: float) -> WorkspaceError:
    return WorkspaceError(
        what,
        f"held by another writer for {wait_s:g} s",
        "free",
        "wait for the other command to end, then try again",
    )
