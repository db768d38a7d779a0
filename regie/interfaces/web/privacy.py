"""Privacy: consent over time, purposes, what people ask for and until when, the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from markupsafe import Markup as SafeText
from starlette.responses import Response

from regie.interfaces.web.asking import Ask, page, seen
from regie.terms.document import (
    Block,
    Chart,
    Column,
    Format,
    Lang,
    LineFigure,
    Section,
    Table,
    lang_of,
)
from regie.terms.errors import NotFoundError, RefusedError, SettingError
from regie.terms.instant import moment_of
from regie.terms.request import CHANNELS, CHECKS, KINDS, WHYS
from regie.words import formats
from regie.words.sentences import say
from regie.workspace import allowing, drawing, handling, reporting, requests
from regie.workspace.allowing import Answers
from regie.workspace.writing import CORRECTABLE

PAPERS = ("notice", "register")
FORMS = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
_NUMBER = Format("number")
_FIRST = "prospecting"
"""The purpose whose line is shown where none was chosen."""
_NEWEST = 50
"""So many requests are listed; open ones are among them, since they come first."""


def show(ask: Ask, problems: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """Requests with their clock, consent over time, purposes, the papers."""
    purposes = ask.workspace.rules.purposes()
    lines = ask.board.kept(("allowed",), lambda: allowing.over_time(ask.workspace))
    chosen = ask.query.get("purpose", "")
    chosen = chosen if chosen in lines else _FIRST
    told = requests.listed(ask.workspace)
    return page(
        ask,
        "privacy",
        status=status,
        requests=told[:_NEWEST],
        more=len(told) > _NEWEST,
        open_n=sum(not one.request.answer for one in told),
        late_n=sum(one.clock == "late" for one in told),
        may_answer=ask.may("answer_people"),
        may_see=ask.may("see_people"),
        purposes=[
            (name, one, say(f"register.basis_{one.legal_basis}", ask.lang), lines[name],
             lines[name].before(30))
            for name, one in purposes.items()
        ],
        chosen=chosen,
        chart=_chart(ask, lines[chosen], purposes[chosen].title[ask.lang],
                     needs_consent=purposes[chosen].needs_consent),
        kinds=KINDS,
        channels=CHANNELS[1:],
        given=ask.form,
        problems=problems or {},
        day=lambda one: formats.day(one, ask.lang, "medium"),
        signed=lambda n: formats.number(n, ask.lang, signed=True),
    )  # fmt: skip


def _chart(ask: Ask, line: Answers, title: str, *, needs_consent: bool) -> SafeText | None:
    """Who allows a purpose that asks first; of one that does not, who refuses."""
    if not line.days:
        return None
    values = line.allowed if needs_consent else line.refused
    label = ask.say("privacy_allow" if needs_consent else "privacy_refuse")
    day = ask.say("privacy_week_to" if line.by_week else "privacy_day")
    block = Chart(
        title=title,
        figure=LineFigure(days=line.days, now=values, now_label=label, format=_NUMBER),
        table=Table(
            title=label,
            columns=(Column(day), Column(label, _NUMBER)),
            rows=tuple(
                (formats.day(one, ask.lang, "medium"), value)
                for one, value in zip(line.days, values, strict=True)
            ),
        ),
        note=ask.say("privacy_line_means"),
    )
    return _drawn(ask, (block,), 2)


def receive(ask: Ask) -> Response:
    """Note a request that came by another way than the public page."""
    assert ask.account is not None, "the route asks for a session"
    try:
        request = requests.receive(
            ask.workspace,
            kind=ask.form.get("kind", ""),
            channel=ask.form.get("channel", ""),
            person=ask.form.get("person", ""),
            day=ask.form.get("day", ""),
            actor=ask.account.email,
        )
    except (SettingError, NotFoundError) as error:
        field = error.where.partition(" ")[0]
        field = "person" if field == "address" else field
        return show(ask, {field: ask.say(f"privacy_problem_{field}")}, 400)
    ask.note("request_received", request.id)
    return seen(ask, f"/privacy/requests/{request.id}")


def request(ask: Ask, problem: str = "", status: int = 200) -> Response:
    """One request: who asks, until when, what was done, and what can be done."""
    found = handling.handled(ask.workspace, ask.path["request"])
    told, is_held = found.told, found.held
    return page(
        ask,
        "request",
        status=status,
        told=told,
        steps=[(_moment(ask, one.at_us), one, _said(ask, one.facts)) for one in found.steps],
        is_held=is_held,
        contacts=found.contacts,
        others=found.others,
        may_answer=ask.may("answer_people"),
        has_pack=is_held and any(what == "access" for what, _ in told.request.acted),
        checks=CHECKS[1:],
        whys=WHYS,
        answers=found.answers,
        fields=CORRECTABLE,
        problem=problem,
        given=ask.form,
        day=lambda one: formats.day(one, ask.lang),
    )


def _said(ask: Ask, facts: Mapping[str, str]) -> list[str]:
    """What a step says, in words."""
    told = []
    order = ("kind", "what", "by", "why", "answer", "channel", "reach", "day", "entries")
    for name, value in sorted(facts.items(), key=lambda fact: order.index(fact[0])):
        if name == "entries":
            if value:
                told.append(ask.say("request_sealed", entries=value.replace(" ", ", ")))
        elif name == "day":
            told.append(ask.say("request_came", day=formats.day(value, ask.lang)))
        else:
            group = {"what": "kind", "by": "check"}.get(name, name)
            told.append(ask.say(f"request_{group}_{value}"))
    return told


def _moment(ask: Ask, at_us: int) -> str:
    moment = moment_of(at_us, ask.zone)
    return f"{formats.day(moment.date(), ask.lang, 'medium')} {moment:%H:%M}"


def act(ask: Ask) -> Response:
    """Take the step that a form of the request's page asks for."""
    assert ask.account is not None, "the route asks for a session"
    name, deed, actor = ask.path["request"], ask.form.get("deed", ""), ask.account.email
    if deed not in handling.DEEDS:
        return request(ask, ask.say("request_problem_deed"), 400)
    if deed == "erase" and "sure" not in ask.form:
        return request(ask, ask.say("request_problem_sure"), 400)
    try:
        handling.act(ask.workspace, name, deed, ask.form, actor)
    except SettingError as error:
        return request(ask, _told_wrong(ask, error), 400)
    except RefusedError as error:
        return request(ask, _refused(ask, error), 409)
    except NotFoundError as error:
        if error.where != "person":
            raise
        return request(ask, ask.say("request_nothing_held_means"), 409)
    ask.note(f"request_{deed}", name)
    return seen(ask, f"/privacy/requests/{name}")


_REFUSED = {
    "answered": "answered",
    "of somebody who was not identified": "identity",
    "not to be extended any more": "extend",
    "without anything done": "nothing_done",
    "of somebody on whom something is held": "held",
    "of somebody on whom nothing is held": "not_held",
    "of somebody erased": "erased",
}
"""What a refusal found to the sentence that tells it."""


def _told_wrong(ask: Ask, error: SettingError) -> str:
    """What is wrong with a value that was typed."""
    if error.where == "address":
        return ask.say("request_problem_address")
    known = error.where in ("value", "language")
    return ask.say(f"why_problem_{error.where}") if known else error.words[ask.lang]


def _refused(ask: Ask, error: RefusedError) -> str:
    code = _REFUSED.get(error.found)
    return ask.say(f"request_problem_{code}") if code else error.words[ask.lang]


def pack(ask: Ask) -> Response:
    """Everything that is held on whoever asked, as a page or for a machine, to send to them."""
    name = ask.path["request"]
    held = handling.pack(ask.workspace, name)
    ask.note("request_pack", name)
    if ask.query.get("form") == "json":
        content = msgspec.json.encode(held, order="sorted")
        return _file(content, "application/json", f"{name}.json")
    content = reporting.access_page(ask.workspace, held, _wanted_lang(ask))
    return _file(content, FORMS["html"], f"{name}.html")


def paper(ask: Ask) -> Response:
    """The notice or the article 30 register: shown, or as a file in either language."""
    name = ask.path["paper"]
    if name not in PAPERS:
        raise NotFoundError(f"paper {name}", "not there", " or ".join(PAPERS), "open the list")
    lang, form = _wanted_lang(ask), ask.query.get("form", "")
    if form in FORMS:
        content = reporting.paper_file(ask.workspace, lang, form, name)
        return _file(content, FORMS[form], f"{name}-{lang}.{form}")
    document = reporting.paper(ask.workspace, ask.lang, name)
    parts = [
        (one.title, one.lead, _drawn(ask, one.blocks, 3))
        if isinstance(one, Section)
        else ("", "", _drawn(ask, (one,), 2))
        for one in document.blocks
    ]
    return page(
        ask,
        "paper",
        name=name,
        title=document.title,
        parts=parts,
        forms=FORMS,
    )


def _drawn(ask: Ask, blocks: Sequence[Block], level: int) -> SafeText:
    return SafeText(drawing.fragment(blocks, ask.lang, level))


def _wanted_lang(ask: Ask) -> Lang:
    return lang_of(ask.query.get("lang")) or ask.lang


def _file(content: bytes, kind: str, name: str) -> Response:
    """A download: never shown in the page's own origin."""
    return Response(
        content,
        media_type=kind,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
