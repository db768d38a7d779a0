"""Texts about people, encrypted at rest; pure but for the randomness of its nonces.

AES-256-GCM under a key derived from the workspace's, which lies outside the workspace folder: who
copies the folder reads nobody. Each text is bound to its context (whose it is, which field), so
that a ciphertext moved to another person's row does not open.

References
----------
NIST SP 800-38D (GCM). Nonces are 96 random bits: good for 2^32 texts under one key, section 8.3.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import blake2b

from regie.terms.errors import WorkspaceError

NONCE_BYTES = 12
KEY_BYTES = 32


class Vault:
    """Encrypts and decrypts many texts at once, for one use.

    Parameters
    ----------
    workspace_key : bytes
        32 secret bytes.
    use : str
        What the texts are (`contacts`, `quarantine`, `messages`): each use has a key of its own.

    Examples
    --------
    >>> vault = Vault(b"k" * 32, "contacts")
    >>> sealed = vault.seal(["Ada", None], ["k1", "k2"])
    >>> vault.unseal(sealed, ["k1", "k2"])
    ['Ada', None]
    >>> vault.unseal(sealed, ["k2", "k1"])
    Traceback (most recent call last):
        ...
    regie.terms.errors.WorkspaceError: a text of contacts is sealed with another key or for \
another row, expected this workspace's key; set REGIE_KEYS to where it lies
    """

    def __init__(self, workspace_key: bytes, use: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._use = use
        self._cipher = AESGCM(
            blake2b(use.encode(), key=workspace_key, digest_size=KEY_BYTES).digest()
        )

    def seal(self, texts: Sequence[str | None], contexts: Sequence[str]) -> list[bytes | None]:
        """Nonce and ciphertext of each text; None stays None."""
        nonces = os.urandom(NONCE_BYTES * len(texts))
        pairs = enumerate(zip(texts, contexts, strict=True))
        return [
            None if text is None else self._one(nonces, place * NONCE_BYTES, text, context)
            for place, (text, context) in pairs
        ]

    def _one(self, nonces: bytes, start: int, text: str, context: str) -> bytes:
        nonce = nonces[start : start + NONCE_BYTES]
        return nonce + self._cipher.encrypt(
            nonce, text.encode("utf-8", "surrogateescape"), context.encode()
        )

    def unseal(self, sealed: Sequence[bytes | None], contexts: Sequence[str]) -> list[str | None]:
        """The texts again.

        Raises
        ------
        WorkspaceError
            If the key, or the context, is another one, or a text is cut short.
        """
        from cryptography.exceptions import InvalidTag

        decrypt = self._cipher.decrypt
        try:
            return [
                None
                if one is None
                else decrypt(one[:NONCE_BYTES], one[NONCE_BYTES:], context.encode()).decode(
                    "utf-8", "surrogateescape"
                )
                for one, context in zip(sealed, contexts, strict=True)
            ]
        except InvalidTag as error:
            raise WorkspaceError(
                f"a text of {self._use}",
                "sealed with another key or for another row",
                "this workspace's key",
                "set REGIE_KEYS to where it lies",
            ) from error
        except (TypeError, ValueError) as error:  # too short for a nonce, or no bytes at all
            raise WorkspaceError(
                f"a text of {self._use}",
                "damaged",
                "the text as Régie wrote it",
                "restore the workspace from a copy",
            ) from error
