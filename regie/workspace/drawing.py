"""Blocks of a document drawn into a screen: hands over to the engine that draws reports."""

from __future__ import annotations

from regie.engines.html import fragment, prose, style

__all__ = ["fragment", "prose", "style"]
