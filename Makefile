# Two commands matter: `make demo` and `make test`. Both start with `make setup`, which installs and nothing else.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo test test-containers check lint types imports bench lock schemas clean

setup: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not there; install Python 3.11 or say: make PYTHON=python3.12 setup"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	$(BIN)/langnghe demo

test: setup
	$(BIN)/pytest --numprocesses=2 --dist=loadfile -m "not docker and not faults and not promises and not bench"

# The same tests of the pieces together, on the images of compose.yaml instead of the embedded servers.
test-containers: setup
	$(BIN)/pytest tests/integration --servers=containers -m "not docker and not faults and not bench"

check: setup lint types imports test test-containers
	$(BIN)/pytest -m "docker or faults or promises" --timeout=900

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m tests.bench

schemas: setup
	$(BIN)/python -m shared.events.documents docs/events

# Needs uv; locks carry hashes and no addresses.
lock:
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 \
		--extra embedded --extra dev pyproject.toml --output-file requirements.lock
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 \
		--constraint requirements.lock pyproject.toml --output-file deploy/requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
