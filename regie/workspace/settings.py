"""A workspace's settings (regie.toml) and its rules (rules/*.toml); reads files."""

from __future__ import annotations

import hashlib
import re
import time
import tomllib
from collections.abc import Collection
from collections.abc import Mapping as ByName
from copy import deepcopy
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import msgspec

from regie.collect.mapping import Mapping, mapping_from
from regie.govern.approval import Approvals, approvals_from
from regie.terms.campaign import Campaign
from regie.terms.consent import Purpose
from regie.terms.document import LANGS
from regie.terms.errors import NotFoundError, RuleError, SettingError, WorkspaceError, meant
from regie.terms.instant import day_start_us, parse_day, zone

VERSION = 1
"""The format of a workspace folder that this code writes and reads."""

GOALS, GROUPS, REPORTS = "goals.toml", "groups.toml", "reports"
"""Files and a folder of rules that decide nothing: a run does not differ where one changed."""
SHIPPED_LOGS = ("online-retail", "completejourney")
"""Beginnings of the mappings that stay in the package: their logs ship with it. The plain ones are
copied into a workspace and filled in there."""


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes: the name and address in every message, and the postal line under it."""

    name: str
    address: str
    postal: str = ""


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """The server that carries composed reports: `[mail]` of regie.toml.

    Parameters
    ----------
    user : str
        Empty where it asks for none; the password stands in $REGIE_SMTP_PASSWORD, in no file.
    security : str
        `starttls`, `tls` from the first byte, or `none` for a server of this machine.
    """

    host: str
    port: int = 587
    user: str = ""
    security: Literal["starttls", "tls", "none"] = "starttls"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What regie.toml says.

    Parameters
    ----------
    id : str
        Names the workspace's key.
    now : str
        Day on which a recorded workspace stands still; empty for the real clock.
    published_key : str
        A demo's key, published so that its draws repeat; empty for a secret one.
    simulated : tuple[str, ...]
        What was drawn with a seed, marked wherever it shows: consent, language, address.
    mail : MailServer or None
        What carries composed reports; without it they are written as .eml files.
    """

    version: int
    id: str
    name: str
    zone: str
    currency: str
    language: str
    public_url: str
    sender: Sender
    privacy_contact: str = ""
    now: str = ""
    published_key: str = ""
    simulated: tuple[str, ...] = ()
    mail: MailServer | None = None

    def now_us(self) -> int:
        """The workspace's present: the day it stands still at, else the wall clock."""
        if self.now:
            return day_start_us(parse_day(self.now), self.zone)
        return wall_us()


def wall_us() -> int:
    """The wall clock, microseconds UTC: for acts, the ledger and accounts alone."""
    return time.time_ns() // 1000


def read_settings(folder: Path) -> Settings:
    """The settings of a workspace folder.

    Raises
    ------
    WorkspaceError
        If there is no regie.toml, it is not valid, or of a newer version.
    """
    path = folder / "regie.toml"
    if not path.is_file():
        raise WorkspaceError(
            str(folder),
            "no workspace",
            "a folder with regie.toml",
            f"make one: regie init {folder}",
        )
    data = read_toml(path)
    version = data.get("version")
    if isinstance(version, int) and version > VERSION:
        raise WorkspaceError(
            f"{path} version", str(version), f"at most {VERSION}", "install a newer regie"
        )
    _check_keys(data, Settings, str(path))
    for name, table in (("sender", Sender), ("mail", MailServer)):
        if isinstance(data.get(name), dict):
            _check_keys(data[name], table, f"{path} [{name}]")
    try:
        settings = msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        raise _wrong_value(data, str(error), str(path)) from error
    zone(settings.zone)
    if settings.now:
        try:
            parse_day(settings.now)
        except SettingError as error:
            raise RuleError(f"{path} now", error.found, error.rule, error.step) from error
    if settings.language not in LANGS:
        raise RuleError(
            f"{path} language", f'"{settings.language}"', f"one of {', '.join(LANGS)}", "choose one"
        )
    if not re.fullmatch("[A-Z]{3}", settings.currency):  # which there are: asked at `init`
        code, found = "a currency's code (ISO 4217)", f'"{settings.currency}"'
        raise RuleError(f"{path} currency", found, code, "write EUR")
    if not is_plain_address(settings.public_url):
        raise RuleError(f"{path} public_url", f'"{settings.public_url}"', PLAIN_ADDRESS, _SEE)
    return settings


def _check_keys(table: ByName[str, Any], known: type[msgspec.Struct], where: str) -> None:
    """Every key is one that is read: what nobody reads would be thought to hold."""
    fields = known.__struct_fields__
    for name in table:
        if name not in fields:
            step = meant(name, fields, f"take it out, or {_SEE}")
            raise RuleError(where, f'with the unknown key "{name}"', ", ".join(fields), step)
    required = [field.name for field in msgspec.structs.fields(known) if field.required]
    if missing := [name for name in required if name not in table]:
        raise RuleError(where, f"without {', '.join(missing)}", ", ".join(required), _SEE)


def _wrong_value(data: ByName[str, Any], said: str, where: str) -> RuleError:
    """A value of another kind, in words of the file: the library's own name the program's types."""
    rule, _, place = said.partition(" - at `$")
    names = [name for name in place.strip("`").split(".") if name]
    value: Any = data
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    expected = next((w for kind, w in _KINDS.items() if f"Expected `{kind}" in rule), "another")
    if "enum" in rule.lower():
        expected = "starttls, tls or none"
    return RuleError(f"{where} {'.'.join(names)}", repr(value), expected, _SEE)


_KINDS = {
    "str": 'a text in quotes, as "text"',
    "int": "a whole number",
    "array": 'a list of texts, as ["a", "b"]',
    "object": "a table of its own, as [sender]",
}
"""What a library calls a kind of value, to how a file writes it."""

PLAIN_ADDRESS = "an address that begins with https://, without a user, ? or #"


def is_plain_address(url: str) -> bool:
    """Whether an address names no user, query or fragment: links of messages go on behind it.

    Examples
    --------
    >>> is_plain_address("https://example.org/shop"), is_plain_address("https://u:p@example.org")
    (True, False)
    >>> is_plain_address("https://example.org/?x=1"), is_plain_address("https://example.org#f")
    (False, False)
    """
    return not set("@?#") & set(url)


_SEE = "see docs/guides/settings.md"


def read_toml(path: Path | Traversable) -> dict[str, Any]:
    """A TOML file; a broken one is named with its line."""
    return toml_from(path.read_bytes(), str(path))


def toml_from(content: bytes, where: str) -> dict[str, Any]:
    """The bytes of a TOML file; a broken one is named with its line.

    Raises
    ------
    RuleError
        If it is not TOML in UTF-8.

    Examples
    --------
    >>> toml_from(b"days = 3", "x.toml")
    {'days': 3}
    >>> toml_from(b"days = ", "x.toml")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: x.toml end of document is not TOML ("days ="), expected \
[table], name = 1, name = "text", name = ["a", "b"] or # a remark; mend that line
    """
    try:
        return deepcopy(_parsed(content))
    except UnicodeDecodeError as error:
        raise RuleError(
            where, f"not in UTF-8 at byte {error.start}", "text in UTF-8", "save it as UTF-8"
        ) from error
    except tomllib.TOMLDecodeError as error:
        said, _, place = str(error).rpartition(" (at ")
        raise RuleError(
            f"{where} {place.rstrip(')')}" if said else where, f"not TOML{_line(content, place)}",
            '[table], name = 1, name = "text", name = ["a", "b"] or # a remark', "mend that line",
        ) from error  # fmt: skip


def _line(content: bytes, place: str) -> str:
    """The line that a parser stopped at, to be shown: its own words speak of its grammar."""
    lines = content.decode("utf-8").splitlines()
    found = re.match(r"line (\d+)", place)
    number = int(found[1]) if found else len(lines)
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f' ("{line[:_LINE_LETTERS]}")' if line else ""


_LINE_LETTERS = 80


@lru_cache(maxsize=256)
def _parsed(content: bytes) -> dict[str, Any]:
    """Kept by its bytes: a run and a page ask for the same few files again and again."""
    return tomllib.loads(content.decode("utf-8").replace("\r\n", "\n"))


def shipped(*parts: str) -> Traversable:
    """A file or folder that ships inside the package.

    Examples
    --------
    >>> shipped("rules", "segments.toml").is_file()
    True
    """
    return files("regie").joinpath("shipped", *parts)


class Rules:
    """The rules of a workspace: read when asked for, each version known by its hash.

    Parameters
    ----------
    folder : Path
        The workspace.
    held : Mapping[str, bytes] or None
        Rule file to its bytes: the rules as they once were, whatever the folder holds now.
    """

    def __init__(self, folder: Path, held: ByName[str, bytes] | None = None) -> None:
        self.folder = folder / "rules"
        self._held = held

    def as_they_stand(self) -> Rules:
        """The rules of this moment, which no edit of later moves."""
        held = {name: self.content(name) for name in self._files()}
        return Rules(self.folder.parent, held)

    def content(self, name: str) -> bytes:
        """The bytes of a rule file, named by its path below rules/.

        Raises
        ------
        FileNotFoundError
            If it is not there.
        """
        if self._held is None:
            return (self.folder / name).read_bytes()
        if name not in self._held:
            raise FileNotFoundError(self.folder / name)
        return self._held[name]

    def holds(self, name: str) -> bool:
        """Whether there is such a rule file."""
        return (self.folder / name).is_file() if self._held is None else name in self._held

    def mapping(self, name: str) -> Mapping:
        """The mapping of that name; a shipped one where the workspace has none."""
        return mapping_from(*self._named("mappings", name), name)

    def mappings(self) -> list[str]:
        """Names of the workspace's mappings and of the shipped ones."""
        return sorted(set(self._names("mappings")) | set(_shipped_names("mappings")))

    def campaign_names(self) -> list[str]:
        """The name of every campaign's file, whether it can be read or not."""
        return self._names("campaigns")

    def campaigns(self) -> list[Campaign]:
        """Every campaign, in name order.

        Raises
        ------
        RuleError
            If one of their files cannot be read.
        """
        found, faults = self.campaigns_read()
        if faults:
            raise next(iter(faults.values()))
        return found

    def campaigns_read(self) -> tuple[list[Campaign], dict[str, RuleError]]:
        """Those campaigns whose files can be read, and what is wrong with each other one."""
        from regie.decide.campaign import campaign_from

        found, faults = [], {}
        for name in self.campaign_names():
            try:
                found.append(campaign_from(*self._named("campaigns", name)))
            except RuleError as error:
                faults[name] = error
        return found, faults

    def policy(self, name: str = "standard") -> Any:
        """The policy of that name."""
        from regie.decide.policy import policy_from

        return policy_from(*self._named("policies", name), name)

    def model_options(
        self, name: str, options: type[msgspec.Struct], known: Collection[str]
    ) -> Any:
        """How the model of that name is fitted: rules/models.toml, else the recipe's own way.

        Parameters
        ----------
        name : str
            The model.
        options : type
            Its recipe's `OPTIONS`.
        known : Collection[str]
            Every model that the file may name.

        Raises
        ------
        RuleError
            If it names no model, or an option that the recipe has not, or of another kind.
        """
        tables = self._table("models.toml") if self.holds("models.toml") else {}
        for table in tables:
            if table not in known:
                raise RuleError(
                    "rules/models.toml", f"with [{table}]", f"one of {', '.join(known)}",
                    "correct the name",
                )  # fmt: skip
        written = tables.get(name, {})
        where = f"rules/models.toml {name}"
        for option in written:
            if option not in options.__struct_fields__:
                fields = ", ".join(options.__struct_fields__)
                raise RuleError(where, f'with "{option}"', f"one of {fields}", "correct the name")
        try:
            return msgspec.convert(written, options)
        except msgspec.ValidationError as error:
            raise RuleError(where, str(error), "its options", "correct it") from error

    def approvals(self) -> Approvals:
        """Who may approve what, and for how long it waits: rules/approvals.toml."""
        given = self._table("approvals.toml") if self.holds("approvals.toml") else {}
        return approvals_from(given)

    def segments(self) -> Any:
        """The segments of rules/segments.toml."""
        from regie.understand.audience import segments_from

        return segments_from(self._table("segments.toml"))

    def purposes(self) -> dict[str, Purpose]:
        """The purposes of rules/purposes.toml."""
        from regie.govern.consent import purposes_from

        return purposes_from(self._table("purposes.toml"), "rules/purposes.toml")

    def hashes(self) -> dict[str, str]:
        """Rule file to the SHA-256 of its bytes: which version a run used."""
        return {name: hashlib.sha256(self.content(name)).hexdigest() for name in self._files()}

    def contents(self) -> list[bytes]:
        """The bytes of every rule file: a run keeps them, named by their hash."""
        return [self.content(name) for name in self._files()]

    def _files(self) -> list[str]:
        if self._held is not None:
            return sorted(self._held)
        found = (path for path in sorted(self.folder.rglob("*.toml")) if path.is_file())
        paths = [path.relative_to(self.folder) for path in found]
        return [p.as_posix() for p in paths if p.parts[0] not in (GOALS, GROUPS, REPORTS)]

    def _table(self, name: str) -> dict[str, Any]:
        try:
            content = self.content(name)
        except FileNotFoundError as error:
            raise RuleError(
                f"rules/{name}", "not there", "the rules that every workspace has",
                f"restore it, or copy it from a new workspace: regie init NAME, NAME/rules/{name}",
            ) from error  # fmt: skip
        return toml_from(content, str(self.folder / name))

    def _names(self, kind: str) -> list[str]:
        if self._held is None:
            found = (self.folder / kind).glob("*.toml")
            return sorted(path.stem for path in found if path.is_file())
        parts = [PurePosixPath(name) for name in sorted(self._held)]
        return [part.stem for part in parts if part.parent.as_posix() == kind]

    def _named(self, kind: str, name: str) -> tuple[dict[str, Any], str]:
        file, where = f"{kind}/{name}.toml", f"rules/{kind}/{name}.toml"
        if self.holds(file):
            return self._table(file), where
        if name in _shipped_names(kind):
            return read_toml(shipped("rules", kind, f"{name}.toml")), where
        raise _not_named(kind, name, {*self._names(kind), *_shipped_names(kind)})


def _not_named(kind: str, name: str, known: Collection[str]) -> NotFoundError:
    """The nearest names first, and few: a workspace has twenty mappings."""
    what = kind[:-1] if kind != "policies" else "policy"
    if not known:
        rule, step = f"a file in rules/{kind}/, where there is none", "copy it from a new workspace"
        return NotFoundError(f"{what} {name}", "not there", rule, f"{step}: regie init NAME")
    from difflib import SequenceMatcher

    def unlike(one: str) -> float:
        return -SequenceMatcher(None, name.casefold(), one.casefold()).ratio()

    nearest = sorted(known, key=lambda one: (unlike(one), one))
    others = len(nearest) - _TOLD_NAMES
    more = f" and {others} more" if others > 0 else ""
    step = f"write rules/{kind}/{name}.toml"
    if kind == "mappings":
        step = "regie import FILE, without --as, tells which of them read a file"
    if others > 0:
        step += f"; your own are listed by: ls rules/{kind}"
    if near := meant(name, known):
        step = f"{near} Else {step}"
    shown = ", ".join(nearest[:_TOLD_NAMES])
    return NotFoundError(f"{what} {name}", "not there", f"one of {shown}{more}", step)


_TOLD_NAMES = 5


def _shipped_names(kind: str) -> list[str]:
    return [
        entry.name.removesuffix(".toml")
        for entry in shipped("rules", kind).iterdir()
        if entry.name.endswith(".toml") and entry.name.startswith(SHIPPED_LOGS)
    ]
