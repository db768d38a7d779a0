"""Ports: what the house asks of the world, as protocols; engines implement them.

In: nothing. Out: tables, state, accounts, who people are elsewhere, models, assets, documents,
ledger, jobs, and the form of a file that was brought. A port appears with its first use.
"""

__all__ = [
    "accounts", "assets", "document", "identity", "jobs", "ledger", "models", "source", "state",
    "tables",
]  # fmt: skip
