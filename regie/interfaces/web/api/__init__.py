"""The programming interface: what the screens show and do, for programs, under /api/v1.

One table of entries (`table.ENTRIES`), as the pages have theirs: method, path, permission, types
of query, body and answer, function. The OpenAPI document is made from it (`document`), requests are
let in by it (`answering`), and a law asks every entry as every role. A token opens it, a browser's
session never does, so that no other page can make a browser use it.
"""

__all__ = ["answering", "document", "entry", "paging", "table"]
