"""Settings that a screen changes: what regie.toml says of words and addresses, and from what size
messages take two people.

Only what changes nothing that was counted or decided: currency and zone of a workspace stand in
every figure of it, so they are told and not changed. regie.toml is written as its reader reads it,
remarks kept, and read again at once; rules/approvals.toml goes the way of every rule (`ruling`).
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from regie.engines.durable import write_whole
from regie.govern.approval import Approvals, approvals_from
from regie.ports.state import RuleChange
from regie.terms.document import LANGS
from regie.terms.errors import SettingError, StaleError
from regie.workspace import ruling
from regie.workspace.settings import (
    PLAIN_ADDRESS,
    Settings,
    is_plain_address,
    read_settings,
    toml_from,
)

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

APPROVALS = "approvals.toml"
FIELDS = ("name", "language", "public_url", "privacy_contact", "sender.name", "sender.address",
          "sender.postal")  # fmt: skip
"""What a screen may change of regie.toml."""
SIZES = ("within_days", "messages.approvals", "messages.second_above_people",
         "messages.second_above_cost_micros", "champion.approvals", "policy.approvals",
         "erasure.approvals")  # fmt: skip
"""What a screen may change of rules/approvals.toml; who may approve stays with the file."""

_ADDRESS = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+")
_URL = re.compile(r"https?://[^\s\"<>]+")
_MUST = ("name", "language", "public_url", "sender.name", "sender.address")
_LONGEST = 300


class Adjusted(msgspec.Struct, frozen=True):
    """What was changed: setting to its value before and after."""

    changed: dict[str, tuple[str, str]]


def shown(workspace: Stores) -> str:
    """The version of regie.toml: what a change of it names."""
    return sha256((workspace.folder / "regie.toml").read_bytes()).hexdigest()


def adjust(workspace: Stores, given: dict[str, str], *, seen: str) -> Adjusted:
    """Change settings of regie.toml; those not given stay.

    Parameters
    ----------
    given : dict[str, str]
        Of `FIELDS`.
    seen : str
        `shown` of what was looked at.

    Raises
    ------
    SettingError
        If a value cannot be; `where` is the field.
    StaleError
        If the file changed since it was looked at.
    """
    import tomlkit

    path = workspace.folder / "regie.toml"
    clean = {field: value.strip() for field, value in given.items()}
    for field, value in clean.items():
        _check(field, value)
    with workspace.state.together():  # of two at once the second sees what the first wrote
        text = path.read_bytes()
        if sha256(text).hexdigest() != seen:
            raise StaleError(
                "regie.toml", "changed by somebody else just now", "the settings looked at",
                "look at it again",
            )  # fmt: skip
        document: Any = tomlkit.parse(text.decode())
        changed = {}
        for field, value in clean.items():
            table, name = _place(document, field)
            was = str(table.get(name, ""))
            if was != value:
                table[name] = value
                changed[field] = (was, value)
        if changed:
            content = tomlkit.dumps(document).encode()
            msgspec.convert(toml_from(content, str(path)), Settings)  # it can be read again
            write_whole(path, content, stays_open=True)
            workspace.settings = read_settings(workspace.folder)
    return Adjusted(changed)


def _place(document: Any, field: str) -> tuple[Any, str]:
    table, _, name = field.rpartition(".")
    return (document[table] if table else document), name


def _check(field: str, value: str) -> None:
    if field not in FIELDS:
        raise SettingError(field, "not one to change here", ", ".join(FIELDS), "edit regie.toml")
    rule = ""
    plain = value.replace("\u00a0", " ").replace("\u202f", " ")  # French sets them
    if len(value) > _LONGEST or not plain.isprintable():
        rule = f"at most {_LONGEST} letters on one line"
    elif field in _MUST and not value:
        rule = "something"
    elif field == "language" and value not in LANGS:
        rule = "en or fr"
    elif field == "public_url" and not (_URL.fullmatch(value) and is_plain_address(value)):
        rule = PLAIN_ADDRESS
    elif field in ("privacy_contact", "sender.address") and value and not _ADDRESS.fullmatch(value):
        rule = "an e-mail address"
    if rule:
        raise SettingError(field, f'"{value[:40]}"', rule, "correct it")


def sizes(workspace: Stores) -> dict[str, int | None]:
    """How many approvals each thing takes, and above what size messages take two."""
    return _sizes(workspace.rules.approvals())


def sizes_of(content: bytes) -> dict[str, int | None]:
    """The same of a file's bytes, as they once were.

    Examples
    --------
    >>> sizes_of(b"within_days = 3")["within_days"]
    3
    """
    return _sizes(approvals_from(toml_from(content, f"rules/{APPROVALS}")))


def _sizes(approvals: Approvals) -> dict[str, int | None]:
    told: dict[str, int | None] = {"within_days": approvals.within_days}
    for place in SIZES[1:]:
        kind, _, name = place.partition(".")
        told[place] = getattr(approvals.rules[kind], name)
    return told


def resize(
    workspace: Stores, given: dict[str, int | None], *, seen: str, actor: str
) -> RuleChange | None:
    """Change how many approvals things take, and from what size.

    Parameters
    ----------
    given : dict[str, int or None]
        Of `SIZES`; None takes a limit out.
    seen : str
        `ruling.shown` of the file that was looked at.

    Returns
    -------
    RuleChange or None
        None where nothing is otherwise.

    Raises
    ------
    RuleError
        If it cannot be so; `where` names the setting.
    StaleError
        If somebody changed it since.
    """
    import tomlkit

    held = workspace.rules.holds(APPROVALS)
    text = workspace.rules.content(APPROVALS) if held else b""
    document: Any = tomlkit.parse(text.decode())
    stand = sizes(workspace)
    if all(stand[place] == value for place, value in given.items()):
        return None
    for place, value in given.items():
        if stand[place] == value:
            continue
        kind, _, name = place.rpartition(".")
        table = document.setdefault(kind, tomlkit.table()) if kind else document
        if value is None:
            table.pop(name, None)
        else:
            table[name] = value
    content = tomlkit.dumps(document).encode()
    approvals_from(toml_from(content, f"rules/{APPROVALS}"))
    return ruling.change(
        workspace, APPROVALS, content, seen=seen, about="approvals", deed="edited", actor=actor
    )
