"""Coming in and going out: sign-in, the link that makes an account, language."""

from __future__ import annotations

import logging
from urllib.parse import quote, unquote

from starlette.responses import RedirectResponse, Response

from regie.interfaces.web.asking import (
    BACK,
    COOKIE,
    HALF,
    LANGUAGE_COOKIE,
    OUT,
    Ask,
    cookie_name,
    own_path,
    page,
    seen,
)
from regie.terms.document import LANGS
from regie.terms.errors import NotFoundError, RefusedError, SettingError
from regie.workspace import outside, second_factor
from regie.workspace.site import HALF_US, SESSION_US

_log = logging.getLogger("regie.web")
_YEAR_S = 365 * 86_400
BACK_US = 30 * 60_000_000
"""So long a page that was asked for is led back to."""
_LONGEST_BACK = 1000


def sign_in_page(ask: Ask) -> Response:
    """Where to sign in."""
    return page(ask, "sign_in", problem="")


def to_sign_in(ask: Ask, asked_for: str) -> Response:
    """To the sign-in, and from there to the page that was asked for.

    In a cookie and not in the address: a question about customers may be part of it.
    """
    answer = RedirectResponse("/sign-in", status_code=303)
    if asked_for != "/" and len(asked_for) <= _LONGEST_BACK:
        _put(ask, answer, BACK, quote(asked_for), BACK_US)
    return answer


def sign_in(ask: Ask) -> Response:
    """Open a session, or say that address and password do not go together."""
    try:
        signed = ask.site.sign_in(
            ask.form.get("email", ""), ask.form.get("password", ""), ask.at_us
        )
    except RefusedError as error:
        late = error.found != "refused"
        problem = ask.say("sign_in_later" if late else "sign_in_refused")
        return page(ask, "sign_in", status=429 if late else 403, problem=problem)
    if not signed.is_half:
        return signed_in(ask, signed.token)
    answer = seen(ask, "/sign-in/code")
    _put(ask, answer, HALF, signed.token, HALF_US)
    return answer


def signed_in(ask: Ask, token: str) -> Response:
    """To the first page, with a session."""
    if ask.session:  # in the same browser: the new session takes its place
        ask.site.end_session(ask.session)
    back = cookie_name(BACK, https=ask.https)
    answer = seen(ask, own_path(unquote(ask.cookies.get(back, "/"))))
    _put(ask, answer, COOKIE, token, SESSION_US)
    answer.delete_cookie(back, secure=ask.https, httponly=True)
    answer.delete_cookie(cookie_name(HALF, https=ask.https), secure=ask.https, httponly=True)
    return answer


def _put(ask: Ask, answer: Response, name: str, token: str, for_us: int) -> None:
    answer.set_cookie(
        cookie_name(name, https=ask.https), token, max_age=for_us // 1_000_000, httponly=True,
        samesite="lax", secure=ask.https,
    )  # fmt: skip


def go_outside(ask: Ask) -> Response:
    """To the organisation's own sign-in, with a secret to come back by."""
    rules = ask.site.outside
    if rules is None:
        raise NotFoundError("sign-in", "not there", "the form of this site", "sign in by it")
    address, secret = outside.begin(rules, outside.provider(rules))
    answer = RedirectResponse(address, status_code=303)
    _put(ask, answer, OUT, secret, outside.OUT_US)
    return answer


def come_back(ask: Ask) -> Response:
    """From the organisation's sign-in."""
    rules, name = ask.site.outside, cookie_name(OUT, https=ask.https)
    if rules is None:
        raise NotFoundError("sign-in", "not there", "the form of this site", "sign in by it")
    try:
        token = outside.come_back(
            ask.site, rules, outside.provider(rules), secret=ask.cookies.get(name, ""),
            state=ask.query.get("state", ""), code=ask.query.get("code", ""), at_us=ask.at_us,
        )  # fmt: skip
        answer = signed_in(ask, token)
    except RefusedError as error:
        _log.warning("%s", error)
        problem = ask.say("sign_in_outside_refused")
        answer = page(ask, "sign_in", status=403, problem=problem)
    answer.delete_cookie(name, secure=ask.https, httponly=True)
    return answer


def code_page(ask: Ask) -> Response:
    """Where the code of the second factor is given."""
    return page(ask, "sign_in_code", problem="")


def sign_in_by_code(ask: Ask) -> Response:
    """The second half of signing in."""
    half = ask.cookies.get(cookie_name(HALF, https=ask.https), "")
    try:
        return signed_in(
            ask, second_factor.sign_in(ask.site, half, ask.form.get("code", ""), ask.at_us)
        )
    except RefusedError as error:
        told = {"over": "sign_in_over", "refused for a while": "sign_in_later"}
        problem = ask.say(told.get(error.found, "second_factor_wrong"))
        return page(ask, "sign_in_code", status=403, problem=problem)


def workspaces(ask: Ask) -> Response:
    """Where somebody works; straight on where that is one place."""
    assert ask.account is not None, "the route asks for a session"
    rooms = ask.site.rooms_of(ask.account)
    if len(rooms) == 1:
        return seen(ask, f"/{quote(rooms[0].name)}/")
    return page(ask, "workspaces", rooms=rooms)


def sign_out(ask: Ask) -> Response:
    """Close this session, or every one of this person."""
    assert ask.account is not None, "the route asks for a session"
    everywhere = "everywhere" in ask.form
    ask.site.sign_out(ask.session, ask.account, ask.at_us, everywhere=everywhere)
    answer = seen(ask, "/sign-in")
    name = cookie_name(COOKIE, https=ask.https)
    answer.delete_cookie(name, secure=ask.https, httponly=True)
    answer.headers["clear-site-data"] = '"cache", "storage"'
    return answer


def join_page(ask: Ask) -> Response:
    """Where an account is made from a link."""
    invited = ask.site.invited(ask.path["token"], ask.at_us)
    return page(ask, "join", status=200 if invited else 404, invited=invited, problem="", given={})


def join(ask: Ask) -> Response:
    """Make the account."""
    try:
        ask.site.join(
            ask.path["token"],
            name=ask.form.get("name", ""),
            email=ask.form.get("email", ""),
            password=ask.form.get("password", ""),
            language=ask.lang,
            at_us=ask.at_us,
        )
    except (SettingError, RefusedError) as error:
        invited = ask.site.invited(ask.path["token"], ask.at_us)
        problem = ask.say(f"join_{error.where}")
        return page(ask, "join", status=400, invited=invited, problem=problem, given=ask.form)
    return sign_in(ask)


def language(ask: Ask) -> Response:
    """Speak the other language from now on, in this browser."""
    spoken = ask.form.get("lang", "")
    back = ask.form.get("back", "/")
    # Only a path of ours: a form must not send anybody elsewhere.
    answer = seen(ask, own_path(back))
    if spoken in LANGS:
        answer.set_cookie(
            cookie_name(LANGUAGE_COOKIE, https=ask.https), spoken, max_age=_YEAR_S, httponly=True,
            samesite="lax", secure=ask.https,
        )  # fmt: skip
    return answer
