package main

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/render"
)

// compare gives what is wrong with an answer.
func compare(want expectation, got *http.Response, body []byte) (mistakes []string) {
	wrong := func(format string, args ...any) { mistakes = append(mistakes, fmt.Sprintf(format, args...)) }
	statuses := want.StatusAny
	if want.Status != 0 {
		statuses = []int{want.Status}
	}
	if !slices.Contains(statuses, got.StatusCode) {
		wrong("status %d, want %v: %.200s", got.StatusCode, statuses, printable(body))
		return mistakes
	}
	if want.Code != "" {
		if code, err := codeOf(body); err != nil || code != want.Code {
			wrong("code %q %v, want %q", code, err, want.Code)
		}
	}
	if want.ContentType != "" {
		if kind, _, err := mime.ParseMediaType(got.Header.Get("Content-Type")); err != nil || kind != want.ContentType {
			wrong("content type %q, want %q", got.Header.Get("Content-Type"), want.ContentType)
		}
	}
	for name, value := range want.Headers {
		if text := fmt.Sprint(value); !sameHeader(name, got.Header.Values(name), text) {
			wrong("%s %q, want %q", name, got.Header.Values(name), text)
		}
	}
	for _, name := range want.HeadersAbsent {
		if values := got.Header.Values(name); len(values) > 0 {
			wrong("%s %q, want none", name, values)
		}
	}
	return append(mistakes, comparePicture(want, body)...)
}

// sameHeader compares Cache-Control by directive, extra ones allowed, and others as
// they are.
func sameHeader(name string, got []string, want string) bool {
	if http.CanonicalHeaderKey(name) != "Cache-Control" {
		return len(got) == 1 && got[0] == want
	}
	have := directives(strings.Join(got, ","))
	for name, value := range directives(want) {
		if v, ok := have[name]; !ok || v != value {
			return false
		}
	}
	return true
}

func directives(cacheControl string) map[string]string {
	all := map[string]string{}
	for directive := range strings.SplitSeq(cacheControl, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if name != "" {
			all[strings.ToLower(name)] = value
		}
	}
	return all
}

// comparePicture looks at the header of the picture that was answered.
func comparePicture(want expectation, body []byte) (mistakes []string) {
	if want.Width == 0 && want.Height == 0 && want.Format == "" && want.Pages == 0 && want.HasAlpha == nil && want.Orientation == 0 && !want.NoEXIF {
		return nil
	}
	h, err := render.Renderer{SVG: true}.ReadHeader(body)
	if err != nil {
		return []string{fmt.Sprintf("no picture: %v", err)}
	}
	check := func(what string, got, want any, looked bool) {
		if looked && got != want {
			mistakes = append(mistakes, fmt.Sprintf("%s %v, want %v", what, got, want))
		}
	}
	check("width", h.Width, want.Width, want.Width != 0)
	check("height", h.Height, want.Height, want.Height != 0)
	check("format", string(h.Kind), want.Format, want.Format != "")
	check("pages", h.Frames, want.Pages, want.Pages != 0)
	check("orientation", h.Orientation, want.Orientation, want.Orientation != 0)
	if want.HasAlpha != nil {
		check("alpha", h.Alpha, *want.HasAlpha, true)
	}
	check("EXIF", strings.Contains(string(body), "Exif\x00\x00"), false, want.NoEXIF)
	return mistakes
}

func oneLine(mistakes []string) string {
	return strings.ReplaceAll(strings.Join(mistakes, "; "), "\n", " ")
}

func printable(body []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '.'
		}
		return r
	}, string(body[:min(len(body), 200)]))
}
