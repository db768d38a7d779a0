"""Composed reports for programs: written, looked at in each form, signed, sent, and what left.

An edition is named by when it leaves (`due_us`); without it the one in hand is meant: one that was
tried and has not left, else the next. Who signs names the hash of what was looked at.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from regie.govern.access import may
from regie.interfaces.web.api.building import Gone, Written
from regie.interfaces.web.api.entry import HTML, PDF, XLSX, Call, Entry, File, Shown
from regie.interfaces.web.api.paging import Page, Paged, page
from regie.interfaces.web.api.working import JobTold, told
from regie.ports.state import RuleChange
from regie.terms.document import Document, Lang
from regie.terms.errors import NotFoundError
from regie.workspace import composing, editions, ruling, ticking
from regie.workspace.composing import BLOCKS, FORMS, Broken, Composition, Leaves, Span
from regie.workspace.editions import Standing

PPTX = editions.TYPES["pptx"]
_KINDS = {"html": HTML, "pdf": PDF, "xlsx": XLSX, "pptx": PPTX}
Due = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Block = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(BLOCKS)})]
_Form = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(FORMS)})]
_Address = Annotated[str, msgspec.Meta(max_length=254)]
_Title = Annotated[str, msgspec.Meta(max_length=composing.MOST_LETTERS["title"])]
_Words = Annotated[str, msgspec.Meta(max_length=composing.MOST_LETTERS["words"])]


class ReportGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report to write; see `workspace.composing.Composition`."""

    title: dict[Lang, _Title]
    languages: Annotated[tuple[Lang, ...], msgspec.Meta(min_length=1, max_length=2)]
    period: Span
    blocks: Annotated[tuple[_Block, ...], msgspec.Meta(max_length=composing.MOST_BLOCKS)]
    words: dict[Lang, _Words] = {}
    forms: Annotated[tuple[_Form, ...], msgspec.Meta(max_length=len(FORMS))] = ()
    to: Annotated[tuple[_Address, ...], msgspec.Meta(max_length=composing.MOST_ADDRESSES)] = ()
    sign_off: bool = False
    leaves: Leaves | None = None
    shown: Shown = ""


class ReportTold(msgspec.Struct, frozen=True, kw_only=True):
    """A composed report and its edition in hand.

    Parameters
    ----------
    report : Composition
        Its recipients only for whoever may change them.
    recipients : int
        How many addresses it goes to.
    standing : Standing
        Of the edition in hand.
    is_open : bool
        Whether that one can be signed now.
    shown : str
        The version of its file: what a change of it names.
    """

    report: Composition
    recipients: int
    standing: Standing
    is_open: bool
    shown: str


class ReportsTold(msgspec.Struct, frozen=True, kw_only=True):
    """Every report by name, and files that cannot be read."""

    rows: tuple[ReportTold, ...]
    broken: tuple[Broken, ...]


class EditionAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which edition; 0 for the one in hand."""

    due_us: Due = 0


class FileAsked(EditionAsked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which edition, in which language; else the report's first."""

    lang: Lang | None = None


class EditionTold(msgspec.Struct, frozen=True, kw_only=True):
    """An edition as it left or was signed, else as it would leave now.

    Parameters
    ----------
    documents : dict[str, Document]
        Language to the report.
    shown : str
        The hash of all of them: what a signature names.
    """

    standing: Standing
    is_open: bool
    documents: dict[Lang, Document]
    shown: str


class Signing(EditionAsked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which edition, and what was looked at: `shown`, or the ETag of the edition."""

    shown: Shown


def every(call: Call) -> ReportsTold:
    """Every report."""
    good, broken = composing.every(call.workspace)
    return ReportsTold(rows=tuple(_told(call, one) for one in good), broken=broken)


def one(call: Call) -> ReportTold:
    """One report."""
    return _told(call, _report(call))


def make(call: Call) -> Written:
    """Write a new report."""
    return _save(call, None)


def change(call: Call) -> Written:
    """Write a report anew."""
    return _save(call, _report(call).name)


def drop(call: Call) -> Written:
    """Take a report out."""
    name = _report(call).name
    composing.drop(call.workspace, name, seen=call.body.shown, actor=call.account.email)
    call.note("report_dropped", name)
    return _written(call, name)


def changes(call: Call) -> Page[RuleChange]:
    """Who changed it, newest first."""
    found = composing.versions(call.workspace, _report(call).name)
    return page(found, call.query, lambda was: (was.at_us, was.id), falling=True)


def history(call: Call) -> Page[Standing]:
    """Editions that were signed or left, newest first."""
    found = editions.history(call.workspace, _report(call).name)
    return page(found, call.query, lambda was: (was.due_us,), falling=True)


def edition(call: Call) -> EditionTold:
    """One edition, as data."""
    report, standing = _asked(call, call.query)
    found = editions.look(call.workspace, call.board, report, standing)
    return EditionTold(
        standing=standing,
        is_open=not standing.signed and editions.is_open(call.workspace, report, standing.due_us),
        documents={lang: found[lang] for lang in report.languages if lang in found},
        shown=editions.hash_of(found),
    )


def file(call: Call) -> File:
    """One edition, as a file."""
    form = call.path["form"]
    if form not in _KINDS:
        raise NotFoundError(f"form {form}", "not there", " or ".join(_KINDS), "name one of them")
    report, standing = _asked(call, call.query)
    lang = call.query.lang or report.languages[0]
    if lang not in report.languages:
        of = " or ".join(report.languages)
        raise NotFoundError(f"language {lang}", "not there", of, "name one")
    found = editions.look(call.workspace, call.board, report, standing, (lang,))
    content = editions.file(found[lang], form)
    return File(content=content, kind=_KINDS[form], name=f"{report.name}-{lang}.{form}")


def sign(call: Call) -> Standing:
    """Sign an edition."""
    report, standing = _asked(call, call.body)
    due_us = standing.due_us
    found = editions.look(call.workspace, call.board, report, Standing(due_us=due_us))
    ticking.sign(call.workspace, report, due_us, found, shown=call.body.shown,
                 actor=call.account.email)  # fmt: skip
    call.note("report_signed", f"{report.name}, {due_us}")
    return editions.standing(call.workspace, report.name, due_us)


def take_back(call: Call) -> Standing:
    """Take a signature back."""
    report, standing = _asked(call, call.body)
    editions.take_back(call.workspace, report.name, standing.due_us, call.account.email)
    call.note("report_taken_back", f"{report.name}, {standing.due_us}")
    return editions.standing(call.workspace, report.name, standing.due_us)


def send(call: Call) -> JobTold:
    """Have an edition leave now."""
    report, standing = _asked(call, call.body)
    job = ticking.send(
        call.workspace, report, standing.due_us, call.account.email,
        is_named=call.body.due_us != 0,
    )  # fmt: skip
    call.note("report_sent", f"{report.name}, {standing.due_us}")
    return told(call, job)[0]


def _report(call: Call) -> Composition:
    return composing.one(call.workspace, call.path["report"])


def _asked(call: Call, asked: EditionAsked) -> tuple[Composition, Standing]:
    report = _report(call)
    due_us = editions.chosen(call.workspace, report, asked.due_us)
    return report, editions.standing(call.workspace, report.name, due_us)


def _told(call: Call, report: Composition) -> ReportTold:
    due_us = editions.in_hand(call.workspace, report)
    standing = editions.standing(call.workspace, report.name, due_us)
    may_read = may(call.account.role, "edit_reports")
    return ReportTold(
        report=report if may_read else msgspec.structs.replace(report, to=()),
        recipients=len(report.to),
        standing=standing,
        is_open=not standing.signed and editions.is_open(call.workspace, report, due_us),
        shown=ruling.shown(call.workspace, composing.file_of(report.name)),
    )


def _save(call: Call, name: str | None) -> Written:
    body: ReportGiven = call.body
    data: dict[str, Any] = msgspec.to_builtins(body)
    seen = data.pop("shown")
    if body.leaves is None:
        del data["leaves"]
    saved = composing.save(
        call.workspace, name, data, seen=seen if name else "", actor=call.account.email
    )
    call.note("report_edited" if name else "report_made", saved)
    return _written(call, saved)


def _written(call: Call, name: str) -> Written:
    return Written(name=name, shown=ruling.shown(call.workspace, composing.file_of(name)))


_ONE = "/reports/{report}"
ENTRIES = (
    Entry(method="GET", path="/reports", permission="see", function=every,
          does="Composed reports, their edition in hand, and files that cannot be read.",
          answer=ReportsTold),
    Entry(method="POST", path="/reports", permission="edit_reports", function=make,
          body=ReportGiven, does="Write a new report, and when and to whom it leaves.",
          answer=Written, makes=True),
    Entry(method="GET", path=_ONE, permission="see", function=one,
          does="One report and its edition in hand.", answer=ReportTold),
    Entry(method="POST", path=_ONE, permission="edit_reports", function=change,
          body=ReportGiven, does="Write a report anew.", answer=Written),
    Entry(method="POST", path=f"{_ONE}/drop", permission="edit_reports", function=drop, body=Gone,
          does="Take a report out: it leaves no more, its editions stay.", answer=Written),
    Entry(method="GET", path=f"{_ONE}/changes", permission="see", function=changes, query=Paged,
          does="Who changed it, newest first.", answer=Page[RuleChange]),
    Entry(method="GET", path=f"{_ONE}/editions", permission="see", function=history, query=Paged,
          does="Editions that were signed or left, newest first.", answer=Page[Standing]),
    Entry(method="GET", path=f"{_ONE}/edition", permission="see", function=edition,
          query=EditionAsked, does="One edition as it left, or as it would leave now; as data.",
          answer=EditionTold, heavy=True),
    Entry(method="GET", path=f"{_ONE}/file/{{form}}", permission="see", function=file,
          query=FileAsked, does="The same as html, pdf, xlsx or pptx.", answer=File,
          files=(HTML, PDF, XLSX, PPTX), heavy=True),
    Entry(method="POST", path=f"{_ONE}/sign", permission="sign_reports", function=sign,
          body=Signing, does="Sign exactly what was looked at; one that was due leaves.",
          answer=Standing, heavy=True),
    Entry(method="POST", path=f"{_ONE}/take-back", permission="sign_reports", function=take_back,
          body=EditionAsked, does="Take a signature back, while it has not left.",
          answer=Standing),
    Entry(method="POST", path=f"{_ONE}/send", permission="start_jobs", function=send,
          body=EditionAsked, answer=JobTold,
          does="Have an edition leave now, as a job; before it is due, only a named, signed one."),
)  # fmt: skip
