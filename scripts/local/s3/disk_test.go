package s3

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
)

// restarted runs fill on a server, stops it, and returns another one on the same directory, after tamper.
func restarted(t *testing.T, fill func(*fixture), tamper func(dir string)) *fixture {
	t.Helper()
	dir := t.TempDir()
	t.Run("first start", func(t *testing.T) { fill(start(t, Options{Dir: dir})) })
	if tamper != nil {
		tamper(dir)
	}
	return start(t, Options{Dir: dir})
}

func TestRestartKeepsEverything(t *testing.T) {
	var before *s3sdk.HeadObjectOutput
	f := restarted(t, func(f *fixture) {
		for _, key := range nastyKeys {
			f.put(t, key, "body of "+key)
		}
		f.put(t, "overwritten", "old")
		f.put(t, "overwritten", "new")
		f.put(t, "deleted", "x")
		c := f.as(owner)
		if _, err := c.DeleteObject(t.Context(), &s3sdk.DeleteObjectInput{Bucket: aws.String(testBucket), Key: aws.String("deleted")}); err != nil {
			t.Fatal(err)
		}
		f.clock.advance(time.Minute)
		_, err := c.PutObject(t.Context(), &s3sdk.PutObjectInput{
			Bucket: aws.String(testBucket), Key: aws.String("described"), Body: strings.NewReader("x"),
			CacheControl: aws.String("no-store"), Metadata: map[string]string{"who": "me"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if before, err = c.HeadObject(t.Context(), headInput("described")); err != nil {
			t.Fatal(err)
		}
	}, nil)

	for _, key := range nastyKeys {
		if got := f.get(t, key); got != "body of "+key {
			t.Errorf("%.50q holds %.50q", key, got)
		}
	}
	if got := f.get(t, "overwritten"); got != "new" {
		t.Errorf("overwritten is %q", got)
	}
	want := append(slices.Clone(nastyKeys), "overwritten", "described")
	slices.Sort(want)
	if got := listAll(t, f, &s3sdk.ListObjectsV2Input{}); !slices.Equal(got, want) {
		t.Errorf("listed %.50q", got)
	}
	after, err := f.as(owner).HeadObject(t.Context(), headInput("described"))
	if err != nil {
		t.Fatal(err)
	}
	if !after.LastModified.Equal(*before.LastModified) || *after.ETag != *before.ETag || *after.CacheControl != "no-store" || after.Metadata["who"] != "me" {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
}

// What a killed process leaves: bodies that nothing refers to, a JSON file that was not renamed yet, a
// bucket that was not. And, after a power cut, a JSON file that is cut off.
func TestStartRemovesHalfWrittenFiles(t *testing.T) {
	f := restarted(t,
		func(f *fixture) {
			f.put(t, "kept", "whole")
			f.put(t, "cut", "x")
		},
		func(dir string) {
			bucket := filepath.Join(dir, "buckets", testBucket)
			kept, cut := fileName(testBucket, "kept"), fileName(testBucket, "cut")
			for path, content := range map[string]string{
				filepath.Join(bucket, "bodies", kept+".123"):                     "hal",
				filepath.Join(bucket, "objects", kept+".tmp"):                    `{"Key": "kept", "Bo`,
				filepath.Join(bucket, "objects", cut):                            "",
				filepath.Join(bucket, "objects", fileName(testBucket, "nobody")): `{"Bucket": "pictures", "Key": "nobody", "Body": "gone"}`,
			} {
				if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(filepath.Join(dir, "buckets", ".new-1"), 0o755); err != nil {
				t.Fatal(err)
			}
		})

	if got := f.get(t, "kept"); got != "whole" {
		t.Errorf("kept is %q", got)
	}
	if got := strings.Join(listAll(t, f, &s3sdk.ListObjectsV2Input{}), " "); got != "kept" {
		t.Errorf("listed: %s", got)
	}
	if got := bodies(t, f); len(got) != 1 {
		t.Errorf("bodies on disk: %v", got)
	}
	objects, err := os.ReadDir(f.store.objectPath(testBucket, ""))
	if err != nil || len(objects) != 1 {
		t.Errorf("%d objects on disk, %v", len(objects), err)
	}
	buckets, err := os.ReadDir(f.store.bucketDir(""))
	if err != nil || len(buckets) != 1 {
		t.Errorf("%d buckets on disk, %v", len(buckets), err)
	}
}

// A client that goes away in the middle of a PUT leaves nothing, and not the place of the old object.
func TestBrokenUploadLeavesTheOldObject(t *testing.T) {
	f := start(t, Options{})
	f.put(t, "a", "old")
	w := dial(t, presignedPut(t, f, "a"), "Content-Length: 1000\r\n")
	w.send(t, "half of it")
	if err := w.conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if resp := w.answer(t); resp.StatusCode < 400 {
		t.Errorf("status %d", resp.StatusCode)
	}
	if got := f.get(t, "a"); got != "old" {
		t.Errorf("a is %q", got)
	}
	if got := bodies(t, f); len(got) != 1 {
		t.Errorf("bodies on disk: %v", got)
	}
}

func TestOneServerPerDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Run("first", func(t *testing.T) {
		start(t, Options{Dir: dir})
		if _, err := New(Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "in use") {
			t.Errorf("second server on the same directory: %v", err)
		}
	})
	start(t, Options{Dir: dir})
}
