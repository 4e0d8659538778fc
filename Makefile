# What can be done here. `make help` lists it.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest

.PHONY: help install dev run test test-sqlite test-postgres test-processes test-browser check format translations lock bench audit-pages
.DEFAULT_GOAL := help

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

install:  ## make .venv with the product and what it needs to run
	@$(PYTHON) tools/install.py

dev:  ## make .venv with what developing and testing needs
	@$(PYTHON) tools/install.py --dev

run: install  ## start everything at http://127.0.0.1:$(PORT), with a sandbox where no Clerk keys are set
	@$(BIN)/python -m sandbox.run --port $(PORT)

test: test-sqlite test-postgres test-processes test-browser  ## the whole suite: SQLite, PostgreSQL, Chromium

test-sqlite: dev  ## unit and API tests on SQLite
	$(PYTEST) -n 2 -m "not browser and not processes"

test-postgres: dev  ## the same on a real PostgreSQL
	LEADKEEPER_TEST_DATABASE=postgres $(PYTEST) -n 2 -m "not browser and not processes"

test-processes: dev  ## the product's own processes, started, killed and doubled, on both
	$(PYTEST) -n 2 -m processes
	LEADKEEPER_TEST_DATABASE=postgres $(PYTEST) -n 2 -m processes

test-browser: dev  ## whole walk-throughs in a real Chromium
	@$(BIN)/python -m tools.browser
	$(PYTEST) -n 2 --dist loadfile -m browser

check: export DATABASE_URL = sqlite:///$(CURDIR)/.venv/check.db
check: export LEADKEEPER_URL = https://leadkeeper.example.com
check: export SECRET_KEY = only-for-the-checks-and-long-enough-for-them-0123456789-abcdef
check: dev  ## ruff, types, import rules, Django's checks, missing migrations, translations
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/leadkeeper check --deploy --fail-level WARNING
	$(BIN)/leadkeeper makemigrations --check --dry-run
	$(BIN)/python -m tools.translations --check

format: dev  ## put the code into its usual form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

translations: dev  ## collect and compile what people read
	$(BIN)/python -m tools.translations

lock: dev  ## write the exact versions of what pyproject.toml asks for
	$(BIN)/uv pip compile -q --universal --no-header --upgrade pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile -q --universal --no-header -c requirements/run.txt pyproject.toml --group dev -o requirements/dev.txt

bench: dev  ## print the tables of docs/performance.md, measured now
	$(BIN)/python -m bench

audit-pages: dev  ## judge the pages with axe and Lighthouse (Node 18.16 or newer; about half an hour)
	@$(BIN)/python -m tools.browser
	$(BIN)/python -m tools.audit_pages
