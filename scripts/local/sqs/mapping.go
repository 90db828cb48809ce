package sqs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// Mapping is an event source mapping: Lambda reads a queue and calls a function, named after
// CloudFormation's AWS::Lambda::EventSourceMapping.
type Mapping struct {
	QueueARN    string
	BatchSize   int // messages of one call; 10 when 0
	Concurrency int // calls at once; 1 when 0
	// ReportsFailures says that the answer names the messages that failed, as the FunctionResponseType
	// ReportBatchItemFailures does; else a failed call fails them all.
	ReportsFailures bool
	// Invoke calls the function with an event in JSON and gives its answer.
	Invoke func(ctx context.Context, event []byte) ([]byte, error)
	Log    *slog.Logger // nil discards
}

const defaultBatchSize = 10

// Run reads the queue until ctx ends. The queue has to exist.
func (q *Queues) Run(ctx context.Context, m Mapping) {
	var readers sync.WaitGroup
	for range max(1, m.Concurrency) {
		readers.Go(func() { q.read(ctx, m) })
	}
	readers.Wait()
}

func (q *Queues) read(ctx context.Context, m Mapping) {
	if m.BatchSize == 0 {
		m.BatchSize = defaultBatchSize
	}
	if m.Log == nil {
		m.Log = slog.New(slog.DiscardHandler)
	}
	for ctx.Err() == nil {
		received, wait, changed := q.receive(m.QueueARN, m.BatchSize)
		if len(received) > 0 {
			q.delete(m.QueueARN, m.call(ctx, received))
			continue
		}
		var due <-chan time.Time
		if wait >= 0 {
			due = time.After(wait)
		}
		select {
		case <-changed:
		case <-due:
		case <-ctx.Done():
		}
	}
}

// call gives the ids of the messages that the function has dealt with.
func (m Mapping) call(ctx context.Context, received []Message) (done []string) {
	event := events.SQSEvent{}
	for _, message := range received {
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: message.ID, ReceiptHandle: message.ID, Body: message.Body,
			Attributes: map[string]string{"ApproximateReceiveCount": strconv.Itoa(message.ReceiveCount),
				"SentTimestamp": strconv.FormatInt(message.Sent.UnixMilli(), 10)},
			EventSource: "aws:sqs", EventSourceARN: m.QueueARN,
		})
	}
	failed, err := m.invoke(ctx, event)
	if err != nil {
		m.Log.Warn("messages of a queue stay there", "queue", m.QueueARN, "messages", len(received), "error", err)
		return nil
	}
	for _, message := range received {
		if !failed[message.ID] {
			done = append(done, message.ID)
		}
	}
	return done
}

func (m Mapping) invoke(ctx context.Context, event events.SQSEvent) (failed map[string]bool, err error) {
	text, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("sqs: %w", err)
	}
	answer, err := m.Invoke(ctx, text)
	if err != nil || !m.ReportsFailures {
		return nil, err
	}
	var response events.SQSEventResponse
	if err := json.Unmarshal(answer, &response); err != nil {
		return nil, fmt.Errorf("sqs: the function's answer: %w", err)
	}
	failed = map[string]bool{}
	for _, f := range response.BatchItemFailures {
		if f.ItemIdentifier == "" {
			return nil, fmt.Errorf("sqs: the function names a failed message without an id")
		}
		failed[f.ItemIdentifier] = true
	}
	if len(failed) > 0 {
		m.Log.Warn("messages of a queue stay there", "queue", m.QueueARN, "messages", len(failed))
	}
	return failed, nil
}
