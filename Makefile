# Targets of the server-side apply engine.

PYTHON ?= python3
VECTORS ?= ../shared/ssa/vectors
LIVE ?= ../shared/live
SSA_SCHEMA ?= ../shared/ssa/schema
OPERATIONS ?= 20000

.PHONY: ssa-vectors live ssa-schema oracle

ssa-vectors:
	$(PYTHON) tests/tools/ssa_vectors.py $(VECTORS)

live:
	$(PYTHON) tests/tools/live.py $(LIVE)

ssa-schema:
	$(PYTHON) tests/tools/ssa_schema.py $(SSA_SCHEMA)

oracle:
	$(PYTHON) tests/oracle/drive.py $(OPERATIONS)
