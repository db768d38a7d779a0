"""The control room in a browser: `regie serve`.

In: a site. Out: an ASGI application. Pages are drawn here from templates and from the blocks of a
document; what they show and what they do is `workspace`'s. Every route stands in one table
(`routes.ROUTES`) with the permission it asks for; nothing is served beside it.
"""

__all__ = ["app", "routes"]
