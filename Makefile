# Two commands matter: `make demo` and `make test`. Everything runs on a bare machine with Python 3.11–3.14.
PYTHON ?= python3
RUN = $(PYTHON) scripts/run.py

.DEFAULT_GOAL := help
.PHONY: help demo test venv lint format messages requirements manage

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

venv: ## the virtual environment in .venv, with the development tools
	@$(RUN) venv
