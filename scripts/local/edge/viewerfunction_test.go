package edge_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	infra "github.com/thumbfront/thumbfront/infra/edge"
	"github.com/thumbfront/thumbfront/scripts/local/edge"
)

func withFunction(source string) func(*edge.Options) {
	return func(o *edge.Options) { o.Functions["viewer-request"] = source }
}

func TestFunctionRewritesThePath(t *testing.T) {
	s := newStack(t, withFunction(`function handler(event) {
		event.request.uri = '/9' + event.request.uri;
		return event.request;
	}`))
	s.s3.serves(200, "picture", "Cache-Control", "max-age=60")
	s.get("/a").want(t, 200, "picture", "Miss")
	if r := s.s3.last(t); r.URL.Path != "/bucket/9/a" {
		t.Errorf("S3 got %s", r.URL.Path)
	}
	if n := s.Evict(func(p string) bool { return p == "/9/a" }); n != 1 {
		t.Errorf("the cache has not the rewritten path")
	}
}

// The event is that of the documentation, and escapes are left alone.
func TestFunctionsEvent(t *testing.T) {
	s := newStack(t, withFunction(`function handler(event) {
		return { statusCode: 200, headers: {'x-several': {value: 'b', multiValue: [{value: 'a'}, {value: 'b'}]}},
			body: { encoding: 'text', data: JSON.stringify(event) } };
	}`))
	req, err := http.NewRequest(http.MethodGet, s.url+"/a%3D%2b?x=1&y=%20&x=2&z", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "image/avif")
	req.Header.Set("Cookie", "c=d")
	req.Host = "cdn.example.org"
	a := s.do(req)
	a.want(t, 200, a.body, "FunctionGeneratedResponse")
	if got := a.header.Values("X-Several"); len(got) != 2 {
		t.Errorf("X-Several: %v", got)
	}
	for _, want := range []string{
		`"version":"1.0"`, `"eventType":"viewer-request"`, `"viewer":{"ip":"127.0.0.1"}`, `"method":"GET"`, `"uri":"/a%3D%2b"`,
		`"accept":{"value":"image/avif"}`, `"host":{"value":"cdn.example.org"}`, `"cookies":{"c":{"value":"d"}}`,
		`"x":{"value":"2","multiValue":[{"value":"1"},{"value":"2"}]}`, `"y":{"value":"%20"}`, `"z":{"value":""}`,
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the event lacks %s: %s", want, a.body)
		}
	}
	if strings.Contains(a.body, `"cookie":`) {
		t.Errorf("the event has cookies among its headers: %s", a.body)
	}
	wantCount(t, "S3", s.s3, 0)
}

func TestGeneratedResponseToHead(t *testing.T) {
	s := newStack(t, withFunction(`function handler(event) { return {statusCode: 404, body: {encoding: 'text', data: 'none'}}; }`))
	s.get("/a").want(t, 404, "none", "FunctionGeneratedResponse")
	a := s.ask(http.MethodHead, "/a")
	a.want(t, 404, "", "FunctionGeneratedResponse")
	a.wantHeader(t, "Content-Length", "4")
}

// What CloudFront would not accept, or does differently, is never passed over.
func TestFunctionErrors(t *testing.T) {
	for name, body := range map[string]string{
		"throws":               `throw new Error('x');`,
		"nothing":              ``,
		"a string":             `return 'x';`,
		"a promise":            `return Promise.resolve(event.request);`,
		"an unknown field":     `return {statusCode: 200, cookies: {}};`,
		"a wrong status":       `return {statusCode: 99};`,
		"base64":               `return {statusCode: 200, body: {encoding: 'base64', data: 'eA=='}};`,
		"another method":       `event.request.method = 'PUT'; return event.request;`,
		"a path with a query":  `event.request.uri = '/a?b'; return event.request;`,
		"a path with a blank":  `event.request.uri = '/a b'; return event.request;`,
		"a wrong escape":       `event.request.uri = '/%zz'; return event.request;`,
		"a relative path":      `event.request.uri = 'a'; return event.request;`,
		"an unknown encoding":  `Buffer.from('', 'latin1'); return event.request;`,
		"Buffer of a number":   `Buffer.from(1); return event.request;`,
		"an unknown Buffer":    `Buffer.alloc(1); return event.request;`,
		"an undeclared global": `x = 1; return event.request;`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStack(t, withFunction(`function handler(event) { `+body+` }`))
			a := s.get("/a")
			if a.status != 503 || a.header.Get("X-Cache") != "FunctionExecutionError from cloudfront" {
				t.Errorf("got %d %q %v", a.status, a.body, a.header)
			}
			wantCount(t, "S3", s.s3, 0)
		})
	}
}

// The results are node's, whose Buffer CloudFront's follows.
func TestBuffer(t *testing.T) {
	for expression, want := range map[string]string{
		`Buffer.from('aGk', 'base64url').toString()`:                                   "hi",
		`Buffer.from('aGk=', 'base64url').toString('utf8')`:                            "hi",
		`Buffer.from('aGl', 'base64url').toString('base64url')`:                        "aGk",
		`Buffer.from('aGkhI', 'base64url').toString('base64url')`:                      "aGkh",
		`Buffer.from('-_+/', 'base64url').toString('base64url')`:                       "-_-_",
		`Buffer.from('a.G k', 'base64url').toString()`:                                 "hi",
		`Buffer.from('é€🖼').toString('base64url')`:                                     "w6nigqzwn5a8",
		`Buffer.from('w6nigqzwn5a8', 'base64url').toString()`:                          "é€🖼",
		`Buffer.from('_w', 'base64url').toString()`:                                    "\ufffd",
		`Buffer.from(Buffer.from('_w', 'base64url').toString()).toString('base64url')`: "77-9",
		`'' + Buffer.from('é').length`:                                                 "2",
	} {
		f, err := edge.CompileFunction("function handler() { return "+expression+"; }", nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := f.Run([]byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if err := json.Unmarshal(out, &got); err != nil || got != want {
			t.Errorf("%s is %q, want %q", expression, got, want)
		}
	}
}

func TestCompileFunctionRefuses(t *testing.T) {
	for name, source := range map[string]string{
		"syntax":     "function handler(",
		"no handler": "const x = y;",
		"too long":   "function handler() {} //" + strings.Repeat("x", 10<<10),
	} {
		if _, err := edge.CompileFunction(source, nil); err == nil {
			t.Errorf("%s: compiled", name)
		}
	}
}

func TestRunawayFunction(t *testing.T) {
	t.Parallel()
	f, err := edge.CompileFunction("function handler() { for (;;) {} }", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Run([]byte("{}")); err == nil {
		t.Error("it ended")
	}
}

func TestFunctionsClock(t *testing.T) {
	s := newStack(t, withFunction(`function handler() { return {statusCode: 200, body: {encoding: 'text', data: '' + Date.now()}}; }`))
	s.get("/a").want(t, 200, "1777896000000", "FunctionGeneratedResponse")
	s.clock.advance(time.Second)
	s.get("/a").want(t, 200, "1777896001000", "FunctionGeneratedResponse")
}

// Headers that the function changes count for what the edge does with them.
func TestFunctionsHeaders(t *testing.T) {
	s := newStack(t, withFunction(`function handler(event) {
		delete event.request.headers.range;
		return event.request;
	}`))
	s.s3.serves(200, "picture")
	s.get("/a", "Range", "bytes=0-1").want(t, 200, "picture", "Miss")
}

// The function that is deployed, in a distribution like the one that is deployed.
func TestThumbfrontsOwnFunction(t *testing.T) {
	source, err := infra.Source(infra.Settings{Access: "presets", Epoch: 3, Languages: []string{"native"}})
	if err != nil {
		t.Fatal(err)
	}
	s := newStack(t, withFunction(source))
	s.s3.serves(403, "")
	s.fn.answers(func(w http.ResponseWriter, r *http.Request) {
		write(w, 200, r.RequestURI, "Cache-Control", "public, max-age=86400, s-maxage=31536000")
	})
	const auto = "eyJvdXRwdXRGb3JtYXQiOiJhdXRvIn0" // {"outputFormat":"auto"}
	s.get("/"+auto, "Accept", "image/webp").want(t, 200, "/3/"+auto+"/webp", "Miss")
	s.get("/"+auto+"=?x", "Accept", "image/webp;q=0.3").want(t, 200, "/3/"+auto+"/webp", "Hit")
	s.get("/"+auto, "Accept", "image/avif").want(t, 200, "/3/"+auto+"/avif", "Miss")
	a := s.get("/")
	if a.status != 404 || a.header.Get("X-Cache") != "FunctionGeneratedResponse from cloudfront" || a.header.Get("Cache-Control") != "max-age=10" {
		t.Errorf("/: %d %v", a.status, a.header)
	}
	if a := s.ask(http.MethodOptions, "/"+auto); a.status != 204 || a.header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("OPTIONS: %d %v", a.status, a.header)
	}
	s.clock.advance(365*24*time.Hour - 1)
	hit := s.get("/"+auto, "Accept", "image/avif", "Origin", "https://a.example")
	hit.want(t, 200, "/3/"+auto+"/avif", "Hit")
	hit.wantHeader(t, "Access-Control-Allow-Origin", "*")
	hit.wantHeader(t, "X-Content-Type-Options", "nosniff")
	hit.wantHeader(t, "Content-Security-Policy", "default-src 'none'; sandbox")
}
