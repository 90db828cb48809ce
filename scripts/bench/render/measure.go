package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/thumbfront/thumbfront/scripts/bench/contender"
	"github.com/thumbfront/thumbfront/scripts/bench/ladder"
	"github.com/thumbfront/thumbfront/scripts/bench/median"
	"github.com/thumbfront/thumbfront/scripts/bench/score"
)

// row is what one contender did in one work.
type row struct {
	Work      string   `json:"work"`
	Contender string   `json:"contender"`
	CPUMS     float64  `json:"cpu_ms"` // of a warm picture
	PeakMB    float64  `json:"peak_mb"`
	Bytes     float64  `json:"bytes"`
	Linear    *float64 `json:"ssimulacra2,omitempty"`
	Gamma     *float64 `json:"ssimulacra2_gamma,omitempty"`
	// Own is the score against the contender's own pixels before encoding.
	Own     *float64 `json:"ssimulacra2_own,omitempty"`
	Quality int      `json:"quality,omitempty"` // 0 is the contender's default

	work   work
	ladder []rung
}

// rung of a ladder: one quality.
type rung struct {
	quality            int
	bytes              float64
	linear, gamma, own float64
}

// by gives a ladder by one of its scores.
func by(rungs []rung, scored func(rung) float64) []ladder.Step {
	steps := make([]ladder.Step, len(rungs))
	for i, r := range rungs {
		steps[i] = ladder.Step{Quality: float64(r.quality), Bytes: r.bytes, Score: scored(r)}
	}
	return steps
}

func linear(r rung) float64 { return r.linear }
func gamma(r rung) float64  { return r.gamma }
func own(r rung) float64    { return r.own }

type bench struct {
	judge    *score.Judge
	entrants []entrant
	sources  string // folder
	temp     string // folder
	rounds   int
}

// measure does one work: first what the pictures look like, then what they cost.
func (b *bench) measure(w work) ([]row, error) {
	references, err := b.judge.References(filepath.Join(b.sources, w.source), w.width, w.height)
	if err != nil {
		return nil, err
	}
	var rows []row
	var racing []entrant
	for _, e := range b.entrants {
		if e.only != "" && e.only != w.format {
			continue
		}
		r, err := b.look(w, e, references)
		if errors.Is(err, contender.ErrUnable) {
			fmt.Fprintf(os.Stderr, "%s: %s: %v\n", w, e.name, err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", w, e.name, err)
		}
		rows, racing = append(rows, r), append(racing, e)
		if e.name != peer {
			continue
		}
		if equal, ok := atScoreOf(find(rows, w, ours), r); ok {
			rows, racing = append(rows, equal), append(racing, racing[0])
		}
	}
	return rows, b.race(rows, racing)
}

// atScoreOf is ours at a peer's score: bytes and score are interpolated, the cost
// is measured at the nearest quality.
func atScoreOf(ours *row, theirs row) (row, bool) {
	if ours == nil {
		return row{}, false
	}
	at, ok := ladder.At(by(ours.ladder, linear), *theirs.Linear)
	if !ok {
		return row{}, false
	}
	gamma := ladder.Score(by(ours.ladder, gamma), at.Quality)
	return row{Work: ours.Work, Contender: oursEqual, Bytes: math.Round(at.Bytes), Linear: theirs.Linear, Gamma: &gamma,
		Quality: int(math.Round(at.Quality)), work: ours.work}, true
}

func find(rows []row, w work, contender string) *row {
	for i := range rows {
		if rows[i].work == w && rows[i].Contender == contender {
			return &rows[i]
		}
	}
	return nil
}

// look makes a contender's picture, and its ladder where one is needed, and
// scores them.
func (b *bench) look(w work, e entrant, references score.References) (row, error) {
	r := row{Work: w.String(), Contender: e.name, work: w}
	p, err := e.start()
	if err != nil {
		return r, err
	}
	defer p.Close()
	if e.name == "floor" { // shows nothing that could be judged
		bytes, err := p.Render(b.job(w, 0))
		r.Bytes = float64(bytes)
		return r, err
	}
	pixels, err := b.picture(p, w.as("png"), 0, "pixels")
	if err != nil {
		return r, err
	}
	judged := func(quality int) (rung, error) {
		encoded, err := b.picture(p, w, quality, "encoded")
		if err != nil {
			return rung{}, err
		}
		g := rung{quality: quality, bytes: encoded.bytes}
		for _, s := range []struct {
			into      *float64
			reference string
		}{{&g.linear, references.Linear}, {&g.gamma, references.Gamma}, {&g.own, pixels.png}} {
			var err error
			if s.into == &g.own && quality != 0 && !laddered(w) {
				continue // no table asks for it, and a large picture takes seconds
			}
			if *s.into, err = b.judge.Score(s.reference, encoded.png); err != nil {
				return g, err
			}
		}
		return g, nil
	}
	g, err := judged(0)
	if err != nil {
		return r, err
	}
	r.Bytes, r.Linear, r.Gamma, r.Own = g.bytes, &g.linear, &g.gamma, &g.own
	if !laddered(w) && e.name != ours {
		return r, nil
	}
	used, err := cost(p, b.job(w, 0), 1)
	if err != nil || used > patience {
		return r, err
	}
	for _, quality := range rungs[w.format] {
		g, err := judged(quality)
		if err != nil {
			return r, err
		}
		r.ladder = append(r.ladder, g)
	}
	return r, nil
}

type decoded struct {
	png   string // path
	bytes float64
}

func (b *bench) job(w work, quality int) contender.Job {
	return contender.Job{Source: filepath.Join(b.sources, w.source), Width: w.width, Height: w.height, Format: w.format, Quality: quality}
}

func (b *bench) picture(p contender.Process, w work, quality int, name string) (decoded, error) {
	j := b.job(w, quality)
	j.Out = filepath.Join(b.temp, name)
	bytes, err := p.Render(j)
	if err != nil {
		return decoded{}, err
	}
	d := decoded{j.Out + ".png", float64(bytes)}
	return d, b.judge.Decode(j.Out, d.png)
}

// A turn of a contender is as many pictures as take so long, so that what comes
// once in a while, such as a garbage collection, is in every turn.
const (
	turn       = 150 * time.Millisecond
	mostATurn  = 40
	warmupJobs = 3
	// patience with one picture: plain bimg takes seconds for an AVIF. Who tries it
	// climbs no ladder, is warm after one, and takes no more turns than it must.
	patience = 2 * time.Second
)

// race fills in the cost: the contenders take turns, each in a process of its own
// that has done nothing but this work. A different one begins each round.
func (b *bench) race(rows []row, racing []entrant) error {
	processes := make([]contender.Process, len(racing))
	pictures := make([]int, len(racing))
	spent := make([][]float64, len(racing))
	slow := make([]bool, len(racing))
	for i, e := range racing {
		p, err := e.start()
		if err != nil {
			return err
		}
		defer p.Close()
		processes[i] = p
		var last time.Duration
		for range warmupJobs {
			if last, err = cost(p, b.job(rows[i].work, rows[i].Quality), 1); err != nil {
				return fmt.Errorf("%s: %s: %w", rows[i].Work, e.name, err)
			}
			if slow[i] = last > patience; slow[i] {
				break
			}
		}
		pictures[i] = min(mostATurn, int(turn/max(1, last))+1)
	}
	for round := range b.rounds {
		for n := range racing {
			i := (round + n) % len(racing)
			if slow[i] && round >= leastRounds {
				continue
			}
			used, err := cost(processes[i], b.job(rows[i].work, rows[i].Quality), pictures[i])
			if err != nil {
				return fmt.Errorf("%s: %s: %w", rows[i].Work, racing[i].name, err)
			}
			spent[i] = append(spent[i], used.Seconds()*1e3/float64(pictures[i]))
		}
	}
	for i, p := range processes {
		peak, err := p.PeakMB()
		if err != nil {
			return err
		}
		rows[i].CPUMS, rows[i].PeakMB = median.Of(spent[i]), peak
	}
	return nil
}

// cost is the CPU time of some pictures.
func cost(p contender.Process, j contender.Job, pictures int) (time.Duration, error) {
	before, err := p.CPU()
	for range pictures {
		if err == nil {
			_, err = p.Render(j)
		}
	}
	after, errAfter := p.CPU()
	return after - before, cmp.Or(err, errAfter)
}
