"""Every earlier prediction meets what happened; reads tables and models, writes nothing.

For each published run whose 30 days are over: the probabilities its decisions recorded, beside
what each person then did; the items it would have shown, beside what each person then bought; its
segments, beside who then ordered. Only people who may be read today are counted, whatever the
run's instant allowed.

Why the baseline is computed again and not recorded: it takes the version that the run fitted and
the habits as they were, both kept; a decision would carry one more number per person that no choice
ever used. Its rates are those of the run's own day, even where an older version scored: a plain
rule grown stale would flatter us. Items are judged for campaigns of new items alone: favourites and
best sellers are what popularity already offers.

Each run is judged by the rules it went by, which it kept: policy, campaigns, segments. By those of
today, a message made shorter would change what was measured of messages that were longer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from regie.decide.policy import Policy
from regie.govern import consent
from regie.learn import evaluate, metrics
from regie.measure.judged import (
    Judged,
    RunJudged,
    Scores,
    SegmentJudged,
    SumJudged,
    share_bounds,
)
from regie.ports.tables import Session, sql_text
from regie.terms.decision import Decision
from regie.terms.document import CalibrationPoint
from regie.terms.instant import DAY_US
from regie.understand import affinity, audience, response
from regie.workspace import sight
from regie.workspace.approving import run_of
from regie.workspace.modelling import RECIPES, bought_between, version_ending
from regie.workspace.pressure import policy_of_run
from regie.workspace.writing import rules_of

if TYPE_CHECKING:
    from regie.workspace.settings import Rules
    from regie.workspace.stores import Stores

SELECTION = "new"
"""The kind of selection whose items are judged."""


class _Met(msgspec.Struct, kw_only=True):
    """One run's predictions and outcomes, person by person."""

    run: RunJudged
    rules: Rules
    policy: Policy
    p: Any
    baseline_p: Any
    came: Any
    redeemed: Any
    picked: list[list[str]]
    popular: list[list[str]]
    wanted: list[set[str]]
    buyers: list[str]


def judge(workspace: Stores, decisions: Sequence[Decision]) -> Judged:
    """Set every published run beside what happened.

    Parameters
    ----------
    decisions : Sequence[Decision]
        Of the published runs; those that are no messages are left aside.
    """
    by_run: dict[int, list[Decision]] = {}
    for decision in decisions:
        if decision.kind == "message":
            by_run.setdefault(decision.run, []).append(decision)
    if not by_run:
        return Judged()
    now_us = workspace.settings.now_us()
    with workspace.tables.session() as session:
        sight.see(workspace, session, now_us)
        sight.see_people(workspace, session)
        session.execute(sql_text("regie.workspace", "traits"))
        newest_us = int(session.query(sql_text("regie.workspace", "newest_order"))["newest_us"][0])
        met = [
            _meet(workspace, session, by_run[run], min(now_us, newest_us + DAY_US))
            for run in sorted(by_run, key=lambda number: (by_run[number][0].at_us, number))
        ]
    known = [one for one in met if one.run.known]
    return Judged(
        runs=tuple(one.run for one in met),
        probabilities=_probabilities(known),
        bins=_bins(known),
        items=_items(known),
        coupons=_coupons(known),
    )


def went_by(workspace: Stores, run: int) -> tuple[Rules, Policy]:
    """The rules and the policy that a run went by, which it kept."""
    policy = policy_of_run(run_of(workspace, run))
    return rules_of(workspace, run), policy


def _meet(
    workspace: Stores, session: Session, decisions: Sequence[Decision], until_us: int
) -> _Met:
    as_of_us = decisions[0].at_us
    profiling = workspace.rules.purposes()["profiling"]
    open_keys = consent.open_keys(session, profiling, as_of_us=as_of_us)
    session.register("people", {"key": np.array(open_keys, dtype=object)})
    by_key = {decision.subject: decision for decision in decisions}
    counted = [key for key in open_keys if key in by_key]
    known = as_of_us + response.HORIZON_DAYS * DAY_US <= until_us and bool(counted)
    versions = decisions[0].versions
    rules, policy = went_by(workspace, decisions[0].run)
    judged = RunJudged(
        run=decisions[0].run,
        as_of_us=as_of_us,
        known=known,
        decided=len(decisions),
        left_out=len(decisions) - len(counted),
        probabilities={},
        bins=(),
        items={},
        segments=_segments(rules.segments(), session, as_of_us, known),
        models={name: v for name, v in versions.items() if name != "template"},
    )
    if not known:
        nobody = np.array([])
        return _Met(
            run=judged, rules=rules, policy=policy, p=nobody, baseline_p=nobody, came=nobody,
            redeemed=nobody, picked=[], popular=[], wanted=[], buyers=[],
        )  # fmt: skip
    met = _Met(
        run=judged,
        rules=rules,
        policy=policy,
        p=np.array([by_key[key].inputs["probability"] for key in counted]),
        baseline_p=_baseline(workspace, session, counted, judged),
        came=_did(session, counted, as_of_us, "order"),
        redeemed=_did(session, counted, as_of_us, "redeem"),
        picked=[],
        popular=[],
        wanted=[],
        buyers=[],
    )
    _meet_items(workspace, session, by_key, met)
    met.run = msgspec.structs.replace(
        judged,
        probabilities=_probabilities([met]),
        bins=_bins([met]),
        items=_items([met]),
        coupons=_coupons([met]),
        sums=_sums([by_key[key] for key in counted], met),
    )
    return met


def _sums(decisions: Sequence[Decision], met: _Met) -> tuple[SumJudged, ...]:
    """Of each campaign that was chosen: the sum that was foreseen, and the one that came."""
    chosen = np.array([one.campaign or "" for one in decisions], dtype=object)
    sums = []
    for name in sorted({*chosen.tolist()} - {""}):
        p, came = met.p[chosen == name], met.came[chosen == name]
        sums.append(
            SumJudged(
                campaign=name,
                people=len(p),
                expected=math.fsum(p),
                variance=math.fsum(p * (1 - p)),
                came=int(came.sum()),
            )
        )
    return tuple(sums)


def _baseline(workspace: Stores, session: Session, counted: Sequence[str], run: RunJudged) -> Any:
    model = _fitted_then(workspace, run, "response")
    scored = response.score(model, response.habits(session, run.as_of_us))
    by_key = dict(zip(scored.key.tolist(), scored.baseline_p.tolist(), strict=True))
    return np.array([by_key[key] for key in counted])


def _did(session: Session, counted: Sequence[str], as_of_us: int, kind: str) -> Any:
    keys = np.array(counted, dtype=object)
    return response.outcomes(session, keys, as_of_us, kind=kind).ordered


def _meet_items(
    workspace: Stores, session: Session, by_key: Mapping[str, Decision], met: _Met
) -> None:
    """Fill in each person's recorded items, popularity's under the same rule, and what came."""
    found, _ = met.rules.campaigns_read()
    campaigns = [c.name for c in found if c.selection == SELECTION]
    offered = next(iter(by_key.values())).inputs["campaigns"]
    name = next((c for c in campaigns if c in offered), None)
    if name is None:
        return
    as_of_us, policy = met.run.as_of_us, met.policy
    later = bought_between(session, as_of_us, as_of_us + response.HORIZON_DAYS * DAY_US)
    # Who bought nothing afterwards says nothing about any item.
    buyers = sorted(key for key in later if key in by_key)
    session.register("people", {"key": np.array(buyers, dtype=object)})
    model = _fitted_then(workspace, met.run, "affinity")
    bought = affinity.histories(session, model, as_of_us)
    still_sold = session.query(
        sql_text("regie.workspace", "sold_between"),
        {"from_us": as_of_us - policy.gone_days * DAY_US, "to_us": as_of_us},
    )
    allowed_i = affinity.allowed(model, still_sold["item"].tolist())
    popular = affinity.baseline(model, bought, SELECTION, allowed_i, policy.selection_size)
    items: Any = np.append(model.items.astype(object), [None])  # NOBODY is -1: the last place
    for key, codes, wanted in zip(
        bought.key.tolist(),
        items[popular.place_pk].tolist(),
        affinity.wanted(model, bought, SELECTION, later),
        strict=True,
    ):
        met.picked.append(list(by_key[key].inputs["campaigns"][name]["items"]))
        met.popular.append([code for code in codes if code])
        met.wanted.append(wanted)
        met.buyers.append(key)


def _fitted_then(workspace: Stores, run: RunJudged, name: str) -> Any:
    """The version that the run itself fitted, served or not: the plain rule as of its own day."""
    versions = workspace.models.versions(name)
    own = next((v for v in versions if v.endswith(version_ending(run.run))), run.models[name])
    kept = workspace.models.load(name, own)
    return RECIPES[name].from_arrays(kept.arrays, kept.card)


def _segments(
    segments: Sequence[audience.Segment], session: Session, as_of_us: int, known: bool
) -> tuple[SegmentJudged, ...]:
    people = audience.measure(session, [], segments, as_of_us)
    member_ps = audience.score_segments(people, segments)
    shares: Any = [None] * len(segments)
    if known:
        came = response.outcomes(session, people.key, as_of_us)
        shares = audience.responses(member_ps, came.ordered, came.known).tolist()
    return tuple(
        SegmentJudged(
            name=did.name,
            persons=did.persons,
            buyers=did.buyers,
            orders=did.orders,
            value_micros=did.value_micros,
            response=_defined(share),
        )
        for did, share in zip(
            audience.performance(people, member_ps, segments), shares, strict=True
        )
    )


def _probabilities(met: Sequence[_Met]) -> Scores:
    if not met:
        return {}
    p, baseline_p, came = _together(met, "p", "baseline_p", "came")
    return _all_defined(evaluate.judge_probabilities(p, baseline_p, came))


def _coupons(met: Sequence[_Met]) -> Scores:
    """Whether a likelier order also meant a likelier coupon; nothing where no coupon ever was."""
    if not any(one.redeemed.any() for one in met):
        return {}
    p, baseline_p, redeemed = _together(met, "p", "baseline_p", "redeemed")
    judged = {
        "people": len(p),
        "rate": float(redeemed.mean()),
        "auc": metrics.auc(p, redeemed),
        "baseline_auc": metrics.auc(baseline_p, redeemed),
    }
    return _all_defined(judged)


def _together(met: Sequence[_Met], *names: str) -> list[Any]:
    return [np.concatenate([getattr(one, name) for one in met]) for name in names]


def _bins(met: Sequence[_Met]) -> tuple[CalibrationPoint, ...]:
    if not met:
        return ()
    p = np.concatenate([one.p for one in met])
    bins = metrics.calibration_bins(p, np.concatenate([one.came for one in met]))
    return tuple(
        CalibrationPoint(b.predicted, b.observed, b.people, *share_bounds(b.observed, b.people))
        for b in bins
    )


def _items(met: Sequence[_Met]) -> Scores:
    picked = [items for one in met for items in one.picked]
    if not picked:
        return {}
    popular = [items for one in met for items in one.popular]
    wanted = [items for one in met for items in one.wanted]
    buyers = [key for one in met for key in one.buyers]
    judged = evaluate.judge_items(picked, popular, wanted)
    sizes = [one.policy.selection_size for one in met if one.picked]
    told = {"size_least": min(sizes), "size_most": max(sizes)}
    gain = evaluate.hit_gain(picked, popular, wanted, buyers)
    return _all_defined(judged | gain | told)


def _all_defined(judged: Mapping[str, float]) -> Scores:
    return {name: _defined(value) for name, value in judged.items()}


def _defined(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value
