"""The typed rule tree that says whom a segment or a campaign reaches; pure.

In TOML each node is one small table: `{ all = […] }`, `{ any = […] }`, `{ not = … }`,
`{ trait = "country", in = ["France"] }`, `{ count = "order", days = 90, at_least = 2 }`,
`{ value = "order", days = 90, at_least = 100.0 }`, `{ days_since = "order", at_most = 30 }`,
`{ segment = "loyal" }`.

Why a tree and not SQL: a form can edit it, a sentence can tell it, and one scan answers them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from regie.terms.errors import RuleError
from regie.terms.event import KINDS


class All(msgspec.Struct, frozen=True):
    """Every part holds."""

    of: tuple[Rule, ...]


class Any_(msgspec.Struct, frozen=True):
    """At least one part holds."""

    of: tuple[Rule, ...]


class Not(msgspec.Struct, frozen=True):
    """The part does not hold."""

    of: Rule


class Trait(msgspec.Struct, frozen=True):
    """A trait of the person (country, language …) is one of these values."""

    trait: str
    values: tuple[str, ...]


class Measure(msgspec.Struct, frozen=True):
    """A figure of the person lies between bounds (both included).

    Parameters
    ----------
    figure : str
        `count` (distinct orders for kind order, else events), `value` (currency units) or
        `days_since` (whole days since the last one).
    kind : str
        Kind of event.
    days : int or None
        Window before the run's instant; None for all time.
    at_least, at_most : float or None
        Bounds.
    """

    figure: str
    kind: str
    days: int | None = None
    at_least: float | None = None
    at_most: float | None = None


class InSegment(msgspec.Struct, frozen=True):
    """The person is in a segment of that name."""

    segment: str


Rule = All | Any_ | Not | Trait | Measure | InSegment

MOST_DAYS = 36_500
"""A hundred years: more is a slip of the pen."""
MOST = 1e12
"""A bound beyond is one too."""
_FIGURES = ("count", "value", "days_since")
_STEP = "see docs/guides/segments.md for the forms a rule takes"


def parse_rule(data: Mapping[str, Any], where: str) -> Rule:
    """The rule tree of a TOML table.

    Parameters
    ----------
    data : Mapping[str, Any]
        One node.
    where : str
        File and place, for the message.

    Raises
    ------
    RuleError
        If a node has none of the forms, or an unknown kind of event.

    Examples
    --------
    >>> parse_rule({"count": "order", "days": 90, "at_least": 2}, "segments.toml loyal")
    Measure(figure='count', kind='order', days=90, at_least=2, at_most=None)
    >>> parse_rule({"all": [{"trait": "country", "in": ["France"]}]}, "segments.toml french")
    All(of=(Trait(trait='country', values=('France',)),))
    >>> parse_rule({"cuont": "order"}, "segments.toml loyal")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: segments.toml loyal is {'cuont': 'order'}, expected one of all, \
any, not, trait, segment, count, value, days_since; see docs/guides/segments.md for the forms a \
rule takes
    """
    match data:
        case {"all": list(parts)}:
            return All(tuple(parse_rule(part, where) for part in parts))
        case {"any": list(parts)}:
            return Any_(tuple(parse_rule(part, where) for part in parts))
        case {"not": dict(part)}:
            return Not(parse_rule(part, where))
        case {"trait": str(name), "in": list(values)}:
            return Trait(name, tuple(str(value) for value in values))
        case {"segment": str(name)}:
            return InSegment(name)
    for figure in _FIGURES:
        if figure in data:
            return _measure(figure, data, where)
    raise RuleError(
        where,
        str(dict(data)),
        "one of all, any, not, trait, segment, count, value, days_since",
        _STEP,
    )


def check_meaning(rule: Rule, where: str) -> None:
    """Whether a rule says something: what nobody would write who knew what it comes to is told.

    Apart from `parse_rule`, which reads the rules of earlier runs too.

    Parameters
    ----------
    where : str
        What is looked at; the place inside follows, as `rule.all[1]`.

    Raises
    ------
    RuleError
        If a part holds for everybody or nobody, or says no twice.

    Examples
    --------
    >>> check_meaning(Measure("count", "order", at_least=2), "rule")
    >>> check_meaning(All((InSegment("loyal"), Not(Not(InSegment("new"))))), "rule")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: rule.all[1] is not of a not, expected one not at most; take both \
out
    >>> check_meaning(Measure("count", "order", at_least=-1), "rule")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: rule is count with at_least = -1, expected a whole number from 0 \
on; write how many are meant
    """
    match rule:
        case All(parts) | Any_(parts):
            name = "all" if isinstance(rule, All) else "any"
            if not parts:
                raise RuleError(f"{where}.{name}", "empty", "at least one part", "add a part")
            for place, part in enumerate(parts):
                check_meaning(part, f"{where}.{name}[{place}]")
        case Not(Not()):
            raise RuleError(where, "not of a not", "one not at most", "take both out")
        case Not(part):
            check_meaning(part, f"{where}.not")
        case Trait(name, values) if not values:
            raise RuleError(where, f"{name} without a value", "at least one value", "add one")
        case Measure():
            _check_bounds(rule, where)


def _check_bounds(measure: Measure, where: str) -> None:
    figure, low, high = measure.figure, measure.at_least, measure.at_most
    for name, bound in (("at_least", low), ("at_most", high)):
        if bound is not None and figure != "value" and (bound < 0 or bound != int(bound)):
            raise RuleError(
                where, f"{figure} with {name} = {bound:g}", "a whole number from 0 on",
                "write how many are meant",
            )  # fmt: skip
    if low is not None and high is not None and low > high:
        raise RuleError(
            where, f"{figure} from {low:g} to {high:g}", "at_least no more than at_most",
            "swap them",
        )  # fmt: skip
    if figure == "count" and low == 0 and high is None:
        raise RuleError(
            where, "count with at_least = 0", "something that not everybody has",
            "write at_least = 1, or take it out",
        )  # fmt: skip


def rule_table(rule: Rule) -> dict[str, Any]:
    """The TOML table of a rule tree: what `parse_rule` reads.

    Examples
    --------
    >>> rule_table(Not(All((Measure("count", "order", days=90, at_least=2),))))
    {'not': {'all': [{'count': 'order', 'days': 90, 'at_least': 2}]}}
    >>> rule_table(Trait("country", ("France",)))
    {'trait': 'country', 'in': ['France']}
    """
    match rule:
        case All(parts):
            return {"all": [rule_table(part) for part in parts]}
        case Any_(parts):
            return {"any": [rule_table(part) for part in parts]}
        case Not(part):
            return {"not": rule_table(part)}
        case Trait(name, values):
            return {"trait": name, "in": list(values)}
        case InSegment(name):
            return {"segment": name}
        case Measure(figure, kind, days, low, high):
            bounds = {"days": days, "at_least": low, "at_most": high}
            return {figure: kind} | {n: bound for n, bound in bounds.items() if bound is not None}
    raise TypeError(rule)


def named_in(rule: Rule) -> frozenset[str]:
    """The segments that a rule names.

    Examples
    --------
    >>> sorted(named_in(Any_((InSegment("loyal"), Not(InSegment("new"))))))
    ['loyal', 'new']
    """
    match rule:
        case All(parts) | Any_(parts):
            return frozenset().union(*map(named_in, parts))
        case Not(part):
            return named_in(part)
        case InSegment(name):
            return frozenset({name})
    return frozenset()


def _measure(figure: str, data: Mapping[str, Any], where: str) -> Measure:
    if data[figure] not in KINDS:
        raise RuleError(where, f'{figure} of "{data[figure]}"', "a kind of event", _STEP)
    unknown = set(data) - {figure, "days", "at_least", "at_most"}
    if unknown:
        raise RuleError(where, f"{figure} with {sorted(unknown)}", "days, at_least, at_most", _STEP)
    if "at_least" not in data and "at_most" not in data:
        raise RuleError(where, f"{figure} without a bound", "at_least or at_most", _STEP)
    _check_numbers(figure, data, where)
    return Measure(
        figure, data[figure], data.get("days"), data.get("at_least"), data.get("at_most")
    )


def _check_numbers(figure: str, data: Mapping[str, Any], where: str) -> None:
    days = data.get("days", 1)
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise RuleError(where, f"days = {days!r}", f"a whole number, 1 to {MOST_DAYS:,}", _STEP)
    for bound in ("at_least", "at_most"):
        number = data.get(bound, 0)
        if (
            isinstance(number, bool)
            or not isinstance(number, int | float)
            or (not abs(number) <= MOST)
        ):
            raise RuleError(where, f"{figure} with {bound} = {number!r}", "a number", _STEP)
