"""The application: lets requests in, one after the rules of one table, and answers every error.

Order of a request: its size, its session, its right (`routes.ROUTES`), its form's token, then the
page. Why by hand and not by middlewares: the order is the safety, and here it can be read.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from regie.govern.access import may
from regie.interfaces.web import coming_in, static_files, uploading
from regie.interfaces.web.api import problem
from regie.interfaces.web.api.answering import api_paths
from regie.interfaces.web.api.entry import accepted
from regie.interfaces.web.asking import COOKIE, LANGUAGE_COOKIE, Ask, cookie_name, page
from regie.interfaces.web.asking import refused as told_refused
from regie.interfaces.web.hosts import OurHosts, name_of
from regie.interfaces.web.routes import ANYBODY, FROM_OUTSIDE, ROUTES, SIGNED_IN, WORKSPACES, Route
from regie.terms.document import Lang, lang_of
from regie.terms.errors import NotYetError, RegieError, SettingError
from regie.workspace import uploads
from regie.workspace.settings import wall_us
from regie.workspace.site import Site, csrf_token

MOST_BYTES = 1 << 20
"""A form is never longer; files will come by a route of their own."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
HSTS = {"strict-transport-security": "max-age=31536000; includeSubDomains"}
"""Over HTTPS: never plain again (RFC 6797)."""
KEPT = "public, max-age=31536000, immutable"
"""What never changes under its name."""
RECEIVERS = ("/w/", "/u/")
OURS = ("same-origin", "none")
"""Where a request comes from, as browsers tell: a page of ours, or somebody's own hand."""

_log = logging.getLogger("regie.web")


def make_app(site: Site, hosts: Collection[str] = ()) -> ASGIApp:
    """The control room of a site.

    Parameters
    ----------
    site : Site
        Open; the caller closes it.
    hosts : Collection[str]
        Names it is asked under, beside addresses in digits, this machine itself and the public
        addresses of the settings.
    """
    several = "" not in site.rooms
    routes = [*(one for one in ROUTES if one.of_site), *((WORKSPACES,) if several else ())]
    routes += [one for one in ROUTES if not one.of_site]
    _check_names(
        site, {one.path.split("/")[1] for one in routes if one.of_site} | {"static", "api"}
    )
    paths: list[BaseRoute] = [Path("/static/{name}", _static, methods=["GET"]), *api_paths(site)]
    for route in routes:
        prefix = "/{workspace}" if several and not route.of_site else ""
        paths.append(
            Path(prefix + route.path, partial(_answer, site, route), methods=[route.method])
        )
    handlers: Any = {404: partial(_unknown, site), 405: partial(_unknown, site)}
    app = Starlette(routes=paths, exception_handlers=handlers)
    return _WithHeaders(OurHosts(app, partial(_names, site, frozenset(map(name_of, hosts)))))


def _names(site: Site, more: frozenset[str]) -> frozenset[str]:
    """The names a site goes by as its settings stand."""
    public = [room.workspace.settings.public_url for room in site.rooms.values()]
    public += [site.outside.public_url] if site.outside else []
    return more | {name_of(address) for address in public}


def _check_names(site: Site, taken: set[str]) -> None:
    """Whether no workspace has the name of one of the site's own addresses."""
    for name in sorted(taken & set(site.rooms)):
        if name:
            raise SettingError(
                f"workspace {name}", "named as an address of the control room",
                "another name than " + ", ".join(sorted(taken - {""})), "rename its folder",
            )  # fmt: skip


async def _answer(site: Site, route: Route, request: Request) -> Response:
    if route.takes_file:
        return await _answer_file(site, route, request)
    form = await _form(request)
    if form is None:
        return PlainTextResponse("too large", status_code=413)
    return await run_in_threadpool(_answer_now, site, route, request, form)


async def _answer_file(site: Site, route: Route, request: Request) -> Response:
    """A form with a file: whoever may not send one is told before a byte of it is read."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > uploads.MOST_BYTES:
        return PlainTextResponse("too large", status_code=413)
    ask = await run_in_threadpool(lambda: _inside(_ask(site, request, {}), route))
    refused = await run_in_threadpool(lambda: _let_in(route, request, ask, is_form_read=False))
    if refused is not None:
        return refused
    placed: list[str] = []

    def place(name: str) -> FilePath:
        token, path = uploads.place(ask.workspace, name)
        placed.append(token)
        return path

    form = await uploading.received(request, place)
    given = {**(form or {}), "upload": placed[0] if placed else ""}
    answer = await run_in_threadpool(_answer_now, site, route, request, given)
    if answer.status_code >= 400:
        for token in placed:
            await run_in_threadpool(uploads.drop, ask.workspace, token)
    return answer


def _answer_now(site: Site, route: Route, request: Request, form: Mapping[str, str]) -> Response:
    ask = _ask(site, request, form)
    if not route.of_site:
        ask = _inside(ask, route)
    try:
        refused = _let_in(route, request, ask)
        return refused if refused is not None else route.handler(ask)
    except NotYetError:
        answer = page(ask, "reading", status=503)
        answer.headers.update({"refresh": "3", "retry-after": "3"})
        return answer
    except RegieError as error:
        why = told_refused(ask, error)
        return page(ask, "error", status=problem.status_of(error), error=error, why=why)
    except Exception:
        if os.environ.get("REGIE_TRACE"):
            raise
        # Told to whoever runs the service, never to whoever asks.
        _log.exception("%s %s", request.method, route.path)
        return page(ask, "error", status=500, error=None)


def _ask(site: Site, request: Request, form: Mapping[str, str]) -> Ask:
    at_us = wall_us()
    path = dict(request.path_params)
    name = path.pop("workspace", "")
    here = str(request.scope["path"]).removeprefix(f"/{name}" if name else "")
    https = request.url.scheme == "https"
    cookie = cookie_name(COOKIE, https=https)
    # A page for receivers knows nobody: what it shows must not hang on who looks.
    session = "" if here.startswith(RECEIVERS) else request.cookies.get(cookie, "")
    # What a page's script asks for by itself (Fetch Metadata) tells nothing of anybody being there.
    is_there = request.headers.get("sec-fetch-dest") != "empty"
    account = site.who(session, at_us, is_there=is_there)
    return Ask(
        site=site,
        room=None,
        base=f"/{quote(name)}" if name else "",
        account=account,
        session=session if account else "",
        lang=_language(request, account.language if account else None, site),
        path=path,
        query=dict(request.query_params),
        form=form,
        at_us=at_us,
        here=here,
        https=https,
        cookies=request.cookies,
    )


def _inside(ask: Ask, route: Route) -> Ask:
    """The same, in the workspace it names, where whoever asks may know of it."""
    name = unquote(ask.base[1:])
    if route.permission in (ANYBODY, FROM_OUTSIDE):
        room = ask.site.rooms.get(name)
    else:
        room = ask.site.room_of(name, ask.account) if ask.account else None
    return msgspec.structs.replace(ask, room=room)


def _let_in(
    route: Route, request: Request, ask: Ask, *, is_form_read: bool = True
) -> Response | None:
    """None, or why not; a form's token is looked at once the form is read."""
    if route.method == "POST" and route.permission != FROM_OUTSIDE and not _same_site(request):
        return page(ask, "refused", status=403)
    is_open = route.permission in (ANYBODY, FROM_OUTSIDE)
    if ask.account is None and not is_open and route.method == "GET":
        return coming_in.to_sign_in(ask, _page_asked_for(request))
    if ask.room is None and not route.of_site and (ask.account or is_open):
        # Without an account: as where the workspace is there and the message is not.
        return page(ask, "why_nothing" if is_open else "unknown", status=404)
    if is_open or (_may_ask(route, ask) and not (is_form_read and _is_forged(route, ask))):
        return None
    return page(ask, "refused", status=403)


def _page_asked_for(request: Request) -> str:
    """The address of a page; the first one's where it is a part of a page that is asked for."""
    if request.headers.get("sec-fetch-dest", "document") != "document":
        return "/"
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(request.url.path) + query


def _may_ask(route: Route, ask: Ask) -> bool:
    """Whether somebody signed in holds the route's permission."""
    if ask.account is None:
        return False
    return route.permission == SIGNED_IN or may(ask.account.role, route.permission)


def _is_forged(route: Route, ask: Ask) -> bool:
    """Whether a form comes without the token of the session it is sent in."""
    return route.method == "POST" and ask.form.get("csrf") != csrf_token(ask.session)


def _same_site(request: Request) -> bool:
    """Whether a form came from a page of ours, as far as the browser tells.

    References
    ----------
    W3C Fetch Metadata, `Sec-Fetch-Site`; RFC 6454 (`Origin`) for browsers without it.
    """
    told = request.headers.get("sec-fetch-site")
    if told is not None:
        return told in OURS
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _language(request: Request, own: str | None, site: Site) -> Lang:
    name = cookie_name(LANGUAGE_COOKIE, https=request.url.scheme == "https")
    chosen = lang_of(request.cookies.get(name) or own) or accepted(request.headers)
    return chosen or lang_of(next(iter(site.rooms.values())).workspace.settings.language) or "en"


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of a form; None where it is longer than any of ours."""
    if request.method != "POST":
        return {}
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MOST_BYTES:
        return None
    async with request.form(max_files=0, max_fields=50) as given:
        return {name: value for name, value in given.items() if isinstance(value, str)}


async def _unknown(site: Site, request: Request, error: Exception) -> Response:
    def answer() -> Response:
        return page(_ask(site, request, {}), "unknown", status=getattr(error, "status_code", 404))

    return await run_in_threadpool(answer)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    found = static_files.found(name)
    if found is None:
        return PlainTextResponse("not there", status_code=404)
    kept = KEPT if static_files.is_of_this_version(name) else "max-age=300"
    return Response(found[0], media_type=found[1], headers={"cache-control": kept})


class _WithHeaders:
    """Every answer carries the headers of safety; a page may set a stricter one of its own.

    What nobody else asked for is compressed. BREACH reads a secret (a form's token, a name) off the
    size of compressed pages that another site makes a browser ask for with guesses in the address;
    so what a browser does not say to come from our own pages, or from its own address bar, is
    answered as it is. Why not a token that changes with each answer: names would stay readable.

    References
    ----------
    Gluck, Harris, Prado, "BREACH: reviving the CRIME attack", 2013; W3C Fetch Metadata.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._small = GZipMiddleware(app, minimum_size=1000, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                always = {**HEADERS, **(HSTS if scope["scheme"] == "https" else {})}
                message["headers"] = [
                    *message["headers"],
                    *((n.encode(), v.encode()) for n, v in always.items()
                      if n.encode() not in there),
                ]  # fmt: skip
            await send(message)

        is_http = scope["type"] == "http"
        sender: Callable[[Message], Awaitable[None]] = with_headers
        app = self._small if is_http and _may_be_small(scope) else self._app
        await app(scope, receive, sender if is_http else send)


def _may_be_small(scope: Scope) -> bool:
    """Whether an answer's size tells nothing to another site: it did not make the browser ask."""
    if scope["path"].startswith("/static/"):
        return True
    return Headers(scope=scope).get("sec-fetch-site") in OURS
