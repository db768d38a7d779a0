# The menu: a bare `make` prints it.
SHELL := /bin/bash
.DEFAULT_GOAL := menu
PY := .venv/bin/python
export UV_LINK_MODE ?= copy
# Modules are compiled once, not by each of the hundreds of processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: menu setup demo demo-journey browser test check proof mutants bench serve wheel clean

menu: ## this menu
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

.venv/ready: constraints.txt pyproject.toml
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	@test -x $(PY) || python3 -m venv .venv
	@$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt uv
	@.venv/bin/uv pip install -q --python $(PY) -c constraints.txt -e '.[dev]'
	@touch $@

setup: .venv/ready ## set everything up in .venv

demo: setup ## run the whole loop on a real shop's log, into demo/
	@.venv/bin/regie demo
	@echo "Here \"regie\" is .venv/bin/regie; or: source .venv/bin/activate"

demo-journey: setup ## the same on a grocer's log with coupons, into demo-journey/
	@.venv/bin/regie demo --journey

# The tests of the control room need a real browser; CI may not go on without it.
browser: ## Chromium for those tests, where apt and root are there
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	  || echo "Chromium is not here and cannot be installed: tests in a browser are skipped"

# A sync costs a disk 2 to 8 ms, and the tests would wait for tens of thousands: their folders stand in
# memory where it has room. What a sync is for is shown on a model of the disk (test_power_cuts.py).
IN_MEMORY = free=$$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1); \
  if test "$${free:-0}" -gt 4000000; then TMPDIR=$$(mktemp -d -p /dev/shm) && export TMPDIR \
  && trap 'rm -rf "$$TMPDIR"' EXIT; fi

test: setup browser ## every test
	@$(IN_MEMORY); $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m 'not proof'

# What runs things is for `make test` alone: here what reads the code, and what holds the pages.
check: setup ## ruff, mypy --strict, import contracts, laws on the code, doctests, docs
	@.venv/bin/ruff check -q . && .venv/bin/ruff format -q --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@$(PY) -m pytest -n 2 --doctest-modules regie tests/code tests/docs -m 'not proof'

proof: setup ## the long versions of the tests
	@.venv/bin/uv pip install -q --python $(PY) -c constraints.txt -e '.[dev,sail]'
	@$(PY) -m pytest -n 2 -m proof

mutants: setup ## would a test notice? every small wrong version of decide and measure
	@$(PY) -m tests.mutants

bench: setup ## times and ratios, into bench/RESULTS.md
	@$(PY) -m bench

serve: setup ## the control room of demo/ on 127.0.0.1:8080
	@.venv/bin/regie serve -w demo

wheel: setup ## the package as one file in dist/
	@.venv/bin/uv build --wheel -q -o dist

clean: ## forget demo/, caches and the environment
	rm -rf demo demo-journey dist build .venv .mypy_cache .ruff_cache .hypothesis
