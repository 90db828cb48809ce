package readme

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// how a command is run by a test. Exactly one of its fields is set.
type how struct {
	// here runs it as it is, in this test; what it prints matches.
	here string
	// by is another test that runs it, as <folder>.<test>.
	by string
	// planned says why it is only planned (make -n) here: it takes hours, AWS or Docker.
	// With THUMBFRONT_README_ALL what needs no more than hours is run.
	planned string
}

const (
	hours  = "it takes long; THUMBFRONT_README_ALL=1 runs it"
	needs  = "it needs an AWS account"
	docker = "it needs Docker"
)

// commands by what they match, the whole of it.
var commands = []struct {
	pattern string
	how
}{
	{`make help`, how{here: `make run +run the whole stack`}},
	{`make run( ARGS=.*)?`, how{by: "scripts/local.TestStartsAndStops"}},
	{`go run ./scripts/local .*`, how{by: "scripts/local.TestStartsAndStops"}},
	{`make test`, how{by: "scripts/readme.TestCIRunsTheTestCommand"}},
	{`make fmt|make lint`, how{by: "scripts/readme.TestCIRunsTheTestCommand"}},
	{`go run ./scripts/thumburl -key uploads/photo.jpg -width 288 -height 264`, how{here: `^/eyJ[\w-]+\.[\w-]{22}\n$`}},
	{`go run ./scripts/thumburl -decode \S+`, how{here: `"key": ?"uploads/photo.jpg"`}},
	{`go run ./scripts/thumburl -base URL -secret SECRET .*`, how{here: `^URL/eyJ[\w-]+\.[\w-]{22}\n$`}},
	{`go run ./scripts/cost( -edge-hits 0 -s3-hits 0)?`, how{here: `in all`}},
	{`go run ./scripts/cost -attack`, how{here: `refused by the edge`}},
	{`go run ./scripts/smoke .*`, how{by: "scripts/smoke.TestSmoke"}},
	{`go run ./scripts/ingest .*`, how{by: "scripts/ingest.TestReplay"}},
	{`make conformance|go run ./scripts/conformance .*`, how{by: "scripts/conformance.TestCases"}},
	{`make examples`, how{by: "scripts/examples.TestPicturesAreThose"}},
	{`make js`, how{by: "pkg/thumburl.TestJavaScript"}},
	{`make golden`, how{by: "infra.TestGoldenTemplate"}},
	{`make architecture`, how{by: "infra.TestArchitectureIsDrawnFromItsText"}},
	{`make package( ARCH=arm64)?`, how{by: "scripts/package.TestBuiltPackage"}},
	{`make image`, how{by: "scripts/package.TestMakeImage"}},
	{`bootstrap -listen( :9092)?`, how{by: "scripts/local/stack.TestListenAnswersAsTheEdgeDoes"}},
	{`go test -bench SixWidths ./pkg/render`, how{planned: hours}},
	{`make (bench|bench-render|bench-url|bench-upload|bench-cold|bench-light|calibrate|native|package-test|soak|measure|fuzz|load)`, how{planned: hours}},
	{`make torture N=100000`, how{planned: hours}},
	{`scripts/native/asan.sh`, how{planned: hours}},
	{`make audit`, how{by: "scripts/audit.TestMakeTestAudits"}},
	{`make (synth|diff|deploy|destroy)( ARGS=.*)?`, how{planned: needs}},
	{`npx aws-cdk@2.1148.1 (bootstrap|deploy.*)`, how{planned: needs}},
	{`aws .*`, how{by: "infra.TestRunbookCommandsAreAWS"}},
	{`scripts/native/weaknesses.sh( --fixed)?`, how{by: "scripts/audit.TestWeaknesses"}},
	{`scripts/native/newer.sh`, how{by: "scripts/package.TestStamps"}},
}

// TestEveryCommandIsRunByATest is what its name says.
func TestEveryCommandIsRunByATest(t *testing.T) {
	seen := map[string]bool{}
	used := make([]bool, len(commands))
	for _, document := range Documents {
		text, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range Commands(string(text)) {
			at := -1
			for i, known := range commands {
				if regexp.MustCompile(`^(` + known.pattern + `)$`).MatchString(c) {
					if at >= 0 {
						t.Errorf("%s: %q is known twice: %s and %s", document, c, commands[at].pattern, known.pattern)
					}
					at = i
				}
			}
			if at < 0 {
				t.Errorf("%s: nothing runs %q: add it to the commands of this test", document, c)
				continue
			}
			used[at] = true
			if !seen[c] {
				seen[c] = true
				t.Run(c, func(t *testing.T) { commands[at].try(t, c) })
			}
		}
	}
	for i, c := range commands {
		if !used[i] {
			t.Errorf("no document has a command such as %q", c.pattern)
		}
	}
}

func (h how) try(t *testing.T, c string) {
	switch {
	case h.by != "":
		folder, test, _ := strings.Cut(h.by, ".")
		if !hasTest(t, folder, test) {
			t.Errorf("%s has no test %s", folder, test)
		}
	case h.here != "":
		out := sh(t, c)
		if !regexp.MustCompile(h.here).MatchString(out) {
			t.Errorf("%s prints\n%s, want what matches %q", c, out, h.here)
		}
	case h.planned == hours && os.Getenv("THUMBFRONT_README_ALL") != "":
		sh(t, c)
	case strings.HasPrefix(c, "make "):
		// The command as a reader types it, but that nothing is done.
		sh(t, strings.Replace(strings.Split(c, " && ")[0], "make ", "make -n ", 1))
	default:
		t.Logf("only read: %s", h.planned)
	}
}

// hasTest looks for a test by its name; one that begins with Fuzz is a fuzz test.
func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	kind := "T"
	if strings.HasPrefix(name, "Fuzz") {
		kind = "F"
	}
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`(?m)^func ` + name + `\(\w+ \*testing\.` + kind + `\)`).Match(source) {
			return true
		}
	}
	return false
}

// sh runs a command at the top of the repository.
func sh(t *testing.T, c string) string {
	t.Helper()
	shell := exec.CommandContext(t.Context(), "sh", "-c", c)
	shell.Dir = root
	// Not the jobserver of the make that this may run under.
	shell.Env = append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=")
	var errors strings.Builder
	shell.Stderr = &errors
	out, err := shell.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", c, err, out, &errors)
	}
	return string(out)
}

// What CI runs is the test command of the README, which checks format and lint too.
func TestCIRunsTheTestCommand(t *testing.T) {
	ci, err := os.ReadFile(filepath.Join(root, ".ci/run"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(strings.TrimSpace(string(ci)), "exec make test") {
		t.Errorf(".ci/run is\n%s", ci)
	}
	plan := sh(t, "make -n test lint")
	for _, part := range []string{"gofmt -l", "go vet", "staticcheck", "go test -race"} {
		if !strings.Contains(plan, part) {
			t.Errorf("make test does not run %s:\n%s", part, plan)
		}
	}
}

// Each task of `make help` is a target, and the other way round.
func TestHelpListsAllTasks(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	help := sh(t, "make help")
	phony := strings.Fields(regexp.MustCompile(`(?m)^\.PHONY: (.*)$`).FindStringSubmatch(string(makefile))[1])
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(string(makefile), -1) {
		if !strings.Contains(help, "make "+m[1]+" ") {
			t.Errorf("make help does not list %s", m[1])
		}
		if !strings.Contains(" "+strings.Join(phony, " ")+" ", " "+m[1]+" ") {
			t.Errorf("%s is not .PHONY", m[1])
		}
	}
}

func TestCommandsAreFound(t *testing.T) {
	got := Commands("Do `make run`, or `make\ntest` and `x`:\n\n    go run ./a -b \\\n        -c  # why\n    no command\n\n```js\nmake nothing\n```\n")
	if want := "go run ./a -b -c|make run|make test"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %s", got, want)
	}
}
