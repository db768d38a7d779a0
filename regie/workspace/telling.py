"""An explanation told in sentences: what was chosen, why, what else, what would change it.

Reads the names that a decision does not carry (campaigns, purposes, items). Every figure told is
one of the decision's own.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from regie.govern.explain import Change, Explanation
from regie.ports.tables import Columns
from regie.terms.consent import SIMULATED
from regie.terms.decision import NOTHING, Decision, Reason
from regie.terms.instant import day_of
from regie.terms.money import MICROS, Money
from regie.words import formats
from regie.words.sentences import say, theme_sentences
from regie.workspace import approving
from regie.workspace.writing import items_named

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

TOLD = ("chosen", "score", "alternatives", "draw", "change", "basis")
"""What is told of a decision, in reading order."""
STRONGEST = 4
"""So many reasons are told one by one; the others in one sum."""
_LEAST_POINTS = 0.05
"""A reason below is too weak to be told by itself."""
_DAYS = ("days_before_rhythm", "days_past_rhythm", "tenure_days")
_COUNTS = ("orders_90", "order_days", "distinct_items")
_SUITS = ((2.0, "far_better"), (1.0, "better"), (0.0, "rather"), (-1.0, "less"), (-math.inf, "ill"))
"""How well a selection suits somebody, by points of affinity: half of everybody lie within one."""


def tell(
    workspace: Stores,
    explanation: Explanation,
    lang: str,
    items: Mapping[str, str] | None = None,
    told: Sequence[str] = TOLD,
) -> list[str]:
    """A decision as sentences, in reading order.

    Parameters
    ----------
    explanation : Explanation
        From `workspace.deciding.explain`.
    lang : str
        `en` or `fr`.
    items : Mapping[str, str] or None
        Item to its name; looked up in the catalogue of that day where not given.
    told : Sequence[str]
        Which of `TOLD`; `parts` gives the score's parts as figures instead.
    """
    decision = explanation.decision
    if decision.kind == "promotion":
        return _told_promotion(workspace, decision, lang)
    if items is None:
        items = item_names(workspace, decision.at_us, items_named([decision]))
    teller = _Teller(workspace, explanation, lang, items)
    sentences = {
        "chosen": teller.chosen,
        "score": teller.score,
        "alternatives": teller.alternatives,
        "draw": teller.draw,
        "change": teller.change,
        "basis": teller.basis,
    }
    return [sentence for name in TOLD if name in told for sentence in sentences[name]()]


def stands(workspace: Stores, decision: Decision, state: str, lang: str) -> list[str]:
    """What was done about a decision, and until when that can be undone."""
    if f"stands_{state}" not in theme_sentences("explain"):
        return []
    until = approving.until(workspace, state, decision.at_us, lang)
    return [say(f"explain.stands_{state}", lang, until=until)]


def parts(workspace: Stores, explanation: Explanation, lang: str) -> list[tuple[str, float]]:
    """The score's strongest parts and the rest, as words and points; they add up to the score."""
    currency, reasons = workspace.settings.currency, explanation.reasons
    strong = [reason for reason in reasons[:STRONGEST] if abs(reason.weight) >= _LEAST_POINTS]
    told = [(told_reason(reason, lang, currency), reason.weight) for reason in strong]
    rest = sum(reason.weight for reason in reasons[len(strong) :])
    told.append((say("explain.rest_part", lang), rest))
    return [(f"{words[:1].upper()}{words[1:]}", weight) for words, weight in told]


def item_names(
    workspace: Stores, as_of_us: int, items: Collection[str] | None = None
) -> dict[str, str]:
    """Names of some items, or of every one, in the catalogue of an instant."""
    from regie.collect import catalogue
    from regie.workspace import sight

    with workspace.tables.session() as session:
        if items is not None:
            return names_in(sight.catalogue_of(workspace, session, as_of_us, items))
        sight.see(workspace, session, as_of_us)
        return names_in(catalogue.settle(session))


def names_in(items: Columns) -> dict[str, str]:
    """Every item's name in a catalogue, set as a message sets it.

    Examples
    --------
    >>> import numpy as np
    >>> names_in({"item": np.array(["A"]), "description": np.array(["PARTY BUNTING"])})
    {'A': 'Party bunting'}
    """
    from regie.deliver.mail import tidy_description

    pairs = zip(items["item"].tolist(), items["description"].tolist(), strict=True)
    return {str(item): tidy_description(str(description)) for item, description in pairs}


def opened_by(decision: Decision, lang: str) -> str:
    """The command that tells a decision again; by its whole id, so that an erasure finds it.

    Examples
    --------
    >>> d = Decision(id="d1", kind="message", run=1, at_us=0, subject="k", policy="p",
    ...              chosen="nothing", propensity=1.0, seed=1, actor="policy")
    >>> opened_by(d, "en")
    'Opened by `regie explain d1`.'
    """
    return say("explain.opened_by", lang, id=decision.id)


def campaign_titles(workspace: Stores, lang: str) -> dict[str, str]:
    """Campaign to its title; doing nothing has one too."""
    found, _ = workspace.rules.campaigns_read()  # one that is broken keeps nobody from the others
    titles = {c.name: c.title.get(lang, c.name) for c in found}
    return {**titles, NOTHING: say("explain.nothing", lang)}


def told_reason(reason: Reason, lang: str, currency: str) -> str:
    """One reason as a clause with its figures.

    Examples
    --------
    >>> told_reason(Reason("orders_90", 1.0, 1.4705, -0.1), "en", "GBP")
    'one order in the last 90 days (typical: 1.5)'
    >>> told_reason(Reason("value_per_order", 157.92, 416.63, 0.1), "en", "GBP")
    'spends £158 an order (typical: £417)'
    >>> told_reason(Reason("returned_share", 0.0, 0.02, 0.1), "en", "GBP")
    'has returned nothing'
    >>> told_reason(Reason("affinity", 2.3, 0.0, 1.4), "en", "GBP")
    'the selection suits them far better than it suits most people'
    """
    value: Any = reason.value
    baseline: Any = reason.baseline
    if reason.code in _DAYS or reason.code in _COUNTS:
        value = round(value)
    if reason.code in _DAYS or reason.code == "distinct_items":
        baseline = round(baseline)
    if reason.code == "value_per_order":
        value, baseline = (Money(round(v * MICROS), currency) for v in (value, baseline))
    code = f"reason_{reason.code}"
    if reason.code == "affinity":
        code = f"{code}_{next(band for least, band in _SUITS if value >= least)}"
    if not value and f"{code}_none" in theme_sentences("explain"):
        code = f"{code}_none"
    return say(f"explain.{code}", lang, value=value, baseline=baseline)


def points(value: float, lang: str) -> str:
    """Points of a score: two decimals, a sign, and the word.

    Examples
    --------
    >>> points(0.5, "en"), points(0.5, "fr")
    ('+0.50 points', '+0,50 point')
    """
    figure = formats.number(float(value), lang, digits=2, signed=True)
    return say("explain.points", lang, figure=figure, n=abs(round(value, 2)))


class _Teller:
    """One explanation in one language."""

    def __init__(
        self, workspace: Stores, explanation: Explanation, lang: str, items: Mapping[str, str]
    ) -> None:
        self.told, self.decision, self.lang = explanation, explanation.decision, lang
        self.settings, self.purposes = workspace.settings, workspace.rules.purposes()
        self.titles, self.items = campaign_titles(workspace, lang), items

    def say(self, name: str, **values: Any) -> str:
        return say(f"explain.{name}", self.lang, **values)

    def title(self, campaign: str) -> str:
        return self.titles.get(campaign, campaign)

    def chosen(self) -> list[str]:
        day = day_of(self.decision.at_us, self.settings.zone)
        inputs = self.decision.inputs
        if self.told.chosen == NOTHING:
            sentences = [self.say("chosen_nothing", day=day)]
        else:
            sentences = [
                self.say("chosen_message", day=day, campaign=self.title(self.told.chosen)),
                self.say("items", items=self._names(inputs, self.told.chosen)),
            ]
        return [*sentences, self.say("probability", p=inputs["probability"])]

    def _listed(self, clauses: Sequence[str]) -> str:
        return reduce(lambda first, last: self.say("list", first=first, last=last), clauses)

    def _names(self, inputs: Mapping[str, Any], campaign: str) -> str:
        codes = inputs["campaigns"][campaign]["items"]
        names = [self.items.get(code, code) for code in codes]
        return ", ".join(names) or self.say("nothing")

    def score(self) -> list[str]:
        """The score that the reasons add up to, and the strongest of them."""
        reasons = self.told.reasons
        if not reasons:
            return []
        total = points(sum(reason.weight for reason in reasons), self.lang)
        if self.told.chosen == NOTHING:
            best = self.decision.candidates[0].id
            opening = self.say("closest", campaign=self.title(best), score=total)
        else:
            opening = self.say("score", score=total)
        strong = [r for r in reasons[:STRONGEST] if abs(r.weight) >= _LEAST_POINTS]
        told = [
            self.say(
                "for" if reason.weight > 0 else "against",
                points=points(reason.weight, self.lang),
                reason=told_reason(reason, self.lang, self.settings.currency),
            )
            for reason in strong
        ]
        rest = sum(reason.weight for reason in reasons[len(strong) :])
        return [opening, *told, self.say("rest", points=points(rest, self.lang))]

    def alternatives(self) -> list[str]:
        """What else could have been, and why it was not."""
        excluded = [self.say(f"excluded_{why}", n=n) for why, n in self.told.excluded.items()]
        if self.told.chosen == NOTHING:
            if excluded:
                return [self.say("why_not", reasons=self._listed(excluded))]
            return [] if self.decision.constraints["explored"] else [self.say("why_not_score")]
        open_count = len(self.told.alternatives) - sum(self.told.excluded.values())
        ranked = sorted(self.told.alternatives.items(), key=lambda pair: (-pair[1], pair[0]))
        others = [
            self.say("alternative", campaign=self.title(name), points=points(score, self.lang))
            for name, score in ranked
            if open_count > 0 and self._allowed(name)
        ]
        left = [self.say("why_not_others", reasons=self._listed(excluded))] if excluded else []
        return [*others, *left]

    def _allowed(self, campaign: str) -> bool:
        """Whether nothing of what was given stood against a campaign but its score."""
        facts = self.decision.inputs["campaigns"][campaign]
        cutoff = self.decision.constraints["cutoffs"].get(campaign)
        score = self.told.alternatives[campaign]
        within = cutoff is None or score >= cutoff
        return bool(facts["dates"] and facts["audience"] and facts["selection"] and within)

    def draw(self) -> list[str]:
        p = self.decision.propensity
        if self.decision.constraints["explored"]:
            return [self.say("explored", p=p)]
        return [self.say("propensity", p=p)] if p < 1 else []

    def change(self) -> list[str]:
        changes = self.told.change
        if not changes:
            return [self.say("change_none")]
        told = [self._changed(change) for change in changes]
        joined = told[-1]
        if told[:-1]:
            joined = self.say("and", first=", ".join(told[:-1]), last=told[-1])
        return [self.say("change", changes=joined, chosen=self._quoted(changes[-1].chosen))]

    def _changed(self, change: Change) -> str:
        values = dict(change.values)
        if "campaign" in values:
            values["campaign"] = self.title(values["campaign"])
        if "reason" in values:
            values["habit"] = self.say(f"habit_{values['reason']}")
        return self.say(f"change_{change.code}", **values)

    def _quoted(self, chosen: str) -> str:
        return (
            self.title(chosen) if chosen == NOTHING else self.say("quoted", text=self.title(chosen))
        )

    def basis(self) -> list[str]:
        # Purposes that stand on the same thing are told together.
        together: dict[str, list[str]] = {}
        for name, recorded in self.told.basis.items():
            purposes = together.setdefault(self._basis(name, recorded), [])
            purposes.append(self.purposes[name].title[self.lang])
        told = [
            self.say("basis_one", purpose=", ".join(purposes), basis=basis)
            for basis, purposes in together.items()
        ]
        return [self.say("basis", bases=self._listed(told))] if told else []

    def _basis(self, purpose: str, recorded: str) -> str:
        if purpose == "prospecting" and not self.decision.inputs["consent"]:
            return self.say("basis_missing")
        basis, _, evidence = recorded.partition(": ")
        if evidence == SIMULATED:
            return self.say("evidence_simulated")
        known = f"basis_{basis}" in theme_sentences("explain")
        told = self.say(f"basis_{basis}") if known else basis
        return self.say("basis_noted", basis=told, evidence=evidence) if evidence else told


def _told_promotion(workspace: Stores, decision: Decision, lang: str) -> list[str]:
    day = day_of(decision.at_us, workspace.settings.zone)
    values = {"day": day, "version": decision.chosen, "model": decision.subject}
    told = [say("explain.chosen_promotion", lang, **values)]
    measured = next(
        (r for r in decision.reasons if f"measure_{r.code}" in theme_sentences("explain")), None
    )
    if measured is None:
        told.append(say("explain.promotion_unmeasured", lang))
    else:
        told.append(
            say(
                "explain.promotion_measured",
                lang,
                measure=say(f"explain.measure_{measured.code}", lang),
                value=formats.number(measured.value, lang, digits=3),
                baseline=formats.number(measured.baseline, lang, digits=3),
                people=int(decision.inputs["judged"].get("people", 0)),
            )
        )
    contest = decision.inputs.get("contest", {})
    if contest.get("won"):
        values = {"people": contest["people"], "champion": contest["champion"]}
        for name in ("difference", "low", "high"):
            values[name] = formats.number(contest[name], lang, digits=4)
        told.append(say("explain.promotion_contest", lang, **values))
    before = [c.id for c in decision.candidates if c.id != decision.chosen]
    told += [say("explain.promotion_before", lang, version=version) for version in before]
    return told
