"""Blocks of a document drawn into a screen, tables made into sheets: hands over to the engines."""

from __future__ import annotations

from regie.engines.html import fragment, prose, style
from regie.engines.sheet import csv_bytes, xlsx_bytes

__all__ = ["csv_bytes", "fragment", "prose", "style", "xlsx_bytes"]
