package main

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
)

func of(v float64) *float64 { return &v }

// sample has ours twice as expensive as sharp, in fewer bytes and at a better score.
func sample() report {
	w := card("12mp.jpg", "jpeg")
	named := func(r row) row {
		r.Work, r.work = w.String(), w
		return r
	}
	return report{machine: "a machine", load: "0", rounds: 5, rows: []row{
		named(row{Contender: ours, CPUMS: 80, PeakMB: 40, Bytes: 15000, Linear: of(73), Gamma: of(60), Own: of(75),
			ladder: []rung{{40, 10000, 60, 50, 62}, {80, 20000, 80, 70, 82}}}),
		named(row{Contender: oursFast, CPUMS: 36, PeakMB: 60, Bytes: 21000, Linear: of(62), Gamma: of(61), Own: of(70)}),
		named(row{Contender: peer, CPUMS: 40, PeakMB: 100, Bytes: 22000, Linear: of(63), Gamma: of(70), Own: of(72)}),
		named(row{Contender: "floor", CPUMS: 36, PeakMB: 10, Bytes: 20000}),
	}}
}

func line(t *testing.T, markdown, part string) string {
	t.Helper()
	for line := range strings.Lines(markdown) {
		if strings.Contains(line, part) {
			return strings.TrimSpace(line)
		}
	}
	t.Fatalf("no line with %q in\n%s", part, markdown)
	return ""
}

func TestMarkdownJudges(t *testing.T) {
	text := sample().markdown()
	for _, c := range []struct{ part, want string }{
		// 15000 of 22000 bytes, 10 better: both goals are met
		{"sharp 12mp.jpg 288x264 jpeg, 22000 B", "| 15000 | 0.68 | 0.75 | 73.0 | +10.0 | +8 | yes |"},
		// fast enough, but at a lower score than sharp's: not reached
		{"| sharp | 40.0 | thumbfront-fast |", "| 36.0 | 1.11 | 1.05 | 1.10 | -1.0 | **no** |"},
		{"| sharp | 40.0 | thumbfront-default |", "| 80.0 | 0.50 | 0.70 |  | +10.0 | **no** |"},
		// the floor shows nothing: there is no score to hold against it
		{"| floor | 36.0 | thumbfront-fast |", "| 36.0 | 1.00 | 0.95 |  |  | yes |"},
		// one of two profiles takes more than half of sharp's memory
		{"40 MB, 0.40", "60 MB, 0.60 | **no** |"},
	} {
		if got := line(t, text, c.part); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s\nwant an end of %s", got, c.want)
		}
	}
}

func TestAtScoreOf(t *testing.T) {
	rows := sample().rows
	equal, ok := atScoreOf(&rows[0], rows[2])
	if want := math.Round(10000 * math.Pow(2, 3.0/20)); !ok || equal.Bytes != want || equal.Quality != 46 || *equal.Linear != 63 || *equal.Gamma != 53 {
		t.Errorf("%+v %v; want %v bytes at quality 46, scores 63 and 53", equal, ok, want)
	}
	rows[2].Linear = of(99)
	if _, ok := atScoreOf(&rows[0], rows[2]); ok {
		t.Error("a score that the ladder does not meet was met")
	}
}

func TestJSON(t *testing.T) {
	text, err := sample().json()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"work": "12mp.jpg 288x264 jpeg", "contender": "sharp", "cpu_ms": 40.0, "peak_mb": 100.0, "bytes": 22000.0, "ssimulacra2": 63.0, "ssimulacra2_gamma": 70.0}
	for name, value := range want {
		if rows[2][name] != value {
			t.Errorf("%s is %v; want %v", name, rows[2][name], value)
		}
	}
	if _, ok := rows[3]["ssimulacra2"]; ok {
		t.Error("the floor has a score")
	}
}

// Every target must be measured without a flag.
func TestUsualWorksCoverTheTargets(t *testing.T) {
	works := usualWorks()
	needs := func(w work) {
		if !slices.Contains(works, w) {
			t.Errorf("%s is a target and not a work", w)
		}
	}
	for _, target := range scoreTargets {
		needs(target.work)
		needs(target.against)
	}
	for _, target := range costTargets {
		needs(target.work)
	}
	all := allWorks()
	for _, w := range works {
		if !slices.Contains(all, w) {
			t.Errorf("%s is in the usual works and not in all", w)
		}
	}
	for format, qualities := range rungs {
		if len(qualities) < 6 || !slices.IsSorted(qualities) {
			t.Errorf("%s: %v is no ladder of 6", format, qualities)
		}
	}
}
