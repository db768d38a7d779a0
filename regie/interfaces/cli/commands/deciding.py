"""`regie decisions`, `regie explain`, `regie replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from regie.interfaces.cli.shell import NO, Shell, command, count, day, table
from regie.terms.decision import undo_until
from regie.terms.errors import SettingError

if TYPE_CHECKING:
    from regie.terms.decision import Decision

SHOWN = 50
STATES = ("proposed", "approved", "rejected", "applied", "expired", "nothing to send")


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
    """List decisions, newest run first."""
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

    Answers identical, differs, needs version, consent withdrawn, erased; 1 unless identical.
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
    lines = [
        f"{replayed.answer}: {count(replayed.identical)} of {count(replayed.decisions)} identical."
    ]
    if replayed.erased:
        lines.append(f"  {count(replayed.erased)} went with erased people.")
    lines += [f"  {difference}" for difference in replayed.differences[:SHOWN]]
    more = len(replayed.differences) - SHOWN
    lines += [f"  … and {count(more)} more: --json"] if more > 0 else []
    shell.answer(replayed, lines, 0 if replayed.answer == "identical" else NO)
