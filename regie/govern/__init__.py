"""Govern: consent, rights, explanation, the ledger; the spine, imports no stage.

In: consents, holdings, decisions, roles. Out: who may be touched for which purpose, what is held on
a person, why a decision was taken, whether anything was changed since, who may do what, until
when a request must be answered.
"""

__all__ = ["access", "approval", "consent", "explain", "ledger", "one_time", "register", "rights"]
