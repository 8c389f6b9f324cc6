# make run: everything, set-up included. make test, make check (what CI runs), make coverage,
# make bench.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Tests start the program again and again: it need not be compiled each time.
export PYTHONDONTWRITEBYTECODE =
# One more than there are cores: a test that starts a process or a database waits for it.
PYTEST := $(BIN)/python -m pytest -n $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1) --dist worksteal

.PHONY: setup run test check coverage bench chromium clean

setup: $(VENV)/runs

# A fresh Debian has Python but not its venv module.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq \
	  && apt-get install -y -qq python3-venv >/dev/null; } \
	  || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/runs: requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/tests: requirements-dev.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/runs

run: setup
	$(BIN)/python bot.py

test: $(VENV)/tests chromium
	$(PYTEST)

check: $(VENV)/tests chromium
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(PYTEST)

# Twice as slow as the tests alone, so it is not part of every check.
coverage: $(VENV)/tests chromium
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report --skip-covered --fail-under=90

bench: $(VENV)/tests
	$(BIN)/python -m bench.turns
	$(BIN)/python -m bench.patents
	$(BIN)/python -m bench.callback
	$(BIN)/python -m bench.national
	$(BIN)/python -m bench.desk
	$(BIN)/python -m bench.imports
	$(BIN)/python -m bench.weekly
	$(BIN)/python -m bench.reminders
	$(BIN)/python -m bench.broadcast
	$(BIN)/python -m bench.quality
	$(BIN)/python -m bench.faults

# The browser test drives Debian's Chromium. Where it is missing and apt is there, it is installed.
chromium:
	@command -v chromium >/dev/null || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	  && apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } \
	  || echo "No chromium: the browser test will say that it did not run."

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage var
