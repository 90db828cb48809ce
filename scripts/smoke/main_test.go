package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// start runs a local stack, as the smoke test's environment finds a deployment.
func start(t *testing.T, template []byte) *check {
	t.Helper()
	bootstrap, err := stack.BuildFunction(t.Context(), "thumbnail", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := stack.Start(t.Context(), stack.Options{DataDir: t.TempDir(), Bootstrap: bootstrap, Template: template})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	t.Setenv("AWS_REGION", stack.Region)
	t.Setenv("AWS_ACCESS_KEY_ID", stack.Admin.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", stack.Admin.SecretAccessKey)
	t.Setenv("AWS_ENDPOINT_URL_S3", s.S3URL)
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", s.CallsURL)
	return &check{url: s.URL, originals: stack.OriginalsBucket, thumbnails: stack.ThumbnailsBucket, secretID: stack.SecretID, epoch: 1, days: 180}
}

func list(t *testing.T, c *check, bucket, prefix string) (keys []string) {
	t.Helper()
	page, err := c.objects.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range page.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

func TestSmoke(t *testing.T) {
	golden, err := stack.GoldenTemplate()
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, golden)
	var out bytes.Buffer
	if err := c.run(t.Context(), &out); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	if n := strings.Count(out.String(), "ok  "); n != 7 {
		t.Errorf("%d of 7 steps:\n%s", n, &out)
	}
	for bucket, prefix := range map[string]string{stack.OriginalsBucket: "uploads/smoke/", stack.ThumbnailsBucket: ""} {
		if keys := list(t, c, bucket, prefix); len(keys) > 0 {
			t.Errorf("left in %s: %v", bucket, keys)
		}
	}
}

// A smoke test that can't fail says nothing: each thing that is broken must be
// named.
func TestSmokeNotices(t *testing.T) {
	golden, err := stack.GoldenTemplate()
	if err != nil {
		t.Fatal(err)
	}
	var template map[string]any
	if err := json.Unmarshal(golden, &template); err != nil {
		t.Fatal(err)
	}
	for id, r := range template["Resources"].(map[string]any) {
		r := r.(map[string]any)
		properties, _ := r["Properties"].(map[string]any)
		switch r["Type"] {
		case "AWS::S3::BucketPolicy": // CloudFront can't read what is stored
			delete(template["Resources"].(map[string]any), id)
		case "AWS::S3::Bucket": // nothing expires
			delete(properties, "LifecycleConfiguration")
		}
	}
	broken, err := json.Marshal(template)
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, broken)
	var out bytes.Buffer
	if err := c.run(t.Context(), &out); err == nil {
		t.Error("nothing was noticed")
	}
	for _, step := range []string{"FAIL  one that is stored, from S3", "FAIL  stored thumbnails expire"} {
		if !strings.Contains(out.String(), step) {
			t.Errorf("%q is not said in\n%s", step, &out)
		}
	}
	wrong := *c
	wrong.written, wrong.secretID = nil, "another-secret"
	if err := wrong.run(t.Context(), &out); err == nil || !strings.Contains(err.Error(), "signing secret") {
		t.Errorf("with another secret: %v", err)
	}
}
