"""`regie serve`: the control room, on this machine until told otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from regie.interfaces.cli.shell import Shell, command, workspace_folder

_LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(name)s %(levelname)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}


_SWITCH_S = 0.0005
"""So long one thread goes on before another may: a page that takes its turn fifty times, beside a
figure that is made anew, then waits 25 ms and not 250."""


@command(
    "regie serve -w demo --port 8080",
    name="serve",
    parameters=(
        click.option(
            "--site",
            "site_folder",
            type=click.Path(path_type=Path),
            help="A folder of several workspaces, with accounts of its own.",
        ),
        click.option("--host", default="127.0.0.1", help="The address to listen on."),
        click.option("--port", default=8080, type=click.IntRange(1, 65535), help="The port."),
    ),
)
def serve_command(shell: Shell, site_folder: Path | None, host: str, port: int) -> None:
    """Open the control room in a browser: see, decide together, account for it.

    The first start prints a link that makes the administrator, once. Ctrl-C ends it.
    """
    import socket

    import uvicorn

    from regie.interfaces.web.app import make_app
    from regie.workspace import ticking
    from regie.workspace.settings import wall_us
    from regie.workspace.site import Site

    sys.setswitchinterval(_SWITCH_S)
    site = Site(site_folder or workspace_folder(shell.workspace_option))
    for room in site.rooms.values():
        room.board.warm()
    address = f"http://{host}:{port}"
    token = site.first_link(wall_us())
    link = f"{address}/join/{token}" if token else None
    lines = [f"The control room: {address} (Ctrl-C ends it)"]
    if link:
        lines.append(f"Make the administrator, once, within three days: {link}")
    shell.answer({"address": address, "first_link": link}, lines)
    try:
        with ticking.clockwork(site):
            uvicorn.run(
                make_app(site, (host, socket.gethostname())), host=host, port=port,
                log_config=_LOG, log_level="warning", server_header=False, access_log=False,
            )  # fmt: skip
    finally:
        site.close()
