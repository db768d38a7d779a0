"""Fit, judge, keep and serve models: each run fits a version on what it may see.

A promotion is a Decision. A version is kept and not promoted unless its recipe, fitted a month ago,
beats both its plain baseline and the champion on the month since, the champion by more than noise;
the run then scores with the champion of that instant. A champion of less than a month has seen part
of that month, or promises nothing for it: it is not challenged yet.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from regie.learn import evaluate, metrics, promote
from regie.ports.models import Promotion
from regie.ports.tables import Session, sql_text
from regie.terms.decision import Decision
from regie.terms.instant import DAY_US, day_of
from regie.understand import affinity, response
from regie.workspace.records import Batch, decisions_of, record_batches
from regie.workspace.sealing import PROMISED, Sealing
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.workspace.run_state import RunState
    from regie.workspace.stores import Stores

RECIPES: dict[str, Any] = {"response": response, "affinity": affinity}
"""Model to the module that fits it; each has OPTIONS, fit, to_arrays and from_arrays."""

_JUDGED_ITEMS = 4


def version_ending(run: int) -> str:
    """How the name of every version that a run fits ends.

    Examples
    --------
    >>> version_ending(7)
    '-run7'
    """
    return f"-run{run}"


class Modelling:
    """The models of one workspace."""

    def __init__(self, workspace: Stores) -> None:
        self.workspace = workspace

    def judge(
        self, state: RunState
    ) -> tuple[dict[str, dict[str, float]], dict[str, promote.Contest]]:
        """Fit each recipe on what was known a month earlier, and set it beside that month.

        Returns
        -------
        tuple
            Figures by model, and its contest with the champion where that one is old enough.
        """
        session, then_us = state.session, state.as_of_us - response.HORIZON_DAYS * DAY_US
        habits = response.habits(session, then_us)
        scored = response.score(self._fitted("response", session, then_us), habits)
        outcomes = response.outcomes(session, scored.key, then_us)
        known, came = outcomes.known, outcomes.ordered[outcomes.known]
        judged, contests = {}, {}
        judged["response"] = evaluate.judge_probabilities(
            scored.p[known], scored.baseline_p[known], came
        )
        if champion := self._challenged("response", then_us, state.as_of_us):
            p = response.score(self._load("response", champion), habits).p[known]
            losses = metrics.log_losses(p, came), metrics.log_losses(scored.p[known], came)
            contests["response"] = promote.contest("response", champion, *losses)
        champion = self._challenged("affinity", then_us, state.as_of_us)
        serving = self._load("affinity", champion) if champion else None
        model = self._fitted("affinity", session, then_us)
        judged["affinity"], gains = _judge_affinity(
            session, model, then_us, state.as_of_us, serving
        )
        if champion:
            contests["affinity"] = promote.contest("affinity", champion, *gains)
        return judged, contests

    def _challenged(self, name: str, then_us: int, as_of_us: int) -> str | None:
        """The champion, where it served a month ago already: it has seen nothing of that month."""
        champion = self.workspace.models.champion(name, as_of_us)
        return champion if champion == self.workspace.models.champion(name, then_us) else None

    def serve(self, state: RunState, name: str) -> Any:
        """The model that scores this run: fitted, kept, and promoted if it deserves it.

        A replay names the version it used in `state.models`, and gets that one.
        """
        if name in state.models:
            return self._load(name, state.models[name])
        fitted = self._fitted(name, state.session, state.as_of_us)
        judged = state.judged.get(name, {})
        day = day_of(state.as_of_us, self.workspace.settings.zone)
        version = f"{day}{version_ending(state.run)}"
        against = state.contests.get(name)
        card = {
            **fitted.card,
            "judged": _numbers(judged),
            "contest": None if against is None else _numbers(msgspec.to_builtins(against)),
            "told": promote.told(name, judged, against),
        }
        self.workspace.models.save(name, version, RECIPES[name].to_arrays(fitted), card)
        champion = self.workspace.models.champion(name, state.as_of_us)
        if champion is not None:
            wins = promote.serves(name, judged, champion, against)
            if wins and self.workspace.rules.approvals().rules["champion"].approvals:
                state.winners = [*state.winners, (name, version)]
                wins = False  # it waits for somebody (`changes`)
            if not wins:
                state.models[name] = champion
                return self._load(name, champion)
        decision = promote.promotion(
            run=state.run,
            at_us=state.as_of_us,
            name=name,
            version=version,
            champion=champion,
            judged=judged,
            actor=promote.RULE,
            against=against,
        )
        promotion = Promotion(version, state.as_of_us, decision.id)
        state.promotions = [*state.promotions, (name, promotion, decision)]
        state.models[name] = version
        return fitted

    def promote(self, name: str, version: str, actor: str) -> Decision:
        """Let a version serve from now on: a person's decision, recorded and sealed as a run's."""
        workspace, models = self.workspace, self.workspace.models
        judged = models.load(name, version).card["judged"]
        history = models.history(name)
        decision = promote.promotion(
            run=0,
            # A clock may go back; the later promotion serves all the same.
            at_us=max(workspace.settings.now_us(), *(p.as_of_us for p in history), 0),
            name=name,
            version=version,
            champion=models.champion(name),
            judged={measure: value for measure, value in judged.items() if value is not None},
            actor=actor,
        )
        decision = msgspec.structs.replace(decision, id=f"{decision.id}-{wall_us()}")
        with workspace.tables.lease("decisions"), workspace.tables.session() as session:
            # Owed first: should this process end here, the next opening knows what to finish.
            workspace.state.owe(PROMISED, decision.id, b"")
            record_batches(workspace, session, [Batch("promotion", decision.id, [decision])])
            self.finish(decision.id)
        workspace.state.settled(PROMISED, decision.id)
        return decision

    def finish(self, decision_id: str) -> None:
        """Seal a promotion whose decision is recorded, and let its version serve."""
        with self.workspace.tables.session() as session:
            Sealing(self.workspace).seal_decision(session, decision_id)
            (decision,) = decisions_of(
                session.query("SELECT * FROM decisions WHERE id = $id", {"id": decision_id})
            )
        promotion = Promotion(decision.chosen, decision.at_us, decision.id)
        self.workspace.models.promote(decision.subject, promotion)

    def _fitted(self, name: str, session: Session, as_of_us: int) -> Any:
        recipe = RECIPES[name]
        options = self.workspace.rules.model_options(name, recipe.OPTIONS, RECIPES)
        return recipe.fit(session, as_of_us, options)

    def _load(self, name: str, version: str) -> Any:
        kept = self.workspace.models.load(name, version)
        return RECIPES[name].from_arrays(kept.arrays, kept.card)


def bought_between(session: Session, from_us: int, to_us: int) -> dict[str, set[str]]:
    """What each person of `people` bought in [from, to)."""
    found = session.query(
        sql_text("regie.workspace", "bought_between"), {"from_us": from_us, "to_us": to_us}
    )
    bought: dict[str, set[str]] = {}
    for key, item in zip(found["key"].tolist(), found["item"].tolist(), strict=True):
        bought.setdefault(key, set()).add(item)
    return bought


def _judge_affinity(
    session: Session,
    model: affinity.AffinityModel,
    then_us: int,
    as_of_us: int,
    champion: affinity.AffinityModel | None,
) -> tuple[dict[str, float], tuple[Any, Any]]:
    """Selections of a month ago beside what was then bought, `new` first: what a person can see.

    Returns
    -------
    tuple
        Figures, and each buyer's nDCG of new items by the champion and by the recipe.
    """
    bought = affinity.histories(session, model, then_us)
    sellable = affinity.allowed(model, model.items.tolist())
    later = bought_between(session, then_us, as_of_us)
    judged: dict[str, float] = {}
    gains: tuple[Any, Any] = (np.zeros(0), np.zeros(0))
    for selection in ("new", "favourites"):
        figures = evaluate.judge_items(
            _codes(model, affinity.score(model, bought, selection, sellable, _JUDGED_ITEMS)),
            _codes(model, affinity.baseline(model, bought, selection, sellable, _JUDGED_ITEMS)),
            affinity.wanted(model, bought, selection, later),
        )
        judged |= figures if selection == "new" else _prefixed(selection, figures)
    if champion is not None:
        wanted = affinity.wanted(model, bought, "new", later)
        gains = (
            evaluate.gains(_selected(session, champion, then_us, model), wanted),
            evaluate.gains(
                _codes(model, affinity.score(model, bought, "new", sellable, _JUDGED_ITEMS)), wanted
            ),
        )
    return judged, gains


def _selected(
    session: Session,
    champion: affinity.AffinityModel,
    then_us: int,
    newer: affinity.AffinityModel,
) -> list[list[str]]:
    """What the champion would have shown each person then, of items it and the newer one know."""
    bought = affinity.histories(session, champion, then_us)
    sellable = affinity.allowed(champion, newer.items.tolist())
    return _codes(champion, affinity.score(champion, bought, "new", sellable, _JUDGED_ITEMS))


def _prefixed(selection: str, figures: dict[str, float]) -> dict[str, float]:
    return {
        f"baseline_{selection}_{name.removeprefix('baseline_')}"
        if name.startswith("baseline_")
        else f"{selection}_{name}": value
        for name, value in figures.items()
    }


def _codes(model: affinity.AffinityModel, picked: affinity.Selections) -> list[list[str]]:
    return [
        [str(model.items[place]) for place in row if place != affinity.NOBODY]
        for row in picked.place_pk.tolist()
    ]


def _numbers(judged: dict[str, Any]) -> dict[str, Any]:
    """Figures as JSON has them: none for what is not defined."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in judged.items()
    }
