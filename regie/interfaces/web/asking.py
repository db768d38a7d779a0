"""What a page is asked, and how it answers: the records between the application and its pages.

Pure, but for the templates it reads. A handler takes an `Ask` and gives a Starlette response; it
runs in a thread of its own, so that it may wait for a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup as SafeText
from starlette.responses import HTMLResponse, RedirectResponse, Response

from regie.govern.access import may
from regie.interfaces.web import static_files
from regie.ports.accounts import Account
from regie.terms.document import Lang
from regie.terms.errors import NotFoundError, RegieError, RuleError
from regie.terms.instant import day_of, moment_of
from regie.words import formats
from regie.words.sentences import say, theme_sentences
from regie.workspace.board import Board
from regie.workspace.drawing import prose
from regie.workspace.following import mark
from regie.workspace.site import Room, Site, csrf_token
from regie.workspace.workspace import Workspace

COOKIE = "regie"
HALF = "regie_half"
"""The cookie of a right password that waits for its code."""
OUT = "regie_out"
"""The cookie of a browser that went to its organisation's sign-in."""
BACK = "regie_back"
"""The cookie of a browser that asked for a page and has to sign in first: which page it was."""
LANGUAGE_COOKIE = "regie_language"


def cookie_name(name: str, *, https: bool) -> str:
    """A cookie's name: over HTTPS one that no other host and no plain page can set.

    References
    ----------
    RFC 6265bis, section 4.1.3 (`__Host-`).

    Examples
    --------
    >>> cookie_name(COOKIE, https=True)
    '__Host-regie'
    """
    return f"__Host-{name}" if https else name


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One request, already let in.

    Parameters
    ----------
    room : Room or None
        The workspace it is about; None on pages of the whole site.
    base : str
        What comes before a path of that workspace: empty, or `/NAME` in a site of several.
    account : Account or None
        Who asks; None on pages for everybody.
    session : str
        Their session's token; empty where there is none.
    path : dict[str, str]
        What the route's path names.
    query, form : dict[str, str]
        Of values that are given twice the last.
    at_us : int
        The wall clock.
    here : str
        The path asked for, without the base.
    https : bool
        Whether it came over HTTPS, here or at the proxy.
    """

    site: Site
    room: Room | None
    base: str
    account: Account | None
    session: str
    lang: Lang
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    at_us: int
    here: str
    https: bool = False
    cookies: Mapping[str, str] = {}

    @property
    def workspace(self) -> Workspace:
        """The workspace it is about."""
        assert self.room is not None, "a page of the whole site is about no workspace"
        return self.room.workspace

    @property
    def board(self) -> Board:
        """The figures of that workspace."""
        assert self.room is not None, "a page of the whole site is about no workspace"
        return self.room.board

    @property
    def zone(self) -> str:
        """The zone of its times: of the workspace, or of the first one whoever asks may enter."""
        theirs = self.site.rooms_of(self.account) if self.account else []
        room = self.room or next(iter(theirs or self.site.rooms.values()))
        return room.workspace.settings.zone

    def may(self, permission: str) -> bool:
        """Whether whoever asks holds a permission; nobody who is not signed in does."""
        return self.account is not None and may(self.account.role, permission)

    def note(self, act: str, about: str) -> None:
        """Write into the audit what somebody did."""
        actor = self.account.email if self.account else ""
        where = self.room.name if self.room else ""
        self.site.note(actor, act, about, self.at_us, where)

    def say(self, name: str, **values: Any) -> str:
        """A sentence of the screens in the reader's language."""
        return say(f"screens.{name}", self.lang, **values)

    def day(self, at_us: int) -> str:
        """The day of an instant, in the workspace's zone, in words."""
        return formats.day(day_of(at_us, self.zone), self.lang)

    def moment(self, at_us: int) -> str:
        """The day and time of an instant, in the workspace's zone, in words."""
        return f"{self.day(at_us)} {moment_of(at_us, self.zone):%H:%M}"


NAVIGATION = (
    ("room", "/", "see"),
    ("inbox", "/decide", "see_decisions"),
    ("explore", "/explore", "see"),
    ("audiences", "/audiences", "see"),
    ("campaigns", "/campaigns", "see_decisions"),
    ("models", "/models", "see_decisions"),
    ("data", "/data", "see_data"),
    ("privacy", "/privacy", "see_privacy"),
    ("reports", "/reports", "see"),
    ("decisions", "/decisions", "see_decisions"),
    ("jobs", "/jobs", "see_decisions"),
    ("settings", "/settings", "see_decisions"),
)
"""Screens of a workspace: name, address, permission; in the order of the menu."""
OF_THE_SITE = (("accounts", "/accounts", "manage_accounts"),)
"""Screens of the whole site."""


def page(ask: Ask, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page of a template.

    Parameters
    ----------
    template : str
        `templates/NAME.html`.
    **values
        What the template shows; escaped unless it is markup.
    """
    account, room = ask.account, ask.room
    settings = room.workspace.settings if room else None
    html = _templates().get_template(f"{template}.html").render(
        ask=ask,
        t=ask.say,
        lang=ask.lang,
        account=account,
        csrf=csrf_token(ask.session) if ask.session else "",
        base=ask.base,
        menu=_menu(ask),
        waiting=room.workspace.waiting() if room and account else 0,
        shop=settings.name if settings else _site_name(ask),
        simulated=settings.simulated if settings else (),
        stands_at=ask.day(settings.now_us()) if settings and settings.now else "",
        live=lambda: f"{ask.base}/live?since={mark(ask.workspace)}",
        static=static_files.served_at,
        number=lambda n: formats.number(n, ask.lang),
        money=lambda micros: formats.money(micros, ask.workspace.settings.currency, ask.lang),
        prose=lambda text: SafeText(prose(text)),
        technical=partial(technical, ask),
        **values,
    )  # fmt: skip
    return HTMLResponse(html, status_code=status)


def _site_name(ask: Ask) -> str:
    """What the whole site is called: as its only workspace, where it has no other."""
    only = ask.site.rooms.get("")
    return only.workspace.settings.name if only else ask.site.name


def _menu(ask: Ask) -> list[tuple[str, str, str, bool]]:
    """Name, address and words of each screen this person may open, and whether it is open."""
    if ask.account is None:
        return []
    # A site of one workspace has no pages apart from it; Settings lead to those of the site.
    inside = ask.room is not None or "" in ask.site.rooms
    screens = [(name, ask.base, *more) for name, *more in (NAVIGATION if inside else ())]
    screens += [(name, "", *more) for name, *more in (() if inside else OF_THE_SITE)]
    return [
        (name, base + path, ask.say(f"menu_{name}"),
         ask.here == path or (path != "/" and ask.here.startswith(path)))
        for name, base, path, permission in screens
        if may(ask.account.role, permission)
    ]  # fmt: skip


def refused(ask: Ask, error: RegieError) -> str:
    """Why something was not done, in the reader's language: its own sentence where it has one."""
    code, values = error.reason
    if code:
        return ask.say(f"error_{code}", **values)
    noun = f"error_no_{error.where.partition(' ')[0]}"
    if isinstance(error, NotFoundError) and noun in theme_sentences("screens"):
        return ask.say(noun)
    if isinstance(error, RuleError) and _OF_A_FILE.match(error.where):
        return ask.say("error_rule", file=error.where)
    return error.words[ask.lang]


_OF_A_FILE = re.compile(r"rules/[\w./-]+\.toml\b[\w.,\[\] ]*$")
"""Where a rule is, as it may be told in any language: its file, and the key in it."""


def technical(ask: Ask, error: object) -> SafeText:
    """What the house says of an error among its own, which is in English: folded for a reader of
    another language, who is told the gist in theirs.
    """
    if ask.lang == "en":
        return SafeText("<p>{}</p>").format(error)
    folded = '<details class="technical"><summary>{}</summary><p lang="en">{}</p></details>'
    return SafeText(folded).format(ask.say("error_technical"), error)


def seen(ask: Ask, path: str) -> Response:
    """After something was done: go and look at it (a reload then does nothing twice)."""
    return RedirectResponse(ask.base + path, status_code=303)


def own_path(path: str) -> str:
    """A path of ours as it is; the first page for anything that would lead elsewhere.

    Examples
    --------
    >>> own_path("/explore?by=item"), own_path("//evil.example"), own_path("https://evil.example")
    ('/explore?by=item', '/', '/')
    """
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours else "/"


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("regie.interfaces.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
