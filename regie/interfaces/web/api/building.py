"""What a program can build: audiences, counted as they change, and campaigns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from regie.interfaces.web.api.entry import Call, Entry, Name
from regie.terms.campaign import MessageWords
from regie.terms.errors import NotFoundError, RuleError
from regie.terms.money import MICROS
from regie.terms.rule import Rule, parse_rule, rule_table
from regie.understand.wording import describe
from regie.workspace import audiences, campaigning, ruling

_DEEPEST, _MOST_NODES = 12, 200
Shown = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")]
"""The version of the file that was read, as it was told; empty for a new one."""
Texts = dict[Literal["en", "fr"], Annotated[str, msgspec.Meta(max_length=300)]]
Micros = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule to count, in the form it has in rules/segments.toml."""

    rule: dict[str, Any]


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a rule reaches: people who allow profiling, and of them who may be written to."""

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

    title: Texts
    words: Texts = {}
    shown: Shown


class Gone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is taken out, paused or resumed: the version of the file that was read."""

    shown: Shown


class CampaignGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A campaign to write."""

    title: Texts
    whom: dict[str, Any]
    selection: Name
    words: dict[Literal["en", "fr"], MessageWords]
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
    segments = call.workspace.rules.segments()
    shared = call.board.audiences.overlap(segments)
    return AudiencesTold(
        shown=ruling.shown(call.workspace, audiences.FILE),
        rows=tuple(
            AudienceTold(
                name=one.name,
                title=one.title,
                words=one.words,
                rule=rule_table(one.rule),
                count=_counted(call, one.rule),
                used_by=tuple(name for names in audiences.used_by(call.workspace, one.name)
                              for name in names),
            )
            for one in segments
        ),
        shared=tuple(tuple(int(n) for n in line) for line in shared),
    )  # fmt: skip


def count(call: Call) -> Count:
    """Whom a rule would reach."""
    return _counted(call, _rule(call.body.rule))


def make(call: Call) -> Written:
    """Write a new audience."""
    return _save(call, None)


def change(call: Call) -> Written:
    """Write an audience anew."""
    return _save(call, _there(call))


def drop(call: Call) -> Written:
    """Take an audience out that nothing uses."""
    name = _there(call)
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
    _rule(body.whom)
    data = {
        "title": {x: body.title.get(x, "").strip() for x in ("en", "fr")},
        "whom": body.whom,
        "selection": body.selection,
        "starts": body.starts,
        "ends": body.ends,
        "budget": str(Decimal(body.budget_micros) / MICROS),
        "cost_per_message": str(Decimal(body.cost_micros) / MICROS),
        "priority": body.priority,
        "words": {x: _plain(words) for x, words in body.words.items()},
    }
    saved = campaigning.save(call.workspace, name, data, seen=body.shown, actor=call.account.email)
    call.note("campaign_edited" if name else "campaign_made", saved)
    return _written(call, saved)


def _plain(words: MessageWords) -> dict[str, str]:
    return {name: text.replace("\r\n", "\n").strip() for name, text in
            msgspec.structs.asdict(words).items()}  # fmt: skip


def _written(call: Call, name: str) -> Written:
    return Written(name=name, shown=ruling.shown(call.workspace, campaigning.file_of(name)))


def _save(call: Call, name: str | None) -> Written:
    body: AudienceGiven = call.body
    title = {x: body.title.get(x, "").strip() for x in ("en", "fr")}
    if not all(title.values()):
        raise RuleError("title", "empty in a language", "a name in English and French", "add it")
    _rule(body.rule)
    saved = audiences.save(
        call.workspace, name, title=title, words={str(x): text for x, text in body.words.items()},
        rule=body.rule, seen=body.shown, actor=call.account.email,
    )  # fmt: skip
    call.note("audience_edited" if name else "audience_made", saved)
    return Written(name=saved, shown=ruling.shown(call.workspace, audiences.FILE))


def _there(call: Call) -> str:
    name = call.path["audience"]
    if name not in {one.name for one in call.workspace.rules.segments()}:
        raise NotFoundError(f"audience {name}", "not there", "an audience", "list them: /audiences")
    return name


def _rule(given: dict[str, Any]) -> Rule:
    """A rule somebody sent: no larger than one that people can read."""
    left: list[tuple[Any, int]] = [(given, 0)]
    nodes = 0
    while left:
        node, depth = left.pop()
        nodes += 1
        if depth > 2 * _DEEPEST or nodes > 20 * _MOST_NODES:
            raise RuleError(
                "rule", "too deep or too long",
                f"{_DEEPEST} levels and {_MOST_NODES} parts at most",
                "make audiences of its parts",
            )  # fmt: skip
        inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        left += [(one, depth + 1) for one in inside]
    return parse_rule(given, "rule")


def _counted(call: Call, rule: Rule) -> Count:
    segments = call.workspace.rules.segments()
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
    Entry(method="POST", path="/audiences/count", permission="edit_audiences", function=count,
          body=Asked, does="Whom a rule would reach.", answer=Count, heavy=True),
    Entry(method="POST", path="/audiences", permission="edit_audiences", function=make,
          body=AudienceGiven, does="Write a new audience.", answer=Written),
    Entry(method="POST", path="/audiences/{audience}", permission="edit_audiences",
          function=change, body=AudienceGiven, does="Write an audience anew.", answer=Written),
    Entry(method="POST", path="/audiences/{audience}/drop", permission="edit_audiences",
          function=drop, body=Gone, does="Take an audience out that nothing uses.",
          answer=Written),
    Entry(method="POST", path="/campaigns", permission="edit_campaigns", function=make_campaign,
          body=CampaignGiven, does="Write a new campaign.", answer=Written),
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
