# Works on a fresh Debian with Python 3.11: `make demo`, `make test`.
PYTHON ?= python3
RUN = .venv/bin/python -m

# The tests start hundreds of processes of ours: compiling them anew each time would take a second of each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-vllm suites walks bench docs lint format setup servers dist sbom constraints clean

setup: servers
	@$(PYTHON) .ci/setup

servers:
	@.ci/servers

# No server, no client: Python, and the compiler that builds the embedded model's engine.
demo:
	@.ci/servers demo
	@$(PYTHON) .ci/setup demo
	@.venv/bin/askwire demo $(DEMO)

test: setup lint
	@$(RUN) pytest -n 2 --dist loadfile --no-loadscope-reorder

# A real vLLM on the CPU; it needs 20 minutes, 12 GB of disk and 10 GB of memory.
test-vllm: servers
	@$(PYTHON) .ci/setup vllm
	@.venv-vllm/bin/python -m pytest tests/vllm

suites: setup
	@$(RUN) tests.clients.suites
	@$(RUN) tests.clients.upstream_suite

walks: setup
	@$(RUN) tests.clients.browsers.everywhere --screenshots build/screenshots

bench: setup
	@$(RUN) tests.bench

# The handbook, in build/site; first the pages that list what the code has.
docs: setup
	@$(RUN) tests.docs.reference
	@NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict --quiet

lint: setup
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@.venv/bin/python -c "from importlinter.cli import lint_imports_command as lint; lint()"

format: setup
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .

# What a release is, in dist/: wheel, sdist, list of the dependencies (CycloneDX), checksums. The version is the tag's.
dist: setup
	@.venv/bin/python .ci/dist

sbom: setup
	@.venv/bin/python .ci/dist sbom

# The versions that the container image gets: those of the environment that the tests run in.
constraints: setup
	@.venv/bin/python .ci/dist constraints

clean:
	rm -rf .venv .venv-vllm build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
