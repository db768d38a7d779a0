"""Make a workspace: its settings, its rules, its key."""

from __future__ import annotations

import json
import secrets
from datetime import date, timedelta
from importlib.resources.abc import Traversable
from pathlib import Path

from regie.collect.intake import date_order
from regie.terms.document import LANGS
from regie.terms.errors import SettingError
from regie.terms.instant import moment_of, zone
from regie.workspace.keys import make_key
from regie.workspace.settings import SHIPPED_LOGS, VERSION, shipped, wall_us

BASES = ("consent", "existing-customer", "none")
"""Legal bases a list may have: consent to e-mail, the existing-customer opt-out of article L34-5
CPCE, or none declared yet (then nobody is written to)."""

_FIRST_DAY = date(2010, 1, 1)


def make_workspace(
    folder: Path,
    *,
    time_zone: str,
    currency: str,
    language: str,
    basis: str,
    name: str,
) -> None:
    """A new workspace for one advertiser, with three campaigns and an orders mapping of its name.

    Raises
    ------
    SettingError
        If the folder holds one already, or a setting is not valid. Nothing is written then.
    """
    if not folder.resolve().name.isprintable():
        # The orders mapping and every line that names the workspace take the folder's name.
        raise SettingError(
            "folder", repr(str(folder)), "a name on one line", "choose a name without a line break"
        )
    if (folder / "regie.toml").exists():
        raise SettingError(
            str(folder), "a workspace already", "a new folder", f"use it: regie quality -w {folder}"
        )
    check_settings(zone=time_zone, currency=currency, language=language, basis=basis)
    settings_id = secrets.token_hex(8)
    make_key(settings_id)
    copy_rules(shipped("rules"), folder / "rules")
    (folder / "rules" / "mappings" / "orders.toml").rename(
        folder / "rules" / "mappings" / f"{folder.resolve().name}.toml"
    )
    fill_mappings(folder, time_zone, currency.upper(), basis)
    _put_habits_first(folder, language, time_zone)
    _open_campaigns(folder, time_zone)
    (folder / "regie.toml").write_text(
        _SETTINGS.format(
            version=VERSION,
            id=settings_id,
            name=name.replace('"', "'"),
            zone=time_zone,
            currency=currency.upper(),
            language=language,
        ),
        encoding="utf-8",
    )


def check_settings(**settings: str | None) -> None:
    """Refuse what a workspace cannot be made with, all of it at once.

    Parameters
    ----------
    settings : str or None
        `zone`, `currency`, `language` and `basis`; None: not said.

    Raises
    ------
    SettingError
        If one is missing or not valid.

    Examples
    --------
    >>> check_settings(zone="Europe/Pari", currency=None, language="en", basis="none")
    Traceback (most recent call last):
        ...
    regie.terms.errors.SettingError: workspace is with zone "Europe/Pari", without currency, \
expected an IANA name (zone), a currency's code (ISO 4217) (currency); write for example \
Europe/Paris, write EUR
    """
    faults = [
        fault for name, value in settings.items() if (fault := _fault(name, value)) is not None
    ]
    if len(faults) == 1 and settings[faults[0].where] is not None:
        raise faults[0]
    if faults:
        found = [
            f"without {one.where}"
            if settings[one.where] is None
            else f"with {one.where} {one.found}"
            for one in faults
        ]
        raise SettingError(
            "workspace",
            ", ".join(found),
            ", ".join(f"{one.rule} ({one.where})" for one in faults),
            ", ".join(one.step for one in faults),
        )


def _fault(name: str, value: str | None) -> SettingError | None:
    """What is wrong with one setting; a missing one is told as an empty one."""
    from babel.numbers import list_currencies

    given = value or ""
    if name == "zone":
        try:
            zone(given)
        except SettingError as error:
            return error
        return None
    if name == "currency":
        if given.upper() in list_currencies():
            return None
        return SettingError(name, f'"{given}"', "a currency's code (ISO 4217)", "write EUR")
    allowed = {"language": LANGS, "basis": BASES}[name]
    if given in allowed:
        return None
    return SettingError(name, f'"{given}"', "one of " + ", ".join(allowed), f"choose a {name}")


def copy_rules(source: Traversable, target: Path) -> None:
    """Copy rules; the mappings of the shipped logs stay in the package."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        if entry.is_dir():
            copy_rules(entry, target / entry.name)
        elif entry.name.endswith(".toml") and not entry.name.startswith(SHIPPED_LOGS):
            (target / entry.name).write_bytes(entry.read_bytes())


def fill_mappings(folder: Path, time_zone: str, currency: str, basis: str) -> None:
    """Put the workspace's zone and currency, and the list's legal basis, into its mappings."""
    for path in (folder / "rules" / "mappings").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        for place, value in (("zone", time_zone), ("currency", currency), ("basis", basis)):
            text = text.replace(f"{{{place}}}", value)
        path.write_text(text, encoding="utf-8")


def _put_habits_first(folder: Path, language: str, time_zone: str) -> None:
    """The tolerant mappings list first how the workspace's country writes amounts and dates.

    The first one listed holds only where a file's content cannot tell (see `collect.intake`).
    """
    comma = language == "fr" or time_zone in COMMA_ZONES
    month_first = time_zone in MONTH_FIRST_ZONES
    for path in (folder / "rules" / "mappings").glob("*.toml"):
        lines = path.read_text(encoding="utf-8").split("\n")
        for place, line in enumerate(lines):
            key, _, value = line.partition(" = ")
            if key == "decimal" and value.startswith("[") and comma:
                lines[place] = 'decimal = [",", "."]'
            if key == "time_formats" and month_first:
                formats: list[str] = json.loads(value)
                formats.sort(key=lambda form: {"": 0, "month": 1, "day": 2}[date_order(form)])
                lines[place] = f"{key} = {json.dumps(formats)}"
        path.write_text("\n".join(lines), encoding="utf-8")


COMMA_ZONES = tuple(
    f"Europe/{city}"
    for city in (
        "Amsterdam", "Athens", "Berlin", "Brussels", "Budapest", "Copenhagen", "Helsinki",
        "Lisbon", "Luxembourg", "Madrid", "Oslo", "Paris", "Prague", "Rome", "Sofia", "Stockholm",
        "Vienna", "Warsaw", "Zagreb",
    )
)  # fmt: skip
"""Zones of countries that write 2,55 (Unicode CLDR, number elements)."""

MONTH_FIRST_ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "America/Phoenix", "America/Anchorage", "America/Detroit", "Pacific/Honolulu",
)  # fmt: skip
"""Zones of the United States, where 12/31/2025 is a day (Unicode CLDR, en_US)."""


def _open_campaigns(folder: Path, time_zone: str) -> None:
    """Campaigns run for a year from now, and on earlier days, so that a history can be tried."""
    ends = moment_of(wall_us(), time_zone).date() + timedelta(days=365)
    for path in (folder / "rules" / "campaigns").glob("*.toml"):
        lines = path.read_text(encoding="utf-8").split("\n")
        dates = {"starts": _FIRST_DAY, "ends": ends}
        lines = [
            next((f"{k} = {day}" for k, day in dates.items() if line.startswith(f"{k} = ")), line)
            for line in lines
        ]
        path.write_text("\n".join(lines), encoding="utf-8")


_SETTINGS = """\
# A workspace of Régie: one advertiser. See docs/guides/settings.md.
version = {version}
id = "{id}"                 # names this workspace's key, which lies outside this folder
name = "{name}"
zone = "{zone}"
currency = "{currency}"
language = "{language}"
public_url = "https://example.invalid"   # where the links in messages lead
privacy_contact = ""
now = ""                    # a day to stand still at, for a recorded history; empty: the clock

[sender]
name = "{name}"
address = "hello@example.invalid"
postal = ""
"""
