"""Makes docs/pictures/report.png, the README's picture, from the demo's report.

Reads demo/reports/report-en.html; needs chromium on the PATH, and nothing of Python's beyond it.

    make demo && .venv/bin/python scripts/picture.py

Why squeezed here: a browser writes PNG quickly, not small; the same pixels, deflated with care,
save a quarter.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "demo" / "reports" / "report-en.html"
PICTURE = ROOT / "docs" / "pictures" / "report.png"
WIDTH, HEIGHT = 1280, 900


def shoot(page: Path) -> bytes:
    """The top of a page as a browser shows it, PNG."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if browser is None:
        sys.exit("chromium is not on the PATH, expected a browser; install chromium")
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        size = f"--window-size={WIDTH},{HEIGHT}"
        command = [browser, "--headless", "--no-sandbox", "--hide-scrollbars", size]
        subprocess.run(
            [*command, f"--screenshot={shot}", page.as_uri()], check=True, capture_output=True
        )
        return shot.read_bytes()


def squeezed(png: bytes) -> bytes:
    """The same pixels in fewer bytes."""
    chunks, at = [], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        chunks.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += 12 + length
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    header = next(data for kind, data in chunks if kind == b"IHDR")
    small = zlib.compress(_unfiltered(pixels, header), 9)
    parts = ((b"IHDR", header), (b"IDAT", small), (b"IEND", b""))
    return png[:8] + b"".join(_chunk(kind, data) for kind, data in parts)


def _unfiltered(pixels: bytes, header: bytes) -> bytes:
    """Scanlines without filters: flat areas and letters then repeat, which deflate likes best."""
    width, height = struct.unpack(">II", header[:8])
    step = {2: 3, 6: 4}[header[9]]  # colour type: RGB or RGBA
    size = width * step
    above, lines = bytes(size), []
    for y in range(height):
        start = y * (size + 1)
        above = _line(pixels[start], pixels[start + 1 : start + 1 + size], above, step)
        lines.append(b"\x00" + above)
    return b"".join(lines)


def _line(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """One scanline as it was before its filter (PNG specification, section 9)."""
    out = bytearray(line)
    for i in range(len(out)):
        left = out[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        out[i] = (out[i] + _foretold(kind, left, above[i], corner)) & 255
    return bytes(out)


def _foretold(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        near = left + up - corner
        return min((left, up, corner), key=lambda value: abs(near - value))
    return (0, left, up, (left + up) // 2)[kind]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_bytes(squeezed(shoot(REPORT)))
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size:,} bytes")
