# Two environments: .venv holds what users get (no torch), .venv-dev every extra and the tools.
# Each is made when it is missing and brought up to date when pyproject.toml or constraints.txt change.
# The second is filled by uv: the same packages as by pip, in a fifth of the time.
PYTHON ?= python3
HOME_FOLDER ?= .carrel
PLAIN := .venv/.installed
DEV := .venv-dev/.installed
PIP := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: install demo dev test lint format gpu-check screenshots

install: $(PLAIN)

dev: $(DEV)

$(PLAIN): pyproject.toml constraints.txt
	@echo "Making .venv (a minute or two)"
	@$(PYTHON) -m venv .venv
	@.venv/bin/python $(PIP) --editable .
	@touch $@

$(DEV): pyproject.toml constraints.txt carrel-models/pyproject.toml
	@echo "Making .venv-dev with torch and all tools (some minutes, 5 GB)"
	@$(PYTHON) -m venv .venv-dev
	@.venv-dev/bin/python $(PIP) uv
	@.venv-dev/bin/python -m uv pip install --quiet --python .venv-dev --constraint constraints.txt --editable '.[dev]' --editable ./carrel-models
	@touch $@

demo: $(PLAIN)
	@sh examples/wikipedia/demo.sh $(HOME_FOLDER)

test: $(DEV)
	.venv-dev/bin/python -m pytest

lint: $(DEV)
	.venv-dev/bin/ruff check .
	.venv-dev/bin/ruff format --check .
	.venv-dev/bin/mypy
	.venv-dev/bin/lint-imports

gpu-check: $(DEV)
	@.venv-dev/bin/carrel bench gpu

format: $(DEV)
	.venv-dev/bin/ruff check --fix .
	.venv-dev/bin/ruff format .

screenshots: $(DEV)
	.venv-dev/bin/python -m benchmarks.screenshots
