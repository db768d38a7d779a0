"""Tokens for programs: made by somebody who works here, never more than they may themselves.

Shown once and kept as a hash. What a token may is asked anew at each use: where its maker may less
by then, left, or may no longer enter its workspace, it opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

import msgspec

from regie.govern.access import ROLES
from regie.ports.accounts import Account, Token
from regie.terms.errors import NotFoundError, RefusedError, SettingError
from regie.terms.instant import DAY_US

if TYPE_CHECKING:
    from regie.workspace.site import Site

MOST_DAYS = 366
"""No token lives longer: whoever still needs one makes another."""
_BEGINS = "regie_"
"""How every token begins, so that whoever finds one in a file knows what it is."""


def roles_below(role: str) -> tuple[str, ...]:
    """Roles that may no more than a role may.

    Examples
    --------
    >>> roles_below("trader"), "administrator" in roles_below("manager")
    (('viewer', 'trader'), False)
    """
    held = set(ROLES.get(role, ()))
    return tuple(name for name, permissions in ROLES.items() if set(permissions) <= held)


def make(
    site: Site, maker: Account, *, name: str, role: str, workspace: str, days: int, at_us: int
) -> str:
    """A new token: the only time it is told.

    Parameters
    ----------
    role : str
        What it may: a role that may no more than its maker's.
    workspace : str
        The one workspace it opens.
    days : int
        How long it lives, at most `MOST_DAYS`.

    Raises
    ------
    SettingError
        If a value cannot be taken.
    RefusedError
        If it would open what its maker may not.
    """
    name = name.strip()
    if not name or len(name) > 100:
        raise SettingError("name", "empty or very long", "up to 100 letters", "say what it is for")
    if not 1 <= days <= MOST_DAYS:
        raise SettingError(
            "days", str(days), f"from 1 to {MOST_DAYS}", "make another when it is over"
        )
    if role not in roles_below(maker.role):
        raise RefusedError(
            "role", f"{role}, more than {maker.role}", "a role that may no more than yours",
            "choose a lesser one",
        )  # fmt: skip
    if site.room_of(workspace, maker) is None:
        raise RefusedError(
            "workspace", "not one of yours", "one that you may enter", "choose another"
        )
    secret = _BEGINS + secrets.token_urlsafe(32)
    token = Token(
        id=secrets.token_hex(8), name=name, account=maker.id, role=role, workspace=workspace,
        made_us=at_us, until_us=at_us + days * DAY_US,
    )  # fmt: skip
    site.accounts.put_token(_hash(secret), token)
    site.note(maker.email, "token_made", f"{name}: {role}", at_us, workspace)
    return secret


def bearer(site: Site, secret: str, at_us: int) -> Account | None:
    """Who asks with a token: its maker, with the token's role and its one workspace.

    Returns
    -------
    Account or None
        None where there is no such token, it is over, or its maker may no longer what it may.
    """
    found = site.accounts.token(_hash(secret), at_us) if secret.startswith(_BEGINS) else None
    if found is None:
        return None
    token, maker = found
    if token.role not in roles_below(maker.role) or site.room_of(token.workspace, maker) is None:
        return None
    return msgspec.structs.replace(maker, role=token.role, workspaces=token.workspace)


def seen_by(site: Site, account: Account, at_us: int) -> list[tuple[Token, Account]]:
    """Tokens that somebody may revoke: their own; whoever manages accounts, those of its people."""
    manages = "manage_accounts" in ROLES.get(account.role, ())
    return [
        (token, maker)
        for token, maker in site.accounts.tokens()
        if token.until_us > at_us
        and (maker.id == account.id or (manages and account.reaches(maker.workspaces)))
    ]


def revoke(site: Site, account: Account, token_id: str, at_us: int) -> None:
    """Let a token open nothing any more, from now on.

    Raises
    ------
    NotFoundError
        If there is none of that id that they may revoke.
    """
    found = next((t for t, _ in seen_by(site, account, at_us) if t.id == token_id), None)
    if found is None or not site.accounts.drop_token(token_id):
        raise NotFoundError("token", "not there", "one of yours", "reload the page")
    site.note(account.email, "token_revoked", found.name, at_us, found.workspace)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
