"""A rule file changed on a screen: read by the house first, kept as it was, sealed, then written.

What is to be written is read as a whole set of rules: a segment that a campaign names cannot go.
Before and after are kept as assets under their hashes, as every run keeps the rules it goes by, and
one row says who changed what. The row is noted, and owed to the ledger, before the file is written:
where the process ends between the two, the next opening finishes it.

Why the hash of what was shown is asked for: of two who edit the same file the second would undo
what the first one did without having seen it.
"""

from __future__ import annotations

import itertools
import re
import secrets
import unicodedata
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from regie.engines.durable import write_whole
from regie.ports.state import RuleChange
from regie.terms.errors import RuleError, StaleError
from regie.understand.audience import resolve
from regie.workspace.sealing import Sealing, leaves_of
from regie.workspace.settings import Rules, toml_from, wall_us

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


_LONGEST_NAME = 40


def shown(workspace: Stores, file: str) -> str:
    """The hash of a rule file as it stands; empty where it is not there."""
    held = workspace.rules.holds(file)
    return sha256(workspace.rules.content(file)).hexdigest() if held else ""


def change(
    workspace: Stores,
    file: str,
    content: bytes,
    *,
    seen: str,
    about: str,
    deed: str,
    actor: str,
) -> RuleChange:
    """Change one rule file.

    Parameters
    ----------
    file : str
        Its path below rules/.
    content : bytes
        What it is to hold.
    seen : str
        `shown` of the file that was looked at.
    about : str
        The campaign or segment that is told in it.
    deed : str
        What is done, as a word of the screens.
    actor : str
        Who does it.

    Raises
    ------
    RuleError
        If the rules could not be read with it.
    StaleError
        If somebody else changed the file since it was shown.
    WorkspaceError
        If the ledger was cut.
    """
    sealing = Sealing(workspace)
    sealing.check()
    check(workspace, file, content)
    state = workspace.state
    with state.together():
        still(workspace, file, seen)
        was = workspace.assets.put(workspace.rules.content(file)) if seen else ""
        made = RuleChange(
            id=secrets.token_hex(16),
            file=file,
            about=about,
            deed=deed,
            actor=actor,
            at_us=wall_us(),
            was=was,
            now=workspace.assets.put(content),
        )
        salt = secrets.token_hex(16)
        state.add_rule_change(made, salt)
        state.owe("rule", made.id, leaves_of([made], [salt]))
    _write(workspace, made)
    sealing.settle()
    return made


def still(workspace: Stores, file: str, seen: str) -> None:
    """Whether a rule file is as it was shown.

    Raises
    ------
    StaleError
        If somebody changed it since, or is about to.
    """
    is_moving = any(one.file == file for one in workspace.state.rule_changes("pending"))
    if is_moving or shown(workspace, file) != seen:
        raise StaleError(
            f"rules/{file}", "changed by somebody else just now", "the rule that was looked at",
            "look at it again",
        )  # fmt: skip


def check(workspace: Stores, file: str, content: bytes) -> Rules:
    """The rules as they would be with the change, read whole.

    A campaign that could not be read before is in nobody's way, and still not read after.

    Raises
    ------
    RuleError
        If what is changed, or another file because of it, could not be read.
    """
    standing = workspace.rules.as_they_stand()
    held = {name: standing.content(name) for name in standing.hashes()}
    rules = Rules(workspace.folder, held | {file: content})
    faults = _faults(rules)
    broken = _faults(standing) if set(faults) - {file} else {}
    for name, fault in faults.items():
        if name == file or name not in broken:
            raise fault
    return rules


def _faults(rules: Rules) -> dict[str, RuleError]:
    """Campaign files that cannot be read, or name a segment that is not there; what is wrong."""
    segments = rules.segments()
    found, faults = rules.campaigns_read()
    told = {f"campaigns/{name}.toml": fault for name, fault in faults.items()}
    for campaign in found:
        file = f"campaigns/{campaign.name}.toml"
        try:
            resolve(campaign.whom, segments, f"rules/{file}, whom")
        except RuleError as fault:
            told[file] = fault
    return told


def finish(workspace: Stores) -> None:
    """Write what was noted and not written: a process ended between the two."""
    for made in workspace.state.rule_changes("pending"):
        if shown(workspace, made.file) in (made.was, made.now):
            _write(workspace, made)
        else:  # somebody edited the file by hand since: theirs stands
            workspace.state.rule_written(made.id)


def _write(workspace: Stores, made: RuleChange) -> None:
    write_whole(workspace.rules.folder / made.file, workspace.assets.get(made.now), stays_open=True)
    workspace.state.rule_written(made.id)


def name_for(title: str, taken: Collection[str]) -> str:
    """A name for files and rules, of a title in words; none of those taken.

    Examples
    --------
    >>> name_for("Été: loyal customers!", ["loyal"])
    'ete_loyal_customers'
    >>> name_for("Loyal", ["loyal", "loyal_2"]), name_for("日本", [])
    ('loyal_3', 'other')
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = "_".join(re.findall("[a-z0-9]+", plain))[:_LONGEST_NAME].strip("_") or "other"
    numbered = (f"{name}_{n}" for n in itertools.count(2))
    return next(one for one in (name, *itertools.islice(numbered, len(taken) + 1))
                if one not in taken)  # fmt: skip


def rule_text(table: Mapping[str, Any], indent: str = "") -> str:
    """A rule's table as TOML that people read: a part of a group on each line.

    Examples
    --------
    >>> print(rule_text({"all": [{"count": "order", "at_least": 2}, {"not": {"segment": "new"}}]}))
    { all = [
      { count = "order", at_least = 2 },
      { not = { segment = "new" } },
    ] }
    """
    import tomlkit

    told = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            text = rule_text(value, indent)
        elif name in ("all", "any"):
            parts = [f"{indent}  {rule_text(part, indent + '  ')},\n" for part in value]
            text = f"[\n{''.join(parts)}{indent}]"
        else:
            text = tomlkit.item(value).as_string()
        told.append(f"{name} = {text}")
    return f"{{ {', '.join(told)} }}"


def parts(workspace: Stores, change: RuleChange) -> list[str]:
    """Which keys of what is told in a rule file an edit changed; none where it is new or gone."""
    was, now = (
        toml_from(workspace.assets.get(one), change.file) if one else {}
        for one in (change.was, change.now)
    )
    if "/" not in change.file:  # one that tells of several, each under its name
        was, now = was.get(change.about, {}), now.get(change.about, {})
    if not was or not now:
        return []
    return [key for key in dict.fromkeys((*was, *now)) if was.get(key) != now.get(key)]


def history(workspace: Stores, file: str, about: str) -> list[RuleChange]:
    """Changes of what is told in a rule file, the newest first."""
    changes = reversed(workspace.state.rule_changes())
    return [one for one in changes if (one.file, one.about) == (file, about)]


def changed_into(workspace: Stores, file: str, content_hash: str, by_us: int) -> RuleChange | None:
    """The last change on a screen or by a program that gave a rule file these bytes by a moment.

    None where there is none: it came with the workspace, or was edited by hand.
    """
    for one in reversed(workspace.state.rule_changes()):
        if (one.file, one.now) == (file, content_hash) and one.at_us <= by_us:
            return one
    return None
