"""The consent gate: who may be touched for a purpose; one form as SQL, one for a single person.

Grants are read as of the instant a run looks from; withdrawals, objections and erasures as they
stand now, whatever the instant; what a mapping declared of somebody gives way to any answer of
their own. Why both: a replay of June must not write to someone who said no
in July, and may not use a yes of July either.

Pure, but for `open_keys`, which asks a `Session`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from regie.govern.register import Holding
from regie.ports.tables import Session, sql_text
from regie.terms.consent import PURPOSES, Consent, Purpose
from regie.terms.errors import RuleError

HOLDINGS = (
    Holding(
        store="state.sqlite/consents",
        columns=("*",),
        purposes=("service",),
        retention_days=1825,
        person="key",
        since="person",
        what={
            "en": "What people allowed or refused, when, on which basis.",
            "fr": "Ce que les personnes ont accepté ou refusé, quand, sur quelle base.",
        },
    ),
    Holding(
        store="state.sqlite/erased",
        columns=("*",),
        purposes=("service",),
        retention_days=1,
        person="key",
        what={
            "en": "Who is being erased, until it is done.",
            "fr": "Qui est en cours d’effacement, jusqu’à ce que ce soit fait.",
        },
    ),
    Holding(
        store="state.sqlite/opposition",
        columns=("*",),
        purposes=("service",),
        retention_days=1825,
        person="",
        since="person",
        what={
            "en": "A keyed fingerprint of who was erased or objects, and of their address, to keep"
            " them out.",
            "fr": "Une empreinte à clé de qui a été effacé ou s’oppose, et de leur adresse, pour ne"
            " plus les importer ni leur écrire.",
        },
    ),
)
"""What is kept about consent and opposition."""


MOST_DAYS = 36_500
"""A hundred years: more is a slip of the pen."""


def purposes_from(toml: Mapping[str, Any], where: str) -> dict[str, Purpose]:
    """The purposes of rules/purposes.toml, all of `PURPOSES`, none else.

    Raises
    ------
    RuleError
        If one is missing, unknown or not valid.

    Examples
    --------
    >>> purposes_from({}, "purposes.toml")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: purposes.toml is without accounts, expected every purpose; copy \
it from a new workspace
    """
    step = "copy it from a new workspace"
    for name in PURPOSES:
        if name not in toml:
            raise RuleError(where, f"without {name}", "every purpose", step)
    for name in toml:
        if name not in PURPOSES:
            raise RuleError(where, f'with "{name}"', "one of " + ", ".join(PURPOSES), step)
    for name in PURPOSES:
        days = toml[name].get("retention_days")
        if isinstance(days, int) and not 1 <= days <= MOST_DAYS:
            raise RuleError(
                f"{where} {name}, retention_days", str(days), f"1 to {MOST_DAYS:,} days",
                "say how long this purpose needs the data",
            )  # fmt: skip
    try:
        return {name: msgspec.convert({**toml[name], "name": name}, Purpose) for name in PURPOSES}
    except msgspec.ValidationError as error:
        raise RuleError(where, str(error), "a purpose", step) from error


def allows(
    consents: Iterable[Consent],
    purpose: Purpose,
    *,
    as_of_us: int,
    hidden: bool = False,
    shut: bool = False,
) -> bool:
    """Whether one person may be touched for a purpose: the same answer as the gate in SQL.

    Parameters
    ----------
    consents : Iterable[Consent]
        Everything recorded of this person, any order, any purpose.
    as_of_us : int
        Instant the run looks from.
    hidden : bool
        Whether the person is on the erased list.
    shut : bool
        Whether somebody of the same address refused this purpose, or their address is on the
        opposition list.

    Examples
    --------
    >>> p = Purpose(name="profiling", legal_basis="consent", needs_consent=True,
    ...             retention_days=760, title={}, words={})
    >>> yes = Consent("k", "profiling", True, "consent", 10, "form")
    >>> no = Consent("k", "profiling", False, "consent", 90, "link in a message")
    >>> allows([yes], p, as_of_us=50), allows([yes], p, as_of_us=5)
    (True, False)

    A withdrawal of later closes an earlier instant too.

    >>> allows([yes, no], p, as_of_us=50)
    False
    """
    asked = [c for c in consents if c.purpose == purpose.name]
    then = _standing((c for c in asked if c.at_us < as_of_us), purpose)
    return not (hidden or shut) and then and _standing(asked, purpose)


def _standing(consents: Iterable[Consent], purpose: Purpose) -> bool:
    last = max(consents, key=lambda c: c.rank, default=None)
    return last.granted if last else not purpose.needs_consent


def open_keys(session: Session, purpose: Purpose, *, as_of_us: int) -> list[str]:
    """The keys a purpose is open to, in key order.

    The session holds the scratch relations `known_people` (key), `consents` (with `declared`, see
    `terms.consent.is_declared`), `hidden` (key) and `shut` (key, purpose: what is closed at their
    address, whatever they said themselves).
    """
    found = session.query(
        sql_text("regie.govern", "gate"),
        {
            "purpose": purpose.name,
            "needs_consent": purpose.needs_consent,
            "as_of_us": as_of_us,
        },
    )
    return [str(key) for key in found["key"]]


def basis_of(consents: Iterable[Consent], purpose: Purpose) -> str:
    """On which basis a purpose stands open for a person, with its evidence, for an explanation.

    Examples
    --------
    >>> p = Purpose(name="measurement", legal_basis="exempt", needs_consent=False,
    ...             retention_days=760, title={}, words={})
    >>> basis_of([], p)
    'exempt'
    """
    asked = [c for c in consents if c.purpose == purpose.name and c.granted]
    last = max(asked, key=lambda c: c.rank, default=None)
    return f"{last.basis}: {last.evidence}" if last else purpose.legal_basis
