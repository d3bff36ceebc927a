# The tools that make generated files live in their own module: internal/tools.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X deskbell/internal/app.Version=$(VERSION)
export CGO_ENABLED = 0

.PHONY: run build test fuzz soak check bench lighthouse generate release
run: build ## Build and start on http://localhost:8080 with data in ./data
	./bin/deskbell serve

build: ## Build bin/deskbell
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/deskbell .

test: ## Run every test; browser tests need Chromium and say so when there is none
	@command -v chromium || command -v chromium-browser || command -v google-chrome || echo "No Chromium here: the browser tests step aside."
	go test -timeout 25m ./...

FUZZ ?= 5000x
fuzz: ## Throw bytes at every parser of what strangers send; FUZZ=1h keeps at each for an hour
	@set -e; for file in $$(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z]*\)(.*/\1/p' $$file); do \
			echo "$$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZ) $$(dirname $$file); \
		done; \
	done

soak: ## The long forms of what the server must survive, two hours and a half; DESKBELL_SOAK_TIME=1m shortens the longest
	DESKBELL_SOAK=1 go test -run 'Soak|TestBrowser/(offline_for_a_while|hour)' -v -timeout 4h ./internal/e2e

generate: ## Rebuild what is committed in built form: templates, widget, styles, the schema of a new database, the table of settings
	go tool -modfile=internal/tools/go.mod templ generate
	go run -C internal/tools ./assets
	go test ./internal/db -run TestSchemaIsWhatTheMigrationsMake -update
	go test ./internal/config -run TestSettingsAreThoseOfTheDocument -update

check: ## Formatting, vet, and that built files match their sources
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "run gofmt -w on these"; exit 1; }
	go vet ./...
	go mod tidy -diff
	$(MAKE) --no-print-directory generate
	@git diff --exit-code --stat -- '*_templ.go' static/dist widget/dist docs/operations.md || { echo "run make generate and commit"; exit 1; }
	@test -z "$$(git ls-files --others --exclude-standard -- static/dist widget/dist)" || { echo "new built files are not committed"; exit 1; }

bench: ## What the built program does, beside the least program that does the same; BENCH=short is for CI
	DESKBELL_BENCH=$(BENCH) go test -run '^$$' -bench Figures -benchtime 1x -timeout 30m ./internal/e2e

lighthouse: ## What Lighthouse says of the console, and of a page without the widget and with it, medians of five visits; needs Node, which fetches it, and a quiet machine
	go test -run '^$$' -bench Lighthouse -benchtime 1x -timeout 60m ./internal/e2e

release: ## Programs for six systems, deb, rpm, licences and SHA256SUMS in bin/release
	go run -C internal/tools/release . -version '$(VERSION)' -out '$(CURDIR)/bin/release'
