package edge_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/thumbfront/thumbfront/scripts/local/edge"
)

// resign signs what an origin received as S3 or Lambda would to compare.
func resign(t *testing.T, r *http.Request, service, payloadHash string) string {
	t.Helper()
	date, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatal(err)
	}
	if off := time.Since(date).Abs(); off > time.Minute {
		t.Errorf("the signature is dated %v off the machine's clock", off)
	}
	again, err := http.NewRequestWithContext(t.Context(), r.Method, "http://"+r.Host+r.RequestURI, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, signed, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	signed, _, _ = strings.Cut(signed, ",")
	for name := range strings.SplitSeq(signed, ";") {
		if name != "host" {
			again.Header.Set(name, r.Header.Get(name))
		}
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	credentials := aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "SECRET"}
	if err := signer.SignHTTP(t.Context(), credentials, again, payloadHash, service, "eu-central-1", date); err != nil {
		t.Fatal(err)
	}
	return again.Header.Get("Authorization")
}

func TestOriginAccessControl(t *testing.T) {
	s := newStack(t)
	s.s3.serves(403, "")
	s.fn.serves(200, "")
	s.get("/1/a%20b+c")

	r := s.s3.last(t)
	if got := r.Header.Get("X-Amz-Content-Sha256"); got != "UNSIGNED-PAYLOAD" {
		t.Errorf("S3: X-Amz-Content-Sha256 is %q", got)
	}
	if got, want := r.Header.Get("Authorization"), resign(t, r, "s3", "UNSIGNED-PAYLOAD"); got != want || !strings.Contains(got, "/eu-central-1/s3/aws4_request") {
		t.Errorf("S3: Authorization\n%s, want\n%s", got, want)
	}

	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	r = s.fn.last(t)
	if got := r.Header.Get("X-Amz-Content-Sha256"); got != empty {
		t.Errorf("Lambda: X-Amz-Content-Sha256 is %q", got)
	}
	if got, want := r.Header.Get("Authorization"), resign(t, r, "lambda", empty); got != want || !strings.Contains(got, "/eu-central-1/lambda/aws4_request") {
		t.Errorf("Lambda: Authorization\n%s, want\n%s", got, want)
	}
}

func TestSigningBehaviorNever(t *testing.T) {
	s := newStack(t, func(o *edge.Options) {
		o.OriginAccessControls["s3-access"] = edge.OriginAccessControlConfig{OriginAccessControlOriginType: "s3", SigningBehavior: "never", SigningProtocol: "sigv4"}
		o.Distribution.Origins[1].OriginAccessControlId = ""
	})
	s.get("/a")
	for _, o := range []*origin{s.s3, s.fn} {
		if got := o.last(t).Header.Get("Authorization"); got != "" {
			t.Errorf("Authorization is %q", got)
		}
	}
}

// Nothing of the viewer's but its path reaches an origin.
func TestForwardsNothingOfTheViewers(t *testing.T) {
	s := newStack(t)
	s.fn.serves(200, "")
	s.get("/a?response-content-type=text/html",
		"Authorization", "Bearer x", "Cookie", "a=b", "Range", "bytes=0-1", "Accept", "image/avif",
		"If-None-Match", `"x"`, "If-Modified-Since", "Mon, 04 May 2026 10:00:00 GMT", "Referer", "https://example.org/",
		"X-Forwarded-Host", "evil.example", "Accept-Encoding", "gzip", "User-Agent", "viewer")
	allowed := map[string]bool{"Authorization": true, "User-Agent": true, "Via": true, "X-Amz-Cf-Id": true, "X-Amz-Content-Sha256": true, "X-Amz-Date": true}
	for _, o := range []*origin{s.s3, s.fn} {
		r := o.last(t)
		for name, values := range r.Header {
			if !allowed[name] {
				t.Errorf("the origin got %s: %q", name, values)
			}
		}
		if r.URL.RawQuery != "" || r.UserAgent() != "Amazon CloudFront" || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-") {
			t.Errorf("the origin got %s %v", r.RequestURI, r.Header)
		}
		if !strings.HasSuffix(o.URL, r.Host) {
			t.Errorf("the origin got Host %s", r.Host)
		}
	}
}
