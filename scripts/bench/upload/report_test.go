package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func reported() report {
	return report{options: options{rounds: 10, pictures: 5, pictureBytes: 80_000, rate: 20, roundTrip: 50 * time.Millisecond, entityCalls: 2400 * time.Millisecond},
		rows: []row{
			{Way: "A", AtOnce: 1, WorstMS: 540, MedianMS: 510, AnsweredWorstMS: 540, BackendPictureBytes: 8_000_000, BackendCPUMSPerPicture: 9},
			{Way: "B", AtOnce: 1, WorstMS: 1200, MedianMS: 1000, AnsweredWorstMS: 1200, BackendPictureBytes: 4_000_000, BackendCPUMSPerPicture: 8},
			{Way: "C", AtOnce: 1, WorstMS: 1150, MedianMS: 1040, AnsweredWorstMS: 800, BackendCPUMSPerPicture: 0.5},
			{Way: "A", AtOnce: 5, MedianMS: 1}, {Way: "B", AtOnce: 5, MedianMS: 100}, {Way: "C", AtOnce: 5, MedianMS: 105},
		}}
}

func TestTargets(t *testing.T) {
	if misses := reported().misses(); len(misses) != 0 {
		t.Errorf("missed: %v", misses)
	}
	for want, change := range map[string]func(*row){
		"8 picture bytes":    func(c *row) { c.BackendPictureBytes = 8 },
		"1.00 ms":            func(c *row) { c.BackendCPUMSPerPicture = 1 },
		"C takes 1051 ms, B": func(c *row) { c.MedianMS = 1051 },
	} {
		r := reported()
		change(&r.rows[2])
		if misses := r.misses(); len(misses) != 1 || !strings.Contains(misses[0], want) {
			t.Errorf("%s: %v", want, misses)
		}
	}
}

func TestReport(t *testing.T) {
	var b strings.Builder
	if err := reported().markdown(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| A | 540 | 510 | 540 | 8000000 | 9.00 |", "| C | 1150 | 1040 | 800 | 0 | 0.50 |",
		"| A | 2.94 | 23.00 |", "| B | 3.60 | 3.00 |", "| C | 0.80 | 1.22 |", "Reached"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
	text, err := reported().json()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(text, &rows); err != nil || len(rows) != 6 {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, field := range []string{"way", "worst_ms", "median_ms", "backend_picture_bytes", "backend_cpu_ms_per_picture"} {
		if _, ok := rows[2][field]; !ok {
			t.Errorf("no %s in %v", field, rows[2])
		}
	}
}

func TestPicturesHaveTheirSize(t *testing.T) {
	a, err := picture(1, 80_000)
	if err != nil || len(a) < 60_000 || len(a) > 100_000 {
		t.Errorf("%d bytes, %v", len(a), err)
	}
	again, _ := picture(1, 80_000)
	other, _ := picture(2, 80_000)
	if string(a) != string(again) || string(a) == string(other) {
		t.Error("a picture is not its seed's")
	}
}
