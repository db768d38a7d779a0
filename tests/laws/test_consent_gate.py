"""Law: the consent gate in SQL and for one person give the same answer, whatever was said.

Also: saying no, whenever, never opens; saying yes at or after the instant never opens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regie.govern.consent import allows, open_keys
from regie.ports.tables import Session
from regie.terms.consent import Consent, Purpose, evidence_of, is_declared
from tests.support.understanding import opened

PEOPLE = ("a", "b", "c", "d")
AS_OF_US = 5

# Few instants and few people, so that answers meet: same instant, same person, same purpose.
CONSENTS = st.lists(
    st.builds(
        Consent,
        key=st.sampled_from(PEOPLE),
        purpose=st.sampled_from(("profiling", "measurement")),
        granted=st.booleans(),
        basis=st.just("consent"),
        at_us=st.integers(3, 7),
        evidence=st.sampled_from(("form", evidence_of("shop", "i1-0a"))),
    ),
    max_size=12,
)
PURPOSES = st.builds(
    Purpose,
    name=st.sampled_from(("profiling", "measurement")),
    legal_basis=st.just("consent"),
    needs_consent=st.booleans(),
    retention_days=st.just(760),
    title=st.just({}),
    words=st.just({}),
)
HIDDEN = st.sets(st.sampled_from(PEOPLE), max_size=2)
QUICK = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with opened(tmp_path_factory.mktemp("gate")) as made:
        yield made


def gate(
    session: Session, consents: Sequence[Consent], purpose: Purpose, hidden: set[str]
) -> list[str]:
    columns: dict[str, Any] = {
        name: [getattr(consent, name) for consent in consents] or _none(name)
        for name in ("key", "purpose", "granted", "basis", "at_us")
    }
    declared = [is_declared(consent.evidence) for consent in consents]
    columns["declared"] = declared or _none("granted")
    session.register("consents", columns)
    session.register("known_people", {"key": list(PEOPLE)})
    session.register("hidden", {"key": sorted(hidden) or _none("key")})
    session.register("shut", {"key": _none("key"), "purpose": _none("purpose")})
    return open_keys(session, purpose, as_of_us=AS_OF_US)


def _none(name: str) -> Any:
    import numpy as np

    return np.array([], dtype={"granted": bool, "at_us": np.int64}.get(name, object))


def one_by_one(consents: Sequence[Consent], purpose: Purpose, hidden: set[str]) -> list[str]:
    return [
        person
        for person in PEOPLE
        if allows(
            [c for c in consents if c.key == person],
            purpose,
            as_of_us=AS_OF_US,
            hidden=person in hidden,
        )
    ]


@QUICK
@given(consents=CONSENTS, purpose=PURPOSES, hidden=HIDDEN)
def test_the_gate_answers_as_one_person_does(
    session: Session, consents: list[Consent], purpose: Purpose, hidden: set[str]
) -> None:
    assert gate(session, consents, purpose, hidden) == one_by_one(consents, purpose, hidden)


@given(consents=CONSENTS, purpose=PURPOSES, at_us=st.integers(3, 9), person=st.sampled_from(PEOPLE))
def test_a_refusal_never_opens(
    consents: list[Consent], purpose: Purpose, at_us: int, person: str
) -> None:
    refusal = Consent(person, purpose.name, False, "consent", at_us, "form")
    before = set(one_by_one(consents, purpose, set()))
    assert set(one_by_one([*consents, refusal], purpose, set())) <= before


@given(consents=CONSENTS, purpose=PURPOSES, at_us=st.integers(3, 9), person=st.sampled_from(PEOPLE))
def test_what_is_declared_of_somebody_never_overrules_their_answer(
    consents: list[Consent], purpose: Purpose, at_us: int, person: str
) -> None:
    declared = Consent(person, purpose.name, True, "consent", at_us, evidence_of("shop", "i2-0b"))
    answers = {
        c.key for c in consents
        if c.purpose == purpose.name and c.at_us < AS_OF_US and not is_declared(c.evidence)
    }  # fmt: skip
    more = set(one_by_one([*consents, declared], purpose, set()))
    assert more & answers <= set(one_by_one(consents, purpose, set()))


@given(consents=CONSENTS, purpose=PURPOSES, late_us=st.integers(7, 9))
def test_a_withdrawal_as_the_last_word_closes_the_instant_before_it_too(
    consents: list[Consent], purpose: Purpose, late_us: int
) -> None:
    refusals = [Consent(p, purpose.name, False, "consent", late_us, "form") for p in PEOPLE]
    last = [*consents, *refusals]
    assert one_by_one(last, purpose, set()) == []


@given(consents=CONSENTS, purpose=PURPOSES, late_us=st.integers(AS_OF_US, 9))
def test_a_grant_at_or_after_the_instant_opens_nobody_who_was_closed_then(
    consents: list[Consent], purpose: Purpose, late_us: int
) -> None:
    closed = {
        p
        for p in PEOPLE
        if p not in one_by_one([c for c in consents if c.at_us < AS_OF_US], purpose, set())
    }
    grants = [Consent(p, purpose.name, True, "consent", late_us, "form") for p in PEOPLE]
    assert not closed & set(one_by_one([*consents, *grants], purpose, set()))
