# On a new machine, `make demo` and `make test` install everything they need.

BIN := .venv/bin
# Tests run in parallel, as many as tests/conftest.py finds; by file, because the tests of a file share fixtures; the
# longest files first, in the order of tests/conftest.py.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder
# Compiled modules are kept: without them, every process that a test starts compiles all that it imports.
export PYTHONDONTWRITEBYTECODE :=
LOCK := uv pip compile pyproject.toml --extra farm --extra market --extra science --group demo --group dev --universal --generate-hashes --quiet --no-header

.PHONY: setup demo test test-fast test-slow day test-bare check dist lint lock lock-check schemas keys checks-page snapshots bench clean

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh

# Every parallel test process collects all tests. After a setup, one process first compiles them and what they import:
# otherwise each of them would.
.venv/.collected: .venv/.ready
	@$(BIN)/python -m pytest --collect-only > /dev/null 2>&1 || true
	@touch $@

demo: setup
	@$(BIN)/cwtui demo --studio demo

test: setup .venv/.collected
	@$(PYTEST)

# Unit tests only: no processes, no encoding, no neural networks.
test-fast: setup
	@$(PYTEST) -m "not slow and not integration" $(addprefix --ignore tests/,cli console jobs picture survival)

# All tests, including slow ones, such as all 200 points at which jobs are killed.
test-slow: setup .venv/.collected
	@$(PYTEST) -m "slow or not slow"

# A newcomer's whole day in a terminal, with a picture of each step in build/day/.
day: setup
	@CLEANWATER_DAY=build/day $(BIN)/python -m pytest -m slow tests/console/test_day.py

# `make demo` and `make test` in a bare Debian, to find missing dependencies. Needs root.
test-bare:
	@sh scripts/test_bare.sh

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --platform darwin --cache-dir .mypy_cache/darwin & darwin=$$!; $(BIN)/mypy && wait $$darwin
	$(BIN)/lint-imports

# The lock matches pyproject.toml, and every package has a macOS wheel.
lock-check: setup
	@PATH="$(CURDIR)/.uv/bin:$$PATH" sh scripts/lock_check.sh

# The static checks run beside the tests, which mostly wait for processes: they take the processor time that is left.
# What they print follows as a whole when they end; the tests continue if one of them fails.
check: setup
	@mkdir -p build
	@{ nice -n 10 $(MAKE) --no-print-directory lint lock-check > build/static.txt 2>&1; failed=$$?; cat build/static.txt; \
		exit $$failed; } & static=$$!; trap 'kill $$static' INT TERM; \
	$(MAKE) --no-print-directory .venv/.collected; $(PYTEST); tests=$$?; \
	wait $$static || { echo "The static checks failed: see build/static.txt" >&2; exit 1; }; exit $$tests

# A wheel for `uv tool install` or pipx, the man page that it installs, and the tested versions as constraints.
dist: setup
	@mkdir -p dist
	@$(BIN)/python -m hatchling build -t wheel -d dist
	@cp docs/cwtui.1 dist/
	@sed -n '/^[A-Za-z]/s/ \\$$//p' requirements.lock > dist/constraints.txt
	@echo dist/constraints.txt

lock:
	PATH="$(CURDIR)/.uv/bin:$$PATH" $(LOCK) --upgrade --output-file requirements.lock

# Updates docs/schemas/ after a change to the published models.
schemas: setup
	$(BIN)/python scripts/schemas.py

# Updates docs/keys.md and the man page docs/cwtui.1 after a change to the console's actions or to the commands.
keys: setup
	$(BIN)/python scripts/keys.py
	$(BIN)/python scripts/man.py

# Updates docs/checks.md after a change to the checks of finished files or to their saboteurs.
checks-page: setup
	$(BIN)/python -m scripts.checks

# Updates the snapshots of tests/console/test_screens.py after an intended change. Review them before committing.
snapshots: setup
	$(BIN)/python -m pytest -m "slow or not slow" tests/console/test_screens.py --snapshot-update

bench: setup
	$(BIN)/python -m bench

clean:
	rm -rf .venv .uv build demo dist .mypy_cache .ruff_cache .pytest_cache
