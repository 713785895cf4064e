# Aspan. `make help` lists the commands.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV_VERSION := 0.13.9
export UV_PYTHON_DOWNLOADS := never

WORKERS ?= 2
DATA ?=

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z%-]+:.*## /{printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/ready ## Install Aspan into .venv (as root also python3-venv, where it is missing)

.PHONY: run
run: setup ## Start the service on 127.0.0.1:8000 with a first plan of 7 days
	.venv/bin/aspan serve

.PHONY: test
test: .venv/ready-for-tests ## Install all that the tests need and run all of them
	bin/install-test-packages
	.venv/bin/python -m pytest -n $(WORKERS) --dist loadfile

.PHONY: check
check: .venv/ready-for-tests ## Format, lint, types, import direction, documentation complete
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	.venv/bin/python -m pytest -q tests/test_architecture.py tests/test_docs.py

# Proofs too long for every change. A new one: its name here and its command below. Those that
# need a folder of element sets take it as DATA=FOLDER.
PROOFS := image passes plans seeds explanations mutations sources drive storm kills restarts database years soak webhooks
PROOFS_WITH_DATA := launch uncertainty month

.PHONY: prove
prove: $(PROOFS:%=prove-%) $(if $(DATA),$(PROOFS_WITH_DATA:%=prove-%)) ## All long proofs (each alone: make prove-NAME; some need DATA=FOLDER)

prove-image: .venv/ready-for-tests
	bin/prove-image

prove-passes: .venv/ready-for-tests
	PYTHONPATH=. .venv/bin/python bench/prove_passes.py

prove-plans: .venv/ready-for-tests
	.venv/bin/python bench/prove_plans.py --audited 10000 --brute-force 2000 --odd 1000

prove-seeds: .venv/ready-for-tests
	.venv/bin/python -m pytest tests/scenarios/prove_hash_seeds.py -s -q

prove-explanations: .venv/ready-for-tests
	.venv/bin/python bench/prove_explanations.py --plans 10000 --priced 1000

prove-mutations: .venv/ready-for-tests
	.venv/bin/python -m tests.tle.mutations --records 1000000

prove-sources: .venv/ready-for-tests
	.venv/bin/python -m pytest tests/app/store/prove_sources.py -s -q

prove-drive: .venv/ready-for-tests
	bin/install-test-packages
	PYTHONPATH=. .venv/bin/python bench/prove_drive.py

prove-storm: .venv/ready-for-tests
	.venv/bin/python bench/prove_storm.py

prove-kills: .venv/ready-for-tests
	.venv/bin/python bench/prove_kills.py

prove-restarts: .venv/ready-for-tests
	.venv/bin/python bench/prove_restarts.py

prove-database: .venv/ready-for-tests
	.venv/bin/python bench/prove_database.py

prove-years: .venv/ready-for-tests
	.venv/bin/python bench/prove_years.py

prove-soak: .venv/ready-for-tests
	.venv/bin/python bench/prove_soak.py

prove-month: .venv/ready-for-tests
	@[ -n "$(DATA)" ] || { echo "aspan: say where the element sets are: make $@ DATA=FOLDER"; exit 2; }
	.venv/bin/python bench/prove_month.py --history "$(DATA)/elements/history"

prove-webhooks: .venv/ready-for-tests
	bin/install-test-packages
	.venv/bin/python -m pytest tests/app/delivery/prove_webhooks.py -s -q

prove-uncertainty: .venv/ready-for-tests
	@[ -n "$(DATA)" ] || { echo "aspan: say where the element sets are: make $@ DATA=FOLDER"; exit 2; }
	.venv/bin/python bench/uncertainty.py --history "$(DATA)/elements/history" --output uncertainty.jsonl

prove-launch: .venv/ready-for-tests
	@[ -n "$(DATA)" ] || { echo "aspan: say where the element sets are: make $@ DATA=FOLDER"; exit 2; }
	.venv/bin/python bench/prove_launch.py --elements "$(DATA)/elements/active-2026-08-22.tle"

.PHONY: docs
docs: .venv/ready-for-tests ## Write docs/reference.md from the code
	.venv/bin/python bin/write_reference.py

.PHONY: format
format: .venv/ready-for-tests ## Write the house format into the source
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

.PHONY: clean
clean: ## Remove what setup and tests left (not the data folder)
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The installer: a fitting uv on PATH, else one of our own in .uv.
.uv/path: bin/find-uv
	@mkdir -p .uv
	@path=$$(bin/find-uv $(UV_VERSION)) && mkdir -p .uv && echo "$$path" > .uv/path

# Byte code of what most commands load: the first start is then as fast as the later ones, also
# where PYTHONDONTWRITEBYTECODE keeps Python from writing it by the way.
write_bytecode := env -u PYTHONDONTWRITEBYTECODE .venv/bin/python -c \
	"import app.main, app.commands.passes, app.commands.plan, scheduler.solvers.engine as engine; \
	engine.load_engine()"

.venv/ready: .uv/path pyproject.toml uv.lock
	"$$(cat .uv/path)" sync --frozen --inexact --no-dev --group bench --extra postgres
	@$(write_bytecode)
	@touch .venv/ready

.venv/ready-for-tests: .uv/path pyproject.toml uv.lock
	"$$(cat .uv/path)" sync --frozen --inexact --all-groups --all-extras --no-extra itu
	@$(write_bytecode)
	@touch .venv/ready .venv/ready-for-tests
