"""A model's version as people name it, and what came of it, in words."""

from __future__ import annotations

import re

from regie.interfaces.web.asking import Ask
from regie.learn.promote import Contest
from regie.words import formats

_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})-run(\d+)")


def version_name(ask: Ask, version: str) -> str:
    """The day it was fitted as of, and the turn that did; another name as it is."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return version
    return ask.say("model_version", day=formats.day(found[1], ask.lang), run=int(found[2]))


def model_title(ask: Ask, name: str) -> str:
    """What a model foresees; the name of one that is not there."""
    store = ask.workspace.models
    versions = store.versions(name) if name in store.names() else []
    what: dict[str, str] = store.card(name, versions[-1])["what"] if versions else {}
    return what.get(ask.lang, name)


def result_told(ask: Ask, result: str, contest: Contest | None) -> str:
    """What came of a version beside the one that served."""
    if contest is None:
        return ask.say(f"model_result_{result}")
    values: dict[str, str] = {
        name: formats.number(getattr(contest, name), ask.lang, digits=3, signed=True)
        for name in ("difference", "low", "high")
    }
    return ask.say(f"model_result_{result}", people=contest.people, **values)
