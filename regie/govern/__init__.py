"""Govern: consent, rights, explanation, the ledger; the spine, imports no stage.

In: consents, holdings, decisions, roles. Out: who may be touched for which purpose, what is held on
a person, why a decision was taken, whether anything was changed since, who may do what.
"""

__all__ = ["access", "consent", "explain", "ledger", "register"]
