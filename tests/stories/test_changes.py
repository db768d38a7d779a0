"""A champion, a policy, an erasure wait for people: put up, decided on together, made once."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import msgspec
import pytest

from regie.learn.promote import RULE
from regie.terms.errors import NotFoundError, RefusedError, RuleError
from regie.workspace import changes, open_workspace, people, requests
from regie.workspace.approving import note_acts
from regie.workspace.foreseen import foreseen
from regie.workspace.site import Site
from regie.workspace.workspace import Workspace
from tests.support.room import browser, csrf, site
from tests.support.typed import regie

RULES = """\
within_days = 7
[champion]
roles = ["data_scientist", "manager"]
approvals = {champion}
[policy]
approvals = 1
[erasure]
approvals = 1
"""


def rules(folder: Path, champion: int = 1) -> None:
    (folder / "rules" / "approvals.toml").write_text(RULES.format(champion=champion), "utf-8")


@pytest.fixture
def room(own_shop: Path) -> Iterator[Site]:
    rules(own_shop)
    with site(own_shop) as opened:
        yield opened


def shop(room: Site) -> Workspace:
    return room.rooms[""].workspace


def another(workspace: Workspace) -> str:
    """A version that does not serve."""
    champion = workspace.models.champion("response")
    return next(v for v in workspace.models.versions("response") if v != champion)


def test_a_champion_waits_for_somebody_else_and_then_serves(room: Site) -> None:
    version, before = another(shop(room)), shop(room).waiting()
    change = shop(room).promote("response", version, "manager@example.com", "fewer surprises")
    assert (change.state, shop(room).waiting()) == ("proposed", before + 1)
    own, other = browser(room, "manager"), browser(room, "data_scientist", "fr")
    path = f"/decide/change/{change.id}"
    assert path in own.get("/decide").text
    assert "somebody else approves it" in own.get(path).text
    form = {"csrf": csrf(own), "deed": "approve"}
    assert own.post(path, data=form).status_code == 409, "never one's own proposal"
    page = other.get(path).text
    assert "fewer surprises" in page
    assert other.post(path, data={"csrf": csrf(other), "deed": "approve"}).status_code == 303
    assert shop(room).models.champion("response") == version
    assert changes.told(shop(room), change.id).state == "applied"
    assert shop(room).waiting() == before
    assert [a.kind for a in shop(room).state.acts(decision=change.id)] == [
        "proposed", "approved", "applied",
    ]  # fmt: skip
    assert shop(room).verify().faults == ()
    assert other.get("/decide").status_code == 200


def test_two_approvals_are_two_peoples_and_a_role_must_be_named(own_shop: Path) -> None:
    rules(own_shop, champion=2)
    with open_workspace(own_shop) as workspace:
        version = another(workspace)
        name = workspace.promote("response", version, "ana").id
        with pytest.raises(RefusedError, match="put up already"):
            workspace.promote("response", version, "ben")
        with pytest.raises(RefusedError, match="for other roles than viewer"):
            workspace.decide_change("approve", name, actor="ben", role="viewer")
        assert workspace.decide_change("approve", name, actor="ben", role="manager").state == (
            "agreed"
        )
        with pytest.raises(RefusedError, match="waits for a second person"):
            workspace.decide_change("approve", name, actor="ben")
        assert workspace.decide_change("undo", name, actor="ben").state == "proposed"
        workspace.decide_change("approve", name, actor="ben")
        assert workspace.models.champion("response") != version
        assert workspace.decide_change("approve", name, actor="eve").state == "applied"
        assert workspace.models.champion("response") == version
        with pytest.raises(RefusedError, match="is applied"):
            workspace.decide_change("reject", name, actor="eve")
        with pytest.raises(RefusedError, match="is applied"):
            workspace.decide_change("undo", name, actor="eve")
        with pytest.raises(NotFoundError):
            workspace.promote("response", "nope", "ana")
        with pytest.raises(NotFoundError):
            workspace.decide_change("approve", "champion:response:nope", actor="ana")


def test_who_left_is_not_one_of_the_two_who_approve(own_shop: Path) -> None:
    rules(own_shop, champion=2)
    with site(own_shop) as room:
        for role in ("administrator", "manager"):
            browser(room, role)
        version = another(shop(room))
        name = shop(room).promote("response", version, "ana").id
        shop(room).decide_change("approve", name, actor="manager@example.com", role="manager")
        # As a process that ends right after it leaves it: the account is closed, nothing more.
        gone = next(one for one in room.accounts.all() if one.role == "manager")
        room.accounts.change(msgspec.structs.replace(gone, active=False))
    with site(own_shop) as room:
        page = browser(room, "data_scientist", "fr").get(f"/decide/change/{name}").text
        assert "L’accord de manager@example.com ne compte plus" in page
        told = shop(room).decide_change("approve", name, actor="leo", role="data_scientist")
        assert (told.state, told.agreed_by, told.gave_up) == ("agreed", "leo", "")
        assert shop(room).models.champion("response") != version
        assert shop(room).verify().faults == ()


def test_where_the_rules_want_nobody_it_is_made_at_once(own_shop: Path) -> None:
    rules(own_shop, champion=0)
    with open_workspace(own_shop) as workspace:
        version = another(workspace)
        assert workspace.promote("response", version, "ana").state == "applied"
        assert workspace.models.champion("response") == version


def test_a_rejected_change_can_be_asked_for_anew(room: Site) -> None:
    name = shop(room).promote("response", another(shop(room)), "ana").id
    other = browser(room, "manager")
    silent = other.post(f"/decide/change/{name}", data={"csrf": csrf(other), "deed": "reject"})
    assert (silent.status_code, "Say why" in silent.text) == (400, True)
    form = {"csrf": csrf(other), "deed": "reject", "reason": "not yet"}
    assert other.post(f"/decide/change/{name}", data=form).status_code == 303
    assert changes.told(shop(room), name).state == "rejected"
    inbox = unescape(other.get("/decide").text)
    version = name.split(":")[2]
    assert version not in re.sub(r"<[^>]+>", " ", inbox), "a version is told by its day"
    assert "into service" in inbox
    assert shop(room).promote("response", another(shop(room)), "ana").state == "proposed"


def test_of_several_at_once_one_approves_and_it_is_made_once(room: Site) -> None:
    version = another(shop(room))
    name = shop(room).promote("response", version, "ana").id
    made = len(shop(room).models.history("response"))
    start, refused = threading.Barrier(3), []

    def decide(actor: str) -> None:
        start.wait()
        try:
            shop(room).decide_change("approve", name, actor=actor)
        except RefusedError as error:
            refused.append(error)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(decide, ("ben", "eve", "kim")))
    assert len(refused) == 2
    assert len(shop(room).models.history("response")) == made + 1
    kinds = [a.kind for a in shop(room).state.acts(decision=name)]
    assert kinds == ["proposed", "approved", "applied"]


def test_what_was_approved_and_not_made_is_made_at_the_next_opening(own_shop: Path) -> None:
    rules(own_shop)
    with open_workspace(own_shop) as workspace:
        version = another(workspace)
        name = workspace.promote("response", version, "ana").id
        (asked,) = workspace.state.acts(decision=name)
        changed = {"id": "f" * 32, "kind": "approved", "actor": "ben"}
        with workspace.state.together():  # as a process that ends here leaves it
            note_acts(workspace, [msgspec.structs.replace(asked, **changed)])
    with open_workspace(own_shop) as workspace:
        assert workspace.models.champion("response") == version
        assert changes.told(workspace, name).state == "applied"
        assert workspace.verify().faults == ()


def test_a_policy_is_put_up_told_and_written_as_it_was_approved(room: Site) -> None:
    path = shop(room).folder / "rules" / "policies" / "standard.toml"
    text = path.read_text("utf-8")
    bolder = text.replace("cap_messages = 2", "cap_messages = 5")
    bolder = bolder.replace("holdout_share = 0.1", "holdout_share = 0.025")
    content = (bolder + "# bolder, by ana\n").encode()
    change = shop(room).change_policy("standard", content, "ana", "more reach")
    page = browser(room, "manager").get(f"/decide/change/{change.id}").text
    assert "would get something else" in page
    beside = page.partition("<h2>Your decision</h2>")[2]
    for was, now in (("2", "5"), ("10%", "2.5%")):
        assert f"<del>{was}</del> <ins>{now}</ins>" in beside, "what changes stands at the button"
    assert foreseen(shop(room), change).differs == {
        "holdout_share": (0.1, 0.025), "cap_messages": (2, 5),
    }  # fmt: skip
    assert path.read_bytes() != content
    shop(room).decide_change("approve", change.id, actor="ben")
    assert path.read_bytes() == content
    with pytest.raises(RuleError):
        shop(room).change_policy("standard", b"nothing = 1", "ana")


def test_an_erasure_from_inside_waits_for_a_second_person(room: Site) -> None:
    workspace = shop(room)
    key = str(workspace.state.outbox(run=2)["key"][0])
    with pytest.raises(RefusedError, match="for somebody else to approve"):
        workspace.erase(key)
    request = requests.receive(workspace, kind="erase", channel="mail", person=key, actor="ana").id
    with pytest.raises(RefusedError, match="not identified"):
        changes.ask_erasure(workspace, request, "ana")
    requests.identify(workspace, request, "address", "ana")
    change = changes.ask_erasure(workspace, request, "ana")
    assert people.is_known(workspace, key)
    page = browser(room, "privacy_officer").get(f"/decide/change/{change.id}").text
    assert key not in page
    assert workspace.decide_change("approve", change.id, actor="ben").state == "applied"
    assert not people.is_known(workspace, key)
    assert key not in str(workspace.state.acts())
    for lang, erased, in_use in (("en", "Erased", "In use"), ("fr", "Effacé", "En service")):
        reader = browser(room, "manager" if lang == "en" else "administrator", lang)
        for path in ("/decide", f"/decide/change/{change.id}"):
            page = reader.get(path).text
            assert (f">{erased}<" in page, in_use in page) == (True, False), path
    assert workspace.verify().faults == ()
    changes.finish(workspace)


def test_what_the_receiver_asks_for_is_done_at_once(room: Site) -> None:
    found = shop(room).state.outbox(run=2)
    key, token = str(found["key"][0]), str(found["token"][0])
    form = {"what": "erase", "address": f"{key}@example.invalid"}
    assert browser(room).post(f"/w/{token}", data=form).status_code == 200
    assert not people.is_known(shop(room), key)


def test_a_winner_of_a_run_waits_where_the_rules_want_somebody(
    own_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(own_shop)
    monkeypatch.setattr("regie.learn.promote.serves", lambda *given: True)
    with open_workspace(own_shop) as workspace:
        serving = workspace.models.champion("response")
        workspace.run("2011-10-09")
        assert workspace.models.champion("response") == serving
        winners = {one.subject: one for one in changes.waiting(workspace)}
        assert set(winners) == {"response", "affinity"}
        one = winners["response"]
        assert one.put_up_by == RULE
        assert workspace.decide_change("approve", one.id, actor="ana").state == "applied"
        assert workspace.models.champion("response") == one.detail
        assert workspace.verify().faults == ()


def test_the_terminal_decides_on_changes_too(own_shop: Path) -> None:
    rules(own_shop)
    with open_workspace(own_shop) as workspace:
        version = another(workspace)
    asked = regie("models", "response", "--promote", version, workspace=own_shop)
    assert "waits for somebody else: regie approve --change champion:response:" in asked.out
    name = f"champion:response:{version}"
    done = regie("approve", "--change", name, "--actor", "somebody", workspace=own_shop)
    assert (done.code, f"{name}: applied." in done.out) == (0, True)
