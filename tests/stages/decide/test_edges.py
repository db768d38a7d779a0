"""The edges of what a file may say, and of when a message leaves: last value in, first one out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from regie.decide.campaign import campaign_from
from regie.decide.eligibility import Quiet, next_send_us
from regie.decide.policy import policy_from
from regie.terms.errors import RuleError
from regie.terms.instant import HOUR_US, day_start_us
from regie.workspace.settings import read_toml, shipped
from tests.stages.decide.test_campaign import WHERE, a_toml

STANDARD = "policies/standard.toml"


def standard() -> dict[str, Any]:
    return dict(read_toml(shipped("rules", "policies", "standard.toml")))


def test_a_campaign_may_last_one_day() -> None:
    campaign = campaign_from(a_toml() | {"ends": date(2011, 1, 1)}, WHERE)
    assert campaign.starts == campaign.ends


def test_a_subject_may_be_as_long_as_is_said() -> None:
    toml = a_toml()
    toml["words"]["fr"]["subject"] = "x" * 150
    assert len(campaign_from(toml, WHERE).words["fr"].subject) == 150


@pytest.mark.parametrize(("written", "micros"), [("0", 0), (0, 0), (7, 7_000_000)])
def test_an_amount_may_be_nothing_or_whole(written: object, micros: int) -> None:
    assert campaign_from(a_toml() | {"budget": written}, WHERE).budget_micros == micros


def test_a_priority_lies_under_a_million() -> None:
    assert campaign_from(a_toml() | {"priority": -999_999}, WHERE).priority == -999_999.0
    for far in (1_000_000, -1_000_000):
        with pytest.raises(RuleError, match=f"priority is {far}, expected a number of points"):
            campaign_from(a_toml() | {"priority": far}, WHERE)


def test_a_title_of_blanks_is_empty() -> None:
    toml = a_toml()
    toml["title"]["fr"] = "  "
    with pytest.raises(RuleError, match=r"title.fr is empty, expected words"):
        campaign_from(toml, WHERE)


LEAST = {
    "explore_share": 0, "holdout_share": 0, "cap_messages": 0, "cap_days": 1, "gone_days": 1,
    "selection_size": 1,
}  # fmt: skip


@pytest.mark.parametrize("edge", [LEAST, {"explore_share": 1, "holdout_share": 1}])
def test_the_bounds_of_a_policy_belong_to_it(edge: dict[str, int]) -> None:
    made = policy_from(standard() | edge, STANDARD, "standard")
    assert {field: getattr(made, field) for field in edge} == edge
    assert made.name == "standard"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        *(({field: least - 1}, f"{field} is {least - 1}") for field, least in LEAST.items()),
        ({"explore_share": 1.001}, "explore_share is 1.001, expected 0 to 1; see"),
        ({"holdout_share": 1.001}, "holdout_share is 1.001, expected 0 to 1; see"),
        ({"response_weight": float("-inf")}, "response_weight is -inf, expected a number; see"),
        ({"gone_days": 0}, "gone_days is 0, expected a number from 1 on; see"),
    ],
)
def test_what_lies_beyond_them_does_not(change: dict[str, Any], said: str) -> None:
    with pytest.raises(RuleError) as caught:
        policy_from(standard() | change, STANDARD, "standard")
    assert said in str(caught.value)
    assert str(caught.value).startswith(STANDARD)


def test_weights_and_threshold_may_be_of_any_size() -> None:
    far = {"response_weight": -1e9, "affinity_weight": 1e9, "threshold": -1e9}
    made = policy_from(standard() | far, STANDARD, "standard")
    assert (made.response_weight, made.affinity_weight, made.threshold) == (-1e9, 1e9, -1e9)


def test_without_a_word_on_quiet_a_message_leaves_at_once() -> None:
    midnight = day_start_us(date(2011, 6, 9), "Europe/Paris")
    for at_us in (midnight, midnight + 1, midnight + 23 * HOUR_US):
        assert next_send_us(at_us, "Europe/Paris", Quiet()) == at_us


def test_a_message_that_waited_leaves_on_the_full_hour() -> None:
    midnight = day_start_us(date(2011, 6, 9), "Europe/Paris")  # a Thursday
    odd = 3 * HOUR_US + 17 * 60_000_001
    morning = Quiet(to_hour=9)
    assert next_send_us(midnight + odd, "Europe/Paris", morning) == midnight + 9 * HOUR_US
    day = Quiet(days=("thursday",))
    assert next_send_us(midnight + odd, "Europe/Paris", day) == midnight + 24 * HOUR_US
