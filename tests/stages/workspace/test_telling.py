"""A decision told in sentences: its own figures, both languages, a change that was seen to work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from regie.terms.decision import NOTHING, Decision
from regie.terms.document import LANGS
from regie.words import formats
from regie.workspace import open_workspace
from regie.workspace.deciding import explain, find
from regie.workspace.telling import TOLD, campaign_titles, parts, tell
from regie.workspace.workspace import Workspace


@pytest.fixture(scope="module")
def shop(whole_shop: Path) -> Iterator[Workspace]:
    with open_workspace(whole_shop) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def decisions(shop: Workspace) -> list[Decision]:
    return [decision for decision, _ in find(shop)]


def test_every_decision_can_be_told_in_both_languages(
    shop: Workspace, decisions: list[Decision]
) -> None:
    for decision in decisions[::3]:
        told = explain(shop, decision)
        english, french = (tell(shop, told, lang, {}) for lang in LANGS)
        assert len(english) == len(french) > 1
        assert not set(english) & set(french)


def test_the_sentences_hold_the_decisions_own_figures(
    shop: Workspace, decisions: list[Decision]
) -> None:
    written = next(d for d in decisions if d.kind == "message" and d.chosen != NOTHING)
    said = " ".join(tell(shop, explain(shop, written), "en"))
    assert formats.day("2011-09-09", "en") in said
    assert f"“{campaign_titles(shop, 'en')[written.chosen]}”" in said
    assert formats.share(written.inputs["probability"], "en", digits=0) in said
    strongest = written.reasons[0]
    assert formats.number(strongest.weight, "en", digits=2, signed=True) in said


def test_a_silence_says_what_stood_against_it(shop: Workspace, decisions: list[Decision]) -> None:
    held = next(d for d in decisions if d.kind == "message" and d.constraints["holdout"])
    said = " ".join(tell(shop, explain(shop, held), "fr", {}))
    assert "a choisi de ne pas écrire" in said
    assert "groupe témoin" in said


def test_parts_add_up_to_the_score(shop: Workspace, decisions: list[Decision]) -> None:
    for decision in [d for d in decisions if d.kind == "message"][:50]:
        told = parts(shop, explain(shop, decision), "en")
        assert sum(points for _, points in told) == pytest.approx(decision.candidates[0].score) or (
            decision.chosen not in (NOTHING, decision.candidates[0].id)
        )


def test_a_promotion_is_told_with_its_measure(shop: Workspace, decisions: list[Decision]) -> None:
    promoted = next(d for d in decisions if d.kind == "promotion")
    said = " ".join(tell(shop, explain(shop, promoted), "en"))
    assert promoted.chosen in said
    assert promoted.subject in said


def test_only_what_is_asked_for_is_told(shop: Workspace, decisions: list[Decision]) -> None:
    decision = next(d for d in decisions if d.kind == "message")
    told = explain(shop, decision)
    whole = tell(shop, told, "en", {})
    assert [s for name in TOLD for s in tell(shop, told, "en", {}, (name,))] == whole
