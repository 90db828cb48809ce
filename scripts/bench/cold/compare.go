package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/jpeg"
	"os"
	"slices"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/bench/machine"
	"github.com/thumbfront/thumbfront/scripts/bench/median"
	"github.com/thumbfront/thumbfront/scripts/bench/runtimeapi"
)

// The thumbnail of the first answer; warm ones are a little smaller each, so that
// no edits come twice in a process.
const width, height = 288, 264

// life is what one process of a contender was measured at.
type life struct {
	init, first, warm time.Duration // from the exec, the exec, the event
	peakMB            float64
}

// compare starts the contenders in turn, with a warm page cache and then with a
// dropped one, in another order in each round.
func compare(ctx context.Context, w *world, contenders []contender, o options) ([]row, error) {
	order := make([]int, len(contenders))
	for i := range order {
		order[i] = i
		// The first start of all reads the package into the page cache.
		if _, err := live(ctx, w, contenders[i], 1); err != nil {
			return nil, err
		}
	}
	warm, dropped := make([][]life, len(contenders)), make([][]life, len(contenders))
	for round := range o.rounds {
		fmt.Fprintf(os.Stderr, "\rround %d of %d", round+1, o.rounds)
		for _, i := range turn(order, round) {
			l, err := live(ctx, w, contenders[i], o.warm)
			if err != nil {
				return nil, err
			}
			warm[i] = append(warm[i], l)
			if o.drop == dropNone {
				continue
			}
			if err := o.drop.drop(contenders[i].files); err != nil {
				return nil, fmt.Errorf("drop the page cache: %w; -drop none leaves it", err)
			}
			if l, err = live(ctx, w, contenders[i], 0); err != nil {
				return nil, err
			}
			dropped[i] = append(dropped[i], l)
		}
	}
	fmt.Fprintln(os.Stderr)
	rows := make([]row, len(contenders))
	for i, c := range contenders {
		rows[i] = newRow(c.name, c.zipMB, warm[i], dropped[i])
	}
	return rows, nil
}

// turn is the order of a round: each place is had equally often, and the neighbours
// change sides.
func turn(order []int, round int) []int {
	n := len(order)
	turned := slices.Concat(order[round/2%n:], order[:round/2%n])
	if round%2 == 1 {
		slices.Reverse(turned)
	}
	return turned
}

// live runs a process through its first answer and some warm ones.
func live(ctx context.Context, w *world, c contender, warm int) (life, error) {
	p, err := c.start(ctx, w)
	if err != nil {
		return life{}, err
	}
	defer p.Close()
	l, err := liveIn(ctx, w, p, warm)
	if err != nil {
		return life{}, fmt.Errorf("%s: %w", c.name, err)
	}
	return l, nil
}

func (c contender) start(ctx context.Context, w *world) (*runtimeapi.Process, error) {
	return runtimeapi.Start(ctx, slices.Concat(w.env, c.env), c.dir, c.command[0], c.command[1:]...)
}

func liveIn(ctx context.Context, w *world, p *runtimeapi.Process, warm int) (life, error) {
	var l life
	var took []time.Duration
	for i := range warm + 1 {
		r := thumburl.Request{Key: photoKey, Edits: thumburl.Edits{thumburl.Resize{Width: width - i, Height: height - i}}}
		event, err := w.event(ctx, r)
		if err != nil {
			return life{}, err
		}
		idle, err := p.Idle(ctx)
		if err != nil {
			return life{}, err
		}
		a, err := p.Invoke(ctx, event)
		if err != nil {
			return life{}, err
		}
		if err := isThumbnail(a, width-i, height-i); err != nil {
			return life{}, err
		}
		if i == 0 {
			l.init, l.first = idle.Sub(p.Started), a.Done.Sub(p.Started)
		} else {
			took = append(took, a.Took())
		}
	}
	// Its last answer's rest belongs to it.
	if _, err := p.Idle(ctx); err != nil {
		return life{}, err
	}
	l.warm = median.Of(took)
	var err error
	l.peakMB, err = machine.PeakMB(p.PID)
	return l, err
}

// isThumbnail refuses to measure what is not the job.
func isThumbnail(a runtimeapi.Answer, width, height int) error {
	if a.Status != 200 {
		return fmt.Errorf("answered %d: %.300s", a.Status, a.Body)
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(a.Body))
	if err != nil || format != "jpeg" || config.Width != width || config.Height != height {
		return fmt.Errorf("answered a %s of %dx%d (%w), want a jpeg of %dx%d", format, config.Width, config.Height, err, width, height)
	}
	return nil
}
