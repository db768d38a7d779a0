"""Law: who refuses, objects or is erased by an address is so under every identifier of theirs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from regie.terms.errors import NotFoundError, RefusedError
from regie.terms.person import mailbox_marks
from regie.workspace import mailboxes, open_workspace, people, receiving, requests
from regie.workspace.workspace import Workspace
from tests.support.traces import traces
from tests.support.typed import regie
from tests.support.workspaces import SHIPPED

OLIVER, ADDRESS = "c1004", "oliver.hartley@example.invalid"
UNSUBSCRIBED = f"Email Address,UNSUB_TIME\n{ADDRESS.title()},2026-02-01 12:00:00\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with its orders, its contacts and a run that writes to Oliver."""
    folder = tmp_path_factory.mktemp("by-address") / "W"
    regie("init", str(folder), "--zone", "Europe/Paris", "--currency", "EUR", "--basis",
          "existing-customer", "--language", "en")  # fmt: skip
    settings = folder / "regie.toml"
    told = settings.read_text("utf-8").replace('now = ""', 'now = "2026-03-01"')
    # A key of one's own might draw Oliver into the control group.
    settings.write_text(f'published_key = "regie tests"\n{told}')
    with open_workspace(folder) as shop:
        for name, mapping in (("orders", "W"), ("contacts", "contacts")):
            shop.import_file(SHIPPED / "samples" / f"{name}.csv", mapping)
        shop.run()
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "W"))


@pytest.fixture
def shop(folder: Path) -> Iterator[Workspace]:
    with open_workspace(folder) as opened:
        yield opened


def bring(shop: Workspace, text: str, mapping: str = "mailchimp-unsubscribed") -> None:
    path = shop.folder.parent / f"{mapping}.csv"
    path.write_text(text, encoding="utf-8")
    shop.import_file(path, mapping)


def listed(shop: Workspace) -> str:
    return Path(shop.export("brevo").path).read_text("utf-8-sig")


def is_open(shop: Workspace, person: str = OLIVER) -> bool:
    return bool(people.standing(shop, shop.key_of(person))["prospecting"])


def test_a_refusal_in_a_list_of_addresses_closes_whoever_has_it(shop: Workspace) -> None:
    shop.approve(actor="ana")
    assert ADDRESS in listed(shop)
    bring(shop, UNSUBSCRIBED)
    assert not is_open(shop)
    assert ADDRESS not in listed(shop), "what was approved before stays too"
    shop.undo(actor="ana")
    acted = shop.approve(actor="ana")
    assert len(acted.refused) == 1
    answers = len(shop.state.consents()["key"])
    bring(shop, UNSUBSCRIBED)
    assert len(shop.state.consents()["key"]) == answers, "the same file again adds nothing"
    assert shop.verify().faults == ()


def test_everybody_refused_leaves_nothing_to_approve(shop: Workspace) -> None:
    held = shop.state.contacts(["address"])["address"].tolist()
    addresses = {one for one in held if one and "@" in one}
    rows = "".join(f"{one},2026-02-01 12:00:00\n" for one in sorted(addresses))
    bring(shop, f"EMAIL,MODIFIED_TIME\n{rows}", "brevo-blocklisted")
    with pytest.raises(RefusedError, match="not to be sent any more"):
        shop.approve(actor="ana")


def test_who_comes_later_with_a_refused_address_is_closed(shop: Workspace) -> None:
    bring(shop, UNSUBSCRIBED.replace(ADDRESS.title(), "new@example.com"))
    bring(shop, "customer_id,email\nc9,New@Example.com\n", "contacts")
    key = shop.key_of("c9")
    people.consent(shop, key, grant=["prospecting", "profiling", "personalisation"])
    assert mailboxes.shut(shop)[key].keys() == {"prospecting"}
    assert not is_open(shop, "c9"), "somebody of the address refused"
    assert shop.consent("new@example.com", grant=["prospecting"])["prospecting"]
    assert is_open(shop, "c9"), "granted by the address it holds for everybody who has it"


def test_the_gate_closes_without_a_row_of_ones_own(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends before the refusal is noted for the other: the gate closes them still."""
    shop.approve(actor="ana")
    monkeypatch.setattr(mailboxes, "share_refusals", lambda workspace: 0)
    bring(shop, UNSUBSCRIBED)
    assert shop.state.consents([shop.key_of(OLIVER)])["granted"].all()
    assert not is_open(shop)
    assert ADDRESS not in listed(shop)


def test_a_refusal_is_noted_for_when_who_said_it_is_forgotten(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(shop, UNSUBSCRIBED)
    monkeypatch.setattr(mailboxes, "_shut", lambda workspace, keys=None: {})
    shop.shut = None
    assert not is_open(shop)


@pytest.mark.parametrize("asked", [OLIVER, ADDRESS])
def test_an_objection_closes_the_address(shop: Workspace, asked: str) -> None:
    shop.approve(actor="ana")
    bring(shop, f"Email Address\n{ADDRESS}\n", "mailchimp-contacts")
    shop.object(asked)
    for person in (OLIVER, ADDRESS):
        noted = shop.state.consents([shop.key_of(person)], purpose="advertising")
        assert not noted["granted"][-1], "noted for each, whoever is forgotten first"
    assert not is_open(shop)
    assert not is_open(shop, ADDRESS)
    assert ADDRESS not in listed(shop)
    bring(shop, f"customer_id,email\nc9,{ADDRESS}\n", "contacts")
    people.consent(shop, shop.key_of("c9"), withdraw=["advertising"])
    assert set(mailboxes.REFUSABLE) <= mailboxes.shut(shop)[shop.key_of("c9")].keys()


def test_an_objection_puts_the_address_on_the_list_until_it_is_taken_back(shop: Workspace) -> None:
    def opposed() -> bool:
        found = shop.state.opposition()["fingerprint"].tolist()
        return set(mailbox_marks(shop.key, [ADDRESS])) <= set(found)

    shop.object(OLIVER)
    assert opposed(), "who objected may be forgotten before the address is"
    assert shop.consent(OLIVER, grant=["prospecting"])["prospecting"]
    assert not opposed()


def test_one_click_closes_whoever_shares_the_address(shop: Workspace) -> None:
    bring(shop, f"customer_id,email\nc9,{ADDRESS}\n", "contacts")
    people.consent(shop, shop.key_of("c9"), grant=["prospecting"])
    outbox = shop.state.outbox()
    token = outbox["token"][outbox["key"] == shop.key_of(OLIVER)][0]
    receiving.unsubscribe(shop, token)
    noted = shop.state.consents([shop.key_of("c9")], purpose="prospecting")
    assert not noted["granted"][-1]
    assert not is_open(shop, "c9")
    key = receiving.proven(shop, token, ADDRESS)
    receiving.grant(shop, key, ["prospecting"])
    assert is_open(shop, "c9")
    assert is_open(shop), "the word of whoever reads the mailbox"
    seen = receiving.see(shop, key)
    assert [one["contacts"]["raw_id"] for one in seen["same_address"]] == ["c9"]
    receiving.erase(shop, key)
    for person in (OLIVER, "c9"):
        with pytest.raises(NotFoundError, match="erased since"):
            shop.access(person)


def test_an_erasure_by_address_reaches_everybody_of_it(folder: Path, tmp_path: Path) -> None:
    with open_workspace(folder) as shop:
        bring(shop, UNSUBSCRIBED)
    (tmp_path / "mailchimp-unsubscribed.csv").unlink()
    one = regie("erase", OLIVER, "--yes", workspace=Path(shutil.copytree(folder, tmp_path / "2")))
    assert f"The same address is that of {ADDRESS} as well" in one.out
    done = regie("erase", ADDRESS, "--yes", workspace=folder)
    assert f"Erased 2 people: {ADDRESS}, {OLIVER} (Oliver Hartley)." in done.out
    assert traces(folder, [ADDRESS, OLIVER]) == set()
    with open_workspace(folder) as shop:
        assert shop.verify().faults == ()
        bring(shop, UNSUBSCRIBED)
        bring(shop, f"customer_id,email\nc9,{ADDRESS}\n", "contacts")
        assert mailboxes.told(shop, mailboxes.named(shop, ADDRESS)) == ["c9"]
        assert mailboxes.shut(shop)[shop.key_of("c9")].keys() >= {"prospecting"}


def test_who_comes_with_the_address_of_somebody_erased_is_closed(shop: Workspace) -> None:
    shop.erase(OLIVER)
    bring(shop, f"customer_id,email\nc9,{ADDRESS}\n", "contacts")
    people.consent(shop, shop.key_of("c1020"), grant=["prospecting"])
    assert set(mailboxes.shut(shop)[shop.key_of("c9")]) == set(mailboxes.REFUSABLE)
    bring(shop, f"Email Address\n{ADDRESS}\n", "mailchimp-contacts")
    assert mailboxes.told(shop, mailboxes.named(shop, ADDRESS)) == ["c9"], "their rows stay out"


def test_who_stays_with_the_address_of_somebody_erased_keeps_what_files_say(
    shop: Workspace,
) -> None:
    bring(shop, f"Email Address\n{ADDRESS}\n", "mailchimp-contacts")  # known by it alone
    shop.erase(OLIVER)
    key = shop.key_of(ADDRESS)
    assert mailboxes.shut(shop)[key].keys() == set(mailboxes.REFUSABLE), "written to no more"
    bring(shop, f"Email Address,First Name\n{ADDRESS},Olivia\n", "mailchimp-contacts")
    held = shop.state.contacts(["first_name"], [key])
    assert held["first_name"].tolist() == ["Olivia"]


def test_a_request_by_an_address_is_for_everybody_of_it(shop: Workspace) -> None:
    bring(shop, UNSUBSCRIBED)
    asked = {"kind": "erase", "channel": "mail", "actor": "po@shop"}
    alone = requests.receive(shop, person=OLIVER, **asked)
    request = requests.receive(shop, person=ADDRESS, **asked)
    assert (alone.by_address, request.by_address) == (False, True)
    requests.identify(shop, request.id, "document", "po@shop")
    held = requests.give_access(shop, request.id, "po@shop")
    assert len(held["same_address"]) == 1
    assert requests.everybody(shop, alone.id) == [shop.key_of(OLIVER)]
    requests.erase(shop, request.id, "po@shop")
    assert shop.key_of(OLIVER) not in shop.state.mailboxes()["key"].tolist()
    assert requests.found(shop, request.id).request.mark


def test_an_erasure_that_the_opening_finished_is_told_as_done(folder: Path) -> None:
    with open_workspace(folder) as shop:
        key = shop.key_of(OLIVER)
        shop.state.erase(key, mailboxes.fingerprint(shop, key), shop.settings.now_us())
    done = regie("erase", OLIVER, "--yes", workspace=folder)
    assert done.code == 0, done.err
    assert f"Done: the erasure of {OLIVER} was begun before" in done.out
    twice = regie("erase", OLIVER, "--yes", workspace=folder)
    assert (twice.code, "erased since 2026-03-01" in twice.err) == (2, True)
