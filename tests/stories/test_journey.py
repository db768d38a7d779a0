"""The second shop: a grocer's households, its coupons as responses; a run, then the report."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from regie.measure.report.figures import ReportFigures
from regie.terms.document import MessagePreview, Section, Table
from regie.terms.errors import RuleError
from regie.workspace import open_workspace, reporting
from regie.workspace.deciding import find
from regie.workspace.demo import JOURNEY, make_demo_workspace
from regie.workspace.modelling import RECIPES
from regie.workspace.workspace import Workspace
from tests.support.workspaces import SHIPPED


@pytest.fixture(scope="module")
def grocer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("grocer")
    make_demo_workspace(folder, JOURNEY)
    with open_workspace(folder) as workspace:
        for name, mapping in JOURNEY.files:
            workspace.import_file(SHIPPED / JOURNEY.folder / name, mapping)
        workspace.run(JOURNEY.days[0])
        yield workspace


@pytest.fixture(scope="module")
def told(grocer: Workspace) -> ReportFigures:
    return reporting.gather(grocer, "en", examples=False)


def test_no_row_and_no_cent_is_lost(grocer: Workspace) -> None:
    went = {one.mapping: one for one in grocer.quality()}
    aisles = went["completejourney-aisles"]
    assert sum(aisles.lines.values()) == 73_163
    assert sum(aisles.value_micros.values()) == 233_935_240_000
    assert went["completejourney-redemptions"].lines == {"redeem": 2_102}


def test_a_likelier_order_is_a_likelier_coupon(told: ReportFigures) -> None:
    orders, coupons = told.judged.probabilities, told.judged.coupons
    assert 0.5 < (orders["rate"] or 0) < 0.75, "neither everybody nor nobody orders in 30 days"
    assert 0.02 < (coupons["rate"] or 0) < 0.15
    for judged in (orders, coupons):
        assert (judged["auc"] or 0) > (judged["baseline_auc"] or 1) + 0.05
        assert (judged["auc"] or 0) > 0.78


def test_an_option_of_a_model_stands_on_its_card(grocer: Workspace) -> None:
    [version] = grocer.models.versions("affinity")
    options = grocer.models.load("affinity", version).card["options"]
    assert options["new_popularity"] == 0.3
    assert options["neighbours"] == 100, "what is left out keeps the recipe's value"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[affinity]\nhalf_life = 3.0\n", 'affinity is with "half_life", expected one of basket_'),
        ("[response]\nsnapshots = 'many'\n", "response is Expected `int`"),
    ],
)
def test_a_wrong_option_is_named(grocer: Workspace, text: str, said: str) -> None:
    path = grocer.folder / "rules" / "models.toml"
    before = path.read_text("utf-8")
    try:
        path.write_text(text, "utf-8")
        with pytest.raises(RuleError, match=r"rules/models\.toml") as caught:
            name = text[1:].partition("]")[0]
            grocer.rules.model_options(name, RECIPES[name].OPTIONS, RECIPES)
        assert said in str(caught.value)
    finally:
        path.write_text(before, "utf-8")


def test_nothing_a_message_may_not_show_is_in_a_selection(grocer: Workspace) -> None:
    shown = {
        item
        for decision, _ in find(grocer)
        if decision.kind == "message"
        for facts in decision.inputs["campaigns"].values()
        for item in facts["items"]
    }
    assert len(shown) > 50
    assert "OTHER" not in shown


@pytest.mark.parametrize(("lang", "money"), [("en", "US$"), ("fr", "\u00a0$")])
def test_its_report_reads_as_the_first(grocer: Workspace, lang: str, money: str) -> None:
    page = reporting.build(grocer, lang)
    text = msgspec.json.encode(page).decode()
    assert len(page.tags) == 3, "simulated consent, languages, addresses"
    sections = [block for block in page.blocks if isinstance(block, Section)]
    inside = [block for section in sections for block in section.blocks]
    coupons = {"en": "And who redeemed a coupon?", "fr": "Et qui a utilisé un bon\u202f?"}[lang]
    assert coupons in [block.title for block in inside if isinstance(block, Table)]
    messages = [block for block in inside if isinstance(block, MessagePreview)]
    assert len(messages) == 3
    assert all(money in message.html for message in messages)
    assert "unknown country" not in text
    assert "pays inconnu" not in text
