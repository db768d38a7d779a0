"""Law: a stage knows neither the time nor chance; both are handed to it.

The wall clock and secrets belong to workspace, interfaces and engines. A generator with a seed is
no chance: it repeats.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.code.source import Fault, assert_kept, full_name, imports, stage_of, walk

ESCAPES: dict[tuple[str, str], str] = {}

CLOCKS = {
    "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter",
    "time.perf_counter_ns", "time.process_time", "time.localtime", "time.gmtime", "time.sleep",
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today",
    "datetime.date.today",
}  # fmt: skip
CHANCE = ("random", "secrets", "uuid.uuid1", "uuid.uuid4", "os.urandom", "numpy.random")
CHANCE_MODULES = ("numpy.random",)
WITH_A_SEED = ("numpy.random.default_rng", "numpy.random.Generator", "numpy.random.PCG64")


def faults(module: str, text: str) -> Iterator[Fault]:
    """Reads of a clock, draws without a seed."""
    if stage_of(module) is None:
        return
    known = imports(text)
    for node in walk(text):
        if isinstance(node, ast.Call) and full_name(node.func, known) in WITH_A_SEED:
            if not node.args and not node.keywords:
                yield Fault(module, node.lineno, "draws without a seed; hand it one")
        elif isinstance(node, ast.Attribute | ast.Name):
            name = full_name(node, known)
            if name in CLOCKS:
                yield Fault(module, node.lineno, f"reads {name}; take the instant as an argument")
            elif _draws(name):
                yield Fault(module, node.lineno, f"draws by {name}; use keyed_share or a seed")


def _draws(name: str) -> bool:
    return f"{name}.".startswith(tuple(f"{way}." for way in CHANCE)) and not (
        name in CHANCE_MODULES or name.startswith(WITH_A_SEED)
    )


def test_stages_read_no_clock_and_draw_no_lot() -> None:
    assert_kept(faults, ESCAPES)


@pytest.mark.parametrize(
    "bad",
    [
        "import time\nx = time.time()",
        "from time import monotonic as m\nx = m()",
        "import datetime as dt\nx = dt.datetime.now(dt.UTC)",
        "from datetime import date\nx = date.today()",
        "import random\nx = random.random()",
        "import numpy as np\nx = np.random.rand(3)",
        "import numpy as np\nx = np.random.default_rng()",
        "import secrets\nx = secrets.token_hex()",
        "from uuid import uuid4\nx = uuid4()",
        "from time import time\nclock = time",
    ],
)
def test_it_sees_a_bad_example(bad: str) -> None:
    assert list(faults("regie.decide.x", bad))
    assert not list(faults("regie.workspace.x", bad))


@pytest.mark.parametrize(
    "good",
    [
        "import numpy as np\nx = np.random.default_rng(7).random()",
        "from datetime import datetime\nx = datetime.fromisoformat('2011-06-09')",
        "x = state.time.hours",
    ],
)
def test_it_lets_a_good_example_pass(good: str) -> None:
    assert not list(faults("regie.decide.x", good))
