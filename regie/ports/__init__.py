"""Ports: what the house asks of the world, as protocols; engines implement them.

In: nothing. Out: tables, state, models, assets, documents, ledger. A port appears with its first
use.
"""

__all__ = ["assets", "document", "ledger", "models", "state", "tables"]
