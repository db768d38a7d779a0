"""Signing in by one's organisation: what a browser brings back becomes a session.

A browser that goes out carries a cookie with one secret. State, nonce and verifier are made from
it, so nothing is kept here meanwhile, and only the browser that went out can come back. People are
known by issuer and subject: an address alone counts where the provider answers for it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

import msgspec

from regie.engines.oidc import OidcProvider
from regie.ports.accounts import EVERYWHERE, Account
from regie.ports.identity import Identity, IdentityProvider
from regie.terms.errors import RefusedError
from regie.workspace.outside_rules import OutsideRules, client_secret
from regie.workspace.tokens import roles_below

if TYPE_CHECKING:
    from regie.workspace.site import Site

OUT_US = 10 * 60_000_000
"""So long a browser may be away."""
BACK = "/sign-in/back"


def provider(rules: OutsideRules) -> IdentityProvider:
    """The provider that the site's rules name."""
    return OidcProvider(rules.issuer, rules.client_id, client_secret(), rules.groups_claim)


def begin(rules: OutsideRules, of: IdentityProvider) -> tuple[str, str]:
    """Where a browser goes, and the secret it keeps in a cookie."""
    secret = secrets.token_urlsafe(32)
    digest = hashlib.sha256(_made(secret, "verifier").encode()).digest()
    address = of.address(
        back=_back(rules), state=_made(secret, "state"), nonce=_made(secret, "nonce"),
        challenge=urlsafe_b64encode(digest).decode().rstrip("="),
    )  # fmt: skip
    return address, secret


def come_back(
    site: Site, rules: OutsideRules, of: IdentityProvider, *, secret: str, state: str, code: str,
    at_us: int,
) -> str:  # fmt: skip
    """A session's token, for the code that a browser brings back.

    Raises
    ------
    RefusedError
        If it is not the browser that went out, the provider does not stand by the code, or whoever
        it is may not come in.
    """
    right = hmac.compare_digest(_made(secret, "state").encode(), state.encode("utf-8", "replace"))
    if not secret or not right or not code:
        raise _refused("from elsewhere, or late")
    told = of.identity(
        code, back=_back(rules), nonce=_made(secret, "nonce"),
        verifier=_made(secret, "verifier"), at_us=at_us,
    )  # fmt: skip
    return site.open_session(_account(site, rules, told, at_us), at_us)


def _account(site: Site, rules: OutsideRules, told: Identity, at_us: int) -> Account:
    role = next((role for group, role in rules.roles.items() if group in told.groups), None)
    name = f"{told.issuer} {told.subject}"
    if role is None:
        site.note(told.email[:200] or name[:200], "refused", "group", at_us)
        raise _refused("by nobody of a group that may come in")
    places = {one for group in told.groups for one in rules.workspaces.get(group, ())}
    if rules.workspaces and not places & {EVERYWHERE, *site.rooms}:
        raise _refused("by nobody of a group that works here")
    found = site.accounts.by_identity(name) or _by_address(site, told)
    if found is None:
        found = site.add_outside(told.name, told.email, role, at_us)
    site.accounts.put_identity(name, found.id)
    if not found.active:
        site.note_of(found, "refused", "sign-in", at_us)
        raise _refused("by somebody whose account is closed")
    where = tuple(sorted(places & {EVERYWHERE, *site.rooms})) or tuple(
        found.workspaces.splitlines()
    )
    if (found.role, set(found.workspaces.splitlines())) == (role, set(where)):
        return found
    if role not in roles_below(found.role) or not found.reaches("\n".join(where)):
        # Whoever made the account here may have written another's address: its password must not
        # open what the organisation gives that other one.
        site.forget_password(found)
    site.follow_outside(found, role, where, at_us)
    return msgspec.structs.replace(found, role=role)


def _by_address(site: Site, told: Identity) -> Account | None:
    found = site.accounts.by_email(told.email)
    if not told.email or (found and not told.email_verified):
        raise _refused("without an address that the provider answers for")
    return found[0] if found else None


def _made(secret: str, what: str) -> str:
    return hmac.new(secret.encode("utf-8", "replace"), what.encode(), hashlib.sha256).hexdigest()


def _back(rules: OutsideRules) -> str:
    return rules.public_url.rstrip("/") + BACK


def _refused(found: str) -> RefusedError:
    return RefusedError("sign-in", found, "somebody whom the site lets in", "ask who runs it")
