# Two commands matter: `make demo` and `make test`. Everything runs on a bare machine with Python 3.11–3.14.
PYTHON ?= python3
RUN = $(PYTHON) scripts/run.py
# An environment that is there keeps its Python, unless another one is asked for: make venv PYTHON=python3.13
ifneq ($(origin PYTHON),file)
export PORTAL_PYTHON_CHOSEN = 1
endif

.DEFAULT_GOAL := help
.PHONY: help demo test tests venv lint format texts messages requirements manage

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

venv: ## the virtual environment in .venv, with the development tools
	@$(RUN) venv

demo: ## the portal with invented content on http://127.0.0.1:8000 (or the next free port); Ctrl-C stops it
	@$(RUN) demo

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

lint: ## the checks that need no database: lint, format, imports, types
	@$(RUN) check lint format imports types

format: ## let ruff put the code in shape
	@$(RUN) python -m ruff format .
	@$(RUN) python -m ruff check --fix-only --quiet .

requirements: ## pin anew what pyproject.toml asks for (the only command that needs uv)
	@$(RUN) python -m scripts.pin_requirements
