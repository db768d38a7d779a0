"""The one style sheet of the control room: the blocks' own, then the room around them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from regie.workspace.drawing import style as blocks_style


@cache
def style() -> str:
    """The sheet, made once."""
    return blocks_style() + files("regie.interfaces.web").joinpath("room.css").read_text("utf-8")
