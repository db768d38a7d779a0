"""SQL statements by name, from one file a store; reads its own package's files.

Why by name in a file and not beside each call: SQL is then read as SQL, by people and by a law.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def named_statements(file: str) -> dict[str, str]:
    """The statements of a file, each under its line `-- name: NAME`, without a last semicolon.

    Parameters
    ----------
    file : str
        A file of regie/engines.

    Examples
    --------
    >>> named_statements("state.sql")["begin"]
    'BEGIN IMMEDIATE'
    """
    text = files("regie.engines").joinpath(file).read_text("utf-8")
    parts = [part.partition("\n") for part in text.split("-- name: ")[1:]]
    return {name.strip(): body.strip().removesuffix(";") for name, _, body in parts}
