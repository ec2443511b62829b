# Quoth. `make` alone lists the targets.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
# PyTorch without CUDA, for machines that have no NVIDIA GPU.
TORCH_CPU_INDEX ?= https://download.pytorch.org/whl/cpu
# SLIM=1 installs without PyTorch; a virtual environment that was installed slim stays slim.
SLIM ?= $(wildcard $(VENV)/.slim)
# Several processes import the same modules: without saved bytecode, each compiles all of them.
SAVE_BYTECODE := PYTHONDONTWRITEBYTECODE=
export Q

.DEFAULT_GOAL := help
.PHONY: help install ask chat build sources bot test test-slow operations torture lint check pictures lock audit clean

help: ## list the targets
	@echo 'Quoth answers questions with exact quotations from the articles in seeds/.'
	@echo
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 19

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || \
	  { echo "Quoth needs Python 3.11 to 3.14; $(PYTHON) is `$(PYTHON) --version 2>&1`. Try: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Could not create a virtual environment. On Debian: apt install python3-venv"; exit 1; }
	@touch $@

# Linux's ordinary torch wheels bring CUDA, several gigabytes; PyTorch's own index has CPU wheels.
$(VENV)/.torch: $(VENV)/.python requirements.lock
	@if [ "`uname -s`" = Linux ] && ! command -v nvidia-smi >/dev/null; then \
	  if $(BIN)/python -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5)' \
	    $(TORCH_CPU_INDEX)/torch/ 2>/dev/null; then \
	    echo "Installing PyTorch without CUDA ..." >&2; \
	    $(PIP) install --no-deps --index-url $(TORCH_CPU_INDEX) `grep '^torch==' requirements.lock`; \
	  else \
	    echo "$(TORCH_CPU_INDEX) cannot be reached; taking PyTorch from the ordinary index." >&2; \
	  fi; \
	fi
	@touch $@

$(VENV)/.installed: $(VENV)/.python $(if $(SLIM),,$(VENV)/.torch) pyproject.toml requirements.lock requirements.hashes
	@echo "Installing into $(VENV) (a few minutes the first time) ..." >&2
ifneq ($(SLIM),)
	@$(PIP) install --no-compile --no-deps --require-hashes -r requirements.hashes
	@$(PIP) install --no-compile --no-deps -e .
	@touch $(VENV)/.slim
else
	@$(PIP) install -c requirements.lock -e .
endif
	@touch $@

$(VENV)/.dev: $(VENV)/.torch $(VENV)/.installed
	@echo "Installing the development tools ..." >&2
	@$(PIP) install -c requirements.lock -e '.[dev]'
	@touch $@

install: $(VENV)/.installed ## install Quoth into .venv; SLIM=1 leaves PyTorch out (under 600 MB)

ask: $(VENV)/.installed ## ask the articles: make ask Q="When could ISIS resurge in Syria?"
	@test -n "$$Q" || { echo 'Usage: make ask Q="When could ISIS resurge in Syria?"'; exit 2; }
	@$(BIN)/quoth ask -- "$$Q"

chat: $(VENV)/.installed ## ask at a prompt
	@$(BIN)/quoth chat

build: $(VENV)/.installed ## bring the index up to date with seeds/
	@$(BIN)/quoth build

sources: $(VENV)/.installed ## list the articles
	@$(BIN)/quoth sources

bot: $(VENV)/.installed ## run the Discord bot with the DISCORD_TOKEN of .env
	@test -e .env || { cp .env.example .env && echo "Created .env from .env.example: put your token there."; }
	@$(BIN)/quoth run

test: $(VENV)/.dev ## run the tests (about four minutes on two cores)
	@$(SAVE_BYTECODE) $(BIN)/pytest -m "not slow" -n auto --dist worksteal

test-slow: $(VENV)/.dev ## run the tests that take minutes
	@$(SAVE_BYTECODE) $(BIN)/pytest -m slow

operations: $(VENV)/.dev ## compare the operations that questions and builds take with benchmarks/operations.json
	@$(BIN)/python -m benchmarks.operations

torture: $(VENV)/.dev ## kill builds, fail the disk, damage the index: 2,000 times, an hour
	@$(BIN)/python -m tests.support.torture

lint: $(VENV)/.dev ## check format, lint, prose, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python scripts/check_prose.py
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test ## run the checks that a commit needs

pictures: $(VENV)/.dev ## draw the pictures of docs/ again (needs Debian's chromium)
	@$(PIP) install -c requirements.lock -e '.[dev,pictures]'
	$(BIN)/python -m docs.pictures.draw

# Without PyTorch, sentence-transformers and the model hub's client, which only other models need.
lock: $(VENV)/.dev ## write requirements.hashes from requirements.lock
	@$(PIP) install -c requirements.lock -e '.[dev,lock]'
	@printf '%s; python_version < "3"\n' torch sentence-transformers huggingface-hub > $(VENV)/left-out
	@$(BIN)/uv pip compile pyproject.toml --override $(VENV)/left-out -c requirements.lock \
	  --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet -o requirements.hashes

audit: $(VENV)/.dev ## look for known vulnerabilities in the dependencies
	@$(PIP) install -c requirements.lock -e '.[dev,lock]'
	@$(BIN)/pip-audit -r requirements.hashes --require-hashes --disable-pip --progress-spinner off \
	  > $(VENV)/audit || { cat $(VENV)/audit; exit 1; }
	@echo "$$(grep -c 'could not be audited' $(VENV)/audit) packages could not be looked up from here."

clean: ## remove .venv and caches; the index in data/ stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
