"""Audiences: recency, frequency, money and segments, each membership with its reasons.

Reads `seen`, `people` and `traits` of a session; writes nothing. All the figures that all the
rules ask for come from one scan: a `GROUP BY key` with one filtered aggregate per figure, built as
a sqlglot tree. Why figures first and bounds after: the figure is the reason a person is told, and
the same integers then answer for everybody at once or for one person alone.

Windows are whole days of 24 hours counted back from the run's instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from regie.ports.tables import Session
from regie.terms.errors import NotFoundError, RuleError
from regie.terms.instant import DAY_US
from regie.terms.money import MICROS
from regie.terms.rule import All, Any_, InSegment, Measure, Not, Rule, Trait, parse_rule

if TYPE_CHECKING:
    from sqlglot import exp

NEVER = -1
"""The figure of what never happened (days since) or is not among the values (a trait)."""
RECENT_DAYS = 30
"""The window in which a segment's orders and revenue are compared, before and after."""

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Leaf = Measure | Trait


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A named group of people, told by a rule.

    fr: segment

    Parameters
    ----------
    name : str
        How rules refer to it.
    title, words : dict[str, str]
        Language to name, language to one line on who is in it.
    rule : Rule
        Who is in it.
    """

    name: str
    title: dict[str, str]
    words: dict[str, str]
    rule: Rule


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What rules ask about people, as numbers: enough to say whom each of them reaches.

    Parameters
    ----------
    figures : tuple[Measure or Trait, ...]
        The L figures the rules ask for: their leaves, without bounds.
    figures_pl : npt.NDArray
        Shape (P, L). Counts, micros, whole days (`NEVER`), or the place of the person's trait
        among the rule's values (`NEVER` where it is none of them).
    """

    figures: tuple[Leaf, ...]
    figures_pl: Ints


class People(Figures, frozen=True, kw_only=True):
    """Every person of a run with their figures, in the order of their keys.

    Parameters
    ----------
    as_of_us : int
        The instant the figures are true of.
    key : npt.NDArray
        Shape (P,), text.
    recency_days : npt.NDArray
        Shape (P,). Whole days since the last order; `NEVER` without one.
    orders, value_micros : npt.NDArray
        Shape (P,). Distinct orders; what they are worth, less returns.
    first_us, last_us : npt.NDArray
        Shape (P,). Instants of the first and last order; `NEVER` without one.
    recent_orders, recent_value_micros : npt.NDArray
        Shape (P,). Orders of the last `RECENT_DAYS` days and their worth, before returns.
    """

    as_of_us: int
    key: npt.NDArray[Any]
    recency_days: Ints
    orders: Ints
    value_micros: Ints
    first_us: Ints
    last_us: Ints
    recent_orders: Ints
    recent_value_micros: Ints


class Because(msgspec.Struct, frozen=True):
    """One leaf of a rule, the person's figure for it, and whether it holds.

    Parameters
    ----------
    leaf : Measure or Trait
        The part of the rule.
    figure : int, str or None
        Orders or events, micros, whole days, or the trait's value; None where there is none.
    holds : bool
        Whether the leaf holds.
    """

    leaf: Leaf
    figure: int | str | None
    holds: bool


class SegmentPerformance(msgspec.Struct, frozen=True, kw_only=True):
    """How a segment did in the last `RECENT_DAYS` days.

    Parameters
    ----------
    name : str
        The segment's name.
    persons, orders : int
        People in it; their distinct orders.
    value_micros : int
        What those orders are worth, before returns.
    buyers : int
        People in it who ordered.
    """

    name: str
    persons: int
    orders: int
    value_micros: int
    buyers: int


def segments_from(
    data: Mapping[str, Any], where: str = "rules/segments.toml"
) -> tuple[Segment, ...]:
    """The segments of a TOML table, in its order.

    Parameters
    ----------
    data : Mapping[str, Any]
        Name to `title`, `words` (language to text) and `rule`.
    where : str
        The file, for messages.

    Raises
    ------
    RuleError
        If a segment lacks a part, a rule has no known form, or segments refer to each other in a
        circle or to one that does not exist.

    Examples
    --------
    >>> loyal = {"title": {"en": "Loyal"}, "words": {"en": "Often"},
    ...          "rule": {"count": "order", "at_least": 5}}
    >>> segments_from({"loyal": loyal})[0].rule.at_least
    5
    >>> segments_from({})
    ()
    >>> segments_from({"a": loyal | {"rule": {"segment": "a"}}})
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: rules/segments.toml a is a circle (a → a), expected segments \
that end in figures and traits; take one reference out
    """
    segments = []
    for name, table in data.items():
        place = f"{where} {name}"
        if not isinstance(table, dict):
            raise RuleError(place, f"{table!r}", "a table", f"write [{name}], with title and rule")
        missing = [part for part in ("title", "rule") if part not in table]
        if missing:
            raise RuleError(place, f"without {missing[0]}", "title and rule", "add it")
        rule = parse_rule(table["rule"], place)
        segments.append(
            Segment(
                name=name, title=dict(table["title"]), words=dict(table.get("words", {})), rule=rule
            )
        )
    for segment in segments:
        _resolve(segment.rule, {s.name: s.rule for s in segments}, (segment.name,), where)
    return tuple(segments)


def resolve(rule: Rule, segments: Iterable[Segment], where: str = "rules/segments.toml") -> Rule:
    """The rule with every `{ segment = … }` replaced by that segment's own rule.

    Raises
    ------
    RuleError
        If a segment does not exist or refers to itself.

    Examples
    --------
    >>> often = Measure("count", "order", at_least=5)
    >>> loyal = Segment(name="loyal", title={}, words={}, rule=often)
    >>> resolve(Not(InSegment("loyal")), [loyal]) == Not(often)
    True
    >>> resolve(InSegment("vip"), [loyal])
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: rules/segments.toml is a reference to "vip", expected one of \
loyal; write its name as in segments.toml
    """
    return _resolve(rule, {s.name: s.rule for s in segments}, (), where)


def asked(rules: Iterable[Rule], segments: Sequence[Segment]) -> tuple[Leaf, ...]:
    """The figures that rules ask for: their leaves without bounds, each once.

    Examples
    --------
    >>> asked([Any_((Measure("count", "order", at_least=2), Measure("count", "order", at_most=0)))],
    ...       [])
    (Measure(figure='count', kind='order', days=None, at_least=None, at_most=None),)
    """
    return _figures([resolve(rule, segments) for rule in rules])


def measure(
    session: Session, rules: Sequence[Rule], segments: Sequence[Segment], as_of_us: int
) -> People:
    """Every person's recency, frequency, money and the figures the rules ask for, in one scan.

    Parameters
    ----------
    session : Session
        Holds `seen`, `people` and `traits`.
    rules : Sequence[Rule]
        Rules besides those of the segments: whom campaigns reach.
    segments : Sequence[Segment]
        Segments to score, and that rules may name.
    as_of_us : int
        The run's instant; windows count back from it.

    Returns
    -------
    People
        Everybody in `people`, also those nothing is known of, in the order of their keys.

    Raises
    ------
    RuleError
        If a rule names a segment that does not exist.
    """
    figures = asked((*rules, *(s.rule for s in segments)), segments)
    found = session.query(_scan(figures), _parameters(figures, as_of_us))
    columns = {name: found.pop(name) for name in ("key", *_FIXED)}
    return People(
        as_of_us=as_of_us,
        figures=figures,
        figures_pl=np.stack([found[f"f{j}"] for j in range(len(figures))], axis=1)
        if figures
        else np.zeros((len(columns["key"]), 0), dtype=np.int64),
        **columns,
    )


def score(people: Figures, rule: Rule, segments: Sequence[Segment]) -> Flags:
    """Who the rule reaches: shape (P,), in the order of the keys.

    Parameters
    ----------
    people : Figures
        From `measure`, called with this rule or its segments among its own.
    rule : Rule
        A campaign's or a segment's.
    segments : Sequence[Segment]
        Those the rule may name.

    Raises
    ------
    NotFoundError
        If `people` was measured without this rule.

    Examples
    --------
    >>> people = _example_people()
    >>> score(people, Measure("count", "order", at_least=2), [])
    array([ True, False])
    >>> score(people, Not(Measure("count", "order", at_least=2)), [])
    array([False,  True])
    >>> score(people, Measure("count", "view", at_least=2), [])
    Traceback (most recent call last):
        ...
    regie.terms.errors.NotFoundError: figure count view is not measured, expected one of count \
order; give its rule to audience.measure
    """
    return _holds(people, resolve(rule, segments))


def score_segments(people: Figures, segments: Sequence[Segment]) -> Flags:
    """Who is in which segment: shape (P, S), segments in the order given.

    Examples
    --------
    >>> often = Segment(name="often", title={}, words={},
    ...                 rule=Measure("count", "order", at_least=2))
    >>> score_segments(_example_people(), [often]).tolist()
    [[True], [False]]
    >>> score_segments(_example_people(), []).shape
    (2, 0)
    """
    member_ps = np.zeros((len(people.figures_pl), len(segments)), dtype=np.bool_)
    for column, segment in enumerate(segments):
        member_ps[:, column] = score(people, segment.rule, segments)
    return member_ps


def explain(
    people: Figures, person: int, rule: Rule, segments: Sequence[Segment]
) -> tuple[Because, ...]:
    """Why the rule reaches this person, or why it does not.

    Parameters
    ----------
    people : Figures
        From `measure`.
    person : int
        Row of the person in `people`.
    rule : Rule
        A campaign's or a segment's.
    segments : Sequence[Segment]
        Those the rule may name.

    Returns
    -------
    tuple[Because, ...]
        The leaves that settle it: of a member every part of an `all`, of an `any` those that
        hold, of a `not` those that fail; of anybody else what stood in the way.

    Examples
    --------
    >>> rule = Any_((Measure("count", "order", at_least=2), Measure("count", "order", at_most=0)))
    >>> [(b.figure, b.holds, b.leaf.at_least) for b in explain(_example_people(), 0, rule, [])]
    [(3, True, 2)]
    >>> [(b.figure, b.holds) for b in explain(_example_people(), 1, Not(rule), [])]
    [(1, False), (1, False)]
    """
    one = msgspec.structs.replace(people, figures_pl=people.figures_pl[person : person + 1])
    return tuple(dict.fromkeys(_because(one, resolve(rule, segments))))


def performance(
    people: People, member_ps: Flags, segments: Sequence[Segment]
) -> tuple[SegmentPerformance, ...]:
    """Which segments perform: persons, buyers, orders and worth of the last `RECENT_DAYS` days.

    Parameters
    ----------
    people : People
        From `measure`.
    member_ps : npt.NDArray
        Shape (P, S), from `score_segments`.
    segments : Sequence[Segment]
        Shape (S,).

    Examples
    --------
    >>> often = Segment(name="often", title={}, words={},
    ...                 rule=Measure("count", "order", at_least=2))
    >>> people = _example_people()
    >>> performance(people, score_segments(people, [often]), [often])[0].orders
    2
    """
    return tuple(
        SegmentPerformance(
            name=segment.name,
            persons=int(member.sum()),
            orders=int(people.recent_orders[member].sum()),
            value_micros=int(people.recent_value_micros[member].sum()),
            buyers=int((people.recent_orders[member] > 0).sum()),
        )
        for segment, member in zip(segments, member_ps.T, strict=True)
    )


def responses(member_ps: Flags, ordered: Flags, known: Flags) -> npt.NDArray[np.float64]:
    """The share of each segment's people who ordered afterwards.

    Parameters
    ----------
    member_ps : npt.NDArray
        Shape (P, S), as of an instant.
    ordered : npt.NDArray
        Shape (P,). Who ordered in the days after that instant (`response.outcomes`).
    known : npt.NDArray
        Shape (P,). Whose outcome may be read; the others count neither way.

    Returns
    -------
    npt.NDArray
        Shape (S,), 0..1; nan where nobody's outcome is known.

    Examples
    --------
    >>> responses(np.array([[True, False], [True, False]]), np.array([True, False]),
    ...           np.array([True, True])).tolist()
    [0.5, nan]
    """
    shares = np.full(member_ps.shape[1], np.nan)
    for column, member in enumerate(member_ps.T):
        counted = member & known
        if counted.any():
            shares[column] = int((ordered & counted).sum()) / int(counted.sum())
    return shares


_FIXED = (
    "recency_days", "orders", "value_micros", "first_us", "last_us", "recent_orders",
    "recent_value_micros",
)  # fmt: skip


def _resolve(rule: Rule, known: Mapping[str, Rule], path: tuple[str, ...], where: str) -> Rule:
    match rule:
        case All(parts):
            return All(tuple(_resolve(part, known, path, where) for part in parts))
        case Any_(parts):
            return Any_(tuple(_resolve(part, known, path, where) for part in parts))
        case Not(part):
            return Not(_resolve(part, known, path, where))
        case InSegment(name) if name in path:
            raise RuleError(
                f"{where} {name}",
                f"a circle ({' → '.join((*path[path.index(name) :], name))})",
                "segments that end in figures and traits",
                "take one reference out",
            )
        case InSegment(name) if name not in known:
            raise RuleError(
                " ".join((where, *path[:1])),
                f'a reference to "{name}"',
                f"one of {', '.join(known)}",
                "write its name as in segments.toml",
            )
        case InSegment(name):
            return _resolve(known[name], known, (*path, name), where)
    return rule


def _bare(leaf: Leaf) -> Leaf:
    # Two leaves that ask the same under other bounds share one figure.
    return leaf if isinstance(leaf, Trait) else Measure(leaf.figure, leaf.kind, leaf.days)


def _figures(rules: Iterable[Rule]) -> tuple[Leaf, ...]:
    found: dict[Leaf, None] = {}
    left = list(rules)
    while left:
        match left.pop(0):
            case All(parts) | Any_(parts):
                left.extend(parts)
            case Not(part):
                left.append(part)
            case Measure() | Trait() as leaf:
                found[_bare(leaf)] = None
    return tuple(found)


def _name(leaf: Leaf) -> str:
    if isinstance(leaf, Trait):
        return f"trait {leaf.trait} in {'/'.join(leaf.values)}"
    return f"{leaf.figure} {leaf.kind}" + (f" in {leaf.days} days" if leaf.days else "")


def _column(people: Figures, leaf: Leaf) -> Ints:
    if _bare(leaf) not in people.figures:
        raise NotFoundError(
            f"figure {_name(leaf)}",
            "not measured",
            "one of " + ", ".join(_name(figure) for figure in people.figures),
            "give its rule to audience.measure",
        )
    return people.figures_pl[:, people.figures.index(_bare(leaf))]


def _holds(people: Figures, rule: Rule) -> Flags:
    everybody = np.ones(people.figures_pl.shape[0], dtype=np.bool_)
    match rule:
        case All(parts):
            for part in parts:
                everybody &= _holds(people, part)
            return everybody
        case Any_(parts):
            somebody = ~everybody
            for part in parts:
                somebody |= _holds(people, part)
            return somebody
        case Not(part):
            return ~_holds(people, part)
        case Trait():
            return np.asarray(_column(people, rule) != NEVER)
        case Measure():
            return _within(_column(people, rule), rule)
    raise TypeError(rule)  # resolve() has replaced every InSegment


def _within(figure: Ints, leaf: Measure) -> Flags:
    holds = np.ones(len(figure), dtype=np.bool_)
    if leaf.figure == "days_since":
        holds = figure != NEVER
    if leaf.at_least is not None:
        holds &= figure >= _bound(leaf, leaf.at_least)
    if leaf.at_most is not None:
        holds &= figure <= _bound(leaf, leaf.at_most)
    return holds


def _bound(leaf: Measure, bound: float) -> float:
    # A rule speaks in currency units, figures are micros.
    return round(bound * MICROS) if leaf.figure == "value" else bound


def _because(one: Figures, rule: Rule) -> list[Because]:
    holds = bool(_holds(one, rule)[0])
    match rule:
        case All(parts) | Any_(parts):
            # A part that agrees with the whole is what settled it.
            return [
                because
                for part in parts
                if bool(_holds(one, part)[0]) == holds
                for because in _because(one, part)
            ]
        case Not(part):
            return _because(one, part)
        case Trait():
            place = int(_column(one, rule)[0])
            return [Because(rule, rule.values[place] if holds else None, holds)]
        case Measure():
            figure = int(_column(one, rule)[0])
            never = rule.figure == "days_since" and figure == NEVER
            return [Because(rule, None if never else figure, holds)]
    raise TypeError(rule)


def _parameters(figures: Sequence[Leaf], as_of_us: int) -> dict[str, int]:
    days = {RECENT_DAYS} | {f.days for f in figures if isinstance(f, Measure) and f.days}
    return {"as_of_us": as_of_us} | {f"since_{d}": as_of_us - d * DAY_US for d in sorted(days)}


def _scan(figures: Sequence[Leaf]) -> str:
    """One SELECT: people, what is seen of them under one filter per figure, and their traits."""
    from sqlglot import exp

    key = exp.column("key", "people", quoted=True)
    same_person = exp.EQ(this=key, expression=_of("key"))
    as_of = exp.Parameter(this=exp.var("as_of_us"))
    known = [exp.LT(this=_of(at), expression=as_of) for at in ("at_us", "recorded_us")]
    last = exp.Max(this=_of("at_us"))
    recent = Measure("count", "order", RECENT_DAYS)
    told: dict[str, exp.Expr] = {
        "recency_days": _aggregate(Measure("days_since", "order")),
        "orders": _aggregate(Measure("count", "order")),
        "value_micros": _total(_kinds("order", "return")),
        "first_us": _else(_filtered(exp.Min(this=_of("at_us")), _kinds("order")), NEVER),
        "last_us": _else(_filtered(last, _kinds("order")), NEVER),
        "recent_orders": _aggregate(recent),
        "recent_value_micros": _aggregate(msgspec.structs.replace(recent, figure="value")),
    }
    traits = {f"f{j}": f for j, f in enumerate(figures) if isinstance(f, Trait)}
    told |= {f"f{j}": _aggregate(f) for j, f in enumerate(figures) if isinstance(f, Measure)}
    query = (
        exp.select(key, *(exp.alias_(tree, name) for name, tree in told.items()))
        .from_("people")
        .join("seen", on=exp.and_(same_person, *known), join_type="left")
        .group_by(key)
    )
    if traits:
        query = query.select(
            *(_else(exp.Max(this=exp.column(name, "held")), NEVER).as_(name) for name in traits)
        ).join(
            _held(traits),
            on=exp.EQ(this=key, expression=exp.column("key", "held", quoted=True)),
            join_type="left",
        )
    return query.order_by(key).sql(dialect="duckdb")


def _held(traits: Mapping[str, Trait]) -> exp.Subquery:
    """Per person and trait rule, the place of the first of the rule's values the person has."""
    from sqlglot import exp

    places = {}
    for name, trait in traits.items():
        place = exp.Case(this=exp.column("value", "traits", quoted=True))
        for number, value in enumerate(trait.values):
            place = place.when(exp.Literal.string(value), exp.Literal.number(number))
        known: exp.Expr = exp.Min(this=place) if trait.values else exp.Max(this=exp.null())
        is_trait = exp.column("trait", "traits", quoted=True).eq(exp.Literal.string(trait.trait))
        places[name] = _filtered(known, is_trait)
    key = exp.column("key", "traits", quoted=True)
    return (
        exp.select(key, *(exp.alias_(tree, name) for name, tree in places.items()))
        .from_("traits")
        .join("people", on=exp.EQ(this=key, expression=exp.column("key", "people", quoted=True)))
        .group_by(key)
        .subquery("held")
    )


def _aggregate(leaf: Measure) -> exp.Expr:
    from sqlglot import exp

    condition = _kinds(leaf.kind)
    if leaf.days is not None:
        since = exp.Parameter(this=exp.var(f"since_{leaf.days}"))
        condition = exp.and_(condition, exp.GTE(this=_of("at_us"), expression=since))
    if leaf.figure == "value":
        return _total(condition)
    if leaf.figure == "days_since":
        last = _filtered(exp.Max(this=_of("at_us")), condition)
        age = exp.paren(exp.Sub(this=exp.Parameter(this=exp.var("as_of_us")), expression=last))
        return _else(exp.IntDiv(this=age, expression=exp.Literal.number(DAY_US)), NEVER)
    counted = exp.Distinct(expressions=[_of("order")]) if leaf.kind == "order" else _of("event_id")
    return _filtered(exp.Count(this=counted), condition)


def _total(condition: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    total = _filtered(exp.Sum(this=_of("value")), condition)
    return _else(exp.cast(total, "BIGINT"), 0)


def _of(column: str) -> exp.Column:
    from sqlglot import exp

    return exp.column(column, "seen", quoted=True)


def _kinds(*kinds: str) -> exp.Expr:
    return _of("kind").isin(*kinds)


def _filtered(aggregate: exp.Expr, condition: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.Filter(this=aggregate, expression=exp.Where(this=condition))


def _else(tree: exp.Expr, otherwise: int) -> exp.Expr:
    from sqlglot import exp

    return exp.Coalesce(this=tree, expressions=[exp.Literal.number(otherwise)])


def _example_people() -> People:
    """Two people, for the examples above: three orders and one."""
    ints = np.array([3, 1])
    return People(
        as_of_us=0,
        key=np.array(["a", "b"], dtype=object),
        recency_days=ints,
        orders=ints,
        value_micros=ints,
        first_us=ints,
        last_us=ints,
        recent_orders=np.array([2, 0]),
        recent_value_micros=np.array([9_000_000, 0]),
        figures=(Measure("count", "order"),),
        figures_pl=ints.reshape(2, 1),
    )
