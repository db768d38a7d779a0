"""The next step of a person's request, by its name: one table for the screen, the command line and
programs, so that none of them can take a step that another one forbids.

Erasure is asked for as a change (`changes.ask_erasure`): where the rules want somebody else's word
it waits for it, whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from regie.terms.errors import NotFoundError, SettingError
from regie.terms.request import Step
from regie.workspace import changes, mailboxes, people, requests
from regie.workspace.requests import Timed

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

_Deed = Callable[["Stores", str, Mapping[str, str], str], object]
DEEDS: Mapping[str, tuple[tuple[str, ...], _Deed]] = {
    "identify": (("by",), lambda shop, name, given, actor: requests.identify(
        shop, name, given["by"], actor)),
    "extend": (("why",), lambda shop, name, given, actor: requests.extend(
        shop, name, given["why"], actor)),
    "access": ((), lambda shop, name, given, actor: requests.give_access(shop, name, actor)),
    "rectify": (("field", "value"), lambda shop, name, given, actor: requests.rectify(
        shop, name, given["field"], given["value"].strip(), actor)),
    "object": ((), lambda shop, name, given, actor: requests.object_to(shop, name, actor)),
    "erase": ((), lambda shop, name, given, actor: changes.ask_erasure(shop, name, actor)),
    "answer": (("answer",), lambda shop, name, given, actor: requests.answer(
        shop, name, given["answer"], actor)),
}  # fmt: skip
"""Deed to the values it takes, and what does it."""


class Handled(msgspec.Struct, frozen=True, kw_only=True):
    """A request with everything that whoever answers it needs.

    fr: dossier de demande

    Parameters
    ----------
    steps : tuple[Step, ...]
        In order, each sealed.
    held : bool
        Whether something is held on the person.
    contacts : dict[str, str or None]
        What is held on how to reach them, so that it can be seen who it is; empty where nothing is.
    answers : tuple[str, ...]
        How it can be answered: what would not be true of it is left out.
    change : str
        The erasure that waits for somebody's word; empty where none does.
    others : tuple[str, ...]
        Who else has the same address; the request is for them too where an address named who asks.

    Examples
    --------
    >>> "steps" in Handled.__struct_fields__
    True
    """

    told: Timed
    steps: tuple[Step, ...]
    held: bool
    contacts: dict[str, str | None]
    answers: tuple[str, ...]
    change: str
    others: tuple[str, ...] = ()


def handled(workspace: Stores, request: str) -> Handled:
    """One request, and its steps.

    Raises
    ------
    NotFoundError
        If there is none of that name.
    """
    told = requests.found(workspace, request)
    key = told.request.key
    is_held = bool(key) and people.is_known(workspace, key)
    erasure = f"erasure:{request}"
    waits = any(one.id == erasure for one in changes.waiting(workspace))
    return Handled(
        told=told,
        steps=tuple(requests.steps_of(workspace, request)),
        held=is_held,
        contacts=people.held_contacts(workspace, key) if is_held else {},
        answers=() if told.request.answer else requests.possible_answers(workspace, told.request),
        change=erasure if waits else "",
        others=tuple(mailboxes.told(workspace, mailboxes.sharing(workspace, [key])))
        if is_held
        else (),
    )


def act(
    workspace: Stores, request: str, deed: str, given: Mapping[str, str], actor: str
) -> Handled:
    """Take a step.

    Parameters
    ----------
    deed : str
        One of `DEEDS`.
    given : Mapping[str, str]
        The values it takes.

    Raises
    ------
    SettingError
        If there is no such deed, or a value is none of those there are.
    RefusedError
        If the request is not where that can be done.
    NotFoundError
        If there is no such request, or nothing is held on the person.
    """
    if deed not in DEEDS:
        raise SettingError("deed", f'"{deed}"', "one of " + ", ".join(DEEDS), "choose one")
    takes, do = DEEDS[deed]
    if missing := [name for name in takes if name not in given]:
        raise SettingError(deed, f"without {', '.join(missing)}", "told it", "say it")
    do(workspace, request, given, actor)
    return handled(workspace, request)


def pack(workspace: Stores, request: str) -> dict[str, Any]:
    """Everything that is held on whoever asked, to be sent to them.

    Raises
    ------
    NotFoundError
        If the request is not open, or access was not prepared first.

    References
    ----------
    GDPR articles 12(1), 15(3) and 20(1).
    """
    told = requests.found(workspace, request).request
    if told.answer or not any(what == "access" for what, _ in told.acted):
        raise NotFoundError(
            f"pack of request {told.id}", "not there", "one of an open request, prepared first",
            "open the request",
        )  # fmt: skip
    return people.access(workspace, *requests.everybody(workspace, request))
