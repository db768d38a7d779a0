"""The privacy notice, the article 30 register and the access page, made from data; pure.

Purposes (rules/purposes.toml) say what data may be used for; holdings (listed by every stage, and
gathered by `workspace`) say where it lies. Why made and not written: a notice that is written apart
from the code is right on the day it is written.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """Some columns that hold data about people: where, what for, how long, how a person is found.

    fr: données détenues

    Parameters
    ----------
    store : str
        The table or file: `events`, `decisions`, `state.sqlite/contacts`, `reports/messages` …
    columns : tuple[str, ...]
        Its columns; `*` for all that no other holding of the store names.
    purpose : str
        One of `terms.consent.PURPOSES`.
    retention_days : int
        How long rows are kept.
    person : str
        How a person is found there: `key`, `subject`, `text` (the text is searched), or empty
        where nobody can be.
    what : dict[str, str]
        Language to one line: what it holds, in words of everybody.

    Examples
    --------
    >>> Holding(store="events", columns=("key", "at_us"), purpose="measurement",
    ...         retention_days=760, person="key", what={"en": "Your orders."}).person
    'key'
    """

    store: str
    columns: tuple[str, ...]
    purpose: str
    retention_days: int
    person: Literal["key", "subject", "text", ""]
    what: dict[str, str]
