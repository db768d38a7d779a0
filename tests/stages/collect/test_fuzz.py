"""Bytes gone wrong in files of both shipped sources: every row is accounted for, or told why not.

A seed names a damage, so a failure repeats: `damaged(seed)`. Most go through reading and placing;
some through a whole import, which must leave the workspace as it was where it refuses.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
import xlsxwriter

from regie.collect import intake
from regie.engines.delta import DeltaSession, DeltaTables
from regie.ports.source import SourceForm
from regie.terms.errors import RegieError
from regie.terms.instant import day_start_us, parse_day
from regie.workspace.workspace import Workspace
from tests.support.workspaces import ONLINE_RETAIL, SHIPPED, workspace

ROWS = 14
NOW_US = day_start_us(parse_day("2018-01-01"), "UTC")
MAPPINGS = {"retail": "online-retail", "journey": "completejourney-transactions"}
SLICES = {
    "retail": (ONLINE_RETAIL, "InvoiceNo IN ('536365', 'C536379', '560397')"),
    "journey": (SHIPPED / "completejourney/transactions.parquet", "household_id IN ('1', '900')"),
}
SPECIAL = b'\0",;\t|\r\n\xff\xfe\xc3\xa9\xe9[]{}\\=/ \x1a0-.eE'
FORMS = ("csv",) * 12 + ("jsonl", "json", "csv.gz", "xlsx", "parquet")
IN_FULL = 50
"""Of so many damages one goes through a whole import."""


class Damaged(NamedTuple):
    """A file as it was brought."""

    source: str
    form: str
    content: bytes


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], bytes]:
    """Both sources in every form, whole."""
    folder = tmp_path_factory.mktemp("originals")
    made = {}
    for source, (path, which) in SLICES.items():
        con = duckdb.connect()
        rows = con.read_parquet(str(path)).filter(which).order("ALL").limit(ROWS)
        rows.write_csv(str(folder / "f.csv"))
        rows.write_parquet(str(folder / "f.parquet"))
        cells = rows.fetchall()
        made[source, "csv"] = (folder / "f.csv").read_bytes()
        made[source, "parquet"] = (folder / "f.parquet").read_bytes()
        objects = [dict(zip(rows.columns, map(plain, row), strict=True)) for row in cells]
        made[source, "jsonl"] = "\n".join(map(json.dumps, objects)).encode()
        made[source, "json"] = json.dumps(objects).encode()
        made[source, "csv.gz"] = gzip.compress(made[source, "csv"], mtime=0)
        made[source, "xlsx"] = as_workbook([rows.columns, *cells])
        con.close()
    return made


def plain(cell: Any) -> Any:
    return cell if isinstance(cell, int | float | str | None) else str(cell)


def as_workbook(rows: list[Any]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, list(map(plain, row)))
    return content.getvalue()


def damaged(seed: int, originals: dict[tuple[str, str], bytes]) -> Damaged:
    chance = random.Random(seed)
    source, form = chance.choice(tuple(MAPPINGS)), chance.choice(FORMS)
    content = bytearray(originals[source, form])
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        chance.choice(DAMAGES)(content, chance)
    return Damaged(source, form, bytes(content))


def place(content: bytearray, chance: random.Random) -> int:
    return chance.randrange(len(content) + 1)


def flip(content: bytearray, chance: random.Random) -> None:
    if content:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def put_special(content: bytearray, chance: random.Random) -> None:
    at = place(content, chance)
    content[at : at + chance.randrange(2)] = bytes([chance.choice(SPECIAL)])


def cut(content: bytearray, chance: random.Random) -> None:
    at = place(content, chance)
    del content[at : at + chance.choice((1, 2, 10, 100, len(content)))]


def repeat(content: bytearray, chance: random.Random) -> None:
    at = place(content, chance)
    content[at:at] = content[at : at + chance.choice((1, 5, 80, 400))] * chance.choice((1, 2, 300))


def insert(content: bytearray, chance: random.Random) -> None:
    at = place(content, chance)
    content[at:at] = chance.randbytes(chance.choice((1, 2, 7, 40, 300)))


def mark(content: bytearray, chance: random.Random) -> None:
    content[0:0] = chance.choice((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1f\x8b", b"PAR1"))


def encode(content: bytearray, chance: random.Random) -> None:
    text = content.decode("utf-8", "replace")
    content[:] = text.encode(chance.choice(("utf-16", "utf-16-le", "cp1252", "utf-32")), "replace")


def swap_lines(content: bytearray, chance: random.Random) -> None:
    lines = content.split(b"\n")
    chance.shuffle(lines)
    content[:] = b"\n".join(lines)


DAMAGES = (flip, flip, put_special, put_special, cut, repeat, insert, mark, encode, swap_lines)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    with workspace(tmp_path / "shop", zone="UTC", now="2018-01-01") as made:
        for path in (made.folder / "rules/mappings").glob("*.toml"):
            text = path.read_text("utf-8").replace('"GBP"', '"EUR"').replace('"USD"', '"EUR"')
            path.write_text(text, "utf-8")
        yield made


def check_error(error: RegieError) -> None:
    assert re.fullmatch(r".+ is .+, expected .+; .+", str(error)), str(error)
    assert len(str(error)) < 2_000


class Recording:
    """A session that keeps what it found in a file, and takes many: to open one costs the most."""

    def __init__(self, session: DeltaSession) -> None:
        self._session, self._read = session, 0

    def read_file(self, name: str, path: Path, options: Any) -> SourceForm:
        self._read += 1
        own = f"{name}_{self._read}"
        self.form = self._session.read_file(own, path, options)
        self._session.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {own}")
        return self.form

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def read_and_place(shop: Workspace, session: Any, one: Damaged, path: Path) -> str:
    """Read and place one file; what became of it."""
    mapping = shop.rules.mapping(MAPPINGS[one.source])
    try:
        read = intake.read(session, mapping, path, now_us=NOW_US)
    except RegieError as error:
        check_error(error)
        return type(error).__name__
    keys = [f"{n:032x}" for n in range(len(read.people))]
    placed = intake.place(session, read.mapping, read.people, keys, [None] * len(keys))
    form = session.form
    # Parquet may hold numbers, and lack some: only text is asked for whole.
    as_text = form.kind == "csv" and form.encoding in ("utf-8", "cp1252", "mac_roman", "cp850")
    raw = session.query(f"SELECT {'*' if as_text else 'row'} FROM raw ORDER BY row")
    assert sum(placed.lines.values()) == len(raw["row"])
    if as_text:
        assert uncovered(one.content, form, raw) == []
    return "placed"


def uncovered(content: bytes, form: SourceForm, raw: dict[str, Any]) -> list[int]:
    """Lines with something in them that are neither preamble, header nor part of a row."""
    if form.compressed:
        content = gzip.decompress(content)
    lines = re.split(r"\r\n|\r|\n", content.decode("latin-1"))
    ends = set(range(form.header_row + 1)) | spanned(form.header_row, form.columns)
    for place, row in enumerate(raw["row"]):
        ends |= spanned(int(row), [raw[column][place] for column in form.columns])
    return [n for n, line in enumerate(lines, start=1) if line.strip() and n not in ends]


def spanned(row: int, cells: Any) -> set[int]:
    breaks = sum(len(re.findall(r"\r\n|\r|\n", cell)) for cell in cells if cell)
    return set(range(row, row + breaks + 1))


def held(shop: Workspace) -> tuple[object, ...]:
    state = shop.state
    return (
        shop.tables.version("events"), shop.tables.version("quarantine"),
        len(shop.ledger.entries()), state.imports(), len(state.consents()["key"]),
        len(state.contacts(["raw_id", "address"])["key"]),
    )  # fmt: skip


def import_whole(shop: Workspace, one: Damaged, path: Path) -> None:
    before = held(shop)
    try:
        found = shop.import_file(path, MAPPINGS[one.source])
    except RegieError as error:
        check_error(error)
        assert held(shop) == before
    else:
        assert found.rows == sum(found.lines.values())


def try_seeds(
    shop: Workspace, originals: dict[tuple[str, str], bytes], folder: Path, seeds: range
) -> dict[str, int]:
    tables = DeltaTables(folder / "tables")
    became: dict[str, int] = {}
    for start in range(seeds.start, seeds.stop, IN_FULL):
        with tables.session() as opened:
            session = Recording(opened)
            for seed in range(start, min(start + IN_FULL, seeds.stop)):
                result = try_seed(shop, session, originals, folder, seed)
                became[result] = became.get(result, 0) + 1
    return became


def try_seed(
    shop: Workspace,
    session: Any,
    originals: dict[tuple[str, str], bytes],
    folder: Path,
    seed: int,
) -> str:
    one = damaged(seed, originals)
    path = folder / f"f{seed}.{one.form}"  # a name of its own: Parquet is a view of the file
    path.write_bytes(one.content)
    try:
        result = read_and_place(shop, session, one, path)
        if seed % IN_FULL == 0:
            import_whole(shop, one, path)
    except BaseException as error:
        error.add_note(f"seed {seed}: {one.source} as {one.form}")
        raise
    return result


@pytest.mark.parametrize("part", range(4))
def test_a_thousand_damaged_files(
    shop: Workspace, originals: dict[tuple[str, str], bytes], tmp_path: Path, part: int
) -> None:
    became = try_seeds(shop, originals, tmp_path, range(part * 250, (part + 1) * 250))
    # Neither everything nor nothing gets through, or the damage tests nothing.
    assert 50 < became["placed"] < 240


@pytest.mark.proof
@pytest.mark.parametrize("part", range(100))
def test_a_hundred_thousand_damaged_files(
    shop: Workspace, originals: dict[tuple[str, str], bytes], tmp_path: Path, part: int
) -> None:
    try_seeds(shop, originals, tmp_path, range(1_000 * (part + 1), 1_000 * (part + 2)))
