"""The one tree of errors; pure.

Every message has one form: `<where> is <found>, expected <rule>; <next step>`, so that a reader
always learns what to do next. Each class says who must act, and has words in both languages.

Why typed: an interface decides by type what to show (exit code, status), never by reading words.

Tree
----
RegieError
├── InputError        the person who brought the file
│   ├── FileError     the file as a whole: empty, unreadable, no such file
│   ├── ColumnError   a column is missing, renamed or doubled
│   └── ValueFoundError  a value is not what its field takes
├── SettingError      the person who wrote the setting
│   ├── RuleError     a TOML rule is not valid
│   └── CurrencyMismatchError  two currencies would be added
├── NotFoundError     the person who named it
├── RefusedError      a rule says no: consent, approval, a quality rule that blocks
│   └── StaleError    somebody changed it since it was looked at
├── WorkspaceError    the workspace's administrator: newer version, busy, no key, damaged
│   └── DiskFullError  no room is left under the workspace
└── ExtraMissingError the engineer: an optional package is not installed
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self


class RegieError(Exception):
    """Anything Régie could not or may not do, in the one form of message.

    Parameters
    ----------
    where, found, rule, step : str
        Where it is, what was found there, what was expected, what to do next.

    Examples
    --------
    >>> print(InputError("orders.csv row 17, UnitPrice", '"2,55"', "a number with a point",
    ...                  'set decimal = "," in the mapping'))
    orders.csv row 17, UnitPrice is "2,55", expected a number with a point; set decimal = "," in \
the mapping
    """

    code: ClassVar[str] = "regie"
    acts: ClassVar[str] = "administrator"
    words: ClassVar[dict[str, str]] = {
        "en": "Régie could not do this.",
        "fr": "Régie n’a pas pu le faire.",
    }

    def __init__(self, where: str, found: str, rule: str, step: str) -> None:
        where, found, rule, step = map(_on_one_line, (where, found, rule, step))
        super().__init__(f"{where} is {found}, expected {rule}; {step}")
        self.where, self.found, self.rule, self.step = where, found, rule, step
        self.reason: tuple[str, dict[str, Any]] = "", {}

    def because(self, code: str, **values: Any) -> Self:
        """The same error with what screens say of it: a sentence's code and its values.

        Examples
        --------
        >>> RegieError("a", "b", "c", "d").because("currency", row=3).reason
        ('currency', {'row': 3})
        """
        self.reason = code, values
        return self


def meant(found: str, known: Iterable[str], otherwise: str = "") -> str:
    """What to do next about a name that is none of some: the nearest of them, if one is like it.

    Examples
    --------
    >>> meant("Bugdet", ("budget", "ends"), "take it out")
    'did you mean budget?'
    >>> meant("colour", ("budget", "ends"), "take it out")
    'take it out'
    """
    from difflib import get_close_matches

    folded = {name.casefold(): name for name in known}
    near = get_close_matches(found.casefold(), list(folded), 1)
    return f"did you mean {folded[near[0]]}?" if near else otherwise


_LONGEST_PART = 400


def _on_one_line(part: str) -> str:
    """A part of a message as it can be shown: what a file holds may be long, or no text at all.

    Examples
    --------
    >>> print(_on_one_line("a\\nb\\udce9"))
    a\\nb\\udce9
    >>> len(_on_one_line("a" * 1_000_000))
    401
    """
    if len(part) > _LONGEST_PART:
        part = part[:_LONGEST_PART] + "…"
    shown = part.encode("utf-8", "backslashreplace").decode()
    return "".join(repr(c)[1:-1] if c < " " or "\x7f" <= c <= "\x9f" else c for c in shown)


class InputError(RegieError):
    """Something in a file that was brought is not right. Who acts: whoever brought the file."""

    code = "input"
    acts = "whoever brought the file"
    words: ClassVar = {
        "en": "The file is not as expected.",
        "fr": "Le fichier n’est pas celui attendu.",
    }


class FileError(InputError):
    """The file as a whole: missing, empty, unreadable. Who acts: whoever brought the file."""

    code = "input.file"
    words: ClassVar = {
        "en": "The file cannot be read.",
        "fr": "Le fichier ne peut pas être lu.",
    }


class ColumnError(InputError):
    """A column is missing, renamed or doubled. Who acts: whoever wrote the mapping."""

    code = "input.column"
    acts = "whoever wrote the mapping"
    words: ClassVar = {
        "en": "A column is missing, stands there twice or has another name.",
        "fr": "Une colonne manque, figure deux fois ou porte un autre nom.",
    }


class ValueFoundError(InputError):
    """A value is not what its field takes. Who acts: whoever brought the file."""

    code = "input.value"
    words: ClassVar = {
        "en": "A value is not what its field takes.",
        "fr": "Une valeur n’est pas celle que son champ attend.",
    }


class SettingError(RegieError):
    """A setting or an argument is not valid. Who acts: whoever wrote it."""

    code = "setting"
    acts = "whoever wrote the setting"
    words: ClassVar = {
        "en": "A setting is not valid.",
        "fr": "Un réglage n’est pas valable.",
    }


class RuleError(SettingError):
    """A rule file (mapping, campaign, policy, segment) is not valid. Who acts: its author."""

    code = "setting.rule"
    acts = "whoever wrote the rule"
    words: ClassVar = {
        "en": "A rule file is not valid.",
        "fr": "Un fichier de règles n’est pas valable.",
    }


class CurrencyMismatchError(SettingError):
    """Two currencies would be added. Who acts: whoever set the mapping's currency."""

    code = "setting.currency"
    acts = "whoever set the mapping’s currency"
    words: ClassVar = {
        "en": "Two currencies cannot be added.",
        "fr": "Deux devises ne s’additionnent pas.",
    }


class NotFoundError(RegieError):
    """What was named does not exist. Who acts: whoever named it."""

    code = "not-found"
    acts = "whoever named it"
    words: ClassVar = {"en": "There is no such thing.", "fr": "Cela n’existe pas."}


class RefusedError(RegieError):
    """A rule says no: consent, approval, blocking quality. Who acts: whoever owns the rule."""

    code = "refused"
    acts = "whoever owns the rule"
    words: ClassVar = {"en": "A rule says no.", "fr": "Une règle s’y oppose."}


class StaleError(RefusedError):
    """Somebody changed it since it was looked at. Who acts: whoever would change it again.

    Nothing is lost: what the other one wrote stands, and can be looked at.
    """

    code = "refused.stale"
    acts = "whoever would change it again"
    words: ClassVar = {
        "en": "Somebody changed it in between.",
        "fr": "Quelqu’un l’a modifié entre-temps.",
    }


class WorkspaceError(RegieError):
    """The workspace cannot be used as it is. Who acts: its administrator."""

    code = "workspace"
    words: ClassVar = {
        "en": "The workspace cannot be used as it is.",
        "fr": "L’espace de travail ne peut pas être utilisé tel quel.",
    }


class NotYetError(WorkspaceError):
    """What was asked for is being read. Who acts: whoever asked, by asking again in a moment."""

    code = "workspace.reading"
    words: ClassVar = {
        "en": "This is being read.",
        "fr": "Ceci est en cours de lecture.",
    }


class DiskFullError(WorkspaceError):
    """No room is left for what is written. Who acts: the workspace's administrator.

    Nothing is lost: what was acknowledged stands, and the same command goes on once there is room.
    """

    code = "workspace.full"
    words: ClassVar = {
        "en": "The disk is full.",
        "fr": "Le disque est plein.",
    }


class ExtraMissingError(RegieError):
    """An optional package is not installed. Who acts: the engineer.

    Examples
    --------
    >>> raise ExtraMissingError("package typst", "not installed", "the extra pdf",
    ...                         "pip install 'regie[pdf]'")
    Traceback (most recent call last):
        ...
    regie.terms.errors.ExtraMissingError: package typst is not installed, expected the extra pdf; \
pip install 'regie[pdf]'
    """

    code = "extra"
    acts = "engineer"
    words: ClassVar = {
        "en": "An optional package is not installed.",
        "fr": "Un paquet facultatif n’est pas installé.",
    }
