package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/scripts/bench/machine"
	"github.com/thumbfront/thumbfront/scripts/local/sqs"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// world is a local stack with a backend beside it, behind the link.
type world struct {
	*stack.Stack
	link    *link
	dir     string
	backend *exec.Cmd
	direct  string // the backend without the link, for its counters
	client  string // the backend as the client sees it
	stop    context.CancelFunc

	mu   sync.Mutex
	made map[string]chan time.Time // when the entity of a key was there
}

// newWorld starts everything. Without withEvents nobody looks at what S3 tells.
func newWorld(ctx context.Context, o options, withEvents bool) (w *world, err error) {
	w = &world{link: newLink(o.rate, o.roundTrip), made: map[string]chan time.Time{}}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.dir, err = os.MkdirTemp("", "thumbfront-bench-upload-"); err != nil {
		return nil, err
	}
	golden, err := stack.GoldenTemplate()
	if err != nil {
		return nil, err
	}
	template, err := watched(golden)
	if err != nil {
		return nil, err
	}
	so := stack.Options{DataDir: w.dir, Bootstrap: o.bootstrap, Template: template, FunctionLog: io.Discard,
		// Presets are warmed behind the entity, and in none of the other ways.
		Environment: map[string]string{"PRESETS": "{}"}}
	if withEvents {
		so.Ingest = o.ingest
	}
	if w.Stack, err = stack.Start(ctx, so); err != nil {
		return nil, err
	}
	watching, stop := context.WithCancel(context.Background())
	w.stop = stop
	go w.Queues.Run(watching, sqs.Mapping{QueueARN: entitiesQueueARN, Invoke: w.note})
	return w, w.startBackend(ctx)
}

func (w *world) startBackend(ctx context.Context) error {
	s3URL, err := url.Parse(w.S3URL)
	if err != nil {
		return err
	}
	nearS3, err := w.link.to(s3URL.Host)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	w.backend = exec.CommandContext(ctx, self)
	w.backend.Env = append(os.Environ(), roleVariable+"="+backendRole, s3Variable+"="+w.S3URL, linkVariable+"=http://"+nearS3)
	w.backend.Stderr = os.Stderr
	if _, err := w.backend.StdinPipe(); err != nil { // open as long as this process lives
		return err
	}
	out, err := w.backend.StdoutPipe()
	if err != nil {
		return err
	}
	if err := w.backend.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the backend did not start: %w", err)
	}
	w.direct = strings.TrimSpace(line)
	direct, err := url.Parse(w.direct)
	if err != nil {
		return err
	}
	near, err := w.link.to(direct.Host)
	w.client = "http://" + near
	return err
}

func (w *world) close() {
	if w.backend != nil && w.backend.Process != nil {
		_ = w.backend.Process.Kill()
		_ = w.backend.Wait()
	}
	w.link.close()
	if w.stop != nil {
		w.stop()
	}
	if w.Stack != nil {
		w.Stack.Close()
	}
	_ = os.RemoveAll(w.dir)
}

// The queue by which this program hears of entities: nobody has to ask for them.
const (
	entitiesQueue    = "BenchEntities"
	entitiesQueueARN = "arn:aws:sqs:us-east-1:000000000000:" + entitiesQueue
)

// watched is the template of a deployment whose bucket tells a queue of entities.
func watched(template []byte) ([]byte, error) {
	var t map[string]any
	if err := json.Unmarshal(template, &t); err != nil {
		return nil, err
	}
	resources := t["Resources"].(map[string]any)
	resources[entitiesQueue] = map[string]any{"Type": "AWS::SQS::Queue", "Properties": map[string]any{}}
	resources[entitiesQueue+"Policy"] = map[string]any{"Type": "AWS::SQS::QueuePolicy", "Properties": map[string]any{
		"Queues": []any{map[string]any{"Ref": entitiesQueue}},
		"PolicyDocument": map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
			"Effect": "Allow", "Principal": map[string]any{"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage",
			"Resource":  map[string]any{"Fn::GetAtt": []any{entitiesQueue, "Arn"}},
			"Condition": map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": map[string]any{"Ref": "AWS::AccountId"}}},
		}}}}}
	for _, r := range resources {
		properties, _ := r.(map[string]any)["Properties"].(map[string]any)
		configuration, ok := properties["NotificationConfiguration"].(map[string]any)
		if !ok {
			continue
		}
		list, _ := configuration["QueueConfigurations"].([]any)
		configuration["QueueConfigurations"] = append(list, map[string]any{
			"Event": "s3:ObjectCreated:*", "Queue": map[string]any{"Fn::GetAtt": []any{entitiesQueue, "Arn"}},
			"Filter": map[string]any{"S3Key": map[string]any{"Rules": []any{map[string]any{"Name": "prefix", "Value": storage.EntityPrefix}}}}})
		return json.Marshal(t)
	}
	return nil, errors.New("the template has no bucket that tells of its objects")
}

// note hears of entities.
func (w *world) note(_ context.Context, event []byte) ([]byte, error) {
	now := time.Now()
	var batch events.SQSEvent
	if err := json.Unmarshal(event, &batch); err != nil {
		return nil, err
	}
	for _, m := range batch.Records {
		var told events.S3Event
		if err := json.Unmarshal([]byte(m.Body), &told); err != nil {
			return nil, err
		}
		for _, r := range told.Records {
			key, err := url.QueryUnescape(r.S3.Object.Key)
			if err != nil {
				return nil, err
			}
			if original, ok := storage.OriginalOf(key); ok {
				w.entity(original) <- now
			}
		}
	}
	return nil, nil
}

// entity tells when the entity of a key is there.
func (w *world) entity(key string) chan time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.made[key] == nil {
		w.made[key] = make(chan time.Time, 1)
	}
	return w.made[key]
}

// counters are the backend's so far.
type counters struct {
	cpu     time.Duration
	picture int64 // bytes
}

func (w *world) counters() (counters, error) {
	answer, err := http.Get(w.direct + "/bytes")
	if err != nil {
		return counters{}, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return counters{}, err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return counters{}, err
	}
	cpu, err := machine.CPU(w.backend.Process.Pid)
	return counters{cpu, n}, err
}
