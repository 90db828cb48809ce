# thumbfront: `make help` lists the tasks.
SHELL := /bin/sh
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0
CDK := JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=$$(node -p 'process.versions.node.split(".")[0]') npx --yes aws-cdk@2.1148.1
HOST_ARCH := $(shell uname -m | sed 's/aarch64/arm64/')
ARCH ?= $(HOST_ARCH)
ARGS ?=
# The static prefix of make native where there is one, else the system's libvips.
NATIVE := if native=$$(scripts/native/env.sh 2>/dev/null); then eval "$$native"; else echo "no native prefix (make native): using the system's libvips" >&2; fi;

.DEFAULT_GOAL := help
.PHONY: examples js bench-light soak measure conformance help deps run test lint fmt fuzz bench bench-render bench-url bench-upload calibrate native package image package-test bench-cold synth diff deploy destroy golden

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install what building needs and is missing
	@scripts/deps.sh build

run: deps ## run the whole stack on this machine; ARGS="-images DIR" copies pictures in
	@mkdir -p .local/bin
	@$(NATIVE) go build -o .local/bin/local ./scripts/local; exec .local/bin/local $(ARGS)

test: ## install what the tests need, check the code and run all tests
	@scripts/deps.sh test
	@$(MAKE) --no-print-directory lint
	@$(NATIVE) set -x; THUMBFRONT_TEST_ALL=1 go test -race $$(go list ./... | grep -v '/infra$$')
	@$(NATIVE) set -x; go test -short -run '^TestHostileFiles$$' ./pkg/render
	go test ./infra
	@$(NATIVE) set -x; go -C scripts/bench test ./...

lint: ## check format, go vet and staticcheck
	@unformatted=$$(gofmt -l infra lambda pkg scripts); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	@$(NATIVE) set -x; go vet ./... && go run $(STATICCHECK) ./...
	@$(NATIVE) set -x; cd scripts/bench && go vet ./... && go run $(STATICCHECK) ./...

fmt: ## format the code
	@gofmt -w infra lambda pkg scripts

native: ## build libvips and its codecs as static libraries into the user's cache, for ARCH (this machine's)
	@scripts/native/build.sh "$(ARCH)"
	@scripts/native/newer.sh

package: ## build each function into dist/, static, with its SBOM, for ARCH (arm64 or x86_64; this machine's)
	@if [ "$$(uname -s)" = Linux ]; then \
		set -e; \
		mkdir -p .local/bin; \
		go build -o .local/bin/package ./scripts/package; \
		scripts/native/build.sh "$(ARCH)" >/dev/null; \
		environment=$$(scripts/native/env.sh "$(ARCH)"); \
		eval "$$environment"; \
		exec .local/bin/package -arch "$(ARCH)"; \
	else \
		exec docker build --platform linux/$(HOST_ARCH:x86_64=amd64) -f scripts/native/Dockerfile --target package \
			--build-arg ARCH="$(ARCH)" --output type=local,dest=dist .; \
	fi

image: ## build a container image of the server that needs neither Lambda nor CloudFront, by Docker
	docker build -f lambda/thumbnail/Dockerfile -t thumbfront .

package-test: package ## run the package in an empty root: every format in and out, and broken pictures; arm64 by qemu
	@scripts/deps.sh package "$(ARCH)"
	PACKAGE_TEST_ZIP="$(CURDIR)/dist/thumbnail-$(ARCH).zip" go test -count=1 -timeout 30m ./scripts/package/...

synth: package ## write the CloudFormation of a deployment; settings by ARGS="-c thumbnailDays=90"
	@cd infra && $(CDK) synth --quiet -c architecture=$(ARCH) $(ARGS)

diff: package ## show what a deploy would change
	@cd infra && $(CDK) diff -c architecture=$(ARCH) $(ARGS)

deploy: package ## deploy to the AWS account of your credentials
	@cd infra && $(CDK) deploy --all -c architecture=$(ARCH) $(ARGS)

destroy: package ## take the deployment away; originals are kept
	@cd infra && $(CDK) destroy --all -c architecture=$(ARCH) $(ARGS)

js: ## make what the JavaScript package publishes from its src
	@scripts/deps.sh test
	go test ./pkg/thumburl -run '^TestJavaScriptTable$$' -update
	cd pkg/thumburl/js && npm run --silent build

examples: deps ## make the pictures that show what each edit does
	@$(NATIVE) set -x; go run ./scripts/examples

golden: ## write infra/template.golden.json anew
	@go test ./infra -run TestGoldenTemplate -update

SOAK ?= 10000
soak: ## render SOAK (10000) pictures, good and bad, on two threads: nothing may grow
	@$(NATIVE) set -x; THUMBFRONT_SOAK=$(SOAK) go test -count=1 -timeout 60m -run "^TestSoak$$" -v ./pkg/render

FUZZTIME ?= 1m
fuzz: deps ## fuzz everything that parses, FUZZTIME (1m) each
	go test -run '^$$' -fuzz '^FuzzEncode$$' -fuzztime $(FUZZTIME) ./pkg/thumburl
	go test -run '^$$' -fuzz '^FuzzParse$$' -fuzztime $(FUZZTIME) ./pkg/thumburl
	go test -run '^$$' -fuzz '^FuzzParsePath$$' -fuzztime $(FUZZTIME) ./pkg/thumburl
	go test -run '^$$' -fuzz '^FuzzRead$$' -fuzztime $(FUZZTIME) ./pkg/language/sih
	go test -run '^$$' -fuzz '^FuzzRead$$' -fuzztime $(FUZZTIME) ./pkg/language/thumbor
	go test -run '^$$' -fuzz '^FuzzCanonicalSource$$' -fuzztime $(FUZZTIME) ./pkg/thumburl
	$(NATIVE) go test -run '^$$' -fuzz '^FuzzURL$$' -fuzztime $(FUZZTIME) ./pkg/language/imgproxy
	go test -run '^$$' -fuzz '^FuzzServerAgainstEdge$$' -fuzztime $(FUZZTIME) ./infra/edge
	go test -run '^$$' -fuzz '^FuzzAgainstGo$$' -fuzztime $(FUZZTIME) ./infra/edge
	$(NATIVE) go test -run '^$$' -fuzz '^FuzzIsCut$$' -fuzztime $(FUZZTIME) ./pkg/render
	$(NATIVE) go test -run '^$$' -fuzz '^FuzzWithoutMetadata$$' -fuzztime $(FUZZTIME) ./pkg/render
	$(NATIVE) go test -run '^$$' -fuzz '^FuzzSVG$$' -fuzztime $(FUZZTIME) ./pkg/render
	$(NATIVE) go test -run '^$$' -fuzz '^FuzzRender$$' -fuzztime $(FUZZTIME) ./pkg/render
	go test -run '^$$' -fuzz '^FuzzPostPolicy$$' -fuzztime $(FUZZTIME) ./scripts/local/s3
	go test -run '^$$' -fuzz '^FuzzSlug$$' -fuzztime $(FUZZTIME) ./pkg/upload
	go test -run '^$$' -fuzz '^FuzzHandler$$' -fuzztime $(FUZZTIME) ./pkg/upload
	go test -run '^$$' -fuzz '^FuzzPrefix$$' -fuzztime $(FUZZTIME) ./pkg/purge
	$(NATIVE) go test -run '^$$' -fuzz '^FuzzMessage$$' -fuzztime $(FUZZTIME) ./pkg/ingest
	$(NATIVE) go test -run '^$$' -fuzz '^FuzzCaptureTime$$' -fuzztime $(FUZZTIME) ./pkg/ingest

measure: ## check what hostile files cost, and the memory estimates, against the truth
	@$(NATIVE) set -x; go test -count=1 -run '^Test(HostileFiles|MemoryEstimate)$$' ./pkg/render

conformance: deps ## send requests of the Serverless Image Handler to the local stack, and compare the answers with the real one's
	@$(NATIVE) if [ -e ../shared/sih/cases.json ]; then \
		exec go run ./scripts/conformance -cases ../shared/sih/cases.json -fixtures ../shared/sih/fixtures; \
	else exec go run ./scripts/conformance; fi

bench: bench-render bench-url ## measure rendering against its peers, and writing and signing URLs

bench-render: ## measure rendering against its peers; ARGS=-all for every source, size and format; BENCH_JSON=FILE keeps the rows
	@scripts/native/build.sh >/dev/null
	@scripts/deps.sh bench
	@mkdir -p .local/bin
	@$(NATIVE) go -C scripts/bench build -o ../../.local/bin/bench-render ./render && exec .local/bin/bench-render $(ARGS)

bench-upload: ## measure uploads through a backend, straight to S3, and with events; BENCH_JSON=FILE keeps them
	@scripts/deps.sh build
	@mkdir -p .local/bin
	@$(NATIVE) go build -o .local/bin/thumbnail ./lambda/thumbnail && go build -o .local/bin/ingest ./lambda/ingest && \
		go -C scripts/bench build -o ../../.local/bin/bench-upload ./upload && \
		exec .local/bin/bench-upload -bootstrap .local/bin/thumbnail -ingest .local/bin/ingest $(ARGS)

bench-url: ## measure writing and signing URLs
	go test -run '^$$' -bench . ./pkg/thumburl

bench-light: ## draw the README's picture of averaging light and values
	@$(NATIVE) set -x; go -C scripts/bench build -o ../../.local/bin/bench-light ./light && .local/bin/bench-light

calibrate: ## find the qualities at which every format scores the same on a set of photos
	@scripts/native/build.sh >/dev/null
	@scripts/deps.sh bench
	@mkdir -p .local/bin/bench
	@$(NATIVE) go -C scripts/bench build -o ../../.local/bin/calibrate ./calibrate && \
		go -C scripts/bench build -tags "$$NATIVE_TAGS" -ldflags "$$NATIVE_LDFLAGS" -o ../../.local/bin/bench/thumbfront ./contenders/thumbfront && \
		exec .local/bin/calibrate $(ARGS)

bench-cold: package ## measure start, first and warm answers, memory and size against node + sharp; BENCH_JSON=FILE keeps them
	@cd scripts/bench/sharp && { test node_modules/.package-lock.json -nt package-lock.json || npm ci; }
	@mkdir -p .local/bin
	@cd scripts/bench && go build -o ../../.local/bin/bench-cold ./cold
	@$(NATIVE) exec .local/bin/bench-cold -bootstrap dist/thumbnail-$(ARCH)/bootstrap -zip dist/thumbnail-$(ARCH).zip $(ARGS)
