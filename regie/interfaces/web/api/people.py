"""What a person can ask for, done for them by a program: consent, access, correction, erasure.

A person is named in the body, never in the address: addresses are kept in the logs of every proxy.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec

from regie.interfaces.web.api.entry import Call, Entry, Name
from regie.workspace.people import Erased

Told = TypeVar("Told")
_Purposes = Annotated[tuple[Name, ...], msgspec.Meta(max_length=20)]


class PersonNamed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person by key, identifier or address."""

    person: Name


class Answers(PersonNamed, frozen=True, kw_only=True):
    """What a person allows from now on, and what no more; nothing: only where it stands."""

    grant: _Purposes = ()
    withdraw: _Purposes = ()


class Correction(PersonNamed, frozen=True, kw_only=True):
    """Another value of one field."""

    field: Name
    value: Annotated[str, msgspec.Meta(max_length=1000)]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Whether each purpose is open for a person now."""

    purposes: dict[str, bool]


def access(call: Call) -> dict[str, Any]:
    """All that is held."""
    return _done(call, "accessed", call.workspace.access(call.body.person))


def consent(call: Call) -> Standing:
    """Note answers."""
    asked: Answers = call.body
    purposes = call.workspace.consent(asked.person, asked.grant, asked.withdraw)
    told = Standing(purposes=purposes)
    if asked.grant or asked.withdraw:
        _done(call, "consent_noted", told)
    return told


def object_to(call: Call) -> Standing:
    """Note an objection."""
    return _done(call, "objected", Standing(purposes=call.workspace.object(call.body.person)))


def rectify(call: Call) -> dict[str, Any]:
    """Correct a value."""
    asked: Correction = call.body
    return _done(call, "rectified", call.workspace.rectify(asked.person, asked.field, asked.value))


def erase(call: Call) -> Erased:
    """Erase a person."""
    done: Erased = _done(call, "erased", call.workspace.erase(call.body.person))
    return done


def _done(call: Call, act: str, told: Told) -> Told:
    """Note what was done, never about whom: the audit outlives everybody's erasure."""
    call.note(act, "")
    return told


ENTRIES = (
    Entry(method="POST", path="/people/access", permission="see_people", function=access,
          body=PersonNamed, does="All that is held on a person.", answer=dict[str, Any],
          heavy=True),
    Entry(method="POST", path="/people/consent", permission="answer_people", function=consent,
          body=Answers, does="Note what a person allows, and tell where each purpose stands.",
          answer=Standing),
    Entry(method="POST", path="/people/object", permission="answer_people", function=object_to,
          body=PersonNamed, does="Note a person's objection.", answer=Standing),
    Entry(method="POST", path="/people/rectify", permission="answer_people", function=rectify,
          body=Correction, does="Correct what is held on a person.", answer=dict[str, Any]),
    Entry(method="POST", path="/people/erase", permission="answer_people", function=erase,
          body=PersonNamed, does="Erase a person: hidden at once, then destroyed.", answer=Erased,
          heavy=True),
)  # fmt: skip
