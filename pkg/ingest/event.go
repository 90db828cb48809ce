package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/purge"
)

// Change says that something happened to an original.
type Change struct {
	Bucket, Key string
	// ETag of what arrived, without quotes; empty where something went, and of a replay.
	ETag string
	// Sequencer orders the changes of one key; empty is a replay, which is older
	// than nothing.
	Sequencer string
}

// message is what comes by a queue: events of S3, or a purge that was put off.
type message struct {
	Event   string // of S3's own test
	Records []struct {
		EventName string `json:"eventName"`
		S3        struct {
			Bucket struct {
				Name string `json:"name"`
			} `json:"bucket"`
			Object struct {
				Key       string `json:"key"`
				ETag      string `json:"eTag"`
				Sequencer string `json:"sequencer"`
			} `json:"object"`
		} `json:"s3"`
	}
	Purge []purge.Original `json:"purge"`
}

// parseMessage reads a message of the queue.
func parseMessage(body string) (changes []Change, purges []purge.Original, err error) {
	var m message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return nil, nil, fmt.Errorf("ingest: a message that is no JSON: %w", err)
	}
	if m.Event == "s3:TestEvent" { // S3 sends one when it is told of the queue
		return nil, nil, nil
	}
	if len(m.Records) == 0 && len(m.Purge) == 0 {
		return nil, nil, errors.New("ingest: a message without Records and purge")
	}
	for _, r := range m.Records {
		if !strings.HasPrefix(r.EventName, "ObjectCreated:") && !strings.HasPrefix(r.EventName, "ObjectRemoved:") {
			return nil, nil, fmt.Errorf("ingest: the event %.64q is not one of ObjectCreated and ObjectRemoved", r.EventName)
		}
		key, err := url.QueryUnescape(r.S3.Object.Key) // S3 writes + for a blank
		if err != nil || key == "" || r.S3.Bucket.Name == "" {
			return nil, nil, fmt.Errorf("ingest: an event of bucket %.64q and key %.64q", r.S3.Bucket.Name, r.S3.Object.Key)
		}
		changes = append(changes, Change{r.S3.Bucket.Name, key, r.S3.Object.ETag, r.S3.Object.Sequencer})
	}
	return changes, m.Purge, nil
}

// ReplayMessage is the message that has an original looked at again.
func ReplayMessage(bucket, key string) (string, error) {
	type object struct {
		Key string `json:"key"`
	}
	type name struct {
		Name string `json:"name"`
	}
	type s3 struct {
		Bucket name   `json:"bucket"`
		Object object `json:"object"`
	}
	type record struct {
		EventName string `json:"eventName"`
		S3        s3     `json:"s3"`
	}
	body, err := json.Marshal(struct{ Records []record }{[]record{{"ObjectCreated:Replay", s3{name{bucket}, object{url.QueryEscape(key)}}}}})
	return string(body), err
}

// purgeMessage is the message of a purge that is put off.
func purgeMessage(originals []purge.Original) (string, error) {
	body, err := json.Marshal(struct {
		Purge []purge.Original `json:"purge"`
	}{originals})
	return string(body), err
}
