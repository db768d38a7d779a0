"""Files on the screen: looked at before they come in, accounted for, and their bad lines mended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from regie.workspace import correcting, people, sources, uploads
from regie.workspace.settings import wall_us
from regie.workspace.site import Site
from tests.stages.collect.labelled import FRENCH, FRENCH_FIELDS
from tests.support.room import browser, csrf, shop, site

GOOD = 19
FILE = "\n".join(
    ["Bestellnr;Datum;Artikel;Menge;Preis;Kunde", "b0;14.2.2011;A;viele;2,50;77002"]
    + [f"b{i // 2 + 1};{i + 1}.2.2011;{'AB'[i % 2]};{i % 3 + 1};2,50;770{i // 2:02}"
       for i in range(GOOD)]
)  # fmt: skip
"""A shop's file that no mapping knows, with one line that cannot be read."""


@pytest.fixture(scope="module")
def room(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A copy of the shop that these tests change one after the other."""
    import shutil

    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("data") / "shop")
    with site(folder) as opened:
        yield opened


def sent(client: TestClient, content: bytes, name: str = "bestellungen.csv") -> str:
    """Where the page of an uploaded file is."""
    made = client.post(
        "/data", data={"csrf": csrf(client, "/data")}, files={"file": (name, content)}
    )
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


def test_the_history_adds_up(room: Site) -> None:
    history = sources.history(shop(room))
    assert [one.source.mapping for one in history] == ["orders", "contacts", "online-retail"]
    assert all(one.adds_up for one in history)
    assert (history[0].set_aside, history[0].waits, sum(history[0].kept.values())) == (2, 2, 2)
    page = browser(room, "manager", "fr").get("/data").text
    assert "online_retail.parquet" in page
    assert "2 lignes attendent une correction" in page
    told = browser(room, "privacy_officer").get(f"/data/imports/{history[0].source.import_id}")
    assert "The numbers add up" in told.text
    assert "quantity: 2 lines" in told.text


def test_the_screens_count_the_same_rules(room: Site) -> None:
    client = browser(room, "manager", "fr")
    page, orders = client.get("/data").text, sources.history(shop(room))[0]
    n = len(orders.source.kept)
    assert n, "the rules it was judged by"
    assert f">{n} règles</td>" in page.replace("\u00a0", " ").replace("\u202f", " ")
    told = client.get(f"/data/imports/{orders.source.import_id}").text
    points = told.split("Règles appliquées", 1)[1].split("</ul>", 1)[0]
    assert points.count("<li") == n


def test_a_line_is_corrected_on_the_screen(room: Site) -> None:
    client = browser(room, "crm_manager", "fr")
    of = sources.history(shop(room))[0].source.import_id
    at = f"/data/imports/{of}/quantity"
    page = client.get(at).text
    assert 'value="many"' in page
    form = {"csrf": csrf(client, at), "2.quantity": "plusieurs"}
    assert "Cochez au moins une ligne" in client.post(at, data=form).text
    wrong = client.post(at, data=form | {"take 2": "on"})
    assert (wrong.status_code, 'value="plusieurs"' in wrong.text) == (400, True)
    done = client.post(at, data=form | {"take 2": "on", "2.quantity": "5"})
    assert (done.status_code, done.headers["location"]) == (303, f"/data/imports/{of}")
    assert client.post(at, data=form | {"take 2": "on", "2.quantity": "5"}).status_code == 400
    assert correcting.reasons(shop(room), of) == {"quantity": 1}
    one = sources.history(shop(room))[0]
    assert (one.corrected, one.waits, one.gone, one.adds_up) == (1, 1, 0, True)
    assert client.post(at, data=form | {"take 3": "on", "3.quantity": "7"}).status_code == 303
    told = client.get(f"/data/imports/{of}").text.replace("\u202f", " ")
    days = [re.search(r"ligne \d$", line) for line in re.findall(r'<li class="ok">([^<]*)<', told)]
    assert [one and one[0] for one in days] == ["ligne 2", "ligne 3"], "each line tells another"
    assert [one.about for one in room.accounts.audited(2)] == [f"{of}, 3", f"{of}, 2"]
    replayed = correcting.replays_of(shop(room), of)[0].id
    assert client.get(f"/data/imports/{replayed}").headers["location"] == f"/data/imports/{of}"
    assert shop(room).verify().faults == ()


def test_a_file_is_understood_adjusted_and_brought_in(room: Site) -> None:
    client = browser(room, "analyst")
    at = sent(client, FILE.encode())
    page = client.get(at).text
    assert "2011-02-09" in page
    assert "set aside" in page, "viele is no quantity"
    columns = {
        "field item": "Artikel", "field quantity": "Menge", "field at": "Datum",
        "field unit_price": "Preis",
    }  # fmt: skip
    own = {"by": "own", "kind": "orders", **columns}
    adjusted = client.get(at, params=own | {"field order": "Kunde"})
    assert "your choice" in adjusted.text
    form = own | {"csrf": csrf(client, at), "field order": "Bestellnr", "field person": "Kunde"}
    for name in ("", "../x", "orders"):
        refused = client.post(at, data=form | {"name": name})
        assert refused.status_code == 400, name
        assert "your choice" in refused.text, "what was chosen is kept"
    done = client.post(at, data=form | {"name": "bestellungen"})
    assert done.status_code == 303, done.text
    one = sources.history(shop(room))[0]
    assert (one.source.rows, sum(one.kept.values()), one.set_aside) == (GOOD + 1, GOOD, 1)
    assert done.headers["location"] == f"/data/imports/{one.source.import_id}"
    assert client.get(at).status_code == 404, "the upload is gone once it was brought in"
    again = client.get(sent(client, FILE.encode())).text
    assert "It is read by bestellungen" in again


def test_a_kind_chosen_by_hand_is_shown_with_the_columns_found_for_it(room: Site) -> None:
    client = browser(room, "analyst")
    at = sent(client, FRENCH.format(day="12/01/2011").encode(), "commandes.csv")
    orders = {"by": "own", "kind": "orders"}
    items = {"shown": "products", "field item": "Réf article", "field description": "Désignation"}

    def chosen(**given: str) -> dict[str, str]:
        page = client.get(at, params=given).text
        picks = re.findall(r'name="field (\w+)">(.*?)</select>', page, re.DOTALL)
        found = {field: re.search(r"<option selected>([^<]*)", options) for field, options in picks}
        return {field: column[1] for field, column in found.items() if column}

    found = dict(zip(FRENCH_FIELDS, FRENCH.splitlines()[0].split(";"), strict=True))
    assert chosen(**orders, **items) == chosen(**orders) == found
    kept = {"shown": "orders", "field item": "Désignation"}
    assert chosen(**orders, **kept) == {"item": "Désignation"}, "what was chosen for it stays"
    assert chosen(by="own", kind="products", **kept)["item"] == "Réf article"


@pytest.mark.parametrize("day", ["31/02/2011", "12/01/2031"])
def test_a_day_that_does_not_exist_sets_its_own_line_aside(room: Site, day: str) -> None:
    client = browser(room, "crm_manager", "fr")
    lines = FRENCH.format(day="12/01/2011").replace("\n5363", f"\n{day[-2:]}63")
    lines = lines.replace("Réf article", f"Réf article {day[-2:]}")  # no mapping made before
    at = sent(client, lines.replace("15/01/2011", day).encode(), "commandes.csv")
    page = client.get(at).text
    assert "L’importer" in page and "ne serait pas importé" not in page
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert "shown" in fields, "no mapping of the house reads it"
    named = {"csrf": csrf(client, at), "name": f"impossible-{day[-2:]}"}
    done = client.post(at, data=fields | named)
    assert done.status_code == 303, done.text
    one = sources.history(shop(room))[0]
    assert (sum(one.kept.values()), one.set_aside) == (8, 1)
    assert correcting.reasons(shop(room), one.source.import_id) == {"at": 1}


def test_cents_beside_whole_amounts_are_asked_about(room: Site) -> None:
    client = browser(room, "analyst")
    rows = "x1,A,1,2011-09-01,12.34\nx2,A,1,2011-09-02,1234\nx3,B,1,2011-09-03,5.50\n"
    page = sent(client, f"order,sku,quantity,date,price\n{rows}".encode(), "prices.csv")
    assert "Are those cents?" in client.get(page).text


def test_a_list_of_people_who_refused_is_offered_as_such(room: Site) -> None:
    client = browser(room, "administrator", "fr")

    def offered(sample: str) -> str:
        """As if it were of a year that the shop of these tests knows."""
        text = Path(f"regie/shipped/samples/{sample}.csv").read_bytes()
        return sent(client, text.replace(b"2024", b"2010").replace(b"2025", b"2011"))

    assert (
        "Le fichier ne dit pas si ces personnes ont refusé"
        in client.get(offered("brevo-blocklisted")).text
    )
    at = offered("mailchimp-unsubscribed")
    sure = client.get(at).text
    assert "Il note que toutes les personnes du fichier refusent." in sure
    assert "mailchimp-subscribed" not in sure, "they left: nobody is offered to note a yes"
    assert "Le format mailchimp-contacts convient aussi\u202f; il ne lirait pas" in sure
    form = {"csrf": csrf(client, at), "mapping": "mailchimp-unsubscribed"}
    assert client.post(at, data=form).status_code == 303
    key = shop(room).key_of("ines.roussel@example.com")
    assert people.standing(shop(room), key)["prospecting"] is False


def test_what_an_import_would_refuse_the_preview_refuses_and_its_name_stays_free(
    room: Site,
) -> None:
    client = browser(room, "manager", "fr")
    dollars = FILE.replace("viele;2,50;", "1;$2,50;").replace("b0;14", "x0;14").encode()
    at = sent(client, dollars, "dollars.csv")
    told = "ligne 2 porte «\u202f$2,50\u202f», alors que cet espace compte en GBP"
    page = client.get(at).text
    assert told in page.replace("\u00a0", " ")
    assert "Importer" not in page.split("</h1>", 1)[1], "nothing to press that would be refused"
    columns = {"item": "Artikel", "quantity": "Menge", "at": "Datum", "unit_price": "Preis",
               "order": "Bestellnr", "person": "Kunde"}  # fmt: skip
    form = {"csrf": csrf(client, at), "by": "own", "kind": "orders", "name": "dollars"}
    form |= {f"field {field}": column for field, column in columns.items()}
    for _ in range(2):
        refused = client.post(at, data=form)
        assert (refused.status_code, told in refused.text.replace("\u00a0", " ")) == (400, True)
        assert "dollars" not in shop(room).rules.mappings(), "nothing of it stays"


@pytest.mark.parametrize(
    ("role", "lang", "shown"), [("manager", "fr", "2,50"), ("administrator", "en", "2.50")]
)
def test_a_preview_writes_amounts_as_its_reader_does(
    room: Site, role: str, lang: str, shown: str
) -> None:
    client = browser(room, role, lang)
    page = client.get(sent(client, FILE.encode())).text
    assert f"<td>{shown}</td>" in page
    assert "<td>2.5</td>" not in page


def test_a_column_that_stands_twice_is_told_as_that(room: Site) -> None:
    client = browser(room, "manager", "fr")
    page = client.get(sent(client, b"order,item,item\no1,A,B\n")).text
    assert "figure deux fois" in page


def test_an_upload_is_bounded_guarded_and_never_found_by_its_name(room: Site) -> None:
    client = browser(room, "analyst")
    folder = shop(room).folder / "uploads"
    before = len(list(folder.iterdir()))
    at = sent(client, b"a;b\n1;2\n", "../../rules/purposes.toml")
    path = uploads.found(shop(room), at.rsplit("/", 1)[1])
    assert (path.parent.parent, path.name) == (folder, "purposes.toml")
    assert client.post(f"{at}/forget", data={"csrf": csrf(client, at)}).status_code == 303
    file = {"file": ("a.csv", b"a;b\n1;2\n")}
    assert client.post("/data", data={"csrf": "0" * 64}, files=file).status_code == 403
    assert browser(room, "viewer").post("/data", files=file).status_code == 403
    assert browser(room).post("/data", files=file).status_code in (303, 403)
    cross = client.post("/data", data={"csrf": csrf(client, "/data")}, files=file,
                        headers={"sec-fetch-site": "cross-site"})  # fmt: skip
    assert cross.status_code == 403
    huge = client.post("/data", content=b"x", headers={"content-length": str(1 << 40)})
    assert huge.status_code == 413
    empty = client.post("/data", data={"csrf": csrf(client, "/data")},
                        files={"file": ("a.csv", b"")})  # fmt: skip
    assert (empty.status_code, "This file is empty" in empty.text) == (400, True)
    none = client.post("/data", data={"csrf": csrf(client, "/data")}, files={"other": ("", b"")})
    assert none.status_code in (400, 403)
    assert len(list(folder.iterdir())) == before, "nothing refused is left behind"


def test_a_file_that_waits_goes_with_an_erasure_and_says_so(room: Site) -> None:
    client = browser(room, "crm_manager", "fr")
    at = sent(client, FILE.encode())
    token = at.rsplit("/", 1)[1]
    path = uploads.found(shop(room), token)
    shop(room).erase(shop(room).decisions(run=1, state="approved")[0][0].subject)
    assert (path.exists(), list(path.parent.iterdir())) == (False, [])
    form = {"csrf": csrf(client, "/data"), "mapping": "orders"}
    for answer in (client.get(at), client.post(at, data=form)):
        told = answer.text.replace("\u202f", " ")
        assert (answer.status_code, "une personne a été effacée" in told) == (404, True)
    other = client.get(f"/data/uploads/{'0' * 32}")
    assert (other.status_code, "effacée" in other.text) == (404, False)
    uploads.drop_before(shop(room), wall_us() + 1)
    assert not path.parent.exists(), "its place is kept no longer than any upload"
    assert "n’est plus là" in client.get(at).text


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"\x00\xff\x00" * 50, "x.csv", "aucun tableau lisible"),
        (b"%PDF-1.4 x", "x.csv", "aucun tableau lisible"),
        (b"PK\x03\x04 no zip", "x.xlsx", "ne s’ouvre pas comme un classeur"),
        (b"PAR1 x", "x.parquet", "Parquet sans en être un"),
        (b"\x1f\x8b\x08 x", "x.csv.gz", "compressé est"),
        (b"[1, 2", "x.json", "pas du JSON correct"),
        (b"o1;2026-01-05;LILAS;2,50\no2;2026-01-06;ROSE;3,50\n", "x.csv", "déjà des données"),
    ],
)
def test_what_is_no_table_is_told_not_run(room: Site, content: bytes, name: str, said: str) -> None:
    client = browser(room, "crm_manager", "fr")
    page = client.get(sent(client, content, name))
    assert page.status_code in (200, 400)
    assert said in page.text
    for english in ("Traceback", "expected", "export the"):
        assert english not in page.text
