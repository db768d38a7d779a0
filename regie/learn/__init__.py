"""Learn: compares predictions with what happened, promotes what proved better, and teaches.

In: predictions as they were made and outcomes as they came. Out: figures of how right they were.
"""

__all__ = ["evaluate", "metrics", "offpolicy", "promote"]
