package s3

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// NotificationConfiguration says which changes of a bucket are told to whom, shaped like that of
// CloudFormation's AWS::S3::Bucket. Queues are the only ones that are told.
type NotificationConfiguration struct {
	QueueConfigurations []QueueConfiguration
}

// QueueConfiguration sends the events of one kind to a queue.
type QueueConfiguration struct {
	// Event is s3:ObjectCreated:* or s3:ObjectRemoved:*, or one of these with a name in the place of the *.
	Event string
	Queue string // ARN
	// Filter, if given, has rules of Name prefix or suffix, and the Value that a key begins or ends with.
	Filter *struct {
		S3Key struct {
			Rules []struct{ Name, Value string }
		}
	}
}

func (q QueueConfiguration) validate() error {
	var errs []error
	if !strings.HasPrefix(q.Event, "s3:ObjectCreated:") && !strings.HasPrefix(q.Event, "s3:ObjectRemoved:") {
		errs = append(errs, fmt.Errorf("event %q is not one of s3:ObjectCreated:* and s3:ObjectRemoved:*", q.Event))
	}
	if q.Filter != nil {
		for _, rule := range q.Filter.S3Key.Rules {
			if rule.Name != "prefix" && rule.Name != "suffix" {
				errs = append(errs, fmt.Errorf("a filter by %q is neither prefix nor suffix", rule.Name))
			}
		}
	}
	return errors.Join(errs...)
}

func (q QueueConfiguration) matches(event, key string) bool {
	if !actionMatches(q.Event, "s3:"+event) {
		return false
	}
	if q.Filter == nil {
		return true
	}
	for _, rule := range q.Filter.S3Key.Rules {
		if rule.Name == "prefix" && !strings.HasPrefix(key, rule.Value) || rule.Name == "suffix" && !strings.HasSuffix(key, rule.Value) {
			return false
		}
	}
	return true
}

// notify tells the queues of a bucket of a change. The caller holds the store's lock, so that the events
// of one key are in order.
func (s *Server) notify(event string, o *object) {
	if event == "" || s.deliver == nil {
		return
	}
	for _, q := range s.buckets[o.Bucket].Notification.QueueConfigurations {
		if q.matches(event, o.Key) {
			s.deliver(q.Queue, s.eventMessage(event, o))
		}
	}
}

// testNotifications tells each queue that it is configured, as S3 does.
func (s *Server) testNotifications() {
	for name, b := range s.buckets {
		told := map[string]bool{}
		for _, q := range b.Notification.QueueConfigurations {
			if s.deliver != nil && !told[q.Queue] {
				told[q.Queue] = true
				s.deliver(q.Queue, mustMarshal(map[string]any{"Service": "Amazon S3", "Event": "s3:TestEvent",
					"Time": s.clock().UTC().Format(time.RFC3339Nano), "Bucket": name}))
			}
		}
	}
}

// eventMessage is an event as S3 tells it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
func (s *Server) eventMessage(event string, o *object) []byte {
	told := map[string]any{"key": eventKey(o.Key), "sequencer": s.nextSequencer()}
	if strings.HasPrefix(event, "ObjectCreated:") {
		told["size"], told["eTag"] = o.Size, strings.Trim(o.etag(), `"`)
	}
	return mustMarshal(map[string]any{"Records": []any{map[string]any{
		"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": region, "eventName": event,
		"eventTime": s.clock().UTC().Format("2006-01-02T15:04:05.000Z"),
		"s3": map[string]any{"s3SchemaVersion": "1.0",
			"bucket": map[string]any{"name": o.Bucket, "arn": "arn:aws:s3:::" + o.Bucket}, "object": told},
	}}})
}

// eventKey is a key as events have it: URL-encoded, with + for a blank and its slashes as they are.
func eventKey(key string) string { return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/") }

// nextSequencer grows from event to event, also over restarts: it goes by the machine's own clock. The
// caller holds the store's lock.
func (s *Server) nextSequencer() string {
	s.sequencer = max(s.sequencer+1, time.Now().UnixNano())
	return fmt.Sprintf("%018X", s.sequencer)
}

func mustMarshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers
	}
	return data
}
