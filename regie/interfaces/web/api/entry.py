"""What an entry of the programming interface is, and what it is asked; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import msgspec

from regie.ports.accounts import Account
from regie.terms.document import Lang, lang_of
from regie.workspace.board import Board
from regie.workspace.site import Site
from regie.workspace.workspace import Workspace

Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""The number of a run or of rows: what any store can count."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Words = Annotated[str, msgspec.Meta(max_length=500)]
Key = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
"""A person's key: an identifier or an address never stands in an address, which is logged."""


Shown = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")]
"""The version of what was looked at, as an answer's `shown` or its ETag told it; a change names it,
in If-Match or in the body, so that of two who change the same thing neither undoes the other."""


def accepted(headers: Mapping[str, str]) -> Lang | None:
    """The first language of ours that Accept-Language names; None where it names none.

    References
    ----------
    RFC 9110, section 12.5.4; browsers write the one they would rather have first.

    Examples
    --------
    >>> accepted({"accept-language": "de, FR-ca;q=0.8, en"}), accepted({})
    ('fr', None)
    """
    asked = headers.get("accept-language", "").split(",")
    return next((lang for one in asked if (lang := lang_of(one.strip()[:2].lower()))), None)


class NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing may be asked beside the path."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request, already let in and understood.

    Parameters
    ----------
    account : Account
        Who made the token, with the token's role and workspace: no more than they may now.
    path : dict[str, str]
        What the entry's path names.
    query, body : Any
        Of the types that the entry says.
    at_us : int
        The wall clock.
    upload : str
        The token of the file that came, where the entry takes one.
    """

    site: Site
    workspace: Workspace
    board: Board
    account: Account
    path: dict[str, str]
    query: Any
    body: Any
    at_us: int
    upload: str = ""

    def note(self, act: str, about: str) -> None:
        """Write into the audit what was done by this token."""
        self.site.note(self.account.email, act, about, self.at_us, self.account.workspaces)


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file as an answer.

    Parameters
    ----------
    kind : str
        Its media type, one of the entry's `files`.
    name : str
        What it is called where it is kept.
    """

    content: bytes
    kind: str
    name: str


CSV = "text/csv; charset=utf-8"
HTML = "text/html; charset=utf-8"
PDF = "application/pdf"
JSON = "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An address of the programming interface and its answer.

    Parameters
    ----------
    path : str
        Below /api/v1; `{name}` takes a text, `{name:int}` a number.
    permission : str
        One of `govern.access.PERMISSIONS`.
    does : str
        One line for the document.
    function : Callable[[Call], Any]
        Gives the answer.
    answer : Any
        Its type; nothing else is answered.
    query, body : Any
        Types of what is asked.
    heavy : bool
        Whether few may run at once: what reads whole tables, or a statement somebody typed.
    files : tuple[str, ...]
        Media types of the file it answers with (`answer` is `File`); else it answers with JSON.
    takes_file : bool
        Whether its body is a file: written to disk as it comes, never held whole.
    makes : bool
        Whether it writes a file that is not there yet: no version of it can have been looked at,
        and the list's ETag is in nobody's way.
    """

    method: Literal["GET", "POST"]
    path: str
    permission: str
    does: str
    function: Callable[[Call], Any]
    answer: Any
    query: Any = NoQuery
    body: Any = None
    heavy: bool = False
    files: tuple[str, ...] = ()
    takes_file: bool = False
    makes: bool = False

    @property
    def takes_version(self) -> bool:
        """Whether it changes something that was looked at, and so is told which version."""
        return not self.makes and self.body is not None and "shown" in self.body.__struct_fields__


def version_of(answer: Any) -> str | None:
    """The version of what an answer shows, where it can be changed; empty: it is not there yet."""
    found = getattr(answer, "shown", getattr(answer, "content_hash", None))
    return found if isinstance(found, str) else None
