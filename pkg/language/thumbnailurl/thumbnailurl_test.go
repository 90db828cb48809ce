package thumbnailurl

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func TestRead(t *testing.T) {
	l := New([]string{"https://img.example.com/"})
	const source = "https://img.example.com/a.jpg"
	for _, c := range []struct{ url, size, want string }{
		{source, "", `{"source":"https://img.example.com/a.jpg","edits":{"resize":{"fit":"fill","height":100,"width":100}}}`},
		{source, "50", `{"source":"https://img.example.com/a.jpg","edits":{"resize":{"fit":"fill","height":50,"width":50}}}`},
		{source, "200x100", `{"source":"https://img.example.com/a.jpg","edits":{"resize":{"fit":"fill","height":100,"width":200}}}`},
		{source, "200x0", `{"source":"https://img.example.com/a.jpg","edits":{"resize":{"width":200}}}`},
		{source, "0x100", `{"source":"https://img.example.com/a.jpg","edits":{"resize":{"height":100}}}`},
		{"HTTPS://IMG.example.com/a b.jpg?x=1#y", "1x1", `{"source":"https://img.example.com/a%20b.jpg?x=1","edits":{"resize":{"fit":"fill","height":1,"width":1}}}`},
		{"", "", CodeInvalidURL}, {"a.jpg", "", CodeInvalidURL}, {"file:///etc/passwd", "", CodeInvalidURL}, {"s3://bucket/key", "", CodeInvalidURL},
		{"https://user:pass@img.example.com/a", "", CodeInvalidURL}, {"", "x", CodeInvalidURL},
		{source, "x", CodeInvalidSize}, {source, "0", CodeInvalidSize}, {source, "0x0", CodeInvalidSize}, {source, "-1", CodeInvalidSize},
		{source, "1x", CodeInvalidSize}, {source, "x1", CodeInvalidSize}, {source, "1x2x3", CodeInvalidSize}, {source, "a", CodeInvalidSize}, {source, "1.5", CodeInvalidSize},
		{source, "4097", CodeInvalidSize}, {source, "4096x4096", CodeInvalidSize}, {source, "99999999999999999999", CodeInvalidSize}, {source, "1X2", CodeInvalidSize}, {source, "+5", CodeInvalidSize},
	} {
		query := map[string]string{}
		if c.url != "" {
			query["url"] = c.url
		}
		if c.size != "" {
			query["size"] = c.size
		}
		reading, err := l.Read(t.Context(), language.Asked{Path: Path, Query: query, Variant: thumburl.WebP})
		if e := (*language.Error)(nil); errors.As(err, &e) {
			if e.Code != c.want || e.Status != http.StatusBadRequest || e.Message == "" {
				t.Errorf("%s %s: %v", c.url, c.size, e)
			}
			continue
		}
		payload, err2 := thumburl.Encode(reading.Request)
		got, _ := thumburl.Decode(payload)
		if err != nil || err2 != nil || string(got) != c.want || reading.Signed {
			t.Errorf("%s %s: %s, %v, %v, want %s", c.url, c.size, got, err, err2, c.want)
		}
	}
}

func TestNotMine(t *testing.T) {
	for path, l := range map[string]*Language{"/thumbnail": New(nil), "/thumbnail/": New([]string{"https://a/"}), "/thumbnails": New([]string{"https://a/"}), "/": New([]string{"https://a/"})} {
		if _, err := l.Read(t.Context(), language.Asked{Path: path, Query: map[string]string{"url": "https://a/b"}}); !errors.Is(err, language.ErrNotMine) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A mistake keeps its status and gets the code that clients of the original know.
func TestExplain(t *testing.T) {
	l := New([]string{"https://a/"})
	for code, want := range map[string]string{
		"SourceNotAllowed": CodeInvalidURL, "OriginalNotFound": CodeUnreadable, "OriginalUnavailable": CodeUnreadable,
		"SourceUnsupported": CodeUndecodable, "SourceTruncated": CodeUndecodable, "SourceContentType": CodeNoContentType, "Deadline": "Deadline",
	} {
		got, h := l.Explain(language.Error{Status: 418, Code: code, Message: "m"})
		if got.Code != want || got.Status != 418 || got.Message != "m" || h.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s is %+v, %v", code, got, h)
		}
	}
}

func TestHeaders(t *testing.T) {
	h := New(nil).Headers(language.Reading{}, language.Original{})
	if h.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(h.Get("Cache-Control"), "max-age") {
		t.Errorf("%v", h)
	}
}
