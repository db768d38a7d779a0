"""What a program can read: figures, runs, quality, campaigns, models, tables, what was done."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from regie.govern.access import ROLES
from regie.interfaces.web.api.entry import Call, Entry, Number
from regie.interfaces.web.api.paging import Page, Paged, page
from regie.ports.accounts import AuditEntry
from regie.ports.models import Promotion
from regie.ports.state import RuleChange, Run
from regie.terms.document import Block, Lang, Table, Tile
from regie.terms.errors import NotFoundError
from regie.terms.instant import day_of
from regie.terms.rule import rule_table
from regie.workspace import checking, ruling
from regie.workspace.campaigning import file_of, state_of
from regie.workspace.checking import Checked
from regie.workspace.importing import SourceQuality

_NEWEST = 10_000


class Spoken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In which language."""

    lang: Lang = "en"


class WorkspaceTold(msgspec.Struct, frozen=True, kw_only=True):
    """The workspace that a token opens, and what the token may do there.

    Parameters
    ----------
    workspace : str
        Its folder's name in the site; empty where it is the only one.
    now_us : int
        Its present.
    simulated : tuple[str, ...]
        What was drawn with a seed.
    """

    workspace: str
    name: str
    zone: str
    currency: str
    language: str
    now_us: int
    simulated: tuple[str, ...]
    role: str
    permissions: tuple[str, ...]
    waiting: int


class FiguresTold(msgspec.Struct, frozen=True, kw_only=True):
    """The key figures of the overview."""

    period: str
    blocks: tuple[Block, ...]


class FigureAsked(Spoken, frozen=True, kw_only=True):
    """Which run's figure; else the newest."""

    run: Number | None = None


class FigureTold(msgspec.Struct, frozen=True, kw_only=True):
    """One figure opened: definition, SQL, rows."""

    name: str
    tile: Tile
    rows: Table


class RunTold(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the loop and its manifest."""

    number: int
    as_of_us: int
    started_us: int
    manifest: dict[str, Any]


class CampaignTold(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign as it is written, and whom it reaches in words.

    Parameters
    ----------
    state : str
        `running`, `paused`, `to_come` or `over`.
    changes : tuple[RuleChange, ...]
        Who changed it when, the newest first; told of one campaign alone.
    shown : str
        The version of its file: what a change of it names.
    """

    name: str
    title: dict[str, str]
    whom: Any
    whom_told: str
    selection: str
    words: dict[str, dict[str, str]]
    starts: str
    ends: str
    budget_micros: int
    cost_micros: int
    priority: float
    paused: bool
    state: str
    shown: str
    changes: tuple[RuleChange, ...] = ()


class CampaignsTold(Page[CampaignTold], frozen=True, kw_only=True):
    """Campaigns by name.

    Parameters
    ----------
    unread : dict[str, str]
        Campaign whose file cannot be read to what is wrong with it: no message is prepared until it
        is mended.
    """

    unread: dict[str, str]


class ModelTold(msgspec.Struct, frozen=True, kw_only=True):
    """A model: its versions, which one serves, and which served before."""

    name: str
    champion: str | None
    versions: tuple[str, ...]
    history: tuple[Promotion, ...]


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One SELECT, and its bounds."""

    statement: Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
    rows: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1000
    seconds: Annotated[float, msgspec.Meta(ge=0.1, le=30)] = 10.0


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """What a statement gave: names of columns, rows, and whether there are more."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool


def workspace(call: Call) -> WorkspaceTold:
    """The workspace and the token."""
    settings = call.workspace.settings
    return WorkspaceTold(
        workspace=call.account.workspaces,
        name=settings.name,
        zone=settings.zone,
        currency=settings.currency,
        language=settings.language,
        now_us=settings.now_us(),
        simulated=settings.simulated,
        role=call.account.role,
        permissions=ROLES[call.account.role],
        waiting=len(call.workspace.proposals()),
    )


def figures(call: Call) -> FiguresTold:
    """The overview's blocks."""
    shown = call.board.shown(call.query.lang, current=True)
    return FiguresTold(period=shown.period, blocks=shown.parts)


def figure(call: Call) -> FigureTold:
    """One figure opened."""
    name = call.path["name"]
    tile, rows = call.workspace.number(name, call.query.lang, call.query.run)
    return FigureTold(name=name, tile=tile, rows=rows)


def runs(call: Call) -> Page[RunTold]:
    """Published runs, newest first."""
    told = page(call.workspace.runs(), call.query, lambda run: (run.number,), falling=True)
    return Page(rows=tuple(_run(one) for one in told.rows), next=told.next)


def _run(run: Run) -> RunTold:
    return RunTold(
        number=run.number,
        as_of_us=run.as_of_us,
        started_us=run.started_us,
        manifest=msgspec.json.decode(run.manifest, type=dict[str, Any]),
    )


def run(call: Call) -> RunTold:
    """One run."""
    number = int(call.path["run"])
    found = next((one for one in call.workspace.runs() if one.number == number), None)
    if found is None:
        raise NotFoundError(f"run {number}", "not there", "a published run", "list them: /runs")
    return _run(found)


def quality(call: Call) -> Page[SourceQuality]:
    """Where every row of each import went, newest import first."""
    found = call.workspace.quality()
    return page(found, call.query, lambda one: (one.at_us, one.import_id), falling=True)


def campaigns(call: Call) -> CampaignsTold:
    """Every campaign, by name."""
    read, faults = call.workspace.rules.campaigns_read()
    found = page(read, call.query, lambda one: (one.name,))
    return CampaignsTold(
        rows=tuple(_campaign(call, one) for one in found.rows),
        next=found.next,
        unread={name: str(fault) for name, fault in faults.items()},
    )


def campaign(call: Call) -> CampaignTold:
    """One campaign."""
    name = call.path["campaign"]
    read, faults = call.workspace.rules.campaigns_read()
    if name in faults:
        raise faults[name]
    found = next((one for one in read if one.name == name), None)
    if found is None:
        raise NotFoundError(f"campaign {name}", "not there", "a campaign", "list them: /campaigns")
    changes = ruling.history(call.workspace, file_of(name), name)
    return msgspec.structs.replace(_campaign(call, found), changes=tuple(changes))


def _campaign(call: Call, one: Any) -> CampaignTold:
    from regie.understand.wording import describe

    space = call.workspace
    told = describe(one.whom, "en", space.rules.segments(), space.settings.currency)
    return CampaignTold(
        name=one.name,
        title=dict(one.title),
        whom=rule_table(one.whom),
        whom_told=told,
        selection=one.selection,
        words=msgspec.to_builtins(one.words),
        starts=one.starts.isoformat(),
        ends=one.ends.isoformat(),
        budget_micros=one.budget_micros,
        cost_micros=one.cost_micros,
        priority=float(one.priority),
        paused=one.paused,
        state=state_of(one, day_of(space.settings.now_us(), space.settings.zone)),
        shown=ruling.shown(space, file_of(one.name)),
    )


def models(call: Call) -> Page[ModelTold]:
    """Every model, by name."""
    store = call.workspace.models
    told = page(store.names(), call.query, lambda name: (name,))
    return Page(
        rows=tuple(
            ModelTold(
                name=name,
                champion=store.champion(name),
                versions=tuple(store.versions(name)),
                history=tuple(store.history(name)),
            )
            for name in told.rows
        ),
        next=told.next,
    )


def card(call: Call) -> dict[str, Any]:
    """A version's card."""
    store, name, version = call.workspace.models, call.path["model"], call.path["version"]
    if name not in store.names() or version not in store.versions(name):
        raise NotFoundError(
            f"version {version} of {name}", "not there", "a version", "list them: /models"
        )
    return store.load(name, version).card


def verify(call: Call) -> Checked:
    """Whether anything recorded was changed since."""
    checked = checking.check(call.workspace, call.account.email)
    call.note("verified", f"{checked.rows}")
    return checked


def sql(call: Call) -> Rows:
    """Rows of one SELECT."""
    asked: Statement = call.body
    given = call.workspace.sql(asked.statement, asked.rows, asked.seconds)
    columns = given.columns
    told = zip(*(column.tolist() for column in columns.values()), strict=True)
    return Rows(columns=tuple(columns), rows=tuple(told), more=given.more)


def audit(call: Call) -> Page[AuditEntry]:
    """What was done in this workspace, newest first."""
    found = [
        (n, entry) for n, entry in enumerate(reversed(call.site.audited(call.account, _NEWEST)))
    ]
    told = page(found, call.query, lambda pair: (pair[1].at_us, pair[0]), falling=True)
    return Page(rows=tuple(entry for _, entry in told.rows), next=told.next)


ENTRIES = (
    Entry(method="GET", path="/workspace", permission="see", function=workspace,
          does="The workspace that the token opens, and what it may do there.",
          answer=WorkspaceTold),
    Entry(method="GET", path="/figures", permission="see", function=figures, query=Spoken,
          does="The key figures of the overview.", answer=FiguresTold, heavy=True),
    Entry(method="GET", path="/figures/{name}", permission="see", function=figure,
          query=FigureAsked, does="One figure: its definition, its SQL and the rows behind it.",
          answer=FigureTold, heavy=True),
    Entry(method="GET", path="/runs", permission="see_decisions", function=runs, query=Paged,
          does="Runs, newest first.", answer=Page[RunTold]),
    Entry(method="GET", path="/runs/{run:int}", permission="see_decisions", function=run,
          does="One run and its manifest.", answer=RunTold),
    Entry(method="GET", path="/quality", permission="see_data", function=quality, query=Paged,
          does="Where every row of each import went.", answer=Page[SourceQuality]),
    Entry(method="GET", path="/campaigns", permission="see_decisions", function=campaigns,
          query=Paged, does="Campaigns, by name.", answer=CampaignsTold),
    Entry(method="GET", path="/campaigns/{campaign}", permission="see_decisions", function=campaign,
          does="One campaign.", answer=CampaignTold),
    Entry(method="GET", path="/models", permission="see_decisions", function=models, query=Paged,
          does="Models, their versions and which one serves.", answer=Page[ModelTold]),
    Entry(method="GET", path="/models/{model}/{version}", permission="see_decisions",
          function=card, does="The card of one version of a model.", answer=dict[str, Any]),
    Entry(method="POST", path="/verify", permission="see_decisions", function=verify,
          does="Check that nothing recorded was changed since; by a job where it is much.",
          answer=Checked, heavy=True),
    Entry(method="POST", path="/sql", permission="query_tables", function=sql, body=Statement,
          does="One SELECT over events, decisions and quarantine: read only, bounded.",
          answer=Rows, heavy=True),
    Entry(method="GET", path="/audit", permission="manage_accounts", function=audit, query=Paged,
          does="What was done in this workspace, newest first.", answer=Page[AuditEntry]),
)  # fmt: skip
