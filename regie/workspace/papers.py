"""Files under reports/ that name a person: shown by access, cut or removed by erasure.

Messages, lists for mail tools, reports and access pages are made to be looked at; each can be made
anew from the tables. So what names an erased person goes: a line of a list, else the whole file.
Reads and writes reports/ alone; a file that was written elsewhere is out of reach.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regie.engines.durable import write_whole
from regie.ports.tables import Session, sql_text
from regie.terms.consent import evidence_of
from regie.terms.errors import NotFoundError
from regie.terms.instant import day_of
from regie.terms.person import keyed_token
from regie.words import formats
from regie.words.sentences import say
from regie.workspace import redacting

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


def naming(
    workspace: Stores, session: Session, key: str, told: Sequence[tuple[str, str]] = ()
) -> dict[Path, list[bytes]]:
    """Files that name a person, and of a list (.csv) the lines that do.

    A person is named by their key, a decision on them, the link in a message to them, or by what
    `redacting.telling` finds of what is `told` of them: their first name alone names many people,
    and a short number may be any number.
    """
    found = session.query(sql_text("regie.workspace", "decisions_of"), {"key": key})
    decisions = [str(decision) for decision in found["id"]]
    links = [keyed_token(workspace.key, "why", decision) for decision in decisions]
    marks = [mark.encode() for mark in (key, *decisions, *links)]
    telling = re.compile(redacting.telling(told).words)
    endings = {decision[:12] for decision in decisions}
    named: dict[Path, list[bytes]] = {}
    for path in sorted((workspace.folder / "reports").rglob("*")):
        if not path.is_file():
            continue
        lines = [
            line
            for line in path.read_bytes().split(b"\n")
            if _named(line, marks) or telling.search(line.decode(errors="replace"))
        ]
        if lines or path.stem[-12:] in endings:
            named[path] = lines if path.suffix == ".csv" else []
    return named


def erase(named: dict[Path, list[bytes]]) -> int:
    """Take the person out: their lines of lists, every other file that names them; how many."""
    for path, lines in named.items():
        if lines:
            kept = [line for line in path.read_bytes().split(b"\n") if line not in lines]
            write_whole(path, b"\n".join(kept))
        else:
            path.unlink()
    return len(named)


def shown(named: dict[Path, list[bytes]], folder: Path) -> list[dict[str, Any]]:
    """Each file with what stands in it on the person: lines, a message's text, else its name."""
    told = []
    for path, lines in named.items():
        text = b"\n".join(lines).decode(errors="replace")
        if path.suffix == ".eml":
            text = path.read_text(encoding="utf-8")
        told.append({"file": path.relative_to(folder).as_posix(), "text": text})
    return told


def readable(workspace: Stores, held: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """What access found, as its page shows it: decisions told, campaigns titled, messages plain."""
    from regie.workspace.deciding import explain, find
    from regie.workspace.telling import campaign_titles, item_names, tell

    told = []
    decisions = [d for d, _ in find(workspace, person=held["key"])]
    if decisions:
        items = item_names(workspace, max(d.at_us for d in decisions))
        for one in sorted(decisions, key=lambda d: (d.at_us, d.id)):
            parts = ("chosen", "score", "basis")
            sentences = tell(workspace, explain(workspace, one), lang, items, parts)
            told.append({"at_us": one.at_us, "told": " ".join(sentences)})
    titles = campaign_titles(workspace, lang)
    outbox = [
        {**row, "campaign": titles.get(row["campaign"], row["campaign"])}
        for row in held.get("state.sqlite/outbox", ())
    ]
    origins = _origins(workspace, lang)
    sourced = {
        store: [{**row, "source": origins.get(row["import_id"], row["source"])} for row in rows]
        for store in ("events", "state.sqlite/contacts")
        if (rows := held.get(store))
    }
    consents = [
        {**row, "evidence": origins[row["import_id"]]} if _is_declared(row, origins) else row
        for row in held.get("state.sqlite/consents", ())
    ]
    reports = [{**row, "text": _plain(row)} for row in held.get("reports", ())]
    made = {
        **sourced,
        "decisions": told,
        "state.sqlite/consents": consents,
        "state.sqlite/outbox": outbox,
        "reports": reports,
    }
    if others := held.get("same_address"):
        made["same_address"] = [readable(workspace, one, lang) for one in others]
    return {**held, **{store: rows for store, rows in made.items() if store in held}}


def _origins(workspace: Stores, lang: str) -> dict[str, str]:
    """Import to its file, of what kind, brought on which day: what a person can make sense of."""
    told = {}
    for brought in workspace.state.imports("published"):
        try:
            kind = workspace.rules.mapping(brought.mapping).kind
        except NotFoundError:  # the mapping was taken away since; the file is known all the same
            kind = "unknown"
        day = formats.day(day_of(brought.at_us, workspace.settings.zone), lang, "medium")
        told[brought.id] = say(f"register.came_from_{kind}", lang, file=brought.file, day=day)
    return told


def _is_declared(row: Mapping[str, Any], origins: Mapping[str, str]) -> bool:
    """Whether a mapping declared this answer: its evidence then is that import, and nothing else.

    What a file states of an answer (a form, a call) stays as the file says it.
    """
    brought_by = row["import_id"]
    return brought_by in origins and str(row["evidence"]).endswith(evidence_of("", brought_by))


def _plain(row: Mapping[str, Any]) -> str:
    """A message's subject and words; of another file the text itself."""
    text = str(row["text"])
    if not str(row["file"]).endswith(".eml"):
        return text
    message = email.message_from_string(text, policy=email.policy.default)
    body = message.get_body(("plain",))
    return f"{message['Subject']}. {' '.join(body.get_content().split()) if body else ''}"


def _named(line: bytes, marks: Sequence[bytes]) -> bool:
    return any(mark in line for mark in marks)
