"""What a crash may do to a workspace, and what may be found of it afterwards.

`WORKS` are the things people do; `Child` does one of them in a process of its own, which can be
killed at a named point or after some time; `picture` is all that anybody can read of a workspace,
without what differs between two takes (wall clock, random ids).
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
import shutil
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from regie.terms.decision import NOTHING, Decision
from regie.workspace import open_workspace
from regie.workspace.approving import proposals
from regie.workspace.records import Batch, record_batches
from regie.workspace.workspace import Workspace
from tests.support.shop import make_shop, write_slice

DAYS = ("2011-08-09", "2011-09-09", "2011-10-09")
PERSON, OTHER = "90001", "90002"
ORDERS = """\
order,item,description,quantity,at,unit_price,customer_id
n1,85123A,A CANDLE,3,2011-08-05 10:00,2.55,90001
n1,22423,A STAND,1,2011-08-05 10:00,12.75,90001
n2,22423,A STAND,many,2011-08-05 10:00,12.75,90002
n2,22423,A STAND,2,2011-08-05 10:00,12.75,90002
n3,85123A,A CANDLE,2,2011-09-01 10:00,2.55,90001
"""
LATER = (
    "\n".join(ORDERS.splitlines()[:1])
    + """
n9,85123A,A CANDLE,5,2011-09-20 10:00,2.55,90003
n9,22423,A STAND,lots,2011-09-20 10:00,12.75,90003
"""
)
CORRECTED = (
    "\n".join(ORDERS.splitlines()[:1])
    + """
n1,85123A,A CANDLE,4,2011-08-05 10:00,2.55,90001
n2,22423,A STAND,2,2011-08-05 10:00,11.75,90002
"""
)


def make_base(folder: Path) -> Path:
    """A few dozen customers: imported, run on two days, one campaign approved; its folder."""
    log = write_slice(folder / "log.parquet", parts=96)
    with make_shop(folder / "shop", log) as shop:
        bring(shop, "first.csv", ORDERS)
        shop.run(DAYS[0])
        # Before the next run puts up newer lists: then the first one's wait no more.
        shop.approve(**first_proposal(shop, 1), actor="tests")
        shop.run(DAYS[1])
        shop.write_messages()
    return folder / "shop"


def bring(shop: Workspace, name: str, text: str) -> None:
    """Import a small file of orders."""
    path = shop.folder.parent / name
    path.write_text(text, "utf-8")
    shop.import_file(path, "orders")


def first_proposal(shop: Workspace, run: int) -> dict[str, Any]:
    """The first campaign of a run that waits."""
    number, campaign = sorted(proposals(shop, run))[0]
    return {"run": number, "campaign": campaign}


def _undo(shop: Workspace) -> None:
    (act,) = [act for act in shop.state.acts() if act.kind == "approved"]
    shop.undo(run=act.run or 0, campaign=act.campaign or "", actor="tests")


def _promote(shop: Workspace) -> None:
    shop.promote("response", shop.models.versions("response")[0], "tests")


WORKS: dict[str, Callable[[Workspace], Any]] = {
    "import": lambda shop: bring(shop, "later.csv", LATER),
    "correct": lambda shop: bring(shop, "corrected.csv", CORRECTED),
    "run": lambda shop: shop.run(DAYS[2]),
    "approve": lambda shop: shop.approve(
        **first_proposal(shop, shop.runs()[-1].number), actor="tests"
    ),
    "undo": _undo,
    "export": lambda shop: shop.export("plain", run=1),
    "promote": _promote,
    "consent": lambda shop: shop.consent(PERSON, grant=["advertising"]),
    "object": lambda shop: shop.object(PERSON),
    "rectify": lambda shop: shop.rectify(PERSON, "first_name", "Ada"),
    "erase": lambda shop: shop.erase(PERSON),
    "compact": lambda shop: shop.tables.compact("events"),
}
"""What people do; each is done whole or not at all, wherever its process ends."""


def _expire(shop: Workspace) -> None:
    """Years later: nearly everything is too old."""
    shop.settings = msgspec.structs.replace(shop.settings, now="2015-01-01")
    shop.expire()


def _record(shop: Workspace) -> None:
    """Batches of decisions, many a commit; each is told of, beside the workspace, once durable."""
    with shop.tables.lease("decisions"), shop.tables.session() as session:
        record_batches(
            shop, session, batches(),
            lambda batch: (shop.folder.parent / f"told-{batch.subject}").touch(),
        )  # fmt: skip


def batches() -> list[Batch]:
    """Twenty batches of five decisions, of runs that nothing else has."""
    return [
        Batch("run", str(run), [
            Decision(
                id=f"{run}-{n}", kind="message", run=run, at_us=0, subject=f"{n:032x}",
                policy="p@1", chosen=NOTHING, propensity=1.0, seed=7, actor="policy p",
            )
            for n in range(5)
        ])
        for run in range(100, 120)
    ]  # fmt: skip


STEADY: dict[str, Callable[[Workspace], Any]] = {"expire": _expire, "record": _record}
"""Long works of many whole steps: one cut short stands between two of them."""


# ---------------------------------------------------------------- a process that dies


class Plan(msgspec.Struct, frozen=True):
    """What a child does: work or not, and the point at which it dies; 0: it lives."""

    work: str
    folder: str
    dies_at: int = 0
    noted_in: str = ""


class Points:
    """Counts the named points a process passes, and ends it at one of them."""

    def __init__(self, plan: Plan) -> None:
        self.dies_at = plan.dies_at
        self.passed: list[str] = []

    def reach(self, name: str) -> None:
        """Pass a point, or die there."""
        self.passed.append(name)
        if len(self.passed) == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str) -> None:
        """A point before each call of a function, and one behind it."""
        real = getattr(owner, name)
        label = f"{getattr(owner, '__name__', owner)}.{name}"

        def call(*args: Any, **kwargs: Any) -> Any:
            self.reach(f"before {label}")
            done = real(*args, **kwargs)
            self.reach(f"after {label}")
            return done

        setattr(owner, name, call)

    def put_everywhere(self) -> None:
        """Where bytes are written, names are changed, transactions begin and end, steps pass."""
        import deltalake
        from deltalake.table import TableAlterer, TableOptimizer

        from regie.engines import delta, sqlite
        from regie.workspace import loop

        for owner, name in (
            (os, "fsync"), (os, "replace"), (os, "unlink"), (os, "mkdir"), (shutil, "rmtree"),
            (delta, "write_deltalake"), (deltalake.DeltaTable, "vacuum"),
            (deltalake.DeltaTable, "create_checkpoint"),
            (deltalake.DeltaTable, "cleanup_metadata"), (TableOptimizer, "compact"),
            (TableAlterer, "set_table_properties"), (sqlite.SqliteState, "checkpoint"),
        ):  # fmt: skip
            self.around(owner, name)
        timed, connect = loop._timed, sqlite3.connect

        def step(one: Any, state: Any) -> Any:
            self.reach(f"step {one.__name__}")
            return timed(one, state)

        def traced(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            con: sqlite3.Connection = connect(*args, **kwargs)
            con.set_trace_callback(self._said)
            return con

        setattr(loop, "_timed", step)  # noqa: B010
        setattr(sqlite3, "connect", traced)  # noqa: B010

    def _said(self, statement: str) -> None:
        verb = statement.split(maxsplit=1)[0].upper()
        if verb in ("BEGIN", "COMMIT", "VACUUM"):
            self.reach(f"SQL {verb}")


def do(plan: Plan) -> None:
    """The child: open, do the work, tell how many points it passed."""
    points = Points(plan)
    points.put_everywhere()
    with open_workspace(plan.folder) as shop:
        first = len(points.passed)
        {**WORKS, **STEADY}[plan.work](shop)
    if plan.noted_in:
        Path(plan.noted_in).write_bytes(msgspec.json.encode([first, points.passed]))
    os._exit(0)


def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    # Warm, so that a child costs a fork: everything is imported, no thread is running.
    context.set_forkserver_preload(
        [
            "tests.support.faults", "regie.workspace.importing", "regie.workspace.loop",
            "regie.workspace.exporting", "regie.workspace.people", "regie.workspace.sweeping",
            "regie.learn.evaluate", "sklearn.linear_model", "mrml", "babel.dates",
        ]
    )  # fmt: skip
    return context


CONTEXT = _context()


def child(plan: Plan, lives_s: float = 120.0) -> int:
    """Do a plan in a process of its own, killed after some time; its exit code."""
    process = CONTEXT.Process(target=do, args=(plan,))
    process.start()
    process.join(lives_s)
    if process.is_alive():
        process.kill()
        process.join()
    return int(process.exitcode or 0)


# ---------------------------------------------------------------- what is found


_ROWS = """
SELECT count(*) AS lines, CAST(sum("value") AS VARCHAR) AS micros, count("key") AS of_people,
       CAST(bit_xor(hash(key, at_us, kind, item, quantity, "value", country,
         CASE WHEN starts_with("order", 'anonymous-') THEN 'by chance' ELSE "order" END
       )) AS VARCHAR) AS mark
FROM events
"""
_DECIDED = "SELECT run, id, content_hash, chosen FROM decisions ORDER BY run, id"
_ASIDE = "SELECT file, row FROM quarantine ORDER BY file, row"
_RANDOM = re.compile(r"-\d{16}$")


def picture(folder: Path) -> dict[str, Any]:
    """All that anybody can read of a workspace, after opening it anew; it must verify."""
    with open_workspace(folder) as shop:
        assert shop.state.imports("pending") == []
        assert shop.state.runs("pending") == []
        assert shop.state.owed() == []
        assert shop.state.hidden_keys() == []
        assert shop.verify().faults == ()
        return _seen(shop)


def _seen(shop: Workspace) -> dict[str, Any]:
    with shop.tables.session() as session:  # one for all: to open one costs the most
        events, decided, quarantine = (
            {name: one.tolist() for name, one in session.query(sql).items()}
            for sql in (_ROWS, _DECIDED, _ASIDE)
        )
    state = shop.state
    contacts, consents, outbox = state.contacts(["raw_id", "first_name"]), state.consents(), (
        state.outbox()
    )  # fmt: skip
    decided["id"] = [_RANDOM.sub("", one) for one in decided["id"]]
    return {
        "events": events,
        "decisions": decided,
        "quarantine": quarantine,
        "contacts": {name: column.tolist() for name, column in contacts.items()},
        "consents": [
            (str(key), str(purpose), bool(granted))
            for key, purpose, granted in zip(
                consents["key"], consents["purpose"], consents["granted"], strict=True
            )
        ],
        "opposition": [state.opposition()[name].tolist() for name in ("fingerprint", "kind")],
        "outbox": list(zip(outbox["content_hash"].tolist(), outbox["state"].tolist(), strict=True)),
        "acts": [(act.kind, act.campaign, act.run, act.content_hash) for act in state.acts()],
        "imports": [(i.id, i.file, i.counts) for i in state.imports("published")],
        "runs": [run.as_of_us for run in shop.runs()],
        "models": [(m, shop.models.versions(m), shop.models.champion(m))
                   for m in shop.models.names()],
        "promoted": [len(shop.models.history(m)) for m in shop.models.names()],
        "files": _files(shop.folder),
    }  # fmt: skip


def _files(folder: Path) -> dict[str, str]:
    """Reports and assets by name, and what they hold; a killed writer's part is nobody's."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for place in ("reports", "assets")
        for path in sorted((folder / place).rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def differences(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Which parts of two pictures differ."""
    return [name for name in wanted if found[name] != wanted[name]]


def same(found: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether a picture is the wanted one; an asset that nothing names yet is no difference."""
    extra = found["files"].keys() - wanted["files"].keys()
    kept = {name: found["files"][name] for name in found["files"] if name not in extra}
    loose = all(name.startswith("assets/") for name in extra)
    return loose and {**found, "files": kept} == wanted
