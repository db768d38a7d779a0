"""Law: whatever a screen says or does, a program may too, by an entry of the same permission."""

from __future__ import annotations

from regie.interfaces.web.api.screens import SCREENS, WITHOUT
from regie.interfaces.web.api.table import ENTRIES
from regie.interfaces.web.routes import ROUTES

ROOM = {f"{route.method} {route.path}": route.permission for route in ROUTES}
API = {f"{entry.method} {entry.path}": entry.permission for entry in ENTRIES}
WHERE = "regie/interfaces/web/api/screens.py"


def test_every_screen_has_entries_or_a_reason_why_not() -> None:
    told = {*SCREENS, *WITHOUT}
    missing = [screen for screen in ROOM if screen not in told]
    assert not missing, (
        f"{missing}: programs cannot do what these screens do; write their entries in"
        f" regie/interfaces/web/api/ and pair them in SCREENS of {WHERE}, or say why not in WITHOUT"
    )
    assert not set(SCREENS) & set(WITHOUT)
    assert told <= set(ROOM), f"{sorted(told - set(ROOM))} of {WHERE} are no screens any more"
    assert all(len(reason.split()) > 3 for reason in WITHOUT.values())


def test_every_entry_that_a_screen_names_is_served() -> None:
    named = {entry for entries in SCREENS.values() for entry in entries}
    assert named <= set(API), f"{sorted(named - set(API))} of {WHERE} are no entries"
    assert all(SCREENS.values())


def test_an_entry_asks_for_the_permission_of_a_screen_that_leads_to_it() -> None:
    screens: dict[str, set[str]] = {}
    for screen, entries in SCREENS.items():
        for entry in entries:
            screens.setdefault(entry, set()).add(ROOM[screen])
    other = {entry: (API[entry], of) for entry, of in screens.items() if API[entry] not in of}
    assert not other, f"{other}: an entry opens to those to whom its screen does, and to no others"


def test_no_address_can_be_taken_for_another() -> None:
    paths = sorted({entry.path for entry in ENTRIES})
    for one in paths:
        for other in paths:
            parts = list(zip(one.split("/"), other.split("/"), strict=False))
            alike = one.count("/") == other.count("/") and all(
                a == b or b.startswith("{") for a, b in parts
            )
            assert one == other or not alike, f"a thing named as {one} ends hides at {other}"


def test_an_entry_of_no_screen_is_one_that_we_know() -> None:
    named = {entry for entries in SCREENS.values() for entry in entries}
    beside = {entry for entry in API if entry not in named}
    assert beside == {
        "GET /audit", "POST /sql", "POST /people/access", "POST /people/consent",
        "POST /people/object", "POST /people/rectify", "POST /people/erase",
    }, f"pair it with its screen in {WHERE}, or name it here: {sorted(beside)}"  # fmt: skip
