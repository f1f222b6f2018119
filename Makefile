# Sàng Lọc. `make help` lists the targets; operations.md in docs/ says more.

PROVINCE ?= lang_son
PEOPLE ?=
ROUNDS ?= 3
# Which Python makes .venv; searched for when empty.
PYTHON ?=

BIN := .venv/bin
# Tests must see no setting of another Airflow or of a running demo, and keep what Python compiled: every task imports anew.
CLEAN_ENV := env $(foreach name,$(filter SANGLOC_% AIRFLOW_% _AIRFLOW_%,$(.VARIABLES)),-u $(name)) -u PYTHONDONTWRITEBYTECODE
# The whole suite runs in this many processes; a part of it (ARGS) in one.
TEST_PROCESSES ?= 2

.DEFAULT_GOAL := help
.PHONY: help install demo test down clean lint format lock bench soak soak-demo soak-year

help: ## this list
	@sed -n 's/^\([a-z%-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

.venv/.installed: requirements.txt pyproject.toml scripts/bootstrap.sh
	@PYTHON='$(PYTHON)' sh scripts/bootstrap.sh requirements.txt
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.txt
	@PYTHON='$(PYTHON)' sh scripts/bootstrap.sh requirements-dev.txt
	@touch $@

install: .venv/.installed ## everything the project needs, into .venv

demo: .venv/.installed ## a whole province through every DAG (PROVINCE=lang_son, PEOPLE=20000)
	@$(BIN)/sangloc demo --province '$(PROVINCE)' $(if $(PEOPLE),--people '$(PEOPLE)')

down: ## stop every process of the demo
	@if [ -x $(BIN)/sangloc ]; then $(BIN)/sangloc down; fi

clean: down ## stop the demo and remove its state (.sangloc, or SANGLOC_HOME)
	@home="$${SANGLOC_HOME:-.sangloc}"; if [ ! -e "$$home" ] || [ -e "$$home/secrets.json" ]; then rm -rf "$$home"; \
		else echo "$$home holds no state of Sàng Lọc; nothing is removed"; fi

test: .venv/.installed-dev ## all tests, side by side (ARGS= goes to pytest, then in one process)
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
		$(CLEAN_ENV) SANGLOC_HOME="$$scratch/home" $(BIN)/python -m pytest $(or $(ARGS),-n $(TEST_PROCESSES))

lint: .venv/.installed-dev ## style, types and SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 include/sql

format: .venv/.installed-dev ## bring Python and SQL into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 2 include/sql

lock: .venv/.installed ## make requirements*.txt anew from requirements*.in
	@PYTHON='$(PYTHON)' sh scripts/bootstrap.sh --lock

bench: $(patsubst scripts/bench_%.py,bench-%,$(wildcard scripts/bench_*.py)) ## every benchmark (one: make bench-AREA, SCALE=0.1 for a quick look)
	@$(if $^,:,echo "there is no scripts/bench_*.py")

bench-%: scripts/bench_%.py .venv/.installed
	@$(BIN)/python $<

soak: soak-demo soak-year ## the demo again and again, then a simulated year

soak-demo: .venv/.installed ## the demo ROUNDS=3 times; later rounds must end as quickly and change nothing
	@for round in $$(seq $(ROUNDS)); do echo "round $$round of $(ROUNDS)"; $(MAKE) --no-print-directory demo || exit 1; \
		$(BIN)/sangloc status || exit 1; done

soak-year: .venv/.installed ## July 2026 to December 2027 through the scheduler (ARGS=--short: the end of a year in one province)
	@$(CLEAN_ENV) $(BIN)/python scripts/soak_year.py $(ARGS)
