"""What an earlier process left half done is finished, or is as if it never was.

An import whose commit was published is published; a run's commit without its manifest is taken
back. An erasure that hid a person and did not finish is done now. Called at opening; where another
process holds the lease, that process is at work and nothing is swept.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import msgspec

from regie.engines.delta import DeltaTables
from regie.govern import ledger
from regie.ports.models import Promotion
from regie.terms.errors import WorkspaceError
from regie.workspace.modelling import version_ending
from regie.workspace.people import destroy
from regie.workspace.records import consents_of
from regie.workspace.sealing import Sealing

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


def sweep(workspace: Stores) -> None:
    """Put a workspace in order after a crash; cheap where nothing is pending."""
    if workspace.state.imports("pending"):
        _unless_busy(workspace, "events", _sweep_imports)
    if workspace.state.runs("pending"):
        _unless_busy(workspace, "decisions", _sweep_runs)
    _finish_promotions(workspace)
    for key in workspace.state.hidden_keys():
        destroy(workspace, key)


def _unless_busy(workspace: Stores, table: str, work: Callable[[Stores], None]) -> None:
    """Sweep while holding the lease; where it is held, its holder's work is pending by right."""
    with ExitStack() as held:
        try:
            held.enter_context(DeltaTables(workspace.folder, lease_wait_s=0.0).lease(table))
        except WorkspaceError:
            return
        work(workspace)


def _sweep_imports(workspace: Stores) -> None:
    for brought in workspace.state.imports("pending"):
        if not workspace.tables.committed("events", f"import:{brought.id}"):
            if workspace.tables.version("quarantine") >= 0:
                workspace.tables.erase("quarantine", {"import_id": [brought.id]})
            workspace.state.drop_import(brought.id)
            continue
        with workspace.tables.session() as session:
            leaves = Sealing(workspace).event_leaves(session, import_id=brought.id)
        Sealing(workspace).seal("import", brought.id, leaves)
        workspace.state.publish_import(brought.id, brought.counts)
        consents = workspace.state.consents()
        its = consents["import_id"] == brought.id
        its_consents = consents_of({name: column[its] for name, column in consents.items()})
        if its_consents:
            sealing = Sealing(workspace)
            sealing.seal("consents", brought.id, sealing.consent_leaves(its_consents))


def _sweep_runs(workspace: Stores) -> None:
    for run in workspace.state.runs("pending"):
        if workspace.tables.committed("decisions", f"run:{run.number}"):
            with workspace.tables.session() as session:
                found = session.query(
                    "SELECT * FROM decisions WHERE run = $run ORDER BY id", {"run": run.number}
                )
            workspace.tables.erase("decisions", {"run": [run.number]})
            Sealing(workspace).seal("erasure", f"run-{run.number}", ledger.record_leaves(found))
        workspace.models.drop(version_ending(run.number))
        workspace.state.drop_run(run.number)


def _finish_promotions(workspace: Stores) -> None:
    """A published run's promotions stand, even where the process ended before they were noted."""
    runs = workspace.state.runs("published")
    if not runs:
        return
    for name, data in msgspec.json.decode(runs[-1].manifest)["promoted"]:
        promotion = msgspec.convert(data, Promotion)
        if promotion not in workspace.models.history(name):
            workspace.models.promote(name, promotion)
