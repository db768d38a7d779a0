"""Settings: what holds in this workspace, where each is changed, and a form for what may be."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from starlette.responses import Response

from regie.govern.access import ROLE_WORDS
from regie.govern.approval import KINDS
from regie.interfaces.web.asking import Ask, page, seen
from regie.terms.errors import RefusedError, RuleError, SettingError
from regie.terms.money import MICROS, micros_of
from regie.words import formats
from regie.words.sentences import say
from regie.workspace import adjusting, goals, policies, ruling, tokens
from regie.workspace.adjusting import APPROVALS, FIELDS, SIZES

_COST = "messages.second_above_cost_micros"
_CHANGES = 10


def show(ask: Ask, problems: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """Everything that holds, part by part."""
    assert ask.account is not None, "the route asks for a session"
    space = ask.workspace
    settings = space.settings
    approvals = space.rules.approvals()
    form = ask.form.get("form", "")
    fields, sizes = _fields(ask), _sizes(ask)
    fields |= {name: ask.form.get(name, "") for name in fields if form == "settings"}
    sizes |= {name: ask.form.get(name, "") for name in sizes if form == "approvals"}
    return page(
        ask,
        "settings",
        status=status,
        settings=settings,
        fields=fields,
        sizes=sizes,
        shown=adjusting.shown(space),
        approvals_shown=ruling.shown(space, APPROVALS),
        roles={kind: ", ".join(ROLE_WORDS[role][ask.lang] for role in approvals.rules[kind].roles)
               for kind in KINDS},
        kinds=KINDS,
        may_change=ask.may("change_settings"),
        accounts=_accounts(ask),
        tokens=sum(maker.id == ask.account.id
                   for _, maker in tokens.seen_by(ask.site, ask.account, ask.at_us)),
        outside=ask.site.outside,
        policy=policies.in_words(policies.read(space, policies.SERVES), ask.lang),
        drafts=len(policies.names(space)) - 1,
        goals=len(goals.goals(space)),
        purposes=[
            (one.title[ask.lang], say(f"register.basis_{one.legal_basis}", ask.lang),
             one.retention_days)
            for one in space.rules.purposes().values()
        ],
        is_filled=bool(space.state.imports("published")),
        changes=[
            (ask.day(one.at_us), one.actor, _moved(ask, one))
            for one in ruling.history(space, APPROVALS, "approvals")[:_CHANGES]
        ],
        given_language=fields["language"],
        problems=problems or {},
    )  # fmt: skip


def act(ask: Ask) -> Response:
    """Change what regie.toml says, or from what size it takes two."""
    assert ask.account is not None, "the route asks for a session"
    if ask.form.get("form") == "approvals":
        return _resize(ask, ask.account.email)
    given = {name: ask.form[name] for name in FIELDS if name in ask.form}
    try:
        done = adjusting.adjust(ask.workspace, given, seen=ask.form.get("shown", ""))
    except SettingError as error:
        return show(ask, {error.where: ask.say("settings_wrong_" + _code(error.where))}, 400)
    except RefusedError:
        return show(ask, {"": ask.say("rule_changed")}, 409)
    for name, (was, now) in done.changed.items():
        ask.note("settings_changed", f"{name}: {was} → {now}"[:500])
    return seen(ask, "/settings")


def _resize(ask: Ask, actor: str) -> Response:
    values: dict[str, int | None] = {}
    wrong = {}
    for name in SIZES:
        typed = "".join(ask.form.get(name, "").split()).replace(",", ".")
        may_be_empty = "second_above" in name
        if not typed and may_be_empty:
            values[name] = None
            continue
        value = _whole(typed, name)
        if value is None:
            wrong[name] = ask.say(f"settings_wrong_{_code(name)}")
        values[name] = value
    if wrong:
        return show(ask, wrong, 400)
    seen_hash = ask.form.get("shown", "")
    try:
        made = adjusting.resize(ask.workspace, values, seen=seen_hash, actor=actor)
    except RuleError:
        return show(ask, {"": ask.say("look_again")}, 400)
    except RefusedError:
        return show(ask, {"": ask.say("rule_changed")}, 409)
    if made is not None:
        ask.note("approvals_changed", made.id)
    return seen(ask, "/settings#approvals")


_BOUNDS = {"within_days": (1, 365), "messages.approvals": (1, 2)}


def _whole(typed: str, name: str) -> int | None:
    """A number that a setting can be, in digits; None where it cannot."""
    if name == _COST:
        return micros_of(typed)
    least, most = _BOUNDS.get(name, (0, 2 if name.endswith(".approvals") else 10**15))
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= 15
    return int(typed) if is_number and least <= int(typed) <= most else None


def _code(place: str) -> str:
    """A setting's name as a word of the sentences."""
    return place.replace(".", "_").removesuffix("_micros")


def _fields(ask: Ask) -> dict[str, str]:
    """What regie.toml says of what may be changed."""
    settings = ask.workspace.settings
    told = {}
    for name in FIELDS:
        of, _, last = name.rpartition(".")
        told[name] = str(getattr(settings.sender if of else settings, last))
    return told


def _sizes(ask: Ask) -> dict[str, str]:
    """What rules/approvals.toml says, as people type it."""
    told = {}
    for name, value in adjusting.sizes(ask.workspace).items():
        if value is None:
            told[name] = ""
        elif name == _COST:
            amount = Decimal(value) / MICROS
            told[name] = f"{amount.normalize():f}"
        else:
            told[name] = str(value)
    return told


def _accounts(ask: Ask) -> list[tuple[str, int]]:
    """How many people hold each role here, for whoever manages them."""
    if not ask.may("manage_accounts"):
        return []
    name = ask.room.name if ask.room else ""
    here = [one for one in ask.site.accounts.all() if one.active and one.enters(name)]
    return [
        (words[ask.lang], n)
        for role, words in ROLE_WORDS.items()
        if (n := sum(one.role == role for one in here))
    ]


def _moved(ask: Ask, change: Any) -> list[tuple[str, str, str]]:
    """Setting, before and after, of a change of the approvals' rules."""
    was, now = (adjusting.sizes_of(ask.workspace.assets.get(one) if one else b"")
                for one in (change.was, change.now))  # fmt: skip
    return [
        (
            ask.say(f"settings_{_code(name)}", currency=ask.workspace.settings.currency),
            _size(ask, name, was[name]),
            _size(ask, name, now[name]),
        )
        for name in SIZES
        if was[name] != now[name]
    ]


def _size(ask: Ask, name: str, value: int | None) -> str:
    if value is None:
        return ask.say("settings_no_limit")
    if name == _COST:
        return formats.money(value, ask.workspace.settings.currency, ask.lang)
    return formats.number(value, ask.lang)
