"""Audiences on the screens: how many are in each, who may be written to, where they are kept.

Everybody is laid out in memory (`understand.counted`) and kept fresh: who is let in is asked anew
as soon as somebody is erased or says no, before anything is counted.

Counted are people who allow profiling, as in a run: of the others nobody may be in an audience.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from regie.decide.campaign import TITLE_AT_MOST
from regie.deliver import export, mail
from regie.govern import consent
from regie.ports.tables import sql_text
from regie.terms.errors import RefusedError, RuleError
from regie.terms.instant import day_of
from regie.terms.rule import Rule, named_in
from regie.understand import audience, counted
from regie.understand.audience import Flags, Segment
from regie.workspace import ruling, sight
from regie.workspace.keeping import Keeper
from regie.workspace.writing import contact_cards

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

FILE = "segments.toml"
WORDS_AT_MOST = 300
"""Characters of an audience's own words; its name is as long as a campaign's may be."""
_WRITTEN_TO = ("personalisation", "prospecting")
"""Beside profiling: what must be open for a message."""
_Data = tuple[int, int, str]


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody, and who of them is let in.

    Parameters
    ----------
    everybody : counted.Counted
        P people with what they did.
    seen : npt.NDArray
        Shape (P,). Who allows profiling as things stand.
    writable : npt.NDArray
        Shape (P,). Who of them may be written to.
    """

    everybody: counted.Counted
    seen: Flags
    writable: Flags


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How many people a rule reaches: in all, of them may be written to; and how many there are."""

    persons: int
    writable: int
    of: int


class Audiences(Keeper[Crowd, _Data]):
    """The audiences of one workspace, for any number of threads.

    Parameters
    ----------
    workspace : Stores
        Open for as long as this is asked.
    """

    def __init__(self, workspace: Stores, wait_s: float = math.inf) -> None:
        super().__init__(
            workspace, _data, _load, _settle, wait_s, is_nothing=lambda crowd: not len(crowd.seen)
        )

    def crowd(self) -> Crowd:
        """Everybody, as things stand with people, of the data of now or of a moment ago."""
        return self.kept()

    def size(self, rule: Rule, segments: Sequence[Segment]) -> Size:
        """How many people a rule reaches."""
        return size_of(self.crowd(), rule, segments)

    def sizes(self, segments: Sequence[Segment]) -> dict[str, Size]:
        """How many people each segment holds."""
        crowd = self.crowd()
        return {s.name: size_of(crowd, s.rule, segments) for s in segments}

    def overlap(self, segments: Sequence[Segment]) -> npt.NDArray[np.int64]:
        """How many people two segments share: shape (S, S), on the diagonal their sizes."""
        return overlap_among(self.crowd(), segments)

    def overlap_of(self, rule: Rule, segments: Sequence[Segment]) -> dict[str, int]:
        """How many people a rule shares with each segment."""
        crowd = self.crowd()
        mine = members(crowd, rule, segments)
        return {s.name: int((mine & members(crowd, s.rule, segments)).sum()) for s in segments}

    def why(
        self, key: str, rule: Rule, segments: Sequence[Segment]
    ) -> tuple[bool, tuple[audience.Because, ...]] | None:
        """Whether a rule reaches one person, and what settles it; None for nobody who is let in."""
        crowd = self.crowd()
        place = int(np.searchsorted(crowd.everybody.key, key.encode()))
        is_there = place < len(crowd.seen) and crowd.everybody.key[place] == key.encode()
        if not is_there or not crowd.seen[place]:
            return None
        figures = crowd.everybody.figures([rule], segments)
        holds = bool(audience.score(figures, rule, segments)[place])
        return holds, audience.explain(figures, place, rule, segments)

    def people_file(self, rule: Rule, segments: Sequence[Segment]) -> tuple[bytes, int]:
        """Whom a rule reaches and who may be written to, with addresses, as CSV; how many."""
        crowd = self.current()
        member = members(crowd, rule, segments) & crowd.writable
        keys = [key.decode() for key in crowd.everybody.key[member].tolist()]
        cards = contact_cards(self._workspace, keys)
        return export.people_file(cards[key] for key in keys if key in cards)


def _data(workspace: Stores) -> _Data:
    today = str(day_of(workspace.settings.now_us(), workspace.settings.zone))
    brought = len(workspace.state.imports("published"))
    return workspace.tables.version("events"), brought, today


def _load(workspace: Stores) -> Crowd:
    now_us = workspace.settings.now_us()
    profiling = workspace.rules.purposes()["profiling"]
    with workspace.tables.session() as session:
        sight.see(workspace, session, now_us)
        sight.see_people(workspace, session)
        session.register("people", {"key": consent.open_keys(session, profiling, as_of_us=now_us)})
        session.execute(sql_text("regie.workspace", "traits"))
        everybody = counted.load(session, now_us)
    return _let_in(workspace, everybody)


def _settle(workspace: Stores, crowd: Crowd) -> Crowd:
    return _let_in(workspace, crowd.everybody)


def _let_in(workspace: Stores, everybody: counted.Counted) -> Crowd:
    """Who of everybody is let in as things stand."""
    purposes = workspace.rules.purposes()
    with workspace.tables.session() as session:
        sight.see_those(workspace, session, everybody.key)
        seen, *more = (
            np.isin(everybody.key, np.array(
                consent.open_keys(session, purposes[name], as_of_us=everybody.as_of_us),
                dtype=np.bytes_,
            ))
            for name in ("profiling", *_WRITTEN_TO)
        )  # fmt: skip
    return Crowd(everybody=everybody, seen=seen, writable=seen & np.logical_and.reduce(more))


def members(crowd: Crowd, rule: Rule, segments: Sequence[Segment]) -> Flags:
    """Whom a rule reaches: shape (P,)."""
    figures = crowd.everybody.figures([rule], segments)
    return audience.score(figures, rule, segments) & crowd.seen


def size_of(crowd: Crowd, rule: Rule, segments: Sequence[Segment]) -> Size:
    """How many people a rule reaches."""
    member = members(crowd, rule, segments)
    return Size(
        persons=int(member.sum()),
        writable=int((member & crowd.writable).sum()),
        of=int(crowd.seen.sum()),
    )


def overlap_among(crowd: Crowd, segments: Sequence[Segment]) -> npt.NDArray[np.int64]:
    """How many people two segments share: shape (S, S)."""
    shared = np.zeros((len(segments), len(segments)), dtype=np.int64)
    member_s = [np.packbits(members(crowd, s.rule, segments)) for s in segments]
    for a, mine in enumerate(member_s):
        for b in range(a, len(member_s)):
            shared[a, b] = shared[b, a] = int(_BITS[mine & member_s[b]].sum())
    return shared


_BITS = np.array([n.bit_count() for n in range(256)], dtype=np.int64)
"""Byte to how many of its bits are set: eight people are counted at once."""


def drift(workspace: Stores) -> list[tuple[int, int, dict[str, int]]]:
    """Each run that counted its segments: number, instant, segment to people; oldest first."""
    told = []
    for run in workspace.state.runs("published"):
        counts = msgspec.json.decode(run.manifest).get("segments")
        if counts is not None:
            told.append((run.number, run.as_of_us, counts))
    return sorted(told, key=lambda one: (one[1], one[0]))


def check_texts(title: Mapping[str, str], words: Mapping[str, str]) -> None:
    """Whether an audience can be named and told so.

    Raises
    ------
    RuleError
        If not; `where` is the text's place.

    Examples
    --------
    >>> check_texts({"en": "Loyal"}, {})
    >>> check_texts({"en": "x" * 101}, {})
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: title.en is 101 characters long, expected at most 100; shorten it
    """
    for part, said, most in (("title", title, TITLE_AT_MOST), ("words", words, WORDS_AT_MOST)):
        for lang, text in said.items():
            if len(text) > most:
                raise RuleError(
                    f"{part}.{lang}", f"{len(text)} characters long", f"at most {most}",
                    "shorten it",
                )  # fmt: skip
            if not mail.is_written_plainly(text):
                raise RuleError(
                    f"{part}.{lang}", "with a control or direction character",
                    mail.PLAINLY, "take it out",
                )  # fmt: skip


def used_by(workspace: Stores, name: str) -> tuple[list[str], list[str]]:
    """Campaigns and other segments whose rules name a segment."""
    found, _ = workspace.rules.campaigns_read()
    campaigns = [c.name for c in found if name in named_in(c.whom)]
    others = [s.name for s in workspace.rules.segments() if name in named_in(s.rule)]
    return campaigns, others


def save(
    workspace: Stores,
    name: str | None,
    *,
    title: Mapping[str, str],
    words: Mapping[str, str],
    rule: Mapping[str, Any],
    seen: str,
    actor: str,
) -> str:
    """Write a segment into rules/segments.toml; its name.

    Parameters
    ----------
    name : str or None
        The segment; None for a new one, named by its English title.
    title, words : Mapping[str, str]
        Language to text; without words the rule tells itself.
    rule : Mapping[str, Any]
        The table of its rule.
    seen : str
        `ruling.shown` of the file that was looked at.

    Raises
    ------
    RuleError
        If it could not be read, a name is too long, or holds what nobody sees.
    RefusedError
        If somebody changed the segments since.
    """
    import tomlkit

    check_texts(title, words)

    document = tomlkit.parse(workspace.rules.content(FILE).decode("utf-8"))
    named = name or ruling.name_for(title["en"], list(document))
    table = document.get(named)
    if table is None:
        table = tomlkit.table()
        document.add(tomlkit.nl())
        document.add(named, table)
    for part, given in (("title", title), ("words", words)):
        texts = {language: text for language, text in given.items() if text}
        if not texts:
            table.pop(part, None)
        elif table.get(part) != texts:
            table[part] = tomlkit.inline_table()
            table[part].update(texts)
    if table.get("rule") != rule:
        table.pop("rule", None)
        table.add("rule", tomlkit.parse(f"rule = {ruling.rule_text(rule)}\n")["rule"])
    deed = "edited" if name else "made"
    _change(workspace, tomlkit.dumps(document), seen, named, deed, actor)
    return named


def drop(workspace: Stores, name: str, *, seen: str, actor: str) -> None:
    """Take a segment out.

    Raises
    ------
    RefusedError
        If a campaign or another segment names it, or somebody changed the segments since.
    """
    import tomlkit

    campaigns, others = used_by(workspace, name)
    if campaigns or others:
        raise RefusedError(
            f"segment {name}", f"named by {', '.join((*campaigns, *others))}", "named by nobody",
            "change those first",
        )  # fmt: skip
    document = tomlkit.parse(workspace.rules.content(FILE).decode("utf-8"))
    document.remove(name)
    _change(workspace, tomlkit.dumps(document), seen, name, "dropped", actor)


def _change(  # noqa: PLR0917 (what a change says)
    workspace: Stores, text: str, seen: str, about: str, deed: str, actor: str
) -> None:
    ruling.change(workspace, FILE, text.encode(), seen=seen, about=about, deed=deed, actor=actor)
