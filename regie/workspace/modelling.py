"""Fit, judge, keep and serve models: each run fits a version on what it may see.

A promotion is a Decision. A version whose recipe does not beat its plain baseline on the last month
is kept and not promoted; the run then scores with the champion of that instant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from regie.learn import evaluate, promote
from regie.ports.models import Promotion
from regie.ports.tables import Session, sql_text
from regie.terms.instant import DAY_US, day_of
from regie.understand import affinity, response

if TYPE_CHECKING:
    from regie.workspace.run_state import RunState
    from regie.workspace.stores import Stores

_JUDGED_ITEMS = 4


class Modelling:
    """The models of one workspace."""

    def __init__(self, workspace: Stores) -> None:
        self.workspace = workspace

    def judge(self, state: RunState) -> dict[str, dict[str, float]]:
        """Fit each recipe on what was known a month earlier, and set it beside that month."""
        session, then_us = state.session, state.as_of_us - response.HORIZON_DAYS * DAY_US
        scored = response.score(response.fit(session, then_us), response.habits(session, then_us))
        outcomes = response.outcomes(session, scored.key, then_us)
        known = outcomes.known
        return {
            "response": evaluate.judge_probabilities(
                scored.p[known], scored.baseline_p[known], outcomes.ordered[known]
            ),
            "affinity": _judge_affinity(session, then_us, state.as_of_us),
        }

    def response(self, state: RunState) -> response.ResponseModel:
        """The response model that scores this run."""
        if "response" in state.models:
            return self._load(state.models, "response", response.from_arrays)
        fitted = response.fit(state.session, state.as_of_us)
        return self._serve(
            state, "response", fitted, response.to_arrays(fitted), response.from_arrays
        )

    def affinity(self, state: RunState) -> affinity.AffinityModel:
        """The affinity model that scores this run."""
        if "affinity" in state.models:
            return self._load(state.models, "affinity", affinity.from_arrays)
        fitted = affinity.fit(state.session, state.as_of_us)
        return self._serve(
            state, "affinity", fitted, affinity.to_arrays(fitted), affinity.from_arrays
        )

    def _load(self, served: dict[str, str], name: str, restored: Callable[[Any, Any], Any]) -> Any:
        kept = self.workspace.models.load(name, served[name])
        return restored(kept.arrays, kept.card)

    def _serve(
        self,
        state: RunState,
        name: str,
        fitted: Any,
        arrays: dict[str, Any],
        restored: Callable[[Any, Any], Any],
    ) -> Any:
        """Keep the fitted version; promote it or not; the model that serves."""
        models, judged = self.workspace.models, state.judged.get(name, {})
        day = day_of(state.as_of_us, self.workspace.settings.zone).isoformat()
        version = f"{day}-run{state.run}"
        models.save(name, version, arrays, {**fitted.card, "judged": _numbers(judged)})
        champion = models.champion(name, state.as_of_us)
        if champion is not None and not promote.beats_baseline(name, judged):
            state.models[name] = champion
            return self._load(state.models, name, restored)
        decision = promote.promotion(
            run=state.run,
            at_us=state.as_of_us,
            name=name,
            version=version,
            champion=champion,
            judged=judged,
            actor="rule better-than-baseline",
        )
        promotion = Promotion(version, state.as_of_us, decision.id)
        state.promotions = [*state.promotions, (name, promotion, decision)]
        state.models[name] = version
        return fitted


def bought_between(session: Session, from_us: int, to_us: int) -> dict[str, set[str]]:
    """What each person of `people` bought in [from, to)."""
    found = session.query(
        sql_text("regie.workspace", "bought_between"), {"from_us": from_us, "to_us": to_us}
    )
    bought: dict[str, set[str]] = {}
    for key, item in zip(found["key"].tolist(), found["item"].tolist(), strict=True):
        bought.setdefault(key, set()).add(item)
    return bought


def _judge_affinity(session: Session, then_us: int, as_of_us: int) -> dict[str, float]:
    """Selections of a month ago beside what was then bought, `new` first: what a person can see."""
    model = affinity.fit(session, then_us)
    bought = affinity.histories(session, model, then_us)
    sellable = affinity.allowed(model, model.items.tolist())
    later = bought_between(session, then_us, as_of_us)
    judged: dict[str, float] = {}
    for selection in ("new", "favourites"):
        figures = evaluate.judge_items(
            _codes(model, affinity.score(model, bought, selection, sellable, _JUDGED_ITEMS)),
            _codes(model, affinity.baseline(model, bought, selection, sellable, _JUDGED_ITEMS)),
            affinity.wanted(model, bought, selection, later),
        )
        judged |= figures if selection == "new" else _prefixed(selection, figures)
    return judged


def _prefixed(selection: str, figures: dict[str, float]) -> dict[str, float]:
    return {
        f"baseline_{selection}_{name.removeprefix('baseline_')}"
        if name.startswith("baseline_")
        else f"{selection}_{name}": value
        for name, value in figures.items()
    }


def _codes(model: affinity.AffinityModel, picked: affinity.Selections) -> list[list[str]]:
    items = np.append(model.items.astype(object), None)  # NOBODY is -1: the last place
    return [[code for code in row if code] for row in items[picked.place_pk].tolist()]


def _numbers(judged: dict[str, float]) -> dict[str, float | None]:
    return {name: value if value == value else None for name, value in judged.items()}
