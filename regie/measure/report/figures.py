"""The figures a report is made from: plain records, filled in by `workspace`; pure.

Why one record for everything: the report is then a function of it, and a test can read every
figure twice, here and in the page.
"""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from regie.measure.judged import Judged
from regie.measure.kpi import Figures, Kpi

PERIOD_DAYS = 28
"""Four whole weeks, so that both periods hold the same days of the week."""


class Period(msgspec.Struct, frozen=True):
    """The days told of, both included, and as many before them.

    Examples
    --------
    >>> Period(date(2011, 8, 12), date(2011, 9, 8)).before.first.isoformat()
    '2011-07-15'
    >>> len(Period(date(2011, 8, 12), date(2011, 9, 8)).days)
    28
    """

    first: date
    last: date

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the period."""
        count = (self.last - self.first).days + 1
        return tuple(self.first + timedelta(n) for n in range(count))

    @property
    def before(self) -> Period:
        """As many days, just before."""
        return Period(self.first - timedelta(len(self.days)), self.first - timedelta(1))


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far the orders known reach.

    Parameters
    ----------
    last : date
        Day of the newest order.
    looked : date
        The day from which is looked.
    late : bool
        Whether more than a day lies between.

    Examples
    --------
    >>> Reach(last=date(2011, 12, 6), looked=date(2011, 12, 9), late=True).days
    2
    """

    last: date
    looked: date
    late: bool

    @property
    def days(self) -> int:
        """Whole days between, of which nothing is known."""
        return (self.looked - self.last).days - 1


class ItemFigures(msgspec.Struct, frozen=True, kw_only=True):
    """An item's orders, pieces and revenue in the period, and its revenue in the one before."""

    item: str
    name: str
    orders: int
    pieces: int
    revenue_micros: int
    before_micros: int


class CampaignFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What the newest run gave a campaign.

    Parameters
    ----------
    title : str
        In the report's language.
    people, cost_micros, budget_micros : int
        Who would get its message, what that costs, what it may cost.
    state : str
        proposed, approved, rejected, applied, expired; empty where nobody was chosen.
    """

    name: str
    title: str
    people: int
    cost_micros: int
    budget_micros: int
    state: str


class RunFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a run decided.

    Parameters
    ----------
    day : str
        ISO day it looked from.
    people : int
        Who was decided on.
    messages : dict[str, int]
        Campaign to people.
    nothing : dict[str, int]
        Why the others get nothing, and how many: one reason each, the one that stood last in line.
    held_out, drawn : int
        People in the control group; people whose choice was a random draw.
    """

    run: int
    day: str
    people: int
    messages: dict[str, int]
    nothing: dict[str, int]
    held_out: int
    drawn: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A decision told in the report's language.

    Parameters
    ----------
    kind : str
        `message` or `nothing`.
    campaign : str
        Title of the campaign chosen, or of the one that came closest.
    parts : tuple[tuple[str, float], ...]
        What made that campaign's score, in points; they add up to `score`.
    """

    kind: str
    decision: str
    campaign: str
    sentences: tuple[str, ...]
    parts: tuple[tuple[str, float], ...]
    score: float


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign's message to one person, and why that person gets it."""

    language: str
    subject: str
    html: str
    text: str
    told: Told


class RuleFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A quality rule and what it found."""

    check: str
    field: str
    at_least: float
    lines: int
    broken: int
    kept: bool
    block: bool


class SourceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was imported: where every row went.

    Parameters
    ----------
    lines, value_micros : dict[str, int]
        By place.
    held : int
        Rows that were there already.
    quality : int
        Out of 100.
    """

    file: str
    mapping: str
    rows: int
    lines: dict[str, int]
    value_micros: dict[str, int]
    held: int
    corrected: int
    quality: int
    rules: tuple[RuleFigures, ...]


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """Rows and value that a source's imports brought, and what the tables hold of it today."""

    mapping: str
    brought: int
    brought_micros: int
    kept: int
    kept_micros: int
    corrected: int


class PurposeFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How many people a purpose is open to."""

    name: str
    title: str
    legal_basis: str
    people: int
    retention_days: int


class ModelFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The version of a model that served the newest run, and how its recipe was judged then.

    Parameters
    ----------
    kind : str
        What the card says it is.
    rows, people : int
        What it was fitted on; 0 where the card does not say.
    measure : str
        The measure it is promoted by.
    """

    name: str
    version: str
    what: str
    kind: str
    rows: int
    people: int
    measure: str
    value: float | None
    baseline: float | None


class ReportFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a report tells.

    Parameters
    ----------
    reach : Reach or None
        None where there is no order.
    sql : dict[str, str]
        Figure to the statement that gives it again.
    segments : dict[str, tuple[str, str]]
        Segment to its title and words, in the report's language.
    versions : dict[str, str]
        What the report was made from.
    """

    shop: str
    currency: str
    simulated: tuple[str, ...]
    period: Period
    reach: Reach | None
    kpi: Kpi
    sql: dict[str, str]
    items: tuple[ItemFigures, ...]
    segments: dict[str, tuple[str, str]]
    campaigns: tuple[CampaignFigures, ...]
    runs: tuple[RunFigures, ...]
    told: tuple[Told, ...]
    previews: tuple[Preview, ...]
    judged: Judged
    sources: tuple[SourceFigures, ...]
    reconciled: tuple[Reconciled, ...]
    people: int
    purposes: tuple[PurposeFigures, ...]
    models: tuple[ModelFigures, ...]
    versions: dict[str, str]


def nothing_known(shop: str, currency: str, period: Period) -> ReportFigures:
    """The figures of a shop of which nothing is known yet: no order, no run, no file.

    Examples
    --------
    >>> nothing_known("Shop", "EUR", Period(date(2011, 8, 12), date(2011, 9, 8))).kpi.now.orders
    0
    """
    none = Figures()
    kpi = Kpi(from_us=0, to_us=0, now=none, before=none, days={}, countries={}, sql="")
    tiles = ("revenue", "orders", "basket", "active", "new_customers", "returning", "items")
    return ReportFigures(
        shop=shop,
        currency=currency,
        simulated=(),
        period=period,
        reach=None,
        kpi=kpi,
        sql=dict.fromkeys(tiles, ""),
        items=(),
        segments={},
        campaigns=(),
        runs=(),
        told=(),
        previews=(),
        judged=Judged(),
        sources=(),
        reconciled=(),
        people=0,
        purposes=(),
        models=(),
        versions={},
    )
