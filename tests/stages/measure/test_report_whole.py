"""A report of which everything is known: every figure stands where it belongs, in its form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

import msgspec
import pytest

from regie.measure import report
from regie.measure.judged import Judged, RunJudged, Scores, SegmentJudged, share_bounds
from regie.measure.kpi import Figures, Kpi
from regie.measure.report import happened, numbers, quality, rightness
from regie.measure.report.figures import (
    PERIOD_DAYS,
    CampaignFigures,
    ItemFigures,
    ModelFigures,
    Period,
    Preview,
    PurposeFigures,
    Reconciled,
    ReportFigures,
    RuleFigures,
    RunFigures,
    SourceFigures,
    Told,
    nothing_known,
)
from regie.measure.report.voice import Voice
from regie.terms.document import (
    CODE,
    DAY,
    NUMBER,
    SHARE,
    TEXT,
    BarFigure,
    Bars,
    CalibrationFigure,
    CalibrationPoint,
    Chart,
    Definitions,
    Format,
    LineFigure,
    MessagePreview,
    Notice,
    Points,
    Row,
    Section,
    Table,
    Tiles,
)
from regie.terms.errors import NotFoundError

PERIOD = Period(date(2011, 9, 7), date(2011, 9, 8))
M = 1_000_000
MONEY, PENCE = Format("money", "EUR", digits=0), Format("money", "EUR")
SCORE = Format("number", digits=3)


def some(n: int) -> Figures:
    """Figures that differ from those of any other number."""
    return Figures(
        revenue_micros=n * 100 * M, returns_micros=-n * M, fees_micros=n * 2 * M, orders=n * 4,
        active=n * 3, new_customers=n,
    )  # fmt: skip


NOW, BEFORE = some(10), some(8)
SCORES: Scores = {
    "people": 90, "rate": 0.3, "auc": 0.7, "baseline_auc": 0.6, "brier": 0.15,
    "baseline_brier": 0.2,
}  # fmt: skip
TOGETHER: Scores = {name: (value or 0) + 0.01 for name, value in SCORES.items()}
SIZE = "3 to 4 for each person, depending on the day"
ITEMS: Scores = {
    "size_least": 3, "size_most": 4,
    "people": 40, "hit_rate": 0.25, "baseline_hit_rate": 0.125, "ndcg": 0.5, "baseline_ndcg": 0.4,
}  # fmt: skip
COUPONS: Scores = {"people": 30, "rate": 0.1, "auc": 0.65, "baseline_auc": 0.55}
BINS = (
    CalibrationPoint(0.2, 0.3, 50, *share_bounds(0.3, 50)),
    CalibrationPoint(0.6, 0.5, 40, *share_bounds(0.5, 40)),
)
SEGMENTS = (
    SegmentJudged(name="lost", persons=9, buyers=1, orders=2, value_micros=3 * M, response=0.1),
    SegmentJudged(name="loyal", persons=8, buyers=7, orders=6, value_micros=5 * M, response=0.4),
    SegmentJudged(name="empty", persons=0, buyers=0, orders=0, value_micros=0, response=None),
)


def judged_run(run: int, *, known: bool, items: Scores) -> RunJudged:
    return RunJudged(
        run=run, as_of_us=run, known=known, decided=100, left_out=0, probabilities=SCORES,
        bins=BINS, items=items, segments=SEGMENTS, models={}, coupons=COUPONS,
    )  # fmt: skip


JUDGED = Judged(
    runs=(
        judged_run(1, known=True, items={}),
        judged_run(2, known=True, items=ITEMS),
        judged_run(3, known=False, items={}),
    ),
    probabilities=TOGETHER, bins=BINS, items=ITEMS, coupons=COUPONS,
)  # fmt: skip


def run_of(run: int, **messages: int) -> RunFigures:
    return RunFigures(
        run=run, day=f"2011-0{run}-01", people=20, messages=messages,
        nothing={"consent": 5, "address": 2, "budget": 5, "audience": 0}, held_out=2, drawn=1,
    )  # fmt: skip


TOLD = Told(
    kind="message", decision="d1", campaign="Again", sentences=("Because.", "And so."),
    parts=(("affinity", 0.5), ("response", -0.2)), score=0.3,
)  # fmt: skip


def rule(check: str, **more: Any) -> RuleFigures:
    plain: dict[str, Any] = {
        "check": check, "field": "quantity", "at_least": 0.9, "lines": 10, "broken": 2,
        "kept": False, "block": False,
    }  # fmt: skip
    return RuleFigures(**(plain | more))


def source(file: str, rules: Sequence[RuleFigures] = ()) -> SourceFigures:
    return SourceFigures(
        file=file, mapping="shop", rows=8, lines={"return": 2, "order": 5, "unreadable": 1},
        value_micros={"order": 5 * M, "return": -M}, held=0, corrected=0, quality=90,
        rules=tuple(rules),
    )  # fmt: skip


RULES = (
    rule("complete"), rule("complete", kept=True), rule("complete", block=True),
    rule("fresh", field="", kept=True), rule("complete", lines=0, broken=0),
)  # fmt: skip
FULL = msgspec.structs.replace(
    nothing_known("Shop", "EUR", PERIOD),
    kpi=Kpi(
        from_us=0, to_us=1, now=NOW, before=BEFORE, sql="SELECT 1",
        days={
            "2011-09-08": (some(6), Figures()), "2011-09-07": (some(4), Figures()),
            "2011-09-05": (Figures(), some(3)), "2011-09-06": (Figures(), some(5)),
        },
        countries={"Spain": (some(3), some(4)), "France": (some(7), some(4))},
        segments={"loyal": (some(2), some(1)), "lost": (Figures(), some(9))},
    ),
    sql={
        name: f"SELECT {name}" for name in
        ("revenue", "orders", "basket", "active", "new_customers", "returning", "items")
    },
    items=(
        ItemFigures(item="A", name="Apple", orders=3, pieces=4, revenue_micros=5 * M,
                    before_micros=6 * M),
    ),
    segments={"lost": ("Lost", "gone"), "loyal": ("Loyal", "often"), "empty": ("Empty", "none")},
    campaigns=(
        CampaignFigures(name="again", title="Again", people=6, cost_micros=M, budget_micros=3 * M,
                        state="approved"),
        CampaignFigures(name="new", title="New", people=2, cost_micros=2 * M, budget_micros=7 * M,
                        state=""),
    ),
    runs=(run_of(1, again=8), run_of(2, again=8, new=0), run_of(3, again=6, new=2, old=0)),
    told=(TOLD,),
    previews=(Preview(language="en", subject="Hello", html="<p>", text="Hi", told=TOLD),),
    judged=JUDGED,
    sources=(source("old.csv"), source("new.csv", RULES)),
    reconciled=(
        Reconciled(mapping="shop", brought=2, brought_micros=M, kept=2, kept_micros=M, corrected=0),
        Reconciled(mapping="shop", brought=2, brought_micros=M, kept=2, kept_micros=M + 1,
                   corrected=0),
        Reconciled(mapping="shop", brought=3, brought_micros=M, kept=2, kept_micros=M, corrected=0),
        Reconciled(mapping="shop", brought=3, brought_micros=M, kept=2, kept_micros=M, corrected=1),
    ),
    people=50,
    purposes=(
        PurposeFigures(name="profiling", title="Profiling", legal_basis="consent", people=40,
                       retention_days=760),
    ),
    models=(
        ModelFigures(name="response", version="v1", what="Response", kind="unheard_of", rows=100,
                     people=50, measure="log_loss", value=0.1, baseline=0.2),
    ),
    versions={},
)  # fmt: skip
VOICE = Voice("en", FULL)
Block = TypeVar("Block")


def section(anchor: str, told: ReportFigures = FULL) -> Section:
    page = report.build(told, "en")
    return next(b for b in page.blocks if isinstance(b, Section) and b.anchor == anchor)


def blocks(anchor: str, kind: type[Block], told: ReportFigures = FULL) -> list[Block]:
    return [block for block in section(anchor, told).blocks if isinstance(block, kind)]


def titled(anchor: str, title: str, told: ReportFigures = FULL, **values: Any) -> Any:
    """The block of a title, which has a note or a source beside its rows."""
    said = VOICE.say(title, **values)
    return next(b for b in section(anchor, told).blocks if getattr(b, "title", None) == said)


def forms(table: Table) -> list[Format]:
    assert all(column.label for column in table.columns)
    return [column.format for column in table.columns]


def first_screen(told: ReportFigures = FULL) -> list[str]:
    first = report.build(told, "en").blocks[0]
    assert isinstance(first, Points)
    return [point.text for point in first.points]


# ---- what happened


def test_the_page_says_whose_it_is_and_leads_with_what_matters() -> None:
    page = report.build(FULL, "en")
    assert page.title and page.lang == "en" and page.subtitle.startswith("Shop · ")
    first = page.blocks[0]
    assert isinstance(first, Points) and first.lead and first.title
    assert len(first.points) == 3
    assert "€1,000" in first.points[0].text and "+25.0%" in first.points[0].text
    assert "France" in first.points[0].text and "€300" in first.points[0].text
    assert all(b.lead for b in page.blocks if isinstance(b, Section) and b.anchor != "method")


def test_each_key_figure_has_its_tile() -> None:
    (tiles,) = blocks("happened", Tiles)
    told = [(t.value, t.format, t.series) for t in tiles.tiles]
    assert told == [
        (1_000 * M, MONEY, (400e6, 600e6)),
        (40, NUMBER, (16.0, 24.0)),
        (25 * M, PENCE, (25e6, 25e6)),
        (30, NUMBER, (12.0, 18.0)),
        (10, NUMBER, (4.0, 6.0)),
    ]
    moved = [t.change and (round(t.change.value, 6), t.change.good) for t in tiles.tiles]
    assert moved == [(0.25, True), (0.25, True), (0.0, None), (0.25, True), (0.25, True)]
    assert all(t.change and t.change.against for t in tiles.tiles)
    assert [t.source.sql for t in tiles.tiles if t.source] == [
        "SELECT revenue", "SELECT orders", "SELECT basket", "SELECT active",
        "SELECT new_customers;\n\nSELECT returning",
    ]  # fmt: skip
    assert all(t.source and t.source.definition for t in tiles.tiles)
    returning = VOICE.say("returning_note", now=20, before=16)
    assert [t.note for t in tiles.tiles] == ["", "", "", "", returning]
    means = VOICE.say("returning_means")
    assert [bool(t.source and means in t.source.definition) for t in tiles.tiles] == [
        False, False, False, False, True,
    ]  # fmt: skip
    assert "€800" in tiles.tiles[0].change.against  # type: ignore[union-attr]
    assert "32" in tiles.tiles[1].change.against  # type: ignore[union-attr]
    assert "€25.00" in tiles.tiles[2].change.against  # type: ignore[union-attr]


DAYS = [
    ("2011-09-07", 400 * M, 16, "2011-09-05", 300 * M),
    ("2011-09-08", 600 * M, 24, "2011-09-06", 500 * M),
]


def test_revenue_by_day_stands_beside_the_day_as_far_back() -> None:
    chart = titled("happened", "revenue_by_day")
    figure = chart.figure
    assert isinstance(figure, LineFigure) and chart.note
    assert (figure.days, figure.now, figure.previous) == (
        PERIOD.days, (400 * M, 600 * M), (300 * M, 500 * M),
    )  # fmt: skip
    assert figure.now_label and figure.previous_label and figure.format == MONEY
    assert list(chart.table.rows) == DAYS and chart.table.title == chart.title
    assert forms(chart.table) == [DAY, MONEY, NUMBER, DAY, MONEY]
    assert (chart.source.sql, bool(chart.source.definition)) == ("SELECT 1", True)


def test_what_changed_is_told_by_country() -> None:
    bars = titled("happened", "changed")
    assert [(b.label, b.value) for b in bars.rows] == [("France", 300 * M), ("Spain", -100 * M)]
    assert bars.total.value == 200 * M and bars.total.label and bars.note
    assert bars.format == Format("money", "EUR", digits=0, signed=True)
    assert bars.source.sql == "SELECT 1"


def with_countries(count: int) -> ReportFigures:
    """`count` countries, of ever more revenue and of ever more change, and one that stays."""
    countries = {f"Land {n}": (some(2 * n), some(n)) for n in range(1, count)}
    changed = msgspec.structs.replace(FULL.kpi, countries={**countries, "Same": (some(1), some(1))})
    return msgspec.structs.replace(FULL, kpi=changed)


@pytest.mark.parametrize("others", [0, 1, 2])
def test_seven_countries_are_told_and_the_others_together(others: int) -> None:
    assert happened.MOST_COUNTRIES == 7
    told = with_countries(8 + others)
    rows = titled("happened", "changed", told).rows
    assert [bar.label for bar in rows[:7]] == [f"Land {n + others}" for n in range(7, 0, -1)]
    rest = [bar.value for bar in rows[7:]]
    assert rest == ([sum(100 * M * n for n in range(1, others + 1))] if others else [])
    if others:
        assert rows[7].label == VOICE.say("other_countries", n=others)
    assert len(titled("happened", "country_figures", told).rows) == 7


def test_of_equal_changes_the_first_by_name_is_told_first() -> None:
    countries = {"B": (some(3), some(1)), "A": (some(1), some(3)), "C": (some(1), some(2))}
    told = msgspec.structs.replace(FULL, kpi=msgspec.structs.replace(FULL.kpi, countries=countries))
    assert [name for name, _ in happened.contributions(told)] == ["A", "B", "C"]
    # The first screen names one of the two that moved most; the table goes by revenue.
    assert "from B: +" in first_screen(told)[0]
    other = {"B": (some(1), some(3)), "A": (some(3), some(1))}
    told_other = msgspec.structs.replace(
        FULL, kpi=msgspec.structs.replace(FULL.kpi, countries=other)
    )
    assert "from B: −" in first_screen(told_other)[0]
    assert [name for name, _ in happened.contributions(told_other)] == ["A", "B"]
    assert [row[0] for row in titled("happened", "country_figures", told).rows] == ["B", "A", "C"]


def test_where_no_country_moved_none_is_named() -> None:
    for countries in ({}, {"B": (some(3), some(3)), "A": (some(1), some(1))}):
        still = msgspec.structs.replace(FULL.kpi, countries=countries)
        told = msgspec.structs.replace(FULL, kpi=still)
        assert first_screen(told)[0] == VOICE.say(
            "summary_revenue", revenue=VOICE.amount(1_000 * M), orders=40, moved=0.25
        )


def test_a_day_without_orders_is_a_day_of_the_curve() -> None:
    days = {"2011-09-08": FULL.kpi.days["2011-09-08"]}
    told = msgspec.structs.replace(FULL, kpi=msgspec.structs.replace(FULL.kpi, days=days))
    assert blocks("happened", Tiles, told)[0].tiles[0].series == (0.0, 600e6)
    none = msgspec.structs.replace(FULL, kpi=msgspec.structs.replace(FULL.kpi, days={}))
    assert blocks("happened", Tiles, none)[0].tiles[0].series == ()


def test_one_country_alone_explains_nothing() -> None:
    alone = msgspec.structs.replace(FULL.kpi, countries={"Spain": (NOW, BEFORE)})
    told = msgspec.structs.replace(FULL, kpi=alone)
    assert not blocks("happened", Bars, told)
    assert "Spain" not in first_screen(told)[0]
    titles = [getattr(b, "title", "") for b in section("happened", told).blocks]
    assert VOICE.say("country_figures") not in titles


def figures_row(name: str, now: Figures, before: Figures) -> tuple[object, ...]:
    return (
        name, now.revenue_micros, before.revenue_micros, now.orders, now.basket_micros, now.active,
        now.new_customers, now.returning,
    )  # fmt: skip


def test_countries_and_segments_have_their_key_figures() -> None:
    countries, segments = (titled("happened", f"{k}_figures") for k in ("country", "segment"))
    assert list(countries.rows) == [
        figures_row("France", some(7), some(4)), figures_row("Spain", some(3), some(4)),
    ]  # fmt: skip
    assert list(segments.rows) == [
        figures_row("Loyal", some(2), some(1)), figures_row("Lost", Figures(), some(9)),
    ]  # fmt: skip
    for table in (countries, segments):
        assert forms(table) == [TEXT, MONEY, MONEY, NUMBER, MONEY, NUMBER, NUMBER, NUMBER]
        assert table.note


def test_segments_are_told_of_the_newest_run_that_is_known() -> None:
    chart = titled("happened", "segments")
    assert isinstance(chart, Chart) and isinstance(chart.figure, BarFigure)
    assert [(b.label, b.value, b.mark) for b in chart.figure.bars] == [
        ("Loyal", 0.4, 0.3), ("Lost", 0.1, 0.3),
    ]  # fmt: skip
    assert chart.figure.format == Format("share", digits=0)
    assert chart.figure.value_label and chart.figure.mark_label
    assert list(chart.table.rows) == [
        ("Lost", 9, 1, 2, 3 * M, 0.1), ("Loyal", 8, 7, 6, 5 * M, 0.4), ("Empty", 0, 0, 0, 0, None),
    ]  # fmt: skip
    assert forms(chart.table) == [TEXT, NUMBER, NUMBER, NUMBER, MONEY, SHARE]
    assert chart.note == VOICE.say("segments_note", day="2011-02-01", rate=0.3)
    (means,) = blocks("happened", Definitions)
    assert means.title and [(f.name, f.text) for f in means.facts] == list(FULL.segments.values())


def test_segments_of_a_run_still_open_wait() -> None:
    only = msgspec.structs.replace(JUDGED, runs=JUDGED.runs[2:])
    table = titled("happened", "segments", msgspec.structs.replace(FULL, judged=only))
    assert isinstance(table, Table) and len(table.rows) == 3
    assert table.note == VOICE.say("segments_waiting", day="2011-03-01")


def test_items_open_to_their_statement() -> None:
    table = titled("happened", "items")
    assert list(table.rows) == [("Apple", "A", 3, 4, 5 * M, 6 * M)]
    assert forms(table) == [TEXT, CODE, NUMBER, NUMBER, MONEY, MONEY]
    assert (table.source.sql, bool(table.source.definition)) == ("SELECT items", True)
    assert table.note


# ---- what was decided


def test_the_newest_run_is_told_in_tiles() -> None:
    (tiles,) = blocks("decided", Tiles)
    assert [t.value for t in tiles.tiles] == [8, 3 * M, 2, 1]
    assert [t.format for t in tiles.tiles] == [NUMBER, PENCE, NUMBER, NUMBER]
    assert tiles.tiles[0].note == VOICE.say("messages_note", share=0.4)
    assert "€10.00" in tiles.tiles[1].note or "€10" in tiles.tiles[1].note
    assert all(t.label and t.note for t in tiles.tiles)


def test_campaigns_and_nothing_add_up_to_everybody() -> None:
    table = titled("decided", "by_campaign")
    assert list(table.rows) == [
        ("Again", 6, 0.3, M, 3 * M, VOICE.named("state", "approved")),
        ("New", 2, 0.1, 2 * M, 7 * M, None),
        (VOICE.say("nothing"), 12, 0.6, 0, None, None),
    ]
    assert table.footer == (VOICE.say("total"), 20, 1.0, 3 * M, 10 * M, None)
    assert forms(table) == [TEXT, NUMBER, SHARE, PENCE, PENCE, TEXT] and table.note


def test_a_run_on_nobody_has_no_shares() -> None:
    run = msgspec.structs.replace(FULL.runs[2], people=0, nothing={}, messages={})
    nobody = [msgspec.structs.replace(campaign, people=0) for campaign in FULL.campaigns]
    told = msgspec.structs.replace(FULL, runs=(*FULL.runs[:2], run), campaigns=tuple(nobody))
    table = titled("decided", "by_campaign", told)
    assert [row[2] for row in table.rows] == [None, None, None] and table.footer[2] is None
    assert blocks("decided", Tiles, told)[0].tiles[0].note == VOICE.say("messages_note", share=0)
    assert first_screen(told)[1] == VOICE.say(
        "summary_decided_none", day="2011-03-01", people=0, messages=0, campaigns=0, nothing=0
    )


def test_the_first_screen_says_how_many_and_the_strongest_why() -> None:
    said = first_screen(FULL)[1]
    whole = VOICE.say(
        "summary_decided", day="2011-03-01", people=20, messages=8, campaigns=2, nothing=12
    )
    reason = VOICE.say("because_budget")
    assert said == f"{whole} {VOICE.say('summary_why', reason=reason, n=5)}"


def test_why_nothing_is_told_from_the_most_to_the_least() -> None:
    chart = titled("decided", "why_nothing")
    rows = [(VOICE.say(f"why_{name}"), n) for name, n in
            (("budget", 5), ("consent", 5), ("address", 2))]  # fmt: skip
    assert list(chart.table.rows) == rows and chart.table.title == chart.title
    assert chart.table.footer == (VOICE.say("total"), 12)
    assert forms(chart.table) == [TEXT, NUMBER]
    assert [(b.label, b.value) for b in chart.figure.bars] == rows
    assert chart.figure.value_label and chart.note


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (("proposed", ""), "nothing_sent"), (("", ""), "nothing_sent"),
        (("proposed", "approved"), "nothing_sent_yet"), (("expired", ""), "nothing_sent_yet"),
    ],
)  # fmt: skip
def test_nothing_is_said_to_be_sent(states: Sequence[str], said: str) -> None:
    campaigns = tuple(
        msgspec.structs.replace(campaign, state=state)
        for campaign, state in zip(FULL.campaigns, states, strict=True)
    )
    told = msgspec.structs.replace(FULL, campaigns=campaigns)
    notice = blocks("decided", Notice, told)[0]
    assert (notice.text, notice.kind) == (VOICE.say(said), "info")


def test_a_decision_and_a_preview_are_told_with_their_parts() -> None:
    (row,) = blocks("decided", Row)
    (preview,) = blocks("decided", MessagePreview)
    assert (preview.subject, preview.html, preview.text) == ("Hello", "<p>", "Hi")
    assert preview.title == VOICE.say("preview", campaign="Again")
    for points, bars in (row.blocks, preview.beside):
        assert isinstance(points, Points) and isinstance(bars, Bars)
        assert points.title and [p.text for p in points.points] == ["Because.", "And so."]
        assert [(b.label, b.value) for b in bars.rows] == [("affinity", 0.5), ("response", -0.2)]
        assert bars.total and (bars.total.value, bool(bars.total.label)) == (0.3, True)
        assert bars.title == VOICE.say("score_parts", campaign="Again")
        assert bars.format == Format("number", digits=2, signed=True)


def test_every_run_has_its_line() -> None:
    table = titled("decided", "every_run")
    assert list(table.rows) == [
        ("1", "2011-01-01", 20, 8, 12, 2, 1),
        ("2", "2011-02-01", 20, 8, 12, 2, 1),
        ("3", "2011-03-01", 20, 8, 12, 2, 1),
    ]
    assert forms(table) == [TEXT, DAY, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER]
    for count in (1, 2):
        few = msgspec.structs.replace(FULL, runs=FULL.runs[:count], judged=Judged())
        titles = [getattr(b, "title", "") for b in section("decided", few).blocks]
        assert (VOICE.say("every_run") in titles) is (count > 1)


# ---- how right we were


def test_rightness_is_four_tiles_each_beside_a_baseline() -> None:
    (tiles,) = blocks("rightness", Tiles)
    told = [(t.value, t.format) for t in tiles.tiles]
    assert told == [(0.71, SHARE), (0.16, SCORE), (0.25, SHARE), (0.5, SCORE)]
    points = Format("points", signed=True)
    signed = Format("number", digits=3, signed=True)
    moved = [t.change and (round(t.change.value, 6), t.change.good, t.change.format)
             for t in tiles.tiles]  # fmt: skip
    assert moved == [
        (0.1, True, points), (-0.05, True, signed), (0.125, True, points), (0.1, True, signed),
    ]  # fmt: skip
    assert all(t.note and t.source and t.source.definition for t in tiles.tiles)
    assert all(t.change and t.change.against for t in tiles.tiles)


def test_a_model_alone_is_told_by_its_two_tiles_its_picture_and_its_runs() -> None:
    whole = blocks("rightness", Tiles)[0].tiles
    days, versions = {1: "2011-01-01", 2: "2011-02-01"}, {"": "the first"}
    both = [("2011-02-01", 90, 0.7, 0.6), ("2011-01-01", 90, 0.7, 0.6)]
    for model, tiles, rows, words in (
        ("response", whole[:2], both, ("people", "auc", "plain")),
        ("affinity", whole[2:], [("2011-02-01", 40, 0.25, 0.125)],
         ("buyers_of_new", "hit_rate", "popular")),
    ):  # fmt: skip
        told, picture, table = rightness.of_model(model, FULL, days, versions, "en")
        assert told == Tiles(tiles)
        assert isinstance(picture, Chart) and isinstance(table, Table)
        assert table.rows == tuple((day, "the first", *more) for day, *more in rows)
        labels = [VOICE.say(word) for word in ("day", "version", *words)]
        assert [column.label for column in table.columns] == labels
        assert table.note == titled("rightness", "by_run").note != ""
    picture = rightness.of_model("response", FULL, days, versions, "en")[1]
    assert picture == blocks("rightness", Chart)[0]
    assert rightness.of_model("unheard_of", FULL, days, versions, "en") == ()
    alone = msgspec.structs.replace(FULL, judged=msgspec.structs.replace(JUDGED, items={}))
    assert rightness.of_model("affinity", alone, days, versions, "en") == ()


@pytest.mark.parametrize(("more", "good"), [(0.0, False), (-0.1, False), (0.1, True)])
def test_no_better_than_the_baseline_is_no_good_news(more: float, good: bool) -> None:
    for name, better in (("auc", more), ("brier", -more)):
        scores = {**TOGETHER, name: (TOGETHER[f"baseline_{name}"] or 0) + better}
        judged = msgspec.structs.replace(JUDGED, probabilities=scores)
        tiles = blocks("rightness", Tiles, msgspec.structs.replace(FULL, judged=judged))[0].tiles
        change = tiles[0 if name == "auc" else 1].change
        assert change is not None and change.good is good


def test_a_measure_without_a_baseline_is_not_compared() -> None:
    for missing in ("auc", "baseline_auc"):
        judged = msgspec.structs.replace(JUDGED, probabilities={**TOGETHER, missing: None})
        told = msgspec.structs.replace(FULL, judged=judged)
        assert blocks("rightness", Tiles, told)[0].tiles[0].change is None
        said = first_screen(told)[2]
        assert VOICE.say("summary_auc", auc=71, baseline=61) not in said
    for missing in ("hit_rate", "baseline_hit_rate"):
        judged = msgspec.structs.replace(JUDGED, items={**ITEMS, missing: None})
        told = msgspec.structs.replace(FULL, judged=judged)
        said = first_screen(told)[2]
        assert said == " ".join(
            [VOICE.say("summary_auc", auc=71, baseline=61), VOICE.say("summary_no_effect")]
        )


def test_the_first_screen_says_how_right_and_claims_no_effect() -> None:
    said = first_screen(FULL)[2]
    assert said == " ".join(
        [
            VOICE.say("summary_auc", auc=71, baseline=61),
            VOICE.say("summary_hits", hits=0.25, popular=0.125, size=SIZE),
            VOICE.say("hits_few"),
            VOICE.say("summary_no_effect"),
        ]
    )


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.01, 0.2, "That difference is more than noise."),
        (-0.01, 0.2, "That difference is no more than noise."),
        (-0.2, -0.01, "We did worse than best sellers, by more than noise."),
    ],
)
def test_a_difference_in_hits_says_whether_it_is_more_than_noise(
    low: float, high: float, said: str
) -> None:
    items = {**ITEMS, "hit_gain_low": low, "hit_gain_high": high}
    told = msgspec.structs.replace(FULL, judged=msgspec.structs.replace(JUDGED, items=items))
    assert said in first_screen(told)[2]
    notes = [chart.note for chart in blocks("rightness", Chart, told) if said in chart.note]
    assert len(notes) == 1
    assert "95 times in 100" in notes[0]


def test_calibration_shows_each_group() -> None:
    chart = titled("rightness", "calibration")
    assert isinstance(chart.figure, CalibrationFigure) and chart.figure.points == BINS
    assert chart.figure.predicted_label and chart.figure.observed_label
    rows = [(str(n), b.count, b.predicted, b.observed, b.low, b.high)
            for n, b in ((1, BINS[0]), (2, BINS[1]))]  # fmt: skip
    assert list(chart.table.rows) == rows and chart.table.title == chart.title
    assert forms(chart.table) == [TEXT, NUMBER, SHARE, SHARE, SHARE, SHARE]
    assert chart.note and chart.source.definition


MEASURES = ("people", "rate", "auc", "baseline_auc", "brier", "baseline_brier")


def test_every_run_that_is_known_is_judged_alone_and_together() -> None:
    table = titled("rightness", "by_run")
    each = tuple(SCORES[m] for m in MEASURES)
    assert list(table.rows) == [("1", "2011-01-01", *each), ("2", "2011-02-01", *each)]
    assert table.footer == (VOICE.say("together"), None, *(TOGETHER[m] for m in MEASURES))
    assert forms(table) == [TEXT, DAY, NUMBER, SHARE, SHARE, SHARE, SCORE, SCORE]
    assert table.note == VOICE.say("by_run_waiting", n=1)
    over = msgspec.structs.replace(JUDGED, runs=JUDGED.runs[:2])
    table = titled("rightness", "by_run", msgspec.structs.replace(FULL, judged=over))
    assert table.note == VOICE.say("by_run_note")
    lead = section("rightness").lead
    assert lead == VOICE.say("rightness_lead", runs=2, people=TOGETHER["people"])


def test_coupons_are_judged_where_there_are_any() -> None:
    table = titled("rightness", "coupons")
    each = (30, 0.1, 0.65, 0.55)
    assert list(table.rows) == [("1", "2011-01-01", *each), ("2", "2011-02-01", *each)]
    assert table.footer == (VOICE.say("together"), None, *each)
    assert forms(table) == [TEXT, DAY, NUMBER, SHARE, SHARE, SHARE]
    assert table.note and table.source.definition
    none = msgspec.structs.replace(FULL, judged=msgspec.structs.replace(JUDGED, coupons={}))
    titles = {getattr(block, "title", "") for block in section("rightness", none).blocks}
    assert VOICE.say("coupons") not in titles and VOICE.say("by_run") in titles


def test_selections_are_judged_by_the_runs_that_have_them() -> None:
    chart = titled("rightness", "selections")
    each = (40, 0.25, 0.125, 0.5, 0.4)
    assert list(chart.table.rows) == [("2", "2011-02-01", *each)]
    assert chart.table.footer == (VOICE.say("together"), None, *each)
    assert forms(chart.table) == [TEXT, DAY, NUMBER, SHARE, SHARE, SCORE, SCORE]
    assert [(b.label, b.value, b.mark) for b in chart.figure.bars] == [
        (VOICE.say("run_of", day="2011-02-01"), 0.25, 0.125)
    ]
    assert chart.figure.format == Format("share", digits=0)
    assert chart.figure.value_label and chart.figure.mark_label
    assert chart.note and chart.source.definition and chart.table.title == chart.title


def test_a_run_without_a_hit_rate_has_a_bar_of_nothing() -> None:
    unsure = msgspec.structs.replace(JUDGED.runs[1], items={**ITEMS, "hit_rate": None})
    judged = msgspec.structs.replace(JUDGED, runs=(JUDGED.runs[0], unsure))
    chart = titled("rightness", "selections", msgspec.structs.replace(FULL, judged=judged))
    assert [bar.value for bar in chart.figure.bars] == [0.0]


def test_without_selections_there_are_two_tiles() -> None:
    judged = msgspec.structs.replace(JUDGED, items={})
    told = msgspec.structs.replace(FULL, judged=judged)
    assert len(blocks("rightness", Tiles, told)[0].tiles) == 2
    with pytest.raises(NotFoundError, match=r"number ndcg is not there yet"):
        numbers.opened(told, "en", "ndcg")
    assert numbers.opened(told, "en", "auc")[0].value == 0.71


# ---- one number alone


def test_a_number_alone_is_its_tile_with_its_rows() -> None:
    assert numbers.NUMBERS == (
        "revenue", "orders", "basket", "active", "new_customers", "auc", "brier", "hit_rate",
        "ndcg",
    )  # fmt: skip
    tiles = (*blocks("happened", Tiles)[0].tiles, *blocks("rightness", Tiles)[0].tiles)
    for name, expected in zip(numbers.NUMBERS, tiles, strict=True):
        tile, table = numbers.opened(FULL, "en", name)
        assert tile == expected
        assert table.rows and forms(table)[1] in (tile.format, DAY)
    _, days = numbers.opened(FULL, "en", "orders")
    assert list(days.rows) == [(d, n, b, m // 25 // M) for d, _, n, b, m in DAYS]
    assert forms(days) == [DAY, NUMBER, DAY, NUMBER] and days.title
    assert numbers.opened(FULL, "en", "brier")[1] == titled("rightness", "by_run")
    assert numbers.opened(FULL, "en", "ndcg")[1] == titled("rightness", "selections").table
    with pytest.raises(NotFoundError, match=r"number mood is not there, expected one of revenue"):
        numbers.opened(FULL, "en", "mood")


# ---- on which data


def test_quality_counts_every_row() -> None:
    (tiles,) = blocks("quality", Tiles)
    assert [(t.label, t.value) for t in tiles.tiles] == [
        (VOICE.say("score_of", mapping="shop"), 90),
        (VOICE.say("rows_read"), 16),
        (VOICE.say("set_aside"), 2),
    ]
    assert [t.note for t in tiles.tiles] == [
        VOICE.say("score_note"), VOICE.say("files_read", n=2), VOICE.say("set_aside_note"),
    ]  # fmt: skip


def test_every_place_has_its_rows_and_the_newest_file_stands_first() -> None:
    tables = [b for b in blocks("quality", Table) if len(b.columns) == 4]
    assert [t.title for t in tables] == [
        VOICE.say("placed", file="new.csv"), VOICE.say("placed", file="old.csv"),
    ]  # fmt: skip
    assert list(tables[0].rows) == [
        (VOICE.named("place", "order"), 5, 5 / 8, 5 * M),
        (VOICE.named("place", "return"), 2, 2 / 8, -M),
        (VOICE.named("place", "unreadable"), 1, 1 / 8, None),
    ]
    assert tables[0].footer == (VOICE.say("total"), 8, 1.0, 4 * M)
    assert forms(tables[0]) == [
        TEXT, NUMBER, Format("share", digits=2), Format("money", "EUR", digits=3),
    ]  # fmt: skip
    assert tables[0].note


def test_places_stand_by_their_rows() -> None:
    one = msgspec.structs.replace(source("o.csv"), lines={"a": 1, "c": 3, "b": 3})
    told = msgspec.structs.replace(FULL, sources=(one,))
    assert [row[0] for row in blocks("quality", Table, told)[0].rows] == ["b", "c", "a"]
    assert blocks("quality", Tiles, told)[0].tiles[-1].value == 0


def test_a_file_without_rows_has_no_shares() -> None:
    empty = msgspec.structs.replace(source("e.csv"), rows=0, lines={"b": 0, "a": 0})
    told = msgspec.structs.replace(FULL, sources=(empty,))
    table = blocks("quality", Table, told)[0]
    assert [(row[0], row[2]) for row in table.rows] == [("a", None), ("b", None)]
    assert table.footer is not None and table.footer[2] is None


def test_only_the_newest_files_are_told() -> None:
    assert quality.MOST_FILES == 6
    told = msgspec.structs.replace(FULL, sources=tuple(source(f"{n}.csv") for n in range(9)))
    assert [b.title for b in blocks("quality", Table, told)] == [
        VOICE.say("placed", file=f"{n}.csv") for n in range(8, 2, -1)
    ]


def test_a_rule_says_what_was_found_wanted_and_what_follows() -> None:
    table = titled("quality", "rules", file="new.csv")
    complete = VOICE.say("check_complete", field=VOICE.named("field", "quantity"))
    watch, kept, stops = (VOICE.say(f"verdict_{v}") for v in ("watch", "kept", "blocks"))
    assert list(table.rows) == [
        (complete, 0.8, 0.9, 2, watch),
        (complete, 0.8, 0.9, 2, kept),
        (complete, 0.8, 0.9, 2, stops),
        (VOICE.say("check_fresh", field=""), None, None, 2, kept),
        (complete, 1.0, 0.9, 0, watch),
    ]
    assert forms(table) == [TEXT, SHARE, SHARE, NUMBER, TEXT]
    assert table.note == VOICE.say("rules_note", score=90)


def test_what_was_brought_and_what_is_kept_are_compared() -> None:
    (points,) = blocks("quality", Points)
    assert points.title
    assert [p.mark for p in points.points] == ["ok", "bad", "bad", ""]

    def said(form: str, brought: int, kept: str, orders: int) -> str:
        return VOICE.say(
            f"reconciled_{form}", mapping="shop", brought=brought, kept=2, value=kept,
            brought_value=VOICE.exact(M), orders=orders,
        )  # fmt: skip

    assert [p.text for p in points.points] == [
        said("same", 2, VOICE.exact(M), 0),
        said("differs", 2, VOICE.exact(M + 1), 0),
        said("differs", 3, VOICE.exact(M), 0),
        said("corrected", 3, VOICE.exact(M), 1),
    ]
    assert VOICE.exact(M) == "€1.000" and VOICE.exact(M + 1) == "€1.000001"
    assert VOICE.exact(1_001_000) == "€1.001" and VOICE.exact(1_000_500) == "€1.000500"


# ---- consent, method


def test_each_purpose_says_to_how_many_it_is_open() -> None:
    table = titled("consent", "purposes")
    assert list(table.rows) == [("Profiling", 40, 0.8, VOICE.named("basis", "consent"), 760)]
    assert forms(table) == [TEXT, NUMBER, SHARE, TEXT, NUMBER]
    assert table.note == VOICE.say("purposes_note", people=50)
    assert not blocks("consent", Notice)
    nobody = msgspec.structs.replace(FULL, people=0)
    assert titled("consent", "purposes", nobody).rows[0][2] is None
    drawn = msgspec.structs.replace(FULL, simulated=("consent",))
    (notice,) = blocks("consent", Notice, drawn)
    assert notice.title and notice.text and notice.kind == "warn"


def test_models_and_limits_are_told() -> None:
    table = titled("method", "models")
    measured = VOICE.named("measure", "log_loss")
    assert list(table.rows) == [("Response", "v1", "unheard_of", 100, measured, 0.1, 0.2)]
    assert forms(table) == [TEXT, CODE, TEXT, NUMBER, TEXT, SCORE, SCORE] and table.note
    (limits,) = blocks("method", Points)
    (means,) = blocks("method", Definitions)
    assert limits.title and all(p.text for p in limits.points) and means.title
    assert len(section("method", msgspec.structs.replace(FULL, models=())).blocks) == 2


def test_what_the_report_was_made_from_is_stamped() -> None:
    told = msgspec.structs.replace(FULL, versions={"code": "1.2"}, simulated=("consent",))
    page = report.build(told, "en")
    assert [(fact.name, fact.text) for fact in page.stamp] == [(VOICE.say("stamp_code"), "1.2")]
    assert page.tags == (VOICE.say("simulated_consent"),)


def test_a_country_unknown_is_told_as_such() -> None:
    assert VOICE.country("") == VOICE.say("no_country")
    assert Voice("fr", FULL).country("Spain") == "Espagne"
    assert VOICE.country("Land 9") == "Land 9"


def test_a_share_of_few_is_less_sure_than_one_of_many() -> None:
    """Wilson's bounds, from the statistics of others (R, `binom::binom.wilson`)."""
    assert share_bounds(0.1, 10) == pytest.approx((0.01787621, 0.40415003), abs=1e-7)
    assert share_bounds(0.0, 20) == pytest.approx((0.0, 0.16112516), abs=1e-7)
    assert share_bounds(1.0, 20) == pytest.approx((0.83887484, 1.0), abs=1e-7)
    low, high = share_bounds(0.5, 1)
    assert 0.0 <= low < high <= 1.0


def test_of_nothing_everything_is_zero() -> None:
    nothing = nothing_known("Shop", "EUR", PERIOD)
    assert (nothing.kpi.from_us, nothing.kpi.to_us, nothing.people) == (0, 0, 0)
    assert nothing.kpi.now == nothing.kpi.before == Figures()


def test_a_period_is_of_whole_weeks() -> None:
    assert PERIOD_DAYS == 4 * 7


def test_a_period_of_whole_days_lies_before_as_many() -> None:
    assert PERIOD.days == (date(2011, 9, 7), date(2011, 9, 8))
    assert PERIOD.before == Period(date(2011, 9, 5), date(2011, 9, 6))
