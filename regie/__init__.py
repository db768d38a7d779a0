"""Régie: the open control room for AI media marketing.

One loop on a media team's own data: collect, understand, decide, deliver, measure, learn.
Start at ``regie.open("demo")``; everything else is loaded when it is first asked for.
"""

__version__ = "0.1.0"
__all__ = ["Workspace", "open"]


def __getattr__(name):  # type: ignore[no-untyped-def]
    # Lazy (PEP 562): `import regie` must cost no more than a bare Python start.
    if name == "Workspace":
        from regie.workspace import Workspace

        return Workspace
    if name == "open":
        from regie.workspace import open_workspace

        return open_workspace
    raise AttributeError(f"module 'regie' has no attribute {name!r}")
