.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# uv where it is on the machine, else pip. The locks are whole, so nothing is to be resolved. Python compiles what it
# imports, which is a fraction of what is installed.
ifneq ($(shell command -v uv),)
MAKE_VENV = uv venv --quiet --allow-existing --python $(PYTHON) $(VENV)
INSTALL = uv pip install --quiet --python $(BIN)/python --no-deps
else
MAKE_VENV = $(PYTHON) -m venv $(VENV)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps
endif

# A process that may not keep what it compiles leaves the same work to the next one; the tests start thousands.
unexport PYTHONDONTWRITEBYTECODE
# What developers need is installed while the compiled loops are made.
MAKEFLAGS += --jobs=2

.PHONY: help setup demo test train chaos hostile memory bench-start bench-cleaning bench-metadata bench-page-types bench-confidence bench-profiles bench-speed bench-idempotence bench-duplicates bench-dedupe-stage bench-window bench-fetch bench-subscribe bench-pipeline examples sizing bench-telemetry check format generate lock clean
help:  ## list these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.ready  ## make the environment

# What the package needs to run.
$(VENV)/.packages: requirements.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Python 3.11 or newer is needed, {v.major}.{v.minor} is here: make PYTHON=python3.13 setup")'
	@echo "making the environment in $(VENV): a minute or two, once" >&2
	@$(MAKE_VENV) >&2
	@$(INSTALL) --require-hashes -r requirements.lock >&2
	@touch $@

# The package. Its modules are compiled anew only where their sources are newer.
$(VENV)/.runtime: $(VENV)/.packages pyproject.toml setup.py $(wildcard pipeline/native/*.pyx pipeline/native/*.pxd)
	@$(INSTALL) --no-build-isolation --editable . >&2
	@$(BIN)/chistovik --version >&2
	@touch $@

# What developers need beside them.
$(VENV)/.dev: $(VENV)/.packages requirements-dev.lock
	@$(INSTALL) --require-hashes -r requirements-dev.lock >&2
	@touch $@

$(VENV)/.ready: $(VENV)/.runtime $(VENV)/.dev
	@touch $@

demo: $(VENV)/.runtime  ## demo pages to article events, without a broker
	@$(BIN)/chistovik run deploy/demo/pages --topics articles,duplicates,discarded

test: setup  ## the whole suite, in three processes (JOBS=0: in one); with Java 17 and Maven also on a real Apache Kafka
	$(BIN)/pytest -n $(or $(JOBS),3) --dist loadfile

chaos: setup  ## kill everything while pages flow, then count what is lost, twice or wrong (SEED=1 KILLS=30 PAGES=20000 STOPS=20 BROKERS="1 3"; URLS=2000: URLs instead); KILLS=1000 takes several seeds, and hours
	$(BIN)/python -m tests.chaos.campaign --seed $(or $(SEED),1) --runs $(or $(RUNS),0) --kills $(or $(KILLS),30) --pages $(or $(PAGES),20000) --stops $(or $(STOPS),20) --brokers $(or $(BROKERS),1) --urls $(or $(URLS),0)

hostile: setup  ## what becomes of hostile pages, one by one (minutes)
	@$(BIN)/python -m tests.hostile.pages

memory: setup  ## what each stage holds in memory at pages of 5 MB, on a real Kafka (minutes; ARGS="--pages 100 --alike")
	@$(BIN)/python -m tests.hostile.memory $(ARGS)

$(VENV)/.bench: $(VENV)/.ready requirements-bench.lock
	$(INSTALL) --require-hashes -r requirements-bench.lock
	@touch $@

train: $(VENV)/.bench  ## train the block classifier and the page types on the evaluation sets (docs/evaluation.md); writes pipeline/document (ten minutes)
	$(BIN)/python -m tests.bench.train
	$(BIN)/python -m tests.bench.train_types

bench-cleaning: $(VENV)/.bench  ## how well pages are cleaned, by us and by others, on the evaluation sets and the kit (ARGS="--kind plain --limit 50"; ARGS="--sets kit")
	@$(BIN)/python -m tests.bench.cleaning $(ARGS)

bench-metadata: $(VENV)/.bench  ## how often headline, day and authors are right, ours and others', on the evaluation sets and the kit (ARGS="--sets kit")
	@$(BIN)/python -m tests.bench.metadata $(ARGS)

bench-confidence: $(VENV)/.bench  ## how well cleaning.confidence tells the F1 of pages of unseen sites (minutes; ARGS="--kind html --curve")
	@$(BIN)/python -m tests.bench.confidence $(ARGS)

bench-page-types: $(VENV)/.bench  ## how many pages of each type are discarded, and how many articles are lost, on unseen sites (minutes)
	@$(BIN)/python -m tests.bench.page_types

bench-duplicates: $(VENV)/.bench  ## how well and how fast duplicates are told, and what a million cost (minutes; ARGS="--only accuracy")
	@$(BIN)/python -m tests.bench.duplicates $(ARGS)

bench-profiles: $(VENV)/.bench  ## what host profiles are worth, page by page (ARGS="--kind html")
	@$(BIN)/python -m tests.bench.prequential $(ARGS)

bench-dedupe-stage: setup  ## documents a second of the stage dedupe on a real Kafka, and its recovery (ARGS="--verdicts 1000000")
	@$(BIN)/python -m tests.bench.dedupe_stage $(ARGS)

bench-window: setup  ## what a window of a million and of ten million documents needs: memory, disk, decisions, a start (ARGS="--sizes 1000000")
	@$(BIN)/python -m tests.bench.window $(ARGS)

bench-speed: $(VENV)/.bench  ## pages per CPU-second from bytes to encoded event, ours and trafilatura's (ARGS="--limit 10")
	@$(BIN)/python -m tests.bench.speed $(ARGS)

bench-idempotence: $(VENV)/.bench  ## what a second cleaning drops of the first one's text (ARGS="--limit 10")
	@$(BIN)/python -m tests.bench.idempotence $(ARGS)

bench-fetch: setup  ## URLs per CPU-second, the fetch stage and a bare aiohttp loop, and behind a dead host; needs Kafka's jars (ARGS="--rounds 3")
	@$(BIN)/python -m tests.bench.fetching $(ARGS)

bench-subscribe: setup  ## events per CPU-second of subscribe() and of bare aiokafka loops; needs Kafka's jars (ARGS="--rounds 3")
	@$(BIN)/python -m tests.bench.subscribing $(ARGS)

bench-pipeline: $(VENV)/.bench  ## the whole pipeline on a real Kafka beside a script of trafilatura and datasketch: speed, CPU by process, latency; needs Kafka's jars (many minutes; TURNS=3 ARGS="--html 200 --plain 1000"; "--only cores", "--only commands")
	@$(BIN)/python -m tests.bench.pipeline --turns $(or $(TURNS),3) $(ARGS)

bench-start: setup  ## CPU and wall-clock seconds of --version, --help, clean and explain of one page (ARGS="--runs 3")
	@$(BIN)/python -m tests.bench.starting $(ARGS)

examples: $(VENV)/.examples  ## what the programs of deploy/examples need, into the environment

$(VENV)/.examples: $(VENV)/.ready requirements-examples.lock
	$(INSTALL) --require-hashes -r requirements-examples.lock
	@touch $@

sizing: setup  ## what 10 k, 1 M and 100 M pages a day need, from what was measured; writes deploy/SIZING.md
	@$(BIN)/python -m tests.bench.sizing $(ARGS)

bench-telemetry: setup  ## CPU time that metrics and traces cost a message
	@$(BIN)/python -m tests.bench.telemetry

check: setup  ## ruff, mypy strict, the floors between rooms, purity, drift
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -q tests/unit/project/test_purity.py tests/unit/project/test_drift.py tests/unit/project/test_links.py

format: setup  ## let ruff write the code's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: setup  ## write what is made from the tables: AsyncAPI, JSON Schemas, dashboards, the table in docs/reading.md, .env.example
	$(BIN)/python -m agents.generate

lock:  ## resolve the lock files anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group build -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group bench -c requirements-dev.lock -o requirements-bench.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group examples -c requirements-dev.lock -o requirements-examples.lock

clean:  ## remove what the targets made
	rm -rf $(VENV) .cache build *.egg-info pipeline/native/*.so
