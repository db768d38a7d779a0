"""Settings: who works here."""

from __future__ import annotations

from starlette.responses import Response

from regie.govern.access import PERMISSIONS, ROLE_WORDS, ROLES
from regie.interfaces.web.asking import Ask, page, seen
from regie.ports.accounts import EVERYWHERE
from regie.terms.instant import moment_of
from regie.words import formats
from regie.workspace import second_factor

_NEWEST = 50


def accounts(ask: Ask, link: str = "") -> Response:
    """Accounts, what each role may do, and what was done of late."""
    audited = [
        (_moment(ask, entry.at_us), entry.actor, entry.act, f"{entry.workspace} {entry.about}")
        for entry in ask.site.accounts.audited(_NEWEST)
    ]
    return page(
        ask,
        "accounts",
        accounts=ask.site.accounts.all(),
        with_factor=ask.site.accounts.with_second_factor(),
        workspaces=[(n, r.workspace.settings.name) for n, r in ask.site.rooms.items() if n],
        roles={name: words[ask.lang] for name, words in ROLE_WORDS.items()},
        rights={name: [PERMISSIONS[one][ask.lang] for one in held] for name, held in ROLES.items()},
        audited=audited,
        link=link,
    )


def _moment(ask: Ask, at_us: int) -> str:
    moment = moment_of(at_us, ask.zone)
    return f"{formats.day(moment.date(), ask.lang)} {moment:%H:%M}"


def invite(ask: Ask) -> Response:
    """A link that makes one account."""
    assert ask.account is not None, "the route asks for a session"
    token = ask.site.invite(
        ask.form.get("role", ""), ask.account.email, ask.at_us, _workspaces(ask)
    )
    return accounts(ask, link=f"/join/{token}")


def change(ask: Ask) -> Response:
    """Another role, or no way in."""
    assert ask.account is not None, "the route asks for a session"
    ask.site.change(
        ask.form.get("account", ""),
        role=ask.form.get("role", ""),
        active="active" in ask.form,
        workspaces=_workspaces(ask),
        actor=ask.account,
        at_us=ask.at_us,
    )
    return seen(ask, "/accounts")


def reset_factor(ask: Ask) -> Response:
    """Somebody who lost their second factor signs in by their password alone again."""
    assert ask.account is not None, "the route asks for a session"
    second_factor.reset(ask.site, ask.form.get("account", ""), ask.account, ask.at_us)
    return seen(ask, "/accounts")


def _workspaces(ask: Ask) -> tuple[str, ...]:
    """Where an account works; a site of one workspace does not ask."""
    if "" in ask.site.rooms or "everywhere" in ask.form:
        return (EVERYWHERE,)
    return tuple(name for name in ask.site.rooms if f"in {name}" in ask.form)
