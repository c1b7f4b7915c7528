# Targets for people and for .ci/run. PYTHON is the interpreter that makes the environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INCIDENTS ?= ../shared/incidents
CORPUS ?= ../shared/corpus

.PHONY: install test lint format incidents corpus bench clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $@

test: install
	$(BIN)/pytest -n auto -m "not slow"

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Recorded incidents: every dangling reference at its line, and no other error.
incidents: install
	$(BIN)/python -m tests.suites.incidents $(INCIDENTS)

# Real upstream releases: only findings that are known to be true.
corpus: install
	$(BIN)/python -m tests.suites.corpus $(CORPUS)

# Cold check of a generated repository against the floor of reading and event-parsing it.
bench: install
	$(BIN)/python bench/check.py

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
