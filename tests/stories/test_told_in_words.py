"""What a person reads of where it came from and of what they refused; when a workspace is."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from tests.support.typed import regie
from tests.support.workspaces import HEADER, csv, mapping, workspace

ORDER = "1,A1,Cup,2,2011-03-01 10:00,2.50,p1,GBP"
DECLARED = """\
[consent]
basis = "legitimate-interest"
purposes = ["prospecting"]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The folder of a workspace with one order and one contact of one person."""
    contacts = "customer_id,email\np1,zoe@example.invalid\n"
    (tmp_path / "people.csv").write_text(contacts, "utf-8")
    with workspace(tmp_path / "shop") as made:
        made.import_file(csv(tmp_path, [ORDER]), mapping(made, name="till", more=DECLARED))
        made.import_file(tmp_path / "people.csv", "contacts")
    return tmp_path / "shop"


def page(shop: Path, lang: str = "en") -> str:
    """The access page of that person as text, one cell a line."""
    out = shop.parent / "page.html"
    assert regie("access", "p1", "--lang", lang, "--out", str(out), workspace=shop).code == 0
    body = out.read_text("utf-8").partition("<body")[2]
    return re.sub(r"\s*(<[^>]+>\s*)+", "\n", html.unescape(body))


def test_where_it_came_from_is_a_file_a_kind_and_a_day(shop: Path) -> None:
    told = page(shop)
    # An order, the number with it, the answer that the mapping declares; the address.
    assert (
        len(re.findall(r"\na file of orders, orders\.csv, brought on \d+ \w+ \d{4}\n", told)) == 3
    )
    assert len(re.findall(r"\na file of contacts, people\.csv, brought on \d+ \w+ \d{4}\n", told))
    assert not re.search(r"\btill\b|, import i", told), "the mapping's name is ours"
    assert "un fichier de commandes, orders.csv, importé le" in page(shop, "fr")
    (shop / "rules/mappings/till.toml").unlink()
    assert "\na file, orders.csv, brought on" in page(shop), "the file is known all the same"


def test_beside_a_refusal_stands_the_basis_it_refuses(shop: Path) -> None:
    assert regie("object", "p1", workspace=shop).code == 0
    answers = page(shop).partition("Your answers, with their dates")[2]
    offers = re.findall(r"\nE-mails about our offers\n(yes|no)\n(.+)\n", answers)
    basis = "our legitimate interest, unless you object"
    assert offers == [("yes", basis), ("no", basis)]
    opens = re.findall(r"\nSeeing whether you open our e-mails\n(yes|no)\n(.+)\n", answers)
    assert opens == [("no", "your consent")], "never granted: what the purpose rests on"


@pytest.mark.parametrize("now", ["2011-12-10", ""])
def test_an_import_says_whether_the_workspace_stands_still(tmp_path: Path, now: str) -> None:
    with workspace(tmp_path / "shop", now=now) as made:
        name = mapping(made)
    file = str(csv(tmp_path, [ORDER], header=HEADER))
    done = regie("import", file, "--as", name, workspace=tmp_path / "shop")
    assert done.code == 0, done.err
    still = [line for line in done.out.splitlines() if "stands still" in line]
    assert len(still) == (1 if now else 0)
    assert not now or f"stands still on {now}" in still[0]
