"""Secret keys: a workspace's, and that of a site's accounts; reads and writes their files.

Why they lie outside the folders they open: a copied or leaked folder then holds no readable person,
and no secret of an authenticator app.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

from regie.terms.errors import WorkspaceError
from regie.workspace.settings import Settings

KEY_BYTES = 32


def workspace_key(settings: Settings) -> bytes:
    """The 32 bytes under which identifiers are hashed and contacts encrypted.

    Raises
    ------
    WorkspaceError
        If the key's file is not on this machine.
    """
    if settings.published_key:
        return hashlib.sha256(settings.published_key.encode()).digest()
    path = _key_path(settings.id)
    try:
        return _read(path)
    except FileNotFoundError as error:
        raise WorkspaceError(
            "the workspace's key",
            f"not at {path}",
            "the file made by regie init",
            "restore it from your backup, or set REGIE_KEYS to its folder",
        ) from error


def accounts_key(key_id: str, is_first: bool) -> bytes:
    """The 32 bytes under which second factors of a site's accounts are encrypted.

    Parameters
    ----------
    is_first : bool
        Whether nothing is encrypted under it yet: then it is made where it is not there.

    Raises
    ------
    WorkspaceError
        If the key's file is not on this machine, or cannot be made.
    """
    path = _key_path(f"accounts-{key_id}")
    try:
        if is_first and not path.exists():
            _make(path)
        return _read(path)
    except OSError as error:
        raise WorkspaceError(
            "the accounts' key", f"not at {path}", "the file made with the first second factor",
            "restore it from your backup, or set REGIE_KEYS to its folder; or sign in by a recovery"
            " code, and let an administrator reset second factors",
        ) from error  # fmt: skip


def make_key(settings_id: str) -> None:
    """Make a new secret key for a workspace, readable by its owner alone."""
    _make(_key_path(settings_id))


def _make(path: Path) -> None:
    """Whole or not there: of two who make one at once, both read the first one's."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(beside, path)
    beside.unlink()


def _read(path: Path) -> bytes:
    key = bytes.fromhex(path.read_text(encoding="ascii"))
    if len(key) != KEY_BYTES:
        raise WorkspaceError(
            str(path), f"a key of {len(key)} bytes", f"one of {KEY_BYTES}",
            "restore it from your backup",
        )  # fmt: skip
    return key


def _key_path(name: str) -> Path:
    folder = os.environ.get("REGIE_KEYS")
    if folder:
        return Path(folder) / name
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "regie" / "keys" / name
