"""Which names the control room answers under: its own, and no other's; pure but for ASGI.

Why: a page of another site can let its own name lead to this machine (DNS rebinding). To the
browser what is answered there is that site's own, and it may read it. Such a name is never an
address in digits, so those are ours whichever they are; a name must be one that we go by.

References
----------
Jackson, Barth, Bortz, Shao, Boneh, "Protecting Browsers from DNS Rebinding Attacks", 2007;
RFC 9110, section 15.5.20 (421, misdirected request).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from regie.interfaces.web.api import problem
from regie.interfaces.web.api.entry import accepted
from regie.terms.errors import SettingError
from regie.words.sentences import say

OURS = "localhost"
MISDIRECTED = 421


def name_of(host: str) -> str:
    """The name in a Host header or an address, without its port; empty where there is none.

    Examples
    --------
    >>> name_of("Room.Example:8080"), name_of("[::1]:8080"), name_of("https://room.example/shop")
    ('room.example', '::1', 'room.example')
    >>> name_of(""), name_of("a b"), name_of("room.example@evil.example"), name_of("[")
    ('', '', '', '')
    """
    try:
        parts = urlsplit(host if "://" in host else f"//{host}")
        name = parts.hostname or ""
    except ValueError:
        return ""
    is_plain = "@" not in parts.netloc and " " not in name
    return name.rstrip(".") if is_plain else ""


def is_ours(host: str, names: Collection[str]) -> bool:
    """Whether a Host header names us: in digits, as this machine itself, or by one of our names.

    Parameters
    ----------
    names : Collection[str]
        Lower case, without ports.

    Examples
    --------
    >>> is_ours("192.168.1.5:8080", ()), is_ours("localhost:8080", ()), is_ours("[::1]", ())
    (True, True, True)
    >>> is_ours("room.example", {"room.example"}), is_ours("room.example.evil", {"room.example"})
    (True, False)
    >>> is_ours("", ()), is_ours("evil.example", ())
    (False, False)
    """
    name = name_of(host)
    if name in names or name == OURS or name.endswith(f".{OURS}"):
        return name != ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class OurHosts:
    """Answers what is asked under our names, and tells whoever asks under another.

    Parameters
    ----------
    names : Callable
        Our names as they stand: an address that is changed in the settings holds at once.
    """

    def __init__(self, app: ASGIApp, names: Callable[[], Collection[str]]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope) if scope["type"] == "http" else None
        if asked is None or is_ours(asked.get("host", ""), self._names()):
            await self._app(scope, receive, send)
            return
        lang = accepted(asked) or "en"
        if "/api/" in scope["path"]:
            error = SettingError(
                "Host", f'"{asked.get("host", "")[:100]}"', "a name of this service",
                "set public_url in regie.toml to the address it is asked under",
            )  # fmt: skip
            answer = problem.answer(error, scope["path"], lang, MISDIRECTED)
        else:
            answer = PlainTextResponse(say("screens.host_unknown", lang), MISDIRECTED)
        await answer(scope, receive, send)
