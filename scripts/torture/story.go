package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

const (
	keys            = 24 // that there are pictures under, and not
	stepsOfAChapter = 60
	atOnce          = 4                // viewers
	faultEvery      = 6                // steps one is armed, which many a time no request meets
	forgotten       = 11 * time.Second // errors are cached for 10 s at most
	daysAndMore     = 181 * 24 * time.Hour
)

// story is what happens, step by step. All is decided by the seed in one stream; only the
// viewers of one step come in any order.
type story struct {
	*world
	rng        *rand.Rand
	open       bool
	oracle     *oracle
	secret     int
	contents   int
	step       int
	faultName  string // of this step; empty: none
	requests   int
	faultsMade int
	violations []string
	limit      limit
	over       <-chan struct{} // closed when all books end: what fails then is no violation
}

func newStory(ctx context.Context, l limit, w *world, seed uint64, open bool) *story {
	s := &story{world: w, limit: l, over: ctx.Done(), rng: rand.New(rand.NewPCG(seed, 0x7075727475726521)), open: open, oracle: newOracle()}
	for i := range keys {
		// Some begin like others: a purge must tell them apart.
		s.oracle.originals = append(s.oracle.originals, &original{key: fmt.Sprintf("uploads/%d/photo.jp%s", i/3, strings.Repeat("g", i%3)), absent: true})
	}
	return s
}

// tell goes on until n requests were made, or too much went wrong.
func (s *story) tell(ctx context.Context, n int) {
	for s.requests < n && ctx.Err() == nil {
		s.chapter(ctx, n)
	}
}

func (s *story) violation(format string, args ...any) {
	select {
	case <-s.over:
		return
	default:
	}
	text := fmt.Sprintf(format, args...)
	if s.faultName != "" {
		text += " (while: " + s.faultName + ")"
	}
	s.violations = append(s.violations, fmt.Sprintf("step %d: %s", s.step, text))
	if len(s.violations) >= s.limit.violations {
		s.limit.enough()
	}
}

// chapter is some steps, after which all comes to rest and is looked at.
func (s *story) chapter(ctx context.Context, n int) {
	for range stepsOfAChapter {
		if s.requests >= n || ctx.Err() != nil {
			break
		}
		s.step++
		s.takeStep(ctx)
	}
	s.rest(ctx)
	if s.rng.IntN(3) == 0 {
		s.daysPass(ctx)
	}
}

func (s *story) takeStep(ctx context.Context) {
	s.faultName = ""
	var armed *fault
	if s.rng.IntN(faultEvery) == 0 {
		f := kinds[s.rng.IntN(len(kinds))]
		for f.isRare() && s.rng.IntN(rareness) != 0 {
			f = kinds[s.rng.IntN(len(kinds))]
		}
		armed = &f
		s.faultName = f.name
		if s.rng.IntN(2) == 0 {
			s.Edge.Clear() // or most faults would meet nobody
		}
		s.faults.arm(f)
	}
	o := s.oracle.originals[s.rng.IntN(keys)]
	switch dice := s.rng.IntN(100); {
	case armed != nil && armed.role == ingestRole:
		s.change(ctx, o, s.rng.IntN(3) == 0)
		s.awaitFault(ctx)
	case dice < 66, dice >= 97:
		s.burst(ctx, armed != nil, nil)
	case dice < 78:
		s.change(ctx, o, s.rng.IntN(3) == 0)
	case dice < 83:
		s.race(ctx, o)
	case dice < 86:
		s.Edge.Clear()
	case dice < 88:
		s.cutOff(ctx, o, armed != nil)
	case dice < 90:
		s.overtake(ctx)
	case dice < 92:
		s.ask(ctx, wrongAsk(s.rng, s.URLs, o.key, s.open), o, armed != nil)
	case dice < 95:
		s.stepClock(time.Duration(s.rng.IntN(7200)-1800) * time.Second)
	default:
		s.rotate(ctx, armed != nil)
	}
	if armed != nil {
		s.faults.disarm()
		s.mourn()
		if met, _ := s.faults.hasMet(); met {
			s.faultsMade++
		}
		s.faultName = ""
		s.advance(forgotten)
	}
}

// awaitFault waits until ingest has met the fault, or has nothing left to do.
func (s *story) awaitFault(ctx context.Context) {
	for range 500 {
		if _, all := s.faults.hasMet(); all || s.waiting() == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// burst is some viewers at once, who mostly want the same few pictures. Meanwhile is what
// else happens at the same time; nil is nothing.
func (s *story) burst(ctx context.Context, faulty bool, meanwhile func()) {
	type viewer struct {
		a ask
		o *original
	}
	var viewers []viewer
	for range 1 + s.rng.IntN(atOnce) {
		if len(viewers) > 0 && s.rng.IntN(3) == 0 {
			viewers = append(viewers, viewers[0])
			continue
		}
		o := s.oracle.originals[s.rng.IntN(keys)]
		viewers = append(viewers, viewer{s.newAsk(o.key), o})
	}
	wrong := make([]string, len(viewers))
	var all sync.WaitGroup
	for i, v := range viewers {
		all.Go(func() { wrong[i] = s.look(ctx, v.a, v.o, faulty) })
	}
	if meanwhile != nil {
		all.Go(meanwhile)
	}
	all.Wait()
	s.requests += len(viewers)
	failed := map[string]viewer{}
	for i, v := range viewers {
		v.o.asked(v.a)
		switch {
		case wrong[i] == "":
		case faulty && strings.HasPrefix(wrong[i], failedHonestly):
			failed[v.a.path+v.a.accept] = v
		default:
			s.violation("%s", wrong[i])
		}
	}
	// The next request after the fault is right.
	if len(failed) > 0 {
		s.faults.disarm()
		s.mourn()
		s.advance(forgotten)
		for _, v := range failed {
			s.requests++
			if wrong := s.look(ctx, v.a, v.o, false); wrong != "" {
				s.violation("the next request after the fault: %s", wrong)
			}
		}
	}
}

// ask is one request.
func (s *story) ask(ctx context.Context, a ask, o *original, faulty bool) {
	s.requests++
	if wrong := s.look(ctx, a, o, faulty); wrong != "" && !(faulty && strings.HasPrefix(wrong, failedHonestly)) {
		s.violation("%s", wrong)
	}
}

// change overwrites or deletes an original, or uploads one.
func (s *story) change(ctx context.Context, o *original, deleted bool) {
	if fate := s.rng.IntN(12); fate < 3 && o.known {
		// The first event of an original always arrives, be it the first one ever or after it
		// was deleted: of one that nobody was told of and that is overwritten, nobody could
		// know that thumbnails are stale.
		what := []string{"lost", "doubled", "held"}[fate]
		s.events.do(what)
		s.faultsMade++
		o.noteInDiary(s.step, "the next event is %s", what)
	}
	if err := s.write(ctx, o, deleted); err != nil {
		s.violation("%s could not be written: %v", o.key, err)
		return
	}
	s.advance(forgotten)
}

// overtake changes an original while a render of what it was is under way, whose process
// ends before it looks again: what it writes comes behind the first purge.
func (s *story) overtake(ctx context.Context) {
	var ready []*original
	for _, o := range s.oracle.originals {
		if len(o.asks) > 0 && o.current != nil && !o.current.bad && !s.open { // others have no key for what they ask
			ready = append(ready, o)
		}
	}
	if len(ready) == 0 {
		return
	}
	o := ready[s.rng.IntN(len(ready))]
	a, was := o.asks[s.rng.IntN(len(o.asks))], o.current
	if err := s.write(ctx, o, s.rng.IntN(3) == 0); err != nil {
		s.violation("%s could not be written: %v", o.key, err)
		return
	}
	if s.isFirstPurged(ctx) {
		o.noteInDiary(s.step, "a straggler writes what it was before")
		s.straggle(ctx, a, was)
	}
	s.advance(forgotten)
}

// cutOff overwrites an original with a half, and the event is lost: viewers meet the half
// before ingest can have put it away.
func (s *story) cutOff(ctx context.Context, o *original, faulty bool) {
	if !o.known {
		return
	}
	s.contents++
	c := newPicture(s.rng, s.contents)
	c.cut(s.rng)
	s.events.do("lost")
	if err := s.put(ctx, o, c); err != nil {
		s.violation("%s could not be written: %v", o.key, err)
	}
	s.faultsMade++
	s.Edge.Clear()
	for range 3 {
		s.ask(ctx, s.newAsk(o.key), o, faulty)
	}
}

func (s *story) write(ctx context.Context, o *original, deleted bool) error {
	if deleted {
		o.become(nil)
		o.noteInDiary(s.step, "deleted (while: %s)", s.faultName)
		return s.delete(ctx, o.key)
	}
	s.contents++
	return s.put(ctx, o, newContent(s.rng, s.contents))
}

func (s *story) put(ctx context.Context, o *original, c *content) error {
	o.become(c)
	o.noteInDiary(s.step, "uploaded as the %d., bad is %v (while: %s)", len(o.past), c.bad, s.faultName)
	return s.upload(ctx, o.key, c.body)
}

// isFirstPurged waits for the first purge, which a straggler comes too late for.
func (s *story) isFirstPurged(ctx context.Context) bool {
	for range 1000 {
		if len(s.Queues.Messages(s.IngestQueueARN)) == 0 {
			return true
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			return false
		}
	}
	return false // it failed, and comes again
}

// straggle is a render that was under way when the original changed, and whose process
// ended before it looked again.
func (s *story) straggle(ctx context.Context, a ask, was *content) {
	p, err := s.oracle.library.picture(ctx, was, a)
	if err != nil {
		return
	}
	key := "1" + a.path
	if a.job.Best != 0 {
		key += "/" + a.job.Best.String()
	}
	if _, err := s.Objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(stack.ThumbnailsBucket), Key: &key, Body: bytes.NewReader(p.Body), ContentType: aws.String(p.ContentType())}); err != nil {
		s.violation("a straggler could not be written: %v", err)
	}
}

// stepClock sets the clock forward, or back: then the edge would keep an error until the
// clock is there again, which would be no fault of ours.
func (s *story) stepClock(by time.Duration) {
	s.advance(by)
	if by < 0 {
		s.Edge.Clear()
	}
	s.faultsMade++
}

// race changes an original while it is looked at.
func (s *story) race(ctx context.Context, o *original) {
	a, b := s.newAsk(o.key), s.newAsk(o.key)
	deleted := s.rng.IntN(3) == 0
	before := *o
	before.acceptable = slices.Clone(o.acceptable)
	if deleted {
		o.become(nil)
	} else {
		s.contents++
		o.become(newContent(s.rng, s.contents))
	}
	o.noteInDiary(s.step, "a race: deleted is %v (while: %s)", deleted, s.faultName)
	either := *o
	either.acceptable = slices.Concat(before.acceptable, o.acceptable)
	either.absent = before.absent || o.absent
	var wrong [2]string
	var all sync.WaitGroup
	for i, one := range []ask{a, b} {
		all.Go(func() { wrong[i] = s.look(ctx, one, &either, true) })
	}
	all.Go(func() {
		if deleted {
			_ = s.delete(ctx, o.key)
		} else {
			_ = s.upload(ctx, o.key, o.current.body)
		}
	})
	all.Wait()
	s.requests += 2
	o.asked(a)
	o.asked(b)
	for _, w := range wrong {
		if w != "" && !strings.HasPrefix(w, failedHonestly) {
			s.violation("in a race: %s", w)
		}
	}
	s.advance(forgotten)
}

// rotate puts a new secret while viewers are served; the one before stays valid.
func (s *story) rotate(ctx context.Context, faulty bool) {
	secret := fmt.Sprintf("the secret number %d of this story", s.secret+1)
	s.burst(ctx, faulty, func() { s.Secrets.Put(stack.SecretID, secret) })
	s.secret++
	s.URLs.Secret = []byte(secret)
	s.faultsMade++
}

// rest lets all come to rest, and looks at everything.
func (s *story) rest(ctx context.Context) {
	s.faultName = ""
	var changed []string
	for _, o := range s.oracle.originals {
		if o.changed {
			changed = append(changed, o.key)
		}
	}
	if err := s.settle(ctx, changed); err != nil {
		s.violation("%v", err)
		return
	}
	s.advance(forgotten + foreignKept)
	for _, o := range s.oracle.originals {
		o.settle()
		for _, a := range o.asks {
			s.requests++
			if wrong := s.look(ctx, a, o, false); wrong != "" {
				s.violation("at rest: %s", wrong)
			}
		}
	}
	s.account(ctx)
	for _, o := range s.oracle.originals {
		o.asks = o.asks[:0]
		o.changed = false
	}
}

// daysPass until nobody's thumbnails are left; the originals stay, and what is asked for
// comes back.
func (s *story) daysPass(ctx context.Context) {
	s.advance(daysAndMore)
	if _, err := s.S3.Expire(s.now()); err != nil {
		s.violation("%v", err)
	}
	left, err := s.list(ctx, stack.ThumbnailsBucket)
	if err != nil || len(left) > 0 {
		s.violation("after %v there are %d thumbnails, such as %.3q (%v)", daysAndMore, len(left), left, err)
	}
	s.Edge.Clear()
	for _, o := range s.oracle.originals[:4] {
		s.ask(ctx, s.newAsk(o.key), o, false)
	}
}
