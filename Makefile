# Everything that people and CI run. `make` alone lists it.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
export SAM_CLI_TELEMETRY := 0
# Compiled modules in a folder of their own, so that none lies beside a function and is deployed.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.pycache
unexport PYTHONDONTWRITEBYTECODE
# Where uv puts a Python, should this machine have none of .python-version.
export UV_PYTHON_INSTALL_DIR := $(CURDIR)/.python

BIN := .venv/bin
RUN := $(BIN)/python
READY := .venv/.ready
MINISTACK := .venv-ministack/.ready
LAYER := layers/rudder_mixpanel
WHEELS := .wheels/.ready

# One of samconfig.toml's environments, and what is to differ from it: NAME=VALUE NAME=VALUE.
ENVIRONMENT ?= default
PARAMETERS ?=

.PHONY: help setup demo sandbox emulator test check lint bench soak interleavings types imports format docs picture record build deploy clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) $(MINISTACK) $(WHEELS) ## Install everything that development needs, into this folder

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
	@$(RUN) -m cogapp --check docs/*.md
	@$(BIN)/uv lock --check --quiet --offline

bench: $(READY) ## What mapping costs: make bench [EVENTS=file] [DESTINATION=file]
	@$(RUN) -m benchmarks $(if $(EVENTS),--events $(EVENTS)) $(if $(DESTINATION),--destination $(DESTINATION))

interleavings: $(READY) ## Regulations that cross deliveries: make interleavings [SEED=n] [COUNT=n]
	@PYTHONPATH=. $(RUN) -m tests.interleavings $(or $(SEED),0) $(or $(COUNT),100000)

soak: $(READY) ## A million events on bad days: make soak [SEED=n] [EVENTS=n]
	@$(RUN) -m tests.simulation $(if $(SEED),--seed $(SEED)) $(if $(EVENTS),--events $(EVENTS))

types: $(READY) ## Types, strictly, in tests as well
	$(BIN)/mypy
	$(BIN)/mypy --python-version 3.11 emulator

imports: $(READY) ## The direction of imports
	@$(BIN)/lint-imports --no-logo

format: $(READY) ## Mend what lint can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## Print the parts of docs/ that come from code
	$(RUN) -m cogapp -r docs/*.md

picture: setup ## Take the picture of the emulator's page anew, with Debian's chromium
	TAKE_PICTURE=1 $(BIN)/pytest tests/browser -k picture

record: setup ## Record the sample events anew, from the real SDKs
	$(RUN) -m events.recorder

build: $(READY) ## Build what is deployed
	$(call check-parameters)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(SAM) build $(STATED)

deploy: build ## Deploy into your AWS account, as docs/deploying.md says
	$(SAM) deploy $(STATED)

clean: ## Remove what was installed and built here
	rm -rf .venv .venv-ministack .python .wheels .pycache .aws-sam .hypothesis .mypy_cache .pytest_cache
	rm -rf .ruff_cache .import_linter_cache events/recorder/node_modules tests/clients/node_modules

# What build and deploy are told alike. Parameters on sam's command line take the place of all that
# samconfig.toml says, so those are said again, and PARAMETERS after them: sam believes the last.
SAM := $(BIN)/sam
STATED = --config-env $(ENVIRONMENT) --parameter-overrides $(IN_FILE) $(GIVEN)
# Around nothing, sam wants to see quotes.
GIVEN = $(patsubst %=,%='""',$(PARAMETERS))
IN_FILE = $(shell awk -F '"' '/^\[/ { ours = $$0 == "[$(ENVIRONMENT).global.parameters]" } \
	ours && /^parameter_overrides/ { print $$2 }' samconfig.toml)
ENVIRONMENTS = $(shell sed -n 's/^\[\(.*\)\.global\.parameters\]$$/\1/p' samconfig.toml)
KNOWN = $(shell sed -n '/^Conditions:/q; s/^  \([A-Za-z]*\):$$/\1/p' template.yaml)
ARCHITECTURES := Architecture=arm64 Architecture=x86_64

define check-parameters
$(if $(filter-out $(ENVIRONMENTS),$(ENVIRONMENT)),$(error ENVIRONMENT is one of: $(ENVIRONMENTS)))
$(if $(ARCHITECTURE),$(error Say PARAMETERS="Architecture=$(ARCHITECTURE)"))
$(if $(filter-out $(addsuffix =%,$(KNOWN)),$(PARAMETERS)),$(error PARAMETERS may say NAME=VALUE of: $(KNOWN)))
$(if $(filter-out $(ARCHITECTURES),$(filter Architecture=%,$(PARAMETERS))),\
	$(error PARAMETERS may say one of: $(ARCHITECTURES)))
endef

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
