"""A small OpenID provider on this machine, for tests: says what it is told to say."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "regie"


class Provider:
    """What a provider keeps: its key, and codes that wait to be exchanged."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, auto_kid=True)
        self.issuer = ""
        self.codes: dict[str, dict[str, Any]] = {}
        self.header: dict[str, Any] = {"alg": "RS256"}

    def signs_in(self, address: str, **claims: Any) -> dict[str, str]:
        """What a browser brings back from an address of this provider, as somebody."""
        asked = {name: given[0] for name, given in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300,
                "nonce": asked["nonce"], **claims}  # fmt: skip
        self.codes[code] = {"claims": told, "challenge": asked["code_challenge"],
                            "back": asked["redirect_uri"]}  # fmt: skip
        return {"code": code, "state": asked["state"]}

    def token(self, given: dict[str, str]) -> dict[str, str] | None:
        """The answer for a code, once, to whoever knows its verifier."""
        waiting = self.codes.pop(given.get("code", ""), None)
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).decode().rstrip("=")
        if waiting is None or waiting["challenge"] != challenge:
            return None
        if waiting["back"] != given.get("redirect_uri"):
            return None
        header = {"kid": self.key.kid, **self.header}
        return {"id_token": jwt.encode(header, waiting["claims"], self.key)}


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that answers on this machine."""
    kept = Provider()

    class Pages(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            at = kept.issuer
            pages: dict[str, Any] = {
                "/.well-known/openid-configuration": {
                    "issuer": at, "authorization_endpoint": f"{at}/authorize",
                    "token_endpoint": f"{at}/token", "jwks_uri": f"{at}/keys",
                },
                "/keys": {"keys": [kept.key.as_dict(private=False)]},
            }  # fmt: skip
            self._tell(pages.get(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._tell(kept.token({name: one[0] for name, one in parse_qs(body).items()}))

        def _tell(self, told: Any) -> None:
            self.send_response(400 if told is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(told or {"error": "invalid_grant"}).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    kept.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
