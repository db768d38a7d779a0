"""Settings: who works here."""

from __future__ import annotations

import re

from starlette.responses import Response

from regie.govern.access import PERMISSIONS, ROLE_WORDS, ROLES
from regie.interfaces.web.asking import Ask, page, seen
from regie.ports.accounts import EVERYWHERE, AuditEntry
from regie.terms.errors import NotFoundError
from regie.workspace import second_factor
from regie.workspace.jobs import KINDS

_NEWEST = 50


def accounts(ask: Ask, link: str = "") -> Response:
    """Accounts, what each role may do, and what was done of late; of where they work themselves."""
    assert ask.account is not None, "the route asks for a session"
    rooms = ask.site.rooms_of(ask.account)
    return page(
        ask,
        "accounts",
        accounts=ask.site.people(ask.account),
        with_factor=ask.site.accounts.with_second_factor(),
        workspaces=[(one.name, one.workspace.settings.name) for one in rooms if one.name],
        everywhere=ask.account.workspaces == EVERYWHERE,
        roles={name: words[ask.lang] for name, words in ROLE_WORDS.items()},
        rights={name: [PERMISSIONS[one][ask.lang] for one in held] for name, held in ROLES.items()},
        audited=[_audited(ask, one) for one in ask.site.audited(ask.account, _NEWEST)],
        link=link,
    )


def _audited(ask: Ask, entry: AuditEntry) -> tuple[str, str, str, str]:
    """When, who, what and about what; a page of many lines survives an act without words."""
    try:
        act = ask.say(f"audit_{entry.act}")
    except NotFoundError:
        act = ask.say("audit_without_words", act=entry.act)
    where = entry.workspace.replace("\n", ", ")
    about = _about(ask, entry)
    return ask.moment(entry.at_us), entry.actor, act, f"{where} {about}".strip()


_ACCOUNT = re.compile(r"(?P<who>.+): (?P<role>\w+), (?P<active>True|False), (?P<places>.*)")
_TOKEN = re.compile(r"(?P<who>.*): (?P<role>\w+)")
_TRIED = ("sign-in", "address", "group")


def _about(ask: Ask, entry: AuditEntry) -> str:
    """What an act was about, in words; the audit keeps names of roles, jobs and the like."""
    about, act = entry.about, entry.act
    if act in ("invited", "account_made"):
        return _role(ask, about)
    if act == "account_changed" and (found := _ACCOUNT.fullmatch(about)):
        state = ask.say("audit_may_enter" if found["active"] == "True" else "audit_is_closed")
        told = [_role(ask, found["role"]), state]
        told += [ask.say("workspaces_all")] if found["places"] == EVERYWHERE else []
        return f"{found['who']}{ask.say('colon')} {', '.join(told)}"
    if act == "token_made" and (found := _TOKEN.fullmatch(about)):
        return f"{found['who']}{ask.say('colon')} {_role(ask, found['role'])}"
    if act == "refused" and about in _TRIED:
        return ask.say(f"audit_tried_{about.replace('-', '_')}")
    if act == "job_started" and about in KINDS:
        return ask.say(f"job_{about}")
    return about


def _role(ask: Ask, name: str) -> str:
    return ROLE_WORDS[name][ask.lang] if name in ROLE_WORDS else name


def invite(ask: Ask) -> Response:
    """A link that makes one account."""
    assert ask.account is not None, "the route asks for a session"
    token = ask.site.invite(ask.form.get("role", ""), ask.account, ask.at_us, _workspaces(ask))
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
    return tuple(name.removeprefix("in ") for name in ask.form if name.startswith("in "))
