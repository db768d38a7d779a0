"""A workspace: one advertiser's folder, with its engines plugged in and a method per command.

Methods are thin: each hands over to the module that does the work, and says so in its name.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from regie.engines.delta import DeltaTables
from regie.engines.files import FileAssets, FileLedger, FileModels
from regie.engines.sqlite import SqliteState
from regie.engines.vault import Vault
from regie.terms.instant import day_start_us, parse_day
from regie.workspace.modelling import Modelling
from regie.workspace.sealing import Sealing, Verified
from regie.workspace.settings import Rules, read_settings, workspace_key


class Workspace:
    """One advertiser's data, rules, models, decisions and people.

    Parameters
    ----------
    folder : Path
        A folder with regie.toml.

    Raises
    ------
    WorkspaceError
        If it is no workspace, of a newer version, or its key is not here.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = read_settings(folder)
        self.key = workspace_key(self.settings)
        self.rules = Rules(folder)
        self.state = SqliteState(folder / "state.sqlite", self.key)
        self.tables = DeltaTables(folder, self.state.hidden_keys)
        self.models = FileModels(folder / "models")
        self.assets = FileAssets(folder / "assets")
        self.ledger = FileLedger(folder / "ledger")
        self.modelling = Modelling(self)
        self.sealing = Sealing(self)

    @cached_property
    def quarantine_vault(self) -> Vault:
        """Encrypts the raw text of rows that were set aside."""
        return Vault(self.key, "quarantine")

    def close(self) -> None:
        """Let go of the stores."""
        self.state.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # ---- collect

    def import_file(self, file: str | Path, mapping: str) -> Any:
        """Import a file by a mapping; see `workspace.importing`."""
        from regie.workspace.importing import import_file

        return import_file(self, Path(file), mapping)

    def quality(self) -> Any:
        """Where every row went, and the score of each source's newest import."""
        from regie.workspace.importing import quality_report

        return quality_report(self)

    def item_facts(self) -> Any:
        """What products files say of items: item and description."""
        import numpy as np

        empty = np.array([], dtype=object)
        return {"item": empty, "description": empty}

    # ---- run

    def as_of_us(self, as_of: str | None) -> int:
        """The instant a run looks from: the start of a day in the workspace's zone, else now."""
        if as_of is None:
            return self.settings.now_us()
        return day_start_us(parse_day(as_of), self.settings.zone)

    def run(self, as_of: str | None = None, told: Any = lambda name: None) -> Any:
        """Run the loop; see `workspace.loop`."""
        from regie.workspace.loop import run_loop

        return run_loop(self, self.as_of_us(as_of), told)

    def verify(self) -> Verified:
        """Check that nothing recorded was changed; see `workspace.sealing`."""
        return self.sealing.verify()


def open_workspace(folder: str | Path) -> Workspace:
    """Open a workspace folder.

    Examples
    --------
    >>> open_workspace("/nowhere")
    Traceback (most recent call last):
        ...
    regie.terms.errors.WorkspaceError: /nowhere is no workspace, expected a folder with regie.toml; \
make one: regie init /nowhere
    """
    return Workspace(Path(folder))
