"""The port to accounts: who works in the control room, where they are signed in, what they did.

Apart from `StateStore`: accounts belong to a site (later one of several workspaces), hold staff and
not the advertiser's customers, and outlive every workspace's data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

EVERYWHERE = "*"
"""Every workspace of a site, those to come too."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works here.

    fr: compte

    Parameters
    ----------
    email : str
        How they sign in, in lower case; unique.
    role : str
        One of `govern.access.ROLES`.
    language : str
        `en` or `fr`: of their screens.
    active : bool
        Whether they may sign in.
    workspaces : str
        Where they may go: `*` everywhere, or names of workspaces, one a line.

    Examples
    --------
    >>> camille = Account(id="a1", name="Camille R.", email="camille@example.com", role="manager",
    ...                   language="fr", active=True, workspaces="shop")
    >>> camille.enters("shop"), camille.enters("grocer")
    (True, False)
    """

    id: str
    name: str
    email: str
    role: str
    language: str
    active: bool
    workspaces: str

    def enters(self, workspace: str) -> bool:
        """Whether they may go into a workspace of that name."""
        return self.workspaces == EVERYWHERE or workspace in self.workspaces.splitlines()

    def reaches(self, workspaces: str) -> bool:
        """Whether they may go wherever somebody of these workspaces may, and so may know of them.

        Examples
        --------
        >>> camille = Account(id="a1", name="Camille R.", email="c@example.com", role="manager",
        ...                   language="fr", active=True, workspaces="grocer\\nshop")
        >>> [camille.reaches(where) for where in ("shop", "shop\\nother", EVERYWHERE, "")]
        [True, False, False, False]
        """
        if self.workspaces in (EVERYWHERE, workspaces):
            return True
        named = set(workspaces.splitlines())
        return bool(named) and named <= set(self.workspaces.splitlines())


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """What a link makes: an account of a role, for some workspaces."""

    role: str
    workspaces: str


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What lets a program in, in the name of whoever made it.

    fr: jeton

    Parameters
    ----------
    name : str
        What it is for.
    account : str
        Who made it.
    role : str
        What it may, at most.
    workspace : str
        The one workspace it opens.
    """

    id: str
    name: str
    account: str
    role: str
    workspace: str
    made_us: int
    until_us: int


class SecondFactor(msgspec.Struct, frozen=True):
    """That somebody signs in by codes of an authenticator app too; its secret is asked for apart.

    Parameters
    ----------
    confirmed : bool
        Whether a first code showed that the app has it; until then it asks for nothing.
    last_step : int
        The newest time step whose code was taken: none is taken twice.
    """

    confirmed: bool
    last_step: int


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody did, or tried, in the control room.

    Parameters
    ----------
    actor : str
        An account's e-mail, or what was typed for one.
    act : str
        `signed_in`, `refused`, `signed_out`, `account_made`, `approved` …
    about : str
        What it was about.
    workspace : str
        In which workspace of the site, or where the account works that it was about (names, one a
        line); empty where there is only one, or it concerns the whole site.
    """

    at_us: int
    actor: str
    act: str
    about: str
    workspace: str = ""


class Accounts(Protocol):
    """Where the accounts of a site live."""

    def is_empty(self) -> bool:
        """Whether nobody has an account yet."""

    def add(self, account: Account, password_hash: str) -> None:
        """A new account.

        Raises
        ------
        RefusedError
            If that address has one.
        """

    def change(self, account: Account) -> None:
        """Another name, role, language; signed out everywhere where it is no longer active."""

    def set_password(self, account_id: str, password_hash: str) -> None:
        """Another password; every session ends."""

    def all(self) -> list[Account]:
        """Every account, by name and id."""

    def by_email(self, email: str) -> tuple[Account, str] | None:
        """The account of an address, and its password's hash."""

    def open_session(
        self, token_hash: str, account_id: str, at_us: int, until_us: int, *, half: bool = False
    ) -> None:
        """Note that somebody signed in; the token itself is never kept.

        `half`: their password was right, their code is still to come; it opens nothing.
        """

    def half_session(self, token_hash: str, at_us: int) -> Account | None:
        """Whose code is still to come."""

    def session(
        self, token_hash: str, at_us: int, quiet_us: int, *, is_there: bool
    ) -> Account | None:
        """Whose open session that is; nobody's where it is over or the account not active.

        Parameters
        ----------
        quiet_us : int
            Where nobody was there since, it is over too.
        is_there : bool
            Whether somebody is there now, and no page that asks by itself: that is noted.
        """

    def close_session(self, token_hash: str) -> None:
        """Sign out here."""

    def close_sessions(self, account_id: str) -> None:
        """Sign out everywhere."""

    def refusals(self, who: str, since_us: int) -> int:
        """How often signing in as somebody was refused since."""

    def put_invitation(self, token_hash: str, invitation: Invitation, until_us: int) -> None:
        """A link by which one account can be made, once."""

    def invitation(self, token_hash: str, at_us: int) -> Invitation | None:
        """What an unused link makes; None where there is none, or its time is over."""

    def take_invitation(self, token_hash: str) -> bool:
        """Use a link up; False where somebody else just did."""

    def by_identity(self, name: str) -> Account | None:
        """The account of somebody as their organisation names them."""

    def put_identity(self, name: str, account_id: str) -> None:
        """Note whose account that is; noted once it stays."""

    def second_factor(self, account_id: str) -> SecondFactor | None:
        """The second factor of an account, in force or not yet."""

    def second_factor_secret(self, account_id: str) -> str:
        """What an app makes its codes from, hexadecimal; empty where there is none.

        Raises
        ------
        WorkspaceError
            If the key it is encrypted under is not there.
        """

    def with_second_factor(self) -> frozenset[str]:
        """Ids of the accounts that sign in by a code too."""

    def put_second_factor(self, account_id: str, secret: str) -> None:
        """A new secret, not in force yet; encrypted where it lies."""

    def confirm_second_factor(self, account_id: str, code_hashes: Sequence[str]) -> None:
        """Put it in force, with the hashes of its recovery codes."""

    def drop_second_factor(self, account_id: str) -> None:
        """Forget it and its recovery codes."""

    def take_step(self, account_id: str, step: int) -> bool:
        """Note a time step as used; False where it, or a later one, was."""

    def take_recovery_code(self, account_id: str, code_hash: str) -> bool:
        """Use a recovery code up; False where there is none."""

    def put_token(self, token_hash: str, token: Token) -> None:
        """A new token for programs; the token itself is never kept."""

    def token(self, token_hash: str, at_us: int) -> tuple[Token, Account] | None:
        """A token that is not over, and who made it where they are active."""

    def tokens(self) -> list[tuple[Token, Account]]:
        """Every token and who made it, by name and id."""

    def drop_token(self, token_id: str) -> bool:
        """Let a token open nothing any more; whether there was one."""

    def audit(self, entry: AuditEntry) -> None:
        """Note what was done."""

    def audited(self, limit: int, is_seen: Callable[[str], bool] | None = None) -> list[AuditEntry]:
        """The newest entries, newest first; of the workspaces that are seen alone, where told."""

    def close(self) -> None:
        """Let go of the store."""
