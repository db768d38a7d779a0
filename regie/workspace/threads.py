"""Pin the threads of numeric libraries; sets environment variables, once, before numpy loads.

Why: sums of floats that two threads share differ in their last bits from run to run, and the same
run on the same data must give the same decisions.
"""

from __future__ import annotations

import os

_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def pin() -> None:
    """One thread for every pool that does not say otherwise yet."""
    for pool in _POOLS:
        os.environ.setdefault(pool, "1")
