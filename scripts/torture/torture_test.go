package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// requests of a short run; make torture tells longer ones.
const requests = 1500

func build(t *testing.T, function string) string {
	t.Helper()
	path, err := stack.BuildFunction(t.Context(), function, filepath.Join(t.TempDir(), function))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// needTorture keeps the long stories out of the everyday tests: make torture tells them.
func needTorture(t *testing.T) {
	t.Helper()
	if os.Getenv("THUMBFRONT_TORTURE") == "" {
		t.Skip("make torture tells the stories, and MUTANTS=1 breaks the product for them")
	}
}

func TestTorture(t *testing.T) {
	needTorture(t)
	o, err := torture(t.Context(), functions{build(t, "thumbnail"), build(t, "ingest")}, requests, 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(o)
	for _, v := range o.violations {
		t.Error(v)
	}
	if o.requests < requests || o.faults*20 < o.steps {
		t.Errorf("%d requests and %d faults in %d steps, want a fault in one of 20", o.requests, o.faults, o.steps)
	}
	if want := "SEED 1, " + strconv.Itoa(o.requests) + " requests, " + strconv.Itoa(o.faults) + " faults, 0 violations"; o.String() != want && len(o.violations) == 0 {
		t.Errorf("it ends with %q, want %q", o, want)
	}
}

// TestOracleNoticesMutants breaks the product on purpose, in each of the ways.
func TestOracleNoticesMutants(t *testing.T) {
	needTorture(t)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	whole := functions{build(t, "thumbnail"), build(t, "ingest")}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			flags, err := m.overlay(root, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			t.Setenv("GOFLAGS", strings.TrimSpace(os.Getenv("GOFLAGS")+" "+flags))
			broken := whole
			if m.function == "ingest" {
				broken.ingest = build(t, m.function)
			} else {
				broken.thumbnail = build(t, m.function)
			}
			o, err := torture(t.Context(), broken, requests, 3, 2)
			if err != nil {
				t.Fatal(err) // a stack that does not start shows nothing
			}
			if len(o.violations) == 0 {
				t.Errorf("nobody noticed: %s", o)
			}
			if len(o.violations) > 0 {
				t.Logf("noticed after %d requests: %s", o.requests, o.violations[0])
			}
		})
	}
}

// A mutant whose place is not there any more would test nothing.
func TestMutantsApply(t *testing.T) {
	for _, m := range mutants {
		if _, err := m.overlay("../..", t.TempDir()); err != nil {
			t.Error(err)
		}
	}
}
