"""Decisions as a file that a mail tool takes: Brevo, Mailchimp, or plain; pure.

Why from public documentation: both formats follow their makers' help pages ("Create a file to
import your contacts", Brevo; "Format guidelines for your import file", Mailchimp); no sample file
of theirs was seen. Headers are the names their importers match by themselves: EMAIL, FIRSTNAME,
LASTNAME and capitals with underscores for Brevo's other attributes; Email Address, First Name,
Last Name for Mailchimp, whose text fields hold 255 bytes and are clipped beyond: we cut at a word.

Why cells are guarded: a spreadsheet runs a cell that begins with = + - @ as a formula (CWE-1236);
such text gets an apostrophe before it. An address cannot take one, so a row whose address begins
that way is left out and named.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

import msgspec

from regie.deliver.mail import one_line, tidy_description
from regie.deliver.outbox import Refusal
from regie.terms.errors import NotFoundError

ITEMS = 4
"""Items a file has columns for."""

_TRIGGERS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t")
_CELL_AT_MOST = 2_000


class ExportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One person worth writing to: what to say, and why.

    Parameters
    ----------
    decision : str
        The decision's id, for what is left out; not in the file.
    address, first_name, last_name, language : str
        As in contacts; names may be empty.
    campaign : str
        The campaign's title in the person's language.
    items : tuple[str, ...]
        Descriptions as catalogued, best first; the first four are written.
    reason : str
        The strongest reason as a sentence.
    why_url, unsubscribe_url : str
        Unguessable links.
    """

    decision: str
    address: str
    first_name: str = ""
    last_name: str = ""
    language: str
    campaign: str
    items: tuple[str, ...]
    reason: str
    why_url: str
    unsubscribe_url: str


class FileFormat(msgspec.Struct, frozen=True):
    """How a tool wants its file.

    Parameters
    ----------
    headers : tuple[str, ...]
        Names of the columns: address, first name, last name, language, campaign, four items,
        reason, why link, unsubscribe link.
    delimiter : str
        Between cells.
    encoding : str
        Python's name of it.
    cell_bytes : int
        Most bytes a text cell may hold.
    """

    headers: tuple[str, ...]
    delimiter: str
    encoding: str
    cell_bytes: int


FORMATS = {
    "brevo": FileFormat(
        (
            "EMAIL", "FIRSTNAME", "LASTNAME", "LANGUAGE", "CAMPAIGN", "ITEM_1", "ITEM_2", "ITEM_3",
            "ITEM_4", "REASON", "WHY_URL", "UNSUBSCRIBE_URL",
        ),
        ";", "utf-8", 4 * _CELL_AT_MOST,
    ),
    "mailchimp": FileFormat(
        (
            "Email Address", "First Name", "Last Name", "Language", "Campaign", "Item 1", "Item 2",
            "Item 3", "Item 4", "Reason", "Why URL", "Unsubscribe URL",
        ),
        ",", "utf-8", 255,
    ),
    # People open this one in a spreadsheet, which takes a file for UTF-8 only if it says so.
    "plain": FileFormat(
        (
            "address", "first_name", "last_name", "language", "campaign", "item_1", "item_2",
            "item_3", "item_4", "reason", "why_url", "unsubscribe_url",
        ),
        ",", "utf-8-sig", 4 * _CELL_AT_MOST,
    ),
}  # fmt: skip
"""Name to format: what `--to` takes."""

REFUSALS = {
    "no_address": {
        "en": "the person has no address",
        "fr": "la personne n’a pas d’adresse",
    },
    "formula_address": {
        "en": "the address would be run as a formula",
        "fr": "l’adresse serait exécutée comme une formule",
    },
}
"""Why a row is not in a file, with the words for it."""


class Exported(msgspec.Struct, frozen=True):
    """A file, how many rows it has, and which decisions are not in it for what reason."""

    content: bytes
    rows: int
    left_out: tuple[Refusal, ...]


def export_file(rows: Iterable[ExportRow], to: str) -> Exported:
    """The file a tool takes, one row a person in the order given.

    Parameters
    ----------
    rows : Iterable[ExportRow]
        Already filtered by consent.
    to : str
        One of `FORMATS`.

    Returns
    -------
    Exported
        The same bytes for the same rows; CRLF lines, a header first, quotes where RFC 4180 wants
        them; each row is in the file or in `left_out`.

    Raises
    ------
    NotFoundError
        If there is no such format.

    References
    ----------
    RFC 4180 (CSV); CWE-1236 (formula elements in a CSV file).

    Examples
    --------
    >>> row = ExportRow(decision="d1", address="ana@example.com", language="fr", campaign="Encore",
    ...                 items=("RED MUG",), reason="=1+1", why_url="https://example.com/w/1",
    ...                 unsubscribe_url="https://example.com/u/1")
    >>> print(export_file([row], "brevo").content.decode().replace("\\r", "").splitlines()[1])
    ana@example.com;;;fr;Encore;Red mug;;;;'=1+1;https://example.com/w/1;https://example.com/u/1
    >>> export_file([], "plain").rows
    0
    """
    if to not in FORMATS:
        names = ", ".join(sorted(FORMATS))
        raise NotFoundError("export", f'to "{to}"', f"one of {names}", "choose one")
    form = FORMATS[to]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=form.delimiter, lineterminator="\r\n")
    writer.writerow(form.headers)
    written = 0
    left_out: list[Refusal] = []
    for row in rows:
        reason = _why_left_out(row)
        if reason:
            left_out.append(Refusal(row.decision, reason))
        else:
            writer.writerow(_cells(row, form))
            written += 1
    return Exported(text.getvalue().encode(form.encoding), written, tuple(left_out))


def people_file(cards: Iterable[Mapping[str, str]]) -> tuple[bytes, int]:
    """People with their addresses as a file for a spreadsheet or a mail tool, and how many.

    Parameters
    ----------
    cards : Iterable[Mapping[str, str]]
        Already filtered by consent: address, first_name, last_name, language; whoever has no
        address that can be written into a cell is left out.

    References
    ----------
    RFC 4180 (CSV); CWE-1236 (formula elements in a CSV file).

    Examples
    --------
    >>> ana = {"address": "ana@example.com", "first_name": "=1+1", "last_name": "",
    ...        "language": "fr"}
    >>> people_file([ana, ana | {"address": ""}])[0].decode("utf-8-sig").splitlines()[1:]
    ["ana@example.com,'=1+1,,fr"]
    """
    form = FORMATS["plain"]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=form.delimiter, lineterminator="\r\n")
    writer.writerow(form.headers[:4])
    rows = 0
    for card in cards:
        address = card["address"].strip()
        if address and not address.startswith(_TRIGGERS):
            writer.writerow([_cell(card[name], form.cell_bytes) for name in form.headers[:4]])
            rows += 1
    return text.getvalue().encode(form.encoding), rows


def _why_left_out(row: ExportRow) -> str | None:
    if not row.address.strip():
        return "no_address"
    return "formula_address" if row.address.strip().startswith(_TRIGGERS) else None


def _cells(row: ExportRow, form: FileFormat) -> list[str]:
    items = [tidy_description(item) for item in row.items[:ITEMS]]
    items += [""] * (ITEMS - len(items))
    cells = [
        row.address, row.first_name, row.last_name, row.language, row.campaign, *items, row.reason,
        row.why_url, row.unsubscribe_url,
    ]  # fmt: skip
    return [_cell(cell, form.cell_bytes) for cell in cells]


def _cell(value: str, at_most_bytes: int) -> str:
    text = one_line(value, _CELL_AT_MOST)
    if text.startswith(_TRIGGERS):
        text = f"'{text}"
    if len(text.encode()) <= at_most_bytes:
        return text
    mark = "…"
    whole = text.encode()[: at_most_bytes - len(mark.encode())].decode(errors="ignore")
    return (whole.rpartition(" ")[0] or whole) + mark
