"""Law: names, addresses and raw identifiers are read by govern, deliver and workspace alone.

The rule that a syntax tree can hold, and why it is enough: these fields live in one store,
encrypted, so whoever reads them either asks that store (`contacts`, `contact_history`), or is
handed a record and names the field (`card.first_name`, `card["first_name"]`). These words appear
only where it may be read. Collect is the door by which they come in: its mappings name the
columns, and it never reads them back. "address" as a word means only *whether* there is one in
`decide` (`address_p`), so that as a bare word it may stand there; as an attribute it may not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.code.source import ROOT, Fault, assert_kept, walk

ESCAPES: dict[tuple[str, str], str] = {
    ("regie.collect.mapping", "_name"): "names the fields a file may have; reads no person",
    ("regie.collect.headings", "_name"): "names what columns are called; reads no person",
    ("regie.collect.quality", "_name"): "names the fields a rule may count; reads no person",
}

MAY_READ = ("regie.govern", "regie.deliver", "regie.workspace", "regie.engines")
WORDS = ("first_name", "last_name", "raw_id")
FIELDS = (*WORDS, "address")
READS = ("contacts", "contact_history")
_STEP = "let workspace hand over what is needed, and no more"


def faults(module: str, text: str) -> Iterator[Fault]:
    """Reads of personal fields where they may not be read."""
    if module.startswith(MAY_READ) or module == "regie.ports.state":
        return
    docs = _docstrings(text)
    for node in walk(text):
        if isinstance(node, ast.Attribute) and node.attr in FIELDS:
            yield Fault(module, node.lineno, f"reads .{node.attr}; {_STEP}")
        elif isinstance(node, ast.Constant) and node.value in WORDS and id(node) not in docs:
            yield Fault(module, node.lineno, f'names "{node.value}"; {_STEP}')
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in READS
        ):
            yield Fault(module, node.lineno, f"asks the store by {node.func.attr}(); {_STEP}")


def _docstrings(text: str) -> set[int]:
    return {
        id(node.body[0].value)
        for node in walk(text)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def test_personal_fields_are_read_where_they_may_be() -> None:
    assert_kept(faults, ESCAPES)


def test_no_sql_of_a_stage_names_them() -> None:
    for path in sorted((ROOT / "regie").rglob("*.sql")):
        if path.relative_to(ROOT).parts[1] not in ("engines", "workspace"):
            found = re.findall(rf"\b(?:{'|'.join(FIELDS)})\b", path.read_text("utf-8"))
            assert not found, f"{path.relative_to(ROOT)} reads {found}"


@pytest.mark.parametrize(
    "bad",
    [
        "x = card.first_name",
        "x = card['last_name']",
        "x = store.contacts(fields)",
        "x = person.address",
        "x = state.contact_history(key)",
    ],
)
def test_it_sees_a_bad_example(bad: str) -> None:
    assert list(faults("regie.decide.x", bad))
    assert not list(faults("regie.deliver.x", bad))


@pytest.mark.parametrize("good", ["x = slate.address_p", "'first_name'", "text = '{first_name}'"])
def test_it_lets_a_good_example_pass(good: str) -> None:
    assert not list(faults("regie.decide.x", good))
