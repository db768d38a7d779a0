"""Pilotage: what happens, at a glance."""

from __future__ import annotations

from starlette.responses import Response

from regie.interfaces.web.asking import Ask, page


def show(ask: Ask) -> Response:
    """Key figures with the period before, what changed, health of data and models."""
    told = ask.board.shown(ask.lang)
    return page(ask, "room", told=told)
