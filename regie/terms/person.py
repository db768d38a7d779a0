"""People as keyed hashes; pure.

Why keyed: without the workspace's key nobody can go from a guessed identifier to a key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b

CUSTOMER = "customer"
NAMESPACES = (CUSTOMER, "household")
"""Kinds of identifier; the same text in two of them is two people, or a person and a household."""


INSTEAD = "…"
"""What stands where somebody was named."""
_ADDRESS = re.compile(r"[^\s@<>()\",;:]+@[^\W_]+(?:[-.][^\W_]+)*\.[^\W_]+")


def without_addresses(text: str) -> str:
    """A text with `…` for each address: whose it is is not known, so nobody could find it to erase.

    Examples
    --------
    >>> without_addresses("deliver to Ada@x.example, please"), without_addresses("2 @ 3.50")
    ('deliver to …, please', '2 @ 3.50')
    """
    return _ADDRESS.sub(INSTEAD, text)


def canonical_id(raw: object) -> str:
    """The one spelling of a raw identifier: 17841.0, "17841.0" and " 17841 " are "17841".

    An address is one mailbox in any case.

    Examples
    --------
    >>> canonical_id(17841.0), canonical_id(" 17841.0 "), canonical_id("a.0"), canonical_id(7)
    ('17841', '17841', 'a.0', '7')
    >>> canonical_id("Ada@Example.com")
    'ada@example.com'
    """
    text = str(raw).strip()
    if "@" in text:
        return text.casefold()  # one mailbox, however it is typed
    head, point, tail = text.partition(".")
    if point and head.lstrip("-").isdigit() and tail.strip("0") == "":
        return head
    return text


def person_key(workspace_key: bytes, raw: object, namespace: str = CUSTOMER) -> str:
    """The person's key: 32 hex digits, the same for every spelling of the identifier.

    Parameters
    ----------
    workspace_key : bytes
        32 secret bytes, kept outside the workspace folder.
    raw : object
        Identifier as the source has it.
    namespace : str
        Kind of identifier.

    References
    ----------
    BLAKE2b keyed hashing: RFC 7693.

    Examples
    --------
    >>> person_key(b"k" * 32, 17841.0) == person_key(b"k" * 32, "17841")
    True
    >>> person_key(b"k" * 32, "1") == person_key(b"k" * 32, "1", "household")
    False
    """
    text = f"{namespace}\x1f{canonical_id(raw)}".encode()
    return blake2b(text, key=workspace_key, digest_size=16).hexdigest()


def keyed_token(workspace_key: bytes, use: str, subject: str) -> str:
    """An unguessable token for one use of one subject: 32 hex digits.

    Examples
    --------
    >>> keyed_token(b"k" * 32, "why", "d1") == keyed_token(b"k" * 32, "opposition", "d1")
    False
    """
    return keyed_tokens(workspace_key, use, [subject])[0]


def keyed_tokens(workspace_key: bytes, use: str, subjects: Sequence[str]) -> list[str]:
    """The tokens of many subjects: the key is worked in once for all.

    Examples
    --------
    >>> keyed_tokens(b"k" * 32, "why", ["d1"]) == [keyed_token(b"k" * 32, "why", "d1")]
    True
    """
    keyed, tokens = blake2b(f"{use}\x1f".encode(), key=workspace_key, digest_size=16), []
    for subject in subjects:
        hashed = keyed.copy()
        hashed.update(subject.encode())
        tokens.append(hashed.hexdigest())
    return tokens


def mailbox_marks(workspace_key: bytes, addresses: Sequence[str]) -> list[str]:
    """What stands for addresses where only who shares one matters: 32 hex digits each.

    The opposition list names an address so, as it would whoever is known by that alone.

    Examples
    --------
    >>> one, other = mailbox_marks(b"k" * 32, [" Ada@Example.com", "ada@example.com"])
    >>> one == other
    True
    """
    keys = [person_key(workspace_key, one) for one in addresses]
    return keyed_tokens(workspace_key, "opposition", keys)


def keyed_share(salt: str, key: str) -> float:
    """A fixed pseudo-random share in [0, 1) of a person: our own draw, the same on every engine.

    Parameters
    ----------
    salt : str
        What the draw is for; another salt is an independent draw.
    key : str
        The person's key.

    Examples
    --------
    >>> keyed_share("holdout", "k") == keyed_share("holdout", "k")
    True
    >>> 0 <= keyed_share("holdout", "k") < 1
    True
    """
    digest = blake2b(f"{salt}\x1f{key}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) * 2.0**-53
