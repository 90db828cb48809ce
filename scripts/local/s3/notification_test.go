package s3

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

type heard struct {
	mu       sync.Mutex
	messages []string
	order    []string // sequencers
}

func (h *heard) deliver(queue string, message []byte) {
	var m struct {
		Event   string
		Records []struct {
			EventName string `json:"eventName"`
			S3        struct {
				Bucket struct{ Name string }
				Object struct {
					Key, ETag, Sequencer string
					Size                 *int64
				}
			}
		}
	}
	if err := json.Unmarshal(message, &m); err != nil {
		panic(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if m.Event != "" {
		h.messages = append(h.messages, queue+" "+m.Event)
	}
	for _, r := range m.Records {
		size := int64(-1)
		if r.S3.Object.Size != nil {
			size = *r.S3.Object.Size
		}
		h.messages = append(h.messages, fmt.Sprintf("%s %s %s %d %s", queue, r.EventName, r.S3.Object.Key, size, r.S3.Object.ETag))
		h.order = append(h.order, r.S3.Object.Sequencer)
	}
}

func TestNotifications(t *testing.T) {
	var configuration NotificationConfiguration
	if err := json.Unmarshal([]byte(`{"QueueConfigurations":[
		{"Event":"s3:ObjectCreated:*","Queue":"q","Filter":{"S3Key":{"Rules":[{"Name":"prefix","Value":"in/"}]}}},
		{"Event":"s3:ObjectRemoved:*","Queue":"q","Filter":{"S3Key":{"Rules":[{"Name":"prefix","Value":"in/"},{"Name":"suffix","Value":".jpg"}]}}}]}`), &configuration); err != nil {
		t.Fatal(err)
	}
	h := &heard{}
	f := start(t, Options{Deliver: h.deliver, Buckets: []Bucket{{Name: testBucket, Notification: configuration,
		Lifecycle: []LifecycleRule{{Status: "Enabled", ExpirationInDays: 1}}}}})
	f.clock.advance(time.Since(f.clock.Now()))
	c := f.as(owner)
	f.put(t, "in/a b+ü.jpg", "1")
	f.put(t, "out/a.jpg", "1")
	if _, err := c.CopyObject(t.Context(), &s3sdk.CopyObjectInput{Bucket: aws.String(testBucket), Key: aws.String("in/b.png"), CopySource: aws.String(testBucket + "/out/a.jpg")}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CompleteMultipartUpload(t.Context(), f.sendParts(t, "in/c.jpg", "123")); err != nil {
		t.Fatal(err)
	}
	if resp, body := f.sendForm(t, f.signedForm(t, owner), "12345"); resp.StatusCode != http.StatusNoContent {
		t.Fatal(body)
	}
	for _, key := range []string{"in/a b+ü.jpg", "in/b.png", "in/none.jpg"} {
		if _, err := c.DeleteObject(t.Context(), &s3sdk.DeleteObjectInput{Bucket: aws.String(testBucket), Key: &key}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.DeleteObjects(t.Context(), &s3sdk.DeleteObjectsInput{Bucket: aws.String(testBucket),
		Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("in/c.jpg")}}}}); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Expire(f.clock.Now().AddDate(0, 0, 3)); err != nil || n != 2 { // in/a.jpg and out/a.jpg; nobody is told
		t.Fatalf("%d expired, %v", n, err)
	}
	md5 := func(body string) string { return strings.Trim(etagOf(body), `"`) }
	want := []string{
		"q s3:TestEvent",
		"q ObjectCreated:Put in/a+b%2B%C3%BC.jpg 1 " + md5("1"),
		"q ObjectCreated:Copy in/b.png 1 " + md5("1"),
		"q ObjectCreated:CompleteMultipartUpload in/c.jpg 3 ",
		"q ObjectCreated:Post in/a.jpg 5 " + md5("12345"),
		"q ObjectRemoved:Delete in/a+b%2B%C3%BC.jpg -1 ",
		"q ObjectRemoved:Delete in/c.jpg -1 ",
	}
	for i, message := range h.messages {
		if i >= len(want) || !strings.HasPrefix(message, want[i]) {
			t.Errorf("heard %q, want %q", message, want[min(i, len(want)-1)])
		}
	}
	if len(h.messages) != len(want) {
		t.Errorf("heard %d messages, want %d", len(h.messages), len(want))
	}
	if !slices.IsSorted(h.order) || len(slices.Compact(slices.Clone(h.order))) != len(h.order) {
		t.Errorf("the sequencers do not grow: %v", h.order)
	}
}

func TestNotificationRulesAreChecked(t *testing.T) {
	_, err := New(Options{Dir: t.TempDir(), Buckets: []Bucket{{Name: testBucket, Notification: NotificationConfiguration{
		QueueConfigurations: []QueueConfiguration{{Event: "s3:ReducedRedundancyLostObject", Queue: "q"}}}}}})
	if err == nil || !strings.Contains(err.Error(), "s3:ReducedRedundancyLostObject") {
		t.Errorf("got %v", err)
	}
}
