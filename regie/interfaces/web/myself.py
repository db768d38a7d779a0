"""One's own account: password, and tokens that let programs in under one's name."""

from __future__ import annotations

from starlette.responses import Response

from regie.govern.access import ROLE_WORDS, may
from regie.interfaces.web.asking import Ask, page, seen
from regie.terms.errors import RefusedError, RegieError
from regie.terms.instant import day_of
from regie.words import formats
from regie.workspace import second_factor, tokens

DAYS = (30, 90, 180, 365)
"""For how long a token may be made."""


def account(
    ask: Ask,
    status: int = 200,
    secret: str = "",
    recovery: tuple[str, ...] = (),
    **problems: str,
) -> Response:
    """The account of whoever is signed in.

    Parameters
    ----------
    secret : str
        A token just made: shown this once.
    recovery : tuple[str, ...]
        Recovery codes just made: shown this once.
    **problems
        Form to what is wrong with it.
    """
    assert ask.account is not None, "the route asks for a session"
    mine = [
        (token, maker, ROLE_WORDS[token.role][ask.lang], _day(ask, token.until_us))
        for token, maker in tokens.seen_by(ask.site, ask.account, ask.at_us)
    ]
    return page(
        ask,
        "me",
        status=status,
        role=ROLE_WORDS[ask.account.role][ask.lang],
        may_make=may(ask.account.role, "make_tokens"),
        factor=second_factor.is_set(ask.site, ask.account),
        otp=second_factor.prepared(ask.site, ask.account),
        qr=_qr,
        recovery=recovery,
        tokens=mine,
        secret=secret,
        roles={one: ROLE_WORDS[one][ask.lang] for one in tokens.roles_below(ask.account.role)},
        workspaces={room.name: room.workspace.settings.name
                    for room in ask.site.rooms_of(ask.account)},
        days=DAYS,
        given=ask.form,
        problems=problems,
    )  # fmt: skip


def _day(ask: Ask, at_us: int) -> str:
    return formats.day(day_of(at_us, ask.zone), ask.lang)


def _qr(address: str) -> str:
    """An address as a picture that stands in the page itself."""
    import segno

    return segno.make(address, error="m").svg_data_uri(scale=4, light="#fff", border=3)


def prepare_factor(ask: Ask) -> Response:
    """A secret for an authenticator app."""
    assert ask.account is not None, "the route asks for a session"
    try:
        second_factor.prepare(ask.site, ask.account, ask.form.get("password", ""), ask.at_us)
    except RefusedError:
        return account(ask, 403, factor=ask.say("password_wrong"))
    return account(ask)


def confirm_factor(ask: Ask) -> Response:
    """Put it in force; its recovery codes are shown once."""
    assert ask.account is not None, "the route asks for a session"
    try:
        codes = second_factor.confirm(ask.site, ask.account, ask.form.get("code", ""), ask.at_us)
    except RefusedError:
        return account(ask, 403, factor=ask.say("second_factor_wrong"))
    return account(ask, recovery=codes)


def remove_factor(ask: Ask) -> Response:
    """The password alone again."""
    assert ask.account is not None, "the route asks for a session"
    try:
        second_factor.remove(ask.site, ask.account, ask.form.get("password", ""), ask.at_us)
    except RefusedError:
        return account(ask, 403, factor=ask.say("password_wrong"))
    return seen(ask, "/me")


def make_token(ask: Ask) -> Response:
    """A token, shown once."""
    assert ask.account is not None, "the route asks for a session"
    days = ask.form.get("days", "")
    try:
        secret = tokens.make(
            ask.site, ask.account, name=ask.form.get("name", ""), role=ask.form.get("role", ""),
            workspace=ask.form.get("workspace", ""), days=int(days) if days.isdecimal() else 0,
            at_us=ask.at_us,
        )  # fmt: skip
    except RegieError as error:
        return account(ask, 400, token=_wrong(ask, error))
    return account(ask, secret=secret)


def _wrong(ask: Ask, error: RegieError) -> str:
    return ask.say("token_days_wrong" if error.where == "days" else f"token_{error.where}")


def revoke_token(ask: Ask) -> Response:
    """A token opens nothing any more."""
    assert ask.account is not None, "the route asks for a session"
    tokens.revoke(ask.site, ask.account, ask.form.get("token", ""), ask.at_us)
    return seen(ask, "/me")


def change_password(ask: Ask) -> Response:
    """Another password: every session ends, this one too."""
    assert ask.account is not None, "the route asks for a session"
    try:
        ask.site.change_password(
            ask.account, ask.form.get("password", ""), ask.form.get("next", ""), ask.at_us
        )
    except RefusedError:
        return account(ask, 403, password=ask.say("password_wrong"))
    except RegieError:
        return account(ask, 400, password=ask.say("join_password"))
    return seen(ask, "/sign-in")
