package upload

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func testSigner() Signer {
	client := s3.New(s3.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String("http://127.0.0.1:9000"),
		UsePathStyle: true,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIATEST", SecretAccessKey: "secret"}, nil
		}),
		// As in a configuration that was loaded from the environment.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
	})
	return Signer{Client: s3.NewPresignClient(client), Bucket: "originals"}
}

// awsClient signs for Amazon's own endpoints.
func awsClient() *s3.PresignClient {
	return s3.NewPresignClient(s3.New(s3.Options{
		Region: "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIATEST", SecretAccessKey: "secret"}, nil
		}),
	}))
}

func TestPutBindsTheHash(t *testing.T) {
	const sum = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
	r, err := testSigner().Put(t.Context(), File{Name: "a.png", Size: 3, SHA256: sum})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.URL, "x-amz-checksum-sha256") || r.Headers["X-Amz-Checksum-Sha256"] != sum {
		t.Errorf("it is not signed: %s with %v", r.URL, r.Headers)
	}
	for _, bad := range []string{"x", sum[:40], sum + "\n", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0="} {
		_, err := testSigner().Put(t.Context(), File{Name: "a.png", Size: 3, SHA256: bad})
		wantError(t, err, CodeInvalidField, "sha256", quote(bad))
	}
}

func BenchmarkPut(b *testing.B) {
	s := testSigner()
	for b.Loop() {
		if _, err := s.Put(b.Context(), File{Name: "a.jpg", Size: 80_000, Type: "image/jpeg"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkForm(b *testing.B) {
	s := testSigner()
	for b.Loop() {
		if _, err := s.Form(b.Context(), File{}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPutSignsWhatIsSent(t *testing.T) {
	before := time.Now()
	r, err := testSigner().Put(t.Context(), File{Name: "beach.JPG", Size: 12345, Type: "image/jpeg"})
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^uploads/[a-z2-7]{16}/beach\.jpg$`).MatchString(r.Key) {
		t.Errorf("the key is %q", r.Key)
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	if r.Method != "PUT" || u.Host != "127.0.0.1:9000" || u.Path != "/originals/"+r.Key {
		t.Errorf("got %s %s", r.Method, r.URL)
	}
	q := u.Query()
	if got := strings.Split(q.Get("X-Amz-SignedHeaders"), ";"); !slices.Equal(got, []string{"content-length", "content-type", "host", "if-none-match"}) {
		t.Errorf("signed are %q", got)
	}
	if q.Get("X-Amz-Expires") != "900" {
		t.Errorf("it expires after %q s", q.Get("X-Amz-Expires"))
	}
	for name := range q {
		if strings.Contains(strings.ToLower(name), "checksum") {
			t.Errorf("the checksum of a body that nobody has yet is signed: %s=%s", name, q.Get(name))
		}
	}
	if len(r.Headers) != 2 || r.Headers["Content-Type"] != "image/jpeg" || r.Headers["If-None-Match"] != "*" {
		t.Errorf("the headers are %v", r.Headers)
	}
	if left := r.Expires.Sub(before); left > 15*time.Minute || left < 15*time.Minute-time.Second {
		t.Errorf("it expires in %s", left)
	}
}

func TestPutKeepsTheSettings(t *testing.T) {
	s := testSigner()
	s.MaxBytes, s.Expires = 10, time.Minute
	r, err := s.Put(t.Context(), File{Name: "a.png", Size: 10, Type: "image/png"})
	if err != nil || !strings.Contains(r.URL, "X-Amz-Expires=60&") {
		t.Errorf("got %q, %v", r.URL, err)
	}
	_, err = s.Put(t.Context(), File{Name: "a.png", Size: 11, Type: "image/png"})
	wantError(t, err, CodeUploadTooLarge, "size", "11 bytes")
}

func TestRequestJSON(t *testing.T) {
	r := Request{Key: "k", Method: "PUT", URL: "u", Headers: map[string]string{"A": "b"}, Expires: time.Unix(0, 0).UTC()}
	got, err := json.Marshal(r)
	want := `{"key":"k","method":"PUT","url":"u","headers":{"A":"b"},"expires":"1970-01-01T00:00:00Z"}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestPutRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		file  File
		code  Code
		field string
		given string
	}{
		{"no bytes", File{Name: "a.jpg", Type: "image/jpeg"}, CodeInvalidField, "size", "0 bytes"},
		{"negative", File{Name: "a.jpg", Size: -1, Type: "image/jpeg"}, CodeInvalidField, "size", "-1 bytes"},
		{"too large", File{Name: "a.jpg", Size: 40<<20 + 1, Type: "image/jpeg"}, CodeUploadTooLarge, "size", "41943041 bytes"},
		{"a type that is no picture", File{Name: "a.jpg", Size: 1, Type: "text/html"}, CodeUnsupportedType, "type", `"text/html"`},
		{"SVG", File{Name: "a.svg", Size: 1, Type: "image/svg+xml"}, CodeUnsupportedType, "type", `"image/svg+xml"`},
		{"no type, no extension", File{Name: "heic", Size: 1, Type: ""}, CodeUnsupportedType, "type", `no type, and the name "heic"`},
		{"no type, other extension", File{Name: "a.exe", Size: 1, Type: ""}, CodeUnsupportedType, "type", `no type, and the name "a.exe"`},
		{"no name", File{Name: "", Size: 1, Type: "image/png"}, CodeInvalidField, "name", `""`},
		{"not UTF-8", File{Name: "\xff.png", Size: 1, Type: "image/png"}, CodeInvalidField, "name", `"\xff.png"`},
		{"long name", File{Name: strings.Repeat("a", 1025), Size: 1, Type: "image/png"}, CodeInvalidField, "name", `"` + strings.Repeat("a", 48) + `"… (1025 bytes)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := testSigner().Put(t.Context(), c.file)
			wantError(t, err, c.code, c.field, c.given)
		})
	}
}

func wantError(t *testing.T, err error, code Code, field, given string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	if e.Code != code || e.Field != field || e.Given != given || e.Allowed == "" {
		t.Errorf("got %+v, want %s of %s, given %s", *e, code, field, given)
	}
	if want := field + ": got " + given + ", want " + e.Allowed; err.Error() != want {
		t.Errorf("it reads %q, want %q", err, want)
	}
}

func TestTypes(t *testing.T) {
	for _, c := range []struct{ name, given, want, extension string }{
		{"a.heic", "", "image/heic", "heic"},
		{"a.HEIC", "", "image/heic", "heic"},
		{"a.HIF", "", "image/heif", "heif"},
		{"a.jpeg", "", "image/jpeg", "jpg"},
		{"a.tif", "", "image/tiff", "tiff"},
		{"a.avif", " Image/AVIF; q=1", "image/avif", "avif"},
		{"a.webp", "image/webp", "image/webp", "webp"},
		{"a", "image/gif", "image/gif", "gif"},
		{"a.png", "image/jpeg", "image/jpeg", "jpg"},
		{"a.heic", "image/heif", "image/heif", "heif"}, // Chromium's word for it
		{"a.tar", "image/png", "image/png", "tar.png"},
	} {
		r, err := testSigner().Put(t.Context(), File{Name: c.name, Size: 1, Type: c.given})
		if err != nil {
			t.Errorf("%s, %q: %v", c.name, c.given, err)
			continue
		}
		if r.Headers["Content-Type"] != c.want || !strings.HasSuffix(r.Key, "/a."+c.extension) {
			t.Errorf("%s, %q: got %q as %q", c.name, c.given, r.Key, r.Headers["Content-Type"])
		}
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"photo.jpg":               "photo",
		"IMG_0001.JPEG":           "IMG_0001",
		"summer 2024 (1).jpg":     "summer-2024-1",
		"v1.2.jpg":                "v1.2",
		"über den Wolken.jpg":     "ber-den-Wolken",
		"写真.jpg":                  "picture",
		".jpg":                    "picture",
		"..":                      "picture",
		"...jpg":                  "picture",
		"../../etc/passwd":        "passwd",
		`C:\Users\me\beach.jpg`:   "beach",
		"folder/":                 "picture",
		"a\x00b\nc.jpg":           "a-b-c",
		"-rf.jpg":                 "rf",
		".hidden.jpg":             "hidden",
		"a%2Fb?c=d#e&f.jpg":       "a-2Fb-c-d-e-f",
		strings.Repeat("a", 100):  strings.Repeat("a", 64),
		strings.Repeat("a.", 100): strings.Repeat("a.", 31) + "a",
	} {
		if got := slug(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func FuzzSlug(f *testing.F) {
	f.Add("photo.jpg")
	f.Add("../..")
	allowed := regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$`)
	f.Fuzz(func(t *testing.T, name string) {
		if got := slug(name); len(got) > maxSlug || !allowed.MatchString(got) {
			t.Errorf("%q became %q", name, got)
		}
	})
}

func TestKeysDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		key, err := Signer{}.newKey("a.jpg", "jpg")
		if err != nil {
			t.Fatal(err)
		}
		seen[key] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different keys of 1000", len(seen))
	}
}
