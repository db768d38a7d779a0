"""Purposes and consents; pure.

A purpose is data (rules/purposes.toml); a `Consent` is the truth on what a person allows.
"""

from __future__ import annotations

import re

import msgspec

PURPOSES = (
    "accounts", "measurement", "profiling", "personalisation", "prospecting", "open_tracking",
    "advertising", "service",
)  # fmt: skip
"""Every purpose there is, separate and few; `rules/purposes.toml` says more of each."""


class Purpose(msgspec.Struct, frozen=True, kw_only=True):
    """What data may be used for, on which legal basis and for how long.

    fr: finalité

    Parameters
    ----------
    name : str
        One of `PURPOSES`.
    legal_basis : str
        `contract`, `exempt`, `consent`, `consent or existing-customer` …
    needs_consent : bool
        Whether a standing `Consent` must be there; where false, only an objection or an erasure
        closes it.
    retention_days : int
        How long rows may be read for it.
    tcf_purpose : int or None
        Number in the IAB Transparency and Consent Framework 2.2 where one exists.
    title, words : dict[str, str]
        Language to name, language to sentence, for the notice and the register.

    Examples
    --------
    >>> Purpose(name="profiling", legal_basis="consent", needs_consent=True, retention_days=760,
    ...         tcf_purpose=5, title={"en": "Profiling"}, words={"en": "…"}).tcf_purpose
    5
    """

    name: str
    legal_basis: str
    needs_consent: bool
    retention_days: int
    tcf_purpose: int | None = None
    title: dict[str, str]
    words: dict[str, str]


class Consent(msgspec.Struct, frozen=True):
    """What a person allowed or refused for one purpose, when, on which basis.

    fr: consentement

    Examples
    --------
    >>> Consent("k", "profiling", True, "consent", 0, "simulated consent").granted
    True
    """

    key: str
    purpose: str
    granted: bool
    basis: str
    at_us: int
    evidence: str

    @property
    def rank(self) -> tuple[bool, int, bool]:
        """Of several on one purpose the highest stands.

        What a mapping declares of everybody in its file is no answer of theirs: it stands only
        where they gave none, whichever is the later. At one instant a refusal stands.

        Examples
        --------
        >>> no = Consent("k", "prospecting", False, "consent", 10, "form")
        >>> later = Consent("k", "prospecting", True, "consent", 90, evidence_of("shop", "i2-0a"))
        >>> max(later, no, key=lambda one: one.rank) is no
        True
        """
        return (not is_declared(self.evidence), self.at_us, not self.granted)


SIMULATED = "simulated consent"
"""The evidence of what a demonstration draws."""
_DECLARED = re.compile(r", import i\d+-[0-9a-f]+$")


def evidence_of(mapping: str, import_id: str) -> str:
    """The evidence of what a mapping declares: the import of its file, and nothing else.

    Examples
    --------
    >>> evidence_of("shop", "i2-0af3")
    'shop, import i2-0af3'
    """
    return f"{mapping}, import {import_id}"


def is_declared(evidence: str) -> bool:
    """Whether a mapping declared it of somebody, who was not asked.

    Examples
    --------
    >>> is_declared(evidence_of("shop", "i2-0af3")), is_declared("web form")
    (True, False)
    """
    return evidence == SIMULATED or _DECLARED.search(evidence) is not None
