"""One term, one French word."""

from __future__ import annotations

from collections import Counter

from regie.words.glossary import glossary


def test_every_english_term_stands_once() -> None:
    twice = [term for term, n in Counter(t.english for t in glossary()).items() if n > 1]
    assert not twice


def test_records_and_further_terms_are_there() -> None:
    found = {term.english: term.french for term in glossary()}
    assert found["decision"] == "décision"  # from the record's docstring
    assert found["run"] == "calcul"  # from glossary.toml
    assert all(term.meaning and term.french for term in glossary())
