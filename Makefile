# Every target first creates .venv, a virtual environment with exactly the locked packages that the target needs.
# Works with GNU make 3.81 (macOS) and later. `make` alone lists the targets.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input --quiet --quiet
COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"

# The Python to build the environment from: the newest supported one, or your choice (make test PYTHON=python3.12).
PYTHON ?=
PYTHONS := $(if $(PYTHON),$(PYTHON),python3.14 python3.13 python3.12 python3.11 python3)
RIGHT_VERSION := import sys; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:
.PHONY: help demo run quick test bench crashes soak screenshots lint format lock licences release clean FORCE

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

# In CI or without a terminal this plays the tour instead of opening the page. Anywhere: make demo ARGS=--tour
demo: $(VENV)/.demo ## try the bot in a local Slack in your browser, no account needed (ARGS=--tour: in the terminal)
	@$(PY) -m bot sandbox --auto $(ARGS)

run: $(VENV)/.runtime ## serve your Slack workspace (settings: the environment or .env)
	@$(PY) -m bot serve

# What answers in about half a minute on two cores: pure code, what holds the files together, and one enrollment from
# its start to its end in a local Slack on SQLite. Generated input has fewer examples. Random walks, whether everything
# fits into Slack's limits, and the slowest files are left out.
QUICK := tests/domain tests/presentation tests/test_architecture.py tests/test_clock.py tests/test_docs.py \
	tests/test_manifest.py tests/test_repository.py tests/test_settings.py tests/handlers/test_whole_procedure.py
SLOW := $(addprefix tests/presentation/test_, many.py limits.py template_overrides.py escaping.py) \
	tests/domain/test_preflight_unseen.py
quick: $(VENV)/.dev ## run the fast tests: an answer in about half a minute
	@$(PY) -m pytest -n logical --hypothesis-profile quick -k "not postgresql and not walk and not fit" \
		$(SLOW:%=--ignore %) $(QUICK)

# Runs two processes on each core. To run a part of the tests, one after the other: make test PYTEST_ARGS="-k card"
PYTEST_ARGS ?= -n auto
test: $(VENV)/.dev ## run the tests
	@$(PY) -m pytest $(PYTEST_ARGS)

bench: $(VENV)/.dev ## measure response times, throughput and memory
	@$(PY) -m tests.bench $(BENCH_ARGS)

screenshots: $(VENV)/.dev ## take the pictures in docs/images again
	@$(PY) -m tests.screenshots

crashes: $(VENV)/.dev ## kill the bot hundreds of times while it delivers, and count lost and repeated messages
	@$(PY) -m tests.delivery.crash_series $(CRASH_ARGS)

soak: $(VENV)/.dev ## live through eight weeks with faults of Slack and kill -9, and look for losses and growth
	@$(PY) -m tests.soak $(SOAK_ARGS)

lint: $(VENV)/.dev ## check style, formatting and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

format: $(VENV)/.dev ## fix style and formatting
	@$(PY) -m ruff check --fix --exit-zero --quiet .
	@$(PY) -m ruff format .

# Keeps the locked versions unless pyproject.toml excludes them. To get the newest ones: make lock LOCK_ARGS=--upgrade
lock: $(VENV)/.made ## write requirements*.txt again from pyproject.toml
	@$(PIP) install uv
	@$(COMPILE) $(LOCK_ARGS) --all-extras -o requirements-dev.txt pyproject.toml
	@$(COMPILE) $(LOCK_ARGS) -c requirements-dev.txt --extra demo -o requirements-demo.txt pyproject.toml
	@$(COMPILE) $(LOCK_ARGS) -c requirements-dev.txt -o requirements.txt pyproject.toml
	@echo "requirements.txt, requirements-demo.txt and requirements-dev.txt are up to date."

licences: $(VENV)/.dev ## write docs/LICENCES.md again from the locked packages
	@$(PY) -m tests.release.licences

# It publishes nothing. To see what it would make, without the tests: make release RELEASE_ARGS=--dry-run
release: $(VENV)/.dev ## check, test and build a release in dist/
	@$(PY) -m tests.release $(RELEASE_ARGS)

clean: ## remove the virtual environment, builds and caches; databases and .env stay
	@rm -rf $(VENV) build dist bot/localslack/dist .pytest_cache .ruff_cache .mypy_cache .hypothesis
	@find bot handlers tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# Each stamp below records that its lock file is installed. The demo's packages include the bot's, and the development
# packages include the demo's.
$(VENV)/.runtime: $(VENV)/.made requirements.txt
	@echo "Installing what the bot runs on into $(VENV) (only now and when it changes) ..."
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.demo: $(VENV)/.made requirements-demo.txt
	@echo "Installing what the bot and its demo run on into $(VENV) (only now and when it changes) ..."
	@$(PIP) install --require-hashes -r requirements-demo.txt
	@touch $(VENV)/.runtime $@

$(VENV)/.dev: $(VENV)/.made requirements-dev.txt
	@echo "Installing what the bot and its tests need into $(VENV) (only now and when it changes) ..."
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $(VENV)/.runtime $(VENV)/.demo $@

# After an upgrade of the system's Python, the environment is a dangling link: build it again.
ifneq ($(shell test -x $(PY) && echo there),there)
$(VENV)/.made: FORCE
endif

$(VENV)/.made:
	@if [ -x $(PY) ] && $(PY) -c '$(RIGHT_VERSION)' && $(PY) -m pip --version >/dev/null 2>&1; then \
		touch $@; exit 0; \
	fi; \
	chosen=; bare=; \
	for python in $(PYTHONS); do \
		"$$python" -c '$(RIGHT_VERSION)' >/dev/null 2>&1 || continue; \
		if "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then chosen=$$python; break; fi; \
		bare=$${bare:-$$python}; \
	done; \
	if [ -z "$$chosen" ] && [ -n "$$bare" ]; then \
		echo "$$bare lacks its venv module. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	elif [ -z "$$chosen" ]; then \
		echo "Python 3.11 or later is needed; none of these is: $(PYTHONS)." >&2; \
		echo "Debian and Ubuntu: apt install python3 python3-venv. macOS: brew install python." >&2; \
		echo "Is it elsewhere? make $(firstword $(MAKECMDGOALS)) PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	echo "Creating $(VENV) with $$("$$chosen" --version) ..."; \
	"$$chosen" -m venv --clear $(VENV) && touch $@
