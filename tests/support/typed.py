"""Commands typed by a person: exit code, what stands on stdout and on stderr, and the one JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from regie.interfaces.cli import main


class Typed(NamedTuple):
    """What a command left."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one document on stdout; an error where there is more or less than one."""
        return json.loads(self.out)


def regie(*arguments: str, workspace: Path | None = None, typed: str | None = None) -> Typed:
    """Type `regie ARGUMENTS`; `-w` is added where a workspace is given."""
    where = ["-w", str(workspace)] if workspace is not None else []
    done = CliRunner().invoke(main, [*arguments, *where], input=typed)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Typed(done.exit_code, done.stdout, done.stderr)
