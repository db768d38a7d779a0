"""What a person asks holds from the next read; what was approved binds to its exact bytes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from regie.workspace import open_workspace
from tests.support.typed import regie

ZOE, LIAM = "13248", "15152"


def listed(shop: Path) -> set[str]:
    """Addresses in the list for the mail tool."""
    done = regie("export", "best-next", "--json", workspace=shop)
    assert done.code == 0, done.err
    with Path(done.json()["path"]).open(encoding="utf-8-sig") as file:
        return {row["address"] for row in csv.DictReader(file)}


def chosen(shop: Path, person: str, run: int) -> list[str]:
    """What a run chose for a person; empty where it took no decision."""
    done = regie("decisions", "--run", str(run), "--person", person, "--json", workspace=shop)
    return [told["decision"]["chosen"] for told in done.json()["decisions"]]


@pytest.mark.parametrize(
    "asked",
    [
        ("consent", ZOE, "--withdraw", "prospecting"),
        ("consent", ZOE, "--withdraw", "profiling"),
        ("object", ZOE),
    ],
)
def test_who_says_no_is_in_no_list_and_no_later_run(own_shop: Path, asked: tuple[str, ...]) -> None:
    before = listed(own_shop)
    assert "zoe.aubrac@example.invalid" in before
    standing = regie(*asked, "--json", workspace=own_shop)
    assert (standing.code, standing.json()["prospecting"]) == (
        0,
        asked[-1] == "profiling",  # each purpose is closed by its own answer
    )
    after = listed(own_shop)
    assert after == before - {"zoe.aubrac@example.invalid"}
    ran = regie("run", "--as-of", "2011-09-09", "--json", workspace=own_shop).json()
    assert (ran["kept"], ran["run"]) == (False, 3), "what people say makes another run"
    expected = ["nothing"] if asked[-1] == "prospecting" else []
    assert chosen(own_shop, ZOE, 3) == expected
    assert "could not" not in regie("decisions", "--person", ZOE, workspace=own_shop).out


def test_a_replay_says_who_left_and_that_nobody_else_moved(own_shop: Path) -> None:
    same = regie("replay", "--run", "2", "--json", workspace=own_shop)
    assert (same.code, same.json()["answer"]) == (0, "identical")
    people = same.json()["decisions"]
    regie("object", ZOE, workspace=own_shop)
    left = regie("replay", "--run", "2", "--json", workspace=own_shop)
    assert (left.code, left.json()["answer"]) == (1, "consent withdrawn")
    assert (left.json()["decisions"], left.json()["identical"]) == (people, people - 1)
    assert len(left.json()["differences"]) == 1
    regie("erase", ZOE, "--yes", workspace=own_shop)
    erased = regie("replay", "--run", "2", workspace=own_shop)
    assert (erased.code, erased.out.startswith("identical")) == (0, True)
    assert "1 went with erased people." in erased.out
    assert regie("replay", "--all", workspace=own_shop).code == 0, "an erasure is no failure"


def test_who_says_yes_again_is_back(own_shop: Path) -> None:
    before = listed(own_shop)
    regie("object", ZOE, workspace=own_shop)
    purposes = ("profiling", "personalisation", "prospecting")
    granted = [word for purpose in purposes for word in ("--grant", purpose)]
    standing = regie("consent", ZOE, *granted, "--json", workspace=own_shop).json()
    assert all(standing[purpose] for purpose in purposes)
    assert not standing["advertising"]
    assert listed(own_shop) == before, "what they say last stands"
    still = own_shop / "regie.toml"  # a run sees what was said before its day: the next one
    still.write_text(still.read_text("utf-8").replace('now = "2011-12-10"', 'now = "2011-12-11"'))
    assert regie("run", workspace=own_shop).code == 0
    assert len(chosen(own_shop, ZOE, 3)) == 1


def test_a_rectified_name_changes_bytes_so_that_nothing_old_is_approved(own_shop: Path) -> None:
    campaign = chosen(own_shop, LIAM, 2)[0]
    about = ("--run", "2", "--campaign", campaign)
    assert regie("undo", *about, workspace=own_shop).code == 0
    assert "liam.oakhurst@example.invalid" not in listed_or_none(own_shop)
    changed = regie("rectify", LIAM, "first_name", "William", "--json", workspace=own_shop)
    assert changed.json()["first_name"] == "William"
    others = regie("approve", *about, workspace=own_shop)
    assert (others.code, "changed since the run" in others.out) == (0, True)
    assert "liam.oakhurst@example.invalid" not in listed(own_shop)
    with open_workspace(own_shop) as shop:
        history = shop.state.contact_history(shop.key_of(LIAM))
        names = history["value"][history["field"] == "first_name"].tolist()
    assert names == ["Liam", "William"], "history is kept"
    assert regie("rectify", LIAM, "first_name", "Liam", workspace=own_shop).code == 0
    assert regie("approve", *about, workspace=own_shop).code == 0, "the very bytes again"
    assert "liam.oakhurst@example.invalid" in listed(own_shop)


def listed_or_none(shop: Path) -> set[str]:
    done = regie("export", "best-next", workspace=shop)
    return listed(shop) if done.code == 0 else set()


def test_approve_undo_approve(own_shop: Path) -> None:
    before = listed(own_shop)
    assert regie("approve", workspace=own_shop).code == 1, "nothing waits"
    undone = regie("undo", "--reason", "a typo", "--json", workspace=own_shop)
    assert {act["kind"] for act in undone.json()["acts"]} == {"undone"}
    refused = regie("export", "best-next", workspace=own_shop)
    assert (refused.code, "approve them" in refused.err) == (1, True)
    assert regie("reject", "--campaign", "discover", workspace=own_shop).code == 0
    assert regie("approve", workspace=own_shop).code == 0
    some = listed(own_shop)
    assert some < before
    assert regie("undo", "--campaign", "discover", workspace=own_shop).code == 0
    assert regie("approve", workspace=own_shop).code == 0
    assert listed(own_shop) == before
    assert regie("verify", workspace=own_shop).code == 0


def test_new_words_change_nothing_that_was_put_up(own_shop: Path) -> None:
    """A run goes by the rules it began with: new words are for the next one."""
    before = listed(own_shop)
    regie("undo", "--campaign", "discover", workspace=own_shop)
    rules = own_shop / "rules/campaigns/discover.toml"
    was = rules.read_text("utf-8")
    assert "Four things" in was
    rules.write_text(was.replace("Four things", "Five things"), "utf-8")
    again = regie("approve", "--campaign", "discover", workspace=own_shop)
    assert (again.code, "changed since the run" in again.out) == (0, False)
    assert listed(own_shop) == before


def test_the_same_file_again_adds_nothing_and_a_corrected_one_replaces_its_own(
    own_shop: Path, tmp_path: Path
) -> None:
    path = tmp_path / "till.csv"
    header = "order,item,description,quantity,at,unit_price,customer_id\n"
    rows = [
        "t1,22423,A STAND,1,2011-06-01 10:00,12.75,15152\n",
        "t1,85123A,A CANDLE,2,2011-06-01 10:00,2.55,15152\n",
        "t2,85123A,A CANDLE,4,2011-06-02 10:00,2.55,15152\n",
    ]
    path.write_text(header + "".join(rows), "utf-8")
    once = regie("import", str(path), "--as", "orders", "--json", workspace=own_shop).json()[0]
    again = regie("import", str(path), "--as", "orders", workspace=own_shop)
    assert once["added"] == 3
    assert "Nothing new" in again.out
    path.write_text(header + rows[0].replace(",1,", ",3,") + rows[2], "utf-8")
    corrected = regie("import", str(path), "--as", "orders", workspace=own_shop)
    assert "Replaced 1 order by" in corrected.out
    asked = 'SELECT "order", item, quantity FROM events WHERE "order" LIKE \'t_\' ORDER BY ALL'
    found = regie("sql", asked, "--json", workspace=own_shop).json()["rows"]
    assert [(row["order"], row["item"], row["quantity"]) for row in found] == [
        ("t1", "22423", 3),
        ("t2", "85123A", 4),
    ]
    history = regie("quality", "--json", workspace=own_shop).json()
    assert [(h["corrected"]) for h in history if h["file"] == "till.csv"] == [0, 0, 1]
    assert regie("verify", workspace=own_shop).code == 0


def test_access_shows_all_and_names_every_store(own_shop: Path, tmp_path: Path) -> None:
    held = regie("access", ZOE, "--json", workspace=own_shop).json()
    assert held["contacts"]["address"] == "zoe.aubrac@example.invalid"
    stores = {
        "events", "decisions", "quarantine", "reports", "state.sqlite/contacts",
        "state.sqlite/consents", "state.sqlite/outbox",
    }  # fmt: skip
    assert stores <= set(held)
    page = tmp_path / "page.html"
    assert regie("access", ZOE, "--lang", "fr", "--out", str(page), workspace=own_shop).code == 0
    assert "Aubrac" in page.read_text("utf-8")
    by_address = regie("access", "Zoe.Aubrac@example.invalid", "--json", workspace=own_shop)
    assert by_address.json() == held, "a person writes with their address, not with a number"
    regie("rectify", LIAM, "address", "zoe.aubrac@example.invalid", workspace=own_shop)
    shared = regie("access", "zoe.aubrac@example.invalid", "--json", workspace=own_shop).json()
    known = {one["contacts"]["raw_id"] for one in (shared, *shared["same_address"])}
    assert known == {ZOE, LIAM}, "an address names everybody who has it"


@pytest.mark.parametrize("asked", [(), ("--json",)])
def test_nobody_is_erased_where_nobody_can_be_asked(own_shop: Path, asked: tuple[str, ...]) -> None:
    refused = regie("erase", ZOE, *asked, workspace=own_shop)
    assert refused.code == 2
    assert "add --yes" in refused.err
    assert regie("access", ZOE, workspace=own_shop).code == 0
