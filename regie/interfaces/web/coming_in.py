"""Coming in and going out: sign-in, the link that makes an account, language."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from regie.interfaces.web.asking import COOKIE, LANGUAGE_COOKIE, Ask, page, seen
from regie.terms.errors import RefusedError, SettingError
from regie.workspace.site import SESSION_US

_YEAR_S = 365 * 86_400


def sign_in_page(ask: Ask) -> Response:
    """Where to sign in."""
    return page(ask, "sign_in", problem="")


def sign_in(ask: Ask) -> Response:
    """Open a session, or say that address and password do not go together."""
    try:
        token = ask.site.sign_in(ask.form.get("email", ""), ask.form.get("password", ""), ask.at_us)
    except RefusedError as error:
        late = error.found != "refused"
        problem = ask.say("sign_in_later" if late else "sign_in_refused")
        return page(ask, "sign_in", status=429 if late else 403, problem=problem)
    answer = seen(ask, "/")
    answer.set_cookie(COOKIE, token, max_age=SESSION_US // 1_000_000, httponly=True, samesite="lax")
    return answer


def workspaces(ask: Ask) -> Response:
    """Where somebody works; straight on where that is one place."""
    assert ask.account is not None, "the route asks for a session"
    rooms = [room for name, room in ask.site.rooms.items() if ask.account.enters(name)]
    if len(rooms) == 1:
        return seen(ask, f"/{quote(rooms[0].name)}/")
    return page(ask, "workspaces", rooms=rooms)


def sign_out(ask: Ask) -> Response:
    """Close this session, or every one of this person."""
    assert ask.account is not None, "the route asks for a session"
    everywhere = "everywhere" in ask.form
    ask.site.sign_out(ask.session, ask.account, ask.at_us, everywhere=everywhere)
    answer = seen(ask, "/sign-in")
    answer.delete_cookie(COOKIE)
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
    own = back.startswith("/") and not back.startswith(("//", "/\\"))
    answer = seen(ask, back if own else "/")
    if spoken in ("en", "fr"):
        answer.set_cookie(LANGUAGE_COOKIE, spoken, max_age=_YEAR_S, httponly=True, samesite="lax")
    return answer
