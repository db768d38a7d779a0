"""Server-sent events: a page is told that what it shows has changed, and asks for itself again.

An event says nothing but that: what may be seen is decided where pages are made. A page says where
the workspace stood when it was made, so nothing that happens in between is missed.

References
----------
WHATWG HTML, section 9.2 (server-sent events).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from regie.interfaces.web.asking import Ask
from regie.workspace.following import mark
from regie.workspace.settings import wall_us

LOOK_S = 1.0
STILL_IN_S = 30.0
"""So often it is asked whether whoever follows is still signed in."""
MOST = 500
"""So many may follow at once."""
_following: list[None] = []


def events(ask: Ask) -> Response:
    """Follow a workspace since some point, until whoever asks goes or is signed out.

    Without a point: where it stands.
    """
    if "since" not in ask.query:
        return PlainTextResponse(mark(ask.workspace))
    if len(_following) >= MOST:
        return PlainTextResponse("too many follow at once", status_code=503)
    # A proxy must not keep the events back.
    return EventSourceResponse(
        follow(ask), ping=20, headers={"cache-control": "no-store", "x-accel-buffering": "no"}
    )


def _is_over(ask: Ask) -> bool:
    """Whether whoever follows is signed in no more."""
    return ask.site.who(ask.session, wall_us(), is_there=False) is None


async def follow(ask: Ask) -> AsyncIterator[ServerSentEvent]:
    """One event for each change."""
    _following.append(None)
    known, asked = ask.query["since"], time.monotonic()
    try:
        while True:
            now = await run_in_threadpool(mark, ask.workspace)
            if time.monotonic() - asked >= STILL_IN_S:
                asked = time.monotonic()
                if await run_in_threadpool(_is_over, ask):
                    return
            if now != known:
                known = now
                yield ServerSentEvent(event="changed", data=now)
            await asyncio.sleep(LOOK_S)
    finally:
        _following.pop()
