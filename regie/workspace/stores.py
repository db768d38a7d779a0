"""What an open workspace stands on: its settings, rules and key, and an engine behind every port.

The one place where engines are plugged in. Why apart from `Workspace`: the modules that do the work
(import, decide, erase …) need the stores, and `Workspace` needs those modules; so that neither
imports in a circle, they meet here.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any

from regie.engines.delta import DeltaTables
from regie.engines.files import FileAssets, FileLedger, FileModels
from regie.engines.jobs import SqliteJobs
from regie.engines.sqlite import SqliteState
from regie.engines.vault import Vault
from regie.ports.tables import SCHEMAS
from regie.terms.errors import NotFoundError
from regie.terms.person import NAMESPACES, mailbox_marks, person_key
from regie.workspace.keys import workspace_key
from regie.workspace.settings import Rules, read_settings


class Stores:
    """The stores of one advertiser's folder.

    Parameters
    ----------
    folder : Path
        A folder with regie.toml.

    Raises
    ------
    WorkspaceError
        If it is no workspace, of a newer version, or its key or its state is not here.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = read_settings(folder)
        self.key = workspace_key(self.settings)
        self.rules = Rules(folder)
        # A new state beside old tables would have forgotten who objected and who was erased.
        made = [folder / table / "_delta_log" for table in SCHEMAS]
        made.append(folder / "ledger" / "entries.jsonl")
        self.state = SqliteState(
            folder / "state.sqlite", self.key, may_make=not any(path.exists() for path in made)
        )
        self.tables = DeltaTables(folder, self.state.hidden_keys)
        # For erasure alone: the tables with the people that no other read may show.
        self.everything = DeltaTables(folder)
        self.models = FileModels(folder / "models")
        self.assets = FileAssets(folder / "assets")
        self.ledger = FileLedger(folder / "ledger")
        # What `mailboxes.shut` found out last, and the people whose erasure this opening finished.
        self.shut: Any = None
        self.finished: list[str] = []

    @cached_property
    def quarantine_vault(self) -> Vault:
        """Encrypts the raw text of rows that were set aside."""
        return Vault(self.key, "quarantine")

    @cached_property
    def jobs(self) -> SqliteJobs:
        """Heavy work that was asked for."""
        return SqliteJobs(self.folder / "jobs.sqlite")

    def key_of(self, person: str) -> str:
        """The key of a person named by key, raw identifier or address.

        Raises
        ------
        NotFoundError
            If nobody is named, or several people have that address.
        """
        person = person.strip()
        if not person:
            raise NotFoundError(
                "person", "not named", "the key, identifier or address of one", "name somebody"
            )
        key = person
        if "address" in self.settings.simulated:
            key = person.casefold().removesuffix(SIMULATED_AT)
        if _KEY.fullmatch(key):
            return key
        keys = [person_key(self.key, person, namespace) for namespace in NAMESPACES]
        known = [key for key in keys if len(self.state.contact_history(key)["key"])]
        known = known or (self._the_one_at(person) if "@" in person else [])
        return known[0] if known else keys[0]

    def at_address(self, address: str) -> list[str]:
        """The keys of everybody who has an address, found by its mark: addresses are encrypted."""
        found = self.state.mailboxes(marks=mailbox_marks(self.key, [address]))
        return [str(key) for key in found["key"]]

    def _the_one_at(self, address: str) -> list[str]:
        """Who has an address, if one person does."""
        found = self.at_address(address)
        if len(found) > 1:
            raise NotFoundError(
                f"address {address}",
                f"that of {len(found)} people",
                "one person",
                "name them by an identifier of your files",
            )
        return found

    def close(self) -> None:
        """Let go of the stores."""
        self.state.close()
        self.tables.close()
        self.everything.close()
        if "jobs" in vars(self):
            self.jobs.close()


_KEY = re.compile("[0-9a-f]{32}")
SIMULATED_AT = "@example.invalid"
"""What follows somebody's key in the address they are told at, where addresses are simulated: one
that cannot be reached (RFC 6761), and that finds its person as any address does."""
