# Everything a person does here is one of these targets; `make` alone lists them.
# Needed: git, make, Python 3.11 or later, Maven. What is missing is said in one sentence.

.DEFAULT_GOAL := help
ifndef PYTHON
PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
endif
RUN := .venv/bin/python
# The packages come uncompiled: where Python may not keep what it compiles, each process that starts, and each of the
# tests', compiles everything anew, which is more than half of its start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## the locked Python packages, in .venv (every other target does this by itself)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is missing: install it (command \`python3\`) and run this again." >&2; exit 1; }
	@$(PYTHON) infra/setup.py

.PHONY: demo
demo: setup ## start everything, post a real 12-lead ECG, show its insights (ONCE=1: and stop; CHAOS=1: kill its parts)
	@$(RUN) -m $(if $(filter 1,$(CHAOS)),faults.chaos,infra.local demo)

.PHONY: up
up: setup ## start everything in the background, return when ready
	@$(RUN) -m infra.local up

.PHONY: down
down: setup ## stop everything; data stays
	@$(RUN) -m infra.local down

.PHONY: stop start restart
stop: setup ## stop one program and keep it stopped: make stop NAME=cassandra
	@$(RUN) -m infra.local stop $(NAME)
start: setup ## start it again: make start NAME=cassandra
	@$(RUN) -m infra.local start $(NAME)
restart: setup ## both
	@$(RUN) -m infra.local restart $(NAME)

.PHONY: env
env: setup ## print exports for the README's curl lines: eval "$(make env)"
	@$(RUN) -m infra.local env

.PHONY: replay
replay: setup ## show dead letters, put back what can be processed now: make replay ARGS="--help"
	@$(RUN) -m stream_processor.replay $(ARGS)

.PHONY: test
test: check ## every check and every test, on real engines; two processes, as most tests wait
	@$(RUN) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 40 --durations-min 5 $(COUNTING)

.PHONY: coverage
coverage: COUNTING := --cov --cov-report=term
coverage: test ## the same, telling which lines no test reaches: Python takes nearly twice its time for it

.PHONY: unit
unit: setup ## the tests that need no engine
	@$(RUN) -m pytest tests/unit --numprocesses auto --maxprocesses 4 --dist worksteal --hypothesis-profile quick

.PHONY: check
check: setup ## format, lint, types, import rules
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@.venv/bin/lint-imports

.PHONY: faults
faults: setup ## upload through every kind of fault, and see that nothing is lost and nothing comes twice
	@$(RUN) -m faults

.PHONY: faults-cluster
faults-cluster: setup ## the same on three brokers and three nodes, of which one is lost
	@$(RUN) -m faults 12

.PHONY: fuzz
fuzz: setup ## try both APIs by their documents and all that reads others' bytes, for minutes each: make fuzz ARGS="--help"
	@$(RUN) -m fuzz $(ARGS)

.PHONY: bench bench-full
bench: setup ## measure every path beside its floor and the usual design (minutes)
	@$(RUN) -m benchmarks
bench-full: setup ## the same in all sizes and formats, with up to a million stored (longer)
	@$(RUN) -m benchmarks --full

.PHONY: lock
lock: setup ## pin the newest allowed Python packages, with their hashes
	@$(RUN) -m infra.lock

.PHONY: sbom
sbom: setup ## what the system is made of, as a CycloneDX document in var/
	@$(RUN) -m infra.sbom

.PHONY: advisories
advisories: setup ## which weaknesses are known of what is locked, by advisories in var/ that .ci/weekly fetches
	@$(RUN) -m infra.advisories $(ARGS)

.PHONY: lock-engines
lock-engines: setup ## lock the jars that infra/engines/pom.xml names
	@$(RUN) -m infra.engines.jars

.PHONY: clean
clean: setup ## stop everything and remove its data (users, keys, events, insights)
	@$(RUN) -m infra.local clean
