"""Why this message?: the page behind the link in every message; no account, and no word of others.

Each form is answered at once. What is held is shown, corrected or erased, and consent given, only
to whoever says the address that the message went to (see `workspace.receiving`). Of the boxes of a
form counts what was changed in it: one that lay open meanwhile undoes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from starlette.responses import Response

from regie.interfaces.web.asking import Ask, page
from regie.terms.errors import NotFoundError, RefusedError, SettingError
from regie.workspace import people, receiving

_TRIES = 5
_TRIES_US = 60 * 60_000_000


def why(
    ask: Ask,
    *,
    done: str = "",
    problem: str = "",
    wanted: Collection[str] = (),
    status: int = 200,
) -> Response:
    """Why this message was written, and what its receiver can do.

    Parameters
    ----------
    wanted : Collection[str]
        Purposes that are to be allowed as soon as the address is said.
    """
    try:
        told = receiving.received(ask.workspace, ask.path["token"], ask.lang, ask.board.names_at)
    except NotFoundError:
        return page(ask, "why_nothing", status=404)
    purposes = ask.workspace.rules.purposes()
    settings = ask.workspace.settings
    return page(
        ask,
        "why",
        status=status,
        told=told,
        advertiser=settings.sender,
        contact=settings.privacy_contact,
        purposes=[(p, purposes[p].title[ask.lang], purposes[p].words[ask.lang], is_open)
                  for p, is_open in told.purposes.items()],
        wanted=wanted,
        given=ask.form,
        longest=people.LONGEST_VALUE,
        done=done,
        problem=problem,
    )  # fmt: skip


def answer(ask: Ask) -> Response:
    """Do what a form of the page asks for, and show what stands now."""
    what = ask.form.get("what", "")
    try:
        if what == "purposes":
            return _allow(ask)
        if what == "object":
            receiving.object_to(ask.workspace, ask.path["token"])
            return why(ask, done="object")
        return _proven(ask, what)
    except NotFoundError:
        return page(ask, "why_nothing", status=404)
    except SettingError as error:
        problem = f"why_problem_{error.where.partition(' ')[0]}"
        return why(ask, problem=problem, status=403)


def _allow(ask: Ask) -> Response:
    """Note at once what is allowed no more; the rest once the address is said."""
    token, ticked = ask.path["token"], {p for p in receiving.ANSWERABLE if p in ask.form}
    shown = set(ask.form.get("shown", " ".join(receiving.ANSWERABLE)).split())
    receiving.withdraw(ask.workspace, token, shown - ticked)
    wanted = ticked - shown
    if not wanted:
        return why(ask, done="purposes")
    if not ask.form.get("address", "").strip():
        return why(ask, problem="why_problem_who", wanted=wanted, status=403)
    key, problem = _key_of(ask)
    if not key:
        return why(ask, problem=problem, wanted=wanted, status=_STATUS[problem])
    receiving.grant(ask.workspace, key, wanted)
    return why(ask, done="purposes")


_STATUS = {"why_problem_later": 429, "why_problem_address": 403}


def _key_of(ask: Ask) -> tuple[str, str]:
    """The key of whoever says the address that the message went to, or why there is none."""
    token = ask.path["token"]
    who = f"link {token[:12]}"
    if ask.site.accounts.refusals(who, ask.at_us - _TRIES_US) >= _TRIES:
        return "", "why_problem_later"
    try:
        return receiving.proven(ask.workspace, token, ask.form.get("address", "")), ""
    except RefusedError:
        ask.site.note(who, "refused", "address", ask.at_us)
        return "", "why_problem_address"


def _proven(ask: Ask, what: str) -> Response:
    """See, correct or erase: for whoever says the address the message went to."""
    key, problem = _key_of(ask)
    if not key:
        return why(ask, problem=problem, status=_STATUS[problem])
    if what == "erase":
        receiving.erase(ask.workspace, key)
        return page(ask, "why_erased")
    if what == "correct":
        field, value = ask.form.get("field", ""), ask.form.get("value", "").strip()
        is_address = field == "address"
        if is_address and ask.form.get("again", "").strip() != value:
            # Letters are not seen to be wrong until nothing arrives any more.
            return why(ask, problem="why_problem_again", status=400)
        receiving.correct(ask.workspace, key, field, value)
        return why(ask, done="address" if is_address else "correct")
    return _held(ask, receiving.see(ask.workspace, key))


def _held(ask: Ask, held: dict[str, Any]) -> Response:
    """Everything that is held, as the page that `regie access` writes, to keep."""
    from regie.workspace import reporting

    content = reporting.access_page(ask.workspace, held, ask.lang)
    # That page carries its own style, and forbids itself all else.
    return Response(
        content,
        media_type="text/html; charset=utf-8",
        headers={
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline';"
            " img-src data:; sandbox allow-popups; frame-ancestors 'none'",
        },
    )


def unsubscribe_page(ask: Ask) -> Response:
    """One button: a mail program's scanner that opens every link must not unsubscribe anybody."""
    try:
        receiving.check(ask.workspace, ask.path["token"])
    except NotFoundError:
        return page(ask, "why_nothing", status=404)
    return page(ask, "unsubscribe", done=False, token=ask.path["token"])


def unsubscribe(ask: Ask) -> Response:
    """No more e-mails, at once; from our page or from a mail program's own button.

    References
    ----------
    RFC 8058, section 3.1: a POST with `List-Unsubscribe=One-Click`, without cookie or redirect.
    """
    try:
        receiving.unsubscribe(ask.workspace, ask.path["token"])
    except NotFoundError:
        return page(ask, "why_nothing", status=404)
    return page(ask, "unsubscribe", done=True, token=ask.path["token"])
