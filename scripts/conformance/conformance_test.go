package main

import (
	"fmt"
	"net/http"
	"os"
	"testing"
)

// The whole stack answers as the system does whose requests it takes.
func TestCases(t *testing.T) {
	for _, set := range []struct{ cases, fixtures string }{
		{"testdata/cases.json", "testdata/fixtures"},
		{"../../../shared/sih/cases.json", "../../../shared/sih/fixtures"},
	} {
		t.Run(set.cases, func(t *testing.T) {
			if _, err := os.Stat(set.cases); err != nil {
				t.Skip(err)
			}
			passed, failed, err := run(t.Context(), set.cases, set.fixtures, "", false)
			if err != nil {
				t.Fatal(err)
			}
			if failed > 0 || passed < 60 {
				t.Errorf("%d passed, %d failed: see above", passed, failed)
			}
		})
	}
}

// What a comparison says is wrong, so that a case can fail.
func TestCompare(t *testing.T) {
	yes := true
	picture, err := os.ReadFile("testdata/fixtures/orient6.jpg") // 300x200, turned, with EXIF
	if err != nil {
		t.Fatal(err)
	}
	answer := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"image/jpeg; a=b"}, "Cache-Control": {"public, max-age=5, s-maxage=3"}, "X-A": {"1"}}}
	for name, tt := range map[string]struct {
		want     expectation
		mistakes int
	}{
		"right": {expectation{Status: 200, Width: 300, Height: 200, Format: "jpeg", Pages: 1, Orientation: 6, ContentType: "image/jpeg",
			Headers: map[string]any{"Cache-Control": "max-age=5,public", "x-a": "1"}, HeadersAbsent: []string{"X-B"}}, 0},
		"one of several":  {expectation{StatusAny: []int{404, 200}}, 0},
		"status":          {expectation{Status: 404}, 1},
		"none of several": {expectation{StatusAny: []int{400, 404}}, 1},
		"code":            {expectation{Status: 200, Code: "NoSuchKey"}, 1},
		"type":            {expectation{Status: 200, ContentType: "image/png"}, 1},
		"directive":       {expectation{Status: 200, Headers: map[string]any{"Cache-Control": "max-age=6"}}, 1},
		"header":          {expectation{Status: 200, Headers: map[string]any{"X-A": true}}, 1},
		"present":         {expectation{Status: 200, HeadersAbsent: []string{"X-A"}}, 1},
		"picture":         {expectation{Status: 200, Width: 1, Height: 2, Format: "png", Pages: 2, Orientation: 1, HasAlpha: &yes, NoEXIF: true}, 7},
	} {
		if got := compare(tt.want, answer, picture); len(got) != tt.mistakes {
			t.Errorf("%s: %q, want %d mistakes", name, got, tt.mistakes)
		}
	}
	if got := compare(expectation{Status: 200, Width: 1}, answer, []byte("no picture")); len(got) != 1 {
		t.Errorf("no picture: %q", got)
	}
}

func TestCasesAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": `{`, "no name": `[{"path":"/a","expect":{"status":200}}]`, "no path": `[{"name":"a","expect":{"status":200}}]`, "no status": `[{"name":"a","path":"/a"}]`,
		"a name twice": `[{"name":"a","path":"/a","expect":{"status":200}},{"name":"a","path":"/b","expect":{"status":200}}]`,
	} {
		file := fmt.Sprintf("%s/cases.json", t.TempDir())
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readCases(file); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
