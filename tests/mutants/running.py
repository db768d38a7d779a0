"""Runs the tests of a stage against each wrong version of it, in forks of one warm process.

Reads the tree it stands in; each fork writes into a folder of its own, which is removed.

How: pytest loads and collects once; in the place of its own loop, the tests first run once as the
code stands, noting how long each takes and which lines it comes by. Then every change gets a fork,
in which it is put into the loaded module (a function's code is exchanged; for a change outside
functions the house is loaded again) and the tests that come by its line run, quick files first,
until one fails. Time out counts as seen: a test run that never ends is noticed.
"""

from __future__ import annotations

import gc
import inspect
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import hypothesis
import msgspec
import pytest

from tests.mutants.changes import Change

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 6 << 30
SURVIVED, KILLED, UNSEEN = "survived", "killed", "no test comes by"


class Verdict(msgspec.Struct, frozen=True):
    """What became of a change, and by what: a test, a time out, a crash."""

    change: Change
    fate: str
    by: str
    seconds: float


Loaded = dict[str, list[FunctionType]]


def at(change: Change) -> str:
    """Where a change lies, for a message."""
    return f"{change.file}:{change.lines.start}"


class _Stage:
    """A pytest plugin whose loop tries changes; `verdicts` is filled when pytest has ended."""

    def __init__(self, changes: Sequence[Change], tests: Sequence[str], at_once: int) -> None:
        self.changes, self.tests, self.at_once = changes, tests, at_once
        self.verdicts: list[Verdict] = []
        self.took: dict[str, float] = {}
        self.failed: str | None = None
        self.in_fork = False
        self.report: Path | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.took[report.nodeid] = self.took.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed = report.nodeid
            if self.report is not None:
                self.report.write_text(f"{report.nodeid}\n{report.longreprtext}", "utf-8")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = session.items
        seen = self._baseline(items)
        gc.unfreeze()  # what the stage before has frozen is not found otherwise
        loaded = _functions(self.changes)
        gc.freeze()  # a fork's collector would touch, and so copy, every page
        waiting = list(reversed(self.changes))
        running: dict[int, tuple[Change, Path, float]] = {}
        while waiting or running:
            while waiting and len(running) < self.at_once:
                change = waiting.pop()
                chosen = [item for item in items if item.nodeid in seen.passing(change)]
                if not chosen:
                    self.verdicts.append(Verdict(change, UNSEEN, "", 0.0))
                    continue
                folder = Path(tempfile.mkdtemp(prefix="mutant-"))
                limit = 20 + 4 * sum(seen.took[item.nodeid] for item in chosen)
                pid = os.fork()
                if pid == 0:
                    self._try(change, chosen, loaded, folder, limit)
                running[pid] = (change, folder, time.monotonic())
            if not running:
                break
            pid, status = os.wait()
            change, folder, since = running.pop(pid)
            self._note(change, folder, status, time.monotonic() - since)
        return True

    def _note(self, change: Change, folder: Path, status: int, seconds: float) -> None:
        said = folder / "said"
        by = said.read_text("utf-8").partition("\n")[0] if said.exists() else ""
        shutil.rmtree(folder)
        if os.WIFSIGNALED(status):
            by = signal.Signals(os.WTERMSIG(status)).name
        elif os.WEXITSTATUS(status) == 3:
            raise RuntimeError(f"{at(change)}: {by}")
        fate = SURVIVED if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0 else KILLED
        self.verdicts.append(Verdict(change, fate, by, seconds))
        done, of = len(self.verdicts), len(self.changes)
        if fate != KILLED or done % 50 == 0:
            mark = f"{at(change)} {change.was} -> {change.now}"
            print(f"[{done}/{of}] {fate} {mark[:150]} ({seconds:.1f} s)", file=sys.stderr)

    def _try(
        self, change: Change, items: Sequence[pytest.Item], loaded: Loaded, folder: Path,
        limit: float,
    ) -> None:  # fmt: skip
        """In a fork: put the change in, run the tests, end the process."""
        self.report = folder / "said"
        code = 3
        try:
            _alone(folder, limit)
            if change.file.endswith(".sql") or change.in_function:
                _put(change, loaded)
                self._run(items)
            else:
                _again(change, self, self.tests)
            code = 1 if self.failed else 0
        except BaseException as error:  # noqa: BLE001 (a fork ends here, and says why)
            # A module that no longer loads is noticed by every test.
            (folder / "said").write_text(f"{type(error).__name__}: {error}", "utf-8")
            code = 1 if not isinstance(error, _CannotPut) else 3
        finally:
            os._exit(code)

    def _run(self, items: Sequence[pytest.Item]) -> None:
        self.failed = None
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return

    def _baseline(self, items: list[pytest.Item]) -> _Seen:
        """Run everything once as it stands, in a fork."""
        folder = Path(tempfile.mkdtemp(prefix="mutant-"))
        pid = os.fork()
        if pid == 0:
            self._trace(items, folder)
        _, status = os.waitpid(pid, 0)
        said = (folder / "said").read_text("utf-8") if status else ""
        found = {} if status else json.loads((folder / "seen").read_text("utf-8"))
        shutil.rmtree(folder)
        if status:
            raise RuntimeError(f"the tests fail before anything is changed: {said}")
        seen = _Seen(found)
        by_file: dict[str, float] = {}
        for item in items:
            file = item.nodeid.partition("::")[0]
            by_file[file] = by_file.get(file, 0.0) + seen.took[item.nodeid]
        order = {item.nodeid: n for n, item in enumerate(items)}
        items.sort(key=lambda i: (by_file[i.nodeid.partition("::")[0]], order[i.nodeid]))
        return seen

    def _trace(self, items: Sequence[pytest.Item], folder: Path) -> None:
        code = 1
        self.report = folder / "said"
        try:
            _alone(folder, 900)
            files = {str(ROOT / change.file) for change in self.changes}
            seen: dict[str, list[str]] = {}
            kept = _caches()
            with _Watch(files) as watch:
                for item, following in zip(items, [*items[1:], None], strict=True):
                    watch.lines = set()
                    for one in kept:
                        one.cache_clear()
                    self.failed = None
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                    seen[item.nodeid] = sorted(watch.lines)
                    if self.failed:
                        return
            (folder / "seen").write_text(json.dumps([seen, self.took]), "utf-8")
            code = 0
        except BaseException as error:  # noqa: BLE001 (a fork ends here, and says why)
            (folder / "said").write_text(f"{type(error).__name__}: {error}", "utf-8")
        finally:
            os._exit(code)


class _CannotPut(Exception):
    """A change could not be put into the loaded module."""


class _Seen:
    """Which tests come by which lines; how long each takes."""

    def __init__(self, found: Any) -> None:
        lines, self.took = found
        self._tests: dict[str, set[str]] = {}
        for test, marks in lines.items():
            for mark in marks:
                self._tests.setdefault(mark, set()).add(test)
        self._all = set(lines)

    def passing(self, change: Change) -> set[str]:
        """The tests that come by a change; all of them where it is made on loading."""
        if change.file.endswith(".sql"):
            return self._tests.get(change.file, set())
        if not change.in_function:
            return self._all
        return {test for n in change.lines for test in self._tests.get(f"{change.file}:{n}", ())}


class _Watch:
    """Notes the lines of the files watched, and the SQL statements that are read."""

    def __init__(self, files: Iterable[str]) -> None:
        self.files = {name: str(Path(name).relative_to(ROOT)) for name in files}
        self.lines: set[str] = set()

    def __enter__(self) -> _Watch:
        _replace_sql_text(self._statement)
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _statement(self, package: str, name: str, text: str) -> str:
        self.lines.add(f"{package.replace('.', '/')}/sql/{name}.sql")
        return text

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._line if frame.f_code.co_filename in self.files else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.lines.add(f"{self.files[frame.f_code.co_filename]}:{frame.f_lineno}")
        return self._line


def _alone(folder: Path, limit: float) -> None:
    """A fork's own world: a folder, silence, an end."""
    os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = str(folder)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(int(limit) + 1)
    assert threading.active_count() == 1


def _put(change: Change, loaded: Loaded) -> None:
    """Put a change into what is loaded."""
    if change.file.endswith(".sql"):
        package, _, name = change.file.removesuffix(".sql").rpartition("/sql/")
        here = (package.replace("/", "."), name)
        _replace_sql_text(lambda p, n, text: str(change.whole) if (p, n) == here else text)
        return
    path = str(ROOT / change.file)
    was = dict(_codes(compile(Path(path).read_text("utf-8"), path, "exec")))
    now = dict(_codes(_compiled(change, path)))
    put = 0
    for function in loaded.get(path, ()):
        place = (function.__code__.co_qualname, function.__code__.co_firstlineno)
        if place in now and now[place] != was.get(place):
            function.__code__ = now[place]
            put += 1
    if not put:
        raise _CannotPut(f"no function of {change.place} is loaded")


def _functions(changes: Iterable[Change]) -> Loaded:
    """The functions of the files that are changed, properties and all, wherever they are held."""
    found: Loaded = {str(ROOT / change.file): [] for change in changes}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename in found:
            found[thing.__code__.co_filename].append(thing)
    return found


def _caches() -> list[Any]:
    """What the house keeps of its own answers: only the first test would come by them."""
    return [
        thing
        for thing in gc.get_objects()
        if isinstance(thing, type(cache(len)))
        and str(getattr(inspect.unwrap(thing), "__module__", "")).startswith("regie.")
    ]


def _compiled(change: Change, path: str) -> CodeType:
    return compile(change.whole, path, "exec")


def _codes(code: CodeType) -> Iterable[tuple[tuple[str, int], CodeType]]:
    yield (code.co_qualname, code.co_firstlineno), code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _replace_sql_text(through: Callable[[str, str, str], str]) -> None:
    """Let every module read its statements through a function."""
    from regie.ports import tables

    real = vars(tables)["sql_text"]

    def sql_text(package: str, name: str) -> str:
        return through(package, name, real(package, name))

    for module in list(sys.modules.values()):
        if getattr(module, "sql_text", None) is real:
            setattr(module, "sql_text", sql_text)  # noqa: B010 (a module of any name)


def _again(change: Change, stage: _Stage, tests: Sequence[str]) -> None:
    """Load the house again with the change in it, and run everything."""
    for name in [n for n in sys.modules if n.partition(".")[0] in ("regie", "tests")]:
        del sys.modules[name]
    path = ROOT / change.file
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    class Loader(SourceFileLoader):
        def get_code(self, fullname: str) -> CodeType:
            return _compiled(change, str(path))

    class Finder:
        @staticmethod
        def find_spec(fullname: str, *_: object) -> ModuleSpec | None:
            if fullname != name:
                return None
            return spec_from_file_location(name, path, loader=Loader(name, str(path)))

    sys.meta_path.insert(0, Finder)

    class Ear:
        @staticmethod
        def pytest_runtest_logreport(report: pytest.TestReport) -> None:
            stage.pytest_runtest_logreport(report)

        @staticmethod
        def pytest_collectreport(report: pytest.CollectReport) -> None:
            if report.failed:
                stage.failed = report.nodeid

    stage.failed = None
    if _pytest([*tests, "-x"], Ear()) and stage.failed is None:
        stage.failed = "loading"


def _pytest(arguments: Sequence[str], plugin: object) -> int:
    return int(
        pytest.main(
            ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--capture=no",
             "-m", "not proof", *arguments],
            plugins=[plugin],
        )
    )  # fmt: skip


def verdicts(changes: Sequence[Change], tests: Sequence[str], at_once: int) -> list[Verdict]:
    """What the tests make of each change.

    Parameters
    ----------
    changes : Sequence[Change]
        All of one stage.
    tests : Sequence[str]
        Arguments to pytest that name the tests.
    at_once : int
        Processes.
    """
    # No shrinking: whether a law breaks is the question, not where it breaks first.
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    hypothesis.settings.load_profile("mutants")
    stage = _Stage(changes, tests, at_once)
    code = _pytest(tests, stage)
    if code or len(stage.verdicts) != len(changes):
        raise RuntimeError(f"pytest ended with {code}")
    order = {id(change): n for n, change in enumerate(changes)}
    return sorted(stage.verdicts, key=lambda verdict: order[id(verdict.change)])
