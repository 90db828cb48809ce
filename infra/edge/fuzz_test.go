package edge_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	local "github.com/thumbfront/thumbfront/scripts/local/edge"
)

// vectors are the payloads that Go and JavaScript are tested with.
func vectors(t testing.TB) (all []string) {
	t.Helper()
	data, err := os.ReadFile("../../pkg/thumburl/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Valid, Rewritten, Refused []struct{ Canonical, JSON string }
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	for _, group := range [][]struct{ Canonical, JSON string }{v.Valid, v.Rewritten, v.Refused} {
		for _, one := range group {
			all = append(all, one.Canonical, one.JSON)
		}
	}
	return all
}

// FuzzAgainstGo: what Go's parser accepts the edge lets through, and what the
// edge lets through has, for Go, the form of a path and of a payload: the same
// canonical path. What a request says (a size, a name, a canonical order) is for
// the function to judge; the edge has a millisecond.
func FuzzAgainstGo(f *testing.F) {
	signature := thumburl.Sign([]byte("secret"), "payload")
	for _, json := range vectors(f) {
		f.Add("/"+b64(json)+"."+signature, "image/avif,image/webp", false)
		f.Add("/"+b64(json), "image/webp;q=0.5", true)
	}
	for _, path := range []string{"/", "/a/b", "/a%2Fb", "/e30=", "/e30%3D%3D", "/e31", "/bnVsbA", "/a+b.c", "/%", "/e30." + signature + "/avif"} {
		f.Add(path, "", false)
	}
	functions := map[bool]*local.Function{}
	for open, access := range map[bool]string{false: "signed", true: "open"} {
		function, err := local.CompileFunction(sourceOf(f, access), func() time.Time { return now })
		if err != nil {
			f.Fatal(err)
		}
		functions[open] = function
	}
	f.Fuzz(func(t *testing.T, uri, accept string, open bool) {
		if !strings.HasPrefix(uri, "/") || strings.ContainsAny(uri, "?# \r\n\x00") || len(uri) > 8192 {
			t.Skip("no path of a request line")
		}
		event, err := json.Marshal(map[string]any{"request": map[string]any{"method": http.MethodGet, "uri": uri, "querystring": map[string]any{},
			"headers": map[string]any{"accept": map[string]any{"value": accept}}}})
		if err != nil {
			t.Fatal(err)
		}
		out, err := functions[open].Run(event)
		if err != nil {
			t.Fatalf("the function failed: %v", err)
		}
		var got result
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		want, accepted := goAccepts(uri, open)
		if got.StatusCode != 0 {
			if accepted {
				t.Fatalf("Go accepts %q, the edge answers %d %s", uri, got.StatusCode, got.Body.Data)
			}
			if got.StatusCode < 400 || got.StatusCode > 499 || got.code() == "" {
				t.Fatalf("%q is answered %d %s", uri, got.StatusCode, got.Body.Data)
			}
			return
		}
		path, err := thumburl.ParsePath(got.URI)
		if err != nil || "/"+path.String() != got.URI || path.Epoch != 7 {
			t.Fatalf("%q went on as %q, for Go %+v %v", uri, got.URI, path, err)
		}
		data, err := thumburl.Decode(path.Payload)
		if err != nil {
			t.Fatalf("%q went on, for Go %v", uri, err)
		}
		var object map[string]any
		if err := json.Unmarshal(data, &object); err != nil || object == nil {
			t.Fatalf("%q went on with %q: %v", uri, data, err)
		}
		if accepted {
			variant := path.Variant
			path.Variant = thumburl.Source
			if path != want.path {
				t.Fatalf("%q went on as %+v, for Go it is %+v", uri, path, want.path)
			}
			if (variant != thumburl.Source) != want.auto {
				t.Fatalf("%q has the variant %q", uri, variant)
			}
			if !strings.Contains(accept, "q") && variant == thumburl.AVIF != (want.auto && names(accept, "image/avif")) {
				t.Fatalf("Accept %q gives %q", accept, variant)
			}
		}
	})
}

func names(accept, format string) bool {
	for item := range strings.SplitSeq(strings.ToLower(accept), ",") {
		name, _, _ := strings.Cut(item, ";")
		if strings.TrimSpace(name) == format {
			return true
		}
	}
	return false
}

// accepted is how Go understands a viewer's path.
type accepted struct {
	path thumburl.Path
	auto bool
}

// goAccepts judges a viewer's path by Go's parser alone.
func goAccepts(uri string, open bool) (accepted, bool) {
	if strings.Contains(uri[1:], "/") {
		return accepted{}, false
	}
	// An encoder's padding and alphabet may come percent-encoded.
	decoded := uri
	for escaped, plain := range map[string]string{"%3D": "=", "%3d": "=", "%2B": "+", "%2b": "+"} {
		decoded = strings.ReplaceAll(decoded, escaped, plain)
	}
	path, err := thumburl.ParsePath("7" + decoded)
	if err != nil || !open && path.Signature == "" {
		return accepted{}, false
	}
	for _, c := range path.Signature {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", c) {
			return accepted{}, false // it verifies nothing
		}
	}
	request, err := thumburl.Parse(path.Payload)
	if err != nil || request.Expired(now) {
		return accepted{}, false
	}
	auto := request.OutputFormat == thumburl.Auto ||
		request.OutputFormat == thumburl.Source && (request.Preset == "card" || request.Preset == "hero")
	return accepted{path, auto}, true
}

// The same payloads, by the errors' codes: where both judge, they say the same.
func TestVectorsByTheEdge(t *testing.T) {
	function, err := local.CompileFunction(sourceOf(t, "open"), func() time.Time { return time.Unix(1, 0) })
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range vectors(t) {
		if strings.Contains(payload, "1e999") {
			continue // to goja, and to no other engine, this is no JSON
		}
		event, err := json.Marshal(map[string]any{"request": map[string]any{"method": http.MethodGet, "uri": "/" + b64(payload), "headers": map[string]any{}}})
		if err != nil {
			t.Fatal(err)
		}
		out, err := function.Run(event)
		if err != nil {
			t.Fatal(err)
		}
		var got result
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		_, err = thumburl.Parse(b64(payload))
		var e *thumburl.Error
		if got.StatusCode != 0 && got.code() != "NotFound" && (!errors.As(err, &e) || string(e.Code) != got.code()) {
			t.Errorf("%s: the edge says %s, Go %v", payload, got.code(), err)
		}
	}
}
