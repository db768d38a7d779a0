"""The words of the house: records every stage shares; pure, imports nothing of Régie.

In: nothing. Out: money, instant, event, person, consent, decision, rule, request, campaign,
schedule, document and errors.
"""

__all__ = [
    "campaign", "consent", "decision", "document", "errors", "event", "instant", "money", "person",
    "request", "rule", "schedule",
]  # fmt: skip
