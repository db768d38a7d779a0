"""Assets, models and the ledger as plain files; reads and writes their folders.

Why plain files: they can be read without Régie, copied, compared. Each is written whole beside its
place and moved there, so a crash leaves the old one or the new one.
"""

from __future__ import annotations

import glob
import io
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from regie.engines.durable import append_lines, write_whole
from regie.engines.locks import lease
from regie.ports.ledger import Entry
from regie.ports.models import Model, Promotion
from regie.ports.tables import Column
from regie.terms.errors import NotFoundError, RefusedError, SettingError, WorkspaceError

LEASE_WAIT_S = 60.0
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]*")


class FileAssets:
    """Assets of one workspace, in a folder, each file named by its SHA-256.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     assets = FileAssets(Path(folder))
    ...     name = assets.put(b"hello")
    ...     name[:8], assets.get(name), assets.holds("0" * 64)
    ('2cf24dba', b'hello', False)
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep the bytes; their name."""
        name = sha256(content).hexdigest()
        if not self.holds(name):
            write_whole(self._path(name), content)
        return name

    def get(self, name: str) -> bytes:
        """The bytes of that name.

        Raises
        ------
        NotFoundError
            If there are none.
        WorkspaceError
            If the file holds other bytes than its name says.
        """
        path = self._path(name)
        if not path.is_file():
            raise NotFoundError(f"asset {name}", "not there", "an asset that was put", "put it")
        content = path.read_bytes()
        if sha256(content).hexdigest() != name:
            raise WorkspaceError(
                f"asset {name}", "changed on disk", "the bytes it is named by", "restore the file"
            )
        return content

    def names(self) -> list[str]:
        """The names of all assets."""
        return sorted(path.name for path in self._folder.glob("*") if _HASH.fullmatch(path.name))

    def holds(self, name: str) -> bool:
        """Whether bytes of that name are kept."""
        return self._path(name).is_file()

    def remove(self, name: str) -> None:
        """Let the bytes go."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _HASH.fullmatch(name):
            raise SettingError("asset", f'"{name}"', "64 hex digits", "name it by its SHA-256")
        return self._folder / name


class FileModels:
    """Models of one workspace: NAME/VERSION/arrays.npz and card.json, NAME/champion.json."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(
        self, name: str, version: str, arrays: Mapping[str, Column], card: Mapping[str, Any]
    ) -> None:
        """Keep a version.

        Raises
        ------
        RefusedError
            If the version is there with other arrays or another card.
        SettingError
            If an array holds objects, or a name cannot be a folder.
        """
        for label, array in arrays.items():
            if array.dtype.hasobject:
                raise SettingError(
                    f"array {label} of model {name}",
                    "of objects",
                    "numbers or fixed-width text",
                    "convert it with .astype(str)",
                )
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=False, **{k: arrays[k] for k in sorted(arrays)})
        written = {
            "arrays.npz": packed.getvalue(),
            "card.json": msgspec.json.format(msgspec.json.encode(dict(card), order="sorted")),
        }
        folder = self._version(name, version)
        if (folder / "card.json").exists():
            if any((folder / file).read_bytes() != content for file, content in written.items()):
                raise RefusedError(
                    f"model {name} {version}",
                    "there with other content",
                    "a version that never changes",
                    "save it under another version",
                )
            return
        # The card is last: a version without a card was cut short and is none.
        for file, content in written.items():
            write_whole(folder / file, content)

    def load(self, name: str, version: str) -> Model:
        """A version as it was saved.

        Raises
        ------
        NotFoundError
            If there is none.
        WorkspaceError
            If a file of it is damaged or gone.
        """
        folder = self._version(name, version)
        if not (folder / "card.json").is_file():
            raise _no_version(name, version, self.versions(name))
        arrays_file = folder / "arrays.npz"
        # Opened by us: of a damaged file numpy would believe that it holds a pickle.
        with _readable(arrays_file), zipfile.ZipFile(arrays_file) as packed:
            arrays = {
                entry.filename.removesuffix(".npy"): _array(packed.read(entry))
                for entry in packed.infolist()
            }
        return Model(arrays, self.card(name, version))

    def card(self, name: str, version: str) -> dict[str, Any]:
        """The card of a version, without its arrays.

        Raises
        ------
        NotFoundError
            If there is none.
        WorkspaceError
            If it is damaged.
        """
        path = self._version(name, version) / "card.json"
        if not path.is_file():
            raise _no_version(name, version, self.versions(name))
        with _readable(path):
            return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])

    def files(self, ending: str = "") -> dict[str, str]:
        """File to the SHA-256 of its bytes."""
        paths = sorted(
            path
            for folder in self._folder.glob(f"*/*{glob.escape(ending)}/")
            for path in folder.iterdir()
            if not path.name.startswith(".")
        )
        return {
            path.relative_to(self._folder).as_posix(): sha256(path.read_bytes()).hexdigest()
            for path in paths
        }

    def drop(self, ending: str) -> None:
        """Let go of every version whose name ends so, whole or cut short."""
        for folder in self._folder.glob("*/*/"):
            if folder.name.endswith(ending):
                shutil.rmtree(folder)

    def names(self) -> list[str]:
        """Models, sorted."""
        return sorted({card.parent.parent.name for card in self._folder.glob("*/*/card.json")})

    def versions(self, name: str) -> list[str]:
        """Versions of a model, sorted."""
        return sorted(card.parent.name for card in self._model(name).glob("*/card.json"))

    def promote(self, name: str, promotion: Promotion) -> None:
        """Let a version serve; promoting by the same decision again changes nothing.

        Raises
        ------
        NotFoundError
            If there is no such version.
        """
        if promotion.version not in self.versions(name):
            raise _no_version(name, promotion.version, self.versions(name))
        with lease(self._model(name) / ".lease", LEASE_WAIT_S, f"model {name}"):
            history = self.history(name)
            if promotion not in history:
                content = msgspec.json.format(msgspec.json.encode([*history, promotion]))
                write_whole(self._model(name) / "champion.json", content)

    def history(self, name: str) -> list[Promotion]:
        """Promotions, oldest first."""
        path = self._model(name) / "champion.json"
        if not path.is_file():
            return []
        with _readable(path):
            return msgspec.json.decode(path.read_bytes(), type=list[Promotion])

    def champion(self, name: str, as_of_us: int | None = None) -> str | None:
        """The version that serves: of those promoted by then, the one of the latest instant.

        A run that looks from an earlier day promotes for that day, not for today.
        """
        served = [
            (promotion.as_of_us, place, promotion.version)
            for place, promotion in enumerate(self.history(name))
            if as_of_us is None or promotion.as_of_us <= as_of_us
        ]
        return max(served)[2] if served else None

    def _model(self, name: str) -> Path:
        return self._folder / _checked("model", name)

    def _version(self, name: str, version: str) -> Path:
        return self._model(name) / _checked(f"version of model {name}", version)


class FileLedger:
    """The ledger of one workspace: entries.jsonl, and leaves/N.bin beside it.

    Leaves are on the disk before the entry that counts on them; an entry's line is on the disk when
    `append` returns. A line cut short by a crash was never acknowledged and is not read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries = folder / "entries.jsonl"

    def lease(self) -> AbstractContextManager[None]:
        """Hold the ledger while the next entry is made from the last one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return lease(self._folder / ".lease", LEASE_WAIT_S, "the ledger")

    def append(self, sealed: Sequence[tuple[Entry, bytes]]) -> None:
        """Add entries and their leaves, durably.

        Raises
        ------
        RefusedError
            If one does not follow the entry before: another process was faster, take the lease.
        """
        with self.lease():
            last = self.entries()[-1:]
            for entry, _ in sealed:
                if (entry.n, entry.prev) != (last[0].n + 1, last[0].hash) if last else entry.n != 0:
                    raise RefusedError(
                        f"ledger entry {entry.n}",
                        f"after entry {last[0].n if last else None}",
                        "the next one, chained to it",
                        "hold the lease from reading the last entry on",
                    )
                last = [entry]
            for entry, leaves in sealed:
                write_whole(self._leaves(entry.n), leaves)
            append_lines(self._entries, [msgspec.json.encode(entry) for entry, _ in sealed])

    def entries(self) -> list[Entry]:
        """Every entry, in order.

        Raises
        ------
        WorkspaceError
            If a line is no entry.
        """
        entries: list[Entry] = []
        for one in self.lines():
            if isinstance(one, WorkspaceError):
                raise one
            entries.append(one)
        return entries

    def lines(self) -> list[Entry | WorkspaceError]:
        """Every line, in order: its entry, or why it is none."""
        if not self._entries.is_file():
            return []
        *lines, _ = self._entries.read_bytes().split(b"\n")
        return [_entry(number, line) for number, line in enumerate(lines, start=1)]

    def count(self) -> int:
        """How many entries there are; looks for the ends of lines alone."""
        return self._entries.read_bytes().count(b"\n") if self._entries.is_file() else 0

    def leaves(self, n: int) -> bytes:
        """The leaves of an entry; empty where they are not there."""
        path = self._leaves(n)
        return path.read_bytes() if path.is_file() else b""

    def _leaves(self, n: int) -> Path:
        return self._folder / "leaves" / f"{n}.bin"


def _entry(number: int, line: bytes) -> Entry | WorkspaceError:
    try:
        return msgspec.json.decode(line, type=Entry)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return WorkspaceError(
            f"ledger/entries.jsonl line {number}",
            f"not readable ({error})",
            "an entry",
            "compare it with a backup: the ledger was changed",
        )


def _array(content: bytes) -> Column:
    array: Column = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    return array


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """A damaged file is named, whatever its decoder says."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, msgspec.DecodeError, OSError, ValueError, EOFError,
            KeyError, SyntaxError, NotImplementedError, RuntimeError) as error:  # fmt: skip
        raise WorkspaceError(
            str(path),
            f"damaged ({str(error).strip() or type(error).__name__})",
            "the file as Régie wrote it",
            "restore it from a copy, then check with regie verify",
        ) from error


def _checked(what: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise SettingError(
            what, f'"{name}"', "letters, digits and . _ @ + -", "give it another name"
        )
    return name


def _no_version(name: str, version: str, known: list[str]) -> NotFoundError:
    return NotFoundError(
        f"model {name}",
        f'without version "{version}"',
        f"one of {', '.join(known) or 'none yet'}",
        "name one of these",
    )
