"""Long lists, a page at a time; pure.

A cursor names the last row that was given, not how many were: rows that come in meanwhile move
nothing, and none is given twice. It is opaque and holds nothing secret.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import Annotated, Generic, TypeVar

import msgspec

from regie.terms.errors import SettingError

Row = TypeVar("Row")
Place = tuple[int | float | str, ...]
"""What a list is sorted by, ending in something unique."""


class Paged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every list can be asked."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Page(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """Some rows of a list.

    Parameters
    ----------
    next : str or None
        The cursor of the rows that follow; None at the end.
    """

    rows: tuple[Row, ...]
    next: str | None = None


def page(
    rows: Iterable[Row], asked: Paged, place: Callable[[Row], Place], *, falling: bool = False
) -> Page[Row]:
    """A page of a whole list.

    Parameters
    ----------
    place : Callable
        What the list is sorted by.
    falling : bool
        Whether the greatest comes first.

    Raises
    ------
    SettingError
        If the cursor was not given by this list.

    Examples
    --------
    >>> first = page([3, 1, 2], Paged(limit=2), lambda n: (n,))
    >>> first.rows, page([3, 1, 2], Paged(limit=2, cursor=first.next), lambda n: (n,))
    ((1, 2), Page(rows=(3,), next=None))
    >>> page([3, 1, 2], Paged(limit=1), lambda n: (n,), falling=True).rows
    (3,)
    >>> page([1], Paged(cursor="x"), lambda n: (n,))
    Traceback (most recent call last):
        ...
    regie.terms.errors.SettingError: cursor is of no page, expected what "next" of a page said; \
begin again without a cursor
    """
    ordered = sorted(rows, key=place, reverse=falling)
    after = place_of(asked.cursor)
    if after is not None:
        try:
            ordered = [
                row for row in ordered if (place(row) < after if falling else place(row) > after)
            ]
        except TypeError as error:
            raise no_cursor() from error
    return cut(ordered[: asked.limit + 1], asked, place)


def cut(rows: list[Row], asked: Paged, place: Callable[[Row], Place]) -> Page[Row]:
    """A page of rows that begin after the cursor: one more than asked tells that more follow.

    Examples
    --------
    >>> found = cut([3, 2, 1], Paged(limit=2), lambda n: (n,))
    >>> found.rows, place_of(found.next)
    ((3, 2), (2,))
    """
    given = tuple(rows[: asked.limit])
    more = len(rows) > asked.limit
    return Page(rows=given, next=cursor_of(place(given[-1])) if more else None)


def cursor_of(place: Place) -> str:
    """A place as a cursor.

    Examples
    --------
    >>> cursor_of((1_323_388_800_000_000, 2, "d1"))
    'WzEzMjMzODg4MDAwMDAwMDAsMiwiZDEiXQ'
    >>> place_of(cursor_of((2, "d1")))
    (2, 'd1')
    """
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_of(cursor: str) -> Place | None:
    """The place that a cursor names; None where none was given."""
    if not cursor:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars="-_", validate=True)
        return msgspec.json.decode(text, type=Place)
    except (ValueError, msgspec.MsgspecError) as error:
        raise no_cursor() from error


def no_cursor() -> SettingError:
    """What is told of a cursor that no page gave."""
    return SettingError(
        "cursor", "of no page", 'what "next" of a page said', "begin again without a cursor"
    )
