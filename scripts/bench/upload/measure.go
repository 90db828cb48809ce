package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/thumbfront/thumbfront/scripts/bench/median"
)

// row is one way in one manner: the wall time of a round of pictures until the last
// entity is there, and what the backend had to do.
type row struct {
	Way                    string  `json:"way"`
	AtOnce                 int     `json:"at_once"` // pictures
	WorstMS                float64 `json:"worst_ms"`
	MedianMS               float64 `json:"median_ms"`
	AnsweredWorstMS        float64 `json:"answered_worst_ms"` // until the client has its last answer
	AnsweredMedianMS       float64 `json:"answered_median_ms"`
	BackendPictureBytes    int64   `json:"backend_picture_bytes"` // of all rounds
	BackendCPUMSPerPicture float64 `json:"backend_cpu_ms_per_picture"`
}

func measure(ctx context.Context, o options) ([]row, error) {
	var pictures [][]byte
	for i := range o.pictures {
		p, err := picture(uint64(i), o.pictureBytes)
		if err != nil {
			return nil, err
		}
		pictures = append(pictures, p)
	}
	worlds := map[bool]*world{}
	for _, withEvents := range []bool{false, true} {
		w, err := newWorld(ctx, o, withEvents)
		if err != nil {
			return nil, err
		}
		defer w.close()
		worlds[withEvents] = w
	}
	var rows []row
	for _, atOnce := range []int{1, o.pictures} {
		measured := make([]series, len(ways))
		// The first round starts processes and fills caches; the ways take turns, so
		// that what else runs on the machine hits all of them.
		for round := -1; round < o.rounds; round++ {
			for i, way := range ways {
				r, err := takeRound(ctx, way, worlds[way.events], pictures, atOnce)
				if err != nil {
					return nil, fmt.Errorf("way %s: %w", way.name, err)
				}
				if round >= 0 {
					measured[i].add(r)
				}
			}
		}
		for i, way := range ways {
			rows = append(rows, measured[i].row(way.name, atOnce, o.rounds*o.pictures))
		}
	}
	return rows, nil
}

// round is what one round took.
type round struct {
	wall, answered time.Duration
	spent          counters
}

type series struct {
	walls, answers []float64 // ms
	spent          counters
}

func (s *series) add(r round) {
	s.walls = append(s.walls, ms(r.wall))
	s.answers = append(s.answers, ms(r.answered))
	s.spent.cpu += r.spent.cpu
	s.spent.picture += r.spent.picture
}

func (s *series) row(name string, atOnce, pictures int) row {
	return row{Way: name, AtOnce: atOnce, WorstMS: slices.Max(s.walls), MedianMS: median.Of(s.walls),
		AnsweredWorstMS: slices.Max(s.answers), AnsweredMedianMS: median.Of(s.answers),
		BackendPictureBytes: s.spent.picture, BackendCPUMSPerPicture: ms(s.spent.cpu) / float64(pictures)}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// takeRound sends all pictures by a client that has no connection yet.
func takeRound(ctx context.Context, way way, w *world, pictures [][]byte, atOnce int) (round, error) {
	before, err := w.counters()
	if err != nil {
		return round{}, err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}
	defer client.CloseIdleConnections()
	begun := time.Now()
	lastAnswer, lastEntity := begun, begun
	var mu sync.Mutex
	var errs []error
	one := func(body []byte) {
		answered, made, err := way.send(ctx, w, client, body)
		mu.Lock()
		defer mu.Unlock()
		errs = append(errs, err)
		if answered.After(lastAnswer) {
			lastAnswer = answered
		}
		if made.After(lastEntity) {
			lastEntity = made
		}
	}
	for some := range slices.Chunk(pictures, atOnce) {
		var all sync.WaitGroup
		for _, body := range some {
			all.Go(func() { one(body) })
		}
		all.Wait()
	}
	if err := errors.Join(errs...); err != nil {
		return round{}, err
	}
	after, err := w.counters()
	return round{lastEntity.Sub(begun), lastAnswer.Sub(begun), counters{after.cpu - before.cpu, after.picture - before.picture}}, err
}
