"""Groups of items, for figures: rules/groups.toml; reads files, writes nothing.

An item is in the first group that lists its code, or of which its name holds a word. Why by words:
a shop's log seldom says what kind of thing an item is, and its names nearly always do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from regie.terms.errors import RuleError
from regie.workspace.settings import GROUPS, read_toml

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group of items.

    fr: famille d'articles

    Parameters
    ----------
    title : dict[str, str]
        Language to name.
    words : tuple[str, ...]
        An item is in it where its name holds one of them as a word; `candles` is not `candle`.
    items : tuple[str, ...]
        Codes of items that are in it whatever they are called.
    """

    name: str
    title: dict[str, str]
    words: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


def groups(workspace: Stores) -> tuple[Group, ...]:
    """The groups, in the order of their file; none where there is no file.

    Raises
    ------
    RuleError
        If a group lacks its title, or has a part that is none of title, words and items.
    """
    path = workspace.rules.folder / GROUPS
    return groups_from(read_toml(path)) if path.is_file() else ()


def groups_from(data: Mapping[str, Any], where: str = "rules/groups.toml") -> tuple[Group, ...]:
    """The groups of a TOML table, in its order.

    Examples
    --------
    >>> groups_from({"bags": {"title": {"en": "Bags"}, "words": ["bag"]}})[0].words
    ('bag',)
    >>> groups_from({"bags": {"words": "bag"}})
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: rules/groups.toml bags is Expected `array`, got `str` - at \
`$.words`, expected title, words and items; correct it
    """
    found = []
    for name, table in data.items():
        try:
            group = msgspec.convert({"title": {}} | dict(table) | {"name": name}, Group)
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            raise RuleError(
                f"{where} {name}", str(error), "title, words and items", "correct it"
            ) from error
        unknown = set(table) - {"title", "words", "items"}
        if unknown or not group.title:
            raise RuleError(
                f"{where} {name}", f'with "{min(unknown)}"' if unknown else "without title",
                "title, words and items", "correct it",
            )  # fmt: skip
        found.append(group)
    return tuple(found)


def grouped(listed: tuple[Group, ...], names: Mapping[str, str]) -> dict[str, str]:
    """Item to its group, of those that are in one.

    Parameters
    ----------
    names : Mapping[str, str]
        Item to what it is called.

    Examples
    --------
    >>> bags = Group(name="bags", title={"en": "Bags"}, words=("bag",), items=("X1",))
    >>> grouped((bags,), {"A": "Red BAG", "B": "Baggage tag", "X1": "Thing"})
    {'A': 'bags', 'X1': 'bags'}
    """
    patterns = [
        re.compile(
            rf"(?<!\w)(?:{'|'.join(map(re.escape, g.words)) or '(?!)'})(?!\w)", re.IGNORECASE
        )
        for g in listed
    ]
    found: dict[str, str] = {}
    for item, called in names.items():
        for group, pattern in zip(listed, patterns, strict=True):
            if item in group.items or pattern.search(called):
                found[item] = group.name
                break
    return found


def _words(group: Group) -> re.Pattern[str]:
    listed = "|".join(map(re.escape, group.words)) or "(?!)"
    return re.compile(rf"(?<!\w)(?:{listed})(?!\w)", re.IGNORECASE)
