"""The ledger: sealed hashes of every batch of records, in a chain; pure.

Why it holds no data: it can never be rewritten, and people can ask to be erased. So per batch (a
run, an act, an import, an erasure) one entry holds the Merkle root of the salted hashes of its
records, chained to the entry before. The leaves stand beside it and the salt stands in the row:
a changed row is named, and an erased row leaves a leaf that means nothing.

What salts a leaf: a decision's or an act's `salt`, random, stored in its row and gone with it. An
event needs none of its own: its `event_id` is a hash made with the person's keyed `key`, so nobody
without the workspace's key can guess it, and it goes with the row. (An event without a person can
be guessed; it says nothing about anyone.)

What a chain cannot tell: that its last entries were cut off. Rows then stand under no entry, which
`Seals.meet` names; who notes elsewhere how many there are sees it at once, as `sealing` does.

References
----------
RFC 6962, section 2.1: Merkle hash tree, leaves behind 0x00 and nodes behind 0x01, so that neither
can stand for the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import numpy.typing as npt

from regie.govern.register import Holding
from regie.ports.ledger import Entry
from regie.ports.tables import GivenColumns, listed, sql_text

if TYPE_CHECKING:
    from sqlglot import exp

HASH_BYTES = 32
START = "0" * 64
"""What the first entry is chained to."""


HOLDINGS = (
    Holding(
        store="ledger",
        columns=("*",),
        purposes=("accounts",),
        retention_days=None,
        person="",
        what={
            "en": "Salted hashes that show whether anything was changed; no data.",
            "fr": "Des empreintes salées qui montrent si quelque chose a changé ; aucune donnée.",
        },
    ),
    Holding(
        store="state.sqlite/acts",
        columns=("*",),
        purposes=("accounts",),
        retention_days=None,
        person="",
        what={
            "en": "Who approved, rejected or took back what, and when.",
            "fr": "Qui a approuvé, refusé ou annulé quoi, et quand.",
        },
    ),
)
"""What accounts for everything else."""


class Broken(msgspec.Struct, frozen=True):
    """The first entry that does not hold: its place, and which of its parts is wrong.

    Examples
    --------
    >>> Broken(3, "prev").part
    'prev'
    """

    n: int
    part: str


def canonical(record: object) -> bytes:
    """The one spelling of a record: JSON with sorted keys.

    Examples
    --------
    >>> canonical({"b": 1, "a": None})
    b'{"a":null,"b":1}'
    """
    return msgspec.json.encode(record, order="sorted")


def leaf(salt: str, content: bytes) -> bytes:
    """The salted hash of a record: 32 bytes.

    Parameters
    ----------
    salt : str
        32 hex digits, random, stored in the record's row. Its length is fixed, so salt and content
        cannot flow into each other.
    content : bytes
        The record's canonical spelling.

    Examples
    --------
    >>> leaf("0" * 32, b"{}") == leaf("1" * 32, b"{}")
    False
    >>> leaf("", b"").hex()[:16]  # RFC 6962: the hash of an empty leaf
    '6e340b9cffb37a98'
    """
    return sha256(b"\x00" + salt.encode() + content).digest()


def record_leaves(columns: GivenColumns) -> bytes:
    """The leaves of rows that carry a `salt` (decisions, acts), in the order given.

    Parameters
    ----------
    columns : GivenColumns
        Every column of the rows, `salt` among them.

    Returns
    -------
    bytes
        32 bytes per row.

    Examples
    --------
    >>> import numpy as np
    >>> rows = {"id": np.array(["d1", "d2"]), "salt": np.array(["a", "b"])}
    >>> record_leaves(rows) == leaf("a", b'{"id":"d1"}') + leaf("b", b'{"id":"d2"}')
    True
    """
    plain = {name: listed(columns[name]) for name in sorted(columns)}
    salts, names = plain.pop("salt"), tuple(plain)
    # The names are sorted once, not for each row: the same bytes as `canonical` gives.
    encode = msgspec.json.Encoder().encode
    rows = zip(*plain.values(), strict=True)
    return b"".join(
        [
            leaf(salt, encode(dict(zip(names, row, strict=True))))
            for salt, row in zip(salts, rows, strict=True)
        ]
    )


@cache
def event_leaves_sql() -> str:
    """SQL that gives `event_id`, `import_id` and `leaf` (32 bytes) of events, by `event_id`.

    Its parameters narrow it: `$import_id` and `$key` (NULL: any), `$orders` of `$source` (an empty
    list: any).

    Examples
    --------
    >>> "ORDER BY event_id" in event_leaves_sql()
    True
    """
    return sql_text("regie.govern", "event_leaves")


@cache
def any_event_leaves_sql() -> str:
    """The same rows in no order: sorting every event takes longer than checking it.

    Examples
    --------
    >>> "ORDER BY" in any_event_leaves_sql(), "$orders" in any_event_leaves_sql()
    (False, True)
    """
    every = _event_leaves()
    every.set("order", None)
    return every.sql("duckdb", comments=False)


@cache
def going_leaves_sql() -> str:
    """The same SQL, for the events named in the scratch relation `going`; without parameters.

    Examples
    --------
    >>> "$" in going_leaves_sql(), "ORDER BY" in going_leaves_sql()
    (False, True)
    """
    from sqlglot import exp

    every = _event_leaves()
    every.set("where", None)
    going = exp.column("event_id").isin(query=exp.select("event_id").from_("going"))
    return every.where(going).sql("duckdb", comments=False)


def _event_leaves() -> exp.Select:
    import sqlglot
    from sqlglot import exp

    every = sqlglot.parse_one(event_leaves_sql(), dialect="duckdb")
    assert isinstance(every, exp.Select), "event_leaves.sql is one SELECT"
    return every


@cache
def quarantine_leaves_sql() -> str:
    """SQL that gives `import_id`, `file`, `row` and `leaf` of rows set aside, in that order.

    Its parameters narrow it: `$import_id` (NULL: any), `$places` named import_id/row (empty: any).

    Examples
    --------
    >>> "FROM quarantine" in quarantine_leaves_sql()
    True
    """
    return sql_text("regie.govern", "quarantine_leaves")


def merkle_root(leaves: bytes) -> str:
    """The Merkle root of leaf hashes, in hex.

    Parameters
    ----------
    leaves : bytes
        32 bytes per leaf, in order.

    Returns
    -------
    str
        64 hex digits; for no leaves the hash of nothing.

    References
    ----------
    RFC 6962, section 2.1. Pairing each level from the left and passing a last single node up gives
    the same tree as the RFC's split at the largest power of two.

    Examples
    --------
    >>> merkle_root(b"")[:16]
    'e3b0c44298fc1c14'
    >>> merkle_root(leaf("", b"")) == leaf("", b"").hex()
    True
    """
    if not leaves:
        return sha256().hexdigest()
    while len(leaves) > HASH_BYTES:
        # Some at a time: ten million digests as objects would be a gigabyte.
        parts = range(0, len(leaves), _LEVEL_BYTES)
        leaves = b"".join([_level(leaves[start : start + _LEVEL_BYTES]) for start in parts])
    return leaves.hex()


_PAIR_BYTES = 2 * HASH_BYTES
_LEVEL_BYTES = _PAIR_BYTES << 16


def _level(nodes: bytes) -> bytes:
    even = len(nodes) - len(nodes) % _PAIR_BYTES
    above = [
        sha256(b"\x01" + nodes[start : start + _PAIR_BYTES]).digest()
        for start in range(0, even, _PAIR_BYTES)
    ]
    return b"".join(above) + nodes[even:]


def next_entry(last: Entry | None, *, at_us: int, kind: str, subject: str, leaves: bytes) -> Entry:
    """The entry that seals a batch after the last one.

    Parameters
    ----------
    last : Entry or None
        The entry before; None for the first.
    at_us : int
        Wall clock.
    kind, subject : str
        What the batch is and which one; never a person's key.
    leaves : bytes
        32 bytes per record.

    Examples
    --------
    >>> first = next_entry(None, at_us=0, kind="import", subject="i1", leaves=b"")
    >>> second = next_entry(first, at_us=1, kind="run", subject="1", leaves=leaf("s", b"{}"))
    >>> second.n, second.count, second.prev == first.hash
    (1, 1, True)
    """
    entry = Entry(
        n=0 if last is None else last.n + 1,
        at_us=at_us,
        kind=kind,
        subject=subject,
        count=len(leaves) // HASH_BYTES,
        root=merkle_root(leaves),
        prev=START if last is None else last.hash,
        hash="",
    )
    return msgspec.structs.replace(entry, hash=_entry_hash(entry))


def verify_chain(entries: Iterable[Entry | None]) -> Broken | None:
    """The first entry that does not hold; None where all do.

    Parameters
    ----------
    entries : Iterable[Entry or None]
        In their order; None for one that cannot be read: what follows it is taken at its word.

    Returns
    -------
    Broken or None
        Its place in the chain and the part that is wrong: `n` (an entry is missing or doubled),
        `prev` (it follows another entry than it says) or `hash` (it was changed).

    Examples
    --------
    >>> first = next_entry(None, at_us=0, kind="import", subject="i1", leaves=b"")
    >>> second = next_entry(first, at_us=1, kind="import", subject="i2", leaves=b"")
    >>> verify_chain([first, second]) is None
    True
    >>> verify_chain([msgspec.structs.replace(first, subject="i9"), second])
    Broken(n=0, part='hash')
    >>> verify_chain([None, second]) is None
    True
    """
    prev: str | None = START
    for place, entry in enumerate(entries):
        if entry is None:
            prev = None
            continue
        if entry.n != place:
            return Broken(place, "n")
        if prev is not None and entry.prev != prev:
            return Broken(place, "prev")
        if entry.hash != _entry_hash(entry):
            return Broken(place, "hash")
        prev = entry.hash
    return None


def check_leaves(entry: Entry, leaves: bytes) -> bool:
    """Whether stored leaves are those an entry sealed.

    Examples
    --------
    >>> entry = next_entry(None, at_us=0, kind="act", subject="a1", leaves=leaf("s", b"{}"))
    >>> check_leaves(entry, leaf("s", b"{}")), check_leaves(entry, b"")
    (True, False)
    """
    return len(leaves) == entry.count * HASH_BYTES and merkle_root(leaves) == entry.root


class Seals:
    """Leaves that were sealed, waiting for their rows, which come in any order and in parts.

    Not a set: ten million leaves as objects take three gigabytes, as sorted words half of one.

    Parameters
    ----------
    sealed : bytes
        Leaves under the entries that added rows.
    released : bytes
        Leaves under the entries that took rows away; what they name may be gone.

    Examples
    --------
    >>> one, two, other = leaf("s", b"1"), leaf("t", b"2"), leaf("t", b"9")
    >>> seals = Seals(one + two)
    >>> seals.meet(one), seals.meet(other + one)
    ([], [0])
    >>> seals.missing() == two, seals.released
    (True, 0)
    >>> gone = Seals(one + two, released=two)
    >>> gone.meet(one), gone.missing(), gone.released
    ([], b'', 1)
    """

    def __init__(self, sealed: bytes, released: bytes = b"") -> None:
        words = _words(sealed)
        self._leaves = words[np.argsort(words[:, 0])]
        self._first = np.ascontiguousarray(self._leaves[:, 0])
        self._awaited = np.ones(len(words), dtype=np.bool_)
        # A leaf sealed twice is one leaf: its first place stands for it.
        again = np.flatnonzero(self._first[1:] == self._first[:-1]) + 1
        self._awaited[again] = self._places(self._leaves[again]) == again
        # One erasure lets go of rows of several tables: here only those of this one count.
        let_go = np.unique(self._places(_words(released)))
        let_go = let_go[let_go >= 0]
        self.released = len(let_go)
        self._awaited[let_go] = False
        self._standing = self._awaited.copy()

    def meet(self, leaves: bytes) -> list[int]:
        """Rows of a part that were never sealed as they are, by their place in it."""
        places = self._places(_words(leaves))
        sound = (places >= 0) & self._standing[places] if len(self._first) else places >= 0
        self._awaited[places[sound]] = False
        return np.flatnonzero(~sound).tolist()

    def missing(self) -> bytes:
        """Leaves whose row has not come, 32 bytes each."""
        return self._leaves[self._awaited].tobytes()

    def _places(self, words: _Words) -> npt.NDArray[np.int64]:
        """The first place of each leaf among the sealed; -1 where it is not."""
        places = np.full(len(words), -1, dtype=np.int64)
        left = np.argsort(words[:, 0])  # in this order the search stays in the cache
        at = np.searchsorted(self._first, words[left, 0])
        while len(left):
            inside = at < len(self._first)
            left, at = left[inside], at[inside]
            alike = self._first[at] == words[left, 0]
            left, at = left[alike], at[alike]
            same = (self._leaves[at] == words[left]).all(axis=1)
            places[left[same]] = at[same]
            left, at = left[~same], at[~same] + 1  # another leaf that begins alike
        return places


_Words = npt.NDArray[np.uint64]


def _words(leaves: bytes) -> _Words:
    return np.frombuffer(leaves, dtype=np.uint64).reshape(-1, HASH_BYTES // 8)


def split(leaves: bytes) -> list[bytes]:
    """Leaves one by one.

    Examples
    --------
    >>> [len(one) for one in split(leaf("s", b"1") + leaf("t", b"2"))]
    [32, 32]
    """
    return [leaves[at : at + HASH_BYTES] for at in range(0, len(leaves), HASH_BYTES)]


def _entry_hash(entry: Entry) -> str:
    return sha256(canonical(msgspec.structs.replace(entry, hash=""))).hexdigest()
