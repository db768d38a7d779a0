"""Interfaces: the thin shell people touch; the command line today.

In: what a person types. Out: what they read. Imports `workspace`, which does the work.
"""

__all__ = ["cli"]
