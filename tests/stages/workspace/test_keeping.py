"""What is kept of everybody: made once, settled with people at once, renewed beside."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from regie.terms.errors import NotYetError, WorkspaceError
from regie.workspace.keeping import Keeper, Once


class World:
    """As much of a workspace as a keeper asks."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.hidden: list[str] = []
        self.data = 0
        self.made = 0
        self.may = threading.Event()
        self.may.set()
        self.state = SimpleNamespace(
            sealed=lambda: len(self.kinds), hidden_keys=lambda: list(self.hidden)
        )
        self.ledger = SimpleNamespace(
            entries=lambda: [SimpleNamespace(kind=kind) for kind in self.kinds]
        )

    def make(self, _: Any) -> list[str]:
        self.may.wait(10)
        self.made += 1
        return [f"made {self.made} of {self.data}"]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def keeper(world: World) -> Keeper[list[str], int]:
    return Keeper(world, lambda w: w.data, world.make, lambda _, held: [*held, "settled"])  # type: ignore[arg-type, attr-defined]


def test_what_people_say_is_in_the_next_answer_and_made_anew_after_a_rest(
    world: World, keeper: Keeper[list[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keeper.kept() == ["made 1 of 0"]
    world.kinds += ["import", "run"]
    assert keeper.kept() == ["made 1 of 0"], "they change nobody's rights"
    monkeypatch.setattr(keeper, "_rest_until_s", 1e18)
    world.kinds.append("consent")
    assert keeper.kept() == ["made 1 of 0", "settled"]
    world.hidden.append("k")
    assert keeper.kept() == ["made 1 of 0", "settled", "settled"]
    keeper.close()
    assert world.made == 1, "not made anew for each word, before it rested"
    monkeypatch.setattr(keeper, "_rest_until_s", 0.0)
    keeper.kept()
    keeper.close()
    assert keeper.kept() == ["made 2 of 0"]


def test_whoever_waits_too_long_for_the_first_is_told(world: World) -> None:
    keeper = Keeper(world, lambda w: w.data, world.make, lambda _, held: held, 0.01)  # type: ignore[arg-type, attr-defined]
    world.may.clear()
    for _ in range(2):
        with pytest.raises(NotYetError, match="being read for the first time"):
            keeper.kept()
    world.may.set()
    keeper.close()
    assert keeper.kept() == ["made 1 of 0"], "one making, whoever asked"


def test_what_moved_is_read_beside_while_the_answer_of_before_stands(
    world: World, keeper: Keeper[list[str], int]
) -> None:
    keeper.kept()
    world.may.clear()
    world.data = 1
    assert keeper.kept() == keeper.kept() == ["made 1 of 0"]
    world.kinds.append("consent")
    assert keeper.kept() == ["made 1 of 0", "settled"]
    world.may.set()
    keeper.close()
    # It was begun before that word was said.
    assert keeper.kept() == ["made 2 of 1", "settled"]


def test_what_leaves_is_of_now_or_not_at_all(world: World) -> None:
    keeper = Keeper(world, lambda w: w.data, world.make, lambda _, held: held, 0.05)  # type: ignore[arg-type, attr-defined]
    assert keeper.current() == ["made 1 of 0"]
    world.may.clear()
    world.data = 1
    assert keeper.kept() == ["made 1 of 0"]
    with pytest.raises(NotYetError, match="being counted anew"):
        keeper.current()
    world.may.set()
    keeper.close()
    world.data = 2
    assert keeper.current() == keeper.kept() == ["made 3 of 2"]
    assert keeper.current() == ["made 3 of 2"], "nothing moved"


def test_what_cannot_be_made_anew_does_not_leave_as_it_was(
    world: World, keeper: Keeper[list[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Any) -> list[str]:
        raise WorkspaceError("workspace shop", "lost", "there", "look for it")

    keeper.kept()
    world.data = 1
    monkeypatch.setattr(keeper, "_make", fail)
    with pytest.raises(WorkspaceError, match="lost"):
        keeper.current()
    assert keeper.kept() == ["made 1 of 0"]


def test_nothing_is_not_shown_once_something_came_in(world: World) -> None:
    keeper = Keeper(
        world, lambda w: w.data, lambda _: [world.data], lambda _, held: held, 1.0,  # type: ignore[arg-type, attr-defined]
        is_nothing=lambda held: held == [0],
    )  # fmt: skip
    assert keeper.kept() == [0]
    world.data = 1
    assert keeper.kept() == [1], "waited for, as the first was"


def test_counting_begins_before_anybody_looks(
    world: World, keeper: Keeper[list[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.kept()
    world.data = 1
    monkeypatch.setattr(keeper, "_rest_until_s", 1e18)
    keeper.refresh()
    keeper.close()
    assert world.made == 1, "it rests"
    monkeypatch.setattr(keeper, "_rest_until_s", 0.0)
    keeper.refresh()
    keeper.close()
    assert world.made == 2
    keeper.refresh()
    keeper.close()
    assert world.made == 2, "nothing moved"


def test_nobody_waits_for_what_may_be_unknown_and_a_failure_is_not_tried_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Any) -> list[str]:
        world.made += 1
        raise WorkspaceError("workspace shop", "lost", "there", "look for it")

    failing: Keeper[list[str], int] = Keeper(world, lambda w: w.data, fail, lambda _, h: h)  # type: ignore[arg-type, attr-defined]
    assert failing.known() is None
    renewing = failing._renewing
    if renewing is not None:
        renewing.join(10)
    assert failing.known() is None
    assert (world.made, "lost" in caplog.text) == (1, True)
    monkeypatch.setattr(failing, "_make", world.make)
    monkeypatch.setattr(failing, "_rest_until_s", 0.0)
    assert failing.known() is None
    failing.close()
    assert failing.known() == ["made 2 of 0"]


def test_of_many_who_ask_at_once_one_makes_it() -> None:
    once: Once[int] = Once(2)
    start = threading.Barrier(8)
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    def ask() -> int:
        start.wait(10)
        return once.get("a", make)

    with ThreadPoolExecutor(8) as threads:
        assert [f.result() for f in [threads.submit(ask) for _ in range(8)]] == [1] * 8
    assert made == [1]
    with pytest.raises(ZeroDivisionError):
        once.get("b", lambda: 1 // 0)
    assert once.get("b", lambda: 5) == 5, "what could not be made is tried again"
    once.get("c", lambda: 6)
    assert once.get("a", lambda: 7) == 7, "the oldest went for it"
