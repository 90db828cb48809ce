package thumburl_test

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/pkg/thumburl/imgtag"
)

var secret = []byte("a secret of at least 16 bytes")

func ExampleClient_URL() {
	client := thumburl.Client{Base: "https://cdn.example.com", Secret: secret}
	url, err := client.URL(thumburl.Request{
		Key:          "uploads/photo.jpg",
		Edits:        thumburl.Edits{thumburl.Resize{Width: 288, Height: 264}},
		OutputFormat: thumburl.Auto,
		Version:      `"5d41402abc4b2a76b9719d911017c592"`, // the original's ETag: cached for good
	})
	fmt.Println(strings.HasPrefix(url, "https://cdn.example.com/eyJrZXki"), err)
	// Output: true <nil>
}

func ExampleClient_SrcSet() {
	client := thumburl.Client{}
	r := thumburl.Request{Key: "k", Edits: thumburl.Edits{thumburl.Resize{Width: 288}}}
	srcset, err := client.SrcSet(r, thumburl.SrcSet{Densities: []float64{1, 2}})
	fmt.Println(strings.Count(srcset, ", "), strings.HasSuffix(srcset, " 2x"), err)
	// Output: 1 true <nil>
}

func ExampleTargetWidths() {
	widths, err := thumburl.TargetWidths(100, 400, 0.2)
	fmt.Println(widths, err)
	// Output: [100 140 196 274 384 400] <nil>
}

func ExampleError() {
	_, err := thumburl.Client{}.URL(thumburl.Request{Key: "k", Edits: thumburl.Edits{thumburl.Resize{Width: -1}}})
	fmt.Println(err)
	// Output: edits.resize.width: got -1, want a whole number from 1 to 4096, such as 288
}

// A page whose URLs are signed on the server: the browser gets URLs, and no secret.
func Example_netHTTP() {
	client := thumburl.Client{Base: "https://cdn.example.com", Secret: secret}
	page := template.Must(template.New("page").Funcs(imgtag.Funcs(client)).Parse(`<!doctype html>
<title>Photos</title>
{{range .}}<img {{thumb .Key 288 264 .ETag}} alt="{{.Name}}">
{{end}}`))
	type photo struct{ Key, ETag, Name string }
	photos := []photo{{"uploads/photo.jpg", `"5d41402abc4b2a76b9719d911017c592"`, "A beach"}, {"uploads/other.heic", "", "A wood"}}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Written whole before it is sent: an error is then no half page.
		var html bytes.Buffer
		if err := page.Execute(&html, photos); err != nil {
			http.Error(w, "the page could not be made", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = html.WriteTo(w)
	})

	server := httptest.NewServer(handler) // in a program: http.ListenAndServe
	defer server.Close()
	answer, err := http.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	html, err := io.ReadAll(answer.Body)
	if err != nil {
		fmt.Println(err)
		return
	}
	urls, signed := regexp.MustCompile(`https://cdn\.example\.com/([\w-]+)\.([\w-]+)`).FindAllSubmatch(html, -1), 0
	for _, m := range urls {
		if thumburl.Verify([][]byte{secret}, string(m[1]), string(m[2])) {
			signed++
		}
	}
	fmt.Println("URLs:", len(urls), "signed:", signed, "secret:", bytes.Contains(html, secret))
	// Output: URLs: 6 signed: 6 secret: false
}
