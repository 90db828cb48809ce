package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/ingest"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// What the functions are set to: short, so that what hangs is not waited for long, and long
// enough for a machine that has much else to do.
const (
	renderTimeout   = 3 * time.Second
	functionTimeout = 6 * time.Second
	foreignTTL      = "60s" // of answers to other languages
	presets         = `{"card":{"edits":{"resize":{"height":44,"width":48}},"outputFormat":"auto"}}`
	secondPurge     = 59 * time.Second // after the event
	viewerTimeout   = 30 * time.Second // longer than the edge waits for its origins
)

// world is a stack in which things go wrong.
type world struct {
	*stack.Stack
	functions functions
	faults    *faults
	events    *events
	viewers   *http.Client

	mu       sync.Mutex
	ahead    time.Duration // of the clock
	killed   []int         // processes, not yet mourned
	starving bool
}

func newWorld(ctx context.Context, f functions, dir string, seed uint64, open bool) (*world, error) {
	w := &world{functions: f, events: &events{}}
	w.faults = &faults{kill: w.kill, starve: w.starve}
	template, err := stack.GoldenTemplate()
	if err != nil {
		return nil, err
	}
	o := stack.Options{
		DataDir: dir + "/data", Bootstrap: f.thumbnail, Ingest: f.ingest, Template: template, Clock: w.now,
		Secret: fmt.Sprintf("the first secret of story %d", seed), Presets: presets, Access: thumburl.PresetsOrSigned, Concurrency: 4, Timeout: functionTimeout,
		BeforeS3: w.faults.before, Events: w.events.pass, FunctionLog: io.Discard,
		Environment: map[string]string{"RENDER_TIMEOUT": renderTimeout.String(), "PROFILE": "fast", "FOREIGN_TTL": foreignTTL,
			"SECRET_REFRESH": "1ns"},
	}
	if open {
		o.Access, o.Languages = thumburl.Open, []string{"native", "sih"}
		o.Environment["SOURCE_BUCKETS"] = stack.OriginalsBucket
	}
	if w.Stack, err = stack.Start(ctx, o); err != nil {
		return nil, err
	}
	w.viewers = &http.Client{Timeout: viewerTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	return w, nil
}

func (w *world) close() {
	w.viewers.CloseIdleConnections()
	w.Close()
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	w.ahead += d
	w.mu.Unlock()
	if w.Stack != nil {
		w.Queues.Wake()
	}
}

// processes of the functions.
func (w *world) processes() []int {
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil
	}
	var pids []int
	for _, path := range all {
		line, err := os.ReadFile(path)
		if err != nil {
			continue // it has gone
		}
		name, _, _ := bytes.Cut(line, []byte{0})
		if string(name) == w.functions.thumbnail || string(name) == w.functions.ingest {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// kill ends the functions' processes, as Lambda does when they take too much.
func (w *world) kill() {
	for _, pid := range w.processes() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
		w.mu.Lock()
		w.killed = append(w.killed, pid)
		w.mu.Unlock()
	}
}

// mourn waits until the runtime knows of those that were killed: on Lambda a process ends in
// an invocation, so that none is given to one that has ended.
func (w *world) mourn() {
	w.feed()
	w.mu.Lock()
	killed := w.killed
	w.killed = nil
	w.mu.Unlock()
	isKilled := func(pid int) bool { return slices.Contains(killed, pid) }
	for range reaping / time.Millisecond {
		if !slices.ContainsFunc(w.Processes(), isKilled) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// reaping is the most that the runtime takes from the end of a process to knowing of it, on
// a machine that has much else to do.
const reaping = 10 * time.Second

// starve leaves the functions' processes no memory beyond what they have: what they ask for
// fails. Lambda ends a process instead, which kill does.
func (w *world) starve() {
	for _, pid := range w.processes() {
		limitMemory(pid)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.starving = true
}

// feed ends those that were starved, in the place of whom new ones start.
func (w *world) feed() {
	w.mu.Lock()
	starving := w.starving
	w.starving = false
	w.mu.Unlock()
	if starving {
		w.kill()
	}
}

func (w *world) upload(ctx context.Context, key string, body []byte) error {
	_, err := w.Objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(stack.OriginalsBucket), Key: &key, Body: bytes.NewReader(body)})
	return err
}

func (w *world) delete(ctx context.Context, key string) error {
	_, err := w.Objects.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(stack.OriginalsBucket), Key: &key})
	return err
}

// list gives the keys of a bucket.
func (w *world) list(ctx context.Context, bucket string) ([]string, error) {
	var keys []string
	pages := s3.NewListObjectsV2Paginator(w.Objects, &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, o := range page.Contents {
			keys = append(keys, *o.Key)
		}
	}
	return keys, nil
}

// replay has originals looked at again, as scripts/ingest does.
func (w *world) replay(keys []string) error {
	for _, key := range keys {
		message, err := ingest.ReplayMessage(stack.OriginalsBucket, key)
		if err != nil {
			return err
		}
		if _, err := w.Queues.Send(w.IngestQueueARN, message, nil); err != nil {
			return err
		}
	}
	return nil
}

// settle lets everything come to rest: no fault, every event dealt with, second purges
// done, errors forgotten by caches.
func (w *world) settle(ctx context.Context, keys []string) error {
	w.faults.disarm()
	w.events.reset()
	if err := w.replay(keys); err != nil {
		return err
	}
	for range 2 { // the events, and the purges that they put off
		if err := w.drain(ctx); err != nil {
			return err
		}
		w.advance(secondPurge)
	}
	return w.drain(ctx)
}

const (
	drainTimeout = time.Minute
	// stuck is how long no message is dealt with before those that failed are to come again.
	stuck = 500 * time.Millisecond
)

// drain waits until every message is dealt with.
func (w *world) drain(ctx context.Context) error {
	deadline, last, since := time.Now().Add(drainTimeout), -1, time.Now()
	for {
		n := w.waiting()
		switch {
		case n == 0:
			return nil
		case n != last:
			last, since = n, time.Now()
		case time.Since(since) > stuck:
			w.advance(secondPurge)
			since = time.Now()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("after a minute without faults %d messages are not dealt with", n)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond): // the queues tell nobody
		}
	}
}

// waiting counts messages that are not dealt with.
func (w *world) waiting() int {
	n := 0
	for _, arn := range w.ReadQueues {
		n += len(w.Queues.Messages(arn))
	}
	return n
}
