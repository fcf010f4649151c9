# Every target sets up what it needs. `make app` and `make test` are the two that a newcomer wants.
PYTHON ?= python3
BIN = .venv/bin
SETUP = .venv/installed

.PHONY: app test check bench gpu record clean
app: $(SETUP)
	$(BIN)/transferlab app

test: $(SETUP)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(SETUP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/house

bench: $(SETUP)
	$(BIN)/python -m tests.bench

gpu: $(SETUP)
	$(BIN)/python -m pytest -m gpu
	$(BIN)/python -m tests.bench.bench_gpu
	$(BIN)/python -m tests.bench.bench_cifar $(CIFAR10)

record: $(SETUP)
	$(BIN)/transferlab record

$(SETUP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Transfer Lab needs Python 3.11, 3.12 or 3.13: run 'make PYTHON=python3.12 $(MAKECMDGOALS)', say."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -W ignore -m core.lenses.embedding
	touch $@

clean:
	rm -rf .venv *.egg-info .pytest_cache .mypy_cache .ruff_cache
