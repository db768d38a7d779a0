"""The port to state: what changes in place and must be exact, one transaction at a time.

Contacts, consents, imports, runs, acts, the outbox and who must not be seen. Tables hold what
happened; state holds who people are and where work stands. Every method that changes something is
one transaction; what belongs to an import or a run that was never published is in no read.
Columns go in and out whole, since a loop over 100,000 people is the slowest way to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from regie.ports.tables import Columns, GivenColumns
from regie.terms.decision import Act
from regie.terms.request import Step

CONTACT_COLUMNS = ("key", "field", "value", "at_us", "import_id", "source")
CONSENT_COLUMNS = ("key", "purpose", "granted", "basis", "at_us", "evidence", "import_id")
ITEM_COLUMNS = ("item", "description", "import_id")
OUTBOX_COLUMNS = (
    "decision", "campaign", "run", "key", "content_hash", "token", "state", "at_us",
)  # fmt: skip
OPPOSITION_KINDS = ("erased", "objected")
AGED_COLUMNS = {
    "contacts": ("seq",),
    "consents": ("seq", *CONSENT_COLUMNS),
    "outbox": ("seq",),
    "opposition": ("seq",),
    "requests": ("seq", "id", "request", "step", "actor", "at_us", "facts", "salt"),
    "requesters": ("seq",),
}
"""Table whose rows age to what `StateStore.aged` tells of them, with their place in the table."""


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was brought: when (`at_us`, wall clock), which bytes, by which mapping.

    fr: import

    Parameters
    ----------
    state : str
        `pending` or `published`.
    counts : dict[str, int]
        Reason to rows: where every row went.

    Examples
    --------
    >>> Import(id="i1", at_us=0, file="orders.csv", sha256="ab", mapping="shop").state
    'pending'
    """

    id: str
    at_us: int
    file: str
    sha256: str
    mapping: str
    state: str = "pending"
    counts: dict[str, int] = {}


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the loop as of an instant.

    fr: calcul

    Parameters
    ----------
    started_us : int
        Wall clock.
    state : str
        `pending` or `published`.
    manifest : str
        JSON: table versions, settings, rule hashes, model and code versions, seed.

    Examples
    --------
    >>> Run(number=1, as_of_us=0, started_us=0).manifest
    '{}'
    """

    number: int
    as_of_us: int
    started_us: int
    state: str = "pending"
    manifest: str = "{}"


class Annotation(msgspec.Struct, frozen=True):
    """What people here note of a day, so that a chart tells it: a mailing, a strike, a sale.

    fr: annotation

    Parameters
    ----------
    day : str
        ISO day.
    words : str
        Names nobody: it is shown to everyone who sees figures.

    Examples
    --------
    >>> Annotation("a1", "2011-09-01", "Autumn catalogue").day
    '2011-09-01'
    """

    id: str
    day: str
    words: str


class RuleChange(msgspec.Struct, frozen=True):
    """That somebody changed a rule file on a screen; what it was and is, its assets hold.

    fr: modification de règle

    Parameters
    ----------
    file : str
        Its path below rules/.
    about : str
        The campaign or segment that is told in it.
    deed : str
        What was done, as a word of the screens: `made`, `edited`, `paused` …
    at_us : int
        Wall clock.
    was, now : str
        SHA-256 of the file before, empty where it was not there, and after.

    Examples
    --------
    >>> RuleChange("c1", "segments.toml", "loyal", "edited", "a@shop", 0, "", "ab").file
    'segments.toml'
    """

    id: str
    file: str
    about: str
    deed: str
    actor: str
    at_us: int
    was: str
    now: str


class View(msgspec.Struct, frozen=True):
    """A question about the figures that people here keep under a title.

    fr: vue

    Parameters
    ----------
    query : str
        The query string of its address.

    Examples
    --------
    >>> View("v1", "France by week", "measure=revenue&by=week&country=France").title
    'France by week'
    """

    id: str
    title: str
    query: str


class StateStore(Protocol):
    """Where the state of one workspace lives."""

    # ---- imports

    def begin_import(self, brought: Import) -> None:
        """Note a pending import; what it puts stays invisible until it is published."""

    def publish_import(self, import_id: str, counts: Mapping[str, int]) -> None:
        """Make visible what it put, and note where its rows went."""

    def drop_import(self, import_id: str) -> None:
        """Forget a pending import and all it put; a published one is refused."""

    def imports(self, state: str | None = None) -> list[Import]:
        """Imports in the order they began, of a state or of any."""

    def rename_import(self, import_id: str, file: str, counts: Mapping[str, int]) -> None:
        """Give a published import's file and counts other names: they named somebody erased."""

    def put_items(self, rows: GivenColumns) -> None:
        """Add what a products file says of items (`ITEM_COLUMNS`); the latest wins at read."""

    def reword_items(self, recoded: Callable[[str], str], reworded: Callable[[str], str]) -> None:
        """Change codes and descriptions of items, whoever said them: they name somebody."""

    def items(self) -> Columns:
        """`item` and `description` as the latest published import says, by item."""

    # ---- people

    def put_contacts(self, rows: GivenColumns) -> None:
        """Add values (`CONTACT_COLUMNS`); nothing is overwritten, the latest `at_us` wins at read.

        `import_id` is None for what no import brought.
        """

    def contacts(self, fields: Sequence[str], keys: Sequence[str] | None = None) -> Columns:
        """`key` and one column per field, decrypted, by key; None where nothing is known."""

    def mailboxes(
        self, *, marks: Sequence[str] | None = None, keys: Sequence[str] | None = None
    ) -> Columns:
        """`key` and `mark`: whose the addresses are that people are written to or known by, today.

        `marks`: of these addresses alone (`terms.person.mailbox_marks`); `keys`: of these people
        alone; None is all of them.
        """

    def contact_keys(
        self, keys: Sequence[str] | None = None, *, field: str | None = None
    ) -> list[str]:
        """People of whom a value is held, but for those who are hidden.

        `keys`, `field`: of these people, of that field alone; None is all of them.
        """
        ...

    def contact_history(self, key: str) -> Columns:
        """Every value ever held of a person: `CONTACT_COLUMNS`, decrypted, oldest first."""

    def rectify(self, key: str, field: str, value: str | None, at_us: int, source: str) -> None:
        """Set one value by hand; earlier ones stay in the history."""

    def rectified_keys(self) -> list[str]:
        """People of whom a value was set by hand, in order."""

    def put_consents(self, rows: GivenColumns) -> None:
        """Add consents (`CONSENT_COLUMNS`); history is kept, who reads folds it."""

    def consents(
        self,
        keys: Sequence[str] | None = None,
        *,
        purpose: str | None = None,
        hidden: bool = False,
    ) -> Columns:
        """Consents (`CONSENT_COLUMNS`), by key, purpose and time; the last of equals is later.

        `keys`, `purpose`: of these people, to that purpose alone; None is all of them.

        `hidden`: those of people whose erasure is under way too; for the ledger and erasure alone.
        """

    def refusing_keys(self) -> list[str]:
        """People who ever refused something in a word of their own, in order."""

    def reword_consents(self, but_of: str, evidence: Mapping[str, str]) -> None:
        """Change what others' answers say of how they were given, from one text to another."""

    def consent_moves(self) -> Columns:
        """How answers moved: `purpose`, `at_us`, `allowed`, `refused`, by purpose and time.

        Per purpose and quarter of an hour, by how much the number of people grew whose last answer
        is yes, and of those whose is no. At one instant a refusal is the last.
        """

    # ---- erasure and opposition

    def erase(self, key: str, fingerprint: str, at_us: int) -> None:
        """At once: hidden from every read, and opposed; what is held goes with `forget`.

        In their requests the fingerprint takes the place of the key.
        """

    def hidden_keys(self) -> list[str]:
        """People whose physical erasure is still to be done: no read may show them."""

    def hidden_values(self, key: str) -> list[tuple[str, str]]:
        """Field and value of all that was ever held of a hidden person, decrypted, in order.

        It is what to look for in the rest.
        """

    def forget(self, key: str) -> None:
        """The last part of an erasure: contacts, consents, messages and the hidden key go.

        Leaves no byte of them, whatever came in since the person was hidden.
        """

    def oppose(self, fingerprint: str, at_us: int, kind: str) -> None:
        """Put a keyed fingerprint on the opposition list (`OPPOSITION_KINDS`)."""

    def lift_opposition(self, fingerprint: str) -> None:
        """Take it off again: the person consented anew."""

    def people_version(self) -> tuple[object, ...]:
        """Another one after every change of contacts, consents, who is hidden or opposed.

        Whoever made it: what was found out of these people may be kept for as long as it is equal.
        """

    def opposition(self) -> Columns:
        """`fingerprint`, `kind`, `at_us`, by fingerprint and kind.

        Raises
        ------
        WorkspaceError
            If the list is not as it was kept: who was erased would come back.
        """

    def broken(self) -> list[str]:
        """What the store finds wrong with how it keeps its rows; empty where nothing."""

    def tampered(self) -> list[str]:
        """Tables without a leaf in the ledger whose rows somebody else changed."""

    # ---- requests

    def add_steps(self, steps: Sequence[Step], salts: Sequence[str]) -> None:
        """Add steps of requests, each with the salt that seals it in the ledger."""

    def steps(self, request: str | None = None) -> list[Step]:
        """Steps in the order they were added, of one request or of all."""

    def step_salts(self) -> dict[str, str]:
        """Step to its salt."""

    def put_requester(self, request: str, key: str, mark: str) -> None:
        """Note who asks: a person's key, or a mark where they were erased."""

    def requesters(self) -> dict[str, tuple[str, str]]:
        """Request to its person's key and mark; one of the two is empty."""

    # ---- what people here keep

    def put_annotation(self, annotation: Annotation) -> None:
        """Note what happened on a day; one of the same id takes the place of the earlier one."""

    def annotations(self) -> list[Annotation]:
        """Annotations by day, then in the order they came."""

    def drop_annotation(self, annotation: str) -> None:
        """Take one out, by id."""

    def put_view(self, view: View) -> None:
        """Keep a question under a title; one of the same id takes the place of the earlier one."""

    def views(self) -> list[View]:
        """Views by title."""

    def drop_view(self, view: str) -> None:
        """Take one out, by id."""

    # ---- rules

    def add_rule_change(self, change: RuleChange, salt: str) -> None:
        """Note that a rule file is about to be changed: pending until `rule_written`."""

    def rule_changes(self, state: str | None = None) -> list[RuleChange]:
        """Changes in the order they were made; all, or those `pending` or `written`."""

    def rule_change_salts(self) -> dict[str, str]:
        """Change to its salt."""

    def rule_written(self, change: str) -> None:
        """The file is as it was to be."""

    # ---- retention

    def aged(self, table: str, before_us: int, held: Sequence[str]) -> Columns:
        """Rows of a table (`AGED_COLUMNS`) that are of before an instant and stand no more.

        A contact's value and an answer stand until a later one comes, and count as standing only
        for the people of `held` (keys); an opposition stands where its fingerprint is in `held`; a
        message is as old as its run.
        """

    def expire(self, table: str, seqs: Sequence[int]) -> int:
        """Take rows out of a table, leaving no byte of them after `checkpoint`; how many."""

    # ---- several at once, and what the ledger is owed

    def together(self) -> AbstractContextManager[None]:
        """One transaction around several calls of this thread: all of them stand, or none."""

    def owe(self, kind: str, subject: str, leaves: bytes) -> None:
        """Note, in the transaction that changes rows, the leaves the ledger must still seal."""

    def owed(self) -> list[tuple[str, str, bytes]]:
        """Kind, subject and leaves still to be sealed, in order; not those of pending imports."""

    def settled(self, kind: str, subject: str) -> None:
        """It stands in the ledger now."""

    def note_sealed(self, entries: int) -> None:
        """The ledger has so many entries: where it has fewer one day, it was cut."""

    def sealed(self) -> int:
        """The number noted last; 0 where none was."""

    # ---- runs, acts, outbox

    def begin_run(self, as_of_us: int, started_us: int) -> int:
        """The number of a new pending run; numbers are never used twice."""

    def publish_run(self, number: int, manifest: str) -> None:
        """Make its messages visible and keep its manifest."""

    def drop_run(self, number: int) -> None:
        """Forget a pending run and its messages; a published one is refused."""

    def runs(self, state: str | None = None) -> list[Run]:
        """Runs by number, of a state or of any."""

    def add_acts(self, acts: Sequence[Act], salts: Sequence[str]) -> None:
        """Add acts, each with the salt that seals it in the ledger."""

    def acts(
        self, run: int | None = None, campaign: str | None = None, decision: str | None = None
    ) -> list[Act]:
        """Acts in the order they were added, narrowed by what is given."""

    def acts_of_decisions(self) -> list[Act]:
        """Acts that name what they are about (`Act.decision`), in the order they were added."""

    def act_salts(self) -> dict[str, str]:
        """Act to its salt."""

    def put_outbox(self, rows: GivenColumns) -> int:
        """Add messages (`OUTBOX_COLUMNS`); one decision has one message. How many were new."""

    def outbox(
        self, run: int | None = None, campaign: str | None = None, state: str | None = None
    ) -> Columns:
        """Messages (`OUTBOX_COLUMNS`) of published runs, by run, campaign and decision."""

    def outbox_beside(self, decisions: Sequence[str]) -> Columns:
        """Every message (`OUTBOX_COLUMNS`) of the people whom some messages are for."""

    def waiting(self, since_us: int) -> list[tuple[int, str]]:
        """Published runs of after an instant and campaigns of theirs with a message that waits.

        In order; as quick with a million messages as with three. The message of a person whose
        erasure is under way still counts. Without lists that a newer one took the place of; see
        `newer_list`.
        """

    def newer_list(self, run: int, campaign: str) -> int | None:
        """The newest published run after one, by instant and number, that has messages of a
        campaign; None where there is none.
        """

    def campaigns_in(self, run: int) -> list[str]:
        """Campaigns of a run's messages, in order."""

    def outbox_states(self, decisions: Sequence[str]) -> dict[str, str]:
        """Decision to its message's state, of those that have a message."""

    def outbox_in_state(
        self, state: str, run: int, campaigns: Collection[str], after: str, limit: int
    ) -> list[str]:
        """Decisions of a run's campaigns whose messages are in a state, by id from after one on."""

    def message_of(self, token: str) -> tuple[str, str] | None:
        """The published message that a link's token names: its decision and its person's key."""

    def move_outbox(self, decisions: Sequence[str], state: str) -> int:
        """Set the state of messages; how many changed. `at_us` stays: when it is to leave."""

    def reword_outbox(self, hashes: Mapping[str, str]) -> None:
        """Set the content hash of messages, by decision: they were given other words."""

    def checkpoint(self) -> None:
        """Leave nothing but the file itself: no journal, no free page with old bytes."""

    def close(self) -> None:
        """Let go of the store."""
