"""What pages are drawn with: sheet, font, script, icon, each under a name made of its content.

A name that changes with the content can be kept for ever by a browser (RFC 8246), so a page after
the first asks for nothing but itself. Pure, but for the package's own files.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from functools import cache
from importlib.resources import files

from regie.workspace.drawing import style as blocks_style

SHEET = "room.css"
FONT = "regie-sans.woff2"
KINDS = {".woff2": "font/woff2", ".js": "text/javascript; charset=utf-8"}
_VERSIONED = re.compile(r"(?P<stem>[\w-]+)\.(?P<mark>[0-9a-f]{12})(?P<suffix>\.\w+)")


def served_at(name: str) -> str:
    """Where a file is asked for.

    Examples
    --------
    >>> import re
    >>> bool(re.fullmatch("/static/regie-sans[.][0-9a-f]{12}[.]woff2", served_at(FONT)))
    True
    """
    stem, _, suffix = name.rpartition(".")
    return f"/static/{stem}.{_mark(name)}.{suffix}"


def found(name: str) -> tuple[bytes, str] | None:
    """A file's content and kind, by its versioned name or its plain one; None where there is none.

    A name of another version is answered with the present content: a page that was made before an
    upgrade still looks like one.

    Examples
    --------
    >>> found("icon.svg")[1], found("nothing.css"), found("../app.py")
    ('image/svg+xml', None, None)
    """
    plain = _plain(name)
    content = _content(plain)
    kind = KINDS.get(plain[plain.rfind(".") :]) or mimetypes.guess_type(plain)[0]
    return None if content is None else (content, kind or "application/octet-stream")


def is_of_this_version(name: str) -> bool:
    """Whether a name says which content it stands for, and it is the present one.

    Examples
    --------
    >>> is_of_this_version(served_at(SHEET).removeprefix("/static/")), is_of_this_version(SHEET)
    (True, False)
    """
    plain = _plain(name)
    return plain != name and _content(plain) is not None and served_at(plain) == f"/static/{name}"


def _plain(name: str) -> str:
    told = _VERSIONED.fullmatch(name)
    return f"{told['stem']}{told['suffix']}" if told else name


@cache
def _mark(name: str) -> str:
    return hashlib.sha256(_content(name) or b"").hexdigest()[:12]


@cache
def _content(name: str) -> bytes | None:
    if name == SHEET:
        return _sheet().replace(f"/static/{FONT}", served_at(FONT)).encode()
    at = files("regie.interfaces.web").joinpath("static", name)
    if "/" in name or name.startswith(".") or not at.is_file():
        return None
    return at.read_bytes()


def _sheet() -> str:
    """The blocks' own sheet, then that of the room around them."""
    return blocks_style() + files("regie.interfaces.web").joinpath("room.css").read_text("utf-8")
