"""Measure: what happened, what was decided and how right we were: figures that open, and a report.

In: events, decisions, judgements. Out: key figures with their previous period and the SQL behind
each; the accounts as numbers in memory, to be explored; the report as a document. Nothing was
really sent yet, so no effect of a message is claimed.
"""

__all__ = ["changes", "cube", "goals", "judged", "kpi", "report"]
