"""A workspace: one advertiser's folder, with its engines plugged in and a method per command.

Methods are thin: each hands over to the module that does the work, and says so in its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from regie.ports.state import Run
from regie.ports.tables import Answer, sql_text
from regie.terms.decision import Decision
from regie.terms.errors import RefusedError, SettingError
from regie.terms.instant import DAY_US, day_of, day_start_us, parse_day
from regie.workspace.modelling import Modelling
from regie.workspace.sealing import Sealing
from regie.workspace.stores import Stores


class Workspace(Stores):
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
        super().__init__(folder)
        self.modelling = Modelling(self)
        self.sealing = Sealing(self)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # ---- collect

    def import_file(self, file: str | Path, mapping: str, *, again: bool = False) -> Any:
        """Import a file by a mapping; see `workspace.importing`."""
        from regie.workspace.importing import import_file

        self.sealing.check()
        self.expire()
        return import_file(self, Path(file), mapping, again=again)

    def propose(self, file: str | Path) -> Any:
        """How a file without a mapping would be read; see `workspace.proposing`."""
        from regie.workspace import proposing

        return proposing.propose(self, Path(file))

    def write_proposal(self, file: str | Path, mapping: str) -> Path:
        """Write the proposed mapping of a file under a new name."""
        from regie.workspace import proposing

        return proposing.write(self, Path(file), mapping)

    def quality(self) -> Any:
        """Where every row went, and the score of each source's newest import."""
        from regie.workspace.importing import quality_report

        return quality_report(self)

    def item_conflicts(self) -> Any:
        """Items that were described in several ways; see `workspace.importing`."""
        from regie.workspace.importing import item_conflicts

        return item_conflicts(self)

    # ---- run

    def as_of_us(self, as_of: str | None) -> int:
        """The instant a run looks from: the start of a day in the workspace's zone, else now.

        Raises
        ------
        SettingError
            If it is no day, one that has not come, or none after that of the first line.
        """
        if as_of is None:
            return self.settings.now_us()
        asked, today = parse_day(as_of), day_of(self.settings.now_us(), self.settings.zone)
        at_us = day_start_us(asked, self.settings.zone)
        if asked > today:
            raise SettingError(
                "--as-of", as_of, f"a day up to {today}", "nothing is known of later days"
            )
        first_us = self._first_us()
        if first_us and at_us <= first_us:  # an empty run would stand as the newest
            first = day_of(first_us, self.settings.zone)
            raise SettingError(
                "--as-of",
                as_of,
                f"a day after {first}, that of the first line",
                "nothing is known before it: name a later day",
            )
        return at_us

    def _first_us(self) -> int:
        """The instant of the first line; 0 where there is none."""
        with self.tables.session() as session:
            return int(session.query(sql_text("regie.workspace", "first_line"))["first_us"][0])

    def run(self, as_of: str | None = None, told: Any = lambda name: None) -> Any:
        """Run the loop; see `workspace.loop`."""
        from regie.workspace.loop import run_loop

        self.sealing.check()
        as_of_us = self.as_of_us(as_of)
        self.expire()
        return run_loop(self, as_of_us, told)

    def freshness_hint(self, as_of_us: int) -> str:
        """What to try where the newest order lies long before the run's instant; else empty."""
        with self.tables.session() as session:
            found = session.query(sql_text("regie.workspace", "newest_order"))
        newest_us = int(found["newest_us"][0])
        if not newest_us or as_of_us - newest_us < _STALE_DAYS * DAY_US:
            return ""
        day = day_of(newest_us + DAY_US, self.settings.zone)
        return (
            f"The newest order is {(as_of_us - newest_us) // DAY_US} days old. To look from its"
            f' time: regie run --as-of {day}, or set now = "{day}" in regie.toml.'
        )

    def runs(self) -> list[Run]:
        """Published runs, oldest first."""
        return self.state.runs("published")

    # ---- decisions

    def decisions(self, **narrowed: Any) -> list[tuple[Decision, str]]:
        """Decisions and the state each is in; see `workspace.deciding.find`."""
        from regie.workspace import deciding

        return deciding.find(self, **narrowed)

    def explain(self, decision: str) -> Any:
        """Why a decision was taken; see `govern.explain`."""
        from regie.workspace import deciding

        return deciding.explain(self, deciding.find_one(self, decision))

    def replay(
        self,
        decision: str | None = None,
        *,
        run: int | None = None,
        told: Any = lambda name: None,
    ) -> Any:
        """Run a decision, a whole run, or everything again; see `workspace.replaying`."""
        from regie.workspace import replaying

        if run is not None:
            return replaying.replay_run(self, run)
        if decision is not None:
            return replaying.replay(self, decision)
        return replaying.replay_all(self, told)

    def compare(self, file: str | Path, run: int | None = None) -> Any:
        """Set another policy beside a run's own; see `workspace.comparing`."""
        from regie.workspace import comparing

        return comparing.compare(self, Path(file), run)

    def approve(self, **about: Any) -> Any:
        """Approve messages on their exact bytes; see `workspace.approving.act`."""
        from regie.workspace import approving

        self.sealing.check()
        return approving.act(self, "approved", **about)

    def proposals(self) -> dict[tuple[int, str], list[Any]]:
        """Messages that wait for somebody, by run and campaign."""
        from regie.workspace import approving

        return approving.proposals(self)

    def waiting(self) -> int:
        """How many things wait for somebody: what every page tells."""
        from regie.workspace import approving, changes

        return len(approving.waiting(self)) + len(changes.waiting(self))

    def reject(self, **about: Any) -> Any:
        """Reject messages; see `workspace.approving.act`."""
        from regie.workspace import approving

        self.sealing.check()
        return approving.act(self, "rejected", **about)

    def undo(self, **about: Any) -> Any:
        """Take back an approval, until the first message leaves, or a rejection."""
        from regie.workspace import approving

        self.sealing.check()
        return approving.act(self, "undone", **about)

    def export(self, to: str, path: Path | None = None, run: int | None = None) -> Any:
        """The best next customers as a file; see `workspace.exporting`."""
        from regie.workspace import exporting

        self.sealing.check()
        return exporting.best_next(self, to, path, run)

    def write_messages(self, decision: str | None = None, folder: Path | None = None) -> list[Path]:
        """Messages as .eml: one decision's, or a sample of each campaign of the newest run."""
        from regie.workspace import deciding, exporting

        if decision is not None:
            return exporting.write_messages(self, [deciding.find_one(self, decision).id], folder)
        runs = self.runs()
        return exporting.write_samples(self, runs[-1].number, folder) if runs else []

    def verify(self) -> Any:
        """Check that nothing recorded was changed; see `workspace.verifying`."""
        from regie.workspace.verifying import verify

        return verify(self)

    # ---- retention

    def expire(self) -> Any:
        """Take out what no purpose may keep any more; see `workspace.expiry`."""
        from regie.workspace import expiry

        self.sealing.check()
        return expiry.expire(self)

    def expiries(self) -> Any:
        """Everything that age ever took out, oldest first."""
        from regie.workspace import expiry

        return expiry.expiries(self)

    # ---- people

    def known_key(self, person: str) -> str:
        """The key of a person of whom something is held.

        Raises
        ------
        NotFoundError
            If nothing is; names them as they were named.
        """
        from regie.workspace import people

        key = self.key_of(person)
        people.check_known(self, key, person)
        return key

    def known_keys(self, person: str) -> list[str]:
        """The keys of everybody whom a key, an identifier or an address names.

        Raises
        ------
        NotFoundError
            If nothing is held on them; names them as they were named.
        """
        from regie.workspace import mailboxes, people

        keys = mailboxes.named(self, person)
        people.check_known(self, keys[0], person)
        return keys

    def people_named(self, person: str) -> list[str]:
        """Whom an identifier or an address names, as whoever works here knows them."""
        from regie.workspace import mailboxes

        return mailboxes.told(self, mailboxes.named(self, person))

    def consent(
        self, person: str, grant: Sequence[str] = (), withdraw: Sequence[str] = ()
    ) -> dict[str, bool]:
        """Where each purpose stands for a person, after noting answers.

        An address answers for everybody who has it; of several people a purpose is open where it is
        open for each.
        """
        from regie.workspace import people

        if grant or withdraw:
            self.sealing.check()
        keys = self.known_keys(person)
        for key in keys:
            people.consent(self, key, grant=grant, withdraw=withdraw)
        every = [people.standing(self, key) for key in keys]
        return {purpose: all(one[purpose] for one in every) for purpose in every[0]}

    def object(self, person: str) -> dict[str, bool]:
        """Note an objection to everything but what the law asks for."""
        from regie.workspace import people

        self.sealing.check()
        return people.object_to(self, self.known_keys(person)[0])

    def access(self, person: str) -> dict[str, Any]:
        """All that is held on a person; by an address, on everybody who has it."""
        from regie.workspace import people

        return people.access(self, *self.known_keys(person))

    def rectify(self, person: str, field: str, value: str) -> dict[str, Any]:
        """Change what is held on a person."""
        from regie.workspace import people

        self.sealing.check()
        return people.rectify(self, self.known_key(person), field, value)

    def erase(self, person: str) -> Any:
        """Hide a person, then destroy what is held on them; by an address, everybody who has it.

        Where this opening has just finished the erasure, it is told as done.

        Raises
        ------
        RefusedError
            If the rules want somebody else's word: then a request waits for it (`changes`).
        """
        from regie.workspace import mailboxes, people

        self.sealing.check()
        if self.rules.approvals().rules["erasure"].approvals:
            raise RefusedError(
                "erasure", "for somebody else to approve (rules/approvals.toml)",
                "a request that a colleague agrees to", "open one on the Privacy screen",
            )  # fmt: skip
        keys = mailboxes.named(self, person)
        if people.was_finished(self, keys[0]):
            return people.finished(self)
        people.check_known(self, keys[0], person)
        return people.erase(self, *keys)

    def requests(self) -> Any:
        """What people asked for and until when, the most urgent first; see `requests.listed`."""
        from regie.workspace import requests

        return requests.listed(self)

    def show_request(self, request: str) -> Any:
        """One request, its steps and who asks; see `workspace.handling`."""
        from regie.workspace import handling

        return handling.handled(self, request)

    def receive_request(
        self, kind: str, person: str, *, channel: str, actor: str, day: str = ""
    ) -> Any:
        """Note a request that came by another way than the public page."""
        from regie.workspace import handling, requests

        self.sealing.check()
        made = requests.receive(
            self, kind=kind, channel=channel, person=person, day=day, actor=actor
        )
        return handling.handled(self, made.id)

    def act_on_request(self, request: str, deed: str, *, actor: str, **given: str) -> Any:
        """Take a step of a request by its name (`handling.DEEDS`)."""
        from regie.workspace import handling

        self.sealing.check()
        return handling.act(self, request, deed, given, actor)

    def request_pack(self, request: str) -> dict[str, Any]:
        """Everything that is held on whoever asked, to be sent to them."""
        from regie.workspace import handling

        return handling.pack(self, request)

    # ---- read

    def campaigns(self) -> Any:
        """The campaigns of rules/campaigns/, in name order."""
        return self.rules.campaigns()

    def promote(self, name: str, version: str, actor: str, reason: str = "") -> Any:
        """Let a version of a model serve, once whoever must agree did; see `workspace.changes`."""
        from regie.workspace import changes

        self.sealing.check()
        return changes.put_up(self, f"champion:{name}:{version}", actor, reason)

    def change_policy(self, name: str, content: bytes, actor: str, reason: str = "") -> Any:
        """Ask for another policy; see `workspace.changes`."""
        from regie.workspace import changes

        self.sealing.check()
        return changes.put_up_policy(self, name, content, actor, reason)

    def decide_change(self, deed: str, name: str, **about: Any) -> Any:
        """Approve, reject or undo (`deed`) a change that was asked for; see `workspace.changes`."""
        from regie.workspace import changes

        self.sealing.check()
        return getattr(changes, deed)(self, name, **about)

    def report(self, lang: str | None = None, run: int | None = None) -> Any:
        """The report of a run, else of the newest, as a document; see `workspace.reporting`."""
        from regie.workspace import reporting

        return reporting.build(self, lang or self.settings.language, run)

    def number(self, name: str, lang: str | None = None, run: int | None = None) -> Any:
        """One number of the report and the rows behind it; see `workspace.reporting`."""
        from regie.workspace import reporting

        return reporting.number(self, name, lang or self.settings.language, run)

    def write_report(
        self,
        lang: str | None = None,
        form: str = "html",
        page: str = "report",
        run: int | None = None,
    ) -> Path:
        """The report, the privacy notice or the article 30 register as a file in reports/."""
        from regie.workspace import reporting

        return reporting.write(self, lang or self.settings.language, form, page, run)

    def write_access(self, held: dict[str, Any], lang: str | None, out: str) -> Path:
        """What is held on a person as a readable page."""
        from regie.workspace import reporting

        return reporting.write_access(self, held, lang or self.settings.language, Path(out))

    def sql(self, statement: str, rows_limit: int = 1000, seconds: float = 30.0) -> Answer:
        """Rows of one SELECT over the tables; reads only, within bounds."""
        from regie.workspace.sight import unmeasured

        return self.tables.sql(statement, rows_limit, seconds, {"unmeasured": unmeasured(self)})


_STALE_DAYS = 60


def open_workspace(folder: str | Path) -> Workspace:
    """Open a workspace folder.

    Examples
    --------
    >>> open_workspace("/nowhere")
    Traceback (most recent call last):
        ...
    regie.terms.errors.WorkspaceError: /nowhere is no workspace, expected a folder with \
regie.toml; make one: regie init /nowhere
    """
    from regie.workspace import changes
    from regie.workspace.sweeping import sweep

    workspace = Workspace(Path(folder))
    sweep(workspace)
    if not workspace.sealing.cut():
        changes.finish(workspace)
    return workspace
