"""The demo: the whole loop on a real shop's log, in a workspace of its own; two shops ship.

Each run sees only what was known on its day; its predictions then meet what people did. Done a
second time it keeps what it made. Consent, language and addresses are drawn with a seed, because
the log holds none, and are marked wherever they show.
"""

from __future__ import annotations

import hashlib
import resource
import time
from collections.abc import Callable
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import msgspec

from regie.collect.intake import NO_EVENTS
from regie.engines.durable import write_whole
from regie.terms.document import LANGS
from regie.workspace.approving import proposals
from regie.workspace.making import copy_rules, fill_mappings
from regie.workspace.settings import read_settings, shipped
from regie.workspace.workspace import Workspace, open_workspace


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """A shop whose log ships.

    Parameters
    ----------
    folder : str
        In regie/shipped: its files, its regie.toml, and rules of its own where it has some.
    about : str
        What the log is.
    files : tuple[tuple[str, str], ...]
        What is imported, in this order: file and mapping.
    days : tuple[str, ...]
        The days the demo's runs look from.
    """

    folder: str
    about: str
    files: tuple[tuple[str, str], ...]
    days: tuple[str, ...]


RETAIL = Shop(
    folder="online_retail",
    about="a real shop's log (UCI Online Retail, CC0)",
    files=(("online_retail.parquet", "online-retail"),),
    days=("2011-06-09", "2011-07-09", "2011-08-09", "2011-09-09"),
)
JOURNEY = Shop(
    folder="completejourney",
    about="a grocer's log with coupons (84.51°, The Complete Journey, CC0)",
    files=(
        ("coupon_redemptions.parquet", "completejourney-redemptions"),
        ("aisles.parquet", "completejourney-aisles"),
    ),
    days=("2017-08-01", "2017-09-01", "2017-10-01", "2017-11-01"),
)

ACTOR = "demo"
"""Who approves in the demo: no person did, and nobody's name stands there."""

Told = Callable[[str], None]


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of the demo: rows in and out, seconds, memory, and whether it was kept."""

    name: str
    rows_in: int
    rows_out: int
    seconds: float
    peak_mb: int
    kept: bool


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo made, and where it is."""

    workspace: str
    about: str
    stages: tuple[Stage, ...]
    numbers: dict[str, Any]
    reports: tuple[str, ...]
    messages: str
    customers: str
    decision: str
    seconds: float


def run_demo(folder: Path, told: Told, shop: Shop = RETAIL) -> Demo:
    """Make the demo's workspace, or take up the one that is there."""
    started = time.monotonic()
    if not (folder / "regie.toml").is_file():
        make_demo_workspace(folder, shop)
    stages: list[Stage] = []
    with open_workspace(folder) as workspace:
        stages += [_import(workspace, shop, file, told) for file in shop.files]
        stages += [_run(workspace, day, told) for day in shop.days]
        stages.append(_export(workspace, told))
        stages.append(_report(workspace, told))
        numbers = _numbers(workspace, kept=all(stage.kept for stage in stages))
        decision = _example(workspace)
    return Demo(
        workspace=str(folder),
        about=shop.about,
        stages=tuple(stages),
        numbers=numbers,
        reports=tuple(str(folder / "reports" / f"report-{lang}.html") for lang in LANGS),
        messages=str(folder / "reports" / "messages"),
        customers=str(folder / "reports" / "best-next-plain.csv"),
        decision=decision,
        seconds=time.monotonic() - started,
    )


def make_demo_workspace(folder: Path, shop: Shop = RETAIL) -> None:
    """The demo's settings and rules; its key is published, so that its draws repeat."""
    copy_rules(shipped("rules"), folder / "rules")
    own = shipped(shop.folder, "rules")
    if own.is_dir():
        copy_rules(own, folder / "rules")
    settings = shipped(shop.folder, "regie.toml").read_text(encoding="utf-8")
    (folder / "regie.toml").write_text(settings, encoding="utf-8")
    read = read_settings(folder)
    fill_mappings(folder, read.zone, read.currency, basis="none")


def _import(workspace: Workspace, shop: Shop, file: tuple[str, str], told: Told) -> Stage:
    name, mapping = file
    stage = f"import {name}"
    told(stage)
    started = time.monotonic()
    with as_file(shipped(shop.folder, name)) as path:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        held = {i.id for i in workspace.state.imports("published") if i.sha256 == digest}
        if held:
            lines = next(q.lines for q in workspace.quality() if q.import_id in held)
            return _stage(stage, sum(lines.values()), _added(lines), started, kept=True)
        done = workspace.import_file(path, mapping)
    return _stage(stage, done.rows, done.added, started)


def _added(lines: dict[str, int]) -> int:
    return sum(n for place, n in lines.items() if place not in NO_EVENTS)


def _run(workspace: Workspace, day: str, told: Told) -> Stage:
    told(f"run as of {day}")
    started = time.monotonic()
    as_of_us = workspace.as_of_us(day)
    kept = next((r for r in workspace.runs() if r.as_of_us == as_of_us), None)
    if kept is not None:
        ran = msgspec.json.decode(kept.manifest)["ran"]
        return _stage(f"run as of {day}", _seen(ran), ran["decisions"], started, kept=True)
    done = workspace.run(day)
    for run, campaign in proposals(workspace, done.run):
        workspace.approve(run=run, campaign=campaign, actor=ACTOR)
    return _stage(f"run as of {day}", _seen(msgspec.to_builtins(done)), done.decisions, started)


def _seen(ran: dict[str, Any]) -> int:
    return int(ran["steps"][0]["rows_out"])


def _export(workspace: Workspace, told: Told) -> Stage:
    from regie.workspace.exporting import write_samples

    told("messages and customer list")
    started = time.monotonic()
    newest = workspace.runs()[-1].number
    waiting = len(workspace.state.outbox(run=newest)["decision"])
    path = workspace.folder / "reports" / "best-next-plain.csv"
    if path.is_file():
        rows = path.read_bytes().count(b"\r\n") - 1
        return _stage("messages and customer list", waiting, rows, started, kept=True)
    for run in workspace.runs():
        write_samples(workspace, run.number)
    made = workspace.export("plain", path)
    return _stage("messages and customer list", waiting, made.rows, started)


def _report(workspace: Workspace, told: Told) -> Stage:
    started = time.monotonic()
    paths = [workspace.folder / "reports" / f"report-{lang}.html" for lang in LANGS]
    kept = all(path.is_file() for path in paths)
    for lang in () if kept else LANGS:
        told(f"report ({lang})")
        workspace.write_report(lang)
    runs = len(workspace.runs())
    return _stage("report (en, fr)", runs, len(paths), started, kept=kept)


def _numbers(workspace: Workspace, *, kept: bool) -> dict[str, Any]:
    """The five numbers that matter; read again where everything was kept."""
    from regie.workspace.reporting import headline

    path = workspace.folder / "reports" / "demo.json"
    if not (kept and path.is_file()):
        write_whole(path, msgspec.json.encode(headline(workspace)))
    numbers: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return numbers


def _example(workspace: Workspace) -> str:
    """A decision worth opening: a message of the newest run."""
    found = workspace.state.outbox(run=workspace.runs()[-1].number)
    return str(found["decision"][0]) if len(found["decision"]) else ""


def _stage(name: str, rows_in: int, rows_out: int, started: float, *, kept: bool = False) -> Stage:
    return Stage(
        name=name,
        rows_in=rows_in,
        rows_out=rows_out,
        seconds=time.monotonic() - started,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        kept=kept,
    )
