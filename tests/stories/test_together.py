"""Several people decide together: whose word counts, four eyes, amendments; screen and terminal."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from regie.deliver.outbox import campaign_hash
from regie.terms.decision import taken
from regie.terms.document import Table
from regie.terms.errors import RefusedError, SettingError
from regie.terms.instant import day_of
from regie.workspace import amending, composing, inbox, overview, reporting
from regie.workspace.approving import messages, proposals
from regie.workspace.settings import wall_us
from regie.workspace.site import Site
from regie.workspace.workspace import Workspace
from tests.support.room import browser, csrf, site
from tests.support.typed import regie

ABOUT: dict[str, Any] = {"run": 2, "campaign": "favourites"}
PAGE = "/decide/2/favourites"


@pytest.fixture
def room(own_shop: Path) -> Iterator[Site]:
    """A site in whose shop the newest favourites wait, and two people must approve them."""
    rules = own_shop / "rules" / "approvals.toml"
    text = rules.read_text("utf-8")
    assert "second_above_people = 1_000" in text
    rules.write_text(
        text.replace("second_above_people = 1_000", "second_above_people = 3"), "utf-8"
    )
    with site(own_shop) as opened:
        shop(opened).undo(campaign="favourites", actor="nobody")
        yield opened


def shop(room: Site) -> Workspace:
    return room.rooms[""].workspace


def states(room: Site) -> set[str]:
    return set(shop(room).state.outbox(**ABOUT)["state"])


def shown(client: TestClient, path: str = PAGE) -> str:
    found = re.search(r'name="shown" value="([0-9a-f]{64})"', client.get(path).text)
    assert found is not None
    return found.group(1)


def waiting(room: Site) -> dict[str, str]:
    return dict(proposals(shop(room))[2, "favourites"])


def approve(client: TestClient, what: str | None = None) -> int:
    form = {"csrf": csrf(client), "deed": "approve", "shown": what or shown(client)}
    return int(client.post(PAGE, data=form).status_code)


def test_a_large_campaign_waits_for_a_second_person(room: Site) -> None:
    ana, ben = browser(room, "manager"), browser(room, "crm_manager", "fr")
    assert "takes the approval of two people" in ana.get(PAGE).text
    seen = shown(ana)
    assert approve(ana, seen) == 303
    assert states(room) == {"proposed"}
    page = ana.get(PAGE).text
    assert "manager@example.com approved first" in page
    assert "You approved first" in page
    assert 'value="approve"' not in page
    assert approve(ana, seen) == 409, "two approvals are two people's"
    assert "approved first" in ana.get("/decide").text
    assert approve(ben) == 303
    assert states(room) == {"approved"}
    assert [a.kind for a in shop(room).state.acts()][-2:] == ["agreed", "approved"]
    assert shop(room).verify().faults == ()


def test_nothing_leaves_on_the_first_approval(room: Site) -> None:
    shop(room).approve(**ABOUT, actor="ana")
    with pytest.raises(RefusedError, match="waits for a second person"):
        shop(room).approve(**ABOUT, actor="ana")
    shop(room).undo(run=2, actor="ana")
    with pytest.raises(RefusedError, match=r"none of its .* messages may leave"):
        shop(room).export("plain")


def test_the_terminal_says_that_a_second_person_is_needed(room: Site, own_shop: Path) -> None:
    first = regie("approve", "--campaign", "favourites", "--actor", "ana", workspace=own_shop)
    assert (first.code, "agreed by ana" in first.out) == (0, True)
    assert "favourites waits for a second person's approval" in first.out
    again = regie("approve", "--campaign", "favourites", "--actor", "ana", workspace=own_shop)
    assert (again.code, "approved by ana already" in again.err) == (1, True)
    second = regie("approve", "--campaign", "favourites", "--actor", "ben", workspace=own_shop)
    assert (second.code, "approved by ben" in second.out) == (0, True)


def test_a_first_approval_is_taken_back_and_then_counts_no_more(room: Site) -> None:
    shop(room).approve(**ABOUT, actor="ana")
    shop(room).undo(**ABOUT, actor="ana")
    assert shop(room).approve(**ABOUT, actor="ben").acts[0].kind == "agreed"
    assert states(room) == {"proposed"}


def test_the_first_approval_of_a_closed_account_counts_no_more(room: Site) -> None:
    ana, ben = browser(room, "manager"), browser(room, "crm_manager")
    assert approve(ana) == 303
    browser(room, "administrator")
    close(room, "manager@example.com")
    assert "The approval of manager@example.com counts no more" in ben.get(PAGE).text
    assert approve(ben) == 303
    assert states(room) == {"proposed"}, "one of two is gone"
    assert [a.kind for a in shop(room).state.acts()][-3:] == ["agreed", "undone", "agreed"]
    audited = [(one.actor, one.act) for one in room.accounts.audited(9)]
    assert ("administrator@example.com", "approval_taken_back") in audited
    assert shop(room).verify().faults == ()


def close(room: Site, email: str) -> None:
    """An administrator closes somebody's account."""
    found = {one.email: one for one in room.accounts.all()}
    room.change(
        found[email].id, role=found[email].role, active=False, workspaces=("*",),
        actor=found["administrator@example.com"], at_us=wall_us(),
    )  # fmt: skip


def test_an_amendment_ends_the_first_approval_and_bars_who_made_it(room: Site) -> None:
    shop(room).approve(**ABOUT, actor="ana")
    out = min(waiting(room))
    amending.leave_out(
        shop(room), **ABOUT, people=[out], shown=campaign_hash(waiting(room)), actor="ben",
        reason="complained",
    )  # fmt: skip
    with pytest.raises(RefusedError, match="put up or amended by ben"):
        shop(room).approve(**ABOUT, actor="ben")
    assert shop(room).approve(**ABOUT, actor="ana").acts[0].kind == "agreed"
    assert shop(room).approve(**ABOUT, actor="eve").acts[0].kind == "approved"
    found = shop(room).state.outbox(**ABOUT)
    by = dict(zip(found["decision"], found["state"], strict=True))
    assert by.pop(out) == "left_out"
    assert set(by.values()) == {"approved"}
    assert shop(room).verify().faults == ()
    # Taking back goes one step at a time: the approval, then what was left out.
    shop(room).undo(**ABOUT, actor="eve")
    assert states(room) == {"proposed", "left_out"}
    shop(room).undo(**ABOUT, actor="eve")
    assert states(room) == {"proposed"}


def test_a_person_erased_between_two_approvals_ends_nothing_but_their_message(room: Site) -> None:
    shop(room).approve(**ABOUT, actor="ana")
    key = str(shop(room).state.outbox(**ABOUT)["key"][0])
    shop(room).erase(key)
    assert shop(room).approve(**ABOUT, actor="ben").acts[0].kind == "approved"
    assert shop(room).verify().faults == ()


def test_a_role_the_rules_do_not_name_may_not_whatever_the_page_lets_in(room: Site) -> None:
    rules = shop(room).folder / "rules" / "approvals.toml"
    text = rules.read_text("utf-8")
    named = '"crm_manager", "manager", "administrator"]\napprovals = 1\n# Above'
    assert named in text
    rules.write_text(text.replace(named, '"manager"]\napprovals = 1\n# Above'), "utf-8")
    client = browser(room, "crm_manager", "fr")
    page = client.get(PAGE).text
    assert "qui décide" in page
    assert 'value="approve"' not in page
    form = {"csrf": csrf(client), "deed": "approve", "shown": campaign_hash(waiting(room))}
    answer = client.post(PAGE, data=form)
    assert (answer.status_code, "qui décide" in answer.text) == (409, True)
    assert states(room) == {"proposed"}


def test_of_several_at_once_two_approve_and_no_approval_counts_twice(room: Site) -> None:
    people = [browser(room, role) for role in ("manager", "crm_manager", "administrator")]
    seen, forms = shown(people[0]), [csrf(one) for one in people]
    start = threading.Barrier(3)

    def decide(one: TestClient, token: str) -> None:
        start.wait()
        for _ in range(2):  # whoever was second looks again
            one.post(PAGE, data={"csrf": token, "deed": "approve", "shown": seen})

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(decide, people, forms))
    made = shop(room).state.acts(run=2, campaign="favourites")[-2:]
    assert [a.kind for a in made] == ["agreed", "approved"]
    assert made[0].actor != made[1].actor
    assert states(room) == {"approved"}
    assert shop(room).verify().faults == ()


# ---- amend


def words_of(room: Site, subject: str) -> dict[str, dict[str, str]]:
    (campaign,) = [one for one in shop(room).campaigns() if one.name == "favourites"]
    names = ("preheader", "title", "body", "button", "offer")
    return {
        lang: {"subject": subject, **{name: getattr(words, name) for name in names}}
        for lang, words in campaign.words.items()
    }


def test_amended_words_are_what_is_written_shown_approved_and_sent(room: Site) -> None:
    ana, ben = browser(room, "manager"), browser(room, "crm_manager")
    before, said = shown(ana), words_of(room, "A quieter hello")
    fields = {f"{lang}.{name}": text for lang, w in said.items() for name, text in w.items()}
    form = {"csrf": csrf(ana), "deed": "reword", "shown": before, "reason": "too loud", **fields}
    answer = ana.post(f"{PAGE}/amend", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    after = shown(ben)
    assert after != before, "other bytes have another hash"
    assert after[:12] in ben.get(PAGE).text
    ids = list(waiting(room))
    assert all(b"quieter" in written for _, written in messages(shop(room), ids[:3]))
    assert approve(ben, before) == 409, "what was shown before is not what waits now"
    assert approve(ana, after) == 409, "whoever amends does not approve"
    assert approve(ben, after) == 303
    assert approve(browser(room, "administrator"), after) == 303
    assert states(room) == {"approved"}
    assert shop(room).verify().faults == ()
    assert shop(room).replay(ids[0]).answer == "identical"
    assert not shop(room).export("plain").left_out.get("content_changed")
    folder = shop(room).folder / "quiet"
    (path,) = shop(room).write_messages(ids[0], folder)
    assert "quieter" in path.read_text("utf-8")


def test_words_come_back_and_bad_ones_are_told_beside_their_field(room: Site) -> None:
    ana, before = browser(room, "manager"), campaign_hash(waiting(room))
    said = words_of(room, "Another {name}")
    fields = {f"{lang}.{name}": text for lang, w in said.items() for name, text in w.items()}
    form = {"csrf": csrf(ana), "deed": "reword", "shown": before, "reason": "x"}
    wrong = ana.post(f"{PAGE}/amend", data=form | fields)
    assert (wrong.status_code, "Subject (In English)" in wrong.text) == (400, True)
    assert "Another {name}" in wrong.text, "what was typed is kept"
    for typed, told in (
        ("10 \u202e€ 01", "character that nobody sees"), ("a\x07b", "character that nobody sees"),
        ("Hi {first_name", "Only {first_name} may stand"), ("50 } off", "Only {first_name} may"),
    ):  # fmt: skip
        plain = fields | {"fr.subject": "Bonjour", "en.subject": typed}
        refused = ana.post(f"{PAGE}/amend", data=form | plain)
        assert (refused.status_code, told in refused.text) == (400, True), typed
    amending.reword(shop(room), **ABOUT, words=words_of(room, "Hi"), shown=before, actor="ana")
    now = campaign_hash(waiting(room))
    amending.reword(shop(room), **ABOUT, words={}, shown=now, actor="ana")
    assert campaign_hash(waiting(room)) == before
    with pytest.raises(SettingError, match="words is the same"):
        amending.reword(shop(room), **ABOUT, words={}, shown=before, actor="ana")
    assert shop(room).verify().faults == ()


def test_who_was_left_out_says_the_new_words_when_taken_back(room: Site) -> None:
    out = min(waiting(room))
    amending.leave_out(
        shop(room), **ABOUT, people=[out], shown=campaign_hash(waiting(room)), actor="ana"
    )
    amending.reword(
        shop(room), **ABOUT, words=words_of(room, "Hi"), shown=campaign_hash(waiting(room)),
        actor="ana",
    )  # fmt: skip
    shop(room).undo(**ABOUT, actor="ana")
    assert shop(room).approve(**ABOUT, actor="ben").changed == ()


def test_words_are_not_changed_under_an_approval(room: Site) -> None:
    one, *_ = shop(room).decisions(run=2, state="proposed")
    shop(room).rectify(one[0].subject, "address", "new@example.invalid")
    shop(room).approve(run=2, campaign=one[0].campaign, actor="ana")
    done = shop(room).approve(run=2, campaign=one[0].campaign, actor="ben")
    assert done.changed == (one[0].id,)
    left = dict(proposals(shop(room))[2, str(one[0].campaign)])
    with pytest.raises(RefusedError, match="approved in part"):
        amending.reword(
            shop(room), run=2, campaign=str(one[0].campaign), words=words_of(room, "Hi"),
            shown=campaign_hash(left), actor="eve",
        )  # fmt: skip


def test_a_report_and_the_inbox_count_the_same_people_after_an_amendment(room: Site) -> None:
    before = waiting(room)
    amending.leave_out(
        shop(room), **ABOUT, people=[min(before)], shown=campaign_hash(before), actor="ana"
    )
    left = inbox.told(shop(room), **ABOUT).messages
    assert left == len(before) - 1
    told = reporting.gather(shop(room), "en", examples=False)
    (campaign,) = [one for one in told.campaigns if one.name == "favourites"]
    newest = told.runs[-1]
    assert (campaign.people, campaign.state) == (left, "proposed")
    assert (newest.messages["favourites"], newest.nothing["left_out"]) == (left, 1)
    assert sum(newest.messages.values()) + sum(newest.nothing.values()) == newest.people
    page = composed(room, before)
    assert ("Your favourites again", left) in [row[:2] for row in page.rows]


def composed(room: Site, before: dict[str, str]) -> Table:
    """The block of campaigns of a composed report about the days of these decisions."""
    (day,) = {day_of(d.at_us, "Europe/London")
              for d, _ in shop(room).decisions(run=2) if d.id in before}  # fmt: skip
    voice = overview.Voice(shop(room), "en")
    made = SimpleNamespace(workspace=shop(room), voice=voice, first=day, last=day)
    (table,) = composing._campaigns(made)  # type: ignore[arg-type]
    assert isinstance(table, Table)
    return table


def test_a_lower_budget_keeps_the_best(room: Site) -> None:
    before = waiting(room)
    found = {d.id: d for d, _ in shop(room).decisions(run=2) if d.id in before}
    ranked = sorted(found.values(), key=lambda d: (-taken(d).score, d.subject))
    budget = sum(taken(d).cost_micros for d in ranked[:2])
    done = amending.keep_best(
        shop(room), **ABOUT, budget_micros=budget + 1, shown=campaign_hash(before), actor="ana"
    )
    assert done.messages == {"favourites": len(before) - 2}
    assert set(waiting(room)) == {d.id for d in ranked[:2]}
    assert shop(room).verify().faults == ()
    for wrong in (0, 10**12):
        with pytest.raises(SettingError, match="budget is enough for"):
            amending.keep_best(
                shop(room), **ABOUT, budget_micros=wrong, shown=campaign_hash(waiting(room)),
                actor="ana",
            )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"deed": "leave_out", "people": "nobody@nowhere", "reason": "x"}, "gets no message"),
        ({"deed": "leave_out", "people": " , ", "reason": "x"}, "Say whom"),
        ({"deed": "keep_best", "budget": "a lot", "reason": "x"}, "Write an amount"),
        ({"deed": "keep_best", "budget": "1e999999999", "reason": "x"}, "Write an amount"),
        ({"deed": "keep_best", "budget": "NaN", "reason": "x"}, "Write an amount"),
        ({"deed": "leave_out", "people": "x", "reason": "y" * 501}, "501 letters are too many"),
        ({"deed": "leave_out", "people": "x", "reason": ""}, "Say why"),
        ({"deed": "nothing"}, "Choose one of the changes"),
    ],
)
def test_a_bad_amendment_is_told_and_changes_nothing(
    room: Site, fields: dict[str, str], told: str
) -> None:
    ana, acts = browser(room, "manager"), len(shop(room).state.acts())
    form = {"csrf": csrf(ana), "shown": campaign_hash(waiting(room)), **fields}
    answer = ana.post(f"{PAGE}/amend", data=form)
    assert (answer.status_code, told in answer.text) == (400, True)
    assert len(shop(room).state.acts()) == acts


def test_a_long_reason_is_told_and_kept_not_cut(room: Site) -> None:
    ana = browser(room, "manager", "fr")
    form = {"csrf": csrf(ana), "deed": "reject", "reason": "très " * 101}
    answer = ana.post(PAGE, data=form)
    assert (answer.status_code, "504 lettres" in answer.text) == (400, True)
    assert ("très " * 101).strip() in answer.text
    assert states(room) == {"proposed"}
