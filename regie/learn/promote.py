"""Promote: which version of a model serves; the rule and the decision it becomes; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping

from regie.terms.decision import Candidate, Decision, Reason

MEASURES = {"response": ("log_loss", False), "affinity": ("ndcg", True)}
"""Model to the measure it is judged by, and whether more is better."""


def beats_baseline(name: str, judged: Mapping[str, float]) -> bool:
    """Whether a version may be promoted: better than its plain baseline on later days.

    A version that could not be judged (too little history) does not: it serves only where none
    does yet, and its card says so.

    Examples
    --------
    >>> beats_baseline("response", {"log_loss": 0.5, "baseline_log_loss": 0.6})
    True
    >>> beats_baseline("affinity", {"ndcg": 0.1, "baseline_ndcg": 0.2})
    False
    >>> beats_baseline("response", {})
    False
    """
    measure, more_is_better = MEASURES[name]
    value, baseline = judged.get(measure), judged.get(f"baseline_{measure}")
    if value is None or baseline is None or math.isnan(value) or math.isnan(baseline):
        return False
    return value > baseline if more_is_better else value < baseline


def promotion(
    *,
    run: int,
    at_us: int,
    name: str,
    version: str,
    champion: str | None,
    judged: Mapping[str, float],
    actor: str,
) -> Decision:
    """The decision that lets a version serve.

    Examples
    --------
    >>> d = promotion(run=1, at_us=0, name="response", version="v2", champion="v1",
    ...               judged={"log_loss": 0.5, "baseline_log_loss": 0.6}, actor="camille")
    >>> d.chosen, d.reasons[0].code, d.reasons[0].baseline
    ('v2', 'log_loss', 0.6)
    """
    measure = MEASURES.get(name, ("", False))[0]
    told = [c for c in judged if not c.startswith("baseline_") and not math.isnan(judged[c])]
    told.sort(key=lambda code: (code != measure, code))
    return Decision(
        id=f"promotion-{name}-{version}",
        kind="promotion",
        run=run,
        at_us=at_us,
        subject=name,
        policy="better than the plain baseline on later days",
        candidates=tuple(Candidate(v, 0.0, 0) for v in (version, champion) if v),
        chosen=version,
        propensity=1.0,
        reasons=tuple(
            Reason(c, float(judged[c]), float(judged.get(f"baseline_{c}", judged[c])), 0.0)
            for c in told
        ),
        inputs={"judged": {c: v for c, v in judged.items() if not math.isnan(v)}},
        seed=0,
        actor=actor,
    )
