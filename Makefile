# Quoth. `make` alone prints what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
export Q

.DEFAULT_GOAL := help
.PHONY: help install ask chat build sources bot test test-slow torture lint check pictures lock audit clean

help: ## what there is
	@echo 'Quoth answers questions with exact quotations from the articles in seeds/.'
	@echo
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 19

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Quoth wants Python 3.11, 3.12 or 3.13; $(PYTHON) is `$(PYTHON) --version 2>&1`. Try: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made. On Debian: apt install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.python pyproject.toml requirements.lock
	@echo "Installing into $(VENV) (some minutes the first time) ..." >&2
	@$(PIP) install -c requirements.lock -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@echo "Installing what tests need ..." >&2
	@$(PIP) install -c requirements.lock -e '.[dev]'
	@touch $@

install: $(VENV)/.installed ## make .venv and install Quoth into it

ask: $(VENV)/.installed ## ask the articles: make ask Q="When could ISIS resurge in Syria?"
	@test -n "$$Q" || { echo 'Ask like this: make ask Q="When could ISIS resurge in Syria?"'; exit 2; }
	@$(BIN)/quoth ask -- "$$Q"

chat: $(VENV)/.installed ## ask at a prompt
	@$(BIN)/quoth chat

build: $(VENV)/.installed ## build the index from seeds/ again
	@$(BIN)/quoth build

sources: $(VENV)/.installed ## list the articles
	@$(BIN)/quoth sources

bot: $(VENV)/.installed ## run the Discord bot with the DISCORD_TOKEN of .env
	@test -e .env || { cp .env.example .env && echo "Made .env from .env.example: put your token there."; }
	@$(BIN)/quoth run

test: $(VENV)/.dev ## run the tests (under four minutes)
	@$(BIN)/pytest -m "not slow"

test-slow: $(VENV)/.dev ## run the tests that take minutes
	@$(BIN)/pytest -m slow --timeout 1500

torture: $(VENV)/.dev ## kill builds, fail the disk, damage the index: 2,000 times, an hour
	@$(BIN)/python -m tests.support.torture

lint: $(VENV)/.dev ## format, lint, types and contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test ## what a contributor runs before a commit

pictures: $(VENV)/.dev ## draw the pictures of docs/ again (needs Debian's chromium)
	@$(PIP) install -c requirements.lock -e '.[dev,pictures]'
	$(BIN)/python docs/pictures.py

# Without torch, whose build without CUDA has another hash on each platform, and what only its CUDA
# build brings; with what it needs beside that.
lock: $(VENV)/.dev ## write requirements.hashes from requirements.lock
	@$(PIP) install -c requirements.lock -e '.[dev,lock]'
	@echo 'torch; python_version < "3"' > $(VENV)/without-torch
	@printf '%s\n' filelock fsspec jinja2 networkx setuptools sympy typing-extensions > $(VENV)/of-torch
	@$(BIN)/uv pip compile pyproject.toml $(VENV)/of-torch --override $(VENV)/without-torch -c requirements.lock \
	  --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet -o requirements.hashes

audit: $(VENV)/.dev ## look for known weaknesses in what is installed
	@$(PIP) install -c requirements.lock -e '.[dev,lock]'
	@$(BIN)/pip-audit -r requirements.hashes --require-hashes --disable-pip --progress-spinner off \
	  > $(VENV)/audit || { cat $(VENV)/audit; exit 1; }
	@echo "$$(grep -c 'could not be audited' $(VENV)/audit) packages could not be looked up from here."

clean: ## remove .venv and caches; the index in data/ stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
