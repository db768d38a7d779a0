"""Pages are held to the code: made from it, every key explained, every link and name there."""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from regie.collect.mapping import FIELDS, ConsentDeclaration, Mapping
from regie.collect.quality import DIMENSIONS, QualityRule
from regie.decide import campaign
from regie.decide.eligibility import EXCLUSIONS, Quiet
from regie.decide.policy import Policy
from regie.deliver.export import FORMATS
from regie.interfaces.cli import COMMANDS
from regie.terms.consent import PURPOSES
from regie.terms.decision import ACT_KINDS
from regie.workspace.settings import Sender, Settings

PAGES = sorted(
    path
    for path in [*Path().glob("*.md"), *Path("docs").rglob("*.md")]
    if path.name != "DATA-LICENSES.md"
)
MADE: dict[str, Any] = runpy.run_path("scripts/docs.py")["PAGES"]
GUIDES = Path("docs/guides")


def text(path: str | Path) -> str:
    """What a page says."""
    return Path(path).read_text("utf-8")


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_made_page_is_what_the_code_makes_today(name: str) -> None:
    assert text(Path("docs") / name) == MADE[name](), "run: .venv/bin/python scripts/docs.py"


def test_every_command_is_told_with_its_example() -> None:
    page = text("docs/commands.md")
    for name in COMMANDS:
        section = page.split(f"## {name}\n")[1].split("\n## ")[0]
        assert f"Usage: regie {name}" in section
        assert f"Example: regie {name}" in section


def keys(record: type[msgspec.Struct], *but: str, before: str = "") -> set[str]:
    """Field names of a record as a guide writes them."""
    return {before + name for name in record.__struct_fields__ if name not in but}


@pytest.mark.parametrize(
    ("guide", "known"),
    [
        ("settings.md", keys(Settings, "sender") | keys(Sender, before="sender.")),
        ("settings.md", {"REGIE_KEYS", "REGIE_WORKSPACE", "XDG_DATA_HOME"}),
        ("import.md", keys(Mapping, "name")),
        ("import.md", keys(ConsentDeclaration)),
        ("import.md", {*FIELDS, *(f for two in FIELDS.values() for fields in two for f in fields)}),
        ("import.md", keys(QualityRule) | set(DIMENSIONS)),
        ("campaigns.md", keys(Policy, "name", "quiet") | keys(Quiet, before="quiet.")),
        ("campaigns.md", {*campaign._KEYS, *campaign.WORDS, *campaign.SELECTIONS} - {"words"}),
        ("campaigns.md", set(EXCLUSIONS)),
        ("decisions.md", set(FORMATS)),
        ("privacy.md", set(PURPOSES)),
    ],
)
def test_every_key_stands_in_its_guide(guide: str, known: set[str]) -> None:
    page = text(GUIDES / guide)
    written = set(re.findall(r"`([\w.]+)`", page)) | set(re.findall(r"^(\w+) = ", page, re.M))
    assert known <= written, f"{guide} does not explain {sorted(known - written)}"


def test_places_stand_in_the_order_in_which_they_are_tried() -> None:
    from regie.collect.intake import PLACES

    told = re.findall(r"^\| \d \| `(\w+)`", text(GUIDES / "import.md"), re.M)
    assert tuple(told) == PLACES


def test_states_of_a_decision_are_kinds_of_acts() -> None:
    table = text(GUIDES / "decisions.md").split("| State |")[1]
    told = set(re.findall(r"^\| ((?:`[\w ]+` ?)+)\|", table, re.M))
    names = {name for cell in told for name in re.findall(r"`([\w ]+)`", cell)}
    assert {"proposed", "approved"} <= names <= {*ACT_KINDS, "nothing to send"}


def links() -> Iterator[tuple[Path, str]]:
    """Every relative link of every page."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
            if "://" not in target:
                yield page, target


@pytest.mark.parametrize(("page", "target"), list(links()))
def test_a_link_leads_somewhere(page: Path, target: str) -> None:
    path, _, anchor = target.partition("#")
    there = page.parent / path if path else page
    assert there.exists(), f"{page} leads to {target}"
    if anchor:
        anchors = {
            re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
            for title in re.findall(r"^#+ (.+)$", text(there), re.M)
        }
        assert anchor in anchors, f"{page} leads to {target}"


def test_a_guide_that_a_message_names_is_there() -> None:
    named = {
        name
        for path in [*Path("regie").rglob("*.py"), *Path("regie").rglob("*.toml")]
        for name in re.findall(r"docs/[\w/-]+\.md", text(path))
    }
    assert named
    assert not [name for name in sorted(named) if not Path(name).is_file()]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_command_a_page_shows_exists(page: Path) -> None:
    shown = set(re.findall(r"(?:^|`|\| |then )regie ([a-z]+)\b", text(page), re.M))
    assert shown <= set(COMMANDS), f"{page}: {sorted(shown - set(COMMANDS))}"
    made = set(re.findall(r"^make (\w+)", text(page), re.M)) | set(
        re.findall(r"`make (\w+)`", text(page))
    )
    assert made <= set(re.findall(r"^(\w+):", text("Makefile"), re.M))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_an_option_a_page_shows_exists(page: Path) -> None:
    """Of commands on lines of their own and in backticks."""
    told = {part.split("\n")[0]: part for part in text("docs/commands.md").split("\n## ")[1:]}
    lines = re.findall(r"`regie ([a-z]+)( [^`\n]*)`|^regie ([a-z]+)( [^#\n]*)", text(page), re.M)
    for name, rest in [(one or two, tail or end) for one, tail, two, end in lines]:
        options = set(re.findall(r" (--[a-z-]+)", rest))
        missing = sorted(o for o in options if not re.search(rf"{o}\b", told[name]))
        assert not missing, f"{page}: regie {name} has no {missing}"


def test_a_check_the_architecture_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text("ARCHITECTURE.md"))
    assert len(named) > 10
    for path, name in named:
        functions = {
            node.name for node in ast.parse(text(path)).body if isinstance(node, ast.FunctionDef)
        }
        assert not name or name in functions, f"{path}::{name}"


def test_a_file_the_architecture_names_is_there() -> None:
    page = text("ARCHITECTURE.md")
    named = set(re.findall(r"`((?:regie|docs|scripts|bench)/[\w/.-]+)`", page))
    assert len(named) > 10
    assert not [name for name in sorted(named) if not Path(name).exists()]


def test_the_architecture_tells_the_steps_in_order() -> None:
    from regie.workspace.loop import STEPS

    table = text("ARCHITECTURE.md").split("<!-- steps -->")[1].split("\n\n")[0]
    cells = re.findall(r"^\| (`.+?) \|", table, re.M)
    told = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert told == [step.__name__ for step in STEPS]


def test_the_architecture_fits_three_pages() -> None:
    assert len(text("ARCHITECTURE.md").split()) <= 1800


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_knows_no_machine(page: Path) -> None:
    assert not re.findall(r"(?:^|[\s`(])/(?:work|home|tmp|root|Users)\b", text(page))


def test_both_readmes_show_the_same_commands() -> None:
    blocks = [re.findall(r"```(?:sh|python)\n.*?```", text(name), re.S) for name in READMES]
    assert [len(found) for found in blocks] == [len(blocks[0])] * len(blocks)
    commands = [[_plain(block) for block in found] for found in blocks]
    assert commands[0] == commands[1]


READMES = ("README.md", "README.fr.md")


def _plain(block: str) -> list[str]:
    """Its lines without comments, which are in the page's language."""
    return [line.split("  #")[0].rstrip() for line in block.splitlines() if line.strip()]


FRENCH = ("README.fr.md",)


@pytest.mark.parametrize("name", FRENCH)
def test_french_is_set_as_french_is(name: str) -> None:
    prose = re.sub(
        r"```.*?```|`[^`]*`|!(?=\[)|\]\([^)]*\)|<!--.*?-->|https?:\S+", "", text(name), flags=re.S
    )
    assert not re.findall(r"(?<!\u202f)[!?;]", prose), "a thin space before ! ? ;"
    assert not re.findall(r"(?<![\u00a0\u202f]):\s", prose), "a space before a colon"
    assert "'" not in prose
    assert not re.findall(r"«(?![\u00a0\u202f])|(?<![\u00a0\u202f])»", prose)
