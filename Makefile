# Every command of the project. `make` alone lists them; CI runs `make check`.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
export SAM_CLI_TELEMETRY := 0
# Compiled modules go to a folder of their own: one beside a function would be deployed with it.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.pycache
unexport PYTHONDONTWRITEBYTECODE
# Where uv installs Python, if this machine has none of .python-version.
export UV_PYTHON_INSTALL_DIR := $(CURDIR)/.python

BIN := .venv/bin
RUN := $(BIN)/python
DEMO := .venv/.demo
DEV := .venv/.dev
MINISTACK := .venv-ministack/.ready
CHECKOV := .venv-checkov/.ready
LAYER := layers/rudder_mixpanel
HOST := $(if $(filter arm64 aarch64,$(shell uname -m)),arm64,x86_64)
WHEELS := .wheels/.arm64 .wheels/.x86_64
SANDBOX := $(DEMO) $(MINISTACK) .wheels/.$(HOST)

# An environment of samconfig.toml, and the parameters that differ from it: NAME=VALUE NAME=VALUE.
ENVIRONMENT ?= default
PARAMETERS ?=
# FRESH=yes deploys although suppressions are forgotten. CONFIRM=no asks nothing, and yes asks.
FRESH ?=
CONFIRM ?=

# `make check` installs before it uses, and lints before it tests.
.NOTPARALLEL:
.PHONY: help setup demo sandbox rehearsal rehearsal-life emulator test check lint bench soak chaos backfills fuzz interleavings shuffles reconciliation mutations types imports security format docs picture record build deploy release clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(DEV) $(MINISTACK) $(WHEELS) ## Install everything that development needs, into this folder

demo: $(SANDBOX) ## Deploy the stack on this machine, send events, and show the outcome of each
	@$(RUN) -m sandbox demo

sandbox: $(SANDBOX) ## Start the same stack, and print the commands to use it
	@$(RUN) -m sandbox up

rehearsal: $(SANDBOX) ## Break a deployed stack in known ways, and check what where and doctor say
	@$(RUN) -m sandbox rehearsal

rehearsal-life: $(SANDBOX) ## Create, upgrade, remove and adopt a stack: make rehearsal-life [PREVIOUS=revision]
	@$(RUN) -m sandbox life $(if $(PREVIOUS),--previous $(PREVIOUS))

emulator: $(DEMO) ## Start a strict Mixpanel on http://127.0.0.1:8123
	@$(BIN)/mixpanel-emulator --port 8123

test: setup ## Run every test; needs neither AWS nor a network
	@$(BIN)/pytest --numprocesses auto

check: setup lint types imports security test demo ## Run everything that CI runs

lint: $(DEV) ## Check style, spelling, formatting, and the pages printed from code
	@$(BIN)/pre-commit run --all-files --show-diff-on-failure
	@$(RUN) -m cogapp --check ARCHITECTURE.md docs/*.md
	@$(BIN)/uv lock --check --quiet --offline
	@$(BIN)/uv lock --check --quiet --offline --project tools/checkov

bench: $(DEV) ## Measure what mapping costs: make bench [EVENTS=file] [DESTINATION=file]
	@$(RUN) -m benchmarks $(if $(EVENTS),--events $(EVENTS)) $(if $(DESTINATION),--destination $(DESTINATION))

interleavings: $(DEV) ## Test regulations during deliveries: make interleavings [SEED=n] [COUNT=n]
	@PYTHONPATH=. $(RUN) -m tests.interleavings $(or $(SEED),0) $(or $(COUNT),100000)

shuffles: $(DEV) ## Shuffle updates of profiles among invocations: make shuffles [SEED=n] [COUNT=n]
	@PYTHONPATH=. $(RUN) -m tests.shuffles $(if $(SEED),--seed $(SEED)) $(if $(COUNT),--count $(COUNT))

reconciliation: $(DEV) ## Compare 200,000 events with a Mixpanel that loses some: make reconciliation [SEED=n] [EVENTS=n]
	@PYTHONPATH=. $(RUN) -m tests.reconciliation $(if $(SEED),--seed $(SEED)) $(if $(EVENTS),--events $(EVENTS))

mutations: $(DEV) ## Break promises in a copy, and name the tests that notice: make mutations [ONLY=name]
	@PYTHONPATH=. $(RUN) -m tests.mutations $(if $(ONLY),"$(ONLY)")

soak: $(DEV) ## Deliver a million events with faults: make soak [SEED=n] [EVENTS=n]
	@$(RUN) -m tests.simulation $(if $(SEED),--seed $(SEED)) $(if $(EVENTS),--events $(EVENTS))

chaos: $(DEV) $(MINISTACK) .wheels/.$(HOST) ## Kill functions that share a ledger: make chaos [SEED=n] [TRIALS=n]
	@$(RUN) -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(TRIALS),--trials $(TRIALS))

backfills: $(DEV) ## Kill a backfill 50 times, resume and repeat it: make backfills [SEED=n] [EVENTS=n] [KILLS=n]
	@PYTHONPATH=. $(RUN) -m tests.backfill $(if $(SEED),--seed $(SEED)) $(if $(EVENTS),--events $(EVENTS)) $(if $(KILLS),--kills $(KILLS))

fuzz: $(DEV) ## Read and map hostile input: make fuzz [SEED=n] [MINUTES=n]
	@$(RUN) -m tests.fuzz $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))

types: $(DEV) ## Check types
	$(BIN)/mypy
	$(BIN)/mypy --python-version 3.11 emulator

imports: $(DEV) ## Check the direction of imports
	@$(BIN)/lint-imports --no-logo

security: $(DEV) $(CHECKOV) ## Check the expanded template with checkov
	@PYTHONPATH=. $(RUN) -m tests.security

format: $(DEV) ## Fix what lint can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(DEV) ## Print the parts of the documentation that come from code
	$(RUN) -m cogapp -r ARCHITECTURE.md docs/*.md

picture: setup ## Take the picture of the emulator's page again, with Debian's chromium
	TAKE_PICTURE=1 $(BIN)/pytest tests/browser -k picture

record: setup ## Record the sample events again, from the real SDKs
	$(RUN) -m events.recorder

build: $(DEMO) ## Build what is deployed, for an ENVIRONMENT of samconfig.toml
	PATH="$(CURDIR)/$(BIN):$$PATH" $(SAM) build $(SAM_OPTIONS)

deploy: build ## Deploy to AWS: make deploy [ENVIRONMENT=name] [PARAMETERS=...] [FRESH=yes] [CONFIRM=no]
	@$(RUN) -m tools.deployment --environment=$(call quote,$(ENVIRONMENT)) \
		--parameters=$(call quote,$(PARAMETERS)) --fresh=$(call quote,$(FRESH)) --confirm=$(call quote,$(CONFIRM))

release: $(DEV) $(WHEELS) ## Build wheels, SAM application, SBOM and checksums into dist/
	@$(RUN) -m tools.release dist

clean: ## Remove everything that was installed or built here
	rm -rf .venv .venv-ministack .venv-checkov .python .wheels .pycache .aws-sam dist .hypothesis .mypy_cache .pytest_cache
	rm -rf .ruff_cache .import_linter_cache events/recorder/node_modules tests/clients/node_modules

# The options of `sam build` and `sam deploy`, or one line of error that stops make.
SAM := $(BIN)/sam
quote = '$(subst ','\'',$(1))'
PRINTED_OPTIONS = $(shell $(RUN) -B -m tools.parameters --environment=$(call quote,$(ENVIRONMENT)) \
	--parameters=$(call quote,$(PARAMETERS)) --architecture=$(call quote,$(ARCHITECTURE)))
stop_on_error = $(if $(filter error:,$(1)),$(error $(filter-out error:,$(1))),$(1))
SAM_OPTIONS = $(call stop_on_error,$(or $(PRINTED_OPTIONS),error: tools/parameters.py failed))

# Two stamps for one .venv: `make demo` installs less than development needs, and never removes more.
INSTALLED_FROM := pyproject.toml uv.lock .python-version
PREREQUISITES := tools/prerequisites.sh
# Megabytes that all folders take together.
DEMO_SIZE := 600
DEV_SIZE := 1700

$(DEMO): $(INSTALLED_FROM)
	@$(PREREQUISITES) $(DEMO_SIZE)
	@tools/install.sh demo
	@touch $@

$(DEV): $(INSTALLED_FROM)
	@$(PREREQUISITES) $(DEV_SIZE)
	@tools/install.sh dev
	@touch $(DEMO) $@

# The local AWS has an environment of its own: its libraries must not be mistaken for the project's.
$(MINISTACK): $(INSTALLED_FROM) | $(DEMO)
	@tools/install.sh ministack
	@touch $@

# So has checkov, whose libraries conflict with the project's. It takes 190 MB.
$(CHECKOV): tools/checkov/uv.lock .python-version | $(DEV)
	@tools/install.sh checkov
	@touch $@

# The layer's libraries for an architecture, so that building needs no network.
.wheels/.%: $(LAYER)/requirements.txt | $(DEMO)
	@echo "Downloading the layer's libraries for $* into .wheels" >&2
	@$(MAKE) --silent --no-print-directory -C $(LAYER)/platforms/$* -f ../../Makefile wheels \
		ARTIFACTS_DIR="$(CURDIR)/.wheels/$*"
	@touch $@
