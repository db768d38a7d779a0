"""OpenID Connect: asks an organisation's provider who somebody is; reads its pages over HTTPS.

The authorization code flow with PKCE, state and nonce. What comes back counts only when the
provider's own key signed it, for this client, now. Keys are read again after an hour, and when one
is missing, so that a provider may change them.

References
----------
OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3.7; RFC 7636 (PKCE); RFC 9700 (what to refuse).
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from base64 import b64encode
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from regie.ports.identity import Identity
from regie.terms.errors import RefusedError, SettingError, WorkspaceError

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""Signatures by a key pair: none that a secret both know could make, and never `none`."""
LEEWAY_S = 60
KEPT_S = 3600.0
_WAIT_S = 10.0
_MOST_BYTES = 1 << 20
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class OidcProvider:
    """One provider.

    Parameters
    ----------
    issuer : str
        Its address; HTTPS, or this machine.
    groups_claim : str
        Where it says what somebody belongs to.

    Raises
    ------
    SettingError
        If the address is not one of these.
    """

    def __init__(
        self, issuer: str, client_id: str, client_secret: str, groups_claim: str = "groups"
    ) -> None:
        self._issuer = _checked(issuer.rstrip("/"))
        self._client = client_id, client_secret
        self._groups_claim = groups_claim
        self._kept: dict[str, tuple[float, Any]] = {}

    def address(self, *, back: str, state: str, nonce: str, challenge: str) -> str:
        """Where a browser is sent to sign in."""
        asked = {
            "response_type": "code", "client_id": self._client[0], "redirect_uri": back,
            "scope": "openid email profile", "state": state, "nonce": nonce,
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{self._told('authorization_endpoint')}?{urlencode(asked)}"

    def identity(self, code: str, *, back: str, nonce: str, verifier: str, at_us: int) -> Identity:
        """Who a code stands for, once."""
        given = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": back,
            "code_verifier": verifier, "client_id": self._client[0],
        }  # fmt: skip
        answer = self._asked(self._told("token_endpoint"), urlencode(given).encode())
        claims = self._claims(str(answer.get("id_token", "")), at_us)
        if claims.get("nonce") != nonce:
            raise _refused("of another sign-in")
        groups = claims.get(self._groups_claim, ())
        return Identity(
            issuer=self._issuer,
            subject=str(claims["sub"]),
            email=str(claims.get("email", "")).strip().lower(),
            email_verified=claims.get("email_verified") is True,
            name=str(claims.get("name") or claims.get("email") or claims["sub"])[:100],
            groups=tuple(str(one) for one in groups) if isinstance(groups, list) else (),
        )

    def _claims(self, token: str, at_us: int) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            read = self._decoded(token)
            jwt.JWTClaimsRegistry(
                now=at_us // 1_000_000, leeway=LEEWAY_S,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._client[0]},
                exp={"essential": True}, iat={"essential": True}, sub={"essential": True},
            ).validate(read)  # fmt: skip
        except (JoseError, ValueError) as error:
            raise _refused(f"not what the provider signed for us ({error})") from error
        if isinstance(read["aud"], list) and len(read["aud"]) > 1:
            raise _refused("for others too")
        return read

    def _decoded(self, token: str) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        keys = KeySet.import_key_set(self._read(self._told("jwks_uri")))
        try:
            return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError):
            # The key may be a new one.
            self._kept.pop(self._told("jwks_uri"), None)
            keys = KeySet.import_key_set(self._read(self._told("jwks_uri")))
            return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)

    def _told(self, name: str) -> str:
        document = self._read(f"{self._issuer}/.well-known/openid-configuration")
        if document.get("issuer", "").rstrip("/") != self._issuer:
            raise _refused("told by another issuer")
        return _checked(str(document.get(name, "")))

    def _read(self, address: str) -> Any:
        at, kept = self._kept.get(address, (0.0, None))
        if kept is None or time.monotonic() - at > KEPT_S:
            kept = self._asked(address, None)
            self._kept[address] = time.monotonic(), kept
        return kept

    def _asked(self, address: str, body: bytes | None) -> Any:
        request = urllib.request.Request(_checked(address), data=body)
        request.add_header("accept", "application/json")
        if body is not None:
            pair = ":".join(map(quote_plus, self._client)).encode()
            request.add_header("authorization", f"Basic {b64encode(pair).decode()}")
        try:
            with _opener().open(request, timeout=_WAIT_S) as answer:
                return json.loads(answer.read(_MOST_BYTES))
        except urllib.error.HTTPError as error:
            raise _refused(f"refused by the provider ({error.code})") from error
        except (OSError, ValueError) as error:
            raise WorkspaceError(
                "the sign-in provider", f"out of reach ({error})", "an answer",
                "try again, or sign in another way",
            ) from error  # fmt: skip


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **given: Any) -> None:
        return None


def _opener() -> urllib.request.OpenerDirector:
    # A provider's pages answer where they are: following on could lead anywhere.
    return urllib.request.build_opener(_NoRedirect())


def _checked(address: str) -> str:
    told = urlsplit(address)
    safe = told.scheme == "https" or (told.scheme == "http" and told.hostname in _LOOPBACK)
    if not safe or not told.netloc:
        raise SettingError(
            "oidc.toml issuer", f'"{address}"', "an https address", "write the provider's own"
        )
    return address


def _refused(found: str) -> RefusedError:
    return RefusedError("sign-in", found, "what the provider stands by", "try again")
