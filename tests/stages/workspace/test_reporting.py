"""Every number of the report equals one counted again, and both languages say the same."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from regie.measure.report import numbers
from regie.measure.report.figures import Period, ReportFigures
from regie.terms.decision import NOTHING
from regie.terms.document import (
    LANGS,
    Bars,
    Document,
    MessagePreview,
    Notice,
    Section,
    Table,
    Tiles,
)
from regie.terms.errors import NotFoundError, SettingError
from regie.terms.instant import day_of
from regie.workspace import open_workspace, reporting
from regie.workspace.approving import run_of
from regie.workspace.deciding import find
from regie.workspace.workspace import Workspace
from tests.support.shop import write_slice


@pytest.fixture(scope="module")
def shop(whole_shop: Path) -> Iterator[Workspace]:
    with open_workspace(whole_shop) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def told(shop: Workspace) -> ReportFigures:
    return reporting.gather(shop, "en")


@pytest.fixture(scope="module")
def pages(shop: Workspace) -> dict[str, Document]:
    return {lang: reporting.build(shop, lang) for lang in LANGS}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The same rows read straight from the file, by rules written anew here."""
    path = write_slice(tmp_path_factory.mktemp("raw") / "log.parquet")
    con = duckdb.connect()
    con.execute(
        f"""CREATE TABLE goods AS SELECT DISTINCT ON
          (InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country)
          InvoiceNo AS invoice, CAST(CustomerID AS BIGINT) AS customer, Country AS country,
          CAST(make_timestamp(CAST(InvoiceDate * 1000000 AS BIGINT)) AS DATE) AS day,
          CAST(round(Quantity * UnitPrice * 1000000) AS BIGINT) AS micros
        FROM read_parquet('{path}')
        WHERE Quantity > 0 AND UnitPrice > 0 AND InvoiceNo NOT LIKE 'C%'
          AND upper(trim(StockCode)) NOT IN
            ('POST', 'DOT', 'M', 'C2', 'BANK CHARGES', 'AMAZONFEE', 'D', 'S', 'CRUK', 'B')
        """
    )
    return con


def counted(raw: duckdb.DuckDBPyConnection, sql: str, period: Period) -> Any:
    return raw.execute(
        f"SELECT {sql} FROM goods WHERE day BETWEEN ? AND ?", [period.first, period.last]
    ).fetchone()[0]  # type: ignore[index]


def of_type(page: Document, kind: type[Any]) -> list[Any]:
    found: list[Any] = []
    for section in page.blocks:
        blocks = section.blocks if isinstance(section, Section) else (section,)
        for block in blocks:
            inner = getattr(block, "blocks", (block,))
            found += [one for one in inner if isinstance(one, kind)]
    return found


def test_it_tells_of_the_28_days_before_the_newest_run(told: ReportFigures) -> None:
    assert told.period == Period(date(2011, 8, 12), date(2011, 9, 8))


@pytest.mark.parametrize("which", ["now", "before"])
def test_key_figures_are_those_of_the_raw_rows(
    told: ReportFigures, raw: duckdb.DuckDBPyConnection, which: str
) -> None:
    figures = getattr(told.kpi, which)
    period = told.period if which == "now" else told.period.before
    assert figures.revenue_micros == counted(raw, "sum(micros)", period)
    assert figures.orders == counted(raw, "count(DISTINCT invoice)", period)
    assert figures.active == counted(raw, "count(DISTINCT customer)", period)
    new = raw.execute(
        "SELECT count(*) FROM (SELECT customer, min(day) AS first FROM goods WHERE customer IS NOT"
        " NULL GROUP BY customer) WHERE first BETWEEN ? AND ?",
        [period.first, period.last],
    ).fetchone()
    assert new is not None
    assert figures.new_customers == new[0]


def test_each_tile_opens_to_a_query_that_gives_its_number(
    shop: Workspace, told: ReportFigures, pages: dict[str, Document]
) -> None:
    for name in ("revenue", "orders", "basket", "active", "new_customers", "returning"):
        column, found = next(iter(shop.sql(told.sql[name]).columns.items()))
        assert int(found[0]) == getattr(told.kpi.now, column), name
    shown = {tile.source.sql.partition(";")[0] for tile in of_type(pages["en"], Tiles)[0].tiles}
    assert shown == {
        told.sql[n] for n in ("revenue", "orders", "basket", "active", "new_customers")
    }


def test_days_add_up_to_the_period(told: ReportFigures) -> None:
    days = {day.isoformat() for day in told.period.days}
    found = {day: now.revenue_micros for day, (now, _) in told.kpi.days.items() if now.orders}
    assert set(found) <= days
    assert sum(found.values()) == told.kpi.now.revenue_micros


def test_countries_add_up_to_the_change_exactly(
    told: ReportFigures, pages: dict[str, Document]
) -> None:
    change = told.kpi.now.revenue_micros - told.kpi.before.revenue_micros
    for page in pages.values():
        bars = of_type(page, Bars)[0]
        assert sum(row.value for row in bars.rows) == bars.total.value == change


def test_items_are_the_best_sellers(told: ReportFigures) -> None:
    revenue = [item.revenue_micros for item in told.items]
    assert len(revenue) == reporting.TOP_ITEMS
    assert revenue == sorted(revenue, reverse=True)


def test_who_gets_what_is_everybody_once(shop: Workspace, told: ReportFigures) -> None:
    run = told.runs[-1]
    decided = [d for d, _ in find(shop, run=run.run) if d.kind == "message"]
    assert run.people == len(decided) == sum(run.messages.values()) + sum(run.nothing.values())
    for campaign in told.campaigns:
        chosen = [d for d in decided if d.chosen == campaign.name]
        assert campaign.people == len(chosen)
        cost = sum(d.inputs["campaigns"][campaign.name]["cost"] for d in chosen)
        assert campaign.cost_micros == cost <= campaign.budget_micros
        assert campaign.state in ("approved", "")


def test_why_nothing_is_what_the_run_itself_counted(shop: Workspace, told: ReportFigures) -> None:
    for run, kept in zip(told.runs, shop.runs(), strict=True):
        steps = msgspec.json.decode(kept.manifest)["ran"]["steps"]
        dropped = next(step["dropped"] for step in steps if step["name"] == "choose")
        assert {why: n for why, n in run.nothing.items() if n} == dropped


def test_told_decisions_add_up_to_their_score(told: ReportFigures) -> None:
    assert {one.kind for one in told.told} == {"message", "nothing"}
    for one in (*told.told, *(preview.told for preview in told.previews)):
        assert math.isclose(sum(points for _, points in one.parts), one.score, abs_tol=1e-9)


def test_every_campaign_has_its_preview_and_no_name_in_it(
    shop: Workspace, told: ReportFigures, pages: dict[str, Document]
) -> None:
    sent = {campaign.title for campaign in told.campaigns if campaign.people}
    assert {preview.told.campaign for preview in told.previews} == sent
    decisions = {d.id: d for d, _ in find(shop)}
    for page in pages.values():
        for preview in of_type(page, MessagePreview):
            assert "Zoé" not in preview.html
            assert "Liam" not in preview.html
    for preview in told.previews:
        decision = decisions[preview.told.decision]
        assert decision.chosen != NOTHING
        assert decision.subject not in preview.html
        assert not re.search(r"/[wu]/(?!example)", preview.html)


def test_rows_reconcile_with_the_tables(told: ReportFigures) -> None:
    assert [one.mapping for one in told.reconciled] == ["online-retail", "orders"]
    for one in told.reconciled:
        assert (one.brought, one.brought_micros) == (one.kept, one.kept_micros)
    for source in told.sources:
        assert sum(source.lines.values()) == source.rows


def test_a_file_imported_again_still_reconciles(own_shop: Path, tmp_path: Path) -> None:
    log = write_slice(tmp_path / "online_retail.parquet")
    with open_workspace(own_shop) as shop:
        shop.import_file(log, "online-retail")
        told = reporting.gather(shop, "en")
    assert [one.brought for one in told.reconciled] == [one.kept for one in told.reconciled]


def test_purposes_are_open_to_whom_consent_says(shop: Workspace, told: ReportFigures) -> None:
    consents = shop.state.consents()
    last: dict[tuple[str, str], bool] = {}
    for key, purpose, granted in zip(
        consents["key"], consents["purpose"], consents["granted"], strict=True
    ):
        last[str(key), str(purpose)] = bool(granted)
    for purpose in told.purposes:
        if shop.rules.purposes()[purpose.name].needs_consent:
            said = sum(granted for (_, name), granted in last.items() if name == purpose.name)
            assert purpose.people == said, purpose.name
        else:
            assert purpose.people == told.people


def test_both_languages_hold_the_same_figures(pages: dict[str, Document]) -> None:
    english, french = (
        [
            [cell for row in table.rows for cell in row if isinstance(cell, int | float)]
            for table in of_type(pages[lang], Table)
        ]
        for lang in ("en", "fr")
    )
    assert english == french
    assert [b.title for b in pages["fr"].blocks if isinstance(b, Section)] == [
        "Ce qui s’est passé",
        "Ce qui a été décidé, et pourquoi",
        "Avions-nous vu juste\u202f?",
        "Qualité des données",
        "Consentement",
        "Méthode",
    ]


def test_the_first_screen_says_three_things(pages: dict[str, Document]) -> None:
    for page in pages.values():
        first = page.blocks[0]
        assert len(first.points) == 3  # type: ignore[union-attr]
        assert len(page.tags) == 3


def test_no_effect_is_claimed(pages: dict[str, Document]) -> None:
    said = [msgspec.json.encode(page).decode() for page in pages.values()]
    assert "no effect is claimed" in said[0]
    assert "nous n’en déduisons aucun effet" in said[1]


def test_files_are_written_whole_and_json_gives_the_document_back(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        html = shop.write_report("fr")
        kept = shop.write_report("fr", "json")
        again = reporting.build(shop, "fr")
        named = html.read_text("utf-8")
    assert named.startswith('<!doctype html>\n<html lang="fr">')
    assert msgspec.json.decode(kept.read_bytes(), type=Document) == again
    assert sorted(p.name for p in html.parent.glob("report-*")) == [
        "report-fr.html",
        "report-fr.json",
    ]


def test_an_erased_person_is_in_no_report(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        path, pages = shop.write_report("en"), shop.write_report("fr", "pdf")
        told = reporting.gather(shop, "en").told[0]
        assert told.decision in path.read_text("utf-8")
        person = next(d.subject for d, _ in find(shop) if d.id == told.decision)
        shop.erase(person)
        assert not path.exists()
        assert not pages.exists()
        after = reporting.gather(shop, "en")
    assert told.decision not in [one.decision for one in after.told]
    assert after.runs[-1].people == 0 or after.people > 0


def test_a_run_asked_for_is_the_last_one_told_of(shop: Workspace) -> None:
    told = reporting.gather(shop, "en", 1)
    assert told.period.last == date(2011, 7, 9) - timedelta(1)
    assert [run.day for run in told.runs] == ["2011-07-09"]
    assert told.versions["run"] == "1"


def test_the_newest_run_is_the_one_that_approve_and_export_take(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        ran = shop.run("2011-08-12")  # the newest, though from an earlier day
        told = reporting.gather(shop, "en", examples=False)
        assert told.versions["run"] == str(run_of(shop).number) == str(ran.run)
        assert told.runs[-1].run == ran.run
        assert [run.day for run in told.runs] == ["2011-07-09", "2011-08-12"]
        again = reporting.gather(shop, "en", 2, examples=False)
        assert [run.run for run in again.runs] == [1, 2], "made after it: not told of"
        with pytest.raises(NotFoundError, match="run 9 is not there, expected one of 1, 2, 3"):
            reporting.gather(shop, "en", 9)


def test_days_without_data_are_not_compared(own_shop: Path) -> None:
    """Five days after the last order: the same 28 days as on the morning after it."""
    settings = own_shop / "regie.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('now = "2011-12-10"', 'now = "2011-12-20"'), "utf-8")
    with open_workspace(own_shop) as late:
        newest = late.sql("SELECT max(at_us) AS at FROM events WHERE kind = 'order'").columns["at"]
        last = day_of(int(newest[0]), late.settings.zone)
        late.run((last + timedelta(5)).isoformat())
        told = reporting.gather(late, "en", examples=False)
        pages = {lang: reporting.build(late, lang) for lang in LANGS}
        late.run((last + timedelta(1)).isoformat())
        fresh = reporting.gather(late, "en", examples=False)
        assert not isinstance(reporting.build(late, "en").blocks[0], Notice)
    assert told.period == fresh.period == Period(last - timedelta(27), last)
    assert (told.kpi.now, told.kpi.before) == (fresh.kpi.now, fresh.kpi.before)
    assert told.reach is not None
    assert (told.reach.last, told.reach.days, told.reach.late) == (last, 4, True)
    notice = pages["en"].blocks[0]
    assert isinstance(notice, Notice)
    assert notice.kind == "warn"
    assert notice.title.startswith("The data stop on ")
    assert "of the 4 days in between, nothing is known" in notice.text
    assert "rien n’est connu des 4 jours qui précèdent" in pages["fr"].blocks[0].text  # type: ignore[union-attr]


def test_a_third_language_is_refused(shop: Workspace) -> None:
    with pytest.raises(SettingError, match='language is "de", expected en or fr'):
        reporting.build(shop, "de")


def test_five_numbers_each_with_its_command(shop: Workspace, told: ReportFigures) -> None:
    found = reporting.headline(shop)
    assert len(found) == 5
    assert next(iter(found.values()))["value"] == told.kpi.now.revenue_micros
    opens = [number["opens"] for number in found.values()]
    assert len(set(opens)) == 5, "each opens something of its own"
    for one in found.values():
        _, said, name = one["opens"].partition("regie report --number ")
        if said:
            assert shop.number(name, "en")[0].value == one["value"]


@pytest.mark.parametrize("name", numbers.NUMBERS)
def test_a_number_opened_alone_is_the_one_of_the_page(
    shop: Workspace, pages: dict[str, Document], name: str
) -> None:
    tile, table = shop.number(name, "fr")
    on_page = [t for tiles in of_type(pages["fr"], Tiles) for t in tiles.tiles]
    assert tile in on_page
    assert tile.source.definition
    assert table.rows
    if tile.source.sql:
        found = shop.sql(tile.source.sql.partition(";")[0])
        assert next(iter(found.columns.values()))[0] == tile.value
