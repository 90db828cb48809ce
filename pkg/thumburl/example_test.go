package thumburl_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
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
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		img, err := client.Img(thumburl.Request{
			Key:          "uploads/photo.jpg",
			Edits:        thumburl.Edits{thumburl.Resize{Width: 288, Height: 264}},
			OutputFormat: thumburl.Auto,
		}, thumburl.ImgOptions{})
		if err != nil {
			http.Error(w, "the picture has no URL", http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, `<img src="%s" srcset="%s" width="%d" height="%d" alt="A photo">`, img.Src, img.SrcSet, img.Width, img.Height)
	})

	server := httptest.NewServer(page)
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
	src := strings.Split(string(html), `"`)[1]
	payload, signature, _ := strings.Cut(strings.TrimPrefix(src, "https://cdn.example.com/"), ".")
	fmt.Println("signed:", thumburl.Verify([][]byte{secret}, payload, signature), "secret:", strings.Contains(string(html), string(secret)))
	// Output: signed: true secret: false
}
