"""Who shares an address: several files make several people of one, each by its own identifier.

A refusal, an objection or an erasure is the word of whoever reads that mailbox: it closes everybody
of the same address, whichever file made them. Twice, so that none is missed: what is refused is
noted for each of them, and the gate lets nobody through whose address somebody else refused for or
that is on the opposition list, which holds for people too who come later.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from typing import TYPE_CHECKING

import msgspec

from regie.terms.consent import PURPOSES, Consent, is_declared
from regie.terms.person import NAMESPACES, keyed_token, person_key
from regie.workspace.records import consents_of
from regie.workspace.sealing import Sealing

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

REFUSABLE = tuple(purpose for purpose in PURPOSES if purpose not in ("accounts", "service"))
"""What an objection closes: everything but what the law asks for."""

Shut = Mapping[str, Mapping[str, Consent | None]]
"""Key to each purpose that is closed at their address, with the refusal of whoever said so; None
where the opposition list says it."""


def sharing(workspace: Stores, keys: Collection[str]) -> list[str]:
    """Everybody else of whom an address of these people is held, in key order."""
    theirs = marks_of(workspace, sorted(keys))
    found = workspace.state.mailboxes(marks=theirs)["key"].tolist() if theirs else []
    return sorted(set(found).difference(keys))


def marks_of(workspace: Stores, keys: Sequence[str]) -> list[str]:
    """The marks of the addresses that are these people's: how the opposition list names them."""
    return sorted(set(workspace.state.mailboxes(keys=keys)["mark"].tolist()))


def named(workspace: Stores, person: str) -> list[str]:
    """The keys of everybody whom a key, an identifier or an address names; at least one.

    An address names everybody of whom it is held. Where nobody is held by that name it is the key
    they would have.

    Raises
    ------
    NotFoundError
        If nothing is named.
    """
    if "@" not in person:
        return [workspace.key_of(person)]
    found = workspace.at_address(person)
    own = [person_key(workspace.key, person, namespace) for namespace in NAMESPACES]
    found.sort(key=lambda key: (key not in own, key))
    return found or [workspace.key_of(person)]


def told(workspace: Stores, keys: Sequence[str]) -> list[str]:
    """How people are named to whoever works here: name and identifier, in the order given."""
    found = workspace.state.contacts(["first_name", "last_name", "raw_id"], list(keys))
    columns = (found[name].tolist() for name in ("key", "first_name", "last_name", "raw_id"))
    names = {}
    for key, first, last, raw_id in zip(*columns, strict=True):
        name = " ".join(filter(None, (first, last)))
        names[key] = f"{raw_id or key[:12]} ({name})" if name else raw_id or key[:12]
    return [names.get(key, key[:12]) for key in keys]


def fingerprint(workspace: Stores, key: str) -> str:
    """How the opposition list names a person."""
    return keyed_token(workspace.key, "opposition", key)


# ---- what is closed at an address


class _Kept(msgspec.Struct, frozen=True):
    """What was found out of the people as they stood at a version of the state."""

    version: tuple[object, ...]
    shut: Shut


def shut(workspace: Stores, keys: Sequence[str] | None = None) -> Shut:
    """What is closed to people at their address, whatever they said themselves.

    Parameters
    ----------
    keys : Sequence[str] or None
        Whom it is asked of; None for everybody, which is found out once for as long as people stay
        as they are.
    """
    if keys is not None:
        return _shut(workspace, keys)
    version = workspace.state.people_version()
    kept: _Kept | None = workspace.shut
    if kept is None or kept.version != version:
        workspace.shut = kept = _Kept(version, _shut(workspace))
    return kept.shut


def _shut(workspace: Stores, keys: Sequence[str] | None = None) -> Shut:
    """Only who refused, is opposed or is asked about is looked at, and whoever shares with them."""
    state = workspace.state
    opposed = set(state.opposition()["fingerprint"].tolist())
    asked = state.refusing_keys() if keys is None else keys
    closing = set(marks_of(workspace, asked)) | (opposed if keys is None else set())
    people: dict[str, set[str]] = {}
    held = state.mailboxes(marks=sorted(closing))
    holders = Counter(held["mark"].tolist())
    for key, mark in zip(held["key"].tolist(), held["mark"].tolist(), strict=True):
        if holders[mark] > 1 or mark in opposed:  # most have an address for themselves
            people.setdefault(key, set()).add(mark)
    said: dict[str, dict[str, list[Consent]]] = {}
    for key, refused in _refusing(workspace, sorted(people)).items():
        for mark in people[key]:
            for purpose, refusal in refused.items():
                said.setdefault(mark, {}).setdefault(purpose, []).append(refusal)
    wanted = people if keys is None else people.keys() & set(keys)
    closed = {key: _closed(key, people[key], opposed, said) for key in wanted}
    return {key: of for key, of in closed.items() if of}


def _closed(
    key: str,
    marks: Set[str],
    opposed: Set[str],
    said: Mapping[str, Mapping[str, Sequence[Consent]]],
) -> dict[str, Consent | None]:
    """What is closed to one person, by mark of theirs."""
    closed: dict[str, Consent | None] = {}
    if not opposed.isdisjoint(marks):
        closed = dict.fromkeys(REFUSABLE)
    for mark in sorted(marks & said.keys()):
        for purpose, refusals in said[mark].items():
            others = [one for one in refusals if one.key != key]
            if others:
                closed[purpose] = max(others, key=lambda one: (one.at_us, one.key))
    return closed


def _refusing(workspace: Stores, keys: Sequence[str]) -> dict[str, dict[str, Consent]]:
    """Which of these people stand refused for what by a word of their own, with that word."""
    last: dict[tuple[str, str], Consent] = {}
    for one in consents_of(workspace.state.consents(keys)):
        place = (one.key, one.purpose)
        if place not in last or one.rank > last[place].rank:
            last[place] = one
    refusing: dict[str, dict[str, Consent]] = {}
    for (key, purpose), one in last.items():
        if not one.granted and not is_declared(one.evidence):
            refusing.setdefault(key, {})[purpose] = one
    return refusing


def share_refusals(workspace: Stores) -> int:
    """Note for everybody what somebody of the same address refused; how many people that closed.

    Why noted, where the gate closes them anyway: who said it may be forgotten before them.
    """
    closed_to = shut(workspace)
    refusing = _refusing(workspace, sorted(closed_to))
    wanted = [
        (key, purpose, refusal)
        for key, closed in sorted(closed_to.items())
        for purpose, refusal in sorted(closed.items())
        if refusal is not None and purpose not in refusing.get(key, {})
    ]
    if not wanted:
        return 0
    keys = sorted({key for key, _, _ in wanted})
    latest: dict[str, int] = {}
    for one in consents_of(workspace.state.consents(keys)):
        latest[one.key] = max(latest.get(one.key, one.at_us), one.at_us)
    # A refusal counts from its own moment, or from right after what the person said since.
    noted = [
        Consent(
            key, purpose, False, refusal.basis,
            max(refusal.at_us, latest.get(key, refusal.at_us - 1) + 1), refusal.evidence,
        )
        for key, purpose, refusal in wanted
    ]  # fmt: skip
    with workspace.state.together():
        workspace.state.put_consents(
            {
                **{name: [getattr(one, name) for one in noted]
                   for name in Consent.__struct_fields__},
                "import_id": [None] * len(noted),
            }
        )  # fmt: skip
        leaves = Sealing(workspace).consent_leaves(noted)
        workspace.state.owe("consents", secrets.token_hex(16), leaves)
    Sealing(workspace).settle()
    return len(keys)
