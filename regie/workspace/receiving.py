"""What whoever received a message may see and do, by the link in it; the shell of the public page.

A link is known to whoever the message was passed on to. So by the link alone one sees why this
message was written and can say no, which harms nobody; whoever wants to say yes, or to see, correct
or erase what is held, says the address it was sent to first. A link that names nothing is answered
like one that was erased: it tells nobody anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from regie.terms.consent import PURPOSES
from regie.terms.decision import Decision
from regie.terms.errors import NotFoundError, RefusedError
from regie.workspace import deciding, mailboxes, people, requests, telling
from regie.workspace.writing import items_named, why_these

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

ANSWERABLE = ("prospecting", "personalisation", "profiling", "open_tracking", "advertising")
"""Purposes that a receiver can open and close; the law or a contract asks for the others."""
EVIDENCE = "link in a message"
PROVEN = "link in a message, with its address"
"""How an answer was given: a refusal by the link alone, consent with the address too."""
NamesAt = Callable[[int, Collection[str]], Mapping[str, str]]
"""Names of some items as the catalogue of an instant has them."""
_TOKEN = re.compile("[0-9a-f]{32}")


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its receiver may ask about it.

    Parameters
    ----------
    reasons : tuple[str, ...]
        Why these items.
    basis : tuple[str, ...]
        On which basis one may write to them.
    purposes : dict[str, bool]
        Whether each purpose of `ANSWERABLE` stands open for them now.
    """

    at_us: int
    items: tuple[str, ...]
    reasons: tuple[str, ...]
    basis: tuple[str, ...]
    purposes: dict[str, bool]


def received(workspace: Stores, token: str, lang: str, names_at: NamesAt) -> Received:
    """The message that a link names.

    Parameters
    ----------
    lang : str
        `en` or `fr`: to tell it in.
    names_at : NamesAt
        Names items as of an instant; see `Board.names_at`.

    Raises
    ------
    NotFoundError
        If the link names none, or its person was erased; the same words for both.
    """
    decision, key = _of(workspace, token)
    names = names_at(decision.at_us, items_named([decision]))
    facts = decision.inputs["campaigns"].get(decision.campaign, {})
    return Received(
        at_us=int(decision.constraints["send_us"]),
        items=tuple(names.get(code, code) for code in facts.get("items", ())),
        reasons=why_these(decision, lambda code: names.get(code, code), lang),
        basis=tuple(
            telling.tell(workspace, deciding.explain(workspace, decision), lang, {}, ("basis",))
        ),
        purposes={p: is_open for p, is_open in people.standing(workspace, key).items()
                  if p in ANSWERABLE},
    )  # fmt: skip


def check(workspace: Stores, token: str) -> None:
    """Whether a link names a message; see `received` for what is raised where it names none."""
    _of(workspace, token)


def _of(workspace: Stores, token: str) -> tuple[Decision, str]:
    named = workspace.state.message_of(token) if _TOKEN.fullmatch(token) else None
    if named is not None:
        return deciding.find_one(workspace, named[0]), named[1]
    raise NotFoundError(
        "link", "of no message", "the whole link of a message", "open it from the message again"
    )


def withdraw(workspace: Stores, token: str, purposes: Collection[str]) -> None:
    """Note what a receiver allows no more, by the link alone; holds from the next read.

    Parameters
    ----------
    purposes : Collection[str]
        Of `ANSWERABLE`; what is refused already is not noted again.
    """
    _, key = _of(workspace, token)
    standing = people.standing(workspace, key)
    refused = [p for p in PURPOSES if p in purposes and p in ANSWERABLE and standing[p]]
    people.consent(workspace, key, withdraw=refused, evidence=EVIDENCE)


def grant(workspace: Stores, key: str, purposes: Collection[str]) -> None:
    """Note what a receiver who proved who they are allows; what stands is not noted again.

    It is the word of whoever reads the mailbox: where another file's person of the same address
    refused, it is theirs too.
    """
    standing = people.standing(workspace, key)
    allowed = [p for p in PURPOSES if p in purposes and p in ANSWERABLE and not standing[p]]
    for one in [key, *mailboxes.sharing(workspace, [key])] if allowed else ():
        people.consent(workspace, one, grant=allowed, evidence=PROVEN)


def unsubscribe(workspace: Stores, token: str) -> None:
    """No more e-mails: what one click in a mail program asks for (RFC 8058). Twice is once."""
    withdraw(workspace, token, ("prospecting",))


def object_to(workspace: Stores, token: str) -> None:
    """Object to everything but what the law asks for; a request that is answered at once."""
    _, key = _of(workspace, token)
    requests.at_once(workspace, "object", key, "message", lambda: people.object_to(workspace, key))


def see(workspace: Stores, key: str) -> dict[str, Any]:
    """Everything that is held on a receiver who proved who they are; see `people.access`.

    That is on everybody of the address, under whichever identifier: so with an erasure.
    """
    everybody = [key, *mailboxes.sharing(workspace, [key])]
    return requests.at_once(
        workspace, "access", key, "address", lambda: people.access(workspace, *everybody)
    )


def correct(workspace: Stores, key: str, field: str, value: str) -> None:
    """Change what is held on a receiver who proved who they are; see `people.rectify`.

    Raises
    ------
    SettingError
        If it cannot be changed, or not to that; nothing was asked for then.
    """
    people.check_rectified(field, value)
    requests.at_once(
        workspace, "rectify", key, "address",
        lambda: people.rectify(workspace, key, field, value),
    )  # fmt: skip


def erase(workspace: Stores, key: str) -> None:
    """Erase a receiver who proved who they are, at their own word; see `people.erase`."""
    everybody = [key, *mailboxes.sharing(workspace, [key])]
    requests.at_once(
        workspace, "erase", key, "address", lambda: people.erase(workspace, *everybody)
    )


def proven(workspace: Stores, token: str, address: str) -> str:
    """The key of a receiver who says the address that the message went to, or theirs of today.

    Raises
    ------
    RefusedError
        If it is another address.
    """
    decision, key = _of(workspace, token)
    if address.strip().casefold() not in _addresses(workspace, key, decision.at_us):
        raise RefusedError(
            "address", "not where this message went", "the address it was sent to",
            "look at the message's own heading",
        )  # fmt: skip
    return key


def _addresses(workspace: Stores, key: str, at_us: int) -> set[str]:
    """Where a person was written to at an instant, and is today.

    What was set by hand since then does not count for it: a slip in one's own new address would
    shut out whom the message went to.
    """
    from regie.workspace.writing import address_for

    history = workspace.state.contact_history(key)
    rows = [
        (str(field), "" if value is None else str(value))
        for field, value, since_us, source in zip(
            *(history[name] for name in ("field", "value", "at_us", "source")), strict=True
        )
        if since_us <= at_us or source != people.RECTIFIED
    ]
    then, now = dict(rows), people.held_contacts(workspace, key)
    found = {
        address_for(workspace, key, str(held.get("address") or ""), str(held.get("raw_id") or ""))
        for held in (then, now)
    }
    return {address.casefold() for address in found if address}
