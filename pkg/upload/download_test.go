package upload

import (
	"mime"
	"net/url"
	"strings"
	"testing"
)

func TestDownload(t *testing.T) {
	for name, want := range map[string]string{
		"":                `attachment; filename="scan.tiff"; filename*=UTF-8''scan.tiff`,
		"Größe 1.tiff":    `attachment; filename="Gr__e 1.tiff"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201.tiff`,
		"a\"b\\c\r\nd@=:": `attachment; filename="a_b_c__d@=:"; filename*=UTF-8''a%22b%5Cc%0D%0Ad%40%3D%3A`,
	} {
		d, err := testSigner().Download(t.Context(), begunKey, name)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(d.URL)
		if err != nil {
			t.Fatal(err)
		}
		got := u.Query().Get("response-content-disposition")
		if got != want || u.Path != "/originals/"+begunKey {
			t.Errorf("%q: got %s of %s, want %s", name, got, u.Path, want)
		}
		if _, _, err := mime.ParseMediaType(got); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestDownloadRefuses(t *testing.T) {
	s := testSigner()
	for _, key := range []string{"", "uploads/", "entities/uploads/a.jpg", "/uploads/a", "uploads/\xff", "uploads/" + strings.Repeat("a", 1017)} {
		_, err := s.Download(t.Context(), key, "")
		wantError(t, err, CodeInvalidField, "key", quote(key))
	}
	s.Owner = "users/1"
	_, err := s.Download(t.Context(), "uploads/users/12/a.jpg", "")
	wantError(t, err, CodeInvalidField, "key", `"uploads/users/12/a.jpg"`)
}
