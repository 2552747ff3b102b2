# `make help` lists what there is. Everything but `help` and `clean` first makes a
# virtual environment in $(VENV) and installs kpoc there.
PYTHON ?= python3
VENV ?= .venv
MODEL ?=
RECIPE ?= portraits/baseline
TRIALS ?= 20
WORKERS ?=
SIDES ?= portraits/baseline portraits/lmf_denseweight
ARGS ?=
# processes that share the tests
JOBS ?= 2

# sides and spaces say their own model
ifneq ($(MODEL),)
ifneq ($(filter compare tune,$(MAKECMDGOALS)),)
$(error MODEL must be given to make train alone. Received: MODEL=$(MODEL))
endif
endif

ENVIRONMENT_tfvit := .venv-tfvit/.installed

BIN := $(VENV)/bin
KPOC := $(BIN)/kpoc

.DEFAULT_GOAL := help
.PHONY: help install tfvit train compare tune coverage test lint format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile
	@echo "  variables: RECIPE=$(RECIPE)  TRIALS=$(TRIALS)  WORKERS=<number>  MODEL=<name>  SIDES=\"$(SIDES)\"  ARGS=<options and key=value>"

$(BIN)/.installed: setup.cfg setup.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[tensorflow]"
	@touch $@

$(BIN)/.installed-tune: $(BIN)/.installed
	$(BIN)/python -m pip install --quiet --editable ".[tensorflow,tuning]"
	@touch $@

$(BIN)/.installed-test: $(BIN)/.installed
	$(BIN)/python -m pip install --quiet --editable ".[tensorflow,test]"
	@touch $@

# what some models are trained in, apart from all else: an extra of kpoc's by name
.venv-%/.installed: setup.cfg setup.py
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet --upgrade pip
	.venv-$*/bin/python -m pip install --quiet --editable ".[$*]"
	@touch $@

install: $(BIN)/.installed ## install kpoc into a virtual environment

tfvit: .venv-tfvit/.installed ## install the environment of MODEL=tfvit

train: $(BIN)/.installed $(ENVIRONMENT_$(MODEL)) ## train RECIPE, with another MODEL if one is named (kpoc models)
	$(KPOC) train $(RECIPE) $(if $(MODEL),--model $(MODEL)) $(ARGS)

compare: $(BIN)/.installed ## train SIDES with 3 seeds each, compare them, write a page
	$(KPOC) compare $(SIDES) $(ARGS)

tune: $(BIN)/.installed-tune ## search better settings of RECIPE in TRIALS trials, compare the best with it
	$(BIN)/python -m tuning $(RECIPE) --trials $(TRIALS) $(if $(WORKERS),--workers $(WORKERS)) $(ARGS)

coverage: $(BIN)/.installed ## prove by simulation that the intervals cover (minutes)
	$(BIN)/python benchmarks/coverage.py

test: $(BIN)/.installed-test ## run the tests; ARGS=--runslow for all of them
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadgroup $(ARGS)

lint: $(BIN)/.installed-test ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(BIN)/.installed-test ## put the code into the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what tools leave behind; runs/, searches/ and comparisons/ stay
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path "./$(VENV)/*" -not -path "./.venv-*" -prune -exec rm -rf {} +
