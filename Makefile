# thumbfront: `make help` lists the tasks.
SHELL := /bin/sh
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help deps run test lint fmt fuzz bench

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install what building needs and is missing
	@scripts/deps.sh build

run: deps ## run the whole stack on this machine; ARGS="-images DIR" copies pictures in
	@mkdir -p .local/bin
	@go build -o .local/bin/local ./scripts/local
	@exec .local/bin/local $(ARGS)

test: ## install what the tests need, check the code and run all tests
	@scripts/deps.sh test
	@$(MAKE) --no-print-directory lint
	THUMBFRONT_TEST_ALL=1 go test -race ./...

lint: ## check format, go vet and staticcheck
	@unformatted=$$(gofmt -l infra lambda pkg scripts); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

fmt: ## format the code
	@gofmt -w infra lambda pkg scripts

FUZZTIME ?= 1m
fuzz: deps ## fuzz everything that parses, FUZZTIME (1m) each
	go test -run '^$$' -fuzz '^FuzzEncode$$' -fuzztime $(FUZZTIME) ./pkg/thumburl
	go test -run '^$$' -fuzz '^FuzzParse$$' -fuzztime $(FUZZTIME) ./pkg/thumburl
	go test -run '^$$' -fuzz '^FuzzParsePath$$' -fuzztime $(FUZZTIME) ./pkg/thumburl
	go test -run '^$$' -fuzz '^FuzzIsCut$$' -fuzztime $(FUZZTIME) ./pkg/render
	go test -run '^$$' -fuzz '^FuzzRender$$' -fuzztime $(FUZZTIME) ./pkg/render

bench: deps ## measure writing and signing URLs
	go test -run '^$$' -bench . ./pkg/thumburl
