"""Replay: a decision, a run or everything is decided again, and set beside what was recorded.

From stored inputs a run's people are one slate: the policy chooses for all at once, and the law
that a batch and one person agree makes that the same as one by one. What all share (policy,
cut-offs, seed, models) is read from the run's manifest, not from the decisions, so that neither can
be changed alone. `replay_run` also computes the scores again, from today's tables. Reads only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from regie.decide import policy as policies
from regie.decide import recorded
from regie.ports.state import Run
from regie.ports.tables import Columns, sql_text
from regie.terms.decision import Candidate, Decision, Reason
from regie.terms.errors import NotFoundError
from regie.workspace import deciding
from regie.workspace.approving import run_of
from regie.workspace.records import decisions_of
from regie.workspace.sealing import Sealing

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

_CLOSE = 1e-9
"""Weights are added in the order they are told in, not in the order the score was."""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What replaying found.

    Parameters
    ----------
    answer : str
        `identical`, `differs`, `needs version`, `consent withdrawn`, `erased` or `expired`.
    decisions, identical : int
        How many were replayed; how many came out the same.
    erased : int
        Decisions that went with an erased person, and so cannot be replayed.
    expired : int
        Decisions that were too old to be kept.
    differences : tuple[str, ...]
        Where the others differ.
    """

    answer: str
    decisions: int
    identical: int
    erased: int = 0
    expired: int = 0
    differences: tuple[str, ...] = ()


def replay(workspace: Stores, decision_id: str) -> Replayed:
    """Run the policy again on one decision's stored inputs.

    Raises
    ------
    NotFoundError
        If there never was such a decision, or the beginning of an id names several.
    """
    gone = Sealing(workspace).gone_by(decision_id)
    if gone:
        erased, expired = int(gone == "erased"), int(gone == "expired")
        return Replayed(answer=gone, decisions=1, identical=0, erased=erased, expired=expired)
    decision = deciding.find_one(workspace, decision_id)
    if decision.kind != "message":
        return _promoted([decision])
    run = run_of(workspace, decision.run)
    with workspace.tables.session() as session:
        found = session.query(sql_text("regie.workspace", "decision"), {"id": decision.id})
    return _answer([_replayed(run, found)], 0, 0)


def replay_all(workspace: Stores, told: Callable[[str], None] = lambda name: None) -> Replayed:
    """Run the policy again on the stored inputs of every decision of every run.

    Parameters
    ----------
    told : Callable[[str], None]
        Called with each run's name before it is replayed.
    """
    promotions = [d for d, _ in deciding.find(workspace, kind="promotion")]
    replayed, erased, expired = [_promoted(promotions)], 0, 0
    for run in workspace.state.runs("published"):
        told(f"run {run.number}")
        found = _messages_of(workspace, run.number)
        replayed.append(_replayed(run, found))
        gone = _manifest(run)["ran"]["decisions"] - len(found["id"])
        if len(found["id"]):
            erased += gone
        else:  # those of a run grow old together
            expired += gone
    return _answer(replayed, erased, expired)


def _messages_of(workspace: Stores, run: int) -> Columns:
    """What a run decided about people, as it is stored."""
    with workspace.tables.session() as session:
        return session.query(
            "SELECT * FROM decisions WHERE run = $run AND kind = 'message' ORDER BY id",
            {"run": run},
        )


def _promoted(decisions: Sequence[Decision]) -> Replayed:
    """Promotions by their recorded figures: the rule again; a person's own stands."""
    from regie.learn import promote

    again = [(d, promote.replayed(d)) for d in decisions]
    differences = [
        f"{d.id}: chosen: recorded {d.chosen}, now {now}" for d, now in again if d.chosen != now
    ]
    return Replayed(
        answer="differs" if differences else "identical",
        decisions=len(decisions),
        identical=len(decisions) - len(differences),
        differences=tuple(differences),
    )


def _answer(replayed: Sequence[Replayed], erased: int, expired: int) -> Replayed:
    answers = {one.answer for one in replayed}
    order = ("differs", "needs version")
    gone = "erased" if erased else "expired" if expired else "identical"
    answer = next((one for one in order if one in answers), gone)
    return Replayed(
        answer=answer,
        decisions=sum(one.decisions for one in replayed),
        identical=sum(one.identical for one in replayed),
        erased=erased,
        expired=expired,
        differences=tuple(line for one in replayed for line in one.differences),
    )


def _manifest(run: Run) -> dict[str, Any]:
    manifest: dict[str, Any] = msgspec.json.decode(run.manifest)
    return manifest


def _replayed(run: Run, found: Columns) -> Replayed:
    """Decisions of one run from their stored inputs."""
    from regie import __version__

    manifest, ids = _manifest(run), found["id"].tolist()
    if manifest["code"] != __version__:
        return Replayed(
            answer="needs version",
            decisions=len(ids),
            identical=0,
            differences=(f"run {run.number}: regie {manifest['code']}",),
        )
    policy = msgspec.convert(manifest["policy"], policies.Policy)
    differences: dict[str, list[str]] = {}
    for decision, difference in _differences(_Rows(found), run, manifest, policy):
        differences.setdefault(decision, []).append(difference)
    return Replayed(
        answer="differs" if differences else "identical",
        decisions=len(ids),
        identical=len(ids) - len(differences),
        differences=tuple(f"{d}: {'; '.join(lines)}" for d, lines in sorted(differences.items())),
    )


class _Rows:
    """Rows of `decisions` with what is kept as JSON decoded; unreadable texts are None."""

    def __init__(self, columns: Columns) -> None:
        plain = {name: column.tolist() for name, column in columns.items()}
        self.plain, self.ids = plain, plain["id"]
        self.inputs = _decoded(plain["inputs"], recorded.Inputs)
        self.reasons = _decoded(plain["reasons"], tuple[Reason, ...])
        decoded = {
            "versions": _decoded(plain["versions"], dict[str, str]),
            "candidates": _decoded(plain["candidates"], tuple[Candidate, ...]),
            "excluded": _decoded(plain["excluded"], dict[str, int]),
            "constraints": _decoded(plain["constraints"], dict[str, Any]),
        }
        self.told = {name: decoded.get(name, plain[name]) for name in _DERIVED}


_DERIVED = (
    "id", "at_us", "campaign", "policy", "versions", "candidates", "excluded", "chosen",
    "propensity", "constraints", "seed", "actor",
)  # fmt: skip
"""What follows from a decision's inputs and its run's manifest."""


def _decoded(texts: Sequence[str], kind: Any) -> list[Any]:
    # One text for all: a call for each costs more than what it decodes.
    try:
        many: list[Any] = msgspec.json.decode(f"[{','.join(texts)}]", type=list[kind])
    except (msgspec.DecodeError, msgspec.ValidationError):
        many = []
    return many if len(many) == len(texts) else [_decoded_one(text, kind) for text in texts]


def _decoded_one(text: str, kind: Any) -> Any:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def _differences(
    rows: _Rows, run: Run, manifest: dict[str, Any], policy: policies.Policy
) -> Iterator[tuple[str, str]]:
    """Decision and difference, for everything that does not come out as it was recorded."""
    together: dict[tuple[Any, ...], list[int]] = {}
    for place, inputs in enumerate(rows.inputs):
        if inputs is None:
            yield rows.ids[place], "inputs: not readable"
        else:
            together.setdefault(recorded.shared_by(inputs), []).append(place)
    most = max(map(len, together.values()), default=0)
    facts = _facts(rows, run, manifest, policy)
    for places in together.values():
        if len(places) < most:
            for place in places:
                yield rows.ids[place], "inputs: campaigns other than those of its run"
        slate = recorded.slate_of_many(
            [rows.plain["subject"][place] for place in places],
            [rows.inputs[place] for place in places],
        )
        choices = policies.choose(
            slate, policy, recorded.cutoffs_of(slate, facts.cutoffs), facts.seed
        )
        again = recorded.derived(slate, choices, policy, facts)
        for place, decision in zip(places, again, strict=True):
            for name in _DERIVED:
                was, now = rows.told[name][place], getattr(decision, name)
                if was != now:
                    yield rows.ids[place], f"{name}: recorded {was}, now {now}"
            if off := _reasons_off(rows, place, decision, policy):
                yield rows.ids[place], off


def _facts(
    rows: _Rows, run: Run, manifest: dict[str, Any], policy: policies.Policy
) -> recorded.RunFacts:
    """What the decisions of a run share: its manifest's, and what most of them say of the rest."""
    constraints = [one for one in rows.told["constraints"] if one]
    send = Counter(one.get("send_us", 0) for one in constraints)
    templates = Counter(one.get("template", "") for one in rows.told["versions"] if one)
    return recorded.RunFacts(
        run=run.number,
        as_of_us=run.as_of_us,
        send_us=send.most_common(1)[0][0] if send else 0,
        policy=f"{policy.name}@{manifest['rules'][f'policies/{policy.name}.toml'][:12]}",
        versions={
            **manifest["models"],
            "template": templates.most_common(1)[0][0] if templates else "",
        },
        seed=manifest["seed"],
        cutoffs=manifest["cutoffs"],
    )


def _reasons_off(
    rows: _Rows, place: int, decision: Decision, policy: policies.Policy
) -> str | None:
    """Whether the recorded reasons are not the parts of the score they are told for."""
    reasons, inputs = rows.reasons[place], rows.inputs[place]
    if reasons is None:
        return "reasons: not readable"
    told = decision.campaign or (decision.candidates[0].id if decision.candidates else None)
    if told is None:
        return "reasons: of no campaign" if reasons else None
    facts = inputs.campaigns[told]
    expected = {
        "affinity": (facts.affinity, policy.affinity_weight * facts.affinity),
        "priority": (facts.priority, facts.priority),
    }
    habits = 0.0
    for reason in reasons:
        if reason.code not in expected:
            habits += reason.weight
        elif expected.pop(reason.code) != (reason.value, reason.weight):
            return f"reasons: {reason.code} is not that of {told}"
    response = policy.response_weight * inputs.response
    if expected or abs(habits - response) > _CLOSE * max(1.0, abs(response)):
        return f"reasons: they do not add up to the score of {told}"
    return None


def replay_run(workspace: Stores, number: int) -> Replayed:
    """Run a whole run again: its decisions from their inputs, then its scores from today's tables.

    What differs is named, with the imports that came since.
    """
    from regie.workspace.loop import decide_again

    run = run_of(workspace, number)
    manifest = _manifest(run)
    found = _messages_of(workspace, number)
    was = {d.subject: d for d in decisions_of(found)}
    decided = manifest["ran"]["decisions"]
    if decided and not was:
        return Replayed(answer="expired", decisions=decided, identical=0, expired=decided)
    if not was:
        raise NotFoundError(
            f"run {number}", "without decisions", "a published run", "list them: regie runs"
        )
    from_inputs = _replayed(run, found)
    if from_inputs.answer == "needs version":
        return from_inputs
    differences = list(from_inputs.differences)
    again = {d.subject: d for d in decide_again(workspace, number, run.as_of_us, manifest)}
    changed = [
        key for key, d in was.items() if key in again and _content(d) != _content(again[key])
    ]
    left, come = sorted(set(was) - set(again)), sorted(set(again) - set(was))
    since = [i.id for i in workspace.state.imports("published") if i.id not in manifest["imports"]]
    if since and (changed or left or come):
        differences.append("imported since: " + ", ".join(since))
    differences += [f"{was[key].id}: other scores from today's tables" for key in changed]
    differences += [f"{was[key].id}: consent withdrawn since" for key in left]
    differences += [f"{key}: a person who was not there" for key in come]
    erased = manifest["ran"]["decisions"] - len(was)
    if changed or come or from_inputs.answer == "differs":
        answer = "differs"
    elif left:
        answer = "consent withdrawn"
    else:
        answer = "erased" if erased else "identical"
    return Replayed(
        answer=answer,
        decisions=len(was),
        identical=min(len(was) - len(changed) - len(left), from_inputs.identical),
        erased=erased,
        differences=tuple(differences),
    )


def _content(decision: Decision) -> bytes:
    # A champion named by the run that fitted it may carry another run's number.
    plain = msgspec.structs.replace(decision, id="", run=0, versions={}, content_hash=None)
    return msgspec.json.encode(plain, order="sorted")
