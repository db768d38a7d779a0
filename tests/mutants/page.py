"""What was noticed and what was not, as docs/mutants.md; reads reasons.toml.

Why reasons are kept by what stands there and not by line: they then outlive every edit elsewhere,
and one whose code has changed is left over, and said to be.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec

from tests.mutants.changes import Change
from tests.mutants.running import KILLED, ROOT, UNSEEN, Verdict

LEAST_SHARE = 0.85
PAGE = ROOT / "docs" / "mutants.md"
REASONS = Path(__file__).with_name("reasons.toml")

KINDS = {
    "equivalent": "No test could see it: the answer is the same",
    "words": "Only the wording, the form or the order of a page changes",
    "not worth it": "A test could see it, and would cost more than it protects",
}


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why some changes of a place may live.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    changes : tuple[str, ...]
        As `was → now`.
    """

    file: str
    place: str
    kind: str
    why: str
    changes: tuple[str, ...]


def reasons() -> list[Reason]:
    """The reasons given."""
    found = tomllib.loads(REASONS.read_text("utf-8")).get("reason", [])
    return msgspec.convert(found, list[Reason])


def line_of(change: Change) -> str:
    """A change as reasons name it."""
    return f"{change.was} → {change.now or '(left out)'}"


def faults(found: Sequence[Verdict], stages: Sequence[str]) -> list[str]:
    """What is not as agreed: too few noticed, a survivor or a reason that stands alone."""
    said = []
    for stage in stages:
        of_stage = [v for v in found if v.change.file.startswith(f"{stage}/")]
        share = sum(v.fate == KILLED for v in of_stage) / len(of_stage)
        if share < LEAST_SHARE:
            said.append(f"{stage} is at {share:.1%}, expected {LEAST_SHARE:.0%}; write tests")
    alive = {_key(v.change) for v in found if v.fate != KILLED}
    given = {(r.file, r.place, change) for r in reasons() for change in r.changes}
    for file, place, change in sorted(alive - given):
        said.append(f"{file} {place}: {change} is without a reason; write a test, or give one")
    for file, place, change in sorted(given - alive):
        said.append(f"{file} {place}: {change} is not among the survivors; take its reason out")
    return said


def _key(change: Change) -> tuple[str, str, str]:
    return change.file, change.place, line_of(change)


def page(found: Sequence[Verdict], stages: Sequence[str]) -> str:
    """The page in Markdown."""
    return "\n".join([*_head(stages), *_table(found), *_survivors(found)]) + "\n"


def _head(stages: Sequence[str]) -> Iterator[str]:
    yield "<!-- Made by `make mutants` (python -m tests.mutants): run it again. -->"
    yield "# Would a test notice?"
    yield ""
    yield (
        "Every line of `decide` and `measure`, their SQL included, is made wrong in each of the"
        " usual small ways, one at a time: `<` becomes `<=`, `+` becomes `-`, `and` becomes `or`,"
        " a number grows by one, a condition, a filter or an argument is left out, a sum becomes a"
        " maximum, a function answers nothing. The tests of the stage then run. A change is"
        " *noticed* where one fails, or never ends. What nobody notices is either a test that is"
        " missing, or is listed below with a reason."
    )
    yield ""
    yield (
        "Left alone: docstrings and other text, annotations, imports, and the header of a class;"
        " in SQL the names of columns. Nothing is sampled: every change is tried."
    )
    yield ""
    yield f"Code: `{code_hash(stages)}`."
    yield ""


def files_of(stage: str) -> list[str]:
    """The files of a stage that are changed, as `regie/decide/policy.py`."""
    found = sorted((ROOT / stage).rglob("*"))
    return [one.relative_to(ROOT).as_posix() for one in found if one.suffix in (".py", ".sql")]


def code_hash(stages: Sequence[str]) -> str:
    """Names the code that was tried."""
    text = blake2b(digest_size=8)
    for file in (file for stage in stages for file in files_of(stage)):
        text.update((ROOT / file).read_bytes())
    return text.hexdigest()


def _table(found: Sequence[Verdict]) -> Iterator[str]:
    yield "| file | changes | noticed | share |"
    yield "|---|--:|--:|--:|"
    files = list(dict.fromkeys(verdict.change.file for verdict in found))
    for stage in dict.fromkeys("/".join(file.split("/")[:2]) for file in files):
        inside = [file for file in files if file.startswith(f"{stage}/")]
        for file in inside:
            yield _row(f"`{file}`", [v for v in found if v.change.file == file])
        yield _row(f"**{stage}**", [v for v in found if v.change.file in inside])
    yield ""


def _row(name: str, some: Sequence[Verdict]) -> str:
    killed = sum(verdict.fate == KILLED for verdict in some)
    return f"| {name} | {len(some)} | {killed} | {killed / len(some):.1%} |"


def _survivors(found: Sequence[Verdict]) -> Iterator[str]:
    alive = [verdict for verdict in found if verdict.fate != KILLED]
    why = {(r.file, r.place, change): r for r in reasons() for change in r.changes}
    given = {_key(v.change): why.get(_key(v.change)) for v in alive}
    kinds = Counter(reason.kind if reason else "" for reason in given.values())
    yield "## What is not noticed, and why"
    yield ""
    for kind, words in KINDS.items():
        yield f"- {words}: {kinds[kind]}."
    if kinds[""]:
        yield f"- **Without a reason yet**: {kinds['']}."
    unseen = sum(verdict.fate == UNSEEN for verdict in alive)
    yield f"- In all {len(alive)}; {unseen} of them where no test of the stage comes by."
    last: object = None
    for (file, place, change), reason in given.items():
        if (file, place, reason) != last:
            title = f"`{file}`" + (f", `{place}`" if place else "")
            yield ""
            yield f"**{title}** — {f'{reason.kind}: {reason.why}' if reason else 'no reason yet'}"
            yield ""
            last = (file, place, reason)
        yield f"- `{change}`"
