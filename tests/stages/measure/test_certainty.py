"""What may be said of a gain that few people show, and of a log that ends before it should."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from regie.measure import report
from regie.measure.judged import Scores, certainty
from regie.measure.report import happened
from regie.measure.report.figures import Reach
from regie.terms.document import Chart, Notice, Section
from tests.stages.measure.test_report_whole import FULL, JUDGED, SIZE, VOICE


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.001, 0.3, "better"), (0.0, 0.3, "noise"), (-0.1, 0.1, "noise"), (-0.3, 0.0, "noise"),
        (-0.3, -0.001, "worse"), (None, -0.1, "few"), (0.1, None, "few"), (None, None, "few"),
    ],
)  # fmt: skip
def test_a_gain_is_one_where_all_of_its_interval_is(
    low: float | None, high: float | None, said: str
) -> None:
    assert certainty({"hit_gain_low": low, "hit_gain_high": high}) == said


@pytest.mark.parametrize(
    ("bounds", "told"),
    [((0.011, 0.029), ("1.1", "2.9")), ((None, 0.029), ()), ((0.011, None), ())],
)
def test_the_bounds_are_told_where_both_are_known(
    bounds: tuple[float | None, float | None], told: tuple[str, ...]
) -> None:
    items: Scores = JUDGED.items | dict(zip(("hit_gain_low", "hit_gain_high"), bounds, strict=True))
    judged = msgspec.structs.replace(JUDGED, items=items)
    page = report.build(msgspec.structs.replace(FULL, judged=judged), "en")
    section = next(b for b in page.blocks if isinstance(b, Section) and b.anchor == "rightness")
    charts = [b for b in section.blocks if isinstance(b, Chart)]
    note = next(c for c in charts if c.title == VOICE.say("selections")).note
    assert note.startswith(
        f"{VOICE.say('selections_note', size=SIZE)} {VOICE.say(f'hits_{certainty(items)}')}"
    )
    assert all(bound in note for bound in told)
    assert ("1.1" in note or "2.9" in note) is bool(told)


def test_a_log_that_ends_early_is_said_to() -> None:
    reach = Reach(last=date(2011, 9, 1), looked=date(2011, 9, 9), late=True)
    assert reach.days == 7  # the 2nd to the 8th hold nothing; the 9th has not begun
    told = msgspec.structs.replace(FULL, reach=reach)
    (notice,) = happened.late(told, VOICE)
    assert isinstance(notice, Notice)
    assert notice.title == VOICE.say("late_title", last=reach.last)
    assert notice.text == VOICE.say("late", last=reach.last, looked=reach.looked, n=7)
    assert notice.kind == "warn" and notice in report.build(told, "en").blocks
    on_time = msgspec.structs.replace(told, reach=msgspec.structs.replace(reach, late=False))
    assert happened.late(on_time, VOICE) == []
    assert happened.section(on_time, VOICE).lead.endswith(VOICE.say("reach", last=reach.last))
    assert VOICE.say("reach", last=reach.last) not in happened.section(FULL, VOICE).lead
