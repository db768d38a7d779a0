"""What a run may see: rows of its time, people and their consents, facts on items.

Fills scratch relations of a session. One place, so that replay, messages and reports see what the
run saw.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from regie.collect import catalogue
from regie.govern import consent
from regie.ports.tables import Columns, Session, sql_text
from regie.terms.consent import Consent, is_declared
from regie.terms.instant import DAY_US
from regie.workspace.mailboxes import shut
from regie.workspace.records import consents_of

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

_MEASURED = "measurement"
FAR_US = 2**62
"""An instant after every other: as things stand now."""


def bounds(workspace: Stores, as_of_us: int, purpose: str = "profiling") -> dict[str, int]:
    """Between which instants a run may see: a purpose keeps rows so long and no longer."""
    retention_us = workspace.rules.purposes()[purpose].retention_days * DAY_US
    return {"as_of_us": as_of_us, "oldest_us": as_of_us - retention_us}


def see(workspace: Stores, session: Session, as_of_us: int) -> None:
    """Make `seen` (what a run of that instant may see) and `item_facts`."""
    session.execute(sql_text("regie.workspace", "seen"), bounds(workspace, as_of_us))
    session.register("item_facts", workspace.state.items())


def catalogue_of(
    workspace: Stores, session: Session, as_of_us: int, items: Collection[str]
) -> Columns:
    """Some items as the catalogue of an instant has them; see `collect.catalogue.settle`.

    A message names four of thousands, and its receiver waits for them.
    """
    given = {**bounds(workspace, as_of_us), "items": sorted(set(items))}
    session.execute(sql_text("regie.workspace", "seen_items"), given)
    session.register("item_facts", workspace.state.items())
    return catalogue.settle(session)


def see_people(workspace: Stores, session: Session) -> None:
    """Scratch relations on people: `known_people`, `contact_traits`, those of `see_consents`."""
    fields = {"language": "language"} | {f"trait:{name}": name for name in _traits(workspace)}
    contacts = workspace.state.contacts(list(fields))
    traits: dict[str, list[str]] = {"key": [], "trait": [], "value": []}
    for field, name in fields.items():
        for key, value in zip(contacts["key"], contacts[field], strict=True):
            if value is not None:
                traits["key"].append(key)
                traits["trait"].append(name)
                traits["value"].append(value)
    session.register("contact_keys", {"key": contacts["key"]})
    session.register(
        "contact_traits", {name: np.array(column, dtype=object) for name, column in traits.items()}
    )
    see_consents(workspace, session)
    session.execute(sql_text("regie.workspace", "known_people"))


def see_those(workspace: Stores, session: Session, keys: npt.NDArray[np.bytes_]) -> set[str]:
    """The gate's relations for those of some people who are still there; who they are.

    Reads no line but for its key: for what is held in memory, and settled with people again.

    Parameters
    ----------
    keys : npt.NDArray
        Shape (P,), bytes.
    """
    found = session.query(sql_text("regie.workspace", "still_there"))
    there = {str(key) for key in found["key"]}.union(workspace.state.contact_keys())
    there &= {key.decode() for key in keys}
    session.register("known_people", {"key": sorted(there)})
    see_consents(workspace, session)
    return there


def see_consents(workspace: Stores, session: Session, keys: Sequence[str] | None = None) -> None:
    """Scratch relations `consents`, `hidden`, `shut`: what the gate of consent asks of people."""
    consents = workspace.state.consents(keys)
    session.register(
        "consents",
        {
            **{name: consents[name] for name in ("key", "purpose", "granted", "basis", "at_us")},
            "declared": np.fromiter(map(is_declared, consents["evidence"]), dtype=np.bool_),
        },
    )
    session.register("hidden", {"key": np.array(workspace.state.hidden_keys(), dtype=object)})
    shut_to = sorted(shut(workspace, keys).items())
    closed = [(key, one) for key, of in shut_to for one in sorted(of)]
    session.register(
        "shut",
        {
            name: np.array([pair[place] for pair in closed], dtype=object)
            for place, name in enumerate(("key", "purpose"))
        },
    )


def allowed_now(workspace: Stores, keys: Iterable[str], as_of_us: int) -> set[str]:
    """Who of these may be written to: profiling, personalised content and e-mail, as things stand
    now; nobody of whom no contact is held any more.
    """
    known = workspace.state.contact_keys(sorted(set(keys)))
    with workspace.tables.session() as session:
        session.register("known_people", {"key": np.array(known, dtype=object)})
        see_consents(workspace, session, known)
        purposes = workspace.rules.purposes()
        sets = [
            set(consent.open_keys(session, purposes[name], as_of_us=as_of_us))
            for name in ("profiling", "personalisation", "prospecting")
        ]
    return sets[0] & sets[1] & sets[2]


def unmeasured(workspace: Stores) -> dict[str, list[str]]:
    """The relation `unmeasured`: keys of people who object to being measured, as things stand."""
    answers: dict[str, list[Consent]] = {}
    for answer in consents_of(workspace.state.consents(purpose=_MEASURED)):
        answers.setdefault(answer.key, []).append(answer)
    purpose = workspace.rules.purposes()[_MEASURED]
    closed = {k for k, of in answers.items() if not consent.allows(of, purpose, as_of_us=FAR_US)}
    closed |= {key for key, purposes in shut(workspace).items() if _MEASURED in purposes}
    return {"key": sorted(closed)}


def consents_by_key(workspace: Stores, keys: Sequence[str]) -> dict[str, list[Consent]]:
    """Everything recorded of each person's consent."""
    found = workspace.state.consents(keys if len(keys) < 100 else None)
    wanted = set(keys)
    by_key: dict[str, list[Consent]] = {key: [] for key in keys}
    for consent_of_one in consents_of(found):
        if consent_of_one.key in wanted:
            by_key[consent_of_one.key].append(consent_of_one)
    return by_key


def _traits(workspace: Stores) -> list[str]:
    """Traits that rules may read: those that were imported, but for those kept for audits."""
    imported = sorted({brought.mapping for brought in workspace.state.imports("published")})
    mappings = [workspace.rules.mapping(name) for name in imported]
    return sorted({trait for m in mappings if not m.audit_only for trait in m.traits})
