"""Workspaces for tests: made by hand in a folder of their own, with a published key."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from regie.workspace import open_workspace
from regie.workspace.workspace import Workspace

SHIPPED = Path("regie/shipped")
ONLINE_RETAIL = SHIPPED / "online_retail/online_retail.parquet"
_SETTINGS = """\
version = 1
id = "tests"
name = "A shop"
zone = "{zone}"
currency = "{currency}"
language = "en"
public_url = "https://shop.example.invalid"
now = "{now}"
published_key = "regie tests"
simulated = []
[sender]
name = "A shop"
address = "hello@example.invalid"
postal = "1 Example Street"
"""


def workspace(
    folder: Path, *, zone: str = "Europe/London", currency: str = "GBP", now: str = "2011-12-10"
) -> Workspace:
    """An open workspace with the shipped rules; the plain mappings are filled in."""
    shutil.copytree(SHIPPED / "rules", folder / "rules")
    for path in (folder / "rules/mappings").glob("*.toml"):
        text = path.read_text("utf-8")
        for place, value in (("zone", zone), ("currency", currency), ("basis", "consent")):
            text = text.replace(f"{{{place}}}", value)
        path.write_text(text, "utf-8")
    settings = _SETTINGS.format(zone=zone, currency=currency, now=now)
    (folder / "regie.toml").write_text(settings, "utf-8")
    return open_workspace(folder)


PLAIN = """\
kind = "orders"
currency = "GBP"
time_formats = {formats}
decimal = "{decimal}"
recorded = "happened"
replaces = "order"
return_prefix = "C"
fee_items = ["POST"]
[columns]
order = "order"
item = "item"
description = "description"
quantity = "quantity"
at = "at"
unit_price = "price"
person = "person"
currency = "currency"
{more}
"""


def mapping(
    shop: Workspace,
    *,
    name: str = "plain",
    formats: Sequence[str] = ("iso",),
    decimal: str = ".",
    more: str = "",
) -> str:
    """Write an orders mapping of plain columns into the workspace; its name."""
    text = PLAIN.format(formats=str(list(formats)).replace("'", '"'), decimal=decimal, more=more)
    (shop.folder / f"rules/mappings/{name}.toml").write_text(text, "utf-8")
    return name


HEADER = "order,item,description,quantity,at,price,person,currency"


def csv(
    folder: Path, rows: Sequence[str], *, name: str = "orders.csv", header: str = HEADER
) -> Path:
    """Write rows under the plain header; the file."""
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path
