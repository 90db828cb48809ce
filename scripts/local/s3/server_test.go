package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

const testBucket = "pictures"

// owner may do everything; reader may read and not list; writer may only write below in/.
var (
	owner  = Principal{"OWNERKEY", "owner-secret", []Grant{{Actions: []string{"s3:*"}, Bucket: "*"}}}
	reader = Principal{"READERKEY", "reader-secret", []Grant{{Actions: []string{"s3:GetObject"}, Bucket: testBucket}}}
	writer = Principal{"WRITERKEY", "writer-secret", []Grant{{Actions: []string{"s3:PutObject"}, Bucket: testBucket, Prefix: "in/"}}}
)

// testClock is a time that tests set. Server and clients read the same one unless a test parts them.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func newTestClock() *testClock {
	return &testClock{now: time.Date(2024, 5, 10, 10, 30, 0, 0, time.UTC)}
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

// clockedSigner signs by a test's clock instead of the time.
type clockedSigner struct {
	*v4.Signer
	now func() time.Time
}

func (s clockedSigner) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, o ...func(*v4.SignerOptions)) error {
	return s.Signer.SignHTTP(ctx, c, r, hash, service, region, s.now(), o...)
}

func (s clockedSigner) PresignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, o ...func(*v4.SignerOptions)) (string, http.Header, error) {
	return s.Signer.PresignHTTP(ctx, c, r, hash, service, region, s.now(), o...)
}

// A fixture is a running server with one bucket.
type fixture struct {
	*Server
	url   string
	clock *testClock
}

// start runs a server on o, completed with a directory, a clock, a bucket and principals.
func start(t *testing.T, o Options) *fixture {
	t.Helper()
	clock := newTestClock()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Clock == nil {
		o.Clock = clock.Now
	}
	if o.Buckets == nil {
		o.Buckets = []Bucket{{Name: testBucket}}
	}
	if o.Principals == nil {
		o.Principals = []Principal{owner, reader, writer}
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		h.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &fixture{Server: s, url: h.URL, clock: clock}
}

func (f *fixture) signer() clockedSigner {
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	return clockedSigner{signer, f.clock.Now}
}

// as returns a client of a principal.
func (f *fixture) as(p Principal, options ...func(*s3sdk.Options)) *s3sdk.Client {
	return s3sdk.New(s3sdk.Options{
		BaseEndpoint:     aws.String(f.url),
		UsePathStyle:     true,
		Region:           "us-east-1",
		RetryMaxAttempts: 1,
		HTTPSignerV4:     f.signer(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: p.AccessKeyID, SecretAccessKey: p.SecretAccessKey}, nil
		}),
	}, options...)
}

func (f *fixture) presigner(p Principal) *s3sdk.PresignClient {
	return s3sdk.NewPresignClient(f.as(p), func(o *s3sdk.PresignOptions) { o.Presigner = f.signer() })
}

// put writes an object as the owner.
func (f *fixture) put(t *testing.T, key, body string) {
	t.Helper()
	_, err := f.as(owner).PutObject(t.Context(), &s3sdk.PutObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String(key), Body: strings.NewReader(body),
	})
	if err != nil {
		t.Fatalf("PUT of %.50q: %v", key, err)
	}
}

// get reads an object as the owner.
func (f *fixture) get(t *testing.T, key string) string {
	t.Helper()
	out, err := f.as(owner).GetObject(t.Context(), getInput(key))
	if err != nil {
		t.Fatalf("GET of %.50q: %v", key, err)
	}
	return readAll(t, out.Body)
}

func getInput(key string) *s3sdk.GetObjectInput {
	return &s3sdk.GetObjectInput{Bucket: aws.String(testBucket), Key: aws.String(key)}
}

func headInput(key string) *s3sdk.HeadObjectInput {
	return &s3sdk.HeadObjectInput{Bucket: aws.String(testBucket), Key: aws.String(key)}
}

func readAll(t *testing.T, r io.ReadCloser) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// wantError checks that err is an answer with the status and, unless it is empty, the code.
func wantError(t *testing.T, err error, status int, code string) {
	t.Helper()
	var answer *awshttp.ResponseError
	if !errors.As(err, &answer) {
		t.Fatalf("error %v, want an answer with status %d", err, status)
	}
	if answer.HTTPStatusCode() != status {
		t.Errorf("status %d, want %d (%v)", answer.HTTPStatusCode(), status, err)
	}
	var api smithy.APIError
	if code != "" && (!errors.As(err, &api) || api.ErrorCode() != code) {
		t.Errorf("error %v, want code %s", err, code)
	}
}

// send sends a plain request and returns the answer with its body.
func send(t *testing.T, method, url string, header http.Header, body []byte) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		if name != "Host" && name != "Content-Length" { // net/http sends these by itself
			r.Header[name] = values
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return resp, readAll(t, resp.Body)
}

// wantRefused checks the status and the code of an answer of send.
func wantRefused(t *testing.T, resp *http.Response, body string, status int, code string) {
	t.Helper()
	if resp.StatusCode != status || !strings.Contains(body, "<Code>"+code+"</Code>") {
		t.Errorf("%d %s, want %d %s", resp.StatusCode, body, status, code)
	}
}

func TestNewNamesAllMistakes(t *testing.T) {
	_, err := New(Options{
		Principals: []Principal{{AccessKeyID: "AB"}, owner, owner},
		Buckets: []Bucket{
			{Name: "Not A Bucket"},
			{Name: testBucket, CORS: []CORSRule{{AllowedMethods: []string{"PATCH"}, AllowedOrigins: []string{"*.*"}}}},
			{Name: testBucket, Lifecycle: []LifecycleRule{{Status: "enabled", ExpirationInDays: -1}}},
		},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"no directory", "principal 0", "OWNERKEY is given twice", `bucket "Not A Bucket"`, `"PATCH"`, `"*.*"`,
		`"enabled"`, "ExpirationInDays is -1", `bucket "pictures" is given twice`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
}

func TestRequestID(t *testing.T) {
	f := start(t, Options{})
	seen := make(map[string]bool)
	for range 2 {
		resp, body := send(t, http.MethodGet, f.url+"/"+testBucket+"/x", nil, nil)
		id := resp.Header.Get("x-amz-request-id")
		if id == "" || seen[id] || !strings.Contains(body, "<RequestId>"+id+"</RequestId>") {
			t.Errorf("request ID %q, in %s", id, body)
		}
		seen[id] = true
	}
	get, err := f.presigner(owner).PresignGetObject(t.Context(), getInput("x"))
	if err != nil {
		t.Fatal(err)
	}
	f.put(t, "x", "")
	resp, _ := send(t, http.MethodGet, get.URL, nil, nil)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("x-amz-request-id") == "" {
		t.Errorf("status %d, request ID %q", resp.StatusCode, resp.Header.Get("x-amz-request-id"))
	}
}
