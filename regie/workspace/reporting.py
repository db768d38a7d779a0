"""The report of a workspace: gathers its figures, and writes the document as a file.

Reads tables, state and models; writes reports/report-LANG.html or .json. The page names a
few decisions by their whole id, so that whoever is erased is found in it (`papers`), and shows
messages without name, address or link.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from regie.collect import catalogue, quality
from regie.decide.eligibility import EXCLUSIONS
from regie.deliver import mail
from regie.engines.durable import write_whole
from regie.engines.html import HtmlDocuments
from regie.govern import consent, register
from regie.learn.promote import MEASURES
from regie.measure import kpi, report
from regie.measure.judged import Judged, certainty
from regie.measure.report import figures, numbers
from regie.ports.document import Documents
from regie.ports.state import Run
from regie.ports.tables import Session, sql_text
from regie.terms.decision import NOTHING, Decision
from regie.terms.document import NUMBER, SHARE, Document, Lang, Table, Tile, lang_of, to_json
from regie.terms.errors import SettingError
from regie.terms.event import ACCOUNT_KINDS
from regie.terms.instant import DAY_US, day_of, day_start_us
from regie.understand import audience, wording
from regie.workspace import deciding, importing, judging, papers, sight, telling
from regie.workspace.approving import run_of
from regie.workspace.holdings import HOLDINGS
from regie.workspace.writing import Writer, rules_of

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

TOP_ITEMS = 10
_TRIES = 25
"""How many decisions are tried for one that a single change would have turned."""
_TOLD = ("chosen", "alternatives", "draw", "change", "basis")
_TOLD_BESIDE = ("chosen", "change")
"""What is told beside the score's bars, and beside a message."""
_SQL = ("revenue", "orders", "basket", "active", "new_customers", "returning")


def build(workspace: Stores, lang: str, run: int | None = None) -> Document:
    """The report as a document.

    Parameters
    ----------
    lang : str
        `en` or `fr`.
    run : int or None
        Which run it is of, None for the newest: the one that `approve` and `export` take. Runs made
        later, or from a later day, are not told of. Without any run, the present is told of.

    Raises
    ------
    SettingError
        If the language is neither.
    NotFoundError
        If there is no such run.
    """
    spoken = _lang(lang)
    return report.build(gather(workspace, spoken, run), spoken)


def _lang(lang: str) -> Lang:
    known = lang_of(lang)
    if known is None:
        raise SettingError("language", f'"{lang}"', "en or fr", "choose one of the two")
    return known


def write(
    workspace: Stores,
    lang: str,
    form: str = "html",
    page: str = "report",
    run: int | None = None,
) -> Path:
    """A page as a file: a reader meets the old one or the new one, never a part."""
    document = build(workspace, lang, run) if page == "report" else paper(workspace, lang, page)
    content = to_json(document) if form == "json" else _engine(form).render(document)
    path = workspace.folder / "reports" / f"{page}-{lang}.{form}"
    write_whole(path, content)
    return path


def _engine(form: str) -> Documents:
    if form == "html":
        return HtmlDocuments()
    from regie.engines.pdf import PdfDocuments

    return PdfDocuments()


def paper_file(workspace: Stores, lang: str, form: str, page: str) -> bytes:
    """The privacy notice or the article 30 register as a file's content.

    Parameters
    ----------
    form : str
        `html` or `pdf`.
    page : str
        `notice` or `register`.
    """
    return _engine(form).render(paper(workspace, lang, page))


def paper(workspace: Stores, lang: str, page: str) -> Document:
    """The privacy notice or the article 30 register, made from purposes and holdings."""
    settings = workspace.settings
    controller = register.Controller(
        name=settings.sender.name,
        postal=settings.sender.postal,
        contact=settings.privacy_contact,
    )
    make = register.notice if page == "notice" else register.article30
    return make(workspace.rules.purposes(), HOLDINGS, controller, _lang(lang))


def write_access(workspace: Stores, held: Mapping[str, Any], lang: str, out: Path) -> Path:
    """What is held on a person as a readable page."""
    write_whole(out, access_page(workspace, held, lang))
    return out


def access_page(workspace: Stores, held: Mapping[str, Any], lang: str) -> bytes:
    """What is held on a person as one HTML file."""
    spoken = _lang(lang)
    page = register.access_page(
        papers.readable(workspace, held, spoken), spoken, workspace.settings.zone
    )
    return HtmlDocuments().render(page)


def number(workspace: Stores, name: str, lang: str, run: int | None = None) -> tuple[Tile, Table]:
    """One number of the report: its tile, with definition and SQL, and the rows behind it."""
    spoken = _lang(lang)
    told = gather(workspace, spoken, run, examples=False)
    return numbers.opened(told, spoken, name)


def gather(
    workspace: Stores, lang: Lang, run: int | None = None, *, examples: bool = True
) -> figures.ReportFigures:
    """Everything the report tells, with the names it needs in one language.

    Parameters
    ----------
    examples : bool
        Whether decisions are told and messages shown: they take most of the time.
    """
    settings = workspace.settings
    of = run_of(workspace, run) if run is not None or workspace.state.runs("published") else None
    as_of_us = of.as_of_us if of else settings.now_us()
    messages = [
        (d, state)
        for d, state in deciding.find(workspace, kind="message")
        if of and d.run <= of.number and d.at_us <= as_of_us
    ]
    with workspace.tables.session() as session:
        newest_us = _newest_us(session, as_of_us)
        period = _period(newest_us, as_of_us, settings.zone)
        sight.see(workspace, session, settings.now_us())
        sight.see_people(workspace, session)
        names = telling.names_in(catalogue.settle(session))
        session.register("unmeasured", sight.unmeasured(workspace))
        oldest_us = sight.bounds(workspace, as_of_us, "measurement")["oldest_us"]
        measured, sql = _kpi(session, period, settings.zone, oldest_us)
        measured = _with_segments(workspace, session, measured, period, oldest_us)
        items = _items(session, sql["items"], names)
        people, purposes = _purposes(workspace, session, lang)
        reconciled = _reconciled(workspace, session)
    newest = [pair for pair in messages if of and pair[0].run == of.number]
    judged = judging.judge(workspace, [d for d, _ in messages])
    shown = _Examples(workspace, lang, newest[0][0].at_us) if newest and examples else None
    return figures.ReportFigures(
        shop=settings.name,
        currency=settings.currency,
        simulated=settings.simulated,
        period=period,
        reach=_reach(newest_us, as_of_us, settings.zone),
        kpi=measured,
        sql=sql,
        items=items,
        segments=_segments_told(workspace, judged, lang),
        campaigns=_campaigns(workspace, newest, lang),
        runs=_runs(workspace, messages),
        told=shown.told([d for d, _ in newest]) if shown else (),
        previews=shown.previews([d for d, _ in newest]) if shown else (),
        judged=judged,
        sources=_sources(workspace),
        reconciled=reconciled,
        people=people,
        purposes=purposes,
        models=_models(workspace, newest, lang),
        versions=_versions(workspace, period, of),
    )


def _segments_told(workspace: Stores, judged: Judged, lang: Lang) -> dict[str, tuple[str, str]]:
    """Segments of today, and those of the run that is told of as they were to it."""
    currency, told = workspace.settings.currency, {}
    runs = judged.known or judged.runs
    then = [judging.went_by(workspace, runs[-1].run)[0]] if runs else []
    for segments in (rules.segments() for rules in (workspace.rules, *then)):
        for one in segments:
            words = one.words.get(lang) or _told(one, segments, currency, lang)
            told[one.name] = one.title.get(lang, one.name), words
    return told


def _told(
    segment: audience.Segment, segments: Sequence[audience.Segment], currency: str, lang: Lang
) -> str:
    """A segment without words of its own is told by its rule."""
    told = wording.describe(segment.rule, lang, segments, currency)
    return f"{told[:1].upper()}{told[1:]}."


def headline(workspace: Stores) -> dict[str, dict[str, Any]]:
    """The five numbers that matter, each told and with the command that opens it."""
    from regie.measure.report.voice import Voice
    from regie.words import formats

    told = gather(workspace, "en", examples=False)
    voice, judged = Voice("en", told), told.judged
    newest = told.runs[-1] if told.runs else None
    messages = sum(newest.messages.values()) if newest else 0
    source = told.sources[-1] if told.sources else None
    auc, hits = judged.probabilities.get("auc"), judged.items.get("hit_rate")
    days = formats.days(told.period.first, told.period.last, "en")
    told_numbers: dict[str, tuple[Any, Any, str, str]] = {
        f"Revenue, {days}": (
            told.kpi.now.revenue_micros, None, "money", "regie report --number revenue",
        ),
        "Data quality, out of 100": (source.quality if source else None, None, "number",
                                     "regie quality"),
        "Messages of the newest run": (
            messages, None, "number",
            f"regie decisions --state approved --run {newest.run if newest else 1}",
        ),
        "Pairs of customers ranked right (plain rule)": (
            auc, judged.probabilities.get("baseline_auc"), "share", "regie report --number auc",
        ),
        "Selections with a hit (best sellers)": (
            hits, judged.items.get("baseline_hit_rate"), "share", "regie report --number hit_rate",
        ),
    }  # fmt: skip
    shown = {"money": voice.money, "number": NUMBER, "share": SHARE}
    answer = {}
    for name, (value, baseline, form, opens) in told_numbers.items():
        text = formats.show(value, shown[form], "en")
        if baseline is not None:
            text = f"{text} ({formats.show(baseline, shown[form], 'en')})"
        if value is not None and opens.endswith("hit_rate"):
            text = f"{text}. {voice.say(f'hits_{certainty(judged.items)}')}"
        answer[name] = {"value": value, "baseline": baseline, "told": text, "opens": opens}
    return answer


# ---- what happened


def _newest_us(session: Session, as_of_us: int) -> int:
    """The newest order before an instant; 0 where there is none."""
    found = session.query(sql_text("regie.workspace", "newest_known"), {"as_of_us": as_of_us})
    return int(found["newest_us"][0])


def _period(newest_us: int, as_of_us: int, zone: str) -> figures.Period:
    """Whole weeks up to the last day that is over and holds an order.

    Why not up to the instant: days that no file reaches would be told as days without a sale.
    """
    last = day_of(as_of_us, zone) - timedelta(1)
    if newest_us:
        last = min(last, day_of(newest_us, zone))
    return figures.Period(last - timedelta(figures.PERIOD_DAYS - 1), last)


def _reach(newest_us: int, as_of_us: int, zone: str) -> figures.Reach | None:
    """How far the orders reach, and how far from there the instant is."""
    if not newest_us:
        return None
    last = day_of(newest_us, zone)
    over_us = day_start_us(last + timedelta(1), zone)
    late = as_of_us - over_us > DAY_US
    return figures.Reach(last=last, looked=day_of(as_of_us, zone), late=late)


def _kpi(
    session: Session, period: figures.Period, zone: str, oldest_us: int
) -> tuple[kpi.Kpi, dict[str, str]]:
    """Key figures, and for each tile the statement that gives its number alone."""
    bounds = {
        "before_us": day_start_us(period.before.first, zone),
        "from_us": day_start_us(period.first, zone),
        "to_us": day_start_us(period.last + timedelta(1), zone),
        "oldest_us": oldest_us,
    }
    sql = {name: kpi.opened(sql_text("regie.measure", name), bounds) for name in _SQL}
    sql["items"] = kpi.opened(sql_text("regie.measure", "top_items"), bounds | {"most": TOP_ITEMS})
    return kpi.measure(session, zone=zone, **bounds), sql


def _with_segments(
    workspace: Stores,
    session: Session,
    measured: kpi.Kpi,
    period: figures.Period,
    oldest_us: int,
) -> kpi.Kpi:
    """The key figures with those of each segment, as its people stood when the period began."""
    profiling = workspace.rules.purposes()["profiling"]
    keys = consent.open_keys(session, profiling, as_of_us=measured.from_us)
    session.register("people", {"key": keys})
    session.execute(sql_text("regie.workspace", "traits"))
    segments = workspace.rules.segments()
    people = audience.measure(session, [], segments, measured.from_us)
    member_ps = audience.score_segments(people, segments)
    places = [(p, s) for p, s in zip(*member_ps.nonzero(), strict=True)]
    session.register(
        "members",
        {
            "key": [people.key[p] for p, _ in places],
            "segment": [segments[s].name for _, s in places],
        },
    )
    by_segment = kpi.by_segment(
        session,
        before_us=day_start_us(period.before.first, workspace.settings.zone),
        from_us=measured.from_us,
        to_us=measured.to_us,
        oldest_us=oldest_us,
    )
    return msgspec.structs.replace(measured, segments=by_segment)


def _items(session: Session, sql: str, names: Mapping[str, str]) -> tuple[figures.ItemFigures, ...]:
    found = session.query(sql)
    columns = ("item", "orders", "pieces", "revenue_micros", "before_micros")
    return tuple(
        figures.ItemFigures(name=names.get(row[0], row[0]), **dict(zip(columns, row, strict=True)))
        for row in zip(*(found[name].tolist() for name in columns), strict=True)
        if row[1]
    )


# ---- what was decided


def _campaigns(
    workspace: Stores, newest: Sequence[tuple[Decision, str]], lang: str
) -> tuple[figures.CampaignFigures, ...]:
    """Every campaign the newest run could choose, in name order."""
    if not newest:
        return ()
    titles = telling.campaign_titles(workspace, lang)
    told = []
    for name, facts in sorted(newest[0][0].inputs["campaigns"].items()):
        chosen = [
            state for decision, state in newest if decision.chosen == name and state != "left_out"
        ]
        told.append(
            figures.CampaignFigures(
                name=name,
                title=titles.get(name, name),
                people=len(chosen),
                cost_micros=len(chosen) * facts["cost"],
                budget_micros=facts["budget"],
                state=chosen[0] if chosen else "",
            )
        )
    return tuple(told)


def _runs(
    workspace: Stores, decided: Sequence[tuple[Decision, str]]
) -> tuple[figures.RunFigures, ...]:
    by_run: dict[int, list[Decision]] = {}
    for decision, _ in decided:
        by_run.setdefault(decision.run, []).append(decision)
    out = {decision.id for decision, state in decided if state == "left_out"}
    in_time = sorted(by_run, key=lambda number: (by_run[number][0].at_us, number))
    return tuple(_run(workspace, by_run[number], out) for number in in_time)


def _run(
    workspace: Stores, decisions: Sequence[Decision], out: Collection[str]
) -> figures.RunFigures:
    """What a run decided; whom somebody took out in the inbox (`out`) gets nothing, as there."""
    messages: dict[str, int] = dict.fromkeys(sorted(decisions[0].inputs["campaigns"]), 0)
    nothing: dict[str, int] = {}
    for decision in decisions:
        if decision.id in out:
            counts, name = nothing, "left_out"
        elif decision.chosen == NOTHING:
            counts, name = nothing, why_nothing(decision)
        else:
            counts, name = messages, decision.chosen
        counts[name] = counts.get(name, 0) + 1
    return figures.RunFigures(
        run=decisions[0].run,
        day=day_of(decisions[0].at_us, workspace.settings.zone).isoformat(),
        people=len(decisions),
        messages=messages,
        nothing=nothing,
        held_out=sum(bool(d.constraints["holdout"]) for d in decisions),
        drawn=sum(bool(d.constraints["explored"]) for d in decisions),
    )


def why_nothing(decision: Decision) -> str:
    """The one reason told of a person who gets nothing, as the run itself counted it.

    Examples
    --------
    >>> d = Decision(id="d", kind="message", run=1, at_us=0, subject="k", policy="p",
    ...              chosen="nothing", propensity=1.0, seed=1, actor="policy")
    >>> why_nothing(d)
    'no_campaign'
    """
    if not decision.candidates:
        return "no_campaign"
    if sum(decision.excluded.values()) < len(decision.candidates):
        return "random_draw" if decision.constraints["explored"] else "score_under_threshold"
    return max(decision.excluded, key=EXCLUSIONS.index)


class _Examples:
    """Decisions of one run worth telling, in one language, with the catalogue of its day."""

    def __init__(self, workspace: Stores, lang: Lang, as_of_us: int) -> None:
        self.workspace, self.lang = workspace, lang
        self.titles = telling.campaign_titles(workspace, lang)
        with workspace.tables.session() as session:
            sight.see(workspace, session, as_of_us)
            self.items = catalogue.settle(session)
        self.names = telling.names_in(self.items)

    def told(self, decisions: Sequence[Decision]) -> tuple[figures.Told, ...]:
        """One message and one silence: ordinary ones, that a single change would have turned."""
        written = [d for d in decisions if d.chosen != NOTHING and not d.constraints["explored"]]
        silent = [d for d in decisions if d.chosen == NOTHING]
        counts: dict[str, int] = {}
        for decision in silent:
            counts[why_nothing(decision)] = counts.get(why_nothing(decision), 0) + 1
        usual = max(counts, key=lambda why: (counts[why], why), default="")
        silent = [d for d in silent if why_nothing(d) == usual]
        picked = {"message": self._ordinary(written), "nothing": self._ordinary(silent)}
        return tuple(
            self._tell(kind, decision) for kind, decision in picked.items() if decision is not None
        )

    def _ordinary(self, decisions: Sequence[Decision]) -> Decision | None:
        """The one in the middle by score that a single change turns; else the one in the middle."""
        ranked = _from_the_middle(decisions)
        for decision in ranked[:_TRIES]:
            if len(deciding.explain(self.workspace, decision).change) == 1:
                return decision
        return ranked[0] if ranked else None

    def _tell(self, kind: str, decision: Decision, of: Sequence[str] = _TOLD) -> figures.Told:
        told = deciding.explain(self.workspace, decision)
        sentences = telling.tell(self.workspace, told, self.lang, self.names, of)
        best = decision.chosen if decision.chosen != NOTHING else decision.candidates[0].id
        return figures.Told(
            kind=kind,
            decision=decision.id,
            campaign=self.titles.get(best, best),
            sentences=(*sentences, telling.opened_by(decision, self.lang)),
            parts=tuple(telling.parts(self.workspace, told, self.lang)),
            score=sum(reason.weight for reason in decision.reasons),
        )

    def previews(self, decisions: Sequence[Decision]) -> tuple[figures.Preview, ...]:
        """Each campaign's message to somebody who reads this language, else to anybody."""
        names = sorted({d.chosen for d in decisions} - {NOTHING})
        readers = [self._reader([d for d in decisions if d.chosen == name]) for name in names]
        keys = [d.subject for d in readers]
        rules = rules_of(self.workspace, readers[0].run if readers else 0)
        writer = Writer(self.workspace, self.items, keys, rules)
        return tuple(
            self._preview(decision, writer.fill(decision))
            for decision in readers
            if decision.subject in writer.contacts and decision.chosen in writer.campaigns
        )

    def _reader(self, decisions: Sequence[Decision]) -> Decision:
        ranked = _from_the_middle(decisions)
        found = self.workspace.state.contacts(["language"], [d.subject for d in ranked])
        spoken = dict(zip(found["key"].tolist(), found["language"].tolist(), strict=True))
        own = self.workspace.settings.language
        reads = [d for d in ranked if (spoken.get(d.subject) or own)[:2].lower() == self.lang]
        return [*reads, *ranked][0]

    def _preview(self, decision: Decision, fill: mail.MessageFill) -> figures.Preview:
        """The message as it would leave, but for what names the person or would answer for them."""
        site = self.workspace.settings.public_url
        plain = msgspec.structs.replace(
            fill, first_name="", to_name="", to_address="reader@example.invalid",
            why_url=f"{site}/w/example", unsubscribe_url=f"{site}/u/example",
        )  # fmt: skip
        message = email.message_from_bytes(
            mail.render(plain, mail.message_template()), policy=email.policy.default
        )
        body = message.get_body(("html",))
        html = str(body.get_content()) if body is not None else ""
        plain_body = message.get_body(("plain",))
        text = str(plain_body.get_content()) if plain_body is not None else ""
        return figures.Preview(
            language=fill.language,
            subject=str(message["subject"]),
            html=html,
            text=text,
            told=self._tell("message", decision, _TOLD_BESIDE),
        )


def _from_the_middle(decisions: Sequence[Decision]) -> list[Decision]:
    """Decisions by how near their score is to the median one's."""
    ranked = sorted(decisions, key=lambda d: (sum(r.weight for r in d.reasons), d.id))
    middle = len(ranked) // 2
    places = sorted(range(len(ranked)), key=lambda place: (abs(place - middle), place))
    return [ranked[place] for place in places]


# ---- quality, consent, models


def _sources(workspace: Stores) -> tuple[figures.SourceFigures, ...]:
    """Every file that was imported, oldest first."""
    imports = {one.id: one for one in workspace.state.imports("published")}
    return tuple(
        figures.SourceFigures(
            file=went.file,
            mapping=went.mapping,
            rows=went.rows,
            lines=went.lines,
            value_micros={p: went.value_micros[p] for p in went.lines if p in went.value_micros},
            held=sum(went.held.values()),
            corrected=went.corrected,
            quality=went.quality,
            rules=_rules(workspace, went.mapping, imports[went.import_id].counts),
        )
        for went in importing.quality_report(workspace)
    )


def _rules(
    workspace: Stores, mapping: str, counts: Mapping[str, int]
) -> tuple[figures.RuleFigures, ...]:
    """What each rule of the mapping found when the file came; a rule made since found nothing."""
    where = f"rules/mappings/{mapping}.toml"
    told = []
    rules = quality.rules_from(workspace.rules.mapping(mapping).quality, where)
    for rule in quality.or_read(rules):
        lines = counts.get(f"{rule.check}.{rule.field}.lines")
        if lines is None:
            continue
        broken = counts[f"{rule.check}.{rule.field}.broken"]
        share = 1 - broken / lines if lines else 1.0
        kept = not broken if rule.check == "fresh" else share >= rule.at_least
        told.append(
            figures.RuleFigures(
                check=rule.check,
                field=rule.field,
                at_least=rule.at_least,
                lines=lines,
                broken=broken,
                kept=kept,
                block=rule.block,
            )
        )
    return tuple(told)


def _reconciled(workspace: Stores, session: Session) -> tuple[figures.Reconciled, ...]:
    """Order rows that imports brought, beside what the tables hold of each source."""
    found = session.query(sql_text("regie.workspace", "order_rows"))
    kept = {
        source: (lines, value)
        for source, lines, value in zip(*(c.tolist() for c in found.values()), strict=True)
    }
    brought: dict[str, list[Any]] = {}
    for one in importing.quality_report(workspace):
        brought.setdefault(one.mapping, []).append(one)
    return tuple(
        _reconcile(mapping, imports, *kept[mapping])
        for mapping, imports in sorted(brought.items())
        if mapping in kept
    )


def _reconcile(
    mapping: str, imports: Sequence[Any], kept: int, kept_micros: int
) -> figures.Reconciled:
    rows, value, overlapping = 0, 0, 0
    for one in imports:
        overlapping += one.corrected
        for place in ACCOUNT_KINDS:
            lines, held = one.lines.get(place, 0), one.held.get(place, 0)
            rows += lines - held
            value += one.value_micros.get(place, 0) if not held else 0
            overlapping += held if 0 < held < lines else 0
    return figures.Reconciled(
        mapping=mapping,
        brought=rows,
        brought_micros=value,
        kept=kept,
        kept_micros=kept_micros,
        corrected=overlapping,
    )


def _purposes(
    workspace: Stores, session: Session, lang: str
) -> tuple[int, tuple[figures.PurposeFigures, ...]]:
    """How many people are known, and to how many of them each purpose is open today."""
    now_us = workspace.settings.now_us()
    known = len(session.query("SELECT key FROM known_people ORDER BY key")["key"])
    told = tuple(
        figures.PurposeFigures(
            name=name,
            title=purpose.title[lang],
            legal_basis=purpose.legal_basis,
            people=len(consent.open_keys(session, purpose, as_of_us=now_us)),
            retention_days=purpose.retention_days,
        )
        for name, purpose in workspace.rules.purposes().items()
    )
    return known, told


def _models(
    workspace: Stores, newest: Sequence[tuple[Decision, str]], lang: str
) -> tuple[figures.ModelFigures, ...]:
    if not newest:
        return ()
    told = []
    for name, version in sorted(newest[0][0].versions.items()):
        if name not in MEASURES:
            continue
        card, measure = workspace.models.load(name, version).card, MEASURES[name][0]
        told.append(
            figures.ModelFigures(
                name=name,
                version=version,
                what=card["what"][lang],
                kind=card["kind"],
                rows=int(card.get("rows", 0)),
                people=int(card.get("people", 0)),
                measure=measure,
                value=card["judged"].get(measure),
                baseline=card["judged"].get(f"baseline_{measure}"),
            )
        )
    return tuple(told)


def _version(workspace: Stores, table: str) -> str:
    version = workspace.tables.version(table)
    return "–" if version < 0 else str(version)


def _versions(workspace: Stores, period: figures.Period, of: Run | None) -> dict[str, str]:
    from regie import __version__

    rules = msgspec.json.encode(workspace.rules.hashes(), order="sorted")
    return {
        "period": f"{period.first.isoformat()} – {period.last.isoformat()}",
        "run": str(of.number) if of else "–",
        **{name: _version(workspace, name) for name in ("events", "decisions")},
        "imports": ", ".join(i.file for i in workspace.state.imports("published")) or "–",
        "rules": mail.content_hash(rules)[:12],
        "code": __version__,
    }
