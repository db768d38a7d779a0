"""The proof of erasure: a person of whom a full workspace holds everything leaves no byte."""

from __future__ import annotations

import base64
import gzip
import shutil
import struct
import time
from importlib.resources import files
from pathlib import Path

import pytest

from regie.workspace import jobs, open_workspace, uploads
from regie.workspace.workspace import Workspace
from tests.support.faults import DAYS, first_proposal
from tests.support.shop import make_shop, write_slice
from tests.support.traces import traces

SENTINEL = "918273645"
ADDRESS, NAMES = "sentinel.quillfeather@example.invalid", ("Sentinella", "Quillfeather")
HEAD = "order,item,description,quantity,at,unit_price,customer_id"
ORDERS = "\n".join([HEAD, *(
    f"s{month},{item},A {item},{month % 3 + 1},2011-{month:02d}-0{day} 10:00,2.55,{SENTINEL}"
    for month in range(2, 10) for day, item in ((3, "85123A"), (5, "22423"))
)]) + "\n"  # fmt: skip
OWN = "".join(
    f"t{n},{item},{title},1,2011-0{n}-07 10:00,3.10,{SENTINEL}\n"
    for n, item, title in (
        (4, ADDRESS, "A GIFT"), (5, f"box-{SENTINEL}", "A BOX"), (6, "B77", f"CARD {ADDRESS}"),
        (7, "B78", " ".join(NAMES)),
    )
)  # fmt: skip
"""Items that only their lines gave, coded or titled by what names them."""
OTHERS = (
    HEAD
    + "\n"
    + "".join(
        f"o{n},8512{n}A,deliver to {who},1,2011-06-0{n} 10:00,2.55,1515{n}\n"
        for n, who in enumerate((ADDRESS, ADDRESS.upper(), SENTINEL, " ".join(NAMES)), start=2)
    )
)
"""What others' lines say of them."""
PRODUCTS = f"product_id,product_type\nB77,CARD {ADDRESS}\nB79,for {' '.join(NAMES)}\n"
SET_ASIDE = (
    f"sx,85123A,A CANDLE,many,2011-05-05 10:00,2.55,{SENTINEL}\n"
    f"sy,85123A,for {ADDRESS},lots,2011-05-06 10:00,2.55,{SENTINEL}\n"
)
UNREAD = "px,85123A,A CANDLE,many,2011-06-05 10:00,2.55,15152\n"
CONTACTS = (
    "customer_id,email,first_name,last_name,language,city\n"
    f"{SENTINEL},{ADDRESS},{NAMES[0]},{NAMES[1]},fr,Vannes\n"
)
PURPOSES = ("profiling", "personalisation", "prospecting", "advertising")
CONSENTS = "customer_id,purpose,granted,decided_at,evidence\n" + "".join(
    f"{SENTINEL},{purpose},yes,2011-02-01 10:00,web form of {ADDRESS}\n" for purpose in PURPOSES
)
SENDS = "message_id,campaign,customer_id,event,at\n" + "".join(
    f"m{n},spring,{SENTINEL},{event},2011-04-04 09:3{n}\n"
    for n, event in enumerate(("send", "delivered", "open", "click"))
)
REDEEMED = f"customer_id,coupon_upc,redemption_date,campaign_id\n{SENTINEL},10000,2011-05-05,8\n"
Given = tuple[tuple[str, str, str], ...]
FILES: Given = (
    ("s-orders.csv", ORDERS + OWN + SET_ASIDE, "orders"),
    ("s-contacts.csv", CONTACTS, "contacts"),
    ("s-consents.csv", CONSENTS, "consents"),
    ("s-sends.csv", SENDS, "sends"),
    ("s-redeemed.csv", REDEEMED, "redemptions"),
)
TOLD: Given = (
    (f"from {ADDRESS}.csv", OTHERS, "orders"),
    (f"of-{SENTINEL}_{NAMES[1]}.csv", OTHERS.replace("\no", "\np") + UNREAD, "orders"),
    ("s-products.csv", PRODUCTS, "completejourney-products"),
)
"""Files of others that tell of them, in words or by name; brought after an erasure nobody could
know whom they mean."""


ACCOUNTS = """
SELECT currency, kind, count(*) AS lines, CAST(sum("value") AS BIGINT) AS micros,
       CAST(sum(quantity) AS BIGINT) AS units
FROM events WHERE kind IN ('order', 'return', 'fee', 'adjustment')
GROUP BY currency, kind ORDER BY currency, kind
"""


def money(shop: Workspace) -> list[list[object]]:
    """The accounts: lines, value and units of each kind that has a value."""
    return [column.tolist() for column in shop.sql(ACCOUNTS).columns.values()]


def add_redemptions(shop: Workspace) -> None:
    """A mapping for coupons of a shop whose customers are people, not households."""
    shipped = files("regie") / "shipped/rules/mappings/completejourney-redemptions.toml"
    text = shipped.read_text("utf-8").replace('namespace = "household"\n', "")
    text = text.replace('"household_id"', '"customer_id"').replace("America/New_York", "UTC")
    (shop.folder / "rules/mappings/redemptions.toml").write_text(text, "utf-8")


def bring_all(shop: Workspace, beside: Path, given: Given = FILES) -> dict[str, int]:
    """Import the sentinel's files; rows that an erasure or an objection touched, by file."""
    touched = {}
    for name, text, mapping in given:
        path = beside / name
        path.write_text(text, "utf-8")
        touched[name] = shop.import_file(path, mapping).lines.get("erased", 0)
    return touched


def fill(shop: Workspace, beside: Path) -> list[str]:
    """Let everything happen to the sentinel; by what they could be recognised afterwards."""
    add_redemptions(shop)
    bring_all(shop, beside, FILES + TOLD)
    for number, day in enumerate(DAYS[1:], start=1):
        shop.run(day)
        shop.approve(**first_proposal(shop, number), actor="tests")
    key = shop.key_of(SENTINEL)
    # Asked for and not begun: it waits by the name its file came by.
    shop.jobs.add(jobs.new("import", {"file": f"{SENTINEL}.csv", "mapping": "orders"}, "tests"))
    uploads.place(shop, f"{ADDRESS}.csv")[1].write_text(ORDERS, "utf-8")
    assert "Addresses in codes or names of items are not kept" in " ".join(
        shop.import_file(beside / FILES[0][0], "orders").said
    )
    decisions = [d.id for d, _ in shop.decisions(person=SENTINEL)]
    shop.write_messages()
    shop.export("plain", run=2)
    shop.write_report("fr")
    shop.write_access(shop.access(SENTINEL), "fr", str(shop.folder / "reports" / "access.html"))
    assert decisions, "decided on"
    return [SENTINEL, key, ADDRESS, *NAMES]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A workspace in which everything happened to the sentinel, and what names them."""
    folder = tmp_path_factory.mktemp("sentinel")
    with make_shop(folder / "shop", write_slice(folder / "log.parquet", parts=48)) as shop:
        return shop.folder, fill(shop, folder)


def test_the_search_sees_every_spelling(tmp_path: Path) -> None:
    for how, content in {
        "utf-16": ADDRESS.encode("utf-16-be"), "hex": ADDRESS.encode().hex().encode(),
        "int": int(SENTINEL).to_bytes(4, "big"), "long": struct.pack("<q", int(SENTINEL)),
        "double": struct.pack(">d", float(SENTINEL)), "gzip": gzip.compress(ADDRESS.encode()),
        **{f"base64 {n}": base64.b64encode(b"x" * n + ADDRESS.encode() + b"yy") for n in range(3)},
    }.items():  # fmt: skip
        (tmp_path / "one").write_bytes(b"\x07" + content if how != "gzip" else content)
        from tests.support import traces as search

        found = search._holds((tmp_path / "one").read_bytes(), ADDRESS) or any(
            search._holds(part, ADDRESS) for part in search._unpacked(content)
        )
        assert found or search._holds((tmp_path / "one").read_bytes(), SENTINEL), how


def test_within_a_minute_nothing_is_left_and_a_plain_delete_is_caught(
    full: tuple[Path, list[str]], tmp_path: Path
) -> None:
    whole, wanted = full
    before = traces(whole, wanted)
    assert {needle for needle, _ in before} == set(wanted), "the search sees them all before"
    deleted = Path(shutil.copytree(whole, tmp_path / "deleted"))
    with open_workspace(deleted) as shop, shop.everything.session() as session:
        # The control: what a plain delete does, a new version without the rows.
        session.register("who", {"key": [shop.key_of(SENTINEL)]})
        session.replace("events", "key IN (SELECT key FROM who)",
                        "SELECT * FROM events WHERE false", None, "deleted")  # fmt: skip
        assert shop.key_of(SENTINEL) in wanted
    assert any(where.startswith("events/") for _, where in traces(deleted, wanted))
    own = Path(shutil.copytree(whole, tmp_path / "own"))
    with open_workspace(own) as shop:
        accounts, started = money(shop), time.monotonic()
        shop.erase(SENTINEL)
        assert time.monotonic() - started < 60
        assert money(shop) == accounts, "to the micro"
        assert shop.verify().faults == ()
        assert shop.replay(run=2).answer == "erased"
    assert traces(own, wanted) == set()
    with open_workspace(own) as shop:
        touched = bring_all(shop, tmp_path)
        assert touched["s-orders.csv"] >= len(ORDERS.splitlines()) - 1, "and says how many rows"
        assert touched["s-contacts.csv"] == 1
        assert money(shop) == accounts
        assert shop.verify().faults == ()
    assert traces(own, wanted) == set()


def test_of_a_file_named_after_them_what_stays_verifies(own_shop: Path) -> None:
    """Its rows set aside were sealed under its new name, and then those of the person went."""
    from regie.workspace.sweeping import sweep

    with open_workspace(own_shop) as shop:
        named = (f"x {SENTINEL}.csv", ORDERS + SET_ASIDE + UNREAD, "orders")
        bring_all(shop, own_shop.parent, (("c.csv", CONTACTS, "contacts"), named))
        shop.erase(SENTINEL)
        assert shop.verify().faults == ()
        sweep(shop)
        kept = shop.sql("SELECT file FROM quarantine WHERE file LIKE 'x%' ORDER BY file").columns
        assert kept["file"].tolist() == ["x ….csv"], "of somebody else"


CODED = "ZQX98765431"
TOLD_BY_OTHERS: Given = (
    (
        "coded.csv",
        f"customer_id,email,first_name,last_name\n{CODED},sentinelle.zqxw@exemple.fr,Zéphyrine,"
        "Quxwortel\n",
        "contacts",
    ),
    (
        "coded-orders.csv",
        f"{HEAD},country\n"
        f"{CODED},85123A,A MUG,1,2011-06-02 10:00,2.55,15153,France\n"
        f"{CODED}-B,85123A,A MUG,1,2011-06-02 10:00,2.55,15153,France\n"
        f"q1,{CODED}-MUG,A MUG,1,2011-06-03 10:00,2.55,15153,France\n"
        f"q2,85123A,Cadeau de Zephyrine  Quxwortel,1,2011-06-04 10:00,2.55,15153,France\n"
        f"q3,85123A,mailto:SENTINELLE.ZQXW%40exemple.fr,1,2011-06-05 10:00,2.55,15153,{CODED}\n"
        f"q4,{CODED}-MUG,A MUG,1,2011-06-06 10:00,2.55,{CODED},France\n",
        "orders-by-country",
    ),
    (
        "coded-consents.csv",
        "customer_id,purpose,granted,decided_at,evidence\n"
        + "".join(
            f"13248,{purpose},yes,2011-02-01 10:00,parrainé par {CODED} (Zéphyrine Quxwortel)\n"
            for purpose in PURPOSES
        ),
        "consents",
    ),
    (
        "coded-products.csv",
        f"product_id,product_type\n{CODED}-TRAY,A TRAY\n",
        "completejourney-products",
    ),
    (
        "coded-sends.csv",
        "message_id,campaign,customer_id,event,at\nm1,pour-zéphyrine-quxwortel,15153,send,"
        "2011-04-04 09:30\n",
        "sends",
    ),
)


def test_in_what_others_say_no_spelling_of_them_is_left(own_shop: Path) -> None:
    """Answers and what is decided by them, codes, words without accents, links, what is counted."""
    mappings = own_shop / "rules/mappings"
    text = (mappings / "orders.toml").read_text("utf-8")
    text = text.replace("[fields]", '[fields]\ncountry = "country"', 1)
    (mappings / "orders-by-country.toml").write_text(text, "utf-8")
    with open_workspace(own_shop) as shop:
        bring_all(shop, own_shop.parent, TOLD_BY_OTHERS)
        shop.run("2011-10-09")
        wanted = [CODED, "Quxwortel", "quxwortel", "SENTINELLE.ZQXW", "sentinelle.zqxw"]
        assert {needle for needle, _ in traces(own_shop, wanted)} >= set(wanted[:3])
        accounts = money(shop)
        orders = 'SELECT count(DISTINCT "order") AS n FROM events WHERE key = $key'
        with shop.everything.session() as session:
            given = {"key": shop.key_of("15153")}
            before = session.query(orders, given)["n"].tolist()
        shop.erase(CODED)
        assert shop.verify().faults == ()
        with shop.everything.session() as session:
            assert session.query(orders, given)["n"].tolist() == before, "orders stay apart"
        assert money(shop) == accounts
        assert shop.replay(run=3).answer == "identical"
    assert traces(own_shop, wanted) == set()


def test_an_objection_stands_when_the_old_files_come_again(
    full: tuple[Path, list[str]], tmp_path: Path
) -> None:
    own = Path(shutil.copytree(full[0], tmp_path / "own"))
    with open_workspace(own) as shop:
        shop.object(SENTINEL)
        accounts, stood = money(shop), shop.consent(SENTINEL)
        assert not any(stood[purpose] for purpose in PURPOSES)
        bring_all(shop, tmp_path)
        again = shop.import_file(tmp_path / "s-orders.csv", "orders")
        assert "Rows of people who objected: 22, for the accounts alone." in again.said
        assert shop.consent(SENTINEL) == stood, "not brought back"
        assert money(shop) == accounts


@pytest.mark.proof
def test_at_ten_million_lines_too(tmp_path: Path) -> None:
    from bench.large_log import write_large_log

    with make_shop(tmp_path / "shop", write_large_log(tmp_path / "log.parquet")) as shop:
        add_redemptions(shop)
        bring_all(shop, tmp_path, FILES + TOLD)
        wanted = [SENTINEL, shop.key_of(SENTINEL), ADDRESS, *NAMES]
        accounts, started = money(shop), time.monotonic()
        shop.erase(SENTINEL)
        assert time.monotonic() - started < 60
        assert money(shop) == accounts
    (tmp_path / "log.parquet").unlink()
    assert traces(tmp_path / "shop", wanted) == set()
