"""What is put up for approval is what was decided, counted from the records themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from regie.terms.decision import taken
from regie.workspace import deciding, inbox
from regie.workspace.workspace import open_workspace


def test_a_proposal_tells_what_the_records_of_its_run_say(whole_shop: Path) -> None:
    with open_workspace(whole_shop) as shop:
        run = shop.runs()[-1].number
        found = [d for d, _ in deciding.find(shop, run=run, kind="message")]
        names = {d.campaign for d in found if d.campaign}
        held_out = 0
        for name in names:
            told = inbox.told(shop, run, name)
            meant = [d for d in found if d.campaign == name]
            p = np.array([d.inputs["probability"] for d in meant])
            assert (told.messages, told.cost_micros) == (
                len(meant), sum(taken(d).cost_micros for d in meant),
            )  # fmt: skip
            assert told.expected == pytest.approx(p.sum(), rel=1e-12)
            width = 1.959964 * np.sqrt((p * (1 - p)).sum())
            assert told.expected_high - told.expected == pytest.approx(width, rel=1e-9)
            best = max(meant, key=lambda d: (taken(d).score, d.id))
            assert taken(best).score == max(taken(d).score for d in meant if d.id in told.sample)
            without = [d for d in found if d.constraints["holdout"]]
            ids = [{c.id for c in d.candidates} for d in without]
            assert told.holdout == sum(name in one for one in ids)
            held_out += told.holdout
        assert held_out > 0, "a shop in which nobody is left without a message shows nothing"
