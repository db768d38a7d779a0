"""The port to whoever tells who people are: an organisation's own sign-in (OpenID Connect)."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, as their organisation tells.

    Parameters
    ----------
    subject : str
        Names them for ever at that issuer; an address can pass on to somebody else.
    email_verified : bool
        Whether the issuer answers for the address.
    groups : tuple[str, ...]
        What they belong to there.
    """

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    groups: tuple[str, ...]


class IdentityProvider(Protocol):
    """Where people of an organisation sign in."""

    def address(self, *, back: str, state: str, nonce: str, challenge: str) -> str:
        """Where a browser is sent to sign in; it comes back with a code."""

    def identity(self, code: str, *, back: str, nonce: str, verifier: str, at_us: int) -> Identity:
        """Who a code stands for.

        Raises
        ------
        RefusedError
            If the provider does not stand by it.
        """
