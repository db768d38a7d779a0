"""What a run knows, from step to step; a record, beside the steps that fill it in."""

from __future__ import annotations

from typing import Any

import msgspec

from regie.decide import eligibility, recorded
from regie.decide import policy as policies
from regie.ports.tables import Columns
from regie.terms.campaign import Campaign
from regie.terms.consent import Consent, Purpose
from regie.terms.decision import Decision
from regie.understand import affinity, audience
from regie.workspace.settings import Rules


class RunState(msgspec.Struct, kw_only=True):
    """What a run knows so far; each step fills in its part.

    Parameters
    ----------
    rows_in, rows_out, dropped
        What the step that just ran took, gave and dropped.
    rules
        Those the run goes by: as they stood when it began, or, in a replay, when it was.
    scales, cutoffs
        What people share, and so is kept in the manifest: what affinity is compared with, by
        selection; the least score each campaign's budget reaches. A replay is given them, so that
        whoever left since takes out their own decision and moves nobody else's.
    winners
        Models and versions that won their test and wait for somebody to let them serve.
    """

    workspace: Any
    rules: Rules
    session: Any
    run: int
    as_of_us: int
    policy: policies.Policy
    purposes: dict[str, Purpose]
    campaigns: tuple[Campaign, ...]
    rows_in: int = 0
    rows_out: int = 0
    dropped: dict[str, int] = {}
    consents: dict[str, list[Consent]] = {}
    open_keys: dict[str, list[str]] = {}
    items: Columns = {}
    segments: tuple[audience.Segment, ...] = ()
    people: audience.People | None = None
    members_ps: Any = None
    affinity_model: Any = None
    response_model: Any = None
    models: dict[str, str] = {}
    scores: Any = None
    response_parts: list[tuple[Any, ...]] = []
    bought: Any = None
    picks: dict[str, affinity.Selections] = {}
    scales: dict[str, affinity.Scale] = {}
    cutoffs: dict[str, float | None] | None = None
    judged: dict[str, dict[str, Any]] = {}
    contests: dict[str, Any] = {}
    promotions: list[tuple[str, Any, Decision]] = []
    winners: list[tuple[str, str]] = []
    slate: eligibility.Slate | None = None
    choices: policies.Choices | None = None
    facts: recorded.RunFacts | None = None
    persons: list[recorded.PersonFacts] = []
    decisions: list[Decision] = []
