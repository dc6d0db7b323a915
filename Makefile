# The commands of the project. Only Python >= 3.11 and make are assumed: everything else is brought into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_PIN := uv==0.13.9
LOCKS := requirements/app.txt requirements/dev.txt
# Bytecode lies beside the environment, whatever the shell says: each of the processes that tests start would compile for seconds.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/bytecode

.PHONY: run setup test long check rasa bench lock format

run: $(VENV)/app.stamp nlu ## Start web and worker on http://127.0.0.1:8000 with a demo school
	@$(BIN)/python -m bot run

setup: $(VENV)/dev.stamp nlu ## All that run and test need; nothing is started

test: setup ## Every test, a real PostgreSQL and a real browser included
	@$(BIN)/python -m pytest -n logical --dist worksteal

long: setup ## The long walks and the long kill run; prints counts and seeds
	@$(BIN)/python -m pytest -m long -s --timeout=3600

check: $(VENV)/dev.stamp ## Formatter, linter, types, import contracts, templates, catalogues
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint web/templates --check --lint --quiet
	$(BIN)/python -m bot content check

rasa: $(VENV)/uv.stamp ## Rasa as the engine of understanding, on http://127.0.0.1:5005: Python 3.10, 2.5 GB in the user's cache
	@$(BIN)/python -m nlu.rasa serve

bench: setup ## The benchmarks, each ending in one JSON line
	@for name in conversation turn ack flow memory people_import checker; do $(BIN)/python -m benchmarks.$$name || exit 1; done

format: $(VENV)/dev.stamp ## Let the formatters write
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/djlint web/templates --reformat --quiet || true

lock: $(VENV)/uv.stamp ## Resolve requirements/*.in anew
	$(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate requirements/app.in -o requirements/app.txt
	$(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate requirements/dev.in -o requirements/dev.txt
	$(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate requirements/onnx.in -o requirements/onnx.txt
	$(UV) pip compile -q --generate-hashes --python-version 3.10 --no-header --no-annotate nlu/rasa/requirements.in -o nlu/rasa/requirements.txt

.PHONY: nlu
nlu:
	@$(BIN)/python -c 'import logging, nlu; logging.basicConfig(level=logging.INFO, format="%(message)s"); nlu.load()'

$(VENV)/uv.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python comes without venv. Install it first: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV_PIN) || echo "uv has no build for this machine: pip is used instead, which takes longer"
	@touch $@

# The developers' set holds the application's too: once it is there, `run` needs nothing more.
$(VENV)/app.stamp: $(VENV)/uv.stamp requirements/app.txt
	@if [ ! -e $(VENV)/dev.stamp ]; then $(MAKE) --no-print-directory install LOCK=requirements/app.txt; fi
	@touch $@

$(VENV)/dev.stamp: $(VENV)/uv.stamp $(LOCKS)
	@$(MAKE) --no-print-directory install LOCK=requirements/dev.txt
	@touch $@

.PHONY: install
install:
	@$(UV) pip install --quiet --system-certs --python $(BIN)/python --require-hashes -r $(LOCK) 2>/dev/null \
	|| { echo "installing with pip, which takes a minute .."; \
	     $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK); }
