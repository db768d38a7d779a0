"""How soon a screen is there: first contentful paint over loopback in a browser, and its bytes.

The demo's workspace is copied and served by a process of its own, as people serve it; Chromium asks
for every screen several times, each with a cache of its own, so the first visit is what is
measured. Paint is the browser's own word (W3C Paint Timing); bytes are those of the page with its
sheet, font, script and frames, as they come.

`python -m bench.paint DEMO` measures a workspace that is there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np

REGIE = str(Path(sys.executable).parent / "regie")
TIMES = 5
AT_MOST_MS, AT_MOST_BYTES = 300, 60_000
PORT = 8765
SETTLED_MS = 600
"""A new window of Chromium loads pages of its own (its address bar), on the same two cores."""
SCREENS = (
    "/", "/number/revenue", "/goals", "/explore?by=country", "/explore/rows", "/audiences",
    "/audiences/loyal", "/audiences/loyal/edit", "/campaigns", "/campaigns/{campaign}",
    "/campaigns/{campaign}/edit", "/decide", "/decide/{run}/{campaign}", "/data",
    "/privacy?purpose=profiling", "/privacy/papers/register", "/reports", "/reports-new",
    "/decisions", "/decisions/{decision}", "/models", "/jobs", "/settings", "/accounts", "/me",
    "/w/{token}", "/u/{token}",
)  # fmt: skip
EMAIL, PASSWORD = "camille@example.com", "a sentence to keep in mind"
_PAINT = """() => new Promise(done => new PerformanceObserver(list => done(
list.getEntriesByName("first-contentful-paint")[0].startTime))
.observe({type: "paint", buffered: true}))"""
_BYTES = "performance.getEntries().reduce((sum, one) => sum + (one.encodedBodySize || 0), 0)"


def lines() -> list[str]:
    """Rows of the results page, of a demo made for it."""
    with tempfile.TemporaryDirectory() as folder:
        demo = str(Path(folder) / "demo")
        subprocess.run([REGIE, "demo", demo], check=True, capture_output=True)
        done = subprocess.run(
            [sys.executable, "-m", "bench.paint", demo], check=True, capture_output=True, text=True
        )
    return told(json.loads(done.stdout))


def told(found: dict[str, Any]) -> list[str]:
    """What was measured, as rows of the results page."""
    slow, heavy = found["slowest"], found["heaviest"]
    return [
        f"| first contentful paint of {found['screens']} screens, {TIMES} times each, over"
        f" loopback | p50 {found['p50_ms']:.0f} ms, p95 {found['p95_ms']:.0f}; slowest by its"
        f" median {slow[0]}: {slow[1]:.0f} ms | ≤ {AT_MOST_MS} ms |",
        f"| bytes of a screen with sheet, font, script and frames | p50 {found['p50_bytes']:,.0f};"
        f" most {heavy[1]:,.0f} ({heavy[0]}) | ≤ {AT_MOST_BYTES:,} |",
    ]


def measured(demo: Path) -> dict[str, Any]:
    """Every screen of a copy of a workspace."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(demo, Path(folder) / "demo"))
        for accounts in copy.glob("accounts.sqlite*"):
            accounts.unlink()
        about, session = _prepared(copy)
        serving = subprocess.Popen(
            [REGIE, "serve", "-w", str(copy), "--port", str(PORT)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return _found(_asked(session, [path.format(**about) for path in SCREENS]))
        finally:
            serving.terminate()
            serving.wait()


def _prepared(folder: Path) -> tuple[dict[str, Any], str]:
    """What the addresses name, and the session of somebody who may see all."""
    from regie.workspace.settings import wall_us
    from regie.workspace.site import Site

    site = Site(folder)
    workspace = site.rooms[""].workspace
    run = workspace.runs()[-1].number
    sent = workspace.state.outbox(run=run)
    about = {name: str(sent[name][0]) for name in ("campaign", "decision", "token")}
    token = site.invite("administrator", None, wall_us())
    site.join(token, name="Camille R.", email=EMAIL, password=PASSWORD, language="fr",
              at_us=wall_us())  # fmt: skip
    session = site.sign_in(EMAIL, PASSWORD, wall_us()).token
    site.close()
    return {"run": run, **about}, session


def _asked(session: str, paths: list[str]) -> dict[str, list[tuple[float, float]]]:
    """Path to paint and bytes of each time; once before, so that figures are read."""
    from playwright.sync_api import sync_playwright

    address = f"http://127.0.0.1:{PORT}"
    _wait(address)
    found: dict[str, list[tuple[float, float]]] = {path: [] for path in paths}
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for time_no in range(TIMES + 1):
            for path in paths:
                context = browser.new_context(locale="fr-FR")
                context.add_cookies([{"name": "regie", "value": session, "url": address}])
                page = context.new_page()
                page.set_default_timeout(120_000)
                page.wait_for_timeout(SETTLED_MS)
                answer = page.goto(address + path, wait_until="load")
                if answer is None or answer.status != 200:
                    sys.exit(f"{path} answers {answer and answer.status}")
                if time_no:
                    found[path].append((page.evaluate(_PAINT), page.evaluate(_BYTES)))
                context.close()
        browser.close()
    return found


def _wait(address: str, for_s: float = 120.0) -> None:
    until = time.monotonic() + for_s
    while True:
        try:
            urllib.request.urlopen(f"{address}/sign-in", timeout=5).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def _found(of: dict[str, list[tuple[float, float]]]) -> dict[str, Any]:
    paints = {path: float(np.median([paint for paint, _ in times])) for path, times in of.items()}
    sizes = {path: max(size for _, size in times) for path, times in of.items()}
    every = [paint for times in of.values() for paint, _ in times]
    return {
        "screens": len(of),
        "p50_ms": float(np.median(every)),
        "p95_ms": float(np.quantile(every, 0.95)),
        "slowest": max(paints.items(), key=lambda pair: pair[1]),
        "p50_bytes": float(np.median(list(sizes.values()))),
        "heaviest": max(sizes.items(), key=lambda pair: pair[1]),
        "paint_ms": paints,
    }


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]))))
