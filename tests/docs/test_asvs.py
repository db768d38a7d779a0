"""The table of OWASP ASVS names each requirement of level 1 once, and tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

TABLE = Path("docs/asvs.md")
LEVEL_1 = {
    "V1": "2.1 2.2 2.3 2.4 2.5 3.1 3.2 5.1", "V2": "1.1 2.1 2.2 3.1",
    "V3": "2.1 2.2 3.1 4.1 4.2 5.1 5.2 5.3", "V4": "1.1 4.1", "V5": "2.1 2.2 3.1 3.2",
    "V6": "1.1 2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8 3.1 3.2 4.1 4.2", "V7": "2.1 2.2 2.3 2.4 4.1 4.2",
    "V8": "1.1 2.1 2.2 3.1", "V9": "1.1 1.2 1.3 2.1", "V10": "4.1 4.2 4.3 4.4 4.5",
    "V11": "3.1 3.2 4.1", "V12": "1.1 2.1 2.2", "V13": "4.1", "V14": "2.1 3.1",
    "V15": "1.1 2.1 3.1",
}  # fmt: skip
"""The requirements of level 1 of version 5.0.0, by chapter."""


def test_each_requirement_of_level_1_stands_there_once() -> None:
    rows = [line.split(" | ")[0].strip("| ") for line in TABLE.read_text("utf-8").splitlines()
            if line.startswith("| V")]  # fmt: skip
    told: list[str] = []
    for row in rows:
        first, _, last = row.partition(" to ")
        if last:
            begins, low, high = first.rpartition(".")[0], first[-1], last[-1]
            told += [f"{begins}.{n}" for n in range(int(low), int(high) + 1)]
        else:
            told += row.split(", ")
    wanted = [f"{chapter}.{one}" for chapter, ids in LEVEL_1.items() for one in ids.split()]
    assert sorted(told) == sorted(wanted)
    assert len(wanted) == 70


def test_what_the_table_names_is_there() -> None:
    named = set(re.findall(r"`((?:tests|regie)/[\w/.]+)`", TABLE.read_text("utf-8")))
    assert len(named) > 15
    assert not [name for name in sorted(named) if not Path(name).exists()]
