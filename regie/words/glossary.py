"""The glossary: each term of the house with its one French word; reads its own sources.

A record of `regie.terms` carries its French word in its docstring (a line `fr: …`); terms that no
record carries stand in `glossary.toml`. Why from docstrings: the word stands where the record is
changed, and a glossary made from it cannot fall behind.
"""

from __future__ import annotations

import ast
import re
import tomllib
from importlib import resources

import msgspec


class Term(msgspec.Struct, frozen=True):
    """One term, one word, everywhere."""

    english: str
    french: str
    meaning: str


def glossary() -> tuple[Term, ...]:
    """Every term, sorted by its English word.

    Examples
    --------
    >>> [term.french for term in glossary() if term.english in {"consent", "holdout"}]
    ['consentement', 'groupe témoin']
    """
    further = tomllib.loads(
        resources.files("regie.words").joinpath("glossary.toml").read_text("utf-8")
    )
    found = [Term(english, entry["fr"], entry["meaning"]) for english, entry in further.items()]
    for path in resources.files("regie.terms").iterdir():
        if path.name.endswith(".py"):
            found += terms_of(path.read_text("utf-8"))
    return tuple(sorted(found, key=lambda term: (term.english, term.french)))


def terms_of(source: str) -> list[Term]:
    """The terms a module's docstrings define.

    Parameters
    ----------
    source : str
        Python source.

    Examples
    --------
    >>> terms_of('''class MediaFact:
    ...     \"\"\"One row of a platform's figures.
    ...
    ...     fr: fait média
    ...     \"\"\"''')
    [Term(english='media fact', french='fait média', meaning="One row of a platform's figures")]
    >>> terms_of("class A: pass")
    []
    """
    found = []
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef):
            continue
        doc = ast.get_docstring(node) or ""
        french = re.search(r"^fr: (.+)$", doc, re.MULTILINE)
        if french:
            meaning = doc.split("\n\n")[0].replace("\n", " ").rstrip(".")
            found.append(Term(_spoken(node.name), french.group(1).strip(), meaning))
    return found


def _spoken(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", name).lower()
