package main

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// sample has one contender with both states of the page cache and one without.
func sample() report {
	lives := []life{
		{init: 9 * time.Millisecond, first: 80 * time.Millisecond, warm: 40 * time.Millisecond, peakMB: 30},
		{init: 11 * time.Millisecond, first: 60 * time.Millisecond, warm: 44 * time.Millisecond, peakMB: 50},
		{init: 10 * time.Millisecond, first: 70 * time.Millisecond, warm: 90 * time.Millisecond, peakMB: 40},
	}
	slow := []life{{init: 200 * time.Millisecond, first: 280 * time.Millisecond, warm: 55 * time.Millisecond, peakMB: 100}}
	return report{
		Rows:    []row{newRow("thumbfront", 9.5, lives, lives), newRow("sharp", 8.5, slow, nil)},
		Machine: "a machine", Photo: "a photo", Rounds: 3, Warm: 20, Drop: dropPackage,
		HEIC: heicResult{WarmMS: 600, DecodeMS: 400, Decoder: "heif-dec"},
		Soak: &soakResult{Invocations: 1000, Sources: 5, EarlyMB: 50, LateMB: 52.5, PeakMB: 200},
	}
}

func TestRowIsMedians(t *testing.T) {
	r := sample().Rows[0]
	if r.InitMS != 10 || r.FirstMS != 70 || r.WarmMS != 44 || r.PeakMB != 40 || r.ZipMB != 9.5 || *r.InitDroppedMS != 10 || *r.FirstDroppedMS != 70 {
		t.Errorf("%+v", r)
	}
}

func TestMarkdown(t *testing.T) {
	var b strings.Builder
	if err := sample().markdown(&b); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"| thumbfront | 10.0 | 70.0 | 44.0 | 40.0 | 9.5 | 10.0 | 70.0 |",
		"| sharp | 200.0 | 280.0 | 55.0 | 100.0 | 8.5 | - | - |",
		"| thumbfront / sharp | **0.05** | **0.25** | **0.80** | **0.40** | **1.12** | - | - |",
		"| to reach | 0.10 | 0.50 | 0.85 | 0.50 |  | 0.10 | 0.50 |",
	} {
		if !slices.Contains(strings.Split(b.String(), "\n"), line) {
			t.Errorf("no line %q in\n%s", line, &b)
		}
	}
	for _, words := range []string{"a machine", "ratio **1.50**", "ratio **1.05**", "node's executable was not"} {
		if !strings.Contains(b.String(), words) {
			t.Errorf("no %q in\n%s", words, &b)
		}
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
	if len(rows) != 2 {
		t.Fatalf("%d rows: %s", len(rows), text)
	}
	for name, want := range map[string]any{"contender": "thumbfront", "init_ms": 10.0, "first_ms": 70.0, "warm_ms": 44.0, "peak_mb": 40.0,
		"zip_mb": 9.5, "init_dropped_ms": 10.0, "first_dropped_ms": 70.0, "heic_warm_ms": 600.0, "soak_rss_100_mb": 50.0} {
		if rows[0][name] != want {
			t.Errorf("%s is %v, want %v", name, rows[0][name], want)
		}
	}
	for _, name := range []string{"init_dropped_ms", "heic_warm_ms", "soak_rss_100_mb"} {
		if _, there := rows[1][name]; there {
			t.Errorf("sharp has %s, which was not measured", name)
		}
	}
}

func TestTurnIsFair(t *testing.T) {
	order := []int{0, 1, 2}
	places := map[[2]int]int{}
	pairs := map[[2]int]int{}
	for round := range 12 {
		turned := turn(order, round)
		for place, i := range turned {
			places[[2]int{i, place}]++
		}
		for n := range 2 {
			pairs[[2]int{turned[n], turned[n+1]}]++
		}
	}
	if !slices.Equal(order, []int{0, 1, 2}) {
		t.Errorf("the order itself was turned: %v", order)
	}
	for i := range 3 {
		for place := range 3 {
			if places[[2]int{i, place}] != 4 {
				t.Errorf("%d has place %d in %d of 12 rounds", i, place, places[[2]int{i, place}])
			}
			if i != place && pairs[[2]int{i, place}] != 4 {
				t.Errorf("%d runs right before %d in %d of 12 rounds", i, place, pairs[[2]int{i, place}])
			}
		}
	}
}

func TestResident(t *testing.T) {
	samples := slices.Repeat([]float64{10}, 80)
	samples = append(samples, slices.Repeat([]float64{50}, 20)...)
	samples = append(samples, slices.Repeat([]float64{70}, 30)...)
	if a, b, c := resident(samples, 100), resident(samples, 130), resident(samples, 1000); a != 50 || b != 70 || c != 70 {
		t.Errorf("%v after 100, %v after 130, %v after more than there are", a, b, c)
	}
	if v := resident(nil, 100); v != 0 {
		t.Errorf("%v of none", v)
	}
}

func TestLandscapeIsLikeAPhoto(t *testing.T) {
	m := landscape(1024, 768)
	sum, square := 0.0, 0.0
	for _, y := range m.Y {
		sum += float64(y)
		square += float64(y) * float64(y)
	}
	n := float64(len(m.Y))
	mean := sum / n
	if deviation := math.Sqrt(square/n - mean*mean); mean < 90 || mean > 166 || deviation < 30 {
		t.Errorf("brightness is %.0f on average and deviates by %.0f", mean, deviation)
	}
	if !slices.Equal(m.Y, landscape(1024, 768).Y) {
		t.Error("another time it is another picture")
	}
}
