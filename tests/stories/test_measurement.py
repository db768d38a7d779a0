"""Who objects to being measured counts in the accounts and never as a person."""

from __future__ import annotations

from pathlib import Path

from regie.measure import kpi
from regie.workspace import open_workspace, sight
from regie.workspace.workspace import Workspace


def figures(shop: Workspace) -> kpi.Kpi:
    """Key figures of the last four weeks before the second run."""
    with shop.tables.session() as session:
        session.register("unmeasured", sight.unmeasured(shop))
        return kpi.measure(
            session,
            from_us=shop.as_of_us("2011-08-12"),
            to_us=shop.as_of_us("2011-09-09"),
            zone=shop.settings.zone,
        )


def test_an_objection_takes_one_person_out_of_the_counts_and_nothing_out_of_the_accounts(
    own_shop: Path,
) -> None:
    with open_workspace(own_shop) as shop:
        before = figures(shop)
        found = shop.sql(
            "SELECT key FROM events WHERE kind = 'order' AND at_us >= "
            f"{before.from_us} AND at_us < {before.to_us} AND key IS NOT NULL ORDER BY key LIMIT 1"
        )
        shop.object(str(found.columns["key"][0]))
        after = figures(shop)
        assert after.now.active == before.now.active - 1
        assert after.now.revenue_micros == before.now.revenue_micros
        assert after.now.orders == before.now.orders
        assert after.now.new_customers + after.now.returning == after.now.active
        told = shop.sql(before.sql + " LIMIT 1000000")
        rows = list(zip(*(told.columns[n] for n in ("dimension", "period", "active")), strict=True))
        assert ("all", "now", after.now.active) in rows, "the SQL behind a number sees the same"


def test_the_notice_and_the_register_are_written_in_both_languages(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        for page, words in (
            ("notice", {"en": "Privacy notice", "fr": "confidentialité"}),
            ("register", {"en": "Register of processing", "fr": "Registre"}),
        ):
            for lang, word in words.items():
                text = shop.write_report(lang, page=page).read_text("utf-8")
                assert word in text
                assert shop.settings.privacy_contact in text, "where people write to"
