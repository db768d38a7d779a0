"""The cube of a workspace, kept fresh: made when first asked for, and again when the data moved.

Whoever is erased or comes to object is out of the very next figure: the cube that is there is
thinned at once, before a new one is made. What else moved (an import) is read by a thread, while
the figures of a moment ago stand; they say of when they are.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from regie.collect import catalogue
from regie.govern import consent
from regie.measure.cube import Cube, Flags, load, without
from regie.ports.tables import sql_text
from regie.understand import audience
from regie.workspace import sight, telling
from regie.workspace.groups import Group, grouped, groups

if TYPE_CHECKING:
    from regie.ports.tables import Session
    from regie.workspace.stores import Stores


ABOUT_NOBODY = ("import", "imported", "quarantine", "run", "manifest", "act", "promotion", "rule")
"""Kinds of entries that change nobody's rights: consents and erasures have entries of their own."""


class Cubes:
    """One workspace's cube, for any number of threads.

    Parameters
    ----------
    workspace : Stores
        Open for as long as this is asked.
    """

    def __init__(self, workspace: Stores) -> None:
        self._workspace = workspace
        self._guard = threading.RLock()
        self._cube: Cube | None = None
        self._data: tuple[int, str, tuple[Group, ...]] = (-1, "", ())
        self._people: tuple[int, tuple[str, ...]] = (-1, ())
        self._renewing: threading.Thread | None = None

    def cube(self) -> Cube:
        """The cube as things stand with people, of the data of now or of a moment ago."""
        with self._guard:
            if self._cube is None:
                self._renew()
            cube = self._cube
            assert cube is not None, "a renewal leaves one"
            people = self._people_now()
            if people != self._people and self._is_about_people(people):
                cube = self._thin(cube, people)
            self._people = people
            if self._data_now() != self._data and self._renewing is None:
                self._renewing = threading.Thread(target=self._renew_beside, daemon=True)
                self._renewing.start()
            return cube

    @property
    def version(self) -> int:
        """The version of the events that the figures are of."""
        return self._data[0]

    def close(self) -> None:
        """Wait for what is being made: it reads the workspace."""
        renewing = self._renewing
        if renewing is not None:
            renewing.join()

    def _data_now(self) -> tuple[int, str, tuple[Group, ...]]:
        hashes = self._workspace.rules.hashes()
        version = self._workspace.tables.version("events")
        return version, hashes.get("segments.toml", ""), groups(self._workspace)

    def _people_now(self) -> tuple[int, tuple[str, ...]]:
        """What every consent and erasure changes."""
        return self._workspace.state.sealed(), tuple(self._workspace.state.hidden_keys())

    def _is_about_people(self, people: tuple[int, tuple[str, ...]]) -> bool:
        """Whether what was sealed since may have changed who may be seen."""
        if people[1] != self._people[1]:
            return True
        later = self._workspace.ledger.entries()[self._people[0] :]
        return any(entry.kind not in ABOUT_NOBODY for entry in later)

    def _thin(self, cube: Cube, people: tuple[int, tuple[str, ...]]) -> Cube:
        """The cube without people who are gone, and with everybody's answers as they stand."""
        workspace = self._workspace
        with workspace.tables.session() as session:
            found = session.query(sql_text("regie.workspace", "still_there"))
            sight.see(workspace, session, workspace.settings.now_us())
            sight.see_people(workspace, session)
            segments = members_of(workspace, session, cube.keys)
        there = {str(key) for key in found["key"]} - set(people[1])
        gone = {key.decode() for key in cube.keys[1:]} - there
        cube = without(cube, gone, sight.unmeasured(workspace)["key"])
        self._cube = msgspec.structs.replace(cube, segments=segments)
        return self._cube

    def _renew_beside(self) -> None:
        try:
            self._renew()
        finally:
            self._renewing = None

    def _renew(self) -> None:
        """Read a new cube, and put it in the old one's place."""
        data, people = self._data_now(), self._people_now()
        made = make(self._workspace)
        with self._guard:
            self._cube, self._data, self._people = made, data, people


def make(workspace: Stores) -> Cube:
    """The cube of a workspace as it stands, with the segments of its present."""
    settings = workspace.settings
    now_us = settings.now_us()
    with workspace.tables.session() as session:
        sight.see(workspace, session, now_us)
        sight.see_people(workspace, session)
        listed = groups(workspace)
        item_groups = grouped(listed, telling.names_in(catalogue.settle(session))) if listed else {}
        cube = load(
            session,
            zone=settings.zone,
            oldest_us=sight.bounds(workspace, now_us, "measurement")["oldest_us"],
            unmeasured=sight.unmeasured(workspace)["key"],
            groups=item_groups,
        )
        segments = members_of(workspace, session, cube.keys)
    return msgspec.structs.replace(cube, segments=segments)


def members_of(
    workspace: Stores, session: Session, keys: np.typing.NDArray[np.bytes_]
) -> dict[str, Flags]:
    """Segment to who of some people is in it today, of those who allow profiling.

    Parameters
    ----------
    session : Session
        Holds what `sight` makes: `seen` and the relations on people.
    keys : npt.NDArray
        Shape (P,), bytes.

    Returns
    -------
    dict[str, npt.NDArray]
        Segments in the order of their file, each shape (P,).
    """
    now_us = workspace.settings.now_us()
    segments = workspace.rules.segments()
    open_keys = consent.open_keys(session, workspace.rules.purposes()["profiling"], as_of_us=now_us)
    session.register("people", {"key": open_keys})
    session.execute(sql_text("regie.workspace", "traits"))
    people = audience.measure(session, [], segments, now_us)
    member_ps = audience.score_segments(people, segments)
    named = people.key.astype(np.bytes_)
    return {
        segment.name: np.isin(keys, named[member])
        for segment, member in zip(segments, member_ps.T, strict=True)
    }
