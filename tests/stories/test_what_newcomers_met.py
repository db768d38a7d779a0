"""Faults that a newcomer met, each kept from coming back."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from regie.deliver import export
from regie.terms.errors import RefusedError, SettingError
from regie.terms.instant import DAY_US
from regie.workspace import jobs, open_workspace, ruling, settings
from tests.support.typed import regie

ZOE, LIAM = "13248", "15152"


@pytest.mark.parametrize("name", ["a b", "été", "a#b"])
def test_a_folder_may_have_any_name(own_shop: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "shop"
    folder.parent.mkdir()
    own_shop.rename(folder)
    assert regie("verify", workspace=folder).code == 0
    with open_workspace(folder) as shop:
        shop.erase(ZOE)
        assert shop.run("2011-10-09").decisions > 0


def test_an_address_that_is_none_costs_one_message_and_no_run(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        with pytest.raises(SettingError, match="expected name@domain"):
            shop.rectify(ZOE, "address", "pas une adresse")
        with pytest.raises(SettingError, match="expected one of en, fr"):
            shop.rectify(ZOE, "language", "klingon")
        shop.state.rectify(shop.key_of(LIAM), "address", "a@b@c", 2**61, "file")
        done = shop.run("2011-10-09")
        (told,) = [d for d, _ in shop.decisions(run=done.run, person=shop.key_of(LIAM))]
        assert (told.chosen, "address" in told.excluded) == ("nothing", True)


def test_a_day_to_come_is_refused_and_an_unjudged_version_takes_nobodys_place(
    own_shop: Path,
) -> None:
    with open_workspace(own_shop) as shop:
        champions = {name: shop.models.champion(name) for name in shop.models.names()}
        for day in ("2031-01-01", "2011-12-11"):
            with pytest.raises(SettingError, match="expected a day up to 2011-12-10"):
                shop.run(day)
        assert shop.as_of_us("2011-12-10") == shop.settings.now_us()
        runs = shop.runs()
        for day in ("1899-01-01", "2010-12-01"):
            with pytest.raises(SettingError, match="expected a day after 2010-12-01"):
                shop.run(day)
        assert shop.runs() == runs, "an empty run would be the newest"
        with pytest.raises(SettingError, match=r"a day that does not exist.*2011-02-28"):
            shop.run("2011-02-31")
        shop.run("2010-12-02")
        assert {name: shop.models.champion(name) for name in champions} == champions


def test_an_earlier_run_can_still_be_exported(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        shop.run("2011-10-09")
        earlier = shop.export("plain", run=2)
        assert earlier.rows > 0
        path, rules = Path(earlier.path), own_shop / "rules/segments.toml"
        path.chmod(0o644)
        rules.chmod(0o664)
        shop.export("plain", run=2)
        ruling.change(
            shop, "segments.toml", rules.read_bytes() + b"# hello\n",
            seen=ruling.shown(shop, "segments.toml"), about="", deed="edited", actor="ann@shop",
        )  # fmt: skip
        modes = [one.stat().st_mode & 0o777 for one in (path, rules)]
        assert modes == [0o600, 0o664], "names are for their owner alone; rules for whom they were"


def test_what_is_past_its_use_leaves_by_no_way_and_is_counted(
    own_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock: approved messages may leave for 30 days from the day they were prepared for."""
    rules = own_shop / "regie.toml"
    rules.write_text(rules.read_text("utf-8").replace('now = "2011-12-10"', 'now = ""'), "utf-8")
    with open_workspace(own_shop) as shop:
        until_us = shop.runs()[-1].as_of_us + 30 * DAY_US
        one = shop.decisions(run=2, state="approved")[0][0]
        monkeypatch.setattr(settings, "wall_us", lambda: until_us - 1)
        approved = shop.export("plain").rows
        assert (approved > 0, shop.write_messages(one.id) != []) == (True, True)
        told = f"none of its {approved:,} messages may leave (it has waited too long: {approved:,})"
        monkeypatch.setattr(settings, "wall_us", lambda: until_us)
        for to in export.FORMATS:
            with pytest.raises(RefusedError, match=re.escape(told)):
                shop.export(to)
        for decision, n in ((one.id, 1), (None, 6)):
            with pytest.raises(RefusedError, match=f"waited too long: {n}.*before 2011-10-09"):
                shop.write_messages(decision)
        job = jobs.new("export", {}, "manager@example.com")
        shop.jobs.add(job)
        ended = jobs.work(shop, job)
        assert (ended.state, told in ended.told) == ("failed", True)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("import", "regie import is without FILES, expected all that it needs; type for example"),
        ("import a.csv b.csv", "import is of 2 files, expected files and --as MAPPING, or one"),
        ("import a.csv --as a --propose b", "import is with --as and --propose, expected files"),
        ("consent", "regie consent is without PERSON, expected all that it needs; type for"),
        ("report --lang de", '--lang is "de", expected one of en, fr; type for example regie rep'),
        ("decisions --state approve", '--state is "approve", expected one of proposed, approved,'),
        ("decisions --limit 0", '--limit is "0", expected a whole number from 1 up; type for'),
        ("serve --port 99999", '--port is "99999", expected a whole number from 1 to 65535; type'),
        ("approve --run x", '--run is "x", expected a whole number; type for example regie'),
        ("report --lnag fr", 'option is "--lnag", expected an option of regie report; did you mea'),
        ("report --lang", "--lang is without a value, expected one after it; see regie --help"),
        ("runs --json=3", "--json is with a value, expected none; see regie --help"),
        ("runs a b", 'regie runs is followed by "a b", expected nothing more; type for example'),
        ("requests act", "requests act is without REQUEST and DEED, expected regie requests act R"),
        ("requests show", "requests show is without REQUEST, expected regie requests show REQUEST"),
        ("rusn", 'command is "rusn", expected one of the menu; did you mean run?'),
        ("--wrkspace x runs", 'option is "--wrkspace", expected an option of regie; did you mean'),
    ],
)
def test_a_wrong_call_has_the_one_form(typed: str, told: str) -> None:
    done = regie(*typed.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"regie: {told}"), done.err
    assert done.err.count("\n") == 1, "one line, as every error"
    if "--json=" in typed:
        return
    document = regie(*typed.split(), "--json")
    assert (document.code, document.json()["code"]) == (2, "usage")
    assert document.err == f"regie: {document.json()['error']}\n"
    if not typed.endswith("--lang"):
        assert document.err == done.err


def test_what_is_missing_and_what_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    done = regie("init", str(tmp_path / "a"), "--zone", "Europe/Pari", "--language", "de")
    assert done.code == 2
    for told in (
        'workspace is with zone "Europe/Pari", without currency, with language "de", without basis',
        "an IANA name (zone), a currency's code (ISO 4217) (currency), one of en, fr (language),",
    ):
        assert told in done.err, done.err
    bad = ["--zone", "Europe/Pari", "--currency", "EUR", "--language", "de", "--basis", "none"]
    both = regie("init", str(tmp_path / "a"), *bad)
    assert 'with zone "Europe/Pari", with language "de", expected' in both.err
    one = regie("init", str(tmp_path / "a"), *bad[2:], "--zone", "Europe/Paris")
    assert one.err.startswith('regie: language is "de", expected one of en, fr; '), one.err
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("privacy_contact", "privacy_contract", 'is with the unknown key "privacy_contract", exp'),
        ("postal", "postel", '[sender] is with the unknown key "postel", expected name, address'),
        ("zone = ", "# ", "is without zone, expected version, id, name, zone, currency, language"),
        ('currency = "GBP"', "currency = 5", 'currency is 5, expected a text in quotes, as "text"'),
        ('currency = "GBP"', 'currency = "gbp"', 'currency is "gbp", expected a currency\'s code'),
        ('language = "en"', 'language = "de"', 'language is "de", expected one of en, fr; choose'),
        ("id = ", "id ", ' is not TOML ("id '),
    ],
)
def test_settings_that_cannot_be_are_told_in_words_of_the_file(
    own_shop: Path, was: str, becomes: str, told: str
) -> None:
    path = own_shop / "regie.toml"
    before = path.read_text("utf-8")
    assert was in before, before
    path.write_text(before.replace(was, becomes, 1), "utf-8")
    done = regie("runs", workspace=own_shop)
    assert done.code == 2
    assert told in done.err, done.err
    assert ("did you mean postal" in done.err) == (becomes == "postel")
    assert not re.search("Expected `|Object missing|Invalid|key/value pair", done.err), done.err


def test_a_lost_rules_file_and_a_folder_named_like_one(own_shop: Path) -> None:
    for kind in ("campaigns", "mappings", ""):
        (own_shop / "rules" / kind / "z.toml").mkdir()
    assert regie("run", "--as-of", "2011-10-09", workspace=own_shop).code == 0
    (own_shop / "rules/segments.toml").unlink()
    done = regie("run", "--as-of", "2011-11-09", workspace=own_shop)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("regie: rules/segments.toml is not there, expected the rules"), (
        done.err
    )


_REGIE = "from regie.interfaces.cli import main; main()"


@pytest.mark.parametrize("typed", ["--help", "runs --json", "runs", "nonsense --json"])
def test_an_answer_that_finds_no_room_is_told_in_one_line(whole_shop: Path, typed: str) -> None:
    where = {**os.environ, "REGIE_WORKSPACE": str(whole_shop)}
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", _REGIE, *typed.split()],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=where,
        )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    full_told = "regie: the disk that the answer is written to is full, expected room for it; free"
    assert done.stderr.startswith("regie: command" if "nonsense" in typed else full_told)


def test_a_wrong_call_with_json_is_one_document(own_shop: Path) -> None:
    for call in (("decisions", "--state", "foo"), ("explain",), ("nonsense",)):
        done = regie(*call, "--json", workspace=own_shop if call[0] != "nonsense" else None)
        assert (done.code, done.json()["code"]) == (2, "usage")


def test_french_headers_are_known(own_shop: Path, tmp_path: Path) -> None:
    path = tmp_path / "commandes.csv"
    path.write_text(
        "N° Commande;Date de commande;Référence;Désignation;Quantité;Prix unitaire;Client\n"
        "F1;2011-05-05 10:00;Z1;Bougie;2;3.50;16744\n",
        "utf-8",
    )
    with open_workspace(own_shop) as shop:
        assert shop.import_file(path, "orders").added == 1


def test_the_sql_behind_a_number_can_be_pasted(whole_shop: Path) -> None:
    told = regie("report", "--number", "revenue", workspace=whole_shop).out
    (typed,) = [line for line in told.splitlines() if line.startswith("  regie sql ")]
    name, command, statement = shlex.split(typed)
    assert (name, command) == ("regie", "sql")
    assert "'order'" in statement
    assert regie("sql", statement, workspace=whole_shop).code == 0


def test_an_error_of_sql_stands_on_one_line(whole_shop: Path) -> None:
    for statement in ("SELECT nope FROM events", "SELEC"):
        told = regie("sql", statement, workspace=whole_shop)
        assert (told.code, "\\n" in told.err, "query is not understood" in told.err) == (
            2,
            False,
            True,
        )


def test_what_stays_is_told_in_words(own_shop: Path) -> None:
    assert regie("undo", workspace=own_shop).code == 0
    told = regie("export", "best-next", workspace=own_shop)
    assert told.code == 1
    assert "messages may leave (nobody has approved it: " in told.err
    assert "not_approved" not in told.err


def test_no_decision_named_is_said(whole_shop: Path) -> None:
    told = regie("explain", "", workspace=whole_shop)
    assert (told.code, "decision is not named" in told.err) == (2, True)


def test_a_folder_name_with_a_line_break_is_refused(tmp_path: Path) -> None:
    settings = ("--zone", "Europe/Paris", "--currency", "EUR", "--language", "fr")
    folder = tmp_path / "a\nb"
    told = regie("init", str(folder), *settings, "--basis", "consent")
    assert (told.code, "a name on one line" in told.err) == (2, True)
    assert not folder.exists()


def test_a_french_sentence_about_a_decision_names_it(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        decision = next(d for d, state in shop.decisions(run=2) if state == "approved")
    told = regie("explain", decision.id, "--lang", "fr", workspace=own_shop)
    assert told.out.splitlines()[-1].startswith("Cette décision est validée")
