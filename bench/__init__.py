"""Times and ratios, measured in one run; `make bench` writes RESULTS.md."""
