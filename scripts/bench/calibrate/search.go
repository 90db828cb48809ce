package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/thumbfront/thumbfront/scripts/bench/contender"
	"github.com/thumbfront/thumbfront/scripts/bench/ladder"
	"github.com/thumbfront/thumbfront/scripts/bench/score"
)

type size struct{ width, height int }

func (s size) String() string { return fmt.Sprintf("%dx%d", s.width, s.height) }

var sizes = []size{{288, 264}, {800, 600}}

// formats with the qualities between which the target is looked for.
var formats = []struct {
	name     string
	from, to int
}{{"jpeg", 50, 90}, {"webp", 45, 90}, {"avif", 35, 80}}

// sample is the set of photos at one quality.
type sample struct {
	quality       int
	scores, bytes []float64
}

// result is the quality at the target, between two whole ones, and the sample at
// the whole one next to it.
type result struct {
	exact   float64
	nearest sample
}

// measurer makes samples of one format and size.
type measurer struct {
	judge    *score.Judge
	renderer contender.Process
	temp     string // folder
	photos   []string
	format   string
	size     size
}

// find halves the way between two qualities until the target lies between
// neighbours: the level rises with the quality, nearly always by more than its
// noise. More than six qualities are tried.
func (m measurer) find(from, to int, target float64) (result, error) {
	return bisect(from, to, target, m.sample)
}

func bisect(from, to int, target float64, try func(quality int) (sample, error)) (result, error) {
	low, err := try(from)
	if err != nil {
		return result{}, err
	}
	high, err := try(to)
	if err != nil {
		return result{}, err
	}
	if level(low.scores) > target || level(high.scores) < target {
		return result{}, fmt.Errorf("%g is not between %.1f at quality %d and %.1f at %d", target, level(low.scores), from, level(high.scores), to)
	}
	for high.quality-low.quality > 1 {
		middle, err := try((low.quality + high.quality) / 2)
		if err != nil {
			return result{}, err
		}
		if level(middle.scores) < target {
			low = middle
		} else {
			high = middle
		}
	}
	step := func(s sample) ladder.Step {
		return ladder.Step{Quality: float64(s.quality), Bytes: mean(s.bytes), Score: level(s.scores)}
	}
	at, _ := ladder.At([]ladder.Step{step(low), step(high)}, target) // it lies between them
	if math.Abs(level(low.scores)-target) < math.Abs(level(high.scores)-target) {
		high = low
	}
	return result{at.Quality, high}, nil
}

func (m measurer) sample(quality int) (sample, error) {
	s := sample{quality: quality}
	out := filepath.Join(m.temp, "encoded")
	for _, photo := range m.photos {
		references, err := m.judge.References(photo, m.size.width, m.size.height)
		if err != nil {
			return s, err
		}
		bytes, err := m.renderer.Render(contender.Job{Source: photo, Width: m.size.width, Height: m.size.height, Format: m.format, Quality: quality, Out: out})
		if err != nil {
			return s, fmt.Errorf("%s: %w", photo, err)
		}
		if err := m.judge.Decode(out, out+".png"); err != nil {
			return s, err
		}
		value, err := m.judge.Score(references.Linear, out+".png")
		if err != nil {
			return s, err
		}
		s.scores, s.bytes = append(s.scores, value), append(s.bytes, float64(bytes))
	}
	fmt.Fprintf(os.Stderr, "%s %s quality %d: %.2f, mean %.2f, %.0f bytes\n", m.format, m.size, quality, level(s.scores), mean(s.scores), mean(s.bytes))
	return s, nil
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// share of the photos that reach the target. A mean would be carried by the easy ones, and
// the hardest of all by itself would make the others twice as large.
const share = 0.75

// level is what the share of the photos reaches.
func level(scores []float64) float64 {
	sorted := slices.Sorted(slices.Values(scores))
	at := float64(len(sorted)-1) * (1 - share)
	i := min(int(at), len(sorted)-2)
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// deviation is the standard deviation of the values themselves.
func deviation(values []float64) float64 {
	m, sum := mean(values), 0.0
	for _, v := range values {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(len(values)))
}
