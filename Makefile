# Two commands matter: `make demo` and `make test`. Everything runs on a bare Debian machine with Python 3.11.
PYTHON ?= python3
RUN = $(PYTHON) scripts/run.py
# An environment that is there keeps its Python, unless another one is asked for: make venv PYTHON=python3.13
ifneq ($(origin PYTHON),file)
export PORTAL_PYTHON_CHOSEN = 1
endif

.DEFAULT_GOAL := help
.PHONY: help demo demo-content soak mutants test tests campaign sign-in-times real-months benchmark-audit benchmark-answering benchmark-selection benchmark-scaling venv lint format texts messages requirements manage walk canaries security

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 22

venv: ## the virtual environment in .venv, with the development tools
	@$(RUN) venv

demo: ## the portal with invented content on http://127.0.0.1:8000 (or the next free port); Ctrl-C stops it
	@$(RUN) demo

demo-content: ## the demonstration's whole content, made and looked at (some minutes)
	@LONG_TESTS=1 $(RUN) check tests -- -n0 tests/benchmark/test_demo.py

manage: ## a management command on the demo's database: make manage CMD="help"
	@$(RUN) manage $(CMD)

texts: ## bring locale/ up to date with code and templates; lists what has no translation yet
	@$(RUN) python -m scripts.refresh_messages

messages: ## compile the translations
	@$(RUN) messages

test: ## every check: lint, format, imports, types, migrations, messages, tests
	@$(RUN) check

tests: ## the tests alone, or some of them: make tests ARGS="tests/portal -k jobs"
	@$(RUN) check tests -- $(ARGS)

real-months: ## three real months with all indicators and pairs of dimensions, from file to export (a quarter of an hour)
	@LONG_TESTS=1 $(RUN) check tests -- -n0 -s tests/benchmark/test_release_real_rounds.py

campaign: ## 200 random rounds through protection and attack, on two processes; goes on where it stopped
	@$(RUN) python -m tests.campaigns.rounds $(ARGS)

sign-in-times: ## whether times tell known addresses from others: 200 + 200 per page, with statistics (a few minutes)
	@LONG_TESTS=1 $(RUN) check tests -- -n0 -s tests/e2e/test_sign_in_times.py

benchmark-selection: ## our selection of figures beside tau-ARGUS (pip install pytauargus first), a table
	@$(RUN) python -m tests.benchmarks.selection $(ARGS)

benchmark-answering: ## statements and CPU per saved answer, and 1, 8 and 32 participants at once (two minutes)
	@$(RUN) python -m tests.benchmarks.answering $(ARGS)

benchmark-audit: ## the audit log with a million entries: each search, replaying the chain, writers at once (some minutes)
	@LONG_TESTS=1 $(RUN) check tests -- -n0 -s tests/benchmarks/test_audit_search.py

benchmark-scaling: ## time, memory and information kept, from 30 to 100,000 organisations, a table
	@$(RUN) python -m tests.benchmarks.scaling $(ARGS)

soak: ## every fault by the hundred or thousand, on a PostgreSQL of its own, with a backup drill (SOAK=0.1: a tenth; ARGS: arguments for pytest)
	@SOAK=$${SOAK:-1} $(RUN) check tests -- -n0 -s -p no:randomly tests/soak $(ARGS)

mutants: ## wrong lines in the rules of protection, each of which a test must notice (some minutes)
	@$(RUN) python -m tests.mutants.run

walk: ## every address x method x role x object, all of it (some minutes)
	@LONG_TESTS=1 $(RUN) check tests -- -n0 tests/house/test_walk.py tests/house/test_walk_bodies.py tests/house/test_walk_unfiltered.py tests/house/test_walk_lists.py tests/house/test_absurd_values.py

canaries: ## fifty organisations with numbers and texts of their own, looked for in everything that is emitted
	@LONG_TESTS=1 $(RUN) check tests -- -n0 tests/house/test_canaries.py

security: ## bandit, semgrep, hypothesis, schemathesis, sqlmap and wapiti; installs them in .run/security the first time
	@$(RUN) python -m tests.security $(ARGS)

lint: ## the checks that need no database: lint, format, imports, types
	@$(RUN) check lint format imports types

format: ## let ruff put the code in shape
	@$(RUN) python -m ruff format .
	@$(RUN) python -m ruff check --fix-only --quiet .

requirements: ## pin anew what pyproject.toml asks for (the only command that needs uv)
	@$(RUN) python -m scripts.pin_requirements
