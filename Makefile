# Everything that people and CI run. `make` alone lists it.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
export SAM_CLI_TELEMETRY := 0
# Compiled modules in a folder of their own, so that none lies beside a function and is deployed.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.pycache
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
RUN := $(BIN)/python
READY := .venv/.ready
MINISTACK := .venv-ministack/.ready
LAYER := layers/rudder_mixpanel
WHEELS := .wheels/.ready
ARCHITECTURE ?= arm64
ENVIRONMENT ?= default
SOURCES := layers functions emulator sandbox events tests

.PHONY: help setup demo sandbox emulator test check lint types imports format docs record build deploy clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) $(MINISTACK) $(WHEELS) ## Install everything that development needs, into this folder only

demo: setup ## Deploy the stack on this machine, send it events, and show where each one landed
	@$(RUN) -m sandbox demo

sandbox: setup ## The same stack, left running, with the commands to play with it
	@$(RUN) -m sandbox up

emulator: setup ## A strict Mixpanel on http://127.0.0.1:8123
	@$(BIN)/mixpanel-emulator --port 8123

test: setup ## Every test but the demo; needs neither AWS nor a network
	@$(BIN)/pytest --numprocesses auto

check: setup lint types imports test demo ## Everything that CI runs

lint: $(READY) ## Style, spelling, formatting, and pages printed from code
	@$(BIN)/pre-commit run --all-files --show-diff-on-failure
	@$(BIN)/cog --check docs/*.md
	@$(BIN)/uv lock --check --quiet --offline

types: $(READY) ## Types, strictly, in tests as well
	$(BIN)/mypy

imports: $(READY) ## The direction of imports
	@$(BIN)/lint-imports --no-logo

format: $(READY) ## Mend what lint can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## Print the parts of docs/ that come from code
	$(BIN)/cog -r docs/*.md
	$(RUN) -m emulator.rules docs/emulator.md

record: setup ## Record the sample events anew, from the real SDKs
	$(RUN) -m events.recorder

build: $(READY) ## Build what is deployed: make build ARCHITECTURE=x86_64
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam build --parameter-overrides Architecture=$(ARCHITECTURE)

deploy: build ## Deploy into your AWS account: make deploy ENVIRONMENT=staging
	$(BIN)/sam deploy --config-env $(ENVIRONMENT) --parameter-overrides Architecture=$(ARCHITECTURE)

clean: ## Remove what was installed and built here
	rm -rf .venv .venv-ministack .wheels .pycache .aws-sam .hypothesis .mypy_cache .pytest_cache .ruff_cache

# uv installs itself from the lock with everything else, so a `uv` that is missing costs one step.
$(READY): pyproject.toml uv.lock .python-version
	@echo "Installing the development environment into .venv"
	@test -x $(BIN)/uv || { python3 -m venv .venv && $(RUN) -m pip install --quiet "$$(sed -n 's/^ *"\(uv==[^"]*\)".*/\1/p' pyproject.toml)"; }
	@$(BIN)/uv sync --frozen --quiet
	@touch $@

# Embedded AWS lives apart: its libraries must not be mistaken for ours.
$(MINISTACK): $(READY)
	@echo "Installing embedded AWS into .venv-ministack"
	@UV_PROJECT_ENVIRONMENT=.venv-ministack $(BIN)/uv sync --frozen --quiet --only-group ministack
	@touch $@

# The libraries of the layer, for both architectures, so that building needs no network.
$(WHEELS): $(READY) $(LAYER)/requirements.txt
	@echo "Fetching the layer's libraries into .wheels"
	@for platform in arm64 x86_64; do \
		$(MAKE) --silent --no-print-directory -C $(LAYER)/platforms/$$platform -f ../../Makefile wheels \
			ARTIFACTS_DIR="$(CURDIR)/.wheels/$$platform" || exit 1; \
	done
	@touch $@
