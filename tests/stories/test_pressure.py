"""The cap on messages: approved ones count before they leave, and so do those of other tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from regie.terms.decision import NOTHING
from regie.terms.errors import RefusedError
from regie.terms.instant import DAY_US
from regie.workspace import approving, campaigning, inbox, open_workspace, ruling
from regie.workspace.site import Site
from regie.workspace.workspace import Workspace
from tests.support.room import browser, csrf, site
from tests.support.room import shop as shop_of
from tests.support.typed import regie


def cap_at_one(folder: Path) -> None:
    """At most one message a person in seven days."""
    policy = folder / "rules" / "policies" / "standard.toml"
    policy.write_text(policy.read_text("utf-8").replace("cap_messages = 2", "cap_messages = 1"))


def written_to(shop: Workspace, run: int) -> set[str]:
    """Whom a run chose to write to."""
    return {d.subject for d, _ in shop.decisions(run=run) if d.chosen != NOTHING and d.campaign}


def test_an_approved_message_counts_before_it_left_and_an_undone_one_does_not(
    own_shop: Path,
) -> None:
    cap_at_one(own_shop)
    with open_workspace(own_shop) as shop:
        before = written_to(shop, 2)
        soon = shop.run("2011-09-12")
        assert before and not before & written_to(shop, soon.run)
        pressed = [d for d, _ in shop.decisions(run=soon.run) if "pressure" in d.excluded]
        assert before & {d.subject for d in pressed}
        assert {d.inputs["contacts"] for d in pressed} == {1}

        for campaign in {d.campaign for d, _ in shop.decisions(run=2) if d.campaign}:
            shop.undo(run=2, campaign=campaign, actor="tests")
        again = shop.run("2011-09-12")
        assert not again.kept
        assert before & written_to(shop, again.run)


def test_after_the_window_one_may_write_again(own_shop: Path) -> None:
    cap_at_one(own_shop)
    with open_workspace(own_shop) as shop:
        later = shop.run("2011-09-17")
        assert written_to(shop, 2) & written_to(shop, later.run)


def test_a_message_that_another_tool_sent_counts_too(own_shop: Path, tmp_path: Path) -> None:
    cap_at_one(own_shop)
    with open_workspace(own_shop) as shop:
        free = shop.run("2011-11-09")
        keys = sorted(written_to(shop, free.run))
        contacts = shop.state.contacts(["raw_id"], keys)
        sends = tmp_path / "sends.csv"
        lines = [f"{raw},send,2011-11-07 10:00,newsletter" for raw in contacts["raw_id"]]
        sends.write_text("\n".join(["customer_id,event,at,campaign", *lines]) + "\n", "utf-8")
        assert shop.import_file(sends, "sends").added == len(keys)
        full = shop.run("2011-11-09")
        assert keys and not set(keys) & written_to(shop, full.run)


SIDE_BY_SIDE = {"favourites_a": "2011-12-07", "favourites_b": "2011-12-08",
                "favourites": "2011-12-09"}  # fmt: skip
"""Campaigns and days of runs that all wait, so that none counts the others: of one campaign the
newest list alone would wait."""


def side_by_side(folder: Path) -> list[int]:
    """Runs that each write to the same people, by a campaign of another name."""
    rules = folder / "rules" / "campaigns"
    favourites = (rules / "favourites.toml").read_text("utf-8")
    with open_workspace(folder) as shop:
        runs = []
        for name, day in SIDE_BY_SIDE.items():
            for other in SIDE_BY_SIDE:
                paused = "" if other == name else "paused = true\n"
                (rules / f"{other}.toml").write_text(paused + favourites, "utf-8")
            runs.append(shop.run(day).run)
    return runs


def most_in_a_window(shop: Workspace) -> int:
    """The most messages approved for one person in seven rolling days, counted one by one."""
    outbox = shop.state.outbox()
    times: dict[str, list[int]] = {}
    for key, state, at_us in zip(outbox["key"], outbox["state"], outbox["at_us"], strict=True):
        if state in ("approved", "sent"):
            times.setdefault(key, []).append(int(at_us))
    return max(
        sum(last - 7 * DAY_US <= one <= last for one in mine)
        for mine in times.values()
        for last in mine
    )


def test_runs_that_wait_side_by_side_are_not_all_approved_above_the_cap(own_shop: Path) -> None:
    first, second, third = side_by_side(own_shop)
    with open_workspace(own_shop) as shop:
        earlier = {first: "favourites_a", second: "favourites_b"}
        written = [
            set(shop.state.outbox(run=run, campaign=name)["key"]) for run, name in earlier.items()
        ]
        of_third = shop.state.outbox(run=third, campaign="favourites")["key"].tolist()
        over = sorted(key for key in of_third if all(key in keys for keys in written))
        assert over
        assert inbox.told(shop, third, "favourites").over_cap == 0
        for run, name in earlier.items():
            shop.approve(run=run, campaign=name, actor="tests")
        assert most_in_a_window(shop) == 2
        assert inbox.told(shop, third, "favourites").over_cap == len(over)
        acts = len(shop.state.acts())
        with pytest.raises(RefusedError, match=f" for {len(over):,} people, "):
            shop.approve(run=third, campaign="favourites", actor="tests")
        assert len(shop.state.acts()) == acts
        shop.undo(run=second, actor="tests")
        assert inbox.told(shop, third, "favourites").over_cap == 0, "taken back, it counts no more"
        shop.approve(run=second, actor="tests")
    typed = regie("approve", "--run", str(third), workspace=own_shop)
    assert (typed.code, "expected at most 2 a person in 7 days" in typed.err) == (1, True)
    with site(own_shop) as room:
        told_and_mended_on_the_screen(room, third, over)


def test_the_newest_list_of_a_campaign_alone_waits(own_shop: Path) -> None:
    """Approved both, two lists of one campaign would write to the same people twice."""
    with open_workspace(own_shop) as shop:
        earlier = shop.run("2011-12-08").run
        for actor, paused in (("ana", True), ("ben", False)):
            seen = ruling.shown(shop, "campaigns/favourites.toml")
            campaigning.pause(shop, "favourites", paused=paused, seen=seen, actor=actor)
        later = shop.run("2011-12-09").run
        changed = [inbox.told(shop, run, "favourites").changed_by for run in (earlier, later)]
        assert changed == ["", "ben"], "who changed last what each list went by"
        places = {place for place in shop.proposals() if place[1] == "favourites"}
        assert places == {(later, "favourites")}
        assert [run for run, name in approving.waiting(shop) if name == "favourites"] == [later]
        assert shop.waiting() == len(shop.proposals())
        with pytest.raises(RefusedError, match="replaced by a newer list"):
            shop.approve(run=earlier, campaign="favourites", actor="tests")
        for state in ("proposed", "expired"):
            for limit in (10_000, 2_000_000):  # looked for among messages, or among decisions
                found = shop.decisions(state=state, run=earlier, limit=limit)
                is_in = any(d.campaign == "favourites" for d, _ in found)
                assert is_in == (state == "expired"), f"{state}, {limit}"
    typed = regie("runs", workspace=own_shop)
    assert " expired" in next(one for one in typed.out.splitlines() if f" {earlier} " in one)
    with site(own_shop) as room:
        page = browser(room, "manager").get(f"/decide/{earlier}/favourites").text
        assert "A newer list of this campaign" in page and 'value="approve"' not in page
        assert f'href="/decide/{later}/favourites"' in page
        newest = browser(room, "manager").get(f"/decide/{later}/favourites").text
        assert "The campaign was last changed by ben" in newest
        inbox_page = browser(room, "manager").get("/decide").text
        assert f"/decide/{later}/favourites" in inbox_page
        assert f"/decide/{earlier}/favourites" not in inbox_page


def told_and_mended_on_the_screen(room: Site, run: int, over: list[str]) -> None:
    """Seen before, refused in the reader's language, left out in one go, approved by another."""
    shop, path = shop_of(room), f"/decide/{run}/favourites"
    camille, dominique = browser(room, "crm_manager", "fr"), browser(room, "manager", "fr")
    page = camille.get(path).text
    assert f"{len(over)} personnes recevraient plus de 2 messages en 7 jours" in page
    assert "2 messages au plus par personne" not in page
    shown = inbox.told(shop, run, "favourites").content_hash
    form = {"csrf": csrf(camille), "deed": "approve", "shown": shown}
    answer = camille.post(path, data=form)
    assert (answer.status_code, "Rien n’a été approuvé" in answer.text) == (409, True)

    form |= {"deed": "keep_cap", "reason": "trop de messages"}
    assert camille.post(f"{path}/amend", data=form).status_code == 303
    left = shop.state.outbox(run=run, campaign="favourites", state="left_out")
    assert sorted(left["key"]) == over
    shown = inbox.told(shop, run, "favourites").content_hash
    again = camille.post(f"{path}/amend", data=form | {"shown": shown})
    assert (again.status_code, "Plus personne ne recevrait" in again.text) == (400, True)
    assert "2 messages au plus par personne en 7 jours" in dominique.get(path).text
    form = {"csrf": csrf(dominique), "deed": "approve", "shown": shown}
    assert dominique.post(path, data=form).status_code == 303
    assert most_in_a_window(shop) == 2
