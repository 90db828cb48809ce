package s3

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// corsRules is what CloudFormation's CorsConfiguration looks like.
const corsRules = `[
	{"AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["PUT", "GET"],
	 "AllowedHeaders": ["Content-*", "if-none-match"], "ExposedHeaders": ["ETag", "x-amz-request-id"], "MaxAge": 600, "Id": "app"},
	{"AllowedOrigins": ["*"], "AllowedMethods": ["HEAD"]}
]`

func startWithCORS(t *testing.T) *fixture {
	t.Helper()
	b := Bucket{Name: testBucket}
	d := json.NewDecoder(strings.NewReader(corsRules))
	d.DisallowUnknownFields()
	if err := d.Decode(&b.CORS); err != nil {
		t.Fatal(err)
	}
	return start(t, Options{Buckets: []Bucket{b, {Name: "without"}}})
}

// cors returns those headers of an answer that a browser looks at.
func cors(h http.Header) map[string]string {
	found := make(map[string]string)
	for name, values := range h {
		if short, ok := strings.CutPrefix(name, "Access-Control-"); ok || name == "Vary" {
			found[short] = strings.Join(values, "|")
		}
	}
	return found
}

func wantCORS(t *testing.T, h http.Header, want map[string]string) {
	t.Helper()
	got := cors(h)
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("headers that should not be there: %v", got)
	}
}

const vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"

func TestPreflight(t *testing.T) {
	f := startWithCORS(t)
	for _, c := range []struct {
		name, bucket, origin, method, headers string
		status                                int
		code                                  string
		want                                  map[string]string
	}{
		{"allowed", testBucket, "https://app.example.com", "PUT", "Content-Type, If-None-Match", 200, "", map[string]string{
			"Allow-Origin": "https://app.example.com", "Allow-Credentials": "true", "Allow-Methods": "PUT, GET",
			"Allow-Headers": "content-type, if-none-match", "Expose-Headers": "ETag, x-amz-request-id", "Max-Age": "600", "Vary": vary,
		}},
		{"any origin", testBucket, "https://elsewhere.test", "HEAD", "", 200, "", map[string]string{
			"Allow-Origin": "*", "Allow-Methods": "HEAD", "Vary": vary,
		}},
		{"other origin", testBucket, "https://example.com.evil.test", "PUT", "", 403, "AccessForbidden", nil},
		{"other scheme", testBucket, "http://app.example.com", "PUT", "", 403, "AccessForbidden", nil},
		{"other method", testBucket, "https://app.example.com", "DELETE", "", 403, "AccessForbidden", nil},
		{"other header", testBucket, "https://app.example.com", "PUT", "content-type,x-evil", 403, "AccessForbidden", nil},
		{"no rules", "without", "https://app.example.com", "PUT", "", 403, "AccessForbidden", nil},
		{"no origin", testBucket, "", "PUT", "", 400, "BadRequest", nil},
		{"no method", testBucket, "https://app.example.com", "", "", 400, "BadRequest", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := make(http.Header)
			for name, value := range map[string]string{
				"Origin": c.origin, "Access-Control-Request-Method": c.method, "Access-Control-Request-Headers": c.headers,
			} {
				if value != "" {
					h.Set(name, value)
				}
			}
			resp, body := send(t, http.MethodOptions, f.url+"/"+c.bucket+"/a", h, nil)
			if c.code != "" {
				wantRefused(t, resp, body, c.status, c.code)
			} else if resp.StatusCode != c.status || body != "" {
				t.Errorf("%d %q", resp.StatusCode, body)
			}
			wantCORS(t, resp.Header, c.want)
		})
	}
}

func TestCORSOnRequests(t *testing.T) {
	f := startWithCORS(t)
	f.put(t, "a", "x")
	get, err := f.presigner(owner).PresignGetObject(t.Context(), getInput("a"))
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]string{
		"Allow-Origin": "https://app.example.com", "Allow-Credentials": "true", "Allow-Methods": "PUT, GET",
		"Expose-Headers": "ETag, x-amz-request-id", "Max-Age": "600", "Vary": vary,
	}
	for _, c := range []struct {
		name, method, url, origin string
		status                    int
		want                      map[string]string
	}{
		{"allowed", http.MethodGet, get.URL, "https://app.example.com", 200, allowed},
		{"allowed, without a body", http.MethodPut, presignedPut(t, f, "b"), "https://app.example.com", 200, allowed},
		{"an error", http.MethodGet, f.url + "/" + testBucket + "/a", "https://app.example.com", 403, allowed},
		{"other origin", http.MethodGet, get.URL, "https://elsewhere.test", 200, nil},
		{"other origin, without a body", http.MethodPut, presignedPut(t, f, "c"), "https://elsewhere.test", 200, nil},
		{"no origin", http.MethodGet, get.URL, "", 200, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := make(http.Header)
			if c.origin != "" {
				h.Set("Origin", c.origin)
			}
			resp, _ := send(t, c.method, c.url, h, nil)
			if resp.StatusCode != c.status {
				t.Errorf("status %d", resp.StatusCode)
			}
			wantCORS(t, resp.Header, c.want)
		})
	}
}
