package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// Requests of short runs; make torture tells longer ones.
const (
	requests     = 500
	untilNoticed = 3000 // a mutant must be noticed by then
)

func build(t *testing.T, function string) string {
	t.Helper()
	path, err := stack.BuildFunction(t.Context(), function, filepath.Join(t.TempDir(), function))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTorture(t *testing.T) {
	o, err := torture(t.Context(), functions{build(t, "thumbnail"), build(t, "ingest")}, requests, 1, 2, mostViolations)
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

// TestOracleNoticesMutants breaks the product on purpose, in each of the ways, or, where it
// is not make torture that asks, in those of every day.
func TestOracleNoticesMutants(t *testing.T) {
	all := os.Getenv("THUMBFRONT_TORTURE") != ""
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	whole := functions{build(t, "thumbnail"), build(t, "ingest")}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			if !all && !m.everyday {
				t.Skip("make torture MUTANTS=1 tells its story")
			}
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
			o, err := torture(t.Context(), broken, untilNoticed, 3, 2, 1)
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
