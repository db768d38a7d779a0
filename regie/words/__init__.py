"""Words: figures and sentences as a French or an English reader expects them.

In: raw values (micros, shares, days) and codes. Out: text: `formats` writes figures, `sentences`
says what a code means, `glossary` lists the house's terms in both languages.
"""

__all__ = ["formats", "glossary", "sentences"]
