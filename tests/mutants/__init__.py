"""Whether the tests of `decide` and `measure` would notice wrong code: `make mutants`."""

import os

# Before numpy is loaded: what is forked from a process with threads may hang.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
