"""Models, ways of choosing and settings on screens: told as they are, changed by two people."""

from __future__ import annotations

import html
import re
import shutil
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from regie.decide.eligibility import WEEKDAYS
from regie.interfaces.web.models import PREDICTIONS_SQL
from regie.measure.report import figures, rightness
from regie.terms.document import Table, Tiles
from regie.terms.errors import NotFoundError, RefusedError
from regie.workspace import champions, changes, comparing, judging, open_workspace, policies
from regie.workspace.deciding import find
from regie.workspace.site import Site
from tests.support.room import browser, csrf, shop, site
from tests.support.tokens import program
from tests.support.workspaces import workspace


@pytest.fixture(scope="module")
def room(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site over a copy of the small shop; each story leaves it as it may."""
    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("models") / "shop")
    with site(folder) as opened:
        yield opened


def text(answer: Any) -> str:
    """What a page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_a_version_of_a_run_that_did_not_finish_is_none_to_choose(room: Site) -> None:
    client, space = browser(room, "data_scientist"), shop(room)
    kept = space.models.load("response", champions.told(space, "response").versions[0].version)
    run = space.state.begin_run(1, 1)
    version = f"2011-07-10-run{run}"
    space.models.save("response", version, kept.arrays, kept.card)
    try:
        assert version not in {one.version for one in champions.told(space, "response").versions}
        assert f"(calculation {run})" not in text(client.get("/models/response"))
        with pytest.raises(NotFoundError, match="not there"):
            champions.card(space, "response", version)
    finally:
        space.models.drop(f"-run{run}")
        space.state.drop_run(run)


def test_a_version_put_into_service_for_an_earlier_day_is_not_the_one_that_serves(
    own_shop: Path,
) -> None:
    with open_workspace(own_shop) as space:
        serves = space.models.champion("response")
        first = space.models.history("response")[0]
        other = next(one for one in space.models.versions("response") if one != serves)
        earlier = msgspec.structs.replace(first, version=other, as_of_us=first.as_of_us - 1)
        space.models.promote("response", earlier)
        told = champions.told(space, "response")
        assert told.champion == serves == (told.serving and told.serving.version)
        assert [one.is_first for one in told.history][-2:] == [True, True], "neither had a rival"


def test_a_model_tells_which_version_serves_and_why_none_took_its_place(room: Site) -> None:
    client, space = browser(room, "viewer"), shop(room)
    assert client.get("/models").status_code == 403, "a viewer sees figures alone"
    client = browser(room, "data_scientist")
    stands = champions.told(space, "response")
    assert stands.champion == space.models.champion("response")
    serving, rival = stands.serving, stands.challengers[0]
    assert serving is not None
    assert (serving.version, serving.actor, serving.is_first) == (stands.champion, "", True)
    listed = text(client.get("/models"))
    assert "Probability of an order in the next 30 days" in listed
    assert "It was the first one: there was none to beat." in listed
    contest = space.models.card("response", rival.version)["contest"]
    assert rival.result == champions.result("response", {"judged": {}, "contest": contest})
    page = text(client.get("/models/response"))
    for said in (
        "(calculation 1)",
        "(calculation 2)",
        "In service",
        "Never served",
        "days since the first order",
    ):
        assert said in page, said
    card = client.get(f"/models/response/{rival.version}/card")
    assert "attachment" in card.headers["content-disposition"]
    assert card.json() == space.models.card("response", rival.version)
    assert client.get("/models/response/nope/card").status_code == 404
    assert client.get("/models/nope").status_code == 404


def test_what_was_foreseen_is_told_run_by_run_and_counted_again_in_sql(room: Site) -> None:
    space = shop(room)
    judged = judging.judge(space, [one for one, _ in find(space, kind="message")])
    told = space.sql(PREDICTIONS_SQL).columns
    by_run = {int(run): n for n, run in enumerate(told["run"].tolist())}
    assert judged.known
    for run in judged.known:
        n = by_run[run.run]
        assert told["people"][n] == run.decided
        if not run.left_out:
            assert told["came"][n] == pytest.approx(run.probabilities["rate"], abs=1e-4)
    nothing = figures.nothing_known("s", "EUR", figures.Period(date.min, date.min))
    days = {run.run: "2011-01-01" for run in judged.runs}
    for model, measure in (("response", "auc"), ("affinity", "hit_rate")):
        whole = msgspec.structs.replace(nothing, judged=judged)
        tiles, _, table = rightness.of_model(model, whole, days, {}, "en")
        assert isinstance(tiles, Tiles)
        assert isinstance(table, Table)
        scores = [r.probabilities if model == "response" else r.items for r in judged.known]
        assert [row[3] for row in table.rows] == [s[measure] for s in reversed(scores) if s]
        assert (
            tiles.tiles[0].value
            == (judged.probabilities if model == "response" else judged.items)[measure]
        )


def test_a_challenger_is_put_up_by_one_and_approved_by_another_and_undone_likewise(
    room: Site,
) -> None:
    space = shop(room)
    assert space.rules.approvals().rules["champion"].approvals == 0, "a run's winner serves at once"
    before = space.models.champion("response")
    rival = champions.told(space, "response").challengers[0].version
    own, other = browser(room, "data_scientist"), browser(room, "manager")
    form = {"csrf": csrf(own), "version": rival}
    assert browser(room, "analyst").post("/models/response", data=form).status_code == 403
    assert own.post("/models/response", data=form).status_code == 400, "why is asked for"
    asked = own.post("/models/response", data=form | {"reason": "a new season"})
    path = asked.headers["location"]
    assert path == f"/decide/change/champion:response:{rival}"
    assert space.models.champion("response") == before, "never one's own word alone"
    assert own.post("/models/response", data=form | {"reason": "again"}).status_code == 409
    approve = {"csrf": csrf(own), "deed": "approve"}
    assert own.post(path, data=approve).status_code == 409
    assert "Waits for approval" in text(own.get("/models/response"))
    waits = text(other.get(path))
    assert "put the version of" in waits
    assert other.post(path, data=approve | {"csrf": csrf(other)}).status_code == 303
    assert space.models.champion("response") == rival
    page = own.get("/models/response")
    told = "Put up by data_scientist@example.com, approved by manager@example.com."
    assert told in text(page)
    assert "a new season" in text(page)
    serving = champions.told(space, "response").serving
    assert serving is not None
    assert f"/decisions/{serving.decision}" in page.text
    with pytest.raises(RefusedError, match="in service"):
        champions.put_up(space, "response", rival, "ana")
    back = re.search(r'name="version" value="([^"]+)"', page.text)
    assert back is not None
    assert back[1] == before
    undo = {"csrf": csrf(own), "version": back[1], "reason": "back"}
    path = own.post("/models/response", data=undo).headers["location"]
    other.post(path, data={"csrf": csrf(other), "deed": "approve"})
    assert space.models.champion("response") == before
    history = champions.told(space, "response").history
    assert [one.version for one in history] == [before, rival, before]
    assert [one.asked_by for one in history] == ["data_scientist@example.com"] * 2 + [""]
    assert space.verify().faults == ()


NUMBERS = {
    "compared": "1", "response_weight": "0,8", "affinity_weight": "0.6", "threshold": "0",
    "explore_share": "5", "holdout_share": "10", "cap_messages": "3", "cap_days": "7",
    "gone_days": "60", "selection_size": "4", "from_hour": "20", "to_hour": "9", "sunday": "1",
}  # fmt: skip


def test_a_way_of_choosing_is_compared_put_up_and_holds_once_another_agrees(room: Site) -> None:
    space = shop(room)
    file = space.rules.folder / "policies" / "standard.toml"
    was = file.read_bytes()
    own, other = browser(room, "crm_manager"), browser(room, "manager", "fr")
    listed = text(own.get("/policies"))
    assert "Nobody gets more than 2 messages in 7 days" in listed
    assert "10% of people are never written to" in listed
    assert "Ne reçoit" not in listed
    page = own.get("/policies/standard", params=NUMBERS)
    given = tomllib.loads(was.decode()) | {"response_weight": 0.8, "cap_messages": 3}
    found = comparing.compare_with(space, given, "here")
    assert f"{found.changed} people of {found.people}" in text(page).replace(",", "")
    assert "Messages at most" in text(page)
    for field, value in (("cap_messages", "many"), ("holdout_share", "101"), ("from_hour", "24")):
        refused = own.get("/policies/standard", params=NUMBERS | {field: value})
        assert refused.status_code == 400, field
        assert f'id="{field}-wrong"' in refused.text
    every_day = dict.fromkeys(WEEKDAYS, "1")
    assert own.get("/policies/standard", params=NUMBERS | every_day).status_code == 400
    form = NUMBERS | {"csrf": csrf(own)}
    assert own.post("/policies/standard", data=form).status_code == 400, "why is asked for"
    asked = own.post("/policies/standard", data=form | {"reason": "more reach"})
    path = asked.headers["location"]
    assert file.read_bytes() == was
    same = NUMBERS | {"response_weight": "0.35", "cap_messages": "2", "reason": "x"}
    assert own.post("/policies/standard", data=same | {"csrf": csrf(own)}).status_code == 409
    assert own.post(path, data={"csrf": csrf(own), "deed": "approve"}).status_code == 409
    assert other.post(path, data={"csrf": csrf(other), "deed": "approve"}).status_code == 303
    serving = policies.read(space, policies.SERVES)
    assert (serving.response_weight, serving.cap_messages) == (0.8, 3)
    assert b"# never written to: the control group" in file.read_bytes(), "remarks stay"
    listed = own.get("/policies")
    assert "more reach" in text(listed)
    again = re.search(r'href="(/policies/standard[?][^"]+)"', listed.text)
    assert again is not None, "the numbers of before fill the form by a link"
    filled = own.get(html.unescape(again[1])).text
    assert 'name="response_weight" inputmode="decimal" required value="0.35"' in filled
    french = browser(room, "trader", "fr").get("/policies/standard").text
    assert 'name="response_weight" inputmode="decimal" required value="0,8"' in french
    commas = NUMBERS | {"response_weight": "0,35"}
    told = own.get("/policies/standard", params=commas)
    assert (told.status_code, 'value="0,35"' in told.text) == (200, True), "understood in either"
    assert 'name="cap_messages" inputmode="decimal" required value="2"' in filled
    assert 'name="reason"' in filled, "and are put up from there"
    assert "policies/standard?" not in browser(room, "analyst").get("/policies").text
    change = changes.put_up_policy(space, "standard", was, "ana", by_two=True)
    changes.approve(space, change.id, "ben")
    (space.rules.folder / "policies" / "broken.toml").write_text("nothing = 1", "utf-8")
    assert own.get("/policies").status_code == 200, "a draft that cannot be read is told"
    (space.rules.folder / "policies" / "broken.toml").unlink()


def test_settings_tell_what_holds_and_change_what_may_change(room: Site) -> None:
    space, path = shop(room), shop(room).folder / "regie.toml"
    looker, admin = browser(room, "analyst"), browser(room, "administrator")
    page = looker.get("/settings")
    for said in (space.settings.currency, space.settings.zone, "cannot change any more",
                 "An administrator changes these.", "Legal basis"):  # fmt: skip
        assert said in text(page), said
    assert "/accounts" not in page.text
    assert "/accounts" in admin.get("/settings").text
    was = path.read_text("utf-8")
    fields = dict(re.findall(r'<input name="([\w.]+)"[^>]* value="([^"]*)"',
                             admin.get("/settings").text))  # fmt: skip
    shown = re.findall(r'name="shown" value="([0-9a-f]*)"', admin.get("/settings").text)
    form = {"csrf": csrf(admin), "form": "settings", "shown": shown[0], "language": "fr",
            "sender.name": ' The "Shop" ', "public_url": "https://new.example"}  # fmt: skip
    assert looker.post("/settings", data=form | {"csrf": csrf(looker)}).status_code == 403
    for field, value in (("public_url", "javascript:x"), ("public_url", "https://u:p@evil"),
                         ("public_url", "https://x/?x=1"), ("public_url", "https://x/#f"),
                         ("language", "de"),
                         ("sender.address", "nobody"), ("sender.name", ""),
                         ("name", "a\x7fb"), ("name", "a\nb")):  # fmt: skip
        refused = admin.post("/settings", data=form | {field: value})
        assert refused.status_code == 400, field
        assert f'id="{field.replace(".", "-")}-wrong"' in refused.text
    assert path.read_text("utf-8") == was
    assert admin.post("/settings", data=form).status_code == 303
    assert (space.settings.language, space.settings.public_url) == ("fr", "https://new.example")
    assert tomllib.loads(path.read_text("utf-8"))["sender"]["name"] == 'The "Shop"'
    assert admin.post("/settings", data=form | {"language": "en"}).status_code == 409, "stale"
    assert any(one.act == "settings_changed" for one in room.accounts.audited(9))
    assert "zone" not in fields, "a zone that was counted by stands"

    sizes = {n: v for n, v in fields.items() if "approvals" in n or "second" in n or "within" in n}
    sizes |= {"csrf": csrf(admin), "form": "approvals", "shown": shown[1]}
    wrong = admin.post("/settings", data=sizes | {"messages.approvals": "0"})
    assert (wrong.status_code, "1 or 2." in text(wrong)) == (400, True)
    new = {"messages.second_above_people": "50", "messages.second_above_cost_micros": "12.50"}
    assert admin.post("/settings", data=sizes | new).status_code == 303
    rule = space.rules.approvals().rules["messages"]
    assert (rule.second_above_people, rule.second_above_cost_micros) == (50, 12_500_000)
    assert rule.roles == ("crm_manager", "manager", "administrator")
    assert admin.post("/settings", data=sizes).status_code == 409, "stale"
    assert "50" in text(admin.get("/settings"))
    assert space.verify().faults == ()


def test_nothing_is_there_yet_and_the_screens_say_so(tmp_path: Path) -> None:
    workspace(tmp_path).close()
    with site(tmp_path) as opened:
        client = browser(opened, "administrator", "fr")
        assert "Il n’y a pas encore de modèle" in text(client.get("/models"))
        assert client.get("/models/response").status_code == 404
        page = text(client.get("/policies/standard", params=NUMBERS))
        assert "Rien n’a encore été préparé" in page
        assert "Tant qu’aucun fichier n’est importé" in text(client.get("/settings"))


def test_a_program_reads_tries_and_puts_up_what_the_screens_do(room: Site) -> None:
    space = shop(room)
    data, admin = program(room, "data_scientist"), program(room, "administrator")
    opened = data.get("/api/v1/models/response").json()
    assert opened["model"]["champion"] == space.models.champion("response")
    rival = next(v["version"] for v in opened["model"]["versions"] if not v["serves"])
    path = f"/api/v1/models/response/{rival}/put-up"
    assert program(room, "analyst").post(path, json={"reason": "x"}).status_code == 403
    change = data.post(path, json={"reason": "a new season"}).json()
    assert (change["state"], change["put_up_by"]) == ("proposed", "data_scientist@example.com")
    assert data.post(path, json={"reason": "again"}).status_code == 409
    changes.reject(space, change["id"], "ben")
    serving = data.get("/api/v1/policies/standard").json()
    assert (serving["serves"], serving["differs"]) == (True, [])
    assert "Nobody gets more than" in " ".join(serving["told"])
    other = serving["policy"] | {"holdout_share": 0.5}
    tried = data.post("/api/v1/policies-compare", json={"policy": other}).json()
    content = tomllib.loads(policies.content(space, "standard").decode()) | {"holdout_share": 0.5}
    found = comparing.compare_with(space, content, "here")
    assert (tried["changed"], tried["people"]) == (found.changed, found.people)
    assert tried["campaigns"] == {name: list(pair) for name, pair in found.campaigns.items()}
    up = {"policy": other, "reason": "a larger control group"}
    change = data.post("/api/v1/policies-put-up", json=up).json()
    assert change["state"] == "proposed"
    changes.reject(space, change["id"], "ben")
    same = {"policy": serving["policy"], "reason": "x"}
    assert data.post("/api/v1/policies-put-up", json=same).status_code == 409
    held = admin.get("/api/v1/settings").json()
    assert (held["currency"], held["zone"]) == (space.settings.currency, space.settings.zone)
    given = {"shown": held["shown"], "name": "Another shop"}
    assert data.post("/api/v1/settings", json=given).status_code == 403
    assert admin.post("/api/v1/settings", json=given).json()["name"] == "Another shop"
    assert admin.post("/api/v1/settings", json=given | {"name": "Late"}).status_code in (409, 412)
    rules = admin.get("/api/v1/settings/approvals").json()
    sizes = {
        "shown": rules["shown"], "within_days": 9, "messages": 1, "second_above_people": None,
        "second_above_cost_micros": None, "champion": 1, "policy": 1, "erasure": 1,
    }  # fmt: skip
    changed = admin.post("/api/v1/settings/approvals", json=sizes).json()
    assert (changed["within_days"], changed["rules"]["champion"]["approvals"]) == (9, 1)
    assert space.rules.approvals().within_days == 9
