package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newQueues(t *testing.T) (*Queues, *testClock) {
	t.Helper()
	clock := &testClock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	q, err := New([]Queue{
		{ARN: "work", URL: "http://q/work", VisibilityTimeout: time.Minute, DeadLetterARN: "dead", MaxReceiveCount: 2},
		{ARN: "late", Delay: 58 * time.Second}, {ARN: "dead"},
	}, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	return q, clock
}

// calls hands each call of a mapping to a test, which answers it.
type call struct {
	bodies []string
	ids    []string
	answer chan<- answer
}

type answer struct {
	body string
	err  error
}

func run(t *testing.T, q *Queues, m Mapping) <-chan call {
	t.Helper()
	calls := make(chan call)
	m.Invoke = func(ctx context.Context, event []byte) ([]byte, error) {
		var e events.SQSEvent
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, err
		}
		reply := make(chan answer, 1)
		c := call{answer: reply}
		for _, r := range e.Records {
			c.bodies, c.ids = append(c.bodies, r.Body), append(c.ids, r.MessageId)
		}
		select {
		case calls <- c:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		a := <-reply
		return []byte(a.body), a.err
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		q.Run(ctx, m)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return calls
}

func send(t *testing.T, q *Queues, arn, body string) {
	t.Helper()
	if _, err := q.Send(arn, body, nil); err != nil {
		t.Fatal(err)
	}
}

func TestBatchesAndPartialFailures(t *testing.T) {
	q, clock := newQueues(t)
	for _, body := range []string{"a", "b", "c"} {
		send(t, q, "work", body)
	}
	calls := run(t, q, Mapping{QueueARN: "work", BatchSize: 2, ReportsFailures: true})
	first := <-calls
	if got := strings.Join(first.bodies, ""); got != "ab" {
		t.Errorf("the first call has %s", got)
	}
	first.answer <- answer{body: `{"batchItemFailures":[{"itemIdentifier":"` + first.ids[1] + `"}]}`}
	second := <-calls
	if got := strings.Join(second.bodies, ""); got != "c" {
		t.Errorf("the second call has %s", got)
	}
	second.answer <- answer{body: `{"batchItemFailures":[]}`}
	// b comes again after its visibility timeout.
	clock.advance(61 * time.Second)
	q.Wake()
	third := <-calls
	if got := strings.Join(third.bodies, ""); got != "b" {
		t.Errorf("the third call has %s", got)
	}
	third.answer <- answer{err: errors.New("crashed")}
	// And was received twice then: the next time it goes to the dead letters.
	send(t, q, "work", "d")
	(<-calls).answer <- answer{body: `{}`}
	clock.advance(61 * time.Second)
	q.Wake()
	send(t, q, "work", "e")
	last := <-calls
	if got := strings.Join(last.bodies, ""); got != "e" {
		t.Errorf("the last call has %s", got)
	}
	last.answer <- answer{body: `{}`}
	dead := q.Messages("dead")
	if len(dead) != 1 || dead[0].Body != "b" || dead[0].ReceiveCount != 2 {
		t.Errorf("the dead letters are %+v", dead)
	}
}

func TestDelay(t *testing.T) {
	q, clock := newQueues(t)
	calls := run(t, q, Mapping{QueueARN: "late"})
	send(t, q, "late", "queue's own")
	none := time.Duration(0)
	if _, err := q.Send("late", "none", &none); err != nil {
		t.Fatal(err)
	}
	first := <-calls
	if got := strings.Join(first.bodies, ","); got != "none" {
		t.Errorf("at once came %s", got)
	}
	first.answer <- answer{}
	clock.advance(57 * time.Second)
	q.Wake()
	if got := q.Messages("late")[0]; got.Body != "queue's own" || got.ReceiveCount != 0 {
		t.Errorf("after 57 s: %+v", got)
	}
	clock.advance(time.Second)
	q.Wake()
	second := <-calls
	if got := strings.Join(second.bodies, ","); got != "queue's own" {
		t.Errorf("after 58 s came %s", got)
	}
	second.answer <- answer{}
}

func TestWrongMessages(t *testing.T) {
	q, _ := newQueues(t)
	long := 16 * time.Minute
	for name, send := range map[string]func() (string, error){
		"no queue":   func() (string, error) { return q.Send("none", "x", nil) },
		"empty":      func() (string, error) { return q.Send("work", "", nil) },
		"too long":   func() (string, error) { return q.Send("work", strings.Repeat("x", maxMessageBytes+1), nil) },
		"a long one": func() (string, error) { return q.Send("work", "x", &long) },
	} {
		if _, err := send(); err == nil {
			t.Errorf("%s: sent", name)
		}
	}
	if arn, err := q.ByURL("http://q/work"); err != nil || arn != "work" {
		t.Errorf("%s, %v", arn, err)
	}
	if _, err := q.ByURL("http://q/none"); !errors.Is(err, ErrNoQueue) {
		t.Error(err)
	}
	if _, err := New([]Queue{{ARN: "a", Delay: time.Hour}, {ARN: "b", DeadLetterARN: "c"}}, nil); err == nil ||
		!strings.Contains(err.Error(), `"a"`) || !strings.Contains(err.Error(), `"c"`) {
		t.Error(err)
	}
}

// Two slow calls do not wait for each other.
func TestCallsAtOnce(t *testing.T) {
	q, _ := newQueues(t)
	calls := run(t, q, Mapping{QueueARN: "work", BatchSize: 1, Concurrency: 2})
	send(t, q, "work", "a")
	send(t, q, "work", "b")
	first, second := <-calls, <-calls
	if first.ids[0] == second.ids[0] {
		t.Error("both have the same message")
	}
	first.answer <- answer{}
	second.answer <- answer{}
}
