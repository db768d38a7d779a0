"""Audiences: figures, memberships and reasons equal a plain reading of the events."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regie.ports.tables import Session
from regie.terms.errors import RuleError
from regie.terms.rule import All, Any_, InSegment, Measure, Not, Rule, Trait, parse_rule
from regie.understand import audience, counted, wording
from tests.support.understanding import DAY_US, NOW_US, happen, see

Row = dict[str, Any]
PEOPLE = ["ann", "bob", "cyd", "dan"]


def plain_figure(leaf: Measure, rows: list[Row]) -> int | None:
    """The figure of one person, as one would count it by hand."""
    since = NOW_US - leaf.days * DAY_US if leaf.days is not None else None
    counted = [
        row for row in rows if row["kind"] == leaf.kind and (since is None or row["at_us"] >= since)
    ]
    if leaf.figure == "value":
        return int(sum(row["value"] for row in counted))
    if leaf.figure == "count":
        if leaf.kind == "order":
            return len({row["order"] for row in counted})
        return len(counted)
    if not counted:
        return None
    return int((NOW_US - max(row["at_us"] for row in counted)) // DAY_US)


def plain_holds(rule: Rule, rows: list[Row], traits: set[tuple[str, str]]) -> bool:
    """Whether a rule holds, read off the tree."""
    match rule:
        case All(parts):
            return all(plain_holds(part, rows, traits) for part in parts)
        case Any_(parts):
            return any(plain_holds(part, rows, traits) for part in parts)
        case Not(part):
            return not plain_holds(part, rows, traits)
        case Trait(name, values):
            return any((name, value) in traits for value in values)
        case Measure():
            figure = plain_figure(rule, rows)
            if figure is None:
                return False
            scale = 1_000_000 if rule.figure == "value" else 1
            low = rule.at_least is None or figure >= rule.at_least * scale
            return low and (rule.at_most is None or figure <= rule.at_most * scale)
    raise TypeError(rule)


bounds = st.one_of(st.none(), st.integers(0, 5))
measures = st.builds(
    Measure,
    st.sampled_from(["count", "value", "days_since"]),
    st.sampled_from(["order", "return", "view"]),
    st.sampled_from([None, 1, 2, 5]),
    bounds,
    bounds,
)
tests_of_traits = st.builds(
    Trait,
    st.sampled_from(["country", "it's"]),
    st.lists(st.sampled_from(["France", "O'Neil", "Éire"]), max_size=2).map(tuple),
)
rules: st.SearchStrategy[Rule] = st.recursive(
    st.one_of(measures, tests_of_traits),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Any_(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=6,
)
events = st.fixed_dictionaries(
    {
        "key": st.sampled_from([None, *PEOPLE[:3], "eve"]),
        "kind": st.sampled_from(["order", "return", "view"]),
        "order": st.sampled_from(["o1", "o2", "o3"]),
        "value": st.integers(-3, 6).map(lambda units: units * 1_000_000),
        # Windows are whole days: their very edge is where a rule goes wrong.
        "at_us": st.tuples(st.integers(0, 7), st.sampled_from([0, 1, -1])).map(
            lambda when: min(NOW_US - when[0] * DAY_US + when[1], NOW_US - 1)
        ),
    }
)
holdings = st.lists(
    st.tuples(
        st.sampled_from([*PEOPLE, "eve"]),
        st.sampled_from(["country", "it's"]),
        st.sampled_from(["France", "O'Neil", "Éire", "Spain"]),
    ),
    max_size=6,
)
often = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@often
@given(st.lists(rules, min_size=1, max_size=3), st.lists(events, max_size=12), holdings)
def test_sql_memory_and_a_plain_reading_agree(
    session: Session, trees: list[Rule], rows: list[Row], traits: list[tuple[str, str, str]]
) -> None:
    happen(session, rows)
    see(session, NOW_US, PEOPLE[::-1], traits)

    people = audience.measure(session, trees, [], NOW_US)
    everybody = counted.load(session, NOW_US)

    assert everybody.key.astype(str).tolist() == PEOPLE
    in_memory = everybody.figures(trees, [])
    assert in_memory.figures == people.figures
    assert in_memory.figures_pl.tolist() == people.figures_pl.tolist()
    assert people.key.tolist() == PEOPLE  # eve is in no audience, dan is in though unknown
    for rule in trees:
        expected = [
            plain_holds(
                rule,
                [row for row in rows if row["key"] == key],
                {(trait, value) for k, trait, value in traits if k == key},
            )
            for key in PEOPLE
        ]
        assert audience.score(people, rule, []).tolist() == expected
        for person, holds in enumerate(expected):
            reasons = audience.explain(people, person, rule, [])
            told: dict[Measure | Trait, bool] = {r.leaf: r.holds for r in reasons}
            assert settled(rule, told) is holds


def settled(rule: Rule, told: dict[Measure | Trait, bool]) -> bool | None:
    """What the rule comes to if only the leaves told are known; None where that leaves it open."""
    match rule:
        case All(parts):
            found = [settled(part, told) for part in parts]
            return False if False in found else None if None in found else True
        case Any_(parts):
            found = [settled(part, told) for part in parts]
            return True if True in found else None if None in found else False
        case Not(part):
            inside = settled(part, told)
            return None if inside is None else not inside
        case Measure() | Trait() as leaf:
            return told.get(leaf)
    raise TypeError(rule)


def test_recency_frequency_money(session: Session) -> None:
    happen(
        session,
        [
            {"key": "ann", "at_us": NOW_US - 40 * DAY_US, "order": "1", "value": 5_000_000},
            {"key": "ann", "at_us": NOW_US - 40 * DAY_US, "order": "1", "value": 2_000_000},
            {"key": "ann", "at_us": NOW_US - 3 * DAY_US, "order": "2", "value": 1_000_000},
            {"key": "ann", "at_us": NOW_US - 2 * DAY_US, "kind": "return", "value": -2_000_000},
            {"key": "ann", "at_us": NOW_US - DAY_US, "kind": "fee", "value": 9_000_000},
            {"key": "ann", "at_us": NOW_US, "order": "3", "value": 9_000_000},
        ],
    )
    see(session, NOW_US + 1, ["bob", "ann"])  # even where more is seen than the instant allows

    people = audience.measure(session, [], [], NOW_US)

    assert people.key.tolist() == ["ann", "bob"]
    assert people.recency_days.tolist() == [3, audience.NEVER]
    assert people.orders.tolist() == [2, 0]
    assert people.value_micros.tolist() == [6_000_000, 0]
    assert people.first_us.tolist() == [NOW_US - 40 * DAY_US, audience.NEVER]
    assert people.last_us.tolist() == [NOW_US - 3 * DAY_US, audience.NEVER]
    assert people.recent_orders.tolist() == [1, 0]
    assert people.recent_value_micros.tolist() == [1_000_000, 0]
    assert people.figures_pl.shape == (2, 0)


def test_reasons_of_a_segment_name_its_own_figures(session: Session) -> None:
    happen(
        session,
        [
            {"key": "ann", "at_us": NOW_US - age * DAY_US, "order": str(age), "value": 7_000_000}
            for age in (1, 5, 9)
        ],
    )
    see(session, NOW_US, traits=[("ann", "country", "France")])
    segments = audience.segments_from(
        {
            "loyal": table({"all": [{"count": "order", "days": 7, "at_least": 2}, FRENCH]}),
            "others": table({"not": {"segment": "loyal"}}),
        }
    )

    people = audience.measure(session, [], segments, NOW_US)

    assert audience.score_segments(people, segments).tolist() == [[True, False]]
    because = audience.explain(people, 0, InSegment("loyal"), segments)
    assert [(b.figure, b.holds) for b in because] == [(2, True), ("France", True)]
    assert audience.explain(people, 0, segments[1].rule, segments) == because


def test_reasons_leave_out_what_did_not_matter(session: Session) -> None:
    happen(session, [{"key": "ann", "at_us": NOW_US - DAY_US, "order": "1"}])
    see(session, NOW_US)
    yes, no = Measure("count", "order", at_least=1), Measure("count", "order", 9, at_least=5)
    told: dict[Rule, list[bool]] = {
        All((yes, yes, no)): [False], Any_((no, yes)): [True], Not(All((yes, no))): [False],
        Not(Any_((no, no))): [False], All((yes, Not(no))): [True, False],
    }  # fmt: skip
    people = audience.measure(session, list(told), [], NOW_US)
    for rule, holds in told.items():
        assert [b.holds for b in audience.explain(people, 0, rule, [])] == holds


FRENCH = {"trait": "country", "in": ["Spain", "France"]}


def table(rule: Row) -> Row:
    """A segment of a TOML file, with its words."""
    return {"title": {"en": "T", "fr": "T"}, "words": {"en": "W", "fr": "W"}, "rule": rule}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"a": table({"segment": "b"}), "b": table({"not": {"segment": "a"}})},
            "f.toml a is a circle (a → b → a), expected segments that end in figures and traits; "
            "take one reference out",
        ),
        (
            {"a": table({"segment": "lost"})},
            'f.toml a is a reference to "lost", expected one of a; '
            "write its name as in segments.toml",
        ),
        (
            {"a": {"title": {}, "words": {}}},
            "f.toml a is without rule, expected title and rule; add it",
        ),
    ],
)
def test_a_wrong_segment_is_named(data: Row, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        audience.segments_from(data, "f.toml")
    assert str(caught.value) == message


def test_one_person_alone_gets_the_same_figures(shop: Session) -> None:
    segments = shipped()
    see(shop, NOW_US)
    batch = audience.measure(shop, [], segments, NOW_US)
    for row in (0, 1234, len(batch.key) - 1):
        see(shop, NOW_US, [batch.key[row]])
        alone = audience.measure(shop, [], segments, NOW_US)
        assert alone.figures_pl.tolist() == batch.figures_pl[[row]].tolist()
        assert alone.value_micros[0] == batch.value_micros[row]


def test_segments_of_the_shop(shop: Session) -> None:
    segments = shipped()
    see(shop, NOW_US)

    people = audience.measure(shop, [], segments, NOW_US)
    member_ps = audience.score_segments(people, segments)
    performance = {p.name: p for p in audience.performance(people, member_ps, segments)}

    # Each segment is somebody, none is everybody, and the best do best.
    for segment in segments:
        assert 0.02 < performance[segment.name].persons / len(people.key) < 0.6, segment.name
    loyal, one_time = performance["loyal"], performance["one_time"]
    assert loyal.value_micros / loyal.persons > 2 * sum(people.recent_value_micros) / len(
        people.key
    )
    assert (one_time.orders, one_time.buyers, one_time.value_micros) == (0, 0, 0)
    assert not (member_ps[:, 0] & member_ps[:, 1]).any()  # nobody is new and loyal


def test_shipped_segments_have_words_in_both_languages() -> None:
    for segment in shipped():
        assert set(segment.title) == {"en", "fr"}
        assert set(segment.words) in ({"en", "fr"}, set())  # none: told by its rule


def test_response_of_a_segment_counts_only_whom_it_may_read() -> None:
    member_ps = np.array([[True], [True], [True]])
    ordered = np.array([True, False, False])
    assert audience.responses(member_ps, ordered, np.array([True, True, False])).tolist() == [0.5]


def shipped() -> tuple[audience.Segment, ...]:
    """The segments a new workspace gets."""
    text = resources.files("regie").joinpath("shipped/rules/segments.toml").read_text("utf-8")
    return audience.segments_from(tomllib.loads(text))


def test_a_window_begins_with_its_first_microsecond(session: Session) -> None:
    edge = NOW_US - 5 * DAY_US
    happen(
        session,
        [
            {"key": "ann", "at_us": edge, "order": "1", "value": 2_000_000},
            {"key": "bob", "at_us": edge - 1, "order": "2", "value": 2_000_000},
        ],
    )
    see(session, NOW_US)
    within = [
        Measure("count", "order", 5, at_least=1),
        Measure("value", "order", 5, at_least=2.0),
        Measure("days_since", "order", at_most=5, at_least=5),
    ]
    people = audience.measure(session, within, [], NOW_US)
    for rule in within[:2]:
        assert audience.score(people, rule, []).tolist() == [True, False]
    assert people.figures_pl[:, 2].tolist() == [5, 5]  # whole days: the sixth is not full


def test_the_guide_shows_rules_that_work() -> None:
    guide = Path("docs/guides/segments.md").read_text("utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        for segment in audience.segments_from(tomllib.loads(block), "docs/guides/segments.md"):
            assert wording.describe(segment.rule, "fr", [], "EUR")
    for form in re.findall(r"\| `(\{ (?:count|value|days_since|trait|segment).*?)` \|", guide):
        rule = tomllib.loads(f"rule = {form}")["rule"]
        parse_rule(rule, "docs/guides/segments.md")
