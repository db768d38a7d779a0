"""Key figures: revenue, orders, average basket, active, new and returning customers; talks to a
`Session` only.

By day, by country and in all, each with the period before. Why one scan for everything: figures
that stand side by side then always come from the same rows, and each opens to the SQL it is from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from regie.ports.tables import Session, rows_of, sql_text


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
        """People who ordered and had ordered before."""
        return self.active - self.new_customers


class Kpi(msgspec.Struct, frozen=True, kw_only=True):
    """Key figures of a period with those of the one before.

    Parameters
    ----------
    now, before : Figures
        In all.
    days, countries : dict[str, tuple[Figures, Figures]]
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


def measure(session: Session, *, from_us: int, to_us: int, zone: str) -> Kpi:
    """Key figures of [from, to) and of as long a period before it.

    Parameters
    ----------
    from_us, to_us : int
        The period, microseconds UTC.
    zone : str
        Zone in which a day is a day.
    """
    parameters = {
        "before_us": from_us - (to_us - from_us),
        "from_us": from_us,
        "to_us": to_us,
        "zone": zone,
    }
    sql = sql_text("regie.measure", "kpi")
    found = session.query(sql, parameters)
    split: dict[str, dict[str, dict[str, Figures]]] = {"all": {}, "day": {}, "country": {}}
    for i in range(rows_of(found)):
        figures = Figures(**{field: int(found[field][i]) for field in Figures.__struct_fields__})
        by_name = split[str(found["dimension"][i])].setdefault(str(found["name"][i]), {})
        by_name[str(found["period"][i])] = figures
    whole = split["all"].get("", {})
    return Kpi(
        from_us=from_us,
        to_us=to_us,
        now=whole.get("now", Figures()),
        before=whole.get("before", Figures()),
        days=_pairs(split["day"]),
        countries=_pairs(split["country"]),
        sql=opened(sql, parameters),
    )


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

    def written(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Parameter | exp.Placeholder) and node.name in parameters:
            return exp.convert(parameters[node.name])
        return node

    return sqlglot.parse_one(sql, dialect="duckdb").transform(written).sql("duckdb", comments=False)
