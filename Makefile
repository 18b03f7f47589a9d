# The project's commands; `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Where PyTorch has its builds for CPUs. On Linux, the one on PyPI brings gigabytes of CUDA libraries.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

export NO_MKDOCS_2_WARNING := 1

.PHONY: help serve test quick build bench check format clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(READY)  ## set up, then serve the site and rebuild it after each save
	$(BIN)/mkdocs serve

test: $(READY)  ## set up, then run every test
	$(BIN)/pytest --numprocesses auto

quick: $(READY)  ## set up, then run the tests that need no browser and run no chapter
	$(BIN)/pytest --numprocesses logical -m 'not slow'

build: $(READY)  ## build the site into site/, every warning an error
	$(BIN)/mkdocs build --strict

bench: $(VENV)/.ready-bench  ## measure the speeds that the project promises
	$(BIN)/python -m benchmarks

check: $(READY)  ## format, lint and types, changing nothing
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

format: $(READY)  ## put the format right
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean:  ## remove everything that the other commands made
	rm -rf $(VENV) site docs/site .cache docs/.cache .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

PIP_INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt

# torch comes first and alone: of all packages, it alone is looked for at that index as well.
$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) --extra-index-url $(TORCH_INDEX) --retries 1 --no-deps torch
	$(PIP_INSTALL) --editable '.[docs,test,dev]'
	touch $@

$(VENV)/.ready-bench: $(READY)
	$(PIP_INSTALL) --editable '.[docs,test,dev,bench]'
	touch $@
