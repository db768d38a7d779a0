"""Law: every option of a policy changes a run's answer; and what a run records holds its own laws.

Those that choosing reads are held in test_choosing; here the ones that the run reads, and that none
is forgotten. On the small invented shop, whose past messages count in the cap.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from regie.decide.policy import Policy
from regie.terms.decision import NOTHING, Decision
from regie.terms.instant import HOUR_US
from regie.workspace.workspace import Workspace
from tests.support.workspaces import SHIPPED, workspace

DAY = "2026-02-02"
READ_BY_CHOOSING = {
    "name", "response_weight", "affinity_weight", "threshold", "explore_share", "holdout_share",
    "cap_messages",
}  # fmt: skip
READ_BY_THE_RUN = {
    "cap_days": ("cap_days = 7", "cap_days = 60"),
    "gone_days": ("gone_days = 60", "gone_days = 5"),
    "selection_size": ("selection_size = 4", "selection_size = 2"),
    "quiet": ("to_hour = 9", "to_hour = 11"),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("options")
    with workspace(folder, zone="Europe/Paris", currency="EUR", now="2026-03-01") as made:
        for name in ("contacts", "orders", "consents", "sends"):
            made.import_file(SHIPPED / f"samples/{name}.csv", name)
        for path in (made.folder / "rules/campaigns").glob("*.toml"):
            text = path.read_text("utf-8").replace("ends = 2011-12-31", "ends = 2026-12-31")
            path.write_text(text, "utf-8")
        yield made


def decided(shop: Workspace, written: tuple[str, str] = ("", "")) -> dict[str, Decision]:
    """The decisions of a run under the shipped policy, changed in one place."""
    path = shop.folder / "rules/policies/standard.toml"
    was = path.read_text("utf-8")
    assert written[0] in was
    path.write_text(was.replace(*written), "utf-8")
    try:
        run = shop.run(DAY).run
    finally:
        path.write_text(was, "utf-8")
    return {d.subject: d for d, _ in shop.decisions(run=run) if d.kind == "message"}


@pytest.fixture(scope="module")
def plain(shop: Workspace) -> dict[str, Decision]:
    return decided(shop)


def test_every_option_is_tried() -> None:
    assert {*READ_BY_CHOOSING, *READ_BY_THE_RUN} == set(Policy.__struct_fields__)


@pytest.mark.parametrize("option", READ_BY_THE_RUN)
def test_an_option_changes_what_the_run_answers(
    shop: Workspace, plain: dict[str, Decision], option: str
) -> None:
    """Not by the draw, which any change of the policy renews: by what the policy was given."""
    changed = decided(shop, READ_BY_THE_RUN[option])
    assert set(changed) == set(plain)

    def given(decisions: dict[str, Decision]) -> list[Any]:
        return [(d.inputs, d.constraints["send_us"]) for _, d in sorted(decisions.items())]

    assert given(changed) != given(plain)
    if option == "cap_days":
        more = [changed[k].inputs["contacts"] - plain[k].inputs["contacts"] for k in plain]
        assert min(more) >= 0 < max(more)
    if option == "selection_size":
        sizes = {len(c["items"]) for d in changed.values() for c in d.inputs["campaigns"].values()}
        assert max(sizes) == 2
    if option == "quiet":
        sent = [d[key].constraints["send_us"] for key in plain for d in (plain, changed)]
        assert {later - first for first, later in zip(sent[::2], sent[1::2], strict=True)} == {
            2 * HOUR_US
        }


def test_the_same_run_again_decides_the_same(shop: Workspace, plain: dict[str, Decision]) -> None:
    assert decided(shop) == plain


def test_weights_add_up_to_the_score_that_is_told(plain: dict[str, Decision]) -> None:
    assert len(plain) >= 5
    for decision in plain.values():
        told = {c.id: c.score for c in decision.candidates}
        shown = told[decision.candidates[0].id if decision.chosen == NOTHING else decision.chosen]
        assert abs(sum(reason.weight for reason in decision.reasons) - shown) < 1e-9


def test_a_decision_is_replayed_and_explained_by_the_change_that_turns_it(
    shop: Workspace, plain: dict[str, Decision]
) -> None:
    for decision in plain.values():
        assert shop.replay(decision.id).answer == "identical"
        assert shop.explain(decision.id).change


def test_nobody_is_decided_on_without_consent_to_it(
    shop: Workspace, plain: dict[str, Decision]
) -> None:
    from regie.govern.consent import allows
    from regie.workspace.sight import consents_by_key

    as_of_us = next(iter(plain.values())).at_us
    purposes = shop.rules.purposes()
    said = consents_by_key(shop, list(plain))
    for key, decision in plain.items():
        for name in ("profiling", "personalisation"):
            assert allows(said[key], purposes[name], as_of_us=as_of_us)
        if decision.chosen != NOTHING:
            assert allows(said[key], purposes["prospecting"], as_of_us=as_of_us)
