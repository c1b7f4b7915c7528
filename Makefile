# Targets for people and for .ci/run. PYTHON is the interpreter that makes the environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INCIDENTS ?= ../shared/incidents
CORPUS ?= ../shared/corpus
MIRRORS ?= ../.mirror
VECTORS ?= ../shared/ssa/vectors
LIVE ?= ../shared/live
SSA_SCHEMA ?= ../shared/ssa/schema
OPERATIONS ?= 20000
UPGRADES ?= 1000

ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
ZIZMOR := zizmor==1.32.0
ACT := github.com/nektos/act@v0.2.89
# The last whose program the Node of Debian 13 reads.
GITLAB := gitlab-ci-local@4.61.1

.PHONY: kills workflows runners gates e2e live-cluster repairs renames docs same-reports same-facts kubectl kube-apiserver cluster cluster-releases install test lint format incidents corpus catalogues tables release dates ssa-vectors live ssa-schema oracle oracle-recording sarif kustomize-oracle kustomize-trees kubectl-oracle bench fuzz fuzz-smoke clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $@

test: install
	$(BIN)/pytest -n auto -m "not slow"

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

# The Action and the workflows, checked by actionlint and zizmor. Needs Go once.
workflows: install .cache/bin/actionlint .cache/bin/zizmor
	PATH=$(CURDIR)/.cache/bin:$$PATH $(BIN)/pytest -n 0 tests/deploy/test_workflows.py

.cache/bin/actionlint:
	GOBIN=$(CURDIR)/.cache/bin go install $(ACTIONLINT)

.cache/bin/zizmor:
	$(PYTHON) -m venv .cache/zizmor
	.cache/zizmor/bin/pip install --quiet --disable-pip-version-check $(ZIZMOR)
	mkdir -p $(@D)
	ln -sf ../zizmor/bin/zizmor $@

# The Action in act, the GitLab component in gitlab-ci-local, the image in buildah. Minutes. Needs Go once, npm and rsync;
# the image also Debian's buildah and debootstrap, and root. MIRRORS may have the actions that the Action uses.
runners: install .cache/bin/act .cache/bin/gitlab-ci-local
	CNILINT_MIRRORS=$(MIRRORS) $(BIN)/pytest -n 0 -m slow tests/oracles/runners

.cache/bin/act:
	GOBIN=$(CURDIR)/.cache/bin go install $(ACT)

.cache/bin/gitlab-ci-local:
	npm install --silent --prefix .cache/gitlab-ci-local $(GITLAB)
	mkdir -p $(@D)
	ln -sf ../gitlab-ci-local/node_modules/.bin/gitlab-ci-local $@

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The README's table of codes and the output of its examples, from the program.
docs: install
	$(BIN)/python -m tests.tools.readme

# Recorded incidents: every dangling reference at its line, and no other error.
incidents: install
	$(BIN)/python -m tests.suites.incidents $(INCIDENTS)

# Real upstream releases: only findings that are known to be true.
corpus: install
	$(BIN)/python -m tests.suites.corpus $(CORPUS)

# Reports of every scenario, incident, release and trial at BASE and now: what a change of structure must not change.
# WORDING=--wording compares messages too.
BASE ?= HEAD
WORDING ?=
same-reports: install
	rm -rf .cache/base && mkdir -p .cache/base && git archive $(BASE) | tar -x -C .cache/base
	$(BIN)/python tests/tools/reports.py record .cache/base .cache/reports-base.jsonl
	$(BIN)/python tests/tools/reports.py record . .cache/reports.jsonl
	$(BIN)/python tests/tools/reports.py compare .cache/reports-base.jsonl .cache/reports.jsonl $(WORDING)

# Facts of documents that are read by lines and by the parser: of TREES, a repository or several, and of generated objects.
OBJECTS ?= 100000
same-facts: install
	$(BIN)/python -m tests.tools.same_facts --objects $(OBJECTS) $(TREES)

# Names and keys of the scenarios, renamed at random: how often that is reported.
renames: install
	$(BIN)/python -m tests.tools.renames

# The packaged catalogues, derived again from rendered releases and the manifests in upstream repositories.
catalogues: install
	$(BIN)/python -m cnilint.packs.build $(CORPUS) $(MIRRORS)

# The packaged tables of what programs and charts read, derived again from the git directories of upstream repositories.
tables: install
	$(BIN)/python -m cnilint.packs.sources $(MIRRORS)

# Releases of one component from a folder, added to what is known: catalogues, tables, date, changelog, tests, docs.
# FROM has rendered releases (<folder>/<version>.yaml), git directories of repositories (<owner>+<name>/repo), or both.
release: install
	$(BIN)/python -m cnilint.packs.release $(COMPONENT) $(FROM) CHANGELOG.md
	$(BIN)/python -m tests.tools.readme
	$(BIN)/cnilint rules test
	$(BIN)/pytest -q -m "not slow" tests/packs

# When the newest known release of each component was made.
dates: install
	$(BIN)/python -m cnilint.packs.dates $(CORPUS) $(MIRRORS)

# Recorded vectors of server-side apply, replayed step by step.
ssa-vectors: install
	$(BIN)/python -m tests.tools.ssa_vectors $(VECTORS)

# Recorded live objects: what an apply leaves, who owns it, what cures it.
live: install
	$(BIN)/python -m tests.tools.live $(LIVE)

# The compact schema of server-side apply, made again from the typed schemas of Kubernetes releases.
ssa-schema: install
	$(BIN)/python -m tests.tools.ssa_schema $(SSA_SCHEMA)

# Random operations against the Go libraries of the API server. Needs Go.
oracle: install
	$(BIN)/python -m tests.oracles.smd.drive $(OPERATIONS)

# The answers of the Go libraries that every run of the tests compares with, recorded anew. Needs Go.
oracle-recording: install
	$(BIN)/python -m tests.oracles.smd.recorded

# SARIF against Microsoft's validator with GitHub's rules. Needs npm.
sarif: install
	$(BIN)/pytest -m slow tests/report

# Runs that are killed at fifty random moments while they write the cache. One minute.
kills: install
	$(BIN)/pytest -n 0 -m slow tests/cache

# Kustomizations against kubectl kustomize, manifests against kubectl. Need kubectl.
kustomize-oracle: install
	$(BIN)/pytest -m slow tests/render/kustomize

# Every kustomization of real repositories against kustomize: TREES is a repository, or a folder of them. Needs Go once.
TREES ?= .
kustomize-trees: install .cache/bin/kustomize
	$(BIN)/python -m tests.oracles.kustomize.trees --tree $(TREES)

.cache/bin/kustomize: tests/oracles/kustomize/main.go tests/oracles/kustomize/go.mod
	cd tests/oracles/kustomize && go build -trimpath -o $(CURDIR)/$@ .

# The kubectl that the oracles ask, from its Go module. Needs Go.
kubectl: .cache/bin/kubectl

.cache/bin/kubectl: tests/oracles/kubectl/main.go tests/oracles/kubectl/go.mod
	cd tests/oracles/kubectl && go build -trimpath -o $(CURDIR)/$@ .

# Random upgrades by kubectl and helm on a real API server. Needs Go once, kubectl and helm 3.
cluster: install kube-apiserver
	$(BIN)/python -m tests.oracles.apiserver.drive $(UPGRADES)

# Upstream releases applied one over the other on a real API server. Needs Go once.
cluster-releases: install kube-apiserver
	$(BIN)/python -m tests.oracles.apiserver.releases $(CORPUS)

# Repair scripts of recorded live objects on a real API server, then the apply: nothing may be left. Minutes. Needs Go
# once, kubectl and dash.
repairs: install kube-apiserver
	$(BIN)/python -m tests.oracles.apiserver.repairs $(LIVE)

# `--cluster` against a real API server: what it reads, its faults, its permissions, dry runs. Needs Go once.
live-cluster: install kube-apiserver
	$(BIN)/pytest -m slow $(addprefix tests/oracles/apiserver/test_,live_cluster.py faults.py permissions.py dry_run.py)

# `presync` on a real API server, from the damage in each of its ways to the repaired upgrade. Minutes. Needs Go once,
# kubectl, dash and the recorded upstream material.
e2e: install kube-apiserver
	$(BIN)/pytest -m slow tests/oracles/apiserver/test_presync.py tests/oracles/apiserver/test_upgrade_day.py

# `deploy/` on a real API server, and the post-renderer in the helm on the PATH. Needs Go once, kubectl, helm 3 or 4.
gates: install kube-apiserver
	$(BIN)/pytest -m slow tests/deploy tests/oracles/apiserver/test_deploy.py

# The API server and its store, from their Go modules. Takes many minutes.
kube-apiserver: .cache/bin/kube-apiserver .cache/bin/etcd

.cache/bin/kube-apiserver .cache/bin/etcd: .cache/bin/%: tests/oracles/apiserver/%/main.go tests/oracles/apiserver/%/go.mod
	cd $(<D) && go build -trimpath -o $(CURDIR)/$@ .

kubectl-oracle: install
	$(BIN)/pytest -m slow tests/document

# Cold check of a generated repository against the floor of reading and event-parsing it.
bench: install
	$(BIN)/python bench/check.py
	$(BIN)/python bench/kustomize.py
	$(BIN)/python bench/cache.py
	$(BIN)/python bench/ownership.py
	$(BIN)/python bench/dumps.py
	$(BIN)/python bench/cluster.py

# Mutated inputs for one target (or "all") until the time is over; guided by coverage where atheris is installed.
# SECONDS is a variable of the shell too, so that only one given to make counts.
TARGET ?= all
FUZZ_SECONDS = $(if $(filter command line,$(origin SECONDS)),$(SECONDS),1800)
SMOKE ?= 60
fuzz: install
	-$(BIN)/pip install --quiet --disable-pip-version-check --group fuzz
	$(BIN)/python -m tests.fuzz $(TARGET) --seconds $(FUZZ_SECONDS)

fuzz-smoke: install
	-$(BIN)/pip install --quiet --disable-pip-version-check --group fuzz
	$(BIN)/python -m tests.fuzz all --seconds $(SMOKE)

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
