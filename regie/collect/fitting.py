"""Which mappings read a file, the one that keeps most of it first; pure.

Why an answer goes before everything: a list of people who unsubscribed has the columns of a list of
contacts too. Read as contacts alone, their refusals would be lost; a name that is not read can be
read later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from regie.collect.headings import tells_an_answer
from regie.collect.mapping import FIELDS, Mapping

SIGNATURE = 3
"""So many columns under exactly their names are nobody else's header."""
_BAD, _BAD_IF_NAMED = 0.1, 1 / 3
_SPREADS = 1.645


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping that reads a file.

    Parameters
    ----------
    mapping, kind : str
        Its name, and the kind of file it reads.
    exact : bool
        Whether the header is that of this mapping, to the letter.
    alike : bool
        Whether it reads every field that was found for sure from the same column.
    columns : dict[str, str]
        Field to the file's column it would be read from.
    fixed : dict[str, str]
        What it notes of every row, whatever stands in it.
    answers : bool
        Whether a column of the file says that its people answered, and this mapping reads it.
    bad : float
        Share of the first rows that it could not read.
    unread : tuple[str, ...]
        Columns of the file that another mapping that fits reads, and this one would not.

    Examples
    --------
    >>> left = Fit(mapping="left", kind="consents", exact=False, alike=False, answers=True,
    ...            columns={"person": "Email"}, fixed={"granted": "no"})
    >>> left.says_no, left.says_yes, left.known
    (True, False, True)
    """

    mapping: str
    kind: str
    exact: bool
    alike: bool
    columns: dict[str, str]
    fixed: dict[str, str]
    answers: bool
    bad: float = 0.0
    unread: tuple[str, ...] = ()

    @property
    def says_no(self) -> bool:
        """Whether it notes that everybody in the file refused."""
        return self.fixed.get("granted") == "no"

    @property
    def says_yes(self) -> bool:
        """Whether it notes that everybody in the file agreed."""
        return self.fixed.get("granted") == "yes"

    @property
    def known(self) -> bool:
        """Whether the file itself speaks for this mapping, and not only whoever knows the list."""
        return self.exact or self.alike or self.answers


def fit_of(mapping: Mapping, chosen: dict[str, str], columns: Sequence[str], alike: bool) -> Fit:
    """How a mapping fits the columns of a file.

    It fits exactly where the file has all of its columns but one at most, under exactly their
    names; one that notes an answer has two, and fits where one of them tells of that answer.

    Parameters
    ----------
    chosen : dict[str, str]
        From `mapping.resolve_columns`.

    Examples
    --------
    >>> left = Mapping(name="left", kind="consents", fixed={"purpose": "prospecting",
    ...     "granted": "no"}, columns={"person": ("Email",), "at": ("UNSUB_TIME",)})
    >>> chosen = {"person": "Email", "at": "UNSUB_TIME"}
    >>> fit_of(left, chosen, ["Email", "Name", "UNSUB_TIME"], False).answers
    True
    """
    wanted = {**mapping.columns, **mapping.trait_columns}
    there = sum(any(column in columns for column in names) for names in wanted.values())
    fixes = bool({"granted", "event"} & mapping.fixed.keys())
    answers = "granted" in chosen or (
        fixes and there == len(wanted) and any(map(tells_an_answer, chosen.values()))
    )
    exact = there >= max(SIGNATURE, len(wanted) - 1) or (fixes and there == len(wanted) and answers)
    return Fit(
        mapping=mapping.name,
        kind=mapping.kind,
        exact=exact,
        alike=alike,
        columns=chosen,
        fixed=dict(mapping.fixed),
        answers=answers,
    )


def needs_a_person(fit: Fit, mapping: Mapping) -> bool:
    """Whether all its columns are there, and only whoever knows the list can say that it is meant.

    Examples
    --------
    >>> left = Mapping(name="left", kind="consents", fixed={"granted": "no"},
    ...                columns={"person": ("Email",), "at": ("Changed",)})
    >>> chosen = {"person": "Email", "at": "Changed"}
    >>> needs_a_person(fit_of(left, chosen, ["Email", "Changed"], False), left)
    True
    """
    return not fit.known and "granted" in fit.fixed and len(fit.columns) == len(mapping.columns)


def reads(fit: Fit, bad: int, lines: int) -> bool:
    """Whether a mapping reads a file, by the rows of it that it could not.

    A header that is its own to the letter, or names all its kind needs (three columns or more),
    speaks for it until a third of the rows speak against it. Else a tenth may be bad, and what
    chance adds to that in a small file: its 95 % bound.

    Examples
    --------
    >>> ids = Fit(mapping="ids", kind="contacts", exact=False, alike=True, answers=False,
    ...           columns={"person": "Id"}, fixed={})
    >>> [reads(ids, bad, lines) for bad, lines in ((1, 9), (3, 9), (200, 2000), (240, 2000))]
    [True, False, True, False]
    >>> exact = msgspec.structs.replace(ids, exact=True)
    >>> reads(exact, 3, 9), reads(exact, 4, 9)
    (True, False)
    """
    needed, read = set(FIELDS[fit.kind][0]), {*fit.columns, *fit.fixed}
    if fit.exact or (len(needed) >= SIGNATURE and needed <= read):
        return bad <= _BAD_IF_NAMED * lines
    return bad <= _BAD * lines + _SPREADS * math.sqrt(_BAD * (1 - _BAD) * lines)


def ranked(fits: Sequence[Fit], shipped_logs: tuple[str, ...]) -> tuple[Fit, ...]:
    """The fits, best first, each with what it would not read.

    A refusal goes before a bounce, that before an agreement, and any answer before more columns: a
    list of people who left also holds the day on which they came. Of mappings with the same columns
    the one that could not read fewer rows goes before: it knows how this file writes its days.

    Parameters
    ----------
    shipped_logs : tuple[str, ...]
        Beginnings of mappings that yield to a workspace's own.

    Examples
    --------
    >>> plain = {"exact": True, "alike": False, "answers": False, "fixed": {}}
    >>> person, both = {"person": "Id"}, {"person": "Id", "city": "Ville"}
    >>> ids = Fit(mapping="ids", kind="contacts", columns=person, **plain)
    >>> crm = Fit(mapping="crm", kind="contacts", columns=both, **plain)
    >>> [(fit.mapping, fit.unread) for fit in ranked([ids, crm], ("online-retail",))]
    [('crm', ()), ('ids', ('Ville',))]
    """

    def worth(fit: Fit) -> tuple[bool, bool, int, int, float, bool, str]:
        own = not fit.mapping.startswith(shipped_logs)
        return (
            fit.known, fit.exact, _answer(fit), len(fit.columns), -fit.bad, own, fit.mapping,
        )  # fmt: skip

    best = sorted(fits, key=worth, reverse=True)
    first = best[0].exact if best else False
    # Beside an exact header, one that is only like it tells nothing.
    named = [fit for fit in best if fit.exact or not first or not fit.known]
    read = dict.fromkeys(column for fit in named for column in fit.columns.values())
    return tuple(
        msgspec.structs.replace(fit, unread=tuple(c for c in read if c not in fit.columns.values()))
        for fit in named
    )


def _answer(fit: Fit) -> int:
    """What it keeps of what people answered: all or a refusal, that none reached them, a yes."""
    return 0 if not fit.answers else 1 if fit.says_yes else 2 if "event" in fit.fixed else 3


def said_of_fits(fits: Sequence[Fit]) -> tuple[str, ...]:
    """What each notes of everybody, and what following it alone would lose, in sentences.

    Examples
    --------
    >>> left = Fit(mapping="left", kind="consents", exact=True, alike=False, answers=True,
    ...            columns={"person": "Email", "at": "UNSUB_TIME"}, unread=("Name",),
    ...            fixed={"purpose": "prospecting", "granted": "no"})
    >>> people = Fit(mapping="people", kind="contacts", exact=True, alike=False, answers=False,
    ...              columns={"person": "Email", "name": "Name"}, fixed={},
    ...              unread=("UNSUB_TIME",))
    >>> for sentence in said_of_fits([left, people]): print(sentence)
    The mapping left notes that everybody in the file refused prospecting and would not read Name.
    The mapping people fits too and would not read UNSUB_TIME: by it alone, what these people \
answered would be lost.
    """
    said = []
    for place, fit in enumerate(fits):
        parts = ["fits too"] if place or not fit.known else []
        parts += [noted] if (noted := _noted(fit)) else []
        parts += [f"would not read {', '.join(fit.unread)}"] if fit.unread else []
        lost = any(
            _answer(other) > _answer(fit) and set(other.columns.values()) & set(fit.unread)
            for other in fits
        )
        end = ": by it alone, what these people answered would be lost." if lost else "."
        if parts:
            told = f"{', '.join(parts[:-1])} and {parts[-1]}" if parts[1:] else parts[0]
            said.append(f"The mapping {fit.mapping} {told}{end}")
    return tuple(said)


def _noted(fit: Fit) -> str:
    if "granted" in fit.fixed:
        answered = "refused" if fit.says_no else "agreed to"
        purpose = fit.fixed.get("purpose", "")
        return f"notes that everybody in the file {answered} {purpose}".rstrip()
    return f"notes a {fit.fixed['event']} of everybody in the file" if "event" in fit.fixed else ""
