"""The report as a document: what it says of little, and that every word is there."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from regie.engines.html import HtmlDocuments
from regie.measure import report
from regie.measure.judged import Judged, RunJudged, Scores, share_bounds
from regie.measure.kpi import Figures, Kpi
from regie.measure.report import happened
from regie.measure.report.figures import (
    CampaignFigures,
    Period,
    PurposeFigures,
    Reconciled,
    ReportFigures,
    RunFigures,
    SourceFigures,
    nothing_known,
)
from regie.terms.document import (
    LANGS,
    Bars,
    CalibrationPoint,
    Document,
    Lang,
    Notice,
    Points,
    Section,
    Tiles,
    to_json,
)

PERIOD = Period(date(2011, 8, 12), date(2011, 9, 8))
NOTHING = nothing_known("Shop", "EUR", PERIOD)


def kpi(now: int, before: int) -> Kpi:
    countries = {
        f"Land {n}": (Figures(revenue_micros=now * n), Figures(revenue_micros=before * n))
        for n in range(1, 12)
    }
    whole = Figures(revenue_micros=now * 66, orders=11, active=5, new_customers=2)
    earlier = Figures(revenue_micros=before * 66, orders=10, active=5, new_customers=1)
    return Kpi(
        from_us=0, to_us=1, now=whole, before=earlier, days={"2011-08-12": (whole, Figures())},
        countries=countries, sql="SELECT 1",
    )  # fmt: skip


def sections(page: Document) -> dict[str, Section]:
    return {block.anchor: block for block in page.blocks if isinstance(block, Section)}


@pytest.mark.parametrize("lang", LANGS)
def test_a_shop_without_anything_gets_a_whole_page(lang: Lang) -> None:
    page = report.build(NOTHING, lang)
    assert list(sections(page)) == [
        "happened", "decided", "rightness", "quality", "consent", "method",
    ]  # fmt: skip
    first = page.blocks[0]
    assert isinstance(first, Points)
    assert len(first.points) == 3
    html = HtmlDocuments().render(page).decode()
    assert "nan" not in html.lower().split("</style>")[1].replace("finan", "").split()
    notices = [b for s in sections(page).values() for b in s.blocks if isinstance(b, Notice)]
    assert len(notices) == 4


@pytest.mark.parametrize(("now", "before"), [(7, 3), (3, 7), (5, 0), (0, 5)])
def test_contributions_add_up_whatever_is_left_out(now: int, before: int) -> None:
    told = msgspec.structs.replace(NOTHING, kpi=kpi(now * 1_000_003, before * 1_000_003))
    bars = next(
        b for b in sections(report.build(told, "en"))["happened"].blocks if isinstance(b, Bars)
    )
    assert bars.total is not None
    assert sum(row.value for row in bars.rows) == bars.total.value
    assert len(bars.rows) == happened.MOST_COUNTRIES + 1


def test_nothing_before_is_no_change() -> None:
    told = msgspec.structs.replace(NOTHING, kpi=kpi(5_000_000, 0))
    tiles = sections(report.build(told, "en"))["happened"].blocks[0]
    assert isinstance(tiles, Tiles)
    assert tiles.tiles[0].change is None
    assert tiles.tiles[1].change is not None


def test_more_is_good_news_and_less_is_bad() -> None:
    more, less = (
        sections(report.build(msgspec.structs.replace(NOTHING, kpi=kpi(*pair)), "fr"))["happened"]
        for pair in ((6, 5), (5, 6))
    )
    for section, good in ((more, True), (less, False)):
        tiles = section.blocks[0]
        assert isinstance(tiles, Tiles)
        assert tiles.tiles[0].change is not None
        assert tiles.tiles[0].change.good is good


def full(nothing: dict[str, int]) -> ReportFigures:
    """A run with every reason there is, judged, one file, one purpose."""
    scores: Scores = {
        "people": 100, "rate": 0.3, "auc": 0.7, "baseline_auc": 0.6, "brier": 0.15,
        "baseline_brier": 0.2,
    }  # fmt: skip
    bins = (CalibrationPoint(0.2, 0.3, 100, *share_bounds(0.3, 100)),)
    run = RunJudged(
        run=1, as_of_us=0, known=True, decided=100, left_out=0, probabilities=scores, bins=bins,
        items={}, segments=(), models={},
    )  # fmt: skip
    people = 10 + sum(nothing.values())
    return msgspec.structs.replace(
        NOTHING,
        simulated=("consent",),
        runs=(
            RunFigures(
                run=1, day="2011-09-09", people=people, messages={"c": 10}, nothing=nothing,
                held_out=3, drawn=1,
            ),
        ),
        campaigns=(
            CampaignFigures(
                name="c", title="C", people=10, cost_micros=500_000, budget_micros=1_000_000,
                state="proposed",
            ),
        ),
        judged=Judged(runs=(run,), probabilities=scores, bins=bins),
        sources=(
            SourceFigures(
                file="o.csv", mapping="shop", rows=3, lines={"order": 2, "unreadable": 1},
                value_micros={"order": 5_000_000}, held=0, corrected=0, quality=90, rules=(),
            ),
        ),
        reconciled=(
            Reconciled(
                mapping="shop", brought=2, brought_micros=5_000_000, kept=2, kept_micros=5_000_000,
                corrected=0,
            ),
        ),
        people=50,
        purposes=(
            PurposeFigures(
                name="profiling", title="P", legal_basis="consent", people=40, retention_days=760
            ),
        ),
    )  # fmt: skip


REASONS = (
    "dates", "consent", "address", "audience", "selection", "holdout", "pressure", "budget",
    "score_under_threshold", "random_draw", "no_campaign",
)  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_for_silence_has_its_words(reason: str, lang: Lang) -> None:
    page = report.build(full({reason: 7}), lang)
    first = page.blocks[0]
    assert isinstance(first, Points)
    assert "7" in first.points[1].text
    assert reason not in to_json(page).decode().replace("https", "") or reason in (
        "address", "audience", "budget", "consent", "selection", "dates",
    )  # fmt: skip


def test_a_better_model_is_good_news_where_less_is_better() -> None:
    tiles = sections(report.build(full({"budget": 1}), "en"))["rightness"].blocks[0]
    assert isinstance(tiles, Tiles)
    auc, brier = tiles.tiles
    assert auc.change is not None
    assert brier.change is not None
    assert auc.change.good is True
    assert brier.change.good is True
    assert brier.change.value == pytest.approx(-0.05)


def test_what_does_not_add_up_is_marked() -> None:
    told = full({"budget": 1})
    short = msgspec.structs.replace(told.reconciled[0], kept=1)
    page = report.build(msgspec.structs.replace(told, reconciled=(short,)), "en")
    marks = [
        point.mark
        for block in sections(page)["quality"].blocks
        if isinstance(block, Points)
        for point in block.points
    ]
    assert marks == ["bad"]


def test_simulated_consent_is_marked_where_it_shows() -> None:
    page = report.build(full({"budget": 1}), "fr")
    assert page.tags == ("Consentement simulé",)
    warning = sections(page)["consent"].blocks[0]
    assert isinstance(warning, Notice)
    assert warning.kind == "warn"


def test_the_page_comes_back_from_json() -> None:
    page = report.build(full({"budget": 1}), "fr")
    assert msgspec.json.decode(to_json(page), type=Document) == page
