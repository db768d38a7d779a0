"""Requests of programs: let in by their token, read by the entry's types, answered by its function.

Order of a request: its entry, its token, its right, its size and form, then the work. Everything
that is not right is told as a problem (RFC 9457) with a status of its own.

An ETag begins with the version of what can be changed (the hash of its file) where there is one, so
that If-Match is compared by whoever writes, within the same transaction: a figure beside it that
moved meanwhile is in nobody's way.

References
----------
RFC 6750 (bearer tokens), RFC 9110 sections 8.8.3 and 13.1 (ETag, If-Match, If-None-Match), RFC 6585
section 3 (428), RFC 6266 (Content-Disposition), RFC 9457.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from regie.govern.access import may
from regie.interfaces.web.api import problem
from regie.interfaces.web.api.document import openapi
from regie.interfaces.web.api.entry import Call, Entry, File, accepted, version_of
from regie.interfaces.web.api.table import ENTRIES
from regie.ports.accounts import Account
from regie.terms.document import Lang
from regie.terms.errors import NotYetError, RefusedError, RegieError, SettingError, StaleError
from regie.workspace import tokens, uploads
from regie.workspace.settings import wall_us
from regie.workspace.site import Site

ROOT = "/api/v1"
MOST_BYTES = 1 << 20
AT_ONCE = 2
"""So many heavy questions run at a time: pages never wait for a program's statement."""
WAIT_S = 5.0
_KEPT = {"cache-control": "private, no-cache", "vary": "authorization, accept-language"}
_VERSIONED = re.compile('"((?:[0-9a-f]{64})?)\\.[0-9a-f]{32}"')
_log = logging.getLogger("regie.api")


def api_paths(site: Site) -> list[BaseRoute]:
    """Every address of the programming interface, and an answer for those that are none."""
    heavy = threading.BoundedSemaphore(AT_ONCE)
    by_path: dict[str, dict[str, Entry]] = {}
    for entry in ENTRIES:
        by_path.setdefault(entry.path, {})[entry.method] = entry
    paths: list[BaseRoute] = [Path(f"{ROOT}/openapi.json", _document, methods=["GET"])]
    every = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
    for path, entries in by_path.items():
        asked: Callable[[Request], Awaitable[Response]] = partial(_asked, site, entries, heavy)
        paths.append(Path(ROOT + path, asked, methods=every))
    paths.append(Path(f"{ROOT}/{{rest:path}}", _unknown, methods=every))
    if "" not in site.rooms:
        paths.append(Path(f"/{{workspace}}{ROOT}/{{rest:path}}", _elsewhere, methods=every))
    return paths


async def _document(request: Request) -> Response:
    return _with_etag(request, msgspec.json.encode(openapi()))


async def _unknown(request: Request) -> Response:
    told = SettingError(
        "address", "no entry", f"one of {ROOT}/openapi.json", "look the entry up there"
    )
    return problem.answer(told, request.url.path, _language(request), problem.NO_ENTRY)


async def _elsewhere(request: Request) -> Response:
    told = SettingError(
        "address", "in a workspace", f"{ROOT}/{request.path_params['rest']}",
        "ask there: the token names the workspace",
    )  # fmt: skip
    return problem.answer(told, request.url.path, _language(request), problem.NO_ENTRY)


async def _asked(
    site: Site, entries: dict[str, Entry], heavy: threading.BoundedSemaphore, request: Request
) -> Response:
    lang, here = _language(request), request.url.path
    method = "GET" if request.method == "HEAD" else request.method
    if method not in entries:
        allowed = ", ".join(sorted(entries))
        told = SettingError("method", request.method, allowed, f"see {ROOT}/openapi.json")
        return problem.answer(told, here, lang, problem.NO_METHOD, allow=allowed)
    entry, body = entries[method], b""
    if entry.takes_file:
        return await _asked_file(site, entry, heavy, request)
    if entry.body is not None:
        # Nothing of a long body is kept, whoever sends it.
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                told = SettingError(
                    "body", "longer than 1 MiB", "at most 1 MiB", "bring files by an import"
                )
                return problem.answer(told, here, lang, problem.TOO_LARGE)
    return await run_in_threadpool(_answered, site, entry, heavy, request, body)


async def _asked_file(
    site: Site, entry: Entry, heavy: threading.BoundedSemaphore, request: Request
) -> Response:
    """A file as the body: whoever may not send one is told before a byte of it is kept."""
    bearer = await run_in_threadpool(_let_in, site, entry, request)
    if isinstance(bearer, Response):
        return bearer
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > uploads.MOST_BYTES:
        return _too_long(request)
    workspace = site.rooms[bearer.workspaces].workspace
    named = request.query_params.get("name", "")
    token, path = await run_in_threadpool(uploads.place, workspace, named)
    is_whole = False
    try:
        is_whole = await _kept_whole(request, path)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to be told why
    finally:
        if not is_whole:
            await run_in_threadpool(uploads.drop, workspace, token)
    if not is_whole:
        return _too_long(request)
    answer = await run_in_threadpool(_answered, site, entry, heavy, request, token)
    if answer.status_code >= 400:
        await run_in_threadpool(uploads.drop, workspace, token)
    return answer


def _too_long(request: Request) -> Response:
    most = f"{uploads.MOST_BYTES >> 20} MiB"
    told = SettingError(
        "file", f"longer than {most}", f"at most {most}", "import it on the machine: regie import"
    )
    return problem.answer(told, request.url.path, _language(request), problem.TOO_LARGE)


async def _kept_whole(request: Request, path: FilePath) -> bool:
    """Whether all of a body came; what is longer than any file may be is not kept."""
    size = 0
    with path.open("xb") as written:
        async for part in request.stream():
            size += len(part)
            if size > uploads.MOST_BYTES:
                return False
            await run_in_threadpool(written.write, part)
    return True


def _let_in(site: Site, entry: Entry, request: Request) -> Account | Response:
    """Who made the token, where it opens the entry; else why it does not."""
    here, lang, at_us = request.url.path, _language(request), wall_us()
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    bearer = tokens.bearer(site, secret.strip(), at_us) if scheme.lower() == "bearer" else None
    if bearer is None:
        wanted = SettingError(
            "token", "missing, unknown or over", "Authorization: Bearer TOKEN",
            "make one in the control room",
        )  # fmt: skip
        return problem.answer(
            wanted, here, lang, problem.NO_TOKEN, www_authenticate='Bearer realm="regie"'
        )
    if not may(bearer.role, entry.permission):
        shut = RefusedError(
            f"{entry.method} {ROOT}{entry.path}", f"not open to the role {bearer.role}",
            f'one that holds "{entry.permission}"', "use a token of such a role",
        )  # fmt: skip
        return problem.answer(shut, here, lang, problem.NOT_OPEN)
    return bearer


def _answered(
    site: Site,
    entry: Entry,
    heavy: threading.BoundedSemaphore,
    request: Request,
    came: bytes | str,
) -> Response:
    """The answer to a body, or to the upload of that token."""
    here, lang = request.url.path, _language(request)
    bearer = _let_in(site, entry, request)
    if isinstance(bearer, Response):
        return bearer
    try:
        query, body = _query(entry, request), _body(entry, request, came)
    except _NotJson as error:
        return problem.answer(error, here, lang, problem.NOT_JSON)
    except _NoVersion as error:
        return problem.answer(error, here, lang, problem.NO_VERSION)
    except RegieError as error:
        return problem.answer(error, here, lang)
    room = site.rooms[bearer.workspaces]
    call = Call(
        site=site, workspace=room.workspace, board=room.board, account=bearer,
        path={name: str(value) for name, value in request.path_params.items()},
        query=query, body=body, at_us=wall_us(), upload=came if isinstance(came, str) else "",
    )  # fmt: skip
    if entry.heavy and not heavy.acquire(timeout=WAIT_S):
        busy = RefusedError(
            "this question", f"one of more than {AT_ONCE} at once", f"at most {AT_ONCE}",
            "ask again in a moment",
        )  # fmt: skip
        return problem.answer(busy, here, lang, problem.BUSY, retry_after="5")
    try:
        return _told(entry, call, request, lang)
    finally:
        if entry.heavy:
            heavy.release()


def _told(entry: Entry, call: Call, request: Request, lang: Lang) -> Response:
    here = request.url.path
    try:
        answer = entry.function(call)
        body = answer.content if entry.files else msgspec.json.encode(answer)
    except NotYetError as error:
        return problem.answer(error, here, lang, retry_after="3")
    except RegieError as error:
        return problem.answer(error, here, lang)
    except Exception:
        if os.environ.get("REGIE_TRACE"):
            raise
        # Told to whoever runs the service, never to whoever asks.
        _log.exception("%s %s", entry.method, entry.path)
        told = RefusedError("this", "broken here", "an answer", "tell whoever runs the service")
        return problem.answer(told, here, lang, 500)
    if isinstance(answer, File):
        named = f"attachment; filename*=UTF-8''{quote(answer.name)}"
        return Response(
            body, media_type=answer.kind, headers={"content-disposition": named, **_KEPT}
        )
    if entry.method == "GET":
        return _with_etag(request, body, version_of(answer))
    version = version_of(answer)
    headers = {} if version is None else {"etag": _etag(body, version)}
    return Response(body, media_type="application/json", headers=headers)


def _etag(body: bytes, version: str | None) -> str:
    """Made from the bytes; before them stands the version of what can be changed."""
    of_bytes = hashlib.sha256(body).hexdigest()[:32]
    return f'"{of_bytes}"' if version is None else f'"{version}.{of_bytes}"'


def _with_etag(request: Request, body: bytes, version: str | None = None) -> Response:
    """What was read, or that it is still the same."""
    etag = _etag(body, version)
    known = [one.strip().removeprefix("W/") for one in
             request.headers.get("if-none-match", "").split(",")]  # fmt: skip
    headers = {**_KEPT, "etag": etag}
    if etag in known or known == ["*"]:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


class _NotJson(SettingError):
    """A body of another kind."""


class _NoVersion(SettingError):
    """A change of something that was not looked at."""


def _query(entry: Entry, request: Request) -> Any:
    given = request.query_params
    if len(given.multi_items()) > len(given):
        raise SettingError("query", "with a name twice", "each name once", "leave one out")
    try:
        return msgspec.convert(dict(given), entry.query, strict=False)
    except msgspec.ValidationError as error:
        raise _not_valid("query", error) from error


def _body(entry: Entry, request: Request, body: bytes | str) -> Any:
    if entry.body is None or isinstance(body, str):
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _NotJson("content-type", kind or "missing", "application/json", "send JSON")
    try:
        return msgspec.json.decode(_with_version(entry, request, body), type=entry.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_valid("body", error) from error
    except RecursionError as error:
        raise SettingError(
            "body", "lists in lists too deep to read", f"what {ROOT}/openapi.json says",
            "send it flatter",
        ) from error  # fmt: skip


def _with_version(entry: Entry, request: Request, body: bytes) -> bytes:
    """The body, with the version that If-Match names.

    Raises
    ------
    StaleError
        If it is of no version, so of none that still stands.
    """
    given = msgspec.json.decode(body) if entry.takes_version else None
    if not isinstance(given, dict):
        return body
    named = request.headers.get("if-match")
    if named is not None:
        told = _VERSIONED.fullmatch(named.strip())
        if told is None:
            raise StaleError(
                "If-Match", f"{named[:100]}", "the ETag of what was looked at", "read it again"
            )
        given["shown"] = told[1]
    needed = {one.name for one in msgspec.structs.fields(entry.body) if one.required}
    if "shown" not in given and "shown" in needed:
        raise _NoVersion(
            "If-Match", "missing", "the ETag of what was looked at, or its version as `shown`",
            "read it first",
        )  # fmt: skip
    return msgspec.json.encode(given)


def _not_valid(where: str, error: Exception) -> SettingError:
    return SettingError(
        where, f"not valid ({error})", f"what {ROOT}/openapi.json says", "correct it"
    )


def _language(request: Request) -> Lang:
    return accepted(request.headers) or "en"
