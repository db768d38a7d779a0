"""Tries the tests of `decide` and `measure` on wrong code, and makes docs/mutants.md of it.

    .venv/bin/python -m tests.mutants             both stages whole; writes the page
    .venv/bin/python -m tests.mutants PATH ...    only these files; writes nothing

Ends with 1 where fewer than 85 % of a stage's changes are noticed, where one that is not noticed
has no reason in reasons.toml, or where a reason is left over.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tests.mutants.changes import Change, of_python, of_sql
from tests.mutants.page import LEAST_SHARE, PAGE, faults, files_of, page
from tests.mutants.running import KILLED, ROOT, Verdict, at, verdicts

STAGES: dict[str, tuple[str, ...]] = {
    "regie/decide": (
        "tests/stages/decide",
        "--doctest-modules",
        "regie/decide",
        "tests/laws/test_choosing.py",
        # The first breaks the code itself, and wants to see an assertion fail; the others ask what
        # their sister asks, and what survives would wait for all three.
        *(
            f"--deselect=tests/laws/test_choosing.py::{name}"
            for name in (
                "test_the_law_of_frequencies_is_broken_by_a_small_error",
                "test_over_many_seeds_an_action_is_as_frequent_as_its_propensity[0.05]",
                "test_over_many_seeds_an_action_is_as_frequent_as_its_propensity[1.0]",
            )
        ),
    ),
    "regie/measure": ("tests/stages/measure", "--doctest-modules", "regie/measure"),
}
"""A stage's folder and the tests that are its own: what others notice by chance does not count."""


def changes_of(folder: str, only: Sequence[str]) -> list[Change]:
    """Every change of a stage, file by file."""
    found: list[Change] = []
    for file in files_of(folder):
        if not only or file in only:
            make = of_python if file.endswith(".py") else of_sql
            found += make(file, (ROOT / file).read_text("utf-8"))
    return found


def main() -> int:
    """Try, write the page, say what is missing."""
    asked = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    asked.add_argument("files", nargs="*", help="files, as regie/decide/policy.py")
    asked.add_argument("--at-once", type=int, default=2, help="processes")
    given = asked.parse_args()
    os.chdir(ROOT)
    found: list[Verdict] = []
    for folder, tests in STAGES.items():
        changes = changes_of(folder, given.files)
        if changes:
            found += verdicts(changes, tests, given.at_once)
    if given.files:
        for verdict in found:
            if verdict.fate != KILLED:
                change = verdict.change
                print(f"{at(change)} {change.place}: {change.was} → {change.now}")
        print(f"{sum(v.fate == KILLED for v in found)} of {len(found)}")
        return 0
    PAGE.write_text(page(found, tuple(STAGES)), "utf-8")
    wrong = faults(found, tuple(STAGES))
    print("\n".join(wrong) or f"every stage above {LEAST_SHARE:.0%}, every survivor explained")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
