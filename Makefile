# Every target makes its own virtual environment first; `make` alone lists the targets.

PYTHON  ?=
VENV    ?= .venv
WORKERS ?= 3

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt
HUB := $(PIP) --no-build-isolation --editable

# A stamp is newer than what it was made from, or pip runs again: with nothing new it needs no network.
RUNTIME := $(VENV)/.runtime
DEV     := $(VENV)/.dev
BENCH   := $(VENV)/.bench
DEPLOY  := $(VENV)/.deploy

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test bench campaign lint schemas check-deploy clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=python3.12 chooses the interpreter of a new $(VENV); ONCE=1 ends the rehearsal by itself;"
	@echo '  ONLY="broker lanes" makes these searches of the campaign alone.'

run: $(RUNTIME) ## Rehearse a scheme's day with the hub and every agency (Ctrl-C ends it)
	@exec $(BIN)/python -m deploy.rehearsal $(if $(ONCE),--once)

test: $(DEV) ## Lint and run every test; fails if either does
	@.ci/nodes
	@mkdir -p build
	@$(MAKE) lint >build/lint.txt 2>&1 & lint=$$!; failed=0; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder || failed=1; \
	wait $$lint || failed=1; \
	cat build/lint.txt; \
	exit $$failed

bench: $(BENCH) ## Measure speed and write build/bench.json
	@.ci/nodes
	@mkdir -p build
	@exec $(BIN)/python -m benchmarks

campaign: $(DEV) $(BENCH) ## Search long for counterexamples and write build/campaign.json
	@.ci/nodes mmdebstrap
	@mkdir -p build
	@HYPOTHESIS_PROFILE=campaign exec $(BIN)/python -m tests.campaign $(ONLY)

lint: $(DEV) ## Check import directions, style and types
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/ruff check
	@$(BIN)/mypy

schemas: $(RUNTIME) ## Generate JSON Schema, OpenAPI and AsyncAPI from the types
	@$(BIN)/python -m schemas.generate
	@$(BIN)/python -m hub.api.openapi

check-deploy: $(DEV) $(DEPLOY) ## Check deploy/ with the programs that will read it, put into var/ (as root)
	@.ci/deploy-tools var/deploy-tools
	@$(BIN)/python -m pytest tests/deploy

clean: ## Remove what can be made again, except the virtual environment
	@rm -rf build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(RUNTIME): pyproject.toml constraints.txt
	@.ci/venv $(VENV) $(PYTHON)
	@echo "Installing what the hub runs on"
	@$(PIP) hatchling editables
	@$(HUB) .
	@touch $@

$(DEV): $(RUNTIME)
	@echo "Installing what its checks need"
	@$(HUB) '.[dev]'
	@touch $@

$(BENCH): $(RUNTIME)
	@echo "Installing what its benchmarks compare with"
	@$(HUB) '.[bench]'
	@touch $@

$(DEPLOY): $(RUNTIME)
	@echo "Installing what checks the image"
	@$(HUB) '.[deploy]'
	@touch $@
