"""Who may approve what, and when it takes two: rules as data, read and asked; pure.

Four things wait for people: a campaign's messages, a champion (a model's version that is to
serve), a policy, an erasure. For each, rules/approvals.toml says whose roles may approve it, how
many approvals it takes, and above what size it takes two. What no file can switch off: nobody
approves what they put up or amended, and two approvals are two people's.

Why the role is asked here and not on a page: the command line and the API do the same acts. Whoever
types commands on the workspace's machine can write its files, so there a name is asked for and no
role (None).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from regie.govern.access import ROLES
from regie.terms.errors import RuleError

KINDS = ("messages", "champion", "policy", "erasure")
"""What waits for people."""
WITHIN_DAYS = 7
"""How long something waits for its approval where no rule says otherwise."""
MOST = 2
"""So many approvals are asked for at most: the eyes are four."""

MOST_DAYS = 365
"""Nothing waits longer for its approval."""
MOST_SIZE = 10**18
"""Of messages, or of micros, above which it takes two: as much as can ever be counted."""

_WHERE = "rules/approvals.toml"
_LARGE = ("second_above_people", "second_above_cost_micros")


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of thing asks for.

    Parameters
    ----------
    roles : tuple[str, ...]
        Roles that may approve and reject it.
    approvals : int
        How many, besides whoever put it up: 0 (it is done at once), 1 or 2.
    second_above_people, second_above_cost_micros : int or None
        Of messages: with more people written to, or at a higher cost, it takes two.
    """

    roles: tuple[str, ...]
    approvals: int = 1
    second_above_people: int | None = None
    second_above_cost_micros: int | None = None


class Approvals(msgspec.Struct, frozen=True, kw_only=True):
    """What rules/approvals.toml says.

    Parameters
    ----------
    within_days : int
        For how many days something waits.
    rules : dict[str, Rule]
        By kind.
    """

    within_days: int
    rules: dict[str, Rule]


DEFAULTS: Mapping[str, Rule] = {
    "messages": Rule(roles=("crm_manager", "manager", "administrator")),
    "champion": Rule(roles=("data_scientist", "manager", "administrator"), approvals=0),
    "policy": Rule(roles=("crm_manager", "manager", "administrator")),
    "erasure": Rule(roles=("privacy_officer", "administrator"), approvals=0),
}
"""What holds where the file says nothing of a kind: a workspace of before goes on as it did."""


def approvals_from(data: Mapping[str, Any]) -> Approvals:
    """The rules of a file's content.

    Raises
    ------
    RuleError
        If it says anything else, names no role there is, or a number that cannot be.

    Examples
    --------
    >>> read = approvals_from({"within_days": 3, "messages": {"second_above_people": 500}})
    >>> read.within_days, read.rules["messages"].second_above_people
    (3, 500)
    >>> approvals_from({}).rules["erasure"].approvals
    0
    >>> approvals_from({"messages": {"approvals": 3}})
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: rules/approvals.toml [messages] approvals is 3, expected a whole \
number from 1 to 2; correct it
    """
    _check_names(data, ("within_days", *KINDS), _WHERE)
    days = data.get("within_days", WITHIN_DAYS)
    if type(days) is not int or not 1 <= days <= MOST_DAYS:
        raise RuleError(
            f"{_WHERE} within_days", str(days), f"a whole number from 1 to {MOST_DAYS}",
            "write for example 7",
        )  # fmt: skip
    return Approvals(
        within_days=days, rules={kind: _rule(kind, data.get(kind, {})) for kind in KINDS}
    )


def _rule(kind: str, table: Any) -> Rule:
    where = f"{_WHERE} [{kind}]"
    if not isinstance(table, dict):
        raise RuleError(f"{_WHERE} {kind}", str(table), "a table", f"write [{kind}]")
    large = _LARGE if kind == "messages" else ()
    _check_names(table, ("roles", "approvals", *large), where)
    default = DEFAULTS[kind]
    roles = table.get("roles", list(default.roles))
    if not isinstance(roles, list) or not roles or not all(one in ROLES for one in roles):
        raise RuleError(f"{where} roles", str(roles), "some of " + ", ".join(ROLES), "correct it")
    least = 1 if kind == "messages" else 0
    for name, low, high in (("approvals", least, MOST), *((one, 0, MOST_SIZE) for one in large)):
        value = table.get(name, 1)
        if type(value) is not int or not low <= value <= high:
            raise RuleError(
                f"{where} {name}", str(value), f"a whole number from {low} to {high}", "correct it"
            )
    return Rule(
        roles=tuple(roles),
        approvals=table.get("approvals", default.approvals),
        second_above_people=table.get("second_above_people"),
        second_above_cost_micros=table.get("second_above_cost_micros"),
    )


def _check_names(table: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise RuleError(where, f'with "{name}"', f"one of {', '.join(known)}", "correct it")


def needed(rule: Rule, people: int = 0, cost_micros: int = 0) -> int:
    """How many approvals something takes.

    Parameters
    ----------
    people : int
        Whom the messages reach, those already approved included: parts are not smaller.
    cost_micros : int
        What they cost together.

    Examples
    --------
    >>> rule = Rule(roles=("manager",), second_above_people=500)
    >>> needed(rule, 500), needed(rule, 501)
    (1, 2)
    >>> needed(Rule(roles=("manager",), second_above_cost_micros=9), 1, 10)
    2
    """
    above = (
        (people, rule.second_above_people),
        (cost_micros, rule.second_above_cost_micros),
    )
    large = any(limit is not None and value > limit for value, limit in above)
    return MOST if large else rule.approvals


def barred(
    rule: Rule,
    *,
    actor: str,
    role: str | None,
    put_up_by: Collection[str] = (),
    agreed_by: str | None = None,
) -> str:
    """Why somebody may not approve something; empty where they may.

    Parameters
    ----------
    role : str or None
        None for whoever types commands on the workspace's machine.
    put_up_by : Collection[str]
        Who asked for it or amended it.
    agreed_by : str or None
        Who gave the first of two approvals.

    Returns
    -------
    str
        `role`, `own`, `first`, or empty.

    Examples
    --------
    >>> rule = Rule(roles=("manager",))
    >>> barred(rule, actor="ana", role="viewer"), barred(rule, actor="ana", role="manager")
    ('role', '')
    >>> barred(rule, actor="ana", role=None, put_up_by={"ana"})
    'own'
    >>> barred(rule, actor="ana", role="manager", agreed_by="ana")
    'first'
    """
    if role is not None and role not in rule.roles:
        return "role"
    if actor in put_up_by:
        return "own"
    return "first" if agreed_by == actor else ""
