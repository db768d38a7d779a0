"""A rule tree as fields of a form, and back: how a marketer edits it without a script; pure.

Every node is named by its place: `r` is the whole rule, `r.0` its first part. A button adds or
takes out a part and sends everything along, so nothing that was typed is lost on the way. "None of
these" and "not all of these" are how a form says `not` of a group.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from regie.terms.rule import All, Any_, InSegment, Measure, Not, Rule, Trait

GROUPS = ("all", "any", "none", "not_all")
FIGURES = ("count", "value", "days_since")
LEAVES = (*FIGURES, "trait", "segment")
MOST_PARTS = 12
"""Parts of a group; more is a list for a file, not for a form."""
DEEPEST = 4
MOST_VALUES = 400
_NUMBER = re.compile(r"\d{1,12}([.,]\d{1,6})?")
_WHOLE = re.compile(r"\d{1,6}")


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a rule as it stands in a form: what was typed, whether it can be read or not.

    Parameters
    ----------
    form : str
        One of `GROUPS` or `LEAVES`.
    of : tuple[Node, ...]
        The parts of a group.
    negated : bool
        Whether a leaf must not hold.
    kind, days, low, high : str
        Of a figure: kind of event, window, bounds.
    name : str
        The trait, or the segment.
    values : tuple[str, ...]
        Of a trait.
    """

    form: str
    of: tuple[Node, ...] = ()
    negated: bool = False
    kind: str = "order"
    days: str = ""
    low: str = ""
    high: str = ""
    name: str = ""
    values: tuple[str, ...] = ()


def node_of(rule: Rule) -> Node:
    """The form of a rule; its root is a group.

    Examples
    --------
    >>> root = node_of(Measure("value", "order", days=90, at_least=100.0))
    >>> root.form, root.of[0].low, root.of[0].days
    ('all', '100', '90')
    >>> node_of(Not(Any_((InSegment("loyal"),)))).form
    'none'
    """
    node = _node_of(rule)
    return node if node.form in GROUPS else Node(form="all", of=(node,))


def _node_of(rule: Rule) -> Node:
    match rule:
        case All(parts) | Any_(parts):
            form = "all" if isinstance(rule, All) else "any"
            return Node(form=form, of=tuple(map(_node_of, parts)))
        case Not(Not(part)):
            return _node_of(part)
        case Not(part):
            inside = _node_of(part)
            forms = {"all": "not_all", "any": "none"}
            if inside.form in forms:
                return msgspec.structs.replace(inside, form=forms[inside.form])
            return msgspec.structs.replace(inside, negated=True)
    return _leaf_of(rule)


def _leaf_of(rule: Rule) -> Node:
    match rule:
        case Trait(name, values):
            return Node(form="trait", name=name, values=values)
        case InSegment(name):
            return Node(form="segment", name=name)
        case Measure(figure, kind, days, low, high):
            window = "" if days is None else str(days)
            return Node(form=figure, kind=kind, days=window, low=_typed(low), high=_typed(high))
    raise TypeError(rule)


def _typed(bound: float | None) -> str:
    """A bound as somebody would type it: without an end of zeros."""
    return "" if bound is None else f"{bound:.6f}".rstrip("0").rstrip(".")


def read(form: Mapping[str, str], path: str = "r") -> Node:
    """What a form was sent with, as far as it can be a rule at all.

    Examples
    --------
    >>> sent = {"r.form": "any", "r.0.form": "count", "r.0.kind": "order", "r.0.low": "two",
    ...         "r.1.form": "trait", "r.1.name": "country", "r.1.v.0": "France",
    ...         "r.1.more": "Spain"}
    >>> read(sent).of[0].low, read(sent).of[1].values
    ('two', ('France', 'Spain'))
    >>> read({}) == Node(form="all")
    True
    """
    return _read(form, path, 0)


def _read(form: Mapping[str, str], path: str, depth: int) -> Node:
    kind = form.get(f"{path}.form", "all")
    if kind in GROUPS or kind not in LEAVES:
        within = range(MOST_PARTS) if depth < DEEPEST else ()
        paths = [f"{path}.{n}" for n in within if f"{path}.{n}.form" in form]
        parts = tuple(_read(form, one, depth + 1) for one in paths)
        return Node(form=kind if kind in GROUPS else "all", of=parts)
    ticked = (form.get(f"{path}.v.{n}", "") for n in range(MOST_VALUES))
    more = form.get(f"{path}.more", "").split(",")
    values = dict.fromkeys(one.strip() for one in (*ticked, *more) if one.strip())
    days, low, high, name = (
        form.get(f"{path}.{field}", "").strip() for field in ("days", "low", "high", "name")
    )
    return Node(
        form=kind,
        negated=form.get(f"{path}.not", "") == "1",
        kind=form.get(f"{path}.kind", "order"),
        days=days,
        low=low,
        high=high,
        name=name,
        values=tuple(values),
    )


def done(node: Node, deed: str, chosen: Mapping[str, str]) -> Node:
    """The rule after a button: `add:PATH`, `group:PATH` or `drop:PATH`; another does nothing.

    Parameters
    ----------
    chosen : Mapping[str, str]
        The form: what is added to a group stands in its field `add`.

    Examples
    --------
    >>> root = done(Node(form="all"), "add:r", {"r.add": "trait"})
    >>> root.of[0].form, done(root, "drop:r.0", {}).of
    ('trait', ())
    """
    what, _, path = deed.partition(":")
    places = path.split(".")
    if what not in ("add", "group", "drop") or places[0] != "r":
        return node
    added = Node(form="any") if what == "group" else Node(form=chosen.get(f"{path}.add", "count"))
    return _done(node, what, places[1:], added)


def _done(node: Node, what: str, places: list[str], added: Node) -> Node:
    if node.form not in GROUPS:
        return node
    if not places:
        can = what != "drop" and len(node.of) < MOST_PARTS and added.form in (*GROUPS, *LEAVES)
        return msgspec.structs.replace(node, of=(*node.of, added)) if can else node
    if not places[0].isdigit() or int(places[0]) >= len(node.of):
        return node
    at = int(places[0])
    if what == "drop" and len(places) == 1:
        return msgspec.structs.replace(node, of=node.of[:at] + node.of[at + 1 :])
    part = _done(node.of[at], what, places[1:], added)
    return msgspec.structs.replace(node, of=(*node.of[:at], part, *node.of[at + 1 :]))


def table(node: Node, path: str = "r") -> tuple[dict[str, Any], dict[str, str]]:
    """The table of the rule, and what is wrong with it: place to the name of a sentence.

    Examples
    --------
    >>> two = Node(form="count", days="90", low="2")
    >>> table(Node(form="all", of=(two,)))
    ({'count': 'order', 'days': 90, 'at_least': 2}, {})
    >>> table(Node(form="none", of=(two, Node(form="value", low="9,50"))))[0]["not"]["any"][1]
    {'value': 'order', 'at_least': 9.5}
    >>> table(Node(form="all", of=(Node(form="count", low="two"),)))[1]
    {'r.0.low': 'rule_wrong_number'}
    >>> table(Node(form="all", of=(Node(form="count", low="0"),)))[1]
    {'r.0.low': 'rule_wrong_everybody'}
    >>> table(Node(form="all"))[1]
    {'r': 'rule_wrong_empty'}
    """
    if node.form in GROUPS:
        return _group(node, path)
    problems: dict[str, str] = {}
    if node.form == "trait":
        made: dict[str, Any] = {"trait": node.name, "in": list(node.values)}
        if not node.values:
            problems[f"{path}.more"] = "rule_wrong_values"
        if not node.name:
            problems[f"{path}.name"] = "rule_wrong_trait"
    elif node.form == "segment":
        made = {"segment": node.name}
        if not node.name:
            problems[f"{path}.name"] = "rule_wrong_segment"
    else:
        made, problems = _figure(node, path)
    return ({"not": made} if node.negated else made), problems


def _group(node: Node, path: str) -> tuple[dict[str, Any], dict[str, str]]:
    told = [table(part, f"{path}.{n}") for n, part in enumerate(node.of)]
    problems = {place: name for _, found in told for place, name in found.items()}
    if not told:
        problems[path] = "rule_wrong_empty"
    inner = "all" if node.form in ("all", "not_all") else "any"
    tables = [one for one, _ in told]
    made: dict[str, Any] = tables[0] if len(tables) == 1 else {inner: tables}
    if node.form in ("all", "any"):
        return made, problems
    return (made["not"] if set(made) == {"not"} else {"not": made}), problems


def _figure(node: Node, path: str) -> tuple[dict[str, Any], dict[str, str]]:
    made: dict[str, Any] = {node.form: node.kind}
    problems: dict[str, str] = {}
    if node.days:
        if _WHOLE.fullmatch(node.days) and 1 <= int(node.days) <= 36_500:
            made["days"] = int(node.days)
        else:
            problems[f"{path}.days"] = "rule_wrong_days"
    for field, bound in (("low", "at_least"), ("high", "at_most")):
        typed = "".join(getattr(node, field).split())
        pattern = _NUMBER if node.form == "value" else _WHOLE
        if not typed:
            continue
        if pattern.fullmatch(typed):
            number = float(typed.replace(",", "."))
            made[bound] = number if node.form == "value" else int(number)
        else:
            problems[f"{path}.{field}"] = "rule_wrong_number"
    if not node.low and not node.high:
        problems[f"{path}.low"] = "rule_wrong_bound"
    elif node.form == "count" and made.get("at_least") == 0 and not node.high:
        problems[f"{path}.low"] = "rule_wrong_everybody"
    elif not problems and made.get("at_least", 0) > made.get("at_most", float("inf")):
        problems[f"{path}.high"] = "rule_wrong_order"
    return made, problems
