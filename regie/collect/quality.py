"""Quality rules as data, and a score that a person understands; talks to a `Session` only.

Rules are five dimensions of ISO/IEC 25012 and 25024: complete, unique, valid, consistent, fresh;
and steady: distributed as the last file of the same mapping was (`steadiness`). Each gives the
share of rows that keep it; the score is their mean by weight, out of 100. Why a mean and not a
product: a marketer asks "what costs us points", and points then add up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping as Table
from collections.abc import Sequence
from typing import Any

import msgspec

from regie.collect import steadiness
from regie.collect.mapping import field_of, told
from regie.ports.tables import Session
from regie.terms.errors import RuleError
from regie.terms.instant import DAY_US

_FIELDS = (
    "order", "item", "description", "quantity", "at", "unit_price", "value", "person", "country",
    "address", "first_name", "last_name", "language", "purpose", "granted", "event", "campaign",
)  # fmt: skip
DIMENSIONS = ("complete", "unique", "valid", "consistent", "fresh", "steady")


class QualityRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule a file is measured by.

    fr: règle de qualité

    Parameters
    ----------
    check : str
        One of `DIMENSIONS`.
    field : str
        For `complete`: the field that must be there. For `consistent`: `at` (written `date`),
        `country` or `description`, which should have one value per order, person or item. For
        `steady`: one of `steadiness.FIELDS`.
    at_least : float
        Share of rows that must keep it, 0..1; for `fresh` not used.
    days : int
        For `fresh`: the newest row may be so many days old.
    block : bool
        Whether a run stops where the rule is broken.
    """

    check: str
    field: str = ""
    at_least: float = 0.95
    days: int = 0
    block: bool = False
    weight: float = 1.0


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found: `share` of rows that keep it, whether that is enough, how many do not.

    `said` tells it, where the rule has a sentence of its own.
    """

    rule: QualityRule
    share: float
    lines: int
    broken: int
    kept: bool
    said: str = ""


class Earlier(msgspec.Struct, frozen=True):
    """An earlier import of the mapping: its `counts` (profiles among them) and the day it came."""

    counts: dict[str, int]
    day: str


def rules_from(tables: Sequence[Table[str, Any]], where: str) -> tuple[QualityRule, ...]:
    """Quality rules of TOML tables.

    Examples
    --------
    >>> rules_from([{"check": "complete", "field": "person", "at_least": 0.7}], "m.toml")[0].block
    False
    """
    rules = []
    for table in tables:
        if table.get("check") not in DIMENSIONS:
            raise RuleError(
                f"{where} quality",
                f'"{table.get("check")}"',
                "one of " + ", ".join(DIMENSIONS),
                "see docs/guides/import.md",
            )
        try:
            field = field_of(str(table.get("field", "")))
            rule = msgspec.convert({**table, "field": field}, QualityRule)
        except msgspec.ValidationError as error:
            raise RuleError(
                f"{where} quality", str(error), "a quality rule", "see docs/guides/import.md"
            ) from error
        fields = {
            "complete": _FIELDS,
            "consistent": tuple(_CONSISTENT),
            "steady": steadiness.FIELDS,
        }.get(rule.check, ("",))
        if rule.field not in fields:
            raise RuleError(
                f"{where} quality {rule.check} field",
                f'"{told(rule.field)}"',
                "one of " + ", ".join(map(told, fields)) if fields != ("",) else "none",
                "see docs/guides/import.md",
            )
        rules.append(rule)
    return tuple(rules)


def or_read(rules: Sequence[QualityRule]) -> tuple[QualityRule, ...]:
    """The rules, or where there is none the one that asks how many rows can be read.

    A file of which half was set aside is not told to be whole because nobody wrote a rule for it.

    Examples
    --------
    >>> [rule.check for rule in or_read(())], len(or_read([QualityRule(check="unique")]))
    (['valid'], 1)
    """
    return tuple(rules) or (QualityRule(check="valid"),)


def judge(
    session: Session,
    rules: Sequence[QualityRule],
    now_us: int,
    *,
    earlier: Sequence[Earlier] = (),
    columns: Table[str, str] = {},
) -> tuple[Finding, ...]:
    """Measure the rows of `placed` (one file) by each rule.

    Parameters
    ----------
    earlier : Sequence[Earlier]
        Imports of the same mapping, oldest first.
    columns : Mapping[str, str]
        Field to the file's column, for sentences.

    Returns
    -------
    tuple[Finding, ...]
        One per rule, in order; `consistent` counts groups (orders, people, items), others rows. A
        `steady` rule finds nothing where there is no earlier import to compare with.
    """
    findings = []
    for rule in rules:
        if rule.check == "steady":
            findings += _steady(session, rule, earlier, columns)
        else:
            findings.append(_finding(session, rule, now_us))
    return tuple(findings)


def profiles(session: Session, rules: Sequence[QualityRule]) -> dict[str, int]:
    """What later imports of the mapping are compared with: names and whole numbers to keep."""
    return {
        f"profile.{rule.field}.{name}": value
        for rule in rules
        if rule.check == "steady"
        for name, value in steadiness.profile(rule.field, _values(session, rule.field)).items()
    }


def _steady(
    session: Session, rule: QualityRule, earlier: Sequence[Earlier], columns: Table[str, str]
) -> list[Finding]:
    """Near the last import, or near the last that was steady itself.

    So a bad file does not make the good one after it look strange, and a true change of level is
    told once and then is the new measure.
    """
    begin = f"profile.{rule.field}."
    compared = [
        (each, {k.removeprefix(begin): v for k, v in each.counts.items() if k.startswith(begin)})
        for each in earlier
    ]
    compared = [(each, profile) for each, profile in compared if profile]
    if not compared:
        return []
    steady = [c for c in compared if not c[0].counts.get(f"steady.{rule.field}.broken")]
    values = _values(session, rule.field)
    last, profile = compared[-1]
    nearest = min(
        steadiness.distance(rule.field, values, profile)
        for _, profile in (compared[-1], *steady[-1:])
    )
    kept = nearest <= 1
    name = columns.get(rule.field, told(rule.field))
    said = "" if kept else steadiness.told(rule.field, name, values, profile, last.day)
    broken = 0 if kept else len(values)
    share = float(kept)
    return [Finding(rule=rule, share=share, lines=len(values), broken=broken, kept=kept, said=said)]


def _values(session: Session, field: str) -> Any:
    """The values of a field in the file's order lines."""
    from sqlglot import exp

    readable: exp.Expr = exp.column("place").eq("order")
    value: exp.Expr = exp.column(_VALUE_OF.get(field, field), quoted=True)
    if field == "person":
        value = value.is_(exp.Null())
    else:
        readable = exp.and_(readable, value.is_(exp.Null()).not_())
    if field == "at":
        value = exp.IntDiv(this=value, expression=exp.Literal.number(DAY_US))
    select = exp.select(exp.alias_(value, "found")).from_("placed").where(readable)
    return session.query(select.order_by("row").sql("duckdb"))["found"]


_VALUE_OF = {
    "unit_price": "price_micros", "value": "value_micros", "quantity": "quantity_micros",
    "at": "at_us",
}  # fmt: skip


def _finding(session: Session, rule: QualityRule, now_us: int) -> Finding:
    row = session.query(_measure_sql(rule))
    lines, kept = int(row["lines"][0]), int(row["kept"][0])
    if rule.check == "fresh":
        age_days = (now_us - kept) / DAY_US
        fresh = age_days <= rule.days
        return Finding(
            rule=rule, share=float(fresh), lines=lines, broken=0 if fresh else lines, kept=fresh
        )
    share = kept / lines if lines else 1.0
    return Finding(
        rule=rule, share=share, lines=lines, broken=lines - kept, kept=share >= rule.at_least
    )


def _measure_sql(rule: QualityRule) -> str:
    if rule.check == "complete":
        return _complete_sql(rule.field)
    return _CONSISTENT[rule.field] if rule.check == "consistent" else _SQL[rule.check]


def _complete_sql(field: str) -> str:
    from sqlglot import exp

    def counted(of: exp.Expr, name: str) -> exp.Expr:
        return exp.alias_(exp.cast(exp.Count(this=of), "bigint"), name)

    kept = counted(exp.column(field, quoted=True), "kept")
    return (
        exp.select(counted(exp.Star(), "lines"), kept)
        .from_("placed")
        .where("place <> 'footer'")
        .sql("duckdb")
    )


_SQL = {
    "unique": "SELECT CAST(count(*) AS BIGINT) AS lines, CAST(count(*) FILTER (WHERE place <>"
    " 'repeat') AS BIGINT) AS kept FROM placed WHERE place <> 'footer'",
    "valid": "SELECT CAST(count(*) AS BIGINT) AS lines, CAST(count(*) FILTER (WHERE bad IS NULL)"
    " AS BIGINT) AS kept FROM placed WHERE place <> 'footer'",
    "fresh": "SELECT CAST(count(*) AS BIGINT) AS lines, CAST(coalesce(max(at_us), 0) AS BIGINT)"
    " AS kept FROM placed WHERE bad IS NULL",
}
_CONSISTENT = {
    "at": "SELECT CAST(count(*) AS BIGINT) AS lines, CAST(count(*) FILTER (WHERE n <= 1) AS BIGINT)"
    ' AS kept FROM (SELECT count(DISTINCT at_us) AS n FROM placed GROUP BY "order")',
    "country": "SELECT CAST(count(*) AS BIGINT) AS lines, CAST(count(*) FILTER (WHERE n <= 1) AS"
    " BIGINT) AS kept FROM (SELECT count(DISTINCT country) AS n FROM placed WHERE key IS NOT NULL"
    " GROUP BY key)",
    "description": "SELECT CAST(count(*) AS BIGINT) AS lines, CAST(count(*) FILTER (WHERE n <= 1)"
    " AS BIGINT) AS kept FROM (SELECT count(DISTINCT description) AS n FROM placed WHERE place ="
    " 'order' GROUP BY item_code)",
}


def score(findings: Sequence[Finding]) -> int:
    """The file's quality out of 100: the mean share by weight; 100 where nothing was judged.

    Examples
    --------
    >>> rule = QualityRule(check="valid")
    >>> score([Finding(rule=rule, share=0.5, lines=2, broken=1, kept=False)]), score([])
    (50, 100)
    """
    whole = sum(finding.rule.weight for finding in findings)
    if not whole:
        return 100
    # Rounded down: 100 means that no rule is broken by any row.
    return math.floor(100 * sum(f.share * f.rule.weight for f in findings) / whole + 1e-9)


def told_finding(finding: Finding) -> str:
    """A finding as a sentence, with what would keep the rule.

    Examples
    --------
    >>> rule = QualityRule(check="complete", field="person", block=True)
    >>> told_finding(Finding(rule=rule, share=0.5, lines=2, broken=1, kept=False))
    'complete person is 50.0%, expected at least 95.0%'
    >>> rule = QualityRule(check="fresh", days=7)
    >>> told_finding(Finding(rule=rule, share=0.0, lines=2, broken=2, kept=False))
    'fresh is broken, expected the newest row to be at most 7 days old'
    """
    rule = finding.rule
    if finding.said:
        return finding.said
    name = f"{rule.check} {told(rule.field)}".rstrip()
    if rule.check == "fresh":
        return f"{name} is broken, expected the newest row to be at most {rule.days} days old"
    return f"{name} is {finding.share:.1%}, expected at least {rule.at_least:.1%}"
