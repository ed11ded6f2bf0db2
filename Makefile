# The commands of this project. Each one makes the environment it needs; README has them without make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check
PORT ?= 8501
# Tests wait for servers and browsers some of the time: one worker more than cores. With more, browsers starve.
WORKERS ?= $(shell echo $$((1 + $$(getconf _NPROCESSORS_ONLN))))

.PHONY: demo run test again lint format lock bench clean

demo: $(VENV)/.demo  ## the console on an embedded Cognito, forgotten when stopped
	@exec $(BIN)/python -m console demo --port $(PORT) $(ARGS)

run: $(VENV)/.run  ## the console for real use
	@exec $(BIN)/python -m console serve --port $(PORT) $(ARGS)

# Compiled once, for the hundreds of processes that tests start: some machines forbid Python to keep what it compiled.
test: export PYTHONDONTWRITEBYTECODE :=
# With AGAIN=1, what failed is run once more, alone: one lost click of a browser keeps nothing from landing.
test: $(VENV)/.dev  ## every test: units, embedded Cognito, PostgreSQL, pages, real browser
	@sh tests/browser/chromium.sh
	@sh tests/fixtures/postgresql.sh
	@sh tests/fixtures/faketime.sh
	@sh tests/fixtures/nginx.sh
	@$(BIN)/python -m compileall -q console services demo bench
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses=8 --durations=15 $(ARGS) \
		|| { [ $$? -eq 1 ] && [ -n "$(AGAIN)" ] && $(MAKE) --no-print-directory again; }

again: export PYTHONDONTWRITEBYTECODE :=
again: $(VENV)/.dev  ## the tests that failed last, one after another
	@echo "What fails once more is broken; what passes alone is unsteady, and a fault of its own."
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures=none -rap $(ARGS)

kept: $(VENV)/.dev  ## dependencies that had no release for long (asks the package index)
	$(BIN)/python -m bench.kept

lint: $(VENV)/.dev  ## style, types and the rules of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.dev  ## renew the pinned requirements from pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		pyproject.toml --extra demo -c requirements.txt -o demo/requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		pyproject.toml --extra demo --extra postgresql --group dev -c demo/requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

# Each stamp says which lock the environment holds; the test lock contains the two others.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements.txt
	$(INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/.demo: demo/requirements.txt pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r demo/requirements.txt
	$(INSTALL) --no-deps --editable .
	@touch $@ $(VENV)/.run

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements-dev.txt
	$(INSTALL) --no-deps --editable .
	@touch $@ $(VENV)/.demo $(VENV)/.run
