"""Quality rules as data: each is seen kept, broken, and blocking a run."""

from __future__ import annotations

from typing import Any

import pytest

from regie.collect import quality
from regie.terms.errors import RefusedError, RuleError
from regie.workspace.importing import Imported
from regie.workspace.workspace import Workspace
from tests.support.workspaces import csv, mapping

DAY = "2011-12-01 10:00"
GOOD = [f"{n},A{n},Cup {n},1,{DAY},2.50,p{n},GBP" for n in range(4)]
# Rule, and the row that breaks it where the four good rows keep it.
RULES: list[tuple[dict[str, Any], str]] = [
    ({"check": "complete", "field": "person"}, f"5,A5,Cup,1,{DAY},2.50,,GBP"),
    ({"check": "complete", "field": "description"}, f"5,A5,,1,{DAY},2.50,p5,GBP"),
    ({"check": "unique"}, GOOD[0]),
    ({"check": "valid"}, f"5,A5,Cup,many,{DAY},2.50,p5,GBP"),
    ({"check": "consistent", "field": "at"}, "3,A5,Cup,1,2011-12-02 10:00,2.50,p3,GBP"),
    ({"check": "consistent", "field": "description"}, f"5,A3,Plate,1,{DAY},2.50,p5,GBP"),
]


def judged(shop: Workspace, rows: list[str], rule: dict[str, Any]) -> Imported:
    lines = [f"{key} = {str(value).lower()}" for key, value in rule.items() if key not in _TEXT]
    lines += [f'{key} = "{rule[key]}"' for key in _TEXT if key in rule]
    more = "[[quality]]\n" + "\n".join(lines)
    found = shop.import_file(csv(shop.folder, rows), mapping(shop, more=more))
    assert isinstance(found, Imported)
    return found


_TEXT = ("check", "field")


@pytest.mark.parametrize(("rule", "breaking"), RULES)
def test_a_rule_is_kept(shop: Workspace, rule: dict[str, Any], breaking: str) -> None:
    (finding,) = judged(shop, GOOD, rule | {"at_least": 1.0}).findings
    assert (finding.share, finding.broken, finding.kept) == (1.0, 0, True)
    assert finding.lines == 4


@pytest.mark.parametrize(("rule", "breaking"), RULES)
def test_a_rule_is_broken_and_costs_points(
    shop: Workspace, rule: dict[str, Any], breaking: str
) -> None:
    found = judged(shop, [*GOOD, breaking], rule | {"at_least": 1.0})
    (finding,) = found.findings
    assert (finding.broken, finding.kept) == (1, False)
    assert found.quality == round(100 * finding.share) < 100
    # Enough is enough: the same rows keep a looser rule.
    assert judged(shop, [*GOOD, breaking], rule | {"at_least": 0.7}).findings[0].kept


@pytest.mark.parametrize(("rule", "breaking"), RULES)
def test_a_run_is_blocked_only_where_the_rule_says_block(
    shop: Workspace, rule: dict[str, Any], breaking: str
) -> None:
    strict = rule | {"at_least": 1.0}
    lenient = judged(shop, [*GOOD, breaking], strict)
    assert lenient.said == ()
    assert shop.state.imports("published")[-1].counts["blocked"] == 0
    blocking = judged(shop, [*GOOD, breaking], strict | {"block": True})
    (said,) = blocking.said
    assert said.startswith(f"Runs are stopped: {rule['check']}") and "expected at least" in said
    assert shop.state.imports("published")[-1].counts["blocked"] == 1


def test_a_blocked_source_stops_the_run_until_it_is_corrected(shop: Workspace) -> None:
    rule = {"check": "valid", "at_least": 1.0, "block": True}
    judged(shop, [*GOOD, f"5,A5,Cup,many,{DAY},2.50,p5,GBP"], rule)
    with pytest.raises(RefusedError, match=r"with a blocking rule broken, .*; see regie quality"):
        shop.run("2011-12-05")
    judged(shop, [*GOOD, f"5,A5,Cup,1,{DAY},2.50,p5,GBP"], rule)
    assert shop.run("2011-12-05").run


@pytest.mark.parametrize(
    ("rows", "days", "kept"), [(GOOD, 9, True), (GOOD, 8, False), ([GOOD[0]], 9, True)]
)
def test_fresh_looks_at_the_newest_row(
    shop: Workspace, rows: list[str], days: int, kept: bool
) -> None:
    found = judged(shop, rows, {"check": "fresh", "days": days, "block": True})
    (finding,) = found.findings
    assert (finding.kept, finding.share) == (kept, float(kept))
    assert kept or "at most 8 days old" in found.said[0]


def test_country_is_one_for_each_person(shop: Workspace) -> None:
    rule = 'country = "country"\n[[quality]]\ncheck = "consistent"\nfield = "country"'
    header = "order,item,description,quantity,at,price,person,currency,country"
    rows = [f"{row},{land}" for row, land in zip(GOOD, ("France",) * 4, strict=True)]
    rows.append(f"9,A9,Cup,1,{DAY},2.50,p1,GBP,Norway")
    found = shop.import_file(csv(shop.folder, rows, header=header), mapping(shop, more=rule))
    (finding,) = found.findings
    assert (finding.lines, finding.broken) == (4, 1)


def test_a_heavier_rule_costs_more() -> None:
    light, heavy = (quality.QualityRule(check="valid", weight=weight) for weight in (1.0, 3.0))

    def score(first: float, second: float) -> int:
        return quality.score(
            [
                quality.Finding(rule=rule, share=share, lines=1, broken=0, kept=True)
                for rule, share in ((light, first), (heavy, second))
            ]
        )

    assert (score(0.0, 1.0), score(1.0, 0.0)) == (75, 25)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"check": "nice"}, 'm.toml quality is "nice", expected one of complete, unique'),
        ({"check": "complete"}, 'complete field is "", expected one of order, item'),
        ({"check": "complete", "field": "colour"}, 'field is "colour"'),
        ({"check": "unique", "field": "at"}, 'unique field is "date", expected none'),
        ({"check": "valid", "at_least": "most"}, "Expected `float`"),
    ],
)
def test_a_rule_that_cannot_be_is_named(table: dict[str, Any], said: str) -> None:
    with pytest.raises(RuleError, match=said):
        quality.rules_from([table], "m.toml")


def test_lines_set_aside_count_where_no_rule_was_written(shop: Workspace) -> None:
    bad = f"7,A7,Cup,many,{DAY},2.50,p7,GBP"
    found = shop.import_file(csv(shop.folder, [*GOOD, bad]), mapping(shop))
    assert isinstance(found, Imported)
    assert (found.rows, found.lines["unreadable"], found.quality) == (5, 1, 80)
    (went,) = shop.quality()
    assert (went.quality, went.kept) == (80, {"valid": 0.8}), "each place says the same"
