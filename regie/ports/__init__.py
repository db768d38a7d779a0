"""Ports: what the house asks of the world, as protocols; engines implement them.

In: nothing. Out: tables, state, models, assets, documents. A port appears with its first use.
"""

__all__ = ["assets", "document", "models", "state", "tables"]
