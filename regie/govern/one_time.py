"""One-time codes of an authenticator app; pure.

References
----------
RFC 4226 (HOTP) section 5.3; RFC 6238 (TOTP) sections 4 and 5.2: one step back and ahead is taken,
for clocks that differ and codes typed slowly, and no step twice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote, urlencode

STEP_US = 30_000_000
DIGITS = 6


def code(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a time step.

    Examples
    --------
    >>> code(b"12345678901234567890", 59 // 30, digits=8)  # RFC 6238, appendix B
    '94287082'
    """
    # SHA-1 is what every authenticator app speaks; HMAC does not rest on its collisions.
    mac = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    place = mac[-1] & 0xF
    number = int.from_bytes(mac[place : place + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(secret: bytes, given: str, at_us: int, last_step: int) -> int | None:
    """The step whose code was given; None where it is wrong, too old, or was given before.

    Parameters
    ----------
    last_step : int
        The newest step that was taken; -1 where none was.

    Examples
    --------
    >>> secret = b"12345678901234567890"
    >>> step_of(secret, code(secret, 10), 10 * STEP_US, -1)
    10
    >>> step_of(secret, code(secret, 10), 10 * STEP_US, 10) is None
    True
    """
    now = at_us // STEP_US
    for step in (now - 1, now, now + 1):
        right = hmac.compare_digest(code(secret, step).encode(), given.encode("utf-8", "replace"))
        if right and step > last_step:
            return step
    return None


def address(secret: bytes, account: str, issuer: str) -> str:
    """What an authenticator app reads from a QR code, or is given by hand.

    Examples
    --------
    >>> address(b"1234567890", "a@b.example", "Régie")
    'otpauth://totp/R%C3%A9gie:a%40b.example?secret=GEZDGNBVGY3TQOJQ&issuer=R%C3%A9gie'
    """
    about = {"secret": base64.b32encode(secret).decode().rstrip("="), "issuer": issuer}
    return f"otpauth://totp/{quote(issuer)}:{quote(account, safe='')}?{urlencode(about)}"
