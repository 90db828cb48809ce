package main

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// While nobody looked, one picture came and another one went: a replay finds both.
func TestReplay(t *testing.T) {
	golden, err := stack.GoldenTemplate()
	if err != nil {
		t.Fatal(err)
	}
	thumbnail, err := stack.BuildFunction(t.Context(), "thumbnail", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ingest, err := stack.BuildFunction(t.Context(), "ingest", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o := stack.Options{DataDir: t.TempDir(), Bootstrap: thumbnail, Template: golden, Environment: map[string]string{"PRESETS": "{}"}}
	quiet, err := stack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 9, 5))); err != nil {
		t.Fatal(err)
	}
	put := func(key, body string) {
		t.Helper()
		if _, err := quiet.Objects.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(stack.OriginalsBucket), Key: &key, Body: strings.NewReader(body)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"uploads/a b+ü.png", "uploads/c.png"} {
		put(key, picture.String())
	}
	put(storage.EntityKey("uploads/gone.png"), `{"key":"uploads/gone.png","sequencer":"0A"}`)
	quiet.Close() // and with it what S3 has told

	o.Ingest = ingest
	s, err := stack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for name, value := range map[string]string{"AWS_REGION": stack.Region, "AWS_ACCESS_KEY_ID": stack.Admin.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY": stack.Admin.SecretAccessKey, "AWS_ENDPOINT_URL_S3": s.S3URL, "AWS_ENDPOINT_URL_SQS": s.CallsURL} {
		t.Setenv(name, value)
	}
	sent, err := run(t.Context(), s.IngestQueueURL, stack.OriginalsBucket, true, nil)
	if err != nil || sent != 3 {
		t.Fatalf("%d originals, %v", sent, err)
	}
	entities := func() string {
		out, err := s.Objects.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(stack.OriginalsBucket), Prefix: aws.String(storage.EntityPrefix)})
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, o := range out.Contents {
			keys = append(keys, *o.Key)
		}
		return strings.Join(keys, " ")
	}
	const want = "entities/uploads/a b+ü.png.json entities/uploads/c.png.json"
	for deadline := time.Now().Add(30 * time.Second); entities() != want; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the entities are %s, want %s", entities(), want)
		}
	}
	if calls := s.UnknownCalls(); len(calls) > 0 {
		t.Errorf("calls that nothing answers: %v", calls)
	}
}

func TestWrongArguments(t *testing.T) {
	for _, c := range []struct {
		queue, bucket string
		all           bool
		keys          []string
	}{{"", "b", true, nil}, {"q", "", true, nil}, {"q", "b", false, nil}, {"q", "b", true, []string{"k"}}} {
		if _, err := run(t.Context(), c.queue, c.bucket, c.all, c.keys); err == nil || !strings.Contains(err.Error(), "are needed") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
