# `make` alone lists the targets. Everything is installed in .venv; nothing else on the machine is changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MILVUS := .venv-milvus
TOWHEE := .venv-towhee
# DATA=folder: MovieLens or your own tables. Without it, the data set that was prepared last is used, or one is downloaded.
DATA ?=
DEMO_OPTIONS = $(if $(DATA),--data '$(DATA)')

.DEFAULT_GOAL := help
.PHONY: help install milvus towhee demo test test-fast coverage lint check-deploy format messages lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP)  ## create .venv and install the project with its development tools

# Rebuilt when a lock file or pyproject.toml has changed.
$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "Reelmate needs Python 3.11, 3.12 or 3.13, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1); try: make install PYTHON=python3.12" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	@# uv installs in a third of pip's time; pip, which may know other package indexes, takes over if uv cannot.
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.lock > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r $(VENV)/uv.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock || \
		$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

milvus: $(MILVUS)/.installed  ## install a Milvus server for the tests (Linux), in an environment of its own: 330 MB

$(MILVUS)/.installed: tests/milvus-server.lock
	$(PYTHON) -m venv --clear $(MILVUS)
	$(MILVUS)/bin/python -m pip install --quiet --no-deps --only-binary :all: --require-hashes -r $<
	@# Otherwise each start would unpack its programs, which takes longer than the start itself.
	$(MILVUS)/bin/python -c 'import milvus, sys; milvus._initialize_data_files(sys.prefix + "/server")'
	@touch $@

towhee: $(TOWHEE)/.installed  ## install Towhee for its test, in an environment of its own beside .venv

# It has an older setuptools than the project, and finds everything else in .venv.
$(TOWHEE)/.installed: tests/towhee.lock $(STAMP)
	$(BIN)/python -m venv --clear --without-pip $(TOWHEE)
	$(BIN)/python -m pip --python $(TOWHEE)/bin/python install --quiet --no-compile --no-deps --require-hashes -r $<
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		> "$$($(TOWHEE)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/reelmate.pth"
	@touch $@

demo: install  ## prepare data and model, and open the bot in a chat page in your browser (DATA=folder for your own data)
	$(BIN)/reelmate demo $(DEMO_OPTIONS)

# Much of the suite waits for processes and deadlines, so four workers fit on two cores.
PYTEST := $(BIN)/python -m pytest --numprocesses 4 --dist worksteal

test: install  ## run the whole test suite
	$(PYTEST)

test-fast: install  ## run the tests that are not marked slow, in about two minutes
	$(PYTEST) -m 'not slow'

coverage: install  ## run the whole test suite and print branch coverage, subprocesses included
	$(PYTEST) --cov --cov-report=term

lint: install  ## check style, types (mypy --strict) and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-deploy: install  ## check compose.yaml, the Dockerfile and deploy/ with the tools of their formats
	deploy/validate.sh

format: install  ## format the code and fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The same versions for every Python if possible. No header, because it would name this machine's options, and no index
# addresses.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links pyproject.toml --extra mysql --extra postgresql --extra s3

# LOCALE=de begins the catalogue of another language. Without any catalogue, pybabel update and compile would fail.
LOCALES := handlers/locales
PYBABEL := $(BIN)/pybabel -q
messages: install  ## collect the texts for translation, update and compile the catalogues (LOCALE=de adds one)
	$(PYBABEL) extract --keyword Text --keyword Label --add-location file --sort-by-file --omit-header --output-file $(LOCALES)/messages.pot handlers
	$(if $(LOCALE),$(PYBABEL) update --init-missing --ignore-pot-creation-date --locale '$(LOCALE)' --input-file $(LOCALES)/messages.pot --output-dir $(LOCALES))
	@if ls $(LOCALES)/*/LC_MESSAGES/messages.po >/dev/null 2>&1; then set -x; \
		$(PYBABEL) update --ignore-pot-creation-date --input-file $(LOCALES)/messages.pot --output-dir $(LOCALES) && \
		$(PYBABEL) compile --directory $(LOCALES); fi

lock: install  ## resolve the lock files from pyproject.toml (UPGRADE=--upgrade for the newest versions)
	$(LOCK) $(UPGRADE) --output-file requirements.lock
	$(LOCK) $(UPGRADE) --constraints requirements.lock --extra evaluate --group dev --output-file requirements-dev.lock

clean:  ## remove both environments and caches; your data in .reelmate stays
	rm -rf $(VENV) $(MILVUS) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
