"""Ways of choosing: each in plain words, two of them on the same people, one put up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from regie.decide.eligibility import WEEKDAYS
from regie.decide.policy import Policy
from regie.interfaces.web.asking import Ask, page, seen
from regie.interfaces.web.deciding import reason_of
from regie.terms.decision import NOTHING
from regie.terms.errors import NotFoundError, RefusedError, RuleError
from regie.terms.money import MICROS
from regie.words import formats
from regie.workspace import changes, policies, telling
from regie.workspace.comparing import Compared
from regie.workspace.policies import SERVES

NUMBERS = ("response_weight", "affinity_weight", "threshold", "explore_share", "holdout_share",
           "cap_messages", "cap_days", "gone_days", "selection_size")  # fmt: skip
SHARES = ("explore_share", "holdout_share")
"""Typed as percentages: nobody thinks of a control group as 0.1."""
HOURS = ("from_hour", "to_hour")
_EARLIER = 10


def show(ask: Ask) -> Response:
    """Every way of choosing, the one that serves first, and which ones served before."""
    serving = policies.read(ask.workspace, SERVES)
    listed: list[tuple[str, list[str], list[tuple[str, str, str]], str]] = []
    for name in policies.names(ask.workspace):
        try:
            one = policies.read(ask.workspace, name)
        except RuleError as error:
            listed.append((name, [], [], str(error)))
            continue
        differs = in_words(ask, policies.differences(serving, one))
        listed.append((name, policies.in_words(one, ask.lang), differs, ""))
    put_up = [one for one in changes.every(ask.workspace) if one.kind == "policy"]
    return page(
        ask,
        "policies",
        listed=listed,
        serves=SERVES,
        asked=[(one, ask.day(one.asked_us), asked(ask, one))
               for one in put_up[:_EARLIER]],
        earlier=[
            (ask.day(run.as_of_us), in_words(ask, policies.differences(serving, one)),
             _again(ask, one))
            for run, one in ask.board.kept(
                ("policies", "earlier"), lambda: policies.earlier(ask.workspace, _EARLIER))
        ],
        may_propose=ask.may("propose_changes"),
    )  # fmt: skip


def _again(ask: Ask, policy: Policy) -> str:
    """The address of the form that asks for a policy's numbers: filled, beside the one of now."""
    fields = _typed(ask, policy)
    days = dict.fromkeys(fields.pop("days").split(), "1")
    return f"{ask.base}/policies/{SERVES}?{urlencode({'compared': '1', **fields, **days})}#compared"


def told(ask: Ask, problems: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """One way of choosing as numbers to change, beside the one that a turn went by."""
    name = ask.path["policy"]
    was = policies.read(ask.workspace, name)
    given = dict(ask.form or ask.query)
    fields = _typed(ask, was) | {key: given[key] for key in _typed(ask, was) if key in given}
    if "compared" in given:
        fields["days"] = " ".join(day for day in WEEKDAYS if day in given)
    wrong = dict(problems or {})
    text = policies.content(ask.workspace, name)
    if "compared" in given:
        try:
            text = _text(ask, name, given)
        except RuleError as error:
            wrong |= _wrong(ask, error)
            status = 400
    run, problem = _run(ask, given.get("run", ""))
    wrong |= {"run": problem} if problem else {}
    policy = policies.policy_in(text, name)
    serving = policies.read(ask.workspace, SERVES)
    return page(
        ask,
        "policy",
        status=400 if wrong and status == 200 else status,
        name=name,
        serves=SERVES,
        sentences=policies.in_words(policy, ask.lang),
        differs=in_words(ask, policies.differences(serving, policy)),
        fields=fields,
        numbers=[one for one in NUMBERS if one not in SHARES],
        shares=SHARES,
        hours=HOURS,
        weekdays=WEEKDAYS,
        runs=[(one.number, ask.day(one.as_of_us)) for one in reversed(ask.workspace.runs())][:20],
        run=run,
        compared=None if wrong or policy == serving else _compared(ask, text, name, run),
        may_propose=ask.may("propose_changes"),
        given=given,
        problems=wrong,
    )  # fmt: skip


def act(ask: Ask) -> Response:
    """Put it up with the numbers that were typed: somebody else decides."""
    assert ask.account is not None, "the route asks for a session"
    name = ask.path["policy"]
    policies.content(ask.workspace, name)
    reason, problem = reason_of(ask, needed=True)
    if problem:
        return told(ask, {"reason": problem}, 400)
    try:
        text = _text(ask, name, ask.form) if "compared" in ask.form else policies.content(
            ask.workspace, name)  # fmt: skip
        change = policies.put_up(ask.workspace, text, ask.account.email, reason)
    except RuleError as error:
        return told(ask, _wrong(ask, error), 400)
    except RefusedError as error:
        code = "policy_same" if error.where == "policy" else "model_waits_already"
        return told(ask, {"": ask.say(code)}, 409)
    ask.note("change_put_up", change.id)
    return seen(ask, f"/decide/change/{change.id}")


# ---- in words


def in_words(ask: Ask, differs: Mapping[str, tuple[Any, Any]]) -> list[tuple[str, str, str]]:
    """Label, before and after of each number that is another one."""
    return [
        (ask.say(f"policy_{field.replace('.', '_')}"), _value(ask, field, one),
         _value(ask, field, other))
        for field, (one, other) in differs.items()
    ]  # fmt: skip


def asked(ask: Ask, change: changes.Change) -> list[tuple[str, str, str]] | None:
    """How what was asked for differs from what is in service; None where it cannot be read."""
    differs = policies.differs(ask.workspace, change)
    return None if differs is None else in_words(ask, differs)


def _value(ask: Ask, field: str, value: Any) -> str:
    if field in SHARES:
        return policies.share_in_words(float(value), ask.lang)
    if field == "quiet.days":
        return policies.days_in_words(value, ask.lang) or ask.say("policy_no_day")
    return policies.number_in_words(value, ask.lang)


# ---- as a form


def _typed(ask: Ask, policy: Policy) -> dict[str, str]:
    """What the form's fields hold."""
    told = {name: _plain(getattr(policy, name) * (100 if name in SHARES else 1), ask.lang)
            for name in NUMBERS}  # fmt: skip
    told |= {hour: str(getattr(policy.quiet, hour)) for hour in HOURS}
    return told | {"days": " ".join(policy.quiet.days)}


def _plain(value: float, lang: str) -> str:
    """A number as it is typed; with a point or a comma it is understood in either language."""
    value = round(value, 6)
    text = str(int(value)) if value == int(value) else repr(value)
    return text.replace(".", ",") if lang == "fr" else text


def _text(ask: Ask, name: str, given: Mapping[str, str]) -> bytes:
    """The file that a form's fields make.

    Raises
    ------
    RuleError
        If a field is no number, or out of its bounds.
    """
    values: dict[str, Any] = {}
    for field in (*NUMBERS, *HOURS):
        typed = "".join(given.get(field, "").split()).replace(",", ".")
        try:
            number = float(typed)
        except ValueError as error:
            raise RuleError(f"policy {field}", f'"{typed}"', "a number", "correct it") from error
        if not math.isfinite(number):
            raise RuleError(f"policy {field}", f'"{typed}"', "a number", "correct it")
        number = round(number / 100, 8) if field in SHARES else number
        whole = number == int(number) and field not in (*SHARES, *NUMBERS[:3])
        values[field] = int(number) if whole else number
    quiet = {hour: values.pop(hour) for hour in HOURS}
    values["quiet"] = quiet | {"days": [day for day in WEEKDAYS if day in given]}
    return policies.text_of(ask.workspace, name, policies.given_from(values))


def _wrong(ask: Ask, error: RuleError) -> dict[str, str]:
    """Which field a refusal is about, and what it may be."""
    field = error.where.removeprefix("policy ").removeprefix("quiet.").partition("[")[0]
    known = field in (*NUMBERS, *HOURS, "days")
    return {field if known else "": ask.say(f"policy_wrong_{field}" if known else "look_again")}


def _run(ask: Ask, typed: str) -> tuple[int | None, str]:
    """The turn that was chosen; None for the newest."""
    if not typed:
        return None, ""
    known = {one.number for one in ask.workspace.runs()}
    if not typed.isdecimal() or int(typed) not in known:
        return None, ask.say("policy_no_run")
    return int(typed), ""


# ---- two on the same people


def _compared(ask: Ask, text: bytes, name: str, run: int | None) -> dict[str, Any] | None:
    """What it would have changed in a turn; None where none decided yet."""
    about = ("compared", sha256(text).hexdigest(), run)

    def make() -> Compared | None:
        try:
            return policies.compare(ask.workspace, text, name, run)
        except NotFoundError:
            return None

    found = ask.board.kept(about, make)
    return None if found is None else _shown(ask, found)


def _shown(ask: Ask, found: Compared) -> dict[str, Any]:
    titles = telling.campaign_titles(ask.workspace, ask.lang) | {NOTHING: ask.say("nothing")}
    segments = {one.name: one.title[ask.lang] for one in ask.workspace.rules.segments()}
    return {
        "run": found.run,
        "people": found.people,
        "changed": found.changed,
        "campaigns": [
            (titles.get(name, name), *pair, *found.spent_micros.get(name, (None, None)),
             found.budget_micros.get(name))
            for name, pair in found.campaigns.items()
        ],
        "segments": [(segments.get(n, n), *pair) for n, pair in found.segments.items()],
        "moves": [
            (*(titles.get(one, one) for one in move.split(" → ")), n)
            for move, n in found.moves.items()
        ],
        "examples": [
            (one.decision, titles.get(one.was, one.was), titles.get(one.now, one.now))
            for one in found.examples
        ],
        "gains": gains(ask, found),
        "is_over": bool(found.estimates),
        "sent": found.sent,
    }  # fmt: skip


def gains(ask: Ask, found: Compared) -> list[str]:
    """What it would have brought, with its bounds; nothing where that is not known."""
    told = []
    for name, one in found.estimates.items():
        if math.isnan(one.low):
            continue
        figures = {n: _gain(ask, name, getattr(one, n)) for n in ("difference", "low", "high")}
        told.append(ask.say(f"policy_gain_{name}", **figures))
    return told


def _gain(ask: Ask, name: str, value: float) -> str:
    if name == "value":
        currency = ask.workspace.settings.currency
        return formats.money(round(value * MICROS), currency, ask.lang, signed=True)
    return formats.number(value, ask.lang, digits=3, signed=True)
