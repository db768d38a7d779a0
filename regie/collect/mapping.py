"""Mappings: the small TOML file that says how one kind of file is read; pure.

Why columns may list several names: the same export comes from several versions of one tool; the
first name that the file has is taken, and a file that has none of them is refused by name.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping as Table
from collections.abc import Sequence
from typing import Any

import msgspec

from regie.terms.consent import PURPOSES
from regie.terms.errors import ColumnError, RuleError, meant
from regie.terms.person import CUSTOMER, NAMESPACES

FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "orders": (
        ("order", "item", "quantity", "at"),
        (
            "unit_price",
            "value",
            "discount",
            "description",
            "person",
            "country",
            "currency",
            "status",
        ),
    ),
    "contacts": (
        ("person",),
        ("address", "first_name", "last_name", "language", "at"),
    ),
    "consents": (("person", "purpose", "granted", "at"), ("basis", "evidence")),
    "sends": (("person", "event", "at"), ("campaign", "item")),
    "redemptions": (("person", "item", "at"), ("campaign",)),
    "products": (("item",), ("description",)),
}
"""Kind of file to the fields it must have and the fields it may have."""

_WRITTEN_AS = {"at": "date"}


def told(field: str) -> str:
    """What a field is called where a person reads or writes it: in a mapping, in a message.

    Examples
    --------
    >>> told("at"), told("quantity"), told("trait:city")
    ('date', 'quantity', 'city')
    """
    return _WRITTEN_AS.get(field, field.removeprefix("trait:").removeprefix("audit:"))


def field_of(written: str) -> str:
    """The field that a mapping means: `date` and the older `at` are one.

    Examples
    --------
    >>> field_of("date"), field_of("at"), field_of("item")
    ('at', 'at', 'item')
    """
    return next((field for field, name in _WRITTEN_AS.items() if name == written), written)


AMOUNTS = ("unit_price", "value", "discount")
"""Fields of orders that hold money."""
SEND_EVENTS = ("send", "delivered", "open", "click", "bounce", "complaint", "unsubscribe")
BASES = ("consent", "existing-customer", "legitimate-interest", "simulated", "none")
_STEP = "see docs/guides/import.md for what a mapping holds"


class ConsentDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """What the team declares of the people in a file, when it says nothing itself.

    Parameters
    ----------
    basis : str
        One of `BASES`; `simulated` draws with the seed and is marked wherever it shows.
    purposes : tuple[str, ...]
        Purposes it opens.
    shares : dict[str, float]
        For `simulated`: share of people who agree, by purpose.
    seed : str
        For `simulated`: names the draw.
    """

    basis: str = "none"
    purposes: tuple[str, ...] = ()
    shares: dict[str, float] = {}
    seed: str = ""


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind of file is read.

    fr: correspondance

    Parameters
    ----------
    name : str
        Its name, also the `source` of what it reads.
    kind : str
        `orders`, `contacts`, `consents`, `sends`, `redemptions` or `products`.
    columns : dict[str, tuple[str, ...]]
        Field to the column names it may have, first found wins.
    traits : dict[str, tuple[str, ...]]
        For contacts: trait to column names.
    zone : str
        Time zone of the file's clock.
    decimal : tuple[str, ...]
        Decimal marks the file may have; which one it has is settled per file.
    time_formats : tuple[str, ...]
        strptime formats, `iso`, or a number: `unix_s`, `unix_ms` (since 1970 in UTC), `excel_days`,
        `epoch_s` (seconds of the zone's wall clock). Where they hold both day-first and
        month-first ones, which order it is is settled per file.
    delimiter, encoding, sheet : str
        How the file is split, written, and which sheet is read; empty: found out.
    recorded : str
        `import` (known when imported) or `happened` (a back-filled history).
    namespace : str
        Kind of identifier that `person` is: one of `terms.person.NAMESPACES`.
    replaces : str or None
        `order`: a file replaces the orders it holds.
    audit_only : bool
        Traits are kept for audits of fairness; no audience, score or selection can read them.
    fee_items : tuple[str, ...]
        Item codes that are fees, in any case.
    return_prefix : str
        Orders that begin so are returns.
    fixed : dict[str, str]
        Field to what it always is, where the file has no column for it.
    values : dict[str, dict[str, str]]
        Field to the file's words (in lower case) and what each means; other words stay.
    when_empty : dict[str, str]
        Field to the one that stands in where its cell is empty.
    carried : tuple[str, ...]
        For orders: fields that stand on the first line of an order alone.
    cents : tuple[str, ...]
        For orders: fields of amounts that the file gives in hundredths (1050 for 10.50).
    cancelled : tuple[str, ...]
        For orders: values of `status` (in lower case) of orders that were never sold or given back.

    Examples
    --------
    >>> Mapping(name="shop", kind="orders", columns={"order": ("order_id",)}).time_formats
    ('iso',)
    """

    name: str
    kind: str
    columns: dict[str, tuple[str, ...]]
    traits: dict[str, tuple[str, ...]] = {}
    zone: str = "UTC"
    currency: str = ""
    decimal: tuple[str, ...] = (".",)
    delimiter: str = ""
    encoding: str = ""
    sheet: str = ""
    time_formats: tuple[str, ...] = ("iso",)
    recorded: str = "import"
    namespace: str = CUSTOMER
    replaces: str | None = None
    fee_items: tuple[str, ...] = ()
    return_prefix: str = ""
    fixed: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    when_empty: dict[str, str] = {}
    carried: tuple[str, ...] = ()
    cents: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    audit_only: bool = False
    consent: ConsentDeclaration = ConsentDeclaration()
    quality: tuple[dict[str, Any], ...] = ()

    @property
    def trait_columns(self) -> dict[str, tuple[str, ...]]:
        """Field of each trait to its column names; those for audits go by another name.

        Examples
        --------
        >>> traits = {"city": ("Ville", "City")}
        >>> Mapping(name="crm", kind="contacts", columns={}, traits=traits).trait_columns
        {'trait:city': ('Ville', 'City')}
        """
        kind = "audit" if self.audit_only else "trait"
        return {f"{kind}:{trait}": names for trait, names in self.traits.items()}


def mapping_from(toml: Table[str, Any], where: str, name: str) -> Mapping:
    """The mapping a TOML table describes.

    Raises
    ------
    RuleError
        If a key is unknown, a field does not belong to the kind, or a required one is missing.

    Examples
    --------
    >>> m = mapping_from({"kind": "contacts", "columns": {"person": "id"}}, "crm.toml", "crm")
    >>> m.columns
    {'person': ('id',)}
    >>> mapping_from({"kind": "contacts", "columns": {"persn": "id"}}, "crm.toml", "crm")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: crm.toml columns is "persn", expected a field of contacts; did \
you mean person?
    """
    data = dict(toml)
    kind = data.get("kind", "")
    if kind not in FIELDS:
        raise RuleError(f"{where} kind", f'"{kind}"', "one of " + ", ".join(FIELDS), _STEP)
    columns = data.get("columns", {})
    data["columns"] = {field_of(field): _names(names) for field, names in columns.items()}
    if "decimal" in data:
        data["decimal"] = _names(data["decimal"])
    for key in ("fixed", "values", "when_empty"):
        data[key] = {field_of(field): value for field, value in data.get(key, {}).items()}
    data["carried"] = [field_of(field) for field in data.get("carried", ())]
    data["traits"] = {trait: _names(names) for trait, names in data.get("traits", {}).items()}
    _check_keys(data, tuple(Mapping.__struct_fields__), where)
    _check_fields(data, kind, where)
    try:
        mapping = msgspec.convert({**data, "name": name}, Mapping)
    except msgspec.ValidationError as error:
        raise RuleError(where, str(error), "a mapping", _STEP) from error
    _check_values(mapping, where)
    return mapping


def _names(names: object) -> object:
    return (names,) if isinstance(names, str) else names


def _check_keys(data: Table[str, Any], known: Sequence[str], where: str) -> None:
    for key in data:
        if key not in known:
            raise RuleError(where, f'with "{key}"', "a key of a mapping", _meant(key, known))


def _check_fields(data: Table[str, Any], kind: str, where: str) -> None:
    required, optional = FIELDS[kind]
    columns = data["columns"]
    named = [("columns", f) for f in columns]
    named += [(key, f) for key in ("fixed", "values", "when_empty", "carried") for f in data[key]]
    named += [("when_empty", f) for f in data["when_empty"].values()]
    for key, field in named:
        if field not in required + optional:
            raise RuleError(
                f"{where} {key}",
                f'"{field}"',
                f"a field of {kind}",
                _meant(field, [told(known) for known in required + optional]),
            )
    for field in required:
        if field not in columns and field not in data["fixed"]:
            raise RuleError(
                f"{where} columns",
                f"without {told(field)}",
                f"the fields {', '.join(map(told, required))}",
                f'add {told(field)} = "name of the column"',
            )


def _check_values(mapping: Mapping, where: str) -> None:
    checks = (
        *(("decimal", mark, (".", ",")) for mark in mapping.decimal or ("",)),
        *(("cents", field, AMOUNTS) for field in mapping.cents),
        ("recorded", mapping.recorded, ("import", "happened")),
        ("consent.basis", mapping.consent.basis, BASES),
        ("replaces", mapping.replaces, (None, "order")),
        ("namespace", mapping.namespace, NAMESPACES),
    )
    for key, found, allowed in checks:
        if found not in allowed:
            rule = "one of " + ", ".join(str(value) for value in allowed if value)
            raise RuleError(f"{where} {key}", f'"{found}"', rule, _STEP)
    for purpose in (*mapping.consent.purposes, *mapping.consent.shares):
        if purpose not in PURPOSES:
            raise RuleError(
                f"{where} consent", f'"{purpose}"', "a purpose", _meant(purpose, PURPOSES)
            )
    if mapping.kind == "orders" and not {"unit_price", "value"} & set(mapping.columns):
        raise RuleError(
            f"{where} columns",
            "without a price",
            "unit_price or value",
            'add unit_price = "name of the column"',
        )


def _meant(found: str, known: Sequence[str]) -> str:
    return meant(found, known, "use one of " + ", ".join(known))


def resolve_columns(mapping: Mapping, found: Sequence[str], file: str) -> dict[str, str]:
    """Which column of a file each field is read from.

    Parameters
    ----------
    found : Sequence[str]
        Column names of the file.

    Returns
    -------
    dict[str, str]
        Field (or `trait:NAME`, `audit:NAME`) to column; without the fields it may lack and does.

    Raises
    ------
    ColumnError
        If a required field has no column; says which column may be meant.

    Examples
    --------
    >>> m = mapping_from({"kind": "contacts", "columns": {"person": "CustomerID"}}, "m", "crm")
    >>> resolve_columns(m, ["CustomerID", "City"], "crm.csv")
    {'person': 'CustomerID'}
    >>> resolve_columns(m, ["Customer ID", "City"], "crm.csv")
    Traceback (most recent call last):
        ...
    regie.terms.errors.ColumnError: crm.csv row 1 is without CustomerID, expected a column for \
person; is "Customer ID" meant? then set columns.person = "Customer ID" in the mapping crm
    """
    required = set(FIELDS[mapping.kind][0]) - set(mapping.fixed)
    if mapping.kind == "orders" and "unit_price" in mapping.columns:
        required |= {"unit_price"} if "value" not in mapping.columns else set()
    wanted = {**mapping.columns, **mapping.trait_columns}
    chosen = {}
    for field, names in wanted.items():
        column = next((name for name in names if name in found), None)
        # Only a mapping with several names is tolerant: it was written for files yet unseen.
        if column is None and len(names) > 1:
            folded = {folded_name(name): name for name in found}
            column = next((folded[folded_name(n)] for n in names if folded_name(n) in folded), None)
        if column is not None:
            chosen[field] = column
    missing = [field for field in wanted if field in required and field not in chosen]
    if mapping.kind == "orders" and not {"unit_price", "value"} & set(chosen):
        missing += [field for field in ("unit_price", "value") if field in wanted][:1]
    missing = list(dict.fromkeys(missing))
    if missing:
        free = [name for name in found if name not in chosen.values()]
        raise _missing(mapping, missing, found=found, free=free, file=file)
    return chosen


def folded_name(name: str) -> str:
    """A name without case, accents and signs.

    Examples
    --------
    >>> folded_name("N° Référence") == folded_name("n reference")
    True
    """
    plain = unicodedata.normalize("NFD", name.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def _missing(
    mapping: Mapping,
    fields: Sequence[str],
    *,
    found: Sequence[str],
    free: Sequence[str],
    file: str,
) -> ColumnError:
    """Every missing field at once, each with the column that may be meant."""
    meant: dict[str, str] = {}
    for field in fields:
        near = _near(mapping.columns[field], [name for name in free if name not in meant.values()])
        if near:
            meant[field] = near
    setting = f"in the mapping {mapping.name}"
    steps = [
        f'is "{near}" meant? then set columns.{told(field)} = "{near}" {setting}'
        for field, near in meant.items()
    ]
    unknown = ", ".join(f"columns.{told(field)}" for field in fields if field not in meant)
    if unknown:
        steps.append(f"its columns are {', '.join(found[:12])}; set {unknown} {setting}")
    first_names = [mapping.columns[field][0] for field in fields]
    fields_told = [told(field) for field in fields]
    return ColumnError(
        f"{file} row 1",
        f"without {_listed(first_names)}",
        f"a column for {_listed(fields_told)}",
        "; ".join(steps),
    )


def _near(names: Sequence[str], free: Sequence[str]) -> str | None:
    folded = {folded_name(name): name for name in free}
    alike = [folded[folded_name(n)] for n in names if folded_name(n) in folded] or [
        match for n in names for match in difflib.get_close_matches(n, free, 1, 0.6)
    ]
    return alike[0] if alike else None


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
