"""Accounts in one SQLite file of their own; reads and writes it, nothing else.

Passwords come in hashed, sessions and links as the hash of their token, and secrets of
authenticator apps are encrypted under a key that lies elsewhere: whoever reads the file can sign in
as nobody. One connection serves all threads, one call at a time, as in `engines.sqlite`.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from regie.engines.sqlite_file import SqliteFile
from regie.engines.vault import Vault
from regie.ports.accounts import Account, AuditEntry, Invitation, SecondFactor, Token
from regie.terms.errors import RefusedError

SCHEMA_VERSION = 6
SEEN_EVERY_US = 60_000_000
"""That somebody is there is noted so often at most: each note waits for the disk."""
_FIELDS = Account.__struct_fields__


class SqliteAccounts(SqliteFile):
    """The accounts of one site.

    Parameters
    ----------
    path : Path
        The file, made where it is not there, readable by its owner alone.
    key : Callable[[str, bool], bytes]
        The key of a name, and whether nothing is encrypted under it yet; asked for with the first
        second factor.

    Raises
    ------
    WorkspaceError
        If it is damaged, of a newer version, or encrypted under a key that is not there.
    """

    def __init__(self, path: Path, key: Callable[[str, bool], bytes]) -> None:
        self._key = key
        super().__init__(path, "accounts.sql", SCHEMA_VERSION)
        version = self._version()
        while version < SCHEMA_VERSION:
            version += 1
            self._upgrade(version)
        self._seal_older()

    def _seal_older(self) -> None:
        """Encrypt what an older version kept as it is, and leave no page of it."""
        older = self._rows("unsealed")
        for account, secret in older:
            self._run("seal", {"account": account, "secret": self._sealed(account, secret)})
        if older:
            self._con.executescript(self._statement("forget_pages"))

    def _upgrade(self, version: int) -> None:
        """One version further; of two processes that open an old file one does it."""
        try:
            self._con.executescript(self._statement(f"to_version_{version}"))
        except sqlite3.OperationalError:
            if self._con.in_transaction:
                self._con.rollback()
            if self._version() < version:
                raise

    # ---- accounts

    def is_empty(self) -> bool:
        """Whether nobody has an account yet."""
        return bool(self._rows("is_empty")[0][0])

    def add(self, account: Account, password_hash: str) -> None:
        """A new account; an address has one."""
        row = msgspec.structs.asdict(account)
        try:
            self._run("add", {**row, "password_hash": password_hash})
        except sqlite3.IntegrityError as error:
            raise RefusedError(
                f"account {account.email}", "there already", "an address without an account",
                "change that account, or use another address",
            ) from error  # fmt: skip

    def change(self, account: Account) -> None:
        """Another name, role, language; signed out everywhere where it is no longer active."""
        with self._guard:
            self._run("change", msgspec.structs.asdict(account))
            if not account.active:
                self.close_sessions(account.id)

    def set_password(self, account_id: str, password_hash: str) -> None:
        """Another password; every session ends."""
        with self._guard:
            self._run("set_password", {"id": account_id, "password_hash": password_hash})
            self.close_sessions(account_id)

    def all(self) -> list[Account]:
        """Every account, by name and id."""
        return [_account(row) for row in self._rows("all")]

    def by_email(self, email: str) -> tuple[Account, str] | None:
        """The account of an address, and its password's hash."""
        rows = self._rows("by_email", {"email": email})
        return (_account(rows[0][:-1]), rows[0][-1]) if rows else None

    # ---- sessions and links

    def open_session(
        self, token_hash: str, account_id: str, at_us: int, until_us: int, *, half: bool = False
    ) -> None:
        """Note that somebody signed in; sessions that are over go."""
        self._run("end_sessions", {"at_us": at_us})
        given = {"token_hash": token_hash, "account": account_id, "half": half}
        self._run("open_session", {**given, "at_us": at_us, "until_us": until_us})

    def half_session(self, token_hash: str, at_us: int) -> Account | None:
        """Whose code is still to come."""
        given = {"token_hash": token_hash, "at_us": at_us, "quiet_us": -1, "half": True}
        rows = self._rows("session", given)
        return _account(rows[0][:-1]) if rows else None

    def session(
        self, token_hash: str, at_us: int, quiet_us: int, *, is_there: bool
    ) -> Account | None:
        """Whose open session that is."""
        given = {"token_hash": token_hash, "at_us": at_us, "quiet_us": quiet_us, "half": False}
        rows = self._rows("session", given)
        if rows and is_there and at_us - rows[0][-1] >= SEEN_EVERY_US:
            self._run("seen", {"token_hash": token_hash, "at_us": at_us})
        return _account(rows[0][:-1]) if rows else None

    def close_session(self, token_hash: str) -> None:
        """Sign out here."""
        self._run("close_session", {"token_hash": token_hash})

    def close_sessions(self, account_id: str) -> None:
        """Sign out everywhere."""
        self._run("close_sessions", {"account": account_id})

    def refusals(self, who: str, since_us: int) -> int:
        """How often signing in was refused since, and since they last succeeded."""
        return int(self._rows("refusals", {"who": who, "since_us": since_us})[0][0])

    def put_invitation(self, token_hash: str, invitation: Invitation, until_us: int) -> None:
        """A link by which one account can be made, once."""
        given = {"token_hash": token_hash, "until_us": until_us}
        self._run("put_invitation", {**given, **msgspec.structs.asdict(invitation)})

    def invitation(self, token_hash: str, at_us: int) -> Invitation | None:
        """What an unused link makes."""
        rows = self._rows("invitation", {"token_hash": token_hash, "at_us": at_us})
        return Invitation(role=rows[0][0], workspaces=rows[0][1]) if rows else None

    def take_invitation(self, token_hash: str) -> bool:
        """Use a link up: of two who try at once one is told True."""
        return bool(self._run("take_invitation", {"token_hash": token_hash}))

    # ---- who comes from their organisation's own sign-in

    def by_identity(self, name: str) -> Account | None:
        """The account of somebody as their organisation names them."""
        rows = self._rows("by_identity", {"name": name})
        return _account(rows[0]) if rows else None

    def put_identity(self, name: str, account_id: str) -> None:
        """Note whose account that is; noted once it stays."""
        self._run("put_identity", {"name": name, "account": account_id})

    # ---- second factors

    def second_factor(self, account_id: str) -> SecondFactor | None:
        """The second factor of an account, in force or not yet."""
        rows = self._rows("second_factor", {"account": account_id})
        return SecondFactor(bool(rows[0][1]), rows[0][2]) if rows else None

    def second_factor_secret(self, account_id: str) -> str:
        """What an app makes its codes from, hexadecimal; empty where there is none."""
        rows = self._rows("second_factor", {"account": account_id})
        if not rows:
            return ""
        sealed = bytes.fromhex(rows[0][0])
        return str(self._vault().unseal([sealed], [account_id])[0])

    def with_second_factor(self) -> frozenset[str]:
        """Ids of the accounts that sign in by a code too."""
        return frozenset(row[0] for row in self._rows("with_second_factor"))

    def put_second_factor(self, account_id: str, secret: str) -> None:
        """A new secret, not in force yet."""
        sealed = self._sealed(account_id, secret)
        self._run("put_second_factor", {"account": account_id, "secret": sealed})

    def _sealed(self, account_id: str, secret: str) -> str:
        return (self._vault().seal([secret], [account_id])[0] or b"").hex()

    def _vault(self) -> Vault:
        """What encrypts secrets: under a key whose name this file holds, and nothing more of it."""
        with self._guard:
            self._run("put_key_id", {"key": secrets.token_hex(8)})
            is_first = self._rows("sealed")[0][0] == 0
            return Vault(self._key(self._rows("key_id")[0][0], is_first), "second factors")

    def confirm_second_factor(self, account_id: str, code_hashes: Sequence[str]) -> None:
        """Put it in force, with the hashes of its recovery codes."""
        with self._guard:
            for code_hash in code_hashes:
                self._run("put_recovery_code", {"account": account_id, "code_hash": code_hash})
            self._run("confirm_second_factor", {"account": account_id})

    def drop_second_factor(self, account_id: str) -> None:
        """Forget it and its recovery codes."""
        with self._guard:
            self._run("drop_second_factor", {"account": account_id})
            self._run("drop_recovery_codes", {"account": account_id})

    def take_step(self, account_id: str, step: int) -> bool:
        """Note a time step as used; of two who give one code at once one is told True."""
        return bool(self._run("take_step", {"account": account_id, "step": step}))

    def take_recovery_code(self, account_id: str, code_hash: str) -> bool:
        """Use a recovery code up."""
        given = {"account": account_id, "code_hash": code_hash}
        return bool(self._run("take_recovery_code", given))

    # ---- tokens

    def put_token(self, token_hash: str, token: Token) -> None:
        """A new token for programs; the token itself is never kept."""
        self._run("put_token", {"token_hash": token_hash, **msgspec.structs.asdict(token)})

    def token(self, token_hash: str, at_us: int) -> tuple[Token, Account] | None:
        """A token that is not over, and who made it where they are active."""
        rows = self._rows("token", {"token_hash": token_hash, "at_us": at_us})
        return _token(rows[0]) if rows else None

    def tokens(self) -> list[tuple[Token, Account]]:
        """Every token and who made it, by name and id."""
        return [_token(row) for row in self._rows("tokens")]

    def drop_token(self, token_id: str) -> bool:
        """Let a token open nothing any more; whether there was one."""
        return bool(self._run("drop_token", {"id": token_id}))

    # ---- audit

    def audit(self, entry: AuditEntry) -> None:
        """Note what was done."""
        self._run("audit", msgspec.structs.asdict(entry))

    def audited(self, limit: int, is_seen: Callable[[str], bool] | None = None) -> list[AuditEntry]:
        """The newest entries, newest first; of the workspaces that are seen alone, where told."""
        names = AuditEntry.__struct_fields__
        if is_seen is None:
            rows = self._rows("audited", {"most": limit})
        else:
            # Few differ, whatever the number of entries: so the limit counts what is seen.
            seen = [one for (one,) in self._rows("audited_workspaces") if is_seen(one)]
            rows = self._rows("audited_of", {"most": limit, "seen": json.dumps(seen)})
        return [AuditEntry(**dict(zip(names, row, strict=True))) for row in rows]


def _token(row: tuple[Any, ...]) -> tuple[Token, Account]:
    own = len(Token.__struct_fields__)
    return Token(**dict(zip(Token.__struct_fields__, row, strict=False))), _account(row[own:])


def _account(row: tuple[Any, ...]) -> Account:
    given = dict(zip(_FIELDS, row, strict=True))
    return Account(**{**given, "active": bool(given["active"])})
