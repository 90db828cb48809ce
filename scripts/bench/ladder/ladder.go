// Package ladder compares encoders at equal score: it interpolates between the
// qualities that were tried.
package ladder

import (
	"cmp"
	"math"
	"slices"
)

// Step is one quality that was tried.
type Step struct {
	Quality float64 `json:"quality"`
	Bytes   float64 `json:"bytes"`
	Score   float64 `json:"score"`
}

// At is where a ladder reaches a score, with bytes linear in their logarithm; ok
// is false where the score lies outside of the ladder: nothing is extrapolated.
// Where the ladder passes the score more than once, the cheapest counts.
func At(ladder []Step, score float64) (at Step, ok bool) {
	steps := sorted(ladder)
	for i := 1; i < len(steps); i++ {
		a, b := steps[i-1], steps[i]
		if !(score >= min(a.Score, b.Score) && score <= max(a.Score, b.Score)) { // so that NaN is outside
			continue
		}
		part := 0.0
		if a.Score != b.Score {
			part = (score - a.Score) / (b.Score - a.Score)
		}
		found := Step{
			Quality: a.Quality + part*(b.Quality-a.Quality),
			Bytes:   math.Exp(math.Log(a.Bytes) + part*(math.Log(b.Bytes)-math.Log(a.Bytes))),
			Score:   score,
		}
		if !ok || found.Bytes < at.Bytes {
			at, ok = found, true
		}
	}
	return at, ok
}

// Score is that of a quality between those that were tried; outside of them it is
// that of the nearest.
func Score(ladder []Step, quality float64) float64 {
	steps := sorted(ladder)
	for i, b := range steps {
		if b.Quality < quality {
			continue
		}
		if i == 0 || b.Quality == quality {
			return b.Score
		}
		a := steps[i-1]
		return a.Score + (quality-a.Quality)/(b.Quality-a.Quality)*(b.Score-a.Score)
	}
	return steps[len(steps)-1].Score
}

func sorted(ladder []Step) []Step {
	return slices.SortedFunc(slices.Values(ladder), func(a, b Step) int { return cmp.Compare(a.Quality, b.Quality) })
}
