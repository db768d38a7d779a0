"""`regie decisions`, `regie explain`, `regie replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from regie.interfaces.cli.shell import DONE, NO, Shell, command, count, day, money, table
from regie.terms.errors import SettingError

if TYPE_CHECKING:
    from regie.terms.decision import Decision
    from regie.workspace.comparing import Compared

SHOWN = 50
STATES = ("proposed", "approved", "rejected", "left_out", "applied", "expired", "nothing to send")


@command(
    "regie decisions --run 1 --state proposed",
    name="decisions",
    parameters=(
        click.option("--run", type=int, help="Number of a run."),
        click.option("--person", help="A key or an identifier."),
        click.option("--policy", help="Beginning of a policy's name."),
        click.option("--state", type=click.Choice(STATES)),
        click.option("--limit", type=click.IntRange(1), default=SHOWN, show_default=True),
    ),
)
def decisions_command(  # noqa: PLR0917 (one parameter an option)
    shell: Shell,
    run: int | None,
    person: str | None,
    policy: str | None,
    state: str | None,
    limit: int,
) -> None:
    """List decisions, the newest first."""
    with shell.open() as workspace:
        person = person and workspace.known_key(person)
        found = workspace.decisions(
            run=run, person=person, policy=policy, state=state, limit=limit + 1
        )
        zone = workspace.settings.zone
    more, found = len(found) > limit, found[:limit]
    rows = [
        [
            _short(d),
            d.run,
            day(d.at_us, zone),
            d.kind,
            d.subject[:12],
            d.chosen,
            state_of,
        ]
        for d, state_of in found
    ]
    header = ["decision", "run", "as of", "kind", "subject", "chosen", "state"]
    lines = table(header, rows, "lrl")
    lines += [f"… more than {count(limit)}: add --limit"] if more else []
    lines += _undo_lines({state_of for _, state_of in found})
    lines += ["Why: regie explain DECISION"] if found else ["No decision is like that."]
    told = [
        {"decision": d, "state": state_of, "undo_until": _undo_until(state_of)}
        for d, state_of in found
    ]
    shell.answer({"decisions": told, "more": more}, lines)


def _undo_until(state: str) -> str | None:
    from regie.terms.decision import undo_until

    return undo_until(state, "en") if state in ("approved", "rejected", "applied") else None


def _undo_lines(states: set[str]) -> list[str]:
    told = {state: _undo_until(state) for state in sorted(states)}
    return [f"{state}: can be undone {until}." for state, until in told.items() if until]


def _short(decision: Decision) -> str:
    """Enough of an id to name it; a promotion's begins like every other one's."""
    return decision.id[:12] if decision.kind == "message" else decision.id


@command(
    "regie explain 3f2a --lang fr",
    name="explain",
    parameters=(
        click.argument("decision"),
        click.option("--lang", type=click.Choice(["en", "fr"]), help="Language of the sentences."),
    ),
)
def explain_command(shell: Shell, decision: str, lang: str | None) -> None:
    """Why a decision was taken: reasons with their figures, what else could have been, one change
    that would have changed the choice, and on which consent.

    DECISION is an id or its beginning.
    """
    from regie.workspace.deciding import States
    from regie.workspace.telling import stands, tell

    with shell.open() as workspace:
        explanation = workspace.explain(decision)
        lang = lang or workspace.settings.language
        state = States(workspace).of(explanation.decision)
        told = tell(workspace, explanation, lang)
        told += stands(workspace, explanation.decision, state, lang)
    shell.answer({"explanation": explanation, "told": told}, told)


@command(
    "regie replay --all",
    name="replay",
    parameters=(
        click.argument("decision", required=False),
        click.option("--run", type=int, help="Replay a whole run, scores included."),
        click.option("--all", "everything", is_flag=True, help="Every decision of every run."),
    ),
)
def replay_command(shell: Shell, decision: str | None, run: int | None, everything: bool) -> None:
    """Run a decision, or every one, again from its stored inputs; or a run from today's tables too.

    Answers identical, differs, needs version, consent withdrawn, erased, expired; 1 unless
    identical. What went with erased people, or was too old to be kept, is counted and fails no run:
    only a single DECISION that is gone does.
    """
    asked = (decision is not None) + (run is not None) + everything
    if asked != 1:
        raise SettingError(
            "replay",
            "of nothing" if not asked else f"of {asked} things",
            "DECISION, --run N or --all",
            "see regie replay --help",
        )
    with shell.open() as workspace:
        runs = len(workspace.runs()) if everything else None
        with shell.progress("Replaying", runs) as told:
            replayed = workspace.replay(decision, run=run, told=told)
    # What is gone by right is told below: of what is there, every decision came out the same.
    gone = decision is None and replayed.answer in ("erased", "expired")
    answer = "identical" if gone else replayed.answer
    lines = [f"{answer}: {count(replayed.identical)} of {count(replayed.decisions)} identical."]
    if replayed.erased:
        lines.append(f"  {count(replayed.erased)} went with erased people.")
    if replayed.expired:
        lines.append(f"  {count(replayed.expired)} were too old to be kept.")
    lines += [f"  {difference}" for difference in replayed.differences[:SHOWN]]
    more = len(replayed.differences) - SHOWN
    lines += [f"  … and {count(more)} more: --json"] if more > 0 else []
    # An erasure by right must not leave an automated check red for good.
    sound = ("identical",) if decision is not None else ("identical", "erased", "expired")
    shell.answer(replayed, lines, DONE if replayed.answer in sound else NO)


@command(
    "regie compare bolder.toml --run 4",
    name="compare",
    parameters=(
        click.argument("policy_file", metavar="POLICY.toml"),
        click.option("--run", type=int, help="Number of a run; else the newest."),
    ),
)
def compare_command(shell: Shell, policy_file: str, run: int | None) -> None:
    """What another policy would have chosen on the same run: how many people get another action,
    messages and budget by campaign, messages by segment, and what that would have brought.

    Copy a file of rules/policies/, change it, and give it here: nothing is recorded.
    """
    with shell.open() as workspace, shell.progress("Comparing"):
        found = workspace.compare(policy_file, run)
        currency = workspace.settings.currency
    lines = [
        f"Run {found.run}: {count(found.changed)} of {count(found.people)} people would get"
        f" another action under {found.other}.",
        *[f"  {move}: {count(n)}" for move, n in found.moves.items()],
        "",
        *table(
            ["campaign", "messages", "then", "cost", "then", "budget"],
            [
                [
                    name,
                    *map(count, pair),
                    *(money(spent, currency) for spent in found.spent_micros.get(name, (0, 0))),
                    money(found.budget_micros[name], currency) if name != "nothing" else "",
                ]
                for name, pair in found.campaigns.items()
            ],
            "lrrrrr",
        ),
        "",
        *table(
            ["segment", "messages", "then"],
            [[name, *map(count, pair)] for name, pair in found.segments.items()],
            "lrr",
        ),
        "",
        *_estimate_lines(found),
        *(["", "Some of them:"] if found.examples else []),
        *[f"  {one.decision[:12]}  {one.was} → {one.now}  ({one.why})" for one in found.examples],
    ]
    shell.answer(found, lines)


def _estimate_lines(found: Compared) -> list[str]:
    if not found.estimates:
        return ["What it would have brought: not known before 30 days are over."]
    lines = [
        f"{name} a person in 30 days: {one.was:.4f} seen, {one.now:.4f} estimated, difference"
        f" {one.difference:+.4f} ({one.low:+.4f} to {one.high:+.4f}): {one.told()}"
        for name, one in found.estimates.items()
    ]
    unseen = found.estimates["orders"].unseen
    if unseen >= 0.0005:
        lines.append(
            f"{unseen:.1%} of what it would choose could not happen in this run: of that nothing"
            " was seen, and the prediction stands in."
        )
    if not found.sent:
        lines.append(
            "No message of this run was really sent, so people's orders owe nothing to it: a"
            " difference here is chance."
        )
    return lines
