"""Understand: who is this, what will they like, what will happen; scores, and never chooses.

In: a `Session` in which workspace has made `seen` (what the run may see of the events), `people`
(the keys whose consent gate for profiling is open), `traits` and `items`. Every read about persons
joins `people`, so a person without consent is in no audience, no training set and no score. Out:
memberships, likings and probabilities with their reasons, as arrays in the order of the keys.

Holdings: none about people. A fitted model holds item codes, counts over everybody and
coefficients, no key and no row of a person (a law reads its arrays); memberships and scores live
in the memory of a run, and what is kept of them stands in its decisions.
"""

from __future__ import annotations

__all__ = ["HOLDINGS", "affinity", "audience", "counted", "response", "wording"]

HOLDINGS: tuple[()] = ()
"""Nothing this stage keeps is about a person."""
