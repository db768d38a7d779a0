"""Editions of composed reports: looked at before they leave, signed, sent, kept as they left.

Reads the accounts and rules; writes acts (sealed like every act), assets (the documents as they
were signed or left, by their hash) and, where no mail server is named, reports/outbox/.

Why a signature is on exact bytes and what was signed leaves, even if figures moved since: whoever
signs for a client answers for what the client reads, and the freshness stamp says of when it is.
Why nothing is kept of an edition that is only looked at: it is made of the data of that moment,
and a page that is read changes nothing.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from regie.engines.durable import write_whole
from regie.engines.letter import LetterDocuments, plain_text
from regie.ports.document import Documents
from regie.terms.decision import Act
from regie.terms.document import Document, Lang
from regie.terms.errors import NotFoundError, RefusedError, StaleError
from regie.terms.instant import DAY_US, day_of, day_start_us, moment_of
from regie.terms.schedule import latest_due_us, next_due_us
from regie.workspace import composing, telling
from regie.workspace.approving import note_acts
from regie.workspace.composing import Composition
from regie.workspace.cubes import Cubes
from regie.workspace.sealing import Sealing
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.measure.cube import Cube
    from regie.workspace.board import Board
    from regie.workspace.stores import Stores

PREVIEW_US = 4 * DAY_US
"""So long before it leaves an edition can be looked at and signed."""
PASSWORD = "REGIE_SMTP_PASSWORD"
TYPES = {
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
"""Form to its media type."""

Edition = dict[str, Document]
"""Language to the document."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where an edition stands.

    fr: état d’une édition

    Parameters
    ----------
    due_us : int
        When it leaves, or should have; with the report's name it names the edition.
    signed_by, signed_us, signed : str, int, str
        Who signed it, when, and the hash of what was signed; empty where nobody did.
    left_us, left : int, str
        When it left, and the hash of what left; 0 and empty where it did not.
    """

    due_us: int
    signed_by: str = ""
    signed_us: int = 0
    signed: str = ""
    left_us: int = 0
    left: str = ""


def name_of(report: str, due_us: int) -> str:
    """What acts call an edition.

    Examples
    --------
    >>> name_of("weekly", 1764057600000000)
    'report:weekly:1764057600000000'
    """
    return f"report:{report}:{due_us}"


def standing(workspace: Stores, report: str, due_us: int) -> Standing:
    """Where one edition stands, folded from its acts."""
    return _folded(due_us, workspace.state.acts(decision=name_of(report, due_us)))


def history(workspace: Stores, report: str) -> list[Standing]:
    """Every edition that was signed or left, the newest first."""
    by_due: dict[int, list[Act]] = {}
    for act in workspace.state.acts_of_decisions():
        kind, _, rest = (act.decision or "").partition(":")
        named, _, due = rest.rpartition(":")
        if (kind, named) == ("report", report):
            by_due.setdefault(int(due), []).append(act)
    return [_folded(due, by_due[due]) for due in sorted(by_due, reverse=True)]


def _folded(due_us: int, acts: list[Act]) -> Standing:
    told = Standing(due_us=due_us)
    for act in acts:
        content = act.content_hash or ""
        if act.kind == "approved":
            told = msgspec.structs.replace(
                told, signed_by=act.actor, signed_us=act.at_us, signed=content
            )
        elif act.kind == "undone":
            told = Standing(due_us=due_us)
        elif act.kind == "applied":
            told = msgspec.structs.replace(told, left_us=act.at_us, left=content)
    return told


def in_hand(workspace: Stores, composition: Composition) -> int:
    """The edition to look at: one that was tried and has not left (unsigned, or no server took it),
    else the next."""
    now_us, zone = workspace.settings.now_us(), workspace.settings.zone
    task = composition.task()
    if task is None:
        return day_start_us(day_of(now_us, zone), zone)
    latest = latest_due_us(task, now_us, zone)
    is_tried = bool(workspace.jobs.tries(task.name, latest))
    if is_tried and not standing(workspace, composition.name, latest).left_us:
        return latest
    return next_due_us(task, now_us, zone)


def is_open(workspace: Stores, composition: Composition, due_us: int) -> bool:
    """Whether an edition can be signed now: from four days before it leaves."""
    if not composition.sign_off or standing(workspace, composition.name, due_us).left_us:
        return False
    in_turn = due_us == in_hand(workspace, composition)
    return in_turn and due_us - workspace.settings.now_us() <= PREVIEW_US


def chosen(workspace: Stores, composition: Composition, due_us: int) -> int:
    """The edition that is asked for, of those that were signed, left or are in hand.

    Parameters
    ----------
    due_us : int
        0 for the one in hand.

    Raises
    ------
    NotFoundError
        If it is none of them.
    """
    current = in_hand(workspace, composition)
    known = {0, current} | {was.due_us for was in history(workspace, composition.name)}
    if due_us not in known:
        raise NotFoundError("edition", "not there", "one of this report", "open the report")
    return due_us or current


def look(
    workspace: Stores, board: Board, composition: Composition, told: Standing,
    languages: Sequence[Lang] = (),
) -> Edition:  # fmt: skip
    """An edition as it left or was signed, else as it would leave now.

    Parameters
    ----------
    languages : Sequence[str]
        All of them where none is named: one is quicker, and none but all can be signed.
    """
    if content := told.left or told.signed:
        was = kept(workspace, content)
        named: Edition = {lang: was[lang] for lang in languages if lang in was}
        return named or was
    asked = msgspec.structs.replace(
        composition, languages=tuple(languages) or composition.languages
    )
    return made(
        workspace, board.cubes.current(), board.item_names(current=True), asked, told.due_us
    )


def may_leave(composition: Composition, told: Standing, now_us: int) -> bool:
    """Whether it has not left, lacks no signature, and is due; before that only a signed one
    leaves: somebody meant it.

    Examples
    --------
    >>> one = composing.composition_from({"title": {"en": "The week", "fr": "La semaine"},
    ...     "languages": ["fr"], "period": "last_week", "blocks": ["figures"]}, "weekly")
    >>> [may_leave(one, Standing(due_us=5, signed=by), now_us=now) for by, now in
    ...  (("", 5), ("", 4), ("a1", 4))]
    [True, False, True]
    """
    if told.left_us or (composition.sign_off and not told.signed):
        return False
    return told.due_us <= now_us or bool(told.signed)


def made(
    workspace: Stores, cube: Cube, items: Mapping[str, str], composition: Composition, due_us: int
) -> Edition:
    """An edition of the figures as they are known now, in each of its languages."""
    return {
        lang: composing.document(workspace, cube, items, composition, lang=lang, leaves_us=due_us)
        for lang in composition.languages
    }


def kept(workspace: Stores, content_hash: str) -> Edition:
    """An edition as it was signed or left."""
    return msgspec.json.decode(workspace.assets.get(content_hash), type=Edition)


def bytes_of(edition: Edition) -> bytes:
    """What is signed: the documents with every figure, in one form that never differs."""
    return msgspec.json.encode(edition, order="sorted")


def hash_of(edition: Edition) -> str:
    """The hash of what is signed.

    Examples
    --------
    >>> hash_of({})[:8]
    '44136fa3'
    """
    return sha256(bytes_of(edition)).hexdigest()


# ---- signing


def barred(workspace: Stores, report: str, actor: str) -> bool:
    """Whether somebody changed the report last: their own work is signed by somebody else."""
    changed = composing.versions(workspace, report)
    return bool(changed) and changed[0].actor == actor


def sign(
    workspace: Stores, composition: Composition, due_us: int, edition: Edition, *, shown: str,
    actor: str,
) -> None:  # fmt: skip
    """Sign an edition: what was shown is what leaves.

    Parameters
    ----------
    edition : Edition
        As it is made now.
    shown : str
        `hash_of` what was looked at.

    Raises
    ------
    RefusedError
        If figures or the report moved since, it is not open, somebody was quicker, or it is their
        own work.
    """
    name = name_of(composition.name, due_us)
    if hash_of(edition) != shown:
        raise StaleError(name, "another one by now", "what was looked at", "look at it again")
    told = standing(workspace, composition.name, due_us)
    if told.signed or not is_open(workspace, composition, due_us):
        raise RefusedError(name, "not open", "one that waits to be signed", "look at it again")
    if barred(workspace, composition.name, actor):
        raise RefusedError(name, "one's own", "somebody else's signature", "ask somebody else")
    _note(workspace, name, "approved", actor, workspace.assets.put(bytes_of(edition)))


def take_back(workspace: Stores, report: str, due_us: int, actor: str) -> None:
    """Take a signature back, while it has not left.

    Raises
    ------
    RefusedError
        If nobody signed it, or it left.
    """
    name = name_of(report, due_us)
    told = standing(workspace, report, due_us)
    if not told.signed or told.left_us:
        raise RefusedError(name, "not signed, or gone", "one that is signed", "look at it again")
    _note(workspace, name, "undone", actor, told.signed)


def _note(workspace: Stores, name: str, kind: str, actor: str, content_hash: str) -> None:
    before = workspace.state.acts(decision=name)
    act = Act(
        id=secrets.token_hex(16), decision=name, campaign=None, run=None, kind=kind, actor=actor,
        at_us=wall_us(), content_hash=content_hash, reason="",
    )  # fmt: skip
    with workspace.state.together():
        if workspace.state.acts(decision=name) != before:
            raise StaleError(name, "moved just now", "as it was looked at", "look at it again")
        note_acts(workspace, [act])
    Sealing(workspace).settle()


# ---- leaving


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What came of sending an edition.

    fr: envoi

    Parameters
    ----------
    state : str
        `left`, `waits` (to be signed), or `gone` (it left before).
    to : int
        Addresses that took it.
    refused : tuple[str, ...]
        Addresses that the server refused.
    file : str
        The file it was written to where no mail server is named.
    """

    state: str
    to: int = 0
    refused: tuple[str, ...] = ()
    file: str = ""


def send(workspace: Stores, report: str, actor: str, due_us: int = 0) -> Sent:
    """Let an edition leave, once: by mail where a server is named, else as a file.

    Parameters
    ----------
    due_us : int
        Which edition; 0 for the one that is due.

    Raises
    ------
    NotFoundError, RuleError
        If there is no such report, or it is not valid.
    RefusedError, WorkspaceError
        If the mail server does not take it.
    ExtraMissingError
        If a form needs a package that is not installed.
    """
    composition = composing.one(workspace, report)
    due_us = due_us or _due(workspace, composition)
    told = standing(workspace, report, due_us)
    if told.left_us:
        return Sent(state="gone")
    if composition.sign_off and not told.signed:
        return Sent(state="waits")
    edition = (
        kept(workspace, told.signed) if told.signed else _fresh(workspace, composition, due_us)
    )
    content_hash = workspace.assets.put(bytes_of(edition))
    sent = _post(workspace, composition, edition, due_us, content_hash)
    _note(workspace, name_of(report, due_us), "applied", actor, content_hash)
    return sent


def _due(workspace: Stores, composition: Composition) -> int:
    task = composition.task()
    if task is None:
        return in_hand(workspace, composition)
    return latest_due_us(task, workspace.settings.now_us(), workspace.settings.zone)


def _fresh(workspace: Stores, composition: Composition, due_us: int) -> Edition:
    cubes = Cubes(workspace)
    try:
        items = telling.item_names(workspace, workspace.settings.now_us())
        return made(workspace, cubes.cube(), items, composition, due_us)
    finally:
        cubes.close()


def _post(
    workspace: Stores, composition: Composition, edition: Edition, due_us: int, content_hash: str
) -> Sent:
    message = letter(workspace, composition, edition, due_us, content_hash)
    server = workspace.settings.mail
    if server is None or not composition.to:
        file = Path("reports") / "outbox" / f"{composition.name}-{due_us // 1_000_000}.eml"
        (workspace.folder / file.parent).mkdir(parents=True, exist_ok=True)
        write_whole(workspace.folder / file, message)
        return Sent(state="left", file=file.as_posix())
    from regie.engines.smtp import hand_over

    refused = hand_over(
        message, sender=workspace.settings.sender.address, to=composition.to, host=server.host,
        port=server.port, security=server.security, user=server.user,
        password=os.environ.get(PASSWORD, ""),
    )  # fmt: skip
    return Sent(state="left", to=len(composition.to) - len(refused), refused=tuple(refused))


def letter(
    workspace: Stores, composition: Composition, edition: Edition, due_us: int, content_hash: str
) -> bytes:
    """The message as it leaves: the report in its first language, the other one and every other
    form attached."""
    sender = workspace.settings.sender
    first, *others = composition.languages
    document = edition[first]
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((sender.name, sender.address))
    if composition.to:
        message["To"] = ", ".join(composition.to)
    message["Subject"] = " ".join(f"{document.title} · {document.subtitle}".split())
    message["Date"] = format_datetime(moment_of(wall_us(), "UTC").astimezone(UTC))
    domain = sender.address.rpartition("@")[2] or "localhost"
    # The same edition has the same id: a mail program that met it twice shows it once.
    message["Message-ID"] = f"<report.{composition.name}.{content_hash[:16]}.{due_us}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    # By which mail programs sort: each report is a list of its own.
    message["List-Id"] = f"<{composition.name}.reports.{domain}>"
    message.set_content(plain_text(document), charset="utf-8", cte="quoted-printable")
    page = LetterDocuments().render(document).decode()
    message.add_alternative(page, subtype="html", charset="utf-8", cte="quoted-printable")
    attached = [(lang, "html") for lang in others]
    attached += [(lang, form) for form in composition.forms for lang in composition.languages]
    for lang, form in attached:
        kind, _, sub = TYPES[form].partition("/")
        message.add_attachment(
            file(edition[lang], form), maintype=kind, subtype=sub,
            filename=f"{composition.name}-{lang}.{form}",
        )  # fmt: skip
    return message.as_bytes()


def file(document: Document, form: str) -> bytes:
    """A report as a file, in one of `TYPES`."""
    return _engine(form).render(document)


def _engine(form: str) -> Documents:
    if form == "pdf":
        from regie.engines.pdf import PdfDocuments

        return PdfDocuments()
    if form == "xlsx":
        from regie.engines.xlsx import XlsxDocuments

        return XlsxDocuments()
    if form == "pptx":
        from regie.engines.pptx import PptxDocuments

        return PptxDocuments()
    from regie.engines.html import HtmlDocuments

    return HtmlDocuments()
