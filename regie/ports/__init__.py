"""Ports: what the house asks of the world, as protocols; engines implement them.

In: nothing. Out: tables, state, models, assets, documents, ledger, and the form of a file that was
brought. A port appears with its first use.
"""

__all__ = ["assets", "document", "ledger", "models", "source", "state", "tables"]
