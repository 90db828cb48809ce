// Package sqs stands in for Amazon SQS standard queues on one machine, in memory: delays, visibility
// timeouts, dead-letter queues, and the event source mapping by which Lambda reads a queue. Its clock can be
// set, so that a test need not wait for a delay.
package sqs

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Queue describes a queue, named after CloudFormation's AWS::SQS::Queue.
type Queue struct {
	ARN, URL string
	// Delay of messages that are sent without one of their own; at most 15 minutes.
	Delay time.Duration
	// VisibilityTimeout is how long a message that was received and not deleted stays invisible; 30 s when 0.
	VisibilityTimeout time.Duration
	// DeadLetterARN is the queue that takes a message that was received MaxReceiveCount times in vain; empty
	// is none, and then it is received for ever.
	DeadLetterARN   string
	MaxReceiveCount int
}

const (
	maxDelay          = 15 * time.Minute
	defaultVisibility = 30 * time.Second
	maxMessageBytes   = 1 << 20
)

// Message is one of a queue.
type Message struct {
	ID, Body     string
	ReceiveCount int // with this time
	Sent         time.Time
}

// ErrNoQueue is a queue that there is none of.
var ErrNoQueue = errors.New("the specified queue does not exist")

// Queues are the queues of an account. They may be used by several goroutines.
type Queues struct {
	clock func() time.Time

	mu      sync.Mutex
	queues  map[string]*queue // by ARN
	changed chan struct{}     // closed and replaced when a message may have become visible
}

type queue struct {
	Queue
	messages []*held
}

// held is a message with what nobody is told.
type held struct {
	Message
	visibleAt time.Time
}

// New makes the queues. A nil clock is time.Now. The error names all that is wrong with them.
func New(queues []Queue, clock func() time.Time) (*Queues, error) {
	if clock == nil {
		clock = time.Now
	}
	q := &Queues{clock: clock, queues: map[string]*queue{}, changed: make(chan struct{})}
	var errs []error
	for _, one := range queues {
		if one.VisibilityTimeout == 0 {
			one.VisibilityTimeout = defaultVisibility
		}
		if one.ARN == "" || q.queues[one.ARN] != nil {
			errs = append(errs, fmt.Errorf("sqs: queue %q: its ARN is empty or given twice", one.ARN))
		}
		if one.Delay < 0 || one.Delay > maxDelay {
			errs = append(errs, fmt.Errorf("sqs: queue %q: the delay is %v, want 0 to %v", one.ARN, one.Delay, maxDelay))
		}
		q.queues[one.ARN] = &queue{Queue: one}
	}
	for _, one := range queues {
		if one.DeadLetterARN != "" && (q.queues[one.DeadLetterARN] == nil || one.MaxReceiveCount < 1) {
			errs = append(errs, fmt.Errorf("sqs: queue %q: its dead-letter queue %q and MaxReceiveCount %d, want a queue and 1 or more",
				one.ARN, one.DeadLetterARN, one.MaxReceiveCount))
		}
	}
	return q, errors.Join(errs...)
}

// Send puts a message into a queue; a nil delay is the queue's own. ErrNoQueue.
func (q *Queues) Send(arn, body string, delay *time.Duration) (id string, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	to := q.queues[arn]
	if to == nil {
		return "", fmt.Errorf("sqs: %w: %q", ErrNoQueue, arn)
	}
	wait := to.Delay
	if delay != nil {
		wait = *delay
	}
	if wait < 0 || wait > maxDelay {
		return "", fmt.Errorf("sqs: the delay is %v, want 0 to %v", wait, maxDelay)
	}
	if body == "" || len(body) > maxMessageBytes {
		return "", fmt.Errorf("sqs: the message has %d bytes, want 1 to %d", len(body), maxMessageBytes)
	}
	now := q.clock()
	m := &held{Message{ID: rand.Text(), Body: body, Sent: now}, now.Add(wait)}
	to.messages = append(to.messages, m)
	q.notify()
	return m.ID, nil
}

// ByURL gives the ARN of the queue with a URL; ErrNoQueue.
func (q *Queues) ByURL(url string) (string, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for arn, one := range q.queues {
		if one.URL == url {
			return arn, nil
		}
	}
	return "", fmt.Errorf("sqs: %w: %q", ErrNoQueue, url)
}

// Messages are those of a queue, whether visible or not, in the order in which they were sent.
func (q *Queues) Messages(arn string) []Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	var all []Message
	if one := q.queues[arn]; one != nil {
		for _, m := range one.messages {
			all = append(all, m.Message)
		}
	}
	return all
}

// Wake looks again which messages are visible: to be called when the clock was set.
func (q *Queues) Wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.notify()
}

// notify wakes those who wait for messages. The caller holds the lock.
func (q *Queues) notify() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// receive takes up to n visible messages. Where there is none, it tells how long the next one takes to
// become visible (negative: there is none), and a channel that is closed when that may have changed.
func (q *Queues) receive(arn string, n int) (received []Message, wait time.Duration, changed <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	from, now := q.queues[arn], q.clock()
	wait = -1
	for _, m := range slices.Clone(from.messages) {
		if left := m.visibleAt.Sub(now); left > 0 {
			if wait < 0 || left < wait {
				wait = left
			}
			continue
		}
		if from.DeadLetterARN != "" && m.ReceiveCount >= from.MaxReceiveCount {
			from.remove(m.ID)
			dead := q.queues[from.DeadLetterARN]
			m.visibleAt = now
			dead.messages = append(dead.messages, m)
			q.notify()
			continue
		}
		if len(received) == n {
			break
		}
		m.ReceiveCount++
		m.visibleAt = now.Add(from.VisibilityTimeout)
		received = append(received, m.Message)
	}
	return received, wait, q.changed
}

func (q *queue) remove(id string) {
	q.messages = slices.DeleteFunc(q.messages, func(m *held) bool { return m.ID == id })
}

// delete forgets messages that were dealt with.
func (q *Queues) delete(arn string, ids []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range ids {
		q.queues[arn].remove(id)
	}
	q.notify()
}
