"""Whether a file is distributed as the last one of its mapping was; pure.

Of each import a few whole numbers are kept (`profile`): bounds and shares of ten bins of a number,
shares of the commonest countries, share of rows without a person, rows a day. The next file is laid
into the same bins. Why bins of the last file and not a test of equality: half a million rows differ
significantly from any other half million; what matters is how far they lie apart.

How far is too far was measured on Online Retail, each of its 13 months against each other one (see
tests/stages/collect/test_steadiness.py). At most, and between neighbouring months: prices 0.34 and
0.05 apart, quantities 0.12 and 0.02, countries 0.07 and 0.05, rows without a customer 0.20 and
0.11, rows a day 2.9-fold and 1.5-fold. The bounds stand above these; a price 1.6 times as high lies
0.43 apart or more in every month.

References
----------
Population stability index: Siddiqi, "Credit Risk Scorecards", 2006, chapter 6. Its noise between
two samples of one distribution is chi-squared over n (Yurdakul, "Statistical properties of PSI",
2018), which is added to the bound, so that small files raise no alarm.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import Any

import numpy as np
import numpy.typing as npt

from regie.terms.money import MICROS

NUMBERS = ("unit_price", "value", "quantity")
FIELDS = (*NUMBERS, "country", "person", "at")
BOUNDS = {
    "unit_price": 0.4, "value": 0.4, "quantity": 0.4, "country": 0.2, "person": 0.25, "at": 4.0,
}  # fmt: skip
"""Field to how far apart is too far: population stability index; share of rows that changed
country; change of the share without a person; how many times as many, or as few, rows a day."""

LEAST_ROWS = 50
_BINS = 10
_COMMONEST = 20
_CHI_9 = 27.9  # the 99.9 % point of chi-squared with 9 degrees of freedom
_PPM = 1_000_000

Values = npt.NDArray[Any]


def profile(field: str, values: Values) -> dict[str, int]:
    """What is kept of a file's values of a field, whole numbers by name.

    Parameters
    ----------
    values : array
        Shape (n,). Micros of a number; names of countries; for `person` whether it is missing; for
        `at` the day's number of each row.

    Examples
    --------
    >>> profile("person", np.array([True, False, False, False]))
    {'n': 4, 'share': 250000}
    >>> profile("at", np.array([7, 7, 8, 8, 8]))
    {'n': 5, 'share': 2500000}
    >>> profile("quantity", np.array([1, 1, 1, 2]) * 1_000_000)["median"]
    1000000
    """
    kept = {"n": len(values)}
    if not len(values):
        return kept
    if field == "person":
        return kept | {"share": round(float(np.mean(values)) * _PPM)}
    if field == "at":
        return kept | {"share": len(values) * _PPM // len(np.unique(values))}
    if field == "country":
        names, counts = np.unique(values.astype(str), return_counts=True)
        order = np.lexsort((names, -counts))[:_COMMONEST]
        return kept | {f"={names[i]}": int(counts[i]) * _PPM // len(values) for i in order}
    points = np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1], method="inverted_cdf")
    bounds = np.unique(points)
    shares = _shares(values, bounds)
    kept |= {f"bound{i}": int(bound) for i, bound in enumerate(bounds)}
    kept |= {f"share{i}": round(float(share) * _PPM) for i, share in enumerate(shares)}
    return kept | {"median": int(np.quantile(values, 0.5, method="inverted_cdf"))}


def _shares(values: Values, bounds: Values) -> npt.NDArray[np.float64]:
    bins = np.searchsorted(bounds, values, side="left")
    return np.bincount(bins, minlength=len(bounds) + 1) / len(values)


def distance(field: str, values: Values, before: Table[str, int]) -> float:
    """How far a file lies from a profile, as a share of what is too far: above 1 is too far.

    Returns
    -------
    float
        0 where either has fewer than `LEAST_ROWS` rows: so few tell nothing.

    Examples
    --------
    >>> prices = np.arange(1, 1001) * 10_000
    >>> last = profile("unit_price", prices)
    >>> distance("unit_price", prices, last), distance("unit_price", 100 * prices, last) > 10
    (0.0, True)
    """
    n = min(len(values), before.get("n", 0))
    if n < LEAST_ROWS:
        return 0.0
    now = profile(field, values)
    if field == "at":
        ratio = now["share"] / max(before["share"], 1)
        return float(max(ratio, 1 / max(ratio, 1e-9)) / BOUNDS[field])
    if field == "person":
        apart = abs(now["share"] - before["share"]) / _PPM
        return float(apart / (BOUNDS[field] + 3 / n**0.5))
    if field == "country":
        names = {name for name in (*now, *before) if name.startswith("=")}
        moved = sum(abs(now.get(name, 0) - before.get(name, 0)) for name in names) / 2 / _PPM
        return float(moved / (BOUNDS[field] + 3 / n**0.5))
    return _index(values, before, n) / (BOUNDS[field] + 2 * _CHI_9 / n)


def _index(values: Values, before: Table[str, int], n: int) -> float:
    """The population stability index; an empty bin counts as half a row."""
    count = sum(name.startswith("bound") for name in before)
    bounds = np.array([before[f"bound{i}"] for i in range(count)])
    were = np.array([before[f"share{i}"] for i in range(count + 1)]) / _PPM
    are, were = (np.maximum(shares, 0.5 / n) for shares in (_shares(values, bounds), were))
    return float(((are - were) * np.log(are / were)).sum())


def told(field: str, name: str, values: Values, before: Table[str, int], day: str) -> str:
    """In what a file differs from the last one, as a sentence.

    Parameters
    ----------
    name : str
        The file's own column.
    day : str
        When the last one was imported.

    Examples
    --------
    >>> last = profile("unit_price", np.full(60, 2_100_000))
    >>> told("unit_price", "UnitPrice", np.full(60, 210_000_000), last, "2025-06-03")
    'UnitPrice is 100 times what it was on 2025-06-03: median 2.1 → 210'
    >>> told("person", "Client", np.full(60, True), profile("person", np.full(60, False)), "3 June")
    'Client is empty in 100% of the rows, on 3 June in 0%'
    """
    now = profile(field, values)
    if field == "person":
        are, were = (part["share"] / _PPM for part in (now, before))
        return f"{name} is empty in {are:.0%} of the rows, on {day} in {were:.0%}"
    if field == "at":
        are, were = (round(part["share"] / _PPM) for part in (now, before))
        return f"there are {are:,} rows a day, on {day} there were {were:,}"
    if field == "country":
        names = {key for key in (*now, *before) if key.startswith("=")}
        most = max(sorted(names), key=lambda key: abs(now.get(key, 0) - before.get(key, 0)))
        are, were = (part.get(most, 0) / _PPM for part in (now, before))
        return f"{name} is {most[1:]} in {are:.0%} of the rows, on {day} in {were:.0%}"
    if before["median"] and now["median"] != before["median"]:
        times = f"{now['median'] / before['median']:.3g}"
        medians = f"{_number(before['median'])} → {_number(now['median'])}"
        return f"{name} is {times} times what it was on {day}: median {medians}"
    return f"{name} is spread otherwise than on {day}, around the same median"


def _number(micros: int) -> str:
    return f"{micros // MICROS}.{micros % MICROS:06d}".rstrip("0").rstrip(".")
