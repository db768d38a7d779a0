"""How a file nobody wrote a mapping for would be read; reads the file, writes a rule when asked.

What is proposed is shown as rows, understood by the same intake that would import them: a person
sees at once whether a day and a month were swapped. Nothing of the file is kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from regie.collect import headings, intake, proposal
from regie.collect.fitting import Fit, fit_of, needs_a_person, ranked, reads, said_of_fits
from regie.collect.form import said_of
from regie.collect.mapping import FIELDS, Mapping, mapping_from, resolve_columns, told
from regie.collect.proposal import Proposal
from regie.collect.settling import Notice
from regie.engines.durable import write_whole
from regie.ports.tables import Session, sql_text
from regie.terms.errors import (
    ColumnError,
    CurrencyMismatchError,
    FileError,
    RegieError,
    SettingError,
)
from regie.terms.instant import moment_of
from regie.terms.money import MICROS
from regie.workspace.importing import completed, refusal
from regie.workspace.settings import SHIPPED_LOGS, read_toml, shipped

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

SHOWN_ROWS = 10


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """How a file would be read.

    Parameters
    ----------
    fits : str
        A mapping that reads it already; empty where there is none.
    exact : bool
        Whether every column that `fits` names is in the file under exactly that name.
    fitting : tuple[Fit, ...]
        Every mapping that reads it, best first, with what each would not read of it.
    found : Proposal
        What header and cells say; where a mapping fits, what that mapping says.
    dates : tuple[str, ...]
        31 December 2011 as the file would write it; two where day and month may be swapped.
    mapping : str
        The proposal as TOML; empty where it lacks a field it needs.
    rows : tuple[dict[str, str], ...]
        The first rows as understood: field to text; `set aside` names a field that cannot be read.
    said : tuple[str, ...]
        What was found in the file, in sentences.
    mixed : tuple[intake.Mixed, ...]
        Fields of amounts some of which may be cents.
    notices : tuple[Notice, ...]
        What is not sure of how its content was understood; `said` holds the same sentences.
    sheets : tuple[str, ...]
        Other sheets of a workbook in whose first one nothing was recognised.
    refused : str
        Why the file as a whole would not come in as it would be read; empty where it would, or
        where it is too large to be read twice.
    """

    file: str
    fits: str
    exact: bool
    fitting: tuple[Fit, ...]
    found: Proposal
    zone: str
    currency: str
    dates: tuple[str, ...]
    mapping: str
    rows: tuple[dict[str, str], ...]
    said: tuple[str, ...]
    mixed: tuple[intake.Mixed, ...] = ()
    notices: tuple[Notice, ...] = ()
    sheets: tuple[str, ...] = ()
    refused: str = ""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What a person chose where a file is to be read by a mapping of its own.

    Parameters
    ----------
    kind : str
        Kind of file; empty: as found.
    columns : dict[str, str]
        Field to column; empty: as found for that kind.
    decimal, time_format : str
        Of those the file leaves open; empty: all of them.
    """

    kind: str = ""
    columns: dict[str, str] = {}
    decimal: str = ""
    time_format: str = ""

    def of(self, cells: proposal.Cells) -> Proposal:
        """The reading that was chosen."""
        found = proposal.propose(cells, self.kind if self.kind in FIELDS else "")
        if found.kind and self.columns:
            found = proposal.adjusted(cells, found.kind, self.columns)
        if self.decimal in found.decimal:
            found = msgspec.structs.replace(found, decimal=(self.decimal,))
        if self.time_format in found.time_formats:
            found = msgspec.structs.replace(found, time_formats=(self.time_format,))
        return found


def propose(workspace: Stores, path: Path, by: Chosen | None = None) -> Proposed:
    """Propose how to read a file, from its header and its first rows.

    Parameters
    ----------
    by : Chosen or None
        What a person chose; then no mapping that is there is looked for.

    Raises
    ------
    FileError, ColumnError
        If it cannot be read at all.
    """
    return looked_at(workspace, path, by)[0]


def looked_at(
    workspace: Stores, path: Path, by: Chosen | None = None
) -> tuple[Proposed, RegieError | None]:
    """The proposal as `propose` gives it, and the refusal that it tells, for who words it anew."""
    settings = workspace.settings
    with workspace.tables.session() as session:
        form = session.read_file("raw", path, {})
        cells = intake.first_rows(session, proposal.SAMPLE_ROWS)
        found = by.of(cells) if by else proposal.propose(cells)
        fitting = () if by else _fitting(workspace, session, found, path)
        best = fitting[0] if fitting and fitting[0].known else None
        fits = best.mapping if best else ""
        own = found.kind and not found.missing
        text = _toml(workspace, session, found, path) if own else ""
        chosen = workspace.rules.mapping(fits) if fits else _parsed(text, path.stem)
        settled, rows, notices = _understood(workspace, session, chosen, path.name)
        mixed = intake.mixed_amounts(session, settled) if settled else ()
        if best and settled:
            found = proposal.of_mapping(cells, settled, best.columns)
        currency = chosen.currency if chosen else ""
    sheets = form.sheets if not found.kind else ()
    notices = (*notices, *_of_sheets(form.sheet, sheets))
    refused = _refusal_of(workspace, path, chosen) if chosen else None
    proposed = Proposed(
        file=path.name,
        fits=fits,
        exact=bool(best and best.exact),
        fitting=fitting,
        found=found,
        zone=chosen.zone if chosen else settings.zone,
        currency=found.currency or currency or settings.currency,
        dates=tuple(intake.example(form) for form in found.time_formats),
        mapping=text,
        rows=rows,
        said=(*said_of(form), *(one.said for one in notices), *said_of_fits(fitting)),
        mixed=mixed,
        notices=notices,
        sheets=sheets,
        refused=str(refused or ""),
    )
    return proposed, refused


def _of_sheets(read: str, others: Sequence[str]) -> tuple[Notice, ...]:
    """Nothing was recognised in a workbook's first sheet: what others it has."""
    if not others:
        return ()
    listed = ", ".join(f'"{name}"' for name in others)
    said = (
        f'The sheet "{read}" alone was looked at, as the first; the workbook also has {listed}.'
        f" If the rows stand there, {_ANOTHER_SHEET.format(others[0])}."
    ).replace("where the rows stand in another sheet, ", "")
    return (Notice(key="sheets", values={"read": read, "listed": listed}, said=said),)


def _refusal_of(workspace: Stores, path: Path, mapping: Mapping) -> RegieError | None:
    """Why a file would be refused as a whole; a large one is only asked when it comes in."""
    small = path.stat().st_size <= AT_ONCE_BYTES
    return refusal(workspace, path, mapping) if small else None


AT_ONCE_BYTES = 4 << 20
"""Up to here a page can wait for a file to be read; a larger one is a job."""


def write(workspace: Stores, path: Path, name: str, by: Chosen | None = None) -> Path:
    """Write the proposal as a mapping of the workspace.

    Parameters
    ----------
    by : Chosen or None
        What a person chose; see `propose`.

    Raises
    ------
    SettingError
        If there is a mapping of that name, or the name is no file's.
    FileError
        If the file lacks a column that its kind needs.
    """
    target = workspace.rules.folder / "mappings" / f"{name}.toml"
    if not name or Path(name).name != name:
        raise SettingError("--propose", f'"{name}"', "the name of a new mapping", "write one word")
    if name in workspace.rules.mappings():
        raise SettingError(
            f"mapping {name}", "there already", "a new name", f"regie import {path} --as {name}"
        )
    proposed, refused = looked_at(workspace, path, by)
    if not proposed.mapping:
        raise _not_whole(proposed)
    if isinstance(refused, CurrencyMismatchError):
        raise refused  # no mapping reads it: its amounts are in another currency
    write_whole(target, proposed.mapping.encode())
    return target


def _not_whole(proposed: Proposed) -> FileError:
    found = proposed.found
    if not found.kind:
        kinds = ", ".join(FIELDS)
        step = _ANOTHER_SHEET.format(proposed.sheets[0]) if proposed.sheets else _WRITE_ONE
        return FileError(proposed.file, "of no kind that was recognised", kinds, step)
    missing = ", ".join(told(field) for field in found.missing)
    columns = ", ".join(found.unknown[:12])
    return FileError(
        f"{proposed.file} row 1",
        f"without a column for {missing}",
        f"what {found.kind} need",
        f"it may be one of {columns}: name it in a mapping of your own" if columns else _WRITE_ONE,
    )


_WRITE_ONE = "write a mapping by hand: docs/guides/import.md"
_ANOTHER_SHEET = (
    "where the rows stand in another sheet, move it to the front and save it, or set"
    ' sheet = "{}" in a mapping'
)


def _fitting(workspace: Stores, session: Session, found: Proposal, path: Path) -> tuple[Fit, ...]:
    """The mappings that read this file as it is, the one that keeps most of it first."""
    columns = intake.columns_of(session)
    fits: list[Fit] = []
    for name in workspace.rules.mappings():
        mapping = completed(workspace, workspace.rules.mapping(name))
        try:
            chosen = resolve_columns(mapping, columns, path.name)
        except ColumnError:
            continue
        alike = mapping.kind == found.kind and all(
            chosen.get(guess.field) == guess.column
            for guess in found.guesses
            if guess.share >= proposal.SURE
        )
        fit = fit_of(mapping, chosen, columns, alike)
        meant = fit.known or needs_a_person(fit, mapping)
        bad, lines = _bad_rows(workspace, session, mapping, chosen) if meant else (0, 0)
        if meant and reads(fit, bad, lines):
            fits.append(msgspec.structs.replace(fit, bad=bad / max(lines, 1)))
    return ranked(fits, SHIPPED_LOGS)


def _bad_rows(
    workspace: Stores, session: Session, mapping: Mapping, chosen: dict[str, str]
) -> tuple[int, int]:
    """How many of the first rows a mapping could not read, and of how many."""
    now_us = workspace.settings.now_us()
    intake.interpret(session, mapping, chosen, now_us=now_us, relation="sampled")
    counts = session.query("SELECT count(*) AS lines, count(bad) AS bad FROM typed")
    return int(counts["bad"][0]), int(counts["lines"][0])


def _toml(workspace: Stores, session: Session, found: Proposal, path: Path) -> str:
    settings = workspace.settings
    orders = found.kind == "orders"
    text = proposal.toml_of(
        found,
        file=path.name,
        zone=settings.zone,
        currency=settings.currency,
        more=_codes_told(session, found.columns) if orders else "",
    )
    consent = _consent_told(workspace) if orders else ""
    return text + consent + proposal.rules_told(_plain_rules(found.kind), list(found.columns))


def _plain_rules(kind: str) -> Sequence[dict[str, Any]]:
    """The quality rules that `regie init` ships for a kind of file; else that rows can be read."""
    plain = shipped("rules", "mappings", f"{kind}.toml")
    rules: Sequence[dict[str, Any]] = [{"check": "valid", "at_least": 0.95}]
    return read_toml(plain)["quality"] if plain.is_file() else rules


def _codes_told(session: Session, columns: dict[str, str]) -> str:
    """The codes in this file that are surely fees, and the statuses of what was surely not sold.

    One letter may be a size of clothes.
    """
    fees = [code for code in _different(session, columns["item"], "upper") if code in SURE_FEES]
    lines = [_listed("fee_items", fees)] if fees else []
    if "status" in columns:
        states = _different(session, columns["status"], "lower")
        lines.append(_listed("cancelled", [one for one in states if headings.never_sold(one)]))
    return "\n".join(lines)


def _different(session: Session, column: str, case: str) -> list[str]:
    """What stands in a column of the whole file, in one case."""
    from sqlglot import exp

    code = exp.func(case, exp.func("trim", exp.cast(exp.column(column, quoted=True), "text")))
    codes = exp.select(exp.alias_(code, "code")).distinct().from_("raw").order_by("code")
    return [str(one) for one in session.query(codes.sql("duckdb"))["code"] if one is not None]


def _listed(key: str, values: Sequence[str]) -> str:
    return f"{key} = {json.dumps(list(values), ensure_ascii=False)}"


def _consent_told(workspace: Stores) -> str:
    """The legal basis that the workspace declares in its own mapping of orders."""
    rules = workspace.rules
    name = rules.folder.resolve().parent.name  # what `init` called its mapping
    if name not in rules.mappings():
        return ""
    declared = rules.mapping(name).consent
    if declared.basis in ("none", "simulated"):
        return ""
    purposes = ", ".join(f'"{purpose}"' for purpose in declared.purposes)
    return (
        f"\n# As the mapping {name} declares it: of the people in this file too?\n"
        f'[consent]\nbasis = "{declared.basis}"\npurposes = [{purposes}]\n'
    )


SURE_FEES = (
    "SHIPPING", "POST", "POSTAGE", "BANK CHARGES", "AMAZONFEE", "DISCOUNT", "FRAIS DE PORT",
    "PORT", "LIVRAISON", "REMISE",
)  # fmt: skip
"""Item codes that are a fee in any shop."""


def _parsed(text: str, name: str) -> Mapping | None:
    import tomllib

    return mapping_from(tomllib.loads(text), f"rules/mappings/{name}.toml", name) if text else None


def _understood(
    workspace: Stores, session: Session, mapping: Mapping | None, file: str
) -> tuple[Mapping | None, tuple[dict[str, str], ...], tuple[Notice, ...]]:
    """The mapping settled by the file, the first rows as it understands them, and its words."""
    if mapping is None:
        return None, (), ()
    mapping = completed(workspace, mapping)
    chosen = resolve_columns(mapping, intake.columns_of(session), file)
    now_us = workspace.settings.now_us()
    mapping, notices = intake.interpret(session, mapping, chosen, now_us=now_us, relation="sampled")
    found = session.query(sql_text("regie.workspace", "understood"), {"most": SHOWN_ROWS})
    fields = [f for f in (*FIELDS[mapping.kind][0], *FIELDS[mapping.kind][1]) if f in chosen]
    rows = []
    for place in range(len(found["row"])):
        row = {column: values[place] for column, values in found.items()}
        shown = {told(field): _shown(field, row, mapping) for field in fields}
        bad = row["bad"]
        rows.append({**shown, "set aside": told(str(bad))} if bad is not None else shown)
    return mapping, tuple(rows), notices


def _shown(field: str, row: dict[str, Any], mapping: Mapping) -> str:
    if field == "at" and row["at_us"] is not None:
        return moment_of(int(row["at_us"]), mapping.zone).strftime("%Y-%m-%d %H:%M")
    micros = {"quantity": "quantity_micros", "unit_price": "price_micros", "value": "value_micros"}
    value = row[micros.get(field, field)]
    if value is None:
        return ""
    if field in micros:
        sign, whole = ("-", -int(value)) if int(value) < 0 else ("", int(value))
        return f"{sign}{whole // MICROS}.{whole % MICROS:06d}".rstrip("0").rstrip(".")
    return str(value)
