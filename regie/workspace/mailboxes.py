"""Who shares an address: several files make several people of one, each by its own identifier.

A refusal, an objection or an erasure is the word of whoever reads that mailbox: it closes everybody
of the same address, whichever file made them. Twice, so that none is missed: what is refused is
noted for each of them, and the gate lets nobody through whose address somebody else refused for or
that is on the opposition list, which holds for people too who come later.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from regie.terms.consent import PURPOSES, Consent, is_declared
from regie.terms.person import CUSTOMER, NAMESPACES, keyed_token, keyed_tokens, person_key
from regie.workspace.records import consents_of
from regie.workspace.sealing import Sealing
from regie.workspace.writing import address_for

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

REFUSABLE = tuple(purpose for purpose in PURPOSES if purpose not in ("accounts", "service"))
"""What an objection closes: everything but what the law asks for."""

Shut = Mapping[str, Mapping[str, Consent | None]]
"""Key to each purpose that is closed at their address, with the refusal of whoever said so; None
where the opposition list says it."""


def addresses_of(workspace: Stores, keys: Sequence[str] | None = None) -> dict[str, frozenset[str]]:
    """People to the addresses that are theirs: what they are written to, and what names them.

    Parameters
    ----------
    keys : Sequence[str] or None
        Whose; None for everybody, for which every address is decrypted.
    """
    found = workspace.state.contacts(["address", "raw_id"], keys)
    told: dict[str, frozenset[str]] = {}
    for key, held, raw_id in zip(found["key"], found["address"], found["raw_id"], strict=True):
        written = address_for(workspace, str(key), str(held or ""), str(raw_id or ""))
        names = {spelled(one) for one in (written, held, raw_id) if one and "@" in one}
        if names:
            told[str(key)] = frozenset(names)
    return told


def spelled(address: str) -> str:
    """The one spelling of an address: one mailbox, however it is typed.

    Examples
    --------
    >>> spelled(" Ada@Example.COM ")
    'ada@example.com'
    """
    return address.strip().casefold()


def sharing(workspace: Stores, keys: Collection[str]) -> list[str]:
    """Everybody else of whom an address of these people is held, in key order."""
    theirs = frozenset().union(*addresses_of(workspace, sorted(keys)).values())
    if not theirs:
        return []
    every = addresses_of(workspace)
    return sorted(key for key, names in every.items() if key not in keys and names & theirs)


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
    sought = spelled(person)
    found = [key for key, names in addresses_of(workspace).items() if sought in names]
    own = [person_key(workspace.key, sought, namespace) for namespace in NAMESPACES]
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


# ---- the opposition list


def marks_of(workspace: Stores, addresses: Iterable[str]) -> list[str]:
    """How the opposition list names addresses: as it would whoever is known by that alone."""
    keys = [person_key(workspace.key, one, CUSTOMER) for one in sorted(set(addresses))]
    return keyed_tokens(workspace.key, "opposition", keys)


def fingerprint(workspace: Stores, key: str) -> str:
    """How the opposition list names a person."""
    return keyed_token(workspace.key, "opposition", key)


# ---- what is closed at an address


class _Kept(msgspec.Struct, frozen=True):
    """What was found out of the people as they stood at a version of the state."""

    version: tuple[object, ...]
    shut: Shut


def shut(workspace: Stores) -> Shut:
    """What is closed to people at their address, whatever they said themselves.

    Found out once for as long as people stay as they are: it takes every address.
    """
    version = workspace.state.people_version()
    kept: _Kept | None = workspace.shut
    if kept is None or kept.version != version:
        workspace.shut = kept = _Kept(version, _shut(workspace))
    return kept.shut


def _shut(workspace: Stores) -> Shut:
    refusing = _refusing(workspace)
    opposed = set(workspace.state.opposition()["fingerprint"].tolist())
    if not refusing and not opposed:
        return {}  # most workspaces begin so, and need no address
    people = addresses_of(workspace)
    by_address: dict[str, dict[str, list[Consent]]] = {}
    for key in refusing.keys() & people.keys():
        for address in people[key]:
            said = by_address.setdefault(address, {})
            for purpose, refusal in refusing[key].items():
                said.setdefault(purpose, []).append(refusal)
    every = sorted(frozenset().union(*people.values())) if opposed else []
    barred = {one for one, mark in zip(every, marks_of(workspace, every), strict=True)
              if mark in opposed}  # fmt: skip
    found: dict[str, dict[str, Consent | None]] = {}
    for key, names in people.items():
        closed: dict[str, Consent | None] = {}
        if not barred.isdisjoint(names):
            closed = dict.fromkeys(REFUSABLE)
        for address in sorted(names & by_address.keys()):
            for purpose, refusals in by_address[address].items():
                others = [one for one in refusals if one.key != key]
                if others:
                    closed[purpose] = max(others, key=lambda one: (one.at_us, one.key))
        if closed:
            found[key] = closed
    return found


def _refusing(workspace: Stores) -> dict[str, dict[str, Consent]]:
    """Who stands refused for what by a word of their own, with that word."""
    found = workspace.state.consents()
    no = ~found["granted"].astype(bool)
    declared = {text: is_declared(text) for text in set(found["evidence"][no].tolist())}
    own = np.array([not declared.get(text, True) for text in found["evidence"]], dtype=bool) & no
    if not own.any():
        return {}
    of_them = np.isin(found["key"].astype(str), found["key"][own].astype(str))
    last: dict[tuple[str, str], Consent] = {}
    for one in consents_of({name: column[of_them] for name, column in found.items()}):
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
    refusing = _refusing(workspace)
    wanted = [
        (key, purpose, refusal)
        for key, closed in sorted(shut(workspace).items())
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
