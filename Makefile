# `make` alone says what there is. Everything runs in .venv; nothing else on the machine is touched.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# DATA=folder: MovieLens or own tables; without it what was prepared last is used, or else a data set is downloaded.
DATA ?=
DEMO_OPTIONS = $(if $(DATA),--data '$(DATA)')

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format messages lock clean

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP)  ## make .venv and install the project with everything its work needs

# Built again when a lock file or the project's own packaging changed; otherwise there is nothing to do.
$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "Reelmate needs Python 3.11, 3.12 or 3.13, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1); try: make install PYTHON=python3.12" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: install  ## data, model, index, and the bot in a chat in your browser (DATA=folder for your own data)
	$(BIN)/reelmate demo $(DEMO_OPTIONS)

test: install  ## the whole test suite
	$(BIN)/python -m pytest --numprocesses 4 --dist worksteal

lint: install  ## ruff, mypy --strict and the import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install  ## let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The same versions for every Python, where that is possible. The header is left out because it would name this
# machine's options; index addresses never belong in a lock file.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links pyproject.toml --extra mysql --extra postgresql

messages: install  ## collect every text that people read into handlers/locales/messages.pot
	$(BIN)/pybabel -q extract --keyword Text --keyword Label --add-location file --sort-by-file --omit-header --output-file handlers/locales/messages.pot handlers

lock: install  ## resolve the lock files anew from pyproject.toml (UPGRADE=--upgrade for the newest)
	$(LOCK) $(UPGRADE) --output-file requirements.lock
	$(LOCK) $(UPGRADE) --constraints requirements.lock --extra evaluate --group dev --output-file requirements-dev.lock

clean:  ## remove .venv and caches; your data in .reelmate stays
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
