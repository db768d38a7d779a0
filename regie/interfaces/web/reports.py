"""Reports: composed from parts, looked at before they leave, signed, downloaded, sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from regie.deliver.mail import is_address
from regie.interfaces.web.asking import Ask, page, seen
from regie.ports.jobs import Job
from regie.ports.state import RuleChange
from regie.terms.document import LANGS, Document, Lang, Section
from regie.terms.errors import NotFoundError, RefusedError, RuleError, SettingError
from regie.terms.instant import moment_of, zone
from regie.terms.schedule import WEEKDAYS
from regie.workspace import composing, drawing, editions, ruling, ticking
from regie.workspace.composing import BLOCKS, FORMS, MOST_ADDRESSES, SPANS, Composition
from regie.workspace.editions import Edition, Standing

_EVERY = ("none", "day", "week", "month")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DAYS = (*map(str, range(1, 32)), "last")
_EDITIONS = 20
_PARTS = {
    "blocks": "report_part_blocks", "to": "report_part_to", "sign_off": "report_part_sign_off",
    "leaves": "report_when",
}  # fmt: skip
"""Part of a report's file to its name, where the form's own is a sentence."""


def show(ask: Ask) -> Response:
    """Every report, when it leaves next, and where it stands."""
    good, broken = composing.every(ask.workspace)
    return page(
        ask,
        "reports",
        rows=[_row(ask, one) for one in good],
        broken=[(one.name, one.why) for one in broken],
        may_edit=ask.may("edit_reports"),
    )


def _row(ask: Ask, one: Composition) -> dict[str, Any]:
    due_us = editions.in_hand(ask.workspace, one)
    told = editions.standing(ask.workspace, one.name, due_us)
    left = [was for was in editions.history(ask.workspace, one.name) if was.left_us]
    return {
        "name": one.name,
        "title": one.told(ask.lang),
        "period": ask.say(f"report_period_{one.period}"),
        "next": _next(ask, one, told),
        "state": _state(ask, one, told),
        "is_open": editions.is_open(ask.workspace, one, due_us) and not told.signed,
        "left": ask.say("report_left_on", day=moment_of(left[0].left_us, ask.zone).date())
        if left
        else ask.say("report_never_left"),
        "failed": _failure(ask, one),
    }


def told(ask: Ask, problem: str = "", status: int = 200) -> Response:
    """One report: the edition in hand as it would leave, its files, its signature, those before."""
    one = _one(ask)
    standing = _standing(ask, one)
    is_open = editions.is_open(ask.workspace, one, standing.due_us) and not standing.signed
    # Who signs, signs every language of it.
    edition = _edition(ask, one, standing, () if is_open else (_language(ask, one),))
    document = edition.get(_language(ask, one)) or next(iter(edition.values()))
    history = editions.history(ask.workspace, one.name)[:_EDITIONS]
    return page(
        ask,
        "report",
        status=status,
        one=one,
        document=document,
        drawn=drawing.fragment(
            [block for block in document.blocks if not isinstance(block, Section)], document.lang
        ),
        languages=[(x, ask.say(f"word_{x}"), x == document.lang) for x in one.languages],
        facts=_facts(ask, one, standing, document),
        standing=standing,
        shown=editions.hash_of(edition) if is_open else "",
        may_sign=is_open and ask.may("sign_reports"),
        is_own=editions.barred(ask.workspace, one.name, _who(ask)),
        may_take_back=bool(standing.signed) and not standing.left and ask.may("sign_reports"),
        may_edit=ask.may("edit_reports") and not one.dropped,
        may_send=ask.may("start_jobs") and editions.may_leave(
            one, standing, ask.workspace.settings.now_us()
        ),
        forms=tuple(editions.TYPES),
        query=urlencode({"edition": standing.due_us, "lang": document.lang}),
        failed=_failure(ask, one),
        retries=one.task() is not None,
        before=[(was.due_us, ask.day(was.due_us), _state(ask, one, was)) for was in history],
        versions=[(ask.moment(was.at_us), was.actor, _deed(ask, was))
                  for was in composing.versions(ask.workspace, one.name)],
        problem=problem,
    )  # fmt: skip


def _deed(ask: Ask, change: RuleChange) -> str:
    """What somebody did to a report, and to which parts of it."""
    deed = ask.say(f"rule_{change.deed}")
    parts = ruling.parts(ask.workspace, change) if change.deed == "edited" else []
    named = [ask.say(_PARTS.get(one, f"report_{one}")) for one in parts]
    return ask.say("rule_deed_of", deed=deed, parts=", ".join(named)) if named else deed


def sign(ask: Ask) -> Response:
    """Sign the edition that was looked at; one whose time has come leaves."""
    one, due_us = _one(ask), _due(ask)
    edition = _edition(ask, one, Standing(due_us=due_us))
    try:
        ticking.sign(ask.workspace, one, due_us, edition, shown=ask.form.get("shown", ""),
                     actor=_who(ask))  # fmt: skip
    except RefusedError:
        own = editions.barred(ask.workspace, one.name, _who(ask))
        return told(ask, ask.say("report_own" if own else "report_moved"), 409)
    return _done(ask, "report_signed", one, due_us)


def take_back(ask: Ask) -> Response:
    """Take a signature back."""
    one, due_us = _one(ask), _due(ask)
    try:
        editions.take_back(ask.workspace, one.name, due_us, _who(ask))
    except RefusedError:
        return told(ask, ask.say("report_moved"), 409)
    return _done(ask, "report_taken_back", one, due_us)


def send(ask: Ask) -> Response:
    """Let an edition leave now."""
    one, due_us = _one(ask), _due(ask)
    try:
        ticking.send(ask.workspace, one, due_us, _who(ask))
    except RefusedError:
        return told(ask, ask.say("report_moved"), 409)
    return _done(ask, "report_sent", one, due_us)


def _done(ask: Ask, deed: str, one: Composition, due_us: int) -> Response:
    ask.note(deed, f"{one.name}, {ask.day(due_us)}")
    return seen(ask, f"/reports/{one.name}?edition={due_us}")


def file(ask: Ask) -> Response:
    """An edition as a file."""
    one, form = _one(ask), ask.path["form"]
    if form not in editions.TYPES:
        raise NotFoundError("file", "not there", "one of the report's", "open the report")
    lang = _language(ask, one)
    document = _edition(ask, one, _standing(ask, one), (lang,))[lang]
    return Response(
        editions.file(document, form),
        media_type="application/octet-stream",
        headers={"content-disposition": f'attachment; filename="{one.name}-{lang}.{form}"'},
    )


# ---- composing


def edit_page(ask: Ask) -> Response:
    """The form of a report: one that is there, or a new one."""
    if "report" in ask.path:
        one = _one(ask)
        fields, blocks = _fields_of(ask, one), list(one.blocks)
        shown = ruling.shown(ask.workspace, composing.file_of(one.name))
    else:
        fields = {"language.fr": "on", "language.en": "on", "period": "last_week", "form.pdf": "on",
                  "every": "none", "at": "08:00", "on_week": "monday", "on_month": "1",
                  "zone": ask.zone}  # fmt: skip
        blocks, shown = ["figures", "days", "changed"], ""
    return _form(ask, fields, blocks, shown)


def edit(ask: Ask) -> Response:
    """A button of that form: another part, another order, save, or take the report out."""
    form, deed = ask.form, ask.form.get("deed", "")
    fields = {name: text.strip() for name, text in form.items()}
    given = [name for name in form.get("blocks", "").split(",") if name in BLOCKS]
    blocks = list(dict.fromkeys(given))
    shown = form.get("shown", "")
    if deed == "drop" and "report" in ask.path:
        return _drop(ask, fields, blocks, shown)
    if deed != "save":
        return _form(ask, fields, _moved(blocks, deed, form.get("block", "")), shown)
    problems = _problems(ask, fields, blocks)
    if problems:
        return _form(ask, fields, blocks, shown, problems, status=400)
    name = _one(ask).name if "report" in ask.path else None
    try:
        saved = composing.save(ask.workspace, name, _rule(fields, blocks), seen=shown,
                               actor=_who(ask))  # fmt: skip
    except RefusedError:
        return _form(ask, fields, blocks, shown, {"": ask.say("rule_changed")}, status=409)
    except RuleError:
        return _form(ask, fields, blocks, shown, {"": ask.say("report_wrong")}, status=400)
    ask.note("report_made" if name is None else "report_edited", saved)
    return seen(ask, f"/reports/{saved}")


def _drop(ask: Ask, fields: Mapping[str, str], blocks: list[str], shown: str) -> Response:
    name = _one(ask).name
    try:
        composing.drop(ask.workspace, name, seen=shown, actor=_who(ask))
    except RefusedError:
        return _form(ask, fields, blocks, shown, {"": ask.say("rule_changed")}, status=409)
    ask.note("report_dropped", name)
    return seen(ask, "/reports")


def _moved(blocks: list[str], deed: str, chosen: str) -> list[str]:
    """The parts after a button: `add`, `up.NAME`, `down.NAME`, `out.NAME`."""
    moved = list(blocks)
    what, _, name = deed.partition(".")
    if what == "add" and chosen in BLOCKS and chosen not in moved:
        moved.append(chosen)
    if name not in moved:
        return moved
    at = moved.index(name)
    if what == "out":
        moved.pop(at)
    elif what in ("up", "down"):
        to = min(max(at + (1 if what == "down" else -1), 0), len(moved) - 1)
        moved.insert(to, moved.pop(at))
    return moved


def _problems(ask: Ask, fields: Mapping[str, str], blocks: list[str]) -> dict[str, str]:
    """Field to what is wrong with it, in the reader's words."""
    found: dict[str, str] = {}
    chosen = [x for x in LANGS if fields.get(f"language.{x}")]
    if not chosen:
        found["languages"] = ask.say("report_wrong_languages")
    for x in chosen:
        if not fields.get(f"title.{x}"):
            found[f"title.{x}"] = ask.say("report_wrong_title")
    for x in LANGS:
        for part, most in composing.MOST_LETTERS.items():
            if len(fields.get(f"{part}.{x}", "").replace("\r\n", "\n")) > most:
                found[f"{part}.{x}"] = ask.say("report_wrong_long", n=most)
    if not blocks:
        found["blocks"] = ask.say("report_wrong_blocks")
    to = fields.get("to", "").split()
    if odd := [one for one in to if not is_address(one)]:
        found["to"] = ask.say("report_wrong_to", address=odd[0][:100])
    elif len(to) > MOST_ADDRESSES:
        found["to"] = ask.say("report_wrong_many", n=MOST_ADDRESSES)
    if fields.get("every", "none") != "none":
        if not _TIME.fullmatch(fields.get("at", "")):
            found["at"] = ask.say("report_wrong_at")
        try:
            zone(fields.get("zone", "") or ask.zone)
        except SettingError:
            found["zone"] = ask.say("report_wrong_zone")
    return found


def _rule(fields: Mapping[str, str], blocks: list[str]) -> dict[str, Any]:
    """What a form that is right says, as its file holds it."""
    chosen = [x for x in ("fr", "en") if fields.get(f"language.{x}")]
    rule: dict[str, Any] = {
        "languages": chosen,
        "period": fields.get("period", ""),
        "blocks": blocks,
        "forms": [one for one in FORMS if fields.get(f"form.{one}")],
        "to": list(dict.fromkeys(fields.get("to", "").split())),
        "sign_off": bool(fields.get("sign_off")),
    }
    for part in composing.MOST_LETTERS:
        texts = {x: fields.get(f"{part}.{x}", "").replace("\r\n", "\n") for x in LANGS}
        rule[part] = {x: text for x, text in texts.items() if text}
    every = fields.get("every", "none")
    if every != "none":
        on = {"week": fields.get("on_week", ""), "month": fields.get("on_month", "")}.get(every, "")
        rule["leaves"] = {"every": every, "at": fields.get("at", ""),
                          **({"on": on} if on else {}),
                          **({"zone": fields["zone"]} if fields.get("zone") else {})}  # fmt: skip
    return rule


def _fields_of(ask: Ask, one: Composition) -> dict[str, str]:
    leaves = one.leaves
    fields = {f"title.{x}": one.title.get(x, "") for x in LANGS}
    fields |= {f"words.{x}": one.words.get(x, "") for x in LANGS}
    fields |= {f"language.{x}": "on" for x in one.languages}
    fields |= {f"form.{x}": "on" for x in one.forms}
    fields |= {"period": one.period, "to": "\n".join(one.to), "at": "08:00", "every": "none",
               "on_week": "monday", "on_month": "1", "zone": ask.zone}  # fmt: skip
    if one.sign_off:
        fields["sign_off"] = "on"
    if leaves is not None:
        fields |= {"every": leaves.every, "at": leaves.at, "zone": leaves.zone or ask.zone}
        if leaves.on:
            fields[f"on_{leaves.every}"] = leaves.on
    return fields


def _form(
    ask: Ask,
    fields: Mapping[str, str],
    blocks: list[str],
    shown: str,
    problems: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    name = ask.path.get("report", "")
    return page(
        ask,
        "report_edit",
        status=status,
        name=name,
        is_new=not name,
        fields=fields,
        blocks=[(one, ask.say(f"report_block_{one}")) for one in blocks],
        offered=[(one, ask.say(f"report_block_{one}")) for one in BLOCKS if one not in blocks],
        spans=[(one, ask.say(f"report_period_{one}")) for one in SPANS],
        forms=[(one, ask.say(f"report_form_{one}")) for one in FORMS],
        every=[(one, ask.say(f"report_every_{one}")) for one in _EVERY],
        weekdays=[(one, ask.say(f"weekday_{one}")) for one in WEEKDAYS],
        monthdays=[(one, ask.say("report_monthday_last") if one == "last" else one)
                   for one in _DAYS],
        shown=shown,
        carried=_carried(ask),
        most=composing.MOST_LETTERS,
        problems=problems or {},
    )  # fmt: skip


# ---- what is told


def _who(ask: Ask) -> str:
    assert ask.account is not None, "the route asks for a session"
    return ask.account.email


def _one(ask: Ask) -> Composition:
    return composing.one(ask.workspace, ask.path["report"])


def _language(ask: Ask, one: Composition) -> Lang:
    """The language asked for, else the reader's, else its first."""
    for wanted in (ask.query.get("lang"), ask.lang):
        for lang in one.languages:
            if lang == wanted:
                return lang
    return one.languages[0]


def _due(ask: Ask) -> int:
    """The edition that is asked for; else the one in hand."""
    given = ask.form.get("edition", "") or ask.query.get("edition", "")
    due_us = int(given) if given.isascii() and given.isdecimal() else 0
    return editions.chosen(ask.workspace, _one(ask), due_us)


def _standing(ask: Ask, one: Composition) -> Standing:
    return editions.standing(ask.workspace, one.name, _due(ask))


def _edition(
    ask: Ask, one: Composition, told: Standing, languages: tuple[Lang, ...] = ()
) -> Edition:
    return editions.look(ask.workspace, ask.board, one, told, languages)


def _facts(ask: Ask, one: Composition, told: Standing, document: Document) -> list[tuple[str, str]]:
    """What stands beside the report itself: when it leaves, where it stands, how fresh it is."""
    as_told = "left" if told.left else "signed" if told.signed else ""
    state = _state(ask, one, told)
    shown = ask.say(f"report_as_{as_told}" if as_told else "report_preview")
    return [
        (ask.say("report_when"), _next(ask, one, told)),
        *([(ask.say("report_status"), state)] if state else []),
        (ask.say("report_shown"), shown),
        *((fact.name, fact.text) for fact in document.stamp),
        (ask.say("report_to_whom"), _recipients(ask, one)),
    ]


def _recipients(ask: Ask, one: Composition) -> str:
    """Who gets it: addresses are for whoever may change them, others see how many there are."""
    carried = _carried(ask)
    if not one.to:
        return f"{ask.say('report_to_nobody')} {carried}"
    named = ask.may("edit_reports")
    to = ", ".join(one.to) if named else ask.say("report_to_count", n=len(one.to))
    return f"{to}. {carried}"


def _next(ask: Ask, one: Composition, told: Standing) -> str:
    due_us = told.due_us
    if one.leaves is None:
        return ask.say("report_not_by_itself")
    if due_us <= ask.workspace.settings.now_us():
        is_unsigned = one.sign_off and not told.signed
        return ask.say("report_waits" if is_unsigned else "report_overdue",
                       day=moment_of(due_us, one.leaves.zone or ask.zone).date())  # fmt: skip
    moment = moment_of(due_us, one.leaves.zone or ask.zone)
    said = ask.say("report_next", day=moment.date(), time=f"{moment:%H:%M}")
    return f"{said} ({one.leaves.zone})" if one.leaves.zone not in ("", ask.zone) else said


def _state(ask: Ask, one: Composition, told: Standing) -> str:
    if told.left_us:
        left = ask.say("report_left_on", day=moment_of(told.left_us, ask.zone).date())
        return f"{left} · {_signed(ask, told)}" if told.signed_by else left
    if told.signed:
        return _signed(ask, told)
    is_open = editions.is_open(ask.workspace, one, told.due_us)
    return ask.say("report_to_sign") if is_open else ""


def _signed(ask: Ask, told: Standing) -> str:
    day = moment_of(told.signed_us, ask.zone).date()
    return ask.say("report_signed", who=told.signed_by, day=day)


def _failure(ask: Ask, one: Composition) -> str:
    """What the newest try said, where it failed."""
    tried = [job for job in ask.workspace.jobs.all() if _is_of(job, one.name) and job.is_over]
    newest = max(tried, key=lambda job: (job.at_us, job.id), default=None)
    return newest.told if newest and newest.state in ("failed", "broken off") else ""


def _is_of(job: Job, name: str) -> bool:
    return job.kind == "send_report" and job.arguments.get("report") == name


def _carried(ask: Ask) -> str:
    server = ask.workspace.settings.mail
    return ask.say("report_to_mail", host=server.host) if server else ask.say("report_to_folder")
