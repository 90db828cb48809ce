package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/thumbfront/thumbfront/scripts/local/lambda"
	"github.com/thumbfront/thumbfront/scripts/local/sigv4"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

var bootstrap string

func TestMain(m *testing.M) {
	if os.Getenv("LAMBDA_TEST_PARENT") != "" {
		parent()
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "testfunction-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		bootstrap = filepath.Join(dir, "bootstrap")
		build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", bootstrap, "./testfunction")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "build the test function:", err)
			return 1
		}
		return m.Run()
	}())
}

// function is a running one: its URL, its log, and the test's hold on it.
type function struct {
	t       *testing.T
	url     string
	runtime *lambda.Runtime
	log     *buffer
	held    chan hold     // requests for /hold
	done    chan struct{} // requests for /held
	starts  chan struct{} // requests for /start
}

// hold is a handler that waits until it is released.
type hold struct {
	pid     int
	release func()
}

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func start(t *testing.T, edit func(*lambda.Options)) *function {
	t.Helper()
	f := &function{
		t:      t,
		log:    &buffer{},
		held:   make(chan hold, 10),
		done:   make(chan struct{}, 10),
		starts: make(chan struct{}, 10),
	}
	testOver := make(chan struct{})
	controls := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/start":
			f.starts <- struct{}{}
		case "/held":
			f.done <- struct{}{}
		case "/hold":
			pid, _ := strconv.Atoi(r.URL.Query().Get("pid"))
			released := make(chan struct{})
			f.held <- hold{pid, sync.OnceFunc(func() { close(released) })}
			select {
			case <-released:
			case <-testOver:
			}
		}
	}))
	t.Cleanup(controls.Close)
	options := lambda.Options{
		Function: lambda.Function{
			Name:        "test",
			Bootstrap:   bootstrap,
			Environment: map[string]string{"CONTROL": controls.URL},
			Timeout:     patience,
		},
		Logger:    slog.New(slog.NewTextHandler(f.log, nil)),
		LogWriter: f.log,
	}
	if edit != nil {
		edit(&options)
	}
	var err error
	if f.runtime, err = lambda.New(options); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(f.runtime)
	f.url = server.URL
	t.Cleanup(func() {
		close(testOver)
		if err := f.runtime.Close(context.Background()); err != nil {
			t.Error(err)
		}
		server.Close()
		if t.Failed() {
			t.Logf("log:\n%s", f.log)
		}
	})
	return f
}

// get returns the status and the body, with the error of reading it.
func (f *function) get(path string) (int, string, error) {
	f.t.Helper()
	response, err := http.Get(f.url + path)
	if err != nil {
		f.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

func (f *function) expect(path string, status int, body string) {
	f.t.Helper()
	gotStatus, gotBody, err := f.get(path)
	if err != nil || gotStatus != status || gotBody != body {
		f.t.Errorf("GET %s: %d %q (%v), want %d %q", path, gotStatus, gotBody, err, status, body)
	}
}

func (f *function) pid() int {
	f.t.Helper()
	status, body, err := f.get("/pid")
	pid, parseErr := strconv.Atoi(body)
	if err := errors.Join(err, parseErr); err != nil || status != http.StatusOK {
		f.t.Fatalf("GET /pid: %d %q (%v)", status, body, err)
	}
	return pid
}

func receive[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s within %v", what, patience)
		panic("unreachable")
	}
}

func alive(pid int) bool {
	return syscall.Kill(pid, 0) == nil
}

// waitGone waits until the process is gone: a caller may learn of the end a
// moment before the kernel is done with it.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(patience); alive(pid); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("process %d still lives", pid)
		}
	}
}

const failed = `{"Message":"Internal Server Error"}` + "\n"

func TestEvent(t *testing.T) {
	f := start(t, nil)
	r, err := http.NewRequest("PUT", f.url+"/event?b=2&a=1&a=%20&%zz", strings.NewReader("Grüße"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Add("X-Multi", "1")
	r.Header.Add("X-Multi", "2")
	r.Header.Set("Cookie", "a=1; b=2")
	r.Header.Set("User-Agent", "tester")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var event events.LambdaFunctionURLRequest
	if err := json.NewDecoder(response.Body).Decode(&event); err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(f.url, "http://")
	context := event.RequestContext
	for name, pair := range map[string][2]string{
		"version":           {event.Version, "2.0"},
		"rawPath":           {event.RawPath, "/event"},
		"rawQueryString":    {event.RawQueryString, "b=2&a=1&a=%20&%zz"},
		"parameter a":       {event.QueryStringParameters["a"], "1, "},
		"cookies":           {strings.Join(event.Cookies, "|"), "a=1|b=2"},
		"x-multi":           {event.Headers["x-multi"], "1,2"},
		"host":              {event.Headers["host"], host},
		"cookie":            {event.Headers["cookie"], ""},
		"x-forwarded-proto": {event.Headers["x-forwarded-proto"], "https"},
		"body":              {event.Body, "Grüße"},
		"isBase64Encoded":   {strconv.FormatBool(event.IsBase64Encoded), "false"},
		"domainName":        {context.DomainName, host},
		"method":            {context.HTTP.Method, "PUT"},
		"path":              {context.HTTP.Path, "/event"},
		"protocol":          {context.HTTP.Protocol, "HTTP/1.1"},
		"sourceIp":          {context.HTTP.SourceIP, "127.0.0.1"},
		"userAgent":         {context.HTTP.UserAgent, "tester"},
		"requestId":         {context.RequestID, response.Header.Get("X-Amzn-Requestid")},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", name, pair[0], pair[1])
		}
	}
	at, err := time.Parse("02/Jan/2006:15:04:05 -0700", context.Time)
	if err != nil || time.Since(at) > time.Minute || context.TimeEpoch/1000 != at.Unix() {
		t.Errorf("time is %q and timeEpoch %d (%v)", context.Time, context.TimeEpoch, err)
	}
}

func TestBinaryBodies(t *testing.T) {
	f := start(t, nil)
	sent := []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 'a', 0}
	response, err := http.Post(f.url+"/echo", "image/x-test", bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("got back %x (%v), want %x", got, err, sent)
	}
	if kind := response.Header.Get("Content-Type"); kind != "image/x-test" {
		t.Errorf("Content-Type is %q", kind)
	}
}

func TestStatusAndHeaders(t *testing.T) {
	f := start(t, nil)
	response, err := http.Get(f.url + "/headers")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "short and stout" || response.StatusCode != http.StatusTeapot {
		t.Errorf("answered %d %q (%v)", response.StatusCode, body, err)
	}
	for name, want := range map[string][]string{
		"Content-Type": {"text/teapot"},
		"X-Twice":      {"1,2"},
		"Set-Cookie":   {"a=1", "b=2; Path=/"},
		"Connection":   nil,
	} {
		if got := response.Header.Values(name); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	f.expect("/status?204", 204, "")
	f.expect("/status?304", 304, "")
	f.expect("/status?503", 503, "")
	f.expect("/status?103", 502, failed)
	f.expect("/status?1000", 502, failed)
}

// An answer that isn't streamed: its JSON is described, or is the body.
func TestBuffered(t *testing.T) {
	f := start(t, nil)
	for body, want := range map[string]string{
		`{"statusCode":201,"body":"YWI=","isBase64Encoded":true,"headers":{"x-a":"1"},"cookies":["c=1"]}`: "201 application/json 1 c=1 ab",
		`{"statusCode":200,"body":"text","headers":{"content-type":"text/x"}}`:                            "200 text/x   text",
		`{"some":"thing"}`:                     `200 application/json   {"some":"thing"}`,
		`"text"`:                               `200 application/json   "text"`,
		`{"statusCode":200,"body":`:            "502 application/json   " + failed,
		`{"statusCode":2000}`:                  "502 application/json   " + failed,
		`"` + strings.Repeat("a", 5<<20) + `"`: `200 application/json   "` + strings.Repeat("a", 5<<20) + `"`,
	} {
		response, err := http.Post(f.url+"/buffered", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		h := response.Header
		got := fmt.Sprint(response.StatusCode, " ", h.Get("Content-Type"), " ", h.Get("X-A"), " ", h.Get("Set-Cookie"), " ", string(text))
		if err != nil || got != want {
			t.Errorf("%.80s: %.200s (%v), want %.200s", body, got, err, want)
		}
	}
}

func TestHead(t *testing.T) {
	f := start(t, nil)
	response, err := http.Head(f.url + "/event")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || len(body) != 0 || response.StatusCode != http.StatusOK {
		t.Errorf("answered %d %q (%v)", response.StatusCode, body, err)
	}
	// A HEAD whose handler sends no body, with the length of a GET's, is whole.
	response, err = http.Head(f.url + "/length?1000")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got := response.Header.Get("X-Amzn-Remapped-Content-Length"); response.StatusCode != http.StatusOK || got != "1000" {
		t.Errorf("answered %d with a length of %q", response.StatusCode, got)
	}
}

func TestFirstChunkArrivesBeforeTheEnd(t *testing.T) {
	f := start(t, nil)
	response, err := http.Get(f.url + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	first := make([]byte, len("first "))
	if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != "first " {
		t.Fatalf("read %q (%v)", first, err)
	}
	receive(t, f.held, "handler").release()
	rest, err := io.ReadAll(response.Body)
	if err != nil || string(rest) != "second" {
		t.Errorf("then read %q (%v)", rest, err)
	}
}

func TestLargeBody(t *testing.T) {
	f := start(t, nil)
	const size = 20 << 20
	status, body, err := f.get("/large?" + strconv.Itoa(size))
	if err != nil || status != http.StatusOK || len(body) != size {
		t.Fatalf("answered %d with %d bytes (%v)", status, len(body), err)
	}
	if want := strings.Repeat("\x00\x01\x02\xff", size/4); body != want {
		t.Error("the bytes are not those that were sent")
	}
}

func TestTooLargeRequest(t *testing.T) {
	f := start(t, nil)
	response, err := http.Post(f.url+"/echo", "text/plain", strings.NewReader(strings.Repeat("a", 6<<20)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d", response.StatusCode)
	}
}

func TestFailuresBeforeTheAnswer(t *testing.T) {
	f := start(t, nil)
	for _, path := range []string{"/panic", "/error", "/exit-before"} {
		response, err := http.Get(f.url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		h := response.Header
		if err != nil || response.StatusCode != http.StatusBadGateway || string(body) != failed || h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != "application/json" {
			t.Errorf("GET %s: %d %v %q (%v)", path, response.StatusCode, h, body, err)
		}
		f.pid() // and the next call works
	}
}

func TestBrokenAnswersAreAborted(t *testing.T) {
	f := start(t, func(o *lambda.Options) { o.Function.ReservedConcurrentExecutions = 1 })
	for path, body := range map[string]string{
		"/trailer":     "half",
		"/length?1000": "12345",
		"/length?3":    "12345",
	} {
		status, got, err := f.get(path)
		if err == nil || status != http.StatusOK || got != body {
			t.Errorf("GET %s: %d %q (%v), want 200, %q and an error", path, status, got, err, body)
		}
	}
	f.expect("/length?5", 200, "12345")
}

func TestExitWithinTheAnswer(t *testing.T) {
	f := start(t, func(o *lambda.Options) { o.Function.ReservedConcurrentExecutions = 1 })
	before := f.pid()
	response, err := http.Get(f.url + "/exit")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	receive(t, f.held, "handler").release()
	body, err := io.ReadAll(response.Body)
	if err == nil || string(body) != strconv.Itoa(before)+" " {
		t.Errorf("read %q (%v), want the pid %d and an error", body, err, before)
	}
	// The only place is free again at once.
	if after := f.pid(); after == before {
		t.Errorf("process %d answered again", before)
	}
	waitGone(t, before)
}

func TestEnvironmentIsReused(t *testing.T) {
	f := start(t, nil)
	first := f.pid()
	for range 20 {
		if pid := f.pid(); pid != first {
			t.Fatalf("process %d answered, then %d: one call at a time needs one process", first, pid)
		}
	}
}

func TestTimeout(t *testing.T) {
	f := start(t, func(o *lambda.Options) { o.Function.Timeout = time.Second })
	// Before the answer.
	begun := time.Now()
	f.expect("/hold", http.StatusBadGateway, failed)
	if took := time.Since(begun); took < time.Second || took > patience/2 {
		t.Errorf("it took %v", took)
	}
	waitGone(t, receive(t, f.held, "handler").pid)
	// Within the answer.
	status, body, err := f.get("/stream")
	if err == nil || status != http.StatusOK || body != "first " {
		t.Errorf("%d %q (%v), want 200, half an answer, and an error", status, body, err)
	}
	waitGone(t, receive(t, f.held, "handler").pid)
	f.pid()
}

func TestConcurrency(t *testing.T) {
	f := start(t, func(o *lambda.Options) { o.Function.ReservedConcurrentExecutions = 2 })
	type answer struct {
		status int
		body   string
	}
	answers := make(chan answer, 2)
	for range 2 {
		go func() {
			response, err := http.Get(f.url + "/hold")
			if err != nil {
				answers <- answer{body: err.Error()}
				return
			}
			defer response.Body.Close()
			body, _ := io.ReadAll(response.Body)
			answers <- answer{response.StatusCode, string(body)}
		}()
	}
	one, two := receive(t, f.held, "first handler"), receive(t, f.held, "second handler")
	if one.pid == two.pid {
		t.Errorf("both run in process %d", one.pid)
	}
	f.expect("/pid", http.StatusTooManyRequests, `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`+"\n")
	response, err := http.Get(f.url + "/pid")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") != "1" {
		t.Errorf("%d, Retry-After %q", response.StatusCode, response.Header.Get("Retry-After"))
	}

	one.release()
	receive(t, answers, "first answer")
	two.release()
	if got := receive(t, answers, "second answer"); got != (answer{200, strconv.Itoa(two.pid)}) {
		t.Errorf("answered %v, want 200 and process %d", got, two.pid)
	}
	receive(t, f.done, "end")
	receive(t, f.done, "end")
	if pid := f.pid(); pid != one.pid && pid != two.pid {
		t.Errorf("a third process %d was started", pid)
	}
}

func TestInitFailure(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := start(t, func(o *lambda.Options) { o.Function.Environment["BROKEN_WHILE_EXISTS"] = broken })
	f.expect("/pid", http.StatusBadGateway, failed)
	f.expect("/pid", http.StatusBadGateway, failed)
	if n := len(f.starts); n != 2 {
		t.Errorf("2 calls started %d processes", n)
	}
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	f.pid()
}

func TestInitTimeout(t *testing.T) {
	f := start(t, func(o *lambda.Options) {
		o.Function.Environment["HANGS_IN_INIT"] = "1"
		o.Function.InitTimeout = 500 * time.Millisecond
	})
	f.expect("/pid", http.StatusBadGateway, failed)
	if n := len(f.starts); n != 1 {
		t.Errorf("1 call started %d processes", n)
	}
}

func TestInitErrorIsReported(t *testing.T) {
	f := start(t, func(o *lambda.Options) { o.Function.Environment["REPORTS_INIT_ERROR"] = "1" })
	f.expect("/pid", http.StatusBadGateway, failed)
	if !strings.Contains(f.log.String(), "Init.AsAsked") {
		t.Errorf("the log does not say why")
	}
}

// A process that asks for an invocation while it has one answers neither.
func TestNextWithoutAnAnswer(t *testing.T) {
	f := start(t, func(o *lambda.Options) { o.Function.ReservedConcurrentExecutions = 1 })
	f.expect("/next", http.StatusBadGateway, failed)
	f.expect("/pid", http.StatusBadGateway, failed) // it swallows this one
	f.pid()
}

func TestCallerGoesAway(t *testing.T) {
	f := start(t, func(o *lambda.Options) { o.Function.ReservedConcurrentExecutions = 1 })
	for _, path := range []string{"/hold", "/stream"} {
		ctx, cancel := context.WithCancel(context.Background())
		r, err := http.NewRequestWithContext(ctx, "GET", f.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			if response, err := http.DefaultClient.Do(r); err == nil {
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		}()
		handler := receive(t, f.held, "handler")
		cancel()
		receive(t, gone, "end of the caller")
		handler.release()
		if path == "/hold" {
			receive(t, f.done, "end of the invocation")
		}
		// The process is still there and takes the next call. A 429 is allowed
		// until the handler is done.
		for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
			status, body, _ := f.get("/pid")
			if status == http.StatusTooManyRequests && time.Now().Before(end) {
				continue
			}
			if status != http.StatusOK || body != strconv.Itoa(handler.pid) {
				t.Errorf("after %s: %d %q, want process %d", path, status, body, handler.pid)
			}
			break
		}
	}
}

func TestProcessEnvironment(t *testing.T) {
	t.Setenv("OF_THE_PARENT", "1")
	f := start(t, func(o *lambda.Options) {
		o.Function.Environment["OF_THE_FUNCTION"] = "a=b"
		o.Function.Environment["AWS_REGION"] = "eu-west-1"
		o.Function.MemorySize = 1792
	})
	_, body, err := f.get("/environment")
	var list []string
	if err := errors.Join(err, json.Unmarshal([]byte(body), &list)); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, entry := range list {
		name, value, _ := strings.Cut(entry, "=")
		got[name] = value
	}
	for name, want := range map[string]string{
		"OF_THE_PARENT":                   "",
		"HOME":                            "",
		"OF_THE_FUNCTION":                 "a=b",
		"AWS_REGION":                      "eu-west-1",
		"AWS_DEFAULT_REGION":              "eu-west-1",
		"AWS_LAMBDA_FUNCTION_NAME":        "test",
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1792",
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"LAMBDA_TASK_ROOT":                filepath.Dir(bootstrap),
		"TZ":                              ":UTC",
		"TMPDIR":                          got["cwd"],
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if err := f.runtime.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(got["cwd"]); !os.IsNotExist(err) {
		t.Errorf("the working directory %q is still there (%v)", got["cwd"], err)
	}
}

func TestLog(t *testing.T) {
	lines := make(chan string, 10)
	f := start(t, func(o *lambda.Options) { o.LogWriter = lineFunc(func(line string) { lines <- line }) })
	f.expect("/log", http.StatusBadGateway, failed)
	for _, want := range []string{"one line\n", "no end\n"} {
		if got := receive(t, lines, "line"); got != want {
			t.Errorf("logged %q, want %q", got, want)
		}
	}
}

type lineFunc func(string)

func (f lineFunc) Write(p []byte) (int, error) {
	f(string(p))
	return len(p), nil
}

func TestAuthorize(t *testing.T) {
	f := start(t, func(o *lambda.Options) {
		o.Authorize = sigv4.Verify("lambda", "us-east-1", func(id string) (string, bool) { return "secret", id == "key" }, nil)
	})
	f.expect("/pid", http.StatusForbidden, `{"Message":"Forbidden"}`+"\n")
	r, err := http.NewRequest("POST", f.url+"/echo", strings.NewReader("signed"))
	if err != nil {
		t.Fatal(err)
	}
	const hash = "UNSIGNED-PAYLOAD"
	r.Header.Set("X-Amz-Content-Sha256", hash)
	if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "key", SecretAccessKey: "secret"}, r, hash, "lambda", "us-east-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || string(body) != "signed" {
		t.Errorf("answered %d %q (%v)", response.StatusCode, body, err)
	}
}

func TestCloseLeavesNoProcess(t *testing.T) {
	f := start(t, nil)
	_, body, err := f.get("/grandchild")
	grandchild, parseErr := strconv.Atoi(body)
	if err := errors.Join(err, parseErr); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	answered := make(chan int, 1)
	go func() {
		response, err := http.Get(f.url + "/hold")
		if err != nil {
			answered <- 0
			return
		}
		_ = response.Body.Close()
		answered <- response.StatusCode
	}()
	running := receive(t, f.held, "handler").pid // its own process or the reused one
	idle := 0
	if status, body, _ := f.get("/pid"); status == http.StatusOK {
		idle, _ = strconv.Atoi(body)
	}
	if idle == 0 || idle == running {
		t.Fatalf("process %d runs and %d is idle, want two", running, idle)
	}

	begun := time.Now()
	for range 2 {
		if err := f.runtime.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("Close took %v, a process did not mind SIGTERM", took)
	}
	for name, pid := range map[string]int{"running": running, "idle": idle} {
		if alive(pid) {
			t.Errorf("the %s process %d lives after Close", name, pid)
		}
	}
	waitReaped(t, grandchild)
	if status := receive(t, answered, "end of the running call"); status != http.StatusServiceUnavailable {
		t.Errorf("the running call got %d", status)
	}
	f.expect("/pid", http.StatusServiceUnavailable, `{"Message":"Service Unavailable"}`+"\n")
}

func TestCloseKillsWhatIgnoresSIGTERM(t *testing.T) {
	expired, cancel := context.WithCancel(context.Background())
	cancel()
	for name, test := range map[string]struct {
		ctx      context.Context
		from, to time.Duration
	}{
		"after 2 s":           {context.Background(), 2 * time.Second, 2*time.Second + patience/2},
		"when ctx is expired": {expired, 0, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, func(o *lambda.Options) { o.Function.Environment["IGNORES_SIGTERM"] = "1" })
			// A call that runs keeps the process from noticing by itself.
			go func() {
				if response, err := http.Get(f.url + "/hold"); err == nil {
					_ = response.Body.Close()
				}
			}()
			pid := receive(t, f.held, "handler").pid
			begun := time.Now()
			if err := f.runtime.Close(test.ctx); err != nil {
				t.Error(err)
			}
			if took := time.Since(begun); took < test.from || took >= test.to {
				t.Errorf("Close took %v, want %v to %v", took, test.from, test.to)
			}
			if alive(pid) {
				t.Errorf("process %d lives after Close", pid)
			}
		})
	}
}

// waitReaped waits until the process is gone, or a zombie: nobody may be there
// to wait for an orphan in a container.
func waitReaped(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(patience); alive(pid); time.Sleep(5 * time.Millisecond) {
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && bytes.Contains(stat, []byte(") Z ")) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("process %d still lives", pid)
		}
	}
}

func TestNewReportsAllMistakes(t *testing.T) {
	_, err := lambda.New(lambda.Options{Function: lambda.Function{
		Bootstrap:                    t.TempDir(),
		Environment:                  map[string]string{"AWS_LAMBDA_RUNTIME_API": "here", "_HANDLER": "x"},
		MemorySize:                   64,
		Timeout:                      time.Hour,
		ReservedConcurrentExecutions: -1,
		InitTimeout:                  -1,
	}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"Name", "Bootstrap", "AWS_LAMBDA_RUNTIME_API", "_HANDLER", "MemorySize", "Timeout", "ReservedConcurrentExecutions", "InitTimeout"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v: says nothing of %s", err, part)
		}
	}
}
