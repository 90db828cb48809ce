package stack_test

import (
	"html"
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/pkg/thumburl/imgtag"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// TestPageOfATemplate has everything served that html/template has written into a page, in
// the size that was asked for.
func TestPageOfATemplate(t *testing.T) {
	const secret = "the-secret-of-templates-0123456789"
	l := start(t, stack.Options{Secret: secret})
	l.put("uploads/a b&c,d.jpg", photo(t, 400, 300))
	page := template.Must(template.New("").Funcs(imgtag.Funcs(thumburl.Client{Base: l.URL, Secret: []byte(secret)})).Parse(
		`<img {{thumb .Key 144 132 .ETag}} alt=""><img {{thumb .Key 144 132 "" "50vw"}} alt=""><img src="{{preset "card" .Key}}" alt="">`))
	var b strings.Builder
	if err := page.Execute(&b, map[string]string{"Key": "uploads/a b&c,d.jpg", "ETag": `"e"`}); err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int{}
	for _, m := range regexp.MustCompile(`(src|srcset)="([^"]*)"`).FindAllStringSubmatch(b.String(), -1) {
		for _, candidate := range strings.Split(html.UnescapeString(m[2]), ", ") {
			url, _, _ := strings.Cut(candidate, " ")
			answer := l.get(strings.TrimPrefix(url, l.URL), "Accept", oldBrowser)
			if answer.StatusCode != http.StatusOK {
				t.Errorf("%s: %d %s", candidate, answer.StatusCode, answer.body)
				continue
			}
			sizes[m[1]+" "+sizeOf(t, answer.body)]++
		}
	}
	// 72 to 288 by TargetWidths; a card is 288x264.
	for size, n := range map[string]int{"src webp 144x132": 2, "src webp 288x264": 1, "srcset webp 144x132": 1, "srcset webp 288x264": 2, "srcset webp 72x66": 1} {
		if sizes[size] != n {
			t.Errorf("%d of %s, want %d: %v", sizes[size], size, n, sizes)
		}
	}
}
