"""The port to assets: bytes named by their SHA-256, so that a name says exactly which bytes."""

from __future__ import annotations

from typing import Protocol


class AssetStore(Protocol):
    """Where templates, images and other bytes of one workspace live."""

    def put(self, content: bytes) -> str:
        """Keep the bytes, the same ones once; their name, their SHA-256 in hex."""

    def get(self, name: str) -> bytes:
        """The bytes of that name, checked against it."""

    def names(self) -> list[str]:
        """The names of all assets, sorted."""

    def holds(self, name: str) -> bool:
        """Whether bytes of that name are kept."""

    def remove(self, name: str) -> None:
        """Let the bytes go; no complaint where they are not there."""
