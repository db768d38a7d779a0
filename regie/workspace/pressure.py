"""The cap on messages, asked once more where they are approved.

A run counts what was approved before it was made. Of runs that wait side by side none knows of the
others: only whoever approves the last of them can keep the cap.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from regie.decide.policy import Policy
from regie.ports.state import Run
from regie.ports.tables import sql_text
from regie.terms.instant import DAY_US

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

COUNTED = ("approved", "sent")
"""States of a message that count: what was taken back or rejected never leaves."""


def policy_of_run(run: Run) -> Policy:
    """The policy as it was in a run: the run's manifest keeps it."""
    return msgspec.convert(msgspec.json.decode(run.manifest)["policy"], Policy)


def over_cap(workspace: Stores, run: Run, put_up: Collection[str]) -> set[str]:
    """Decisions whose person would get more messages than the cap allows, were they approved.

    Counts as a run does: in the policy's rolling days before each message's time to leave, over
    all runs and campaigns whatever is approved or sent, and what other tools sent.

    Parameters
    ----------
    run : Run
        Whose policy says how many, in how many days.
    put_up : Collection[str]
        The decisions, at most one a person in a run: as many as the people.
    """
    asked = set(put_up)
    outbox = workspace.state.outbox_beside(sorted(asked))
    counted = np.array(
        [
            state in COUNTED or one in asked
            for one, state in zip(outbox["decision"], outbox["state"], strict=True)
        ],
        dtype=bool,
    )
    policy = policy_of_run(run)
    with workspace.tables.session() as session:
        session.register(
            "counted_messages",
            {
                "key": outbox["key"][counted],
                "decision": outbox["decision"][counted],
                "at_us": outbox["at_us"][counted].astype(np.int64),
            },
        )
        found = session.query(
            sql_text("regie.workspace", "over_cap"),
            {"cap_messages": policy.cap_messages, "cap_us": policy.cap_days * DAY_US},
        )
    return asked.intersection(found["decision"].tolist())
