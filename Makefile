# Two commands do everything on a fresh machine: make demo, make test.

BIN := .venv/bin
# Much of a test is waiting for the processes it started; by file, because a file's tests share what they make.
PYTEST := $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile
LOCK := uv pip compile pyproject.toml --group demo --group dev --universal --generate-hashes --quiet --no-header

.PHONY: setup demo test test-fast test-slow test-bare check dist lint lock lock-check schemas keys snapshots bench clean

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh

demo: setup
	@$(BIN)/cwtui demo --studio demo

test: setup
	@$(PYTEST)

# Unit tests only: none starts a process, encodes media or runs a neural network.
test-fast: setup
	@$(PYTEST) -m "not slow and not integration" $(addprefix --ignore tests/,cli console jobs picture survival)

# What takes long: every one of the 200 moments at which work is killed.
test-slow: setup
	@$(PYTEST) -m "slow or not slow"

# Both commands in a bare Debian, built in a temporary folder: what a fresh machine lacks shows there. Needs root.
test-bare:
	@sh scripts/test_bare.sh

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --platform darwin
	$(BIN)/lint-imports

# Fresh: the lock is what pyproject.toml asks for; portable: all of it has a wheel for a Mac.
lock-check: setup
	@PATH="$(CURDIR)/.uv/bin:$$PATH" sh scripts/lock_check.sh

check: lint lock-check test

# A wheel for uv tool install or pipx, and the versions that the tests use as constraints.
dist: setup
	@mkdir -p dist
	@$(BIN)/python -m hatchling build -t wheel -d dist
	@sed -n '/^[A-Za-z]/s/ \\$$//p' requirements.lock > dist/constraints.txt
	@echo dist/constraints.txt

lock:
	PATH="$(CURDIR)/.uv/bin:$$PATH" $(LOCK) --upgrade --output-file requirements.lock

# docs/schemas/, after a change of what is written down about words.
schemas: setup
	$(BIN)/python scripts/schemas.py

# docs/keys.md, after a change of the console's actions.
keys: setup
	$(BIN)/python scripts/keys.py

# The screens that tests/console/test_screens.py holds, after a change that is meant: look at them before they are kept.
snapshots: setup
	$(BIN)/python -m pytest tests/console/test_screens.py --snapshot-update

bench: setup
	$(BIN)/python -m bench

clean:
	rm -rf .venv .uv demo dist .mypy_cache .ruff_cache .pytest_cache
