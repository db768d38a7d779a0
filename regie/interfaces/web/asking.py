"""What a page is asked, and how it answers: the records between the application and its pages.

Pure, but for the templates it reads. A handler takes an `Ask` and gives a Starlette response; it
runs in a thread of its own, so that it may wait for a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup as SafeText
from starlette.responses import HTMLResponse, RedirectResponse, Response

from regie.govern.access import may
from regie.ports.accounts import Account
from regie.terms.instant import day_of
from regie.words import formats
from regie.words.sentences import say
from regie.workspace.drawing import prose
from regie.workspace.site import Site, csrf_token
from regie.workspace.workspace import Workspace

COOKIE = "regie"
LANGUAGE_COOKIE = "regie_language"


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One request, already let in.

    Parameters
    ----------
    account : Account or None
        Who asks; None on pages for everybody.
    session : str
        Their session's token; empty where there is none.
    lang : str
        `en` or `fr`.
    path : dict[str, str]
        What the route's path names.
    query, form : dict[str, str]
        Of values that are given twice the last.
    at_us : int
        The wall clock.
    here : str
        The path asked for.
    """

    site: Site
    account: Account | None
    session: str
    lang: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    at_us: int
    here: str

    @property
    def workspace(self) -> Workspace:
        """The workspace it is about."""
        return self.site.workspace

    def say(self, name: str, **values: Any) -> str:
        """A sentence of the screens in the reader's language."""
        return say(f"screens.{name}", self.lang, **values)

    def day(self, at_us: int) -> str:
        """The day of an instant, in the workspace's zone, in words."""
        return formats.day(day_of(at_us, self.workspace.settings.zone), self.lang)


NAVIGATION = (
    ("room", "/", "see"),
    ("inbox", "/decide", "see_decisions"),
    ("decisions", "/decisions", "see_decisions"),
    ("accounts", "/accounts", "manage_accounts"),
)
"""Screen, address, permission; in the order of the menu."""


def page(ask: Ask, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page of a template.

    Parameters
    ----------
    template : str
        `templates/NAME.html`.
    **values
        What the template shows; escaped unless it is markup.
    """
    account = ask.account
    menu = [
        (name, address, ask.say(f"menu_{name}"))
        for name, address, permission in NAVIGATION
        if account and may(account.role, permission)
    ]
    html = _templates().get_template(f"{template}.html").render(
        ask=ask,
        t=ask.say,
        lang=ask.lang,
        account=account,
        csrf=csrf_token(ask.session) if ask.session else "",
        menu=menu,
        waiting=len(ask.workspace.proposals()) if account else 0,
        shop=ask.workspace.settings.name,
        simulated=ask.workspace.settings.simulated,
        number=lambda n: formats.number(n, ask.lang),
        money=lambda micros: formats.money(micros, ask.workspace.settings.currency, ask.lang),
        prose=lambda text: SafeText(prose(text)),
        **values,
    )  # fmt: skip
    return HTMLResponse(html, status_code=status)


def seen(address: str) -> Response:
    """After something was done: go and look at it (a reload then does nothing twice)."""
    return RedirectResponse(address, status_code=303)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("regie.interfaces.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
