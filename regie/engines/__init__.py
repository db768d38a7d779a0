"""Engines: what touches the world, each behind a port; only `workspace` plugs them in.

In: ports. Out: tables on disk (delta), files that people bring (source_files), state (sqlite),
assets, models and the ledger's files (files), documents as HTML (html), jobs (jobs).
"""

__all__ = ["delta", "durable", "files", "jobs", "locks", "oidc", "source_files", "sqlite", "vault"]
