"""The cube of a workspace, kept fresh; while a new one is made, figures say of when they are."""

from __future__ import annotations

import math
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
from regie.workspace.keeping import Keeper

if TYPE_CHECKING:
    from regie.ports.tables import Session
    from regie.workspace.stores import Stores

_Data = tuple[int, str, tuple[Group, ...]]


class Cubes(Keeper[Cube, _Data]):
    """One workspace's cube, for any number of threads.

    Parameters
    ----------
    workspace : Stores
        Open for as long as this is asked.
    """

    def __init__(self, workspace: Stores, wait_s: float = math.inf) -> None:
        super().__init__(
            workspace, _data, make, _thin, wait_s, is_nothing=lambda cube: not cube.days
        )

    def cube(self) -> Cube:
        """The cube as things stand with people, of the data of now or of a moment ago."""
        return self.kept()


def _data(workspace: Stores) -> _Data:
    hashes = workspace.rules.hashes()
    version = workspace.tables.version("events")
    return version, hashes.get("segments.toml", ""), groups(workspace)


def _thin(workspace: Stores, cube: Cube) -> Cube:
    """The cube without people who are gone or came to object; who now agrees is in the next one."""
    profiling = workspace.rules.purposes()["profiling"]
    with workspace.tables.session() as session:
        there = sight.see_those(workspace, session, cube.keys[1:])
        open_keys = consent.open_keys(session, profiling, as_of_us=sight.FAR_US)
    gone = {key.decode() for key in cube.keys[1:]} - there
    cube = without(cube, gone, sight.unmeasured(workspace)["key"])
    is_open = np.isin(cube.keys, np.array(open_keys, dtype=np.bytes_))
    return msgspec.structs.replace(
        cube, segments={name: member & is_open for name, member in cube.segments.items()}
    )


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
