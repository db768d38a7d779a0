"""Key figures: revenue, orders, average basket, active, new and returning customers; talks to a
`Session` only.

By day, by country and in all, each with the period before. Why one scan for everything: figures
that stand side by side then always come from the same rows, and each opens to the SQL it is from.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from regie.ports.tables import Columns, Session, rows_of, sql_text

EVER_US = -(2**62)
"""An instant before every other."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The key figures of one period, one day, one country or one segment.

    Parameters
    ----------
    revenue_micros : int
        Order lines net of discounts, before returns.
    returns_micros, fees_micros : int
        Returns (negative); fees and adjustments.
    orders : int
        Distinct orders.
    active, new_customers : int
        People who ordered; of them those whose first order it was.

    Examples
    --------
    >>> Figures(revenue_micros=300_000_000, orders=3, active=2, new_customers=1).basket_micros
    100000000
    >>> Figures().basket_micros
    0
    """

    revenue_micros: int = 0
    returns_micros: int = 0
    fees_micros: int = 0
    orders: int = 0
    active: int = 0
    new_customers: int = 0

    @property
    def basket_micros(self) -> int:
        """Average basket: revenue by order, rounded down to the micro."""
        return self.revenue_micros // self.orders if self.orders else 0

    @property
    def returning(self) -> int:
        """People who ordered and had ordered before.

        Examples
        --------
        >>> Figures(orders=3, active=2, new_customers=1).returning
        1
        """
        return self.active - self.new_customers


class Kpi(msgspec.Struct, frozen=True, kw_only=True):
    """Key figures of a period with those of the one before.

    Parameters
    ----------
    now, before : Figures
        In all.
    days, countries, segments : dict[str, tuple[Figures, Figures]]
        By name: now and before, in name order. A day has figures on one side only.
    sql : str
        The SELECT they are from, to be run as it is.
    """

    from_us: int
    to_us: int
    now: Figures
    before: Figures
    days: dict[str, tuple[Figures, Figures]]
    countries: dict[str, tuple[Figures, Figures]]
    sql: str
    segments: dict[str, tuple[Figures, Figures]] = {}


def measure(
    session: Session,
    *,
    from_us: int,
    to_us: int,
    zone: str,
    before_us: int | None = None,
    oldest_us: int = EVER_US,
) -> Kpi:
    """Key figures of [from, to) and of a period before it.

    The session holds the scratch relation `unmeasured` (key): who objects to being measured.

    Parameters
    ----------
    from_us, to_us : int
        The period, microseconds UTC.
    before_us : int or None
        Where the period before begins: a period of whole days is not as long as another where a
        clock was changed. None for as long a period.
    zone : str
        Zone in which a day is a day.
    oldest_us : int
        Before it no row is read: measurement keeps people's rows so long and no longer. Who ordered
        before it alone is new.
    """
    parameters = {
        "before_us": from_us - (to_us - from_us) if before_us is None else before_us,
        "from_us": from_us,
        "to_us": to_us,
        "oldest_us": oldest_us,
        "zone": zone,
    }
    sql = sql_text("regie.measure", "kpi")
    split = _split(session.query(sql, parameters))
    whole = split.get("all", {}).get("", {})
    return Kpi(
        from_us=from_us,
        to_us=to_us,
        now=whole.get("now", Figures()),
        before=whole.get("before", Figures()),
        days=_pairs(split.get("day", {})),
        countries=_pairs(split.get("country", {})),
        sql=opened(sql, parameters),
    )


def by_segment(
    session: Session, *, from_us: int, to_us: int, before_us: int, oldest_us: int = EVER_US
) -> dict[str, tuple[Figures, Figures]]:
    """Key figures of each segment, now and before, in name order; a person may be in several.

    The session holds the scratch relation `members` (segment, key), taken once: both periods are of
    the same people, so that a difference is theirs and not that of who came and went.
    """
    found = session.query(
        segments_sql(),
        {"before_us": before_us, "from_us": from_us, "to_us": to_us, "oldest_us": oldest_us},
    )
    return _pairs(_split(found).get("segment", {}))


@cache
def segments_sql() -> str:
    """The statement behind `by_segment`: lines of kpi_segments.sql, figures of kpi.sql.

    Examples
    --------
    >>> whole, part = sql_text("regie.measure", "kpi"), segments_sql()
    >>> [name in part for name in Figures.__struct_fields__]
    [True, True, True, True, True, True]
    """
    import sqlglot
    from sqlglot import exp

    whole, part = (
        sqlglot.parse_one(sql_text("regie.measure", name), dialect="duckdb")
        for name in ("kpi", "kpi_segments")
    )
    figures = [one for one in whole.expressions if one.alias in Figures.__struct_fields__]
    firsts = next(cte for cte in whole.args["with_"].expressions if cte.alias == "firsts")
    assert isinstance(part, exp.Select), "kpi_segments.sql is one SELECT"
    part = part.select(*figures).with_("firsts", as_=firsts.this)
    return part.join(whole.args["joins"][0]).sql("duckdb")


def _split(found: Columns) -> dict[str, dict[str, dict[str, Figures]]]:
    """Rows by dimension, name and period."""
    split: dict[str, dict[str, dict[str, Figures]]] = {}
    for i in range(rows_of(found)):
        figures = Figures(**{field: int(found[field][i]) for field in Figures.__struct_fields__})
        names = split.setdefault(str(found["dimension"][i]), {})
        names.setdefault(str(found["name"][i]), {})[str(found["period"][i])] = figures
    return split


def _pairs(by_name: Mapping[str, Mapping[str, Figures]]) -> dict[str, tuple[Figures, Figures]]:
    return {
        name: (periods.get("now", Figures()), periods.get("before", Figures()))
        for name, periods in sorted(by_name.items())
    }


def opened(sql: str, parameters: Mapping[str, Any]) -> str:
    """The statement with its parameters written in, so that a person can run it as it is.

    Examples
    --------
    >>> opened("SELECT count(*) FROM events WHERE at_us < $to_us", {"to_us": 7})
    'SELECT COUNT(*) FROM events WHERE at_us < 7'
    """
    import sqlglot
    from sqlglot import exp

    def written(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Parameter | exp.Placeholder) and node.name in parameters:
            return exp.convert(parameters[node.name])
        return node

    return sqlglot.parse_one(sql, dialect="duckdb").transform(written).sql("duckdb", comments=False)
