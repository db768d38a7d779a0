"""Ways of choosing: the policies of a workspace, which one serves, another one put up; reads files.

Runs choose by one name, `SERVES`; every other file of rules/policies/ is a draft. So to put one up
is to ask that its content take the place of that file. What was typed on a screen is written into
the file's own text, so that remarks stay.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from regie.decide.eligibility import WEEKDAYS
from regie.decide.policy import Policy, policy_from
from regie.terms.errors import NotFoundError, RefusedError, RuleError
from regie.words import formats
from regie.words.sentences import say
from regie.workspace import changes, comparing, deciding
from regie.workspace.sealing import Sealing

if TYPE_CHECKING:
    from regie.ports.state import Run
    from regie.workspace.stores import Stores

SERVES = "standard"
"""The policy that runs choose by."""

Weight = Annotated[float, msgspec.Meta(ge=-100, le=100)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Few = Annotated[int, msgspec.Meta(ge=0, le=1000)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3660)]
Hour = Annotated[int, msgspec.Meta(ge=0, le=23)]
Value = float | tuple[str, ...]
"""Of a policy: a number, or weekdays."""
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class QuietGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When nothing leaves: weekdays, and local hours over midnight where the first is later."""

    days: Annotated[tuple[Weekday, ...], msgspec.Meta(max_length=6)] = ()
    from_hour: Hour = 0
    to_hour: Hour = 0


class PolicyGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy as somebody may ask for one; what its numbers mean: `decide.policy.Policy`."""

    response_weight: Weight
    affinity_weight: Weight
    threshold: Weight
    explore_share: Share
    holdout_share: Share
    cap_messages: Few
    cap_days: Days
    gone_days: Days
    selection_size: Annotated[int, msgspec.Meta(ge=1, le=12)]
    quiet: QuietGiven


def names(workspace: Stores) -> list[str]:
    """Policies of rules/policies/: the one that serves, then the others by name."""
    found = sorted(path.stem for path in (workspace.rules.folder / "policies").glob("*.toml"))
    return sorted(found, key=lambda name: (name != SERVES, name))


def content(workspace: Stores, name: str) -> bytes:
    """The bytes of one.

    Raises
    ------
    NotFoundError
        If there is none of that name.
    """
    if name not in names(workspace):
        raise NotFoundError(
            f"policy {name}", "not there", f"one of {', '.join(names(workspace)) or 'none'}",
            "open the list",
        )  # fmt: skip
    return workspace.rules.content(f"policies/{name}.toml")


def read(workspace: Stores, name: str) -> Policy:
    """One policy.

    Raises
    ------
    NotFoundError
        If there is none of that name.
    RuleError
        If its file cannot be read.
    """
    return policy_in(content(workspace, name), name)


def policy_in(text: bytes, name: str = SERVES) -> Policy:
    """The policy that a file's bytes describe."""
    where = f"rules/policies/{name}.toml"
    try:
        table = tomllib.loads(text.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleError(where, f"not TOML ({error})", "a policy", "mend it") from error
    return policy_from(table, where, name)


def given_from(values: Mapping[str, Any]) -> PolicyGiven:
    """A policy of typed values.

    Raises
    ------
    RuleError
        If one is missing or out of its bounds; `where` ends with the field.
    """
    try:
        return msgspec.convert(values, PolicyGiven, strict=False)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$.")
        field = place.rstrip("`") or said.rpartition("`")[0].rpartition("`")[2]
        raise RuleError(f"policy {field}", said, "a policy's numbers", "correct it") from error


def text_of(workspace: Stores, name: str, given: PolicyGiven) -> bytes:
    """The file of a policy with other numbers in it: remarks stay, and what did not change too."""
    import tomlkit

    document = tomlkit.parse(content(workspace, name).decode())
    asked = msgspec.to_builtins(given)
    for field, value in asked.items():
        if field == "quiet":
            quiet = document.setdefault("quiet", tomlkit.table())
            for part, one in value.items():
                if quiet.get(part) != one:
                    quiet[part] = one
        elif document.get(field) != value:
            item = tomlkit.item(value)
            if field in document:
                item.trivia.comment_ws = document[field].trivia.comment_ws
                item.trivia.comment = document[field].trivia.comment
            document[field] = item
    text = tomlkit.dumps(document).encode()
    policy_in(text, name)
    return text


def compare(
    workspace: Stores, text: bytes, name: str, run: int | None = None
) -> comparing.Compared:
    """A policy beside the one that a run went by; see `workspace.comparing`."""
    policy_in(text, name)
    return comparing.compare_with(workspace, tomllib.loads(text.decode()), name, run)


def put_up(workspace: Stores, text: bytes, actor: str, reason: str = "") -> changes.Change:
    """Ask that runs choose by it: somebody else decides, always.

    Raises
    ------
    RefusedError
        If runs go by exactly that already, or it was put up already.
    RuleError
        If it is no policy.
    """
    Sealing(workspace).check()
    policy = policy_in(text)
    if policy == read(workspace, SERVES):
        raise RefusedError("policy", "the one that serves", "another one", "change a number")
    return changes.put_up_policy(workspace, SERVES, text, actor, reason, by_two=True)


def earlier(workspace: Stores, most: int) -> list[tuple[Run, Policy]]:
    """Ways of choosing of before, the newest first: each once, with the last run that went by it.

    Those that runs went by, whoever changed the file; a run keeps the rules it went by.
    """
    known = [read(workspace, SERVES)]
    found: list[tuple[Run, Policy]] = []
    for run in reversed(workspace.state.runs("published")):
        try:
            policy = deciding.policy_of(workspace, run.number)
        except (NotFoundError, RuleError):  # of an earlier form of the rules
            continue
        if policy not in known:
            known.append(policy)
            found.append((run, policy))
        if len(found) == most:
            break
    return found


def differences(was: Policy, now: Policy) -> dict[str, tuple[Value, Value]]:
    """Field to its value in either, where they differ; `quiet.days` and the like are fields.

    Examples
    --------
    >>> from regie.workspace.settings import shipped
    >>> text = shipped("rules", "policies", "standard.toml").read_bytes()
    >>> one = policy_in(text)
    >>> differences(one, msgspec.structs.replace(one, cap_messages=3))
    {'cap_messages': (2, 3)}
    """
    one, other = _flat(was), _flat(now)
    return {field: (one[field], other[field]) for field in one if one[field] != other[field]}


def differs(workspace: Stores, change: changes.Change) -> dict[str, tuple[Value, Value]] | None:
    """How what was asked for differs from what is in service; None where it cannot be read."""
    try:
        asked = policy_in(workspace.assets.get(change.detail), change.subject)
        return differences(read(workspace, change.subject), asked)
    except (NotFoundError, RuleError):
        return None


def in_words(policy: Policy, lang: str) -> list[str]:
    """A policy in plain words.

    Examples
    --------
    >>> from regie.workspace.settings import shipped
    >>> one = policy_in(shipped("rules", "policies", "standard.toml").read_bytes())
    >>> in_words(one, "en")[1]
    'Nobody gets more than 2 messages in 7 days, all channels together.'
    """
    quiet = policy.quiet
    told = [
        _say("score", lang, response=number_in_words(policy.response_weight, lang),
             affinity=number_in_words(policy.affinity_weight, lang),
             threshold=number_in_words(policy.threshold, lang)),
        _say("cap", lang, n=policy.cap_messages, days=policy.cap_days),
        _say("control", lang, share=share_in_words(policy.holdout_share, lang)),
        _say("explore", lang, share=share_in_words(policy.explore_share, lang)),
        _say("items", lang, n=policy.selection_size, days=policy.gone_days),
    ]  # fmt: skip
    if quiet.from_hour != quiet.to_hour:
        told.append(_say("hours", lang, first=quiet.from_hour, last=quiet.to_hour))
    if quiet.days:
        told.append(_say("days", lang, days=days_in_words(quiet.days, lang)))
    return told


def _say(code: str, lang: str, **values: Any) -> str:
    return say(f"screens.policy_says_{code}", lang, **values)


def days_in_words(days: Collection[str], lang: str) -> str:
    """Weekdays in the week's order.

    Examples
    --------
    >>> days_in_words(("friday", "monday"), "en"), days_in_words(("friday", "monday"), "fr")
    ('Monday, Friday', 'lundi, vendredi')
    """
    return ", ".join(say(f"screens.weekday_{day}", lang) for day in WEEKDAYS if day in days)


def share_in_words(value: float, lang: str) -> str:
    """A share as people write it: no decimal where there is none.

    Examples
    --------
    >>> share_in_words(0.1, "en"), share_in_words(0.125, "en")
    ('10%', '12.5%')
    """
    return formats.share(value, lang, digits=0 if round(value * 100, 6).is_integer() else 1)


def number_in_words(value: float, lang: str) -> str:
    """A number of a policy as people write it.

    Examples
    --------
    >>> number_in_words(0.25, "fr"), number_in_words(3.0, "en")
    ('0,25', '3')
    """
    return formats.number(int(value) if value == int(value) else value, lang)


def _flat(policy: Policy) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(policy)
    quiet = told.pop("quiet")
    told.pop("name")
    return told | {f"quiet.{name}": value for name, value in quiet.items()}
