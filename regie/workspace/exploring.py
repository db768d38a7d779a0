"""Explore: a question (measure, breakdown, days, filters), its answer, and the rows behind it.

A question is plain data and has an address: what is asked can be shared, saved, exported, asked by
a program. Figures come from the cube; the SQL beside them is that of the same figures, to be run by
whoever doubts (a test does). Rows come from the tables, as they stand.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, unquote, urlencode

import msgspec
import numpy as np

from regie.measure import kpi
from regie.measure.cube import MEASURES, MONEY, NAMED, TIMES, Cube, Cut, View
from regie.ports.state import Annotation
from regie.ports.state import View as Saved
from regie.ports.tables import Columns, sql_text
from regie.terms.document import DAY, NUMBER, TEXT, Column, Format, Mark, Table
from regie.terms.errors import SettingError
from regie.terms.instant import day_of, day_start_us, parse_day
from regie.words import formats
from regie.words.sentences import say
from regie.workspace import sight
from regie.workspace.groups import groups

if TYPE_CHECKING:
    from sqlglot import exp

    from regie.workspace.stores import Stores

Against = Literal["previous", "last_year", "none"]
AGAINST: tuple[Against, ...] = ("previous", "last_year", "none")
SPANS = (7, 28, 90, 364)
"""Whole weeks, so that both periods hold the same days of the week; 90 days are about a quarter."""
YEAR_DAYS = 364
"""Last year's same days: 52 weeks back, so that Mondays meet Mondays."""
TILES = ("revenue", "orders", "basket", "items", "buyers", "new_customers")
BREAKDOWNS = ("country", "item", "group", "segment", "kind_of_customer", "source", *TIMES)
MOST_PARTS = 50
"""So many parts are shown; an export has all of them."""
MOST_ROWS = 200
MOST_DAYS = 92
"""A longer period is drawn by week, one of more than `MOST_WEEK_DAYS` by month."""
MOST_WEEK_DAYS = 800
MOST_YEARS = 20
"""So long a period may be asked for."""
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
"""No shop keeps orders of other days, and each of these has one before and one after."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked.

    Parameters
    ----------
    first, last : date
        Days, both included.
    against : str
        What it is compared with: the days before, the same days last year, nothing.
    filters : dict[str, tuple[str, ...]]
        Breakdown to the names let in; "" is what has no name.

    Examples
    --------
    >>> asked = Question(first=date(2011, 8, 12), last=date(2011, 9, 8))
    >>> asked.before.first.isoformat()
    '2011-07-15'
    >>> query_of(asked)["from"], "vs" in query_of(asked)
    ('2011-08-12', False)
    """

    measure: str = "revenue"
    by: str = "country"
    first: date
    last: date
    against: Against = "previous"
    filters: dict[str, tuple[str, ...]] = {}

    @property
    def cut(self) -> Cut:
        """The lines it is about."""
        return Cut(first=self.first, last=self.last, filters=self.filters)

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Cut:
        """The lines it is compared with."""
        back = timedelta(YEAR_DAYS if self.against == "last_year" else self.days)
        return msgspec.structs.replace(self.cut, first=self.first - back, last=self.last - back)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; `before` is None where nothing is compared.

    Parameters
    ----------
    tiles : dict[str, tuple[int, int or None]]
        Measure to its figure and the one before.
    grain : str
        `day`, `week` or `month`: the parts of the series.
    series : tuple[tuple[str, int, int or None], ...]
        First day of each part, its figure, and that of the part as far into the period before.
    parts : tuple[tuple[str, int, int or None], ...]
        Names of the breakdown with their figures, the largest first; time in its order.
    """

    question: Question
    tiles: dict[str, tuple[int, int | None]]
    grain: str
    series: tuple[tuple[str, int, int | None], ...]
    parts: tuple[tuple[str, int, int | None], ...]


def query_of(question: Question) -> dict[str, str]:
    """The question as a query string's fields; what is usual is left out.

    Examples
    --------
    >>> first, last = date(2011, 12, 1), date(2011, 12, 7)
    >>> let = {"country": ("France", "Spain")}
    >>> fields = query_of(
    ...     Question(measure="revenue", by="day", first=first, last=last, filters=let))
    >>> fields["from"], fields["to"], fields["country"]
    ('2011-12-01', '2011-12-07', 'France|Spain')
    """
    fields = {
        "measure": question.measure,
        "by": question.by,
        "from": question.first.isoformat(),
        "to": question.last.isoformat(),
    }
    if question.against != "previous":
        fields["vs"] = question.against
    for name, let in question.filters.items():
        fields[name] = "|".join(quote(one, safe=" ") for one in let)
    return fields


def asked(query: Mapping[str, str], cube: Cube, today: date) -> tuple[Question, dict[str, str]]:
    """A query string's question, and what of it could not be understood, by field.

    Parameters
    ----------
    query : Mapping[str, str]
        As `query_of` writes it; anything else is told and left out.
    today : date
        The workspace's present: without days, the 28 up to the last one with data are meant.

    Returns
    -------
    tuple[Question, dict[str, str]]
        Always a question that can be answered; problems as names of sentences.
    """
    problems: dict[str, str] = {}
    newest = cube.first + timedelta(max(cube.days - 1, 0))
    last = min(today - timedelta(1), newest)

    def one_of(field: str, known: Iterable[str], usual: str) -> str:
        given = query.get(field, "") or usual
        if given in known:
            return given
        problems[field] = "explore_unknown"
        return usual

    first, last = _days(query, last, problems)
    filters = {
        name: tuple(dict.fromkeys(unquote(one) for one in query[name].split("|")))
        for name in NAMED
        if name in query
    }
    # No name holds a control character, and a statement cannot be told with one.
    unnamed = [name for name, let in filters.items() if _CONTROL.search("".join(let))]
    problems |= dict.fromkeys(unnamed, "explore_unknown")
    return (
        Question(
            measure=one_of("measure", MEASURES, "revenue"),
            by=one_of("by", BREAKDOWNS, "country"),
            first=first,
            last=last,
            against=one_of("vs", AGAINST, "previous"),  # type: ignore[arg-type]
            filters={name: let for name, let in filters.items() if name not in unnamed},
        ),
        problems,
    )


def _days(query: Mapping[str, str], last: date, problems: dict[str, str]) -> tuple[date, date]:
    given: dict[str, date] = {}
    for field in ("from", "to"):
        if query.get(field):
            try:
                day = date.fromisoformat(query[field])
            except ValueError:
                problems[field] = "explore_no_day"
                continue
            given[field] = min(max(day, EARLIEST), LATEST)
            if given[field] != day:
                problems[field] = "explore_far_day"
    last = given.get("to", last)
    first = given.get("from", last - timedelta(27))
    if first > last:
        problems["from"] = "explore_turned"
        first = last - timedelta(27)
    if (last - first).days > MOST_YEARS * 366:
        problems["from"] = "explore_too_long"
        first = last - timedelta(MOST_YEARS * 366)
    return max(first, EARLIEST), last


def answer(cube: Cube, question: Question) -> Answer:
    """What the cube says.

    Parameters
    ----------
    question : Question
        A name that the cube does not know lets nothing in.
    """
    now = View(cube, question.cut)
    before = View(cube, question.before) if question.against != "none" else None
    shown = dict.fromkeys((*TILES, question.measure))
    grain = (
        "day" if question.days <= MOST_DAYS
        else "week" if question.days <= MOST_WEEK_DAYS else "month"
    )  # fmt: skip
    return Answer(
        question=question,
        tiles={name: (now.total(name), before.total(name) if before else None) for name in shown},
        grain=grain,
        series=_series(now, before, question.measure, grain),
        parts=_series(now, before, question.measure, question.by)
        if question.by in TIMES
        else _parts(now, before, question.measure, question.by),
    )


def _series(
    now: View, before: View | None, measure: str, grain: str
) -> tuple[tuple[str, int, int | None], ...]:
    found = now.measure(measure, grain)
    then = before.measure(measure, grain).values if before else ()
    return tuple(
        (name, value, then[place] if place < len(then) else None)
        for place, (name, value) in enumerate(zip(found.names, found.values, strict=True))
    )


def _parts(
    now: View, before: View | None, measure: str, by: str
) -> tuple[tuple[str, int, int | None], ...]:
    found, then = now.measure(measure, by), before.measure(measure, by) if before else None
    values = dict(zip(found.names, found.values, strict=True))
    earlier = dict(zip(then.names, then.values, strict=True)) if then else {}
    rows = [
        (name, values.get(name, 0), earlier.get(name, 0) if then else None)
        for name in {**values, **earlier}
    ]
    return tuple(sorted(rows, key=lambda row: (-abs(row[1]), -abs(row[2] or 0), row[0])))


# ---- words


class Labels:
    """Names as people know them, in one language."""

    def __init__(self, workspace: Stores, lang: str, items: Mapping[str, str]) -> None:
        self._lang, self._items = lang, items
        self._segments = {s.name: s.title.get(lang, s.name) for s in workspace.rules.segments()}
        self._groups = {g.name: g.title.get(lang, g.name) for g in groups(workspace)}

    def of(self, by: str, name: str) -> str:
        """The name of a part of a breakdown."""
        if by in TIMES:
            return formats.day(name, self._lang, "month" if by == "month" else "medium")
        if by == "kind_of_customer":
            return say(f"screens.customer_{name or 'nobody'}", self._lang)
        if not name:
            return say(f"screens.no_{by}", self._lang)
        if by == "country":
            return formats.country(name, self._lang)
        known = {"item": self._items, "segment": self._segments, "group": self._groups}.get(by, {})
        return str(known.get(name, name))


def form(measure: str, currency: str, *, digits: int | None = None) -> Format:
    """How a measure is shown.

    Examples
    --------
    >>> form("orders", "GBP").unit, form("basket", "GBP").unit
    ('number', 'money')
    """
    return Format("money", currency, digits=digits) if measure in MONEY else NUMBER


def table(found: Answer, labels: Labels, lang: str, currency: str) -> Table:
    """The breakdown as a table, whole: what an export holds."""
    asked_ = found.question
    words = say(f"screens.measure_{asked_.measure}", lang)
    shown = form(asked_.measure, currency)
    by_time = asked_.by in TIMES
    columns = [Column(say(f"screens.by_{asked_.by}", lang), DAY if by_time else TEXT)]
    if asked_.by == "item":
        columns.append(Column(say("screens.code", lang), TEXT))
    columns.append(Column(words, shown))
    if asked_.against != "none":
        columns += [
            Column(say(f"screens.against_{asked_.against}", lang), shown),
            Column(say("screens.difference", lang), shown),
        ]
    rows = []
    for name, value, before in found.parts:
        row: list[Any] = [name if by_time else labels.of(asked_.by, name)]
        row += [name] if asked_.by == "item" else []
        row.append(value)
        if asked_.against != "none":
            row += [before, None if before is None else value - before]
        rows.append(tuple(row))
    return Table(title=words, columns=tuple(columns), rows=tuple(rows))


# ---- SQL and rows


def sql(question: Question, zone: str, oldest_us: int) -> str | None:
    """The SELECT that gives the breakdown again; None where it asks about segments or groups.

    Those stand in rules, and not in the tables.
    """
    if question.by in _IN_RULES or set(question.filters) & set(_IN_RULES):
        return None
    from sqlglot import exp

    tree = _narrowed(_statement("explored").copy(), question)
    assert isinstance(tree, exp.Select), "explored.sql is one SELECT"
    wanted = {f"by_{question.by}": "part", f"of_{question.measure}": "value"}
    tree.set(
        "expressions",
        [
            exp.alias_(one.this, wanted[one.alias])
            for one in tree.expressions
            if one.alias in wanted
        ],
    )
    bounds = {
        "from_us": day_start_us(question.first, zone),
        "to_us": day_start_us(question.last + timedelta(1), zone),
        "oldest_us": oldest_us,
        "zone": zone,
    }
    return kpi.opened(tree.sql("duckdb"), bounds)


_IN_RULES = ("segment", "group")


@cache
def _statement(name: str) -> exp.Expr:
    import sqlglot

    return sqlglot.parse_one(sql_text("regie.measure", name), dialect="duckdb")


def _narrowed(tree: exp.Expr, question: Question) -> exp.Expr:
    """The statement with the question's filters; those of segments look into `members`."""
    from sqlglot import exp

    assert isinstance(tree, exp.Select), "one SELECT"
    for name, let in question.filters.items():
        if name in _IN_RULES:
            continue
        every = _statement("explored").expressions
        part = next(one.this for one in every if one.alias == f"by_{name}")
        named = exp.In(this=part.copy(), expressions=[exp.convert(one) for one in let])
        tree = tree.where(named)
    return tree


def rows(
    workspace: Stores,
    cube: Cube,
    question: Question,
    *,
    after: tuple[int, str] | None = None,
    most: int = MOST_ROWS,
) -> tuple[Columns, bool]:
    """The newest lines that the measure is counted from, and whether there are more.

    Those of all days add up to its figure: their value, quantity, orders or people.

    Parameters
    ----------
    after : tuple[int, str] or None
        at_us and event_id of the last line that is known already: those before it are told.

    Returns
    -------
    Columns
        at_us, kind, order, item, quantity, value, country, source, event_id; who ordered is not
        told.
    """
    from sqlglot import exp

    zone = workspace.settings.zone
    tree = _narrowed(_statement("explored_rows"), question)
    assert isinstance(tree, exp.Select), "explored_rows.sql is one SELECT"
    with workspace.tables.session() as session:
        session.register("unmeasured", sight.unmeasured(workspace))
        if "segment" in question.filters:
            named = [cube.segments[n] for n in question.filters["segment"] if n in cube.segments]
            inside = np.logical_or.reduce([np.zeros(len(cube.keys), dtype=np.bool_), *named])
            keys = [key.decode() for key in cube.keys[inside]]
            session.register("members", {"key": np.array(keys, dtype=object)})
            tree = tree.where(exp.column("key", "e").isin(query=_keys()))
        if "group" in question.filters:
            let = [i for i, n in enumerate(cube.names["group"]) if n in question.filters["group"]]
            items = np.array(cube.names["item"], dtype=object)[np.isin(cube.group, let)]
            session.register("group_items", {"item": items})
            tree = tree.where(exp.column("item", "e").isin(query=_group_items()))
        found = session.query(
            tree.sql("duckdb"),
            {
                "measure": question.measure,
                "by_first_order": question.measure in ("new_customers", "returning")
                or "kind_of_customer" in question.filters,
                "from_us": day_start_us(question.first, zone),
                "to_us": day_start_us(question.last + timedelta(1), zone),
                "oldest_us": sight.bounds(workspace, workspace.settings.now_us(), "measurement")[
                    "oldest_us"
                ],
                "after_us": after[0] if after else day_start_us(question.last + timedelta(1), zone),
                "after_id": after[1] if after else "",
                "most": most + 1,
            },
        )
    more = len(found["order"]) > most
    return {name: column[:most] for name, column in found.items()}, more


def _keys() -> exp.Select:
    from sqlglot import exp

    return exp.select("key").from_("members")


def _group_items() -> exp.Select:
    from sqlglot import exp

    return exp.select("item").from_("group_items")


def today(workspace: Stores) -> date:
    """The workspace's present day."""
    return day_of(workspace.settings.now_us(), workspace.settings.zone)


# ---- what people keep


MOST_LETTERS = 200
MOST_KEPT = 200
"""So many annotations, and so many views, are kept: a chart with more says nothing."""


def annotate(workspace: Stores, day: str, words: str) -> Annotation:
    """Note what happened on a day, for every chart.

    Raises
    ------
    SettingError
        If it is no day that Explore shows, of no or too many letters, names somebody by address, or
        too many are kept.
    """
    words = _kept_words("annotation", words, len(workspace.state.annotations()))
    noted = parse_day(day)
    if not EARLIEST <= noted <= LATEST:
        raise SettingError(
            "date", f'"{day}"', f"a day from {EARLIEST} to {LATEST}", "choose a day between them"
        )
    annotation = Annotation(secrets.token_hex(8), noted.isoformat(), words)
    workspace.state.put_annotation(annotation)
    return annotation


def keep(workspace: Stores, title: str, question: Question) -> Saved:
    """Keep a question under a title; the same one under the same title is kept once.

    Raises
    ------
    SettingError
        As `annotate`.
    """
    asked_ = urlencode(query_of(question))
    with workspace.state.together():  # a second click comes before the first one's answer
        views = workspace.state.views()
        same = [v for v in views if (v.title, v.query) == (" ".join(title.split()), asked_)]
        if same:
            return same[0]
        view = Saved(secrets.token_hex(8), _kept_words("title", title, len(views)), asked_)
        workspace.state.put_view(view)
    return view


def _kept_words(what: str, words: str, held: int) -> str:
    words = " ".join(words.split())
    if not words or len(words) > MOST_LETTERS:
        raise SettingError(
            what, f"of {len(words)} letters", f"1 to {MOST_LETTERS}", "write a few words"
        )
    if re.search(r"\S@\S", words):
        raise SettingError(
            what, "with an address", "words that name nobody", "say what happened, not who"
        )
    if held >= MOST_KEPT:
        raise SettingError(
            what, f"one more than {MOST_KEPT}", f"at most {MOST_KEPT}", "take one out first"
        )
    return words


def marks(workspace: Stores) -> tuple[Mark, ...]:
    """Annotations as marks of a chart."""
    return tuple(Mark(parse_day(a.day), a.words) for a in workspace.state.annotations())
