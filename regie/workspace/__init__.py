"""Workspace: the composition root. Opens a folder, plugs engines into ports, runs the loop.

In: a folder. Out: a `Workspace` with a method per command. It alone knows everybody.
"""

from regie.workspace import threads

threads.pin()

from regie.workspace.workspace import Workspace, open_workspace  # noqa: E402

__all__ = ["Workspace", "open_workspace"]
