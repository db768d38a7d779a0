"""Law: nothing committed names a place on the machine it was written on."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.code.source import ROOT

_PLACES = re.compile(r"(?<![\w.~*/-])/(?:" + "|".join(("work", "root", "tmp/bash_jobs")) + r")/\w")


def test_no_committed_file_names_a_place_of_this_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if listed.returncode:
        pytest.skip("not in a clone: what is committed is not known")
    for name in listed.stdout.split("\0"):
        path = ROOT / name
        if not name or not path.is_file():
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a table
        for number, line in enumerate(text.splitlines(), start=1):
            assert not _PLACES.search(line), f"{name}:{number} names a place: {line.strip()[:80]}"


def test_it_sees_a_bad_example() -> None:
    place = "/".join(("", "work", "main"))
    assert _PLACES.search(f"cd {place}")
    assert _PLACES.search(f'"{place}"')
    assert not _PLACES.search(f"https://example.com{place}")
    assert not _PLACES.search("network/main, /workspace/x")
