"""JSON as a relation: one object a line, or an array of objects; reads the file.

What is nested becomes columns with points in their names (`address.city`); a list stays one column,
as JSON text. Numbers keep the digits they are written with. Why the lines are read twice: the
second object may have a column that the first has not, and memory must not hold the file.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from regie.engines.source_files.contents import opened
from regie.engines.source_files.records import (
    MOST_COLUMNS,
    Record,
    column_names,
    make_relation,
    set_aside,
)
from regie.engines.source_files.text import (
    Overlong,
    encoding_of,
    is_text,
    printable,
    scan,
    text_lines,
)
from regie.ports.source import SourceForm
from regie.terms.errors import FileError

MOST_ARRAY_BYTES = 256 << 20
"""An array is decoded as a whole; a longer log comes as one object a line."""
MOST_DEPTH = 8
_RULE = "one object a line, or one array of objects"
_STEP = "export it as JSON lines or CSV"

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_elements = msgspec.json.Decoder(list[msgspec.Raw])
_encoder = msgspec.json.Encoder(decimal_format="number")
_Flat = dict[str, str | None]


class _NotAnObject(ValueError):
    """A line or an element that is no row."""


def read_json(
    con: duckdb.DuckDBPyConnection,
    name: str,
    path: Path,
    compressed: bool,
    options: Mapping[str, Any],
) -> tuple[SourceForm, bool]:
    """Make the file the relation `name`; its form, and whether mojibake is worth a look.

    Raises
    ------
    FileError
        If it is blank, binary, or holds no object.
    """
    seen = scan(path, compressed)
    encoding = options.get("encoding") or encoding_of(path, compressed, seen)
    lines = text_lines(path, compressed, encoding)
    first = next((line for line in lines if line.strip()), "")
    if not first:
        raise FileError(path.name, "blank", _RULE, "export the file again").because("empty")
    if first.lstrip().startswith("["):
        elements = _array(path, compressed, encoding)
        rows: Callable[[], Iterator[tuple[int, str]]] = lambda: enumerate(elements, start=1)  # noqa: E731
    else:
        rows = functools.partial(_numbered, path, compressed, encoding)
    keys = _keys(path, rows())
    names = column_names(keys, path)
    make_relation(con, name, names, _records(rows(), keys))
    form = SourceForm(kind="json", columns=tuple(names), encoding=encoding)
    return form, True


def _numbered(path: Path, compressed: bool, encoding: str) -> Iterator[tuple[int, str]]:
    for row, line in enumerate(text_lines(path, compressed, encoding), start=1):
        if line.strip():
            yield row, line


def _array(path: Path, compressed: bool, encoding: str) -> list[str]:
    with opened(path, compressed) as file:
        content = file.read(MOST_ARRAY_BYTES + 1)
    if len(content) > MOST_ARRAY_BYTES:
        raise FileError(
            path.name, f"an array of more than {MOST_ARRAY_BYTES >> 20} MB", _RULE, _STEP
        ).because("array_large", mb=MOST_ARRAY_BYTES >> 20)
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        found = [bytes(raw).decode() for raw in _elements.decode(text)]
    except RecursionError as error:
        raise FileError(
            path.name, "no JSON (nested too deep: lists within lists without end)", _RULE, _STEP
        ).because("no_json") from error
    except (msgspec.DecodeError, ValueError) as error:
        said = str(error).splitlines()[0][:200] if str(error) else "not as JSON is written"
        raise FileError(path.name, f"no JSON ({said})", _RULE, _STEP).because("no_json") from error
    return found


def _of_line(line: str) -> _Flat:
    if isinstance(line, Overlong) or not is_text(line):
        raise _NotAnObject
    element = _decoder.decode(line)
    flat = _of_element(element)
    # A name that stands twice is decoded as its last value. More colons behind names than columns
    # are rare (a list of objects, a text with one): only then every name is looked at.
    if line.count('":') + line.count('" :') > len(flat):
        _check_names(line)
    return flat


def _check_names(line: str) -> None:
    def once(pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            raise _NotAnObject  # two values for one name: which is meant is not said

    json.loads(line, object_pairs_hook=once)


def _of_element(element: Any) -> _Flat:
    if not isinstance(element, dict):
        raise _NotAnObject
    flat: _Flat = {}
    _flatten(element, "", MOST_DEPTH, flat)
    if not is_text("".join(chain(flat, filter(None, flat.values())))):
        raise _NotAnObject
    return flat


def _flatten(value: dict[str, Any], before: str, depth: int, flat: _Flat) -> None:
    for key, inner in value.items():
        name = before + key
        if type(inner) is dict and depth:
            _flatten(inner, f"{name}.", depth - 1, flat)
        elif name in flat:
            raise _NotAnObject  # two values for one column: which is meant is not said
        else:
            flat[name] = inner if type(inner) is str else _as_text(inner)


def _as_text(value: Any) -> str | None:
    if value is None or value == {}:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    return _encoder.encode(value).decode()


_UNREADABLE = (_NotAnObject, msgspec.MsgspecError, ValueError, RecursionError)


def _keys(path: Path, rows: Iterator[tuple[int, str]]) -> list[str]:
    """The columns of all objects, in the order in which they first appear."""
    keys: dict[str, None] = {}
    for _, row in rows:
        try:
            keys.update(dict.fromkeys(_of_line(row)))
        except _UNREADABLE:
            continue  # it is set aside when the rows are read
        if len(keys) > MOST_COLUMNS:
            break
    if not keys:
        raise FileError(path.name, "without an object", _RULE, _STEP).because("no_object")
    return list(keys)


def _records(rows: Iterator[tuple[int, str]], keys: list[str]) -> Iterator[Record]:
    for row, content in rows:
        try:
            found = _of_line(content)
        except _UNREADABLE:
            raw = content.rstrip("\r\n")
            yield set_aside(row, len(keys), printable(raw), "row" if is_text(raw) else "text")
        else:
            yield Record(row, [found.get(key) for key in keys])
