# For people who work on saleor-loyalty, or want to see it. Operators install the package with pip.
.DEFAULT_GOAL := help
.PHONY: help setup demo test bench lint lock clean

VENV := .venv
IN := $(VENV)/bin
# Python 3.11 or newer; `make PYTHON=/path/to/python3` chooses one.
FIND_PYTHON := for each in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; each=; done

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

demo: setup ## show everything at work with a sandbox shop, until Ctrl-C
	@$(IN)/saleor-loyalty demo $(OPTIONS)

test: setup ## run the tests
	$(IN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal $(OPTIONS)

bench: setup ## measure the hot paths beside what PostgreSQL can do
	PYTHONPATH=tests $(IN)/python -m benchmarks $(OPTIONS)

lint: setup ## check style, types and imports
	$(IN)/ruff check
	$(IN)/ruff format --check
	@# mypy reads our settings, which want these; nothing is connected to.
	DATABASE_URL=dbname=none CELERY_BROKER_URL=memory:// \
	  ENCRYPTION_KEYS=$$($(IN)/saleor-loyalty generate_key) $(IN)/mypy
	$(IN)/lint-imports

setup: $(VENV)/ready ## prepare .venv (the others do it by themselves)

$(VENV)/ready: requirements.lock pyproject.toml
	@$(FIND_PYTHON); if [ -z "$$each" ]; then \
	  echo "saleor-loyalty needs Python 3.11 or newer, and there is none on the PATH." >&2; \
	  echo "Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; fi; \
	echo "Preparing $(VENV) with $$("$$each" --version); this takes a minute the first time."; \
	"$$each" -m venv $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(IN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes \
	  --requirement requirements.lock
	@$(IN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation \
	  --editable .
	@touch $@

lock: ## choose the newest versions that pyproject.toml allows (needs uv)
	uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 \
	  --extra embedded --group dev --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --output-file requirements.lock

clean: ## remove what make made, and the demo's data
	@# Root's demo keeps its data elsewhere, because its servers run as another user.
	if [ "$$(id -u)" = 0 ]; then rm -rf /var/lib/saleor-loyalty-demo; fi
	rm -rf $(VENV) .data .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage build
