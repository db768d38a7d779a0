"""Audiences: who is in each, how many may be written to, what they share; built in forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from regie.interfaces.web import rule_form
from regie.interfaces.web.asking import Ask, page, seen
from regie.interfaces.web.rule_form import Node
from regie.ports.state import RuleChange
from regie.terms.document import LANGS, Chart, Column, Format, LineFigure, Table
from regie.terms.errors import NotFoundError, RefusedError, RuleError
from regie.terms.instant import day_of
from regie.terms.rule import All, Rule, parse_rule
from regie.understand.audience import Segment
from regie.understand.wording import describe, tell, trait_words, value_words
from regie.words import formats
from regie.words.sentences import say
from regie.workspace import audiences, drawing, ruling, telling

_OFFERED_VALUES = 60
_NUMBER = Format("number")


def show(ask: Ask) -> Response:
    """Every audience, and how many people each two share."""
    segments, told = ask.workspace.rules.segments(), ask.board.audiences
    shared = told.overlap(segments)
    sizes = told.sizes(segments)
    return page(
        ask,
        "audiences",
        is_behind=told.is_behind(),
        rows=[
            {
                "name": s.name,
                "title": _title(ask, s),
                "whom": _words(ask, s, segments),
                "size": sizes[s.name],
                "share": _share(ask, sizes[s.name]),
                "used": _used(ask, s.name),
            }
            for s in segments
        ],
        matrix=[
            (_title(ask, s), s.name, [int(n) for n in line])
            for s, line in zip(segments, shared, strict=True)
        ],
        of=next(iter(sizes.values())).of if sizes else 0,
        may_edit=ask.may("edit_audiences"),
    )


def told(ask: Ask, person: Mapping[str, Any] | None = None, status: int = 200) -> Response:
    """One audience: its rule in words, its people, what it shares, how it went from run to run.

    Parameters
    ----------
    person : Mapping[str, Any] or None
        What was found of somebody who was looked for.
    """
    segment, segments = _segment(ask), ask.workspace.rules.segments()
    size = ask.board.audiences.size(segment.rule, segments)
    titles = {s.name: _title(ask, s) for s in segments}
    shared = ask.board.audiences.overlap_of(segment.rule, segments)
    return page(
        ask,
        "audience",
        status=status,
        is_behind=ask.board.audiences.is_behind(),
        segment=segment,
        title=_title(ask, segment),
        words=segment.words.get(ask.lang, ""),
        whom=_sentence(ask, segment.rule, segments),
        size=size,
        share=_share(ask, size),
        shared=[(titles[n], n, count) for n, count in shared.items() if n != segment.name],
        drift=_drift(ask, segment.name),
        used=_used(ask, segment.name),
        changes=_changes(ask, audiences.FILE, segment.name),
        person=person or {},
        may_edit=ask.may("edit_audiences"),
        may_look=ask.may("see_people"),
        may_export=ask.may("export_audiences"),
    )


def why(ask: Ask) -> Response:
    """Why one person is in it, or is not."""
    segment, segments = _segment(ask), ask.workspace.rules.segments()
    named = ask.form.get("person", "").strip()
    ask.note("audience_person", segment.name)
    try:
        key = ask.workspace.known_key(named) if named else ""
    except NotFoundError:
        key = ""
    found = ask.board.audiences.why(key, segment.rule, segments) if key else None
    if found is None:
        return told(ask, {"named": named, "problem": ask.say("audience_nobody")}, 400)
    currency = ask.workspace.settings.currency
    return told(ask, {
        "named": named,
        "holds": found[0],
        "because": [(one.holds, tell(one, ask.lang, currency)) for one in found[1]],
    })  # fmt: skip


def export(ask: Ask) -> Response:
    """Those of an audience who may be written to, with their addresses."""
    segment, segments = _segment(ask), ask.workspace.rules.segments()
    content, rows = ask.board.audiences.people_file(segment.rule, segments)
    ask.note("audience_export", f"{segment.name}, {rows}")
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{segment.name}.csv"'},
    )


NEW = Segment(name="", title={}, words={}, rule=All(()))
"""An audience that is not there yet: everybody."""


def edit_page(ask: Ask) -> Response:
    """The form of an audience: one that is there, a new one, or a copy of another."""
    name = ask.path.get("audience", "")
    base = _segment(ask, ask.query.get("from", "")) if not name else _segment(ask)
    shown = ruling.shown(ask.workspace, audiences.FILE)
    return _edit(ask, rule_form.node_of(base.rule), _fields_of(base), shown)


def _fields_of(segment: Segment) -> dict[str, str]:
    """What the form holds of an audience beside its rule."""
    texts = {"title": segment.title, "words": segment.words}
    return {f"{part}.{x}": said.get(x, "") for part, said in texts.items() for x in LANGS}


def edit(ask: Ask) -> Response:
    """A button of that form: another part, count again, save, or take the audience out."""
    deed, root = ask.form.get("deed", ""), rule_form.read(ask.form)
    fields = {name: ask.form.get(name, "").strip() for name in _fields_of(NEW)}
    shown = ask.form.get("shown", "")
    if deed == "drop" and "audience" in ask.path:
        return _drop(ask, shown)
    if deed != "save":
        return _edit(ask, rule_form.done(root, deed, ask.form), fields, shown)
    name = None if "audience" not in ask.path else _segment(ask).name
    table, problems = rule_form.table(root)
    problems |= {f"title.{x}": "audience_wrong_title" for x in LANGS if not fields[f"title.{x}"]}
    problems |= _texts_wrong(fields)
    stale = _stale(ask, name, table, fields)
    if problems or stale:
        return _edit(ask, root, fields, shown, problems, status=400, stale=stale)
    try:
        saved = audiences.save(
            ask.workspace, name, title={x: fields[f"title.{x}"] for x in LANGS},
            words={x: fields[f"words.{x}"] for x in LANGS}, rule=table, seen=shown,
            actor=_actor(ask),
        )  # fmt: skip
    except RefusedError:
        return _edit(ask, root, fields, shown, {"": "rule_changed"}, status=409)
    except RuleError:
        return _edit(ask, root, fields, shown, {"r": "rule_wrong_any"}, status=400)
    ask.note("audience_made" if name is None else "audience_edited", saved)
    return seen(ask, f"/audiences/{saved}")


def _texts_wrong(fields: dict[str, str]) -> dict[str, str]:
    """Field to what is wrong with its text, beside that it is not there."""
    found = {}
    for field, text in fields.items():
        part, _, lang = field.partition(".")
        given: dict[str, dict[str, str]] = {"title": {}, "words": {}, part: {lang: text}}
        try:
            audiences.check_texts(given["title"], given["words"])
        except RuleError as error:
            is_long = error.rule.startswith("at most")
            found[field] = "audience_wrong_long" if is_long else "wrong_unseen"
    return found


def _drop(ask: Ask, shown: str) -> Response:
    segment = _segment(ask)
    used = _used(ask, segment.name)
    try:
        audiences.drop(ask.workspace, segment.name, seen=shown, actor=_actor(ask))
    except RefusedError:
        problem = "audience_used" if used else "rule_changed"
        root = rule_form.node_of(segment.rule)
        return _edit(ask, root, _fields_of(segment), shown, {"": problem}, status=409)
    ask.note("audience_dropped", segment.name)
    return seen(ask, "/audiences")


def _stale(ask: Ask, name: str | None, table: dict[str, Any], fields: dict[str, str]) -> bool:
    """Whether words that told another rule would stand over this one; asked once."""
    if not name or ask.form.get("kept") == "1":
        return False
    before = _segment(ask)
    words = {x: fields[f"words.{x}"] for x in LANGS}
    is_same = words == {x: before.words.get(x, "") for x in LANGS}
    try:
        return is_same and any(words.values()) and parse_rule(table, "r") != before.rule
    except RuleError:
        return False


def _edit(
    ask: Ask,
    root: Node,
    fields: dict[str, str],
    shown: str,
    problems: Mapping[str, str] | None = None,
    *,
    status: int = 200,
    stale: bool = False,
) -> Response:
    """The form as it stands, with the count of its rule where it can be read."""
    segments = ask.workspace.rules.segments()
    counted = count(ask, root, segments)
    found = problems or {}
    if ask.form.get("deed") == "count":
        found = {**counted["problems"], **found}
    name = ask.path.get("audience", "")
    return page(
        ask,
        "audience_edit",
        status=status,
        is_new=not name,
        name=name,
        fields=fields,
        root=root,
        shown=shown,
        counted=counted,
        stale=stale,
        problems={place: ask.say(code) for place, code in found.items()},
        used=_used(ask, name),
        **offers(ask, root, segments, without=name),
    )  # fmt: skip


def count(ask: Ask, root: Node, segments: tuple[Segment, ...]) -> dict[str, Any]:
    """What a form's rule comes to: its sentence, its people; or what is wrong with it."""
    table, problems = rule_form.table(root)
    if problems:
        return {"problems": problems, "size": None, "whom": "", "share": ""}
    try:
        rule = parse_rule(table, "r")
        size = ask.board.audiences.size(rule, segments)
    except RuleError:
        return {"problems": {"r": "rule_wrong_any"}, "size": None, "whom": "", "share": ""}
    whom = _sentence(ask, rule, segments)
    return {"problems": {}, "size": size, "whom": whom, "share": _share(ask, size)}


def offers(
    ask: Ask, root: Node, segments: tuple[Segment, ...], without: str = ""
) -> dict[str, Any]:
    """What a rule's form lets choose: kinds of event and traits that are there, other segments."""
    everybody = ask.board.audiences.crowd().everybody
    kinds = sorted({*everybody.kinds, "order", *_kinds(root)})
    traits = {
        trait: [
            (value, value_words(trait, value, ask.lang), n)
            for value, n in sorted(
                zip(held.values, held.persons, strict=True), key=lambda one: (-one[1], one[0])
            )[:_OFFERED_VALUES]
        ]
        for trait, held in sorted(
            everybody.traits.items(), key=lambda one: (-len(one[1].person), one[0])
        )
    }
    return {
        "groups": rule_form.GROUPS,
        "leaves": [x for x in rule_form.LEAVES if x != "trait" or traits],
        "kinds": {kind: say(f"audience.kind_{kind}", ask.lang, n=2) for kind in kinds},
        "traits": traits,
        "trait_names": {trait: trait_words(trait, ask.lang) for trait in traits},
        "others": {s.name: _title(ask, s) for s in segments if s.name != without},
        "deepest": rule_form.DEEPEST,
    }


def _kinds(node: Node) -> set[str]:
    inside = {kind for part in node.of for kind in _kinds(part)}
    return inside | ({node.kind} if node.form in rule_form.FIGURES else set())


def _segment(ask: Ask, name: str | None = None) -> Segment:
    named = ask.path["audience"] if name is None else name
    if not named:
        return NEW
    for segment in ask.workspace.rules.segments():
        if segment.name == named:
            found: Segment = segment
            return found
    raise NotFoundError("audience", "not there", "one of this workspace", "open the audiences")


def _title(ask: Ask, segment: Segment) -> str:
    return segment.title.get(ask.lang, segment.name)


def _sentence(ask: Ask, rule: Rule, segments: tuple[Segment, ...]) -> str:
    told = describe(rule, ask.lang, segments, ask.workspace.settings.currency)
    return told[:1].upper() + told[1:]


def _words(ask: Ask, segment: Segment, segments: tuple[Segment, ...]) -> str:
    return segment.words.get(ask.lang) or _sentence(ask, segment.rule, segments)


def _share(ask: Ask, size: audiences.Size) -> str:
    return formats.share(size.writable / size.persons, ask.lang) if size.persons else formats.DASH


def _used(ask: Ask, name: str) -> list[str]:
    campaigns, others = audiences.used_by(ask.workspace, name)
    titles = telling.campaign_titles(ask.workspace, ask.lang)
    titles |= {s.name: _title(ask, s) for s in ask.workspace.rules.segments()}
    return [titles[one] for one in (*campaigns, *others)]


def _drift(ask: Ask, name: str) -> str:
    """The size at each run, as a chart; empty before there are two."""
    by_day = {
        day_of(at_us, ask.zone): counts[name]
        for _, at_us, counts in audiences.drift(ask.workspace) if name in counts
    }  # fmt: skip
    if len(by_day) < 2:  # a line has two ends
        return ""
    label = ask.say("audience_persons")
    block = Chart(
        title=ask.say("audience_drift"),
        figure=LineFigure(
            days=tuple(by_day), now=tuple(by_day.values()), now_label=label, format=_NUMBER
        ),
        table=Table(
            title=label,
            columns=(Column(ask.say("by_day")), Column(label, _NUMBER)),
            rows=tuple((formats.day(d, ask.lang, "medium"), n) for d, n in by_day.items()),
        ),
    )
    return drawing.fragment([block], ask.lang)


def _changes(ask: Ask, file: str, about: str) -> list[tuple[str, str, str]]:
    """Who changed it when, the newest first: day, who, what."""
    return [
        (ask.moment(one.at_us), one.actor, _deed(ask, one))
        for one in ruling.history(ask.workspace, file, about)
    ]


def _deed(ask: Ask, change: RuleChange) -> str:
    """What somebody did to an audience: its name, its sentence, or whom it holds."""
    deed = ask.say(f"rule_{change.deed}")
    named = {"title": "audience_title", "words": "audience_words"}
    parts = [named.get(one, "rule_whole") for one in ruling.parts(ask.workspace, change)]
    told = ", ".join(ask.say(one) for one in dict.fromkeys(parts))
    return ask.say("rule_deed_of", deed=deed, parts=told) if told else deed


def _actor(ask: Ask) -> str:
    assert ask.account is not None, "the route asks for a session"
    return ask.account.email
