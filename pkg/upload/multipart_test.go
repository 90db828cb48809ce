package upload

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestMultipartSignsItsBeginning(t *testing.T) {
	r, err := testSigner().Multipart(t.Context(), File{Name: "scan.tif", Size: 20 << 20})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if r.Method != "POST" || u.Path != "/originals/"+r.Key || !q.Has("uploads") || q.Has("x-id") || q.Get("X-Amz-Expires") != "900" ||
		q.Get("X-Amz-SignedHeaders") != "content-type;host" || r.Headers["Content-Type"] != "image/tiff" || len(r.Headers) != 1 {
		t.Errorf("got %s %s with %v", r.Method, r.URL, r.Headers)
	}
	if r.PartBytes != PartBytes {
		t.Errorf("parts of %d bytes", r.PartBytes)
	}
	_, err = testSigner().Multipart(t.Context(), File{Name: "a.png", Size: 20 << 20, SHA256: "x"})
	wantError(t, err, CodeInvalidField, "sha256", `"x"`)
}

func TestSignChoosesBySize(t *testing.T) {
	for size, want := range map[int64]string{1: "PUT", MultipartAbove: "PUT", MultipartAbove + 1: "POST"} {
		if r, err := testSigner().Sign(t.Context(), File{Name: "a.png", Size: size}); err != nil || r.Method != want || (r.PartBytes > 0) != (want == "POST") {
			t.Errorf("%d bytes: %+v, %v", size, r, err)
		}
	}
}

const begunKey = "uploads/abcdefghij234567/scan.tiff"

// All parts are as large as was signed: together they have the size of the file,
// and so at most MaxBytes.
func TestPartsCoverTheFile(t *testing.T) {
	for _, size := range []int64{1, PartBytes, PartBytes + 1, 20 << 20, DefaultMaxBytes} {
		p, err := testSigner().Parts(t.Context(), Begun{Key: begunKey, UploadID: "id.1", Size: size})
		if err != nil {
			t.Fatal(err)
		}
		var next int64
		for i, part := range p.Parts {
			u, err := url.Parse(part.URL)
			if err != nil {
				t.Fatal(err)
			}
			q := u.Query()
			if part.Number != i+1 || part.Offset != next || part.Method != "PUT" || q.Get("uploadId") != "id.1" || q.Get("partNumber") != decimal(int64(i+1)) ||
				q.Get("X-Amz-SignedHeaders") != "content-length;host" || len(part.Headers) != 0 {
				t.Errorf("%d bytes, part %d: %+v", size, i, part)
			}
			next += part.Size
		}
		if next != size {
			t.Errorf("%d bytes are signed of %d", next, size)
		}
	}
}

func TestPartsSignsTheEnd(t *testing.T) {
	p, err := testSigner().Parts(t.Context(), Begun{Key: begunKey, UploadID: "id.1", Size: 20 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for want, step := range map[string]Step{"GET host": p.List, "DELETE host": p.Abort, "POST host;if-none-match;x-amz-mp-object-size": p.Complete} {
		u, err := url.Parse(step.URL)
		if err != nil {
			t.Fatal(err)
		}
		if got := step.Method + " " + u.Query().Get("X-Amz-SignedHeaders"); got != want || u.Query().Get("uploadId") != "id.1" || u.Path != "/originals/"+begunKey {
			t.Errorf("got %s for %s, want %s", got, step.URL, want)
		}
	}
	if p.Complete.Headers["If-None-Match"] != "*" || p.Complete.Headers["X-Amz-Mp-Object-Size"] != "20971520" {
		t.Errorf("it is completed with %v", p.Complete.Headers)
	}
}

func TestPartsRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		b     Begun
		owner string
		code  Code
		field string
		given string
	}{
		"too large":           {Begun{begunKey, "id", 40<<20 + 1}, "", CodeUploadTooLarge, "size", "41943041 bytes"},
		"no size":             {Begun{begunKey, "id", 0}, "", CodeInvalidField, "size", "0 bytes"},
		"no upload id":        {Begun{begunKey, "", 1}, "", CodeInvalidField, "uploadId", `""`},
		"an odd upload id":    {Begun{begunKey, "a b", 1}, "", CodeInvalidField, "uploadId", `"a b"`},
		"another prefix":      {Begun{"entities/a", "id", 1}, "", CodeInvalidField, "key", `"entities/a"`},
		"a key of the client": {Begun{"uploads/mine.jpg", "id", 1}, "", CodeInvalidField, "key", `"uploads/mine.jpg"`},
		"another owner":       {Begun{"uploads/users/1/abcdefghij234567/a.png", "id", 1}, "users/2", CodeInvalidField, "key", `"uploads/users/1/abcdefghij234567/a.png"`},
		"a neighbour":         {Begun{"uploads/users/12/abcdefghij234567/a.png", "id", 1}, "users/1", CodeInvalidField, "key", `"uploads/users/12/abcdefghij234567/a.png"`},
		"somebody's, unowned": {Begun{"uploads/users/1/abcdefghij234567/a.png", "id", 1}, "", CodeInvalidField, "key", `"uploads/users/1/abcdefghij234567/a.png"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := testSigner()
			s.Owner = c.owner
			_, err := s.Parts(t.Context(), c.b)
			wantError(t, err, c.code, c.field, c.given)
		})
	}
}

func TestOwnerIsPartOfTheKey(t *testing.T) {
	s := testSigner()
	s.Owner = "users/42"
	r, err := s.Put(t.Context(), File{Name: "a.png", Size: 1})
	if err != nil || !strings.HasPrefix(r.Key, "uploads/users/42/") {
		t.Errorf("%q, %v", r.Key, err)
	}
	if _, err := s.Parts(t.Context(), Begun{Key: r.Key, UploadID: "id", Size: 1}); err != nil {
		t.Errorf("its own key: %v", err)
	}
	for _, bad := range []string{"/", "a/", "/a", "a//b", "..", "a/../b", ".hidden", "ü", "a b", strings.Repeat("a", 129)} {
		s.Owner = bad
		_, err := s.Put(t.Context(), File{Name: "a.png", Size: 1})
		wantError(t, err, CodeInvalidField, "owner", quote(bad))
	}
}

func TestAcceleration(t *testing.T) {
	s := testSigner()
	s.Client = awsClient()
	s.Accelerate = true
	put, err := s.Put(t.Context(), File{Name: "a.png", Size: 1})
	if err != nil || !strings.HasPrefix(put.URL, "https://originals.s3-accelerate.amazonaws.com/") {
		t.Errorf("%s, %v", put.URL, err)
	}
	parts, err := s.Parts(t.Context(), Begun{Key: begunKey, UploadID: "id", Size: 1})
	if err != nil || !strings.HasPrefix(parts.Parts[0].URL, "https://originals.s3-accelerate.") || !strings.HasPrefix(parts.Complete.URL, "https://originals.s3-accelerate.") {
		t.Errorf("%+v, %v", parts, err)
	}
	form, err := s.Form(t.Context(), File{})
	if err != nil || !strings.HasPrefix(form.URL, "https://originals.s3-accelerate.") {
		t.Errorf("%s, %v", form.URL, err)
	}
	s.Accelerate = false
	if put, err = s.Put(t.Context(), File{Name: "a.png", Size: 1}); err != nil || !strings.HasPrefix(put.URL, "https://originals.s3.us-east-1.amazonaws.com/") {
		t.Errorf("%s, %v", put.URL, err)
	}
}

func TestMultipartLivesAsLongAsItWasSet(t *testing.T) {
	s := testSigner()
	s.Expires = time.Hour
	r, err := s.Multipart(t.Context(), File{Name: "a.png", Size: 1})
	if err != nil || !strings.Contains(r.URL, "X-Amz-Expires=3600&") || time.Until(r.Expires) < 59*time.Minute {
		t.Errorf("%s until %s, %v", r.URL, r.Expires, err)
	}
}
