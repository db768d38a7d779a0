"""Decide: candidates, scores, constraints and a seed become Decisions; touches no world.

In: campaigns, scores, recent contacts, consents. Out: one action a person, with its probability
and its reasons.
"""

__all__ = ["campaign", "eligibility", "policy", "recorded"]
