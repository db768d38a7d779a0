"""The catalogue of items, made from the lines; talks to a `Session` only.

Why made and not kept: what an item was called, cost and whether it was still sold on a given day
then follows from the log alone, so an older run sees the catalogue of its own day.
"""

from __future__ import annotations

from regie.ports.tables import Columns, Session, sql_text


def settle(session: Session) -> Columns:
    """Make the scratch relation `items` from `seen` (and `item_facts`), and return it.

    Returns
    -------
    Columns
        In item order: item, description, first_us, last_us, least_price_micros,
        most_price_micros, usual_price_micros, lines, names (how many descriptions it had).
    """
    session.execute(sql_text("regie.collect", "items"))
    return session.query("SELECT * FROM items ORDER BY item")


def conflicts(session: Session) -> Columns:
    """Items that had several descriptions: which one was settled, and all of them."""
    return session.query(sql_text("regie.collect", "item_conflicts"))
