"""Every entry of the programming interface; data.

A new screen adds its entries here, or a module of them to `ENTRIES`: one line each. What is not in
this table is not served.
"""

from __future__ import annotations

from regie.interfaces.web.api import (
    bringing,
    building,
    deciding,
    exploring,
    figures,
    modelling,
    people,
    privacy,
    reading,
    reports,
    working,
)
from regie.interfaces.web.api.entry import Entry

ENTRIES: tuple[Entry, ...] = (
    *reading.ENTRIES,
    *figures.ENTRIES,
    *exploring.ENTRIES,
    *bringing.ENTRIES,
    *deciding.ENTRIES,
    *building.ENTRIES,
    *modelling.ENTRIES,
    *people.ENTRIES,
    *privacy.ENTRIES,
    *reports.ENTRIES,
    *working.ENTRIES,
)
