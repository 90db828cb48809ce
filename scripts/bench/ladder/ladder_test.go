package ladder

import (
	"math"
	"testing"
)

var steps = []Step{{80, 4000, 80}, {20, 1000, 40}, {50, 2000, 60}} // in no order

func TestAtIsLinearInLogBytes(t *testing.T) {
	at, ok := At(steps, 70)
	if want := 2000 * math.Sqrt2; !ok || math.Abs(at.Bytes-want) > 1e-6 || math.Abs(at.Quality-65) > 1e-9 {
		t.Errorf("%+v %v; want quality 65, %v bytes", at, ok, want)
	}
	for _, step := range steps {
		if at, ok := At(steps, step.Score); !ok || math.Abs(at.Bytes-step.Bytes) > 1e-6 || math.Abs(at.Quality-step.Quality) > 1e-9 {
			t.Errorf("at score %v: %+v %v; want %+v", step.Score, at, ok, step)
		}
	}
}

func TestAtDoesNotExtrapolate(t *testing.T) {
	for _, score := range []float64{39.9, 80.1, math.NaN()} {
		if at, ok := At(steps, score); ok {
			t.Errorf("score %v: %+v", score, at)
		}
	}
	if _, ok := At(nil, 50); ok {
		t.Error("an empty ladder reaches a score")
	}
}

// Scores need not rise with quality: the cheapest way to one counts.
func TestAtTakesTheCheapestOfSeveral(t *testing.T) {
	dip := []Step{{20, 1000, 40}, {50, 2000, 60}, {60, 2500, 50}, {80, 4000, 70}}
	if at, ok := At(dip, 55); !ok || at.Quality >= 50 {
		t.Errorf("%+v %v", at, ok)
	}
}

func TestScoreOfAQuality(t *testing.T) {
	for quality, want := range map[float64]float64{10: 40, 20: 40, 35: 50, 50: 60, 65: 70, 80: 80, 99: 80} {
		if got := Score(steps, quality); math.Abs(got-want) > 1e-9 {
			t.Errorf("quality %v: %v; want %v", quality, got, want)
		}
	}
}
