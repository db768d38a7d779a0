"""What an edition of a composed report tells and when: relative days, freshness, clocks, nobody."""

from __future__ import annotations

import email
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from regie.terms.document import Chart, LineFigure, Notice, Tiles
from regie.terms.errors import RuleError
from regie.terms.instant import DAY_US, instant_us
from regie.terms.schedule import latest_due_us, next_due_us
from regie.workspace import editions, open_workspace, telling
from regie.workspace.composing import BLOCKS, SPANS, Composition, composition_from, days
from regie.workspace.cubes import Cubes
from regie.workspace.workspace import Workspace
from tests.support.shop import CONTACTS

DAILY = {
    "title": {"fr": "Chaque jour", "en": "Each day"}, "languages": ["fr", "en"],
    "period": "last_7_days", "blocks": list(BLOCKS),
    "leaves": {"every": "day", "at": "08:00", "zone": "Europe/Paris"},
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The small shop, and what makes an edition of a report at an instant."""
    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("editions") / "shop")
    with open_workspace(folder) as opened:
        cubes = Cubes(opened)
        cube, items = cubes.cube(), telling.item_names(opened, opened.settings.now_us())
        cubes.close()
        yield opened, lambda one, leaves_us: editions.made(opened, cube, items, one, leaves_us)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return instant_us(datetime(year, month, day, hour, minute, tzinfo=UTC))


def daily(**more: Any) -> Composition:
    return composition_from({**DAILY, **more}, "daily")


def test_days_are_relative_alone_and_end_before_it_leaves() -> None:
    day = date(2024, 1, 1)
    for n in range(800):
        leaves = day + timedelta(n)
        for span in SPANS:
            first, last = days(span, leaves)
            assert first <= last < leaves, (span, leaves)
            assert (leaves - last).days <= 31
    first, last = days("last_month", date(2024, 3, 31))
    assert (first, last) == (date(2024, 2, 1), date(2024, 2, 29))
    assert days("last_week", date(2024, 1, 1)) == (date(2023, 12, 25), date(2023, 12, 31))
    for field, value in (("period", "2011-11"), ("first", date(2011, 11, 1)), ("last", "today")):
        with pytest.raises(RuleError):
            daily(**{field: value})


def test_the_same_report_tells_of_other_days_on_another_day_of_its_zone(shop: Any) -> None:
    _, made = shop
    one = daily(blocks=["figures"])
    told = [made(one, at(2011, 11, day, 7))["en"].subtitle for day in (8, 9)]
    assert told == [
        "Demonstration shop · 1–7 November 2011",
        "Demonstration shop · 2–8 November 2011",
    ]
    # Half past midnight on the 9th in Paris is still the 8th in New York.
    night_us = at(2011, 11, 8, 23, 30)
    assert made(one, night_us)["en"].subtitle.endswith("2–8 November 2011")
    west = daily(blocks=["figures"], leaves={**DAILY["leaves"], "zone": "America/New_York"})  # type: ignore[dict-item]
    assert made(west, night_us)["en"].subtitle.endswith("1–7 November 2011")


def test_it_leaves_at_eight_on_the_clocks_of_its_zone_when_they_change() -> None:
    task = daily().task()
    assert task is not None
    left = [next_due_us(task, at(2011, 10, day, 12), "America/New_York") for day in (28, 29, 30)]
    assert left == [at(2011, 10, 29, 6), at(2011, 10, 30, 7), at(2011, 10, 31, 7)]
    skipped = daily(leaves={**DAILY["leaves"], "at": "02:30"}).task()  # type: ignore[dict-item]
    assert skipped is not None
    spring = [latest_due_us(skipped, at(2011, 3, day, 12), "UTC") for day in (26, 27, 28)]
    assert spring == [at(2011, 3, 26, 1, 30), at(2011, 3, 27, 1, 30), at(2011, 3, 28, 0, 30)]


def test_it_opens_exactly_four_days_before_it_leaves(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace: Workspace = shop[0]
    weekly = {"every": "week", "on": "monday", "at": "08:00"}
    one = daily(sign_off=True, leaves=weekly)
    due_us = editions.in_hand(workspace, one)
    for before_us, is_open in ((4 * DAY_US, True), (4 * DAY_US + 1, False), (1, True)):
        monkeypatch.setattr(
            type(workspace.settings), "now_us", lambda self, us=before_us: due_us - us
        )
        assert editions.in_hand(workspace, one) == due_us
        assert editions.is_open(workspace, one, due_us) == is_open, before_us
        assert not editions.is_open(workspace, one, due_us + 7 * DAY_US)
    assert not editions.is_open(workspace, daily(leaves=weekly), due_us), "nobody is to sign it"


def test_every_form_says_how_fresh_it_is(shop: Any) -> None:
    workspace, made = shop
    edition = made(daily(blocks=["figures"]), at(2011, 12, 9, 7))
    assert edition["en"].stamp[0].text == "data up to 9 December 2011"
    assert "données jusqu’au 9 décembre 2011" in edition["fr"].stamp[0].text
    letter = _letter(workspace, daily(blocks=["figures"]), edition)
    for kind in ("plain", "html"):
        body = letter.get_body((kind,))
        assert body is not None
        assert "données jusqu’au 9 décembre 2011" in body.get_content(), kind
    for form in ("html", "xlsx", "pptx"):
        assert "data up to 9 December 2011" in _text(editions.file(edition["en"], form)), form


def _letter(workspace: Workspace, one: Composition, edition: Any) -> EmailMessage:
    content = editions.letter(workspace, one, edition, 0, "0" * 64)
    return email.message_from_bytes(content, policy=default)


def _text(content: bytes) -> str:
    """What a file says, whatever it is packed in."""
    if not content.startswith(b"PK"):
        return content.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = [packed.read(name) for name in packed.namelist()]
    return "".join(_text(part) if part.startswith(b"PK") else part.decode(errors="replace")
                   for part in parts)  # fmt: skip


def test_days_that_are_not_known_are_gaps_and_compared_with_as_many(shop: Any) -> None:
    _, made = shop
    one = daily(period="last_week", blocks=["figures", "days"])
    whole = made(one, at(2011, 12, 5, 7))["en"]
    assert not any(isinstance(block, Notice) for block in whole.blocks)
    notice, tiles, chart = made(one, at(2011, 12, 12, 7))["en"].blocks
    assert isinstance(notice, Notice)
    assert "9 December 2011" in notice.text
    assert isinstance(tiles, Tiles)
    assert isinstance(chart, Chart)
    assert isinstance(chart.figure, LineFigure)
    figure = chart.figure
    assert [value is None for value in figure.now] == [False] * 5 + [True] * 2
    assert len(figure.previous) == 7
    assert None not in figure.previous
    revenue, before = tiles.tiles[0], sum(value or 0 for value in figure.previous[:5])
    assert revenue.change is not None
    assert revenue.value is not None
    assert revenue.change.value == pytest.approx(float(revenue.value) / before - 1)
    assert "in the first 5 days of the period before" in revenue.change.against
    assert len(revenue.series) == 5
    late = made(one, at(2012, 3, 5, 7))["en"].blocks
    assert [type(block) for block in late] == [Notice], "no day is known: no figure falls"


def test_nothing_that_leaves_names_a_person(shop: Any) -> None:
    workspace, made = shop
    with workspace.tables.session() as session:
        held = session.query('SELECT DISTINCT key, "order" FROM events ORDER BY ALL', {})
    decided = workspace.state.outbox(run=2)
    persons = {str(one) for name in ("key", "order") for one in held[name].tolist() if one}
    persons |= {*decided["decision"].tolist(), *decided["token"].tolist()}
    persons |= {part for line in CONTACTS.splitlines()[1:] for part in line.split(",")[1:4]}
    assert len(persons) > 1000
    # A run decided in these days: campaigns are told by how many they reach.
    one = daily(period="last_month", forms=["xlsx"], to=["a@example.com"])
    edition = made(one, at(2011, 10, 1, 7))
    letter = _letter(workspace, one, edition)
    told = [editions.bytes_of(edition).decode()]
    for part in letter.walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            told.append(_text(content))
    assert len(told) == 6, "the documents, words, a page, the other language, two workbooks"
    words = {word for text in told for word in re.findall(r"[\w.@-]+", text)}
    assert {"Campaigns", "Campagnes", "loyal"} & words
    assert not words & persons
