# Two commands: `make app` opens the page, `make test` runs every check.
# Needs Python 3.11 or newer (name another with `make PYTHON=python3.12 app`), git and make.

PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin
READY := .venv/ready

.PHONY: app test lint types imports unit format bench faults lock clean

app: $(READY)
	$(BIN)/longread app --port $(PORT)

test: lint types imports unit

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

# As many at once as there are cores, four at most: a model is in the memory of each.
unit: $(READY)
	$(BIN)/pytest -n auto --maxprocesses=4 --dist loadfile

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Today's figures beside those that are kept, in minutes; SETS is a folder of public question sets.
bench: $(READY)
	$(BIN)/python -m benchmarks.trend $(SETS)

# Installed once, by the hashes of the lock, and again when the lock or the project's own settings change; then torch
# and what only this platform needs.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Longread needs Python 3.11 or newer; this is %d.%d. Name another: make PYTHON=python3.12 app" % sys.version_info[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(READY)

# What is promised about faults and attacks, tried in full (half an hour); writes docs/reliability.md.
faults: $(READY)
	$(BIN)/python -m tests.faults

# Writes requirements.lock from what is installed now.
lock:
	$(BIN)/python scripts/lock.py > requirements.lock.new
	mv requirements.lock.new requirements.lock

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
