"""A rule file that cannot be read is refused with its line, its table or what there is instead."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from regie.terms.errors import NotFoundError, RuleError
from regie.workspace.modelling import RECIPES
from regie.workspace.settings import Rules, read_toml, shipped

FORMS = "[table], name = 1"


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    """The shipped rules in a folder of their own."""
    shutil.copytree(str(shipped("rules")), tmp_path / "rules")
    return Rules(tmp_path)


@pytest.mark.parametrize("fault", ["[loyal", "at_least = five", "title: Loyal", 'a = "no end'])
@pytest.mark.parametrize("name", ["segments.toml", "policies/standard.toml"])
def test_a_fault_is_named_with_its_line_and_the_forms_there_are(
    rules: Rules, name: str, fault: str
) -> None:
    path = rules.folder / name
    path.write_text(f"# one\n# two\n{fault}\n", "utf-8")
    with pytest.raises(RuleError) as refused:
        rules.segments() if name == "segments.toml" else rules.policy("standard")
    said = str(refused.value)
    assert name in said
    assert "line 3" in said
    assert FORMS in said
    assert said.endswith("; mend that line")


def test_a_file_not_in_utf8_is_named_with_its_byte(tmp_path: Path) -> None:
    path = tmp_path / "segments.toml"
    path.write_bytes('a = "é"'.encode("latin-1"))
    with pytest.raises(RuleError, match=r"not in UTF-8 at byte 5, expected .*; save it as UTF-8"):
        read_toml(path)


def test_without_any_policy_the_next_step_is_one(rules: Rules) -> None:
    with pytest.raises(NotFoundError, match="expected one of standard; write rules/policies/bold"):
        rules.policy("bold")
    shutil.rmtree(rules.folder / "policies")
    with pytest.raises(NotFoundError) as refused:
        rules.policy("standard")
    said = str(refused.value)
    assert "a file in rules/policies/, where there is none" in said
    assert said.endswith("; copy it from a new workspace: regie init NAME")


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("within_days = 366", "within_days is 366, expected a whole number from 1 to 365"),
        (f"[messages]\nsecond_above_people = {10**19}", "second_above_people is 1"),
        (f"[messages]\nsecond_above_cost_micros = {10**18 + 1}", "expected .* from 0 to 1"),
    ],
)
def test_no_size_of_approvals_is_beyond_what_can_be_counted(
    rules: Rules, said: str, wrong: str
) -> None:
    (rules.folder / "approvals.toml").write_text(said + "\n", "utf-8")
    with pytest.raises(RuleError, match=wrong):
        rules.approvals()


def test_a_campaign_that_cannot_be_read_keeps_nobody_from_the_others(rules: Rules) -> None:
    path = rules.folder / "campaigns/discover.toml"
    path.write_text(path.read_text("utf-8").replace('budget = "', 'budget = "1e'), "utf-8")
    found, faults = rules.campaigns_read()
    assert [one.name for one in found] == ["favourites", "miss_you"]
    assert faults["discover"].where == "rules/campaigns/discover.toml, budget"
    with pytest.raises(RuleError, match=r"discover.toml, budget is \"1e"):
        rules.campaigns()


def test_a_misspelt_model_is_named_beside_what_there_is(rules: Rules) -> None:
    (rules.folder / "models.toml").write_text("[respones]\n", "utf-8")
    name = next(iter(RECIPES))
    with pytest.raises(RuleError) as refused:
        rules.model_options(name, RECIPES[name].OPTIONS, RECIPES)
    assert "rules/models.toml is with [respones]" in str(refused.value)
    assert f"expected one of {', '.join(RECIPES)}" in str(refused.value)
