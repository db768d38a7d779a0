"""What may leave: each reason for staying, seen alone; and what must never leave twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from regie.deliver.outbox import REFUSALS, Outgoing, campaign_hash, may_leave
from regie.terms.campaign import Campaign
from regie.terms.decision import Act, Decision
from regie.terms.instant import DAY_US
from regie.terms.rule import Measure

NOON = 1_307_617_200_000_000  # 2011-06-09 12:00 in London
CAMPAIGN = Campaign(
    name="again",
    title={"en": "Again", "fr": "Encore"},
    whom=Measure("count", "order", at_least=1),
    selection="favourites",
    words={},
    starts=date(2011, 6, 1),
    ends=date(2011, 6, 30),
    budget_micros=1,
    cost_micros=1,
    priority=0.0,
)
D1 = Decision(
    id="d1",
    kind="message",
    run=1,
    at_us=NOON,
    subject="k1",
    campaign="again",
    content_hash="aa",
    policy="p",
    chosen="again",
    propensity=1.0,
    seed=7,
    actor="policy",
)
D2 = replace(D1, id="d2", subject="k2", content_hash="bb")
PAIRS = {"d1": "aa", "d2": "bb"}
LISTED = {campaign_hash(PAIRS): PAIRS}
APPROVED = Act(
    id="a1",
    decision=None,
    campaign="again",
    run=1,
    kind="approved",
    actor="camille",
    at_us=NOON,
    content_hash=campaign_hash(PAIRS),
    reason="",
)


def ask(**changes: Any) -> Outgoing:
    given: dict[str, Any] = {
        "decisions": [D1, D2],
        "acts": [APPROVED],
        "listed": LISTED,
        "message_hashes": {"d1": "aa", "d2": "bb"},
        "allowed": {"k1", "k2"},
        "campaigns": {"again": CAMPAIGN},
        "now_us": NOON,
        "zone": "Europe/London",
        "valid_days": 7,
    } | changes
    return may_leave(given.pop("decisions"), given.pop("acts"), **given)


def reasons(outgoing: Outgoing) -> dict[str, str]:
    return {refusal.decision: refusal.reason for refusal in outgoing.refused}


def act(kind: str, after: int, **changes: Any) -> Act:
    return replace(APPROVED, id=f"a{after + 2}", kind=kind, at_us=NOON + after, **changes)


def test_what_is_approved_fresh_and_allowed_leaves_in_order() -> None:
    assert ask() == Outgoing(("d1", "d2"), ())
    assert ask(decisions=[D2, D1]).leave == ("d2", "d1")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"decisions": [replace(D1, chosen="nothing", campaign=None), D2]}, "no_message"),
        ({"acts": [APPROVED, act("applied", 1, campaign=None, decision="d1")]}, "already_left"),
        ({"acts": [APPROVED, act("rejected", 1, campaign=None, decision="d1")]}, "not_approved"),
        ({"acts": [APPROVED, act("expired", 1, campaign=None, decision="d1")]}, "expired"),
        ({"decisions": [replace(D1, at_us=NOON - 7 * DAY_US), D2]}, "expired"),
        ({"decisions": [replace(D1, campaign="gone"), D2]}, "not_approved"),
        ({"allowed": {"k2"}}, "not_allowed"),
        ({"message_hashes": {"d1": "ax", "d2": "bb"}}, "content_changed"),
        ({"message_hashes": {"d2": "bb"}}, "content_changed"),
        ({"decisions": [replace(D1, content_hash="ax"), D2]}, "content_changed"),
    ],
)
def test_each_reason_keeps_one_message_and_lets_the_other_go(
    changes: Mapping[str, Any], reason: str
) -> None:
    outgoing = ask(**changes)
    assert reasons(outgoing) == {"d1": reason}
    assert outgoing.leave == ("d2",)
    assert reason in REFUSALS


def test_a_decision_one_microsecond_before_its_expiry_still_leaves() -> None:
    late = replace(D1, at_us=NOON - 7 * DAY_US + 1)
    assert ask(decisions=[late]).leave == ("d1",)


@pytest.mark.parametrize("state", [[], [APPROVED, act("undone", 1)], [act("rejected", 1)]])
def test_without_a_standing_approval_nothing_leaves(state: list[Act]) -> None:
    assert reasons(ask(acts=state)) == {"d1": "not_approved", "d2": "not_approved"}


def test_an_approval_of_another_run_or_campaign_does_not_count() -> None:
    assert not ask(acts=[replace(APPROVED, run=2)]).leave
    assert not ask(acts=[replace(APPROVED, campaign="other")]).leave


def test_an_approval_binds_to_the_list_as_it_was() -> None:
    grown = {campaign_hash(PAIRS): {"d1": "aa", "d2": "bb", "d3": "cc"}}
    assert set(reasons(ask(listed=grown)).values()) == {"content_changed"}
    reworded = {campaign_hash(PAIRS): {"d1": "aa", "d2": "bc"}}
    assert set(reasons(ask(listed=reworded)).values()) == {"content_changed"}
    assert set(reasons(ask(listed={})).values()) == {"content_changed"}


def test_a_person_erased_meanwhile_takes_out_only_their_own_message() -> None:
    assert ask(decisions=[D2], message_hashes={"d2": "bb"}).leave == ("d2",)


def test_a_decision_nobody_listed_does_not_leave_under_the_approval_of_others() -> None:
    stowaway = replace(D1, id="d9", content_hash="zz")
    outgoing = ask(decisions=[stowaway], message_hashes={"d9": "zz"})
    assert reasons(outgoing) == {"d9": "not_approved"}


def test_approvals_of_parts_of_a_campaign_stand_beside_each_other() -> None:
    first, second = {"d1": "aa"}, {"d2": "bb"}
    listed = {campaign_hash(pairs): pairs for pairs in (first, second)}
    one = replace(APPROVED, content_hash=campaign_hash(first))
    other = act("approved", 1, content_hash=campaign_hash(second))
    assert reasons(ask(acts=[one], listed=listed)) == {"d2": "not_approved"}
    assert ask(acts=[one, other], listed=listed).leave == ("d1", "d2")
    taken_back = act("undone", 2, content_hash=campaign_hash(first))
    assert ask(acts=[one, other, taken_back], listed=listed).leave == ("d2",)


def test_a_decision_approved_on_its_own_leaves_on_its_own_hash() -> None:
    own = replace(APPROVED, campaign=None, decision="d1", content_hash="aa")
    assert ask(acts=[own]).leave == ("d1",)
    assert reasons(ask(acts=[replace(own, content_hash="xx")]))["d1"] == "content_changed"
    assert reasons(ask(acts=[replace(own, content_hash=None)]))["d1"] == "content_changed"


def test_no_hash_anywhere_is_no_match() -> None:
    own = replace(APPROVED, campaign=None, decision="d1", content_hash=None)
    bare = replace(D1, content_hash=None)
    assert not ask(decisions=[bare], acts=[own], message_hashes={}).leave


def test_a_decision_given_twice_leaves_once() -> None:
    outgoing = ask(decisions=[D1, D1])
    assert outgoing.leave == ("d1",)
    assert reasons(outgoing) == {"d1": "already_left"}


def test_what_left_never_leaves_again_whatever_is_approved_later() -> None:
    left = act("applied", 1, campaign=None, decision="d1")
    assert ask(acts=[APPROVED, left, act("approved", 2)]).leave == ("d2",)
    undone = act("undone", 2, campaign=None, decision="d1")
    assert ask(acts=[APPROVED, left, undone, act("approved", 3)]).leave == ("d2",)


@pytest.mark.parametrize(
    ("now_us", "leaves"),
    [
        (1_306_882_800_000_000 - 1, False),  # the last microsecond of 31 May in London
        (1_306_882_800_000_000, True),
        (1_309_474_800_000_000 - 1, True),  # the last microsecond of 30 June in London
        (1_309_474_800_000_000, False),
    ],
)
def test_a_campaign_is_on_by_the_days_of_its_zone(now_us: int, leaves: bool) -> None:
    outgoing = ask(decisions=[replace(D1, at_us=now_us)], now_us=now_us)
    assert bool(outgoing.leave) is leaves
    assert leaves or reasons(outgoing) == {"d1": "campaign_off"}


def test_a_campaign_that_is_no_more_is_off() -> None:
    assert set(reasons(ask(campaigns={})).values()) == {"campaign_off"}


def test_every_refusal_has_words_in_both_languages() -> None:
    assert all(words["en"] and words["fr"] for words in REFUSALS.values())


@given(st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=5), st.data())
def test_a_campaign_hash_names_one_list_only(pairs: dict[str, str], data: st.DataObject) -> None:
    other = data.draw(st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=5))
    shuffled = dict(data.draw(st.permutations(list(pairs.items()))))
    assert campaign_hash(pairs) == campaign_hash(shuffled)
    assert (campaign_hash(pairs) == campaign_hash(other)) is (pairs == other)
