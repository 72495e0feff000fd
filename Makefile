# Everything a fresh machine needs: git, Python 3.11, pip, npm, apt-get.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
export PATH := $(CURDIR)/$(BIN):$(PATH)
export NO_ALBUMENTATIONS_UPDATE := 1
export HF_HUB_DISABLE_TELEMETRY := 1
export DVC_NO_ANALYTICS := 1

.PHONY: help install repro demo tasks proof policy influence speech video fetch test faults fuzz licences audit test-slow bench parser parser-dev attack chromium axe azurite format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## make the virtual environment and install the exact tested versions

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing; install it or call: make PYTHON=python3"; exit 1; }
	@test -x $(BIN)/python || { echo "== making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "== installing (about 7 GB with torch, a few minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --disable-pip-version-check --no-compile -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

repro: $(STAMP) ## fetch the corpora, run the whole pipeline, print the results and the report's path
	@$(BIN)/dvc repro
	@$(BIN)/python -m curate.summary

tasks: $(STAMP) ## put the models to work on tasks, after repro: tasks/dvc.yaml
	@$(BIN)/dvc repro tasks/dvc.yaml

proof: $(STAMP) ## does curation pay? after repro, with known noise, paired seeds and intervals: proof/dvc.yaml
	@$(BIN)/dvc repro proof/dvc.yaml
	@cp proof/metrics/proof.json metrics/proof.json
	@cat reports/proof.md

policy: $(STAMP) ## which filters and mix are best? a search by small runs, after proof: proof/search/dvc.yaml
	@$(BIN)/python -m train.policy_search --pipeline proof/search/dvc.yaml \
		--figures proof/search/metrics/run.json --room .pairwright/policies \
		--study .pairwright/policies.log --table reports/policy.md --metrics metrics/policy.json
	@cat reports/policy.md

influence: $(STAMP) ## which training pairs help or hurt? after repro, by gradients, losses and leaving out: proof/influence/dvc.yaml
	@$(BIN)/dvc repro proof/influence/dvc.yaml
	@cp proof/metrics/influence.json metrics/influence.json
	@cat reports/influence.md

speech: $(STAMP) ## let a model hear spoken captions, and measure it, after repro: media/dvc.yaml
	@$(BIN)/dvc repro media/dvc.yaml:evaluate_media@speech-imagebert
	@$(MAKE) media-table

video: $(STAMP) ## let a model watch clips, and measure it, after repro: media/dvc.yaml
	@$(BIN)/dvc repro media/dvc.yaml:evaluate_media@video-imagebert
	@$(MAKE) media-table

.PHONY: media-table
media-table: $(STAMP)
	@$(BIN)/dvc repro --single-item media/dvc.yaml:media_runs
	@cat reports/media.md

demo: $(STAMP) ## after repro: search the snapshot, read its report, and why each pair is kept, in a browser
	@for made in data/index reports/index.html models/imagebert; do \
		test -e $$made || { echo "there is no $$made yet; run: make repro"; exit 1; }; done
	@$(BIN)/pairwright serve --rerank models/imagebert $(ARGS)

fetch: $(STAMP) ## fetch again the packages that could not be had before
	@$(BIN)/dvc repro --force --single-item fetch

test: ## lint, types and every test that takes seconds (CI runs this)
	@$(MAKE) --jobs=2 style chromium axe azurite
	@$(MAKE) --jobs=2 types tests

.PHONY: style types tests
style: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP)
	@$(BIN)/mypy

# A process for every core: threads of their own would wait for one another.
tests: export OMP_NUM_THREADS := 1
tests: $(STAMP) chromium axe azurite
	@$(BIN)/python -m pytest -m "not slow and not gpu" --numprocesses=2 --dist=loadfile \
		--no-loadscope-reorder

faults: $(STAMP) ## strike every stage by 200 faults, and see whether the next run gives the same bytes
	@$(BIN)/python -m tests.faults $(ARGS)

fuzz: $(STAMP) ## bytes without end for every reader of data: make fuzz [ARGS="--seconds 3600 --readers pages"]
	@$(BIN)/python -m tests.fuzz $(ARGS)

licences: $(STAMP) ## list the licence of every installed package, and who needs it
	@$(BIN)/python -m docs.licences

AUDIT := .pairwright/audit
audit: ## ask for known weaknesses of the tested versions (pip-audit, in an environment of its own; a network)
	@test -x $(AUDIT)/bin/pip-audit || { $(PYTHON) -m venv $(AUDIT); \
		$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1; }
	@$(AUDIT)/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip $(ARGS)

test-slow: $(STAMP) chromium ## the tests that take minutes
	@$(BIN)/python -m pytest -m "slow and not gpu"

bench: $(STAMP) ## measure against a peer: make bench NAME=crawl [ARGS="--repeats 1"]
	@test -f "benchmarks/$(NAME).py" || { \
		echo "NAME is one of: $(patsubst benchmarks/%.py,%,$(wildcard benchmarks/[a-z]*.py))"; exit 1; }
	@$(BIN)/python -m benchmarks.$(NAME) $(ARGS)

parser: $(STAMP) ## train the scene graph parser: make parser FACTUAL=folder/with/train.csv
	@$(BIN)/python -m align.train_parser "$(FACTUAL)/train.csv" --wordnet data/packages/wordnet-base

parser-dev: $(STAMP) ## how well it reads: make parser-dev FACTUAL=folder/with/dev.csv
	@$(BIN)/python -m align.evaluate_parser "$(FACTUAL)/dev.csv" --wordnet data/packages/wordnet-base

attack: $(STAMP) ## after repro: look at hard negatives again, and attack them by a reader that is learnt
	@$(BIN)/python -m align.check_negatives --negatives data/labels/negatives --sets data/pool \
		--decisions data/decisions/pool.parquet --packages data/packages
	@$(BIN)/python -m align.attack_negatives --negatives data/labels/negatives --sets data/pool

chromium:
	@command -v chromium >/dev/null || { \
		test "$$(id -u)" = 0 && { echo "== installing chromium for the report's browser test"; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
		|| echo "chromium is missing: the report's browser test will be skipped"; }

axe: $(STAMP)
	@test -f $(VENV)/lib/node_modules/axe-core/axe.min.js || { \
		command -v npm >/dev/null && { echo "== installing axe-core, the checker of the report's accessibility"; \
		npm install --global --prefix $(VENV) --ignore-scripts --no-audit --no-fund \
			--loglevel=error axe-core@4.14.1; } \
		|| echo "axe-core is missing: the report's accessibility test will be skipped"; }

azurite: $(STAMP) | axe
	@command -v azurite-blob >/dev/null || { \
		command -v npm >/dev/null && { echo "== installing azurite, the object store of the tests"; \
		npm install --global --prefix $(VENV) --ignore-scripts --no-audit --no-fund \
			--loglevel=error azurite@3.35.0; } \
		|| echo "azurite is missing: the tests of crawls to a store will be skipped"; }

.PHONY: docs
docs: $(STAMP) ## build the documentation site, strictly, into site/
	@$(BIN)/python -m docs.generate
	@$(BIN)/zensical build --strict --clean
	@echo "the site is $(CURDIR)/site/index.html; to search it: python3 -m http.server --directory site"

.PHONY: senses
senses: $(STAMP) ## which share of nouns judged by hand has the right sense, after repro
	@$(BIN)/python -m align.evaluate_senses tests/align/senses.csv

format: $(STAMP) ## format and mend what the linter can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## remove outputs and memory (not the virtual environment, nor DVC's cache)
	rm -rf data models reports dvclive tasks/dvclive media/dvclive proof/data proof/dvclive proof/search/data .pairwright
