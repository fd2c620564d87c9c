# Everything a person runs here. `make` alone lists it. Needs make and Python >= 3.11 (PYTHON=... names one).

MAKEFLAGS += --no-print-directory
BIN := .venv/bin
WORKERS ?= 2
export PYTHON INSTALL

.PHONY: help venv engine engines demo test lint bench site format dist clean

help:
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

venv: ## make or update .venv, with the command mtasts in it
	@tools/bootstrap.sh

engine: ## find the Pulumi engine, or obtain it
	@tools/bootstrap.sh engine
	@$(BIN)/mtasts engine >/dev/null

demo: engine ## publish two mail domains in the sandbox, flip one, see what senders see
	@$(BIN)/mtasts demo

# Compiled code is kept whatever the environment says: the tests start the command some thousand times.
test: engine ## the whole test suite, engine included (as root: with the Debian servers it needs; INSTALL=no: without)
	@sh tools/test-servers.sh
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

engines: engine ## the tests marked `engines`, with the oldest engine that is supported (ENGINE=newest: with the newest)
	@if [ "$(ENGINE)" = newest ]; then found=$$($(BIN)/mtasts engine); else found=$$($(BIN)/python -m tools.oldest_engine); fi && \
		MTASTS_ENGINE=$$found $(BIN)/python -m pytest -m engines tests/mtasts_pulumi tests/publishing

lint: venv ## ruff, mypy --strict, import contracts; actionlint, zizmor, GitLab's schema over the pipelines; parliament over roles
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.actionlint
	@$(BIN)/zizmor --offline --strict-collection --persona=pedantic --quiet --no-progress .github
	@$(BIN)/python -m tools.gitlab_components
	@$(BIN)/python -m tools.role_lint

format: venv ## write the code as ruff wants it
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: engine ## measure against a bare Pulumi program, and the rest of bench/
	@$(BIN)/python -m bench $(ARGS)

site: venv ## the pages of docs/ as a web site in build/site, links and pictures checked
	@$(BIN)/python -m tools.site

dist: venv ## build a release into dist/: three wheels, their sources, requirements by hash, checksums
	@$(BIN)/python -m tools.dist

clean: ## remove what was made here; the engine in ~/.cache/mtasts stays
	@rm -rf .venv .venv.lock .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
