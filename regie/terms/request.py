"""What a person asks of those who hold their data, and every step until it is answered; pure.

Why steps and not a row that changes: each step is sealed when it is taken, so that the clock of the
law can be shown to have run as it is told. Why codes and no free text: a remark would name the
person, and outlive their erasure.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

KINDS = ("access", "rectify", "erase", "object")
"""GDPR articles 15, 16, 17 and 21."""
CHANNELS = ("page", "mail", "email", "phone", "person")
"""How a request came: the public page, a letter, an e-mail, by phone, somebody at the desk."""
CHECKS = ("message", "address", "called_back", "account", "document")
"""How it was known who asks: the link in a message, the address it went to, a call back to a number
known before, a signed-in account, a document that was shown."""
WHYS = ("complex", "many")
"""Why more time is needed: the two reasons of GDPR article 12(3)."""
ANSWERS = ("done", "nothing_held", "not_identified", "unfounded", "law_keeps")
"""How a request ended; all but the first say why nothing was done (article 12(4))."""
STEPS = ("received", "identified", "extended", "acted", "answered")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a request: who took it, when, and what it says in codes; no person is in it.

    fr: étape

    Parameters
    ----------
    request : str
        The request it belongs to.
    step : str
        One of `STEPS`.
    facts : dict[str, str]
        `received`: kind, channel, day (it may have come before it was noted), reach (`address`
        where it is for everybody of one). `identified`: by.
        `extended`: why. `acted`: what, entries (of the ledger, as numbers). `answered`: answer.

    Examples
    --------
    >>> Step(id="s1", request="r1", step="identified", actor="c@shop", at_us=0,
    ...      facts={"by": "document"}).facts
    {'by': 'document'}
    """

    id: str
    request: str
    step: str
    actor: str
    at_us: int
    facts: dict[str, str]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks for (access, change, erasure, objection), folded from its steps.

    fr: demande

    Parameters
    ----------
    received : str
        The day it came, as ISO writes it, in the workspace's zone.
    key : str
        The person; empty once they were erased.
    mark : str
        What stands in its place then: the one-way mark of the opposition list.
    identity : str
        How it was known who asks (`CHECKS`); empty until it was.
    extended_us : int or None
        When the person was told that it takes longer.
    answer : str
        One of `ANSWERS`; empty while it is open.
    acted : tuple[tuple[str, str], ...]
        What was done, with the entries of the ledger that seal it.
    by_address : bool
        Whether whoever asks was named by an address: it is then for everybody who has it.

    Examples
    --------
    >>> r = folded("r1", "k", "", [
    ...     Step(id="s1", request="r1", step="received", actor="c@shop", at_us=5,
    ...          facts={"kind": "access", "channel": "mail", "day": "2011-12-05"}),
    ...     Step(id="s2", request="r1", step="answered", actor="c@shop", at_us=9,
    ...          facts={"answer": "done"})])
    >>> r.kind, r.received, r.answer, r.answered_us
    ('access', '2011-12-05', 'done', 9)
    """

    id: str
    kind: str
    channel: str
    key: str
    mark: str
    received: str
    identity: str = ""
    extended_us: int | None = None
    extended_why: str = ""
    answered_us: int | None = None
    answer: str = ""
    acted: tuple[tuple[str, str], ...] = ()
    actors: tuple[str, ...] = ()
    by_address: bool = False


def folded(request: str, key: str, mark: str, steps: Sequence[Step]) -> Request:
    """A request as its steps leave it.

    Parameters
    ----------
    steps : Sequence[Step]
        Of that request, in the order they were taken; the first is `received`.

    Raises
    ------
    ValueError
        If it was never received.

    Examples
    --------
    >>> folded("r1", "k", "", [])
    Traceback (most recent call last):
        ...
    ValueError: request r1 was never received
    """
    first = next((one for one in steps if one.step == "received"), None)
    if first is None:
        raise ValueError(f"request {request} was never received")
    last = {one.step: one for one in steps}
    identified, extended, answered = (
        last.get(name) for name in ("identified", "extended", "answered")
    )
    return Request(
        id=request,
        kind=first.facts["kind"],
        channel=first.facts["channel"],
        key=key,
        mark=mark,
        received=first.facts["day"],
        identity=identified.facts["by"] if identified else "",
        extended_us=extended.at_us if extended else None,
        extended_why=extended.facts["why"] if extended else "",
        answered_us=answered.at_us if answered else None,
        answer=answered.facts["answer"] if answered else "",
        acted=tuple((s.facts["what"], s.facts["entries"]) for s in steps if s.step == "acted"),
        actors=tuple(dict.fromkeys(s.actor for s in steps if s.actor)),
        by_address=first.facts.get("reach") == "address",
    )
