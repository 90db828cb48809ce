package stack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// TestUploadModuleInABrowser uploads from headless Chromium by the module
// thumbfront/upload, with connections that are cut and pages that are reloaded,
// and compares what S3 has then, byte for byte.
func TestUploadModuleInABrowser(t *testing.T) {
	chromium := needBrowser(t)
	l := start(t, stack.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "--test", "--test-reporter=tap", "--test-timeout=120000", "upload.test.mjs")
	node.WaitDelay = time.Second
	node.Dir = "../browser"
	node.Env = append(os.Environ(), "THUMBFRONT_URL="+l.URL, "CHROMIUM="+chromium)
	out, err := node.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, line, found := strings.Cut(string(out), "keys {")
	line, _, _ = strings.Cut(line, "\n")
	var sizes map[string]int
	if err := json.Unmarshal([]byte("{"+line), &sizes); !found || err != nil || len(sizes) < 8 {
		t.Fatalf("%d uploads, %v\n%s", len(sizes), err, out)
	}
	for key, size := range sizes {
		object, err := l.Objects.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(stack.OriginalsBucket), Key: &key})
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		body, err := io.ReadAll(object.Body)
		_ = object.Body.Close()
		if err != nil || !bytes.Equal(body, made(size)) {
			t.Errorf("%s: %d bytes of %d, or others (%v)", key, len(body), size, err)
		}
	}
}

// made is what the page's made() gives.
func made(size int) []byte {
	body := make([]byte, size)
	for i := range body {
		body[i] = byte(i*31 + i>>8)
	}
	return body
}
