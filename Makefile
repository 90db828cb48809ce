# thumbfront: `make help` lists the tasks.
SHELL := /bin/sh
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0
CDK := JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=$$(node -p 'process.versions.node.split(".")[0]') npx --yes aws-cdk@2.1148.1
HOST_ARCH := $(shell uname -m | sed 's/aarch64/arm64/')
ARCH ?= $(HOST_ARCH)
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help deps run test lint fmt fuzz bench native package synth diff deploy destroy golden

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
	THUMBFRONT_TEST_ALL=1 go test -race $$(go list ./... | grep -v '/infra$$')
	go test ./infra

lint: ## check format, go vet and staticcheck
	@unformatted=$$(gofmt -l infra lambda pkg scripts); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

fmt: ## format the code
	@gofmt -w infra lambda pkg scripts

native: ## build libvips and its codecs as static libraries into the user's cache (x86_64; nothing uses them yet)
	@scripts/native/build.sh

package: deps ## build the function into dist/, for ARCH (arm64 or x86_64; this machine's)
	@test "$(ARCH)" = "$(HOST_ARCH)" || { echo "package: no cross build yet: this machine builds ARCH=$(HOST_ARCH)"; exit 1; }
	@go build -trimpath -tags lambda.norpc,netgo,osusergo -ldflags '-s -w' -o dist/thumbnail-$(ARCH)/bootstrap ./lambda/thumbnail
	@echo dist/thumbnail-$(ARCH)/bootstrap

synth: package ## write the CloudFormation of a deployment; settings by ARGS="-c thumbnailDays=90"
	@cd infra && $(CDK) synth --quiet -c architecture=$(ARCH) $(ARGS)

diff: package ## show what a deploy would change
	@cd infra && $(CDK) diff -c architecture=$(ARCH) $(ARGS)

deploy: package ## deploy to the AWS account of your credentials
	@cd infra && $(CDK) deploy --all -c architecture=$(ARCH) $(ARGS)

destroy: package ## take the deployment away; originals are kept
	@cd infra && $(CDK) destroy --all -c architecture=$(ARCH) $(ARGS)

golden: ## write infra/template.golden.json anew
	@go test ./infra -run TestGoldenTemplate -update

FUZZTIME ?= 1m
fuzz: deps ## fuzz everything that parses, FUZZTIME (1m) each
	go test -run '^$$' -fuzz '^FuzzEncode$$' -fuzztime $(FUZZTIME) ./pkg/thumburl
	go test -run '^$$' -fuzz '^FuzzParse$$' -fuzztime $(FUZZTIME) ./pkg/thumburl
	go test -run '^$$' -fuzz '^FuzzParsePath$$' -fuzztime $(FUZZTIME) ./pkg/thumburl
	go test -run '^$$' -fuzz '^FuzzAgainstGo$$' -fuzztime $(FUZZTIME) ./infra/edge
	go test -run '^$$' -fuzz '^FuzzIsCut$$' -fuzztime $(FUZZTIME) ./pkg/render
	go test -run '^$$' -fuzz '^FuzzRender$$' -fuzztime $(FUZZTIME) ./pkg/render

bench: deps ## measure writing and signing URLs
	go test -run '^$$' -bench . ./pkg/thumburl
