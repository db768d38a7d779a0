"""Killed anywhere, a workspace is as before or as after at its next opening, never between."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from regie.engines.delta import DeltaSession
from regie.engines.files import FileAssets, FileLedger, FileModels
from regie.engines.sqlite import SqliteState
from regie.workspace import open_workspace
from regie.workspace.workspace import Workspace
from tests.support.shop import make_shop, write_slice

DAY = "2011-10-09"
ORDERS = """\
order,item,description,quantity,at,unit_price,customer_id
n1,85123A,A CANDLE,3,2011-08-05 10:00,2.55,90001
n1,22423,A STAND,1,2011-08-05 10:00,12.75,90001
n2,22423,A STAND,many,2011-08-05 10:00,12.75,90002
"""


@pytest.fixture(scope="module")
def tiny_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few dozen customers, imported; no run yet."""
    folder = tmp_path_factory.mktemp("tiny")
    make_shop(folder / "shop", write_slice(folder / "log.parquet", parts=48)).close()
    return folder / "shop"


class Killed(BaseException):
    """The process is gone: nothing may catch this."""


WRITES: tuple[tuple[type, str], ...] = (
    (SqliteState, "begin_import"),
    (SqliteState, "put_contacts"),
    (SqliteState, "put_consents"),
    (SqliteState, "publish_import"),
    (SqliteState, "begin_run"),
    (SqliteState, "put_outbox"),
    (SqliteState, "publish_run"),
    (DeltaSession, "append"),
    (DeltaSession, "append_columns"),
    (FileLedger, "append"),
    (FileModels, "save"),
    (FileModels, "promote"),
    (FileAssets, "put"),
)
"""Everything by which an import or a run writes."""


@contextmanager
def killed_at(patch: pytest.MonkeyPatch, nth: int, *, after: bool) -> Iterator[list[str]]:
    """Die at the nth write: just before it, or just after."""
    written: list[str] = []

    def dying(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def write(*args: Any, **kwargs: Any) -> Any:
            written.append(name)
            if len(written) == nth and not after:
                raise Killed
            done = real(*args, **kwargs)
            if len(written) == nth:
                raise Killed
            return done

        return write

    with patch.context() as during:
        for owner, name in WRITES:
            during.setattr(owner, name, dying(f"{owner.__name__}.{name}", getattr(owner, name)))
        yield written


def picture(folder: Path) -> dict[str, Any]:
    """What anybody can read of a workspace, after opening it anew."""
    with open_workspace(folder) as shop:
        assert shop.state.imports("pending") == []
        assert shop.state.runs("pending") == []
        assert shop.verify().faults == ()
        return _seen(shop)


def _seen(shop: Workspace) -> dict[str, Any]:
    def rows(sql: str) -> Any:
        return {name: one.tolist() for name, one in shop.sql(sql, 100_000).columns.items()}

    contacts = shop.state.contacts(["raw_id", "language"])
    outbox = shop.state.outbox()
    return {
        "events": rows("SELECT count(*), CAST(sum(hash(event_id)) AS VARCHAR) FROM events"),
        "decisions": rows("SELECT run, id, content_hash, chosen FROM decisions ORDER BY run, id"),
        "quarantine": rows("SELECT file, row FROM quarantine ORDER BY file, row"),
        "contacts": {name: column.tolist() for name, column in contacts.items()},
        "consents": len(shop.state.consents()["key"]),
        "outbox": outbox["content_hash"].tolist(),
        "imports": [(i.file, i.counts) for i in shop.state.imports("published")],
        "runs": [run.as_of_us for run in shop.runs()],
        "models": [(shop.models.versions(m), shop.models.champion(m)) for m in shop.models.names()],
    }


def add_orders(shop: Workspace) -> None:
    path = shop.folder.parent / "new.csv"
    path.write_text(ORDERS, "utf-8")
    shop.import_file(path, "orders")


def run_once(shop: Workspace) -> None:
    shop.run(DAY)


def kill_everywhere(
    whole: Path, tmp_path: Path, patch: pytest.MonkeyPatch, work: Callable[[Workspace], None]
) -> tuple[list[str], set[str]]:
    """Do the work once for each write, killed there; the writes, and the outcomes that were met."""
    from shutil import copytree, rmtree

    done = copytree(whole, tmp_path / "done")
    with open_workspace(done) as shop, killed_at(patch, 0, after=False) as writes:
        work(shop)
    before, after = picture(whole), picture(done)
    assert before != after
    outcomes = set()
    for nth in _telling(writes):
        for late in (False, True) if nth == len(writes) else (True,):
            folder = copytree(whole, tmp_path / "killed")
            shop = open_workspace(folder)
            with killed_at(patch, nth, after=late), pytest.raises(Killed):
                work(shop)
            shop.close()
            found = picture(folder)
            assert found in (before, after), f"half done after {writes[nth - 1]}"
            outcomes.add("before" if found == before else "after")
            with open_workspace(folder) as again:
                work(again)
            finished = picture(folder)
            assert _without_numbers(finished) == _without_numbers(after)
            rmtree(folder)
    return writes, outcomes


def _telling(writes: list[str]) -> list[int]:
    """The first and the last write of each kind: those between leave the same behind."""
    last = {name: nth for nth, name in enumerate(writes, start=1)}
    first = {name: nth for nth, name in reversed(list(enumerate(writes, start=1)))}
    return sorted({*first.values(), *last.values()})


def _without_numbers(seen: dict[str, Any]) -> dict[str, Any]:
    """A run that had to be begun again has another number, and so have its ids and versions."""
    decisions = seen["decisions"]
    return {
        **{name: value for name, value in seen.items() if name not in ("imports", "models")},
        "decisions": sorted(re.sub(r"-run\d+$", "", chosen) for chosen in decisions["chosen"]),
        "outbox": len(seen["outbox"]),
    }


def test_an_import_killed_anywhere_is_whole_or_not_there(
    tiny_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes, outcomes = kill_everywhere(tiny_shop, tmp_path, monkeypatch, add_orders)
    assert writes[0] == "SqliteState.begin_import"
    assert writes[-1] == "SqliteState.publish_import"
    assert len(writes) >= 6
    assert outcomes == {"before", "after"}


def test_a_run_killed_anywhere_is_whole_or_not_there(
    tiny_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes, outcomes = kill_everywhere(tiny_shop, tmp_path, monkeypatch, run_once)
    assert writes[0] == "SqliteState.begin_run"
    assert {"FileModels.save", "DeltaSession.append_columns", "FileLedger.append"} <= set(writes)
    assert outcomes == {"before", "after"}
