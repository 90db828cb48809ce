package edge_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/thumbfront/thumbfront/infra/edge"
	"github.com/thumbfront/thumbfront/pkg/server"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	local "github.com/thumbfront/thumbfront/scripts/local/edge"
)

// deployments are those that the two edges are compared in.
var deployments = []edge.Settings{
	{Access: "signed", Epoch: 7, Languages: []string{"native"}, AutoPresets: []string{"card"}},
	{Access: "open", Epoch: 0, Languages: []string{"native"}},
	{Access: "presets", Epoch: 7, Languages: []string{"native", "imgproxy"}, AutoPresets: []string{"card"}},
	{Access: "open", Epoch: 7, Languages: []string{"native", "sih", "imgproxy", "thumbnail", "thumbor"}, AutoPresets: []string{"card"}},
	{Access: "open", Epoch: 7, Languages: []string{"sih", "native"}, Formats: []string{"avif", "webp"}},
	{Access: "open", Epoch: 7, Languages: []string{"imgproxy", "thumbnail"}, Formats: []string{"webp"}},
}

// FuzzServerAgainstEdge: the edge of the server without CloudFront, which is Go, answers
// every request as the one at CloudFront, which is JavaScript.
func FuzzServerAgainstEdge(f *testing.F) {
	signature := thumburl.Sign([]byte("secret"), "payload")
	for i := range deployments {
		for _, json := range vectors(f) {
			f.Add(i, "/"+b64(json)+"."+signature, "", "image/avif,image/webp")
			f.Add(i, "/"+b64(json), "width=5&width=6", "image/webp;q=0.5")
		}
		for _, uri := range []string{"/", "/a/b", "/a%2Fb", "/e30=", "/e30%3D%3D", "/e31", "/bnVsbA", "/a+b.c", "/e30." + signature + "/avif", "/a.", "/.a", "/a.b.c",
			"/unsafe/w:5/plain/s3://a/b", "/thumbnail", "/x/~a", "/x/%7Ea", "/x/~", "/" + b64(`{"expires":1}`), "/" + b64(`{"expires":1.5}`), "/" + b64(`{"expires":"1"}`),
			"/" + b64(`{"expires":null}`), "/" + b64(`{"outputFormat":"auto"}`), "/" + b64(`{"outputFormat":1,"preset":"card"}`), "/" + b64(`{"preset":"card"}`), "/" + b64(`[]`), "/" + b64("{\"a\":\"\xff\"}")} {
			f.Add(i, uri, "url=https%3A%2F%2Fa%2Fb%3Fc+d&size=10&utm=1&signature=a%20b", "image/avif;q=0, image/webp")
			f.Add(i, uri, "url=%ff", "IMAGE/AVIF; q=0.1")
		}
		// Numbers that one language reads and the other does not, and letters and blanks that
		// one of them takes for others.
		for _, q := range []string{"0x10", "0b1", "inf", "Infinity", "1e400", "1_0", "1=2", "", "0.0001", "1.0000", "0.001", ".5", "+1", "1 ", "\u00a01", "-1", "2", "0.", "1."} {
			f.Add(i, "/"+b64(`{"outputFormat":"auto"}`)+"."+signature, "", "image/avif;q="+q)
			f.Add(i, "/a/b", "", "image/webp;Q \t= "+q)
		}
		for _, accept := range []string{"\u0130mage/avif", "image/av\u0130f", "\u00a0image/avif", "\ufeffimage/avif", "\u0085image/webp", "\timage/avif\t;q", "text/html\nimage/avif",
			"image/avif\nimage/avif;q=0", "image/avif;q=0;q=1", "image/avif;;q=0", "image/avif;x=q=0"} {
			f.Add(i, "/"+b64(`{"outputFormat":"auto"}`)+"."+signature, "", accept)
		}
	}
	functions := make([]*local.Function, len(deployments))
	for i, settings := range deployments {
		source, err := edge.Source(settings)
		if err != nil {
			f.Fatal(err)
		}
		if functions[i], err = local.CompileFunction(source, func() time.Time { return now }); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, deployment int, uri, query, accept string) {
		if deployment < 0 || deployment >= len(deployments) || !isRequest(uri, query, accept) {
			t.Skip("no request that a server hands on")
		}
		if payload, _, _ := strings.Cut(uri[1:], "."); hasHugeNumber(payload) {
			t.Skip("goja refuses numbers that CloudFront, as node, takes for infinite")
		}
		settings := deployments[deployment]
		got, refusal := server.Edge{Access: thumburl.Access(settings.Access), Epoch: settings.Epoch, Languages: settings.Languages,
			AutoPresets: settings.AutoPresets, Formats: settings.Formats, Now: func() time.Time { return now }}.Rewrite(uri, query, strings.Split(accept, "\n"))
		want := runEdge(t, functions[deployment], uri, query, accept)
		switch {
		case refusal == nil && (want.StatusCode != 0 || got.Path != want.URI):
			t.Fatalf("%+v %q ? %q: %q in Go, %d %s %q at the edge", settings, uri, query, got.Path, want.StatusCode, want.Body.Data, want.URI)
		case refusal != nil && (want.StatusCode != refusal.Status || want.code() != refusal.Code):
			t.Fatalf("%+v %q ? %q: %+v in Go, %d %s %q at the edge", settings, uri, query, refusal, want.StatusCode, want.Body.Data, want.URI)
		}
	})
}

func hasHugeNumber(payload string) bool {
	data, _ := base64.RawURLEncoding.DecodeString(thumburl.Normalize(payload))
	var v any
	return json.Valid(data) && json.Unmarshal(data, &v) != nil
}

// isRequest reports whether net/http takes such a request, and an edge's event holds it
// unchanged.
func isRequest(uri, query, accept string) bool {
	if !strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "//") || strings.ContainsAny(uri, "?#") || strings.ContainsAny(query, "#;") || len(uri)+len(query) > 9000 {
		return false
	}
	for _, c := range []byte(uri + query) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	for _, c := range []byte(accept) { // several headers, by lines
		if c < ' ' && c != '\t' && c != '\n' || c == 0x7f {
			return false
		}
	}
	if !utf8.ValidString(accept) {
		return false
	}
	u, err := url.ParseRequestURI(uri)
	return err == nil && u.EscapedPath() == uri
}

func runEdge(t *testing.T, function *local.Function, uri, query, accept string) result {
	t.Helper()
	type value struct {
		Value      string  `json:"value"`
		MultiValue []value `json:"multiValue,omitempty"`
	}
	var headers []value
	for header := range strings.SplitSeq(accept, "\n") {
		headers = append(headers, value{Value: header})
	}
	all := value{Value: headers[0].Value}
	if len(headers) > 1 {
		all.MultiValue = headers
	}
	parameters := map[string]value{}
	for pair := range strings.SplitSeq(query, "&") {
		if name, v, _ := strings.Cut(pair, "="); name != "" {
			parameters[name] = value{Value: v} // the last
		}
	}
	event, err := json.Marshal(map[string]any{"request": map[string]any{"method": http.MethodGet, "uri": uri, "querystring": parameters,
		"headers": map[string]any{"accept": all}}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := function.Run(event)
	if err != nil {
		t.Fatalf("the function failed: %v", err)
	}
	var got result
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	return got
}
