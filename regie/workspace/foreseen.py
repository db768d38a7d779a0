"""What is known of a change before somebody decides on it; reads only."""

from __future__ import annotations

import math
import tomllib
from typing import TYPE_CHECKING

import msgspec

from regie.learn.promote import Contest
from regie.terms.errors import NotFoundError
from regie.workspace import champions, comparing, policies
from regie.workspace.champions import Result
from regie.workspace.changes import Change
from regie.workspace.comparing import Compared
from regie.workspace.policies import Value

if TYPE_CHECKING:
    from regie.workspace.workspace import Workspace


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a change; of an erasure nothing, since it would tell of the person.

    fr: effet attendu

    Parameters
    ----------
    result, contest, serving : Result or None, Contest or None, str or None
        Of a model's version: what came of it beside the one that serves, in figures where there
        were people enough, and which one that is.
    compared : Compared or None
        Of a policy: what it would have changed in the newest run, and brought where that is known;
        None before anything was decided that it could be set beside.
    differs : dict[str, tuple[Value, Value]] or None
        Of a policy: each field that would be another one, as it is in service and as asked for.

    Examples
    --------
    >>> Foreseen().compared is None
    True
    """

    result: Result | None = None
    contest: Contest | None = None
    serving: str | None = None
    compared: Compared | None = None
    differs: dict[str, tuple[Value, Value]] | None = None


def foreseen(workspace: Workspace, change: Change) -> Foreseen:
    """What is known of a change."""
    if change.kind == "champion":
        card = champions.card(workspace, change.subject, change.detail)
        return Foreseen(
            result=champions.result(change.subject, card),
            contest=champions.contest_of(card),
            serving=workspace.models.champion(change.subject),
        )
    if change.kind == "policy":
        differs = policies.differs(workspace, change)
        content = tomllib.loads(workspace.assets.get(change.detail).decode())
        try:
            found = comparing.compare_with(workspace, content, change.subject)
        except NotFoundError:  # nothing was decided yet that it could be set beside
            return Foreseen(differs=differs)
        known = {name: one for name, one in found.estimates.items() if not math.isnan(one.low)}
        return Foreseen(compared=msgspec.structs.replace(found, estimates=known), differs=differs)
    return Foreseen()
