"""A site: who may come into the control room, and how they are let in.

A site is a folder of workspaces, an agency's advertisers, or one workspace that carries its own
accounts. Who may work on one of them sees nothing of another, not even that it is there. Times are
the wall clock's, given by the caller, so that a test can let a session end. Why tokens are hashed
at rest: a copied file lets nobody in. Why refusals are counted by what was typed, known or not: an
answer that differs would tell who has an account.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from regie.engines.accounts import SqliteAccounts
from regie.govern.access import ROLES
from regie.ports.accounts import EVERYWHERE, Account, AuditEntry, Invitation
from regie.terms.document import LANGS
from regie.terms.errors import NotFoundError, RefusedError, SettingError, WorkspaceError
from regie.workspace import approving, changes
from regie.workspace.board import Board
from regie.workspace.keys import accounts_key
from regie.workspace.outside_rules import FILE, OutsideRules, outside_rules
from regie.workspace.settings import wall_us
from regie.workspace.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SESSION_US = 12 * 3_600_000_000
"""So long somebody stays signed in at most: a working day."""
IDLE_US = 3_600_000_000
"""So long somebody stays signed in without asking for anything.

NIST SP 800-63B-4, section 2.2.3 (AAL2): an hour at most, and a day in all.
"""
HALF_US = 5 * 60_000_000
"""So long a right password waits for its code."""
INVITATION_US = 72 * 3_600_000_000
REFUSALS = 5
"""So often a wrong password is borne within `REFUSED_US`; then nobody gets in under that name."""
REFUSED_US = 15 * 60_000_000
PASSWORD_LETTERS = 12
FIRST = "administrator"
"""The role of whoever opens the first link."""


class Room(msgspec.Struct, frozen=True):
    """One workspace of a site, and its figures kept ready.

    Parameters
    ----------
    name : str
        Its folder's name; empty where it is the whole site.
    """

    name: str
    workspace: Workspace
    board: Board


class SignedIn(msgspec.Struct, frozen=True):
    """What a right password gives: a session's token, or half of one that waits for a code."""

    token: str
    is_half: bool = False


class Site:
    """Workspaces, and the accounts of those who work on them.

    Parameters
    ----------
    folder : Path
        A workspace's folder, or one whose folders are workspaces.

    Raises
    ------
    WorkspaceError
        If it holds no workspace, one cannot be opened, or its accounts cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.rooms: dict[str, Room] = {}
        self.outside: OutsideRules | None = None
        self.name = folder.resolve().name
        try:
            for name, path in _workspaces(folder).items():
                workspace = open_workspace(path)
                self.rooms[name] = Room(name, workspace, Board(workspace))
            self.outside = outside_rules(folder)
            self.accounts = SqliteAccounts(folder / "accounts.sqlite", accounts_key)
            self._take_back("regie serve", wall_us())
        except BaseException:
            self._close_rooms()
            raise

    def close(self) -> None:
        """Let go of all of it."""
        self.accounts.close()
        self._close_rooms()

    def _close_rooms(self) -> None:
        for room in self.rooms.values():
            room.board.close()
            room.workspace.close()

    def room_of(self, name: str, account: Account) -> Room | None:
        """A workspace that somebody may enter; None where there is none for them."""
        return self.rooms.get(name) if account.enters(name) else None

    # ---- what somebody may know of the site

    def rooms_of(self, account: Account) -> list[Room]:
        """Workspaces that somebody may enter."""
        return [room for name, room in self.rooms.items() if account.enters(name)]

    def people(self, account: Account) -> list[Account]:
        """Accounts that somebody may know of: of nobody who goes further than they do."""
        return [one for one in self.accounts.all() if account.reaches(one.workspaces)]

    def person(self, account_id: str, actor: Account) -> Account:
        """One of `people`.

        Raises
        ------
        NotFoundError
            If there is none of that id, or it is none of theirs: the same words for both.
        """
        found = next((one for one in self.people(actor) if one.id == account_id), None)
        if found is None:
            raise NotFoundError("account", "not there", "one of the list", "reload the page")
        return found

    def audited(self, account: Account, limit: int) -> list[AuditEntry]:
        """The newest of what was done where somebody works, newest first."""
        is_everywhere = account.workspaces == EVERYWHERE
        return self.accounts.audited(limit, None if is_everywhere else account.reaches)

    # ---- coming in

    def first_link(self, at_us: int) -> str | None:
        """The token that makes the administrator, where nobody has an account yet."""
        return self.invite(FIRST, None, at_us) if self.accounts.is_empty() else None

    def invite(
        self,
        role: str,
        actor: Account | None,
        at_us: int,
        workspaces: tuple[str, ...] = (EVERYWHERE,),
    ) -> str:
        """A token that makes one account of a role, once, within three days.

        Parameters
        ----------
        actor : Account or None
            Who invites, nobody further than they go themselves; None: who runs the service.

        Raises
        ------
        SettingError
            If there is no such role, or no workspace is named.
        NotFoundError
            If there is no such workspace for them.
        """
        if role not in ROLES:
            raise SettingError("role", f'"{role}"', "one of " + ", ".join(ROLES), "name one")
        token = secrets.token_urlsafe(32)
        named = self._named(workspaces, actor)
        invitation = Invitation(role=role, workspaces=named)
        self.accounts.put_invitation(_hash(token), invitation, at_us + INVITATION_US)
        self.note(actor.email if actor else "regie serve", "invited", role, at_us, _where(named))
        return token

    def _named(self, workspaces: tuple[str, ...], actor: Account | None) -> str:
        """Names of workspaces as an account keeps them: of those that the actor may enter."""
        is_everywhere = actor is None or actor.workspaces == EVERYWHERE
        theirs = self.rooms if actor is None else [one.name for one in self.rooms_of(actor)]
        if is_everywhere and EVERYWHERE in workspaces:
            return EVERYWHERE
        if not workspaces:
            raise SettingError(
                "workspace", "not chosen", "one or more of " + ", ".join(theirs),
                "choose where they work",
            ).because("workspaces")  # fmt: skip
        if not set(workspaces) <= set(theirs):
            raise NotFoundError(
                "workspace", "not there", "one or more of " + ", ".join(theirs), "reload the page"
            )
        return "\n".join(sorted(set(workspaces)))

    def invited(self, token: str, at_us: int) -> Invitation | None:
        """What a token makes; None where it was used or is over."""
        return self.accounts.invitation(_hash(token), at_us)

    def join(
        self, token: str, *, name: str, email: str, password: str, language: str, at_us: int
    ) -> Account:
        """Make the account a token gives.

        Raises
        ------
        RefusedError
            If the token was used or is over, or the address has an account.
        SettingError
            If a value cannot be taken; the token can then be used again.
        """
        self._check_passwords_taken()
        name, email = name.strip(), email.strip().lower()
        _check_person(name, email, password, language)
        invited = self.invited(token, at_us)
        if invited is None:
            raise RefusedError(
                "link", "used or over", "one that nobody used yet", "ask for another"
            )
        if self.accounts.by_email(email):
            raise RefusedError("address", "that of an account", "one without an account", "sign in")
        if not self.accounts.take_invitation(_hash(token)):
            raise RefusedError("link", "used", "one that nobody used yet", "ask for another")
        account = Account(
            id=secrets.token_hex(8), name=name, email=email, role=invited.role, language=language,
            active=True, workspaces=invited.workspaces,
        )  # fmt: skip
        self.accounts.add(account, _hasher().hash(password))
        self.note_of(account, "account_made", invited.role, at_us)
        return account

    def sign_in(self, email: str, password: str, at_us: int) -> SignedIn:
        """A new session, or half of one where a code is to follow.

        Raises
        ------
        RefusedError
            If address and password do not go together, or did not too often; the same words
            whether there is such an account or not.
        """
        email = email.strip().lower()
        self._check_passwords_taken()
        self.check_refusals(email, at_us)
        found = self.accounts.by_email(email)
        # An unknown address costs as long as a known one, so that time tells nothing.
        right = _verified(found[1] if found else _nobodys_hash(), password)
        if not (found and right and found[0].active):
            where = _where(found[0].workspaces) if found else ""
            self.note(email[:200], "refused", "sign-in", at_us, where)
            raise RefusedError(
                "sign-in", "refused", "an address and its password", "check both, try again"
            )
        factor = self.accounts.second_factor(found[0].id)
        if factor is None or not factor.confirmed:
            return SignedIn(self.open_session(found[0], at_us))
        token = secrets.token_urlsafe(32)
        until_us = at_us + HALF_US
        self.accounts.open_session(_hash(token), found[0].id, at_us, until_us, half=True)
        return SignedIn(token, is_half=True)

    def half_signed_in(self, half_token: str, at_us: int) -> Account:
        """Whose password was right of late, and whose code is still to come.

        Raises
        ------
        RefusedError
            If nobody's was, or too long ago.
        """
        account = self.accounts.half_session(_hash(half_token), at_us)
        if account is None:
            raise RefusedError("sign-in", "over", "a code within minutes", "sign in again")
        return account

    def complete(self, half_token: str, account: Account, at_us: int) -> str:
        """The session's token of somebody whose code was right."""
        self.accounts.close_session(_hash(half_token))
        return self.open_session(account, at_us)

    def end_session(self, token: str) -> None:
        """Let a session open nothing any more: another takes its place."""
        self.accounts.close_session(_hash(token))

    def open_session(self, account: Account, at_us: int) -> str:
        """The token of a new session for somebody who showed who they are."""
        token = secrets.token_urlsafe(32)
        self.accounts.open_session(_hash(token), account.id, at_us, at_us + SESSION_US)
        self.note_of(account, "signed_in", "", at_us)
        return token

    def change_password(self, account: Account, password: str, following: str, at_us: int) -> None:
        """Another password for somebody who says their present one; every session ends.

        Raises
        ------
        SettingError
            If the new one is too short.
        RefusedError
            If the present one is wrong, or was too often.
        """
        _check_password(following)
        self.check_password(account, password, at_us)
        self.accounts.set_password(account.id, _hasher().hash(following))
        self.note_of(account, "password_changed", "", at_us)

    def forget_password(self, account: Account) -> None:
        """Let a password open an account no more: its person comes from their organisation."""
        self.accounts.set_password(account.id, _hasher().hash(secrets.token_hex(32)))

    def _check_passwords_taken(self) -> None:
        if self.outside is not None and self.outside.refuse_passwords:
            raise RefusedError(
                "sign-in", "by a password", f"your organisation's own ({FILE})", "sign in there"
            )

    def add_outside(self, name: str, email: str, role: str, at_us: int) -> Account:
        """An account for somebody whom their organisation sent: it has no password."""
        account = Account(
            id=secrets.token_hex(8), name=name, email=email, role=role, language="en",
            active=True, workspaces=EVERYWHERE,
        )  # fmt: skip
        self.accounts.add(account, _hasher().hash(secrets.token_hex(32)))
        self.note_of(account, "account_made", role, at_us)
        return account

    def check_password(self, account: Account, password: str, at_us: int) -> None:
        """Whether somebody signed in knows their password, before what matters is changed.

        Raises
        ------
        RefusedError
            If it is wrong, or was too often.
        """
        self.check_refusals(account.email, at_us)
        found = self.accounts.by_email(account.email)
        if found is None or not _verified(found[1], password):
            self.note_of(account, "refused", "password", at_us)
            raise RefusedError(
                "password", "not the present one", "the one you sign in with", "try again"
            )

    def check_refusals(self, email: str, at_us: int) -> None:
        """Whether somebody may try again.

        Raises
        ------
        RefusedError
            If they were refused too often of late.
        """
        if self.accounts.refusals(email, at_us - REFUSED_US) >= REFUSALS:
            raise RefusedError(
                "sign-in", "refused for a while", "at most a few wrong passwords",
                "try again in a quarter of an hour",
            )  # fmt: skip

    def who(self, token: str, at_us: int, *, is_there: bool = True) -> Account | None:
        """Whose session that is; nobody's once nobody was there for `IDLE_US`.

        Parameters
        ----------
        is_there : bool
            Whether somebody asks by hand; a page that follows by itself keeps no session open.
        """
        if not token:
            return None
        return self.accounts.session(_hash(token), at_us, at_us - IDLE_US, is_there=is_there)

    def sign_out(self, token: str, account: Account, at_us: int, *, everywhere: bool) -> None:
        """End this session, or all of that person."""
        if everywhere:
            self.accounts.close_sessions(account.id)
        else:
            self.accounts.close_session(_hash(token))
        self.note_of(account, "signed_out", "everywhere" if everywhere else "", at_us)

    # ---- accounts

    def change(
        self,
        account_id: str,
        *,
        role: str,
        active: bool,
        workspaces: tuple[str, ...],
        actor: Account,
        at_us: int,
    ) -> None:
        """Another role, other workspaces, or no way in.

        Raises
        ------
        SettingError
            If there is no such role, or no workspace is named.
        NotFoundError
            If there is no such account or workspace for whoever changes it.
        RefusedError
            If nobody would be left who can manage accounts.
        """
        found = self.person(account_id, actor)
        if role not in ROLES:
            raise SettingError("role", f'"{role}"', "one of " + ", ".join(ROLES), "name one")
        named = self._named(workspaces, actor)
        changed = msgspec.structs.replace(found, role=role, active=active, workspaces=named)
        self._change(found, changed, actor.email, at_us)

    def follow_outside(
        self, account: Account, role: str, workspaces: tuple[str, ...], at_us: int
    ) -> None:
        """The role and the workspaces that their organisation gives somebody.

        Raises
        ------
        RefusedError
            If nobody would be left who can manage accounts.
        """
        named = self._named(workspaces, None)
        changed = msgspec.structs.replace(account, role=role, workspaces=named)
        self._change(account, changed, account.email, at_us)

    def _change(self, was: Account, changed: Account, actor: str, at_us: int) -> None:
        left = {one.id: one for one in self.accounts.all()} | {changed.id: changed}
        if not any(
            one.active and one.role == FIRST and one.workspaces == EVERYWHERE
            for one in left.values()
        ):
            raise RefusedError(
                "account", "the last administrator", "at least one", "make another one first"
            ).because("last_administrator")
        self.accounts.change(changed)
        about = f"{changed.email}: {changed.role}, {changed.active}"
        about += f", {changed.workspaces.replace(chr(10), ' ')}"
        self.note(
            actor, "account_changed", about, at_us, _where(was.workspaces, changed.workspaces)
        )
        self._take_back(actor, at_us)

    def _take_back(self, actor: str, at_us: int) -> None:
        """Two approvals are those of two people who are here: take back what others gave first.

        At every opening too: a process may have ended after an account was closed.
        """
        accounts = self.accounts.all()
        for name, room in self.rooms.items():
            gone = {one.email for one in accounts if not (one.active and one.enters(name))}
            if not gone:
                continue
            about = [f"{act.campaign}, {act.run}"
                     for act in approving.take_back(room.workspace, gone, actor)]  # fmt: skip
            for one in about + changes.take_back(room.workspace, gone, actor):
                self.note(actor, "approval_taken_back", one, at_us, name)

    def note_of(self, account: Account, act: str, about: str, at_us: int, actor: str = "") -> None:
        """Write into the audit what was done about an account, by its own person or another."""
        self.note(actor or account.email, act, about, at_us, _where(account.workspaces))

    def note(self, actor: str, act: str, about: str, at_us: int, workspace: str = "") -> None:
        """Write into the audit what somebody did."""
        self.accounts.audit(
            AuditEntry(at_us=at_us, actor=actor, act=act, about=about, workspace=workspace)
        )


def _where(*workspaces: str) -> str:
    """Workspaces that an account is of, or was, as the audit notes them; empty: the whole site."""
    if EVERYWHERE in workspaces:
        return ""
    return "\n".join(sorted({name for one in workspaces for name in one.splitlines()}))


def _workspaces(folder: Path) -> dict[str, Path]:
    """Name to folder of every workspace of a site."""
    if (folder / "regie.toml").is_file():
        return {"": folder}
    found = {path.parent.name: path.parent for path in sorted(folder.glob("*/regie.toml"))}
    if not found:
        raise WorkspaceError(
            str(folder), "no workspace, and holds none",
            "a folder with regie.toml, or folders that have one",
            f"make one: regie init {folder / 'shop'}",
        )  # fmt: skip
    return found


def csrf_token(session_token: str) -> str:
    """What a form must bring along to show that it is ours: made from the session, never kept.

    Examples
    --------
    >>> csrf_token("a") == csrf_token("a"), csrf_token("a") == csrf_token("b")
    (True, False)
    """
    return hmac.new(session_token.encode(), b"form", hashlib.sha256).hexdigest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _check_person(name: str, email: str, password: str, language: str) -> None:
    from regie.deliver.mail import is_address

    if not name or len(name) > 100:
        raise SettingError("name", "empty or very long", "up to 100 letters", "write it")
    if not is_address(email):
        raise SettingError("address", "no e-mail address", "name@domain", "write it whole")
    _check_password(password)
    if language not in LANGS:
        raise SettingError("language", f'"{language}"', "en or fr", "choose one of the two")


_FIRST_TRIED = (
    "password|passwort|motdepasse|qwertyuiop|qwerty|qwertz|azertyuiop|azerty|letmein|welcome"
    "|bienvenue|iloveyou|jetaime|monkey|dragon|football|baseball|sunshine|soleil|princess"
    "|princesse|bonjour|superman|batman|admin|administrator|changeme|secret|doudou|loulou|chouchou"
    "|asdfghjkl|zxcvbnm|qsdfghjklm|wxcvbn|1q2w3e4r5t|1qaz2wsx|regie|marketing"
)
_COMMON = re.compile(rf"(?:{_FIRST_TRIED}|[\W\d_])*")
_LEET = str.maketrans("@$|+", "asit")
_LEET_DIGITS = str.maketrans("013457", "oieast")
_FEWEST = 5


def is_common(password: str) -> bool:
    """Whether a password is among those that are tried first, of those that are long enough.

    Nothing but words that lists of stolen passwords begin with, digits and signs; or the same few
    letters again and again. A rule and no list: of the usual lists nearly none has 12 letters.

    Examples
    --------
    >>> is_common("Password1234!"), is_common("123456789012"), is_common("aaaabbbbcccc")
    (True, True, True)
    >>> is_common("P@ssw0rdP@ssw0rd"), is_common("a sentence to keep in mind")
    (True, False)
    """
    plain = password.lower()
    spelt = plain.translate(_LEET).strip("0123456789!?.*#_- ")
    forms = (plain, spelt, spelt.translate(_LEET_DIGITS))
    return len(set(plain)) < _FEWEST or any(_COMMON.fullmatch(form) for form in forms)


def _check_password(password: str) -> None:
    if is_common(password):
        raise SettingError(
            "password", "one that many use", "one that nobody tries first",
            "a sentence is easy to keep in mind",
        )  # fmt: skip
    if not PASSWORD_LETTERS <= len(password) <= 1000:
        raise SettingError(
            "password", f"of {len(password)} letters", f"at least {PASSWORD_LETTERS}",
            "a sentence is easy to keep in mind",
        )  # fmt: skip


@cache
def _hasher() -> PasswordHasher:
    """OWASP's lesser memory: 22 ms and 19 MiB a sign-in, so that a few at once fit anywhere."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_hex(16))


def _verified(password_hash: str, password: str) -> bool:
    from argon2.exceptions import VerifyMismatchError

    try:
        return _hasher().verify(password_hash, password)
    except VerifyMismatchError:
        return False
