"""What a person allows, at an instant: by example, and on which basis it stands."""

from __future__ import annotations

import pytest

from regie.govern.consent import allows, basis_of, purposes_from
from regie.terms.consent import PURPOSES, Consent, Purpose
from regie.terms.errors import RuleError
from regie.workspace.settings import read_toml, shipped

ASKED = Purpose(
    name="profiling", legal_basis="consent", needs_consent=True, retention_days=760, title={},
    words={},
)  # fmt: skip
FREE = Purpose(
    name="measurement", legal_basis="exempt", needs_consent=False, retention_days=760, title={},
    words={},
)  # fmt: skip
AS_OF_US = 100


def said(granted: bool, at_us: int, purpose: str = "profiling", basis: str = "consent") -> Consent:
    return Consent("k", purpose, granted, basis, at_us, "form")


@pytest.mark.parametrize(
    ("consents", "open_to"),
    [
        ([], False),
        ([said(True, 50)], True),
        ([said(False, 50)], False),
        # A grant counts from the instant after it.
        ([said(True, 99)], True),
        ([said(True, 100)], False),
        ([said(True, 101)], False),
        # The last word before the instant stands.
        ([said(True, 50), said(False, 60)], False),
        ([said(False, 50), said(True, 60)], True),
        ([said(True, 60), said(False, 50)], True),
        # A withdrawal closes whatever the instant …
        ([said(True, 50), said(False, 200)], False),
        # … until it is taken back; then what stood at the instant stands.
        ([said(True, 50), said(False, 200), said(True, 300)], True),
        # A later grant does not open an earlier instant.
        ([said(False, 50), said(True, 200)], False),
        # Both at once: whoever said both is not sure.
        ([said(True, 50), said(False, 50)], False),
        ([said(False, 50), said(True, 50)], False),
        # What is said of another purpose is said of another purpose.
        ([said(True, 50, "prospecting")], False),
    ],
)
def test_a_purpose_that_needs_consent(consents: list[Consent], open_to: bool) -> None:
    assert allows(consents, ASKED, as_of_us=AS_OF_US) is open_to


@pytest.mark.parametrize(
    ("consents", "open_to"),
    [
        ([], True),
        ([said(False, 50, "measurement")], False),
        ([said(False, 200, "measurement")], False),
        ([said(False, 50, "measurement"), said(True, 60, "measurement")], True),
        ([said(False, 50, "profiling")], True),
    ],
)
def test_a_purpose_that_needs_none_is_closed_by_an_objection(
    consents: list[Consent], open_to: bool
) -> None:
    assert allows(consents, FREE, as_of_us=AS_OF_US) is open_to


@pytest.mark.parametrize("purpose", [ASKED, FREE])
def test_a_hidden_person_allows_nothing(purpose: Purpose) -> None:
    granted = [said(True, 50, purpose.name)]
    assert allows(granted, purpose, as_of_us=AS_OF_US)
    assert not allows(granted, purpose, as_of_us=AS_OF_US, hidden=True)


def test_the_basis_is_that_of_the_last_grant() -> None:
    told = [said(True, 50, basis="existing-customer"), said(True, 10), said(False, 60)]
    assert basis_of(told, ASKED) == "existing-customer: form"
    assert basis_of([said(False, 50)], ASKED) == "consent"
    assert basis_of([], FREE) == "exempt"


def test_the_shipped_purposes_are_whole_in_both_languages() -> None:
    purposes = purposes_from(read_toml(shipped("rules", "purposes.toml")), "purposes.toml")
    assert tuple(purposes) == PURPOSES
    for name, purpose in purposes.items():
        assert set(purpose.title) == set(purpose.words) == {"en", "fr"}, name
        assert 0 < purpose.retention_days <= 3653
    assert {name for name, purpose in purposes.items() if purpose.needs_consent} == {
        "profiling", "personalisation", "prospecting", "open_tracking", "advertising",
    }  # fmt: skip
    # The exempt form of audience measurement keeps data for at most 25 months.
    assert purposes["measurement"].retention_days <= 762


def test_a_purpose_too_many_or_too_few_is_named() -> None:
    toml = read_toml(shipped("rules", "purposes.toml"))
    with pytest.raises(RuleError, match='is with "nosiness", expected one of accounts'):
        purposes_from(toml | {"nosiness": {}}, "purposes.toml")
    for days in (0, -5, 99_999_999_999):
        wrong = toml | {"measurement": toml["measurement"] | {"retention_days": days}}
        with pytest.raises(RuleError, match=rf"retention_days is {days}, expected 1 to 36,500"):
            purposes_from(wrong, "purposes.toml")
    del toml["service"]
    with pytest.raises(RuleError, match="is without service, expected every purpose"):
        purposes_from(toml, "purposes.toml")
