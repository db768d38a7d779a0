"""Models as people ask about them: which version serves since when, who put it there, what its
challengers came to. Reads only.

A version is told with what came of it beside the one that served when it was fitted (`Result`): the
card has the contest, so nothing is judged anew here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from regie.learn import promote
from regie.learn.promote import RULE, Contest
from regie.terms.decision import Act
from regie.terms.errors import NotFoundError, RefusedError
from regie.workspace import changes
from regie.workspace.deciding import find_all
from regie.workspace.modelling import version_ending
from regie.workspace.sealing import Sealing

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

Result = Literal["alone", "few", "same", "worse", "noise", "weak", "won"]
"""What came of a version beside the champion: nobody to beat (or one too young), too few people,
the same for everybody, worse or better by no more than noise, better and yet no better than the
plain rule, won."""


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A version put into service.

    Parameters
    ----------
    since_us : int
        From which instant it serves, in the workspace's time.
    decision : str
        The decision that did it, in the journal.
    actor : str
        Who gave the last word; empty for the rule, which goes by a test that was won.
    asked_by, reason : str
        Who put it up and why; empty where nobody did.
    is_known : bool
        False where the decision is past its retention: then nobody is named.
    is_first : bool
        Whether none served before: it had nobody to beat.
    """

    version: str
    since_us: int
    decision: str
    actor: str = ""
    asked_by: str = ""
    reason: str = ""
    is_known: bool = True
    is_first: bool = False


class VersionTold(msgspec.Struct, frozen=True, kw_only=True):
    """A version and what came of it.

    Parameters
    ----------
    as_of_us : int
        The instant it was fitted as of.
    contest : Contest or None
        With the version that served then.
    judged : dict[str, float or None]
        On the month before it was fitted, its recipe beside a plain rule.
    waits : str
        The change that asks for it and waits; empty where there is none.
    """

    version: str
    as_of_us: int
    serves: bool
    served: bool
    result: Result
    contest: Contest | None
    judged: dict[str, float | None]
    waits: str


class ModelStands(msgspec.Struct, frozen=True, kw_only=True):
    """A model: what it foresees, what serves, its versions and history, the newest first."""

    name: str
    what: dict[str, str]
    measure: str
    champion: str | None
    versions: tuple[VersionTold, ...]
    history: tuple[Placed, ...]

    @property
    def serving(self) -> Placed | None:
        """The version that serves, since when, and by whom."""
        return self.history[0] if self.history else None

    @property
    def challengers(self) -> tuple[VersionTold, ...]:
        """Versions fitted after the one that serves."""
        at_us = next((one.as_of_us for one in self.versions if one.serves), 0)
        return tuple(v for v in self.versions if v.as_of_us > at_us and not v.serves)


def every(workspace: Stores) -> list[ModelStands]:
    """Every model that was ever fitted, by name."""
    return [
        told(workspace, name) for name in workspace.models.names() if _finished(workspace, name)
    ]


def _finished(workspace: Stores, name: str) -> list[str]:
    """Versions of runs that were published: another's was never one to choose, and is dropped when
    the workspace is next put in order."""
    undone = tuple(version_ending(run.number) for run in workspace.state.runs("pending"))
    return [one for one in workspace.models.versions(name) if not one.endswith(undone)]


def told(workspace: Stores, name: str) -> ModelStands:
    """One model.

    Raises
    ------
    NotFoundError
        If no run fitted one of that name.
    """
    store = workspace.models
    names = store.names()
    if name not in names or not _finished(workspace, name):
        known = ", ".join(names) or "none yet"
        raise NotFoundError(
            f"model {name}", "not there", f"one of {known}", "models are fitted by a run: regie run"
        )
    waiting = {one.detail: one.id for one in changes.waiting(workspace)
               if one.kind == "champion" and one.subject == name}  # fmt: skip
    history = store.history(name)
    champion, served = store.champion(name), {one.version for one in history}
    versions = []
    for version in _finished(workspace, name):
        card = store.card(name, version)
        versions.append(
            VersionTold(
                version=version,
                as_of_us=int(card["as_of_us"]),
                serves=version == champion,
                served=version in served,
                result=result(name, card),
                contest=contest_of(card),
                judged=card.get("judged", {}),
                waits=waiting.get(version, ""),
            )
        )
    versions.sort(key=lambda one: (-one.as_of_us, _run_of(one.version)))
    newest = next(iter(versions)).version
    return ModelStands(
        name=name,
        what=store.card(name, newest)["what"],
        measure=promote.MEASURES[name][0],
        champion=champion,
        versions=tuple(versions),
        history=tuple(reversed(_placed(workspace, name))),
    )


def _run_of(version: str) -> int:
    """Minus the run of a version: of one day the later run comes first."""
    _, _, run = version.rpartition("-run")
    return -int(run) if run.isdigit() else 0


def card(workspace: Stores, name: str, version: str) -> dict[str, Any]:
    """A version's card as it was saved.

    Raises
    ------
    NotFoundError
        If there is no such version.
    """
    store = workspace.models
    if name not in store.names() or version not in _finished(workspace, name):
        raise NotFoundError(
            f"version {version} of {name}", "not there", "a version", "list them: /models"
        )
    return store.card(name, version)


def result(name: str, card: Mapping[str, Any]) -> Result:
    """What came of a version, by its card.

    Examples
    --------
    >>> result("response", {"judged": {}, "contest": None})
    'alone'
    >>> contest = {"people": 90, "difference": -0.2, "low": -0.3, "high": -0.1, "won": False}
    >>> result("response", {"judged": {}, "contest": contest})
    'worse'
    >>> result("response", {"judged": {}, "contest": contest | {"low": -0.3, "high": 0.1}})
    'noise'
    """
    contest = card.get("contest")
    if not contest:
        return "alone"
    if contest["low"] is None:
        return "few"
    if contest["low"] == contest["high"] == 0:
        return "same"
    if contest["won"]:
        judged = {code: v for code, v in card["judged"].items() if v is not None}
        return "won" if promote.beats_baseline(name, judged) else "weak"
    return "worse" if contest["high"] < 0 else "noise"


def put_up(
    workspace: Stores, name: str, version: str, actor: str, reason: str = ""
) -> changes.Change:
    """Ask that a version serve: somebody else decides, whatever the rules say of winners.

    Raises
    ------
    NotFoundError
        If there is no such version.
    RefusedError
        If it serves already, or was put up already.
    """
    Sealing(workspace).check()
    card(workspace, name, version)
    if workspace.models.champion(name) == version:
        raise RefusedError(
            f"version {version} of {name}", "in service", "another version", "choose another one"
        )
    about = f"champion:{name}:{version}"
    return changes.put_up(workspace, about, actor, reason, by_two=True)


def contest_of(card: Mapping[str, Any]) -> Contest | None:
    """The contest of a card; None where there was none, or too few people for an interval."""
    given = card.get("contest")
    if not given or given["low"] is None:
        return None
    return msgspec.convert(given, Contest)


def _placed(workspace: Stores, name: str) -> list[Placed]:
    """Every promotion, that of the earliest instant first, with who did it.

    A run that looks from an earlier day puts a version into service for that day: it is none that
    serves today, whenever it was run; as `ModelStore.champion` has it.
    """
    history = workspace.models.history(name)
    by_id = {one.id: one for one in find_all(workspace, [p.decision for p in history])}
    rounds = {
        version: _rounds(workspace.state.acts(decision=f"champion:{name}:{version}"))
        for version in {one.version for one in history}
    }
    found = []
    for one in reversed(history):
        decision = by_id.get(one.decision)
        actor = decision.actor if decision is not None else ""
        asked_by, reason = "", ""
        made = rounds[one.version]
        if actor not in ("", RULE) and made and made[-1][1] == actor:
            asked, _ = made.pop()
            asked_by, reason = asked.actor, asked.reason
        found.append(
            Placed(
                version=one.version,
                since_us=one.as_of_us,
                decision=one.decision,
                actor="" if actor == RULE else actor,
                asked_by="" if asked_by == RULE else asked_by,
                reason=reason,
                is_known=decision is not None,
                is_first=not any(
                    other.as_of_us <= one.as_of_us for other in history[: history.index(one)]
                ),
            )
        )
    found.reverse()  # of one instant the later stands
    return sorted(found, key=lambda placed: placed.since_us)


def _rounds(acts: list[Act]) -> list[tuple[Act, str]]:
    """Each time a version was asked for and made: who asked, and who gave the last word."""
    found: list[tuple[Act, str]] = []
    asked, last = None, ""
    for act in acts:
        if act.kind == "proposed":
            asked = act
        elif act.kind == "approved":
            last = act.actor
        elif act.kind == "applied" and asked is not None:
            found.append((asked, last))
    return found
