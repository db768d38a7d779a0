"""A file nobody wrote a mapping for: shown, proposed, written, imported; nothing by surprise."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.support.typed import regie
from tests.support.workspaces import SHIPPED

SAMPLES = SHIPPED.resolve() / "samples"
TILL = """\
Belegnummer;Zeitpunkt;Kd.;Art.-Nr.;Bezeichnung;Menge;Einzelpreis;Farbe
5001;31.08.2025 17:12;c1;TASSE-01;Blaue Tasse;2;12,50;blau
5001;31.08.2025 17:12;c1;TISCH-02;Niedriger Tisch;1;1.249,00;
5002;02.09.2025 09:05;c2;TASSE-01;Blaue Tasse;1;12,50;blau
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REGIE_KEYS", str(tmp_path / "keys"))
    monkeypatch.chdir(tmp_path)
    made = regie(
        "init", "shop", "--zone", "Europe/Berlin", "--currency", "EUR", "--language", "en",
        "--basis", "none",
    )  # fmt: skip
    assert made.code == 0
    Path("kasse.csv").write_text(TILL, "utf-8")
    return tmp_path


def test_without_a_mapping_nothing_is_imported_and_the_way_on_is_told(shop: Path) -> None:
    done = regie("import", "kasse.csv")
    assert done.code == 0, done.err
    assert "kasse.csv seems to hold orders." in done.out
    assert "Not read:" in done.out and "Farbe." in done.out
    assert "2025-08-31 17:12" in done.out and "1249" in done.out
    assert "regie import kasse.csv --propose kasse" in done.out
    assert regie("quality", "--json").json() == []


def test_what_is_written_imports_the_file(shop: Path) -> None:
    assert regie("import", "kasse.csv", "--propose", "kasse").code == 0
    text = Path("shop/rules/mappings/kasse.toml").read_text("utf-8")
    assert 'date = "Zeitpunkt"' in text and 'decimal = ","' in text
    checks = [rule["check"] for rule in tomllib.loads(text)["quality"]]
    assert checks[:3] == ["unique", "valid", "consistent"], "as regie init ships them"
    assert "country" not in [rule.get("field") for rule in tomllib.loads(text)["quality"]]
    (found,) = regie("import", "kasse.csv", "--as", "kasse", "--json").json()
    assert found["lines"] == {"order": 3}
    assert found["value_micros"] == {"order": 1_286_500_000}
    # From then on the file is known.
    assert "It is read by the mapping kasse." in regie("import", "kasse.csv").out.replace(
        "Its header is exactly that of", "It is read by"
    )


def test_json_holds_every_guess_with_its_share(shop: Path) -> None:
    found = regie("import", "kasse.csv", "--json").json()
    guesses = {guess["field"]: guess for guess in found["found"]["guesses"]}
    assert guesses["quantity"]["column"] == "Menge" and guesses["quantity"]["share"] > 0.9
    assert found["rows"][1]["unit_price"] == "1249"
    assert found["fits"] == "" and 'kind = "orders"' in found["mapping"]


def test_a_name_that_is_taken_is_refused(shop: Path) -> None:
    done = regie("import", "kasse.csv", "--propose", "shop")
    assert (done.code, "mapping shop is there already, expected a new name" in done.err) == (
        2,
        True,
    )


def test_a_file_of_nothing_known_is_said_so(shop: Path) -> None:
    Path("notes.csv").write_text("a,b\nlorem,ipsum\ndolor,sit\n", "utf-8")
    assert "nothing that was recognised" in regie("import", "notes.csv").out
    done = regie("import", "notes.csv", "--propose", "notes")
    assert (done.code, "of no kind that was recognised" in done.err) == (2, True)
    assert not Path("shop/rules/mappings/notes.toml").exists()


def test_a_missing_field_is_asked_for_by_name(shop: Path) -> None:
    Path("half.csv").write_text(
        TILL.replace("Menge", "Farbe 2").replace(";2;", ";rot;").replace(";1;", ";rot;"), "utf-8"
    )
    done = regie("import", "half.csv", "--propose", "half")
    assert done.code == 2
    assert "without a column for quantity" in done.err


def test_two_files_need_a_mapping(shop: Path) -> None:
    done = regie("import", "kasse.csv", "kasse.csv")
    assert (done.code, "--as MAPPING" in done.err) == (2, True)


def test_the_basis_given_at_init_is_proposed_and_only_fees_that_occur(shop: Path) -> None:
    own = Path("shop/rules/mappings/shop.toml")
    own.write_text(own.read_text("utf-8").replace('"none"', '"existing-customer"'), "utf-8")
    Path("kasse.csv").write_text(
        TILL
        + "5003;02.09.2025 09:05;c2;Port;Porto;1;4,50;\n5004;02.09.2025 09:05;c2;M;Hemd;1;9,50;\n",
        "utf-8",
    )
    text = regie("import", "kasse.csv", "--json").json()["mapping"]
    assert 'basis = "existing-customer"' in text and 'fee_items = ["PORT"]' in text


def test_what_the_fitting_mapping_reads_is_not_told_as_not_read(shop: Path) -> None:
    Path("c.csv").write_text("email,prenom,nom,ville\na@b.fr,Zoe,Lac,Lyon\n" * 1, "utf-8")
    found = regie("import", "c.csv", "--json").json()
    assert found["fits"] == "contacts" and found["found"]["unknown"] == []


def test_a_run_without_people_or_consent_says_why(shop: Path) -> None:
    regie("import", "kasse.csv", "--propose", "kasse")
    done = regie("import", "kasse.csv", "--as", "kasse")
    assert done.out.startswith("Into the workspace shop.")
    assert "No order names a person" in regie("run").out
    Path("kasse.csv").write_text(TILL.replace("Kd.", "Kundennr"), "utf-8")
    regie("import", "kasse.csv", "--propose", "named")
    regie("import", "kasse.csv", "--as", "named")
    ran = regie("run").out
    assert "Nobody's consent covers profiling" in ran and "regie approve" not in ran


def test_small_sentences(shop: Path) -> None:
    Path("mon été.csv").write_text(TILL, "utf-8")
    assert "regie import 'mon été.csv' --propose 'mon été'" in regie("import", "mon été.csv").out
    made = ("--zone", "Europe/Paris", "--language", "fr", "--basis", "none")
    assert regie("init", "x", *made, "--currency", "XXZ").code == 2
    assert regie("init", "a\nb", *made, "--currency", "EUR").code == 2


@pytest.mark.parametrize(
    ("sample", "first", "then"),
    [
        ("mailchimp-unsubscribed", "mailchimp-unsubscribed", "mailchimp-contacts"),
        ("brevo-blocklisted", "brevo-blocklisted", "brevo-contacts"),
    ],
)
def test_the_way_on_keeps_what_people_refused(
    shop: Path, sample: str, first: str, then: str
) -> None:
    file = str(SAMPLES / f"{sample}.csv")
    done = regie("import", file)
    assert done.code == 0, done.err
    told = done.out
    way = [part.split()[0].rstrip(",.") for part in told.split(f"regie import {file} --as ")[1:]]
    assert way == [first, then]
    if first == then.replace("contacts", "blocklisted"):
        assert "if it is a list of those who did, first: regie import" in told


def test_what_quality_counts_is_what_the_import_told(shop: Path) -> None:
    """Rows set aside, a footer, a file brought again and an erased person: none was added."""
    header, *rows = TILL.replace("Kd.", "Kundennr").splitlines()
    more = ["5003;02.09.2025 09:05;c2;TASSE-01;Blaue Tasse;viele;12,50;blau", "Summe;;;;;;;"]
    Path("kasse.csv").write_text("\n".join([header, *rows, ""]), "utf-8")
    regie("import", "kasse.csv", "--propose", "kasse")
    Path("kasse.csv").write_text("\n".join([header, *rows, *more, ""]), "utf-8")
    told = [regie("import", "kasse.csv", "--as", "kasse", "--json").json()[0] for _ in range(2)]
    assert regie("erase", "c1", "--yes").code == 0
    third = regie("import", "kasse.csv", "--as", "kasse").out
    assert "5 rows, 0 added." in third and "Left out, of people who were erased: 2 rows." in third
    assert "Nothing new: what else this file holds was here already." in third
    found = regie("quality", "--json").json()
    assert [one["added"] for one in told] == [3, 0]
    assert [one["added"] for one in found] == [3, 0, 0]
    lines = [line.split() for line in regie("quality").out.splitlines() if "kasse.csv" in line]
    assert [line[line.index("kasse.csv") + 2] for line in lines] == ["3", "0", "0"]


def test_a_file_of_an_erased_person_alone_was_not_here_already(shop: Path) -> None:
    Path("c.csv").write_text("email,prenom\na@b.fr,Zoe\n", "utf-8")
    regie("import", "c.csv", "--as", "contacts")
    assert regie("erase", "a@b.fr", "--yes").code == 0
    told = regie("import", "c.csv", "--as", "contacts").out
    assert "Left out, of people who were erased: 1 row." in told
    assert "was here already" not in told


def test_orders_in_which_no_person_is_found_say_so(shop: Path) -> None:
    assert "Not found: person." in regie("import", "kasse.csv").out
    mails = TILL.replace("Kd.", "Xq").replace("c1;", "ana@b.de;").replace("c2;", "zoe@b.de;")
    Path("kasse.csv").write_text(mails, "utf-8")
    done = regie("import", "kasse.csv").out
    assert "Not found: person" not in done and "100% e-mail addresses" in done


def test_a_file_without_a_header_is_refused_with_its_first_row(shop: Path) -> None:
    Path("kasse.csv").write_text(TILL.split("\n", 1)[1], "utf-8")
    for way in ((), ("--as", "shop")):
        done = regie("import", "kasse.csv", *way)
        assert (done.code, "kasse.csv row 1 is data already" in done.err) == (2, True)
