package edge_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/infra/edge"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	local "github.com/thumbfront/thumbfront/scripts/local/edge"
)

// now is the time that the functions under test see.
var now = time.Unix(1_800_000_000, 0)

type value struct {
	Value      string  `json:"value"`
	MultiValue []value `json:"multiValue,omitempty"`
}

// result is what the handler returns: a request that goes on or a response.
type result struct {
	URI               string           `json:"uri"`
	Method            string           `json:"method"`
	Querystring       map[string]value `json:"querystring"`
	StatusCode        int              `json:"statusCode"`
	StatusDescription string           `json:"statusDescription"`
	Headers           map[string]value `json:"headers"`
	Body              struct {
		Encoding string `json:"encoding"`
		Data     string `json:"data"`
	} `json:"body"`
}

func (r result) code() string {
	var body struct{ Code string }
	_ = json.Unmarshal([]byte(r.Body.Data), &body) // the test compares what came out
	return body.Code
}

type call struct {
	Source string         `json:"source"`
	Event  map[string]any `json:"event"`
}

// engines run the same calls; CloudFront's own engine can be had nowhere else.
var engines = map[string]func(*testing.T, []call) []result{"goja": onGoja, "node": onNode}

func onGoja(t *testing.T, calls []call) []result {
	results := make([]result, len(calls))
	for i, c := range calls {
		f, err := local.CompileFunction(c.Source, func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		event, err := json.Marshal(c.Event)
		if err != nil {
			t.Fatal(err)
		}
		out, err := f.Run(event)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &results[i]); err != nil {
			t.Fatal(err)
		}
	}
	return results
}

const nodeHarness = `
const vm = require('vm');
const calls = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const results = calls.map(c => {
  const context = vm.createContext({ Buffer, Date: { now: () => NOW } });
  vm.runInContext("'use strict';" + c.source + ";globalThis.handler = handler;", context);
  return context.handler(c.event);
});
process.stdout.write(JSON.stringify(results));
`

func onNode(t *testing.T, calls []call) []result {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	in, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", strings.ReplaceAll(nodeHarness, "NOW", fmt.Sprint(now.UnixMilli())))
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v %s", err, err.(*exec.ExitError).Stderr)
	}
	var results []result
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatal(err)
	}
	return results
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func sourceOf(t testing.TB, access string) string {
	t.Helper()
	s, err := edge.Source(edge.Settings{Access: access, Epoch: 7, Languages: []string{"native"}, AutoPresets: []string{"card", "hero"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestViewerRequest(t *testing.T) {
	const (
		sig    = "AbCdEfGhIjKlMnOpQrStU-" // 22 characters
		chrome = "image/avif,image/webp,image/apng,image/*,*/*;q=0.8"
		all    = "*/*"
	)
	var (
		plain   = b64(`{"key":"uploads/a.jpg"}`)
		auto    = b64(`{"key":"uploads/a.jpg","outputFormat":"auto"}`)
		longest = b64(`{"key":"` + strings.Repeat("k", 730) + `"}`)
	)
	if most := base64.RawURLEncoding.EncodedLen(thumburl.MaxRequestBytes); len(longest) != most || len(sig) != thumburl.SignatureLength {
		t.Fatalf("the test goes to %d characters and a signature of %d, Go to %d and %d", len(longest), len(sig), most, thumburl.SignatureLength)
	}
	object := func(fields string) string { return "/" + b64(`{"key":"a",`+fields+`}`) }

	tests := []struct {
		name   string
		access string // default open
		method string // default GET
		path   string
		accept string
		uri    string // it goes on with this path
		status int    // or is answered with this status and code
		code   string
	}{
		{name: "unsigned", path: "/" + plain, uri: "/7/" + plain},
		{name: "unsigned, presets", access: "presets", path: "/" + plain, uri: "/7/" + plain},
		{name: "unsigned, signed mode", access: "signed", path: "/" + plain, status: 403, code: "SignatureRequired"},
		{name: "signed", access: "signed", path: "/" + plain + "." + sig, uri: "/7/" + plain + "." + sig},
		{name: "signed, open", path: "/" + plain + "." + sig, uri: "/7/" + plain + "." + sig},
		{name: "HEAD", method: "HEAD", path: "/" + plain, uri: "/7/" + plain},
		{name: "signature of 21", path: "/" + plain + "." + sig[1:], status: 403, code: "InvalidSignature"},
		{name: "signature of 23", access: "signed", path: "/" + plain + ".x" + sig, status: 403, code: "InvalidSignature"},
		{name: "empty signature", access: "presets", path: "/" + plain + ".", status: 403, code: "InvalidSignature"},
		{name: "junk is refused before it is decoded", access: "signed", path: "/!", status: 404, code: "NotFound"},
		{name: "unsigned junk in signed mode", access: "signed", path: "/A", status: 403, code: "SignatureRequired"},

		{name: "padding", path: "/" + b64(`{"key":"a"}`) + "=", uri: "/7/" + b64(`{"key":"a"}`)},
		{name: "escaped padding", path: "/" + b64(`{"key":"a"}`) + "%3D%3d", uri: "/7/" + b64(`{"key":"a"}`)},
		{name: "padding of both", path: "/" + plain + "=." + sig + "==", uri: "/7/" + plain + "." + sig},
		{name: "standard alphabet", path: "/" + strings.ReplaceAll(b64(`{"key":"a>>>"}`), "-", "+"), uri: "/7/" + b64(`{"key":"a>>>"}`)},
		{name: "standard alphabet, escaped", path: "/" + plain + "." + strings.ReplaceAll(sig, "-", "%2B"), uri: "/7/" + plain + "." + sig},
		{name: "standard alphabet, escaped small", path: "/" + plain + "." + strings.ReplaceAll(sig, "-", "%2b"), uri: "/7/" + plain + "." + sig},

		{name: "root", path: "/", status: 404, code: "NotFound"},
		{name: "only padding", path: "/==", status: 404, code: "NotFound"},
		{name: "only a signature", path: "/." + sig, status: 404, code: "NotFound"},
		{name: "padding inside", path: "/" + plain[:8] + "=" + plain[8:], status: 404, code: "NotFound"},
		{name: "two dots", path: "/" + plain + "." + sig + ".x", status: 404, code: "NotFound"},
		{name: "own variant", path: "/" + auto + "/avif", status: 404, code: "NotFound"},
		{name: "own variant, signed", access: "signed", path: "/" + auto + "." + sig + "/webp", status: 404, code: "NotFound"},
		{name: "own query segment", path: "/" + plain + "/~AAAA", status: 404, code: "NotFound"},
		{name: "own epoch", path: "/7/" + plain, status: 404, code: "NotFound"},
		{name: "trailing slash", path: "/" + plain + "/", status: 404, code: "NotFound"},
		{name: "slash of the standard alphabet", path: "/ab/cd", status: 404, code: "NotFound"},
		{name: "escaped slash", path: "/" + plain + "%2Favif", status: 404, code: "NotFound"},
		{name: "other escape", path: "/%41" + plain, status: 404, code: "NotFound"},
		{name: "escape of an escape", path: "/" + plain + "%253D", status: 404, code: "NotFound"},
		{name: "dot segments", path: "/../" + plain, status: 404, code: "NotFound"},
		{name: "not ASCII", path: "/é", status: 404, code: "NotFound"},
		{name: "control characters", path: "/" + plain + "\n", status: 404, code: "NotFound"},

		{name: "longest", access: "signed", path: "/" + longest + "." + sig, uri: "/7/" + longest + "." + sig},
		{name: "too long", path: "/" + longest + "A", status: 414, code: "RequestTooLong"},
		{name: "far too long, unsigned", access: "signed", path: "/" + strings.Repeat("A", 8000), status: 414, code: "RequestTooLong"},
		{name: "one character too many for base64", path: "/" + b64(`{"key":"ab"}`) + "A", status: 400, code: "InvalidBase64"},
		{name: "truncated", path: "/" + plain[:len(plain)-2], status: 400, code: "InvalidBase64"},
		{name: "trailing bits", path: "/" + b64(`{"k":1}`)[:9] + "R", status: 400, code: "InvalidBase64"},
		{name: "not JSON", path: "/" + b64("hello"), status: 400, code: "InvalidJSON"},
		{name: "not UTF-8", path: "/" + b64("{\"key\":\"\xff\"}"), status: 400, code: "InvalidJSON"},
		{name: "UTF-8", path: "/" + b64(`{"key":"grün 🖼"}`), uri: "/7/" + b64(`{"key":"grün 🖼"}`)},
		{name: "byte order mark", path: "/" + b64("\ufeff{}"), status: 400, code: "InvalidJSON"},
		{name: "truncated JSON", path: "/" + b64(`{"key":`), status: 400, code: "InvalidJSON"},
		{name: "two values", path: "/" + b64(`{}{}`), status: 400, code: "InvalidJSON"},
		{name: "NaN", path: "/" + b64(`{"key":NaN}`), status: 400, code: "InvalidJSON"},
		{name: "array", path: "/" + b64(`[1,2]`), status: 400, code: "InvalidJSON"},
		{name: "null", path: "/" + b64(`null`), status: 400, code: "InvalidJSON"},
		{name: "string", path: "/" + b64(`"key"`), status: 400, code: "InvalidJSON"},
		{name: "number", path: "/" + b64(`12345`), status: 400, code: "InvalidJSON"},

		{name: "expires later", path: object(`"expires":1800000001`), uri: "/7" + object(`"expires":1800000001`)},
		{name: "expires now", path: object(`"expires":1800000000`), status: 403, code: "Expired"},
		{name: "expired", access: "signed", path: object(`"expires":1`) + "." + sig, status: 403, code: "Expired"},
		{name: "expires before 1970", path: object(`"expires":-1`), status: 403, code: "Expired"},
		{name: "expires is a fraction", path: object(`"expires":1900000000.5`), status: 400, code: "InvalidField"},
		{name: "expires is a string", path: object(`"expires":"1900000000"`), status: 400, code: "InvalidField"},
		{name: "expires is null", path: object(`"expires":null`), status: 400, code: "InvalidField"},
		{name: "expires of a prototype", path: object(`"__proto__":{"expires":1}`), uri: "/7" + object(`"__proto__":{"expires":1}`)},

		{name: "auto, Chrome", path: "/" + auto, accept: chrome, uri: "/7/" + auto + "/avif"},
		{name: "auto, signed", access: "signed", path: "/" + auto + "." + sig, accept: chrome, uri: "/7/" + auto + "." + sig + "/avif"},
		{name: "auto, WebP", path: "/" + auto, accept: "image/webp,*/*", uri: "/7/" + auto + "/webp"},
		{name: "auto, anything", path: "/" + auto, accept: all, uri: "/7/" + auto + "/jpeg"},
		{name: "auto, any image", path: "/" + auto, accept: "image/*", uri: "/7/" + auto + "/jpeg"},
		{name: "auto, no Accept", path: "/" + auto, uri: "/7/" + auto + "/jpeg"},
		{name: "auto, only PNG", path: "/" + auto, accept: "image/png", uri: "/7/" + auto + "/jpeg"},
		{name: "auto, AVIF refused", path: "/" + auto, accept: "image/avif;q=0,image/webp", uri: "/7/" + auto + "/webp"},
		{name: "auto, AVIF refused in full", path: "/" + auto, accept: "image/avif;q=0.000", uri: "/7/" + auto + "/jpeg"},
		{name: "auto, both refused", path: "/" + auto, accept: "image/avif;q=0, image/webp; q=0", uri: "/7/" + auto + "/jpeg"},
		{name: "auto, WebP preferred but AVIF taken", path: "/" + auto, accept: "image/webp;q=1,image/avif;q=0.1", uri: "/7/" + auto + "/avif"},
		{name: "auto, blanks and capitals", path: "/" + auto, accept: " Image/WebP ; Q = 0.5 , text/html", uri: "/7/" + auto + "/webp"},
		{name: "auto, other parameters", path: "/" + auto, accept: "image/avif;level=1;q=0.2", uri: "/7/" + auto + "/avif"},
		{name: "auto, q is no number", path: "/" + auto, accept: "image/avif;q=x,image/webp", uri: "/7/" + auto + "/webp"},
		{name: "auto, Accept is junk", path: "/" + auto, accept: ";;,=,__proto__,q=1;", uri: "/7/" + auto + "/jpeg"},
		{name: "another format", path: object(`"outputFormat":"webp"`), accept: chrome, uri: "/7" + object(`"outputFormat":"webp"`)},
		{name: "preset of auto", path: object(`"preset":"hero"`), accept: chrome, uri: "/7" + object(`"preset":"hero"`) + "/avif"},
		{name: "preset of another format", path: object(`"preset":"plain"`), accept: chrome, uri: "/7" + object(`"preset":"plain"`)},
		{name: "preset with a format of the request", path: object(`"preset":"card","outputFormat":"jpeg"`), accept: chrome, uri: "/7" + object(`"preset":"card","outputFormat":"jpeg"`)},
		{name: "preset that is a list", path: object(`"preset":["card"]`), accept: chrome, uri: "/7" + object(`"preset":["card"]`)},

		{name: "OPTIONS", method: "OPTIONS", path: "/", status: 204},
	}
	var calls []call
	for _, tt := range tests {
		access, method := tt.access, tt.method
		if access == "" {
			access = "open"
		}
		if method == "" {
			method = "GET"
		}
		headers := map[string]any{"host": value{Value: "cdn.example.org"}}
		if tt.accept != "" {
			headers["accept"] = value{Value: tt.accept}
		}
		calls = append(calls, call{sourceOf(t, access), map[string]any{"request": map[string]any{
			"method": method, "uri": tt.path, "headers": headers, "cookies": map[string]any{},
			"querystring": map[string]any{"response-content-type": value{Value: "text/html"}},
		}}})
	}
	for engine, run := range engines {
		t.Run(engine, func(t *testing.T) {
			results := run(t, calls)
			for i, tt := range tests {
				t.Run(tt.name, func(t *testing.T) {
					r := results[i]
					if tt.uri != "" {
						if r.URI != tt.uri || r.StatusCode != 0 {
							t.Errorf("got %q, status %d %s, want %q", r.URI, r.StatusCode, r.Body.Data, tt.uri)
						}
						if len(r.Querystring) != 0 {
							t.Errorf("the query goes on: %v", r.Querystring)
						}
						if _, err := thumburl.ParsePath(r.URI); err != nil {
							t.Errorf("Go refuses the path: %v", err)
						}
						return
					}
					if r.StatusCode != tt.status || r.code() != tt.code {
						t.Errorf("got %d %q (%s), want %d %s", r.StatusCode, r.URI, r.Body.Data, tt.status, tt.code)
					}
				})
			}
		})
	}
}

func TestAcceptSentTwice(t *testing.T) {
	auto := b64(`{"outputFormat":"auto"}`)
	twice := value{Value: "image/avif", MultiValue: []value{{Value: "text/html"}, {Value: "image/avif"}}}
	event := map[string]any{"request": map[string]any{
		"method": "GET", "uri": "/" + auto, "headers": map[string]any{"accept": twice}, "querystring": map[string]any{},
	}}
	for engine, run := range engines {
		t.Run(engine, func(t *testing.T) {
			if r := run(t, []call{{sourceOf(t, "open"), event}})[0]; r.URI != "/7/"+auto+"/avif" {
				t.Errorf("got %q %s", r.URI, r.Body.Data)
			}
		})
	}
}

func TestAnswersOfTheEdge(t *testing.T) {
	event := func(method, path string) map[string]any {
		return map[string]any{"request": map[string]any{"method": method, "uri": path, "headers": map[string]any{}, "querystring": map[string]any{}}}
	}
	calls := []call{
		{sourceOf(t, "open"), event("GET", "/<script>"+strings.Repeat("x", 5000))},
		{sourceOf(t, "open"), event("OPTIONS", "/anything/at/all")},
	}
	for engine, run := range engines {
		t.Run(engine, func(t *testing.T) {
			results := run(t, calls)

			refused := results[0]
			for name, want := range map[string]string{
				"content-type": "application/json", "cache-control": "max-age=10", "x-content-type-options": "nosniff",
			} {
				if got := refused.Headers[name].Value; got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			var body struct {
				Status        int
				Code, Message string
			}
			if err := json.Unmarshal([]byte(refused.Body.Data), &body); err != nil {
				t.Fatal(err)
			}
			if body.Status != 404 || body.Code != "NotFound" || body.Message == "" || refused.Body.Encoding != "text" {
				t.Errorf("body %+v", refused.Body)
			}
			if len(refused.Body.Data) > 300 || strings.Contains(refused.Body.Data, "script") {
				t.Errorf("the answer echoes the request: %s", refused.Body.Data)
			}

			preflight := results[1]
			if preflight.StatusCode != 204 {
				t.Errorf("OPTIONS: %d", preflight.StatusCode)
			}
			for name, want := range map[string]string{
				"allow": "GET, HEAD, OPTIONS", "access-control-allow-methods": "GET, HEAD, OPTIONS",
				"access-control-allow-origin": "*", "access-control-max-age": "86400",
			} {
				if got := preflight.Headers[name].Value; got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestSourceRefusesWrongSettings(t *testing.T) {
	good := edge.Settings{Access: "presets", Epoch: 99_999_999, Languages: []string{"native"}}
	if _, err := edge.Source(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*edge.Settings){
		"access":              func(s *edge.Settings) { s.Access = "closed" },
		"epoch: got -1":       func(s *edge.Settings) { s.Epoch = -1 },
		"epoch: got 1000000":  func(s *edge.Settings) { s.Epoch = 100_000_000 },
		"languages: got none": func(s *edge.Settings) { s.Languages = nil },
		"behind thumbor":      func(s *edge.Settings) { s.Languages = []string{"thumbor", "native"} },
		`"french"`:            func(s *edge.Settings) { s.Languages = []string{"native", "french"} },
		"formats":             func(s *edge.Settings) { s.Formats = []string{"webp", "avif"} },
		"autoPresets":         func(s *edge.Settings) { s.AutoPresets = []string{"a", "a"} },
		`[""]`:                func(s *edge.Settings) { s.AutoPresets = []string{""} },
	} {
		s := good
		change(&s)
		if _, err := edge.Source(s); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
	_, err := edge.Source(edge.Settings{Access: "x", Epoch: -1})
	for _, setting := range []string{"access", "epoch", "languages"} {
		if err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("error %v leaves out %s", err, setting)
		}
	}
}

func TestSourceDefaultsToSigned(t *testing.T) {
	s, err := edge.Source(edge.Settings{Languages: []string{"native"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `const settings = {"access":"signed","epoch":0,"languages":["native"],"autoPresets":[],"formats":[]};`; !strings.Contains(s, want) {
		t.Errorf("the source lacks %s", want)
	}
}

// A preset's name is data: it must not end up as code.
func TestSettingsAreData(t *testing.T) {
	hostile := "</script>\u2028\"};throw 1;//"
	s, err := edge.Source(edge.Settings{Access: "open", Languages: []string{"native"}, AutoPresets: []string{hostile}})
	if err != nil {
		t.Fatal(err)
	}
	name, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	payload := b64(`{"preset":` + string(name) + `}`)
	event := map[string]any{"request": map[string]any{"method": "GET", "uri": "/" + payload, "headers": map[string]any{}, "querystring": map[string]any{}}}
	for engine, run := range engines {
		t.Run(engine, func(t *testing.T) {
			if r := run(t, []call{{s, event}})[0]; r.URI != "/0/"+payload+"/jpeg" {
				t.Errorf("got %q %s", r.URI, r.Body.Data)
			}
		})
	}
}

func BenchmarkViewerRequest(b *testing.B) {
	s, err := edge.Source(edge.Settings{Access: "open", Languages: []string{"native"}})
	if err != nil {
		b.Fatal(err)
	}
	f, err := local.CompileFunction(s, nil)
	if err != nil {
		b.Fatal(err)
	}
	event := []byte(`{"request":{"method":"GET","uri":"/` + b64(`{"key":"uploads/a.jpg","outputFormat":"auto"}`) +
		`","headers":{"accept":{"value":"image/avif,*/*"}},"querystring":{}}}`)
	for b.Loop() {
		if _, err := f.Run(event); err != nil {
			b.Fatal(err)
		}
	}
}
