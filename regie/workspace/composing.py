"""Reports that people compose: which blocks in which order, of which days, for whom.

Reads rules/reports/ and makes documents of the cube; writes rule files through `ruling`, so that
every version stays known by its hash and every change by who made it. The days are told relatively
alone ("last week"): a report that leaves each Monday must not be edited each Monday. They count
back from the day on which it leaves.

Why accounts alone and no single decision: a report is mailed and kept by others, where no erasure
reaches; nothing in it may name a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from regie.measure.cube import Cube, Cut, View
from regie.measure.goals import Pace
from regie.ports.state import RuleChange
from regie.terms.document import (
    NUMBER,
    SHARE,
    TEXT,
    Block,
    Column,
    Document,
    Fact,
    Lang,
    Notice,
    Paragraph,
    Point,
    Points,
    Table,
    Tiles,
)
from regie.terms.errors import NotFoundError, RefusedError, RegieError, RuleError
from regie.terms.instant import day_of
from regie.terms.schedule import Task, schedule_from
from regie.words import formats
from regie.workspace import deciding, exploring, goals, importing, overview, ruling, telling
from regie.workspace.exploring import Labels
from regie.workspace.overview import Voice
from regie.workspace.settings import toml_from

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

FOLDER = "reports"
"""Below rules/."""
Span = Literal["last_7_days", "last_28_days", "last_week", "last_month"]
SPANS: tuple[Span, ...] = ("last_7_days", "last_28_days", "last_week", "last_month")
FORMS = ("pdf", "xlsx", "pptx")
"""What can be attached; the message itself is the report too."""
MOST_BLOCKS = 20
MOST_ADDRESSES = 50
MOST_LETTERS = {"title": 120, "words": 2_000}
"""Part of a report in each language to the letters it takes, however it is written."""
_MOST_ROWS = 10
_SEE = "see docs/guides/reports.md"


class Leaves(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a report leaves; see `terms.schedule.Task`."""

    every: Literal["day", "week", "month"]
    at: str
    on: str = ""
    zone: str = ""


class Composition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report as somebody composed it.

    fr: rapport composé

    Parameters
    ----------
    name : str
        Its file's.
    title, words : dict[str, str]
        Language to its title, and to what stands above the figures.
    languages : tuple[str, ...]
        In which it leaves, in this order.
    period : str
        One of `SPANS`, counted back from the day on which it leaves.
    blocks : tuple[str, ...]
        Of `BLOCKS`, in their order.
    forms : tuple[str, ...]
        Of `FORMS`: what is attached.
    to : tuple[str, ...]
        Addresses of the team or the client.
    sign_off : bool
        Whether it leaves only once somebody has signed exactly what leaves.
    leaves : Leaves or None
        None where it is only looked at and downloaded.
    dropped : bool
        Taken out: its file and its editions stay, since somebody signed them.

    Examples
    --------
    >>> weekly = {"title": {"en": "The week", "fr": "La semaine"}, "languages": ["fr"],
    ...           "period": "last_week", "blocks": ["figures", "days"]}
    >>> composition_from(weekly, "weekly").blocks
    ('figures', 'days')
    >>> composition_from({**weekly, "period": "2026"}, "weekly")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: rules/reports/weekly.toml is not valid (Invalid enum value \
'2026' - at `$.period`), expected a composed report; see docs/guides/reports.md
    """

    name: str
    title: dict[str, str]
    languages: tuple[Lang, ...]
    period: Span
    blocks: tuple[str, ...]
    words: dict[str, str] = {}
    forms: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    sign_off: bool = False
    leaves: Leaves | None = None
    dropped: bool = False

    def told(self, lang: str) -> str:
        """Its title in a language, else in one that it has."""
        return self.title.get(lang) or next(iter(self.title.values()), self.name)

    def task(self) -> Task | None:
        """When it leaves, as the clock knows it; its name can be none of rules/schedule.toml."""
        if self.leaves is None or self.dropped:
            return None
        asked = msgspec.structs.asdict(self.leaves)
        return Task(name=f"report.{self.name}", does="send_report",
                    arguments={"report": self.name}, **asked)  # fmt: skip


def composition_from(data: Mapping[str, Any], name: str) -> Composition:
    """A composition from its file.

    Raises
    ------
    RuleError
        If it names a block, form or time that there is not, or lacks something.
    """
    from regie.deliver.mail import is_address

    where = f"rules/{FOLDER}/{name}.toml"
    try:
        made = msgspec.convert({**data, "name": name}, Composition)
    except msgspec.ValidationError as error:
        raise RuleError(where, f"not valid ({error})", "a composed report", _SEE) from error
    for field, given, known in (
        ("blocks", made.blocks, tuple(BLOCKS)), ("forms", made.forms, FORMS),
    ):  # fmt: skip
        if odd := [one for one in given if one not in known]:
            raise RuleError(f"{where} {field}", f'"{odd[0]}"', f"of {', '.join(known)}", _SEE)
        if len(set(given)) < len(given):
            raise RuleError(f"{where} {field}", "naming one twice", "each once", "take one out")
    if not made.blocks:
        raise RuleError(f"{where} blocks", "empty", "at least one block", _SEE)
    if not made.languages or len(set(made.languages)) < len(made.languages):
        raise RuleError(f"{where} languages", str(list(made.languages)), "each once", _SEE)
    if lacking := [x for x in made.languages if not made.title.get(x, "").strip()]:
        raise RuleError(f"{where} title", f"without {lacking[0]}", "one of each language", _SEE)
    for part, most in MOST_LETTERS.items():
        for lang, text in getattr(made, part).items():
            if len(text) > most:
                raise RuleError(f"{where} {part}.{lang}", f"of {len(text):,} letters",
                                f"at most {most:,}", "write it shorter")  # fmt: skip
    if odd := [one for one in made.to if not is_address(one)]:
        raise RuleError(f"{where} to", f'"{odd[0]}"', "addresses as name@domain", "correct it")
    if made.leaves is not None:
        schedule_from({"task": [{
            "name": name, "does": "send_report", **msgspec.to_builtins(made.leaves),
        }]}, where)  # fmt: skip
    return made


# ---- the files


class Broken(msgspec.Struct, frozen=True):
    """A file of rules/reports/ that could not be read, and why."""

    name: str
    why: str


def every(workspace: Stores) -> tuple[tuple[Composition, ...], tuple[Broken, ...]]:
    """All of them in name order, and those that cannot be read: one must not hide the others."""
    good: list[Composition] = []
    broken: list[Broken] = []
    for path in sorted((workspace.rules.folder / FOLDER).glob("*.toml")):
        try:
            made = one(workspace, path.stem)
            good += [] if made.dropped else [made]
        except RegieError as error:
            broken.append(Broken(path.stem, str(error)))
    return tuple(good), tuple(broken)


def one(workspace: Stores, name: str) -> Composition:
    """The report of a name.

    Raises
    ------
    NotFoundError
        If there is none.
    RuleError
        If its file is not valid.
    """
    file = file_of(name)
    known = {path.stem for path in (workspace.rules.folder / FOLDER).glob("*.toml")}
    if name not in known:
        raise NotFoundError("report", "not there", "one of this workspace", "open the reports")
    return composition_from(toml_from(workspace.rules.content(file), f"rules/{file}"), name)


def tasks(workspace: Stores) -> tuple[Task, ...]:
    """Which of them leave, and when: read by the clock."""
    return tuple(task for made in every(workspace)[0] if (task := made.task()) is not None)


def file_of(name: str) -> str:
    """Its file, below rules/.

    Examples
    --------
    >>> file_of("weekly")
    'reports/weekly.toml'
    """
    return f"{FOLDER}/{name}.toml"


def save(
    workspace: Stores, name: str | None, data: Mapping[str, Any], *, seen: str, actor: str
) -> str:
    """Keep a composition; its name.

    Parameters
    ----------
    name : str or None
        None for a new one, which gets a name after its title.
    data : Mapping
        As in the file.
    seen : str
        `ruling.shown` of the file that was looked at.

    Raises
    ------
    RuleError
        If it is not one that can be made.
    RefusedError
        If somebody changed it since, or took it away.
    """
    if name is None:
        titles = [str(data["title"][x]) for x in data["languages"] if data["title"].get(x)]
        taken = {p.stem for p in (workspace.rules.folder / FOLDER).glob("*.toml")}
        name = ruling.name_for(titles[0] if titles else "report", taken)
    elif not workspace.rules.holds(file_of(name)):
        raise RefusedError(file_of(name), "gone", "the one looked at", "compose it anew")
    composition_from(data, name)
    (workspace.rules.folder / FOLDER).mkdir(exist_ok=True)
    ruling.change(
        workspace, file_of(name), _toml(data, workspace, name).encode(), seen=seen, about=name,
        deed="edited" if seen else "made", actor=actor,
    )  # fmt: skip
    return name


def drop(workspace: Stores, name: str, *, seen: str, actor: str) -> None:
    """Take a report out: it leaves no more and is in no list; its editions stay.

    Raises
    ------
    RefusedError
        If somebody changed it since it was looked at.
    """
    file = file_of(name)
    data = toml_from(workspace.rules.content(file), f"rules/{file}") | {"dropped": True}
    content = _toml(data, workspace, name).encode()
    ruling.change(workspace, file, content, seen=seen, about=name, deed="dropped", actor=actor)


def _toml(data: Mapping[str, Any], workspace: Stores, name: str) -> str:
    """The file with what is new in it; remarks and what stands still stay as they were."""
    import tomlkit

    held = workspace.rules.holds(file_of(name))
    was = workspace.rules.content(file_of(name)).decode() if held else ""
    document = tomlkit.parse(was)
    for field in [field for field in document if field not in data]:
        del document[field]
    for field, value in data.items():
        if document.get(field) != value:
            document[field] = value
    return tomlkit.dumps(document)


def versions(workspace: Stores, name: str) -> list[RuleChange]:
    """Who changed it and when, the newest first."""
    return ruling.history(workspace, file_of(name), name)


# ---- its days


def days(span: Span, day: date) -> tuple[date, date]:
    """The first and last day that a report tells of.

    Parameters
    ----------
    day : date
        On which it leaves.

    Examples
    --------
    >>> [d.isoformat() for d in days("last_week", date(2026, 11, 24))]
    ['2026-11-16', '2026-11-22']
    >>> [d.isoformat() for d in days("last_month", date(2026, 3, 31))]
    ['2026-02-01', '2026-02-28']
    >>> [d.isoformat() for d in days("last_7_days", date(2026, 11, 24))]
    ['2026-11-17', '2026-11-23']
    """
    if span == "last_week":
        monday = day - timedelta(day.weekday())
        return monday - timedelta(7), monday - timedelta(1)
    if span == "last_month":
        last = day.replace(day=1) - timedelta(1)
        return last.replace(day=1), last
    count = 7 if span == "last_7_days" else 28
    return day - timedelta(count), day - timedelta(1)


# ---- its document


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a block is made from: cuts of the cube and the words of one language.

    Parameters
    ----------
    first, last : date
        The days told of.
    newest : date
        The last day with data; means nothing where there is none.
    has_data : bool
        Whether there is a day with data at all.
    now : View
        The days told of.
    previous : View
        As many days just before.
    before : View
        Of those as many as are known of now: what is compared must have had as much time.
    """

    workspace: Stores
    first: date
    last: date
    newest: date
    has_data: bool
    now: View
    previous: View
    before: View
    voice: Voice
    labels: Labels
    paces: tuple[Pace, ...]

    @property
    def known_days(self) -> int:
        """How many of its days there are data of."""
        return max((min(self.newest, self.last) - self.first).days + 1, 0)

    @property
    def is_whole(self) -> bool:
        """Whether there are data of all its days."""
        return self.newest >= self.last


def document(
    workspace: Stores,
    cube: Cube,
    items: Mapping[str, str],
    composition: Composition,
    *,
    lang: Lang,
    leaves_us: int,
) -> Document:
    """A composed report in one language.

    Parameters
    ----------
    cube : Cube
        The accounts as they are known now.
    items : dict[str, str]
        Item to its name.
    leaves_us : int
        When it leaves: its days count back from there.
    """
    made = _made(workspace, cube, items, composition, lang=lang, leaves_us=leaves_us)
    words = [part for part in composition.words.get(lang, "").split("\n\n") if part.strip()]
    return Document(
        title=composition.told(lang),
        subtitle=f"{workspace.settings.name} · {formats.days(made.first, made.last, lang)}",
        lang=lang,
        tags=tuple(made.voice.say(f"simulated_{name}") for name in workspace.settings.simulated),
        blocks=(
            *_missing(made),
            *(Paragraph(part.strip()) for part in words),
            *(block for name in composition.blocks for block in _block(name, made)),
        ),
        stamp=_stamp(made),
    )


def _made(
    workspace: Stores,
    cube: Cube,
    items: Mapping[str, str],
    composition: Composition,
    *,
    lang: Lang,
    leaves_us: int,
) -> Made:
    zone = (composition.leaves.zone if composition.leaves else "") or workspace.settings.zone
    first, last = days(composition.period, day_of(leaves_us, zone))
    length = timedelta((last - first).days + 1)
    newest = cube.first + timedelta(max(cube.days - 1, 0))
    compared = max(min(last, newest), first) - length
    return Made(
        workspace=workspace,
        first=first,
        last=last,
        newest=newest,
        has_data=cube.days > 0,
        now=View(cube, Cut(first=first, last=last)),
        previous=View(cube, Cut(first=first - length, last=last - length)),
        before=View(cube, Cut(first=first - length, last=compared)),
        voice=Voice(workspace, lang),
        labels=Labels(workspace, lang, items),
        paces=goals.paces(workspace, cube, last),
    )


def _block(name: str, made: Made) -> list[Block]:
    """The blocks of a name; where no day is known yet, those of its days would show a fall."""
    return [] if name in _OF_DAYS and not made.known_days else BLOCKS[name](made)


def _missing(made: Made) -> list[Block]:
    """Days of which nothing is known yet must not be read as days without a sale."""
    if made.is_whole:
        return []
    say = made.voice.say
    if not made.has_data:
        return [Notice(kind="warn", title=say("no_data"), text=say("report_no_data"))]
    text = say("report_missing", newest=made.newest, last=made.last)
    return [Notice(kind="warn", title=say("report_missing_title"), text=text)]


def _stamp(made: Made) -> tuple[Fact, ...]:
    """How fresh it is, and what it was made from."""
    from regie import __version__

    workspace, say = made.workspace, made.voice.say
    brought = workspace.state.imports("published")
    newest = brought[-1] if brought else None
    fresh = [Fact(say("report_fresh"), _freshness(made, "report_fresh_told"))]
    if newest is not None:
        day = day_of(newest.at_us, workspace.settings.zone)
        fresh.append(Fact(say("report_brought"), say("report_brought_told", file=newest.file,
                                                     day=day)))  # fmt: skip
    version = workspace.tables.version("events")
    made_from = say("report_made_told", made_by=__version__, version=version)
    return (*fresh, *([Fact(say("report_made"), made_from)] if version >= 0 else []))


def _freshness(made: Made, sentence: str) -> str:
    """Until when there are data, in that sentence."""
    say = made.voice.say
    return say(sentence, newest=made.newest) if made.has_data else say("no_data")


def _figures(made: Made) -> list[Block]:
    against = "against_before" if made.is_whole else "against_first_days"
    tiles = [overview.tile(name, made.now, made.before, None, made.voice, against=against)
             for name in exploring.TILES]  # fmt: skip
    return [Tiles(tuple(
        msgspec.structs.replace(tile, source=None, series=tile.series[: made.known_days])
        for tile in tiles
    ))]  # fmt: skip


def _by_day(made: Made) -> list[Block]:
    marks = tuple(m for m in exploring.marks(made.workspace) if made.first <= m.day <= made.last)
    return [overview.by_day("revenue", made.now, made.previous, voice=made.voice, marks=marks,
                            known_days=made.known_days)]  # fmt: skip


def _changed(made: Made) -> list[Block]:
    return list(
        overview.moved("revenue", made.now, made.before, labels=made.labels, voice=made.voice)
    )


def _parts(by: str) -> Callable[[Made], list[Block]]:
    """A table of the parts of a breakdown: revenue of both periods, the change, orders."""

    def block(made: Made) -> list[Block]:
        say, form = made.voice.say, exploring.form("revenue", made.voice.currency, digits=0)
        now = made.now.measure("revenue", by)
        before = dict(zip(*_both(made.before.measure("revenue", by)), strict=True))
        orders = dict(zip(*_both(made.now.measure("orders", by)), strict=True))
        ranked = sorted(zip(now.names, now.values, strict=True), key=lambda one: (-one[1], one[0]))
        known = [(name, value) for name, value in ranked if value or orders.get(name)]
        rows = [
            (
                made.labels.of(by, name), value, before.get(name, 0),
                value / before[name] - 1 if before.get(name, 0) > 0 else None,
                orders.get(name, 0),
            )
            for name, value in known[:_MOST_ROWS]
        ]  # fmt: skip
        left = len(known) - len(rows)
        return [
            Table(
                title=say(f"report_block_{_NAMED[by]}"),
                columns=(
                    Column(say(f"by_{by}")),
                    Column(say("measure_revenue"), form),
                    Column(say("against_previous"), form),
                    Column(
                        say("report_change"), msgspec.structs.replace(SHARE, signed=True, digits=0)
                    ),
                    Column(say("measure_orders"), NUMBER),
                ),
                rows=tuple(rows),
                note=say("report_more", n=left) if left else "",
            )
        ]

    return block


def _both(parts: Any) -> tuple[Sequence[str], Sequence[int]]:
    return parts.names, parts.values


def _goals(made: Made) -> list[Block]:
    say = made.voice.say
    points = [
        Point(
            f"**{say(f'measure_{pace.goal.measure}')}**{say('colon')} "
            f"{overview.goal_note(pace, made.voice)}",
            "warn" if pace.ahead < 0 else "ok",
        )
        for pace in made.paces
    ]
    title = say("report_block_goals")
    return [Points(title=title, points=tuple(points or [Point(say("goals_none"))]))]


def _campaigns(made: Made) -> list[Block]:
    """Messages decided on in these days, by campaign, and where they stand."""
    say = made.voice.say
    zone = made.workspace.settings.zone
    counts: dict[str, dict[str, int]] = {}
    for decision, state in deciding.find(made.workspace, kind="message"):
        if made.first <= day_of(decision.at_us, zone) <= made.last and decision.campaign:
            states = counts.setdefault(decision.chosen, {})
            states[state] = states.get(state, 0) + 1
    titles = telling.campaign_titles(made.workspace, made.voice.lang)
    rows = tuple(
        # Whom somebody took out in the inbox is no part of what was put up, here as there.
        (titles.get(name, name), sum(n for state, n in states.items() if state != "left_out"),
         states.get("approved", 0) + states.get("applied", 0), states.get("applied", 0))
        for name, states in sorted(counts.items()) if name in titles
    )  # fmt: skip
    return [
        Table(
            title=say("report_block_campaigns"),
            columns=(
                Column(say("report_campaign"), TEXT),
                Column(say("report_people"), NUMBER),
                Column(say("report_approved"), NUMBER),
                Column(say("report_left"), NUMBER),
            ),
            rows=rows,
        )
    ]


def _quality(made: Made) -> list[Block]:
    newest = importing.newest_of_each(made.workspace)
    points = [
        Point(made.voice.say("health_quality", file=went.file, score=went.quality),
              "ok" if went.quality >= 90 else "warn")
        for went in newest.values()
    ]  # fmt: skip
    points.insert(0, Point(_freshness(made, "health_fresh")))
    return [Points(title=made.voice.say("report_block_quality"), points=tuple(points))]


_NAMED = {
    "country": "countries", "item": "items", "group": "groups", "segment": "segments",
    "source": "sources",
}  # fmt: skip

BLOCKS: Mapping[str, Callable[[Made], list[Block]]] = {
    "figures": _figures,
    "days": _by_day,
    "changed": _changed,
    "goals": _goals,
    "items": _parts("item"),
    "groups": _parts("group"),
    "countries": _parts("country"),
    "segments": _parts("segment"),
    "sources": _parts("source"),
    "campaigns": _campaigns,
    "quality": _quality,
}
"""Block to what makes it; in the order in which they are offered."""
_OF_DAYS = frozenset(BLOCKS) - {"goals", "campaigns", "quality"}
"""Blocks that read the accounts of the report's days."""
