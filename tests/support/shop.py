"""A whole small shop: a sixteenth of Online Retail imported, run on two days, approved, exported.

Made once for each process of tests; whoever changes it works on a copy of its folder.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from regie.workspace import open_workspace, ticking, uploads
from regie.workspace.approving import proposals
from regie.workspace.demo import make_demo_workspace
from regie.workspace.workspace import Workspace
from tests.support.workspaces import ONLINE_RETAIL

DAYS = ("2011-07-09", "2011-09-09")
_SLICE = """
SELECT * FROM read_parquet($source)
WHERE (CustomerID IS NOT NULL AND CAST(CustomerID AS BIGINT) % $parts = 0)
   OR (CustomerID IS NULL AND try_cast(InvoiceNo AS BIGINT) % (2 * $parts) = 0)
ORDER BY InvoiceDate, InvoiceNo, StockCode, Quantity, UnitPrice, CustomerID
"""
CONTACTS = """\
customer_id,email,first_name,last_name,language,city
13248,zoe.aubrac@example.invalid,Zoé,Aubrac,fr,Vannes
15152,liam.oakhurst@example.invalid,Liam,Oakhurst,en,Leeds
"""
"""Two people with an address and a name: the log holds none."""

BAD_ROWS = """\
order,item,description,quantity,at,unit_price,customer_id
x1,85123A,A CANDLE,many,2011-05-05 10:00,2.55,13248
x2,85123A,A CANDLE,lots,2011-05-05 10:00,2.55,15152
x3,85123A,A CANDLE,2,2011-05-05 10:00,2.55,13248
x4,85123A,A CANDLE,3,2011-05-05 10:00,2.55,15152
"""
"""Two lines that cannot be read name two people; two more can."""


def write_slice(path: Path, parts: int = 16, having: str = "TRUE") -> Path:
    """Write a part of Online Retail as Parquet: whole customers, and whole invoices without one.

    Parameters
    ----------
    having : str
        A condition on the rows, e.g. what a source would hold had it ended earlier.
    """
    con = duckdb.connect()
    con.execute("SET threads = 2")
    rows = con.sql(_SLICE, params={"source": str(ONLINE_RETAIL), "parts": parts})
    rows.filter(having).order(
        "InvoiceDate, InvoiceNo, StockCode, Quantity, UnitPrice, CustomerID"
    ).write_parquet(str(path))
    con.close()
    return path


def make_shop(folder: Path, log: Path) -> Workspace:
    """A workspace of the demo's settings with a log, contacts and bad rows imported; open."""
    make_demo_workspace(folder)
    shop = open_workspace(folder)
    shop.import_file(log, "online-retail")
    for name, text, mapping in (
        ("contacts.csv", CONTACTS, "contacts"),
        ("orders.csv", BAD_ROWS, "orders"),
    ):
        path = log.parent / name
        path.write_text(text, "utf-8")
        shop.import_file(path, mapping)
    return shop


def run_and_approve(shop: Workspace) -> None:
    """The two runs, each approved as a whole; an export; a sample of messages."""
    for day in DAYS:
        done = shop.run(day)
        for number, campaign in proposals(shop, done.run):
            shop.approve(run=number, campaign=campaign, actor="tests")
    shop.export("plain")
    shop.write_messages()
    uploads.place(shop, "orders.csv")[1].write_text(BAD_ROWS, "utf-8")
    ticking.tick(shop)
