"""The application: lets requests in, one after the rules of one table, and answers every error.

Order of a request: its size, its session, its right (`routes.ROUTES`), its form's token, then the
page. Why by hand and not by middlewares: the order is the safety, and here it can be read.
"""

from __future__ import annotations

import logging
import mimetypes
import os
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route as Path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from regie.govern.access import may
from regie.interfaces.web.asking import COOKIE, LANGUAGE_COOKIE, Ask, page, seen
from regie.interfaces.web.routes import ANYBODY, FROM_OUTSIDE, ROUTES, SIGNED_IN, Route
from regie.terms.errors import NotFoundError, RefusedError, RegieError, SettingError, WorkspaceError
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
RECEIVERS = ("/w/", "/u/")
STATUS = ((NotFoundError, 404), (RefusedError, 409), (SettingError, 400), (WorkspaceError, 503))
"""Kind of error to what a browser is told."""

_log = logging.getLogger("regie.web")


def make_app(site: Site) -> ASGIApp:
    """The control room of a site.

    Parameters
    ----------
    site : Site
        Open; the caller closes it.
    """
    paths = [
        Path(route.path, partial(_answer, site, route), methods=[route.method]) for route in ROUTES
    ]
    paths.append(Path("/static/{name}", _static, methods=["GET"]))
    handlers: Any = {404: partial(_unknown, site), 405: partial(_unknown, site)}
    return _WithHeaders(Starlette(routes=paths, exception_handlers=handlers))


async def _answer(site: Site, route: Route, request: Request) -> Response:
    form = await _form(request)
    if form is None:
        return PlainTextResponse("too large", status_code=413)
    return await run_in_threadpool(_answer_now, site, route, request, form)


def _answer_now(site: Site, route: Route, request: Request, form: Mapping[str, str]) -> Response:
    ask = _ask(site, request, form)
    try:
        refused = _let_in(route, request, ask)
        return refused if refused is not None else route.handler(ask)
    except RegieError as error:
        status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
        return page(ask, "error", status=status, error=error)
    except Exception:
        if os.environ.get("REGIE_TRACE"):
            raise
        # Told to whoever runs the service, never to whoever asks.
        _log.exception("%s %s", request.method, route.path)
        return page(ask, "error", status=500, error=None)


def _ask(site: Site, request: Request, form: Mapping[str, str]) -> Ask:
    at_us = wall_us()
    # A page for receivers knows nobody: what it shows must not hang on who looks.
    session = "" if request.url.path.startswith(RECEIVERS) else request.cookies.get(COOKIE, "")
    account = site.who(session, at_us)
    return Ask(
        site=site,
        account=account,
        session=session if account else "",
        lang=_language(request, account.language if account else None, site),
        path=dict(request.path_params),
        query=dict(request.query_params),
        form=form,
        at_us=at_us,
        here=request.url.path,
    )


def _let_in(route: Route, request: Request, ask: Ask) -> Response | None:
    """None, or why not."""
    if route.method == "POST" and route.permission != FROM_OUTSIDE and not _same_site(request):
        return page(ask, "refused", status=403)
    if route.permission in (ANYBODY, FROM_OUTSIDE):
        return None
    if ask.account is None:
        return seen("/sign-in") if route.method == "GET" else page(ask, "refused", status=403)
    if route.permission != SIGNED_IN and not may(ask.account.role, route.permission):
        return page(ask, "refused", status=403)
    if route.method == "POST" and ask.form.get("csrf") != csrf_token(ask.session):
        return page(ask, "refused", status=403)
    return None


def _same_site(request: Request) -> bool:
    """Whether a form came from a page of ours, as far as the browser tells.

    References
    ----------
    W3C Fetch Metadata, `Sec-Fetch-Site`; RFC 6454 (`Origin`) for browsers without it.
    """
    told = request.headers.get("sec-fetch-site")
    if told is not None:
        return told in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _language(request: Request, own: str | None, site: Site) -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE) or own
    if chosen in ("en", "fr"):
        return str(chosen)
    for part in request.headers.get("accept-language", "").split(","):
        if part.strip()[:2] in ("en", "fr"):
            return part.strip()[:2]
    return site.workspace.settings.language


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
    from regie.interfaces.web.styles import style

    name = request.path_params["name"]
    if name == "room.css":
        return _kept(style().encode(), "text/css; charset=utf-8")
    found = files("regie.interfaces.web").joinpath("static", name)
    if "/" in name or name.startswith(".") or not found.is_file():
        return PlainTextResponse("not there", status_code=404)
    return _kept(found.read_bytes(), mimetypes.guess_type(name)[0] or "application/octet-stream")


def _kept(content: bytes, kind: str) -> Response:
    return Response(content, media_type=kind, headers={"cache-control": "max-age=300"})


class _WithHeaders:
    """Every answer carries the headers of safety; a page may set a stricter one of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((n.encode(), v.encode()) for n, v in HEADERS.items()
                      if n.encode() not in there),
                ]  # fmt: skip
            await send(message)

        sender: Callable[[Message], Awaitable[None]] = with_headers
        await self._app(scope, receive, sender if scope["type"] == "http" else send)
