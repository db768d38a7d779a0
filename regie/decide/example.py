"""One person, one campaign and a plain policy: what the examples of this stage begin with."""

from __future__ import annotations

from typing import Any

from regie.decide.eligibility import Quiet, Slate
from regie.decide.policy import Policy
from regie.decide.recorded import slate_of

INPUTS: dict[str, Any] = {
    "response": 0.4,
    "consent": True,
    "address": True,
    "contacts": 0,
    "campaigns": {
        "favourites": {
            "affinity": 0.5, "priority": 0.1, "cost": 50_000, "budget": 40_000, "dates": True,
            "audience": True, "selection": True,
        }
    },
}  # fmt: skip
"""What is known of the person: everything is open, and the budget does not pay one message."""

SLATE: Slate = slate_of("k", INPUTS)

POLICY = Policy(
    name="p",
    response_weight=0.5,
    affinity_weight=1.0,
    threshold=0.0,
    explore_share=0.0,
    holdout_share=0.0,
    cap_messages=2,
    cap_days=7,
    gone_days=60,
    selection_size=4,
    quiet=Quiet(),
)
"""Nobody is held out, nothing is explored."""
