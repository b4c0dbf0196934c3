# Every command a developer needs. `make demo` and `make test` set up what is missing by themselves.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(CURDIR)/.venv/bin:$(PATH)

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## install what is missing: Debian packages, Node 24 and the npm packages, ruff
	@test/setup.sh

demo: ## a minute, no cluster and no broker: a sample service under pyca run, traffic, coverage climbs, the report
	@test/demo/demo.sh

cluster-demo: setup ## a real Kubernetes, PYCA by helm, a Python web application, annotate, watch coverage climb
	@test/demo/cluster-demo.sh

test: setup ## everything: checks, unit, preload, broker and cluster tests
	@test/run-all.sh

unit: setup ## checks and the quick tests alone
	@npm run --silent check
	@vitest run --project unit

check: setup ## types, lint, format
	@npm run --silent check

fix: setup ## format, and what lint can mend
	@npm run --silent fix

generate: setup ## CRD and the other generated files
	@npm run --silent generate

image: setup ## build the pyca image and those the tests need
	@test/images/build.sh

parity: setup ## published projects' own tests under PYCA and coverage.py, line by line: docs/parity.md (an hour)
	@node test/parity/parity.ts

bench: setup ## the figures of docs/benchmarks.md; BENCH="web cpu" for some of them
	@test/bench/run.sh $(BENCH)

cluster-up: setup ## bring a real cluster up and print its kubeconfig
	@test/cluster/cluster up

cluster-down: ## take it down and leave nothing behind
	@test/cluster/cluster down

clean: ## remove what was built in the checkout
	rm -rf dist node_modules .venv

.PHONY: help setup demo cluster-demo test unit check fix generate image parity bench cluster-up cluster-down clean
