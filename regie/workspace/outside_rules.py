"""How people sign in by their organisation: `oidc.toml` in the site's folder; reads it."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from regie.govern.access import ROLES
from regie.terms.errors import RuleError
from regie.workspace.settings import read_toml

FILE = "oidc.toml"
SECRET = "REGIE_OIDC_SECRET"  # the variable's name
"""The environment's variable that holds the client's secret: no file of the site does."""


class OutsideRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to ask, and what their groups may.

    Parameters
    ----------
    issuer, client_id : str
        The provider, and how it knows this site.
    public_url : str
        Where browsers reach this site: the provider sends them back there.
    roles : dict[str, str]
        Group to role; the first group of the file that somebody is in counts.
    workspaces : dict[str, tuple[str, ...]]
        Group to workspaces, `*` for all of them; where it is given, who is in none may not come in.
    refuse_passwords : bool
        Whether nobody may sign in by a password of this site any more.
    groups_claim : str
        Where the provider says what somebody belongs to.
    """

    issuer: str
    client_id: str
    public_url: str
    roles: dict[str, str]
    workspaces: dict[str, tuple[str, ...]] = {}
    refuse_passwords: bool = False
    groups_claim: str = "groups"


def outside_rules(folder: Path) -> OutsideRules | None:
    """The rules of a site; None where it has none.

    Raises
    ------
    RuleError
        If they are not complete, or name no role.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        rules = msgspec.convert(read_toml(path), OutsideRules)
    except msgspec.ValidationError as error:
        raise RuleError(
            FILE, f"not valid ({error})", "issuer, client_id, public_url, [roles]",
            "see docs/guides/control-room.md",
        ) from error  # fmt: skip
    for group, role in rules.roles.items():
        if role not in ROLES:
            raise RuleError(
                f"{FILE} roles {group}", f'"{role}"', "one of " + ", ".join(ROLES), "name one"
            )
    return rules


def client_secret() -> str:
    """The client's secret; empty where the environment holds none: a public client with PKCE."""
    return os.environ.get(SECRET, "")
