"""Models, ways of choosing and settings for programs: read, tried, put up, changed."""

from __future__ import annotations

import math
from typing import Annotated, Any

import msgspec

from regie.govern.approval import Rule
from regie.interfaces.web.api.entry import Call, Entry, Number, Shown
from regie.interfaces.web.api.reading import Spoken
from regie.learn.offpolicy import Estimate
from regie.measure.judged import Scores
from regie.terms.document import CalibrationPoint, Lang
from regie.terms.errors import RuleError
from regie.workspace import adjusting, champions, comparing, goals, policies, ruling
from regie.workspace.champions import ModelStands
from regie.workspace.changes import Change
from regie.workspace.policies import PolicyGiven
from regie.workspace.settings import MailServer, Sender

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Line = Annotated[str, msgspec.Meta(max_length=300)]
Few = Annotated[int, msgspec.Meta(ge=0, le=2)]
Large = Annotated[int, msgspec.Meta(ge=0, le=10**15)]


class RunRight(msgspec.Struct, frozen=True, kw_only=True):
    """How right one run was, and the version that scored it.

    Parameters
    ----------
    scores : dict[str, float or None]
        Each beside its `baseline_…`, the plain rule's.
    bins : tuple[CalibrationPoint, ...]
        Foreseen beside what came; of the model that gives chances.
    """

    run: int
    as_of_us: int
    version: str
    scores: Scores
    bins: tuple[CalibrationPoint, ...] = ()


class ModelOpened(msgspec.Struct, frozen=True, kw_only=True):
    """One model: what serves, its challengers and history, and how right it was.

    Parameters
    ----------
    right : tuple[RunRight, ...] or None
        Runs that can be judged; None while that is being worked out: ask again.
    """

    model: ModelStands
    right: tuple[RunRight, ...] | None


class PutUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is put up."""

    reason: Reason


class PolicyTold(msgspec.Struct, frozen=True, kw_only=True):
    """A way of choosing: its numbers, and in plain words.

    Parameters
    ----------
    differs : tuple[str, ...]
        Names of the numbers that the one in service has otherwise.
    """

    name: str
    serves: bool
    policy: dict[str, Any]
    told: tuple[str, ...]
    differs: tuple[str, ...]


class PoliciesTold(msgspec.Struct, frozen=True, kw_only=True):
    """Every way of choosing, the one in service first; of a draft that cannot be read, why."""

    rows: tuple[PolicyTold, ...]
    unread: dict[str, str]


class Tried(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers to choose by, and the run whose people they are tried on; else the newest."""

    policy: PolicyGiven
    run: Number | None = None


class PolicyPutUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers to choose by from now on, and why."""

    policy: PolicyGiven
    reason: Reason


class EstimateTold(msgspec.Struct, frozen=True, kw_only=True):
    """What it would have brought a person: null where that cannot be told."""

    was: float | None
    now: float | None
    difference: float | None
    low: float | None
    high: float | None


class ComparedTold(msgspec.Struct, frozen=True, kw_only=True):
    """Two ways of choosing on the same people.

    Parameters
    ----------
    campaigns, segments, spent_micros : dict[str, tuple[int, int]]
        Messages and cost, as it was and as it would have been.
    moves : dict[str, int]
        "was → now" to how many people.
    estimates : dict[str, EstimateTold]
        Orders and value a person in the 30 days after; empty while those last.
    sent : int
        Messages that really left: without any, a difference is chance.
    """

    run: int
    people: int
    changed: int
    campaigns: dict[str, tuple[int, int]]
    segments: dict[str, tuple[int, int]]
    spent_micros: dict[str, tuple[int, int]]
    budget_micros: dict[str, int]
    moves: dict[str, int]
    estimates: dict[str, EstimateTold]
    sent: int


class PurposeTold(msgspec.Struct, frozen=True, kw_only=True):
    """What data are used for, on which basis, and how long they are kept."""

    name: str
    title: dict[str, str]
    legal_basis: str
    retention_days: int


class SettingsTold(msgspec.Struct, frozen=True, kw_only=True):
    """What holds in the workspace.

    Parameters
    ----------
    shown : str
        The version of its file: what a change of it names.
    goals : int
        How many are set.
    """

    name: str
    language: str
    currency: str
    zone: str
    public_url: str
    privacy_contact: str
    sender: Sender
    mail: MailServer | None
    purposes: tuple[PurposeTold, ...]
    policy: str
    goals: int
    shown: str


class SettingsGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to hold; what is left out stays."""

    shown: Shown
    name: Line | None = None
    language: Lang | None = None
    public_url: Line | None = None
    privacy_contact: Line | None = None
    sender_name: Line | None = None
    sender_address: Line | None = None
    sender_postal: Line | None = None


class ApprovalsTold(msgspec.Struct, frozen=True, kw_only=True):
    """Who approves what: by kind, roles, how many, and from what size messages take two."""

    within_days: int
    rules: dict[str, Rule]
    shown: str


class ApprovalsGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All sizes as they are to be; null takes a limit out."""

    shown: Shown
    within_days: Annotated[int, msgspec.Meta(ge=1, le=365)]
    messages: Annotated[int, msgspec.Meta(ge=1, le=2)]
    second_above_people: Large | None
    second_above_cost_micros: Large | None
    champion: Few
    policy: Few
    erasure: Few


def model(call: Call) -> ModelOpened:
    """One model."""
    told = champions.told(call.workspace, call.path["model"])
    judged = call.board.judged()
    if judged is None:
        return ModelOpened(model=told, right=None)
    of_chances = told.name == "response"
    right = tuple(
        RunRight(
            run=run.run,
            as_of_us=run.as_of_us,
            version=run.models.get(told.name, ""),
            scores=run.probabilities if of_chances else run.items,
            bins=run.bins if of_chances else (),
        )
        for run in judged.known
    )
    return ModelOpened(model=told, right=right)


def put_up(call: Call) -> Change:
    """Put a version up."""
    change = champions.put_up(
        call.workspace, call.path["model"], call.path["version"], call.account.email,
        call.body.reason,
    )  # fmt: skip
    call.note("change_put_up", change.id)
    return change


def every_policy(call: Call) -> PoliciesTold:
    """Every way of choosing."""
    rows: list[PolicyTold] = []
    unread: dict[str, str] = {}
    for name in policies.names(call.workspace):
        try:
            rows.append(_policy(call, name))
        except RuleError as error:
            unread[name] = str(error)
    return PoliciesTold(rows=tuple(rows), unread=unread)


def policy(call: Call) -> PolicyTold:
    """One way of choosing."""
    return _policy(call, call.path["policy"])


def _policy(call: Call, name: str) -> PolicyTold:
    found = policies.read(call.workspace, name)
    serving = policies.read(call.workspace, policies.SERVES)
    told: dict[str, Any] = msgspec.to_builtins(found)
    del told["name"]
    return PolicyTold(
        name=name,
        serves=name == policies.SERVES,
        policy=told,
        told=tuple(policies.in_words(found, call.query.lang)),
        differs=tuple(policies.differences(serving, found)),
    )


def compare(call: Call) -> ComparedTold:
    """What other numbers would have done."""
    asked: Tried = call.body
    text = policies.text_of(call.workspace, policies.SERVES, asked.policy)
    found = policies.compare(call.workspace, text, policies.SERVES, asked.run)
    return _compared(found)


def _compared(found: comparing.Compared) -> ComparedTold:
    same = {name: getattr(found, name) for name in ComparedTold.__struct_fields__}
    estimates = {name: _estimate(one) for name, one in found.estimates.items()}
    return ComparedTold(**{**same, "estimates": estimates})


def _estimate(one: Estimate) -> EstimateTold:
    names = EstimateTold.__struct_fields__
    values = {name: float(getattr(one, name)) for name in names}
    return EstimateTold(**{n: v if math.isfinite(v) else None for n, v in values.items()})


def put_up_policy(call: Call) -> Change:
    """Put other numbers up."""
    asked: PolicyPutUp = call.body
    text = policies.text_of(call.workspace, policies.SERVES, asked.policy)
    change = policies.put_up(call.workspace, text, call.account.email, asked.reason)
    call.note("change_put_up", change.id)
    return change


def settings(call: Call) -> SettingsTold:
    """What holds."""
    space = call.workspace
    held = space.settings
    return SettingsTold(
        name=held.name,
        language=held.language,
        currency=held.currency,
        zone=held.zone,
        public_url=held.public_url,
        privacy_contact=held.privacy_contact,
        sender=held.sender,
        mail=held.mail,
        purposes=tuple(
            PurposeTold(name=name, title=dict(one.title), legal_basis=one.legal_basis,
                        retention_days=one.retention_days)
            for name, one in space.rules.purposes().items()
        ),
        policy=policies.SERVES,
        goals=len(goals.goals(space)),
        shown=adjusting.shown(space),
    )  # fmt: skip


def change_settings(call: Call) -> SettingsTold:
    """Change what may change."""
    asked: dict[str, Any] = msgspec.structs.asdict(call.body)
    seen = asked.pop("shown")
    given = {name.replace("sender_", "sender."): value for name, value in asked.items()
             if value is not None}  # fmt: skip
    done = adjusting.adjust(call.workspace, given, seen=seen)
    for name, (was, now) in done.changed.items():
        call.note("settings_changed", f"{name}: {was} → {now}"[:500])
    return settings(call)


def approvals(call: Call) -> ApprovalsTold:
    """Who approves what."""
    found = call.workspace.rules.approvals()
    return ApprovalsTold(
        within_days=found.within_days,
        rules=found.rules,
        shown=ruling.shown(call.workspace, adjusting.APPROVALS),
    )


def change_approvals(call: Call) -> ApprovalsTold:
    """Change from what size it takes two."""
    body: ApprovalsGiven = call.body
    given: dict[str, int | None] = {
        "within_days": body.within_days,
        "messages.approvals": body.messages,
        "messages.second_above_people": body.second_above_people,
        "messages.second_above_cost_micros": body.second_above_cost_micros,
        "champion.approvals": body.champion,
        "policy.approvals": body.policy,
        "erasure.approvals": body.erasure,
    }
    made = adjusting.resize(call.workspace, given, seen=body.shown, actor=call.account.email)
    if made is not None:
        call.note("approvals_changed", made.id)
    return approvals(call)


ENTRIES: tuple[Entry, ...] = (
    Entry(method="GET", path="/models/{model}", permission="see_decisions", function=model,
          does="One model: what serves and who put it there, its challengers, how right it was.",
          answer=ModelOpened),
    Entry(method="POST", path="/models/{model}/{version}/put-up", permission="propose_changes",
          function=put_up, body=PutUp, does="Put a version up: somebody else decides.",
          answer=Change),
    Entry(method="GET", path="/policies", permission="see_decisions", function=every_policy,
          query=Spoken, does="Ways of choosing, the one in service first.", answer=PoliciesTold),
    Entry(method="GET", path="/policies/{policy}", permission="see_decisions", function=policy,
          query=Spoken, does="One way of choosing, in numbers and in words.", answer=PolicyTold),
    Entry(method="POST", path="/policies-compare", permission="see_decisions", function=compare,
          body=Tried, does="What other numbers would have done for the people of a run.",
          answer=ComparedTold, heavy=True),
    Entry(method="POST", path="/policies-put-up", permission="propose_changes",
          function=put_up_policy, body=PolicyPutUp,
          does="Put other numbers up: somebody else decides.", answer=Change),
    Entry(method="GET", path="/settings", permission="see_decisions", function=settings,
          does="What holds in the workspace.", answer=SettingsTold),
    Entry(method="POST", path="/settings", permission="change_settings", function=change_settings,
          body=SettingsGiven, does="Change name, language, sender, addresses.",
          answer=SettingsTold),
    Entry(method="GET", path="/settings/approvals", permission="see_decisions", function=approvals,
          does="Who approves what, and from what size it takes two.", answer=ApprovalsTold),
    Entry(method="POST", path="/settings/approvals", permission="change_settings",
          function=change_approvals, body=ApprovalsGiven,
          does="Change from what size it takes two.", answer=ApprovalsTold),
)  # fmt: skip
