# `make demo` and `make test` need nothing but Python 3.11 and the package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test slow-test lint types docs clean

demo: $(VENV)/installed
	$(BIN)/seldkit detect examples/demo.mp4 --truth examples/demo.csv --output demo-output --plot

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n 2 -m "not slow"

slow-test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n 2 -m slow

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

# Open build/site/index.html; no server is required.
docs: $(VENV)/installed-docs
	$(BIN)/python tools/build_site.py

# The pins hold torch to a release with a CPU build; without them pip may bring gigabytes of CUDA packages.
$(VENV)/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train,synthesis,embeddings,pose,web,dev]'
	touch $@

$(VENV)/installed-docs: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	touch $@

clean:
	rm -rf $(VENV) demo-output .mypy_cache .pytest_cache .ruff_cache
