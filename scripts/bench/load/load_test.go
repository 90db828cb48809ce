package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

func TestMain(m *testing.M) {
	if isLoaded() {
		return
	}
	os.Exit(m.Run())
}

// A short run of all of it, without its peers: what has to hold on any machine.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	bootstrap, err := stack.BuildFunction(t.Context(), "thumbnail", dir)
	if err != nil {
		t.Fatal(err)
	}
	o := options{bootstrap: bootstrap, picture: "none: one is drawn", each: 200 * time.Millisecond, rounds: 1, variety: 20, plot: filepath.Join(dir, "memory.svg")}
	r, err := run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + r.String())
	var kinds []string
	for _, row := range r.Rows {
		if kinds = append(kinds, row.Kind); row.PerSecond <= 0 || row.P50 <= 0 || row.P99 < row.P50 {
			t.Errorf("%+v", row)
		}
	}
	if kinds = slices.Compact(kinds); fmt.Sprint(kinds) != "[cached stored rendered mixed by Zipf]" {
		t.Errorf("kinds %v", kinds)
	}
	if len(r.Bursts) != 2 || len(r.Overloads) != 2 {
		t.Fatalf("%d bursts, %d overloads, want one of each server", len(r.Bursts), len(r.Overloads))
	}
	for _, b := range r.Bursts {
		if b.Viewers != 500 || b.Renders != 1 {
			t.Errorf("%s: %d viewers of one picture, %d renders", b.Server, b.Viewers, b.Renders)
		}
	}
	for _, o := range r.Overloads {
		if o.OK == 0 || o.Refused == 0 || o.Other != 0 {
			t.Errorf("%s: of ten times what can be rendered %d were, %d refused, %d failed: %v", o.Server, o.OK, o.Refused, o.Other, o.Statuses)
		}
		if o.Silent != 0 {
			t.Errorf("%s: %d of %d refusals have no Retry-After", o.Server, o.Silent, o.Refused)
		}
		if o.RecoveredMS <= 0 { // one that does not recover is an error of the run
			t.Errorf("%s: recovered after %v ms", o.Server, o.RecoveredMS)
		}
	}
	if s := r.Slow; s.Served == 0 || s.Refused == 0 || s.Served+s.Refused != s.Viewers || s.Viewers*s.AnswerMB <= memoryMB {
		t.Errorf("slow viewers: %+v", s)
	}
	if r.PeakMB() <= 0 || r.PeakMB() > memoryMB {
		t.Errorf("%.0f MB in memory, of MEMORY_MB=%d", r.PeakMB(), memoryMB)
	}
	if picture, err := os.ReadFile(o.plot); err != nil || !strings.Contains(string(picture), "slow viewers") {
		t.Errorf("the plot: %v\n%s", err, picture)
	}
}

func TestOverloadCountsAnswers(t *testing.T) {
	var o overload
	later := http.Header{"Retry-After": {"1"}}
	for range 3 {
		o.take(200, nil, time.Hour)
	}
	for i := range 99 {
		o.take(503, later, time.Duration(99-i)*time.Millisecond)
	}
	o.take(429, http.Header{}, 200*time.Millisecond)
	o.take(0, nil, time.Minute) // no answer came
	o.take(500, later, time.Minute)
	o.end()
	if o.OK != 3 || o.Refused != 100 || o.Silent != 1 || o.Other != 2 || fmt.Sprint(o.Statuses) != "map[0:1 200:3 429:1 500:1 503:99]" {
		t.Errorf("%+v", o)
	}
	if o.RefusedP50 != 51 || o.RefusedP99 != 200 {
		t.Errorf("refusals take %v, %v ms", o.RefusedP50, o.RefusedP99)
	}
	var none overload
	if none.end(); none.RefusedP50 != 0 || none.RefusedP99 != 0 {
		t.Errorf("without refusals: %+v", none)
	}
}

// The log comes in pieces, with lines that are no renders in it.
func TestRenderLines(t *testing.T) {
	var told []int
	r := &renderLines{rendered: func(n int) { told = append(told, n) }}
	for _, piece := range []string{`{"Renders":1}` + "\n" + `{"Ren`, `ders":2}`, "\nno JSON\n{\"Renders\":0}\n{\"Hits\":1}\n", `{"Renders":4}`} {
		if n, err := r.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	if fmt.Sprint(told) != "[1 2]" {
		t.Errorf("told of %v", told)
	}
}

// What the process tells is counted for the server that it is about.
func TestProcessCountsRenders(t *testing.T) {
	p := &process{renders: map[string]int{}}
	decoder := json.NewDecoder(strings.NewReader(`{"Server":"server","Renders":1} {"EdgeURL":"http://e","ServerURL":"http://s"} {"Server":"server","Renders":2} {"Server":"edge","Renders":4}`))
	for {
		var l line
		if decoder.Decode(&l) != nil {
			break
		}
		p.take(l)
	}
	if p.EdgeURL != "http://e" || p.ServerURL != "http://s" || p.rendered("server") != 3 || p.rendered("edge") != 4 {
		t.Errorf("%+v %v", p.line, p.renders)
	}
}

func sampleReport() *report {
	return &report{
		Machine: "a machine", LimitMB: 256,
		Rows: []row{
			{"cached", "nginx", 1000, 1, 2}, {"cached", "ours", 300, 2, 4}, {"rendered", "imaginary", 50, 20, 30},
			{"cached", "nginx", 3000, 3, 4}, {"cached", "ours", 500, 4, 8}, {"rendered", "imaginary", 70, 22, 32},
			{"cached", "nginx", 2000, 2, 3}, {"cached", "ours", 400, 3, 6}, {"rendered", "imaginary", 60, 21, 31},
		},
		Bursts:    []burst{{"ours", 500, 1, 123.4}},
		Overloads: []overload{{Server: "ours", Capacity: 100, OK: 7, Refused: 8, Silent: 9, Other: 10, RefusedP50: 1.25, RefusedP99: 2.5, RecoveredMS: 30}},
		Slow:      slow{24, 16, 5, 19},
		Memory:    []sample{{0, 20, "calm"}, {1, 200, ""}, {2, 150, "a < b"}},
	}
}

func TestReport(t *testing.T) {
	text := sampleReport().String()
	for _, want := range []string{
		"(a machine)\n",
		"\n| cached | nginx | 2000 | 1.00 | 2.00 | 3.00 |\n| cached | ours | 400 | 0.20 | 3.00 | 6.00 |\n| rendered | imaginary | 60 | 1.00 | 21.00 | 31.00 |\n",
		"\n| ours | 500 | 1 | 123 |\n",
		"\n| ours | 100 | 7 | 8 | 9 | 10 | 1.2 | 2.5 | 30 |\n",
		"Of 24 viewers who take 16 MB slowly, 5 are served and 19 refused. The server has at most 200 MB in memory, of MEMORY_MB=256.\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	// Each table has as many columns in all its lines.
	columns := 0
	for line := range strings.Lines(text) {
		n := strings.Count(line, "|")
		if columns > 0 && n > 0 && n != columns {
			t.Errorf("%d columns, want %d: %s", n-1, columns-1, line)
		}
		columns = n
	}
}

// The README has the tables as they are printed.
func TestReadmeHasTheTables(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	heads := 0
	for line := range strings.Lines((&report{}).String()) {
		if strings.HasPrefix(line, "|") {
			if heads++; !strings.Contains(string(readme), "\n"+line) {
				t.Errorf("not in the README: %s", line)
			}
		}
	}
	if heads != 6 {
		t.Errorf("%d lines, want a head and a rule of each of three tables", heads)
	}
	if !strings.Contains(string(readme), "](scripts/bench/load/memory.svg)") {
		t.Error("the README does not show the memory")
	}
}

func TestPlot(t *testing.T) {
	r := sampleReport()
	svg := plot(r.Memory, r.LimitMB)
	var words []string
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok {
			words = append(words, string(text))
		}
	}
	for _, want := range []string{"calm", "a < b", "MEMORY_MB=256", "0 MB", "200 MB", "0 s", "2 s"} {
		if !slices.Contains(words, want) {
			t.Errorf("%q is not in %q", want, words)
		}
	}
	// 200 MB of 256 lies above 150 and below the limit, and the last second at the right.
	if want := `d="M64.0 228.8L404.0 109.9L744.0 142.9"`; !strings.Contains(svg, want) {
		t.Errorf("no %s in %s", want, svg)
	}
	if svg := plot(nil, 256); !strings.Contains(svg, "MEMORY_MB=256") {
		t.Error("a plot of nothing has no limit")
	}
}
