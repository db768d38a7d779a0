"""What a program can build: audiences, counted as they change, and campaigns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from regie.decide.campaign import TITLE_AT_MOST
from regie.deliver import mail
from regie.interfaces.web.api.entry import CSV, Call, Entry, File, Name, Shown
from regie.interfaces.web.api.people import PersonNamed
from regie.interfaces.web.api.reading import Spoken
from regie.ports.state import RuleChange
from regie.terms.campaign import MessageWords
from regie.terms.document import LANGS, Lang
from regie.terms.errors import NotFoundError, RuleError
from regie.terms.money import MICROS
from regie.terms.rule import Rule, check_meaning, parse_rule, rule_table
from regie.understand.audience import Segment
from regie.understand.wording import describe, tell
from regie.workspace import audiences, campaigning, ruling

_DEEPEST, _MOST_NODES = 12, 200
Texts = dict[Lang, Annotated[str, msgspec.Meta(max_length=audiences.WORDS_AT_MOST)]]
Titles = dict[Lang, Annotated[str, msgspec.Meta(max_length=TITLE_AT_MOST)]]
Micros = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule to count, in the form it has in rules/segments.toml."""

    rule: dict[str, Any]


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a rule reaches now: people who allow profiling, of them who may be written to."""

    persons: int
    writable: int
    of: int
    told: str


class AudienceTold(msgspec.Struct, frozen=True, kw_only=True):
    """An audience: its rule, in words too, its people, and who uses it."""

    name: str
    title: dict[str, str]
    words: dict[str, str]
    rule: dict[str, Any]
    count: Count
    used_by: tuple[str, ...]


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """How many people an audience held when a run counted it."""

    run: int
    as_of_us: int
    persons: int


class AudienceOpened(AudienceTold, frozen=True, kw_only=True):
    """One audience.

    Parameters
    ----------
    shared : dict[str, int]
        Other audience to how many people it shares with this one.
    drift : tuple[Drift, ...]
        From run to run, the oldest first.
    changes : tuple[RuleChange, ...]
        Who changed it when, the newest first.
    shown : str
        The version of the audiences' file.
    """

    shared: dict[str, int]
    drift: tuple[Drift, ...]
    changes: tuple[RuleChange, ...]
    shown: str


class Because(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a rule that settles it, whether it holds, in words."""

    holds: bool
    told: str


class WhyTold(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody is in an audience, and what settles it."""

    holds: bool
    because: tuple[Because, ...]


class MessageAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message to look at: of a campaign's own words, or of others."""

    campaign: Annotated[str, msgspec.Meta(max_length=200)] = ""
    words: MessageWords
    lang: Lang = "en"


class MessageTold(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its receiver sees it; to whom is not told, and its links are left out."""

    subject: str
    text: str
    html: str


class AudiencesTold(msgspec.Struct, frozen=True, kw_only=True):
    """Every audience in the order of its file, and how many people each two share.

    Parameters
    ----------
    shown : str
        The version of their file.
    shared : tuple[tuple[int, ...], ...]
        In their order; on the diagonal their sizes.
    """

    shown: str
    rows: tuple[AudienceTold, ...]
    shared: tuple[tuple[int, ...], ...]


class AudienceGiven(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An audience to write; without words its rule tells itself."""

    title: Titles
    words: Texts = {}
    shown: Shown


class NewAudience(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new audience; nothing has to be looked at first, but may have been."""

    title: Titles
    words: Texts = {}
    shown: Shown | None = None


class Gone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is taken out, paused or resumed: the version of the file that was read."""

    shown: Shown


class CampaignGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A campaign to write."""

    title: Titles
    whom: dict[str, Any]
    selection: Name
    words: dict[Lang, MessageWords]
    starts: date
    ends: date
    budget_micros: Micros
    cost_micros: Micros
    priority: Annotated[float, msgspec.Meta(ge=-1000, le=1000)] = 0.0
    shown: Shown = ""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The name of what was written, and the version of its file now."""

    name: str
    shown: str


def every(call: Call) -> AudiencesTold:
    """Every audience."""
    call.board.audiences.current()  # a program counts what came in by now
    segments = call.workspace.rules.segments()
    shared = call.board.audiences.overlap(segments)
    return AudiencesTold(
        shown=ruling.shown(call.workspace, audiences.FILE),
        rows=tuple(AudienceTold(**_told(call, one)) for one in segments),
        shared=tuple(tuple(int(n) for n in line) for line in shared),
    )


def _told(call: Call, one: Segment) -> dict[str, Any]:
    used = audiences.used_by(call.workspace, one.name)
    return {
        "name": one.name, "title": one.title, "words": one.words, "rule": rule_table(one.rule),
        "count": _counted(call, one.rule),
        "used_by": tuple(name for names in used for name in names),
    }  # fmt: skip


def opened(call: Call) -> AudienceOpened:
    """One audience."""
    call.board.audiences.current()
    one, segments = _segment(call), call.workspace.rules.segments()
    shared = call.board.audiences.overlap_of(one.rule, segments)
    return AudienceOpened(
        **_told(call, one),
        shared={name: n for name, n in shared.items() if name != one.name},
        drift=tuple(
            Drift(run=run, as_of_us=as_of_us, persons=counts[one.name])
            for run, as_of_us, counts in audiences.drift(call.workspace)
            if one.name in counts
        ),
        changes=tuple(ruling.history(call.workspace, audiences.FILE, one.name)),
        shown=ruling.shown(call.workspace, audiences.FILE),
    )


def why(call: Call) -> WhyTold:
    """Why one person is in it, or is not."""
    segment, segments = _segment(call), call.workspace.rules.segments()
    call.note("audience_person", segment.name)
    key = call.workspace.known_key(call.body.person)
    found = call.board.audiences.why(key, segment.rule, segments)
    if found is None:
        raise NotFoundError(
            "person", "not let in", "somebody who allows profiling", "see what they allow"
        )
    currency = call.workspace.settings.currency
    return WhyTold(
        holds=found[0],
        because=tuple(
            Because(holds=one.holds, told=tell(one, call.query.lang, currency))
            for one in found[1]
        ),
    )  # fmt: skip


def export(call: Call) -> File:
    """Those of it who may be written to, with their addresses."""
    segment, segments = _segment(call), call.workspace.rules.segments()
    content, rows = call.board.audiences.people_file(segment.rule, segments)
    call.note("audience_export", f"{segment.name}, {rows}")
    return File(content=content, kind=CSV, name=f"{segment.name}.csv")


def count(call: Call) -> Count:
    """Whom a rule would reach."""
    return _counted(call, _rule(call.body.rule))


def make(call: Call) -> Written:
    """Write a new audience."""
    return _save(call, None)


def change(call: Call) -> Written:
    """Write an audience anew."""
    return _save(call, _segment(call).name)


def drop(call: Call) -> Written:
    """Take an audience out that nothing uses."""
    name = _segment(call).name
    audiences.drop(call.workspace, name, seen=call.body.shown, actor=call.account.email)
    call.note("audience_dropped", name)
    return Written(name=name, shown=ruling.shown(call.workspace, audiences.FILE))


def make_campaign(call: Call) -> Written:
    """Write a new campaign."""
    return _save_campaign(call, None)


def change_campaign(call: Call) -> Written:
    """Write a campaign anew: what waits for approval stays as it was shown."""
    campaigning.table_of(call.workspace, call.path["campaign"])
    return _save_campaign(call, call.path["campaign"])


def preview(call: Call) -> MessageTold:
    """A message as somebody made up would see it."""
    asked: MessageAsked = call.body
    return message_told(
        campaigning.preview(call.workspace, asked.campaign, asked.words, asked.lang)
    )  # fmt: skip


def message_told(message: bytes) -> MessageTold:
    """A message as data."""
    proof = mail.proof(message)
    return MessageTold(subject=proof.subject, text=proof.text, html=proof.html)


def pause(call: Call) -> Written:
    """Let a campaign write to nobody for now."""
    return _pause(call, paused=True)


def resume(call: Call) -> Written:
    """Let a campaign write again."""
    return _pause(call, paused=False)


def _pause(call: Call, *, paused: bool) -> Written:
    name = call.path["campaign"]
    campaigning.pause(
        call.workspace, name, paused=paused, seen=call.body.shown, actor=call.account.email
    )
    call.note("campaign_pause" if paused else "campaign_resume", name)
    return _written(call, name)


def _save_campaign(call: Call, name: str | None) -> Written:
    body: CampaignGiven = call.body
    _rule(body.whom, "whom")
    data = {
        "title": {x: body.title.get(x, "").strip() for x in LANGS},
        "whom": body.whom,
        "selection": body.selection,
        "starts": body.starts,
        "ends": body.ends,
        "budget": str(Decimal(body.budget_micros) / MICROS),
        "cost_per_message": str(Decimal(body.cost_micros) / MICROS),
        "priority": body.priority,
        "words": {x: _plain(words) for x, words in body.words.items()},
    }
    saved = campaigning.save(call.workspace, name, data, seen=body.shown if name else "",
                              actor=call.account.email)  # fmt: skip
    call.note("campaign_edited" if name else "campaign_made", saved)
    return _written(call, saved)


def _plain(words: MessageWords) -> dict[str, str]:
    return {name: text.replace("\r\n", "\n").strip() for name, text in
            msgspec.structs.asdict(words).items()}  # fmt: skip


def _written(call: Call, name: str) -> Written:
    return Written(name=name, shown=ruling.shown(call.workspace, campaigning.file_of(name)))


def _save(call: Call, name: str | None) -> Written:
    body: AudienceGiven | NewAudience = call.body
    seen = ruling.shown(call.workspace, audiences.FILE) if body.shown is None else body.shown
    title: dict[str, str] = {x: body.title.get(x, "").strip() for x in LANGS}
    if not all(title.values()):
        raise RuleError("title", "empty in a language", "a name in English and French", "add it")
    _rule(body.rule)
    saved = audiences.save(
        call.workspace, name, title=title, words={str(x): text for x, text in body.words.items()},
        rule=body.rule, seen=seen, actor=call.account.email,
    )  # fmt: skip
    call.note("audience_edited" if name else "audience_made", saved)
    return Written(name=saved, shown=ruling.shown(call.workspace, audiences.FILE))


def _segment(call: Call) -> Segment:
    name = call.path["audience"]
    for one in call.workspace.rules.segments():
        if one.name == name:
            found: Segment = one
            return found
    raise NotFoundError(f"audience {name}", "not there", "an audience", "list them: /audiences")


def _rule(given: dict[str, Any], where: str = "rule") -> Rule:
    """A rule somebody sent: no larger than one that people can read, and it says something."""
    left: list[tuple[Any, int]] = [(given, 0)]
    nodes = 0
    while left:
        node, depth = left.pop()
        nodes += 1
        if depth > 2 * _DEEPEST or nodes > 20 * _MOST_NODES:
            raise RuleError(
                where, "too deep or too long",
                f"{_DEEPEST} levels and {_MOST_NODES} parts at most",
                "make audiences of its parts",
            )  # fmt: skip
        inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        left += [(one, depth + 1) for one in inside]
    rule = parse_rule(given, where)
    check_meaning(rule, where)
    return rule


def _counted(call: Call, rule: Rule) -> Count:
    segments = call.workspace.rules.segments()
    call.board.audiences.current()  # a program counts what came in by now
    size = call.board.audiences.size(rule, segments)
    return Count(
        persons=size.persons,
        writable=size.writable,
        of=size.of,
        told=describe(rule, "en", segments, call.workspace.settings.currency),
    )


ENTRIES: tuple[Entry, ...] = (
    Entry(method="GET", path="/audiences", permission="see", function=every,
          does="Every audience, its people, and what they share.", answer=AudiencesTold,
          heavy=True),
    Entry(method="GET", path="/audiences/{audience}", permission="see", function=opened,
          does="One audience: its people, what it shares, how it went from run to run.",
          answer=AudienceOpened, heavy=True),
    Entry(method="POST", path="/audiences/{audience}/why", permission="see_people",
          function=why, query=Spoken, body=PersonNamed,
          does="Why one person is in an audience, or is not.", answer=WhyTold, heavy=True),
    Entry(method="POST", path="/audiences/{audience}/export", permission="export_audiences",
          function=export, does="Those of it who may be written to, with their addresses.",
          answer=File, files=(CSV,), heavy=True),
    Entry(method="POST", path="/campaigns-preview", permission="see_decisions",
          function=preview, body=MessageAsked, does="A message as its receiver would see it.",
          answer=MessageTold),
    Entry(method="POST", path="/audiences-count", permission="edit_audiences", function=count,
          body=Asked, does="Whom a rule would reach.", answer=Count, heavy=True),
    Entry(method="POST", path="/audiences", permission="edit_audiences", function=make,
          body=NewAudience, does="Write a new audience.", answer=Written),
    Entry(method="POST", path="/audiences/{audience}", permission="edit_audiences",
          function=change, body=AudienceGiven, does="Write an audience anew.", answer=Written),
    Entry(method="POST", path="/audiences/{audience}/drop", permission="edit_audiences",
          function=drop, body=Gone, does="Take an audience out that nothing uses.",
          answer=Written),
    Entry(method="POST", path="/campaigns", permission="edit_campaigns", function=make_campaign,
          body=CampaignGiven, does="Write a new campaign.", answer=Written, makes=True),
    Entry(method="POST", path="/campaigns/{campaign}", permission="edit_campaigns",
          function=change_campaign, body=CampaignGiven,
          does="Write a campaign anew; what waits for approval stays as it was shown.",
          answer=Written),
    Entry(method="POST", path="/campaigns/{campaign}/pause", permission="edit_campaigns",
          function=pause, body=Gone, does="Let a campaign write to nobody for now.",
          answer=Written),
    Entry(method="POST", path="/campaigns/{campaign}/resume", permission="edit_campaigns",
          function=resume, body=Gone, does="Let a campaign write again.", answer=Written),
)  # fmt: skip
