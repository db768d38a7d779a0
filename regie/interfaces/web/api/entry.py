"""What an entry of the programming interface is, and what it is asked; pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec

from regie.ports.accounts import Account
from regie.workspace.board import Board
from regie.workspace.site import Site
from regie.workspace.workspace import Workspace

Language = Literal["en", "fr"]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""The number of a run or of rows: what any store can count."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Words = Annotated[str, msgspec.Meta(max_length=500)]
Key = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
"""A person's key: an identifier or an address never stands in an address, which is logged."""


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
    """

    site: Site
    workspace: Workspace
    board: Board
    account: Account
    path: dict[str, str]
    query: Any
    body: Any
    at_us: int

    def note(self, act: str, about: str) -> None:
        """Write into the audit what was done by this token."""
        self.site.note(self.account.email, act, about, self.at_us, self.account.workspaces)


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
