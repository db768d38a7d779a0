"""Text out of bytes: one look over the whole file, its encoding, and its lines; reads the file.

Why the whole file and not its start: the first accent of a price list may stand in its last line.
UTF-8 is recognised for certain (other text is hardly ever valid UTF-8); among the encodings of one
byte a letter, the one in which the high bytes are the letters of Western languages is taken, or
cp1250 where they can only be Polish or Czech, and a file in which none fits is refused rather than
guessed at.
"""

from __future__ import annotations

import codecs
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from regie.engines.source_files.contents import opened
from regie.terms.errors import FileError, SettingError

BLOCK_BYTES = 1 << 20
LONGEST_LINE = 128 << 10
"""In letters; a longer line is set aside by its start, so that one field never fills memory."""
SHOWN_START = 1_000

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8"),
)
_MOJIBAKE = tuple(start.encode() for start in ("Ã", "Â", "â€"))
_SINGLE_BYTE = ("cp1252", "mac_roman", "cp850")
_WEIGHTS = {
    **dict.fromkeys("àâäáãåæçéèêëíìîïñóòôöõøœúùûüÿß", 1.0),
    **dict.fromkeys("’‘“”–—…«»°€£§©®·²³½\u00a0", 0.9),
    **dict.fromkeys("ÀÂÄÁÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜ", 0.5),
}
_LEAST_FIT = 0.5
_CLEARLY = 0.3
"""By how much another encoding must fit better than the commonest: a pound sign is an ú in it."""
_ASCII = bytes(range(128))
_POLISH = re.compile(rb"[A-Za-z\x80-\xff][\xb3\xb9\xbf\x9f\xbe][a-z]")
"""ł ą ż ź ľ within a word: cp1252 has ³ ¹ ¿ Ÿ ¾ there, which stand in none."""
_CARONS, _OF_CZECH, _OF_WEST = b"\x9a\x9e\x8a\x8e", b"\xe8\xc8\xec\xf8", b"\xe0\xe2\xe7\xea\xfb\xf4"
_CENTRAL = 0.05


class Scan(NamedTuple):
    """What one look over a file's bytes saw.

    `lines` is their number; `plain` whether every one ends in \\n or \\r\\n, holds no NUL and is no
    longer than a line may be; `utf8` whether all is UTF-8; `suspect` whether it may hold UTF-8 that
    was read as cp1252 once.
    """

    lines: int
    plain: bool
    utf8: bool
    suspect: bool


def scan(path: Path, compressed: bool) -> Scan:
    """Look over every byte of a file, a block at a time."""
    lines, last, since = 0, b"\n", 0
    plain, utf8, suspect = True, True, False
    decoder = codecs.getincrementaldecoder("utf-8")()
    with opened(path, compressed) as file:
        while block := file.read(BLOCK_BYTES):
            if block.endswith(b"\r"):
                block += file.read(1)
            plain = plain and b"\0" not in block and block.count(b"\r") == block.count(b"\r\n")
            since = _unbroken(block, since) if plain else 0
            plain = plain and since <= LONGEST_LINE
            utf8 = utf8 and _decodes(decoder, block)
            suspect = suspect or any(start in block for start in _MOJIBAKE)
            lines += block.count(b"\n")
            last = block[-1:]
    utf8 = utf8 and _decodes(decoder, b"", final=True)
    return Scan(lines + (last != b"\n"), plain, utf8, suspect)


def _unbroken(block: bytes, since: int) -> int:
    """Bytes since the last line end; more than a line may hold as soon as one line does."""
    start = -since
    while (end := block.rfind(b"\n", max(start, 0), max(start + LONGEST_LINE, 0))) >= 0:
        start = end + 1
    return min(len(block) - start, LONGEST_LINE + 1)


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def encoding_of(path: Path, compressed: bool, seen: Scan) -> str:
    """The encoding a file is in, by its mark, its zeros, or its letters.

    Raises
    ------
    FileError
        If it is binary, or in an encoding that cannot be told.
    """
    with opened(path, compressed) as file:
        start = file.read(4096)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    zeros = _by_zeros(start)
    if zeros is not None:
        return zeros
    first_line = re.split(rb"[\r\n]", start, maxsplit=1)[0]
    if any(byte < 0x20 and byte != 0x09 for byte in first_line):
        raise FileError(path.name, "binary", "lines of text", "export the file as CSV").because(
            "no_table"
        )
    return "utf-8" if seen.utf8 else _by_letters(path, compressed)


def _by_zeros(start: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Western text is zero."""
    pairs = len(start) // 2
    even, odd = start[0 : 2 * pairs : 2].count(0), start[1 : 2 * pairs : 2].count(0)
    if pairs >= 2 and odd > 0.6 * pairs and even < 0.1 * pairs:
        return "utf-16-le"
    if pairs >= 2 and even > 0.6 * pairs and odd < 0.1 * pairs:
        return "utf-16-be"
    return None


def _by_letters(path: Path, compressed: bool) -> str:
    """Of a file that is not UTF-8 throughout: what most of its lines with high bytes are in."""
    valid, invalid, together, polish = 0, 0, 0, 0
    high: Counter[int] = Counter()
    with opened(path, compressed) as file:
        while line := file.readline(LONGEST_LINE):
            if line.isascii():
                continue
            if _is_utf8(line):
                valid += 1
                continue
            invalid += 1
            high.update(line.translate(None, _ASCII))
            polish += len(_POLISH.findall(line))
            together += sum(map(len, re.findall(rb"[\x80-\xff]{3,}", line)))
    if valid >= invalid:
        return "utf-8"
    whole = sum(high.values())
    if together > whole / 2 and whole > 20:
        raise FileError(
            path.name,
            "in an encoding that cannot be told",
            "UTF-8, UTF-16 or a Western one like cp1252",
            "save it as UTF-8",
        ).because("encoding")
    fit = {encoding: _fit(high, encoding) / whole for encoding in _SINGLE_BYTE}
    best = max(_SINGLE_BYTE, key=fit.__getitem__)
    if fit[best] < fit["cp1252"] + _CLEARLY:
        if _is_central(high, polish):
            return "cp1250"
        best = "cp1252"
    return best if fit[best] >= _LEAST_FIT else "utf-8"


def _is_central(high: Counter[int], polish: int) -> bool:
    """Whether what cp1252 could read is Polish, Czech, Slovak, Slovene or Croatian in cp1250.

    š and ž are one byte in both; beside them è and ø are č and ř, and no French letter stands.
    """
    whole = sum(high.values())
    carons, czech, west = (
        sum(high[byte] for byte in some) / whole for some in (_CARONS, _OF_CZECH, _OF_WEST)
    )
    return polish > _CENTRAL * whole or (min(carons, czech) > _CENTRAL and west < _CENTRAL)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _fit(high: Counter[int], encoding: str) -> float:
    return sum(
        count * _WEIGHTS.get(bytes([byte]).decode(encoding, "replace"), 0.0)
        for byte, count in high.items()
    )


def _as_surrogates(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are not text come through as lone surrogates: nothing is lost or made up."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    taken = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in taken), error.end


codecs.register_error("regie-surrogates", _as_surrogates)


class Overlong(str):
    """The start of a line that is longer than a line may be."""

    __slots__ = ()


def text_lines(path: Path, compressed: bool, encoding: str) -> Iterator[str]:
    """Every line with its end; bytes that do not decode as lone surrogates.

    Raises
    ------
    SettingError
        If no encoding has that name.
    """
    try:
        codec = codecs.lookup("utf-8-sig" if encoding == "utf-8" else encoding)
        b"".decode(codec.name)  # refuses what is a codec of bytes, like hex
    except LookupError as error:
        raise SettingError(
            f"encoding of {path.name}", f'"{encoding}"', "a known encoding", "write utf-8 or cp1252"
        ) from error
    with io.TextIOWrapper(
        opened(path, compressed), encoding=codec.name, errors="regie-surrogates", newline=""
    ) as file:
        while line := file.readline(LONGEST_LINE):
            yield line if _ended(line) else _overlong(file, line)


def _ended(line: str) -> bool:
    return len(line) < LONGEST_LINE or line.endswith(("\n", "\r"))


def _overlong(file: io.TextIOWrapper, start: str) -> str:
    letters = len(start)
    while rest := file.readline(LONGEST_LINE):
        letters += len(rest.rstrip("\r\n"))
        if _ended(rest):
            break
    return Overlong(f"{start[:SHOWN_START]}… ({letters} letters in one line)")


def is_text(line: str) -> bool:
    """Whether a line holds only text: no bytes that did not decode, no NUL.

    Examples
    --------
    >>> is_text("Café"), is_text("Caf\\udce9"), is_text("a\\0")
    (True, False, False)
    """
    if "\0" in line:
        return False
    if line.isascii():
        return True
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(raw: str) -> str:
    """Any line as text that can be kept and shown.

    Examples
    --------
    >>> printable("Caf\\udce9\\0")
    'Caf\\\\xe9\\\\x00'
    """
    shown = raw.encode("utf-8", "backslashreplace").decode()
    return re.sub(r"\\udc([0-9a-f]{2})", r"\\x\1", shown).replace("\0", "\\x00")
