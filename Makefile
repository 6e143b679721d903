# Blotter. Two commands for a newcomer: `make up` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.DEFAULT_GOAL := help
.PHONY: help venv up test check style bench soak fmt lock containers clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

venv: $(STAMP) ## the environment, from requirements.lock

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "Blotter needs Python 3.11 to 3.13; set PYTHON=…"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages (the first time this downloads about 350 MB) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

up: venv ## start everything here: Postgres, Kafka, all services; Ctrl-C stops it
	@$(BIN)/blotter up

test: venv ## the whole suite on real Kafka and Postgres, two workers with servers of their own
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=20

check: style ## style, types, import contracts and unit tests, a minute and a half
	@$(BIN)/python -m pytest -q -n 2 tests/unit

style: venv ## style, types and import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports --no-cache && $(BIN)/mypy

bench: venv ## the figures, side by side with their floors; results in tests/bench/results
	@$(BIN)/python -m tests.bench

soak: venv ## twenty rounds of kill -9; result in tests/bench/results
	@$(BIN)/python -m tests.bench.soak

fmt: venv ## format the code
	@$(BIN)/ruff check --fix-only . && $(BIN)/ruff format .

lock: venv ## make requirements.lock and the image's lock anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url --no-header --all-extras pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url --no-header pyproject.toml -o deploy/requirements-image.lock

clean: ## remove the environment and local data
	rm -rf $(VENV) .blotter
