"""A campaign as a CRM manager writes it (rules/campaigns/NAME.toml); pure.

Whom, words in both languages, offer, dates, budget, priority.
"""

from __future__ import annotations

from datetime import date

import msgspec

from regie.terms.rule import Rule


class MessageWords(msgspec.Struct, frozen=True, kw_only=True):
    """A message's words in one language; `{first_name}` may stand in any of them.

    Examples
    --------
    >>> MessageWords(subject="Hello", preheader="", title="Again?", body="Yes", button="See").body
    'Yes'
    """

    subject: str
    preheader: str
    title: str
    body: str
    button: str
    offer: str = ""


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to write to, what, when, for how much.

    fr: campagne

    Parameters
    ----------
    name : str
        File name without its ending.
    whom : Rule
        The audience.
    selection : str
        How items are chosen: `favourites`, `new` or `popular`.
    words : dict[str, MessageWords]
        Language to words.
    starts, ends : date
        First and last day a message may leave.
    budget_micros, cost_micros : int
        Most one run may spend; what one message costs.
    priority : float
        Points added to the score.
    paused : bool
        Whether it writes to nobody for now.

    Examples
    --------
    >>> from regie.terms.rule import Measure
    >>> Campaign(name="c", title={"en": "C"}, whom=Measure("count", "order", at_least=1),
    ...          selection="favourites", words={}, starts=date(2011, 1, 1), ends=date(2011, 12, 31),
    ...          budget_micros=1, cost_micros=1, priority=0.0).selection
    'favourites'
    """

    name: str
    title: dict[str, str]
    whom: Rule
    selection: str
    words: dict[str, MessageWords]
    starts: date
    ends: date
    budget_micros: int
    cost_micros: int
    priority: float
    paused: bool = False
