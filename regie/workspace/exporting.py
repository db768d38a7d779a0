"""Export: files for a mail tool, of what was approved and may leave now; messages as .eml, to be
read before they are approved too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from regie.deliver import export, mail
from regie.deliver import outbox as leaving
from regie.engines.durable import write_whole
from regie.terms.decision import Decision, taken
from regie.terms.errors import RefusedError, SettingError
from regie.terms.instant import day_of
from regie.workspace import sight
from regie.workspace.approving import (
    is_past_use,
    leave_by_us,
    leaving_hash,
    lists_of,
    messages,
    now_of,
    put_up,
    run_of,
)
from regie.workspace.deciding import find
from regie.workspace.writing import Writer, items_named, rules_of

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

BEST_NEXT = 500


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """What was exported: the file, how many people, who was left out and why."""

    path: str
    to: str
    rows: int
    left_out: dict[str, int]
    people: tuple[dict[str, Any], ...]


def best_next(
    workspace: Stores, to: str, path: Path | None = None, number: int | None = None
) -> Export:
    """The next customers worth writing to, best first, as a file their mail tool takes.

    Takes a run, else the newest; only approved decisions of people who may be written to now.
    """
    if to not in export.FORMATS:
        raise SettingError("--to", f'"{to}"', "one of " + ", ".join(export.FORMATS), "choose one")
    runs = workspace.state.runs("published")
    if not runs:
        raise RefusedError(
            "export", "without a run", "an approved run", "run the loop: regie run"
        ).because("no_run")
    run = run_of(workspace, number)
    number = run.number
    decisions = [d for d, _ in find(workspace, run=number) if d.campaign is not None]
    if not decisions:
        raise RefusedError(
            f"export of run {number}",
            "without a message to send",
            "a run that writes to somebody",
            f"see why: regie decisions --run {number}",
        ).because("no_message")
    written = dict_of(messages(workspace, [d.id for d in decisions]))
    outgoing = _outgoing(workspace, decisions, written, run.as_of_us)
    left_out = _counted(refusal.reason for refusal in outgoing.refused)
    if not outgoing.leave:
        raise RefusedError(
            f"export of run {number}",
            f"empty: none of its {len(decisions):,} messages may leave ({_told(left_out)})",
            "approved messages to people who may be written to",
            _next_step(left_out),
        ).because("nothing_leaves", **left_out)
    by_id = {d.id: d for d in decisions}
    best = sorted((by_id[i] for i in outgoing.leave), key=lambda d: (-taken(d).score, d.subject))[
        :BEST_NEXT
    ]
    rows, people = _rows(workspace, best, run.as_of_us)
    made = export.export_file(rows, to)
    target = path or workspace.folder / "reports" / f"best-next-{to}.csv"
    if target.is_dir():
        raise SettingError(
            "--out", f'"{target}", a folder', "a file", f"add a name: best-next-{to}.csv"
        )
    write_whole(target, made.content)
    left_out = {**left_out, **_counted(refusal.reason for refusal in made.left_out)}
    return Export(path=str(target), to=to, rows=made.rows, left_out=left_out, people=tuple(people))


def _next_step(left_out: dict[str, int]) -> str:
    most = max(left_out, key=lambda reason: left_out[reason], default="no_message")
    steps = {
        "not_approved": "approve them: regie approve",
        "content_changed": "run the loop again: regie run",
        "expired": f"a decision waits {leaving.VALID_DAYS} days at most: run the loop as of today,"
        " or set now in regie.toml to the time of your data",
        "campaign_off": "see the dates of your campaigns: regie campaigns",
        "not_allowed": "nobody among them may be written to now: see regie consent",
    }
    return steps.get(most, "run the loop: regie run")


def dict_of(pairs: Sequence[tuple[Decision, bytes]]) -> dict[str, bytes]:
    """Decision id to the bytes of its message."""
    return {decision.id: message for decision, message in pairs}


def _outgoing(
    workspace: Stores,
    decisions: Sequence[Decision],
    written: dict[str, bytes],
    as_of_us: int,
) -> leaving.Outgoing:
    acts = workspace.state.acts()
    hashes = put_up(workspace, acts)
    return leaving.may_leave(
        [
            msgspec.structs.replace(d, content_hash=hashes.get(d.id, d.content_hash))
            for d in decisions
        ],
        acts,
        listed=lists_of(workspace, acts),
        message_hashes={i: leaving_hash(message) for i, message in written.items()},
        allowed=sight.allowed_now(workspace, {d.subject for d in decisions}, as_of_us),
        campaigns={c.name: c for c in workspace.rules.campaigns_read()[0]},
        now_us=now_of(workspace, as_of_us),
        zone=workspace.settings.zone,
        valid_days=leaving.VALID_DAYS,
    )


def _rows(
    workspace: Stores, best: Sequence[Decision], as_of_us: int
) -> tuple[list[export.ExportRow], list[dict[str, Any]]]:
    with workspace.tables.session() as session:
        items = sight.catalogue_of(workspace, session, as_of_us, items_named(best))
    rules, keys = rules_of(workspace, best[0].run), [d.subject for d in best]
    writer = Writer(workspace, items, keys, rules)
    rows, people = [], []
    for decision in best:
        fill = writer.fill(decision)
        card = writer.contacts[decision.subject]
        campaign = writer.campaigns[decision.campaign or ""]
        reason = fill.reasons[0] if fill.reasons else ""
        rows.append(
            export.ExportRow(
                decision=decision.id,
                address=card["address"],
                first_name=card["first_name"],
                last_name=card["last_name"],
                language=fill.language,
                campaign=campaign.title[fill.language],
                items=tuple(mail.tidy_description(item.description) for item in fill.items),
                reason=reason,
                why_url=fill.why_url,
                unsubscribe_url=fill.unsubscribe_url,
            )
        )
        people.append(
            {
                "decision": decision.id,
                "person": decision.subject,
                "campaign": decision.campaign,
                "score": taken(decision).score,
                "probability": decision.inputs["probability"],
                "reason": reason,
            }
        )
    return rows, people


def write_samples(workspace: Stores, run: int, folder: Path | None = None) -> list[Path]:
    """Two messages of each campaign of a run as .eml, one in each language where there is one."""
    decisions = [d for d, _ in find(workspace, run=run) if d.campaign is not None]
    languages = workspace.state.contacts(["language"], [d.subject for d in decisions])
    spoken = dict(zip(languages["key"], languages["language"], strict=True))
    picked: dict[tuple[str, str], Decision] = {}
    for decision in decisions:
        language = spoken.get(decision.subject) or workspace.settings.language
        picked.setdefault((str(decision.campaign), language[:2]), decision)
    return write_messages(workspace, [d.id for d in picked.values()], folder)


def write_messages(workspace: Stores, ids: Sequence[str], folder: Path | None = None) -> list[Path]:
    """Messages of decisions as .eml, to be read whoever approved them: in reports/messages/, where
    erasure reaches, or a folder.

    Raises
    ------
    RefusedError
        If they are past their use: nobody is to send them from there.
    """
    folder = folder or workspace.folder / "reports" / "messages"
    paths, found = [], messages(workspace, ids)
    late = [decision for decision, _ in found if is_past_use(workspace, decision.at_us)]
    if late:
        day = day_of(leave_by_us(late[0].at_us), workspace.settings.zone)
        raise RefusedError(
            f"export of run {late[0].run}",
            f"empty: none of its messages may leave ({_told({'expired': len(late)})})",
            f"messages that may leave, as these might before {day}",
            _next_step({"expired": len(late)}),
        )
    for decision, message in found:
        path = folder / f"run{decision.run}-{decision.campaign}-{decision.id[:12]}.eml"
        write_whole(path, message)
        paths.append(path)
    return paths


def _counted(reasons: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
    return counts


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{why_left(r)}: {count:,}" for r, count in sorted(counts.items()))


def why_left(reason: str, lang: str = "en") -> str:
    """Why a message stays, in a language; the terminal speaks English.

    Examples
    --------
    >>> why_left("not_approved"), why_left("no_address", "fr"), why_left("another")
    ('nobody has approved it', 'la personne n’a pas d’adresse', 'another')
    """
    return {**leaving.REFUSALS, **export.REFUSALS}.get(reason, {lang: reason})[lang]
