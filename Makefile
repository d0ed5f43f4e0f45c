# Targets: build, run, test, check, bench, fuzz, soak. "make test" needs Go alone; the rest says what it misses.
# Tools are built from tools/go.mod, where their versions are pinned.

GO       ?= go
FUZZTIME ?= 60s

.PHONY: all build assets run test check format vet lint floors deps dead unreached length race tools-test readme bench fuzz soak clean

all: build

build: assets
	$(GO) build -buildvcs=auto -o bin/pahra ./cmd/pahra

# uPlot, which draws history in the pages of a service, from npm by its lock file. Without npm pages show history as
# pictures and tables alone; "go build" needs neither.
ASSETS := internal/web/app/assets
STATIC := internal/web/app/static
assets: $(STATIC)/uPlot.iife.min.js

$(STATIC)/uPlot.iife.min.js: $(ASSETS)/package-lock.json
	@if command -v npm >/dev/null; then \
		npm ci --silent --no-audit --no-fund --ignore-scripts --prefix $(ASSETS) && \
		cp $(ASSETS)/node_modules/uplot/dist/uPlot.min.css $(ASSETS)/node_modules/uplot/LICENSE $(STATIC)/ && \
		mv $(STATIC)/LICENSE $(STATIC)/uPlot.LICENSE && \
		cp $(ASSETS)/node_modules/uplot/dist/uPlot.iife.min.js $(STATIC)/; \
	else echo "assets: npm is not installed; history is drawn without uPlot"; fi

# Watches a made-up Internet, past and present, and prints where its pages are and what to look at, until it is interrupted.
# LISTEN=127.0.0.1:8080 chooses where, STATE=DIR the folder of what is kept.
run: build
	bin/pahra demo$(if $(LISTEN), --listen $(LISTEN))$(if $(STATE), --state $(STATE))

test:
	$(GO) test -timeout 30m ./...

check: format vet lint floors deps dead length race tools-test readme
	@echo "check: all is well"

format:
	@out=$$(gofmt -l cmd internal wire tools); if [ -n "$$out" ]; then echo "gofmt would change:"; echo "$$out"; exit 1; fi

vet:
	$(GO) vet ./...
	$(GO) vet -C tools ./...

# staticcheck reads staticcheck.conf.
lint: bin/tools/staticcheck
	bin/tools/staticcheck ./...

floors:
	$(GO) run -C tools ./floors ..

deps:
	$(GO) run -C tools ./deps ..

# Functions that neither the command nor any test reaches.
dead: bin/tools/deadcode
	@out=$$(bin/tools/deadcode -test ./...); if [ -n "$$out" ]; then echo "unreachable:"; echo "$$out"; exit 1; fi

# Functions that tests reach and the command does not: for information.
unreached: bin/tools/deadcode
	bin/tools/deadcode -filter 'pahra/internal' ./cmd/pahra

length:
	$(GO) run -C tools ./length ..

# Without the long comparisons, which "make test" has run already.
race:
	$(GO) test -race -short -timeout 30m ./...

tools-test:
	$(GO) test -C tools ./...

readme: build
	PAHRA_README=1 $(GO) test -C tools -count=1 -run TestReadmeCommands ./docs

bench: build
	$(GO) test -run '^$$' -bench . -benchmem ./...
	tools/bench/run.sh
	tools/bench/worlds.sh
	tools/bench/invert.sh
	tools/bench/taxii.sh

fuzz:
	FUZZTIME=$(FUZZTIME) tools/fuzz.sh

# The full figures: five minutes under load, fifty kills, every file of the real data, whole days of it, and a minute of fuzzing for each target.
soak: build
	$(GO) run -C tools/bench ./load -pahra $(CURDIR)/bin/pahra
	PAHRA_SOAK=1 $(GO) test -count=1 -timeout 120m ./...
	FUZZTIME=60s tools/fuzz.sh

bin/tools/staticcheck bin/tools/deadcode &: tools/go.mod
	@mkdir -p bin/tools
	$(GO) build -C tools -o ../bin/tools/ honnef.co/go/tools/cmd/staticcheck golang.org/x/tools/cmd/deadcode

clean:
	rm -rf bin out .bench
