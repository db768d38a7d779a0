"""What an earlier process left half done is finished, or is as if it never was.

An import whose commit was published is published; a run's commit without its manifest is taken
back. A rule's change that was noted is written. An erasure that hid a person and did not finish is
done now, and so is a turn of expiry that was cut short. Called at opening; where another process
holds the lease, that process is at work and nothing is swept. Where the ledger was cut nothing is
either, for what is swept is sealed: the workspace can be read, and verify tells of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from regie.engines.delta import DeltaTables
from regie.engines.durable import sweep_parts
from regie.govern import ledger
from regie.ports.models import Promotion
from regie.ports.tables import SCHEMAS
from regie.terms.errors import WorkspaceError
from regie.workspace import expiry, ruling
from regie.workspace.importing import publish_import
from regie.workspace.modelling import Modelling, version_ending
from regie.workspace.people import destroy
from regie.workspace.sealing import PROMISED, Sealing

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


def sweep(workspace: Stores) -> None:
    """Put a workspace in order after a crash; cheap where nothing is pending."""
    for table in SCHEMAS:
        _unless_busy(workspace, (table,), partial(workspace.tables.mend, table))
    if Sealing(workspace).cut():
        return
    if workspace.state.imports("pending"):
        _unless_busy(workspace, ("events",), partial(_sweep_imports, workspace))
    if workspace.state.runs("pending"):
        _unless_busy(workspace, ("decisions",), partial(_sweep_runs, workspace))
    if workspace.state.owed():
        Sealing(workspace).settle()
        _unless_busy(workspace, ("decisions",), partial(_sweep_promotions, workspace))
    if workspace.state.rule_changes("pending"):
        ruling.finish(workspace)
    if expiry.is_cut_short(workspace):
        _unless_busy(workspace, tuple(SCHEMAS), partial(expiry.expire, workspace))
    _finish_promotions(workspace)
    for key in workspace.state.hidden_keys():
        _unless_busy(workspace, tuple(SCHEMAS), partial(_finish_erasure, workspace, key))
    sweep_parts(workspace.folder)


def _unless_busy(workspace: Stores, tables: Sequence[str], work: Callable[[], object]) -> None:
    """Sweep while holding the leases; where one is held, its holder's work is pending by right."""
    at_once = DeltaTables(workspace.folder, lease_wait_s=0.0)
    with ExitStack() as held:
        try:
            for table in tables:
                held.enter_context(at_once.lease(table))
        except WorkspaceError:
            return
        work()


def _finish_erasure(workspace: Stores, key: str) -> None:
    destroy(workspace, key)
    workspace.finished.append(key)


def _sweep_imports(workspace: Stores) -> None:
    for brought in workspace.state.imports("pending"):
        if not workspace.tables.committed("events", f"import:{brought.id}"):
            if workspace.tables.version("quarantine") >= 0:
                workspace.tables.erase("quarantine", {"import_id": [brought.id]})
            workspace.state.drop_import(brought.id)
            continue
        publish_import(workspace, brought.id, dict(brought.counts))


def _sweep_runs(workspace: Stores) -> None:
    for run in workspace.state.runs("pending"):
        if workspace.tables.committed("decisions", f"run:{run.number}"):
            with workspace.everything.session() as session:
                found = session.query(
                    "SELECT * FROM decisions WHERE run = $run ORDER BY id", {"run": run.number}
                )
            # Sealed before they go: afterwards nothing would tell what went.
            Sealing(workspace).seal("erasure", f"run-{run.number}", ledger.record_leaves(found))
            workspace.everything.erase("decisions", {"run": [run.number]})
        workspace.models.drop(version_ending(run.number))
        workspace.state.drop_run(run.number)


def _sweep_promotions(workspace: Stores) -> None:
    """A promotion by hand whose decision was recorded is finished; another never was."""
    for kind, subject, _ in workspace.state.owed():
        if kind != PROMISED:
            continue
        if workspace.tables.committed("decisions", f"promotion:{subject}"):
            Modelling(workspace).finish(subject)
        workspace.state.settled(kind, subject)


def _finish_promotions(workspace: Stores) -> None:
    """A published run's promotions stand, even where the process ended before they were noted."""
    runs = workspace.state.runs("published")
    if not runs:
        return
    for name, data in msgspec.json.decode(runs[-1].manifest)["promoted"]:
        promotion = msgspec.convert(data, Promotion)
        with suppress(WorkspaceError):  # what does not read ends what needs it, and verify names it
            if promotion not in workspace.models.history(name):
                workspace.models.promote(name, promotion)
