"""The port to documents: a document's blocks become bytes that people can open."""

from __future__ import annotations

from typing import Protocol

from regie.terms.document import Document


class Documents(Protocol):
    """Draws documents in one format."""

    suffix: str
    """How the file's name ends: `.html`."""

    def render(self, document: Document) -> bytes:
        """The whole document as one file; the same document gives the same bytes."""
