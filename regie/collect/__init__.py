"""Collect: files in, events out, and where every row went.

In: a file and the mapping that reads it. Out: rows of `events`, contacts, consents, quarantined
rows, a catalogue of items, a quality score. Imports: `mapping` (the TOML), `intake` (accept),
`catalogue` (items as of an instant), `quality` (rules and score), `headings` (what columns are
called), `form` (what was found in a file beside its rows), `content` (what a column's cells look
like), `proposal` (which column of an unknown file is which field), `fitting` (which mappings read a
file, the one that keeps most of it first), `steadiness` (whether a file is distributed as the last
one was), `settling` (what a file leaves open, settled over the whole of it).
"""

__all__ = [
    "catalogue", "content", "fitting", "form", "headings", "intake", "mapping", "proposal",
    "quality", "settling", "steadiness",
]  # fmt: skip
