"""Measure: what happened, in numbers that open; what was decided and how right we were, as a report.

In: events, decisions, judgements. Out: key figures with their previous period and the SQL behind
each; the report as a document. Nothing was really sent yet, so no effect of a message is claimed.
"""

__all__ = ["kpi", "report"]
