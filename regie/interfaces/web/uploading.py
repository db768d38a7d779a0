"""A file from a browser, written to disk as it comes: never held whole, never read here.

Why by hand: the form's own parser puts files into the machine's folder for temporary files, where
nobody who erases a person would look.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

_LONGEST_FIELD = 10_000


class TooMuchError(Exception):
    """A part of the form that is longer than any of ours."""


class _Parts:
    """The parts of a form, one after the other: fields into memory, one file to disk."""

    def __init__(self, place: Callable[[str], Path]) -> None:
        self.fields: dict[str, str] = {}
        self._place, self._file = place, None
        self._header = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._name, self._text = "", b""
        self._open: IO[bytes] | None = None

    def on_part_begin(self) -> None:
        self._headers, self._text, self._open = {}, b"", None

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def on_headers_finished(self) -> None:
        _, said = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = said.get(b"name", b"").decode("utf-8", "replace")
        if said.get(b"filename") and "file" not in self.fields:
            name = said[b"filename"].decode("utf-8", "replace")
            self.fields["file"] = name
            self._open = self._place(name).open("xb")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._open is not None:
            self._open.write(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > _LONGEST_FIELD:
            raise TooMuchError

    def on_part_end(self) -> None:
        if self._open is not None:
            self.close()
        elif self._name != "file":
            self.fields[self._name] = self._text.decode("utf-8", "replace")

    def close(self) -> None:
        """Let go of a file that is being written."""
        if self._open is not None:
            self._open.close()
            self._open = None


async def received(request: Request, place: Callable[[str], Path]) -> dict[str, str] | None:
    """The fields of a form with a file; the file's own name stands under `file`.

    Parameters
    ----------
    place : Callable
        Name it came by → where it is to be written.

    Returns
    -------
    dict[str, str] or None
        None where it is no such form, or one of its fields is longer than any of ours.
    """
    kind, said = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not said.get(b"boundary"):
        return None
    parts = _Parts(place)
    callbacks = {name: getattr(parts, name) for name in dir(parts) if name.startswith("on_")}
    parser = MultipartParser(said[b"boundary"], callbacks)  # type: ignore[arg-type]
    try:
        async for chunk in request.stream():
            parser.write(chunk)
        parser.finalize()
    except (FormParserError, TooMuchError):
        return None
    finally:
        parts.close()
    return parts.fields
