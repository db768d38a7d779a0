"""Events: what happened, one row each, and the closed registry of their kinds; pure.

The table `events/` has exactly these columns, in this order. Why one wide record for everything:
a question about a person or a day is then one scan, and erasure has one place to look.
"""

from __future__ import annotations

import msgspec

KINDS = (
    "view", "search", "cart", "order", "return", "fee", "adjustment", "impression", "viewable",
    "click", "start", "complete", "send", "delivered", "open", "bounce", "complaint",
    "unsubscribe", "lead", "conversion", "redeem", "consent", "login", "merge",
)  # fmt: skip
"""Every kind of event there is; a mapping or a channel may use no other."""

ACCOUNT_KINDS = ("order", "return", "fee", "adjustment")
"""Kinds that the accounts are made of."""

DONE_TO = (
    "fee", "adjustment", "impression", "viewable", "send", "delivered", "open", "bounce",
    "complaint", "unsubscribe",
)  # fmt: skip
"""Kinds that are no sign that a person still has to do with us: what others did, what a mail tool
did for them, and taking one's leave."""


ANONYMOUS_ORDER = "anonymous-"
"""How the mark begins that stands for an order's number once nobody is known of it any more."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened.

    fr: événement

    Parameters
    ----------
    event_id : str
        32 hex digits, made from the content (with the keyed `key`, never the raw identifier).
    at_us, recorded_us : int
        When it happened, when Régie could first have known; microseconds UTC.
    import_id : str
        The import that brought it.
    key : str or None
        The person, as a keyed hash; None where nobody is known.
    kind : str
        One of `KINDS`.
    order, item : str or None
        Invoice or basket, of an anonymous line `anonymous-` and 32 digits of chance (decision
        0012); product, article or programme (upper case).
    quantity, value : int
        Units, negative when they come back; the row's total in micros net of discounts, negative
        for returns.
    decision : str or None
        The decision that caused this delivery, open or click.
    source : str
        The mapping that read it.
    attributes : str
        JSON object of text values: what the source said beyond the other columns.

    Examples
    --------
    >>> Event(event_id="0" * 32, at_us=0, recorded_us=0, import_id="i1", kind="order",
    ...       order="536365", item="85123A", quantity=6, value=15_300_000, currency="GBP",
    ...       source="online-retail").value
    15300000
    """

    event_id: str
    at_us: int
    recorded_us: int
    import_id: str
    key: str | None = None
    session: str | None = None
    kind: str
    order: str | None = None
    item: str | None = None
    quantity: int = 0
    value: int = 0
    currency: str = ""
    utm: str | None = None
    click_id: str | None = None
    referrer: str | None = None
    decision: str | None = None
    country: str | None = None
    device: str | None = None
    source: str
    attributes: str = "{}"
